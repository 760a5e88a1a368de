"""NumPy's protocols: what happens when one of its functions is called with a node.

NumPy asks the objects that it is given what its functions mean, by the methods ``__array_ufunc__``
(functions of elements: ``np.exp``) and ``__array_function__`` (all others).  The answers are in
``numpy_ufuncs.py`` and ``numpy_functions.py``.  A function or a setting that is not there gets an
error with a way out, never an array that has lost its history.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from inspect import Parameter, signature
from typing import Any

import numpy as np

from autograd.arrays.numpy_functions import (
    FORM_FUNCTIONS,
    MEANINGS,
    NO,
    PLAIN_FUNCTIONS,
    formed,
    is_tensor,
)
from autograd.arrays.numpy_ufuncs import ELEMENTWISE, METHODS
from autograd.branches import is_undecided
from autograd.errors import message, mixed
from autograd.node import Node, raw

__all__ = ["on_tensors", "on_ufunc", "on_values"]

# What a Value, one number, is to functions of arrays: joined into object arrays, or left alone.
JOINING = "concatenate stack vstack hstack dstack column_stack append atleast_1d"
ITSELF = "sum prod mean max amax min amin squeeze copy"

# Decisions and summaries, without a slope.
WITHOUT_SLOPE = (
    "unique nonzero argwhere flatnonzero searchsorted digitize histogram histogram2d bincount "
    "round around rint fix trunc lexsort argpartition isin in1d linalg.cond "
    "linalg.matrix_rank nanargmax nanargmin"
)
# With these a setting that we cannot honour asks for nothing; of those not named, with None.
HARMLESS: dict[str, tuple[Any, ...]] = {
    "where": (True,),  # of None NumPy makes False
    "order": (None, "C"),
    "copy": (None, False, True),  # a tensor is not changed: nobody can tell
    **dict.fromkeys(("hermitian", "returned", "subok", "upper"), (None, False)),
}
# What to say about functions that have no place in the table.
INSTEAD = {
    "median": "Take the middle of autograd.sort(t).",
    "percentile": "Take it from autograd.sort(t).",
    "quantile": "Take it from autograd.sort(t).",
    "linalg.multi_dot": "Write a @ b @ c.",
    "linalg.matrix_power": "Write a @ a.",
    "linalg.lstsq": "Use autograd.pinv(a) @ b.",
    "linalg.eigvalsh": "Use autograd.eigh(a)[0].",
    "linalg.eig": "For symmetric matrices use autograd.eigh(a).",
    "linalg.eigvals": "For symmetric matrices use autograd.eigh(a).",
    "copyto": "Use autograd.where, which makes a new tensor.",
    "put": "Use autograd.index_update, which makes a new tensor.",
    "place": "Use autograd.where, which makes a new tensor.",
    "putmask": "Use autograd.where, which makes a new tensor.",
    "put_along_axis": "Use autograd.index_update, which makes a new tensor.",
    "fill_diagonal": "Use autograd.where with np.eye, which makes a new tensor.",
    "insert": "Use autograd.concatenate of the parts.",
    "delete": "Take the others: t[keep].",
    "hsplit": "Use np.split(t, ..., axis=1).",
    "vsplit": "Use np.split(t, ..., axis=0).",
    "dsplit": "Use np.split(t, ..., axis=2).",
    "unstack": "Write list(t).",
    "rollaxis": "Use np.moveaxis.",
    "cumulative_sum": "Use np.cumsum.",
    "cumulative_prod": "Use np.cumprod.",
    "nansum": "Write np.sum(autograd.where(np.isnan(t), 0, t)).",
    "meshgrid": "Broadcast instead: x[:, None] and y[None, :].",
    "cbrt": "Write np.sign(t) * np.abs(t) ** (1 / 3).",
    "logaddexp.reduce": "Use autograd.logsumexp, which is more exact: np's adds one by one.",
    "float_power": "Write t**y.",
    "fabs": "Use np.abs.",
    "cross": "Compose it of products of t[..., 0], t[..., 1] and t[..., 2].",
    "linalg.cross": "Compose it of products of t[..., 0], t[..., 1] and t[..., 2].",
    "save": "Write np.save(file, t.data).",
    "savez": "Write np.savez(file, t.data).",
    "savetxt": "Write np.savetxt(file, t.data).",
    "nan_to_num": "Use autograd.where(autograd.isnan(t), 0, t).",
}


def _name(function: Any) -> str:
    """``np.linalg.norm``, for messages."""
    if isinstance(function, str):
        return function
    home = (function.__module__ or "numpy").replace("numpy", "np", 1)
    return f"{home}.{function.__name__}"


@lru_cache(maxsize=256)
def _settings(
    meaning: Callable[..., Any],
) -> tuple[tuple[str, ...], frozenset[str], frozenset[str]]:
    """The names of the positional arguments in order, of all, and of those we cannot honour."""
    parameters = signature(meaning).parameters.values()
    by_position = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    return (
        tuple(p.name for p in parameters if p.kind in by_position),
        frozenset(p.name for p in parameters),
        frozenset(p.name for p in parameters if p.default is NO),
    )


def _honoured(function: Any, meaning: Callable[..., Any], args: Any, kwargs: dict[str, Any]) -> Any:
    """Call what a function of NumPy means here, unless a setting asks for more than we can do."""
    names, known, refused = _settings(meaning)
    given = dict(zip(names, args, strict=False)) | kwargs
    for word in given.keys() & refused | kwargs.keys() - known:
        value = given[word]
        plain = isinstance(value, bool | str | None)
        if not (plain and value in HARMLESS.get(word, (None,))):
            raise _cannot(_name(function), word)
    if refused:
        kept = [NO if n in refused else x for n, x in zip(names, args, strict=False)]
        args = [*kept, *args[len(names) :]]
        kwargs = {n: x for n, x in kwargs.items() if n in known - refused}
    return meaning(*args, **kwargs)


def _cannot(name: str, word: str) -> TypeError:
    """The error for a setting that would lose the history, or that we do not know."""
    fix = {
        "out": "Use the result instead: `a += t` on an array writes into it, `a = a + t` does not.",
        "where": "Choose with autograd.where(mask, result, other).",
        "dtype": "Write t.astype(dtype) first.",
        "returned": "The sum of the weights is autograd.sum(weights).",
    }.get(word, "Leave it out, or use .data for the plain array.")
    got = "out=, a result written into an array" if word == "out" else f"{word}=..."
    return TypeError(message(name, expected="a call that makes a new tensor", got=got, fix=fix))


def _unknown(name: str, kind: str) -> TypeError:
    """The error for a function that is not in the table.

    A function with a similar name is no way out: it computes something else.
    """
    short = name.removeprefix("np.")
    fix = INSTEAD.get(short, "")
    if short in WITHOUT_SLOPE.split():
        fix = f"It has no derivative: {name}(t.data)."
    elif not fix:
        fix = "Compose it of functions of autograd, or use .data for the plain array."
    expected = "a function that records the graph"
    return TypeError(message(name, expected=expected, got=f"a {kind}", fix=fix))


# --- the answers --------------------------------------------------------------------------------


def _check_kinds(function: Any, args: Any) -> None:
    """Raise if there are Values and Tensors among the arguments, also inside of lists."""
    items = [x for a in args for x in (a if isinstance(a, list | tuple) else (a,))]
    nodes = {is_tensor(x): x for x in items if isinstance(x, Node)}
    if len(nodes) == 2:
        raise mixed(_name(function), *nodes.values())


def on_tensors(function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """What a function of NumPy means when there is a Tensor among its arguments."""
    if function in PLAIN_FUNCTIONS:
        plain = formed if function in FORM_FUNCTIONS else raw
        return function(*map(plain, args), **{n: plain(x) for n, x in kwargs.items()})
    if len(types) > 1:
        _check_kinds(function, args)
    meaning = MEANINGS.get(function)
    if meaning is None:
        raise _unknown(_name(function), "Tensor")
    return _honoured(function, meaning, args, kwargs)


def on_values(function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """What a function of NumPy means when there is a Value among its arguments."""
    name = _name(function)
    if function in PLAIN_FUNCTIONS:
        return function(*map(raw, args), **{n: raw(x) for n, x in kwargs.items()})
    _check_kinds(function, args)
    short = name.removeprefix("np.")
    if short in ("where", "clip", "full_like"):
        return _honoured(name, MEANINGS[function], args, kwargs)
    if short in ITSELF.split() and isinstance(args[0], Node) and not is_undecided():
        return args[0]
    if short in JOINING.split():
        boxed = [_boxed(a) for a in args]
        return function(*boxed, **kwargs)
    raise _unknown(name, "Value")


def _boxed(x: Any) -> Any:
    """Values as object arrays, which NumPy joins as it does other arrays."""
    if isinstance(x, list | tuple):
        return [_boxed(item) for item in x]
    return np.array(x, dtype=object) if isinstance(x, Node) else x


def on_ufunc(ufunc: np.ufunc, method: str, inputs: Any, kwargs: dict[str, Any]) -> Any:
    """What a function of elements, or a method of it, means when a Tensor is involved."""
    if method == "__call__":
        function = ELEMENTWISE.get(ufunc)
        if function is not None and not kwargs:
            return function(*inputs)
    name = f"np.{ufunc.__name__}" + ("" if method == "__call__" else f".{method}")
    _check_kinds(name, inputs)
    meaning = METHODS.get(method, {}).get(ufunc)
    if meaning is not None:
        return _honoured(name, meaning, inputs, kwargs)
    if method == "at":
        raise TypeError(
            message(
                name,
                expected="tensors that are not changed after they were computed",
                got="a change in place",
                fix="Use autograd.index_add or index_update, which make a new tensor.",
            )
        )
    raise _unknown(name, "Tensor")
