"""The paths of a graph: how many there are, which weigh most, and what flows along one.

The number of paths grows exponentially with the depth: each step of ``x = x + x`` doubles it.  So
they are never gone through one by one.  Three loops over the *edges* do the work, and each is the
idea of backpropagation, once more: what a node needs is summed up (or the largest of it taken)
before the node is done.

* ``count``: as many paths arrive at a node as at all its users together.
* ``gradient``: the sum over all paths of the products of their local derivatives.
* ``largest``: the best way from each node down to the leaf, and then the ways that differ from the
  best by as little as possible (D. Eppstein, "Finding the k shortest paths", 1998: a path is its
  detours, and each detour costs what it loses against the best way on).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count as counting
from typing import Any, NamedTuple

from autograd.node import raw, shape_of
from autograd.ops.shapes import sum_to
from autograd.pullback import applied
from autograd.sweep import topological_order

__all__ = ["Edge", "Graph", "between", "carry", "count", "flow", "gradient", "largest", "parts"]


class Edge(NamedTuple):
    """One input of a node, and the local derivative to it.

    Attributes:
        node: what was computed.
        position: which of the inputs of ``node`` it is.
        source: that input.
        local: d node / d source: a number; between arrays the linear map from the gradient of
            ``node`` to that of ``source``.
    """

    node: Any
    position: int
    source: Any
    local: Any


# The nodes on paths from a leaf to a root, in topological order, each with the edges into it.
Graph = dict[Any, list[Edge]]


def between(root: Any, leaf: Any) -> Graph:
    """What lies on the paths from ``leaf`` to ``root``; empty if there is none."""
    found: Graph = {}
    for node in topological_order(root):
        edges = [
            Edge(node, position, x, local)
            for position, (x, local) in enumerate(zip(node.inputs, node.partials, strict=True))
            if local is not None and x in found
        ]
        if edges or node is leaf:
            found[node] = edges
    return found if root in found else {}


def count(graph: Graph) -> int:
    """How many paths there are, exactly."""
    arriving: dict[Any, int] = {}
    paths = 0
    for node, edges in reversed(graph.items()):
        paths = arriving.pop(node, 1)  # forgotten when done: these numbers may be huge
        for edge in edges:
            arriving[edge.source] = arriving.get(edge.source, 0) + paths
    return paths


def carry(edge: Edge, upstream: Any) -> Any:
    """What an edge passes on of d root / d node; a zero stops everything, as in ``sweep.py``."""
    if not callable(edge.local):
        return upstream * edge.local if upstream and edge.local else 0.0
    node, arrays = edge.node, edge.node._arrays
    passed = applied(edge.local, upstream, raw(node), *arrays, **node._params)
    return sum_to(passed, shape_of(arrays[edge.position]))


def gradient(graph: Graph, root: Any, one: Any) -> Any:
    """d root / d leaf, by one backward pass over these edges alone."""
    received = {root: one}
    total = one
    for node, edges in reversed(graph.items()):
        total = received.pop(node)
        for edge in edges:
            passed = carry(edge, total)
            known = received.get(edge.source)
            received[edge.source] = passed if known is None else known + passed
    return total


def parts(graph: Graph, root: Any) -> tuple[dict[Any, float], dict[Any, float]]:
    """d root / d node and d node / d leaf, of numbers, for each node on the paths.

    Their product with a local derivative between them is what comes through that edge.
    """
    above = {root: 1.0}
    for node, edges in reversed(graph.items()):
        for edge in edges:
            above[edge.source] = above.get(edge.source, 0.0) + carry(edge, above[node])
    below: dict[Any, float] = {}
    for node, edges in graph.items():
        below[node] = sum((carry(e, below[e.source]) for e in edges), 0.0) if edges else 1.0
    return above, below


def flow(path: list[Edge], one: Any) -> list[Any]:
    """d root / d node along one path alone: of the root first, of the leaf last.

    Args:
        path: its edges, the one into the root first.
        one: d root / d root.
    """
    amounts = [one]
    for edge in path:
        amounts.append(carry(edge, amounts[-1]))
    return amounts


# What stands for log|local| where that is no number.  A zero outweighs every infinity, because it
# stops the path.
OF_ZERO, OF_INFINITY = -1e12, 1e9


def _weight(local: Any) -> float:
    """What an edge adds to the weight of a path: log|local|, so that the sum is log|product|.

    What a linear map does to a gradient is no number: there the path with fewer edges comes first.
    """
    if callable(local):
        return -1.0
    if local == 0:
        return OF_ZERO
    return math.log(abs(local)) if math.isfinite(local) else OF_INFINITY


def largest(
    graph: Graph,
    root: Any,
    limit: int,
    weight: Callable[[Any], float] = _weight,
) -> list[list[Edge]]:
    """At most ``limit`` paths, the heaviest first, each as its edges from the root to the leaf."""
    if not graph:
        return []
    leaf = next(iter(graph))
    best = {leaf: 0.0}  # weight of the best way from each node down to the leaf
    for node, edges in graph.items():
        if edges:
            best[node] = max(weight(edge.local) + best[edge.source] for edge in edges)
    # Beginnings of paths that end with a detour, by what their detours lose.  From there the best
    # way on loses nothing more, and each turn that is not taken on it is another beginning.
    found: list[list[Edge]] = []
    number = counting()  # of equals the first that was seen comes first
    beginnings: list[tuple[float, int, Any, Any]] = [(0.0, next(number), root, None)]
    while beginnings and len(found) < limit:
        lost, _, node, way = heappop(beginnings)
        while node is not leaf:
            losses = [best[node] - (weight(e.local) + best[e.source]) for e in graph[node]]
            first = losses.index(min(losses))
            for i, edge in enumerate(graph[node]):
                if i != first:
                    turn = lost + losses[i], next(number), edge.source, (edge, way)
                    heappush(beginnings, turn)
            way = graph[node][first], way
            node = way[0].source
        path = []
        while way is not None:
            edge, way = way
            path.append(edge)
        found.append(path[::-1])
    return found
