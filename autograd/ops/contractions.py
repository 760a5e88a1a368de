"""Bilinear primitives: sums of products over shared axes, from ``matmul`` to ``einsum``."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.errors import message
from autograd.ops.kinds import bilinear
from autograd.ops.shapes import reshape, sum_to, transpose


def _swapped(x: Any) -> Any:
    """The last two axes exchanged."""
    n = np.ndim(x)
    return transpose(x, axes=(*range(n - 2), n - 1, n - 2))


def _matmul(x: Any, y: Any) -> Any:
    if not np.ndim(x) or not np.ndim(y):
        raise ValueError(
            message(
                "matmul",
                expected="two arrays of at least one axis",
                got=f"shapes {np.shape(x)} @ {np.shape(y)}",
                fix="To multiply by a number, use *.",
            )
        )
    inner, other = np.shape(x)[-1], np.shape(y)[-2 if np.ndim(y) > 1 else 0]
    if inner != other:
        raise ValueError(
            f"matmul: inner sizes differ: {np.shape(x)} @ {np.shape(y)}; {inner} ≠ {other}. "
            "Transpose one side, e.g. a @ b.T"
        )
    return np.matmul(x, y)


def _as_matrices(g: Any, x: Any, y: Any) -> tuple[Any, Any, Any]:
    """A vector on the left is one row, on the right one column; g gets those axes back."""
    if np.ndim(x) == 1:
        x = reshape(x, shape=(1, *np.shape(x)))
        g = reshape(g, shape=(*np.shape(g)[:-1], 1, *np.shape(g)[-1:])) if np.ndim(y) > 1 else g
    if np.ndim(y) == 1:
        y = reshape(y, shape=(*np.shape(y), 1))
        g = reshape(g, shape=(*np.shape(g), 1)) if np.ndim(g) else reshape(g, shape=(1, 1))
    return g, x, y


def _matmul_to_x(g: Any, x: Any, y: Any) -> Any:
    shape = np.shape(x)
    if len(shape) == 2 and np.ndim(y) == 2:
        return matmul(g, _swapped(y))
    g, x, y = _as_matrices(g, x, y)
    return reshape(sum_to(matmul(g, _swapped(y)), shape=np.shape(x)), shape=shape)


def _matmul_to_y(g: Any, x: Any, y: Any) -> Any:
    shape = np.shape(y)
    if len(shape) == 2 and np.ndim(x) == 2:
        return matmul(_swapped(x), g)
    g, x, y = _as_matrices(g, x, y)
    return reshape(sum_to(matmul(_swapped(x), g), shape=np.shape(y)), shape=shape)


matmul = bilinear(
    "matmul",
    _matmul,
    _matmul_to_x,
    _matmul_to_y,
    symbol="@",
    doc="``x @ y``: matrix product over the last axes, broadcast over the others.",
)


def matmul_or_dot(x: Any, y: Any) -> Any:
    """NumPy's ``dot`` of two arrays."""
    if not np.ndim(x) or not np.ndim(y):
        return x * y
    if np.ndim(y) <= 2:
        return matmul(x, y)
    raise ValueError(
        message(
            "dot",
            expected="a second array of at most two axes",
            got=f"shapes {np.shape(x)} and {np.shape(y)}",
            fix="Use matmul or einsum, which say which axes meet.",
        )
    )
