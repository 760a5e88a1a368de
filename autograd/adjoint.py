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
"""

from __future__ import annotations

from typing import Any

from autograd import ops
from autograd.equations import Equation, Var
from autograd.errors import message

__all__ = ["gradient"]


def gradient(program: Any) -> Any:
    """The program of the derivatives of a program's one output.

    Returns:
        A program of the same inputs; it returns a list of the derivatives with respect to the
        inputs, followed by those with respect to the parameters.

    Raises:
        ValueError: a program with several outputs.
    """
    if len(program.outputs) != 1:
        raise ValueError(
            message(
                "gradient",
                expected="a program with one number as its result",
                got=f"{len(program.outputs)} of them",
                fix="Trace a function that returns one, or add them up.",
            )
        )
    new, equations, known = program.copied()
    arrived: dict[Var, Any] = {}
    root = program.outputs[0]
    if isinstance(root, Var):
        arrived[known[root]] = 1.0
    for e in reversed(equations):
        bar = arrived.get(e)
        if bar is None or e.op.kind == "flat":
            continue
        for x, local in _local_derivatives(e):
            part = _times(bar, local)
            arrived[x] = arrived[x] + part if x in arrived else part
    variables = [known[x] for x in [*program.inputs, *program.parameters]]
    new.outputs = [arrived.get(x, 0.0) for x in variables]
    new.out_tree = [None] * len(variables)
    return new.prune()


def _times(bar: Any, local: Any) -> Any:
    """Without multiplying by one."""
    if isinstance(local, int | float) and local in (1, -1):
        return bar if local == 1 else -bar
    return local if bar.__class__ is float and bar == 1.0 else bar * local


def _local_derivatives(e: Equation) -> list[tuple[Var, Any]]:
    """Each input that is a variable, with the partial to it as a variable or a number."""
    found = []
    if not isinstance(e.args[0], tuple | list):
        for x, rule in zip(e.args, e.op.partials, strict=True):
            if isinstance(x, Var) and rule is not None:
                found.append((x, rule(e, *e.args)))
        return found
    for sequence, rule in zip(e.args, e.op.partials, strict=True):
        assert rule is not None
        partials = [rule(e, *others) for others in zip(*e.args, strict=True)]
        if e.op.kind == "selection":  # k equal winners get 1/k each
            winners = ops.sum(partials)
            partials = [partial / winners for partial in partials]
        found += [(x, p) for x, p in zip(sequence, partials, strict=True) if isinstance(x, Var)]
    return found
