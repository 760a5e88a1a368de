"""Rows about linear algebra.

Functions of a symmetric matrix are called with ``x @ x.T``, because what they say about another
matrix depends on which triangle is read.
"""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from array_row import ArrayRow

import autograd as linalg
from autograd.ops.contractions import matmul
from autograd.ops.shapes import swapaxes

RNG = np.random.default_rng(3)
SQUARE = RNG.normal(size=(3, 3))
SQUARES = RNG.normal(size=(2, 3, 3))
TALL = RNG.normal(size=(4, 3))
TALLS = RNG.normal(size=(2, 4, 3))
WIDE = RNG.normal(size=(2, 4))
WIDES = np.random.default_rng(5).normal(size=(2, 2, 4))
V = RNG.normal(size=3)
SINGULAR = np.array([[1.0, 2.0, 0.0], [2.0, 4.0, 1.0], [3.0, 6.0, 5.0]])


def torch() -> Any:
    """PyTorch, imported only where a row is compared with it."""
    return importlib.import_module("torch")


def gram(x: Any) -> Any:
    """A symmetric matrix."""
    return matmul(x, swapaxes(x, -1, -2)) + 0.5 * np.eye(x.shape[-1]).astype(x.dtype)


def plain_gram(x: Any) -> Any:
    return np.matmul(x, np.swapaxes(x, -1, -2)) + 0.5 * np.eye(x.shape[-1])


def torch_gram(x: Any) -> Any:
    return x @ x.mT + 0.5 * torch().eye(x.shape[-1], dtype=x.dtype)


def spanned(factors: Any, k: int) -> tuple[Any, ...]:
    """What does not depend on how the basis is completed."""
    u, s, vt = factors
    more, rows = u[..., :, k:], vt[..., k:, :]
    return s, matmul(more, swapaxes(more, -1, -2)), matmul(swapaxes(rows, -1, -2), rows)


def spanned_by_the_rest(factors: Any, shape: Any) -> tuple[Any, ...]:
    """The same from the other vectors."""
    u, s, vt = factors
    eyes = [torch().eye(n, dtype=u.dtype) for n in shape[-2:]]
    return s, eyes[0] - u @ u.mT, eyes[1] - vt.mT @ vt


ROWS = [
    *(
        ArrayRow(
            f"{name}:{x.ndim}",
            getattr(linalg, name),
            (x,),
            getattr(np.linalg, name),
            lambda x, name=name: getattr(torch().linalg, name)(x),
            primitives=(name,),
        )
        for name in ("inv", "det")
        for x in (SQUARE, SQUARES)
    ),
    ArrayRow(
        "det:singular",
        linalg.det,
        (SINGULAR,),
        np.linalg.det,
        None,  # PyTorch says 0 where det is 0; the numeric slope is ours
        primitives=("det",),
    ),
    ArrayRow(
        "det:some singular",
        linalg.det,
        (np.stack([SINGULAR, SQUARE]),),
        np.linalg.det,
        primitives=("det",),
    ),
    *(
        ArrayRow(
            f"slogdet:{x.ndim}",
            linalg.slogdet,
            (x,),
            np.linalg.slogdet,
            lambda x: tuple(torch().linalg.slogdet(x)),
            primitives=("det_sign", "log_abs_det"),
        )
        for x in (SQUARE, SQUARES)
    ),
    *(
        ArrayRow(
            f"solve:{name}",
            linalg.solve,
            (a, b),
            np.linalg.solve,
            lambda a, b: torch().linalg.solve(a, b),
            primitives=("solve",),
        )
        for name, a, b in (
            ("vector", SQUARE, V),
            ("matrix", SQUARE, TALL.T),
            ("batch", SQUARES, RNG.normal(size=(2, 3, 2))),
            ("broadcast", SQUARE, RNG.normal(size=(2, 3, 2))),
            ("broadcast matrix", SQUARES, TALL.T),
        )
    ),
    ArrayRow("solve:one vector", linalg.solve, (SQUARES, V), np.linalg.solve, None, ("solve",)),
    *(
        ArrayRow(
            f"cholesky:{x.ndim}",
            lambda x: linalg.cholesky(gram(x)),
            (x,),
            lambda x: np.linalg.cholesky(plain_gram(x)),
            lambda x: torch().linalg.cholesky(torch_gram(x)),
            primitives=("cholesky",),
        )
        for x in (SQUARE, SQUARES)
    ),
    *(
        ArrayRow(
            f"eigh:{x.ndim}",
            lambda x: linalg.eigh(gram(x)),
            (x,),
            lambda x: np.linalg.eigh(plain_gram(x)),
            primitives=("eigh",),
        )
        for x in (SQUARE, SQUARES)
    ),
    ArrayRow(
        "eigh:values",
        lambda x: linalg.eigh(gram(x)).eigenvalues,
        (SQUARE,),
        lambda x: np.linalg.eigh(plain_gram(x))[0],
        lambda x: torch().linalg.eigh(torch_gram(x))[0],
        primitives=("eigh",),
    ),
    ArrayRow(
        "eigh:squared vectors",
        lambda x: linalg.eigh(gram(x)).eigenvectors ** 2,
        (SQUARES,),
        lambda x: np.linalg.eigh(plain_gram(x))[1] ** 2,
        lambda x: torch().linalg.eigh(torch_gram(x))[1] ** 2,
        primitives=("eigh",),
    ),
    *(
        ArrayRow(
            f"svd:{x.shape}",
            lambda x: linalg.svd(x, full_matrices=False),
            (x,),
            lambda x: np.linalg.svd(x, full_matrices=False),
            primitives=("svd",),
        )
        for x in (SQUARE, TALL, WIDE, TALLS)
    ),
    *(
        ArrayRow(
            f"svd:squared {x.shape}",
            lambda x: tuple(f * f for f in linalg.svd(x, full_matrices=False)),
            (x,),
            lambda x: tuple(f * f for f in np.linalg.svd(x, full_matrices=False)),
            lambda x: tuple(f * f for f in torch().linalg.svd(x, full_matrices=False)),
            primitives=("svd",),
        )
        for x in (SQUARE, TALL, WIDE, TALLS)
    ),
    *(
        ArrayRow(
            f"svd:full {x.shape}",
            linalg.svd,
            (x,),
            np.linalg.svd,
            primitives=("svd",),
        )
        for x in (SQUARE, TALL, TALL.T, TALLS)  # one further vector at most: it has no choice
    ),
    *(
        ArrayRow(
            f"svd:what further vectors span {x.shape}",
            lambda x: spanned(linalg.svd(x), min(x.shape[-2:])),
            (x,),
            lambda x: spanned(np.linalg.svd(x), min(x.shape[-2:])),
            lambda x: spanned_by_the_rest(torch().linalg.svd(x, full_matrices=False), x.shape),
            primitives=("svd", "that_spans"),
        )
        for x in (WIDE, WIDE.T, WIDES)
    ),
    *(
        ArrayRow(
            f"svdvals:{x.shape}",
            linalg.svdvals,
            (x,),
            lambda x: np.linalg.svd(x, compute_uv=False),
            lambda x: torch().linalg.svdvals(x),
            primitives=("svdvals",),
        )
        for x in (SQUARE, TALL, WIDE, TALLS)
    ),
    ArrayRow(
        "svd:only values",
        lambda x: linalg.svd(x, compute_uv=False),
        (TALL,),
        lambda x: np.linalg.svd(x, compute_uv=False),
        lambda x: torch().linalg.svdvals(x),
        primitives=("svdvals",),
    ),
    *(
        ArrayRow(
            f"qr:{x.shape}",
            linalg.qr,
            (x,),
            np.linalg.qr,
            lambda x: tuple(torch().linalg.qr(x)),
            primitives=("qr",),
        )
        for x in (SQUARE, TALL, TALLS, WIDE, WIDES)
    ),
    ArrayRow(
        "qr:r",
        lambda x: linalg.qr(x, mode="r"),
        (WIDE,),
        lambda x: np.linalg.qr(x).R,
        lambda x: torch().linalg.qr(x).R,
        primitives=("qr",),
    ),
    *(
        ArrayRow(
            f"pinv:{x.shape}",
            linalg.pinv,
            (x,),
            np.linalg.pinv,
            lambda x: torch().linalg.pinv(x),
            primitives=("pinv",),
        )
        for x in (SQUARE, TALL, WIDE, TALLS)
    ),
    ArrayRow(
        "pinv:hermitian",
        lambda x: linalg.pinv(gram(x), hermitian=True),
        (SQUARES,),
        lambda x: np.linalg.pinv(plain_gram(x), hermitian=True),
        lambda x: torch().linalg.pinv(torch_gram(x), hermitian=True),
        primitives=("pinv",),
    ),
    ArrayRow(
        "pinv:rcond",  # the smallest singular value stays below the cut
        lambda x: linalg.pinv(matmul(x, np.diag([1, 1, 0]).astype(x.dtype)), rcond=0.01),
        (TALL,),
        lambda x: np.linalg.pinv(x @ np.diag([1.0, 1, 0]), rcond=0.01),
        lambda x: torch().linalg.pinv(
            x @ torch().diag(torch().tensor([1.0, 1, 0], dtype=x.dtype)), rtol=0.01
        ),
        primitives=("pinv", "of_constant_rank"),
    ),
    ArrayRow(
        "eigh:upper",
        lambda x: linalg.eigh(gram(x), UPLO="U"),
        (SQUARE,),
        lambda x: np.linalg.eigh(plain_gram(x), UPLO="U"),
        primitives=("eigh",),
    ),
    *(
        ArrayRow(
            f"matrix_power:{n}",
            lambda x, n=n: linalg.matrix_power(x, n),
            (x,),
            lambda x, n=n: np.linalg.matrix_power(x, n),
            lambda x, n=n: torch().linalg.matrix_power(x, n),
            primitives=("matmul",),
            order=2 if n else 0,
        )
        for x, n in ((SQUARE, 0), (SQUARE, 1), (SQUARE, 2), (SQUARE, 3), (SQUARES, 6), (SQUARE, -3))
    ),
]
