"""What the learners ask of their data, and of the loss in every step."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nn.checks import fails
from nn.data.examples import as_array
from nn.data.scaling import check_finite

__all__ = ["examples", "finite", "signs", "targets"]


def examples(what: str, X: Any) -> Any:
    """``X`` as a float array of shape (n, features), neither empty nor with NaN in it.

    >>> examples("fit: X", [[1, 2], [3, float("nan")]])
    Traceback (most recent call last):
        ...
    ValueError: fit: X: expected finite numbers, got 1 NaN or infinite of 4; the first is nan in
    row 1, column 1. Drop those examples or fill the gaps first.
    """
    array = as_array(X)
    if array.dtype.kind not in "biuf" or array.ndim != 2 or not array.size:
        got = f"{array.dtype} of shape {array.shape}"
        fix = "One example in each row."
        raise fails(what, "numbers of shape (examples, features)", got, fix)
    check_finite(array, what=what)
    return array.astype(np.float64)


def targets(name: str, y: Any, n: int) -> Any:
    """``y`` as a float array of shape (n,), one finite number for each example."""
    array = as_array(y)
    if array.dtype.kind not in "biuf" or array.shape != (n,):
        got = f"{array.dtype} of shape {array.shape}"
        raise fails(f"{name}: y", f"a number for each of {n} examples, shape ({n},)", got, "")
    check_finite(array, what=f"{name}: y")
    return array.astype(np.float64)


def signs(name: str, y: Any, n: int) -> Any:
    """Classes 0 and 1 as the numbers -1 and 1."""
    array = targets(name, y, n)
    wrong = array[(array != 0) & (array != 1)]
    if wrong.size:
        raise fails(
            f"{name}: y", "classes 0 and 1", f"{wrong[0]:g}", "Write (y == name).astype(int)."
        )
    return 2 * array - 1


def finite(name: str, loss: float, step: int) -> float:
    """The loss of a step, if it is a number: a rate that is too large makes it grow without end."""
    if not math.isfinite(loss):
        raise fails(name, "a finite loss", f"{loss} at step {step}", "Try a smaller lr.")
    return loss
