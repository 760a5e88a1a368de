"""Kinks: where a function has no derivative, or several, and the slope that the library takes.

Only the places are listed here.  The slopes are computed by the library when somebody asks.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

import autograd
from autograd.tensor import Tensor
from autograd.value import Value

__all__ = ["KINKS", "Kink", "slopes"]


class Kink(NamedTuple):
    """An expression in the names of ``autograd``, the point, and a word about the choice."""

    expression: str
    at: dict[str, Any]
    why: str


ONES = [[1.0, 1.0], [1.0, 1.0]]
IDENTITY = [[1.0, 0.0], [0.0, 1.0]]
SINGULAR = [[1.0, 0.0], [0.0, 0.0]]

KINKS = (
    # --- one number ---
    Kink("abs(x)", {"x": 0.0}, "halfway between -1 and 1"),
    Kink("relu(x)", {"x": math.nan}, "NaN is not larger than 0"),
    Kink("relu(x)", {"x": 0.0}, "that of the left side, as in PyTorch"),
    Kink("leaky_relu(x, 0.25)", {"x": 0.0}, "that of the left side"),
    Kink("elu(x, 0.25)", {"x": 0.0}, "that of the left side"),
    Kink("sign(x)", {"x": 0.0}, "flat on both sides"),
    Kink("floor(x)", {"x": 1.0}, "flat on both sides of the step"),
    Kink("ceil(x)", {"x": 1.0}, "flat on both sides of the step"),
    Kink("floor_divide(x, y)", {"x": 4.0, "y": 2.0}, "flat on both sides of the step"),
    Kink("remainder(x, y)", {"x": 4.0, "y": 2.0}, "those of the right side, where y fits in x"),
    Kink("greater(x, y)", {"x": 1.0, "y": 1.0}, "all comparisons are flat"),
    Kink("clip(x, 0, 1)", {"x": 0.0}, "the bounds belong to the inside"),
    Kink("clip(x, 0, 1)", {"x": 1.0}, "the bounds belong to the inside"),
    Kink("clip(x, y, z)", {"x": -1.0, "y": 0.0, "z": 0.0}, "of equal bounds the lower one"),
    Kink("maximum(x, y)", {"x": 2.0, "y": 2.0}, "a tie is shared"),
    Kink("minimum(x, y)", {"x": 2.0, "y": 2.0}, "a tie is shared"),
    Kink("maximum(x, x)", {"x": 2.0}, "the two halves add up"),
    Kink("maximum(x, y)", {"x": 2.0, "y": math.nan}, "none wins against NaN"),
    # --- the edge of a domain ---
    Kink("sqrt(x)", {"x": 0.0}, "the limit"),
    Kink("log(x)", {"x": 0.0}, "the limit; the value is `-inf`"),
    Kink("reciprocal(x)", {"x": 0.0}, "the limit from the right"),
    Kink("arcsin(x)", {"x": 1.0}, "the limit"),
    Kink("arccos(x)", {"x": 1.0}, "the limit"),
    Kink("arccosh(x)", {"x": 1.0}, "the limit"),
    Kink("arctan2(x, y)", {"x": 0.0, "y": 0.0}, "the angle of no direction"),
    Kink("hypot(x, y)", {"x": 0.0, "y": 0.0}, "a minimum, in every direction"),
    Kink(
        "power(x, y)", {"x": 0.0, "y": 0.0}, "`x**0` is 1 for every x, `0**y` is 0 for every y > 0"
    ),
    Kink("power(x, 0.5)", {"x": 0.0}, "the limit"),
    Kink("power(x, y)", {"x": -2.0, "y": 3.0}, "no real power next to the third"),
    Kink("where(x > 0, sqrt(x), 0)", {"x": 0.0}, "Values: a path with a factor 0 counts nothing"),
    Kink(
        "where(x > 0, sqrt(x), 0)",
        {"x": [0.0]},
        "Tensors, and floats given to `grad`: 0 times inf is NaN, as in PyTorch",
    ),
    # --- arrays ---
    Kink("max(x)", {"x": [1.0, 1.0, 0.0]}, "k equal winners get 1/k each"),
    Kink("min(x)", {"x": [1.0, 0.0, 0.0]}, "k equal winners get 1/k each"),
    Kink("max(x)", {"x": [1.0, math.nan]}, "none wins against NaN"),
    Kink("sort(x)[0]", {"x": [2.0, 1.0, 1.0]}, "of equal elements the first goes first"),
    Kink("topk(x, 1).values", {"x": [1.0, 1.0]}, "of equal elements the first goes first"),
    Kink("max_pool2d(x, 2)", {"x": [ONES]}, "of equal elements the first gets all"),
    Kink("prod(x)", {"x": [2.0, 0.0, 3.0]}, "no kink, but a division by zero for others"),
    Kink("cumprod(x)", {"x": [2.0, 0.0, 3.0]}, "no kink, but a division by zero for others"),
    Kink("norm(x)", {"x": [0.0, 0.0]}, "a minimum, in every direction"),
    Kink("vector_norm(x, 0.5)", {"x": [0.0, 4.0]}, "a cusp at 0, where the norm is smallest"),
    Kink("norm(x, 1)", {"x": [0.0, 3.0]}, "as for abs"),
    Kink("norm(x, inf)", {"x": [1.0, -1.0]}, "as for max and abs"),
    Kink("norm(x, 2)", {"x": [[0.0, 0.0], [0.0, 0.0]]}, "as for max: equal singular values share"),
    Kink("norm(x, 'nuc')", {"x": [[0.0, 0.0], [0.0, 0.0]]}, "that of the sum of singular values"),
    Kink("std(x)", {"x": [1.0, 1.0]}, "a minimum, in every direction"),
    Kink("det(x)", {"x": SINGULAR}, "no kink: the cofactors, where there is no inverse"),
    Kink("svd(x).S", {"x": IDENTITY}, "equal singular values: their sum has a slope"),
    Kink("svd(x).U", {"x": IDENTITY}, "their vectors are not unique"),
    Kink("eigh(x).eigenvalues", {"x": IDENTITY}, "equal eigenvalues: their sum has a slope"),
    Kink("eigh(x).eigenvectors", {"x": IDENTITY}, "their vectors are not unique"),
)


def slopes(kink: Kink) -> dict[str, Any]:
    """The gradient of the sum of the result at the point, for each input.

    >>> slopes(Kink("maximum(x, y)", {"x": 2.0, "y": 2.0}, ""))
    {'x': 0.5, 'y': 0.5}
    """
    leaves: dict[str, Any] = {
        name: Value(at) if isinstance(at, float) else Tensor(np.array(at), requires_grad=True)
        for name, at in kink.at.items()
    }
    with np.errstate(all="ignore"):
        result = eval(kink.expression, vars(autograd) | leaves | {"inf": math.inf})
        (result.sum() if isinstance(result, Tensor) else result).backward()
    return {name: np.asarray(leaf.grad).tolist() for name, leaf in leaves.items()}
