"""``erf`` and ``erfc`` on arrays, which NumPy does not have: ratios of polynomials, piece by piece.

The polynomials are those of the Cephes library (Moshier, 1989), as in SciPy, and so are the bits.
``erf`` is within 3 units in the last place of the exact result.  ``erfc`` loses up to three digits
far out, where it is below 1e-200, because ``exp`` multiplies the rounding error of ``x * x`` by
``x * x``.  All is computed in float64, and a float32 rounded once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.ops import libm

__all__ = ["erf", "erfc"]

Numbers = tuple[float, ...]
Ratio = tuple[Numbers, Numbers]  # coefficients above and below the line, highest power first

# erf(x) = x * NEAR(x²) up to 1; erfc(x) = exp(-x²) * BEYOND(x) from there to 8, then with FAR

NEAR: Ratio = (
    (
        9.60497373987051638749,
        9.00260197203842689217e1,
        2.23200534594684319226e3,
        7.00332514112805075473e3,
        5.55923013010394962768e4,
    ),
    (
        1.0,
        3.35617141647503099647e1,
        5.21357949780152679795e2,
        4.59432382970980127987e3,
        2.26290000613890934246e4,
        4.92673942608635921086e4,
    ),
)
BEYOND: Ratio = (
    (
        2.46196981473530512524e-10,
        5.64189564831068821977e-1,
        7.46321056442269912687,
        4.86371970985681366614e1,
        1.96520832956077098242e2,
        5.26445194995477358631e2,
        9.34528527171957607540e2,
        1.02755188689515710272e3,
        5.57535335369399327526e2,
    ),
    (
        1.0,
        1.32281951154744992508e1,
        8.67072140885989742329e1,
        3.54937778887819891062e2,
        9.75708501743205489753e2,
        1.82390916687909736289e3,
        2.24633760818710981792e3,
        1.65666309194161350182e3,
        5.57535340817727675546e2,
    ),
)

FAR: Ratio = (
    (
        5.64189583547755073984e-1,
        1.27536670759978104416,
        5.01905042251180477414,
        6.16021097993053585195,
        7.40974269950448939160,
        2.97886665372100240670,
    ),
    (
        1.0,
        2.26052863220117276590,
        9.39603524938001434673,
        1.20489539808096656605e1,
        1.70814450747565897222e1,
        9.60896809063285878198,
        3.36907645100081516050,
    ),
)

BELOW_1, BELOW_8 = np.nextafter((1.0, 8.0), 0.0)
LEAST = -7.09782712893383996732e2  # the logarithm of the largest float64


def _polynomial(x: Any, coefficients: Numbers) -> Any:
    """Horner's scheme, in place."""
    total = np.full_like(x, coefficients[0])
    for c in coefficients[1:]:
        total *= x
        total += c
    return total


def _ratio(x: Any, of: Ratio, factor: Any = 1.0) -> Any:
    """The factor times one polynomial, divided by the other."""
    above, below = of
    return factor * _polynomial(x, above) / _polynomial(x, below)


def _tail(size: Any, of: Ratio) -> Any:
    """``erfc`` of numbers from 1 on; 0 where ``exp`` would be smaller than a normal float64."""
    size = np.minimum(size, 28.0)
    exponent = -size * size
    return np.where(exponent < LEAST, 0.0, _ratio(size, of, libm.exp(exponent)))


def _erf_inside(x: Any) -> Any:
    return _ratio(x * x, NEAR, x)


def _erf_outside(x: Any) -> Any:
    size = np.minimum(np.abs(x), 7.0)  # from 6 on the rest is too small to be seen
    return np.copysign(1.0 - _tail(size, BEYOND), x)


def _erfc_outside(x: Any, of: Ratio) -> Any:
    far = _tail(np.abs(x), of)
    return np.where(x > 0, far, 2.0 - far)


def _pieces(x: Any, *pieces: tuple[float, Callable[[Any], Any]]) -> Any:
    """For each x the function of the first piece whose bound is above ``|x|``; NaN stays NaN."""
    x = np.asarray(x)
    numbers = x.astype(np.float64).ravel()
    size, below, out = np.abs(numbers), -1.0, np.full_like(numbers, np.nan)
    with np.errstate(under="ignore"):
        for bound, function in pieces:
            places = np.flatnonzero((size > below) & (size <= bound))
            out[places] = function(numbers[places])
            below = bound
    out = out.reshape(x.shape)
    # In the processor's order of bytes, as NumPy's own functions answer.
    dtype = x.dtype.newbyteorder("=") if x.dtype.kind == "f" else np.float64
    return out.astype(dtype, copy=False)[()]


def erf(x: Any) -> Any:
    """The error function of an array, in the dtype of x.

    >>> erf(np.array([0.0, 1.0, -np.inf]))
    array([ 0.        ,  0.84270079, -1.        ])
    """
    return _pieces(x, (1.0, _erf_inside), (np.inf, _erf_outside))


def erfc(x: Any) -> Any:
    """``1 - erf(x)`` of an array, with its digits where it is small; in the dtype of x.

    >>> erfc(np.array([0.0, 1.0, 10.0]))
    array([1.00000000e+00, 1.57299207e-01, 2.08848758e-45])
    """
    return _pieces(
        x,
        (BELOW_1, lambda v: 1.0 - _erf_inside(v)),
        (BELOW_8, lambda v: _erfc_outside(v, BEYOND)),
        (np.inf, lambda v: _erfc_outside(v, FAR)),
    )
