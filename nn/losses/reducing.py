"""What all losses of arrays share: what they take, and how a loss for each element becomes one.

A loss is first computed for each element (or each example).  ``reduction`` says what is returned:
their mean, their sum, or all of them ("none").
"""

from __future__ import annotations

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
    return [x if isinstance(x, Tensor) else _array(name, x) for x in things]


def _array(name: str, x: Any) -> Any:
    array = np.asarray(x)
    if array.dtype.kind not in "biuf":
        got = f"{type(x).__name__} of {array.dtype}" if array.ndim else type(x).__name__
        fix = "For Values use nn.mse_loss, nn.hinge_loss or nn.cross_entropy."
        raise fails(name, "arrays or Tensors of numbers", got, fix, TypeError)
    return array


def pair(name: str, input: Any, target: Any) -> list[Any]:
    """Predictions and targets as arrays of one shape."""
    both = arrays(name, input, target)
    shapes = [x.shape for x in both]
    if shapes[0] != shapes[1]:
        got = f"an input of shape {shapes[0]} and a target of shape {shapes[1]}"
        fix = "They would be broadcast: use reshape, target[:, None] or input.squeeze(-1)."
        raise fails(name, "a target of the shape of the input", got, fix)
    return both


def floats_like(name: str, what: str, weight: Any, x: Any, shape: Any = None) -> Any:
    """Weights of the dtype of ``x`` (float32 stays float32), and of a shape if one is given."""
    (array,) = arrays(f"{name}: {what}", weight)
    if shape is not None and array.shape != shape:
        raise fails(name, f"a {what} of shape {shape}", f"shape {array.shape}", "")
    dtype = float_of(x)
    return array if array.dtype == dtype else array.astype(dtype)


def float_of(x: Any) -> Any:
    """The dtype of the loss of ``x``: its own if it is one of floats, else float64."""
    return x.dtype if x.dtype.kind == "f" else np.dtype(float)


def check_reduction(name: str, reduction: Any, *more: str) -> None:
    """Raise ValueError if ``reduction`` is none that there is."""
    known = ("mean", "sum", "none", *more)
    if reduction not in known:
        raise fails(name, f"reduction {', '.join(known)}", repr(reduction), "")


def reduced(name: str, each: Any, reduction: str) -> Any:
    """The mean, the sum, or all."""
    check_reduction(name, reduction)
    if reduction == "none":
        return each
    return autograd.mean(each) if reduction == "mean" else autograd.sum(each)


def mean_by(name: str, each: Any, weights: Any, reduction: str) -> Any:
    """Losses that are multiplied by weights, reduced: the mean is divided by the sum of these."""
    total = reduced(name, each, "sum" if reduction == "mean" else reduction)
    return total / autograd.sum(weights) if reduction == "mean" else total


def check_signs(name: str, target: Any) -> Any:
    """The target, if all its elements are -1 or 1; in a compiled function, at each run."""
    check = _signs if isinstance(target, Node) else _signs.function
    return check(target, name=name)


@autograd.primitive
def _signs(target: Any, *, name: str) -> Any:
    wrong = target[np.abs(target) != 1] if target.dtype.kind != "b" else target.ravel()
    if wrong.size:
        fix = "From classes 0 and 1, use 2 * y - 1."
        raise fails(name, "targets -1 and 1", repr(wrong.flat[0].item()), fix)
    return target


_signs.defvjp(lambda g, out, target: g)
