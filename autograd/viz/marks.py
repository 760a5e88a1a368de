"""Units that pass no gradient back: a word about them stands in their box.

A ReLU whose input is negative has output 0 and slope 0; a tanh or a sigmoid near an end of its
range is *saturated*, its slope almost 0.  Whatever is before them hardly learns from this example.
(A unit is called dead if that is so for every example; a picture of one of them can only say
"here".)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.node import raw
from autograd.viz.colours import number_text

__all__ = ["SATURATED", "mark"]

SATURATED = 0.97  # the outer 3% of the way from the middle of the range to either end
_RANGES = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0)}


def mark(node: Any) -> str:
    """A warning about a node, or "".

    >>> from autograd import Value
    >>> mark(Value(-2.0).relu()), mark(Value(3.0).tanh()), mark(Value(0.3).tanh())
    ('dead here: slope 0', 'saturated: slope 0.009866', '')
    """
    name = node.op.name if node.op is not None else ""
    if name == "relu":
        word, stuck = "dead here", np.equal(raw(node), 0.0)
    elif name in _RANGES:
        low, high = _RANGES[name]
        distance = np.abs(np.subtract(raw(node), (low + high) / 2))
        word, stuck = "saturated", distance > SATURATED * (high - low) / 2
    else:
        return ""
    count = int(np.sum(stuck))
    if not count:
        return ""
    if np.ndim(stuck):
        return f"{word}: {count:,} of {np.size(stuck):,}"
    return f"{word}: slope {number_text(node.partials[0] or 0.0)}"
