"""The scalar MLP and the equivalent Sequential: same outputs, gradients and training."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd
import nn
from nn.neuron import ACTIVATIONS

X = np.random.default_rng(0).normal(size=(6, 3)) * 3
G = np.random.default_rng(1).normal(size=(6, 2))


def scalar_results(mlp: Any) -> tuple[Any, Any]:
    """Outputs, and the gradients of a weighted sum of them."""
    mlp.zero_grad()
    rows = [mlp(x) for x in X]
    autograd.sum(
        [out * g for row, gs in zip(rows, G, strict=True) for out, g in zip(row, gs, strict=True)]
    ).backward()
    return np.array([[out.data for out in row] for row in rows]), grads_by_layer(mlp)


def grads_by_layer(mlp: Any) -> list[Any]:
    found = []
    for layer in mlp.layers:
        found.append(np.array([[w.grad for w in n.w] for n in layer.neurons]))
        found.append(np.array([n.b.grad for n in layer.neurons]))
    return found


def tensor_results(model: Any) -> tuple[Any, Any]:
    model.zero_grad()
    out = model(X)
    out.backward(G)
    return out.data, [p.grad for p in model.parameters()]


def same(mlp: Any, model: Any) -> None:
    for a, b in zip(scalar_results(mlp), tensor_results(model), strict=True):
        for x, y in zip(a, b, strict=True):
            np.testing.assert_allclose(x, y, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("output", ["linear", "tanh", "softplus"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_there_and_back(activation: str, output: str) -> None:
    mlp = nn.MLP(3, [4, 5, 2], activation=activation, output=output, seed=3)
    for i, b in enumerate(n.b for layer in mlp.layers for n in layer.neurons):
        b.data = 0.1 * i - 0.3
    mlp.layers[0].neurons[0].b.data = 30.0  # beyond the threshold of PyTorch's softplus
    model = mlp.to_tensor()
    linear = [m for m in model if isinstance(m, nn.Linear)]
    assert [m.weight.shape for m in linear] == [(4, 3), (5, 4), (2, 5)]
    assert {p.dtype for p in model.parameters()} == {np.dtype(float)}
    same(mlp, model)
    back = nn.MLP.from_tensor(model)
    assert repr(back) == repr(mlp)
    assert [p.data for p in back.parameters()] == [p.data for p in mlp.parameters()]
    same(back, model)


def test_a_compiled_scalar_network_is_the_network_of_matrices() -> None:
    mlp = nn.MLP(3, [4, 2], activation="tanh", seed=0)
    model = mlp.to_tensor()
    compiled = autograd.compile(mlp)
    out = compiled(X)
    sum((column * g).sum() for column, g in zip(out, G.T, strict=True)).backward()
    packed = mlp.to_tensor()  # its numbers live in an array now
    for p, q in zip(packed.parameters(), model.parameters(), strict=True):
        np.testing.assert_array_equal(p.data, q.data)
    expected, gradients = tensor_results(model)
    np.testing.assert_allclose(np.stack([c.data for c in out], 1), expected, rtol=1e-13)
    for x, y in zip(grads_by_layer(mlp), gradients, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-11, atol=1e-13)


def test_both_train_alike() -> None:
    mlp = nn.MLP(3, [4, 1], activation="tanh", seed=1)
    model = mlp.to_tensor()
    y = np.sin(X[:, 0])
    mine, theirs = nn.SGD(mlp.parameters(), lr=0.05), nn.SGD(model.parameters(), lr=0.05)
    for _ in range(5):
        losses = []
        for network, optimizer in ((mlp, mine), (model, theirs)):
            network.zero_grad()
            out: Any = [mlp(x) for x in X] if network is mlp else model(X).reshape(-1)
            loss = nn.mse_loss(out, y)
            loss.backward()
            optimizer.step()
            losses.append(float(loss.data))
        assert losses[0] == pytest.approx(losses[1], rel=1e-12)


def test_dtypes_names_biases_and_nesting() -> None:
    model = nn.MLP(3, [4, 2], seed=0).to_tensor(dtype="float32")
    assert {p.dtype for p in model.parameters()} == {np.dtype(np.float32)}
    assert model(X.astype(np.float32)).dtype == np.float32
    back = nn.MLP.from_tensor(model)
    assert all(type(p.data) is float for p in back.parameters())
    named = nn.Sequential(
        {
            "body": nn.Sequential(nn.Linear(3, 4, bias=False), nn.Tanh(), nn.Identity()),
            "head": nn.Linear(4, 2),
        }
    )
    mlp = nn.MLP.from_tensor(named)
    assert repr(mlp) == "MLP(3 -> 4 tanh -> 2 linear, 26 parameters)"
    np.testing.assert_allclose(scalar_results(mlp)[0], named(X).data, rtol=1e-13)


def test_conversions_leave_pythons_random_numbers_alone() -> None:
    import random

    state = random.getstate()
    nn.MLP.from_tensor(nn.Sequential(nn.Linear(2, 1)))
    assert random.getstate() == state


class Doubled(nn.Linear):
    def forward(self, x: Any) -> Any:
        return 2 * super().forward(x)


class Backwards(nn.Sequential):
    def forward(self, x: Any) -> Any:
        return super().forward(x[::-1])


SHARED = nn.Linear(2, 2)


@pytest.mark.parametrize(
    ("error", "text", "model"),
    [
        (TypeError, "a Sequential, got Linear", nn.Linear(2, 2)),
        (TypeError, "a Sequential, got list", []),
        (TypeError, r"modules among Linear, .* got Flatten\(", [nn.Flatten(), nn.Linear(2, 2)]),
        (TypeError, "got Doubled", [Doubled(2, 2)]),
        (ValueError, "at least one Linear", []),
        (ValueError, r"one activation after each Linear, got ReLU\(\) elsewhere",
         [nn.ReLU(), nn.Linear(2, 2)]),
        (ValueError, r"got Tanh\(\) elsewhere", [nn.Linear(2, 2), nn.ReLU(), nn.Tanh()]),
        (ValueError, "got 3 outputs before 2 inputs", [nn.Linear(2, 3), nn.Linear(2, 2)]),
        (ValueError, "got a layer that is used twice", [SHARED, nn.ReLU(), SHARED]),
        (ValueError, "LeakyReLU with its defaults", [nn.Linear(2, 2), nn.LeakyReLU(0.2)]),
        (ValueError, "GELU with its defaults", [nn.Linear(2, 2), nn.GELU("tanh")]),
        (ValueError, "Softplus with its defaults", [nn.Linear(2, 2), nn.Softplus(2.0)]),
        (ValueError, "Softplus with its defaults", [nn.Linear(2, 2), nn.Softplus(threshold=5.0)]),
        (TypeError, "a Sequential, got Backwards", Backwards(nn.Linear(2, 2))),
        (TypeError, r"modules among Linear, .* got Backwards\(", [Backwards(nn.Linear(2, 2))]),
    ],
)  # fmt: skip
def test_what_neurons_cannot_do_is_told(error: Any, text: str, model: Any) -> None:
    if isinstance(model, list) and "got list" not in text:
        model = nn.Sequential(*model)
    with pytest.raises(error, match=rf"MLP.from_tensor: expected .*{text}"):
        nn.MLP.from_tensor(model)


def test_layers_with_several_activations_have_no_matrix() -> None:
    mlp = nn.MLP(2, [2, 1], seed=0)
    mlp.layers[0].neurons[1].activation = "tanh"
    with pytest.raises(ValueError, match="one activation in each layer, got relu and tanh"):
        mlp.to_tensor()
