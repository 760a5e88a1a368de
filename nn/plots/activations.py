"""Pictures of what comes out of activations, and of how far parameters move."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn.checks import fails
from nn.plots.axes import COLOURS, arrays, axes, colours, edges, legend_beside, text
from nn.plots.histograms import histogram_image, layer_number
from nn.plots.logarithmic import log_lines

__all__ = ["plot_activations", "plot_dead_units", "plot_saturation", "plot_update_ratio"]

GUIDE = 1e-3


def plot_activations(
    statistics: Any, *, layer: str | None = None, ax: Any = None, **style: Any
) -> Any:
    """The histogram of a layer's outputs at each step as a column of colours, and their mean.

    Args:
        statistics: an ``ActivationStatistics``, or its ``to_dict()``.
        layer: its name; by default the first.
        ax: matplotlib axes to draw on; new ones by default.
        style: for ``ax.pcolormesh``.

    Raises:
        ValueError: nothing was recorded, or no such layer.
        TypeError: something else than a record of activations.
    """
    table = arrays("plot_activations", statistics, "histogram", "bins", "mean")
    k = layer_number("plot_activations", table, layer)
    ax = axes(ax)
    histogram_image(ax, table, k, "share of outputs (white: none)", **style)
    mean = np.clip(table["mean"][:, k], table["bins"][0], table["bins"][-1])
    ax.plot(table["steps"], mean, color="#d55e00", label="mean")
    ax.set_ylabel("output")
    ax.set_title(f"Outputs of {text(table['names'][k])}")
    ax.legend(loc="upper right", fontsize="small")
    return ax


def plot_saturation(statistics: Any, *, ax: Any = None, **style: Any) -> Any:
    """The share of saturated outputs (solid) and of dead units (dashed) of each layer over steps.

    Args:
        statistics: an ``ActivationStatistics``, or its ``to_dict()``.
        ax: matplotlib axes to draw on; new ones by default.
        style: of the lines, for ``ax.plot``.

    Raises:
        ValueError: nothing was recorded, or no layer that can be saturated or dead.
        TypeError: something else than a record of activations.
    """
    table = arrays("plot_saturation", statistics, "saturated", "dead")
    curves = [
        (f"{text(name)}: {word}", table[column][:, k], line)
        for k, name in enumerate(table["names"])
        for column, word, line in (("saturated", "saturated", "-"), ("dead", "dead", "--"))
        if not np.isnan(table[column][:, k]).all()
    ]
    if not curves:
        got = ", ".join(table["names"])
        raise fails("plot_saturation", "a layer of tanh, sigmoid or ReLU", got, "")
    ax = axes(ax)
    style = {"marker": "." if len(table["steps"]) < 3 else None, **style}
    for (label, values, line), colour in zip(curves, colours(len(curves)), strict=True):
        ax.plot(table["steps"], values, **{"ls": line, "color": colour, "label": label, **style})
    ax.set_ylim(-0.02, 1.02)
    ax.set_xlabel("step")
    ax.set_ylabel("share")
    ax.set_title("Saturated and dead")
    legend_beside(ax)
    return ax


def plot_dead_units(statistics: Any, *, ax: Any = None, **style: Any) -> Any:
    """Which units of the ReLU layers are dead at which step: a row of cells for each unit.

    Args:
        statistics: an ``ActivationStatistics``, or its ``to_dict()``.
        ax: matplotlib axes to draw on; new ones by default.
        style: for ``ax.pcolormesh``.

    Raises:
        ValueError: nothing was recorded, or no ReLU.
        TypeError: something else than a record of activations.
    """
    from_record = arrays("plot_dead_units", statistics, "dead_units")
    units, steps = from_record["dead_units"], from_record["steps"]
    if not units:
        got = ", ".join(from_record["names"])
        raise fails("plot_dead_units", "a ReLU layer", got, "Only ReLUs die.")
    ax = axes(ax)
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch

    live, dead = "#dbe9f4", "#222222"
    cells = np.concatenate(list(units.values()), axis=1)
    ends = np.cumsum([array.shape[1] for array in units.values()])
    style = {"cmap": ListedColormap([live, dead]), "vmin": 0, "vmax": 1, **style}
    rows = np.arange(cells.shape[1] + 1)
    ax.pcolormesh(edges(steps), rows, cells.T.astype(float), **style)
    for end in ends[:-1]:
        ax.axhline(end, color=COLOURS[1], lw=1)
    middles = ends - np.diff([0, *ends]) / 2
    ax.set_yticks(middles, [f"{text(name)} ({array.shape[1]})" for name, array in units.items()])
    ax.tick_params(axis="y", length=0)
    ax.invert_yaxis()
    ax.set_xlabel("step")
    ax.set_ylabel("layer (units)")
    ax.set_title("Dead units")
    legend_beside(
        ax,
        [
            Patch(facecolor=dead, edgecolor="#666666", label="0 for every example"),
            Patch(facecolor=live, edgecolor="#666666", label="alive"),
        ],
    )
    return ax


def plot_update_ratio(ratio: Any, *, ax: Any = None, **style: Any) -> Any:
    """``std(update) / std(data)`` of each layer over the steps, with the guide line at 1e-3.

    Args:
        ratio: an ``UpdateRatio``, or its ``to_dict()``.
        ax: matplotlib axes to draw on; new ones by default.
        style: of the lines, for ``ax.plot``.

    Raises:
        ValueError: nothing was recorded.
        TypeError: something else than a record of updates.
    """
    table = arrays("plot_update_ratio", ratio, "ratio")
    ax = axes(ax)
    values = np.asarray(table["ratio"], dtype=float)
    special = {"zero": values == 0, "NaN or infinite": ~np.isfinite(values)}
    ax.axhline(GUIDE, color="#555555", ls="--", lw=1, label=f"{GUIDE:g}, rule of thumb")
    log_lines(ax, table["steps"], table["names"], values, special, **style)
    bottom, top = ax.get_ylim()
    ax.set_ylim(min(bottom, GUIDE / 3), max(top, GUIDE * 3))
    ax.set_ylabel("std(update) / std(data)")
    ax.set_title("Update-to-data ratio")
    return ax
