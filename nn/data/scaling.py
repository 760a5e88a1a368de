"""Features on one scale."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nn.data.examples import common_length

__all__ = ["moments"]


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
    n = common_length("moments", (X,))
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
