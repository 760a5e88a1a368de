"""Checks of arguments that several parts of ``nn`` take: whole numbers, real numbers, chance.

Each returns the checked value or raises with what was asked, what was expected and what came.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["check_random", "fails", "no_object", "real", "whole"]

_BOOLS = (bool, np.bool_)  # made once, which `bool | np.bool_` would not be


def whole(what: str, value: Any, least: int, most: int | None = None, otherwise: str = "") -> int:
    """``value`` as an int between ``least`` and ``most``.

    >>> whole("n", 3.0, 1)
    Traceback (most recent call last):
        ...
    TypeError: n: expected a whole number of at least 1, got 3.0.
    """
    error: type[Exception] = TypeError
    try:
        if isinstance(value, _BOOLS):
            raise TypeError
        value = operator.index(value)
        if value >= least and (most is None or value <= most):
            return value  # type: ignore[no-any-return]
        error = ValueError
    except TypeError:
        pass
    wanted = f"a whole number of at least {least}" + (f" and at most {most}" if most else "")
    raise error(f"{what}: expected {wanted}{otherwise}, got {value!r}.")


def real(what: str, value: Any, wanted: str, holds: Callable[[float], bool]) -> float:
    """``value`` as a float for which ``holds``; ``wanted`` says in words what that means."""
    try:
        if isinstance(value, str | bool | np.bool_):
            raise TypeError
        number = float(value)
    except TypeError:
        raise TypeError(f"{what}: expected {wanted}, got {value!r}.") from None
    if not holds(number):
        raise ValueError(f"{what}: expected {wanted}, got {value!r}.")
    return number


def check_random(what: str, seed: Any, rng: Any) -> None:
    """At most one of a seed and a generator, and each of the right kind."""
    if seed is not None and rng is not None:
        raise ValueError(f"{what}: expected at most one of seed and rng, got both. Drop the seed.")
    if seed is not None:
        whole(f"{what}: seed", seed, 0)
    elif rng is not None and not (hasattr(rng, "permutation") or hasattr(rng, "sample")):
        raise TypeError(
            f"{what}: rng: expected a random.Random or numpy.random.Generator, got {rng!r}. "
            "To fix what is random by a number, use seed."
        )


def fails(
    what: str, expected: str, got: str, fix: str, error: type[Exception] = ValueError
) -> Exception:
    """An error in the one shape of messages: what was asked, expected, and came, and a way out."""
    return error(f"{what}: expected {expected}, got {got}. {fix}".rstrip())


def no_object(what: str, expected: str, given: Any, fix: str, arguments: str = "") -> Exception:
    """The error for what is not the object that is expected; a class of them is to be called."""
    got = repr(given)[:80]
    if isinstance(given, type):
        name = ("nn." if given.__module__.startswith("nn.") else "") + given.__name__
        got, fix = f"the class {given.__name__}", f"Write {name}({arguments})."
    return fails(what, expected, got, fix, TypeError)
