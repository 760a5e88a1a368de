"""The same formula as one would write it: squares, signs in front, one fraction instead of two.

>>> x, out = Term("x"), Term("out")
>>> tidy(1 - out * out), tidy(-x / out / out)
(1 - square(out), neg(x / square(out)))

Each rule here is an identity; what a tidy term says is what the term said.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import ops
from autograd.formulas.terms import Term, is_condition, is_operation, same

__all__ = ["tidy"]


def tidy(thing: Any) -> Any:
    """An equal term, closer to how it is written by hand: squares, signs in front, one fraction.

    >>> x = Term("x")
    >>> tidy(-x * x), tidy(0.5 / x), tidy(x + x * -2)
    (neg(square(x)), 1 / (2 * x), x - (2 * x))
    """
    if not isinstance(thing, Term) or thing.op is None:
        return thing
    inputs = tuple(map(tidy, thing.inputs))
    simpler = _TIDY.get(thing.op.name)
    result = simpler(*inputs, **thing.params) if simpler else None
    if result is not None:
        return result
    term = Term._apply_primitive(thing.op, inputs, thing.params)
    term._example = thing._example
    return term


def _is_number(thing: Any, *values: float) -> bool:
    number = isinstance(thing, int | float) and not isinstance(thing, bool)
    return number and (not values or thing in values)


def _unsigned(x: Any) -> tuple[bool, Any]:
    """Whether there is a minus in front, and what is behind it."""
    if is_operation(x, "neg"):
        return True, x.inputs[0]
    if _is_number(x) and math.copysign(1, x) < 0:
        return True, -x
    return False, x


def _signed(minus: bool, x: Any) -> Any:
    return -x if minus else x


def _add(x: Any, y: Any) -> Any:
    minus, y = _unsigned(y)
    return x - y if minus else x + y


def _sub(x: Any, y: Any) -> Any:
    minus, y = _unsigned(y)
    return x + y if minus else x - y


def _neg(x: Any) -> Any:
    minus, x = _unsigned(x)
    return _signed(not minus, x)


def _factors(x: Any) -> list[Any]:
    return [f for part in x.inputs for f in _factors(part)] if is_operation(x, "mul") else [x]


def _product(factors: list[Any]) -> Any:
    numbers = [f for f in factors if _is_number(f)]
    others = [f for f in factors if not _is_number(f)]
    number = math.prod(numbers)
    if not others:
        return number
    product = functools.reduce(operator.mul, others)
    return product if number == 1 else number * product


def _mul(x: Any, y: Any) -> Any:
    (minus_x, x), (minus_y, y) = _unsigned(x), _unsigned(y)
    factors: list[Any] = []
    for factor in sorted(_factors(x) + _factors(y), key=lambda f: not _is_number(f)):
        if _is_number(factor, 1):
            continue
        if factors and isinstance(factor, Term) and same(factors[-1], factor):
            factors[-1] = _square(factor) or ops.square(factor)
        else:
            factors.append(factor)
    if any(f is False for f in factors) and all(f is False or is_condition(f) for f in factors):
        return False
    return _signed(minus_x != minus_y, _guarded(factors) or _product(factors))


def _guarded(factors: list[Any]) -> Any:
    """``[a ≠ b] * where(a = b, p, q)`` is 0 where a = b, and q elsewhere."""
    if len(factors) == 2 and all(map(is_operation, factors, ("not_equal", "where"))):
        guard, (condition, _, otherwise) = factors[0], factors[1].inputs
        if is_operation(condition, "equal") and all(map(same, guard.inputs, condition.inputs)):
            return ops.where(condition, 0, otherwise)
    return None


def _div(x: Any, y: Any) -> Any:
    (minus_x, x), (minus_y, y) = _unsigned(x), _unsigned(y)
    if is_operation(y, "where"):
        condition, then, otherwise = y.inputs
        quotient = ops.where(condition, _div(x, then), _div(x, otherwise))
    elif is_operation(x, "div"):
        quotient = _div(x.inputs[0], _mul(x.inputs[1], y))
    elif _is_number(y, 1):
        quotient = x
    elif _is_number(x) and isinstance(y, Term) and x % 1:
        above, below = float(x).as_integer_ratio()
        quotient = above / _mul(below, y)
    else:
        quotient = x / y
    return _signed(minus_x != minus_y, quotient)


def _square(x: Any) -> Any:
    if is_operation(x, "hypot"):
        return ops.square(x.inputs[0]) + ops.square(x.inputs[1])
    return None


def _where(condition: Any, then: Any, otherwise: Any) -> Any:
    if isinstance(condition, bool):  # of constants: it is settled
        return then if condition else otherwise
    if _is_number(then, 1) and _is_number(otherwise, 0) and is_condition(condition):
        return condition
    if is_condition(condition) and same(condition, then):
        return ops.where(condition, 1, otherwise)
    if is_operation(otherwise, "where") and same(condition, otherwise.inputs[0]):
        return ops.where(condition, then, otherwise.inputs[2])
    for name, larger in (("greater", ops.maximum), ("less", ops.minimum)):
        chosen = (then, otherwise)
        if is_operation(condition, name) and all(map(same, condition.inputs, chosen)):
            return larger(then, otherwise)
    if not is_condition(condition):
        return ops.where(ops.not_equal(condition, 0), then, otherwise)
    return None


def _equal(x: Any, y: Any) -> Any:
    return ops.equal(*x.inputs) if is_operation(x, "sub") and _is_number(y, 0) else None


def _scale(x: Any) -> tuple[bool, Any, Any]:
    """Sign and number in front of a product, and what is behind them."""
    minus, x = _unsigned(x)
    if is_operation(x, "mul") and _is_number(x.inputs[0]):
        return minus, x.inputs[0], x.inputs[1]
    return minus, 1, x


def _matmul(x: Any, y: Any) -> Any:
    (minus_x, a, x), (minus_y, b, y) = _scale(x), _scale(y)
    return _signed(minus_x != minus_y, _product([a * b, ops.matmul(x, y)]))


def _solve(x: Any, y: Any) -> Any:
    minus, scale, y = _scale(y)
    return _signed(minus, _product([scale, ops.solve(x, y)]))


def _transpose(x: Any, axes: Any) -> Any:
    axes = axes or tuple(range(x.ndim))[::-1]
    if is_operation(x, "transpose"):
        inner = x.params["axes"] or tuple(range(x.ndim))[::-1]
        return _transpose(x.inputs[0], tuple(inner[a] for a in axes))
    if axes == tuple(range(x.ndim)):
        return x
    minus, scale, x = _scale(x)
    return _signed(minus, _product([scale, ops.transpose(x, axes)]))


def _reshape(x: Any, shape: Any) -> Any:
    same_shape = (
        isinstance(x, Term) and x.is_concrete and np.reshape(x.data, shape).shape == x.shape
    )
    return x if same_shape else None


_TIDY: dict[str, Callable[..., Any]] = {
    "add": _add,
    "sub": _sub,
    "neg": _neg,
    "mul": _mul,
    "div": _div,
    "square": _square,
    "where": _where,
    "equal": _equal,
    "matmul": _matmul,
    "solve": _solve,
    "transpose": _transpose,
    "reshape": _reshape,
}
