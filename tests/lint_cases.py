"""Trainings to be linted: what they are made of, and how they are run."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

import autograd
import nn
from nn import functional as F


@dataclass
class Case:
    """A training: a model, its optimiser, the batches, and the loss of a batch."""

    model: Any
    optimizer: Any
    batches: Iterable[Any]
    loss: Callable[..., Any]
    schedule: Any = None
    accumulate: int = 1  # so many backward passes for a step


def run(case: Case) -> None:
    """The usual loop."""
    for i, batch in enumerate(case.batches):
        if i % case.accumulate == 0:
            case.optimizer.zero_grad()
        loss = case.loss(*batch)
        loss.backward()
        if (i + 1) % case.accumulate == 0:
            case.optimizer.step()
            if case.schedule is not None:
                case.schedule.step()


def linted(case: Case, loop: Callable[[Case], Any] = run, **options: Any) -> list[Any]:
    """The warnings of a training, which is not disturbed by them."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", nn.LintWarning)
        with nn.lint(case.model, case.optimizer, **options) as linter:
            loop(case)
    return linter.warnings


def codes(found: list[Any]) -> list[str]:
    return [warning.code for warning in found]


# ---- What they are made of -----------------------------------------------------------------------


def data(name: str, **options: Any) -> tuple[Any, Any]:
    """Inputs, standardised, and classes."""
    X, y = nn.datasets.load(name, **options)[:2]
    return (X - X.mean(0)) / (X.std(0) + 1e-8), y


def batches(X: Any, y: Any, size: int, epochs: int) -> Iterator[tuple[Any, Any]]:
    rng = np.random.default_rng(0)
    for _ in range(epochs):
        order = rng.permutation(len(X))
        for start in range(0, len(X), size):
            part = order[start : start + size]
            yield X[part], y[part]


def mlp(*sizes: int, act: Any = nn.ReLU) -> nn.Sequential:
    layers: list[Any] = []
    for a, b in pairwise(sizes):
        layers += [nn.Linear(a, b), act()]
    return nn.Sequential(*layers[:-1])


def of_classes(model: Any) -> Callable[[Any, Any], Any]:
    return lambda x, y: F.cross_entropy(model(x), y)


def of_neurons(model: Any, loss: Any = nn.cross_entropy) -> Callable[[Any, Any], Any]:
    return lambda x, y: loss([model(row) for row in x.tolist()], y.tolist())


def hinge_of(model: Any) -> Callable[[Any, Any], Any]:
    one = autograd.compile(lambda x, sign: (1 - sign * model(x)).relu())
    return lambda x, sign: one(x, sign).mean()


def digits(
    model: Any, optimizer: Any, epochs: int = 5, size: int = 64, shape: Any = (-1, 64)
) -> Case:
    X, y = data("digits")
    return Case(model, optimizer, batches(X.reshape(shape), y, size, epochs), of_classes(model))


class Rows(nn.Module):
    """Reads an image row by row."""

    def __init__(self, kind: Any) -> None:
        self.reader = kind(8, 32, batch_first=True)
        self.head = nn.Linear(32, 10)

    def forward(self, x: Any) -> Any:
        return self.head(self.reader(x)[0][:, -1])


class Words(nn.Module):
    """A transformer over an embedding of which most rows are never used."""

    def __init__(self) -> None:
        self.table = nn.Embedding(1000, 16)
        self.block = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
        self.head = nn.Linear(16, 4)

    def forward(self, x: Any) -> Any:
        return self.head(self.block(self.table(x)).mean(axis=1))


class Gated(nn.Module):
    """A softmax and a sigmoid inside of a network."""

    def __init__(self) -> None:
        self.gate, self.value, self.head = nn.Linear(5, 4), nn.Linear(5, 4), nn.Linear(4, 3)

    def forward(self, x: Any) -> Any:
        return self.head(F.softmax(self.gate(x), dim=1) * F.sigmoid(self.value(x)))


# ---- A few trainings that tests break ------------------------------------------------------------


X, Y = data("digits")
MX, MY = data("moons", n=100)


def tensors(lr: float = 1e-3) -> Case:
    model = mlp(64, 32, 10)
    return Case(model, nn.SGD(model.parameters(), lr=lr), batches(X, Y, 64, 1), of_classes(model))


def neurons(compiled: bool = False, **options: Any) -> Case:
    model = nn.MLP(2, [4, 1 if compiled else 2], seed=0, **options)
    optimizer = nn.SGD(model.parameters(), lr=0.01)
    if compiled:
        return Case(model, optimizer, [(MX, 2.0 * MY - 1)] * 20, hinge_of(model))
    return Case(model, optimizer, batches(MX, MY, 10, 2), of_neurons(model))


class Spare(nn.Module):
    """A layer that forward does not use, or not in a way that gradients come back."""

    def __init__(self, detached: bool) -> None:
        self.first, self.second, self.detached = nn.Linear(64, 32), nn.Linear(32, 10), detached
        if not detached:
            self.spare = nn.Linear(64, 32)

    def forward(self, x: Any) -> Any:
        hidden = F.relu(self.first(x))
        return self.second(hidden.detach() if self.detached else hidden)


def sine() -> Case:
    X = np.linspace(-3, 3, 64)[:, None]
    model = mlp(1, 32, 32, 1, act=nn.Tanh)
    optimizer = nn.Adam(model.parameters(), lr=0.01)
    whole = [(X, np.sin(2 * X))] * 400
    return Case(model, optimizer, whole, lambda x, t: ((model(x) - t) ** 2).mean())
