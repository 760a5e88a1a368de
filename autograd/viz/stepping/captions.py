"""What is said at each step: a line of words, and the chain rule with its numbers.

The numbers come from the events.  On graphs of arrays the chain rule is that of ``array_rules``.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np

from autograd.explaining.names import names_of
from autograd.node import Node, raw
from autograd.viz.boxes import shortened
from autograd.viz.changed import changed_inputs, changed_text
from autograd.viz.stepping import array_rules
from autograd.viz.stepping.arrays import value
from autograd.viz.stepping.events import Event
from autograd.viz.stepping.tokens import Token, d, number, plain, sign, typed

__all__ = ["Caption", "caption", "named"]

TERMS, PAIRS = 4, 3  # of a list and of a weighted sum that are written out
INFIX = {"add": "+", "sub": "−", "mul": "×", "div": "÷", "greater": ">", "greater_equal": "≥",
         "less": "<", "less_equal": "≤", "equal": "=", "not_equal": "≠"}  # fmt: skip
_AGAIN = re.compile(r" \((\d+)\)$")  # how a name says that it was taken
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class Caption(NamedTuple):
    """What is said at one step; ``phase`` is that of the event."""

    phase: str
    words: str
    formula: list[Token]

    def said(self) -> str:
        """All of it as plain text."""
        return f"{self.words} {plain(self.formula)}".strip()


def named(root: Any) -> dict[Any, str]:
    """A name for each node, no two alike: those of ``explain``, set in type; L for the root.

    >>> from autograd import Value
    >>> a, b = Value(1.0, label="a"), Value(2.0, label="a")
    >>> list(named(a * b + 3.0).values())
    ['a', 'a₍₂₎', 'v₁', 'L']
    """
    names = names_of(root)
    found = {node: name if node.label.strip() else _set(name) for node, name in names.items()}
    found = {node: _AGAIN.sub(lambda m: f"₍{_low(m[1])}₎", name) for node, name in found.items()}
    if not root.label.strip() and "L" not in names.values():
        found[root] = "L"
    return found if len(set(found.values())) == len(found) else names


def _set(name: str) -> str:
    return name[0] + _low(name[1:])


def _low(digits: str) -> str:
    return digits.translate(SUBSCRIPTS)


def caption(event: Event, order: list[Any], names: dict[Any, str]) -> Caption:
    """What is said at an event of the graph whose nodes are ``order``."""
    if event.phase == "given":
        leaves = [node for node in order if node.op is None]
        words = "Forward: inputs and parameters have their values."
        return Caption(event.phase, words, _given(leaves, names))
    node, name, top = event.node, names[event.node], names[order[-1]]
    changed = changed_inputs(node)
    if event.phase == "forward" and changed:
        # The numbers that it was computed from are gone, or are not those in the boxes.
        words = f"Forward: {name} was computed before {changed_text(changed)} changed."
        formula = [Token("name", name), sign("="), *value(raw(node), first=True, answer=True)]
        return Caption(event.phase, words, formula)
    if event.phase == "forward":
        formula = [Token("name", name), sign("="), *_computation(node, names), sign("=")]
        formula += value(raw(node), first=True, answer=True)
        return Caption(event.phase, f"Forward: {name} is computed.", formula)
    if event.move is None:
        words = f"Backward starts at {top}, with the derivative of {top} to itself."
        return Caption(event.phase, words, [d(top, top), sign("="), *number(1.0, answer=True)])
    move, to = event.move, names[event.move.parent]
    words = f"Backward: from {name} to {to}"
    words += f" by the vjp of {shortened(node.op.name)}" if callable(move.local) else ""
    words += f" ({changed_text(changed)} as when {name} was computed)" if changed else ""
    formula = [d(top, to), sign("=" if event.before is None else "+=")]
    if callable(move.local) or np.ndim(move.upstream) or np.ndim(move.local):
        formula += array_rules.rule(event, names, top)
    else:
        if node is not order[-1]:  # there ∂L/∂b would be both the edge's and the sum over all paths
            formula += [d(top, name), sign("·"), d(name, to), sign("=")]
        formula += [*value(move.upstream, first=True), sign("×"), *value(move.local)]
    formula += [sign("="), *value(move.contribution, first=True, answer=True)]
    if event.before is not None:
        words += ", where paths meet and add up"
        formula += [sign(";"), *value(event.before, first=True), sign("+")]
        formula += value(move.contribution, answer=True)
    hooked = _hooked(event)
    if event.before is not None or hooked:
        formula += [sign("→"), *value(move.accumulated, first=True, answer=True)]
    words += ", and a hook changes the gradient" if hooked else ""
    return Caption(event.phase, f"{words}{_stopped(event)}.", formula)


def _hooked(event: Event) -> bool:
    """Whether what the receiver has now is more than a sum."""
    move = event.move
    assert move is not None
    total = move.contribution if event.before is None else event.before + move.contribution
    hooks = getattr(move.parent, "_hooks", None)
    return hooks is not None and not np.array_equal(total, move.accumulated, equal_nan=True)


def _stopped(event: Event) -> str:
    """What is said about factors that are 0."""
    count, size = array_rules.stopped(event)
    if 0 < count < size:
        return f" (a factor 0 stops {count} of {size} elements)"
    return " (a factor 0 stops everything)" if count else ""


def _computation(node: Any, names: dict[Any, str]) -> list[Token]:
    """The operation of a node, with names and then with numbers."""
    if any(np.ndim(raw(x)) for x in (node, *node.inputs)):
        return array_rules.operation(node, names)
    return [*_operation(node, names), sign("="), *_operation(node)]


def _given(leaves: list[Any], names: dict[Any, str]) -> list[Token]:
    """The first leaves; of an array the shape, its numbers are in its box."""
    formula: list[Token] = []
    for leaf in leaves[:TERMS]:
        formula += [sign(",")] if formula else []
        shape = np.shape(raw(leaf))
        told = [Token("word", f"{shape}")] if shape else [sign("="), *value(raw(leaf), first=True)]
        formula += [Token("name", names[leaf]), *told]
    if len(leaves) > TERMS:
        formula += [sign(","), Token("word", f"and {len(leaves) - TERMS} more")]
    return formula


def _operation(node: Any, names: dict[Any, str] | None = None) -> list[Token]:
    """The right side of a node's equation: with names, or with the numbers put in."""

    def term(x: Any, first: bool = False) -> list[Token]:
        if isinstance(x, Node) and names:
            return [Token("name", names[x])]
        return value(raw(x), first=first)

    name, inputs = node.op.name, node.inputs
    if name in INFIX:
        return [*term(inputs[0], True), sign(INFIX[name]), *term(inputs[1])]
    if name == "neg":
        return [sign("−"), *term(inputs[0])]
    if name == "square" or (name == "power" and not isinstance(inputs[1], Node)):
        exponent = inputs[1] if name == "power" else 2.0
        return [*term(inputs[0]), Token("power", typed(exponent))]
    if name == "dot":
        half = len(inputs) // 2
        pairs = list(zip(inputs[:half], inputs[half:], strict=True))
        formula: list[Token] = []
        for w, x in pairs[:PAIRS]:
            formula += [sign("+")] if formula else []
            formula += [*term(w, not formula), sign("·"), *term(x)]
        return [*formula, *([sign("+"), sign("…")] if len(pairs) > PAIRS else [])]
    formula = [Token("word", shortened(name)), sign("(")]
    for index, x in enumerate(inputs[:TERMS]):
        formula += [sign(",")] if index else []
        formula += term(x, True)
    return [*formula, *([sign(","), sign("…")] if len(inputs) > TERMS else []), sign(")")]
