"""What is set aside: every example in one part, and each class with its share."""

from __future__ import annotations

import math
import random
import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn.data import Dataset, Subset, TensorDataset, k_fold, random_split, split, stratified_split
from nn.datasets import load


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


# ---- parts of a data set -------------------------------------------------------------------------


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=5), seed=st.integers(0, 99))
def test_parts_have_their_lengths_and_lose_nothing(lengths: list[int], seed: int) -> None:
    n = sum(lengths)
    parts = random_split(range(n), lengths, rng(seed))
    assert [len(part) for part in parts] == lengths
    assert sorted(i for part in parts for i in part) == list(range(n))
    shares = [length / n for length in lengths]
    assert [len(part) for part in random_split(range(n), shares, rng(seed))] == lengths


@pytest.mark.parametrize("n", [10, 97, 150, 1797])
@pytest.mark.parametrize("shares", [[0.8, 0.2], [0.7, 0.15, 0.15], [1 / 3] * 3, [0.5, 0.25, 0.25]])
def test_fractions_are_rounded_as_pytorch_does(n: int, shares: list[float]) -> None:
    data = pytest.importorskip("torch.utils.data", reason="PyTorch is not installed")
    theirs = [len(part) for part in data.random_split(range(n), shares)]
    assert [len(part) for part in random_split(range(n), shares)] == theirs
    whole = data.random_split(range(n), theirs)
    assert [len(part) for part in random_split(range(n), theirs)] == list(map(len, whole))


def test_rounding_of_a_fraction_costs_no_example() -> None:
    assert 0.29 * 100 < 29
    assert [len(part) for part in random_split(range(100), [0.71, 0.29])] == [71, 29]


def test_a_generator_fixes_the_parts() -> None:
    def aside(seed: int) -> list[int]:
        return list(random_split(range(50), [0.5, 0.5], rng(seed))[1])

    assert aside(1) == aside(1) != aside(2)
    assert aside(1) != list(range(25, 50))


def test_parts_of_arrays_give_arrays_back() -> None:
    X, y = np.arange(20.0).reshape(10, 2), np.arange(10)
    train, rest = random_split(TensorDataset(X, y), [0.8, 0.2], rng())
    inputs, targets = train[:]
    np.testing.assert_array_equal(inputs.data, X[targets.data])
    assert random_split(X, [5, 5])[0][:].shape == (5, 2)
    inner = random_split(rest, [1, 1])[1]  # parts of a part
    assert inner[:][1].item() in rest[:][1].data


@given(
    y=st.lists(st.sampled_from("abc"), min_size=4, max_size=60).filter(
        lambda y: len(set(y)) < len(y)
    ),
    data=st.data(),
)
def test_parts_are_stratified(y: list[str], data: Any) -> None:
    n = len(y)
    first = data.draw(st.integers(1, n - 1))
    parts = stratified_split(range(n), [first, n - first], y, rng(n))
    assert [len(part) for part in parts] == [first, n - first]
    assert sorted(i for part in parts for i in part) == list(range(n))
    for label in set(y):
        members = sum(y[i] == label for i in parts[0])
        assert abs(members - y.count(label) * first / n) < 1


def test_three_parts_of_iris() -> None:
    X, y = load("iris")[:2]
    dataset = TensorDataset(X, y)
    parts = stratified_split(dataset, [0.6, 0.2, 0.2], generator=rng())
    assert [np.bincount(part[:][1].data).tolist() for part in parts] == [
        [30] * 3,
        [10] * 3,
        [10] * 3,
    ]
    again = stratified_split(parts[0], [0.5, 0.5])  # a part knows its labels
    assert [np.bincount(part[:][1].data).tolist() for part in again] == [[15] * 3] * 2


# ---- cross-validation ----------------------------------------------------------------------------


@given(n=st.integers(2, 40), data=st.data(), seed=st.integers(0, 9))
def test_each_example_validates_once(n: int, data: Any, seed: int) -> None:
    k = data.draw(st.integers(2, n))
    folds = list(k_fold(np.arange(n), k=k, seed=seed))
    assert len(folds) == k
    assert sorted(np.concatenate([val for _, val in folds]).tolist()) == list(range(n))
    for train, val in folds:
        assert sorted([*train, *val]) == list(range(n))
    sizes = [len(val) for _, val in folds]
    assert sizes == sorted([n // k + (i < n % k) for i in range(k)], reverse=True)


@pytest.mark.parametrize("k", [2, 3, 5, 7, 10])
def test_folds_are_scikit_learns_in_size_and_shares(k: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        selection = pytest.importorskip("sklearn.model_selection")
    X, y = load("digits")[:2]
    X, y = X[:501], y[:501]
    ours = [np.bincount(y_val, minlength=10) for *_, y_val in k_fold(X, y, k=k, stratify=y)]
    theirs = [
        np.bincount(y[val], minlength=10)
        for _, val in selection.StratifiedKFold(k, shuffle=True, random_state=0).split(X, y)
    ]
    plain = [len(y_val) for *_, y_val in k_fold(X, y, k=k)]
    assert plain == [len(val) for _, val in selection.KFold(k).split(X)]
    for folds in (np.array(ours), np.array(theirs)):
        assert np.ptp(folds, axis=0).max() <= 1  # of each class
        assert np.ptp(folds.sum(axis=1)) <= 1  # in all
    np.testing.assert_array_equal(np.sum(ours, axis=0), np.sum(theirs, axis=0))


def test_folds_of_arrays_and_of_data_sets_are_the_same() -> None:
    X, y = load("iris")[:2]
    for arrays, (train, val) in zip(
        k_fold(X, y, k=4, seed=3), k_fold(TensorDataset(X, y), k=4, seed=3), strict=True
    ):
        assert isinstance(train, Subset)
        parts = [tensor.data for part in (train, val) for tensor in part[:]]
        for a, b in zip(arrays, parts, strict=True):
            np.testing.assert_array_equal(a, b)
        assert len(set(arrays[3].tolist())) == 3  # shuffled, not sorted as iris is


def test_folds_are_fixed_by_seed_or_rng() -> None:
    def aside(**options: Any) -> list[int]:
        return [int(i) for _, val in k_fold(np.arange(30), k=3, **options) for i in val]

    assert aside() == aside(seed=0) != aside(seed=1)
    assert aside(rng=rng(4)) == aside(rng=rng(4)) != aside()


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: random_split(range(10), [5, 4]), ValueError, "5 \\+ 4 = 9"),
        (lambda: random_split(range(10), [0.5, 0.4]), ValueError, "fractions that add up to 1"),
        (lambda: random_split(range(10), [1.5, -0.5]), ValueError, "fractions that add up to 1"),
        (lambda: random_split(range(10), [math.nan, 0.5]), ValueError, "fractions"),
        (lambda: random_split(range(10), [10, 0]), ValueError, "at least one .* got 10 and 0"),
        (lambda: random_split(range(2), [0.9, 0.05, 0.05]), ValueError, "at least one"),
        (lambda: random_split(range(10), 8), TypeError, "a list of lengths, got 8"),
        (lambda: random_split(range(10), ["8", "2"]), TypeError, "a list of lengths"),
        (lambda: random_split(10, [0.5, 0.5]), TypeError, "a data set, .* got int"),
        (lambda: random_split(range(10), [5, 5], 0), TypeError, "default_rng"),  # type: ignore
        (lambda: stratified_split(range(4), [2, 2]), ValueError, "labels=y"),
        (lambda: stratified_split(range(4), [2, 2], [0, 1]), ValueError, r"one class for each"),
        (lambda: stratified_split(range(4), [2, 2], np.eye(4)), ValueError, "argmax"),
        (lambda: stratified_split(range(4), [2, 2], np.arange(4)), ValueError, "4 classes"),
        (lambda: k_fold(np.arange(4)), ValueError, "k: .* at most 4, got 5"),
        (lambda: k_fold(np.arange(4), k=1), ValueError, "at least 2"),
        (lambda: k_fold(np.arange(4), k=2.0), TypeError, "got 2.0"),  # type: ignore
        (lambda: k_fold(k=2), ValueError, "at least one array"),
        (lambda: k_fold(np.arange(4), np.arange(5), k=2), ValueError, "got 4 and 5"),
        (lambda: k_fold(np.arange(4), k=3, stratify=[0, 0, 1, 1]), ValueError, "at most 2 of one"),
        (lambda: k_fold(np.arange(4), k=2, stratify=[0, 1]), ValueError, "labels of shape"),
        (lambda: k_fold(np.arange(4), k=2, rng=3), TypeError, "rng: expected"),
    ],
)
def test_parts_and_folds_refuse(call: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        call()  # no next()


def test_any_data_set_can_be_split() -> None:
    class Words(Dataset):
        def __len__(self) -> int:
            return 6

        def __getitem__(self, index: Any) -> str:
            return "abcdef"[index]

    folds = list(k_fold(Words(), k=3))
    assert sorted(word for _, val in folds for word in val) == list("abcdef")
    assert sorted("".join(map("".join, random_split(Words(), [4, 2])))) == list("abcdef")
