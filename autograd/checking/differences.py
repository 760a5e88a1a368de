"""The V curve: how far a numerical derivative is off, over the step.

A large step is off because f is curved (*truncation*), a small one because the difference of two
nearly equal numbers keeps few digits (*rounding*, ε / h); see ``numeric.py``.  The forward
difference has a truncation error of order h, so the two errors are equal at h = √ε, about 1.5e-8;
the central difference one of order h², so they are equal at ε^(1/3), about 6e-6.  That is where
about 8 and about 11 of 16 digits are right: no step gives more, and automatic differentiation,
which takes no differences, gives all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd.checking.numeric import EPSILON, step_sweep
from autograd.errors import message, shown
from autograd.transforms import grad

__all__ = ["DifferenceErrors", "difference_errors"]

Array = np.ndarray[Any, Any]

# From 0.1 to 1e-15, four per power of ten.
STEPS: Array = np.logspace(-1, -15, 57)


class DifferenceErrors(NamedTuple):
    """How far differences are off; arrays of shape (steps,).

    Attributes:
        steps: the sizes h.
        forward: of (f(x + h) - f(x)) / h, without the sign.
        central: of (f(x + h) - f(x - h)) / 2h, without the sign.
        exact: the derivative.
        best_forward, best_central: the steps that theory calls best where x, the value and the
            higher derivatives are around 1: √ε and ε^(1/3).
    """

    steps: Array
    forward: Array
    central: Array
    exact: float
    best_forward: float = EPSILON ** (1 / 2)
    best_central: float = EPSILON ** (1 / 3)


def difference_errors(
    f: Callable[[Any], Any], x: float, *, exact: float | None = None, steps: Any = STEPS
) -> DifferenceErrors:
    """The errors of forward and central differences of f at x, for many steps.

    Args:
        f: from one number to one number; with this library's or NumPy's functions in it.
        x: the point.
        exact: the derivative; by default what ``autograd.grad`` finds.
        steps: the sizes h, positive; by default 57 from 0.1 to 1e-15.

    Raises:
        TypeError: f is no function.
        ValueError: x is not a single number, or f does not return one; steps that are not positive.

    >>> errors = difference_errors(np.exp, 1.0)
    >>> best = errors.steps[errors.forward.argmin()], errors.steps[errors.central.argmin()]
    >>> bool(1e-9 < best[0] < 1e-7), bool(1e-6 < best[1] < 1e-4)
    (True, True)
    """
    steps = np.array(steps, dtype=float)
    if not callable(f):
        fix = "E.g. difference_errors(np.exp, 1.0)."
        raise _fails("a function of one number", f, fix, TypeError)
    if np.ndim(x):
        raise _fails("one number x", x, "Take a direction: lambda t: f(x + t * v), at 0.")
    if steps.ndim != 1 or not steps.size or not np.all((steps > 0) & np.isfinite(steps)):
        raise _fails("a sequence of positive steps", steps, "Leave it out.")
    sweep = step_sweep(f, x, steps=steps)
    if sweep.here.ndim:
        raise _fails("one number from f", sweep.here, "Return a sum, or one element.")
    slope = float(grad(f)(float(x)) if exact is None else exact)
    with np.errstate(all="ignore"):
        return DifferenceErrors(
            steps, np.abs(sweep.right - slope), np.abs(sweep.central - slope), slope
        )


def _fails(expected: str, got: Any, fix: str, kind: type = ValueError) -> Exception:
    text = message("difference_errors", expected=expected, got=shown(got), fix=fix)
    error: Exception = kind(text)
    return error
