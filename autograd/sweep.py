"""Walking the graph: topological order, backward, forward, and backward as a list of events.

Why an order is needed.  A node may pass its gradient on only when it has received all of it, that
is, after every node that uses it.  The smallest graph where a careless order fails:

>>> from autograd import Value
>>> a = Value(1.0)
>>> b = a + a
>>> c = b + b
>>> c.backward()
>>> a.grad          # 4.0; passing 1.0 on from b before its second 1.0 arrives would give 2.0
4.0

In a *topological order* each node stands after all its inputs; ``backward`` walks it from the end.

A zero stops everything: an edge whose local derivative is 0 and a node whose gradient is 0 pass
nothing on, whatever stands on the other side, even an infinity or a NaN.  A path with a factor 0
contributes nothing to the sum over paths; that is what ``where(x > 0, sqrt(x), 0)`` at 0 means.
"""

from __future__ import annotations

import math
import threading
from typing import Any

from autograd.anomaly import infinite_slope, origins
from autograd.errors import message, shown
from autograd.node import NOT_COMPUTED, Node
from autograd.steps import Step, array_steps

__all__ = ["Step", "backward", "backward_steps", "pushforward", "topological_order"]

# One sweep at a time: a sweep keeps its sums on the nodes, and two threads may share leaves.
_sweeping = threading.RLock()


def topological_order(root: Node, *, everything: bool = False) -> list[Any]:
    """The nodes that ``root`` was computed from, inputs first, ``root`` last.

    Only along edges that carry a gradient, unless ``everything``.  Iterative: a graph may be
    millions of nodes deep.

    >>> from autograd import Value
    >>> x = Value(2.0, label="x")
    >>> [node.label or node.op.name for node in topological_order((x * x).exp())]
    ['x', 'mul', 'exp']
    """
    if not isinstance(root, Node):
        raise TypeError(
            message(
                "graph",
                expected="the node where it ends, e.g. a loss",
                got=shown(root),
                fix="Pass the result of a computation with Values.",
            )
        )
    order: list[Any] = []
    seen: set[Node] = set()
    stack: list[Any] = [root]
    while stack:
        node = stack.pop()
        if node is None:  # a mark: all inputs of the node under it are in `order` now
            order.append(stack.pop())
        elif node not in seen:  # seen when visited, not when pushed, or diamonds go wrong
            seen.add(node)
            stack += (node, None)
            pairs = zip(node.inputs, node.partials, strict=True)
            below = [
                x
                for x, local in pairs
                if (local is not None or (everything and isinstance(x, Node))) and x not in seen
            ]
            stack += reversed(below)  # so that the first input is visited first
    return order


def backward(root: Any) -> None:
    """Fill ``.grad`` of everything that ``root`` was computed from; leaves accumulate.

    All or nothing: an interrupted or failed pass leaves the leaves' gradients as they were.

    This is what training consists of, so it reads the slots of ``Value`` directly.
    ``backward_steps`` is the same pass as plain code.
    """
    with _sweeping:
        _guarded(root)


def _guarded(root: Any) -> None:
    # Python may deliver Ctrl-C at the end of a loop's body without entering the handlers around
    # the loop.  So the loops are in functions of their own, and what is guarded is their call.
    if origins() is not None:
        _raise_on_anomaly(root)
    leaves: list[Any] = []
    before: list[float] = []  # the leaves' gradients so far
    try:
        order = _inner_order(root, leaves, before)  # sets all gradients to zero
        root.grad = 1.0
        _multiply_and_add(order)
        _set_grads(leaves, _totals(leaves, before))
    except BaseException:
        inner = [node for node in topological_order(root) if node.op is not None]
        _set_grads(inner, [NOT_COMPUTED] * len(inner))
        _set_grads(leaves, before)
        raise


def _multiply_and_add(order: list[Any]) -> None:
    """Backpropagation: each node adds gradient x local derivative to each of its inputs."""
    for node in reversed(order):
        grad = node.grad
        if not grad:
            continue
        dx = node._dx
        if dx:
            if dx.__class__ is tuple:
                for x, d in zip(node._x, dx, strict=False):
                    if d:
                        x.grad += grad * d
            else:
                node._x.grad += grad * dx
        dy = node._dy
        if dy:
            node._y.grad += grad * dy


def _totals(leaves: list[Any], before: list[float]) -> list[float]:
    try:
        return [old + leaf.grad for leaf, old in zip(leaves, before, strict=True)]
    except TypeError:  # some are None, which is how PyTorch forgets a gradient
        before = [NOT_COMPUTED if old is None else old for old in before]
        return [old + leaf.grad for leaf, old in zip(leaves, before, strict=True)]


def _set_grads(nodes: list[Any], grads: list[float]) -> None:
    for node, grad in zip(nodes, grads, strict=False):
        node.grad = grad


def _inner_order(root: Any, leaves: list[Any], before: list[float]) -> list[Any]:
    """``topological_order`` without the leaves, which are listed apart; zeroes every gradient.

    The same walk, with three savings: a node that holds this pass's own zero has been seen, leaves
    are never pushed, and a run of nodes with one way on is pushed as one.
    """
    zero = float("0")  # an object of this pass, see NOT_COMPUTED
    order: list[Any] = []
    stack: list[Any] = [root]
    while stack:
        node = stack.pop()
        if node is None:  # a mark: all that the run under it was computed from is in `order`
            order.extend(reversed(stack.pop()))
            continue
        if node.grad is zero:
            continue
        if node.op is None:
            before.append(node.grad)
            leaves.append(node)
            node.grad = zero
            continue
        run: list[Any] = []
        below: Any = ()
        while node is not None:
            node.grad = zero
            run.append(node)
            way_on = None
            if node._dy is not None:
                y = node._y
                grad = y.grad
                if grad is not zero:
                    if y.op is None:
                        before.append(grad)
                        leaves.append(y)
                        y.grad = zero
                    else:
                        way_on = y
            dx = node._dx
            if dx.__class__ is tuple:
                edges = zip(node._x, dx, strict=False)
                below = [x for x, d in edges if d is not None and x.grad is not zero]
                below.reverse()  # so that the first input is visited first
                way_on = None
            elif dx is not None:
                x = node._x
                grad = x.grad
                if grad is not zero:
                    if x.op is None:
                        before.append(grad)
                        leaves.append(x)
                        x.grad = zero
                    elif way_on is None:
                        way_on = x
                    else:
                        below = (way_on, x)
                        way_on = None
            node = way_on
        if below:
            stack += (run, None)
            stack += below
        else:
            order.extend(reversed(run))
    return order


def backward_steps(root: Any) -> list[Step]:
    """Backpropagation as data: what ``root.backward()`` does, in its order, from zero.

    The graph and its gradients are not touched.  The last ``accumulated`` of each node is the
    gradient that one ``backward()`` gives it.  On Tensors gradients are arrays; hooks are called.

    Args:
        root: a ``Value``, or a ``Tensor`` of one element.

    Raises:
        TypeError: ``root`` is no node.
        ValueError: a ``Tensor`` of several elements, or one that requires no gradient.

    >>> from autograd import Value
    >>> a = Value(3.0, label="a")
    >>> for s in backward_steps(a * a):
    ...     print(f"{s.step}: {s.parent.label} += {s.upstream} * {s.local} -> {s.accumulated}")
    0: a += 1.0 * 3.0 -> 3.0
    1: a += 1.0 * 3.0 -> 6.0
    """
    if isinstance(root, Node) and hasattr(root, "requires_grad"):
        return array_steps("backward_steps", root)
    steps: list[Step] = []
    grads = {root: 1.0}
    for node in reversed(topological_order(root)):
        upstream = grads.setdefault(node, 0.0)
        for parent, local in node.edges:
            contribution = upstream * local if upstream and local else 0.0
            grads[parent] = grads.get(parent, 0.0) + contribution
            steps.append(
                Step(len(steps), node, parent, upstream, local, contribution, grads[parent])
            )
    return steps


def pushforward(root: Any, tangents: dict[Any, float]) -> float:
    """Forward mode: how fast ``root`` changes when the given nodes move with these tangents.

    Args:
        root: the node whose tangent is asked for.
        tangents: the speed of each node that moves; all others stand still.

    >>> from autograd import Value
    >>> x, y = Value(2.0), Value(5.0)
    >>> pushforward(x * y, {x: 1.0, y: 0.0})  # d(xy)/dx = y
    5.0
    """
    if not isinstance(tangents, dict):
        raise TypeError(
            message(
                "pushforward",
                expected="a dict from nodes to their tangents",
                got=shown(tangents),
                fix="For d root / d x write pushforward(root, {x: 1.0}).",
            )
        )
    if isinstance(root, Node) and hasattr(root, "requires_grad"):
        raise TypeError(
            message(
                "pushforward",
                expected="a Value, whose edges carry numbers",
                got=shown(root),
                fix="Write the lesson with Values; for Tensors there is jvp.",
            )
        )
    moving = dict(tangents)
    watched = origins() is not None
    for node in topological_order(root):
        if node not in moving:
            moving[node] = 0.0
            for parent, local in node.edges:
                if local and moving[parent]:
                    moving[node] += local * moving[parent]
            if watched and not math.isfinite(moving[node]):
                raise infinite_slope("pushforward", node, str(moving[node]))
    return float(moving[root])


def _raise_on_anomaly(root: Any) -> None:
    """Look for a NaN or an infinity before a single gradient is touched."""
    for step in backward_steps(root):
        if not math.isfinite(step.accumulated):
            got = (
                f"{step.upstream} x {step.local} = {step.contribution}, in all "
                f"{step.accumulated}, for the input {step.parent!r}"
            )
            raise infinite_slope("backward", step.node, got)
