"""``exp`` as the C library has it, and the operations that are made of it: bits of SciPy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value
from autograd.ops import libm

RNG = np.random.default_rng(0)
FAR = np.array([0.0, -0.0, 710.0, -710.0, 745.0, -746.0, np.inf, -np.inf, np.nan])
LAYOUTS = {
    "a row": lambda x: x,
    "backwards": lambda x: x[::-1],
    "every other": lambda x: x[::2],
    "a column": lambda x: x.reshape(-1, 1),
    "a matrix": lambda x: x.reshape(-1, 4),
    "its transpose": lambda x: x.reshape(-1, 4).T,
    "a transpose backwards": lambda x: x.reshape(-1, 4).T[::-1, ::-1],
    "repeated": lambda x: np.broadcast_to(x, (3, x.size)),
    "one": lambda x: x[:1],
    "a number": lambda x: x[0],
    "none": lambda x: x[:0],
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_float64_has_the_bits_of_math(layout: str) -> None:
    x = LAYOUTS[layout](RNG.normal(0, 5, 4000))
    expected = np.array([math.exp(v) for v in np.ravel(x)]).reshape(np.shape(x))
    np.testing.assert_array_equal(libm.exp(x), expected)


def test_far_out_it_is_what_numpy_says() -> None:
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(libm.exp(FAR), np.exp(FAR))
        one_by_one = [libm.exp(FAR[i : i + 1])[0] for i in range(FAR.size)]
        np.testing.assert_array_equal(one_by_one, np.exp(FAR))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_dtype_stays(dtype: Any) -> None:
    assert libm.exp(np.zeros(3, dtype)).dtype == dtype


@pytest.mark.parametrize("x", [RNG.normal(0, 8, 10**5), RNG.uniform(-1, 1, 10**4), FAR])
def test_sigmoid_and_softplus_of_float64_have_the_bits_of_scipy(x: Any) -> None:
    special = pytest.importorskip("scipy.special", reason="SciPy is not installed")
    for part in (x, x[: x.size // 3 * 3].reshape(3, -1).T, x[:1]):
        np.testing.assert_array_equal(autograd.sigmoid(Tensor(part)).data, special.expit(part))
        ours = autograd.softplus(Tensor(part)).data
        with np.errstate(invalid="ignore"):
            np.testing.assert_array_equal(ours, np.logaddexp(0, part))


def test_sigmoid_of_float32_is_that_of_scipy_but_for_some_last_bits() -> None:
    special = pytest.importorskip("scipy.special", reason="SciPy is not installed")
    x = RNG.normal(0, 5, 10**5).astype(np.float32)
    ours, theirs = autograd.sigmoid(Tensor(x)).data, special.expit(x)
    assert ours.dtype == np.float32
    assert np.mean(ours == theirs) > 0.999
    np.testing.assert_array_max_ulp(ours, theirs, 2)


def test_a_number_and_an_array_have_the_same_sigmoid() -> None:
    x = RNG.normal(0, 5, 1000)
    one_by_one = [autograd.sigmoid(Value(float(v))).data for v in x]
    np.testing.assert_array_equal(autograd.sigmoid(Tensor(x)).data, one_by_one)
