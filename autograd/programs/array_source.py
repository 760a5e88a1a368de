"""A program of arrays as straight-line NumPy: one line an equation, to be read and to be run alone.

    program(x, w, b)                      def program(x, w, b):
        t1 = linear(x, w, b)                  t1 = x @ w.T + b
        t2 = relu(t1)              =>         t2 = np.maximum(t1, 0)
        t3 = sum(t2, axis=0)                  t3 = np.sum(t2, axis=0)
        return t3                             return t3

What an operation is called in NumPy stands in one table here, where there is such a name; all else
is taken from the library's own functions (``plain_functions.py``).  Each line makes the same calls
of NumPy that the operation makes, so the results are the same to the bit.

Arrays that the program holds are written digit by digit: small ones where they are used, larger
ones above the program, very large ones as bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.ops.indexing import _Place as Place
from autograd.ops.shapes import row_of_ones, summed_axes
from autograd.programs.equations import SIGNS, Equation, Var
from autograd.programs.plain_functions import Helpers

__all__ = ["ArraySource"]

# The most elements of an array that stands where it is used, and of one that is written as numbers.
INLINE, READABLE = 16, 1024

COMPARISONS = {"greater": ">", "greater_equal": ">=", "less": "<", "less_equal": "<="}
COMPARISONS |= {"equal": "==", "not_equal": "!="}
# NumPy's ** squares where the exponent is 2, and np.power need not give the same bits.
OPERATORS = {name: sign for name, sign in SIGNS.items() if name != "power"} | COMPARISONS


class ArraySource:
    """The text of a program of arrays, and what it needs above it."""

    def __init__(self, names: list[str]) -> None:
        self.helpers = Helpers(names)
        self._bound: dict[int, tuple[str, Any]] = {}

    @property
    def head(self) -> list[str]:
        """The lines above the program."""
        lines = [f"import {module}" for module in sorted(self.helpers.modules)]
        lines += ["import numpy as np"] + [""] * bool(self.helpers.constants)
        lines += [f"{name} = {text}" for name, text in self.helpers.constants.items()]
        for text in self.helpers.definitions:
            lines += ["", "", text]
        return lines

    def expression(self, e: Equation) -> str:
        """An equation's right side."""
        text = self._operation(e)
        return text if e.array is not None else f"float({text})"

    def _operation(self, e: Equation) -> str:
        op, args = e.op, list(map(self.literal, e.args))
        if e.array is not None and op.name in OPERATORS:
            return f" {OPERATORS[op.name]} ".join(args)
        template = TEMPLATES.get(op.name)
        text = template(self, e, args) if template else None
        if text is not None:
            return text
        settings = {k: self.literal(v) for k, v in e.params.items() if k != "index"}
        if "index" in e.params:
            index = e.params["index"]
            count = len(args) - sum(isinstance(i, Place) for i in _items(index))
            settings["index"] = f"np.s_[{self.index(index, args[count:])}]"
            args = args[:count]
        arrays = {x.name for x in e.args if isinstance(x, Var) and x.array is not None}
        return self.helpers.call(op.forward, op.name, args, settings, arrays)

    # --- numbers, arrays and settings as Python ---

    def literal(self, x: Any) -> str:
        """A variable by its name, anything else so that Python reads the same again."""
        if isinstance(x, Var):
            return x.name
        if isinstance(x, np.ndarray):
            return self._array(x)
        if isinstance(x, np.generic):
            return f"{_type(x.dtype)}({_number(x)})"
        if isinstance(x, np.dtype):
            return _type(x)
        if isinstance(x, tuple | list):
            inner = ", ".join(map(self.literal, x))
            if isinstance(x, list):
                return f"[{inner}]"
            return f"({inner},)" if len(x) == 1 else f"({inner})"
        if isinstance(x, slice):
            return f"np.s_[{_range(x)}]"
        return _number(x) if isinstance(x, float) else repr(x)

    def _array(self, x: Any) -> str:
        if x.size <= INLINE or _is_even(x):
            return _digits(x)
        if id(x) not in self._bound:  # with the array itself, so that its id stays its own
            name = f"c{len(self._bound) + 1}"
            self._bound[id(x)] = (self.helpers.constant(name, _digits(x)), x)
        return self._bound[id(x)][0]

    def index(self, index: Any, nodes: list[str]) -> str:
        """What stands between the brackets, with the names of computed indices in their places."""
        parts = [self._index_item(i, nodes) for i in _items(index)]
        if len(parts) == 1:
            return f"{parts[0]}," if _is_tuple(index) else parts[0]
        return ", ".join(parts) or "()"

    def _index_item(self, i: Any, nodes: list[str]) -> str:
        if isinstance(i, Place):
            return nodes[i.n]
        if isinstance(i, slice):
            return _range(i)
        return "..." if i is Ellipsis else self.literal(i)


def _is_tuple(index: Any) -> bool:
    return isinstance(index, tuple) and not isinstance(index, Place)


def _items(index: Any) -> tuple[Any, ...]:
    return index if _is_tuple(index) else (index,)


def _range(x: slice) -> str:
    """A slice as one writes it between brackets."""
    start, stop, step = ("" if part is None else str(part) for part in (x.start, x.stop, x.step))
    return f"{start}:{stop}" + (f":{step}" if step else "")


def _number(x: Any) -> str:
    """A number with all its digits."""
    if isinstance(x, np.longdouble):
        return repr(str(x))
    value = x.item() if isinstance(x, np.generic) else x
    if isinstance(value, float) and not np.isfinite(value):
        return "np.nan" if value != value else "np.inf" if value > 0 else "-np.inf"
    return repr(value)


def _type(dtype: np.dtype[Any]) -> str:
    if dtype.char == "g":
        return "np.longdouble"
    if not dtype.isnative:
        return f"np.dtype('{dtype.str}')"
    return "np.bool_" if dtype.kind == "b" else f"np.{dtype.name}"


def _is_even(x: Any) -> bool:
    """Whether all elements are the same, to the bit."""
    return bool(x.size) and x.tobytes() == x.flat[0].tobytes() * x.size


def _digits(x: Any) -> str:
    """An array as Python that makes the same one, in the same order in memory."""
    dtype = "" if x.dtype == np.float64 else f", {_type(x.dtype)}"
    if x.size == 0:
        return f"np.zeros({_size(x.shape)}{dtype})"
    if x.ndim and x.size > 1 and _is_even(x):
        value = _number(x.flat[0])
        if value in ("0.0", "0", "1.0", "1"):
            return f"np.{'zeros' if value[0] == '0' else 'ones'}({_size(x.shape)}{dtype})"
        return f"np.full({_size(x.shape)}, {value}, {_type(x.dtype)})"
    if x.flags.f_contiguous and not x.flags.c_contiguous:
        return f"{_digits(x.T)}.T"
    if x.size > READABLE or x.dtype.char == "g":
        data = f"bytes.fromhex('{x.tobytes().hex()}')"
        return f"np.frombuffer({data}, {_type(x.dtype)}).reshape({x.shape})"
    return f"np.array({_nested(x)}, {_type(x.dtype)})"


def _size(shape: tuple[int, ...]) -> str:
    return str(shape[0] if len(shape) == 1 else shape)


def _nested(x: Any) -> str:
    return f"[{', '.join(map(_nested, x))}]" if x.ndim else _number(x[()])


# --- the table: what operations are called in NumPy ---------------------------------------------

Template = Callable[[ArraySource, Equation, list[str]], str | None]


def _over_axes(name: str) -> Template:
    """A reduction, with the settings that differ from NumPy's own."""

    def template(writer: ArraySource, e: Equation, args: list[str]) -> str:
        chosen = {k: v for k, v in e.params.items() if v is not None and v is not False}
        settings = [f"{k}={writer.literal(v)}" for k, v in chosen.items()]
        return f"np.{name}({', '.join([*args, *settings])})"

    return template


def _item(writer: ArraySource, e: Equation, args: list[str]) -> str:
    x, *nodes = args
    ndim = len(_shape(e.args[0]))
    return f"{x if ndim else f'np.asarray({x})'}[{writer.index(e.params['index'], nodes)}]"


def _reshaped(writer: ArraySource, e: Equation, args: list[str]) -> str:
    return f"{args[0]}.reshape({_lengths(e.params['shape'])})"


def _lengths(shape: Any) -> str:
    return ", ".join(map(str, shape)) or "()"


def _summed(writer: ArraySource, e: Equation, args: list[str]) -> str:
    """The sum over the axes that broadcasting copied along; over rows as a product with ones."""
    (x,), given, shape = args, _shape(e.args[0]), e.params["shape"]
    axes = summed_axes(given, shape)
    left = tuple(n for i, n in enumerate(given) if i not in axes)
    if axes == (0,) and (ones := row_of_ones(given, e.array.dtype)) is not None:  # type: ignore[union-attr]
        x = f"np.dot({_digits(ones)}, {x})"
    elif axes:
        x = f"np.sum({x}, axis={writer.literal(axes if len(axes) > 1 else axes[0])})"
    return x if left == shape else f"{x}.reshape({_lengths(shape)})"


def _transposed(writer: ArraySource, e: Equation, args: list[str]) -> str | None:
    axes = e.params["axes"]
    return f"{args[0]}.T" if axes is None or axes == tuple(range(len(axes)))[::-1] else None


def _argsorted(writer: ArraySource, e: Equation, args: list[str]) -> str | None:
    if e.params["descending"]:
        return None
    axis, kind = e.params["axis"], e.params["kind"]
    return f"np.argsort({args[0]}, axis={axis}{f', kind={kind!r}' if kind else ''})"


def _written(text: str) -> Template:
    return lambda writer, e, args: text.format(
        *args, **{k: writer.literal(v) for k, v in e.params.items()}
    )


TEMPLATES: dict[str, Template] = {
    "neg": _written("-{0}"),
    "where": _written("np.where({0}, {1}, {2})"),
    "linear": _written("{0} @ {1}.T + {2}"),
    "dot": _written("np.matmul({0}, {1})"),
    "broadcast_to": _written("np.broadcast_to({0}, {shape})"),
    **{name: _over_axes(name) for name in ("sum", "max", "min", "prod", "cumsum", "cumprod")},
    "sum_to": _summed,
    "getitem": _item,
    "reshape": _reshaped,
    "transpose": _transposed,
    "argsort": _argsorted,
}


def _shape(x: Any) -> tuple[int, ...]:
    return x.array.shape if isinstance(x, Var) and x.array else np.shape(x)
