"""One element of a layer as Values: the same numbers, the same gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, Value, draw, scalar_view, topological_order

RNG = np.random.default_rng(0)


def tensor(*shape: int, label: str = "") -> Tensor:
    return Tensor(RNG.normal(size=shape), requires_grad=True, label=label)


def agree(y: Tensor, place: Any, leaves: dict[str, Tensor], layers: int = 1) -> Value:
    """The element, its gradients, and those that autograd has for tensors, are the same."""
    value = scalar_view(y, place, layers)
    assert value.data == pytest.approx(float(y.data[place]), rel=1e-12)
    y[place].backward()
    value.backward()
    found = {x.label: x for x in topological_order(value) if x.is_leaf}
    assert found
    for name, x in found.items():
        base, _, index = name.removesuffix("]").partition("[")
        at = tuple(map(int, index.split(", ")))
        assert x.data == leaves[base].data[at]
        assert x.grad == pytest.approx(float(leaves[base].grad[at]), rel=1e-12, abs=1e-15)
    for base, leaf in leaves.items():
        nonzero = {f"{base}[{', '.join(map(str, i))}]" for i in np.argwhere(leaf.grad).tolist()}
        assert nonzero <= set(found)
    return value


@pytest.mark.parametrize(
    ("a", "b", "place"),
    [((2, 3), (3, 4), (1, 2)), ((3,), (3, 4), (2,)), ((2, 3), (3,), (1,)), ((3,), (3,), ()),
     ((5, 2, 3), (3, 4), (4, 0, 3)), ((5, 2, 3), (5, 3, 4), (1, 1, 1)),
     ((1, 2, 3), (5, 3, 4), (4, 1, 0))],
)  # fmt: skip
def test_matmul(a: Any, b: Any, place: Any) -> None:
    x, w = tensor(*a, label="x"), tensor(*b, label="w")
    agree(x @ w, place, {"x": x, "w": w})


def test_a_linear_layer_with_its_activation_is_a_neuron() -> None:
    layer = nn.Linear(3, 4)
    x = tensor(5, 3, label="x")
    y = layer(x).tanh()
    value = agree(y, (2, 1), {"x": x, "weight": layer.weight, "bias": layer.bias})
    assert [n.op.name for n in topological_order(value) if n.op] == ["dot", "add", "tanh"]
    assert len(draw(value, engine="builtin").scene.boxes) == 3 + 3 + 1 + 3


def test_constant_inputs_are_numbers() -> None:
    layer = nn.Linear(3, 4, bias=False)
    y = layer(RNG.normal(size=(5, 3)))
    agree(y, (-1 % 5, 0), {"weight": layer.weight})


def test_elementwise_with_broadcasting_and_moves() -> None:
    a, b = tensor(4, 1, label="a"), tensor(3, label="b")
    y = ((a * b).exp() + b / 2.0).T.reshape(2, 6)[1:]
    agree(y, (0, 4), {"a": a, "b": b})


def test_layers_are_gone_through_when_asked_for() -> None:
    first, second = nn.Linear(2, 3), nn.Linear(3, 1)
    first.weight.label, first.bias.label = "w1", "b1"
    x = tensor(4, 2, label="x")
    h = autograd.relu(first(x))
    h.label = "h"
    y = second(h)
    one = scalar_view(y, (0, 0))
    leaves = {n.label for n in topological_order(one) if n.is_leaf}
    weights = {"weight[0, 0]", "weight[0, 1]", "weight[0, 2]", "bias[0]"}
    assert leaves == weights | {"h[0, 0]", "h[0, 1]", "h[0, 2]"}
    named = {"w1": first.weight, "b1": first.bias, "x": x, "weight": second.weight,
             "bias": second.bias}  # fmt: skip
    agree(y, (0, 0), named, layers=2)


def test_gradients_are_those_of_the_tensors_until_backward() -> None:
    layer = nn.Linear(3, 2)
    x = tensor(5, 3, label="x")
    y = layer(x)
    y.retain_grad()
    (y * y).sum().backward()
    value = scalar_view(y, (0, 1))
    found = {n.label: n for n in topological_order(value) if n.is_leaf}
    assert value.grad == y.grad[0, 1]
    assert found["weight[1, 2]"].grad == layer.weight.grad[1, 2]
    assert found["x[0, 0]"].grad == x.grad[0, 0]
    assert value.inputs[0].grad == y.grad[0, 1]  # x W, before the bias is added


def test_nothing_is_changed() -> None:
    layer = nn.Linear(3, 2)
    y = layer(tensor(5, 3))
    before = (layer.weight.data.copy(), layer.weight.grad, repr(y))
    scalar_view(y, (0, 0)).backward()
    assert np.array_equal(layer.weight.data, before[0])
    assert layer.weight.grad is before[1] is None
    assert repr(y) == before[2]


def test_what_has_no_scalar_picture() -> None:
    x = tensor(3)
    for thing in (x, x.sum(), autograd.softmax(x)):
        with pytest.raises(ValueError, match="scalar_view: expected a tensor computed by linear"):
            scalar_view(thing, (0,) * thing.ndim)
    with pytest.raises(TypeError, match="expected a Tensor"):
        scalar_view(Value(1.0))
    for place in ((), (3,), (0, 0), (0.0,), slice(1), (True,)):
        with pytest.raises(IndexError, match=r"one element of shape \(3,\)"):
            scalar_view(x * 2.0, place)
    for layers in (0, True, 1.5):
        with pytest.raises(ValueError, match="layers from 1 on"):
            scalar_view(x * 2.0, 0, layers)  # type: ignore[arg-type]
