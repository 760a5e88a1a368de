"""A function of nested structures of arrays as a function of one vector, to take steps with.

>>> f = vectorized(lambda p: p["w"] * p["b"], [{"w": np.array([2.0, 3.0]), "b": 5.0}], ["p"])
>>> f.x, f.y, f.places
(array([2., 3., 5.]), array([10., 15.]), ["p['w']", "p['b']"])
>>> f(np.array([2.0, 3.0, 1.0]))
array([2., 3.])
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd.checking.numeric import Array
from autograd.errors import message, shown
from autograd.node import raw
from autograd.tensor import Tensor
from autograd.transforms import jvp, vjp
from autograd.trees import leaves, rebuilt

__all__ = ["Vectorized", "paths", "vectorized"]


class Vectorized:
    """A function of arrays as a function of one vector, at one point.

    Args:
        call: takes arrays, or Tensors; returns a nested structure of them.
        leaves: the float64 arrays at the point.
        places: how messages call each leaf.

    Attributes:
        x: all leaves as one vector.
        out: the value there, in its structure.
        y: the value as one vector.
    """

    def __init__(
        self, call: Callable[..., Any], arrays: Sequence[Array], places: Sequence[str]
    ) -> None:
        self.call, self.leaves, self.places = call, arrays, places
        self.x = _joined(arrays)
        with np.errstate(all="ignore"):
            self.out = call(*map(Tensor, arrays))
        self.y = self.flat(self.out)

    def flat(self, tree: Any) -> Array:
        """A result, or a tangent of it, as one vector."""
        return _joined([_array(x, "result") for x in leaves(tree)])

    def split(self, vector: Array, like: Sequence[Any]) -> list[Array]:
        """A vector cut into arrays of given shapes."""
        sizes = [np.size(raw(x)) for x in like]
        parts = np.split(vector, np.cumsum(sizes)[:-1]) if like else []
        return [p.reshape(np.shape(raw(x))) for p, x in zip(parts, like, strict=True)]

    def __call__(self, x: Array) -> Array:
        return self.flat(self.call(*map(Tensor, self.split(x, self.leaves))))

    def tangents(self, v: Array) -> tuple[Array, ...]:
        """A direction in the shapes of the leaves."""
        return tuple(self.split(v, self.leaves))

    def cotangents(self, u: Array) -> Any:
        """Weights of the results in the structure of the result."""
        return rebuilt(self.out, iter(self.split(u, leaves(self.out))))

    def forward(self, v: Array) -> Array:
        """J v, by forward mode."""
        with np.errstate(all="ignore"):
            return self.flat(jvp(self.call, tuple(self.leaves), self.tangents(v))[1])

    def reverse(self, u: Array) -> Array:
        """Jᵀ u, by reverse mode."""
        if not self.y.size:
            return np.zeros_like(self.x)
        with np.errstate(all="ignore"):
            return self.flat(vjp(self.call, *self.leaves)[1](self.cotangents(u)))

    def scale(self) -> Array:
        """The size that a step in each element should be seen against: that of its leaf."""
        return _joined([np.full(x.shape, _power_of_ten(x)) for x in self.leaves])


def vectorized(fun: Callable[..., Any], args: Sequence[Any], names: Sequence[str]) -> Vectorized:
    """A function of nested tuples, lists and dicts as a function of the arrays in them.

    Integers and float32 become float64; booleans are no numbers, and stay as they are.

    Raises:
        TypeError: an argument or result that is no number or array.
    """
    tree = tuple(args)
    given = [_array(x, "argument") for x in leaves(tree)]
    moves = [x.dtype.kind != "b" for x in given]
    places = [p for arg, name in zip(args, names, strict=True) for p in paths(arg, name)]

    def call(*numbers: Any) -> Any:
        moving = iter(numbers)
        both = (next(moving) if m else x for x, m in zip(given, moves, strict=True))
        return fun(*rebuilt(tree, both))

    moved = [x.astype(float) for x in itertools.compress(given, moves)]
    return Vectorized(call, moved, list(itertools.compress(places, moves)))


def _joined(arrays: Sequence[Array]) -> Array:
    """Arrays as one vector of float64."""
    return np.concatenate([np.zeros(0), *(np.ravel(x) for x in arrays)]).astype(float)


def _power_of_ten(x: Array) -> float:
    """The size of an array, roughly; 1 if it has none."""
    size = float(np.max(np.abs(x), initial=0.0))
    return float(10.0 ** max(np.floor(np.log10(size)), -3)) if 0 < size < np.inf else 1.0


def _array(x: Any, role: str) -> Array:
    try:
        array = np.asarray(raw(x))
    except (TypeError, ValueError):
        array = np.asarray(None)
    if array.dtype.kind not in "biuf":
        raise TypeError(
            message(
                "check_grads",
                expected=f"each {role} to be a number, an array, or tuples, lists, dicts of them",
                got=shown(x),
                fix="Say what to differentiate, e.g. argnum=0, or give settings by keyword."
                if role == "argument"
                else "Return what has a derivative.",
            )
        )
    return array


def paths(tree: Any, path: str) -> Iterator[str]:
    """The name of each leaf, in the order of the leaves: ``argument 0['w'][2]``."""
    if isinstance(tree, dict):
        items = [(repr(key), tree[key]) for key in tree]
    elif isinstance(tree, tuple | list):
        items = [(str(i), item) for i, item in enumerate(tree)]
    else:
        yield path
        return
    for key, item in items:
        yield from paths(item, f"{path}[{key}]")
