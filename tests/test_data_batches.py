"""``batches``: every example once, in every order alike."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn.data import batches, split


def order(*args: Any, n: int = 50, **options: Any) -> list[int]:
    """The order in which an epoch visits the examples 0 to n - 1."""
    return [int(i) for (batch,) in batches(np.arange(n), *args, **options) for i in batch]


@given(
    n=st.integers(1, 60),
    batch_size=st.none() | st.integers(1, 80),
    shuffle=st.booleans(),
    seed=st.integers(0, 2**40),
)
def test_each_example_once_with_its_own_label(
    n: int, batch_size: int | None, shuffle: bool, seed: int
) -> None:
    X, y = np.arange(2 * n).reshape(n, 2), [f"label {i}" for i in range(n)]
    epoch = list(batches(X, y, batch_size=batch_size, shuffle=shuffle, seed=seed))
    size = n if batch_size is None else batch_size
    assert len(epoch) == math.ceil(n / size)
    assert [len(targets) for _, targets in epoch[:-1]] == [size] * (len(epoch) - 1)
    assert len(epoch[-1][1]) == n - size * (len(epoch) - 1)
    seen = []
    for inputs, targets in epoch:
        assert inputs.shape == (len(targets), 2)
        for row, label in zip(inputs, targets, strict=True):
            assert label == f"label {row[0] // 2}"
            seen.append(int(row[0]) // 2)
    assert sorted(seen) == list(range(n))
    if not shuffle:
        assert seen == list(range(n))


def test_the_three_ways_of_gradient_descent() -> None:
    def sizes(batch_size: int | None) -> list[int]:
        return [len(batch) for (batch,) in batches(np.arange(10), batch_size=batch_size)]

    assert sizes(None) == [10]
    assert sizes(1) == [1] * 10
    assert sizes(4) == [4, 4, 2]
    assert sizes(10) == sizes(11) == sizes(10**9) == [10]  # as PyTorch's DataLoader


def test_sizes_are_those_of_pytorch() -> None:
    data = pytest.importorskip("torch.utils.data")
    for n, batch_size in [(10, 3), (10, 5), (10, 10), (10, 20), (1, 1)]:
        loader = data.DataLoader(list(range(n)), batch_size=batch_size)
        ours = batches(np.arange(n), batch_size=batch_size, shuffle=False)
        assert [b.tolist() for (b,) in ours] == [b.tolist() for b in loader]


def test_a_seed_fixes_the_order() -> None:
    assert order(seed=1, batch_size=7) == order(seed=1) == order(seed=np.int64(1))
    assert order(seed=1) != order(seed=2)
    assert order(seed=1) != list(range(50))


@pytest.mark.parametrize(
    "make", [np.random.default_rng, random.Random, np.random.RandomState], ids=lambda f: f.__name__
)
def test_a_shared_rng_gives_every_epoch_its_own_order(make: Any) -> None:
    rng = make(0)
    epochs = [order(rng=rng) for _ in range(4)]
    assert len({tuple(epoch) for epoch in epochs}) == 4
    rng = make(0)
    assert [order(rng=rng) for _ in range(4)] == epochs


def test_without_seed_the_global_generator_decides() -> None:
    state = random.getstate()
    try:
        random.seed(5)
        first, second = order(), order()
        random.seed(5)
        assert (order(), order()) == (first, second)
        assert first != second
    finally:
        random.setstate(state)


def test_a_seed_leaves_the_global_generators_alone() -> None:
    state, legacy = random.getstate(), np.random.get_state()[1].tolist()  # type: ignore[index]
    order(seed=0)
    split(np.arange(10), [0, 1] * 5)
    assert random.getstate() == state
    assert np.random.get_state()[1].tolist() == legacy  # type: ignore[index]


def test_every_order_is_as_likely() -> None:
    rng = np.random.default_rng(0)
    counts: dict[tuple[int, ...], int] = {}
    for _ in range(6000):
        visited = tuple(order(n=3, rng=rng))
        counts[visited] = counts.get(visited, 0) + 1
    assert len(counts) == 6
    # Chi-squared with 5 degrees of freedom: above 20.5 once in a thousand.
    assert sum((count - 1000) ** 2 / 1000 for count in counts.values()) < 20.5


def test_containers_and_dtypes_are_kept() -> None:
    image = np.zeros((5, 2, 3), dtype=np.float32)
    label = np.arange(5, dtype=np.uint8)
    nodes, pair = [object() for _ in range(5)], tuple("abcde")
    a, b, c, d = next(batches(image, label, nodes, pair, batch_size=2, shuffle=False))
    assert (a.shape, a.dtype, b.dtype) == ((2, 2, 3), np.float32, np.uint8)
    assert c == nodes[:2]
    assert all(x is y for x, y in zip(c, nodes, strict=False))
    assert d == ["a", "b"]
    ragged = [[1], [1, 2], []]
    assert [x for (x,) in batches(ragged, batch_size=2, shuffle=False)] == [[[1], [1, 2]], [[]]]


@pytest.mark.parametrize("shuffle", [True, False])
def test_batches_are_copies(shuffle: bool) -> None:
    X = np.arange(6.0)
    for (batch,) in batches(X, batch_size=4, shuffle=shuffle):
        batch[:] = -1.0
    assert X.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


@pytest.mark.parametrize(
    ("arrays", "options", "error", "text"),
    [
        ((), {}, ValueError, "at least one array"),
        ((np.zeros((3, 2)), [1, 2]), {}, ValueError, "got 3 and 2"),
        (([], []), {}, ValueError, "at least one example"),
        ((np.zeros((0, 4)),), {}, ValueError, "at least one example"),
        ((np.float64(3.0),), {}, TypeError, "got float64"),
        ((np.array(3.0),), {}, TypeError, "a single number"),
        ((5,), {}, TypeError, "got int"),
        ((None,), {}, TypeError, "got NoneType"),
        (("abc",), {}, TypeError, "got str"),
        ((iter([1]),), {}, TypeError, "np.asarray"),
        (([1, 2],), {"batch_size": 0}, ValueError, "at least 1, .* got 0"),
        (([1, 2],), {"batch_size": -3}, ValueError, "got -3"),
        (([1, 2],), {"batch_size": 1.5}, TypeError, "got 1.5"),
        (([1, 2],), {"batch_size": "2"}, TypeError, "got '2'"),
        (([1, 2],), {"batch_size": True}, TypeError, "got True"),
        (([1, 2],), {"seed": -1}, ValueError, "seed: expected a whole number"),
        (([1, 2],), {"seed": 1.5}, TypeError, "seed: expected a whole number"),
        (([1, 2],), {"seed": 1, "rng": random.Random(0)}, ValueError, "got both"),
        (([1, 2],), {"rng": 7}, TypeError, "rng: expected .* use seed"),
        (([1, 2],), {"rng": 7, "shuffle": False}, TypeError, "rng: expected"),
    ],
)
def test_bad_input_is_refused_before_the_first_batch(
    arrays: tuple[Any, ...], options: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        batches(*arrays, **options)  # no next()
