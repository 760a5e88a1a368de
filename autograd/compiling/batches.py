"""A program of numbers over batches: how arguments become columns, and parameters matrices.

Three back ends compute the same.  With NumPy, equations become array operations (``lanes.py``) and
these become code (``routines.py``): the fastest way for networks, whose neurons turn into products
of matrices.  With numba, an interpreter goes through the equations as they are, for some hundred
points at a time (``numba_lanes.py``).  In plain Python, they are computed for a single point
(``single_point.py``).

As on Values, a zero stops everything: what has no influence gets no gradient, whatever infinite
slope stands behind it.  Fast code does not look; where its result is not finite, it is done again
with care.  (Derivatives that are recorded, to be differentiated once more, are arithmetic of
arrays: there 0 times an infinity is NaN, as on Tensors.)
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import numpy as np

from autograd import ops
from autograd.compiling.calls import Call, Prepared, Runner
from autograd.compiling.columns import OnArrays, batch_of
from autograd.compiling.lanes import Plan
from autograd.compiling.machine_code import is_compiled
from autograd.compiling.neurons import weighted_sums
from autograd.compiling.numba_lanes import Lanes
from autograd.compiling.packs import Pack
from autograd.compiling.rows import OnePoint, OnRows
from autograd.errors import message
from autograd.programs.adjoint import paths
from autograd.programs.program import Program

__all__ = ["BACK_ENDS", "Batches"]

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
        self.program, self.widths, self.matrices = program, widths, matrices
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
        self.ordered = ordered = [v for part in parts for v in part]
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
            machine = Lanes(self.program) if back_end == "numba" else OnePoint(self.program)
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


def _slice(places: list[int]) -> Any:
    """Places that follow each other as a slice."""
    if places == list(range(places[0], places[0] + len(places))):
        return slice(places[0], places[0] + len(places))
    return np.array(places)
