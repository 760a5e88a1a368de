"""A scalar program over a batch, by an interpreter that numba compiled: the extra ``fast``.

The interpreter is the same for all programs (``interpreter_source.py``), so it is compiled once,
in some seconds, and kept in a folder for the next time; a program is only its list of instructions
(``instructions.py``).  Blocks of points are shared between two threads where that pays.  Sums over
points are formed within fixed parts of the batch, and the parts are added up in their order, so
that results do not depend on who computed what.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
import warnings
from collections.abc import Callable
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import numpy as np

from autograd.compiling.instructions import Code, encoded, lowered
from autograd.compiling.interpreter_source import FOLDS, LANES, interpreter_source
from autograd.errors import message
from autograd.programs.adjoint import handed_on, pullback
from autograd.programs.program import Program

__all__ = ["Lanes", "is_available", "is_compiled"]

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
        self._execute(self._forward, X, p, outs, outs.T, 0)
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
        G = G.astype(X.dtype, copy=False)
        dp = self._execute(self._backward, X, p, G, dX, len(p))
        # 0 times an infinite slope is NaN in plain arithmetic, and a NaN is never lost in sums.
        if not (np.isfinite(dp).all() and np.isfinite(dX).all()):
            dp = self._execute(self._careful, X, p, G, dX, len(p))
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

    def _execute(self, code: Code, X: Any, p: Any, G: Any, result: Any, sums: int) -> Any:
        """Run all blocks; fills ``result`` and returns the sums."""
        run = _interpreter(X.dtype.name)
        uniforms = np.concatenate([p, code.constants]).astype(X.dtype, copy=False)
        blocks = -(-len(X) // LANES)
        per_part = max(1, -(-blocks // PARTS))
        parts = -(-blocks // per_part)
        totals = np.zeros((parts, sums * FOLDS), X.dtype)

        def execute(first: int, last: int) -> None:
            registers = self._registers(code.registers * LANES, X.dtype)
            args = (uniforms, X, G, result, totals, per_part, first, last)
            assert run(code.numbers, registers, *args)

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


# --- compiling ------------------------------------------------------------------------------------


@lru_cache
def is_available() -> bool:
    """Whether numba is there and compiles; if it is there and fails, a warning says why."""
    if importlib.util.find_spec("numba") is None:
        return False
    try:
        _interpreter("float64")
    except Exception as error:  # whatever goes wrong in there, arrays can do the work
        warnings.warn(
            message(
                "numba",
                expected="the interpreter to compile",
                got=f"{type(error).__name__}: {error}",
                fix="The NumPy back end is used in its place.",
            ),
            RuntimeWarning,
            stacklevel=2,
        )
        return False
    return True


def is_compiled() -> bool:
    """Whether numba is there and its interpreter was compiled before, so that it only loads."""
    found = importlib.util.find_spec("numba") is not None
    return found and any((_folder() / "__pycache__").glob(f"{_module_name()}*.nbi"))


@lru_cache
def _interpreter(dtype: str) -> Callable[..., bool]:
    """The compiled interpreter for float64 or float32: from the cache, or compiled now."""
    try:
        import numba
        from numba import types
    except ImportError as error:
        raise ImportError(
            message(
                "numba",
                expected="the package numba",
                got=str(error),
                fix='Install the extra: pip install "chalkgrad[fast]".',
            )
        ) from error
    number, place, size = getattr(types, dtype), types.uint32, types.int64
    read = types.Array(number, 2, "A", readonly=True)
    totals, result = types.Array(number, 2, "C"), types.Array(number, 2, "A")
    flat = (types.Array(place, 1, "C"), types.Array(number, 1, "C"), types.Array(number, 1, "C"))
    signature = types.boolean(*flat, read, read, result, totals, size, size, size)

    def compiled(cache: bool) -> Callable[..., bool]:
        function = _function(cache)
        jit = numba.njit([signature], nogil=True, error_model="numpy", cache=cache)
        return cast("Callable[..., bool]", jit(function))

    try:
        return compiled(cache=True)
    except Exception as error:  # a folder that cannot be written, a file that cannot be read, ...
        warnings.warn(
            message(
                "numba",
                expected=f"a folder to keep compiled code in, {_folder()}",
                got=f"{type(error).__name__}: {error}",
                fix="It is compiled anew in each process; set NUMBA_CACHE_DIR to another folder.",
            ),
            RuntimeWarning,
            stacklevel=2,
        )
        return compiled(cache=False)


def _function(cache: bool) -> Any:
    """The interpreter as Python; numba keeps compiled code next to a file only."""
    source, name = interpreter_source(), _module_name()
    if not cache:
        names: dict[str, Any] = {"__name__": name}
        exec(source, names)
        return names["run"]
    path = _folder() / f"{name}.py"
    if not path.exists() or path.read_text(encoding="utf-8") != source:
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        whole.write_text(source, encoding="utf-8")
        whole.replace(path)  # at once: another process may be reading
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.run


@lru_cache
def _module_name() -> str:
    """Another one for each version of the interpreter."""
    return f"chalkgrad_interpreter_{sha256(interpreter_source().encode()).hexdigest()[:16]}"


def _folder() -> Path:
    """Where compiled code is kept: numba's folder if one is set, else the user's for caches."""
    for variable in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        if os.environ.get(variable):
            return Path(os.environ[variable]) / "chalkgrad"
    return Path.home() / ".cache" / "chalkgrad"
