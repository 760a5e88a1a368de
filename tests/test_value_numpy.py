"""``Value`` and NumPy: its numbers, functions and arrays on either side record or raise."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value, ops


@pytest.mark.parametrize(
    ("operate", "data", "grad"),
    [
        (lambda n, v: n + v, 5.0, 1.0),
        (lambda n, v: n - v, -1.0, -1.0),
        (lambda n, v: n * v, 6.0, 2.0),
        (lambda n, v: n / v, 2 / 3, -2 / 9),
        (lambda n, v: n**v, 8.0, 8 * math.log(2)),
        (lambda n, v: v**n, 9.0, 6.0),
        (lambda n, v: v - n, 1.0, 1.0),
        (lambda n, v: n < v, 1.0, 0.0),
        (lambda n, v: v <= n, 0.0, 0.0),
    ],
)
@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int64, np.array])
def test_numpy_numbers_on_either_side_record(
    operate: Any, data: float, grad: float, kind: Any
) -> None:
    v = Value(3.0)
    out = operate(kind(2), v)
    assert type(out) is Value
    assert type(out.data) is float
    out.backward()
    assert (out.data, v.grad) == (pytest.approx(data), pytest.approx(grad))


@pytest.mark.parametrize(
    "name",
    ["exp", "log", "sqrt", "sin", "cos", "tan", "tanh", "abs", "absolute", "negative", "sign"],
)
def test_numpy_functions_record(name: str) -> None:
    v = Value(0.7)
    out = getattr(np, name)(v)
    assert type(out) is Value
    assert out.data == pytest.approx(getattr(np, name)(0.7), rel=1e-15)
    assert out.inputs == (v,)


NUMBERS = [ufunc for ufunc in ops.UFUNCS if ufunc is not np.matmul]


@pytest.mark.parametrize("ufunc", NUMBERS, ids=lambda ufunc: ufunc.__name__)
def test_a_function_of_numpy_is_one_primitive_for_values_and_tensors(ufunc: Any) -> None:
    x = 1.5 if ufunc is np.arccosh else 0.5
    for node in (Value(x), Tensor(x, requires_grad=True)):
        assert ufunc(*[node] * ufunc.nin).op is ops.UFUNCS[ufunc]


# NumPy asks the elements for a method of the name.  For logaddexp it has no way to ask, and of two
# elements np.maximum returns one.
NOT_ASKED = {np.logaddexp, np.maximum, np.minimum}
OF_OBJECTS = [u for u in NUMBERS if ops.UFUNCS[u].kind != "flat" and u not in NOT_ASKED]


@pytest.mark.parametrize("ufunc", OF_OBJECTS, ids=lambda ufunc: ufunc.__name__)
def test_a_function_of_numpy_of_an_array_of_values_records_each(ufunc: Any) -> None:
    xs = [1.5, 2.5] if ufunc is np.arccosh else [0.5, 0.25]
    values = [Value(x) for x in xs]
    array = np.array(values)
    for args in ([array] * ufunc.nin, [array, 0.25][: ufunc.nin]):
        out = ufunc(*args)
        plain = [np.array(xs) if a is array else a for a in args]
        np.testing.assert_allclose([node.data for node in out], ufunc(*plain), rtol=1e-14)
        assert all(v in node.inputs for v, node in zip(values, out, strict=True))


def test_the_slope_of_numpys_square_root_at_zero_is_inf() -> None:
    v = Value(0.0)
    np.sqrt(v).backward()
    assert v.grad == math.inf


@pytest.mark.parametrize(
    "name", ["add", "multiply", "divide", "power", "maximum", "minimum", "less"]
)
def test_numpy_functions_of_two_record_on_either_side(name: str) -> None:
    function, v = getattr(np, name), Value(0.7)
    for args in ((v, 2.0), (2.0, v), (v, v)):
        out = function(*args)
        assert type(out) is Value
        assert [getattr(x, "data", x) for x in out.inputs] == [getattr(x, "data", x) for x in args]


@pytest.mark.parametrize(
    "operate",
    [
        lambda a, v: a * v,
        lambda a, v: v * a,
        lambda a, v: a + v,
        lambda a, v: v - a,
        lambda a, v: a**v,
        np.maximum,
        lambda a, v: np.minimum(v, a),
    ],
    ids=["a*v", "v*a", "a+v", "v-a", "a**v", "maximum", "minimum"],
)
def test_an_array_gives_one_node_per_element(operate: Any) -> None:
    array, v = np.array([1.0, 2.0, 3.0]), Value(2.0)
    out = operate(array, v)
    assert out.shape == (3,)
    for element, number in zip(out, array, strict=True):
        expected = operate(np.float64(number), Value(2.0))
        assert type(element) is Value
        assert element.data == expected.data
        assert element.op is expected.op
        assert dict(element.edges)[v] == next(local for _, local in expected.edges)


def test_numpy_reductions_and_matrices_of_values_record() -> None:
    v, w = Value(2.0), Value(3.0)
    for out in (np.sum([v, w]), np.dot([v, w], [1.0, 1.0]), np.array([v, w]) @ np.ones(2)):
        assert out.data == 5.0
        assert {x for x in autograd.topological_order(out) if x.is_leaf} == {v, w}
    assert [x.data for x in np.tanh(np.array([v, w]))] == [math.tanh(2), math.tanh(3)]


@pytest.mark.parametrize("ddof", [0, 1])
@pytest.mark.parametrize("name", ["var", "std"])
def test_numpys_spread_of_an_array_of_values_records(name: str, ddof: int) -> None:
    numbers = np.array([[1.0, 4.0], [2.0, -0.5], [0.25, 3.0]])
    array = np.array([[Value(x) for x in row] for row in numbers])
    t = autograd.Tensor(numbers, requires_grad=True)
    for axis in (None, 0):
        outs = np.atleast_1d(getattr(array, name)(axis=axis, ddof=ddof))
        for v in array.flat:
            v.zero_grad()
        autograd.sum(list(outs)).backward()
        t.zero_grad()
        of_tensor = getattr(np, name)(t, axis=axis, ddof=ddof)
        of_tensor.sum().backward()
        np.testing.assert_allclose([out.data for out in outs], np.atleast_1d(of_tensor.data), 1e-14)
        np.testing.assert_allclose([v.grad for v in array.flat], t.grad.ravel(), rtol=1e-13)
    assert isinstance(getattr(np, name)(list(array[0])), Value)  # also of a list


@pytest.mark.parametrize(
    "call",
    [
        lambda v: np.isnan(v),
        lambda v: np.cbrt(v),
        lambda v: np.rint(v),
        lambda v: np.add(v, 1.0, out=np.zeros(())),
        lambda v: np.add.reduce(v),
        lambda v: np.add.outer(v, [1.0]),
    ],
)
def test_what_numpy_cannot_record_raises_and_names_what_can(call: Any) -> None:
    with pytest.raises(TypeError, match=r"records the graph.*tanh.*\.data"):
        call(Value(1.0))


def test_an_array_of_floats_does_not_swallow_the_history() -> None:
    v, array = Value(1.0), np.ones(3)
    with pytest.raises(TypeError):
        array += v  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"\.data"):
        array[0] = v
    with pytest.raises(TypeError, match=r"\.data"):
        np.array([v], dtype=float)
    assert array.tolist() == [1.0, 1.0, 1.0]


# --- the library's own functions of arrays of Values ---


def test_equality_of_an_array_of_values_is_that_of_their_numbers() -> None:
    values = np.array([Value(0.0), Value(1.0)])
    for found in (autograd.equal(values, 0.0), autograd.equal(Value(0.0), values)):
        assert [item.data for item in found] == [1.0, 0.0]
    assert [item.data for item in autograd.not_equal(values, values)] == [0.0, 0.0]


@pytest.mark.parametrize(
    "f",
    [
        autograd.relu,
        autograd.leaky_relu,
        autograd.softplus,
        autograd.gelu,
        autograd.elu,
        autograd.tanh,
        autograd.abs,
        autograd.sign,
        lambda x: autograd.clip(x, -1, 1),
        lambda x: autograd.maximum(x, 0.0),
        lambda x: autograd.power(x, 2),
    ],
)
@pytest.mark.parametrize("shape", [(3,), (3, 1)])
def test_a_function_of_an_array_of_values_is_that_of_each(f: Any, shape: Any) -> None:
    x = np.array([-1.5, 0.0, 2.0])
    (w, b), (v, c) = ((Value(1.0), Value(0.0)) for _ in range(2))
    out = f((w * x + b).reshape(shape))
    each = [f(v * a + c) for a in x.tolist()]
    assert out.shape == shape
    assert [o.data for o in out.flat] == [e.data for e in each]
    out.sum().backward()
    autograd.sum(each).backward()
    assert (w.grad, b.grad) == (v.grad, c.grad)  # at kinks too


def test_a_list_of_values_becomes_an_array_of_them() -> None:
    v = Value(0.0)
    (tie,) = autograd.maximum([v], [0.0])
    tie.backward()
    assert v.grad == 0.5
    assert autograd.where([Value(1.0)], 2.0, [Value(3.0)])[0].data == 2.0
    with pytest.raises(TypeError, match=r"relu: expected nodes, real numbers"):
        autograd.relu(["a"])


# --- reductions over axes of lists and arrays of Values ---

REDUCTIONS = ["sum", "mean", "var", "std", "max", "min", "logsumexp", "any", "all"]
ROWS = [[1.0, -2.0, 0.5], [3.0, 0.25, -2.0]]


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("make", [list, tuple, np.array])
@pytest.mark.parametrize("keepdims", [False, True])
def test_a_reduction_over_axes_of_values_is_that_of_a_tensor(
    name: str, make: Any, keepdims: bool
) -> None:
    function, t = getattr(autograd, name), Tensor(ROWS, requires_grad=True)
    for axis in (None, 0, -1, (0, 1), (1, 0), (), (-2,)):
        values = [[Value(x) for x in row] for row in ROWS]
        out = function(make(values), axis=axis, keepdims=keepdims)
        expected = function(t, axis=axis, keepdims=keepdims)
        assert np.shape(out) == expected.shape
        flat = np.ravel(np.array(out, dtype=object)).tolist()
        np.testing.assert_allclose([v.data for v in flat], expected.data.ravel(), rtol=1e-13)
        if expected.requires_grad:
            t.zero_grad()
            expected.sum().backward()
            autograd.sum(flat).backward()
            grads = [v.grad for row in values for v in row]
            np.testing.assert_allclose(grads, t.grad.ravel(), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("make", [list, tuple, np.array])
def test_an_axis_that_values_do_not_have(name: str, make: Any) -> None:
    function, values = getattr(autograd, name), make([Value(1.0), Value(2.0)])
    assert function(values, axis=0).data == function(values).data
    assert function(values, keepdims=True).shape == (1,)
    for axis in (1, 5, -2):
        with pytest.raises(np.exceptions.AxisError, match=r"axes from -1 to 0 for shape \(2,\)"):
            function(values, axis=axis)
    with pytest.raises(TypeError, match="an axis as a whole number, got 'a'"):
        function(values, axis="a")


def test_the_slope_of_a_spread_of_equal_values_is_zero() -> None:
    v, w = Value(2.0), Value(2.0)
    (out,) = autograd.std(np.array([[v, w]]), axis=1)
    out.backward()
    assert (out.data, v.grad, w.grad) == (0.0, 0.0, 0.0)
