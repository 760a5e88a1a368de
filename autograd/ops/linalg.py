"""Linear algebra on the last two axes, batched over the others, with NumPy's names.

The rules are those of Giles, "Collected matrix derivative results for forward and reverse mode
algorithmic differentiation" (2008), and, for decompositions, of Townsend, "Differentiating the
singular value decomposition" (2016), Murray, "Differentiation of the Cholesky decomposition" (2016)
and Walter and Lehmann, "Algorithmic differentiation of linear algebra functions" (2010).

A decomposition has several results and a primitive has one: its factors are packed along one axis,
and unpacked again by indexing and reshaping, which are differentiable.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any, NamedTuple

import numpy as np

from autograd.errors import message
from autograd.node import Node, Primitive
from autograd.ops.arranging import (
    concatenate,
    diagonal,
    embed_diagonal,
    tril,
    triu,
)
from autograd.ops.contractions import matmul
from autograd.ops.elementwise import equal, where
from autograd.ops.indexing import getitem
from autograd.ops.kinds import custom
from autograd.ops.shapes import (
    expand_dims,
    reshape,
    swapaxes,
)

__all__ = ["cholesky", "det", "eigh", "inv", "pinv", "qr", "slogdet", "solve", "svd"]

Shape = tuple[int, ...]


def _t(x: Any) -> Any:
    """The last two axes exchanged."""
    return swapaxes(x, -1, -2)


def _symmetric(x: Any) -> Any:
    return 0.5 * (x + _t(x))


def _diag(x: Any) -> Any:
    """A diagonal matrix from the numbers along the last axis."""
    n = np.shape(x)[-1]
    return embed_diagonal(x, (*np.shape(x), n), 0, -2, -1)


def _matrix(name: str, x: Any, square: bool = True) -> None:
    shape = np.shape(x)
    if len(shape) < 2 or (square and shape[-1] != shape[-2]):
        raise ValueError(
            message(
                f"linalg.{name}",
                expected=f"a {'square ' if square else ''}matrix, or a stack of them (..., m, n)",
                got=f"shape {shape}",
                fix="For a matrix with more rows than columns see pinv."
                if square
                else "Reshape it.",
            )
        )


def _lapack(name: str, fix: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """NumPy's function, with a message that says more than "Singular matrix"."""
    try:
        return function(*args, **kwargs)
    except np.linalg.LinAlgError as error:
        shapes = ", ".join(str(np.shape(x)) for x in args)
        raise np.linalg.LinAlgError(f"linalg.{name}: {error}, for shape {shapes}. {fix}") from None


SINGULAR = "Add a little to the diagonal, or use pinv."

# --- inverse, solve, determinant ----------------------------------------------------------------

_inv: Primitive = custom(
    "inv",
    lambda x: _lapack("inv", SINGULAR, np.linalg.inv, x),
    lambda g, out, x: -matmul(_t(out), matmul(g, _t(out))),
    jvp=lambda tangents, out, x: -matmul(out, matmul(tangents[0], out)),
    symbol="⁻¹",
    doc="The inverse: ``d(X⁻¹) = -X⁻¹ dX X⁻¹`` (Giles, 2.2.3).",
)


def inv(x: Any) -> Any:
    """The inverse of a square matrix; to solve equations, ``solve`` is better.

    Raises:
        ValueError: a matrix that is not square.
        numpy.linalg.LinAlgError: a singular one.

    >>> inv(np.array([[2.0, 0.0], [0.0, 4.0]]))
    array([[0.5 , 0.  ],
           [0.  , 0.25]])
    """
    _matrix("inv", x)
    return _inv(x)


def _column(x: Any) -> Any:
    return expand_dims(x, -1)


def _solved(a: Any, b: Any, like: Any) -> Any:
    """The solution for vectors, if ``like`` is one, else for matrices."""
    if np.ndim(like) > 1 or np.ndim(b) == 1:
        return solve(a, b)
    return getitem(solve(a, _column(b)), (..., 0))


def _solve_to_a(g: Any, out: Any, a: Any, b: Any) -> Any:
    back = _solved(_t(a), g, b)
    if np.ndim(b) == 1:
        return -_column(back) * expand_dims(out, -2)
    return -matmul(back, _t(out))


def _solve_jvp(tangents: Any, out: Any, a: Any, b: Any) -> Any:
    da, moved = tangents
    if da is not None:
        turned = matmul(da, out) if np.ndim(b) > 1 else getitem(matmul(da, _column(out)), (..., 0))
        moved = -turned if moved is None else moved - turned
    return _solved(a, moved, b)


def _solve_forward(a: Any, b: Any) -> Any:
    """One vector or matrices, which NumPy before 2.0 told apart in another way."""
    if np.ndim(a) > 2 and np.ndim(b) == 1:
        return _lapack("solve", SINGULAR, np.linalg.solve, a, np.asarray(b)[:, None])[..., 0]
    if np.ndim(b) == np.ndim(a) - 1 > 1:
        b = np.asarray(b)[None]
    return _lapack("solve", SINGULAR, np.linalg.solve, a, b)


_solve: Primitive = custom(
    "solve",
    _solve_forward,
    _solve_to_a,
    lambda g, out, a, b: _solved(_t(a), g, b),
    jvp=_solve_jvp,
    symbol="A⁻¹b",
    doc="The solution x of ``a x = b`` (Giles, 2.3.1).",
)


def solve(a: Any, b: Any) -> Any:
    """The solution x of ``a @ x = b``.

    Args:
        a: square matrices, of shape (..., n, n).
        b: one vector of shape (n,), or matrices of shape (..., n, k).

    Raises:
        ValueError: shapes that do not fit.
        numpy.linalg.LinAlgError: a singular matrix.

    >>> solve(np.array([[2.0, 0.0], [0.0, 4.0]]), np.array([2.0, 2.0]))
    array([1. , 0.5])
    """
    _matrix("solve", a)
    rows = np.shape(b)[-2:][0] if np.ndim(b) else None
    if rows != np.shape(a)[-1]:
        raise ValueError(
            message(
                "linalg.solve",
                expected=f"b with {np.shape(a)[-1]} rows for a of shape {np.shape(a)}",
                got=f"b of shape {np.shape(b)}",
                fix="A stack of vectors is written as matrices of one column, b[..., None].",
            )
        )
    return _solve(a, b)


def _per_matrix(g: Any) -> Any:
    """A number per matrix, as something to multiply the matrix with."""
    return expand_dims(g, (-2, -1))


def _trace_of_product(x: Any, y: Any) -> Any:
    """tr(x y), without the product."""
    n = np.shape(x)[-1]
    flat_x = reshape(x, (*np.shape(x)[:-2], 1, n * n))
    flat_y = reshape(_t(y), (*np.shape(y)[:-2], n * n, 1))
    return getitem(matmul(flat_x, flat_y), (..., 0, 0))


def _raw(x: Any) -> Any:
    return x.data if isinstance(x, Node) else np.asarray(x)


def _adjugate(out: Any, x: Any) -> Any:
    """``det(x) * inv(x)``, which exists for a singular matrix too: from the factors of x then."""
    eps = float(np.finfo(np.result_type(_raw(x), np.float32)).eps)
    try:
        inverse = inv(x)
        sizes = (np.sum(_raw(a) ** 2, axis=(-2, -1)) for a in (x, inverse))
        if np.all(prod(sizes) < 1 / eps):  # the condition is below eps ** -0.5
            return _per_matrix(out) * inverse
    except np.linalg.LinAlgError:
        pass
    u, s, vt = svd(x)
    n = np.shape(x)[-1]
    others = where(np.eye(n, dtype=bool), 1, expand_dims(s, -2))  # row i: all but the i-th
    product = getitem(others, (..., 0))
    for i in range(1, n):
        product = product * getitem(others, (..., i))
    turn = np.sign(np.linalg.det(_raw(u)) * np.linalg.det(_raw(vt)))
    return matmul(_t(vt) * expand_dims(product * turn[..., None], -2), _t(u))


_det: Primitive = custom(
    "det",
    np.linalg.det,
    lambda g, out, x: _per_matrix(g) * _t(_adjugate(out, x)),
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
_log_abs_det: Primitive = custom(
    "log_abs_det",
    lambda x: np.linalg.slogdet(x)[1],
    lambda g, out, x: _per_matrix(g) * _t(inv(x)),
    jvp=lambda tangents, out, x: _trace_of_product(inv(x), tangents[0]),
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
    _matrix("det", x)
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
    _matrix("slogdet", x)
    return SlogdetResult(_det_sign(x), _log_abs_det(x))


# --- Cholesky -----------------------------------------------------------------------------------


def _half(x: Any) -> Any:
    """The lower triangle with half of the diagonal: Murray's Φ."""
    return 0.5 * (tril(x) + tril(x, -1))


def _cholesky_back(g: Any, out: Any, x: Any) -> Any:
    middle = _half(matmul(_t(out), g))
    return _symmetric(_t(solve(_t(out), _t(solve(_t(out), middle)))))


def _cholesky_jvp(tangents: Any, out: Any, x: Any) -> Any:
    dx = _symmetric(tangents[0])
    return matmul(out, _half(_t(solve(out, _t(solve(out, dx))))))


_cholesky: Primitive = custom(
    "cholesky",
    lambda x: _lapack(
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
    _matrix("cholesky", x)
    return _cholesky(x)


# --- decompositions with several factors --------------------------------------------------------


def _pack(factors: Any, lead: int) -> Any:
    """Several factors, each flattened behind the batch axes, side by side."""
    return concatenate([reshape(f, (*np.shape(f)[:lead], -1)) for f in factors], axis=-1)


def _unpack(packed: Any, *shapes: Shape) -> list[Any]:
    """The factors of these shapes (without batch axes)."""
    start, parts, lead = 0, [], np.shape(packed)[:-1]
    for shape in shapes:
        part = getitem(packed, (..., slice(start, start + prod(shape))))
        parts.append(reshape(part, (*lead, *shape)))
        start += prod(shape)
    return parts


def _reciprocal_differences(w: Any) -> Any:
    """``1 / (w[j] - w[i])``, and 0 where they are equal: there the factors are not unique."""
    difference = expand_dims(w, -2) - expand_dims(w, -1)
    same = equal(difference, 0)
    return where(same, 0, 1 / where(same, 1, difference))


def _eigh_factors(packed: Any) -> list[Any]:
    n = round((np.shape(packed)[-1] + 0.25) ** 0.5 - 0.5)  # n + n² numbers
    return _unpack(packed, (n,), (n, n))


def _eigh_forward(x: Any, uplo: str) -> Any:
    factors = _lapack("eigh", "Are there NaNs in it?", np.linalg.eigh, x, UPLO=uplo)
    return _pack(factors, np.ndim(x) - 2)


def _eigh_back(g: Any, out: Any, x: Any, uplo: str) -> Any:
    (w, v), (gw, gv) = _eigh_factors(out), _eigh_factors(g)
    inner = _diag(gw) + _reciprocal_differences(w) * matmul(_t(v), gv)
    return _symmetric(matmul(v, matmul(inner, _t(v))))


def _eigh_jvp(tangents: Any, out: Any, x: Any, uplo: str) -> Any:
    w, v = _eigh_factors(out)
    inner = matmul(_t(v), matmul(_symmetric(tangents[0]), v))
    dw = diagonal(inner, 0, -2, -1)
    return _pack([dw, matmul(v, _reciprocal_differences(w) * inner)], np.ndim(x) - 2)


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
        ValueError: a matrix that is not square.

    >>> eigh(np.array([[2.0, 0.0], [0.0, 1.0]])).eigenvalues
    array([1., 2.])
    """
    _matrix("eigh", x)
    return EighResult(*_eigh_factors(_eigh(x, uplo=UPLO)))


def _svd_factors(packed: Any, x: Any) -> list[Any]:
    m, n = np.shape(x)[-2:]
    k = min(m, n)
    return _unpack(packed, (m, k), (k,), (k, n))


def _svd_forward(x: Any) -> Any:
    factors = _lapack("svd", "Are there NaNs in it?", np.linalg.svd, x, full_matrices=False)
    return _pack(factors, np.ndim(x) - 2)


def _outside(q: Any, x: Any) -> Any:
    """The part of x that the columns of q do not span."""
    return x - matmul(q, matmul(_t(q), x))


def _svd_back(g: Any, out: Any, x: Any) -> Any:
    (u, s, vt), (gu, gs, gvt) = _svd_factors(out, x), _svd_factors(g, x)
    f, row = _reciprocal_differences(s * s), expand_dims(s, -2)
    ut_gu, vt_gv = matmul(_t(u), gu), matmul(vt, _t(gvt))
    column = expand_dims(s, -1)
    inner = _diag(gs) + f * (ut_gu - _t(ut_gu)) * row + column * (f * (vt_gv - _t(vt_gv)))
    total = matmul(u, matmul(inner, vt))
    m, n = np.shape(x)[-2:]
    if m > n:
        total = total + matmul(_outside(u, gu) / row, vt)
    if n > m:
        total = total + matmul(u, _t(_outside(_t(vt), _t(gvt)) / row))
    return total


def _svd_jvp(tangents: Any, out: Any, x: Any) -> Any:
    (dx,), (u, s, vt) = tangents, _svd_factors(out, x)
    f, row, column = _reciprocal_differences(s * s), expand_dims(s, -2), expand_dims(s, -1)
    inner = matmul(_t(u), matmul(dx, _t(vt)))
    du = matmul(u, f * (inner * row + column * _t(inner)))
    dv = matmul(_t(vt), f * (column * inner + _t(inner) * row))
    m, n = np.shape(x)[-2:]
    if m > n:
        du = du + _outside(u, matmul(dx, _t(vt))) / row
    if n > m:
        dv = dv + _outside(_t(vt), matmul(_t(dx), u)) / row
    return _pack([du, diagonal(inner, 0, -2, -1), _t(dv)], np.ndim(x) - 2)


_svd: Primitive = custom(
    "svd",
    _svd_forward,
    _svd_back,
    jvp=_svd_jvp,
    doc="The factors ``U, S, Vᵀ`` of a matrix (Townsend, 2016), packed.",
)


class SVDResult(NamedTuple):
    """Left singular vectors (columns), singular values, right singular vectors (rows)."""

    U: Any
    S: Any
    Vh: Any


def svd(x: Any, full_matrices: bool = True) -> SVDResult:
    """The factors of ``x = U @ diag(S) @ Vh``, with singular values in descending order.

    Args:
        x: matrices, of shape (..., m, n).
        full_matrices: as in NumPy; for m ≠ n it must be False, because the further columns are
            any vectors that complete a basis, and have no derivative.

    Raises:
        ValueError: full matrices of one that is not square.

    >>> svd(np.array([[3.0, 0.0], [0.0, 4.0]])).S
    array([4., 3.])
    """
    _matrix("svd", x, square=False)
    if full_matrices and np.shape(x)[-1] != np.shape(x)[-2]:
        raise ValueError(
            message(
                "linalg.svd",
                expected="full_matrices=False for matrices that are not square",
                got=f"full_matrices=True for shape {np.shape(x)}",
                fix="The vectors that complete the basis are arbitrary and have no derivative.",
            )
        )
    return SVDResult(*_svd_factors(_svd(x), x))


def _qr_factors(packed: Any, x: Any) -> list[Any]:
    m, n = np.shape(x)[-2:]
    return _unpack(packed, (m, n), (n, n))


def _divided(x: Any, r: Any) -> Any:
    """``x r⁻¹``"""
    return _t(solve(_t(r), _t(x)))


def _qr_back(g: Any, out: Any, x: Any) -> Any:
    (q, r), (gq, gr) = _qr_factors(out, x), _qr_factors(g, x)
    gr = triu(gr)
    m = matmul(r, _t(gr)) - matmul(_t(gq), q)
    mirrored = tril(m) + _t(tril(m, -1))
    return _divided(gq + matmul(q, mirrored), _t(r))


def _qr_jvp(tangents: Any, out: Any, x: Any) -> Any:
    q, r = _qr_factors(out, x)
    moved = _divided(tangents[0], r)
    inner = matmul(_t(q), moved)
    turn = tril(inner, -1) - _t(tril(inner, -1))
    dq = matmul(q, turn - inner) + moved
    return _pack([dq, matmul(triu(inner - turn), r)], np.ndim(x) - 2)


_qr: Primitive = custom(
    "qr",
    lambda x: _pack(np.linalg.qr(x), np.ndim(x) - 2),
    _qr_back,
    jvp=_qr_jvp,
    doc="The factors ``Q, R`` of a matrix (Walter and Lehmann, 2010), packed.",
)


class QRResult(NamedTuple):
    """Orthonormal columns, and an upper triangle."""

    Q: Any
    R: Any


def qr(x: Any) -> QRResult:
    """The factors of ``x = Q @ R``: orthonormal columns and an upper triangle (NumPy's "reduced").

    Args:
        x: matrices of shape (..., m, n) with m >= n and independent columns.

    Raises:
        ValueError: more columns than rows.

    >>> qr(np.array([[2.0, 1.0], [0.0, 3.0]])).R.shape
    (2, 2)
    """
    _matrix("qr", x, square=False)
    m, n = np.shape(x)[-2:]
    if m < n:
        raise ValueError(
            message(
                "linalg.qr",
                expected="at least as many rows as columns",
                got=f"shape {np.shape(x)}",
                fix="Decompose the first columns: qr(x[..., :, :m]).",
            )
        )
    return QRResult(*_qr_factors(_qr(x), x))


def _pinv_back(g: Any, out: Any, x: Any, **_: Any) -> Any:
    pt, gt = _t(out), _t(g)
    left = matmul(gt, matmul(out, pt))
    right = matmul(matmul(pt, out), gt)
    return (
        -matmul(pt, matmul(g, pt))
        + (left - matmul(x, matmul(out, left)))
        + (right - matmul(matmul(right, out), x))
    )


def _pinv_jvp(tangents: Any, out: Any, x: Any, **_: Any) -> Any:
    dt, pt = _t(tangents[0]), _t(out)
    left = matmul(out, matmul(pt, dt))
    right = matmul(dt, matmul(pt, out))
    return (
        -matmul(out, matmul(tangents[0], out))
        + (left - matmul(matmul(left, x), out))
        + (right - matmul(out, matmul(x, right)))
    )


_pinv: Primitive = custom(
    "pinv",
    lambda x, rcond: np.linalg.pinv(x, *(() if rcond is None else (rcond,))),
    _pinv_back,
    jvp=_pinv_jvp,
    symbol="⁺",
    doc="The Moore–Penrose pseudo-inverse (Golub and Pereyra, 1973), where the rank is constant.",
)


def pinv(x: Any, rcond: float | None = None) -> Any:
    """The Moore–Penrose pseudo-inverse; differentiable where the rank does not change.

    Args:
        x: matrices, of shape (..., m, n).
        rcond: singular values below this part of the largest count as zero (NumPy's default).

    >>> pinv(np.array([[2.0], [0.0]]))
    array([[0.5, 0. ]])
    """
    _matrix("pinv", x, square=False)
    return _pinv(x, rcond=rcond)
