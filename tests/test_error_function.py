"""``erf`` and ``erfc`` of arrays: to the last digits, against mpmath, ``math`` and SciPy."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest

import autograd
from autograd.ops import error_function

RNG = np.random.default_rng(0)
RANGES = {
    "tiny": 10.0 ** RNG.uniform(-300, -1, 300),
    "up to 1": RNG.uniform(0, 1, 1000),
    "1 to 2": RNG.uniform(1, 2, 1000),
    "2 to 6": RNG.uniform(2, 6, 1000),
    "tail": RNG.uniform(6, 26.5, 1000),
    "negative": RNG.uniform(-6, 0, 1000),
    "edges": np.array([0.25, 1.0, 6.0, 7.0, 8.0]) * np.array([[1 - 1e-15], [1.0], [1 + 1e-15]]),
}
FUNCTIONS = {
    "erf": (error_function.erf, mpmath.erf, math.erf),
    "erfc": (error_function.erfc, mpmath.erfc, math.erfc),
}
every_function = pytest.mark.parametrize("name", FUNCTIONS)


def units_off(actual: Any, exact: Any) -> float:
    """The distance in units in the last place, when the exact number has more digits."""
    unit = mpmath.mpf(float(np.spacing(abs(float(exact)))))
    return float(abs(mpmath.mpf(float(actual)) - exact) / unit)


def units_allowed(name: str, x: Any) -> Any:
    """3 units; for erfc 8, and x² more: exp(-x²) multiplies the half unit that x² is off."""
    return 8.0 + x * x * (x > 0) if name == "erfc" else 3.0 + 0.0 * x


@every_function
@pytest.mark.parametrize("where", RANGES)
def test_all_digits_are_right_but_for_some_units(name: str, where: str) -> None:
    ours, exact, _ = FUNCTIONS[name]
    x = RANGES[where].ravel()
    with mpmath.workprec(200):
        off = [units_off(y, exact(mpmath.mpf(a))) for a, y in zip(x, ours(x), strict=True)]
    assert np.all(off <= units_allowed(name, x))


@every_function
def test_single_floats_and_arrays_differ_by_some_units_at_most(name: str) -> None:
    ours, _, single = FUNCTIONS[name]
    x = np.concatenate([v.ravel() for v in RANGES.values()])
    one_by_one = np.array([single(v) for v in x.tolist()])
    allowed = (units_allowed(name, x) + 2) * np.spacing(np.abs(one_by_one))
    assert np.all(np.abs(ours(x) - one_by_one) <= allowed)


@every_function
def test_float64_has_the_bits_of_scipy(name: str) -> None:
    special = pytest.importorskip("scipy.special", reason="SciPy is not installed")
    around = [v * f for v in (1.0, 8.0, 26.6417) for f in (1 - 1e-15, 1.0, 1 + 1e-15, 1 + 1e-4)]
    ranges = [
        RNG.normal(size=10**5),
        RNG.uniform(-30, 30, 10**5),
        np.array(around),
        *RANGES.values(),
    ]
    for x in (v for r in ranges for v in (r, -r, r.ravel()[:1])):
        np.testing.assert_array_equal(FUNCTIONS[name][0](x), getattr(special, name)(x))


@every_function
def test_float32_has_the_bits_of_scipy(name: str) -> None:
    special = pytest.importorskip("scipy.special", reason="SciPy is not installed")
    x = RNG.uniform(-5, 10, 10**5).astype(np.float32)
    ours, theirs = FUNCTIONS[name][0](x), getattr(special, name)(x)
    assert ours.dtype == np.float32
    assert np.mean(ours == theirs) > 0.9999
    np.testing.assert_array_max_ulp(ours, theirs, 1)


@pytest.mark.parametrize(
    ("x", "erf", "erfc"),
    [
        (0.0, 0.0, 1.0),
        (math.inf, 1.0, 0.0),
        (-math.inf, -1.0, 2.0),
        (math.nan, math.nan, math.nan),
        (30.0, 1.0, 0.0),
        (-30.0, -1.0, 2.0),
        (5e-324, 5e-324, 1.0),
        (1e308, 1.0, 0.0),
    ],
)
def test_at_the_ends(x: float, erf: float, erfc: float) -> None:
    with np.errstate(all="raise", under="ignore"):
        np.testing.assert_array_equal(error_function.erf(np.array([x])), [erf])
        np.testing.assert_array_equal(error_function.erfc(np.array([x])), [erfc])


def test_minus_zero_stays() -> None:
    assert np.signbit(error_function.erf(np.array([-0.0])))[0]


@every_function
@pytest.mark.parametrize(
    "x",
    [
        np.zeros((0, 3)),
        np.array(0.5),
        np.linspace(-3, 3, 24).reshape(2, 3, 4)[::-1, :, ::-2],
        np.asfortranarray(np.linspace(-3, 3, 12).reshape(3, 4)),
        np.array([-1, 0, 2]),
        np.array([True, False]),
        np.array([0.5, 2.0], dtype=np.float16),
        np.array([0.5, 2.0], dtype=np.dtype(np.float32).newbyteorder()),
    ],
    ids=["nothing", "number", "negative strides", "Fortran", "integers", "booleans", "float16",
         "bytes swapped"],
)  # fmt: skip
def test_any_array(name: str, x: Any) -> None:
    function, _, single = FUNCTIONS[name]
    out = np.asarray(function(x))
    assert out.shape == x.shape
    assert out.dtype == (x.dtype.type if x.dtype.kind == "f" else np.float64)
    expected = np.array([single(float(v)) for v in x.ravel()]).reshape(x.shape)
    np.testing.assert_allclose(out, expected, rtol=max(4e-15, np.finfo(out.dtype).eps))


def test_gelu_far_out_keeps_its_digits() -> None:
    x = np.array([-10.0, -20.0, -30.0])
    expected = [0.5 * v * math.erfc(-v / math.sqrt(2)) for v in x]
    np.testing.assert_allclose(autograd.gelu(x), expected, rtol=1e-13)  # as erfc: see above
