"""Backpropagation whose multiply-adds are nodes again, so that gradients have gradients.

``sweep.backward`` multiplies numbers that were computed on the way forward.  Here each local
derivative is computed once more, by the same rule called with nodes; what it was computed from is
remembered, and the second derivative is one more ``backward()``.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.node import enable_grad
from autograd.sweep import topological_order

__all__ = ["backward"]


@enable_grad  # that is asked for, even inside of no_grad()
def backward(root: Any) -> None:
    """Fill ``.grad`` with nodes; leaves accumulate, as in ``sweep.backward``."""
    with np.errstate(all="ignore"):  # the result has warned already
        _walk(root)


def _walk(root: Any) -> None:
    node_of = type(root)
    grads: dict[Any, Any] = {root: node_of(1.0)}
    order = topological_order(root)
    for node in reversed(order):
        g = grads.setdefault(node, node_of(0.0))
        for parent, local in zip(node.inputs, _local_derivatives(node), strict=True):
            if local is None or _stopped(g, local):
                continue
            part = g * local
            grads[parent] = grads[parent] + part if parent in grads else part
    for node in order:
        node.grad = node.grad + grads[node] if node.is_leaf and node.has_grad else grads[node]


def _local_derivatives(node: Any) -> list[Any]:
    """The partial to each input as a node; None where no gradient flows."""
    op, numbers = node.op, node.partials
    if op is None or op.kind in ("flat", "selection") or op.foreign:
        return list(numbers)  # constants: who wins does not change by a small step
    inputs = node.inputs
    length = len(inputs) // len(op.partials)  # of each sequence; 1 if it is not one of sequences
    found: list[Any] = []
    for rule in op.partials:
        for k in range(length):
            if numbers[len(found)] is None:
                found.append(None)
                continue
            arguments = inputs[k::length]
            try:
                found.append(rule(node, *arguments))
            except ZeroDivisionError:  # plain numbers refuse what nodes answer with inf
                found.append(rule(node, *(type(node)(getattr(x, "data", x)) for x in arguments)))
    return found


def _stopped(g: Any, local: Any) -> bool:
    """A zero stops everything, even an infinity: 0 x inf is 0 here."""
    a, b = float(g.data), float(getattr(local, "data", local))
    return (a == 0 and not math.isfinite(b)) or (b == 0 and not math.isfinite(a))
