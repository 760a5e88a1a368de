"""Recurrent layers and cells: PyTorch's numbers, the loop that defines them, and bad input."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor

STEPS, EXAMPLES, SIZE, HIDDEN = 4, 3, 2, 5
RNG = np.random.default_rng(0)
X = RNG.normal(size=(STEPS, EXAMPLES, SIZE))

LAYERS: list[tuple[str, dict[str, Any]]] = [
    ("RNN", {}),
    ("RNN", {"nonlinearity": "relu"}),
    ("GRU", {}),
    ("LSTM", {}),
]
OPTIONS: list[dict[str, Any]] = [
    {"bias": bias, "batch_first": batch_first, "num_layers": layers, "bidirectional": both}
    for bias, batch_first, layers, both in itertools.product(
        (True, False), (False, True), (1, 2), (False, True)
    )
]


def theirs_like(ours: Any, **settings: Any) -> Any:
    """PyTorch's layer of the same name, with our numbers."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    layer = getattr(torch.nn, type(ours).__name__)(
        ours.input_size, ours.hidden_size, **settings, dtype=torch.float64
    )
    state = {name: torch.tensor(x) for name, x in ours.state_dict().items()}
    assert list(state) == list(layer.state_dict())
    layer.load_state_dict(state)
    return layer


def flat(result: Any) -> list[Any]:
    """Outputs and states as a list."""
    return [x for r in result for x in flat(r)] if isinstance(result, tuple) else [result]


def compare(ours: Any, theirs: Any, x: Any, states: list[Any], weights: bool = True) -> None:
    """Results and gradients of everything, for cotangents drawn at random."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    mine = [Tensor(a, requires_grad=True) for a in (x, *states)]
    its = [torch.tensor(a, requires_grad=True) for a in (x, *states)]

    def called(layer: Any, given: list[Any]) -> list[Any]:
        state = given[1] if len(given) == 2 else tuple(given[1:]) or None
        result = layer(given[0], state)
        return flat(result)

    a, b = called(ours, mine), called(theirs, its)
    rng = np.random.default_rng(1)
    gs = [rng.normal(size=r.shape) for r in a]
    for r, s in zip(a, b, strict=True):
        assert r.shape == tuple(s.shape)
        np.testing.assert_allclose(r.data, s.detach().numpy(), rtol=0, atol=1e-10)
    sum((r * g).sum() for r, g in zip(a, gs, strict=True)).backward()
    sum((s * torch.tensor(g)).sum() for s, g in zip(b, gs, strict=True)).backward()
    pairs = [*zip(mine, its, strict=True)]
    pairs += zip(ours.parameters(), theirs.parameters(), strict=True)
    for p, q in pairs:
        np.testing.assert_allclose(p.grad, q.grad.numpy(), rtol=0, atol=1e-10)


def states_of(layer: Any, *shape: int) -> list[Any]:
    rng = np.random.default_rng(2)
    return [rng.normal(size=shape) for _ in range(layer.kind.states)]


# --- against PyTorch ------------------------------------------------------------------------------


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize(("name", "more"), LAYERS, ids=str)
def test_layers_are_pytorchs(name: str, more: dict[str, Any], options: dict[str, Any]) -> None:
    ours = getattr(nn, name)(SIZE, HIDDEN, **options, **more)
    theirs = theirs_like(ours, **options, **more)
    x = X.swapaxes(0, 1) if options["batch_first"] else X
    cells = options["num_layers"] * (1 + options["bidirectional"])
    compare(ours, theirs, x, [])
    compare(ours, theirs, x, states_of(ours, cells, EXAMPLES, HIDDEN))
    compare(ours, theirs, x[0], [])  # of one sequence
    compare(ours, theirs, x[0], states_of(ours, cells, HIDDEN))
    assert repr(ours).splitlines()[0].startswith(repr(theirs).removesuffix(")"))


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("name", "more"), LAYERS, ids=str)
def test_cells_are_pytorchs(name: str, more: dict[str, Any], bias: bool) -> None:
    ours = getattr(nn, f"{name}Cell")(SIZE, HIDDEN, bias=bias, **more)
    theirs = theirs_like(ours, bias=bias, **more)
    compare(ours, theirs, X[0], [])
    compare(ours, theirs, X[0], states_of(ours, EXAMPLES, HIDDEN))
    compare(ours, theirs, X[0, 0], [])
    compare(ours, theirs, X[0, 0], states_of(ours, HIDDEN))


@pytest.mark.parametrize("name", ["RNN", "GRU", "LSTM"])
def test_single_precision_stays(name: str) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    ours = getattr(nn, name)(SIZE, HIDDEN, dtype="float32")
    theirs = theirs_like(ours).float()
    x = X.astype(np.float32)
    out, found = ours(x)[0], theirs(torch.tensor(x))[0]
    out.sum().backward()
    found.sum().backward()
    assert out.dtype == np.float32
    np.testing.assert_allclose(out.data, found.detach().numpy(), atol=1e-6)
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert p.grad.dtype == np.float32
        np.testing.assert_allclose(p.grad, q.grad.numpy(), rtol=1e-4, atol=1e-5)


# Recorded from PyTorch 2.13: all parameters are cos(0), cos(1), ... in their order, the inputs
# sin(0), sin(1), ...; two layers, both directions.  Results, and the sum of the gradients' squares.
GOLDEN: dict[str, Any] = {
    "RNN": (
        [
            -0.2652752778553402,
            0.8500444641131283,
            0.16281030056244852,
            -0.9761128040798256,
            0.4505968153574361,
            0.40119064182134156,
            -0.8566003810811924,
            -0.8523025310651176,
            -0.048202641839884895,
            0.7365458800998392,
            0.13959963113217516,
            -0.8376429129014623,
        ],
        [
            2.2344927162782193,
            2.4229850091552905,
            3.0497558077881832,
            3.0497558077881832,
            1.7800442020112297,
            0.22986792282051646,
            1.3771518882338825,
            1.3771518882338825,
            3.042468774512454,
            0.2613749054617543,
            1.7396202139031192,
            1.7396202139031192,
            2.480530168024434,
            0.36567297461935544,
            1.4429308359373203,
            1.4429308359373203,
        ],
    ),
    "GRU": (
        [
            0.14751473793676662,
            0.6782976924095027,
            -0.2245780734603538,
            -0.7891182128170016,
            -0.2703853363317961,
            0.8604462848828576,
            -0.15762968771196562,
            -0.6481455920827278,
            0.017246590980033928,
            0.9019058672508335,
            -0.10257317028353341,
            -0.5564507589074028,
        ],
        [
            0.14417624841469567,
            0.04041162547489305,
            0.29623703847536453,
            0.2647683401072071,
            0.13172029712393293,
            0.0007385925483606246,
            0.15721691370894067,
            0.09004603107462476,
            0.32185103401799514,
            0.06385853407873494,
            0.7801801364611888,
            0.2932197212946618,
            0.8570280321919717,
            0.3758885719678299,
            2.0513856863990627,
            1.6622641108745593,
        ],
    ),
    "LSTM": (
        [
            -0.1606156013535162,
            0.0007626210869613056,
            0.17483634493782005,
            0.194845790041422,
            -0.06321821342443303,
            -0.10489732535088526,
            0.16664539693820063,
            0.186131770568169,
            -0.3156881957981468,
            0.06727845842480258,
            0.23032009666905098,
            0.0887639210982533,
        ],
        [
            0.007717879478913441,
            0.000524775113902318,
            0.005686489189799658,
            0.005686489189799658,
            0.008189599622402286,
            0.0019015852946331177,
            0.00971621697912325,
            0.00971621697912325,
            0.11088357700733117,
            0.0018889607258039092,
            0.39826751207450284,
            0.39826751207450284,
            0.01785640050101089,
            0.0018445620100193386,
            0.06171305701183039,
            0.06171305701183039,
        ],
    ),
}


def golden_layer(library: Any, name: str, dtype: Any) -> Any:
    return getattr(library, name)(2, 2, num_layers=2, bidirectional=True, dtype=dtype)


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_numbers(name: str) -> None:
    layer = golden_layer(nn, name, np.float64)
    start = 0
    for p in layer.parameters():
        p.data = np.cos(np.arange(start, start + p.size)).reshape(p.shape)
        start += p.size
    out, _ = layer(np.sin(np.arange(6.0)).reshape(3, 1, 2))
    (out * out).sum().backward()
    outputs, squares = GOLDEN[name]
    np.testing.assert_allclose(out.data.ravel(), outputs, rtol=0, atol=1e-12)
    found = [float((p.grad**2).sum()) for p in layer.parameters()]
    np.testing.assert_allclose(found, squares, rtol=1e-11)


# --- against the definition -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["RNN", "GRU", "LSTM"])
def test_a_layer_is_its_cell_step_by_step(name: str) -> None:
    layer = getattr(nn, name)(SIZE, HIDDEN)
    cell = getattr(nn, f"{name}Cell")(SIZE, HIDDEN)
    cell.load_state_dict({k.removesuffix("_l0"): x for k, x in layer.state_dict().items()})
    state: Any = None
    outputs = []
    for x in X:
        state = cell(x, state)
        outputs.append(state[0] if name == "LSTM" else state)
    expected = autograd.stack(outputs)
    out, _ = layer(X)
    np.testing.assert_allclose(out.data, expected.data, rtol=1e-13, atol=1e-14)
    g = np.cos(np.arange(out.size)).reshape(out.shape)
    out.backward(g)
    expected.backward(g)
    for p, q in zip(layer.parameters(), cell.parameters(), strict=True):
        np.testing.assert_allclose(p.grad, q.grad, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("name", "more"), LAYERS, ids=str)
def test_gradients_are_those_of_small_steps(name: str, more: dict[str, Any]) -> None:
    layer = getattr(nn, name)(1, 2, bidirectional=True, **more)
    names = [n for n, _ in layer.named_parameters()]

    def run(x: Any, *parameters: Any) -> Any:
        for n, p in zip(names, parameters, strict=True):
            delattr(layer, n)
            setattr(layer, n, p)
        return layer(x)[0]

    values = [p.data for p in layer.parameters()]
    autograd.check_grads(run)(X[:2, :1, :1], *values)


@pytest.mark.parametrize("name", ["RNN", "GRU", "LSTM"])
def test_compiled_training_is_the_same(name: str) -> None:
    def trained(compiled: bool) -> list[Any]:
        nn.manual_seed(3)
        layer = getattr(nn, name)(SIZE, HIDDEN, num_layers=2, bidirectional=True)
        optimizer = nn.SGD(layer.parameters(), lr=0.1)

        def loss(x: Any) -> Any:
            out, _ = layer(x)
            return (out * out).sum()

        run = autograd.compile(loss, numbers=False) if compiled else loss
        for step in range(3):
            optimizer.zero_grad()
            run(X + step).backward()
            optimizer.step()
        return [p.data for p in layer.parameters()]

    for a, b in zip(trained(True), trained(False), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


def test_nested_lists_are_arrays() -> None:
    given = [RNG.normal(size=n) for n in ((3, 2, 1, 2), (1, 1, 2), (3, 2, 2), (3, 2))]
    found = autograd.recurrent("gru", *(x.tolist() for x in given))
    np.testing.assert_array_equal(found, autograd.recurrent("gru", *given))


def test_long_sequences_make_a_short_graph() -> None:
    layer = nn.GRU(1, 2)
    counts = []
    for steps in (2, 200):
        out, _ = layer(np.ones((steps, 1, 1)))
        counts.append(len(autograd.topological_order(out)))
    assert counts[0] == counts[1]


# --- numbers to start from, and dropout -----------------------------------------------------------


def test_numbers_to_start_from() -> None:
    nn.manual_seed(0)
    numbers = np.concatenate([p.data.ravel() for p in nn.LSTM(30, 25).parameters()])
    assert np.all(np.abs(numbers) < 0.2)
    assert np.abs(numbers).max() > 0.199
    assert abs(numbers.mean()) < 0.01
    assert numbers.std() == pytest.approx(0.2 / np.sqrt(3), rel=0.03)


def test_dropout_is_between_layers_in_training_only() -> None:
    layer = nn.GRU(SIZE, HIDDEN, num_layers=2, dropout=0.5)
    plain = nn.GRU(SIZE, HIDDEN, num_layers=2)
    plain.load_state_dict(layer.state_dict())
    assert np.any(layer(X)[0].data != plain(X)[0].data)
    np.testing.assert_array_equal(layer(X)[1].data[0], plain(X)[1].data[0])  # the first layer's
    run = autograd.compile(lambda x: layer(x)[0], numbers=False)
    assert np.any(run(X).data != run(X).data)
    np.testing.assert_array_equal(layer.eval()(X)[0].data, plain(X)[0].data)
    everything = nn.GRU(SIZE, HIDDEN, num_layers=2, dropout=1.0)  # and the last is not dropped
    assert np.all(everything(np.ones((3, 2, SIZE)))[0].data != 0)


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: nn.GRU(0, 3), r"GRU: input_size: expected a whole number of at least 1, got 0"),
        (lambda: nn.RNN(2, 3, nonlinearity="elu"), r"RNN: nonlinearity: .* got 'elu'"),
        (lambda: nn.LSTM(2, 3, dropout=1.5), r"LSTM: dropout: .* got 1.5"),
        (lambda: nn.LSTM(2, 3, proj_size=2), r"LSTM: proj_size: expected 0.* got 2"),
        (lambda: nn.GRU(2, 3)(np.ones((4, 3))), r"GRU: .* last of length 2, got shape \(4, 3\)"),
        (
            lambda: nn.GRU(2, 3)(np.ones((0, 1, 2))),
            r"GRU: .* none of them empty, .*\(0, 1, 2\)",
        ),
        (lambda: nn.GRU(2, 3)(np.ones(2)), r"GRU: expected 2 or 3 axes"),
        (lambda: nn.GRU(2, 3)(X, np.ones((2, 3, 3))), r"GRU: .* state h of shape \(1, 3, 3\), got"),
        (lambda: nn.LSTM(2, 3)(X, np.ones((1, 3, 3))), r"LSTM: .* pair of states .* got shapes"),
        (lambda: nn.GRUCell(2, 3)(X), r"GRUCell: expected 1 or 2 axes"),
        (lambda: nn.GRUCell(2, 3)(X[0], np.ones(3)), r"GRUCell: .*\(3, 3\), got shapes \(3,\)"),
        (
            lambda: autograd.recurrent("gpu", X, X, X, X),
            r"recurrent: expected one of rnn_tanh.*'gpu'",
        ),
        (
            lambda: autograd.recurrent("gru", X, X, X, X),
            r"recurrent: .* 3 gates and 1 states for gru",
        ),
    ],
)
def test_bad_input_is_refused(call: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        call()
