"""Warnings in boxes: units that pass no gradient back, and numbers that are no longer the inputs'.

A ReLU whose input is negative has output 0 and slope 0; a tanh or a sigmoid near an end of its
range is *saturated*, its slope almost 0.  Whatever is before them hardly learns from this example.
(A unit is called dead if that is so for every example; a picture of one of them can only say
"here".)

And where a leaf was changed after the graph was recorded, the box of what was computed from it says
so (``changed.py``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd.node import raw
from autograd.viz.changed import changed_inputs, changed_text
from autograd.viz.colours import number_text

__all__ = ["SATURATED", "marks"]

SATURATED = 0.97  # the outer 3% of the way from the middle of the range to either end
_RANGES = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0)}


def marks(nodes: Iterable[Any]) -> list[str]:
    """A warning of each kind about the nodes of a box: with the slope of a single unit, or counts.

    >>> from autograd import Value
    >>> marks([Value(-2.0).relu()]), marks([Value(3.0).tanh()]), marks([Value(0.3).tanh()])
    (['dead here: slope 0'], ['saturated: slope 0.009866'], [])
    >>> x = Value(1.0, label="x")
    >>> y = 3.0 * x
    >>> x.data = 0.5
    >>> marks([y])
    ['x changed since']
    >>> marks(Value(x).relu() for x in (-2.0, 1.0, -1.0))
    ['dead here: 2 of 3']
    """
    counts: dict[str, tuple[int, int]] = {}
    slopes: dict[str, Any] = {}
    changed, operations = [], 0
    for node in nodes:
        operations += node.op is not None
        if inputs := changed_inputs(node):
            changed.append(inputs)
        word, stuck = _stuck(node)
        if word:
            count, total = counts.get(word, (0, 0))
            counts[word] = count + int(np.sum(stuck)), total + int(np.size(stuck))
            slopes[word] = None if np.ndim(stuck) else node.partials[0] or 0.0
    found = []
    for word, (count, total) in counts.items():
        if count and total == 1 and slopes[word] is not None:
            found.append(f"{word}: slope {number_text(slopes[word])}")
        elif count:
            found.append(f"{word}: {count:,} of {total:,}")
    if changed and operations == 1:
        found.append(f"{changed_text(changed[0])} changed since")
    elif changed:
        found.append(f"an input changed since: {len(changed):,} of {operations:,}")
    return found


def _stuck(node: Any) -> tuple[str, Any]:
    """What to call such units, if the node has any; and which they are."""
    name = node.op.name if node.op is not None else ""
    if name == "relu":
        return "dead here", np.equal(raw(node), 0.0)
    if name in _RANGES:
        low, high = _RANGES[name]
        distance = np.abs(np.subtract(raw(node), (low + high) / 2))
        return "saturated", distance > SATURATED * (high - low) / 2
    return "", False
