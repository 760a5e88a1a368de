"""Derivatives from values alone: steps, extrapolation, both sides."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd.checking.numeric import STEPS, limit, numerical_jvp, scatter, slopes, step_sweep


def test_a_sweep_has_values_on_both_sides_of_an_array() -> None:
    x, v = np.array([1.0, 2.0]), np.array([1.0, -1.0])
    sweep = step_sweep(np.square, x, v, steps=[0.5, 0.25])
    np.testing.assert_array_equal(sweep.here, [1, 4])
    np.testing.assert_array_equal(sweep.ahead, [[2.25, 2.25], [1.5625, 3.0625]])
    np.testing.assert_array_equal(sweep.behind, [[0.25, 6.25], [0.5625, 5.0625]])
    np.testing.assert_array_equal(sweep.central, [[2, -4], [2, -4]])
    np.testing.assert_array_equal(sweep.right, [[2.5, -3.5], [2.25, -3.75]])
    np.testing.assert_array_equal(sweep.left, [[1.5, -4.5], [1.75, -4.25]])


def test_the_error_of_central_differences_is_a_v() -> None:
    error = np.abs(step_sweep(np.exp, 0.0, steps=10.0 ** -np.arange(1, 13)).central - 1)
    lowest = int(np.argmin(error))
    assert 3 <= lowest <= 6  # the cube root of the rounding error, about 1e-5
    falling = np.diff(np.log10(error[:4]))
    np.testing.assert_allclose(falling, -2, atol=0.1)  # truncation: h²
    assert error[-1] > 1e3 * error[lowest]  # rounding: 1 / h


@pytest.mark.parametrize(
    ("f", "x", "derivative"),
    [
        (np.sin, 1.0, math.cos(1.0)),
        (np.exp, 30.0, math.exp(30.0)),
        (np.log, 1e-5, 1e5),  # the larger steps are out of the domain
        (lambda x: np.sin(1000 * x), 0.3, 1000 * math.cos(300.0)),
        (lambda x: 1e-9 * x, 5.0, 1e-9),
        (lambda x: (1e8 + x) - 1e8, 0.0, 1.0),
        (lambda x: x**4, 0.0, 0.0),
    ],
)
def test_the_numeric_derivative_finds_its_steps(
    f: Callable[[Any], Any], x: float, derivative: float
) -> None:
    assert numerical_jvp(f, x) == pytest.approx(derivative, rel=1e-6, abs=1e-15)


def test_the_numeric_derivative_along_a_direction() -> None:
    matrix = np.arange(6.0).reshape(2, 3)
    x, v = np.array([0.1, 0.2, 0.3]), np.array([1.0, -2.0, 0.5])
    expected = np.cos(matrix @ x) * (matrix @ v)
    np.testing.assert_allclose(numerical_jvp(lambda x: np.sin(matrix @ x), x, v), expected, 1e-9)


@pytest.mark.parametrize("power", [1, 2])
def test_extrapolation_is_exact_for_as_many_terms_as_steps(power: int) -> None:
    h = np.array([0.1, 0.01, 0.001, 1e-4])
    found = limit(h, 2 + 3 * h**power - 5 * h ** (2 * power) + 7 * h ** (3 * power), power=power)
    assert found.value == pytest.approx(2, rel=1e-14)


def test_values_scatter_as_much_as_they_cancel() -> None:
    assert scatter(np.sin, 2.0) < 1e-15
    assert scatter(abs, 0.0) < 1e-15
    for size in (1e3, 1e6, 1e9):
        noise = scatter(lambda x, size=size: (size + np.sin(x)) - size, 2.0, 100.0)
        assert 0.01 * np.spacing(size) < noise < np.spacing(size)


def test_the_error_of_a_limit_bounds_what_it_is_off() -> None:
    found = limit(STEPS, step_sweep(np.exp, 1.0).right, np.finfo(float).eps * 3 / STEPS)
    assert abs(found.value - math.e) <= found.error < 1e-6


@pytest.mark.parametrize(
    ("f", "x", "left", "right"),
    [
        (abs, 0.0, -1, 1),
        (lambda x: np.maximum(x - 1, 0) * x, 1.0, 0, 1),
        (lambda x: 1e-9 * abs(x), 0.0, -1e-9, 1e-9),
        (lambda x: x + 0.01 * abs(x - 2), 2.0, 0.99, 1.01),
    ],
)
def test_left_and_right_slopes_differ_at_a_kink(
    f: Callable[[Any], Any], x: float, left: float, right: float
) -> None:
    found = slopes(step_sweep(f, x))
    assert found.left.value == pytest.approx(left, rel=1e-6)
    assert found.right.value == pytest.approx(right, rel=1e-6)
    assert found.converged
    assert found.gap > found.smooth_gap


@pytest.mark.parametrize("f", [np.floor, np.sqrt, np.cbrt, np.sign, lambda x: np.sin(1 / (x or 1))])
def test_no_slope_at_a_jump_an_infinite_slope_or_a_wild_point(f: Callable[[Any], Any]) -> None:
    assert not slopes(step_sweep(f, 0.0)).converged


@pytest.mark.parametrize("f", [np.sin, np.exp, np.arctan, lambda x: x**4, lambda x: 3.0 + 0 * x])
@pytest.mark.parametrize("x", [0.0, 0.3, -7.0])
def test_smooth_functions_have_one_slope(f: Callable[[Any], Any], x: float) -> None:
    found = slopes(step_sweep(f, x))
    assert found.converged
    assert found.gap <= found.smooth_gap
