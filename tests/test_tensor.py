"""Tensor: construction, what it shares with arrays, the graph it records, and backward."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor

RNG = np.random.default_rng(0)


def parameter(*shape: int) -> Tensor:
    return Tensor(RNG.normal(size=shape), requires_grad=True)


def test_construction_keeps_the_dtype() -> None:
    assert Tensor([1.0, 2.0]).dtype == np.float64
    assert Tensor(np.ones(2, dtype=np.float32), requires_grad=True).dtype == np.float32
    assert Tensor([1, 2]).dtype.kind == "i"
    assert Tensor([1, 2], requires_grad=True).dtype == np.float64
    assert Tensor([1, 2], dtype=np.float32).dtype == np.float32


@pytest.mark.parametrize("data", ["x", [None], [object()], [1j], {"a": 1}])
def test_what_is_no_real_number_is_refused(data: Any) -> None:
    with pytest.raises(TypeError, match="Tensor: expected real numbers"):
        Tensor(data)


def test_grad_is_none_before_and_has_shape_and_dtype_after() -> None:
    x = Tensor(np.ones((2, 3), dtype=np.float32), requires_grad=True)
    assert x.grad is None
    (x * np.arange(3.0)).sum().backward()
    assert x.grad.dtype == np.float32
    np.testing.assert_array_equal(x.grad, [[0, 1, 2], [0, 1, 2]])


def test_broadcasting_is_undone() -> None:
    x, b, s = parameter(4, 3), parameter(3), parameter()
    y = (x + b) * s
    g = RNG.normal(size=(4, 3))
    y.backward(g)
    np.testing.assert_allclose(x.grad, g * s.data)
    np.testing.assert_allclose(b.grad, (g * s.data).sum(axis=0))
    np.testing.assert_allclose(s.grad, (g * (x.data + b.data)).sum())


def test_a_second_backward_adds_exactly_once_more() -> None:
    x = parameter(5)
    y = (np.tanh(x) * x).sum()
    y.backward()
    once = x.grad.copy()
    y.backward()
    np.testing.assert_array_equal(x.grad, 2 * once)


def test_gradients_of_two_tensors_do_not_share_memory() -> None:
    a, b = parameter(3), parameter(3)
    (a + b).sum().backward()
    a.grad[:] = 7
    np.testing.assert_array_equal(b.grad, np.ones(3))


@pytest.mark.parametrize("left", [True, False])
@pytest.mark.parametrize("op", [np.add, np.subtract, np.multiply, np.divide, np.power, np.maximum])
def test_numpy_on_either_side_records(op: Any, left: bool) -> None:
    a, x = np.array([1.5, 2.0, 0.5]), Tensor([1.0, 3.0, 2.0], requires_grad=True)
    out = op(a, x) if left else op(x, a)
    np.testing.assert_array_equal(out.data, op(a, x.data) if left else op(x.data, a))
    out.sum().backward()
    assert x.grad is not None


@pytest.mark.parametrize("left", [True, False])
def test_other_kinds_of_array_are_numbers_all_the_same(left: bool) -> None:
    class Matrix(np.ndarray):  # as np.matrix, which is deprecated
        __mul__ = np.ndarray.__matmul__

    plain, x = np.array([[1.0, 2.0], [3.0, 4.0]]), parameter(2, 2)
    other = plain.view(Matrix)
    for _ in range(8):
        x.grad = None
        ((np.multiply(other, x) if left else x * other) * x).sum().backward()
        np.testing.assert_array_equal(x.grad, 2 * plain * x.data)


def test_equality_is_identity() -> None:
    x = parameter(2)
    assert x in {x}
    assert x != x.data
    assert not (x == x.data)  # noqa: SIM201 - `==` itself is what is asked


def test_no_grad_records_nothing() -> None:
    x = parameter(2)
    with autograd.no_grad():
        y = x * 2
    assert y.is_leaf
    assert not y.requires_grad


def test_create_graph_differentiates_the_gradient() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    (x**3).sum().backward(create_graph=True)
    g = x.grad
    x.zero_grad()
    g.sum().backward()
    np.testing.assert_allclose(x.grad, 6 * x.data)


def test_errors_name_shapes_and_a_way_out() -> None:
    x = parameter(2, 3)
    with pytest.raises(ValueError, match=r"inner sizes differ: \(2, 3\) @ \(2, 3\); 3 ≠ 2"):
        x @ x
    with pytest.raises(ValueError, match=r"single number.*shape \(2, 3\).*mean\(\)\.backward"):
        x.backward()
    with pytest.raises(ValueError, match=r"shape \(2, 3\), got shape \(3,\)"):
        x.backward(np.ones(3))
    with pytest.raises(TypeError, match="where"):
        x[0] = 1.0
    with pytest.raises(TypeError, match=r"\.data"):
        np.array(x)
    with pytest.raises(TypeError, match=r"\.data"):
        float(x)
    with pytest.raises(ValueError, match="requires_grad=True"):
        Tensor([1.0]).backward()
    with pytest.raises(TypeError, match="records the graph"):
        np.arctan2.reduce(x)


def test_a_failed_backward_leaves_gradients_as_they_were() -> None:
    x = parameter(3)
    x.sum().backward()
    before = x.grad.copy()
    with pytest.raises(ValueError, match="single number"):
        (x * 2).backward()
    np.testing.assert_array_equal(x.grad, before)


def test_pytorch_agrees_on_a_network() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    arrays = [RNG.normal(size=s) for s in ((6, 4), (4, 5), (5,), (5, 3))]
    ours = [Tensor(a, requires_grad=True) for a in arrays]
    theirs = [torch.tensor(a, requires_grad=True) for a in arrays]
    x, w, b, v = ours
    loss = autograd.logsumexp(np.tanh(x @ w + b) @ v, axis=1).mean()
    loss.backward()
    x, w, b, v = theirs
    expected = torch.logsumexp(torch.tanh(x @ w + b) @ v, 1).mean()
    expected.backward()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-14)
    for mine, its in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine.grad, its.grad.numpy(), rtol=1e-12, atol=1e-14)
