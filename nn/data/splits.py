"""Data set aside, to judge a network by what it has not seen."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nn.checks import check_random, real
from nn.data.examples import common_length, permutation

__all__ = ["split"]


def split(
    X: ArrayLike, y: ArrayLike, validation: float = 0.2, seed: int = 0, rng: Any = None
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Set aside a part of the data to judge the network by: ``X_train, y_train, X_val, y_val``.

    What a network has seen in training it may have learned by heart. The split is stratified: each
    class has the same share in both parts, as nearly as whole examples allow, and at least one
    example in both if it has two. The only example of a class goes to the training part.

    Args:
        X: shape (n, ...), one example in each row.
        y: shape (n,), the class of each example: numbers, strings, whatever sorts.
        validation: the fraction of the examples to set aside, 0.2 by default; between 0 and 1.
        seed: fixes which ones; 0 by default.
        rng: a ``random.Random`` or NumPy Generator to draw from instead of the seed.

    Returns:
        Four arrays with the dtypes of X and y, copies, each part in random order.

    Raises:
        ValueError: X and y of different lengths or empty; y of more than one dimension; validation
            not between 0 and 1; no class with two examples, as when y is not classes at all.
        TypeError: X or y without rows, validation not a number, no usable seed or rng.

    >>> X, y = np.arange(20.0).reshape(10, 2), [0] * 5 + [1] * 5
    >>> X_train, y_train, X_val, y_val = split(X, y)
    >>> X_train.shape, X_val.shape, sorted(y_val.tolist())
    ((8, 2), (2, 2), [0, 1])
    """
    X, y = np.asarray(X), np.asarray(y)
    n = common_length("split", (X, y))
    if y.ndim != 1:
        raise ValueError(
            f"split: expected y of shape (n,), one class for each example, got {y.shape}. "
            "If it is one-hot, take y.argmax(axis=1); if it is a column, y.ravel()."
        )
    wanted = "a fraction of the examples, between 0 and 1"
    fraction = real("split: validation", validation, wanted, lambda x: 0 < x < 1)
    check_random("split", seed if rng is None else None, rng)

    order = permutation(n, seed if rng is None else None, rng)
    _, classes, counts = np.unique(y[order], return_inverse=True, return_counts=True)
    # How many of each class to set aside.  Rounding down leaves some over; they go to the classes
    # that lost most by it (the method of largest remainders), so that the total is right as well.
    exact = fraction * counts
    take = np.floor(exact).astype(np.int64)
    left = max(0, round(fraction * n) - int(take.sum()))
    take[np.argsort(take - exact, kind="stable")[:left]] += 1
    take = np.minimum(np.maximum(take, 1), counts - 1)  # both parts, or training if there is one
    if not take.any():
        raise ValueError(
            f"split: expected at least two examples of some class, got {n} examples of "
            f"{len(counts)} classes. Is y the right array?"
        )
    aside = np.zeros(n, dtype=np.bool_)
    for index, number in enumerate(take):
        aside[np.flatnonzero(classes == index)[:number]] = True
    train, val = order[~aside], order[aside]
    return X[train], y[train], X[val], y[val]
