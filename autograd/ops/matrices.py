"""What the files about linear algebra share: a matrix is the last two axes, batched over others.

The rules are those of Giles, "Collected matrix derivative results for forward and reverse mode
algorithmic differentiation" (2008), and, for decompositions, of Townsend, "Differentiating the
singular value decomposition" (2016), Murray, "Differentiation of the Cholesky decomposition" (2016)
and Walter and Lehmann, "Algorithmic differentiation of linear algebra functions" (2010).

A decomposition has several results and a primitive has one: its factors are packed along one axis,
and unpacked again by indexing and reshaping, which are differentiable.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from autograd.node import shape_of
from autograd.ops.arranging import concatenate
from autograd.ops.checks import Shape, explained, fails
from autograd.ops.choices import equal, where
from autograd.ops.diagonals import embed_diagonal
from autograd.ops.indexing import getitem
from autograd.ops.shapes import expand_dims, reshape, swapaxes

SINGULAR = "Add a little to the diagonal, or use pinv."


def transposed(x: Any) -> Any:
    """The last two axes exchanged."""
    return swapaxes(x, -1, -2)


def symmetric(x: Any) -> Any:
    """The symmetric part of a square matrix."""
    return 0.5 * (x + transposed(x))


def diagonal_matrix(x: Any) -> Any:
    """A diagonal matrix from the numbers along the last axis."""
    return embed_diagonal(x, (*shape_of(x), shape_of(x)[-1]), 0, -2, -1)


def check_matrix(name: str, x: Any, square: bool = True) -> None:
    """Raise for what LAPACK does not take, in the name of an operation."""
    shape = shape_of(x)
    if len(shape) < 2 or (square and shape[-1] != shape[-2]):
        raise fails(
            name,
            expected=f"a {'square ' if square else ''}matrix, or a stack of them (..., m, n)",
            got=f"shape {shape}",
            fix="For a matrix with more rows than columns see pinv."
            if square and len(shape) > 1
            else "Reshape it.",
        )
    check_dtype(name, x)


def check_dtype(name: str, x: Any) -> None:
    """Raise for numbers that LAPACK does not know, in the name of an operation."""
    dtype = x.dtype if hasattr(x, "dtype") else np.asarray(x).dtype
    if dtype.kind not in "biuf" or (dtype.kind == "f" and dtype.itemsize not in (4, 8)):
        got = f"{dtype} of shape {shape_of(x)}"
        raise fails(name, "float32 or float64", got, "Convert it with astype first.", TypeError)


def lapack(name: str, fix: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """NumPy's function, with a message that says more than "Singular matrix"."""
    try:
        return function(*args, **kwargs)
    except (np.linalg.LinAlgError, ValueError, TypeError) as error:
        raise explained(name, error, *args, fix=fix) from None


def pack(factors: Any, lead: int) -> Any:
    """Several factors, each flattened behind the batch axes, side by side."""
    parts = [(f, shape_of(f)) for f in factors]
    return concatenate([reshape(f, (*n[:lead], prod(n[lead:]))) for f, n in parts], axis=-1)


def unpack(packed: Any, *shapes: Shape) -> list[Any]:
    """The factors of these shapes (without batch axes)."""
    start, parts, lead = 0, [], shape_of(packed)[:-1]
    for shape in shapes:
        part = getitem(packed, (..., slice(start, start + prod(shape))))
        parts.append(reshape(part, (*lead, *shape)))
        start += prod(shape)
    return parts


def reciprocal_differences(w: Any) -> Any:
    """``1 / (w[j] - w[i])``, and 0 where they are equal: there the factors are not unique."""
    difference = expand_dims(w, -2) - expand_dims(w, -1)
    same = equal(difference, 0)
    return where(same, 0, 1 / where(same, 1, difference))
