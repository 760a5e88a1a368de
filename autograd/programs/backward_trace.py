"""A function of arrays and its backward pass, recorded together as one program.

The function runs on tensors, its graph is walked backwards by the rules that differentiate any
graph, and all that is computed on both ways is written down.  That is how a function is compiled
(``routines.py``), and what the derivative of a program of arrays is: ``program.grad()``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.branches import tracing
from autograd.errors import message
from autograd.node import enable_grad, raw
from autograd.programs.adjoint import differentiates_arrays
from autograd.programs.equations import Var
from autograd.programs.program import Program as Program
from autograd.programs.tracing import Recorder, results
from autograd.programs.tracing import trace as trace
from autograd.pullback import pull_back
from autograd.tensor import Tensor
from autograd.trees import rebuilt
from autograd.value import Value

__all__ = ["BackwardTrace", "part_of"]


class BackwardTrace:
    """What is known of a function after both ways.

    Attributes:
        program: all equations, with the results of the function as outputs.
        count: how many of the equations are the function's.
        outs: its results, and those of them that gradients flow through in ``moving``.
        captured: the tensors from around the function, in the order of the program's parameters.
        cotangents: of the arguments, then of these; None where no path leads.
    """

    def __init__(
        self,
        fun: Callable[..., Any],
        examples: list[Any],
        wanted: list[bool],
        names: list[str],
        seed: Callable[[Recorder, Tensor], Tensor],
    ) -> None:
        """Run ``fun`` at arrays.

        Args:
            fun: takes tensors, and Values where an example is a float.
            examples: arrays, or floats.
            wanted: which of them need a cotangent.
            names: of the program's inputs.
            seed: makes the cotangent of a result.
        """
        recorder = Recorder()
        self.program = program = recorder.program
        moment = Tensor(0.0)  # so that there is a time before which everything else was there
        nodes = [Value(x) if x.__class__ is float else Tensor(x, requires_grad=needs)
                 for x, needs in zip(examples, wanted, strict=True)]  # fmt: skip
        for name, node in zip(names, nodes, strict=True):
            program.inputs.append(recorder.new_variable(node, name))
        ends = [moment, *(x for x in nodes if isinstance(x, Tensor))]
        with tracing(recorder), enable_grad(), np.errstate(all="ignore"):
            result = fun(*nodes)
            self.outs = results("compile", result)
            program.outputs = [recorder.of(x) for x in self.outs]
            program.out_tree = rebuilt(result, iter([None] * len(self.outs)))
            self.count = len(program.equations)
            self.moving = [x for x in self.outs if isinstance(x, Tensor) and x.requires_grad]
            seeds = [seed(recorder, x) for x in self.moving]
            captured = set(program.parameters.values())
            roots: dict[Any, Any] = {}
            for out, g in zip(self.moving, seeds, strict=True):  # one may be returned twice
                roots[out] = roots[out] + g if out in roots else g
            found = pull_back(roots, ends, True, also=captured)
            self.captured = list(program.parameters.values())
            self.cotangents = [recorder.of(found[x]) if x in found else None
                               for x in (*nodes, *self.captured)]  # fmt: skip


def part_of(
    program: Program, inputs: list[Var], outputs: list[Any], count: int | None = None
) -> Program:
    """A part of a program: its first equations, further inputs, other outputs."""
    part = Program()
    part.inputs, part.parameters = [*program.inputs, *inputs], program.parameters
    part.equations, part.outputs = program.equations[:count], list(outputs)
    part.in_tree, part.out_tree = (None,) * len(part.inputs), [None] * len(outputs)
    return part.copied()[0].prune().optimized()


@differentiates_arrays
def gradient(program: Program, point: tuple[Any, ...]) -> Program:
    """The derivatives of a program's one number to its inputs and parameters; ``Program.grad``."""
    variables = [*program.inputs, *program.parameters]
    given = program.in_order(point) if point else [_example(x) for x in program.inputs]
    nodes = list(program.parameters.values())
    examples = [
        float(raw(e)) if x.array is None else np.asarray(raw(e), x.array.dtype)
        for e, x in zip([*given, *nodes], variables, strict=True)
    ]
    wanted = [x.array is not None and x.array.dtype.kind == "f" for x in variables]

    def run(*nodes: Any) -> Any:
        return program.run(dict(zip(variables, nodes, strict=True)))

    try:
        traced = BackwardTrace(run, examples, wanted, [x.name for x in variables], _one)
    except (ValueError, IndexError, ArithmeticError) as error:
        raise ValueError(
            message(
                "grad",
                expected="a point where the program can be computed, to record its derivative at",
                got=str(error),
                fix="Name one by the arguments of the program, program.grad(x, y).",
            )
        ) from error
    found = [
        _zeros(x) if c is None else c for x, c in zip(variables, traced.cotangents, strict=True)
    ]
    derivative = part_of(traced.program, [], found)
    count = len(program.inputs)
    derivative.parameters = dict(zip(derivative.inputs[count:], nodes, strict=True))
    derivative.inputs = derivative.inputs[:count]
    derivative.in_tree = program.in_tree
    return derivative


def _one(recorder: Recorder, out: Tensor) -> Tensor:
    return Tensor(np.ones(out.shape, out.dtype))


def _example(x: Var) -> Any:
    """Numbers where most functions are defined: ones, unit matrices, positions 0."""
    if x.array is None:
        return 1.0
    shape, dtype = x.array
    if dtype.kind in "iu":
        return np.zeros(shape, dtype)
    return np.broadcast_to(np.eye(shape[-2], shape[-1]) if len(shape) > 1 else 1.0, shape)


def _zeros(x: Var) -> Any:
    if x.array is None:
        return 0.0
    return np.zeros(x.array.shape, x.array.dtype if x.array.dtype.kind == "f" else float)
