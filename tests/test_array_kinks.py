"""Where an array operation has no derivative, or several: the agreed slope."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value, grad, hessian


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


@pytest.mark.parametrize("select", [autograd.max, autograd.min])
@pytest.mark.parametrize("row", [[1.0, np.nan], [np.nan, np.nan], [np.nan, 2.0]])
def test_none_wins_against_a_nan_whatever_computes_it(select: Any, row: list[float]) -> None:
    values = [Value(x) for x in row]
    select(values).backward()
    assert [v.grad for v in values] == [0.0, 0.0]
    x = Tensor([row, [1.0, 1.0]], requires_grad=True)
    select(x, axis=1).sum().backward()
    np.testing.assert_array_equal(x.grad, [[0.0, 0.0], [0.5, 0.5]])
    for backend in ("python", "numpy", "numba"):
        if backend == "numba":
            pytest.importorskip("numba", reason="Numba is not installed")
        xs = [Tensor(x, requires_grad=True) for x in row]
        out = autograd.compile(lambda *xs: select(list(xs)), backend=backend)(*xs)
        out.backward()
        assert np.isnan(out.data)
        assert [float(x.grad) for x in xs] == [0.0, 0.0]


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


def nth(function: Any, order: int) -> Any:
    for _ in range(order):
        function = grad(function)
    return function


@pytest.mark.parametrize("k", [0, 1, 2, 3, 0.0, np.float64(1), np.array(0.0)])
@pytest.mark.parametrize("x", [0.0, np.array(0.0), 2.0])
def test_all_derivatives_of_a_whole_power(x: Any, k: Any) -> None:
    factor = 1.0
    for order in range(1, 5):
        factor *= float(k) - order + 1
        expected = factor * float(x) ** (float(k) - order) if factor else 0.0
        assert nth(lambda x: x**k, order)(x) == expected


@pytest.mark.parametrize("exponents", [np.arange(4), np.arange(4.0), np.uint8([0, 1, 2, 3])])
def test_all_derivatives_of_a_polynomial(exponents: Any) -> None:
    x = np.array([0.0, 2.0])
    polynomial = np.polynomial.Polynomial(np.ones(4))

    def of_numbers(x: Any) -> Any:
        return sum(x ** int(k) for k in exponents)

    for order in range(1, 5):
        expected = polynomial.deriv(order)(x)
        found = [nth(lambda x: autograd.sum(x**exponents), order)(np.array(a)) for a in x]
        assert found == expected.tolist()
        assert [nth(of_numbers, order)(float(a)) for a in x] == expected.tolist()


def test_a_compiled_polynomial_has_its_second_derivative_at_zero() -> None:
    compiled = autograd.compile(lambda x: x**0 + x**1 + x**2 + x**3)
    assert [grad(compiled)(0.0), grad(grad(compiled))(0.0)] == [1.0, 2.0]
    assert grad(grad(grad(compiled)))(0.0) == 6.0
    np.testing.assert_array_equal(hessian(lambda x: x[0] ** 0 + x[0] ** 2)(np.zeros(1)), [[2.0]])


def test_a_power_has_a_symmetric_hessian_at_exponent_zero() -> None:
    found = hessian(lambda v: v[0] ** v[1])(np.array([2.0, 0.0]))
    np.testing.assert_allclose(found, [[0.0, 0.5], [0.5, np.log(2) ** 2]], rtol=1e-15)


def test_nothing_sums_up_to_nothing() -> None:
    scipy = pytest.importorskip("scipy.special", reason="SciPy is not installed")
    for shape, axis in [((0,), None), ((0, 3), 0), ((0, 3), 1)]:
        x = np.zeros(shape)
        np.testing.assert_array_equal(autograd.logsumexp(x, axis=axis), scipy.logsumexp(x, axis))
    assert autograd.logsumexp([]) == -np.inf
    with np.errstate(divide="ignore"):  # 1 / 0, of which NumPy's norm warns too
        assert [autograd.norm(np.zeros(0), p) for p in (1, 2, 3, -1)] == [0, 0, 0, np.inf]


def test_nothing_splits_into_nothing() -> None:
    for split in (autograd.split, np.split):
        assert [part.shape for part in split(Tensor(np.zeros((0, 3))), 2)] == [(0, 3)] * 2


def test_the_slope_of_elu_keeps_its_digits_far_out() -> None:
    x = np.array([-10.0, -15.0, -18.0], np.float32)
    found = autograd.elementwise_grad(autograd.elu)(x)
    np.testing.assert_allclose(found, np.exp(x.astype(float)), rtol=1e-6)


def test_values_are_ordered_as_numbers_are_beside_a_nan() -> None:
    numbers = [3.0, math.nan, 1.0, 2.0]
    values = [autograd.Value(x) for x in numbers]
    ordered = [v.data for v in autograd.sort(values)]
    np.testing.assert_array_equal(ordered, np.sort(numbers))
    np.testing.assert_array_equal(autograd.argsort(values), np.argsort(numbers))
    assert autograd.argmax(values) == np.argmax(numbers)
    assert autograd.argmin(values) == np.argmin(numbers)
    assert autograd.topk(values, 2).indices.tolist() == [1, 0]
    autograd.sort(values, descending=True)[1].backward()
    assert [v.grad for v in values] == [1.0, 0.0, 0.0, 0.0]


def test_a_product_of_values_heeds_its_axis() -> None:
    with pytest.raises(np.exceptions.AxisError, match="prod: expected axes"):
        autograd.prod([autograd.Value(2.0), autograd.Value(3.0)], axis=7)


def test_a_nan_in_a_window_gets_the_gradient_of_its_maximum() -> None:
    x = np.array([[[3.0, 2.0], [-5.0, 3.0], [-5.0, 3.0], [-5.0, math.nan]]])
    c = np.array([[[2.0], [5.0], [6.0]]])
    _, back = autograd.vjp(lambda x: autograd.max_pool2d(x, (2, 3), (2, 2), (1, 1)), x)
    np.testing.assert_array_equal(back(c)[0], [[[2, 0], [0, 5], [0, 0], [0, 6]]])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_gradient_of_the_determinant_of_a_nan_is_nan() -> None:
    x = np.array([[[math.nan, 1.0], [1.0, 2.0]], [[1.0, 2.0], [3.0, 4.0]]])
    found = autograd.grad(lambda x: autograd.det(x).sum())(x)
    assert np.isnan(found[0]).all()
    np.testing.assert_allclose(found[1], [[4, -3], [-2, 1]], rtol=1e-12)


def test_products_with_a_matrix_of_one_element_keep_nan() -> None:
    w, b = (autograd.Tensor(x, requires_grad=True) for x in ([[0.0]], [0.0]))
    x = autograd.Tensor([[math.nan], [1.0]], requires_grad=True)
    for f in (autograd.linear, autograd.compile(autograd.linear, numbers=False)):
        with np.errstate(invalid="ignore"):
            y = f(x, w, b)
            assert np.isnan(y.data[:, 0]).tolist() == [True, False]
            w.zero_grad()
            y.backward([[0.0], [1.0]])
        assert np.isnan(w.grad).all()
