"""Every row of ``samples_*.py``: value, both modes, second order, dtype, and PyTorch's opinion."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from array_row import ArrayRow

from autograd import Tensor, jacobian, linear, vjp
from autograd.gradcheck import check_grads

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
