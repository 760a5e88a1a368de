"""Which parameters are looked at together: those of a layer, or each by itself.

A tensor is large enough for statistics of its own.  A scalar is not, and neither is a neuron: the
weights and biases of all neurons of a layer are what a matrix and a vector are in a layer of
tensors.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import Node
from nn.checks import fails
from nn.module import Module
from nn.neuron import Layer, Neuron

__all__ = ["check_model", "gradients_of", "grouped", "numbers_of"]


def check_model(what: str, model: Any) -> None:
    """TypeError for what is no Module, ValueError for one that has no parameters."""
    if not isinstance(model, Module):
        raise fails(what, "a Module", repr(model)[:80], "Pass the model.", TypeError)
    if not model.parameters():
        raise fails(what, "a model with parameters", f"{type(model).__name__} without any", "")


def grouped(what: str, model: Any, by: str) -> dict[str, list[Any]]:
    """The parameters of a model by layer or each by itself, in their order.

    Args:
        what: who asks, for messages.
        model: a Module with parameters.
        by: "layer": the name of a group is the path of the module that has the parameters (of the
            layer, for its neurons; the class of the model, for its own parameters); or "parameter".

    Raises:
        TypeError: not a Module.
        ValueError: another ``by``, or a model without parameters.
    """
    check_model(what, model)
    if by not in ("layer", "parameter"):
        raise fails(what, 'by as "layer" or "parameter"', repr(by), "")
    modules = dict(model.named_modules())
    groups: dict[str, list[Any]] = {}
    for path, parameter in model.named_parameters():
        name = path if by == "parameter" else _layer(path, modules) or type(model).__name__
        groups.setdefault(name, []).append(parameter)
    return groups


def _layer(path: str, modules: dict[str, Module]) -> str:
    """The path of the module that has a parameter, or of the layer that has its neuron."""
    path = _above(path)
    while path not in modules:  # a list or dict
        path = _above(path)
    home = path
    if isinstance(modules[path], Neuron):
        while home and not isinstance(modules.get(home), Layer):
            home = _above(home)
    return home if isinstance(modules[home], Layer) else path


def _above(path: str) -> str:
    return path.rpartition(".")[0]


def numbers_of(parameters: list[Any]) -> Any:
    """All numbers of some parameters, a copy of shape (n,)."""
    return _joined([p.primal for p in parameters])


def gradients_of(parameters: list[Any]) -> tuple[Any, int]:
    """All gradients that some parameters have, of shape (n,), and how many numbers have none."""
    reached = [p for p in parameters if p.has_grad]
    missing = 0
    if len(reached) < len(parameters):
        missing = sum(np.size(p.primal) for p in parameters if not p.has_grad)
    # A gradient is a node itself if its backward pass was recorded.
    return _joined([g.primal if isinstance(g := p.grad, Node) else g for p in reached]), missing


def _joined(items: list[Any]) -> Any:
    """Numbers, of which there may be thousands, or arrays: in a new array of shape (n,)."""
    if all(item.__class__ is float for item in items):
        return np.array(items, dtype=float)
    return np.concatenate([np.ravel(item) for item in items])
