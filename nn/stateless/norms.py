"""Normalisation: mean 0 and variance 1 over a batch or over features, then a scale and a shift.

Batch norm looks at the other examples of the batch while it trains (Ioffe and Szegedy, 2015), layer
norm at the other features of the same example (Ba, Kiros and Hinton, 2016).
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

import autograd
from nn.checks import fails

__all__ = ["batch_norm", "layer_norm", "normalized_batch"]


@autograd.primitive
def track_running_stats(out: Any, mean: Any, var: Any, *, note: Callable[[Any, Any], None]) -> Any:
    """``out``, after telling somebody the moments; an operation, so that each run tells them."""
    if not autograd.is_tracing():  # a trace is not a run
        note(mean, var)
    return out


track_running_stats.defvjp(lambda g, out, x, mean, var, note: g, None, None)
track_running_stats.defjvp(lambda t, out, x, mean, var, note: t, None, None)


def normalized_batch(
    x: Any, weight: Any, bias: Any, eps: float, note: Callable[[Any, Any], None] | None
) -> Any:
    """Each channel (axis 1) with the moments of this batch.

    Args:
        x: of shape (batch, channels, ...).
        weight, bias: one number for each channel, or None.
        eps: added to the variance.
        note: is told the mean of each channel, and its variance over n - 1, at each run.

    Raises:
        ValueError: one number for each channel, whose variance says nothing.
    """
    shape = x.shape
    axes = (0, *range(2, len(shape)))
    count = prod(shape[a] for a in axes)
    if count == 1:
        raise fails(
            "batch_norm",
            "more than 1 value for each channel in training",
            f"input {shape}",
            "Give a larger batch, or call model.eval() for a model that is in use.",
        )
    out, inverse = autograd.standardize(x, axes, eps)
    if note is not None:
        mean = autograd.mean(x, axis=axes)
        inverse = autograd.reshape(inverse, (-1,))
        var = (1 / autograd.square(inverse) - eps) * (count / max(count - 1, 1))
        out = track_running_stats(out, mean, var, note=note)
    return _affine(out, weight, bias, (-1,) + (1,) * (len(shape) - 2))


def _affine(x: Any, weight: Any, bias: Any, shape: tuple[int, ...]) -> Any:
    if weight is not None:
        x = x * autograd.reshape(weight, shape)
    return x if bias is None else x + autograd.reshape(bias, shape)


def batch_norm(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Each channel (axis 1) with mean 0 and variance 1, then a scale and a shift.

    Args:
        input: of shape (batch, channels, ...).
        running_mean, running_var: of shape (channels,), leaf tensors or arrays.  In training they
            move towards the moments of this batch, in place; otherwise they are what is used.
            They may be None in training.
        weight, bias: of shape (channels,), or None.
        training: whether to use the moments of this batch.
        momentum: how far the running moments move, from 0 to 1.
        eps: added to the variance.

    Raises:
        ValueError: shapes that do not fit; in training, one number for each channel; otherwise, no
            running moments.

    >>> import numpy as np
    >>> batch_norm(np.array([[1.0], [3.0]]), None, None, training=True, eps=0.0)
    array([[-1.],
           [ 1.]])
    """
    shape = input.shape
    names = ("running_mean", "running_var", "weight", "bias")
    given = zip(names, (running_mean, running_var, weight, bias), strict=True)
    for name, x in given:
        if len(shape) < 2 or (x is not None and x.shape != shape[1:2]):
            raise fails(
                "batch_norm",
                "input (batch, channels, ...), and a number for each channel",
                f"input {shape}, {name} {getattr(x, 'shape', None)}",
                "The channels are axis 1.",
            )
    if training:
        pairs = [(r, i) for i, r in enumerate((running_mean, running_var)) if r is not None]

        def note(*moments: Any) -> None:
            for running, i in pairs:
                moved(running, moments[i], momentum)

        return normalized_batch(input, weight, bias, eps, note if pairs else None)
    if running_mean is None or running_var is None:
        raise fails(
            "batch_norm",
            "running_mean and running_var where training=False",
            "None",
            "Pass training=True to use the moments of this batch.",
        )
    across = (-1,) + (1,) * (len(shape) - 2)
    scale = autograd.power(running_var + eps, -0.5)
    out = (input - autograd.reshape(running_mean, across)) * autograd.reshape(scale, across)
    return _affine(out, weight, bias, across)


def moved(running: Any, moment: Any, by: float) -> None:
    """Move a running moment, a leaf tensor or an array, in place."""
    if isinstance(running, autograd.Tensor):
        running.data = (1 - by) * running.primal + by * moment
    else:
        running[...] = (1 - by) * running + by * moment


def layer_norm(
    input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Any:
    """The last axes together with mean 0 and variance 1, then a scale and a shift.

    Args:
        input: of shape (..., *normalized_shape).
        normalized_shape: the lengths of the last axes.
        weight, bias: of shape ``normalized_shape``, or None.
        eps: added to the variance.

    Raises:
        ValueError: shapes that do not fit.

    >>> import numpy as np
    >>> layer_norm(np.array([[1.0, 3.0], [8.0, 4.0]]), (2,), eps=0.0)
    array([[-1.,  1.],
           [ 1., -1.]])
    """
    last = (normalized_shape,) if np.ndim(normalized_shape) == 0 else tuple(normalized_shape)
    shapes = [x.shape for x in (weight, bias) if x is not None]
    if not last or input.shape[-len(last) :] != last or any(s != last for s in shapes):
        raise fails(
            "layer_norm",
            f"input (..., {', '.join(map(str, last))}), weight and bias {last}",
            f"input {input.shape}, {' and '.join(map(str, shapes)) or 'no weight'}",
            "normalized_shape are the lengths of the last axes.",
        )
    out = autograd.standardize(input, tuple(range(-len(last), 0)), eps)[0]
    if weight is not None:
        out = out * weight
    return out if bias is None else out + bias
