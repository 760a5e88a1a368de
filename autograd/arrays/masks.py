"""Questions about numbers, answered by true and false: ``isnan``, ``any``, ``logical_and``.

They are made of the flat primitives, so no gradient flows through them, but the graph knows what
was asked.  What is not zero counts as true.  Numbers and Values give 1.0 or 0.0, arrays booleans.

>>> import numpy as np
>>> isfinite(np.array([1.0, np.inf]))
array([ True, False])
>>> logical_not(2.0), logical_and(2.0, 0.0)
(False, False)
"""

from __future__ import annotations

import math
from typing import Any

from autograd import ops
from autograd.composites import each, given, numbers
from autograd.errors import message
from autograd.node import dtype_of
from autograd.ops.checks import numpy_names

__all__ = [
    "all",
    "any",
    "both",
    "either",
    "isfinite",
    "isinf",
    "isnan",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "negated",
    "one_of",
]


def any(x: Any, axis: Any = None, keepdims: bool = False, **torch: Any) -> Any:
    """Whether an element is not zero, of all or along axes.

    Args:
        x: an array or a Tensor, or a sequence of numbers or Values.
        axis: the axis or tuple of axes to look along; all by default.
        keepdims: whether these axes stay, with length 1.
        torch: PyTorch's names for these, dim and keepdim.

    Raises:
        TypeError: x is a single object that is no array.
        numpy.exceptions.AxisError: an axis that x does not have.

    >>> any([0.0, 1.0])
    True
    >>> import numpy as np
    >>> any(np.array([[0.0, 1.0], [0.0, 0.0]]), axis=1)
    array([ True, False])
    """
    if torch:
        return any(x, **numpy_names("any", torch, axis=axis, keepdims=keepdims))
    true = each(lambda item: ops.not_equal(item, 0), numbers("any", x, axis, keepdims))
    count = ops.sum(true, axis=axis, keepdims=keepdims)
    return given(each(lambda item: ops.greater(item, 0), count), x)


def all(x: Any, axis: Any = None, keepdims: bool = False, **torch: Any) -> Any:
    """Whether no element is zero, of all or along axes; arguments and errors as for ``any``.

    >>> all([0.0, 1.0])
    False
    >>> import numpy as np
    >>> all(np.array([[0.0, 1.0], [2.0, 1.0]]), axis=1)
    array([False,  True])
    """
    if torch:
        return all(x, **numpy_names("all", torch, axis=axis, keepdims=keepdims))
    false = each(lambda item: ops.equal(item, 0), numbers("all", x, axis, keepdims))
    count = ops.sum(false, axis=axis, keepdims=keepdims)
    return given(each(lambda item: ops.equal(item, 0), count), x)


def isnan(x: Any) -> Any:
    """Where x is not a number: it is what does not equal itself.

    >>> isnan(math.nan), isnan(1.0)
    (True, False)
    """
    return ops.not_equal(x, x)


def isinf(x: Any) -> Any:
    """Where x is inf or -inf.

    >>> isinf(-math.inf), isinf(1.0)
    (True, False)
    """
    return ops.equal(ops.abs(x), math.inf)


def isfinite(x: Any) -> Any:
    """Where x is neither an infinity nor NaN.

    >>> isfinite(-math.inf), isfinite(1.0)
    (False, True)
    """
    return ops.less(ops.abs(x), math.inf)


def logical_not(x: Any) -> Any:
    """Where x is zero.

    >>> logical_not(0.0), logical_not(-2.0)
    (True, False)
    """
    return ops.equal(x, 0)


def logical_and(x: Any, y: Any) -> Any:
    """Where neither is zero.

    >>> logical_and(1.0, 2.0), logical_and(1.0, 0.0)
    (True, False)
    """
    return ops.mul(ops.not_equal(x, 0), ops.not_equal(y, 0))


def logical_or(x: Any, y: Any) -> Any:
    """Where at least one is not zero.

    >>> logical_or(0.0, 2.0), logical_or(0.0, 0.0)
    (True, False)
    """
    return ops.maximum(ops.not_equal(x, 0), ops.not_equal(y, 0))


def logical_xor(x: Any, y: Any) -> Any:
    """Where one is zero and the other is not.

    >>> logical_xor(0.0, 2.0), logical_xor(3.0, 2.0)
    (True, False)
    """
    return ops.not_equal(ops.not_equal(x, 0), ops.not_equal(y, 0))


# --- what `&`, `|`, `^` and `~` mean: only masks, because `t > 0 & t < 1` is no comparison of t


def both(x: Any, y: Any) -> Any:
    """``x & y`` of two masks; TypeError for other arrays."""
    return logical_and(_mask("&", x), _mask("&", y))


def either(x: Any, y: Any) -> Any:
    """``x | y`` of two masks; TypeError for other arrays."""
    return logical_or(_mask("|", x), _mask("|", y))


def one_of(x: Any, y: Any) -> Any:
    """``x ^ y`` of two masks; TypeError for other arrays."""
    return logical_xor(_mask("^", x), _mask("^", y))


def negated(x: Any) -> Any:
    """``~x`` of a mask; TypeError for other arrays."""
    return logical_not(_mask("~", x))


def _mask(operator: str, x: Any) -> Any:
    dtype = dtype_of(x)
    if dtype.kind != "b":
        raise TypeError(
            message(
                operator,
                expected="masks, arrays of true and false",
                got=f"{dtype}",
                fix="Comparisons need parentheses: (t > 0) & (t < 1).",
            )
        )
    return x
