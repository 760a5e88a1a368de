"""First weights: bounds, moments and structure, against definitions and PyTorch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, Value
from nn import init

SHAPES = [(40, 500), (300, 60), (32, 20, 5, 5)]


def filled(name: str, shape: Any, *args: Any, seed: int = 0, **settings: Any) -> Any:
    t = Tensor(np.full(shape, np.nan), requires_grad=True)
    generator = np.random.default_rng(seed)
    assert getattr(init, name)(t, *args, generator=generator, **settings) is t
    return t.data


def fans(shape: Any) -> tuple[int, int]:
    return int(np.prod(shape[1:])), int(np.prod(shape) // shape[1])


# --- variances ------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("scheme", "settings", "variance"),
    [
        ("xavier", {}, lambda i, o: 2 / (i + o)),
        ("xavier", {"gain": 3.0}, lambda i, o: 9 * 2 / (i + o)),
        ("kaiming", {}, lambda i, o: 2 / i),
        ("kaiming", {"a": 2.0}, lambda i, o: 2 / (5 * i)),
        ("kaiming", {"a": math.sqrt(5)}, lambda i, o: 1 / (3 * i)),
        ("kaiming", {"mode": "fan_out", "nonlinearity": "relu"}, lambda i, o: 2 / o),
        ("kaiming", {"nonlinearity": "tanh"}, lambda i, o: 25 / 9 / i),
        ("lecun", {}, lambda i, o: 1 / i),
    ],
)
def test_variances_are_as_defined(scheme: str, settings: Any, variance: Any, shape: Any) -> None:
    wanted = variance(*fans(shape))
    uniform = filled(f"{scheme}_uniform_", shape, **settings)
    normal = filled(f"{scheme}_normal_", shape, **settings)
    bound = math.sqrt(3 * wanted)
    assert 0.999 * bound < np.abs(uniform).max() <= bound
    # The mean of n numbers strays by 1/sqrt(n) standard deviations, their variance by about twice.
    n = uniform.size
    for x in (uniform, normal):
        assert abs(x.mean()) < 4 * math.sqrt(wanted / n)
        assert x.var() == pytest.approx(wanted, rel=6 / math.sqrt(n))
    assert np.abs(normal).max() > bound


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("uniform_", {"a": -2.0, "b": 3.0}),
        ("normal_", {"mean": 1.0, "std": 0.5}),
        ("trunc_normal_", {"mean": 0.5, "std": 2.0, "a": -1.0, "b": 3.0}),
        ("xavier_uniform_", {"gain": 2.0}),
        ("xavier_normal_", {"gain": 2.0}),
        ("kaiming_uniform_", {"a": 0.3, "mode": "fan_out"}),
        ("kaiming_normal_", {"nonlinearity": "selu"}),
        ("orthogonal_", {"gain": 1.5}),
    ],
)
def test_moments_are_pytorchs(name: str, settings: Any, shape: Any) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    theirs = torch.empty(shape, dtype=torch.float64)
    getattr(torch.nn.init, name)(theirs, generator=torch.Generator().manual_seed(0), **settings)
    a, b = filled(name, shape, **settings), theirs.numpy()
    sigma, n = b.std(), b.size
    assert a.mean() == pytest.approx(b.mean(), abs=6 * sigma / math.sqrt(n))
    assert sigma == pytest.approx(a.std(), rel=6 / math.sqrt(n))
    if "normal" not in name or "trunc" in name:
        assert np.ptp(a) == pytest.approx(np.ptp(b), rel=0.01 if "ortho" not in name else 0.3)


def test_modes_may_be_in_capitals_as_in_pytorch() -> None:
    wanted = filled("kaiming_normal_", (3, 5), mode="fan_out")
    assert np.array_equal(filled("kaiming_normal_", (3, 5), mode="FAN_OUT"), wanted)


def test_gains_are_pytorchs() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    names = ["linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d",
             "conv_transpose3d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"]  # fmt: skip
    for name in names:
        assert init.calculate_gain(name) == torch.nn.init.calculate_gain(name)
    for slope in (0, 0.2, 1, math.sqrt(5)):
        theirs = torch.nn.init.calculate_gain("leaky_relu", slope)
        assert init.calculate_gain("leaky_relu", slope) == theirs


def test_gains_as_recorded() -> None:
    gains = {"linear": 1.0, "sigmoid": 1.0, "tanh": 1.6666666666666667, "relu": 1.4142135623730951}
    gains |= {"leaky_relu": 1.4141428569978354, "selu": 0.75, "conv_transpose2d": 1.0}
    assert {name: init.calculate_gain(name) for name in gains} == gains


@pytest.mark.parametrize(
    ("mean", "std", "a", "b"),
    [(0, 1, -2, 2), (0, 1, 1, 3), (0, 1, 5, 6), (0, 1, -9, -8), (2, 0.5, -50, 2.5), (0, 1, 12, 13)],
)
def test_truncated_normals_have_the_truncated_distribution(
    mean: float, std: float, a: float, b: float
) -> None:
    x = filled("trunc_normal_", 20_000, mean, std, a, b)
    assert a <= x.min() < x.max() <= b
    # Their moments by integrating the density.
    grid = np.linspace(max(a, mean - 12 * std), min(b, mean + 12 * std) if a < 12 else b, 200_001)
    density = np.exp(-0.5 * ((grid - mean) / std) ** 2 + 0.5 * ((a - mean) / std) ** 2 * (a > 3))
    density /= density.sum()
    center = (grid * density).sum()
    spread = ((grid - center) ** 2 * density).sum()
    assert x.mean() == pytest.approx(center, abs=5 * math.sqrt(spread / x.size))
    assert x.var() == pytest.approx(spread, rel=0.08)


# --- structure ------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(5, 5), (3, 8), (8, 3), (4, 3, 2, 2), (20, 2, 3), (1, 7)])
def test_orthogonal_rows_or_columns(shape: Any) -> None:
    q = filled("orthogonal_", shape, 2.0).reshape(shape[0], -1) / 2.0
    product = q @ q.T if len(q) <= q.shape[1] else q.T @ q
    np.testing.assert_allclose(product, np.eye(min(q.shape)), atol=1e-13)


def test_orthogonal_matrices_are_all_alike() -> None:
    """Signs are fair: without the signs of R, the first element would always be negative."""
    first = [filled("orthogonal_", (2, 2), seed=seed)[0, 0] for seed in range(400)]
    assert 150 < np.sum(np.array(first) > 0) < 250


def test_constants_eye_dirac_and_sparse_are_pytorchs() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    calls: list[Any] = [
        ("constant_", (3, 2), (0.3,)),
        ("ones_", (3,), ()),
        ("zeros_", (2, 2), ()),
        ("eye_", (3, 5), ()),
        ("eye_", (5, 3), ()),
        ("dirac_", (4, 2, 3), ()),
        ("dirac_", (2, 4, 3, 5), ()),
        ("dirac_", (6, 2, 2, 3, 4), (3,)),
        ("dirac_", (6, 1, 3), (3,)),
    ]
    for name, shape, args in calls:
        ours = getattr(init, name)(Tensor(np.empty(shape)), *args)
        theirs = getattr(torch.nn.init, name)(torch.empty(shape, dtype=torch.float64), *args)
        np.testing.assert_array_equal(ours.data, theirs.numpy())
    for part, zeros in ((0.25, 3), (0.0, 0), (0.31, 4), (1.0, 10)):
        x = filled("sparse_", (10, 200), part, std=2.0)
        assert np.all((x == 0).sum(axis=0) == zeros)
        if zeros < 10:
            assert x[x != 0].std() == pytest.approx(2.0, rel=0.1)
    assert len({tuple(column) for column in (filled("sparse_", (10, 200), 0.3) == 0).T}) > 50


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0, 0)])
def test_weights_of_layers_without_inputs_or_outputs_stay_empty(shape: Any) -> None:
    for name in ("orthogonal_", *(f"{scheme}_{kind}_" for scheme in ("xavier", "kaiming", "lecun")
                                  for kind in ("uniform", "normal"))):  # fmt: skip
        assert filled(name, shape).shape == shape


# --- in place -------------------------------------------------------------------------------------


def test_the_tensor_stays_the_same_leaf_in_its_dtype() -> None:
    layer = nn.Linear(4, 3, dtype="float32")
    weight = layer.weight
    assert init.xavier_normal_(layer.weight) is weight
    assert weight.dtype == np.float32
    assert weight.requires_grad
    assert weight.is_leaf
    out = layer(np.ones((2, 4), np.float32)).sum()
    init.zeros_(weight)
    out.backward()  # what was computed before stays what it was
    assert weight.grad.tolist() == [[2.0] * 4] * 3


def test_the_default_generator_is_seeded_by_manual_seed() -> None:
    names = [n for n in init.__all__ if n not in ("calculate_gain", "constant_", "dirac_", "eye_",
                                                  "ones_", "zeros_")]  # fmt: skip
    for name in names:
        args = [0.5] if name == "sparse_" else []
        found = []
        for seed in (0, 0, 1):
            nn.manual_seed(seed)
            found.append(getattr(init, name)(Tensor(np.empty((4, 5))), *args).data)
        assert np.array_equal(found[0], found[1]), name
        assert not np.array_equal(found[0], found[2]), name
        own = filled(name, (4, 5), *args, seed=0)
        assert np.array_equal(own, found[0]), name


def test_linear_layers_start_as_in_pytorch() -> None:
    nn.manual_seed(4)
    layer = nn.Linear(300, 200)
    nn.manual_seed(4)
    weight = init.kaiming_uniform_(Tensor(np.empty((200, 300))), a=math.sqrt(5))
    assert np.array_equal(layer.weight.data, weight.data)
    bound = 1 / math.sqrt(300)
    for p in (layer.weight, layer.bias):
        assert 0.95 * bound < np.abs(p.data).max() <= bound * (1 + 1e-15)


# --- bad input ------------------------------------------------------------------------------------

T, LINE = Tensor(np.ones((3, 2))), Tensor(np.ones(3))


@pytest.mark.parametrize(
    ("error", "text", "call"),
    [
        (TypeError, "uniform_: expected a Tensor, got array", lambda: init.uniform_(np.ones(2))),
        (TypeError, "a Tensor", lambda: init.zeros_(Value(1.0))),
        (TypeError, "layer.weight", lambda: init.xavier_uniform_(nn.Linear(2, 2))),
        (TypeError, "a leaf tensor of floats, got one of int", lambda: init.ones_(Tensor([1, 2]))),
        (TypeError, "got a computed one",
         lambda: init.ones_(Tensor([1.0], requires_grad=True) * 2)),
        (TypeError, "a NumPy Generator, got 3", lambda: init.normal_(T, generator=3)),
        (ValueError, "a <= b, got a=1.0 and b=0.0", lambda: init.uniform_(T, 1.0, 0.0)),
        (ValueError, "b: expected a finite number", lambda: init.uniform_(T, 1.0, math.inf)),
        (ValueError, "std: expected a number of at least 0", lambda: init.normal_(T, 0.0, -1.0)),
        (ValueError, "std", lambda: init.trunc_normal_(T, std=0.0)),
        (ValueError, "a < b", lambda: init.trunc_normal_(T, a=2.0, b=2.0)),
        (TypeError, "val", lambda: init.constant_(T, "0")),
        (ValueError, "at least 2 axes", lambda: init.orthogonal_(LINE)),
        (ValueError, "at least 2 axes", lambda: init.kaiming_normal_(LINE)),
        (ValueError, "at least 2 axes", lambda: init.xavier_normal_(LINE)),
        (ValueError, "at least 2 axes", lambda: init.lecun_normal_(LINE)),
        (ValueError, "xavier_uniform_: gain: expected a number of at least 0, got -1",
         lambda: init.xavier_uniform_(T, gain=-1.0)),
        (ValueError, "xavier_normal_: gain: expected", lambda: init.xavier_normal_(T, gain=-1.0)),
        (ValueError, "mode fan_in or fan_out, got 'fan'",
         lambda: init.kaiming_uniform_(T, mode="fan")),
        (ValueError, "one of linear, .* got 'swish'",
         lambda: init.kaiming_uniform_(T, nonlinearity="swish")),
        (ValueError, "got 'softmax'", lambda: init.calculate_gain("softmax")),
        (ValueError, "a tensor with 2 axes", lambda: init.eye_(LINE)),
        (ValueError, "a tensor with 3 or 4 or 5 axes", lambda: init.dirac_(T)),
        (ValueError, "groups that divide", lambda: init.dirac_(Tensor(np.ones((3, 1, 1))), 2)),
        (ValueError, "a tensor with 2 axes", lambda: init.sparse_(LINE, 0.5)),
        (ValueError, "sparsity", lambda: init.sparse_(T, 1.5)),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(error: Any, text: str, call: Any) -> None:
    with pytest.raises(error, match=text):
        call()
    assert np.all(T.data == 1)
    assert np.all(LINE.data == 1)
