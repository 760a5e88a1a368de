"""Norms: how long a vector is, and how much a matrix stretches.

Functions without a rule of their own, as those of ``composites.py``.  At 0 the slope of a length is
0: there it has its minimum.

>>> norm([3.0, 4.0]), float(norm(np.array([[3.0, 0.0], [0.0, 4.0]]), "nuc"))
(5.0, 7.0)
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import ops
from autograd.composites import each, given, numbers
from autograd.errors import shown
from autograd.node import array_of, ndim_of, shape_of
from autograd.ops.along import axes_first
from autograd.ops.checks import axes_in, fails, numpy_names

__all__ = ["matrix_norm", "norm", "vector_norm"]


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False, **torch: Any) -> Any:
    """The length of a vector, or the norm of a matrix (``numpy.linalg.norm``).

    With an ``ord``, an array of two axes is a matrix, as is one whose two ``axis`` are named; all
    else is a vector, however many axes it has.  ``vector_norm`` and ``matrix_norm`` say which.

    Args:
        x: an array or a Tensor, or a sequence of numbers or Values.
        ord: of vectors 2 (the default) or p in ``sum(abs(x)**p) ** (1/p)``, ``inf`` and ``-inf``
            for the largest and the smallest absolute value; of matrices "fro" (the default),
            "nuc", 1, -1, 2, -2, ``inf`` or ``-inf``, as ``matrix_norm`` explains.
        axis: the axis or tuple of axes of the vector or matrix; all by default.
        keepdims: whether these axes stay, with length 1.
        torch: PyTorch's names for these, p, dim and keepdim.

    Raises:
        TypeError: x is a single object that is no array.
        ValueError: an ord that is none of these, or axes named twice.
        numpy.exceptions.AxisError: an axis that x does not have.

    >>> norm([3.0, -4.0]), norm([3.0, -4.0], 1), norm([3.0, -4.0], math.inf)
    (5.0, 7.0, 4.0)
    >>> float(norm(np.array([[1.0, 2.0], [3.0, 4.0]]), 1))  # of a matrix
    6.0
    """
    if torch:
        return norm(x, **numpy_names("norm", torch, ord=ord, axis=axis, keepdims=keepdims))
    items = _as_floats(numbers("norm", x))
    if isinstance(items, list):
        return vector_norm(x, ord, axis, keepdims)
    ndim = ndim_of(items)
    root = ord is None or (ndim_of(ord) == 0 and (ord, ndim) in ((2, 1), ("fro", 2), ("f", 2)))
    if axis is None and root and ndim:
        flat = _as_in_memory(items)
        out = ops.safe_sqrt(ops.vdot(flat, flat))
        return given(ops.reshape(out, (1,) * ndim) if keepdims else out, x)
    axes = tuple(range(ndim)) if axis is None else axes_in("norm", axis, shape_of(items))
    if len(axes) == 2 and (ord is not None or axis is not None):
        return given(_of_matrix("norm", items, "fro" if ord is None else ord, axes, keepdims), x)
    if len(axes) != 1:  # as many as NumPy's norm does not take
        return vector_norm(x, ord, axis, keepdims)
    return given(_power_norm("norm", items, _power("norm", ord), axes[0], keepdims), x)


def vector_norm(
    x: Any, ord: Any = 2, axis: Any = None, keepdims: bool = False, **torch: Any
) -> Any:
    """The length of a vector: of all elements of an array, or of those along axes.

    This is ``numpy.linalg.vector_norm``: a matrix is a long vector here too.

    Args:
        x: an array or a Tensor, or a sequence of numbers or Values.
        ord: p in ``sum(abs(x)**p) ** (1/p)``: 2 by default, 1, any number; 0 counts what is not
            0, ``inf`` and ``-inf`` give the largest and the smallest absolute value.
        axis: the axis or tuple of axes of the vector; all by default.
        keepdims: whether these axes stay, with length 1.
        torch: PyTorch's names for these, dim and keepdim.

    Raises:
        TypeError: x is a single object that is no array.
        ValueError: an ord that is no number.
        numpy.exceptions.AxisError: an axis that x does not have.

    >>> float(vector_norm(np.array([[1.0, 2.0], [3.0, 4.0]]), 1))
    10.0
    """
    if torch:
        named = numpy_names("vector_norm", torch, axis=axis, keepdims=keepdims)
        return vector_norm(x, ord, **named)
    name, p = "vector_norm", _power("vector_norm", ord)
    items = numbers(name, x)
    if isinstance(items, list):
        return _power_norm(name, items, p, axis, keepdims)
    shape = shape_of(items)
    axes = tuple(range(len(shape))) if axis is None else axes_in(name, axis, shape)
    along = axis
    if axis is None or isinstance(axis, tuple):
        items, along = axes_first(items, axes), 0
    out = _power_norm(name, _as_floats(items), p, along)
    kept = tuple(1 if i in axes else n for i, n in enumerate(shape))
    return given(ops.reshape(out, kept) if keepdims else out, x)


def _as_floats(x: Any) -> Any:
    """Integers as float64: the squares of small ones would not be small enough."""
    return x if isinstance(x, list) or x.dtype.kind == "f" else ops.cast(x, np.float64)


def _as_in_memory(x: Any) -> Any:
    """All elements along one axis, in their order in memory: NumPy rounds sums in that order.

    The axes with the widest steps come first.  Where a step is 0 (broadcast), nothing is to be said
    of two axes, and they stay as they are.
    """
    array = array_of(x)
    steps = [abs(step) if n > 1 else 0 for step, n in zip(array.strides, array.shape, strict=True)]
    order: list[int] = []
    for axis in reversed(range(len(steps))):
        place = 0
        for i, inner in enumerate(order):
            if steps[axis] and steps[inner]:
                if steps[inner] <= steps[axis]:
                    break
                place = i + 1
        order.insert(place, axis)
    flat = ops.ravel(x if order == list(range(len(steps))) else ops.transpose(x, order))
    return flat if array_of(flat).flags.forc else ops.astype(flat, dtype=flat.dtype)


def _power(name: str, ord: Any) -> Any:
    """The p of a p-norm."""
    p = 2 if ord is None else ord
    if not isinstance(p, int | float | np.number):
        raise fails(
            name,
            expected="ord to be a number, inf or -inf",
            got=shown(ord),
            fix="For a matrix name its two axes, or use matrix_norm.",
        )
    return p


def _power_norm(name: str, x: Any, p: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """The p-norm over an axis."""
    p = p.item() if isinstance(p, np.number) and isinstance(x, list) else p
    where: dict[str, Any] = {"axis": axis, "keepdims": keepdims}
    if p == 2:
        return ops.safe_sqrt(ops.sum(each(ops.square, x), **where))
    if p == 0:  # how many are not 0, as a float
        found = each(lambda item: ops.not_equal(item, 0), x)
        return ops.sum(found if isinstance(x, list) else ops.cast(found, x.dtype), **where)
    sizes = each(ops.abs, x)
    if p == 1:
        return ops.sum(sizes, **where)
    if math.isinf(p):
        return _extreme(name, sizes, p > 0, **where)
    # Where a size is 0 the norm has its minimum in that direction, for a small p with a cusp.
    raised = ops.safe_power if p < 1 else ops.power
    powers = each(lambda size: raised(size, p), sizes)
    if isinstance(p, np.number):  # which computes in its own dtype, but leaves float32 what it is
        powers = ops.astype(powers, dtype=sizes.dtype)
    total = ops.sum(powers, **where)
    root = np.reciprocal(p, dtype=getattr(total, "dtype", np.float64))
    return ops.safe_power(total, root.item())


def _extreme(name: str, x: Any, largest: bool, axis: Any, keepdims: bool = False) -> Any:
    """The largest of sizes, of none 0; or the smallest."""
    shape = () if isinstance(x, list) else shape_of(x)
    if shape and not math.prod(shape[i] for i in axes_in(name, axis, shape)):
        if not largest:
            raise fails(name, "at least one element", "none", "Nothing has no smallest element.")
        return ops.sum(x, axis=axis, keepdims=keepdims)
    return (ops.max if largest else ops.min)(x, axis=axis, keepdims=keepdims)


LAST = (-2, -1)


def matrix_norm(
    x: Any,
    ord: Any = "fro",
    axis: tuple[int, int] = LAST,
    keepdims: bool = False,
    **torch: Any,
) -> Any:
    """The norm of a matrix, or of each in a stack of them (NumPy's, with PyTorch's ``dim``).

    Args:
        x: an array or a Tensor.
        ord: "fro" for the square root of the sum of squares, "nuc" for the sum of the singular
            values, 2 and -2 for the largest and the smallest of them, 1 and -1 for the largest and
            the smallest sum of sizes in a column, ``inf`` and ``-inf`` for those in a row.
        axis: the axes of the rows and of the columns.
        keepdims: whether these axes stay, with length 1.
        torch: PyTorch's names for these, dim and keepdim.

    Raises:
        ValueError: another ord, or not two different axes.
        numpy.exceptions.AxisError: an axis that x does not have.

    >>> x = np.array([[3.0, 0.0], [0.0, -4.0]])
    >>> [float(matrix_norm(x, ord)) for ord in ("fro", "nuc", 2, -2, 1, math.inf)]
    [5.0, 7.0, 4.0, 3.0, 4.0, 4.0]
    """
    if torch:
        named = numpy_names("matrix_norm", torch, LAST, axis=axis, keepdims=keepdims)
        return matrix_norm(x, ord, **named)
    return _of_matrix("matrix_norm", _as_floats(numbers("matrix_norm", x)), ord, axis, keepdims)


def _of_matrix(name: str, x: Any, ord: Any, axis: Any, keepdims: bool) -> Any:
    shape = shape_of(x)
    axes = axes_in(name, axis, shape)
    known = ord in ("fro", "f", "nuc") if isinstance(ord, str) else ord in (1, -1, 2, -2, *INF)
    if len(axes) != 2 or not known:
        raise fails(
            name,
            expected='two axes, and ord to be "fro", "nuc", 1, -1, 2, -2, inf or -inf',
            got=f"axes {axes} of shape {shape} and ord={ord!r}",
            fix="For other powers use vector_norm.",
        )
    rows, columns = axes
    if ord in ("fro", "f"):
        out = ops.safe_sqrt(ops.sum(ops.square(x), axis=axes))
    elif ord in ("nuc", 2, -2):
        values = ops.svdvals(ops.moveaxis(x, axes, (-2, -1)))
        out = ops.sum(values, axis=-1) if ord == "nuc" else _extreme(name, values, ord > 0, -1)
    else:
        summed, over = (rows, columns) if abs(ord) == 1 else (columns, rows)
        sums = ops.sum(ops.abs(x), axis=summed, keepdims=True)
        out = _extreme(name, sums, ord > 0, over, keepdims=True)
    kept = tuple(1 if i in axes else n for i, n in enumerate(shape))
    return ops.reshape(out, kept if keepdims else tuple(np.delete(shape, axes).tolist()))


INF = (math.inf, -math.inf)
