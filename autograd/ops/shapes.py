"""Linear primitives that move, copy or add up elements without changing them.

Each names its transpose, which is one of them again: adding up is the transpose of copying, cutting
out that of putting in.  What follows from a few primitives is a function: ``swapaxes`` is a
``transpose``, ``tile`` a ``broadcast_to`` between two reshapes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.errors import message, shown
from autograd.node import Primitive, raw
from autograd.ops.indexing import getitem, scatter_add, take
from autograd.ops.kinds import custom, linear

__all__ = [
    "Variadic",
    "astype",
    "broadcast_to",
    "concatenate",
    "diagonal",
    "embed_diagonal",
    "expand_dims",
    "flip",
    "getitem",
    "moveaxis",
    "pad",
    "permute",
    "ravel",
    "repeat",
    "reshape",
    "roll",
    "scatter_add",
    "split",
    "squeeze",
    "stack",
    "sum_to",
    "swapaxes",
    "tile",
    "transpose",
    "tril",
    "triu",
]

Shape = tuple[int, ...]


def _fails(name: str, expected: str, got: str, fix: str) -> ValueError:
    return ValueError(message(name, expected=expected, got=got, fix=fix))


def _axis(name: str, axis: Any, ndim: int) -> int:
    """An axis counted from the front."""
    if not isinstance(axis, int | np.integer) or not -ndim <= axis < ndim:
        raise _fails(
            name,
            expected=f"an axis from {-ndim} to {ndim - 1}",
            got=f"axis {axis!r}",
            fix=f"The array has {ndim} axes, counted from 0.",
        )
    return int(axis) % ndim


def _axes(name: str, axes: Any, ndim: int) -> Shape:
    """Several axes, or one, counted from the front."""
    items = axes if isinstance(axes, tuple | list) else (axes,)
    found = tuple(_axis(name, a, ndim) for a in items)
    if len(set(found)) < len(found):
        raise _fails(name, "each axis once", f"axes {tuple(items)}", "Drop the repeated one.")
    return found


def _shape(shape: Any) -> Any:
    """A shape as Python's numbers, so that what is recorded cannot change."""
    return int(shape) if isinstance(shape, int | np.integer) else tuple(int(n) for n in shape)


# --- another shape, another order ---------------------------------------------------------------


def _reshaped(x: Any, shape: Any) -> Any:
    try:
        return np.reshape(x, shape)
    except ValueError:
        raise _fails(
            "reshape",
            expected=f"a shape for the {np.size(x)} elements of shape {np.shape(x)}",
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
    lambda g, x, shape: _reshape(g, shape=np.shape(x)),
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
    return _reshape(x, shape=shape if shape.__class__ is tuple else _shape(shape))


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
        ndim = np.ndim(x)
        axes = _axes("transpose", axes, ndim)
        if len(axes) != ndim:
            raise _fails(
                "transpose",
                expected=f"all {ndim} axes of the shape {np.shape(x)}",
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
    order = list(range(np.ndim(x)))
    a, b = (_axis("swapaxes", i, len(order)) for i in (axis1, axis2))
    order[a], order[b] = b, a
    return _transpose(x, axes=tuple(order))


def moveaxis(x: Any, source: Any, destination: Any) -> Any:
    """Some axes in other places, the others in their old order.

    Raises:
        ValueError: axes that x does not have, or lists of different lengths.

    >>> moveaxis(np.zeros((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    ndim = np.ndim(x)
    source, destination = (_axes("moveaxis", a, ndim) for a in (source, destination))
    if len(source) != len(destination):
        raise _fails(
            "moveaxis",
            expected="as many destinations as sources",
            got=f"{len(source)} and {len(destination)}",
            fix="Name a place for each axis that moves.",
        )
    order = [i for i in range(ndim) if i not in source]
    for to, axis in sorted(zip(destination, source, strict=True)):
        order.insert(to, axis)
    return _transpose(x, axes=tuple(order))


def squeeze(x: Any, axis: Any = None) -> Any:
    """Without axes of length 1: all of them, or those named.

    Raises:
        ValueError: an axis whose length is not 1.

    >>> squeeze(np.zeros((1, 3, 1)), axis=0).shape
    (3, 1)
    """
    shape = np.shape(x)
    if axis is None:
        return _reshape(x, shape=tuple(n for n in shape if n != 1))
    gone = _axes("squeeze", axis, len(shape))
    if any(shape[a] != 1 for a in gone):
        raise _fails(
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
    shape = np.shape(x)
    count = len(axis) if isinstance(axis, tuple | list) else 1
    new, old = _axes("expand_dims", axis, len(shape) + count), iter(shape)
    lengths = tuple(1 if i in new else next(old) for i in range(len(shape) + count))
    return _reshape(x, shape=lengths)


# --- copying and adding up ----------------------------------------------------------------------


def _broadcasted(x: Any, shape: Shape) -> Any:
    try:
        return np.broadcast_to(x, shape)
    except ValueError:
        raise _fails(
            "broadcast_to",
            expected=f"a shape that {np.shape(x)} can be copied to",
            got=f"{shape}",
            fix="Compared from the last axis, lengths are equal or 1; expand_dims adds axes.",
        ) from None


def _summed(x: Any, shape: Shape) -> Any:
    x = np.asarray(x)
    lead = x.ndim - len(shape)
    axes = tuple(range(lead)) + tuple(
        i + lead for i, n in enumerate(shape) if n == 1 and x.shape[i + lead] != 1
    )
    return x.sum(axis=axes, keepdims=True).reshape(shape) if axes else x.reshape(shape)


_broadcast_to: Primitive = linear(
    "broadcast_to",
    _broadcasted,
    lambda g, x, shape: _sum_to(g, shape=np.shape(x)),
    doc="Copies along new axes and axes of length 1 until the shape is reached; a view.",
)
_sum_to: Primitive = linear(
    "sum_to",
    _summed,
    lambda g, x, shape: _broadcast_to(g, shape=np.shape(x)),
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
    return _broadcast_to(x, shape=shape if shape.__class__ is tuple else _shape(shape))


def sum_to(x: Any, shape: Shape) -> Any:
    """The transpose of ``broadcast_to``: sums over the axes that broadcasting would copy along.

    >>> sum_to(np.ones((2, 3)), (1, 3))
    array([[2., 2., 2.]])
    """
    return _sum_to(x, shape=shape)


def tile(x: Any, reps: Any) -> Any:
    """The array side by side, ``reps`` times along each axis.

    >>> tile(np.array([1.0, 2.0]), (2, 2))
    array([[1., 2., 1., 2.],
           [1., 2., 1., 2.]])
    """
    shape, reps = np.shape(x), _shape(reps)
    reps = (reps,) if isinstance(reps, int) else reps
    ndim = max(len(shape), len(reps))
    shape = (1,) * (ndim - len(shape)) + shape
    reps = (1,) * (ndim - len(reps)) + reps
    apart = tuple(m for n in shape for m in (1, n))
    copies = tuple(m for r, n in zip(reps, shape, strict=True) for m in (r, n))
    whole = tuple(r * n for r, n in zip(reps, shape, strict=True))
    return _reshape(_broadcast_to(_reshape(x, shape=apart), shape=copies), shape=whole)


def repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each element several times in a row, along an axis or flattened.

    Args:
        x: an array.
        repeats: how often, one number for all elements along the axis or one for each.
        axis: None flattens x first.

    Raises:
        ValueError: an axis that x does not have, or another number of repeats.

    >>> repeat(np.array([1.0, 2.0]), 2)
    array([1., 1., 2., 2.])
    >>> repeat(np.array([1.0, 2.0]), [1, 3])
    array([1., 2., 2., 2.])
    """
    if axis is None:
        x, axis = ravel(x), 0
    shape = np.shape(x)
    axis = _axis("repeat", axis, len(shape))
    if np.ndim(repeats) == 0:
        copies = (*shape[: axis + 1], int(repeats), *shape[axis + 1 :])
        whole = (*shape[:axis], shape[axis] * int(repeats), *shape[axis + 1 :])
        return _reshape(_broadcast_to(expand_dims(x, axis + 1), shape=copies), shape=whole)
    if np.shape(repeats) not in ((1,), (shape[axis],)):
        raise _fails(
            "repeat",
            expected=f"one number, or {shape[axis]} for axis {axis} of shape {shape}",
            got=f"{np.size(repeats)} repeats",
            fix="Give one for each element along the axis.",
        )
    return take(x, np.repeat(np.arange(shape[axis]), repeats), axis)


# --- joining and cutting ------------------------------------------------------------------------


class Variadic(Primitive):
    """A primitive of any number of inputs, with one vjp for all: ``vjp(i, g, out, *inputs)``."""

    def __init__(
        self,
        name: str,
        kind: str,
        forward: Callable[..., Any],
        vjp: Callable[..., Any],
        jvp: Callable[..., Any],
        symbol: str = "",
        doc: str = "",
    ) -> None:
        super().__init__(name, kind, forward, "", (), symbol, doc, (vjp,), jvp)

    def vjp_of(self, index: int) -> Any:
        (vjp,) = self.vjps
        assert vjp is not None
        return lambda g, out, *inputs, **params: vjp(index, g, out, *inputs, **params)

    def __call__(self, *args: Any, **params: Any) -> Any:
        for arg in args:
            apply = getattr(type(arg), "_apply_primitive", None)
            if apply is not None:
                return apply(self, args, params)
        return self.forward(*args, **params)


def _joined(*arrays: Any, axis: int) -> Any:
    try:
        return np.concatenate(arrays, axis=axis)
    except ValueError:
        raise _fails(
            "concatenate",
            expected=f"shapes that agree except along axis {axis}",
            got=", ".join(str(np.shape(x)) for x in arrays),
            fix="To join along a new axis use stack.",
        ) from None


def _joined_to(index: int, g: Any, out: Any, *inputs: Any, axis: int) -> Any:
    start = sum(np.shape(x)[axis] for x in inputs[:index])
    part = slice(start, start + np.shape(inputs[index])[axis])
    return getitem(g, (slice(None),) * axis + (part,))


def _joined_jvp(tangents: Any, out: Any, *inputs: Any, axis: int) -> Any:
    moved = [
        np.zeros(np.shape(x), dtype=out.dtype) if t is None else t
        for t, x in zip(tangents, inputs, strict=True)
    ]
    return _concatenate(*moved, axis=axis)


_concatenate: Primitive = Variadic(
    "concatenate", "linear", _joined, _joined_to, _joined_jvp, doc="Arrays joined along an axis."
)


def concatenate(arrays: Any, axis: int | None = 0) -> Any:
    """Join arrays along an axis that they have.

    Args:
        arrays: a list of them.
        axis: along which; None flattens all of them first.

    Raises:
        ValueError: shapes that do not agree along the other axes, or no arrays.

    >>> concatenate([np.array([1.0]), np.array([2.0, 3.0])])
    array([1., 2., 3.])
    """
    arrays = list(arrays)
    if not arrays:
        raise _fails("concatenate", "at least one array", "an empty list", "Add one.")
    if axis is None:
        arrays, axis = [ravel(x) for x in arrays], 0
    return _concatenate(*arrays, axis=_axis("concatenate", axis, np.ndim(arrays[0])))


def stack(arrays: Any, axis: int = 0) -> Any:
    """Join arrays of one shape along a new axis.

    Args:
        arrays: a list of them.
        axis: the place of the new axis in the result.

    Raises:
        ValueError: different shapes, or no arrays.

    >>> stack([np.array([1.0, 2.0]), np.array([3.0, 4.0])], axis=1)
    array([[1., 3.],
           [2., 4.]])
    """
    arrays = list(arrays)
    if not arrays:
        raise _fails("stack", "at least one array", "an empty list", "Add one.")
    shapes = {np.shape(x) for x in arrays}
    if len(shapes) > 1:
        raise _fails(
            "stack",
            expected="arrays of one shape",
            got=", ".join(str(np.shape(x)) for x in arrays),
            fix="To join along an axis that they have use concatenate.",
        )
    axis = _axis("stack", axis, len(shapes.pop()) + 1)
    return _concatenate(*(expand_dims(x, axis) for x in arrays), axis=axis)


def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """The parts of an array along an axis (NumPy's): equal ones, or cut at some positions.

    Args:
        x: an array.
        indices_or_sections: how many equal parts, or where to cut.
        axis: along which.

    Raises:
        ValueError: an axis that cannot be divided into equal parts.

    >>> split(np.arange(6.0), 2)
    [array([0., 1., 2.]), array([3., 4., 5.])]
    >>> split(np.arange(6.0), [1, 3])
    [array([0.]), array([1., 2.]), array([3., 4., 5.])]
    """
    axis = _axis("split", axis, np.ndim(x))
    length = np.shape(x)[axis]
    if np.ndim(indices_or_sections):
        cuts = [int(i) for i in indices_or_sections]
    else:
        parts = int(indices_or_sections)
        if parts < 1 or length % parts:
            raise _fails(
                "split",
                expected=f"a number of equal parts of {length}, the length of axis {axis}",
                got=f"{parts}",
                fix="Give the positions to cut at, e.g. split(x, [2, 5]).",
            )
        cuts = list(range(length // parts, length, length // parts))
    pairs = zip([0, *cuts], [*cuts, None], strict=True)
    lead = (slice(None),) * axis
    return [getitem(x, (*lead, slice(a, b))) for a, b in pairs]


# --- moving along axes --------------------------------------------------------------------------

_flip: Primitive = linear(
    "flip",
    lambda x, axis: np.flip(x, axis),
    lambda g, x, axis: _flip(g, axis=axis),
    doc="The elements along some axes in reverse order; its own transpose.",
)
_roll: Primitive = linear(
    "roll",
    lambda x, shift, axis: np.roll(x, shift, axis),
    lambda g, x, shift, axis: _roll(
        g, shift=tuple(-s for s in shift) if isinstance(shift, tuple) else -shift, axis=axis
    ),
    doc="The elements moved along an axis, from the end back to the start.",
)


def flip(x: Any, axis: Any = None) -> Any:
    """The elements along some axes (all by default) in reverse order; its own transpose.

    >>> flip(np.array([1.0, 2.0, 3.0]))
    array([3., 2., 1.])
    """
    return _flip(x, axis=axis if axis is None else _axes("flip", axis, np.ndim(x)))


def roll(x: Any, shift: Any, axis: Any = None) -> Any:
    """The elements moved along axes, from the end back to the start; None rolls them flattened.

    >>> roll(np.array([1.0, 2.0, 3.0]), 1)
    array([3., 1., 2.])
    """
    if axis is not None:
        several = isinstance(axis, tuple | list)
        axis = tuple(_axis("roll", a, np.ndim(x)) for a in (axis if several else (axis,)))
    return _roll(x, shift=_shape(shift), axis=axis)


# --- borders ------------------------------------------------------------------------------------


def _within(widths: Any, shape: Shape) -> tuple[slice, ...]:
    """Where in a padded array the old one lies."""
    return tuple(slice(a, a + n) for (a, _), n in zip(widths, shape, strict=True))


def _padded(x: Any, widths: Any, value: Any) -> Any:
    x = np.asarray(x)
    if not isinstance(value, int | float):
        return np.pad(x, widths, constant_values=value)
    shape = tuple(a + n + b for (a, b), n in zip(widths, x.shape, strict=True))
    out = np.full(shape, value, dtype=x.dtype)
    out[_within(widths, x.shape)] = x
    return out


_pad: Primitive = custom(
    "pad",
    _padded,
    lambda g, out, x, widths, value: getitem(g, _within(widths, np.shape(x))),
    jvp=lambda tangents, out, x, widths, value: _pad(tangents[0], widths=widths, value=0),
    doc="A border of one number around an array.",
)


def pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = 0) -> Any:
    """A border around an array (NumPy's arguments).

    Args:
        x: an array.
        pad_width: how many elements: one number, a pair (before, after), or a pair for each axis.
        mode: "constant", or one that copies elements: "edge", "reflect", "symmetric", "wrap".
        constant_values: what the border is made of.

    Raises:
        ValueError: another mode, or widths that do not fit the axes.

    >>> pad(np.array([1.0, 2.0]), (1, 2))
    array([0., 1., 2., 0., 0.])
    """
    ndim = np.ndim(x)
    try:
        widths = tuple((int(a), int(b)) for a, b in np.broadcast_to(pad_width, (ndim, 2)))
    except ValueError:
        widths = ()
    if len(widths) != ndim or any(n < 0 for pair in widths for n in pair):
        raise _fails(
            "pad",
            expected=f"a number, a pair, or {ndim} pairs of numbers from 0 for {np.shape(x)}",
            got=shown(pad_width),
            fix="Write ((before, after), ...), a pair for each axis.",
        )
    if mode == "constant":
        if not isinstance(constant_values, int | float):
            constant_values = np.array(constant_values)
        return _pad(x, widths=widths, value=constant_values)
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        raise _fails(
            "pad",
            expected="mode constant, edge, reflect, symmetric or wrap",
            got=f"{mode!r}",
            fix="Other borders can be made with concatenate.",
        )
    for axis, pair in enumerate(widths):
        if any(pair):
            at = np.pad(np.arange(np.shape(x)[axis]), pair, mode=mode)  # type: ignore[call-overload]
            x = take(x, at, axis)
    return x


# --- diagonals ----------------------------------------------------------------------------------


def _embedded(x: Any, shape: Shape, offset: int, axis1: int, axis2: int) -> Any:
    out = np.zeros(shape, dtype=np.asarray(x).dtype)
    view = np.diagonal(out, offset, axis1, axis2)
    view.flags.writeable = True  # NumPy's diagonal is a view of ours alone, which may be written
    view[...] = x
    return out


_diagonal: Primitive = linear(
    "diagonal",
    lambda x, offset, axis1, axis2: np.diagonal(x, offset, axis1, axis2),
    lambda g, x, **where: _embed_diagonal(g, shape=np.shape(x), **where),
    doc="The diagonal of two axes, as a last axis.",
)
_embed_diagonal: Primitive = linear(
    "embed_diagonal",
    _embedded,
    lambda g, x, shape, **where: _diagonal(g, **where),
    doc="The transpose of ``diagonal``: zeros with a diagonal.",
)
_tril: Primitive = linear(
    "tril",
    lambda x, k: np.tril(x, k),
    lambda g, x, k: _tril(g, k=k),
    doc="The lower triangle, with zeros above; its own transpose.",
)
_triu: Primitive = linear(
    "triu",
    lambda x, k: np.triu(x, k),
    lambda g, x, k: _triu(g, k=k),
    doc="The upper triangle, with zeros below; its own transpose.",
)


def _two_axes(name: str, x: Any, axis1: int, axis2: int) -> Shape:
    if np.ndim(x) < 2:
        raise _fails(
            name,
            expected="an array of at least two axes",
            got=f"shape {np.shape(x)}",
            fix="Reshape it to a matrix.",
        )
    return _axes(name, (axis1, axis2), np.ndim(x))


def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The diagonal of two axes, as a last axis (NumPy's; PyTorch names the axes dim1 and dim2).

    Raises:
        ValueError: fewer than two axes, or axes that x does not have.

    >>> diagonal(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([1., 4.])
    """
    axis1, axis2 = _two_axes("diagonal", x, axis1, axis2)
    return _diagonal(x, offset=int(offset), axis1=axis1, axis2=axis2)


def embed_diagonal(x: Any, shape: Shape, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Zeros of a shape with x on the diagonal of two axes: the transpose of ``diagonal``.

    >>> embed_diagonal(np.array([1.0, 4.0]), (2, 2))
    array([[1., 0.],
           [0., 4.]])
    """
    axis1, axis2 = _axes("embed_diagonal", (axis1, axis2), len(shape))
    return _embed_diagonal(x, shape=shape, offset=int(offset), axis1=axis1, axis2=axis2)


def tril(x: Any, k: int = 0) -> Any:
    """The lower triangle of the last two axes, up to the k-th diagonal, with zeros above.

    Raises:
        ValueError: fewer than two axes.

    >>> tril(np.ones((2, 2)))
    array([[1., 0.],
           [1., 1.]])
    """
    _two_axes("tril", x, -2, -1)
    return _tril(x, k=int(k))


def triu(x: Any, k: int = 0) -> Any:
    """The upper triangle of the last two axes, from the k-th diagonal, with zeros below.

    Raises:
        ValueError: fewer than two axes.

    >>> triu(np.ones((2, 2)))
    array([[1., 1.],
           [0., 1.]])
    """
    _two_axes("triu", x, -2, -1)
    return _triu(x, k=int(k))


astype: Primitive = linear(
    "astype",
    lambda x, dtype: np.asarray(x).astype(dtype),
    lambda g, x, dtype: astype(g, dtype=np.asarray(raw(x)).dtype),
    doc="The same numbers in another floating-point type.",
)
