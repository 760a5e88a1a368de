"""``autograd.numpy``: scripts written for HIPS's autograd."""

from __future__ import annotations

from typing import Any

import autograd.numpy.random as npr
import numpy
import pytest
from autograd.numpy.linalg import inv

import autograd.numpy as np
from autograd import Tensor, grad, jacobian, stack
from autograd.extend import defvjp, primitive
from autograd.test_util import check_grads


def test_it_is_numpy() -> None:
    assert np.sin is numpy.sin
    assert np.pi == numpy.pi
    assert npr is numpy.random
    assert inv is numpy.linalg.inv
    names: dict[str, Any] = {}
    exec("from autograd.numpy import *", names)
    assert set(numpy.__all__) <= set(names)
    assert names["array"] is np.array
    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = np.no_such_thing


def test_lists_of_results_become_arrays_with_a_history() -> None:
    def matrix(p: Any) -> Any:
        return np.array([[p[0], p[1]], [p[1], 2.0]])

    def stacked(p: Any) -> Any:
        return stack([stack([p[0], p[1]]), stack([p[1], Tensor(2.0)])])

    p = np.array([3.0, 1.0])
    ours = grad(lambda p: np.sum(inv(matrix(p)) ** 2))(p)
    numpy.testing.assert_array_equal(ours, grad(lambda p: np.sum(inv(stacked(p)) ** 2))(p))
    found = jacobian(lambda p: np.array((p[0] * p[1], np.sin(p[0]))))(p)
    numpy.testing.assert_allclose(found, [[1.0, 3.0], [numpy.cos(3.0), 0.0]])
    t = Tensor([1.0, 2.0], requires_grad=True)
    assert np.array(t) is np.asarray(t) is t
    assert np.array([t, t], dtype=np.float32).dtype == np.float32
    assert np.asarray([t[0], 5.0]).requires_grad


def test_new_axes_and_fillings_have_a_history() -> None:
    t = Tensor([1.0, 2.0], requires_grad=True)
    for given in (t, [t], [[t, t]]):
        plain = [[[1.0, 2.0]] * (2 if isinstance(given, list) and given[0] is not t else 1)]
        out = np.array(given, ndmin=3)
        assert out.requires_grad
        numpy.testing.assert_array_equal(out.data, plain)
    assert np.array([t], ndmin=1).shape == (1, 2)
    with pytest.raises(TypeError, match="nonsense"):
        np.array([t], nonsense=1)
    filled = np.full((3, 2), t)
    (np.full(3, t[0]) * np.array([1.0, 2.0, 3.0]) + filled[:, 1]).sum().backward()
    assert t.grad.tolist() == [6.0, 3.0]
    assert np.full(2, [t[0], t[1]], numpy.float32).dtype == numpy.float32
    numpy.testing.assert_array_equal(np.full((2, 1), 3), numpy.full((2, 1), 3), strict=True)
    assert np.full(2, 7, dtype=float, order="F").tolist() == [7.0, 7.0]


@pytest.mark.parametrize("name", np._ARRAYS.split())
def test_functions_of_lists_with_tensors(name: str) -> None:
    t = Tensor([3.0, -1.0], requires_grad=True)
    function, others = getattr(np, name), ([2.0, 5.0],) if name in ("dot", "inner", "outer") else ()
    out = function([t[0], 2 * t[1]], *others)
    assert out.requires_grad
    numpy.testing.assert_allclose(out.data, getattr(numpy, name)([3.0, -2.0], *others))
    numpy.testing.assert_array_equal(
        function([3, 1], *others), getattr(numpy, name)([3, 1], *others)
    )


@pytest.mark.parametrize("name", np._JOINED.split())
def test_lists_of_lists_with_tensors_are_joined(name: str) -> None:
    t = Tensor([3.0, -1.0], requires_grad=True)
    function = getattr(np, name)
    out = function([[t[0], 1.0], t, [5.0, 6.0]])
    assert out.requires_grad
    rows = [[3.0, 1.0], [3.0, -1.0], [5.0, 6.0]]
    numpy.testing.assert_array_equal(out.data, getattr(numpy, name)(rows))
    numpy.testing.assert_array_equal(function(rows), getattr(numpy, name)(rows), strict=True)


def test_a_rule_that_fills_an_array_with_the_gradient() -> None:
    """A primitive of one's own, as HIPS's tutorial has it."""

    @primitive
    def logsumexp(x: Any) -> Any:
        peak = np.max(x)
        return peak + np.log(np.sum(np.exp(x - peak)))

    def vjp(ans: Any, x: Any) -> Any:
        shape = x.shape
        return lambda g: np.full(shape, g) * np.exp(x - np.full(shape, ans))

    defvjp(logsumexp, vjp)
    check_grads(lambda y: np.sum(logsumexp(y**2)), modes=["rev"])(
        npr.default_rng(0).normal(size=10)
    )


def test_arrays_without_tensors_are_numpys() -> None:
    for given in ([1, 2], ((1.0, 2.0), (3.0, 4.0)), 5, numpy.eye(2)):
        numpy.testing.assert_array_equal(np.array(given), numpy.array(given), strict=True)
    x = numpy.zeros(3)
    assert np.asarray(x) is x
    assert np.array(x, copy=False) is x
    assert np.array([1, 2], float).dtype == float


def test_a_script_for_hips_autograd() -> None:
    """Logistic regression, as its tutorial has it."""
    rng = npr.default_rng(0)
    inputs = rng.normal(size=(20, 3))
    targets = inputs @ np.array([1.0, -2.0, 0.5]) > 0

    def sigmoid(x: Any) -> Any:
        return 0.5 * (np.tanh(x / 2.0) + 1)

    def training_loss(weights: Any) -> Any:
        preds = sigmoid(np.dot(inputs, weights))
        label_probabilities = preds * targets + (1 - preds) * (1 - targets)
        return -np.sum(np.log(label_probabilities))

    slope = grad(training_loss)
    weights = np.array([0.0, 0.0, 0.0])
    before = training_loss(weights)
    expected = inputs.T @ (sigmoid(inputs @ weights) - targets)
    numpy.testing.assert_allclose(slope(weights), expected)
    for _ in range(100):
        weights -= slope(weights) * 0.1
    assert training_loss(weights) < before / 4
