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

The arithmetic methods are not in this file: ``value_operations.py`` gives them to the class, from
the table of rules.
"""

from __future__ import annotations

import linecache
import math
import numbers
import operator
import re
import sys
from collections.abc import Callable
from typing import Any, ClassVar, NoReturn

import numpy as np

from autograd import copies, ops, recorded_backward, sweep
from autograd.arrays import numpy_protocols
from autograd.arrays.numpy_functions import is_tensor
from autograd.arrays.numpy_ufuncs import compared, quotients
from autograd.branches import (
    note_array,
    refuse_backward,
    refuse_branch,
    refuse_number,
    refuse_reading,
)
from autograd.errors import message, shown
from autograd.node import NOT_COMPUTED, Node, switch
from autograd.operators import Operators
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
    _apply_primitive: ClassVar[Any]  # what a primitive means on Values (value_operations.py)

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
            elif is_tensor(data):
                flat = "t.tolist()" if data.ndim < 2 else "t.ravel().tolist()"
                each = "Value(t.item())" if data.size == 1 else f"[Value(x) for x in {flat}]"
                fix = f"Its numbers, without their history: {each}."
            elif isinstance(data, list | tuple) and any(isinstance(x, Node) for x in data):
                fix = "They are nodes already: use them as they are, or .item() for the numbers."
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
        return self.data

    def conjugate(self) -> Value:
        """This node, as of any real number; NumPy's variance of an object array asks for it."""
        return self

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
            array = next((x for x in inputs if isinstance(x, np.ndarray) and x.ndim), None)
            if array is not None:
                if array is inputs[0]:
                    function = _IDENTITY.get(ufunc, function)
                if switch.active:
                    note_array(array)
                boxed = (np.array(x, dtype=object) for x in inputs)
                return np.frompyfunc(function, len(inputs), ufunc.nout)(*boxed)
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
_UFUNCS: dict[Any, Callable[..., Any]] = {u: p for u, p in ops.UFUNCS.items() if not u.signature}
# NumPy calls these for `array == v` too, which compares nodes by identity.
_IDENTITY: dict[Any, Callable[..., Any]] = {np.equal: operator.is_, np.not_equal: operator.is_not}
_UFUNCS |= {ufunc: compared(ufunc) for ufunc in _IDENTITY} | {np.divmod: quotients}
