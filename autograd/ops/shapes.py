"""Linear primitives that move, copy or add up elements without changing them.

Each names its transpose, which is one of them again: adding up is the transpose of copying, taking
the transpose of putting back.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.node import Primitive
from autograd.ops.kinds import linear

Shape = tuple[int, ...]


def _sum_to(x: Any, shape: Shape) -> Any:
    """Add up the axes along which an array of this shape would have been broadcast to x's."""
    x = np.asarray(x)
    lead = x.ndim - len(shape)
    axes = tuple(range(lead)) + tuple(
        i + lead for i, n in enumerate(shape) if n == 1 and x.shape[i + lead] != 1
    )
    return x.sum(axis=axes, keepdims=True).reshape(shape) if axes else x.reshape(shape)


broadcast_to: Primitive = linear(
    "broadcast_to",
    lambda x, shape: np.broadcast_to(x, shape),
    lambda g, x, shape: sum_to(g, shape=np.shape(x)),
    doc="Copies along new axes and axes of length 1 until the shape is reached; a view.",
)
sum_to = linear(
    "sum_to",
    _sum_to,
    lambda g, x, shape: broadcast_to(g, shape=np.shape(x)),
    doc="The transpose of ``broadcast_to``: sums over the axes that broadcasting would copy along.",
)
reshape = linear(
    "reshape",
    lambda x, shape: np.reshape(x, shape),
    lambda g, x, shape: reshape(g, shape=np.shape(x)),
    doc="The same elements in the same order in another shape.",
)
transpose = linear(
    "transpose",
    lambda x, axes=None: np.transpose(x, axes),
    lambda g, x, axes=None: transpose(
        g, axes=None if axes is None else tuple(int(i) for i in np.argsort(axes))
    ),
    symbol="ᵀ",
    doc="Axes in another order; reversed by default.",
)


def _scatter_add(g: Any, index: Any, shape: Shape) -> Any:
    out = np.zeros(shape, dtype=np.asarray(g).dtype)
    if _is_basic(index):
        out[index] = g
    else:
        np.add.at(out, index, g)  # an element that was taken twice gets both
    return out


def _is_basic(index: Any) -> bool:
    """Whether an index takes each element at most once: ints, slices, None, Ellipsis."""
    items = index if isinstance(index, tuple) else (index,)
    return all(
        i is None or i is Ellipsis or isinstance(i, int | np.integer | slice) for i in items
    )


getitem = linear(
    "getitem",
    lambda x, index: x[index],
    lambda g, x, index: scatter_add(g, index=index, shape=np.shape(x)),
    symbol="[ ]",
    doc="``x[index]`` with any index that NumPy takes.",
)
scatter_add = linear(
    "scatter_add",
    _scatter_add,
    lambda g, x, index, shape: getitem(g, index=index),
    doc="The transpose of ``getitem``: zeros of the shape, with x added at the index.",
)


class _Joined(Primitive):
    """A linear primitive of any number of inputs."""

    def vjp_of(self, index: int) -> Any:
        return lambda g, out, *inputs, **params: self.vjps[0](index, g, *inputs, **params)  # type: ignore[misc]

    def __call__(self, *args: Any, **params: Any) -> Any:
        for arg in args:
            apply = getattr(type(arg), "_apply_primitive", None)
            if apply is not None:
                return apply(self, args, params)
        return self.forward(*args, **params)


def _concatenate_to(index: int, g: Any, *inputs: Any, axis: int) -> Any:
    axis = axis % np.ndim(g)
    start = int(np.sum([np.shape(x)[axis] for x in inputs[:index]], dtype=int))
    part = slice(start, start + np.shape(inputs[index])[axis])
    return getitem(g, index=(slice(None),) * axis + (part,))


def _concatenate_jvp(tangents: Any, out: Any, *inputs: Any, axis: int) -> Any:
    moved = [np.zeros(np.shape(x)) if t is None else t for t, x in zip(tangents, inputs, strict=True)]
    return _concatenate(*moved, axis=axis)


_concatenate = _Joined(
    "concatenate",
    "linear",
    lambda *arrays, axis: np.concatenate(arrays, axis=axis),
    "",
    (),
    vjps=(_concatenate_to,),
    jvp=_concatenate_jvp,
)


def concatenate(arrays: Any, axis: int = 0) -> Any:
    """Join arrays along an axis that they have."""
    return _concatenate(*arrays, axis=axis)


def stack(arrays: Any, axis: int = 0) -> Any:
    """Join arrays of one shape along a new axis."""
    arrays = list(arrays)
    shape = list(np.shape(arrays[0]))
    axis = axis % (len(shape) + 1)
    shape.insert(axis, 1)
    return concatenate([reshape(x, shape=tuple(shape)) for x in arrays], axis=axis)
