"""Rows about convolution and pooling; NumPy's part is written out with explicit windows."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from array_row import ArrayRow

from autograd.ops import convolutions, pooling, sliding

RNG = np.random.default_rng(4)
IMAGES = RNG.normal(size=(2, 4, 5, 6))
SEQUENCES = RNG.normal(size=(2, 4, 7))


def nn() -> Any:
    """PyTorch's functions, imported only where a row is compared with them."""
    return importlib.import_module("torch.nn.functional")


def pairs(value: Any, n: int) -> tuple[int, ...]:
    return (value,) * n if isinstance(value, int) else tuple(value)


def slow_windows(x: Any, kernel: Any, stride: Any, padding: Any, dilation: Any, border: Any) -> Any:
    """Windows cut out one by one: (batch, channels, *positions, *places)."""
    n = len(kernel)
    if padding == "same":
        widths = [((d * (k - 1)) // 2, d * (k - 1) - d * (k - 1) // 2) for k, d in
                  zip(kernel, dilation, strict=True)]  # fmt: skip
    else:
        widths = [(p, p) for p in pairs(0 if padding == "valid" else padding, n)]
    x = np.pad(x, [(0, 0), (0, 0), *widths], constant_values=border)
    counts = [
        (m - d * (k - 1) - 1) // s + 1
        for m, k, s, d in zip(x.shape[2:], kernel, stride, dilation, strict=True)
    ]
    out = np.empty((*x.shape[:2], *counts, *kernel))
    for at in np.ndindex(*counts):
        for place in np.ndindex(*kernel):
            where = [a * s + p * d for a, s, p, d in zip(at, stride, place, dilation, strict=True)]
            out[(slice(None), slice(None), *at, *place)] = x[(slice(None), slice(None), *where)]
    return out


def slow_conv(
    x: Any,
    w: Any,
    b: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    n = w.ndim - 2
    stride, dilation = pairs(stride, n), pairs(dilation, n)
    seen = slow_windows(x, w.shape[2:], stride, padding, dilation, 0.0)
    positions = seen.shape[2 : 2 + n]
    # (channels, *places, *positions, batch): one product for all images, to the last bit
    order = (1, *range(2 + n, 2 + 2 * n), *range(2, 2 + n), 0)
    split = () if groups == 1 else (groups,)
    columns = seen.transpose(order).reshape(*split, w[0].size, -1)
    out = np.matmul(w.reshape(*split, len(w) // groups, -1), columns)
    out = np.moveaxis(out.reshape(len(w), *positions, len(x)), -1, 0)
    return out if b is None else out + b.reshape(-1, *(1,) * n)


def slow_pool(
    x: Any, how: Any, kernel: Any, stride: Any, padding: Any, dilation: Any, border: Any
) -> Any:
    seen = slow_windows(x, kernel, stride, padding, dilation, border)
    # Place after place is added, as if each were an image.
    return how(np.moveaxis(seen.reshape(*seen.shape[:4], -1), -1, 0).copy(), axis=0)


CONVOLUTIONS: tuple[tuple[str, tuple[int, ...], bool, dict[str, Any]], ...] = (
    ("conv1d", (3, 4, 3), True, {}),
    ("conv1d", (3, 4, 2), False, {"stride": 2, "padding": 1}),
    ("conv1d", (4, 2, 3), True, {"dilation": 2, "groups": 2}),
    ("conv1d", (3, 4, 3), True, {"padding": "same"}),
    ("conv2d", (3, 4, 3, 2), True, {}),
    ("conv2d", (3, 4, 3, 3), False, {"stride": (2, 1), "padding": (1, 2)}),
    ("conv2d", (6, 2, 2, 3), True, {"dilation": (1, 2), "groups": 2}),
    ("conv2d", (4, 1, 3, 3), True, {"groups": 4, "padding": 1, "stride": 2}),
    ("conv2d", (3, 4, 3, 2), True, {"padding": "same", "dilation": 2}),
    ("conv2d", (3, 4, 1, 1), True, {"padding": "valid"}),
)

ROWS = [
    *(
        ArrayRow(
            f"{name}:ceil {settings}",
            lambda x, n=name, s=settings: getattr(pooling, n)(x, ceil_mode=True, **s),
            (IMAGES,),
            lambda x, n=name, s=settings: ceiled(x, n, **s),
            lambda x, n=name, s=settings: getattr(nn(), n)(x, ceil_mode=True, **s),
        )
        for name, settings in (
            ("max_pool2d", {"kernel_size": 2}),
            ("max_pool2d", {"kernel_size": 3, "stride": 2, "padding": 1}),
            ("max_pool2d", {"kernel_size": 2, "stride": 3, "padding": 1}),
            ("avg_pool2d", {"kernel_size": 4, "stride": 3}),
            ("avg_pool2d", {"kernel_size": 2, "stride": 3, "padding": 1}),
            ("avg_pool2d", {"kernel_size": 2, "padding": 1, "count_include_pad": False}),
            ("avg_pool2d", {"kernel_size": 2, "divisor_override": 3}),
        )
    ),
    *(
        ArrayRow(
            f"{name}:{weight} {settings}",
            lambda *xs, name=name, s=settings: getattr(convolutions, name)(*xs, **s),
            (
                SEQUENCES if name == "conv1d" else IMAGES,
                RNG.normal(size=weight),
                *((RNG.normal(size=weight[0]),) if bias else ()),
            ),
            lambda *xs, s=settings: slow_conv(*xs, **s),
            lambda *xs, name=name, s=settings: getattr(nn(), name)(*xs, **s),
            primitives=("windows", "fold", "matmul"),
        )
        for name, weight, bias, settings in CONVOLUTIONS
    ),
    ArrayRow(
        "conv2d:one image",
        lambda x, w: convolutions.conv2d(x, w, padding=1),
        (IMAGES[0], RNG.normal(size=(3, 4, 3, 3))),
        lambda x, w: slow_conv(x[None], w, padding=1)[0],
        lambda x, w: nn().conv2d(x, w, padding=1),
    ),
    ArrayRow(
        "fold",
        lambda x: sliding.fold(x, (1, 1, 5), (3,), (1,), (2,)),
        (RNG.normal(size=(1, 3, 1, 1)),),
        lambda x: np.array([[[x[0, 0, 0, 0], 0, x[0, 1, 0, 0], 0, x[0, 2, 0, 0]]]]),
        primitives=("fold",),
    ),
    *(
        ArrayRow(
            f"max_pool2d:{kernel} {settings}",
            lambda x, k=kernel, s=settings: pooling.max_pool2d(x, k, **s),
            (IMAGES,),
            lambda x, k=kernel, s=settings: slow_pool(
                x,
                np.max,
                pairs(k, 2),
                pairs(s.get("stride", k), 2),
                s.get("padding", 0),
                pairs(s.get("dilation", 1), 2),
                -np.inf,
            ),
            lambda x, k=kernel, s=settings: nn().max_pool2d(x, k, **s),
            primitives=("max_of_windows", "winners", "at_winners", "to_winners"),
        )
        for kernel, settings in (
            (2, {}),
            ((3, 2), {"stride": 1, "padding": 1}),
            (2, {"stride": (1, 2), "dilation": 2}),
            (1, {"stride": 2}),
        )
    ),
    ArrayRow(
        "max_pool1d",
        lambda x: pooling.max_pool1d(x, 3, stride=2, padding=1),
        (SEQUENCES,),
        lambda x: slow_pool(x[:, :, None], np.max, (1, 3), (1, 2), (0, 1), (1, 1), -np.inf)[
            :, :, 0
        ],
        lambda x: nn().max_pool1d(x, 3, stride=2, padding=1),
    ),
    ArrayRow(
        "avg_pool1d",
        lambda x: pooling.avg_pool1d(x, 3, stride=2, padding=1),
        (SEQUENCES,),
        lambda x: (
            slow_pool(x[:, :, None], np.sum, (1, 3), (1, 2), (0, 1), (1, 1), 0.0)[:, :, 0] / 3
        ),
        lambda x: nn().avg_pool1d(x, 3, stride=2, padding=1),
    ),
    ArrayRow(
        "avg_pool2d:one image",
        lambda x: pooling.avg_pool2d(x, 2),
        (IMAGES[0],),
        lambda x: slow_pool(x[None], np.sum, (2, 2), (2, 2), 0, (1, 1), 0.0)[0] / 4,
        lambda x: nn().avg_pool2d(x, 2),
    ),
    *(
        ArrayRow(
            f"avg_pool2d:{kernel} {settings}",
            lambda x, k=kernel, s=settings: pooling.avg_pool2d(x, k, **s),
            (IMAGES,),
            lambda x, k=kernel, s=settings: (
                slow_pool(
                    x,
                    np.sum,
                    pairs(k, 2),
                    pairs(s.get("stride", k), 2),
                    s.get("padding", 0),
                    (1, 1),
                    0.0,
                )
                / averaged(x, k, s)
            ),
            lambda x, k=kernel, s=settings: nn().avg_pool2d(x, k, **s),
            primitives=("windows", "sum"),
        )
        for kernel, settings in (
            (2, {}),
            ((3, 2), {"stride": 1, "padding": 1}),
            (3, {"stride": 2, "padding": 1, "count_include_pad": False}),
        )
    ),
]


def ceiled(
    x: Any,
    name: str,
    kernel_size: int,
    stride: int | None = None,
    padding: int = 0,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """Pooling window by window; the last one may reach beyond the border."""
    stride, k = stride or kernel_size, kernel_size
    sizes = [n + 2 * padding for n in x.shape[2:]]
    starts = [
        [i for i in range(0, n, stride) if i < n - padding and (i - stride + k < n or i == 0)]
        for n in sizes
    ]
    border = -np.inf if name == "max_pool2d" else 0.0
    x = np.pad(x, [(0, 0), (0, 0), (padding, padding + k), (padding, padding + k)],
               constant_values=border)  # fmt: skip
    out = np.empty((*x.shape[:2], *map(len, starts)))
    for at in np.ndindex(out.shape[2:]):
        a, b = starts[0][at[0]], starts[1][at[1]]
        seen = np.moveaxis(x[:, :, a : a + k, b : b + k], (2, 3), (0, 1)).copy()
        seen = seen.reshape(k * k, *x.shape[:2])
        if name == "max_pool2d":
            out[(..., *at)] = seen.max(axis=0)
        else:
            rim = 0 if count_include_pad else padding
            count = divisor_override or np.prod(
                [min(i + k, n - rim) - max(i, rim) for i, n in zip((a, b), sizes, strict=True)]
            )
            out[(..., *at)] = seen.sum(axis=0) / count
    return out


def averaged(x: Any, kernel: Any, settings: Any) -> Any:
    """How many elements each mean is over."""
    if settings.get("count_include_pad", True):
        return np.prod(pairs(kernel, 2))
    stride = pairs(settings["stride"], 2)
    ones = np.ones_like(x)
    return slow_pool(ones, np.sum, pairs(kernel, 2), stride, settings["padding"], (1, 1), 0.0)
