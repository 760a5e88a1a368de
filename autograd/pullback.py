"""Both modes on arrays: cotangents carried back from the root, tangents forward to it.

The order is that of ``sweep.py``; what differs is how an edge carries a derivative: by the vjp or
jvp of its primitive.  Broadcasting is undone here, once for all primitives: an input that was
copied to a larger shape receives the sum over its copies.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from autograd.errors import message
from autograd.node import raw
from autograd.ops.shapes import astype, broadcast_to, sum_to
from autograd.sweep import topological_order

__all__ = ["backward", "pull_back", "push_forward"]


def _between(root: Any, ends: Collection[Any]) -> list[Any]:
    """The nodes on the way from ``ends`` to ``root``, in topological order, without the ends."""
    reached = set(ends)
    path = []
    for node in topological_order(root):
        if node not in reached and any(x in reached for x, _ in node.edges):
            reached.add(node)
            path.append(node)
    return path


def pull_back(
    root: Any, g: Any, ends: Collection[Any] | None = None, create_graph: bool = False
) -> dict[Any, Any]:
    """The cotangents of ``ends`` (all leaves, if None) for the cotangent ``g`` of ``root``.

    A node without a path to the root is missing from the result.  With ``create_graph`` cotangents
    are nodes, and can be differentiated again.
    """
    if ends is None:
        order = topological_order(root)
        ends = {node for node in order if node.op is None}
        order = [node for node in order if node not in ends]
    else:
        order = _between(root, ends)
    wanted = {*order, *ends}
    cotangents = {root: g}
    for node in reversed(order):
        g = cotangents.pop(node, None)
        if g is None:
            continue
        args = node._args if create_graph else [raw(x) for x in node._args]
        out = node if create_graph else node.data
        for x, vjp in zip(node._args, node.partials, strict=True):
            if vjp is None or x not in wanted:
                continue
            c = vjp(g, out, *args, **node._params)
            if np.shape(c) != x.shape:
                c = sum_to(c, shape=x.shape)
            if c.dtype != x.dtype:  # a gradient has the dtype of its tensor
                c = astype(c, dtype=x.dtype)
            cotangents[x] = cotangents[x] + c if x in cotangents else c
    return {end: cotangents[end] for end in ends if end in cotangents}


def push_forward(root: Any, tangents: dict[Any, Any], create_graph: bool = False) -> Any:
    """The tangent of ``root`` when the given nodes move with these tangents; None if it stands."""
    moving = dict(tangents)
    for node in _between(root, tangents):
        args = node._args if create_graph else [raw(x) for x in node._args]
        out = node if create_graph else node.data
        given = [moving.get(x) if hasattr(x, "requires_grad") else None for x in node._args]
        t = node.op.jvp(given, out, *args, **node._params)
        if t is not None:
            t = broadcast_to(t, shape=node.shape) if np.shape(t) != node.shape else t
            moving[node] = astype(t, dtype=node.dtype) if t.dtype != node.dtype else t
    return moving.get(root)


def backward(root: Any, grad: Any, create_graph: bool) -> None:
    """``Tensor.backward``: add the cotangent of each leaf to its ``grad``, all or nothing."""
    if not root.requires_grad:
        raise ValueError(
            message(
                "backward",
                expected="a tensor that was computed from one with requires_grad=True",
                got=repr(root),
                fix="Make the parameters with Tensor(..., requires_grad=True).",
            )
        )
    if grad is None:
        if root.size != 1:
            raise ValueError(
                message(
                    "backward",
                    expected="a single number, or the gradient of what follows",
                    got=f"a tensor of shape {root.shape} and no gradient",
                    fix="Reduce it first, e.g. loss.mean().backward(), or pass grad=.",
                )
            )
        grad = np.ones_like(root.data)
    if np.shape(grad) != root.shape:
        raise ValueError(
            message(
                "backward",
                expected=f"a gradient of the tensor's shape {root.shape}",
                got=f"shape {np.shape(grad)}",
                fix="Broadcast it yourself, so that it is clear what is meant.",
            )
        )
    if not create_graph:
        grad = np.asarray(raw(grad), dtype=root.dtype)
    with np.errstate(all="ignore"):
        found = pull_back(root, grad, create_graph=create_graph)
        totals = [(x, g if x.grad is None else x.grad + g) for x, g in found.items()]
    for x, total in totals:
        x.grad = total if create_graph or x.grad is not None else np.array(total)
