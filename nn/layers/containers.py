"""Modules made of modules: one after the other, in a list, by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

from nn.checks import fails
from nn.module import Module

__all__ = ["ModuleDict", "ModuleList", "Sequential"]


def _module(what: str, thing: Any) -> Module:
    if not isinstance(thing, Module):
        fix = "For a function, write a Module whose forward calls it."
        if isinstance(thing, type) and issubclass(thing, Module):
            fix = f"Make one of the class: {thing.__name__}(...)."
        raise fails(what, "modules", repr(thing)[:80], fix, TypeError)
    return thing


def _several(what: str, given: Any) -> list[Any]:
    if not isinstance(given, Iterable):
        raise fails(what, "several modules", repr(given)[:80], "Put them in a list.", TypeError)
    return list(given)


class ModuleList(Module):
    """Modules in a list; called by hand, one by one.

    >>> import nn
    >>> layers = nn.ModuleList([nn.Linear(2, 3)])
    >>> layers.append(nn.Linear(3, 1))[-1].out_features
    1
    >>> [name for name, _ in layers.named_parameters()]
    ['0.weight', '0.bias', '1.weight', '1.bias']
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        self.extend(() if modules is None else modules)

    # Modules are attributes whose names are numbers, as in PyTorch.

    def _named(self) -> dict[str, Module]:
        return {name: x for name, x in vars(self).items() if name.isdigit()}

    def append(self, module: Module) -> Self:
        """Add one more at the end."""
        setattr(self, str(len(self)), _module(type(self).__name__, module))
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add several, or none if one is no module."""
        what = type(self).__name__
        for module in [_module(what, x) for x in _several(what, modules)]:
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> None:
        """Add one before the position ``index``; all are called by their positions then."""
        listed = list(self)
        listed.insert(index, _module(type(self).__name__, module))
        self._renumber(listed)

    def pop(self, key: int) -> Any:
        """Take one out."""
        module = self[key]
        del self[key]
        return module

    def _renumber(self, listed: list[Module]) -> None:
        for name in self._named():
            delattr(self, name)
        for i, module in enumerate(listed):
            setattr(self, str(i), module)

    def _names(self, index: Any) -> Any:
        """The name at a position, or the names in a slice."""
        names = list(self._named())
        try:
            return names[index]
        except (IndexError, TypeError):
            got = f"{index!r} of {len(names)} modules"
            fix = "They count from 0, or from the end with -1."
            raise fails(type(self).__name__, "a position", got, fix, IndexError) from None

    def __getitem__(self, index: Any) -> Any:
        names, named = self._names(index), self._named()
        if isinstance(names, list):
            return type(self)([named[name] for name in names])
        return named[names]

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, self._names(index), _module(type(self).__name__, module))

    def __delitem__(self, index: Any) -> None:
        names = self._names(index)
        gone = {names} if isinstance(names, str) else set(names)
        self._renumber([x for name, x in self._named().items() if name not in gone])

    def __len__(self) -> int:
        return len(self._named())

    def __iter__(self) -> Iterator[Module]:
        return iter(self._named().values())

    def __add__(self, other: Iterable[Module]) -> Self:
        return type(self)([*self, *_several(type(self).__name__, other)])

    def __iadd__(self, other: Iterable[Module]) -> Self:
        return self.extend(other)


class Sequential(ModuleList):
    """Modules one after the other: the output of each is the input of the next.

    Args:
        *modules: the modules; or one dict of them, whose keys are their names.

    Raises:
        TypeError: something that is no module.

    >>> import nn, numpy as np
    >>> model = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))
    >>> model(np.ones((5, 4))).shape
    (5, 2)
    >>> list(model.state_dict())
    ['0.weight', '0.bias', '2.weight', '2.bias']
    """

    def __init__(self, *modules: Any) -> None:
        if len(modules) == 1 and isinstance(modules[0], Mapping):
            for name, module in modules[0].items():
                self.add_module(name, _module("Sequential", module))
        elif len(modules) == 1 and isinstance(modules[0], list | tuple):
            self.extend(modules[0])
        else:
            self.extend(modules)

    def _named(self) -> dict[str, Module]:
        return {name: x for name, x in vars(self).items() if isinstance(x, Module)}

    def __getitem__(self, index: Any) -> Any:
        names, named = self._names(index), self._named()
        if isinstance(names, list):
            return type(self)({name: named[name] for name in names})
        return named[names]

    def forward(self, input: Any) -> Any:
        """The output of the last module."""
        out = input
        for module in list(vars(self).values()):
            if isinstance(module, Module):
                out = module(out)
        return out


class ModuleDict(Module):
    """Modules by name; called by hand.

    >>> import nn
    >>> heads = nn.ModuleDict({"age": nn.Linear(8, 1), "kind": nn.Linear(8, 3)})
    >>> heads["kind"].out_features, list(heads)
    (3, ['age', 'kind'])
    """

    def __init__(self, modules: Any = None) -> None:
        self.update(modules or {})

    def update(self, modules: Any) -> None:
        """Add several, or replace them; a dict or pairs of names and modules."""
        for name, module in dict(modules).items():
            self[name] = module

    def _by_name(self) -> dict[str, Module]:
        return {name: x for name, x in vars(self).items() if isinstance(x, Module)}

    def __getitem__(self, name: str) -> Module:
        found: Module = getattr(self, name) if name in self else self._missing(name)
        return found

    def _missing(self, name: Any) -> Any:
        names = ", ".join(self) or "none"
        raise fails("ModuleDict", f"one of the names {names}", repr(name), "", KeyError)

    def __setitem__(self, name: str, module: Module) -> None:
        self.add_module(name, _module("ModuleDict", module))

    def __delitem__(self, name: str) -> None:
        self.pop(name)

    def pop(self, key: str) -> Module:
        """Take one out."""
        module = self[key]
        delattr(self, key)
        return module

    def clear(self) -> None:
        """Take all out."""
        for name in list(self):
            del self[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name()

    def __len__(self) -> int:
        return len(self._by_name())

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name())

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._by_name().keys()

    def values(self) -> Iterable[Module]:
        """The modules."""
        return self._by_name().values()

    def items(self) -> Iterable[tuple[str, Module]]:
        """Pairs of both."""
        return self._by_name().items()
