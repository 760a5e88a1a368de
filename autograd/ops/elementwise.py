"""Elementwise primitives: one number from one, two or three, and arrays element by element.

Each states itself twice: for arrays as a NumPy function, and for one Python float as an expression,
because ``math.tanh`` is many times faster than ``np.tanh`` on a single number.  Where the expression
raises (``log(0)``, ``1/0``), NumPy's function decides: inf or NaN, and a warning.

Each rule is the partial with respect to one input, ``rule(out, *inputs)``; None means that no
gradient flows there.

>>> tanh(0.0), maximum(2.0, 3.0)
(0.0, 3.0)
>>> tanh.partials[0](0.5, None)  # the rule of tanh, called with the number out = 0.5
0.75
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.node import Primitive
from autograd.ops.kinds import elementwise, flat

SQRT_2 = math.sqrt(2.0)
SQRT_PI = math.sqrt(math.pi)

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
