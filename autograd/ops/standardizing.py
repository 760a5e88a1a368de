"""Mean 0 and variance 1 over some axes: the middle of batch norm and of layer norm.

In pieces this is a dozen passes over an array, and as many back; together it is two short walks.
The derivative is a projection: what would only move the mean, or stretch all deviations, is taken
away from a cotangent, because neither changes the result.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from autograd.node import Primitive, shape_of
from autograd.ops.checks import axes_in
from autograd.ops.kinds import custom
from autograd.ops.reductions import sum

__all__ = ["standardize"]

Axes = tuple[int, ...]


def _mean(x: Any, axis: Axes) -> Any:
    """The mean; over the last axes as a product of matrices, which is several times as fast."""
    count = prod(x.shape[a] for a in axis)
    if axis == tuple(range(x.ndim - len(axis), x.ndim)) and x.dtype.itemsize >= 4:
        kept = x.shape[: x.ndim - len(axis)] + (1,) * len(axis)
        return np.matmul(x.reshape(-1, count), np.full(count, 1 / count, x.dtype)).reshape(kept)
    return np.sum(x, axis=axis, keepdims=True) / count


def _mean_product(x: Any, y: Any, axis: Axes) -> Any:
    """The mean of ``x * y``; over the last axes without an array for the products."""
    count = prod(x.shape[a] for a in axis)
    if axis == tuple(range(x.ndim - len(axis), x.ndim)) and x.dtype.itemsize >= 4:
        kept = x.shape[: x.ndim - len(axis)] + (1,) * len(axis)
        total = np.einsum("ij,ij->i", x.reshape(-1, count), y.reshape(-1, count))
        return total.reshape(kept) / count
    return np.sum(x * y, axis=axis, keepdims=True) / count


def _inverse_of(x: Any, axis: Axes, eps: float) -> Any:
    centred = x - _mean(x, axis)
    return 1 / np.sqrt(_mean_product(centred, centred, axis) + eps)


def _standard_of(x: Any, inverse: Any, axis: Axes) -> Any:
    out = x - _mean(x, axis)
    out *= inverse
    return out


def _projected_of(g: Any, out: Any, inverse: Any, axis: Axes) -> Any:
    result = out * _mean_product(g, out, axis)
    np.subtract(g, result, out=result)
    result -= _mean(g, axis)
    result *= inverse
    return result


def _over(x: Any, axis: Axes) -> Any:
    """The mean, on nodes too."""
    return sum(x, axis=axis, keepdims=True) / prod(shape_of(x)[a] for a in axis)


def _turned(t: Any, g: Any, out: Any, inverse: Any, axis: Axes) -> Any:
    """How the projection of g changes when ``out`` moves by t."""
    return -inverse * (t * _over(g * out, axis) + out * _over(g * t, axis))


def _projected_jvp(tangents: Any, result: Any, g: Any, out: Any, inverse: Any, axis: Axes) -> Any:
    moved = 0.0
    if tangents[0] is not None:
        moved = moved + _projected(tangents[0], out, inverse, axis=axis)
    if tangents[1] is not None:
        moved = moved + _turned(tangents[1], g, out, inverse, axis)
    if tangents[2] is not None:
        moved = moved + result / inverse * tangents[2]
    return moved


_projected: Primitive = custom(
    "projected",
    _projected_of,
    lambda h, result, g, out, inverse, axis: _projected(h, out, inverse, axis=axis),
    lambda h, result, g, out, inverse, axis: (
        -inverse * (h * _over(g * out, axis) + g * _over(h * out, axis))
    ),
    lambda h, result, g, out, inverse, axis: sum(h * result, axis=axis, keepdims=True) / inverse,
    jvp=_projected_jvp,
    doc="``(g - mean(g) - out * mean(g * out)) * inverse``, the derivative of ``standardized``.",
)
_inverse: Primitive = custom(
    "inverse_deviation",
    _inverse_of,
    lambda g, inverse, x, axis, eps: (
        -g * inverse * inverse * _standard(x, inverse, axis=axis) / prod(x.shape[a] for a in axis)
    ),
    jvp=lambda tangents, inverse, x, axis, eps: (
        -inverse * inverse * _over(tangents[0] * _standard(x, inverse, axis=axis), axis)
    ),
    doc="``1 / sqrt(variance + eps)`` over some axes, which stay with length 1.",
)
# The inverse is an input of its own, so that it is computed once.  It is a function of x, and the
# slope to x says all: none goes to the inverse.
_standard: Primitive = custom(
    "standardized",
    _standard_of,
    lambda g, out, x, inverse, axis: _projected(g, out, inverse, axis=axis),
    None,
    jvp=lambda tangents, out, x, inverse, axis: (
        None if tangents[0] is None else _projected(tangents[0], out, inverse, axis=axis)
    ),
    doc="``(x - mean(x)) * inverse``, where this is the inverse of the deviation of x.",
)


def standardize(x: Any, axis: Any, eps: float = 0.0) -> tuple[Any, Any]:
    """``(x - mean) / sqrt(variance + eps)`` over some axes, and the inverse of that root.

    Args:
        x: an array of floats.
        axis: the axis or axes.
        eps: added to the variance, so that nothing is divided by 0.

    Returns:
        The standardised array, of the shape of x; ``1 / sqrt(variance + eps)``, with axes of
        length 1.

    Raises:
        numpy.exceptions.AxisError: an axis that x does not have.
        ValueError: an axis that is named twice.

    >>> standardize(np.array([[1.0, 5.0]]), axis=1)
    (array([[-1.,  1.]]), array([[0.5]]))
    """
    axes = tuple(sorted(axes_in("standardize", axis, shape_of(x))))
    inverse = _inverse(x, axis=axes, eps=eps)
    return _standard(x, inverse, axis=axes), inverse
