r"""Terms as LaTeX: how operations look on paper.

>>> x = Term("x")
>>> print(latex(1 / (1 + (-x).exp())))
\frac{1}{1 + e^{-x}}

GitHub reads a formula as Markdown before it reads it as LaTeX, so what Markdown would take for its
own is avoided: ``|``, ``<``, ``*``, a backslash in front of punctuation, ``_`` after a brace.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import ops
from autograd.formulas.terms import (
    COMPARISONS,
    Term,
    code_of_index,
    is_condition,
    is_operation,
)
from autograd.formulas.tidy import tidy
from autograd.node import raw

__all__ = ["latex"]

# How tightly a formula holds together; one of a lower level needs parentheses inside of a higher.
CASES, SUM, ELEMENTWISE, PRODUCT, POWER, ATOM = range(6)

Printed = tuple[str, int]

SPACE = r" \thinspace "


def latex(term: Any) -> str:
    r"""The LaTeX of a term or a number, as it is; see ``tidy.py``.

    >>> x, y = Term("x"), Term("y")
    >>> print(latex((x + y) ** 2 / 2))
    \frac{(x + y)^{2}}{2}
    """
    return _print(term)[0]


# --- numbers and names ----------------------------------------------------------------------------

_ROOTS = {
    math.sqrt(2.0): r"\sqrt{2}",
    math.sqrt(math.pi): r"\sqrt{\pi}",
    math.sqrt(2.0) * math.sqrt(math.pi): r"\sqrt{2 \pi}",
    2 / math.sqrt(math.pi): r"\frac{2}{\sqrt{\pi}}",
    math.log(2.0): r"\log(2)",
    math.log(10.0): r"\log(10)",
}


def _number(x: float) -> Printed:
    if math.isnan(x):
        return r"\mathrm{NaN}", ATOM
    if x < 0:
        return f"-{_inside(-x, PRODUCT)}", SUM
    if x in _ROOTS:
        return _ROOTS[x], PRODUCT
    if math.isinf(x):
        return r"\infty", ATOM
    above, below = float(x).as_integer_ratio()
    if below == 1 and above < 10**15:
        return str(above), ATOM
    if 1 < below <= 16:
        return rf"\frac{{{above}}}{{{below}}}", POWER
    mantissa, _, exponent = repr(float(x)).partition("e")
    if exponent:
        return rf"{mantissa} \cdot 10^{{{int(exponent)}}}", PRODUCT
    return mantissa, ATOM


def _name(name: str) -> str:
    """One letter with or without an index, or LaTeX, as it is; a word upright."""
    return name if len(name) == 1 or name[1] == "_" or "\\" in name else _word(name)


def _word(name: str) -> str:
    """A word upright; Markdown would take an underscore for its own."""
    return rf"\text{{{name.replace('_', '-')}}}" if "_" in name else rf"\mathrm{{{name}}}"


# --- operations -----------------------------------------------------------------------------------


def _print(x: Any) -> Printed:
    """The LaTeX of a term, and how tightly it holds together."""
    if not isinstance(x, Term):
        if np.ndim(x) == 0:
            return _number(float(x))
        return _constant(np.asarray(x)), ATOM
    if x.op is None:
        return _name(x.label), ATOM
    printer = _PRINTERS.get(x.op.name)
    if printer is not None:
        return printer(x)
    return _call(x)


def _parentheses(text: str) -> str:
    """Parentheses, as high as what is in them."""
    high = any(piece in text for piece in (r"\frac", r"\begin", r"\left"))
    return rf"\left({text}\right)" if high else f"({text})"


def _constant(x: Any) -> str:
    """An array of numbers: one number if all are equal, else a list of them."""
    numbers = [latex(number) for number in x.ravel().tolist()]
    return numbers[0] if len(set(numbers)) == 1 else f"({', '.join(numbers)})"


def _inside(x: Any, level: int) -> str:
    """The LaTeX of a term where one of at least this level may stand; else in parentheses."""
    text, own = _print(x)
    return text if own >= level else _parentheses(text)


def _call(x: Term, name: str = "") -> Printed:
    """A function with its arguments and settings."""
    assert x.op is not None
    settings = [
        f"{_name(key)} = {_setting(value)}"
        for key, value in x.params.items()
        if value is not None and value is not False and key != "keepdims"
    ]
    arguments = ", ".join([*(_print(i)[0] for i in x.inputs), *settings])
    return f"{name or _word(x.op.name)}{_parentheses(arguments)}", ATOM


def _setting(value: Any) -> str:
    """A static setting: a number, a shape, a slice, a name."""
    if isinstance(value, slice):
        return code_of_index(value)
    if value is Ellipsis:
        return r"\ldots"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_setting, value)) + ("," if len(value) == 1 else "") + ")"
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _word(str(value).replace("->", r" \to "))


def _infix(sign: str, level: int, right: int) -> Callable[[Term], Printed]:
    """``a sign b``, whose right side must hold together at least as tightly as ``right``."""

    def printer(x: Term) -> Printed:
        first, second = x.inputs
        behind = _inside(second, right)
        if behind.startswith("-"):
            behind = _parentheses(behind)
        return f"{_inside(first, level)}{sign}{behind}", level

    return printer


def _is_array(x: Any) -> bool:
    """Whether this stands for more than one number, as far as is known."""
    if is_operation(x, "broadcast_to"):
        return _is_array(x.inputs[0])
    return isinstance(x, Term) and x.is_concrete and x.size > 1


def _mul(x: Term) -> Printed:
    if all(map(_is_array, x.inputs)):
        left, right = x.inputs
        chain = is_operation(left, "mul") and _print(left)[1] == ELEMENTWISE
        text = _inside(left, ELEMENTWISE if chain else POWER)
        return rf"{text} \odot {_inside(right, POWER)}", ELEMENTWISE
    left, right = (_inside(i, PRODUCT) for i in x.inputs)
    if right[0].isdigit():
        return rf"{left} \cdot {right}", PRODUCT
    return f"{left}{' ' if left.isdigit() else SPACE}{right}", PRODUCT


def _div(x: Term) -> Printed:
    above, below = (latex(i) for i in x.inputs)
    return rf"\frac{{{above}}}{{{below}}}", POWER


def _modulo(x: Term) -> Printed:
    first, second = (_inside(i, POWER) for i in x.inputs)
    behind = _parentheses(second) if second.startswith("-") else second
    return rf"{first} \bmod {behind}", SUM


def _neg(x: Term) -> Printed:
    return f"-{_inside(x.inputs[0], PRODUCT)}", SUM


def _power(x: Term) -> Printed:
    base, exponent = x.inputs
    return f"{_inside(base, ATOM)}^{{{latex(exponent)}}}", POWER


def _squared(x: Term) -> Printed:
    return f"{_inside(x.inputs[0], ATOM)}^2", POWER


def _function(name: str) -> Callable[[Term], Printed]:
    return lambda x: _call(x, name)


def _around(left: str, right: str, level: int = ATOM) -> Callable[[Term], Printed]:
    """The one argument between two pieces of LaTeX, which may add something to it."""
    return lambda x: (f"{left}{latex(x.inputs[0])}{right}", level)


def _hypot(x: Term) -> Printed:
    squares = " + ".join(f"{_inside(i, ATOM)}^2" for i in x.inputs)
    return rf"\sqrt{{{squares}}}", ATOM


# --- conditions and cases -------------------------------------------------------------------------

_RELATIONS = {
    "greater": r"\gt",
    "greater_equal": r"\ge",
    "less": r"\lt",
    "less_equal": r"\le",
    "equal": "=",
    "not_equal": r"\ne",
}


def _condition(x: Any) -> str:
    """A condition as one writes it behind an "if"."""
    if not is_condition(x):
        return rf"{_print(x)[0]} \ne 0"
    if x.op.name in COMPARISONS:
        left, right = map(latex, x.inputs)
        return f"{left} {_RELATIONS[x.op.name]} {right}"
    word = "and" if x.op.name == "mul" else "or"
    return rf" \text{{ {word} }} ".join(map(_condition, x.inputs))


def _bracket(x: Term) -> Printed:
    """Iverson's bracket: 1 where the condition holds, else 0."""
    return rf"\lbrack {_condition(x)} \rbrack", ATOM


def _maximum(x: Term) -> Printed:
    return _bracket(x) if is_condition(x) else _call(x, r"\max")


def _cases(x: Any) -> Printed:
    rows = []
    while is_operation(x, "where"):
        condition, then, x = x.inputs
        rows.append(rf"{latex(then)} & \text{{if }} {_condition(condition)}")
    rows.append(rf"{latex(x)} & \text{{otherwise}}")
    return r"\begin{cases} " + r" \cr ".join(rows) + r" \end{cases}", CASES


# --- arrays and matrices --------------------------------------------------------------------------


def _transposed(x: Term) -> Printed:
    """ᵀ for a matrix."""
    (inner,) = x.inputs
    if x.ndim != 2 or x.params["axes"] == (0, 1):
        return _call(x)
    if is_operation(inner, "inv"):
        return rf"{_inside(inner.inputs[0], ATOM)}^{{-\top}}", POWER
    return rf"{_inside(inner, ATOM)}^{{\top}}", POWER


def _inverse_of(x: Any) -> str:
    if is_operation(x, "transpose") and x.ndim == 2:
        return rf"{_inside(x.inputs[0], ATOM)}^{{-\top}}"
    return f"{_inside(x, ATOM)}^{{-1}}"


def _inverse(x: Term) -> Printed:
    return _inverse_of(x.inputs[0]), POWER


def _solved(x: Term) -> Printed:
    a, b = x.inputs
    return f"{_inverse_of(a)}{SPACE}{_inside(b, PRODUCT)}", PRODUCT


def _reshaped(x: Term) -> Printed:
    """A single number is itself in any shape, and a vector may become a row or a column."""
    (inner,), shape = x.inputs, x.shape
    if isinstance(inner, Term):
        if inner.size == 1 or inner.shape == shape:
            return _print(inner)
        if inner.ndim == 1 and len(shape) == 2 and 1 in shape:
            return _call_of("row" if shape[0] == 1 else "col", inner)
    return _call(x)


def _call_of(name: str, *inputs: Any) -> Printed:
    return f"{_word(name)}{_parentheses(', '.join(map(latex, inputs)))}", ATOM


def _copied(x: Term) -> Printed:
    """One number is copied wherever it is needed."""
    (inner,) = x.inputs
    return _print(inner) if isinstance(inner, Term) and inner.size == 1 else _call(x)


def _diagonal(x: Term) -> Printed:
    """The diagonal of a square matrix, and the matrix of a diagonal, have the same name."""
    (inner,) = x.inputs
    shape = max(x.shape, np.shape(raw(inner)), key=len)
    square = len(shape) == 2 and shape[0] == shape[1] and x.params["offset"] == 0
    return _call_of("diag", inner) if square else _call(x)


def _triangle(x: Term) -> Printed:
    return _call(x) if x.params["k"] else _call_of(x.op.name, *x.inputs)  # type: ignore[union-attr]


def _taken(x: Term) -> Printed:
    (inner,), index = x.inputs, x.params["index"]
    if index == (Ellipsis, 0, 0) and is_operation(inner, "matmul"):
        row, column = inner.inputs  # a row and a column of n² numbers: tr(a b)
        if is_operation(row, "reshape") and is_operation(column, "reshape"):
            a, b = row.inputs[0], tidy(ops.swapaxes(column.inputs[0], -1, -2))
            return rf"\mathrm{{tr}}{_parentheses(latex(ops.matmul(a, b)))}", ATOM
    return rf"{_inside(inner, ATOM)}\lbrack {code_of_index(index)} \rbrack", ATOM


def _total(x: Term) -> Printed:
    (inner,) = x.inputs
    if x.params.get("axis") is not None and np.ndim(raw(inner)) > 1:
        return _call(x)
    return rf"\sum {_inside(inner, PRODUCT)}", PRODUCT


_PRINTERS: dict[str, Callable[[Term], Printed]] = {
    "add": _infix(" + ", SUM, SUM),
    "sub": _infix(" - ", SUM, PRODUCT),
    **dict.fromkeys(("mul", "hand_on"), _mul),
    "div": _div,
    "neg": _neg,
    **dict.fromkeys(("power", "safe_power"), _power),
    "square": _squared,
    "exp": _around("e^{", "}", POWER),
    "exp2": _around("2^{", "}", POWER),
    "expm1": _around("e^{", "} - 1", SUM),
    "log1p": lambda x: (rf"\log{_parentheses(f'1 + {_inside(x.inputs[0], PRODUCT)}')}", ATOM),
    "sqrt": _around(r"\sqrt{", "}"),
    "safe_sqrt": _around(r"\sqrt{", "}"),
    "abs": _around(r"\lvert ", r" \rvert"),
    "floor": _around(r"\lfloor ", r" \rfloor"),
    "ceil": _around(r"\lceil ", r" \rceil"),
    "floor_divide": lambda x: (rf"\lfloor {_div(x)[0]} \rfloor", ATOM),
    "remainder": _modulo,
    "hypot": _hypot,
    "sigmoid": _function(r"\sigma"),
    "log2": _function(r"\log_{2}"),
    "log10": _function(r"\log_{10}"),
    "sign": _function(r"\mathrm{sgn}"),
    "maximum": _maximum,
    "minimum": _function(r"\min"),
    "where": _cases,
    **{name: _function(f"\\{name}") for name in ("log", "sin", "cos", "tan", "arcsin", "arccos")},
    **{name: _function(f"\\{name}") for name in ("arctan", "sinh", "cosh", "tanh")},
    **dict.fromkeys(COMPARISONS, _bracket),
    "matmul": _infix(SPACE, PRODUCT, PRODUCT),
    "transpose": _transposed,
    "reshape": _reshaped,
    "broadcast_to": _copied,
    "getitem": _taken,
    "solve": _solved,
    "inv": _inverse,
    "sum": _total,
    **dict.fromkeys(("embed_diagonal", "diagonal"), _diagonal),
    **dict.fromkeys(("tril", "triu"), _triangle),
}
