"""Scopes: what is made inside one is known by its name, and nothing else changes."""

from __future__ import annotations

import contextvars
import gc
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import pytest

import autograd
from autograd import Tensor, Value, detect_anomaly, no_grad, scope
from autograd.node import switch
from autograd.scopes import scopes_of


def names(node: Any) -> list[str]:
    return [name for name, _ in scopes_of(node)]


@pytest.fixture(params=[Value, lambda x: Tensor([x, x], requires_grad=True)])
def x(request: Any) -> Any:
    return request.param(2.0)


def test_what_is_computed_inside_has_the_name_and_nothing_else_has(x: Any) -> None:
    before = x * x
    with scope("square"):
        inside = [x * x, x.tanh(), autograd.maximum(x, 0.0), -x]
    after = x * x
    assert [names(node) for node in inside] == [["square"]] * 4
    assert names(before) == names(after) == names(x) == []


def test_scopes_nest_and_a_path_is_several(x: Any) -> None:
    with scope("block/attention"):
        a = x * x
        with scope("softmax"):
            b = a.exp()
    with scope("block"), scope("attention"):
        c = x * x
    assert names(a) == names(c) == ["block", "attention"]
    assert names(b) == ["block", "attention", "softmax"]


def test_each_entry_counts_on_its_own(x: Any) -> None:
    step = scope("step")
    made = []
    for _ in range(3):
        with step:
            made.append((x * x, x + x))
    entries = [{scopes_of(node) for node in pair} for pair in made]
    assert [len(e) for e in entries] == [1, 1, 1]
    assert len(set.union(*entries)) == 3


def test_a_decorator(x: Any) -> None:
    @scope("attention")
    def attend(y: Any, *, by: float) -> Any:
        """Doc."""
        return y * by

    assert names(attend(x, by=2.0)) == ["attention"]
    assert (attend.__name__, attend.__doc__) == ("attend", "Doc.")
    assert names(x * x) == []


def test_functions_that_run_in_pieces_are_not_decorated() -> None:
    def steps() -> Iterator[int]:
        yield 1

    with pytest.raises(TypeError, match="scope: expected a plain function to decorate, got steps"):
        scope("s")(steps)


def test_recursion_through_one_decorator() -> None:
    @scope("level")
    def deep(y: Any, n: int) -> Any:
        return deep(y * 2.0, n - 1) if n else y * 3.0

    assert names(deep(Value(1.0), 3)) == ["level"] * 4


def test_an_error_inside_ends_the_scope_too(x: Any) -> None:
    active = switch.active
    with pytest.raises(ZeroDivisionError), scope("s"):
        1 / 0  # noqa: B018
    assert switch.active == active
    assert names(x * x) == []


def test_it_costs_nothing_outside() -> None:
    assert switch.active == 0
    with scope("s"):
        assert switch.active == 1
    assert switch.active == 0


def test_other_threads_are_outside() -> None:
    found = []
    with scope("here"):
        thread = threading.Thread(target=lambda: found.append(names(Value(1.0) * 2.0)))
        thread.start()
        thread.join()
        context = contextvars.copy_context()
        assert context.run(lambda: names(Value(1.0) * 2.0)) == ["here"]
    assert found == [[]]


def test_one_scope_in_two_threads_is_left_by_each() -> None:
    shared, inner, outer = scope("shared"), threading.Event(), threading.Event()
    found = {}

    def first() -> None:
        with shared:
            inner.set()
            outer.wait(10)
        with scope("later"):
            found["first"] = names(Value(1.0) * 2.0)

    def second() -> None:
        inner.wait(10)
        with shared:
            outer.set()
            thread.join(10)  # the first leaves while this is inside
        with scope("later"):
            found["second"] = names(Value(1.0) * 2.0)

    thread, other = threading.Thread(target=first), threading.Thread(target=second)
    thread.start()
    other.start()
    other.join(10)
    assert found == {"first": ["later"], "second": ["later"]}


def test_a_scope_inside_of_itself_is_left_once_at_a_time() -> None:
    again = scope("s")
    with again:
        with again:
            assert names(Value(1.0) * 2.0) == ["s", "s"]
        assert names(Value(1.0) * 2.0) == ["s"]


def test_generators_that_take_turns_leave_their_own_scopes() -> None:
    def steps(name: str) -> Iterator[Any]:
        with scope(name):
            yield Value(1.0) * 2.0

    a, b = steps("a"), steps("b")
    assert names(next(a)) == ["a"]
    next(b)
    assert not list(a)  # a is left before b, which was entered later
    with scope("c"):
        assert names(Value(1.0) * 2.0) == ["b", "c"]
    assert not list(b)
    with scope("c"):
        assert names(Value(1.0) * 2.0) == ["c"]
    assert switch.active == 0


def test_a_generator_that_is_closed_in_another_thread_leaves_no_scope_behind() -> None:
    def steps() -> Iterator[Any]:
        with scope("s"):
            yield 1

    made: list[Iterator[Any]] = []
    thread = threading.Thread(target=lambda: (made.append(steps()), next(made[0])))
    thread.start()
    thread.join()
    with scope("here"):
        made.clear()
        gc.collect()
        assert names(Value(1.0) * 2.0) == ["here"]
    assert switch.active == 0


def test_a_scope_keeps_no_graph_alive() -> None:
    with scope("s"):
        y = Value(2.0) * 3.0
    alive = weakref.ref(y)
    del y
    gc.collect()
    assert alive() is None


def test_numbers_and_gradients_are_the_same(x: Any) -> None:
    def run() -> Any:
        x.zero_grad()
        y = (
            autograd.sum([(x * x).tanh(), x / 3.0])
            if isinstance(x, Value)
            else (x * x).tanh().sum()
        )
        y.backward()
        return y.data.tolist() if isinstance(x, Tensor) else y.data, repr(x.grad)

    outside = run()
    with scope("s"):
        assert run() == outside


def test_together_with_other_contexts(x: Any) -> None:
    with scope("a"), detect_anomaly(), no_grad():
        assert (x * x).is_leaf
    with detect_anomaly(), scope("a"):
        assert names(x * x) == ["a"]


@pytest.mark.parametrize("name", ["", "/", "//"])
def test_a_scope_needs_a_name(name: str) -> None:
    with pytest.raises(ValueError, match=r'scope: expected a name, got .*scope\("attention"\)'):
        scope(name)


@pytest.mark.parametrize("name", [None, 3, ["a"], len])
def test_a_name_is_a_text(name: Any) -> None:
    with pytest.raises(TypeError, match="scope: expected a name, got"):
        scope(name)
