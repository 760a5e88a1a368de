"""Reading formulas back: the number that a term, or a piece of LaTeX, stands for.

Both readers know nothing of how formulas are made, so that they can contradict.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd.formulas.terms import Term


def computed(term: Any, leaves: Mapping[str, Any]) -> Any:
    """A term computed from its leaves, with NumPy."""
    if not isinstance(term, Term):
        return term
    if term.op is None:
        return leaves[term.label]
    inputs = [computed(item, leaves) for item in term.inputs]
    with np.errstate(all="ignore"):
        return term.op.forward(*inputs, **term.params)


FUNCTIONS: dict[str, Callable[..., float]] = {
    **{name: getattr(math, name) for name in ("sin", "cos", "tan", "log", "sinh", "cosh", "tanh")},
    **{f"arc{name}": getattr(math, f"a{name}") for name in ("sin", "cos", "tan")},
    "log_{2}": math.log2,
    "log_{10}": math.log10,
    "erf": math.erf,
    "erfc": math.erfc,
    "max": max,
    "min": min,
    "arcsinh": math.asinh,
    "arccosh": math.acosh,
    "arctanh": math.atanh,
    "arctan2": math.atan2,
    "sigma": lambda x: 1 / (1 + math.exp(-x)),
    "sgn": lambda x: float((x > 0) - (x < 0)),
}
RELATIONS: dict[str, Callable[[float, float], bool]] = {
    r"\gt": lambda x, y: x > y,
    r"\ge": lambda x, y: x >= y,
    r"\lt": lambda x, y: x < y,
    r"\le": lambda x, y: x <= y,
    r"\ne": lambda x, y: x != y,
    "=": lambda x, y: x == y,
}


class Reader:
    """A recursive reader of the LaTeX of one number; ``names`` gives the letters' values."""

    def __init__(self, text: str, names: Mapping[str, float]) -> None:
        text = text.replace(r"\thinspace", " ").replace(r"\left", "").replace(r"\right", "")
        text = re.sub(r"\\mathrm\{(\w+)\}", r"\\\1", text)
        text = re.sub(r"\\text\{ *(\w+) *\}", r"\\\1", text)
        self.tokens = re.findall(r"\\log_\{\d+\}|\\[a-zA-Z]\w*|\d+\.\d+|\d+|\S", text)
        self.names = names

    def look(self) -> str:
        return self.tokens[0] if self.tokens else ""

    def take(self, expected: str = "") -> str:
        token = self.tokens.pop(0)
        assert not expected or token == expected, (token, expected)
        return token

    def value(self) -> float:
        result = self.sum()
        assert not self.tokens, self.tokens
        return result

    def sum(self) -> float:
        total = -self.product() if self.look() == "-" and self.take() else self.product()
        while self.look() in ("+", "-"):
            total += self.product() if self.take() == "+" else -self.product()
        return total

    def product(self) -> float:
        total = self.power()
        ends = {"", "+", "-", "}", ")", ",", "&", r"\cr", r"\rvert", r"\rbrack", r"\rfloor"}
        ends |= {r"\rceil", r"\end", r"\and", r"\or", *RELATIONS}
        while self.look() not in ends:
            if self.look() == r"\bmod":
                self.take()
                total %= self.power()
                continue
            if self.look() == r"\cdot":
                self.take()
            total *= self.power()
        return total

    def power(self) -> float:
        base = self.atom()
        if self.look() != "^":
            return base
        self.take()
        assert self.look() == "{" or len(self.look()) == 1
        exponent = self.group() if self.look() == "{" else float(self.take())
        assert self.look() != "^", "a double superscript"
        return float(base**exponent)

    def group(self, left: str = "{", right: str = "}") -> float:
        self.take(left)
        result = self.sum()
        self.take(right)
        return result

    def atom(self) -> float:
        token = self.take()
        if token == "(":
            self.tokens.insert(0, token)
            return self.group("(", ")")
        pairs = {r"\lvert": abs, r"\lfloor": math.floor, r"\lceil": math.ceil}
        if token in pairs:
            inner = self.sum()
            self.take(token.replace("\\l", "\\r"))
            return float(pairs[token](inner))
        if token == r"\lbrack":
            holds = self.condition()
            self.take(r"\rbrack")
            return float(holds)
        if token == r"\frac":
            return self.group() / self.group()
        if token == r"\sqrt":
            return math.sqrt(self.group())
        if token == r"\begin":
            return self.cases()
        if token in (r"\pi", "e"):
            return math.pi if token == r"\pi" else math.e
        name = token.removeprefix("\\")
        if name in FUNCTIONS:
            self.take("(")
            arguments = [self.sum()]
            while self.look() == ",":
                self.take()
                arguments.append(self.sum())
            self.take(")")
            return float(FUNCTIONS[name](*arguments))
        return float(token) if token[0].isdigit() else self.names[name]

    def condition(self) -> bool:
        def relation() -> bool:
            left = self.sum()
            return RELATIONS[self.take()](left, self.sum())

        holds = relation()
        while self.look() in (r"\and", r"\or"):
            word, other = self.take(), relation()
            holds = (holds and other) if word == r"\and" else (holds or other)
        return holds

    def cases(self) -> float:
        self.skip("cases")
        found: float | None = None
        while True:
            try:
                value = self.sum()
            except (ZeroDivisionError, ValueError):  # a case that does not apply
                while self.look() != "&":
                    self.take()
                value = math.nan
            self.take("&")
            word = self.take()
            assert word in (r"\if", r"\otherwise"), word
            applies = word == r"\otherwise" or self.condition()
            if applies and found is None:
                found = value
            if word == r"\otherwise":
                self.take(r"\end")
                self.skip("cases")
                assert found is not None
                return found
            self.take(r"\cr")

    def skip(self, word: str) -> None:
        for letter in "{" + word + "}":
            self.take(letter)


def read_latex(text: str, **names: float) -> float:
    return Reader(text, names).value()
