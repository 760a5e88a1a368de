"""Batches, splits and standardisation: every example once, and no knowledge leaks."""

from __future__ import annotations

import math
import random
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn.data import batches, moments, split
from nn.datasets import load

# ---- batches -------------------------------------------------------------------------------------


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


# ---- split ---------------------------------------------------------------------------------------


@given(
    y=st.lists(st.integers(-2, 3), min_size=2, max_size=60).filter(lambda y: len(set(y)) < len(y)),
    validation=st.floats(0.01, 0.99),
    seed=st.integers(0, 1000),
)
def test_split_loses_nothing_and_is_stratified(y: list[int], validation: float, seed: int) -> None:
    X = np.arange(2 * len(y)).reshape(-1, 2)
    X_train, y_train, X_val, y_val = split(X, y, validation=validation, seed=seed)
    assert sorted([*X_train[:, 0], *X_val[:, 0]]) == X[:, 0].tolist()
    for inputs, labels in ((X_train, y_train), (X_val, y_val)):
        assert inputs.shape == (len(labels), 2)
        assert [y[row] for row in inputs[:, 0] // 2] == labels.tolist()
    for label in set(y):
        members, aside = y.count(label), int((y_val == label).sum())
        if members == 1:
            assert aside == 0
        else:
            assert 1 <= aside <= members - 1
            assert abs(aside - validation * members) <= 1 or aside in (1, members - 1)
    if all(1 <= validation * y.count(label) <= y.count(label) - 1 for label in set(y)):
        assert len(y_val) == round(validation * len(y))  # no class was at its limit


@pytest.mark.parametrize("seed", range(5))
def test_iris_splits_into_equal_thirds(seed: int) -> None:
    X, y = load("iris")[:2]
    X_train, y_train, X_val, y_val = split(X, y, seed=seed)
    assert X_train.shape == (120, 4)
    assert X_val.shape == (30, 4)
    assert np.bincount(y_train).tolist() == [40, 40, 40]
    assert np.bincount(y_val).tolist() == [10, 10, 10]
    assert (np.diff(y_val) < 0).any()  # shuffled, not sorted by class as iris is
    assert (np.diff(y_train) < 0).any()


@pytest.mark.parametrize("validation", [0.1, 0.2, 0.25, 1 / 3, 0.5])
def test_shares_of_classes_are_those_of_scikit_learn(validation: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # other people's deprecations are not under test
        selection = pytest.importorskip("sklearn.model_selection")
    X, y = load("digits")[:2]
    y_val = split(X, y, validation=validation)[3]
    _, theirs = selection.train_test_split(
        y, test_size=round(validation * len(y)), stratify=y, random_state=0
    )
    assert len(y_val) == len(theirs)
    assert np.abs(np.bincount(y_val) - np.bincount(theirs)).max() <= 1


def test_split_is_fixed_by_seed_or_rng() -> None:
    X, y = np.arange(40), [0, 1] * 20

    def aside(**options: Any) -> list[int]:
        return split(X, y, **options)[2].tolist()  # type: ignore[no-any-return]

    assert aside() == aside(seed=0)
    assert aside(seed=1) == aside(seed=1) != aside(seed=0)
    assert aside(rng=random.Random(3)) == aside(rng=random.Random(3))
    assert aside(rng=np.random.default_rng(3)) == aside(rng=np.random.default_rng(3))
    rng = np.random.default_rng(3)
    assert aside(rng=rng) != aside(rng=rng)


def test_every_example_may_be_set_aside() -> None:
    X, y = np.arange(10), [0] * 5 + [1] * 5
    aside = np.array([np.isin(X, split(X, y, seed=seed)[2]) for seed in range(1000)])
    np.testing.assert_allclose(aside.mean(axis=0), 0.2, atol=0.06)  # 4.7 standard deviations


def test_split_keeps_dtypes_and_copies() -> None:
    X, y = np.arange(12, dtype=np.float32).reshape(4, 1, 3), np.array(["a", "b", "a", "b"])
    before = X.copy()
    X_train, y_train, X_val, y_val = split(X, y, validation=0.5)
    assert X_train.dtype == X_val.dtype == np.float32
    assert X_val.shape == (2, 1, 3)
    assert sorted(y_train) == sorted(y_val) == ["a", "b"]
    X_train[:] = X_val[:] = -1
    np.testing.assert_array_equal(X, before)
    assert split([[1], [2]], [0.5, 0.5])[1].tolist() == [0.5]


@pytest.mark.parametrize(
    ("X", "y", "options", "error", "text"),
    [
        (np.zeros((5, 2)), np.zeros(4), {}, ValueError, "got 5 and 4"),
        ([], [], {}, ValueError, "at least one example"),
        (np.zeros((4, 2)), np.eye(4), {}, ValueError, r"got \(4, 4\).*argmax"),
        (np.zeros((4, 2)), np.zeros((4, 1)), {}, ValueError, "ravel"),
        (np.zeros((4, 2)), 3, {}, TypeError, "a single number"),
        (np.zeros(4), np.arange(4.0), {}, ValueError, "4 examples of 4 classes"),
        (np.zeros(4), np.zeros(4), {"validation": 0}, ValueError, "between 0 and 1, got 0"),
        (np.zeros(4), np.zeros(4), {"validation": 1.0}, ValueError, "got 1.0"),
        (np.zeros(4), np.zeros(4), {"validation": 20}, ValueError, "got 20"),
        (np.zeros(4), np.zeros(4), {"validation": -0.2}, ValueError, "got -0.2"),
        (np.zeros(4), np.zeros(4), {"validation": math.nan}, ValueError, "got nan"),
        (np.zeros(4), np.zeros(4), {"validation": "0.2"}, TypeError, "got '0.2'"),
        (np.zeros(4), np.zeros(4), {"validation": None}, TypeError, "got None"),
        (np.zeros(4), np.zeros(4), {"seed": -1}, ValueError, "seed: expected"),
        (np.zeros(4), np.zeros(4), {"rng": 3}, TypeError, "rng: expected"),
    ],
)
def test_split_refuses(
    X: Any, y: Any, options: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        split(X, y, **options)


# ---- moments -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["iris", "digits"])
def test_training_part_is_standard_and_validation_part_follows(name: str) -> None:
    X_train, _, X_val, _ = split(*load(name)[:2])
    mean, std = moments(X_train)
    scaled = (X_train - mean) / std
    varies = np.ptp(X_train, axis=0) > 0
    np.testing.assert_allclose(scaled.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(scaled[:, varies].std(axis=0), 1.0, rtol=1e-12)
    assert (scaled[:, ~varies] == 0).all()
    assert np.isfinite((X_val - mean) / std).all()
    # The validation part was measured with the same ruler, so it is standard only roughly.
    assert abs(((X_val - mean) / std).mean(axis=0)).max() > 1e-3


def test_moments_are_scikit_learns() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        preprocessing = pytest.importorskip("sklearn.preprocessing")
    X = load("digits").X
    mean, std = moments(X)
    scaler = preprocessing.StandardScaler().fit(X)
    np.testing.assert_allclose(mean, scaler.mean_, rtol=1e-12)
    np.testing.assert_allclose(std, scaler.scale_, rtol=1e-12)


@pytest.mark.parametrize("value", [0.0, 0.1, -7.3, 1e20, 1e-300, 1 / 3])
@pytest.mark.parametrize("n", [1, 3, 1000])
def test_constant_features_become_zero(value: float, n: int) -> None:
    X = np.full((n, 2), value)
    mean, std = moments(X)
    assert mean.tolist() == [value, value]
    assert std.tolist() == [1.0, 1.0]
    assert not ((X - mean) / std).any()


def test_a_spread_too_small_to_square_does_not_become_nan() -> None:
    X = np.array([[0.0], [1e-200]])
    mean, std = moments(X)
    assert np.isfinite((X - mean) / std).all()


def test_shapes_and_dtypes_of_moments() -> None:
    images = np.arange(24, dtype=np.uint8).reshape(4, 2, 3)
    mean, std = moments(images)
    assert mean.shape == std.shape == (2, 3)
    assert mean.dtype == std.dtype == np.float64
    np.testing.assert_allclose(mean, images.mean(axis=0))
    single = images.astype(np.float32)
    mean, std = moments(single)
    assert mean.dtype == std.dtype == ((single - mean) / std).dtype == np.float32
    mean, std = moments([1, 2, 3, 6])
    assert (mean.shape, float(mean)) == ((), 3.0)
    assert float(std) == pytest.approx(math.sqrt(3.5))


def test_float32_is_summed_in_float64() -> None:
    X = np.tile(np.array([[1e4], [1e4 + 1]], dtype=np.float32), (50_000, 1))
    mean, std = moments(X)
    assert float(mean[0]) == 10_000.5
    assert float(std[0]) == 0.5


@pytest.mark.parametrize(
    ("X", "error", "text"),
    [
        (np.zeros((0, 2)), ValueError, "at least one example"),
        ([[1.0], [math.nan]], ValueError, "1 NaN or infinite of 2"),
        ([math.inf, -math.inf, 0.0], ValueError, "2 NaN or infinite of 3"),
        ([1j, 2j], TypeError, "complex128"),
        (["a", "b"], TypeError, "real numbers"),
        (3.0, TypeError, "a single number"),
    ],
)
def test_moments_refuses(X: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        moments(X)
