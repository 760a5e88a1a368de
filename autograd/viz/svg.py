"""How a placed scene is written: one SVG, readable with nothing installed.

No script, no font file, nothing from a network.  Every box and edge has a stable id and a class,
hovering shows the exact numbers, and the picture shrinks to the width of the page.

One document may hold several views of the picture.  It says for each element what it looks like in
each view (``class="edge l-p3 g-m1"``), and the style sheet's rules for a view have a selector in
front that a page can switch on (``html.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from autograd.viz.boxes import LINE, VIEWS, Box, Edge, Frame, Scene, printable
from autograd.viz.colouring import SWATCH_X, SWATCH_Y, Colouring, colouring, legend
from autograd.viz.colours import KINDS, PALE, THEMES, Look, Theme
from autograd.viz.shapes import (
    LABEL_INK,
    frame_box,
    framed,
    label_box,
    line_and_arrow,
    placed_rows,
    solid_beside,
)

__all__ = ["FONT", "Element", "edge_label", "elements", "n", "write", "xml_text"]

FONT = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"


def xml_text(string: str) -> str:
    """Text that cannot become markup, nor make a document invalid."""
    string = printable(string)
    for character, entity in ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"):
        string = string.replace(character, entity)
    return string


def n(x: float) -> str:
    """A coordinate.

    >>> n(12.0), n(0.25), n(-0.01)
    ('12', '0.2', '0')
    """
    return f"{round(x, 1) + 0.0:.1f}".removesuffix(".0")  # + 0.0 makes 0 of -0.0


def _css(look: Look, line: bool = False) -> str:
    rules = [] if line else [f"fill:{look.fill}"]
    rules += [f"stroke:{look.stroke}", f"stroke-width:{look.width:.3g}"]
    if look.dash:
        rules.append("stroke-dasharray:" + " ".join(f"{x:g}" for x in look.dash))
    else:
        rules.append("stroke-dasharray:none")
    return ";".join(rules)


def _base(theme: Theme, kinds: Iterable[str]) -> list[str]:
    """The style of what has no number."""
    rules = [
        f".page{{fill:{theme.page}}}",
        f"text{{font:12px {FONT};fill:{theme.ink}}}",
        *(f".{kind} rect{{{_css(theme.box(kind))}}}" for kind in kinds),
        ".head,.mark{font-weight:700}",
        f".grad{{fill:{theme.grad}}}",
        f".mark{{fill:{theme.mark}}}",
        f".none{{fill:{theme.faint};font-style:italic}}",
        f".edge path{{fill:none;{_css(theme.edge(), line=True)}}}",
        f".edge .tip{{fill:{theme.line};stroke:none}}",
        f".edge text{{font-size:11px;fill:{theme.local};text-anchor:middle}}",
        f".edge rect{{fill:{theme.page}}}",
    ]
    return rules


def _view_rules(
    view: str, colours: Colouring | None, more: set[str], theme: Theme, scope: str
) -> list[str]:
    """The style of a view, for the elements after the selector ``scope``.

    There is a rule for each look that occurs, and for ``more``.
    """
    rules = []
    if colours is not None:
        letter = view[0]
        rules.append(f"{scope}.{letter}-lit text{{fill:{theme.ink}}}")
        for look in _swatches(colours):
            rules.append(f"{scope}.s-{letter}-{look} rect{{{_css(colours.swatch(theme, look))}}}")
        for look in sorted({*colours.boxes.values(), *more} - {""}):
            rules.append(f"{scope}.{letter}-{look} rect{{{_css(theme.box('op', look))}}}")
            if theme.ink_on(look) != theme.ink:
                rules.append(f"{scope}.{letter}-{look} text{{fill:{theme.ink_on(look)}}}")
        for look in sorted({*colours.edges.values(), *more} - {""}):
            line = theme.edge(look)
            name = f"{scope}.edge.{letter}-{look}"
            rules.append(f"{name} path{{{_css(line, line=True)}}}")
            rules.append(f"{name} .tip{{fill:{line.stroke};stroke:none}}")
            rules.append(f"{name} rect{{fill:{theme.page};stroke:none}}")
            rules.append(f"{name} text{{fill:{theme.ink}}}")
    return rules


def _swatches(colours: Colouring) -> list[str]:
    return [item.look for item in legend(colours, Scene([], [], ""))[0] if item.look]


class Element(NamedTuple):
    """A group of the document; its parts are whole elements too, and stand in their order."""

    id: str
    names: str
    parts: list[str]
    more: str = ""

    def text(self) -> str:
        return f'<g id="{self.id}" class="{self.names}"{self.more}>{"".join(self.parts)}</g>'


def _classes(first: str, looks: dict[str, str]) -> str:
    """``edge l-p3 g-m1``: what an element is, and its look in each view."""
    names = [first]
    for view, look in looks.items():
        if look:
            names.append(f"{view[0]}-{look}")
    return " ".join(names)


def _on_paths(thing: Box | Edge, switched: bool) -> str:
    """Whether it is pale; and in a page, from which leaves' boxes paths lead through it."""
    through = "".join(f" p-{leaf}" for leaf in thing.leaves) if switched else ""
    return (" pale" if thing.pale else "") + through


def _box(box: Box, looks: dict[str, str], view: str, switched: bool) -> Element:
    left, top = box.x - box.width / 2, box.y - box.height / 2
    rows = []
    roles = [row.role for row in box.rows]
    first = next((i for i, role in enumerate(roles) if role in ("value", "grad")), len(roles))
    for index, (row, x, y) in enumerate(placed_rows(box, "all" if switched else view)):
        name = row.role
        if name == "grad" and box.grad.value is None:
            name = "grad none" if switched else "none"
        if switched and row.role not in ("value", "grad"):
            name += " b" if index < first else " a"
        name = f' class="{name}"' if name not in ("note", "value") or switched else ""
        rows.append(f'<text x="{n(x)}" y="{n(y)}"{name}>{xml_text(row.text)}</text>')
    names = _classes(f"box {box.kind}{_on_paths(box, switched)}", looks)
    names += "".join(f" {view[0]}-lit" for view, look in looks.items() if look)
    title = xml_text(box.title)
    focus = ""
    if switched:
        names += "".join(f" has-{role}" for role in ("value", "grad") if role in roles)
        words = xml_text(", ".join(filter(None, box.title.split("\n"))))
        focus = f' tabindex="0" role="img" aria-label="{words}"'
    rect = (
        f'<rect x="{n(left)}" y="{n(top)}" width="{n(box.width)}" height="{n(box.height)}" rx="6"/>'
    )
    return Element(box.id, names, [f"<title>{title}</title>", rect, *rows], focus)


def edge_label(at: tuple[float, float], text: str) -> str:
    """A label of an edge, on a ground, so that no line runs through the digits."""
    left, top, width, height = label_box(at, text)
    return (
        f'<rect x="{n(left)}" y="{n(top)}" width="{n(width)}" height="{n(height)}"/>'
        f'<text x="{n(at[0])}" y="{n(at[1] + LABEL_INK)}">{xml_text(text)}</text>'
    )


def _curve(points: Sequence[tuple[float, float]]) -> str:
    start, *rest = [f"{n(x)} {n(y)}" for x, y in points]
    return f"M{start}C{' '.join(rest)}"


def _edge(edge: Edge, looks: dict[str, str], views: Sequence[str], theme: Theme) -> Element:
    line, head = line_and_arrow(edge)
    tip = "M" + "L".join(f"{n(x)} {n(y)}" for x, y in head) + "Z"
    texts: dict[str, list[str]] = {}
    for view in views:
        if text := edge.text(view):
            texts.setdefault(text, []).append(view)
    labels = ""
    for text, where in texts.items():
        lines = {theme.edge(looks.get(view, "")) for view in where}
        solid = [x for look in lines for x in solid_beside(line, edge.label_at, text, look)]
        pieces = (f'<path d="{_curve(x)}" style="stroke-dasharray:none"/>' for x in solid)
        label = "".join(dict.fromkeys(pieces)) + edge_label(edge.label_at, text)
        everywhere = len(where) == len(views)
        names = " ".join(f"in-{view}" for view in where)
        labels += label if everywhere else f'<g class="label {names}">{label}</g>'
    first = f"edge{_on_paths(edge, len(views) > 1)}"
    arrow = f'<path d="{_curve(line)}"/><path class="tip" d="{tip}"/>'
    title = f"<title>{xml_text(edge.title)}</title>"
    return Element(edge.id, _classes(first, looks), [title, arrow, labels])


def _frame(frame: Frame) -> Element:
    left, top, width, height, (x, y) = frame_box(frame)
    rect = f'<rect x="{n(left)}" y="{n(top)}" width="{n(width)}" height="{n(height)}" rx="8"/>'
    name = f'<text x="{n(x)}" y="{n(y)}">{xml_text(frame.name)}</text>'
    return Element(frame.id, "frame", [rect, name])


def _legend(view: str, colours: Colouring, scene: Scene) -> str:
    parts = []
    for item in legend(colours, scene)[0]:
        if item.look:
            parts.append(
                f'<g class="s-{view[0]}-{item.look}"><rect x="{n(item.x)}" y="{n(item.y)}" '
                f'width="{n(SWATCH_X - 2)}" height="{n(SWATCH_Y)}"/></g>'
            )
        else:
            parts.append(f'<text x="{n(item.x)}" y="{n(item.y)}">{xml_text(item.text)}</text>')
    return f'<g class="legend in-{view}">{"".join(parts)}</g>'


def switches(views: Sequence[str], scope: str) -> list[str]:
    """The rules that show one view of several: ``scope`` has a place for its name."""
    rules = [".label,.legend{display:none}"]
    for view in views:
        on = scope.format(view)
        rules.append(f"{on}.in-{view}{{display:inline}}")
        for role in sorted(VIEWS[view]):
            rules.append(f"{on}.{role}{{display:none}}")
            # What is above and below the row that is hidden moves together.
            above = ["b"] if role == "value" else ["b", "value"]
            below = ["a", "grad"] if role == "value" else ["a"]
            for names, way in (above, 1), (below, -1):
                which = ",".join(f"{on}.has-{role} .{name}" for name in names)
                rules.append(f"{which}{{transform:translateY({way * LINE / 2:g}px)}}")
    return rules


def elements(
    scene: Scene, view: str, flow: bool | None, theme: str, views: Sequence[str] = ()
) -> list[Element]:
    """Frames, edges and boxes; for the arguments see ``write``."""
    colours = {v: c for v in views or [view] if (c := colouring(scene, v, flow)) is not None}
    edges = {edge.id: {v: c.edges.get(edge.id, "") for v, c in colours.items()}
             for edge in scene.edges}  # fmt: skip
    boxes = {box.id: {v: c.boxes.get(box.id, "") for v, c in colours.items()}
             for box in scene.boxes}  # fmt: skip
    return [
        *map(_frame, scene.frames),
        *(_edge(edge, edges[edge.id], views or [view], THEMES[theme]) for edge in scene.edges),
        *(_box(box, boxes[box.id], view, bool(views)) for box in scene.boxes),
    ]


def write(
    scene: Scene,
    *,
    view: str = "all",
    theme: str = "light",
    flow: bool | None = None,
    size: tuple[float, float] | None = None,
    views: Sequence[str] = (),
    scope: str = "",
    more_style: Sequence[str] = (),
    parts: Sequence[str] | None = None,
) -> str:
    """The scene as a standalone SVG document (text).

    Args:
        scene: with places.
        view, theme, flow, size: as in ``draw``.
        views: all views that the document is to have, instead of one.
        scope: with ``views``: the selector of an element around what is switched, with ``{}`` for
            the name of the view that is on.
        more_style: rules of a page around it.
        parts: what stands there instead of the ``elements``.
    """
    colours_of = {v: colouring(scene, v, flow) for v in views or [view]}
    look = THEMES[theme]
    page = framed(scene, [c for c in colours_of.values() if c is not None], size)
    left, top, width, height = page.view
    kinds = [kind for kind in KINDS if any(box.kind == kind for box in scene.boxes)]
    style = _base(look, kinds)
    if scene.frames:
        fill, stroke, ink = look.frame
        style.append(f".frame rect{{fill:{fill};stroke:{stroke};stroke-width:1}}")
        style.append(f".frame text{{font-size:11px;fill:{ink}}}")
    for v, colours in colours_of.items():
        looks = colours.scale.looks if colours is not None and parts is not None else set()
        style += _view_rules(v, colours, looks, look, scope.format(v) if views else "")
    if any(box.pale for box in scene.boxes) or any(edge.pale for edge in scene.edges):
        style.append(f".pale{{opacity:{PALE}}}")
    if views:
        style += switches(views, scope)
    if parts is None:
        parts = [element.text() for element in elements(scene, view, flow, theme, views)]
    name, about = xml_text(scene.description), xml_text(scene.details())
    place = "" if size is None else f' x="{n(left)}" y="{n(top)}"'
    corners = ' rx="8"' if size is None else ""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{n(left)} {n(top)} {n(width)} '
        f'{n(height)}" width="{n(page.width)}" style="max-width:100%;height:auto" '
        f'role="{"group" if views else "img"}" aria-label="{name}">',
        f"<title>{name}</title>",
        f"<desc>{about}</desc>",
        "<style>",
        *style,
        *more_style,
        "</style>",
        f'<rect class="page"{place} width="100%" height="100%"{corners}/>',
        *parts,
        *(_legend(v, c, scene) for v, c in colours_of.items() if c is not None),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"
