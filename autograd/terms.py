"""Terms: call a rule with terms instead of numbers, and what comes back is its formula, as a tree.

>>> from autograd import ops
>>> x, out = Term("x"), Term("out")
>>> ops.tanh.partials[0](out, x)
1 - (out * out)
>>> tidy(ops.tanh.partials[0](out, x))
1 - square(out)

A term is a node like any other, so its tree is read through ``op`` and ``inputs``.  It differs from
a ``Symbol``, which is Python source already, in that it keeps the names of the operations: a rule
that calls ``sigmoid`` is a formula with a sigmoid in it.  ``latex.py`` prints terms.

A term may stand for an example array.  Then it has a shape, and rules for arrays can be called with
it as well: whatever they ask about is computed from the examples.
"""

from __future__ import annotations

import ast
import functools
import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import ops
from autograd.node import PRIMITIVES, Node, Primitive, raw
from autograd.operators import Operators

__all__ = ["Term", "from_source", "is_condition", "same", "tidy"]

_INFIX = {"add": " + ", "sub": " - ", "mul": " * ", "div": " / "}
COMPARISONS = ("greater", "greater_equal", "less", "less_equal", "equal", "not_equal")


class Term(Operators, Node):
    """A name, or an operation on terms and numbers.

    Args:
        name: what it prints as.
        example: the array it stands for, where a rule asks for a shape.
    """

    __slots__ = ("_example", "_inputs", "params")
    __array_ufunc__ = None  # an array on the left leaves the operation to the term

    def __init__(self, name: str, example: Any = None) -> None:
        self.label = name
        self.op = None
        self.grad = None
        self.params: dict[str, Any] = {}
        self._inputs: tuple[Any, ...] = ()
        self._example = example

    @staticmethod
    def _apply_primitive(primitive: Primitive, args: tuple[Any, ...], params: Any) -> Term:
        term = Term("")
        term.op, term._inputs, term.params = primitive, args, dict(params or {})
        return term

    @property
    def inputs(self) -> tuple[Any, ...]:
        """What the operation is applied to: terms, numbers and arrays."""
        return self._inputs

    @property
    def data(self) -> Any:
        """The example, computed when somebody asks for it."""
        if self._example is None and self.op is not None:
            with np.errstate(all="ignore"):
                self._example = self.op.forward(*map(raw, self.inputs), **self.params)
        return self._example

    @property
    def is_concrete(self) -> bool:
        """Whether everything in it stands for an example."""
        parts = (i for i in self.inputs if isinstance(i, Term))
        return self._example is not None or (
            self.op is not None and all(part.is_concrete for part in parts)
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the example."""
        return np.shape(self.data)

    @property
    def ndim(self) -> int:
        """The number of axes of the example."""
        return np.ndim(self.data)

    @property
    def size(self) -> int:
        """The number of elements of the example."""
        return int(np.size(self.data))

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the example."""
        return np.asarray(self.data).dtype

    def __getitem__(self, index: Any) -> Any:
        return ops.getitem(self, index)

    def __repr__(self) -> str:
        if self.op is None:
            return self.label
        name, inputs = self.op.name, self.inputs
        if name in _INFIX:
            sides = (f"({i!r})" if is_operation(i, *_INFIX) else repr(i) for i in inputs)
            return _INFIX[name].join(sides)
        if name == "getitem":
            return f"{inputs[0]!r}[{code_of_index(self.params['index'])}]"
        settings = [
            f"{key}={_code_of_setting(key, value)}"
            for key, value in self.params.items()
            if value is not None and value is not False
        ]
        return f"{name}({', '.join([*map(repr, inputs), *settings])})"


def _code_of_setting(key: str, value: Any) -> str:
    if key == "index":
        return code_of_index(value)
    return repr(str(value) if isinstance(value, np.dtype) else value)


def code_of_index(index: Any) -> str:
    """An index as it is written between brackets.

    >>> code_of_index((..., slice(None, None, -1), 0))
    '..., ::-1, 0'
    """
    if isinstance(index, tuple):
        return ", ".join(map(code_of_index, index))
    if isinstance(index, slice):
        start, stop = ("" if n is None else str(n) for n in (index.start, index.stop))
        return f"{start}:{stop}" + ("" if index.step is None else f":{index.step}")
    return "..." if index is Ellipsis else str(index)


def is_operation(thing: Any, *names: str) -> bool:
    """Whether this is a term made by one of the primitives named."""
    return isinstance(thing, Term) and thing.op is not None and thing.op.name in names


def is_condition(thing: Any) -> bool:
    """Whether this is a comparison, which is 1 or 0.

    The larger of two says that one of them holds, their product that both do.
    """
    if is_operation(thing, "maximum", "mul"):
        return all(map(is_condition, thing.inputs))
    return is_operation(thing, *COMPARISONS)


def same(x: Any, y: Any) -> bool:
    """Whether two terms are the same tree.

    >>> same(Term("x") * 2, Term("x") * 2), same(Term("x"), Term("y"))
    (True, False)
    """
    if isinstance(x, Term) and isinstance(y, Term):
        if x is y:
            return True
        if x.op is not y.op or x.label != y.label or len(x.inputs) != len(y.inputs):
            return False
        return repr(x.params) == repr(y.params) and all(map(same, x.inputs, y.inputs))
    if isinstance(x, Term) or isinstance(y, Term):
        return False
    return np.array_equal(x, y)


# --- from Python source ---------------------------------------------------------------------------

_SIGNS: dict[type, Callable[..., Any]] = {
    ast.Add: ops.add,
    ast.Sub: ops.sub,
    ast.Mult: ops.mul,
    ast.Div: ops.div,
    ast.Gt: ops.greater,
    ast.GtE: ops.greater_equal,
    ast.Lt: ops.less,
    ast.LtE: ops.less_equal,
    ast.Eq: ops.equal,
    ast.NotEq: ops.not_equal,
}
# Where `math` has another name than NumPy.
_NAMES = {
    "fabs": "abs",
    "pow": "power",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "atan2": "arctan2",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
}


def from_source(source: str) -> Any:
    """The term of an expression on floats, as primitives state it (``Primitive.scalar``).

    What is only there for NaN, a test like ``x != x``, is left out.

    >>> from_source("x if x > 0.0 else x * y")
    where(greater(x, 0.0), x, x * y)
    """
    return _read(ast.parse(source, mode="eval").body)


def _read(tree: ast.expr) -> Any:
    if isinstance(tree, ast.Constant):
        return tree.value
    if isinstance(tree, ast.Name):
        return Term(tree.id)
    if isinstance(tree, ast.BinOp):
        return _SIGNS[type(tree.op)](_read(tree.left), _read(tree.right))
    if isinstance(tree, ast.UnaryOp):
        return -_read(tree.operand)
    if isinstance(tree, ast.Compare):
        return _SIGNS[type(tree.ops[0])](_read(tree.left), _read(tree.comparators[0]))
    if isinstance(tree, ast.BoolOp):  # `or`, of tests
        tests = [_read(test) for test in tree.values if not _is_nan_test(test)]
        return tests[0] if len(tests) == 1 else ops.maximum(*tests)
    if isinstance(tree, ast.IfExp):
        if _is_nan_test(tree.test):
            return _read(tree.orelse)
        return ops.where(_read(tree.test), _read(tree.body), _read(tree.orelse))
    assert isinstance(tree, ast.Call)
    assert isinstance(tree.func, ast.Name)
    args, name = map(_read, tree.args), tree.func.id
    return next(args) if name == "float" else PRIMITIVES[_NAMES.get(name, name)](*args)


def _is_nan_test(tree: ast.expr) -> bool:
    """``x != x``"""
    return isinstance(tree, ast.Compare) and ast.dump(tree.left) == ast.dump(tree.comparators[0])


# --- the same, as one would write it --------------------------------------------------------------


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
