"""What each primitive means on Tensors: compute now, and remember.

One function makes every computed tensor (``computed``); ``_apply_primitive`` is the way to it from
any operation, and the operators of Python have a shorter one.  All of it is given to ``Tensor`` at
the end of this file.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd import ops
from autograd.anomaly import note_origin
from autograd.arrays.lending import kept
from autograd.arrays.tensor_input import CONSTANTS, constant, explained, is_real
from autograd.branches import is_tracing, note_equation
from autograd.errors import message
from autograd.evaluation import levels
from autograd.node import Primitive, is_recording, switch
from autograd.operators import DUNDERS, Operators
from autograd.scopes import note_scope
from autograd.tensor import NO_SETTINGS, Tensor, serials

__all__: list[str] = []  # nothing new: importing this file completes the class

_new = object.__new__
ndarray = np.ndarray


def computed(
    primitive: Primitive,
    args: tuple[Any, ...],
    arrays: Sequence[Any],
    params: dict[str, Any],
    out: Any,
    needs: bool,
) -> Tensor:
    """A computed tensor, with its history if it needs one."""
    node = _new(Tensor)
    node._data = out if out.__class__ is ndarray else np.asarray(out)
    node._serial = next(serials)
    node.grad = node._hooks = None
    node.label = ""
    active = switch.active
    if needs and (not active or is_recording()):
        node.op, node._params = primitive, params
        node._args, node._arrays = args, arrays
        node._needs = primitive.kind != "flat"
    else:
        node.op, node._params = None, NO_SETTINGS
        node._args = node._arrays = ()
        node._needs = False
    if active:
        note_origin(node, primitive, args)
        note_scope(node)
        note_equation(node, primitive, args, params)
    return node


def _apply_primitive(primitive: Primitive, args: tuple[Any, ...], params: dict[str, Any]) -> Tensor:
    """What a primitive means on Tensors: compute now, and remember."""
    if len(args) == 1 and isinstance(args[0], Tensor):  # ``exp(x)``, ``sum(x)`` and their like
        (x,) = args
        data = x._data
        try:
            out = primitive.forward(data, **params) if params else primitive.forward(data)
        except ValueError as error:
            raise explained(primitive.name, error, [data]) from None
        return computed(primitive, args, (data,), params, out, x._needs)
    needs = False
    arrays = []
    own = True  # whether nobody goes on writing on one of the arrays
    for arg in args:
        if isinstance(arg, Tensor):
            arrays.append(arg._data)
            if arg._needs:
                needs = True
        elif arg.__class__ in CONSTANTS or is_real(arg):
            arrays.append(arg)
            if isinstance(arg, ndarray) and (arg.base is not None or arg.flags.writeable):
                own = False
        else:  # a list becomes an array; a Value, a text, ... an error
            plain = tuple(constant(primitive.name, x, args) for x in args)
            return _apply_primitive(primitive, plain, params)
    try:
        out = primitive.forward(*arrays, **params) if params else primitive.forward(*arrays)
    except ValueError as error:
        raise explained(primitive.name, error, arrays) from None
    if needs and not own and (not switch.active or (is_recording() and not is_tracing())):
        remembered = list(args)
        for i, array in enumerate(arrays):
            if array is args[i]:
                remembered[i] = arrays[i] = kept(array)
        args = tuple(remembered)
    return computed(primitive, args, arrays, params, out, needs)


def _operator(primitive: Primitive, reflected: bool) -> Callable[..., Any]:
    """``a * b`` without the detour through a call of the primitive, where b is the usual thing."""
    forward = primitive.forward
    if primitive is ops.power and not reflected:
        forward = operator.pow  # NumPy's ** of small floats and of masks is not its np.power

    def operate(self: Tensor, other: Any) -> Any:
        x = self._data
        kind = other.__class__
        if kind is Tensor:
            y, needs = other._data, self._needs or other._needs
        elif kind is float or kind is int:
            y, needs = other, self._needs
        elif isinstance(other, Tensor):
            y, needs = other._data, self._needs or other._needs
        else:
            return _apply_primitive(primitive, (self, other), {})
        try:
            out = forward(x, y)
        except ValueError as error:
            raise explained(primitive.name, error, [x, y]) from None
        return computed(primitive, (self, other), (x, y), NO_SETTINGS, out, needs)

    def operate_reflected(self: Tensor, other: Any) -> Any:
        if other.__class__ is float or other.__class__ is int:
            y = self._data
            out, needs = forward(other, y), self._needs
            return computed(primitive, (other, self), (other, y), NO_SETTINGS, out, needs)
        return _apply_primitive(primitive, (other, self), {})

    return operate_reflected if reflected else operate


def _in_place(operate: Callable[..., Any]) -> Callable[..., Any]:
    def change(self: Tensor, other: Any) -> Any:
        """A leaf's step in place inside of no_grad(), as in PyTorch; else a new tensor."""
        if self.op is None and self._needs and not is_recording() and not levels.get():
            if is_tracing():
                raise TypeError(
                    message(
                        "compile",
                        expected="a function that changes nothing",
                        got="a step of a parameter in place, which would be taken only once",
                        fix="Step after the call, outside of the function.",
                    )
                )
            self.data = operate(self, other)._data
            return self
        return operate(self, other)

    return change


def _negative(self: Tensor) -> Tensor:
    x = self._data
    return computed(ops.neg, (self,), (x,), NO_SETTINGS, np.negative(x), self._needs)


Tensor._apply_primitive = staticmethod(_apply_primitive)
_METHODS = {d: _operator(getattr(ops, n), reflected) for d, (n, reflected) in DUNDERS.items()}
_METHODS["__neg__"] = _negative
for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):
    _METHODS[f"__i{_name}__"] = _in_place(_METHODS[f"__{_name}__"])
for _name, _method in _METHODS.items():
    _method.__doc__ = vars(Operators).get(_name, _method).__doc__
    _method.__module__, _method.__qualname__ = Tensor.__module__, f"Tensor.{_name}"
    setattr(Tensor, _name, _method)
