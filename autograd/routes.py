"""A walk back that has been taken before, written out as straight lines of Python.

A loop in training records the same graph again and again: other arrays, the same operations joined
in the same way.  With small arrays half of the time of ``pull_back`` goes into finding the way, so
a way that was found several times is kept as code (``walk_code.py``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextvars import Context
from heapq import heappop, heappush
from typing import Any

import numpy as np

from autograd.walk_code import edges, walk_code

__all__ = ["Routes"]

# A graph of more nodes is not written out; of those that end with the same operation so many are
# known at a time.
_NODES, _ALIKE = 200, 4


# What a known walk calls is the library's own, so it may run in an empty context, where NumPy does
# not warn.  That takes a tenth of the time of np.errstate.
_quiet = Context()
_quiet.run(np.seterr, all="ignore")


class Routes:
    """The ways that are known; each operation keeps those that begin with it.

    Args:
        names: what the code calls: ``sum_to``, ``typed`` and ``is_own``, as ``pull_back`` does.
    """

    def __init__(self, **names: Any) -> None:
        self.names = names

    def taken(self, root: Any, g: Any, ends: Sequence[Any]) -> dict[Any, Any] | None:
        """The cotangents of ``ends``, or of all leaves, if the way to them is known."""
        quietly = _quiet.copy().run
        for walk in root.op.walks.get(len(ends), ()):
            try:
                found: dict[Any, Any] | None = quietly(walk, root, g, ends)
            except (AttributeError, ValueError, ZeroDivisionError):
                continue  # another graph, or a rule that needs help
            if found is not None:
                return found
        return None

    def learn(self, root: Any, ends: Sequence[Any], found: dict[Any, Any]) -> None:
        """A way that was not known led there: write it out if that has happened several times."""
        op, key = root.op, len(ends)
        missed = op.missed[key] = op.missed.get(key, 0) + 1
        again = missed // 3
        if missed % 3 or again & (again - 1):  # at 3, 6, 12, ...: some graphs are never the same
            return
        walk = _written(root, ends, found, self.names)
        if walk is not None:
            op.walks[key] = [walk, *op.walks.get(key, ())][:_ALIKE]


def _written(root: Any, ends: Sequence[Any], found: Any, names: dict[str, Any]) -> Any:
    """The walk from this root as a function; None for what is better left to ``pull_back``."""
    order = _order(root, ends)
    if order is None:
        return None
    uses = Counter(x for node in order for _, x in edges(node, ends))
    given = (x for node in order if node.op.joint is not None for _, x in edges(node, ends))
    if not all(x in found and uses[x] == 1 for x in given):
        return None  # a joint rule may have no cotangent for some inputs
    return walk_code(order, ends, names)


def _order(root: Any, ends: Sequence[Any]) -> list[Any] | None:
    """The computed nodes, the youngest first."""
    last = ends[-1]._serial if ends else -1
    if any(end.op is not None for end in ends):
        return None
    order: list[Any] = []
    seen, heap = {root}, [(-root._serial, root)]
    while heap:
        node = heappop(heap)[1]
        order.append(node)
        inputs = [x for _, x in edges(node, ends)]
        if len(order) > _NODES or node.op.foreign:  # a user's, with other rules later, or dropped
            return None
        if node.op.joint is not None and any(x.op for x in inputs):
            return None  # whether they receive a cotangent cannot be seen
        for x in inputs:
            if x.op is None:
                if ends and x._serial > last:
                    return None  # a parameter that the function has made
            elif x not in seen:
                seen.add(x)
                heappush(heap, (-x._serial, x))
    return order
