"""Has anything changed that a recorded function took from around it?

A program is what a function did when it was traced.  Parameters are read at every call, so they may
change; but a layer that was replaced, a list that got another weight, a rate that has another
value, a flag that was switched: the program would go on as before, and its numbers would be those
of yesterday's function.  So what the function can see from where it stands (its closure, the global
names in its code, and the objects and containers behind them) is remembered, and looked at again
before each run: are they still the same objects?
"""

from __future__ import annotations

import collections
import functools
import sys
import sysconfig
import types
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from autograd.node import Node
from autograd.value import Value

__all__ = ["Guard"]

# Containers that are looked into at most; behind a larger structure changes go unnoticed.
_LIMIT = 100_000
_PLAIN = (Node, np.generic, types.ModuleType, str, bytes, int, float, complex)
# Elements of plain arrays that are looked at in all before each run; in larger ones changes go
# unnoticed, unless the program of a function of arrays computes with the array itself.
_LOOKED_AT = 4_000
_OURS = ("autograd", "nn")


class Guard:
    """What a function depends on besides its arguments, as it was when the guard was made.

    Args:
        fun: the function.
        read: nodes that it captures, and whose plain numbers it computes with.

    >>> rates = [0.1]
    >>> guard = Guard(lambda x: x * rates[0])
    >>> guard.holds()
    True
    >>> rates[0] = 0.2
    >>> guard.holds()
    False
    """

    def __init__(self, fun: Callable[..., Any], read: Iterable[Node] = ()) -> None:
        self._read = [(node, *_numbers(node)) for node in read]
        self._cells: list[tuple[Any, Any]] = []
        self._globals: list[tuple[dict[str, Any], str, Any]] = []
        self._attributes: list[tuple[Any, str, Any]] = []
        self._arrays: list[tuple[Any, bytes]] = []
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
            try:
                if cell.cell_contents is not thing:
                    return False
            except ValueError:  # deleted
                return False
        for names, name, thing in self._globals:
            if names.get(name) is not thing:
                return False
        for thing, name, value in self._attributes:
            if getattr(thing, name, None) is not value:
                return False
        for array, numbers in self._arrays:
            if array.tobytes() != numbers:
                return False
        for node, data, bits in self._read:
            now, its_bits = _numbers(node)
            if its_bits != bits or (bits is None and now is not data):
                return False
        try:
            return self._live == self._seen  # the same objects are equal without being asked
        except ValueError:  # an array in the place of another
            return False

    def _behind(self, thing: Any) -> list[Any]:
        """What can be reached from here, after noting how that is."""
        if isinstance(thing, types.FunctionType):
            return [] if _is_library(thing) else self._behind_function(thing)
        if isinstance(thing, types.MethodType):
            return [thing.__func__, thing.__self__]
        if isinstance(thing, functools.partial):
            return [thing.func, thing.args, thing.keywords]
        if isinstance(thing, np.ndarray):
            if thing.size <= _LOOKED_AT and not thing.dtype.hasobject:
                self._arrays.append((thing, thing.tobytes()))
            return []
        if isinstance(thing, type):  # what its objects have in common
            if _is_library(thing):
                return []
            self._note(thing.__dict__, dict(thing.__dict__))
            return list(thing.__dict__.values())
        if isinstance(thing, dict):
            self._note(thing, dict(thing))
            return list(thing.values())
        if isinstance(thing, list | set | collections.deque):
            self._note(thing, thing.copy())
        if isinstance(thing, list | tuple | set | frozenset | collections.deque):
            return list(thing)
        inner = getattr(thing, "__wrapped__", None)  # of a decorated function
        if inner is not None:
            return [inner]
        found: list[Any] = [type(thing)]
        attributes = getattr(thing, "__dict__", None)
        if isinstance(attributes, dict):
            self._note(attributes, dict(attributes))
            found += attributes.values()
        if not _is_library(type(thing)):
            for name in _slots(type(thing)):
                self._attributes.append((thing, name, getattr(thing, name, None)))
                found.append(self._attributes[-1][2])
        return found

    def _behind_function(self, fun: types.FunctionType) -> list[Any]:
        found = [*(fun.__defaults__ or ()), *(fun.__kwdefaults__ or {}).values()]
        for cell in fun.__closure__ or ():
            try:
                self._cells.append((cell, cell.cell_contents))
            except ValueError:  # a name that has no value yet
                continue
            found.append(cell.cell_contents)
        names = _names(fun.__code__)
        stack = [fun.__globals__]
        for scope in stack:
            for name in names.intersection(scope):
                thing = scope[name]
                if not isinstance(thing, types.ModuleType):
                    self._globals.append((scope, name, thing))
                    found.append(thing)
                elif scope is fun.__globals__ and not _is_installed(
                    thing.__name__.partition(".")[0]
                ):
                    stack.append(vars(thing))  # names that are used may be of this module
        return found

    def _note(self, live: Any, seen: Any) -> None:
        self._live.append(live)
        self._seen.append(seen)


def _numbers(node: Node) -> tuple[Any, bytes | None]:
    """The array of a node and its bits, of a large array only the array."""
    data = node.data if isinstance(node, Value) else node._data  # type: ignore[attr-defined]
    array = data if isinstance(data, np.ndarray) else np.float64(data)
    return data, array.tobytes() if array.size <= _LOOKED_AT else None


def _slots(cls: type) -> list[str]:
    """The attributes that objects of a class keep outside of a dict."""
    members = [name for c in cls.__mro__ for name, x in vars(c).items()
               if isinstance(x, types.MemberDescriptorType)]  # fmt: skip
    return list(dict.fromkeys(members))


def _is_library(thing: Any) -> bool:
    """Whether a function or class is from an installed package, which nobody changes."""
    return _is_installed(getattr(thing, "__module__", None) or "")


@functools.lru_cache
def _is_installed(module: str) -> bool:
    package = module.partition(".")[0]
    if package in _OURS or package in sys.stdlib_module_names:
        return True
    file = getattr(sys.modules.get(package), "__file__", None) or ""
    return any(file.startswith(sysconfig.get_path(kind)) for kind in ("purelib", "platlib"))


def _names(code: types.CodeType) -> set[str]:
    """The global names in a function, and in the functions defined in it."""
    inner = [c for c in code.co_consts if isinstance(c, types.CodeType)]
    return set(code.co_names).union(*map(_names, inner))
