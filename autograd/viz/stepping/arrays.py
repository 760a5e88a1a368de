"""How arrays are written: small ones number by number, large ones as shape, dtype and norm."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.viz.flows import size_of
from autograd.viz.stepping.tokens import Token, number, typed

__all__ = ["cells", "lines", "padded", "value"]

ROWS, COLUMNS, MOST = 4, 6, 16  # of an array that is written out
SPACE = "\u00a0"  # it stays where it is, in every kind of file


def cells(x: Any) -> tuple[tuple[str, ...], ...]:
    """The numbers of a small matrix or vector as they are set in type; nothing for any other.

    >>> cells(np.array([[1.0, -0.5], [0.0, 1e-7]]))
    (('1', '−0.5'), ('0', '1·10⁻⁷'))
    >>> cells(np.ones((64, 10)))
    ()
    """
    x = np.asarray(x)
    if x.ndim not in (1, 2) or not 0 < x.size <= MOST:
        return ()
    matrix = x.reshape(-1, x.shape[-1])
    if len(matrix) > ROWS or matrix.shape[1] > COLUMNS:
        return ()
    return tuple(tuple(map(typed, row)) for row in matrix.astype(float).tolist())


def lines(name: str, x: Any) -> list[str]:
    """The lines of a box about its value or its gradient.

    >>> lines("data", 0.5), lines("grad", np.ones((64, 10)))
    (['data 0.5'], ['grad (64, 10) float64', '‖grad‖ 25.3'])
    >>> print("\\n".join(lines("data", np.array([[1.0, -0.5], [0.0, 10.0]]))).replace(SPACE, " "))
    data 1 −0.5
         0   10
    """
    x = np.asarray(x)
    if not x.ndim:
        return [f"{name} {typed(float(x))}"]
    rows = cells(x)
    if not rows:
        return [f"{name} {x.shape} {x.dtype}", f"‖{name}‖ {typed(size_of(x).value or 0.0)}"]
    starts = [name] + [SPACE * len(name)] * (len(rows) - 1)
    return [start + SPACE + row for start, row in zip(starts, padded(rows), strict=True)]


def padded(rows: tuple[tuple[str, ...], ...]) -> list[str]:
    """The rows of a matrix, column under column."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        SPACE.join(cell.rjust(w, SPACE) for cell, w in zip(row, widths, strict=True))
        for row in rows
    ]


def value(x: Any, *, first: bool = False, answer: bool = False) -> list[Token]:
    """A number or an array in a formula."""
    x = np.asarray(x)
    if not x.ndim:
        return number(float(x), first=first, answer=answer)
    if rows := cells(x):
        return [matrix(rows, answer)]
    norm = number(size_of(x).value or 0.0, answer=answer)
    return [Token("word", f"{x.shape} {x.dtype} of norm"), *norm]


def matrix(rows: tuple[tuple[str, ...], ...], answer: bool = False) -> Token:
    """Numbers in brackets."""
    text = "; ".join(", ".join(row) for row in rows)
    return Token("array", f"[{text}]", answer=answer, rows=rows)
