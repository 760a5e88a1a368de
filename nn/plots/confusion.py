"""Which classes are taken for which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from nn.checks import fails
from nn.plots.axes import axes, text

__all__ = ["plot_confusion_matrix"]


def plot_confusion_matrix(
    matrix: Any, class_names: Sequence[str] | None = None, *, ax: Any = None, **style: Any
) -> Any:
    """A cell for each pair of classes with the number of examples; its colour is the share of row.

    The diagonal is what was right.  Cells with no example stay white.

    Args:
        matrix: counts; row i, column j has the examples of class i that were taken for class j, as
            of ``nn.confusion_matrix``. Shape (classes, classes).
        class_names: the names of the classes; by default their numbers.
        ax: matplotlib axes to draw on; new ones by default.
        style: for ``ax.imshow``.

    Raises:
        ValueError: no square matrix, or not as many names.
    """
    counts = np.asarray(matrix)
    what = "plot_confusion_matrix"
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or not counts.size:
        raise fails(what, "a square matrix", f"shape {counts.shape}", "See nn.confusion_matrix.")
    n = len(counts)
    names = [str(k) for k in range(n)] if class_names is None else [text(c) for c in class_names]
    if len(names) != n:
        raise fails(what, f"{n} class names", str(len(names)), "")
    ax = axes(ax)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    look = {"cmap": "Blues", "vmin": 0, "vmax": 1, **style}
    image = ax.imshow(np.ma.masked_where(counts == 0, share), **look)
    size = max(4.0, min(10.0, 70 / n))
    for i, j in np.argwhere(counts != 0).tolist():
        colour = "white" if share[i, j] > 0.5 else "black"
        ax.text(j, i, f"{counts[i, j]:g}", ha="center", va="center", color=colour, size=size)
    long = max(map(len, names)) > 3
    ax.set_xticks(range(n), names, rotation=45 if long else 0, ha="right" if long else "center")
    ax.set_yticks(range(n), names)
    ax.set_xlabel("predicted class")
    ax.set_ylabel("true class")
    ax.set_title("Confusion matrix")
    ax.figure.colorbar(image, ax=ax, label="share of the true class")
    return ax
