"""The derivative of a program is a program: the chain rule, one equation at a time.

The equations are walked from the last to the first.  Each hands the derivative of the result with
respect to its own output on to its inputs, times the local derivative; and since the rules are
called with variables, what they compute is written down as further equations.

    program(x, y)              program(x, y)
        t1 = x * y                 t1 = x * y
        t2 = tanh(t1)              t2 = tanh(t1)
        return t2                  t3 = t2 * t2
                                   t4 = 1 - t3
                                   t5 = t4 * y
                                   t6 = t4 * x
                                   return [t5, t6]

For a batch of results one wants the *pullback*: it takes a cotangent ``g`` for each output, and the
derivative is the pullback of ``g = 1``.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite, prod
from typing import Any

import numpy as np

from autograd import ops
from autograd.errors import message
from autograd.programs.equations import Equation, Var, variables

__all__ = ["differentiates_arrays", "gradient", "handed_on", "paths", "pullback"]


# How programs of arrays are differentiated: by tensors, which are built on top of this module.
_on_arrays: list[Callable[[Any, tuple[Any, ...]], Any]] = []


def differentiates_arrays(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates the one function that differentiates a program of arrays, traced at a point."""
    _on_arrays[:] = [function]
    return function


def gradient(program: Any, point: tuple[Any, ...] = ()) -> Any:
    """The program of the derivatives of a program's one output; see ``Program.grad``."""
    root = program.outputs[0] if len(program.outputs) == 1 else None
    array = root.array if isinstance(root, Var) else None
    if root is None or (array is not None and prod(array.shape) != 1):
        raise ValueError(
            message(
                "gradient",
                expected="a program with one number as its result",
                got=f"{len(program.outputs)} of them" if root is None else f"{array}",
                fix="Trace a function that returns one, or add them up.",
            )
        )
    if array is not None:
        return _on_arrays[0](program, point)
    return _walked_back(program, lambda new: [1.0], careful=True)


def pullback(program: Any) -> Any:
    """The program that carries cotangents of the outputs back to inputs and parameters.

    Returns:
        A program of the same inputs, followed by one cotangent for each output (``g``, ``g_2``,
        ...; also for outputs that depend on nothing); it returns a list of the cotangents of the
        inputs, followed by those of the parameters, 0.0 where no path leads.

    Raises:
        TypeError: an operation that states no local derivatives: a user's primitive, whose vjp
            works on numbers and arrays only, or an operation on arrays.

    >>> from autograd.programs.tracing import trace
    >>> print(pullback(trace(lambda x, y: (x * y, y.tanh()), 1.0, 2.0)))
    program(x, y, g, g_2)
        t1 = tanh(y)
        t2 = t1 * t1
        t3 = 1 - t2
        t4 = g_2 * t3
        t5 = g * y
        t6 = g * x
        t7 = t4 + t6
        return [t5, t7]
    """

    def cotangents(new: Any) -> list[Any]:
        given = [new.var("g") for _ in new.outputs]
        new.inputs += given
        new.in_tree = (*new.in_tree, *[None] * len(given))
        return given

    return _walked_back(program, cotangents)


def _walked_back(program: Any, seeds: Any, careful: bool = False) -> Any:
    """The chain rule from ``seeds(new)``, the cotangents of the outputs, to all variables.

    A zero stops everything, as on Values (``sweep.py``), if it is ``careful``.
    """
    new, equations, known = program.copied()
    arrived: dict[Var, Any] = {}

    def arrive(x: Var, part: Any) -> None:
        arrived[x] = arrived[x] + part if x in arrived else part

    finite = _Finite(new)
    outputs = list(new.outputs)
    for root, seed in zip(outputs, seeds(new), strict=True):
        if isinstance(root, Var):
            arrive(root, seed)
    for e in reversed(equations):
        bar = arrived.get(e)
        if bar is None or e.op.kind == "flat":
            continue
        for x, local in _local_derivatives(e):
            if isinstance(local, Var) or local != 0:
                doubtful = careful and not finite.product(bar, local)
                arrive(x, _times(bar, local, ops.hand_on if doubtful else ops.mul))
    found = [known[x] for x in [*program.inputs, *program.parameters]]
    new.outputs = [arrived.get(x, 0.0) for x in found]
    new.out_tree = [None] * len(found)
    return new.prune()


def handed_on(program: Any, cotangents: list[Var]) -> set[Equation]:
    """The products of a cotangent and a local derivative in a pullback.

    On Values a zero stops everything: 0 times an infinite slope passes nothing on (``sweep.py``).
    As plain arithmetic it is NaN; back ends that keep the promise need to know where it is made.
    Cotangents are what depends on the cotangents of the outputs, and local derivatives never do.
    """
    carried: set[Var] = set(cotangents)
    products = set()
    for e in program.equations:
        below = [x in carried for x in variables(e.args)]
        if any(below):
            carried.add(e)
            if e.op in (ops.mul, ops.matmul):
                products.add(e)
    return products


def paths(program: Any) -> dict[Var, int]:
    """The variables that a path leads from to an output, whatever its slopes are.

    The others have no derivative, which is not the same as one of 0.

    Returns:
        For each of them a number, in which bit k says that a path leads to output k.

    >>> from autograd.programs.tracing import trace
    >>> program = trace(lambda x, y, z: [x * y, x * ops.stop_gradient(z)], 1.0, 2.0, 3.0)
    >>> [paths(program).get(x) for x in program.inputs]
    [3, 1, None]
    """
    found: dict[Var, int] = {}
    for k, x in enumerate(program.outputs):
        if isinstance(x, Var):
            found[x] = found.get(x, 0) | 1 << k
    for e in reversed(program.equations):
        if e in found and e.op.kind != "flat":
            rules = e.op.partials or (True,) * len(e.args)  # what states none has a vjp
            pairs = zip(e.args, rules, strict=True)
            for x in variables([x for x, rule in pairs if rule is not None]):
                found[x] = found.get(x, 0) | found[e]
    return found


# Operations whose result is finite if their arguments are, and not huge.
_FINITE = frozenset(
    [
        "abs",
        "add",
        "arctan",
        "arctan2",
        "arcsinh",
        "clamp_max",
        "clamp_min",
        "clip",
        "cos",
        "dot",
        "elu",
        "erf",
        "erfc",
        "gelu",
        "hypot",
        "leaky_relu",
        "logaddexp",
        "logsumexp",
        "max",
        "maximum",
        "min",
        "minimum",
        "mul",
        "neg",
        "relu",
        "sigmoid",
        "silu",
        "sin",
        "softplus",
        "square",
        "sub",
        "sum",
        "tanh",
        "where",
    ]
)


class _Finite:
    """Whether variables of a program are finite, wherever its inputs and parameters are."""

    def __init__(self, program: Any) -> None:
        self.equations = program.equations
        self.looked_at = 0
        self.doubtful: set[Var] = set()

    def product(self, x: Any, y: Any) -> bool:
        """Whether the product of two is finite, or what it would be without a zero in it."""
        numbers = [not isinstance(v, Var) and isfinite(v) and v != 0 for v in (x, y)]
        return any(numbers) or (self(x) and self(y))

    def __call__(self, x: Any) -> bool:
        for e in self.equations[self.looked_at :]:  # what was written since
            safe = e.op.name in _FINITE or (e.op.kind == "flat" and e.op is not ops.floor_divide)
            if not safe or not self.doubtful.isdisjoint(variables(e.args)):
                self.doubtful.add(e)
        self.looked_at = len(self.equations)
        return x not in self.doubtful if isinstance(x, Var) else isfinite(x)


def _times(bar: Any, local: Any, product: Any) -> Any:
    """Without multiplying by one."""
    if isinstance(local, int | float) and local in (1, -1):
        return bar if local == 1 else -bar
    return local if bar.__class__ is float and bar == 1.0 else product(bar, local)


def _applied(rule: Any, e: Equation, args: Any) -> Any:
    """The partial as a variable or a number; infinite where Python's numbers refuse to divide."""
    try:
        return rule(e, *args)
    except ZeroDivisionError:
        with np.errstate(all="ignore"):
            found = rule(e, *(x if isinstance(x, Var) else np.float64(x) for x in args))
        return found if isinstance(found, Var) else float(found)


def _local_derivatives(e: Equation) -> list[tuple[Var, Any]]:
    """Each input that is a variable, with the partial to it as a variable or a number."""
    if not e.op.partials:
        raise TypeError(
            message(
                f"gradient of {e.op.name}",
                expected="an operation on numbers from the library's table, with local derivatives",
                got="a primitive of your own" if e.op.foreign else "an operation on arrays",
                fix="Its derivative runs eagerly and on the NumPy back end, which call its vjp; "
                "or trace the derivative itself, trace(grad(f), x).",
            )
        )
    found = []
    if not isinstance(e.args[0], tuple | list):
        for x, rule in zip(e.args, e.op.partials, strict=True):
            if isinstance(x, Var) and rule is not None:
                found.append((x, _applied(rule, e, e.args)))
        return found
    for sequence, rule in zip(e.args, e.op.partials, strict=True):
        assert rule is not None
        partials = [_applied(rule, e, others) for others in zip(*e.args, strict=True)]
        if e.op.kind == "selection":  # k equal winners get 1/k each; none wins against a NaN
            winners = ops.maximum(ops.sum(partials), 1.0)
            partials = [partial / winners for partial in partials]
        found += [(x, p) for x, p in zip(sequence, partials, strict=True) if isinstance(x, Var)]
    return found
