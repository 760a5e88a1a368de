"""Which operation, which element?  Where derivatives disagree, who is guilty.

The function's graph is recorded at the point, and each operation in it is then a small function of
its own: it is checked at the very inputs that it got, moving as they moved.  (That matters: a rule
for symmetric matrices is right as long as only symmetric ones arrive.)  An operation may be right
and its derivative wrong; then the graph of its *rule* is searched in the same way.

The guilty element is found by trying each, or in a large array by halving: one half of the
direction shows most of the disagreement, and a half of that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from autograd.checking.agreement import (
    Disagreement,
    Probe,
    disagreement,
    first_disagreement,
    probe,
)
from autograd.checking.numeric import Array
from autograd.checking.vectorizing import Vectorized, vectorized
from autograd.node import raw
from autograd.sweep import topological_order
from autograd.tensor import Tensor
from autograd.transforms import vjp
from autograd.trees import leaves

__all__ = ["Culprit", "Entry", "culprit", "entry", "first_not_finite", "recorded"]

SMALL = 32  # up to so many elements, each is tried
MOVE = 1e-4  # how far arguments are moved to see where inner nodes go


class Culprit(NamedTuple):
    """A guilty operation.

    Attributes:
        node: what it made.
        found: the disagreement, of the operation on its own.
        rules: operations in whose rules it was found, the outermost first.
    """

    node: Any
    found: Disagreement
    rules: tuple[str, ...] = ()


class Entry(NamedTuple):
    """One entry of the Jacobian, or, without a column, a slope along a random direction.

    Attributes:
        row: which result, counted through all of them.
        column: which element of the arguments, or None.
        unit: the length of the direction, by which the slopes of ``seen`` are divided.
        seen: the sweep of this result, and what both modes say about it.
    """

    row: int
    column: int | None
    unit: float
    seen: Probe


# --- which operation ----------------------------------------------------------------------------


def recorded(function: Vectorized, x: Array | None = None) -> list[Any]:
    """The nodes that operations made on the way to the results, inputs first."""
    outs: list[Any] = []

    def spied(*numbers: Any) -> Any:
        result = function.call(*numbers)
        outs.extend(leaves(result))
        return result

    with np.errstate(all="ignore"):
        vjp(spied, *function.split(function.x if x is None else x, function.leaves))
    nodes: dict[Any, None] = {}
    for out in outs:
        if isinstance(out, Tensor):  # a Value is made of no Tensor: it comes from outside
            nodes.update(dict.fromkeys(topological_order(out, everything=True)))
    return [node for node in nodes if node.op is not None]


def first_not_finite(function: Vectorized) -> Any:
    """The first node with a NaN or an infinity in it, or None."""
    nodes = recorded(function)
    return next((node for node in nodes if not np.isfinite(node.data).all()), None)


def _alone(node: Any) -> tuple[Vectorized, list[int]]:
    """The operation of a node as a function of the inputs that move, and which these are."""
    flat = node.op.kind == "flat"
    moving = [
        i
        for i, x in enumerate(node.inputs)
        if isinstance(x, Tensor) and x.requires_grad and (flat or node.op.vjp_of(i) is not None)
    ]
    values = [raw(x) for x in node.inputs]

    def call(*given: Any) -> Any:
        args = list(values)
        for i, x in zip(moving, given, strict=True):
            args[i] = x
        again = getattr(node.op, "of", None)  # a compiled function runs as a whole
        if again is not None:
            return again(*args)
        return Tensor._apply_primitive(node.op, tuple(args), node._params)

    names = [f"input {i}" for i in moving]
    return vectorized(call, [values[i] for i in moving], names), moving


def _moves(function: Vectorized, direction: Array, nodes: list[Any]) -> dict[Any, Array] | None:
    """How fast each node and argument moves; None if another branch is taken nearby."""
    ahead, behind = (recorded(function, function.x + h * direction) for h in (MOVE, -MOVE))
    if not len(ahead) == len(behind) == len(nodes):
        return None
    speeds: dict[Any, Array] = {}
    for node, a, b in zip(nodes, ahead, behind, strict=True):
        if not (node.op is a.op is b.op and node.shape == a.shape == b.shape):
            return None
        for x, y, z in zip(node.inputs, a.inputs, b.inputs, strict=True):
            if isinstance(x, Tensor):
                with np.errstate(all="ignore"):
                    speeds[x] = (y.data - np.asarray(z.data, dtype=float)) / (2 * MOVE)
    return speeds


def _operations(
    function: Vectorized, direction: Array, other_ways: bool
) -> Iterator[tuple[Any, Vectorized, Array | None]]:
    """Each operation on its own, and the direction to move it in (None: any).

    A first derivative is wrong along the way that things move.  A second one may be wrong between
    two ways, and what stands still at a kink is not seen to move: after this way others are tried.
    """
    nodes = recorded(function)
    speeds = _moves(function, direction, nodes)
    if speeds is not None:
        for node in nodes:
            alone, moving = _alone(node)
            way = np.concatenate([np.zeros(0), *(speeds[node.inputs[i]].ravel() for i in moving)])
            if np.isfinite(way).all():
                yield node, alone, way
    if speeds is None or other_ways:
        for node in nodes:
            yield node, _alone(node)[0], None


def culprit(
    function: Vectorized,
    found: Disagreement,
    modes: tuple[str, ...],
    rng: np.random.Generator,
    rtol: float,
) -> Culprit | None:
    """The first operation that is guilty: with a kink if a kink was found, else without.

    ``function`` is what was checked, ``found`` what was found about it or about its derivative.
    """
    order, at_kink = len(found.path) + 1, found.kind == "kink"
    for node, alone, way in _operations(function, found.direction, at_kink or order > 1):
        if not np.isfinite(alone.y).all():
            continue
        own = first_disagreement(alone, modes, order, rng, rtol, way)
        if own is None or (own.kind == "kink") != at_kink:
            continue
        if own.path:
            try:
                inner = culprit(own.function, own._replace(path=()), modes, rng, rtol)
            except Exception:  # a rule that raises is not to be recorded
                if own.kind != "error":
                    raise
                inner = None
            if inner is not None:
                return inner._replace(rules=(node.op.name, *inner.rules))
        return Culprit(node, own)
    return None


# --- which element ------------------------------------------------------------------------------


def _worst(size: int, badness: Callable[[Array], float]) -> int:
    """The index with the largest badness, which can be asked of many indices at once."""
    inside = np.arange(size)
    if size <= SMALL:
        return int(np.argmax([badness(inside[i : i + 1]) for i in inside]))
    while len(inside) > 1:
        inside = max(np.array_split(inside, 2), key=badness)
    return int(inside[0])


def _only(vector: Array, indices: Array) -> Array:
    """The vector with zeros elsewhere."""
    kept = np.zeros_like(vector)
    kept[indices] = vector[indices]
    return kept


def entry(found: Disagreement, modes: tuple[str, ...], rtol: float) -> Entry:
    """The entry of the Jacobian where the disagreement is worst."""
    function = found.function
    n, m = function.x.size, function.y.size

    def badness(v: Array, u: Array) -> float:
        again = disagreement(function, modes, v, u, rtol)
        return again.badness if again is not None and again.kind == found.kind else 0.0

    def along(v: Array, column: int | None, unit: float) -> Entry:
        seen = probe(function, modes, v, found.weights, rtol)
        if found.kind == "kink":
            row = int(np.argmax(seen.kinked))
        elif "fwd" in found.modes and seen.forward is not None:
            off = np.abs(seen.forward - seen.slopes.central.value)
            row = int(np.argmax(np.where(np.isnan(off), np.inf, off)))
        else:  # reverse mode says one number about all results: weigh some with 0
            row = _worst(m, lambda some: badness(v, _only(found.weights, some)))
        return Entry(row, column, unit, probe(function, modes, v, np.eye(1, m, row)[0], rtol))

    scale = function.scale()
    column = _worst(n, lambda some: badness(_only(scale, some), found.weights))
    one = along(_only(scale, np.array([column])), column, float(scale[column]))
    badnesses = [one.seen.kinked[one.row]] if found.kind == "kink" else one.seen.off.values()
    shows = max(badnesses) > 1
    return one if shows else along(found.direction, None, 1.0)
