"""A graph keeps the numbers it was computed from, also those of plain arrays of the user's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor

nn.manual_seed(0)
LAYER = nn.Linear(3, 2)
NEURONS = nn.MLP(3, [2, 1], seed=0, activation="tanh")
MATRIX = np.arange(12.0).reshape(4, 3)
ROWS = np.array([0, 2])


def product(t: Tensor, x: Any) -> Any:
    return (t * x).sum()


def reflected(t: Tensor, x: Any) -> Any:
    return np.sum(x * t + np.ones(3) @ t.T @ x)


# A function of a tensor (4, 3) and an array, and the array.
USES: dict[str, tuple[Callable[[Any, Any], Any], Any]] = {
    "product": (product, MATRIX),
    "reflected": (reflected, MATRIX),
    "ufunc": (lambda t, x: np.maximum(t, x).sum(), MATRIX - 6),
    "where": (lambda t, x: np.where(x > 4, t * t, 0.0).sum(), MATRIX),
    "where, the mask itself": (lambda t, x: np.where(x, t * t, 0.0).sum(), MATRIX > 4),
    "matmul": (lambda t, x: (t @ x.T).sum(), MATRIX),
    "a view": (lambda t, x: (t * x[:, ::-1]).sum(), MATRIX),
    "index": (lambda t, x: (t[x] ** 2).sum(), ROWS),
    "index of columns": (lambda t, x: (t[:, x] ** 2).sum(), ROWS),
    "take": (lambda t, x: autograd.take(t, x, axis=0).sum(), ROWS),
    "cross entropy": (lambda t, x: nn.functional.cross_entropy(t, x), np.array([0, 1, 2, 0])),
    "einsum": (lambda t, x: autograd.einsum("ij,ij->", t, x), MATRIX),
    "compiled": (autograd.compile(product), MATRIX),
    "a layer": (lambda t, x: (LAYER(x).sum() * t).sum(), MATRIX),
}


@pytest.mark.parametrize("name", USES)
def test_a_gradient_is_of_the_numbers_of_its_time(name: str) -> None:
    use, array = USES[name]

    def gradient(change: bool) -> list[Any]:
        x = array.copy()
        t = Tensor(np.linspace(-1.0, 2.0, 12).reshape(4, 3), requires_grad=True)
        LAYER.zero_grad()
        y = use(t, x)
        if change:
            x[...] = x[::-1].copy() if x.dtype.kind == "b" else 1
        y.backward()
        return [t.grad, LAYER.weight.grad]

    kept, expected = gradient(change=True), gradient(change=False)
    for ours, theirs in zip(kept, expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_of_compiled_neurons_too() -> None:
    batch = autograd.compile(NEURONS)

    def gradients(change: bool) -> list[float]:
        x = MATRIX / 12
        NEURONS.zero_grad()
        y = batch(x).sum()
        if change:
            x[:] = 0.0
        y.backward()
        return [p.grad for p in NEURONS.parameters()]

    assert gradients(change=True) == gradients(change=False)


def test_second_derivatives_too() -> None:
    x = MATRIX.copy()
    t = Tensor(np.ones((4, 3)), requires_grad=True)
    y = (t**3 * x).sum()
    x[:] = 0.0
    y.backward(create_graph=True)
    first = t.grad
    t.grad = None
    first.sum().backward()
    np.testing.assert_array_equal(t.grad, 6 * MATRIX)


def test_nothing_is_copied_where_nothing_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(array: Any) -> Any:
        raise AssertionError("copied")

    monkeypatch.setattr("autograd.tensor_operations.kept", fail)
    t = Tensor(np.ones((4, 3)), requires_grad=True)
    with autograd.no_grad():
        product(t, MATRIX)
    product(Tensor(np.ones((4, 3))), MATRIX)
    product(t, Tensor(MATRIX))  # a tensor's array is its own
    with pytest.raises(AssertionError, match="copied"):
        product(t, MATRIX)


def test_read_only_views_of_what_may_be_written_on_are_copied() -> None:
    base = np.ones(3)
    frozen = base[:]
    frozen.flags.writeable = False
    for view in (np.broadcast_to(base, (2, 3)), frozen, frozen[::-1]):
        base[:] = 1.0
        t = Tensor(np.ones((2, 3)), requires_grad=True)
        y, of_it = (t * view).sum(), Tensor(view)
        late = Tensor(0.0).set_(view)
        base[:] = 50.0
        y.backward()
        for array in (t.grad, of_it.data, late.data):
            assert (array == 1.0).all()


def test_what_nobody_can_write_on_is_not_copied() -> None:
    frozen = np.ones(3)
    frozen.flags.writeable = False
    t = Tensor(np.ones((2, 3)), requires_grad=True)
    for array in (frozen, frozen[::-1], np.broadcast_to(frozen, (2, 3))):
        assert np.shares_memory((t * array).inputs[1], array)
        assert np.shares_memory(Tensor(array).primal, array)
    computed = t * 2.0
    of_it = computed.detach()
    assert np.shares_memory(of_it.primal, computed.primal)
    assert np.shares_memory(Tensor(of_it).primal, computed.primal)


def test_an_array_that_another_kind_of_object_hands_out_is_copied() -> None:
    class Series:
        """A column of a table, for instance."""

        def __init__(self) -> None:
            self.array = np.ones(3)

        def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
            return self.array

    series = Series()
    t = Tensor(series)
    series.array[0] = 5.0
    assert t.data.tolist() == [1.0, 1.0, 1.0]


def test_the_users_array_stays_writeable() -> None:
    x = MATRIX.copy()
    product(Tensor(np.ones((4, 3)), requires_grad=True), x)
    x[0, 0] = 5.0
    assert x[0, 0] == 5.0
