"""Activations as layers; each is a function of ``nn.functional`` with its settings."""

from __future__ import annotations

from typing import Any

from nn import functional as F
from nn.module import Module

__all__ = ["ReLU"]


class ReLU(Module):
    """``max(x, 0)``, element by element."""

    def forward(self, x: Any) -> Any:
        """Of the shape of x."""
        return F.relu(x)
