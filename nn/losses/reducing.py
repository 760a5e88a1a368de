"""What all losses of arrays share: what they take, and how a loss for each element becomes one.

A loss is first computed for each element (or each example).  ``reduction`` says what is returned:
their mean, their sum, or all of them ("none").
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd
from autograd import Node, Tensor
from nn.checks import fails

__all__ = [
    "arrays",
    "check_reduction",
    "check_signs",
    "float_of",
    "floats_like",
    "mean_by",
    "pair",
    "reduced",
]


def arrays(name: str, *things: Any) -> list[Any]:
    """Tensors as they are, and what else is made of numbers as arrays."""
    return [x if isinstance(x, Tensor) else _array(name, x, things) for x in things]


def _array(name: str, x: Any, beside: Any) -> Any:
    try:
        array: Any = np.asarray(x)
    except ValueError:  # rows of different lengths
        array = None
    if array is None or array.dtype.kind not in "biuf":
        kind = "different lengths" if array is None else array.dtype
        got = f"{type(x).__name__} of {kind}" if np.iterable(x) else type(x).__name__
        fix = "Give numbers, or lists or arrays of them."
        if array is None:
            fix = "Give all rows the same length."
        elif array.dtype.kind in "SU":
            fix = "Convert text first, each with float(text)."
        elif any(isinstance(item, Node) for item in array.flat):
            got = f"{type(x).__name__} of Values" if array.ndim else "a Value"
            fix = "For Values use nn.mse_loss, nn.hinge_loss or nn.cross_entropy."
            if any(isinstance(other, Tensor) for other in beside):
                got += " beside a Tensor"
                fix = "Give Values and plain numbers, or Tensors: their graphs do not mix."
        raise fails(name, "arrays or Tensors of numbers", got, fix, TypeError)
    return array


def pair(name: str, input: Any, target: Any) -> list[Any]:
    """Predictions and targets as arrays of floats of one shape.

    Whole numbers, truth values and lists have no precision of their own: they get that of the
    predictions, so that float32 stays float32, and ``1 - 2`` of unsigned numbers is -1.
    """
    x, y = arrays(name, input, target)
    if x.shape != y.shape:
        got = f"an input of shape {x.shape} and a target of shape {y.shape}"
        fix = _to_shape("target" if hasattr(target, "shape") else "np.array(target)", y, x.shape)
        raise fails(name, "a target of the shape of the input", got, fix)
    x = _cast(x, float_of(x))
    return [x, y if y.dtype.kind == "f" and hasattr(target, "dtype") else _cast(y, x.dtype)]


def _to_shape(written: str, y: Any, wanted: Any) -> str:
    """How to give a target the shape that is wanted, if it has as many elements."""
    if math.prod(y.shape) != math.prod(wanted):
        return "Each element of the input needs one of the target: they are not broadcast."
    if y.shape == (*wanted, 1):
        return f"Use {written}[{('0', ':, 0')[y.ndim - 1] if y.ndim < 3 else '..., 0'}]."
    if wanted == (*y.shape, 1):
        return f"Use {written}[{':' if y.ndim == 1 else '...'}, None]."
    if y.ndim == 2 and y.shape[::-1] == wanted:
        return f"Use {written}.T."
    return f"Use {written}.reshape({wanted})."


def _cast(x: Any, dtype: Any) -> Any:
    return x if x.dtype == dtype else x.astype(dtype)


def floats_like(name: str, what: str, weight: Any, x: Any, shape: Any = None) -> Any:
    """Weights of the dtype of ``x``, and of a shape if one is given, or one that broadcasts."""
    (array,) = arrays(f"{name}: {what}", weight)
    if shape is not None and array.shape != shape:
        raise fails(name, f"a {what} of shape {shape}", f"shape {array.shape}", "")
    if shape is None and not _fits(array.shape, x.shape):
        wanted = f"a {what} that broadcasts to the shape of the input, {x.shape}"
        raise fails(name, wanted, f"shape {array.shape}", "")
    return _cast(array, float_of(x))


def _fits(shape: Any, wanted: Any) -> bool:
    pairs = zip(reversed(shape), reversed(wanted), strict=False)
    return len(shape) <= len(wanted) and all(n in (1, m) for n, m in pairs)


def float_of(x: Any) -> Any:
    """The dtype of the loss of ``x``: its own if it is one of floats, else float64."""
    return x.dtype if x.dtype.kind == "f" else np.dtype(float)


def check_reduction(name: str, reduction: Any, *more: str) -> None:
    """Raise ValueError if ``reduction`` is none that there is."""
    known = ("mean", "sum", "none", *more)
    if not (isinstance(reduction, str) and reduction in known):
        raise fails(name, f"reduction {', '.join(known)}", repr(reduction), "")


def reduced(name: str, each: Any, reduction: str) -> Any:
    """The mean, the sum, or all."""
    check_reduction(name, reduction)
    if reduction == "none":
        return each
    return autograd.mean(each) if reduction == "mean" else autograd.sum(each)


def mean_by(name: str, each: Any, weights: Any, reduction: str) -> Any:
    """Losses that are multiplied by weights, reduced: the mean is divided by the sum of these.

    If nothing counts, there is no mean: it is NaN.  But then nothing pulls either: the slopes are
    0, as PyTorch's are for a batch whose classes are all ignored, so that training goes on.
    """
    total = reduced(name, each, "sum" if reduction == "mean" else reduction)
    if reduction != "mean":
        return total
    count = autograd.sum(weights)
    nothing = autograd.equal(count, 0)
    # Divided by 1 then: a slope of 1/0 would be NaN, also behind a where.
    return autograd.where(nothing, math.nan, total / (count + nothing))


def check_signs(name: str, target: Any) -> Any:
    """The target, if all its elements are -1 or 1; in a compiled function, at each run."""
    check = _signs if isinstance(target, Node) else _signs.function
    return check(target, name=name)


@autograd.primitive
def _signs(target: Any, *, name: str) -> Any:
    wrong = target[np.abs(target) != 1]
    if wrong.size:
        fix = "From classes 0 and 1, use 2 * y - 1."
        raise fails(name, "targets -1 and 1", repr(wrong.flat[0].item()), fix)
    return target


_signs.defvjp(lambda g, out, target, name: g)
