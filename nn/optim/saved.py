"""The state of an optimiser as plain data, in PyTorch's structure, and back."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np

from nn.checks import fails
from nn.optim.units import COUNTS, State

__all__ = ["array_like", "loaded", "saved"]

# Settings of PyTorch's that say how to compute, not what.
IGNORED = ("foreach", "fused", "capturable", "differentiable")
Entry = Callable[[str, Any, Any], Any]


def saved(groups: list[dict[str, Any]], state: State) -> dict[str, Any]:
    """Copies of the groups and of what is remembered, the parameters as numbers."""
    number = {p: i for i, p in enumerate(p for group in groups for p in group["params"])}
    return {
        "state": {number[p]: copy.deepcopy(dict(state[p])) for p in number if state.get(p)},
        "param_groups": [
            {k: copy.copy(v) for k, v in group.items() if k != "params"}
            | {"params": [number[p] for p in group["params"]]}
            for group in groups
        ],
    }


def loaded(
    what: str, state_dict: Any, groups: list[dict[str, Any]], entry: Entry
) -> tuple[list[dict[str, Any]], State]:
    """New groups and what to remember, from what ``saved`` returned; all problems are listed."""
    try:
        saved_groups = [dict(group) for group in state_dict["param_groups"]]
        numbers = [list(group.pop("params")) for group in saved_groups]
        entries = {k: dict(v) for k, v in state_dict["state"].items()}
    except (TypeError, KeyError, AttributeError, ValueError):
        raise fails(
            what, "what state_dict() returns", repr(state_dict)[:80], "", TypeError
        ) from None
    sizes, own = [len(n) for n in numbers], [len(group["params"]) for group in groups]
    if sizes != own:
        raise fails(
            what,
            f"groups of {own} parameters",
            f"groups of {sizes}",
            "Build the optimiser as it was when it was saved.",
        )
    params = [p for group in groups for p in group["params"]]
    of_number = dict(zip([i for n in numbers for i in n], params, strict=True))
    problems = [f"unknown parameter {i!r}" for i in entries if i not in of_number]
    state: State = defaultdict(dict)
    for i, p in of_number.items():
        for name, value in entries.get(i, {}).items():
            try:
                state[p][name] = entry(name, value, p)
            except ValueError as problem:
                problems.append(f"{name} of parameter {i} {problem}")
    if problems:
        raise fails(
            what,
            "entries that fit the parameters",
            "; ".join(problems),
            "Build the model and the optimiser as they were when they were saved.",
        )
    merged = [
        group | {k: v for k, v in new.items() if k not in IGNORED}
        for group, new in zip(groups, saved_groups, strict=True)
    ]
    return merged, state


def array_like(name: str, value: Any, parameter: Any) -> Any:
    """An array as a parameter is one, or a single number; ValueError says what is wrong."""
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"is {value!r}"[:80])
    if name in COUNTS and array.size == 1:
        return array.item()
    shape = np.shape(parameter.primal)
    if array.shape != shape:
        raise ValueError(f"of shape {array.shape} for {shape}")
    return array.item() if isinstance(parameter.primal, float) else array.astype(parameter.dtype)
