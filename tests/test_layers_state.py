"""Layers that remember, that draw, and how they start."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from layer_cases import numbers

import autograd
import nn
from autograd import Tensor
from nn import functional as F

# --- moments of the data --------------------------------------------------------------------------


@pytest.mark.parametrize("momentum", [0.1, 0.7, None])
@pytest.mark.parametrize("compiled", [False, True])
def test_running_moments_move_at_each_call_as_pytorchs(momentum: Any, compiled: bool) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    ours, theirs = (
        library.BatchNorm1d(3, momentum=momentum, dtype=kind)
        for library, kind in ((nn, None), (torch.nn, torch.float64))
    )
    f = autograd.compile(lambda x: ours(x) * 1, numbers=False) if compiled else ours
    for i in range(4):
        x = numbers((5, 3), 1.0 + i)
        np.testing.assert_allclose(
            f(Tensor(x)).data, theirs(torch.tensor(x)).detach(), rtol=1e-10, atol=1e-12
        )
        for (name, a), (_, b) in zip(ours.named_buffers(), theirs.named_buffers(), strict=True):
            np.testing.assert_allclose(a.data, b, rtol=1e-12, err_msg=name)
    before = ours.state_dict()
    ours.eval()
    theirs.eval()
    x = numbers((5, 3), 9.0)
    np.testing.assert_allclose(f(x).data, theirs(torch.tensor(x)).detach(), rtol=1e-10, atol=1e-12)
    for name, a in ours.state_dict().items():
        np.testing.assert_array_equal(a, before[name])
    ours.running_mean.data = np.full(3, 5.0)  # buffers are read at each call
    assert np.all(np.abs(f(x).data) > 3)
    ours.reset_parameters()
    assert ours.running_mean.data.tolist() == [0, 0, 0]
    assert ours.num_batches_tracked.data == 0


def test_running_moments_of_the_function_move_in_place() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    x = numbers((6, 2, 3), 1.0)
    mean, var = np.zeros(2), np.ones(2)
    tensors = Tensor(np.zeros(2)), Tensor(np.ones(2))
    expected = torch.zeros(2).double(), torch.ones(2).double()
    F.batch_norm(x, mean, var, training=True, momentum=0.4)
    F.batch_norm(x, *tensors, training=True, momentum=0.4)
    torch.nn.functional.batch_norm(torch.tensor(x), *expected, training=True, momentum=0.4)
    for a, b, c in zip((mean, var), tensors, expected, strict=True):
        np.testing.assert_allclose(a, c, rtol=1e-12)
        np.testing.assert_allclose(b.data, c, rtol=1e-12)


def test_a_failed_call_moves_nothing() -> None:
    layer = nn.BatchNorm1d(2)
    before = layer.state_dict()
    for bad in (np.ones((1, 2)), np.ones((4, 3))):
        with pytest.raises(ValueError, match="channel"):
            layer(bad)
    for name, a in layer.state_dict().items():
        np.testing.assert_array_equal(a, before[name])


def test_an_example_of_its_own_does_for_a_batch_with_a_width() -> None:
    assert nn.BatchNorm1d(2)(numbers((1, 2, 3), 1.0)).shape == (1, 2, 3)
    assert nn.BatchNorm1d(2).eval()(numbers((1, 2), 1.0)).shape == (1, 2)


def test_layers_without_moments_know_the_batch_alone() -> None:
    layer = nn.BatchNorm2d(3, affine=False, track_running_stats=False)
    assert layer.state_dict() == {}
    assert layer.parameters() == []
    x = numbers((4, 3, 2, 2), 1.0)
    out = layer.eval()(x)
    np.testing.assert_allclose(np.mean(out, axis=(0, 2, 3)), 0, atol=1e-12)


# --- chance ---------------------------------------------------------------------------------------


def test_dropout_keeps_the_mean_and_is_seeded() -> None:
    layer, x = nn.Dropout(0.3), Tensor(np.ones((400, 100)), requires_grad=True)
    nn.manual_seed(1)
    out = layer(x)
    assert set(np.unique(out.data)) == {0.0, 1 / 0.7}
    # 40,000 draws: the share of zeros is within five standard deviations of 0.3.
    assert abs(np.mean(out.data == 0) - 0.3) < 5 * np.sqrt(0.3 * 0.7 / 40_000)
    out.sum().backward()
    np.testing.assert_array_equal(x.grad, out.data)  # what was dropped gets no gradient
    again = layer(x).data
    assert not np.array_equal(again, out.data)
    nn.manual_seed(1)
    np.testing.assert_array_equal(layer(x).data, out.data)


@pytest.mark.parametrize(
    ("name", "shape"), [("Dropout1d", (50, 40, 3)), ("Dropout2d", (50, 40, 3, 2))]
)
def test_whole_channels_are_dropped(name: str, shape: tuple[int, ...]) -> None:
    out = getattr(nn, name)(0.5)(np.ones(shape))
    channels = out.reshape(*shape[:2], -1)
    assert np.all(channels == channels[:, :, :1])
    assert abs(np.mean(out == 0) - 0.5) < 5 * 0.5 / np.sqrt(2000)
    assert getattr(nn, name)(0.5)(np.ones(shape[1:])).shape == shape[1:]
    np.testing.assert_array_equal(getattr(nn, name)(0.5).eval()(out), out)


def test_a_compiled_function_draws_anew_at_each_run() -> None:
    layer, x = nn.Dropout(0.5), np.ones((20, 30))
    f = autograd.compile(lambda x: layer(x) + layer(x), numbers=False)
    nn.manual_seed(2)
    eager = layer(x) + layer(x)
    nn.manual_seed(2)
    first, second = f(x).data, f(x).data
    np.testing.assert_array_equal(first, eager)  # recording draws nothing
    assert not np.array_equal(first, second)
    assert set(np.unique(first)) == {0, 2, 4}  # two masks, not one
    np.testing.assert_array_equal(autograd.no_grad(f)(x).data > 5, False)
    layer.eval()
    np.testing.assert_array_equal(f(x).data, 2 * x)


def test_the_backward_pass_of_a_compiled_function_knows_what_was_dropped() -> None:
    layer = nn.Dropout(0.5)
    f = autograd.compile(lambda x: layer(x) * 1.0, numbers=False)
    x = Tensor(np.ones((20, 30)), requires_grad=True)
    for _ in range(2):
        x.grad = None
        out = f(x)
        out.sum().backward()
        np.testing.assert_array_equal(x.grad, out.data)


def test_a_network_trains_the_same_compiled() -> None:
    def trained(compiled: bool) -> Any:
        nn.manual_seed(4)
        model = nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Dropout(0.2),
            nn.Flatten(),
            nn.Linear(36, 3),
        )
        X, y = numbers((8, 1, 6, 6), 1.0), np.arange(8) % 3
        optimizer = nn.SGD(model.parameters(), lr=0.1)

        def loss(X: Any, y: Any) -> Any:
            return nn.cross_entropy(model(X), y)

        run = autograd.compile(loss, numbers=False) if compiled else loss
        for _ in range(5):
            optimizer.zero_grad()
            run(X, y).backward()
            optimizer.step()
        return model.state_dict()

    eager, compiled = trained(False), trained(True)
    for name, x in eager.items():
        np.testing.assert_allclose(compiled[name], x, rtol=1e-9, atol=1e-12, err_msg=name)


# --- the start ------------------------------------------------------------------------------------


def test_layers_start_as_pytorchs() -> None:
    nn.manual_seed(0)
    for layer, n in ((nn.Conv2d(16, 64, 5, groups=2), 8 * 25), (nn.Conv1d(20, 300, 10), 200)):
        for p in (layer.weight, layer.bias):
            bound = 1 / np.sqrt(n)
            assert np.max(np.abs(p.data)) <= bound
            assert np.max(np.abs(p.data)) > 0.9 * bound
            assert np.std(p.data) == pytest.approx(bound / np.sqrt(3), rel=0.15)
    table = nn.Embedding(200, 50, padding_idx=-1).weight.data
    assert np.std(table[:-1]) == pytest.approx(1, rel=0.05)
    assert abs(np.mean(table)) < 0.05
    assert table[-1].tolist() == [0] * 50
    assert nn.PReLU(3).weight.data.tolist() == [0.25] * 3
    for layer in (nn.BatchNorm1d(3), nn.LayerNorm(3)):
        assert layer.weight.data.tolist() == [1] * 3
        assert layer.bias.data.tolist() == [0] * 3
    assert nn.Conv2d(1, 1, 1, dtype=np.float32).weight.dtype == np.float32
    assert nn.BatchNorm1d(2, dtype="float32").running_var.dtype == np.float32


def test_pretrained_tables_are_frozen_unless_asked() -> None:
    table = np.arange(6.0).reshape(3, 2)
    frozen = nn.Embedding.from_pretrained(table)
    assert not frozen.weight.requires_grad
    assert frozen.parameters() == [frozen.weight]
    free = nn.Embedding.from_pretrained(Tensor(table), freeze=False, padding_idx=0)
    free(np.array([0, 1])).sum().backward()
    assert free.weight.grad.tolist() == [[0, 0], [1, 1], [0, 0]]
    table[0] = 9
    assert free.weight.data[0].tolist() == frozen.weight.data[0].tolist() == [0, 1]


def test_weights_move_to_and_from_pytorch_by_name() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")

    def network(nn: Any) -> Any:
        return nn.Sequential(
            nn.Conv2d(1, 4, 3, stride=2),
            nn.BatchNorm2d(4),
            nn.PReLU(4),
            nn.AvgPool2d(2),
            nn.Flatten(),
            nn.LayerNorm(16),
            nn.Linear(16, 3),
            nn.LogSoftmax(dim=1),
        )

    ours, theirs = network(nn), network(torch.nn).double()
    x = numbers((2, 1, 10, 10), 1.0)
    theirs.train()(torch.tensor(x) * 3)  # its moments move
    ours.load_state_dict(theirs.state_dict())
    for mode in (False, True):
        found = ours.train(mode)(x).data
        np.testing.assert_allclose(
            found, theirs.train(mode)(torch.tensor(x)).detach(), rtol=1e-10, atol=1e-12
        )
    theirs.load_state_dict({k: torch.tensor(v) for k, v in network(nn).state_dict().items()})


def test_layers_are_copied_and_pickled() -> None:
    model = nn.Sequential(nn.Conv1d(2, 3, 2), nn.BatchNorm1d(3), nn.Dropout(0.1), nn.GELU("tanh"))
    model(numbers((4, 2, 5), 1.0))
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        before = model.state_dict()
        twin(numbers((4, 2, 5), 2.0))
        for name, x in model.state_dict().items():
            np.testing.assert_array_equal(x, before[name])
        assert twin.state_dict()["1.num_batches_tracked"] == 2
