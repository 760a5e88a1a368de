"""Pictures of the gradients of each layer over the steps of training."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn.checks import fails
from nn.plots.axes import arrays, axes, text
from nn.plots.histograms import histogram_image, layer_number
from nn.plots.logarithmic import log_image, log_lines

__all__ = ["plot_gradient_flow", "plot_gradient_heatmap", "plot_gradient_histogram"]

_NEEDED = ("median", "low", "high", "none", "nonfinite", "size")


def _special(flow: dict[str, Any]) -> dict[str, Any]:
    """Which (step, layer) cannot be shown as a number, and why."""
    return {
        "zero": np.asarray(flow["median"]) == 0,
        "no gradient": np.asarray(flow["none"]) == flow["size"],
        "NaN or infinite": np.asarray(flow["nonfinite"]) > 0,
    }


def plot_gradient_flow(flow: Any, *, ax: Any = None, **style: Any) -> Any:
    """The median of ``|grad|`` of each layer as a line in a band from the 5% to the 95% quantile.

    On a logarithmic axis, over the steps.  A median of exactly 0, no gradient, and gradients that
    are NaN or infinite are marked at the bottom, in a row for each layer that has such steps.

    Args:
        flow: a ``GradientFlow``, or its ``to_dict()``.
        ax: matplotlib axes to draw on; new ones by default.
        style: of the lines, for ``ax.plot``.

    Raises:
        ValueError: nothing was recorded.
        TypeError: something else than a record of gradients.
    """
    flow = arrays("plot_gradient_flow", flow, *_NEEDED)
    ax = axes(ax)
    low, median, high = (np.asarray(flow[name], dtype=float) for name in ("low", "median", "high"))
    log_lines(ax, flow["steps"], flow["names"], median, _special(flow), (low, high), **style)
    ax.set_ylabel("|gradient|: median, 5% to 95%")
    ax.set_title("Gradient flow")
    return ax


def plot_gradient_heatmap(flow: Any, *, ax: Any = None, **style: Any) -> Any:
    """The median of ``|grad|`` as a colour, layer by step; the first layer is at the top.

    Zeros, missing gradients and NaNs have colours of their own, named below the axes.

    Args:
        flow: a ``GradientFlow``, or its ``to_dict()``.
        ax: matplotlib axes to draw on; new ones by default.
        style: for ``ax.pcolormesh``.

    Raises:
        ValueError: nothing was recorded.
        TypeError: something else than a record of gradients.
    """
    flow = arrays("plot_gradient_heatmap", flow, *_NEEDED)
    ax = axes(ax)
    image = log_image(ax, flow["steps"], np.asarray(flow["median"]), _special(flow), **style)
    names = flow["names"]
    ticks = range(0, len(names), 1 + (len(names) - 1) // 24)
    ax.set_yticks(ticks, [text(names[k]) for k in ticks])
    ax.invert_yaxis()
    ax.set_xlabel("step")
    ax.set_ylabel("layer")
    ax.set_title("Gradient flow, layer by layer")
    ax.figure.colorbar(image, ax=ax, label="median of |gradient|")
    return ax


def plot_gradient_histogram(
    flow: Any, *, layer: str | None = None, ax: Any = None, **style: Any
) -> Any:
    """The histogram of a layer's ``|grad|`` at each step as a column of colours, and the median.

    Gradients that are exactly 0 are in no bin: a column that is white had no other.

    Args:
        flow: a ``GradientFlow`` with ``bins``, or its ``to_dict()``.
        layer: its name; by default the first.
        ax: matplotlib axes to draw on; new ones by default.
        style: for ``ax.pcolormesh``.

    Raises:
        ValueError: nothing was recorded, no histograms, or no such layer.
        TypeError: something else than a record of gradients.
    """
    what = "plot_gradient_histogram"
    table = arrays(what, flow, *_NEEDED, "histogram", "bins")
    if table["bins"] is None:
        fix = "Write GradientFlow(model, bins=True)."
        raise fails(what, "a record with histograms", "one without", fix)
    k = layer_number(what, table, layer)
    ax = axes(ax)
    histogram_image(ax, table, k, "share of gradients (white: none)", **style)
    median = np.asarray(table["median"], dtype=float)[:, k]
    ax.plot(table["steps"], np.where(median > 0, median, np.nan), color="#d55e00", label="median")
    ax.set_yscale("log")
    ax.set_ylabel("|gradient|")
    ax.set_title(f"Gradients of {text(table['names'][k])}")
    ax.legend(loc="upper right", fontsize="small")
    return ax
