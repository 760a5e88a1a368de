r"""An explanation in LaTeX: the chain rule with symbols, with formulas, and with numbers.

.. math:: \frac{\partial L}{\partial a} = \sum_{\text{paths}} \prod_i
          \frac{\partial v_{i+1}}{\partial v_i}

Each line of the result is an equation of its own kind: the derivatives by name, the formulas of
the rules in their places, the numbers in theirs, and the sum.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.explaining.contents import Contents, Path
from autograd.explaining.names import latex_name
from autograd.explaining.paths import Edge
from autograd.explaining.rules import derivative
from autograd.explaining.text import LONGEST
from autograd.formulas.latex import latex
from autograd.formulas.terms import is_operation
from autograd.viz.colours import number_text, plural

__all__ = ["lines", "write"]

WIDE = 240  # characters of LaTeX that make a line too long for a slide

# What formulas on GitHub are written with, and LaTeX or matplotlib do not know.
_IN_LATEX = {r"\thinspace": r"\,", r"\gt": ">", r"\lt": "<", r"\ge ": r"\geq ",
             r"\le ": r"\leq ", r"\ne ": r"\neq "}  # fmt: skip


def write(e: Contents) -> str:
    r"""The lines, aligned at their equals signs: for ``$$ ... $$``, MathJax, KaTeX or LaTeX."""
    left, *right = lines(e)
    body = " \\\\\n  ".join(f"&= {_broken(terms)}" for terms in right)
    return f"\\begin{{aligned}}\n  {left}\n  {body}\n\\end{{aligned}}"


def _broken(terms: list[str]) -> str:
    """A sum; a long one with each of its terms on a line of its own."""
    long = sum(map(len, terms)) > WIDE
    return (" \\\\\n  &\\quad + " if long else " + ").join(terms)


def lines(e: Contents) -> list[Any]:
    """The left side, and then each right side as its terms: names, formulas, numbers, the sum."""
    names = {node: latex_name(name) for node, name in e.names.items()}
    left = _fraction(names[e.root], names[e.leaf])
    if e.element is not None:
        left += rf"\lbrack {', '.join(map(str, e.element))} \rbrack"
    if not e.count:
        return [left, ["0"]]
    chains = [_chain(path, names) for path in e.paths]
    if e.arrays:  # maps are put one behind the other, and applied to 1
        return [left, _sum(chains, e, _rest_in_words(e))]
    formulas = [_product([_formula(edge, names) for edge in path.edges[::-1]]) for path in e.paths]
    numbers = [_product([_number(edge.local) for edge in path.edges[::-1]]) for path in e.paths]
    products = [_number(path.product) for path in e.paths]
    rest = _number(e.rest)
    found = [
        left,
        _sum(chains, e, _rest_in_words(e)),
        _sum(formulas, e, _rest_in_words(e)),
        _sum(numbers, e, rest),
        _sum(products, e, rest),
        [_number(e.gradient).strip("()")],
    ]
    return [line for i, line in enumerate(found) if i == 0 or line != found[i - 1]]


def _fraction(above: str, below: str) -> str:
    return rf"\frac{{\partial {above}}}{{\partial {below}}}"


def _chain(path: Path, names: dict[Any, str]) -> str:
    steps = [_fraction(names[edge.node], names[edge.source]) for edge in path.edges[::-1]]
    return _product(steps, r" \, ")


def _formula(edge: Edge, names: dict[Any, str]) -> str:
    term = derivative(edge, names)
    if term is None:
        return _number(edge.local)
    text = latex(term)
    for word, sign in _IN_LATEX.items():
        text = text.replace(word, sign)
    if is_operation(term, "add", "sub", "where") or text.startswith("-"):
        return rf"\left({text}\right)"
    return text


def _number(x: Any) -> str:
    """Four digits, as in the text; what is neither finite nor a number in its own way."""
    x = float(x)
    if not np.isfinite(x):
        return r"\mathrm{NaN}" if np.isnan(x) else r"\infty" if x > 0 else r"(-\infty)"
    mantissa, _, exponent = number_text(x).partition("e")
    text = rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa
    return f"({text})" if x < 0 else text


def _product(factors: list[str], sign: str = r" \cdot ") -> str:
    if len(factors) > LONGEST:
        factors = [*factors[:3], r"\cdots", *factors[-2:]]
    return sign.join(factors) or "1"


def _rest_in_words(e: Contents) -> str:
    return rf"\text{{{plural(e.count - len(e.paths), 'more path').replace('^', ' to the ')}}}"


def _sum(terms: list[str], e: Contents, rest: str) -> list[str]:
    return [*terms, rest] if e.count > len(terms) else terms
