"""Operations along axes that state both modes: what one element does depends on all the others.

Products and running sums and products (``prod``, ``cumsum``, ``cumprod``), ``softmax`` and
``log_softmax``.
"""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.errors import shown
from autograd.node import Primitive, Rule, ndim_of, shape_of, size_of
from autograd.ops.arranging import (
    concatenate,
)
from autograd.ops.casting import floats
from autograd.ops.checks import axes_in, fails, numpy_names
from autograd.ops.elementwise import exp
from autograd.ops.kinds import custom, linear
from autograd.ops.reductions import (
    axes_of,
    items_of,
    logsumexp,
    refused,
    sum,
    with_axes,
)
from autograd.ops.shapes import (
    reshape,
    transpose,
)

__all__ = ["cumprod", "cumsum", "log_softmax", "prod", "softmax"]


class OverAxes(Primitive):
    """A primitive of one array; a plain sequence of Values is taken number by number."""

    default: Any = None  # the axis when none is given
    on_values: Callable[[list[Any]], Any]

    def __call__(self, x: Any, axis: Any = ..., dim: Any = ..., **params: Any) -> Any:
        if dim is not ...:  # PyTorch's name
            axis = numpy_names(self.name, {"dim": dim}, ..., axis=axis)["axis"]
        axis = self.default if axis is ... else axis
        if "keepdim" in params:
            params["keepdims"] = params.pop("keepdim")
        for word in params.keys() - {"keepdims"}:
            got, fix = f"{word}={shown(params[word])}", "Drop what does not apply."
            raise fails(self.name, "axis (or PyTorch's dim) as setting", got, fix, TypeError)
        if not hasattr(x, "shape"):
            items = items_of(self.name, x)
            if any(hasattr(item, "_apply_primitive") for item in items):
                if axis is not None:
                    axes_in(self.name, axis, (len(items),))
                return self.on_values(items)
            result = self(np.asarray(items, dtype=float), axis, **params)
            return result.item() if ndim_of(result) == 0 else result
        try:
            return Primitive.__call__(self, x, axis=axis, **params)
        except (ValueError, TypeError) as error:
            raise refused(self.name, error, x, axis) from None


def over_axes(
    name: str,
    kind: str,
    forward: Callable[..., Any],
    vjp: Rule,
    jvp: Rule,
    on_values: Callable[[list[Any]], Any],
    default: Any = None,
    symbol: str = "",
    doc: str = "",
) -> OverAxes:
    """``vjp(g, out, x, **params)``, ``jvp((t,), out, x, **params)``, params as ``forward``'s."""
    primitive = OverAxes(name, kind, forward, "", (), symbol, doc, (vjp,), jvp)
    primitive.default = default
    primitive.on_values = on_values
    return primitive


def axes_first(x: Any, axis: Any) -> Any:
    """The axes of an array as one, in front of the others."""
    axes = axes_of(x, axis)
    others = tuple(i for i in range(ndim_of(x)) if i not in axes)
    if axes + others != tuple(range(ndim_of(x))):
        x = transpose(x, axes=axes + others)
    sizes = shape_of(x)[: len(axes)]
    return reshape(x, shape=(int(np.prod(sizes, dtype=int)), *shape_of(x)[len(axes) :]))


def _axes_back(x: Any, like: Any, axis: Any) -> Any:
    """What ``axes_first`` did to an array like this one, undone."""
    axes, shape = axes_of(like, axis), shape_of(like)
    order = axes + tuple(i for i in range(len(shape)) if i not in axes)
    x = reshape(x, shape=tuple(shape[i] for i in order))
    return transpose(x, axes=tuple(order.index(i) for i in range(len(shape))))


def _products_of_others(x: Any, axis: Any) -> Any:
    """For each element the product of all others along the axes, without dividing: right at zeros.

    Pairs are multiplied, then pairs of pairs: a tree.  Going back down, the product outside of one
    half is the product outside of both, times the other half.
    """
    level = axes_first(x, axis)
    pairs = []
    while (n := shape_of(level)[0]) > 1:
        left, right, single = level[: n // 2], level[n // 2 : n // 2 * 2], level[n // 2 * 2 :]
        pairs.append((left, right))
        level = concatenate([left * right, single]) if n % 2 else left * right
    others = np.ones(shape_of(level), dtype=level.dtype)
    for left, right in reversed(pairs):
        half = shape_of(left)[0]
        both, single = others[:half], others[half:]
        parts = [both * right, both * left]
        others = concatenate([*parts, single] if shape_of(single)[0] else parts)
    return _axes_back(others, x, axis)


def _prod_vjp(g: Any, out: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return with_axes(g, x, axis, keepdims) * _products_of_others(x, axis)


def _prod_jvp(tangents: Any, out: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return sum(tangents[0] * _products_of_others(x, axis), axis=axis, keepdims=keepdims)


prod = over_axes(
    "prod",
    "custom",
    np.prod,
    _prod_vjp,
    _prod_jvp,
    lambda values: functools.reduce(operator.mul, values),
    symbol="Π",
    doc="The product over all elements or over axes; its derivatives are right at zeros too.",
)


def _reverse(x: Any, axis: int) -> Any:
    return x[(slice(None),) * (axis % ndim_of(x)) + (slice(None, None, -1),)]


def _line(x: Any, axis: Any) -> tuple[Any, int]:
    """An array and the axis to run along: flattened if None, as NumPy does."""
    if axis is None or not ndim_of(x):
        return reshape(x, shape=(size_of(x),)), 0
    return x, axis


def _cumsum_vjp(g: Any, out: Any, x: Any, axis: Any = None) -> Any:
    g, line = _line(g, axis)
    return reshape(_reverse(cumsum(_reverse(g, line), line), line), shape=shape_of(x))


cumsum: OverAxes = over_axes(
    "cumsum",
    "linear",
    np.cumsum,
    _cumsum_vjp,
    lambda tangents, out, x, axis=None: cumsum(tangents[0], axis),
    lambda values: list(itertools.accumulate(values)),
    doc="The running sum along an axis, or over the flattened array.",
)


def _shift(x: Any, axis: int, by: int) -> Any:
    out = np.zeros_like(x)
    lead = (slice(None),) * (axis % x.ndim)
    start, stop = (slice(by, None), slice(None, -by)) if by > 0 else (slice(by), slice(-by, None))
    out[(*lead, start)] = x[(*lead, stop)]
    return out


shift: Primitive = linear(
    "shift",
    _shift,
    lambda g, x, axis, by: shift(g, axis=axis, by=-by),
    doc="Elements moved along an axis by some places (not 0); zeros move in.",
)


def _recurrence(x: Any, y: Any, axis: int) -> Any:
    x, y = np.moveaxis(x, axis, 0), np.moveaxis(y, axis, 0)
    out = np.array(y, dtype=np.result_type(x, y))
    for k in range(1, len(out)):
        out[k] += x[k] * out[k - 1]
    return np.moveaxis(out, 0, axis)


def _recurrence_to_y(g: Any, out: Any, x: Any, y: Any, axis: int) -> Any:
    """The same recurrence, run from the end to the start."""
    factors = shift(x, axis=axis, by=-1)
    return _reverse(recurrence(_reverse(factors, axis), _reverse(g, axis), axis=axis), axis)


def _recurrence_to_x(g: Any, out: Any, x: Any, y: Any, axis: int) -> Any:
    return _recurrence_to_y(g, out, x, y, axis) * shift(out, axis=axis, by=1)


def _recurrence_jvp(tangents: Any, out: Any, x: Any, y: Any, axis: int) -> Any:
    dx, dy = tangents
    if dx is not None:
        moved = dx * shift(out, axis=axis, by=1)
        dy = moved if dy is None else dy + moved
    return recurrence(x, dy, axis=axis)


recurrence: Primitive = custom(
    "recurrence",
    _recurrence,
    _recurrence_to_x,
    _recurrence_to_y,
    jvp=_recurrence_jvp,
    doc="``out[k] = x[k] * out[k-1] + y[k]`` along an axis, from ``out[0] = y[0]``.",
)


def _earlier_product(out: Any, line: int) -> Any:
    """The product of all elements before each one: 1 before the first."""
    n = shape_of(out)[line]
    first = np.zeros((n, *(1,) * (ndim_of(out) - line % ndim_of(out) - 1)), dtype=out.dtype)
    first[:1] = 1
    return shift(out, axis=line, by=1) + first


def _cumprod_vjp(g: Any, out: Any, x: Any, axis: Any = None) -> Any:
    # An element multiplies what came before, and what becomes of that is multiplied by all later.
    g, line = _line(g, axis)
    to_products = _recurrence_to_y(g, None, _line(x, axis)[0], None, line)
    return reshape(to_products * _earlier_product(out, line), shape=shape_of(x))


def _cumprod_jvp(tangents: Any, out: Any, x: Any, axis: Any = None) -> Any:
    t, line = _line(tangents[0], axis)
    return recurrence(_line(x, axis)[0], t * _earlier_product(out, line), axis=line)


cumprod = over_axes(
    "cumprod",
    "custom",
    np.cumprod,
    _cumprod_vjp,
    _cumprod_jvp,
    lambda values: list(itertools.accumulate(values, operator.mul)),
    doc="The running product along an axis; its derivatives are right at zeros too.",
)


# Rows so short are searched column by column.
SHORT = 16


def peaks(x: Any, axis: Any) -> Any:
    """The largest along an axis, which stays; NumPy is slow along many short rows."""
    if x.ndim == 2 and axis in (-1, 1) and 1 < x.shape[1] <= SHORT < x.shape[0]:
        return np.maximum.reduce(x.T.copy(), 0)[:, None]
    return np.maximum.reduce(x, axis, keepdims=True)


def _softmax(x: Any, axis: Any) -> Any:
    x = floats(x)
    powers = np.exp(x - peaks(x, axis))
    powers /= np.add.reduce(powers, axis, keepdims=True)
    return powers


def _log_softmax(x: Any, axis: Any) -> Any:
    x = floats(x)
    peak = peaks(x, axis)
    below = x - np.where(np.isfinite(peak), peak, peak.dtype.type(0))
    with np.errstate(divide="ignore"):
        return below - np.log(np.add.reduce(np.exp(below), axis, keepdims=True))


def _softmax_moves(t: Any, out: Any, axis: Any) -> Any:
    """The Jacobian of softmax, which is symmetric: one rule for both modes."""
    return out * (t - sum(t * out, axis=axis, keepdims=True))


def _softmax_of_values(values: list[Any]) -> list[Any]:
    total = logsumexp(values)
    return [exp(v - total) for v in values]


def _log_softmax_of_values(values: list[Any]) -> list[Any]:
    total = logsumexp(values)
    return [v - total for v in values]


softmax = over_axes(
    "softmax",
    "custom",
    _softmax,
    lambda g, out, x, axis: _softmax_moves(g, out, axis),
    lambda tangents, out, x, axis: _softmax_moves(tangents[0], out, axis),
    _softmax_of_values,
    default=-1,
    doc="``exp(x) / sum(exp(x))`` along an axis (the last by default), without overflow.",
)
log_softmax = over_axes(
    "log_softmax",
    "custom",
    _log_softmax,
    lambda g, out, x, axis: g - exp(out) * sum(g, axis=axis, keepdims=True),
    lambda tangents, out, x, axis: (
        tangents[0] - sum(exp(out) * tangents[0], axis=axis, keepdims=True)
    ),
    _log_softmax_of_values,
    default=-1,
    symbol="log softmax",
    doc="``x - logsumexp(x)`` along an axis (the last by default), exact for small probabilities.",
)
