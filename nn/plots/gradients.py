"""Pictures of the gradients of each layer over the steps of training."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn.plots.axes import SPECIAL, arrays, axes, colours, legend_beside, log_image

__all__ = ["plot_gradient_flow", "plot_gradient_heatmap"]

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
    steps, names, special = flow["steps"], flow["names"], _special(flow)
    shown = [np.asarray(flow[name], dtype=float) for name in ("low", "median", "high")]
    positive = np.concatenate([x[np.isfinite(x) & (x > 0)] for x in shown])
    floor, top = (positive.min(), positive.max()) if positive.size else (0.1, 1.0)
    floor, top = floor / 1.5, top * 1.5
    marked = [k for k in range(len(names)) if any(mask[:, k].any() for mask in special.values())]
    # The rows of marks take the lower part of the axes, below all numbers.
    share = min(0.05 * len(marked) + 0.02, 0.5) if marked else 0.0
    bottom = floor * (floor / top) ** (share / (1 - share))

    style = {"marker": "." if len(steps) < 3 else None, **style}
    palette = colours(len(names))
    low, median, high = shown
    for k, (name, colour) in enumerate(zip(names, palette, strict=True)):
        line = np.where(median[:, k] > 0, median[:, k], np.nan)
        ax.plot(steps, line, **{"color": colour, "label": name, "zorder": 3, **style})
        # A quantile of 0 is below all that can be shown.
        lower = np.where(low[:, k] == 0, floor, low[:, k])
        upper = np.where(high[:, k] == 0, np.nan, high[:, k])
        ax.fill_between(steps, lower, upper, color=colour, alpha=0.15, lw=0)
    handles = ax.get_legend_handles_labels()[0]
    handles += _mark(ax, steps, special, marked, palette, share)
    ax.set_yscale("log")
    ax.set_ylim(bottom, top)
    if len(steps) > 1:
        ax.set_xlim(steps[0], steps[-1])
    ax.set_xlabel("step")
    ax.set_ylabel("|gradient|: median, 5% to 95%")
    ax.set_title("Gradient flow")
    legend_beside(ax, handles)
    return ax


def _mark(
    ax: Any, steps: Any, special: dict[str, Any], marked: list[int], palette: Any, share: float
) -> list[Any]:
    """A row of marks for each of some layers, at the bottom; returns what explains them."""
    from matplotlib.lines import Line2D

    handles = []
    for name, mask in special.items():
        marker = SPECIAL[name][0]
        for row, k in enumerate(marked):
            there = steps[mask[:, k]]
            height = np.full(len(there), share * (row + 0.5) / len(marked))
            ax.plot(
                there,
                height,
                marker,
                color=palette[k],
                mfc="white" if marker == "o" else palette[k],
                ms=4,
                clip_on=False,
                transform=ax.get_xaxis_transform(),
            )
        if mask.any():
            handles.append(
                Line2D([], [], ls="", marker=marker, color="#444444", label=name)
                if marker != "o"
                else Line2D([], [], ls="", marker=marker, color="#444444", mfc="w", label=name)
            )
    return handles


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
    ax.set_yticks(range(len(names)), names)
    ax.invert_yaxis()
    ax.set_xlabel("step")
    ax.set_ylabel("layer")
    ax.set_title("Gradient flow, layer by layer")
    ax.figure.colorbar(image, ax=ax, label="median of |gradient|")
    return ax
