"""Do numeric and analytic derivatives agree, along one direction?

A function of n numbers with m results has a Jacobian J of m × n.  Nobody needs all of it: for one
random direction v the vector ``J v`` is off with probability 1 wherever J is, it costs one call of
forward mode, and two evaluations a step.  Reverse mode gives ``Jᵀ u`` for a random u, which is
right when ``<Jᵀ u, v> = <u, J v>``: one number that every wrong entry of Jᵀ disturbs.

The derivative of ``x -> J(x) v`` is the next order, and is checked in the same way.

Steps are seen against the size of the arguments: 0.1 beside 1e10 changes nothing.  But the sine of
1e6 turns in steps of 1, and the logarithm of 1e-8 ends 1e-8 away.  So before anything is called
wrong, shorter steps are asked too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd.checking.numeric import (
    EPSILON,
    STEPS,
    Array,
    Slopes,
    Sweep,
    scatter,
    slopes,
    step_sweep,
)
from autograd.checking.vectorizing import Vectorized
from autograd.transforms import jvp, vjp

__all__ = [
    "MODES",
    "Disagreement",
    "Probe",
    "disagreement",
    "first_disagreement",
    "probe",
]

MODES = ("fwd", "rev")
FEW_STEPS = STEPS[1:4]  # enough for most functions at most points
DOUBT = 1e-4  # no more of a slope than this is forgiven because finite differences are unsure
GROUPS = 32  # into so many parts a direction is cut to go around a kink


class Disagreement(NamedTuple):
    """What was found along one direction.

    Attributes:
        kind: "value" (it is not finite), "error" (a rule raised), "wrong", "kink" (no derivative,
            and nothing is wrong beside it), or "modes" (right as far as numbers can tell, but they
            should agree better).
        modes: which modes are wrong.
        badness: how many times more than what is allowed.
        path: the modes that gave the function, for a derivative of the derivative.
        function: the function, or its derivative, that was moved.
        direction: in which it was moved.
        weights: of its results, for reverse mode.
        error: what the rule raised.
    """

    kind: str
    modes: tuple[str, ...]
    badness: float
    path: tuple[str, ...]
    function: Vectorized
    direction: Array
    weights: Array
    error: Exception | None = None


class Probe(NamedTuple):
    """What was measured along a direction v, with weights u of the results.

    Attributes:
        sweep, slopes: numeric, per result.
        forward: J v, or None without forward mode.
        reverse: ``<Jᵀ u, v>``, or None without reverse mode.
        kinked: per result, how many times more left and right slopes differ than they may.
        off: per mode, how many times more it is off than it may be; "modes" is about both.
    """

    sweep: Sweep
    slopes: Slopes
    forward: Array | None
    reverse: float | None
    kinked: Array
    off: dict[str, float]


def first_disagreement(
    function: Vectorized,
    modes: tuple[str, ...],
    order: int,
    rng: np.random.Generator,
    rtol: float,
    direction: Array | None = None,
    path: tuple[str, ...] = (),
) -> Disagreement | None:
    """Check a function along one random direction (or a given one), then its derivatives."""
    v = rng.normal(size=function.x.size) * function.scale() if direction is None else direction
    u = rng.normal(size=function.y.size)
    found = disagreement(function, modes, v, u, rtol)
    if found is not None:
        return found._replace(path=path)
    if order > 1 and function.x.size and function.y.size:
        for mode in modes:
            call = _derivative_of(function, mode, v, u)
            further = Vectorized(call, function.leaves, function.places)
            found = first_disagreement(
                further, modes, order - 1, rng, rtol, direction, (*path, mode)
            )
            if found is not None:
                return found
    return None


def _derivative_of(function: Vectorized, mode: str, v: Array, u: Array) -> Callable[..., Any]:
    """``x -> J(x) v`` or ``x -> J(x)ᵀ u``."""
    if mode == "fwd":
        tangents = function.tangents(v)
        return lambda *xs: jvp(function.call, xs, tangents)[1]
    cotangents = function.cotangents(u)
    return lambda *xs: vjp(function.call, *xs)[1](cotangents)


def disagreement(
    function: Vectorized,
    modes: tuple[str, ...],
    v: Array,
    u: Array,
    rtol: float,
    cap: float = DOUBT,
) -> Disagreement | None:
    """Check one derivative along v, with a few steps and, in doubt, with all."""
    found = Disagreement("value", modes, np.inf, (), function, v, u)
    if not np.isfinite(function.y).all():
        return found
    try:
        said = _said(function, modes, v, u)
    except _RuleError as raised:
        return found._replace(kind="error", modes=(raised.mode,), error=raised.error)
    for steps in (FEW_STEPS, STEPS):
        seen = _compared(function, said, v, u, rtol, steps, cap)
        kink = float(np.max(seen.kinked, initial=0.0))
        off = tuple(mode for mode in modes if seen.off[mode] > 1)
        if kink <= 1 and not off:
            if seen.off.get("modes", 0.0) > 1:
                return found._replace(kind="modes", badness=seen.off["modes"])
            drowned = _drowned(said, v)
            beside = None
            if drowned.any():  # large values make small slopes unsure to any degree
                beside = disagreement(function, modes, drowned, u, rtol, cap=np.inf)
            return beside if beside is not None and beside.kind == "wrong" else None
    if any(
        _right_nearby(function, said, seen, factor, v, u, rtol) for factor in _nearer(function, v)
    ):
        return None
    if kink > 1:
        smooth = _without_kinks(function, v)
        beside = disagreement(function, modes, smooth, u, rtol) if smooth.any() else None
        # What is infinite or NaN may be so for the slope of a kink, which is 0 times in it.
        if beside is not None and beside.kind == "wrong" and np.isfinite(beside.badness):
            return beside
        return found._replace(kind="kink", badness=kink)
    return found._replace(kind="wrong", modes=off, badness=max(seen.off[mode] for mode in off))


def _drowned(said: dict[str, Array], v: Array) -> Array:
    """The part of a direction that cannot be seen beside slopes that are a million times larger.

    Reverse mode says which these are; slopes up to 1e5 hide nothing that matters.
    """
    parts = np.abs(said.get("rev", np.ones_like(v)) * v)
    largest = np.max(parts, initial=0.0)
    return np.where(parts < 1e-6 * largest, v, 0.0) if 1e5 < largest < np.inf else 0.0 * v


def _nearer(function: Vectorized, v: Array) -> list[float]:
    """Factors that make v small beside each argument, or beside 1, where it is not."""
    x, length = np.abs(function.x), np.abs(v)
    moved = (x > 0) & (length > 0)
    own = float(np.min(x[moved] / length[moved], initial=1.0))
    one = 1 / float(np.max(length, initial=1.0))
    return sorted((f for f in {own, one} if 0 < f < 0.1), reverse=True)


def _right_nearby(
    function: Vectorized,
    said: dict[str, Array],
    seen: Probe,
    factor: float,
    v: Array,
    u: Array,
    rtol: float,
) -> bool:
    """Whether nothing is wrong but the steps, which were too long for this function.

    Shorter ones keep fewer digits.  So they have to be sure, and to contradict what was seen with
    the long ones: a slope that both find is one, and a rule that says another is wrong.
    """
    scaled = {mode: x * factor if mode == "fwd" else x for mode, x in said.items()}
    v = v * factor
    rounded = EPSILON * float(np.max(np.abs(function.x[v != 0] / v[v != 0]), initial=0.0))
    near = _compared(function, scaled, v, u, rtol, STEPS, rounded=rounded)
    if np.max(near.kinked, initial=0.0) > 1 or max(near.off.values()) > 1:
        return False
    numeric, error = near.slopes.central
    moved = [(x != near.sweep.here).any(axis=0) for x in (near.sweep.ahead, near.sweep.behind)]
    sure = (30 * error <= 1e-3 * np.abs(numeric)) | ~np.logical_or(*moved)
    apart = np.abs(numeric - factor * seen.slopes.central.value)
    same = apart <= 3000 * error + 1e-3 * np.abs(numeric)
    return bool(sure.all() and (np.max(seen.kinked, initial=0.0) > 1 or not same.all()))


def _without_kinks(function: Vectorized, v: Array) -> Array:
    """The direction v without the elements whose moving alone meets a kink.

    A kink in one element is no excuse for a rule that is wrong in another.  Many elements are tried
    in groups.
    """
    smooth = np.zeros_like(v)
    for some in np.array_split(np.arange(v.size), min(v.size, GROUPS)):
        part = np.zeros_like(v)
        part[some] = v[some]
        both = slopes(step_sweep(function, function.x, part, here=function.y))
        if np.max(_kinked(both), initial=0.0) <= 1:
            smooth += part
    return smooth if (smooth != v).any() else np.zeros_like(v)


def _kinked(both: Slopes) -> Array:
    """Per result, how many times more left and right slopes differ than they may."""
    return np.where(both.converged, _ratio(both.gap, both.smooth_gap), np.inf)


def probe(function: Vectorized, modes: tuple[str, ...], v: Array, u: Array, rtol: float) -> Probe:
    """Measure along v at all steps."""
    return _compared(function, _said(function, modes, v, u), v, u, rtol, STEPS)


class _RuleError(Exception):
    def __init__(self, mode: str, error: Exception) -> None:
        super().__init__(mode, error)
        self.mode, self.error = mode, error


def _said(function: Vectorized, modes: tuple[str, ...], v: Array, u: Array) -> dict[str, Array]:
    """What each mode says: J v and Jᵀ u."""
    said = {}
    for mode in modes:
        try:
            said[mode] = function.forward(v) if mode == "fwd" else function.reverse(u)
        except Exception as error:
            raise _RuleError(mode, error) from error
    return said


def _compared(
    function: Vectorized,
    said: dict[str, Array],
    v: Array,
    u: Array,
    rtol: float,
    steps: Array,
    cap: float = DOUBT,
    rounded: float = 0.0,
) -> Probe:
    """Numeric slopes along v at these steps, against what each mode says.

    ``rounded`` is how far off a step of length v may be, because its ends are floats.
    """
    sweep = step_sweep(function, function.x, v, steps, here=function.y)
    in_doubt = len(steps) > len(FEW_STEPS)
    noise = np.max(scatter(function, function.x, v), initial=0.0) if in_doubt else 0.0
    if rounded:
        noise = max(noise, rounded * np.max(np.abs(sweep.central[len(steps) // 2]), initial=0.0))
    both = slopes(sweep, noise)
    numeric, error = both.central
    forward, pulled = said.get("fwd"), said.get("rev")
    reverse, off = None, {}
    with np.errstate(all="ignore"):
        kinked = _kinked(both)
        size = np.abs(numeric) if forward is None else np.maximum(abs(numeric), abs(forward))
        doubt = np.minimum(30 * error, cap * np.maximum(size, 1))
        tolerance = rtol * size + doubt
        if forward is not None:
            off["fwd"] = float(np.max(_ratio(abs(forward - numeric), tolerance), initial=0.0))
        if pulled is not None:
            reverse, weights = _inner(pulled, v), np.abs(u)
            # Two modes add up the same products in another order, and they may cancel.
            rounding = rtol / 1000 * _inner(np.abs(pulled), np.abs(v))
            within = _inner(weights, tolerance) + rounding
            off["rev"] = float(_ratio(abs(reverse - _inner(u, numeric)), within))
            if forward is not None:
                within = _inner(weights, rtol / 100 * abs(forward) + doubt) + rounding
                off["modes"] = float(_ratio(abs(reverse - _inner(u, forward)), within))
    return Probe(sweep, both, forward, reverse, kinked, off)


def _inner(a: Array, b: Array) -> float:
    """``<a, b>``, where 0 says that it does not matter what the other is."""
    return float(np.sum(a * b, where=(a != 0) & (b != 0)))


def _ratio(part: Any, whole: Any) -> Any:
    """``part / whole``, where nothing of nothing is 0, and what is not a number is too much."""
    ratio = np.where(np.equal(part, 0), 0.0, np.divide(part, whole))
    return np.where(np.isnan(ratio), np.inf, ratio)
