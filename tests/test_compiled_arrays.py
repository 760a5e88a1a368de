"""Compiled functions of arrays against the same functions run eagerly, at other points."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from array_row import ArrayRow
from test_array_ops import ROWS, ids, outputs, tensors

import autograd
from autograd import Tensor, Value


def elsewhere(row: ArrayRow) -> tuple[Any, ...]:
    """Another point of the operation's domain, with its elements in another order if it can be."""
    flipped = tuple(np.flip(x).copy() for x in row.args)
    nearby = tuple(x * (1 - 0.02 * np.cos(np.arange(x.size)).reshape(x.shape)) for x in row.args)
    with np.errstate(all="ignore"):
        for point in (flipped, nearby):
            try:
                results = outputs(row.call(*point))
            except ValueError:
                continue
            if all(np.all(np.isfinite(x)) for x in results):
                return point
    return row.args


def gradients(call: Any, inputs: list[Tensor], seed: int = 0) -> list[Any]:
    """Results, and the cotangents of the inputs for random ones of the results."""
    rng = np.random.default_rng(seed)
    results = outputs(call(*inputs))
    for out in results:
        g = rng.normal(size=np.shape(out))
        if isinstance(out, Tensor) and out.requires_grad:
            out.backward(g.astype(out.dtype))
    return [x._data if isinstance(x, Tensor) else x for x in results] + [x.grad for x in inputs]


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("row", ROWS, ids=ids)
def test_a_compiled_operation_is_the_operation(row: ArrayRow, dtype: Any) -> None:
    if dtype is np.float32 and not row.order:
        return
    compiled = autograd.compile(row.call, numbers=False)
    other = tuple(np.asarray(x, dtype) for x in elsewhere(row))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compiled(*(Tensor(x, requires_grad=True) for x in other))  # traced here
    expected = gradients(row.call, tensors(row, dtype))
    for _ in range(2):
        found = gradients(compiled, tensors(row, dtype))
        assert len(compiled._ready) == 1
        for a, b in zip(found, expected, strict=True):
            if a is None or b is None:
                assert a is b
            else:
                assert np.asarray(a).dtype == np.asarray(b).dtype
                if row.name.startswith("det:"):  # a program always takes the singular values
                    np.testing.assert_allclose(a, b, rtol=1e-12 if a.dtype == float else 1e-5)
                else:
                    np.testing.assert_array_equal(a, b)
    plain = outputs(compiled(*(x.data for x in tensors(row, dtype))))
    for a, b in zip(plain, expected, strict=False):
        np.testing.assert_array_equal(a.data, b)


@pytest.mark.parametrize("row", [r for r in ROWS if r.order == 2], ids=lambda r: r.name)
def test_derivatives_of_compiled_operations(row: ArrayRow) -> None:
    out = row.call(*row.args)
    if isinstance(out, tuple | list) or np.size(out) > 12 or sum(map(np.size, row.args)) > 12:
        return
    compiled = autograd.compile(row.call, numbers=False)
    every = tuple(range(len(row.args)))
    rng = np.random.default_rng(1)
    moves = tuple(rng.normal(size=np.shape(x)) for x in row.args)

    def twice(call: Any) -> Any:
        def slope(*args: Any) -> Any:
            return autograd.sum(autograd.jvp(call, args, moves)[1])

        return autograd.grad(slope, every)(*row.args)

    for derivative in (
        lambda call: autograd.jacobian(call, every)(*row.args),
        lambda call: [autograd.jvp(call, row.args, moves)[1]],
        twice,
    ):
        for a, b in zip(derivative(compiled), derivative(row.call), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("axis", [-1, 0, 1])
@pytest.mark.parametrize("shape", [(16, 5), (17, 1), (17, 5), (40, 16), (40, 17)], ids=str)
def test_softmax_of_many_short_rows_is_the_same_to_rounding(
    shape: tuple[int, int], axis: int, dtype: Any
) -> None:
    """A product adds up the powers of each row, in another order than eagerly."""
    x = np.random.default_rng(0).normal(size=shape).astype(dtype)
    x[3] += 1000
    x[4, 0] = -np.inf
    with np.errstate(all="ignore"):  # a row of -inf alone is one of NaN
        exact = np.exp(x.astype(np.longdouble) - x.max(axis, keepdims=True))
        exact /= exact.sum(axis, keepdims=True)
        found = autograd.compile(lambda x: autograd.softmax(x, axis=axis), numbers=False)(x)
    assert found.dtype == dtype
    np.testing.assert_allclose(found.data, exact.astype(dtype), rtol=16 * np.finfo(dtype).eps)


def test_a_function_of_arrays_has_no_values_for_parameters() -> None:
    w = Value(2.0)
    for f in (lambda x: x.shape[0] * w, lambda x: [x * 2, w], lambda x: w):
        with pytest.raises(TypeError, match=r"expected Tensors as the parameters .* got Value\(d"):
            autograd.compile(f, numbers=False)(np.ones((5, 2)))
    of_numbers = autograd.compile(lambda x: w)
    assert of_numbers(np.ones(3)).data.tolist() == [2.0] * 3
