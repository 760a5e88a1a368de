"""Numbers over many orders of magnitude, for each layer and step: lines, and a map of colours.

What is not a positive number has no place on a logarithmic axis, and would be missing in silence.
It gets a mark or a colour of its own, and a line in the legend.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nn.plots.axes import colours, edges, legend_below, legend_beside, text

__all__ = ["SPECIAL", "log_image", "log_lines"]

# Marker, and colour of a cell.
SPECIAL = {
    "zero": ("o", "#ffffff"),
    "no gradient": ("x", "#bdbdbd"),
    "NaN or infinite": ("*", "#d55e00"),
}


def log_lines(
    ax: Any,
    steps: Any,
    names: list[str],
    values: Any,
    special: dict[str, Any],
    band: tuple[Any, Any] | None = None,
    **style: Any,
) -> None:
    """A line for each layer, in a band if given; marks at the bottom, a row for each layer.

    Args:
        ax: the axes.
        steps: the numbers of the steps, shape (steps,).
        names: of the layers.
        values: shape (steps, layers).
        special: where there is no positive number, by the names in ``SPECIAL``: arrays of bool.
        band: the lower and upper ends, arrays of that shape.
        style: of the lines, for ``ax.plot``.
    """
    low, high = (values, values) if band is None else band
    positive = np.concatenate([x[np.isfinite(x) & (x > 0)] for x in (low, values, high)])
    floor, top = (positive.min(), positive.max()) if positive.size else (0.1, 1.0)
    floor, top = floor / 1.5, top * 1.5
    marked = [k for k in range(len(names)) if any(mask[:, k].any() for mask in special.values())]
    # The rows of marks take the lower part of the axes, below all numbers.
    share = min(0.05 * len(marked) + 0.02, 0.5) if marked else 0.0
    bottom = floor * (floor / top) ** (share / (1 - share))
    bottom = max(bottom, 1e-300)  # an axis cannot begin at the 0 that smaller ones become

    style = {"marker": "." if len(steps) < 3 else None, **style}
    palette = colours(len(names))
    # Of many layers, whose colours are a scale, some stand for all.
    named = range(0, len(names), 1 + (len(names) - 1) // 12)
    for k, (name, colour) in enumerate(zip(names, palette, strict=True)):
        line = np.where((values[:, k] > 0) & np.isfinite(values[:, k]), values[:, k], np.nan)
        label = text(name) if k in named else "_"
        ax.plot(steps, line, **{"color": colour, "label": label, "zorder": 3, **style})
        if band is not None:
            # An end of the band at 0 is below all that can be shown.
            lower = np.where(low[:, k] == 0, floor, low[:, k])
            upper = np.where(high[:, k] == 0, np.nan, high[:, k])
            ax.fill_between(steps, lower, upper, color=colour, alpha=0.15, lw=0)
    handles = ax.get_legend_handles_labels()[0]
    handles += _marks(ax, steps, special, marked, palette, share)
    ax.set_yscale("log")
    ax.set_ylim(bottom, top)
    if len(steps) > 1:
        ax.set_xlim(steps[0], steps[-1])
    ax.set_xlabel("step")
    legend_beside(ax, handles)


def _marks(
    ax: Any, steps: Any, special: dict[str, Any], marked: list[int], palette: Any, share: float
) -> list[Any]:
    """A row of marks for each of some layers, at the bottom; returns what explains them."""
    from matplotlib.lines import Line2D

    handles = []
    for name, mask in special.items():
        look: dict[str, Any] = {"marker": SPECIAL[name][0], "ls": "", "ms": 4}
        hollow: dict[str, Any] = {"mfc": "white"} if name == "zero" else {}
        for row, k in enumerate(marked):
            there = steps[mask[:, k]]
            if not len(there):  # an empty line that is not clipped would lie at the figure's corner
                continue
            height = np.full(len(there), share * (row + 0.5) / len(marked))
            bottom = {"transform": ax.get_xaxis_transform(), "clip_on": False}
            ax.plot(there, height, **look, **hollow, **bottom, color=palette[k])
        if mask.any():
            handles.append(Line2D([], [], **look, **hollow, color="#444444", label=name))
    return handles


def log_image(ax: Any, steps: Any, values: Any, special: dict[str, Any], **style: Any) -> Any:
    """Cells of (step, layer), coloured by the logarithm of ``values``; returns the image.

    Args:
        ax: the axes.
        steps: the numbers of the steps, shape (steps,).
        values: shape (steps, layers); those that are not positive are left out.
        special: which cells are special, by the names in ``SPECIAL``: arrays of bool of that shape.
        style: for ``pcolormesh``.
    """
    from matplotlib.colors import ListedColormap, LogNorm
    from matplotlib.patches import Patch

    x, y = edges(steps), np.arange(values.shape[1] + 1) - 0.5
    shown = np.ma.masked_where(~(np.isfinite(values) & (values > 0)), values)
    for mask in special.values():
        shown = np.ma.masked_where(mask, shown)
    # One decade at least, or rounding errors would look like differences.
    low, high = (shown.min(), shown.max()) if shown.count() else (0.1, 1.0)
    low, high = min(low, high / 3), max(high, low * 3)
    image = ax.pcolormesh(x, y, shown.T, **{"cmap": "viridis", "norm": LogNorm(low, high), **style})
    handles = []
    for name, mask in special.items():
        if mask.any():
            colour = SPECIAL[name][1]
            cells = np.ma.masked_where(~mask, np.ones(mask.shape)).T
            ax.pcolormesh(x, y, cells, cmap=ListedColormap([colour]))
            handles.append(Patch(facecolor=colour, edgecolor="#666666", label=name))
    legend_below(ax, handles)
    return image
