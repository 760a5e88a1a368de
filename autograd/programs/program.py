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

import itertools
import math
from collections import Counter
from collections.abc import Callable
from keyword import iskeyword
from typing import Any

import numpy as np

from autograd import ops
from autograd.errors import message
from autograd.node import Primitive
from autograd.programs import program_json
from autograd.programs.adjoint import gradient
from autograd.programs.costs import Cost, cost
from autograd.programs.equations import Array, Equation, Var, shown_argument, variables
from autograd.programs.passes import optimized
from autograd.programs.source import source
from autograd.trees import leaves, leaves_as, rebuilt

__all__ = ["Program"]


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
        # Names that mean something else where the program is written as Python.
        self._taken = Counter([*vars(math), "float", "max", "min", "np", "program"])
        self._numbered: dict[Var, str] = {}

    # --- writing ---

    def var(self, name: str = "", array: Array | None = None) -> Var:
        """A new variable; its name gets a number where it is taken."""
        return Var(self, self.free(name) if name else "", array)

    def add(
        self,
        op: Primitive,
        args: tuple[Any, ...],
        params: dict[str, Any] | None = None,
        name: str = "",
        array: Array | None = None,
    ) -> Equation:
        """Write one more equation, and return it: it is the variable that it defines."""
        e = Equation(self, op, args, params, self.free(name) if name else "", array)
        self.equations.append(e)
        if self._numbered:
            self._numbered = {}
        return e

    def free(self, name: str) -> str:
        """A name that nothing else has."""
        stem = name if name.isidentifier() and not iskeyword(name) else "p"
        fresh = stem
        while self._taken[fresh]:
            self._taken[stem] += 1
            fresh = f"{stem}_{self._taken[stem]}"
        self._taken[fresh] += 1
        return fresh

    def names(self) -> dict[Var, str]:
        """The names of all variables that were given none: t1, t2, ... in their order."""
        if not self._numbered:
            numbers = (f"t{i}" for i in itertools.count(1))
            free = (name for name in numbers if not self._taken[name])
            unnamed = [*self.inputs, *self.parameters, *self.equations]
            self._numbered = {x: next(free) for x in unnamed if not x._name}
        return self._numbered

    def prune(self, parameters: bool = False) -> Program:
        """Leave out the equations, and if asked for the parameters, that no output needs."""
        needed = set(variables(self.outputs))
        kept = []
        for e in reversed(self.equations):
            if e in needed:
                needed.update(variables(e.args))
                kept.append(e)
        self.equations = kept[::-1]
        if parameters:
            self.parameters = {x: node for x, node in self.parameters.items() if x in needed}
        self._numbered = {}
        return self

    # --- reading ---

    def __str__(self) -> str:
        captured = ", ".join(x.name for x in self.parameters)
        head = f"program({', '.join(x.name for x in self.inputs)})"
        head += f" with {captured}" if captured and len(self.parameters) <= 12 else ""
        head += f" with {len(self.parameters)} parameters" if len(self.parameters) > 12 else ""
        outs = rebuilt(self.out_tree, iter(self.outputs))
        lines = [head, *(f"    {e}" for e in self.equations), f"    return {_shown_tree(outs)}"]
        return "\n".join(lines)

    @property
    def source(self) -> str:
        """Python with one line an equation, that runs with nothing but ``math`` or NumPy.

        A function of the inputs, followed by the parameters.  It returns what the program returns,
        to the bit for arrays, with lists in the place of tuples.

        Raises:
            TypeError: an operation of your own (``primitive``).

        >>> from autograd.programs.tracing import trace
        >>> print(trace(lambda x: (x * x).relu() + 1, 2.0).source)
        from math import *
        <BLANKLINE>
        <BLANKLINE>
        def program(x):
            t1 = x * x
            t2 = 0.0 if t1 <= 0.0 else t1
            t3 = t2 + 1.0
            return t3
        >>> import numpy as np
        >>> layer = trace(lambda x, W: (x @ W.T).relu().sum(axis=0), np.ones((5, 3)), np.eye(3))
        >>> print(layer.source)
        import numpy as np
        <BLANKLINE>
        <BLANKLINE>
        def program(x, W):
            t1 = W.T
            t2 = x @ t1
            t3 = np.maximum(t2, 0)
            t4 = np.sum(t3, axis=0)
            return t4
        """
        return source(self)

    def copied(
        self, passes: Callable[[Any], Any] = lambda write: write
    ) -> tuple[Program, list[Equation], dict[Var, Any]]:
        """The same program once more, its equations, and what stands for each of this one's.

        ``passes`` may stand between and write other equations; see ``passes.py``.
        """
        new = Program()
        known: dict[Var, Any] = {
            x: new.var(x._name, x.array) for x in [*self.inputs, *self.parameters]
        }
        new.inputs = [known[x] for x in self.inputs]
        new.parameters = {known[x]: node for x, node in self.parameters.items()}
        new.in_tree, new.out_tree = self.in_tree, self.out_tree

        def of(arg: Any) -> Any:
            if isinstance(arg, tuple | list):
                return tuple(of(x) for x in arg)
            return known[arg] if isinstance(arg, Var) else arg

        def write(e: Equation, args: tuple[Any, ...]) -> Any:
            return new.add(e.op, args, e.params, e._name, e.array)

        written = passes(write)
        for e in self.equations:
            known[e] = written(e, tuple([of(x) for x in e.args]))
        new.outputs = [of(x) for x in self.outputs]
        return new, list(new.equations), known

    def grad(self, *point: Any) -> Program:
        """The program of the derivatives of the one output; see ``adjoint.py``.

        Args:
            point: arguments to record the derivative of a program of arrays at.  By default all
                numbers are 1 and matrices the unit matrix; where that is outside of the domain,
                name a point inside.  The program is right at other points too.

        Returns:
            A program of the same inputs; it returns a list of the derivatives with respect to the
            inputs, followed by those with respect to the parameters, each of the shape and dtype
            of its variable.  They are zero where no path leads, and for integers (as float64).

        Raises:
            ValueError: a program with several outputs or more than one number, or one of arrays
                that cannot be computed at the point.
            TypeError: an operation on numbers that states no local derivatives.

        >>> from autograd import trace
        >>> print(trace(lambda x, y: (x * y).tanh(), 1.0, 2.0).grad())
        program(x, y)
            t1 = x * y
            t2 = tanh(t1)
            t3 = t2 * t2
            t4 = 1 - t3
            t5 = t4 * y
            t6 = t4 * x
            return [t5, t6]
        >>> import numpy as np
        >>> print(trace(lambda x, w: (x @ w).exp().sum(), np.ones((5, 3)), np.ones((3, 2))).grad())
        program(x, w)
            t1 = x @ w                                          # float64[5, 2]
            t2 = exp(t1)                                        # float64[5, 2]
            t3 = transpose(w, axes=None)                        # float64[2, 3]
            t4 = t2 @ t3                                        # float64[5, 3]
            t5 = transpose(x, axes=None)                        # float64[3, 5]
            t6 = t5 @ t2                                        # float64[3, 2]
            return [t4, t6]

        On numbers a zero stops everything, as on Values: where a factor may be infinite, it is not
        ``*`` but ``hand_on`` that multiplies.  (That is for finite arguments, of which no product
        overflows.  In ``source`` Python itself may raise ZeroDivisionError.  On arrays, as on
        Tensors, 0 times an infinity is NaN.)

        >>> import autograd
        >>> program = trace(lambda x: autograd.sqrt(autograd.relu(x)), 1.0).grad()
        >>> print(program)
        program(x)
            t1 = relu(x)
            t2 = sqrt(t1)
            t3 = 0.5 / t2
            t4 = greater(t1, 0)
            t5 = hand_on(t3, t4)
            return [t5]
        >>> with np.errstate(all="ignore"):
        ...     program(4.0), program(-1.0)
        ([0.25], [0.0])
        """
        derivative: Program = gradient(self, point)
        return derivative

    def optimized(self) -> Program:
        """The same results, to the bit, from fewer equations; see ``passes.py``.

        What is computed twice is computed once, what depends on no input is computed now, and
        what changes nothing (``x * 1``) or is not needed is left out.

        >>> from autograd.programs.tracing import trace
        >>> print(trace(lambda x: (x * x).tanh() * 1 + x * x, 1.0).optimized())
        program(x)
            t1 = x * x
            t2 = tanh(t1)
            t3 = t2 + t1
            return t3
        """
        program: Program = optimized(self)
        return program

    def counts(self) -> Counter[str]:
        """How often each operation occurs."""
        return Counter(e.op.name for e in self.equations)

    def cost(self) -> Cost:
        """How much work it is: operations, floating-point operations, bytes; see ``costs.py``.

        >>> import numpy as np
        >>> from autograd.programs.tracing import trace
        >>> trace(lambda x, w: (x @ w).tanh(), np.ones((100, 30)), np.ones((30, 10))).cost()
        Cost(operations=2, flops=61000, bytes=50400)
        """
        return cost(self)

    def to_json(self) -> str:
        """The program as a text, to be read by ``Program.from_json``.

        Numbers and arrays are kept to the bit; parameters with the numbers that they have now.

        Raises:
            TypeError: operations with a rule of your own, which a text cannot hold.
        """
        return program_json.written(self)

    @classmethod
    def from_json(cls, text: str) -> Program:
        """The program that ``to_json`` wrote; its parameters are new Values and Tensors.

        Nothing in a text is run or imported while it is read: it may come from anywhere.

        Raises:
            ValueError: a text that is damaged, of another version, or of unknown operations.

        >>> from autograd.programs.tracing import trace
        >>> print(Program.from_json(trace(lambda x: x.tanh() + 1, 0.0).to_json()))
        program(x)
            t1 = tanh(x)
            t2 = t1 + 1
            return t2
        """
        program: Program = program_json.read(cls(), text)
        return program

    def __call__(self, *args: Any) -> Any:
        """Run the equations at another point: numbers, arrays, Values or Tensors.

        Parameters have the values that their nodes have now.
        """
        values: dict[Any, Any] = dict(zip(self.inputs, self.in_order(args), strict=True))
        values |= self.parameters
        return self.run(values)

    def in_order(self, args: tuple[Any, ...]) -> list[Any]:
        """What arguments hold for each input."""
        try:
            return leaves_as(args, self.in_tree)
        except ValueError:
            wanted = rebuilt(self.in_tree, iter(self.inputs))
            raise TypeError(
                message(
                    "program",
                    expected=f"{len(self.inputs)} numbers: {', '.join(map(_shown_tree, wanted))}",
                    got=f"{len(leaves(args))}: {', '.join(map(_shown_tree, args))}",
                    fix="Call it with arguments of the structure that it was traced with.",
                )
            ) from None

    def run(self, values: dict[Var, Any], meaning: Callable[..., Any] | None = None) -> Any:
        """Evaluate all equations; ``meaning(equation, args)`` may say what one computes."""

        def of(arg: Any) -> Any:
            if isinstance(arg, tuple | list):
                return [of(x) for x in arg]
            return values[arg] if isinstance(arg, Var) else arg

        for e in self.equations:
            args = [of(x) for x in e.args]
            value = e.op(*args, **e.params) if meaning is None else meaning(e, args)
            values[e] = value if e.array else _as_float(value, args)
        return rebuilt(self.out_tree, (of(x) for x in self.outputs))


def _as_float(value: Any, args: list[Any]) -> Any:
    """In a program of numbers what is true counts as 1.0, as for Values."""
    if value.__class__ in (bool, np.bool_):
        return float(value)
    if not hasattr(value, "dtype") or value.dtype.kind != "b":
        return value
    kinds = [x.dtype for x in args if hasattr(x, "dtype") and x.dtype.kind == "f"]
    return ops.cast(value, np.result_type(*kinds) if kinds else np.float64)


def _shown_tree(tree: Any) -> str:
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{k!r}: {_shown_tree(v)}" for k, v in tree.items()) + "}"
    if isinstance(tree, tuple | list) and len(tree) <= 20:
        return f"[{', '.join(map(_shown_tree, tree))}]"
    return shown_argument(tree)
