"""What an explanation is made of: the paths, their products, and what is left of the gradient.

All forms (text, LaTeX, HTML) are written from these contents.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from autograd.explaining.names import name_beside, names_of
from autograd.explaining.paths import Edge, between, count, flow, gradient, largest
from autograd.node import raw
from autograd.pullback import one_like
from autograd.sweep import topological_order

__all__ = ["Contents", "Path", "why_none"]


class Path(NamedTuple):
    """One way from a leaf to a root.

    Attributes:
        nodes: from the leaf to the root.
        locals: the local derivative of each step, so one less: numbers, or for Tensors the linear
            maps that carry a gradient back.
        carried: what arrives at each of ``nodes`` along this path alone, beginning with 1 at the
            root: numbers, or for Tensors arrays of the node's shape.
        product: of the local derivatives: what arrives at the leaf.
        edges: the steps themselves, from the leaf to the root, with the position of each input.
    """

    nodes: tuple[Any, ...]
    locals: tuple[Any, ...]
    carried: tuple[Any, ...]
    product: Any
    edges: tuple[Edge, ...]


class Contents:
    """A gradient as the sum over paths.

    Attributes:
        root: what was differentiated.
        leaf: to what.
        paths: those that are written out, the largest products first; of Tensors, the shortest
            paths first.
        count: how many there are.
        gradient: d root / d leaf, the sum over *all* paths.
        rest: the sum over the paths that are not written out; 0 if all are.
        names: of the nodes: the label, or v1, v2, ... in topological order.
        element: the element of the gradient that is explained; None for all of it.
    """

    def __init__(self, root: Any, leaf: Any, limit: int, element: tuple[int, ...] | None) -> None:
        self.root, self.leaf, self.element = root, leaf, element
        self.arrays = hasattr(root, "requires_grad")
        self.names = names_of(root)
        if leaf not in self.names:
            self.names[leaf] = name_beside(leaf, self.names)
        one: Any = one_like(raw(root)) if self.arrays else 1.0
        zero: Any = np.zeros_like(raw(leaf), dtype=float) if self.arrays else 0.0
        graph = between(root, leaf)
        paths = [_path(edges, root, one) for edges in largest(graph, root, limit)]
        # A compiled function joins its results in one node, also those that do not need the leaf.
        self.paths = tuple(path for path in paths if path.product is not None)
        self.count = count(graph) - len(paths) + len(self.paths)
        self.gradient = gradient(graph, root, one) if graph else zero
        written = sum((path.product for path in self.paths), start=zero)
        self.rest = self.gradient - written if self.count > len(self.paths) else zero


def _path(edges: list[Edge], root: Any, one: Any) -> Path:
    steps = tuple(reversed(edges))
    carried = tuple(reversed(flow(edges, one)))
    nodes = (*(edge.source for edge in steps), root)
    return Path(nodes, tuple(edge.local for edge in steps), carried, carried[0], steps)


def why_none(contents: Contents) -> str:
    """Why there is no path at all."""
    root, leaf = (contents.names[x] for x in (contents.root, contents.leaf))
    everything = topological_order(contents.root, everything=True)
    if contents.leaf in everything:
        return (
            f"{root} was computed from {leaf}, but only through inputs that pass no gradient on, "
            "such as conditions."
        )
    return f"{root} was not computed from {leaf}."
