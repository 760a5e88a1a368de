"""Walks that were taken before: the same gradients to the bit, and never those of another graph."""

from __future__ import annotations

import contextvars
import gc
import linecache
import re
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from samples_arrays import ROWS

import autograd
from autograd import Tensor, grad, ops, primitive, pullback, routes, vjp, walk_code
from autograd.node import PRIMITIVES

MANY = 20  # more often than it takes to write a walk out


@pytest.fixture(autouse=True)
def nothing_known() -> None:
    """Each test begins as a new process does."""
    for op in PRIMITIVES.values():
        op.walks, op.missed = {}, {}


def known(op: Any) -> int:
    return sum(map(len, op.walks.values()))


@pytest.fixture
def unaided(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], Any]:
    """Run something without any walk that was taken before."""

    def run(thing: Callable[[], Any]) -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(pullback._routes, "taken", lambda *_: None)
            patch.setattr(pullback._routes, "learn", lambda *_: None)
            return thing()

    return run


def leaf(*shape: int, seed: int = 0, dtype: Any = float) -> Tensor:
    numbers = np.random.default_rng(seed).uniform(0.5, 1.5, shape).astype(dtype)
    return Tensor(numbers, requires_grad=True)


def gradients(loss: Callable[[], Any], *params: Tensor) -> list[Any]:
    for p in params:
        p.grad = None
    loss().backward()
    return [p.grad for p in params]


def assert_same_bits(found: Any, expected: Any) -> None:
    for a, b in zip(found, expected, strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            assert (a.dtype, a.shape, a.strides) == (b.dtype, b.shape, b.strides)
            assert a.tobytes() == b.tobytes()


# --- the same as without ------------------------------------------------------------------------


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_operation_has_the_same_gradients_at_the_twentieth_time(
    row: Any, unaided: Any
) -> None:
    def all_gradients() -> Any:
        args = [Tensor(x, requires_grad=True) for x in row.args]
        out = row.call(*args)
        outs = out if isinstance(out, tuple | list) else [out]
        total = sum((ops.sum(x * x) for x in outs if x.requires_grad), Tensor(0.0))
        if total.requires_grad:
            total.backward()
        return [x.grad for x in args]

    with np.errstate(all="ignore"):
        expected = unaided(all_gradients)
        for _ in range(MANY):
            assert_same_bits(all_gradients(), expected)


def shared(x: Any, w: Any) -> Any:
    """Diamonds, an input used twice, broadcasting, constants, and one array for two cotangents."""
    a = x + w
    b = a + a
    c = (b * 2.0 - x).tanh()
    return ops.sum(c * b + w + a) + ops.sum(x)


def test_a_graph_with_everything(unaided: Any) -> None:
    x, w = leaf(4, 3), leaf(3, seed=1)
    expected = unaided(lambda: gradients(lambda: shared(x, w), x, w))
    for _ in range(MANY):
        assert_same_bits(gradients(lambda: shared(x, w), x, w), expected)
    assert known(ops.add) == 1


def test_gradients_of_functions(unaided: Any) -> None:
    x, w = np.linspace(0.5, 1, 12).reshape(4, 3), np.ones(3)
    both = grad(shared, (0, 1))
    expected = unaided(lambda: both(x, w))
    for _ in range(MANY):
        assert_same_bits(both(x, w), expected)
    assert known(ops.add) == 1


@pytest.mark.parametrize(
    "given", [np.ones(3), np.arange(3), np.ones(3, bool), Tensor(np.ones(3))], ids=repr
)
def test_cotangents_of_another_kind(given: Any) -> None:
    point = np.array([0.5, 1.0, 1.5], np.float32)
    numbers = np.asarray(given.data if isinstance(given, Tensor) else given, np.float32)
    for f, slope in ((lambda x: x * x + 1.0, 2 * point), (lambda x: x + 1.0, 1.0)):
        for _ in range(MANY):
            (found,) = vjp(f, point)[1](given)
            assert found.dtype == np.float32
            np.testing.assert_array_equal(found, numbers * slope)
            assert not np.shares_memory(found, numbers)


def test_gradients_are_arrays_of_their_own() -> None:
    x, w = leaf(3), leaf(3)
    for _ in range(MANY):
        gradients(lambda: ops.sum(x + w), x, w)
        assert x.grad.flags.writeable
        assert not np.shares_memory(x.grad, w.grad)
        x.grad[0] = 7.0
        assert w.grad[0] == 1.0


def test_gradients_are_arrays_of_their_own_where_nothing_was_summed() -> None:
    for _ in range(MANY):
        (leaf(2, 1) + leaf(1, 3)).backward(np.ones((2, 3)))
    x, y, g = leaf(2, 3), leaf(2, 3), np.ones((2, 3))
    (x + y).backward(g)
    assert known(ops.add) == 1
    for a, b in ((x.grad, y.grad), (x.grad, g), (y.grad, g)):
        assert not np.shares_memory(a, b)
    number = leaf()
    for _ in range(MANY):
        assert type(gradients(lambda: number**3, number)[0]) is np.ndarray


def test_one_array_may_be_the_cotangent_of_two() -> None:
    x, y = Tensor([2.0, 3.0], requires_grad=True), Tensor([5.0, 7.0], requires_grad=True)
    for _ in range(MANY):
        product = x * y
        found = gradients(lambda product=product: ops.sum(((x + y) + product) * 2.0), x, y)
        np.testing.assert_array_equal(found, [[12.0, 16.0], [6.0, 8.0]])


def test_gradients_add_up() -> None:
    x = leaf(3)
    for _ in range(MANY):
        ops.sum(x * 2.0).backward()
    np.testing.assert_array_equal(x.grad, np.full(3, 2.0 * MANY))


def test_numbers_that_overflow_do_not_warn() -> None:
    x = Tensor([0.0], requires_grad=True)
    for _ in range(MANY):
        assert gradients(lambda: ops.sum(ops.sqrt(x)), x)[0] == [np.inf]


def test_a_walk_may_be_taken_while_another_is() -> None:
    x = leaf(3)
    for _ in range(MANY):
        gradients(lambda: ops.sum(ops.exp(x)), x)
    around = contextvars.Context() if routes._quiet is None else routes._quiet
    (found,) = around.run(lambda: gradients(lambda: ops.sum(ops.exp(x)), x))
    np.testing.assert_array_equal(found, np.exp(x.data))


# --- another graph that begins alike ------------------------------------------------------------

X, Y = Tensor([2.0, 3.0], requires_grad=True), Tensor([5.0, 7.0], requires_grad=True)
STILL, CONSTANT = Tensor([2.0, 3.0]), np.array([2.0, 3.0])


def in_order(x: Any, *functions: Any) -> Any:
    """The same graph, whose parts were made in this order: so they are added up in another."""
    made = {f: f(x) for f in functions}
    return made[ops.exp] * 1e16 + made[ops.sin] - made[ops.expm1] * 1e16


@pytest.mark.parametrize(
    ("usual", "other"),
    [
        (lambda: X * Y, lambda: X * X),
        (lambda: X * X, lambda: X * Y),
        (lambda: X * Y, lambda: X * STILL),
        (lambda: X * STILL, lambda: X * Y),
        (lambda: X * 2.0, lambda: X * Y),
        (lambda: X * CONSTANT, lambda: X * Y),
        (lambda: X * Y, lambda: X * CONSTANT),
        (lambda: X * Y, lambda: X * 2.0),
        (lambda: X * Y, lambda: X * ops.exp(Y)),
        (lambda: X * ops.exp(Y), lambda: X * Y),
        (lambda: X * ops.exp(Y), lambda: X * ops.sin(Y)),
        (lambda: ops.exp(X) * ops.exp(X), lambda: (lambda e: e * e)(ops.exp(X))),
        (lambda: (lambda e: e * e)(ops.exp(X)), lambda: ops.exp(X) * ops.exp(X)),
        (lambda: (lambda e: e * e)(ops.exp(X)), lambda: ops.exp(X) * ops.exp(Y)),
        (lambda: ops.stack([X, Y]), lambda: ops.stack([X, Y, X])),
        (lambda: ops.stack([X, Y, X]), lambda: ops.stack([X, Y])),
        (lambda: X[None] * Y[:, None], lambda: X * Y),
        (lambda: ops.sum(X) * Y, lambda: ops.sum(X, axis=0, keepdims=True) * Y),
        (lambda: ops.cumsum(X[None], 1), lambda: ops.cumsum(X[None], 0)),
        (lambda: X[1:] * Y[1:], lambda: X[:1] * Y[:1]),
        (
            lambda: in_order(X, ops.exp, ops.sin, ops.expm1),
            lambda: in_order(X, ops.sin, ops.exp, ops.expm1),
        ),
    ],
)
def test_other_graphs_find_their_own_way(usual: Any, other: Any, unaided: Any) -> None:
    def found(f: Any) -> Any:
        return gradients(lambda: ops.sum(f()), X, Y)

    expected = {f: unaided(lambda f=f: found(f)) for f in (usual, other)}
    for f in [*[usual] * MANY, other, usual, *[other] * MANY, usual, other]:
        assert_same_bits(found(f), expected[f])


def test_other_shapes_and_dtypes_take_the_same_way(unaided: Any) -> None:
    def loss(x: Any, y: Any) -> Any:
        return lambda: ops.sum((x * y + 1.0) / y)

    alike = [
        (leaf(3), leaf(3)),
        (leaf(2, 3), leaf(2, 3)),
        (leaf(3, dtype=np.float32), leaf(3, dtype=np.float32)),
        (leaf(), leaf()),
        (leaf(0), leaf(0)),
    ]
    broadcast = [
        (leaf(2, 3), leaf(3)),
        (leaf(3), leaf(2, 1)),
        (leaf(3, dtype=np.float32), leaf(3)),
        (leaf(), leaf(3)),
    ]
    for cases, ways in ((alike, 1), ((alike + broadcast) * 3, 2)):
        for x, y in cases:
            expected = unaided(lambda x=x, y=y: gradients(loss(x, y), x, y))
            assert_same_bits(gradients(loss(x, y), x, y), expected)
        assert known(ops.sum) == ways


def test_the_operand_that_is_broadcast_may_be_the_other(unaided: Any) -> None:
    cases = [(leaf(2, 3), leaf(3)), (leaf(3), leaf(2, 3)), (leaf(2, 1), leaf(1, 3))]
    for x, y in [cases[0]] * MANY + cases:
        expected = unaided(lambda x=x, y=y: gradients(lambda: ops.sum(x * y), x, y))
        assert_same_bits(gradients(lambda: ops.sum(x * y), x, y), expected)  # noqa: B023


def test_a_parameter_that_is_frozen_gets_no_gradient() -> None:
    x, w = leaf(3), leaf(3)
    for _ in range(MANY):
        gradients(lambda: ops.sum(x * w), x, w)
    w.requires_grad = False
    assert gradients(lambda: ops.sum(x * w), x, w)[1] is None
    w.requires_grad = True
    assert gradients(lambda: ops.sum(x * w), x, w)[1] is not None


def test_hooks_are_called_and_kept_gradients_kept() -> None:
    x = leaf(3)
    for _ in range(MANY):
        gradients(lambda: ops.sum(ops.exp(x) * 2.0), x)
    seen: list[Any] = []
    y = ops.exp(x)
    y.register_hook(seen.append)
    ops.sum(y * 2.0).backward()
    handle = x.register_hook(lambda g: g * 10)
    (found,) = gradients(lambda: ops.sum(ops.exp(x) * 2.0), x)
    np.testing.assert_array_equal(seen, [[2.0] * 3])
    np.testing.assert_array_equal(found, 20 * np.exp(x.data))
    handle.remove()
    out = ops.sum(ops.exp(x) * 2.0)
    out.retain_grad()
    out.backward()
    assert out.grad == 1.0


def test_anomalies_are_found_on_a_way_that_is_known() -> None:
    x = Tensor([0.0], requires_grad=True)
    for _ in range(MANY):
        gradients(lambda: ops.sum(ops.sqrt(x)), x)
    with autograd.detect_anomaly(), pytest.raises(FloatingPointError, match="backward of sqrt"):
        gradients(lambda: ops.sum(ops.sqrt(x)), x)


def test_parameters_from_around_a_function_do_not_end_its_walk() -> None:
    w = leaf(3)
    late: list[Any] = []

    def f(x: Any, make: bool = False) -> Any:
        if make:
            late.append(leaf(3))
        return ops.sum(x * (late[-1] if make else w) * x)

    point = np.array([1.0, 2.0, 3.0])
    for make in [False] * MANY + [True] * MANY + [False]:
        found = grad(f)(point, make)
        np.testing.assert_array_equal(found, 2 * point * (late[-1] if make else w).data)
        assert late or ops.sum.missed[1] <= 3
    assert w.grad is None


@pytest.mark.parametrize("others", [(0, 0), (1, 0), (1, 1)])
def test_arguments_that_are_used_in_another_order(others: tuple[int, int]) -> None:
    points = np.array([2.0, 3.0]), np.array([5.0, 7.0])
    both = grad(lambda x, y, i, j: ops.sum((x, y)[i] * (x, y)[j]), (0, 1))
    for i, j in [(0, 1)] * MANY + [others] * MANY:
        expected = [np.zeros(2), np.zeros(2)]
        expected[i] = expected[i] + points[j]
        expected[j] = expected[j] + points[i]
        np.testing.assert_array_equal(both(*points, i, j), expected)


def test_what_python_refuses_to_divide_is_an_infinity() -> None:
    x = Tensor([1.0], requires_grad=True)
    for _ in range(MANY):
        gradients(lambda: ops.sum(x / 2.0), x)
    with np.errstate(all="ignore"):
        assert gradients(lambda: ops.sum(x / 0.0), x)[0] == [np.inf]


def test_settings_that_are_not_always_given() -> None:
    @primitive
    def scaled(x: Any, **how: float) -> Any:
        return how.get("by", 1.0) * x

    scaled.defvjp(lambda g, out, x, by=1.0: by * g)
    x = leaf(3)
    for by in [{}] * MANY + [{"by": 3.0}, {}] * MANY:
        (found,) = gradients(lambda by=by: ops.sum(scaled(x, **by)), x)
        np.testing.assert_array_equal(found, np.full(3, by.get("by", 1.0)))


def test_a_rule_that_fails_says_so_every_time() -> None:
    @primitive
    def odd(x: Any) -> Any:
        return 2 * x

    fine = [True]

    def rule(g: Any, out: Any, x: Any) -> Any:
        if not fine[0]:
            raise ValueError("not today")
        return 2 * g

    odd.defvjp(rule)
    x = leaf(3)
    for _ in range(MANY):
        gradients(lambda: ops.sum(odd(x)), x)
    fine[0] = False
    with pytest.raises(ValueError, match="not today"):
        gradients(lambda: ops.sum(odd(x)), x)
    assert x.grad is None


def test_a_rule_may_return_an_array_that_is_kept_elsewhere() -> None:
    kept = np.ones(3)

    @primitive
    def odd(x: Any) -> Any:
        return x.sum()

    odd.defvjp(lambda g, out, x: kept)
    x = leaf(3)
    for _ in range(MANY):
        gradients(lambda: odd(x), x)
        x.grad += 1
        gradients(lambda: ops.sum(x) + odd(x) + odd(x), x)
    np.testing.assert_array_equal(kept, np.ones(3))


# --- what is kept -------------------------------------------------------------------------------


def test_a_compiled_function_goes_when_it_is_dropped() -> None:
    w = leaf(3)

    def used() -> Any:
        f = autograd.compile(lambda x: (w * x).tanh(), numbers=False)
        for _ in range(MANY):
            gradients(lambda: ops.sum(f(np.ones(3)) * 2.0), w)
            gradients(lambda: f(np.ones(3))[0], w)
            f(np.ones(3)).backward(np.ones(3))
        (ready,) = f._ready.values()
        assert known(ready.call) == 1
        return weakref.ref(f), weakref.ref(ready.call)

    refs = used()
    gc.collect()
    assert [ref() for ref in refs] == [None, None]


def test_the_memory_of_a_walk_is_given_back() -> None:
    x = leaf(3)
    for _ in range(MANY):
        gradients(lambda: ops.sum(ops.exp(x)), x)
    out = ops.sum(ops.exp(x))
    node = weakref.ref(out.inputs[0])
    out.backward()
    del out
    assert node() is None


def test_not_every_graph_is_kept() -> None:
    x = leaf(3)
    for depth in range(60):
        y = x
        for _ in range(depth % 20):
            y = ops.sin(y)
        gradients(lambda y=y: ops.sum(y), x)
    assert known(ops.sum) <= 4


def test_the_fifth_model_of_a_session_is_learned_too() -> None:
    x = leaf(3)

    def loss(depth: int) -> Any:
        y = x
        for _ in range(depth):
            y = ops.sin(y)
        return ops.sum(y)

    for depth in range(1, 7):
        for _ in range(200):
            gradients(lambda depth=depth: loss(depth), x)
        root = loss(depth)
        assert pullback._routes.taken(root, np.ones(()), ()) is not None


def test_large_graphs_are_not_written_out() -> None:
    x = leaf(3)

    def loss() -> Any:
        y = x
        for _ in range(300):
            y = y * 1.01
        return ops.sum(y)

    for _ in range(MANY):
        gradients(loss, x)
    assert known(ops.sum) == 0


def test_the_code_can_be_read() -> None:
    w, x = leaf(3), np.ones(3)
    for _ in range(MANY):
        gradients(lambda: (w * x).exp().sum(), w)
    ((walk,),) = ops.sum.walks.values()
    lines = [line.strip() for line in linecache.getlines(walk.__code__.co_filename)]
    example = re.search(r"\n    def walk.*?(?=\n\n)", str(walk_code.__doc__), re.DOTALL)
    assert example is not None
    shown = [line.split("  #")[0].strip() for line in example[0].strip().splitlines()]
    places = [lines.index(line) for line in shown if line != "..."]
    assert places == sorted(places)
    assert [places[0], places[-1]] == [0, len(lines) - 1]
