"""The node that a compiled function leaves on the graph.

However much a compiled function computes, and whatever computes it, it is one node: the results
out of the arrays of its inputs, and a backward pass that asks the same runner for the cotangents.
Where derivatives are to be differentiated again, or carried forward, the runner repeats its program
on nodes, and the graph takes it from there.
"""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np

from autograd import ops, transforms
from autograd.errors import message
from autograd.node import Node, Primitive
from autograd.packs import Pack, leaf_of
from autograd.tensor import Tensor, computed
from autograd.trees import rebuilt

__all__ = ["Call", "Prepared", "Runner"]


class Runner(Protocol):
    """What computes a function of arrays and its cotangents."""

    @property
    def count(self) -> int:
        """The number of results."""

    @property
    def moving(self) -> list[int]:
        """Which of the results gradients flow through."""

    @property
    def kinds(self) -> list[Any]:
        """Shape and dtype of each of these."""

    def forward(self, arrays: list[Any]) -> tuple[list[Any], Any]:
        """The results, and what ``pull`` wants to know of this run."""

    def pull(self, g: list[Any], arrays: list[Any], saved: Any) -> list[Any]:
        """The cotangents of all arrays from those of the moving results.

        Each is in memory of its own; None without a path.
        """

    def on_nodes(self, nodes: list[Any], g: list[Any] | None = None) -> list[Any]:
        """The moving results, or with g the cotangents, recorded on the graph."""


class Call(Primitive):
    """The primitive of such a node; ``name`` is that of the user's function."""

    foreign = True  # not in the table of primitives

    def __init__(self, name: str, runner: Runner) -> None:
        self.runner = runner
        super().__init__(name, "custom", lambda: None, "", (), jvp=self._push, joint=self._pull)
        self.foreign = False  # but what its vjp returns is in memory of its own
        self.arity = None

    def vjp_of(self, index: int) -> Any:
        """For Jacobians, row by row."""
        joint = self._pull
        return lambda g, out, *inputs, **params: joint(g, out, *inputs, **params)[index]

    def _pull(self, g: Any, out: Any, *inputs: Any, saved: Any) -> Any:
        if isinstance(g, Node) or any(isinstance(x, Node) for x in inputs):
            nodes = [x if isinstance(x, Node) else Tensor(x) for x in inputs]
            return self.runner.on_nodes(nodes, self.parts(g))
        return self.runner.pull(self.parts(g), inputs, saved)  # type: ignore[arg-type]

    def _push(self, tangents: Any, out: Any, *inputs: Any, saved: Any) -> Any:
        """Forward mode: the program is run on nodes, and these are pushed forward."""
        moving = [i for i, t in enumerate(tangents) if t is not None]

        def moved(*some: Any) -> Any:
            given = list(inputs)
            for i, x in zip(moving, some, strict=True):
                given[i] = x
            nodes = [x if isinstance(x, Node) else Tensor(x) for x in given]
            return self.joined(self.runner.on_nodes(nodes))

        primals = tuple(inputs[i] for i in moving)
        moved_by = transforms.jvp(moved, primals, tuple(tangents[i] for i in moving))[1]
        return moved_by if isinstance(moved_by, Node) else np.asarray(moved_by)

    def joined(self, outs: list[Any]) -> Any:
        """One array of all moving results, as the one node holds it."""
        if len(outs) == 1:
            return outs[0]
        return ops.concatenate([ops.reshape(x, (-1,)) for x in outs])

    def parts(self, joined: Any) -> list[Any]:
        """The moving results out of the one array."""
        kinds = self.runner.kinds
        if len(kinds) == 1:
            return [joined]
        parts, start = [], 0
        for shape, dtype in kinds:
            size = math.prod(shape)
            part = joined[start : start + size].reshape(shape)
            parts.append(part if part.dtype == dtype else ops.cast(part, dtype))
            start += size
        return parts

    def __deepcopy__(self, memo: Any) -> Call:
        return self  # functions are not copied either

    def __reduce__(self) -> Any:
        raise TypeError(
            message(
                "pickle",
                expected="a graph of named operations",
                got=f"the result of the compiled function {self.name}, which is code of this "
                "process",
                fix="Save what it was computed from, or t.detach().",
            )
        )


class Prepared:
    """A compiled function for arguments of certain shapes.

    Attributes:
        call: the primitive.
        captured: tensors from around the function.
        pack: scalar parameters from around it, or None; ``dtype`` is what they are computed in.
        out_tree: the structure of the result.
    """

    def __init__(
        self,
        call: Call,
        captured: list[Any],
        out_tree: Any,
        pack: Pack | None = None,
        dtype: Any = None,
    ) -> None:
        self.call, self.captured, self.out_tree = call, captured, out_tree
        self.pack, self.dtype = pack, dtype
        self._wanted = [x.requires_grad for x in captured]

    def is_valid(self) -> bool:
        """Whether captured tensors still ask for the gradients that they asked for."""
        return self._wanted == [x.requires_grad for x in self.captured]

    def __call__(self, nodes: list[Any]) -> Any:
        """Run it, and leave one node on the graph."""
        call = self.call
        args = [*nodes, *self.captured]
        if self.pack is not None:
            args.append(leaf_of(self.pack, self.dtype))
        arrays, needs = [], False
        for x in args:
            if isinstance(x, Tensor):
                arrays.append(x._data)
                needs = needs or x.requires_grad
            else:
                arrays.append(x)
        outs, saved = call.runner.forward(arrays)
        moving, params = call.runner.moving, {"saved": saved}
        if self.out_tree is None and moving:
            return computed(call, tuple(args), arrays, params, outs[0], needs)
        results = [Tensor(x) for x in outs]
        if moving:
            joined = call.joined([outs[i] for i in moving])
            node = computed(call, tuple(args), arrays, params, joined, needs)
            for i, part in zip(moving, call.parts(node), strict=True):
                results[i] = part
        return rebuilt(self.out_tree, iter(results))
