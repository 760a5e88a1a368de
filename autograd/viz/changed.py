"""Leaves that have changed since a graph was recorded: an optimiser's step does that.

The graph keeps the results and the local derivatives of its time, and a leaf shows its number of
today.  Side by side these are no equation, so a picture says where that is so.  A Tensor keeps the
arrays that its operation was given, and they are compared with those of today.  A Value keeps no
old numbers: its operation is done once more, and what comes out is compared.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.node import Node, enable_grad, raw
from autograd.ops.reductions import Reduction
from autograd.viz.boxes import shortened

__all__ = ["changed_inputs", "changed_text"]

NAMED = 2  # leaves; of more than that the names are left out


def changed_inputs(node: Any) -> list[Any]:
    """The inputs that ``node`` no longer follows from, each once; of Values those that may be it.

    A user's function is not called again for a picture: of its Values nothing is known.

    >>> from autograd import Value
    >>> a, b = Value(2.0, label="a"), Value(3.0, label="b")
    >>> c = a.exp() * b
    >>> b.data = 1.0
    >>> [[x.label for x in changed_inputs(node)] for node in (c, c.inputs[0])]
    [['b'], []]
    """
    if node.op is None:
        return []
    if hasattr(node, "_arrays"):  # of Tensors, and what is computed of them does not change
        pairs = zip(node.inputs, node._arrays, strict=True)
        leaves = [(x, array) for x, array in pairs if isinstance(x, Node) and x.op is None]
        return list(dict.fromkeys(x for x, array in leaves if not _same(x, array)))
    if node.op.foreign or _follows(node):
        return []
    inputs = list(dict.fromkeys(x for x in node.inputs if isinstance(x, Node)))
    return [x for x in inputs if x.op is None] or inputs


def changed_text(inputs: list[Any]) -> str:
    """Whose number has changed, for a sentence: ``a``, ``a or b``, ``an input``."""
    names = [shortened(str(x.label)) for x in inputs]
    named = len(names) <= NAMED and all(names)
    either = " and " if hasattr(inputs[0], "_arrays") else " or "
    return either.join(names) if named else "an input"


def _same(x: Any, array: Any) -> bool:
    now = raw(x)
    return now is array or np.array_equal(now, array, equal_nan=now.dtype.kind in "fc")


def _follows(node: Any) -> bool:
    """Whether a Value and its local derivatives are what its operation makes of its inputs."""
    args: Any = node.inputs
    if isinstance(node.op, Reduction):
        half = len(args) // len(node.op.partials)
        args = [list(args[:half]), list(args[half:])][: len(node.op.partials)]
    try:
        with enable_grad(), np.errstate(all="ignore"):
            again = node.op(*args)
    except FloatingPointError:  # while anomalies are hunted
        return False
    before, now = ([x.data, *x.partials] for x in (node, again))
    return all(x == y or (x != x and y != y) for x, y in zip(before, now, strict=True))
