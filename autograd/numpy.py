"""NumPy, under the name by which scripts written for HIPS's autograd import it.

There NumPy is wrapped.  Here arrays with a memory speak NumPy's own protocols, and this module is
NumPy itself, but for ``array`` and ``asarray``: NumPy makes arrays of lists without asking what is
in them, and the history of Tensors in a list would be lost.  Here they are stacked.

>>> import autograd.numpy as np
>>> from autograd import grad
>>> grad(lambda x: np.sum(np.array([x, 2 * x, 1.0]) ** 2))(3.0)
30.0
"""

from __future__ import annotations

import sys
from typing import Any

import numpy

from autograd import ops
from autograd.tensor import Tensor

__all__ = list(numpy.__all__)

for _part in ("fft", "linalg", "random"):  # ``import autograd.numpy.random as npr``
    sys.modules[f"{__name__}.{_part}"] = getattr(numpy, _part)


def __getattr__(name: str) -> Any:
    return getattr(numpy, name)


def array(object: Any, dtype: Any = None, **settings: Any) -> Any:
    """``numpy.array``; of a list with Tensors in it, or lists of such, a Tensor."""
    if not _has_tensors(object):
        return numpy.array(object, dtype, **settings)
    joined = _stacked(object)
    return joined if dtype is None else ops.cast(joined, dtype)


def asarray(a: Any, dtype: Any = None, **settings: Any) -> Any:
    """``numpy.asarray``; a Tensor stays what it is."""
    return array(a, dtype) if _has_tensors(a) else numpy.asarray(a, dtype, **settings)


def _has_tensors(x: Any) -> bool:
    return isinstance(x, Tensor) or (isinstance(x, list | tuple) and any(map(_has_tensors, x)))


def _stacked(x: Any) -> Any:
    return ops.stack([_stacked(item) for item in x]) if isinstance(x, list | tuple) else x
