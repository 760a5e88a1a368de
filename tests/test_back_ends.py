"""The back ends of scalar programs against eager Values: straight-line Python, and numba."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from op_samples import SAMPLES, Sample, call

import autograd
from autograd import Value, trace
from autograd.compiling.instructions import encoded, lowered
from autograd.compiling.numba_lanes import Lanes
from autograd.compiling.single_point import SinglePoint
from autograd.node import PRIMITIVES, Primitive
from autograd.programs.adjoint import paths, pullback

ROWS = [
    pytest.param(PRIMITIVES[name], sample, id=name)
    for name, sample in SAMPLES.items()
    if name in PRIMITIVES
]
needs_numba = pytest.mark.skipif(
    importlib.util.find_spec("numba") is None, reason="numba is not installed"
)
# What functions of `math`, NumPy and numba may differ in: some units in the last place of each.
TIGHT: dict[Any, Any] = {"rtol": 1e-12, "atol": 1e-14}
SINGLE: dict[Any, Any] = {"rtol": 1e-4, "atol": 1e-5}


def eager(
    f: Any, points: Any, cotangents: Any, parameters: Any = ()
) -> tuple[list[Any], list[Any], list[Any]]:
    """Outputs, gradients of the inputs and of the parameters, point by point with Values."""
    outs, grads = [], []
    for p in parameters:
        p.zero_grad()
    for point, gs in zip(points, cotangents, strict=True):
        xs = [Value(x) for x in point]
        out = f(*xs)
        nodes = out if isinstance(out, list) else [out]
        for node, g in zip(nodes, gs, strict=True):
            if isinstance(node, Value):
                (node * float(g)).backward()
        outs.append([getattr(node, "data", node) for node in nodes])
        grads.append([x.grad for x in xs])
    return outs, grads, [p.grad for p in parameters]


def on_python(program: Any, points: Any, cotangents: Any) -> tuple[list[Any], list[Any], Any]:
    """The same, by straight-line code."""
    back_end = SinglePoint(program)
    parameters = [node.data for node in program.parameters.values()]
    outs = [back_end.run(list(point), parameters) for point in points]
    pairs = [
        back_end.pull(list(point), parameters, list(gs))
        for point, gs in zip(points, cotangents, strict=True)
    ]
    sums = np.sum([dp for _, dp in pairs], axis=0) if pairs else np.zeros(len(parameters))
    return outs, [dx for dx, _ in pairs], sums


def on_numba(
    program: Any, points: Any, cotangents: Any, dtype: Any = np.float64
) -> tuple[Any, Any, Any]:
    """The same, by the interpreter, for all points at once."""
    X = np.array(points, dtype).reshape(len(points), len(program.inputs))
    G = np.array(cotangents, dtype).reshape(len(points), len(program.outputs)).T
    p = np.array([node.data for node in program.parameters.values()], dtype)
    back_end = Lanes(program)
    outs = back_end.forward(X, p)
    dX, dp = back_end.backward(X, p, G)
    assert {outs.dtype, dX.dtype, dp.dtype} == {np.dtype(dtype)}
    return outs.T, dX, dp


def agree(found: Any, expected: Any, **tolerance: Any) -> None:
    for a, b in zip(found, expected, strict=True):
        b = np.array(b, dtype=float)
        np.testing.assert_allclose(np.asarray(a).reshape(b.shape), b, **tolerance)


BACK_ENDS = [
    pytest.param(on_python, id="python"),
    pytest.param(on_numba, id="numba", marks=needs_numba),
]


# --- each primitive -------------------------------------------------------------------------------


@pytest.mark.parametrize("run", BACK_ENDS)
@pytest.mark.parametrize("batch", [0, 1, 7, 1000])
@pytest.mark.parametrize(("primitive", "sample"), ROWS)
def test_each_primitive_at_other_points(
    primitive: Primitive, sample: Sample, batch: int, run: Callable[..., Any]
) -> None:
    if batch == 1000 and run is on_python:
        batch = 20
    traced_at, *points = sample.draws(primitive, batch + 1)
    program = trace(lambda *xs: call(primitive, primitive, xs), *traced_at)
    cotangents = np.random.default_rng(1).normal(size=(batch, 1))
    expected = eager(lambda *xs: call(primitive, primitive, xs), points, cotangents)
    agree(run(program, points, cotangents), expected, **TIGHT)


@needs_numba
@pytest.mark.parametrize("batch", [0, 1, 7, 1000])
@pytest.mark.parametrize(("primitive", "sample"), ROWS)
def test_each_primitive_in_float32(primitive: Primitive, sample: Sample, batch: int) -> None:
    traced_at, *points = sample.draws(primitive, batch + 1)
    rounded = np.array(points, np.float32).astype(float).tolist()
    program = trace(lambda *xs: call(primitive, primitive, xs), *traced_at)
    cotangents = np.float32(np.random.default_rng(1).normal(size=(batch, 1)))
    expected = eager(lambda *xs: call(primitive, primitive, xs), rounded, cotangents)
    agree(on_numba(program, rounded, cotangents, np.float32), expected, **SINGLE)


@pytest.mark.parametrize("run", BACK_ENDS)
@pytest.mark.parametrize(("primitive", "sample"), ROWS)
def test_each_primitive_at_its_kinks_and_off_its_domain(
    primitive: Primitive, sample: Sample, run: Callable[..., Any]
) -> None:
    edges = [inputs for inputs, _ in [*sample.kinks, *sample.off_domain]]
    for point in edges:
        f: Any = lambda *xs: call(primitive, primitive, xs)  # noqa: E731
        with np.errstate(all="ignore"):
            # Among other points, whose results must not suffer.
            fine = sample.points[0] if len(sample.points[0]) == len(point) else point
            points, cotangents = [fine, point, fine], [[2.0], [-0.5], [0.0]]
            expected = eager(f, points, cotangents)
            found = run(trace(f, *fine), points, cotangents)
        agree(found[:2], expected[:2], **TIGHT)


@pytest.mark.parametrize(("primitive", "sample"), ROWS)
def test_a_path_leads_to_what_has_a_gradient(primitive: Primitive, sample: Sample) -> None:
    point = sample.points[0]
    f: Any = lambda *xs: call(primitive, primitive, xs)  # noqa: E731
    program, xs = trace(f, *point), [Value(x) for x in point]
    out = f(*xs)
    if isinstance(out, Value):
        out.backward()
    assert [x in paths(program) for x in program.inputs] == [x.has_grad for x in xs]


# --- random functions -----------------------------------------------------------------------------

UNARY = [autograd.tanh, autograd.sin, autograd.relu, autograd.softplus, lambda x: x * x]
Choices = list[tuple[int, int, int, int]]


def random_function(choices: Choices, numbers: list[float]) -> tuple[Any, list[Value]]:
    """A function of two numbers, with parameters, diamonds, repeated use and two outputs."""
    parameters = [Value(x) for x in numbers]

    def f(*xs: Any) -> Any:
        pool = [*xs, *parameters, 0.5]
        for kind, i, j, k in choices:
            a, b = pool[i % len(pool)], pool[j % len(pool)]
            made = [
                lambda a=a, b=b: a + b,
                lambda a=a, b=b: a * b,
                lambda a=a, b=b: a - 0.5 * b,
                lambda a=a, b=b: a * b + b,
                lambda a=a, b=b: a * parameters[0] + (b * parameters[1] + a * b),
                lambda a=a, k=k: UNARY[k % len(UNARY)](a + xs[1]),
                lambda a=a, b=b: autograd.maximum(a, b * 0.9 + 0.0 * xs[0]),
                lambda k=k: autograd.sum(pool[k % 3 : k % 3 + 4]),
                lambda k=k: autograd.dot(pool[:7], pool[k % 4 :][:3] + pool[:4]),
                lambda k=k: autograd.logsumexp([*pool[-4:], xs[0]]),
                lambda k=k: autograd.min([*pool[-3:], xs[1]]),
            ][kind]
            pool.append(autograd.tanh(made() + 0.0 * xs[0]))
        return [autograd.sum(pool[-6:]), pool[-1] * xs[0]]

    return f, parameters


CHOICES = st.lists(
    st.tuples(st.integers(0, 10), *[st.integers(0, 1000)] * 3), min_size=1, max_size=25
)
PARAMETERS = st.lists(st.floats(-2, 2, width=32), min_size=6, max_size=6)


def assert_all_agree(choices: Choices, numbers: list[float], batch: int, with_numba: bool) -> None:
    f, parameters = random_function(choices, numbers)
    rng = np.random.default_rng(len(choices))
    points = rng.normal(size=(batch, 2)).astype(np.float32).astype(float)
    cotangents = rng.normal(size=(batch, 2)).astype(np.float32).astype(float)
    program = trace(f, 0.3, -0.2)
    outs, grads, sums = eager(f, points.tolist(), cotangents, parameters)
    captured = list(program.parameters.values())
    sums = [p.grad for p in captured]
    close = {"rtol": 1e-10, "atol": 1e-11}
    agree(on_python(program, points.tolist(), cotangents.tolist()), (outs, grads, sums), **close)
    if with_numba:
        agree(on_numba(program, points, cotangents), (outs, grads, sums), **close)


@settings(max_examples=60, deadline=None)
@given(CHOICES, PARAMETERS, st.sampled_from([0, 1, 7]))
def test_random_functions(choices: Choices, numbers: list[float], batch: int) -> None:
    with_numba = importlib.util.find_spec("numba") is not None
    assert_all_agree(choices, numbers, batch, with_numba)


@pytest.mark.parametrize("with_numba", [False, pytest.param(True, marks=needs_numba)])
def test_a_random_function_at_a_thousand_points(with_numba: bool) -> None:
    rng = np.random.default_rng(3)
    choices = [(int(rng.integers(11)), *map(int, rng.integers(1000, size=3))) for _ in range(30)]
    assert_all_agree(choices, rng.normal(size=6).tolist(), 1000, with_numba)


# --- pullbacks as programs ------------------------------------------------------------------------


def test_a_pullback_has_a_cotangent_for_each_output_and_a_zero_where_no_path_leads() -> None:
    w, unused = Value(2.0, label="w"), Value(3.0, label="u")
    program = trace(lambda x, y: [w * x, 5.0, x, autograd.stop_gradient(unused)], 1.0, 2.0)
    back = pullback(program)
    assert str(back).splitlines() == [
        "program(x, y, g, g_2, g_3, g_4) with w, u",
        "    t1 = g * x",
        "    t2 = g * w",
        "    t3 = g_3 + t2",
        "    return [t3, 0, t1, 0]",
    ]
    found = [getattr(v, "data", v) for v in back(10.0, 20.0, 0.5, 7.0, 0.25, 9.0)]
    assert found == [0.25 + 0.5 * 2.0, 0.0, 0.5 * 10.0, 0.0]


def test_primitives_of_the_user_state_no_local_derivatives() -> None:
    @autograd.primitive
    def cube(x: Any) -> Any:
        return x**3

    cube.defvjp(lambda g, out, x: g * 3 * x * x)
    program = trace(lambda x: cube(x) + 1.0, 2.0)
    back_end = SinglePoint(program)
    assert back_end.run([3.0], []) == [28.0]  # forwards it is a function like any other
    with pytest.raises(TypeError, match=r"gradient of cube.*primitive of your own.*NumPy back end"):
        back_end.pull([3.0], [], [1.0])
    with pytest.raises(TypeError, match=r"numba: cube.*primitive of your own.*NumPy back end"):
        Lanes(program)
    arrays = trace(lambda x: autograd.reshape(x, (2,)), np.ones((2, 1)))
    with pytest.raises(TypeError, match=r"gradient of reshape.*operation on arrays"):
        pullback(arrays)
    with pytest.raises(TypeError, match=r"numba: reshape.*operation on arrays"):
        Lanes(arrays)


@pytest.mark.parametrize("run", BACK_ENDS)
def test_a_zero_stops_an_infinite_slope(run: Callable[..., Any]) -> None:
    w = Value(0.0)
    functions: list[Any] = [
        lambda x: autograd.where(x > 0, (x + w).sqrt(), 0.0),
        lambda x: (x + w).sqrt() * 0.0,
        lambda x: autograd.where(x > 0, x.log(), w * x),
    ]
    for f in functions:
        points, cotangents = [[0.0], [4.0], [0.0]], [[1.0], [1.0], [0.0]]
        program = trace(f, 1.0)
        with np.errstate(all="ignore"):
            outs, grads, sums = eager(f, points, cotangents, [w])
            found = run(program, points, cotangents)
        assert np.isfinite(sums).all()
        agree(found, (outs, grads, sums), rtol=1e-15)


@pytest.mark.parametrize("run", BACK_ENDS)
def test_nan_and_infinities_come_out_as_they_do_eagerly(run: Callable[..., Any]) -> None:
    f: Any = lambda x, y: autograd.max([1.0 * y, x, 2.0]) + autograd.exp(x) * y  # noqa: E731
    points = [[math.nan, 1.0], [1000.0, 2.0], [1000.0, 0.0], [-math.inf, 1.0], [0.5, math.inf]]
    cotangents = [[1.0], [0.5], [0.0], [2.0], [1.0]]
    with np.errstate(all="ignore"):
        expected = eager(f, points, cotangents)
        found = run(trace(f, 0.5, 0.5), points, cotangents)
    agree(found, expected, rtol=1e-13)


@pytest.mark.parametrize("run", BACK_ENDS)
def test_a_comparison_hides_no_nan_of_the_way_it_was_computed(run: Callable[..., Any]) -> None:
    f: Any = lambda x, y: 1.0 * (autograd.logsumexp([x, y, 1.0]) > 3) + 0.0 * y  # noqa: E731
    points = [[math.inf, 1.0], [-math.inf, 1.0], [5.0, -2.0], [math.nan, 0.0], [800.0, 2.0]]
    cotangents = [[1.0]] * len(points)
    program = trace(f, 0.5, 0.5)
    agree(run(program, points, cotangents), eager(f, points, cotangents))
    names: dict[str, Any] = {}
    exec(program.source, names)
    assert [names["program"](*point) for point in points] == [1.0, 0.0, 1.0, 0.0, 1.0]


# --- long and odd programs ------------------------------------------------------------------------


@pytest.mark.parametrize("run", BACK_ENDS)
def test_long_programs(run: Callable[..., Any]) -> None:
    w = Value(1.0001)

    def chain(x: Any) -> Any:
        for _ in range(5_000):
            x = x * w + 0.001
        return x

    points, cotangents = [[0.5], [-1.0]], [[1.0], [2.0]]
    agree(
        run(trace(chain, 1.0), points, cotangents),
        eager(chain, points, cotangents, [w]),
        rtol=1e-11,
    )


@pytest.mark.parametrize("run", BACK_ENDS)
def test_wide_programs(run: Callable[..., Any]) -> None:
    """A sum that is nested too deeply for Python's compiler when it is written as an expression."""
    f: Any = lambda *xs: autograd.dot(list(xs), list(xs)) + autograd.sum(list(xs))  # noqa: E731
    points = np.random.default_rng(0).normal(size=(2, 5000)).tolist()
    agree(
        run(trace(f, *points[0]), points, [[1.0], [2.0]]),
        eager(f, points, [[1.0], [2.0]]),
        rtol=1e-11,
    )


@pytest.mark.parametrize("run", BACK_ENDS)
def test_outputs_that_nothing_computes(run: Callable[..., Any]) -> None:
    w = Value(2.5)
    f: Any = lambda x, y: [w, 3.0, x, x, autograd.sum([w, w]), w * w]  # noqa: E731
    points = np.random.default_rng(0).normal(size=(70, 2)).tolist()
    cotangents = np.random.default_rng(1).normal(size=(70, 6)).tolist()
    agree(run(trace(f, 1.0, 1.0), points, cotangents), eager(f, points, cotangents, [w]), **TIGHT)


def test_negative_zeros_are_kept() -> None:
    program = lowered(trace(lambda x: x * 0.0 + x * -0.0, 1.0))
    assert [math.copysign(1.0, c) for c in encoded(program, 1).constants] == [1.0, -1.0]
