"""Neurons, layers and the multi-layer perceptron, made of scalars.

A neuron multiplies each input by a weight of its own, adds the products and a bias, and bends the
result with an activation: ``relu(w[0]*x[0] + w[1]*x[1] + ... + b)``.  A layer is a list of neurons
that look at the same inputs; a network is a list of layers.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np

import autograd
from autograd import Value
from nn.checks import check_random, fails, whole
from nn.conversion import Described, layers_of, sequential_of
from nn.layers.containers import Sequential
from nn.module import Module

__all__ = ["ACTIVATIONS", "MLP", "Layer", "Neuron"]

# What bends, by name; and how much wider the first weights must be drawn so that signals neither
# fade nor grow from layer to layer: a ReLU stops half of them (He et al., 2015).
ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "relu": autograd.relu,
    "leaky_relu": autograd.leaky_relu,
    "gelu": autograd.gelu,
    "softplus": autograd.softplus,
    "tanh": autograd.tanh,
    "sigmoid": autograd.sigmoid,
    "linear": lambda x: x,
}
_HE = ("relu", "leaky_relu", "gelu", "softplus")


def _generator(what: str, seed: int | None, rng: Any) -> Any:
    """Where random numbers come from: ``rng``, or one made of ``seed``, or Python's global one."""
    check_random(what, seed, rng)
    if rng is not None:
        return rng
    return random if seed is None else random.Random(seed)


def _known(activation: str) -> None:
    if activation not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise ValueError(f"activation: expected one of {known}, got {activation!r}.")


class Neuron(Module):
    """One neuron: ``activation(w[0]*x[0] + ... + w[nin-1]*x[nin-1] + b)``.

    Args:
        nin: the number of inputs.
        nonlin: False for a linear neuron (micrograd's name for ``activation="linear"``).
        activation: "relu" (default), "leaky_relu", "gelu", "softplus", "tanh", "sigmoid", "linear".
        seed: fixes the random weights.
        rng: a ``random.Random`` or NumPy Generator to draw from instead. Without seed and rng,
            weights come from Python's global generator, which ``random.seed`` fixes.

    The weights ``w`` are drawn uniformly with variance ``2/nin`` for ReLU and its relatives (He et
    al., 2015) and ``1/nin`` otherwise (LeCun et al., 1998); the bias ``b`` starts at 0.

    >>> neuron = Neuron(2, activation="tanh", seed=0)
    >>> neuron
    Neuron(2, activation='tanh')
    >>> len(neuron.parameters())
    3
    """

    def __init__(
        self,
        nin: int,
        nonlin: bool = True,
        activation: str = "relu",
        seed: int | None = None,
        rng: Any = None,
    ) -> None:
        _known(activation)
        rng = _generator("Neuron", seed, rng)
        nin = whole("nin", nin, 1)
        self.activation = activation if nonlin else "linear"
        bound = math.sqrt((6.0 if self.activation in _HE else 3.0) / nin)
        self.w = [Value(rng.uniform(-bound, bound), label=f"w{i}") for i in range(nin)]
        self.b = Value(0.0, label="b")

    @property
    def nonlin(self) -> bool:
        """False if the neuron is linear."""
        return self.activation != "linear"

    def __call__(self, x: Sequence[Any]) -> Value:
        """The neuron's output for ``nin`` inputs: Values or numbers."""
        if not hasattr(x, "__len__"):
            raise TypeError(
                f"Neuron: expected a list of {len(self.w)} inputs, got {x!r}. Write [{x!r}]."
            )
        if len(x) != len(self.w):
            _no_batch(x, len(self.w))
            raise ValueError(
                f"Neuron: expected {len(self.w)} inputs, got {len(x)}. "
                "Each input needs a weight: check the features of the data, or nin."
            )
        try:
            out = autograd.dot(self.w, x) + self.b
        except TypeError:
            _no_batch(x, len(self.w))
            raise
        return ACTIVATIONS[self.activation](out)  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        return f"Neuron({len(self.w)}, activation={self.activation!r})"


def _no_batch(x: Any, nin: int) -> None:
    """Raise if what a neuron cannot take is a batch, one row for each example."""
    if all(isinstance(row, list | tuple) or getattr(row, "ndim", 0) for row in x) and len(x):
        plural = "" if nin == 1 else "s"
        raise fails(
            "Neuron",
            f"one example at a time, {nin} number{plural} or Value{plural}",
            f"{len(x)} row{'' if len(x) == 1 else 's'}",
            "Write [model(x) for x in X], or autograd.compile(model)(X) for a whole batch.",
        ) from None


class Layer(Module):
    """``nout`` neurons that see the same ``nin`` inputs; one neuron returns a Value, more a list.

    Args:
        nin: the number of inputs of each neuron.
        nout: the number of neurons.
        **kwargs: what ``Neuron`` takes: nonlin, activation, seed, rng.

    >>> Layer(3, 4)
    Layer(3 -> 4, relu)
    """

    def __init__(
        self, nin: int, nout: int, *, seed: int | None = None, rng: Any = None, **kwargs: Any
    ) -> None:
        rng = _generator("Layer", seed, rng)
        nout = whole("nout", nout, 1)
        self.neurons = [Neuron(nin, rng=rng, **kwargs) for _ in range(nout)]

    def __call__(self, x: Sequence[Any]) -> Any:
        """The outputs of all neurons; a single one not in a list."""
        if isinstance(x, np.ndarray):
            x = x.tolist()  # Python's floats are faster than NumPy's
        out = [neuron(x) for neuron in self.neurons]
        return out[0] if len(out) == 1 else out

    def __repr__(self) -> str:
        first = self.neurons[0]
        return f"Layer({len(first.w)} -> {len(self.neurons)}, {first.activation})"


class MLP(Module):
    """A multi-layer perceptron: layers one after the other, the last one linear.

    Args:
        nin: the number of inputs.
        nouts: the number of neurons of each layer, the output layer last.
        activation: of the hidden layers, see ``Neuron``.
        output: the activation of the last layer, "linear" by default.
        seed, rng: see ``Neuron``.

    >>> mlp = MLP(2, [16, 16, 1], seed=1)
    >>> mlp
    MLP(2 -> 16 relu -> 16 relu -> 1 linear, 337 parameters)
    >>> mlp([0.5, -1.0]).op.name
    'add'
    """

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        activation: str = "relu",
        output: str = "linear",
        seed: int | None = None,
        rng: Any = None,
    ) -> None:
        rng = _generator("MLP", seed, rng)
        if not isinstance(nouts, Sequence | np.ndarray):
            raise TypeError(
                f"nouts: expected a list with the size of each layer, got {nouts!r}. "
                f"For one layer, write [{nouts!r}]."
            )
        if not len(nouts):
            raise ValueError("nouts: expected the size of at least one layer, got an empty list.")
        for name in (activation, output):
            _known(name)
        sizes = [nin, *nouts]
        last = len(nouts) - 1
        self.layers = [
            Layer(sizes[i], sizes[i + 1], activation=output if i == last else activation, rng=rng)
            for i in range(len(nouts))
        ]

    def __call__(self, x: Sequence[Any]) -> Any:
        """The network's output: one Value, or a list if the last layer has several neurons."""
        for layer in self.layers:
            x = layer(x if hasattr(x, "__len__") else [x])
        return x

    def to_tensor(self, dtype: Any = None) -> Sequential:
        """The same network of matrices: a Sequential of Linear layers and activations.

        Args:
            dtype: of its parameters, float64 by default.

        Raises:
            ValueError: a layer whose neurons have different activations.

        >>> model = MLP(2, [3, 1], seed=0).to_tensor()
        >>> [type(module).__name__ for module in model]
        ['Linear', 'ReLU', 'Linear']
        """
        layers = []
        for neurons in (layer.neurons for layer in self.layers):
            activations = {n.activation for n in neurons}
            if len(activations) > 1:
                got = " and ".join(sorted(activations))
                raise fails("MLP.to_tensor", "one activation in each layer", got, "")
            weight = [[w.data for w in n.w] for n in neurons]
            layers.append(Described(weight, [n.b.data for n in neurons], activations.pop()))
        return sequential_of(layers, dtype)

    @classmethod
    def from_tensor(cls, model: Sequential) -> Self:
        """The same network of neurons; a layer without bias gets biases of 0.

        Args:
            model: a Sequential of Linear layers, each followed by at most one activation that
                ``Neuron`` has.

        Raises:
            TypeError: another module.
            ValueError: an order or settings that neurons do not have.

        >>> import nn
        >>> MLP.from_tensor(nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)))
        MLP(2 -> 3 relu -> 1 linear, 13 parameters)
        """
        layers = layers_of(model)
        mlp = cls(len(layers[0].weight[0]), [len(layer.bias) for layer in layers], seed=0)
        for layer, (weight, bias, activation) in zip(mlp.layers, layers, strict=True):
            for neuron, row, offset in zip(layer.neurons, weight, bias, strict=True):
                neuron.activation = activation
                for value, number in zip((*neuron.w, neuron.b), (*row, offset), strict=True):
                    value.data = number
        return mlp

    def __repr__(self) -> str:
        first = self.layers[0].neurons[0]
        chain = [f"{len(layer.neurons)} {layer.neurons[0].activation}" for layer in self.layers]
        count = len(self.parameters())
        return f"MLP({' -> '.join([str(len(first.w)), *chain])}, {count} parameters)"
