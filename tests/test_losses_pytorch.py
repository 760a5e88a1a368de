"""Every loss with every option: the numbers of PyTorch, today and as they were recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from loss_rows import ROWS, LossRow

import autograd
import nn
from autograd import Tensor

GOLDEN = Path(__file__).parent / "golden_losses.json"
every_row = pytest.mark.parametrize("row", ROWS, ids=lambda r: r.name)


def cotangent(shape: Any) -> Any:
    """Something for backward that is not the same for all elements."""
    return np.cos(np.arange(np.prod(shape, dtype=int))).reshape(shape)


def ours(row: LossRow, compiled: bool = False) -> list[Any]:
    """The loss, the gradient of the input, and that of the target if it has one."""
    loss: Any = getattr(nn, row.module)(**row.settings)
    x = Tensor(row.input, requires_grad=True)
    y = Tensor(row.target, requires_grad=True) if row.smooth_target else row.target
    if compiled:
        loss = autograd.compile(loss, numbers=False)
        loss(x * 0.5, np.roll(row.target, 1))  # recorded at another point
        y = y if row.smooth_target else Tensor(y)
    out = loss(x, y)
    out.backward(cotangent(out.shape))
    return [out.data, x.grad] + ([y.grad] if row.smooth_target else [])


def theirs(row: LossRow) -> list[Any]:
    """The same from PyTorch."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    settings = {k: torch.tensor(v) if np.ndim(v) else v for k, v in row.settings.items()}
    x = torch.tensor(row.input, requires_grad=True)
    y = torch.tensor(np.array(row.target), requires_grad=row.smooth_target)
    out = getattr(torch.nn, row.module)(**settings)(x, y)
    out.backward(torch.tensor(cotangent(tuple(out.shape))))
    return [out.detach().numpy(), x.grad.numpy()] + ([y.grad.numpy()] if row.smooth_target else [])


@every_row
@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides the total loss:UserWarning")
def test_losses_and_gradients_are_pytorchs(row: LossRow) -> None:
    for a, b in zip(ours(row), theirs(row), strict=True):
        assert np.shape(a) == b.shape
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)


@every_row
def test_losses_and_gradients_are_the_recorded_ones(row: LossRow) -> None:
    """Each array as its sum with weights: one number."""
    recorded = json.loads(GOLDEN.read_text())[row.name]
    assert [summary(x) for x in ours(row)] == pytest.approx(recorded, rel=1e-10, abs=1e-12)


def summary(x: Any) -> float:
    return float(np.sum(np.ravel(x) * np.linspace(1.0, 2.0, np.size(x))))


@every_row
def test_compiled_losses_are_the_losses(row: LossRow) -> None:
    for a, b in zip(ours(row, compiled=True), ours(row), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-15)


@every_row
def test_gradients_are_right(row: LossRow) -> None:
    loss = getattr(nn, row.module)(**row.settings)
    if row.smooth_target:
        autograd.check_grads(loss, order=2)(row.input, row.target)
    else:
        autograd.check_grads(lambda x: loss(x, row.target), order=2)(row.input)


@every_row
def test_functions_and_modules_agree_also_in_float32(row: LossRow) -> None:
    loss = getattr(nn, row.module)(**row.settings)
    y = row.target.astype(np.float32) if row.target.dtype.kind == "f" else row.target
    x = Tensor(row.input.astype(np.float32), requires_grad=True)
    out = loss(x, y)
    assert out.dtype == np.float32
    out.sum().backward()
    assert x.grad.dtype == np.float32
    np.testing.assert_allclose(out.data, ours(row)[0], rtol=2e-5, atol=2e-6)


def test_the_recorded_numbers_are_of_these_rows() -> None:
    assert set(json.loads(GOLDEN.read_text())) == {row.name for row in ROWS}
    assert len({row.name for row in ROWS}) == len(ROWS)
