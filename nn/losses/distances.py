"""Losses that measure how far predictions are from targets, element by element.

The square, the absolute value, and what lies between: quadratic near 0, straight far out, so that
an outlier pulls with a bounded force (Huber, 1964).
"""

from __future__ import annotations

from typing import Any

import autograd
from nn.checks import real
from nn.losses.reducing import check_reduction, floats_like, mean_by, pair, reduced

__all__ = ["huber_loss", "kl_div", "l1_loss", "mse_loss", "smooth_l1_loss"]


def _mean(name: str, each: Any, reduction: str, weight: Any) -> Any:
    if weight is None:
        return reduced(name, each, reduction)
    weight = floats_like(name, "weight", weight, each, each.shape)
    return mean_by(name, each * weight, weight, reduction)


def mse_loss(input: Any, target: Any, *, reduction: str = "mean", weight: Any = None) -> Any:
    """Squared errors, ``(input - target)**2``.

    Args:
        input: predictions, an array or Tensor of any shape.
        target: of the same shape.
        reduction: "mean", "sum", or "none" for each element.
        weight: how much each element counts, of the same shape; the mean is the weighted one.

    Raises:
        ValueError: shapes that differ, another reduction.
        TypeError: what is not made of numbers.

    >>> mse_loss([1.0, 4.0], [1.0, 2.0]).item()
    2.0
    """
    x, y = pair("mse_loss", input, target)
    return _mean("mse_loss", autograd.square(x - y), reduction, weight)


def l1_loss(input: Any, target: Any, *, reduction: str = "mean", weight: Any = None) -> Any:
    """Absolute errors, ``|input - target|``; arguments and errors as for ``mse_loss``.

    >>> l1_loss([1.0, 4.0], [1.0, 2.0], reduction="none")
    array([0., 2.])
    """
    x, y = pair("l1_loss", input, target)
    return _mean("l1_loss", autograd.abs(x - y), reduction, weight)


def _huber(error: Any, delta: float) -> Any:
    """``error**2 / 2`` up to delta, a tangent from there on."""
    near = autograd.clip(error, -delta, delta)
    return near * (error - 0.5 * near)


def huber_loss(
    input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None
) -> Any:
    """Half the squared error up to ``delta``, and a straight line of slope ``delta`` beyond.

    Args:
        input, target, reduction: as for ``mse_loss``.
        delta: where the line begins, above 0.
        weight: what each element is multiplied by; the mean is that of the products.

    Raises:
        ValueError: shapes that differ, another reduction, a delta that is not above 0.
        TypeError: what is not made of numbers.

    >>> huber_loss([0.5, 3.0], [0.0, 0.0], reduction="none")
    array([0.125, 2.5  ])
    """
    delta = real("huber_loss: delta", delta, "a number above 0", lambda x: x > 0)
    x, y = pair("huber_loss", input, target)
    each = _huber(x - y, delta)
    if weight is not None:
        each = each * floats_like("huber_loss", "weight", weight, each, each.shape)
    return reduced("huber_loss", each, reduction)


def smooth_l1_loss(input: Any, target: Any, *, reduction: str = "mean", beta: float = 1.0) -> Any:
    """``huber_loss`` with delta ``beta``, divided by it: of slope 1 far out; L1 for beta 0.

    Args:
        input, target, reduction: as for ``mse_loss``.
        beta: up to where the loss is quadratic, 0 or more.

    Raises:
        ValueError: shapes that differ, another reduction, a negative beta.
        TypeError: what is not made of numbers.

    >>> smooth_l1_loss([0.5, 3.0], [0.0, 0.0], reduction="none", beta=2.0)
    array([0.0625, 2.    ])
    """
    beta = real("smooth_l1_loss: beta", beta, "a number of at least 0", lambda x: x >= 0)
    x, y = pair("smooth_l1_loss", input, target)
    each = _huber(x - y, beta) / beta if beta else autograd.abs(x - y)
    return reduced("smooth_l1_loss", each, reduction)


def kl_div(input: Any, target: Any, *, reduction: str = "mean", log_target: bool = False) -> Any:
    """The Kullback-Leibler divergence, element by element: ``target * (log(target) - input)``.

    Args:
        input: logarithms of the predicted chances (``log_softmax``), of any shape.
        target: chances of the same shape; an element of 0 adds nothing.
        reduction: "batchmean", the sum divided by the length of the first axis, is the divergence
            as it is defined; "mean" (of the elements), "sum", or "none".
        log_target: whether the targets are logarithms too.

    Raises:
        ValueError: shapes that differ, another reduction.
        TypeError: what is not made of numbers.

    >>> import numpy as np
    >>> chances = np.array([[0.5, 0.5]])
    >>> bool(kl_div(np.log([[0.25, 0.75]]), chances, reduction="batchmean").round(6) == 0.143841)
    True
    """
    check_reduction("kl_div", reduction, "batchmean")
    x, y = pair("kl_div", input, target)
    if log_target:
        each = autograd.exp(y) * (y - x)
    else:
        each = y * autograd.log(autograd.where(autograd.equal(y, 0), 1, y)) - y * x
    if reduction == "batchmean":
        return autograd.sum(each) / (x.shape[0] if x.shape else 1)
    return reduced("kl_div", each, reduction)
