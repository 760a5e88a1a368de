"""How good predictions are, in numbers that people understand: accuracy, precision, recall, R².

A loss is made for gradients, a metric for people.  Each takes ``(outputs, targets)``, as losses do,
of all examples at once: the precision of two batches is not the mean of their precisions.

Everything about classes is in one table, the confusion matrix: row i, column j counts the examples
of class i that were taken for class j.  Its diagonal is what was right; of a class's column, the
diagonal is the precision (of those called so, how many are); of its row, the recall (of those that
are, how many are called so).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nn.checks import fails, whole
from nn.training.batching import plain

__all__ = [
    "accuracy",
    "confusion_matrix",
    "f1_score",
    "precision",
    "predicted_classes",
    "r2_score",
    "recall",
]


def predicted_classes(outputs: Any) -> NDArray[np.int64]:
    """The class of each example that a network's outputs stand for.

    Args:
        outputs: scores of shape (n, classes), of which the largest wins; or one score for each
            example, of shape (n,) or (n, 1), where above 0 is class 1; or classes already: whole
            numbers of shape (n,).

    Raises:
        ValueError: another shape.

    >>> predicted_classes([[0.1, 2.0, -1.0], [3.0, 0.0, 0.0]]), predicted_classes([-0.3, 4.0])
    (array([1, 0]), array([0, 1]))
    """
    scores = plain(outputs)
    if scores.ndim == 2 and scores.shape[1] > 1:
        return np.asarray(scores.argmax(axis=1))
    if scores.ndim == 2:
        scores = scores[:, 0]
    if scores.ndim != 1:
        raise fails(
            "predicted_classes",
            "scores of shape (n, classes), (n, 1) or (n,)",
            f"shape {scores.shape}",
            "",
        )
    return scores.astype(np.int64) if scores.dtype.kind in "iub" else (scores > 0).astype(np.int64)


def _classes(what: str, outputs: Any, targets: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Predicted and true classes, side by side.  Signs -1 and 1 are the classes 0 and 1."""
    predicted, true = predicted_classes(outputs), plain(targets)
    if true.ndim == 2 and true.shape[1] == 1:
        true = true[:, 0]
    if true.ndim == 2:  # one-hot, or probabilities
        true = true.argmax(axis=1)
    if true.shape != predicted.shape or not true.size:
        raise fails(
            what,
            "a class for each example, and at least one",
            f"targets of shape {true.shape} for {len(predicted)} examples",
            "",
        )
    if true.dtype.kind == "f" and not (true == np.round(true)).all():
        raise fails(what, "classes as targets, whole numbers", str(true[:5])[:80], "")
    true = true.astype(np.int64)
    if true.min() < 0:
        if set(np.unique(true)) <= {-1, 1}:
            return predicted, (true + 1) // 2
        raise fails(what, "classes from 0 on, or signs -1 and 1", f"{true.min()}", "")
    return predicted, true


def accuracy(outputs: Any, targets: Any) -> float:
    """The share of examples whose class was predicted, from 0 to 1.

    Args:
        outputs: see ``predicted_classes``.
        targets: classes of shape (n,), or signs -1 and 1, or one-hot of shape (n, classes).

    >>> accuracy([[2.0, 1.0], [0.0, 3.0], [1.0, 0.0]], [0, 1, 1])
    0.6666666666666666
    """
    predicted, true = _classes("accuracy", outputs, targets)
    return float(np.mean(predicted == true))


def confusion_matrix(
    outputs: Any, targets: Any, num_classes: int | None = None
) -> NDArray[np.int64]:
    """How often each class was taken for each: row i, column j counts class i called j.

    Args:
        outputs, targets: as for ``accuracy``.
        num_classes: how many classes there are; by default as many as there are scores, at least
            the largest class and 1.

    Returns:
        Shape (num_classes, num_classes).

    Raises:
        ValueError: a class that is not below ``num_classes``.

    >>> confusion_matrix([0, 1, 1, 0], [0, 1, 0, 0])
    array([[2, 1],
           [0, 1]])
    """
    predicted, true = _classes("confusion_matrix", outputs, targets)
    shape = plain(outputs).shape
    largest = int(max(predicted.max(), true.max(), shape[1] - 1 if len(shape) == 2 else 0))
    n = largest + 1
    if num_classes is not None:
        n = whole("confusion_matrix: num_classes", num_classes, 1)
        if largest >= n:
            raise fails("confusion_matrix", f"classes below {n}", f"{largest}", "")
    counts = np.bincount(true * n + predicted, minlength=n * n)
    return np.asarray(counts.reshape(n, n))


def _averaged(what: str, per_class: NDArray[Any], counts: NDArray[Any], average: Any) -> Any:
    if average is None:
        return per_class
    if average == "macro":  # over the classes that occur, as targets or as predictions
        return float(per_class[counts.sum(axis=0) + counts.sum(axis=1) > 0].mean())
    if average == "weighted":
        return float(per_class @ counts.sum(axis=1) / counts.sum())
    if average == "binary" and len(per_class) <= 2:
        return float(per_class[1]) if len(per_class) == 2 else 0.0
    raise fails(
        what,
        'average "macro", "weighted", None, or "binary" of two classes',
        f"{average!r} of {len(per_class)} classes",
        "",
    )


def _share(part: NDArray[Any], total: NDArray[Any]) -> NDArray[Any]:
    shares: NDArray[Any] = np.divide(part, total, out=np.zeros(len(part)), where=total > 0)
    return shares


def precision(outputs: Any, targets: Any, average: str | None = "macro") -> Any:
    """Of the examples called a class, the share that are of it; 0 for a class never called.

    Args:
        outputs, targets: as for ``accuracy``.
        average: "macro" for the mean over the classes (default), "weighted" for the mean over the
            examples, "binary" for class 1 of two classes, None for an array of all classes.

    >>> precision([0, 1, 1, 0], [0, 1, 0, 0], average=None)
    array([1. , 0.5])
    """
    counts = confusion_matrix(outputs, targets)
    return _averaged("precision", _share(counts.diagonal(), counts.sum(axis=0)), counts, average)


def recall(outputs: Any, targets: Any, average: str | None = "macro") -> Any:
    """Of the examples of a class, the share that are called so; 0 for a class without examples.

    Args:
        outputs, targets: as for ``accuracy``.
        average: as for ``precision``.

    >>> recall([0, 1, 1, 0], [0, 1, 0, 0], average="binary")
    1.0
    """
    counts = confusion_matrix(outputs, targets)
    return _averaged("recall", _share(counts.diagonal(), counts.sum(axis=1)), counts, average)


def f1_score(outputs: Any, targets: Any, average: str | None = "macro") -> Any:
    """The harmonic mean of precision and recall: high only if both are.

    Args:
        outputs, targets: as for ``accuracy``.
        average: as for ``precision``.

    >>> f1_score([0, 1, 1, 0], [0, 1, 0, 0], average="binary").__round__(4)
    0.6667
    """
    counts = confusion_matrix(outputs, targets)
    both = counts.sum(axis=0) + counts.sum(axis=1)
    return _averaged("f1_score", _share(2 * counts.diagonal(), both), counts, average)


def r2_score(outputs: Any, targets: Any) -> float:
    """The share of the targets' variance that the predictions explain: 1 is perfect.

    0 is as good as predicting the mean, and below 0 worse.

    Args:
        outputs: predictions of shape (n,) or (n, k).
        targets: of the same shape, not all the same.

    Raises:
        ValueError: shapes that differ, or targets without variance.

    >>> r2_score([1.0, 2.0, 3.5], [1.0, 2.0, 3.0])
    0.875
    """
    y, t = plain(outputs).astype(float), plain(targets).astype(float)
    if y.shape != t.shape or not t.size:
        raise fails(
            "r2_score",
            "predictions and targets of one shape, and at least one",
            f"{y.shape} and {t.shape}",
            "A column is made flat by outputs[:, 0]." if y.ndim != t.ndim else "",
        )
    spread = ((t - t.mean(axis=0)) ** 2).sum(axis=0)
    if not np.all(spread > 0):
        raise fails("r2_score", "targets that differ", "targets that are all the same", "")
    return float(np.mean(1 - ((t - y) ** 2).sum(axis=0) / spread))
