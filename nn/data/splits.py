"""Data set aside, to judge a network by what it has not seen.

What a network has seen in training it may have learned by heart, so it is judged by other examples:
a *validation* part to choose settings by, and a *test* part that is looked at once, at the end.
``split`` cuts arrays in two; ``random_split`` and ``stratified_split`` cut any data set into parts.

A part of a small data set is a matter of luck.  *Cross-validation* (``k_fold``) takes its turn with
all parts: k networks are trained, each judged by the part that it has not seen, and every example
judges once.

A split is *stratified* when each class has the same share in all parts, as nearly as whole examples
allow; a part without any example of a rare class says nothing about it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nn.checks import check_random, fails, real, whole
from nn.data.dataset import Dataset, Subset, TensorDataset, as_dataset
from nn.data.examples import as_array, common_length, permutation
from nn.random import source

__all__ = ["k_fold", "random_split", "split", "stratified_split"]


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
    X, y = as_array(X), as_array(y)
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
    take = _largest_remainders(fraction * counts, round(fraction * n))
    take = np.minimum(np.maximum(take, 1), counts - 1)  # both parts, or training if there is one
    if not take.any():
        raise ValueError(
            f"split: expected at least two examples of some class, got {n} examples of "
            f"{len(counts)} classes. Is y the right array?"
        )
    aside = _first_of_each(classes, take)
    train, val = order[~aside], order[aside]
    return X[train], y[train], X[val], y[val]


def random_split(
    dataset: Any, lengths: Sequence[float], generator: np.random.Generator | None = None
) -> list[Subset]:
    """Parts of a data set, drawn at random; every example is in one of them.

    Args:
        dataset: a ``Dataset``, or anything with ``len`` and examples by number.
        lengths: of the parts: whole numbers that add up to ``len(dataset)``, or fractions that add
            up to 1.  What rounding down leaves over goes to the first parts, one to each.
        generator: a NumPy Generator; by default the one that ``nn.manual_seed`` starts.

    Returns:
        A ``Subset`` for each length; ``part[:]`` of a part of arrays has all its examples.

    Raises:
        ValueError: lengths that do not add up, or a part without examples.
        TypeError: something that is not a data set, not numbers, not a Generator.

    >>> train, validation = random_split(range(10), [0.8, 0.2], np.random.default_rng(0))
    >>> len(train), len(validation), sorted([*train, *validation])
    (8, 2, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    """
    numbers = _whole_lengths("random_split", dataset, lengths)
    order = source("random_split", generator).permutation(len(dataset))
    return [Subset(dataset, rows) for rows in np.split(order, np.cumsum(numbers)[:-1])]


def stratified_split(
    dataset: Any,
    lengths: Sequence[float],
    labels: ArrayLike | None = None,
    generator: np.random.Generator | None = None,
) -> list[Subset]:
    """Parts of a data set, drawn at random, in which each class has the same share.

    Args:
        dataset, lengths, generator: as for ``random_split``.
        labels: the class of each example, shape (n,): numbers, strings, whatever sorts; by default
            the last array of a ``TensorDataset``.

    Returns:
        A ``Subset`` for each length.  In the first part the number of examples of each class is its
        share, rounded up or down; in each further one its share of what was left, likewise.

    Raises:
        ValueError: as ``random_split``; labels that are missing, or not one for each example.
        TypeError: as ``random_split``.

    >>> labels = [0] * 6 + [1] * 3
    >>> parts = stratified_split(TensorDataset(np.arange(9.0), labels), [3, 3, 3])
    >>> [sorted(part[:][1].data.tolist()) for part in parts]
    [[0, 0, 1], [0, 0, 1], [0, 0, 1]]
    """
    numbers = _whole_lengths("stratified_split", dataset, lengths)
    order = source("stratified_split", generator).permutation(len(dataset))
    labels = _own_labels(dataset) if labels is None else labels
    classes = _classes("stratified_split", labels, order, 2)
    parts = []
    for number in numbers[:-1]:
        counts = np.bincount(classes)
        take = _largest_remainders(counts * (number / len(order)), number)
        aside = _first_of_each(classes, take)
        parts.append(Subset(dataset, order[aside]))
        order, classes = order[~aside], classes[~aside]
    return [*parts, Subset(dataset, order)]


def k_fold(
    *data: Any, k: int = 5, stratify: ArrayLike | None = None, seed: int = 0, rng: Any = None
) -> Iterator[tuple[Any, ...]]:
    """Cross-validation: k times a training and a validation part; each example validates once.

    Args:
        *data: one data set, or one or more arrays with a row for each example.
        k: how many parts, 5 by default; with as many as examples each validates on its own.
        stratify: the class of each example, shape (n,), if all parts are to have the same shares.
        seed: fixes which examples are in which part; 0 by default.
        rng: a ``random.Random`` or NumPy Generator to draw from instead of the seed.

    Returns:
        An iterator over ``(train, validation)``, Subsets of a data set; for arrays X and y over
        ``(X_train, y_train, X_validation, y_validation)``, as ``split`` gives them.  The sizes of
        the validation parts differ by one at most, and so do the numbers of each class.

    Raises:
        ValueError: k below 2 or above the number of examples; arrays of different lengths; labels
            that are not one for each example; no class with k examples.
        TypeError: k is not a whole number, no usable seed or rng.

    >>> X, y = np.arange(12.0).reshape(6, 2), np.array([0, 0, 0, 1, 1, 1])
    >>> for X_train, y_train, X_val, y_val in k_fold(X, y, k=3, stratify=y):
    ...     print(X_train.shape, sorted(y_val.tolist()))
    (4, 2) [0, 1]
    (4, 2) [0, 1]
    (4, 2) [0, 1]
    >>> [len(validation) for train, validation in k_fold(TensorDataset(X, y), k=4)]
    [2, 2, 1, 1]
    """
    arrays: tuple[NDArray[Any], ...] = ()
    if len(data) == 1 and isinstance(data[0], Dataset):
        n = len(data[0])
    else:
        arrays = tuple(map(as_array, data))
        n = common_length("k_fold", arrays)
    k = whole("k_fold: k", k, 2, n)
    check_random("k_fold", seed if rng is None else None, rng)
    order = permutation(n, seed if rng is None else None, rng)
    if stratify is not None:
        # Sorted by class and dealt out like cards, each class goes round the parts in turn.
        classes = _classes("k_fold", stratify, order, k)
        order = order[np.argsort(classes, kind="stable")]
    return _turns(data, arrays, order, k)


def _turns(
    data: Any, arrays: tuple[NDArray[Any], ...], order: NDArray[np.int64], k: int
) -> Iterator[tuple[Any, ...]]:
    # As a function of its own, so that the other one complains when it is called.
    for fold in range(k):
        aside = np.arange(len(order)) % k == fold
        parts = (order[~aside], order[aside])
        if arrays:
            yield tuple(array[rows] for rows in parts for array in arrays)
        else:
            yield tuple(Subset(data[0], rows) for rows in parts)


# ---- Shares of whole examples --------------------------------------------------------------------


def _largest_remainders(exact: NDArray[Any], total: int) -> NDArray[np.int64]:
    """Whole numbers near ``exact`` that add up to ``total``.

    Rounding down leaves some over; they go to those that lost most by it (the method of largest
    remainders).
    """
    numbers: NDArray[np.int64] = np.floor(exact).astype(np.int64)
    left = max(0, total - int(numbers.sum()))
    numbers[np.argsort(numbers - exact, kind="stable")[:left]] += 1
    return numbers


def _first_of_each(classes: NDArray[np.int64], numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
    """A mask of the first so many examples of each class."""
    mask = np.zeros(len(classes), dtype=np.bool_)
    for index, number in enumerate(numbers):
        mask[np.flatnonzero(classes == index)[:number]] = True
    return mask


def _whole_lengths(what: str, dataset: Any, lengths: Sequence[float]) -> list[int]:
    """The lengths of parts as whole numbers that add up, as PyTorch rounds them."""
    n = len(as_dataset(what, dataset))
    fix = "Give whole numbers that add up to len(dataset), or fractions that add up to 1."
    try:
        given = np.asarray(lengths)
        numeric = given.dtype.kind in "iuf" and given.ndim == 1 and given.size > 0
    except ValueError:
        numeric = False
    if not numeric:
        raise fails(what, "a list of lengths", repr(lengths), fix, TypeError)
    if given.dtype.kind == "f":
        if not (given >= 0).all() or not math.isclose(given.sum(), 1, abs_tol=1e-9):
            raise fails(what, "fractions that add up to 1", repr(lengths), fix)
        # Rounded a little first: 0.29 * 100 is a bit less than 29.
        numbers = [math.floor(round(n * fraction, 9)) for fraction in given.tolist()]
        for i in range(n - sum(numbers)):
            numbers[i % len(numbers)] += 1
    else:
        numbers = given.tolist()
    if sum(numbers) != n:
        got = f"{' + '.join(map(str, numbers))} = {sum(numbers)}"
        raise fails(what, f"lengths that add up to the {n} examples", got, fix)
    if min(numbers) < 1:
        got = " and ".join(map(str, numbers))
        raise fails(what, f"at least one of the {n} examples in each part", got, "")
    return numbers


def _classes(what: str, labels: Any, order: NDArray[np.int64], least: int) -> NDArray[np.int64]:
    """The classes in that order as numbers 0, 1, ...; one of them at least so many times."""
    labels = as_array(labels)
    if labels.shape != order.shape:
        raise fails(
            what,
            f"one class for each of {len(order)} examples",
            f"labels of shape {labels.shape}",
            "If they are one-hot, take labels.argmax(axis=1); if a column, labels.ravel().",
        )
    _, classes, counts = np.unique(labels[order], return_inverse=True, return_counts=True)
    if counts.max() < least:
        raise fails(
            what,
            f"a class with at least {least} examples",
            f"{len(order)} examples of {len(counts)} classes, at most {counts.max()} of one",
            "Are these the right labels?",
        )
    return np.asarray(classes, np.int64)


def _own_labels(dataset: Any) -> NDArray[Any]:
    if isinstance(dataset, Subset):
        return _own_labels(dataset.dataset)[dataset.indices]
    if isinstance(dataset, TensorDataset) and len(dataset.arrays) > 1:
        labels: NDArray[Any] = dataset.arrays[-1]
        return labels
    raise fails(
        "stratified_split",
        "the class of each example",
        f"no labels, and a {type(dataset).__name__} that does not tell",
        "Pass labels=y.",
    )
