"""Sums of products over shared axes: ``matmul``, ``dot``, ``tensordot``, and the affine ``linear``.

All of them are linear in each input, so the derivative to one input is a product of the others with
the cotangent: another contraction.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from autograd.node import (
    Primitive,
    array_of,
    by_columns,
    dtype_of,
    ndim_of,
    shape_of,
    size_of,
)
from autograd.ops import kinds
from autograd.ops.casting import cast
from autograd.ops.checks import axes_in, axis_in, explained, fails, integer, shapes
from autograd.ops.diagonals import embed_diagonal, two_axes
from autograd.ops.kinds import bilinear, custom
from autograd.ops.shapes import (
    broadcast_to,
    expand_dims,
    moveaxis,
    ravel,
    reshape,
    sum_to,
    transpose,
)

__all__ = [
    "inner",
    "kron",
    "linear",
    "matmul",
    "outer",
    "tensordot",
    "trace",
    "vdot",
    "vecdot",
]

# --- products of matrices -----------------------------------------------------------------------


def _swapped(x: Any) -> Any:
    """The last two axes exchanged."""
    n = ndim_of(x)
    return transpose(x) if n == 2 else transpose(x, (*range(n - 2), n - 1, n - 2))


def _no_numbers(name: str, x: Any, y: Any) -> None:
    if not ndim_of(x) or not ndim_of(y):
        got = f"shapes {shape_of(x)} and {shape_of(y)}"
        raise fails(name, "two arrays of at least one axis", got, "To multiply by a number, use *.")


def _matmul(x: Any, y: Any) -> Any:
    try:
        return np.matmul(x, y)
    except ValueError:
        _no_numbers("matmul", x, y)
        inner, other = shape_of(x)[-1], shape_of(y)[-2 if ndim_of(y) > 1 else 0]
        if inner != other:
            raise ValueError(
                f"matmul: inner sizes differ: {shape_of(x)} @ {shape_of(y)}; {inner} ≠ {other}. "
                "Transpose one side, e.g. a @ b.T"
            ) from None
        raise fails(
            "matmul",
            expected="axes before the last two that broadcast",
            got=f"shapes {shape_of(x)} @ {shape_of(y)}",
            fix="Compared from the last, their lengths must be equal or 1.",
        ) from None
    except TypeError as error:
        raise explained("matmul", error, x, y, fix="Both must be arrays of numbers.") from None


def _as_matrices(g: Any, x: Any, y: Any) -> tuple[Any, Any, Any]:
    """A vector on the left is one row, on the right one column; g gets those axes back."""
    row, column = ndim_of(x) == 1, ndim_of(y) == 1
    if row:
        x = reshape(x, (1, *shape_of(x)))
        g = expand_dims(g, -1 if column else -2)
    if column:
        y = reshape(y, (*shape_of(y), 1))
        g = expand_dims(g, -1)
    return g, x, y


def _matmul_to_x(g: Any, x: Any, y: Any) -> Any:
    shape = shape_of(x)
    if len(shape) == 2 and ndim_of(y) == 2:
        return matmul(g, transpose(y))
    g, x, y = _as_matrices(g, x, y)
    return reshape(sum_to(matmul(g, _swapped(y)), shape_of(x)), shape)


def _matmul_to_y(g: Any, x: Any, y: Any) -> Any:
    shape = shape_of(y)
    if len(shape) == 2 and ndim_of(x) == 2:
        return matmul(transpose(x), g)
    g, x, y = _as_matrices(g, x, y)
    return reshape(sum_to(matmul(_swapped(x), g), shape_of(y)), shape)


matmul: Primitive = bilinear(
    "matmul",
    _matmul,
    _matmul_to_x,
    _matmul_to_y,
    symbol="@",
    doc="``x @ y``: matrix product over the last axes, broadcast over the others.",
)


def _dot(x: Any, y: Any) -> Any:
    try:
        return np.dot(x, y)
    except ValueError:
        inner, other = shape_of(x)[-1], shape_of(y)[-2 if ndim_of(y) > 1 else 0]
        raise ValueError(
            f"dot: inner sizes differ: {shape_of(x)} and {shape_of(y)}; {inner} ≠ {other}. "
            "Transpose one of them."
        ) from None


def _dot_to_x(g: Any, x: Any, y: Any) -> Any:
    """g has the outer axes of x, then those of y: contract the latter."""
    n = ndim_of(y)
    if not n or not ndim_of(x):  # multiplied by a number
        return sum_to(g * y, shape_of(x))
    outer_axes = [a for a in range(n) if a != (n - 2 if n > 1 else 0)]
    of_g = list(range(ndim_of(g) - len(outer_axes), ndim_of(g)))
    return tensordot(g, y, (of_g, outer_axes))


def _dot_to_y(g: Any, x: Any, y: Any) -> Any:
    n, lead = ndim_of(y), ndim_of(x) - 1
    if not n or lead < 0:
        return sum_to(g * x, shape_of(y))
    moved = tensordot(x, g, (list(range(lead)), list(range(lead))))  # the inner axis is first now
    return moved if n < 3 else transpose(moved, (*range(1, n - 1), 0, n - 1))


_dot_arrays: Primitive = bilinear(
    "dot_arrays",
    _dot,
    _dot_to_x,
    _dot_to_y,
    symbol="·",
    doc="NumPy's ``dot``: the last axis of x with the last but one of y, no broadcasting; a number "
    "multiplies.",
)


def _added_alike(x: Any, y: Any) -> bool:
    """Whether ``matmul`` adds up products in the order of ``dot``.

    Of arrays of two dtypes, or with gaps between their rows or columns, ``dot`` makes copies first;
    to what has one element only, or one column and one row, it is a multiplication.
    """
    one = x.size == 1 or y.size == 1 or x.shape[-1] == 1
    return bool(x.dtype == y.dtype and x.flags.forc and y.flags.forc and not one)


def matmul_or_dot(x: Any, y: Any) -> Any:
    """NumPy's ``dot`` of two arrays: ``matmul``, where that means the same, to the last bit.

    >>> matmul_or_dot(np.ones((2, 3)), np.ones((4, 3, 5))).shape
    (2, 4, 5)
    """
    if 1 <= ndim_of(x) <= 2 >= ndim_of(y) >= 1 and _added_alike(array_of(x), array_of(y)):
        return matmul(x, y)
    return _dot_arrays(x, y)


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """The sum of products over some axes of a and as many of b; the other axes remain in order.

    Args:
        a: an array.
        b: an array.
        axes: how many axes (the last of a with the first of b), or a pair: axes of a, axes of b.

    Raises:
        ValueError: axes of different lengths.

    >>> tensordot(np.ones((2, 3, 4)), np.ones((4, 3, 5)), ([2, 1], [0, 1])).shape
    (2, 5)
    """
    if not isinstance(axes, tuple | list):
        count = integer("tensordot", "a number of axes", axes, least=0)
        axes = (range(-count, 0), range(count))
    shape_a, shape_b = shape_of(a), shape_of(b)
    if len(axes) != 2:
        got = f"{len(axes)} lists for shapes {shape_a} and {shape_b}"
        raise fails("tensordot", "axes of a and axes of b", got, "Write axes=([...], [...]).")
    of_a = list(axes_in("tensordot", axes[0], shape_a))
    of_b = list(axes_in("tensordot", axes[1], shape_b))
    if [shape_a[i] for i in of_a] != [shape_b[i] for i in of_b]:
        raise fails(
            "tensordot",
            expected="pairs of axes of the same lengths",
            got=f"axes {of_a} of {shape_a} and {of_b} of {shape_b}",
            fix="Name the axes that meet: axes=([axes of a], [axes of b]).",
        )
    rest_a = [i for i in range(len(shape_a)) if i not in of_a]
    rest_b = [i for i in range(len(shape_b)) if i not in of_b]
    inner = prod(shape_a[i] for i in of_a)
    lengths_a, lengths_b = [shape_a[i] for i in rest_a], [shape_b[i] for i in rest_b]
    left = reshape(transpose(a, tuple(rest_a + of_a)), (prod(lengths_a), inner))
    right = reshape(transpose(b, tuple(of_b + rest_b)), (inner, prod(lengths_b)))
    return reshape(matmul_or_dot(left, right), (*lengths_a, *lengths_b))


# --- inner and outer products, trace ------------------------------------------------------------


def _vecdot_back(g: Any, to: Any, other: Any) -> Any:
    return sum_to(expand_dims(g, -1) * other, shape_of(to))


_vecdot: Primitive = bilinear(
    "vecdot",
    lambda x, y: np.vecdot(x, y),
    _vecdot_back,
    lambda g, x, y: _vecdot_back(g, y, x),
    doc="The products of two vectors along the last axis, added up; the other axes broadcast.",
)


def vecdot(x1: Any, x2: Any, axis: int = -1) -> Any:
    """The products of vectors along an axis, added up; the other axes broadcast (NumPy's).

    Raises:
        ValueError: vectors of different lengths, or other axes that do not broadcast.

    >>> vecdot(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1.0, 10.0]))
    array([21., 43.])
    """
    vectors = [(v, axis_in("vecdot", axis, shape_of(v))) for v in (x1, x2)]
    left, right = (moveaxis(v, a, -1) for v, a in vectors)
    if shape_of(left)[-1] != shape_of(right)[-1]:
        raise fails(
            "vecdot",
            expected=f"vectors of one length along axis {axis}",
            got=f"shapes {shapes(x1, x2)}",
            fix="Transpose or cut one of them.",
        )
    try:
        return _vecdot(left, right)
    except ValueError as error:
        fix = "Compared from the last, lengths must be equal or 1."
        raise explained("vecdot", error, x1, x2, fix=fix) from None


def vdot(a: Any, b: Any) -> Any:
    """The products of all elements in their order, added up: ``dot`` of flattened arrays.

    Raises:
        ValueError: different numbers of elements.

    >>> float(vdot(np.eye(2), np.array([[1.0, 2.0], [3.0, 4.0]])))
    5.0
    """
    if size_of(a) != size_of(b):
        raise fails(
            "vdot",
            expected="arrays with the same number of elements",
            got=f"shapes {shapes(a, b)}",
            fix="To broadcast use sum(a * b).",
        )
    common = np.result_type(dtype_of(a), dtype_of(b))
    left, right = (x if dtype_of(x) == common else cast(x, common) for x in (a, b))
    return matmul(ravel(left), ravel(right))


def _inner_to_x(g: Any, x: Any, y: Any) -> Any:
    """g has the outer axes of x, then those of y: contract the latter."""
    outer_axes = list(range(ndim_of(y) - 1))
    return tensordot(g, y, ([ndim_of(x) - 1 + i for i in outer_axes], outer_axes))


def _inner_to_y(g: Any, x: Any, y: Any) -> Any:
    outer_axes = list(range(ndim_of(x) - 1))
    return tensordot(g, x, (outer_axes, outer_axes))


_inner: Primitive = bilinear(
    "inner",
    np.inner,
    _inner_to_x,
    _inner_to_y,
    doc="The products over the last axes, added up, for each pair of vectors.",
)


def inner(a: Any, b: Any) -> Any:
    """The products over the last axes, added up, for each pair of vectors; numbers multiply.

    Raises:
        ValueError: last axes of different lengths.

    >>> inner(np.eye(2), np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([[1., 3.],
           [2., 4.]])
    """
    if not ndim_of(a) or not ndim_of(b):
        return _dot_arrays(a, b)
    if shape_of(a)[-1] != shape_of(b)[-1]:
        raise fails(
            "inner",
            expected="last axes of one length",
            got=f"shapes {shapes(a, b)}",
            fix="For a matrix product use matmul.",
        )
    return _inner(a, b)


def outer(a: Any, b: Any) -> Any:
    """All products of an element of a with one of b; arrays are flattened.

    >>> outer(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    array([[3., 4.],
           [6., 8.]])
    """
    return reshape(ravel(a), (-1, 1)) * reshape(ravel(b), (1, -1))


def kron(a: Any, b: Any) -> Any:
    """The Kronecker product: a with each element replaced by that element times b.

    >>> kron(np.eye(2), np.array([[1.0, 2.0]]))
    array([[1., 2., 0., 0.],
           [0., 0., 1., 2.]])
    """
    ndim = max(ndim_of(a), ndim_of(b))
    shape_a = (1,) * (ndim - ndim_of(a)) + shape_of(a)
    shape_b = (1,) * (ndim - ndim_of(b)) + shape_of(b)
    left = reshape(a, tuple(m for n in shape_a for m in (n, 1)))
    right = reshape(b, tuple(m for n in shape_b for m in (1, n)))
    return reshape(left * right, tuple(n * m for n, m in zip(shape_a, shape_b, strict=True)))


def _trace_back(g: Any, x: Any, offset: int, axis1: int, axis2: int) -> Any:
    length = np.diagonal(np.broadcast_to(0, shape_of(x)), offset, axis1, axis2).shape[-1]
    copies = broadcast_to(expand_dims(g, -1), (*shape_of(g), length))
    return embed_diagonal(copies, shape_of(x), offset, axis1, axis2)


_trace: Primitive = kinds.linear(
    "trace",
    lambda x, offset, axis1, axis2: np.trace(x, offset, axis1, axis2),
    _trace_back,
    symbol="tr",
    doc="The sum of the diagonal of two axes.",
)


def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum of the diagonal of two axes.

    Raises:
        ValueError: fewer than two axes, or axes that x does not have.

    >>> float(trace(np.array([[1.0, 2.0], [3.0, 4.0]])))
    5.0
    """
    axis1, axis2 = two_axes("trace", x, axis1, axis2)
    return _trace(x, offset=integer("trace", "an offset", offset), axis1=axis1, axis2=axis2)


# --- the affine map of a layer ------------------------------------------------------------------


PLAIN = frozenset((list, tuple, int, float))


def _rows(x: Any) -> Any:
    """All axes but the last as one."""
    return x if ndim_of(x) == 2 else reshape(x, (-1, shape_of(x)[-1]))


def _no_affine_map(x: Any, weight: Any, bias: Any) -> Exception:
    return fails(
        "linear",
        expected="x of shape (..., in), weight (out, in) and bias (out,)",
        got=f"{x.shape}, {weight.shape} and {bias}",
        fix="The weight has a row for each output, as in PyTorch: x @ weight.T + bias.",
    )


def _linear_forward(x: Any, weight: Any, bias: Any) -> Any:
    try:
        (n,), (m, k) = bias.shape, weight.shape
        fits = n == m and k == x.shape[-1]
    except (ValueError, IndexError):
        fits = False
    if not fits:
        raise _no_affine_map(x, weight, bias.shape)
    # dot is quicker to call, but makes 0 of 0 times NaN where a matrix has one element only.
    dot = x.ndim == 2 and (k > 1 or x.size > 1 < m)
    out = np.dot(x, weight.T) if dot else np.matmul(x, weight.T)
    if out.dtype is bias.dtype and out.ndim > 0:
        out += bias  # out is ours alone
        return out
    return out + bias


def _linear_jvp(tangents: Any, out: Any, x: Any, weight: Any, bias: Any) -> Any:
    dx, dw, total = tangents
    for term in (
        None if dx is None else matmul(dx, transpose(weight)),
        None if dw is None else matmul(x, transpose(dw)),
    ):
        if term is not None:
            total = term if total is None else term + total
    return total


def _product(x: Any, y: Any) -> Any:
    """``x @ y``, where y is a matrix: of arrays by ``dot``, as in ``_linear_forward``."""
    matrices = x.__class__ is y.__class__ is np.ndarray and x.ndim == 2
    if matrices and (len(y) > 1 or x.size > 1 < y.size):
        return np.dot(x, y)
    return matmul(x, y)


def _linear_weight_vjp(g: Any, out: Any, x: Any, weight: Any, bias: Any) -> Any:
    """In the order in memory of the weight: a step adds the two."""
    if x.ndim != 2:
        g, x = _rows(g), _rows(x)
    if by_columns(weight):
        return _product(x.T, g).T
    return _product(g.T, x)


_linear: Primitive = custom(
    "linear",
    _linear_forward,
    lambda g, out, x, weight, bias: _product(g, weight),
    _linear_weight_vjp,
    lambda g, out, x, weight, bias: sum_to(g, bias.shape),
    jvp=_linear_jvp,
    symbol="x Wᵀ + b",
    doc="``x @ weight.T + bias``, as one node.",
)


def linear(x: Any, weight: Any, bias: Any = None) -> Any:
    """``x @ weight.T + bias``: the affine map of a layer, as one node (PyTorch's layout).

    Args:
        x: inputs of shape (..., in).
        weight: of shape (out, in).
        bias: of shape (out,), or None.

    Raises:
        ValueError: shapes that do not fit.

    >>> linear(np.ones((5, 3)), np.ones((2, 3)), np.zeros(2)).shape
    (5, 2)
    """
    if x.__class__ in PLAIN or weight.__class__ in PLAIN or bias.__class__ in PLAIN:
        x, weight, bias = (np.asarray(a) if a.__class__ in PLAIN else a for a in (x, weight, bias))
    if bias is None:
        if weight.ndim != 2 or x.shape[-1:] != weight.shape[1:]:
            raise _no_affine_map(x, weight, None)
        return matmul(x, transpose(weight))
    return _linear(x, weight, bias)
