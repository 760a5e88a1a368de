"""``Value`` as a number: what it takes, how it mixes with Python and NumPy, and how it is shown."""

from __future__ import annotations

import math
import operator
import re
import warnings
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value

# --- construction ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "number",
    [
        3,
        3.0,
        True,
        Fraction(3, 1),
        np.float64(3),
        np.float32(3),
        np.float16(3),
        np.int64(3),
        np.uint8(3),
        np.bool_(True),
        np.array(3.0),
        np.array(3),
    ],
    ids=lambda n: type(n).__name__,
)
def test_any_real_number_becomes_a_float(number: Any) -> None:
    v = Value(number)
    assert type(v.data) is float
    assert v.data == float(number)
    assert (v * 1).data == float(number)
    assert (Value(1.0) * number).data == float(number) == (number * Value(1.0)).data


def test_a_new_value_has_no_history_and_no_gradient() -> None:
    v = Value(2.0, label="x")
    assert (v.data, v.grad, v.label, v.op) == (2.0, 0.0, "x", None)
    assert v.is_leaf
    assert v.inputs == v.edges == ()
    assert Value(2.0).label == ""


def test_an_integer_beyond_floats_is_infinite() -> None:
    assert Value(10**400).data == math.inf
    assert Value(-(10**400)).data == -math.inf
    assert (10**400 * Value(-1.0)).data == -math.inf


@pytest.mark.parametrize(
    ("thing", "hint"),
    [
        ("x", r"'x' \(str\).*float\('x'\)"),
        ("2.5", r"Value\(float\('2.5'\)\)"),
        (None, "None"),
        (1j, r"1j \(complex\).*\.real"),
        (np.complex128(1j), "complex128"),
        ([1.0, 2.0], r"\[1.0, 2.0\] \(list\).*\[Value\(x\) for x in row\]"),
        (np.ones(2), "ndarray"),
        (np.array([1.0]), "ndarray"),
        (np.array("1"), "ndarray"),
        (np.datetime64("2020"), "datetime64"),
        (Decimal("1.5"), "Decimal"),
        (Value(1.0), "a node already"),
        ([Value(1.0), 2.0], "nodes already"),
        ({}, "dict"),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_what_is_no_real_number_is_refused(thing: Any, hint: str) -> None:
    with pytest.raises(TypeError, match=rf"^Value: expected one real number, got .*{hint}"):
        Value(thing)


def test_a_mistyped_attribute_raises() -> None:
    with pytest.raises(AttributeError):
        Value(1.0).gard = 1.0  # type: ignore[attr-defined]


# --- bad operands ---------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", ["x", None, 1j, [1.0], np.complex64(1), Decimal(1), object()])
@pytest.mark.parametrize(
    "operate",
    [
        lambda v, bad: v + bad,
        lambda v, bad: bad - v,
        lambda v, bad: v * bad,
        lambda v, bad: bad / v,
        lambda v, bad: v**bad,
        lambda v, bad: v < bad,
        lambda v, bad: autograd.add(v, bad),
        lambda v, bad: autograd.add(bad, v),
        lambda v, bad: v.maximum(bad),
        lambda v, bad: autograd.where(v, bad, 1.0),
        lambda v, bad: autograd.sum([v, bad]),
        lambda v, bad: autograd.dot([v, v], [bad, v]),
        lambda v, bad: autograd.dot([v], [bad]),
        lambda v, bad: autograd.dot([bad], [v]),
    ],
)
def test_bad_operands_raise_and_change_nothing(operate: Any, bad: Any) -> None:
    v = Value(2.0, label="v")
    (v * 3).backward()
    with pytest.raises(TypeError):
        operate(v, bad)
    assert (v.data, v.grad, v.label, v.inputs) == (2.0, 3.0, "v", ())


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda v: autograd.max(v, v), r"^max: .*got 2 arguments\. Write maximum\(v, w\)"),
        (lambda v: autograd.min(2, v), r"^min: .* Write minimum\(v, w\) of two, or min\(\["),
        (lambda v: autograd.max([v], default=0), r"^max: .*got default=0.*builtins\.max"),
        (lambda v: autograd.sum([v, v], v), r"^sum: .*got 2 arg.*Write start \+ sum\(xs\)"),
        (
            lambda v: autograd.sum([v, v], start=1.0),
            r"^sum: .*start=1\.0.*Write start \+ sum\(xs\)",
        ),
        (lambda v: autograd.logsumexp(v, v), r"^logsumexp: .* Write logsumexp\(\[a, b"),
        (lambda v: autograd.dot([v]), r"^dot: expected two sequences, got 1 argument\. Write dot"),
        (lambda v: autograd.stack([v, v]), r"^stack: .*got Values.*Keep the list"),
        (lambda v: autograd.stack([v, 2.0]), r"^stack: .*got Values.*Keep the list"),
        (lambda v: autograd.concatenate([v, v]), r"^concatenate: .*got Values.*Keep the list"),
        (lambda v: autograd.concatenate([2.0, v], None), r"^concatenate: .*got Values"),
    ],
)
def test_numbers_where_python_takes_them_or_arrays_go_raise_with_a_way_out(
    call: Any, text: str
) -> None:
    with pytest.raises(TypeError, match=text):
        call(Value(1.0))


def test_bad_arguments_of_functions_are_named() -> None:
    v = Value(2.0)
    with pytest.raises(TypeError, match=r"^add: expected a Value or a real number, got 'x'"):
        autograd.add(v, "x")
    with pytest.raises(TypeError, match=r"sum: expected Values and real numbers, got None"):
        autograd.sum([v, None])
    with pytest.raises(TypeError, match=r"^sum: expected a sequence .*got one Value.*sum\(\["):
        autograd.sum(v)
    with pytest.raises(ValueError, match=r"^dot: expected two sequences .* 1 elements and 2"):
        autograd.dot([v], [v, v])
    for function in (autograd.max, autograd.min):
        with pytest.raises(ValueError, match=r"expected at least one element, got an empty"):
            function([])


def test_in_place_operators_with_bad_operands_keep_the_name() -> None:
    v = kept = Value(2.0)
    with pytest.raises(TypeError):
        v += "x"
    assert v is kept


# --- reductions -----------------------------------------------------------------------------------


def test_reductions_are_one_node_with_one_edge_per_element() -> None:
    xs = [Value(x) for x in (1.0, 2.0, 3.0)]
    ws = [Value(w) for w in (4.0, 5.0, 6.0)]
    out = autograd.dot(xs, ws)
    assert out.data == 32.0
    assert out.inputs == (*xs, *ws)
    assert out.edges == tuple(zip((*xs, *ws), (4.0, 5.0, 6.0, 1.0, 2.0, 3.0), strict=True))


@pytest.mark.parametrize(
    "numbers",
    [[4.0, 5.0], [4, 5], (4.0, 5.0), np.array([4.0, 5.0]), np.array([4, 5])],
    ids=["floats", "ints", "tuple", "array", "int array"],
)
def test_dot_with_plain_numbers_flows_to_the_nodes_only(numbers: Any) -> None:
    xs = [Value(1.0), Value(2.0)]
    for out in (autograd.dot(xs, numbers), autograd.dot(numbers, xs)):
        assert out.data == 14.0
        out.backward()
        assert [x.grad for x in xs] == [4.0, 5.0]
        assert {x: local for x, local in out.edges if x in xs} == {xs[0]: 4.0, xs[1]: 5.0}
        for x in xs:
            x.zero_grad()


def test_dot_with_numbers_among_the_nodes() -> None:
    a, b = Value(2.0), Value(3.0)
    out = autograd.dot([a, 10.0], [5.0, b])
    out.backward()
    assert (out.data, a.grad, b.grad) == (40.0, 5.0, 10.0)


def test_dot_of_a_sequence_with_itself() -> None:
    xs = [Value(1.0), Value(-2.0)]
    out = autograd.dot(xs, xs)
    out.backward()
    assert (out.data, [x.grad for x in xs]) == (5.0, [2.0, -4.0])


def test_reductions_take_any_iterable() -> None:
    xs = [Value(1.0), Value(2.0)]
    assert autograd.sum(x for x in xs).data == 3.0
    assert autograd.max(tuple(xs)).data == 2.0
    assert autograd.logsumexp(iter(xs)).data == pytest.approx(math.log(math.e + math.e**2))
    assert autograd.dot((x for x in xs), (x for x in xs)).data == 5.0
    assert autograd.dot(xs, (x for x in xs)).data == 5.0


def test_subclasses_of_value_are_values_everywhere() -> None:
    class Weight(Value):
        __slots__ = ()

    v, w = Value(2.0), Weight(3.0)
    for out in (v * w, w * v, autograd.dot([v], [w]), autograd.dot([w], [v])):
        assert out.data == 6.0
        assert dict(out.edges) == {v: 3.0, w: 2.0}


def test_empty_sums_are_zero() -> None:
    assert autograd.sum([]) == autograd.dot([], []) == 0.0


def test_the_builtin_sum_min_and_max_work() -> None:
    a, b = Value(2.0), Value(3.0)
    total = sum([a, b])
    assert isinstance(total, Value)
    total.backward()
    assert (total.data, a.grad, b.grad) == (5.0, 1.0, 1.0)
    assert max(a, b) is b
    assert min(a, b) is a


# --- losing the gradient is an error --------------------------------------------------------------


@pytest.mark.parametrize("name", ["sin", "cos", "tan", "exp", "log", "sqrt", "tanh", "erfc"])
def test_math_functions_name_the_right_function(name: str, tmp_path: Path) -> None:
    script = tmp_path / "lesson.py"
    script.write_text(f"import math\n\nmath.{name}(v)\n")
    code = compile(script.read_text(), str(script), "exec")
    with pytest.raises(TypeError, match=rf"Use autograd\.{name} instead.*\.data"):
        exec(code, {"v": Value(0.5)})
    assert hasattr(autograd, name)


def test_math_functions_under_another_name_still_get_advice() -> None:
    sine = math.sin
    with pytest.raises(TypeError, match=r"Use autograd\.sin, autograd\.exp.*\.data"):
        sine(Value(0.5))


def test_math_error_names_all_that_was_called_on_the_line() -> None:
    v = Value(0.5)
    with pytest.raises(TypeError, match=r"Use autograd\.cos or autograd\.tanh instead"):
        math.cos(v) + math.tanh(v)


@pytest.mark.parametrize("convert", [float, complex, int, round, math.floor])
def test_conversions_to_plain_numbers_raise(convert: Any) -> None:
    with pytest.raises(TypeError):
        convert(Value(0.5))


def test_the_ways_to_the_plain_number() -> None:
    v = Value(1.5)
    assert v.item() == v.data == 1.5
    assert type(v.item()) is float


# --- equality, truth, comparisons -----------------------------------------------------------------


def test_equality_and_hash_are_identity() -> None:
    a, b = Value(1.0), Value(1.0)
    assert a == a
    assert a != b
    assert a != 1.0
    assert np.float64(1.0) != a
    assert operator.eq(np.float64(1.0), a) is False
    assert np.equal(a, a)
    assert not np.not_equal(a, a)
    assert len({a, b, a}) == 2
    assert {a: "a", b: "b"}[b] == "b"
    a.data = 7.0
    assert a in {a, b}
    assert [b, a].index(a) == 1


@pytest.mark.parametrize(
    ("number", "truth"), [(0.0, False), (-0.0, False), (0.1, True), (-2, True)]
)
def test_truth_is_that_of_the_number(number: float, truth: bool) -> None:
    assert bool(Value(number)) is truth


def test_comparisons_are_flat_nodes() -> None:
    a, b = Value(1.0), Value(2.0)
    for out, expected in [(a < b, 1.0), (a <= b, 1.0), (a > b, 0.0), (a >= b, 0.0), (b > 1, 1.0)]:
        assert type(out) is Value
        assert out.op is not None
        assert out.op.kind == "flat"
        assert (out.data, bool(out)) == (expected, bool(expected))
        assert out.edges == ()
        assert b in out.inputs
        out.backward()
    assert a.grad == b.grad == 0.0
    assert sorted([b, a]) == [a, b]


def test_a_choice_by_comparison_flows_to_the_chosen() -> None:
    x, y = Value(3.0), Value(5.0)
    out = autograd.where(x > y, x * x, y * 2)
    out.backward()
    assert (out.data, x.grad, y.grad) == (10.0, 0.0, 2.0)
    assert x.where(x < y, y).data == 3.0


# --- how it is shown ------------------------------------------------------------------------------


def test_repr_tells_not_computed_from_zero() -> None:
    x, y = Value(2.0, label="x"), Value(3.0)
    assert repr(x) == "Value(data=2.0, label='x')"
    assert repr(y) == "Value(data=3.0)"
    (x * y * 0).backward()
    assert repr(y) == "Value(data=3.0, grad=0.0)"
    assert repr(x) == "Value(data=2.0, grad=0.0, label='x')"
    x.zero_grad()
    assert x.grad == 0.0
    assert repr(x) == "Value(data=2.0, label='x')"


def test_format_is_that_of_the_number() -> None:
    v = Value(1234.5678)
    assert f"{v:.2f}" == "1234.57"
    assert f"{v:>12.1e}" == "     1.2e+03"
    assert f"{v}" == str(v) == repr(v)
    assert "%s" % v == repr(v)  # noqa: UP031
    with pytest.raises(ValueError, match="format"):
        format(v, "d")


# --- arithmetic identities ------------------------------------------------------------------------


def test_unary_plus_minus_and_abs() -> None:
    v = Value(-2.0)
    assert +v is v
    for out, data, grad in ((-v, 2.0, -1.0), (abs(v), 2.0, -1.0), (-(-v * 1), -2.0, 1.0)):
        v.zero_grad()
        out.backward()
        assert (out.data, v.grad) == (data, grad)


def test_augmented_assignment_makes_a_new_node() -> None:
    x = y = Value(2.0)
    y *= 3
    y += x
    y.backward()
    assert (x.data, y.data, x.grad) == (2.0, 8.0, 4.0)


def test_off_domain_values_inside_an_expression_leave_a_whole_graph() -> None:
    x = Value(0.0, label="x")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        y = 1 / x + x.log() + x**-1 + 3 * x
    assert len(caught) == 3
    assert math.isnan(y.data)
    y.backward()  # silent: the result has been warned about
    assert math.isnan(x.grad)
    assert autograd.topological_order(y)[0] is x


def test_division_by_zero_leaves_other_gradients_alone() -> None:
    x, w = Value(0.0), Value(2.0)
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        y = w * 3 + (1 / x) * 0
    assert math.isnan(y.data)
    y.backward()
    assert (w.grad, x.grad) == (3.0, 0.0)


# --- assigning data -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "advice"),
    [
        ((), "Value(t.item())"),
        ((1, 1), "Value(t.item())"),
        ((3,), "[Value(x) for x in t.tolist()]"),
        ((2, 2), "[Value(x) for x in t.ravel().tolist()]"),
    ],
)
def test_advice_for_the_value_of_a_tensor_gives_values(shape: Any, advice: str) -> None:
    t = autograd.Tensor(np.arange(float(math.prod(shape))).reshape(shape))
    with pytest.raises(TypeError, match=re.escape(f": {advice}.")):
        Value(t)
    made = eval(advice, {"Value": Value, "t": t})
    assert [v.data for v in (made if isinstance(made, list) else [made])] == t.data.ravel().tolist()


@pytest.mark.parametrize("number", [3, True, np.float32(0.5), np.float64(2.0), np.array(1.5)])
def test_assigned_data_becomes_a_float(number: Any) -> None:
    v = Value(1.0)
    v.data = number
    assert type(v.data) is float
    assert type((v * v + 1).data) is float


@pytest.mark.parametrize("thing", ["x", None, 1j, np.array([1.0, 2.0]), [1.0], Value(2.0)])
def test_what_is_no_number_cannot_be_assigned(thing: Any) -> None:
    v = Value(1.0)
    with pytest.raises(TypeError, match="Value: expected one real number"):
        v.data = thing
    assert v.data == 1.0


@pytest.mark.parametrize("other", ["3", b"3", [1.0, 2.0], (1.0,), None, {}, set()])
@pytest.mark.parametrize(
    ("name", "operator"),
    [
        ("mul", lambda x, y: x * y),
        ("add", lambda x, y: x + y),
        ("sub", lambda x, y: x - y),
        ("div", lambda x, y: x / y),
        ("power", lambda x, y: x**y),
        ("floor_divide", lambda x, y: x // y),
    ],
)
def test_what_is_no_number_is_named(name: str, operator: Any, other: Any) -> None:
    """Python would repeat a text or a list, and say that it wants a position for that."""
    for x, y in ((Value(2.0), other), (other, Value(2.0))):
        with pytest.raises(TypeError, match=rf"^{name}: expected a Value or a real number, got "):
            operator(x, y)


def test_another_class_may_know_what_to_do_with_a_value() -> None:
    class Rows:
        def __rmul__(self, other: Any) -> str:
            return "rows"

    assert Value(2.0) * Rows() == "rows"


NUMBERS = (1.0, 0.1, -0.3, 7.5, -7.5, 2.0, -2.0, 1e16, 0.30000000000000004)


@pytest.mark.parametrize("x", NUMBERS)
@pytest.mark.parametrize("y", NUMBERS)
def test_quotients_and_remainders_are_those_of_python_and_numpy(x: float, y: float) -> None:
    for f in (operator.floordiv, operator.mod):
        exact = f(x, y)
        assert np.float64(exact) == f(np.float64(x), np.float64(y))
        for ours in (f(Value(x), Value(y)), f(Value(x), y), f(x, Value(y))):
            assert ours.data == exact
        t, u = autograd.Tensor([x], requires_grad=True), autograd.Tensor([y])
        for array in (f(t, u), f(t, y), f(x, u), f(np.array([x]), u), f(t, np.array([y]))):
            assert array.data == [exact]


@pytest.mark.parametrize("kind", [Value, autograd.Tensor])
def test_divmod_is_quotient_and_remainder(kind: Any) -> None:
    x = kind(7.5)
    for ours, theirs in ((divmod(x, 2), divmod(7.5, 2)), (divmod(20, x), divmod(20, 7.5))):
        assert tuple(y.data for y in ours) == theirs


def test_a_remainder_moves_with_x_and_by_the_quotient_against_y() -> None:
    x, y = Value(7.5), Value(2.0)
    (x % y * 10 + x // y).backward()
    assert (x.grad, y.grad) == (10.0, -30.0)
    assert "loss %s" % x.data == "loss 7.5"  # noqa: UP031 - Python's own, whatever is behind it
    assert "Value" in "%s" % x  # noqa: UP031
