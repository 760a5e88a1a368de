"""Whole numbers as vectors: rows of a table, or zeros and a one."""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from nn.checks import fails, real, whole

__all__ = ["embedding", "one_hot"]


@autograd.primitive
def _checked(positions: Any, *, name: str, count: int) -> Any:
    """The positions, if they are from 0 to count - 1; an operation, so that each run checks."""
    if positions.size and (positions.min() < 0 or positions.max() >= count):
        wrong = positions[(positions < 0) | (positions >= count)].flat[0]
        fix = "NumPy would count from the end; PyTorch and this function do not."
        raise fails(
            name, f"numbers from 0 to {count - 1}", f"{wrong}", fix if wrong < 0 else "", IndexError
        )
    return positions


_checked.defvjp(None)


def _positions(name: str, given: Any, count: int | None) -> Any:
    positions = given if hasattr(given, "dtype") else np.asarray(given)
    if positions.dtype.kind not in "iu":
        fix = "Use x.astype(int) if that is what they are."
        raise fails(name, "whole numbers", f"an array of {positions.dtype}", fix, TypeError)
    return positions if count is None else _checked(positions, name=name, count=count)


def embedding(
    input: Any,
    weight: Any,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Any:
    """The rows of a table at positions: of shape (*input.shape, columns).

    Args:
        input: whole numbers from 0, of any shape.
        weight: of shape (rows, columns).
        padding_idx: a row that gets no gradient; may count from the end.
        max_norm: rows that are looked up and longer are shortened, in the table itself.
        norm_type: p of the norm that is meant.
        scale_grad_by_freq: whether each gradient is divided by how often its row is looked up here.
        sparse: PyTorch's name for gradients that list rows; here they are arrays in any case.

    Raises:
        IndexError: a row that the table does not have.
        TypeError: positions that are not whole numbers; a table to shorten while tracing.
        ValueError: a norm that is not above 0.

    >>> embedding([2, 0], np.array([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]))
    array([[4., 5.],
           [0., 1.]])
    """
    rows = weight.shape[0]
    positions = _positions("embedding", input, rows)
    if max_norm is not None:
        longest = real("embedding: max_norm", max_norm, "a norm above 0", lambda x: x > 0)
        p = real("embedding: norm_type", norm_type, "a number above 0", lambda x: x > 0)
        _shorten(weight, positions, longest, p)
    found = autograd.take(weight, positions, axis=0)
    if scale_grad_by_freq:
        ones = np.ones(positions.shape, found.dtype)
        counts = autograd.index_add(np.zeros(rows, found.dtype), positions, ones)
        here = autograd.expand_dims(autograd.take(counts, positions, axis=0), -1)
        fixed = autograd.stop_gradient(found)
        found = fixed + (found - fixed) / here  # found itself, with a fraction of its slope
    if padding_idx is None:
        return found
    padding = whole("embedding: padding_idx", padding_idx, -rows, rows - 1) % rows
    is_padding = autograd.expand_dims(autograd.equal(positions, padding), -1)
    return autograd.where(is_padding, autograd.stop_gradient(found), found)


def _shorten(weight: Any, positions: Any, longest: float, p: float) -> None:
    """Rows of a table at positions, where they are longer than allowed (PyTorch's formula)."""
    plain, table = (x.primal if isinstance(x, autograd.Tensor) else x for x in (positions, weight))
    rows = np.unique(plain)
    norms = np.linalg.norm(table[rows], ord=p, axis=1)
    long = norms > longest
    if long.any():
        table = weight.data if table is not weight else table  # to write on
        table[rows[long]] *= (longest / (norms[long] + 1e-7)).astype(table.dtype)[:, None]


def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """A one at the position of each class, zeros elsewhere: integers of shape (..., num_classes).

    Args:
        tensor: classes, whole numbers from 0, of any shape.
        num_classes: how many there are; one more than the largest by default.

    Raises:
        IndexError: a class out of range.
        TypeError: classes that are not whole numbers.
        ValueError: no classes, and no number of them.

    >>> one_hot([0, 2])
    array([[1, 0, 0],
           [0, 0, 1]])
    """
    if num_classes == -1:
        classes = _positions("one_hot", tensor, None)
        plain = classes.primal if isinstance(classes, autograd.Tensor) else classes
        if not plain.size:
            fix = "Pass num_classes."
            raise fails("one_hot", "at least one class to count up to", "none", fix)
        num_classes = int(plain.max()) + 1
    else:
        num_classes = whole("one_hot: num_classes", num_classes, 1, otherwise=", or -1")
    classes = _positions("one_hot", tensor, num_classes)
    hot = autograd.equal(autograd.expand_dims(classes, -1), np.arange(num_classes))
    return hot.astype(np.int64)
