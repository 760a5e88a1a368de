"""A scalar program over a batch, by an interpreter that numba compiled: the extra ``fast``.

The interpreter is the same for all programs (``interpreter_source.py``), so it is compiled once,
and kept for the next time (``machine_code.py``); a program is only its list of instructions
(``instructions.py``).  Blocks of points are shared between two threads where that pays.  Sums over
points are formed within fixed parts of the batch, and the parts are added up in their order, so
that results do not depend on who computed what.
"""

from __future__ import annotations

import os
import threading
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from autograd.compiling.instructions import Code, encoded, lowered
from autograd.compiling.interpreter_source import FOLDS, LANES
from autograd.compiling.machine_code import address, interpreter
from autograd.errors import message
from autograd.programs.adjoint import handed_on, pullback
from autograd.programs.program import Program

__all__ = ["Lanes"]

PARTS = 8  # of a batch, each with its own sums
WORTH_A_THREAD = 80_000  # numbers in the code times blocks, some 0.3 ms; waking one takes 0.05 ms


class Lanes:
    """A program of numbers and its pullback, run over batches.

    Args:
        program: traced from a function of numbers.
        threads: 1 or 2; None for two where the work is worth it.

    Raises:
        TypeError: a primitive of the user's own, or an operation on arrays.

    Division by zero and the like give infinities and NaN as in NumPy, without a warning.
    """

    def __init__(self, program: Program, threads: int | None = None) -> None:
        self.program = program
        self.threads = threads
        self._forward = encoded(lowered(program), len(program.outputs))
        self._local = threading.local()  # registers, kept for the next call of the same thread

    @cached_property
    def _pullback(self) -> tuple[Program, int]:
        return lowered(pullback(self.program)), len(self.program.inputs)

    @cached_property
    def _backward(self) -> Code:
        program, inputs = self._pullback
        return encoded(program, inputs, len(self.program.outputs))

    @cached_property
    def _careful(self) -> Code:
        """The same with zeros that stop everything, which takes longer."""
        program, inputs = self._pullback
        products = handed_on(program, program.inputs[inputs:])
        return encoded(program, inputs, len(self.program.outputs), products)

    def forward(self, X: Any, p: Any) -> Any:
        """The outputs at each point.

        Args:
            X: one row of inputs for each point, float64 or float32: (batch, inputs).
            p: the parameters: (parameters,).

        Returns:
            An array of shape (outputs, batch), in the dtype of X.

        Raises:
            ValueError: other shapes.
            TypeError: another dtype.
        """
        outs = np.empty((len(self.program.outputs), len(X)), X.dtype)
        self._check(X, p, outs)
        self._execute(self._forward, X, p, outs, outs, (1, len(X)), 0)
        return outs

    def backward(self, X: Any, p: Any, G: Any) -> tuple[Any, Any]:
        """The cotangents of the inputs at each point, and those of the parameters.

        Args:
            X: as in ``forward``.
            p: likewise.
            G: a cotangent for each output at each point: (outputs, batch).

        Returns:
            Arrays of shapes (batch, inputs) and (parameters,), the latter sums over all points, in
            the dtype of X; 0 where no path leads.

        Raises:
            ValueError, TypeError: as in ``forward``; or an operation without derivatives.
        """
        self._check(X, p, G)
        dX = np.zeros(X.shape, X.dtype)
        steps = (X.shape[1], 1)
        G = G.astype(X.dtype, copy=False)
        dp = self._execute(self._backward, X, p, G, dX, steps, len(p))
        # 0 times an infinite slope is NaN in plain arithmetic, and a NaN is never lost in sums.
        if not (np.isfinite(dp).all() and np.isfinite(dX).all()):
            dp = self._execute(self._careful, X, p, G, dX, steps, len(p))
        return dX, dp

    def _check(self, X: Any, p: Any, G: Any) -> None:
        """The interpreter itself looks at no bounds."""
        program = self.program
        batch = len(X)
        found = (X.shape, p.shape, G.shape)
        wanted = (
            (batch, len(program.inputs)),
            (len(program.parameters),),
            (len(program.outputs), batch),
        )
        if found != wanted:
            raise ValueError(
                message(
                    "numba",
                    expected=f"inputs, parameters and cotangents of shapes {wanted}",
                    got=f"{found}",
                    fix="One row of inputs for each point.",
                )
            )
        if X.dtype not in (np.float64, np.float32):
            raise TypeError(
                message(
                    "numba",
                    expected="float64 or float32",
                    got=str(X.dtype),
                    fix="The NumPy back end computes with all dtypes.",
                )
            )

    def _execute(
        self, code: Code, X: Any, p: Any, G: Any, result: Any, steps: tuple[int, int], sums: int
    ) -> Any:
        """Run all blocks; fills ``result`` and returns the sums.

        The next point in the result is ``steps[0]`` numbers away, the next column ``steps[1]``.
        """
        run = interpreter(f"float{8 * X.itemsize}")  # X.dtype.name takes ten times as long
        uniforms = np.concatenate([p, code.constants]).astype(X.dtype, copy=False)
        X, G = (x if x.flags.carray else np.require(x, None, ["C", "A", "W"]) for x in (X, G))
        batch, inputs = X.shape
        blocks = -(-batch // LANES)
        per_part = max(1, -(-blocks // PARTS))
        parts = -(-blocks // per_part)
        totals = np.zeros((parts, sums * FOLDS), X.dtype)
        before = (address(uniforms), address(X), inputs, address(G), batch)
        args = (*before, address(result), *steps, address(totals), sums * FOLDS, per_part)

        def execute(first: int, last: int) -> None:
            registers = self._registers(code.registers * LANES, X.dtype)
            places = (address(code.numbers), len(code.numbers), address(registers))
            assert run(*places, *args, first, last)

        threads = self.threads
        if threads is None:
            worth = len(code.numbers) * blocks > WORTH_A_THREAD
            threads = min(_processors(), 2) if worth else 1
        half = parts // 2 * per_part
        if threads > 1 and half:
            other = _helper(os.getpid()).submit(execute, half, blocks)
            execute(0, half)
            other.result()
        else:
            execute(0, blocks)
        return totals[:, :sums].sum(axis=0)

    def _registers(self, size: int, dtype: Any) -> Any:
        kept = getattr(self._local, "registers", None)
        if kept is None or kept.size < size or kept.dtype != dtype:
            kept = self._local.registers = np.empty(size, dtype)
        return kept


@lru_cache
def _processors() -> int:
    """How many this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


@lru_cache(maxsize=1)
def _helper(process: int) -> Any:
    """The second thread; another one after a fork, which copies no threads."""
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(1, thread_name_prefix="chalkgrad")
