"""Programs: a computation written down as a list of equations, one operation each.

A graph is made of objects that point at each other; a program is the same as text: flat, in order,
each equation naming its result.  So it can be read, run again at another point, differentiated
(``adjoint.py``) and translated into array operations (``lanes.py``).

    program(x, y) with w, b
        t1 = w * x
        t2 = t1 + b
        t3 = relu(t2)
        return t3
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from autograd.errors import message
from autograd.node import Primitive
from autograd.operators import Operators
from autograd.trees import leaves, rebuilt

__all__ = ["Equation", "Program", "Var"]


class Var(Operators):
    """A name in a program.  Operations on it write one more equation."""

    __slots__ = ("name", "program")
    __array_ufunc__ = None

    def __init__(self, name: str, program: Program) -> None:
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
        return f" {_SIGNS[op.name]} ".join(map(_shown, args))
    if op.name == "neg":
        return f"-{_shown(args[0])}"
    if op.name == "dot" and len(args[0]) <= 4:
        return " + ".join(f"{_shown(x)}*{_shown(y)}" for x, y in zip(*args, strict=True))
    return f"{op.name}({', '.join(map(_shown, args))})"


def _shown(arg: Any) -> str:
    if isinstance(arg, tuple | list):
        items = list(map(_shown, arg))
        return f"[{', '.join(items if len(items) <= 6 else [*items[:2], '…', items[-1]])}]"
    return arg.name if isinstance(arg, Var) else f"{arg:.6g}"


class Program:
    """Equations from inputs and parameters to outputs.

    Attributes:
        inputs: the variables that stand for arguments, with ``in_tree`` their structure.
        parameters: variables that stand for nodes captured from around the function.
        equations: in order; each variable is defined before it is used.
        outputs: variables or numbers, in the structure ``out_tree``.
    """

    def __init__(self) -> None:
        self.inputs: list[Var] = []
        self.parameters: dict[Var, Any] = {}
        self.equations: list[Equation] = []
        self.outputs: list[Any] = []
        self.in_tree: Any = ()
        self.out_tree: Any = None
        self._taken: Counter[str] = Counter()

    # --- writing ---

    def var(self, name: str = "") -> Var:
        """A new variable; its name gets a number where it is taken."""
        stem = name or "t"
        self._taken[stem] += 1
        count = self._taken[stem]
        if name and count == 1:
            return Var(name, self)
        fresh = f"{stem}{'_' if name else ''}{count}"
        return Var(fresh, self) if not self._taken[fresh] else self.var(name)

    def add(
        self,
        op: Primitive,
        args: tuple[Any, ...],
        params: dict[str, Any] | None = None,
        name: str = "",
    ) -> Var:
        """Write one more equation, and return what it defines."""
        out = self.var(name)
        self.equations.append(Equation(out, op, tuple(args), params or {}))
        return out

    # --- reading ---

    def __str__(self) -> str:
        captured = ", ".join(x.name for x in self.parameters)
        head = f"program({', '.join(x.name for x in self.inputs)})"
        head += f" with {captured}" if captured and len(self.parameters) <= 12 else ""
        head += f" with {len(self.parameters)} parameters" if len(self.parameters) > 12 else ""
        outs = rebuilt(self.out_tree, iter(self.outputs))
        lines = [head, *(f"    {e}" for e in self.equations), f"    return {_shown_tree(outs)}"]
        return "\n".join(lines)

    def counts(self) -> Counter[str]:
        """How often each operation occurs."""
        return Counter(e.op.name for e in self.equations)

    def __call__(self, *args: Any) -> Any:
        """Run the equations at another point: numbers, arrays, Values or Tensors.

        Parameters have the values that their nodes have now.
        """
        given = leaves(args)
        if len(given) != len(self.inputs):
            raise TypeError(
                message(
                    "program",
                    expected=f"{len(self.inputs)} numbers: {', '.join(map(repr, self.inputs))}",
                    got=f"{len(given)}",
                    fix="Call it with arguments of the structure that it was traced with.",
                )
            )
        values: dict[Any, Any] = dict(zip(self.inputs, given, strict=True))
        values |= self.parameters
        return self.run(values)

    def run(self, values: dict[Var, Any], meaning: Callable[..., Any] | None = None) -> Any:
        """Evaluate all equations; ``meaning(equation, args)`` may say what one computes."""

        def of(arg: Any) -> Any:
            if isinstance(arg, tuple | list):
                return [of(x) for x in arg]
            return values[arg] if isinstance(arg, Var) else arg

        for e in self.equations:
            args = [of(x) for x in e.args]
            values[e.out] = e.op(*args, **e.params) if meaning is None else meaning(e, args)
        return rebuilt(self.out_tree, (of(x) for x in self.outputs))


def _shown_tree(tree: Any) -> str:
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{k!r}: {_shown_tree(v)}" for k, v in tree.items()) + "}"
    return _shown(tree)
