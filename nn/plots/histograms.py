"""Histograms over time: a column of colours for each step."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn.checks import fails
from nn.plots.axes import edges

__all__ = ["histogram_image", "layer_number"]


def layer_number(what: str, table: dict[str, Any], layer: str | None) -> int:
    """The place of a layer by its name; the first by default."""
    names = table["names"]
    if layer is not None and layer not in names:
        raise fails(what, f"a layer among {', '.join(names)}", repr(layer), "")
    return 0 if layer is None else names.index(layer)


def histogram_image(ax: Any, table: dict[str, Any], layer: int, label: str, **style: Any) -> None:
    """The shares of a layer's numbers in the bins, one column for each step.

    Args:
        ax: the axes.
        table: a record with "histogram", "bins" and "steps".
        layer: its place among the names.
        label: what the colours mean.
        style: for ``pcolormesh``.
    """
    from matplotlib.colors import LogNorm

    counts, bins = table["histogram"][:, layer], table["bins"]
    share = np.ma.masked_equal(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1), 0)
    if share.count():  # logarithmic, as most numbers may be in a single bin
        style = {"norm": LogNorm(max(share.min(), 1e-4), max(share.max(), 1e-3)), **style}
    style = {"cmap": "viridis", **style}
    image = ax.pcolormesh(edges(table["steps"]), bins, share.T, **style)
    used = np.flatnonzero(counts.sum(axis=0))
    if used.size:
        ax.set_ylim(bins[used[0]], bins[used[-1] + 1])
    ax.set_xlabel("step")
    ax.figure.colorbar(image, ax=ax, label=label)
