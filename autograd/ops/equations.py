"""Inverses and the solution of linear equations, with NumPy's names."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.node import Primitive, ndim_of, shape_of
from autograd.ops.checks import fails, integer
from autograd.ops.choices import where
from autograd.ops.contractions import matmul
from autograd.ops.indexing import getitem
from autograd.ops.kinds import custom
from autograd.ops.matrices import SINGULAR, check_dtype, check_matrix, lapack, symmetric, transposed
from autograd.ops.shapes import expand_dims

__all__ = ["inv", "matrix_power", "pinv", "solve"]

_inv: Primitive = custom(
    "inv",
    lambda x: lapack("inv", SINGULAR, np.linalg.inv, x),
    lambda g, out, x: -matmul(transposed(out), matmul(g, transposed(out))),
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
    check_matrix("inv", x)
    return _inv(x)


def _column(x: Any) -> Any:
    return expand_dims(x, -1)


def _solved(a: Any, b: Any, like: Any) -> Any:
    """The solution for vectors, if ``like`` is one, else for matrices."""
    if ndim_of(like) > 1 or ndim_of(b) == 1:
        return solve(a, b)
    return getitem(solve(a, _column(b)), (..., 0))


def _solve_to_a(g: Any, out: Any, a: Any, b: Any) -> Any:
    back = _solved(transposed(a), g, b)
    if ndim_of(b) == 1:
        return -_column(back) * expand_dims(out, -2)
    return -matmul(back, transposed(out))


def _solve_jvp(tangents: Any, out: Any, a: Any, b: Any) -> Any:
    da, moved = tangents
    if da is not None:
        turned = matmul(da, out) if ndim_of(b) > 1 else getitem(matmul(da, _column(out)), (..., 0))
        moved = -turned if moved is None else moved - turned
    return _solved(a, moved, b)


def _solve_forward(a: Any, b: Any) -> Any:
    """One vector or matrices, which NumPy before 2.0 told apart in another way."""
    if ndim_of(a) > 2 and ndim_of(b) == 1:
        return lapack("solve", SINGULAR, np.linalg.solve, a, np.asarray(b)[:, None])[..., 0]
    if ndim_of(b) == ndim_of(a) - 1 > 1:
        b = np.asarray(b)[None]
    return lapack("solve", SINGULAR, np.linalg.solve, a, b)


_solve: Primitive = custom(
    "solve",
    _solve_forward,
    _solve_to_a,
    lambda g, out, a, b: _solved(transposed(a), g, b),
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
    check_matrix("solve", a)
    check_dtype("solve", b)
    rows = shape_of(b)[-2:][0] if ndim_of(b) else None
    if rows != shape_of(a)[-1]:
        raise fails(
            "solve",
            expected=f"b with {shape_of(a)[-1]} rows for a of shape {shape_of(a)}",
            got=f"b of shape {shape_of(b)}",
            fix="A stack of vectors is written as matrices of one column, b[..., None].",
        )
    return _solve(a, b)


def _checked_rank(x: Any, rcond: Any) -> Any:
    """A matrix of which pinv drops no singular values but zeros, up to rounding.

    What is dropped turns what is kept as soon as the matrix moves, as much as the quotient of their
    singular values; the rules are those without that.
    """
    s = np.linalg.svd(x, compute_uv=False)
    largest, eps = s.max(axis=-1, initial=0, keepdims=True), np.finfo(s.dtype).eps
    kept = s > np.asarray(rcond)[..., None] * largest
    least = np.where(kept, s, np.inf).min(axis=-1, initial=np.inf, keepdims=True)
    no_zeros = s > np.maximum(max(x.shape[-2:]) * eps * largest, eps**0.5 * least)
    if np.any(no_zeros & ~kept):
        raise fails(
            "pinv",
            expected="a cutoff that drops only singular values of 0, for a gradient",
            got=f"rcond={rcond}, which drops {s[no_zeros & ~kept].max():.3g}",
            fix="Leave rcond out, or make it smaller; with a weight c on the norm of the solution "
            "write inv(A.T @ A + c * np.eye(n)) @ A.T.",
        )
    return np.asarray(x)


_of_constant_rank: Primitive = custom(
    "of_constant_rank",
    _checked_rank,
    lambda g, out, x, rcond: g,
    jvp=lambda tangents, out, x, rcond: tangents[0],
    doc="Its input, checked: where ``pinv`` drops a singular value that is not 0, it has no rule.",
)


def _with_rule(x: Any, rcond: Any) -> Any:
    """The matrix, if its pseudo-inverse has a derivative that we know."""
    return x if rcond is None else _of_constant_rank(x, rcond=rcond)


def _pinv_back(g: Any, out: Any, x: Any, rcond: Any, hermitian: bool) -> Any:
    x = _with_rule(x, rcond)
    pt, gt = transposed(out), transposed(g)
    left = matmul(gt, matmul(out, pt))
    right = matmul(matmul(pt, out), gt)
    total = (
        -matmul(pt, matmul(g, pt))
        + (left - matmul(x, matmul(out, left)))
        + (right - matmul(matmul(right, out), x))
    )
    return symmetric(total) if hermitian else total


def _pinv_jvp(tangents: Any, out: Any, x: Any, rcond: Any, hermitian: bool) -> Any:
    x = _with_rule(x, rcond)
    dx = symmetric(tangents[0]) if hermitian else tangents[0]
    dt, pt = transposed(dx), transposed(out)
    left = matmul(out, matmul(pt, dt))
    right = matmul(dt, matmul(pt, out))
    return (
        -matmul(out, matmul(dx, out))
        + (left - matmul(matmul(left, x), out))
        + (right - matmul(out, matmul(x, right)))
    )


def _pinv_forward(x: Any, rcond: Any, hermitian: bool) -> Any:
    cut = () if rcond is None else (rcond,)
    return lapack("pinv", "Are there NaNs in it?", np.linalg.pinv, x, *cut, hermitian=hermitian)


_pinv: Primitive = custom(
    "pinv",
    _pinv_forward,
    _pinv_back,
    jvp=_pinv_jvp,
    symbol="⁺",
    doc="The Moore–Penrose pseudo-inverse (Golub and Pereyra, 1973), where the rank is constant.",
)


def pinv(x: Any, rcond: float | None = None, hermitian: bool = False) -> Any:
    """The Moore–Penrose pseudo-inverse; differentiable where the rank does not change.

    Args:
        x: matrices, of shape (..., m, n).
        rcond: singular values below this part of the largest count as zero (NumPy's default);
            where one is dropped that is not 0, up to rounding, there is no gradient.
        hermitian: x is symmetric, and so is its gradient; eigenvalues are computed then.

    Raises:
        ValueError: fewer than two axes, or with hermitian a matrix that is not square; where a
            derivative is asked for, an rcond that drops a singular value that is not 0.
        numpy.linalg.LinAlgError: a matrix with NaNs.

    >>> pinv(np.array([[2.0], [0.0]]))
    array([[0.5, 0. ]])
    """
    check_matrix("pinv", x, square=hermitian)
    return _pinv(x, rcond=rcond, hermitian=bool(hermitian))


def matrix_power(x: Any, n: int) -> Any:
    """The product of n copies of a square matrix; of its inverse for a negative n.

    Raises:
        TypeError: an n that is not a whole number.
        ValueError: a matrix that is not square.
        numpy.linalg.LinAlgError: a singular one, for a negative n.

    >>> matrix_power(np.array([[1.0, 1.0], [0.0, 1.0]]), 5)
    array([[1., 5.],
           [0., 1.]])
    """
    check_matrix("matrix_power", x)
    n = integer("matrix_power", "n", n)
    if n < 0:
        x, n = lapack("matrix_power", SINGULAR, inv, x), -n
    if n == 0:
        return where(False, x, np.eye(shape_of(x)[-1], dtype=x.dtype))  # of any x, also infinite
    if n == 3:  # as NumPy does, whose order of the products decides on the last digits
        return matmul(matmul(x, x), x)
    result = None
    while True:  # squares of squares, multiplied where n has a binary digit
        if n % 2:
            result = x if result is None else matmul(result, x)
        n //= 2
        if not n:
            return result
        x = matmul(x, x)
