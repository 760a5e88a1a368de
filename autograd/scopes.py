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
from contextvars import ContextVar
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from autograd.errors import message, shown
from autograd.node import Node, check_decorated, switch

__all__ = ["Entry", "any_scopes", "note_scope", "scope", "scopes_of"]

Entry = tuple[str, int]  # the name of a scope, and which entry it was


class _Inside(NamedTuple):
    """The scopes that a thread or task is in, outermost first, and for each who entered it."""

    entries: tuple[Entry, ...] = ()
    owners: tuple[scope, ...] = ()


_entries = itertools.count()
_inside: ContextVar[_Inside] = ContextVar("scopes", default=_Inside())  # noqa: B039 - a tuple
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

    def __enter__(self) -> None:
        switch.turn(1)
        entries, owners = _inside.get()
        entered = tuple((name, next(_entries)) for name in self.names)
        _inside.set(_Inside(entries + entered, owners + (self,) * len(entered)))

    def __exit__(self, *_: object) -> None:
        switch.turn(-1)
        # What this thread entered, and not simply the last: generators that take turns leave their
        # scopes in any order, and one that is closed elsewhere leaves none.
        entries, owners = _inside.get()
        mine = [k for k, owner in enumerate(owners) if owner is self][-len(self.names) :]
        keep = [k for k in range(len(entries)) if k not in mine]
        _inside.set(_Inside(tuple(entries[k] for k in keep), tuple(owners[k] for k in keep)))

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
    inside = _inside.get().entries
    if inside:
        _made_in[node] = inside


def scopes_of(node: Any) -> tuple[Entry, ...]:
    """The scopes that a node was made in, outermost first, each with the number of its entry."""
    return _made_in.get(node, ())


def any_scopes() -> bool:
    """Whether any node that is alive was made in a scope."""
    return bool(_made_in)
