"""Functions without a rule of their own: what they are made of knows its derivatives.

Each works on arrays and Tensors, over all elements or over axes, and on a plain sequence of Values.

>>> mean([1.0, 2.0, 6.0]), var([1.0, 3.0])
(3.0, 1.0)
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import ops
from autograd.errors import masked, shown
from autograd.node import shape_of, size_of
from autograd.ops.checks import fails, numpy_names
from autograd.ops.reductions import as_array, axes_of, items_of, refused

__all__ = ["mean", "std", "var"]


def numbers(name: str, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """An array or Tensor as it is, a sequence with Values as a list, other numbers as an array.

    Values that are to be reduced over axes, and nested lists of them, make an array, too.
    """
    if isinstance(x, np.ma.MaskedArray):
        raise masked(name, x)
    if hasattr(x, "shape"):
        return x
    items = items_of(name, x)
    if any(hasattr(item, "_apply_primitive") for item in items):
        if (axis is None and not keepdims) or any(hasattr(item, "requires_grad") for item in items):
            return items  # of Tensors, which do not belong into a list, a sum says so
        return np.array(items)
    return as_array(items)


def each(function: Callable[[Any], Any], x: Any) -> Any:
    """A function of every element."""
    if isinstance(x, np.ndarray) and x.dtype == object:
        return np.frompyfunc(function, 1, 1)(x)
    return [function(item) for item in x] if isinstance(x, list) else function(x)


def given(result: Any, x: Any) -> Any:
    """A Python number for a sequence of Python numbers."""
    return result.item() if isinstance(result, np.generic) and not hasattr(x, "shape") else result


def _count(name: str, x: Any, axis: Any) -> int:
    """How many elements are reduced to one."""
    if isinstance(x, list):
        return len(x)
    return math.prod(shape_of(x)[i] for i in axes_of(x, axis, name))


def mean(x: Any, axis: Any = None, keepdims: bool = False, **torch: Any) -> Any:
    """The sum divided by the number of elements.

    Args:
        x: an array or a Tensor, or a sequence of numbers or Values.
        axis: the axis or tuple of axes to average over; all by default.
        keepdims: whether these axes stay, with length 1.
        torch: PyTorch's names for these, dim and keepdim.

    Raises:
        TypeError: x is a single object that is no array.
        numpy.exceptions.AxisError: an axis that x does not have.

    >>> mean(np.array([[1.0, 2.0], [3.0, 6.0]]), axis=0)
    array([2., 4.])
    """
    if torch:
        return mean(x, **numpy_names("mean", torch, axis=axis, keepdims=keepdims))
    array: Any = getattr(x, "_data", None) if hasattr(x, "requires_grad") else None
    whole = axis is None and not keepdims and array is not None
    if whole and array.dtype.char in "fd" and array.size:
        return ops.sum(x) / array.size  # the usual case, without the questions
    items = numbers("mean", x, axis, keepdims)
    if not isinstance(items, list) and items.dtype == np.float16:  # its sums would lose digits
        wide = mean(ops.cast(items, np.float32), axis, keepdims)
        return given(ops.cast(wide, np.float16), x)
    return given(_mean(items, axis, keepdims), x)


def _mean(items: Any, axis: Any, keepdims: bool) -> Any:
    try:
        total = ops.sum(items, axis=axis, keepdims=keepdims)
    except (ValueError, TypeError) as error:
        if isinstance(items, list):
            raise
        raise refused("mean", error, items, axis) from None
    if isinstance(items, list):
        return total / len(items)
    return total / (items.size / (size_of(total) or 1))


def var(
    x: Any,
    axis: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    correction: float | None = None,
    **torch: Any,
) -> Any:
    """The variance: the mean of the squared deviations from the mean.

    Args:
        x: an array or a Tensor, or a sequence of numbers or Values.
        axis: the axis or tuple of axes to reduce; all by default.
        ddof: what to subtract from the number of elements before dividing by it.
        keepdims: whether these axes stay, with length 1.
        correction: another name for ddof.  PyTorch's default is 1, NumPy's and ours 0.
        torch: PyTorch's names, dim, keepdim and unbiased (which is a ddof of 1).

    Raises:
        TypeError: x is a single object that is no array.
        numpy.exceptions.AxisError: an axis that x does not have.
        ValueError: both ddof and correction.

    >>> var([1.0, 2.0, 6.0]), var([1.0, 2.0, 6.0], correction=1)
    (4.666666666666667, 7.0)
    """
    if torch:
        named = numpy_names("var", torch, axis=axis, ddof=ddof, keepdims=keepdims)
        return var(x, **named, correction=correction)
    return _variance("var", x, axis, ddof, keepdims, correction)


def std(
    x: Any,
    axis: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    correction: float | None = None,
    **torch: Any,
) -> Any:
    """The standard deviation, ``sqrt(var(x))``, with the arguments and errors of ``var``.

    Where it is 0 its slope is 0.

    >>> std([1.0, 3.0]), std([1.0, 3.0, 5.0], ddof=1)
    (1.0, 2.0)
    """
    if torch:
        named = numpy_names("std", torch, axis=axis, ddof=ddof, keepdims=keepdims)
        return std(x, **named, correction=correction)
    return each(ops.safe_sqrt, _variance("std", x, axis, ddof, keepdims, correction))


def _variance(name: str, x: Any, axis: Any, ddof: float, keepdims: bool, correction: Any) -> Any:
    if correction is not None and ddof:
        got = f"ddof={ddof} and correction={correction}"
        raise fails(name, "ddof or correction", got, "They mean the same: give one.")
    items = numbers(name, x, axis, keepdims)
    lost = ddof if correction is None else correction
    if not isinstance(lost, int | float | np.number):
        expected = "a number as ddof, or as correction"
        raise fails(name, expected, shown(lost), "It is taken from the count.", TypeError)
    count = max(_count(name, items, axis) - lost, 0)
    center = _mean(items, axis, keepdims=not isinstance(items, list))
    moved = [item - center for item in items] if isinstance(items, list) else items - center
    squares = each(ops.square, moved)
    return given(ops.sum(squares, axis=axis, keepdims=keepdims) / count, x)
