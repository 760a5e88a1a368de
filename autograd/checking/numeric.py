"""Derivatives without rules: evaluate at nearby points and divide by the distance.

``(f(x + h v) - f(x - h v)) / 2h`` is off for two reasons.  Its *truncation error* shrinks with the
step as h², because f is not a parabola.  Its *rounding error* grows as ε/h, because the difference
of two nearly equal numbers keeps few digits.  Drawn over h on logarithmic axes their sum is a V:
there is no good step for all functions, so ``step_sweep`` takes many.

Two ideas make the most of them.  *Richardson*: estimates at two steps have truncation errors of a
known ratio, so a combination of them has none of that order; how much a combination moves the
result says how far to trust it.  *Sides*: at a kink the symmetric difference converges happily,
to the average of the slopes on the left and on the right, so both are estimated too.

>>> sweep = step_sweep(np.exp, 0.0, steps=[1e-1, 1e-3, 1e-5, 1e-8, 1e-12])
>>> for h, error in zip(sweep.steps, abs(sweep.central - 1), strict=True):
...     print(f"{h:.0e}  {'#' * int((13 + np.log10(error)) / 2)}")
1e-01  #####
1e-03  ###
1e-05  #
1e-08  ##
1e-12  ####
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

__all__ = [
    "STEPS",
    "Estimate",
    "Slopes",
    "Sweep",
    "limit",
    "numerical_jvp",
    "scatter",
    "slopes",
    "step_sweep",
]

Array = np.ndarray[Any, Any]

STEPS: Array = 10.0 ** -np.arange(1, 8)

EPSILON = float(np.finfo(float).eps)


class Sweep(NamedTuple):
    """Values of a function on a line through a point; the first axis is that of the steps.

    Attributes:
        steps: shape (k,), the largest first.
        here: the value at the point.
        ahead: the values at each step in the direction, shape (k, *value.shape).
        behind: the values at each step against the direction.
    """

    steps: Array
    here: Array
    ahead: Array
    behind: Array

    @property
    def widths(self) -> Array:
        """The steps, in a shape that divides the values."""
        return self.steps.reshape(-1, *(1,) * self.here.ndim)

    @property
    def right(self) -> Array:
        """The slope between the point and each step ahead."""
        return (self.ahead - self.here) / self.widths

    @property
    def left(self) -> Array:
        """The slope between each step behind and the point."""
        return (self.here - self.behind) / self.widths

    @property
    def central(self) -> Array:
        """The slope between each step behind and the step ahead."""
        return np.asarray((self.ahead - self.behind) / (2 * self.widths))


class Estimate(NamedTuple):
    """A limit, and how far off it may be (inf where nothing converges)."""

    value: Array
    error: Array


class Slopes(NamedTuple):
    """The derivative along a direction: from both sides at once, from the left, from the right.

    An error below ``negligible`` is one of a slope that is 0, or of rounding.
    """

    central: Estimate
    left: Estimate
    right: Estimate
    negligible: Array

    @property
    def size(self) -> Array:
        """The larger of both sides."""
        return np.maximum(np.abs(self.left.value), np.abs(self.right.value))

    @property
    def error(self) -> Array:
        """The larger of both sides."""
        return np.maximum(self.left.error, self.right.error)

    @property
    def converged(self) -> Array:
        """Whether there is a slope on both sides."""
        size = np.maximum(self.size, np.abs(self.central.value))
        return np.asarray(self.error <= 1e-3 * size + self.negligible)

    @property
    def gap(self) -> Array:
        """How far left and right differ."""
        return np.asarray(np.abs(self.left.value - self.right.value))

    @property
    def smooth_gap(self) -> Array:
        """How far they may differ where there is one slope."""
        return 100 * self.error + 1e-4 * self.size


def step_sweep(
    f: Callable[[Any], Any], x: Any, v: Any = 1.0, steps: Any = STEPS, here: Any = None
) -> Sweep:
    """Evaluate ``f(x + h v)`` and ``f(x - h v)`` for every step h.

    Args:
        f: takes and returns a number or an array; NaN and infinity are kept, without warnings.
        x: the point; integers count as floats.
        v: the direction, of x's shape or broadcast to it.
        steps: the sizes h, the largest first.
        here: ``f(x)``, where it is known already.

    >>> step_sweep(abs, 0.0, steps=[0.1, 0.01]).right
    array([1., 1.])
    """
    x, v, steps = (np.asarray(a, dtype=float) for a in (x, v, steps))
    with np.errstate(all="ignore"):
        here = np.asarray(f(x) if here is None else here, dtype=float)
        ahead, behind = (
            np.array([np.asarray(f(x + h * v), dtype=float) for h in sign * steps])
            for sign in (1.0, -1.0)
        )
    return Sweep(steps, here, ahead, behind)


def limit(steps: Array, estimates: Array, rounding: Any = 0.0, power: int = 1) -> Estimate:
    """Where estimates go as the step goes to 0: Richardson extrapolation.

    Args:
        steps: shape (k,), at least two, the largest first, of one ratio.
        estimates: shape (k, ...), with truncation errors of order h**power, h**(2 power), ...
        rounding: error of each estimate, of their shape or broadcast to it.
        power: 1 for one-sided slopes, 2 for central ones.

    >>> h = np.array([0.1, 0.01, 0.001])
    >>> round(float(limit(h, np.expm1(h) / h).value), 6)
    1.0
    """
    ratio = float(steps[0] / steps[1])
    noise = np.broadcast_to(rounding, estimates.shape)
    column, values, errors = estimates, [], []
    with np.errstate(all="ignore"):
        for order in range(1, len(steps)):
            finer = column[1:] + (column[1:] - column[:-1]) / (ratio ** (power * order) - 1)
            moved = np.maximum(abs(finer - column[1:]), abs(finer - column[:-1]))
            values.append(finer)
            errors.append(moved + noise[order:])
            column = finer
    value, error = np.concatenate(values), np.concatenate(errors)
    error = np.where(np.isfinite(error), error, np.inf)
    best = np.argmin(error, axis=0)[None]
    return Estimate(
        np.take_along_axis(value, best, axis=0)[0], np.take_along_axis(error, best, axis=0)[0]
    )


def scatter(f: Callable[[Any], Any], x: Any, v: Any = 1.0) -> Array:
    """How far rounding throws values of f about: more than the last digit, if f cancels inside.

    Next door values lie on a smooth curve, but for rounding: what is left of them after taking
    differences of differences.  All are on one side, so that a kink at x does not count.

    >>> bool(1e-12 < scatter(lambda x: (1e6 + np.sin(x)) - 1e6, 2.0) < 1e-9)
    True
    """
    x, v = np.asarray(x, dtype=float), np.asarray(v, dtype=float)
    order = 6
    with np.errstate(all="ignore"):
        line = [np.asarray(f(x + k * 1e-7 * v), dtype=float) for k in range(1, 21)]
        rest = np.max(np.abs(np.diff(line, order, axis=0)), axis=0)
    grown = math.sqrt(math.comb(2 * order, order))  # how much differences enlarge noise
    return np.where(np.isfinite(rest), rest / grown, 0.0)


def slopes(sweep: Sweep, noise: Any = 0.0) -> Slopes:
    """The derivative along the direction of a sweep, from both sides and from each.

    ``noise`` is the rounding error of the values, where it is known (see ``scatter``).  It is at
    least the last digit, and that of 1, because small values come from numbers around 1.

    >>> at_kink = slopes(step_sweep(abs, 0.0))
    >>> float(at_kink.left.value), float(at_kink.central.value), float(at_kink.right.value)
    (-1.0, 0.0, 1.0)
    """
    values = np.stack([sweep.ahead, sweep.behind], axis=1).reshape(len(sweep.steps), -1)
    sizes = np.max(np.abs(values), axis=1, initial=1.0, where=np.isfinite(values))
    values_off = np.maximum(np.multiply.outer(EPSILON * sizes, np.ones_like(sweep.here)), noise)
    rounding = values_off / sweep.widths
    middle = len(sweep.steps) // 2  # slopes that have shrunk a lot from here go to 0
    shrunk = 1e-4 * np.maximum(np.abs(sweep.left), np.abs(sweep.right))[middle]
    return Slopes(
        limit(sweep.steps, sweep.central, rounding, power=2),
        limit(sweep.steps, sweep.left, rounding),
        limit(sweep.steps, sweep.right, rounding),
        shrunk + 1000 * rounding[middle],
    )


def numerical_jvp(f: Callable[[Any], Any], x: Any, v: Any = 1.0) -> Any:
    """The derivative of f at x along v, from values of f alone.

    Args:
        f: takes and returns a number or an array.
        x: the point.
        v: the direction, of x's shape or broadcast to it.

    >>> round(float(numerical_jvp(np.sin, 0.0)), 10)
    1.0
    """
    return slopes(step_sweep(f, x, v), scatter(f, x, v)).central.value
