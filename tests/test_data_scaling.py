"""Features on one scale, without a glance at the validation part."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest

from nn.data import check_finite, moments, one_hot, split, standardize
from nn.datasets import load


@pytest.mark.parametrize("name", ["iris", "digits"])
def test_training_part_is_standard_and_validation_part_follows(name: str) -> None:
    X_train, _, X_val, _ = split(*load(name)[:2])
    mean, std = moments(X_train)
    scaled = (X_train - mean) / std
    varies = np.ptp(X_train, axis=0) > 0
    np.testing.assert_allclose(scaled.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(scaled[:, varies].std(axis=0), 1.0, rtol=1e-12)
    assert (scaled[:, ~varies] == 0).all()
    assert np.isfinite((X_val - mean) / std).all()
    # The validation part was measured with the same ruler, so it is standard only roughly.
    assert abs(((X_val - mean) / std).mean(axis=0)).max() > 1e-3


def test_moments_are_scikit_learns() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        preprocessing = pytest.importorskip("sklearn.preprocessing")
    X = load("digits").X
    mean, std = moments(X)
    scaler = preprocessing.StandardScaler().fit(X)
    np.testing.assert_allclose(mean, scaler.mean_, rtol=1e-12)
    np.testing.assert_allclose(std, scaler.scale_, rtol=1e-12)


@pytest.mark.parametrize("value", [0.0, 0.1, -7.3, 1e20, 1e-300, 1 / 3])
@pytest.mark.parametrize("n", [1, 3, 1000])
def test_constant_features_become_zero(value: float, n: int) -> None:
    X = np.full((n, 2), value)
    mean, std = moments(X)
    assert mean.tolist() == [value, value]
    assert std.tolist() == [1.0, 1.0]
    assert not ((X - mean) / std).any()


def test_a_spread_too_small_to_square_does_not_become_nan() -> None:
    X = np.array([[0.0], [1e-200]])
    mean, std = moments(X)
    assert np.isfinite((X - mean) / std).all()


def test_shapes_and_dtypes_of_moments() -> None:
    images = np.arange(24, dtype=np.uint8).reshape(4, 2, 3)
    mean, std = moments(images)
    assert mean.shape == std.shape == (2, 3)
    assert mean.dtype == std.dtype == np.float64
    np.testing.assert_allclose(mean, images.mean(axis=0))
    single = images.astype(np.float32)
    mean, std = moments(single)
    assert mean.dtype == std.dtype == ((single - mean) / std).dtype == np.float32
    mean, std = moments([1, 2, 3, 6])
    assert (mean.shape, float(mean)) == ((), 3.0)
    assert float(std) == pytest.approx(math.sqrt(3.5))


def test_float32_is_summed_in_float64() -> None:
    X = np.tile(np.array([[1e4], [1e4 + 1]], dtype=np.float32), (50_000, 1))
    mean, std = moments(X)
    assert float(mean[0]) == 10_000.5
    assert float(std[0]) == 0.5


@pytest.mark.parametrize(
    ("X", "error", "text"),
    [
        (np.zeros((0, 2)), ValueError, "at least one example"),
        (
            [[1.0], [math.nan]],
            ValueError,
            "1 NaN or infinite of 2; the first is nan in row 1, column 0",
        ),
        (
            [math.inf, -math.inf, 0.0],
            ValueError,
            "2 NaN or infinite of 3; the first is inf in row 0",
        ),
        ([1j, 2j], TypeError, "complex128"),
        (["a", "b"], TypeError, "real numbers"),
        (3.0, TypeError, "a single number"),
    ],
)
def test_moments_refuses(X: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        moments(X)


# ---- standardize, one_hot ------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.uint8])
def test_standardised_parts_are_scikit_learns(dtype: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        preprocessing = pytest.importorskip("sklearn.preprocessing")
    X = load("digits").X.astype(dtype)
    train, val, test = standardize(X[:1000], X[1000:1400], X[1400:])
    scaler = preprocessing.StandardScaler().fit(X[:1000].astype(np.float64))
    # float32 inputs are whole numbers here, so all but the last division and rounding is exact.
    tolerance = 1e-12 if dtype != np.float32 else 2e-6
    for ours, part in ((train, X[:1000]), (val, X[1000:1400]), (test, X[1400:])):
        assert ours.dtype == (np.float32 if dtype == np.float32 else np.float64)
        theirs = scaler.transform(part.astype(np.float64))
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


def test_one_part_alone_is_one_array() -> None:
    X = np.array([[1.0], [3.0]])
    assert standardize(X).tolist() == [[-1.0], [1.0]]
    assert X.tolist() == [[1.0], [3.0]]
    part = standardize(X.astype(np.float32), X)[1]
    assert part.dtype == np.float32  # that of the training part


def test_one_hot_is_pytorchs() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    y = np.array([2, 0, 1, 2])
    for options in ({}, {"num_classes": 5}):
        theirs = torch.nn.functional.one_hot(torch.tensor(y), **options)
        np.testing.assert_array_equal(one_hot(y, **options), theirs.numpy())


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: standardize([[1.0], [2.0]], [[1.0, 2.0]]), ValueError, r"argument 1: .* \(1,\)"),
        (lambda: standardize([[1.0], [2.0]], [1.0, 2.0]), ValueError, "leave targets out"),
        (lambda: standardize([[1.0]], [[math.nan]]), ValueError, "argument 1: .* row 0, column 0"),
        (lambda: standardize([[1.0]], [["a"]]), TypeError, "argument 1: .* <U1"),
        (lambda: check_finite([[1, math.inf]], ["a", "b"]), ValueError, r"column 1 \('b'\)"),
        (
            lambda: check_finite(np.full((2, 3, 4), math.nan)),
            ValueError,
            r"24 .* position \(0, 0\)",
        ),
        (lambda: check_finite(math.nan), ValueError, "the only number"),
        (lambda: check_finite(["a"]), TypeError, "real numbers"),
    ],
)
def test_bad_numbers_are_named(call: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        call()


def test_finite_numbers_pass() -> None:
    for X in ([1, 2], np.zeros((0, 3)), np.array([True]), 1e308):
        check_finite(X)
