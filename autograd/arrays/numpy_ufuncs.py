"""What NumPy's functions of elements mean here: ``np.exp``, ``np.add`` and ``np.add.reduce``.

NumPy calls them *ufuncs*.  Most are primitives already; a few that answer questions (``np.isnan``)
are in ``masks.py``.  The methods that a ufunc has (``reduce``, ``accumulate``, ``outer``) are sums,
products and extrema over an axis, or the ufunc itself on arrays of other shapes.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import ops
from autograd.arrays import masks
from autograd.arrays.numpy_functions import NO
from autograd.node import dtype_of
from autograd.ops.checks import fails

__all__ = ["ELEMENTWISE", "METHODS", "compared", "quotients"]


def compared(ufunc: Any) -> Callable[[Any, Any], Any]:
    """``np.equal`` or ``np.not_equal``, where the numbers of a node and of something else count.

    NumPy calls them for ``array == node`` too, and there, as in ``node == array``, nodes are
    compared by identity.
    """
    numbers = ops.UFUNCS[ufunc]

    def compare(x: Any, y: Any) -> Any:
        if isinstance(x, np.ndarray | np.generic):
            return ufunc is np.not_equal
        return numbers(x, y)

    return compare


def quotients(x: Any, y: Any) -> tuple[Any, Any]:
    """``np.divmod``: how often y fits into x, and what is left."""
    return ops.floor_divide(x, y), ops.remainder(x, y)


def _reciprocal(x: Any) -> Any:
    if dtype_of(x).kind != "f":
        raise fails(
            "np.reciprocal",
            expected="floats: of integers NumPy keeps the integer part, which is 0 of most",
            got=f"{dtype_of(x)} of shape {np.shape(x)}",
            fix="Write 1 / t.",
            kind=TypeError,
        )
    return ops.reciprocal(x)


def _along(f: Callable[..., Any]) -> Callable[..., Any]:
    """``np.add.reduce`` and its like: a reduction whose axis is the first by default."""

    def reduce(
        array: Any, axis: Any = 0, dtype: Any = NO, out: Any = NO, keepdims: bool = False,
        initial: Any = NO, where: Any = NO,
    ) -> Any:  # fmt: skip
        return f(array, axis=axis, keepdims=keepdims)

    return reduce


def _running(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda array, axis=0, dtype=NO, out=NO: f(array, axis)


def _calling(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *inputs, out=NO, where=NO, dtype=NO, casting=NO, order=NO, subok=NO: f(*inputs)


def _outer(f: Callable[..., Any]) -> Callable[..., Any]:
    """Each element of one array with each of the other."""

    def outer(a: Any, b: Any, out: Any = NO, dtype: Any = NO) -> Any:
        return f(ops.reshape(a, np.shape(a) + (1,) * np.ndim(b)), b)

    return outer


ELEMENTWISE: dict[Any, Callable[..., Any]] = {
    **ops.UFUNCS,
    np.equal: compared(np.equal),
    np.not_equal: compared(np.not_equal),
    np.divmod: quotients,
    np.reciprocal: _reciprocal,
    np.isnan: masks.isnan,
    np.isinf: masks.isinf,
    np.isfinite: masks.isfinite,
    np.logical_and: masks.logical_and,
    np.logical_or: masks.logical_or,
    np.logical_xor: masks.logical_xor,
    np.logical_not: masks.logical_not,
    np.bitwise_and: masks.both,
    np.bitwise_or: masks.either,
    np.bitwise_xor: masks.one_of,
    np.invert: masks.negated,
    np.positive: operator.pos,
}
METHODS: dict[str, dict[Any, Callable[..., Any]]] = {
    "__call__": {u: _calling(f) for u, f in ELEMENTWISE.items()}
    | {np.vecdot: lambda x1, x2, axis=-1, out=NO: ops.vecdot(x1, x2, axis)},
    "reduce": {
        np.add: _along(ops.sum),
        np.multiply: _along(ops.prod),
        np.maximum: _along(ops.max),
        np.minimum: _along(ops.min),
        np.logical_and: _along(masks.all),
        np.logical_or: _along(masks.any),
    },
    "accumulate": {np.add: _running(ops.cumsum), np.multiply: _running(ops.cumprod)},
    # np.equal of `ops`, which compares the numbers: no `array == node` ends here.
    "outer": {
        u: _outer(ops.UFUNCS.get(u, f))
        for u, f in ELEMENTWISE.items()
        if u.nin == 2 and not u.signature
    },
}
