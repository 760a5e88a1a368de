"""Experiments on a model leave no trace: afterwards all is as it was, also after an error."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from typing import Any

import numpy as np

from autograd import Tensor
from nn.random import generator
from nn.training.batching import in_mode

__all__ = ["preserved"]


@contextlib.contextmanager
def preserved(model: Any, *others: Any, training: bool = False) -> Iterator[None]:
    """Inside, a model is in a mode and may be changed; afterwards it is as before.

    That is its parameters, gradients, buffers and modes; what the others (optimisers, loaders of
    data) say is their ``state_dict``; and the random numbers: those of ``nn``, of Python and of
    NumPy.
    """
    parameters = model.parameters()
    numbers = [(x, np.array(x.primal)) for x in (*parameters, *model.buffers())]
    gradients = [(p, p.grad if p.has_grad else None) for p in parameters]
    states = [(x, x.state_dict()) for x in others if hasattr(x, "load_state_dict")]
    chance, legacy, python = generator(), np.random.get_state(), random.getstate()
    drawn = chance.bit_generator.state
    try:
        with in_mode(model, training=training):
            yield
    finally:
        for x, array in numbers:
            x.data = array if isinstance(x, Tensor) else array.item()
        for p, grad in gradients:
            if grad is None:
                p.zero_grad()
            else:
                p.grad = grad
        for x, state in states:
            x.load_state_dict(state)
        chance.bit_generator.state = drawn
        np.random.set_state(legacy)
        random.setstate(python)
