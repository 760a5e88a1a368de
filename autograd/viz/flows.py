"""What flows back through a graph: gradients of nodes, what each edge adds to them, and why not.

What flows back along an edge is the gradient of the node it leads to times the local derivative;
the gradient of a node is the sum of what flows back to it.  An edge between two groups of nodes
carries a vector: for each node on its left what flows back to it from the right.  Its size is the
norm of that.

Where there is no number there are different reasons: nobody asked for it yet, an inner tensor did
not keep it, or *no gradient flows*: every way on from the node ends in an input that has no
derivative, such as the softmax that a cross-entropy keeps for its own backward pass, or what was
detached.  This is not a gradient of zero, and no backward pass will change it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

import numpy as np

from autograd.node import raw
from autograd.viz.boxes import Row
from autograd.viz.colours import CLOSED, NO_NUMBER, Number, number_text

__all__ = [
    "along_edge",
    "closed_nodes",
    "grad_rows",
    "grad_text",
    "gradient_of",
    "kept_grad",
    "open_edges",
    "product",
    "reason",
    "size_of",
    "together",
]


def size_of(data: Any) -> Number:
    """A number as it is; of an array the norm."""
    data = raw(data)
    if not np.ndim(data):
        return Number(float(data))
    with np.errstate(all="ignore"):
        return Number(float(np.linalg.norm(np.asarray(data, dtype=float))), signed=False)


def closed_nodes(order: list[Any]) -> set[Any]:
    """The nodes that no gradient of the last one flows to; of a topological order."""
    if all(node.has_grad for node in order):
        return set()
    open_ = set(order[-1:])
    for node in reversed(order):
        if node in open_ and node.op is not None:
            open_.update(x for x, _ in node.edges)
    return {node for node in order if node not in open_}


def open_edges(order: list[Any], closed: Collection[Any]) -> Counter[Any]:
    """How many edges gradients flow back along, to each node."""
    return Counter(x for node in order if node not in closed for x, _ in node.edges)


def kept_grad(node: Any) -> Any:
    """The gradient that is kept of a node, or None.

    That of the numbers that a compiled function captured is with the Values they belong to.
    """
    values = node.pack.values if hasattr(node, "pack") else None
    if values is None:
        return node.grad if node.has_grad else None
    return np.array([v.grad for v in values]) if all(v.has_grad for v in values) else None


def gradient_of(node: Any, closed: Collection[Any] = ()) -> Number:
    """The gradient of a node, or why there is none."""
    if (kept := kept_grad(node)) is not None:
        return size_of(kept)
    if not getattr(node, "requires_grad", True):
        return NO_NUMBER  # a constant
    if node in closed:
        return CLOSED
    if not node.is_leaf and not getattr(node, "retains_grad", True):
        return Number(None, "not kept")
    return Number(None, "not computed")


def grad_text(grad: Number) -> str:
    """A gradient in words: ``grad 0.5``, or why there is none."""
    if grad.value is None:
        return {
            "": "",
            "not kept": "grad not kept (retain_grad)",
            "not computed": "grad not computed yet",
            "no flow": "no gradient flows here",
        }[grad.missing]
    return f"{'grad' if grad.signed else '‖grad‖'} {number_text(grad.value)}"


def grad_rows(grad: Number) -> list[Row]:
    """The row of a gradient, if there is one."""
    return [Row("grad", text)] if (text := grad_text(grad)) else []


def product(local: Any, along: Any) -> Any:
    """A path with a factor 0 contributes nothing, as in ``sweep.py``, even if the other is inf.

    Between arrays a local derivative is a linear map, and nothing is multiplied out.
    """
    if callable(local) or callable(along):
        return local if callable(local) else along
    return local * along if local and along else 0.0


def along_edge(
    x: Any, local: Any, upstream: Number, alone: bool, closed: Collection[Any]
) -> Number:
    """What flows back along an edge.

    Args:
        x: the node that the edge comes from.
        local: the local derivative; None where none is defined.
        upstream: the gradient of the node that it leads to.
        alone: whether this is the only edge from ``x``; then, what flows is the gradient of ``x``.
        closed: the nodes that no gradient flows to.
    """
    if not getattr(x, "requires_grad", True):
        return NO_NUMBER
    if local is None or x in closed or upstream.missing == CLOSED.missing:
        return CLOSED
    if callable(local):
        return gradient_of(x, closed) if alone else NO_NUMBER
    return upstream if upstream.value is None else Number(product(local, upstream.value))


def reason(numbers: Iterable[Number]) -> Number:
    """Why there is no number for several things together, none of which has one."""
    found = {number.missing for number in numbers}
    for missing in "not computed", "not kept", CLOSED.missing:
        if missing in found:
            return Number(None, missing)
    return NO_NUMBER


def together(sums: dict[Any, float], missing: list[Number], signed: bool) -> Number:
    """What flows along several edges: the norm over the nodes that it flows to.

    Args:
        sums: what flows to each of these nodes; of arrays norms.
        missing: why it is not known of others.
        signed: whether these are numbers; a single one keeps its sign.

    >>> together({"a": 3.0, "b": -4.0}, [], True), together({"a": -3.0}, [], True).value
    (Number(value=5.0, missing='', signed=False), -3.0)
    """
    unknown = [flow for flow in missing if flow != CLOSED]
    if unknown or not sums:
        return reason(unknown or missing)
    if len(sums) == 1:
        return Number(next(iter(sums.values())), signed=signed)
    return Number(math.hypot(*sums.values()), signed=False)
