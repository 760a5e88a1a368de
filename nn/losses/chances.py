"""Losses for two classes: the surprise at a target of 0 or 1, given a chance or its logit."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd import Node
from nn.checks import fails
from nn.losses.reducing import floats_like, pair, reduced

__all__ = ["binary_cross_entropy", "binary_cross_entropy_with_logits"]


def binary_cross_entropy(
    input: Any, target: Any, weight: Any = None, *, reduction: str = "mean"
) -> Any:
    """``-target * log(input) - (1 - target) * log(1 - input)`` for chances; logarithms end at -100.

    Args:
        input: chances between 0 and 1, after a sigmoid, of any shape.
        target: 0 or 1, or something between, of the same shape.
        weight: what each element is multiplied by; of a shape that broadcasts.
        reduction: "mean", "sum", or "none" for each element.

    Raises:
        ValueError: chances that are not between 0 and 1, shapes that differ, another reduction.
        TypeError: what is not made of numbers.

    >>> binary_cross_entropy([0.5, 0.0], [1, 1], reduction="none")
    array([  0.69314718, 100.        ])
    """
    x, y = pair("binary_cross_entropy", input, target)
    check = _chances if isinstance(x, Node) else _chances.function
    each = autograd.binary_cross_entropy(check(x), y)
    return _reduced("binary_cross_entropy", each, reduction, weight)


@autograd.primitive
def _chances(x: Any) -> Any:
    if not np.all((x >= 0) & (x <= 1)):
        got = f"numbers from {np.min(x):.6g} to {np.max(x):.6g}"
        fix = "Put a sigmoid in front, or use binary_cross_entropy_with_logits."
        raise fails("binary_cross_entropy", "chances between 0 and 1", got, fix)
    return x


_chances.defvjp(lambda g, out, x: g)


def binary_cross_entropy_with_logits(
    input: Any,
    target: Any,
    weight: Any = None,
    *,
    reduction: str = "mean",
    pos_weight: Any = None,
) -> Any:
    """``binary_cross_entropy`` of ``sigmoid(input)``, exact also where that is all but 0 or 1.

    Args:
        input: logits of any shape.
        target: 0 or 1, or something between, of the same shape.
        weight: what each element is multiplied by; of a shape that broadcasts.
        reduction: "mean", "sum", or "none" for each element.
        pos_weight: how much a target of 1 counts against one of 0; of a shape that broadcasts, e.g.
            one number for each of several labels.

    Raises:
        ValueError: shapes that differ, another reduction.
        TypeError: what is not made of numbers.

    >>> binary_cross_entropy_with_logits([0.0, -800.0], [1, 1], reduction="none")
    array([6.93147181e-01, 8.00000000e+02])
    """
    name = "binary_cross_entropy_with_logits"
    x, y = pair(name, input, target)
    # One of two surprises, or a mixture: no difference of large numbers, which would lose digits.
    yes, no = y * autograd.softplus(-x), (1 - y) * autograd.softplus(x)
    if pos_weight is not None:
        yes = yes * floats_like(name, "pos_weight", pos_weight, x)
    return _reduced(name, yes + no, reduction, weight)


def _reduced(name: str, each: Any, reduction: str, weight: Any) -> Any:
    """Multiplied by the weights, if any; the mean is that of the products."""
    if weight is not None:
        each = each * floats_like(name, "weight", weight, each)
    return reduced(name, each, reduction)
