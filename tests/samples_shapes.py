"""Rows about shapes: reordering, copying, joining, borders and diagonals."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from array_row import ArrayRow

from autograd import ops
from autograd.ops import arranging, diagonals, shapes

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 3, 4))
M = RNG.normal(size=(3, 4))
V = RNG.normal(size=5)
COLUMN = RNG.normal(size=(3, 1))


def torch() -> Any:
    """PyTorch, imported only where a row is compared with it."""
    return importlib.import_module("torch")


def row(
    name: str, call: Any, args: Any, numpy: Any, torch: Any = None, primitives: Any = ()
) -> ArrayRow:
    return ArrayRow(name, call, args, numpy, torch, (name.split(":")[0], *primitives))


def composed(name: str, *rest: Any) -> ArrayRow:
    """A row about a function that is made of these primitives."""
    return ArrayRow(name, *rest)


ROWS = [
    row(
        "reshape",
        lambda x: shapes.reshape(x, shape=(6, 4)),
        (X,),
        lambda x: np.reshape(x, (6, 4)),
        lambda x: x.reshape(6, 4),
    ),
    row(
        "reshape:rest",
        lambda x: shapes.reshape(x, (2, -1)),
        (X,),
        lambda x: np.reshape(x, (2, -1)),
        lambda x: x.reshape(2, -1),
    ),
    composed("ravel", shapes.ravel, (X,), np.ravel, lambda x: x.ravel()),
    row("transpose", shapes.transpose, (X,), np.transpose, lambda x: x.permute(2, 1, 0)),
    row(
        "transpose:negative",
        lambda x: shapes.transpose(x, (-1, 0, 1)),
        (X,),
        lambda x: np.transpose(x, (-1, 0, 1)),
        lambda x: x.permute(2, 0, 1),
    ),
    composed(
        "permute",
        lambda x: shapes.permute(x, (1, 2, 0)),
        (X,),
        lambda x: np.transpose(x, (1, 2, 0)),
        lambda x: x.permute(1, 2, 0),
    ),
    composed(
        "swapaxes",
        lambda x: shapes.swapaxes(x, 0, -1),
        (X,),
        lambda x: np.swapaxes(x, 0, -1),
        lambda x: x.swapaxes(0, -1),
    ),
    composed(
        "moveaxis",
        lambda x: shapes.moveaxis(x, (0, 1), (-1, 0)),
        (X,),
        lambda x: np.moveaxis(x, (0, 1), (-1, 0)),
        lambda x: x.moveaxis((0, 1), (-1, 0)),
    ),
    composed("squeeze", shapes.squeeze, (COLUMN,), np.squeeze, lambda x: x.squeeze()),
    composed(
        "squeeze:axis",
        lambda x: shapes.squeeze(x, -1),
        (COLUMN,),
        lambda x: np.squeeze(x, -1),
        lambda x: x.squeeze(-1),
    ),
    composed(
        "expand_dims",
        lambda x: shapes.expand_dims(x, (0, -1)),
        (M,),
        lambda x: np.expand_dims(x, (0, -1)),
        lambda x: x[None, :, :, None],
    ),
    row(
        "broadcast_to",
        lambda x: shapes.broadcast_to(x, (2, 3, 4)),
        (COLUMN,),
        lambda x: np.broadcast_to(x, (2, 3, 4)),
        lambda x: x.broadcast_to(2, 3, 4),
    ),
    row(
        "sum_to",
        lambda x: shapes.sum_to(x, (3, 1)),
        (X,),
        lambda x: x.sum(axis=(0, 2), keepdims=True).reshape(3, 1),
        lambda x: x.sum_to_size(3, 1),
    ),
    composed(
        "tile",
        lambda x: shapes.tile(x, (2, 1, 3)),
        (M,),
        lambda x: np.tile(x, (2, 1, 3)),
        lambda x: x.tile(2, 1, 3),
    ),
    composed(
        "tile:fewer",
        lambda x: shapes.tile(x, 2),
        (M,),
        lambda x: np.tile(x, 2),
        lambda x: x.tile(2),
    ),
    composed(
        "repeat",
        lambda x: shapes.repeat(x, 2),
        (M,),
        lambda x: np.repeat(x, 2),
        lambda x: x.repeat_interleave(2),
    ),
    composed(
        "repeat:axis",
        lambda x: shapes.repeat(x, 3, axis=-1),
        (M,),
        lambda x: np.repeat(x, 3, axis=-1),
        lambda x: x.repeat_interleave(3, dim=-1),
    ),
    composed(
        "repeat:each",
        lambda x: shapes.repeat(x, [1, 0, 2], axis=0),
        (M,),
        lambda x: np.repeat(x, [1, 0, 2], axis=0),
        lambda x: x.repeat_interleave(torch().tensor([1, 0, 2]), dim=0),
    ),
    row(
        "concatenate",
        lambda x, y: arranging.concatenate([x, y, x], axis=-1),
        (M, COLUMN),
        lambda x, y: np.concatenate([x, y, x], axis=-1),
        lambda x, y: torch().cat([x, y, x], dim=-1),
    ),
    row(
        "concatenate:flat",
        lambda x, y: arranging.concatenate([x, y], axis=None),
        (M, V),
        lambda x, y: np.concatenate([x, y], axis=None),
        lambda x, y: torch().cat([x.ravel(), y]),
    ),
    composed(
        "stack",
        lambda x, y: arranging.stack([x, y], axis=1),
        (M, M + 1),
        lambda x, y: np.stack([x, y], axis=1),
        lambda x, y: torch().stack([x, y], dim=1),
    ),
    composed(
        "split",
        lambda x: arranging.split(x, 2, axis=1),
        (M,),
        lambda x: np.split(x, 2, axis=1),
        lambda x: x.tensor_split(2, dim=1),
    ),
    composed(
        "split:cuts",
        lambda x: arranging.split(x, [1, 4]),
        (V,),
        lambda x: np.split(x, [1, 4]),
        lambda x: x.tensor_split([1, 4]),
    ),
    row("flip", arranging.flip, (M,), np.flip, lambda x: x.flip(0, 1)),
    row(
        "flip:axis",
        lambda x: arranging.flip(x, -1),
        (X,),
        lambda x: np.flip(x, -1),
        lambda x: x.flip(-1),
    ),
    row("roll", lambda x: arranging.roll(x, 5), (M,), lambda x: np.roll(x, 5), lambda x: x.roll(5)),
    row(
        "roll:axes",
        lambda x: arranging.roll(x, (1, -2), (0, 2)),
        (X,),
        lambda x: np.roll(x, (1, -2), (0, 2)),
        lambda x: x.roll((1, -2), (0, 2)),
    ),
    row(
        "pad",
        lambda x: arranging.pad(x, ((1, 0), (2, 3)), constant_values=1.5),
        (M,),
        lambda x: np.pad(x, ((1, 0), (2, 3)), constant_values=1.5),
        lambda x: torch().nn.functional.pad(x, (2, 3, 1, 0), value=1.5),
    ),
    row(
        "pad:values",
        lambda x: arranging.pad(x, 1, constant_values=((1, 2), (3, 4))),
        (M,),
        lambda x: np.pad(x, 1, constant_values=((1, 2), (3, 4))),
    ),
    *(
        composed(
            f"pad:{mode}",
            lambda x, mode=mode: arranging.pad(x, ((1, 2), (2, 1)), mode=mode),
            (M,),
            lambda x, mode=mode: np.pad(x, ((1, 2), (2, 1)), mode=mode),
        )
        for mode in ("edge", "reflect", "symmetric", "wrap")
    ),
    row("diagonal", diagonals.diagonal, (M,), np.diagonal, lambda x: x.diagonal()),
    row(
        "diagonal:axes",
        lambda x: diagonals.diagonal(x, -1, 2, 0),
        (X,),
        lambda x: np.diagonal(x, -1, 2, 0),
        lambda x: x.diagonal(-1, 2, 0),
    ),
    row(
        "embed_diagonal",
        lambda x: diagonals.embed_diagonal(x, (5, 6), 1),
        (V,),
        lambda x: np.pad(np.diag(x), ((0, 0), (1, 0))),
        lambda x: x.diag_embed(1)[:5],
    ),
    row(
        "tril",
        lambda x: diagonals.tril(x, -1),
        (X,),
        lambda x: np.tril(x, -1),
        lambda x: x.tril(-1),
    ),
    row("triu", lambda x: diagonals.triu(x, 1), (X,), lambda x: np.triu(x, 1), lambda x: x.triu(1)),
    ArrayRow(
        "astype",
        lambda x: ops.astype(x, dtype=x.dtype),
        (X,),
        lambda x: x.astype(x.dtype),
        primitives=("astype",),
    ),
    ArrayRow(
        "cast:float32",
        lambda x: ops.cast(ops.cast(x, "f4"), np.float64),
        (X.astype(np.float32).astype(np.float64),),
        lambda x: x.astype(np.float32).astype(np.float64),
        lambda x: x.float().double(),
        primitives=("astype",),
        order=0,  # rounding to float32 is too coarse for finite differences
    ),
    ArrayRow(
        "cast:int",
        lambda x: ops.cast(3 * x, int),
        (X,),
        lambda x: (3 * x).astype(int),
        lambda x: (3 * x).long(),
        primitives=("as_integers",),
        order=0,
    ),
]
