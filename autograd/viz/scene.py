"""What is drawn: a graph as boxes and edges that have no places yet.

Each box shows a node's label, operation, value and gradient; each edge the local derivative of the
node it leads to.  Two edges between the same boxes are two edges: both count.  Where a chain of
nodes shares a box (``collapse.py``), the edge into it carries the product of the local derivatives
along the chain: that is the chain rule.  What flows back along an edge is found in ``flows.py``.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.errors import message
from autograd.node import Node, raw
from autograd.sweep import topological_order
from autograd.viz.boxes import Box, Row, Scene, shortened
from autograd.viz.collapse import Groups, collapse, node_inputs
from autograd.viz.colours import NO_NUMBER, number_text, plural
from autograd.viz.flows import (
    along_edge,
    closed_nodes,
    grad_rows,
    grad_text,
    gradient_of,
    kept_grad,
    open_edges,
    product,
    size_of,
)
from autograd.viz.marks import marks

__all__ = [
    "arriving",
    "build",
    "description",
    "grouped",
    "made_by",
    "node_box",
    "value_rows",
]

READABLE = 80  # boxes in one picture
FORCED = 2000  # nodes; drawing more than that in full has to be asked for twice


def build(
    root: Any, *, expand: bool = False, collapsed: bool | None = None, force: bool = False
) -> Scene:
    """The scene of the graph that ends in ``root``; for the arguments see ``draw``."""
    order = topological_order(root, everything=True)
    groups = grouped(order, collapsed, force)
    groups.closed = closed_nodes(order)
    in_full = len(groups.chains) == len(order)
    scene = Scene([], [], description(root, order))
    more = scene.add_more(groups.left_out)
    boxes: dict[Any, Box] = {}
    arrays = hasattr(root, "requires_grad")
    uses = open_edges(order, groups.closed) if arrays else Counter()
    for last in (node for node in order if node in groups.chains):
        expanded = expand and last.op is not None and last.op.name == "dot" and in_full
        boxes[last] = _add_group(scene, groups, last, "Σ" if expanded else "")
        if expanded:
            _connect_products(scene, groups, boxes, last)
        else:
            _connect(scene, groups, boxes, uses, last, in_full, more)
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
    label = shortened(root.label)
    name = f"ends in {label}" if label else "is drawn here"
    wanted = any(getattr(node, "requires_grad", True) for node in order)
    missing = wanted and not any(kept_grad(node) is not None for node in order)
    state = ", gradients not computed yet" if missing else ""
    return f"The computation graph of {plural(len(order), 'node')} that {name}{state}"


def value_rows(data: Any) -> list[Row]:
    """The rows of a value: a number; of an array shape, type and norm."""
    value = size_of(data)
    if value.signed:
        return [Row("value", f"data {number_text(value.value or 0.0)}")]
    norm = number_text(value.value or 0.0)
    return [Row("note", _content(data)), Row("value", f"‖data‖ {norm}")]


def _content(data: Any) -> str:
    """A number, or the shape and type of an array."""
    data = raw(data)
    shape = getattr(data, "shape", ())
    return f"{tuple(shape)} {data.dtype}" if shape else number_text(float(data))


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
    return shortened(str(node.op.symbol))


def node_box(scene: Scene, node: Any, closed: set[Any]) -> Box:
    """The box of one node; ``closed`` are those that no gradient flows to."""
    return _add_group(scene, Groups({node: [node]}, {node: node}, set(), closed=closed), node, "")


def _add_group(scene: Scene, groups: Groups, last: Any, symbol: str) -> Box:
    """The box of a node, or of a chain of nodes that ends in it."""
    chain = groups.chains[last]
    operations = symbol or made_by(chain)
    head = " = ".join(part for part in (shortened(last.label), operations) if part)
    value, grad = size_of(last.data), gradient_of(last, groups.closed)
    rows = [Row("head", head)] if head else []
    rows += [*value_rows(last.data), *grad_rows(grad)]
    inside = [x for node in chain for x in node_inputs(node) if x in groups.folded]
    if inside:
        kept_inside = [kept for x in inside if (kept := kept_grad(x)) is not None]
        known = [float(np.max(np.abs(raw(kept)), initial=0.0)) for kept in kept_inside]
        text = f"+ {plural(len(inside), 'leaf')}"
        if known:
            largest = max(known)
            text += f", |grad| ≤ {number_text(largest)}" if largest else ", all grad 0"
        rows.append(Row("note", text))
    rows += [Row("mark", text) for text in marks(chain)]
    exact = grad_text(grad) if (kept := kept_grad(last)) is None else f"grad {kept!r}"
    title = f"{last.label}\n{operations}\ndata {last.data!r}\n{exact}"
    kind = "leaf" if last.is_leaf else "op"
    return scene.add_box(kind, rows, title.strip(), tuple(chain), value, grad)


def _connect(
    scene: Scene,
    groups: Groups,
    boxes: dict[Any, Box],
    uses: Counter[Any],
    last: Any,
    in_full: bool,
    more: Box | None,
) -> None:
    """The edges into a box: those into the first node of its chain."""
    first, *rest = groups.chains[last]
    along: Any = 1.0  # the product of the local derivatives from `first` to `last`
    for before, node in zip([first, *rest], rest, strict=False):
        locals_ = dict(zip(map(id, node.inputs), node.partials, strict=True))
        along = product(locals_[id(before)] or 0.0, along)
    partials = first.partials
    for source, i in arriving(scene, groups, boxes, first, in_full, more):
        moves = i is not None and isinstance(first.inputs[i], Node)
        partial = partials[i] if moves else None
        local = None if partial is None else product(partial, along)
        flow = NO_NUMBER
        if moves:
            x = first.inputs[i]
            flow = along_edge(x, local, boxes[last].grad, uses[x] == 1, groups.closed)
        scene.add_edge(source, boxes[last], local, flow)


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
                yield add_constant(scene, x, f"the constant {x!r}"), i
        elif x in groups.folded:
            continue
        elif (source := boxes.get(groups.box_of[x])) is not None:
            yield source, i
        else:
            hidden = True
    if hidden and more is not None:
        yield more, None


def add_constant(scene: Scene, x: Any, title: str) -> Box:
    """The box of a number or array that is no node, or of the None that a program returns."""
    if x is None:
        return scene.add_box("constant", [Row("note", "None")], title)
    return scene.add_box("constant", [Row("note", _content(x))], title, value=size_of(x))


def _connect_products(scene: Scene, groups: Groups, boxes: dict[Any, Box], node: Any) -> None:
    """A weighted sum as products and their sum, as one would write it on the board."""
    half = len(node.inputs) // 2
    grad = boxes[node].grad
    exact = f"grad {node.grad!r}" if node.has_grad else grad_text(grad)
    pairs = list(zip(node.inputs, node.partials, strict=True))
    for (w, dw), (x, dx) in zip(pairs[:half], pairs[half:], strict=True):
        value = getattr(w, "data", w) * getattr(x, "data", x)
        # A product reaches the sum along an edge of 1, so its gradient is the sum's.
        rows = [Row("head", "×"), *value_rows(value), *grad_rows(grad)]
        title = f"×\ndata {value!r}\n{exact}"
        box = scene.add_box("op", rows, title, (), size_of(value), grad)
        for factor, local in ((w, dw), (x, dx)):
            if isinstance(factor, Node):
                flow = along_edge(factor, local, grad, False, groups.closed)
                scene.add_edge(boxes[factor], box, local, flow)
            else:
                scene.add_edge(add_constant(scene, factor, f"constant {factor!r}"), box, local)
        scene.add_edge(box, boxes[node], 1.0, along_edge(node, 1.0, grad, False, groups.closed))
