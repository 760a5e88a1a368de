"""Backpropagation as data: a ``Step`` for each edge that a gradient goes along.

``sweep.backward_steps`` returns them.  Those of a graph of Tensors are noted here, while
``pull_back`` does what it does in every ``backward()``: there is no other pass that could differ.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autograd.leaf_gradients import seed
from autograd.node import raw
from autograd.pullback import applied, pull_back

__all__ = ["Step", "array_steps"]


class Step(NamedTuple):
    """One multiply-add of backpropagation: ``parent.grad += upstream * local``.

    On a graph of Tensors gradients are arrays, each of the shape and dtype of its tensor.

    Attributes:
        step: 0, 1, 2, ... in the order of the pass.
        node: the node whose gradient is passed on.
        parent: the input of ``node`` that receives.
        upstream: d root / d node, complete at this moment.
        local: d node / d parent along this edge: a number; of an operation on the elements of
            arrays the array of its slopes; of any other operation on arrays its vjp, a function.
        contribution: ``upstream * local``; where the parent was broadcast, summed over its copies;
            of a vjp what it makes of ``upstream``.
        accumulated: d root / d parent, as far as it is summed up after this step.
    """

    step: int
    node: Any
    parent: Any
    upstream: Any
    local: Any
    contribution: Any
    accumulated: Any


def array_steps(name: str, root: Any) -> list[Step]:
    """The steps of ``root.backward()``, in its order, for the function ``name``.

    Hooks are called, as in ``backward()``.  What one makes of the gradient of a tensor is
    ``accumulated`` in the last step to it.
    """
    steps: list[Step] = []
    last: dict[Any, int] = {}
    inputs: dict[Any, Any] = {}  # of the node whose edges are gone along: positions still to come

    def note(node: Any, x: Any, g: Any, c: Any, total: Any) -> None:
        if node not in inputs:
            inputs.clear()
            inputs[node] = iter(range(len(node.inputs))), np.array(g)
            hooked(node, inputs[node][1])
        positions, upstream = inputs[node]
        position = next(i for i in positions if node.inputs[i] is x)
        last[x] = len(steps)
        local = _local(node, position)
        steps.append(Step(len(steps), node, x, upstream, local, np.array(c), np.array(total)))

    def hooked(x: Any, g: Any) -> None:
        if x._hooks is not None and x in last:
            steps[last[x]] = steps[last[x]]._replace(accumulated=g)

    with np.errstate(all="ignore"):  # as in backward(): the result has warned already
        found = pull_back({root: seed(name, root)}, watch=note)
    for x, grad in found.items():
        hooked(x, grad)
    return steps


def _local(node: Any, position: int) -> Any:
    """The slopes of an operation on elements, or the vjp."""
    op = node.op
    if op.kind != "elementwise":
        return node.partials[position]
    return applied(op.partials[position], raw(node), *node._arrays)
