"""``trace``: run a function once on numbers that remember, and write down what it did.

Every operation writes one equation while it runs, so nothing has to be reconstructed afterwards,
and what needs no gradient is there too.  Comparisons and other decisions are operations like any
other: a program decides afresh at every point.  What cannot be seen is Python's own ``if``
(``branches.py``).
"""

from __future__ import annotations

import gc
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd import ops
from autograd.branches import tracing
from autograd.errors import message, shown
from autograd.node import PRIMITIVES, Node, Primitive, enable_grad, is_recording
from autograd.programs.equations import Array, Var
from autograd.programs.program import Program
from autograd.tensor import Tensor
from autograd.trees import leaves, rebuilt
from autograd.value import Value, number

__all__ = ["Recorder", "argument_names", "no_result", "results", "trace"]


def trace(fun: Any, *example_args: Any, **settings: Any) -> Any:
    """Record a function of numbers or arrays as a Program; of a matrix, the sum of its diagonal.

    (The word means both.  For matrices the arguments are those of ``numpy.trace``.)

    Args:
        fun: computes with operators, this library's functions or NumPy's; may capture Values and
            Tensors, which become the parameters of the program.
        example_args: numbers, arrays, or nested tuples, lists and dicts of them: where it is run
            once.  A program of arrays is for arrays of these shapes.

    Raises:
        TypeError: arguments or results that are not numbers or arrays, or a decision that Python
            takes on a traced number (``if x > 0``).

    >>> program = trace(lambda x, y: (x * y + 1).relu(), 2.0, 3.0)
    >>> print(program)
    program(x, y)
        t1 = x * y
        t2 = t1 + 1
        t3 = relu(t2)
        return t3
    >>> program(-2.0, 3.0)
    0.0

    Derivatives are functions too:

    >>> import autograd, numpy as np
    >>> print(trace(autograd.grad(lambda x: autograd.sum(x * x)), np.ones(3)))
    program(x)
        t1 = reshape(x, shape=(3,))                         # float64[3]
        t2 = broadcast_to(1.0, shape=(3,))                  # float64[3]
        t3 = t2 * t1                                        # float64[3]
        t4 = t2 * t1                                        # float64[3]
        t5 = t3 + t4                                        # float64[3]
        return t5
    """
    if not callable(fun):
        return ops.trace(fun, *example_args, **settings)
    recorder = Recorder()
    program = recorder.program
    nodes = [_variable(x) for x in leaves(example_args)]
    for name, node in zip(argument_names(fun, example_args), nodes, strict=True):
        program.inputs.append(recorder.new_variable(node, name))
    program.in_tree = rebuilt(example_args, iter([None] * len(nodes)))
    with tracing(recorder), enable_grad(), _no_collections():
        result = fun(*rebuilt(example_args, iter(nodes)))
    outs = results("trace", result)
    program.outputs = [recorder.of(x) for x in outs]
    program.out_tree = rebuilt(result, iter([None] * len(outs)))
    return program.prune(parameters=True)


def results(name: str, result: Any) -> list[Any]:
    """What a function has returned, as a list of nodes, numbers and arrays."""
    outs = leaves(result)
    for out in outs:
        if not isinstance(out, Node) and np.asarray(out).dtype.kind not in "biuf":
            raise no_result(name, out)
    return outs


def no_result(name: str, result: Any) -> TypeError:
    """The error of a function that returns something else than numbers, or none at all."""
    expected = "a function that returns numbers or arrays"
    fix = "Return at least one, or a list, tuple or dict of them."
    if result is None:
        fix = "Does it end with return?"
    return TypeError(message(name, expected=expected, got=shown(result), fix=fix))


@contextmanager
def _no_collections() -> Iterator[None]:
    """Equations stay: the cycle collector would look through all of them again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _variable(x: Any) -> Node:
    """A new node for an example argument."""
    value = number(x.data if isinstance(x, Value) else x)
    if value is not None:
        return Value(value)
    array = x.primal if isinstance(x, Tensor) else np.asarray(x)
    if array.dtype.kind not in "biuf":
        raise TypeError(
            message(
                "trace",
                expected="numbers or arrays as example arguments",
                got=shown(x),
                fix="Give one example of what the function computes with.",
            )
        )
    return Tensor(array, requires_grad=array.dtype.kind == "f")


def argument_names(fun: Callable[..., Any], args: tuple[Any, ...]) -> list[str]:
    """``x``, ``y``, and ``xs0, xs1, ...`` for a list."""
    try:
        parameters = inspect.signature(fun).parameters.values()
        names = [
            p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
        ]
    except (TypeError, ValueError):
        names = []
    names += [f"x{i}" for i in range(len(names), len(args))]
    found = []
    for name, arg in zip(names, args, strict=False):
        parts = leaves(arg)
        single = not isinstance(arg, dict | list | tuple)
        found += [name] if single else [f"{name}{i}" for i in range(len(parts))]
    return found


class Recorder:
    """Writes the program of what is computed on nodes; see ``branches.py``."""

    def __init__(self) -> None:
        self.program = Program()
        self.known: dict[Any, Var] = {}  # the variable that stands for each node
        self.started = Tensor(0.0)._serial

    def new_variable(self, node: Any, name: str) -> Var:
        """A variable for a node that is not computed by the program."""
        var = self.known[node] = self.program.var(name, _array(node))
        return var

    def record(
        self, node: Any, primitive: Primitive, inputs: tuple[Any, ...], params: dict[str, Any]
    ) -> None:
        """Write one equation."""
        args: Any = tuple([self.of(x) for x in inputs])
        if not isinstance(node, Tensor) and primitive.kind in ("reduction", "selection"):
            length = len(args) // len(primitive.partials)  # sequences were laid side by side
            args = tuple([args[k : k + length] for k in range(0, len(args), length)])
        e = self.program.add(primitive, args, params, node.label, _array(node))
        if not is_recording() and primitive.kind != "flat":  # a constant for all derivatives
            e = self.program.add(PRIMITIVES["stop_gradient"], (e,), None, "", e.array)
        self.known[node] = e

    def depends(self, node: Any) -> bool:
        """Whether a node is an argument of the traced function, or computed in it."""
        return node in self.known and self.known[node] not in self.program.parameters

    def of(self, x: Any) -> Any:
        """The variable of a node; a number or an array as it is."""
        if not isinstance(x, Node):
            return x
        if x not in self.known:
            if x.op is None and isinstance(x, Tensor) and x._serial > self.started:
                return x._data  # made by the function itself: a constant
            self._capture(x)
        return self.known[x]

    def _capture(self, root: Any) -> None:
        """A node from around the function: a parameter, or computed from parameters."""
        stack = [root]
        while stack:
            node = stack.pop()
            if node in self.known:
                continue
            if node.op is None or isinstance(node, Tensor):
                self.program.parameters[self.new_variable(node, node.label or "p")] = node
                continue
            below = [x for x in node.inputs if isinstance(x, Node) and x not in self.known]
            if below:
                stack += [node, *reversed(below)]
            else:
                self.record(node, node.op, node.inputs, {})


def _array(node: Any) -> Array | None:
    return Array(node.shape, node.dtype) if isinstance(node, Tensor) else None
