"""``checkpoint``: keep the inputs of a part of a computation and compute it again on the way back.

A backward pass needs what the forward pass computed, so memory grows with the length of the
computation.  A checkpointed part keeps only its inputs and its result: its inside is computed once
more when the backward pass gets there, and forgotten again.  With a chain of n steps cut into
sqrt(n) parts, memory for n becomes memory for 2 sqrt(n), for the time of one more forward pass
(Griewank and Walther, 2000; Chen et al., 2016).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import ops
from autograd.branches import is_tracing
from autograd.errors import message
from autograd.evaluation import levels, variable
from autograd.node import Nameless, enable_grad, is_recording, raw
from autograd.ops.checks import check_function
from autograd.pullback import captured, changed, path_to, pull_back, push_forward
from autograd.tensor import Tensor
from autograd.trees import leaves, rebuilt

__all__ = ["checkpoint"]


class _Recomputed(Nameless):
    """The primitive of one call: its rules run the function again."""

    origin = "a checkpoint"

    def __init__(self, part: Callable[..., Any], arguments: int, older: list[Any]) -> None:
        # The rules know nothing of this object: it would refer to itself, and live on for a while.
        recorded = [x._data for x in older]
        level = levels.get()  # derivatives that the function takes are nodes again, or not

        def again(out: Any, inputs: tuple[Any, ...]) -> tuple[Any, list[Any], bool]:
            for x, data in zip(older, recorded, strict=True):
                if x._data is not data:  # seen here when the result was copied, and x not with it
                    raise changed("checkpoint", x)
            token = levels.set(level)
            try:
                with enable_grad():
                    moment = Tensor(0.0)  # a time before which everything else was there
                    variables = [variable(x) for x in inputs[:arguments]]
                    result = part(*variables)
            finally:
                levels.reset(token)
            _check_same(raw(out), result._data)
            return result, [moment, *variables], isinstance(inputs[0], Tensor)

        def pulled(g: Any, out: Any, *inputs: Any) -> list[Any]:
            result, variables, create_graph = again(out, inputs)
            with enable_grad():
                found = pull_back({result: g}, variables, create_graph, also=older)
            return [found.get(x) for x in (*variables[1:], *older)]

        def moved(tangents: Any, out: Any, *inputs: Any) -> Any:
            result, variables, create_graph = again(out, inputs)
            pairs = zip((*variables[1:], *older), tangents, strict=True)
            moving = {x: t for x, t in pairs if t is not None}
            with enable_grad():
                return push_forward(result, path_to(result, variables), moving, create_graph)

        none = lambda *arrays: None  # noqa: E731
        super().__init__("checkpoint", "custom", none, "", (), jvp=moved, joint=pulled)


def _check_same(once: Any, again: Any) -> None:
    """The gradient of another computation would be wrong without a word."""
    if np.array_equal(once, again, equal_nan=True):
        return
    # A library of matrix products may round otherwise the second time.
    least = 1e-4 * np.abs(once[np.isfinite(once)]).max(initial=0.0)
    if once.shape != again.shape or not np.allclose(once, again, 1e-3, least, equal_nan=True):
        raise ValueError(
            message(
                "checkpoint",
                expected="a function that computes the same every time",
                got="other numbers on the way back",
                fix="Leave Dropout and other random numbers outside, or draw them beforehand.",
            )
        )


class _Shape:
    """Stands in for an array of this shape and type."""

    def __init__(self, array: Any) -> None:
        self.shape, self.dtype = array.shape, array.dtype


def checkpoint(fun: Callable[..., Any]) -> Callable[..., Any]:
    """The same function of Tensors, with its inside computed again by ``backward()``.

    Args:
        fun: takes and returns arrays, Tensors, or nested tuples, lists and dicts of them; it must
            compute the same every time.  Tensors that it captures from around it get their
            gradients too.

    Returns:
        A function with the same result and gradients, which keeps less.

    Raises:
        TypeError: what is no function.
        ValueError: on the way back, if the function has another result than before, as with random
            numbers, or if a tensor that it captured was changed.

    >>> import autograd
    >>> x = Tensor(np.linspace(0.0, 1.0, 5), requires_grad=True)
    >>> block = checkpoint(lambda x: np.tanh(np.sin(x) * 2))
    >>> y = block(block(x)).sum()
    >>> y.backward()
    >>> same = autograd.grad(lambda x: np.tanh(np.sin(np.tanh(np.sin(x) * 2)) * 2).sum())
    >>> bool(np.all(x.grad == same(x.data)))
    True
    """

    check_function("checkpoint", fun)

    @functools.wraps(fun)
    def again_on_the_way_back(*args: Any, **kwargs: Any) -> Any:
        given = leaves(args)
        moving = [x for x in given if isinstance(x, Tensor) and x.requires_grad]
        if not is_recording() or is_tracing():  # a program decides itself what it keeps
            return fun(*args, **kwargs)
        shape_of_result: list[Any] = []  # the result with shapes for arrays: no array is kept

        def part(*variables: Any) -> Any:
            """All results as one tensor."""
            others = iter(variables)
            filled = [next(others) if any(x is m for m in moving) else x for x in given]
            result = fun(*rebuilt(args, iter(filled)), **kwargs)
            parts = [x if isinstance(x, Tensor) else Tensor(x) for x in leaves(result)]
            floats = [x for x in parts if x.dtype.kind == "f"]  # others have no gradient
            shapes = (_Shape(x) if x.dtype.kind == "f" else x for x in parts)
            shape_of_result[:] = [rebuilt(result, shapes)]
            if len(floats) == 1:
                return floats[0]
            return ops.concatenate([ops.ravel(x) for x in floats] or [Tensor([0.0])])

        moment = Tensor(0.0)
        once = part(*(x.detach().requires_grad_() for x in moving))
        if not once.requires_grad:
            return fun(*args, **kwargs)
        older = captured(once, moment)
        recomputed = _Recomputed(part, len(moving), older)
        data = once.primal
        recomputed.forward = lambda *arrays: data
        whole = Tensor._apply_primitive(recomputed, (*moving, *older), {})
        recomputed.forward = lambda *arrays: part(*arrays[: len(moving)]).primal
        (result,) = shape_of_result
        shapes = [like for like in leaves(result) if isinstance(like, _Shape)]
        pieces = [whole]
        if len(shapes) > 1:
            ends = np.cumsum([int(np.prod(like.shape)) for like in shapes])
            pairs = zip(ops.split(whole, ends[:-1].tolist()), shapes, strict=True)
            pieces = [ops.cast(ops.reshape(p, like.shape), like.dtype) for p, like in pairs]
        found = iter(pieces)
        return rebuilt(
            result, (next(found) if isinstance(x, _Shape) else x for x in leaves(result))
        )

    return again_on_the_way_back
