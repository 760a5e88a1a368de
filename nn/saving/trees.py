"""A tree of plain data as arrays and one text, and back.

What is worth saving is a tree: dicts, lists and tuples of arrays, numbers, strings and None.

    {"model": {"0.weight": array}, "optimizer": {"state": {0: {"step": 3}}}, "epoch": 3}

File formats for weights hold arrays with names and nothing else.  So a tree is taken apart: each
array gets its path as a name, ``model/0.weight``, and a text in JSON says where the arrays belong
and holds everything else:

    {"model": {"0.weight": {"$array": "model/0.weight"}},
     "optimizer": {"$dict": [["state", ...

An object of JSON that has a key with ``$`` stands for what JSON has not: arrays, tuples, infinite
numbers, NumPy's numbers, and dicts whose keys are not strings (or have a ``$`` themselves).
Nothing in a text can name a class or a function, as a pickle does, so reading one runs no code.
"""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Node
from nn.checks import fails
from nn.module import Module

__all__ = ["DTYPES", "Arrays", "put_together", "taken_apart"]

Arrays = dict[str, NDArray[Any]]

DTYPES = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
          "float16", "float32", "float64")  # fmt: skip
DEPTH = 50  # deeper than any state, and far from the end of Python's stack


def taken_apart(thing: Any) -> tuple[Arrays, str, bool]:
    """The arrays of a tree by name, the text, and whether the tree is a plain dict of the arrays.

    Raises:
        TypeError: something that is not plain data; the message has its place.
        ValueError: a tree deeper than 50 levels, as one that contains itself is.

    >>> taken_apart({"w": np.ones(2), "lr": (0.1, math.inf)})[:2]
    ({'w': array([1., 1.])}, '{"w":{"$array":"w"},"lr":{"$tuple":[0.1,{"$float":"inf"}]}}')
    """
    arrays: Arrays = {}
    description = _described(thing, (), arrays)
    plain = description == {name: {"$array": name} for name in arrays}
    return arrays, json.dumps(description, allow_nan=False, separators=(",", ":")), plain


def put_together(arrays: Arrays, text: str) -> Any:
    """The tree that was taken apart.

    Raises:
        ValueError: a text that does not describe a tree of exactly these arrays.

    >>> put_together({"w": np.ones(2)}, '[{"$array": "w"}, {"$dict": [[3, "three"]]}]')
    [array([1., 1.]), {3: 'three'}]
    """
    left = dict(arrays)
    try:
        tree = _built(json.loads(text), left, 0)
    except RecursionError:
        raise ValueError("its text is nested too deeply") from None
    if left:
        raise ValueError(f"its text does not mention the array {next(iter(left))!r}")
    return tree


# --- taking apart ---


def _described(thing: Any, path: tuple[Any, ...], arrays: Arrays) -> Any:
    """A thing as data for JSON; arrays go to ``arrays``."""
    if len(path) > DEPTH:
        raise fails(
            "save", f"a tree of at most {DEPTH} levels", "a deeper one", "Does it contain itself?"
        )
    if isinstance(thing, Module):
        thing = thing.state_dict()
    elif isinstance(thing, Node):
        thing = thing.primal
    elif hasattr(thing, "detach") and hasattr(thing, "numpy"):
        thing = _of_torch(thing, path)
    if isinstance(thing, np.ndarray):
        return {"$array": _named(thing, path, arrays)}
    if isinstance(thing, np.generic) and thing.dtype.name in DTYPES:
        return {f"${thing.dtype.name}": _described(thing.item(), path, arrays)}
    if thing is None or isinstance(thing, bool | str):
        return thing
    if isinstance(thing, int):
        if thing.bit_length() > 10_000:  # Python's own limit on reading one back is near
            raise fails(
                f"save: {_place(path)}", "whole numbers of at most 10,000 bits", "a larger one", ""
            )
        return int(thing)
    if isinstance(thing, float):
        return float(thing) if math.isfinite(thing) else {"$float": str(float(thing))}
    if isinstance(thing, list | tuple):
        entries = [_described(x, (*path, i), arrays) for i, x in enumerate(thing)]
        return {"$tuple": entries} if isinstance(thing, tuple) else entries
    if isinstance(thing, dict):
        return _described_dict(thing, path, arrays)
    hint = "Save its state_dict()." if hasattr(thing, "state_dict") else ""
    raise fails(
        f"save: {_place(path)}",
        "dicts, lists and tuples of arrays, numbers, strings, booleans and None",
        f"{type(thing).__name__} {repr(thing)[:80]}",
        hint,
        TypeError,
    )


def _described_dict(thing: dict[Any, Any], path: tuple[Any, ...], arrays: Arrays) -> Any:
    for key in thing:
        if not (key is None or isinstance(key, bool | int | float | str)):
            raise fails(
                f"save: {_place(path)}", "keys that are strings or numbers", repr(key)[:80], "",
                TypeError,
            )  # fmt: skip
    if all(isinstance(key, str) and not key.startswith("$") for key in thing):
        return {str(key): _described(x, (*path, key), arrays) for key, x in thing.items()}
    return {
        "$dict": [
            [_described(key, path, arrays), _described(x, (*path, key), arrays)]
            for key, x in thing.items()
        ]
    }


def _named(array: NDArray[Any], path: tuple[Any, ...], arrays: Arrays) -> str:
    """Put an array among the others, under the name that its path gives."""
    if array.dtype.name not in DTYPES:
        raise fails(
            f"save: {_place(path)}",
            f"an array with a dtype among {', '.join(DTYPES)}",
            f"dtype {array.dtype}",
            "Convert it with array.astype(...).",
            TypeError,
        )
    name = "/".join(map(str, path)) or "array"
    # What a format could not hold as a name: the text finds the array under another one.
    if not name.isprintable() or "\\" in name or len(name) > 1000 or name == "__metadata__":
        name = f"array {len(arrays)}"
    while name in arrays:
        name += "'"
    arrays[name] = np.asarray(array, array.dtype.newbyteorder("="))
    return name


def _of_torch(tensor: Any, path: tuple[Any, ...]) -> Any:
    """A tensor of PyTorch as an array."""
    try:
        return np.asarray(tensor.detach().cpu().numpy())
    except (TypeError, RuntimeError) as problem:  # bfloat16, or sparse
        raise fails(
            f"save: {_place(path)}",
            "a tensor that NumPy can hold",
            str(problem),
            "Convert it first, e.g. with tensor.float().",
            TypeError,
        ) from None


def _place(path: tuple[Any, ...]) -> str:
    return "/".join(map(str, path)) if path else "the whole"


# --- putting together ---


def _built(node: Any, arrays: Arrays, depth: int) -> Any:
    """What a piece of JSON stands for; arrays are taken out of ``arrays``."""
    if depth > 3 * DEPTH + 3:  # a level of a tree is at most an object, a list and a pair
        raise ValueError("its text is nested too deeply")
    if isinstance(node, list):
        return [_built(x, arrays, depth + 1) for x in node]
    if not isinstance(node, dict):
        return node
    if not any(key.startswith("$") for key in node):
        return {key: _built(x, arrays, depth + 1) for key, x in node.items()}
    if len(node) > 1:
        raise ValueError(f"its text has an object with the keys {', '.join(node)}"[:200])
    ((tag, content),) = node.items()
    if tag == "$array":
        if not isinstance(content, str) or content not in arrays:
            raise ValueError(f"its text mentions an array {content!r} that is not there"[:200])
        return arrays.pop(content)
    below = _built(content, arrays, depth + 1)
    if tag == "$tuple" and isinstance(below, list):
        return tuple(below)
    if tag == "$dict" and isinstance(below, list):
        return dict(below)  # a ValueError or TypeError unless it is a list of pairs
    if tag == "$float" and content in ("inf", "-inf", "nan"):
        return float(content)
    if tag[1:] in DTYPES and isinstance(below, bool | int | float):
        return np.dtype(tag[1:]).type(below)
    raise ValueError(f"its text has an object with the key {tag!r}"[:200])
