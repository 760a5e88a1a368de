"""Formulas in type: a list of tokens that know what they are (a name, a number, a fraction, ...).

A formula is written from that list as MathML, as SVG text or as plain text: one formula, three
kinds of type.  Tokens marked as an answer are what quiz mode hides.
"""

from __future__ import annotations

from typing import NamedTuple

from autograd.viz.colours import number_text
from autograd.viz.svg import xml_text

__all__ = ["Token", "d", "mathml", "number", "plain", "sign", "tspans", "typed"]

AFTER = ("<mo>,</mo>", "<mo>;</mo>")  # a line may end after these
JOINER = "\u200b"  # no width: something for the line to come down with after an exponent
SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


class Token(NamedTuple):
    """A piece of a formula.

    ``kind`` is "name", "number", "sign", "word", "power", "fraction" (``text`` over ``under``) or
    "array" (the numbers in ``rows``).
    """

    kind: str
    text: str
    under: str = ""
    answer: bool = False
    rows: tuple[tuple[str, ...], ...] = ()


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


def number(x: float, *, first: bool = False, answer: bool = False) -> list[Token]:
    """A number; in parentheses if it is negative, unless it comes first on its side."""
    text = typed(x)
    return [Token("number", text if first or text[0] != "−" else f"({text})", answer=answer)]


def d(above: str, below: str) -> Token:
    return Token("fraction", "∂" + above, "∂" + below)


def sign(text: str) -> Token:
    return Token("sign", text)


def plain(formula: list[Token]) -> str:
    """The formula as text, for where no other type can be set.

    >>> plain([d("L", "a"), sign("="), *number(-2.0)])
    '∂L/∂a = (−2)'
    """
    text = ""
    for token in formula:
        piece = token.text
        if token.kind == "fraction":
            piece = f"{token.text}/{token.under}"
        elif token.kind == "power":
            piece = f"^{token.text}"
        joined = piece in (",", ")", ";", "]") or token.kind == "power"
        joined = joined or text.endswith(("(", "[", "= −", "(−"))
        joined = joined or (piece == "(" and token is not formula[0] and text[-1:].isalnum())
        joined = joined or (token.kind == "word" and piece[0] == "[")  # an index
        text += piece if joined or not text else f" {piece}"
    return text


def mathml(formula: list[Token]) -> str:
    """The formula as MathML, which browsers set without any library.

    Browsers break lines between ``<math>`` elements only, so there are several.

    >>> mathml([d("L", "a"), sign("="), *number(2.0, answer=True)])
    '<math><mfrac><mi>∂L</mi><mi>∂a</mi></mfrac></math> <math><mo>=</mo><mn class=q>2</mn></math>'
    """
    parts: list[str] = []
    for token in formula:
        text = xml_text(token.text)
        if token.kind == "fraction":
            parts.append(f"<mfrac><mi>{text}</mi><mi>{xml_text(token.under)}</mi></mfrac>")
        elif token.kind == "power":
            tag = "mi" if text.isalpha() else "mn"
            parts.append(f"<msup>{parts.pop()}<{tag}>{text}</{tag}></msup>")
        elif token.kind == "array":
            rows = ("".join(f"<mtd><mn>{x}</mn></mtd>" for x in row) for row in token.rows)
            cells = "".join(f"<mtr>{row}</mtr>" for row in rows)
            parts.append(f"<mtable{' class=q' if token.answer else ''}>{cells}</mtable>")
        else:
            if parts and (parts[-1] in AFTER or text == "+" or _opens(text, parts[-1])):
                parts.append("</math> <math>")
            tag = {"name": "mi", "number": "mn", "sign": "mo", "word": "mtext"}[token.kind]
            parts.append(f"<{tag}{' class=q' if token.answer else ''}>{text}</{tag}>")
    return f"<math>{''.join(parts)}</math>"


def _opens(sign: str, before: str) -> bool:
    """If a line may end here: after an array, or if "=" begins a new side.

    A number's other form stays with it on the line.
    """
    return before.endswith("</mtable>") or (sign == "=" and "<mn" not in before)


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
