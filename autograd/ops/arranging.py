"""Linear primitives that put elements elsewhere: joined, cut, turned, framed, on a diagonal.

As in ``shapes.py`` each names its transpose: cutting out is that of putting in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.errors import shown
from autograd.node import Primitive
from autograd.ops.indexing import getitem, take
from autograd.ops.kinds import custom, linear
from autograd.ops.shapes import (
    Shape,
    _axes,
    _axis,
    _fails,
    _shape,
    expand_dims,
    ravel,
)

__all__ = [
    "Variadic",
    "concatenate",
    "diagonal",
    "embed_diagonal",
    "flip",
    "pad",
    "roll",
    "split",
    "stack",
    "tril",
    "triu",
]

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
        super().__init__(name, kind, forward, "", (), symbol, doc, (), jvp)
        self.vjp = vjp

    def vjp_of(self, index: int) -> Any:
        vjp = self.vjp
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
