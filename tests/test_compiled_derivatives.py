"""Derivatives that are compiled: ``compile(grad(f))`` is one program, without a graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import (
    Tensor,
    Value,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    value_and_grad,
    vjp,
)
from autograd.trees import leaves


def f(x: Any) -> Any:
    return autograd.sum(autograd.exp(-x) * autograd.sin(x) ** 2 / (x * x + 1))


DERIVATIVES: dict[str, Callable[..., Any]] = {
    "grad": grad(f),
    "value_and_grad": value_and_grad(f),
    "hessian": hessian(f),
    "jacobian": jacobian(lambda x: autograd.exp(x) * x[::-1]),
    "grad of grad": grad(lambda x: autograd.sum(grad(f)(x) * x)),
    "hvp": lambda x: hvp(f, x, np.arange(3.0)),
    "jvp": lambda x: jvp(f, (x,), (np.arange(3.0),)),
    "jvp of what stands still": lambda x: jvp(lambda y: Tensor([1.0, 2.0]), (x,), (x,)),
    "jvp of grad of jvp": lambda x: jvp(
        grad(lambda y: jvp(f, (y,), (np.ones(3),))[1]), (x,), (np.arange(3.0),)
    ),
    "vjp": lambda x: vjp(lambda x: x * x, x)[1](np.arange(3.0)),
    "grad in a dict": lambda x: grad(lambda d: autograd.sum(d["a"] * d["b"]))({"a": x, "b": 2 * x}),
}


def same(found: Any, expected: Any, rtol: float = 1e-13) -> None:
    pairs = list(zip(leaves(found), leaves(expected), strict=True))
    assert pairs
    for a, b in pairs:
        a, b = (x.data if isinstance(x, Tensor) else np.asarray(x) for x in (a, b))
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-14)


@pytest.mark.parametrize("name", DERIVATIVES)
def test_a_compiled_derivative_is_the_derivative(name: str) -> None:
    derivative = DERIVATIVES[name]
    compiled = autograd.compile(derivative, numbers=False)
    for seed in range(3):
        x = np.random.default_rng(seed).normal(size=3)
        same(compiled(x), derivative(x))


def test_of_arrays_it_is_found_out() -> None:
    x = np.array([1.0, 2.0])
    same(autograd.compile(grad(f))(x), grad(f)(x))


def test_several_arguments_and_dtypes() -> None:
    both = grad(lambda a, b: autograd.sum(a * a * b), (0, 1))
    compiled = autograd.compile(both, numbers=False)
    a, b = np.arange(3.0, dtype=np.float32), np.ones(3)
    same(compiled(a, b), both(a, b), 1e-6)
    same(compiled(np.arange(3), b), both(np.arange(3), b))  # of integers as of floats


def test_gradients_of_a_compiled_derivative() -> None:
    w = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    compiled = autograd.compile(grad(lambda x: autograd.sum(w * x**3)), numbers=False)
    x = np.array([1.0, 2.0, -1.0])
    compiled(x).sum().backward()
    np.testing.assert_allclose(w.grad, 3 * x**2)
    same(jacobian(compiled)(x), np.diag(6 * w.data * x))


def test_its_program_can_be_read() -> None:
    compiled = autograd.compile(grad(lambda x: autograd.sum(autograd.exp(x))), numbers=False)
    assert "exp(" in str(compiled.program(np.ones(2)))
    same(autograd.trace(grad(f), np.ones(2))(np.array([3.0, 4.0])), grad(f)(np.array([3.0, 4.0])))


def test_values_are_refused_with_a_way_out() -> None:
    for call in (grad(lambda x: x * x), lambda v: jvp(lambda x: x * x, (v,), (1.0,))):
        with pytest.raises(TypeError, match=r"derivative: expected numbers.*numbers=False"):
            call(Value(2.0))
    with pytest.raises(TypeError, match="numbers=False"):
        autograd.compile(grad(lambda x: x * x), numbers=True)(np.ones(3))


# --- check_grads ----------------------------------------------------------------------------------


@pytest.mark.parametrize("numbers", [None, True, False])
def test_a_kink_in_a_compiled_function_is_found_in_it(numbers: bool | None) -> None:
    x = np.array([0.0, 1.0])
    for f in (lambda x: autograd.abs(x), lambda x: [x * 2, autograd.abs(x)]):
        checked = autograd.check_grads(autograd.compile(f, numbers=numbers))
        with pytest.raises(autograd.NotDifferentiableError, match="operation:  `compiled`"):
            checked(x)
        checked(x + 1)


def test_a_compiled_function_is_checked_on_its_own() -> None:
    def outer(x: Any) -> Any:
        steps = autograd.compile(lambda x: autograd.floor(x), numbers=True)
        return steps(x) * x

    autograd.check_grads(outer)(np.array([1.5]))  # floor is beside the point
    w = Value(2.0)
    bent = autograd.compile(lambda x: (w * x).relu())

    @autograd.primitive
    def wrong(x: Any) -> Any:
        return x * x

    wrong.defvjp(lambda g, out, x: g * x)
    with pytest.raises(AssertionError, match="Check the vjp of `wrong`"):
        autograd.check_grads(lambda x: bent(wrong(x)))(np.array([1.0, 2.0]))
    inside = autograd.compile(lambda x: autograd.sin(wrong(x)), numbers=False)
    with pytest.raises(AssertionError, match="`compiled` of shape"):
        autograd.check_grads(lambda x: inside(x + 1.0))(np.array([1.0, 2.0]))
