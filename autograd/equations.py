"""Variables and equations: what a program is made of.

Calling an operation with a variable writes one more equation into its program.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from autograd.node import Primitive
from autograd.operators import Operators
from autograd.trees import leaves

__all__ = ["Equation", "Var", "prune", "shown_argument"]


class Var(Operators):
    """A name in a program.  Operations on it write one more equation."""

    __slots__ = ("name", "program")
    __array_ufunc__ = None

    def __init__(self, name: str, program: Any) -> None:
        self.name = name
        self.program = program

    @staticmethod
    def _apply_primitive(primitive: Primitive, args: tuple[Any, ...], params: Any) -> Any:
        program = next(x.program for x in leaves(args) if isinstance(x, Var))
        return program.add(primitive, args, params)

    def __repr__(self) -> str:
        return self.name


class Equation(NamedTuple):
    """``out = op(*args)``; an argument is a Var, a number, or a list of these for a reduction."""

    out: Var
    op: Primitive
    args: tuple[Any, ...]
    params: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.out.name} = {_written(self.op, self.args)}"


_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "power": "**"}


def _written(op: Primitive, args: tuple[Any, ...]) -> str:
    """An operation as one would write it down."""
    if op.name in _SIGNS:
        return f" {_SIGNS[op.name]} ".join(map(shown_argument, args))
    if op.name == "neg":
        return f"-{shown_argument(args[0])}"
    if op.name == "dot" and len(args[0]) <= 4:
        return " + ".join(
            f"{shown_argument(x)}*{shown_argument(y)}" for x, y in zip(*args, strict=True)
        )
    return f"{op.name}({', '.join(map(shown_argument, args))})"


def shown_argument(arg: Any) -> str:
    if isinstance(arg, tuple | list):
        items = list(map(shown_argument, arg))
        return f"[{', '.join(items if len(items) <= 6 else [*items[:2], '…', items[-1]])}]"
    return arg.name if isinstance(arg, Var) else f"{arg:.6g}"


def prune(program: Any) -> Any:
    """The same program without equations that no output needs."""
    needed = {x for x in program.outputs if isinstance(x, Var)}
    kept = []
    for e in reversed(program.equations):
        if e.out in needed:
            needed.update(x for x in leaves(e.args) if isinstance(x, Var))
            kept.append(e)
    program.equations = kept[::-1]
    return program
