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


def test_one_far_out_has_the_bits_of_math() -> None:
    for x in RNG.uniform(708, 709.7, 100):
        assert libm.exp(np.array([x])) == math.exp(x)


def test_far_out_it_is_what_numpy_says() -> None:
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(libm.exp(FAR), np.exp(FAR))
        one_by_one = [libm.exp(FAR[i : i + 1])[0] for i in range(FAR.size)]
        np.testing.assert_array_equal(one_by_one, np.exp(FAR))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_dtype_stays(dtype: Any) -> None:
    assert autograd.sigmoid(Tensor(np.zeros(3, dtype))).dtype == dtype
    assert libm.exp(np.zeros(3, dtype)).dtype == (np.float64 if dtype == np.float16 else dtype)


@pytest.mark.parametrize("x", [RNG.normal(0, 8, 10**5), RNG.uniform(-1, 1, 10**4), FAR])
def test_sigmoid_and_softplus_of_float64_have_the_bits_of_scipy(x: Any) -> None:
    special = pytest.importorskip("scipy.special", reason="SciPy is not installed")
    for part in (x, x[: x.size // 3 * 3].reshape(3, -1).T, x[:1]):
        np.testing.assert_array_equal(autograd.sigmoid(Tensor(part)).data, special.expit(part))
        ours = autograd.softplus(Tensor(part)).data
        with np.errstate(invalid="ignore"):
            np.testing.assert_array_equal(ours, np.logaddexp(0, part))


def all_float32s(first: float, last: float) -> Any:
    """Every float32 between two negative ones."""
    bits = (np.float32(x).view(np.uint32) for x in (last, first))
    return np.arange(*bits, dtype=np.uint32).view(np.float32)


@pytest.mark.parametrize(
    "x",
    [
        RNG.normal(0, 5, 10**6).astype(np.float32),
        all_float32s(-87.99, -87.5),
        all_float32s(-1e-3, -9e-4),
        FAR.astype(np.float32),
    ],
    ids=["normal", "far out", "near 0", "limits"],
)
def test_sigmoid_of_float32_has_the_bits_of_scipy(x: Any) -> None:
    special = pytest.importorskip("scipy.special", reason="SciPy is not installed")
    for part in (x, x[: x.size // 3 * 3].reshape(3, -1).T, x[:1], x[0], x[:0]):
        ours, theirs = autograd.sigmoid(Tensor(part)).data, special.expit(part)
        assert ours.dtype == np.float32
        np.testing.assert_array_equal(ours, theirs)


def test_where_sigmoids_of_float32_are_subnormal_a_handful_differ() -> None:
    # NumPy has no way to the C library's expf(88.1): expf rounded otherwise in one of 5,000.
    special = pytest.importorskip("scipy.special", reason="SciPy is not installed")
    x = all_float32s(-88.8, -87.99)
    ours, theirs = autograd.sigmoid(Tensor(x)).data, special.expit(x)
    assert np.count_nonzero(ours != theirs) < 100  # 22 with glibc 2.36
    assert np.abs(ours.view(np.int32) - theirs.view(np.int32)).max() <= 1


def test_all_sigmoids_of_float16_are_those_of_scipy_rounded() -> None:
    special = pytest.importorskip("scipy.special", reason="SciPy is not installed")
    x = np.arange(2**16, dtype=np.uint16).view(np.float16)
    x = x[~np.isnan(x)]
    ours = autograd.sigmoid(Tensor(x)).data
    assert ours.dtype == np.float16  # SciPy has no loop for it and answers in float64
    np.testing.assert_array_equal(ours, special.expit(x).astype(np.float16))


def test_a_number_and_an_array_have_the_same_sigmoid() -> None:
    x = RNG.normal(0, 5, 1000)
    one_by_one = [autograd.sigmoid(Value(float(v))).data for v in x]
    np.testing.assert_array_equal(autograd.sigmoid(Tensor(x)).data, one_by_one)
