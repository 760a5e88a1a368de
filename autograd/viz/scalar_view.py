"""``scalar_view(tensor, index)``: one element of a layer as the small network of numbers it is.

A matrix product is many neurons at once.  To see one of them, its element is computed again with
Values: the same operations on the same numbers, which can be drawn, played step by step and
explained.  Elementwise operations are gone through element by element; what only moves elements
(a transpose, a reshape) is looked through; and a product ends the picture, so that it shows one
layer: what that was computed from become leaves.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
from autograd.errors import message, shown
from autograd.node import raw
from autograd.tensor import Tensor
from autograd.value import Value

__all__ = ["scalar_view"]

MOVES = ("transpose", "reshape", "getitem", "broadcast_to")
PRODUCTS = ("linear", "matmul")
Index = tuple[int, ...]


def scalar_view(tensor: Any, index: Any = (), layers: int = 1) -> Value:
    """One element of a computed tensor as a graph of Values.

    Args:
        tensor: the result of ``linear``, ``matmul``, elementwise operations, or several of them.
        index: which element: a whole number for each axis, e.g. ``(0, 3)`` for example 0, unit 3.
        layers: how many matrix products to go back through.

    Returns:
        The element.  Values have the elements' gradients where the tensors have gradients (those
        of a weight are of the whole batch); ``backward()`` replaces them by this element's own.

    Raises:
        TypeError: no tensor.
        ValueError: a leaf, or the result of another operation; layers below 1.
        IndexError: an index that the tensor does not have.

    >>> import numpy as np
    >>> from autograd import Tensor
    >>> w = Tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True, label="w")
    >>> y = (np.array([[0.5, -1.0]]) @ w).tanh()
    >>> unit = scalar_view(y, (0, 1))
    >>> [x.label for x in autograd.topological_order(unit) if x.is_leaf], float(y.data[0, 1])
    (['w[0, 1]', 'w[1, 1]'], -0.9950547536867305)
    """
    if not isinstance(tensor, Tensor):
        fix = "A Value is one number already: draw it."
        raise TypeError(message("scalar_view", expected="a Tensor", got=shown(tensor), fix=fix))
    if isinstance(layers, bool) or not isinstance(layers, int) or layers < 1:
        fix = "1 shows the last layer only."
        got = shown(layers)
        raise ValueError(message("scalar_view", expected="layers from 1 on", got=got, fix=fix))
    place = _checked(tensor, index)
    value: Value = _Elements().of(tensor, place, layers)
    if value.is_leaf:
        made_by = f"the result of {tensor.op.name}" if tensor.op else "a leaf"
        raise ValueError(
            message(
                "scalar_view",
                expected="a tensor computed by linear, matmul or elementwise operations",
                got=f"{made_by} of shape {tensor.shape}",
                fix="Keep the output of a layer, h = layer(x), and give that.",
            )
        )
    return value


def _checked(tensor: Tensor, index: Any) -> Index:
    place = index if isinstance(index, tuple) else (index,)
    whole = all(isinstance(i, int | np.integer) and not isinstance(i, bool) for i in place)
    sizes = tensor.shape
    if (
        not whole
        or len(place) != len(sizes)
        or not all(-n <= i < n for i, n in zip(place, sizes, strict=True))
    ):
        raise IndexError(
            message(
                "scalar_view",
                expected=f"the place of one element of shape {sizes}",
                got=shown(index),
                fix="Give a whole number for each axis, e.g. (0, 3).",
            )
        )
    return tuple(int(i) % n for i, n in zip(place, sizes, strict=True))


class _Elements:
    """Elements as Values, each made once."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, Index, int], Any] = {}
        self.names: dict[int, str] = {}

    def of(self, x: Any, place: Index, layers: int) -> Any:
        """The element of a tensor; of a plain array or number a float."""
        if not isinstance(x, Tensor):
            return float(np.asarray(x)[place])
        key = id(x), place, layers
        if key not in self.known:
            value = self._computed(x, place, layers)
            if value is None:
                value = Value(float(x.primal[place]), label=self._name(x, place))
            if x.has_grad and isinstance(value, Value):
                value.grad = float(raw(x.grad)[place])
                if x.op is not None and x.op.name == "linear" and not value.is_leaf:
                    value.inputs[0].grad = value.grad  # x W, to which b is added
            self.known[key] = value
        return self.known[key]

    def _name(self, x: Tensor, place: Index) -> str:
        name = x.label or self.names.setdefault(id(x), f"x{len(self.names) or ''}")
        return f"{name}[{', '.join(map(str, place))}]" if place else name

    def _computed(self, x: Tensor, place: Index, layers: int) -> Any:
        """The operation on elements; None if it is not known how to take it apart."""
        if x.op is None or not x.requires_grad:
            return None
        name, args = x.op.name, x.inputs
        if name in MOVES:
            before, source = args[0], np.shape(raw(args[0]))
            positions = np.arange(int(np.prod(source))).reshape(source)
            moved = x.op.forward(positions, *map(raw, args[1:]), **x._params)
            at = np.unravel_index(int(moved[place]), source)
            return self.of(before, tuple(int(i) for i in at), layers)
        if not layers:
            return None
        if name in PRODUCTS:
            return self._product(name, args, place, layers - 1)
        if x._params or len(x.op.partials) != len(args):
            return None
        return x.op(*(self.of(a, _last(a, place), layers) for a in args))

    def _product(self, name: str, args: Any, place: Index, layers: int) -> Any:
        a, b = args[0], args[1]
        count = np.shape(raw(a))[-1]
        if name == "linear":  # x @ weight.T + bias
            rows: list[Index] = [(*place[:-1], k) for k in range(count)]
            columns: list[Index] = [(place[-1], k) for k in range(count)]
        else:
            two = np.ndim(raw(a)) > 1, np.ndim(raw(b)) > 1
            row = place[-2:-1] if two == (True, True) else place[-1:] if two[0] else ()
            column = place[-1:] if two[1] else ()
            batch = place[: len(place) - len(row) - len(column)]
            rows = [_last(a, (*batch, *row, k)) for k in range(count)]
            columns = [_last(b, (*batch, k, *column)) for k in range(count)]
        xs = [self.of(a, i, layers) for i in rows]
        ws = [self.of(b, i, layers) for i in columns]
        out = autograd.dot(ws, xs)
        return out + self.of(args[2], place[-1:], layers) if name == "linear" else out


def _last(x: Any, place: Index) -> Index:
    """A place of an array that may have fewer axes, or axes of length 1."""
    sizes = np.shape(raw(x))
    end = place[len(place) - len(sizes) :]
    return tuple(i if n > 1 else 0 for i, n in zip(end, sizes, strict=True))
