"""``check_grads`` passes what is right: all kinds of inputs, small and large numbers, rounding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Tensor, Value
from autograd.gradcheck import check_grads

X = np.array([0.7, -1.3, 2.1])


class Pair(NamedTuple):
    a: Any
    b: Any


@pytest.mark.parametrize(
    ("f", "args"),
    [
        (np.sin, (0.5,)),
        (lambda x: x**2, (3,)),
        (lambda x, y: x * y, (2, X)),
        (lambda p: p["w"] @ p["b"][0] + p["b"][1], ({"w": np.ones((2, 3)), "b": [X, 2.0]},)),
        (lambda x: {"a": np.sin(x), "b": (x.sum(), [x * 2])}, (X,)),
        (lambda p: p.a * p.b, (Pair(X, 2.0),)),
        (lambda x: np.tanh(x) ** 2, (X.astype(np.float32),)),
        (lambda x: x * np.float32(0.1), (X.astype(np.float32),)),
        (lambda x: x * 2, (np.zeros((0, 3)),)),
        (lambda x: x.sum(), (np.zeros((0, 3)),)),
        (lambda x: 3.0, (X,)),
        (lambda x: (3, np.ones(2), x), (X,)),
        (lambda x: np.floor(x), (X,)),
        (lambda x: (), (X,)),
        (lambda: 1.0, ()),
        (lambda: (), ()),
        (lambda mask, x: autograd.where(mask, x, 2 * x), (X > 0, X)),
        (lambda x: 1e-9 * np.sin(x), (X,)),
        (lambda x: np.log(x), (1e-7,)),
        (lambda x: np.sin(1e-6 * x), (1e6 * X,)),
        (lambda x: np.exp(x), (np.array([20.0, 0.0]),)),
        (lambda x: autograd.relu(x - 1e-3), (0.0,)),
        (lambda x: autograd.relu(x) ** 3, (0.0,)),
        (lambda x: x.relu() if isinstance(x, Tensor) else None, (1.0,)),
        (lambda x: (1e8 + x) - 1e8 + x, (1.0,)),
        (lambda x: np.sin(x) + 1e7 - np.float64(1e7), (np.linspace(0, 7, 20),)),
        (np.tanh, (13.0,)),
        (autograd.sigmoid, (24.0,)),
        (lambda x: autograd.softmax(x, 0), (np.array([1000.0, 930.0, 700.0]),)),
    ],
)
@pytest.mark.parametrize("order", [1, 2])
def test_right_derivatives_pass(f: Callable[..., Any], args: tuple[Any, ...], order: int) -> None:
    check_grads(f, order=order)(*args)


SMALL_AND_LARGE: dict[float, list[Callable[[Any], Any]]] = {
    1e-10: [np.log, np.sqrt, lambda x: 1 / x],
    1e-9: [abs, autograd.relu, np.log, np.sqrt, lambda x: 1 / x],
    1e-7: [abs, autograd.relu, np.log, np.sqrt, lambda x: 1 / x, np.sin, lambda x: x**1.5],
    1e5: [np.sin, np.cos, np.log, np.sqrt, lambda x: 1 / x, lambda x: np.sin(x) * x],
    1e6: [np.sin, np.cos, abs],
    3e6: [np.sin, np.cos, np.tanh],
    1e100: [np.log, np.sqrt, lambda x: x * x],
}


@pytest.mark.parametrize("factor", [1.0, 3.7])
@pytest.mark.parametrize("size", SMALL_AND_LARGE)
def test_steps_suit_the_size_of_arguments(size: float, factor: float) -> None:
    """A sine turns in steps of 1 at any size, a logarithm ends where its argument does."""
    for f in SMALL_AND_LARGE[size]:
        check_grads(f)(size * factor)
        check_grads(lambda x, f=f: (f(x) * 2).sum())(size * factor * np.array([1.0, 1.5]))


def test_functions_written_for_values_are_checked() -> None:
    def neuron(w: Any, x: Any) -> Any:
        return autograd.tanh(w[0] * x[0] + w[1] * x[1] + 0.5)

    assert isinstance(neuron([Value(1.0), Value(2.0)], [1.0, 2.0]), Value)
    check_grads(neuron)([0.1, -0.2], [0.3, 0.4])


LEAVES = st.sampled_from([lambda x: x[0], lambda x: x[1], lambda x: x[2]])


def composed(inner: Any) -> Any:
    unary = st.sampled_from(
        [np.sin, np.tanh, np.arctan, autograd.sigmoid, autograd.softplus, lambda t: 1 / (1 + t * t)]
    )
    binary = st.sampled_from([np.add, np.subtract, np.multiply, np.arctan2, autograd.logaddexp])
    return st.one_of(
        st.builds(lambda f, g: lambda x: f(g(x)), unary, inner),
        st.builds(lambda f, g, h: lambda x: f(g(x), 3 + np.sin(h(x))), binary, inner, inner),
    )


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(LEAVES, composed, max_leaves=6),
    st.lists(st.floats(-3, 3), min_size=3, max_size=3),
)
def test_smooth_compositions_pass(f: Callable[[Any], Any], x: list[float]) -> None:
    check_grads(f)(np.array(x))


def test_a_large_input_takes_few_evaluations() -> None:
    calls = 0

    def f(x: Any) -> Any:
        nonlocal calls
        calls += 1
        return np.sin(x) * x

    check_grads(f, order=1)(np.linspace(0, 1, 100_000))
    assert calls < 20


def test_each_check_draws_the_same_directions() -> None:
    def points(**options: Any) -> list[float]:
        seen: list[float] = []

        def f(x: Any) -> Any:
            seen.append(float(x.data.sum()))
            return x * x

        check_grads(f, **options)(X)
        return seen

    assert points() == points() == points(rng=np.random.default_rng(0))
    assert points() != points(rng=np.random.default_rng(1))
