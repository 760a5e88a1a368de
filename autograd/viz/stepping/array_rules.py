"""The chain rule on graphs of arrays, in the names of the graph: what an edge does to a gradient.

Nothing is derived here.  The rule of an operation is called with terms instead of arrays
(``formulas.terms``), so that what comes back is its formula: for a product of matrices another
one, for an operation on elements a product with the slopes, for a linear operation its transpose.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.formulas.plain import plain as text_of
from autograd.formulas.plain import tidy
from autograd.formulas.terms import Term, is_condition, is_operation
from autograd.node import Nameless, Node, raw, shape_of
from autograd.viz.boxes import shortened
from autograd.viz.stepping.arrays import cells, value
from autograd.viz.stepping.events import Event
from autograd.viz.stepping.tokens import Token, d, number, plain, sign

__all__ = ["operation", "rule", "stopped"]

LONGEST = 60  # characters of a formula; a longer one is no help
MOST = 4  # inputs of a function that are named
FIRST, LAST = 0xE000, 0xF8FF  # characters without a meaning: here they stand for tokens
SIGNS = {"-": "−", "/": "÷"}
INFIX = {"add": "+", "sub": "−", "mul": "⊙", "div": "÷", "matmul": "@"}
_BRACKETS = r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]"
PARTS = re.compile(
    rf"(?P<leaf>[{chr(FIRST)}-{chr(LAST)}])"
    rf"|(?P<setting>[a-z]+=(?:\([^)]*\)|'[^']*'|{_BRACKETS}|[^,)]+))"
    rf"|(?P<index>(?<=[^\s(\[]){_BRACKETS})"
    r"|(?P<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?)"
    r"|\^(?P<power>\d+(?:\.\d+)?)|(?P<raised>[²ᵀ])"
    r"|(?P<word>(?!-)[^\s(),\[\]]*[A-Za-z][^\s(),\[\]]*(?=\()|\w+)"
    r"|(?P<sign>\S)"
)


class Alphabet:
    """Terms whose names are tokens: each stands for a character in the text of a formula."""

    def __init__(self) -> None:
        self.tokens: list[list[Token]] = []

    def term(self, tokens: list[Token], example: Any) -> Any:
        """What is called ``tokens``."""
        self.tokens.append(tokens)
        return Term(chr(FIRST + len(self.tokens) - 1), raw(example))

    def input(self, x: Any, names: dict[Any, str]) -> Any:
        """An input of an operation: a node, an array, or a number, which is its own name."""
        if isinstance(x, Node):
            return self.term([Token("name", names[x])], x)
        if not isinstance(x, np.ndarray):
            return x
        short = [Token("word", f"{x.shape} array")]
        return self.term(value(x) if cells(x) or not x.ndim else short, x)

    def written(self, term: Any) -> list[Token]:
        """A formula of these terms."""
        found: list[Token] = []
        for part in PARTS.finditer(text_of(self._named(term))):
            kind, text = part.lastgroup, part[part.lastgroup or 0]
            if kind == "leaf":
                found += self.tokens[ord(text) - FIRST]
            elif kind == "number":
                found += number(float(text))
            elif kind == "raised":
                found.append(Token("power", {"²": "2", "ᵀ": "T"}[text]))
            elif kind == "sign":
                found.append(sign(SIGNS.get(text, text)))
            else:
                found.append(Token("power" if kind == "power" else "word", text))
        return found

    def _named(self, term: Any) -> Any:
        """The term with names for the arrays in it that a rule has made."""
        if not isinstance(term, Term) or term.op is None:
            return self.input(term, {}) if isinstance(term, np.ndarray) else term
        inputs = tuple(map(self._named, term.inputs))
        named = Term._apply_primitive(term.op, inputs, term.params)
        named._example = term._example
        return named


def operation(node: Any, names: dict[Any, str]) -> list[Token]:
    """The right side of a node's equation: with names, then with numbers if all are written out."""
    alphabet = Alphabet()
    inputs = tuple(alphabet.input(x, names) for x in node.inputs)
    if node.op.foreign or isinstance(node.op, Nameless):  # a name of the user's, whatever it is
        formula = [Token("word", shortened(node.op.name)), sign("("), sign(")")]
        for index, x in enumerate(inputs[:MOST]):
            formula[-1:-1] = [sign(",")] * (index > 0) + alphabet.written(x)
        formula[-1:-1] = [sign(","), sign("…")] * (len(inputs) > MOST)
        return formula
    formula = alphabet.written(Term._apply_primitive(node.op, inputs, node._params))
    if len(plain(formula)) > LONGEST:
        formula = alphabet.written(Term._apply_primitive(node.op, inputs, {}))
    return [*formula, *_numbers(node.op.name, *node._arrays)]


def _numbers(name: str, *arrays: Any) -> list[Token]:
    """``= [...] @ [...]``, if both sides of an operation can be written out."""
    if name not in INFIX or len(arrays) != 2 or any(np.ndim(x) and not cells(x) for x in arrays):
        return []
    x, y = arrays
    both = INFIX[name] if name != "mul" or (np.ndim(x) and np.ndim(y)) else "·"
    return [sign("="), *value(x, first=True), sign(both), *value(y)]


def rule(event: Event, names: dict[Any, str], top: str) -> list[Token]:
    """What an edge makes of the gradient that arrives at its node."""
    node, move, op = event.node, event.move, event.node.op
    assert move is not None
    alphabet, upstream = Alphabet(), d(top, names[node])
    g = alphabet.term([upstream], move.upstream)
    out = alphabet.term([Token("name", names[node])], node)
    inputs = [alphabet.input(x, names) for x in node.inputs]
    if op.kind == "elementwise":
        local = _traced(op.partials[event.input], out, *inputs)
        formula = _scaled(alphabet, upstream, local, d(names[node], names[move.parent]))
        summed = _summed(np.shape(raw(node)), shape_of(move.parent))
        if len(formula) < 3:  # a slope of 1 or -1, which leaves nothing to compute
            return [*formula, *summed]
        return [*formula, *summed, *_numbers("mul", move.upstream, move.local)]
    fallback = [Token("word", f"vjp of {shortened(op.name)}"), sign("("), upstream, sign(")")]
    if op.foreign or op.joint is not None:
        return fallback
    term = _traced(op.vjp_of(event.input), g, out, *inputs, **node._params)
    added: list[Token] = []
    if is_operation(term, "sum_to"):
        added = _summed(term.inputs[0].shape, term.shape)
        term = term.inputs[0]
    formula = [] if term is None else alphabet.written(term)
    if not formula or len(plain(formula)) > LONGEST:
        return fallback
    sides = [raw(x) for x in term.inputs] if is_operation(term, "matmul") and not added else []
    return [*formula, *added, *_numbers("matmul", *sides)]


def _traced(function: Callable[..., Any] | None, *terms: Any, **settings: Any) -> Any:
    """The formula of a rule; None for one that computes what has no formula."""
    if function is None:
        return None
    try:
        return tidy(function(*terms, **settings))
    except (TypeError, ValueError, AttributeError, IndexError, ZeroDivisionError):
        return None


def _scaled(alphabet: Alphabet, upstream: Token, local: Any, short: Token) -> list[Token]:
    """``upstream ⊙ local``, of a local derivative by its formula if that is short."""
    if isinstance(local, int | float) and abs(local) == 1:
        return [upstream] if local == 1 else [sign("−"), upstream]
    formula = [short] if local is None else alphabet.written(local)
    if len(plain(formula)) > LONGEST:
        formula = [short]
    elif not is_condition(local) and is_operation(
        local, "add", "sub", "mul", "div", "neg", "where", "matmul"
    ):
        formula = [sign("("), *formula, sign(")")]
    return [upstream, sign("⊙" if np.ndim(raw(local)) else "·"), *formula]


def _summed(of: tuple[int, ...], to: tuple[int, ...]) -> list[Token]:
    """What undoes broadcasting from shape ``to`` to shape ``of``."""
    lead = len(of) - len(to)
    axes = [i for i, n in enumerate(of) if i < lead or (n != 1 and to[i - lead] == 1)]
    if not axes:
        return []
    *most, last = map(str, axes)
    over = f"axes {', '.join(most)} and {last}" if most else f"axis {last}"
    return [sign(","), Token("word", f"summed over {over}")]


def stopped(event: Event) -> tuple[int, int]:
    """How many elements of a contribution are stopped by a factor 0, and how many there are."""
    move = event.move
    assert move is not None
    size = int(np.size(move.contribution))
    if callable(move.local):
        return (0 if np.any(move.contribution) else size), size
    if np.ndim(move.upstream) and not np.ndim(move.local):  # it stops all or nothing
        return (0 if np.any(move.upstream) and move.local else size), size
    passed = np.logical_and(np.not_equal(move.upstream, 0), np.not_equal(move.local, 0))
    return int(np.size(passed) - np.count_nonzero(passed)), int(np.size(passed))
