"""NumPy, under the name by which scripts written for HIPS's autograd import it.

There NumPy is wrapped.  Here arrays with a memory speak NumPy's own protocols, and this module is
NumPy itself, but for a few functions.  NumPy makes arrays of lists without asking what is in them,
and the history of Tensors in a list would be lost.  ``array``, ``full`` and the functions named at
the end of this file stack them.

>>> import autograd.numpy as np
>>> from autograd import grad
>>> grad(lambda x: np.sum(np.array([x, 2 * x, 1.0]) ** 2))(3.0)
30.0
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import numpy

from autograd import ops
from autograd.tensor import Tensor

__all__ = list(numpy.__all__)

for _part in ("fft", "linalg", "random"):  # ``import autograd.numpy.random as npr``
    sys.modules[f"{__name__}.{_part}"] = getattr(numpy, _part)


def __getattr__(name: str) -> Any:
    return getattr(numpy, name)


def array(
    object: Any, dtype: Any = None, *, copy: Any = True, order: Any = "K", subok: Any = False,
    ndmin: int = 0, like: Any = None,
) -> Any:  # fmt: skip
    """``numpy.array``; of a list with Tensors in it, or lists of such, a Tensor.

    How a Tensor lies in memory, and whether it is a copy, nobody can tell: copy and order are those
    of plain arrays.
    """
    if not _has_tensors(object):
        settings: Any = {"copy": copy, "order": order, "subok": subok, "like": like}
        return numpy.array(object, dtype, ndmin=ndmin, **settings)
    joined = _stacked(object)
    if joined.ndim < ndmin:
        joined = ops.reshape(joined, (1,) * (ndmin - joined.ndim) + joined.shape)
    return joined if dtype is None else ops.cast(joined, dtype)


def asarray(a: Any, dtype: Any = None, **settings: Any) -> Any:
    """``numpy.asarray``; a Tensor stays what it is."""
    return array(a, dtype) if _has_tensors(a) else numpy.asarray(a, dtype, **settings)


def full(shape: Any, fill_value: Any, dtype: Any = None, **settings: Any) -> Any:
    """``numpy.full``; filled with a Tensor, or a list with Tensors in it, a Tensor."""
    if not _has_tensors(fill_value):
        return numpy.full(shape, fill_value, dtype, **settings)
    lengths = tuple(shape) if numpy.iterable(shape) else (shape,)
    return ops.broadcast_to(array(fill_value, dtype), lengths)


def _has_tensors(x: Any) -> bool:
    return isinstance(x, Tensor) or (isinstance(x, list | tuple) and any(map(_has_tensors, x)))


def _stacked(x: Any) -> Any:
    return ops.stack([_stacked(item) for item in x]) if isinstance(x, list | tuple) else x


def _arrayed(x: Any) -> Any:
    """A list with Tensors as a Tensor, all else as it is."""
    return _stacked(x) if _has_tensors(x) else x


def _of_arrays(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function whose arguments may be lists with Tensors."""

    @functools.wraps(function)
    def of_lists(*args: Any, **kwargs: Any) -> Any:
        return function(*map(_arrayed, args), **kwargs)

    return of_lists


def _of_list(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of a list of arrays, which may be lists with Tensors themselves."""

    @functools.wraps(function)
    def of_lists(arrays: Any, *args: Any, **kwargs: Any) -> Any:
        items = [_arrayed(x) for x in arrays] if isinstance(arrays, list | tuple) else arrays
        return function(items, *args, **kwargs)

    return of_lists


# Those that scripts give lists of results; of lists within ``_JOINED`` each becomes an array.
_ARRAYS = "sum prod mean var std max min dot inner outer diag cumsum sort"
_JOINED = "concatenate stack vstack hstack"
globals().update({name: _of_arrays(getattr(numpy, name)) for name in _ARRAYS.split()})
globals().update({name: _of_list(getattr(numpy, name)) for name in _JOINED.split()})
