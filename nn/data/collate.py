"""Examples put together: many small things become one batch of arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from nn.checks import fails

__all__ = ["default_collate"]


def default_collate(batch: list[Any]) -> Any:
    """One batch of a list of examples, by the kind of the examples.

    Numbers become a Tensor, arrays and Tensors of one shape a Tensor with an axis more, tuples a
    tuple of batches, dicts a dict of batches, and texts stay a list.

    Args:
        batch: examples of one kind, at least one.

    Raises:
        ValueError: arrays of different shapes, tuples of different lengths, dicts of other keys.
        TypeError: examples of another kind, or of several.

    >>> default_collate([(1.0, "a"), (2.0, "b")])
    (Tensor([1., 2.]), ['a', 'b'])
    >>> default_collate([{"x": np.zeros(2), "y": 0}, {"x": np.ones(2), "y": 1}])
    {'x': Tensor([[0., 0.],
           [1., 1.]]), 'y': Tensor([0, 1])}
    """
    first = batch[0]
    if isinstance(first, str | bytes):
        return batch
    fix = "Give DataLoader a collate_fn of your own for examples that differ."
    if isinstance(first, dict | tuple | list):
        kind = dict if isinstance(first, dict) else (tuple, list)
        other = next((example for example in batch if not isinstance(example, kind)), first)
        if other is not first:
            got = f"{type(first).__name__} and {type(other).__name__}"
            raise fails("default_collate", "examples of one kind", got, fix, TypeError)
    if isinstance(first, dict):
        other = next((example for example in batch if example.keys() != first.keys()), first)
        if other is not first:
            got = f"{', '.join(map(repr, first))} and {', '.join(map(repr, other))}"
            raise fails("default_collate", "examples with the same keys", got, fix)
        return {key: default_collate([example[key] for example in batch]) for key in first}
    if isinstance(first, tuple | list):
        lengths = {len(example) for example in batch}
        if len(lengths) > 1:
            got = f"{' and '.join(map(str, sorted(lengths)))} parts"
            raise fails("default_collate", "examples with equally many parts", got, fix)
        parts = [default_collate(list(part)) for part in zip(*batch, strict=True)]
        named = isinstance(first, tuple) and hasattr(first, "_fields")
        return type(first)(*parts) if named else type(first)(parts)
    shapes = dict.fromkeys(np.shape(example) for example in batch)
    if len(shapes) > 1:
        raise fails(
            "default_collate",
            "arrays of one shape",
            " and ".join(map(str, shapes)),
            "Pad them, or give DataLoader a collate_fn of your own.",
        )
    if isinstance(first, Tensor):
        return autograd.stack(batch)
    array = np.array(batch)
    if array.dtype.kind not in "biuf":
        raise fails(
            "default_collate",
            "numbers, arrays, texts, or tuples and dicts of these",
            type(first).__name__,
            "Give DataLoader a collate_fn of your own.",
            TypeError,
        )
    array.flags.writeable = False  # so that the Tensor need not copy it
    return Tensor(array)
