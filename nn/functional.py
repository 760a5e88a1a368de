"""Layers, activations and losses as functions of arrays, with PyTorch's names and arguments."""

from __future__ import annotations

from autograd import linear as linear
from autograd import relu as relu

__all__ = ["linear", "relu"]
