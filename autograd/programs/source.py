"""A program as Python: one line an equation, runnable on its own.

A program of numbers is written in the words of the ``math`` module, one of arrays in NumPy's.

    from math import *

    def program(x, w):
        t1 = w * x
        t2 = tanh(t1)
        return t2
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.errors import message
from autograd.node import PRIMITIVES
from autograd.programs.array_source import ArraySource
from autograd.programs.equations import Equation, Var
from autograd.symbols import Symbol, formula, substitute
from autograd.trees import rebuilt

__all__ = ["is_of_arrays", "source"]


def source(program: Any) -> str:
    """The text of a program; see ``Program.source``."""
    for e in program.equations:
        if PRIMITIVES.get(e.op.name) is not e.op:
            raise TypeError(
                message(
                    "source",
                    expected="operations from the library's table",
                    got=f"{e.op.name}, a function of your own, whose Python is not known",
                    fix="Compute it with the library's functions, or run the program as it is.",
                )
            )
    names = [x.name for x in [*program.inputs, *program.parameters]]
    outs = rebuilt(program.out_tree, iter(program.outputs))
    head, lines = ["from math import *"], ["", "", f"def program({', '.join(names)}):"]
    if is_of_arrays(program):
        writer = ArraySource([*names, *(e.name for e in program.equations)])
        lines += [f"    {e.name} = {writer.expression(e)}" for e in program.equations]
        lines.append(f"    return {_returned(outs, writer.literal)}")
        head = writer.head  # what has been found to be needed
    else:
        lines += [f"    {e.name} = {_expression(e)}" for e in program.equations]
        lines.append(f"    return {_returned(outs, repr)}")
    return "\n".join([*head, *lines])


def is_of_arrays(program: Any) -> bool:
    """Whether there are arrays in a program, not only numbers."""
    known = (x.array for x in [*program.inputs, *program.parameters, *program.equations])
    return any(a is not None for a in known) or any(
        isinstance(x, np.ndarray | np.generic) for x in program.outputs
    )


def _returned(tree: Any, literal: Callable[[Any], str]) -> str:
    """A result as Python."""
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{k!r}: {_returned(v, literal)}" for k, v in tree.items()) + "}"
    if isinstance(tree, tuple | list):
        return f"[{', '.join(_returned(x, literal) for x in tree)}]"
    return tree.name if isinstance(tree, Var) else literal(tree)


# --- programs of numbers ------------------------------------------------------------------------


def _expression(e: Equation) -> str:
    """An equation's right side as Python on floats, with names of the ``math`` module."""
    if e.op.scalar:
        return substitute(e.op.scalar, tuple(map(_symbol, e.args)))
    first, *others = ([formula(_symbol(x)) for x in sequence] for sequence in e.args)
    if e.op.name == "dot":
        return " + ".join(f"{x} * {y}" for x, y in zip(first, *others, strict=True)) or "0.0"
    if len(first) == 1:  # Python's max takes more than one, or a list
        return first[0]
    if e.op.name == "logsumexp":  # the largest goes by the equation's own name first
        top, rest = e.name, " + ".join(f"exp({x} - {e.name})" for x in first)
        return f"{top} if isinf({top} := max({', '.join(first)})) else {top} + log({rest})"
    if e.op.name in ("max", "min"):
        return f"{e.op.name}({', '.join(first)})"
    return " + ".join(first) or "0.0"


def _symbol(x: Any) -> Any:
    return Symbol(x.name) if isinstance(x, Var) else x
