"""Terms as Python on arrays: what a rule says, without calling it.

>>> from autograd import ops
>>> partial_code(ops.tanh, 0), partial_code(ops.div, 1), partial_code(ops.sub, 1)
('(1 - (out * out))', '((-out) / y)', '-1')

Only what is the same for any arrays is written: arithmetic, NumPy's functions of one element, and a
decision as a factor.  A rule that asks what it was given, or chooses, is to be called.

>>> partial_code(ops.power, 0) is partial_code(ops.maximum, 0) is None
True
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from autograd.formulas.terms import COMPARISONS, Term, is_operation
from autograd.node import Primitive

__all__ = ["partial_code"]

_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/"}


def partial_code(op: Primitive, index: int) -> str | None:
    """The partial of an elementwise primitive as an expression in ``out, x, y, z``.

    Functions in it have the names of primitives.  None for what is not to be written out.
    """
    if op.kind != "elementwise" or op.partials[index] is None:
        return None
    return _partial_code(op, index)


@functools.cache  # primitives of this kind are the library's own, which stay
def _partial_code(op: Primitive, index: int) -> str | None:
    names = "xyz"[: len(op.partials)]
    try:
        term = op.partials[index](Term("out"), *map(Term, names))  # type: ignore[misc]
    except Exception:  # it looks for numbers in what it is given
        return None
    if is_operation(term, *COMPARISONS):  # truth, a factor of 1 or 0; in a sum it would be float64
        inputs = list(map(_written, term.inputs))
        return None if None in inputs else f"{term.op.name}({', '.join(map(str, inputs))})"
    return _written(term)


def _written(x: Any) -> str | None:
    if not isinstance(x, Term):
        return repr(x) if x.__class__ in (int, float) and math.isfinite(x) else None
    if x.op is None:
        return x.label
    parts = list(map(_written, x.inputs))
    name = x.op.name
    # An array's own ** is not np.power: it knows squares and roots.
    if None in parts or x.op.kind != "elementwise" or name == "power":
        return None
    if name in _SIGNS:
        return f"({parts[0]} {_SIGNS[name]} {parts[1]})"
    if name == "neg":
        return f"(-{parts[0]})"
    if not isinstance(x.op.forward, np.ufunc):
        return None
    return f"{name}({', '.join(map(str, parts))})"
