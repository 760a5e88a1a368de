"""Compiled functions with several results, of which a loss takes some."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, Value, compile
from autograd.gradcheck import check_grads
from autograd.trees import leaves


def eager_of_points(f: Any, X: Any) -> list[Any]:
    """Results of a function of numbers at each point, as lists of Values."""
    return [list(results) for results in zip(*(f(list(row)) for row in X), strict=True)]


def heads_of_numbers(w: list[Value]) -> Any:
    return lambda x: (
        (x[0] * w[0]).tanh() * w[1],  # both heads share w[0]
        autograd.log(x[1] * w[0]) * w[2] + w[3],
        x[0] + w[4] * 0.0,
        x[1] * 2.0,
    )


@pytest.mark.parametrize("backend", [None, "numpy", "numba"])
@pytest.mark.parametrize("chosen", [(0,), (1,), (2,), (3,), (0, 1), (1, 3), (0, 1, 2, 3)])
def test_what_only_the_other_results_depend_on_has_no_gradient(chosen: Any, backend: Any) -> None:
    ours, theirs = ([Value(x) for x in (0.7, 2.0, 3.0, -1.0, 5.0)] for _ in range(2))
    X = np.random.default_rng(0).uniform(1, 2, (7, 2))
    f = compile(heads_of_numbers(ours), backend=backend)
    expected = eager_of_points(heads_of_numbers(theirs), X)
    for _ in range(2):  # and once more, on top of that
        given = Tensor(X, requires_grad=True)
        results = f(given)
        sum(results[k].sum() for k in chosen).backward()
        total = autograd.sum([v for k in chosen for v in expected[k]])
        if isinstance(total, Value):
            total.backward()
        assert [p.has_grad for p in ours] == [p.has_grad for p in theirs]
        np.testing.assert_allclose([p.grad for p in ours], [p.grad for p in theirs], rtol=1e-12)
    for p in ours:
        p.zero_grad()
    f(X)[1].sum().backward()
    assert [p.has_grad for p in ours] == [True, False, True, True, False]


def test_a_zero_that_is_sent_is_a_gradient() -> None:
    w, v = Value(2.0), Tensor(np.array([1.0, 3.0]), requires_grad=True)
    f = compile(lambda x: (x * w, x + 1))
    (f(np.ones(3))[0].sum() * 0).backward()
    assert (w.grad, w.has_grad) == (0.0, True)
    g = compile(lambda x: (x * v, x + 1), numbers=False)
    (g(np.ones(2))[0].sum() * 0).backward()
    assert v.grad.tolist() == [0.0, 0.0]


def test_another_head_does_not_decay() -> None:
    """As eagerly: AdamW leaves parameters alone that have no gradient."""
    X = np.random.default_rng(0).normal(size=(20, 2))
    found = []
    for compiled in (True, False):
        trunk, left, right = (nn.MLP(2, [2], activation="tanh", seed=s) for s in (1, 2, 3))
        parameters = [p for m in (trunk, left, right) for p in m.parameters()]

        def heads(x: Any, trunk: Any = trunk, left: Any = left, right: Any = right) -> Any:
            h = trunk(x)
            return [*left(h), *right(h)]

        optimiser = nn.AdamW(parameters, lr=0.1, weight_decay=0.5)
        fast = compile(heads)
        for step in range(6):
            some = slice(2) if step < 3 else slice(1, 4)
            optimiser.zero_grad()
            if compiled:
                loss = sum((out * out).mean() for out in fast(X)[some])
            else:
                outs = [heads(list(row))[some] for row in X]
                loss = autograd.sum([v * v for out in outs for v in out]) / len(X)
            loss.backward()
            optimiser.step()
        found.append([p.data for p in parameters])
    np.testing.assert_allclose(*found, rtol=1e-9)


def heads_of_arrays(x: Any, w: list[Any]) -> Any:
    return {"a": autograd.tanh(x * w[0]) @ w[1], "b": [(x * w[0]) ** 2 * w[2], x.sum(axis=0)]}


@pytest.mark.parametrize("chosen", [(0,), (1,), (2,), (0, 1), (0, 2), (0, 1, 2)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_heads_of_arrays_have_the_gradients_of_eager_ones(chosen: Any, dtype: Any) -> None:
    rng = np.random.default_rng(3)
    data = [rng.normal(size=shape).astype(dtype) for shape in [(3,), (3, 2), (3,), (4, 3)]]
    found = []
    for compiled in (True, False):
        *w, x = (Tensor(a, requires_grad=True) for a in data)
        f: Any = functools.partial(heads_of_arrays, w=w)
        outs = leaves((compile(f, numbers=False) if compiled else f)(x))
        for _ in range(5):  # a way back that was taken often is taken otherwise
            sum((outs[k] * (k + 1)).sum() for k in chosen).backward()
        found.append([t.grad for t in (*w, x)])
        assert all(g is None or g.dtype == dtype for g in found[-1])
    for a, b in zip(*found, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            np.testing.assert_allclose(a, b, rtol=1e-5 if dtype is np.float32 else 1e-12)


def test_derivatives_of_one_of_two_heads() -> None:
    w = Tensor(np.array([0.5, 2.0]), requires_grad=True)
    f = compile(lambda x, z: (autograd.sin(x * w) * x, z**3), numbers=False)
    x, z = np.array([0.3, -1.0]), np.array([1.0, 2.0])

    def eager(x: Any, z: Any) -> Any:
        return autograd.sin(x * w) * x, z**3

    for k in (0, 1):
        for transform in (autograd.jacobian, autograd.elementwise_grad):
            ours, theirs = (
                transform(lambda x, z, g=g, k=k: g(x, z)[k], (0, 1))(x, z) for g in (f, eager)
            )
            for a, b in zip(ours, theirs, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-14)
        ours, theirs = (
            autograd.hessian(lambda x, g=g, k=k: (g(x, x * x)[k] * g(x, x)[0]).sum())(x)
            for g in (f, eager)
        )
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)
        check_grads(lambda x, z, k=k: f(x, z)[k], order=2)(x, z)
    given = Tensor(z, requires_grad=True)
    f(x, given)[1].sum().backward(create_graph=True)
    assert w.grad is None
    f(x, given)[0].sum().backward(create_graph=True)
    np.testing.assert_allclose(w.grad.data, x * x * np.cos(x * w.data), rtol=1e-14)


@pytest.mark.parametrize("backend", [None, "numpy", "numba", "python"])
def test_results_without_a_gradient_are_what_they_are_alone(backend: str | None) -> None:
    x = Tensor(1.5 if backend == "python" else [1.0, 2.0], requires_grad=True)
    kinds: list[Any] = [
        (lambda x: x * x, float, True),
        (lambda x: x > 1, bool, False),
        (lambda x: autograd.sign(x) * 2, float, False),
        (lambda x: 3.0, float, False),
        (lambda x: x, float, True),
        (lambda x: autograd.stop_gradient(x), float, False),
        (lambda x: x * 2, float, True),
    ]
    alone = [compile(f, backend=backend)(x) for f, *_ in kinds]
    together = compile(lambda x: [f(x) for f, *_ in kinds], backend=backend)(x)
    for one, other, (_, dtype, moves) in zip(alone, together, kinds, strict=True):
        assert one.dtype == other.dtype == dtype
        assert one.requires_grad == other.requires_grad == moves
        np.testing.assert_array_equal(one.data, other.data)
    (together[0] * together[6]).sum().backward()
    np.testing.assert_allclose(x.grad, 6 * x.data**2)


def test_one_result_twice() -> None:
    x = Tensor(np.array([1.0, 2.0]), requires_grad=True)

    def twice(x: Any) -> Any:
        y = x * 2
        return y, [y, x, x]

    first, (second, third, fourth) = compile(twice, numbers=False)(x)
    (first * second * fourth).sum().backward()
    np.testing.assert_allclose(x.grad, 12 * x.data**2)
    x.grad = None
    (third * 3).sum().backward()
    np.testing.assert_array_equal(x.grad, [3.0, 3.0])


def test_pictures_of_several_results_show_their_numbers() -> None:
    x, y = (
        Tensor(v, requires_grad=True, label=n) for v, n in (([1.0, 2.0], "x"), ([3.0, 4.0], "y"))
    )
    product, total = compile(lambda x, y: (x * y, x + y))(x, y)
    loss = (product * total).sum()
    captions = "\n".join(autograd.step(loss).captions)
    assert "compiled(x, y) = [3, 8, 4, 6]" in captions
    assert "[4, 6, 3, 8]" in captions
    total.sum().backward()
    assert "-0" not in "\n".join(autograd.step(product.sum()).captions)
    assert "(4,)" in autograd.draw(loss).source


@pytest.mark.parametrize("numbers", [True, False])
def test_second_derivatives_know_nothing_of_the_other_results(numbers: bool) -> None:
    """Their slopes are infinite here, and a zero times that would be NaN."""
    heads = compile(
        lambda x, y: (x * x * y, autograd.sqrt(x) + y, autograd.log(x)), numbers=numbers
    )
    x, y = np.array([-1.0, 0.0, 2.0]), np.array([1.0, 2.0, 3.0])

    def loss(x: Any) -> Any:
        return heads(x, y)[0].sum()

    slope = autograd.grad(loss)
    ones = np.ones(3)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(autograd.hessian(loss)(x), np.diag(2 * y))
        np.testing.assert_allclose(autograd.hvp(loss, x, ones), 2 * y)
        np.testing.assert_allclose(autograd.jvp(slope, (x,), (ones,))[1], 2 * y)
        np.testing.assert_allclose(autograd.grad(lambda x: slope(x).sum())(x), 2 * y)
        given = Tensor(x, requires_grad=True)
        loss(given).backward(create_graph=True)
        first, given.grad = given.grad, None
        (first * first).sum().backward()
        np.testing.assert_allclose(given.grad, 8 * x * y**2)


def test_second_derivatives_of_one_head_of_captured_values() -> None:
    w = [Value(2.0), Value(3.0), Value(0.5)]
    heads = compile(lambda x: (x * w[0] * x * w[2], autograd.sqrt(x) * w[1], x.sin() * w[2]))
    with np.errstate(all="ignore"):
        for k, expected in ((0, [2.0, 2.0]), (2, [0.5 * np.sin(1.0), 0.0])):
            found = autograd.hessian(lambda x, k=k: heads(x)[k].sum())(np.array([-1.0, 0.0]))
            np.testing.assert_allclose(found, np.diag(expected), atol=1e-15)


def test_parameters_stay_packed_whichever_heads_are_trained() -> None:
    trunk, left, right = (nn.MLP(2, [n], seed=n) for n in (2, 1, 1))
    parameters = [p for m in (trunk, left, right) for p in m.parameters()]
    heads = compile(lambda x: [f(h) for h in [trunk(x)] for f in (left, right)])
    optimiser = nn.Adam(parameters, lr=0.01)
    X = np.ones((5, 2))
    for k in (0, 0, 1, 0, 1, 1):
        optimiser.zero_grad()
        heads(X)[k].sum().backward()
        optimiser.step()
        packs = {id(p._x): p._x for p in parameters}
        assert [len(pack.values) for pack in packs.values()] == [6, 3, 3]
        assert all(pack.active for pack in packs.values())


@pytest.mark.parametrize("index", [np.array([2, 0, 1]), np.array([True, True, False])])
def test_one_of_two_results_of_positions_and_masks(index: Any) -> None:
    heads = compile(lambda x, i: (autograd.sqrt(x), x[i] * x[i]), numbers=False)
    x = Tensor([0.5, 0.2, 0.0], requires_grad=True)
    with np.errstate(all="ignore"):
        heads(x, index)[1].sum().backward()  # the slope of the root is infinite
        chosen = index if index.dtype == bool else np.ones(3)
        np.testing.assert_allclose(x.grad, 2 * x.data * chosen)
        found = autograd.hessian(lambda x: heads(x, index)[1].sum())(x.data)
        expected = autograd.hessian(lambda x: (x[index] * x[index]).sum())(x.data)
    np.testing.assert_array_equal(found, expected)


def test_what_is_empty_sends_nothing() -> None:
    w, v = Value(1.0), Value(2.0)
    a, _ = compile(lambda x: (x * w, x * v), numbers=True)(np.zeros(0))
    a.sum().backward()
    assert not w.has_grad
    assert not v.has_grad
    x = Tensor([1.0, 2.0, 0.0], requires_grad=True)
    heads = compile(lambda x, y: (x[:0], y * y), numbers=False)
    y = Tensor([2.0], requires_grad=True)
    for create_graph in (False, True):
        heads(x, y)[0].sum().backward(create_graph=create_graph)
    heads(x, y)[1].sum().backward()
    assert x.grad is None
    assert y.grad.tolist() == [4.0]


def test_explain_knows_which_result_needs_the_leaf() -> None:
    x, y = (Tensor(v, requires_grad=True) for v in (2.0, 3.0))
    a, b = compile(lambda x, y: (x * y, y * y), numbers=True)(x, y)
    explanation = autograd.explain(a * b, x)
    assert explanation.gradient == 27.0
    assert len(explanation.paths) == explanation.count == 1
    assert autograd.explain(a * b, y).gradient == 54.0


# --- within another trace ---


def test_several_results_within_another_trace() -> None:
    x = np.array([1.0, 2.0, 5.0])
    for inner, pick in (
        (compile(lambda x: (x * x, x * 3, x > 1)), lambda r: r[1]),
        (compile(lambda x: {"a": x * x, "b": [x * 3]}), lambda r: r["b"][0]),
        (compile(lambda x: [x * 3]), lambda r: r[0]),
        (compile(lambda x: x * 3), lambda r: r),
    ):

        def outer(x: Any, inner: Any = inner, pick: Any = pick) -> Any:
            return pick(inner(x)).sum()

        assert compile(outer, numbers=False)(x).item() == 24.0
        slopes = compile(autograd.grad(outer), numbers=False)(x)
        np.testing.assert_array_equal(slopes.data, [3.0, 3.0, 3.0])
        np.testing.assert_array_equal(pick(autograd.trace(inner, x)(x + 1)), 3 * x + 3)
    truths = compile(lambda x: (x * x, x > 1))
    inside = compile(lambda x: autograd.where(truths(x)[1], x, 0.0), numbers=False)
    np.testing.assert_array_equal(inside(x).data, [0.0, 2.0, 5.0])
