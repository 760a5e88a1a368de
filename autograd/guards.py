"""Has anything changed that a recorded function took from around it?

A program is what a function did when it was traced.  Parameters are read at every call, so they may
change; but a layer that was replaced, a list that got another weight, a rate that has another
value, a flag that was switched: the program would go on as before, and its numbers would be those
of yesterday's function.  So what the function can see from where it stands (its closure, the global
names in its code, and the objects and containers behind them) is remembered, and looked at again
before each run: are they still the same objects?
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.node import Node

__all__ = ["Guard"]

# Containers that are looked into at most; behind a larger structure changes go unnoticed.
_LIMIT = 100_000
_PLAIN = (Node, np.ndarray, np.generic, type, types.ModuleType, str, bytes, int, float, complex)


class Guard:
    """What a function depends on besides its arguments, as it was when the guard was made.

    >>> rates = [0.1]
    >>> guard = Guard(lambda x: x * rates[0])
    >>> guard.holds()
    True
    >>> rates[0] = 0.2
    >>> guard.holds()
    False
    """

    def __init__(self, fun: Callable[..., Any]) -> None:
        self._cells: list[tuple[Any, Any]] = []
        self._globals: list[tuple[dict[str, Any], str, Any]] = []
        self._live: list[Any] = []  # dicts and lists, and how they were
        self._seen: list[Any] = []
        self._known: dict[int, Any] = {}
        is_function = isinstance(fun, types.FunctionType)
        stack: list[Any] = self._behind_function(fun) if is_function else [fun]  # type: ignore[arg-type]
        while stack and len(self._known) < _LIMIT:
            thing = stack.pop()
            if thing is None or isinstance(thing, _PLAIN) or id(thing) in self._known:
                continue
            self._known[id(thing)] = thing
            stack += self._behind(thing)

    def holds(self) -> bool:
        """Whether all is as it was."""
        for cell, thing in self._cells:
            if cell.cell_contents is not thing:
                return False
        for names, name, thing in self._globals:
            if names.get(name) is not thing:
                return False
        try:
            return self._live == self._seen  # the same objects are equal without being asked
        except ValueError:  # an array in the place of another
            return False

    def _behind(self, thing: Any) -> list[Any]:
        """What can be reached from here, after noting how that is."""
        if isinstance(thing, types.FunctionType):
            library = thing.__module__.partition(".")[0] in ("autograd", "nn", "numpy")
            return [] if library else self._behind_function(thing)
        if isinstance(thing, types.MethodType):
            return [thing.__func__, thing.__self__]
        if isinstance(thing, dict):
            self._note(thing, dict(thing))
            return list(thing.values())
        if isinstance(thing, list):
            self._note(thing, list(thing))
        if isinstance(thing, list | tuple | set | frozenset):
            return list(thing)
        inner = getattr(thing, "__wrapped__", None)  # of a decorated function
        if inner is not None:
            return [inner]
        attributes = getattr(thing, "__dict__", None)
        if isinstance(attributes, dict):
            self._note(attributes, dict(attributes))
            own = type(thing).__call__ if callable(thing) else None
            return [*attributes.values(), own]
        return []

    def _behind_function(self, fun: types.FunctionType) -> list[Any]:
        found = [*(fun.__defaults__ or ())]
        for cell in fun.__closure__ or ():
            try:
                self._cells.append((cell, cell.cell_contents))
            except ValueError:  # a name that has no value yet
                continue
            found.append(cell.cell_contents)
        for name in _names(fun.__code__):
            thing = fun.__globals__.get(name)
            if thing is not None and not isinstance(thing, types.ModuleType):
                self._globals.append((fun.__globals__, name, thing))
                found.append(thing)
        return found

    def _note(self, live: Any, seen: Any) -> None:
        self._live.append(live)
        self._seen.append(seen)


def _names(code: types.CodeType) -> set[str]:
    """The global names in a function, and in the functions defined in it."""
    inner = [c for c in code.co_consts if isinstance(c, types.CodeType)]
    return set(code.co_names).union(*map(_names, inner))
