"""Passes: the same program with fewer equations.

Each pass takes a program and returns a new one that gives the same results, to the bit.

    program(x)              program(x)              program(x)
        t1 = x * x              t1 = x * x              t1 = x * x
        t2 = x * x   share      t2 = tanh(t1)  simplify t2 = tanh(t1)
        t3 = tanh(t2)  =>       t3 = t1 * 1      =>     t3 = t1 + t2
        t4 = t1 * 1             t4 = t3 + t2            return t3
        t5 = t4 + t3            return t4
        return t5

A pass stands between a program and whoever copies it: it is asked to *write* each equation, whose
arguments are in their final form already, and may write none and name what stands in its place.
So passes can be put one behind the other, and one walk over the equations is enough for all.

The derivative of a program with shared parts adds up the same numbers in another order; to have it
the same to the bit as well, derive first: ``program.grad().optimized()``.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import ops
from autograd.node import PRIMITIVES
from autograd.programs.equations import Array, Equation, Var, variables

__all__ = ["fold", "narrow", "optimized", "prune", "share", "simplify"]

Write = Callable[[Equation, tuple[Any, ...]], Any]  # (equation as it was, its new arguments)
Pass = Callable[[Write], Write]


def optimized(program: Any) -> Any:
    """All passes at once, until there is nothing left to do; see ``Program.optimized``."""
    new, _, _ = program.copied(lambda write: _narrowing(_simplifying(_folding(_sharing(write)))))
    return new.prune()


def share(program: Any) -> Any:
    """Compute once what is computed twice: common-subexpression elimination.

    Equations are the same if they have the same operation, arguments and settings, to the bit.
    Functions with a rule of the user's own are left alone: they may do something else each time.

    >>> from autograd.programs.tracing import trace
    >>> print(share(trace(lambda x, y: (x * y).tanh() + (x * y).sin(), 1.0, 2.0)))
    program(x, y)
        t1 = x * y
        t2 = tanh(t1)
        t3 = sin(t1)
        t4 = t2 + t3
        return t4
    """
    return program.copied(_sharing)[0]


def fold(program: Any) -> Any:
    """Compute what depends on no input and no parameter: constant folding.

    What would be a large array, larger than its arguments, stays as it is.

    >>> import numpy as np
    >>> from autograd import Tensor
    >>> from autograd.programs.tracing import trace
    >>> print(fold(trace(lambda x: x * Tensor([2.0, 8.0]).log(), np.ones(2))))
    program(x)
        t1 = x * <float64[2]>                               # float64[2]
        return t1
    """
    return program.copied(_folding)[0]


def simplify(program: Any) -> Any:
    """Leave out what changes nothing: ``x*1``, ``x/1``, ``x**1``, ``x-0``, ``--x``.

    Also reshaping to the shape that an array has.  ``x + 0`` stays where x may be -0.0, because it
    makes 0.0 of that; ``0 * x`` stays, because it is NaN for an infinite x.  ``x*1`` and its like
    stay where x is an input or a view of another array: the product may lie in memory in another
    order, and sums of it have other last digits.

    >>> from autograd.programs.tracing import trace
    >>> print(simplify(trace(lambda x: (1 * x.exp() + 0) / 1 - 0, 2.0)))
    program(x)
        t1 = exp(x)
        return t1
    """
    return program.copied(_simplifying)[0]


def narrow(program: Any) -> Any:
    """Compute with what was copied to a larger shape before it is copied.

    Elementwise operations copy their operands to one shape anyway; so the gradient of a sum stays
    one number until it meets an array.

    >>> import autograd, numpy as np
    >>> from autograd.programs.tracing import trace
    >>> x = np.ones((2, 3))
    >>> print(narrow(trace(lambda x, g: -autograd.broadcast_to(g, (2, 3)) * x, x, x[0])).prune())
    program(x, g)
        t1 = -g                                             # float64[3]
        t2 = t1 * x                                         # float64[2, 3]
        return t2
    """
    return program.copied(_narrowing)[0]


def prune(program: Any) -> Any:
    """Leave out the equations that no output needs: dead-code elimination."""
    return program.copied()[0].prune()


# --- sharing ------------------------------------------------------------------------------------

_NUMPY = (np.ndarray, np.generic)
SMALL = 128  # elements; larger arrays are the same only if they are the same object


def _sharing(write: Write) -> Write:
    known: dict[Any, Any] = {}

    def shared(e: Equation, args: tuple[Any, ...]) -> Any:
        if e.op.foreign:
            return write(e, args)
        key = (e.op, _key(args), _key(e.params))
        if key not in known:
            known[key] = write(e, args)
        elif e._name and not known[key]._name:
            known[key]._name = known[key].program.free(e._name)
        return known[key]

    return shared


def _key(x: Any) -> Any:
    """Equal for two arguments or settings if and only if they are the same to the bit."""
    if isinstance(x, Var) or x is None or isinstance(x, str | bool | np.dtype):
        return x.__class__, x
    if x.__class__ is float:
        return struct.pack("d", x)  # 0.0 is not -0.0, and NaN is NaN
    if x.__class__ is int:
        return x.__class__, x
    if isinstance(x, tuple | list):
        return x.__class__, tuple(map(_key, x))
    if isinstance(x, dict):
        return tuple((name, _key(x[name])) for name in sorted(x))
    if isinstance(x, slice):
        return slice, _key((x.start, x.stop, x.step))
    if isinstance(x, _NUMPY) and x.size <= SMALL:
        # The strides too: how an array lies in memory decides the last digits of its sum.
        return x.__class__, x.dtype, x.shape, x.strides, x.tobytes()
    return x.__class__, id(x)


# --- folding ------------------------------------------------------------------------------------


def _folding(write: Write) -> Write:
    def folded(e: Equation, args: tuple[Any, ...]) -> Any:
        if e.op.foreign or variables(args) or _grows(e, args):
            return write(e, args)
        try:
            with np.errstate(all="ignore"):
                value = e.op(*map(_as_given, args), **e.params)
        except Exception:  # it is raised again where the program runs, if it gets there
            return write(e, args)
        if isinstance(value, np.ndarray):
            value = value.view()
            value.flags.writeable = False  # one array for all calls
        return value

    return folded


def _as_given(arg: Any) -> Any:
    """A sequence for a reduction, as ``Program.run`` gives it."""
    return list(arg) if isinstance(arg, tuple) else arg


def _grows(e: Equation, args: tuple[Any, ...]) -> bool:
    """Whether an array is larger than what it is computed from, and not small."""
    shape = () if e.array is None else e.array.shape
    return int(np.prod(shape)) > max([SMALL, *(np.size(x) for x in args)])


# --- algebra ------------------------------------------------------------------------------------


def _simplifying(write: Write) -> Write:
    def simplified(e: Equation, args: tuple[Any, ...]) -> Any:
        same = _same_as(e, args)
        return write(e, args) if same is None else same

    return simplified


def _narrowing(write: Write) -> Write:
    def narrowed(e: Equation, args: tuple[Any, ...]) -> Any:
        if e.array is None or e.op.kind not in ("elementwise", "flat") or e.op.foreign or e.params:
            return write(e, args)
        small = tuple(_before_broadcast(x, e) for x in args)
        if all(x is y for x, y in zip(small, args, strict=True)):
            return write(e, args)
        shapes = [_shape(x) for x in small]
        shape = np.broadcast_shapes(*shapes)
        if shape == e.array.shape:
            return write(e, small)
        first = write(Equation(e.program, e.op, small, array=Array(shape, e.array.dtype)), small)
        wide = Equation(e.program, _BROADCAST, (first,), {"shape": e.array.shape}, e._name, e.array)
        return write(wide, (first,))

    return narrowed


def _before_broadcast(x: Any, e: Equation) -> Any:
    """What was copied to the shape of e's result; a Python number has no dtype of its own."""
    if not isinstance(x, Equation) or x.op is not _BROADCAST or _shape(x) != _shape(e):
        return x
    source = x.args[0]
    return source if isinstance(source, np.ndarray | Var) else x


def _shape(x: Any) -> tuple[int, ...]:
    return (x.array.shape if x.array else ()) if isinstance(x, Var) else np.shape(x)


_RESHAPE, _BROADCAST = PRIMITIVES["reshape"], PRIMITIVES["broadcast_to"]


def _same_as(e: Equation, args: tuple[Any, ...]) -> Var | None:
    """The variable that an equation's result is equal to in every bit, if there is one."""
    if e.op is ops.neg:
        (x,) = args
        return _if_alike(e, x.args[0]) if isinstance(x, Equation) and x.op is ops.neg else None
    if e.op in (_RESHAPE, _BROADCAST):  # to the shape that it has
        (x,) = args
        return x if isinstance(x, Var) and x.array == e.array is not None else None
    if e.op not in (ops.add, ops.sub, ops.mul, ops.div, ops.power):
        return None
    x, y = args
    if e.op is ops.add:
        for kept, added in ((x, y), (y, x)):
            if _is(added, 0) and (_is_minus_zero(added) or _never_minus_zero(kept)):
                return _if_alike(e, kept)
        return None
    if e.op is ops.sub:
        return _if_alike(e, x) if _is(y, 0) and not _can_be_minus_zero(y) else None
    if e.op is ops.mul and _is(x, 1):
        return _if_alike(e, y)
    return _if_alike(e, x) if _is(y, 1) else None


def _if_alike(e: Equation, x: Any) -> Var | None:
    """x for the place of e, if it is of the same shape and type and in the same order in memory."""
    if not isinstance(x, Var) or x.array != e.array:
        return None
    fresh = isinstance(x, Equation) and x.op.kind == "elementwise"
    return x if x.array is None or fresh else None


def _constant(x: Any) -> Any:
    """A constant as a number or array, whether it is broadcast or not; else None."""
    if isinstance(x, Equation) and x.op is _BROADCAST:
        x = x.args[0]
    return x if x.__class__ in (int, float) or isinstance(x, _NUMPY) else None


def _is(x: Any, number: int) -> bool:
    """Whether x is a constant, all of whose elements are this number."""
    x = _constant(x)
    if isinstance(x, _NUMPY):
        return bool(x.size and x.flat[0] == number and np.all(x == number))
    return x is not None and bool(x == number)


def _is_minus_zero(x: Any) -> bool:
    return bool(np.all(np.signbit(_constant(x))))


def _can_be_minus_zero(x: Any) -> bool:
    x = np.asarray(_constant(x))
    return bool(np.any((x == 0) & np.signbit(x)))


def _never_minus_zero(x: Any) -> bool:
    """Whether a variable is known not to be -0.0: a sum is that only if both of its terms are."""
    if not isinstance(x, Equation):
        return False
    if x.op is ops.add:
        return any(_constant(y) is not None and not _can_be_minus_zero(y) for y in x.args)
    return x.op in (ops.abs, ops.cosh, ops.exp, ops.square)
