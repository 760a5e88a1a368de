"""Pooling: the largest element, or the mean, of each window of an image (PyTorch's layers).

The largest of a window is found place by place: the elements at one place of all windows are a
strided view of the image, and as many comparisons as a window has places do for all windows.  Where
the largest stood, the *winner*, is an array of its own, a decision without a derivative; taking the
winners out of an image is linear, and putting them back its transpose.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from autograd.node import Primitive, dtype_of, ndim_of, shape_of
from autograd.ops import reductions
from autograd.ops.checks import Shape, fails
from autograd.ops.kinds import custom, linear
from autograd.ops.shapes import moveaxis, reshape
from autograd.ops.sliding import (
    check_images,
    check_spans,
    each,
    places,
    spans,
    windows,
    with_borders,
)

__all__ = ["avg_pool1d", "avg_pool2d", "max_pool1d", "max_pool2d"]

# --- the largest of each window -----------------------------------------------------------------


def _largest(x: Any, kernel: Shape, stride: Shape, dilation: Shape) -> Any:
    out = None
    for _, seen in places(x.shape[-len(kernel) :], kernel, stride, dilation):
        view = x[(..., *seen)]
        # Copied "as it lies in memory", which is how all that follows is fastest.
        out = np.array(view, order="K") if out is None else np.maximum(out, view, out=out)
    return out


def _winners_of(x: Any, out: Any, kernel: Shape, stride: Shape, dilation: Shape) -> Any:
    """How many places there are before the first element that is not less than the largest."""
    winners = np.zeros_like(out, dtype=np.min_scalar_type(prod(kernel)))
    lost = np.ones_like(out, dtype=bool)
    listed = list(places(x.shape[-len(kernel) :], kernel, stride, dilation))
    with_nan = np.isnan(out).any()
    for _, seen in listed[:-1]:
        view = x[(..., *seen)]
        lost &= (view != out) & (view == view) if with_nan else view < out  # a NaN is the largest
        winners += lost
    return winners


def _at_winners_of(x: Any, winners: Any, kernel: Shape, stride: Shape, dilation: Shape) -> Any:
    out = np.zeros_like(winners, dtype=x.dtype)
    for i, (_, seen) in enumerate(places(x.shape[-len(kernel) :], kernel, stride, dilation)):
        np.copyto(out, x[(..., *seen)], where=winners == i)
    return out


def _to_winners_of(
    g: Any, winners: Any, shape: Shape, kernel: Shape, stride: Shape, dilation: Shape
) -> Any:
    out = _zeros_like(winners, shape, g.dtype)
    apart = all(s >= r for s, r in zip(stride, spans(kernel, dilation), strict=True))
    for i, (_, seen) in enumerate(places(shape[-len(kernel) :], kernel, stride, dilation)):
        view = out[(..., *seen)]
        if apart:  # each element is in one window
            np.multiply(g, winners == i, out=view)
        else:
            view += g * (winners == i)
    return out


def _zeros_like(x: Any, shape: Shape, dtype: Any) -> Any:
    """Zeros of a shape, with the axes in the order that those of x have in memory."""
    order = sorted(range(x.ndim), key=lambda i: -x.strides[i])
    zeros = np.zeros([shape[i] for i in order], dtype)
    return zeros.transpose(np.argsort(order))


_winners = Primitive(
    "winners",
    "flat",
    _winners_of,
    "",
    (),
    doc="The place of the largest element in each window, the first of equal ones.",
    vjps=(None, None),
    jvp=lambda *_, **__: None,
)
_at_winners: Primitive = linear(
    "at_winners",
    _at_winners_of,
    lambda g, x, winners, **settings: _to_winners(g, winners, shape=shape_of(x), **settings),
    others=1,
    doc="The element of each window at the place that is named.",
)
_to_winners: Primitive = linear(
    "to_winners",
    _to_winners_of,
    lambda g, x, winners, shape, **settings: _at_winners(g, winners, **settings),
    others=1,
    doc="The transpose of ``at_winners``.",
)
_max_of_windows: Primitive = custom(
    "max_of_windows",
    _largest,
    lambda g, out, x, **settings: _to_winners(
        g, _winners(x, out, **settings), shape=shape_of(x), **settings
    ),
    jvp=lambda tangents, out, x, **settings: _at_winners(
        tangents[0], _winners(x, out, **settings), **settings
    ),
    doc="The largest element of every window of the last axes; the first of equal ones wins.",
)

# --- settings -----------------------------------------------------------------------------------


class _Pool:
    """The settings of a pooling, one number for each of n spatial axes, checked."""

    def __init__(
        self,
        name: str,
        n: int,
        x: Any,
        kernel: Any,
        stride: Any,
        padding: Any,
        dilation: Any,
        ceil: bool,
    ) -> None:
        self.kernel = each(name, "kernel_size", kernel, n, 1)
        self.stride = self.kernel if stride is None else each(name, "stride", stride, n, 1)
        self.dilation = each(name, "dilation", dilation, n, 1)
        self.padding = each(name, "padding", padding, n, 0)
        check_images(
            name,
            x,
            n,
            all(2 * p <= k for p, k in zip(self.padding, self.kernel, strict=True)),
            "padding at most half the kernel",
            f"kernel {self.kernel}, padding {self.padding}",
            "A wider border would make windows of nothing but border.",
        )
        sizes = shape_of(x)[-n:]
        # How much to add behind each axis for the last, incomplete window.
        self.extra = tuple(self._further(i, size) if ceil else 0 for i, size in enumerate(sizes))
        both = zip(self.padding, self.extra, strict=True)
        self.borders = tuple((p, p + e) for p, e in both)
        check_spans(name, x, self.kernel, self.dilation, self.borders)

    def _further(self, i: int, size: int) -> int:
        span, step = self.dilation[i] * (self.kernel[i] - 1) + 1, self.stride[i]
        last = -((span - size - 2 * self.padding[i]) // step) * step  # where that window starts
        if last >= size + self.padding[i]:  # it would see nothing but border
            return 0
        return max(last + span - size - 2 * self.padding[i], 0)


def _max_pool(name: str, n: int, x: Any, *settings: Any) -> Any:
    pool = _Pool(name, n, x, *settings)
    dtype = dtype_of(x)
    least = np.iinfo(dtype).min if dtype.kind in "iu" else -np.inf
    return _max_of_windows(
        with_borders(x, pool.borders, least),
        kernel=pool.kernel,
        stride=pool.stride,
        dilation=pool.dilation,
    )


def _avg_pool(
    name: str,
    n: int,
    x: Any,
    kernel: Any,
    stride: Any,
    padding: Any,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor: Any,
) -> Any:
    pool = _Pool(name, n, x, kernel, stride, padding, 1, ceil_mode)
    single = ndim_of(x) == n + 1
    images = reshape(x, (1, *shape_of(x))) if single else x
    within = tuple(range(1, n + 1))  # the axes of places
    seen = windows(images, pool.kernel, pool.stride, pool.dilation, pool.borders, name)
    total = moveaxis(reductions.sum(seen, axis=within), -1, 0)
    total = reshape(total, shape_of(total)[1:]) if single else total
    if divisor is not None:
        if not divisor:
            fix = "Leave it out for the mean."
            raise fails(name, "divisor_override not to be 0", f"{divisor}", fix)
        return total / divisor
    if not any(pool.extra) and (count_include_pad or not any(pool.padding)):
        return total / prod(pool.kernel)
    inside = np.ones((1, 1, *shape_of(x)[-n:]), dtype=dtype_of(total))
    framed = with_borders(inside, tuple((p, p) for p in pool.padding), float(count_include_pad))
    behind = tuple((0, e) for e in pool.extra)
    counted = windows(framed, pool.kernel, pool.stride, pool.dilation, behind, name)
    return total / np.sum(counted, axis=within)[0, ..., 0]


# --- the functions ------------------------------------------------------------------------------


def max_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
) -> Any:
    """The largest element of every window of a sequence (PyTorch's max_pool1d).

    Of equal elements the first gets the gradient, as in PyTorch.

    Args:
        input: of shape (batch, channels, width), or (channels, width).
        kernel_size: of the window.
        stride: steps from one window to the next; the kernel size by default.
        padding: a border that never wins, at most half of the kernel.
        dilation: steps from one element of a window to the next.
        ceil_mode: whether a last window that is incomplete counts.

    Raises:
        ValueError: shapes or settings that do not fit.

    >>> max_pool1d(np.array([[1.0, 3.0, 2.0, 0.0]]), 2)
    array([[3., 2.]])
    """
    settings = (kernel_size, stride, padding, dilation, ceil_mode)
    return _max_pool("max_pool1d", 1, input, *settings)


def avg_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    """The mean of every window of a sequence (PyTorch's avg_pool1d).

    Args:
        input: of shape (batch, channels, width), or (channels, width).
        kernel_size: of the window.
        stride: steps from one window to the next; the kernel size by default.
        padding: zeros on both sides, at most half of the kernel.
        ceil_mode: whether a last window that is incomplete counts.
        count_include_pad: whether the zeros of the padding count in the mean.

    Raises:
        ValueError: shapes or settings that do not fit.

    >>> avg_pool1d(np.array([[1.0, 3.0, 2.0, 0.0]]), 2)
    array([[2., 1.]])
    """
    settings = (kernel_size, stride, padding, ceil_mode, count_include_pad, None)
    return _avg_pool("avg_pool1d", 1, input, *settings)


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
    settings = (kernel_size, stride, padding, dilation, ceil_mode)
    return _max_pool("max_pool2d", 2, input, *settings)


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
    settings = (kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
    return _avg_pool("avg_pool2d", 2, input, *settings)
