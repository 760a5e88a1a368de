"""What each primitive means on Values: compute now, and remember.

Arithmetic and functions of one or two numbers run code that ``scalar_code.py`` writes from the
table of rules; a sum of products, the heart of a neuron, is spelled out here; what takes many
numbers, or is a user's, asks its rules.  All of it is given to ``Value`` at the end of this file.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import ops, scalar_code
from autograd.anomaly import note_origin
from autograd.branches import note_equation
from autograd.errors import message, mixed, shown
from autograd.node import NOT_COMPUTED, PRIMITIVES, Node, Primitive, is_recording, switch
from autograd.operators import DUNDERS, Operators
from autograd.scopes import note_scope
from autograd.value import Value, number

__all__: list[str] = []  # nothing new: importing this file completes the class

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


# What Python itself would repeat, join, or refuse in words that mislead, and what to do with it.
_NO_NUMBERS: dict[type, str] = {
    str: "Convert it first, float(text).",
    bytes: "Convert it first, float(text).",
    type(None): "Where was it to come from? A function without return gives None.",
    **dict.fromkeys((list, tuple), "Compute with its elements, [v * x for x in xs], or a Tensor."),
    **dict.fromkeys((dict, set), "Compute with its elements one by one."),
}


def _declined(primitive: Primitive, other: Any) -> Any:
    """What an operator answers to what is no number."""
    fix = _NO_NUMBERS.get(type(other))
    if fix is None:
        return NotImplemented  # it may know what to do with a Value
    raise TypeError(
        message(primitive.name, expected="a Value or a real number", got=shown(other), fix=fix)
    )


_GENERATED = scalar_code.generate(
    {
        "declined": _declined,
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


def _applied(primitive: Primitive, args: tuple[Any, ...], params: Any) -> Any:
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


Value._apply_primitive = staticmethod(_applied)
# `a + b` and `v.tanh()` run the generated code directly.
_METHODS = {"__neg__": "neg", "__abs__": "abs"}
_METHODS |= {d: f"{n}_reflected" if reflected else n for d, (n, reflected) in DUNDERS.items()}
_METHODS |= {n: n for n, p in PRIMITIVES.items() if len(p.partials) == 1 and n in vars(Operators)}
for _method, _name in _METHODS.items():
    _function = _GENERATED[_name]
    _function.__doc__ = vars(Operators)[_method].__doc__
    _function.__module__, _function.__qualname__ = Value.__module__, f"Value.{_method}"
    setattr(Value, _method, _function)
