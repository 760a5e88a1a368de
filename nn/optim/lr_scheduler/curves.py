"""The curves: the factor of a learning rate as a function of the step, a number or an array.

Each returns an array of the shape of ``step``, or a number for a number.  These are all closed
forms: the rate at a step follows from the step alone, so that a curve can be plotted as a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = [
    "constant",
    "cosine",
    "cycle",
    "exponential",
    "linear",
    "multi_step",
    "one_cycle",
    "polynomial",
    "staircase",
    "warm_restarts",
]


def staircase(step: Any, step_size: int, gamma: float = 0.1) -> Any:
    """Times ``gamma`` every ``step_size`` steps.

    >>> staircase(np.arange(5), step_size=2, gamma=0.5)
    array([1.  , 1.  , 0.5 , 0.5 , 0.25])
    """
    return np.power(float(gamma), np.floor_divide(step, step_size))


def multi_step(step: Any, milestones: Sequence[int], gamma: float = 0.1) -> Any:
    """Times ``gamma`` at each milestone.

    >>> multi_step(np.arange(5), milestones=[1, 4], gamma=0.5)
    array([1.  , 0.5 , 0.5 , 0.5 , 0.25])
    """
    return gamma ** np.searchsorted(np.sort(milestones), step, side="right")


def constant(step: Any, factor: float = 1 / 3, total_iters: int = 5) -> Any:
    """``factor`` before step ``total_iters``, and 1 from then on.

    >>> constant(np.arange(4), factor=0.5, total_iters=2)
    array([0.5, 0.5, 1. , 1. ])
    """
    return np.where(np.less(step, total_iters), factor, 1.0)[()]


def linear(
    step: Any, start_factor: float = 1 / 3, end_factor: float = 1.0, total_iters: int = 5
) -> Any:
    """From ``start_factor`` to ``end_factor`` along a line, in ``total_iters`` steps.

    >>> linear(np.arange(4), start_factor=0.5, total_iters=2)
    array([0.5 , 0.75, 1.  , 1.  ])
    """
    share = np.minimum(step, total_iters) / total_iters
    return start_factor + (end_factor - start_factor) * share


def exponential(step: Any, gamma: float) -> Any:
    """Times ``gamma`` at each step.

    >>> exponential(np.arange(3), gamma=0.5)
    array([1.  , 0.5 , 0.25])
    """
    return np.power(float(gamma), step)


def polynomial(step: Any, total_iters: int = 5, power: float = 1.0) -> Any:
    """From 1 to 0 in ``total_iters`` steps, as a power of what is left.

    >>> polynomial(np.arange(4), total_iters=2, power=2.0)
    array([1.  , 0.25, 0.  , 0.  ])
    """
    return (1 - np.minimum(step, total_iters) / total_iters) ** power


def cosine(step: Any, T_max: float) -> Any:
    """From 1 to 0 in ``T_max`` steps, and back up in as many, along a cosine.

    >>> cosine(np.arange(5), T_max=2).round(6)
    array([1. , 0.5, 0. , 0.5, 1. ])
    """
    return (1 + np.cos(np.multiply(np.pi, step) / T_max)) / 2


def warm_restarts(step: Any, T_0: int, T_mult: int = 1) -> Any:
    """From 1 to 0 along a cosine in ``T_0`` steps, again in ``T_mult`` times as many, ...

    >>> warm_restarts(np.arange(7), T_0=2, T_mult=2).round(6)
    array([1.      , 0.5     , 1.      , 0.853553, 0.5     , 0.146447,
           1.      ])
    """
    return cosine(*cycle(step, T_0, T_mult))


def cycle(step: Any, T_0: int, T_mult: int = 1) -> tuple[Any, Any]:
    """How far a step is in its cycle, and how long that is, for ``warm_restarts``.

    >>> cycle(np.arange(7), T_0=2, T_mult=2)  # cycles start at 0, 2, 6, 14, ...
    (array([0, 1, 0, 1, 2, 3, 0]), array([2, 2, 4, 4, 4, 4, 8]))
    """
    if T_mult == 1:
        return np.mod(step, T_0), T_0
    starts, length = [0], T_0
    while starts[-1] + length <= np.max(step, initial=0):
        starts.append(starts[-1] + length)
        length *= T_mult
    index = np.searchsorted(starts, step, side="right") - 1
    return np.subtract(step, np.array(starts)[index]), T_0 * T_mult**index


def one_cycle(
    step: Any,
    total_steps: int,
    values: Sequence[float],
    pct_start: float = 0.3,
    anneal_strategy: str = "cos",
) -> Any:
    """Between three values in two phases, or four in three: from low to high and down again.

    Args:
        step: up to ``total_steps - 1``.
        total_steps: the length of the cycle.
        values: at the start, after the first phase, (after the second,) and at the end.
        pct_start: the share of the steps in the first phase (and of those in the second).
        anneal_strategy: ``"cos"`` or ``"linear"`` from one value to the next.

    >>> one_cycle(np.arange(6), 6, [0.0, 1.0, 0.5], pct_start=0.5, anneal_strategy="linear")
    array([0.        , 0.5       , 1.        , 0.83333333, 0.66666667,
           0.5       ])
    """
    phases = len(values) - 1
    ends = [k * (pct_start * total_steps - 1) for k in range(1, phases)] + [total_steps - 1]
    starts = np.array([0.0, *ends[:-1]])
    lengths = ends - starts
    phase = np.searchsorted(ends[:-1], step, side="left")
    length = lengths[phase]
    share = np.where(length == 0, 1.0, (step - starts[phase]) / np.where(length == 0, 1.0, length))
    start, end = np.array(values[:-1])[phase], np.array(values[1:])[phase]
    if anneal_strategy == "cos":
        return (end + (start - end) * (1 + np.cos(np.pi * share)) / 2)[()]
    return (start + (end - start) * share)[()]
