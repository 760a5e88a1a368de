"""Convolution, with PyTorch's names, arguments and layout (batch, channels, ...).

One product of matrices: each row of the weight with every window (``sliding.py``); all derivatives
follow from that.
"""

from __future__ import annotations

from math import prod
from typing import Any

from autograd.node import shape_of
from autograd.ops.checks import integer
from autograd.ops.contractions import matmul
from autograd.ops.shapes import moveaxis, reshape
from autograd.ops.sliding import borders_of, check_images, each, windows

__all__ = ["conv1d", "conv2d"]


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
    stride = each(name, "stride", stride, n, 1)
    dilation = each(name, "dilation", dilation, n, 1)
    groups = integer(name, "groups", groups, least=1)
    shape, wide = shape_of(x), shape_of(weight)
    fits = len(shape) > n and len(wide) == n + 2 and all(wide[2:])
    fits = fits and shape[-n - 1] == wide[1] * groups and wide[0] % groups == 0
    check_images(
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
    borders = borders_of(name, padding, kernel, stride, dilation)
    seen = windows(x, kernel, stride, dilation, borders, name)
    after = shape_of(seen)[n + 1 :]  # (positions, batch)
    split = () if groups == 1 else (groups,)
    columns = reshape(seen, (*split, prod(wide[1:]), prod(after)))
    rows = reshape(weight, (*split, wide[0] // groups, prod(wide[1:])))
    out = reshape(matmul(rows, columns), (wide[0], prod(after)))
    if bias is not None:
        out = out + reshape(bias, (-1, 1))
    out = moveaxis(reshape(out, (wide[0], *after)), -1, 0)
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
        padding: zeros on both sides; "same" keeps the width (odd kernels, stride 1), "valid" is
            none.
        dilation: steps from one element of a window to the next.
        groups: how many blocks of channels are kept apart.

    Raises:
        ValueError: shapes or settings that do not fit.

    >>> import numpy as np
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
        padding: zeros on all sides, one number or two; "same" keeps the size (odd kernels,
            stride 1), "valid" is none.
        dilation: steps from one element of a window to the next.
        groups: how many blocks of channels are kept apart.

    Raises:
        ValueError: shapes or settings that do not fit.

    >>> import numpy as np
    >>> conv2d(np.ones((1, 1, 3, 3)), np.ones((2, 1, 2, 2)), padding=1).shape
    (1, 2, 4, 4)
    """
    return _convolution("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)
