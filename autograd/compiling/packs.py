"""Packs: the scalar parameters of a model as one array, as long as nobody looks at a single one.

A compiled function computes with matrices, an optimiser steps all parameters at once; only the
model itself is made of ten thousand Values.  Between two steps of training nobody needs these: so
while it lasts, the numbers and the gradients live in two arrays, and each Value is a window into
them.  Whoever computes with a Value eagerly, or assigns to it, ends that: the numbers go back to
where they were, and the next call of a compiled function packs them again.

    pack.data    [ 0.3  -1.2   0.7 ]        w0.data -> 0.3, read from the array
    pack.grad    [ 0.1   0.0  -0.4 ]        w0 * x  -> back to plain Values, then as always
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from autograd.branches import refuse_reading
from autograd.node import NOT_COMPUTED, Node, switch
from autograd.tensor import Tensor, leaf_with
from autograd.value import Value

__all__ = ["Pack", "Part", "leaf_of", "packs_of"]

_lock = threading.RLock()
# Where a Value keeps its number and its gradient, also while it is a window.
_DATA, _GRAD = Value.__dict__["_data"], Node.__dict__["grad"]


class Pack:
    """Scalar parameters whose numbers may live in one array.

    Attributes:
        values: the parameters, each once.
        data: their numbers, of shape (n,), float64; never written on, but replaced.
        grad: their gradients, of the same shape; None if there is none yet.
        forgotten: places whose gradient counts as not computed, whatever stands in ``grad``.
        active: whether the arrays count; otherwise each Value has its own number.
        changes: how often any pack became active or ceased to be.
    """

    changes = 0

    def __init__(self, values: list[Any]) -> None:
        self.values = values
        self.data = np.empty(0)
        self.grad: Any = None
        self.forgotten: set[int] = set()
        self.active = False
        # Of a subclass of Value nobody knows what else it does with its number.
        self._possible = all(isinstance(v, Value) and type(v) in (Value, _Window) for v in values)

    def __reduce__(self) -> tuple[Any, ...]:
        """A copy is a pack of copies of the values, which then have their own numbers."""
        return Pack, (self.values,)

    @property
    def primal(self) -> Any:
        """The numbers, for reading only."""
        return self.data

    @property
    def has_grad(self) -> bool:
        """Whether a backward pass has reached all values."""
        return self.grad is not None and not self.forgotten

    def zero_grad(self) -> None:
        """Forget all gradients."""
        self.forget()

    def gathered(self) -> Any:
        """The numbers of all values as one array; the pack is active from now on."""
        if not self.active:
            with _lock:
                self._enter()
        return self.data

    def _enter(self) -> None:
        self.data = np.array([v._data for v in self.values], dtype=float)  # leaves other packs
        if not self._possible:
            return
        reached = [v.grad for v in self.values if v.has_grad]
        if reached and len(reached) < len(self.values):
            return  # a gradient of 0 and none are not the same
        self.grad = np.array(reached) if reached else None
        self.forgotten = set()
        for i, v in enumerate(self.values):
            v._x, v._y = self, i
            v.__class__ = _Window
        Pack.changes += 1
        self.active = True

    def leave(self) -> None:
        """Give the numbers and gradients back to the values that are windows.

        Ctrl-C may fall anywhere: after half an entry or half a leave, some values are windows into
        a pack that is not active.  They read from it, and leave it by another call.
        """
        with _lock:
            Pack.changes += 1
            self.active = False
            grads = [NOT_COMPUTED] * len(self.values) if self.grad is None else self.grad.tolist()
            for i in self.forgotten:
                grads[i] = NOT_COMPUTED
            for v, x, g in zip(self.values, self.data.tolist(), grads, strict=True):
                if v._x is self:
                    if v.__class__ is not Value:
                        _DATA.__set__(v, x)
                        _GRAD.__set__(v, g)
                        v.__class__ = Value  # last: until here it is whole as a window
                    v._x = v._y = None

    def add(self, grad: Any) -> None:
        """Add a gradient, of shape (n,), to those of the values."""
        if self.active:
            if self.forgotten:
                self.grad = self.grad.copy()  # an optimiser may keep it as its velocity
                self.grad[list(self.forgotten)] = 0.0
                self.forgotten = set()
            self.grad = grad.astype(float) if self.grad is None else self.grad + grad
            return
        for v, g in zip(self.values, grad.tolist(), strict=True):
            v.grad = g if v.grad is None else v.grad + g

    def forget(self, places: Any = None) -> None:
        """Forget the gradients of the values at some places, or of all."""
        if places is not None and self.grad is not None:
            self.forgotten.update(places)
        if places is None or len(self.forgotten) == len(self.values):
            self.grad, self.forgotten = None, set()


class Part:
    """Some of the values of a pack, for what treats them otherwise than the rest.

    What it has in common with a pack, it does for its own values only.
    """

    def __init__(self, pack: Pack, places: list[int]) -> None:
        self.pack = pack
        self.places = np.array(places)
        self.values = [pack.values[i] for i in places]

    @property
    def primal(self) -> Any:
        """The numbers."""
        return self.pack.data[self.places]

    @property
    def data(self) -> Any:
        """The numbers; those assigned go into a new array of the pack."""
        return self.primal

    @data.setter
    def data(self, data: Any) -> None:
        self.pack.data = _with(self.pack.data, self.places, data)

    @property
    def grad(self) -> Any:
        """The gradients, or None if there is none yet."""
        return None if self.pack.grad is None else self.pack.grad[self.places]

    @grad.setter
    def grad(self, grad: Any) -> None:
        self.pack.grad = _with(self.pack.grad, self.places, grad)

    @property
    def has_grad(self) -> bool:
        """Whether a backward pass has reached all values of the pack."""
        return self.pack.has_grad

    @property
    def forgotten(self) -> set[int]:
        """The places of the pack, also of other parts, whose gradient is forgotten."""
        return self.pack.forgotten

    def zero_grad(self) -> None:
        """Forget the gradients of these values."""
        self.pack.forget(self.places.tolist())

    def leave(self) -> None:
        """Give the numbers of the whole pack back."""
        self.pack.leave()


def _with(array: Any, places: Any, items: Any) -> Any:
    """A copy with other items at some places."""
    array = array.copy()
    array[places] = items
    return array


class _Window(Value):
    """A Value whose number is in a pack: ``_x`` is the pack, ``_y`` the place in it."""

    __slots__ = ()

    # What computes with a Value asks for these.

    @property
    def _data(self) -> float:
        self._x.leave()
        return self._data  # it is a Value now

    @_data.setter
    def _data(self, data: float) -> None:
        self._x.leave()
        self._data = data

    # What only looks at it need not disturb the others.

    @property
    def data(self) -> float:
        """The number."""
        if switch.active:
            refuse_reading(self)
        return float(self._x.data[self._y])

    @data.setter
    def data(self, data: Any) -> None:
        self._x.leave()
        self.data = data

    @property
    def grad(self) -> float:
        """The gradient of the last backward pass."""
        pack = self._x
        unknown = pack.grad is None or self._y in pack.forgotten
        return NOT_COMPUTED if unknown else float(pack.grad[self._y])

    @grad.setter
    def grad(self, grad: Any) -> None:
        self._x.leave()
        self.grad = grad

    def zero_grad(self) -> None:
        """Forget the gradient."""
        self._x.forget((self._y,))

    def __reduce__(self) -> tuple[Any, ...]:
        self._x.leave()
        return Value.__reduce__(self)


_Window.__name__ = _Window.__qualname__ = "Value"


class PackLeaf(Tensor):
    """The numbers of a pack as a leaf of the graph; its gradient goes to the pack."""

    __slots__ = ("pack",)

    pack: Pack
    takes_nodes = False

    @property
    def grad(self) -> Any:
        """None: the gradients are with the values."""
        return None

    @grad.setter
    def grad(self, grad: Any) -> None:
        if grad is not None:
            self.pack.add(grad)

    def __reduce__(self) -> tuple[Any, ...]:
        return _leaf, (self.pack, self._data)


def leaf_of(pack: Pack, dtype: Any) -> PackLeaf:
    """A leaf with the numbers that the parameters have now."""
    data = pack.gathered()
    return _leaf(pack, data if data.dtype == dtype else data.astype(dtype))


def _leaf(pack: Pack, data: Any) -> PackLeaf:
    leaf: PackLeaf = leaf_with(PackLeaf, data)
    leaf.pack = pack
    leaf.label = "parameters"
    return leaf


def packs_of(params: list[Any]) -> tuple[list[Pack | Part], list[Any]]:
    """The active packs with values among the parameters, and the parameters that are in none.

    Of a pack that has also other values, it is the ``Part`` that is here.  A pack of which only a
    part has a gradient is no unit: its values are given back.
    """
    packs = {id(p._x): p._x for p in params if p.__class__ is _Window}
    for pack in packs.values():
        if pack.forgotten:
            pack.leave()
    here = set(params)
    units: list[Pack | Part] = []
    for pack in packs.values():
        if pack.active:
            places = [i for i, v in enumerate(pack.values) if v in here]
            units.append(pack if len(places) == len(pack.values) else Part(pack, places))
    inside = {v for unit in units for v in unit.values}
    return units, [p for p in params if p not in inside]
