"""Passes: what each of them does to a program, and that no bit of any result changes."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_random_graphs import INSTRUCTIONS, Instruction, run
from test_random_graphs import Program as Steps

import autograd
from autograd import Program, Tensor, Value, ops, primitive, trace
from autograd.programs import passes
from autograd.programs.equations import Var

EACH: list[Callable[[Any], Any]] = [
    passes.share,
    passes.fold,
    passes.simplify,
    passes.narrow,
    passes.prune,
]
ALL = [*EACH, passes.optimized]


def body(program: Program) -> list[str]:
    """Each equation as it is printed, and what is returned."""
    return [line.split("#")[0].strip() for line in str(program).splitlines()[1:]]


def bits(x: Any) -> Any:
    """Results that differ in a single bit differ here; all NaNs are one."""
    if isinstance(x, dict):
        return {key: bits(value) for key, value in x.items()}
    if isinstance(x, tuple | list):
        return list(map(bits, x))
    array = np.array(x.data if isinstance(x, autograd.Node) else x)
    if array.dtype.kind == "f":
        array[np.isnan(array)] = np.nan
    return array.dtype, array.shape, array.tobytes()


SPECIAL = [0.0, -0.0, math.inf, -math.inf, math.nan, 1.0, -2.5, 5e-324]

# --- sharing --------------------------------------------------------------------------------------


def test_what_is_computed_twice_is_computed_once() -> None:
    program = trace(lambda x, y: (x * y).sin() + (x * y).sin() * (y * x), 1.0, 2.0)
    before = body(program)
    assert body(passes.share(program)) == [
        "t1 = x * y",
        "t2 = sin(t1)",
        "t3 = y * x",
        "t4 = t2 * t3",
        "t5 = t2 + t4",
        "return t5",
    ]
    assert body(program) == before


@pytest.mark.parametrize(
    ("f", "kept"),
    [
        (lambda x: (x + 0.0, x + -0.0), 2),
        (lambda x: (x + math.nan, x + math.nan), 1),
        (lambda x: (x.sum(axis=0), x.sum(axis=1), x.sum(axis=0)), 2),
        (lambda x: (x.sum(axis=0), x.sum(axis=0, keepdims=True)), 2),
        (lambda x: (x[1:], x[1:], x[1:2], x[:1], x[..., 1:], x[None]), 5),
        (lambda x: (x[[0, 1]], x[[0, 1]], x[[1, 0]], x[[True, False]]), 3),
        (lambda x: (x.astype("float32"), x.astype("float32"), x.astype("float16")), 2),
        (lambda x: (x * np.ones(2), x * np.ones(2), x * np.ones(2, dtype=np.float32)), 2),
        (lambda x: (x * np.ones((2, 2)), x * np.ones((2, 2), order="F")), 2),
        (lambda x: (x @ BIG, x @ BIG, x @ BIG.copy()), 2),
        (lambda x: (ops.stop_gradient(x), ops.stop_gradient(x), x), 1),
    ],
)
def test_arguments_and_settings_are_compared_to_the_bit(f: Any, kept: int) -> None:
    assert len(passes.share(trace(f, np.ones((2, 2)))).equations) == kept


BIG = np.ones((2, 100))


def test_a_shared_equation_keeps_a_name() -> None:
    program = of_one_number(
        lambda p, x: p.add(ops.add, (p.add(ops.mul, (x, x)), p.add(ops.mul, (x, x), name="square")))
    )
    assert body(passes.share(program)) == ["square = x * x", "t1 = square + square", "return t1"]


# --- folding --------------------------------------------------------------------------------------


def test_what_depends_on_nothing_is_computed_now() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True, label="w")

    def f(x: Any) -> Any:
        c = Tensor([2.0, 8.0])
        return x * (c.log() - 1) * w.exp()

    program = trace(f, np.ones(2))
    folded = passes.fold(program)
    assert body(folded) == [
        "t1 = x * <float64[2]>",
        "t2 = exp(w)",
        "t3 = t1 * t2",
        "return t3",
    ]
    assert (folded.equations[0].args[1] == np.log([2.0, 8.0]) - 1).all()
    w.data = np.array([0.5, -1.0])  # parameters are no constants
    x = np.array([3.0, -4.0])
    assert bits(folded(x)) == bits(program(x))


def of_one_number(write: Callable[[Program, Var], Any]) -> Program:
    """A program that no function would be recorded as."""
    program = Program()
    program.inputs = [program.var("x")]
    program.in_tree = (None,)
    program.outputs = [write(program, program.inputs[0])]
    return program


def test_numbers_are_folded_as_they_would_be_computed() -> None:
    program = of_one_number(
        lambda p, x: p.add(
            ops.sum, ((x, p.add(ops.tanh, (0.3,)), p.add(ops.dot, ((1.0, 2.0), (3.0, 4.0)))),)
        )
    )
    assert body(passes.fold(program)) == ["t1 = sum([x, 0.291313, 11])", "return t1"]
    assert bits(passes.fold(program)(0.1)) == bits(program(0.1))


def test_what_fails_is_left_to_fail_where_it_runs() -> None:
    program = trace(lambda x: x + ops.inv(Tensor(np.eye(2))), np.ones((2, 2)))
    program.equations[0].args = (np.ones((2, 2)),)  # which has no inverse
    assert len(passes.fold(program).equations) == 2
    with pytest.raises(np.linalg.LinAlgError):
        passes.fold(program)(np.ones((2, 2)))


def test_folding_warns_of_nothing_and_makes_no_large_arrays() -> None:
    program = of_one_number(lambda p, x: p.add(ops.add, (x, p.add(ops.log, (-1.0,)))))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert body(passes.fold(program)) == ["t1 = x + nan", "return t1"]
    large = trace(lambda x: x + ops.broadcast_to(Tensor(1.0), (1000, 1000)).exp(), 2.0 * BIG[0, :1])
    assert large.counts() == passes.fold(large).counts()


def test_a_folded_array_cannot_be_changed_from_outside() -> None:
    folded = passes.fold(trace(lambda x: (x, Tensor([0.0, 1.0]).exp()), np.ones(2)))
    _, constant = folded(np.ones(2))
    with pytest.raises(ValueError, match="read-only"):
        constant[0] = 5.0


# --- algebra --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * 1,
        lambda x: 1.0 * x,
        lambda x: x / 1,
        lambda x: x**1,
        lambda x: x - 0,
        lambda x: x - 0.0,
        lambda x: x + -0.0,
        lambda x: -0.0 + x,
        lambda x: ops.neg(ops.neg(x)),
        lambda x: ops.neg(ops.neg(ops.neg(ops.neg(x * 1 / 1)))) - 0,
    ],
)
def test_what_changes_nothing_is_left_out(f: Any) -> None:
    program = trace(f, 2.0)
    assert passes.simplify(program).prune().outputs[0].name == "x"
    for x in SPECIAL:
        assert bits(program(x)) == bits(x)
    # of arrays too, once they are computed
    arrays = trace(lambda x: f(x.tanh()), np.ones(3))
    assert body(passes.simplify(arrays).prune()) == ["t1 = tanh(x)", "return t1"]


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x + 0,
        lambda x: 0.0 + x,
        lambda x: x - -0.0,
        lambda x: 0 - x,
        lambda x: 0 * x,
        lambda x: 1 / x,
        lambda x: 1**x,
        lambda x: x * -1,
        lambda x: x - x,
        lambda x: x / x,
        lambda x: 1 - x,
    ],
)
def test_what_changes_a_bit_somewhere_stays(f: Any) -> None:
    program = trace(f, 2.0)
    assert body(passes.optimized(program)) == body(program)


def test_adding_zero_to_what_is_never_minus_zero() -> None:
    for f in (
        lambda x: x.exp() + 0,
        lambda x: 0 + abs(x),
        lambda x: (x * x + 1) + 0,
        lambda x: (x + 0.0) + 0.0,
    ):
        program = trace(f, 2.0)
        assert len(passes.simplify(program).equations) == len(program.equations) - 1
        with np.errstate(all="ignore"):
            for x in [*SPECIAL, -1.0]:
                assert bits(passes.simplify(program)(x)) == bits(program(x))
    kept = trace(lambda x: (x + -0.0 * x) + 0, 2.0)
    assert len(passes.simplify(kept).equations) == len(kept.equations)


def test_shapes_and_types_stay() -> None:
    single = np.ones(3, dtype=np.float32)
    for f, x in (
        (lambda x: x.exp() * np.ones((3, 1)), np.ones(3)),
        (lambda x: x.exp() * np.ones(3), single),
        (lambda x: ops.greater(x, 0) * 1.0, np.ones(3)),
        (lambda x: x * 1, np.ones(3)),  # an input: it may lie in memory in any order
        (lambda x: x.exp()[::-1] * 1, np.ones(3)),
        (lambda x: ops.exp(x) * np.array([1.0, 1.0, 2.0]), np.ones(3)),
    ):
        program = trace(f, x)
        assert body(passes.optimized(program)) == body(program)
    for f, x in (
        (lambda x: x.exp() * np.ones(3), np.ones(3)),
        (lambda x: x.exp() * 1.0, single),
        (lambda x: ops.broadcast_to(Tensor(1.0), (500,)) * x.exp(), np.ones(500)),
        (lambda x: ops.broadcast_to(x.reshape(2, 3), (2, 3)).exp().reshape(2, -1), BIG[:, :3]),
    ):
        program = trace(f, x)
        small = passes.optimized(program)
        assert body(small) == ["t1 = exp(x)", "return t1"]
        assert bits(small(x)) == bits(program(x))


def test_dead_code() -> None:
    program = of_one_number(lambda p, x: (p.add(ops.exp, (x,)), p.add(ops.sin, (x,)))[1])
    assert body(passes.prune(program)) == ["t1 = sin(x)", "return t1"]
    assert len(program.equations) == 2


# --- all together ---------------------------------------------------------------------------------


def test_passes_leave_to_each_other_what_they_can() -> None:
    """Each of these is possible only after the one before."""

    def f(x: Any) -> Any:
        one = Tensor(2.0) - 1  # folded to 1
        y = x.exp()
        return (y * one).sin() + y.sin()  # then left out, then shared

    assert body(trace(f, np.ones(2)).optimized()) == [
        "t1 = exp(x)",
        "t2 = sin(t1)",
        "t3 = t2 + t2",
        "return t3",
    ]


def test_rules_of_your_own_are_left_alone() -> None:
    @primitive
    def add(x: Any, y: Any) -> Any:
        return x + y

    add.defvjp(lambda g, out, x, y: g, lambda g, out, x, y: g)
    program = trace(lambda x: add(x, -0.0) + add(x, -0.0) + add(Tensor(1.0), 2.0), np.ones(2))
    assert body(program.optimized()) == body(program)
    assert program.counts()["add"] == 5


def test_constants_as_results_and_nested_results() -> None:
    program = trace(lambda x: {"a": (x * 1, Tensor([1.0]).exp()), "b": [3.0]}, 2.0)
    small = program.optimized()
    assert not small.equations
    assert bits(small(5.0)) == bits(program(5.0))
    assert isinstance(small(5.0)["a"], tuple)


def test_parameters_and_inputs_stay_in_their_places() -> None:
    w, v = Value(2.0, label="w"), Value(3.0, label="v")
    program = trace(lambda x, y: w * x * 1 + v * 1 - v, 1.0, 2.0).optimized()
    assert list(program.parameters.values()) == [w, v]
    assert [x.name for x in program.inputs] == ["x", "y"]
    w.data = 7.0
    assert program(2.0, 0.0).data == 14.0


TRIVIAL: dict[str, Any] = {
    "one": lambda m, x, y, z: 1.0 * x * 1,
    "zero": lambda m, x, y, z: x - 0.0 + y * 0.0,
    "plus zero": lambda m, x, y, z: (x + 0.0) + 0.0,
    "minus zero": lambda m, x, y, z: -0.0 + x,
    "twice": lambda m, x, y, z: ops.neg(ops.neg(x)),
    "power one": lambda m, x, y, z: x**1 / 1,
    "stop": lambda m, x, y, z: ops.stop_gradient(x) * y,
}
MIXED = INSTRUCTIONS | TRIVIAL | {f"{name} ": f for name, f in TRIVIAL.items()}
points = st.lists(st.floats(-2, 2) | st.sampled_from(SPECIAL[:5]), min_size=3, max_size=3)
steps = st.builds(
    Steps,
    st.just([0.3, -0.7, 1.1]),
    st.lists(
        st.builds(
            Instruction, st.sampled_from(sorted(MIXED)), st.tuples(*[st.integers(0, 12)] * 3)
        ),
        min_size=1,
        max_size=12,
    ),
)


@settings(max_examples=150, deadline=None)
@given(steps, points)
def test_random_programs_of_numbers(steps: Steps, point: list[float]) -> None:
    def f(*xs: Any) -> Any:
        return run(steps, list(xs), autograd, MIXED)

    program = trace(f, *steps.leaves)
    slopes = program.grad()
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for at in (point, list(map(Value, point))):
            for each in ALL:
                assert bits(each(program)(*at)) == bits(program(*at))
                assert bits(each(slopes)(*at)) == bits(slopes(*at))
        # Derivatives of a shared equation are added up before they are multiplied, not after.
        finite = [x if math.isfinite(x) else 0.5 for x in point]
        np.testing.assert_allclose(
            program.optimized().grad()(*finite), slopes(*finite), rtol=1e-10, atol=1e-12
        )


ON_ARRAYS: list[Callable[..., Any]] = [
    lambda x, y: x * y,
    lambda x, y: x + y,
    lambda x, y: x * 1,
    lambda x, y: 1 * x.tanh(),
    lambda x, y: x.exp() + 0,
    lambda x, y: x + 0.0,
    lambda x, y: x * np.ones((3, 3)),
    lambda x, y: x + np.full(3, -0.0),
    lambda x, y: ops.neg(ops.neg(x.sin())),
    lambda x, y: x[::-1],
    lambda x, y: x.T,
    lambda x, y: x @ y * 0.1,
    lambda x, y: x.sum(axis=0),
    lambda x, y: x.sum(axis=0, keepdims=True) * 1,
    lambda x, y: ops.maximum(x, y),
    lambda x, y: ops.broadcast_to(ops.broadcast_to(x, (3, 3))[0], (3, 3)),
    lambda x, y: ops.where(x > y, x, y * Tensor(np.arange(3.0)).exp()),
    lambda x, y: x * (Tensor(np.ones(3)) - 0),
    lambda x, y: ops.softmax(x, axis=-1),
    lambda x, y: ops.stop_gradient(x) - 0,
]
chosen = st.tuples(st.integers(0, len(ON_ARRAYS) - 1), st.integers(0, 8), st.integers(0, 8))


@settings(max_examples=150, deadline=None)
@given(st.lists(chosen, min_size=1, max_size=8), st.integers(0, 10**6), st.booleans())
def test_random_programs_of_arrays(instructions: Any, seed: int, turned: bool) -> None:
    def f(x: Any, y: Any) -> Any:
        pool = [x, y]
        for kind, i, j in instructions:
            a, b = (pool[-1 - k % len(pool)] for k in (i, j))
            made = ON_ARRAYS[kind](a, b)
            pool.append(made if made.shape == (3, 3) else ops.broadcast_to(made, (3, 3)))
        return pool[-1]

    def slopes(x: Any, y: Any) -> Any:
        return autograd.grad(lambda x, y: (f(x, y) * np.cos(np.arange(3.0)) + x * y).sum(), (0, 1))(
            x, y
        )

    rng = np.random.default_rng(seed)
    example, point = rng.normal(size=(2, 2, 3, 3))
    point[rng.random(point.shape) < 0.1] = rng.choice(SPECIAL)
    at = (point[0].T[::-1], point[1]) if turned else point
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for function in (f, slopes):
            program = trace(function, *example)
            expected = bits(program(*at))
            for each in ALL:
                assert bits(each(program)(*at)) == expected
            assert bits(program.optimized()(*map(Tensor, at))) == expected


def test_the_second_time_there_is_nothing_left_to_do() -> None:
    w = Value(0.5)
    program = trace(
        lambda x: (w * x + 1 * x).tanh() * (w * x - ops.neg(ops.neg(x)) * 1) ** 2, 2.0
    ).grad()
    once = program.optimized()
    assert len(once.equations) < len(program.equations)
    assert str(once.optimized()) == str(once)


def test_a_long_program_is_optimised_in_one_walk() -> None:
    count, calls = 40_000, []

    def counted(write: Any) -> Any:
        return lambda e, args: calls.append(e) or write(e, args)

    program = Program()
    program.inputs = [x] = [program.var("x")]
    program.in_tree = (None,)
    y: Any = x
    for i in range(count // 4):
        y = ((x * float(i // 2)) + y) * 1.0
        y = -y
    program.outputs = [y]
    assert len(program.equations) == count
    assert len(program.optimized().equations) < 0.8 * count
    program.copied(counted)
    assert len(calls) == count  # what each pass is asked to write: every equation, once


def test_narrow_computes_before_it_copies() -> None:
    x, row = np.arange(1.0, 7.0).reshape(2, 3), np.array([1.0, -2.0, 3.0])

    def f(x: Any, row: Any) -> Any:
        wide = autograd.broadcast_to(row, (2, 3))
        return autograd.exp(wide) * x + (wide * 2.0) / x, -wide

    program = trace(f, x, row)
    new = passes.narrow(program).prune()
    by_shape = {e.op.name: e.array.shape for e in new.equations if e.array}
    assert by_shape["exp"] == by_shape["neg"] == (3,)
    assert new.counts()["broadcast_to"] == 1  # of the result that is nothing but a copy
    with np.errstate(all="ignore"):
        for a, b in zip(new(x + 1, row), program(x + 1, row), strict=True):
            np.testing.assert_array_equal(a, b)
            assert (a.shape, a.dtype) == (b.shape, b.dtype)
    small = np.ones(3, np.float32)  # a float64 that was copied stays a float64
    program = trace(lambda x: autograd.broadcast_to(2.0, (3,)) * x, small)
    assert passes.optimized(program)(small).dtype == program(small).dtype == np.float64


def test_a_program_finds_the_parts_of_a_dict_by_their_keys() -> None:
    program = trace(lambda p: p["a"] ** 2 * 3 + p["b"] * 5, {"a": 1.0, "b": 2.0})
    assert program({"b": 10.0, "a": 2.0}) == 62.0
    assert program.grad()({"b": 10.0, "a": 2.0}) == [12.0, 5.0]
    with pytest.raises(TypeError, match=r"expected 2 numbers: \{'a': .*, 'b': .*\}, got 2: \{'c'"):
        program({"c": 10.0, "b": 2.0})
