"""Activation functions, and the smooth maximum that some of them come from.

Elementwise like those of ``elementwise.py``: each states itself for arrays and for one float, and
each rule is the partial with respect to one input.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from autograd.node import Primitive
from autograd.ops import error_function, libm
from autograd.ops.casting import floats
from autograd.ops.choices import chosen, minimum, where
from autograd.ops.elementwise import SQRT_PI, erfc, exp, expm1
from autograd.ops.kinds import elementwise

__all__ = [
    "elu",
    "gelu",
    "leaky_relu",
    "logaddexp",
    "relu",
    "sigmoid",
    "silu",
    "softplus",
]

SQRT_2 = math.sqrt(2.0)


def _sigmoid(x: Any) -> Any:
    x = floats(x)
    with np.errstate(over="ignore"):  # exp(800) is inf, and 1 / inf is the right 0
        out = 1 / (1 + libm.exp(-x))
    return out.astype(np.float16) if x.dtype == np.float16 else out


# The largest arrays of zeros that are kept, in bytes.
_KEPT = 2**20


@functools.lru_cache(8)
def _zeros(shape: tuple[int, ...], dtype: Any) -> Any:
    zeros = np.zeros(shape, dtype)
    zeros.flags.writeable = False
    return zeros


def zero_beside(x: Any) -> Any:
    """0 to compare x with; NumPy is up to three times faster with an array of zeros."""
    is_array = x.__class__ is np.ndarray and x.ndim and x.dtype.kind == "f"
    if is_array and x.nbytes <= _KEPT and x.flags.c_contiguous:
        return _zeros(x.shape, x.dtype)
    return 0


def _relu(x: Any) -> Any:
    return np.maximum(x, zero_beside(x))


def _softplus(x: Any) -> Any:
    with np.errstate(invalid="ignore"):  # NaN in, NaN out
        return np.logaddexp(x, 0.0)  # a float, for integers too


def _silu(x: Any) -> Any:
    with np.errstate(over="ignore"):
        return x / (1 + np.exp(-floats(x)))


sigmoid: Primitive = elementwise(
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
    lambda out, x: out > 0,
    symbol="ReLU",
    doc="``max(x, 0)``; its slope at 0 is 0.",
)
_leaky_relu = elementwise(
    "leaky_relu",
    lambda x, y: np.maximum(x, 0) + np.multiply(np.minimum(x, 0), y),
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


# Not named "elu": the scalar code of a binary primitive takes the name with an r in front too.
_elu = elementwise(
    "elu",
    lambda x, y: chosen(np.asarray(x) > 0, x, y * np.expm1(np.minimum(x, 0.0))),
    "x if x > 0.0 else y * expm1(x)",
    lambda out, x, y: where(x > 0, 1, y * exp(minimum(x, 0.0))),  # out + y would lose its digits
    lambda out, x, y: expm1(minimum(x, 0.0)),
    symbol="ELU",
)


def elu(x: Any, alpha: Any = 1.0) -> Any:
    """``x`` where x > 0, ``alpha * (exp(x) - 1)`` elsewhere; the slope at 0 is ``alpha``.

    Args:
        x: a number, an array or a node.
        alpha: minus the limit for x to -inf; it may be a node too.

    Raises:
        TypeError: arguments that are not numbers.

    >>> elu(2.0), elu(-800.0), elu(-800.0, alpha=0.5)
    (2.0, -1.0, -0.5)
    """
    return _elu(x, alpha)


silu = elementwise(
    "silu",
    _silu,
    "x / (1.0 + exp(-x))",
    lambda out, x: sigmoid(x) + out * (1 - sigmoid(x)),
    symbol="SiLU",
    doc="``x * sigmoid(x)``, also called swish (Elfwing et al., 2017).",
)
logaddexp = elementwise(
    "logaddexp",
    np.logaddexp,
    f"x + {math.log(2.0)!r} if x == y else (x if x > y else y) + log1p(exp(-fabs(x - y)))",
    lambda out, x, y: sigmoid(x - y),
    lambda out, x, y: sigmoid(y - x),
    symbol="log(eˣ+eʸ)",
    doc="``log(exp(x) + exp(y))`` without overflow.",
)
softplus = elementwise(
    "softplus",
    _softplus,
    "log1p(exp(-fabs(x))) + (x if x > 0.0 else 0.0)",
    lambda out, x: sigmoid(x),
    doc="``log(1 + exp(x))``, a smooth ReLU, without overflow.",
)
gelu = elementwise(
    "gelu",
    lambda x: 0.5 * np.asarray(x) * error_function.erfc(-floats(x) / SQRT_2),
    f"0.5 * x * erfc(-x / {SQRT_2!r})",
    lambda out, x: 0.5 * erfc(-x / SQRT_2) + x * exp(-0.5 * x * x) / (SQRT_2 * SQRT_PI),
    symbol="GELU",
    doc="``x * Phi(x)`` with the normal cdf Phi, exact (Hendrycks and Gimpel, 2016).",
)
