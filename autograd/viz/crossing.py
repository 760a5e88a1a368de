"""A graph by positions, and what crosses from one part of it to another: outputs, and gradients.

The gradient that flows back between two parts is a vector: for each output of the first part what
flows to it from the second.  Of Values it is known as soon as gradients are; of arrays where all
uses of an output are in the second part, so that what flows is the output's gradient.
"""

from __future__ import annotations

import functools
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from autograd.node import Node
from autograd.sweep import topological_order
from autograd.viz.colours import NO_NUMBER, Number
from autograd.viz.flows import along_edge, closed_nodes, gradient_of, open_edges, product, together
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
    known: dict[int, tuple[list[Any], Number]] = {}
    return outputs, {ends: _flow(graph, pairs, known) for ends, pairs in edges.items()}


def _flow(
    graph: Graph, pairs: list[tuple[int, int]], known: dict[int, tuple[list[Any], Number]]
) -> Number:
    """What flows along edges from one part to another.

    Args:
        graph: the graph.
        pairs: the edges, each by the node that it leads to and which of its inputs.
        known: the local derivatives and the gradient of nodes, as far as they were asked for.
    """
    sums: dict[int, float] = {}
    missing: list[Number] = []
    arrays: Counter[int] = Counter()
    for i, at in pairs:
        if i not in known:
            node = graph.order[i]
            edges = zip(node.inputs, node.partials, strict=True)
            locals_ = [local for x, local in edges if isinstance(x, Node)]
            known[i] = locals_, gradient_of(node, graph.closed)
        locals_, upstream = known[i]
        j, local = graph.inputs[i][at], locals_[at]
        if local.__class__ is float and upstream.value is not None:
            sums[j] = sums.get(j, 0.0) + product(local, upstream.value)
            continue
        x = graph.order[j]
        if not getattr(x, "requires_grad", True):
            continue
        alone = False
        if callable(local) and graph.order[i] not in graph.closed:
            arrays[j] += 1
            alone = arrays[j] == graph.uses[j]  # all that flows to it does so here
            if not alone:
                continue
        flow = along_edge(x, local, upstream, alone, graph.closed)
        if flow.value is None:
            missing.append(flow)
        else:
            sums[j] = sums.get(j, 0.0) + flow.value
    # Of some arrays only a part flows here, which is not known.
    missing += [NO_NUMBER for j, count in arrays.items() if count < graph.uses[j]]
    return together(sums, missing, signed=not arrays)
