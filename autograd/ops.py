"""Every primitive with its derivative.  This is the only place where a derivative is written.

Vocabulary.  A primitive computes ``out`` from its inputs ``x``, ``y``, ``z`` (the *primals*).  Its
*local derivative*, or *partial*, with respect to one input says how much ``out`` changes when that
input changes a little.  Each rule below is that partial as a function ``rule(out, *inputs)``; None
means that no gradient flows to this input.  From the partials follow

* the *vjp* (pullback, reverse mode): cotangent of an input = cotangent of out x partial,
* the *jvp* (pushforward, forward mode): tangent of out = sum of tangent of an input x partial,
* the number on an edge of a drawing, and the code that a ``Value`` runs (``scalar_code.py``).

Rules are written with this library's own operations.  So the same line gives a number when it is
called with numbers, and a formula when it is called with symbols.

Each primitive states itself twice: for arrays as a NumPy function, and for one Python float as an
expression, because ``math.tanh`` is many times faster than ``np.tanh`` on a single number.  Where
the expression raises (``log(0)``, ``1/0``), NumPy's function decides: inf or NaN, and a warning.

The kinds:

* *elementwise*: one number from one, two or three numbers; arrays element by element;
* *flat*: elementwise, but the derivative is zero everywhere: comparisons and ``sign``.  They make
  nodes too, so that the graph holds every decision that was taken;
* *reduction*: one number from a sequence; its rule is the partial with respect to one element;
* *selection*: a reduction that picks; its rule says who won, and the winners share the gradient.

>>> tanh(0.0), maximum(2.0, 3.0)
(0.0, 3.0)
>>> tanh.partials[0](0.5, None)  # the rule of tanh, called with the number out = 0.5
0.75
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.errors import message
from autograd.node import Primitive, Rule

SQRT_2 = math.sqrt(2.0)
SQRT_PI = math.sqrt(math.pi)


def elementwise(
    name: str,
    forward: Callable[..., Any],
    scalar: str,
    *partials: Rule | None,
    symbol: str = "",
    doc: str = "",
) -> Primitive:
    """A primitive whose output is computed element by element."""
    return Primitive(name, "elementwise", forward, scalar, partials, symbol, doc)


def flat(
    name: str,
    forward: Callable[..., Any],
    scalar: str,
    inputs: int,
    symbol: str = "",
    doc: str = "",
) -> Primitive:
    """An elementwise primitive whose derivative is zero wherever it has one."""
    return Primitive(name, "flat", forward, scalar, (None,) * inputs, symbol, doc)


class Reduction(Primitive):
    """A primitive that makes one number from one sequence, or from two of the same length."""

    empty = False  # whether an empty sequence has a result

    def __call__(self, *sequences: Any) -> Any:
        if len(sequences) != len(self.partials):
            raise TypeError(
                f"{self.name}: expected {len(self.partials)} sequence(s), got {len(sequences)}."
            )
        try:  # the usual case, and the one that must be fast: a list that starts with a node
            apply = sequences[0][0]._apply_primitive
            if sequences[-1].__class__ is not list:
                sequences = tuple(map(self._items, sequences))
        except (AttributeError, IndexError, KeyError, TypeError):
            sequences = tuple(map(self._items, sequences))
            for item in (item for items in sequences for item in items):
                apply = getattr(type(item), "_apply_primitive", None)
                if apply is not None:
                    break
            else:
                self.check_lengths(sequences)
                arrays = [np.asarray(s, dtype=float) for s in sequences]
                if any(array.ndim != 1 for array in arrays):
                    raise TypeError(
                        message(
                            self.name,
                            expected="a flat sequence of numbers or nodes",
                            got=f"shape {arrays[0].shape}",
                            fix="Take one row at a time.",
                        )
                    ) from None
                return self.forward(*arrays).item()
        return apply(self, sequences)

    def _items(self, sequence: Any) -> list[Any]:
        try:
            return list(sequence)
        except TypeError:
            raise TypeError(
                message(
                    self.name,
                    expected="a sequence of numbers or nodes",
                    got=f"one {type(sequence).__name__}",
                    fix=f"Write {self.name}([a, b, c]).",
                )
            ) from None

    def check_lengths(self, sequences: tuple[Any, ...]) -> None:
        """Raise ValueError where this reduction is not defined."""
        if len({len(s) for s in sequences}) > 1:
            raise ValueError(
                message(
                    self.name,
                    expected="two sequences of the same length",
                    got=" and ".join(f"{len(s)} elements" for s in sequences),
                    fix="Check the number of inputs.",
                )
            )
        if not self.empty and not len(sequences[0]):
            raise ValueError(
                message(
                    self.name,
                    expected="at least one element",
                    got="an empty sequence",
                    fix="An empty sequence has no such number.",
                )
            )


def reduction(
    name: str,
    kind: str,
    forward: Callable[..., Any],
    *partials: Rule,
    empty: bool = False,
    symbol: str = "",
    doc: str = "",
) -> Reduction:
    """A primitive on sequences; each rule is the partial with respect to one element."""
    primitive = Reduction(name, kind, forward, "", partials, symbol, doc)
    primitive.empty = empty
    return primitive


# --- arithmetic ---------------------------------------------------------------------------------

add = elementwise(
    "add", np.add, "x + y", lambda out, x, y: 1, lambda out, x, y: 1, symbol="+", doc="``x + y``."
)
sub = elementwise(
    "sub",
    np.subtract,
    "x - y",
    lambda out, x, y: 1,
    lambda out, x, y: -1,
    symbol="−",
    doc="``x - y``.",
)
mul = elementwise(
    "mul",
    np.multiply,
    "x * y",
    lambda out, x, y: y,
    lambda out, x, y: x,
    symbol="×",
    doc="``x * y``: the derivative to one factor is the other.",
)
div = elementwise(
    "div",
    np.divide,
    "x / y",
    lambda out, x, y: 1 / y,
    lambda out, x, y: -out / y,
    symbol="÷",
    doc="``x / y``; ``x / 0`` is an infinity, as in NumPy.",
)
neg = elementwise("neg", np.negative, "-x", lambda out, x: -1, symbol="neg", doc="``-x``.")
power = elementwise(
    "power",
    np.power,
    "pow(x, y)",
    # x**0 is 1 for every x, so its slope is 0 also at x = 0, where 0 * x**-1 would be NaN.
    lambda out, x, y: where(equal(y, 0), 0, y * x ** (y - 1)),
    # 0**y is 0 for every y > 0, so its slope is 0, where 0 * log(0) would be NaN.
    lambda out, x, y: where(equal(x, 0) * (y >= 0), 0, out * log(x)),
    symbol="**",
    doc="``x ** y``; NaN for a negative x and a fractional y, as in NumPy.",
)

# --- exponentials and roots ---------------------------------------------------------------------

exp = elementwise("exp", np.exp, "exp(x)", lambda out, x: out, doc="e to the power x.")
log: Primitive = elementwise(
    "log", np.log, "log(x)", lambda out, x: 1 / x, doc="Natural logarithm; ``log(0)`` is -inf."
)
sqrt = elementwise(
    "sqrt",
    np.sqrt,
    "sqrt(x)",
    lambda out, x: 0.5 / out,
    symbol="√",
    doc="Square root; its slope at 0 is inf.",
)

# --- trigonometry -------------------------------------------------------------------------------

sin = elementwise("sin", np.sin, "sin(x)", lambda out, x: cos(x), doc="Sine of x in radians.")
cos: Primitive = elementwise(
    "cos", np.cos, "cos(x)", lambda out, x: -sin(x), doc="Cosine of x in radians."
)
tan = elementwise(
    "tan", np.tan, "tan(x)", lambda out, x: 1 + out * out, doc="Tangent of x in radians."
)
tanh = elementwise(
    "tanh", np.tanh, "tanh(x)", lambda out, x: 1 - out * out, doc="Hyperbolic tangent."
)

# --- activations --------------------------------------------------------------------------------


def _sigmoid(x: Any) -> Any:
    with np.errstate(over="ignore"):  # exp(800) is inf, and 1 / inf is the right 0
        return 1 / (1 + np.exp(-np.asarray(x)))


def _relu(x: Any) -> Any:
    return np.maximum(x, 0)


def _where(x: Any, y: Any, z: Any) -> Any:
    chosen: Any = np.asarray(np.where(x, y, z))
    return chosen[()]  # a number if all three were numbers


_erfc = np.vectorize(math.erfc, otypes=[float])

sigmoid = elementwise(
    "sigmoid",
    _sigmoid,
    "1.0 / (1.0 + exp(-x))",
    lambda out, x: out * (1 - out),
    doc="The logistic function ``1 / (1 + exp(-x))``; exact zeros and ones far out.",
)
relu = elementwise(
    "relu",
    _relu,
    "0.0 if x <= 0.0 else x",
    lambda out, x: x > 0,
    symbol="ReLU",
    doc="``max(x, 0)``; its slope at 0 is 0.",
)
_leaky_relu = elementwise(
    "leaky_relu",
    lambda x, y: _where(np.asarray(x) > 0, x, np.multiply(x, y)),
    "x if x > 0.0 else x * y",
    lambda out, x, y: where(x > 0, 1, y),
    lambda out, x, y: where(x > 0, 0, x),
    symbol="leaky ReLU",
)


def leaky_relu(x: Any, negative_slope: Any = 0.01) -> Any:
    """``x`` where x > 0, ``negative_slope * x`` elsewhere; the slope at 0 is ``negative_slope``.

    Differentiable in ``negative_slope`` too, which makes it a PReLU (He et al., 2015).

    >>> leaky_relu(-2.0), leaky_relu(-2.0, negative_slope=0.5)
    (-0.02, -1.0)
    """
    return _leaky_relu(x, negative_slope)


softplus = elementwise(
    "softplus",
    lambda x: np.logaddexp(x, 0.0),
    "log1p(exp(-fabs(x))) + (x if x > 0.0 else 0.0)",
    lambda out, x: sigmoid(x),
    doc="``log(1 + exp(x))``, a smooth ReLU, without overflow.",
)
erfc = elementwise(
    "erfc",
    _erfc,
    "erfc(x)",
    lambda out, x: -2 / SQRT_PI * exp(-x * x),
    doc="Complementary error function; the normal cdf is ``erfc(-x / sqrt(2)) / 2``.",
)
gelu = elementwise(
    "gelu",
    lambda x: 0.5 * np.asarray(x) * _erfc(-np.asarray(x) / SQRT_2),
    f"0.5 * x * erfc(-x / {SQRT_2!r})",
    lambda out, x: 0.5 * erfc(-x / SQRT_2) + x * exp(-0.5 * x * x) / (SQRT_2 * SQRT_PI),
    symbol="GELU",
    doc="``x * Phi(x)`` with the normal cdf Phi, exact (Hendrycks and Gimpel, 2016).",
)

# --- choosing -----------------------------------------------------------------------------------

abs = elementwise(
    "abs",
    np.absolute,
    "fabs(x)",
    lambda out, x: sign(x),
    symbol="|x|",
    doc="Absolute value; its slope at 0 is 0.",
)
maximum = elementwise(
    "maximum",
    np.maximum,
    "x if x > y or x != x else y",
    lambda out, x, y: 0.5 * (x > y) + 0.5 * (x >= y),
    lambda out, x, y: 0.5 * (y > x) + 0.5 * (y >= x),
    doc="The larger of two; a tie gives each half of the gradient.",
)
minimum = elementwise(
    "minimum",
    np.minimum,
    "x if x < y or x != x else y",
    lambda out, x, y: 0.5 * (x < y) + 0.5 * (x <= y),
    lambda out, x, y: 0.5 * (y < x) + 0.5 * (y <= x),
    doc="The smaller of two; a tie gives each half of the gradient.",
)
where: Primitive = elementwise(
    "where",
    _where,
    "y if x else z",
    None,
    lambda out, x, y, z: where(x, 1, 0),
    lambda out, x, y, z: where(x, 0, 1),
    doc="``where(condition, a, b)``: a where the condition is not zero, else b.",
)

# --- flat: decisions ----------------------------------------------------------------------------

sign: Primitive = flat(
    "sign",
    np.sign,
    "x if x != x else float((x > 0.0) - (x < 0.0))",
    1,
    doc="-1, 0 or 1.",
)
greater = flat("greater", np.greater, "1.0 if x > y else 0.0", 2, ">", "1 if x > y, else 0.")
greater_equal = flat(
    "greater_equal", np.greater_equal, "1.0 if x >= y else 0.0", 2, "≥", "1 if x >= y, else 0."
)
less = flat("less", np.less, "1.0 if x < y else 0.0", 2, "<", "1 if x < y, else 0.")
less_equal = flat(
    "less_equal", np.less_equal, "1.0 if x <= y else 0.0", 2, "≤", "1 if x <= y, else 0."
)
# `==` on nodes compares identity, so that nodes can live in sets; these compare numbers.
equal: Primitive = flat(
    "equal", np.equal, "1.0 if x == y else 0.0", 2, "=", "1 if x equals y, else 0."
)
not_equal = flat(
    "not_equal", np.not_equal, "1.0 if x != y else 0.0", 2, "≠", "1 if x differs from y, else 0."
)

# --- reductions: one number from many -----------------------------------------------------------


def _logsumexp(x: Any) -> Any:
    peak = np.max(x)
    with np.errstate(divide="ignore"):  # the sum is 0 only where every x is -inf
        return peak + np.log(np.sum(np.exp(x - peak))) if np.isfinite(peak) else peak


sum = reduction(
    "sum",
    "reduction",
    np.sum,
    lambda out, x: 1,
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
    np.max,
    lambda out, x: equal(x, out),
    doc="The largest of a sequence; k equal winners get 1/k of the gradient each.",
)
min = reduction(
    "min",
    "selection",
    np.min,
    lambda out, x: equal(x, out),
    doc="The smallest of a sequence; k equal winners get 1/k of the gradient each.",
)
logsumexp = reduction(
    "logsumexp",
    "reduction",
    _logsumexp,
    lambda out, x: exp(x - out),
    symbol="log Σ exp",
    doc="``log(exp(x[0]) + exp(x[1]) + ...)`` without overflow; its gradient is the softmax.",
)
