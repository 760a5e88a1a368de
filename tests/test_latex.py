"""Terms and their LaTeX: the printed formula means what the rule computes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from op_samples import SAMPLES
from term_reader import computed, read_latex

from autograd import ops
from autograd.formulas import latex_of, partial_terms, value_term
from autograd.formulas.latex import latex
from autograd.formulas.terms import Term, from_source, same
from autograd.formulas.tidy import tidy
from autograd.node import PRIMITIVES

x, y, out = Term("x"), Term("y"), Term("out")
SCALAR = [name for name, primitive in PRIMITIVES.items() if primitive.scalar]
POINTS = [
    pytest.param(name, point, id=f"{name}{point}")
    for name in SCALAR
    for point in [*SAMPLES[name].points, *SAMPLES[name].draws(PRIMITIVES[name], 3)]
    if max(map(abs, point)) < 100  # beyond, plain floats overflow in formulas
]


def right_side(formula: str) -> str:
    return formula.split(" = ", 1)[1]


# --- against SymPy --------------------------------------------------------------------------------


def exact(term: Any, names: dict[str, Any]) -> Any:
    """A term in SymPy, by the definitions of ``op_samples``."""
    if not isinstance(term, Term):
        return sympy.nsimplify(term) if float(term) == int(term) else sympy.Float(term, 17)
    if term.op is None:
        return names[term.label]
    return SAMPLES[term.op.name].exact(*(exact(item, names) for item in term.inputs))


@pytest.mark.parametrize(("name", "point"), POINTS)
def test_the_formula_of_a_derivative_is_the_derivative(name: str, point: tuple[float, ...]) -> None:
    letters = sympy.symbols("x y z", real=True)[: len(point)]
    at = dict(zip(letters, map(sympy.Float, point), strict=True))
    definition = SAMPLES[name].exact(*letters)
    numbers = {str(letter): value for letter, value in at.items()}
    numbers["out"] = sympy.N(definition.subs(at))
    for letter, term in zip(letters, partial_terms(PRIMITIVES[name]), strict=True):
        if term is None or (
            name in ("maximum", "minimum", "clip") and len(set(point)) < len(point)
        ):
            continue
        slope = float(sympy.N(sympy.diff(definition, letter).subs(at)))
        assert float(sympy.N(exact(term, numbers))) == pytest.approx(slope, rel=1e-9, abs=1e-12)


# --- the LaTeX, read back -------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "point"), POINTS)
def test_the_latex_says_what_the_rule_computes(name: str, point: tuple[float, ...]) -> None:
    primitive = PRIMITIVES[name]
    names = dict(zip("xyz", point, strict=False))
    value = float(primitive.forward(*map(np.float64, point)))
    assert read_latex(latex_of(primitive), **names) == pytest.approx(value, rel=1e-9, abs=1e-12)
    for i, rule in enumerate(primitive.partials):
        slope = 0.0 if rule is None else rule(value, *point) if callable(rule) else rule
        shown = read_latex(right_side(latex_of(primitive, i)), **names, out=value)
        assert shown == pytest.approx(float(slope), rel=1e-9, abs=1e-12)


pairs = st.recursive(
    st.sampled_from([x, y, 2, 0.5, -3, -0.25]),
    lambda inner: st.one_of(
        st.tuples(inner, inner, st.sampled_from("+-*/<m?")).map(lambda t: combine(*t)),
        inner.map(lambda a: -a),
        inner.map(ops.tanh),
        inner.map(ops.square),
        inner.map(ops.abs),
        inner.map(lambda a: ops.exp(ops.tanh(a))),
        inner.map(lambda a: ops.hypot(a, 2)),
    ),
    max_leaves=10,
)


def combine(a: Any, b: Any, kind: str) -> Any:
    if kind == "/":
        return a / (ops.square(b) + 1)
    if kind == "m":
        return ops.maximum(a, b)
    if kind == "<":
        return ops.where(ops.less(a, b), a, b * 2)
    if kind == "?":
        return ops.less(a, b) * a
    return {"+": ops.add, "-": ops.sub, "*": ops.mul}[kind](a, b)


@given(pairs)
def test_any_term_means_the_same_tidied_and_printed(term: Any) -> None:
    names = {"x": 0.75, "y": -1.25}
    with np.errstate(all="ignore"):
        number = float(computed(term, names))
    if math.isfinite(number) and abs(number) < 1e9:
        assert float(computed(tidy(term), names)) == pytest.approx(number, rel=1e-9, abs=1e-9)
        for text in (latex(term), latex(tidy(term))):
            assert read_latex(text, **names) == pytest.approx(number, rel=1e-9, abs=1e-9)


# --- how it looks ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        (1 - out * out, r"1 - \mathrm{out}^2"),
        (0.5 / out, r"\frac{1}{2 \mathrm{out}}"),
        (-x * x, r"-x^2"),
        (x - (y - x), r"x - (y - x)"),
        (x + -1 * y, r"x - y"),
        (2 * (x * y), r"2 x \thinspace y"),
        ((x + y) * 3, r"3 (x + y)"),
        ((x / y) ** 2, r"\left(\frac{x}{y}\right)^{2}"),
        (ops.square(ops.exp(x)), r"(e^{x})^2"),  # not a double superscript
        (ops.where(x > 0, 1, 0), r"\lbrack x \gt 0 \rbrack"),
        (
            ops.where(x > 0, x, ops.where(y > 1, y, 0)),
            r"\begin{cases} x & \text{if } x \gt 0 \cr y & \text{if } y \gt 1"
            r" \cr 0 & \text{otherwise} \end{cases}",
        ),
        (x * 1.5e-8, r"1.5 \cdot 10^{-8} \thinspace x"),
        (ops.sigmoid(x - y), r"\sigma(x - y)"),
        (x / ops.hypot(x, y) / ops.hypot(x, y), r"\frac{x}{x^2 + y^2}"),
        (2 * ops.exp(x) / math.sqrt(math.pi), r"\frac{2 e^{x}}{\sqrt{\pi}}"),
    ],
)
def test_typography(term: Any, expected: str) -> None:
    assert latex(tidy(term)) == expected


def test_matrices() -> None:
    a, b = Term("A", np.eye(2) + 1), Term("B", np.ones((2, 3)))
    assert latex(ops.matmul(a, b)) == r"A \thinspace B"
    assert latex(ops.matmul(a + a, b)) == r"(A + A) \thinspace B"
    assert latex(tidy(ops.transpose(ops.transpose(a)))) == "A"
    assert latex(tidy(ops.matmul(-a, b))) == r"-A \thinspace B"
    assert latex(tidy(ops.matmul(-a, -0.5 * b))) == r"\frac{1}{2} \thinspace A \thinspace B"
    assert latex(ops.solve(ops.transpose(a), b)) == r"A^{-\top} \thinspace B"
    assert latex(a * ops.matmul(a, a)) == r"A \odot (A \thinspace A)"
    assert latex(ops.sum(b, axis=0)) == r"\mathrm{sum}(B, \mathrm{axis} = 0)"


def test_a_constant_may_stand_in_the_place_of_a_rule() -> None:
    for primitive in (ops.add, ops.sub):
        kept = primitive.partials
        try:
            primitive.partials = (1, -1)  # type: ignore[assignment]
            assert right_side(latex_of(primitive, 0)) == "1"
            assert right_side(latex_of(primitive, 1)) == "-1"
        finally:
            primitive.partials = kept


def test_what_has_no_formula_says_so() -> None:
    with pytest.raises(ValueError, match=r"latex_of: .* got reshape"):
        latex_of(PRIMITIVES["reshape"])
    with pytest.raises(ValueError, match=r"latex_of: .* got sum"):
        latex_of(PRIMITIVES["sum"])
    assert value_term(PRIMITIVES["matmul"]) is None


def test_terms_are_equal_by_structure() -> None:
    assert same(x * y + 1, Term("x") * Term("y") + 1)
    assert not same(x * y, y * x)
    assert not same(ops.sum(Term("a", np.ones(2)), axis=0), ops.sum(Term("a", np.ones(2))))
    assert repr(from_source("1.0 if x > 0.0 else 0.0")) == "where(greater(x, 0.0), 1.0, 0.0)"
