"""``compile``: a function of numbers becomes a function of arrays, at array speed.

The function is traced once, and the program runs over whole batches (``lanes.py``).  What comes
back is a Tensor on the graph: its ``backward()`` fills the gradients of the scalar parameters that
the function captured, and everything that works on Tensors works on it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import ops
from autograd.errors import message, shown
from autograd.lanes import Packed, Plan
from autograd.node import raw
from autograd.program import Program
from autograd.tensor import Tensor
from autograd.tracing import trace
from autograd.trees import leaves, rebuilt

__all__ = ["Compiled", "compile"]


class Compiled:
    """A function of arrays made of a function of numbers; see ``compile``."""

    def __init__(self, fun: Callable[..., Any]) -> None:
        self.fun = fun
        self._plans: dict[Any, Plan] = {}
        functools.update_wrapper(self, fun)

    def __call__(self, *args: Any) -> Any:
        given = [x if isinstance(x, Tensor) else np.asarray(x) for x in leaves(args)]
        batch = self._batch(given)
        plan = self._plan(args, given)
        floats = [x.dtype for x in given if x.dtype.kind == "f"]
        dtype = np.result_type(*floats) if floats else np.dtype(float)
        packed = [Packed.of(values, shape, dtype) for values, shape in plan.leaves]
        outs = plan.run(_columns(given, batch, dtype), packed)
        if not any(x.ndim for x in given):
            outs = [x[0] for x in outs]
        outs = [x if isinstance(x, Tensor) else Tensor(x) for x in outs]
        return rebuilt(plan.program.out_tree, iter(outs))

    def _batch(self, given: list[Any]) -> int:
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

    def _plan(self, args: Any, given: list[Any]) -> Plan:
        """The program for arguments of this structure, traced at its first use."""
        widths = tuple(x.shape[1] if x.ndim == 2 else None for x in given)
        structure = (repr(rebuilt(args, iter([0] * len(given)))), widths)
        if structure not in self._plans:
            examples = [_example(x) for x in given]
            self._plans[structure] = Plan(trace(self.fun, *rebuilt(args, iter(examples))))
        return self._plans[structure]

    def program(self, *args: Any) -> Program:
        """The program for arguments of this structure."""
        return self._plan(
            args, [x if isinstance(x, Tensor) else np.asarray(x) for x in leaves(args)]
        ).program


def _example(x: Any) -> Any:
    """One point of an array: a number, or a list of numbers for a row."""
    data = raw(x)
    if data.dtype.kind not in "biuf":
        raise TypeError(
            message(
                "compile",
                expected="arrays of real numbers",
                got=shown(x),
                fix="Convert them first.",
            )
        )
    if data.ndim == 2:
        return [1.0] * data.shape[1] if not len(data) else data[0].tolist()
    return 1.0 if not data.size else float(data.flat[0])


def _columns(given: list[Any], batch: int, dtype: Any) -> Any:
    """All inputs as the columns of one array."""
    if len(given) == 1 and given[0].ndim == 2:
        return given[0] if given[0].dtype == dtype else ops.cast(given[0], dtype)
    parts = []
    for x in given:
        x = x if x.dtype == dtype else ops.cast(x, dtype)
        if x.ndim < 2:
            x = ops.broadcast_to(x, (batch,)) if not x.ndim else x
            x = x[:, None]
        parts.append(x)
    return ops.concatenate(parts, axis=1) if parts else np.zeros((batch, 0), dtype)


def compile(fun: Callable[..., Any]) -> Compiled:
    """A function of numbers as a function of arrays, differentiable, at array speed.

    >>> import autograd
    >>> w = autograd.Value(3.0)
    >>> f = compile(lambda x: (w * x + 1).relu())
    >>> y = f(np.array([-1.0, 0.0, 2.0]))
    >>> y.data
    array([0., 1., 7.])
    >>> y.sum().backward()
    >>> w.grad
    2.0
    """
    return Compiled(fun)
