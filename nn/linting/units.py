"""Units that no longer take part: dead ReLUs, and sigmoids and tanhs at the flat ends.

A ReLU whose input is below 0 for all examples has output 0 and slope 0: its weights get no
gradient, so it stays that way.  A large step or a bad first bias pushes whole layers there.  A
sigmoid or tanh far out is nearly as flat, and a layer where most are passes hardly anything back
(Glorot and Bengio, 2010).  A few such units are in every healthy network; what is reported is a
layer of which most are.

Outputs are read in the graph of the loss, so it does not matter whether an activation is a module
or a function.  Only those that are computed with further on count: a sigmoid at the end of a
network that has learned well *is* near 0 or 1.  A neuron made of Values is judged by its gradients,
whether it is compiled (and not seen in the graph) or not: those of a ReLU that answers to no
example are exactly 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograd import Node, Tensor
from nn.diagnostics.activations import SATURATED, dead_units_of, saturated_share
from nn.linting.losses import name_of, source
from nn.linting.warning import Finding
from nn.neuron import Layer

__all__ = ["Units"]

# A layer is judged after so many looks, at so many examples together: a unit that answers to few
# of them is not dead.
LOOKS, EXAMPLES = 20, 300
# Healthy trainings in the tests have layers with up to 0.38 dead units (a bottleneck of 8 ReLUs),
# and 0.27 saturated outputs (the tanh of a network that fits a sine closely).  CS231n's notes speak
# of 0.4 dead units as what a large learning rate does.
MOST = 0.6
RANGES = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0)}


class _Layer:
    """What was seen of a layer since it was last judged."""

    def __init__(self) -> None:
        self.dead: Any = True  # which units have been 0 at all looks
        self.saturated = 0.0  # the sum of the shares at each look
        self.looks = self.examples = 0


class Units:
    """Watches hidden activations.

    Args:
        model: a Module, for the neurons in it, or None.
        name: what the layer of a parameter is called.
    """

    def __init__(self, model: Any, name: Callable[[Any], str]) -> None:
        self.name = name
        self.layers: dict[tuple[str, str], _Layer] = {}
        modules = model.named_modules() if hasattr(model, "named_modules") else ()
        layers = [(path, module) for path, module in modules if isinstance(module, Layer)]
        self.neurons = {path: layer.neurons for path, layer in layers[:-1]}  # not the output
        self.layer_of = {n.b: path for path, neurons in self.neurons.items() for n in neurons}
        self.last = layers[-1][1].neurons if layers else []

    def look(self, order: list[Any]) -> list[Finding]:
        """Look at the graph of a loss after its backward pass.

        Args:
            order: its nodes.

        Returns:
            What there is to say of layers.
        """
        for weight, node in hidden(order):
            kind, outputs = name_of(node), node.primal
            axis = 1 if weight.ndim > 2 else -1  # channels, or features
            count = outputs.size // outputs.shape[axis]
            dead = dead_units_of(outputs, axis) if kind == "relu" else True
            self._note(self.name(weight), kind, count, dead, _saturated(outputs, kind))
        if self.neurons:
            self._look_at_neurons(order)
        return list(self._judged())

    def _look_at_neurons(self, order: list[Any]) -> None:
        outputs: dict[str, list[float]] = {}
        for node in order:
            if name_of(node) in ("relu", *RANGES) and name_of(node.inputs[0]) == "add":
                path = self.layer_of.get(node.inputs[0].inputs[1])
                if path is not None:
                    outputs.setdefault(path, []).append(node.data)
        learning = any(n.b.grad for n in self.last)  # a hinge loss of 0 has no gradients
        for path, neurons in self.neurons.items():
            kind, seen = neurons[0].activation, outputs.get(path)
            count = len(seen) // len(neurons) if seen else batch_of(order)
            if kind == "relu" and learning:
                dead = [not any(p.grad for p in (*n.w, n.b)) for n in neurons]
                self._note(path, kind, count, np.array(dead), 0.0)
            elif kind in RANGES and seen:
                self._note(path, kind, count, True, _saturated(np.array(seen), kind))

    def _note(self, place: str, kind: str, examples: int, dead: Any, saturated: float) -> None:
        layer = self.layers.setdefault((place, kind), _Layer())
        layer.dead = layer.dead & dead
        layer.saturated += saturated
        layer.looks += 1
        layer.examples += examples

    def _judged(self) -> Iterator[Finding]:
        for (place, kind), layer in list(self.layers.items()):
            if layer.looks < LOOKS or layer.examples < EXAMPLES:
                continue
            share = layer.saturated / layer.looks
            if kind == "relu" and np.mean(layer.dead) > MOST:
                dead, units = np.count_nonzero(layer.dead), np.size(layer.dead)
                yield Finding(
                    "dead-units",
                    place,
                    f"{dead} of the {units} ReLUs after {place!r} gave 0 for all of "
                    f"{layer.examples:,} examples in {layer.looks} steps: their slope is 0, so "
                    "they do not learn any more.",
                    "Lower the learning rate, look at the first weights and biases (nn.init), "
                    "put a norm layer in front, or use nn.LeakyReLU.",
                )
            elif share > MOST:
                low, high = RANGES[kind]
                yield Finding(
                    "saturated-units",
                    place,
                    f"{share:.0%} of the outputs of {kind} after {place!r} were within "
                    f"{(high - low) / 2 * (1 - SATURATED):.2g} of {low:g} or {high:g} in "
                    f"{layer.looks} steps, where its slope is all but 0, and so are the gradients "
                    "of what is before it.",
                    "Standardise the inputs, take smaller first weights "
                    "(nn.init.xavier_uniform_), put a norm layer in front, or use ReLU.",
                )
            del self.layers[place, kind]


def batch_of(order: list[Any]) -> int:
    """How many examples a graph of arrays was computed with, as far as can be seen."""
    shapes = [np.shape(x) for x in order if isinstance(x, Tensor) and x.op is not None]
    rows = [s[0] for s in shapes if len(s) > 1] or [s[0] for s in shapes if s]
    return int(max(rows, default=1))


def hidden(order: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Activations that further parameters come after, with the weights right before them.

    So neither the end of a network counts nor a ReLU that belongs to the loss.
    """
    further: set[Any] = set()
    for node in reversed(order):
        if node in further or any(_is_parameter(source(x)) for x in node.inputs):
            further.update(x for x in node.inputs if isinstance(x, Node))
    for node in order:
        if name_of(node) in ("relu", *RANGES) and node in further and np.ndim(node) > 1:
            weight = _weight_behind(node)
            if weight is not None:
                yield weight, node


def _is_parameter(x: Any) -> bool:
    return isinstance(x, Tensor) and x.op is None and x.requires_grad


def _weight_behind(node: Any) -> Any:
    """The nearest matrix of weights that a node was computed with; None if it is far away."""
    nearest = [node]
    for x in nearest:  # grows: breadth first
        if _is_parameter(x) and x.ndim > 1:
            return x
        nearest += [y for y in x.inputs if isinstance(y, Tensor) and y.requires_grad]
        if len(nearest) > 100:
            break
    return None


def _saturated(outputs: Any, kind: str) -> float:
    return saturated_share(outputs, *RANGES[kind]) if kind in RANGES else 0.0
