"""Functions of numbers over batches, by array operations: results are the columns of one array.

The program of one point was planned as operations on blocks of columns (``lanes.py``); here they
are traced as a routine, and the parameters are taken out of their packs and put back.
"""

from __future__ import annotations

import math
from functools import cached_property, reduce
from itertools import islice
from operator import or_
from typing import Any

import numpy as np

from autograd import ops
from autograd.compiling.calls import Runner
from autograd.compiling.routines import Routine
from autograd.errors import message
from autograd.programs.array_source import COMPARISONS
from autograd.programs.equations import Equation
from autograd.tensor import Tensor

__all__ = ["OnArrays", "OnColumns", "batch_of", "nodes_like"]


class OnColumns(Runner):
    """A back end whose results are the columns of one array, of shape (batch, results)."""

    def __init__(self, batches: Any, nodes: list[Any], dtype: Any) -> None:
        self.batches, self.dtype = batches, dtype
        self.batch = batch_of(nodes)
        self.single = not any(x.ndim for x in nodes)
        outputs = batches.program.outputs
        self.count = len(outputs)
        self.shape = () if self.single else (self.batch,)
        inputs = (batches.paths.get(x, 0) for x in batches.program.inputs)
        of_inputs = [reduce(or_, islice(inputs, width), 0) for width in batches.widths]
        leading = [*of_inputs, *batches.leaf_paths]
        self.moving = [k for k in range(self.count) if any(path >> k & 1 for path in leading)]
        self.kinds = [(self.shape, dtype)] * len(self.moving)
        self.paths = [sum(1 << i for i, k in enumerate(self.moving) if path >> k & 1)
                      for path in leading]  # fmt: skip
        # Whatever they are computed in, comparisons are True and False.
        self.truths = [k for k, x in enumerate(outputs)
                       if isinstance(x, Equation) and x.op.name in COMPARISONS]  # fmt: skip

    def columns(self, g: Any) -> list[Any]:
        """The cotangents of all results from that of the one array; see ``calls.Runner``."""
        parts = dict(zip(self.moving, self.parts(g), strict=True))
        still = np.zeros(self.shape, self.dtype)
        return [parts.get(k, still) for k in range(self.count)]

    def only(self, which: list[int], arrays: Any) -> Runner:
        """See ``calls.Runner``."""
        return OnSome(self, which, arrays)

    def within(self, nodes: list[Any]) -> list[Any]:
        """The results by operations on nodes, for functions that are traced around this one."""
        routine: Routine = self.routine  # type: ignore[attr-defined]
        return self.results(self.cut(routine.program(*nodes)))

    def cut(self, table: Any) -> list[Any]:
        """The columns of the table of all results."""
        return [table] if self.count == 1 else [table[..., k] for k in range(self.count)]

    def results(self, columns: Any) -> list[Any]:
        """The results from their columns, one behind the other."""
        found = list(columns)
        for k in self.truths:
            found[k] = found[k].astype(bool)
        return found


class OnArrays(OnColumns):
    """The NumPy back end: a routine, and the arrays of parameters that it computes with."""

    def __init__(self, batches: Any, nodes: list[Any], names: list[str], dtype: Any) -> None:
        super().__init__(batches, nodes, dtype)
        self._traced_at = (nodes_like(nodes), names, dtype)
        self.has_pack = bool(batches.ends)

    @cached_property
    def routine(self) -> Routine:
        """Traced when it is first needed."""
        (arrays, wanted), names, dtype = self._traced_at
        plan, batch, count = self.batches.plan, self.batch, len(arrays)
        shape = self.shape if self.count == 1 else (*self.shape, self.count)

        def over_batch(*some: Any) -> Any:
            blocks = [self.batches.columns(x, batch, dtype) for x in some[:count]]
            return ops.reshape(plan.run(blocks, some[count:], batch), shape)

        parameters = [np.zeros(leaf.shape, dtype) for leaf in plan.leaves]
        labels = [leaf.name for leaf in plan.leaves]
        wanted = [*wanted, *[True] * len(parameters)]
        return Routine(over_batch, [*arrays, *parameters], wanted, [*names, *labels])

    def forward(self, arrays: list[Any]) -> tuple[list[Any], Any]:
        """See ``calls.Runner``."""
        spread = self._spread(arrays)
        outs, saved = self.routine.forward(spread)
        if self.count > 1 or self.truths:
            outs = self.results(self.cut(outs[0]))
        return outs, (spread, saved)

    def pull(self, g: Any, arrays: list[Any], saved: Any) -> list[Any]:
        """See ``calls.Runner``."""
        g = g if self.count == 1 else np.stack(self.columns(g), axis=-1)
        found = self._gathered(self.routine.pull(g, *saved))
        if not all(c is None or math.isfinite(np.vdot(c, c)) for c in found):
            found = self._gathered(self.routine.pull_carefully(g, saved[0]))
        return found

    def on_nodes(self, nodes: list[Any], g: Any = None) -> Any:
        """See ``calls.Runner``."""
        if g is None:
            columns = self.cut(self.routine.on_nodes(self._spread(nodes)))
            return self.joined([columns[k] for k in self.moving])
        g = g if self.count == 1 else ops.stack(self.columns(g), axis=-1)
        return self._gathered(self.routine.on_nodes(self._spread(nodes), g))

    def _spread(self, inputs: Any) -> list[Any]:
        """The arrays of the parameters out of those of the packs, which come last."""
        if not self.has_pack:
            return list(inputs)
        leaves = len(self.batches.ends)
        flat, parts = inputs[-1], list(inputs[:-leaves])
        if leaves > 1:
            flat = self.batches.joined(inputs[-leaves:])
        for where, shape in self.batches.cuts:
            part = flat[where]
            parts.append(part if len(shape) == 1 else part.reshape(shape))
        return parts

    def _gathered(self, cotangents: list[Any]) -> list[Any]:
        """The cotangents of the packs from those of the parameters' arrays."""
        if not self.has_pack:
            return cotangents
        batches = self.batches
        count = len(cotangents) - len(batches.cuts)
        parts = zip(batches.cuts, cotangents[count:], strict=True)
        flat = [np.zeros(shape) if c is None else c for (_, shape), c in parts]
        flat = [c.reshape(-1) for c in flat]
        if batches.in_order:
            plain = flat[0].__class__ is np.ndarray
            total = (np if plain else ops).concatenate(flat)
        else:
            total = np.zeros(len(batches.places))
            for (where, _), c in zip(batches.cuts, flat, strict=True):
                total = ops.index_add(total, where, c)
        leaves = [total] if len(batches.ends) == 1 else batches.grouped(total)
        return [*cotangents[:count], *leaves]


class OnSome(Runner):
    """Some of the results: those of another program, of some of the parameters."""

    def __init__(self, whole: OnColumns, which: list[int], arrays: Any) -> None:
        self.whole = whole.batches
        program = self.whole.program.copied()[0]
        program.outputs = [program.outputs[whole.moving[k]] for k in which]
        program.out_tree = [None] * len(which)
        some = type(self.whole)(
            program.prune(parameters=True), self.whole.widths, self.whole.matrices
        )
        nodes = [Tensor(x, requires_grad=x.dtype.kind == "f") for x in arrays[: len(some.widths)]]
        self.inner = OnArrays(
            some, nodes, [x.name for x in program.inputs][: len(nodes)], whole.dtype
        )
        self.kinds, self.moving, self.count = self.inner.kinds, self.inner.moving, self.inner.count
        places = {v: i for i, v in enumerate(self.whole.ordered)}
        self.taken = np.array([places[v] for v in some.ordered], dtype=np.intp)

    def _inner(self, arrays: Any) -> list[Any]:
        """The arrays that the inner program takes."""
        count = len(self.whole.widths)
        if not len(self.taken):
            return list(arrays[:count])
        flat = self.whole.joined(arrays[count:])[self.taken]
        return [*arrays[:count], *self.inner.batches.grouped(flat)]

    def _outer(self, found: list[Any]) -> list[Any]:
        """The cotangents of the arrays of the whole from those of the inner ones."""
        count = len(self.whole.widths)
        if not self.whole.ends:
            return found
        total: Any = np.zeros(len(self.whole.ordered))
        if len(self.taken):
            total = ops.index_add(total, self.taken, self.inner.batches.joined(found[count:]))
        return [*found[:count], *self.whole.grouped(total)]

    def forward(self, arrays: list[Any]) -> tuple[list[Any], Any]:
        """See ``calls.Runner``."""
        return self.inner.forward(self._inner(arrays))

    def pull(self, g: Any, arrays: list[Any], saved: Any) -> list[Any]:
        """See ``calls.Runner``."""
        return self._outer(self.inner.pull(g, self._inner(arrays), saved))

    def on_nodes(self, nodes: list[Any], g: Any = None) -> Any:
        """See ``calls.Runner``."""
        found = self.inner.on_nodes(self._inner(nodes), g)
        return found if g is None else self._outer(found)

    def only(self, which: list[int], arrays: Any) -> Runner:
        """See ``calls.Runner``."""
        return self.inner.only(which, self._inner(arrays))


def nodes_like(nodes: list[Any]) -> tuple[list[Any], list[bool]]:
    """The arrays of nodes, and which of them want a gradient."""
    arrays = [x._data if isinstance(x, Tensor) else x for x in nodes]
    return arrays, [isinstance(x, Tensor) and x.requires_grad for x in nodes]


def batch_of(given: list[Any]) -> int:
    """The number of points; single numbers are used for all."""
    lengths = {len(x) for x in given if x.ndim}
    if len(lengths) > 1 or any(x.ndim > 2 for x in given):
        raise ValueError(
            message(
                "compile",
                expected="arrays with one number for each point, or one row of them",
                got=f"shapes {', '.join(str(x.shape) for x in given)}",
                fix="The first axis counts the points and is the same for all.",
            )
        )
    return lengths.pop() if lengths else 1
