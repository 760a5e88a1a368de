"""Modules as PyTorch has them: containers, buffers, state, hooks, conversions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor, Value


def network() -> nn.Sequential:
    nn.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))


class Scaled(nn.Module):
    """A layer with a buffer, a frozen parameter and a shared one."""

    def __init__(self) -> None:
        self.inner = nn.Linear(2, 2)
        self.scale = nn.Parameter([2.0, 3.0], requires_grad=False)
        self.again = self.inner
        self.register_buffer("mean", Tensor([0.5, 0.5]))
        self.register_buffer("passing", Tensor([1.0]), persistent=False)
        self.note = Tensor([9.0])  # neither

    def forward(self, x: Any) -> Any:
        return self.inner(x - self.mean) * self.scale


def test_names_of_modules_parameters_and_buffers() -> None:
    model = nn.Sequential(Scaled(), nn.ModuleDict({"a": nn.Linear(2, 1, bias=False)}))
    assert [name for name, _ in model.named_modules()] == ["", "0", "0.inner", "1", "1.a"]
    assert [name for name, _ in model.named_children()] == ["0", "1"]
    assert [name for name, _ in model.named_parameters()] == [
        "0.scale",
        "0.inner.weight",
        "0.inner.bias",
        "1.a.weight",
    ]
    assert model.parameters(recurse=False) == []
    assert [name for name, _ in model[0].named_parameters("x", recurse=False)] == ["x.scale"]
    assert len(model.buffers(recurse=False)) == 0
    assert [name for name, _ in model.named_buffers()] == ["0.mean", "0.passing"]
    assert list(model.state_dict()) == [
        "0.scale",
        "0.mean",
        "0.inner.weight",
        "0.inner.bias",
        "0.again.weight",
        "0.again.bias",
        "1.a.weight",
    ]


def test_a_state_dict_moves_everything_or_nothing() -> None:
    model, other = Scaled(), Scaled()
    state = model.state_dict()
    assert not np.array_equal(other.inner.weight.data, model.inner.weight.data)
    assert other.load_state_dict(state) == ([], [])
    for name, x in other.state_dict().items():
        np.testing.assert_array_equal(x, state[name])
    state["mean"][0] = 7.0  # copies
    assert model.mean.data[0] == 0.5
    before = other.state_dict()
    wrong = {"inner.weight": np.ones((3, 2)), "mean": np.zeros(2), "gone": np.ones(1)}
    with pytest.raises(ValueError, match=r"load_state_dict: ") as caught:
        other.load_state_dict(wrong)
    for part in (
        "got inner.weight of shape (3, 2) in place of (2, 2); ",
        "missing inner.bias",
        "missing scale",
        "unknown gone",
    ):
        assert part in str(caught.value)
    for no_dict in ("weights.npz", None, [1.0]):
        with pytest.raises(TypeError, match="load_state_dict: expected a dict of arrays, got"):
            other.load_state_dict(no_dict)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="numbers for mean"):
        other.load_state_dict(before | {"mean": "text"})
    for name, x in other.state_dict().items():
        np.testing.assert_array_equal(x, before[name])
    found = other.load_state_dict({"mean": np.zeros(2), "gone": 1.0}, strict=False)
    assert found.unexpected_keys == ["gone"]
    assert "inner.weight" in found.missing_keys
    assert other.mean.data.tolist() == [0.0, 0.0]


def test_scalar_networks_have_a_state_too() -> None:
    model, other = nn.MLP(2, [2, 1], seed=0), nn.MLP(2, [2, 1], seed=1)
    other.load_state_dict(model.state_dict())
    assert [p.data for p in other.parameters()] == [p.data for p in model.parameters()]
    assert all(isinstance(p.data, float) for p in other.parameters())


def test_weights_move_to_and_from_pytorch_by_name() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    model = network()
    theirs = torch.nn.Sequential(
        torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2)
    ).double()
    x = np.random.default_rng(0).normal(size=(5, 4))
    model.load_state_dict(theirs.state_dict())
    np.testing.assert_allclose(model(x).data, theirs(torch.tensor(x)).detach(), rtol=1e-13)
    nn.manual_seed(5)
    fresh = network()
    theirs.load_state_dict({k: torch.from_numpy(v) for k, v in fresh.state_dict().items()})
    np.testing.assert_allclose(fresh(x).data, theirs(torch.tensor(x)).detach(), rtol=1e-13)


def test_modes_freezing_and_types() -> None:
    model = network()
    assert model.eval() is model
    assert not any(m.training for m in model.modules())
    assert all(m.training for m in model.train().modules())
    model.requires_grad_(False)
    assert len(model.parameters()) == 4
    assert not model(np.ones((1, 4))).requires_grad
    model[2].requires_grad_()
    model(np.ones((1, 4))).sum().backward()
    assert [p.grad is not None for p in model.parameters()] == [False, False, True, True]
    parameters = model.parameters()
    model.float()
    assert all(a is b for a, b in zip(parameters, model.parameters(), strict=True))
    assert {p.dtype for p in parameters} == {np.dtype(np.float32)}
    assert model[2].weight.grad.dtype == np.float32
    assert model(np.ones((1, 4), np.float32)).dtype == np.float32
    with pytest.raises(TypeError, match="a dtype of floats, got <class 'int'>"):
        model.astype(int)


def test_forward_hooks() -> None:
    layer, seen = nn.Linear(2, 2), []
    pre = layer.register_forward_pre_hook(lambda m, args: (args[0] * 2,))
    post = layer.register_forward_hook(lambda m, args, out: seen.append(args[0]) or out + 1)
    x = np.array([[1.0, 2.0]])
    out = layer(x)
    np.testing.assert_array_equal(seen[0], 2 * x)
    pre.remove()
    post.remove()
    post.remove()
    np.testing.assert_allclose(out.data, layer(2 * x).data + 1)


def test_backward_hooks_see_and_replace_gradients_as_in_pytorch() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    x, weights = np.array([[1.0, -2.0, 0.5]]), np.arange(6.0).reshape(2, 3) - 2
    found: list[list[Any]] = []
    for library in ("ours", "torch"):
        seen: list[Any] = []

        def hook(module: Any, g_in: Any, g_out: Any, seen: list[Any] = seen) -> Any:
            seen += [g_in[0].tolist(), g_out[0].tolist()]
            return (g_in[0] * 3,)

        if library == "ours":
            layer: Any = nn.Linear(3, 2)
            layer.load_state_dict({"weight": weights, "bias": np.zeros(2)})
            inputs: Any = Tensor(x, requires_grad=True)
        else:
            layer = torch.nn.Linear(3, 2).double()
            layer.load_state_dict({"weight": torch.tensor(weights), "bias": torch.zeros(2)})
            inputs = torch.tensor(x, requires_grad=True)
        layer.register_full_backward_hook(hook)
        (layer(inputs) ** 2).sum().backward()
        found.append([*seen, inputs.grad.tolist()])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13)


def test_lists_and_dicts_of_modules() -> None:
    layers = nn.ModuleList([nn.Linear(1, 1), nn.Linear(1, 2)])
    layers.insert(1, nn.ReLU())
    assert [type(m).__name__ for m in layers] == ["Linear", "ReLU", "Linear"]
    del layers[0]
    layers[1] = nn.Linear(2, 5)
    assert len(layers) == 2
    assert layers[-1].out_features == 5
    assert [name for name, _ in layers.named_parameters()] == ["1.weight", "1.bias"]
    assert isinstance(layers[:1], nn.ModuleList)
    with pytest.raises(TypeError, match="ModuleList: expected modules, got 3"):
        layers.append(3)  # type: ignore[arg-type]
    heads = nn.ModuleDict({"b": nn.ReLU(), "a": nn.Linear(1, 1)})
    assert (list(heads), "a" in heads, len(heads)) == (["b", "a"], True, 2)
    del heads["b"]
    assert list(heads.keys()) == ["a"]
    for name in ("keys", "a.b", ""):
        with pytest.raises(KeyError, match="a name that is free"):
            heads[name] = nn.ReLU()
    named = nn.Sequential({"first": nn.Linear(2, 3), "then": nn.ReLU()})
    assert named.first.out_features == 3
    assert named(np.ones((1, 2))).shape == (1, 3)


def test_what_people_read() -> None:
    assert repr(network()).splitlines() == [
        "Sequential(  # 23 parameters",
        "  (0): Linear(in_features=4, out_features=3, bias=True)"
        "  # 15 parameters: weight (3, 4), bias (3,)",
        "  (1): ReLU()",
        "  (2): Linear(in_features=3, out_features=2, bias=True)"
        "  # 8 parameters: weight (2, 3), bias (2,)",
        ")",
    ]
    with pytest.raises(AttributeError, match=r"Linear: .*got 'wieght'\. Did you mean weight\?"):
        nn.Linear(2, 2).wieght  # noqa: B018
    with pytest.raises(NotImplementedError, match="Define def forward"):
        nn.Module()(1.0)


def test_first_weights_are_bounded_seeded_and_not_all_alike() -> None:
    nn.manual_seed(3)
    layer = nn.Linear(100, 50)
    nn.manual_seed(3)
    same = nn.Linear(100, 50)
    assert np.array_equal(layer.weight.data, same.weight.data)
    assert np.max(np.abs(layer.weight.data)) <= 0.1
    assert np.std(layer.weight.data) == pytest.approx(0.1 / np.sqrt(3), rel=0.05)
    assert isinstance(layer.weight, nn.Parameter)
    assert Value(1.0).is_leaf
    for sizes in ((0, 1), (1, -2), (1.5, 2)):
        with pytest.raises((ValueError, TypeError), match=r"Linear: (in|out)_features: expected a"):
            nn.Linear(*sizes)  # type: ignore[arg-type]
