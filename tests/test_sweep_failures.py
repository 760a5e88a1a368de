"""A backward pass is all or nothing, wherever it is interrupted; and what a big graph costs."""

from __future__ import annotations

import gc
import linecache
import random
import signal
import sys
import threading
import tracemalloc
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

import autograd
from autograd import Value, sweep


class Slope(float):
    """A local derivative that raises when it is used."""

    def __rmul__(self, other: float) -> float:
        raise KeyboardInterrupt


def graph() -> tuple[list[Value], Value, Value]:
    """Four leaves, a product that is swept after many other nodes, and the root."""
    leaves = [Value(x) for x in (0.5, -1.0, 2.0, 4.0)]
    a, b, c, d = leaves
    product = a * b
    return leaves, product, autograd.dot([product, c], [b.tanh(), d]) + a / d + c


# --- failures -------------------------------------------------------------------------------------


def test_a_failed_pass_leaves_the_leaves_as_they_were() -> None:
    leaves, product, root = graph()
    root.backward()
    before = [leaf.grad for leaf in leaves]
    product._dx = Slope(product._dx)
    with pytest.raises(KeyboardInterrupt):
        root.backward()
    assert [leaf.grad for leaf in leaves] == before
    product._dx = float(product._dx)
    root.backward()
    assert [leaf.grad for leaf in leaves] == [2 * grad for grad in before]


def test_a_gradient_of_none_counts_as_not_computed() -> None:
    leaves, _, root = graph()
    root.backward()
    expected = [leaf.grad for leaf in leaves]
    for leaf in leaves[1:]:  # as one forgets a gradient in PyTorch
        leaf.grad = None  # type: ignore[assignment]
    root.backward()
    assert [leaf.grad for leaf in leaves] == [2 * expected[0], *expected[1:]]


def test_a_failed_first_pass_leaves_gradients_not_computed() -> None:
    leaves, product, root = graph()
    product._dx = Slope(product._dx)
    with pytest.raises(KeyboardInterrupt):
        root.backward()
    assert all("grad" not in repr(leaf) for leaf in leaves)


def interrupted_at(n: int, root: Value) -> bool:
    """Run ``root.backward()`` with Ctrl-C at the n-th line that it executes; False if it got by.

    CPython looks for Ctrl-C after calls and at the end of loop bodies, so never at a bare ``try:``
    nor between the body of a ``with`` and its exit, where a tracer could raise.
    """
    functions = (sweep.backward, sweep._guarded, sweep._inner_order, sweep._multiply_and_add)
    codes = {function.__code__ for function in functions}
    count = 0

    def trace(frame: Any, event: str, _: Any) -> Any:
        nonlocal count
        if frame.f_code not in codes:
            return None
        line = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
        if event == "line" and not line.startswith(("try:", "with ")):
            count += 1
            if count == n:
                raise KeyboardInterrupt
        return trace

    outer = sys.gettrace()
    sys.settrace(trace)
    try:
        root.backward()
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(outer)
    return False


def test_an_interrupt_at_any_line_leaves_all_or_nothing() -> None:
    leaves, _, root = graph()
    root.backward()
    once = [leaf.grad for leaf in leaves]
    twice = [2 * grad for grad in once]
    n, outcomes = 1, set()
    while True:
        for leaf, grad in zip(leaves, once, strict=True):
            leaf.grad = grad
        if not interrupted_at(n, root):
            break
        now = [leaf.grad for leaf in leaves]
        assert now in (once, twice), f"half done when interrupted at executed line {n}"
        outcomes.add(now == twice)
        n += 1
    assert n > 100  # it has been everywhere
    assert False in outcomes


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs POSIX timers")
def test_ctrl_c_at_random_moments_leaves_gradients_and_the_lock_as_they_were() -> None:
    """Real signals reach moments that a tracer cannot, such as the jump at the end of a loop."""
    weights = [Value(1.0) for _ in range(100)]
    root = autograd.sum([autograd.dot(weights, weights) for _ in range(30)])
    rng = random.Random(0)

    armed = False  # so that a late signal does not hit the test itself

    def ring(*_: Any) -> None:
        if armed:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, ring)
    interrupted = 0
    try:
        for _ in range(600):
            for w in weights:
                w.grad = 7.0
            try:
                armed = True
                signal.setitimer(signal.ITIMER_REAL, rng.uniform(1e-5, 1.5e-3))
                root.backward()
                armed = False
            except KeyboardInterrupt:
                interrupted += 1
            armed = False
            signal.setitimer(signal.ITIMER_REAL, 0)
            assert {w.grad for w in weights} in ({7.0}, {67.0})
            assert lock_is_free()
    finally:
        signal.signal(signal.SIGALRM, before)
    assert interrupted > 5


def lock_is_free() -> bool:
    """Whether another thread could sweep now."""
    answers = []

    def ask() -> None:
        answers.append(sweep._sweeping.acquire(blocking=False))
        if answers[0]:
            sweep._sweeping.release()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    return answers[0]


def test_after_an_interrupt_another_thread_can_run() -> None:
    leaves, _, root = graph()
    assert interrupted_at(60, root)
    thread = threading.Thread(target=root.backward, daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert leaves[0].grad != 0.0


# --- memory ---------------------------------------------------------------------------------------


@contextmanager
def no_garbage() -> Iterator[None]:
    """With the cycle collector off; it must find nothing to do afterwards."""
    gc.collect()
    gc.disable()
    try:
        yield
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_graph_is_freed_with_its_root() -> None:
    with no_garbage():
        leaves, product, root = graph()
        root.backward()
        sweep.backward_steps(root)
        sweep.pushforward(root, {leaves[0]: 1.0})
        inner = [weakref.ref(n) for n in sweep.topological_order(root) if not n.is_leaf]
        assert len(inner) > 5
        del root, product
        assert [ref() for ref in inner] == [None] * len(inner)


@pytest.mark.parametrize(
    "context", [autograd.no_grad, autograd.enable_grad, autograd.detect_anomaly]
)
def test_contexts_keep_nothing_alive(context: Any) -> None:
    with no_garbage():
        with context():
            x = Value(2.0)
            root = (x * x + 1).exp()
            root.backward()
        ref = weakref.ref(root)
        del root
        assert ref() is None


def test_failed_operations_keep_nothing_alive() -> None:
    def fail(v: Value) -> None:
        with suppress(TypeError):
            autograd.add(v * 1, "x")
        with suppress(ValueError):
            autograd.dot([v * 1], [v, v])

    with no_garbage():
        x = Value(2.0)
        fail(x)
        ref = weakref.ref(x)
        del x
        assert ref() is None


def test_one_object_a_node_for_the_collector() -> None:
    x = Value(2.0)
    gc.collect()
    before = len(gc.get_objects())
    y = x
    for _ in range(1000):
        y = y * x + 1.0
    assert len(gc.get_objects()) - before <= 2000 + 50
    assert y.inputs


def chain(operations: int) -> tuple[Value, Value]:
    x, a = Value(1.0), Value(0.999)
    y = x
    for _ in range(operations // 2):
        y = y * a
        y = y + 0.1
    return x, y


def test_a_chain_of_a_million_operations() -> None:
    """Built, swept and freed without recursion."""
    x, y = chain(1_000_000)
    y.backward()
    assert x.grad == pytest.approx(0.999**500_000, rel=1e-9)
    del y


def test_every_reader_takes_a_chain_of_100_000_operations() -> None:
    x, y = chain(100_000)
    y.backward()
    assert {step.parent: step.accumulated for step in sweep.backward_steps(y)}[x] == x.grad
    assert sweep.pushforward(y, {x: 1.0}) == pytest.approx(x.grad, rel=1e-9)
    assert len(sweep.topological_order(y, everything=True)) == 100_002
    assert repr(y) == f"Value(data={y.data!r}, grad=1.0)"


def test_a_node_takes_at_most_320_bytes() -> None:
    operations = 200_000
    tracemalloc.start()
    try:
        x, y = chain(operations)
        built, _ = tracemalloc.get_traced_memory()
        y.backward()
        kept, peak = tracemalloc.get_traced_memory()
        del y
        freed, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert built / operations <= 320
    assert kept / operations <= 320
    assert peak / operations <= 320  # with what the sweep itself needs
    assert freed < 20_000
    assert x.grad


@pytest.mark.parametrize(
    "read",
    [
        lambda y, x: y.backward(),
        lambda y, x: sweep.backward_steps(y),
        lambda y, x: sweep.pushforward(y, {x: 1.0}),
        lambda y, x: sweep.topological_order(y, everything=True),
    ],
    ids=["backward", "backward_steps", "pushforward", "topological_order"],
)
def test_readers_execute_a_number_of_lines_proportional_to_the_graph(read: Any) -> None:
    """Counted, not timed, so that it is the same on every machine."""

    package = str(Path(autograd.__file__).parent)

    def lines(operations: int) -> int:
        x, y = chain(operations)
        count = 0

        def trace(frame: Any, event: str, _: Any) -> Any:
            nonlocal count
            if not frame.f_code.co_filename.startswith(package):
                return None  # a callback of the garbage collector
            count += event == "line"
            return trace

        outer = sys.gettrace()
        sys.settrace(trace)
        try:
            read(y, x)
        finally:
            sys.settrace(outer)
        return count

    few, more, most = lines(100), lines(200), lines(300)
    assert few > 100
    assert most - more == more - few


def test_a_wide_sum_is_one_node() -> None:
    xs = [Value(float(i)) for i in range(100_000)]
    root = autograd.sum(xs)
    root.backward()
    assert all(x.grad == 1.0 for x in xs)
    assert len(root.edges) == 100_000
