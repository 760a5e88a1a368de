"""Arithmetic and the functions of a calculator, of numbers and of arrays element by element.

These are *elementwise* primitives: one number from one or two.  Those that choose between numbers
are in ``choices.py``, activation functions in ``activations.py``.  Each states itself twice: for
arrays as a NumPy function, and for one Python float as an expression, because ``math.tanh`` is many
times faster than ``np.tanh`` on a single number.  Where the expression raises (``log(0)``,
``1/0``), NumPy's function decides: inf or NaN, and a warning.

Each rule is the partial with respect to one input, ``rule(out, *inputs)``.

>>> tanh(0.0), hypot(3.0, 4.0)
(0.0, 5.0)
>>> tanh.partials[0](0.5, None)  # the rule of tanh, called with the number out = 0.5
0.75
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.node import Primitive
from autograd.ops import error_function
from autograd.ops.choices import equal, not_equal, where
from autograd.ops.kinds import elementwise, flat

__all__ = [
    "add",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "cos",
    "cosh",
    "div",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "floor_divide",
    "hypot",
    "log",
    "log1p",
    "log2",
    "log10",
    "mul",
    "neg",
    "power",
    "reciprocal",
    "remainder",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "sub",
    "tan",
    "tanh",
]

SQRT_PI, LOG_2, LOG_10 = math.sqrt(math.pi), math.log(2.0), math.log(10.0)

# --- arithmetic ---------------------------------------------------------------------------------

add = elementwise("add", np.add, "x + y", 1, 1, symbol="+", doc="``x + y``.")
sub = elementwise(
    "sub",
    np.subtract,
    "x - y",
    1,
    -1,
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


def _unless_zero(x: Any, y: Any) -> Any:
    with np.errstate(invalid="ignore"):  # 0 times an infinity
        product = np.multiply(x, y)
    return np.where(np.equal(x, 0) | np.equal(y, 0), product.dtype.type(0), product)


hand_on: Primitive = elementwise(
    "hand_on",
    _unless_zero,
    "x * y if x != 0.0 and y != 0.0 else 0.0",
    lambda out, x, y: y,
    lambda out, x, y: x,
    symbol="×",
    doc="``x * y``, and 0 where one of them is 0, even if the other is infinite: what an edge of "
    "the graph hands on of a gradient x, by a local derivative y.",
)
neg = elementwise("neg", np.negative, "-x", -1, symbol="neg", doc="``-x``.")
square = elementwise(
    "square", np.square, "x * x", lambda out, x: 2 * x, symbol="²", doc="``x * x``."
)
reciprocal = elementwise(
    "reciprocal",
    lambda x: np.divide(1.0, x),  # np.reciprocal makes 0 of the integer 2
    "1.0 / x",
    lambda out, x: -out * out,
    symbol="1/x",
    doc="``1 / x``; an infinity at 0.",
)
floor_divide: Primitive = flat(
    "floor_divide", np.floor_divide, "x // y", 2, "⌊÷⌋", "How often y goes into x: ``x // y``."
)
remainder = elementwise(
    "remainder",
    np.remainder,
    "x % y",
    1,
    lambda out, x, y: -floor_divide(x, y),
    symbol="mod",
    doc="``x % y``, what is left of x; it has the sign of y.",
)


def _power_slope(x: Any, y: Any) -> Any:
    # x**0 is 1 for every x, so all its slopes are 0 also at x = 0, where 0 * x**-1 would be NaN.
    if y.__class__ in (int, float):  # the usual case: a number as exponent
        return y * x if y == 2 else y * x ** (y - 1 if y else 0)
    return y * x ** (where(equal(y, 0), equal(x, 0), y) - 1.0)


power = elementwise(
    "power",
    np.power,
    "pow(x, y)",
    lambda out, x, y: _power_slope(x, y),
    # 0**y is 0 for every y > 0, so its slope is 0, where 0 * log(0) would be NaN.
    lambda out, x, y: out * log(where(equal(x, 0) * (y >= 0), 1.0, x)),
    symbol="**",
    doc="``x ** y``; NaN for a negative x and a fractional y, as in NumPy.",
)

# --- exponentials and roots ---------------------------------------------------------------------

exp: Primitive = elementwise("exp", np.exp, "exp(x)", lambda out, x: out, doc="e to the power x.")
log: Primitive = elementwise(
    "log", np.log, "log(x)", lambda out, x: 1 / x, doc="Natural logarithm; ``log(0)`` is -inf."
)
sqrt: Primitive = elementwise(
    "sqrt",
    np.sqrt,
    "sqrt(x)",
    lambda out, x: 0.5 / out,
    symbol="√",
    doc="Square root; its slope at 0 is inf.",
)

safe_sqrt = elementwise(
    "safe_sqrt",
    np.sqrt,
    "sqrt(x)",
    lambda out, x: not_equal(out, 0) * (0.5 / where(equal(out, 0), 1, out)),
    symbol="√",
    doc="Square root whose slope at 0 is 0: for lengths, which have their minimum there.",
)


def _power_of_scalars(x: Any, y: Any) -> Any:
    # NumPy has two powers: the C library's for its scalars, and one of its own for arrays, those
    # without axes too, which differs in the last bit.  Norms are scalars to it.
    x, y = (number[()] if isinstance(number, np.ndarray) else number for number in (x, y))
    return x**y


safe_power = elementwise(
    "safe_power",
    _power_of_scalars,
    "pow(x, y)",
    lambda out, x, y: not_equal(x, 0) * (y * power(where(equal(x, 0), 1.0, x), y - 1.0)),
    lambda out, x, y: out * log(where(equal(x, 0), 1.0, x)),
    symbol="**",
    doc="``x ** y`` whose slopes at x = 0 are 0: for lengths by other powers than squares.",
)
log1p = elementwise(
    "log1p",
    np.log1p,
    "log1p(x)",
    lambda out, x: 1 / (1 + x),
    symbol="log(1+x)",
    doc="``log(1 + x)``, exact for small x.",
)
expm1: Primitive = elementwise(
    "expm1",
    np.expm1,
    "expm1(x)",
    lambda out, x: exp(x),  # out + 1 would lose its digits where out is close to -1
    symbol="exp−1",
    doc="``exp(x) - 1``, exact for small x.",
)
erf = elementwise(
    "erf",
    error_function.erf,
    "erf(x)",
    lambda out, x: 2 * exp(-x * x) / SQRT_PI,
    doc="The error function; the normal cdf is ``(1 + erf(x / sqrt(2))) / 2``.",
)
erfc = elementwise(
    "erfc",
    error_function.erfc,
    "erfc(x)",
    lambda out, x: -2 / SQRT_PI * exp(-x * x),
    doc="Complementary error function; the normal cdf is ``erfc(-x / sqrt(2)) / 2``.",
)

# --- logarithms and powers of 2 and 10 -----------------------------------------------------------

log2 = elementwise(
    "log2",
    np.log2,
    "log2(x)",
    lambda out, x: 1 / (LOG_2 * x),
    doc="Logarithm to the base 2: bits.",
)
log10 = elementwise(
    "log10",
    np.log10,
    "log10(x)",
    lambda out, x: 1 / (LOG_10 * x),
    doc="Logarithm to the base 10: digits.",
)
exp2 = elementwise("exp2", np.exp2, "exp2(x)", lambda out, x: LOG_2 * out, doc="2 to the power x.")

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

sinh: Primitive = elementwise(
    "sinh", np.sinh, "sinh(x)", lambda out, x: cosh(x), doc="Hyperbolic sine."
)
cosh: Primitive = elementwise(
    "cosh", np.cosh, "cosh(x)", lambda out, x: sinh(x), doc="Hyperbolic cosine."
)
# (1 - x) * (1 + x) keeps the digits that 1 - x * x loses close to 1.
arcsin = elementwise(
    "arcsin",
    np.arcsin,
    "asin(x)",
    lambda out, x: 1 / sqrt((1 - x) * (1 + x)),
    doc="The angle between -π/2 and π/2 with this sine; its slope at -1 and 1 is inf.",
)
arccos = elementwise(
    "arccos",
    np.arccos,
    "acos(x)",
    lambda out, x: -1 / sqrt((1 - x) * (1 + x)),
    doc="The angle between 0 and π with this cosine; its slope at -1 and 1 is -inf.",
)
arctan = elementwise(
    "arctan",
    np.arctan,
    "atan(x)",
    lambda out, x: 1 / (1 + x * x),
    doc="The angle between -π/2 and π/2 with this tangent.",
)
arctan2 = elementwise(
    "arctan2",
    np.arctan2,
    "atan2(x, y)",
    # Divided by the distance twice, because its square overflows early.
    lambda out, x, y: y / hypot(x, y) / hypot(x, y),
    lambda out, x, y: -(x / hypot(x, y)) / hypot(x, y),  # -x would wrap unsigned integers
    doc="The angle between -π and π of the point with height x and width y (NumPy's order); "
    "its slopes at the origin are NaN.",
)
hypot: Primitive = elementwise(
    "hypot",
    np.hypot,
    "hypot(x, y)",
    lambda out, x, y: x / where(equal(out, 0), 1, out),
    lambda out, x, y: y / where(equal(out, 0), 1, out),
    symbol="√(x²+y²)",
    doc="``sqrt(x*x + y*y)`` without overflow; its slopes at the origin are 0.",
)
arcsinh = elementwise(
    "arcsinh",
    np.arcsinh,
    "asinh(x)",
    lambda out, x: 1 / sqrt(1 + x * x),
    doc="Inverse of the hyperbolic sine.",
)
arccosh = elementwise(
    "arccosh",
    np.arccosh,
    "acosh(x)",
    lambda out, x: 1 / (sqrt(x - 1) * sqrt(x + 1)),
    doc="Inverse of the hyperbolic cosine, for x >= 1; its slope at 1 is inf.",
)
arctanh = elementwise(
    "arctanh",
    np.arctanh,
    "atanh(x)",
    lambda out, x: 1 / ((1 - x) * (1 + x)),
    doc="Inverse of the hyperbolic tangent, for -1 < x < 1.",
)
