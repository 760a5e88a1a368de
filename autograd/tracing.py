"""``trace``: run a function once on numbers that remember, and write down what it did.

Comparisons and other decisions are operations too, so a program decides afresh at every point.
What cannot be seen is Python's own ``if``: while a function is traced, asking a node for its truth
raises and names the functions that record the choice.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from autograd import ops
from autograd.branches import tracing
from autograd.errors import message, shown
from autograd.node import Node
from autograd.program import Program
from autograd.trees import leaves, rebuilt
from autograd.value import Value, number

__all__ = ["trace"]


def trace(fun: Any, *example_args: Any, **settings: Any) -> Any:
    """Record a function of numbers as a Program; of a matrix, the sum of its diagonal.

    (The word means both.  For matrices the arguments are those of ``numpy.trace``.)

    Args:
        fun: computes with operators, this library's functions or NumPy's; may capture Values.
        example_args: numbers, or nested tuples, lists and dicts of them: where it is run once.

    Raises:
        TypeError: arguments or results that are not numbers, or a decision that Python takes on a
            traced number (``if x > 0``).

    >>> program = trace(lambda x, y: (x * y + 1).relu(), 2.0, 3.0)
    >>> print(program)
    program(x, y)
        t1 = x * y
        t2 = t1 + 1
        t3 = relu(t2)
        return t3
    >>> program(-2.0, 3.0)
    0.0
    """
    if not callable(fun):
        return ops.trace(fun, *example_args, **settings)
    program = Program()
    examples = leaves(example_args)
    nodes = []
    for x in examples:
        value = number(x.data if isinstance(x, Value) else x)
        if value is None:
            raise TypeError(
                message(
                    "trace",
                    expected="numbers as example arguments",
                    got=shown(x),
                    fix="Give one example, e.g. X[0].tolist(), not the whole batch.",
                )
            )
        nodes.append(Value(value))
    known: dict[Any, Any] = {}
    for name, node in zip(_names(fun, example_args), nodes, strict=True):
        known[node] = program.var(name)
        program.inputs.append(known[node])
    program.in_tree = rebuilt(example_args, iter([None] * len(nodes)))
    with tracing():
        result = fun(*rebuilt(example_args, iter(nodes)))
    outs = leaves(result)
    for out in outs:
        if not isinstance(out, Value) and number(out) is None:
            raise TypeError(
                message(
                    "trace",
                    expected="a function that returns numbers",
                    got=shown(out),
                    fix="Does it end with return?",
                )
            )
    _write(program, [x for x in outs if isinstance(x, Value)], known)
    program.outputs = [known[x] if isinstance(x, Value) else float(x) for x in outs]
    program.out_tree = rebuilt(result, iter([None] * len(outs)))
    return program


def _names(fun: Callable[..., Any], args: tuple[Any, ...]) -> list[str]:
    """``x``, ``y``, and ``xs0, xs1, ...`` for a list."""
    try:
        names = list(inspect.signature(fun).parameters)
    except (TypeError, ValueError):
        names = []
    names += [f"x{i}" for i in range(len(names), len(args))]
    found = []
    for name, arg in zip(names, args, strict=False):
        parts = leaves(arg)
        single = not isinstance(arg, dict | list | tuple)
        found += [name] if single else [f"{name}{i}" for i in range(len(parts))]
    return found


def _write(program: Program, roots: list[Any], known: dict[Any, Any]) -> None:
    """All equations that lead to the roots, inputs first; leaves become parameters."""
    stack = list(reversed(roots))
    while stack:
        node = stack.pop()
        if node in known:
            continue
        if node.op is None:
            known[node] = program.var(node.label or "p")
            program.parameters[known[node]] = node
            continue
        inputs = node.inputs
        below = [x for x in inputs if isinstance(x, Node) and x not in known]
        if below:
            stack.append(node)
            stack += reversed(below)
            continue
        args: Any = tuple(known[x] if isinstance(x, Node) else float(x) for x in inputs)
        if not node.op.scalar:  # a reduction: its sequences were laid side by side
            length = len(args) // len(node.op.partials)
            args = tuple(args[k : k + length] for k in range(0, len(args), length))
        known[node] = program.add(node.op, args, name=node.label)
