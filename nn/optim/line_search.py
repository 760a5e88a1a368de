"""How far to go along a direction: a step for which the strong Wolfe conditions hold.

With f(t) the loss at x + t d, a step t is good if the loss has fallen in proportion to the slope at
the start, f(t) <= f(0) + c1 t f'(0), and the slope has flattened, |f'(t)| <= c2 |f'(0)|.  Steps
grow until one is good or an interval must contain a good one, then this bracket shrinks; new steps
are minima of cubics through two points and their slopes (Nocedal and Wright, 2006, 3.5).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = ["Point", "strong_wolfe"]


class Point(NamedTuple):
    """A step along the direction, and what was found there."""

    t: float
    loss: float
    gradient: Any
    slope: float


def strong_wolfe(
    evaluate: Callable[[float], Point],
    start: Point,
    t: float,
    longest: float,
    most: int,
    tolerance_change: float = 1e-9,
    c1: float = 1e-4,
    c2: float = 0.9,
) -> tuple[Point, int]:
    """A good step, or the best one found, and how often the loss was computed.

    Args:
        evaluate: computes the loss, its gradient and slope after a step.
        start: where the direction starts, t = 0.
        t: the step to try first.
        longest: the largest element of the direction, which tells how far a step goes.
        most: the number of further steps to try.
        tolerance_change: brackets that are shorter than this are not searched any more.
        c1, c2: the constants of the conditions.
    """

    def too_high(new: Point) -> bool:
        return new.loss > start.loss + c1 * new.t * start.slope

    def flat(new: Point) -> bool:
        return abs(new.slope) <= -c2 * start.slope

    before, new = start, evaluate(t)
    tries = 0
    while True:
        if tries >= most:
            low, high = start, new
            break
        if too_high(new) or (tries > 1 and new.loss >= before.loss):
            low, high = before, new
            break
        if flat(new):
            return new, tries + 1
        if new.slope >= 0:
            low, high = before, new
            break
        bounds = new.t + 0.01 * (new.t - before.t), 10 * new.t
        before, new = new, evaluate(cubic_minimum(before, new, bounds))
        tries += 1

    # `low` is the better end of the bracket, `first` the end that was there first: the cubic is
    # drawn from it.
    first, second = low, high
    swapped = not first.loss <= second.loss
    stuck = False
    while tries < most and not abs(second.t - first.t) * longest < tolerance_change:
        t = cubic_minimum(first, second)
        left, right = min(first.t, second.t), max(first.t, second.t)
        margin = 0.1 * (right - left)
        if min(right - t, t - left) < margin:  # too close to an end: once is luck
            if stuck or t >= right or t <= left:
                t = right - margin if abs(t - right) < abs(t - left) else left + margin
                stuck = False
            else:
                stuck = True
        else:
            stuck = False
        new = evaluate(t)
        tries += 1
        low, high = (second, first) if swapped else (first, second)
        done = False
        if too_high(new) or new.loss >= low.loss:
            high = new
            first, second = (high, low) if swapped else (low, high)
            swapped = not first.loss <= second.loss
        else:
            done = flat(new)
            if not done and new.slope * (high.t - low.t) >= 0:
                high = low
            low = new
            first, second = (high, low) if swapped else (low, high)
        if done:
            break
    return (second if swapped else first), tries + 1


def cubic_minimum(a: Point, b: Point, bounds: tuple[float, float] | None = None) -> float:
    """Where the cubic with the losses and slopes of two points has its minimum, within bounds."""
    low, high = bounds or (min(a.t, b.t), max(a.t, b.t))
    s = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
    square = s * s - a.slope * b.slope
    if a.t > b.t:
        a, b = b, a
    divisor = b.slope - a.slope + 2 * math.sqrt(square) if square >= 0 else 0.0
    if not divisor:  # no minimum
        return (low + high) / 2
    t = b.t - (b.t - a.t) * ((b.slope + math.sqrt(square) - s) / divisor)
    return min(max(t, low), high)
