"""Plots of training, with matplotlib: each draws on ``ax`` (or a new one) and returns it.

Nothing is shown and no global setting is touched: a notebook displays the figure, a program saves
it with ``ax.figure.savefig(...)``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd import Node, no_grad

__all__ = ["plot_decision_boundary", "plot_learning_curve", "predicted_class"]

# Told apart by any kind of colour vision (Okabe and Ito, 2008); the last repeat.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")


def _axes(ax: Any) -> Any:
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            "plots: expected matplotlib to be installed, and it is not. "
            'Run: pip install "chalkgrad[plot]"'
        ) from error
    return plt.subplots()[1]


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


def plot_learning_curve(history: Mapping[str, Sequence[float]], *, ax: Any = None) -> Any:
    """Loss (left axis, logarithmic) and accuracies (right axis) over the epochs.

    Args:
        history: a sequence per curve, one number per epoch. Names with "accuracy" go right.
        ax: matplotlib axes to draw on; new ones by default.
    """
    ax = _axes(ax)
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
    ax = _axes(ax)
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
