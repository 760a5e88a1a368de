"""Wide first layers that are multiplied a few rows at a time: the same numbers, to rounding."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, ops
from autograd.compiling import array_code, pieces

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("dtype", ["f", "d"])
@pytest.mark.parametrize("rows", [1, 7, 8, 40, 64])
def test_rows_that_are_left_over_are_multiplied_too(dtype: str, rows: int) -> None:
    x, w = RNG.normal(size=(40, 300)).astype(dtype), RNG.normal(size=(70, 300)).astype(dtype)
    found = pieces.product_in_pieces(x, np.asfortranarray(w).T, rows)
    assert found.dtype == x.dtype
    scale = 300 * np.finfo(dtype).eps
    np.testing.assert_allclose(found, x @ w.T, rtol=scale, atol=scale)


def test_a_piece_is_small_and_not_too_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "_multiplies_unpacked", lambda: True)
    for rows, inner, columns in RNG.integers(1, 1000, (300, 3)).tolist():
        piece = pieces.rows_in_piece(rows, inner, columns)
        assert piece % 8 == 0
        if piece:
            assert piece * inner * columns <= 10**6 < rows * inner * columns
        else:
            assert rows * inner * columns <= 10**6 or 8 * inner * columns > 10**6
    assert pieces.rows_in_piece(784, 64, 128) == 112  # of the 122 that there may be, 7 alike
    monkeypatch.setattr(pieces, "_multiplies_unpacked", lambda: False)
    assert pieces.rows_in_piece(64, 784, 128) == 0


def test_whether_there_is_such_a_way_is_asked_of_any_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    ask = pieces._multiplies_unpacked.__wrapped__
    assert ask() in (True, False)
    simd = {"baseline": [], "found": ["AVX512_SKX"]}
    for name, expected in [("scipy-openblas", True), ("accelerate", False)]:
        config = {"Build Dependencies": {"blas": {"name": name}}, "SIMD Extensions": simd}
        monkeypatch.setattr(np, "show_config", lambda mode, config=config: config)
        assert ask() is expected
    monkeypatch.setattr(np, "show_config", lambda mode: {})
    assert ask() is False


@pytest.mark.parametrize("unpacked", [True, False])
def test_a_wide_layer_is_the_same_either_way(
    unpacked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "_multiplies_unpacked", lambda: unpacked)
    X = RNG.normal(size=(44, 500))
    w = Tensor(RNG.normal(size=(90, 500)) / 20, requires_grad=True)
    b = Tensor(RNG.normal(size=90), requires_grad=True)

    def loss(x: Any) -> Any:
        return ops.sum(ops.tanh(ops.linear(x, w, b)))

    taken = []
    monkeypatch.setattr(
        array_code,
        "product_in_pieces",
        lambda x, y, rows: taken.append(x.shape) or pieces.product_in_pieces(x, y, rows),
    )
    found = []
    for f in (loss, autograd.compile(loss, numbers=False)):
        w.grad = b.grad = None
        out = f(X)
        out.backward()
        found.append([out.data, w.grad, b.grad])
    for plain, ours in zip(*found, strict=True):
        np.testing.assert_allclose(ours, plain, rtol=1e-12, atol=1e-12)
    assert taken == ([(44, 500), (500, 44)] if unpacked else [])  # X @ W.T and X.T @ dZ


@pytest.mark.parametrize("dtypes", ["Bd", "id", "?d", "ed", "fd", "df", "Bf", "ff"])
def test_numbers_of_other_dtypes_are_multiplied_as_they_are(
    dtypes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "_multiplies_unpacked", lambda: True)
    X = RNG.integers(0, 2, size=(64, 784)).astype(dtypes[0])
    w = Tensor((RNG.normal(size=(784, 128)) / 20).astype(dtypes[1]), requires_grad=True)

    for f in (
        lambda x: ops.sum(ops.tanh(ops.matmul(x, w))),
        lambda x: ops.sum(ops.tanh(ops.matmul(ops.transpose(w), ops.transpose(x)))),
        lambda x: ops.sum(ops.tanh(ops.linear(x, ops.transpose(w)))),
    ):
        found = []
        for function in (f, autograd.compile(f, numbers=False)):
            w.grad = None
            out = function(Tensor(X))
            out.backward()
            found.append((out.data, w.grad))
        (plain, slope), (ours, our_slope) = found
        assert (ours.dtype, our_slope.dtype) == (plain.dtype, slope.dtype)
        close = {"rtol": 1e-4, "atol": 1e-3} if "f" in dtypes else {"rtol": 1e-12, "atol": 1e-12}
        np.testing.assert_allclose(ours, plain, **close)
        np.testing.assert_allclose(our_slope, slope, **close)
