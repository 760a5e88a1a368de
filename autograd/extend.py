"""The names and signatures of HIPS autograd's ``autograd.extend``, for code written for it.

>>> import numpy as np
>>> import autograd
>>> @primitive
... def cube(x):
...     return x**3
>>> defvjp(cube, lambda ans, x: lambda g: g * 3 * x**2)
>>> autograd.grad(cube)(2.0)
12.0
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd.custom import UserPrimitive, primitive

__all__ = ["defjvp", "defvjp", "primitive"]


def _in_place(rules: Sequence[Any], argnums: Sequence[int] | None) -> list[Any]:
    """The rule of each argument; None where none is given."""
    numbers = range(len(rules)) if argnums is None else argnums
    placed: list[Any] = [None] * (max(numbers, default=-1) + 1)
    for i, rule in zip(numbers, rules, strict=True):
        placed[i] = rule
    return placed


def defvjp(
    fun: UserPrimitive, *makers: Callable[..., Any] | None, argnums: Sequence[int] | None = None
) -> None:
    """State vjps as HIPS does: each maker takes ``(ans, *args)`` and returns ``g -> cotangent``."""

    def vjp(maker: Callable[..., Any]) -> Callable[..., Any]:
        return lambda g, out, *args, **kwargs: maker(out, *args, **kwargs)(g)

    fun.defvjp(*(None if m is None else vjp(m) for m in _in_place(makers, argnums)))


def defjvp(
    fun: UserPrimitive, *jvps: Callable[..., Any] | None, argnums: Sequence[int] | None = None
) -> None:
    """State jvps as HIPS does: each takes ``(g, ans, *args)``, which is ours too."""
    fun.defjvp(*_in_place(jvps, argnums))
