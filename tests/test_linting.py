"""The training linter: silent over healthy trainings, in a loop and in ``fit``, and gone after."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from healthy_trainings import HEALTHY
from lint_cases import (
    MX,
    MY,
    Case,
    Spare,
    X,
    Y,
    batches,
    codes,
    linted,
    mlp,
    of_classes,
    run,
    tensors,
)

import autograd
import nn
from autograd import Value
from nn import functional as F
from nn.linting import CODES


@pytest.fixture(autouse=True)
def _same_weights() -> None:
    nn.manual_seed(0)


# ---- Healthy -------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", HEALTHY)
def test_healthy_trainings_are_left_in_peace(make: Callable[[], Case]) -> None:
    case = make()
    with nn.lint(case.model, case.optimizer) as linter:  # warnings are errors here
        run(case)
    assert linter.warnings == []


def test_a_critic_and_a_generator_take_turns() -> None:
    """A generator's loss adds to used gradients of the critic, which is cleared in its turn."""
    critic, generator = mlp(1, 16, 1), mlp(1, 16, 1)
    both = [nn.Adam(m.parameters(), lr=1e-3) for m in (critic, generator)]
    rng = np.random.default_rng(0)
    judge, judge_loss = critic, nn.BCEWithLogitsLoss()
    with nn.lint(nn.ModuleList([critic, generator]), both) as linter:
        for i in range(60):
            noise, real = rng.normal(size=(2, 32, 1))
            both[0].zero_grad()
            good = judge_loss(judge(real * 0.5 + 2), np.ones((32, 1)))
            (good + judge_loss(judge(generator(noise).detach()), np.zeros((32, 1)))).backward()
            both[0].step()
            if i % 5 == 0:
                both[1].zero_grad()
                judge_loss(judge(generator(noise)), np.ones((32, 1))).backward()
                both[1].step()
    assert linter.warnings == []


def test_a_closure_is_no_forgotten_zero_grad() -> None:
    x = np.linspace(-1, 1, 30)[:, None]
    model = mlp(1, 8, 1, act=nn.Tanh)
    optimizer = nn.LBFGS(model.parameters(), max_iter=5)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), np.sin(3 * x))
        loss.backward()
        return loss

    with nn.lint(model, optimizer) as linter:
        for _ in range(30):
            optimizer.step(closure)
    assert linter.warnings == []


def test_clearing_after_the_step_or_with_zeros_is_clearing() -> None:
    model = mlp(64, 16, 10)
    optimizer = nn.SGD(model.parameters(), lr=0.01)
    with nn.lint(model, optimizer) as linter:
        for x, y in batches(X, Y, 64, 1):
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=len(linter.warnings) > 0)
    assert linter.warnings == []


# ---- Close to a rule -----------------------------------------------------------------------------


def steady(model: Any, loss: Callable[[], Any], steps: int = 120, lr: float = 0.01) -> Case:
    """Full batches."""
    return Case(model, nn.SGD(model.parameters(), lr=lr), [()] * steps, loss)


def test_a_gradient_of_zero_is_not_used_up() -> None:
    w = nn.Parameter(np.ones(2))
    optimizer = nn.SGD([w], lr=0.1)
    with nn.lint(None, optimizer) as linter:
        for factor in (0.0, 1.0, 0.0, 2.0):
            (w * factor).sum().backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=False)
    assert linter.warnings == []


def test_a_gradient_that_is_used_twice_was_not_added_to() -> None:
    v, w = nn.Parameter(np.ones(2)), nn.Parameter(np.ones(2))
    optimizer = nn.SGD([v, w], lr=0.1)
    with nn.lint(None, optimizer) as linter:
        for x in (v, w):
            (x * x).sum().backward()
            optimizer.step()
    assert linter.warnings == []


def test_a_layer_that_neither_the_loss_nor_the_optimiser_knows() -> None:
    """One that is kept for later: no loss depends on it, and nothing was to move it."""
    model = nn.ModuleDict({"used": nn.Linear(2, 1), "later": nn.Linear(2, 1)})
    optimizer = nn.SGD(model["used"].parameters(), lr=0.01)
    case = Case(model, optimizer, [()] * 60, lambda: (model["used"](MX) ** 2).mean())
    assert linted(case) == []


def test_squashing_that_is_meant() -> None:
    model = nn.Linear(3, 4)
    z, y = model(np.random.default_rng(0).normal(size=(5, 3))), np.arange(5) % 2
    check = nn.Linter(model).check
    assert check(autograd.softplus(F.sigmoid(z)).mean()) == []
    assert check(F.cross_entropy(F.log_softmax(z, dim=1)[:, :2], y)) == []
    assert check(F.cross_entropy(z.exp() / (2 * z).exp().sum(axis=1, keepdims=True), y)) == []
    assert check((F.softmax(F.sigmoid(z), dim=1) * z).mean()) == []
    a, b = Value(0.5), Value(0.25)  # one score of two has a bound
    assert check(nn.cross_entropy([[autograd.sigmoid(a), b]], [0])) == []


def test_the_ends_of_networks_may_saturate_and_hinges_be_satisfied() -> None:
    x, model = MX, nn.Linear(2, 1)
    model.weight.data = np.array([[300.0, -200.0]])
    sure = (F.sigmoid(model(x)).data > 0.5) * 1.0
    chances = steady(model, lambda: F.binary_cross_entropy(F.sigmoid(model(x)), sure))
    assert linted(chances) == []
    right = 2 * sure - 1
    assert linted(steady(model, lambda: F.relu(1e-3 - right * model(x)).mean())) == []
    neurons = nn.MLP(2, [4, 1], output="tanh", seed=0)
    for w in neurons.layers[1].neurons[0].w:
        w.data *= 300
    rows = MX[:20].tolist()
    outputs = [neurons(row).data for row in rows]
    far = steady(neurons, lambda: nn.mse_loss([neurons(row) for row in rows], outputs))
    assert linted(far) == []


def test_neurons_that_have_nothing_left_to_learn_are_not_dead() -> None:
    model = nn.MLP(2, [8, 1], seed=0)
    signs = np.sign([model(row).data for row in MX.tolist()])
    hinge = autograd.compile(lambda x, sign: (1e-9 - sign * model(x)).relu())
    assert linted(steady(model, lambda: hinge(MX, signs).mean(), 300)) == []


def test_units_that_few_examples_wake_are_not_dead() -> None:
    model = mlp(64, 16, 10)
    model[0].bias.data = np.full(16, -3.0)
    case = Case(
        model, nn.SGD(model.parameters(), lr=1e-3), batches(X[:30], Y, 1, 1), of_classes(model)
    )
    assert linted(case) == []


def test_units_that_sleep_at_one_look_are_not_dead() -> None:
    model = mlp(2, 8, 1)
    model[0].weight.data = np.ones((8, 2))
    x = np.ones((20, 2))
    optimizer = nn.SGD(model.parameters(), lr=1e-3)
    looks: list[Any] = [(x,)] * 19 + [(-9 * x,)] + [(x,)] * 10
    assert linted(Case(model, optimizer, looks, lambda x: ((model(x) - 1) ** 2).mean())) == []


def test_small_steps_are_enough_where_the_loss_falls() -> None:
    w = nn.Parameter(np.array([1e6, -1e6]))
    goal = w.data + np.array([5.0, -5.0])
    optimizer = nn.SGD([w], lr=1e-5)
    assert linted(Case(None, optimizer, [()] * 150, lambda: 1000 * ((w - goal) ** 2).sum())) == []


def test_a_gradient_that_grows_as_a_plateau_is_left_does_not_explode() -> None:
    w = nn.Parameter(np.array([-14.0, -13.0]))
    case = Case(None, nn.Adam([w], lr=0.2), [()] * 60, lambda: (1 - F.sigmoid(w)).sum())
    assert linted(case) == []
    assert np.abs(w.grad).max() > 1e-2


def test_a_rate_that_is_raised_by_hand() -> None:
    model = mlp(64, 16, 10)
    case = Case(model, nn.SGD(model.parameters(), lr=1e-9), [(X[:64], Y[:64])] * 120, None)

    def loss(x: Any, y: Any) -> Any:
        case.optimizer.param_groups[0]["lr"] *= 1.05
        return F.cross_entropy(model(x), y)

    case.loss = loss
    assert linted(case) == []


# ---- Ways to use it ------------------------------------------------------------------------------


def sick() -> Case:
    model = nn.Sequential(nn.Linear(64, 10), nn.Softmax(dim=1))
    return Case(
        model, nn.Adam(model.parameters(), lr=1e-3), batches(X, Y, 64, 1), of_classes(model)
    )


def test_a_warning_comes_from_the_users_line_and_once() -> None:
    case = sick()
    with pytest.warns(nn.LintWarning) as caught, nn.lint(case.model, case.optimizer) as linter:
        run(case)
    (record,) = caught
    assert record.filename.endswith("lint_cases.py")
    assert record.message is linter.warnings[0]
    assert str(record.message).startswith("softmax-before-cross-entropy: ")


def test_what_is_said_at_the_end_comes_from_the_users_line_too() -> None:
    model = nn.ModuleDict({"used": nn.Linear(2, 1), "unused": nn.Linear(2, 1)})
    optimizer = nn.SGD(model.parameters(), lr=0.01)
    quiet = warnings.catch_warnings(record=True, action="always")
    with quiet as caught, nn.lint(model, optimizer):
        for _ in range(5):
            optimizer.zero_grad()
            (model["used"](MX) ** 2).mean().backward()
            optimizer.step()
    assert caught is not None
    assert [record.filename for record in caught] == [__file__]


def test_warnings_can_be_filtered_ignored_and_made_errors() -> None:
    case = sick()
    with warnings.catch_warnings(), nn.lint(case.model, case.optimizer):
        warnings.filterwarnings("ignore", "softmax-before", nn.LintWarning)
        run(case)
    case = sick()
    with nn.lint(case.model, case.optimizer, ignore="softmax-before-cross-entropy") as linter:
        run(case)
    assert linter.warnings == []
    case = sick()
    with pytest.raises(nn.LintWarning), nn.lint(case.model, case.optimizer):
        run(case)
    with pytest.raises(ValueError, match=r"ignore: expected codes among .* got 'typo'"):
        nn.Linter(ignore=["typo"])
    with pytest.raises(TypeError, match="optimizer: expected an optimiser"):
        nn.Linter(case.model, case.model)
    with pytest.raises(TypeError, match="check: expected the loss, a node"):
        nn.Linter().check(3.0)


@pytest.mark.parametrize("failing", [False, True])
def test_nothing_is_left_behind(failing: bool) -> None:
    case = sick()
    hooks = case.optimizer.__dict__.setdefault("_hooks", [])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with nn.lint(case.model, case.optimizer) as linter:
                assert len(hooks) == 2
                case.loss(X, Y).backward()
                if failing:
                    raise KeyboardInterrupt
        except KeyboardInterrupt:
            pass
    assert hooks == []
    steps, seen = linter.step, len(linter._losses)
    run(case)
    assert (linter.step, len(linter._losses)) == (steps, seen)


def test_training_is_the_same_with_and_without() -> None:
    states = []
    for watched in (False, True):
        nn.manual_seed(3)
        case = tensors()
        if watched:
            linted(case)
        else:
            run(case)
        states.append(case.model.state_dict())
    for name, array in states[0].items():
        np.testing.assert_array_equal(array, states[1][name])


def fitted(model: Any, data: Any, loss: Any, optimizer: Any, epochs: int = 2) -> list[str]:
    linter = nn.Linter()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", nn.LintWarning)
        nn.fit(model, data, loss, optimizer, epochs, callbacks=[linter], progress=False)
    return codes(linter.warnings)


def loader(x: Any, y: Any) -> Any:
    rng = np.random.default_rng(0)
    return nn.DataLoader(nn.TensorDataset(x, y), batch_size=32, shuffle=True, rng=rng)


def test_as_a_callback_of_fit() -> None:
    good = mlp(64, 32, 10)
    adam = nn.Adam(good.parameters())
    assert fitted(good, loader(X, Y), nn.CrossEntropyLoss(), adam) == []
    neurons = nn.MLP(2, [8, 2], seed=0)
    sgd = nn.SGD(neurons.parameters(), lr=0.5, momentum=0.9)
    assert fitted(neurons, (MX, MY), nn.cross_entropy, sgd, 60) == []
    bad = nn.Sequential(mlp(64, 32, 10), nn.Softmax(dim=1))
    adam = nn.Adam(bad.parameters())
    assert fitted(bad, loader(X, Y), nn.CrossEntropyLoss(), adam) == [
        "softmax-before-cross-entropy"
    ]
    part = Spare(detached=True)
    sgd = nn.SGD(part.parameters(), lr=0.1)
    assert fitted(part, (X, Y), nn.CrossEntropyLoss(), sgd, 3) == ["unreached-parameter"]
    slow = nn.SGD(nn.MLP(2, [8, 2], seed=0).parameters(), lr=1e-7)
    neurons = nn.MLP(2, [8, 2], seed=0)
    slow = nn.SGD(neurons.parameters(), lr=1e-7)
    assert fitted(neurons, (MX, MY), nn.cross_entropy, slow, 40) == ["learning-rate-too-small"]


def test_why_fit_has_stopped() -> None:
    model = nn.Linear(1, 1)
    x = np.linspace(-1, 1, 40)[:, None]
    linter = nn.Linter()
    fast = nn.SGD(model.parameters(), lr=1e100)
    with (
        pytest.raises(FloatingPointError),
        pytest.warns(nn.LintWarning),
        np.errstate(all="ignore"),
    ):
        nn.fit(model, (x, x), nn.MSELoss(), fast, 20, callbacks=[linter], progress=False)
    assert codes(linter.warnings) == ["learning-rate-too-large"]


def test_every_rule_has_been_tried_here() -> None:
    text = Path(__file__).with_name("test_linting_rules.py").read_text(encoding="utf-8")
    assert not [code for code in CODES if f'"{code}"' not in text]
