"""What every part of this package asks of data: how many examples, and in which order."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Tensor

__all__ = ["as_array", "common_length", "permutation"]


def as_array(x: Any) -> NDArray[Any]:
    """``x`` as an array; rows of different lengths, which are none, as one of objects.

    >>> as_array([[1.0], [2.0, 3.0]]).dtype
    dtype('O')
    """
    try:
        return np.asarray(x.primal if isinstance(x, Tensor) else x)
    except ValueError:
        return np.array([None])


def common_length(what: str, arrays: tuple[Any, ...]) -> int:
    """The number of rows all arrays have."""
    if not arrays:
        raise ValueError(f"{what}: expected at least one array, got none.")
    for array in arrays:
        scalar = isinstance(array, np.ndarray) and array.ndim == 0
        if scalar or not isinstance(array, np.ndarray | list | tuple):
            raise TypeError(
                f"{what}: expected NumPy arrays or lists with one row for each example, got "
                f"{'a single number' if scalar else type(array).__name__}. "
                "Convert what holds several examples with np.asarray."
            )
    lengths = [len(array) for array in arrays]
    if len(set(lengths)) > 1:
        raise ValueError(
            f"{what}: expected arrays of one length, got {' and '.join(map(str, lengths))}. "
            "Each example needs a row in every array."
        )
    if lengths[0] == 0:
        raise ValueError(f"{what}: expected at least one example, got none.")
    return lengths[0]


def permutation(n: int, seed: int | None, rng: Any) -> NDArray[np.int64]:
    """The numbers 0 to n - 1 in random order."""
    if rng is None:
        rng = random if seed is None else np.random.RandomState(np.random.MT19937(seed))
    if hasattr(rng, "permutation"):
        return np.asarray(rng.permutation(n), dtype=np.int64)
    return np.array(rng.sample(range(n), n), dtype=np.int64)
