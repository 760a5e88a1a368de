"""Sums of products become weighted sums, and those of a layer a matrix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value, trace
from autograd.compiling.neurons import weighted_sums

Neuron = Callable[[list[Value], Value, Any], Any]


def loop(ws: list[Value], b: Value, xs: Any) -> Any:
    total: Any = 0
    for w, x in zip(ws, xs, strict=True):
        total = total + x * w
    return total + b


WAYS: dict[str, Neuron] = {
    "sum from b": lambda ws, b, xs: sum((w * x for w, x in zip(ws, xs, strict=True)), b),
    "sum and b": lambda ws, b, xs: sum(x * w for w, x in zip(ws, xs, strict=True)) + b,
    "autograd.sum": lambda ws, b, xs: (
        b + autograd.sum([w * x for w, x in zip(ws, xs, strict=True)])
    ),
    "loop": loop,
    "pairs": lambda ws, b, xs: (ws[0] * xs[0] + ws[1] * xs[1]) + (ws[2] * xs[2] + b),
    "dot": lambda ws, b, xs: autograd.dot(ws, xs) + b,
}


@pytest.mark.parametrize("way", list(WAYS))
def test_a_layer_is_a_matrix_however_it_is_written(way: str) -> None:
    rng = np.random.default_rng(0)
    weights = [[Value(x) for x in row] for row in rng.normal(size=(4, 3))]
    biases = [Value(x) for x in rng.normal(size=4)]

    def layer(xs: Any) -> Any:
        return [WAYS[way](ws, b, xs).tanh() for ws, b in zip(weights, biases, strict=True)]

    compiled = autograd.compile(layer)
    X = rng.normal(size=(5, 3))
    counts = compiled.program(X).counts()
    assert (counts["linear"], counts["mul"], counts["add"]) == (1, 0, 0)
    out = compiled(X)
    for k, column in enumerate(out):
        expected = [layer(row)[k].data for row in X.tolist()]
        np.testing.assert_allclose(column.data, expected, rtol=1e-13)
    autograd.sum(autograd.stack(out)).backward()
    found = [w.grad for w in [*weights[1], *biases]]
    for w in [w for row in weights for w in row] + biases:
        w.zero_grad()
    autograd.sum([y for row in X.tolist() for y in layer(row)]).backward()
    assert found == pytest.approx([w.grad for w in [*weights[1], *biases]], rel=1e-12)


def test_what_is_used_elsewhere_or_is_no_weighted_sum_stays() -> None:
    w, v, b = (Value(x, label=n) for x, n in ((2.0, "w"), (3.0, "v"), (5.0, "b")))

    def shared(x: Any, y: Any) -> Any:
        p = w * x
        return (p + v * y) + p, p  # p is needed by itself

    def unweighted(x: Any, y: Any) -> Any:
        return x * y + w * x + w * v + x + 0.5

    for f in (shared, unweighted):
        program = trace(f, 1.0, 2.0)
        new = weighted_sums(program)
        assert "dot" not in new.counts()
        for a, c in zip(_floats(new(0.3, -0.7)), _floats(program(0.3, -0.7)), strict=True):
            assert a == pytest.approx(c, rel=1e-15)
    mixed = weighted_sums(trace(lambda x, y: w * x + b + y * v + x, 1.0, 2.0))
    assert [str(e) for e in mixed.equations] == ["t1 = w*x + v*y", "t2 = t1 + b", "t3 = t2 + x"]


def _floats(out: Any) -> list[float]:
    return [x.data for x in (out if isinstance(out, tuple | list) else [out])]


def test_a_sum_of_many_terms_takes_linear_time_and_no_recursion() -> None:
    ws = [Value(1.0 + i) for i in range(20_000)]
    program = trace(lambda x: sum((w * x for w in ws), 0.0), 1.0)
    new = weighted_sums(program)
    assert new.counts() == {"dot": 1}
    assert new(2.0).data == program(2.0).data
