"""One training step of a small network, in this library, in PyTorch and in NumPy by hand.

Linear, ReLU, ..., Linear; then cross-entropy (classes 0, 1, ...) or the hinge loss (classes -1 and
1, one output); then a step of gradient descent.  All start from the same weights, take the dtype of
these, and return what makes a step and the parameters it changes.
"""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

import measure  # before NumPy

# isort: split
import numpy as np

LR = 0.05
# Sizes of the layers, examples in a batch, and how much of PyTorch's time a step may take.
NETWORKS = (
    ([64, 32, 10], 32, 0.5),
    ([64, 128, 10], 64, 0.5),
    ([784, 128, 10], 64, 0.8),
    ([784, 512, 512, 10], 128, 1.1),
)


class Task(NamedTuple):
    """What is to be learned: weights and biases to start from, examples and classes, the loss."""

    weights: list[Any]
    X: Any
    y: Any
    loss: str


Made = tuple[measure.Run, list[Any]]


def random_task(sizes: list[int], batch: int) -> Task:
    """Noise, in classes drawn at random: as much work as anything else."""
    rng = np.random.default_rng(0)
    arrays: list[Any] = []
    for n, m in itertools.pairwise(sizes):
        bound = 1 / np.sqrt(n)
        arrays.append(rng.uniform(-bound, bound, (m, n)).astype(np.float32))
        arrays.append(rng.uniform(-bound, bound, m).astype(np.float32))
    rng = np.random.default_rng(1)
    X = rng.normal(size=(batch, sizes[0])).astype(np.float32)
    return Task(arrays, X, rng.integers(0, sizes[-1], batch), "cross_entropy")


def our_step(task: Task, compiled: bool = False) -> Made:
    import autograd
    import nn
    from autograd import Tensor

    params = [Tensor(a.copy(), requires_grad=True) for a in task.weights]
    optimizer = nn.SGD(params, lr=LR)

    def loss(X: Any, y: Any) -> Any:
        h = X
        for i in range(0, len(params) - 2, 2):
            h = autograd.relu(autograd.linear(h, params[i], params[i + 1]))
        scores = autograd.linear(h, params[-2], params[-1])
        if task.loss == "hinge":
            return autograd.relu(1 - y * scores[:, 0]).mean()
        return nn.cross_entropy(scores, y)

    if compiled:
        loss = autograd.compile(loss, numbers=False)
    X, y = Tensor(task.X), Tensor(task.y)

    def step() -> None:
        optimizer.zero_grad()
        loss(X, y).backward()
        optimizer.step()

    return step, params


def torch_step(task: Task) -> Made:
    import torch
    from torch.nn.functional import cross_entropy, linear

    params = [torch.tensor(a, requires_grad=True) for a in task.weights]
    optimizer = torch.optim.SGD(params, lr=LR)
    X, y = torch.tensor(task.X), torch.tensor(task.y)

    def step() -> None:
        h = X
        for i in range(0, len(params) - 2, 2):
            h = torch.relu(linear(h, params[i], params[i + 1]))
        scores = linear(h, params[-2], params[-1])
        if task.loss == "hinge":
            loss = torch.relu(1 - y * scores[:, 0]).mean()
        else:
            loss = cross_entropy(scores, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step, params


def step_by_hand(task: Task) -> Made:
    """Forward and backward written out in NumPy, in place where that is possible."""
    params = [a.copy() for a in task.weights]
    X, y = task.X, task.y
    rows = np.arange(len(X))

    def pull_cross_entropy(p: Any) -> None:
        """From scores to their cotangents, in place."""
        p -= p.max(axis=1, keepdims=True)
        np.exp(p, out=p)
        p /= p.sum(axis=1, keepdims=True)
        -np.log(p[rows, y]).mean()
        p[rows, y] -= 1
        p /= len(X)

    def pull_hinge(p: Any) -> None:
        margins = 1 - y * p[:, 0]
        np.maximum(margins, 0).mean()
        np.multiply(margins > 0, -y / len(X), out=p[:, 0])

    pull = pull_hinge if task.loss == "hinge" else pull_cross_entropy

    def step() -> None:
        inputs, h = [], X
        for i in range(0, len(params) - 2, 2):
            inputs.append(h)
            h = h @ params[i].T
            h += params[i + 1]
            np.maximum(h, 0, out=h)
        inputs.append(h)
        p = h @ params[-2].T
        p += params[-1]
        pull(p)
        grads: list[Any] = []
        for i in range(len(params) - 2, -1, -2):
            h = inputs[i // 2]
            grads[:0] = [p.T @ h, p.sum(axis=0)]
            if i:
                p = p @ params[i]
                p *= h > 0
        for param, g in zip(params, grads, strict=True):
            param -= LR * g

    return step, params


def plain(p: Any) -> Any:
    """The array of a parameter, whosever it is."""
    return np.asarray(getattr(p, "data", p))


def check_same(learned: list[list[Any]], rtol: float, atol: float) -> None:
    """Raise AssertionError if parameters after the same steps are not the same."""
    first, *others = learned
    for other in others:
        for a, b in zip(first, other, strict=True):
            np.testing.assert_allclose(a, b, rtol=rtol, atol=atol)
