"""``Value``: one float that remembers how it was computed.

A node carries its value; each edge to an input carries the *local derivative* as a plain float,
taken at the moment of the operation.  A gradient is then the sum, over all paths from the result
down to the node, of the product of the local derivatives along the path, and ``backward()``
(``sweep.py``) is a loop of multiply-adds.

    a = Value(2.0)          a ──3.0──► × ──► c         dc/da = 3.0
    b = Value(3.0)          b ──2.0──► ×               dc/db = 2.0
    c = a * b

Because the local derivatives are numbers, not closures, a graph holds no reference cycles (it is
freed the moment its last result is dropped), a drawing can show them, and changing ``a.data``
after the operation cannot corrupt a later ``backward()``.

A node has room for two inputs, ``_x`` and ``_y``, and their local derivatives ``_dx`` and ``_dy``;
a derivative of None marks an input through which no gradient flows: a plain number, or a condition.
A node of many inputs (``dot``, ``sum``, ...) keeps a tuple in ``_x`` and one in ``_dx``, which may
be shorter if the last inputs are plain numbers.  This is one object per node for Python's garbage
collector to visit, and that is most of its speed.

The arithmetic methods are not in this file: ``scalar_code.py`` writes them from the table of rules.
"""

from __future__ import annotations

import linecache
import math
import numbers
import operator
import re
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from autograd import copies, ops, recorded_backward, scalar_code, sweep
from autograd.anomaly import note_origin
from autograd.arrays import numpy_protocols
from autograd.branches import (
    note_equation,
    refuse_backward,
    refuse_branch,
    refuse_number,
    refuse_reading,
)
from autograd.errors import message, mixed, shown
from autograd.node import NOT_COMPUTED, PRIMITIVES, Node, Primitive, is_recording, switch
from autograd.operators import DUNDERS, Operators
from autograd.scopes import note_scope
from autograd.watching import announce

__all__ = ["Value"]


def number(thing: Any) -> float | None:
    """``thing`` as a float if it is one real number (Python's or NumPy's), else None."""
    if isinstance(thing, numbers.Real | np.bool_):
        try:
            return float(thing)
        except OverflowError:  # an int beyond 1e308
            return math.inf if bool(thing > 0) else -math.inf  # type: ignore[operator]
    if isinstance(thing, np.ndarray) and thing.ndim == 0 and thing.dtype.kind in "biuf":
        return float(thing)
    return None


class Value(Operators, Node):
    """A scalar node: a float with a history.

    Args:
        data: a real number, of Python or NumPy; kept as a float (64 bits).
        label: a name for pictures, tables and messages.

    Attributes:
        data: the number; may be assigned (an optimiser does).
        grad: d root / d self of the last ``root.backward()``; 0.0 before. Leaves accumulate.
        label: the name.

    Raises:
        TypeError: ``data`` is not one real number.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> loss = (a * b + 10).tanh()
    >>> loss.backward()
    >>> a.grad == (1 - loss.data**2) * b.data
    True
    """

    __slots__ = ("_data", "_dx", "_dy", "_x", "_y")

    grad: float
    _data: float
    _x: Any
    _y: Any
    _dx: Any
    _dy: Any

    def __init__(self, data: Any, label: str = "") -> None:
        if not isinstance(label, str):
            fix = 'Nodes are computed from others by operators, e.g. a * b; a label is a name: "w".'
            raise TypeError(message("Value", expected="a text as label", got=shown(label), fix=fix))
        self.data = data
        self.grad = NOT_COMPUTED
        self.label = label
        self.op = None
        self._x = self._y = self._dx = self._dy = None

    @property
    def data(self) -> float:
        """The number; what is assigned becomes a float, or raises TypeError."""
        if switch.active:
            refuse_reading(self)
        return self._data

    @data.setter
    def data(self, data: Any) -> None:
        value = data if data.__class__ is float else number(data)
        if value is None:
            fix = "Convert it first, e.g. Value(float(x))."
            if isinstance(data, Value):
                fix = "It is a node already: use it as it is, or its .data for the number."
            elif isinstance(data, str):
                fix = f"Convert text first, e.g. Value(float({data!r})); labels go second."
            elif isinstance(data, complex):
                fix = "Only real numbers have an order to descend: use .real and .imag."
            elif hasattr(data, "__len__"):
                fix = "Wrap each number on its own, e.g. [Value(x) for x in row]."
            raise TypeError(message("Value", expected="one real number", got=shown(data), fix=fix))
        self._data = value

    # --- reading the graph ---

    @property
    def inputs(self) -> tuple[Any, ...]:
        """What this node was computed from, in order; constants appear as plain floats.

        >>> (2 * Value(3.0, label="x")).inputs
        (2.0, Value(data=3.0, label='x'))
        """
        if self.op is None:
            return ()
        if self._x.__class__ is tuple:
            return self._x
        return (self._x,) if self._y is None else (self._x, self._y)

    @property
    def partials(self) -> tuple[float | None, ...]:
        """The local derivative to each of ``inputs``; None where no gradient flows.

        >>> (2 * Value(3.0)).partials
        (None, 2.0)
        """
        if self._dx.__class__ is tuple:  # plain numbers may stand last, without a partial
            return self._dx + (None,) * (len(self._x) - len(self._dx))
        return (self._dx, self._dy)[: len(self.inputs)]

    def backward(self, create_graph: bool = False) -> None:
        """Compute d self / d node for every node that this one was computed from.

        With ``create_graph`` gradients are Values with a history, and have gradients themselves:

        >>> x = Value(3.0)
        >>> (x**3).backward(create_graph=True)
        >>> slope = x.grad
        >>> x.zero_grad()
        >>> slope.backward()
        >>> slope.data, x.grad
        (27.0, 18.0)

        Inner nodes show the gradients of this pass; leaves add this pass to what they had, so
        that several losses sum up.  Call ``zero_grad()`` on the model before the next step.

        >>> x = Value(3.0)
        >>> y = x * x
        >>> y.backward(); y.backward()
        >>> x.grad
        12.0
        """
        if switch.active:
            refuse_backward(self)  # also with a graph, which keeps who won a maximum as a number
        announce(self)
        if create_graph:
            recorded_backward.backward(self)
        else:
            sweep.backward(self)

    def zero_grad(self) -> None:
        """Forget this node's gradient: it is 0.0 again, and "not computed yet" in pictures."""
        self.grad = NOT_COMPUTED

    def item(self) -> float:
        """The number without its history, as a Python float."""
        return self._data

    # --- micrograd's names, for drawing code that was written for it ---

    @property
    def _prev(self) -> set[Value]:
        return {x if isinstance(x, Value) else Value(x) for x in self.inputs}

    @property
    def _op(self) -> str:
        if self.op is None:
            return ""
        if self.op is ops.power:
            return f"**{self._y}"
        return {"mul": "*", "sub": "-", "div": "/"}.get(self.op.name, self.op.symbol)

    # --- what Python asks of a number ---

    def __repr__(self) -> str:
        grad = f", grad={self.grad!r}" if self.has_grad else ""
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self._data!r}{grad}{label})"

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else repr(self)

    def __bool__(self) -> bool:
        refuse_branch(self)
        return bool(self._data)

    def __float__(self) -> NoReturn:
        """Refuse: a float would lose the gradient.  The same for int() and round()."""
        refuse_number(self)
        # math.sin(v) ends here too; the caller's source line tells which function was meant.
        caller = sys._getframe(1)
        line = linecache.getline(caller.f_code.co_filename, caller.f_lineno)
        called = [name for name in re.findall(r"\bmath\.(\w+)\(", line) if hasattr(ops, name)]
        functions = " or ".join(f"autograd.{name}" for name in dict.fromkeys(called))
        raise TypeError(
            message(
                "float",
                expected="a number without a history",
                got=f"{self!r}, whose gradient would be lost",
                fix=f"Use {functions or 'autograd.sin, autograd.exp, ...'} instead of the math "
                "module's functions, or .data for the plain number.",
            )
        )

    __int__ = __float__

    def __index__(self) -> NoReturn:
        refuse_number(self)
        raise TypeError(
            message(
                "index",
                expected="a whole number",
                got=repr(self),
                fix="Positions have no gradient: use int(v.data) if that is what is meant.",
            )
        )

    def __round__(self, digits: int | None = None) -> NoReturn:
        self.__float__()

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """NumPy's functions on Values: ``np.tanh(v)`` and ``np.float64(2) * v`` record the graph.

        With an array on one side the result is an object array with one node per element.
        """
        function = _UFUNCS.get(ufunc)
        if method == "__call__" and not kwargs and function is not None:
            if any(isinstance(x, np.ndarray) and x.ndim for x in inputs):
                boxed = (np.array(x, dtype=object) for x in inputs)
                return np.frompyfunc(function, len(inputs), 1)(*boxed)
            return function(*inputs)
        raise TypeError(
            message(
                f"np.{ufunc.__name__}" + ("" if method == "__call__" else f".{method}"),
                expected="a function that records the graph, without keywords: "
                + ", ".join(sorted(u.__name__ for u in _UFUNCS)),
                got="a Value",
                fix="Compose it of these, or use .data for a plain number.",
            )
        )

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """``np.where(v > 0, v, 0.0)`` records the decision; see ``__array_ufunc__``."""
        return numpy_protocols.on_values(function, types, args, kwargs)

    # --- making nodes ---

    @staticmethod
    def _apply_primitive(primitive: Primitive, args: tuple[Any, ...], params: Any) -> Any:
        """What a primitive means on Values: compute now, and remember."""
        if primitive.foreign:
            return _foreign(primitive, args, params)
        meaning = _APPLY.get(primitive.name)
        result = NotImplemented if meaning is None or params else meaning(*args)
        if result is NotImplemented:
            if any(isinstance(x, Node) and not isinstance(x, Value) for x in args):
                raise mixed(primitive.name, *args)
            expected, fix = "Values or real numbers", "Wrap numbers in Value(...)."
            if all(isinstance(x, Value) or number(x) is not None for x in args):
                expected, fix = "an array or a Tensor", "A Value is a single number: use a Tensor."
            got = ", ".join(shown(x) for x in args)
            raise TypeError(message(primitive.name, expected=expected, got=got, fix=fix))
        return result

    # --- copies ---

    def __reduce__(self) -> tuple[Any, ...]:
        slots = (self.op, self._x, self._y, self._dx, self._dy)
        grad = self.grad if self.has_grad else None
        extra = getattr(self, "__dict__", None)  # a subclass may have attributes of its own
        state = (copies.ancestors(self), extra, self.data, grad, self.label, *slots)
        return _new, (type(self),), state

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, extra, self.data, grad, self.label, self.op, *slots = state
        self._x, self._y, self._dx, self._dy = slots
        self.grad = NOT_COMPUTED if grad is None else grad
        if extra:
            self.__dict__.update(extra)


_new = object.__new__


def _make(
    primitive: Primitive, out: float, x: Any, y: Any = None, dx: Any = None, dy: Any = None
) -> Value:
    """A recorded node, filled in the order of the slots."""
    node = _new(Value)
    node._data = out
    node.grad = NOT_COMPUTED
    node.label = ""
    node.op = primitive
    node._x, node._y, node._dx, node._dy = x, y, dx, dy
    return node


def _record(
    primitive: Primitive,
    out: float,
    inputs: tuple[Any, ...],
    partials: tuple[Any, ...],
    params: dict[str, Any] | None = None,
) -> Value:
    """Make a node while some context is active: ``no_grad``, a trace, the hunt for anomalies."""
    if not is_recording():
        node = Value(out)
    elif primitive.kind in ("reduction", "selection") or len(inputs) > 2:
        node = _make(primitive, out, inputs, None, partials)
    else:
        x, y, dx, dy = (
            (*inputs, *partials) if len(inputs) == 2 else (*inputs, None, *partials, None)
        )
        node = _make(primitive, out, x, y, dx, dy)
    note_origin(node, primitive, inputs)
    note_scope(node)
    note_equation(node, primitive, inputs, params)
    return node


def _items(name: str, sequence: Any) -> list[Any]:
    """The elements of a sequence, Values as they are and numbers as floats."""
    items = [x if isinstance(x, Value) else number(x) for x in sequence]
    if None in items:
        if isinstance(sequence[items.index(None)], Node):
            raise mixed(name, *sequence)
        raise TypeError(
            message(
                name,
                expected="Values and real numbers",
                got=f"{shown(sequence[items.index(None)])} among them",
                fix="Wrap numbers in Value(...).",
            )
        )
    return items


def _numbers(items: list[Any]) -> list[float]:
    """The numbers of Values and floats."""
    return [x._data if isinstance(x, Value) else x for x in items]


def _where_nodes(partials: Any, items: list[Any]) -> tuple[float | None, ...]:
    """Partials of the elements that are nodes, None for the plain numbers."""
    pairs = zip(partials, items, strict=True)
    return tuple(partial if isinstance(x, Value) else None for partial, x in pairs)


def _dot(x: Any, y: Any) -> Value:
    """``dot`` of two sequences, the heart of a neuron, written for speed.

    The partial with respect to each element is its partner (the rule of ``dot``), so the two
    lists of numbers are the local derivatives of each other.
    """
    if len(x) != len(y):
        ops.dot.check_lengths((x, y))
    xs = [v._data for v in x if v.__class__ is Value]
    ys = [v._data for v in y if v.__class__ is Value]
    partials: tuple[float | None, ...]
    if len(xs) == len(x) and len(ys) == len(y):
        partials = (*ys, *xs)
    elif len(xs) == len(x) and set(map(type, y)) == {float}:  # weights and a row of numbers
        ys, partials = y, tuple(y)
    else:
        x, y = _items("dot", x), _items("dot", y)
        xs, ys = _numbers(x), _numbers(y)
        partials = _where_nodes(ys + xs, x + y)
    out = 0.0
    for a, b in zip(xs, ys, strict=True):
        out += a * b
    if switch.active:
        return _record(ops.dot, out, (*x, *y), partials)
    return _make(ops.dot, out, (*x, *y), None, partials)


def _reduction(primitive: ops.Reduction) -> Callable[[Any], Value]:
    """A reduction of one sequence on Values, from its rule."""
    _, (rule,) = scalar_code.scalar_functions(primitive)

    def reduce(sequence: Any) -> Value:
        items = _items(primitive.name, sequence)
        xs = _numbers(items)
        out = float(primitive.forward(np.array(xs)))
        partials = [rule(out, x) for x in xs]
        if primitive.kind == "selection":
            winners = sum(partials)  # none if the sequence holds a NaN: no gradient then
            partials = [partial / winners if winners else 0.0 for partial in partials]
        return _record(primitive, out, tuple(items), _where_nodes(partials, items))

    return reduce


def _three(primitive: Primitive) -> Callable[..., Value]:
    """An elementwise primitive of three inputs on Values."""
    function, rules = scalar_code.scalar_functions(primitive)

    def apply(*args: Any) -> Value:
        items = _items(primitive.name, args)
        xs = _numbers(items)
        out = function(*xs)
        partials = _where_nodes([rule(out, *xs) for rule in rules], items)
        return _record(primitive, out, tuple(items), partials)

    return apply


def _foreign(primitive: Primitive, args: tuple[Any, ...], params: dict[str, Any]) -> Value:
    """A user's primitive: the local derivatives are what its vjps make of 1."""
    items = _items(primitive.name, args)
    xs = _numbers(items)
    out = primitive.forward(*xs, **params)
    one = number(out)
    if one is None:
        raise TypeError(
            message(
                primitive.name,
                expected="one real number from Values",
                got=shown(out),
                fix="Use Tensors for functions of arrays.",
            )
        )
    partials = []
    for i, x in enumerate(items):
        vjp = primitive.vjp_of(i) if isinstance(x, Value) else None
        partials.append(None if vjp is None else float(vjp(1.0, one, *xs, **params)))
    return _record(primitive, one, tuple(items), tuple(partials), params)


def _either_side(name: str) -> Callable[[Any, Any], Any]:
    """A binary primitive called as a function, where the node may stand on either side."""
    direct, reflected = _GENERATED[name], _GENERATED[f"{name}_reflected"]
    return lambda x, y: direct(x, y) if isinstance(x, Value) else reflected(y, x)


_GENERATED = scalar_code.generate(
    {
        "Value": Value,
        "NOT_COMPUTED": NOT_COMPUTED,
        "new": _new,
        "number": number,
        "record": _record,
        "switch": switch,
    }
)


def _meaning(primitive: Primitive) -> Callable[..., Any]:
    """What a primitive does when there is a Value among its arguments."""
    if primitive is ops.dot:
        return _dot
    if isinstance(primitive, ops.Reduction):
        return _reduction(primitive)
    if len(primitive.partials) == 1:
        return _GENERATED[primitive.name]
    if len(primitive.partials) == 2:
        return _either_side(primitive.name)
    return _three(primitive)


_APPLY = {name: _meaning(primitive) for name, primitive in PRIMITIVES.items()}
_UFUNCS: dict[Any, Callable[..., Any]] = {
    p.forward: p for p in PRIMITIVES.values() if isinstance(p.forward, np.ufunc)
}
# NumPy calls these for `==` and `!=`, which compare nodes by identity.
_UFUNCS |= {np.equal: operator.is_, np.not_equal: operator.is_not}

# `a + b` and `v.tanh()` run the generated code directly.
_METHODS = {"__neg__": "neg", "__abs__": "abs"}
_METHODS |= {d: f"{n}_reflected" if reflected else n for d, (n, reflected) in DUNDERS.items()}
_METHODS |= {n: n for n, p in PRIMITIVES.items() if len(p.partials) == 1 and n in vars(Operators)}
for _method, _name in _METHODS.items():
    _function = _GENERATED[_name]
    _function.__doc__ = vars(Operators)[_method].__doc__
    _function.__module__, _function.__qualname__ = __name__, f"Value.{_method}"
    setattr(Value, _method, _function)
