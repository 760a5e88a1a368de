"""Linear primitives that put elements elsewhere: joined, cut, turned, framed.

As in ``shapes.py`` each names its transpose: cutting out is that of putting in.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.errors import shown
from autograd.node import Node, Primitive, ndim_of, shape_of
from autograd.ops.checks import (
    Shape,
    axes_in,
    axis_in,
    explained,
    fails,
    integer,
    integers,
    listed,
    numpy_names,
    shapes,
)
from autograd.ops.indexing import getitem
from autograd.ops.kinds import custom, linear
from autograd.ops.positions import take
from autograd.ops.shapes import expand_dims, ravel

__all__ = [
    "concatenate",
    "flip",
    "pad",
    "roll",
    "split",
    "stack",
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
        self.arity = None

    def vjp_of(self, index: int) -> Any:
        vjp = self.vjp
        return lambda g, out, *inputs, **params: vjp(index, g, out, *inputs, **params)


def _joined(*arrays: Any, axis: int) -> Any:
    try:
        return np.concatenate(arrays, axis=axis)
    except ValueError:
        raise fails(
            "concatenate",
            expected=f"shapes that agree except along axis {axis}",
            got=shapes(*arrays),
            fix="To join along a new axis use stack.",
        ) from None


def _joined_to(index: int, g: Any, out: Any, *inputs: Any, axis: int) -> Any:
    start = sum([x.shape[axis] for x in inputs[:index]])
    part = slice(start, start + shape_of(inputs[index])[axis])
    return getitem(g, (slice(None),) * axis + (part,))


def _joined_jvp(tangents: Any, out: Any, *inputs: Any, axis: int) -> Any:
    moved = [
        np.zeros(shape_of(x), dtype=out.dtype) if t is None else t
        for t, x in zip(tangents, inputs, strict=True)
    ]
    return _concatenate(*moved, axis=axis)


_concatenate: Primitive = Variadic(
    "concatenate", "linear", _joined, _joined_to, _joined_jvp, doc="Arrays joined along an axis."
)


def _place(name: str, axis: Any, shape: Shape, new: int = 0) -> int:
    """The axis to join along; an array in its place is one that the list should have."""
    try:
        return axis_in(name, axis, shape, new)
    except TypeError:
        if not hasattr(axis, "__len__"):
            raise
        raise fails(
            name,
            expected="one list of all arrays",
            got=f"{shown(axis)} in the place of the axis",
            fix=f"Write {name}([a, b]).",
            kind=TypeError,
        ) from None


def _refuse_values(name: str, arrays: list[Any]) -> None:
    """Values are numbers: they have no axes, and get none."""
    if any(isinstance(x, Node) and not hasattr(x, "requires_grad") for x in arrays):
        raise fails(
            name,
            expected="arrays or Tensors",
            got="Values, which are single numbers",
            fix="Keep the list of them, or compute with Tensors; np.array([a, b]) is an array "
            "of Values.",
            kind=TypeError,
        )


def concatenate(arrays: Any, axis: int | None = 0, **torch: Any) -> Any:
    """Join arrays along an axis that they have.

    Args:
        arrays: a list of them.
        axis: along which; None flattens all of them first.
        torch: PyTorch's name for the axis, dim.

    Raises:
        TypeError: no list.
        ValueError: shapes that do not agree along the other axes, or no arrays.

    >>> concatenate([np.array([1.0]), np.array([2.0, 3.0])])
    array([1., 2., 3.])
    """
    if torch:
        axis = numpy_names("concatenate", torch, 0, axis=axis)["axis"]
    arrays = listed("concatenate", arrays)
    if not shape_of(arrays[0]):
        _refuse_values("concatenate", arrays)
    if axis is None:
        arrays, axis = [ravel(x) for x in arrays], 0
    return _concatenate(*arrays, axis=_place("concatenate", axis, shape_of(arrays[0])))


def stack(arrays: Any, axis: int = 0, **torch: Any) -> Any:
    """Join arrays of one shape along a new axis.

    Args:
        arrays: a list of them.
        axis: the place of the new axis in the result.
        torch: PyTorch's name for the axis, dim.

    Raises:
        TypeError: no list.
        ValueError: different shapes, or no arrays.

    >>> stack([np.array([1.0, 2.0]), np.array([3.0, 4.0])], axis=1)
    array([[1., 3.],
           [2., 4.]])
    """
    if torch:
        axis = numpy_names("stack", torch, 0, axis=axis)["axis"]
    arrays = listed("stack", arrays)
    shape = shape_of(arrays[0])
    if any(shape_of(x) != shape for x in arrays):
        raise fails(
            "stack",
            expected="arrays of one shape",
            got=shapes(*arrays),
            fix="To join along an axis that they have use concatenate.",
        )
    if not shape:
        _refuse_values("stack", arrays)
    axis = _place("stack", axis, shape, new=1)
    return _concatenate(*(expand_dims(x, axis) for x in arrays), axis=axis)


def split(x: Any, indices_or_sections: Any, axis: int = 0, **torch: Any) -> list[Any]:
    """The parts of an array along an axis (NumPy's): equal ones, or cut at some positions.

    Args:
        x: an array.
        indices_or_sections: how many equal parts, or where to cut.
        axis: along which.

    Raises:
        TypeError: PyTorch's name for the axis, dim: its numbers are the lengths of the parts.
        ValueError: an axis that cannot be divided into equal parts.

    >>> split(np.arange(6.0), 2)
    [array([0., 1., 2.]), array([3., 4., 5.])]
    >>> split(np.arange(6.0), [1, 3])
    [array([0.]), array([1., 2.]), array([3., 4., 5.])]
    """
    if torch:
        got = f"{', '.join(torch)}: PyTorch's split, whose numbers are the lengths of the parts"
        fix = "Write split(x, range(n, x.shape[axis], n), axis) for parts of n."
        raise fails("split", "NumPy's arguments", got, fix, TypeError)
    axis = axis_in("split", axis, shape_of(x))
    length = shape_of(x)[axis]
    if ndim_of(indices_or_sections):
        cuts = [integer("split", "a place to cut at", i) for i in indices_or_sections]
    else:
        parts = integer("split", "a number of parts", indices_or_sections)
        if parts < 1 or length % parts:
            raise fails(
                "split",
                expected=f"a number of equal parts of {length}, the length of axis {axis}",
                got=f"{parts} for shape {shape_of(x)}",
                fix="Give the positions to cut at, e.g. split(x, [2, 5]).",
            )
        cuts = [length // parts * i for i in range(1, parts)]
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


def flip(x: Any, axis: Any = None, **torch: Any) -> Any:
    """The elements along some axes (all by default) in reverse order; its own transpose.

    The axes may be given by PyTorch's name too, ``dims``.

    >>> flip(np.array([1.0, 2.0, 3.0]))
    array([3., 2., 1.])
    """
    if torch:
        axis = numpy_names("flip", torch, axis=axis)["axis"]
    return _flip(x, axis=axis if axis is None else axes_in("flip", axis, shape_of(x)))


def roll(x: Any, shift: Any, axis: Any = None, **torch: Any) -> Any:
    """The elements moved along axes, from the end back to the start; None rolls them flattened.

    The axes may be given by PyTorch's name too, ``dims``.

    >>> roll(np.array([1.0, 2.0, 3.0]), 1)
    array([3., 1., 2.])
    """
    if torch:
        axis = numpy_names("roll", torch, axis=axis)["axis"]
    shift = integers("roll", "a shift", shift)
    if axis is not None:
        several = isinstance(axis, tuple | list)
        axis = tuple(axis_in("roll", a, shape_of(x)) for a in (axis if several else (axis,)))
    if axis and isinstance(shift, tuple) and 1 != len(shift) != len(axis) != 1:
        expected = f"one shift, or as many as axes, for shape {shape_of(x)}"
        raise fails("roll", expected, f"shifts {shift} for axes {axis}", "Name an axis for each.")
    return _roll(x, shift=shift, axis=axis)


# --- borders ------------------------------------------------------------------------------------


def _within(widths: Any, shape: Shape) -> tuple[slice, ...]:
    """Where in a padded array the old one lies."""
    return tuple(slice(a, a + n) for (a, _), n in zip(widths, shape, strict=True))


def _padded(x: Any, widths: Any, value: Any) -> Any:
    x = np.asarray(x)
    try:
        if not isinstance(value, int | float):
            return np.pad(x, widths, constant_values=value)
        shape = tuple(a + n + b for (a, b), n in zip(widths, x.shape, strict=True))
        out = np.full(shape, value, dtype=x.dtype)
    except (ValueError, OverflowError) as error:
        fix = f"constant_values is one number of {x.dtype}, or (before, after) for each axis."
        raise explained("pad", error, x, fix=fix) from None
    out[_within(widths, x.shape)] = x
    return out


_pad: Primitive = custom(
    "pad",
    _padded,
    lambda g, out, x, widths, value: getitem(g, _within(widths, shape_of(x))),
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
    ndim = ndim_of(x)
    try:
        pairs = np.broadcast_to(pad_width, (ndim, 2)).tolist()
        widths = tuple((operator.index(a), operator.index(b)) for a, b in pairs)
    except (ValueError, TypeError):
        widths = ()
    if len(widths) != ndim or any(n < 0 for pair in widths for n in pair):
        raise fails(
            "pad",
            expected=f"a number, a pair, or {ndim} pairs of numbers from 0 for {shape_of(x)}",
            got=shown(pad_width),
            fix="Write ((before, after), ...), a pair for each axis.",
        )
    if mode == "constant":
        if not isinstance(constant_values, int | float):
            constant_values = np.array(constant_values)
        return _pad(x, widths=widths, value=constant_values)
    if mode not in ("edge", "reflect", "symmetric", "wrap"):
        raise fails(
            "pad",
            expected="mode constant, edge, reflect, symmetric or wrap",
            got=f"{mode!r}",
            fix="Other borders can be made with concatenate.",
        )
    for axis, pair in enumerate(widths):
        if any(pair):
            try:
                at = np.pad(np.arange(shape_of(x)[axis]), pair, mode=mode)  # type: ignore[call-overload]
            except ValueError as error:
                fix = "Only constant borders need no elements."
                raise explained("pad", error, x, fix=fix) from None
            x = take(x, at, axis)
    return x
