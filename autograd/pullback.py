"""Reverse mode on arrays: cotangents carried from the root back to the leaves.

The order is that of ``sweep.py``; what differs is how an edge carries a gradient: by the vjp of its
primitive.  Broadcasting is undone here, once for all primitives: an input that was copied to a
larger shape receives the sum over its copies.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.errors import message
from autograd.ops.shapes import sum_to
from autograd.sweep import topological_order

__all__ = ["backward", "pull_back"]


def pull_back(root: Any, g: Any, create_graph: bool = False) -> dict[Any, Any]:
    """The cotangent of every leaf that ``root`` depends on, for a cotangent ``g`` of the root.

    With ``create_graph`` the cotangents are nodes, and can be differentiated again.
    """
    cotangents = {root: g}
    leaves = {}
    for node in reversed(topological_order(root)):
        g = cotangents.pop(node, None)
        if g is None:
            continue
        if node.op is None:
            leaves[node] = g
            continue
        args = node._args if create_graph else [getattr(x, "data", x) for x in node._args]
        out = node if create_graph else node.data
        for i, x in enumerate(node._args):
            vjp = node.op.vjp_of(i) if getattr(x, "requires_grad", False) else None
            if vjp is None:
                continue
            c = vjp(g, out, *args, **node._params)
            if np.shape(c) != x.shape:
                c = sum_to(c, shape=x.shape)
            if c.dtype != x.dtype and not create_graph:
                c = c.astype(x.dtype)
            cotangents[x] = cotangents[x] + c if x in cotangents else c
    return leaves


def backward(root: Any, grad: Any, create_graph: bool) -> None:
    """``Tensor.backward``: add the cotangent of each leaf to its ``grad``, all or nothing."""
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
    grad = getattr(grad, "data", grad) if not create_graph else grad
    if np.shape(grad) != root.shape:
        raise ValueError(
            message(
                "backward",
                expected=f"a gradient of the tensor's shape {root.shape}",
                got=f"shape {np.shape(grad)}",
                fix="Broadcast it yourself, so that it is clear what is meant.",
            )
        )
    with np.errstate(all="ignore"):
        found = pull_back(root, np.asarray(grad, dtype=root.dtype) if not create_graph else grad,
                          create_graph)
        totals = [(x, g if x.grad is None else x.grad + g) for x, g in found.items()]
    for x, total in totals:
        x.grad = total if create_graph or x.grad is not None else np.array(total)
