"""Where a classifier changes its mind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd import Node, no_grad
from nn.plots.axes import COLOURS, axes

__all__ = ["plot_decision_boundary", "predicted_class"]


def number(output: Any) -> float:
    """A network's output, node or number, without its history."""
    return float(output.data if isinstance(output, Node) else output)


def predicted_class(output: Any) -> int:
    """The class that a network's output stands for.

    Args:
        output: a list of scores, one per class (the largest wins), or one score (above 0 is 1).

    >>> predicted_class([0.1, 2.0, -1.0]), predicted_class(-0.3)
    (1, 0)
    """
    if isinstance(output, Sequence) or np.ndim(output):
        return max(range(len(output)), key=lambda k: number(output[k]))
    return int(number(output) > 0)


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
        ValueError: ``X`` does not have two features.
    """
    X, y = np.asarray(X, dtype=float), np.asarray(y)
    if X.ndim != 2 or X.shape[1] != 2:
        raise ValueError(
            f"plot_decision_boundary: expected X of shape (n, 2), got {X.shape}. "
            "A plane has two coordinates: choose two features."
        )
    if y.shape != (len(X),) or not len(X) or y.dtype.kind not in "biu" or y.min() < 0:
        raise ValueError(
            f"plot_decision_boundary: expected a class 0, 1, ... for each of {len(X)} examples (at "
            f"least one), got y of shape {y.shape} and dtype {y.dtype} with values "
            f"{np.unique(y)[:5].tolist()}. From signs -1 and 1, use (y + 1) // 2."
        )
    ax = axes(ax)
    low, high = X.min(axis=0), X.max(axis=0)
    margin = 0.12 * (high - low) + 1e-9
    xs, ys = (np.linspace(low[i] - margin[i], high[i] + margin[i], steps) for i in (0, 1))
    with no_grad():
        regions = np.array(
            [[predicted_class(model([a, b])) for a in xs.tolist()] for b in ys.tolist()]
        )
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
