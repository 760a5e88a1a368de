"""Gradients that are too large are made smaller between ``backward()`` and a step.

Clipping by norm scales all gradients alike, so that the direction stays; clipping by value cuts
each number off.  What is clipped are new arrays: nobody who kept a gradient finds it changed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from autograd import Node, packs_of
from nn.checks import fails, real

__all__ = ["clip_grad_norm_", "clip_grad_value_"]


def clip_grad_norm_(
    parameters: Any, max_norm: float, norm_type: Any = 2.0, error_if_nonfinite: bool = False
) -> np.float64:
    """Scale the gradients so that their norm, of all numbers together, is at most ``max_norm``.

    Args:
        parameters: nodes, or a single one; those without a gradient do not count.
        max_norm: the largest norm, 0 or more.
        norm_type: p of the p-norm; ``inf`` for the largest absolute value.
        error_if_nonfinite: raise if the norm is infinite or NaN; otherwise the gradients become
            zeros or NaNs, as in PyTorch.

    Returns:
        The norm that they had.

    Raises:
        RuntimeError: a norm that is not finite, if asked for; the gradients are as they were.
        TypeError: something that is not a node.

    >>> from autograd import Tensor
    >>> w = Tensor([0.0, 0.0], requires_grad=True)
    >>> w.grad = np.array([30.0, 40.0])
    >>> clip_grad_norm_([w], max_norm=1.0).item(), w.grad.round(4)
    (50.0, array([0.6, 0.8]))
    """
    what = "clip_grad_norm_"
    bound = real(f"{what}: max_norm", max_norm, "a number of at least 0", lambda x: x >= 0)
    if norm_type == "inf":
        norm_type = math.inf
    p = real(f"{what}: norm_type", norm_type, "a number", lambda x: not math.isnan(x))
    units = _with_gradients(what, parameters)
    norms = np.array([_norm(_gradient(unit), p) for unit in units], dtype=float)
    total = np.float64(_norm(norms, p) if units else 0.0)
    if error_if_nonfinite and not np.isfinite(total):
        raise fails(
            what,
            "gradients with a finite norm",
            str(total),
            "with autograd.detect_anomaly(): finds the operation that it comes from.",
            RuntimeError,
        )
    factor = bound / (float(total) + 1e-6)
    if not factor >= 1:
        _replace(units, lambda g: g * factor)
    return total


def clip_grad_value_(parameters: Any, clip_value: float) -> None:
    """Cut the numbers of the gradients off at ``-clip_value`` and ``clip_value``.

    Args:
        parameters: nodes, or a single one; those without a gradient do not count.
        clip_value: the largest absolute value, 0 or more.

    Raises:
        TypeError: something that is not a node.

    >>> from autograd import Value
    >>> a, b = Value(1.0), Value(2.0)
    >>> (a * b**3).backward()
    >>> clip_grad_value_([a, b], 10.0)
    >>> a.grad, b.grad
    (8.0, 10.0)
    """
    what = "clip_grad_value_"
    bound = real(f"{what}: clip_value", clip_value, "a number of at least 0", lambda x: x >= 0)
    _replace(_with_gradients(what, parameters), lambda g: np.clip(g, -bound, bound))


def _with_gradients(what: str, parameters: Any) -> list[Any]:
    """What has a gradient: nodes, and Values that are in one array together."""
    single = isinstance(parameters, Node) or not isinstance(parameters, Iterable)
    nodes = [parameters] if single else list(dict.fromkeys(parameters))
    for node in nodes:
        if not isinstance(node, Node):
            raise fails(what, "parameters", repr(node)[:80], "Pass model.parameters().", TypeError)
    packs, others = packs_of(nodes)
    return [unit for unit in (*packs, *others) if unit.has_grad]


def _gradient(unit: Any) -> Any:
    grad = unit.grad
    return grad.primal if isinstance(grad, Node) else grad


def _norm(array: Any, p: float) -> Any:
    absolute = np.abs(array)
    if not np.size(absolute):
        return 0.0
    if p == math.inf:
        return np.max(absolute)
    if p == -math.inf:
        return np.min(absolute)
    if p == 0:
        return np.count_nonzero(absolute)
    return np.sum(absolute**p, dtype=float) ** (1 / p)


def _replace(units: list[Any], change: Callable[[Any], Any]) -> None:
    """New gradients, all computed before the first is set."""
    new = [(unit, change(_gradient(unit))) for unit in units]
    for unit, grad in new:
        unit.grad = float(grad) if unit.primal.__class__ is float else grad
