"""A program of numbers over batches: how arguments become columns, and parameters matrices.

Three back ends compute the same.  With NumPy, equations become array operations (``lanes.py``) and
these become code (``routines.py``): the fastest way for networks, whose neurons turn into products
of matrices.  With numba, an interpreter goes through the equations as they are, for some hundred
points at a time (``numba_lanes.py``).  In plain Python, they are computed for a single point
(``single_point.py``).

As on Values, a zero stops everything: what has no influence gets no gradient, whatever infinite
slope stands behind it.  Fast code does not look; where its result is not finite, it is done again
with care.
"""

from __future__ import annotations

import math
from functools import cached_property, reduce
from itertools import accumulate, islice
from operator import or_
from typing import Any

import numpy as np

from autograd import ops
from autograd.compiling.calls import Call, Prepared, Runner
from autograd.compiling.lanes import Plan
from autograd.compiling.machine_code import is_compiled
from autograd.compiling.neurons import weighted_sums
from autograd.compiling.numba_lanes import Lanes
from autograd.compiling.packs import Pack
from autograd.compiling.routines import Routine
from autograd.compiling.single_point import SinglePoint
from autograd.errors import message
from autograd.programs.adjoint import paths
from autograd.programs.array_source import COMPARISONS
from autograd.programs.equations import Equation
from autograd.programs.program import Program
from autograd.tensor import Tensor

__all__ = ["BACK_ENDS", "Batches", "batch_of"]

BACK_ENDS = ("numpy", "numba", "python")
# Equations that plain Python computes for a single point before arrays are worth their price.
SHORT = 5_000


class Batches:
    """A traced function of numbers, to be run over batches.

    Attributes:
        program: for one point.
        packs: its parameters; in ``fixed`` are those that have no gradient.
    """

    def __init__(self, program: Program, widths: list[int], matrices: bool) -> None:
        """``widths`` says how many inputs each argument has a column for."""
        self.program, self.widths = program, widths
        self.plan = Plan(weighted_sums(program) if matrices else program, widths, matrices)
        values = [v for leaf in self.plan.leaves for v in leaf.values]
        # Without a path it has no gradient, not one of 0: a pack must not give it one.  So there is
        # a pack of those from which paths lead to the same results.
        self.paths = paths(program)
        groups: dict[int, list[Any]] = {}
        of = {v: self.paths.get(x, 0) for x, v in program.parameters.items()}
        for v in dict.fromkeys(values):
            groups.setdefault(of[v], []).append(v)
        self.fixed = groups.pop(0, [])
        self.packs = [Pack(group) for group in groups.values()]
        parts = [*groups.values(), *[self.fixed] * bool(self.fixed)]
        self.leaf_paths = [*groups, 0][: len(parts)]
        self.ends = list(accumulate(map(len, parts)))
        ordered = [v for part in parts for v in part]
        places = {v: i for i, v in enumerate(ordered)}
        where = [_slice([places[v] for v in leaf.values]) for leaf in self.plan.leaves]
        self.cuts = [(w, x.shape) for w, x in zip(where, self.plan.leaves, strict=True)]
        self.in_order = [places[v] for v in values] == list(range(len(ordered)))
        self.places = np.array([places[v] for v in program.parameters.values()], dtype=np.intp)

    def prepared(
        self, name: str, nodes: list[Any], names: list[str], back_end: str | None
    ) -> Prepared:
        """For arguments of these shapes and dtypes."""
        batch_of(nodes)
        floats = [x.dtype for x in nodes if x.dtype.kind == "f"]
        # A single number beside arrays takes their dtype, as Python's numbers do in NumPy.
        wide = [x.dtype for x in nodes if x.dtype.kind == "f" and x.ndim]
        dtype = np.result_type(*(wide or floats)) if floats else np.dtype(float)
        single = not any(x.ndim for x in nodes)
        back_end = back_end or self._chosen(single, dtype)
        on_arrays = OnArrays(self, nodes, names, dtype)
        runner: Runner = on_arrays
        if back_end == "python" and not single:
            raise ValueError(
                message(
                    "compile",
                    expected="single numbers for backend='python'",
                    got=f"shapes {', '.join(str(x.shape) for x in nodes)}",
                    fix="Use backend='numpy' or 'numba' for batches.",
                )
            )
        if back_end != "numpy":
            machine = Lanes(self.program) if back_end == "numba" else _OnePoint(self.program)
            runner = OnRows(self, machine, nodes, dtype, on_arrays)
        call, tree = Call(name, runner), self.program.out_tree
        return Prepared(call, nodes, [], tree, self.packs, self.fixed, dtype)

    def _chosen(self, single: bool, dtype: Any) -> str:
        """The back end that is likely to be the fastest."""
        if any(e.op.foreign for e in self.program.equations):
            return "numpy"
        if single and len(self.program.equations) <= SHORT:
            return "python"
        loose = self.plan.loose_sums and not any(x.name[0] == "W" for x in self.plan.leaves)
        # Weighted sums that share no inputs cost arrays much memory, and the interpreter none.
        known = dtype in (np.float64, np.float32)
        return "numba" if loose and known and is_compiled(dtype.name) else "numpy"

    def joined(self, leaves: Any) -> Any:
        """The parameters as one array, from the leaves of the packs and of ``fixed``."""
        return ops.concatenate(list(leaves))

    def grouped(self, total: Any) -> list[Any]:
        """The cotangents of these leaves from that of the one array."""
        return [total[start:end] for start, end in zip([0, *self.ends], self.ends, strict=False)]

    def columns(self, x: Any, batch: int, dtype: Any) -> Any:
        """An argument as an array of shape (batch, columns)."""
        x = x if x.dtype == dtype else ops.cast(x, dtype)
        if x.ndim == 2:
            return x
        x = x if x.ndim else ops.broadcast_to(x, (batch,))
        return x[:, None]


class OnColumns(Runner):
    """A back end whose results are the columns of one array, of shape (batch, results)."""

    def __init__(self, batches: Batches, nodes: list[Any], dtype: Any) -> None:
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

    def __init__(self, batches: Batches, nodes: list[Any], names: list[str], dtype: Any) -> None:
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


class OnRows(OnColumns):
    """A back end that takes one row of numbers for each point."""

    def __init__(
        self, batches: Batches, machine: Any, nodes: list[Any], dtype: Any, on_arrays: OnArrays
    ) -> None:
        super().__init__(batches, nodes, dtype)
        self.machine = machine
        self.on_arrays = on_arrays  # what is recorded are array operations
        self.shapes = [x.shape for x in nodes]
        self.wanted = []
        for asked, path in zip(nodes_like(nodes)[1], self.paths, strict=False):
            self.wanted.append(asked and path > 0)

    @property
    def routine(self) -> Routine:
        """The same as array operations."""
        return self.on_arrays.routine

    def forward(self, arrays: list[Any]) -> tuple[list[Any], Any]:
        """See ``calls.Runner``."""
        given, p = self._rows(arrays)
        outs = self.machine.forward(given, p)
        columns = [out[0] for out in outs] if self.single else outs
        return self.results(map(np.asarray, columns)), (given, p)

    def on_nodes(self, nodes: list[Any], g: Any = None) -> Any:
        """See ``calls.Runner``."""
        return self.on_arrays.on_nodes(nodes, g)

    def pull(self, g: Any, arrays: list[Any], saved: Any) -> list[Any]:
        """See ``calls.Runner``."""
        X, p = saved
        G = np.reshape(self.columns(g), (self.count, self.batch))
        dX, dp = self.machine.backward(X, p, G)
        found: list[Any] = []
        start = 0
        for shape, width, wanted in zip(self.shapes, self.batches.widths, self.wanted, strict=True):
            part = dX[:, start : start + width]
            start += width
            part = part if len(shape) == 2 else part[:, 0] if shape else part.sum(axis=0)[0]
            found.append(np.array(part) if wanted else None)
        if len(arrays) > len(found):
            flat = np.empty(len(dp), dp.dtype)
            flat[self.batches.places] = dp
            found += self.batches.grouped(flat)
        return found

    def _rows(self, arrays: list[Any]) -> tuple[Any, Any]:
        """One row for each point, and the parameters in the order of the program."""
        count = len(self.shapes)
        blocks = [self.batches.columns(x, self.batch, self.dtype) for x in arrays[:count]]
        X = np.concatenate(blocks, axis=1) if blocks else np.zeros((self.batch, 0), self.dtype)
        if len(arrays) == count:
            return X, np.zeros(0, self.dtype)
        return X, self.batches.joined(arrays[count:])[self.batches.places]


class _OnePoint:
    """Plain Python in the form of a back end for rows."""

    def __init__(self, program: Program) -> None:
        self.point = SinglePoint(program)

    def forward(self, X: Any, p: Any) -> Any:
        """The outputs, of shape (outputs, 1)."""
        return np.array(self.point.run(X[0].tolist(), p.tolist()), X.dtype)[:, None]

    def backward(self, X: Any, p: Any, G: Any) -> tuple[Any, Any]:
        """The cotangents of inputs and parameters."""
        found = self.point.pull(X[0].tolist(), p.tolist(), G[:, 0].tolist())
        return np.array([found[0]], X.dtype), np.array(found[1], X.dtype)


def nodes_like(nodes: list[Any]) -> tuple[list[Any], list[bool]]:
    """The arrays of nodes, and which of them want a gradient."""
    arrays = [x._data if isinstance(x, Tensor) else x for x in nodes]
    return arrays, [isinstance(x, Tensor) and x.requires_grad for x in nodes]


def _slice(places: list[int]) -> Any:
    """Places that follow each other as a slice."""
    if places == list(range(places[0], places[0] + len(places))):
        return slice(places[0], places[0] + len(places))
    return np.array(places)


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
