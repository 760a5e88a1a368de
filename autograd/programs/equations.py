"""Variables and equations: what a program is made of.

A variable stands for a number, or for an array of a known shape and dtype.  An equation is a
variable that says how it is computed: by which operation, from which others.  Calling an operation
with a variable writes one more equation into its program.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autograd.node import Primitive
from autograd.operators import Operators
from autograd.trees import leaves

__all__ = ["SIGNS", "Array", "Equation", "Var", "shown_argument", "variables"]

_NO_SETTINGS: dict[str, Any] = {}


class Array(NamedTuple):
    """What is known of an array before it is computed."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def __str__(self) -> str:
        return f"{self.dtype}[{', '.join(map(str, self.shape))}]"


class Var(Operators):
    """A name in a program.  Operations on it write one more equation.

    Attributes:
        program: where it belongs.
        array: shape and dtype of an array; None for a number (a float).
    """

    __slots__ = ("_name", "array", "program")
    __array_ufunc__ = None

    def __init__(self, program: Any, name: str = "", array: Array | None = None) -> None:
        self.program = program
        self.array = array
        self._name = name

    @property
    def name(self) -> str:
        """The name that it was given, or else a number in the order of the equations."""
        return self._name or self.program.names()[self]

    @staticmethod
    def _apply_primitive(primitive: Primitive, args: tuple[Any, ...], params: Any) -> Any:
        program = next(x.program for x in leaves(args) if isinstance(x, Var))
        return program.add(primitive, args, params)

    def __repr__(self) -> str:
        return self.name


class Equation(Var):
    """``name = op(*args, **params)``.

    An argument is a Var, a number, a plain array, or a tuple of variables and numbers for a
    reduction.
    """

    __slots__ = ("args", "op", "params")

    def __init__(
        self,
        program: Any,
        op: Primitive,
        args: tuple[Any, ...],
        params: dict[str, Any] | None = None,
        name: str = "",
        array: Array | None = None,
    ) -> None:
        self.program = program
        self.array = array
        self._name = name
        self.op = op
        self.args = args
        self.params = params or _NO_SETTINGS

    @property
    def right_side(self) -> str:
        """What is computed, as one would write it down."""
        return _written(self)

    def __str__(self) -> str:
        written = f"{self.name} = {self.right_side}"
        return written if self.array is None else f"{written:<50}  # {self.array}"


SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "power": "**", "matmul": "@"}


def _written(e: Equation) -> str:
    """An operation as one would write it down."""
    op, args = e.op, e.args
    if op.name in SIGNS:
        return f" {SIGNS[op.name]} ".join(map(shown_argument, args))
    if op.name == "neg":
        return f"-{shown_argument(args[0])}"
    if op.name == "dot" and isinstance(args[0], tuple) and len(args[0]) <= 4:
        return " + ".join(
            f"{shown_argument(x)}*{shown_argument(y)}" for x, y in zip(*args, strict=True)
        )
    settings = [f"{name}={_setting(x)}" for name, x in e.params.items()]
    return f"{op.name}({', '.join([*map(shown_argument, args), *settings])})"


def _setting(x: Any) -> str:
    """An axis, a shape, an index, ..."""
    if isinstance(x, np.ndarray):
        return shown_argument(x)
    if isinstance(x, slice):
        return ":".join("" if part is None else str(part) for part in (x.start, x.stop, x.step))[
            : None if x.step is not None else -1
        ]
    if isinstance(x, tuple):
        return f"({', '.join(map(_setting, x))}{',' if len(x) == 1 else ''})"
    return str(x) if isinstance(x, np.dtype) else getattr(x, "__name__", repr(x))


def shown_argument(arg: Any) -> str:
    """A variable by its name, a number in six digits, an array by its shape."""
    if isinstance(arg, tuple | list):
        items = list(map(shown_argument, arg))
        return f"[{', '.join(items if len(items) <= 6 else [*items[:2], '…', items[-1]])}]"
    if isinstance(arg, np.ndarray) and arg.ndim:
        return f"<{Array(arg.shape, arg.dtype)}>"
    if isinstance(arg, float | int | np.generic | np.ndarray):
        return f"{arg:.6g}" if isinstance(arg, float) else str(arg)
    return arg.name if isinstance(arg, Var) else repr(arg)


def variables(args: Any) -> list[Var]:
    """All variables in the arguments of an equation, in order and with repetitions."""
    found: list[Var] = []
    for x in args if isinstance(args, tuple | list) else (args,):
        kind = x.__class__
        if kind is Equation or kind is Var:  # spelled out, for speed
            found.append(x)
        elif kind is tuple or kind is list:
            found += variables(x)
    return found
