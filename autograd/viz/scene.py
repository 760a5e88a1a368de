"""What is drawn: a graph as boxes and edges that have no places yet.

Each box shows a node's label, operation, value and gradient; each edge the local derivative of the
node it leads to.  Two edges between the same boxes are two edges: both count.  Where a chain of
nodes shares a box (``collapse.py``), the edge into it carries the product of the local derivatives
along the chain: that is the chain rule.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd.errors import message
from autograd.node import Node, raw
from autograd.sweep import topological_order
from autograd.viz.collapse import Groups, collapse, node_inputs

__all__ = [
    "Box",
    "Edge",
    "Frame",
    "Scene",
    "arriving",
    "build",
    "description",
    "grouped",
    "made_by",
    "node_box",
    "number_text",
    "printable",
    "shortened",
]

READABLE = 80  # boxes in one picture
FORCED = 2000  # nodes; drawing more than that in full has to be asked for twice
LONGEST = 28  # characters of a label that are shown; the hover text has the whole of it
LABELLED = 12  # edges into one box; if there are more, their numbers are in the hover text only
CHAR, LINE, PAD = 7.25, 16.0, 9.0  # a character of 12 px monospace, a line, the inner margin


# What XML 1.0 does not allow in a document, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass
class Box:
    """A rectangle with lines of text around its centre ``x, y``, which a layout fills in."""

    id: str
    kind: str  # "leaf", "op", "constant", "more" or "result"
    lines: list[str]
    title: str  # the hover text
    nodes: tuple[Any, ...] = ()  # of the graph: those in it, first to last
    arrivals: int = 0  # edges that end here
    stretch: float = 0.0  # height that a layout adds
    x: float = 0.0
    y: float = 0.0

    @property
    def width(self) -> float:
        return max(map(_cells, self.lines)) * CHAR + 2 * PAD

    @property
    def height(self) -> float:
        return len(self.lines) * LINE + 2 * PAD - 4 + self.stretch


@dataclass
class Edge:
    """An arrow from an input to what was computed from it; a layout fills in its points.

    ``points`` are those of a cubic spline: a start, then three per segment.
    """

    id: str
    source: Box
    target: Box
    label: str
    title: str
    local: Any = None  # the local derivative: a number, a function between arrays, or None
    points: list[tuple[float, float]] = field(default_factory=list)
    label_at: tuple[float, float] = (0.0, 0.0)


@dataclass
class Frame:
    """A line around boxes that belong together, and their name; it may stand in another frame."""

    id: str
    name: str
    parent: Frame | None
    boxes: list[str] = field(default_factory=list)  # ids, also of those in frames inside
    place: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)  # left, top, right, bottom


@dataclass
class Scene:
    """Everything in a picture; a layout fills in the size."""

    boxes: list[Box]
    edges: list[Edge]
    description: str
    frames: list[Frame] = field(default_factory=list)  # outer before inner ones
    width: float = 0.0
    height: float = 0.0

    # Ids count up, so that one graph always gives the same picture.

    def add_box(
        self, kind: str, lines: list[str], title: str = "", nodes: tuple[Any, ...] = ()
    ) -> Box:
        box = Box(f"n{len(self.boxes)}", kind, lines, title or "\n".join(lines), nodes)
        self.boxes.append(box)
        return box

    def add_edge(self, source: Box, target: Box, local: Any) -> None:
        """An edge with a local derivative, or with a text of its own."""
        if isinstance(local, str):
            label, title = local, local
        elif callable(local):  # between arrays it is a linear map, not a number
            label, title = "", "the local derivative is a matrix"
        else:
            label = "" if local is None else number_text(local)
            title = "no gradient flows here" if local is None else f"local derivative {local!r}"
        target.arrivals += 1
        number = None if isinstance(local, str) else local
        self.edges.append(Edge(f"e{len(self.edges)}", source, target, label, title, number))

    def add_more(self, left_out: int) -> Box | None:
        """A box for the nodes that are not in the picture, if there are any."""
        return self.add_box("more", [f"… {left_out:,} more nodes"]) if left_out else None

    def release(self) -> None:
        """Forget the graph: a finished picture keeps no node alive."""
        for box in self.boxes:
            box.nodes = ()
        for edge in self.edges:
            edge.local = None if callable(edge.local) else edge.local

    def drop_crowded_labels(self) -> None:
        """Where too many edges arrive for their labels to be read, leave them to the hover text."""
        for edge in self.edges:
            if edge.target.arrivals > LABELLED:
                edge.label = ""


def _cells(text: str) -> int:
    """How many characters wide a text is: Chinese, Japanese and emoji take two each."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def printable(text: str) -> str:
    """Text without what no XML or DOT document can hold, such as control characters."""
    return _FORBIDDEN.sub("\ufffd", text)


def number_text(x: float) -> str:
    """A number in a picture: four digits, and never a small one rounded to zero.

    >>> number_text(0.5), number_text(-1234.567), number_text(3.14e-6), number_text(0.0)
    ('0.5', '-1235', '3.14e-06', '0')
    """
    return f"{x + 0.0:.4g}"  # + 0.0 makes 0 of -0.0


def build(
    root: Any, *, expand: bool = False, collapsed: bool | None = None, force: bool = False
) -> Scene:
    """The scene of the graph that ends in ``root``; for the arguments see ``draw``."""
    order = topological_order(root, everything=True)
    groups = grouped(order, collapsed, force)
    in_full = len(groups.chains) == len(order)
    scene = Scene([], [], description(root, order))
    more = scene.add_more(groups.left_out)
    boxes: dict[Any, Box] = {}
    for last in (node for node in order if node in groups.chains):
        expanded = expand and last.op is not None and last.op.name == "dot" and in_full
        boxes[last] = _add_group(scene, groups, last, "Σ" if expanded else "")
        if expanded:
            _connect_products(scene, boxes, last)
        else:
            _connect(scene, groups, boxes, last, in_full, more)
    scene.drop_crowded_labels()
    return scene


def grouped(order: list[Any], collapsed: bool | None, force: bool) -> Groups:
    """Which nodes share a box; ValueError if there are too many to draw each."""
    if collapsed is False and len(order) > FORCED and not force:
        raise ValueError(
            message(
                "draw",
                expected=f"a graph of at most {FORCED:,} nodes to draw in full",
                got=f"{len(order):,} nodes",
                fix="Leave out collapse=False for a readable picture, or insist with force=True.",
            )
        )
    limit = math.inf if collapsed is False else READABLE
    return collapse(order, limit, always=bool(collapsed))


def description(root: Any, order: list[Any]) -> str:
    """One line about a graph."""
    name = f"ends in {root.label}" if root.label else "is drawn here"
    state = "" if any(node.has_grad for node in order) else ", gradients not computed yet"
    return f"The computation graph of {len(order):,} nodes that {name}{state}"


def _grad_text(node: Any, exact: bool = False) -> str:
    """The gradient, or why there is none."""
    if node.has_grad:
        if exact:
            return f"grad {node.grad!r}"
        size = float(np.linalg.norm(raw(node.grad))) if np.ndim(node.data) else None
        return f"grad {_content(node.grad)}" if size is None else f"‖grad‖ {number_text(size)}"
    if not getattr(node, "requires_grad", True):
        return ""  # a constant
    if not node.is_leaf and not getattr(node, "retains_grad", True):
        return "grad not kept (retain_grad)"
    return "grad not computed yet"


def _content(data: Any) -> str:
    """A number, or the shape and type of an array."""
    data = raw(data)
    shape = getattr(data, "shape", ())
    return f"{tuple(shape)} {data.dtype}" if shape else number_text(float(data))


def shortened(text: str) -> str:
    """A text that fits into a box."""
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def made_by(chain: list[Any]) -> str:
    """The operations in a box, first to last."""
    symbols = [_symbol(node) for node in chain if node.op is not None]
    if len(symbols) > 4:
        symbols = [symbols[0], f"… {len(symbols) - 2:,} more …", symbols[-1]]
    return " → ".join(symbols)


def _symbol(node: Any) -> str:
    """The operation; a power with its exponent, as it was written."""
    if node.op.name == "power" and not isinstance(node.inputs[1], Node):
        return f"** {_content(node.inputs[1])}"
    return str(node.op.symbol)


def node_box(scene: Scene, node: Any) -> Box:
    """The box of one node."""
    return _add_group(scene, Groups({node: [node]}, {node: node}, set()), node, "")


def _add_group(scene: Scene, groups: Groups, last: Any, symbol: str) -> Box:
    """The box of a node, or of a chain of nodes that ends in it."""
    chain = groups.chains[last]
    operations = symbol or made_by(chain)
    head = " = ".join(part for part in (shortened(last.label), operations) if part)
    lines = [head] if head else []
    lines += filter(None, (f"data {_content(last.data)}", _grad_text(last)))
    inside = [x for node in chain for x in node_inputs(node) if x in groups.folded]
    if inside:
        known = [float(np.max(np.abs(raw(x.grad)), initial=0.0)) for x in inside if x.has_grad]
        lines.append(f"+ {len(inside)} {'leaf' if len(inside) == 1 else 'leaves'}")
        if known:
            largest = max(known)
            lines[-1] += f", |grad| ≤ {number_text(largest)}" if largest else ", all grad 0"
    title = f"{last.label}\n{operations}\ndata {last.data!r}\n{_grad_text(last, exact=True)}"
    return scene.add_box("leaf" if last.is_leaf else "op", lines, title.strip(), tuple(chain))


def _connect(
    scene: Scene, groups: Groups, boxes: dict[Any, Box], last: Any, in_full: bool, more: Box | None
) -> None:
    """The edges into a box: those into the first node of its chain."""
    first, *rest = groups.chains[last]
    along: Any = 1.0  # the product of the local derivatives from `first` to `last`
    for before, node in zip([first, *rest], rest, strict=False):
        locals_ = dict(zip(map(id, node.inputs), node.partials, strict=True))
        along = _product(locals_[id(before)] or 0.0, along)
    for source, i in arriving(scene, groups, boxes, first, in_full, more):
        moves = i is not None and isinstance(first.inputs[i], Node)
        partial = first.partials[i] if moves else None
        scene.add_edge(source, boxes[last], None if partial is None else _product(partial, along))


def arriving(
    scene: Scene, groups: Groups, boxes: dict[Any, Box], node: Any, in_full: bool, more: Box | None
) -> Iterator[tuple[Box, int | None]]:
    """The boxes that edges into a node come from, each with the position of the node's input.

    The box of a constant is made here; None is the position of what is not in the picture.
    """
    hidden = False
    for i, x in enumerate(node.inputs):
        if not isinstance(x, Node):
            if in_full:
                yield scene.add_box("constant", [_content(x)], f"the constant {x!r}"), i
        elif x in groups.folded:
            continue
        elif (source := boxes.get(groups.box_of[x])) is not None:
            yield source, i
        else:
            hidden = True
    if hidden and more is not None:
        yield more, None


def _product(local: Any, along: Any) -> Any:
    """A path with a factor 0 contributes nothing, as in ``sweep.py``, even if the other is inf.

    Between arrays a local derivative is a linear map, and nothing is multiplied out.
    """
    if callable(local) or callable(along):
        return local if callable(local) else along
    return local * along if local and along else 0.0


def _connect_products(scene: Scene, boxes: dict[Any, Box], node: Any) -> None:
    """A weighted sum as products and their sum, as one would write it on the board."""
    half = len(node.inputs) // 2
    pairs = list(zip(node.inputs, node.partials, strict=True))
    for (w, dw), (x, dx) in zip(pairs[:half], pairs[half:], strict=True):
        product = getattr(w, "data", w) * getattr(x, "data", x)
        # A product reaches the sum along an edge of 1, so its gradient is the sum's.
        lines = ["×", f"data {number_text(product)}", _grad_text(node)]
        title = f"×\ndata {product!r}\n{_grad_text(node, exact=True)}"
        box = scene.add_box("op", lines, title)
        for factor, local in ((w, dw), (x, dx)):
            if isinstance(factor, Node):
                source = boxes[factor]
            else:
                source = scene.add_box("constant", [number_text(factor)], f"constant {factor!r}")
            scene.add_edge(source, box, local)
        scene.add_edge(box, boxes[node], 1.0)
