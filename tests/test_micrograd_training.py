"""Training code written for micrograd runs after changing the import, number for number."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import autograd
import nn


def ours() -> Any:
    return SimpleNamespace(
        Value=autograd.Value, Module=nn.Module, Neuron=nn.Neuron, Layer=nn.Layer, MLP=nn.MLP
    )


def theirs() -> Any:
    engine = pytest.importorskip("micrograd.engine", reason="micrograd is not installed")
    peer = pytest.importorskip("micrograd.nn", reason="micrograd is not installed")
    return SimpleNamespace(
        Value=engine.Value,
        Module=peer.Module,
        Neuron=peer.Neuron,
        Layer=peer.Layer,
        MLP=peer.MLP,
    )


def moons() -> tuple[Any, Any]:
    X, y = nn.datasets.load("moons", n=24)[:2]
    return X, y * 2 - 1  # y is -1 or 1, as NumPy integers


def set_weights(model: Any, seed: int) -> None:
    rng = random.Random(seed)
    for p in model.parameters():
        p.data = rng.uniform(-1, 1)


Step = tuple[float, list[float], float]


def train(lib: Any, steps: int, batch_size: int | None = None) -> list[Step]:
    """The loop of micrograd's demo, with ``lib`` for its two modules."""
    X, y = moons()
    model = lib.MLP(2, [6, 5, 1])
    set_weights(model, 3)
    order = np.random.default_rng(0)

    def loss() -> tuple[Any, float]:
        if batch_size is None:
            Xb, yb = X, y
        else:
            ri = order.permutation(X.shape[0])[:batch_size]
            Xb, yb = X[ri], y[ri]
        inputs = [list(map(lib.Value, xrow)) for xrow in Xb]
        scores = list(map(model, inputs))
        losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(yb, scores, strict=True)]
        data_loss = sum(losses) * (1.0 / len(losses))
        alpha = 1e-4
        reg_loss = alpha * sum((p * p for p in model.parameters()))  # noqa: UP034
        total_loss = data_loss + reg_loss
        accuracy = [(yi > 0) == (scorei.data > 0) for yi, scorei in zip(yb, scores, strict=True)]
        return total_loss, sum(accuracy) / len(accuracy)

    history = []
    for k in range(steps):
        total_loss, acc = loss()
        model.zero_grad()
        total_loss.backward()
        learning_rate = 1.0 - 0.9 * k / 100
        history.append((total_loss.data, [p.grad for p in model.parameters()], acc))
        for p in model.parameters():
            p.data -= learning_rate * p.grad
    return history


@pytest.mark.parametrize("batch_size", [None, 8])
def test_the_demo_trains_alike(batch_size: int | None) -> None:
    mine, peers = train(ours(), 6, batch_size), train(theirs(), 6, batch_size)
    for (loss, grads, acc), (their_loss, their_grads, their_acc) in zip(mine, peers, strict=True):
        # Sums in another order: roundings near 1e-16 that six steps of learning rate 1 enlarge.
        assert loss == pytest.approx(their_loss, rel=1e-9)
        assert grads == pytest.approx(their_grads, rel=1e-9, abs=1e-12)
        assert acc == their_acc
    assert mine[0][0] != mine[-1][0]
    assert any(any(grads) for _, grads, _ in mine)


def test_the_demo_learns_without_the_peer() -> None:
    history = train(ours(), 40)
    assert history[-1][0] < 0.5 * history[0][0]
    assert history[-1][2] >= 0.8


def test_a_loss_is_a_value_of_plain_floats() -> None:
    loss, grads, _ = train(ours(), 1)[0]
    assert type(loss) is float
    assert {type(g) for g in grads} == {float}


def own_module(lib: Any) -> tuple[float, list[float]]:
    """A network of one's own, with the methods that micrograd's modules have."""

    class Residual(lib.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            self.hidden = lib.Layer(2, 3)
            self.out = lib.Neuron(3, nonlin=False)
            self.skip = [lib.Value(0.5), lib.Value(-0.25)]

        def __call__(self, x: Any) -> Any:
            return self.out(self.hidden(x)) + sum(
                w * xi for w, xi in zip(self.skip, x, strict=True)
            )

        def parameters(self) -> Any:
            return self.hidden.parameters() + self.out.parameters() + self.skip

    model = Residual()
    set_weights(model, 5)
    x = [lib.Value(0.75), -1.5]
    loss = (model(x) - 2) ** 2 / 2 + 1 / (model(x) ** 2 + 1)
    model.zero_grad()
    loss.backward()
    return loss.data, [p.grad for p in model.parameters()] + [x[0].grad]


def test_a_module_of_ones_own() -> None:
    loss, grads = own_module(ours())
    their_loss, their_grads = own_module(theirs())
    assert loss == pytest.approx(their_loss, rel=1e-12)
    assert grads == pytest.approx(their_grads, rel=1e-11, abs=1e-15)


def shapes(lib: Any) -> list[Any]:
    """The names that code reaches into a network by."""
    model = lib.MLP(3, [4, 2])
    layer, neuron = model.layers[0], model.layers[0].neurons[0]
    return [
        len(model.layers),
        [len(layer.neurons) for layer in model.layers],
        len(neuron.w),
        neuron.b.data,
        neuron.nonlin,
        model.layers[-1].neurons[0].nonlin,
        len(model.parameters()),
        len(layer.parameters()),
        len(neuron.parameters()),
        model.parameters()[3] is neuron.b,
        isinstance(model([1.0, 2.0, 3.0]), list),
        isinstance(lib.MLP(3, [1])([1.0, 2.0, 3.0]), lib.Value),
    ]


def test_networks_have_the_same_parts() -> None:
    assert shapes(ours()) == shapes(theirs())


def drawing(lib: Any) -> tuple[list[str], list[tuple[str, str]]]:
    """What the usual graphviz code of a notebook sees of a graph, through ``_prev`` and ``_op``."""
    a, b = lib.Value(2.0), lib.Value(-3.0)
    root = ((a * b + a).relu() + a * a) * b + 1.5
    nodes, edges = set(), set()

    def build(v: Any) -> None:
        if v not in nodes:
            nodes.add(v)
            for child in v._prev:
                edges.add((child, v))
                build(child)

    build(root)
    root.backward()

    def name(v: Any) -> str:
        return f"{v._op.replace('×', '*')} | data {v.data:.4f} | grad {v.grad:.4f}"

    constant = [v for v in nodes if v.data == 1.5]
    assert len(constant) == 1
    kept = nodes - set(constant)  # what backward finds for a constant is nobody's business
    return sorted(map(name, kept)), sorted((name(x), name(y)) for x, y in edges if x in kept)


def test_drawing_code_sees_the_same_graph() -> None:
    nodes, edges = drawing(ours())
    assert (nodes, edges) == drawing(theirs())
    assert len(nodes) == 9
