"""Back ends that take one row of numbers for each point: numba's interpreter, and plain Python."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.compiling.columns import OnArrays, OnColumns, nodes_like
from autograd.compiling.routines import Routine
from autograd.compiling.single_point import SinglePoint
from autograd.programs.program import Program

__all__ = ["OnRows", "OnePoint"]


class OnRows(OnColumns):
    """A back end that takes one row of numbers for each point."""

    def __init__(
        self, batches: Any, machine: Any, nodes: list[Any], dtype: Any, on_arrays: OnArrays
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


class OnePoint:
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
