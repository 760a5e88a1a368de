"""Layers that drop at random while they train, and do nothing in use."""

from __future__ import annotations

from typing import Any

from nn import functional as F
from nn.checks import real
from nn.module import Module

__all__ = ["Dropout", "Dropout1d", "Dropout2d"]


class Dropout(Module):
    """Elements are 0 with chance p, the others divided by ``1 - p``; in use the identity.

    Args:
        p: the chance.
        inplace: changes nothing; see ``nn.functional``.

    Raises:
        ValueError: p is not a chance.

    ``nn.manual_seed`` fixes what is dropped.  A compiled function drops anew at each call.

    >>> import nn, numpy as np
    >>> _ = nn.manual_seed(0)
    >>> layer = nn.Dropout(0.5)
    >>> layer(np.ones(6))
    array([2., 0., 0., 0., 2., 2.])
    >>> layer.eval()(np.ones(3))
    array([1., 1., 1.])
    """

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        name = type(self).__name__
        self.p = real(f"{name}: p", p, "a chance from 0 to 1", lambda p: 0 <= p <= 1)

    def forward(self, input: Any) -> Any:
        """Of the shape of the input."""
        return F.dropout(input, self.p, self.training)

    def extra_repr(self) -> str:
        """The chance."""
        return f"p={self.p}"


class Dropout1d(Dropout):
    """Whole channels of sequences (batch, channels, width) are dropped."""

    def forward(self, input: Any) -> Any:
        """Of the shape of the input."""
        return F.dropout1d(input, self.p, self.training)


class Dropout2d(Dropout):
    """Whole channels of images (batch, channels, height, width) are dropped."""

    def forward(self, input: Any) -> Any:
        """Of the shape of the input."""
        return F.dropout2d(input, self.p, self.training)
