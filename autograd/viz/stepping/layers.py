"""The picture as layers in time: what appears at which step, and what replaces it.

Every element that comes or goes is a ``Layer`` with a first step and a step at which it is gone.
One list of layers makes the page (all of them, and a style sheet that shows those of the current
step), a numbered frame (those of one step) and the animated picture (all, and a clock).

Graph and boxes are those of ``draw``: ``scene`` builds and a layout places them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from autograd.viz.scene import LINE, PAD, Box, Edge, Scene, made_by
from autograd.viz.stepping.captions import typed
from autograd.viz.stepping.events import Event
from autograd.viz.svg import xml_text

__all__ = ["STYLE", "Layer", "layers", "rename", "static"]

STYLE = """
.page{fill:#fff}
text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#1f2933}
.box rect{fill:#fff;stroke:var(--k,#5b6b7b);stroke-width:var(--w,1.1)}
.leaf rect{fill:#e8f1fb;stroke:var(--k,#2f6fb0)}
.constant rect{fill:#f3f3f3;stroke:var(--k,#9aa5b1);stroke-dasharray:4 3}
.head{font-weight:700}
.g{fill:#a33c00}
.edge path{fill:none;stroke:var(--k,#9aa5b1);stroke-width:var(--w,1.1)}
.edge .tip{fill:var(--k,#9aa5b1);stroke:none}
.l rect{fill:#fff}
.l text{font-size:11px;fill:#0b5d4a;text-anchor:middle}
.f{--k:#1c6dd0;--w:3}
.r{--k:#d9480f;--w:3}
.from{--k:#f2a072;--w:3}
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
            end = "" if self.end is None else f";--b:{self.end}"
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
    for box in scene.boxes:
        if not box.nodes:
            continue
        node = box.nodes[-1]
        box.lines[:] = [
            " = ".join(filter(None, (names[node], made_by([node])))),
            _value(node),
            max(grads.get(node, [_grad(1.0)]), key=len),
        ]
        box.title = "\n".join(filter(None, (node.label or names[node], made_by([node]))))


def _value(node: Any) -> str:
    return f"data {typed(node.data)}"


def _grad(x: float) -> str:
    return f"grad {typed(x)}"


def _row(box: Box, index: int) -> str:
    """The place of a line of text in a box, as attributes."""
    x, y = box.x - box.width / 2 + PAD, box.y - box.height / 2 + PAD + 10 + index * LINE
    return f'x="{n(x)}" y="{n(y)}"'


def n(x: float) -> str:
    """A coordinate."""
    return f"{x:.1f}".removesuffix(".0")


def static(scene: Scene) -> str:
    """What is there at every step: edges and boxes without their numbers."""
    return "\n".join([*map(_edge, scene.edges), *map(_box, scene.boxes)])


def _box(box: Box) -> str:
    left, top = box.x - box.width / 2, box.y - box.height / 2
    head = xml_text(box.lines[0])
    return (
        f'<g id="{box.id}" class="box {box.kind}"><title>{xml_text(box.title)}</title>'
        f'<rect x="{n(left)}" y="{n(top)}" width="{n(box.width)}" height="{n(box.height)}" rx="6"/>'
        f'<text class="head" {_row(box, 0)}>{head}</text></g>'
    )


def _edge(edge: Edge) -> str:
    from autograd.viz import svg

    edge.label, label = "", edge.label
    text = svg._edge(edge)
    edge.label = label
    return text


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
            mark(step, "r", boxes[node])
        else:
            edge = into[boxes[node].id][event.input]
            arrives(event.move.parent, step, _grad(event.move.accumulated))
            mark(step, "from", boxes[node])
            mark(step, "r", edge, edge.source)
    texts += [_grad_layer(boxes[node], *since, None) for node, since in started.items()]
    return marks + texts


def _grad_layer(box: Box, start: int, text: str, end: int | None) -> Layer:
    return Layer(start, end, False, "text", f'class="g" {_row(box, 2)}', text)


def _label(edge: Edge, step: int) -> Layer:
    """The local derivative on an edge, on a white ground."""
    (x, y), width = edge.label_at, len(edge.label) * 6.7 + 3
    inside = (
        f'<rect x="{n(x - width / 2)}" y="{n(y - 6)}" width="{n(width)}" height="12"/>'
        f'<text x="{n(x)}" y="{n(y + 4)}">{xml_text(edge.label)}</text>'
    )
    return Layer(step, None, False, "g", 'class="l"', inside)
