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
from autograd.evaluation import variable
from autograd.node import Nameless, enable_grad, is_recording
from autograd.pullback import changed, path_to, pull_back, push_forward
from autograd.tensor import Tensor
from autograd.trees import leaves, rebuilt

__all__ = ["checkpoint"]


class _Recomputed(Nameless):
    """The primitive of one call: its rules run the function again."""

    origin = "a checkpoint"

    def __init__(self, part: Callable[..., Any], arguments: int, captured: list[Any]) -> None:
        # The rules know nothing of this object: it would refer to itself, and live on for a while.
        recorded = [x._data for x in captured]

        def again(inputs: tuple[Any, ...]) -> tuple[Any, list[Any], bool]:
            for x, data in zip(captured, recorded, strict=True):
                if x._data is not data:  # seen here when the result was copied, and x not with it
                    raise changed("checkpoint", x)
            with enable_grad():
                moment = Tensor(0.0)  # so that there is a time before which everything was there
                variables = [variable(x) for x in inputs[:arguments]]
                return part(*variables), [moment, *variables], isinstance(inputs[0], Tensor)

        def pulled(g: Any, out: Any, *inputs: Any) -> list[Any]:
            result, variables, create_graph = again(inputs)
            with enable_grad():
                found = pull_back({result: g}, variables, create_graph, also=captured)
            return [found.get(x) for x in (*variables[1:], *captured)]

        def moved(tangents: Any, out: Any, *inputs: Any) -> Any:
            result, variables, create_graph = again(inputs)
            pairs = zip((*variables[1:], *captured), tangents, strict=True)
            moving = {x: t for x, t in pairs if t is not None}
            with enable_grad():
                return push_forward(result, path_to(result, variables), moving, create_graph)

        none = lambda *arrays: None  # noqa: E731
        super().__init__("checkpoint", "custom", none, "", (), jvp=moved, joint=pulled)


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

    >>> import autograd
    >>> x = Tensor(np.linspace(0.0, 1.0, 5), requires_grad=True)
    >>> block = checkpoint(lambda x: np.tanh(np.sin(x) * 2))
    >>> y = block(block(x)).sum()
    >>> y.backward()
    >>> same = autograd.grad(lambda x: np.tanh(np.sin(np.tanh(np.sin(x) * 2)) * 2).sum())
    >>> bool(np.all(x.grad == same(x.data)))
    True
    """

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
            shape_of_result[:] = [rebuilt(result, map(_Shape, parts))]
            if len(parts) == 1:
                return parts[0]
            return ops.concatenate([ops.ravel(x) for x in parts])

        moment = Tensor(0.0)
        once = part(*(x.detach().requires_grad_() for x in moving))
        if not once.requires_grad:
            return fun(*args, **kwargs)
        captured = _captured(once, moment)
        recomputed = _Recomputed(part, len(moving), captured)
        data = once.primal
        recomputed.forward = lambda *arrays: data
        whole = Tensor._apply_primitive(recomputed, (*moving, *captured), {})
        recomputed.forward = lambda *arrays: part(*arrays[: len(moving)]).primal
        (result,) = shape_of_result
        shapes = leaves(result)
        if len(shapes) == 1:
            return rebuilt(result, iter([whole]))
        ends = np.cumsum([int(np.prod(like.shape)) for like in shapes])
        pieces = zip(ops.split(whole, ends[:-1].tolist()), shapes, strict=True)
        return rebuilt(
            result,
            (ops.cast(ops.reshape(p, like.shape), like.dtype) for p, like in pieces),
        )

    return again_on_the_way_back


def _captured(root: Any, moment: Tensor) -> list[Any]:
    """The tensors from before a moment that a result was computed from."""
    found: list[Any] = []
    stack, seen = [root], {root}
    while stack:
        node = stack.pop()
        if node._serial < moment._serial:
            found.append(node)
            continue
        for x in node._args:
            if isinstance(x, Tensor) and x.requires_grad and x not in seen:
                seen.add(x)
                stack.append(x)
    return found
