"""Numbers that a network can learn from: finite, on one scale, and classes as ones and zeros."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nn.checks import fails
from nn.data.examples import as_array, common_length

__all__ = ["check_finite", "moments", "standardize"]


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
    X = as_array(X)
    n = common_length("moments", (X,))
    check_finite(X, what="moments")
    # float64 for the sums whatever X is: a long sum of float32 loses digits.
    wide = X.astype(np.float64)
    # The computed mean of many 0.1 is not quite 0.1, which would give a constant a tiny std.
    constant = (wide == wide[0]).all(axis=0)
    mean = np.where(constant, wide[0], wide.sum(axis=0) / n)
    std = np.sqrt(((wide - mean) ** 2).sum(axis=0) / n)
    std = np.where(std == 0, 1.0, std)
    dtype = np.float32 if X.dtype == np.float32 else np.float64
    return mean.astype(dtype), std.astype(dtype)


def standardize(X_train: ArrayLike, *others: ArrayLike) -> Any:
    """Each feature with mean 0 and standard deviation 1 in the training part; the others follow.

    ``(X - mean) / std`` with the ``moments`` of the training part, which see for the reason.  Keep
    the moments, and write the formula out, if more data are to come once the network is trained.

    Args:
        X_train: shape (n, ...), one example in each row, finite real numbers.
        *others: shape (m, ...) with the same features: validation and test parts.

    Returns:
        A new array for each, float64, or float32 if X_train is: a tuple, or a single array if there
        are no others.

    Raises:
        ValueError: no examples, NaN or infinity, or other features than those of X_train.
        TypeError: arrays that are not real numbers.

    >>> X_train, X_val = standardize([[1.0, 7.0], [3.0, 7.0]], [[2.0, 8.0]])
    >>> X_train.tolist(), X_val.tolist()
    ([[-1.0, 0.0], [1.0, 0.0]], [[0.0, 1.0]])
    """
    mean, std = moments(X_train)
    parts = [as_array(X_train)]
    for position, other in enumerate(others, start=1):
        part, what = as_array(other), f"standardize: argument {position}"
        check_finite(part, what=what)
        if part.shape[1:] != mean.shape:
            raise fails(
                what,
                f"examples of shape {mean.shape}, as in the training part (argument 0)",
                f"shape {part.shape[1:]}",
                "Only features are scaled: leave targets out.",
            )
        parts.append(part)
    scaled = tuple(((part - mean) / std).astype(mean.dtype, copy=False) for part in parts)
    return scaled if others else scaled[0]


def check_finite(
    X: ArrayLike, feature_names: Sequence[str] | None = None, *, what: str = "check_finite"
) -> None:
    """Raise for NaN and infinity, and say where the first one is.

    One such number makes the loss NaN, the gradients and, a step later, all parameters.

    Args:
        X: an array of real numbers, one example in each row.
        feature_names: of the columns, to be named in the message.
        what: the message starts with it.

    Raises:
        ValueError: NaN or infinity, with its row (from 0) and its column.
        TypeError: X is not an array of real numbers.

    >>> check_finite([[1.0, 2.0], [3.0, float("nan")]], ["length", "width"])
    Traceback (most recent call last):
        ...
    ValueError: check_finite: expected finite numbers, got 1 NaN or infinite of 4; the first is
    nan in row 1, column 1 ('width'). Drop those examples or fill the gaps first.
    """
    X = as_array(X)
    if X.dtype.kind not in "buif":
        raise TypeError(f"{what}: expected an array of real numbers, got dtype {X.dtype}.")
    finite = np.isfinite(X)
    if finite.all():
        return
    place = tuple(np.argwhere(~finite)[0].tolist())
    where = f"row {place[0]}" if place else "the only number"
    if len(place) == 2:
        name = "" if feature_names is None else f" ({feature_names[place[1]]!r})"
        where += f", column {place[1]}{name}"
    elif len(place) > 2:
        where += f", position {place[1:]}"
    raise fails(
        what,
        "finite numbers",
        f"{np.count_nonzero(~finite)} NaN or infinite of {X.size}; the first is {X[place]} in "
        f"{where}",
        "Drop those examples or fill the gaps first.",
    )
