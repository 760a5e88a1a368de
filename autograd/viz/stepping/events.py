"""What happens at each step when a graph is computed and backpropagation is played on it.

Forward, in topological order: the leaves are given, then each node gets its value.  Backward: the
gradient of the root with respect to itself is 1; then one event for each ``Step`` of
``backward_steps``, that is for each edge, because an edge is where a multiply-add happens; between
arrays, where a rule carries a gradient over.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from autograd.errors import message, shown
from autograd.leaf_gradients import seed
from autograd.node import Node
from autograd.steps import Step
from autograd.sweep import backward_steps, topological_order

__all__ = ["LARGEST", "Event", "events"]

LARGEST = 300  # nodes; beyond that nobody finds the box that lights up


class Event(NamedTuple):
    """One step of the play.

    Attributes:
        step: 0, 1, 2, ... over both phases.
        phase: "given" (the leaves), "forward" (a node gets its value), "seed" (the root gets its
            gradient, 1), "backward" (an edge passes a gradient on).
        node: the node that is computed, or that passes its gradient on; None for "given".
        move: of a backward event, the multiply-add.
        input: of a backward event, which of ``node.inputs`` receives.
        before: of a backward event, the gradient that the receiver had; None at the first arrival.
    """

    step: int
    phase: str
    node: Any = None
    move: Step | None = None
    input: int = -1
    before: Any = None


def events(root: Any) -> tuple[list[Any], list[Event]]:
    """The nodes in topological order, and all that happens to them.

    Raises:
        TypeError: ``root`` is no ``Value`` and no ``Tensor``.
        ValueError: more nodes than can be followed; a ``Tensor`` of several elements, or one that
            requires no gradient.

    >>> from autograd import Value
    >>> a = Value(3.0, label="a")
    >>> [event.phase for event in events(a * a)[1]]
    ['given', 'forward', 'seed', 'backward', 'backward']
    """
    _check(root)
    order = topological_order(root, everything=True)
    if len(order) > LARGEST:
        raise ValueError(
            message(
                "step",
                expected=f"a graph of at most {LARGEST} nodes, which one can follow",
                got=f"{len(order):,} nodes",
                fix="Step through a part of it: the loss of one example, a smaller network, or an "
                "inner node as the root. draw(root) shows graphs of any size.",
            )
        )
    played = [Event(0, "given")]
    for node in order:
        if node.op is not None:
            played.append(Event(len(played), "forward", node))
    played.append(Event(len(played), "seed", root))
    latest: dict[Any, Any] = {}
    # A node's edges are those of its inputs that a gradient flows to, in order.
    inputs = {
        node: iter([i for i, local in enumerate(node.partials) if local is not None])
        for node in order
    }
    for move in backward_steps(root):
        before = latest.get(move.parent)
        which = next(i for i in inputs[move.node] if move.node.inputs[i] is move.parent)
        played.append(Event(len(played), "backward", move.node, move, which, before))
        latest[move.parent] = move.accumulated
    return order, played


def _check(root: Any) -> None:
    if not isinstance(root, Node):
        raise TypeError(
            message(
                "step",
                expected="a Value, or a Tensor of one element",
                got=shown(root),
                fix="Pass the result of a computation with them, e.g. step(loss).",
            )
        )
    if hasattr(root, "requires_grad"):
        seed("step", root)
