"""Programs and compiled functions against the same code run eagerly, at other points."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from op_samples import SAMPLES, Sample, call

import autograd
import nn
from autograd import Tensor, Value, compile, trace
from autograd.node import PRIMITIVES, Primitive

ROWS = [
    pytest.param(PRIMITIVES[name], sample, id=name)
    for name, sample in SAMPLES.items()
    if name in PRIMITIVES
]


def eager(f: Any, points: Any) -> tuple[list[float], list[list[float]]]:
    """Values and gradients, point by point, with Values."""
    outs, grads = [], []
    for point in points:
        xs = [Value(x) for x in point]
        out = f(*xs)
        out.backward()
        outs.append(out.data)
        grads.append([x.grad for x in xs])
    return outs, grads


# --- programs -------------------------------------------------------------------------------------


def test_a_program_reads_like_a_derivation() -> None:
    w, b = Value(2.0, label="w"), Value(1.0, label="b")
    program = trace(lambda x, ys: {"h": (w * x + b * ys[1]).tanh(), "c": 3.0}, 1.0, [2.0, 3.0])
    assert str(program).splitlines() == [
        "program(x, ys0, ys1) with w, b",
        "    t1 = w * x",
        "    t2 = b * ys1",
        "    t3 = t1 + t2",
        "    t4 = tanh(t3)",
        "    return {'h': t4, 'c': 3}",
    ]
    out = program(2.0, [0.0, 5.0])
    assert out["h"].data == math.tanh(9.0)
    w.data = 0.0  # parameters are read when it runs
    assert program(2.0, [0.0, 5.0])["h"].data == math.tanh(5.0)
    assert program.counts() == {"mul": 2, "add": 1, "tanh": 1}


def test_names_are_never_given_twice() -> None:
    labels = ["t1", "t1", "x", "", "t"]
    values = [Value(float(i), label=label) for i, label in enumerate(labels)]
    program = trace(lambda x: autograd.sum([v * x for v in values]), 1.0)
    names = [x.name for x in [*program.inputs, *program.parameters]]
    names += [e.name for e in program.equations]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("primitive", "sample"), ROWS)
def test_a_program_run_at_another_point_is_the_function_there(
    primitive: Primitive, sample: Sample
) -> None:
    first, *others = sample.draws(primitive, 4)
    program = trace(lambda *xs: call(primitive, primitive, xs), *first)
    for point in others:
        values = [Value(x) for x in point]
        assert program(*values).data == call(primitive, primitive, values).data


def test_a_long_program_is_traced_without_recursion() -> None:
    def f(x: Any) -> Any:
        for _ in range(20_000):
            x = x * 1.0001 + 0.001
        return x

    assert len(trace(f, 1.0).equations) == 40_000


def test_python_cannot_decide_on_a_traced_number() -> None:
    for f in (
        lambda x: x if x > 0 else -x,
        lambda x: x and 1.0,
        lambda x: max(x, 0.0 * x),
    ):
        with pytest.raises(
            TypeError, match=r"trace: expected decisions.*test_compiled\.py:\d+.*where"
        ):
            trace(f, 1.0)
    assert bool(Value(1.0))  # outside of a trace it can
    for f in (
        lambda x: math.sin(x),
        lambda x: float(x) * x,
        lambda x: [1.0, 2.0][x],
        lambda x: round(x) * x,
    ):
        with pytest.raises(
            TypeError,
            match=r"trace: .*plain number.* at .*test_compiled\.py:\d+.*autograd\.sin.*where",
        ):
            trace(f, 1.0)
    for g in (
        lambda x: float(x.sum()) * x,
        lambda x: [1.0, 2.0][autograd.argmax(x)],
        lambda x: x * x.data,
        lambda x: x * x.sum().item(),
        lambda x: x if (x > 0).all() else -x,
    ):
        with pytest.raises(TypeError, match=r"trace: .* at .*test_compiled\.py:\d+.*where"):
            trace(g, np.ones(2))
    with pytest.raises(TypeError, match=r"numbers or arrays as example"):
        trace(lambda x: x, "three")
    with pytest.raises(TypeError, match="a function that returns numbers or arrays, got None"):
        trace(lambda x: None, 1.0)


def test_of_a_matrix_trace_is_the_sum_of_its_diagonal() -> None:
    x = np.arange(9.0).reshape(3, 3)
    assert autograd.trace(x) == 12.0
    assert autograd.trace(Tensor(x), offset=1).item() == np.trace(x, offset=1)


# --- compiled -------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", [None, "numpy", "numba"])
@pytest.mark.parametrize("batch", [0, 1, 7])
@pytest.mark.parametrize(("primitive", "sample"), ROWS)
def test_a_compiled_operation_is_the_operation_at_each_point(
    primitive: Primitive, sample: Sample, batch: int, backend: str | None
) -> None:
    traced_at, *points = sample.draws(primitive, batch + 1)

    def f(*xs: Any) -> Any:
        return (call(primitive, primitive, xs) * 0.5).tanh()

    compiled = compile(f)
    compiled(*traced_at)  # the program is the one of this point
    columns = [np.array([p[i] for p in points], dtype=float) for i in range(len(traced_at))]
    tensors = [Tensor(c, requires_grad=True) for c in columns]
    out = compiled(*tensors)
    assert out.shape == (batch,)
    outs, grads = eager(f, points)
    # NumPy's functions and those of `math` may differ in the last digits.
    np.testing.assert_allclose(out.data, outs, rtol=1e-13, atol=1e-15)
    if not out.requires_grad:
        return
    out.sum().backward()
    for i, t in enumerate(tensors):
        expected = [g[i] for g in grads]
        found = np.zeros(batch) if t.grad is None else t.grad
        np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-14)


def random_function(seed: int, inputs: int) -> tuple[Any, list[Value]]:
    """A function of many operations, with parameters, diamonds and repeated use."""
    rng = np.random.default_rng(seed)
    parameters = [Value(x) for x in rng.normal(size=6)]
    unary = [autograd.tanh, autograd.sin, autograd.relu, autograd.softplus, lambda x: x * x]
    choices = rng.integers(0, 2**30, size=(25, 4))

    def f(*xs: Any) -> Any:
        pool = [*xs, *parameters, 0.5]
        for kind, i, j, k in choices:
            a, b = pool[i % len(pool)], pool[j % len(pool)]
            made = [
                lambda a=a, b=b: a + b,
                lambda a=a, b=b: a * b,
                lambda a=a, k=k: unary[k % len(unary)](a * 1.0 if isinstance(a, float) else a),
                lambda a=a, b=b: autograd.maximum(a, b * 0.9),
                lambda k=k: autograd.sum(pool[k % 3 : k % 3 + 4]),
                lambda k=k: autograd.dot(pool[:3], pool[k % 4 : k % 4 + 3]),
                lambda k=k: autograd.logsumexp(pool[-4:]),
            ][kind % 7]
            pool.append(autograd.tanh(made() + 0.0 * xs[0]))
        return autograd.sum(pool[-6:])

    return f, parameters


@pytest.mark.parametrize("seed", range(20))
def test_random_functions_with_parameters(seed: int) -> None:
    f, parameters = random_function(seed, 2)
    points = np.random.default_rng(seed).normal(size=(5, 2))
    compiled = compile(f)
    compiled(0.3, -0.2)
    X = Tensor(points, requires_grad=True)
    for p in parameters:
        p.zero_grad()
    compiled(X[:, 0], X[:, 1]).sum().backward()
    found = [p.grad for p in parameters]
    for p in parameters:
        p.zero_grad()
    outs, grads = eager(f, points)
    np.testing.assert_allclose(compiled(points[:, 0], points[:, 1]).data, outs, rtol=1e-11)
    np.testing.assert_allclose(X.grad, grads, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found, [p.grad for p in parameters], rtol=1e-9, atol=1e-12)


def test_a_network_of_neurons_runs_as_matrices_and_learns_the_same() -> None:
    X, y = nn.datasets.load("moons", n=30, seed=1)[:2]
    signs = 2.0 * y - 1
    eager_model, model = nn.MLP(2, [8, 8, 1], seed=1), nn.MLP(2, [8, 8, 1], seed=1)
    hinge = compile(lambda x, sign: (1 - sign * model(x)).relu())
    for _ in range(5):
        model.zero_grad()
        eager_model.zero_grad()
        hinge(X, signs).mean().backward()
        losses = [(1 - s * eager_model(x)).relu() for x, s in zip(X.tolist(), signs, strict=True)]
        autograd.mean(losses).backward()
        for p, q in zip(model.parameters(), eager_model.parameters(), strict=True):
            assert p.grad == pytest.approx(q.grad, rel=1e-9, abs=1e-13)
            p.data -= 0.1 * p.grad
            q.data -= 0.1 * q.grad
    assert hinge.scalar_program(X, signs).counts()["dot"] == 17  # neurons
    counts = hinge.program(X, signs).counts()  # layers
    assert (counts["linear"], counts["relu"], counts["dot"]) == (3, 3, 0)


def test_structures_types_and_derivatives_of_compiled_functions() -> None:
    w = Value(2.0)
    f = compile(lambda p, xs: {"y": p["a"] * xs[0] + w, "z": [xs[1] * xs[1], 5.0, w]})
    X = np.arange(6.0).reshape(3, 2)
    out = f({"a": np.ones(3)}, X)
    np.testing.assert_array_equal(out["y"].data, X[:, 0] + 2)
    np.testing.assert_array_equal(out["z"][0].data, X[:, 1] ** 2)
    np.testing.assert_array_equal(out["z"][1].data, [5, 5, 5])
    np.testing.assert_array_equal(out["z"][2].data, [2, 2, 2])
    np.testing.assert_array_equal(f({"a": 3.0}, X)["y"].data, 3 * X[:, 0] + 2)  # one for all
    g = compile(lambda x: (w * x).sin())
    single = g(0.5)
    assert single.shape == ()
    assert single.item() == np.sin(1.0)
    assert g(np.ones(3, dtype=np.float32)).dtype == np.float32
    assert compile(lambda x, y: x * y)(np.ones(3, dtype=np.float32), 2.0).dtype == np.float32
    for n in range(300):  # each batch size is prepared by itself, and not all are kept
        assert g(np.zeros(n)).shape == (n,)
    assert len(g._ready) <= 256
    x = np.array([0.1, 0.2])
    np.testing.assert_allclose(autograd.jacobian(g)(x), np.diag(2 * np.cos(2 * x)), rtol=1e-14)
    np.testing.assert_allclose(
        autograd.hessian(lambda x: autograd.sum(g(x)))(x), np.diag(-4 * np.sin(2 * x)), rtol=1e-13
    )
    np.testing.assert_allclose(
        autograd.jvp(g, (x,), (np.ones(2),))[1], 2 * np.cos(2 * x), rtol=1e-14
    )


def test_parameters_are_read_at_every_call() -> None:
    w = Value(2.0)
    f = compile(lambda x: w * x)
    x = np.array([1.0, 3.0])
    f(x).sum().backward()
    assert w.grad == 4.0
    w.data = 10.0
    out = f(x)
    np.testing.assert_array_equal(out.data, 10 * x)
    out.sum().backward()
    assert w.grad == 8.0  # added


def test_second_derivatives_of_captured_parameters_are_refused_before_anything_is_done() -> None:
    w, x = Value(2.0), Tensor(np.ones(3), requires_grad=True)
    out = compile(lambda x: w * x * x)(x).sum()
    with pytest.raises(TypeError, match="pass the parameters as arguments"):
        out.backward(create_graph=True)
    assert x.grad is None
    assert not w.has_grad
    H = autograd.hessian(lambda w: autograd.sum(compile(lambda w, x: w * w * x)(w, x.data)))(3.0)
    assert H == 6.0


def test_bad_input() -> None:
    f = compile(lambda x, y: x * y)
    with pytest.raises(ValueError, match=r"compile: .*shapes \(3,\), \(2,\)"):
        f(np.ones(3), np.ones(2))
    with pytest.raises(ValueError, match=r"shapes \(2, 2, 2\)"):
        compile(lambda x: x, numbers=True)(np.ones((2, 2, 2)))
    with pytest.raises(TypeError, match="arrays of real numbers"):
        f("a", np.ones(2))
    with pytest.raises(TypeError, match="decisions"):
        compile(lambda x: x if x > 0 else -x)(np.ones(2))


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("backend", ["numpy", "numba", "python"])
@pytest.mark.parametrize(
    "f",
    [
        lambda x: (x > -2) + (x > 0),
        lambda x: x * ((x > -2) + (x > 1)),
        lambda x: -(x > 0),
        lambda x: (x > 0) - (x > 1),
        lambda x: autograd.sign(x > 1),
        lambda x: autograd.sin(x > 1),
        lambda x: x * autograd.where(x > 1, 1.0, 0.0),
        lambda x: (x > 1) * 2.0,
        lambda x: autograd.sum([x > 0, x > 1]) * x,
        lambda x: autograd.where((x > 0) * (x < 3), x, 0.5),
        lambda x: autograd.max([x > 1, x > 4]) / 2,
    ],
)
def test_what_is_true_counts_as_one(f: Any, backend: str, dtype: Any) -> None:
    points = [-1.0, 0.5, 2.0, 5.0]
    expected, slopes = eager(f, [[x] for x in points])
    compiled = compile(f, backend=backend)
    for chosen in range(len(points)) if backend == "python" else [slice(None)]:
        x = Tensor(np.asarray(points[chosen], dtype), requires_grad=True)
        out = compiled(x)
        assert out.dtype == dtype
        np.testing.assert_allclose(out.data, expected[chosen], rtol=1e-6)
        if out.requires_grad:
            out.sum().backward()
            np.testing.assert_allclose(x.grad, np.ravel(slopes[chosen]).reshape(x.shape), rtol=1e-6)


def test_a_program_of_numbers_at_arrays_counts_what_is_true() -> None:
    slope = trace(lambda x: autograd.relu(x) + autograd.clip(x, -1, 1), 1.0).grad()
    for x in (0.5, np.float64(0.5), np.array([0.5]), np.float32([0.5]), Tensor([0.5])):
        (found,) = slope(x)
        assert np.asarray(getattr(found, "data", found)) == 2.0
    assert slope(np.float32([0.5]))[0].dtype == np.float32
    assert compile(slope)(np.array([0.5]))[0].data == 2.0


def test_an_array_beside_an_argument_leaves_open_what_the_argument_is() -> None:
    def f(x: Any) -> Any:
        return ((x - np.array([1.0, 2.0])) ** 2).sum()

    x = np.array([1.0, 1.0])
    with pytest.raises(TypeError, match=r"shape \(2,\) beside it.*numbers=True.*numbers=False"):
        compile(f)(x)
    assert compile(f, numbers=False)(x).item() == f(x) == 1.0
    assert compile(f, numbers=True)(x).tolist() == [f(1.0), f(1.0)]
    assert compile(f)(3.0).item() == 5.0  # one number is one number
    assert compile(f)(np.ones(3)).tolist() == [1.0, 1.0, 1.0]  # no array that fits beside it


@pytest.mark.parametrize("backend", ["numpy", "numba", "python"])
def test_a_constant_divisor_of_zero(backend: str) -> None:
    w = Value(2.0)
    f = compile(lambda x: autograd.where(x > 1, w / 0.0, w * x), backend=backend)
    with np.errstate(all="ignore"):
        f(0.5 if backend == "python" else np.array([0.5])).sum().backward()
        assert w.grad == 0.5
        slope = trace(lambda x: autograd.where(x > 1, x / 0.0, x), 2.0).grad()
        assert (slope(0.5), slope(2.0)) == ([1.0], [math.inf])


@pytest.mark.parametrize("f", [lambda x, y: x // y, lambda x, y: x % y])
def test_steps_are_not_finite_everywhere(f: Any) -> None:
    slopes = trace(lambda x, y, z: autograd.where(z > 0, z, z * f(x, y)), 1.0, 2.0, 3.0).grad()
    with np.errstate(all="ignore"):
        assert slopes(1.0, 0.0, 2.0) == [0.0, 0.0, 1.0]


@pytest.mark.parametrize("backend", ["numpy", "numba", "python"])
def test_what_is_flat_moves_nothing(backend: str) -> None:
    x = 1.5 if backend == "python" else np.array([1.5, -0.5])
    for f in (autograd.floor, lambda x: (autograd.floor(x), 3.0), lambda x: autograd.sign(x) * 2):
        moved = autograd.jvp(compile(f, numbers=True, backend=backend), (x,), (np.ones_like(x),))[1]
        assert not any(np.any(t) for t in autograd.trees.leaves(moved))


# --- derivatives and source -----------------------------------------------------------------------


@pytest.mark.parametrize(("primitive", "sample"), ROWS)
def test_the_derivative_of_a_program_is_a_program(primitive: Primitive, sample: Sample) -> None:
    first, *points = sample.draws(primitive, 4)

    def f(*xs: Any) -> Any:
        return (call(primitive, primitive, xs) * 0.5).tanh()

    derivative = trace(f, *first).grad()
    for point, expected in zip(points, eager(f, points)[1], strict=True):
        # Where tanh is nearly 1, the factor 1 - tanh**2 has few digits left of its sixteen.
        assert derivative(*point) == pytest.approx(expected, rel=1e-11, abs=1e-15)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: autograd.sqrt(autograd.relu(x)),
        lambda x: autograd.where(x > 0, autograd.log(x) * x, 0.0),
        lambda x: autograd.where(x < 700, autograd.exp(x), 0.0) * 2,
        lambda x: (x * x) ** 0.5 * x,
        lambda x: autograd.relu(x) / autograd.where(x > 0, x, 0.0),
        lambda x: 3 * autograd.maximum(x, 0.0) ** 0.5,
    ],
)
def test_a_zero_stops_everything_in_programs_of_derivatives(f: Any) -> None:
    points = [-1.0, 0.0, 1e-320, 2.0, 800.0, math.inf]
    with np.errstate(all="ignore"):
        program = trace(f, 0.7).grad()
        expected = [slope for (slope,) in eager(f, [[x] for x in points])[1]]
        many = compile(lambda x: program(x)[0])(np.array(points)).data
        for p in (program, program.optimized(), autograd.Program.from_json(program.to_json())):
            assert [p(x)[0] for x in points] == pytest.approx(expected, nan_ok=True)
        assert many == pytest.approx(expected, nan_ok=True)
        one = trace(lambda x: program(x)[0], 0.7)
        assert one.grad()(2.0)[0] == pytest.approx(autograd.grad(autograd.grad(f))(2.0))


def test_where_all_is_finite_a_derivative_is_plain_products() -> None:
    assert "hand_on" not in str(trace(lambda x, y: autograd.tanh(x * y) * 3, 1.0, 2.0).grad())
    assert "hand_on" not in str(trace(lambda x: -autograd.log(3 * x), 1.0).grad())
    assert str(trace(lambda x: autograd.log(autograd.tanh(x)), 1.0).grad()).count("hand_on") == 1


@pytest.mark.parametrize(("primitive", "sample"), ROWS)
def test_source_runs_on_its_own(primitive: Primitive, sample: Sample) -> None:
    first, *points = sample.draws(primitive, 3)
    program = trace(lambda *xs: call(primitive, primitive, xs), *first)
    names: dict[str, Any] = {}
    exec(program.source, names)
    for point in points:
        expected = call(primitive, primitive, [Value(x) for x in point]).data
        assert names["program"](*point) == pytest.approx(expected, rel=1e-13, abs=1e-300)


def test_the_largest_of_one_number_has_a_source() -> None:
    for function in (autograd.max, autograd.min, autograd.logsumexp, autograd.sum):
        names: dict[str, Any] = {}
        exec(trace(lambda x, f=function: f([x]) + 1, 2.0).source, names)
        assert names["program"](3.0) == 4.0


def test_the_gradient_of_a_network_as_plain_python() -> None:
    model = nn.MLP(2, [3, 1], activation="tanh", seed=1)
    program = trace(lambda x, y: (model(x) - y) ** 2, [0.5, -1.0], 1.0)
    names: dict[str, Any] = {}
    exec(program.grad().source, names)
    parameters = list(program.parameters.values())
    found = names["program"](0.3, 0.8, -1.0, *(p.data for p in parameters))
    model.zero_grad()
    x = [Value(0.3), Value(0.8), Value(-1.0)]
    ((model(x[:2]) - x[2]) ** 2).backward()
    assert found == pytest.approx([v.grad for v in [*x, *parameters]], rel=1e-12)
    second = program.grad()
    second.outputs, second.out_tree = second.outputs[:1], [None]
    assert len(second.grad().outputs) == len(found)  # and so on


def test_names_that_mean_something_in_python_are_not_used() -> None:
    values = [Value(2.0, label=label) for label in ("log", "e", "class", "a b", "max", "program")]
    program = trace(lambda exp: autograd.exp(exp) * autograd.sum(values).log(), 0.5)
    names: dict[str, Any] = {}
    exec(program.source, names)
    out = names["program"](0.5, *[2.0] * 6)
    assert out == pytest.approx(math.exp(0.5) * math.log(12.0))


@pytest.mark.parametrize("backend", ["numpy", "numba", "python"])
def test_a_zero_stops_everything_on_all_back_ends(backend: str) -> None:
    w = Value(3.0)

    def f(x: Any) -> Any:
        return autograd.where(x > 0, (x * w).sqrt(), 0.0) + autograd.relu(x) / x.abs()

    points = [4.0, 0.0, -1.0]
    compiled = compile(f, backend=backend)
    if backend == "python":
        grads = []
        for point in points:
            x = Tensor(point, requires_grad=True)
            with np.errstate(all="ignore"):
                compiled(x).backward()
            grads.append(float(x.grad))
    else:
        x = Tensor(points, requires_grad=True)
        with np.errstate(all="ignore"):
            compiled(x).sum().backward()
        grads = x.grad.tolist()
    found = w.grad
    w.zero_grad()
    values = [Value(p) for p in points]
    with np.errstate(all="ignore"):
        autograd.sum([f(v) for v in values]).backward()
    assert grads == pytest.approx([v.grad for v in values], nan_ok=True)
    assert found == pytest.approx(w.grad, nan_ok=True)


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("batch", [0, 1, 7, 1000])
@pytest.mark.parametrize(
    "settings",
    [{}, {"matrices": False}, {"backend": "numpy"}, {"backend": "numba"}],
    ids=["chosen", "no matrices", "numpy", "numba"],
)
def test_all_ways_to_compile_agree_at_all_batch_sizes(
    settings: dict[str, Any], batch: int, dtype: Any
) -> None:
    if settings.get("backend") == "numba":
        pytest.importorskip("numba", reason="numba is not installed")
    # float32 has seven digits, and these functions lose some of them on the way.
    close = {"rtol": 1e-9, "atol": 1e-12} if dtype is np.float64 else {"rtol": 2e-3, "atol": 2e-4}
    for seed in (100, 101):
        f, parameters = random_function(seed, 2)
        compiled = compile(f, **settings)
        compiled(dtype(0.3), dtype(-0.2)) if settings != {"backend": "numba"} else None
        points = np.random.default_rng(batch).normal(size=(batch, 2)).astype(dtype)
        X = Tensor(points, requires_grad=True)
        out = compiled(X[:, 0], X[:, 1])
        assert out.dtype == dtype
        out.sum().backward()
        found = [p.grad for p in parameters]
        for p in parameters:
            p.zero_grad()
        outs, grads = eager(f, points.astype(float))
        np.testing.assert_allclose(out.data, outs, **close)
        np.testing.assert_allclose(X.grad, np.reshape(grads, (batch, 2)), **close)
        scale = max(1.0, *(abs(p.grad) for p in parameters))
        expected = [p.grad for p in parameters]
        np.testing.assert_allclose(found, expected, rtol=close["rtol"], atol=close["atol"] * scale)
