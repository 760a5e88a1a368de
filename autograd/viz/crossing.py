"""A graph by positions, and what crosses from one part of it to another: outputs, and gradients.

The gradient that flows back between two parts is a vector: for each output of the first part what
flows to it from the second.  Of Values it is known as soon as gradients are; of arrays where all
uses of an output are in the second part, so that what flows is the output's gradient.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from autograd.node import Node
from autograd.sweep import topological_order
from autograd.viz.colours import NO_NUMBER, Number
from autograd.viz.flows import along_edge, closed_nodes, gradient_of, open_edges, together
from autograd.viz.owners import Owners, find_owners
from autograd.viz.quotient import Part

__all__ = ["Graph", "crossing"]


@dataclass
class Graph:
    """A graph by positions, which is quicker than by nodes, and the groups in it."""

    order: list[Any]
    inputs: list[list[int]]
    owners: Owners
    _users: dict[int, list[int]] = field(default_factory=dict)

    @functools.cached_property
    def closed(self) -> set[Any]:
        """The nodes that no gradient flows to."""
        return closed_nodes(self.order)

    @functools.cached_property
    def uses(self) -> Counter[int]:
        """How many edges gradients of arrays flow back along, to each node."""
        if not hasattr(self.order[-1], "requires_grad"):
            return Counter()
        used = open_edges(self.order, self.closed)
        return Counter({i: used[node] for i, node in enumerate(self.order)})

    @classmethod
    def of(cls, root: Any, model: Any = None) -> Graph:
        """Everything that ``root`` was computed from, by the modules of ``model`` and scopes."""
        order = topological_order(root, everything=True)
        at = {node: i for i, node in enumerate(order)}
        inputs = [[at[x] for x in node.inputs if isinstance(x, Node)] for node in order]
        return cls(order, inputs, find_owners(order, inputs, model))

    def users(self, positions: set[int]) -> set[int]:
        """What uses one of some nodes as an input."""
        if not self._users:
            for i, below in enumerate(self.inputs):
                for j in below:
                    self._users.setdefault(j, []).append(i)
        return {i for j in positions for i in self._users.get(j, ())}


def crossing(
    graph: Graph, parts: list[Part]
) -> tuple[dict[Part, list[int]], dict[tuple[Part, Part], Number]]:
    """What crosses between the parts of a graph.

    Returns:
        For each part its nodes that something outside of it uses, or that the graph ends in; and
        for each two parts with an edge what flows back from the second to the first.
    """
    part_of: dict[int, Part] = {i: part for part in parts for i in (*part.nodes, *part.folded)}
    edges: dict[tuple[Part, Part], list[tuple[int, int]]] = {}
    used = {len(graph.order) - 1}
    for i, below in enumerate(graph.inputs):
        part = part_of[i]
        for at, j in enumerate(below):
            if part_of[j] is not part:
                edges.setdefault((part_of[j], part), []).append((i, at))
                used.add(j)
    outputs = {part: [i for i in part.nodes if i in used] for part in parts}
    return outputs, {ends: together(_flows(graph, pairs)) for ends, pairs in edges.items()}


def _flows(graph: Graph, pairs: list[tuple[int, int]]) -> Iterator[tuple[int, Number]]:
    """What flows along edges, each given by the node that it leads to and which of its inputs."""
    last, upstream = -1, NO_NUMBER
    locals_: list[Any] = []
    arrays: Counter[int] = Counter()
    for i, at in pairs:
        if i != last:
            node, last = graph.order[i], i
            edges = zip(node.inputs, node.partials, strict=True)
            locals_ = [local for x, local in edges if isinstance(x, Node)]
            upstream = gradient_of(node, graph.closed)
        j, local = graph.inputs[i][at], locals_[at]
        if not getattr(graph.order[j], "requires_grad", True):
            continue
        if callable(local) and node not in graph.closed:
            arrays[j] += 1
            if arrays[j] < graph.uses[j]:
                continue
        alone = callable(local)  # all that flows to an array does so here
        yield j, along_edge(graph.order[j], local, upstream, alone, graph.closed)
    for j, count in arrays.items():
        if count < graph.uses[j]:  # a part of it, which is not known
            yield j, NO_NUMBER
