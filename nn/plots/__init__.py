"""Plots of training, with matplotlib: each draws on ``ax`` (or a new one) and returns it.

Nothing is shown and no global setting is touched: a notebook displays the figure, a program saves
it with ``ax.figure.savefig(...)``.  What is drawn are the arrays that ``nn.diagnostics`` computes.

What is not an ordinary number has a look of its own on a logarithmic axis, where it could not be
seen: an exact *zero*, *no gradient* at all, and *NaN or infinite*.
"""

from nn.plots.activations import (
    plot_activations,
    plot_dead_units,
    plot_saturation,
    plot_update_ratio,
)
from nn.plots.boundaries import plot_decision_boundary, predicted_class
from nn.plots.curves import plot_learning_curve
from nn.plots.gradients import plot_gradient_flow, plot_gradient_heatmap

__all__ = [
    "plot_activations",
    "plot_dead_units",
    "plot_decision_boundary",
    "plot_gradient_flow",
    "plot_gradient_heatmap",
    "plot_learning_curve",
    "plot_saturation",
    "plot_update_ratio",
    "predicted_class",
]
