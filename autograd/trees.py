"""Nested tuples, lists and dicts of numbers and arrays: their leaves, and the same with others.

>>> leaves({"w": 1.0, "b": (2.0, [3.0])})
[1.0, 2.0, 3.0]
>>> rebuilt({"w": 1.0, "b": (2.0, [3.0])}, iter("xyz"))
{'w': 'x', 'b': ('y', ['z'])}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["leaves", "rebuilt"]


def leaves(tree: Any) -> list[Any]:
    """Everything in a tree that is no tuple, list or dict, in order."""
    if isinstance(tree, dict):
        return [leaf for key in tree for leaf in leaves(tree[key])]
    if isinstance(tree, (tuple, list)):
        return [leaf for item in tree for leaf in leaves(item)]
    return [tree]


def rebuilt(tree: Any, others: Iterator[Any]) -> Any:
    """The structure of ``tree`` with other leaves."""
    if isinstance(tree, dict):
        return {key: rebuilt(tree[key], others) for key in tree}
    if isinstance(tree, (tuple, list)):
        items = [rebuilt(item, others) for item in tree]
        return type(tree)(*items) if hasattr(tree, "_fields") else type(tree)(items)
    return next(others)
