"""Rows about sums of products over shared axes."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from array_row import ArrayRow

from autograd import ops
from autograd.ops import contractions

RNG = np.random.default_rng(2)


def array(*shape: int) -> Any:
    return RNG.normal(size=shape)


def torch() -> Any:
    """PyTorch, imported only where a row is compared with it."""
    return importlib.import_module("torch")


MATMUL = {
    "matrices": ((3, 4), (4, 2)),
    "vectors": ((4,), (4,)),
    "row": ((4,), (4, 2)),
    "column": ((3, 4), (4,)),
    "batches": ((5, 3, 4), (5, 4, 2)),
    "broadcast": ((5, 1, 3, 4), (2, 4, 2)),
    "batch of rows": ((4,), (5, 4, 2)),
    "batch of columns": ((5, 3, 4), (4,)),
    "batch and matrix": ((5, 3, 4), (4, 2)),
}
DOT = {
    "numbers": ((), (3,)),
    "vectors": ((4,), (4,)),
    "matrices": ((3, 4), (4, 2)),
    "three and one": ((2, 3, 4), (4,)),
    "one and three": ((4,), (2, 4, 3)),
    "three and two": ((2, 3, 4), (4, 2)),
    "two and three": ((3, 4), (2, 4, 5)),
    "three and three": ((2, 3, 4), (5, 4, 3)),
}
EINSUM = {
    "ij,jk->ik": ((2, 3), (3, 4)),
    "ij,jk": ((2, 3), (3, 4)),
    "ba": ((2, 3),),
    "ij->i": ((2, 3),),
    "ij->": ((2, 3),),
    "ii": ((3, 3),),
    "ii->i": ((3, 3),),
    "iij->ij": ((3, 3, 2),),
    "iii->i": ((3, 3, 3),),
    "iji,j->i": ((2, 3, 2), (3,)),
    "i,j->ij": ((2,), (3,)),
    "bij,bjk->bik": ((2, 3, 4), (2, 4, 3)),
    "...ij,...jk->...ik": ((5, 2, 3, 4), (2, 4, 3)),
    "...i,...i": ((2, 3), (2, 3)),
    "i...->...": ((2, 3, 4),),
    "...,...": ((2, 1), (3,)),
    "ij,jk,kl->il": ((2, 3), (3, 4), (4, 2)),
    "ij,kl->j": ((2, 3), (4, 2)),
    "i,i,i": ((3,), (3,), (3,)),
    "ab,ab->a": ((2, 1), (2, 3)),
    "ab,ac->ac": ((1, 4), (2, 3)),
}

ROWS = [
    *(
        ArrayRow(
            f"matmul:{name}",
            contractions.matmul,
            (array(*x), array(*y)),
            np.matmul,
            lambda x, y: x @ y,
            primitives=("matmul",),
        )
        for name, (x, y) in MATMUL.items()
    ),
    *(
        ArrayRow(
            f"dot:{name}",
            ops.dot if x else contractions.matmul_or_dot,
            (array(*x), array(*y)),
            np.dot,
            None if not x else lambda x, y: dotted(x, y),
            primitives=("dot_arrays",) if max(len(x), len(y)) > 2 else ("matmul",),
        )
        for name, (x, y) in DOT.items()
    ),
    *(
        ArrayRow(
            f"tensordot:{name}",
            lambda x, y, axes=axes: contractions.tensordot(x, y, axes),
            (array(2, 3, 4), array(*y)),
            lambda x, y, axes=axes: np.tensordot(x, y, axes),
            lambda x, y, axes=axes: torch().tensordot(x, y, axes),
            primitives=("matmul", "transpose", "reshape"),
        )
        for name, y, axes in (
            ("two", (3, 4, 5), 2),
            ("none", (2,), 0),
            ("named", (4, 5, 2), ([0, 2], [2, 0])),
            ("all", (2, 3, 4), 3),
        )
    ),
    *(
        ArrayRow(
            f"einsum:{subscripts}",
            lambda *xs, subscripts=subscripts: ops.einsum(subscripts, *xs),
            tuple(array(*shape) for shape in shapes),
            lambda *xs, subscripts=subscripts: np.einsum(subscripts, *xs),
            lambda *xs, subscripts=subscripts: torch().einsum(subscripts, *xs),
            primitives=("einsum",),
        )
        for subscripts, shapes in EINSUM.items()
    ),
    ArrayRow(
        "einsum:optimize",
        lambda x, y, z: ops.einsum("ij,jk,kl->il", x, y, z, optimize=True),
        (array(2, 3), array(3, 4), array(4, 2)),
        lambda x, y, z: np.einsum("ij,jk,kl->il", x, y, z, optimize=True),
        primitives=("einsum",),
    ),
    *(
        ArrayRow(
            f"vecdot:{axis} {a.shape} {b.shape}",
            lambda x, y, axis=axis: contractions.vecdot(x, y, axis=axis),
            (a, b),
            lambda x, y, axis=axis: np.vecdot(x, y, axis=axis),
            lambda x, y, axis=axis: torch().linalg.vecdot(x, y, dim=axis),
            primitives=("vecdot",),
        )
        for a, b, axis in (
            (array(3), array(3), -1),
            (array(2, 3), array(3), -1),
            (array(3, 1, 2), array(3, 4, 2), 0),
        )
    ),
    ArrayRow("vdot", contractions.vdot, (array(2, 3), array(6)), np.vdot, None, ("matmul",)),
    *(
        ArrayRow(
            f"inner:{a.shape} {b.shape}",
            contractions.inner,
            (a, b),
            np.inner,
            lambda x, y: torch().inner(x, y),
            primitives=("inner",),
        )
        for a, b in (
            (array(3), array(3)),
            (array(2, 3), array(3)),
            (array(2, 3), array(4, 2, 3)),
            (array(3, 4, 50), array(2, 50)),
            (array(2, 3, 70), array(4, 5, 70)),
            (array(), array(2, 3)),
        )
    ),
    ArrayRow("outer", contractions.outer, (array(2, 2), array(3)), np.outer),
    ArrayRow(
        "outer:vectors", contractions.outer, (array(2), array(3)), np.outer, lambda x, y: x.outer(y)
    ),
    *(
        ArrayRow(
            f"kron:{x} {y}",
            contractions.kron,
            (array(*x), array(*y)),
            np.kron,
            lambda x, y: torch().kron(x, y),
        )
        for x, y in (((2, 3), (3, 2)), ((2,), (3, 2)), ((2, 1, 3), (2,)))
    ),
    ArrayRow(
        "trace",
        contractions.trace,
        (array(3, 4),),
        np.trace,
        lambda x: x.diagonal().sum(),
        ("trace",),
    ),
    ArrayRow(
        "trace:axes",
        lambda x: contractions.trace(x, 1, 2, 0),
        (array(2, 3, 4),),
        lambda x: np.trace(x, 1, 2, 0),
        lambda x: x.diagonal(1, 2, 0).sum(-1),
        ("trace",),
    ),
    *(
        ArrayRow(
            f"linear:{len(x)}",
            contractions.linear,
            (array(*x), array(3, 4), array(3)),
            lambda x, w, b: x @ w.T + b,
            lambda x, w, b: torch().nn.functional.linear(x, w, b),
            primitives=("linear",),
        )
        for x in ((4,), (5, 4), (2, 5, 4))
    ),
    ArrayRow(
        "linear:no bias",
        contractions.linear,
        (array(5, 4), array(3, 4)),
        lambda x, w: x @ w.T,
        lambda x, w: torch().nn.functional.linear(x, w),
        primitives=("matmul",),
    ),
]


def dotted(x: Any, y: Any) -> Any:
    return torch().tensordot(x, y, ([-1], [-2 if y.ndim > 1 else 0]))
