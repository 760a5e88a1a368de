"""A function of arrays at fixed shapes as one node: recorded once, then run without a graph.

The function and its backward pass are traced together, by the same rules and the same walk that
differentiate any graph; so the derivative is a program as well.  What the function computes is
split from what only the backward pass needs, and each part becomes code (``array_code.py``):

    forward(x, w)  ->  results, and what the backward pass will read
    backward(g, x, w, saved)  ->  cotangents of x and w

Where derivatives are to be differentiated again, or carried forward, the program is run on nodes.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any

import numpy as np

from autograd import ops
from autograd.arrays.lending import is_own
from autograd.compiling.array_code import array_function, owners
from autograd.compiling.calls import Runner
from autograd.node import by_columns
from autograd.programs.adjoint import handed_on
from autograd.programs.backward_trace import BackwardTrace, part_of
from autograd.programs.equations import Equation, Var, variables
from autograd.programs.tracing import Recorder
from autograd.tensor import Tensor
from autograd.trees import leaves

__all__ = ["Routine"]


class Routine(Runner):
    """What a function of arrays computes, and its cotangents.

    Attributes:
        program: from inputs and captured tensors to the results.
        both: from these and a cotangent for each result to the results and the cotangents.
        count, moving, kinds: of the results; see ``calls.Runner``.
        captured: the tensors from around the function, in the order of the programs' parameters.
    """

    exact = True

    def __init__(
        self, fun: Callable[..., Any], examples: list[Any], wanted: list[bool], names: list[str]
    ) -> None:
        """Trace ``fun`` at arrays; ``wanted`` says which of them need a cotangent."""
        arriving: list[Var] = []

        def seed(recorder: Recorder, out: Tensor) -> Tensor:
            g = Tensor(np.zeros(out.shape, out.dtype))
            arriving.append(recorder.new_variable(g, "g"))
            return g

        traced = BackwardTrace(fun, examples, wanted, names, seed)
        program, outs, moving = traced.program, traced.outs, traced.moving
        self.captured = traced.captured
        self.moving = [i for i, x in enumerate(outs) if any(x is m for m in moving)]
        self.kinds = [(x.shape, x.dtype) for x in moving]
        self.count = len(outs)
        self.both = part_of(program, arriving, [*program.outputs, *traced.cotangents])
        self.program = part_of(program, [], program.outputs, traced.count)
        self.program.out_tree = program.out_tree
        results = self.both.outputs[: self.count]
        self.constant = [i for i, x in enumerate(results) if not isinstance(x, Var)]
        self._write(len(outs), arriving)

    def _write(self, count: int, arriving: list[Var]) -> None:
        """The code of both passes."""
        both = self.both
        given = [*both.inputs[: len(both.inputs) - len(arriving)], *both.parameters]
        outs, cotangents = both.outputs[:count], both.outputs[count:]
        first = _leading_to(outs, both.equations)
        forward = [e for e in both.equations if e in first]
        backward = [e for e in both.equations if e not in first]
        read = dict.fromkeys(x for e in backward for x in variables(e.args))
        read |= dict.fromkeys(variables(cotangents))
        saved = [x for x in read if x in first]
        columns = [x for x, node in both.parameters.items() if by_columns(node)]
        results = [*outs, *saved]
        self.forward_code = array_function("forward", given, forward, results, columns=columns)
        arguments = [*both.inputs[len(both.inputs) - len(arriving) :], *given, *saved]
        self.backward_code = array_function(
            "backward", arguments, backward, cotangents, before=forward
        )
        carried = {g: 1 << k for k, g in enumerate(both.inputs[len(both.inputs) - len(arriving) :])}
        for e in both.equations:
            carried[e] = reduce(or_, (carried.get(x, 0) for x in variables(e.args)), 0)
        known = (0 if x is None else -1 for x in cotangents)  # of a constant it is not seen
        self.paths = [carried[x] if isinstance(x, Var) else path
                      for x, path in zip(cotangents, known, strict=True)]  # fmt: skip
        # Gradients are added up in place, so each needs an array that nothing else refers to.
        owner = owners(backward)
        moved = [i for i, x in enumerate(cotangents) if x is not None]
        self.views = [i for i in moved if owner.get(cotangents[i]) not in (None, cotangents[i])]
        self.copied = [
            i
            for i in moved
            if owner.get(cotangents[i]) is None or cotangents.count(cotangents[i]) > 1
        ]
        # NumPy makes a number of what has no axes.
        self.numbers = [
            i
            for i, x in enumerate(cotangents)
            if x is not None and not (isinstance(x, Var) and x.array and x.array.shape)
        ]

    def forward(self, arrays: list[Any]) -> tuple[list[Any], Any]:
        """The results, and what the backward pass will read."""
        found = self.forward_code(*arrays)
        for i in self.constant:  # whoever gets it may write on it
            found[i] = np.array(found[i])
        return found[: self.count], found[self.count :]

    def pull(self, g: Any, arrays: list[Any], saved: Any) -> list[Any]:
        """See ``calls.Runner``."""
        found = self.backward_code(*self.parts(g), *arrays, *saved)
        for i in self.copied:
            found[i] = np.array(found[i])
        for i in self.views:  # the only one of its array, as the transpose of a product is?
            if not is_own(found[i]):
                found[i] = np.array(found[i])
        for i in self.numbers:
            found[i] = np.asarray(found[i])
        if len(self.kinds) > 1 and not all(c is None or np.isfinite(c).all() for c in found):
            reached = self.reached(g)
            if reached + 1 < 1 << len(self.kinds):
                some, g = self.without_others(reached, g, arrays)
                return some.pull(g, arrays, some.forward(list(arrays))[1])
        return found

    def only(self, which: list[int], arrays: Any) -> Routine:
        """See ``calls.Runner``."""
        program = self.program
        variables = [*program.inputs, *program.parameters]

        def chosen(*some: Any) -> list[Any]:
            outs = leaves(program.run(dict(zip(variables, some, strict=True))))
            return [outs[self.moving[k]] for k in which]

        wanted, names = [path != 0 for path in self.paths], [x.name for x in variables]
        return Routine(chosen, list(arrays), wanted, names)

    def pull_carefully(self, joined: Any, arrays: list[Any]) -> list[Any]:
        """The same, where a cotangent of zero stays zero behind an infinite slope."""
        both, g = self.both, self.parts(joined)
        inputs = len(both.inputs) - len(g)
        values: dict[Any, Any] = dict(zip(both.inputs, [*arrays[:inputs], *g], strict=True))
        values |= zip(both.parameters, arrays[inputs:], strict=True)
        products = handed_on(both, both.inputs[inputs:])

        def meaning(e: Equation, args: list[Any]) -> Any:
            if e not in products:
                return e.op(*args, **e.params)
            return ops.hand_on(*args) if e.op is ops.mul else _matrix_stopped_by_zeros(*args)

        with np.errstate(all="ignore"):
            found = leaves(both.run(values, meaning))[self.count :]
        return [c if c is None else np.array(c) for c in found]

    def on_nodes(self, nodes: list[Any], joined: Any = None) -> Any:
        """See ``calls.Runner``."""
        g = None if joined is None else self.parts(joined)
        program = self.program if g is None else self.both
        count = len(self.program.inputs)
        values: dict[Any, Any] = dict(
            zip(program.inputs, [*nodes[:count], *(g or [])], strict=True)
        )
        values |= zip(program.parameters, nodes[count:], strict=True)
        found: list[Any] = leaves(program.run(values))
        return self.joined([found[i] for i in self.moving]) if g is None else found[self.count :]


def _leading_to(outs: list[Any], equations: list[Equation]) -> set[Var]:
    """The equations that some results need."""
    needed = set(variables(outs))
    for e in reversed(equations):
        if e in needed:
            needed.update(variables(e.args))
    return needed.intersection(equations)


def _matrix_stopped_by_zeros(x: Any, y: Any) -> Any:
    """A product of matrices by ``hand_on``: what infinities and NaN are part of, one by one."""
    finite = np.isfinite(x).all(axis=0) & np.isfinite(y).all(axis=1)
    total = x[:, finite] @ y[finite]
    for k in np.flatnonzero(~finite):
        total = total + ops.hand_on(x[:, k, None], y[k])
    return total
