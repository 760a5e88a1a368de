"""Curves over the epochs of training, and over learning rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nn.plots.axes import COLOURS, axes, legend_below

__all__ = ["plot_learning_curve", "plot_lr_range_test"]


def plot_learning_curve(history: Mapping[str, Sequence[float]], *, ax: Any = None) -> Any:
    """Loss (left axis, logarithmic) and accuracies (right axis) over the epochs.

    Args:
        history: a sequence per curve, one number per epoch. Names with "accuracy" go right.
        ax: matplotlib axes to draw on; new ones by default.
    """
    ax = axes(ax)
    right = None
    for index, (name, values) in enumerate(history.items()):
        colour = COLOURS[index % len(COLOURS)]
        epochs = range(1, len(values) + 1)
        if "accuracy" in name:
            right = right or ax.twinx()
            right.plot(epochs, values, "--", color=colour, label=name)
        else:
            ax.plot(epochs, values, color=colour, label=name)
    ax.set_xlabel("epoch")
    ax.set_ylabel("loss")
    ax.set_yscale("log")
    low, high = ax.get_ylim()
    ax.yaxis.set_major_formatter("{x:g}")  # 0.01 rather than a power of ten
    ax.yaxis.set_minor_formatter("{x:g}" if high < 10 * low else "")
    handles = ax.get_legend_handles_labels()[0]
    if right is not None:
        right.set_ylabel("accuracy")
        right.set_ylim(0, 1.02)
        handles += right.get_legend_handles_labels()[0]
    legend_below(ax, handles)
    ax.set_title("Learning curve")
    return ax


def plot_lr_range_test(test: Any, *, ax: Any = None, **style: Any) -> Any:
    """The loss over the learning rate: each batch, the running mean, and what it suggests.

    Args:
        test: what ``lr_range_test`` returned.
        ax: matplotlib axes to draw on; new ones by default.
        style: of the line of the running mean, for ``ax.plot``.
    """
    ax = axes(ax)
    finite = np.isfinite(test.losses)
    raw = np.where(finite, test.losses, np.nan)
    ax.plot(test.rates, raw, color="#9e9e9e", lw=0.8, label="loss of a batch")
    ax.plot(test.rates, test.smoothed, **{"color": COLOURS[0], "label": "running mean", **style})
    if np.isfinite(test.suggestion):
        label = f"suggestion: {test.suggestion:.2g}"
        ax.axvline(test.suggestion, color=COLOURS[2], ls="--", label=label)
    smooth = test.smoothed[np.isfinite(test.smoothed)]
    if smooth.size:
        # The loss at the end may be astronomical; what matters is before that.
        low, high = smooth.min(), max(smooth[0], np.median(smooth))
        span = (high - low) or abs(high) or 1.0
        ax.set_ylim(low - 0.1 * span, high + 0.6 * span)
    if test.diverged:
        ax.axvspan(test.rates[-1], test.rates[-1] * 1.5, color=COLOURS[1], alpha=0.3, lw=0,
                   label="diverged")  # fmt: skip
    ax.set_xscale("log")
    ax.set_xlabel("learning rate")
    ax.set_ylabel("loss")
    ax.set_title("Learning-rate range test")
    ax.legend(loc="best", fontsize="small")
    return ax
