"""The picture as layers in time: what appears at which step, and what replaces it.

Every element that comes or goes is a ``Layer`` with a first step and a step at which it is gone.
One list of layers makes the page (all of them, and a style sheet that shows those of the current
step), a numbered frame (those of one step) and the animated picture (all, and a clock).

Graph and boxes are those of ``draw``: ``scene`` builds and a layout places them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from autograd.node import Node, raw
from autograd.viz.boxes import Box, Edge, Row, Scene
from autograd.viz.colours import NO_NUMBER, THEMES, Theme
from autograd.viz.scene import made_by
from autograd.viz.shapes import line_and_arrow, placed_rows
from autograd.viz.stepping.arrays import cells, lines, padded
from autograd.viz.stepping.captions import Caption
from autograd.viz.stepping.events import Event
from autograd.viz.stepping.tokens import typed
from autograd.viz.svg import FONT, edge_label, n, xml_text

__all__ = [
    "NARROW",
    "STATIC",
    "TIMED",
    "WIDE",
    "Layer",
    "Play",
    "document",
    "layers",
    "rename",
    "svg_of",
]

WIDE, NARROW = 3.5, 2.0  # lines of what is marked
STATIC = ("head", "note")  # rows that are there at every step

# What shows the layers of step --s.  --a and --b are a layer's times, a mark (m) is there for one
# step; --h is 1 while quiz mode holds back what the step results in (t).
TIMED = """
.t{--b:9999;
opacity:clamp(0,min(var(--s) - var(--h) - var(--a) + 1,var(--b) - var(--s) + var(--h)),1)}
.m,p{opacity:clamp(0,min(var(--s) - var(--a),var(--a) - var(--s)) + 1,1)}
"""


class Layer(NamedTuple):
    """Something that is there from step ``start`` on, until step ``end``.

    Attributes:
        kind: "value", "grad" (in a box), "local" (on an edge): a text, known from then on; or
            "forward", "backward": a mark on things, there for one step.
        text, at: what stands where; of a "local" the middle, of others the start of the base line.
        things: what a mark is on; first the edge, if there is one, and then who receives.
    """

    start: int
    end: int | None
    kind: str
    text: str = ""
    at: tuple[float, float] = (0.0, 0.0)
    things: tuple[Box | Edge, ...] = ()

    def there(self, step: int) -> bool:
        return self.start <= step and (self.end is None or step < self.end)


def svg_of(layer: Layer, timed: bool = False) -> str:
    """The element; with its times, if ``timed``, for a style sheet to read."""
    names = {"grad": "g", "local": "l", "forward": "f", "backward": "b"}.get(layer.kind, "")
    times = ""
    if timed:
        names = f"{'m' if layer.things else 't'} {names}".rstrip()
        end = "" if layer.end is None or layer.things else f";--b:{layer.end}"
        times = f' style="--a:{layer.start}{end}"'
    name = f' class="{names}"' if names else ""
    if layer.things:
        uses = "".join(f'<use href="#{thing.id}"/>' for thing in layer.things)
        return f"<g{name}{times}>{uses}</g>"
    if layer.kind == "local":
        return f"<g{name}{times}>{edge_label(layer.at, layer.text)}</g>"
    x, y = layer.at
    return f'<text{name} x="{n(x)}" y="{n(y)}"{times}>{xml_text(layer.text)}</text>'


def rename(scene: Scene, names: dict[Any, str], played: list[Event]) -> None:
    """Give the boxes the names of the captions, and room for all that will stand in them."""
    grads: dict[Any, list[str]] = {}
    for event in played:
        if event.move is not None:
            node, shown = event.move.parent, _grad(event.move.accumulated)
            grads[node] = max(grads.get(node, [""]), shown, key=_length)
    for edge in scene.edges:
        edge.flow = NO_NUMBER  # of a backward pass from before, which is not part of the play
        edge.label = typed(edge.slope.value or 0.0) if edge.label else ""
    for box in scene.boxes:
        if not box.nodes:
            continue
        node = box.nodes[-1]
        box.rows = [
            Row("head", " = ".join(filter(None, (names[node], made_by([node]))))),
            *(Row("value", text) for text in _value(node)),
            *(Row("grad", text) for text in grads.get(node, _grad(1.0))),
        ]
        box.title = "" if names[node] == node.label else node.label
        arriving = [edge.source for edge in scene.edges if edge.target is box]
        for source, x in zip(arriving, node.inputs, strict=True):
            if rows := () if isinstance(x, Node) else cells(x):
                source.rows = [Row("note", text) for text in padded(rows)]


def _length(lines: list[str]) -> int:
    return max(map(len, lines))


def _value(node: Any) -> list[str]:
    return lines("data", raw(node))


def _grad(x: Any) -> list[str]:
    return lines("grad", x)


def _row(box: Box, index: int) -> tuple[float, float]:
    """Where a line of text begins."""
    return placed_rows(box)[index][1:]


def _first(box: Box, role: str) -> int:
    """The first line of a value or of a gradient."""
    return [row.role for row in box.rows].index(role)


class Play(NamedTuple):
    """All that a writer needs: the placed boxes, what comes and goes, what is said, the colours."""

    scene: Scene
    layers: list[Layer]
    captions: list[Caption]
    name: str
    theme: str


def _style(theme: Theme) -> str:
    """Colours; what a mark points at takes its line from --k and --w."""
    boxes = []
    for kind in ("leaf", "op", "constant"):
        look = theme.box(kind)
        dash = f";stroke-dasharray:{' '.join(map(str, look.dash))}" if look.dash else ""
        boxes.append(
            f".{kind} rect{{fill:{look.fill};stroke:var(--k,{look.stroke});"
            f"stroke-width:var(--w,{look.width}){dash}}}"
        )
    line = theme.edge()
    return "\n".join(
        [
            f".page{{fill:{theme.page}}}",
            f"text{{font:12px {FONT};fill:{theme.ink}}}",
            *boxes,
            ".box text{font-weight:700}",
            ".constant text{font-weight:400}",
            f".g{{fill:{theme.grad}}}",
            f"path{{fill:none;stroke:var(--k,{line.stroke});stroke-width:var(--w,{line.width})}}",
            f"path+path{{fill:var(--k,{line.stroke});stroke:none}}",
            f".l text{{font-size:11px;fill:{theme.local};text-anchor:middle}}",
            f".l rect{{fill:{theme.page}}}",
            f".f{{--k:{theme.strokes['p']};--w:{WIDE}}}",
            f".b{{--k:{theme.strokes['m']};--w:{WIDE}}}",
            f".b>:nth-child(3){{--w:{NARROW}}}",
            "",
        ]
    )


def document(
    play: Play, parts: list[str], style: str = "", size: tuple[float, float] | None = None
) -> str:
    """An SVG document: what is there at every step, and ``parts`` above it.

    On a page of another ``size`` the picture stands in the middle, at the top.
    """
    scene, name = play.scene, xml_text(play.name)
    width, height = size or (scene.width, scene.height)
    left = n((scene.width - width) / 2)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left} 0 {n(width)} {n(height)}" '
            f'width="{n(width)}" style="max-width:100%;height:auto" role="img" '
            f'aria-label="{name}">',
            f"<title>{name}</title>",
            f"<style>{_style(THEMES[play.theme])}{style}</style>",
            f'<rect class="page" x="{left}" width="100%" height="100%" rx="8"/>',
            *map(_edge, scene.edges),
            *map(_box, scene.boxes),
            *parts,
            "</svg>\n",
        ]
    )


def _box(box: Box) -> str:
    left, top = box.x - box.width / 2, box.y - box.height / 2
    texts = "".join(
        f'<text x="{n(x)}" y="{n(y)}">{xml_text(row.text)}</text>'
        for row, x, y in placed_rows(box)
        if row.role in STATIC
    )
    title = f"<title>{xml_text(box.title)}</title>" if box.title else ""
    return (
        f'<g id="{box.id}" class="box {box.kind}">{title}'
        f'<rect x="{n(left)}" y="{n(top)}" width="{n(box.width)}" height="{n(box.height)}" rx="6"/>'
        f"{texts}</g>"
    )


def _edge(edge: Edge) -> str:
    """An edge in whole pixels: its curve is most of what a page has to say about it."""
    line, head = line_and_arrow(edge)
    start, *rest = [f"{x:.0f} {y:.0f}" for x, y in line]
    tip = "L".join(f"{n(x)} {n(y)}" for x, y in head)
    return f'<g id="{edge.id}"><path d="M{start}C{" ".join(rest)}"/><path d="M{tip}Z"/></g>'


def layers(scene: Scene, played: list[Event]) -> list[Layer]:
    """Everything that comes and goes, what is marked first, so that text stands above it."""
    boxes = {box.nodes[-1]: box for box in scene.boxes if box.nodes}
    into: dict[str, list[Edge]] = {}
    for edge in scene.edges:
        into.setdefault(edge.target.id, []).append(edge)
    marks: list[Layer] = []
    texts: list[Layer] = []
    started: dict[Any, tuple[int, list[str]]] = {}  # the gradient in a box, and since when

    def written(box: Box, start: int, end: int | None, kind: str, text: list[str]) -> None:
        first = _first(box, kind)
        for index, line in enumerate(text, first):
            texts.append(Layer(start, end, kind, line, _row(box, index)))

    def arrives(node: Any, step: int, text: list[str]) -> None:
        replaced(node, step)
        started[node] = step, text

    def replaced(node: Any, end: int | None) -> None:
        if node in started:
            start, text = started[node]
            written(boxes[node], start, end, "grad", text)

    def known(node: Any, step: int) -> None:
        written(boxes[node], step, None, "value", _value(node))

    def mark(step: int, kind: str, *things: Box | Edge) -> None:
        marks.append(Layer(step, step + 1, kind, things=things))

    for event in played:
        step, node = event.step, event.node
        if event.phase == "given":
            for leaf in boxes:
                if leaf.op is None:
                    known(leaf, step)
        elif event.phase == "forward":
            arriving = into.get(boxes[node].id, [])
            known(node, step)
            labelled = [edge for edge in arriving if edge.label]
            texts += [Layer(step, None, "local", x.label, x.label_at) for x in labelled]
            mark(step, "forward", *arriving, boxes[node])
        elif event.move is None:
            arrives(node, step, _grad(1.0))
            mark(step, "backward", boxes[node])
        else:
            edge = into[boxes[node].id][event.input]
            arrives(event.move.parent, step, _grad(event.move.accumulated))
            mark(step, "backward", edge, edge.source, boxes[node])
    for node in started:
        replaced(node, None)
    return marks + texts
