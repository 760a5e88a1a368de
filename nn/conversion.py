"""Between a network of neurons and the same network of matrices.

A layer of neurons is a matrix: each neuron's weights are one of its rows, as in ``nn.Linear``.
Here both are described by what they have in common, and made from such a description.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from nn.checks import fails
from nn.layers.activations import GELU, LeakyReLU, ReLU, Sigmoid, Softplus, Tanh
from nn.layers.containers import Sequential
from nn.layers.linear import Identity, Linear
from nn.module import Module

__all__ = ["Described", "layers_of", "sequential_of"]


class Described(NamedTuple):
    """A layer: the weights, a row for each neuron; their biases; the name of the activation."""

    weight: Any
    bias: Any
    activation: str


# The modules that are what the scalar activations are.  (The scalar softplus has no threshold.)
_MODULES: dict[str, Any] = {
    "relu": ReLU,
    "leaky_relu": LeakyReLU,
    "gelu": GELU,
    "softplus": lambda: Softplus(threshold=math.inf),
    "tanh": Tanh,
    "sigmoid": Sigmoid,
}
_KNOWN = "Linear, ReLU, LeakyReLU, GELU, Softplus, Tanh, Sigmoid and Identity"


def sequential_of(layers: list[Described], dtype: Any = None) -> Sequential:
    """A Sequential of Linear layers and activations."""
    modules: list[Module] = []
    for weight, bias, activation in layers:
        linear = Linear(len(weight[0]), len(weight), dtype=dtype)
        for parameter, numbers in zip(linear.parameters(), (weight, bias), strict=True):
            parameter.data = np.array(numbers)
        modules.append(linear)
        if activation != "linear":
            modules.append(_MODULES[activation]())
    return Sequential(*modules)


def layers_of(model: Any) -> list[Described]:
    """What a Sequential of Linear layers and activations consists of."""
    what = "MLP.from_tensor"
    if not _is_sequential(model):
        got = type(model).__name__
        raise fails(what, "a Sequential", got, f"It may consist of {_KNOWN}.", TypeError)
    layers: list[Described] = []
    seen: set[int] = set()
    for module in _flat(model):
        if type(module) is Linear:
            weight = module.weight.primal.tolist()
            if layers and len(layers[-1].bias) != len(weight[0]):
                got = f"{len(layers[-1].bias)} outputs before {len(weight[0])} inputs"
                raise fails(what, "layers whose sizes fit", got, "")
            if id(module.weight) in seen:
                fix = "Neurons do not share weights: make it two layers."
                raise fails(what, "each weight in one layer", "a layer that is used twice", fix)
            seen.add(id(module.weight))
            bias = [0.0] * len(weight) if module.bias is None else module.bias.primal.tolist()
            layers.append(Described(weight, bias, "linear"))
        elif type(module) is not Identity:
            name = _activation(what, module)
            if not layers or layers[-1].activation != "linear":
                raise fails(what, "one activation after each Linear", f"{module!r} elsewhere", "")
            layers[-1] = layers[-1]._replace(activation=name)
    if not layers:
        raise fails(what, "at least one Linear", f"{model!r}", "")
    return layers


def _is_sequential(module: Any) -> bool:
    return isinstance(module, Sequential) and type(module).forward is Sequential.forward


def _flat(model: Any) -> Iterator[Any]:
    """The modules of a Sequential, and those of Sequentials in it."""
    for module in model:
        if _is_sequential(module):
            yield from _flat(module)
        else:
            yield module


def _activation(what: str, module: Any) -> str:
    """The scalar activation that is the same function as a module."""
    same = {
        LeakyReLU: lambda: module.negative_slope == 0.01,
        GELU: lambda: module.approximate == "none",
        Softplus: lambda: module.beta == 1 and module.threshold >= 20,  # beyond it: below 3e-9
    }
    for name, make in _MODULES.items():
        if type(module) is type(make()):
            if same.get(type(module), lambda: True)():
                return name
            raise fails(what, f"{type(module).__name__} with its defaults", f"{module!r}", "")
    raise fails(what, f"modules among {_KNOWN}", f"{module!r}", "", TypeError)
