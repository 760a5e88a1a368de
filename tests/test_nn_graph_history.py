"""The recorder of one example's graph, and its film, against what the training itself computes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor

X, TARGET = [1.0, -1.0], 1.0


def trained(history: Any, model: Any, steps: int = 12) -> list[list[float]]:
    """Train on the one example by hand; the gradients of all parameters at each step."""
    optimizer = nn.SGD(model.parameters(), lr=0.05)
    gradients = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = nn.mse_loss(model(X), TARGET)
        loss.backward()
        gradients.append([p.grad for p in model.parameters()])
        history.record()
        assert [p.grad for p in model.parameters()] == gradients[-1]
        optimizer.step()
    return gradients


def test_it_keeps_the_gradients_that_the_training_has() -> None:
    model = nn.MLP(2, [3, 1], seed=0)
    history = nn.GraphHistory(model, nn.mse_loss, (X, TARGET), every=3)
    gradients = trained(history, model)
    assert history.steps.tolist() == [0, 3, 6, 9]
    for k, step in enumerate(history.steps):
        recorded = {round(g, 12) for g in history.gradients[k] if np.isfinite(g)}
        assert {round(g, 12) for g in gradients[step]} <= recorded
    # The box of the loss, whose gradient is 1, and that of a constant, which has none.
    assert (history.gradients == 1).sum(axis=1).tolist() == [1] * 4
    np.testing.assert_array_equal(history.values[history.gradients == 1], history.loss)
    assert np.isnan(history.gradients[:, [name == "2" for name in history.names]]).all()


def test_a_loss_of_ones_own_is_recorded_as_it_is() -> None:
    model = nn.MLP(2, [3, 1], seed=0)
    own, given = nn.GraphHistory(model), nn.GraphHistory(model, nn.mse_loss, (X, TARGET))
    loss = nn.mse_loss(model(X), TARGET)
    loss.backward()
    own.record(loss)
    given.record()
    assert own.names == given.names
    np.testing.assert_array_equal(own.gradients, given.gradients)
    assert nn.train_view(own)[0].svg == nn.train_view(given)[0].svg


@pytest.mark.parametrize("compiled", [True, False])
def test_as_a_callback_it_changes_nothing(compiled: bool) -> None:
    data = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0.0, 1, 1, 0])

    curves = []
    for watched in (True, False):
        model = nn.MLP(2, [3, 1], activation="tanh", seed=1)
        history = nn.GraphHistory(model, nn.mse_loss, ([0.0, 1.0], 1.0), every=5)
        callbacks = [history] if watched else []
        optimizer = nn.SGD(model.parameters(), lr=0.1)
        curve = nn.fit(model, data, nn.mse_loss, optimizer, 20, callbacks=callbacks, progress=False,
                       compile=compiled)  # fmt: skip
        curves.append(curve["loss"])
    assert curves[0] == curves[1]


def test_a_network_of_tensors_has_gradients_in_all_boxes() -> None:
    nn.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 4), nn.Dropout(0.5), nn.ReLU(), nn.Linear(4, 2))
    batch = np.array([[0.0, 1.0], [1.0, -1.0]]), np.array([0, 1])
    history = nn.GraphHistory(model, nn.cross_entropy, batch, every=1)
    assert model.training
    history.record()
    assert model.training
    assert all(not p.has_grad for p in model.parameters())
    model.eval()
    loss = nn.cross_entropy(model(Tensor(batch[0])), batch[1])
    loss.backward()
    norms = [np.linalg.norm(p.grad) for p in model.parameters()]
    assert {f"{x:.10g}" for x in norms} <= {f"{x:.10g}" for x in history.gradients[0]}
    assert history.loss[0] == loss.item()
    film = nn.train_view(history, view="all", theme="dark", direction="TB")
    assert "step 0: loss" in film[0].svg
    assert film[0].scene.direction == "TB"


def test_a_larger_network_shares_boxes() -> None:
    model = nn.MLP(2, [8, 8, 1], seed=0)
    history = nn.GraphHistory(model, nn.mse_loss, (X, TARGET), collapse="layer")
    history.record()
    assert sum("Layer" in name for name in history.names) == 3
    assert len(history.names) < 12


def test_what_cannot_be_recorded_changes_nothing() -> None:
    model = nn.MLP(2, [3, 1], seed=0)
    history = nn.GraphHistory(model, nn.mse_loss, (X, TARGET), every=2)
    history.record()
    history.record()
    with pytest.raises(ValueError, match="boxes, as at the first step"):
        history.record(nn.mse_loss(model(X), TARGET) * 2.0)
    assert len(history) == len(history.moments) == 1
    history.record()
    assert history.steps.tolist() == [0, 2]
    with pytest.raises(TypeError, match="a node"):
        history.record(3.0)
    with pytest.raises(TypeError, match="neither"):
        nn.GraphHistory(model).record()
    with pytest.raises(TypeError, match="both a loss and an example"):
        nn.GraphHistory(model, nn.mse_loss)
    with pytest.raises(TypeError, match="a pair"):
        nn.GraphHistory(model, nn.mse_loss, 3.0)
    with pytest.raises(TypeError, match="a Module"):
        nn.GraphHistory(lambda x: x)
    with pytest.raises(TypeError, match="a GraphHistory"):
        nn.train_view([1.0])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least one step"):
        nn.train_view(nn.GraphHistory(model))


def test_a_model_that_fails_leaves_its_gradients() -> None:
    model = nn.MLP(2, [3, 1], seed=0)
    nn.mse_loss(model(X), TARGET).backward()
    before = [p.grad for p in model.parameters()]

    def broken(output: Any, target: Any) -> Any:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        nn.GraphHistory(model, broken, (X, TARGET)).record()
    assert [p.grad for p in model.parameters()] == before
