"""Other types: floats are a copy that gradients flow through, integers and booleans a decision."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.errors import message, shown
from autograd.node import Primitive
from autograd.ops.shapes import astype

__all__ = ["cast"]

_as_integers = Primitive(
    "as_integers",
    "flat",
    lambda x, dtype: np.asarray(x).astype(dtype),
    "",
    (),
    doc="The numbers as integers, or as True and False.",
    vjps=(None,),
    jvp=lambda *_, **__: None,
)


def cast(x: Any, dtype: Any) -> Any:
    """The same numbers in another type; no gradient flows through integers and booleans.

    Args:
        x: an array.
        dtype: what NumPy takes for a real type: ``np.float32``, ``"int64"``, ``bool``, ...

    Raises:
        TypeError: a type of something else than real numbers.

    >>> cast(np.array([1.5, -2.5]), int)
    array([ 1, -2])
    """
    try:
        kind = np.dtype(dtype).kind
    except TypeError:
        kind = ""
    if not kind or kind not in "biuf":
        raise TypeError(
            message(
                "astype",
                expected="a type of real numbers, such as np.float32, int or bool",
                got=shown(dtype),
                fix="Tensors are always in main memory: there are no devices to choose.",
            )
        )
    return (astype if kind == "f" else _as_integers)(x, dtype=np.dtype(dtype))


def floats(x: Any) -> Any:
    """An array as it is if it has floats; integers and booleans as float64.

    NumPy would take small integers for float16, and minus wraps what has no sign.

    >>> floats(np.uint8([1, 2])), floats(np.float32([1.0])).dtype
    (array([1., 2.]), dtype('float32'))
    """
    x = np.asarray(x)
    return x.astype(np.float64) if x.dtype.kind in "biu" else x
