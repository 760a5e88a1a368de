"""Symbols: call a rule with symbols instead of numbers, and what comes back is its formula.

>>> from autograd import ops
>>> x, out = Symbol("x"), Symbol("out")
>>> print(ops.sqrt.partials[0](out, x))
0.5 / out
>>> print(ops.where(x > 0, x * x, -x))
(x * x) if (1.0 if x > 0.0 else 0.0) else (-x)

The formula is Python source on floats; the names in it are those of the ``math`` module.
"""

from __future__ import annotations

import re
from typing import Any

from autograd.node import Primitive
from autograd.operators import Operators

__all__ = ["Symbol", "substitute"]

_INPUT = re.compile(r"\b[xyz]\b")
_ATOM = re.compile(r"[\w.]+|\w+\([^()]*\)")


class Symbol(Operators):
    """A name, or an expression made of names, that prints as Python source."""

    __slots__ = ("source",)

    def __init__(self, source: str) -> None:
        self.source = source

    def __str__(self) -> str:
        return self.source

    def __repr__(self) -> str:
        return f"Symbol({self.source!r})"

    @staticmethod
    def _apply_primitive(primitive: Primitive, args: tuple[Any, ...], params: Any) -> Symbol:
        return Symbol(substitute(primitive.scalar, args))


def formula(thing: Any) -> str:
    """The source of a symbol, or of a plain number: floats only, so that 1 becomes 1.0."""
    return thing.source if isinstance(thing, Symbol) else repr(float(thing))


def substitute(template: str, args: tuple[Any, ...]) -> str:
    """``template`` with x, y, z replaced by the sources of ``args``, in parentheses where needed.

    >>> substitute("x * y", (Symbol("a + b"), 2))
    '(a + b) * 2.0'
    """
    sources = []
    for arg in args:
        source = formula(arg)
        sources.append(source if _ATOM.fullmatch(source) else f"({source})")
    return _INPUT.sub(lambda match: sources["xyz".index(match.group())], template)
