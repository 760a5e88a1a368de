"""Derivatives of functions: ``grad(f)`` is a function again, and can be differentiated again.

A function is run once on tensors that stand for its arguments, and the recorded graph is walked
backwards (``vjp``, ``grad``) or forwards (``jvp``).  Each transform makes a node of its own for the
argument it differentiates, so that in nested derivatives every walk ends at its own variable:

>>> def f(x):
...     return x * grad(lambda y: x + y)(1.0)  # the inner derivative is 1, whatever x is
>>> grad(f)(3.0)
1.0

Numbers and arrays are answered with numbers and arrays, to which parameters that the function
captured are constants.  At a Tensor the answer keeps the history of such a parameter, if it
requires a gradient; a penalty on a gradient needs it:

>>> w = Tensor(3.0, requires_grad=True)
>>> (grad(lambda x: w * x**2)(Tensor(2.0)) ** 2).backward()  # (2 w x)**2
>>> w.grad
array(96.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.errors import shown
from autograd.evaluation import Run, array_of, is_node, no_argument, paired
from autograd.node import shape_of
from autograd.ops.checks import check_function, fails
from autograd.pullback import one_like, path_to, push_forward
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


def _of(fun: Callable[..., Any], derivative: Callable[..., Any]) -> Callable[..., Any]:
    """A function of the same arguments: whoever asks for its signature gets that of ``fun``."""
    derivative.__wrapped__ = fun  # type: ignore[attr-defined]
    return derivative


def _gradient(
    name: str, fun: Callable[..., Any], argnum: Any, args: Any, kwargs: Any
) -> tuple[Run, Any]:
    """The evaluation of a function, and its gradient."""
    run = Run(name, fun, args, kwargs, argnum)
    data = array_of(name, run.out)
    if data.size != 1:
        expected = "a function with a single number as its result"
        fix = "Use jacobian for several outputs, or elementwise_grad for independent ones."
        raise fails(name, expected, f"a result of shape {data.shape}", fix, TypeError)
    g = one_like(data)
    return run, run.pulled(run.out, Tensor(g) if run.create_graph else g)


def value_and_grad(fun: Callable[..., Any], argnum: Any = 0) -> Callable[..., Any]:
    """A function that returns ``fun``'s result and its gradient with respect to an argument.

    Arguments and errors are those of ``grad``.  It is what ``scipy.optimize.minimize(jac=True)``
    asks for.

    >>> value_and_grad(lambda x: x * x)(3.0)
    (9.0, 6.0)
    """

    check_function("value_and_grad", fun)

    def both(*args: Any, **kwargs: Any) -> Any:
        run, gradient = _gradient("value_and_grad", fun, argnum, args, kwargs)
        return run.value(run.out), gradient

    return _of(fun, both)


def grad(fun: Callable[..., Any], argnum: Any = 0) -> Callable[..., Any]:
    """The gradient of a function with one number as its result.

    Args:
        fun: takes numbers, arrays, or nested tuples, lists and dicts of them; computes with
            operators, this library's functions or NumPy's.
        argnum: which positional argument to differentiate, or a tuple of several, each once.

    Returns:
        A function of the same arguments.  The gradient has the structure, shapes and dtypes of the
        argument (float64 for integers, Python's float for a single number, also for one of NumPy's
        such as ``np.float32(2)``), and is zero where the result does not depend on it; for several
        arguments, a tuple.

    Raises:
        TypeError: what is no function; when called, if the result is not a single number or there
            is no such argument.
        ValueError: when called, if ``argnum`` names an argument twice.  (HIPS autograd gives the
            first of both a gradient of 0.)

    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    """
    check_function("grad", fun)
    return _of(fun, lambda *args, **kwargs: _gradient("grad", fun, argnum, args, kwargs)[1])


def vjp(fun: Callable[..., Any], *args: Any) -> tuple[Any, Callable[[Any], Any]]:
    """``fun(*args)`` and the function that carries a cotangent of it back to all arguments.

    Args:
        fun: may return any structure of numbers and arrays.
        args: its arguments, likewise.

    Returns:
        The result, and a function from a cotangent of its structure to a tuple with one cotangent
        for each argument; it may be called many times, and belongs to the arrays as they are now.

    Raises:
        TypeError: what is no function; a cotangent that is not made of real numbers.
        ValueError: a cotangent without the structure and the shapes of the result.

    >>> out, back = vjp(lambda x, y: x * y, 2.0, 5.0)
    >>> out, back(1.0)
    (10.0, (5.0, 2.0))
    """
    check_function("vjp", fun)
    run = Run("vjp", fun, args, {}, tuple(range(len(args))), keep=True)
    outs = _results("vjp", run)

    def back(g: Any) -> Any:
        totals = None
        for out, part in zip(outs, paired("cotangent of vjp", g, run.out), strict=True):
            pulled = run.pulled(out, part)
            totals = pulled if totals is None else _added(totals, pulled)
        return totals

    primal = rebuilt(run.out, (run.value(out) for out in outs))
    return primal, back


def _results(name: str, run: Run) -> list[Any]:
    """The numbers and arrays that a function has returned, in whatever structure."""
    outs = leaves(run.out)
    for out in outs:
        array_of(name, out, one=False)
    return outs


def _added(a: Any, b: Any) -> Any:
    pairs = zip(leaves(a), leaves(b), strict=True)
    return rebuilt(a, (x + y for x, y in pairs))


def make_vjp(fun: Callable[..., Any], argnum: Any = 0) -> Callable[..., Any]:
    """``make_vjp(f)(x)`` is the pair of the vjp function at x and the value (HIPS's order).

    >>> back, value = make_vjp(lambda x: x * x)(3.0)
    >>> value, back(1.0)
    (9.0, 6.0)
    """

    check_function("make_vjp", fun)

    def at(*args: Any, **kwargs: Any) -> Any:
        run = Run("make_vjp", fun, args, kwargs, argnum, keep=True)
        array_of("make_vjp", run.out)

        def back(g: Any) -> Any:
            return run.pulled(run.out, *paired("cotangent of make_vjp", g, run.out))

        return back, run.value(run.out)

    return _of(fun, at)


def jvp(fun: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
    """``fun(*primals)`` and its tangent when the arguments move with the given tangents.

    Args:
        fun: takes and returns any structure of numbers and arrays.
        primals: its arguments, a tuple.
        tangents: how fast each moves, of the same structure and shapes.

    Raises:
        TypeError: what is no function; primals or tangents that are no tuple; tangents that are
            not made of real numbers.
        ValueError: tangents that do not have the structure and the shapes of the primals.

    >>> jvp(lambda x, y: x * y, (2.0, 5.0), (1.0, 0.0))
    (10.0, 5.0)
    """
    check_function("jvp", fun)
    for some in (primals, tangents):
        if not isinstance(some, (tuple, list)):
            expected = "a tuple of primals and a tuple of tangents, one for each argument"
            fix = "For one argument write jvp(f, (x,), (v,))."
            raise fails("jvp", expected, shown(some), fix, TypeError)
    run = Run("jvp", fun, tuple(primals), {}, tuple(range(len(primals))))
    return _pushed("jvp", run, tangents)


def _pushed(name: str, run: Run, tangents: Any) -> Any:
    """The value of an evaluation, and its tangent."""
    moving = paired(f"tangents of {name}", tangents, run.given)
    run.create_graph = run.create_graph or any(map(is_node, moving))
    moves = {v: t.astype(v.dtype) for v, t in zip(run.variables, moving, strict=True)}

    def tangent(out: Any) -> Any:
        t = None
        if isinstance(out, Tensor) and out.requires_grad:
            with np.errstate(all="ignore"):
                t = push_forward(out, path_to(out, run.variables), moves, run.create_graph)
        return run.value(np.zeros(shape_of(out), getattr(out, "dtype", float)) if t is None else t)

    outs = _results(name, run)
    primal = rebuilt(run.out, (run.value(out) for out in outs))
    return primal, rebuilt(run.out, (tangent(out) for out in outs))


def make_jvp(fun: Callable[..., Any], argnum: Any = 0) -> Callable[..., Any]:
    """``make_jvp(f)(x)(v)`` is the pair of value and tangent (HIPS's signature).

    For several arguments, v is a tuple of as many tangents.

    >>> make_jvp(lambda x: x * x)(3.0)(1.0)
    (9.0, 6.0)
    >>> make_jvp(lambda x, y: x * y, (0, 1))(3.0, 5.0)((1.0, 2.0))
    (15.0, 11.0)
    """
    check_function("make_jvp", fun)

    def at(*args: Any, **kwargs: Any) -> Callable[[Any], Any]:
        def along(v: Any) -> Any:
            run = Run("make_jvp", fun, args, kwargs, argnum)
            return _pushed("make_jvp", run, (v,) if run.single else v)

        return along

    return _of(fun, at)


def jacobian(fun: Callable[..., Any], argnum: Any = 0) -> Callable[..., Any]:
    """All derivatives of all outputs, the cotangents of many outputs carried back at once.

    Args:
        fun: returns an array or a structure of arrays.
        argnum: which positional argument to differentiate; it may be a structure of arrays.

    Returns:
        A function of the same arguments.  Its result has the structure of the function's, and in
        the place of each array ``out`` the structure of the argument, with arrays of shape
        ``out.shape + x.shape``.

    Raises:
        TypeError: when called, if the result is not made of numbers and arrays.

    >>> jacobian(lambda x: x * x)(np.array([1.0, 3.0]))
    array([[2., 0.],
           [0., 6.]])
    """

    check_function("jacobian", fun)

    def at(*args: Any, **kwargs: Any) -> Any:
        run = Run("jacobian", fun, args, kwargs, argnum)
        outs = leaves(run.out)
        blocks = [run.jacobian(out, array_of("jacobian", out)) for out in outs]
        return rebuilt(run.out, iter(blocks))

    return _of(fun, at)


def hessian(fun: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """The second derivatives of a function with one number as its result: x.shape + x.shape.

    For an argument that is a structure of arrays, a structure of such structures.

    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 5.0]))
    array([[10.,  6.],
           [ 6.,  0.]])
    """
    check_function("hessian", fun)
    return jacobian(grad(fun, argnum), argnum)


def hvp(fun: Callable[..., Any], x: Any, v: Any) -> Any:
    """The Hessian of ``fun`` at x times v, without the Hessian: forward over reverse.

    It costs a small multiple of ``fun``, however many dimensions x has (Pearlmutter, 1994).

    >>> hvp(lambda x: x[0] ** 2 * x[1], np.array([3.0, 5.0]), np.array([1.0, 0.0]))
    array([10.,  6.])
    """
    check_function("hvp", fun)
    return jvp(grad(fun), (x,), (v,))[1]


def hessian_vector_product(fun: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """``hessian_vector_product(f)(x, v)`` (HIPS's signature): the vector is the last argument.

    >>> hessian_vector_product(lambda x: x[0] ** 2 * x[1])(np.array([3.0, 5.0]), np.array([1.0, 0]))
    array([10.,  6.])
    """

    check_function("hessian_vector_product", fun)

    def at(*args: Any, **kwargs: Any) -> Any:
        if len(args) < 2:
            expected = "the function's arguments and a vector"
            fix = "Write hessian_vector_product(f)(x, v)."
            raise fails("hessian_vector_product", expected, f"{len(args)} argument", fix, TypeError)
        *inputs, v = args

        def one(x: Any) -> Any:
            inputs[argnum] = x
            return fun(*inputs, **kwargs)

        try:
            x = inputs[argnum]
        except (IndexError, TypeError):
            raise no_argument("hessian_vector_product", inputs, argnum) from None
        return hvp(one, x, v)

    return at


def elementwise_grad(fun: Callable[..., Any], argnum: int = 0) -> Callable[..., Any]:
    """The derivative of each output element to the input element in its place.

    >>> elementwise_grad(np.sin)(np.array([0.0]))
    array([1.])
    """

    check_function("elementwise_grad", fun)

    def at(*args: Any, **kwargs: Any) -> Any:
        run = Run("elementwise_grad", fun, args, kwargs, argnum)
        data = array_of("elementwise_grad", run.out)
        return run.pulled(run.out, np.ones(data.shape))

    return _of(fun, at)
