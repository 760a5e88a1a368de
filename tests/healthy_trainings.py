"""Healthy trainings of all kinds, which a linter must have nothing to say about."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from lint_cases import (
    Case,
    Gated,
    Rows,
    Words,
    batches,
    data,
    digits,
    hinge_of,
    mlp,
    of_classes,
    of_neurons,
    sine,
)

import autograd
import nn
from nn import functional as F
from nn.optim import lr_scheduler

# ---- Neurons -------------------------------------------------------------------------------------


def neurons_on_iris() -> Case:
    model = nn.MLP(4, [8, 3], seed=0)
    optimizer = nn.SGD(model.parameters(), lr=0.02, momentum=0.9)
    return Case(model, optimizer, batches(*data("iris"), 8, 8), of_neurons(model))


def readme() -> Case:
    X, y = nn.datasets.load("moons", n=100)[:2]
    model = nn.MLP(2, [16, 16, 2], seed=1)
    optimizer = nn.SGD(model.parameters(), lr=0.05, momentum=0.9)
    return Case(model, optimizer, batches(X, y, 10, 10), of_neurons(model))


def readme_compiled() -> Case:
    X, y = nn.datasets.load("moons", n=100)[:2]
    model = nn.MLP(2, [16, 16, 1], seed=1)
    optimizer = nn.SGD(model.parameters(), lr=0.1, momentum=0.9)
    return Case(model, optimizer, [(X, 2.0 * y - 1)] * 200, hinge_of(model))


def micrograd() -> Case:
    X, y = nn.datasets.load("moons", n=100)[:2]
    model = nn.MLP(2, [16, 16, 1], seed=1)
    optimizer = nn.SGD(model.parameters(), lr=1.0, weight_decay=1e-4)
    falling = lr_scheduler.LambdaLR(optimizer, lambda k: 1 - 0.9 * k / 100)
    return Case(model, optimizer, [(X, 2.0 * y - 1)] * 100, hinge_of(model), falling)


def notebook_neuron() -> Case:
    X, y = nn.datasets.load("moons", n=100)[:2]
    model = nn.Neuron(2, activation="linear", seed=1)
    optimizer = nn.SGD(model.parameters(), lr=0.5)
    return Case(model, optimizer, [(X, 2 * y - 1)] * 60, of_neurons(model, nn.hinge_loss))


def notebook_one_at_a_time() -> Case:
    X, y = nn.datasets.load("moons", n=100)[:2]
    model = nn.MLP(2, [8, 8, 1], seed=1)
    rng = random.Random(0)
    each = [pair for _ in range(4) for pair in nn.batches(X, 2 * y - 1, batch_size=1, rng=rng)]
    optimizer = nn.SGD(model.parameters(), lr=0.05)
    return Case(model, optimizer, each, of_neurons(model, nn.hinge_loss))


# ---- Layers --------------------------------------------------------------------------------------


def adam() -> Case:
    model = mlp(64, 64, 32, 10)
    return digits(model, nn.Adam(model.parameters()), 8)


def adam_brisk() -> Case:
    model = mlp(64, 128, 10)
    return digits(model, nn.Adam(model.parameters(), lr=0.01), size=32)


def sgd() -> Case:
    model = mlp(64, 64, 10)
    return digits(model, nn.SGD(model.parameters(), lr=0.1, momentum=0.9), 10)


def sgd_leisurely() -> Case:
    model = mlp(64, 64, 10)
    return digits(model, nn.SGD(model.parameters(), lr=0.01), 10)


def rmsprop_float32() -> Case:
    model = mlp(64, 48, 10).float()
    case = digits(model, nn.RMSprop(model.parameters(), lr=1e-3))
    case.batches = [(x.astype(np.float32), y) for x, y in case.batches]
    return case


def norm_and_dropout() -> Case:
    parts = [[nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.5)] for _ in "ab"]
    model = nn.Sequential(*parts[0], *parts[1], nn.Linear(64, 10))
    return digits(model, nn.AdamW(model.parameters(), lr=3e-3), 8)


def convolutions() -> Case:
    model = nn.Sequential(
        *(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Flatten(), nn.Linear(64, 10)),
    )
    return digits(model, nn.Adam(model.parameters(), lr=3e-3), shape=(-1, 1, 8, 8))


def gru() -> Case:
    model = Rows(nn.GRU)
    return digits(model, nn.Adam(model.parameters(), lr=3e-3), shape=(-1, 8, 8))


def lstm() -> Case:
    model = Rows(nn.LSTM)
    return digits(model, nn.Adam(model.parameters(), lr=3e-3), shape=(-1, 8, 8))


def words() -> Case:
    X = np.random.default_rng(0).integers(0, 50, (256, 6))
    model = Words()
    optimizer = nn.Adam(model.parameters(), lr=3e-3)
    return Case(model, optimizer, batches(X, X[:, 0] % 4, 32, 12), of_classes(model))


def gates() -> Case:
    X = np.random.default_rng(0).normal(size=(200, 5))
    y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 0)
    model = Gated()
    return Case(model, nn.Adam(model.parameters(), lr=0.02), [(X, y)] * 150, of_classes(model))


def iris_tanh() -> Case:
    model = mlp(4, 16, 3, act=nn.Tanh)
    optimizer = nn.SGD(model.parameters(), lr=0.5)
    return Case(model, optimizer, [data("iris")] * 300, of_classes(model))


def iris_one_at_a_time() -> Case:
    model = mlp(4, 8, 3)
    optimizer = nn.SGD(model.parameters(), lr=0.01)
    return Case(model, optimizer, batches(*data("iris"), 1, 4), of_classes(model))


def two_classes_by_logits() -> Case:
    X, y = data("moons", n=200)
    model = nn.Sequential(mlp(2, 16, 16, act=nn.Tanh), nn.Sigmoid(), nn.Linear(16, 1))
    loss = nn.BCEWithLogitsLoss()
    whole = [(X, y[:, None].astype(float))] * 300
    return Case(model, nn.Adam(model.parameters(), lr=0.02), whole, lambda x, t: loss(model(x), t))


def two_classes_by_chances() -> Case:
    """Its last sigmoid saturates, as it should; the hand-written loss has one too."""
    X, y = data("moons", n=200)
    model = nn.Sequential(mlp(2, 16, 1), nn.Sigmoid())
    loss = nn.BCELoss()
    whole = [(X, y[:, None].astype(float))] * 300
    return Case(model, nn.Adam(model.parameters(), lr=0.02), whole, lambda x, t: loss(model(x), t))


# ---- Regressions ---------------------------------------------------------------------------------


def line() -> Case:
    """Ends with updates of 1e-8, because it has arrived."""
    X = np.linspace(-1, 1, 40)[:, None]
    model = nn.Linear(1, 1)
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    return Case(model, optimizer, [(X, 3 * X + 1)] * 200, lambda x, t: F.mse_loss(model(x), t))


def arrived() -> Case:
    """Begins at the minimum, which is above 0."""
    case = line()
    case.model.weight.data, case.model.bias.data = np.array([[3.0]]), np.array([1.0])
    case.batches = [(x, t + np.sign(np.sin(200 * x))) for x, t in case.batches]
    solution = np.linalg.lstsq(
        np.hstack([case.batches[0][0], np.ones((40, 1))]), case.batches[0][1], rcond=None
    )[0]
    case.model.weight.data, case.model.bias.data = solution[:1], solution[1]
    return case


def one_cycle() -> Case:
    case = sine()
    case.schedule = lr_scheduler.OneCycleLR(case.optimizer, max_lr=0.02, total_steps=400)
    return case


def autoencoder() -> Case:
    X = nn.datasets.load("digits")[0] / 16
    model = nn.Sequential(mlp(64, 32, 8, 32, 64), nn.Sigmoid())
    optimizer = nn.Adam(model.parameters(), lr=2e-3)
    return Case(model, optimizer, batches(X, X, 64, 6), lambda x, t: F.mse_loss(model(x), t))


def kernel() -> Case:
    """Radial basis functions at the examples: (n, 1) - (n,) is meant."""
    x = np.linspace(-2, 2, 16)
    w, width = nn.Parameter(np.zeros(16)), nn.Parameter(np.array(1.0))

    def loss(x: Any, t: Any) -> Any:
        return ((autograd.exp(-(((x[:, None] - x) * width) ** 2)) @ w - t) ** 2).mean()

    return Case(None, nn.SGD([w, width], lr=0.05), [(x, np.sin(x))] * 100, loss)


def by_hand_without_axis() -> Case:
    """(n,) against (n,)."""
    X = np.linspace(-1, 1, 40)[:, None]
    model = mlp(1, 16, 1, act=nn.Tanh)
    optimizer = nn.Adam(model.parameters(), lr=0.01)
    whole = [(X, np.sin(2 * X[:, 0]))] * 100
    return Case(model, optimizer, whole, lambda x, t: ((model(x)[:, 0] - t) ** 2).mean())


def from_zero() -> Case:
    """A table that starts at 0, and a loss around 0 that says nothing: a policy gradient."""
    rng = np.random.default_rng(0)
    table = nn.Parameter(np.zeros((4, 3)))
    games = [(rng.integers(0, 3, 20), rng.normal(size=20)) for _ in range(100)]

    def surrogate(moves: Any, gains: Any) -> Any:
        return -(F.log_softmax(table, dim=1)[np.arange(20) % 4, moves] * gains).mean()

    return Case(None, nn.Adam([table], lr=0.1), games, surrogate)


# ---- What looks like a mistake and is none -------------------------------------------------------


def cosine() -> Case:
    """Ends with a rate of 0."""
    case = sgd()
    case.schedule = lr_scheduler.CosineAnnealingLR(case.optimizer, 290)
    return case


def late_phase() -> Case:
    """Begins where a schedule has lowered the rate to a millionth."""
    case = sgd()
    case.schedule = lr_scheduler.LambdaLR(case.optimizer, lambda k: 1e-6)
    return case


def warm_up() -> Case:
    case = sgd()
    case.schedule = lr_scheduler.LambdaLR(case.optimizer, lambda k: 1e-7 * 1.01**k)
    return case


def accumulated() -> Case:
    model = mlp(64, 64, 10)
    case = digits(model, nn.SGD(model.parameters(), lr=0.2), 4, size=16)
    mean = case.loss
    case.loss, case.accumulate = lambda x, t: mean(x, t) / 4, 4
    return case


def frozen() -> Case:
    model = mlp(64, 64, 32, 10)
    model[0].requires_grad_(False)
    return digits(model, nn.Adam(model.parameters(), lr=1e-3))


def frozen_and_left_out() -> Case:
    model = mlp(64, 64, 32, 10)
    model[0].requires_grad_(False)
    return digits(model, nn.Adam(model[2:].parameters(), lr=1e-3))


def distilled() -> Case:
    """A softmax as the target of a divergence, besides a cross-entropy."""
    teacher, model = mlp(64, 32, 10), mlp(64, 32, 10)
    case = digits(model, nn.Adam(model.parameters(), lr=1e-3))

    def loss(x: Any, t: Any) -> Any:
        with autograd.no_grad():
            goal = F.softmax(teacher(x) / 2, dim=1)
        scores = model(x)
        apart = F.kl_div(F.log_softmax(scores / 2, dim=1), goal, reduction="batchmean")
        return apart + F.cross_entropy(scores, t)

    case.loss = loss
    return case


def log_chances() -> Case:
    model = nn.Sequential(mlp(64, 32, 10), nn.LogSoftmax(dim=1))
    case = digits(model, nn.Adam(model.parameters(), lr=3e-3))
    case.loss = lambda x, t: F.nll_loss(model(x), t)
    return case


def entropy_too() -> Case:
    """Chances by hand, and the scores once more in a cross-entropy."""
    model = mlp(64, 32, 10)
    case = digits(model, nn.Adam(model.parameters(), lr=3e-3))

    def loss(x: Any, t: Any) -> Any:
        scores = model(x)
        p = F.softmax(scores, dim=1)
        return F.cross_entropy(scores, t) + 0.01 * (p * autograd.log(p + 1e-9)).sum(axis=1).mean()

    case.loss = loss
    return case


HEALTHY = [
    *(neurons_on_iris, readme, readme_compiled, micrograd, notebook_neuron, notebook_one_at_a_time),
    *(adam, adam_brisk, sgd, sgd_leisurely, rmsprop_float32, norm_and_dropout, convolutions),
    *(gru, lstm, words, gates, iris_tanh, iris_one_at_a_time),
    *(two_classes_by_logits, two_classes_by_chances),
    *(line, arrived, sine, one_cycle, autoencoder, kernel, by_hand_without_axis, from_zero),
    *(cosine, late_phase, warm_up, accumulated, frozen, frozen_and_left_out),
    *(distilled, log_chances, entropy_too),
]
