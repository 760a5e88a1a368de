"""The end of a classifier, spelled out: what its loss costs where all shapes are known.

A softmax, the loss of classes and its slope do little for each example, and most of their time goes
into questions: of which dtype are the classes, how many are there, do some not count?  A program
knows that before it runs.  What remains is arithmetic, and a look at the numbers themselves, which
leaves the unusual to the operation as it stands in ``ops/fused.py``:

    t3 = y.view(uintp)                          # in which numbers below 0 are the largest
    t3 = t2.take(y + starts) if t3[t3.argmax()] < 10 else zero
    t3 = add(log(t3)) / -32 if t3[t3.argmin()] > 1e-37 else softmax_cross_entropy(t1, t2, y)

The results are the same to the bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.ops.along import SHORT
from autograd.ops.fused import _FEW, _LEAST_CHANCE, _identity, _starts
from autograd.ops.shapes import row_of_ones
from autograd.programs.equations import Equation, Var

__all__ = ["looked_at", "loss_lines", "slope_lines", "softmax_lines"]

Bind = Callable[[Any], str]


def softmax_lines(e: Equation, name: str, args: list[str], bind: Bind) -> list[str]:
    """The sums of many short rows as a product with ones: NumPy is slow along such rows."""
    x = e.args[0]
    if e.params["axis"] not in (1, -1) or not _is_matrix(x) or x.array != e.array:
        return []
    shape, dtype = x.array
    ones = row_of_ones(shape[::-1], dtype) if shape[1] <= SHORT < shape[0] else None
    if ones is None:
        return []
    return [  # the largest of each row as in ``along.peaks``
        f"{name} = {args[0]} - {bind(np.maximum.reduce)}({args[0]}.T.copy(), 0)[:, None]",
        f"{bind(np.exp)}({name}, {name})",
        f"{name} /= {bind(np.ndarray.dot)}({name}, {bind(ones)})[:, None]",
    ]


def loss_lines(e: Equation, name: str, args: list[str], bind: Bind, call: str) -> list[str]:
    """The loss; ``call`` is the operation itself."""
    _, chances, classes = e.args
    ignored = e.params.get("ignore_index")
    if not _is_usual(chances, classes) or (ignored is not None and ignored >= 0):
        return []
    (n, count), dtype = chances.array
    starts, zero = bind(_starts(n, count)), bind(np.zeros(1, dtype))
    log = f"{bind(np.log)}({name})"
    loss = f"{bind(np.add.reduce)}({log}) / {-n}" if e.params["mean"] else f"-{log}"
    chosen = f"{args[1]}.take({args[2]} + {starts})"
    return [
        f"{name} = {args[2]}.view({bind(np.uintp)})",
        f"{name} = {chosen} if {name}[{name}.argmax()] < {count} else {zero}",
        f"{name} = {loss} if {name}[{name}.argmin()] > {_LEAST_CHANCE} else {call}",
    ]


def slope_lines(e: Equation, name: str, args: list[str], bind: Bind, call: str) -> list[str]:
    """The slope at classes that a loss has looked at."""
    chances, classes = e.args
    ignored = e.params.get("ignore_index")
    if not _is_usual(chances, classes) or chances.array.shape[1] > _FEW:
        return []
    (n, count), dtype = chances.array
    if ignored is not None and ignored >= -count:  # it stands for a row of the identity
        return []
    lines = [
        f"try: {name} = {bind(_identity(count, dtype))}.take({args[1]}, 0)",
        f"except IndexError: {name} = {call}",  # some examples do not count
        f"else: {bind(np.subtract)}({args[0]}, {name}, out={name})",
    ]
    if e.params.get("mean"):
        lines[2] += f"; {name} /= {n}"
    return lines


def looked_at(e: Equation) -> Any:
    """What a loss or its slope is about: the same for both of them."""
    *_, chances, classes = e.args
    return id(chances), id(classes), e.params.get("ignore_index")


def _is_matrix(x: Any) -> bool:
    return isinstance(x, Var) and x.array is not None and len(x.array.shape) == 2


def _is_usual(chances: Any, classes: Any) -> bool:
    """Whether there are rows of chances and a class for each, of the dtype that counts places."""
    if not (_is_matrix(chances) and isinstance(classes, Var) and classes.array):
        return False
    (n, count), dtype = chances.array
    usual = classes.array.shape == (n,) and classes.array.dtype == np.intp and dtype.char in "fd"
    return usual and n > 0 and count > 0
