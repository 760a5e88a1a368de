"""Convolution, pooling and borders, for sequences and images."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

import autograd
from autograd import avg_pool1d as avg_pool1d
from autograd import avg_pool2d as avg_pool2d
from autograd import conv1d as conv1d
from autograd import conv2d as conv2d
from nn.checks import fails, whole

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "avg_pool1d",
    "avg_pool2d",
    "conv1d",
    "conv2d",
    "max_pool1d",
    "max_pool2d",
    "pad",
]


def _no_indices(name: str, return_indices: bool) -> None:
    if return_indices:
        raise fails(name, "return_indices=False", "True", "The positions are not kept.")


def max_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """``autograd.max_pool1d``; ``return_indices`` is refused."""
    _no_indices("max_pool1d", return_indices)
    return autograd.max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode)


def max_pool2d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """``autograd.max_pool2d``; ``return_indices`` is refused."""
    _no_indices("max_pool2d", return_indices)
    return autograd.max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode)


def adaptive_avg_pool1d(input: Any, output_size: Any) -> Any:
    """The means of ``output_size`` parts of the last axis, as equal as can be.

    >>> adaptive_avg_pool1d(np.array([[1.0, 3.0, 5.0, 9.0]]), 2)
    array([[2., 7.]])
    """
    return _adaptive("adaptive_avg_pool1d", 1, input, output_size)


def adaptive_avg_pool2d(input: Any, output_size: Any) -> Any:
    """The means of ``output_size`` parts (one number, or two; None for all) of the last two axes.

    Raises:
        ValueError: input that is no images (..., channels, height, width).

    >>> adaptive_avg_pool2d(np.arange(16.0).reshape(1, 4, 4), 1)
    array([[[7.5]]])
    """
    return _adaptive("adaptive_avg_pool2d", 2, input, output_size)


def _adaptive(name: str, n: int, x: Any, output_size: Any) -> Any:
    """A mean is a product with a matrix of weights, axis by axis."""
    sizes = tuple(output_size) if isinstance(output_size, tuple | list) else (output_size,) * n
    if len(sizes) != n or len(x.shape) not in (n + 1, n + 2):
        raise fails(
            name,
            f"input with a batch and channels before {n} axes, and {n} sizes at most",
            f"input {x.shape}, sizes {output_size}",
            "",
        )
    for axis, size in zip(range(-n, 0), sizes, strict=True):
        if size is not None:
            count = whole(f"{name}: output_size", size, 1)
            weights = _weights(x.shape[axis], count).astype(x.dtype)
            swapped = autograd.swapaxes(x, axis, -1) if axis != -1 else x
            means = autograd.matmul(swapped, weights)
            x = autograd.swapaxes(means, axis, -1) if axis != -1 else means
    return x


def _weights(length: int, count: int) -> Any:
    """The parts as columns; PyTorch's ends, which may overlap by one."""
    weights = np.zeros((length, count))
    for i in range(count):
        start, stop = i * length // count, -(-(i + 1) * length // count)
        weights[start:stop, i] = 1 / (stop - start)
    return weights


_BORDERS = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}  # NumPy's names


def pad(input: Any, pad: Any, mode: str = "constant", value: float | None = None) -> Any:
    """A border: ``pad`` has before and after for the last axis, then for the one before, and so on.

    Negative numbers take away.

    Args:
        input: of any shape.
        pad: an even number of whole numbers, at most two for each axis.
        mode: "constant" is a border of one value; "reflect" mirrors what is inside at the outermost
            elements, "replicate" repeats them, "circular" goes on at the other end.
        value: of a constant border; 0 by default.

    Raises:
        ValueError: an odd number of widths, or more than the axes have; widths for which there is
            nothing inside to show; another mode.
        TypeError: widths that are not whole numbers.

    >>> pad(np.ones((1, 2)), (1, 0, 0, 1))
    array([[0., 1., 1.],
           [0., 0., 0.]])
    >>> pad(np.array([1.0, 2.0, 3.0]), (2, 1), mode="reflect")
    array([3., 2., 1., 2., 3., 2.])
    """
    axes = len(input.shape)
    given = list(pad) if isinstance(pad, tuple | list) else [pad]
    widths = [whole("pad", width, -sys.maxsize) for width in given]
    known = mode == "constant" or mode in _BORDERS
    if not known or len(widths) % 2 or len(widths) > 2 * axes or (value and mode != "constant"):
        raise fails(
            "pad",
            "mode 'constant', 'reflect', 'replicate' or 'circular', a value only if it is "
            f"'constant', and before and after for at most {axes} axes",
            f"mode {mode!r}, value {value} and {len(widths)} widths",
            "The last axis comes first.",
        )
    each = list(zip(widths[::2], widths[1::2], strict=True))
    pairs = [(0, 0)] * (axes - len(each)) + each[::-1]
    if any(n < 0 for pair in pairs for n in pair):
        inner = tuple(
            slice(max(-a, 0), max(length - max(-b, 0), 0))
            for (a, b), length in zip(pairs, input.shape, strict=True)
        )
        pairs = [(max(a, 0), max(b, 0)) for a, b in pairs]
        return _bordered(input[inner], pairs, mode, value)
    return _bordered(input, pairs, mode, value)


def _bordered(x: Any, pairs: list[tuple[int, int]], mode: str, value: float | None) -> Any:
    if mode == "constant":
        return autograd.pad(x, pairs, constant_values=value or 0.0)
    for (before, after), length in zip(pairs, x.shape, strict=True):
        most = {"reflect": length - 1, "circular": length}.get(mode, sys.maxsize)
        if max(before, after) > max(most, 0):
            got = f"{(before, after)} for an axis of length {length}"
            raise fails(f"pad: {mode}", f"widths of at most {most}", got, "Or pad with zeros.")
    return autograd.pad(x, pairs, mode=_BORDERS[mode])
