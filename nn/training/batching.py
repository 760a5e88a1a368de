"""What ``fit`` may be given: models of tensors and of neurons, data in batches and as arrays.

A network of tensors computes with a batch as it is.  A network of neurons is a function of one
example; compiled, it computes with all examples of a batch at once, and gives a Tensor with a row
for each, so that losses and metrics need not know which of the two they have.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

import autograd
from autograd import Node, Tensor, Value
from nn.checks import fails
from nn.module import Module

__all__ = ["batches_of", "in_mode", "pair", "plain", "predictor"]


def predictor(model: Any, compile: bool = True) -> Callable[[Any], Any]:
    """The model as a function of a batch.

    Args:
        model: a Module or any function.  One of tensors is returned as it is.  One whose parameters
            are Values (``nn.MLP``) takes one example; it is compiled.
        compile: False to compute one example, one number after the other; to see how much that
            costs, or for a model that decides by ``if``.

    Returns:
        A function from inputs of shape (batch, features) to a Tensor: of shape (batch, outputs), or
        (batch,) for a model with a single output; not compiled, to a list of its outputs.

    >>> import nn
    >>> nn.predictor(nn.MLP(2, [4, 3], seed=0))(np.zeros((5, 2))).shape
    (5, 3)
    """
    if not any(isinstance(p, Value) for p in parameters_of(model)):
        return model  # type: ignore[no-any-return]
    if not compile:
        return lambda inputs: [model(x) for x in plain(inputs).tolist()]
    columns = autograd.compile(model)

    def predict(inputs: Any) -> Any:
        outputs = columns(inputs)
        several = isinstance(outputs, list | tuple)
        return autograd.stack(list(outputs), axis=1) if several else outputs

    return predict


def plain(x: Any) -> NDArray[Any]:
    """Numbers without history: of a Tensor, an array, or lists of Values."""
    if isinstance(x, Node):
        return np.asarray(x.primal)
    if isinstance(x, list | tuple):
        return np.array([plain(item) for item in x])
    return np.asarray(x)


def parameters_of(model: Any) -> list[Any]:
    """Its parameters, if it has any."""
    return model.parameters() if isinstance(model, Module) else []


@contextlib.contextmanager
def in_mode(model: Any, training: bool) -> Iterator[None]:
    """Inside, a model is in training mode or not; afterwards each of its modules is as before."""
    modules = list(model.modules()) if isinstance(model, Module) else []
    before = [module.training for module in modules]
    try:
        for module in modules:
            module.training = training
        yield
    finally:
        for module, mode in zip(modules, before, strict=True):
            module.training = mode


def batches_of(what: str, data: Any) -> Iterable[Any]:
    """Data as something that gives batches anew in each epoch.

    Args:
        data: a DataLoader or another iterable of pairs, or one pair of arrays, which is one batch.

    Raises:
        TypeError: single examples, or an iterator, which would be empty after one epoch.
        ValueError: arrays of different lengths or without rows; no batches.
    """
    if isinstance(data, tuple) and len(data) == 2 and all(map(_is_array, data)):
        lengths = [len(array) for array in data]
        if len(set(lengths)) > 1 or not lengths[0]:
            raise fails(
                what,
                "as many targets as inputs, and at least one",
                f"{lengths[0]} inputs and {lengths[1]} targets",
                "",
            )
        return [data]
    if isinstance(data, Iterator):
        raise fails(
            what,
            "batches that can be gone through again in each epoch",
            f"{type(data).__name__}, which is empty after the first",
            "Pass a DataLoader, or list(...) of the batches.",
            TypeError,
        )
    if not hasattr(data, "__iter__") or _is_array(data):
        raise fails(
            what,
            "a DataLoader, or another iterable of batches (inputs, targets), or a pair of arrays",
            type(data).__name__,
            "For a Dataset, write DataLoader(dataset, batch_size=32, shuffle=True).",
            TypeError,
        )
    if hasattr(data, "__len__") and not len(data):
        raise fails(what, "at least one batch", "none", "")
    return data  # type: ignore[no-any-return]


def pair(what: str, batch: Any) -> tuple[Any, Any]:
    """A batch as inputs and targets."""
    if not isinstance(batch, tuple | list) or len(batch) != 2:
        size = f" of {len(batch)}" if isinstance(batch, tuple | list) else ""
        raise fails(
            what,
            "batches of the form (inputs, targets)",
            f"{type(batch).__name__}{size}",
            "",
            TypeError,
        )
    return batch[0], batch[1]


def _is_array(x: Any) -> bool:
    return isinstance(x, np.ndarray | Tensor) and x.ndim > 0
