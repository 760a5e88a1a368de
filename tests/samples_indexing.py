"""Rows about taking elements out, putting them back, and putting them in order."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from array_row import ArrayRow

from autograd import Tensor
from autograd.ops import indexing, ordering, positions

RNG = np.random.default_rng(1)
X = RNG.normal(size=(3, 4, 5))
M = RNG.normal(size=(3, 4))
V = RNG.normal(size=6)
MASK = np.array([[True, False, True, False], [False] * 4, [True, True, False, True]])
TWICE = np.array([[0, 2], [2, 2]])

INDICES = {
    "number": 1,
    "numbers": (1, -1),
    "slice": slice(1, None),
    "step": (slice(None, None, -1), slice(0, 4, 2)),
    "none": (None, 1, ..., None),
    "ellipsis": (..., 2),
    "array": np.array([2, 0]),
    "twice": TWICE,
    "list": [0, -1],
    "arrays": (np.array([0, 1]), slice(None), np.array([3, 3])),
    "apart": (slice(None), np.array([[1], [2]]), np.array([0, 4])),
    "mask": MASK,
    "mask of axis": (slice(None), np.array([True, False, True, True])),
    "mixed": (np.array([0, 2]), np.array([True, False, True, False]), slice(1, 3)),
    "tensor": Tensor(np.array([1, 1, 0])),
    "tensor in tuple": (slice(None), Tensor(np.array([1, 1, 0])), None),
    "empty": np.array([], dtype=int),
    "many rows": np.arange(-3, 37).reshape(4, 10) % 3 - 1,  # enough of them to be added by sorting
}


def torch() -> Any:
    """PyTorch, imported only where a row is compared with it."""
    return importlib.import_module("torch")


def plain(index: Any) -> Any:
    """The same index with arrays instead of tensors."""
    if isinstance(index, tuple):
        return tuple(map(plain, index))
    return index.data if isinstance(index, Tensor) else index


ROWS = [
    *(
        ArrayRow(
            f"getitem:{name}",
            lambda x, index=index: indexing.getitem(x, index),
            (X,),
            lambda x, index=index: x[plain(index)],
            None if name == "step" else lambda x, index=index: x[plain(index)],
            primitives=("getitem",),
        )
        for name, index in INDICES.items()
    ),
    ArrayRow(
        "getitem:computed",
        lambda x: indexing.getitem(x, (ordering.argsort(x, 0), 0)),
        (M,),
        lambda x: x[np.argsort(x, 0), 0],
        lambda x: x[x.argsort(0), 0],
        primitives=("getitem", "argsort"),
    ),
    ArrayRow(
        "scatter_add",
        lambda x: indexing.scatter_add(x, TWICE, shape=(4,)),
        (M[:2, :2],),
        lambda x: np.array([x[0, 0], 0, x[0, 1] + x[1, 0] + x[1, 1], 0]),
        lambda x: torch().zeros(4, dtype=x.dtype).index_put((torch().tensor(TWICE),), x, True),
        primitives=("scatter_add",),
    ),
    ArrayRow(
        "take",
        lambda x: positions.take(x, TWICE, axis=1),
        (X,),
        lambda x: np.take(x, TWICE, axis=1),
        lambda x: x[:, TWICE],
        primitives=("take",),
    ),
    ArrayRow(
        "take:flat",
        lambda x: positions.take(x, [5, -1, 5]),
        (M,),
        lambda x: np.take(x, [5, -1, 5]),
        lambda x: x.take(torch().tensor([5, -1, 5])),
        primitives=("take",),
    ),
    *(
        ArrayRow(
            f"take:{mode} {axis}",
            lambda x, mode=mode, axis=axis: positions.take(x, [[7, -6], [-1, 2]], axis, mode),
            (M,),
            lambda x, mode=mode, axis=axis: np.take(x, [[7, -6], [-1, 2]], axis, mode=mode),
            primitives=("take",),
        )
        for mode in ("wrap", "clip")
        for axis in (None, 0, 1)
    ),
    ArrayRow(
        "take:computed positions",
        lambda x: positions.take(x, ordering.argsort(x[0]) + 3, 1, "wrap"),
        (M,),
        lambda x: np.take(x, np.argsort(x[0]) + 3, 1, mode="wrap"),
        primitives=("take",),
    ),
    ArrayRow(
        "untake",
        lambda x: positions._untake(x, TWICE, axis=1, mode="raise", shape=(3, 4)),
        (RNG.normal(size=(3, 2, 2)),),
        lambda x: np.stack(
            [x[:, 0, 0], 0 * x[:, 0, 0], x[:, 0, 1] + x[:, 1, 0] + x[:, 1, 1], 0 * x[:, 0, 0]], 1
        ),
        primitives=("untake",),
    ),
    ArrayRow(
        "gather",
        lambda x: positions.gather(x, 1, [[0, 0, 3], [1, 2, 1]]),
        (M,),
        lambda x: np.take_along_axis(x[:2], np.array([[0, 0, 3], [1, 2, 1]]), 1),
        lambda x: x.gather(1, torch().tensor([[0, 0, 3], [1, 2, 1]])),
        primitives=("gather",),
    ),
    ArrayRow(
        "ungather",
        lambda x: positions.ungather(x, np.array([[0, 0], [1, 3]]), axis=1, shape=(3, 4)),
        (M[:2, :2],),
        lambda x: np.array([[x[0, 0] + x[0, 1], 0, 0, 0], [0, x[1, 0], 0, x[1, 1]], [0] * 4]),
        lambda x: (
            torch().zeros((3, 4), dtype=x.dtype).scatter_add(1, torch().tensor([[0, 0], [1, 3]]), x)
        ),
        primitives=("ungather",),
    ),
    *(
        ArrayRow(
            f"index_update:{name}",
            lambda x, v, index=index: indexing.index_update(x, index, v),
            (M, values),
            lambda x, v, index=index: updated(x, index, v),
            lambda x, v, index=index: x.index_put(tensor_index(index), v),
            primitives=("index_update",),
        )
        for name, index, values in (
            ("row", np.array(1), V[:4]),
            ("copied", np.array([0, 2]), V[:1]),
            ("mask", MASK, V[:5]),
        )
    ),
    ArrayRow(
        "index_update:computed positions, some twice",
        lambda x, v: indexing.index_update(x, ordering.argsort(x, axis=0)[0], v),
        (M, M.T @ M),
        lambda x, v: updated(x, np.argsort(x, axis=0)[0], v),
        primitives=("index_update", "that_stay"),
    ),
    ArrayRow(
        "index_update:twice",
        lambda x, v: indexing.index_update(x, [1, 0, 1], v),
        (M, M + 1),
        lambda x, v: np.stack([v[1], v[2], x[2]]),
        primitives=("index_update",),
    ),
    ArrayRow(
        "index_update:slice",
        lambda x: indexing.index_update(x, (slice(1, None), 0), 2.5),
        (M,),
        lambda x: updated(x, (slice(1, None), 0), 2.5),
        primitives=("index_update",),
    ),
    ArrayRow(
        "index_add",
        lambda x, v: indexing.index_add(x, [1, 0, 1], v),
        (M, M + 1),
        lambda x, v: np.stack([x[0] + v[1], x[1] + v[0] + v[2], x[2]]),
        lambda x, v: x.index_put((torch().tensor([1, 0, 1]),), v, accumulate=True),
        primitives=("index_add",),
    ),
    ArrayRow(
        "index_add:copied",
        lambda x, v: indexing.index_add(x, (slice(None), 2), v),
        (M, V[:1]),
        lambda x, v: updated(x, (slice(None), 2), x[:, 2] + v),
        primitives=("index_add",),
    ),
    *(
        ArrayRow(
            f"sort:{axis}",
            lambda x, axis=axis: ordering.sort(x, axis),
            (M,),
            lambda x, axis=axis: np.sort(x, axis),
            lambda x, axis=axis: (x.ravel() if axis is None else x).sort(axis or 0)[0],
            primitives=("sort",),
        )
        for axis in (None, 0, 1)
    ),
    ArrayRow(
        "sort:last",
        ordering.sort,
        (X,),
        np.sort,
        lambda x: x.sort(-1)[0],
        primitives=("sort",),
    ),
    *(
        ArrayRow(
            f"sort:descending {axis}",
            lambda x, axis=axis: ordering.sort(x, axis, descending=True, stable=True),
            (M,),
            lambda x, axis=axis: -np.sort(-x, axis),
            lambda x, axis=axis: (x.ravel() if axis is None else x).sort(axis or 0, True)[0],
            primitives=("sort",),
        )
        for axis in (None, 0, 1)
    ),
    *(
        ArrayRow(
            f"argsort:{'descending ' if descending else ''}ties {x.shape} {axis}",
            lambda x, d=descending, axis=axis: ordering.argsort(x, axis, descending=d, stable=True),
            (x,),
            lambda x, d=descending, axis=axis: np.argsort(-x if d else x, axis, kind="stable"),
            lambda x, d=descending, axis=axis: torch().argsort(
                x, dim=axis, descending=d, stable=True
            ),
            primitives=("argsort",),
            order=0,
        )
        for descending in (False, True)
        for x in (np.round(X), np.zeros((3, 0)))
        for axis in (0, -1)
    ),
    ArrayRow(
        "argsort:flattened",
        lambda x: ordering.argsort(x, None, descending=True),
        (M,),
        lambda x: np.argsort(-x, None),
        lambda x: x.ravel().argsort(descending=True),
        primitives=("argsort",),
        order=0,
    ),
    ArrayRow(
        "topk:unsorted",
        lambda x: ordering.topk(x, 1, sorted=False),
        (M,),
        lambda x: (np.max(x, -1, keepdims=True), np.argmax(x, -1, keepdims=True)),
        lambda x: tuple(x.topk(1, sorted=False)),
        primitives=("argsort", "gather"),
    ),
    ArrayRow(
        "topk",
        lambda x: ordering.topk(x, 2),
        (M,),
        lambda x: (-np.sort(-x)[:, :2], np.argsort(-x)[:, :2]),
        lambda x: tuple(x.topk(2)),
        primitives=("argsort", "gather"),
    ),
    ArrayRow(
        "topk:smallest",
        lambda x: ordering.topk(x, 2, dim=0, largest=False).values,
        (M,),
        lambda x: np.sort(x, 0)[:2],
        lambda x: x.topk(2, dim=0, largest=False).values,
        primitives=("argsort", "gather"),
    ),
    *(
        ArrayRow(
            f"{name}:{axis}",
            lambda x, name=name, axis=axis: getattr(ordering, name)(x, axis),
            (M,),
            lambda x, name=name, axis=axis: getattr(np, name)(x, axis),
            lambda x, name=name, axis=axis: getattr(torch(), name)(x, axis),
            primitives=(name,),
            order=0,
        )
        for name in ("argsort", "argmax", "argmin")
        for axis in (0, 1)
    ),
]


def updated(x: Any, index: Any, values: Any) -> Any:
    out = x.copy()
    out[index] = values
    return out


def tensor_index(index: Any) -> Any:
    return (torch().tensor(index),)
