"""Walks that were taken before, on random graphs, and what they must not keep or overlook."""

from __future__ import annotations

import gc
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Tensor, ops, primitive, pullback, walk_code
from autograd.node import PRIMITIVES

MANY = 8  # more often than it takes to write a walk out


@pytest.fixture(autouse=True)
def nothing_known() -> None:
    """Each test begins as a new process does."""
    forget()


def forget() -> None:
    for op in PRIMITIVES.values():
        op.walks, op.missed = {}, {}


def unaided(thing: Callable[[], Any]) -> Any:
    """Run something without any walk that was taken before."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pullback._routes, "taken", lambda *_: None)
        patch.setattr(pullback._routes, "learn", lambda *_: None)
        return thing()


def leaf(*shape: int, seed: int = 0) -> Tensor:
    return Tensor(np.random.default_rng(seed).uniform(0.5, 1.5, shape), requires_grad=True)


def gradients(root: Tensor, leaves: list[Tensor]) -> list[Any]:
    for x in leaves:
        x.grad = None
    if root.requires_grad:
        root.backward()
    return [x.grad for x in leaves]


def bits(found: list[Any]) -> list[Any]:
    return [None if g is None else (g.dtype, g.shape, g.strides, g.tobytes()) for g in found]


# --- random graphs ------------------------------------------------------------------------------

UNARY: list[Callable[[Any], Any]] = [
    ops.exp,
    ops.tanh,
    ops.relu,
    ops.sum,
    lambda x: x * 2.0,
    lambda x: 3 - x,
    lambda x: x.T,
    lambda x: ops.cumsum(x, axis=-1) if x.shape else x + 1.0,
    lambda x: ops.stack([x, x])[0],
    lambda x: x * np.full(x.shape, 1.5),
    lambda x: ops.stop_gradient(x) * x,
    lambda x: -ops.sin(x),
    lambda x: 2 / ops.sqrt(x * x + 1),
    lambda x: x * np.float32(1.5) - x / np.float64(3.0),
    lambda x: ops.log1p(ops.square(x)) * ops.sigmoid(x),
]
BINARY: list[Callable[[Any, Any], Any]] = [
    ops.add,
    ops.sub,
    ops.mul,
    lambda x, y: x / (y * y + 1),
    lambda x, y: ops.concatenate([ops.ravel(x), ops.ravel(y)]).sum() * x,
    autograd.compile(lambda x, y: ops.tanh(x) + 0.0 * y.shape[0] if y.shape else x, numbers=False),
    autograd.checkpoint(lambda x, y: ops.sin(x) * y),
]
SHAPES: list[tuple[int, ...]] = [(3,), (2, 3), (2, 1), ()]

numbers = st.integers(0, 10**6)
steps = st.lists(st.tuples(st.booleans(), numbers, numbers, numbers), min_size=1, max_size=6)
changes = st.sampled_from(["frozen", "shared", "constant", "hooked", "lent", "given"])


def built(recipe: list[Any], leaves: list[Any]) -> tuple[list[Any], Any]:
    """All tensors of a graph, and its root."""
    pool = list(leaves)
    for one, kind, i, j in recipe:
        x, y = pool[i % len(pool)], pool[j % len(pool)]
        with suppress(ValueError):  # shapes that do not go together
            pool.append(UNARY[kind % len(UNARY)](x) if one else BINARY[kind % len(BINARY)](x, y))
    return pool, ops.sum(pool[-1])


# Arrays of how many bytes are carried in blocks of how many, and how many operations it takes.
USUAL = (walk_code._LARGE, walk_code._BLOCK, walk_code._RUN)
ROW_BY_ROW = (16, 8, 1)


@pytest.fixture(params=[USUAL, ROW_BY_ROW], ids=["whole", "row by row"], scope="module")
def sizes(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, size in zip(("_LARGE", "_BLOCK", "_RUN"), request.param, strict=True):
            patch.setattr(walk_code, name, size)
        yield


@pytest.mark.usefixtures("sizes")
@settings(max_examples=60, deadline=None)
@given(
    recipes=st.lists(steps, min_size=1, max_size=2),
    shapes=st.lists(st.sampled_from(SHAPES[1:]), min_size=2, max_size=3),
    turns=st.lists(st.tuples(st.booleans(), changes, numbers), min_size=3, max_size=6),
)
def test_any_graph_has_the_gradients_that_it_has_without(
    recipes: list[Any], shapes: list[Any], turns: list[Any]
) -> None:
    forget()

    def turn(recipe: list[Any], change: str, place: int) -> Any:
        """The gradients of a graph with one thing about it changed."""
        leaves = [leaf(*shape, seed=i) for i, shape in enumerate(shapes)]
        given, at = list(leaves), place % len(leaves)
        if change == "frozen":
            leaves[at].requires_grad = False
        elif change == "shared":
            given[at] = given[0]
        elif change == "constant":
            given[at] = Tensor(given[at].data)
        pool, root = built(recipe, given)
        inner = [x for x in pool if x.op is not None and x.requires_grad]
        if change == "hooked" and inner:
            inner[place % len(inner)].register_hook(lambda g: g * 3)
        elif change == "lent":
            leaves[at].data[...] = 7.0
        elif change == "given":
            leaves[at].grad = np.ones(shapes[at])
        if root.requires_grad:
            root.backward()
        return bits([x.grad for x in leaves])

    with np.errstate(all="ignore"):
        for recipe in recipes:
            for _ in range(4):
                turn(recipe, "", 0)
        for last, change, place in turns:
            recipe = recipes[-1 if last else 0]
            expected = unaided(lambda r=recipe, c=change, p=place: turn(r, c, p))
            assert turn(recipe, change, place) == expected


# --- what a walk must not overlook --------------------------------------------------------------


def test_a_compiled_function_that_is_given_a_tensor_twice_and_uses_it_once() -> None:
    f = autograd.compile(lambda a, b: (a * a).sum() + 0.0 * b.shape[0], numbers=False)
    x = leaf(3)
    for _ in range(MANY):
        np.testing.assert_array_equal(gradients(f(x, x), [x])[0], 2 * x.data)


def test_compiled_functions_on_the_way() -> None:
    w, v, x = leaf(3), leaf(3, seed=1), np.array([0.1, 0.2, 0.3])
    whole = autograd.compile(lambda x: ops.exp(x * w), numbers=False)
    half = autograd.compile(lambda a, b: ops.sin(a) + 0.0 * b.shape[0], numbers=False)
    cosine, sine = np.cos(w.data), np.sin(w.data)
    cases: list[tuple[Callable[[], Any], list[Any], int]] = [
        (lambda: whole(x), [x * np.exp(x * w.data), None], 1),
        (lambda: half(w, v), [cosine, None], 0),  # nothing flows to its second input
        (lambda: half(w, v) * v, [cosine * v.data, sine], 0),
        (lambda: half(w, w), [cosine, None], 0),
    ]
    for compute, expected, ways in cases:
        forget()
        for _ in range(MANY):
            found = gradients(ops.sum(compute()), [w, v])
            for g, slope in zip(found, expected, strict=True):
                assert (g is None) == (slope is None)
                if g is not None:
                    np.testing.assert_allclose(g, slope)
        assert sum(map(len, ops.sum.walks.values())) == ways


def test_rules_that_are_stated_anew() -> None:
    @primitive
    def odd(x: Any) -> Any:
        return 2 * x

    x = leaf(3)
    for factor in (2.0, 5.0):
        odd.defvjp(lambda g, out, x, factor=factor: factor * g)
        for _ in range(MANY):
            np.testing.assert_array_equal(gradients(ops.sum(odd(x)), [x])[0], np.full(3, factor))
            np.testing.assert_array_equal(gradients(odd(ops.sum(x)), [x])[0], np.full(3, factor))


# --- what it must not keep ----------------------------------------------------------------------


def test_a_primitive_of_ones_own_goes_when_it_is_dropped() -> None:
    def used() -> Any:
        @primitive
        def odd(x: Any) -> Any:
            return 2 * x

        odd.defvjp(lambda g, out, x: 2 * g)
        x = leaf(3)
        for _ in range(MANY):
            gradients(ops.sum(ops.exp(odd(x))), [x])
        return weakref.ref(odd)

    ref = used()
    gc.collect()
    assert ref() is None


def test_a_walk_takes_no_more_memory_than_finding_the_way() -> None:
    x = leaf(100, 100)

    def loss() -> Any:
        y = ops.exp(x)
        z = ops.exp(ops.exp(y))
        return ops.sum(y * 2.0) + ops.sum(y * 3.0) + ops.sum(z)

    def most() -> int:
        root, x.grad = loss(), None
        gc.collect()
        tracemalloc.start()
        root.backward()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    for _ in range(MANY):
        gradients(loss(), [x])
    assert sum(map(len, ops.add.walks.values())) == 1
    assert most() < unaided(most) + x.data.nbytes / 2
