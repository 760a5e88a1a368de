"""Reductions: one number from many, over a sequence of Values or over axes of an array.

A rule is the partial of the result with respect to one element, ``rule(out, x)``.  A *selection*
picks: its rule says which elements won, and k equal winners get 1/k of the gradient each.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.node import Primitive, Rule, ndim_of, shape_of, size_of
from autograd.ops.casting import floats
from autograd.ops.checks import PYTHONS, Shape, axes_in, explained, fails, numpy_names
from autograd.ops.choices import OBJECT, equal, maximum
from autograd.ops.contractions import matmul_or_dot
from autograd.ops.elementwise import exp
from autograd.ops.kinds import rules_of, scaled
from autograd.ops.shapes import broadcast_to, reshape

__all__ = ["dot", "logsumexp", "max", "min", "sum"]


def items_of(name: str, sequence: Any) -> list[Any]:
    """The elements of a sequence, or an error in the name of an operation."""
    try:
        return list(sequence)
    except TypeError:
        raise fails(
            name,
            expected="a sequence of numbers or nodes, or an array",
            got=f"one {type(sequence).__name__}",
            fix=f"Write {name}([a, b, c]).",
            kind=TypeError,
        ) from None


def is_array(x: Any) -> bool:
    """Whether x is an array of numbers, or a tensor."""
    return getattr(x, "dtype", OBJECT) is not OBJECT


def as_array(sequence: Any) -> Any:
    """Numbers as an array of floats, nested lists and arrays of Values as an array of them."""
    array = np.asarray(sequence)
    nodes = array.dtype is OBJECT and any(hasattr(x, "_apply_primitive") for x in array.flat)
    return array if nodes else array.astype(float)


def product(x: Any, y: Any) -> Any:
    """NumPy's ``dot``, and errors in its name, whichever primitive it is."""
    try:
        return matmul_or_dot(x, y)
    except (ValueError, TypeError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        text = re.sub("^(matmul|dot_arrays):", "dot:", str(error))
        fix = "Are both arrays of real numbers?"
        raise explained("dot", kind(text), x, y, fix=fix) from None


class Reduction(Primitive):
    """A primitive that makes one number from one sequence, or from two of the same length."""

    empty = False  # whether an empty sequence has a result

    def __call__(
        self, *sequences: Any, axis: Any = None, keepdims: bool = False, **torch: Any
    ) -> Any:
        if torch:  # dim and keepdim
            named = numpy_names(self.name, torch, axis=axis, keepdims=keepdims)
            return self(*sequences, **named)
        # A neuron's case comes first: plain lists, the first of them of nodes.  Then arrays.
        if len(sequences) == len(self.partials):
            first = sequences[0]
            if first.__class__ is list:
                if first and sequences[-1].__class__ is list and axis is None and not keepdims:
                    apply = getattr(first[0], "_apply_primitive", None)
                    if apply is not None:
                        return apply(self, sequences, torch)  # which is empty
            elif getattr(first, "dtype", OBJECT) is not OBJECT:
                if len(sequences) == 1:
                    return self.on_array(first, axis, keepdims)
                if is_array(sequences[1]):
                    return self.on_arrays(*sequences, axis=axis, keepdims=keepdims)
        if len(sequences) == 2 and len(self.partials) == 1 and axis is None:
            second = sequences[1] if isinstance(sequences[1], tuple) else sequences[1:]
            if all(isinstance(a, int | np.integer) for a in second):  # sum(x, 0), as in NumPy
                return self(sequences[0], axis=sequences[1], keepdims=keepdims)
        if len(sequences) != len(self.partials):
            raise self.wrong_count(sequences)
        if any(map(is_array, sequences)) and not any(
            hasattr(item, "_apply_primitive")  # a list of Values with an array: number by number
            for s in sequences
            if isinstance(s, list | tuple)
            for item in s
        ):
            return self.on_arrays(*sequences, axis=axis, keepdims=keepdims)
        sequences = tuple(map(self.items, sequences))
        whole = axis is None and not keepdims
        for item in (item for items in sequences for item in items):
            apply = getattr(type(item), "_apply_primitive", None)
            if apply is not None and (whole or hasattr(item, "requires_grad")):
                return apply(self, sequences, {})
            if apply is not None:
                return self.on_nodes(*sequences, axis=axis, keepdims=keepdims)
        self.check_lengths(sequences)
        arrays = list(map(as_array, sequences))
        if len(arrays) == 1 and arrays[0].dtype is OBJECT:
            return self.on_nodes(*arrays, axis=axis, keepdims=keepdims)
        result = self.on_arrays(*arrays, axis=axis, keepdims=keepdims)
        return result.item() if result.ndim == 0 else result

    def on_arrays(self, *arrays: Any, axis: Any, keepdims: bool) -> Any:
        """Over axes of an array, or of a tensor."""
        if len(arrays) == 1:
            return self.on_array(arrays[0], axis, keepdims)
        if axis is not None or keepdims:
            raise self.without_axes()
        return product(*arrays)

    def on_nodes(self, *sequences: Any, axis: Any, keepdims: bool) -> Any:
        """Over axes of an array of Values, or of nested lists: one node from each line of them."""
        if len(sequences) == 2:
            raise self.without_axes()
        array = np.array(*sequences)
        axes = axes_of(array, axis, self.name)
        rest = [i for i in range(array.ndim) if i not in axes]
        lines = np.transpose(array, (*rest, *axes)).reshape(*(array.shape[i] for i in rest), -1)
        out = np.empty(lines.shape[:-1], dtype=object)
        for place in np.ndindex(out.shape):
            out[place] = self(lines[place].tolist())
        return np.expand_dims(out, axes) if keepdims else out[()]

    def on_array(self, x: Any, axis: Any, keepdims: bool) -> Any:
        """Over axes of one array, or of a tensor."""
        apply = getattr(x, "_apply_primitive", None)
        try:
            if apply is not None:
                return apply(self, (x,), {"axis": axis, "keepdims": keepdims})
            return Primitive.__call__(self, x, axis=axis, keepdims=keepdims)
        except (ValueError, TypeError) as error:
            raise refused(self.name, error, x, axis) from None

    def items(self, sequence: Any) -> list[Any]:
        """The elements of a sequence."""
        return items_of(self.name, sequence)

    def without_axes(self) -> Exception:
        """The error for an axis of two sequences."""
        fix = "Use vecdot for products along an axis, einsum for all others."
        return fails(self.name, "two sequences alone", "axis or keepdims too", fix, TypeError)

    def wrong_count(self, given: tuple[Any, ...]) -> Exception:
        """The error for ``max(v, w)``, which Python's own function takes, or ``dot(v)``."""
        fix = f"Write {self.name}([a, b, c])."
        if len(self.partials) == 2:
            fix = f"Write {self.name}([a, b], [c, d])."
        elif self.kind == "selection":  # max(v, w)
            fix = f"Write {self.name}imum(v, w) of two, or {self.name}([v, w, u]) of numbers."
        elif self.name == "sum" and len(given) == 2:  # sum(xs, start)
            fix = PYTHONS["start"]
        one = "one sequence, or one array" if len(self.partials) == 1 else "two sequences"
        got = "1 argument" if len(given) == 1 else f"{len(given)} arguments"
        return fails(self.name, one, got, fix, TypeError)

    def check_lengths(self, sequences: tuple[Any, ...]) -> None:
        """Raise ValueError where this reduction is not defined."""
        if len({len(s) for s in sequences}) > 1:
            raise fails(
                self.name,
                expected="two sequences of the same length",
                got=" and ".join(f"{len(s)} elements" for s in sequences),
                fix="Check the number of inputs.",
            )
        if not self.empty and not len(sequences[0]):
            raise fails(
                self.name,
                expected="at least one element",
                got="an empty sequence",
                fix="An empty sequence has no such number.",
            )


def reduction(
    name: str,
    kind: str,
    forward: Callable[..., Any],
    *partials: Rule | int,
    empty: bool = False,
    symbol: str = "",
    doc: str = "",
) -> Reduction:
    """A primitive on sequences; each rule is the partial with respect to one element, or just 1."""
    rules = rules_of(partials)
    rule = rules[0]

    def partial_of(out: Any, x: Any, axis: Any, keepdims: bool) -> Any:
        """The partial to each element, and the result in a shape that broadcasts against x."""
        partial = rule(with_axes(out, x, axis, keepdims), x)
        if kind == "selection":  # none wins against a NaN
            partial = partial / maximum(sum(partial * 1.0, axis=axis, keepdims=True), 1.0)
        return partial

    def vjp(g: Any, out: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        g = broadcast_to(with_axes(g, x, axis, keepdims), x.shape)
        return g if partials[0] == 1 else scaled(g, partial_of(out, x, axis, keepdims))

    def jvp(tangents: Any, out: Any, x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        moved = scaled(tangents[0], partial_of(out, x, axis, keepdims))
        return sum(moved, axis=axis, keepdims=keepdims)

    vjps = (vjp,) * len(partials)
    primitive = Reduction(name, kind, forward, "", rules, symbol, doc, vjps, jvp)
    primitive.empty = empty
    return primitive


def refused(name: str, error: Exception, x: Any, axis: Any) -> Exception:
    """What NumPy raised for an axis, with the shape and a way out."""
    if axis is not None:
        try:
            axes_in(name, axis, shape_of(x))
        except (ValueError, TypeError) as better:
            return better
    if not size_of(x):
        got = f"shape {shape_of(x)}, axis {axis}"
        return fails(name, "at least one element", got, "Nothing has no such number.")
    return explained(name, error, x, fix="Are all of its elements real numbers?")


def axes_of(x: Any, axis: Any, name: str = "axes") -> Shape:
    """The axes that None, a number or a tuple stands for, counted from 0, in the order given."""
    n = ndim_of(x)
    if axis is None or (not n and axis in (0, -1, ())):  # NumPy takes axis 0 of a number
        return tuple(range(n))
    return axes_in(name, axis, shape_of(x))


def with_axes(out: Any, x: Any, axis: Any, keepdims: bool) -> Any:
    """A reduced array with its reduced axes back, of length 1."""
    if keepdims or axis is None:  # one number fits any shape
        return out
    shape = shape_of(x)
    if not shape:
        return out
    gone = axes_of(x, axis)
    return reshape(out, shape=tuple(1 if i in gone else n for i, n in enumerate(shape)))


# --- reductions: one number from many -----------------------------------------------------------


def _logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    x = floats(x)
    peak = np.max(x, axis=axis, keepdims=True, initial=-np.inf)  # the sum of nothing is 0
    largest = x == peak
    with np.errstate(divide="ignore", invalid="ignore"):
        # The largest are counted, the others added up: log1p keeps the digits of a small rest.
        count = np.sum(largest, axis=axis, keepdims=True, dtype=peak.dtype)
        rest = np.sum(np.exp(np.where(largest, -np.inf, x) - peak), axis=axis, keepdims=True)
        out = np.log1p(np.where(rest == 0, rest, rest / count)) + np.log(count) + peak
        out = np.where(np.isfinite(out), out, peak)
    return out if keepdims else np.squeeze(out, axis=axis)


sum = reduction(
    "sum",
    "reduction",
    lambda x, axis=None, keepdims=False: np.add.reduce(x, axis, keepdims=keepdims),
    1,
    empty=True,
    symbol="Σ",
    doc="The sum of a sequence, as one node.",
)
dot = reduction(
    "dot",
    "reduction",
    np.dot,
    lambda out, x, y: y,
    lambda out, x, y: x,
    empty=True,
    symbol="Σ w·x",
    doc="The sum of products of two sequences, ``x[0]*y[0] + x[1]*y[1] + ...``, as one node.",
)
max = reduction(
    "max",
    "selection",
    lambda x, axis=None, keepdims=False: np.maximum.reduce(x, axis, keepdims=keepdims),
    lambda out, x: equal(x, out),
    doc="The largest of a sequence; k equal winners get 1/k of the gradient each.",
)
min = reduction(
    "min",
    "selection",
    lambda x, axis=None, keepdims=False: np.minimum.reduce(x, axis, keepdims=keepdims),
    lambda out, x: equal(x, out),
    doc="The smallest of a sequence; k equal winners get 1/k of the gradient each.",
)
logsumexp = reduction(
    "logsumexp",
    "reduction",
    _logsumexp,
    lambda out, x: exp(x - out),
    empty=True,
    symbol="log Σ exp",
    doc="``log(exp(x[0]) + exp(x[1]) + ...)`` without overflow; its gradient is the softmax.",
)
