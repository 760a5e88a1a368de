"""Steps that are always taken together, as one node where that saves time, memory or digits.

``softmax_cross_entropy`` is the end of every classifier.  As ``log_softmax`` and a selection it
needs an array of zeros on the way back; together its slope is simple: the probabilities, minus one
for the right class.  ``binary_cross_entropy`` has logarithms of 0, which together with their
factors 0 are none.  (The affine ``linear`` is in ``contractions.py``, the
middle of batch norm and layer norm in ``standardizing.py``.)
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from autograd.errors import message, shown
from autograd.node import Node, Primitive
from autograd.ops.along import _log_softmax, softmax
from autograd.ops.elementwise import equal, log, log1p, maximum
from autograd.ops.kinds import custom
from autograd.ops.reductions import sum

__all__ = ["binary_cross_entropy", "softmax_cross_entropy"]


def _forward(scores: Any, chances: Any, classes: Any, mean: bool) -> Any:
    count, n = scores.shape[-1], classes.size
    try:
        places = np.ravel_multi_index((np.arange(n), classes.ravel()), (n, count))
    except ValueError:
        raise _no_such_class(classes, count) from None
    chosen = chances.ravel()[places]
    if classes.size and not np.minimum.reduce(chosen) > (1e-4 if chosen.itemsize == 2 else 1e-37):
        # A chance too small for a number of its own: its logarithm follows from the scores.
        out = _log_softmax(scores, -1).ravel()[places]
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
    count = chances.shape[-1]
    if isinstance(classes, np.ndarray) and classes.dtype == np.intp and count <= _FEW:
        return chances - _identity(count, chances.dtype).take(classes, 0)
    return chances - equal(classes[..., None], np.arange(count))


# For so many classes the rows of an identity matrix are quicker than a comparison.
_FEW = 64


@functools.lru_cache(16)
def _identity(n: int, dtype: Any) -> Any:
    rows = np.eye(n, dtype=dtype)
    rows.flags.writeable = False
    return rows


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
    chances = Primitive.__call__(softmax, scores, axis=-1)  # its own call is for people: 1 us
    return _softmax_cross_entropy(scores, chances, labels, mean=mean)


# --- two classes --------------------------------------------------------------------------------

# PyTorch's: the smallest logarithm, and the smallest x * (1 - x) that the slope is divided by.
_LEAST_LOG, _LEAST_SPREAD = -100, float(np.float32(1e-12))


def _binary(x: Any, y: Any) -> Any:
    with np.errstate(divide="ignore", invalid="ignore"):
        yes, no = np.maximum(np.log(x), _LEAST_LOG), np.maximum(np.log1p(-x), _LEAST_LOG)
    return (y - 1) * no - y * yes


def _to_chance(g: Any, x: Any, y: Any) -> Any:
    return g * (x - y) / maximum(x * (1 - x), _LEAST_SPREAD)


def _to_target(g: Any, x: Any) -> Any:
    return g * (log1p(-x) - log(x))


def _binary_jvp(tangents: Any, out: Any, x: Any, y: Any) -> Any:
    dx, dy = tangents
    if dx is None or dy is None:
        return _to_target(dy, x) if dx is None else _to_chance(dx, x, y)
    return _to_chance(dx, x, y) + _to_target(dy, x)


_binary_cross_entropy: Primitive = custom(
    "binary_cross_entropy",
    _binary,
    lambda g, out, x, y: _to_chance(g, x, y),
    lambda g, out, x, y: _to_target(g, x),
    jvp=_binary_jvp,
    symbol="−log p",
    doc="``-y log(x) - (1 - y) log(1 - x)`` for chances x of targets y.",
)


def binary_cross_entropy(chances: Any, targets: Any) -> Any:
    """``-y log(x) - (1 - y) log(1 - x)``: how surprising each target y is for the chance x.

    As in PyTorch, logarithms end at -100, and slopes to x at ±1e12, so that a chance of exactly 0
    or 1 makes neither an infinity nor a NaN.

    Args:
        chances: between 0 and 1, an array of any shape; the result is NaN elsewhere.
        targets: 0 or 1, or chances too, of the same shape.

    Raises:
        ValueError: shapes that differ.

    >>> binary_cross_entropy(np.array([0.5, 0.0]), np.array([1.0, 1.0]))
    array([  0.69314718, 100.        ])
    """
    pair: list[Any] = [x if isinstance(x, Node) else np.asarray(x) for x in (chances, targets)]
    x, y = pair
    if x.shape != y.shape:
        raise ValueError(
            message(
                "binary_cross_entropy",
                expected="a target for each chance",
                got=f"chances of shape {x.shape} and targets of shape {y.shape}",
                fix="Use reshape, or index one of them with [:, None].",
            )
        )
    return _binary_cross_entropy(x, y)
