"""Neurons, layers and networks against NumPy (outputs) and PyTorch (gradients)."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value, no_grad

FUNCTIONS = {
    "relu": lambda x: max(x, 0.0),
    "leaky_relu": lambda x: x if x > 0 else 0.01 * x,
    "gelu": lambda x: 0.5 * x * (1 + math.erf(x / math.sqrt(2))),
    "softplus": lambda x: math.log(1 + math.exp(x)),
    "tanh": math.tanh,
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "linear": lambda x: x,
}
ROW = [0.5, -1.25, 2.0]


def matrices(layer: nn.Layer) -> tuple[np.ndarray, np.ndarray]:
    W = np.array([[w.data for w in neuron.w] for neuron in layer.neurons])
    return W, np.array([neuron.b.data for neuron in layer.neurons])


def by_hand(model: nn.MLP, x: Any) -> np.ndarray:
    out = np.asarray(x, dtype=float)
    for layer in model.layers:
        W, b = matrices(layer)
        out = np.vectorize(FUNCTIONS[layer.neurons[0].activation])(W @ out + b)
    return out


def shift_biases(model: nn.Module) -> None:
    """Biases start at 0, where a forgotten one would not be noticed."""
    for name, p in model.named_parameters():
        if name.endswith("b"):
            p.data = 0.1 + 0.05 * len(name)


# --- outputs --------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", list(FUNCTIONS))
def test_a_neuron_computes_what_its_formula_says(activation: str) -> None:
    for seed in range(5):
        neuron = nn.Neuron(3, activation=activation, seed=seed)
        neuron.b.data = 0.3
        total = sum(w.data * x for w, x in zip(neuron.w, ROW, strict=True)) + 0.3
        assert neuron(ROW).data == pytest.approx(FUNCTIONS[activation](total), rel=1e-12)


@pytest.mark.parametrize("activation", list(FUNCTIONS))
def test_a_network_computes_what_its_matrices_say(activation: str) -> None:
    model = nn.MLP(3, [5, 4, 2], activation=activation, output="tanh", seed=3)
    shift_biases(model)
    assert [v.data for v in model(ROW)] == pytest.approx(by_hand(model, ROW), rel=1e-12)


def test_hidden_layers_bend_and_the_last_does_not() -> None:
    model = nn.MLP(3, [4, 4, 2], seed=0)
    assert [[n.activation for n in layer.neurons] for layer in model.layers] == [
        ["relu"] * 4,
        ["relu"] * 4,
        ["linear"] * 2,
    ]
    assert [[n.nonlin for n in layer.neurons] for layer in model.layers] == [
        [True] * 4,
        [True] * 4,
        [False] * 2,
    ]
    assert nn.MLP(3, [1], output="sigmoid", seed=0)(ROW).op.name == "sigmoid"


def test_nonlin_false_is_linear() -> None:
    linear, bent = nn.Neuron(3, nonlin=False, seed=0), nn.Neuron(3, seed=0)
    assert (linear.nonlin, linear.activation) == (False, "linear")
    assert (bent.nonlin, bent.activation) == (True, "relu")
    assert nn.Neuron(3, False, seed=0).activation == "linear"  # as micrograd calls it
    assert nn.Layer(3, 2, nonlin=False, seed=0).neurons[0].nonlin is False
    for w, x in zip(linear.w, (-5.0, -5.0, -5.0), strict=True):
        w.data = abs(x)
    assert linear([-1.0, -1.0, -1.0]).data == -15.0


def test_one_output_is_a_value_and_several_are_a_list() -> None:
    assert isinstance(nn.Layer(3, 1, seed=0)(ROW), Value)
    assert isinstance(nn.MLP(3, [4, 1], seed=0)(ROW), Value)
    out = nn.MLP(3, [4, 2], seed=0)(ROW)
    assert isinstance(out, list)
    assert len(out) == 2


def test_hidden_layers_of_one_neuron() -> None:
    model = nn.MLP(3, [1, 1, 2], activation="tanh", seed=0)
    assert [v.data for v in model(ROW)] == pytest.approx(by_hand(model, ROW), rel=1e-12)


@pytest.mark.parametrize(
    "inputs",
    [
        ROW,
        tuple(ROW),
        np.array(ROW),
        np.array([ROW, ROW])[0],
        [np.float64(x) for x in ROW],
        list(map(Value, ROW)),
        [Value(ROW[0]), ROW[1], np.float64(ROW[2])],
        np.array(list(map(Value, ROW)), dtype=object),
    ],
    ids=["list", "tuple", "array", "row", "numpy numbers", "Values", "mixed", "object array"],
)
def test_inputs_of_every_kind_give_one_result(inputs: Any) -> None:
    model = nn.MLP(3, [4, 2], activation="tanh", seed=1)
    expected = [v.data for v in model(ROW)]
    assert [v.data for v in model(inputs)] == expected
    neuron = model.layers[0].neurons[0]
    assert neuron(inputs).data == neuron(ROW).data
    assert [v.data for v in model.layers[0](inputs)] == [v.data for v in model.layers[0](ROW)]
    neuron(inputs).backward()
    assert [w.grad != 0 for w in neuron.w] == [True] * 3


def test_integers_and_narrow_floats_are_inputs() -> None:
    model = nn.MLP(2, [3, 1], seed=1)
    expected = model([2.0, -1.0]).data
    for dtype in (np.int64, np.int8, np.float32, np.float16):
        assert model(np.array([2, -1], dtype=dtype)).data == expected
    assert model([2, -1]).data == expected


@pytest.mark.parametrize("x", [0.5, Value(0.5), np.float64(0.5), [0.5], np.array([0.5])])
def test_a_network_of_one_input_takes_it_without_brackets(x: Any) -> None:
    model = nn.MLP(1, [3, 1], activation="tanh", seed=1)
    assert model(x).data == pytest.approx(float(by_hand(model, [0.5])[0]), rel=1e-12)


def test_inputs_receive_gradients_too() -> None:
    model = nn.MLP(3, [4, 1], activation="tanh", seed=1)
    x = list(map(Value, ROW))
    model(x).backward()
    h = 1e-6
    for i, v in enumerate(x):
        up, down = list(ROW), list(ROW)
        up[i], down[i] = ROW[i] + h, ROW[i] - h
        # A central difference with h = 1e-6 in float64 is good to about ten digits.
        slope = (model(up).data - model(down).data) / (2 * h)
        assert v.grad == pytest.approx(slope, rel=1e-7, abs=1e-9)


def test_without_recording_there_is_only_a_number() -> None:
    model = nn.MLP(3, [4, 1], seed=1)
    with no_grad():
        out = model(ROW)
    assert out.is_leaf
    assert out.data == model(ROW).data


# --- gradients against PyTorch --------------------------------------------------------------------


@pytest.mark.parametrize("activation", list(FUNCTIONS))
def test_gradients_are_pytorchs(activation: str) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    model = nn.MLP(3, [5, 4, 2], activation=activation, seed=4)
    shift_biases(model)
    rows = [ROW, [-0.7, 0.2, 0.9], [1.5, 1.0, -2.0]]
    inputs = [list(map(Value, row)) for row in rows]
    loss = autograd.sum([a * a * b for a, b in (model(x) for x in inputs)])
    loss.backward()

    functions = {
        name: getattr(torch.nn.functional, name, None) or getattr(torch, name, None)
        for name in FUNCTIONS
        if name != "linear"
    } | {"linear": lambda x: x}
    weights = [
        tuple(torch.tensor(m, dtype=torch.float64, requires_grad=True) for m in matrices(layer))
        for layer in model.layers
    ]
    X = torch.tensor(rows, dtype=torch.float64, requires_grad=True)
    out = X
    for layer, (W, b) in zip(model.layers, weights, strict=True):
        out = functions[layer.neurons[0].activation](out @ W.T + b)
    expected = (out[:, 0] ** 2 * out[:, 1]).sum()
    expected.backward()

    # Two orders of summation in float64.
    assert loss.data == pytest.approx(expected.item(), rel=1e-11)
    for layer, (W, b) in zip(model.layers, weights, strict=True):
        for neuron, w_grad, b_grad in zip(layer.neurons, W.grad, b.grad, strict=True):
            assert [w.grad for w in neuron.w] == pytest.approx(w_grad.tolist(), rel=1e-9, abs=1e-13)
            assert neuron.b.grad == pytest.approx(b_grad.item(), rel=1e-9, abs=1e-13)
    for x, x_grad in zip(inputs, X.grad, strict=True):
        assert [v.grad for v in x] == pytest.approx(x_grad.tolist(), rel=1e-9, abs=1e-13)


# --- parameters and their start -------------------------------------------------------------------


def test_the_order_of_parameters_is_micrograds() -> None:
    model = nn.MLP(2, [3, 1], seed=0)
    expected = [p for layer in model.layers for n in layer.neurons for p in [*n.w, n.b]]
    assert model.parameters() == expected
    assert len(expected) == 3 * 3 + 4
    peer = pytest.importorskip("micrograd.nn", reason="micrograd is not installed")
    theirs = peer.MLP(2, [3, 1])
    for p, q in zip(theirs.parameters(), model.parameters(), strict=True):
        q.data = p.data
    for row in ([0.5, -1.0], [2.0, 1.0]):
        # Additions in another order: a rounding or two.
        assert model(row).data == pytest.approx(theirs(row).data, rel=1e-12, abs=1e-15)


def data(model: nn.Module) -> list[float]:
    return [p.data for p in model.parameters()]


@pytest.mark.parametrize(
    "make",
    [
        lambda **kw: nn.Neuron(4, **kw),
        lambda **kw: nn.Layer(4, 3, **kw),
        lambda **kw: nn.MLP(4, [3, 2], **kw),
    ],
    ids=["Neuron", "Layer", "MLP"],
)
def test_a_seed_fixes_the_weights_and_touches_no_global_state(make: Any) -> None:
    state = random.getstate()
    assert data(make(seed=5)) == data(make(seed=5)) != data(make(seed=6))
    assert data(make(seed=5)) == data(make(rng=random.Random(5)))
    numpy_made = data(make(rng=np.random.default_rng(5)))
    assert numpy_made == data(make(rng=np.random.default_rng(5))) != data(make(seed=5))
    assert all(type(x) is float for x in numpy_made)
    assert random.getstate() == state


def test_without_a_seed_the_global_generator_decides() -> None:
    state = random.getstate()
    try:
        random.seed(7)
        first, second = data(nn.MLP(2, [3])), data(nn.MLP(2, [3]))
        random.seed(7)
        assert data(nn.MLP(2, [3])) == first != second
    finally:
        random.setstate(state)


def test_a_shared_generator_gives_different_layers() -> None:
    rng = random.Random(0)
    assert data(nn.Neuron(3, rng=rng)) != data(nn.Neuron(3, rng=rng))
    layer = nn.Layer(3, 2, seed=0)
    assert data(layer.neurons[0]) != data(layer.neurons[1])


@pytest.mark.parametrize(("activation", "variance"), [("relu", 2.0), ("tanh", 1.0)])
def test_first_weights_have_the_variance_that_keeps_signals_alive(
    activation: str, variance: float
) -> None:
    nin = 50
    layer = nn.Layer(nin, 400, activation=activation, seed=0)
    W, b = matrices(layer)
    # 20,000 draws: the standard error of the variance of a uniform is 0.6 %.
    assert W.var() == pytest.approx(variance / nin, rel=0.03)
    assert abs(W).max() <= math.sqrt(3 * variance / nin)
    assert abs(W.mean()) < 4 * math.sqrt(variance / nin / W.size)
    assert not b.any()


# --- repr -----------------------------------------------------------------------------------------


def test_reprs_tell_sizes_and_activations() -> None:
    assert repr(nn.Neuron(2)) == "Neuron(2, activation='relu')"
    assert repr(nn.Neuron(2, nonlin=False)) == "Neuron(2, activation='linear')"
    assert repr(nn.Layer(3, 4, activation="tanh")) == "Layer(3 -> 4, tanh)"
    assert repr(nn.MLP(2, [16, 16, 1])) == (
        "MLP(2 -> 16 relu -> 16 relu -> 1 linear, 337 parameters)"
    )


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize("inputs", [[1.0], [1.0] * 4, np.ones(5), [], (Value(1.0),)])
def test_a_wrong_number_of_inputs_is_told_with_both_numbers(inputs: Any) -> None:
    for module in (nn.Neuron(3), nn.Layer(3, 2), nn.MLP(3, [2, 1])):
        with pytest.raises(ValueError, match=rf"expected 3 inputs, got {len(inputs)}\b"):
            module(inputs)


def test_an_input_that_is_no_number_is_refused() -> None:
    for bad in (["a", "b"], [None, 1.0], [1j, 1.0], [1.0, [2.0]]):
        with pytest.raises(TypeError):
            nn.MLP(2, [2, 1])(bad)


@pytest.mark.parametrize("n", [1, 2, 50])  # of two rows each neuron has a weight for each, too
def test_a_batch_is_named_as_the_mistake(n: int) -> None:
    X = np.random.default_rng(0).normal(size=(n, 2))
    says = rf"one example.*2 numbers or Values, got {n} row{'' if n == 1 else 's'}\."
    for batch in (X, X.tolist(), list(X), tuple(map(tuple, X)), autograd.Tensor(X)):
        for model in (nn.Neuron(2), nn.Layer(2, 3), nn.MLP(2, [1]), nn.MLP(2, [3, 1])):
            with pytest.raises(ValueError, match=says) as error:
                model(batch)
            assert "[model(x) for x in X]" in str(error.value)
    model = nn.MLP(2, [3, 1], seed=0)  # the two ways that it names
    np.testing.assert_allclose(
        autograd.compile(model)(X).data, [model(x).data for x in X], rtol=1e-12
    )


@pytest.mark.parametrize("nin", [0, -1, 2.0, "3", None, True])
def test_a_wrong_size_is_refused(nin: Any) -> None:
    for make in (
        lambda: nn.Neuron(nin),
        lambda: nn.Layer(nin, 2),
        lambda: nn.Layer(2, nin),
        lambda: nn.MLP(nin, [2]),
        lambda: nn.MLP(2, [2, nin]),
    ):
        with pytest.raises((TypeError, ValueError), match="expected a whole number of at least 1"):
            make()


def test_sizes_may_be_numpy_integers() -> None:
    """``y.max() + 1`` is how many classes there are, and X.shape may have gone through NumPy."""
    model = nn.MLP(np.int64(2), [np.int64(3), np.array([0, 1, 2]).max() + 1], seed=0)
    assert data(model) == data(nn.MLP(2, [3, 3], seed=0))


def test_layers_must_be_a_list_with_something_in_it() -> None:
    with pytest.raises(ValueError, match="at least one layer"):
        nn.MLP(2, [])
    with pytest.raises((TypeError, ValueError), match="nouts: expected"):
        nn.MLP(2, 3)  # type: ignore[arg-type]


def test_an_unknown_activation_is_told_with_the_known_ones() -> None:
    for make in (
        lambda: nn.Neuron(2, activation="swish"),
        lambda: nn.Layer(2, 2, activation="swish"),
        lambda: nn.MLP(2, [2, 1], activation="swish"),
        lambda: nn.MLP(2, [2, 1], output="swish"),
    ):
        with pytest.raises(ValueError, match=r"relu, .*tanh.*linear.*got 'swish'"):
            make()


def test_seed_and_rng_together_are_refused() -> None:
    for make in (
        nn.Neuron,
        lambda n, **kw: nn.Layer(n, 2, **kw),
        lambda n, **kw: nn.MLP(n, [2], **kw),
    ):
        with pytest.raises(ValueError, match="seed and rng"):
            make(2, seed=1, rng=random.Random(1))


def test_an_rng_that_is_none_is_refused() -> None:
    with pytest.raises(TypeError, match=r"rng: expected a random\.Random"):
        nn.MLP(2, [2], rng=42)
