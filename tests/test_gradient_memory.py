"""A gradient is in memory of its own: nobody else sees it, and it is not copied without need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from autograd.arrays.lending import is_own


def test_a_view_is_own_while_nobody_else_has_its_array() -> None:
    x = np.arange(6.0).reshape(2, 3).copy()
    assert is_own(x)
    fresh = [(x @ x.T).T, (x + 1).ravel()]  # an assert would hold on to what they are views of
    assert all(map(is_own, fresh))
    assert not is_own(x.T)
    made = x + 1
    view = made.T
    assert not is_own(view)
    del made
    assert is_own(view)
    other = view[:1]
    assert not is_own(view)
    del other
    assert is_own(view)


@pytest.mark.parametrize(
    "view",
    [
        np.broadcast_to(np.ones(1), (3,)),  # one element, seen three times
        np.broadcast_to(np.ones(1), (1, 1)),  # contiguous, and read-only
        np.ones((4, 4))[::2],
        np.frombuffer(bytearray(16)),
        np.lib.stride_tricks.as_strided(np.ones(4), (3, 2), (8, 8)),
    ],
)
def test_views_that_are_not_safe_to_write_on(view: Any) -> None:
    assert not is_own(view)


ALIASES: dict[str, Callable[[Any, Any], Any]] = {
    "transposes": lambda a, b: a.T + b.T,
    "one shape, another": lambda a, b: a.reshape(3, 4) * b.reshape(3, 4),
    "one cotangent": lambda a, b: a + b,
    "twice": lambda a, b: a.T + a.T + b.T + a.T,
    "stacked": lambda a, b: autograd.stack([a, b.reshape(4, 3)]),
    "copied along": lambda a, b: a + b[0],
    "products": lambda a, b: a.T @ b + b.T @ a,
    "a layer": lambda a, b: autograd.linear(a, b, b[:, 0]),
    "a layer of itself": lambda a, b: autograd.linear(a, a, a[:, 0]) + b @ b.T,
}


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("name", ALIASES)
@pytest.mark.parametrize("order", ["C", "F"])
def test_no_two_gradients_share_memory(name: str, compiled: bool, order: Any) -> None:
    fun = ALIASES[name]
    if compiled:
        fun = autograd.compile(fun, numbers=False)
    rng = np.random.default_rng(0)
    arrays = [np.asarray(rng.normal(size=(4, 3)), order=order) for _ in range(2)]
    a, b = (Tensor(x, requires_grad=True) for x in arrays)
    seen: list[Any] = []
    out = fun(a, b)
    if not compiled:
        out.register_hook(seen.append)
    weights = rng.normal(size=out.shape)
    seed = weights.copy()
    out.backward(seed)
    once = [a.grad.copy(), b.grad.copy()]
    everything = [a.grad, b.grad, a.data, b.data, seed, *seen]
    for i, x in enumerate(everything):
        for y in everything[:i]:
            if x is not y and not (x is seed or y is seed):
                assert not np.shares_memory(x, y)
    fun(a, b).backward(seed)
    np.testing.assert_array_equal(seed, weights)
    np.testing.assert_allclose(a.grad, 2 * once[0], rtol=1e-13)
    np.testing.assert_allclose(b.grad, 2 * once[1], rtol=1e-13)


@pytest.mark.parametrize("name", ["transposes", "one cotangent", "twice", "copied along"])
def test_who_writes_on_a_gradient_that_is_a_node_changes_no_other(name: str) -> None:
    """Linear functions: their gradients are nodes, and do not depend on what may be written on."""
    rng = np.random.default_rng(0)
    a, b = (Tensor(rng.normal(size=(4, 3)), requires_grad=True) for _ in range(2))
    out = ALIASES[name](a, b)
    seed = Tensor(rng.normal(size=out.shape))
    out.backward(seed, create_graph=True)
    before = [x.numpy().copy() for x in (b.grad, seed)]
    a.grad.data[...] = 7.0
    for x, kept in zip((b.grad, seed), before, strict=True):
        np.testing.assert_array_equal(x.numpy(), kept)


def test_gradients_that_are_one_sum_are_differentiated_again() -> None:
    a, b = (Tensor(np.ones(3), requires_grad=True) for _ in range(2))
    seed = Tensor(np.ones(3), requires_grad=True)
    (a + b).backward(seed, create_graph=True)
    (a.grad**2 + b.grad**3).sum().backward()
    np.testing.assert_array_equal(seed.grad, [5.0, 5.0, 5.0])


@pytest.mark.parametrize("compiled", [False, True])
def test_the_gradient_of_a_wide_layer_is_not_copied(compiled: bool) -> None:
    layer = nn.Linear(784, 128)
    loss: Any = lambda x: (layer(x) ** 2).sum()  # noqa: E731
    if compiled:
        loss = autograd.compile(loss, numbers=False)
    loss(np.ones((4, 784))).backward()
    gradient = layer.weight.grad
    assert gradient.flags.f_contiguous == layer.weight.data.flags.f_contiguous
    assert gradient.base is not None  # the product that it is the transpose of, not a copy
    assert gradient.base.shape == (784, 128)
