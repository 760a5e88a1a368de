"""DataLoader: every example once, PyTorch's batches, the same ones after an interruption."""

from __future__ import annotations

import json
import math
import operator
import pickle
import tracemalloc
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Tensor
from nn.data import DataLoader, Dataset, Subset, TensorDataset, default_collate


def numbered(n: int) -> TensorDataset:
    """Examples that carry their number in the features and in the target."""
    return TensorDataset(np.arange(2.0 * n, dtype=np.float32).reshape(n, 2), np.arange(n))


def epoch_of(loader: DataLoader) -> list[list[int]]:
    return [targets.data.tolist() for _, targets in loader]


class Made(Dataset):
    """Examples that are made when they are asked for."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, i: Any) -> tuple[Any, int]:
        assert isinstance(i, int)
        return np.array([2.0 * i, 2.0 * i + 1], np.float32), i


@given(
    n=st.integers(1, 40),
    data=st.data(),
    shuffle=st.booleans(),
    drop_last=st.booleans(),
    kind=st.sampled_from(["rows", "subset", "made"]),
)
def test_each_example_once_with_its_own_target(
    n: int, data: Any, shuffle: bool, drop_last: bool, kind: str
) -> None:
    size = data.draw(st.integers(1, n))
    dataset: Any = Made(n) if kind == "made" else numbered(n)
    if kind == "subset":  # of a subset
        dataset = Subset(Subset(dataset, np.roll(np.arange(n), 1)), np.arange(n)[::-1])
    order = [int(getattr(dataset[i][1], "data", dataset[i][1])) for i in range(n)]
    loader = DataLoader(dataset, size, shuffle, drop_last, np.random.default_rng(n))
    epoch = list(loader)
    assert len(epoch) == len(loader) == (n // size if drop_last else math.ceil(n / size))
    seen: list[int] = []
    for inputs, targets in epoch:
        assert inputs.dtype == np.float32
        np.testing.assert_array_equal(inputs.data[:, 0], 2 * targets.data)
        seen += targets.data.tolist()
    sizes = [len(targets) for _, targets in epoch]
    assert sizes == [size] * (n // size) + ([n % size] if n % size and not drop_last else [])
    assert len(set(seen)) == len(seen)
    if not drop_last:
        assert sorted(seen) == list(range(n))
    if not shuffle:
        assert seen == order[: len(seen)]


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("size", [1, 3, 5, 10])
def test_batches_are_pytorchs(size: int, drop_last: bool) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from torch.utils import data

    X, y = np.arange(20.0, dtype=np.float32).reshape(10, 2), np.arange(10)
    theirs = data.DataLoader(
        data.TensorDataset(torch.tensor(X), torch.tensor(y)), size, drop_last=drop_last
    )
    for dataset in (TensorDataset(X, y), Made(10)):
        ours = DataLoader(dataset, size, drop_last=drop_last)
        assert len(ours) == len(theirs)
        for batch, other in zip(ours, theirs, strict=True):
            for x, t in zip(batch, other, strict=True):
                assert x.dtype == t.numpy().dtype
                np.testing.assert_array_equal(x.data, t.numpy())


def test_each_epoch_has_an_order_of_its_own_and_a_seed_fixes_them_all() -> None:
    def orders(**options: Any) -> list[Any]:
        loader = DataLoader(numbered(20), 6, shuffle=True, **options)
        return [epoch_of(loader) for _ in range(4)]

    first = orders(rng=np.random.default_rng(1))
    assert len({str(epoch) for epoch in first}) == 4
    assert orders(generator=np.random.default_rng(1)) == first
    assert orders(rng=np.random.default_rng(2)) != first
    nn.manual_seed(1)
    assert orders() == first  # without a generator of its own it is the one of nn
    nn.manual_seed(2)
    assert orders() != first


def test_every_order_is_as_likely() -> None:
    loader = DataLoader(numbered(3), 3, shuffle=True, rng=np.random.default_rng(0))
    counts: dict[str, int] = {}
    for _ in range(6000):
        key = str(epoch_of(loader))
        counts[key] = counts.get(key, 0) + 1
    assert len(counts) == 6
    # Chi-squared with 5 degrees of freedom: above 20.5 once in a thousand.
    assert sum((count - 1000) ** 2 / 1000 for count in counts.values()) < 20.5


def test_without_shuffle_nothing_is_drawn() -> None:
    rng = np.random.default_rng(0)
    before = rng.bit_generator.state
    epoch_of(DataLoader(numbered(5), 2, rng=rng))
    assert rng.bit_generator.state == before


def test_batches_are_of_their_own_and_not_copied_twice() -> None:
    X = np.arange(6.0)
    (batch,) = next(iter(DataLoader(TensorDataset(X), 3)))
    assert isinstance(batch, Tensor)
    assert not batch.primal.flags.writeable
    X[:] = -1
    assert batch.data.tolist() == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("collated", [False, True])
def test_a_batch_takes_the_memory_of_one(collated: bool) -> None:
    rows = np.zeros((4, 250_000))
    dataset: Any = [row for row in rows] if collated else TensorDataset(rows)  # noqa: C416
    batches = iter(DataLoader(dataset, 4))
    tracemalloc.start()
    try:
        batch = next(batches)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (batch if collated else batch[0]).shape == rows.shape
    assert rows.nbytes <= peak < 1.1 * rows.nbytes


# --- the next batches after an interruption -------------------------------------------------------


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("stop", range(13))
def test_a_resumed_loader_gives_the_batches_that_would_have_come(stop: int, own: bool) -> None:
    """Three epochs of four batches, interrupted after ``stop`` of them."""

    def loader(seed: int) -> DataLoader:
        nn.manual_seed(seed)
        rng = np.random.default_rng(seed) if own else None
        return DataLoader(numbered(11), 3, shuffle=True, rng=rng)

    first = loader(0)
    seen, state, rest = [], None, []
    if stop == 0:
        state = first.state_dict()
    for _ in range(3):
        for _, targets in first:
            (rest if state else seen).append(targets.data.tolist())
            if len(seen) == stop and state is None:
                state = json.loads(json.dumps(first.state_dict()))  # plain data
    assert len(seen) == stop
    assert state is not None

    second = loader(5)
    epoch_of(second)  # whatever it did before
    second.load_state_dict(state)
    assert second.state_dict() == state
    again: list[Any] = []
    for _ in range(4):  # the rest of an epoch, perhaps nothing, and whole ones
        again += epoch_of(second)
    assert again[: len(rest)] == rest
    assert len(again) >= len(rest)


def test_the_state_between_epochs_has_no_position() -> None:
    loader = DataLoader(numbered(5), 2, shuffle=True, rng=np.random.default_rng(0))
    assert loader.state_dict()["epoch"] is None
    epoch_of(loader)
    assert loader.state_dict()["epoch"] is None
    next(iter(loader))  # a look at one batch begins no epoch that would have to be gone on with
    assert loader.state_dict()["epoch"] is None
    before = loader.state_dict()
    batches = iter(loader)
    next(batches)
    state = loader.state_dict()
    next(batches)
    assert state["epoch"]["position"] == 1  # a state stays what it is
    assert loader.state_dict()["epoch"]["position"] == 2
    loader.load_state_dict(before)  # in the middle of an epoch, which is over then
    assert loader.state_dict() == before


def test_a_state_of_something_else_is_refused_and_changes_nothing() -> None:
    loader = DataLoader(numbered(5), 2, shuffle=True, rng=np.random.default_rng(0))
    before = loader.state_dict()
    mersenne = np.random.Generator(np.random.MT19937(0))
    bad: list[Any] = [
        {},
        None,
        {"generator": 3, "epoch": None},
        DataLoader(numbered(5), 2, rng=mersenne).state_dict(),
        {**before, "epoch": {"seed": 1, "position": 4}},
        {**before, "epoch": {"seed": -1, "position": 1}},
        {**before, "epoch": {"position": 1}},
    ]
    for state in bad:
        with pytest.raises(ValueError, match="load_state_dict: expected what state_dict"):
            loader.load_state_dict(state)
        assert loader.state_dict() == before


class Doubled(TensorDataset):
    """One at a time."""

    def __getitem__(self, index: Any) -> Any:
        return tuple(2 * x for x in super().__getitem__(operator.index(index)))


class Mirrored(Subset):
    def __getitem__(self, index: Any) -> Any:
        return self.dataset[len(self) - 1 - index]


def test_what_a_subclass_gives_is_what_comes() -> None:
    doubled = Doubled(np.arange(6.0), np.arange(6))
    assert epoch_of(DataLoader(doubled, 4)) == [[0, 2, 4, 6], [8, 10]]
    assert epoch_of(DataLoader(Subset(doubled, [5, 1]), 2)) == [[10, 2]]
    assert epoch_of(DataLoader(Mirrored(numbered(3), range(3)), 3)) == [[2, 1, 0]]


def test_the_place_is_that_of_the_last_epoch_that_was_begun() -> None:
    loader = DataLoader(numbered(9), 3, shuffle=True, rng=np.random.default_rng(3))
    first, second = iter(loader), iter(loader)
    next(first), next(second), next(second)
    list(first)  # an older epoch ends, the newer goes on
    state = loader.state_dict()
    rest = list(second)
    twin = DataLoader(numbered(9), 3, shuffle=True, rng=np.random.default_rng(4))
    twin.load_state_dict(state)
    assert epoch_of(twin) == [targets.data.tolist() for _, targets in rest]


def test_a_loader_can_be_pickled() -> None:
    data = Subset(numbered(9), range(8))
    loader = DataLoader(data, 3, shuffle=True, rng=np.random.default_rng(3))
    twin = pickle.loads(pickle.dumps(loader))
    assert epoch_of(twin) == epoch_of(loader)


# --- examples put together ------------------------------------------------------------------------


def test_items_are_collated_as_pytorch_does() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from torch.utils.data import default_collate as theirs

    def plain(x: Any) -> Any:
        if isinstance(x, Tensor | torch.Tensor):
            array = x.data if isinstance(x, Tensor) else x.numpy()
            return str(array.dtype), array.tolist()
        if isinstance(x, dict):
            return {key: plain(value) for key, value in x.items()}
        return [plain(item) for item in x] if isinstance(x, list | tuple) else x

    items: list[Any] = [
        [1.5, 2.5],
        [1, 2],
        [True, False],
        ["a", "b"],
        [np.float32(1), np.float32(2)],
        [np.arange(3, dtype=np.uint8)] * 2,
        [(np.zeros((2, 2), np.float32), 1, "x"), (np.ones((2, 2), np.float32), 2, "y")],
        [{"x": 1.0, "y": [1, 2]}, {"x": 2.0, "y": [3, 4]}],
    ]
    for batch in items:
        assert plain(default_collate(batch)) == plain(theirs(batch)), batch


class Pair(NamedTuple):
    x: Any
    y: Any


def test_named_tuples_stay_so_and_the_memory_is_not_the_users() -> None:
    row = np.zeros(2)
    batch = default_collate([Pair(row, 1), Pair(row, 2)])
    assert isinstance(batch, Pair)
    assert batch.y.data.tolist() == [1, 2]
    row[0] = 5.0
    assert not batch.x.data.any()


def test_gradients_flow_through_collated_tensors() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True)
    default_collate([w * 2, w * 3]).sum().backward()
    assert w.grad.tolist() == [5.0, 5.0]


def test_a_collate_fn_gets_the_examples() -> None:
    loader = DataLoader([[1], [1, 2], [3]], 2, collate_fn=lambda batch: batch)
    assert list(loader) == [[[1], [1, 2]], [[3]]]
    pairs = DataLoader(numbered(2), 2, collate_fn=len)
    assert list(pairs) == [2]


# --- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dataset", "options", "error", "text"),
    [
        ([], {}, ValueError, "expected at least one example, got an empty data set"),
        (Subset(numbered(3), []), {}, ValueError, "at least one example"),
        (numbered(3), {"batch_size": 0}, ValueError, "at least 1, got 0"),
        (numbered(3), {"batch_size": 4}, ValueError, "at most 3, .* got 4.*len"),
        (numbered(3), {"batch_size": 1.5}, TypeError, "got 1.5"),
        (numbered(3), {"batch_size": None}, TypeError, "got None"),
        ((np.zeros((9, 2)), np.zeros(9)), {}, TypeError, "got tuple of arrays.*TensorDataset"),
        (nn.datasets.load("iris"), {}, TypeError, "got Dataset of arrays.*TensorDataset"),
        (numbered(3), {"shuffle": 1}, TypeError, "shuffle: expected True or False, got 1"),
        (numbered(3), {"drop_last": "no"}, TypeError, "drop_last: .* got 'no'"),
        (numbered(3), {"rng": 0}, TypeError, "default_rng"),
        (numbered(3), {"transform": 0}, TypeError, "transform: expected a function of the parts"),
        (numbered(3), {"collate_fn": 0}, TypeError, "collate_fn: expected a function"),
        (5, {}, TypeError, "a data set, .* got int"),
        ({"x": 1}, {}, TypeError, "got dict"),
        (iter([1]), {}, TypeError, "got list_iterator"),
        (np.array(1.0), {}, TypeError, "got ndarray"),
    ],
)
def test_bad_input_is_refused_at_construction(
    dataset: Any, options: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        DataLoader(dataset, **options)


def test_two_generators_are_one_too_many() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="both"):
        DataLoader(numbered(3), rng=rng, generator=rng)


def test_examples_that_do_not_fit_together_are_named() -> None:
    with pytest.raises(ValueError, match=r"\(2,\) and \(3,\)"):
        default_collate([np.zeros(2), np.zeros(3)])
    with pytest.raises(ValueError, match="1 and 2 parts"):
        default_collate([(1, 2), (1,)])
    for dicts in ([{"x": 1}, {"y": 1}], [{"x": 1}, {"x": 1, "y": 1}], [{"x": 1, "y": 1}, {"x": 1}]):
        with pytest.raises(ValueError, match=r"the same keys, got 'x'.* and .*collate_fn"):
            default_collate(dicts)
    for mixed in ([(1, 2), 3], [{"x": 1}, (1,)], [[1], {"x": 1}]):
        with pytest.raises(TypeError, match=r"of one kind, got .* and .*collate_fn"):
            default_collate(mixed)
    assert len(default_collate([(1, 2), [3, 4]])) == 2, "as in PyTorch"
    with pytest.raises(TypeError, match="got object"):
        default_collate([object(), object()])
