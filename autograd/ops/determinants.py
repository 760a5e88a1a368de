"""Determinants: ``det`` and ``slogdet``."""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np

from autograd.branches import is_tracing
from autograd.node import Primitive, raw, shape_of
from autograd.ops.choices import where
from autograd.ops.contractions import matmul
from autograd.ops.equations import inv
from autograd.ops.indexing import getitem
from autograd.ops.kinds import custom
from autograd.ops.matrices import check_matrix, lapack, transposed
from autograd.ops.shapes import expand_dims, reshape
from autograd.ops.singular_values import svd

__all__ = ["det", "slogdet"]


def _per_matrix(g: Any) -> Any:
    """A number per matrix, as something to multiply the matrix with."""
    return expand_dims(g, (-2, -1))


def _trace_of_product(x: Any, y: Any) -> Any:
    """tr(x y), without the product."""
    n = shape_of(x)[-1]
    flat_x = reshape(x, (*shape_of(x)[:-2], 1, n * n))
    flat_y = reshape(transposed(y), (*shape_of(y)[:-2], n * n, 1))
    return getitem(matmul(flat_x, flat_y), (..., 0, 0))


def _array(x: Any) -> Any:
    return np.asarray(raw(x))


def _adjugate(out: Any, x: Any) -> Any:
    """``det(x) * inv(x)``, which exists for a singular matrix too: from the factors of x then."""
    if not is_tracing():  # a program takes the way that is right for all matrices
        eps = float(np.finfo(np.result_type(_array(x), np.float32)).eps)
        try:
            inverse = inv(x)
            sizes = (np.sum(_array(a) ** 2, axis=(-2, -1)) for a in (x, inverse))
            if not np.any(prod(sizes) >= 1 / eps):  # the condition is below eps ** -0.5, or NaN
                return _per_matrix(out) * inverse
        except np.linalg.LinAlgError:
            pass
    u, s, vt = svd(x)
    n = shape_of(x)[-1]
    others = where(np.eye(n, dtype=bool), 1, expand_dims(s, -2))  # row i: all but the i-th
    product = getitem(others, (..., 0))
    for i in range(1, n):
        product = product * getitem(others, (..., i))
    turn = expand_dims(_det_sign(u) * _det_sign(vt), -1)
    return matmul(transposed(vt) * expand_dims(product * turn, -2), transposed(u))


_det: Primitive = custom(
    "det",
    np.linalg.det,
    lambda g, out, x: _per_matrix(g) * transposed(_adjugate(out, x)),
    jvp=lambda tangents, out, x: _trace_of_product(_adjugate(out, x), tangents[0]),
    doc="The determinant: ``d det X = det X tr(X⁻¹ dX)`` (Giles, 2.2.4).",
)
_det_sign = Primitive(
    "det_sign",
    "flat",
    lambda x: np.linalg.slogdet(x)[0],
    "",
    (),
    vjps=(None,),
    jvp=lambda *_: None,
    doc="The sign of the determinant.",
)


def _inverse(x: Any) -> Any:
    return lapack("slogdet", "At a determinant of 0 its logarithm has no slope; use det.", inv, x)


_log_abs_det: Primitive = custom(
    "log_abs_det",
    lambda x: np.linalg.slogdet(x)[1],
    lambda g, out, x: _per_matrix(g) * transposed(_inverse(x)),
    jvp=lambda tangents, out, x: _trace_of_product(_inverse(x), tangents[0]),
    symbol="log |det|",
    doc="The logarithm of the size of the determinant: its gradient is ``X⁻ᵀ``.",
)


def det(x: Any) -> Any:
    """The determinant; its gradient is the matrix of cofactors, also for a singular matrix.

    Raises:
        ValueError: a matrix that is not square.

    >>> round(float(det(np.array([[2.0, 1.0], [0.0, 4.0]]))), 12)
    8.0
    """
    check_matrix("det", x)
    return _det(x)


class SlogdetResult(NamedTuple):
    """Sign and logarithm of the size of a determinant."""

    sign: Any
    logabsdet: Any


def slogdet(x: Any) -> SlogdetResult:
    """The sign of the determinant and the logarithm of its size, which does not overflow.

    Raises:
        ValueError: a matrix that is not square.

    >>> float(slogdet(-np.eye(3)).sign)
    -1.0
    """
    check_matrix("slogdet", x)
    return SlogdetResult(_det_sign(x), _log_abs_det(x))
