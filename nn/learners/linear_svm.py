"""A linear support-vector machine by gradient descent: a border with room on both sides.

Classes are signs, y = ±1, and the score of an example is w·x.  A score on the right side is not
enough, it should be right by 1; what is missing is the *hinge* loss (Cortes and Vapnik, 1995):

    L(w) = mean(max(0, 1 - y · (w·x))) + penalty / 2 · |w|²

The border is w·x = 0, and the scores ±1 are at the distance 1/|w| from it, so a small |w| is a wide
street.  Examples that are right by more than 1 have no slope: only the others, the *support
vectors*, hold the border in its place.  At the minimum w is their sum, each weighted with at most
1 / (penalty · n).

The hinge has kinks, and with a constant rate descent keeps jumping across them.  With the
penalty L is everywhere at least as curved as the bowl penalty / 2 · |w|², and for such functions
the rates 1 / (penalty · t) at the steps t = 1, 2, 3, ... converge, also where slopes jump:
*Pegasos* (Shalev-Shwartz, Singer, Srebro and Cotter, 2011), here with all examples in each step.

The bias is the weight of one more feature that is always 1, and is penalised like the others.

    python -m nn.learners.linear_svm
"""

from __future__ import annotations

from typing import Any

import numpy as np

import nn
from autograd import Tensor
from nn.checks import real
from nn.learners.inputs import examples, finite, signs

__all__ = ["fit_svm"]


def fit_svm(
    X: Any, y: Any, penalty: float = 0.01, steps: int = 2000
) -> tuple[Any, float, list[float]]:
    """The weights and the bias after some steps from 0, and the loss before each step.

    Args:
        X: shape (n, features), one example in each row.
        y: shape (n,), classes 0 and 1.
        penalty: above 0; scikit-learn's ``LinearSVC(loss="hinge", C)`` is ``1 / (C * n)``.
        steps: how many.

    Returns:
        Weights of shape (features,), the bias, and a list of losses. It is above 0 where the score
        ``X @ weights + bias`` says class 1.

    Raises:
        ValueError: X or y of another shape, classes other than 0 and 1, a penalty of 0.

    >>> weights, bias, history = fit_svm([[-2.0], [-1.0], [1.0], [2.0]], [0, 0, 1, 1])
    >>> weights.round(2), round(bias, 2)  # from -1 to 1 is the widest street
    (array([1.]), 0.0)
    """
    X = examples("fit_svm: X", X)
    y = signs("fit_svm", y, len(X))
    penalty = real("fit_svm: penalty", penalty, "a number above 0", lambda c: 0 < c < np.inf)
    X = np.column_stack([X, np.ones(len(X))])
    w = Tensor(np.zeros(X.shape[1]), requires_grad=True)
    optimizer = nn.SGD([w], lr=1 / penalty)
    schedule = nn.optim.lr_scheduler.LambdaLR(optimizer, lambda t: 1 / (t + 1))
    history = []
    for step in range(steps):
        loss = nn.functional.hinge_loss(X @ w, y) + penalty / 2 * nn.l2_penalty([w])
        history.append(finite("fit_svm", loss.item(), step))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return w.data[:-1], w.data[-1].item(), history


def main() -> None:
    """Two kinds of iris that no plane separates, by their petals."""
    X, y = nn.datasets.load("iris")[:2]
    X, y = X[50:, 2:], y[50:] - 1
    mean, std = nn.moments(X)
    X = (X - mean) / std
    w, b, history = fit_svm(X, y, steps=5000)
    score = X @ w + b
    support = (2 * y - 1) * score < 1 + 1e-2

    print("Claim: it converges although its slope jumps, and few examples hold the border.")
    for step in (1, 10, 100, 1000, 4999):
        print(f"  after {step:4} steps: loss {history[step]:.6f}")
    print(f"  weights {w.round(3)}, bias {b:.3f}, right: {np.mean((score > 0) == y):.0%}")
    w2, b2, _ = fit_svm(X[support], y[support], penalty=0.01 * len(X) / support.sum(), steps=5000)
    print(f"  {support.sum()} of {len(X)} examples are support vectors; from these alone:")
    print(f"  weights {w2.round(3)}, bias {b2:.3f}")


if __name__ == "__main__":
    main()
