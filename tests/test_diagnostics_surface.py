"""Slices of surfaces against closed forms; directions, paths and functions of two numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, Value
from nn.diagnostics import (
    MINIMA,
    class_grid,
    descent_path,
    landscape,
    landscapes,
    loss_surface,
    neuron_grids,
    parameter_vector,
    path_directions,
    random_direction,
)

RNG = np.random.default_rng(0)
M = RNG.normal(size=(5, 5))
HESSIAN = M @ M.T


class Bowl(nn.Module):
    """Five numbers in two parameters; the loss is quadratic in them."""

    def __init__(self) -> None:
        self.a, self.b = nn.Parameter(np.arange(4.0).reshape(2, 2)), nn.Parameter([1.0])

    def forward(self, x: Any = None) -> Any:
        return None


def quadratic(model: Any) -> Any:
    x = np.concatenate([model.a.data.ravel(), model.b.data])
    return x @ HESSIAN @ x / 2


def test_a_plane_through_a_quadratic() -> None:
    model = Bowl()
    center, directions = parameter_vector(model), RNG.normal(size=(2, 5))
    assert center.tolist() == [0, 1, 2, 3, 1]
    surface = loss_surface(model, quadratic, directions, [(-1.0, 2.0), (-3.0, 1.0)], 7)
    np.testing.assert_array_equal(surface.a, np.linspace(-1, 2, 7))
    np.testing.assert_array_equal(surface.b, np.linspace(-3, 1, 7))
    for i, b in enumerate(surface.b):
        for j, a in enumerate(surface.a):
            x = center + a * directions[0] + b * directions[1]
            assert surface.losses[i, j] == pytest.approx(x @ HESSIAN @ x / 2, rel=1e-12)
    np.testing.assert_array_equal(parameter_vector(model), center)


def test_a_line_between_two_states() -> None:
    model = Bowl()
    start, end = RNG.normal(size=(2, 5))
    surface = loss_surface(model, quadratic, end - start, (0.0, 1.0), 3, center=start)
    middle = (start + end) / 2
    expected = [x @ HESSIAN @ x / 2 for x in (start, middle, end)]
    np.testing.assert_allclose(surface.losses, expected, rtol=1e-12)
    assert surface.b is None


@pytest.mark.parametrize("kind", ["tensors", "neurons"])
def test_data_and_loss(kind: str) -> None:
    X, y = RNG.normal(size=(7, 2)), np.arange(7) % 3
    model = nn.MLP(2, [4, 3], "tanh", seed=0)
    if kind == "tensors":
        model = model.to_tensor()
    batches = [(X[:4], y[:4]), (X[4:], y[4:])]
    loss = nn.cross_entropy
    surface = loss_surface(model, (batches, loss), points=5, rng=np.random.default_rng(1))
    assert surface.losses.shape == (5, 5)
    assert surface.losses[2, 2] == pytest.approx(nn.evaluate(model, (X, y), loss)["loss"])
    shift = surface.directions[0] * surface.a[4] + surface.directions[1] * surface.b[0]
    for p, number in zip(model.parameters(), np.split(shift, sizes(model)), strict=True):
        p.data = p.data + (number.reshape(p.shape) if kind == "tensors" else float(number[0]))
    assert surface.losses[0, 4] == pytest.approx(nn.evaluate(model, (X, y), loss)["loss"])


def sizes(model: Any) -> Any:
    return np.cumsum([np.size(p.data) for p in model.parameters()])[:-1]


def test_the_model_is_as_it_was_also_after_an_error() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1))
    model[0].weight.grad = np.ones((3, 2))
    before = {name: x.copy() for name, x in model.state_dict().items()}
    count = []

    def loss(model: Any) -> Any:
        model(np.ones((4, 2)))
        count.append(model.training)
        if len(count) == 30:
            raise ZeroDivisionError
        return 1.0

    loss_surface(model, loss, points=5)
    with pytest.raises(ZeroDivisionError):
        loss_surface(model, loss, points=5)
    assert not any(count), "evaluation mode"
    assert model.training
    for name, x in model.state_dict().items():
        np.testing.assert_array_equal(x, before[name])
    assert (model[0].weight.grad == 1).all()
    assert model[2].weight.grad is None


def test_a_surface_is_measured_without_recording() -> None:
    model, recorded = nn.Linear(2, 1), []

    def loss(model: Any) -> Any:
        value = model(np.ones((4, 2))).sum()
        recorded.append(value.requires_grad)
        return value

    loss_surface(model, loss, points=2)
    assert recorded == [False] * 4


def test_a_landscape_may_be_flat() -> None:
    assert landscape(lambda x, y: 3.0, points=4).losses.tolist() == [[3.0] * 4] * 4


def test_float32_stays_float32() -> None:
    model = nn.Linear(2, 2).float()
    loss_surface(model, ((np.eye(2, dtype=np.float32), np.eye(2)), nn.MSELoss()), points=3)
    assert model.weight.dtype == np.float32


def test_losses_that_are_no_numbers_stay_in_the_array() -> None:
    model = Bowl()
    surface = loss_surface(model, lambda m: np.inf if m.b.item() > 1.5 else 1.0, np.eye(5)[4])
    assert np.isinf(surface.losses).sum() == (surface.a > 0.5).sum() > 0


def test_filters_of_a_random_direction_are_as_long_as_those_of_the_model() -> None:
    model = nn.Sequential(nn.Conv2d(2, 3, 2), nn.BatchNorm2d(3), nn.Linear(4, 5))
    direction = random_direction(model, np.random.default_rng(0))
    parts = np.split(direction, sizes(model))
    for p, part in zip(model.parameters(), parts, strict=True):
        if p.ndim == 1:
            assert not part.any(), "biases and scales stay"
        else:
            rows, filters = part.reshape(len(p.data), -1), p.data.reshape(len(p.data), -1)
            np.testing.assert_allclose(
                np.linalg.norm(rows, axis=1), np.linalg.norm(filters, axis=1), rtol=1e-12
            )
    assert not np.array_equal(direction, random_direction(model, np.random.default_rng(1)))


def test_filters_of_neurons_are_their_weights() -> None:
    model = nn.MLP(3, [2, 1], seed=0)
    direction = dict(zip(model.parameters(), random_direction(model).tolist(), strict=True))
    for neuron in (n for layer in model.layers for n in layer.neurons):
        length = np.linalg.norm([direction[w] for w in neuron.w])
        assert length == pytest.approx(np.linalg.norm([w.data for w in neuron.w]))
        assert direction[neuron.b] == 0


def test_doubling_a_layer_changes_no_slice_of_a_relu_network() -> None:
    """Why filters are normalised: the same function, written with other numbers."""
    X, y = RNG.normal(size=(20, 2)), RNG.normal(size=(20, 1))
    model = nn.Sequential(nn.Linear(2, 8, bias=False), nn.ReLU(), nn.Linear(8, 1, bias=False))
    objective = (X, y), nn.MSELoss()

    def slices() -> Any:
        return loss_surface(model, objective, points=5, rng=np.random.default_rng(5)).losses

    before = slices()
    model[0].weight.data, model[2].weight.data = 8 * model[0].weight.data, model[2].weight.data / 8
    np.testing.assert_allclose(slices(), before, rtol=1e-9)


def test_the_plane_of_a_path() -> None:
    basis = np.linalg.qr(RNG.normal(size=(6, 3)))[0].T
    turns = np.linspace(0, 3, 40)
    inside = np.stack([5 * np.cos(turns), 2 * np.sin(turns), 0.01 * turns], axis=1)
    states = inside @ basis + 7.0
    directions, share = path_directions(states)
    np.testing.assert_allclose(directions @ directions.T, np.eye(2), atol=1e-12)
    assert share.sum() == pytest.approx(1, abs=1e-4)
    assert share[0] > share[1] > 0
    # Independent truth: the eigenvectors of the second moments.
    offsets = states[:-1] - states[-1]
    vectors = np.linalg.eigh(offsets.T @ offsets)[1][:, ::-1]
    for k in range(2):
        assert abs(vectors[:, k] @ directions[k]) == pytest.approx(1)


def test_paths_on_planes_whose_directions_are_not_orthogonal() -> None:
    model = Bowl()
    directions = RNG.normal(size=(2, 5))
    surface = loss_surface(model, quadratic, directions, points=3)
    places = RNG.normal(size=(4, 2))
    states = parameter_vector(model) + places @ directions
    np.testing.assert_allclose(surface.project(states), places, rtol=1e-9)
    off = RNG.normal(size=5)
    off -= np.linalg.lstsq(directions.T, off)[0] @ directions  # at a right angle to the plane
    np.testing.assert_allclose(surface.project(states + off), places, rtol=1e-9)


def test_states_of_a_training() -> None:
    model = nn.Linear(2, 1)
    X, y = RNG.normal(size=(6, 2)), RNG.normal(size=(6, 1))
    path, thin = nn.ParameterPath(model), nn.ParameterPath(model, every=2)
    start = parameter_vector(model)
    nn.fit(model, (X, y), nn.MSELoss(), nn.SGD(model.parameters(), lr=0.1), 5,
           callbacks=[path, thin], progress=False)  # fmt: skip
    assert path.states.shape == (6, 3)
    np.testing.assert_array_equal(path.states[0], start)
    np.testing.assert_array_equal(path.states[-1], parameter_vector(model))
    np.testing.assert_array_equal(thin.states, path.states[[0, 2, 4]])


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: loss_surface(3, quadratic), TypeError, "a Module"),
        (lambda: loss_surface(Bowl(), quadratic, np.eye(5)[:3]), ValueError, "one or two"),
        (lambda: loss_surface(Bowl(), quadratic, np.ones(4)), ValueError, "(k, 5)"),
        (lambda: loss_surface(Bowl(), quadratic, extent=0), ValueError, "extent"),
        (lambda: loss_surface(Bowl(), quadratic, extent=(1, 0)), ValueError, "low < high"),
        (lambda: loss_surface(Bowl(), quadratic, points=1), ValueError, "points"),
        (lambda: loss_surface(Bowl(), quadratic, center=np.ones(2)), ValueError, "(k, 5)"),
        (lambda: path_directions(np.ones((2, 5))), ValueError, "at least 3 states"),
        (lambda: path_directions(np.outer(np.arange(9), np.ones(4))), ValueError, "straight"),
        (lambda: random_direction(nn.BatchNorm1d(3)), ValueError, "matrices"),
        (lambda: landscape(landscapes.saddle).project([[0.0, 0.0]]), ValueError, "a function"),
        (lambda: loss_surface(Bowl(), quadratic, extent=(1, 2, 3)), ValueError, "low < high"),
        (lambda: loss_surface(Bowl(), quadratic, extent="a"), TypeError, "extent"),
        (lambda: loss_surface(Bowl(), quadratic, "x"), TypeError, "directions: expected arrays"),
        (lambda: loss_surface(Bowl(), quadratic, points=2, rng=3), TypeError, "a NumPy Generator"),
        (lambda: loss_surface(Bowl(), None), TypeError, "objective: expected a function"),
        (lambda: loss_surface(Bowl(), ([1], [2], quadratic)), TypeError, "got 3 things. Data"),
        (lambda: landscape(landscapes.saddle, (1, 2, 3)), ValueError, "landscape: x, y"),
        (lambda: landscape(landscapes.saddle, (1, 1)), ValueError, "low < high"),
        (lambda: descent_path(landscapes.saddle, (1, 2, 3), nn.SGD, 3), ValueError, "start"),
        (lambda: descent_path(max, (1, 2), lambda p: None, 3), TypeError, "nn.SGD(params, lr"),
    ],
)
def test_wrong_arguments(call: Any, error: Any, text: str) -> None:
    with pytest.raises(error) as caught:
        call()
    assert text in str(caught.value)


# --- functions of two numbers ---------------------------------------------------------------------


@pytest.mark.parametrize("name", MINIMA)
def test_minima_are_minima(name: str) -> None:
    f = getattr(landscapes, name)
    for x, y in MINIMA[name]:
        assert f(x, y) == pytest.approx(0, abs=1e-12)
        a, b = Value(x), Value(y)
        f(a, b).backward()
        assert (a.grad, b.grad) == pytest.approx((0, 0), abs=1e-6)
    surface = landscape(f, (-1.0, 2.0), (0.0, 1.0), points=4)
    for i, j in np.ndindex(4, 4):
        assert surface.losses[i, j] == f(surface.a[j], surface.b[i])
    assert f(Tensor(1.5), Tensor(0.5)).item() == f(1.5, 0.5)


def test_a_path_in_a_ravine_is_a_power() -> None:
    path = descent_path(landscapes.ravine, (2.0, 1.0), lambda p: nn.SGD(p, lr=0.03), 10)
    steps = np.arange(11)
    expected = np.stack([2 * (1 - 0.03) ** steps, (1 - 0.03 * 50) ** steps], axis=1)
    np.testing.assert_allclose(path, expected, rtol=1e-9)


@pytest.mark.parametrize("name", ["Adam", "RMSprop", "LBFGS"])
def test_paths_go_where_the_same_optimiser_goes_with_values(name: str) -> None:
    make = getattr(nn, name)
    path = descent_path(landscapes.beale, (1.0, 1.0), lambda p: make(p, lr=0.05), 6)
    a, b = Value(1.0), Value(1.0)
    optimizer, expected = make([a, b], lr=0.05), [[1.0, 1.0]]

    def closure() -> Any:
        optimizer.zero_grad()
        value = landscapes.beale(a, b)
        value.backward()
        return value

    for _ in range(6):
        optimizer.step(closure)
        expected.append([a.data, b.data])
    np.testing.assert_allclose(path, expected, rtol=1e-9)


def test_a_path_to_infinity_ends_there() -> None:
    path = descent_path(landscapes.himmelblau, (5.0, 5.0), lambda p: nn.SGD(p, lr=1.0), 30)
    assert np.isfinite(path[0]).all()
    assert np.isnan(path[-1]).all()
    steep = descent_path(landscapes.saddle, (1.0, 1.0), lambda p: nn.SGD(p, lr=1e200), 4)
    assert np.isfinite(steep[:2]).all()
    assert np.isnan(steep[2:]).all(), "not infinite"


# --- the plane as a network sees it ---------------------------------------------------------------


def test_classes_at_points_of_a_grid() -> None:
    xs, ys = np.linspace(-1, 1, 6), np.linspace(-2, 2, 5)
    scalar = nn.MLP(2, [5, 3], seed=0)
    expected = [[nn.predicted_class(scalar([a, b])) for a in xs] for b in ys]
    assert len(np.unique(expected)) > 1
    for model in (scalar, scalar.to_tensor(), lambda x: scalar(x)):
        grid = class_grid(model, xs, ys)
        assert grid.shape == (5, 6)
        assert grid.tolist() == expected
    mixed = nn.MLP(2, [5, 1], seed=1)
    mixed.layers[0].neurons[0].activation = "tanh"
    one = [[int(mixed([a, b]).data > 0) for a in xs] for b in ys]
    assert class_grid(mixed, xs, ys).tolist() == one


def test_other_modules_of_values_are_asked_one_by_one() -> None:
    class Branch(nn.Module):
        def __init__(self) -> None:
            self.w = Value(1.0)

        def forward(self, x: Any) -> Any:
            return self.w * x[1] if x[0] > 0 else self.w * -1.0

    assert class_grid(Branch(), [-1.0, 1.0], [-1.0, 1.0]).tolist() == [[0, 0], [0, 1]]


def test_a_grid_is_seen_in_evaluation_mode() -> None:
    model = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Dropout(0.9), nn.Linear(4, 2))
    before = model[1].running_mean.data.copy()
    first = class_grid(model, np.arange(9.0), np.arange(9.0))
    assert (class_grid(model, np.arange(9.0), np.arange(9.0)) == first).all()
    assert (model[1].running_mean.data == before).all()
    assert model.training


def test_neurons_at_points_of_a_grid() -> None:
    xs, ys = np.linspace(-1, 1, 4), np.linspace(-2, 2, 3)
    model = nn.MLP(2, [3, 2, 1], "tanh", seed=0)
    grids = neuron_grids(model, xs, ys)
    assert list(grids) == ["layers.0", "layers.1"]
    for i, b in enumerate(ys.tolist()):
        for j, a in enumerate(xs.tolist()):
            first = model.layers[0]([a, b])
            second = model.layers[1](first)
            assert grids["layers.0"][:, i, j].tolist() == pytest.approx([h.data for h in first])
            assert grids["layers.1"][:, i, j].tolist() == pytest.approx([h.data for h in second])
