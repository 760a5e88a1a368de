"""The range test on parabolas whose limits are known; nothing remains of it."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value

CURVATURE = 4.0


class Point(nn.Module):
    """A model of one number, which ignores its input."""

    def __init__(self, start: float = 1.0) -> None:
        self.x = nn.Parameter([start])

    def forward(self, inputs: Any) -> Any:
        return self.x


def parabola(outputs: Any, targets: Any) -> Any:
    return (CURVATURE / 2 * outputs**2).sum()


DATA = (np.zeros((1, 1)), np.zeros((1, 1)))


def test_a_parabola_diverges_beyond_2_by_its_curvature() -> None:
    model = Point()
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    test = nn.lr_range_test(model, DATA, parabola, optimizer, 1e-3, 100.0, 60, smoothing=0.0)
    # A loss is that before the step: the smallest is the one before the first rate above 2/c.
    lowest = int(np.argmin(test.losses))
    assert test.rates[lowest - 1] < 2 / CURVATURE < test.rates[lowest]
    assert test.suggestion == test.rates[lowest] / 10
    expected = [CURVATURE / 2]
    for rate in test.rates[: len(test.losses) - 1]:
        expected.append(expected[-1] * (1 - rate * CURVATURE) ** 2)
    np.testing.assert_allclose(test.losses, expected, rtol=1e-9)
    assert test.diverged
    assert test.losses[-1] > 4 * test.losses.min() >= test.losses[-2] / 1e3


def test_the_rates_rise_by_the_same_factor() -> None:
    model = Point()
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    test = nn.lr_range_test(model, DATA, parabola, optimizer, 1e-4, 1e-2, 11)
    np.testing.assert_allclose(test.rates, 10.0 ** np.arange(-4, -1.9, 0.2), rtol=1e-12)
    assert not test.diverged
    assert len(test.losses) == len(test.smoothed) == 11


def test_the_running_mean_is_unbiased() -> None:
    model = Point()
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    test = nn.lr_range_test(model, DATA, parabola, optimizer, 1e-3, 0.1, 20, smoothing=0.8)
    for k in range(20):
        weights = 0.8 ** np.arange(k, -1, -1.0)
        mean = weights @ test.losses[: k + 1] / weights.sum()
        assert test.smoothed[k] == pytest.approx(mean, rel=1e-12)


def test_a_loss_that_only_rises_suggests_nothing() -> None:
    model = Point()
    optimizer = nn.SGD(model.parameters(), lr=0.1, maximize=True)
    test = nn.lr_range_test(model, DATA, parabola, optimizer, 1e-2, 1.0, 10)
    assert np.isnan([test.suggestion, test.steepest]).all()


def test_it_ends_at_a_loss_that_is_no_number() -> None:
    model, seen = Point(), []

    def broken(outputs: Any, targets: Any) -> Any:
        seen.append(outputs.data.copy())
        return (outputs * (np.nan if len(seen) == 4 else 1.0)).sum()

    test = nn.lr_range_test(model, DATA, broken, nn.SGD(model.parameters()), 1e-3, 1.0, 10)
    assert len(test.losses) == len(seen) == 4
    assert test.diverged
    assert np.isnan(test.losses).tolist() == [False, False, False, True]
    assert np.isnan(test.smoothed).tolist() == [False, False, False, True]


def test_groups_keep_the_ratio_of_their_rates() -> None:
    class Two(nn.Module):
        def __init__(self) -> None:
            self.a, self.b = nn.Parameter([0.0]), nn.Parameter([0.0])
            self.seen: list[Any] = []

        def forward(self, inputs: Any) -> Any:
            self.seen.append((self.a.item(), self.b.item()))
            return self.a + self.b

    model = Two()
    optimizer = nn.SGD([{"params": [model.a], "lr": 0.1}, {"params": [model.b], "lr": 0.3}])
    nn.lr_range_test(model, DATA, lambda a, b: a.sum(), optimizer, 1e-2, 1.0, 3)
    np.testing.assert_allclose(np.diff(model.seen, axis=0), [[-0.01, -0.03], [-0.1, -0.3]])
    assert [group["lr"] for group in optimizer.param_groups] == [0.1, 0.3]


def everything(model: Any, optimizer: Any, loader: Any) -> Any:
    """All that a test may have changed, as something to compare."""
    return repr([
        [np.asarray(p.data).tolist() for p in (*model.parameters(), *model.buffers())],
        [p.grad.tolist() if hasattr(p.grad, "tolist") else p.grad for p in model.parameters()],
        [m.training for m in model.modules()],
        optimizer.state_dict(),
        loader.state_dict(),
        nn.random.generator().bit_generator.state,
        random.getstate(),
        np.random.get_state(),
    ])  # fmt: skip


@pytest.mark.parametrize("fails", [False, True], ids=["to the end", "after an error"])
def test_nothing_remains(fails: bool) -> None:
    nn.manual_seed(3)
    model = nn.Sequential(
        nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 2)
    )
    model[1].eval()
    X, y = np.random.default_rng(0).normal(size=(12, 3)), np.arange(12) % 2
    optimizer = nn.Adam(model.parameters(), lr=0.01)
    loader = nn.DataLoader(nn.TensorDataset(X, y), batch_size=4, shuffle=True)
    loss = nn.CrossEntropyLoss()
    loss(model(X), y).backward()
    optimizer.step()
    model[4].bias.grad = None
    before, calls = everything(model, optimizer, loader), []

    def noisy(outputs: Any, targets: Any) -> Any:
        calls.append((random.random(), np.random.rand()))
        if fails and len(calls) == 5:
            raise ZeroDivisionError
        return loss(outputs, targets)

    if fails:
        with pytest.raises(ZeroDivisionError):
            nn.lr_range_test(model, loader, noisy, optimizer)
    else:
        first = nn.lr_range_test(model, loader, noisy, optimizer)
        again = nn.lr_range_test(model, loader, noisy, optimizer)
        np.testing.assert_array_equal(first.losses, again.losses)
        assert len(calls) > 12, "the data were gone through more than once"
    assert everything(model, optimizer, loader) == before


def test_what_layers_have_drawn_is_drawn_again() -> None:
    """Random numbers are put back by nobody else, if the data are no loader."""
    nn.manual_seed(3)
    model = nn.Sequential(nn.Linear(2, 8), nn.Dropout(0.5), nn.Linear(8, 1))
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    before = repr(nn.random.generator().bit_generator.state)
    modes = []

    def loss(outputs: Any, targets: Any) -> Any:
        modes.append(model[1].training)
        return nn.functional.mse_loss(outputs, targets)

    model.eval()
    nn.lr_range_test(model, (np.ones((4, 2)), np.ones((4, 1))), loss, optimizer)
    assert repr(nn.random.generator().bit_generator.state) == before
    assert set(modes) == {True}, "it is a training"
    assert not model[1].training


def test_a_loader_with_its_own_generator_is_as_before() -> None:
    model = nn.Linear(2, 1)
    dataset = nn.TensorDataset(np.ones((4, 2)), np.ones((4, 1)))
    loader = nn.DataLoader(dataset, 2, shuffle=True, rng=np.random.default_rng(7))
    before = repr(loader.state_dict())
    nn.lr_range_test(model, loader, nn.MSELoss(), nn.SGD(model.parameters(), lr=0.1))
    assert repr(loader.state_dict()) == before


def test_the_steepest_place_is_by_the_logarithm_of_the_rate() -> None:
    """As it is seen on a plot of it, whose steps are alike."""
    model = Point()
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    test = nn.lr_range_test(model, DATA, parabola, optimizer, 1e-3, 100.0, 60, smoothing=0.0)
    falls = test.losses[:-2] - test.losses[2:]  # over two steps of the same factor
    assert test.steepest == test.rates[1 + np.argmax(falls)]


def test_a_network_of_neurons() -> None:
    X, y = nn.datasets.load("moons", n=60)[:2]
    model = nn.MLP(2, [4, 2], seed=0)
    before = [p.data for p in model.parameters()]
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    test = nn.lr_range_test(model, (X, y), nn.cross_entropy, optimizer, 1e-3, 100, 50)
    assert 1e-3 < test.suggestion < 10
    assert [p.data for p in model.parameters()] == before
    assert not any(p.has_grad for p in model.parameters())
    assert all(type(p).__name__ == "Value" and isinstance(p, Value) for p in model.parameters())


class NoBatches:
    """Whose length nobody knows."""

    def __iter__(self) -> Any:
        return iter(())


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"model": 1}, TypeError, "a Module"),
        ({"optimizer": 0.1}, TypeError, "an optimiser"),
        ({"optimizer": nn.SGD}, TypeError, "class SGD. Write nn.SGD(model.parameters())."),
        ({"loss": nn.MSELoss}, TypeError, "the class MSELoss. Write nn.MSELoss()."),
        ({"lr_min": 0}, ValueError, "lr_min"),
        ({"lr_max": 1e-7}, ValueError, "lr_max"),
        ({"lr_max": np.inf}, ValueError, "lr_max"),
        ({"steps": 1}, ValueError, "steps"),
        ({"smoothing": 1.0}, ValueError, "smoothing"),
        ({"diverged": 1.0}, ValueError, "diverged"),
        ({"data": 3}, TypeError, "data"),
        ({"data": []}, ValueError, "data"),
        ({"data": NoBatches()}, ValueError, "at least one batch, got none"),
        (
            {"data": (np.full((1, 1), np.nan), np.zeros((1, 1)))},
            ValueError,
            "batch 1: expected finite inputs, got nan",
        ),
        ({"loss": lambda a, b: a * np.ones(2)}, ValueError, "loss: expected one number"),
    ],
)
def test_wrong_arguments(change: Any, error: Any, text: str) -> None:
    model = Point()
    arguments = {
        "model": model,
        "data": DATA,
        "loss": parabola,
        "optimizer": nn.SGD(model.parameters()),
    }
    with pytest.raises(error, match="lr_range_test") as caught:
        nn.lr_range_test(**{**arguments, **change})
    assert text in str(caught.value)
    assert model.x.item() == 1.0
