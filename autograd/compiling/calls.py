"""The node that a compiled function leaves on the graph.

However much a compiled function computes, and whatever computes it, it is one node: the results
out of the arrays of its inputs, and a backward pass that asks the same runner for the cotangents.
Where derivatives are to be differentiated again, or carried forward, the runner repeats its program
on nodes, and the graph takes it from there.
"""

from __future__ import annotations

import math
import operator
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property, partial
from itertools import accumulate
from typing import Any

import numpy as np

from autograd import ops, transforms
from autograd.anomaly import note_origin
from autograd.arrays.lending import kept
from autograd.compiling.packs import Pack, leaf_of
from autograd.node import Nameless, Node, is_recording, raw, switch
from autograd.tensor import NO_SETTINGS, Tensor
from autograd.tensor_operations import computed
from autograd.trees import rebuilt

__all__ = ["Call", "Prepared", "Runner"]

_array_of, _asks = operator.attrgetter("_data"), operator.attrgetter("requires_grad")


class Runner(ABC):
    """What computes a function of arrays and its cotangents.

    Attributes:
        count: the number of results.
        moving: which of the results gradients flow through.
        kinds: shape and dtype of each of these.
        paths: for each array a number, in which bit k says that a path leads from it to the k-th
            result that moves.
        exact: see ``Primitive``.
    """

    exact = False

    count: int
    moving: list[int]
    kinds: list[Any]
    paths: list[int]

    @abstractmethod
    def forward(self, arrays: list[Any]) -> tuple[list[Any], Any]:
        """The results, and what ``pull`` wants to know of this run."""

    @abstractmethod
    def pull(self, g: Any, arrays: list[Any], saved: Any) -> list[Any]:
        """The cotangents of all arrays from that of the joined results.

        Each is in memory of its own; None without a path.
        """

    @abstractmethod
    def on_nodes(self, nodes: list[Any], g: Any = None) -> Any:
        """The joined results, or with g the cotangents, recorded on the graph."""

    @abstractmethod
    def only(self, which: list[int], arrays: Any) -> Runner:
        """A runner of some of the moving results alone, for the same arrays."""

    # The node of a function with several results holds one array of all that move.  On the way back
    # each sends its cotangent at its place, and -0.0 at all others, which is neutral in a sum and
    # not what a result sends of itself.  So it is seen which of them a loss depends on: to have no
    # path is not the same as a gradient of 0.

    def joined(self, outs: list[Any]) -> Any:
        """The moving results in one array."""
        if len(outs) == 1:
            return outs[0]
        return ops.concatenate([ops.reshape(x, (-1,)) for x in outs])

    def parts(self, joined: Any) -> list[Any]:
        """The moving results, or their cotangents, out of the one array."""
        if len(self.kinds) == 1:
            return [joined]
        return [_taken(joined, *place) for place in self.places]

    @cached_property
    def places(self) -> list[tuple[slice, Any, Any]]:
        """Where the moving results are in the one array, and shape and dtype of each."""
        sizes = [math.prod(shape) for shape, _ in self.kinds]
        ends = accumulate(sizes)
        return [(slice(end - n, end), *kind)
                for n, end, kind in zip(sizes, ends, self.kinds, strict=True)]  # fmt: skip

    def reached(self, g: Any) -> int:
        """Which of several results a cotangent comes from, as the bits of a number."""
        g = raw(g)
        return sum(1 << k for k, (where, *_) in enumerate(self.places) if not _is_empty(g[where]))

    def without_others(self, reached: int, g: Any, arrays: Any) -> tuple[Runner, Any]:
        """What runs only the reached results, and the cotangent of these.

        To the others zeros are sent, which are NaN behind an infinite slope: on the graph of the
        function itself they are not there.
        """
        which = [k for k in range(len(self.kinds)) if reached >> k & 1]
        if reached not in self._some:
            self._some[reached] = self.only(which, arrays)
        some, parts = self._some[reached], self.parts(g)
        return some, some.joined([parts[k] for k in which])

    @cached_property
    def _some(self) -> dict[int, Runner]:
        return {}


def _taken(joined: Any, where: slice, shape: Any, dtype: Any) -> Any:
    part = joined[where].reshape(shape)
    return part if part.dtype == dtype else ops.cast(part, dtype)


def _put_back(g: Any, out: Any, joined: Any, *, where: slice) -> Any:
    """The cotangent of a result at its place in that of the one array."""
    sent = ops.reshape(g, (-1,)) + 0.0  # which makes 0.0 of -0.0
    front, behind = (np.full(n, -0.0, g.dtype) for n in (where.start, joined.size - where.stop))
    return ops.concatenate([x for x in (front, sent, behind) if x.size] or [sent])


def _is_empty(sent: Any) -> bool:
    """Whether nothing was sent to these places."""
    return not sent.any() and bool(np.signbit(sent).all())


def _is_recorded(g: Any, inputs: Any) -> bool:
    recorded = isinstance(g, Node)
    for x in inputs:
        recorded = recorded or isinstance(x, Node)
    return recorded


class Part(Nameless):
    """The primitive that takes the k-th of several results out of the one array."""

    def __init__(self, call: Call, k: int, place: tuple[slice, Any, Any]) -> None:
        self.origin = call.origin
        vjp = partial(_put_back, where=place[0])
        super().__init__(
            f"{call.name}[{call.runner.moving[k]}]",
            "custom",
            lambda: None,
            "",
            (),
            vjps=(vjp,),
            jvp=lambda tangents, *_: _taken(tangents[0], *place),
        )
        self.foreign = False
        self.place = place

    def vjp_of(self, index: int) -> Any:
        """The one rule."""
        return self.vjps[index]

    def of(self, node: Any) -> Tensor:
        """The result as a node."""
        part = _taken(node._data, *self.place)
        return computed(self, (node,), (node._data,), NO_SETTINGS, part, node.requires_grad)


class Call(Nameless):
    """The primitive of such a node; ``name`` is that of the user's function."""

    def __init__(self, name: str, runner: Runner) -> None:
        self.runner = runner
        self.origin = f"the compiled function {name}"
        several = len(runner.kinds) > 1
        pull = self._pull_reached if several else self._pull
        super().__init__(name, "custom", lambda: None, "", (), jvp=self._push, joint=pull)
        self.foreign = False  # but what its vjp returns is in memory of its own
        self.arity = None
        self.exact = runner.exact
        self.parts = [Part(self, k, place) for k, place in enumerate(runner.places)] * several

    def of(self, *args: Any) -> Tensor:
        """The node of other arguments, run anew."""
        arrays = [raw(x) for x in args]
        outs, saved = self.runner.forward(arrays)
        joined = self.runner.joined([outs[i] for i in self.runner.moving])
        return computed(self, args, arrays, {"saved": saved}, joined, True)

    def _pull_reached(self, g: Any, out: Any, *inputs: Any, saved: Any) -> Any:
        runner, reached = self.runner, self.runner.reached(g)
        if not reached:  # all that was sent is empty
            return [None] * len(inputs)
        if _is_recorded(g, inputs) and reached + 1 < 1 << len(runner.kinds):
            runner, g = runner.without_others(reached, g, [raw(x) for x in inputs])
        found = self._pull(g, out, *inputs, saved=saved, runner=runner)
        paths = self.runner.paths
        return [c if path & reached else None for c, path in zip(found, paths, strict=True)]

    def _pull(self, g: Any, out: Any, *inputs: Any, saved: Any, runner: Any = None) -> Any:
        runner = runner or self.runner
        if _is_recorded(g, inputs):
            nodes = [x if isinstance(x, Node) else Tensor(x) for x in inputs]
            return runner.on_nodes(nodes, g)
        return runner.pull(g, inputs, saved)

    def _push(self, tangents: Any, out: Any, *inputs: Any, saved: Any) -> Any:
        """Forward mode: the program is run on nodes, and these are pushed forward."""
        moving = [i for i, t in enumerate(tangents) if t is not None]

        def moved(*some: Any) -> Any:
            given = list(inputs)
            for i, x in zip(moving, some, strict=True):
                given[i] = x
            nodes = [x if isinstance(x, Node) else Tensor(x) for x in given]
            return self.runner.on_nodes(nodes)

        primals = tuple(inputs[i] for i in moving)
        moved_by = transforms.jvp(moved, primals, tuple(tangents[i] for i in moving))[1]
        return moved_by if isinstance(moved_by, Node) else np.asarray(moved_by)


class Prepared:
    """A compiled function for arguments of certain shapes.

    Attributes:
        call: the primitive.
        captured: tensors from around the function.
        packs: scalar parameters from around it; ``dtype`` is what they are computed in.
        fixed: further ones, that no path leads to: they are read, and never get a gradient.
        out_tree: the structure of the result.
    """

    def __init__(
        self,
        call: Call,
        nodes: list[Any],
        captured: list[Any],
        out_tree: Any,
        packs: Sequence[Pack] = (),
        fixed: Sequence[Any] = (),
        dtype: Any = None,
    ) -> None:
        self.call, self.captured, self.out_tree = call, captured, out_tree
        self.packs, self.fixed, self.dtype = packs, fixed, dtype
        self._wanted = [x.requires_grad for x in captured]
        asked = [x.requires_grad for x in nodes if isinstance(x, Tensor)]
        self._needs = bool(packs) or any(asked) or any(self._wanted)

    def is_valid(self) -> bool:
        """Whether captured tensors still ask for the gradients that they asked for."""
        return self._wanted == list(map(_asks, self.captured))

    def __call__(self, nodes: list[Any], arrays: list[Any]) -> Any:
        """Run it on tensors and plain arrays, and leave one node on the graph.

        Args:
            nodes: the arguments.
            arrays: theirs, in a list that the node may keep.
        """
        call, needs = self.call, self._needs
        if needs and np.ndarray in map(type, nodes) and is_recording():
            nodes = [x if isinstance(x, Tensor) else kept(x) for x in nodes]
            arrays = [x._data if isinstance(x, Tensor) else x for x in nodes]
        captured = self.captured
        if self.packs:
            captured = [*captured, *[leaf_of(pack, self.dtype) for pack in self.packs]]
        if self.fixed:
            captured = [*captured, Tensor([v.data for v in self.fixed], dtype=self.dtype)]
        args = (*nodes, *captured)
        arrays += map(_array_of, captured)
        runner = call.runner
        outs, saved = runner.forward(arrays)
        params = {"saved": saved}
        if self.out_tree is None and runner.moving:
            return computed(call, args, arrays, params, outs[0], needs)
        results = [Tensor(x) for x in outs]
        if switch.active:
            for x in results:
                note_origin(x, call, args)
        if runner.moving:
            joined = runner.joined([outs[i] for i in runner.moving])
            node = computed(call, args, arrays, params, joined, needs)
            parts = [part.of(node) for part in call.parts] or [node]
            for i, part in zip(runner.moving, parts, strict=True):
                results[i] = part
        return rebuilt(self.out_tree, iter(results))
