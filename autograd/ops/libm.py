"""``exp`` as the C library computes it, which ``math`` and SciPy call.

NumPy has an ``exp`` of its own, several times as fast, that differs in the last bit of one float64
in twenty, and in the last two of float32s.  Functions that SciPy makes of the C library's are made
of it here too, and so have SciPy's bits, and on a Tensor those that ``math`` gives a Value.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["exp"]


def exp(x: Any) -> Any:
    """``exp`` of an array, to the bits of the C library's for float32 and float64.

    That of float16 is a float64: what is computed with it is to be rounded once.

    >>> exp(np.array([0.0, 1.0]))
    array([1.        , 2.71828183])
    """
    if x.dtype == np.float32:
        return _exp_float32(x.ravel()).reshape(x.shape)
    if x.dtype == np.float64:
        return _exp_float64(x.ravel()).reshape(x.shape)
    return np.exp(x, dtype=np.float64) if x.dtype == np.float16 else np.exp(x)


def _exp_float64(x: Any) -> Any:
    """NumPy asks the C library where what goes in and what comes out run in opposite directions.

    It has no quicker loop for that.  Of a single number no direction is seen, of two alike it is.
    """
    numbers = np.repeat(x, 2) if x.size == 1 else x
    backwards = np.empty(numbers.size)[::-1]
    return np.exp(numbers, out=backwards)[: x.size]


# A float64 has 29 bits that a float32 has not.  Shifted so, those close to the middle between two
# float32s are the smallest of them: they lie in a band of 1/64 of the way from one to the next.
_MORE_BITS = 2**29 - 1
_BAND = 2**23
_TO_BAND = _BAND // 2 - 2**28


def _exp_float32(x: Any) -> Any:
    """``exp`` rounded from float64, and asked of the C library where it may have rounded otherwise.

    The C library rounds too, from a little more than a float32: within 1/100 of the way it is
    certain of.  NumPy reaches its ``expf`` by way of complex numbers, which takes twenty times as
    long, for all that is less than 88, and only where the result is close to a middle.  (From 88
    on complex numbers are computed in two steps.  There, 1 in 5,000 may differ by one unit; of the
    sigmoids of all float32s it is 22 subnormal ones.)
    """
    exact = np.exp(x, dtype=np.float64)
    rounded = exact.astype(np.float32)
    close = (((exact.view(np.int64) + _TO_BAND) & _MORE_BITS) < _BAND).nonzero()
    asked = x[close]
    rounded[close] = np.where(asked < 88, np.exp(asked.astype(np.complex64)).real, rounded[close])
    return rounded
