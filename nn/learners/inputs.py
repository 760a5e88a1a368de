"""What the learners ask of their data, and of the loss in every step."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nn.checks import fails

__all__ = ["examples", "finite", "signs", "targets"]


def examples(name: str, X: Any) -> Any:
    """``X`` as a float array of shape (n, features), neither empty nor with NaN in it.

    >>> examples("fit", [[1, 2], [3, float("nan")]])
    Traceback (most recent call last):
        ...
    ValueError: fit: X: expected finite numbers, got nan in row 1. Drop or repair such rows.
    """
    array = np.asarray(X)
    if array.dtype.kind not in "biuf" or array.ndim != 2 or not array.size:
        got = f"{array.dtype} of shape {array.shape}"
        fix = "One example in each row."
        raise fails(f"{name}: X", "numbers of shape (examples, features)", got, fix)
    return _finite(f"{name}: X", array.astype(np.float64))


def targets(name: str, y: Any, n: int) -> Any:
    """``y`` as a float array of shape (n,), one finite number for each example."""
    array = np.asarray(y)
    if array.dtype.kind not in "biuf" or array.shape != (n,):
        got = f"{array.dtype} of shape {array.shape}"
        raise fails(f"{name}: y", f"a number for each of {n} examples, shape ({n},)", got, "")
    return _finite(f"{name}: y", array.astype(np.float64))


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


def _finite(what: str, array: Any) -> Any:
    wrong = np.argwhere(~np.isfinite(array))
    if len(wrong):
        got = f"{array[tuple(wrong[0])]} in row {wrong[0][0]}"
        raise fails(what, "finite numbers", got, "Drop or repair such rows.")
    return array
