"""What is said at each step: a line of words, and the chain rule with its numbers.

A formula is a list of tokens that know what they are (a name, a number, a fraction, ...), and is
written from that list as MathML, as SVG text or as plain text: one formula, three kinds of type.
Tokens marked as an answer are what quiz mode hides.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from autograd.explaining.names import names_of
from autograd.node import Node
from autograd.viz.boxes import shortened
from autograd.viz.colours import number_text
from autograd.viz.stepping.events import Event
from autograd.viz.svg import xml_text

__all__ = ["Caption", "Token", "caption", "mathml", "named", "plain", "tspans", "typed"]

AFTER = ("<mo>,</mo>", "<mo>;</mo>")  # a line may end after these
TERMS, PAIRS = 4, 3  # of a list and of a weighted sum that are written out
INFIX = {"add": "+", "sub": "−", "mul": "×", "div": "÷", "greater": ">", "greater_equal": "≥",
         "less": "<", "less_equal": "≤", "equal": "=", "not_equal": "≠"}  # fmt: skip
JOINER = "\u200b"  # no width: something for the line to come down with after an exponent
_AGAIN = re.compile(r" \((\d+)\)$")  # how a name says that it was taken
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


class Token(NamedTuple):
    """A piece of a formula.

    ``kind`` is "name", "number", "sign", "word", "power" or "fraction" (``text`` over ``under``).
    """

    kind: str
    text: str
    under: str = ""
    answer: bool = False


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


def typed(x: float) -> str:
    """A number as it is set in type: ``number_text`` with a minus sign and powers of ten.

    >>> typed(-3.14e-6), typed(0.5), typed(float("-inf"))
    ('−3.14·10⁻⁶', '0.5', '−∞')
    """
    digits, _, exponent = number_text(x).partition("e")
    text = digits.replace("-", "−").replace("inf", "∞").replace("nan", "NaN")
    if exponent:
        text += "·10" + str(int(exponent)).translate(SUPERSCRIPTS)
    return text


def _number(x: float, *, first: bool = False, answer: bool = False) -> list[Token]:
    """A number; in parentheses if it is negative, unless it comes first on its side."""
    text = typed(x)
    return [Token("number", text if first or text[0] != "−" else f"({text})", answer=answer)]


def _d(above: str, below: str) -> Token:
    return Token("fraction", "∂" + above, "∂" + below)


def _sign(text: str) -> Token:
    return Token("sign", text)


def caption(event: Event, order: list[Any], names: dict[Any, str]) -> Caption:
    """What is said at an event of the graph whose nodes are ``order``."""
    if event.phase == "given":
        leaves = [node for node in order if node.op is None]
        words = "Forward: inputs and parameters have their values."
        return Caption(event.phase, words, _given(leaves, names))
    node, name, top = event.node, names[event.node], names[order[-1]]
    if event.phase == "forward":
        formula = [Token("name", name), _sign("="), *_operation(node, names), _sign("=")]
        formula += [*_operation(node), _sign("="), *_number(node.data, first=True, answer=True)]
        return Caption(event.phase, f"Forward: {name} is computed.", formula)
    if event.move is None:
        words = f"Backward starts at {top}, with the derivative of {top} to itself."
        return Caption(event.phase, words, [_d(top, top), _sign("="), *_number(1.0, answer=True)])
    move, to = event.move, names[event.move.parent]
    words = f"Backward: from {name} to {to}"
    formula = [_d(top, to), _sign("=" if event.before is None else "+=")]
    if node is not order[-1]:  # there ∂L/∂b would be both the edge's and the sum over all paths
        formula += [_d(top, name), _sign("·"), _d(name, to), _sign("=")]
    formula += [*_number(move.upstream, first=True), _sign("×"), *_number(move.local), _sign("=")]
    formula += _number(move.contribution, first=True, answer=True)
    if event.before is not None:
        words += ", where paths meet and add up"
        formula += [_sign(";"), *_number(event.before, first=True), _sign("+")]
        formula += [*_number(move.contribution, answer=True), _sign("→")]
        formula += _number(move.accumulated, first=True, answer=True)
    if not move.local or not move.upstream:
        words += " (a factor 0 stops everything)"
    return Caption(event.phase, f"{words}.", formula)


def _given(leaves: list[Any], names: dict[Any, str]) -> list[Token]:
    formula: list[Token] = []
    for leaf in leaves[:TERMS]:
        formula += [_sign(",")] if formula else []
        formula += [Token("name", names[leaf]), _sign("="), *_number(leaf.data, first=True)]
    if len(leaves) > TERMS:
        formula += [_sign(","), Token("word", f"and {len(leaves) - TERMS} more")]
    return formula


def _operation(node: Any, names: dict[Any, str] | None = None) -> list[Token]:
    """The right side of a node's equation: with names, or with the numbers put in."""

    def term(x: Any, first: bool = False) -> list[Token]:
        if isinstance(x, Node) and names:
            return [Token("name", names[x])]
        return _number(x.data if isinstance(x, Node) else x, first=first)

    name, inputs = node.op.name, node.inputs
    if name in INFIX:
        return [*term(inputs[0], True), _sign(INFIX[name]), *term(inputs[1])]
    if name == "neg":
        return [_sign("−"), *term(inputs[0])]
    if name == "square" or (name == "power" and not isinstance(inputs[1], Node)):
        exponent = inputs[1] if name == "power" else 2.0
        return [*term(inputs[0]), Token("power", typed(exponent))]
    if name == "dot":
        half = len(inputs) // 2
        pairs = list(zip(inputs[:half], inputs[half:], strict=True))
        formula: list[Token] = []
        for w, x in pairs[:PAIRS]:
            formula += [_sign("+")] if formula else []
            formula += [*term(w, not formula), _sign("·"), *term(x)]
        return [*formula, *([_sign("+"), _sign("…")] if len(pairs) > PAIRS else [])]
    formula = [Token("word", shortened(name)), _sign("(")]
    for index, x in enumerate(inputs[:TERMS]):
        formula += [_sign(",")] if index else []
        formula += term(x, True)
    return [*formula, *([_sign(","), _sign("…")] if len(inputs) > TERMS else []), _sign(")")]


# --- writing a formula ----------------------------------------------------------------------------


def plain(formula: list[Token]) -> str:
    """The formula as text, for where no other type can be set.

    >>> plain([_d("L", "a"), _sign("="), *_number(-2.0)])
    '∂L/∂a = (−2)'
    """
    text = ""
    for token in formula:
        piece = token.text
        if token.kind == "fraction":
            piece = f"{token.text}/{token.under}"
        elif token.kind == "power":
            piece = f"^{token.text}"
        joined = piece in (",", ")", ";") or token.kind == "power" or text.endswith(("(", "= −"))
        joined = joined or (piece == "(" and token is not formula[0] and text[-1:].isalnum())
        text += piece if joined or not text else f" {piece}"
    return text


def mathml(formula: list[Token]) -> str:
    """The formula as MathML, which browsers set without any library.

    Browsers break lines between ``<math>`` elements only, so there are several.

    >>> mathml([_d("L", "a"), _sign("="), *_number(2.0, answer=True)])
    '<math><mfrac><mi>∂L</mi><mi>∂a</mi></mfrac></math> <math><mo>=</mo><mn class=q>2</mn></math>'
    """
    parts: list[str] = []
    for token in formula:
        text = xml_text(token.text)
        if token.kind == "fraction":
            parts.append(f"<mfrac><mi>{text}</mi><mi>{xml_text(token.under)}</mi></mfrac>")
        elif token.kind == "power":
            parts.append(f"<msup>{parts.pop()}<mn>{text}</mn></msup>")
        else:
            if parts and (parts[-1] in AFTER or text == "+" or _opens(text, parts[-1])):
                parts.append("</math> <math>")
            tag = {"name": "mi", "number": "mn", "sign": "mo", "word": "mtext"}[token.kind]
            parts.append(f"<{tag}{' class=q' if token.answer else ''}>{text}</{tag}>")
    return f"<math>{''.join(parts)}</math>"


def _opens(sign: str, before: str) -> bool:
    """If "=" begins a new side: not a number's other form, which stays with it on the line."""
    return sign == "=" and "<mn" not in before


def tspans(formula: list[Token]) -> str:
    """The formula as pieces of one line of SVG text: names in italics, fractions with a slash."""
    parts: list[str] = []
    for index, token in enumerate(formula):
        before, until = plain(formula[:index]), plain(formula[: index + 1])
        text = xml_text(until[len(before) :])
        if token.kind in ("name", "fraction"):
            text = f'<tspan class="v">{text}</tspan>'
        elif token.kind == "power":
            raised = xml_text(token.text)
            text = f'<tspan class="p" dy="-5">{raised}</tspan><tspan dy="5">{JOINER}</tspan>'
        parts.append(text)
    return "".join(parts)
