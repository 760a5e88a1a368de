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
    """``exp`` of an array: the C library's for float64, rounded from float64 for float32.

    The C library rounds a float32 from more digits too: 1 in 5,000 differs, by one unit.

    >>> exp(np.array([0.0, 1.0]))
    array([1.        , 2.71828183])
    """
    if x.dtype == np.float32:
        return np.exp(x, dtype=np.float64).astype(np.float32)
    if x.dtype != np.float64:
        return np.exp(x)
    if x.size < 2:  # complex numbers have it too, but take four times as long
        return np.exp(x.astype(np.complex128)).real
    # NumPy asks the C library where the numbers that go in and those that come out run in opposite
    # directions, for which it has no quicker loop.
    backwards = np.empty(x.size)[::-1].reshape(x.shape)
    return np.exp(np.ascontiguousarray(x), out=backwards)
