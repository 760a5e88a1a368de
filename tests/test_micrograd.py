"""``Value`` is a superset of micrograd's: the same expressions, numbers and names."""

from __future__ import annotations

from typing import Any

import pytest

from autograd import Value


def expressions(make: Any) -> dict[str, tuple[Any, list[Any]]]:
    """What micrograd can do, on leaves made by ``make``: result and leaves of each."""
    a, b, c = make(-4.0), make(2.0), make(3.5)
    d, e = make(1.25), make(-0.75)

    z = 2 * a + 2 + a
    q = z.relu() + z * a
    h = (z * z).relu()
    first = h + q + q * a

    s = a + b
    t = a * b + b**3
    s += s + 1
    s += 1 + s + (-a)
    t += t * 2 + (b + a).relu()
    t += 3 * t + (b - a).relu()
    u = s - t
    v = u**2
    second = v / 2.0 + 10.0 / v

    neuron = (sum(w * x for w, x in zip((d, e), (b, c), strict=True)) + 0.5).relu()
    hinge = sum([(1 + -y * neuron).relu() for y in (1, -1)]) * (1.0 / 2)
    weight_decay = 1e-4 * sum(p * p for p in (d, e))
    third = hinge + weight_decay

    fourth = (c - b) ** -2 + 1 / d - (e / c) ** 3 + 2 - (-d)
    leaves = [a, b, c, d, e]
    return {
        "relu and sharing": (first, leaves),
        "everything at once": (second, leaves),
        "a neuron with hinge loss": (third, leaves),
        "powers and quotients": (fourth, leaves),
    }


NAMES = list(expressions(Value))


@pytest.mark.parametrize("name", NAMES)
def test_same_numbers_as_micrograd(name: str) -> None:
    engine = pytest.importorskip("micrograd.engine", reason="micrograd is not installed")
    root, leaves = expressions(Value)[name]
    their_root, their_leaves = expressions(engine.Value)[name]
    root.backward()
    their_root.backward()
    # micrograd divides by multiplying with a reciprocal: a rounding more for each division.
    assert root.data == pytest.approx(their_root.data, rel=1e-14)
    for leaf, theirs in zip(leaves, their_leaves, strict=True):
        assert leaf.grad == pytest.approx(theirs.grad, rel=1e-13)
    assert any(leaf.grad for leaf in leaves)


def test_known_gradients_of_a_known_expression() -> None:
    """By hand: f = relu(2a + b) * a**2 - b/a at a = 3, b = -2."""
    a, b = Value(3.0), Value(-2.0)
    f = (2 * a + b).relu() * a**2 - b / a
    f.backward()
    assert f.data == pytest.approx(4 * 9 + 2 / 3)
    assert a.grad == pytest.approx(2 * 9 + 4 * 6 - 2 / 9)
    assert b.grad == pytest.approx(9 - 1 / 3)


def test_prev_and_op_are_for_drawing_code() -> None:
    a, b = Value(2.0), Value(3.0)
    c = a * b
    assert c._prev == {a, b}
    assert (a._prev, a._op) == (set(), "")
    assert (a * a)._prev == {a}
    assert (a + b)._op == "+"
    assert a.relu()._op == "ReLU"
    assert c._op
    constants = [v for v in (a + 5.0)._prev if v is not a]
    assert [v.data for v in constants] == [5.0]


def test_the_trace_of_micrograds_drawing_code() -> None:
    """The function that every notebook with a micrograd graph has, as it is written there."""

    def trace(root: Any) -> tuple[set[Any], set[Any]]:
        nodes, edges = set(), set()

        def build(v: Any) -> None:
            if v not in nodes:
                nodes.add(v)
                for child in v._prev:
                    edges.add((child, v))
                    build(child)

        build(root)
        return nodes, edges

    x, w = Value(1.0), Value(2.0)
    product = x * w
    out = product.relu()
    nodes, edges = trace(out)
    assert nodes == {x, w, product, out}
    assert edges == {(x, product), (w, product), (product, out)}


def test_a_training_step_as_micrograd_writes_it() -> None:
    w, b = Value(0.5), Value(0.0)
    losses = []
    for _ in range(20):
        loss = sum((w * x + b - y) ** 2 for x, y in [(1.0, 3.0), (2.0, 5.0), (-1.0, -1.0)])
        for p in (w, b):
            p.grad = 0
        loss.backward()
        for p in (w, b):
            p.data -= 0.05 * p.grad
        losses.append(loss.data)
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.05 * losses[0]
    assert (w.data, b.data) == (pytest.approx(2.0, abs=0.3), pytest.approx(1.0, abs=0.3))
