"""Sums of products over shared axes: ``matmul``, ``dot``, ``einsum``, and the affine ``linear``.

All of them are linear in each input, so the derivative to one input is a product of the others with
the cotangent: another contraction.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from autograd.errors import message, shown
from autograd.node import Primitive
from autograd.ops import kinds
from autograd.ops.arranging import (
    Variadic,
    diagonal,
    embed_diagonal,
)
from autograd.ops.kinds import bilinear, custom
from autograd.ops.shapes import (
    broadcast_to,
    expand_dims,
    ravel,
    reshape,
    sum_to,
    transpose,
)

__all__ = ["einsum", "kron", "linear", "matmul", "matmul_or_dot", "outer", "tensordot", "trace"]

# --- products of matrices -----------------------------------------------------------------------


def _swapped(x: Any) -> Any:
    """The last two axes exchanged."""
    n = np.ndim(x)
    return transpose(x) if n == 2 else transpose(x, (*range(n - 2), n - 1, n - 2))


def _no_numbers(name: str, x: Any, y: Any) -> None:
    if not np.ndim(x) or not np.ndim(y):
        raise ValueError(
            message(
                name,
                expected="two arrays of at least one axis",
                got=f"shapes {np.shape(x)} and {np.shape(y)}",
                fix="To multiply by a number, use *.",
            )
        )


def _matmul(x: Any, y: Any) -> Any:
    try:
        return np.matmul(x, y)
    except ValueError:
        _no_numbers("matmul", x, y)
        inner, other = np.shape(x)[-1], np.shape(y)[-2 if np.ndim(y) > 1 else 0]
        if inner != other:
            raise ValueError(
                f"matmul: inner sizes differ: {np.shape(x)} @ {np.shape(y)}; {inner} ≠ {other}. "
                "Transpose one side, e.g. a @ b.T"
            ) from None
        raise ValueError(
            message(
                "matmul",
                expected="axes before the last two that broadcast",
                got=f"shapes {np.shape(x)} @ {np.shape(y)}",
                fix="Compared from the last, their lengths must be equal or 1.",
            )
        ) from None


def _as_matrices(g: Any, x: Any, y: Any) -> tuple[Any, Any, Any]:
    """A vector on the left is one row, on the right one column; g gets those axes back."""
    row, column = np.ndim(x) == 1, np.ndim(y) == 1
    if row:
        x = reshape(x, (1, *np.shape(x)))
        g = expand_dims(g, -1 if column else -2)
    if column:
        y = reshape(y, (*np.shape(y), 1))
        g = expand_dims(g, -1)
    return g, x, y


def _matmul_to_x(g: Any, x: Any, y: Any) -> Any:
    shape = np.shape(x)
    if len(shape) == 2 and np.ndim(y) == 2:
        return matmul(g, transpose(y))
    g, x, y = _as_matrices(g, x, y)
    return reshape(sum_to(matmul(g, _swapped(y)), np.shape(x)), shape)


def _matmul_to_y(g: Any, x: Any, y: Any) -> Any:
    shape = np.shape(y)
    if len(shape) == 2 and np.ndim(x) == 2:
        return matmul(transpose(x), g)
    g, x, y = _as_matrices(g, x, y)
    return reshape(sum_to(matmul(_swapped(x), g), np.shape(y)), shape)


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
        inner, other = np.shape(x)[-1], np.shape(y)[-2 if np.ndim(y) > 1 else 0]
        raise ValueError(
            f"dot: inner sizes differ: {np.shape(x)} and {np.shape(y)}; {inner} ≠ {other}. "
            "Transpose one of them."
        ) from None


def _dot_to_x(g: Any, x: Any, y: Any) -> Any:
    """g has the outer axes of x, then those of y: contract the latter."""
    n = np.ndim(y)
    outer_axes = [a for a in range(n) if a != (n - 2 if n > 1 else 0)]
    of_g = list(range(np.ndim(g) - len(outer_axes), np.ndim(g)))
    return tensordot(g, y, (of_g, outer_axes))


def _dot_to_y(g: Any, x: Any, y: Any) -> Any:
    n, lead = np.ndim(y), np.ndim(x) - 1
    moved = tensordot(x, g, (list(range(lead)), list(range(lead))))  # the inner axis is first now
    return moved if n < 3 else transpose(moved, (*range(1, n - 1), 0, n - 1))


_dot_arrays: Primitive = bilinear(
    "dot_arrays",
    _dot,
    _dot_to_x,
    _dot_to_y,
    symbol="·",
    doc="NumPy's ``dot``: the last axis of x with the last but one of y, no broadcasting.",
)


def matmul_or_dot(x: Any, y: Any) -> Any:
    """NumPy's ``dot`` of two arrays: ``matmul``, where that means the same.

    >>> matmul_or_dot(np.ones((2, 3)), np.ones((4, 3, 5))).shape
    (2, 4, 5)
    """
    if not np.ndim(x) or not np.ndim(y):
        return x * y
    if np.ndim(x) <= 2 and np.ndim(y) <= 2:
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
    if isinstance(axes, int | np.integer):
        count = int(axes)
        axes = (range(-count, 0), range(count))
    of_a, of_b = ([n] if isinstance(n, int | np.integer) else list(n) for n in axes)
    shape_a, shape_b = np.shape(a), np.shape(b)
    fits = (
        len(of_a) == len(of_b)
        and all(-len(shape_a) <= i < len(shape_a) for i in of_a)
        and all(-len(shape_b) <= i < len(shape_b) for i in of_b)
        and [shape_a[i] for i in of_a] == [shape_b[i] for i in of_b]
    )
    if not fits:
        raise ValueError(
            message(
                "tensordot",
                expected="pairs of axes of the same lengths",
                got=f"axes {of_a} of {shape_a} and {of_b} of {shape_b}",
                fix="Name the axes that meet: axes=([axes of a], [axes of b]).",
            )
        )
    of_a, of_b = [i % len(shape_a) for i in of_a], [i % len(shape_b) for i in of_b]
    rest_a = [i for i in range(len(shape_a)) if i not in of_a]
    rest_b = [i for i in range(len(shape_b)) if i not in of_b]
    inner = prod(shape_a[i] for i in of_a)
    lengths_a, lengths_b = [shape_a[i] for i in rest_a], [shape_b[i] for i in rest_b]
    left = reshape(transpose(a, tuple(rest_a + of_a)), (prod(lengths_a), inner))
    right = reshape(transpose(b, tuple(of_b + rest_b)), (inner, prod(lengths_b)))
    return reshape(matmul(left, right), (*lengths_a, *lengths_b))


# --- einsum -------------------------------------------------------------------------------------


def _einsum_error(subscripts: str, shapes: Any, got: str, fix: str) -> ValueError:
    return ValueError(
        message(
            "einsum",
            expected=f"subscripts for shapes {', '.join(map(str, shapes))}",
            got=f"{got} in {subscripts!r}",
            fix=fix,
        )
    )


@lru_cache(maxsize=1024)
def _explicit(subscripts: str, shapes: tuple[tuple[int, ...], ...]) -> tuple[list[str], str]:
    """The letters of each operand and of the result, with letters of their own for ``...``."""
    left, arrow, result = subscripts.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(shapes):
        got, fix = f"{len(terms)} terms for {len(shapes)} arrays", "Write one for each array."
        raise _einsum_error(subscripts, shapes, got, fix)
    free = [c for c in map(chr, range(ord("A"), ord("z") + 1)) if c.isalpha()]
    free = [c for c in free if c not in subscripts]
    full, longest = [], 0
    for term, shape in zip(terms, shapes, strict=True):
        extra = len(shape) - len(term.replace("...", "", 1))
        if extra < 0 or (extra > 0 and "..." not in term):
            got = f"{term!r} for an array of {len(shape)} axes"
            raise _einsum_error(subscripts, shapes, got, "Write a letter for each axis, or `...`.")
        longest = max(longest, extra)
        full.append(term.replace("...", "".join(free[len(free) - extra :])))
    dots = "".join(free[len(free) - longest :])
    counts = Counter("".join(terms).replace(".", ""))
    if not arrow:
        result = "..." + "".join(sorted(c for c, n in counts.items() if n == 1))
    result = result.replace("...", dots)
    if any(c not in "".join(full) for c in result) or len(set(result)) < len(result):
        got, fix = f"the result {result!r}", "Its letters come from the arrays, each once."
        raise _einsum_error(subscripts, shapes, got, fix)
    return full, result


def _einsum(*operands: Any, subscripts: str, optimize: Any) -> Any:
    try:
        return np.einsum(subscripts, *operands, optimize=optimize)
    except ValueError as error:
        shapes = tuple(map(np.shape, operands))
        fix = "A letter has one length wherever it stands."
        raise _einsum_error(subscripts, shapes, str(error).rstrip(". "), fix) from None


def _einsum_to(index: int, g: Any, out: Any, *operands: Any, subscripts: str, optimize: Any) -> Any:
    """The other operands times g, summed over what this operand has not."""
    left, _, result = subscripts.partition("->")
    terms = left.split(",")
    own, shape = terms.pop(index), np.shape(operands[index])
    others = [x for i, x in enumerate(operands) if i != index]
    # A letter that stands nowhere else, or with length 1, was summed over: g is the same along it.
    known = "".join(c for c in own if c in result or any(c in term for term in terms))
    call = f"{','.join([result, *terms])}->{known}"
    part = _einsum_primitive(g, *others, subscripts=call, optimize=optimize)
    lengths = iter(np.shape(part))
    open_shape = tuple(next(lengths) if c in known else 1 for c in own)
    full = tuple(m if n == 1 else n for n, m in zip(open_shape, shape, strict=True))
    if known != own:
        part = reshape(part, open_shape)
    return part if full == open_shape else broadcast_to(part, full)


def _einsum_jvp(tangents: Any, out: Any, *operands: Any, **params: Any) -> Any:
    total = None
    for i, t in enumerate(tangents):
        if t is not None:
            term = _einsum_primitive(*operands[:i], t, *operands[i + 1 :], **params)
            total = term if total is None else total + term
    return total


_einsum_primitive: Primitive = Variadic(
    "einsum",
    "multilinear",
    _einsum,
    _einsum_to,
    _einsum_jvp,
    symbol="Σ…",
    doc="The sum of products that subscripts describe, linear in each operand.",
)


def einsum(subscripts: str, *operands: Any, optimize: Any = False) -> Any:
    """The sum of products that the subscripts describe, e.g. ``"ij,jk->ik"`` (NumPy's notation).

    Args:
        subscripts: a letter for each axis, ``...`` for axes that broadcast; without ``->`` the
            letters that occur once remain, in alphabetical order.
        operands: the arrays.
        optimize: look for a better order of the products (NumPy's), worth it for three or more.

    Raises:
        TypeError: subscripts that are not a string.
        ValueError: subscripts that do not fit the arrays.

    >>> einsum("ij,jk->ik", np.ones((2, 3)), np.ones((3, 4))).shape
    (2, 4)
    >>> float(einsum("ii", np.eye(3)))
    3.0
    """
    if not isinstance(subscripts, str):
        raise TypeError(
            message(
                "einsum",
                expected='subscripts as a string, e.g. "ij,jk->ik"',
                got=shown(subscripts),
                fix="Write einsum(subscripts, a, b).",
            )
        )
    shapes = tuple(map(np.shape, operands))
    known, result = _explicit(subscripts, shapes)
    terms, arrays = list(known), list(operands)
    for i, term in enumerate(known):
        while len(set(term)) < len(term):  # a letter twice in one term: its diagonal
            first = next(k for k, c in enumerate(term) if term.count(c) > 1)
            second = term.index(term[first], first + 1)
            shape = np.shape(arrays[i])
            if shape[first] != shape[second]:
                got = f"{term[first]!r} for lengths {shape[first]} and {shape[second]}"
                fix = "A letter has one length wherever it stands."
                raise _einsum_error(subscripts, shapes, got, fix)
            arrays[i] = diagonal(arrays[i], 0, first, second)
            rest = term[:first] + term[first + 1 : second] + term[second + 1 :]
            term = rest + term[first]
        terms[i] = term
    call = f"{','.join(terms)}->{result}"
    return _einsum_primitive(*arrays, subscripts=call, optimize=optimize)


# --- outer products, trace ----------------------------------------------------------------------


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
    ndim = max(np.ndim(a), np.ndim(b))
    shape_a = (1,) * (ndim - np.ndim(a)) + np.shape(a)
    shape_b = (1,) * (ndim - np.ndim(b)) + np.shape(b)
    left = reshape(a, tuple(m for n in shape_a for m in (n, 1)))
    right = reshape(b, tuple(m for n in shape_b for m in (1, n)))
    return reshape(left * right, tuple(n * m for n, m in zip(shape_a, shape_b, strict=True)))


def _trace_back(g: Any, x: Any, offset: int, axis1: int, axis2: int) -> Any:
    length = np.diagonal(np.broadcast_to(0, np.shape(x)), offset, axis1, axis2).shape[-1]
    copies = broadcast_to(expand_dims(g, -1), (*np.shape(g), length))
    return embed_diagonal(copies, np.shape(x), offset, axis1, axis2)


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
        ValueError: fewer than two axes.

    >>> float(trace(np.array([[1.0, 2.0], [3.0, 4.0]])))
    5.0
    """
    if np.ndim(x) < 2:
        raise ValueError(
            message(
                "trace",
                expected="an array of at least two axes",
                got=f"shape {np.shape(x)}",
                fix="Reshape it to a matrix.",
            )
        )
    return _trace(x, offset=offset, axis1=axis1, axis2=axis2)


# --- the affine map of a layer ------------------------------------------------------------------


def _rows(x: Any) -> Any:
    """All axes but the last as one."""
    return x if np.ndim(x) == 2 else reshape(x, (-1, np.shape(x)[-1]))


def _linear_forward(x: Any, weight: Any, bias: Any) -> Any:
    if bias.shape != weight.shape[:1] or weight.ndim != 2 or x.shape[-1:] != weight.shape[1:]:
        raise ValueError(
            message(
                "linear",
                expected="x of shape (..., in), weight (out, in) and bias (out,)",
                got=f"{x.shape}, {weight.shape} and {bias.shape}",
                fix="The weight has a row for each output, as in PyTorch: x @ weight.T + bias.",
            )
        )
    out = np.matmul(x, weight.T)
    if out.dtype == bias.dtype and out.ndim > 0:
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


_linear: Primitive = custom(
    "linear",
    _linear_forward,
    lambda g, out, x, weight, bias: matmul(g, weight),
    lambda g, out, x, weight, bias: matmul(_rows(g).T, _rows(x)),
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
    if list in (x.__class__, weight.__class__, bias.__class__):
        x, weight, bias = (np.asarray(a) if isinstance(a, list) else a for a in (x, weight, bias))
    if bias is None:
        return matmul(x, transpose(weight))
    return _linear(x, weight, bias)
