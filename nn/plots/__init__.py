"""Plots of training, with matplotlib: each draws on ``ax`` (or a new one) and returns it.

Nothing is shown and no global setting is touched: a notebook displays the figure, a program saves
it with ``ax.figure.savefig(...)``.  What is drawn are the arrays that ``nn.diagnostics`` computes.

Long legends stand beside or below the axes if the figure has a layout that makes room for them, as
new ones here have (``plt.subplots(layout="constrained")``), and inside of the axes otherwise.

What is not an ordinary number has a look of its own on a logarithmic axis, where it could not be
seen: an exact *zero*, *no gradient* at all, and *NaN or infinite*.
"""

from nn.diagnostics.boundaries import predicted_class
from nn.plots.activations import (
    plot_activations,
    plot_dead_units,
    plot_saturation,
    plot_update_ratio,
)
from nn.plots.boundaries import plot_decision_boundary, plot_neurons
from nn.plots.confusion import plot_confusion_matrix
from nn.plots.curves import plot_learning_curve, plot_lr_range_test
from nn.plots.differences import plot_difference_errors
from nn.plots.gradients import plot_gradient_flow, plot_gradient_heatmap, plot_gradient_histogram
from nn.plots.surfaces import plot_loss_surface

__all__ = [
    "plot_activations",
    "plot_confusion_matrix",
    "plot_dead_units",
    "plot_decision_boundary",
    "plot_difference_errors",
    "plot_gradient_flow",
    "plot_gradient_heatmap",
    "plot_gradient_histogram",
    "plot_learning_curve",
    "plot_loss_surface",
    "plot_lr_range_test",
    "plot_neurons",
    "plot_saturation",
    "plot_update_ratio",
    "predicted_class",
]
