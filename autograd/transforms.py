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
from autograd.errors import shown
from autograd.node import Node, enable_grad, is_recording, raw
from autograd.ops.checks import fails
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

# How many numbers one step of a Jacobian may carry at once.
MANY = 2**20

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


def _paired(what: str, given: Any, like: list[Any]) -> list[Any]:
    """Tangents or cotangents in a tree, one for each of these leaves, and of its shape.

    NumPy would broadcast many a wrong one, and the derivative would be wrong without a word.
    """
    parts = [t if isinstance(t, Tensor) else np.asarray(t) for t in leaves(given)]
    expected, got = (
        " and ".join(f"shape {np.shape(t)}" for t in arrays) or "nothing"
        for arrays in (like, parts)
    )
    if expected != got:
        fix = "Give one of the same shape for each number or array, in the same structure."
        raise fails(what, expected, got, fix)
    return parts


class _Run:
    """One evaluation of a function on new variables."""

    def __init__(self, name: str, fun: Callable[..., Any], args: Any, kwargs: Any, argnum: Any):
        self.single = argnum.__class__ is int or not isinstance(argnum, (tuple, list))
        numbers = (argnum,) if self.single else argnum
        try:
            self.given = [args[i] for i in numbers]
        except (IndexError, TypeError):
            expected = f"argnum to count one of the {len(args)} positional arguments"
            fix = "Arguments are counted from 0; keyword arguments are not differentiated."
            raise fails(name, expected, f"argnum={argnum!r}", fix, TypeError) from None
        # A derivative is asked for, so what leads to it is recorded, even inside of no_grad().
        run = self._called if is_recording() else enable_grad(self._called)
        run(fun, args, kwargs, numbers)

    def _called(self, fun: Callable[..., Any], args: Any, kwargs: Any, numbers: Any) -> None:
        self.variables = [variable(x) for x in leaves(self.given)]
        trees = rebuilt(self.given, iter(self.variables))
        inputs = list(args)
        for i, tree in zip(numbers, trees, strict=True):
            inputs[i] = tree
        token = _depth.set(_depth.get() + 1)
        try:
            self.out = fun(*inputs, **kwargs)
        finally:
            _depth.reset(token)

    def pulled(self, root: Any, g: Any) -> Any:
        """The cotangents of the arguments, in their structure; zeros where there is no path."""
        nested = _depth.get() > 0
        found = {}
        if isinstance(root, Tensor) and root.requires_grad and self.variables:
            with np.errstate(all="ignore"):
                found = pull_back(root, g, self.variables, create_graph=nested)
        result = [
            _plain(found[v] if v in found else np.zeros_like(v.data), like)
            for v, like in zip(self.variables, leaves(self.given), strict=True)
        ]
        trees = rebuilt(self.given, iter(result))
        return trees[0] if self.single else tuple(trees)

    def jacobian(self, data: Any) -> list[Any]:
        """The derivative of the result, an array, with respect to each variable."""
        root, nested = self.out, _depth.get() > 0
        shapes = [data.shape + v.shape for v in self.variables]
        if not (isinstance(root, Tensor) and root.requires_grad and data.size and self.variables):
            return [np.zeros(s, v.dtype) for s, v in zip(shapes, self.variables, strict=True)]
        unit = np.eye(data.size, dtype=data.dtype).reshape(data.size, *data.shape)
        largest = max(node.size for node in [root, *path_to(root, self.variables)])
        rows = max(1, MANY // max(1, largest))  # at once, so that their cotangents fit in memory
        parts = []
        with np.errstate(all="ignore"):
            for k in range(0, data.size, rows):
                g = unit[k : k + rows]
                found = pull_back(root, g, self.variables, nested, rows=len(g))
                parts.append([found[v] if v in found else np.zeros((len(g), *v.shape), v.dtype)
                              for v in self.variables])  # fmt: skip
        columns = (_joined([part[i] for part in parts]) for i in range(len(shapes)))
        return [ops.reshape(c, shape=s) for c, s in zip(columns, shapes, strict=True)]


def _joined(parts: list[Any]) -> Any:
    return parts[0] if len(parts) == 1 else ops.concatenate(parts)


def _array_of(name: str, out: Any) -> Any:
    """The array of a function's result, which must be one."""
    if isinstance(out, Tensor):
        return out.data
    data = None if isinstance(out, (tuple, list, dict, Node)) else np.asarray(out)
    if data is None or data.dtype.kind not in "biuf":
        fix = "Return one of them, or use vjp and jvp, which take any structure."
        fix = "Does it end with return?" if out is None else fix
        expected = "a function with one number or array as its result"
        raise fails(name, expected, shown(out), fix, TypeError)
    return data


def _gradient(
    name: str, fun: Callable[..., Any], argnum: Any, args: Any, kwargs: Any
) -> tuple[Any, Any]:
    """The result of a function and its gradient."""
    run = _Run(name, fun, args, kwargs, argnum)
    data = _array_of(name, run.out)
    if data.size != 1:
        expected = "a function with a single number as its result"
        fix = "Use jacobian for several outputs, or elementwise_grad for independent ones."
        raise fails(name, expected, f"a result of shape {data.shape}", fix, TypeError)
    g = one_like(data)
    return run.out, run.pulled(run.out, Tensor(g) if _depth.get() else g)


def value_and_grad(fun: Callable[..., Any], argnum: Any = 0) -> Callable[..., Any]:
    """A function that returns ``fun``'s result and its gradient with respect to an argument.

    Arguments and errors are those of ``grad``.  It is what ``scipy.optimize.minimize(jac=True)``
    asks for.

    >>> value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    """

    def both(*args: Any, **kwargs: Any) -> Any:
        out, gradient = _gradient("value_and_grad", fun, argnum, args, kwargs)
        return _plain(out, 0.0), gradient

    return both


def grad(fun: Callable[..., Any], argnum: Any = 0) -> Callable[..., Any]:
    """The gradient of a function with one number as its result.

    Args:
        fun: takes numbers, arrays, or nested tuples, lists and dicts of them; computes with
            operators, this library's functions or NumPy's.
        argnum: which positional argument to differentiate, or a tuple of several.

    Returns:
        A function of the same arguments.  The gradient has the structure, shapes and dtypes of the
        argument (float64 for integers), and is zero where the result does not depend on it; for
        several arguments, a tuple.

    Raises:
        TypeError: when called, if the result is not a single number or there is no such argument.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    """
    return lambda *args, **kwargs: _gradient("grad", fun, argnum, args, kwargs)[1]


def vjp(fun: Callable[..., Any], *args: Any) -> tuple[Any, Callable[[Any], Any]]:
    """``fun(*args)`` and the function that carries a cotangent of it back to all arguments.

    Args:
        fun: may return any structure of numbers and arrays.
        args: its arguments, likewise.

    Returns:
        The result, and a function from a cotangent of its structure to a tuple with one cotangent
        for each argument; it may be called many times.

    >>> out, back = vjp(lambda x, y: x * y, 2.0, 5.0)
    >>> out, back(1.0)
    (10.0, (5.0, 2.0))
    """
    run = _Run("vjp", fun, args, {}, tuple(range(len(args))))
    outs = leaves(run.out)

    def back(g: Any) -> Any:
        totals = None
        for out, part in zip(outs, _paired("cotangent of vjp", g, outs), strict=True):
            pulled = run.pulled(out, part)
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
        run = _Run("make_vjp", fun, args, kwargs, argnum)
        _array_of("make_vjp", run.out)

        def back(g: Any) -> Any:
            return run.pulled(run.out, *_paired("cotangent of make_vjp", g, [run.out]))

        return back, _plain(run.out, 0.0)

    return at


def jvp(fun: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
    """``fun(*primals)`` and its tangent when the arguments move with the given tangents.

    Args:
        fun: takes and returns any structure of numbers and arrays.
        primals: its arguments, a tuple.
        tangents: how fast each moves, of the same structure and shapes.

    Raises:
        TypeError: primals or tangents that are no tuple.
        ValueError: tangents that do not have the shapes of the primals.

    >>> jvp(lambda x, y: x * y, (2.0, 5.0), (1.0, 0.0))
    (10.0, 5.0)
    """
    for some in (primals, tangents):
        if not isinstance(some, (tuple, list)):
            expected = "a tuple of primals and a tuple of tangents, one for each argument"
            fix = "For one argument write jvp(f, (x,), (v,))."
            raise fails("jvp", expected, shown(some), fix, TypeError)
    run = _Run("jvp", fun, tuple(primals), {}, tuple(range(len(primals))))
    nested = _depth.get() > 0
    moving = _paired("tangents of jvp", tangents, run.variables)
    moves = {v: t.astype(v.dtype) for v, t in zip(run.variables, moving, strict=True)}

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
    """All derivatives of all outputs, the cotangents of many outputs carried back at once.

    Args:
        fun: returns one number or array.
        argnum: which positional argument to differentiate; it may be a structure of arrays.

    Returns:
        A function of the same arguments; its result has shape ``out.shape + x.shape`` for every
        array x in the argument.

    Raises:
        TypeError: when called, if the result is not one array.

    >>> jacobian(lambda x: x * x)(np.array([1.0, 3.0]))
    array([[2., 0.],
           [0., 6.]])
    """

    def at(*args: Any, **kwargs: Any) -> Any:
        run = _Run("jacobian", fun, args, kwargs, argnum)
        data = _array_of("jacobian", run.out)
        columns = run.jacobian(data)
        trees = rebuilt(run.given, iter(columns))
        return trees[0] if run.single else tuple(trees)

    return at


def hessian(fun: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """The second derivatives of a function with one number as its result: x.shape + x.shape.

    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 5.0]))
    array([[10.,  6.],
           [ 6.,  0.]])
    """
    return jacobian(grad(fun, argnum), argnum)


def hvp(fun: Callable[..., Any], x: Any, v: Any) -> Any:
    """The Hessian of ``fun`` at x times v, without the Hessian: forward over reverse.

    It costs a small multiple of ``fun``, however many dimensions x has (Pearlmutter, 1994).

    >>> hvp(lambda x: x[0] ** 2 * x[1], np.array([3.0, 5.0]), np.array([1.0, 0.0]))
    array([10.,  6.])
    """
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
        run = _Run("elementwise_grad", fun, args, kwargs, argnum)
        data = _array_of("elementwise_grad", run.out)
        return run.pulled(run.out, np.ones(data.shape))

    return at
