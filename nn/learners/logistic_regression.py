"""Logistic regression by gradient descent: the chance that an example is of class 1.

A weighted sum can be any number; the sigmoid σ(s) = 1 / (1 + e⁻ˢ) makes a chance of it,
p = σ(X w + b) (Cox, 1958).  The loss is how surprised it is by the classes that came; its minimum
cannot be calculated:

    L(w, b) = mean(-y log p - (1 - y) log(1 - p)) + penalty / 2 · |w|²

It is convex, so every way downhill leads to the same minimum.  Its slopes are short:

    ∂L/∂b = mean(p - y)        ∂L/∂w = mean((p - y) x) + penalty · w

so at the minimum without a penalty the chances are right on average, and also weighted by every
feature: *calibrated*.  If a plane separates the classes there is no minimum: twice the weights are
always better.  Then it takes a penalty to stop their growth.

    python -m nn.learners.logistic_regression
"""

from __future__ import annotations

from typing import Any

import numpy as np

import nn
from autograd import Tensor
from nn.learners.inputs import examples, finite, signs

__all__ = ["chances", "fit_logistic"]


def fit_logistic(
    X: Any, y: Any, lr: float = 1.0, steps: int = 1000, penalty: float = 0.0, momentum: float = 0.9
) -> tuple[Any, float, list[float]]:
    """The weights and the bias after some steps from 0, and the loss before each step.

    Args:
        X: shape (n, features), one example in each row.
        y: shape (n,), classes 0 and 1.
        lr: the learning rate.
        steps: how many.
        penalty: how much large weights cost; scikit-learn's ``LogisticRegression(C)`` is
            ``1 / (C * n)``.
        momentum: how much of the last step is kept (Nesterov, 1983); 0 for plain descent.

    Returns:
        Weights of shape (features,), the bias, and a list of losses.

    Raises:
        ValueError: X or y of another shape, classes other than 0 and 1, a loss that overflows.

    >>> w, b, history = fit_logistic([[0.0], [1.0], [2.0], [3.0]], [0, 1, 0, 1])
    >>> chances([[1.5]], w, b).round(4), round(history[0], 4)  # log(2): it knows nothing
    (array([0.5]), 0.6931)
    """
    X = examples("fit_logistic: X", X)
    y = (signs("fit_logistic", y, len(X)) + 1) / 2
    w = Tensor(np.zeros(X.shape[1]), requires_grad=True)
    b = Tensor(0.0, requires_grad=True)
    optimizer = nn.SGD([w, b], lr=lr, momentum=momentum, nesterov=momentum > 0)
    history = []
    for step in range(steps):
        loss = nn.functional.binary_cross_entropy_with_logits(X @ w + b, y)
        loss = loss + penalty / 2 * nn.l2_penalty([w])  # the bias is free
        history.append(finite("fit_logistic", loss.item(), step))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return w.data, b.item(), history


def chances(X: Any, w: Any, b: float) -> Any:
    """The chance of class 1 for each row of ``X``, shape (n,)."""
    return nn.functional.sigmoid(np.asarray(X) @ w + b)


def main() -> None:
    """Two kinds of iris that no plane separates, by their petals."""
    X, y = nn.datasets.load("iris")[:2]
    X, y = X[50:, 2:], y[50:] - 1
    mean, std = nn.moments(X)
    X = (X - mean) / std
    w, b, history = fit_logistic(X, y, steps=3000)
    p = chances(X, w, b)

    print("Claim: at the minimum the chances are right on average, and for every feature.")
    print(f"  loss {history[0]:.4f} → {history[-1]:.6f}, weights {w.round(4)}, bias {b:.4f}")
    print(f"  flowers of class 1: {y.sum()}, sum of their chances: {p.sum():.6f}")
    print(f"  mean((p - y) x): {((p - y) @ X / len(X)).round(9)}")
    print(f"  right: {np.mean((p > 0.5) == y):.0%}")
    print("Claim: for classes that a plane separates, the weights grow forever.")
    X, y = nn.datasets.load("iris")[:2]
    X, y = X[:100, 2:] - X[:100, 2:].mean(axis=0), y[:100]
    for steps in (100, 1000, 10000):
        w, b, history = fit_logistic(X, y, steps=steps, momentum=0.0)
        print(f"  {steps:6} steps: loss {history[-1]:.5f}, weights of length {np.hypot(*w):.2f}")


if __name__ == "__main__":
    main()
