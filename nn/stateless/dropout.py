"""Dropout: random elements, or whole channels, are zero, and the others larger to make up for it.

What is dropped is drawn by an operation of its own, so that a compiled function draws anew at each
run.  (Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014;
scaling what stays while training, rather than all in use, is called *inverted* dropout.)
"""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from nn.checks import fails, real
from nn.random import generator

__all__ = ["dropout", "dropout1d", "dropout2d"]


@autograd.primitive
def _kept(x: Any, *, p: float, axes: int) -> Any:
    """0 with chance p, else ``1 / (1 - p)``; one number for all of the last ``axes`` axes."""
    shape = x.shape[: x.ndim - axes] + (1,) * axes
    if p == 1 or autograd.is_tracing():  # a trace is not a run: it leaves the generator alone
        return np.full(shape, 0 if p == 1 else 1, x.dtype)
    chances = generator().random(shape, np.float32 if x.dtype == np.float32 else np.float64)
    return (chances >= p) * x.dtype.type(1 / (1 - p))


_kept.defvjp(None)


def _dropped(name: str, x: Any, p: float, training: bool, axes: int) -> Any:
    p = real(f"{name}: p", p, "a chance from 0 to 1", lambda p: 0 <= p <= 1)
    x = x if hasattr(x, "shape") else np.asarray(x, dtype=float)
    if not (training and p):
        return x
    if x.dtype.kind in "iub":
        fix = "Use x.astype(float): what stays is divided by 1 - p."
        raise fails(name, "an array of floats", f"one of {x.dtype}", fix, TypeError)
    return x * _kept(x, p=p, axes=axes)


def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Elements are 0 with chance p, the others divided by ``1 - p``; as it is if not ``training``.

    Args:
        input: of any shape.
        p: the chance.
        training: whether to drop at all.
        inplace: changes nothing; see ``nn.functional``.

    Raises:
        ValueError: p is not a chance.
        TypeError: integers to drop from.

    >>> import nn, numpy as np
    >>> _ = nn.manual_seed(0)
    >>> dropout(np.ones(6), p=0.5)
    array([2., 0., 0., 0., 2., 2.])
    """
    return _dropped("dropout", input, p, training, 0)


def dropout1d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Whole channels of sequences (batch, channels, width), or (channels, width), are dropped.

    Raises:
        ValueError: p is not a chance; input of another shape.
    """
    return _channels("dropout1d", input, p, training, 1)


def dropout2d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Whole channels of images (batch, channels, height, width), or of one image, are dropped.

    Raises:
        ValueError: p is not a chance; input of another shape.
    """
    return _channels("dropout2d", input, p, training, 2)


def _channels(name: str, x: Any, p: float, training: bool, n: int) -> Any:
    if len(x.shape) not in (n + 1, n + 2):
        raise fails(
            name,
            f"input of {n + 1} or {n + 2} axes, the last {n} of them of one channel",
            f"shape {x.shape}",
            "For single elements use dropout.",
        )
    return _dropped(name, x, p, training, n)
