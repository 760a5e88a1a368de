"""What ``fit`` may be given: models of tensors and of neurons, data in batches and as arrays.

A network of tensors computes with a batch as it is.  A network of neurons is a function of one
example; compiled, it computes with all examples of a batch at once, and gives a Tensor with a row
for each, so that losses and metrics need not know which of the two they have.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from math import isfinite
from typing import Any

import numpy as np
from numpy import ndarray, vdot
from numpy.typing import NDArray

import autograd
from autograd import Node, Tensor, Value
from nn.checks import fails
from nn.module import Module
from nn.module_tree import walk

__all__ = [
    "batches_of",
    "in_mode",
    "not_finite",
    "pair",
    "plain",
    "predictor",
    "size_of",
    "surely_finite",
]

# Made once: they are asked for in every step.
ARRAYS, ROWS = (ndarray, Tensor), (tuple, list)


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
    if not has_values(parts_of(model)[1]):
        return model  # type: ignore[no-any-return]
    if not compile:
        return lambda inputs: [model(x) for x in plain(inputs).tolist()]
    columns = autograd.compile(model)

    def predict(inputs: Any) -> Any:
        outputs = columns(np.array(inputs) if isinstance(inputs, list) else inputs)
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


def parts_of(model: Any) -> tuple[list[Any], list[Any]]:
    """Its modules and its parameters, found in one walk; none of a function."""
    found = list(walk(model, "", set())) if isinstance(model, Module) else []
    return [x for kind, _, x in found if kind == "module"], [
        x for kind, _, x in found if kind == "parameter"
    ]


def has_values(parameters: list[Any]) -> bool:
    """Whether there are Values among them."""
    return any(isinstance(p, Value) for p in parameters)


@contextlib.contextmanager
def in_mode(model: Any, training: bool, modules: list[Any] | None = None) -> Iterator[None]:
    """Inside, a model is in training mode or not; afterwards each of its modules is as before.

    ``modules`` are the model's, if they have been found already.
    """
    modules = parts_of(model)[0] if modules is None else modules
    before = [module.training for module in modules]

    def change(modes: Iterable[bool]) -> None:
        for module, mode in zip(modules, modes, strict=True):
            if vars(module).get("training") is not mode:
                module.training = mode

    try:
        if any(type(module).train is not Module.train for module in modules):
            model.train(training)  # one of them keeps a part of itself in use, for instance
        else:
            change([training] * len(modules))
        yield
    finally:
        change(before)


def batches_of(what: str, data: Any) -> Iterable[Any]:
    """Data as something that gives batches anew in each epoch.

    Args:
        data: a DataLoader or another iterable of pairs, or one pair of arrays (or of lists of
            numbers), which is one batch.

    Raises:
        TypeError: single examples, or an iterator, which would be empty after one epoch.
        ValueError: arrays of different lengths or without rows; no batches.
    """
    if isinstance(data, ROWS) and len(data) == 2 and all(map(_is_table, data)):
        inputs, targets = (np.array(x) if isinstance(x, list) else x for x in data)
        lengths = [len(inputs), len(targets)]
        if len(set(lengths)) > 1 or not lengths[0]:
            raise fails(
                what,
                "as many targets as inputs, and at least one",
                f"{lengths[0]} inputs and {lengths[1]} targets",
                "",
            )
        return [(inputs, targets)]
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
    if not isinstance(batch, ROWS) or len(batch) != 2:
        size = f" of {len(batch)}" if isinstance(batch, tuple | list) else ""
        raise fails(
            what,
            "batches of the form (inputs, targets)",
            f"{type(batch).__name__}{size}",
            "",
            TypeError,
        )
    return batch[0], batch[1]


def not_finite(inputs: Any, targets: Any) -> tuple[str, str, str] | None:
    """What is wrong with a batch that is not finite: what was expected, what came, what to do.

    To be asked before it gets into the network: batch norm would remember a NaN.
    """
    if surely_finite(inputs) and surely_finite(targets):
        return None
    for part, content in (("inputs", inputs), ("targets", targets)):
        for name, array in _arrays_in(part, content):
            bad = ~np.isfinite(array) if array.dtype.kind == "f" else np.False_
            if bad.any():
                where = tuple(np.argwhere(bad)[0].tolist())
                came = f"{array[where]} at index {where} of the batch"
                fix = "Drop such examples or fill gaps. The model is as it was before this batch."
                return f"finite {name}", came, fix
    return None


def surely_finite(x: Any) -> bool:
    """The sum of squares is the quickest way to see that all is well; it may overflow as well.

    With ``dot`` it would be quicker still, and a warning where it overflows.
    """
    if x.__class__ is not ndarray:
        x = x.primal if isinstance(x, Tensor) else x
        if not isinstance(x, ndarray):
            return False
    return x.dtype.kind != "f" or isfinite(vdot(x, x))


def size_of(inputs: Any, targets: Any) -> int:
    """How many examples a batch has: as long as the first array of the targets, or the inputs."""
    for content in (targets, inputs):
        for _, array in _arrays_in("", content):
            if array.ndim:
                return len(array)
    return 1


def _arrays_in(name: str, x: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    """The arrays in a part of a batch, which may be a dictionary or a tuple of several."""
    if isinstance(x, Mapping):
        for key, part in x.items():
            yield from _arrays_in(f"{name}[{key!r}]", part)
    elif isinstance(x, tuple | list) and not _is_table(x):
        for i, part in enumerate(x):
            yield from _arrays_in(f"{name}[{i}]", part)
    else:
        yield name, np.asarray(x.primal if isinstance(x, Node) else x)


def _is_array(x: Any) -> bool:
    return isinstance(x, ARRAYS) and x.ndim > 0


def _is_table(x: Any) -> bool:
    """Whether it is an array, or a list that is one when written so."""
    if not isinstance(x, list) or not x or isinstance(x[0], np.ndarray | Node):
        return _is_array(x)
    try:
        return np.asarray(x).dtype.kind in "biuf"
    except ValueError:  # rows of different lengths
        return False
