"""The affine layer, and layers that only pass on."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd
from nn import init
from nn.checks import fails, whole
from nn.module import Module, Parameter

__all__ = ["Flatten", "Identity", "Linear", "start"]

WIDE = 2**13  # numbers in a weight


def start(weight: Any, bias: Any) -> None:
    """New numbers for an affine map, as in PyTorch: between ``±1/sqrt(n)`` for sums of n terms."""
    init.kaiming_uniform_(weight, a=math.sqrt(5))
    if bias is not None:
        bound = 1 / math.sqrt(math.prod(weight.shape[1:]))
        init.uniform_(bias, -bound, bound)


class Linear(Module):
    """``x @ weight.T + bias``, for the last axis of x.

    Args:
        in_features: the length of the last axis of the inputs.
        out_features: that of the outputs.
        bias: whether there is one.
        dtype: of the parameters; NumPy's, float64 by default (PyTorch's default is float32).

    Attributes:
        weight: of shape (out_features, in_features).
        bias: of shape (out_features,), or None.

    Both start uniform between ``±1/sqrt(in_features)``, as in PyTorch; ``nn.manual_seed`` fixes
    them.

    Raises:
        ValueError: sizes below 1; inputs of another size.

    >>> import nn
    >>> nn.Linear(3, 2)(np.ones((5, 3))).shape
    (5, 2)
    """

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, dtype: Any = None
    ) -> None:
        self.in_features = whole("Linear: in_features", in_features, 1)
        self.out_features = whole("Linear: out_features", out_features, 1)
        # Column after column in memory: BLAS takes a fifth less for x @ weight.T of a wide x, which
        # a small one loses again where its gradient is turned to lie so as well.
        order: Any = "F" if in_features * out_features >= WIDE else "C"
        numbers = np.empty((out_features, in_features), dtype, order=order)
        self.weight = Parameter(numbers, label="weight")
        self.bias = Parameter(np.empty(out_features, dtype), label="bias") if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new numbers for weight and bias."""
        start(self.weight, self.bias)

    def forward(self, input: Any) -> Any:
        """Outputs of shape (..., out_features) for inputs (..., in_features)."""
        return autograd.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        """PyTorch's."""
        sizes = f"in_features={self.in_features}, out_features={self.out_features}"
        return f"{sizes}, bias={self.bias is not None}"


class Identity(Module):
    """Passes its input on; whatever arguments it is made with, it ignores."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def forward(self, input: Any) -> Any:
        """The input."""
        return input


class Flatten(Module):
    """Axes ``start_dim`` to ``end_dim`` as one; by default all but the first.

    Raises:
        ValueError: axes that the input does not have, or in the wrong order.

    >>> import nn
    >>> nn.Flatten()(np.ones((5, 2, 3))).shape
    (5, 6)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: Any) -> Any:
        """The input with fewer axes; of a number, a vector."""
        x = input if hasattr(input, "shape") else np.asarray(input)
        axes = range(max(len(x.shape), 1))
        try:
            first, last = axes[self.start_dim], axes[self.end_dim]
        except IndexError:
            first, last = 1, 0
        if first > last:
            wanted = "axes of the input, start_dim not behind end_dim"
            got = f"{self.start_dim} and {self.end_dim} for shape {x.shape}"
            raise fails("Flatten", wanted, got, "Axis 0 are the examples: give a batch.")
        joined = math.prod(x.shape[first : last + 1])
        return autograd.reshape(x, (*x.shape[:first], joined, *x.shape[last + 1 :]))

    def extra_repr(self) -> str:
        """PyTorch's."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"
