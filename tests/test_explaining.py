"""The paths of ``explain`` against a walk along all of them, their sum against ``backward``."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Explanation, Tensor, Value, backward_steps, explain


def random_graph(seed: int, size: int) -> tuple[list[Value], Value]:
    """A few leaves, and ``size`` operations on what is there, so that much is shared."""
    rng = random.Random(seed)
    leaves = [Value(rng.uniform(-2, 2)) for _ in range(3)]
    nodes = list(leaves)
    for _ in range(size):
        x, y = rng.choice(nodes), rng.choice(nodes)
        made = rng.choice(
            [
                lambda x, y: x * y,
                lambda x, y: x - y,
                lambda x, y: x + 2.0 * y,
                lambda x, y: x.tanh(),
                lambda x, y: (x * 0.5).relu(),
                lambda x, y: autograd.where(x > y, x, y * y),
                lambda x, y: autograd.dot([x, 1.0, y], [y, x, 0.5]),
                lambda x, y: autograd.max([x, y, 0.1]),
            ]
        )(x, y)
        nodes.append((made * 0.7).tanh() if rng.random() < 0.3 else made)
    return leaves, autograd.sum(nodes[-4:])


def all_products(node: Any, leaf: Any) -> list[float]:
    """Every path, one by one: the products of local derivatives from ``node`` down to ``leaf``."""
    if node is leaf:
        return [1.0]
    return [local * rest for source, local in node.edges for rest in all_products(source, leaf)]


def accumulated(root: Any, leaf: Any) -> float:
    """What backpropagation arrives at."""
    return [0.0, *(s.accumulated for s in backward_steps(root) if s.parent is leaf)][-1]


# --- the sum over paths ---------------------------------------------------------------------------


@given(st.integers(0, 10**6), st.integers(1, 9))
def test_paths_are_all_paths_and_their_sum_is_the_gradient(seed: int, size: int) -> None:
    leaves, root = random_graph(seed, size)
    root.backward()
    for leaf in leaves:
        expected = all_products(root, leaf)
        e = explain(root, leaf, limit=10**6)
        assert e.count == len(e.paths) == len(expected)
        products = [path.product for path in e.paths]
        assert sorted(products) == pytest.approx(sorted(expected), rel=1e-12)
        assert math.fsum(products) == pytest.approx(leaf.grad, rel=1e-9, abs=1e-12)
        assert e.gradient == pytest.approx(leaf.grad, rel=1e-12, abs=1e-14)
        assert e.gradient == pytest.approx(accumulated(root, leaf), rel=1e-12, abs=1e-14)
        assert e.rest == 0
        for path in e.paths:
            assert path.nodes[0] is leaf
            assert path.nodes[-1] is root
            assert math.prod(path.locals) == pytest.approx(path.product, rel=1e-12)
            assert path.carried[-1] == 1.0
            assert path.carried[0] == path.product
            steps = zip(path.nodes[:-1], path.nodes[1:], path.edges, strict=True)
            for source, node, edge in steps:
                assert (edge.source, edge.node) == (source, node)
                assert node.inputs[edge.position] is source
                assert node.partials[edge.position] == edge.local


@given(st.integers(0, 10**6), st.integers(5, 9), st.integers(1, 12))
def test_the_largest_are_the_largest_in_order(seed: int, size: int, limit: int) -> None:
    leaves, root = random_graph(seed, size)
    for leaf in leaves:
        expected = all_products(root, leaf)
        e = explain(root, leaf, limit=limit)
        sizes = [abs(path.product) for path in e.paths]
        assert sizes == pytest.approx(
            sorted(map(abs, expected), reverse=True)[:limit], rel=1e-9, abs=1e-300
        )
        assert len({tuple(x.position for x in path.edges) + path.nodes for path in e.paths}) == len(
            e.paths
        )
        if len(expected) > limit:
            written = math.fsum(path.product for path in e.paths)
            assert e.rest + written == pytest.approx(e.gradient, rel=1e-9, abs=1e-12)
            assert e.rest == pytest.approx(math.fsum(expected) - written, rel=1e-9, abs=1e-12)
        else:
            assert e.rest == 0


def test_inner_nodes_and_the_root_itself() -> None:
    a, b = Value(2.0), Value(3.0)
    inner = a * b
    root = inner * inner
    assert explain(root, inner).gradient == 12.0
    assert explain(root, inner).count == 2
    itself = explain(root, root)
    assert (itself.count, itself.gradient, itself.paths[0].nodes) == (1, 1.0, (root,))


def test_the_graph_is_left_alone() -> None:
    a = Value(2.0)
    root = (a * a).exp()
    e = explain(root, a)
    str(e), e.latex, e.table()
    assert not any(x.has_grad for x in autograd.topological_order(root))
    root.backward()
    before = [x.grad for x in autograd.topological_order(root)]
    str(explain(root, a))
    assert [x.grad for x in autograd.topological_order(root)] == before


# --- very many paths ------------------------------------------------------------------------------


def doubled(x: Value, times: int) -> Value:
    for _ in range(times):
        x = x + x
    return x


def test_2_to_the_60_paths_are_counted_and_some_shown() -> None:
    a = Value(1.0, label="a")
    e = explain(doubled(a, 60), a)
    assert e.count == 2**60
    assert e.gradient == 2.0**60
    assert len(e.paths) == 10
    assert len({tuple(edge.position for edge in path.edges) for path in e.paths}) == 10
    assert e.rest == 2.0**60 - 10
    assert f"the sum over {2**60:,} paths" in str(e)
    assert f"not written out: {2**60 - 10:,} paths" in str(e)


def test_paths_that_are_nearly_alike_are_told_apart_without_trying_all() -> None:
    # Each step loses or wins a last digit, so that no two ways weigh quite the same.
    rng = random.Random(0)
    x = a = Value(1.0)
    for _ in range(200):
        x = x * (1 + rng.random() * 1e-15) + x * (1 + rng.random() * 1e-15)
    e = explain(x, a, limit=50)
    assert e.count == 2**200
    assert len({tuple(id(node) for node in path.nodes) for path in e.paths}) == 50


def test_a_count_of_thousands_of_digits_is_rounded_in_words_only() -> None:
    a = Value(0.5)
    x = a
    for _ in range(20_000):
        x = (x + x) * 0.5
    e = explain(x, a, limit=2)
    assert e.count == 2**20_000
    assert e.gradient == 1.0
    assert "about 10^6021 paths" in str(e)
    assert "about 10 to the 6021 more paths" in e.latex
    assert repr(e) == "<Explanation of ∂v60001/∂v1: about 10^6021 paths>" or "10^6021" in repr(e)
    assert e.paths[0].product == 0.0  # it underflows, and still there is a way
    assert len(str(e)) < 8000
    assert len(e.latex) < 4000


# --- zeros, infinities, and no path at all --------------------------------------------------------


def test_a_zero_stops_a_path_as_it_stops_backward() -> None:
    x = Value(0.0, label="x")
    root = autograd.where(x > 0, x.sqrt(), 0.0) + x * 2
    root.backward()
    e = explain(root, x)
    assert x.grad == 2.0
    assert e.gradient == 2.0
    assert [path.product for path in e.paths] == [2.0, 0.0]  # 0 times an infinite slope is 0


def test_what_is_not_finite_is_shown_first() -> None:
    x = Value(0.0)
    root = x.sqrt() * 1e-3 + x * 5.0
    e = explain(root, x, limit=1)
    assert e.paths[0].product == math.inf
    with np.errstate(all="ignore"):
        y = Value(1.0)
        nan = explain(y * math.nan + y * 1e300, y)
    assert math.isnan(nan.paths[0].product)
    for form in (str(nan), nan.latex, nan.table(), str(e), e.latex, e.table()):
        assert form
    assert r"\infty" in e.latex
    assert r"\mathrm{NaN}" in nan.latex


def test_no_path_and_why() -> None:
    x, y = Value(1.0, label="x"), Value(2.0, label="y")
    root = autograd.where(x > 0, y, 0.0)
    root.label = "L"
    e = explain(root, x)
    assert (e.count, e.paths, e.gradient) == (0, (), 0.0)
    assert str(e) == (
        "∂L/∂x = 0: there is no path from x to L. L was computed from x, but only through "
        "inputs that pass no gradient on, such as conditions."
    )
    assert "L was not computed from z" in str(explain(root, Value(1.0, label="z")))
    assert e.latex.endswith("&= 0\n\\end{aligned}")
    assert "<table>" not in e.table()


def test_the_leaf_of_another_graph_has_a_name_of_its_own() -> None:
    x = Value(1.0, label="x")
    assert "no path from the leaf" in str(explain(x * 2, Value(1.0)))
    assert "no path from another x to v1" in str(explain(x * 2, Value(1.0, label="x")))


def test_a_division_of_a_plain_number_by_zero_is_infinite_as_in_backward() -> None:
    t = Tensor(1.0, requires_grad=True)
    with np.errstate(all="ignore"):
        y = t / 0.0
        assert explain(y, t).gradient == math.inf
        y.backward()
    assert t.grad == math.inf


@pytest.mark.parametrize("label", ["\x1b[31m", "a\nb", "\ud800", "\u202eabc", "x" * 10_000])
def test_the_leaf_of_another_graph_is_called_by_one_harmless_line(label: str) -> None:
    e = explain(Value(1.0, label="x") * 2, Value(1.0, label=label))
    for text in (str(e), repr(e), e.latex, e.table()):
        assert all(line.isprintable() for line in text.split("\n"))
        assert len(text) < 1000


# --- arrays ---------------------------------------------------------------------------------------


def network() -> tuple[Tensor, Tensor, Tensor]:
    rng = np.random.default_rng(0)
    x = Tensor(rng.normal(size=(4, 3)))
    w = Tensor(rng.normal(size=(3, 2)), requires_grad=True, label="W")
    b = Tensor(rng.normal(size=2), requires_grad=True, label="b")
    hidden = (x @ w + b).tanh()
    loss = (hidden * hidden).mean() + 0.1 * (w * w).sum()
    loss.label = "loss"
    return w, b, loss


def test_what_the_paths_carry_adds_up_to_the_gradient_of_an_array() -> None:
    w, b, loss = network()
    explanations = [(leaf, explain(loss, leaf)) for leaf in (w, b)]
    assert w.grad is None
    loss.backward()
    for leaf, e in explanations:
        assert e.count == len(e.paths)
        np.testing.assert_allclose(sum(path.product for path in e.paths), leaf.grad, rtol=1e-12)
        np.testing.assert_allclose(e.gradient, leaf.grad, rtol=1e-12)
        for path in e.paths:
            assert [np.shape(x) for x in path.carried] == [node.shape for node in path.nodes]
    assert [e.count for _, e in explanations] == [4, 2]


def test_the_shortest_paths_of_arrays_and_the_rest() -> None:
    w, _, loss = network()
    e = explain(loss, w, limit=1)
    loss.backward()
    assert len(e.paths[0].nodes) == min(len(path.nodes) for path in explain(loss, w).paths)
    np.testing.assert_allclose(e.rest + e.paths[0].product, w.grad, rtol=1e-12)
    assert "3 paths; shown are the 1 shortest" in str(e)


def test_one_element_of_an_array() -> None:
    w, _, loss = network()
    e = explain(loss, w, element=(2, 1))
    loss.backward()
    assert str(e).startswith(f"∂loss/∂W[2, 1] = {w.grad[2, 1]:.4g}: the sum over 4 paths")
    for form in (str(e), e.latex, e.table()):
        assert "[2, 1]" in form or r"\lbrack 2, 1 \rbrack" in form


def test_hooks_are_not_called() -> None:
    w, _, loss = network()
    called = []
    w.register_hook(lambda g: called.append(g))
    explain(loss, w)
    assert called == []


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (
            lambda v, t: explain(1.0, v),
            TypeError,
            "root: expected a node, such as a Value, got 1.0",
        ),
        (
            lambda v, t: explain(v, "a"),
            TypeError,
            "leaf: expected a node, such as a Value, got 'a'",
        ),
        (lambda v, t: explain(v, t), TypeError, "leaf: expected a Value, as the root is"),
        (lambda v, t: explain(v, v, limit=0), ValueError, "limit: expected a whole number"),
        (lambda v, t: explain(v, v, limit=True), ValueError, "limit: expected a whole number"),
        (lambda v, t: explain(v, v, limit=2.0), ValueError, "limit: expected a whole number"),
        (lambda v, t: explain(v, v, element=(0,)), ValueError, "element: expected None for Values"),
        (lambda v, t: explain(t * 2, t), ValueError, "root: expected a single number, got Tensor"),
        (lambda v, t: explain(t.sum(), t, element=(5,)), ValueError, "element: expected an index"),
        (lambda v, t: explain(t.sum(), t, element=0), ValueError, "element: expected an index"),
        (lambda v, t: explain(t.sum(), t, element=()), ValueError, "element: expected an index"),
    ],
)
def test_bad_input(call: Any, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind) as error:
        call(Value(1.0), Tensor([1.0, 2.0], requires_grad=True))
    assert str(error.value).startswith("explain: " + said)


def test_the_class_is_exported() -> None:
    x = Value(2.0)
    assert type(explain(x * x, x)) is Explanation
