"""Which nodes of a graph share a box, so that a picture stays readable.

Beyond about 80 boxes nobody reads a picture.  In a larger graph

1. a leaf with a single user (a weight, a bias) is folded into the box of its user, and
2. a chain of nodes, each with one visible input, shares one box (``Σ w·x → + → ReLU``),

so that a neuron is one box.  If that is not enough,

3. what is farthest from the root is left out.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from autograd.node import Node

__all__ = ["Groups", "collapse"]

NEAREST = 30  # boxes that stay when the rest is left out: enough to see what the root is made of


@dataclass
class Groups:
    """How nodes are grouped into boxes.

    Attributes:
        chains: for each box, by its last node: the nodes in it, first to last.
        box_of: the last node of the box that a node is in.
        folded: leaves that are drawn inside the box of their user.
        left_out: how many nodes are not in the picture at all.
        closed: the nodes that no gradient flows to.
    """

    chains: dict[Any, list[Any]]
    box_of: dict[Any, Any]
    folded: set[Any]
    left_out: int = 0
    closed: set[Any] = field(default_factory=set)


def node_inputs(node: Any) -> list[Any]:
    """The inputs of a node that are nodes, not constants."""
    return [x for x in node.inputs if isinstance(x, Node)]


def collapse(order: list[Any], limit: float, always: bool = False) -> Groups:
    """Group the nodes of a topological order into at most ``limit`` boxes.

    A graph that is small enough as it is stays as it is, unless ``always``.
    """
    groups = Groups({node: [node] for node in order}, {node: node for node in order}, set())
    if len(order) > limit or always:
        uses = Counter(x for node in order for x in node_inputs(node))
        _fold_leaves(groups, order, uses)
        _join_chains(groups, order, uses)
        if len(groups.chains) > limit:
            _keep_nearest(groups, order, NEAREST)
    return groups


def _fold_leaves(groups: Groups, order: list[Any], uses: Counter[Any]) -> None:
    groups.folded = {node for node in order if node.is_leaf and uses[node] == 1}
    for leaf in groups.folded:
        del groups.chains[leaf]


def _join_chains(groups: Groups, order: list[Any], uses: Counter[Any]) -> None:
    for node in order:
        inputs = [x for x in node_inputs(node) if x not in groups.folded]
        if len(inputs) != 1 or inputs[0].is_leaf or inputs[0].label:
            continue  # a node with a name is one that someone wants to see
        if uses[inputs[0]] == 1:
            chain = groups.chains.pop(inputs[0])
            chain.append(node)
            groups.chains[node] = chain
    groups.box_of = {node: last for last, chain in groups.chains.items() for node in chain}


def _keep_nearest(groups: Groups, order: list[Any], limit: int) -> None:
    """Keep the boxes nearest to the root, breadth first."""
    found = [order[-1]]
    seen = set(found)
    for last in found:  # the list grows while it is gone through
        for x in node_inputs(groups.chains[last][0]):
            box = groups.box_of.get(x)
            if box is not None and box not in seen and len(found) < limit:
                seen.add(box)
                found.append(box)
    groups.chains = {last: chain for last, chain in groups.chains.items() if last in seen}
    shown = {node for chain in groups.chains.values() for node in chain}
    folded = {x for node in shown for x in node_inputs(node) if x in groups.folded}
    groups.left_out = len(order) - len(shown) - len(folded)
