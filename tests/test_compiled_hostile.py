"""Compiled functions where it hurts: what a user may do to them, against the same run eagerly."""

from __future__ import annotations

import copy
import math
import re
import sys
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Pack, Tensor, Value, compile, no_grad, trace
from nn.optim import SGD

# --- packs ----------------------------------------------------------------------------------------


def interrupted_at(line: int, function: Any, code: Any) -> bool:
    """Run a function, and raise KeyboardInterrupt before the nth line of some code in it."""
    lines = 0

    def tracer(frame: Any, event: str, arg: Any) -> Any:
        nonlocal lines
        if frame.f_code is not code:
            return None
        if event == "line":
            lines += 1
            if lines == line:
                raise KeyboardInterrupt
        return tracer

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        function()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


@pytest.mark.parametrize("method", ["_enter", "leave"])
def test_ctrl_c_while_values_are_packed_or_given_back(method: str) -> None:
    x = np.array([1.0, 2.0])
    code = getattr(Pack, method).__code__
    line, broken = 0, True
    while broken:
        line += 1
        values = [Value(float(i + 1)) for i in range(3)]
        f = compile(lambda x, values=values: autograd.sum([v * x for v in values]))
        run: Any = lambda f=f: f(x)  # noqa: E731
        if method == "leave":
            f(x).sum().backward()
            run = lambda values=values: values[1] * 2.0  # noqa: E731
        grads = [v.grad for v in values]
        broken = interrupted_at(line, run, code)
        assert [v.data for v in values] == [1.0, 2.0, 3.0]
        assert [v.grad for v in values] == grads
        values[0].data = 7.0  # what is changed in between is not lost
        assert f(x).data.tolist() == [12.0, 24.0]
        values[1].data = 5.0
        f(x).sum().backward()
        assert f(x).data.tolist() == [15.0, 30.0]
        assert (values[0] * values[1] * values[2]).data == 105.0
        assert [v.grad for v in values] == [g + 3.0 for g in grads]
    assert line > 8


def test_a_velocity_is_not_changed_when_one_gradient_is_forgotten() -> None:
    def trained(compiled: bool) -> list[float]:
        values = [Value(1.0), Value(2.0)]
        f = compile(lambda x: values[0] * x + values[1] * x) if compiled else None
        g = lambda: f(np.array([2.0])).sum() if f else (values[0] + values[1]) * 2.0  # noqa: E731
        optimizer = SGD(values, lr=0.1, momentum=0.9)
        g().backward()
        optimizer.step()
        values[0].zero_grad()
        g().backward()
        optimizer.step()
        return [v.data for v in values]

    assert trained(True) == pytest.approx(trained(False), rel=1e-12)


# --- tracing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["numpy", "numba", "python"])
def test_what_is_computed_without_recording_is_a_constant_for_derivatives(backend: str) -> None:
    def f(x: Any) -> Any:
        with no_grad():
            y = x * x
        return y * x

    if backend == "numba":
        pytest.importorskip("numba")
    point = 3.0 if backend == "python" else np.array([3.0])
    x = Tensor(point, requires_grad=True)
    y = compile(f, backend=backend)(x)
    y.sum().backward()
    assert y.item() == 27.0
    assert x.grad.item() == 9.0
    with no_grad():  # nobody asks how the function is traced
        program = trace(f, 2.0)
    assert program.grad()(3.0) == [9.0]
    second = autograd.hessian(lambda x: compile(f, numbers=False)(x).sum())(np.array([3.0]))
    assert second.item() == autograd.hessian(lambda x: f(x).sum())(np.array([3.0])).item() == 0.0


def test_anomalies_are_those_of_the_call_not_of_the_example() -> None:
    f = compile(lambda x: x.log())
    with autograd.detect_anomaly():
        assert f(np.array([1.0])).item() == 0.0  # traced here
    refused = pytest.raises(FloatingPointError, match="compiled: expected a finite result, got nan")
    with autograd.detect_anomaly(), refused, np.errstate(invalid="ignore"):
        compile(lambda x: x.log())(np.array([-1.0]))


@pytest.mark.parametrize("numbers", [True, False])
def test_a_result_that_is_a_constant_belongs_to_the_caller(numbers: bool) -> None:
    f = compile(lambda x: (x * 2.0, 3.0 if numbers else Tensor(np.full(2, 3.0))), numbers=numbers)
    f(np.ones(2))[1].data[:] = 7.0
    assert f(np.ones(2))[1].data.tolist() == [3.0, 3.0]


def test_backward_inside_would_freeze_the_gradient() -> None:
    def slope(x: Any, create_graph: bool) -> Any:
        y = autograd.exp(x) * 2.0
        y = y.sum() if isinstance(x, Tensor) else y
        y.backward(create_graph=create_graph)
        return x.grad

    x = Tensor(np.array([1.0, 2.0]), requires_grad=True)
    for numbers, create_graph in ((True, False), (True, True), (False, False)):
        f = compile(lambda x, c=create_graph: slope(x, c), numbers=numbers)
        with pytest.raises(TypeError, match="differentiate what the compiled function returns"):
            f(x)
    f = compile(lambda x: slope(x, True), numbers=False)
    f(x)
    found = f(Tensor(np.array([0.0, 1.0]), requires_grad=True))
    np.testing.assert_allclose(found.data, [2.0, 2.0 * np.e], rtol=1e-15)


def test_a_compiled_function_inside_of_another() -> None:
    x = Tensor(np.arange(3.0), requires_grad=True)
    for numbers in (True, False, None):
        inner = compile(lambda x: x * x, numbers=numbers)
        outer = compile(lambda x, inner=inner: inner(x) * 3.0, numbers=False)
        outer(x)
        x.zero_grad()
        outer(x * 2.0).sum().backward()  # at another point than the traced one
        np.testing.assert_array_equal(x.grad, 24.0 * x.data)
        program = trace(lambda x, inner=inner: inner(x) + 1.0, np.ones(3))
        assert program(np.arange(3.0)).tolist() == [1.0, 2.0, 5.0]
    w = Value(3.0)
    inner = compile(lambda x: w * x)
    both = compile(lambda x: inner(x) * inner(x))
    assert both(np.array([1.0, 2.0])).data.tolist() == [9.0, 36.0]
    with pytest.raises(TypeError, match=r"without Values of its own .* one that captures 1"):
        compile(lambda x: inner(x), numbers=False)(np.ones(2))


# --- arguments ------------------------------------------------------------------------------------


def test_a_table_is_not_taken_for_a_list_in_silence() -> None:
    x = np.arange(6.0).reshape(3, 2)
    for f in (lambda x, y: x + y, lambda x, y: 2 * x, lambda x, y: y * 3, lambda x, y: y + list(x)):
        with pytest.raises(TypeError, match=r"numbers=True\) for lists, compile\(f, numbers=False"):
            compile(f)(x, x)
    np.testing.assert_array_equal(compile(lambda x: 2 * x, numbers=False)(x).data, 2 * x)
    joined = compile(lambda x: [*x, 1.0] + x, numbers=True)(x)  # noqa: RUF005
    assert [y.data.tolist() for y in joined][:3] == [[0, 2, 4], [1, 3, 5], [1, 1, 1]]
    np.testing.assert_array_equal(compile(lambda x: x * 2.0)(x).data, 2 * x)  # no list can do that
    assert compile(lambda x: np.sum(x * x))(np.ones(3)).data == 3.0  # of an array, not of a number


def test_tables_without_columns_and_batches_without_points() -> None:
    y = compile(lambda xs, y: autograd.sum(xs) + y)(np.ones((3, 0)), np.arange(3.0))
    assert y.data.tolist() == [0.0, 1.0, 2.0]
    a, b = Value(1.0), Value(2.0)
    x = Tensor(np.ones(0), requires_grad=True)
    y = compile(lambda x: autograd.max([x, a, b * x]), backend="numpy")(x)
    y.sum().backward()
    assert y.shape == x.grad.shape == (0,)
    assert a.grad == b.grad == 0.0


def test_arguments_by_name() -> None:
    f = compile(lambda x, y=2.0: x - y)
    assert f(y=1.0, x=np.ones(2)).data.tolist() == [0.0, 0.0]
    with pytest.raises(TypeError, match="arguments that have a place, got z by name only"):
        compile(lambda x, *, z: x * z)(1.0, z=2.0)


@pytest.mark.parametrize(
    ("f", "x", "text"),
    [
        (lambda x: x, Value(2.0), r"as arguments, got Value\(.*Pass v.data, or a Tensor"),
        (lambda x: x, None, "as arguments, got None"),
        (lambda x: x @ np.ones((3, 4)), np.ones((3, 2)), "matmul: inner sizes differ"),
        (lambda x: x.no_such, np.ones((2, 2, 2)), "'Tensor' object has no attribute 'no_such'"),
        (lambda x: np.ones(3), np.ones(2), "a function of numbers that returns numbers, got an ar"),
    ],
    ids=["Value", "None", "inner", "attribute", "array"],
)
def test_messages_are_about_what_the_user_did(f: Any, x: Any, text: str) -> None:
    numbers = True if "returns" in text else None
    with pytest.raises((TypeError, ValueError, AttributeError), match=text):
        compile(f, numbers=numbers)(x)


# --- a zero stops everything ----------------------------------------------------------------------


@pytest.mark.parametrize("matrices", [True, False])
def test_a_zero_stops_an_infinity_in_a_matrix_of_inputs(matrices: bool) -> None:
    w, b = [Value(1.0), Value(2.0)], Value(0.5)
    f = compile(
        lambda x: autograd.relu(autograd.dot(w, [autograd.log(x), x]) + b),
        backend="numpy",
        matrices=matrices,
    )
    x = Tensor(np.array([0.0, 1.0, np.e]), requires_grad=True)
    with np.errstate(divide="ignore"):
        f(x).sum().backward()  # log(0) is -inf, which a ReLU makes 0
    assert [p.grad for p in [*w, b]] == pytest.approx([1.0, 1.0 + np.e, 2.0])
    np.testing.assert_allclose(x.grad, [0.0, 3.0, 2.0 + 1.0 / np.e], rtol=1e-15)


# --- arrays ---------------------------------------------------------------------------------------


def test_a_number_of_numpy_keeps_its_dtype() -> None:
    x = np.ones(3, np.float32)
    for number in (np.float64(1.5), 1.5, np.float32(1.5), 2, np.int64(2)):
        expected = Tensor(x) * number
        found = compile(lambda x, number=number: x * number, numbers=False)(x)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found.data, expected.data)


def test_a_checkpoint_inside() -> None:
    w = Tensor(np.array([1.0, 2.0]), requires_grad=True)
    block = autograd.checkpoint(lambda x: (x * w).tanh())
    f = compile(lambda x: block(block(x)).sum())
    f(np.zeros(2))
    x, y = (Tensor(np.array([0.5, 1.0]), requires_grad=True) for _ in range(2))
    f(x).backward()
    by_program, w.grad = w.grad, None
    block(block(y)).sum().backward()
    np.testing.assert_allclose(x.grad, y.grad, rtol=1e-14)
    np.testing.assert_allclose(by_program, w.grad, rtol=1e-14)


@pytest.mark.parametrize("size", [10, 2**16, 2**18])
def test_relu_of_integers_stays_an_integer(size: int) -> None:
    x = np.arange(size).reshape(2, -1) - size // 2
    found = compile(lambda x: autograd.sign(autograd.relu(x)) - x, numbers=False)(x)
    assert found.dtype == x.dtype
    np.testing.assert_array_equal(found.data, np.sign(np.maximum(x, 0)) - x)


def test_a_result_that_backward_does_not_reach_hands_on_nothing() -> None:
    w = Tensor(np.array([2.0, 3.0]), requires_grad=True)
    f = compile(lambda x: (autograd.log(x), x * w, x), numbers=False)
    with np.errstate(divide="ignore"):
        for index, expected in ((1, [2.0, 3.0]), (2, [1.0, 1.0]), (0, [np.inf, 1.0])):
            x = Tensor(np.array([0.0, 1.0]), requires_grad=True)
            w.grad = None
            f(x)[index].sum().backward()  # the slope of the logarithm is infinite at 0
            assert x.grad.tolist() == expected
            assert w.grad is None if index != 1 else w.grad.tolist() == x.data.tolist()


# --- what would be frozen, and numbers that only look alike ---


@pytest.mark.parametrize(
    "f",
    [
        lambda z, y: autograd.sum(z * np.eye(3)[y]),
        lambda z, y: autograd.sum(z * np.take(np.eye(3), y, axis=0)),
        lambda z, y: autograd.sum(z * np.eye(3)[np.asarray(y > 1).astype(int)]),
    ],
)
def test_traced_positions_in_a_plain_array_are_refused(f: Any) -> None:
    with pytest.raises(TypeError, match=r"trace: expected indexing .*Tensor\(array\)\[i\]"):
        autograd.compile(f)(np.ones((3, 3)), np.array([0, 1, 2]))


def test_traced_positions_in_a_tensor_are_read_at_each_call() -> None:
    eye = Tensor(np.eye(3))
    f = autograd.compile(lambda z, y: autograd.sum(z * eye[y]))
    Z = np.arange(9.0).reshape(3, 3)
    assert f(Z, np.array([0, 1, 2])).item() == 12.0
    assert f(Z, np.array([2, 2, 2])).item() == 15.0


@pytest.mark.parametrize("read", [lambda x: x.item(), lambda x: x.data, copy.copy, copy.deepcopy])
def test_a_traced_number_is_not_read(read: Any) -> None:
    with pytest.raises(TypeError, match="trace: expected operations on nodes"):
        autograd.compile(lambda x: x * read(x))(np.arange(3.0))
    with pytest.raises(TypeError, match="trace: expected operations on nodes"):
        autograd.compile(lambda x: x * read(x), numbers=False)(np.arange(1.0))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: 1 + (2 + x),
        lambda x: 0.5 + (0.5 + autograd.exp(x)),
        lambda x: (1 + x) + (2 + (3 + x)),
        lambda x: autograd.sum([1.0, 2.0, x]) + 3,
    ],
)
def test_sums_of_constants(f: Any) -> None:
    x = np.arange(3.0)
    expected = [f(Value(v)).data for v in x.tolist()]
    for backend in ("numpy", None):
        np.testing.assert_allclose(autograd.compile(f, backend=backend)(x).data, expected)


def test_zeros_of_both_signs_are_two_constants() -> None:
    f = autograd.compile(
        lambda x, y: (autograd.arctan2(x, 0.0), autograd.arctan2(y, -0.0)), backend="numpy"
    )
    one, other = f(np.zeros(1), np.zeros(1))
    assert (one.item(), other.item()) == (0.0, math.pi)


@pytest.mark.parametrize("settings", [{}, {"numbers": True}, {"numbers": False}])
@pytest.mark.parametrize("nothing", [(), [], {}, None, ([], {})])
def test_a_function_that_returns_nothing_is_named(nothing: Any, settings: dict[str, Any]) -> None:
    def empty(x: Any) -> Any:
        return nothing

    asked, way_out = "compile", "Return at least one"
    if nothing is None:  # seen while it is traced
        asked, way_out = "(compile|trace)", r"Does it end with return\?"
    got = re.escape(f"a function that returns numbers or arrays, got {nothing}")
    for x in (1.0, np.ones(3)):
        with pytest.raises(TypeError, match=rf"^{asked}: expected {got}.*\. {way_out}"):
            compile(lambda x: nothing, **settings)(x)
        if nothing is not None:
            with pytest.raises(TypeError, match=rf"^compile\(empty\): expected {got}"):
                compile(empty, **settings)(x)


def test_a_decorated_method_is_told_how_it_can_be_compiled() -> None:
    class Model:
        @compile
        def slow(self, x: Any) -> Any:
            return x * x

        @staticmethod
        @compile
        def square(x: Any) -> Any:
            return x * x

        twice = compile(lambda x: 2 * x)

    model = Model()
    with pytest.raises(TypeError, match=r"class Model.*self.fast = autograd.compile\(self.slow\)"):
        model.slow(1.0)
    assert (model.square(3.0).item(), model.twice(3.0).item()) == (9.0, 6.0)
