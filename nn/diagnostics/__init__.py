"""Diagnostics: what happens inside a network while it is trained, as plain arrays.

Recorders look on during training, either as callbacks of ``nn.fit`` or called by hand, and keep a
row of numbers for each step: gradients (``GradientFlow``), outputs of activations
(``ActivationStatistics``), how far parameters move (``UpdateRatio``).  The others are experiments:
they try something out and leave the model as it was.  ``nn.plots`` draws what they give.
"""

from nn.diagnostics.activations import ActivationStatistics, activations_of
from nn.diagnostics.gradient_flow import GradientFlow
from nn.diagnostics.updates import UpdateRatio

__all__ = ["ActivationStatistics", "GradientFlow", "UpdateRatio", "activations_of"]
