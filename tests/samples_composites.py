"""Rows about functions that are made of others: mean, variance, norms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from array_row import ArrayRow

from autograd import composites, norms

rng = np.random.default_rng(11)
X = rng.normal(size=(2, 3, 4))
NUMBER = np.array(0.7)
EMPTY = np.zeros((0, 3))
AXES: list[Any] = [None, 0, 1, -1, (0, 2), (-1, 0), (2, 0, 1)]


def _all(x: Any, axis: Any) -> tuple[int, ...]:
    """PyTorch's dim for NumPy's axis."""
    if axis is None:
        return tuple(range(x.ndim))
    return axis if isinstance(axis, tuple) else (axis,)


def _name(function: str, axis: Any, keepdims: bool, more: str = "") -> str:
    return f"{function} over {axis}{' keepdims' if keepdims else ''}{more}"


def _mean(axis: Any, keepdims: bool, x: Any = X) -> ArrayRow:
    return ArrayRow(
        _name("mean", axis, keepdims, f" of {x.shape}"),
        lambda x: composites.mean(x, axis=axis, keepdims=keepdims),
        (x,),
        lambda x: np.mean(x, axis=axis, keepdims=keepdims),
        None if axis == () else lambda x: x.mean(_all(x, axis), keepdims),  # () is all there
    )


def _spread(function: str, axis: Any, keepdims: bool, ddof: int, x: Any = X) -> ArrayRow:
    ours, numpys = getattr(composites, function), getattr(np, function)
    return ArrayRow(
        _name(function, axis, keepdims, f" of {x.shape} with ddof {ddof}"),
        lambda x: ours(x, axis=axis, ddof=ddof, keepdims=keepdims),
        (x,),
        lambda x: numpys(x, axis=axis, ddof=ddof, keepdims=keepdims),
        lambda x: getattr(x, function)(_all(x, axis), correction=ddof, keepdim=keepdims),
    )


def _of_nothing(function: str) -> ArrayRow:
    return ArrayRow(
        f"{function} of no rows",  # PyTorch warns here
        lambda x: getattr(composites, function)(x, axis=1),
        (EMPTY,),
        lambda x: getattr(np, function)(x, axis=1),
    )


def _matrix_norm(ord: Any, axis: Any, keepdims: bool, x: Any = X) -> list[ArrayRow]:
    def numpys(x: Any) -> Any:
        return np.linalg.norm(x, ord, axis, keepdims)

    def torch(x: Any) -> Any:
        import torch

        return torch.linalg.matrix_norm(x, "fro" if ord is None else ord, axis, keepdims)

    def matrix_norm(x: Any) -> Any:
        return norms.matrix_norm(x, "fro" if ord is None else ord, axis, keepdims)

    def norm(x: Any) -> Any:
        return norms.norm(x, ord, axis, keepdims)

    name = _name(f"norm {ord}", axis, keepdims, f" of {x.shape}")
    rows = (("matrix_" + name, matrix_norm, torch), (name + " (matrix)", norm, torch))
    return [ArrayRow(n, ours, (x,), numpys, theirs) for n, ours, theirs in rows]


def _numpys_norm(ord: Any, x: Any, axis: Any = None, keepdims: bool = False) -> ArrayRow:
    """As ``np.linalg.norm`` and ``torch.linalg.norm`` decide whether that is a matrix."""

    def torch(x: Any) -> Any:
        import torch

        return torch.linalg.norm(x, ord, axis, keepdims)

    return ArrayRow(
        _name(f"norm {ord}", axis, keepdims, f" of {x.shape} (decided)"),
        lambda x: norms.norm(x, ord, axis, keepdims),
        (x,),
        lambda x: np.linalg.norm(x, ord, axis, keepdims),
        torch,
    )


def _norm(ord: Any, axis: Any, keepdims: bool, x: Any = X, what: str = "") -> ArrayRow:
    def torch(x: Any) -> Any:
        import torch

        return torch.linalg.vector_norm(x, 2 if ord is None else ord, _all(x, axis), keepdims)

    return ArrayRow(
        _name(f"norm {ord}", axis, keepdims, f" of {what or x.shape}"),
        lambda x: norms.vector_norm(x, 2 if ord is None else ord, axis, keepdims),
        (x,),
        lambda x: np.linalg.vector_norm(
            x, ord=2 if ord is None else ord, axis=axis, keepdims=keepdims
        ),
        torch,
    )


BOTH = (False, True)

ROWS = [
    *(_mean(axis, keepdims) for axis in [*AXES, ()] for keepdims in BOTH),
    _mean(None, False, NUMBER),
    _mean(1, False, EMPTY),
    *(
        _spread(function, axis, keepdims, ddof)
        for function in ("var", "std")
        for axis in AXES
        for keepdims in BOTH
        for ddof in (0, 1)
    ),
    *(_of_nothing(function) for function in ("var", "std")),
    *(
        _norm(p, axis, keepdims)
        for p in (None, 2, 1, math.inf, -math.inf, 3, 1.5, 0.5, -1)
        for axis in AXES
        for keepdims in BOTH
    ),
    *(_norm(p, None, False, NUMBER) for p in (None, 1, math.inf, 3)),
    *(_norm(p, 1, False, EMPTY) for p in (None, 1, 3)),
    *(
        row
        for p in (None, "fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf)
        for axis in ((0, 1), (-1, 0), (2, 1))
        for keepdims in BOTH
        for row in _matrix_norm(p, axis, keepdims)
    ),
    *(
        _numpys_norm(p, x)
        for p in (None, 1, -1, 2, -2, math.inf, -math.inf)
        for x in (X[0], X[0, 0])
    ),
    *(_numpys_norm(p, X[0], 1, keepdims) for p in (None, 1, 2, 3) for keepdims in BOTH),
    *(_numpys_norm(p, X[0]) for p in ("fro", "nuc")),
    *(_numpys_norm(None, X, keepdims=keepdims) for keepdims in BOTH),
    ArrayRow(
        "std with correction",
        lambda x: composites.std(x, axis=1, correction=1),
        (X,),
        lambda x: np.std(x, axis=1, ddof=1),
        lambda x: x.std(1),
    ),
    ArrayRow(
        "norm of differences that broadcast",
        lambda x, y: norms.vector_norm(x - y, axis=-1),
        (X, X[0, 0] + 0.5),
        lambda x, y: np.linalg.vector_norm(x - y + 0.0, axis=-1),
    ),
]
