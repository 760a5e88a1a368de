"""Compiled functions notice when something that they took from around them is replaced."""

from __future__ import annotations

import functools
import types
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, Value, compile

RATE = 2.0
X = np.array([[0.5, -1.0], [2.0, 0.25]])


def test_a_global_number_a_closure_and_a_default() -> None:
    global RATE
    slope = 3.0
    f = compile(lambda x: x * RATE * slope)
    assert f(1.0).item() == 6.0
    RATE = 5.0
    assert f(1.0).item() == 15.0
    slope = 1.0
    assert f(1.0).item() == 5.0
    RATE = 2.0


@pytest.mark.parametrize("again", [True, False])
def test_a_plain_number_that_was_read_by_a_call_that_failed(again: bool) -> None:
    w = Value(2.0)
    f = compile(lambda x: x[0] * w.data if isinstance(x, list) else x * 1.0, backend="python")
    assert f(3.0).item() == 3.0
    with pytest.raises(ValueError, match="expected single numbers"):  # it is traced all the same
        f([np.ones(2)])
    if again:
        assert f([1.0]).item() == 2.0
    w.data = 9.0
    assert f([1.0]).item() == 9.0


@pytest.mark.parametrize("backend", [None, "numpy", "numba"])
def test_the_plain_number_of_a_captured_value(backend: str | None) -> None:
    w, c = Value(2.0), Value(1.0)
    f = compile(lambda x: w * x * c.data + w.data, backend=backend)
    for a, b in [(2.0, 1.0), (5.0, 1.0), (5.0, 3.0), (5.0, float("nan"))]:
        w.data, c.data = a, b
        np.testing.assert_array_equal(f(X[0]).data, a * X[0] * b + a)
    traced = f._traced
    f(X[0]).sum().backward()
    w.zero_grad()
    f(X[0])
    assert f._traced == traced  # nothing has changed, not even the NaN
    assert c.data != c.data
    assert not c.has_grad


@pytest.mark.parametrize("size", [2, 5000])
@pytest.mark.parametrize(
    "read",
    [lambda t: t.data, lambda t: t.primal, lambda t: t.numpy(), lambda t: np.array(t.tolist())],
    ids=["data", "primal", "numpy", "tolist"],
)
def test_the_plain_array_of_a_captured_tensor(read: Any, size: int) -> None:
    x, w = np.arange(float(size)), Tensor(np.ones(size), requires_grad=True)
    f = compile(lambda x: x * read(w), numbers=False)
    np.testing.assert_array_equal(f(x).data, x)
    w.data = np.full(size, 3.0)
    np.testing.assert_array_equal(f(x).data, 3 * x)
    w.data[0] = 7.0
    if size == 2:  # in a large array that is written on, this may go unnoticed
        np.testing.assert_array_equal(f(x).data, [0.0, 3.0])
        np.testing.assert_array_equal(f(x + 1).data, [7.0, 6.0])


def test_a_plain_number_that_a_function_within_reads() -> None:
    w = Value(2.0)
    inner = compile(lambda x: x * w.data)
    outer = compile(lambda x: autograd.sum(inner(x)), numbers=False)
    for a in (2.0, 3.0):
        w.data = a
        assert outer(X[0]).item() == a * X[0].sum()


@pytest.mark.parametrize(
    "change",
    [
        lambda m: setattr(m, "layers", nn.MLP(2, [3, 1], seed=9).layers),
        lambda m: m.layers.__setitem__(0, nn.Layer(2, 3, seed=8)),
        lambda m: m.layers[0].neurons.__setitem__(2, nn.Neuron(2, seed=7)),
        lambda m: m.layers[0].neurons[1].w.__setitem__(0, Value(9.0)),
        lambda m: setattr(m.layers[1].neurons[0], "b", Value(4.0)),
        lambda m: setattr(m.layers[0].neurons[0], "activation", "tanh"),
    ],
    ids=["layers", "layer", "neuron", "weight", "bias", "activation"],
)
def test_a_part_of_a_model(change: Any) -> None:
    model = nn.MLP(2, [3, 1], seed=1)
    f = compile(lambda x: model(x))
    before = f(X).data.copy()
    f(X).sum().backward()
    change(model)
    expected = [model(row).data for row in X.tolist()]
    assert not np.allclose(before, expected)
    np.testing.assert_allclose(f(X).data, expected, rtol=1e-12)
    for p in model.parameters():
        p.zero_grad()
    f(X).sum().backward()
    assert all(p.has_grad for p in model.parameters())  # of the new ones


def test_an_object_a_method_and_a_function_that_calls_another() -> None:
    class Line:
        def __init__(self) -> None:
            self.w, self.offset = Tensor([1.0, 2.0], requires_grad=True), 0.5

        def value(self, x: Any) -> Any:
            return (self.w * x).sum() + self.offset

    line = Line()

    def inner(x: Any) -> Any:
        return line.value(x)

    direct, indirect = compile(line.value), compile(lambda x: inner(x))
    for f in (direct, indirect):
        assert f(np.ones(2)).item() == 3.5
    line.offset = 1.0
    for f in (direct, indirect):
        assert f(np.ones(2)).item() == 4.0
    line.w = Tensor([5.0, 5.0], requires_grad=True)
    for f in (direct, indirect):
        assert f(np.ones(2)).item() == 11.0
        f(np.ones(2)).backward()
    np.testing.assert_array_equal(line.w.grad, [2.0, 2.0])


def test_a_parameter_that_is_frozen_and_thawed() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True)
    f = compile(lambda x: (w * x).sum())
    w.requires_grad = False
    assert not f(np.ones(2)).requires_grad
    w.requires_grad = True
    f(np.ones(2)).backward()
    np.testing.assert_array_equal(w.grad, [1.0, 1.0])


def test_what_changes_at_every_call_is_said_once() -> None:
    counter = {"calls": 0}
    f = compile(lambda x: x * counter["calls"])

    def run() -> None:
        for i in range(25):
            counter["calls"] = i
            assert f(2.0).item() == 2.0 * i

    with pytest.warns(UserWarning, match=r"traced 20 times.*Pass what changes as an argument"):
        run()


def test_what_stays_is_traced_once() -> None:
    calls = []
    model = nn.MLP(2, [2, 1], seed=1)

    def f(x: Any) -> Any:
        calls.append(1)
        return model(x)

    compiled = compile(f)
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    for _ in range(5):
        optimizer.zero_grad()
        compiled(X).sum().backward()
        optimizer.step()
    assert len(calls) == 1


def test_names_without_a_value_and_structures_without_end() -> None:
    endless: list[Any] = [1.0]
    endless.append(endless)
    if autograd is None:
        missing = 0.0
    f = compile(lambda x: x * endless[0] if endless else missing)
    assert f(2.0).item() == 2.0
    endless[0] = 3.0
    assert f(2.0).item() == 6.0


class Settings:
    rate = 2.0


class Slotted:
    __slots__ = ("rate",)


MODULE = types.ModuleType("settings_of_a_user")
MODULE.rate = 2.0  # type: ignore[attr-defined]


def test_attributes_of_classes_and_modules_and_what_is_in_other_containers() -> None:
    slotted, rates, numbers, many = Slotted(), [2.0], np.array([2.0]), {2.0}
    slotted.rate = 2.0

    def with_default(x: Any, *, rates: Any = rates) -> Any:
        return x * rates[0]

    def set_rates(rate: float) -> None:
        rates[0] = rate

    def set_many(rate: float) -> None:
        many.clear()
        many.add(rate)

    changes: list[tuple[Any, Any]] = [
        (lambda x: x * Settings.rate, lambda rate: setattr(Settings, "rate", rate)),
        (lambda x: x * Settings().rate, lambda rate: setattr(Settings, "rate", rate)),
        (lambda x: x * slotted.rate, lambda rate: setattr(slotted, "rate", rate)),
        (lambda x: x * MODULE.rate, lambda rate: setattr(MODULE, "rate", rate)),
        (functools.partial(lambda rates, x: x * rates[0], rates), set_rates),
        (with_default, set_rates),
        (lambda x: x * numbers[0], lambda rate: numbers.fill(rate)),
        (lambda x: x * sum(many), set_many),
    ]
    for f, change in changes:
        for function in (f, lambda x, f=f: f(x)):
            change(2.0)
            compiled = compile(function)
            assert compiled(3.0).item() == 6.0
            change(5.0)
            assert compiled(3.0).item() == 15.0
            assert compiled._guard.holds()


def _maker() -> Any:
    w = Value(1.0)
    return lambda x: w * x


_of_a_cell = _maker()


def test_what_was_deleted_is_missed_by_its_name() -> None:
    names = {"w": Value(2.0)}
    f = compile(eval("lambda x: w * x", names))
    f(1.0)
    del names["w"]
    with pytest.raises(NameError, match="'w'"):
        f(1.0)
    cell = types.CellType(Value(2.0))
    g = compile(types.FunctionType(_of_a_cell.__code__, {}, closure=(cell,)))
    g(1.0)
    del cell.cell_contents
    with pytest.raises(NameError, match="'w'"):
        g(1.0)
