"""Modules made of modules: one after the other, in a list, by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nn.checks import fails
from nn.module import Module

__all__ = ["ModuleDict", "ModuleList", "Sequential"]


def _module(what: str, thing: Any) -> Module:
    if not isinstance(thing, Module):
        fix = "For a function, write a Module whose forward calls it."
        raise fails(what, "modules", repr(thing), fix, TypeError)
    return thing


class ModuleList(Module):
    """Modules in a list; called by hand, one by one.

    >>> import nn
    >>> layers = nn.ModuleList([nn.Linear(2, 3)])
    >>> layers.append(nn.Linear(3, 1))[-1].out_features
    1
    >>> [name for name, _ in layers.named_parameters()]
    ['0.weight', '0.bias', '1.weight', '1.bias']
    """

    def __init__(self, modules: Iterable[Module] = ()) -> None:
        self.extend(modules)

    # Modules are attributes whose names are numbers, as in PyTorch.

    def _listed(self) -> list[Module]:
        return [x for name, x in vars(self).items() if name.isdigit()]

    def append(self, module: Module) -> ModuleList:
        """Add one more at the end."""
        setattr(self, str(len(self)), _module(type(self).__name__, module))
        return self

    def extend(self, modules: Iterable[Module]) -> ModuleList:
        """Add several."""
        for module in modules:
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> None:
        """Add one before the position ``index``."""
        listed = self._listed()
        listed.insert(index, _module(type(self).__name__, module))
        self._renumber(listed)

    def _renumber(self, listed: list[Module]) -> None:
        for name in [name for name in vars(self) if name.isdigit()]:
            delattr(self, name)
        for i, module in enumerate(listed):
            setattr(self, str(i), module)

    def __getitem__(self, index: Any) -> Any:
        found = self._listed()[index]
        return type(self)(found) if isinstance(found, list) else found

    def __setitem__(self, index: int, module: Module) -> None:
        place = range(len(self))[index]
        setattr(self, str(place), _module(type(self).__name__, module))

    def __delitem__(self, index: Any) -> None:
        listed = self._listed()
        del listed[index]
        self._renumber(listed)

    def __len__(self) -> int:
        return len(self._listed())

    def __iter__(self) -> Iterator[Module]:
        return iter(self._listed())


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
                setattr(self, name, _module("Sequential", module))
        elif len(modules) == 1 and isinstance(modules[0], list | tuple):
            self.extend(modules[0])
        else:
            self.extend(modules)

    def _listed(self) -> list[Module]:
        return [x for name, x in vars(self).items() if isinstance(x, Module)]

    def forward(self, x: Any) -> Any:
        """The output of the last module."""
        for module in self._listed():
            x = module(x)
        return x


class ModuleDict(Module):
    """Modules by name; called by hand.

    >>> import nn
    >>> heads = nn.ModuleDict({"age": nn.Linear(8, 1), "kind": nn.Linear(8, 3)})
    >>> heads["kind"].out_features, list(heads)
    (3, ['age', 'kind'])
    """

    def __init__(self, modules: Mapping[str, Module] | None = None) -> None:
        self.update(modules or {})

    def update(self, modules: Mapping[str, Module]) -> None:
        """Add several, or replace them."""
        for name, module in modules.items():
            self[name] = module

    def _by_name(self) -> dict[str, Module]:
        return {name: x for name, x in vars(self).items() if isinstance(x, Module)}

    def __getitem__(self, name: str) -> Module:
        return self._by_name()[name]

    def __setitem__(self, name: str, module: Module) -> None:
        if hasattr(type(self), name) or not name or "." in name or name.startswith("_"):
            fix = "Names are parts of the parameters' names: letters, digits, underscores."
            raise fails("ModuleDict", "a name that is free", repr(name), fix, KeyError)
        setattr(self, name, _module("ModuleDict", module))

    def __delitem__(self, name: str) -> None:
        self._by_name()[name]  # a KeyError of its own
        delattr(self, name)

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
