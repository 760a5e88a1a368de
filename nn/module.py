"""``Module``: something with parameters.

There is nothing to register.  A module's parameters are found by looking at its attributes: nodes,
other modules, and lists, tuples and dicts of these.  The path to a parameter is its name:
``layers.0.neurons.3.w.1``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from autograd import Node

__all__ = ["Module"]


class Module:
    """Base of everything that is trained.  Subclasses set attributes and define ``__call__``.

    >>> from autograd import Value
    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offset = Value(2.0), Value(1.0)
    ...
    ...     def __call__(self, x):
    ...         return self.slope * x + self.offset
    >>> line = Line()
    >>> line(3.0).backward()
    >>> {name: p.grad for name, p in line.named_parameters()}
    {'slope': 3.0, 'offset': 1.0}
    """

    def named_parameters(self) -> Iterator[tuple[str, Any]]:
        """Each parameter once, with its path, in the order of the attributes.

        A parameter is a leaf node.  Attributes whose names start with an underscore are private
        to the module and are not searched.
        """
        yield from _find(self, "", set())

    def parameters(self) -> list[Any]:
        """All parameters, in the order of ``named_parameters()``."""
        return [parameter for _, parameter in self.named_parameters()]

    def __repr__(self) -> str:
        count = len(self.parameters())
        return f"{type(self).__name__}({count} parameter{'' if count == 1 else 's'})"

    def zero_grad(self) -> None:
        """Forget the gradients of all parameters; call it before each backward pass."""
        for parameter in self.parameters():
            parameter.zero_grad()


def _find(thing: Any, path: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
    """Leaf nodes inside ``thing``; each object is visited once, so shared ones count once."""
    if isinstance(thing, Module):
        items = [(name, x) for name, x in vars(thing).items() if not name.startswith("_")]
    elif isinstance(thing, dict):
        items = [(str(key), x) for key, x in thing.items()]
    elif isinstance(thing, list | tuple):
        items = [(str(index), x) for index, x in enumerate(thing)]
    elif isinstance(thing, Node) and thing.is_leaf:
        if id(thing) not in seen:
            seen.add(id(thing))
            yield path, thing
        return
    else:
        return
    if id(thing) in seen:
        return
    seen.add(id(thing))
    for name, item in items:
        yield from _find(item, f"{path}.{name}" if path else name, seen)
