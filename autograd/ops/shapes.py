"""Linear primitives that move, copy or add up elements without changing them.

Each names its transpose, which is one of them again: adding up is the transpose of copying.  What
follows from a few primitives is a function: ``swapaxes`` is a ``transpose``, ``tile`` a
``broadcast_to`` between two reshapes.  Joining, cutting and framing are in ``arranging.py``.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from autograd.node import Primitive, dtype_of, ndim_of, shape_of, size_of
from autograd.ops.checks import Shape, axes_in, axis_in, fails, integer, integers, numpy_names
from autograd.ops.kinds import linear
from autograd.ops.positions import take

__all__ = [
    "broadcast_to",
    "expand_dims",
    "moveaxis",
    "permute",
    "ravel",
    "repeat",
    "reshape",
    "squeeze",
    "swapaxes",
    "tile",
    "transpose",
]

# --- another shape, another order ---------------------------------------------------------------


def _reshaped(x: Any, shape: Any) -> Any:
    try:
        if shape.__class__ is tuple and shape and min(shape) < -1:
            raise ValueError  # NumPy takes any negative length for -1
        return np.reshape(x, shape)
    except (ValueError, TypeError):
        integers("reshape", "a length", shape)
        raise fails(
            "reshape",
            expected=f"a shape for the {size_of(x)} elements of shape {shape_of(x)}",
            got=f"{shape}",
            fix="Write -1 for one length, and it follows from the others.",
        ) from None


def _transposed(x: Any, axes: Any) -> Any:
    return np.transpose(x, axes)


def _transposed_back(g: Any, x: Any, axes: Any) -> Any:
    if axes is None:
        return _transpose(g, axes=None)
    back = [0] * len(axes)
    for i, axis in enumerate(axes):
        back[axis] = i
    return _transpose(g, axes=tuple(back))


_reshape: Primitive = linear(
    "reshape",
    _reshaped,
    lambda g, x, shape: _reshape(g, shape=shape_of(x)),
    doc="The same elements in the same order in another shape.",
)
_transpose: Primitive = linear(
    "transpose",
    _transposed,
    _transposed_back,
    symbol="ᵀ",
    doc="Axes in another order; reversed by default.",
)


def reshape(x: Any, shape: Any) -> Any:
    """The same elements in the same order in another shape.

    Args:
        x: an array.
        shape: lengths of the axes; one of them may be -1.

    Raises:
        ValueError: a shape with another number of elements.

    >>> reshape(np.arange(6.0), (2, -1))
    array([[0., 1., 2.],
           [3., 4., 5.]])
    """
    if shape.__class__ is not tuple:
        shape = integers("reshape", "a length", shape)
    return _reshape(x, shape=shape)


def ravel(x: Any) -> Any:
    """All elements along one axis.

    >>> ravel(np.eye(2))
    array([1., 0., 0., 1.])
    """
    return _reshape(x, shape=(-1,))


def transpose(x: Any, axes: Any = None) -> Any:
    """Axes in another order; reversed by default.

    Args:
        x: an array.
        axes: for each axis of the result, which one of x it is.

    Raises:
        ValueError: axes that are not those of x, each once.

    >>> transpose(np.zeros((2, 3, 4)), (2, 0, 1)).shape
    (4, 2, 3)
    """
    if axes is not None:
        axes = axes_in("transpose", axes, shape_of(x))
        if len(axes) != ndim_of(x):
            raise fails(
                "transpose",
                expected=f"all {ndim_of(x)} axes of the shape {shape_of(x)}",
                got=f"axes {axes}",
                fix="To exchange two axes use swapaxes.",
            )
    return _transpose(x, axes=axes)


def permute(x: Any, dims: Any) -> Any:
    """``transpose`` by PyTorch's name.

    >>> permute(np.zeros((2, 3, 4)), (2, 0, 1)).shape
    (4, 2, 3)
    """
    return transpose(x, dims)


def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Two axes exchanged.

    >>> swapaxes(np.zeros((2, 3, 4)), 0, -1).shape
    (4, 3, 2)
    """
    order = list(range(ndim_of(x)))
    a, b = (axis_in("swapaxes", i, shape_of(x)) for i in (axis1, axis2))
    order[a], order[b] = b, a
    return _transpose(x, axes=tuple(order))


def moveaxis(x: Any, source: Any, destination: Any) -> Any:
    """Some axes in other places, the others in their old order.

    Raises:
        ValueError: axes that x does not have, or lists of different lengths.

    >>> moveaxis(np.zeros((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    ndim = ndim_of(x)
    source, destination = (axes_in("moveaxis", a, shape_of(x)) for a in (source, destination))
    if len(source) != len(destination):
        raise fails(
            "moveaxis",
            expected="as many destinations as sources",
            got=f"{len(source)} and {len(destination)} for shape {shape_of(x)}",
            fix="Name a place for each axis that moves.",
        )
    order = [i for i in range(ndim) if i not in source]
    for to, axis in sorted(zip(destination, source, strict=True)):
        order.insert(to, axis)
    return _transpose(x, axes=tuple(order))


def squeeze(x: Any, axis: Any = None, **torch: Any) -> Any:
    """Without axes of length 1: all of them, or those named.

    The axes may be given by PyTorch's name too, ``dim``.

    Raises:
        ValueError: an axis whose length is not 1.

    >>> squeeze(np.zeros((1, 3, 1)), axis=0).shape
    (3, 1)
    """
    if torch:
        axis = numpy_names("squeeze", torch, axis=axis)["axis"]
    shape = shape_of(x)
    if axis is None:
        return _reshape(x, shape=tuple(n for n in shape if n != 1))
    gone = axes_in("squeeze", axis, shape)
    if any(shape[a] != 1 for a in gone):
        raise fails(
            "squeeze",
            expected="axes of length 1",
            got=f"axis {axis} of shape {shape}",
            fix="To drop a longer axis, reduce it or take one element.",
        )
    return _reshape(x, shape=tuple(n for i, n in enumerate(shape) if i not in gone))


def expand_dims(x: Any, axis: Any) -> Any:
    """With new axes of length 1 in the named places.

    Raises:
        ValueError: a place beyond the axes of the result.

    >>> expand_dims(np.zeros(3), (0, 2)).shape
    (1, 3, 1)
    """
    shape = shape_of(x)
    count = len(axis) if isinstance(axis, tuple | list) else 1
    new, old = axes_in("expand_dims", axis, shape, new=count), iter(shape)
    lengths = tuple(1 if i in new else next(old) for i in range(len(shape) + count))
    return _reshape(x, shape=lengths)


# --- copying and adding up ----------------------------------------------------------------------


def _broadcasted(x: Any, shape: Shape) -> Any:
    x = np.asarray(x)
    if x.size == 1 and x.ndim <= len(shape):  # the gradient of a total: one number seen everywhere
        view: Any = np.ndarray(shape, x.dtype, x, 0, (0,) * len(shape))
        view.flags.writeable = False
        return view
    try:
        return np.broadcast_to(x, shape)
    except (ValueError, TypeError):
        integers("broadcast_to", "a length", shape)
        raise fails(
            "broadcast_to",
            expected=f"a shape that {shape_of(x)} can be copied to",
            got=f"{shape}",
            fix="Compared from the last axis, lengths are equal or 1; expand_dims adds axes.",
        ) from None


# So many rows are added up at most as a product with a row of ones.
_MANY = 2**16


@functools.lru_cache(64)
def row_of_ones(shape: Shape, dtype: Any) -> Any:
    """What to multiply a matrix with to add up its rows, several times faster than ``sum`` does.

    None where that would not be the same, or a waste of memory.
    """
    if len(shape) != 2 or dtype.char not in "fd" or shape[0] > _MANY:
        return None
    ones = np.ones(shape[0], dtype)
    ones.flags.writeable = False
    return ones


def summed_axes(given: Shape, shape: Shape) -> Shape:
    """The axes that broadcasting to the given shape copied along."""
    lead = len(given) - len(shape)
    axes = tuple(range(lead))
    if given[lead:] != shape:
        axes += tuple(i for i, n in enumerate(shape, lead) if n == 1 and given[i] != 1)
    return axes


def _summed(x: Any, shape: Shape) -> Any:
    x = np.asarray(x)
    given = x.shape
    axes = (0,) if given[1:] == shape != given else summed_axes(given, shape)
    if axes == (0,) and (ones := row_of_ones(x.shape, x.dtype)) is not None:
        out = np.dot(ones, x)
    else:
        out = np.add.reduce(x, axes) if axes else x
    return out if out.shape == shape else out.reshape(shape)


_broadcast_to: Primitive = linear(
    "broadcast_to",
    _broadcasted,
    lambda g, x, shape: _sum_to(g, shape=shape_of(x)),
    doc="Copies along new axes and axes of length 1 until the shape is reached; a view.",
)
_sum_to: Primitive = linear(
    "sum_to",
    _summed,
    lambda g, x, shape: _broadcast_to(g, shape=shape_of(x)),
    doc="The transpose of ``broadcast_to``: sums over the axes that broadcasting would copy along.",
)


def broadcast_to(x: Any, shape: Any) -> Any:
    """Copies along new axes and axes of length 1 until the shape is reached; a view.

    Raises:
        ValueError: a shape that x cannot be copied to.

    >>> broadcast_to(np.array([1.0, 2.0]), (2, 2))
    array([[1., 2.],
           [1., 2.]])
    """
    if shape.__class__ is not tuple:
        shape = integers("broadcast_to", "a length", shape)
    return _broadcasted(x, shape) if x.__class__ is np.ndarray else _broadcast_to(x, shape=shape)


def sum_to(x: Any, shape: Shape) -> Any:
    """The transpose of ``broadcast_to``: sums over the axes that broadcasting would copy along.

    >>> sum_to(np.ones((2, 3)), (1, 3))
    array([[2., 2., 2.]])
    """
    return _summed(x, shape) if x.__class__ is np.ndarray else _sum_to(x, shape=shape)


def tile(x: Any, reps: Any) -> Any:
    """The array side by side, ``reps`` times along each axis.

    Raises:
        TypeError: numbers of copies that are not whole numbers.
        ValueError: negative ones.

    >>> tile(np.array([1.0, 2.0]), (2, 2))
    array([[1., 2., 1., 2.],
           [1., 2., 1., 2.]])
    """
    shape, reps = shape_of(x), reps if ndim_of(reps) else (reps,)
    reps = tuple(integer("tile", "a number of copies", n, least=0) for n in reps)
    ndim = max(len(shape), len(reps))
    shape = (1,) * (ndim - len(shape)) + shape
    reps = (1,) * (ndim - len(reps)) + reps
    apart = tuple(m for n in shape for m in (1, n))
    copies = tuple(m for r, n in zip(reps, shape, strict=True) for m in (r, n))
    whole = tuple(r * n for r, n in zip(reps, shape, strict=True))
    return _reshape(_broadcast_to(_reshape(x, shape=apart), shape=copies), shape=whole)


def repeat(x: Any, repeats: Any, axis: int | None = None, **torch: Any) -> Any:
    """Each element several times in a row, along an axis or flattened.

    Args:
        x: an array.
        repeats: how often, one number for all elements along the axis or one for each.
        axis: None flattens x first.
        torch: PyTorch's name for the axis, dim.

    Raises:
        ValueError: an axis that x does not have, or another number of repeats.

    >>> repeat(np.array([1.0, 2.0]), 2)
    array([1., 1., 2., 2.])
    >>> repeat(np.array([1.0, 2.0]), [1, 3])
    array([1., 2., 2., 2.])
    """
    if torch:
        axis = numpy_names("repeat", torch, axis=axis)["axis"]
    if axis is None:
        x, axis = ravel(x), 0
    shape = shape_of(x)
    axis = axis_in("repeat", axis, shape)
    if ndim_of(repeats) == 0:
        n = integer("repeat", "a number of copies", repeats, least=0)
        copies = (*shape[: axis + 1], n, *shape[axis + 1 :])
        whole = (*shape[:axis], shape[axis] * n, *shape[axis + 1 :])
        return _reshape(_broadcast_to(expand_dims(x, axis + 1), shape=copies), shape=whole)
    if shape_of(repeats) not in ((1,), (shape[axis],)):
        raise fails(
            "repeat",
            expected=f"one number, or {shape[axis]} for axis {axis} of shape {shape}",
            got=f"{size_of(repeats)} repeats",
            fix="Give one for each element along the axis.",
        )
    counts = [integer("repeat", "a number of copies", n, least=0) for n in np.asarray(repeats)]
    return take(x, np.repeat(np.arange(shape[axis]), counts), axis)


astype: Primitive = linear(
    "astype",
    lambda x, dtype: np.asarray(x).astype(dtype),
    lambda g, x, dtype: astype(g, dtype=dtype_of(x)),
    doc="The same numbers in another floating-point type.",
)
