"""Linear primitives about the diagonal of two axes: taking it, putting it, and the triangles."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.node import Primitive, ndim_of, shape_of
from autograd.ops.checks import Shape, axes_in, fails, integer
from autograd.ops.kinds import linear

__all__ = ["diagonal", "tril", "triu"]


def _embedded(x: Any, shape: Shape, offset: int, axis1: int, axis2: int) -> Any:
    out = np.zeros(shape, dtype=np.asarray(x).dtype)
    view = np.diagonal(out, offset, axis1, axis2)
    view.flags.writeable = True  # NumPy's diagonal is a view of ours alone, which may be written
    view[...] = x
    return out


_diagonal: Primitive = linear(
    "diagonal",
    lambda x, offset, axis1, axis2: np.diagonal(x, offset, axis1, axis2),
    lambda g, x, **where: _embed_diagonal(g, shape=shape_of(x), **where),
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


def two_axes(name: str, x: Any, axis1: int, axis2: int) -> Shape:
    if ndim_of(x) < 2:
        raise fails(
            name,
            expected="an array of at least two axes",
            got=f"shape {shape_of(x)}",
            fix="Reshape it to a matrix.",
        )
    return axes_in(name, (axis1, axis2), shape_of(x))


def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The diagonal of two axes, as a last axis (NumPy's; PyTorch names the axes dim1 and dim2).

    Raises:
        ValueError: fewer than two axes, or axes that x does not have.

    >>> diagonal(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([1., 4.])
    """
    axis1, axis2 = two_axes("diagonal", x, axis1, axis2)
    return _diagonal(x, offset=integer("diagonal", "an offset", offset), axis1=axis1, axis2=axis2)


def embed_diagonal(x: Any, shape: Shape, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Zeros of a shape with x on the diagonal of two axes: the transpose of ``diagonal``.

    >>> embed_diagonal(np.array([1.0, 4.0]), (2, 2))
    array([[1., 0.],
           [0., 4.]])
    """
    axis1, axis2 = axes_in("embed_diagonal", (axis1, axis2), shape)
    return _embed_diagonal(x, shape=shape, offset=offset, axis1=axis1, axis2=axis2)


def tril(x: Any, k: int = 0) -> Any:
    """The lower triangle of the last two axes, up to the k-th diagonal, with zeros above.

    Raises:
        ValueError: fewer than two axes.

    >>> tril(np.ones((2, 2)))
    array([[1., 0.],
           [1., 1.]])
    """
    two_axes("tril", x, -2, -1)
    return _tril(x, k=integer("tril", "k", k))


def triu(x: Any, k: int = 0) -> Any:
    """The upper triangle of the last two axes, from the k-th diagonal, with zeros below.

    Raises:
        ValueError: fewer than two axes.

    >>> triu(np.ones((2, 2)))
    array([[1., 1.],
           [0., 1.]])
    """
    two_axes("triu", x, -2, -1)
    return _triu(x, k=integer("triu", "k", k))
