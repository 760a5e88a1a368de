"""Cholesky, QR and the eigenvalues of symmetric matrices, with NumPy's names and results."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autograd.node import Primitive, ndim_of, shape_of
from autograd.ops.arranging import concatenate
from autograd.ops.checks import fails
from autograd.ops.contractions import matmul
from autograd.ops.diagonals import diagonal, tril, triu
from autograd.ops.equations import solve
from autograd.ops.kinds import custom
from autograd.ops.matrices import (
    check_matrix,
    diagonal_matrix,
    lapack,
    pack,
    reciprocal_differences,
    symmetric,
    transposed,
    unpack,
)

__all__ = ["cholesky", "eigh", "qr"]

# --- Cholesky -----------------------------------------------------------------------------------


def _half(x: Any) -> Any:
    """The lower triangle with half of the diagonal: Murray's Φ."""
    return 0.5 * (tril(x) + tril(x, -1))


def _cholesky_back(g: Any, out: Any, x: Any) -> Any:
    middle = _half(matmul(transposed(out), g))
    return symmetric(transposed(solve(transposed(out), transposed(solve(transposed(out), middle)))))


def _cholesky_jvp(tangents: Any, out: Any, x: Any) -> Any:
    dx = symmetric(tangents[0])
    return matmul(out, _half(transposed(solve(out, transposed(solve(out, dx))))))


_cholesky: Primitive = custom(
    "cholesky",
    lambda x: lapack(
        "cholesky", "It must be symmetric with positive eigenvalues.", np.linalg.cholesky, x
    ),
    _cholesky_back,
    jvp=_cholesky_jvp,
    doc="The lower triangular L with ``L Lᵀ = X`` (Murray, 2016).",
)


def cholesky(x: Any) -> Any:
    """The lower triangular L with ``L @ L.T = x`` for a symmetric positive definite matrix.

    The gradient is symmetric, like x.

    Raises:
        ValueError: a matrix that is not square.
        numpy.linalg.LinAlgError: one that is not positive definite.

    >>> cholesky(np.array([[4.0, 2.0], [2.0, 5.0]]))
    array([[2., 0.],
           [1., 2.]])
    """
    check_matrix("cholesky", x)
    return _cholesky(x)


# --- symmetric eigenvalues ----------------------------------------------------------------------


def _eigh_factors(packed: Any) -> list[Any]:
    n = round((shape_of(packed)[-1] + 0.25) ** 0.5 - 0.5)  # n + n² numbers
    return unpack(packed, (n,), (n, n))


def _eigh_forward(x: Any, uplo: str) -> Any:
    factors = lapack("eigh", "Are there NaNs in it?", np.linalg.eigh, x, UPLO=uplo)
    return pack(factors, ndim_of(x) - 2)


def _eigh_back(g: Any, out: Any, x: Any, uplo: str) -> Any:
    (w, v), (gw, gv) = _eigh_factors(out), _eigh_factors(g)
    inner = diagonal_matrix(gw) + reciprocal_differences(w) * matmul(transposed(v), gv)
    return symmetric(matmul(v, matmul(inner, transposed(v))))


def _eigh_jvp(tangents: Any, out: Any, x: Any, uplo: str) -> Any:
    w, v = _eigh_factors(out)
    inner = matmul(transposed(v), matmul(symmetric(tangents[0]), v))
    dw = diagonal(inner, 0, -2, -1)
    return pack([dw, matmul(v, reciprocal_differences(w) * inner)], ndim_of(x) - 2)


_eigh: Primitive = custom(
    "eigh",
    _eigh_forward,
    _eigh_back,
    jvp=_eigh_jvp,
    doc="Eigenvalues and eigenvectors of a symmetric matrix (Giles, 3.1), packed.",
)


class EighResult(NamedTuple):
    """Eigenvalues in ascending order, and eigenvectors as columns."""

    eigenvalues: Any
    eigenvectors: Any


def eigh(x: Any, UPLO: str = "L") -> EighResult:
    """Eigenvalues (ascending) and eigenvectors (columns) of a symmetric matrix.

    The gradient is symmetric, like x.  Where eigenvalues are equal their eigenvectors are not
    unique: only what does not depend on the choice has a derivative.

    Args:
        x: symmetric matrices, of shape (..., n, n).
        UPLO: which triangle is read, "L" or "U".

    Raises:
        ValueError: a matrix that is not square, or another UPLO.

    >>> eigh(np.array([[2.0, 0.0], [0.0, 1.0]])).eigenvalues
    array([1., 2.])
    """
    check_matrix("eigh", x)
    uplo = str(UPLO).upper()
    if uplo not in ("L", "U"):
        raise fails("eigh", 'UPLO to be "L" or "U"', f"{UPLO!r}", "Leave it out.")
    return EighResult(*_eigh_factors(_eigh(x, uplo=uplo)))


# --- QR -----------------------------------------------------------------------------------------

# A wide matrix is (A B) with a square A: its Q is that of A, and its R is (R of A, Qᵀ B).


def _qr_factors(packed: Any, x: Any) -> list[Any]:
    m, n = shape_of(x)[-2:]
    k = min(m, n)
    return unpack(packed, (m, k), (k, n))


def _cut(x: Any) -> tuple[Any, Any]:
    """The square part of a wide matrix, and the rest."""
    k = shape_of(x)[-2]
    return x[..., :k], x[..., k:]


def _divided(x: Any, r: Any) -> Any:
    """``x r⁻¹``"""
    fix = "Its first columns depend on each other, and there R has no derivative."
    return transposed(lapack("qr", fix, solve, transposed(r), transposed(x)))


def _qr_back(g: Any, out: Any, x: Any) -> Any:
    (q, r), (gq, gr) = _qr_factors(out, x), _qr_factors(g, x)
    wide = shape_of(r)[-1] > shape_of(r)[-2]
    if wide:
        (r, _), (gr, gr_more), (_, x_more) = map(_cut, (r, gr, x))
        gq = gq + matmul(x_more, transposed(gr_more))
    gr = triu(gr)
    m = matmul(r, transposed(gr)) - matmul(transposed(gq), q)
    mirrored = tril(m) + transposed(tril(m, -1))
    back = _divided(gq + matmul(q, mirrored), transposed(r))
    return concatenate([back, matmul(q, gr_more)], axis=-1) if wide else back


def _qr_jvp(tangents: Any, out: Any, x: Any) -> Any:
    (dx,), (q, r) = tangents, _qr_factors(out, x)
    wide = shape_of(r)[-1] > shape_of(r)[-2]
    if wide:
        (r, _), (_, x_more), (dx, dx_more) = map(_cut, (r, x, dx))
    moved = _divided(dx, r)
    inner = matmul(transposed(q), moved)
    turn = tril(inner, -1) - transposed(tril(inner, -1))
    dq = matmul(q, turn - inner) + moved
    dr = matmul(triu(inner - turn), r)
    if wide:
        dr_more = matmul(transposed(dq), x_more) + matmul(transposed(q), dx_more)
        dr = concatenate([dr, dr_more], axis=-1)
    return pack([dq, dr], ndim_of(x) - 2)


_qr: Primitive = custom(
    "qr",
    lambda x: pack(lapack("qr", "Are there NaNs in it?", np.linalg.qr, x), ndim_of(x) - 2),
    _qr_back,
    jvp=_qr_jvp,
    doc="The factors ``Q, R`` of a matrix (Walter and Lehmann, 2010), packed.",
)


class QRResult(NamedTuple):
    """Orthonormal columns, and an upper triangle."""

    Q: Any
    R: Any


def qr(x: Any, mode: str = "reduced") -> Any:
    """The factors of ``x = Q @ R``: orthonormal columns and an upper triangle.

    Args:
        x: matrices of shape (..., m, n); where R has a derivative, the first k columns are
            independent, with k the smaller of m and n.
        mode: "reduced", with Q of shape (m, k) and R (k, n); "r" for R alone.

    Raises:
        ValueError: fewer than two axes, or another mode.
        numpy.linalg.LinAlgError: in ``backward``, columns that depend on each other.

    >>> q, r = qr(np.array([[2.0, 1.0, 5.0], [0.0, 3.0, 1.0]]))
    >>> q.shape, r.shape
    ((2, 2), (2, 3))
    """
    check_matrix("qr", x, square=False)
    if mode not in ("reduced", "r"):
        raise fails(
            "qr",
            expected='mode "reduced" or "r"',
            got=f"{mode!r} for shape {shape_of(x)}",
            fix="The columns that would complete Q are arbitrary; svd(x).U has such.",
        )
    m, n = shape_of(x)[-2:]
    k = min(m, n)
    result = QRResult(*unpack(_qr(x), (m, k), (k, n)))
    return result if mode == "reduced" else result.R
