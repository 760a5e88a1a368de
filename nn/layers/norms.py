"""Normalisation as layers: batch norm, which remembers moments of the data, and layer norm."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import Tensor
from nn import functional as F
from nn.checks import fails, real, whole
from nn.module import Module, Parameter
from nn.stateless.norms import moved, normalized_batch

__all__ = ["BatchNorm1d", "BatchNorm2d", "LayerNorm"]


def _eps(name: str, eps: Any) -> float:
    return real(f"{name}: eps", eps, "a number of at least 0", lambda e: e >= 0)


class _BatchNorm(Module):
    """Each channel (axis 1) with mean 0 and variance 1 over the batch, then scaled and shifted."""

    axes: tuple[int, ...]  # how many an input may have
    layout: str

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        name = type(self).__name__
        self.num_features = whole(f"{name}: num_features", num_features, 1)
        self.eps = _eps(name, eps)
        if momentum is not None:
            wanted = "a number from 0 to 1, or None for the mean over all batches"
            momentum = real(f"{name}: momentum", momentum, wanted, lambda m: 0 <= m <= 1)
        self.momentum = momentum
        self.affine = bool(affine)
        self.track_running_stats = bool(track_running_stats)
        ones = np.ones(num_features, dtype or float)
        self.weight = Parameter(ones, label="weight") if affine else None
        self.bias = Parameter(0 * ones, label="bias") if affine and bias else None
        tracked = track_running_stats
        self.register_buffer("running_mean", Tensor(0 * ones) if tracked else None)
        self.register_buffer("running_var", Tensor(ones) if tracked else None)
        count = Tensor(np.zeros((), np.int64)) if tracked else None
        self.register_buffer("num_batches_tracked", count)

    def reset_running_stats(self) -> None:
        """Forget the moments seen so far."""
        if self.track_running_stats:
            self.running_mean.data = np.zeros(self.num_features)
            self.running_var.data = np.ones(self.num_features)
            self.num_batches_tracked.data = np.zeros((), np.int64)

    def reset_parameters(self) -> None:
        """Start anew: scale 1, shift 0, no moments."""
        self.reset_running_stats()
        if self.weight is not None:
            self.weight.data = np.ones(self.num_features)
        if self.bias is not None:
            self.bias.data = np.zeros(self.num_features)

    def forward(self, input: Any) -> Any:
        """Of the shape of the input."""
        shape = input.shape
        if len(shape) not in self.axes or shape[1] != self.num_features:
            raise fails(
                type(self).__name__,
                f"input {self.layout} with {self.num_features} channels",
                f"shape {shape}",
                "The channels are axis 1.",
            )
        tracked = self.track_running_stats
        if self.training or not tracked:
            note = self._note if tracked else None
            return normalized_batch(input, self.weight, self.bias, self.eps, note)
        moments = (self.running_mean, self.running_var)
        return F.batch_norm(input, *moments, self.weight, self.bias, eps=self.eps)

    def _note(self, mean: Any, var: Any) -> None:
        """Move the running moments towards those of one more batch."""
        count = self.num_batches_tracked.primal + 1
        by = 1 / int(count) if self.momentum is None else self.momentum
        self.num_batches_tracked.data = np.asarray(count)
        moved(self.running_mean, mean, by)
        moved(self.running_var, var, by)

    def extra_repr(self) -> str:
        """PyTorch's."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, bias={self.bias is not None}, "
            f"track_running_stats={self.track_running_stats}"
        )


class BatchNorm1d(_BatchNorm):
    """Each feature with mean 0 and variance 1 over the batch, then scaled and shifted.

    Args:
        num_features: channels.
        eps: added to the variance.
        momentum: how far the running moments move with each batch; None for their mean over all.
        affine: whether there are a scale and a shift to be learned.
        track_running_stats: whether to remember moments and use them in ``eval`` mode.
        dtype: of parameters and moments; float64 by default.
        bias: whether there is a shift too.

    Attributes:
        weight, bias: scale and shift, ones and zeros at first, of shape (num_features,).
        running_mean, running_var: the moments remembered; the variance is over n - 1.
        num_batches_tracked: how many batches they have seen.

    Raises:
        ValueError: other inputs than (batch, features) or (batch, channels, width); in training,
            one value for each channel.

    Inside a compiled function each call moves the moments, as any other call does.

    >>> import nn
    >>> layer = nn.BatchNorm1d(1, eps=0.0)
    >>> layer(np.array([[1.0], [3.0]])).data.tolist()
    [[-1.0], [1.0]]
    >>> layer.running_mean.data, layer.running_var.data
    (array([0.2]), array([1.1]))
    """

    axes, layout = (2, 3), "(batch, features) or (batch, channels, width)"


class BatchNorm2d(_BatchNorm):
    """Each channel of images with mean 0 and variance 1 over the batch; see ``BatchNorm1d``.

    Raises:
        ValueError: other inputs than (batch, channels, height, width); in training, one value for
            each channel.
    """

    axes, layout = (4,), "(batch, channels, height, width)"


class LayerNorm(Module):
    """The last axes together with mean 0 and variance 1, then scaled and shifted one by one.

    Args:
        normalized_shape: the lengths of the last axes, one number or several.
        eps: added to the variance.
        elementwise_affine: whether there is a scale to be learned.
        bias: whether there is a shift too.
        dtype: of the parameters; float64 by default.

    Attributes:
        weight, bias: scale and shift, ones and zeros at first, of shape ``normalized_shape``.

    Raises:
        ValueError: sizes below 1; inputs whose last axes have other lengths.

    >>> import nn
    >>> nn.LayerNorm(2, eps=0.0)(np.array([[1.0, 3.0]])).data
    array([[-1.,  1.]])
    """

    def __init__(
        self,
        normalized_shape: Any,
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        dtype: Any = None,
    ) -> None:
        several = isinstance(normalized_shape, tuple | list)
        sizes = tuple(normalized_shape) if several else (normalized_shape,)
        what = "LayerNorm: normalized_shape"
        self.normalized_shape = tuple(whole(what, n, 1) for n in sizes)
        if not sizes:
            raise fails(what, "at least one length", "none", "Write LayerNorm(features).")
        self.eps = _eps("LayerNorm", eps)
        self.elementwise_affine = bool(elementwise_affine)
        ones = np.ones(self.normalized_shape, dtype or float)
        self.weight = Parameter(ones, label="weight") if elementwise_affine else None
        shifted = elementwise_affine and bias
        self.bias = Parameter(0 * ones, label="bias") if shifted else None

    def reset_parameters(self) -> None:
        """Start anew: scale 1, shift 0."""
        if self.weight is not None:
            self.weight.data = np.ones(self.normalized_shape)
        if self.bias is not None:
            self.bias.data = np.zeros(self.normalized_shape)

    def forward(self, input: Any) -> Any:
        """Of the shape of the input."""
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """PyTorch's."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
        )
