"""Losses that want a margin: no loss, and no slope, once an example is right by enough."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from nn.checks import fails, real
from nn.losses.classes import checked_classes
from nn.losses.reducing import arrays, check_signs, floats_like, pair, reduced

__all__ = ["hinge_embedding_loss", "hinge_loss", "multi_margin_loss", "soft_margin_loss"]


def _signed(name: str, input: Any, target: Any) -> list[Any]:
    x, y = pair(name, input, target)
    return [x, check_signs(name, y)]


def hinge_loss(input: Any, target: Any, *, reduction: str = "mean") -> Any:
    """The hinge of a support-vector machine: ``relu(1 - target * input)``.

    Args:
        input: scores, an array or Tensor of any shape.
        target: -1 or 1, of the same shape.
        reduction: "mean", "sum", or "none" for each element.

    Raises:
        ValueError: targets that are not -1 or 1, shapes that differ, another reduction.
        TypeError: what is not made of numbers.

    >>> hinge_loss([0.25, -3.0], [1, -1]).item()
    0.375
    """
    x, y = _signed("hinge_loss", input, target)
    return reduced("hinge_loss", autograd.relu(1 - y * x), reduction)


def soft_margin_loss(input: Any, target: Any, *, reduction: str = "mean") -> Any:
    """The logistic loss of scores, ``log(1 + exp(-target * input))``: a smooth ``hinge_loss``.

    >>> soft_margin_loss([0.0], [1]).round(6).item()
    0.693147
    """
    x, y = _signed("soft_margin_loss", input, target)
    return reduced("soft_margin_loss", autograd.softplus(-y * x), reduction)


def hinge_embedding_loss(
    input: Any, target: Any, margin: float = 1.0, *, reduction: str = "mean"
) -> Any:
    """Distances of pairs that should be close (1), or at least ``margin`` apart (-1).

    ``input`` where the target is 1, ``max(0, margin - input)`` where it is -1.  Arguments and
    errors as for ``hinge_loss``.

    >>> hinge_embedding_loss([0.25, 0.25, 3.0], [1, -1, -1], reduction="none")
    array([0.25, 0.75, 0.  ])
    """
    margin = real("hinge_embedding_loss: margin", margin, "a number", lambda x: x == x)
    x, y = _signed("hinge_embedding_loss", input, target)
    each = autograd.where(autograd.equal(y, 1), x, autograd.clip(margin - x, 0))
    return reduced("hinge_embedding_loss", each, reduction)


def multi_margin_loss(
    input: Any,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    *,
    reduction: str = "mean",
) -> Any:
    """The hinge for several classes: the right score must be above each other one by ``margin``.

    For an example with scores x and class y the sum of ``max(0, margin - x[y] + x[i])**p`` over
    the other classes i, divided by the number of classes.

    Args:
        input: scores of shape (N, C), or (C,) for one example.
        target: classes, whole numbers from 0 of shape (N,), or one.
        p: 1 or 2.
        margin: by how much.
        weight: how much the examples of each class count, of shape (C,).
        reduction: "mean", "sum", or "none" for each example.

    Raises:
        ValueError: shapes that do not fit, a class out of range, another p or reduction.
        TypeError: what is not made of numbers, classes that are not whole numbers.

    >>> multi_margin_loss([[0.5, 1.0, -2.0]], [1]).round(6).item()
    0.166667
    """
    name = "multi_margin_loss"
    if p not in (1, 2):
        raise fails(name, "p 1 or 2", repr(p), "")
    margin = real(f"{name}: margin", margin, "a number", lambda x: x == x)
    x, y = arrays(name, input, target)
    if len(x.shape) not in (1, 2) or not x.shape[-1]:
        raise fails(name, "scores of shape (N, C) or (C,)", f"shape {x.shape}", "")
    if len(x.shape) == 1 and y.shape == (1,):
        y = y.reshape(())
    count, classes = x.shape[-1], checked_classes(name, y, x, len(x.shape) - 1)
    column = autograd.expand_dims(classes, -1)
    others = autograd.not_equal(column, np.arange(count))
    each = autograd.relu(margin - autograd.gather(x, -1, column) + x) ** p * others
    if weight is not None:
        weight = floats_like(name, "weight", weight, x, (count,))
        each = each * autograd.expand_dims(autograd.take(weight, classes), -1)
    return reduced(name, autograd.sum(each, axis=-1) / count, reduction)
