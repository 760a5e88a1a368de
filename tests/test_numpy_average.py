"""``np.average`` of Tensors, with weights: NumPy's bits, types and errors."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
from autograd import Tensor

M = np.arange(12.0).reshape(3, 4) - 5.5


@pytest.mark.parametrize("of", ["array", "weights", "both"])
def test_average_has_the_bits_and_types_of_numpy(of: str) -> None:
    rng = np.random.default_rng(0)
    for kinds in ("ff", "fd", "di", "if", "bb", "ee", "fi"):
        a, w = ((rng.random((5, 3)) * 9 + 1).astype(kind) for kind in kinds)
        for axis, weights in ((None, w), (0, w), (0, w[:, 0]), (1, w[0]), ((1, 0), w.T)):
            want = np.average(a, axis, weights)
            x = a if of == "weights" else Tensor(a)
            got = np.average(x, axis, weights if of == "array" else Tensor(weights))
            assert got.dtype == want.dtype
            np.testing.assert_array_equal(got.data, want, strict=True)


def test_average_has_the_bits_of_numpy_where_it_adds_up_in_parts() -> None:
    a, w = np.random.default_rng(0).random((2, 20_000)).astype("f")
    weights = w.astype("e")
    assert np.average(Tensor(a), weights=weights).item() == np.average(a, weights=weights)


def test_average_refuses_weights_with_a_sum_of_0_unless_it_is_compiled() -> None:
    t = Tensor(M)
    with pytest.raises(ZeroDivisionError, match=r"np\.average: .*got a sum of 0"):
        np.average(t, 0, np.zeros(3))
    mean = autograd.compile(lambda x, w: np.average(x, 0, w), numbers=False)
    np.testing.assert_array_equal(mean(M, np.arange(3.0)).data, np.average(M, 0, np.arange(3.0)))
    with np.errstate(invalid="ignore"):
        assert np.isnan(mean(M, np.zeros(3)).data).all()  # no decision is taken in it
