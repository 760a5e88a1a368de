"""What is computed in another way because NumPy is quicker at it has the same bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from autograd.ops.activations import relu
from autograd.ops.along import peaks

SPECIAL = [-0.0, 0.0, np.nan, np.inf, -np.inf, 5e-324, -1.0, 2.0]


def arrays(rows: int, columns: int, dtype: Any) -> list[Any]:
    """A table in several orders of memory, with all that compares oddly."""
    with np.errstate(all="ignore"):
        x = np.random.default_rng(0).normal(size=(rows, columns)).astype(dtype)
        x.flat[: len(SPECIAL)] = np.array(SPECIAL[: x.size], dtype)
    return [x, np.asfortranarray(x), x[::2], x[:, ::-1], x.T]


every_size = pytest.mark.parametrize(
    ("rows", "columns"), [(1, 1), (16, 3), (17, 1), (17, 3), (64, 10), (64, 16), (64, 17), (3, 9)]
)
every_dtype = pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])


@every_size
@every_dtype
def test_relu_is_the_larger_of_x_and_0(rows: int, columns: int, dtype: Any) -> None:
    for x in arrays(rows, columns, dtype):
        ours, plain = relu.forward(x), np.maximum(x, 0)
        assert ours.dtype == plain.dtype
        assert ours.strides == plain.strides
        assert ours.tobytes() == plain.tobytes()


def test_relu_of_numbers_and_of_large_arrays() -> None:
    assert relu.forward(np.float32(-2)) == 0
    assert relu.forward(np.arange(-2, 3)).tolist() == [0, 0, 0, 1, 2]
    assert relu.forward(np.array([True, False])).dtype == np.maximum(True, 0).dtype
    large = np.linspace(-1, 1, 2**19)
    np.testing.assert_array_equal(relu.forward(large), np.maximum(large, 0))


@every_size
@every_dtype
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_peaks_are_the_largest_along_an_axis(
    rows: int, columns: int, dtype: Any, axis: int
) -> None:
    for x in arrays(rows, columns, dtype):
        plain = np.maximum.reduce(x, axis, keepdims=True)
        np.testing.assert_array_equal(peaks(x, axis), plain)
        assert peaks(x, axis).dtype == plain.dtype
