"""How a placed scene is written: one SVG, readable with nothing installed.

No script, no font file, nothing from a network.  Every box and edge has a stable id and a class,
hovering shows the exact numbers, and the picture shrinks to the width of the page.

One document may hold several views of the picture.  It says for each element what it looks like in
each view (``class="edge l-p3 g-m1"``), and the style sheet's rules for a view have a selector in
front that a page can switch on (``html.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograd.viz.boxes import LINE, VIEWS, Box, Edge, Frame, Scene, printable
from autograd.viz.colouring import SWATCH_X, SWATCH_Y, Colouring, colouring, legend
from autograd.viz.colours import KINDS, PALE, THEMES, Look, Theme
from autograd.viz.shapes import LABEL_INK, frame_box, framed, label_box, line_and_arrow, placed_rows

__all__ = ["FONT", "write", "xml_text"]

FONT = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"


def xml_text(string: str) -> str:
    """Text that cannot become markup, nor make a document invalid."""
    string = printable(string)
    for character, entity in ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"):
        string = string.replace(character, entity)
    return string


def _n(x: float) -> str:
    return f"{x:.1f}".removesuffix(".0").replace("-0.0", "0")


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


def _view_rules(view: str, colours: Colouring | None, theme: Theme, scope: str) -> list[str]:
    """The style of a view, for the elements after the selector ``scope``."""
    rules = []
    if colours is not None:
        letter = view[0]
        rules.append(f"{scope}.{letter}-lit text{{fill:{theme.ink}}}")
        for look in _swatches(colours):
            rules.append(f"{scope}.s-{letter}-{look} rect{{{_css(colours.swatch(theme, look))}}}")
        for look in sorted({*colours.boxes.values()} - {""}):
            rules.append(f"{scope}.{letter}-{look} rect{{{_css(theme.box('op', look))}}}")
            if theme.ink_on(look) != theme.ink:
                rules.append(f"{scope}.{letter}-{look} text{{fill:{theme.ink_on(look)}}}")
        for look in sorted({*colours.edges.values()} - {""}):
            line = theme.edge(look)
            name = f"{scope}.edge.{letter}-{look}"
            rules.append(f"{name} path{{{_css(line, line=True)}}}")
            rules.append(f"{name} .tip{{fill:{line.stroke};stroke:none}}")
            rules.append(f"{name} rect{{fill:{theme.page};stroke:none}}")
            rules.append(f"{name} text{{fill:{theme.ink}}}")
    return rules


def _swatches(colours: Colouring) -> list[str]:
    return [item.look for item in legend(colours, Scene([], [], ""))[0] if item.look]


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


def _box(box: Box, looks: dict[str, str], view: str, switched: bool) -> str:
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
        rows.append(f'<text x="{_n(x)}" y="{_n(y)}"{name}>{xml_text(row.text)}</text>')
    names = _classes(f"box {box.kind}{_on_paths(box, switched)}", looks)
    names += "".join(f" {view[0]}-lit" for view, look in looks.items() if look)
    title = xml_text(box.title)
    focus = ""
    if switched:
        names += "".join(f" has-{role}" for role in ("value", "grad") if role in roles)
        words = xml_text(", ".join(filter(None, box.title.split("\n"))))
        focus = f' tabindex="0" role="img" aria-label="{words}"'
    return (
        f'<g id="{box.id}" class="{names}"{focus}><title>{title}</title>'
        f'<rect x="{_n(left)}" y="{_n(top)}" width="{_n(box.width)}" height="{_n(box.height)}" '
        f'rx="6"/>{"".join(rows)}</g>'
    )


def _edge(edge: Edge, looks: dict[str, str], views: Sequence[str]) -> str:
    (start, *rest), head = line_and_arrow(edge)
    path = f"M{_n(start[0])} {_n(start[1])}C" + " ".join(f"{_n(x)} {_n(y)}" for x, y in rest)
    tip = "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in head) + "Z"
    texts: dict[str, list[str]] = {}
    for view in views:
        if text := edge.text(view):
            texts.setdefault(text, []).append(view)
    labels = ""
    for text, where in texts.items():
        x, y = edge.label_at
        left, top, width, height = label_box(edge, text)
        label = (  # on a ground, so that no line runs through the digits
            f'<rect x="{_n(left)}" y="{_n(top)}" width="{_n(width)}" height="{_n(height)}"/>'
            f'<text x="{_n(x)}" y="{_n(y + LABEL_INK)}">{xml_text(text)}</text>'
        )
        everywhere = len(where) == len(views)
        names = " ".join(f"in-{view}" for view in where)
        labels += label if everywhere else f'<g class="label {names}">{label}</g>'
    first = f"edge{_on_paths(edge, len(views) > 1)}"
    return (
        f'<g id="{edge.id}" class="{_classes(first, looks)}"><title>{xml_text(edge.title)}</title>'
        f'<path d="{path}"/><path class="tip" d="{tip}"/>{labels}</g>'
    )


def _frame(frame: Frame) -> str:
    left, top, width, height, (x, y) = frame_box(frame)
    return (
        f'<g id="{frame.id}" class="frame"><rect x="{_n(left)}" y="{_n(top)}" '
        f'width="{_n(width)}" height="{_n(height)}" rx="8"/>'
        f'<text x="{_n(x)}" y="{_n(y)}">{xml_text(frame.name)}</text></g>'
    )


def _legend(view: str, colours: Colouring, scene: Scene) -> str:
    parts = []
    for item in legend(colours, scene)[0]:
        if item.look:
            parts.append(
                f'<g class="s-{view[0]}-{item.look}"><rect x="{_n(item.x)}" y="{_n(item.y)}" '
                f'width="{_n(SWATCH_X - 2)}" height="{_n(SWATCH_Y)}"/></g>'
            )
        else:
            parts.append(f'<text x="{_n(item.x)}" y="{_n(item.y)}">{xml_text(item.text)}</text>')
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
) -> str:
    """The scene as a standalone SVG document (text).

    Args:
        scene: with places.
        view, theme, flow, size: as in ``draw``.
        views: all views that the document is to have, instead of one.
        scope: with ``views``: the selector of an element around what is switched, with ``{}`` for
            the name of the view that is on.
        more_style: rules of a page around it.
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
        style += _view_rules(v, colours, look, scope.format(v) if views else "")
    if any(box.pale for box in scene.boxes) or any(edge.pale for edge in scene.edges):
        style.append(f".pale{{opacity:{PALE}}}")
    if views:
        style += switches(views, scope)
    boxes = {v: c.boxes for v, c in colours_of.items() if c is not None}
    edges = {v: c.edges for v, c in colours_of.items() if c is not None}
    name, about = xml_text(scene.description), xml_text(scene.details())
    place = "" if size is None else f' x="{_n(left)}" y="{_n(top)}"'
    corners = ' rx="8"' if size is None else ""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{_n(left)} {_n(top)} {_n(width)} '
        f'{_n(height)}" width="{_n(page.width)}" style="max-width:100%;height:auto" '
        f'role="{"group" if views else "img"}" aria-label="{name}">',
        f"<title>{name}</title>",
        f"<desc>{about}</desc>",
        "<style>",
        *style,
        *more_style,
        "</style>",
        f'<rect class="page"{place} width="100%" height="100%"{corners}/>',
        *map(_frame, scene.frames),
        *(_edge(e, {v: looks.get(e.id, "") for v, looks in edges.items()}, views or [view])
          for e in scene.edges),
        *(_box(b, {v: looks.get(b.id, "") for v, looks in boxes.items()}, view, bool(views))
          for b in scene.boxes),
        *(_legend(v, c, scene) for v, c in colours_of.items() if c is not None),
        "</svg>",
    ]  # fmt: skip
    return "\n".join(parts) + "\n"
