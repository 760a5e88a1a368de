"""Clipping of gradients is PyTorch's, for tensors, Values and packs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Pack, Tensor, Value, packs_of

SHAPES = [(3, 2), (), (4,), (0,)]
GRADS = [np.random.default_rng(i).normal(size=s) * 3 for i, s in enumerate(SHAPES)]


def tensors(dtype: Any = np.float64) -> list[Tensor]:
    params = [Tensor(np.zeros(s, dtype), requires_grad=True) for s in SHAPES]
    for p, g in zip(params, GRADS, strict=True):
        p.grad = g.astype(dtype)
    return [*params, Tensor([1.0], requires_grad=True)]  # one without a gradient


@pytest.mark.parametrize("norm_type", [2.0, 1.0, 3.5, math.inf, 0.5, "inf"])
@pytest.mark.parametrize("max_norm", [0.0, 0.5, 5.0, 1e6, math.inf])
def test_by_norm_is_pytorchs(norm_type: Any, max_norm: float) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    params = tensors()
    theirs = [torch.zeros(s, dtype=torch.float64, requires_grad=True) for s in SHAPES]
    for p, g in zip(theirs, GRADS, strict=True):
        p.grad = torch.tensor(g)
    if norm_type in (math.inf, "inf"):  # PyTorch knows no largest number of none
        params.pop(3)
        theirs.pop(3)
    total = nn.utils.clip_grad_norm_(params, max_norm, norm_type)
    expected = torch.nn.utils.clip_grad_norm_(theirs, max_norm, norm_type)
    assert total == pytest.approx(expected.item(), rel=1e-12)
    for p, q in zip(params, theirs, strict=False):
        np.testing.assert_allclose(p.grad, q.grad.numpy(), rtol=1e-12, atol=1e-14)
    assert params[-1].grad is None


def test_by_norm_by_hand() -> None:
    a, b = Value(0.0), Value(0.0)
    a.grad, b.grad = 3.0, -4.0
    total = nn.clip_grad_norm_([a, b], 1.0)
    assert (total, type(a.grad)) == (5.0, float)
    assert (a.grad, b.grad) == pytest.approx((0.6, -0.8), rel=1e-6)
    assert nn.clip_grad_norm_([a, b], 2.0) == pytest.approx(1.0)
    assert (a.grad, b.grad) == pytest.approx((0.6, -0.8), rel=1e-6)
    assert nn.clip_grad_norm_(a, 0.1, norm_type=math.inf) == pytest.approx(0.6)
    assert a.grad == pytest.approx(0.1, rel=1e-5)
    assert nn.clip_grad_norm_([Value(1.0)], 1.0) == 0.0
    assert nn.clip_grad_norm_([], 1.0) == 0.0


def test_by_value() -> None:
    params = tensors()
    nn.utils.clip_grad_value_(params, 1.5)
    for p, g in zip(params, GRADS, strict=False):
        np.testing.assert_array_equal(p.grad, np.clip(g, -1.5, 1.5))
    v = Value(1.0)
    v.grad = -7.0
    nn.clip_grad_value_(v, 2)
    assert v.grad == -2.0
    assert type(v.grad) is float


def test_float32_stays_and_kept_gradients_are_left_alone() -> None:
    params = tensors(np.float32)
    kept = [p.grad for p in params]
    nn.clip_grad_norm_(params, 0.5)
    assert all(p.grad.dtype == np.float32 for p in params[:-1])
    nn.clip_grad_value_(params, 0.01)
    assert all(p.grad.dtype == np.float32 for p in params[:-1])
    for g, before in zip(kept, GRADS, strict=False):
        np.testing.assert_array_equal(g, before.astype(np.float32))


def packed(n: int = 4) -> tuple[list[Value], Any]:
    values = [Value(float(i + 1)) for i in range(n)]
    f = autograd.compile(lambda x: autograd.sum([v * v * x for v in values]))
    f(np.array([1.0, 2.0])).sum().backward()
    return values, f


@pytest.mark.parametrize("chosen", [slice(None), slice(1, 3)])
def test_packs_stay_packed(chosen: slice) -> None:
    values, _ = packed()
    before = [v.grad for v in values]
    changes = Pack.changes
    params = values[chosen]
    total = nn.clip_grad_norm_(params, 1.0)
    slopes = np.array(before[chosen])
    assert total == pytest.approx(np.linalg.norm(slopes))
    expected = list(before)
    expected[chosen] = (slopes / (np.linalg.norm(slopes) + 1e-6)).tolist()
    assert [v.grad for v in values] == pytest.approx(expected)
    nn.clip_grad_value_(params, 0.25)
    expected[chosen] = np.clip(expected[chosen], -0.25, 0.25).tolist()
    assert [v.grad for v in values] == pytest.approx(expected)
    assert Pack.changes == changes
    assert packs_of(values)[1] == []


@pytest.mark.parametrize("bad", [math.inf, -math.inf, math.nan])
def test_what_is_not_finite(bad: float) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    w = Tensor([1.0, 2.0], requires_grad=True)
    w.grad = np.array([1.0, bad])
    with pytest.raises(RuntimeError, match="clip_grad_norm_: expected gradients with a finite"):
        nn.clip_grad_norm_([w], 1.0, error_if_nonfinite=True)
    np.testing.assert_array_equal(w.grad, [1.0, bad])
    theirs = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    theirs.grad = torch.tensor([1.0, bad], dtype=torch.float64)
    expected = torch.nn.utils.clip_grad_norm_([theirs], 1.0).item()
    with np.errstate(invalid="ignore"):
        total = nn.clip_grad_norm_([w], 1.0)
    np.testing.assert_equal([total, *w.grad], [expected, *theirs.grad.tolist()])


def test_bad_input() -> None:
    w = Value(1.0)
    w.grad = 2.0
    for bad in (-1.0, math.nan):
        with pytest.raises(ValueError, match="max_norm"):
            nn.clip_grad_norm_([w], bad)
        with pytest.raises(ValueError, match="clip_value"):
            nn.clip_grad_value_([w], bad)
    with pytest.raises(TypeError, match=r"expected parameters, got 3\.0"):
        nn.clip_grad_norm_([w, 3.0], 1.0)
    with pytest.raises(TypeError, match="norm_type"):
        nn.clip_grad_norm_([w], 1.0, norm_type="euclid")
    assert w.grad == 2.0
    nn.clip_grad_norm_([w, w], 1.0)  # once
    assert w.grad == pytest.approx(1.0)
