"""What an optimiser steps at once: a tensor, a single Value, or all Values that live in one array.

The scalar parameters of a compiled model are in a pack (see ``autograd.Pack``): an array of their
numbers and one of their gradients, so that a rule for arrays steps them all.  What an optimiser
remembers of them is then in arrays as well.  A pack falls apart when somebody computes with one of
its Values, and a later call packs them again; so what is remembered goes with the Values:

    packed      exp_avg = [0.1 0.3 0.2]
    by Value    a: 0.1,  b: 0.3,  c: 0.2
    packed      exp_avg = [0.3 0.2],  and a alone with its 0.1
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from autograd import Node, packs_of
from nn.checks import fails

__all__ = ["State", "gradient_like", "joined", "of_each", "units_of"]

State = dict[Any, dict[str, Any]]

# What is one number for a whole tensor.
COUNTS = ("step", "mu_product")


def units_of(params: list[Any]) -> list[Any]:
    """The packs, or their parts, that these parameters are in, and the parameters in none."""
    packs, others = packs_of(params)
    return [*packs, *others]


def gradient_like(name: str, g: Any, x: Any) -> Any:
    """A gradient as an array, which must have the shape of the parameter's numbers x.

    Somebody has set it, and NumPy would move all numbers by a single one without a word.
    """
    array = np.asarray(g.primal if isinstance(g, Node) else g)
    if array.dtype.kind not in "biuf" or array.shape != np.shape(x):
        numbers = array.dtype.kind in "biuf"
        raise fails(
            f"{name}: step",
            f"a gradient of the parameter's shape {np.shape(x)}",
            f"shape {array.shape}" if numbers else repr(g)[:80],
            "Set p.grad to None, or to an array of that shape.",
            ValueError if numbers else TypeError,
        )
    return array


def of_each(state: State) -> State:
    """What is remembered of units, as what is remembered of each parameter."""
    single: State = defaultdict(dict)
    for unit, entries in state.items():
        if isinstance(unit, Node):
            single[unit] = entries
            continue
        n = len(unit.values)
        columns = {k: np.broadcast_to(x, n).tolist() for k, x in entries.items()}
        for i, value in enumerate(unit.values):
            single[value] = {k: column[i] for k, column in columns.items()}
    return single


def joined(single: State, groups: list[list[Any]]) -> tuple[State, list[list[Any]]]:
    """What is remembered of the units of groups of parameters, and these units.

    A pack is no unit as long as different things are remembered of its values, such as a velocity
    of some, and nothing of those that had no gradient yet: these take their first step by
    themselves.
    """
    while True:
        units = [units_of(params) for params in groups]
        uneven = [
            unit
            for members in units
            for unit in members
            if not isinstance(unit, Node)
            and len({tuple(single.get(v, ())) for v in unit.values}) > 1
        ]
        if not uneven:
            break
        for unit in uneven:
            unit.leave()
    here = {p for params in groups for p in params}
    # As in PyTorch, what has been taken out of a group finds its memory when it is put back.
    state: State = {p: entries for p, entries in single.items() if p not in here}
    for members in units:
        for unit in members:
            if isinstance(unit, Node):
                if single.get(unit):
                    state[unit] = single[unit]
            elif single.get(unit.values[0]):
                entries = [single[v] for v in unit.values]
                state[unit] = {k: _column(k, entries) for k in entries[0]}
    return state, units


def _column(name: str, entries: list[dict[str, Any]]) -> Any:
    items = [entry[name] for entry in entries]
    if name in COUNTS and all(x == items[0] for x in items):
        return items[0]
    return np.array(items)
