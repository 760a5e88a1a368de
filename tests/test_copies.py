"""Nodes and whole graphs survive ``pickle`` and ``copy``, shared parts and all."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from typing import Any

import pytest

import autograd
from autograd import Value
from autograd.node import NOT_COMPUTED


def by_pickle(protocol: int) -> Callable[[Any], Any]:
    return lambda thing: pickle.loads(pickle.dumps(thing, protocol))


COPIES = [pytest.param(by_pickle(p), id=f"pickle {p}") for p in range(pickle.HIGHEST_PROTOCOL + 1)]
COPIES.append(pytest.param(copy.deepcopy, id="deepcopy"))
every_copy = pytest.mark.parametrize("copied", COPIES)


def expression() -> tuple[Value, Value, Value]:
    x, w = Value(0.5, label="x"), Value(-1.5, label="w")
    shared = (x * w).tanh()
    terms = autograd.dot([shared, x], [w, 2.0]), autograd.max([x, w, shared])
    root = autograd.where(x > w, shared, 3 / w) + autograd.sum(terms) - 2**x
    root.label = "root"
    return x, w, root


def everything(root: Value) -> list[Value]:
    return autograd.topological_order(root, everything=True)


@every_copy
def test_a_copy_of_a_graph_is_the_same_graph(copied: Any) -> None:
    x, _, root = expression()
    twin = copied(root)
    ours, theirs = everything(root), everything(twin)
    assert len(ours) == len(theirs)
    index = {node: i for i, node in enumerate(ours)}
    twins = {node: i for i, node in enumerate(theirs)}
    assert not index.keys() & twins.keys()
    for node, other in zip(ours, theirs, strict=True):
        assert type(other) is Value
        assert (node.data, node.label, node.op) == (other.data, other.label, other.op)
        inputs = [index.get(i, i) if isinstance(i, Value) else i for i in node.inputs]
        assert inputs == [twins.get(i, i) if isinstance(i, Value) else i for i in other.inputs]
        assert node.partials == other.partials
    root.backward()
    twin.backward()
    assert [n.grad for n in theirs] == [n.grad for n in ours]
    assert x.grad != 0.0


@every_copy
def test_roots_that_share_a_graph_share_it_afterwards(copied: Any) -> None:
    x = Value(3.0, label="x")
    shared = x * x
    first, second = shared.exp(), shared + x
    one, two, leaf = copied([first, second, x])
    assert one.inputs[0] is two.inputs[0]
    assert one.inputs[0].inputs == (leaf, leaf)
    assert two.inputs[1] is leaf
    two.backward()
    assert (leaf.grad, x.grad) == (7.0, 0.0)


@every_copy
def test_not_computed_is_not_zero_after_copying(copied: Any) -> None:
    reached, zero, untouched = Value(1.0), Value(2.0), Value(3.0)
    (reached * 3 + zero * 0).backward()
    reached, zero, untouched = copied((reached, zero, untouched))
    assert (reached.grad, zero.grad, untouched.grad) == (3.0, 0.0, 0.0)
    assert untouched.grad is NOT_COMPUTED
    assert zero.grad is not NOT_COMPUTED
    assert "grad" not in repr(untouched)
    assert "grad=0.0" in repr(zero)


@every_copy
def test_odd_numbers_survive(copied: Any) -> None:
    odd = [Value(x) for x in (math.inf, -math.inf, math.nan, -0.0, 5e-324)]
    assert repr([v.data for v in copied(odd)]) == repr([v.data for v in odd])


@every_copy
def test_a_copy_of_parameters_is_independent(copied: Any) -> None:
    parameters = {"w": Value(1.0, label="w"), "b": Value(2.0, label="b")}
    twins = copied(parameters)
    twins["w"].data = 9.0
    (twins["w"] * twins["b"]).backward()
    assert (parameters["w"].data, parameters["w"].grad) == (1.0, 0.0)


def test_a_shallow_copy_shares_its_inputs() -> None:
    x = Value(3.0)
    y = x * x
    twin = copy.copy(y)
    assert twin is not y
    assert twin.inputs == (x, x)
    twin.backward()
    assert (x.grad, y.grad) == (6.0, 0.0)


@pytest.mark.parametrize(
    "copied", [pytest.param(by_pickle(pickle.HIGHEST_PROTOCOL), id="pickle"), copy.deepcopy]
)
def test_a_graph_100_000_nodes_deep_is_copied_without_recursion(copied: Any) -> None:
    x = y = Value(1.0)
    for _ in range(50_000):
        y = y * 0.5
        y = y + x
    twin, leaf = copied([y, x])
    assert twin.data == y.data
    assert len(everything(twin)) == 100_001
    twin.backward()
    y.backward()
    assert leaf.grad == x.grad != 0.0


def test_copying_a_deep_graph_and_then_another_works_after_a_failure() -> None:
    """A failed copy does not change how the next one is made."""

    def chain(label: Any) -> Value:
        y = Value(1.0)
        y.label = label
        for _ in range(5_000):
            y = y * 0.5
        return y

    unpicklable: Any = (i for i in ())
    with pytest.raises(TypeError, match="generator") as failure:
        copy.deepcopy(chain(unpicklable))
    assert failure.tb  # it keeps the interrupted copy alive, as a notebook does
    assert copy.deepcopy(chain("fine")).data == 0.5**5_000


@every_copy
def test_a_subclass_stays_what_it_is(copied: Any) -> None:
    twin = copied(Weight(2.0, label="w"))
    assert type(twin) is Weight
    assert (twin.data, twin.label) == (2.0, "w")


class Weight(Value):
    """A kind of Value, at module level, where pickle finds it."""

    __slots__ = ()
