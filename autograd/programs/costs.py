"""What a program costs: operations, floating-point operations, and bytes moved.

The numbers follow from shapes and types alone, by the convention of the field: they say how much
work a method *has to* do, not how long a machine takes for it.  Whether a program is limited by
computing or by memory is seen from their quotient, ``flops / bytes``.

    elementwise        1 for each element of the result, whatever the function
    a @ b, linear      2 m n k: a product and a sum for each of the k terms of a result
    einsum, dot        likewise, 2 for each term (3 for three factors, ...)
    sum, max, ...      1 for each element of the argument
    copying, views     0
    decompositions     the leading term, such as n³/3 for cholesky

An equation reads all its arguments and writes its result, once each.  Constants that are numbers
are a part of the program and are not counted, nor are views (``reshape``, ``transpose``,
``broadcast_to``), which look at the same memory in another way.
"""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np

from autograd.programs.equations import Equation, Var

__all__ = ["Cost", "cost"]


class Cost(NamedTuple):
    """How much work a program is: numbers of operations, flops and bytes; see ``costs.py``."""

    operations: int
    flops: int
    bytes: int


def cost(program: Any) -> Cost:
    """The work of all equations of a program."""
    equations = program.equations
    return Cost(len(equations), sum(map(_flops, equations)), sum(map(_bytes, equations)))


def _shape(x: Any) -> tuple[int, ...]:
    """The shape of a variable or constant; a number has none."""
    if isinstance(x, Var):
        return () if x.array is None else x.array.shape
    return np.shape(x)


def _size(x: Any) -> int:
    """How many numbers there are in a variable, a constant, or a sequence of them."""
    if isinstance(x, tuple | list):
        return sum(map(_size, x))
    return prod(_shape(x))


# --- flops --------------------------------------------------------------------------------------

# Linear and other operations that add up; the rest of the linear ones only move elements.
_SUMS = frozenset((
    "cumprod", "cumsum", "fold", "index_add", "log_softmax", "prod", "recurrence", "scatter_add",
    "softmax", "softmax_cross_entropy", "sum_to", "trace", "ungather", "untake",
))  # fmt: skip
_MOVES = frozenset(("pad", "stop_gradient"))

# Of square matrices with n rows, in units of n³ (Golub and Van Loan, Matrix Computations).
_CUBIC = {"inv": 2, "cholesky": 1 / 3, "det": 2 / 3, "det_sign": 2 / 3, "log_abs_det": 2 / 3,
          "eigh": 9}  # fmt: skip


def _flops(e: Equation) -> int:
    """The flops of one equation."""
    name, out = e.op.name, _size(e)
    if name in ("matmul", "dot_arrays", "linear"):  # a bias is what the sum begins with
        return 2 * out * _shape(e.args[0])[-1]
    if name == "einsum":
        return _einsum_flops(e)
    if e.op.kind in ("reduction", "selection") or name in _SUMS:
        return sum(map(_size, e.args))
    if name in _CUBIC:
        *stack, n, _ = _shape(e.args[0])
        return round(_CUBIC[name] * prod(stack) * n**3)
    if name == "solve":
        *stack, n, _ = _shape(e.args[0])
        return round(prod(stack) * 2 / 3 * n**3) + 2 * n * out
    if name in ("qr", "svd", "svdvals", "pinv"):
        *stack, m, n = _shape(e.args[0])
        m, n = max(m, n), min(m, n)
        thin = name in ("qr", "svdvals")
        return round(prod(stack) * (4 * m - 4 / 3 * n if thin else 6 * m + 20 * n) * n**2)
    return 0 if e.op.kind == "linear" or name in _MOVES else out


def _einsum_flops(e: Equation) -> int:
    """One product for each factor of each term, and its sum."""
    letters = e.params["subscripts"].split("->")[0].split(",")
    lengths: dict[str, int] = {}
    for subscript, arg in zip(letters, e.args, strict=True):
        for letter, length in zip(subscript, _shape(arg), strict=True):
            lengths[letter] = length if lengths.get(letter, 1) == 1 else lengths[letter]
    return len(letters) * prod(lengths.values())


# --- bytes --------------------------------------------------------------------------------------

_VIEWS = frozenset(("reshape", "transpose", "broadcast_to", "stop_gradient"))


def _bytes(e: Equation) -> int:
    """What one equation reads and writes."""
    return 0 if e.op.name in _VIEWS else _memory(e) + sum(map(_memory, e.args))


def _memory(x: Any) -> int:
    if isinstance(x, tuple | list):
        return sum(map(_memory, x))
    if isinstance(x, Var):
        return 8 if x.array is None else prod(x.array.shape) * x.array.dtype.itemsize
    return x.nbytes if isinstance(x, np.ndarray) else 0
