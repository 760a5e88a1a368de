"""The picture as Mermaid text, which Markdown pages (of GitHub, GitLab, Quarto) draw themselves.

Mermaid finds places of its own, so boxes do not stand where they do in the other formats.  What
could be taken for its syntax, or for HTML, is written as a character code: ``#60;`` for ``<``.
"""

from __future__ import annotations

import re

from autograd.viz.boxes import Box, Edge, Frame, Scene, printable
from autograd.viz.colouring import colouring
from autograd.viz.colours import PALE, THEMES, Look

__all__ = ["write"]

_SAFE = frozenset(" ,×Σ−‖≤→…·=()/")
# A number, or a single character: a "-", "+" or "." that is not in a number may begin a list.
_PARTS = re.compile(r"[+-]?\d+(?:\.\d+)?(?:e[+-]\d+)?|.", re.DOTALL)


def _text(string: str) -> str:
    """Text in quotes: words and numbers as they are, and codes for what may mean something."""
    return _PARTS.sub(_code, printable(string))


def _code(match: re.Match[str]) -> str:
    part = match[0]
    return part if len(part) > 1 or part.isalnum() or part in _SAFE else f"#{ord(part)};"


def _style(look: Look, line: bool = False) -> str:
    parts = [] if line else [f"fill:{look.fill}"]
    parts += [f"stroke:{look.stroke}", f"stroke-width:{look.width:.3g}px"]
    if look.dash:
        parts.append("stroke-dasharray:" + " ".join(f"{x:g}" for x in look.dash))
    return ",".join(parts)


def _veil(thing: Box | Edge) -> str:
    return f",opacity:{PALE}" if thing.pale else ""


def write(scene: Scene, view: str = "all", theme: str = "light", flow: bool | None = None) -> str:
    """The scene as a Mermaid flowchart (text); for the arguments see ``draw``."""
    look, colours = THEMES[theme], colouring(scene, view, flow)
    lines = [f"flowchart {scene.direction}", f"  accTitle: {_plain(scene.description)}",
             f"  accDescr: {_plain(scene.details())}"]  # fmt: skip
    classes: dict[str, tuple[str, list[str]]] = {}
    boxes = {}
    for box in scene.boxes:
        rows = "<br/>".join(_text(row.text) for row in box.shown(view)) or " "
        boxes[box.id] = f'  {box.id}["{rows}"]'
        name = colours.boxes.get(box.id, "") if colours else ""
        style = f"{_style(look.box(box.kind, name))},color:{look.ink_on(name)}{_veil(box)}"
        name = f"{name or box.kind}{'Pale' if box.pale else ''}"
        classes.setdefault(name, (style, []))[1].append(box.id)
    lines += _framed(scene, boxes)
    strokes: dict[str, list[str]] = {}
    for index, edge in enumerate(scene.edges):
        text = edge.text(view)
        label = f'|"{_text(text)}"|' if text else ""
        lines.append(f"  {edge.source.id} -->{label} {edge.target.id}")
        line = look.edge(colours.edges.get(edge.id, "") if colours else "")
        style = _style(line, line=True) + _veil(edge)
        strokes.setdefault(style, []).append(str(index))
    ground, stroke, ink = look.frame
    lines += [f"  style {x.id} fill:{ground},stroke:{stroke},color:{ink}" for x in scene.frames]
    for name, (style, ids) in classes.items():
        lines += [f"  classDef {name} {style}", f"  class {','.join(ids)} {name}"]
    lines += [f"  linkStyle {','.join(where)} {style}" for style, where in strokes.items()]
    return "\n".join(lines) + "\n"


def _framed(scene: Scene, boxes: dict[str, str]) -> list[str]:
    """The lines of all boxes; those in a frame stand in a subgraph."""

    def inside(frame: Frame) -> list[str]:
        parts = [line for inner in scene.frames if inner.parent is frame for line in inside(inner)]
        # Inner frames have taken theirs.
        parts += [boxes.pop(name) for name in frame.boxes if name in boxes]
        return [f'  subgraph {frame.id}["{_text(frame.name)}"]', *parts, "  end"]

    lines = [x for frame in scene.frames if frame.parent is None for x in inside(frame)]
    return [*lines, *boxes.values()]


def _plain(string: str) -> str:
    """Text where Mermaid knows no codes: what may mean something is left out."""
    kept = (c if c.isalnum() or c in _SAFE or c in "-." else " " for c in printable(string))
    return " ".join("".join(kept).split())
