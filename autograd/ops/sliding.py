"""Windows of images: what convolution and pooling have in common.

A convolution is a matrix product with the *windows* of an image, and pooling the mean or the
maximum of each window.  ``windows`` copies every window out, and its transpose ``fold`` adds them
back up.  (Chellapilla, Puri and Simard, "High performance convolutional neural networks for
document processing", 2006.)

Images are shaped as in PyTorch, (batch, channels, ...), but windows lie in memory with the batch
last, so that neighbours are copied many at a time, and one product of matrices does for all images.
What is computed from them stays in that order in memory, under the usual shape: NumPy keeps it
through elementwise operations, and the next layer finds its images as it wants them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd.errors import shown
from autograd.node import Primitive, ndim_of, shape_of
from autograd.ops.arranging import pad
from autograd.ops.checks import Shape, fails, integer
from autograd.ops.kinds import linear

Borders = tuple[tuple[int, int], ...]


def spans(kernel: Shape, dilation: Shape) -> Shape:
    """How many elements a window reaches over, along each axis."""
    return tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))


def counts(sizes: Shape, kernel: Shape, stride: Shape, dilation: Shape) -> Shape:
    """How many windows fit along each axis."""
    reach = spans(kernel, dilation)
    return tuple((n - r) // s + 1 for n, r, s in zip(sizes, reach, stride, strict=True))


def places(sizes: Shape, kernel: Shape, stride: Shape, dilation: Shape) -> Iterator[Any]:
    """Each place in a window, and the slices of the image that are seen there by all windows."""
    many = counts(sizes, kernel, stride, dilation)
    for place in np.ndindex(kernel):
        yield (
            place,
            tuple(
                slice(d * p, d * p + s * (m - 1) + 1, s)
                for p, d, s, m in zip(place, dilation, stride, many, strict=True)
            ),
        )


def _bordered(sizes: Shape, borders: Borders) -> Any:
    """The sizes of images with their borders, and where in these the images are."""
    inside = tuple(slice(b, b + n) for n, (b, _) in zip(sizes, borders, strict=True))
    wide = tuple(before + n + after for n, (before, after) in zip(sizes, borders, strict=True))
    return wide, (slice(None), *inside)


def _windows_of(x: Any, kernel: Shape, stride: Shape, dilation: Shape, borders: Borders) -> Any:
    last = np.moveaxis(x, 0, -1)  # (channels, ..., batch)
    sizes, inside = _bordered(last.shape[1:-1], borders)
    if any(map(any, borders)):
        wide = np.zeros((len(last), *sizes, len(x)), last.dtype)
        wide[inside] = last
    else:
        wide = np.ascontiguousarray(last)
    many = counts(sizes, kernel, stride, dilation)
    out = np.empty((len(last), *kernel, *many, len(x)), last.dtype)
    for place, seen in places(sizes, kernel, stride, dilation):
        out[(slice(None), *place)] = wide[(slice(None), *seen)]
    return out


def _folded(
    x: Any, shape: Shape, kernel: Shape, stride: Shape, dilation: Shape, borders: Borders
) -> Any:
    sizes, inside = _bordered(shape[2:], borders)
    wide = np.zeros((shape[1], *sizes, shape[0]), x.dtype)
    for place, seen in places(sizes, kernel, stride, dilation):
        wide[(slice(None), *seen)] += x[(slice(None), *place)]
    return np.moveaxis(wide[inside], -1, 0)


_windows: Primitive = linear(
    "windows",
    _windows_of,
    lambda g, x, **settings: _fold(g, shape=shape_of(x), **settings),
    doc="Every window of a batch of images, with the batch as the last axis.",
)
_fold: Primitive = linear(
    "fold",
    _folded,
    lambda g, x, shape, **settings: _windows(g, **settings),
    doc="The transpose of ``windows``: every window added to where it came from.",
)


def windows(
    x: Any,
    kernel: Shape,
    stride: Shape,
    dilation: Shape,
    borders: Borders | None = None,
    name: str = "windows",
) -> Any:
    """Every window of images (batch, channels, ...): (channels, places, positions, batch).

    There is an axis of places in the window, and one of positions of the window, for each axis of
    the image.

    Args:
        x: the images.
        kernel: the size of a window, along each axis.
        stride: steps from one window to the next.
        dilation: steps from one element of a window to the next.
        borders: zeros before and after each axis; none by default.
        name: for the error.

    Raises:
        ValueError: a window that is larger than the image.

    >>> windows(np.arange(5.0).reshape(1, 1, 5), (3,), (2,), (1,))[0, :, :, 0].T
    array([[0., 1., 2.],
           [2., 3., 4.]])
    """
    borders = borders or ((0, 0),) * len(kernel)
    check_spans(name, x, kernel, dilation, borders)
    return _windows(x, kernel=kernel, stride=stride, dilation=dilation, borders=borders)


def fold(
    x: Any,
    shape: Shape,
    kernel: Shape,
    stride: Shape,
    dilation: Shape,
    borders: Borders | None = None,
) -> Any:
    """The transpose of ``windows``: every window added to where it came from.

    >>> fold(np.ones((1, 3, 2, 1)), (1, 1, 5), (3,), (2,), (1,))
    array([[[1., 1., 2., 1., 1.]]])
    """
    borders = borders or ((0, 0),) * len(kernel)
    settings = {"kernel": kernel, "stride": stride, "dilation": dilation, "borders": borders}
    return _fold(x, shape=shape, **settings)


def check_spans(name: str, x: Any, kernel: Shape, dilation: Shape, borders: Borders) -> None:
    """Raise ValueError if a window is larger than the image with its borders."""
    sizes = tuple(n + sum(b) for n, b in zip(shape_of(x)[-len(kernel) :], borders, strict=True))
    reach = spans(kernel, dilation)
    if any(a > b for a, b in zip(reach, sizes, strict=True)):
        raise fails(
            name,
            expected=f"a window of at most {sizes}, the padded size",
            got=f"one of {reach} (kernel {kernel}, dilation {dilation}) for shape {shape_of(x)}",
            fix="Add padding, or use a smaller kernel.",
        )


# --- settings -----------------------------------------------------------------------------------


def each(name: str, what: str, value: Any, n: int, least: int) -> Shape:
    """One number for each spatial axis, from one for all."""
    items = tuple(value) if isinstance(value, tuple | list) else (value,) * n
    if len(items) != n:
        fix = f"Write e.g. {what}={max(least, 1)}."
        raise fails(name, f"{what} as one number, or {n} of them", shown(value), fix)
    return tuple(integer(name, what, item, least) for item in items)


def check_images(name: str, x: Any, n: int, fits: bool, layout: str, more: str, fix: str) -> None:
    """Raise unless the settings fit and x has n spatial axes, the channels and maybe a batch."""
    if ndim_of(x) not in (n + 1, n + 2) or not fits:
        space = "width" if n == 1 else "height, width"
        expected = f"input (batch, channels, {space}) or (channels, {space}), {layout}"
        raise fails(name, expected, f"input {shape_of(x)}, {more}", fix)


def borders_of(name: str, padding: Any, kernel: Shape, stride: Shape, dilation: Shape) -> Borders:
    """How much to add before and after each spatial axis."""
    n = len(kernel)
    if not isinstance(padding, str):
        return tuple((p, p) for p in each(name, "padding", padding, n, 0))
    if padding == "valid":
        return ((0, 0),) * n
    if padding != "same" or stride != (1,) * n:
        raise fails(
            name,
            expected="padding as numbers, 'valid', or 'same' with stride 1",
            got=f"{padding!r} with stride {stride}",
            fix="For other borders use pad first.",
        )
    totals = [span - 1 for span in spans(kernel, dilation)]
    if any(total % 2 for total in totals):
        raise fails(
            name,
            expected="an odd kernel for padding='same', so that both sides get as much",
            got=f"a kernel of shape {kernel}, dilation {dilation}",
            fix="Use an odd one, or pad first, one more on the side of your choice.",
        )
    return tuple((total // 2, total // 2) for total in totals)


def with_borders(x: Any, borders: Borders, value: float) -> Any:
    """The images in a frame of one value."""
    if not any(map(any, borders)):
        return x
    around = ((0, 0),) * (ndim_of(x) - len(borders)) + borders
    return pad(x, around, constant_values=value)
