"""What a network of two inputs makes of each point of the plane: its classes, and its neurons.

A hidden neuron cuts the plane along a line; the next layer cuts and folds what the neurons before
it have made.  Seen one by one, they show how a boundary that is not straight is put together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd import Node, Value, no_grad
from nn.diagnostics.activations import activations_of
from nn.module import Module
from nn.neuron import MLP
from nn.training.batching import in_mode, predictor
from nn.training.metrics import predicted_classes

__all__ = ["class_grid", "neuron_grids", "predicted_class"]


def predicted_class(output: Any) -> int:
    """The class that a network's output stands for.

    Args:
        output: a list of scores, one per class (the largest wins), or one score (above 0 is 1).

    >>> predicted_class([0.1, 2.0, -1.0]), predicted_class(-0.3)
    (1, 0)
    """
    if isinstance(output, Sequence) or np.ndim(output):
        return max(range(len(output)), key=lambda k: _number(output[k]))
    return int(_number(output) > 0)


def _number(output: Any) -> float:
    """A network's output, node or number, without its history."""
    return float(output.data if isinstance(output, Node) else output)


def class_grid(model: Any, xs: Any, ys: Any) -> Any:
    """The class that a model gives to each point of a grid, without recording.

    Args:
        model: a Module, in evaluation mode meanwhile; or any function of two numbers in a list that
            returns a score, or a list with one for each class, see ``predicted_class``.
        xs, ys: the coordinates, of shapes (columns,) and (rows,).

    Returns:
        Whole numbers of shape (rows, columns).

    >>> class_grid(lambda x: x[0] - x[1], [0.0, 1.0, 2.0], [0.5, 1.5])
    array([[0, 1, 1],
           [0, 0, 1]])
    """
    xs, ys = np.asarray(xs, dtype=float), np.asarray(ys, dtype=float)
    with no_grad():
        if not isinstance(model, Module):
            return _one_by_one(model, xs, ys)
        scalar = any(isinstance(p, Value) for p in model.parameters())
        with in_mode(model, training=False):
            if scalar and not isinstance(model, MLP):  # it may branch: nobody knows
                return _one_by_one(model, xs, ys)
            outputs = predictor(model)(_points(xs, ys))
            return predicted_classes(outputs).reshape(len(ys), len(xs))


def _one_by_one(model: Callable[[Any], Any], xs: Any, ys: Any) -> Any:
    return np.array([[predicted_class(model([a, b])) for a in xs.tolist()] for b in ys.tolist()])


def _points(xs: Any, ys: Any) -> Any:
    """All points of a grid, row after row; shape (rows * columns, 2)."""
    return np.stack([grid.ravel() for grid in np.meshgrid(xs, ys)], axis=1)


def neuron_grids(model: Any, xs: Any, ys: Any, layers: Sequence[str] | None = None) -> Any:
    """The output of each neuron at each point of a grid.

    Args:
        model: a Module of tensors that takes points of shape (n, 2), or ``nn.MLP`` of two inputs.
        xs, ys: the coordinates, of shapes (columns,) and (rows,).
        layers: as for ``activations_of``: by default all activations.

    Returns:
        By layer, arrays of shape (neurons, rows, columns).

    >>> import nn
    >>> grids = neuron_grids(nn.MLP(2, [4, 3, 1], seed=0), np.arange(5), np.arange(6))
    >>> {name: grid.shape for name, grid in grids.items()}
    {'layers.0': (4, 6, 5), 'layers.1': (3, 6, 5)}
    """
    xs, ys = np.asarray(xs, dtype=float), np.asarray(ys, dtype=float)
    outputs = activations_of(model, _points(xs, ys), layers)
    return {name: a.T.reshape(-1, len(ys), len(xs)) for name, a in outputs.items()}
