"""Weights that a compiled function lays column by column: the same numbers and gradients."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, ops

RNG = np.random.default_rng(0)
X = RNG.normal(size=(16, 256))
CLASSES = np.arange(16) % 3


def parameters() -> list[Any]:
    rng = np.random.default_rng(0)
    shapes: list[Any] = [(32, 256), 32, (3, 32), 3]
    return [Tensor(rng.normal(size=shape) / 16, requires_grad=True) for shape in shapes]


def trained(params: list[Any], compiled: bool) -> list[Any]:
    optimizer = nn.SGD(params, lr=0.1)

    def loss(x: Any) -> Any:
        w1, b1, w2, b2 = params
        hidden = ops.relu(ops.linear(x, w1, b1))
        return ops.softmax_cross_entropy(ops.linear(hidden, w2, b2), CLASSES, mean=True)

    step = autograd.compile(loss, numbers=False) if compiled else loss
    for _ in range(3):
        optimizer.zero_grad()
        step(X).backward()
        optimizer.step()
    return [p.data for p in params]


def lies_by_columns(t: Any) -> bool:
    flags = t.data.flags
    return bool(flags.f_contiguous and not flags.c_contiguous)


def test_a_wide_first_layer_learns_the_same_column_by_column() -> None:
    plain, turned = parameters(), parameters()
    for a, b in zip(trained(plain, False), trained(turned, True), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)
    assert [lies_by_columns(p) for p in turned] == [True, False, False, False]
    assert turned[0].grad.strides == turned[0].data.strides  # so they are quickly added
    assert not any(lies_by_columns(p) for p in plain)


@pytest.mark.parametrize(
    ("x", "shape"),
    [
        (Tensor(X, requires_grad=True), (32, 256)),  # g @ weight would lose what is won
        (X[:15], (32, 256)),
        (X, (31, 256)),
    ],
    ids=["the input wants a gradient", "few examples", "a small weight"],
)
def test_where_it_does_not_pay_weights_stay_as_they_are(x: Any, shape: Any) -> None:
    w, b = Tensor(np.ones(shape), requires_grad=True), Tensor(np.zeros(shape[0]))
    autograd.compile(lambda x: ops.sum(ops.linear(x, w, b)), numbers=False)(x).backward()
    assert not lies_by_columns(w)
    frozen = Tensor(np.ones((32, 256)))
    autograd.compile(lambda x, b: ops.sum(ops.linear(x, frozen, b)), numbers=False)(X, np.ones(32))
    assert not lies_by_columns(frozen)


def test_a_graph_of_before_is_differentiated_twice() -> None:
    w, b = Tensor(RNG.normal(size=(32, 256)), requires_grad=True), Tensor(np.zeros(32))
    before = ops.sum(ops.linear(X, w, b) ** 3)
    autograd.compile(lambda x: ops.sum(ops.linear(x, w, b)), numbers=False)(X).backward()
    assert lies_by_columns(w)
    w.grad = None
    before.backward(create_graph=True)
    np.testing.assert_allclose(w.grad.data, 3 * ((X @ w.data.T) ** 2).T @ X)
    late = ops.sum(ops.linear(X, w, b) ** 3)
    w.data = w.data + 1.0
    with pytest.raises(ValueError, match="data that were replaced since"):
        late.backward(create_graph=True)


@pytest.mark.parametrize("which", ["x", "weight"])
def test_layers_of_plain_arrays_are_compiled(which: str) -> None:
    w, b = Tensor(RNG.normal(size=(32, 256)), requires_grad=True), Tensor(np.zeros(32))
    plain = w.data.copy()

    def loss(x: Any) -> Any:
        layer = ops.linear(X, w, b) if which == "x" else ops.linear(x, plain, b)
        return ops.sum(layer * ops.sum(x))

    f = autograd.compile(loss, numbers=False)
    np.testing.assert_allclose(f(X).data, loss(X).data, rtol=1e-12)


def test_such_weights_are_lent_copied_and_saved(tmp_path: Path) -> None:
    nn.manual_seed(0)
    model = nn.Linear(256, 32)
    x = X.astype(model.weight.dtype)
    f = autograd.compile(lambda x: model(x), numbers=False)
    f(x)
    model.weight.data[0] = 1.0
    np.testing.assert_allclose(f(x).data, model(x).data, rtol=1e-5, atol=1e-5)
    assert lies_by_columns(model.weight)
    nn.save(model.state_dict(), tmp_path / "m.npz")
    loaded = nn.Linear(256, 32)
    loaded.load_state_dict(nn.load(tmp_path / "m.npz"))
    for other in (loaded, copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(other.weight.data, model.weight.data)
