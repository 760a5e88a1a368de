"""Pooling as layers; each is a function of ``nn.functional`` with its settings."""

from __future__ import annotations

from typing import Any

from nn import functional as F
from nn.module import Module

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveAvgPool2d",
    "AvgPool1d",
    "AvgPool2d",
    "MaxPool1d",
    "MaxPool2d",
]


class _Pool(Module):
    """Settings, which are attributes; ``shown`` are those in the repr."""

    shown: tuple[str, ...] = ("kernel_size", "stride", "padding")

    def extra_repr(self) -> str:
        """The settings."""
        return ", ".join(f"{name}={getattr(self, name)!r}" for name in self.shown)


class _MaxPool(_Pool):
    shown = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def settings(self) -> tuple[Any, ...]:
        """In the order of the functions."""
        window = (self.kernel_size, self.stride, self.padding, self.dilation)
        return (*window, self.ceil_mode, self.return_indices)


class MaxPool1d(_MaxPool):
    """The largest element of every window of a sequence; see ``nn.functional.max_pool1d``."""

    def forward(self, input: Any) -> Any:
        """Outputs (batch, channels, width) for inputs of such a shape."""
        return F.max_pool1d(input, *self.settings())


class MaxPool2d(_MaxPool):
    """The largest element of every window of an image; see ``nn.functional.max_pool2d``.

    >>> import nn, numpy as np
    >>> nn.MaxPool2d(2)(np.ones((5, 3, 28, 28))).shape
    (5, 3, 14, 14)
    """

    def forward(self, input: Any) -> Any:
        """Outputs (batch, channels, height, width) for inputs of such a shape."""
        return F.max_pool2d(input, *self.settings())


class AvgPool1d(_Pool):
    """The mean of every window of a sequence; see ``nn.functional.avg_pool1d``."""

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad

    def settings(self) -> tuple[Any, ...]:
        """In the order of the functions."""
        window = (self.kernel_size, self.stride, self.padding)
        return (*window, self.ceil_mode, self.count_include_pad)

    def forward(self, input: Any) -> Any:
        """Outputs (batch, channels, width) for inputs of such a shape."""
        return F.avg_pool1d(input, *self.settings())


class AvgPool2d(AvgPool1d):
    """The mean of every window of an image; see ``nn.functional.avg_pool2d``."""

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)
        self.divisor_override = divisor_override

    def settings(self) -> tuple[Any, ...]:
        """In the order of the function."""
        return (*super().settings(), self.divisor_override)

    def forward(self, input: Any) -> Any:
        """Outputs (batch, channels, height, width) for inputs of such a shape."""
        return F.avg_pool2d(input, *self.settings())


class AdaptiveAvgPool1d(_Pool):
    """The means of ``output_size`` parts of a sequence."""

    shown = ("output_size",)

    def __init__(self, output_size: Any) -> None:
        self.output_size = output_size

    def forward(self, input: Any) -> Any:
        """Outputs (batch, channels, output_size)."""
        return F.adaptive_avg_pool1d(input, self.output_size)


class AdaptiveAvgPool2d(AdaptiveAvgPool1d):
    """The means of ``output_size`` parts of an image; 1 gives the mean of all.

    >>> import nn, numpy as np
    >>> nn.AdaptiveAvgPool2d((1, 2))(np.ones((5, 3, 7, 7))).shape
    (5, 3, 1, 2)
    """

    def forward(self, input: Any) -> Any:
        """Outputs (batch, channels, *output_size)."""
        return F.adaptive_avg_pool2d(input, self.output_size)
