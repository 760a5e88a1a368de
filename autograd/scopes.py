"""Names for parts of a computation: ``with scope("attention"):`` says what the nodes are for.

Pictures draw the nodes that were made in a scope in one frame, or as one box.  What is remembered
is one entry per node, beside the graph, in a dictionary that holds its keys weakly: no graph lives
longer for having been named.  Operations ask for the scope only while there is one (``switch``, see
``node.py``), so that it costs nothing outside.

Each entry into a scope counts on its own: a loop that enters ``scope("step")`` a hundred times has
made a hundred steps, and a picture can say so.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from typing import Any
from weakref import WeakKeyDictionary

from autograd.errors import message, shown
from autograd.node import Node, check_decorated, switch

__all__ = ["Entry", "any_scopes", "note_scope", "scope", "scopes_of"]

Entry = tuple[str, int]  # the name of a scope, and which entry it was

_entries = itertools.count()
_inside: ContextVar[tuple[Entry, ...]] = ContextVar("scopes", default=())
_made_in: WeakKeyDictionary[Node, tuple[Entry, ...]] = WeakKeyDictionary()


class scope:  # noqa: N801 - used like a function, as no_grad is
    """Name what is computed inside: a ``with`` block, or a decorator; may be nested and reused.

    It holds for the current thread or task only.  Leaves belong to no scope.

    Args:
        name: for pictures; ``"block/attention"`` is a scope in a scope.

    Raises:
        TypeError: a name that is no text.
        ValueError: an empty name.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> with scope("square"):
    ...     y = x * x
    >>> [name for name, _ in scopes_of(y)]
    ['square']
    """

    def __init__(self, name: str) -> None:
        if not isinstance(name, str):
            fix = 'Write with scope("attention"): ...; for a module, draw(loss, model=model).'
            raise TypeError(message("scope", expected="a name", got=shown(name), fix=fix))
        self.names = [part for part in name.split("/") if part]
        if not self.names:
            fix = 'E.g. scope("attention") or scope("block/attention").'
            raise ValueError(message("scope", expected="a name", got=shown(name), fix=fix))
        self._tokens: list[Any] = []

    def __enter__(self) -> None:
        switch.turn(1)
        entered = tuple((name, next(_entries)) for name in self.names)
        self._tokens.append(_inside.set((*_inside.get(), *entered)))

    def __exit__(self, *_: object) -> None:
        switch.turn(-1)
        with suppress(ValueError):  # left in another context: the one it was set in has ended
            _inside.reset(self._tokens.pop())

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        name = "/".join(self.names)
        check_decorated("scope", function, "scope(...)")

        @functools.wraps(function)
        def decorated(*args: Any, **kwargs: Any) -> Any:
            with scope(name):
                return function(*args, **kwargs)

        return decorated


def note_scope(node: Any) -> None:
    """Remember the scope that a node is made in; called while ``switch`` is on."""
    inside = _inside.get()
    if inside:
        _made_in[node] = inside


def scopes_of(node: Any) -> tuple[Entry, ...]:
    """The scopes that a node was made in, outermost first, each with the number of its entry."""
    return _made_in.get(node, ())


def any_scopes() -> bool:
    """Whether any node that is alive was made in a scope."""
    return bool(_made_in)
