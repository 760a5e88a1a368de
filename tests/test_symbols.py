"""Symbols: the formula of a rule is what comes back when it is called with symbols."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import ops
from autograd.symbols import Symbol, substitute

x, y, out = Symbol("x"), Symbol("y"), Symbol("out")


@pytest.mark.parametrize(
    ("symbol", "source"),
    [
        (x + y, "x + y"),
        (2 - x, "2.0 - x"),
        (x * (x + 1), "x * (x + 1.0)"),
        (-x, "-x"),
        (-x * x, "(-x) * x"),
        (2**x, "pow(2.0, x)"),
        (x.exp(), "exp(x)"),
        ((x + y).tanh() / 2, "tanh(x + y) / 2.0"),
        (abs(x), "fabs(x)"),
        (x > 0, "1.0 if x > 0.0 else 0.0"),
        (ops.maximum(x, -1), "x if x > (-1.0) or x != x else (-1.0)"),
    ],
)
def test_the_formula_is_python_source(symbol: Symbol, source: str) -> None:
    # Redundant parentheses do no harm; what counts is what the source means.
    tokens = str(symbol).replace("(", "").replace(")", "")
    assert tokens == source.replace("(", "").replace(")", "")
    assert value_of(symbol, x=0.75, y=-1.25) == eval(source, math_names() | {"x": 0.75, "y": -1.25})
    assert repr(symbol) == f"Symbol({str(symbol)!r})"


def math_names() -> dict[str, Any]:
    return {name: getattr(math, name) for name in ("exp", "fabs", "pow", "tanh", "sin", "log")}


def value_of(symbol: Symbol, **values: float) -> float:
    return eval(str(symbol), math_names() | values)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (ops.tanh.partials[0], lambda out, x: 1 - out * out),
        (ops.sqrt.partials[0], lambda out, x: 0.5 / out),
        (ops.sin.partials[0], None),
        (ops.sigmoid.partials[0], lambda out, x: out * (1 - out)),
    ],
)
def test_the_formula_of_a_rule(rule: Any, expected: Any) -> None:
    formula = rule(out, x)
    assert isinstance(formula, Symbol)
    if expected is not None:
        assert value_of(formula, out=0.3, x=0.9) == expected(0.3, 0.9)
    else:
        assert str(formula) == "cos(x)"


def test_a_constant_rule_stays_a_number() -> None:
    assert ops.add.partials[0](out, x, y) == 1
    assert ops.neg.partials[0](out, x) == -1


def test_names_are_replaced_whole() -> None:
    assert substitute("x * y", (Symbol("y"), Symbol("x"))) == "y * x"  # at once, not in turn
    assert substitute("exp(x)", (Symbol("y"),)) == "exp(y)"  # the x of exp is no input
    assert substitute("x - y", (Symbol("a"), Symbol("b - c"))) == "a - (b - c)"
    assert substitute("-x", (-3,)) == "-(-3.0)"


# Random formulas, built at once as a symbol and as the number it should give.
pairs = st.recursive(
    st.sampled_from([(x, 0.75), (y, -1.25), (Symbol("3.0"), 3.0)]),
    lambda inner: st.one_of(
        st.tuples(inner, inner, st.sampled_from("+-*m<")).map(lambda t: combine(*t)),
        inner.map(lambda p: (-p[0], -p[1])),
        inner.map(lambda p: (p[0].tanh(), math.tanh(p[1]))),
        inner.map(lambda p: (abs(p[0]), abs(p[1]))),
        inner.map(lambda p: (2 - p[0], 2 - p[1])),
    ),
    max_leaves=12,
)


def combine(a: tuple[Symbol, float], b: tuple[Symbol, float], kind: str) -> tuple[Symbol, float]:
    (p, u), (q, v) = a, b
    if kind == "+":
        return p + q, u + v
    if kind == "-":
        return p - q, u - v
    if kind == "*":
        return p * q, u * v
    if kind == "m":
        return p.maximum(q), max(u, v)
    return ops.where(p < q, p, q * 2), u if u < v else v * 2


@given(pairs)
def test_precedence_is_kept_in_every_nesting(pair: tuple[Symbol, float]) -> None:
    symbol, number = pair
    assert value_of(symbol, x=0.75, y=-1.25) == number
