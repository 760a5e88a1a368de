"""Activations as functions of arrays.

``inplace`` is there for code written for PyTorch: it may be given, and changes nothing, because
what an operation has used is never written on.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import autograd
from nn.checks import fails

__all__ = [
    "elu",
    "gelu",
    "hardtanh",
    "leaky_relu",
    "log_softmax",
    "logsigmoid",
    "prelu",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "tanh",
]

# With these the outputs of a layer keep mean 0 and variance 1 (Klambauer et al., 2017).
_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def relu(input: Any, inplace: bool = False) -> Any:
    """``max(x, 0)``; its slope at 0 is 0."""
    return autograd.relu(input)


def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """``x`` where x > 0, ``negative_slope * x`` elsewhere."""
    return autograd.leaky_relu(input, negative_slope)


def prelu(input: Any, weight: Any) -> Any:
    """A leaky ReLU whose slope is learned: one for all, or one for each channel (axis 1).

    Raises:
        ValueError: a weight that is no vector of one element, or of one for each channel.

    >>> import numpy as np
    >>> prelu(np.array([[-2.0, -2.0]]), np.array([0.5, 0.25]))
    array([[-1. , -0.5]])
    """
    channels = input.shape[1] if len(input.shape) > 1 else 1
    if len(weight.shape) != 1 or weight.shape[0] not in (1, channels):
        raise fails(
            "prelu",
            f"a weight of shape (1,) or ({channels},) for input {input.shape}",
            f"shape {weight.shape}",
            "The channels are axis 1.",
        )
    if weight.shape[0] > 1 or not input.shape:
        weight = autograd.reshape(weight, (-1, *(1,) * (len(input.shape) - 2)) * bool(input.shape))
    return autograd.leaky_relu(input, weight)


def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """``x`` where x > 0, ``alpha * (exp(x) - 1)`` elsewhere."""
    return autograd.elu(input, alpha)


def selu(input: Any, inplace: bool = False) -> Any:
    """A scaled ELU that keeps mean and variance from layer to layer."""
    return _SELU_SCALE * autograd.elu(input, _SELU_ALPHA)


def gelu(input: Any, approximate: str = "none") -> Any:
    """``x * Phi(x)`` with the normal cdf Phi, or its approximation by a tanh.

    Raises:
        ValueError: approximate is not "none" or "tanh".

    >>> round(gelu(1.0), 6), round(gelu(1.0, approximate="tanh"), 6)
    (0.841345, 0.841192)
    """
    if approximate == "none":
        return autograd.gelu(input)
    if approximate != "tanh":
        raise fails("gelu", "approximate as 'none' or 'tanh'", repr(approximate), "")
    inner = math.sqrt(2 / math.pi) * (input + 0.044715 * (input * input * input))
    return 0.5 * input * (1 + autograd.tanh(inner))


def silu(input: Any, inplace: bool = False) -> Any:
    """``x * sigmoid(x)``, also called swish."""
    return autograd.silu(input)


def softplus(input: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """``log(1 + exp(beta * x)) / beta``, and just x where ``beta * x > threshold``."""
    scaled = input * beta
    return autograd.where(scaled > threshold, input, autograd.softplus(scaled) / beta)


def sigmoid(input: Any) -> Any:
    """``1 / (1 + exp(-x))``."""
    return autograd.sigmoid(input)


def logsigmoid(input: Any) -> Any:
    """``log(sigmoid(x))`` without overflow."""
    return -autograd.softplus(-1.0 * input)  # 1.0: unsigned integers know no minus


def tanh(input: Any) -> Any:
    """The hyperbolic tangent."""
    return autograd.tanh(input)


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """x, at least ``min_val`` and at most ``max_val``; its slope there is 0.

    Raises:
        ValueError: a min_val above max_val.
    """
    if min_val > max_val:
        got = f"min_val {min_val} and max_val {max_val}"
        raise fails("hardtanh", "min_val of at most max_val", got, "Swap them.")
    within = autograd.logical_and(input > min_val, input < max_val)
    rest = autograd.clip(autograd.stop_gradient(input), min_val, max_val)
    return autograd.where(within, input, rest)


def relu6(input: Any, inplace: bool = False) -> Any:
    """``min(max(x, 0), 6)``."""
    return hardtanh(input, 0.0, 6.0)


def softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """``exp(x) / sum(exp(x))`` along an axis; ``dtype`` converts the input first.

    >>> import numpy as np
    >>> softmax(np.array([[0.0, 0.0]]), dim=1)
    array([[0.5, 0.5]])
    """
    return autograd.softmax(_typed(input, dtype), axis=_axis("softmax", input, dim))


def log_softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """``log(softmax(x))`` along an axis; ``dtype`` converts the input first."""
    return autograd.log_softmax(_typed(input, dtype), axis=_axis("log_softmax", input, dim))


def _axis(name: str, input: Any, dim: int | None) -> int:
    """PyTorch's choice where none is named, and its warning."""
    if dim is not None:
        return dim
    chosen = 0 if len(input.shape) in (0, 1, 3) else 1
    warnings.warn(
        f"{name}: expected dim, the axis along which the results sum to 1, got none: "
        f"axis {chosen} of {len(input.shape)} was chosen. Write dim={chosen} or dim=-1.",
        stacklevel=4,
    )
    return chosen


def _typed(input: Any, dtype: Any) -> Any:
    return input if dtype is None else input.astype(dtype)
