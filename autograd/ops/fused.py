"""Steps that are always taken together, as one node where that saves time and memory.

``softmax_cross_entropy`` is the end of every classifier.  As ``log_softmax`` and a selection it
needs an array of zeros on the way back; together its slope is simple: the probabilities, minus one
for the right class.  (The affine ``linear`` is in ``contractions.py``.)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.errors import message, shown
from autograd.node import Node, Primitive
from autograd.ops.along import _log_softmax, softmax
from autograd.ops.elementwise import equal
from autograd.ops.kinds import custom
from autograd.ops.reductions import sum

__all__ = ["softmax_cross_entropy"]


def _forward(scores: Any, chances: Any, classes: Any, mean: bool) -> Any:
    each, count = np.arange(classes.size), scores.shape[-1]
    if classes.size and np.minimum.reduce(classes, None) < 0:  # NumPy would count from the end
        raise _no_such_class(classes, count)
    try:
        chosen = chances.reshape(-1, count)[each, classes.ravel()]
    except IndexError:
        raise _no_such_class(classes, count) from None
    if classes.size and not np.minimum.reduce(chosen) > (1e-4 if chosen.itemsize == 2 else 1e-37):
        # A chance too small for a number of its own: its logarithm follows from the scores.
        out = _log_softmax(scores, -1).reshape(-1, count)[each, classes.ravel()]
    else:
        out = np.log(chosen)
    return np.add.reduce(out) / -classes.size if mean else -out.reshape(classes.shape)


def _no_such_class(classes: Any, count: int) -> ValueError:
    wrong = classes[(classes < 0) | (classes >= count)]
    return ValueError(
        message(
            "softmax_cross_entropy",
            expected=f"classes from 0 to {count - 1}",
            got=f"{wrong.flat[0]}",
            fix="Count classes from 0, and give the network one score for each.",
        )
    )


def _slope(chances: Any, classes: Any) -> Any:
    """The derivative to the scores: probabilities, minus one for the right class."""
    return chances - equal(classes[..., None], np.arange(chances.shape[-1]))


def _vjp(g: Any, out: Any, scores: Any, chances: Any, classes: Any, mean: bool) -> Any:
    return (g / classes.size if mean else g[..., None]) * _slope(chances, classes)


def _jvp(tangents: Any, out: Any, scores: Any, chances: Any, classes: Any, mean: bool) -> Any:
    moved = sum(tangents[0] * _slope(chances, classes), axis=-1)
    return sum(moved) / classes.size if mean else moved


# The chances are an input of their own, so that they are computed once.  They are a function of the
# scores, and the slope to the scores says all: none goes to the chances.
_softmax_cross_entropy: Primitive = custom(
    "softmax_cross_entropy",
    _forward,
    _vjp,
    None,
    None,
    jvp=_jvp,
    symbol="−log softmax",
    doc="``-log_softmax(scores)[class]`` for each row of scores, or its mean, as one node.",
)


def softmax_cross_entropy(scores: Any, classes: Any, mean: bool = False) -> Any:
    """``-log_softmax(scores)[class]`` for each row: how surprising its right class is.

    Args:
        scores: of shape (..., number of classes), not yet through a softmax.
        classes: whole numbers from 0, of shape (...).
        mean: whether to return the mean over all rows, as one number.

    Returns:
        The surprises in nats, of the shape of ``classes``, or their mean.

    Raises:
        TypeError: classes that are not whole numbers.
        ValueError: shapes that do not fit, or a class out of range.

    >>> softmax_cross_entropy(np.array([[0.0, 0.0], [0.0, 800.0]]), np.array([1, 0]))
    array([6.93147181e-01, 8.00000000e+02])
    """
    labels = classes
    if labels.__class__ is not np.ndarray and not isinstance(labels, Node):
        labels = np.asarray(labels)
    if isinstance(scores, list | tuple):
        scores = np.asarray(scores, dtype=float)
    shape = scores.shape
    if labels.dtype.kind not in "iu":
        raise TypeError(
            message(
                "softmax_cross_entropy",
                expected="classes as whole numbers from 0",
                got=shown(classes),
                fix="Use classes.astype(int) if that is what they are.",
            )
        )
    if not shape or labels.shape != shape[:-1]:
        raise ValueError(
            message(
                "softmax_cross_entropy",
                expected=f"one class for each row of scores: shape {shape[:-1]} for {shape}",
                got=f"classes of shape {labels.shape}",
                fix="Scores have one axis more, the last, with an element for each class.",
            )
        )
    return _softmax_cross_entropy(scores, softmax(scores, axis=-1), labels, mean=mean)
