"""Each rule of the training linter finds its mistake, and only that."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from lint_cases import (
    MX,
    MY,
    Case,
    Spare,
    X,
    Y,
    batches,
    codes,
    hinge_of,
    linted,
    mlp,
    neurons,
    of_classes,
    of_neurons,
    sine,
    tensors,
)

import autograd
import nn
from autograd import Tensor
from nn import functional as F


@pytest.fixture(autouse=True)
def _same_weights() -> None:
    nn.manual_seed(0)


# ---- Sick: gradients -----------------------------------------------------------------------------


def without_zero_grad(case: Case) -> None:
    for batch in case.batches:
        case.loss(*batch).backward()
        case.optimizer.step()


@pytest.mark.parametrize("make", [tensors, neurons, lambda: neurons(compiled=True)])
def test_forgotten_zero_grad(make: Callable[[], Case]) -> None:
    case = make()
    (warning,) = linted(case, without_zero_grad)
    assert warning.code == "forgotten-zero-grad"
    count = len(case.model.parameters())
    assert f"the same for {count} of {count} parameters" in str(warning)


def test_the_norms_in_the_message_are_those_of_the_gradient() -> None:
    w = nn.Parameter(np.array([3.0, 4.0]), label="w")
    optimizer = nn.SGD([w], lr=0.0)
    case = Case(None, optimizer, [()] * 3, lambda: (w * w).sum() / 2)
    (warning,) = linted(case, without_zero_grad)
    assert "that of w had norm 5, was not cleared, and has 10 now" in str(warning)


def test_forgotten_although_gradients_are_accumulated() -> None:
    case = tensors()

    def loop(case: Case) -> None:
        for i, batch in enumerate(case.batches):
            case.loss(*batch).backward()
            if i % 2:
                case.optimizer.step()

    assert codes(linted(case, loop)) == ["forgotten-zero-grad"]


@pytest.mark.parametrize("forgotten", [0, 1])
def test_one_of_two_optimisers_is_forgotten(forgotten: int) -> None:
    weights = [nn.Parameter(np.ones(2), label=name) for name in ("first", "second")]
    optimizers = [nn.SGD([w], lr=0.1) for w in weights]
    quiet = warnings.catch_warnings(record=True, action="always")
    with quiet, nn.lint(None, optimizers) as linter:
        for _ in range(3):
            optimizers[1 - forgotten].zero_grad()
            (weights[0] * weights[1]).sum().backward()
            for optimizer in optimizers:
                optimizer.step()
    assert [warning.code for warning in linter.warnings] == ["forgotten-zero-grad"]
    assert f"that of {weights[forgotten].label} had norm" in str(linter.warnings[0])


def test_gradients_of_another_model_are_cleared() -> None:
    case, other = tensors(), mlp(64, 32, 10)

    def loop(case: Case) -> None:
        for batch in case.batches:
            other.zero_grad()
            case.loss(*batch).backward()
            case.optimizer.step()

    assert codes(linted(case, loop)) == ["forgotten-zero-grad"]


def test_gradients_that_are_cleared_before_the_step() -> None:
    def loop(case: Case) -> None:
        for batch in case.batches:
            case.loss(*batch).backward()
            case.optimizer.zero_grad()
            case.optimizer.step()

    assert codes(linted(tensors(), loop)) == ["no-gradients"]


@pytest.mark.parametrize(("detached", "name"), [(False, "spare"), (True, "first")])
@pytest.mark.parametrize("steps", [3, 30])
def test_parameters_that_the_loss_does_not_reach(detached: bool, name: str, steps: int) -> None:
    model = Spare(detached)
    optimizer = nn.SGD(model.parameters(), lr=0.01)
    (warning,) = linted(Case(model, optimizer, [(X[:64], Y[:64])] * steps, of_classes(model)))
    assert warning.code == "unreached-parameter"
    assert warning.place == f"{name}.weight, {name}.bias"
    assert f"no gradient came at {min(steps, 20)} steps" in str(warning)


def test_values_that_the_loss_does_not_reach() -> None:
    model = nn.MLP(2, [4, 1], seed=0)
    model.spare = nn.Neuron(2, seed=0)
    case = Case(model, nn.SGD(model.parameters(), lr=0.01), [(MX, 2.0 * MY - 1)] * 5, None)
    case.loss = hinge_of(model)
    (warning,) = linted(case)
    assert warning.place == "spare.w.0, spare.w.1, spare.b"


def test_parameters_that_no_optimiser_has() -> None:
    case = tensors()
    case.model[2] = nn.Linear(32, 10)  # replaced after the optimiser was made
    (warning,) = linted(case)
    assert warning.code == "parameter-not-optimised"
    assert "depends on 2.weight, 2.bias" in str(warning)
    assert "2 that the model does not have" in str(warning)


# ---- Sick: losses --------------------------------------------------------------------------------


class ByHand(nn.Module):
    def __init__(self) -> None:
        self.layer = nn.Linear(64, 10)

    def forward(self, x: Any) -> Any:
        scores = autograd.exp(self.layer(x))
        return scores / scores.sum(axis=1, keepdims=True)


class Last(nn.Module):
    """The last row of a softmax over many."""

    def __init__(self) -> None:
        self.layer = nn.Linear(8, 10)

    def forward(self, x: Any) -> Any:
        return F.softmax(self.layer(x.reshape(-1, 8, 8)), dim=-1)[:, -1]


def ending_with(*last: Any) -> nn.Sequential:
    return nn.Sequential(mlp(64, 32, 10), *last)


@pytest.mark.parametrize(
    ("model", "loss", "said"),
    [
        (lambda: ending_with(nn.Softmax(dim=1)), F.cross_entropy, "softmax (layer '1' of the"),
        (lambda: ending_with(nn.LogSoftmax(dim=1)), F.cross_entropy, "second changes nothing"),
        (lambda: ending_with(nn.Sigmoid()), F.cross_entropy, "cannot fall below 1.46"),
        (ByHand, nn.CrossEntropyLoss(), "the result of softmax, of shape (64, 10)"),
        (Last, F.cross_entropy, "the result of softmax, of shape (64, 8, 10)"),
        (
            lambda: ending_with(nn.Softmax(dim=1)),
            lambda p, t: F.cross_entropy(p, np.eye(10)[t]),
            "log_softmax was given the result of softmax",
        ),
        (
            lambda: ending_with(nn.Softmax(dim=1)),
            nn.CrossEntropyLoss(label_smoothing=0.1),
            "cross_entropy was given the result of softmax",
        ),
        (
            lambda: ending_with(nn.Softmax(dim=1)),
            lambda p, t: -autograd.log(F.softmax(p, dim=1)[np.arange(len(t)), t]).mean(),
            "softmax was given the result of softmax",
        ),
        (
            lambda: ending_with(nn.Sigmoid()),
            lambda p, t: F.binary_cross_entropy_with_logits(p, np.eye(10)[t]),
            "but takes a sigmoid itself: the loss of a target 0 cannot fall below 0.693",
        ),
    ],
)
def test_a_softmax_too_many(model: Any, loss: Any, said: str) -> None:
    model = model()
    optimizer = nn.Adam(model.parameters(), lr=1e-3)
    case = Case(model, optimizer, batches(X, Y, 64, 1), lambda x, t: loss(model(x), t))
    (warning,) = linted(case)
    assert warning.code == "softmax-before-cross-entropy"
    assert said in str(warning)


def test_the_least_loss_that_is_named_is_the_least() -> None:
    best = [[1.0, 0.0, 0.0]]
    assert math.isclose(F.cross_entropy(best, [0]).item(), math.log(1 + 2 / math.e))
    assert math.isclose(F.binary_cross_entropy_with_logits([0.0], [0]).item(), math.log(2))


@pytest.mark.parametrize("how", ["sigmoid", "softmax", "log_softmax"])
def test_a_softmax_too_many_of_values(how: str) -> None:
    model = nn.MLP(2, [4, 3], output="sigmoid" if how == "sigmoid" else "linear", seed=0)
    squash = {"sigmoid": lambda x: x, "softmax": autograd.softmax}.get(how, autograd.log_softmax)
    loss = nn.cross_entropy([squash(model(x)) for x in MX[:4].tolist()], MY[:4].tolist())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (warning,) = nn.Linter(model).check(loss)
    assert warning.code == "softmax-before-cross-entropy"
    assert f"the result of {how}, of shape (3,)" in str(warning)


@pytest.mark.parametrize(
    ("loss", "fix"),
    [
        (lambda p, t: ((p - t) ** 2).mean(), "pred[:, 0] or target[:, None]"),
        (lambda p, t: abs(t - p).sum() / 40, "pred[:, 0] or target[:, None]"),
        (lambda p, t: ((p - Tensor(t)) ** 2).mean(axis=0).sum(), "pred[:, 0]"),
        (lambda p, t: autograd.relu(1 - p * np.sign(t)).mean(), "40, 1) * a target of shape (40,)"),
        (lambda p, t: ((p[:, 0] - t[:, None]) ** 2).mean(), "target[:, 0] or pred[:, None]"),
        (lambda p, t: autograd.sqrt(((p - t) ** 2).mean()), "each of 40 predictions"),
    ],
)
def test_a_table_where_a_list_was_meant(loss: Any, fix: str) -> None:
    x = np.linspace(-1, 1, 40)[:, None]
    model = mlp(1, 16, 1, act=nn.Tanh)
    optimizer = nn.Adam(model.parameters(), lr=0.01)
    whole = [(x, np.sin(2 * x[:, 0]))] * 30
    (warning,) = linted(Case(model, optimizer, whole, lambda x, t: loss(model(x), t)))
    assert warning.code == "broadcast-in-loss"
    assert "(40, 40)" in str(warning)
    assert fix in str(warning)


@pytest.mark.parametrize(("every", "found"), [(20, ["broadcast-in-loss"]), (1000, [])])
def test_a_mistake_that_begins_late_is_seen_at_a_later_look(every: int, found: list[str]) -> None:
    model, count = nn.Linear(2, 1), []

    def loss() -> Any:
        count.append(None)
        return ((model(MX) - (MY if len(count) > 25 else MY[:, None])) ** 2).mean()

    case = Case(model, nn.SGD(model.parameters(), lr=0.01), [()] * 50, loss)
    assert codes(linted(case, every=every)) == found


def test_pairs_that_are_meant() -> None:
    """All distances between examples, and a buffer as long as the batch."""

    class Centres(nn.Module):
        def __init__(self) -> None:
            self.layer = nn.Linear(3, 1)
            self.register_buffer("centres", Tensor(np.linspace(-1, 1, 5)))

    model, x = Centres(), np.random.default_rng(0).normal(size=(5, 3))
    z = model.layer(x)
    linter = nn.Linter(model)
    assert linter.check(((z - z[:, 0]) ** 2).mean()) == []
    assert linter.check(((z - model.centres) ** 2).mean()) == []
    assert linter.check((((z - x[:, 0]) ** 2) @ np.ones(5)).mean()) == []
    assert linter.check(((z[:1] - x[:1, 0]) ** 2).mean()) == [], "one example meets itself alone"


# ---- Sick: units ---------------------------------------------------------------------------------


class Functional(nn.Module):
    def __init__(self) -> None:
        self.layers = nn.ModuleList([nn.Linear(64, 32), nn.Linear(32, 10)])

    def forward(self, x: Any) -> Any:
        return self.layers[1](F.relu(self.layers[0](x)))


def convolutional() -> nn.Sequential:
    first = nn.Conv2d(1, 8, 3, padding=1)
    return nn.Sequential(first, nn.ReLU(), nn.Flatten(), nn.Linear(512, 10))


@pytest.mark.parametrize(
    ("model", "shape", "place", "units"),
    [
        (lambda: mlp(64, 32, 32, 10), (-1, 64), "0", 32),
        (Functional, (-1, 64), "layers.0", 32),
        (convolutional, (-1, 1, 8, 8), "0", 8),
    ],
)
def test_dead_units(model: Any, shape: Any, place: str, units: int) -> None:
    model = model()
    first = next(m for m in model.modules() if isinstance(m, nn.Linear | nn.Conv2d))
    dead = units * 3 // 4
    first.bias.data = first.bias.data - 100 * (np.arange(units) < dead)
    optimizer = nn.Adam(model.parameters(), lr=1e-3)
    case = Case(model, optimizer, batches(X.reshape(shape), Y, 64, 2), of_classes(model))
    (warning,) = linted(case)
    assert (warning.code, warning.place) == ("dead-units", place)
    assert f"{dead} of the {units} ReLUs after {place!r}" in str(warning)


@pytest.mark.parametrize("compiled", [False, True])
def test_dead_neurons(compiled: bool) -> None:
    model = nn.MLP(2, [8, 2], seed=0)
    for neuron in model.layers[0].neurons[:6]:
        neuron.b.data = -20.0
    predict = nn.predictor(model)
    loss = (lambda x, t: F.cross_entropy(predict(x), t)) if compiled else of_neurons(model)
    optimizer = nn.SGD(model.parameters(), lr=0.05)
    (warning,) = linted(Case(model, optimizer, batches(MX, MY, 25, 25), loss))
    assert (warning.code, warning.place) == ("dead-units", "layers.0")
    assert "6 of the 8 ReLUs" in str(warning)


@pytest.mark.parametrize("act", [nn.Tanh, nn.Sigmoid])
def test_saturated_units(act: Any) -> None:
    model = mlp(64, 32, 32, 10, act=act)
    model[2].weight.data = model[2].weight.data * 60
    optimizer = nn.Adam(model.parameters(), lr=1e-3)
    (warning,) = linted(Case(model, optimizer, batches(X, Y, 64, 2), of_classes(model)))
    assert (warning.code, warning.place) == ("saturated-units", "2")


def test_saturated_neurons() -> None:
    model = nn.MLP(2, [8, 2], activation="tanh", seed=0)
    for neuron in model.layers[0].neurons:
        for w in neuron.w:
            w.data *= 200
    optimizer = nn.SGD(model.parameters(), lr=0.05)
    (warning,) = linted(Case(model, optimizer, batches(MX, MY, 25, 25), of_neurons(model)))
    assert (warning.code, warning.place) == ("saturated-units", "layers.0")


# ---- Sick: pace ----------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [100, 1000, 10_000])
def test_a_learning_rate_that_is_too_large(factor: float) -> None:
    case = sine()
    case.optimizer = nn.SGD(case.model.parameters(), lr=0.1 * factor)
    (warning,) = linted(case)
    assert warning.code == "learning-rate-too-large"
    assert f"in place of {0.1 * factor:g}." in str(warning)


def test_a_learning_rate_that_is_too_large_for_adam() -> None:
    case = sine()
    case.optimizer.param_groups[0]["lr"] = 10.0
    assert codes(linted(case)) == ["learning-rate-too-large"]


def test_the_rate_that_is_proposed_trains() -> None:
    model = mlp(64, 64, 10)
    start = {name: array.copy() for name, array in model.state_dict().items()}
    steps = batches(X, Y, 64, 10)
    case = Case(model, nn.SGD(model.parameters(), lr=30.0), steps, of_classes(model))
    (warning,) = linted(case)
    rate = float(re.findall(r"Try lr=(\S+) ", str(warning))[0])
    model.load_state_dict(start)
    case = Case(model, nn.SGD(model.parameters(), lr=rate), batches(X, Y, 64, 10), case.loss)
    assert linted(case) == []
    assert F.cross_entropy(model(X), Y).item() < 0.2


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("steps", [30, 150])
def test_a_learning_rate_that_is_too_small(compiled: bool, steps: int) -> None:
    if compiled:
        model: Any = nn.MLP(2, [16, 1], seed=1)
        optimizer: Any = nn.SGD(model.parameters(), lr=1e-6)
        case = Case(model, optimizer, [(MX, 2.0 * MY - 1)] * steps, hinge_of(model))
    else:
        model = mlp(64, 32, 10)
        optimizer = nn.Adam(model.parameters(), lr=1e-7)
        case = Case(model, optimizer, [(X[:64], Y[:64])] * steps, of_classes(model))
    (warning,) = linted(case)
    assert warning.code == "learning-rate-too-small"
    assert f"in {min(steps, 100)} steps" in str(warning)


def test_updates_that_explode() -> None:
    model = mlp(64, 64, 10)
    optimizer = nn.SGD(model.parameters(), lr=0.3, momentum=0.97)
    (warning,) = linted(Case(model, optimizer, batches(X, Y, 64, 10), of_classes(model)))
    assert warning.code == "exploding-updates"
    assert "clip_grad_norm_" in str(warning)


def test_every_step_of_an_explosion_is_looked_at() -> None:
    """It is over before the next look would come."""
    model, count = nn.Linear(2, 1), []
    optimizer = nn.SGD(model.parameters(), lr=0.01)

    def loss() -> Any:
        count.append(None)
        optimizer.param_groups[0]["lr"] = 1.0 if len(count) > 25 else 0.01
        return ((model(5 * MX) - MY[:, None]) ** 2).mean()

    case = Case(model, optimizer, [()] * 35, loss)
    assert codes(linted(case)) == ["learning-rate-too-large"]


def test_a_loss_that_is_no_number() -> None:
    model = nn.Linear(2, 1)
    case = Case(model, nn.SGD(model.parameters(), lr=0.01), [(MX,)] * 5, None)
    case.loss = lambda x: autograd.log(model(x)).mean()
    (warning,) = linted(case)
    assert warning.code == "nan-loss"
    assert "the loss is nan at step 1" in str(warning)
