"""A scalar program as a Python function: for one point, where arrays cost more than they compute.

The program's own ``source`` is compiled; a line of it takes some 30 ns, an array operation a
thousand.  Straight-line code on floats is right wherever all is finite.  Where it raises
(``log(0)``), or ends in an infinity or a NaN, the equations are run once more, one by one and with
care: NumPy answers where ``math`` refuses, as for a ``Value``, and a zero stops everything.

    source             careful
    t1 = log(x)        t1 = log of x, or -inf with NumPy's warning
    t2 = g * t1        t2 = g * t1, or 0 where one of them is 0
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from functools import cache, cached_property
from typing import Any

from autograd import ops
from autograd.node import Primitive
from autograd.programs.adjoint import handed_on, pullback
from autograd.programs.equations import Equation, Var
from autograd.programs.program import Program
from autograd.scalar_code import as_numpy, scalar_functions

__all__ = ["SinglePoint"]


# Equations in one function: CPython compiles them in time proportional to their number, 15 us each.
LONGEST = 200_000


class SinglePoint:
    """A program of numbers and its pullback, run at one point.

    >>> from autograd.programs.tracing import trace
    >>> f = SinglePoint(trace(lambda x, y: x * y, 1.0, 1.0))
    >>> f.run([3.0, 4.0], [])
    [12.0]
    >>> f.pull([3.0, 4.0], [], [1.0])
    ([4.0, 3.0], [])
    """

    def __init__(self, program: Program) -> None:
        self.program = program

    @cached_property
    def _forward(self) -> _Line:
        return _Line(self.program, [])

    @cached_property
    def _backward(self) -> _Line:
        program = pullback(self.program)
        return _Line(program, program.inputs[len(self.program.inputs) :])

    def run(self, inputs: list[float], parameters: list[float]) -> list[float]:
        """The outputs, in the order of ``program.outputs``.

        Args:
            inputs: one number for each input.
            parameters: one for each of ``program.parameters``.
        """
        return self._forward(inputs, parameters)

    def pull(
        self, inputs: list[float], parameters: list[float], cotangents: list[float]
    ) -> tuple[list[float], list[float]]:
        """The cotangents of the inputs and those of the parameters; 0.0 where no path leads.

        Args:
            inputs: one number for each input.
            parameters: one for each of ``program.parameters``.
            cotangents: one for each output.

        Raises:
            TypeError: a primitive without local derivatives; see ``adjoint.pullback``.
        """
        found = self._backward([*inputs, *cotangents], parameters)
        return found[: len(inputs)], found[len(inputs) :]


class _Line:
    """A program as straight-line code."""

    def __init__(self, program: Program, cotangents: list[Var]) -> None:
        self.program = program
        self.products = handed_on(program, cotangents)
        self.fast = _compiled(program)

    def __call__(self, inputs: list[float], parameters: list[float]) -> list[float]:
        if self.fast is not None:
            try:
                outs = self.fast(*inputs, *parameters)
                if math.isfinite(sum(outs)):
                    return outs
            except (ArithmeticError, ValueError):
                pass
        return self.careful(inputs, parameters)

    def careful(self, inputs: list[float], parameters: list[float]) -> list[float]:
        """Equation by equation, as Values would do it."""
        values: dict[Var, Any] = dict(zip(self.program.inputs, inputs, strict=True))
        values |= zip(self.program.parameters, parameters, strict=True)
        self.program.run(values, self._meaning)
        outs = self.program.outputs
        return [float(values[x] if isinstance(x, Var) else x) for x in outs]

    def _meaning(self, e: Equation, args: list[Any]) -> float:
        if e in self.products:
            return float(_function(ops.hand_on)(*args))
        if not e.op.scalar:
            return float(e.op(*args, **e.params))
        args = list(map(float, args))
        try:
            return float(_function(e.op)(*args))
        except (ArithmeticError, ValueError):
            return as_numpy(e.op, tuple(args))[0]


@cache
def _function(primitive: Primitive) -> Callable[..., float]:
    """A primitive on floats."""
    return scalar_functions(primitive)[0]


def _compiled(program: Program) -> Callable[..., list[float]] | None:
    """The program's source as a function that returns a flat list; None where there is none."""
    if len(program.equations) > LONGEST or any(e.op.foreign for e in program.equations):
        return None
    flat = program.copied()[0]
    flat.out_tree = [None] * len(flat.outputs)
    names: dict[str, Any] = {}
    try:
        exec(flat.source, names)
    except (RecursionError, MemoryError):  # a sum of thousands of terms is nested as deeply
        return None
    names["max"], names["min"] = _extreme(builtins.max), _extreme(builtins.min)
    function: Callable[..., list[float]] = names["program"]
    return function


def _extreme(choose: Callable[..., float]) -> Callable[..., float]:
    """``max`` or ``min`` that does not overlook a NaN, as Python's does in all places but one."""

    def chosen(*xs: float) -> float:
        return math.nan if any(x != x for x in xs) else choose(xs)

    return chosen
