"""Choosing between numbers: extrema, bounds, ``where``, and the comparisons that decide.

Elementwise as the arithmetic of ``elementwise.py``.  What is chosen has the slope 1, what is not
has 0, and at a tie it is said which, or that both share.  The decisions themselves are *flat*:
their results jump or stay, so that no gradient flows through them; None for a rule says so too.

>>> maximum(2.0, 3.0), where(True, 2.0, 3.0)
(3.0, 2.0)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.node import Primitive, dtype_of
from autograd.ops.kinds import elementwise, flat
from autograd.trees import leaves, rebuilt

__all__ = [
    "abs",
    "ceil",
    "clip",
    "equal",
    "floor",
    "greater",
    "greater_equal",
    "less",
    "less_equal",
    "maximum",
    "minimum",
    "not_equal",
    "sign",
    "stop_gradient",
    "where",
]

# --- choosing -----------------------------------------------------------------------------------

abs = elementwise(
    "abs",
    np.absolute,
    "fabs(x)",
    lambda out, x: sign(x),
    symbol="|x|",
    doc="Absolute value; its slope at 0 is 0.",
)
maximum = elementwise(
    "maximum",
    np.maximum,
    "x if x > y or x != x else y",
    lambda out, x, y: 0.5 * (x > y) + 0.5 * (x >= y),
    lambda out, x, y: 0.5 * (y > x) + 0.5 * (y >= x),
    doc="The larger of two; a tie gives each half of the gradient.",
)
minimum: Primitive = elementwise(
    "minimum",
    np.minimum,
    "x if x < y or x != x else y",
    lambda out, x, y: 0.5 * (x < y) + 0.5 * (x <= y),
    lambda out, x, y: 0.5 * (y < x) + 0.5 * (y <= x),
    doc="The smaller of two; a tie gives each half of the gradient.",
)


_clip = elementwise(
    "clip",
    lambda x, y, z: np.clip(x, y, z),
    "x + y + z if x != x or y != y or z != z else z if y > z or x > z else y if x < y else x",
    lambda out, x, y, z: (x >= y) * (x <= z),
    lambda out, x, y, z: (x < y) * (y <= z),
    lambda out, x, y, z: where(y > z, y > z, x > z),
)
clamp_min = elementwise(
    "clamp_min",
    np.maximum,
    "x if x > y or x != x else y",
    lambda out, x, y: x >= y,
    lambda out, x, y: x < y,
    symbol="max",
    doc="The larger of x and the bound y; at the bound x has the gradient.",
)
clamp_max = elementwise(
    "clamp_max",
    np.minimum,
    "x if x < y or x != x else y",
    lambda out, x, y: x <= y,
    lambda out, x, y: x > y,
    symbol="min",
    doc="The smaller of x and the bound y; at the bound x has the gradient.",
)


def clip(x: Any, low: Any = None, high: Any = None) -> Any:
    """``x`` where it is between the bounds, else the nearer bound.

    The slope is 1 inside and on the bounds, and 0 outside, as for PyTorch's ``clamp``.  Where the
    bounds cross, the result is the upper one.

    Args:
        x: a number, an array or a node.
        low: the lower bound, a node too if you like; none if None.
        high: the upper bound, likewise.

    Raises:
        TypeError: arguments that are not numbers.

    >>> clip(5.0, 0.0, 1.0), clip(-5.0, high=1.0), clip(-5.0, low=0.0)
    (1.0, -5.0, 0.0)
    """
    try:
        return _between(x, low, high)
    except OverflowError:  # a bound that no number of x's type reaches
        return _between(x, *(_reached(b, dtype_of(x)) for b in (low, high)))


def _reached(bound: Any, dtype: Any) -> Any:
    """An integer of Python's as a number that this type has; other bounds as they are."""
    if not isinstance(bound, int):
        return bound
    if dtype.kind == "f":
        return bound if abs(bound) <= float(np.finfo(dtype).max) else bound // abs(bound) * np.inf
    known = np.iinfo(np.int64 if dtype.kind == "b" else dtype)
    return min(max(bound, known.min), known.max)


def _between(x: Any, low: Any, high: Any) -> Any:
    if high is None:
        return x if low is None else clamp_min(x, low)
    return clamp_max(x, high) if low is None else _clip(x, low, high)


def chosen(x: Any, y: Any, z: Any) -> Any:
    """NumPy's ``where``, a number if all three were numbers."""
    return np.asarray(np.where(x, y, z))[()]


where: Primitive = elementwise(
    "where",
    chosen,
    "y if x else z",
    None,
    lambda out, x, y, z: not_equal(x, 0),
    lambda out, x, y, z: equal(x, 0),
    doc="``where(condition, a, b)``: a where the condition is not zero, else b.",
)

# --- flat: decisions ----------------------------------------------------------------------------

sign: Primitive = flat(
    "sign",
    np.sign,
    "x if x != x else float((x > 0.0) - (x < 0.0))",
    1,
    doc="-1, 0 or 1.",
)
floor = flat(
    "floor", np.floor, "copysign(float(floor(x)), x)", 1, "⌊x⌋", "The largest integer up to x."
)
ceil = flat(
    "ceil", np.ceil, "copysign(float(ceil(x)), x)", 1, "⌈x⌉", "The smallest integer from x on."
)
_stop_gradient = flat(
    "stop_gradient",
    lambda x: x,
    "x",
    1,
    "stop",
    "x itself, as a constant: no gradient flows through it.",
)


def stop_gradient(x: Any) -> Any:
    """The same numbers as a constant: no gradient flows through them.

    Args:
        x: a number, an array or a node, or nested tuples, lists and dicts of them.

    >>> from autograd import grad
    >>> grad(lambda x: x * stop_gradient(x))(3.0)
    3.0
    >>> grad(lambda p: p["w"] * stop_gradient(p)["w"])({"w": 3.0})
    {'w': 3.0}
    """
    if isinstance(x, (tuple, list, dict)):
        return rebuilt(x, map(stop_gradient, leaves(x)))
    return _stop_gradient(x)


greater = flat("greater", np.greater, "1.0 if x > y else 0.0", 2, ">", "1 if x > y, else 0.")
greater_equal = flat(
    "greater_equal", np.greater_equal, "1.0 if x >= y else 0.0", 2, "≥", "1 if x >= y, else 0."
)
less = flat("less", np.less, "1.0 if x < y else 0.0", 2, "<", "1 if x < y, else 0.")
less_equal = flat(
    "less_equal", np.less_equal, "1.0 if x <= y else 0.0", 2, "≤", "1 if x <= y, else 0."
)

OBJECT = np.dtype(object)  # of an array of Values


class _Equality(Primitive):
    """``==`` on nodes compares identity, so that nodes can live in sets; this compares numbers.

    Of the elements of an object array NumPy would ask for ``==``.
    """

    def __call__(self, *args: Any, **params: Any) -> Any:
        for x in args:
            if x.__class__ is np.ndarray and x.dtype is OBJECT:
                return self._of_each(args, params)
        return super().__call__(*args, **params)


equal: Primitive = flat(
    "equal",
    np.equal,
    "1.0 if x == y else 0.0",
    2,
    "=",
    "1 if x equals y, else 0.",
    make=_Equality,
)
not_equal: Primitive = flat(
    "not_equal",
    np.not_equal,
    "1.0 if x != y else 0.0",
    2,
    "≠",
    "1 if x differs from y, else 0.",
    make=_Equality,
)
