"""Do numeric and analytic derivatives agree, along one direction?

A function of n numbers with m results has a Jacobian J of m × n.  Nobody needs all of it: for one
random direction v the vector ``J v`` is off with probability 1 wherever J is, it costs one call of
forward mode, and two evaluations a step.  Reverse mode gives ``Jᵀ u`` for a random u, which is
right when ``<Jᵀ u, v> = <u, J v>``: one number that every wrong entry of Jᵀ disturbs.

The derivative of ``x -> J(x) v`` is the next order, and is checked in the same way.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.checking.numeric import STEPS, Slopes, Sweep, scatter, slopes, step_sweep
from autograd.errors import message, shown
from autograd.node import raw
from autograd.tensor import Tensor
from autograd.transforms import jvp, vjp
from autograd.trees import leaves, rebuilt

__all__ = [
    "MODES",
    "Array",
    "Disagreement",
    "Probe",
    "Vectorized",
    "disagreement",
    "first_disagreement",
    "paths",
    "probe",
    "vectorized",
]

Array = np.ndarray[Any, Any]

MODES = ("fwd", "rev")
FEW_STEPS = STEPS[1:4]  # enough for most functions at most points
DOUBT = 1e-4  # no more of a slope than this is forgiven because finite differences are unsure
GROUPS = 32  # into so many parts a direction is cut to go around a kink


class Vectorized:
    """A function of arrays as a function of one vector, at one point.

    Args:
        call: takes arrays, or Tensors; returns a nested structure of them.
        leaves: the float64 arrays at the point.
        places: how messages call each leaf.

    Attributes:
        x: all leaves as one vector.
        out: the value there, in its structure.
        y: the value as one vector.
    """

    def __init__(
        self, call: Callable[..., Any], arrays: Sequence[Array], places: Sequence[str]
    ) -> None:
        self.call, self.leaves, self.places = call, arrays, places
        self.x = _joined(arrays)
        with np.errstate(all="ignore"):
            self.out = call(*map(Tensor, arrays))
        self.y = self.flat(self.out)

    def flat(self, tree: Any) -> Array:
        """A result, or a tangent of it, as one vector."""
        return _joined([_array(x, "result") for x in leaves(tree)])

    def split(self, vector: Array, like: Sequence[Any]) -> list[Array]:
        """A vector cut into arrays of given shapes."""
        sizes = [np.size(raw(x)) for x in like]
        parts = np.split(vector, np.cumsum(sizes)[:-1]) if like else []
        return [p.reshape(np.shape(raw(x))) for p, x in zip(parts, like, strict=True)]

    def __call__(self, x: Array) -> Array:
        return self.flat(self.call(*map(Tensor, self.split(x, self.leaves))))

    def tangents(self, v: Array) -> tuple[Array, ...]:
        """A direction in the shapes of the leaves."""
        return tuple(self.split(v, self.leaves))

    def cotangents(self, u: Array) -> Any:
        """Weights of the results in the structure of the result."""
        return rebuilt(self.out, iter(self.split(u, leaves(self.out))))

    def forward(self, v: Array) -> Array:
        """J v, by forward mode."""
        with np.errstate(all="ignore"):
            return self.flat(jvp(self.call, tuple(self.leaves), self.tangents(v))[1])

    def reverse(self, u: Array) -> Array:
        """Jᵀ u, by reverse mode."""
        if not self.y.size:
            return np.zeros_like(self.x)
        with np.errstate(all="ignore"):
            return self.flat(vjp(self.call, *self.leaves)[1](self.cotangents(u)))

    def scale(self) -> Array:
        """The size that a step in each element should be seen against: that of its leaf."""
        return _joined([np.full(x.shape, _power_of_ten(x)) for x in self.leaves])


def vectorized(fun: Callable[..., Any], args: Sequence[Any], names: Sequence[str]) -> Vectorized:
    """A function of nested tuples, lists and dicts as a function of the arrays in them.

    Integers and float32 become float64; booleans are no numbers, and stay as they are.

    Raises:
        TypeError: an argument or result that is no number or array.
    """
    tree = tuple(args)
    given = [_array(x, "argument") for x in leaves(tree)]
    moves = [x.dtype.kind != "b" for x in given]
    places = [p for arg, name in zip(args, names, strict=True) for p in paths(arg, name)]

    def call(*numbers: Any) -> Any:
        moving = iter(numbers)
        both = (next(moving) if m else x for x, m in zip(given, moves, strict=True))
        return fun(*rebuilt(tree, both))

    moved = [x.astype(float) for x in itertools.compress(given, moves)]
    return Vectorized(call, moved, list(itertools.compress(places, moves)))


def _joined(arrays: Sequence[Array]) -> Array:
    """Arrays as one vector of float64."""
    return np.concatenate([np.zeros(0), *(np.ravel(x) for x in arrays)]).astype(float)


def _power_of_ten(x: Array) -> float:
    """The size of an array, roughly; 1 if it has none."""
    size = float(np.max(np.abs(x), initial=0.0))
    return float(10.0 ** max(np.floor(np.log10(size)), -3)) if 0 < size < np.inf else 1.0


def _array(x: Any, role: str) -> Array:
    try:
        array = np.asarray(raw(x))
    except (TypeError, ValueError):
        array = np.asarray(None)
    if array.dtype.kind not in "biuf":
        raise TypeError(
            message(
                "check_grads",
                expected=f"each {role} to be a number, an array, or tuples, lists, dicts of them",
                got=shown(x),
                fix="Say what to differentiate, e.g. argnum=0, or give settings by keyword."
                if role == "argument"
                else "Return what has a derivative.",
            )
        )
    return array


def paths(tree: Any, path: str) -> Iterator[str]:
    """The name of each leaf, in the order of the leaves: ``argument 0['w'][2]``."""
    if isinstance(tree, dict):
        items = [(repr(key), tree[key]) for key in tree]
    elif isinstance(tree, tuple | list):
        items = [(str(i), item) for i, item in enumerate(tree)]
    else:
        yield path
        return
    for key, item in items:
        yield from paths(item, f"{path}[{key}]")


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
) -> Probe:
    """Numeric slopes along v at these steps, against what each mode says."""
    sweep = step_sweep(function, function.x, v, steps, here=function.y)
    in_doubt = len(steps) > len(FEW_STEPS)
    noise = np.max(scatter(function, function.x, v), initial=0.0) if in_doubt else 0.0
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
