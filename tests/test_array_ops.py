"""Every row of ``samples_*.py``: value, both modes, second order, dtype, and PyTorch's opinion."""

from __future__ import annotations

import importlib
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from array_row import ArrayRow

import autograd
from autograd import Tensor, grad, jacobian, linear, vjp
from autograd.gradcheck import check_grads
from autograd.node import PRIMITIVES

FAMILIES = sorted(path.stem for path in Path(__file__).parent.glob("samples_*.py"))
ROWS: list[ArrayRow] = [r for family in FAMILIES for r in importlib.import_module(family).ROWS]
ids = [row.name for row in ROWS]


def outputs(result: Any) -> list[Any]:
    """One or several results as a list."""
    return list(result) if isinstance(result, tuple | list) else [result]


def tensors(row: ArrayRow, dtype: Any = np.float64) -> list[Tensor]:
    return [Tensor(np.asarray(x, dtype=dtype), requires_grad=True) for x in row.args]


@pytest.mark.parametrize("row", ROWS, ids=ids)
def test_the_value_is_numpys_bit_for_bit(row: ArrayRow) -> None:
    for args in (row.args, tuple(tensors(row))):
        ours, theirs = outputs(row.call(*args)), outputs(row.numpy(*row.args))
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(a.data if isinstance(a, Tensor) else a, b)


@pytest.mark.parametrize("row", [r for r in ROWS if r.order], ids=lambda r: r.name)
def test_derivatives_in_both_modes(row: ArrayRow) -> None:
    check_grads(row.call, order=row.order)(*row.args)


@pytest.mark.parametrize("row", [r for r in ROWS if r.order], ids=lambda r: r.name)
def test_jacobians_carry_all_rows_as_vjp_carries_one(row: ArrayRow) -> None:
    out = row.call(*row.args)
    if isinstance(out, tuple | list) or np.size(out) > 40:
        return
    _, back = vjp(row.call, *row.args)
    units = np.eye(np.size(out)).reshape(np.size(out), *np.shape(out))
    with np.errstate(all="ignore"):
        rows = [back(unit) for unit in units]
    found = jacobian(row.call, argnum=tuple(range(len(row.args))))(*row.args)
    for i, J in enumerate(found):
        assert np.shape(J) == np.shape(out) + np.shape(row.args[i])
        expected = np.array([r[i] for r in rows]).reshape(np.shape(J))
        # Sums over more axes at once may round otherwise.
        np.testing.assert_allclose(J, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("row", [r for r in ROWS if r.order], ids=lambda r: r.name)
def test_float32_stays_float32(row: ArrayRow) -> None:
    inputs = tensors(row, np.float32)
    for out in outputs(row.call(*inputs)):
        if out.requires_grad:
            assert out.dtype == np.float32
            out.backward(np.ones(out.shape, dtype=np.float32))
    for x in inputs:
        if x.grad is not None:
            assert x.grad.dtype == np.float32
            assert x.grad.shape == x.shape


@pytest.mark.parametrize("row", [r for r in ROWS if r.torch], ids=lambda r: r.name)
def test_pytorch_agrees(row: ArrayRow) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    assert row.torch is not None
    ours, theirs = tensors(row), [torch.tensor(x, requires_grad=True) for x in row.args]
    a, b = outputs(row.call(*ours)), outputs(row.torch(*theirs))
    rng = np.random.default_rng(0)
    for mine, its in zip(a, b, strict=True):
        np.testing.assert_allclose(mine.data, its.detach().numpy(), rtol=1e-10, atol=1e-12)
        if row.order and mine.requires_grad:
            g = rng.normal(size=mine.shape)
            mine.backward(g)
            its.backward(torch.tensor(g), retain_graph=True)
    for x, y in zip(ours, theirs, strict=True):
        if row.order and y.grad is not None:
            np.testing.assert_allclose(x.grad, y.grad.numpy(), rtol=1e-9, atol=1e-11)


def test_an_affine_map_has_the_widest_of_its_types() -> None:
    x, w = np.ones((2, 3), dtype=np.float32), np.ones((4, 3), dtype=np.float32)
    bias = np.full(4, 1e-12)
    out = linear(Tensor(x), w, bias)
    assert out.dtype == np.float64
    np.testing.assert_array_equal(out.data, x @ w.T + bias)


# Functions that NumPy does not have, and those for which it takes integers for float64.
INTEGERS_ARE_FLOAT64: dict[str, Any] = {
    **{
        name: getattr(autograd, name)
        for name in (
            *("sigmoid", "silu", "gelu", "softplus", "elu", "leaky_relu", "erf", "erfc"),
            *("softmax", "log_softmax", "logsumexp", "mean", "var", "std"),
            *("norm", "vector_norm", "matrix_norm"),
        )
    },
    "norm 1": lambda x: autograd.norm(x[0], 1),
    "norm 3": lambda x: autograd.norm(x[0], 3),
    "norm fro": lambda x: autograd.norm(x, "fro"),
    "norm nuc": lambda x: autograd.norm(x, "nuc"),
    "norm along an axis": lambda x: autograd.norm(x, axis=1),
    "binary_cross_entropy": lambda x: autograd.binary_cross_entropy(x[:, :2], x[::-1, :2]),
}
INTEGER_TYPES = [np.dtype(code) for code in "?bBhHiIqQ"]


@pytest.mark.parametrize("dtype", INTEGER_TYPES, ids=str)
@pytest.mark.parametrize("name", INTEGERS_ARE_FLOAT64)
def test_integers_and_booleans_count_as_float64(name: str, dtype: Any) -> None:
    function = INTEGERS_ARE_FLOAT64[name]
    x = np.array([[0, 1, 100, 120], [1, 1, 100, 3]]).astype(dtype)
    if dtype.kind == "i":
        x[:, 3] *= -1
    expected = function(x.astype(np.float64))
    for found in (function(x), function(Tensor(x)).data):
        assert found.dtype == np.float64
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("dtype", INTEGER_TYPES, ids=str)
@pytest.mark.parametrize("count", [2, 3])
def test_rules_take_constant_integers_for_floats(count: int, dtype: Any) -> None:
    rows = [p for p in PRIMITIVES.values() if p.kind == "elementwise" and p.arity == count]
    x = np.array([1.5, 2.5, 0.75])
    constant = np.array([3, 120, 0]).astype(dtype)
    if dtype.kind == "i":
        constant[1] = -3
    for primitive, place in itertools.product(rows, range(count)):
        if primitive.vjps[place] is None:
            continue

        def function(t: Any, c: Any, primitive: Any = primitive, place: int = place) -> Any:
            return primitive(*(t if i == place else c for i in range(count))).sum()

        with np.errstate(all="ignore"):
            expected = grad(function)(x, constant.astype(np.float64))
            for c in (constant, Tensor(constant)):
                np.testing.assert_allclose(grad(function)(x, c), expected, rtol=1e-15)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("ord", [None, "fro", 1, np.inf])
def test_norms_are_numpys_bit_for_bit(ord: Any, order: Any, dtype: Any) -> None:
    for seed in range(20):
        x = np.random.default_rng(seed).normal(size=(13, 17 + seed)).astype(dtype, order=order)
        assert autograd.norm(Tensor(x), ord).data == np.linalg.norm(x, ord)
        assert autograd.norm(x[0].copy(), 2) == np.linalg.norm(x[0], 2)
        assert autograd.vector_norm(x, 3) == np.linalg.vector_norm(x, ord=3)
