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

from nn.data import split
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
