"""Walking the graph: every path counts once, in order, exactly, and nothing is lost on the way."""

from __future__ import annotations

import math
import threading
from typing import Any

import pytest

import autograd
from autograd import Value, backward_steps, pushforward, topological_order


def leaves(root: Value) -> list[Value]:
    return [node for node in topological_order(root) if node.is_leaf]


def tangled() -> tuple[list[Value], Value]:
    """Three leaves and a result with shared parts, n-ary nodes, a constant and a decision."""
    x, y, z = Value(0.7, label="x"), Value(-1.3, label="y"), Value(2.1, label="z")
    a = x * y
    b = (a + z).tanh()
    c = autograd.dot([a, b, x], [z, 0.5, b])
    d = autograd.where(b > c, a.exp(), c / z) + autograd.maximum(x, y) ** 2
    return [x, y, z], autograd.logsumexp([c, d, b]) * d - b


# --- every path counts ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("compute", "expected"),
    [
        (lambda a: a + a, 2.0),
        (lambda a: a * a, 6.0),
        (lambda a: a - a, 0.0),
        (lambda a: a / a, 0.0),
        (lambda a: a * a * a, 27.0),
        (lambda a: (a * 2) + (a * 5), 7.0),  # a diamond
        (lambda a: (lambda b: b + b)(a + a), 4.0),  # the smallest graph that a bad order gets wrong
        (lambda a: (lambda b: b * (b + a))(a * 2), 36.0),  # a long and a short path
        (lambda a: (lambda b: (b + 1) * a + b)(a * a), 34.0),
        (lambda a: autograd.sum([a, a, a]), 3.0),
        (lambda a: autograd.dot([a, a], [a, 5.0]), 11.0),
        (lambda a: autograd.maximum(a, a), 1.0),
        (lambda a: autograd.max([a, a, a * 1]), 1.0),
        (lambda a: autograd.where(a, a, a), 1.0),
        (lambda a: a**a, 27.0 * (1 + math.log(3.0))),
        (lambda a: a, 1.0),
    ],
)
def test_every_path_counts(compute: Any, expected: float) -> None:
    a = Value(3.0)
    root = compute(a)
    root.backward()
    assert a.grad == pytest.approx(expected, rel=1e-15)
    assert pushforward(root, {a: 1.0}) == pytest.approx(expected, rel=1e-15)


def test_every_edge_is_there() -> None:
    a = Value(3.0)
    assert (a + a).edges == ((a, 1.0), (a, 1.0))
    assert (a * a).edges == ((a, 3.0), (a, 3.0))
    assert [s.parent for s in backward_steps(a * a)] == [a, a]


def test_a_ladder_of_diamonds_has_too_many_paths_to_walk() -> None:
    a = b = Value(1.0)
    for _ in range(200):
        b = b + b  # 2**200 paths
    b.backward()
    assert a.grad == 2.0**200


# --- the order ------------------------------------------------------------------------------------


def test_inputs_stand_before_their_users() -> None:
    _, root = tangled()
    for everything in (False, True):
        order = topological_order(root, everything=everything)
        position = {node: i for i, node in enumerate(order)}
        assert len(position) == len(order)
        assert order[-1] is root
        for node in order:
            inputs = node.inputs if everything else [parent for parent, _ in node.edges]
            assert all(position[i] < position[node] for i in inputs if isinstance(i, Value))


def test_the_order_follows_gradients_unless_everything_is_asked_for() -> None:
    x, y = Value(2.0, label="x"), Value(3.0, label="y")
    decision = x > y
    root = decision * x
    assert decision in topological_order(root)
    assert y not in topological_order(root)
    assert set(topological_order(root, everything=True)) == {x, y, decision, root}


def test_a_leaf_alone_is_its_order() -> None:
    x = Value(2.0)
    assert topological_order(x) == [x]
    assert backward_steps(x) == []


# --- repeated passes ------------------------------------------------------------------------------


def test_a_second_pass_adds_exactly_once_more_to_leaves() -> None:
    inputs, root = tangled()
    root.backward()
    order = topological_order(root)
    first = {node: node.grad for node in order}
    for passes in (2, 3, 4):
        root.backward()
        for node in order:
            if node.is_leaf:
                total = 0.0
                for _ in range(passes):
                    total += first[node]
                assert node.grad == total
            else:
                assert node.grad == first[node]
    assert all(first[x] for x in inputs)
    assert root.grad == 1.0


def test_a_root_that_is_a_leaf_accumulates_too() -> None:
    x = Value(5.0)
    x.backward()
    x.backward()
    assert x.grad == 2.0


def test_two_roots_share_a_subgraph() -> None:
    x = Value(3.0)
    shared = x * x
    one, two = shared * 2, shared + x
    one.backward()
    assert (shared.grad, x.grad) == (2.0, 12.0)
    two.backward()
    assert (shared.grad, x.grad) == (1.0, 12.0 + 7.0)  # inner: the last pass; leaves: both
    one.backward()
    assert (shared.grad, x.grad) == (2.0, 12.0 + 7.0 + 12.0)
    assert two.grad == 1.0


def test_an_inner_node_may_be_the_root_afterwards() -> None:
    x = Value(3.0)
    inner = x * x
    outer = inner * 10
    outer.backward()
    x.zero_grad()
    inner.backward()
    assert (inner.grad, x.grad, outer.grad) == (1.0, 6.0, 1.0)


def test_a_graph_keeps_the_derivatives_of_its_time() -> None:
    w, x = Value(2.0), Value(3.0)
    loss = autograd.dot([w, x], [x, w]) + (w * x).tanh() * w**2
    loss.backward()
    before = (w.grad, x.grad)
    w.zero_grad()
    x.zero_grad()
    w.data, x.data = -50.0, 0.0  # an optimiser step
    loss.backward()
    assert (w.grad, x.grad) == before
    assert pushforward(loss, {w: 1.0}) == pytest.approx(before[0], rel=1e-15)


def test_zero_grad_starts_anew() -> None:
    x = Value(3.0)
    (x * 2).backward()
    x.zero_grad()
    (x * 5).backward()
    assert x.grad == 5.0


# --- backward as data -----------------------------------------------------------------------------


def test_steps_end_in_the_gradients_of_backward() -> None:
    _, root = tangled()
    steps = backward_steps(root)
    accumulated = {step.parent: step.accumulated for step in steps}
    order = topological_order(root)
    assert [node.grad for node in order] == [0.0] * len(order)  # the graph is untouched
    assert all("grad" not in repr(node) for node in order)
    root.backward()
    for node in order[:-1]:
        assert accumulated[node] == node.grad  # to the bit
    assert set(accumulated) == set(order[:-1])


def test_steps_are_in_order_and_their_contributions_sum_up() -> None:
    _, root = tangled()
    steps = backward_steps(root)
    assert [step.step for step in steps] == list(range(len(steps)))
    received = {root: 1.0}
    done: set[Any] = set()
    for step in steps:
        assert step.parent not in done, "a node passed its gradient on before it had all of it"
        done.add(step.node)
        assert step.upstream == received[step.node]
        assert step.contribution == step.upstream * step.local
        received[step.parent] = received.get(step.parent, 0.0) + step.contribution
        assert step.accumulated == received[step.parent]
    edges = [(node, *edge) for node in topological_order(root) for edge in node.edges]
    assert sorted(map(repr, edges)) == sorted(repr((s.node, s.parent, s.local)) for s in steps)


def test_steps_do_not_see_earlier_gradients() -> None:
    x = Value(3.0)
    y = x * x
    y.backward()
    assert [step.accumulated for step in backward_steps(y)] == [3.0, 6.0]
    assert x.grad == 6.0


# --- forward mode ---------------------------------------------------------------------------------


def test_pushforward_is_the_product_with_the_gradient() -> None:
    inputs, root = tangled()
    root.backward()
    tangents = dict(zip(inputs, (0.3, -2.0, 1.7), strict=True))
    expected = math.fsum(x.grad * t for x, t in tangents.items())
    assert pushforward(root, tangents) == pytest.approx(expected, rel=1e-13)
    assert [x.grad for x in inputs] != [0.0] * 3


def test_pushforward_of_nothing_and_of_the_root_itself() -> None:
    x = Value(2.0)
    y = x.exp()
    assert pushforward(y, {}) == 0.0
    assert pushforward(y, {Value(1.0): 5.0}) == 0.0
    assert pushforward(y, {y: 5.0}) == 5.0
    assert pushforward(x, {x: 1}) == 1.0
    assert x.grad == y.grad == 0.0


@pytest.mark.parametrize("function", [autograd.sub, autograd.add])
def test_infinite_slopes_meet_alike_in_both_modes(function: Any) -> None:
    x = Value(0.0)
    root = function(autograd.sqrt(x), autograd.sqrt(x))
    root.backward()
    forward = pushforward(root, {x: 1.0})
    assert repr(forward) == repr(x.grad) == ("nan" if function is autograd.sub else "inf")


def test_overflowing_slopes_meet_alike_in_both_modes() -> None:
    x = Value(0.0)
    root = autograd.sum([x * 1.5e308, x * 1.5e308])
    root.backward()
    assert pushforward(root, {x: 1.0}) == x.grad == math.inf


# --- zero stops everything ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("compute", "expected"),
    [
        (lambda x: autograd.where(x > 0, autograd.sqrt(x), 0.0), 0.0),
        (lambda x: autograd.where(x > 0, autograd.sqrt(x), x * 3), 3.0),
        (lambda x: autograd.sqrt(x) * 0.0, 0.0),
        (lambda x: autograd.dot([autograd.sqrt(x)], [0.0]), 0.0),
        (lambda x: autograd.sqrt(x) * x, 0.0),  # one factor 0 on the one path, sqrt(0) on the other
        (lambda x: autograd.sqrt(x * 0.0), 0.0),
        (lambda x: autograd.sqrt(autograd.dot([x], [0.0])), 0.0),
        (lambda x: autograd.sqrt(autograd.where(x > 0, x, 0.0)), 0.0),
        (lambda x: autograd.relu(-autograd.sqrt(x)), 0.0),
        (lambda x: autograd.maximum(autograd.sqrt(x), 5.0), 0.0),
        (lambda x: autograd.max([autograd.sqrt(x), 5.0]), 0.0),
        (lambda x: autograd.sqrt(x) ** 2, 0.0),
    ],
)
def test_a_zero_on_a_path_stops_infinities(compute: Any, expected: float) -> None:
    x = Value(0.0)
    root = compute(x)
    root.backward()
    assert x.grad == expected
    assert pushforward(root, {x: 1.0}) == expected
    steps = [step for step in backward_steps(root) if step.parent is x]
    assert (steps[-1].accumulated if steps else 0.0) == expected


def test_a_zero_stops_what_is_not_a_number() -> None:
    x = Value(-1.0)
    with pytest.warns(RuntimeWarning, match="invalid value"):
        root = autograd.where(x > 0, autograd.log(x) + autograd.sqrt(x), x * 2)
    root.backward()
    assert (root.data, x.grad) == (-2.0, 2.0)


def test_what_is_not_a_number_is_passed_on_otherwise() -> None:
    x = Value(math.nan)
    (x * x).backward()
    assert math.isnan(x.grad)
    y = Value(0.0)
    (autograd.sqrt(y) * 2).backward()
    assert y.grad == math.inf


# --- threads --------------------------------------------------------------------------------------


def test_two_threads_run_backward_on_shared_leaves() -> None:
    x, y = Value(0.5), Value(-2.0)
    rounds, threads = 50, 4

    def one() -> Value:
        z = x
        for _ in range(100):
            z = (z * y).tanh() + x
        return z

    reference = one()
    steps = {step.parent: step.accumulated for step in backward_steps(reference)}
    shared = one()  # one graph for all threads, besides a graph for each
    start = threading.Barrier(threads)
    errors: list[BaseException] = []

    def work() -> None:
        try:
            mine = one()
            start.wait(10)
            for _ in range(rounds):
                mine.backward()
                shared.backward()
        except BaseException as error:
            errors.append(error)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert errors == []
    for leaf in (x, y):
        total = 0.0
        for _ in range(2 * rounds * threads):
            total += steps[leaf]
        assert leaf.grad == total
