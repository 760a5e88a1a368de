"""Nested tuples, lists and dicts of numbers and arrays: their leaves, and the same with others.

>>> leaves({"w": 1.0, "b": (2.0, [3.0])})
[1.0, 2.0, 3.0]
>>> rebuilt({"w": 1.0, "b": (2.0, [3.0])}, iter("xyz"))
{'w': 'x', 'b': ('y', ['z'])}
>>> leaves_as({"b": (2.0, [3.0]), "w": 1.0}, {"w": "x", "b": ("y", ["z"])})
[1.0, 2.0, 3.0]
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["leaves", "leaves_as", "rebuilt"]


def leaves(tree: Any) -> list[Any]:
    """Everything in a tree that is no tuple, list or dict, in order."""
    if isinstance(tree, dict):
        return [leaf for key in tree for leaf in leaves(tree[key])]
    if isinstance(tree, (tuple, list)):
        return [leaf for item in tree for leaf in leaves(item)]
    return [tree]


def leaves_as(tree: Any, like: Any) -> list[Any]:
    """The leaves of a tree in the order of those of another: what belongs together has one key.

    A list may stand for a tuple.

    Raises:
        ValueError: trees of different structures.
    """
    if isinstance(like, dict):
        if not isinstance(tree, dict) or tree.keys() != like.keys():
            raise ValueError(tree)
        return [leaf for key in like for leaf in leaves_as(tree[key], like[key])]
    if isinstance(like, (tuple, list)):
        names = getattr(like, "_fields", None)
        if (
            not isinstance(tree, (tuple, list))
            or len(tree) != len(like)
            or getattr(tree, "_fields", names) != names
        ):
            raise ValueError(tree)
        pairs = zip(tree, like, strict=True)
        return [leaf for part, other in pairs for leaf in leaves_as(part, other)]
    if isinstance(tree, (dict, tuple, list)):
        raise ValueError(tree)
    return [tree]


def rebuilt(tree: Any, others: Iterator[Any]) -> Any:
    """The structure of ``tree`` with other leaves."""
    if isinstance(tree, dict):
        return {key: rebuilt(tree[key], others) for key in tree}
    if isinstance(tree, (tuple, list)):
        items = [rebuilt(item, others) for item in tree]
        return type(tree)(*items) if hasattr(tree, "_fields") else type(tree)(items)
    return next(others)
