"""What may become a tensor or stand beside one, and what to tell whoever tries something else."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.arrays.lending import kept
from autograd.errors import masked, message, mixed, shown
from autograd.node import Node, raw

__all__ = [
    "CONSTANTS",
    "check_float",
    "constant",
    "explained",
    "history_lost",
    "is_real",
    "plain_real",
    "real_array",
]

# Of these NumPy makes a new array; others may hand out an array that they go on using.
_CONVERTED = (list, tuple, float, int, np.ndarray, np.generic)

# The usual kinds of plain number, found by one look into this set.
CONSTANTS = {float, int, bool, np.float64, np.float32, np.int64, np.bool_}


def is_real(x: Any) -> bool:
    """Whether x is an array or a NumPy number that a primitive can compute with as it is.

    Rules could not: to ``np.matrix`` and other kinds of array ``*`` means something else.
    """
    return (x.__class__ is np.ndarray or isinstance(x, np.generic)) and x.dtype.kind in "biuf"


def constant(name: str, x: Any, args: tuple[Any, ...]) -> Any:
    """An argument beside a tensor as a plain number or array, or an error that names both."""
    if x.__class__ in CONSTANTS or is_real(x):
        return x
    items = x if isinstance(x, tuple | list) else (x,)
    tensor = next((a for a in args if hasattr(a, "requires_grad")), x)
    if isinstance(x, Node):
        if hasattr(x, "requires_grad"):
            return x
        raise mixed(name, *args)
    if isinstance(x, np.ndarray) and x.size and isinstance(x.flat[0], Node):
        raise mixed(name, x, tensor)
    if any(isinstance(item, Node) for item in items):
        raise TypeError(
            message(
                name,
                expected="a tensor",
                got=f"a list with nodes in it, {shown(x)}",
                fix="Join tensors first: autograd.stack([a, b]).",
            )
        )
    if isinstance(x, np.ma.MaskedArray):
        raise masked(name, x)
    try:
        array = np.asarray(x)
    except ValueError:  # rows of different lengths
        array = np.array(None)
    if array.dtype.kind not in "biuf":
        raise TypeError(
            message(
                name,
                expected="tensors, real numbers or arrays of them",
                got=shown(x),
                fix="Convert it first.",
            )
        )
    return array


def explained(name: str, error: ValueError, arrays: list[Any]) -> ValueError:
    """NumPy's error, with a way out where it is the one about shapes that do not broadcast."""
    if not str(error).startswith("operands could not be broadcast"):
        return error
    return ValueError(
        message(
            name,
            expected="shapes that broadcast",
            got=" and ".join(str(np.shape(x)) for x in arrays),
            fix="Compared from the last axis, lengths must be equal or 1: transpose or reshape "
            "one, or add an axis, e.g. x[:, None].",
        )
    )


def real_array(data: Any, dtype: Any, requires_grad: Any, label: Any) -> np.ndarray[Any, Any]:
    """The array of a new tensor, its own; floats where a gradient is asked for."""
    for name, setting, allowed, wish in (
        ("requires_grad", requires_grad, (bool, np.bool_), "True or False"),
        ("label", label, (str,), "a text"),
    ):
        if not isinstance(setting, allowed):
            raise TypeError(
                message(
                    "Tensor",
                    expected=f"{wish} as {name}",
                    got=shown(setting),
                    fix="Name the settings: Tensor(data, requires_grad=True, label='w').",
                )
            )
    try:
        ours = hasattr(data, "primal") and hasattr(data, "requires_grad")  # no Value, no PyTorch's
        if ours and data.requires_grad:
            fix = "Use it as it is, or t.detach() for its numbers alone."
            raise history_lost("Tensor", "numbers, or an array of them", data, fix)
        array = np.asarray(data.primal if ours else data, dtype=dtype)
    except ValueError as error:
        if "inhomogeneous" not in str(error):
            raise _not_real(data, "", dtype) from None
        raise ValueError(
            message(
                "Tensor",
                expected="rows of one length",
                got=f"{shown(data)}, whose rows differ",
                fix="Fill the short rows up, or keep a list of tensors.",
            )
        ) from None
    except TypeError as error:
        # A node's own words are better than ours.
        raise error if "history" in str(error) else _not_real(data, "", dtype) from None
    if array is not data and isinstance(data, np.ma.MaskedArray):
        raise masked("Tensor", data)
    kind = array.dtype.kind
    if kind not in "biuf":
        raise _not_real(data, kind, dtype, array)
    if not requires_grad or kind == "f":
        own = array is not data and array.base is None and isinstance(data, _CONVERTED)
        return array if own or ours else kept(array)
    if dtype is not None:
        check_float("Tensor", array, "Leave dtype out and integers become float64.")
    return array.astype(np.float64)


def plain_real(name: str, x: Any) -> np.ndarray[Any, Any]:
    """What is handed to a tensor as a plain array; TypeError for text and complex numbers."""
    if isinstance(x, np.ma.MaskedArray):
        raise masked(name, x)
    array = np.asarray(raw(x))
    if array.dtype.kind not in "biuf":
        expected, fix = "real numbers", "Convert it first."
        raise TypeError(message(name, expected=expected, got=shown(x), fix=fix))
    return array


def history_lost(name: str, expected: str, x: Any, fix: str) -> TypeError:
    """The error for a tensor that requires a gradient, where only its numbers would be taken."""
    got = f"a Tensor of shape {x.shape}, whose history would be lost"
    return TypeError(message(name, expected=expected, got=got, fix=fix))


def check_float(name: str, array: Any, fix: str) -> None:
    """Raise if no gradient can flow to an array because its numbers do not move continuously."""
    if array.dtype.kind != "f":
        raise TypeError(
            message(
                name,
                expected="a floating-point dtype where a gradient is asked for",
                got=f"dtype {array.dtype}",
                fix=fix,
            )
        )


def _not_real(data: Any, kind: str, dtype: Any, array: Any = None) -> TypeError:
    fix = "Convert it first, e.g. np.array(data, dtype=float)."
    items = [] if array is None or kind != "O" else array.ravel().tolist()
    if dtype is not None:
        fix = "Leave dtype out, or choose np.float64 or np.float32."
    elif any(isinstance(item, Node) for item in items):
        fix = "Values and Tensors do not mix: Tensor([v.data, ...]) takes the numbers only."
    elif kind == "c":
        fix = "Take .real and .imag apart."
    elif data is not None and None in items:
        fix = "Fill in what is missing (None)."
    made = "" if array is None else f" with dtype {array.dtype}"
    got = f"{shown(data)}{made}" + ("" if dtype is None else f", dtype={dtype}")
    return TypeError(message("Tensor", expected="real numbers", got=got, fix=fix))
