"""Where an array operation has no derivative, or several: the agreed slope."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, grad, hessian


def test_the_spread_of_equal_numbers_has_slope_zero() -> None:
    np.testing.assert_array_equal(grad(autograd.std)(np.ones(3)), np.zeros(3))
    np.testing.assert_array_equal(hessian(autograd.std)(np.ones(3)), np.zeros((3, 3)))


@pytest.mark.parametrize("p", [1, 1.5, 2, 3, np.inf])
def test_the_norm_of_zero_has_slope_zero(p: float) -> None:
    slope = grad(lambda x: autograd.norm(x, p))(np.zeros(3))
    np.testing.assert_array_equal(slope, np.zeros(3))


@pytest.mark.parametrize(("select", "sign"), [(autograd.max, 1.0), (autograd.min, -1.0)])
def test_ties_share_along_their_axis_only(select: Any, sign: float) -> None:
    x = Tensor(sign * np.array([[1.0, 3, 3], [2, 2, 2], [3, 0, -1]]), requires_grad=True)
    select(x, axis=1).sum().backward()
    third = 1 / 3
    np.testing.assert_allclose(x.grad, [[0, 0.5, 0.5], [third] * 3, [1, 0, 0]])


def test_a_product_with_zeros_has_the_right_slope() -> None:
    np.testing.assert_array_equal(grad(autograd.prod)(np.array([2.0, 0.0, 3.0])), [0.0, 6.0, 0.0])
    np.testing.assert_array_equal(grad(autograd.prod)(np.array([0.0, 0.0, 3.0])), [0.0, 0.0, 0.0])


@pytest.mark.parametrize("sqrt", [np.sqrt, autograd.sqrt])
def test_numpys_square_root_has_the_slope_of_ours(sqrt: Any) -> None:
    assert grad(sqrt)(0.0) == np.inf


def test_second_derivatives_keep_float32() -> None:
    x = Tensor(np.array([1.0, 3.0, 2.0], dtype=np.float32), requires_grad=True)
    (autograd.max(x) ** 3).backward(create_graph=True)
    assert x.grad.dtype == np.float32
    g = x.grad
    x.zero_grad()
    g.sum().backward()
    assert x.grad.dtype == np.float32
    np.testing.assert_array_equal(x.grad, [0.0, 18.0, 0.0])
