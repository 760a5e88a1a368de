"""Scalar parameters that live in one array behave like Values, whatever is done to them."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Pack, Tensor, Value, compile, packs_of
from autograd.node import NOT_COMPUTED

X = np.array([1.0, 2.0])


def packed(n: int = 3) -> tuple[list[Value], Any, Pack]:
    """Values, a compiled function of them after one backward pass, and the pack they are in."""
    values = [Value(float(i + 1), label=f"v{i}") for i in range(n)]
    f = compile(lambda x: autograd.sum([v * x for v in values]))
    f(X).sum().backward()
    (pack,), others = packs_of(values)  # type: ignore[misc]
    assert others == []
    return values, f, pack


def test_looking_at_values_leaves_them_in_the_pack() -> None:
    values, _, pack = packed()
    assert [v.data for v in values] == [1.0, 2.0, 3.0]
    assert [v.grad for v in values] == [3.0, 3.0, 3.0]
    assert all(v.has_grad and v.is_leaf for v in values)
    assert isinstance(values[0], Value)
    assert pack.active
    assert repr(values[0]) == "Value(data=1.0, grad=3.0, label='v0')"


@pytest.mark.parametrize(
    "touch",
    [
        lambda v: v * 2.0,
        lambda v: autograd.dot([v], [1.0]),
        lambda v: setattr(v, "data", 1.0),
        lambda v: setattr(v, "grad", 3.0),
        lambda v: pickle.dumps(v),
        lambda v: copy.deepcopy(v),
        lambda v: autograd.trace(lambda x: x * v, 1.0)(2.0),
    ],
    ids=["compute", "dot", "data", "grad", "pickle", "copy", "program"],
)
def test_using_one_gives_all_numbers_back(touch: Any) -> None:
    values, f, pack = packed()
    touch(values[0])
    assert not pack.active
    assert [type(v) for v in values] == [Value] * 3
    assert [(v.data, v.grad) for v in values] == [(1.0, 3.0), (2.0, 3.0), (3.0, 3.0)]
    f(X).sum().backward()  # and back into the pack, with their gradients
    assert pack.active
    assert [v.grad for v in values] == [6.0, 6.0, 6.0]


def test_copies_are_values_of_their_own() -> None:
    values, _, _ = packed()
    for copied in (copy.deepcopy(values), pickle.loads(pickle.dumps(values))):
        assert [(v.data, v.grad, v.label) for v in copied] == [
            (v.data, v.grad, v.label) for v in values
        ]
        copied[0].data = 7.0
    assert values[0].data == 1.0


def test_gradients_are_forgotten_one_by_one_or_all_at_once() -> None:
    values, f, pack = packed()
    values[1].zero_grad()
    assert [v.has_grad for v in values] == [True, False, True]
    assert values[1].grad is NOT_COMPUTED
    assert pack.active
    f(X).sum().backward()
    assert [v.grad for v in values] == [6.0, 3.0, 6.0]
    for v in values:
        v.zero_grad()
    assert pack.active
    assert not any(v.has_grad for v in values)
    f(X).sum().backward()
    assert [v.grad for v in values] == [3.0, 3.0, 3.0]
    values[2].zero_grad()
    values[0].data  # noqa: B018
    _ = values[0] * 2
    assert [v.has_grad for v in values] == [True, True, False]


def test_an_optimizer_leaves_values_without_a_gradient_alone() -> None:
    values, _, _ = packed()
    optimizer = nn.SGD(values, lr=0.5)
    values[1].zero_grad()
    optimizer.step()
    assert [v.data for v in values] == [-0.5, 2.0, 1.5]


def test_a_graph_recorded_before_a_step_has_the_gradient_of_the_old_parameters() -> None:
    w = Value(3.0)
    f = compile(lambda x: w * w * x)
    out = f(X).sum()
    out.backward()
    assert w.grad == 18.0
    nn.SGD([w], lr=0.1).step()
    w.zero_grad()
    out.backward()
    assert w.grad == 18.0


def test_eager_graphs_of_packed_values() -> None:
    values, f, pack = packed()
    eager = autograd.sum([v * v for v in values])  # recorded before they are packed again
    f(X)
    assert pack.active
    eager.backward()
    assert [v.grad for v in values] == [5.0, 7.0, 9.0]
    out = f(X).sum()
    assert not any(type(v) is Value for v in values)
    _ = values[0] * 1.0  # out of the pack between forward and backward
    out.backward()
    assert [v.grad for v in values] == [8.0, 10.0, 12.0]


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_parameters_without_a_path_have_no_gradient(backend: str) -> None:
    v, w, u = Value(3.0), Value(2.0), Value(1.0)
    f: Any = lambda x: autograd.stop_gradient(u) * x + w * x + v  # noqa: E731
    g = compile(f, backend=backend)
    optimizer = nn.AdamW([u, v, w], lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        x = Tensor(X, requires_grad=True)
        out = g(x)
        np.testing.assert_allclose(out.data, [f(t).data for t in X], rtol=1e-15)
        out.sum().backward()
        assert [p.has_grad for p in (u, v, w)] == [False, True, True]
        assert x.grad is not None
        assert (v.grad, w.grad, list(x.grad)) == (2.0, 3.0, [(u + w).data] * 2)
        optimizer.step()
        u.data += 1.0  # read at each call
    assert u.data == 4.0
    assert v.data < 3.0


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_a_function_whose_parameters_and_inputs_have_no_path(backend: str) -> None:
    u = Value(2.0)
    x, y = Tensor(X, requires_grad=True), Tensor(X, requires_grad=True)
    f = compile(lambda x, y: autograd.floor(x) * autograd.stop_gradient(u) + y, backend=backend)
    f(x, y).sum().backward()
    assert not u.has_grad
    assert x.grad is None
    assert list(y.grad) == [1.0, 1.0]  # type: ignore[arg-type]


def test_two_functions_that_share_parameters() -> None:
    model = nn.MLP(2, [3, 1], seed=1)
    loss = compile(lambda x, y: (model(x) - y) ** 2)
    predict = compile(lambda x: model(x))
    part = compile(lambda x: model.layers[0].neurons[0](x))
    A, y = np.random.default_rng(0).normal(size=(5, 2)), np.ones(5)
    optimizer = nn.SGD(model.parameters(), lr=0.1, momentum=0.9)
    reference = copy.deepcopy(model)
    other = nn.SGD(reference.parameters(), lr=0.1, momentum=0.9)
    for step in range(6):
        for net, opt, total in (
            (model, optimizer, lambda: loss(A, y).sum() + part(A).sum()),
            (
                reference,
                other,
                lambda: autograd.sum(
                    [
                        (reference(row) - t) ** 2 + reference.layers[0].neurons[0](row)
                        for row, t in zip(A.tolist(), y.tolist(), strict=True)
                    ]
                ),
            ),
        ):
            net.zero_grad() if step % 2 else opt.zero_grad()
            total().backward()
            opt.step()
        np.testing.assert_allclose(
            predict(A).data, [reference(row).data for row in A.tolist()], rtol=1e-10
        )
        found = [(p.data, p.grad) for p in model.parameters()]
        expected = [(p.data, p.grad) for p in reference.parameters()]
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


def test_a_subclass_of_value_is_never_packed() -> None:
    class Positive(Value):
        def __init__(self, data: float) -> None:
            super().__init__(data)
            self.note = "mine"

    w, v = Positive(2.0), Value(3.0)
    f = compile(lambda x: w * x + v)
    for _ in range(2):
        f(X).sum().backward()
    assert (type(w), type(v), w.note) == (Positive, Value, "mine")
    assert (w.grad, v.grad) == (6.0, 4.0)
    optimizer = nn.SGD([w, v], lr=1.0)
    optimizer.step()
    assert (w.data, v.data) == (-4.0, -1.0)


def test_a_failed_backward_changes_nothing() -> None:
    values, f, _ = packed()
    t = Tensor(np.ones(2), requires_grad=True)
    with pytest.raises(TypeError, match="pass the parameters as arguments"):
        (f(X) * t).sum().backward(create_graph=True)
    assert t.grad is None
    assert [v.grad for v in values] == [3.0, 3.0, 3.0]
