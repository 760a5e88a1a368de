"""Convolutions as layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn import functional as F
from nn.checks import fails, whole
from nn.layers.linear import start
from nn.module import Module, Parameter

__all__ = ["Conv1d", "Conv2d"]


def _each(what: str, value: Any, n: int, least: int) -> tuple[int, ...]:
    """One whole number for each spatial axis, from one for all."""
    items = tuple(value) if isinstance(value, tuple | list) else (value,) * n
    if len(items) != n:
        raise fails(what, f"one number, or {n} of them", repr(value), "")
    return tuple(whole(what, item, least) for item in items)


class _Conv(Module):
    n: int  # spatial axes

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        dtype: Any = None,
    ) -> None:
        name, n = type(self).__name__, self.n
        self.in_channels = whole(f"{name}: in_channels", in_channels, 1)
        self.out_channels = whole(f"{name}: out_channels", out_channels, 1)
        self.kernel_size = _each(f"{name}: kernel_size", kernel_size, n, 1)
        self.stride = _each(f"{name}: stride", stride, n, 1)
        is_word = isinstance(padding, str)
        self.padding = padding if is_word else _each(f"{name}: padding", padding, n, 0)
        self.dilation = _each(f"{name}: dilation", dilation, n, 1)
        self.groups = whole(f"{name}: groups", groups, 1)
        self.padding_mode = padding_mode
        if is_word and (
            padding not in ("same", "valid") or (padding == "same" and set(self.stride) != {1})
        ):
            raise fails(
                f"{name}: padding",
                "numbers, 'valid', or 'same' with stride 1",
                f"{padding!r} with stride {stride}",
                "Half of the kernel keeps the size of every first window.",
            )
        if padding == "same" and any(total % 2 for total in self._totals()):
            raise fails(
                f"{name}: padding",
                "an odd kernel for 'same', so that both sides get as much",
                f"kernel_size {kernel_size}",
                "Use an odd one, or nn.functional.pad first, one more on the side of your choice.",
            )
        if in_channels % groups or out_channels % groups:
            raise fails(
                f"{name}: groups",
                "a divisor of in_channels and of out_channels",
                f"{groups} for {in_channels} and {out_channels}",
                "",
            )
        if padding_mode not in ("zeros", "reflect", "replicate", "circular"):
            modes = "'zeros', 'reflect', 'replicate' or 'circular'"
            raise fails(f"{name}: padding_mode", modes, repr(padding_mode), "")
        shape = (out_channels, in_channels // groups, *self.kernel_size)
        self.weight = Parameter(np.empty(shape, dtype), label="weight")
        self.bias = Parameter(np.empty(out_channels, dtype), label="bias") if bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new numbers for weight and bias."""
        start(self.weight, self.bias)

    def forward(self, input: Any) -> Any:
        """Outputs (batch, out_channels, ...) for inputs (batch, in_channels, ...)."""
        compute = F.conv1d if self.n == 1 else F.conv2d
        settings = (self.stride, self.padding, self.dilation, self.groups)
        if self.padding_mode == "zeros":
            return compute(input, self.weight, self.bias, *settings)
        bordered = F.pad(input, self._border(), self.padding_mode)
        return compute(bordered, self.weight, self.bias, self.stride, 0, *settings[2:])

    def _border(self) -> list[int]:
        """Before and after, the last axis first."""
        if self.padding == "same":
            return [n for total in self._totals()[::-1] for n in (total // 2, total // 2)]
        if self.padding == "valid":
            return [0] * 2 * self.n
        return [n for width in self.padding[::-1] for n in (width, width)]

    def _totals(self) -> list[int]:
        """By how much the windows make each axis shorter."""
        return [d * (k - 1) for d, k in zip(self.dilation, self.kernel_size, strict=True)]

    def extra_repr(self) -> str:
        """PyTorch's: what is not the default."""
        ones, zeros = (1,) * self.n, (0,) * self.n
        parts = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}"]
        parts.append(f"stride={self.stride}")
        parts += [f"padding={self.padding!r}"] * (self.padding != zeros)
        parts += [f"dilation={self.dilation}"] * (self.dilation != ones)
        parts += [f"groups={self.groups}"] * (self.groups != 1)
        parts += ["bias=False"] * (self.bias is None)
        parts += [f"padding_mode={self.padding_mode}"] * (self.padding_mode != "zeros")
        return ", ".join(parts)


class Conv1d(_Conv):
    """The product of kernels with every window of a sequence; see ``Conv2d``.

    >>> import nn
    >>> nn.Conv1d(3, 8, kernel_size=5, padding="same")(np.ones((2, 3, 20))).shape
    (2, 8, 20)
    """

    n = 1


class Conv2d(_Conv):
    """The product of kernels with every window of an image.

    Args:
        in_channels, out_channels: of inputs and outputs.
        kernel_size: of the window, one number or (height, width).
        stride: steps from one window to the next.
        padding: width of the border on all sides; "same" keeps the size (odd kernels, stride 1),
            "valid" is none.
        dilation: steps from one element of a window to the next.
        groups: how many blocks of channels are kept apart.
        bias: whether there is one.
        padding_mode: what the border is made of: "zeros", or "reflect", "replicate" or "circular",
            as in ``nn.functional.pad``.
        dtype: of the parameters; float64 by default.

    Attributes:
        weight: of shape (out_channels, in_channels / groups, *kernel_size).
        bias: of shape (out_channels,), or None.

    Both start uniform between ``±1/sqrt(n)`` for n numbers in a kernel, as in PyTorch.

    Raises:
        ValueError: settings that do not fit each other; inputs of other shapes.

    >>> import nn
    >>> nn.Conv2d(3, 8, kernel_size=3, padding=1, stride=2)(np.ones((2, 3, 28, 28))).shape
    (2, 8, 14, 14)
    """

    n = 2
