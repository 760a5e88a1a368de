"""The tree of what is in a module: modules, parameters and buffers, found by their paths.

There is nothing to register.  A module's parameters are found by looking at its attributes: nodes,
other modules, and lists, tuples and dicts of these.  The path to a parameter is its name:
``layers.0.neurons.3.w.1``.

What counts as a parameter is a leaf that is to be trained: a ``Value``, a ``Parameter``, or any
tensor that requires gradients.  Tensors that are remembered but not trained (a running mean) are
*buffers*, and these alone are registered by name.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from autograd import Node, Tensor, Value
from nn.checks import fails

__all__ = ["Parameter", "Tree", "walk"]


class Parameter(Tensor):
    """A tensor to be trained.  It stays a module's parameter when it is frozen.

    Args:
        data: the array, or what ``Tensor`` takes.
        requires_grad: False to freeze it.
        label: a name for pictures and messages.
        dtype: NumPy's.

    >>> Parameter([1.0, 2.0])
    Tensor([1., 2.], requires_grad=True)
    """

    __slots__ = ()

    def __init__(
        self, data: Any, requires_grad: bool = True, label: str = "", dtype: Any = None
    ) -> None:
        super().__init__(data, requires_grad, label, dtype)


class Tree:
    """What has attributes that are searched: the part of ``Module`` that names what is in it."""

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Any]]:
        """This module and all modules in it, each once, with its path."""
        for kind, path, thing in walk(self, prefix, set()):
            if kind == "module":
                yield path, thing

    def modules(self) -> Iterator[Any]:
        """This module and all modules in it."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, Any]]:
        """The modules that are in this one directly, with their paths."""
        for kind, path, thing in walk(self, "", set(), deep=False):
            if kind == "module" and thing is not self:
                yield path, thing

    def children(self) -> Iterator[Any]:
        """The modules that are in this one directly."""
        return (module for _, module in self.named_children())

    def named_parameters(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Any]]:
        """Each parameter once, with its path: those of a module, then those of modules in it.

        Attributes whose names start with an underscore are private to the module: they are
        searched for modules and ``Parameter``s, and not for other tensors, Values or lists.

        Args:
            prefix: what the paths start with.
            recurse: whether to look into the modules in this one.
        """
        for kind, path, thing in walk(self, prefix, set(), recurse):
            if kind == "parameter":
                yield path, thing

    def parameters(self, recurse: bool = True) -> list[Any]:
        """All parameters, in the order of ``named_parameters()``; a list (PyTorch: an iterator)."""
        return [parameter for _, parameter in self.named_parameters("", recurse)]

    def named_buffers(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Any]]:
        """Each buffer once, with its path."""
        for kind, path, thing in walk(self, prefix, set(), recurse):
            if kind.endswith("buffer"):
                yield path, thing

    def buffers(self, recurse: bool = True) -> list[Any]:
        """All buffers."""
        return [buffer for _, buffer in self.named_buffers("", recurse)]

    def get_submodule(self, target: str) -> Any:
        """The module at a path; AttributeError where there is none.

        >>> import nn
        >>> nn.Sequential(nn.Linear(2, 3)).get_submodule("0").out_features
        3
        """
        return self._at("module", target)

    def get_parameter(self, target: str) -> Any:
        """The parameter at a path; AttributeError where there is none."""
        return self._at("parameter", target)

    def get_buffer(self, target: str) -> Any:
        """The buffer at a path; AttributeError where there is none."""
        return self._at("buffer", target)

    def _at(self, kind: str, target: str) -> Any:
        everything = walk(self, "", set(), repeat=True)
        there = {path: x for found, path, x in everything if found.endswith(kind)}
        if target not in there:
            raise AttributeError(_no_such(type(self).__name__, f"path of a {kind}", target, there))
        return there[target]

    # --- what is put in by name ---

    def add_module(self, name: str, module: Any) -> None:
        """Set a module as the attribute ``name``; any attribute that is a module is found."""
        check_put("add_module", self, name, module, Tree)
        setattr(self, name, module)

    register_module = add_module

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Set a parameter as the attribute ``name``; any attribute that is a Parameter is found."""
        check_put("register_parameter", self, name, param, Parameter)
        setattr(self, name, param)

    def register_buffer(self, name: str, tensor: Any, persistent: bool = True) -> None:
        """Remember a tensor that is not trained as the attribute ``name``.

        Args:
            name: of the attribute.
            tensor: a Tensor, or None for none yet.
            persistent: whether it is in the ``state_dict``.

        Raises:
            TypeError: something else than a tensor.
            KeyError: a name that is taken, or cannot be part of a path.
        """
        check_put("register_buffer", self, name, tensor, Tensor)
        self.__dict__.setdefault("_buffer_names", {})[name] = persistent
        setattr(self, name, tensor)

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute; a parameter, buffer or module is not lost to something of another kind.

        Raises:
            TypeError: an array in the place of a parameter, and the like; nothing has changed then.
        """
        if name in self.__dict__:
            check_replaces(self, name, value)
        super().__setattr__(name, value)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # Python asks for many of these that need not be there
            raise AttributeError(name)
        own = [x for x in {*vars(self), *dir(type(self))} if not x.startswith("_")]
        raise AttributeError(_no_such(type(self).__name__, "name of an attribute", name, own))


def _no_such(what: str, wanted: str, name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(names), 3)
    fix = f"Did you mean {' or '.join(near)}?" if near else "dir(module) lists attributes."
    return f"{what}: expected the {wanted}, got {name!r}. {fix}"


def check_put(what: str, module: Any, name: Any, thing: Any, kind: type) -> None:
    """A name that can be part of a path and hides nothing else, for a thing of this kind."""
    if thing is not None and not isinstance(thing, kind):
        wanted = "Module" if kind is Tree else kind.__name__
        raise fails(what, f"a {wanted} or None", f"{thing!r} as {name!r}", "", TypeError)
    is_word = isinstance(name, str) and name and "." not in name
    old = vars(module).get(name) if is_word else None
    if not is_word or hasattr(type(module), name) or not isinstance(old, kind | None):
        fix = "Names are parts of the parameters' names: letters, digits, underscores."
        raise fails(what, "a name that is free", repr(name), fix, KeyError)


def check_replaces(module: Any, name: str, value: Any) -> None:
    """Whether ``module.name = value`` leaves a parameter, buffer or module what it is, or None."""
    old = module.__dict__[name]
    is_buffer = name in _buffer_names(module.__dict__)
    if value is None or not (isinstance(old, _GUARDED) or is_buffer):
        return
    fix = "To be rid of it, del first."
    if isinstance(old, Tree):
        fits, wanted = isinstance(value, Tree), "Module"
    else:
        fix = f"To change its numbers, write {name}.data = array. {fix}"
        if is_buffer:
            fits, wanted = isinstance(value, Tensor), "Tensor"
        elif isinstance(old, Parameter):
            fits, wanted = isinstance(value, Node) and _is_parameter(value), "Parameter"
        else:  # a Value may be a parameter, and may be what a module remembers
            fits, wanted = isinstance(value, Node) or not _is_parameter(old), type(old).__name__
    if not fits:
        got = type(value).__name__
        raise fails(f"{type(module).__name__}.{name}", f"a {wanted} or None", got, fix, TypeError)


_GUARDED = (Node, Tree)  # made once: attributes are set often


def _buffer_names(attributes: dict[str, Any]) -> dict[str, bool]:
    """The names of buffers, and whether they are saved."""
    names: dict[str, bool] = attributes.get("_buffer_names", {})
    return names


def walk(
    thing: Any, path: str, seen: set[int], deep: bool = True, repeat: bool = False
) -> Iterator[tuple[str, str, Any]]:
    """Modules, parameters and buffers, in PyTorch's order: what a module owns, then its modules.

    Each comes once, so that shared ones count once; with ``repeat``, under each of its names.
    Without ``deep``, the modules inside are named, and not looked into.
    """
    if isinstance(thing, Node):
        if _is_parameter(thing) and id(thing) not in seen:
            if not repeat:
                seen.add(id(thing))
            yield "parameter", path, thing
        return
    if not isinstance(thing, _OPENED) or id(thing) in seen:
        return
    if repeat:
        seen = seen | {id(thing)}  # only what this is inside of, so that no circle is endless
    else:
        seen.add(id(thing))
    items: Iterable[tuple[Any, Any]]
    if isinstance(thing, Tree):
        yield "module", path, thing
        items = _in_order(vars(thing))
    else:
        items = thing.items() if isinstance(thing, dict) else enumerate(thing)
    start = f"{path}." if path else ""
    for name, x in items:
        if isinstance(x, _Buffer):
            if id(x.tensor) not in seen:
                if not repeat:
                    seen.add(id(x.tensor))
                yield x.kind, f"{start}{name}", x.tensor
        elif deep or not isinstance(x, Tree):
            yield from walk(x, f"{start}{name}", seen, deep, repeat)
        elif id(x) not in seen:
            seen.add(id(x))
            yield "module", f"{start}{name}", x


# Made once: to write ``Node | dict`` where it is asked for makes a new type each time.
_OPENED, _SEARCHED, _TRAINED = (
    (Tree, dict, list, tuple),
    (Node, dict, list, tuple),
    (Value, Parameter),
)


class _Buffer(NamedTuple):
    kind: str
    tensor: Any


def _in_order(attributes: dict[str, Any]) -> list[tuple[str, Any]]:
    """What a module owns, its buffers, and then its modules and the lists of them.

    Private attributes are searched where PyTorch would: for modules, Parameters and buffers.
    """
    persistent = _buffer_names(attributes)
    owned: list[tuple[str, Any]] = []
    buffers: list[tuple[str, Any]] = []
    rest: list[tuple[str, Any]] = []
    for name, x in attributes.items():
        if isinstance(x, Tree):
            rest.append((name, x))
        elif not isinstance(x, _SEARCHED):
            continue
        elif name in persistent:
            kind = "buffer" if persistent[name] else "passing buffer"
            buffers.append((name, _Buffer(kind, x)))
        elif isinstance(x, Parameter):
            owned.append((name, x))
        elif name[0] != "_":
            inside = x.values() if isinstance(x, dict) else () if isinstance(x, Node) else x
            holds = any(isinstance(item, Tree) for item in inside)
            (rest if holds else owned).append((name, x))
    return [*owned, *buffers, *rest]


def _is_parameter(node: Any) -> bool:
    trained = isinstance(node, _TRAINED) or node.requires_grad
    return bool(node.is_leaf and trained)
