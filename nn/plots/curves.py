"""Curves over the epochs of training, and over learning rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nn.plots.axes import COLOURS, axes, check_result, legend_below, text

__all__ = ["plot_learning_curve", "plot_lr_range_test"]


# Metrics of which more is better, and that are not seen beside a loss on a logarithmic axis.
_SCORES = ("accuracy", "precision", "recall", "f1", "r2")


def plot_learning_curve(history: Mapping[str, Sequence[float]], *, ax: Any = None) -> Any:
    """Losses (left axis) and accuracies or other scores (right axis) over the epochs.

    The left axis is logarithmic, unless there are losses of 0 or below.

    Args:
        history: a sequence per curve, one number per epoch; also a ``nn.training.History``. Names
            with "accuracy", "precision", "recall", "f1" or "r2" go right; "lr" is left out.
        ax: matplotlib axes to draw on; new ones by default.

    Raises:
        TypeError: something else than a history.
    """
    check_result("plot_learning_curve", history, "a history of curves by name", "items")
    ax = axes(ax)
    from matplotlib.ticker import MaxNLocator

    curves = {name: x for name, x in history.items() if name != "lr"}
    scores = [name for name in curves if any(word in name for word in _SCORES)]
    right = ax.twinx() if scores else None
    for index, (name, values) in enumerate(curves.items()):
        epochs = range(1, len(values) + 1)
        style = {"marker": "." if len(values) == 1 else None, "label": text(name)}
        on = right if right is not None and name in scores else ax
        colour = COLOURS[index % len(COLOURS)]
        on.plot(epochs, values, "--" if name in scores else "-", color=colour, **style)
    ax.set_xlabel("epoch")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    if max(map(len, curves.values()), default=0) == 1:
        ax.set_xlim(0.5, 1.5)
    ax.set_ylabel("loss")
    losses = [x for line in ax.lines for x in line.get_ydata()]
    if not any(x <= 0 for x in losses):
        ax.set_yscale("log")
        low, high = ax.get_ylim()
        ax.yaxis.set_major_formatter("{x:g}")  # 0.01 rather than a power of ten
        ax.yaxis.set_minor_formatter("{x:g}" if high < 10 * low else "")
    handles = ax.get_legend_handles_labels()[0]
    if right is not None:
        right.set_ylabel("accuracy" if all("accuracy" in name for name in scores) else "score")
        low, high = right.get_ylim()
        right.set_ylim(min(0, low), max(1.02, high))  # 1 is perfect; but somebody counts in percent
        handles += right.get_legend_handles_labels()[0]
    legend_below(ax, handles, "best" if right is None else _freest(ax, right))
    ax.set_title("Learning curve")
    return ax


def _freest(*both: Any) -> str:
    """In which ninth of the picture there is the least of the lines of two axes.

    ("best" for a legend looks at the lines of its own axes alone.)
    """
    drawn = [
        line.get_transform().transform_path(line.get_path().interpolated(50)).vertices
        for ax in both
        for line in ax.lines
    ]
    x, y = both[0].transAxes.inverted().transform(np.concatenate(drawn)).T
    counts = np.histogram2d(x, y, bins=3, range=[[0, 1], [0, 1]])[0]
    column, row = np.unravel_index(counts.argmin(), counts.shape)
    if column == row == 1:
        return "center"
    return f"{('lower', 'center', 'upper')[row]} {('left', 'center', 'right')[column]}"


def plot_lr_range_test(test: Any, *, ax: Any = None, **style: Any) -> Any:
    """The loss over the learning rate: each batch, the running mean, and what it suggests.

    Args:
        test: what ``lr_range_test`` returned.
        ax: matplotlib axes to draw on; new ones by default.
        style: of the line of the running mean, for ``ax.plot``.

    Raises:
        TypeError: something else than such a result.
    """
    wanted = "what nn.lr_range_test returned"
    check_result("plot_lr_range_test", test, wanted, "rates", "losses", "smoothed", "suggestion")
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
