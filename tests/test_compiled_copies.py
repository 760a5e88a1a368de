"""Compiled functions that are copied, pickled, and called by several threads at once."""

from __future__ import annotations

import copy
import pickle
import sys
import threading

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, Value

X = np.arange(1.0, 4.0)


@autograd.compile
def decorated(x: Value) -> Value:
    return x * x


def plain(x: Value) -> Value:
    return x.exp()


@pytest.mark.parametrize("called", [False, True])
@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, lambda f: pickle.loads(pickle.dumps(f))])
def test_a_copy_computes_the_same(how, called: bool) -> None:  # type: ignore[no-untyped-def]
    for function in (decorated, autograd.compile(plain), autograd.compile(plain, backend="numpy")):
        if called:
            function(X)
        again = how(function)
        np.testing.assert_array_equal(again(X).data, function(X).data)
        np.testing.assert_array_equal(again(X[:2]).data, function(X[:2]).data)


def test_a_decorated_function_is_pickled_by_its_name() -> None:
    assert pickle.loads(pickle.dumps(decorated)) is decorated


def test_a_copy_fills_the_gradients_of_what_it_captures() -> None:
    w = Value(2.0)
    function = autograd.compile(lambda x, w=w: x * w)
    function(X)
    again = copy.deepcopy(function)
    again(X).sum().backward()
    assert w.grad == X.sum()
    w.data = 5.0
    np.testing.assert_array_equal(again(X).data, 5.0 * X)


class Fast(nn.Module):
    def __init__(self) -> None:
        self.w = Value(2.0)
        self.fast = autograd.compile(self.slow)

    def slow(self, x: Value) -> Value:
        return x * self.w

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.fast(x)
        return out


def test_a_copied_model_trains_its_own_parameters() -> None:
    model = Fast()
    model(X)
    other = copy.deepcopy(model)
    other(X).sum().backward()
    assert (model.w.grad, other.w.grad) == (0.0, X.sum())


def test_threads_may_make_the_first_call_together() -> None:
    failures: list[BaseException] = []
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(20):
            function, start = autograd.compile(plain), threading.Barrier(4)

            def call(function=function, start=start) -> None:  # type: ignore[no-untyped-def]
                start.wait()
                try:
                    function(X)
                except BaseException as error:
                    failures.append(error)

            threads = [threading.Thread(target=call) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert failures == []


def test_a_copied_graph_has_parameters_of_its_own() -> None:
    w, b, other = Value(2.0, label="w"), Value(1.0), Value(5.0)
    loss = autograd.compile(lambda x: [x * w + b, x * other])(X)[0].sum()
    twin = copy.deepcopy({"loss": loss, "w": w, "b": b})
    twin["loss"].backward()
    assert (twin["w"].grad, twin["b"].grad) == (6.0, 3.0)
    assert twin["w"].label == "w"
    assert not w.has_grad
    assert not b.has_grad
    w.data = 7.0
    assert twin["w"].data == 2.0
    loss.backward()
    assert (w.grad, b.grad) == (6.0, 3.0)
    copy.deepcopy(loss).backward()  # of the graph alone
    again = copy.deepcopy([loss, w])
    assert [again[1].grad, (again[0].backward(), again[1].grad)[1]] == [6.0, 12.0]
    assert w.grad == 6.0
