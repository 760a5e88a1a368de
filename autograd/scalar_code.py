"""From the table of rules to the code that a ``Value`` runs.

Calling a general rule for every operation would cost more than the operation: three Python calls
around one multiplication.  So each scalar operation is written out once, when the library is
imported, as the function one would write by hand: compute, take the local derivatives, fill a node.
The formulas in it come from ``ops``; nothing about any derivative is known here.

>>> from autograd import ops
>>> print(unary(ops.tanh))
def tanh(self):
    x = self._data
    try:
        out = tanh_(x)
        dx = 1.0 - (out * out)
    except (ArithmeticError, ValueError):
        out, (dx,) = as_numpy(p_tanh, (x,))
    if switch.active:
        return record(p_tanh, out, (self,), (dx,))
    node = new(Value)
    node._data = out
    node.grad = NOT_COMPUTED
    node.label = ""
    node.op = p_tanh
    node._x = self
    node._y = None
    node._dx = dx
    node._dy = None
    return node
<BLANKLINE>

``inspect.getsource(Value.tanh)`` and tracebacks show this code.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.generated import defined
from autograd.node import PRIMITIVES, Primitive
from autograd.symbols import Symbol, formula

__all__ = ["as_numpy", "formulas", "generate", "scalar_functions"]

_MATH = """acos acosh asin asinh atan atan2 atanh ceil copysign cos cosh erf erfc exp exp2 expm1
    fabs floor hypot log log10 log1p log2 pow sin sinh sqrt tan tanh"""
MATH = tuple(_MATH.split())
# Functions of `math` get an underscore, because generated functions carry the primitives' names.
NAMES: dict[str, Any] = {f"{name}_": getattr(math, name) for name in MATH}
NAMES |= {"inf": math.inf, "nan": math.nan}
_CALL = re.compile(rf"\b({'|'.join(MATH)})\(")

_NODE = """\
    if switch.active:
        return record(p_{name}, out, ({x}, {y}), ({dx}, {dy}))
    node = new(Value)
    node._data = out
    node.grad = NOT_COMPUTED
    node.label = ""
    node.op = p_{name}
    node._x = {x}
    node._y = {y}
    node._dx = {dx}
    node._dy = {dy}
    return node
"""


def formulas(primitive: Primitive) -> tuple[str, list[str]]:
    """Python source of a primitive on floats ``x, y, z`` and of its partials (also in ``out``).

    >>> from autograd import ops
    >>> formulas(ops.mul)
    ('x * y', ['y', 'x'])
    """
    inputs = [Symbol(name) for name in "xyz"[: len(primitive.partials)]]
    partials = [
        "None" if rule is None else formula(rule(Symbol("out"), *inputs))
        for rule in primitive.partials
    ]
    return _CALL.sub(r"\1_(", primitive.scalar), [_CALL.sub(r"\1_(", p) for p in partials]


def unary(primitive: Primitive) -> str:
    """Source of a function of one Value."""
    forward, (dx,) = formulas(primitive)
    node = _NODE.format(name=primitive.name, x="self", y="None", dx="dx", dy="None")
    return f"""\
def {primitive.name}(self):
    x = self._data
    try:
        out = {forward}
        dx = {dx}
    except (ArithmeticError, ValueError):
        out, (dx,) = as_numpy(p_{primitive.name}, (x,))
""" + node.replace("(self, None), (dx, None)", "(self,), (dx,)")


def binary(primitive: Primitive, reflected: bool) -> str:
    """Source of ``f(self, other)`` or, reflected, of ``f(other, self)`` with a constant other."""
    name = primitive.name
    forward, (dx, dy) = formulas(primitive)
    if reflected:
        constant, both = ("x", "dx"), ""
        head = f"def {name}_reflected(self, other):\n    y = self._data\n"
    else:
        constant = ("y", "dy")
        head = f"def {name}(self, other):\n    x = self._data\n"
        both = f"""\
    kind = other.__class__
    if kind is Value or (kind is not float and isinstance(other, Value)):
        y = other._data
        try:
            out = {forward}
            dx = {dx}
            dy = {dy}
        except (ArithmeticError, ValueError):
            out, (dx, dy) = as_numpy(p_{name}, (x, y))
    else:
"""
    c, dc = constant
    kept = f"dy = {dy}" if reflected else f"dx = {dx}"
    one = f"""\
    {c} = other if other.__class__ is float else number(other)
    if {c} is None:
        return declined(p_{name}, other)
    other = {c}
    {dc} = None
    try:
        out = {forward}
        {kept}
    except (ArithmeticError, ValueError):
        out, (dx, dy) = as_numpy(p_{name}, (x, y))
        {dc} = None
"""
    if both:
        one = "".join(f"    {line}\n" for line in one.splitlines())
    x, y = ("other", "self") if reflected else ("self", "other")
    return head + both + one + _NODE.format(name=name, x=x, y=y, dx="dx", dy="dy")


def as_numpy(primitive: Primitive, args: tuple[float, ...]) -> tuple[float, list[float | None]]:
    """The result and the partials where Python's floats raise: infinity or NaN, as NumPy has it.

    NumPy's warning (divide by zero, invalid value, overflow) is for the result only; the slope of
    a function that is already off the scale needs no second one.
    """
    numbers = [np.float64(arg) for arg in args]
    out = np.float64(primitive.forward(*numbers))
    with np.errstate(all="ignore"):
        partials = [
            None if rule is None else float(rule(out, *numbers)) for rule in primitive.partials
        ]
    return float(out), partials


def generate(namespace: dict[str, Any]) -> dict[str, Callable[..., Any]]:
    """Compile one function per elementwise primitive of one or two inputs.

    ``namespace`` gives what the code refers to: ``Value``, ``new``, ``number``, ``record``, ...
    """
    sources = ["# Generated from the tables in autograd/ops/ by autograd/scalar_code.py.\n"]
    for primitive in PRIMITIVES.values():
        if primitive.scalar and len(primitive.partials) == 1:
            sources.append(unary(primitive))
        elif primitive.scalar and len(primitive.partials) == 2:
            sources += [binary(primitive, reflected=False), binary(primitive, reflected=True)]
    source = "\n\n".join(sources)
    namespace = namespace | NAMES | {"as_numpy": as_numpy, "__name__": __name__}
    namespace |= {f"p_{name}": primitive for name, primitive in PRIMITIVES.items()}
    before = set(namespace)
    after = defined(source, "<autograd scalar code>", namespace)
    return {name: after[name] for name in after.keys() - before - {"__builtins__"}}


def scalar_functions(primitive: Primitive) -> tuple[Callable[..., Any], list[Callable[..., Any]]]:
    """The primitive and its partials as functions of floats: ``f(x, ...)``, ``d(out, x, ...)``.

    >>> from autograd import ops
    >>> f, (df,) = scalar_functions(ops.tanh)
    >>> df(f(0.0), 0.0)
    1.0
    """
    names = ", ".join("xyz"[: len(primitive.partials)])
    forward, partials = formulas(primitive)
    function = eval(f"lambda {names}: {forward or 'None'}", dict(NAMES))
    rules = [eval(f"lambda out, {names}: {partial}", dict(NAMES)) for partial in partials]
    return function, rules
