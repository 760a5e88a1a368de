"""Functions without a rule of their own: what they are made of knows its derivatives.

Each works on arrays and Tensors, over all elements or over axes, and on a plain sequence of Values.

>>> mean([1.0, 2.0, 6.0]), var([1.0, 3.0]), norm([3.0, 4.0])
(3.0, 1.0, 5.0)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import ops
from autograd.errors import message, shown
from autograd.node import raw
from autograd.ops.along import axes_first
from autograd.ops.reductions import axes_of, items_of

__all__ = ["mean", "norm", "std", "var"]


def _numbers(name: str, x: Any) -> Any:
    """An array or Tensor as it is, a sequence with Values as a list, other numbers as an array."""
    if hasattr(x, "shape"):
        return x
    items = items_of(name, x)
    nodes = any(hasattr(item, "_apply_primitive") for item in items)
    return items if nodes else np.asarray(items, dtype=float)


def _each(function: Callable[[Any], Any], x: Any) -> Any:
    """A function of every element."""
    return [function(item) for item in x] if isinstance(x, list) else function(x)


def _given(result: Any, x: Any) -> Any:
    """A Python number for a sequence of Python numbers."""
    return result.item() if isinstance(result, np.generic) and not hasattr(x, "shape") else result


def _count(name: str, x: Any, axis: Any) -> int:
    """How many elements are reduced to one."""
    if isinstance(x, list):
        return len(x)
    return math.prod(np.shape(x)[i] for i in axes_of(x, axis, name))


def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The sum divided by the number of elements.

    Args:
        x: an array or a Tensor, or a sequence of numbers or Values.
        axis: the axis or tuple of axes to average over; all by default.
        keepdims: whether these axes stay, with length 1.

    Raises:
        TypeError: x is a single object that is no array.
        numpy.exceptions.AxisError: an axis that x does not have.

    >>> mean(np.array([[1.0, 2.0], [3.0, 6.0]]), axis=0)
    array([2., 4.])
    """
    numbers = _numbers("mean", x)
    total = ops.sum(numbers, axis=axis, keepdims=keepdims)
    if isinstance(numbers, list):
        return total / len(numbers)
    return _given(total / (numbers.size / (np.size(raw(total)) or 1)), x)


def var(
    x: Any,
    axis: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    correction: float | None = None,
) -> Any:
    """The variance: the mean of the squared deviations from the mean.

    Args:
        x: an array or a Tensor, or a sequence of numbers or Values.
        axis: the axis or tuple of axes to reduce; all by default.
        ddof: what to subtract from the number of elements before dividing by it.
        keepdims: whether these axes stay, with length 1.
        correction: another name for ddof.  PyTorch's default is 1, NumPy's and ours 0.

    Raises:
        TypeError: x is a single object that is no array.
        numpy.exceptions.AxisError: an axis that x does not have.
        ValueError: both ddof and correction.

    >>> var([1.0, 2.0, 6.0]), var([1.0, 2.0, 6.0], correction=1)
    (4.666666666666667, 7.0)
    """
    if correction is not None:
        if ddof:
            raise ValueError(
                message(
                    "var",
                    expected="ddof or correction",
                    got=f"ddof={ddof} and correction={correction}",
                    fix="They mean the same: give one.",
                )
            )
        ddof = correction
    numbers = _numbers("var", x)
    count = max(_count("var", numbers, axis) - ddof, 0)
    center = mean(numbers, axis, keepdims=True)
    squares = _each(lambda item: ops.square(item - center), numbers)
    total = ops.sum(squares, axis=axis, keepdims=keepdims)
    return _given(total / count, x)


def std(
    x: Any,
    axis: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    correction: float | None = None,
) -> Any:
    """The standard deviation, ``sqrt(var(x))``; where it is 0 its slope is 0.

    Args:
        x: an array or a Tensor, or a sequence of numbers or Values.
        axis: the axis or tuple of axes to reduce; all by default.
        ddof: what to subtract from the number of elements before dividing by it.
        keepdims: whether these axes stay, with length 1.
        correction: another name for ddof.  PyTorch's default is 1, NumPy's and ours 0.

    Raises:
        TypeError: x is a single object that is no array.
        numpy.exceptions.AxisError: an axis that x does not have.
        ValueError: both ddof and correction.

    >>> std([1.0, 3.0]), std([1.0, 3.0, 5.0], ddof=1)
    (1.0, 2.0)
    """
    return ops.safe_sqrt(var(x, axis, ddof, keepdims, correction))


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """The length of a vector: of all elements of an array, or of those along axes.

    This is ``numpy.linalg.vector_norm``: a matrix is a long vector here too.  At 0 the slope is 0.

    Args:
        x: an array or a Tensor, or a sequence of numbers or Values.
        ord: p in ``sum(abs(x)**p) ** (1/p)``: 2 by default, 1, any number but 0; ``inf`` and
            ``-inf`` give the largest and the smallest absolute value.
        axis: the axis or tuple of axes of the vector; all by default.
        keepdims: whether these axes stay, with length 1.

    Raises:
        TypeError: x is a single object that is no array.
        ValueError: an ord that is no number, or 0.
        numpy.exceptions.AxisError: an axis that x does not have.

    >>> norm([3.0, -4.0]), norm([3.0, -4.0], 1), norm([3.0, -4.0], math.inf)
    (5.0, 7.0, 4.0)
    """
    p = 2 if ord is None else ord
    if isinstance(p, str) or not p:
        raise ValueError(
            message(
                "norm",
                expected="ord to be a number other than 0, inf or -inf",
                got=shown(ord),
                fix="A matrix's Frobenius norm is the default, its spectral norm svd(A)[1].max().",
            )
        )
    vector = _numbers("norm", x)
    where: dict[str, Any] = {"axis": axis, "keepdims": keepdims}
    restored = None
    if isinstance(axis, tuple) and not isinstance(vector, list):
        axes = axes_of(vector, axis, "norm")
        if len(set(axes)) < len(axes):
            raise ValueError(
                message(
                    "norm",
                    expected="each axis once",
                    got=f"axis={axis} for shape {np.shape(vector)}",
                    fix="Drop one of the two.",
                )
            )
        kept = [1 if i in axes else n for i, n in enumerate(np.shape(vector))]
        restored = tuple(kept) if keepdims else None
        vector, where = axes_first(vector, axis), {"axis": 0}
    out = _power_norm(vector, p, where)
    return _given(out if restored is None else ops.reshape(out, shape=restored), x)


def _power_norm(x: Any, p: Any, where: dict[str, Any]) -> Any:
    """The p-norm over an axis."""
    if p == 2:
        return ops.safe_sqrt(ops.sum(_each(ops.square, x), **where))
    sizes = _each(ops.abs, x)
    if p == 1:
        return ops.sum(sizes, **where)
    if math.isinf(p):
        return ops.max(sizes, **where) if p > 0 else ops.min(sizes, **where)
    total = ops.sum(_each(lambda size: size**p, sizes), **where)
    # The slope of a root at 0 is infinite, and that of a norm there 0: so no root is taken of 0.
    zero = ops.equal(total, 0)
    return ops.where(zero, 0, ops.where(zero, 1, total) ** (1 / p))
