"""``Tensor.backward``: where a walk back begins, and how gradients are added to those of before.

The walk is that of ``pullback.py``.  It is all or nothing: every sum is computed before the first
one is written down, so after an error all gradients are as they were.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from autograd.arrays.tensor_input import plain_real
from autograd.errors import message
from autograd.node import Node, enable_grad, is_recording, raw, shape_of
from autograd.pullback import one_like, pull_back, typed

__all__ = ["backward", "seed"]

# One thread at a time adds to the gradients of leaves, which several may share.
_adding = threading.Lock()


def _added(x: Any, g: Any) -> Any:
    """The gradient of a leaf after one more pass; it may be one that the user has set."""
    if shape_of(x.grad) not in (g.shape, ()):
        raise ValueError(
            message(
                "backward",
                expected=f"a grad of the tensor's shape {g.shape} to add to",
                got=f"shape {shape_of(x.grad)}",
                fix="Set t.grad to None, or to an array of that shape.",
            )
        )
    try:
        with np.errstate(all="ignore"):
            total = x.grad + g
    except TypeError:
        plain_real("grad", x.grad)  # says what is wrong with it
        raise
    return total if isinstance(total, Node) else np.asarray(typed(total, x.dtype))


def seed(name: str, root: Any) -> Any:
    """Where a backward pass begins: d root / d root = 1; ValueError if it cannot begin there.

    The error is one of the function ``name``.
    """
    _check_requires_grad(name, root)
    if root.size != 1:
        given = name == "backward"
        raise ValueError(
            message(
                name,
                expected="a single number" + ", or the gradient of what follows" * given,
                got=f"a tensor of shape {root.shape}" + " and no gradient" * given,
                fix="Reduce it first, e.g. loss.mean().backward(), or pass grad=."
                if given
                else f"Reduce it first, e.g. {name}(loss.mean()).",
            )
        )
    return one_like(root._data)


def _check_requires_grad(name: str, root: Any) -> None:
    if not root.requires_grad:
        raise ValueError(
            message(
                name,
                expected="a tensor that was computed from one with requires_grad=True",
                got=repr(root),
                fix="Make the parameters with Tensor(..., requires_grad=True).",
            )
        )


def _separate(found: dict[Any, Any], grad: Any) -> dict[Any, Any]:
    """Gradients that are nodes, each one of its own: that of a sum is that of each term."""
    nodes = set(found.values())
    if len(nodes) < len(found) or grad in nodes:
        found = {x: g.copy() for x, g in found.items()}
    if not all(x.takes_nodes for x in found):
        raise TypeError(
            message(
                "backward",
                expected="gradients of captured Values as numbers",
                got="create_graph=True, which makes them arrays with a history",
                fix="To differentiate twice, pass the parameters as arguments.",
            )
        )
    return found


def backward(root: Any, grad: Any, create_graph: bool) -> None:
    """``Tensor.backward``: add the cotangent of each leaf to its ``grad``, all or nothing."""
    if create_graph and not is_recording():  # that is asked for, even inside of no_grad()
        enable_grad(backward)(root, grad, create_graph)
        return
    if grad is None:
        grad = seed("backward", root)
    else:
        _check_requires_grad("backward", root)
        if plain_real("backward", grad).shape != root.shape:
            raise ValueError(
                message(
                    "backward",
                    expected=f"a gradient of the tensor's shape {root.shape}",
                    got=f"shape {shape_of(raw(grad))}",
                    fix="Broadcast it yourself, so that it is clear what is meant.",
                )
            )
        if not create_graph:
            grad = typed(np.asarray(raw(grad)), root.dtype)
    if create_graph and not isinstance(grad, Node):
        grad = type(root)(np.array(grad), dtype=root.dtype)
    found = pull_back({root: grad}, (), create_graph)
    if create_graph:
        found = _separate(found, grad)
    with _adding:
        for x in found:
            if x.grad is not None and x.op is None:  # all sums before the first is written down
                found = {
                    y: g if y.grad is None or y.op is not None else _added(y, g)
                    for y, g in found.items()
                }
                break
        for x, g in found.items():
            x.grad = g
