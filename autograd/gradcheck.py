"""Are these derivatives right?  Numeric against analytic, forward against reverse, to any order.

A function of many numbers is tested along random directions: its numeric slope along ``v``, the
tangent that forward mode gives for ``v``, and ``<u, J v>`` against ``<Jᵀ u, v>`` for reverse mode.
The step is swept over several sizes and the best agreement counts: large steps suffer from
curvature, small ones from rounding, and a right derivative agrees somewhere between.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.node import raw
from autograd.transforms import _leaves, _rebuilt, jvp, vjp

__all__ = ["check_grads"]

STEPS = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
TOLERANCE = 1e-6


def check_grads(
    fun: Callable[..., Any],
    modes: Sequence[str] = ("fwd", "rev"),
    order: int = 2,
    seed: int = 0,
    rtol: float = TOLERANCE,
) -> Callable[..., None]:
    """``check_grads(f)(x, y)`` raises AssertionError where a derivative of f is wrong at (x, y).

    Args:
        fun: takes and returns numbers, arrays, or nested tuples, lists and dicts of them.
        modes: "fwd", "rev", or both.
        order: 1 for first derivatives, 2 for derivatives of those too, ...
        seed: of the random directions.
        rtol: how far off a derivative may be, relative to its size (and at least to 1).

    >>> check_grads(np.sin)(0.5)
    >>> check_grads(lambda x: x * x, order=3)(np.array([1.0, -2.0]))
    """

    def check(*args: Any) -> None:
        rng = np.random.default_rng(seed)
        _check(fun, args, tuple(modes), order, rng, rtol)

    return check


def _random_like(tree: Any, rng: np.random.Generator) -> Any:
    draws = (rng.normal(size=np.shape(leaf)) for leaf in _leaves(tree))
    return _rebuilt(tree, (np.asarray(d) for d in draws))


def _moved(tree: Any, direction: Any, step: float) -> Any:
    pairs = zip(_leaves(tree), _leaves(direction), strict=True)
    return _rebuilt(tree, (np.asarray(raw(x)) + step * v for x, v in pairs))


def _inner(a: Any, b: Any) -> float:
    pairs = zip(_leaves(a), _leaves(b), strict=True)
    return float(sum(np.sum(np.asarray(raw(x)) * np.asarray(raw(y))) for x, y in pairs))


def _check(
    fun: Callable[..., Any],
    args: tuple[Any, ...],
    modes: tuple[str, ...],
    order: int,
    rng: np.random.Generator,
    rtol: float,
) -> None:
    v = _random_like(args, rng)
    u = _random_like(_rebuilt_raw(fun(*args)), rng)

    def along(step: float) -> float:
        return _inner(u, _rebuilt_raw(fun(*_moved(args, v, step))))

    numeric = {h: (along(h) - along(-h)) / (2 * h) for h in STEPS}
    found = {}
    if "fwd" in modes:
        found["forward mode"] = _inner(u, jvp(fun, args, v)[1])
    if "rev" in modes:
        found["reverse mode"] = _inner(vjp(fun, *args)[1](u), v)
    for name, slope in found.items():
        errors = {h: abs(n - slope) / max(1.0, abs(n)) for h, n in numeric.items()}
        if not min(errors.values()) <= rtol:
            table = "\n".join(
                f"  step {h:.0e}: numeric {numeric[h]:.10g}, off by {e:.1e}"
                for h, e in errors.items()
            )
            raise AssertionError(
                f"check_grads: {name} gives {slope!r} along a random direction, which agrees with "
                f"no numeric slope (order {order} left to check):\n{table}"
            )
    if order > 1:
        if "fwd" in modes:
            _check(lambda *xs: jvp(fun, xs, v)[1], args, modes, order - 1, rng, rtol)
        if "rev" in modes:
            _check(lambda *xs: vjp(fun, *xs)[1](u), args, modes, order - 1, rng, rtol)


def _rebuilt_raw(tree: Any) -> Any:
    return _rebuilt(tree, (np.asarray(raw(x)) for x in _leaves(tree)))
