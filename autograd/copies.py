"""Copying and pickling graphs that are millions of nodes deep.

``pickle`` and ``deepcopy`` follow references by recursion, and remember what they have seen.  So a
node puts all that it was computed from in front of its own state, as a list in topological order:
when the turn of a node comes, its inputs are known already, and no recursion gets deep.  What is
shared stays shared, also between several results that are saved together.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

from autograd.sweep import topological_order

__all__ = ["ancestors"]

# The node whose inputs have just been saved.  It is set right before that node is saved; what is
# left in it by an interrupted save does no harm: that node then lets its inputs make the list.
_inputs_are_saved: ContextVar[int] = ContextVar("inputs_are_saved", default=0)


def ancestors(node: Any) -> Any:
    """What a node's state begins with: its ancestors, or None if they need no saving."""
    if node.is_leaf or _inputs_are_saved.get() == id(node):
        return None
    return _Ancestors(node)


class _Ancestors:
    """Saved as a list that is made item by item."""

    def __init__(self, root: Any) -> None:
        self.root = root

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (), None, self._in_order()

    def _in_order(self) -> Iterator[Any]:
        for node in topological_order(self.root, everything=True)[:-1]:
            yield _Announced(node)


class _Announced:
    """Saved as the node itself, after saying that its inputs are saved."""

    def __init__(self, node: Any) -> None:
        self.node = node

    def __reduce__(self) -> tuple[Any, ...]:
        _inputs_are_saved.set(id(self.node))
        return _itself, (self.node,)


def _itself(node: Any) -> Any:
    return node
