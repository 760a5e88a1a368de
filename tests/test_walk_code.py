"""The code of walks: what it takes for granted, and what it writes on."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, grad, ops, walk_code
from autograd.formulas.code import partial_code
from autograd.node import PRIMITIVES

MANY = 8  # more often than it takes to write a walk out


@pytest.fixture(autouse=True)
def nothing_known() -> None:
    """Each test begins as a new process does."""
    for op in PRIMITIVES.values():
        op.walks, op.missed = {}, {}


@pytest.fixture
def blocks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Small arrays are carried in blocks of two; a list of how many blocks there were each time."""
    seen: list[int] = []
    parts = walk_code._blocks

    def counted(array: Any) -> Any:
        found = list(parts(array))
        seen.append(len(found))
        return found

    monkeypatch.setattr(walk_code, "_LARGE", 24)
    monkeypatch.setattr(walk_code, "_BLOCK", 16)
    monkeypatch.setattr(walk_code, "_RUN", 2)
    monkeypatch.setattr(walk_code, "_blocks", counted)
    return seen


def leaf(*shape: int, seed: int = 0, dtype: Any = float) -> Tensor:
    numbers = np.random.default_rng(seed).uniform(0.5, 1.5, shape).astype(dtype)
    return Tensor(numbers, requires_grad=True)


def code_of(op: Any) -> str:
    ((walk,),) = op.walks.values()
    return "".join(linecache.getlines(walk.__code__.co_filename))


def gradient(x: Tensor, f: Callable[[Any], Any]) -> Any:
    x.grad = None
    f(x).backward()
    return x.grad


# --- formulas -----------------------------------------------------------------------------------

# Each with arrays, and with a number in the place of one of the other operands.
WRITTEN = [
    (op, i, number)
    for op in PRIMITIVES.values()
    if op.kind == "elementwise" and not op.foreign
    for i in range(len(op.partials))
    if partial_code(op, i) is not None
    for number in (None, *(j for j in range(len(op.partials)) if j != i))
]


@pytest.mark.parametrize(("op", "i", "number"), WRITTEN, ids=lambda x: getattr(x, "name", x))
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shape", [(), (5,)])
def test_what_is_written_is_what_the_rule_says(
    op: Any, i: int, number: int | None, dtype: Any, shape: Any
) -> None:
    rng = np.random.default_rng(0)
    given: list[Any] = [rng.uniform(0.1, 0.9, shape).astype(dtype) for _ in op.partials]
    if number is not None:
        given[number] = 2.0
    functions = {name: p.forward for name, p in PRIMITIVES.items()}
    with np.errstate(all="ignore"):
        out = np.asarray(op.forward(*given))
        names = {**functions, "out": out, **dict(zip("xyz", given, strict=False))}
        said = op.partials[i](out, *given)
        written = eval(partial_code(op, i) or "", names)
        found, expected = out * written, out * said
    assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
    assert np.asarray(found).tobytes() == np.asarray(expected).tobytes()


def test_a_formula_that_asks_what_it_was_given_is_called() -> None:
    x = leaf(3)
    for exponent in (2, 3, 0.5, 1):
        for _ in range(MANY):
            found = gradient(x, lambda x, k=exponent: ops.sum(x**k))
            np.testing.assert_allclose(found, exponent * x.data ** (exponent - 1), rtol=1e-15)


@pytest.mark.parametrize(
    "other",
    [3, np.float64(2.0), np.float32(2.0), np.array(2.0), np.full(3, 2.0), np.full((2, 3), 2.0),
     np.full(3, 2, np.int8), np.full(3, True), True, Tensor(2.0), Tensor([2.0, 3.0, 4.0])],
    ids=repr,
)  # fmt: skip
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_other_things_in_the_place_of_a_number(other: Any, dtype: Any) -> None:
    x = leaf(3, dtype=dtype)

    def loss(y: Any) -> Any:
        return lambda x: ops.sum(y / (x * y) + x / y)

    for _ in range(MANY):
        gradient(x, loss(2.0))
    assert "1 / p" in code_of(ops.sum)
    y = np.asarray(other.data if isinstance(other, Tensor) else other, np.float64)
    total = np.broadcast_to(
        -1 / x.data.astype(float) ** 2 + 1 / y, np.broadcast_shapes(y.shape, (3,))
    )
    found = gradient(x, loss(other))
    assert found.dtype == dtype
    np.testing.assert_allclose(
        found, total.reshape(-1, 3).sum(0), rtol=1e-12 if dtype is np.float64 else 2e-6
    )


def test_a_division_by_zero_is_an_infinite_slope() -> None:
    x = leaf(3)
    for _ in range(MANY):
        with np.errstate(all="ignore"):
            np.testing.assert_array_equal(gradient(x, lambda x: ops.sum(x / 0)), np.full(3, np.inf))


def test_a_leaf_whose_data_are_replaced_between_two_uses() -> None:
    x = leaf(3)
    for k in range(3 * MANY):
        before = x.data.copy()
        y = x * 2.0 * x
        if k >= MANY:
            x.data = x.data + 1.0
        expected = 4.0 * before + x.data * np.exp(x.data) + np.exp(x.data)
        np.testing.assert_allclose(
            gradient(x, lambda x, y=y: ops.sum(y + x * ops.exp(x))), expected
        )


# --- blocks -------------------------------------------------------------------------------------


def of_many(m: Any, x: Any) -> Any:
    u = m.exp(-x) * x + 2.0
    return m.tanh(u) / u - u


def test_blocks_of_large_arrays(blocks: list[int]) -> None:
    for n in (1, 2, 3, 7, 100):
        x = np.random.default_rng(n).normal(size=n)
        f = grad(lambda x: ops.sum(of_many(autograd, x)))
        for _ in range(MANY):
            u = np.exp(-x) * x + 2.0
            du = (1 - np.tanh(u) ** 2) / u - np.tanh(u) / u**2 - 1
            np.testing.assert_allclose(f(x), du * np.exp(-x) * (1 - x), rtol=1e-12)
    assert set(blocks) == {2, 4, 50}  # two numbers are not large


@pytest.mark.parametrize("shape", [(6, 1), (1, 6), (3, 2, 2), (5, 0)])
def test_blocks_are_rows(blocks: list[int], shape: Any) -> None:
    x, rows = leaf(*shape), max(1, 16 * shape[0] // max(1, 8 * int(np.prod(shape))))
    alone = gradient(x, lambda x: ops.sum(of_many(autograd, x)))
    for _ in range(MANY):
        found = gradient(x, lambda x: ops.sum(of_many(autograd, x)))
        assert found.tobytes() == alone.tobytes()
    assert set(blocks) == ({-(-shape[0] // rows)} if x.size else set())


def test_arrays_that_lie_otherwise_are_carried_whole(blocks: list[int]) -> None:
    x = Tensor(np.asfortranarray(leaf(4, 3).data), requires_grad=True)
    alone = gradient(x, lambda x: ops.sum(of_many(autograd, x)))
    for _ in range(MANY):
        found = gradient(x, lambda x: ops.sum(of_many(autograd, x)))
        assert (found.tobytes(), found.strides) == (alone.tobytes(), alone.strides)
    assert not blocks


def test_branches_that_had_one_shape_when_the_walk_was_written(blocks: list[int]) -> None:
    def both(x: Tensor, y: Tensor) -> Any:
        x.grad = y.grad = None
        a, b = of_many(ops, x), of_many(ops, y)
        ops.stack([ops.sum(a), ops.sum(b)]).backward(np.ones(2))
        return x.grad, y.grad

    for _ in range(MANY):
        both(leaf(6, 4), leaf(6, 4))
    assert blocks
    assert len(PRIMITIVES["concatenate"].walks[0]) == 1
    for x, y in (
        (leaf(6, 1), leaf(6, 4)),
        (leaf(6, 4), leaf(6, 1)),
        (leaf(6, 4, dtype=np.float32), leaf(6, 4)),
    ):
        for z, g in zip((x, y), both(x, y), strict=True):
            alone = gradient(Tensor(z.data, requires_grad=True), lambda z: ops.sum(of_many(ops, z)))
            assert (g.shape, g.dtype) == (z.shape, z.dtype)
            assert g.tobytes() == alone.tobytes()
    assert len(PRIMITIVES["concatenate"].walks[0]) == 1


def test_operands_and_gradients_that_lie_otherwise(blocks: list[int]) -> None:
    x, w = leaf(4, 3), leaf(4, 3)
    across = Tensor(np.asfortranarray(x.data), requires_grad=True)

    def strides(x: Tensor, g: Any) -> list[Any]:
        x.grad = w.grad = None
        (x * w + 1.0).backward(g)
        return [x.grad.strides, w.grad.strides]

    usual, columns = np.ones((4, 3)), np.ones((3, 4)).T
    all_alike = np.broadcast_to(1.0, (4, 3))
    alone = strides(across, all_alike), strides(x, columns)
    for _ in range(MANY):
        strides(x, usual)
        strides(x, all_alike)
    assert set(blocks) == {4}
    blocks.clear()
    assert (strides(across, all_alike), strides(x, columns)) == alone
    assert not blocks


def test_the_gradient_that_is_given_stays_what_it_is(blocks: list[int]) -> None:
    x, g = leaf(5), np.arange(5.0)
    for _ in range(MANY):
        x.grad = None
        y = ops.exp(-x * 2.0)
        y.backward(g)
        np.testing.assert_array_equal(g, np.arange(5.0))
        np.testing.assert_allclose(x.grad, -2.0 * y.data * g)
        z = x + 0.0
        x.grad = None
        (z + 0.0).backward(g)
        assert not np.shares_memory(x.grad, g)
        np.testing.assert_array_equal(x.grad, g)
    assert blocks


def test_the_graph_stays_what_it_is(blocks: list[int]) -> None:
    x = leaf(6)
    nodes = [x, a := ops.exp(x), b := a * x, c := b / a, d := c - b]
    root = ops.sum(d)
    before = [node.data.copy() for node in nodes]
    for _ in range(MANY):
        x.grad = None
        root.backward()
    np.testing.assert_allclose(x.grad, 1 - np.exp(x.data) * (1 + x.data))
    for node, data in zip(nodes, before, strict=True):
        np.testing.assert_array_equal(node.data, data)
    assert blocks


def test_sums_that_begin_outside_of_the_blocks(blocks: list[int]) -> None:
    x, w = leaf(4, 3), leaf(3, seed=1)

    def loss(x: Any) -> Any:
        y = ops.exp(x)
        return ops.sum(y @ w) + ops.sum(y * y - x) + ops.sum(y) + ops.sum(y * w)

    y = np.exp(x.data)
    for _ in range(MANY):
        np.testing.assert_allclose(gradient(x, loss), y * (2 * w.data + 2 * y + 1) - 1)

    def last(x: Any) -> Any:  # only one product begins outside, and may be shared
        y = ops.exp(x)
        return ops.sum(y * y - x) + ops.sum(y @ w)

    for _ in range(MANY):
        np.testing.assert_allclose(gradient(x, last), y * (w.data + 2 * y) - 1)
    assert blocks


def test_blocks_on_both_sides_of_what_is_carried_whole(blocks: list[int]) -> None:
    x, w = leaf(4, 3), leaf(3, seed=1)

    def loss(x: Any) -> Any:
        return ops.sum(of_many(ops, of_many(ops, x) * w))

    alone = gradient(x, loss)
    for _ in range(3):
        blocks.clear()
        w.grad = None
        assert gradient(x, loss).tobytes() == alone.tobytes()
    assert blocks == [4, 4]


def test_operations_that_lead_nowhere(blocks: list[int]) -> None:
    w = leaf(4)
    f = grad(lambda x: ops.sum(x) + ops.sum(ops.exp(ops.exp(w * 2.0) * 0.5)))
    for _ in range(MANY):
        np.testing.assert_array_equal(f(np.ones(4)), np.ones(4))
    assert not blocks
