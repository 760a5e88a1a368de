"""Programs of arrays as Python: it runs alone, and gives what the program gives, to the bit."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from array_row import ArrayRow
from test_array_ops import ROWS, ids
from test_compiled_arrays import elsewhere

import autograd
from autograd import Program, Tensor, Value, ops, primitive, trace
from autograd.node import raw, shape_of
from autograd.programs.array_source import TEMPLATES
from autograd.programs.plain_functions import Helpers
from autograd.trees import leaves

SMOOTH = [row for row in ROWS if row.order]
smooth_ids = [row.name for row in SMOOTH]
ONE_OF_EACH = list({row.primitives: row for row in SMOOTH}.values())


def run(program: Program, *args: Any) -> list[Any]:
    """What the source computes in a namespace of its own."""
    imports = {line for line in program.source.splitlines() if "import" in line.split()}
    assert imports <= {"import numpy as np", "import math"}
    names: dict[str, Any] = {}
    exec(program.source, names)
    parameters = [node.data for node in program.parameters.values()]
    with np.errstate(all="ignore"):
        return leaves(names["program"](*args, *parameters))


def assert_same(found: list[Any], expected: Any) -> None:
    """The same bits, shapes and dtypes; None where there is none."""
    for a, b in zip(found, leaves(expected), strict=True):
        if b is None:
            assert a is None
            continue
        a, b = np.asarray(raw(a)), np.asarray(raw(b))
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        np.testing.assert_array_equal(a, b)


def check(program: Program, *args: Any) -> None:
    with np.errstate(all="ignore"):
        expected = program(*args)
    assert_same(run(program, *args), expected)


def compiled(row: ArrayRow) -> Any:
    return autograd.compile(row.call, numbers=False)


def weights(shape: Any) -> Any:
    """An array of numbers that differ."""
    return np.cos(np.arange(math.prod(shape))).reshape(shape)


# --- every operation ------------------------------------------------------------------------------


@pytest.mark.parametrize("row", ROWS, ids=ids)
def test_every_operation_runs_as_python(row: ArrayRow) -> None:
    check(compiled(row).program(*row.args), *elsewhere(row))


@pytest.mark.parametrize("row", SMOOTH, ids=smooth_ids)
def test_every_backward_pass_runs_as_python(row: ArrayRow) -> None:
    program = compiled(row).gradient_program(*(Tensor(x, requires_grad=True) for x in row.args))
    given = program.inputs[len(row.args) :]
    check(program, *elsewhere(row), *(weights(g.array.shape) for g in given if g.array))


@pytest.mark.parametrize("row", ONE_OF_EACH, ids=lambda row: row.name)
def test_the_derivative_of_every_program_is_a_program(row: ArrayRow) -> None:
    def loss(*args: Any) -> Any:
        return sum(ops.sum(out * weights(shape_of(out))) for out in leaves(row.call(*args)))

    other = elsewhere(row)
    program = autograd.compile(loss, numbers=False).program(*row.args)
    derivative = program.grad(*row.args)
    expected = autograd.grad(loss, tuple(range(len(other))))(*other)
    with np.errstate(all="ignore"):
        for a, b in zip(leaves(derivative(*other)), expected, strict=True):
            assert a.dtype == np.float64
            # Its equations are the eager pass's, in another order where several are added up.
            np.testing.assert_allclose(a, raw(b), rtol=1e-10, atol=1e-12)
    check(derivative, *other)


# --- what it looks like ---------------------------------------------------------------------------


def test_a_training_step_of_a_classifier() -> None:
    rng = np.random.default_rng(0)
    shapes = {"W1": (5, 3), "b1": (5,), "W2": (2, 5), "b2": (2,)}
    weights = [Tensor(rng.normal(size=n), True, label=name) for name, n in shapes.items()]
    W1, b1, W2, b2 = weights

    def surprise(x: Any, y: Any) -> Any:
        scores = ops.linear(ops.linear(x, W1, b1).relu(), W2, b2)
        return ops.softmax_cross_entropy(scores, y, mean=True)

    x, y = rng.normal(size=(4, 3)), np.array([0, 1, 1, 0])
    loss = trace(surprise, x, y)
    lines = loss.source.splitlines()
    assert lines[-7:] == [
        "def program(x, y, W1, b1, W2, b2):",
        "    t1 = x @ W1.T + b1",
        "    t2 = np.maximum(t1, 0)",
        "    t3 = t2 @ W2.T + b2",
        "    t4 = softmax(t3, axis=-1)",
        "    t5 = softmax_cross_entropy(t3, t4, y, mean=True)",
        "    return t5",
    ]
    step = loss.grad()
    lines = step.source.splitlines()
    assert lines[lines.index("    t4 = softmax(t3, axis=-1)") :] == [
        "    t4 = softmax(t3, axis=-1)",
        "    t5 = cross_entropy_slope(t4, y, mean=True)",
        "    t6 = np.array(1.0, np.float64) * t5",
        "    t7 = t6 @ W2",
        "    t8 = t6.T",
        "    t9 = t8 @ t2",
        "    t10 = np.dot(np.ones(4), t6)",
        "    t11 = t2 > 0",
        "    t12 = t7 * t11",
        "    t13 = t12 @ W1",
        "    t14 = t12.T",
        "    t15 = t14 @ x",
        "    t16 = np.dot(np.ones(4), t12)",
        "    return [t13, np.zeros(4), t15, t16, t9, t10]",
    ]
    x, y = rng.normal(size=(4, 3)), np.array([1, 1, 0, 1])
    inputs = Tensor(x, requires_grad=True)
    surprise(inputs, y).backward()
    zeros = np.zeros(4)  # classes are whole numbers: nothing flows to them
    assert_same(run(step, x, y), [inputs.grad, zeros, *(w.grad for w in weights)])


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda x: x[:, None], "x[:, None]"),
        (lambda x: x[1:, ::-2], "x[1:, ::-2]"),
        (lambda x: x[..., 0], "x[..., 0]"),
        (lambda x: x[(1,)], "x[1,]"),
        (lambda x: ops.sum(x, axis=(0, 1), keepdims=True), "np.sum(x, axis=(0, 1), keepdims=True)"),
        (lambda x: ops.max(x, axis=0), "np.max(x, axis=0)"),
        (lambda x: x.T, "x.T"),
        (lambda x: x.reshape(-1), "x.reshape(-1)"),
        (lambda x: x**3, "np.power(x, 3)"),
        (lambda x: 1 / x, "1 / x"),
        (lambda x: x > 0.5, "x > 0.5"),
        (lambda x: x.clip(-math.inf, 1.0), "np.clip(x, -np.inf, 1.0)"),
        (lambda x: x.astype(np.float32), "x.astype(np.float32)"),
        (lambda x: x.astype(bool), "x.astype(np.bool_)"),
        (lambda x: ops.einsum("ij->ji", x), "np.einsum('ij->ji', x, optimize=False)"),
        (lambda x: ops.concatenate([x, x], axis=1), "np.concatenate((x, x), axis=1)"),
        (lambda x: x + np.float32(0.1), "x + np.float32(0.10000000149011612)"),
        (lambda x: x + np.zeros(3), "x + np.zeros(3)"),
        (lambda x: x * np.full((2, 3), -0.0), "x * np.full((2, 3), -0.0, np.float64)"),
        (lambda x: x + np.array([0.1, 2, 3]), "x + np.array([0.1, 2.0, 3.0], np.float64)"),
        (lambda x: ops.sum_to(x, (3,)), "np.dot(np.ones(2), x)"),
        (lambda x: ops.stop_gradient(x), "x"),
    ],
)
def test_lines_as_one_would_write_them(call: Any, line: str) -> None:
    x = np.arange(1.0, 7.0).reshape(2, 3)
    program = trace(call, x)
    assert f"    t1 = {line}\n" in program.source
    check(program, x - 2.5)


# --- arrays that a program holds ------------------------------------------------------------------

rng = np.random.default_rng(3)
BASE = rng.normal(size=(6, 8))
CONSTANTS = {
    "small": BASE[0, :3].copy(),
    "readable": BASE,
    "column by column": np.asfortranarray(BASE),
    "large": rng.normal(size=(40, 50)),
    "large, single": rng.normal(size=(40, 50)).astype(np.float32),
    "extended": rng.normal(size=3).astype(np.longdouble) / 3,
    "one number of a longer type": np.longdouble(1) / 3,
    "whole": np.arange(30).reshape(5, 6).astype(np.int8),
    "a mask": BASE > 0,
    "not finite": np.array([np.inf, -np.inf, np.nan, -0.0]),
    "nothing": np.zeros((0, 3), np.float32),
    "no axes": np.array(0.1),
    "other bytes": BASE[:2].astype(">f8"),
}


@pytest.mark.parametrize("name", CONSTANTS)
def test_arrays_are_written_to_the_bit(name: str) -> None:
    constant = CONSTANTS[name]
    program = autograd.compile(lambda x: (x * constant, constant), numbers=False).program(
        np.asarray(0.5)
    )
    found, same = run(program, np.asarray(0.5))
    assert np.asarray(same).dtype == constant.dtype
    assert np.asarray(same).tobytes() == constant.tobytes()
    assert np.asarray(same).strides == np.asarray(constant).strides
    assert_same([found], np.asarray(0.5) * constant)


def test_a_large_array_is_written_once() -> None:
    constant = CONSTANTS["readable"]
    program = trace(lambda x: ops.tanh(x * constant) - constant, constant)
    assert program.source.count("np.array") == 1
    assert "\nc1 = np.array(" in program.source
    check(program, constant + 1)


# --- names, numbers and refusals ------------------------------------------------------------------


def test_names_that_the_text_uses_itself_stay_free() -> None:
    labels = ("np", "softmax", "c1", "float", "program", "sum", "t1")
    tensors = [Tensor(BASE + i, label=label) for i, label in enumerate(labels)]
    constant = rng.normal(size=(6, 8))

    def f(tanh: Any) -> Any:
        return sum((ops.softmax(t) * tanh for t in tensors), ops.tanh(tanh) + constant)

    program = trace(f, BASE)
    assert_same(run(program, BASE), program(BASE))


def test_numbers_and_arrays_in_one_program() -> None:
    w = Value(0.3, label="w")
    program = trace(
        lambda a, x: (ops.sigmoid(a / w) ** 2, a > w, ops.sum([a, w, 2.0]), ops.dot([a, w], [w, a]),
                      x @ x),
        1.0, np.eye(2),
    )  # fmt: skip
    found = run(program, 0.7, BASE[:2, :2])
    expected = program(0.7, BASE[:2, :2])
    assert [type(x) for x in found[:4]] == [float] * 4
    assert found[:4] == [raw(x) for x in expected[:4]]
    assert_same(found[4:], expected[4])


def test_results_keep_their_structure() -> None:
    names: dict[str, Any] = {}
    exec(trace(lambda x: {"a": x + 1, "b": [x, 2.5]}, np.ones(2)).source, names)
    found = names["program"](np.zeros(2))
    assert list(found) == ["a", "b"]
    assert found["b"][1] == 2.5


def test_it_runs_where_the_library_is_not() -> None:
    source = trace(lambda x: ops.gelu(ops.conv1d(x, np.ones((2, 1, 3)))), np.ones((1, 1, 8))).source
    check = "\nimport sys; print(program(np.ones((1, 1, 8))).sum(), 'autograd' in sys.modules)"
    run = [sys.executable, "-I", "-W", "error", "-c", source + check]
    out = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    total = float(ops.sum(ops.gelu(ops.conv1d(np.ones((1, 1, 8)), np.ones((2, 1, 3))))))
    assert out.split() == [str(total), "False"]


@pytest.mark.parametrize(
    "program", ["trace(lambda x: (x * x).sum(), np.ones(3))", "Program.from_json(sys.argv[1])"]
)
def test_a_program_is_differentiated_where_nothing_was_compiled(program: str) -> None:
    # In a process of its own: here other tests have compiled, and so loaded all there is.
    text = trace(lambda x: (x * x).sum(), np.ones(3)).to_json()
    code = f"import sys, autograd, numpy as np; print(autograd.{program}.grad()(np.ones(3))[0])"
    run = [sys.executable, "-c", code, text]
    out = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    assert out == "[2. 2. 2.]\n"


@primitive
def doubled(x: Any) -> Any:
    return 2 * x


doubled.defvjp(lambda g, out, x: 2 * g)


@pytest.mark.parametrize("x", [1.5, np.ones(3)], ids=["number", "array"])
def test_operations_of_ones_own_are_refused_by_name(x: Any) -> None:
    with pytest.raises(TypeError, match=r"source: .* got doubled, a function of your own"):
        _ = trace(lambda x: doubled(x) + 1, x).source


def test_guards_of_the_library_stay() -> None:
    classes = np.array([0, 1])
    program = trace(lambda x, y: ops.softmax_cross_entropy(x, y), np.ones((2, 3)), classes)
    for wrong in (-1, 3):
        with pytest.raises(ValueError, match="softmax_cross_entropy: not for these arrays"):
            run(program, np.ones((2, 3)), np.array([0, wrong]))


def test_every_function_of_the_library_can_be_written_alone() -> None:
    names: dict[str, Any] = {"np": np, "math": math}
    for p in autograd.node.PRIMITIVES.values():
        if isinstance(p.forward, np.ufunc) or p.name in TEMPLATES:
            continue
        helpers = Helpers(())
        helpers.call(p.forward, p.name, ["a", "b", "c", "d"][: p.arity or 1], {})
        for text in helpers.definitions:
            exec(text, names)
            assert "autograd" not in text


# --- derivatives ----------------------------------------------------------------------------------


def test_the_derivative_of_a_program_without_a_path_is_zero() -> None:
    w = Tensor(np.ones((2, 2), np.float32), label="w")
    program = trace(lambda x, n: ops.sum(x), np.ones(3), np.arange(2))
    found = program.grad()(np.zeros(3), np.arange(2))
    assert_same(leaves(found), [np.ones(3), np.zeros(2)])
    constant = trace(lambda x, y: ops.sum(y) * ops.sum(w), np.ones(3), np.ones(2, np.float32))
    found = constant.grad()(np.zeros(3), np.zeros(2, np.float32))
    single = [np.full(2, 4, np.float32), np.zeros((2, 2), np.float32)]
    assert_same(leaves(found), [np.zeros(3), *single])


def test_parameters_that_need_no_gradient_have_a_derivative_too() -> None:
    w = Tensor(np.array([1.0, 2.0]), label="w")
    program = trace(lambda x: ops.sum(w * x * x), np.ones(2)).grad()
    assert list(program.parameters.values()) == [w]
    x = np.array([3.0, 4.0])
    assert_same(leaves(program(x)), [np.array([6.0, 16.0]), np.array([9.0, 16.0])])
    w.data = np.array([0.0, 1.0])  # read when the program runs
    assert_same(leaves(program(x))[:1], np.array([0.0, 8.0]))


def test_derivatives_of_derivatives() -> None:
    program = trace(lambda x: ops.sum(x**3), np.ones(3)).grad()
    assert_same(leaves(program(np.arange(3.0))), 3 * np.arange(3.0) ** 2)
    with pytest.raises(ValueError, match=r"one number as its result, got float64\[3\]"):
        program.grad()
    one = trace(lambda x: ops.sum(x**3) / 3, np.ones(1)).grad()
    assert_same(leaves(one.grad()(np.array([5.0]))), np.array([10.0]))


def test_a_point_outside_of_the_domain_is_explained() -> None:
    program = trace(lambda x: ops.slogdet(x - np.eye(2)).logabsdet, np.diag([3.0, 5.0]))
    point = np.diag([2.0, 3.0])
    with pytest.raises(ValueError, match=r"grad: .* program.grad\(x, y\)"):
        program.grad()  # the unit matrix less itself has no inverse
    assert_same(leaves(program.grad(point)(point)), np.diag([1.0, 0.5]))


def test_grad_with_a_path_to_one_argument_only_can_be_traced() -> None:
    derivative = autograd.grad(lambda x, y: ops.sum(x * x), (0, 1))
    program = trace(derivative, np.ones(3), np.ones(2, np.float32))
    assert_same(leaves(program(np.arange(3.0), np.ones(2, np.float32))),
                [2 * np.arange(3.0), np.zeros(2, np.float32)])  # fmt: skip


@pytest.mark.parametrize(
    "transform",
    [autograd.grad, autograd.value_and_grad, autograd.jacobian, autograd.elementwise_grad],
)
def test_programs_of_derivatives_name_their_arguments(transform: Any) -> None:
    def height(x: Any, slope: Any) -> Any:
        return ops.sum(x * slope)

    program = trace(transform(height), np.ones(1), np.ones(1))
    assert [x.name for x in program.inputs] == ["x", "slope"]
    variadic = trace(lambda *xs: xs[0] * xs[1], np.ones(1), np.ones(1))
    assert [x.name for x in variadic.inputs] == ["x0", "x1"]
