"""Convolution and pooling, with PyTorch's names, arguments and layout (batch, channels, ...).

A convolution is a matrix product with the *windows* of an image, and pooling the mean or the
maximum of each window.  So there is one linear primitive here, ``windows``, which copies every
window out, and its transpose ``fold``, which adds them back up; all derivatives follow from these.
(Chellapilla, Puri and Simard, "High performance convolutional neural networks for document
processing", 2006.)
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from autograd.errors import shown
from autograd.node import Primitive, ndim_of, shape_of
from autograd.ops import reductions
from autograd.ops.arranging import (
    pad,
)
from autograd.ops.checks import Shape, fails, integer
from autograd.ops.contractions import matmul
from autograd.ops.kinds import linear
from autograd.ops.ordering import argmax
from autograd.ops.positions import gather
from autograd.ops.shapes import (
    reshape,
    transpose,
)

__all__ = ["avg_pool2d", "conv1d", "conv2d", "max_pool2d"]

# --- windows ------------------------------------------------------------------------------------


def _spans(kernel: Shape, dilation: Shape) -> Shape:
    """How many elements a window reaches over, along each axis."""
    return tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))


def _windows_of(x: Any, kernel: Shape, stride: Shape, dilation: Shape) -> Any:
    axes = tuple(range(-len(kernel), 0))
    view = np.lib.stride_tricks.sliding_window_view(x, _spans(kernel, dilation), axes)
    starts = tuple(slice(None, None, s) for s in stride)
    inner = tuple(slice(None, None, d) for d in dilation)
    at: Any = (..., *starts, *inner)
    return view[at]


def _folded(x: Any, shape: Shape, kernel: Shape, stride: Shape, dilation: Shape) -> Any:
    x, n = np.asarray(x), len(kernel)
    out = np.zeros(shape, dtype=x.dtype)
    counts = x.shape[-2 * n : -n]
    for place in np.ndindex(kernel):  # one addition for each place in the window
        at: Any = tuple(
            slice(d * p, d * p + s * (m - 1) + 1, s)
            for p, d, s, m in zip(place, dilation, stride, counts, strict=True)
        )
        out[(..., *at)] += x[(..., *place)]
    return out


_windows: Primitive = linear(
    "windows",
    _windows_of,
    lambda g, x, **settings: _fold(g, shape=shape_of(x), **settings),
    doc="Every window of the last axes, as a view.",
)
_fold: Primitive = linear(
    "fold",
    _folded,
    lambda g, x, shape, **settings: _windows(g, **settings),
    doc="The transpose of ``windows``: every window added to where it came from.",
)


def windows(x: Any, kernel: Shape, stride: Shape, dilation: Shape, name: str = "windows") -> Any:
    """Every window of the last axes, which get an axis of positions and one of places each.

    Raises:
        ValueError: a window that is larger than the array.

    >>> windows(np.arange(5.0), (3,), (2,), (1,))
    array([[0., 1., 2.],
           [2., 3., 4.]])
    """
    sizes = shape_of(x)[-len(kernel) :]
    spans = _spans(kernel, dilation)
    if any(a > b for a, b in zip(spans, sizes, strict=True)):
        raise fails(
            name,
            expected=f"a window of at most {sizes}, the padded size",
            got=f"one of {spans} (kernel {kernel}, dilation {dilation}) for shape {shape_of(x)}",
            fix="Add padding, or use a smaller kernel.",
        )
    return _windows(x, kernel=kernel, stride=stride, dilation=dilation)


def fold(x: Any, shape: Shape, kernel: Shape, stride: Shape, dilation: Shape) -> Any:
    """The transpose of ``windows``: every window added to where it came from.

    >>> fold(np.ones((2, 3)), (5,), (3,), (2,), (1,))
    array([1., 1., 2., 1., 1.])
    """
    return _fold(x, shape=shape, kernel=kernel, stride=stride, dilation=dilation)


# --- settings -----------------------------------------------------------------------------------


def _each(name: str, what: str, value: Any, n: int, least: int) -> Shape:
    """One number for each spatial axis, from one for all."""
    items = tuple(value) if isinstance(value, tuple | list) else (value,) * n
    if len(items) != n:
        fix = f"Write e.g. {what}={max(least, 1)}."
        raise fails(name, f"{what} as one number, or {n} of them", shown(value), fix)
    return tuple(integer(name, what, item, least) for item in items)


def _images(name: str, x: Any, n: int, fits: bool, layout: str, more: str, fix: str) -> None:
    """Raise unless the settings fit and x has n spatial axes, the channels and maybe a batch."""
    if ndim_of(x) not in (n + 1, n + 2) or not fits:
        space = "width" if n == 1 else "height, width"
        expected = f"input (batch, channels, {space}) or (channels, {space}), {layout}"
        raise fails(name, expected, f"input {shape_of(x)}, {more}", fix)


def _borders(
    name: str, padding: Any, kernel: Shape, stride: Shape, dilation: Shape
) -> tuple[tuple[int, int], ...]:
    """How much to add before and after each spatial axis."""
    n = len(kernel)
    if not isinstance(padding, str):
        return tuple((p, p) for p in _each(name, "padding", padding, n, 0))
    if padding == "valid":
        return ((0, 0),) * n
    if padding != "same" or stride != (1,) * n:
        raise fails(
            name,
            expected="padding as numbers, 'valid', or 'same' with stride 1",
            got=f"{padding!r} with stride {stride}",
            fix="For other borders use pad first.",
        )
    totals = (span - 1 for span in _spans(kernel, dilation))
    return tuple((t // 2, t - t // 2) for t in totals)


def _with_borders(x: Any, borders: tuple[tuple[int, int], ...], value: float = 0.0) -> Any:
    if not any(map(any, borders)):
        return x
    around = ((0, 0),) * (ndim_of(x) - len(borders)) + borders
    return pad(x, around, constant_values=value)


# --- convolution --------------------------------------------------------------------------------


def _convolution(
    name: str,
    n: int,
    x: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: int,
) -> Any:
    stride = _each(name, "stride", stride, n, 1)
    dilation = _each(name, "dilation", dilation, n, 1)
    groups = integer(name, "groups", groups, least=1)
    shape, wide = shape_of(x), shape_of(weight)
    fits = len(shape) > n and len(wide) == n + 2 and all(wide[2:])
    fits = fits and shape[-n - 1] == wide[1] * groups and wide[0] % groups == 0
    _images(
        name,
        x,
        n,
        fits and (bias is None or shape_of(bias) == wide[:1]),
        "weight (out channels, in channels / groups, size of the kernel), bias (out channels,)",
        f"weight {wide}, bias {None if bias is None else shape_of(bias)}, groups {groups}",
        "The channels of the input are those of the weight times groups.",
    )
    if len(shape) == n + 1:  # one example
        x = reshape(x, (1, *shape))
    kernel = wide[2:]
    x = _with_borders(x, _borders(name, padding, kernel, stride, dilation))
    seen = windows(x, kernel, stride, dilation, name)
    batch, channels, *positions = shape_of(seen)[: n + 2]
    # (batch, groups, channels of the group x places, positions)
    order = (0, 1, *range(n + 2, 2 * n + 2), *range(2, n + 2))
    columns = reshape(
        transpose(seen, order), (batch, groups, channels // groups * prod(kernel), prod(positions))
    )
    rows = reshape(weight, (groups, wide[0] // groups, prod(wide[1:])))
    out = reshape(matmul(rows, columns), (batch, wide[0], *positions))
    if bias is not None:
        out = out + reshape(bias, (-1,) + (1,) * n)
    return reshape(out, shape_of(out)[1:]) if len(shape) == n + 1 else out


def conv1d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """The product of a kernel with every window of a sequence (PyTorch's conv1d).

    Args:
        input: of shape (batch, channels, width), or (channels, width).
        weight: of shape (out channels, channels / groups, kernel width).
        bias: of shape (out channels,), or None.
        stride: steps from one window to the next.
        padding: zeros on both sides; "same" keeps the width, "valid" is none.
        dilation: steps from one element of a window to the next.
        groups: how many blocks of channels are kept apart.

    Raises:
        ValueError: shapes or settings that do not fit.

    >>> conv1d(np.array([[[1.0, 2.0, 4.0]]]), np.array([[[-1.0, 1.0]]]))
    array([[[1., 2.]]])
    """
    return _convolution("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """The product of a kernel with every window of an image (PyTorch's conv2d).

    Args:
        input: of shape (batch, channels, height, width), or (channels, height, width).
        weight: of shape (out channels, channels / groups, kernel height, kernel width).
        bias: of shape (out channels,), or None.
        stride: steps from one window to the next, one number or (vertical, horizontal).
        padding: zeros on all sides, one number or two; "same" keeps the size, "valid" is none.
        dilation: steps from one element of a window to the next.
        groups: how many blocks of channels are kept apart.

    Raises:
        ValueError: shapes or settings that do not fit.

    >>> conv2d(np.ones((1, 1, 3, 3)), np.ones((2, 1, 2, 2)), padding=1).shape
    (1, 2, 4, 4)
    """
    return _convolution("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


# --- pooling ------------------------------------------------------------------------------------


class _Pool:
    """The settings of a pooling, one number for each spatial axis, checked."""

    def __init__(
        self, name: str, x: Any, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil: bool
    ) -> None:
        self.kernel = _each(name, "kernel_size", kernel, 2, 1)
        self.stride = self.kernel if stride is None else _each(name, "stride", stride, 2, 1)
        self.dilation = _each(name, "dilation", dilation, 2, 1)
        self.padding = _each(name, "padding", padding, 2, 0)
        self.name = name
        _images(
            name,
            x,
            2,
            all(2 * p <= k for p, k in zip(self.padding, self.kernel, strict=True)),
            "padding at most half the kernel",
            f"kernel {self.kernel}, padding {self.padding}",
            "A wider border would make windows of nothing but border.",
        )
        sizes = shape_of(x)[-2:]
        self.extra = tuple(self._further(i, n) for i, n in enumerate(sizes)) if ceil else (0, 0)

    def _further(self, i: int, size: int) -> int:
        """How much to add behind an axis for the last, incomplete window (ceil_mode)."""
        span, step = self.dilation[i] * (self.kernel[i] - 1) + 1, self.stride[i]
        last = -((span - size - 2 * self.padding[i]) // step) * step  # where that window starts
        if last >= size + self.padding[i]:  # it would see nothing but border
            return 0
        return max(last + span - size - 2 * self.padding[i], 0)

    def bordered(self, x: Any, value: float) -> Any:
        return _with_borders(x, tuple((p, p) for p in self.padding), value)

    def windows(self, x: Any, value: float) -> Any:
        """The elements of each window along a last axis."""
        x = _with_borders(x, tuple((0, e) for e in self.extra), value)
        seen = windows(x, self.kernel, self.stride, self.dilation, self.name)
        return reshape(seen, (*shape_of(seen)[:-2], prod(self.kernel)))


def max_pool2d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
) -> Any:
    """The largest element of every window (PyTorch's max_pool2d).

    Of equal elements the first gets the gradient, as in PyTorch.

    Args:
        input: of shape (batch, channels, height, width), or (channels, height, width).
        kernel_size: of the window, one number or (height, width).
        stride: steps from one window to the next; the kernel size by default.
        padding: a border that never wins, at most half of the kernel.
        dilation: steps from one element of a window to the next.
        ceil_mode: whether a last window that is incomplete counts.

    Raises:
        ValueError: shapes or settings that do not fit.

    >>> max_pool2d(np.arange(16.0).reshape(1, 4, 4), 2)
    array([[[ 5.,  7.],
            [13., 15.]]])
    """
    pool = _Pool("max_pool2d", input, kernel_size, stride, padding, dilation, ceil_mode)
    dtype = input.dtype if hasattr(input, "dtype") else np.asarray(input).dtype
    least = np.iinfo(dtype).min if dtype.kind in "iu" else -np.inf
    seen = pool.windows(pool.bordered(input, least), least)
    best = gather(seen, -1, argmax(seen, -1, keepdims=True))
    return reshape(best, shape_of(best)[:-1])


def avg_pool2d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """The mean of every window (PyTorch's avg_pool2d).

    Args:
        input: of shape (batch, channels, height, width), or (channels, height, width).
        kernel_size: of the window, one number or (height, width).
        stride: steps from one window to the next; the kernel size by default.
        padding: zeros on all sides, at most half of the kernel.
        ceil_mode: whether a last window that is incomplete counts.
        count_include_pad: whether the zeros of the padding count in the mean.
        divisor_override: what to divide the sums by instead.

    Raises:
        ValueError: shapes or settings that do not fit.

    >>> avg_pool2d(np.arange(16.0).reshape(1, 4, 4), 2)
    array([[[ 2.5,  4.5],
            [10.5, 12.5]]])
    """
    pool = _Pool("avg_pool2d", input, kernel_size, stride, padding, 1, ceil_mode)
    total = reductions.sum(pool.windows(pool.bordered(input, 0.0), 0.0), axis=-1)
    if divisor_override is not None:
        if not divisor_override:
            fix = "Leave it out for the mean."
            raise fails("avg_pool2d", "divisor_override not to be 0", f"{divisor_override}", fix)
        return total / divisor_override
    if not any(pool.extra) and (count_include_pad or not any(pool.padding)):
        return total / prod(pool.kernel)
    inside = np.ones((1, *shape_of(input)[-2:]), dtype=total.dtype)
    counted = pool.windows(pool.bordered(inside, float(count_include_pad)), 0.0)
    return total / np.sum(counted, axis=-1)
