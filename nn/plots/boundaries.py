"""Where a classifier changes its mind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nn.checks import fails, whole
from nn.diagnostics.boundaries import class_grid, neuron_grids
from nn.plots.axes import COLOURS, axes, text

__all__ = ["plot_decision_boundary", "plot_neurons"]


def plot_decision_boundary(
    model: Callable[[Sequence[float]], Any], X: Any, y: Any, *, ax: Any = None, steps: int = 80
) -> Any:
    """Which class the model gives to each point of the plane, and the data on top.

    Args:
        model: maps two numbers to one score, or to a list with one score per class.
        X: the examples, shape (n, 2).
        y: their classes, whole numbers from 0, shape (n,).
        ax: matplotlib axes to draw on; new ones by default.
        steps: the model is evaluated on ``steps`` x ``steps`` points, without recording.

    Raises:
        TypeError: a model that cannot be called.
        ValueError: ``X`` does not have two features, or is not finite; fewer than 2 steps.
    """
    what = "plot_decision_boundary"
    if not callable(model):
        raise fails(what, "a model", f"{model!r:.80}", "Give what is called, model.", TypeError)
    X, y = _examples(what, X, y)
    xs, ys = _around(X, whole(f"{what}: steps", steps, 2))
    regions = class_grid(model, xs, ys)
    ax = axes(ax)
    classes = range(int(max(y.max(), regions.max())) + 1)
    colours = [COLOURS[c % len(COLOURS)] for c in classes]
    for c in classes:
        inside = regions == c  # one class at a time, or there would be a strip of 1 between 0 and 2
        if inside.any():
            ax.contourf(xs, ys, inside, levels=[0.5, 1.5], colors=[colours[c]], alpha=0.2)
    for c in classes:  # after all regions, so that none covers a point on the wrong side
        label = f"class {c}"
        ax.scatter(*X[y == c].T, s=18, color=colours[c], edgecolor="white", lw=0.6, label=label)
    ax.legend(frameon=False, loc="upper right")
    ax.set_title("Decision boundary")
    return ax


def _examples(what: str, X: Any, y: Any) -> tuple[Any, Any]:
    """Points of the plane and their classes, checked."""
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if X.ndim != 2 or X.shape[1] != 2:
        raise fails(
            what,
            "X of shape (n, 2)",
            f"{X.shape}",
            "A plane has two coordinates: choose two features.",
        )
    if not np.isfinite(X).all():
        raise fails(what, "finite X", "NaN or infinity in it", "Drop or fill in these examples.")
    if y.shape != (len(X),) or not len(X) or y.dtype.kind not in "biu" or y.min() < 0:
        raise fails(
            what,
            f"a class 0, 1, ... for each of {len(X)} examples (at least one)",
            f"y of shape {y.shape} and dtype {y.dtype} with values {np.unique(y)[:5].tolist()}",
            "From signs -1 and 1, use (y + 1) // 2.",
        )
    return X, y


def _around(X: Any, steps: int) -> tuple[Any, Any]:
    """The coordinates of a grid with all examples in it."""
    low, high = X.min(axis=0), X.max(axis=0)
    margin = 0.12 * (high - low) + 1e-9
    xs, ys = (np.linspace(low[i] - margin[i], high[i] + margin[i], steps) for i in (0, 1))
    return xs, ys


def plot_neurons(
    model: Any,
    X: Any,
    y: Any,
    *,
    layers: Sequence[str] | None = None,
    ax: Any = None,
    steps: int = 40,
    columns: int = 8,
    **style: Any,
) -> Any:
    """What each hidden neuron makes of the plane: a small picture for each, row by row of layers.

    The colour is the output, from negative (purple) to positive (orange), on a scale of its own for
    each layer, white at 0. The line is where it is 0, or for a sigmoid one half: there the neuron
    is undecided. A neuron that is the same everywhere says so.

    Args:
        model: a Module of tensors that takes points of shape (n, 2), or ``nn.MLP`` of two inputs.
        X: the examples, shape (n, 2).
        y: their classes, whole numbers from 0, shape (n,).
        layers: names of layers, as for ``nn.diagnostics.activations_of``.
        ax: matplotlib axes that become the frame of the small ones; new ones by default.
        steps: each picture has ``steps`` x ``steps`` points.
        columns: how many pictures stand in a row.
        style: for ``pcolormesh``.

    Raises:
        ValueError: ``X`` does not have two features, or is not finite; a model without
            activations; fewer than 2 steps, or no columns.
    """
    X, y = _examples("plot_neurons", X, y)
    whole("plot_neurons: columns", columns, 1)
    xs, ys = _around(X, whole("plot_neurons: steps", steps, 2))
    grids = neuron_grids(model, xs, ys, layers)
    rows = [(name, k) for name, g in grids.items() for k in range(0, len(g), columns)]
    ax = axes(ax)
    ax.set_axis_off()
    wide, high = 0.94 / columns, 1.0 / len(rows)
    tall = max(high - 0.06, 0.6 * high)  # the rest is for its title
    for i, (name, begin) in enumerate(rows):
        grid = grids[name]
        limit = max(float(np.abs(grid).max()), 1e-12)
        bottom = 1 - (i + 1) * high
        for j, neuron in enumerate(grid[begin : begin + columns]):
            small = ax.inset_axes((0.06 + j * wide, bottom, 0.92 * wide, tall))
            look = {"cmap": "PuOr_r", "vmin": -limit, "vmax": limit, "rasterized": True, **style}
            small.pcolormesh(xs, ys, neuron, **look)
            middle = 0.5 if grid.min() > 0 and grid.max() < 1 else 0.0
            edge = middle + 1e-3 * limit  # a ReLU is 0 in a whole region
            if neuron.min() < edge < neuron.max():
                small.contour(xs, ys, neuron, levels=[edge], colors="#222222", linewidths=0.8)
            for c in np.unique(y).tolist():
                small.scatter(*X[y == c].T, s=2, lw=0, alpha=0.6, color=COLOURS[c % len(COLOURS)])
            same = np.ptp(neuron) == 0
            small.set_title(f"{begin + j}" + (" (same)" if same else ""), fontsize=7, pad=2)
            small.set(xticks=[], yticks=[])
        middle_of_row = bottom + tall / 2
        ax.text(0.045, middle_of_row, text(name), rotation=90, ha="right", va="center", fontsize=8)
    scale = "" if "cmap" in style else ": purple below 0, orange above"
    ax.set_title(f"What each neuron sees{scale}")
    return ax
