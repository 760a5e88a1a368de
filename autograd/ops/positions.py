"""Taking the elements at some positions along an axis, and putting them back.

``take`` uses the same positions everywhere, ``gather`` names one for each element of the result.
Positions may be nodes too, as in ``indexing.py``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.node import Node, Primitive, dtype_of, ndim_of, shape_of, size_of
from autograd.ops.checks import Shape, axis_in, fails, numpy_names
from autograd.ops.indexing import add_rows, bad_index
from autograd.ops.kinds import linear

__all__ = ["gather", "take"]


def _positions(name: str, index: Any) -> Any:
    """An array of integers that nobody can change any more, or the node that holds them."""
    array: Any = index if isinstance(index, Node) else np.asarray(index)
    if dtype_of(array).kind not in "iu" and size_of(array):
        got = f"{dtype_of(array)} of shape {shape_of(array)}"
        raise fails(name, "integers as positions", got, "For a mask write x[mask].", TypeError)
    if isinstance(index, Node):
        return index
    return np.array(array, dtype=array.dtype if array.size else np.intp)


def _taken(x: Any, index: Any, axis: int | None, mode: str) -> Any:
    try:
        return np.take(x, index, axis=axis, mode=mode)  # type: ignore[call-overload]
    except IndexError as error:
        raise bad_index("take", index, shape_of(x), error) from None


def _put_taken(g: Any, index: Any, axis: int | None, mode: str, shape: Shape) -> Any:
    out = np.zeros(shape, dtype=np.asarray(g).dtype)
    length = out.size if axis is None else shape[axis]
    if mode != "raise" and length:
        index = index % length if mode == "wrap" else np.clip(index, 0, length - 1)
    if axis is None:
        np.add.at(out.reshape(-1), index, g)
    elif axis == 0:
        add_rows(out, index, np.asarray(g))
    else:
        np.add.at(out, (slice(None),) * axis + (index,), g)
    return out


_take: Primitive = linear(
    "take",
    _taken,
    lambda g, x, index, **where: _untake(g, index, shape=shape_of(x), **where),
    others=1,
    doc="The elements at some positions along an axis.",
)
_untake: Primitive = linear(
    "untake",
    _put_taken,
    lambda g, x, index, shape, **where: _take(g, index, **where),
    others=1,
    doc="The transpose of ``take``: adds each element to the position where it was taken.",
)


def take(x: Any, indices: Any, axis: int | None = None, mode: str = "raise", **torch: Any) -> Any:
    """The elements at some positions along an axis (of the flattened array by default).

    Args:
        x: an array.
        indices: integers, in any shape, which takes the place of the axis.
        axis: along which to take; None flattens x first, as in NumPy.
        mode: what a position outside of the axis means: an error ("raise"), one counted around
            ("wrap"), or the nearest ("clip", which does not count from the end).
        torch: PyTorch's name for the axis, dim.

    Raises:
        IndexError: a position outside of the axis.
        TypeError: positions that are not integers.
        numpy.exceptions.AxisError: an axis that x does not have.
        ValueError: another mode.

    >>> take(np.array([[1.0, 2.0], [3.0, 4.0]]), [1, 1, 0], axis=0)
    array([[3., 4.],
           [3., 4.],
           [1., 2.]])
    """
    if torch:
        axis = numpy_names("take", torch, axis=axis)["axis"]
    if mode not in ("raise", "wrap", "clip"):
        raise fails("take", "mode raise, wrap or clip", f"{mode!r}", "Leave it out.")
    axis = axis if axis is None else axis_in("take", axis, shape_of(x))
    return _take(x, _positions("take", indices), axis=axis, mode=mode)


def _along(index: Any, axis: int) -> tuple[Any, ...]:
    """The index that takes ``index[i, j, k]`` along one axis and i, j, k along the others."""
    grid: list[Any] = list(np.ogrid[tuple(slice(n) for n in index.shape)])
    grid[axis] = index
    return tuple(grid)


def _gathered(x: Any, index: Any, axis: int) -> Any:
    try:
        return np.asarray(x)[_along(index, axis)]
    except IndexError as error:
        raise bad_index("gather", index, shape_of(x), error) from None


def _scattered(g: Any, index: Any, axis: int, shape: Shape) -> Any:
    out = np.zeros(shape, dtype=np.asarray(g).dtype)
    np.add.at(out, _along(index, axis), g)
    return out


_gather: Primitive = linear(
    "gather",
    _gathered,
    lambda g, x, index, axis: ungather(g, index, axis=axis, shape=shape_of(x)),
    others=1,
    doc="``x[i, index[i, j], ...]``: one position along an axis for each element.",
)
ungather: Primitive = linear(
    "ungather",
    _scattered,
    lambda g, x, index, axis, shape: _gather(g, index, axis=axis),
    others=1,
    doc="The transpose of ``gather``.",
)


def gather(x: Any, dim: int, index: Any) -> Any:
    """One element for each position: ``out[i, j] = x[index[i, j], j]`` for dim 0 (PyTorch's).

    Args:
        x: an array.
        dim: the axis that the positions are along.
        index: integers, with as many axes as x, none longer than that of x except along ``dim``.

    Raises:
        IndexError: a position outside of the axis.
        TypeError: positions that are not integers.
        ValueError: an index whose shape does not fit.

    >>> gather(np.array([[1.0, 2.0], [3.0, 4.0]]), 1, [[0], [1]])
    array([[1.],
           [4.]])
    """
    shape, index = shape_of(x), _positions("gather", index)
    dim = axis_in("gather", dim, shape)
    fits = len(shape) == ndim_of(index) and all(
        n <= m or i == dim for i, (n, m) in enumerate(zip(shape_of(index), shape, strict=True))
    )
    if not fits:
        raise fails(
            "gather",
            expected=f"an index with the axes of x, whose shape is {shape}",
            got=f"an index of shape {shape_of(index)}",
            fix=f"Along axes other than dim={dim} it may not be longer than x; "
            "to take whole rows use take.",
        )
    return _gather(x, index, axis=dim)
