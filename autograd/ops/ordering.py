"""Putting elements in order: the derivative of sorting is gathering, in an order that stays.

``argsort``, ``argmax`` and ``argmin`` decide: their results are integers, which do not change when
the numbers change a little.  What they choose is gathered, and gathering is linear.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd.node import Primitive, shape_of, size_of
from autograd.ops.checks import axis_in, fails, integer, numpy_names
from autograd.ops.indexing import getitem
from autograd.ops.kinds import custom
from autograd.ops.positions import gather, ungather
from autograd.ops.shapes import reshape

__all__ = ["argmax", "argmin", "argsort", "sort", "topk"]

KINDS = (None, "quicksort", "stable", "mergesort", "heapsort")


def _flat(name: str, forward: Callable[..., Any], doc: str) -> Primitive:
    """A decision about an array: integers, which do not move when the numbers move a little."""
    return Primitive(name, "flat", forward, "", (), "", doc, (None,), lambda *_, **__: None)


def _numbers(x: Any) -> Any:
    """The numbers of an array of Values, of which NumPy knows no NaN; another array as it is."""
    x = np.asarray(x)
    if x.dtype != object:
        return x
    return np.array([getattr(item, "data", item) for item in x.flat], float).reshape(x.shape)


def _argsorted(x: Any, axis: int | None, kind: Any, descending: bool) -> Any:
    x = _numbers(x)
    if not descending:
        return np.argsort(x, axis=axis, kind=kind)
    # From the back and back again, so that equal elements keep their order.
    x = np.ravel(x) if axis is None else x
    axis = axis or 0
    last = x.shape[axis] - 1
    return last - np.flip(np.argsort(np.flip(x, axis), axis=axis, kind=kind), axis)


_argsort = _flat("argsort", _argsorted, "The positions that sort an array.")
_argmax = _flat(
    "argmax",
    lambda x, axis, keepdims: np.argmax(_numbers(x), axis=axis, keepdims=keepdims),
    "The position of the largest element, the first of equal ones.",
)
_argmin = _flat(
    "argmin",
    lambda x, axis, keepdims: np.argmin(_numbers(x), axis=axis, keepdims=keepdims),
    "The position of the smallest element, the first of equal ones.",
)


def argsort(
    x: Any,
    axis: int | None = -1,
    kind: Any = None,
    *,
    descending: bool = False,
    stable: bool | None = None,
    **torch: Any,
) -> Any:
    """The positions that sort an array along an axis, or flattened if None; integers.

    Args:
        x: an array.
        axis: along which to sort.
        kind: NumPy's: "quicksort" (the default), "stable", "mergesort" or "heapsort".
        descending: the largest first, and NaN before it.
        stable: whether equal elements keep their order; instead of a kind.
        torch: PyTorch's name for the axis, dim.

    Raises:
        numpy.exceptions.AxisError: an axis that x does not have.
        ValueError: another kind, or both kind and stable.

    >>> argsort(np.array([3.0, 1.0, 2.0]))
    array([1, 2, 0])
    >>> argsort(np.array([3.0, 1.0, 3.0]), descending=True, stable=True)
    array([0, 2, 1])
    """
    if torch:
        axis = numpy_names("argsort", torch, -1, axis=axis)["axis"]
    kind = _kind("argsort", kind, stable)
    axis = axis if axis is None else axis_in("argsort", axis, shape_of(x))
    return _argsort(x, axis=axis, kind=kind, descending=bool(descending))


def _order(x: Any, axis: int, descending: bool) -> Any:
    """Where the elements of a sorted array come from: the first of equal ones goes first."""
    return _argsort(x, axis=axis, kind="stable", descending=descending)


def _sorted(x: Any, axis: int, kind: Any, descending: bool) -> Any:
    if np.asarray(x).dtype == object:
        return np.take_along_axis(np.asarray(x), _argsorted(x, axis, "stable", descending), axis)
    y = np.sort(x, axis=axis, kind=kind)
    return np.flip(y, axis) if descending else y


# The result is NumPy's and not x gathered: of 0.0 and -0.0, which are equal, np.sort may return one
# twice in place of both.
_sort: Primitive = custom(
    "sort",
    _sorted,
    lambda g, y, x, axis, kind, descending: ungather(
        g, _order(x, axis, descending), axis=axis, shape=shape_of(x)
    ),
    jvp=lambda t, y, x, axis, kind, descending: gather(t[0], axis, _order(x, axis, descending)),
    doc="The elements in order along an axis.",
)


def _kind(name: str, kind: Any, stable: bool | None) -> Any:
    """NumPy's kind of sorting, which may be asked for as stable=True."""
    if kind in KINDS and not (kind and stable is not None):
        return "stable" if stable else kind
    raise fails(
        name,
        expected=f"one of the kinds {', '.join(KINDS[1:])}, or stable=True",
        got=f"kind={kind!r} and stable={stable}",
        fix="Write descending=True." if kind is True else "Leave out the kind.",
    )


def _position(primitive: Primitive, x: Any, axis: Any, keepdims: bool) -> Any:
    shape = shape_of(x)
    axis = axis if axis is None else axis_in(primitive.name, axis, shape)
    if not (size_of(x) if axis is None else shape[axis]):
        raise fails(
            primitive.name,
            expected="at least one element to choose from",
            got=f"shape {shape}, axis {axis}",
            fix="Nothing has no largest and no smallest element.",
        )
    return primitive(x, axis=axis, keepdims=keepdims)


def argmax(x: Any, axis: int | None = None, keepdims: bool = False, **torch: Any) -> Any:
    """The position of the largest element along an axis, or of all; the first of equal ones.

    PyTorch's names ``dim`` and ``keepdim`` are understood.

    Raises:
        numpy.exceptions.AxisError: an axis that x does not have.
        ValueError: nothing to choose from.

    >>> int(argmax(np.array([3.0, 1.0, 3.0])))
    0
    """
    if torch:
        return argmax(x, **numpy_names("argmax", torch, axis=axis, keepdims=keepdims))
    return _position(_argmax, x, axis, keepdims)


def argmin(x: Any, axis: int | None = None, keepdims: bool = False, **torch: Any) -> Any:
    """The position of the smallest element along an axis, or of all; the first of equal ones.

    PyTorch's names ``dim`` and ``keepdim`` are understood.

    Raises:
        numpy.exceptions.AxisError: an axis that x does not have.
        ValueError: nothing to choose from.

    >>> int(argmin(np.array([3.0, 1.0, 3.0])))
    1
    """
    if torch:
        return argmin(x, **numpy_names("argmin", torch, axis=axis, keepdims=keepdims))
    return _position(_argmin, x, axis, keepdims)


def sort(
    x: Any,
    axis: int | None = -1,
    kind: Any = None,
    *,
    descending: bool = False,
    stable: bool | None = None,
    **torch: Any,
) -> Any:
    """The elements in order along an axis, or flattened if None; NaN counts as the largest.

    The gradients of equal elements are sorted as by a stable sort, whatever the kind.

    Args:
        x: an array.
        axis: along which to sort.
        kind: NumPy's: "quicksort" (the default), "stable", "mergesort" or "heapsort".
        descending: the largest first, and NaN before it.
        stable: True for the stable kind.
        torch: refused: PyTorch's ``sort(x, dim=1)`` returns the positions too, which are those of
            ``argsort``.

    Raises:
        numpy.exceptions.AxisError: an axis that x does not have.
        TypeError: ``dim``.
        ValueError: another kind, or both kind and stable.

    >>> sort(np.array([3.0, 1.0, 2.0]))
    array([1., 2., 3.])
    """
    if torch:
        axis = numpy_names("sort", torch, -1, axis=axis)["axis"]
    kind = _kind("sort", kind, stable)
    axis = axis if axis is None else axis_in("sort", axis, shape_of(x))
    if axis is None:
        axis, x = 0, reshape(x, shape=(size_of(x),))
    return _sort(x, axis=axis, kind=kind, descending=bool(descending))


class TopK(NamedTuple):
    """The largest elements and where they are."""

    values: Any
    indices: Any


def topk(x: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> TopK:
    """The k largest (or smallest) elements along an axis in order, and their positions.

    PyTorch's, with the first of equal elements first; NaN counts as the largest.

    Args:
        x: an array.
        k: how many.
        dim: the axis.
        largest: False for the smallest.
        sorted: False allows any order, and ours is always sorted.

    Raises:
        TypeError: a k that is not a whole number.
        ValueError: an axis that x does not have, or one shorter than k.

    >>> topk(np.array([3.0, 1.0, 2.0]), 2).values
    array([3., 2.])
    """
    dim, k = axis_in("topk", dim, shape_of(x)), integer("topk", "k", k)
    if not 0 <= k <= shape_of(x)[dim]:
        raise fails(
            "topk",
            expected=f"k from 0 to {shape_of(x)[dim]}, the length of axis {dim}",
            got=f"k = {k}",
            fix=f"x has shape {shape_of(x)}.",
        )
    order = argsort(x, dim, descending=largest, stable=True)
    first = getitem(order, (slice(None),) * dim + (slice(k),))
    return TopK(gather(x, dim, first), first)
