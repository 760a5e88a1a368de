"""Activations as layers; each is a function of ``nn.functional`` with its settings."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn import functional as F
from nn.checks import fails, whole
from nn.module import Module, Parameter

__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "Hardtanh",
    "LeakyReLU",
    "LogSigmoid",
    "LogSoftmax",
    "PReLU",
    "ReLU",
    "ReLU6",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Tanh",
]


class _Activation(Module):
    """A function of ``nn.functional`` with settings, which are attributes."""

    settings: tuple[str, ...] = ()

    def forward(self, input: Any) -> Any:
        """Of the shape of the input."""
        raise NotImplementedError

    def extra_repr(self) -> str:
        """The settings."""
        return ", ".join(f"{name}={getattr(self, name)!r}" for name in self.settings)


class ELU(_Activation):
    """``x`` where x > 0, ``alpha * (exp(x) - 1)`` elsewhere (Clevert et al., 2016)."""

    settings = ("alpha",)

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        self.alpha = alpha

    def forward(self, input: Any) -> Any:
        """Of the shape of the input."""
        return F.elu(input, self.alpha)


class GELU(_Activation):
    """``x * Phi(x)`` with the normal cdf Phi; ``approximate="tanh"`` is a little different."""

    settings = ("approximate",)

    def __init__(self, approximate: str = "none") -> None:
        if approximate not in ("none", "tanh"):
            raise fails("GELU", "approximate as 'none' or 'tanh'", repr(approximate), "")
        self.approximate = approximate

    def forward(self, input: Any) -> Any:
        """Of the shape of the input."""
        return F.gelu(input, self.approximate)


class Hardtanh(_Activation):
    """x, at least ``min_val`` and at most ``max_val``; ValueError unless the first is smaller."""

    settings = ("min_val", "max_val")

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> None:
        if min_val >= max_val:
            got = f"min_val {min_val} and max_val {max_val}"
            raise fails("Hardtanh", "min_val below max_val", got, "Swap them.")
        self.min_val = min_val
        self.max_val = max_val

    def forward(self, input: Any) -> Any:
        """Of the shape of the input."""
        return F.hardtanh(input, self.min_val, self.max_val)


class LeakyReLU(_Activation):
    """``x`` where x > 0, ``negative_slope * x`` elsewhere."""

    settings = ("negative_slope",)

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        self.negative_slope = negative_slope

    def forward(self, input: Any) -> Any:
        """Of the shape of the input."""
        return F.leaky_relu(input, self.negative_slope)


class LogSigmoid(_Activation):
    """``log(sigmoid(x))`` without overflow."""

    def forward(self, input: Any) -> Any:
        """Of the shape of the input."""
        return F.logsigmoid(input)


class LogSoftmax(_Activation):
    """``log(softmax(x))`` along the axis ``dim``."""

    settings = ("dim",)

    def __init__(self, dim: int | None = None) -> None:
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """Of the shape of the input."""
        return F.log_softmax(input, self.dim)


class PReLU(_Activation):
    """A leaky ReLU that learns its slope, one for all or one for each channel (axis 1).

    Attributes:
        weight: the slopes, of shape (num_parameters,).

    Raises:
        ValueError: num_parameters below 1.

    >>> PReLU()(np.array([-2.0, 2.0])).data
    array([-0.5,  2. ])
    """

    settings = ("num_parameters",)

    def __init__(self, num_parameters: int = 1, init: float = 0.25, dtype: Any = None) -> None:
        self.num_parameters = whole("PReLU: num_parameters", num_parameters, 1)
        self.weight = Parameter(np.full(num_parameters, init, dtype or float), label="weight")

    def forward(self, input: Any) -> Any:
        """Of the shape of the input."""
        return F.prelu(input, self.weight)


class ReLU(_Activation):
    """``max(x, 0)``, element by element."""

    def __init__(self, inplace: bool = False) -> None:
        pass  # inplace changes nothing

    def forward(self, input: Any) -> Any:
        """Of the shape of the input."""
        return F.relu(input)


class ReLU6(_Activation):
    """``min(max(x, 0), 6)``."""

    def __init__(self, inplace: bool = False) -> None:
        pass  # inplace changes nothing

    def forward(self, input: Any) -> Any:
        """Of the shape of the input."""
        return F.relu6(input)


class SELU(_Activation):
    """A scaled ELU that keeps mean 0 and variance 1 (Klambauer et al., 2017)."""

    def __init__(self, inplace: bool = False) -> None:
        pass  # inplace changes nothing

    def forward(self, input: Any) -> Any:
        """Of the shape of the input."""
        return F.selu(input)


class SiLU(_Activation):
    """``x * sigmoid(x)``, also called swish."""

    def __init__(self, inplace: bool = False) -> None:
        pass  # inplace changes nothing

    def forward(self, input: Any) -> Any:
        """Of the shape of the input."""
        return F.silu(input)


class Sigmoid(_Activation):
    """``1 / (1 + exp(-x))``."""

    def forward(self, input: Any) -> Any:
        """Of the shape of the input."""
        return F.sigmoid(input)


class Softmax(_Activation):
    """``exp(x) / sum(exp(x))`` along the axis ``dim``."""

    settings = ("dim",)

    def __init__(self, dim: int | None = None) -> None:
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """Of the shape of the input."""
        return F.softmax(input, self.dim)


class Softplus(_Activation):
    """``log(1 + exp(beta * x)) / beta``; just x where ``beta * x > threshold``."""

    settings = ("beta", "threshold")

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Any) -> Any:
        """Of the shape of the input."""
        return F.softplus(input, self.beta, self.threshold)


class Tanh(_Activation):
    """The hyperbolic tangent."""

    def forward(self, input: Any) -> Any:
        """Of the shape of the input."""
        return F.tanh(input)
