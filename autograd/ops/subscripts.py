"""``einsum``: sums of products in the notation of indices, ``"ij,jk->ik"``.

It is linear in each operand, so the derivative to one is again an ``einsum``: of the others and the
cotangent, with the subscripts exchanged.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import Any

import numpy as np

from autograd.errors import shown
from autograd.node import Primitive, shape_of
from autograd.ops.arranging import Variadic
from autograd.ops.checks import fails
from autograd.ops.diagonals import diagonal
from autograd.ops.shapes import broadcast_to, reshape

__all__ = ["einsum"]


def _einsum_error(subscripts: str, shapes: Any, got: str, fix: str) -> Exception:
    expected = f"subscripts for shapes {', '.join(map(str, shapes))}"
    return fails("einsum", expected, f"{got} in {subscripts!r}", fix)


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
    own, shape = terms.pop(index), shape_of(operands[index])
    others = [x for i, x in enumerate(operands) if i != index]
    # A letter that stands nowhere else, or with length 1, was summed over: g is the same along it.
    known = "".join(c for c in own if c in result or any(c in term for term in terms))
    call = f"{','.join([result, *terms])}->{known}"
    part = _einsum_primitive(g, *others, subscripts=call, optimize=optimize)
    lengths = iter(shape_of(part))
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
        raise fails(
            "einsum",
            expected='subscripts as a string, e.g. "ij,jk->ik"',
            got=shown(subscripts),
            fix="Write einsum(subscripts, a, b).",
            kind=TypeError,
        )
    shapes = tuple(map(np.shape, operands))
    known, result = _explicit(subscripts, shapes)
    terms, arrays = list(known), list(operands)
    for i, term in enumerate(known):
        while len(set(term)) < len(term):  # a letter twice in one term: its diagonal
            first = next(k for k, c in enumerate(term) if term.count(c) > 1)
            second = term.index(term[first], first + 1)
            shape = shape_of(arrays[i])
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
