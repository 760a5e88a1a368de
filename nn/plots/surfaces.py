"""Slices of a loss surface, with the paths of optimisers on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nn.checks import fails
from nn.plots.axes import COLOURS, axes, check_result, legend_below, text

__all__ = ["plot_loss_surface"]


def plot_loss_surface(
    surface: Any, *, paths: Any = None, ax: Any = None, levels: int = 20, **style: Any
) -> Any:
    """The loss in a plane as contours, or along a line as a curve; and paths on it.

    The levels of the contours are evenly spread, or by their logarithms if the losses are of very
    different size.  Where the loss is NaN or infinite, the plane is hatched.

    Args:
        surface: a ``LossSurface``, of ``loss_surface`` or ``landscape``.
        paths: arrays of shape (steps, 2), by name in a dictionary, or a single one: points of the
            plane, such as ``surface.project(path.states)``. They begin at a ring and end at a star.
        ax: matplotlib axes to draw on; new ones by default.
        levels: about how many contours.
        style: for ``ax.contourf``, or of the curve for ``ax.plot``.

    Raises:
        TypeError: something else than a surface.
        ValueError: paths of another shape, or paths on a line.
    """
    wanted = "a LossSurface, of nn.loss_surface or landscape"
    check_result("plot_loss_surface", surface, wanted, "a", "b", "losses", "center")
    paths = {} if paths is None else paths if isinstance(paths, Mapping) else {"path": paths}
    paths = {name: np.asarray(path, dtype=float) for name, path in paths.items()}
    for name, path in paths.items():
        if surface.b is None or path.ndim != 2 or path.shape[1] != 2:
            plane = "a plane" if surface.b is None else "paths of shape (steps, 2)"
            got = "a line" if surface.b is None else f"{name} of shape {path.shape}"
            raise fails("plot_loss_surface", plane, got, "")
    ax = axes(ax)
    of_model = surface.center is not None
    if surface.b is None:
        finite = np.where(np.isfinite(surface.losses), surface.losses, np.nan)
        ax.plot(surface.a, finite, **{"color": COLOURS[0], **style})
        ax.set_xlabel("along the direction")
        ax.set_ylabel("loss")
        ax.set_title("Loss along a line")
        return ax
    _contours(ax, surface, levels, style)
    for (name, path), colour in zip(paths.items(), _endless(len(paths)), strict=True):
        # White below the line, so that it is seen on light and on dark.
        ax.plot(*path.T, color="white", lw=2.6, alpha=0.8)
        ax.plot(*path.T, color=colour, lw=1.3, marker=".", ms=3, label=text(name))
        there = path[np.isfinite(path).all(axis=1)]
        ax.plot(*there[0], "o", mfc="white", mec=colour, ms=7)
        ax.plot(*there[-1], "*", color=colour, mec="white", ms=12)
    ax.set_xlim(surface.a[0], surface.a[-1])
    ax.set_ylim(surface.b[0], surface.b[-1])
    ax.set_xlabel("along the first direction" if of_model else "x")
    ax.set_ylabel("along the second direction" if of_model else "y")
    ax.set_title("Loss surface")
    legend_below(ax)
    return ax


def _endless(n: int) -> list[str]:
    # Not on green and blue: the colours of the surface are these.
    chosen = ("#d55e00", "#cc79a7", "#000000", "#e69f00", "#7b1fa2", "#0072b2")
    return [chosen[k % len(chosen)] for k in range(n)]


def _contours(ax: Any, surface: Any, levels: int, style: dict[str, Any]) -> None:
    from matplotlib.colors import LogNorm
    from matplotlib.ticker import LogFormatterSciNotation, LogLocator, MaxNLocator

    losses = np.ma.masked_invalid(surface.losses)
    if losses.count():
        low, high = float(losses.min()), float(losses.max())
        spread = low >= 0 and high > 100 * np.quantile(losses.compressed(), 0.1) and high > 0
        if spread:
            low = max(low, high * 1e-6)
            losses = np.ma.maximum(losses, low / 2)  # below all levels, but not 0
            steps: Any = np.geomspace(low, high, levels + 1)
            style = {"norm": LogNorm(low, high), "extend": "min", **style}
        else:
            steps = MaxNLocator(levels).tick_values(low, high if high > low else low + 1)
        image = ax.contourf(surface.a, surface.b, losses, steps, **{"cmap": "viridis", **style})
        ax.contour(surface.a, surface.b, losses, steps, colors="white", linewidths=0.3, alpha=0.5)
        ticks = {"ticks": LogLocator(), "format": LogFormatterSciNotation()} if spread else {}
        ax.figure.colorbar(image, ax=ax, label="loss", **ticks)
    if losses.mask.any():
        ax.patch.set(facecolor="#eeeeee", hatch="//", edgecolor="#d55e00")
        ax.plot([], [], "s", ms=9, mfc="#eeeeee", mec="#d55e00", label="NaN or infinite")
