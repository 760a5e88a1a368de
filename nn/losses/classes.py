"""Losses of classifiers: how surprising the right class is, ``-log(chance)``.

Classes are whole numbers along axis 1 of the scores, as in PyTorch: scores of shape (C,) for one
example, (N, C) for a batch, (N, C, d1, ...) with a class for each pixel.  An example whose class is
``ignore_index`` does not count at all: its weight is 0, and the mean is divided by the sum of the
weights.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

import autograd
from autograd import Node, Tensor
from nn.checks import fails, real
from nn.losses.reducing import (
    arrays,
    check_reduction,
    float_of,
    floats_like,
    mean_by,
    reduced,
)

__all__ = ["checked_classes", "cross_entropy", "nll_loss"]


def _class_axis(name: str, input: Any) -> int:
    if not input.shape or not input.shape[min(1, len(input.shape) - 1)]:
        wanted = "one element for each class along axis 1 (or in a single axis)"
        raise fails(name, wanted, f"shape {input.shape}", "")
    return min(1, len(input.shape) - 1)


def checked_classes(
    name: str, target: Any, scores: Any, axis: int, ignore_index: int | None = None
) -> Any:
    """Classes for scores that have them along an axis, with 0 in place of those to be ignored.

    What cannot be seen while a function is compiled, the numbers, is checked at each run.
    """
    shape, count = scores.shape[:axis] + scores.shape[axis + 1 :], scores.shape[axis]
    _check_labels(name, target, shape, scores.shape)
    check = _known_classes if isinstance(target, Node) else _known_classes.function
    return check(target, name=name, count=count, ignore_index=ignore_index)


def _check_labels(name: str, target: Any, shape: Any, scores: Any) -> None:
    if target.dtype.kind not in "iu":
        fix = "Use target.astype(int) if that is what they are."
        raise fails(name, "classes as whole numbers", f"{target.dtype}", fix, TypeError)
    if target.shape != shape:
        wanted = f"one class for each example: shape {shape} for {scores}"
        got = f"classes of shape {target.shape}"
        raise fails(name, wanted, got, "The scores of the classes are along axis 1.")


@autograd.primitive
def _known_classes(target: Any, *, name: str, count: int, ignore_index: int | None) -> Any:
    kept = np.full(target.shape, True) if ignore_index is None else target != ignore_index
    wrong = kept & ((target < 0) | (target >= count))
    if wrong.any():
        fix = "Count classes from 0, and give the network one score for each."
        raise fails(name, f"classes from 0 to {count - 1}", f"{target[wrong].flat[0]}", fix)
    return np.where(kept, target, 0)


_known_classes.defvjp(None)


def _weights(name: str, weight: Any, classes: Any, kept: Any, input: Any, count: int) -> Any:
    """How much each example counts."""
    if weight is None:
        return kept
    weight = floats_like(name, "weight", weight, input, (count,))
    return autograd.take(weight, classes) * kept


def _classes(target: Any) -> Any:
    """Whole numbers have no history, so the array will do, but in a trace, which notes them."""
    if isinstance(target, Tensor) and target.dtype.kind in "iu" and not autograd.is_tracing():
        return target.primal
    return target


def _kept(target: Any, ignore_index: int, like: Any) -> Any:
    """1 for each example that counts, in the dtype of the scores."""
    return autograd.not_equal(target, ignore_index).astype(float_of(like))


def _ignored(name: str, ignore_index: Any) -> int:
    try:
        return operator.index(ignore_index)
    except TypeError:
        raise fails(
            name, "ignore_index as a whole number", repr(ignore_index), "", TypeError
        ) from None


def nll_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Any:
    """Minus the log-chance of the right class, given the logarithms of all (``log_softmax``).

    Args:
        input: log-chances of shape (C,), (N, C) or (N, C, d1, ...).
        target: classes, whole numbers from 0, of the same shape without the axis of C.
        weight: how much the examples of each class count, of shape (C,).
        ignore_index: the class of examples that do not count; it may be out of range.
        reduction: "mean" (weighted), "sum", or "none" for each example.

    Raises:
        ValueError: shapes that do not fit, a class out of range, another reduction.
        TypeError: classes that are not whole numbers.

    >>> nll_loss([[-0.5, -2.0], [-0.25, -1.0]], [1, 0]).item()
    1.125
    """
    name = "nll_loss"
    check_reduction(name, reduction)
    ignore_index = _ignored(name, ignore_index)
    x, y = arrays(name, input, _classes(target))
    axis = _class_axis(name, x)
    classes = checked_classes(name, y, x, axis, ignore_index)
    weights = _weights(name, weight, classes, _kept(y, ignore_index, x), x, x.shape[axis])
    chosen = autograd.gather(x, axis, autograd.expand_dims(classes, axis))
    return mean_by(name, -autograd.squeeze(chosen, axis) * weights, weights, reduction)


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """Softmax cross-entropy: ``nll_loss`` of ``log_softmax(input)``, without overflow.

    Args:
        input: scores of shape (C,), (N, C) or (N, C, d1, ...), not yet through a softmax.
        target: classes, whole numbers from 0, of the same shape without the axis of C; or the
            chances of all classes, floats of the shape of the input.
        weight: how much each class counts, of shape (C,).
        ignore_index: the class of examples that do not count; only for classes.
        reduction: "mean" (weighted for classes), "sum", or "none" for each example.
        label_smoothing: between 0 and 1: how much of the target is shared evenly by all classes
            (Szegedy et al., 2016).

    Raises:
        ValueError: shapes that do not fit, a class out of range, a smoothing that is not between 0
            and 1, another reduction.
        TypeError: classes that are not whole numbers.

    >>> import numpy as np
    >>> cross_entropy(np.zeros((2, 3)), np.array([0, 2])).round(6).item()
    1.098612
    >>> cross_entropy([0.0, 0.0], [0.5, 0.5]).round(6).item()
    0.693147
    """
    name, y = "cross_entropy", _classes(target)
    # First the usual case: the checks below cost a tenth of the step of a small network.
    kinds = label_smoothing.__class__, reduction.__class__, ignore_index.__class__
    plain = weight is None and kinds == (float, str, int) and isinstance(input, Tensor)
    if plain and not label_smoothing and reduction == "mean" and _are_classes(y):
        try:
            scores = input if len(input.shape) < 3 else autograd.moveaxis(input, 1, -1)
            return autograd.softmax_cross_entropy(scores, y, True, ignore_index)
        except ValueError:  # what is wrong is said below
            pass
    check_reduction(name, reduction)
    x, y = arrays(name, input, y)
    axis = _class_axis(name, x)
    ignore_index = _ignored(name, ignore_index)
    if y.shape == x.shape:
        if ignore_index >= 0:
            fix = "Give such examples chances of 0."
            raise fails(name, "no ignore_index for chances", f"{ignore_index}", fix)
        return _of_chances(x, y, weight, axis, reduction, _smoothing(label_smoothing))
    scores = x if axis == len(x.shape) - 1 else autograd.moveaxis(x, axis, -1)
    _check_labels(name, y, scores.shape[:-1], x.shape)
    smoothing = _smoothing(label_smoothing)
    if weight is None and not smoothing:
        mean = reduction == "mean"
        each = autograd.softmax_cross_entropy(scores, y, mean, ignore_index)
        return autograd.sum(each) if reduction == "sum" else each
    kept, count = _kept(y, ignore_index, x), x.shape[axis]
    each = autograd.softmax_cross_entropy(scores, y, ignore_index=ignore_index)
    weights = _weights(name, weight, autograd.where(kept, y, 0), kept, x, count)
    if not smoothing:
        return mean_by(name, each * weights, weights, reduction)
    logs = autograd.log_softmax(scores, axis=-1)
    if weight is not None:
        logs = logs * floats_like(name, "weight", weight, x, (count,))
    evenly = autograd.sum(logs, axis=-1) * kept
    each = (1 - smoothing) * each * weights - smoothing / count * evenly
    return mean_by(name, each, weights, reduction)


def _are_classes(y: Any) -> bool:
    return (y.__class__ is np.ndarray or isinstance(y, Tensor)) and y.dtype.kind in "iu"


def _smoothing(amount: Any) -> float:
    wanted = "a number between 0 and 1"
    return real("cross_entropy: label_smoothing", amount, wanted, lambda x: 0 <= x <= 1)


def _of_chances(x: Any, y: Any, weight: Any, axis: int, reduction: str, smoothing: float) -> Any:
    """Cross-entropy for the chances of all classes; the mean is over the examples."""
    name, count = "cross_entropy", x.shape[axis]
    if y.dtype.kind != "f":
        fix = "Classes have one axis less than the input; chances are floats."
        got = f"{y.dtype} of the same shape"
        raise fails(name, "classes, or chances of the shape of the input", got, fix, TypeError)
    if smoothing:
        y = y * (1 - smoothing) + smoothing / count
    each = autograd.log_softmax(x, axis=axis) * y
    if weight is not None:
        weight = floats_like(name, "weight", weight, x, (count,))
        each = each * autograd.reshape(weight, (count,) + (1,) * (len(x.shape) - 1 - axis))
    return reduced(name, -autograd.sum(each, axis=axis), reduction)
