"""Every row of ``op_samples.SAMPLES`` against four witnesses: NumPy, a slope, SymPy and PyTorch."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import pytest
import sympy
from op_samples import SAMPLES, Sample, call, is_reduction, partials
from test_array_ops import ROWS as ARRAY_ROWS

import autograd
from autograd import Value, scalar_code
from autograd.node import PRIMITIVES, Primitive
from autograd.operators import Operators

# A row without a primitive or a primitive without a row is reported by the first test below.
ROWS = [
    pytest.param(PRIMITIVES[name], sample, id=name)
    for name, sample in SAMPLES.items()
    if name in PRIMITIVES
]
every_row = pytest.mark.parametrize(("primitive", "sample"), ROWS)
# `stop_gradient` is made to deny its slope: its tests are below and in test_custom.py.
honest_rows = pytest.mark.parametrize(
    ("primitive", "sample"), [row for row in ROWS if row.id != "stop_gradient"]
)
elementwise_rows = pytest.mark.parametrize(
    ("primitive", "sample"), [row for row in ROWS if not is_reduction(row.values[0])]
)


def values_and_result(primitive: Primitive, inputs: Any) -> tuple[list[Value], Value]:
    values = [Value(x) for x in inputs]
    return values, call(primitive, primitive, values)


def gradients(primitive: Primitive, inputs: Any) -> list[float]:
    values, out = values_and_result(primitive, inputs)
    out.backward()
    return [v.grad for v in values]


def on_numpy(primitive: Primitive, inputs: Any) -> Any:
    """The primitive's NumPy function on float64 numbers."""
    if is_reduction(primitive):
        return call(primitive, lambda *s: primitive.forward(*map(np.array, s)), inputs)
    return primitive.forward(*map(np.float64, inputs))


def same(actual: float, expected: float, ulps: int = 0) -> bool:
    """Equal to so many units in the last place; infinities and NaN equal themselves."""
    if math.isnan(expected) or math.isinf(expected):
        return math.isnan(actual) if math.isnan(expected) else actual == expected
    return abs(actual - expected) <= ulps * math.ulp(expected)


def test_every_primitive_has_a_row_and_every_row_a_primitive() -> None:
    """A row here for what works on single numbers, in ``samples_*.py`` for what needs arrays."""
    in_arrays = {name for row in ARRAY_ROWS for name in row.primitives}
    assert set(SAMPLES) | in_arrays == set(PRIMITIVES)
    assert {name for name, p in PRIMITIVES.items() if p.scalar} <= set(SAMPLES)


def test_every_row_has_inputs_of_the_right_number() -> None:
    for name, sample in SAMPLES.items():
        arity = len(PRIMITIVES[name].partials)
        assert len(sample.domain) == arity, name
        assert sample.points, name
        given = [*sample.points, *(k for k, _ in sample.kinks), *(o for o, _ in sample.off_domain)]
        for inputs in given:
            fits = len(inputs) % arity == 0 if is_reduction(PRIMITIVES[name]) else None
            assert fits or len(inputs) == arity, (name, inputs)
        assert all(len(inputs) == len(slopes) for inputs, slopes in sample.kinks), name


# --- values ---------------------------------------------------------------------------------------


@every_row
def test_value_is_that_of_numpy(primitive: Primitive, sample: Sample) -> None:
    inputs = [*sample.points, *(k for k, _ in sample.kinks), *sample.draws(primitive, 100)]
    for point in inputs:
        _, out = values_and_result(primitive, point)
        expected = float(on_numpy(primitive, point))
        # `math` and NumPy round their own elementary functions, and sums run in another order:
        # a few units in the last place of the largest term, where terms cancel.
        tolerance = 8 * math.ulp(max(abs(expected), *map(abs, point)))
        assert type(out.data) is float
        assert abs(out.data - expected) <= tolerance, point


@every_row
def test_value_is_exact_to_the_last_digits(primitive: Primitive, sample: Sample) -> None:
    for point in [*sample.points, *(k for k, _ in sample.kinks)]:
        _, out = values_and_result(primitive, point)
        exact = call(primitive, sample.exact, [sympy.Rational(x) for x in point])
        assert same(out.data, float(sympy.N(exact, 40)), ulps=8), point


@elementwise_rows
def test_arrays_are_computed_like_single_numbers(primitive: Primitive, sample: Sample) -> None:
    draws = sample.draws(primitive, 50)
    array = primitive(*(np.array(column) for column in zip(*draws, strict=True)))
    assert isinstance(array, np.ndarray)
    for element, point in zip(array.tolist(), draws, strict=True):
        # gelu of a negative number multiplies by a small erfc, which amplifies its rounding.
        assert same(float(element), values_and_result(primitive, point)[1].data, ulps=8), point


@every_row
def test_plain_numbers_give_a_plain_number(primitive: Primitive, sample: Sample) -> None:
    for point in sample.points:
        result = call(primitive, primitive, point)
        assert type(result) in (float, bool)
        assert result == on_numpy(primitive, point)


OFF_DOMAIN = [
    pytest.param(row.values[0], inputs, expected, id=f"{row.id}{inputs}")
    for row in ROWS
    for inputs, expected in row.values[1].off_domain
]


@pytest.mark.parametrize(("primitive", "inputs", "expected"), OFF_DOMAIN)
def test_off_the_domain_as_numpy_does(primitive: Primitive, inputs: Any, expected: float) -> None:
    with warnings.catch_warnings(record=True) as ours:
        warnings.simplefilter("always")
        values, out = values_and_result(primitive, inputs)
    with warnings.catch_warnings(record=True) as numpys:
        warnings.simplefilter("always")
        assert same(float(on_numpy(primitive, inputs)), expected)
    assert same(out.data, expected)
    if primitive.name not in ("sub", "mul"):  # Python's floats say nothing, as in `inf - inf`
        assert {str(w.message) for w in ours} == {str(w.message) for w in numpys}
    # The graph is whole: the node knows its inputs and a backward pass runs through, in silence.
    assert len(out.inputs) == len(values)
    out.backward()


@pytest.mark.parametrize(
    ("name", "inputs", "message"),
    [
        ("log", (0.0,), "divide by zero encountered in log"),
        ("log", (-1.0,), "invalid value encountered in log"),
        ("sqrt", (-1.0,), "invalid value encountered in sqrt"),
        ("exp", (1000.0,), "overflow encountered in exp"),
        ("div", (1.0, 0.0), "divide by zero encountered in divide"),
        ("power", (0.0, -1.0), "divide by zero encountered in power"),
        ("power", (-8.0, 1 / 3), "invalid value encountered in power"),
    ],
)
def test_the_result_off_the_domain_warns_once(name: str, inputs: Any, message: str) -> None:
    with pytest.warns(RuntimeWarning, match=message) as caught:
        values_and_result(PRIMITIVES[name], inputs)
    assert len(caught) == 1


# --- derivatives ----------------------------------------------------------------------------------


def slope(primitive: Primitive, inputs: Any, i: int) -> float:
    """Central differences of the NumPy function, exact for polynomials of degree 4."""
    h = 1e-3 * max(1.0, abs(inputs[i]))
    f = {}
    for k in (-2, -1, 1, 2):
        moved = list(inputs)
        moved[i] += k * h
        f[k] = float(on_numpy(primitive, moved))
    return (8 * (f[1] - f[-1]) - (f[2] - f[-2])) / (12 * h)


@honest_rows
def test_partials_are_the_slopes(primitive: Primitive, sample: Sample) -> None:
    for point in sample.draws(primitive, 20):
        for i, gradient in enumerate(gradients(primitive, point)):
            if primitive.name == "where" and i == 0:
                assert gradient == 0.0
                continue
            # The differences err by h**4/30 of the fifth derivative, here below 1e-12 times 1e3,
            # and by rounding of f over h, below 1e-15 times 1e2 over 1e-3.
            assert gradient == pytest.approx(slope(primitive, point, i), rel=1e-9, abs=1e-9), point


KINKS = [
    pytest.param(row.values[0], inputs, expected, id=f"{row.id}{inputs}")
    for row in ROWS
    for inputs, expected in row.values[1].kinks
]


@pytest.mark.parametrize(("primitive", "inputs", "expected"), KINKS)
def test_kinks_have_the_agreed_slopes(primitive: Primitive, inputs: Any, expected: Any) -> None:
    actual = gradients(primitive, inputs)
    assert all(same(a, e) for a, e in zip(actual, expected, strict=True)), actual


@pytest.mark.parametrize("function", [autograd.maximum, autograd.minimum])
def test_a_tie_with_oneself_counts_once(function: Any) -> None:
    a = Value(3.0)
    out = function(a, a)
    out.backward()
    assert [local for _, local in out.edges] == [0.5, 0.5]
    assert a.grad == 1.0


@elementwise_rows
def test_generated_partials_are_the_rules(primitive: Primitive, sample: Sample) -> None:
    """The formulas that Values run, against the rules called with NumPy's numbers."""
    forward, formulas = scalar_code.scalar_functions(primitive)
    exact = not any(f"{f}_(" in str(scalar_code.formulas(primitive)) for f in scalar_code.MATH)
    for point in [*sample.points, *sample.draws(primitive, 50)]:
        out = forward(*point)
        expected = partials(primitive, np.float64(out), [np.float64(x) for x in point])
        for formula, rule_says in zip(formulas, expected, strict=True):
            generated = formula(out, *point)
            if rule_says is None:
                assert generated is None
            else:
                # Elementary functions of `math` and NumPy may differ in their last place;
                # gelu' adds two such terms, which may cancel; one is an erfc, that of arrays less
                # exact than that of `math` (test_error_function.py).
                ulps = 0 if exact else 2000 if primitive.name == "gelu" else 4
                assert same(float(generated), float(rule_says), ulps), point


@every_row
def test_edges_carry_the_partials(primitive: Primitive, sample: Sample) -> None:
    for point in [*sample.points, *sample.draws(primitive, 20)]:
        values, out = values_and_result(primitive, point)
        assert [x for x in out.inputs if isinstance(x, Value)] == values
        expected = partials(primitive, np.float64(out.data), [np.float64(x) for x in point])
        flowing = [(v, p) for v, p in zip(values, expected, strict=True) if p is not None]
        locals_by_node = dict(out.edges)
        for node, partial in flowing:
            # Rounding: 8 ulps, or of 1 where gelu' and log(x) * x**y cancel.
            assert locals_by_node[node] == pytest.approx(float(partial), rel=2e-15, abs=2e-15)
        for node, local in out.edges:
            assert type(local) is float
            assert local == 0.0 or node in dict(flowing)


# --- SymPy: the very same rule, called with symbols ----------------------------------------------


class Exact(Operators):
    """A SymPy expression in the place of a number."""

    def __init__(self, expression: Any) -> None:
        self.expression = expression

    @staticmethod
    def _apply_primitive(primitive: Primitive, args: tuple[Any, ...], params: Any) -> Exact:
        return Exact(SAMPLES[primitive.name].exact(*map(exactly, args)))


CONSTANTS = [
    sympy.sqrt(2),
    sympy.sqrt(sympy.pi),
    -2 / sympy.sqrt(sympy.pi),
    sympy.sqrt(2) * sympy.sqrt(sympy.pi),
    sympy.log(2),
    sympy.log(10),
]


def exactly(number: Any) -> Any:
    """The number that a float in a rule stands for."""
    if isinstance(number, Exact):
        return number.expression
    for constant in CONSTANTS:
        if math.isclose(number, constant, rel_tol=4e-16):
            return constant
    assert float(number * 4).is_integer(), f"{number}: which exact number is this?"
    return sympy.Rational(number)


@honest_rows
def test_rules_are_the_derivatives_of_sympy(primitive: Primitive, sample: Sample) -> None:
    length = 3 if is_reduction(primitive) else 1
    symbols = sympy.symbols(f"x:{length * len(primitive.partials)}", real=True)
    forward = call(primitive, sample.exact, symbols)
    rules = partials(primitive, Exact(forward), [Exact(s) for s in symbols])
    rng = np.random.default_rng(1)
    points = [
        [sympy.Rational(round(1000 * rng.uniform(*bounds)), 1000) for bounds in intervals]
        for intervals in [[b for b in sample.domain for _ in range(length)]] * 5
    ]
    for symbol, rule in zip(symbols, rules, strict=True):
        derivative = sympy.diff(forward, symbol)
        for point in points:
            at = dict(zip(symbols, point, strict=True))
            expected = sympy.N(derivative.subs(at), 40)
            actual = sympy.N(exactly(0 if rule is None else rule).subs(at), 40)
            assert abs(actual - expected) <= sympy.Float("1e-30", 40) * (1 + abs(expected)), at


# --- PyTorch --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def torch() -> Any:
    return pytest.importorskip("torch", reason="PyTorch is not installed: no second opinion")


@pytest.mark.parametrize(
    ("primitive", "sample"), [row for row in ROWS if row.values[1].torch is not None]
)
def test_value_and_gradient_are_those_of_pytorch(
    primitive: Primitive, sample: Sample, torch: Any
) -> None:
    assert sample.torch is not None
    kinks = [inputs for inputs, _ in sample.kinks]
    for point in [*sample.points, *kinks, *sample.draws(primitive, 10)]:
        tensors = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in point]
        theirs = call(primitive, lambda *args: sample.torch(torch, *args), tensors)
        theirs.backward()
        values, ours = values_and_result(primitive, point)
        ours.backward()
        # Both are float64 and round each step; 1e-15 absolute is where they cancel (gelu).
        assert ours.data == pytest.approx(theirs.item(), rel=1e-13, abs=1e-15), point
        for value, tensor in zip(values, tensors, strict=True):
            expected = 0.0 if tensor.grad is None else tensor.grad.item()
            assert value.grad == pytest.approx(expected, rel=1e-13, abs=1e-15, nan_ok=True), point


# --- constants, methods, functions ----------------------------------------------------------------


@elementwise_rows
def test_constants_on_either_side_change_nothing_but_the_edges(
    primitive: Primitive, sample: Sample
) -> None:
    arity = len(primitive.partials)
    for point in [*sample.points, *(k for k, _ in sample.kinks)]:
        values, everything = values_and_result(primitive, point)
        locals_by_node = dict(everything.edges)
        for i in range(arity):
            mixed: list[Any] = list(point)
            mixed[i] = Value(point[i])
            out = primitive(*mixed)
            assert same(out.data, everything.data), point
            assert [getattr(x, "data", x) for x in out.inputs] == list(point)
            for kind in (int, np.float64, np.float32):
                if arity > 1 and all(kind(x) == x for x in point):
                    numbers = [x if isinstance(x, Value) else kind(x) for x in mixed]
                    assert same(primitive(*numbers).data, everything.data), (kind, point)
            if values[i] in locals_by_node:
                assert same(dict(out.edges)[mixed[i]], locals_by_node[values[i]]), point


METHODS = [
    row
    for row in ROWS
    if not is_reduction(row.values[0]) and hasattr(Operators, row.values[0].name)
]


@pytest.mark.parametrize(("primitive", "sample"), METHODS)
def test_methods_do_what_functions_do(primitive: Primitive, sample: Sample) -> None:
    for point in sample.points:
        values = [Value(x) for x in point]
        if primitive.name == "where":
            condition, yes, no = values
            by_method = yes.where(condition, no)
        else:
            by_method = getattr(values[0], primitive.name)(*values[1:])
        by_function = getattr(autograd, primitive.name)(*values)
        assert by_method.op is by_function.op is primitive
        assert by_method.data == by_function.data
        assert by_method.inputs == by_function.inputs
        assert by_method.edges == by_function.edges


OPERATORS = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "power": lambda x, y: x**y,
    "less": lambda x, y: x < y,
    "less_equal": lambda x, y: x <= y,
    "greater": lambda x, y: x > y,
    "greater_equal": lambda x, y: x >= y,
    "neg": lambda x: -x,
    "abs": lambda x: abs(x),
}


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_do_what_functions_do(name: str) -> None:
    for point in SAMPLES[name].points:
        values = [Value(x) for x in point]
        by_operator, by_function = OPERATORS[name](*values), getattr(autograd, name)(*values)
        assert by_operator.op is by_function.op is PRIMITIVES[name]
        assert by_operator.data == by_function.data
        assert by_operator.edges == by_function.edges


def test_leaky_relu_has_pytorchs_default() -> None:
    x = Value(-2.0)
    out = x.leaky_relu()
    out.backward()
    assert (out.data, x.grad) == (-0.02, 0.01)
    assert autograd.leaky_relu(-2.0) == -0.02


# --- far out: no overflow, no cancellation --------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "x", "value", "gradient"),
    [
        (autograd.sigmoid, -800.0, 0.0, 0.0),
        (autograd.sigmoid, 800.0, 1.0, 0.0),
        (autograd.tanh, -400.0, -1.0, 0.0),
        (autograd.softplus, 800.0, 800.0, 1.0),
        (autograd.softplus, -800.0, 0.0, 0.0),
        (autograd.softplus, -30.0, 9.357622968839737e-14, 9.357622968839299e-14),
        (autograd.gelu, 40.0, 40.0, 1.0),
        (autograd.gelu, -40.0, 0.0, 0.0),
        (autograd.erfc, 30.0, 0.0, 0.0),
        (autograd.relu, 1e300, 1e300, 1.0),
    ],
)
def test_saturated_functions_are_silent(
    function: Any, x: float, value: float, gradient: float
) -> None:
    v = Value(x)
    out = function(v)
    out.backward()
    assert out.data == pytest.approx(value, rel=1e-14, abs=1e-300)
    assert v.grad == pytest.approx(gradient, rel=1e-12, abs=1e-300)
