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
from autograd.node import Node, Primitive, dtype_of, size_of
from autograd.ops.along import _log_softmax, softmax
from autograd.ops.casting import cast
from autograd.ops.choices import maximum, not_equal
from autograd.ops.elementwise import log, log1p
from autograd.ops.kinds import custom
from autograd.ops.reductions import sum
from autograd.ops.shapes import astype, expand_dims

__all__ = ["binary_cross_entropy", "softmax_cross_entropy"]


# The logarithm of a smaller chance follows from the scores.
_LEAST_CHANCE = 1e-37


def _forward(
    scores: Any, chances: Any, classes: Any, mean: bool, ignore_index: int | None = None
) -> Any:
    n, count, kept = classes.size, scores.shape[-1], None
    labels = classes.astype(np.intp, copy=False).ravel()
    if _outside(labels, count) or (ignore_index is not None and ignore_index >= 0):
        kept = _counted(classes.ravel(), count, ignore_index)
        labels = np.where(kept, labels, 0)
    places = labels + _starts(n, count)
    chosen = chances.ravel()[places]
    if n and not chosen[chosen.argmin()] > (1e-4 if chosen.itemsize == 2 else _LEAST_CHANCE):
        # A chance too small for a number of its own: its logarithm follows from the scores.
        each = _log_softmax(scores, -1).ravel()[places]
    else:
        each = np.log(chosen)
    if kept is not None:
        each, n = np.where(kept, each, 0), int(kept.sum())
    if not mean:
        return -each.reshape(classes.shape)
    return np.add.reduce(each) / -n if n else np.full((), np.nan, each.dtype)


@functools.lru_cache(16)
def _starts(n: int, count: int) -> Any:
    """The place of the first number in each of n rows."""
    starts = np.arange(0, n * count, count) if count else np.zeros(n, int)
    starts.flags.writeable = False
    return starts


def _outside(labels: Any, count: int) -> bool:
    """Whether one of them is not from 0 to ``count - 1``."""
    positive = labels.view(np.uintp)  # in which numbers below 0 are the largest
    return labels.size > 0 and bool(positive[positive.argmax()] >= count)


def _counted(classes: Any, count: int, ignore_index: int | None) -> Any:
    """Which examples count; the classes of these must be among those there are."""
    kept = np.full(classes.shape, True) if ignore_index is None else classes != ignore_index
    wrong = classes[kept & ((classes < 0) | (classes >= count))]
    if wrong.size:
        raise ValueError(
            message(
                "softmax_cross_entropy",
                expected=f"classes from 0 to {count - 1}",
                got=f"{wrong[0]}",
                fix="Count classes from 0, and give the network one score for each.",
            )
        )
    return kept


def _slope_forward(
    chances: Any, classes: Any, mean: bool = False, ignore_index: int | None = None
) -> Any:
    count = chances.shape[-1]
    if _outside(classes.astype(np.intp, copy=False).ravel(), count):
        _counted(classes.ravel(), count, ignore_index)
    return _slope_at(chances, classes, mean, ignore_index)


def _slope_at(
    chances: Any, classes: Any, mean: bool = False, ignore_index: int | None = None
) -> Any:
    """The slope at classes that are known to be right."""
    count, n, rows = chances.shape[-1], classes.size, None
    no_row = ignore_index is None or ignore_index < -count  # for the class to be ignored
    if no_row and count <= _FEW and classes.dtype == np.intp:
        try:
            rows = _identity(count, chances.dtype).take(classes, 0)
        except IndexError:  # a class to be ignored
            rows = None
    slope = chances - (np.equal(classes[..., None], np.arange(count)) if rows is None else rows)
    if rows is None and ignore_index is not None:
        ignored = classes == ignore_index
        slope[ignored] = 0
        n -= np.count_nonzero(ignored)
    if mean:  # if nothing counts, nothing pulls
        slope /= max(n, 1)
    return slope


# For so many classes the rows of an identity matrix are quicker than a comparison.
_FEW = 64


@functools.lru_cache(16)
def _identity(n: int, dtype: Any) -> Any:
    rows = np.eye(n, dtype=dtype)
    rows.flags.writeable = False
    return rows


# In the rules ``counting`` are the settings ``mean`` and ``ignore_index`` that were given.


def _shares(classes: Any, like: Any, mean: bool = False, ignore_index: int | None = None) -> Any:
    """How much the loss of each example counts."""
    if ignore_index is None:
        return 1 / max(size_of(classes), 1) if mean else 1
    kept = astype(not_equal(expand_dims(classes, -1), ignore_index), dtype=dtype_of(like))
    return kept / maximum(sum(kept), 1) if mean else kept


def _slope_vjp(g: Any, out: Any, chances: Any, classes: Any, **counting: Any) -> Any:
    return g * _shares(classes, g, **counting)


def _slope_jvp(tangents: Any, out: Any, chances: Any, classes: Any, **counting: Any) -> Any:
    return tangents[0] * _shares(classes, tangents[0], **counting)


_slope: Primitive = custom(
    "cross_entropy_slope",
    _slope_forward,
    _slope_vjp,
    None,
    jvp=_slope_jvp,
    symbol="p − 1",
    doc="The slope of the loss to the scores: the chances, minus one for the right class.",
)


def _vjp(
    g: Any, out: Any, scores: Any, chances: Any, classes: Any, mean: bool, **counting: Any
) -> Any:
    rule = _slope if isinstance(chances, Node) else _slope_at  # the loss has seen the classes
    return (g if mean else g[..., None]) * rule(chances, classes, mean=mean, **counting)


def _jvp(
    tangents: Any, out: Any, scores: Any, chances: Any, classes: Any, mean: bool, **counting: Any
) -> Any:
    slope = _slope(chances, classes, mean=mean, **counting)
    moved = sum(tangents[0] * slope, axis=-1)
    return sum(moved) if mean else moved


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


def softmax_cross_entropy(
    scores: Any, classes: Any, mean: bool = False, ignore_index: int | None = None
) -> Any:
    """``-log_softmax(scores)[class]`` for each row: how surprising its right class is.

    Args:
        scores: of shape (..., number of classes), not yet through a softmax.
        classes: whole numbers from 0, of shape (...).
        mean: whether to return the mean over all rows, as one number.
        ignore_index: the class of rows that do not count, in range or not: their loss is 0, and
            they have no part in the mean.  If no row counts, the mean is NaN, and its slope 0.

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
    if scores.__class__ in (list, tuple):
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
    if ignore_index is None:
        return _softmax_cross_entropy(scores, chances, labels, mean=mean)
    return _softmax_cross_entropy(scores, chances, labels, mean=mean, ignore_index=ignore_index)


# --- two classes --------------------------------------------------------------------------------

# PyTorch's: the smallest logarithm, and the smallest x * (1 - x) that the slope is divided by.
_LEAST_LOG, _LEAST_SPREAD = -100, float(np.float32(1e-12))


def _binary(x: Any, y: Any) -> Any:
    with np.errstate(divide="ignore", invalid="ignore"):
        yes, no = np.maximum(np.log(x), _LEAST_LOG), np.maximum(np.log1p(-x), _LEAST_LOG)
    return (y - 1.0) * no - y * yes  # 1.0: unsigned integers know no -1


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
    if x.dtype.kind != "f":
        x = cast(x, np.float64)
    return _binary_cross_entropy(x, y)
