"""Elementwise primitives: one number from one, two or three, and arrays element by element.

Each states itself twice: for arrays as a NumPy function, and for one Python float as an
expression, because ``math.tanh`` is many times faster than ``np.tanh`` on a single number.  Where
the expression raises (``log(0)``, ``1/0``), NumPy's function decides: inf or NaN, and a warning.

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

from autograd.node import Primitive, dtype_of
from autograd.ops import error_function
from autograd.ops.kinds import elementwise, flat

__all__ = [
    "abs",
    "add",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "ceil",
    "clip",
    "cos",
    "cosh",
    "div",
    "equal",
    "erf",
    "erfc",
    "exp",
    "expm1",
    "floor",
    "floor_divide",
    "greater",
    "greater_equal",
    "hypot",
    "less",
    "less_equal",
    "log",
    "log1p",
    "maximum",
    "minimum",
    "mul",
    "neg",
    "not_equal",
    "power",
    "reciprocal",
    "remainder",
    "sign",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "stop_gradient",
    "sub",
    "tan",
    "tanh",
    "where",
]

SQRT_PI = math.sqrt(math.pi)

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
minimum: Primitive = elementwise(
    "minimum",
    np.minimum,
    "x if x < y or x != x else y",
    lambda out, x, y: 0.5 * (x < y) + 0.5 * (x <= y),
    lambda out, x, y: 0.5 * (y < x) + 0.5 * (y <= x),
    doc="The smaller of two; a tie gives each half of the gradient.",
)


_clip = elementwise(
    "clip",
    lambda x, y, z: np.clip(x, y, z),
    "z if y > z or x > z else (y if x < y else x)",
    lambda out, x, y, z: (x >= y) * (x <= z),
    lambda out, x, y, z: (x < y) * (y <= z),
    lambda out, x, y, z: where(y > z, y > z, x > z),
)
clamp_min = elementwise(
    "clamp_min",
    np.maximum,
    "x if x > y or x != x else y",
    lambda out, x, y: x >= y,
    lambda out, x, y: x < y,
    doc="The larger of x and the bound y; at the bound x has the gradient.",
)
clamp_max = elementwise(
    "clamp_max",
    np.minimum,
    "x if x < y or x != x else y",
    lambda out, x, y: x <= y,
    lambda out, x, y: x > y,
    doc="The smaller of x and the bound y; at the bound x has the gradient.",
)


def clip(x: Any, low: Any = None, high: Any = None) -> Any:
    """``x`` where it is between the bounds, else the nearer bound.

    The slope is 1 inside and on the bounds, and 0 outside, as for PyTorch's ``clamp``.  Where the
    bounds cross, the result is the upper one.

    Args:
        x: a number, an array or a node.
        low: the lower bound, a node too if you like; none if None.
        high: the upper bound, likewise.

    Raises:
        TypeError: arguments that are not numbers.

    >>> clip(5.0, 0.0, 1.0), clip(-5.0, high=1.0), clip(-5.0, low=0.0)
    (1.0, -5.0, 0.0)
    """
    try:
        return _between(x, low, high)
    except OverflowError:  # a bound that no number of x's type of integers reaches
        known = np.iinfo(dtype_of(x))
        bounds = (b if b is None else min(max(b, known.min), known.max) for b in (low, high))
        return _between(x, *bounds)


def _between(x: Any, low: Any, high: Any) -> Any:
    if high is None:
        return x if low is None else clamp_min(x, low)
    return clamp_max(x, high) if low is None else _clip(x, low, high)


def chosen(x: Any, y: Any, z: Any) -> Any:
    """NumPy's ``where``, a number if all three were numbers."""
    return np.asarray(np.where(x, y, z))[()]


where: Primitive = elementwise(
    "where",
    chosen,
    "y if x else z",
    None,
    lambda out, x, y, z: not_equal(x, 0),
    lambda out, x, y, z: equal(x, 0),
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
floor = flat("floor", np.floor, "float(floor(x))", 1, "⌊x⌋", "The largest integer up to x.")
ceil = flat("ceil", np.ceil, "float(ceil(x))", 1, "⌈x⌉", "The smallest integer from x on.")
stop_gradient = flat(
    "stop_gradient",
    lambda x: x,
    "x",
    1,
    "stop",
    "x itself, as a constant: no gradient flows through it.",
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
not_equal: Primitive = flat(
    "not_equal", np.not_equal, "1.0 if x != y else 0.0", 2, "≠", "1 if x differs from y, else 0."
)
