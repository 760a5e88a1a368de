"""Derivatives of functions: ``grad(f)`` is a function again, and can be differentiated again.

A function is run once on tensors that stand for its arguments, and the recorded graph is walked
backwards (``vjp``, ``grad``) or forwards (``jvp``).  Each transform makes a node of its own for the
argument it differentiates, so that in nested derivatives every walk ends at its own variable:

>>> def f(x):
...     return x * grad(lambda y: x + y)(1.0)  # the inner derivative is 1, whatever x is
>>> grad(f)(3.0)
1.0
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import numpy as np

from autograd import ops
from autograd.errors import message
from autograd.node import raw
from autograd.pullback import one_like, path_to, pull_back, push_forward
from autograd.tensor import Tensor
from autograd.trees import leaves, rebuilt

__all__ = [
    "elementwise_grad",
    "grad",
    "hessian",
    "hessian_vector_product",
    "hvp",
    "jacobian",
    "jvp",
    "make_jvp",
    "make_vjp",
    "value_and_grad",
    "vjp",
]

# How many transforms are running around this one: inside of another, derivatives stay nodes.
_depth: ContextVar[int] = ContextVar("depth", default=0)


def variable(x: Any) -> Tensor:
    """A new node for an argument: the end of this transform's walk."""
    if isinstance(x, Tensor) and x.requires_grad:
        return ops.reshape(x, shape=x.shape)  # type: ignore[no-any-return]
    return Tensor(x, requires_grad=True)


def _plain(x: Any, like: Any) -> Any:
    """A derivative as users want it: a float for a number, an array for an array."""
    if isinstance(like, Tensor) or _depth.get():
        return x
    if x.__class__ is not np.ndarray:
        x = np.asarray(raw(x))
    return x if x.ndim or isinstance(like, np.ndarray) else x.item()


class _Run:
    """One evaluation of a function on new variables."""

    def __init__(self, fun: Callable[..., Any], args: tuple[Any, ...], argnum: Any) -> None:
        self.numbers = argnum if isinstance(argnum, tuple | list) else (argnum,)
        self.given = [args[i] for i in self.numbers]
        self.variables = [variable(x) for x in leaves(self.given)]
        trees = rebuilt(self.given, iter(self.variables))
        inputs = list(args)
        for i, tree in zip(self.numbers, trees, strict=True):
            inputs[i] = tree
        token = _depth.set(_depth.get() + 1)
        try:
            self.out = fun(*inputs)
        finally:
            _depth.reset(token)
        self.single = not isinstance(argnum, tuple | list)

    def pulled(self, root: Any, g: Any) -> Any:
        """The cotangents of the arguments, in their structure; zeros where there is no path."""
        nested = _depth.get() > 0
        found = {}
        if isinstance(root, Tensor) and root.requires_grad:
            with np.errstate(all="ignore"):
                found = pull_back(root, g, self.variables, create_graph=nested)
        result = [
            _plain(found[v] if v in found else np.zeros_like(v.data), like)
            for v, like in zip(self.variables, leaves(self.given), strict=True)
        ]
        trees = rebuilt(self.given, iter(result))
        return trees[0] if self.single else tuple(trees)


def _gradient(fun: Callable[..., Any], argnum: Any, args: Any, kwargs: Any) -> tuple[Any, Any]:
    """The result of a function and its gradient."""
    run = _Run((lambda *inputs: fun(*inputs, **kwargs)) if kwargs else fun, args, argnum)
    out = run.out
    data = out.data if isinstance(out, Tensor) else np.asarray(raw(out))
    if data.size != 1:
        raise TypeError(
            message(
                "grad",
                expected="a function with a single number as its result",
                got=f"a result of shape {data.shape}",
                fix="Use jacobian for several outputs, or elementwise_grad for independent ones.",
            )
        )
    g = one_like(data)
    return out, run.pulled(out, Tensor(g) if _depth.get() else g)


def value_and_grad(fun: Callable[..., Any], argnum: Any = 0) -> Callable[..., Any]:
    """A function that returns ``fun``'s result and its gradient with respect to an argument.

    >>> value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    """

    def both(*args: Any, **kwargs: Any) -> Any:
        out, gradient = _gradient(fun, argnum, args, kwargs)
        return _plain(out, 0.0), gradient

    return both


def grad(fun: Callable[..., Any], argnum: Any = 0) -> Callable[..., Any]:
    """The gradient of a function with one number as its result.

    Args:
        fun: takes numbers, arrays, or nested tuples, lists and dicts of them.
        argnum: which positional argument to differentiate, or a tuple of several.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    """
    return lambda *args, **kwargs: _gradient(fun, argnum, args, kwargs)[1]


def vjp(fun: Callable[..., Any], *args: Any) -> tuple[Any, Callable[[Any], Any]]:
    """``fun(*args)`` and the function that carries a cotangent of it back to all arguments."""
    run = _Run(fun, args, tuple(range(len(args))))
    outs = leaves(run.out)

    def back(g: Any) -> Any:
        totals = None
        for out, part in zip(outs, leaves(g), strict=True):
            pulled = run.pulled(out, part if isinstance(part, Tensor) else np.asarray(part))
            totals = pulled if totals is None else _added(totals, pulled)
        return totals

    primal = rebuilt(run.out, (_plain(out, 0.0) for out in outs))
    return primal, back


def _added(a: Any, b: Any) -> Any:
    pairs = zip(leaves(a), leaves(b), strict=True)
    return rebuilt(a, (x + y for x, y in pairs))


def make_vjp(fun: Callable[..., Any], argnum: Any = 0) -> Callable[..., Any]:
    """``make_vjp(f)(x)`` is the pair of the vjp function at x and the value (HIPS's order)."""

    def at(*args: Any, **kwargs: Any) -> Any:
        run = _Run(lambda *inputs: fun(*inputs, **kwargs), args, argnum)
        return (lambda g: run.pulled(run.out, np.asarray(g))), _plain(run.out, 0.0)

    return at


def jvp(fun: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
    """``fun(*primals)`` and its tangent when the arguments move with the given tangents.

    >>> jvp(lambda x, y: x * y, (2.0, 5.0), (1.0, 0.0))
    (10.0, 5.0)
    """
    run = _Run(fun, tuple(primals), tuple(range(len(primals))))
    nested = _depth.get() > 0
    moves = {
        v: (t if isinstance(t, Tensor) else np.asarray(t, dtype=v.dtype))
        for v, t in zip(run.variables, leaves(tuple(tangents)), strict=True)
    }

    def tangent(out: Any) -> Any:
        t = None
        if isinstance(out, Tensor) and out.requires_grad:
            with np.errstate(all="ignore"):
                t = push_forward(out, path_to(out, run.variables), moves, create_graph=nested)
        zeros = np.zeros_like(raw(out), dtype=getattr(out, "dtype", float))
        return _plain(zeros if t is None else t, 0.0)

    outs = leaves(run.out)
    primal = rebuilt(run.out, (_plain(out, 0.0) for out in outs))
    return primal, rebuilt(run.out, (tangent(out) for out in outs))


def make_jvp(fun: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """``make_jvp(f)(x)(v)`` is the pair of value and tangent (HIPS's signature)."""

    def at(*args: Any, **kwargs: Any) -> Callable[[Any], Any]:
        def along(v: Any) -> Any:
            def one(x: Any) -> Any:
                inputs = list(args)
                inputs[argnum] = x
                return fun(*inputs, **kwargs)

            return jvp(one, (args[argnum],), (v,))

        return along

    return at


def jacobian(fun: Callable[..., Any], argnum: Any = 0) -> Callable[..., Any]:
    """All derivatives of all outputs: shape ``out.shape + x.shape``.

    >>> jacobian(lambda x: x * x)(np.array([1.0, 3.0]))
    array([[2., 0.],
           [0., 6.]])
    """

    def at(*args: Any, **kwargs: Any) -> Any:
        run = _Run(lambda *inputs: fun(*inputs, **kwargs), args, argnum)
        out = run.out
        shape = np.shape(out)
        size = int(np.prod(shape))
        rows = []
        for k in range(size):
            basis = np.zeros(size, dtype=out.dtype)
            basis[k] = 1.0
            rows.append(run.pulled(out, basis.reshape(shape)))
        if _depth.get():
            return ops.reshape(ops.stack(rows), shape=shape + np.shape(rows[0]))
        return np.stack(rows).reshape(shape + np.shape(rows[0]))

    return at


def hessian(fun: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """The second derivatives of a function with one number as its result."""
    return jacobian(grad(fun, argnum), argnum)


def hvp(fun: Callable[..., Any], x: Any, v: Any) -> Any:
    """The Hessian of ``fun`` at x times v, without the Hessian: forward over reverse."""
    return jvp(grad(fun), (x,), (v,))[1]


def hessian_vector_product(fun: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """``hessian_vector_product(f)(x, v)`` (HIPS's signature): the vector is the last argument."""

    def at(*args: Any, **kwargs: Any) -> Any:
        *inputs, v = args

        def one(x: Any) -> Any:
            inputs[argnum] = x
            return fun(*inputs, **kwargs)

        return hvp(one, inputs[argnum], v)

    return at


def elementwise_grad(fun: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """The derivative of each output element to the input element in its place.

    >>> elementwise_grad(np.sin)(np.array([0.0]))
    array([1.])
    """

    def at(*args: Any, **kwargs: Any) -> Any:
        run = _Run(lambda *inputs: fun(*inputs, **kwargs), args, argnum)
        return run.pulled(run.out, np.ones(np.shape(run.out)))

    return at
