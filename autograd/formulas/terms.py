"""Terms: call a rule with terms instead of numbers, and what comes back is its formula, as a tree.

>>> from autograd import ops
>>> x, out = Term("x"), Term("out")
>>> ops.tanh.partials[0](out, x)
1 - (out * out)

A term is a node like any other, so its tree is read through ``op`` and ``inputs``.  It differs from
a ``Symbol``, which is Python source already, in that it keeps the names of the operations: a rule
that calls ``sigmoid`` is a formula with a sigmoid in it.  ``tidy.py`` brings terms closer to what
one writes by hand, and ``latex.py`` prints them.

A term may stand for an example array.  Then it has a shape, and rules for arrays can be called with
it as well: whatever they ask about is computed from the examples.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import ops
from autograd.node import PRIMITIVES, Node, Primitive, raw
from autograd.operators import Operators

__all__ = ["Term", "code_of_index", "from_source", "is_condition", "is_operation", "same"]

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

    @property
    def flags(self) -> Any:
        """How the example lies in memory."""
        return np.asarray(self.data).flags

    @property
    def strides(self) -> tuple[int, ...]:
        """How far apart the elements of the example lie in memory, per axis, in bytes."""
        return np.asarray(self.data).strides

    @property
    def T(self) -> Any:  # noqa: N802 - NumPy's name
        """The axes reversed."""
        return ops.transpose(self)

    def __getitem__(self, index: Any) -> Any:
        return ops.getitem(self, index)

    def __repr__(self) -> str:
        if self.op is None:
            return self.label
        name, inputs = self.op.name, self.inputs
        if name in _INFIX or name == "getitem":
            sides = [f"({i!r})" if is_operation(i, *_INFIX) else repr(i) for i in inputs]
            if name in _INFIX:
                return _INFIX[name].join(sides)
            return f"{sides[0]}[{code_of_index(self.params['index'])}]"
        settings = [
            f"{key}={_code_of_setting(key, value)}"
            for key, value in self.params.items()
            if value is not None and value is not False
        ]
        return f"{name}({', '.join([*map(repr, inputs), *settings])})"


def _code_of_setting(key: str, value: Any) -> str:
    if key == "index":
        return f"np.s_[{code_of_index(value)}]"
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
    ast.FloorDiv: ops.floor_divide,
    ast.Mod: ops.remainder,
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
    if isinstance(tree, ast.BoolOp):  # of tests
        tests = [_read(test) for test in tree.values if not _is_nan_test(test)]
        joined = ops.mul if isinstance(tree.op, ast.And) else ops.maximum
        return tests[0] if len(tests) == 1 else joined(*tests)
    if isinstance(tree, ast.IfExp):
        if _is_nan_test(tree.test):
            return _read(tree.orelse)
        return ops.where(_read(tree.test), _read(tree.body), _read(tree.orelse))
    assert isinstance(tree, ast.Call)
    assert isinstance(tree.func, ast.Name)
    args, name = map(_read, tree.args), tree.func.id
    return (
        next(args) if name in ("float", "copysign") else PRIMITIVES[_NAMES.get(name, name)](*args)
    )


def _is_nan_test(tree: ast.expr) -> bool:
    """``x != x``, or several of these"""
    if isinstance(tree, ast.BoolOp):
        return all(map(_is_nan_test, tree.values))
    return isinstance(tree, ast.Compare) and ast.dump(tree.left) == ast.dump(tree.comparators[0])
