"""Diagnostics: what happens inside a network while it is trained, as plain arrays.

Recorders look on during training, either as callbacks of ``nn.fit`` or called by hand, and keep a
row of numbers for each step: gradients (``GradientFlow``), outputs of activations
(``ActivationStatistics``), how far parameters move (``UpdateRatio``), all numbers of one small
graph (``GraphHistory``).  The others are experiments: they try something out and leave the model as
it was.  ``nn.plots`` draws what they give, and ``train_view`` shows the graphs as a film.
"""

from nn.diagnostics.activations import ActivationStatistics, activations_of
from nn.diagnostics.boundaries import class_grid, neuron_grids
from nn.diagnostics.gradient_flow import GradientFlow
from nn.diagnostics.graph_history import GraphHistory, train_view
from nn.diagnostics.landscapes import (
    MINIMA,
    beale,
    descent_path,
    himmelblau,
    landscape,
    ravine,
    rosenbrock,
    saddle,
)
from nn.diagnostics.rate_test import RangeTest, lr_range_test
from nn.diagnostics.surface import (
    LossSurface,
    ParameterPath,
    loss_surface,
    parameter_vector,
    path_directions,
    random_direction,
)
from nn.diagnostics.updates import UpdateRatio

__all__ = [
    "MINIMA",
    "ActivationStatistics",
    "GradientFlow",
    "GraphHistory",
    "LossSurface",
    "ParameterPath",
    "RangeTest",
    "UpdateRatio",
    "activations_of",
    "beale",
    "class_grid",
    "descent_path",
    "himmelblau",
    "landscape",
    "loss_surface",
    "lr_range_test",
    "neuron_grids",
    "parameter_vector",
    "path_directions",
    "random_direction",
    "ravine",
    "rosenbrock",
    "saddle",
    "train_view",
]
