"""Settings of an optimiser: numbers like the learning rate, one for each group of parameters.

A class states what a setting has to be, once.  The same line checks it in the constructor, in the
groups and when it is assigned, and makes it an attribute:

    class Descent(Optimizer):
        lr = Setting(at_least_0)            Descent([w], lr=-1) raises
                                            optimizer.lr = 0.1  sets it for all groups
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from nn.checks import fails, real, whole

__all__ = ["Setting", "at_least_0", "betas", "between_0_and_1", "count", "finite", "flag"]

Check = Callable[[str, Any], Any]


class Setting:
    """An attribute of an optimiser that is kept in its groups, and checked."""

    def __init__(self, check: Check) -> None:
        self.check = check
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, optimizer: Any, owner: type) -> Any:
        if optimizer is None:
            return self
        values = [group[self.name] for group in optimizer.param_groups]
        if any(value != values[0] for value in values):
            raise fails(
                f"{owner.__name__}: {self.name}",
                "one value for all groups of parameters",
                ", ".join(map(str, values)),
                f'Read optimizer.param_groups[0]["{self.name}"].',
                AttributeError,
            )
        return values[0]

    def __set__(self, optimizer: Any, value: Any) -> None:
        changed = [
            optimizer.checked({**group, self.name: value}) for group in optimizer.param_groups
        ]
        for group, settings in zip(optimizer.param_groups, changed, strict=True):
            group[self.name] = settings[self.name]
        optimizer.defaults[self.name] = changed[0][self.name]


def at_least_0(what: str, value: Any) -> float:
    """A number such as a learning rate."""
    return real(what, value, "a finite number of at least 0", lambda x: 0 <= x < math.inf)


def finite(what: str, value: Any) -> float:
    """Any number."""
    return real(what, value, "a finite number", math.isfinite)


def between_0_and_1(what: str, value: Any) -> float:
    """A share, ends included."""
    return real(what, value, "a number from 0 to 1", lambda x: 0 <= x <= 1)


def betas(what: str, value: Any) -> tuple[float, float]:
    """How much of two running averages is kept in a step."""
    try:
        first, second = tuple(value) if not isinstance(value, str) else (value,)
    except (TypeError, ValueError):
        raise fails(
            what, "two numbers", repr(value), "Write betas=(0.9, 0.999).", TypeError
        ) from None
    wanted = "a number of at least 0 and less than 1"
    return tuple(  # type: ignore[return-value]
        real(f"{what}[{i}]", x, wanted, lambda x: 0 <= x < 1) for i, x in enumerate((first, second))
    )


def flag(what: str, value: Any) -> bool:
    """True or False."""
    if not isinstance(value, bool | np.bool_):
        raise fails(what, "True or False", repr(value), "", TypeError)
    return bool(value)


def count(what: str, value: Any) -> int:
    """A whole number of at least 1."""
    return whole(what, value, 1)
