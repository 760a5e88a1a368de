"""k-means by gradient descent: find groups where nobody has named any.

Put k centres among the examples so that on average an example is close to the nearest of them:

    L(c₁, ..., c_k) = mean over the examples of  min_j |x - c_j|²

Only the nearest centre feels an example.  If n_j of n examples are nearest to c_j, with mean m_j,

    ∂L/∂c_j = 2 n_j/n · (c_j - m_j)        and        ∂²L/∂c_j² = 2 n_j/n · (identity).

So a step against the slope moves a centre towards the mean of its examples, and with the rate
n / (2 n_j), which is 1 over the second derivative, it jumps right there: *Lloyd's iteration*,
"assign each example to its nearest centre, move each centre to the mean" (1957, published 1982).
What looks like an algorithm of its own is gradient descent with a rate for each centre, and also
Newton's method (Bottou and Bengio, 1995).  All derivatives come from the loss alone.

Where examples change their centre the loss has a kink, and it has many local minima: where it ends
depends on where it begins.

    python -m nn.learners.k_means
"""

from __future__ import annotations

from typing import Any

import numpy as np

import nn
from autograd import hvp, value_and_grad
from nn.checks import fails
from nn.learners.inputs import examples, finite

__all__ = ["fit_k_means", "mean_squared_distance", "nearest"]


def squared_distances(X: Any, centres: Any) -> Any:
    """Between each example and each centre: (n, features) and (k, features) give (n, k)."""
    return ((X[:, None, :] - centres) ** 2).sum(axis=2)


def mean_squared_distance(X: Any, centres: Any) -> Any:
    """The loss: how far an example is from its nearest centre, squared, on average.

    >>> mean_squared_distance(np.array([[0.0], [2.0], [7.0]]), np.array([[1.0], [6.0]])).item()
    1.0
    """
    return squared_distances(X, centres).min(axis=1).mean()


def nearest(X: Any, centres: Any) -> Any:
    """The index of the nearest centre, for each example."""
    return squared_distances(X, centres).argmin(axis=1)


def fit_k_means(
    X: Any, centres: Any, lr: float | None = None, steps: int = 100
) -> tuple[Any, list[float]]:
    """The centres after some steps, and the loss before each step.

    Args:
        X: shape (n, features), one example in each row.
        centres: shape (k, features), where to begin, e.g. k of the examples. Two in the same place
            share their examples and stay together.
        lr: the same rate for all centres, below 1; None for 1 over the second derivative of
            each, Lloyd's step. A centre without examples stays where it is.
        steps: how many; Lloyd's need few.

    Returns:
        Centres of shape (k, features), and a list of losses.

    Raises:
        ValueError: arrays of other shapes, or not finite; a loss that overflows.

    >>> X = np.array([[0.0], [2.0], [6.0], [8.0]])
    >>> centres, history = fit_k_means(X, X[:2], steps=4)
    >>> centres.ravel(), [round(value, 2) for value in history]
    (array([1., 7.]), [13.0, 2.89, 1.0, 1.0])
    """
    X, centres = examples("fit_k_means: X", X), examples("fit_k_means: centres", centres)
    if centres.shape[1] != X.shape[1]:
        got = f"{centres.shape[1]} for {X.shape[1]}"
        raise fails("fit_k_means", "centres with as many features as the examples", got, "")

    def loss(centres: Any) -> Any:
        return mean_squared_distance(X, centres)

    history = []
    for step in range(steps):
        value, slope = value_and_grad(loss)(centres)
        history.append(float(finite("fit_k_means", value, step)))
        if lr is None:  # the Hessian is diagonal: times ones it is its diagonal
            curvature = hvp(loss, centres, np.ones_like(centres))
            move = np.divide(slope, curvature, out=np.zeros_like(slope), where=curvature > 0)
        else:
            move = lr * slope
        centres = centres - move
    return centres, history


def main() -> None:
    """Three groups among the flowers, found without their names."""
    X, y = nn.datasets.load("iris")[:2]
    start = X[[0, 60, 120]]
    lloyd, fast = fit_k_means(X, start, steps=12)
    descent, slow = fit_k_means(X, start, lr=0.5, steps=60)

    print("Claim: with 1 / (second derivative) as its rate, descent takes Lloyd's steps.")
    means = [X[nearest(X, start) == j].mean(axis=0) for j in range(3)]
    first = fit_k_means(X, start, steps=1)[0]
    print(f"  after a step, largest distance from the means: {np.abs(first - means).max():.0e}")
    print("Claim: with one rate for all it comes to the same centres, later.")
    for name, history in (("own rates", fast), ("rate 0.5 ", slow)):
        done = next(i for i, value in enumerate(history) if value < history[-1] + 1e-6)
        print(f"  {name}: loss {history[0]:.4f} → {history[-1]:.6f} after {done} steps")
    print(f"  largest difference of the centres: {np.abs(lloyd - descent).max():.0e}")
    table = np.histogram2d(y, nearest(X, lloyd), bins=3)[0].astype(int)
    print(f"Flowers of each species (rows) in each group (columns):\n{table}")


if __name__ == "__main__":
    main()
