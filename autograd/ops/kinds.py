"""The kinds of primitive: what a rule says, and how both modes of differentiation follow from it.

Vocabulary.  A primitive computes ``out`` from its inputs ``x``, ``y``, ``z`` (the *primals*).  Its
*local derivative*, or *partial*, with respect to one input says how much ``out`` changes when that
input changes a little.  A *tangent* is how fast something moves; a *cotangent*, how much the final
result changes with it.  The *vjp* (pullback, reverse mode) turns the cotangent ``g`` of ``out``
into that of an input; the *jvp* (pushforward, forward mode) turns tangents of inputs into that of
``out``.

* *elementwise* states each partial: vjp ``g * partial``, jvp the sum of ``partial * tangent``;
* *flat*: elementwise, with a derivative of zero wherever it has one: comparisons, ``sign``;
* *linear* in its first input names its transpose: vjp ``transpose(g)``, jvp ``f(tangent)``;
* *bilinear* is linear in each of two inputs and names both transposes;
* *reduction* and *selection* (``reductions.py``): one number from many;
* *custom* states vjp and jvp.

Rules are written with this library's own operations.  So one line gives a number when it is called
with numbers, an array from arrays, a formula from symbols, and from nodes something that can be
differentiated again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.node import Primitive, Rule

__all__ = ["bilinear", "custom", "elementwise", "flat", "linear", "rules_of", "scaled"]


def elementwise(
    name: str,
    forward: Callable[..., Any],
    scalar: str,
    *partials: Rule | int | None,
    symbol: str = "",
    doc: str = "",
) -> Primitive:
    """A primitive whose output is computed element by element; a partial may be just 1 or -1."""
    vjps = tuple(None if p is None else _times(p, len(partials)) for p in partials)
    rules = rules_of(partials)
    jvp = _sum_of_products(rules)
    return Primitive(name, "elementwise", forward, scalar, rules, symbol, doc, vjps, jvp)


def rules_of(partials: tuple[Any, ...]) -> tuple[Any, ...]:
    """Partials as rules: a constant becomes the function that always returns it."""
    return tuple(_always(p) if isinstance(p, int) else p for p in partials)


def _always(partial: int) -> Rule:
    return lambda out, *inputs: partial


def scaled(g: Any, partial: Any) -> Any:
    """``g * partial``, without multiplying by one."""
    if partial.__class__ is int and partial in (1, -1):
        return g if partial == 1 else -g
    return g * partial


def _times(partial: Rule | int, inputs: int) -> Rule:
    """The vjp ``g * partial``: one function call less than a generic one would take."""
    if partial == 1:
        return lambda g, out, *inputs: g
    if partial == -1:
        return lambda g, out, *inputs: -g
    rule: Any = partial
    if inputs == 1:
        return lambda g, out, x: g * rule(out, x)
    if inputs == 2:
        return lambda g, out, x, y: g * rule(out, x, y)
    return lambda g, out, x, y, z: g * rule(out, x, y, z)


def _sum_of_products(partials: tuple[Rule | None, ...]) -> Rule:
    def jvp(tangents: Any, out: Any, *inputs: Any) -> Any:
        total = None
        for tangent, rule in zip(tangents, partials, strict=True):
            if tangent is not None and rule is not None:
                term = scaled(tangent, rule(out, *inputs))
                total = term if total is None else total + term
        return total

    return jvp


def flat(
    name: str,
    forward: Callable[..., Any],
    scalar: str,
    inputs: int,
    symbol: str = "",
    doc: str = "",
    make: type[Primitive] = Primitive,
) -> Primitive:
    """An elementwise primitive whose derivative is zero wherever it has one."""
    none = (None,) * inputs
    return make(name, "flat", forward, scalar, none, symbol, doc, none, _nothing)


def _nothing(*_: Any, **__: Any) -> None:
    """The jvp of what does not move."""


def linear(
    name: str,
    forward: Callable[..., Any],
    transpose: Rule,
    others: int = 0,
    symbol: str = "",
    doc: str = "",
) -> Primitive:
    """A primitive that is linear in its first input; ``others`` counts inputs such as indices.

    ``transpose(g, x, *others, **params)`` gives the cotangent of x; it may ask x for its shape.
    """

    def vjp(g: Any, out: Any, *inputs: Any, **params: Any) -> Any:
        return transpose(g, *inputs, **params)

    def jvp(tangents: Any, out: Any, x: Any, *rest: Any, **params: Any) -> Any:
        return None if tangents[0] is None else primitive(tangents[0], *rest, **params)

    vjps = (vjp,) + (None,) * others
    primitive = Primitive(name, "linear", forward, "", (), symbol, doc, vjps, jvp)
    return primitive


def bilinear(
    name: str,
    forward: Callable[..., Any],
    to_x: Rule,
    to_y: Rule,
    symbol: str = "",
    doc: str = "",
) -> Primitive:
    """A primitive that is linear in each of two inputs.

    ``to_x(g, x, y, **params)`` gives the cotangent of x, and ``to_y`` that of y.
    """

    def vjp_x(g: Any, out: Any, x: Any, y: Any, **params: Any) -> Any:
        return to_x(g, x, y, **params)

    def vjp_y(g: Any, out: Any, x: Any, y: Any, **params: Any) -> Any:
        return to_y(g, x, y, **params)

    def jvp(tangents: Any, out: Any, x: Any, y: Any, **params: Any) -> Any:
        dx, dy = tangents
        from_x = None if dx is None else primitive(dx, y, **params)
        from_y = None if dy is None else primitive(x, dy, **params)
        if from_x is None or from_y is None:
            return from_y if from_x is None else from_x
        return from_x + from_y

    primitive = Primitive(name, "bilinear", forward, "", (), symbol, doc, (vjp_x, vjp_y), jvp)
    return primitive


def custom(
    name: str,
    forward: Callable[..., Any],
    *vjps: Rule | None,
    jvp: Rule,
    symbol: str = "",
    doc: str = "",
) -> Primitive:
    """A primitive that states ``vjp(g, out, *inputs)`` and ``jvp(tangents, out, *inputs)``."""
    return Primitive(name, "custom", forward, "", (), symbol, doc, vjps, jvp)
