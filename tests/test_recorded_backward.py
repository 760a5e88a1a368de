"""Second derivatives of Values: every rule, called with nodes, is differentiated again."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from op_samples import SAMPLES, Sample, call, is_reduction

import autograd
from autograd import Tensor, Value
from autograd.node import PRIMITIVES, Primitive

SLOPED = [
    pytest.param(primitive, SAMPLES[name], id=name)
    for name, primitive in PRIMITIVES.items()
    if name in SAMPLES and primitive.kind != "flat"
]


def slopes(primitive: Primitive, point: Any, seed: int, *, create_graph: bool) -> list[Any]:
    """The gradient of a smooth function of a primitive's result, as numbers or as Values."""
    values = [Value(x) for x in point]
    (call(primitive, primitive, values) * 0.5).tanh().backward(create_graph)
    return [values, [v.grad for v in values]]


@pytest.mark.parametrize(("primitive", "sample"), SLOPED)
def test_gradients_are_the_same_and_have_the_right_gradients(
    primitive: Primitive, sample: Sample
) -> None:
    for point in sample.draws(primitive, 4):
        _, plain = slopes(primitive, point, 0, create_graph=False)
        values, recorded = slopes(primitive, point, 0, create_graph=True)
        assert [float(getattr(g, "data", g)) for g in recorded] == pytest.approx(plain, rel=1e-14)
        if primitive.name == "where":
            continue
        for i, g in enumerate(recorded):
            for v in values:
                v.zero_grad()
            if isinstance(g, Value):
                g.backward()
            h = 1e-4 * max(1.0, abs(point[i]))
            f = {}
            for k in (-2, -1, 1, 2):
                moved = list(point)
                moved[i] += k * h
                f[k] = slopes(primitive, moved, 0, create_graph=False)[1][i]
            numeric = (8 * (f[1] - f[-1]) - (f[2] - f[-2])) / (12 * h)
            # Rounding of the slopes, about 1e-15, over h.
            assert values[i].grad == pytest.approx(numeric, rel=1e-7, abs=1e-9), (point, i)


def test_any_order() -> None:
    x = Value(0.7)
    y = autograd.sin(x)
    for expected in (math.cos(0.7), -math.sin(0.7), -math.cos(0.7), math.sin(0.7)):
        x.zero_grad()
        y.backward(create_graph=True)
        y = x.grad
        assert y.data == pytest.approx(expected, rel=1e-14)


def test_a_network_of_values_has_the_hessian_of_the_same_one_of_tensors() -> None:
    rng = np.random.default_rng(3)
    w0, x = rng.normal(size=4), rng.normal(size=(3, 4))

    def scalar(w: list[Any]) -> Any:
        return autograd.sum([autograd.dot(w, list(row)).tanh() ** 2 for row in x])

    w = [Value(a) for a in w0]
    scalar(w).backward(create_graph=True)
    rows = []
    for g in [v.grad for v in w]:
        for v in w:
            v.zero_grad()
        g.backward()
        rows.append([v.grad for v in w])
    expected = autograd.hessian(lambda w: autograd.sum(np.tanh(x @ w) ** 2))(w0)
    np.testing.assert_allclose(rows, expected, rtol=1e-11, atol=1e-13)
    assert isinstance(Tensor(w0), Tensor)


def test_leaves_accumulate_and_zeros_stop() -> None:
    x = Value(3.0)
    y = x * x
    y.backward(create_graph=True)
    y.backward(create_graph=True)
    assert x.grad.data == 12.0
    z = Value(0.0)
    autograd.where(z > 0, autograd.sqrt(z), 0.0).backward(create_graph=True)
    assert z.grad.data == 0.0
    a = Value(2.0)
    with np.errstate(all="ignore"):
        (a / 0.0).backward(create_graph=True)
    assert a.grad.data == math.inf


def test_the_reductions_of_array_kind() -> None:
    assert all(is_reduction(p) for p in PRIMITIVES.values() if p.kind == "selection")
