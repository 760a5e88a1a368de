"""Penalties on the size of parameters, to be added to a loss: a model that can stay small should.

    loss = nn.functional.mse_loss(model(x), y) + 1e-3 * nn.l2_penalty(model)

The slope of the square pulls each weight in proportion to its size; that of the absolute value
pulls all alike, so that what is not needed ends at 0 (Tibshirani, 1996).
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable
from typing import Any

import autograd
from autograd import Node, Tensor
from nn.checks import fails
from nn.module import Module

__all__ = ["l1_penalty", "l2_penalty"]


def _parameters(name: str, model: Any) -> tuple[list[Any], bool]:
    """The parameters of a model, and whether they are Values."""
    parts = model.parameters() if isinstance(model, Module) else model
    parts = [parts] if isinstance(parts, Node) or not isinstance(parts, Iterable) else [*parts]
    if not parts or not all(isinstance(p, Node) for p in parts):
        got = repr(model)[:80]
        raise fails(name, "a model with parameters, or a list of them", got, "", TypeError)
    kinds = {isinstance(p, Tensor) for p in parts}
    if len(kinds) > 1:
        fix = "Take the penalty of each kind by itself."
        raise fails(name, "Values or Tensors as parameters", "both", fix, TypeError)
    return parts, kinds == {False}


def _total(terms: list[Any]) -> Any:
    return functools.reduce(operator.add, terms)


def l1_penalty(model: Any) -> Any:
    """The sum of the absolute values of all parameters of a model.

    Args:
        model: a Module of Tensors or of Values, or a list of parameters, e.g. of weights only.

    Raises:
        TypeError: no parameters; both Values and Tensors.

    >>> from autograd import Value
    >>> l1_penalty([Value(2.0), Value(-3.0)]).data
    5.0
    """
    parts, values = _parameters("l1_penalty", model)
    sizes = [autograd.abs(p) for p in parts]
    return autograd.sum(sizes) if values else _total([autograd.sum(x) for x in sizes])


def l2_penalty(model: Any) -> Any:
    """The sum of the squares of all parameters of a model; arguments and errors as ``l1_penalty``.

    With the factor ``c / 2`` its gradient is that of the weight decay ``c`` of ``nn.SGD``.

    >>> import nn, numpy as np
    >>> layer = nn.Linear(2, 1, bias=False)
    >>> layer.weight.data = np.array([[2.0, -3.0]])
    >>> l2_penalty(layer).item()
    13.0
    """
    parts, values = _parameters("l2_penalty", model)
    if values:
        return autograd.dot(parts, parts)
    return _total([autograd.sum(autograd.square(p)) for p in parts])
