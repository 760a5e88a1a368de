"""The picture as layers in time: what appears at which step, and what replaces it.

Every element that comes or goes is a ``Layer`` with a first step and a step at which it is gone.
One list of layers makes the page (all of them, and a style sheet that shows those of the current
step), a numbered frame (those of one step) and the animated picture (all, and a clock).

Graph and boxes are those of ``draw``: ``scene`` builds and a layout places them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from autograd.viz.boxes import Box, Edge, Row, Scene
from autograd.viz.colours import NO_NUMBER
from autograd.viz.scene import made_by
from autograd.viz.shapes import LABEL_INK, line_and_arrow, placed_rows
from autograd.viz.stepping.captions import typed
from autograd.viz.stepping.events import Event
from autograd.viz.svg import xml_text

__all__ = ["TIMED", "Layer", "document", "layers", "n", "rename"]

STYLE = """
.page{fill:#fff}
text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#1f2933}
.box rect{fill:#fff;stroke:var(--k,#5b6b7b);stroke-width:var(--w,1.1)}
.leaf rect{fill:#e8f1fb;stroke:var(--k,#2f6fb0)}
.constant rect{fill:#f3f3f3;stroke:var(--k,#9aa5b1);stroke-dasharray:4 3}
.box text{font-weight:700}
.g{fill:#a33c00}
path{fill:none;stroke:var(--k,#9aa5b1);stroke-width:var(--w,1.1)}
path+path{fill:var(--k,#9aa5b1);stroke:none}
.l{font-size:11px;fill:#0b5d4a;text-anchor:middle;paint-order:stroke;stroke:#fff;stroke-width:4px}
.f{--k:#1c6dd0;--w:3}
.b{--k:#d9480f;--w:3}
.b>:nth-child(3){--k:#f2a072}
"""

# What shows the layers of step --s.  --a and --b are a layer's times, a mark (m) is there for one
# step; --h is 1 while quiz mode holds back what the step results in (t).
TIMED = """
.t{--b:9999;
opacity:clamp(0,min(var(--s) - var(--h) - var(--a) + 1,var(--b) - var(--s) + var(--h)),1)}
.m,p{opacity:clamp(0,min(var(--s) - var(--a),var(--a) - var(--s)) + 1,1)}
"""


class Layer(NamedTuple):
    """An SVG element that is there from step ``start`` on, until step ``end``.

    ``mark`` tells what points at the current step from what is a result of it: quiz mode shows
    the one and holds back the other.
    """

    start: int
    end: int | None
    mark: bool
    tag: str
    attributes: str
    inside: str

    def text(self, timed: bool = False) -> str:
        """The element; with its times, if ``timed``, for a style sheet to read."""
        attributes = self.attributes
        if timed:
            end = "" if self.end is None or self.mark else f";--b:{self.end}"
            attributes += f' style="--a:{self.start}{end}"'
            attributes = _with_class(attributes, "m" if self.mark else "t")
        return f"<{self.tag} {attributes.strip()}>{self.inside}</{self.tag}>"

    def there(self, step: int) -> bool:
        return self.start <= step and (self.end is None or step < self.end)


def _with_class(attributes: str, name: str) -> str:
    if 'class="' in attributes:
        return attributes.replace('class="', f'class="{name} ', 1)
    return f'{attributes} class="{name}"'


def rename(scene: Scene, names: dict[Any, str], played: list[Event]) -> None:
    """Give the boxes the names of the captions, and room for all that will stand in them."""
    grads: dict[Any, list[str]] = {}
    for event in played:
        if event.move is not None:
            grads.setdefault(event.move.parent, []).append(_grad(event.move.accumulated))
    for edge in scene.edges:
        edge.flow = NO_NUMBER  # of a backward pass from before, which is not part of the play
    for box in scene.boxes:
        if not box.nodes:
            continue
        node = box.nodes[-1]
        box.rows = [
            Row("head", " = ".join(filter(None, (names[node], made_by([node]))))),
            Row("value", _value(node)),
            Row("grad", max(grads.get(node, [_grad(1.0)]), key=len)),
        ]
        box.title = "" if names[node] == node.label else node.label


def _value(node: Any) -> str:
    return f"data {typed(node.data)}"


def _grad(x: float) -> str:
    return f"grad {typed(x)}"


def _row(box: Box, index: int) -> str:
    """The place of a line of text in a box, as attributes."""
    _, x, y = placed_rows(box)[index]
    return f'x="{n(x)}" y="{n(y)}"'


def n(x: float) -> str:
    """A coordinate."""
    return f"{x:.1f}".removesuffix(".0")


def document(
    scene: Scene,
    name: str,
    style: str,
    parts: list[str],
    left: float = 0.0,
    width: float = 0.0,
    height: float = 0.0,
) -> str:
    """An SVG document: what is there at every step, and ``parts`` above it."""
    box = f"{n(left)} 0 {n(width or scene.width)} {n(height or scene.height)}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" '
            f'width="{n(width or scene.width)}" style="max-width:100%;height:auto" '
            f'role="img" aria-label="{xml_text(name)}">',
            f"<title>{xml_text(name)}</title>",
            f"<style>{STYLE}{style}</style>",
            f'<rect class="page" x="{n(left)}" width="100%" height="100%" rx="8"/>',
            *map(_edge, scene.edges),
            *map(_box, scene.boxes),
            *parts,
            "</svg>\n",
        ]
    )


def _box(box: Box) -> str:
    left, top = box.x - box.width / 2, box.y - box.height / 2
    head = xml_text(box.rows[0].text)
    title = f"<title>{xml_text(box.title)}</title>" if box.title else ""
    return (
        f'<g id="{box.id}" class="box {box.kind}">{title}'
        f'<rect x="{n(left)}" y="{n(top)}" width="{n(box.width)}" height="{n(box.height)}" rx="6"/>'
        f"<text {_row(box, 0)}>{head}</text></g>"
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
    started: dict[Any, tuple[int, str]] = {}  # the gradient that a box shows, and since when

    def arrives(node: Any, step: int, text: str) -> None:
        if node in started:
            texts.append(_grad_layer(boxes[node], *started[node], step))
        started[node] = step, text

    def mark(step: int, kind: str, *things: Box | Edge) -> None:
        inside = "".join(f'<use href="#{thing.id}"/>' for thing in things)
        marks.append(Layer(step, step + 1, True, "g", f'class="{kind}"', inside))

    for event in played:
        step, node = event.step, event.node
        if event.phase == "given":
            for leaf, box in boxes.items():
                if leaf.op is None:
                    texts.append(Layer(0, None, False, "text", _row(box, 1), _value(leaf)))
        elif event.phase == "forward":
            box = boxes[node]
            texts.append(Layer(step, None, False, "text", _row(box, 1), _value(node)))
            arriving = into.get(box.id, [])
            texts += [_label(edge, step) for edge in arriving if edge.label]
            mark(step, "f", *arriving, box)
        elif event.move is None:
            arrives(node, step, _grad(1.0))
            mark(step, "b", boxes[node])
        else:
            edge = into[boxes[node].id][event.input]
            arrives(event.move.parent, step, _grad(event.move.accumulated))
            mark(step, "b", edge, edge.source, boxes[node])
    texts += [_grad_layer(boxes[node], *since, None) for node, since in started.items()]
    return marks + texts


def _grad_layer(box: Box, start: int, text: str, end: int | None) -> Layer:
    return Layer(start, end, False, "text", f'class="g" {_row(box, 2)}', text)


def _label(edge: Edge, step: int) -> Layer:
    """The local derivative on an edge, on a white ground."""
    x, y = edge.label_at
    place = f'class="l" x="{n(x)}" y="{n(y + LABEL_INK)}"'
    return Layer(step, None, False, "text", place, xml_text(edge.label))
