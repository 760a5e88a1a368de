"""What operations ask of their arguments, and how they say no: axes, shapes, whole numbers.

A check costs time in every call, so an operation asks here for what it needs to know anyway, as an
axis counted from the front.  What NumPy refuses is explained afterwards, by ``explained``.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from autograd.errors import message, shown
from autograd.node import Node, ndim_of, shape_of

Shape = tuple[int, ...]


def fails(
    name: str, expected: str, got: str, fix: str, kind: type[Exception] = ValueError
) -> Exception:
    """An error in the name of an operation."""
    return kind(message(name, expected=expected, got=got, fix=fix))


def check_function(name: str, fun: Any) -> None:
    """Raise if what is to be differentiated or compiled is no function, but say its result."""
    if not callable(fun):
        fix = f"Write {name}(f), not {name}(f(x))."
        if isinstance(fun, Node):
            fix += " The gradient of a computed node is x.grad, after its backward()."
        raise fails(name, "a function", shown(fun), fix, TypeError)


def shapes(*arrays: Any) -> str:
    """The shapes of arrays, for a message."""
    return ", ".join(str(shape_of(x)) for x in arrays)


# What NumPy may raise, the special before the general.
KINDS = (np.exceptions.AxisError, np.linalg.LinAlgError, IndexError, TypeError)


def explained(name: str, error: Exception, *arrays: Any, fix: str) -> Exception:
    """What NumPy raised, in the name of an operation and with the shapes of its arrays."""
    if str(error).startswith(f"{name}:"):
        return error
    kind = next((k for k in KINDS if isinstance(error, k)), ValueError)
    inner = str(error.__context__ or "")  # what NumPy said, where another operation explained it
    text = inner if inner and inner in str(error) else str(error)
    wish = "a matrix with an inverse" if "Singular" in text else "arrays that it can work on"
    return fails(name, f"{wish}, for shapes {shapes(*arrays)}", text.rstrip("."), fix, kind)


def listed(name: str, arrays: Any) -> list[Any]:
    """The arrays of a sequence, at least one."""
    items = list(arrays) if np.iterable(arrays) or hasattr(arrays, "__iter__") else []
    if not items:
        raise fails(
            name,
            expected="a list of at least one array",
            got=shown(arrays),
            fix=f"Write {name}([a, b]).",
            kind=ValueError if np.iterable(arrays) else TypeError,
        )
    return items


def integer(name: str, what: str, value: Any, least: int | None = None) -> int:
    """A whole number as Python's, so that what is recorded cannot change."""
    try:
        number = operator.index(value)
    except TypeError:
        expected = f"{what} as a whole number"
        raise fails(name, expected, shown(value), "Write int(...) around it.", TypeError) from None
    if least is not None and number < least:
        raise fails(name, f"{what} of at least {least}", f"{number}", "Give a larger number.")
    return number


def integers(name: str, what: str, values: Any) -> Any:
    """One whole number, or a tuple of them."""
    if not ndim_of(values) and not isinstance(values, range):
        return integer(name, what, values)
    return tuple(integer(name, what, n) for n in values)


def axis_in(name: str, axis: Any, shape: Shape, new: int = 0) -> int:
    """An axis of an array of this shape, counted from the front; of one with ``new`` axes more."""
    number, ndim = integer(name, "an axis", axis), len(shape) + new
    if not -ndim <= number < ndim:
        more = f" with {new} more" if new else ""
        raise fails(
            name,
            expected=f"axes from {-ndim} to {ndim - 1} for shape {shape}{more}"
            if ndim
            else "no axis for a single number",
            got=f"axis {number}",
            fix="Count axes from 0, or from the end with -1.",
            kind=np.exceptions.AxisError,
        )
    return number % ndim


def axes_in(name: str, axes: Any, shape: Shape, new: int = 0) -> Shape:
    """Several axes, or one, counted from the front."""
    items = tuple(axes) if isinstance(axes, tuple | list | range) else (axes,)
    found = tuple(axis_in(name, a, shape, new) for a in items)
    if len(set(found)) < len(found):
        got = f"axes {items} for shape {shape}"
        raise fails(name, "each axis once", got, "Drop the repeated one.")
    return found


# PyTorch's words for NumPy's settings.
TORCH_NAMES = {"dim": "axis", "keepdim": "keepdims", "p": "ord"}
TORCH_NAMES |= {"correction": "ddof", "unbiased": "ddof"}
MOVES = {"dims": "axis"}  # of flip and roll
NOT_GIVEN = {"keepdims": False, "ord": None, "ddof": 0}


# Of these PyTorch returns positions too, if ``dim`` is given.
PAIRS = {"max": "argmax", "min": "argmin", "sort": "argsort"}


# Settings of Python's own functions of the same names, and what to do instead.
PYTHONS = {
    "start": "Write start + sum(xs), or builtins.sum(xs, start) of lists.",
    "key": "Python's own function has it: builtins.max or builtins.min.",
    "default": "Python's own function has it: builtins.max or builtins.min.",
}


def numpy_names(
    name: str, torch: dict[str, Any], default: Any = None, /, **settings: Any
) -> dict[str, Any]:
    """The settings of an operation by NumPy's names, when some of them came by PyTorch's.

    ``default`` is the axis that stands for none given.

    >>> numpy_names("sum", {"dim": 1}, axis=None, keepdims=False)
    {'axis': 1, 'keepdims': False}
    """
    for word, value in torch.items():
        if word == "dim" and name in PAIRS:
            raise TypeError(
                message(
                    name,
                    expected="axis=..., which gives the numbers alone",
                    got=f"dim={value!r}, which gives numbers and positions in PyTorch",
                    fix=f"Write {name} with axis=..., and {PAIRS[name]} for the positions.",
                )
            )
        names = MOVES if name in ("flip", "roll") else TORCH_NAMES
        ours = names.get(word)
        if ours not in settings:
            known = [t for t, n in names.items() if n in settings]
            raise TypeError(
                message(
                    name,
                    expected=f"{', '.join(settings)} (or PyTorch's {', '.join(known)})",
                    got=f"{word}={shown(value)}",
                    fix=PYTHONS.get(word, "Drop what does not apply."),
                )
            )
        if settings[ours] is not (default if ours == "axis" else NOT_GIVEN[ours]):
            raise fails(
                name,
                expected=f"{ours} or PyTorch's {word}, not both",
                got=f"{ours}={shown(settings[ours])} and {word}={shown(value)}",
                fix="They mean the same: give one.",
                kind=TypeError,
            )
        settings[ours] = value
    axis = settings["axis"]
    if isinstance(axis, bool):
        raise TypeError(
            message(
                name,
                expected="an axis, a tuple of them, or None",
                got=shown(axis),
                fix="Name the setting that you mean, e.g. keepdims=True or correction=0.",
            )
        )
    if isinstance(axis, list):
        settings["axis"] = tuple(axis)
    return settings
