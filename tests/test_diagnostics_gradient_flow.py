"""GradientFlow against brute force, against closed forms, and as a callback."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value

X = np.random.default_rng(0).normal(size=(8, 3))
COLUMNS = ("low", "median", "high", "maximum", "zeros", "nonfinite", "none")


def network(*widths: int, activation: Any = nn.Tanh) -> Any:
    nn.manual_seed(1)
    layers: list[Any] = []
    for a, b in itertools.pairwise(widths):
        layers += [nn.Linear(a, b), activation()]
    return nn.Sequential(*layers[:-1])


def backward(model: Any) -> None:
    model.zero_grad()
    (model(X) ** 2).mean().backward()


def test_each_row_is_what_numpy_says_of_the_gradients() -> None:
    model = network(3, 5, 4, 1)
    flow = nn.GradientFlow(model)
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    expected = []
    for _ in range(4):
        backward(model)
        row = []
        for layer in (model[0], model[2], model[4]):
            grads = np.abs(np.concatenate([layer.weight.grad.ravel(), layer.bias.grad.ravel()]))
            row.append([*np.quantile(grads, [0.05, 0.5, 0.95]), grads.max(), 0, 0, 0])
        expected.append(row)
        flow.record()
        optimizer.step()
    assert flow.names == ["0", "2", "4"]
    assert flow.steps.tolist() == [0, 1, 2, 3]
    assert flow.size.tolist() == [20, 24, 5]
    for k, name in enumerate(COLUMNS):
        got = getattr(flow, name)
        assert got.shape == (4, 3)
        np.testing.assert_allclose(got, np.array(expected)[:, :, k], rtol=1e-12, err_msg=name)
    assert (flow.median[0] != flow.median[3]).all(), "the rows are of different steps"


def test_parameters_by_themselves() -> None:
    model = network(3, 2, 1)
    flow = nn.GradientFlow(model, by="parameter")
    backward(model)
    flow.record()
    assert flow.names == [name for name, _ in model.named_parameters()]
    expected = [np.abs(p.grad).max() for p in model.parameters()]
    assert flow.maximum[0].tolist() == expected


@pytest.mark.parametrize("compiled", [False, True], ids=["one by one", "compiled"])
def test_a_layer_of_neurons_is_one_group(compiled: bool) -> None:
    model = nn.MLP(3, [4, 2, 1], activation="tanh", seed=0)
    flow, single = nn.GradientFlow(model), nn.GradientFlow(model, by="parameter")
    for _ in range(2):
        model.zero_grad()
        if compiled:
            loss = (autograd.compile(model)(X) ** 2).mean()
        else:
            loss = nn.mse_loss([model(x) for x in X.tolist()], [0.0] * len(X))
        loss.backward()
        flow.record()
        single.record()
    assert flow.names == ["layers.0", "layers.1", "layers.2"]
    assert flow.size.tolist() == [16, 10, 3]
    for k, layer in enumerate(model.layers):
        grads = np.abs([p.grad for p in layer.parameters()])
        assert flow.median[1, k] == np.median(grads)
        assert flow.maximum[1, k] == grads.max()
    assert single.names[:2] == ["layers.0.neurons.0.w.0", "layers.0.neurons.0.w.1"]
    assert single.median.shape == (2, 29)
    assert single.median[1].tolist() == [abs(p.grad) for p in model.parameters()]


@pytest.mark.parametrize(
    ("model", "names"),
    [
        (nn.Linear(2, 2), ["Linear"]),
        (nn.Neuron(2), ["Neuron"]),
        (nn.Layer(2, 3), ["Layer"]),
        (nn.Sequential(nn.Sequential(nn.Linear(2, 2)), nn.Linear(2, 1)), ["0.0", "1"]),
    ],
    ids=["Linear", "Neuron", "Layer", "nested"],
)
def test_names_of_layers(model: Any, names: list[str]) -> None:
    assert nn.GradientFlow(model).names == names


def test_parameters_in_lists_belong_to_their_module() -> None:
    class Odd(nn.Module):
        def __init__(self) -> None:
            self.inner = nn.Linear(2, 2)
            self.several = {"a": [Value(1.0), nn.Parameter([1.0])]}

    assert nn.GradientFlow(Odd()).names == ["Odd", "inner"]


def test_gradients_of_deep_sigmoids_are_products_of_derivatives() -> None:
    """One neuron a layer: dy/dw[k] = a[k] * s'(z[k]) * prod over later j of w[j] s'(z[j])."""
    depth, weight, x = 12, 0.7, 1.5
    model = nn.Sequential(*[m for _ in range(depth) for m in (nn.Linear(1, 1), nn.Sigmoid())])
    inputs, slopes, a = [], [], x
    for k in range(depth):
        model[2 * k].weight.data = np.array([[weight]])
        model[2 * k].bias.data = np.array([0.0])
        inputs.append(a)
        a = 1 / (1 + np.exp(-weight * a))
        slopes.append(a * (1 - a))
    flow = nn.GradientFlow(model.double(), by="parameter")
    model(np.array([[x]])).sum().backward()
    flow.record()
    later = [np.prod([weight * s for s in slopes[k + 1 :]]) for k in range(depth)]
    expected = [inputs[k] * slopes[k] * later[k] for k in range(depth)]
    of_weights = [k for k, name in enumerate(flow.names) if name.endswith("weight")]
    np.testing.assert_allclose(flow.median[0, of_weights], expected, rtol=1e-12)
    assert flow.median[0, 0] < 1e-8 * flow.median[0, -1]


def test_zeros_nans_and_no_gradient_are_counted() -> None:
    model = network(3, 4, 4, 4, 1)
    flow = nn.GradientFlow(model)
    backward(model)
    zero, broken, absent, plain = (model[k] for k in (0, 2, 4, 6))
    zero.weight.grad = np.zeros((4, 3))
    zero.bias.grad = np.array([0.0, 0.0, -3.0, 5e-324])
    broken.weight.grad = np.full((4, 4), np.nan)
    broken.bias.grad = np.array([np.inf, -np.inf, -2.0, 1.0])
    absent.weight.grad = absent.bias.grad = None
    plain.bias.grad = None
    flow.record()
    assert flow.zeros.tolist() == [[14, 0, 0, 0]]
    assert flow.nonfinite.tolist() == [[0, 18, 0, 0]]
    assert flow.none.tolist() == [[0, 0, 20, 1]]
    assert flow.median[0, 0] == 0
    assert flow.maximum[0].tolist()[:2] == [3.0, 2.0]
    assert flow.median[0, 1] == 1.5
    assert np.isnan([getattr(flow, name)[0, 2] for name in COLUMNS[:4]]).all()
    assert flow.median[0, 3] == np.median(np.abs(plain.weight.grad))


def test_frozen_parameters_have_none() -> None:
    model = network(3, 4, 1)
    flow = nn.GradientFlow(model)
    model[0].requires_grad_(False)
    backward(model)
    flow.record()
    assert flow.none.tolist() == [[16, 0]]


def test_values_that_the_loss_does_not_reach() -> None:
    layer = nn.Layer(2, 2, seed=0)
    flow = nn.GradientFlow(layer)
    layer.neurons[0]([1.0, 2.0]).backward()
    flow.record()
    assert flow.none.tolist() == [[3]]


def test_recorded_gradients_are_looked_at_too() -> None:
    w = nn.Parameter([2.0])

    class Cube(nn.Module):
        def __init__(self) -> None:
            self.w = w

    flow = nn.GradientFlow(Cube())
    (w**3).sum().backward(create_graph=True)
    flow.record()
    assert flow.median.tolist() == [[12.0]]


def test_every() -> None:
    model = network(3, 1)
    flow = nn.GradientFlow(model, every=3)
    for _ in range(8):
        flow.record()
    assert flow.steps.tolist() == [0, 3, 6]
    assert len(flow) == 3


def test_as_a_callback_it_has_the_numbers_of_the_run() -> None:
    model = network(3, 1)
    flow = nn.GradientFlow(model, every=2)
    for step in range(10, 15):
        flow.on_backward(SimpleNamespace(step=step))
    assert flow.steps.tolist() == [10, 12, 14]


@pytest.mark.parametrize("kind", ["tensors", "neurons"])
def test_fit_calls_it_and_what_is_trained_is_the_same(kind: str) -> None:
    data = [(X[:4], X[:4, :1]), (X[4:], X[4:, :1])]

    def trained(*callbacks: Any) -> Any:
        model = network(3, 4, 1) if kind == "tensors" else nn.MLP(3, [4, 1], "tanh", seed=0)
        flow = nn.GradientFlow(model)
        loss = (lambda a, b: nn.mse_loss(a, b[:, 0])) if kind == "neurons" else nn.mse_loss
        optimizer = nn.SGD(model.parameters(), lr=0.1)
        chosen = [flow] if callbacks else []
        nn.fit(model, data, loss, optimizer, 3, callbacks=chosen, progress=False)
        return flow, [np.array(p.data) for p in model.parameters()]

    flow, parameters = trained(True)
    assert flow.steps.tolist() == list(range(6))
    assert (flow.median > 0).all()
    assert flow.none.sum() == 0
    for a, b in zip(parameters, trained()[1], strict=True):
        np.testing.assert_array_equal(a, b)


def test_looking_changes_nothing() -> None:
    model = nn.MLP(3, [4, 1], seed=0)
    (autograd.compile(model)(X) ** 2).mean().backward()
    before = [(p.data, p.grad, type(p), vars(model).copy()) for p in model.parameters()]
    flow = nn.GradientFlow(model)
    flow.record()
    assert [(p.data, p.grad, type(p), vars(model)) for p in model.parameters()] == before


def test_to_dict_holds_copies_of_all() -> None:
    model = network(3, 4, 1)
    flow = nn.GradientFlow(model)
    backward(model)
    flow.record()
    table = flow.to_dict()
    assert set(table) == {"names", "steps", "size", "bins", "histogram", *COLUMNS}
    table["median"][:] = -1
    table["size"][:] = -1
    table["names"].clear()
    assert flow.median.min() > 0
    assert flow.size.tolist() == [16, 5]
    assert flow.names == ["0", "2"]


def test_before_the_first_step_there_are_empty_arrays() -> None:
    flow = nn.GradientFlow(network(3, 4, 1))
    assert flow.median.shape == (0, 2)
    assert flow.steps.shape == (0,)


def test_histograms_of_gradients() -> None:
    model = network(3, 4, 1)
    flow = nn.GradientFlow(model, bins=[1e-3, 1e-2, 1.0])
    backward(model)
    weight = np.array([[0.0, 1e-9, 5e-3], [np.nan, 0.5, -0.5], [7.0, 0.0, 0.0], [1, 1, 1]])
    model[0].weight.grad, model[0].bias.grad = weight, np.zeros(4)
    flow.record()
    assert flow.histogram.tolist()[0][0] == [2, 6]
    assert flow.to_dict()["bins"].tolist() == [1e-3, 1e-2, 1.0]
    by_itself = nn.GradientFlow(model, bins=True)
    by_itself.record()
    assert by_itself.histogram.shape == (1, 2, 60)
    assert by_itself.histogram.sum() == 8 + 5
    without = nn.GradientFlow(model)
    without.record()
    assert without.histogram.shape == (1, 2, 0)
    with pytest.raises(ValueError, match="GradientFlow: expected bins as increasing"):
        nn.GradientFlow(model, bins=[1.0, 1.0])


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ((None,), TypeError, "expected a Module, got None"),
        ((nn.ReLU(),), ValueError, "expected a model with parameters, got ReLU"),
        ((nn.Linear(1, 1), "neuron"), ValueError, "'neuron'"),
        ((nn.Linear(1, 1), "layer", 0), ValueError, "every: expected a whole number"),
    ],
    ids=str,
)
def test_wrong_arguments(arguments: Any, error: Any, text: str) -> None:
    with pytest.raises(error, match="GradientFlow") as caught:
        nn.GradientFlow(*arguments)
    assert text in str(caught.value)
