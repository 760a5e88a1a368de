"""Linear regression by gradient descent, on the one loss whose minimum can be calculated.

Predict a number as a weighted sum, ŷ = X w + b, and choose w and b so that

    L(w, b) = mean((X w + b - y)²) + penalty · |w|²

is smallest.  The loss is a bowl.  Descent rolls into it, w ← w - lr · ∂L/∂w; where it ends the
slopes are 0, and those equations are linear in w and b, so they can also be solved: the *normal
equations*, with A = [X 1] and for penalty 0: AᵀA (w, b) = Aᵀy (Legendre 1805; with the penalty,
*ridge regression*: Hoerl and Kennard 1970).

How fast?  The Hessian of a bowl, its matrix of second derivatives, is the same everywhere.  Along a
direction in which it has the eigenvalue h, each step multiplies what is left of the way by
1 - lr · h.  So the largest h limits the rate, lr < 2 / h, and the smallest sets the time.  Features
of one scale (``nn.moments``) bring them together.

    python -m nn.learners.linear_regression
"""

from __future__ import annotations

from typing import Any

import numpy as np

import nn
from autograd import hessian, value_and_grad
from nn.learners.inputs import examples, finite, targets

__all__ = ["fit_linear", "rate_limit"]


def fit_linear(
    X: Any, y: Any, lr: float = 0.1, steps: int = 1000, penalty: float = 0.0
) -> tuple[Any, float, list[float]]:
    """The weights and the bias after some steps from 0, and the loss before each step.

    Args:
        X: shape (n, features), one example in each row.
        y: shape (n,), the numbers to predict.
        lr: the learning rate, below ``rate_limit(X, penalty)``.
        steps: how many.
        penalty: how much large weights cost; scikit-learn's ``Ridge(alpha)`` is ``alpha / n``.

    Returns:
        Weights of shape (features,), the bias, and a list of losses.

    Raises:
        ValueError: X or y of another shape, or not finite; a loss that overflows.

    >>> weights, bias, history = fit_linear([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0])
    >>> weights.round(4), round(bias, 4), round(history[0], 4)
    (array([2.]), 1.0, 11.6667)
    """
    X = examples("fit_linear: X", X)
    y = targets("fit_linear", y, len(X))

    def loss(w: Any, b: Any) -> Any:
        return nn.functional.mse_loss(X @ w + b, y) + penalty * (w * w).sum()

    loss_and_slopes = value_and_grad(loss, (0, 1))
    w, b = np.zeros(X.shape[1]), 0.0
    history = []
    for step in range(steps):
        value, (slope_w, slope_b) = loss_and_slopes(w, b)
        history.append(finite("fit_linear", value, step))
        w = w - lr * slope_w
        b = b - lr * slope_b
    return w, float(b), history


def rate_limit(X: Any, penalty: float = 0.0) -> float:
    """The learning rate 2 / h at which descent stops to converge; h is the Hessian's largest.

    >>> rate_limit([[1.0], [-1.0]])
    1.0
    """
    X = examples("rate_limit: X", X)

    def loss(v: Any) -> Any:  # the targets are not in the second derivatives
        return ((X @ v[:-1] + v[-1]) ** 2).mean() + penalty * (v[:-1] ** 2).sum()

    return 2 / float(np.linalg.eigvalsh(hessian(loss)(np.zeros(X.shape[1] + 1)))[-1])


def main() -> None:
    """Petal widths of flowers from their three other measurements."""
    flowers = nn.datasets.load("iris").X
    mean, std = nn.moments(flowers[:, :3])
    X, y = (flowers[:, :3] - mean) / std, flowers[:, 3]

    limit = rate_limit(X)
    w, b, history = fit_linear(X, y, lr=0.9 * limit, steps=2000)
    solved = np.linalg.lstsq(np.column_stack([X, np.ones(len(X))]), y, rcond=None)[0]
    fast = fit_linear(X, y, lr=1.01 * limit, steps=2000)[2]

    print("Claim: gradient descent ends where the normal equations say.")
    print(f"  descent: weights {w.round(4)}, bias {b:.4f}, error {history[-1]:.6f} cm²")
    print(f"  solved:  weights {solved[:3].round(4)}, bias {solved[3]:.4f}")
    print(f"  largest difference {np.abs([*w, b] - solved).max():.0e}")
    print("Claim: the Hessian says which rates converge.")
    print(f"  0.90 of 2/h: {history[0]:.3f} → {history[-1]:.3f}")
    print(f"  1.01 of 2/h: {fast[0]:.3f} → {fast[-1]:.0e}")


if __name__ == "__main__":
    main()
