"""``autograd.numpy``: scripts written for HIPS's autograd."""

from __future__ import annotations

from typing import Any

import autograd.numpy.random as npr
import numpy
import pytest
from autograd.numpy.linalg import inv

import autograd.numpy as np
from autograd import Tensor, grad, jacobian, stack


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
