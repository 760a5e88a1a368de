"""Metrics: against scikit-learn, and by hand."""

from __future__ import annotations

import numpy as np
import pytest

import nn
from autograd import Tensor, Value


def case(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    classes = int(rng.integers(2, 6))
    n = int(rng.integers(1, 40))
    return rng.normal(size=(n, classes)), rng.integers(0, classes, n)


@pytest.mark.parametrize("seed", range(20))
def test_agree_with_scikit_learn(seed: int) -> None:
    sklearn = pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed")
    outputs, targets = case(seed)
    predicted, k = outputs.argmax(axis=1), outputs.shape[1]
    labels = np.arange(k)
    assert nn.accuracy(outputs, targets) == sklearn.accuracy_score(targets, predicted)
    expected = sklearn.confusion_matrix(targets, predicted, labels=labels)
    assert (nn.confusion_matrix(outputs, targets) == expected).all()
    for ours, theirs in (
        (nn.precision, sklearn.precision_score),
        (nn.recall, sklearn.recall_score),
        (nn.f1_score, sklearn.f1_score),
    ):
        for average in ("macro", "weighted", None):
            options = {"labels": labels} if average is None else {}
            expected = theirs(targets, predicted, average=average, zero_division=0, **options)
            np.testing.assert_allclose(ours(outputs, targets, average=average), expected, 1e-12)
        if k == 2:
            expected = theirs(targets, predicted, average="binary", zero_division=0)
            np.testing.assert_allclose(ours(outputs, targets, average="binary"), expected, 1e-12)
    t, y = np.random.default_rng(seed).normal(size=(2, 9, 2))
    np.testing.assert_allclose(nn.r2_score(y, t), sklearn.r2_score(t, y), 1e-12)


def test_a_table_counted_by_hand() -> None:
    #           called 0     1     2
    # class 0:         2     1     0
    # class 1:         0     0     3
    # class 2:         1     0     1
    predicted = [0, 0, 1, 2, 2, 2, 0, 2]
    targets = [0, 0, 0, 1, 1, 1, 2, 2]
    table = [[2, 1, 0], [0, 0, 3], [1, 0, 1]]
    assert nn.confusion_matrix(predicted, targets).tolist() == table
    np.testing.assert_allclose(nn.precision(predicted, targets, None), [2 / 3, 0, 1 / 4])
    np.testing.assert_allclose(nn.recall(predicted, targets, None), [2 / 3, 0, 1 / 2])
    np.testing.assert_allclose(nn.f1_score(predicted, targets, None), [2 / 3, 0, 1 / 3])
    np.testing.assert_allclose(nn.recall(predicted, targets, "weighted"), 3 / 8)
    assert nn.accuracy(predicted, targets) == 3 / 8


def test_every_form_of_outputs_and_targets_is_the_same() -> None:
    scores = np.array([-1.0, 2.0, 0.5, -3.0])
    for outputs in (
        scores,
        scores[:, None],
        Tensor(scores),
        [Value(x) for x in scores.tolist()],
        np.stack([-scores, scores], axis=1),
        np.array([0, 1, 1, 0]),
        np.array([False, True, True, False]),
    ):
        for targets in ([0, 1, 0, 0], np.array([[0], [1], [0], [0]]), [-1, 1, -1, -1],
                        [-1.0, 1.0, -1.0, -1.0], Tensor([0.0, 1.0, 0.0, 0.0]),
                        np.eye(2)[[0, 1, 0, 0]]):  # fmt: skip
            assert nn.accuracy(outputs, targets) == 0.75


def test_all_scores_take_part_in_the_table_even_if_no_example_has_the_class() -> None:
    assert nn.confusion_matrix(np.eye(4)[:2], [0, 1]).shape == (4, 4)
    assert nn.confusion_matrix([0, 1], [0, 1], num_classes=3).shape == (3, 3)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: nn.accuracy([[1.0, 2.0]], [0, 1]), "targets of shape (2,) for 1 examples"),
        (lambda: nn.accuracy(np.zeros((0, 2)), []), "at least one"),
        (lambda: nn.accuracy([0.5], [0.5]), "whole numbers"),
        (lambda: nn.accuracy([0, 1], [-2, 1]), "from 0 on"),
        (lambda: nn.accuracy(np.zeros((2, 2, 2)), [0, 1]), "shape (2, 2, 2)"),
        (lambda: nn.confusion_matrix([0, 3], [0, 1], num_classes=2), "classes below 2"),
        (lambda: nn.f1_score([0, 2], [0, 1], average="binary"), "'binary' of 3 classes"),
        (lambda: nn.r2_score([1.0], [[1.0]]), "(1,) and (1, 1)"),
        (lambda: nn.r2_score([1.0, 2.0], [3.0, 3.0]), "all the same"),
    ],
)
def test_bad_input(call: object, words: str) -> None:
    with pytest.raises(ValueError, match="expected") as error:
        call()  # type: ignore[operator]
    assert words in str(error.value)


def test_a_mean_over_classes_is_over_those_that_occur() -> None:
    outputs = np.eye(5)[[2, 2, 4]]
    assert nn.precision(outputs, [2, 4, 4]) == (0.5 + 1.0) / 2
    assert nn.recall(outputs, [2, 4, 4]) == (1.0 + 0.5) / 2


def test_class_1_of_two_though_only_class_0_occurs() -> None:
    assert nn.precision([0, 0], [0, 0], average="binary") == 0.0


def test_a_score_of_0_is_not_above_0() -> None:
    assert nn.predicted_classes([0.0, 1e-9]).tolist() == [0, 1]


def test_a_column_that_is_all_the_same_has_no_share() -> None:
    with pytest.raises(ValueError, match="all the same"):
        nn.r2_score([[1.0, 1.0], [2.0, 3.0]], [[1.0, 2.0], [1.0, 3.0]])
