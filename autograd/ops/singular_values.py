"""The singular value decomposition, with NumPy's name, default and result."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autograd.node import Primitive, ndim_of, shape_of
from autograd.ops.arranging import concatenate
from autograd.ops.checks import fails
from autograd.ops.contractions import matmul
from autograd.ops.diagonals import diagonal
from autograd.ops.kinds import custom
from autograd.ops.matrices import (
    check_matrix,
    diagonal_matrix,
    lapack,
    pack,
    reciprocal_differences,
    transposed,
    unpack,
)
from autograd.ops.shapes import expand_dims

__all__ = ["svd", "svdvals"]

# With all of U and V their further columns complete a basis, in any way.  What does not depend on
# the way has a derivative; for it the columns may move as little as they can and stay orthogonal.


def _svd_factors(packed: Any, x: Any, full: bool) -> list[Any]:
    """U, S and Vᵀ, with the further columns of U and rows of Vᵀ apart."""
    m, n = shape_of(x)[-2:]
    k = min(m, n)
    u, s, vt = unpack(packed, (m, m if full else k), (k,), (n if full else k, n))
    if not full:
        return [u, s, vt, None, None]
    return [u[..., :k], s, vt[..., :k, :], u[..., k:], vt[..., k:, :]]


def _svd_forward(x: Any, full: bool) -> Any:
    factors = lapack("svd", "Are there NaNs in it?", np.linalg.svd, x, full_matrices=full)
    return pack(factors, ndim_of(x) - 2)


def _outside(q: Any, x: Any) -> Any:
    """The part of x that the columns of q do not span."""
    return x - matmul(q, matmul(transposed(q), x))


def _completed_back(g: Any, q: Any, g_more: Any, more: Any) -> Any:
    """The cotangent of q, with what the columns that complete it pass on."""
    if not shape_of(more)[-1]:
        return g
    g_more = _that_spans(g_more, more)
    return g - matmul(more, matmul(transposed(g_more), q))


def _unturned(g_more: Any, more: Any) -> Any:
    """The cotangent of the columns that complete a basis, if it does not ask how they do it."""
    turn = np.matmul(np.swapaxes(more, -1, -2), g_more)
    turn = turn - np.swapaxes(turn, -1, -2)
    if np.any(np.abs(turn) > 1e-4 * np.max(np.abs(g_more), initial=0)):
        raise fails(
            "svd",
            expected="a loss that does not depend on how the basis is completed",
            got=f"one that turns with the last {shape_of(more)[-1]} singular vectors of "
            f"{shape_of(more)[-2]}, which are arbitrary",
            fix="Use full_matrices=False, or only what they span: U[:, k:] @ U[:, k:].T.",
        )
    return g_more


_that_spans: Primitive = custom(
    "that_spans",
    _unturned,
    lambda g, out, x, more: g,
    None,
    jvp=lambda tangents, out, x, more: tangents[0],
    doc="Its first input, checked: what further singular vectors span has a gradient, not they.",
)


def _svd_back(g: Any, out: Any, x: Any, full: bool) -> Any:
    u, s, vt, u_more, vt_more = _svd_factors(out, x, full)
    gu, gs, gvt, gu_more, gvt_more = _svd_factors(g, x, full)
    gv = transposed(gvt)
    if full:
        gu = _completed_back(gu, u, gu_more, u_more)
        gv = _completed_back(gv, transposed(vt), transposed(gvt_more), transposed(vt_more))
    f, row = reciprocal_differences(s * s), expand_dims(s, -2)
    ut_gu, vt_gv = matmul(transposed(u), gu), matmul(vt, gv)
    from_u, from_v = f * (ut_gu - transposed(ut_gu)), f * (vt_gv - transposed(vt_gv))
    inner = diagonal_matrix(gs) + from_u * row + expand_dims(s, -1) * from_v
    total = matmul(u, matmul(inner, vt))
    m, n = shape_of(x)[-2:]
    if m > n:
        total = total + matmul(_outside(u, gu) / row, vt)
    if n > m:
        total = total + matmul(u, transposed(_outside(transposed(vt), gv) / row))
    return total


def _svd_jvp(tangents: Any, out: Any, x: Any, full: bool) -> Any:
    (dx,), (u, s, vt, u_more, vt_more) = tangents, _svd_factors(out, x, full)
    f, row, column = reciprocal_differences(s * s), expand_dims(s, -2), expand_dims(s, -1)
    v = transposed(vt)
    inner = matmul(transposed(u), matmul(dx, v))
    du = matmul(u, f * (inner * row + column * transposed(inner)))
    dv = matmul(v, f * (column * inner + transposed(inner) * row))
    m, n = shape_of(x)[-2:]
    if m > n:
        du = du + _outside(u, matmul(dx, v)) / row
    if n > m:
        dv = dv + _outside(v, matmul(transposed(dx), u)) / row
    ds, dvt = diagonal(inner, 0, -2, -1), transposed(dv)
    if full:
        du = concatenate([du, -matmul(u, matmul(transposed(du), u_more))], axis=-1)
        dvt = concatenate([dvt, -matmul(matmul(vt_more, dv), vt)], axis=-2)
    return pack([du, ds, dvt], ndim_of(x) - 2)


_svd: Primitive = custom(
    "svd",
    _svd_forward,
    _svd_back,
    jvp=_svd_jvp,
    doc="The factors ``U, S, Vᵀ`` of a matrix (Townsend, 2016), packed.",
)


def _svdvals_back(g: Any, out: Any, x: Any) -> Any:
    u, _, vt = svd(x, full_matrices=False)
    return matmul(u * expand_dims(g, -2), vt)


def _svdvals_jvp(tangents: Any, out: Any, x: Any) -> Any:
    u, _, vt = svd(x, full_matrices=False)
    inner = matmul(transposed(u), matmul(tangents[0], transposed(vt)))
    return diagonal(inner, 0, -2, -1)


_svdvals: Primitive = custom(
    "svdvals",
    lambda x: lapack("svdvals", "Are there NaNs in it?", np.linalg.svd, x, compute_uv=False),
    _svdvals_back,
    jvp=_svdvals_jvp,
    doc="The singular values of a matrix: ``dS = diag(Uᵀ dX V)``.",
)


class SVDResult(NamedTuple):
    """Left singular vectors (columns), singular values, right singular vectors (rows)."""

    U: Any
    S: Any
    Vh: Any


def svd(x: Any, full_matrices: bool = True, compute_uv: bool = True) -> Any:
    """The factors of ``x = U @ diag(S) @ Vh``, with singular values in descending order.

    Where singular values are equal, and for the columns that only complete a basis, vectors are
    not unique: only what does not depend on the choice has a derivative.

    Args:
        x: matrices, of shape (..., m, n).
        full_matrices: whether U is (m, m) and Vh (n, n); else they are (m, k) and (k, n) with k
            the smaller of m and n.
        compute_uv: False for S alone, as ``svdvals``.

    Raises:
        ValueError: fewer than two axes; in ``backward``, a loss that depends on how the further
            columns complete the basis.
        numpy.linalg.LinAlgError: a matrix with NaNs.

    >>> svd(np.array([[3.0, 0.0], [0.0, 4.0], [0.0, 0.0]])).U.shape
    (3, 3)
    """
    if not compute_uv:
        return svdvals(x)
    check_matrix("svd", x, square=False)
    full = bool(full_matrices)
    m, n = shape_of(x)[-2:]
    k = min(m, n)
    shapes = ((m, m), (k,), (n, n)) if full else ((m, k), (k,), (k, n))
    return SVDResult(*unpack(_svd(x, full=full), *shapes))


def svdvals(x: Any) -> Any:
    """The singular values of a matrix in descending order; equal ones do no harm.

    Raises:
        ValueError: fewer than two axes.
        numpy.linalg.LinAlgError: a matrix with NaNs.

    >>> svdvals(np.array([[3.0, 0.0], [0.0, 4.0]]))
    array([4., 3.])
    """
    check_matrix("svdvals", x, square=False)
    return _svdvals(x)
