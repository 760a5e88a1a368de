"""Lists, dicts and sequences of modules: what is put in, taken out and how it is called then."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
import pytest

import nn


def kinds(model: Any) -> list[str]:
    return [f"{name} {type(module).__name__}" for name, module in model.named_children()]


def changes(library: Any) -> list[list[str]]:
    """What is in containers after each of many changes."""
    relu, tanh, elu = library.ReLU, library.Tanh, library.ELU
    found = []
    for kind in ("ModuleList", "Sequential"):
        new = getattr(library, kind)
        model = new(*([[relu(), tanh(), elu()]] if kind == "ModuleList" else [relu(), tanh()]))
        for change in (
            lambda m: m.append(elu()),
            lambda m: m.insert(1, elu()),
            lambda m: m.insert(0, tanh()),
            lambda m: m.extend([relu(), relu()]),
            lambda m: m.pop(1),
            lambda m: m.__delitem__(-1),
            lambda m: m.__delitem__(slice(0, 2)),
            lambda m: m.__setitem__(-1, tanh()),
        ):
            change(model)
            found.append(kinds(model))
        found += [kinds(model[1:]), kinds(model[::-1]), kinds(model + model), [str(len(model))]]
        model += new(*([[elu()]] if kind == "ModuleList" else [elu()]))
        found += [kinds(model), kinds(type(model)(*([model] if kind == "ModuleList" else model)))]
    for change in (
        lambda m: m.__delitem__(0),
        lambda m: m.__setitem__(1, elu()),
        lambda m: m.append(elu()),
        lambda m: m.pop(-1),
    ):
        named = library.Sequential(OrderedDict(first=relu(), then=tanh()))
        found.append(kinds(named[1:]))
        change(named)
        found.append(kinds(named))
    heads = library.ModuleDict([["b", relu()], ["a", tanh()]])
    heads.update({"c": elu(), "b": elu()})
    found.append(kinds(heads))
    found.append([type(heads.pop("a")).__name__, *kinds(heads), *heads])
    heads.clear()
    found.append(kinds(heads))
    return found


def test_containers_change_as_in_pytorch() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    for ours, theirs in zip(changes(nn), changes(torch.nn), strict=True):
        assert ours == theirs


def test_a_named_sequence_takes_a_module_in_between() -> None:
    model = nn.Sequential({"first": nn.Linear(2, 3), "last": nn.Linear(3, 1)})
    model.insert(1, nn.ReLU())  # PyTorch fails
    assert kinds(model) == ["0 Linear", "1 ReLU", "2 Linear"]
    assert model(np.ones((1, 2))).shape == (1, 1)


def test_what_does_not_belong_in_a_container_is_refused() -> None:
    layers, named = nn.ModuleList([nn.ReLU()]), nn.Sequential({"a": nn.ReLU()})
    heads = nn.ModuleDict({"a": nn.ReLU()})
    wrong: list[tuple[Any, type[Exception], str]] = [
        (lambda: layers[1], IndexError, "ModuleList: expected a position, got 1 of 1 modules"),
        (lambda: layers.__setitem__(1, nn.ReLU()), IndexError, "got 1 of 1 modules"),
        (lambda: layers.pop(-2), IndexError, "got -2 of 1 modules"),
        (lambda: named["a"], IndexError, "Sequential: expected a position, got 'a' of 1"),
        (lambda: layers.extend([nn.ReLU(), 3]), TypeError, "ModuleList: expected modules, got 3"),
        (lambda: named.append(nn.ReLU), TypeError, r"Make one of the class: ReLU\(...\)"),
        (lambda: nn.ModuleList(nn.ReLU()), TypeError, "several modules, got ReLU.*in a list"),
        (lambda: layers + 3, TypeError, "ModuleList: expected several modules, got 3"),
        (lambda: nn.Sequential({"train": nn.ReLU()}), KeyError, "name that is free, got 'train'"),
        (lambda: nn.Sequential({"a.b": nn.ReLU()}), KeyError, "name that is free, got 'a.b'"),
        (lambda: heads["b"], KeyError, "ModuleDict: expected one of the names a, got 'b'"),
        (lambda: heads.pop("b"), KeyError, "expected one of the names a, got 'b'"),
        (lambda: heads.update({"keys": nn.ReLU()}), KeyError, "name that is free, got 'keys'"),
    ]
    for call, error, message in wrong:
        with pytest.raises(error, match=message):
            call()
    assert (len(layers), kinds(named), list(heads)) == (1, ["a ReLU"], ["a"])
