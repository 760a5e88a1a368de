"""Data on its way to the network: split it, put its features on one scale, take it in batches.

The three ways of gradient descent differ in one number, how many examples a step looks at:

- all of them (``batch_size=None``): gradient descent; every step knows the whole loss;
- one (``batch_size=1``): stochastic gradient descent; cheap steps in noisy directions;
- a few (``batch_size=32``): mini-batches; what is used in practice.

Everything here takes and returns plain NumPy arrays (``batches`` also lists), in memory.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nn.checks import check_random, real, whole

__all__ = ["batches", "moments", "split"]


def batches(
    *arrays: Any,
    batch_size: int | None = None,
    shuffle: bool = True,
    seed: int | None = None,
    rng: Any = None,
) -> Iterator[tuple[Any, ...]]:
    """One epoch: tuples with the same rows of all arrays, every row once.

    Args:
        *arrays: one or more NumPy arrays, lists or tuples of one length, the number of examples.
        batch_size: how many examples a batch has: None (default) for all, the full batch; 1 for
            single examples; or any number between. As in PyTorch's ``DataLoader``, the last batch
            is smaller if the examples do not divide evenly, and a ``batch_size`` beyond their
            number gives one batch of all. (Its ``batch_size=None`` is something else, though.)
        shuffle: take the examples in random order (default) or as they come.
        seed: fixes the order. The same seed in every epoch gives the same order in every epoch.
        rng: a ``random.Random`` or NumPy Generator to draw the order from instead. Share one among
            the epochs for a different order in each. Without seed and rng the order comes from
            Python's global generator, which ``random.seed`` fixes.

    Returns:
        An iterator over tuples, one entry for each argument, also if there is only one: an array
        of shape (batch, ...) and unchanged dtype for an array, a list for a list or tuple. Arrays
        are copies. There are ``math.ceil(n / batch_size)`` tuples.

    Raises:
        ValueError: no arrays, or arrays of different lengths or without examples; a batch_size
            below 1; both seed and rng.
        TypeError: an argument that has no rows, a batch_size that is not a whole number.
            All are raised by the call itself, before the first batch is asked for.

    >>> X, y = np.arange(10.0).reshape(5, 2), [0, 1, 0, 1, 0]
    >>> for inputs, targets in batches(X, y, batch_size=2, shuffle=False):
    ...     print(inputs.tolist(), targets)
    [[0.0, 1.0], [2.0, 3.0]] [0, 1]
    [[4.0, 5.0], [6.0, 7.0]] [0, 1]
    [[8.0, 9.0]] [0]
    >>> rng = np.random.default_rng(0)
    >>> for epoch in range(3):
    ...     print([label for (label,) in batches("a b c d".split(), batch_size=2, rng=rng)])
    [['c', 'a'], ['b', 'd']]
    [['d', 'c'], ['b', 'a']]
    [['b', 'd'], ['a', 'c']]
    """
    # A generator function runs none of its body until the first ``next``; so this one checks, and
    # the generator is another.
    n = _common_length("batches", arrays)
    size = n
    if batch_size is not None:
        size = whole("batches: batch_size", batch_size, 1, otherwise=", or None for the full batch")
    check_random("batches", seed, rng)
    order = _permutation(n, seed, rng) if shuffle else np.arange(n)
    return _slices(arrays, order, size)


def _slices(arrays: tuple[Any, ...], order: NDArray[Any], size: int) -> Iterator[tuple[Any, ...]]:
    for start in range(0, len(order), size):
        rows = order[start : start + size]
        yield tuple(
            array[rows] if isinstance(array, np.ndarray) else [array[row] for row in rows.tolist()]
            for array in arrays
        )


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
    n = _common_length("split", (X, y))
    if y.ndim != 1:
        raise ValueError(
            f"split: expected y of shape (n,), one class for each example, got {y.shape}. "
            "If it is one-hot, take y.argmax(axis=1); if it is a column, y.ravel()."
        )
    wanted = "a fraction of the examples, between 0 and 1"
    fraction = real("split: validation", validation, wanted, lambda x: 0 < x < 1)
    check_random("split", seed if rng is None else None, rng)

    order = _permutation(n, seed if rng is None else None, rng)
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


def moments(X: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    """The mean and standard deviation of each feature, to bring all to one scale.

    Standardised inputs, ``(X - mean) / std``, have mean 0 and standard deviation 1. Gradient
    descent needs that: with one feature in the thousands and another in the thousandths no
    learning rate suits both.

    Compute the moments of the *training* part and apply them to everything, the validation part
    too, as below. The validation part stands for data that do not exist yet. Were it to contribute
    to the moments, knowledge of it would leak into training and the network would look better than
    it is; were it given moments of its own, the same flower would have different numbers in the
    two parts.

    Args:
        X: shape (n, ...), one example in each row, finite real numbers.

    Returns:
        ``mean`` and ``std`` of shape ``X.shape[1:]``, float64, or float32 if X is. ``std`` divides
        by n, as NumPy's and scikit-learn's do. For a feature that is the same in all examples (the
        corner of an image) ``std`` is 1, not 0, so that it becomes 0, not NaN.

    Raises:
        ValueError: no examples, NaN or infinity in X.
        TypeError: X is not an array of real numbers.

    >>> X_train, X_val = np.array([[1.0, 7.0], [3.0, 7.0]]), np.array([[2.0, 8.0]])
    >>> mean, std = moments(X_train)
    >>> ((X_train - mean) / std).tolist()
    [[-1.0, 0.0], [1.0, 0.0]]
    >>> ((X_val - mean) / std).tolist()
    [[0.0, 1.0]]
    """
    X = np.asarray(X)
    n = _common_length("moments", (X,))
    if X.dtype.kind not in "buif":
        raise TypeError(f"moments: expected an array of real numbers, got dtype {X.dtype}.")
    bad = X.size - int(np.count_nonzero(np.isfinite(X)))
    if bad:
        raise ValueError(
            f"moments: expected finite numbers, got {bad} NaN or infinite of {X.size}. "
            "Drop those examples or fill the gaps first."
        )
    # float64 for the sums whatever X is: a long sum of float32 loses digits.
    wide = X.astype(np.float64)
    # The computed mean of many 0.1 is not quite 0.1, which would give a constant a tiny std.
    constant = (wide == wide[0]).all(axis=0)
    mean = np.where(constant, wide[0], wide.sum(axis=0) / n)
    std = np.sqrt(((wide - mean) ** 2).sum(axis=0) / n)
    std = np.where(std == 0, 1.0, std)
    dtype = np.float32 if X.dtype == np.float32 else np.float64
    return mean.astype(dtype), std.astype(dtype)


# ---- Bad input, and chance -----------------------------------------------------------------------


def _common_length(what: str, arrays: tuple[Any, ...]) -> int:
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


def _permutation(n: int, seed: int | None, rng: Any) -> NDArray[np.int64]:
    """The numbers 0 to n - 1 in random order."""
    if rng is None:
        rng = random if seed is None else np.random.RandomState(np.random.MT19937(seed))
    if hasattr(rng, "permutation"):
        return np.asarray(rng.permutation(n), dtype=np.int64)
    return np.array(rng.sample(range(n), n), dtype=np.int64)
