"""Curves over the epochs of training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nn.plots.axes import COLOURS, axes

__all__ = ["plot_learning_curve"]


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
    handles, labels = ax.get_legend_handles_labels()
    if right is not None:
        right.set_ylabel("accuracy")
        right.set_ylim(0, 1.02)
        more = right.get_legend_handles_labels()
        handles, labels = handles + more[0], labels + more[1]
    ax.legend(handles, labels, loc="center right", frameon=False)
    ax.set_title("Learning curve")
    return ax
