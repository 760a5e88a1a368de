"""Both modes on arrays: cotangents carried back from the root, tangents forward to it.

The order is that of ``sweep.py``; what differs is how an edge carries a derivative: by the vjp or
jvp of its primitive.  Broadcasting is undone here, once for all primitives: an input that was
copied to a larger shape receives the sum over its copies.

A path is found once and may be walked many times (a Jacobian walks it once for each output).  A
walk works on the plain arrays that each node remembers, or, to differentiate the derivative again,
on the nodes themselves; the rules are the same, and so is the loop.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np

from autograd.anomaly import origin_of, origins
from autograd.errors import message
from autograd.node import Node, raw
from autograd.ops.shapes import astype, broadcast_to, sum_to

__all__ = ["RETAIN", "Path", "backward", "path_to", "pull_back", "push_forward"]

# Among the hooks of a tensor: keep its gradient.
RETAIN = "retain_grad"


class Path(NamedTuple):
    """The way from some ends to a root.

    Attributes:
        root: the result.
        ends: where the walk stops.
        order: the nodes between, in topological order, the root last.
        wanted: the nodes that a cotangent is asked for, or None if all on the way are.
    """

    root: Any
    ends: Collection[Any]
    order: list[Any]
    wanted: set[Any] | None


def path_to(root: Any, ends: Collection[Any] | None = None) -> Path:
    """The way to ``root`` from ``ends``, or from all leaves that require a gradient."""
    order: list[Any] = []
    leaves: list[Any] = []
    seen: set[Any] = set(ends or ())
    stack: list[Any] = [root]
    while stack:
        node = stack.pop()
        if node is None:  # a mark: all inputs of the node under it are in `order` now
            order.append(stack.pop())
        elif node not in seen:
            seen.add(node)
            if node.op is None:
                leaves.append(node)
            else:
                stack += (node, None)
                stack += [x for x in node._args if isinstance(x, Node) and x.requires_grad]
    if ends is None:
        return Path(root, leaves, order, None)
    if not leaves:
        return Path(root, ends, order, None)
    wanted = set(ends)  # some leaves are not asked for: leave out what only leads to them
    between = []
    for node in order:
        if any(isinstance(x, Node) and x in wanted for x in node._args):
            wanted.add(node)
            between.append(node)
    return Path(root, ends, between, wanted)


def pull_back(path: Path, g: Any, create_graph: bool = False) -> dict[Any, Any]:
    """The cotangents of the path's ends for the cotangent ``g`` of its root.

    An end without a path to the root is missing from the result; tensors that retain their
    gradient are in it.  With ``create_graph`` cotangents are nodes, and can be differentiated.
    """
    cotangents = {path.root: g}
    found: dict[Any, Any] = {}
    shared: set[Any] = {path.root}  # whose cotangent is not this walk's own array to add to
    watched = origins() is not None
    for node in reversed(path.order):
        g = cotangents.pop(node, None)
        if g is None:
            continue
        if node._hooks is not None:
            g = _with_hooks(node, g, found)
        op, args, params = node.op, node._args, node._params
        arrays = args if create_graph else node._arrays
        out = node if create_graph else node._data
        vjps = op.vjps if len(op.vjps) == len(args) else list(map(op.vjp_of, range(len(args))))
        together = None if op.joint is None else op.joint(g, out, *arrays, **params)
        for i, (x, vjp, array) in enumerate(zip(args, vjps, node._arrays, strict=True)):
            if x is array:  # a plain number or array
                continue
            if x._data is not array:
                _check_unchanged(node, x, array, create_graph or together is not None)
            if vjp is None or not x.requires_grad or (path.wanted and x not in path.wanted):
                continue
            c = vjp(g, out, *arrays, **params) if together is None else together[i]
            if c.shape != array.shape:
                c = sum_to(c, shape=array.shape)
            if c.dtype != array.dtype:  # a gradient has the dtype of its tensor
                c = astype(c, dtype=array.dtype)
            if watched and not np.all(np.isfinite(raw(c))):
                raise _not_finite(node, i, g, c)
            total = cotangents.get(x)
            if total is None:
                cotangents[x] = c
                if c is g or c.__class__ is not np.ndarray or c.base is not None or op.foreign:
                    shared.add(x)
            elif x in shared:
                cotangents[x] = total + c
                shared.discard(x)
            else:
                total += c
                cotangents[x] = total
    for end in path.ends:
        if end in cotangents:
            g = cotangents[end]
            if end._hooks is not None:
                g = _with_hooks(end, g, {})
            found[end] = np.array(g) if end in shared and not create_graph else g
    return found


def _with_hooks(node: Any, g: Any, found: dict[Any, Any]) -> Any:
    """What the hooks of a tensor make of its gradient."""
    for hook in tuple(node._hooks):
        if hook is RETAIN:
            found[node] = g if isinstance(g, Node) else np.array(g)
        else:
            given = g if isinstance(g, Node) else np.asarray(g)
            replaced = hook(given)
            if replaced is not None:
                if np.shape(replaced) != node.shape:
                    raise ValueError(
                        message(
                            "hook",
                            expected=f"a gradient of the tensor's shape {node.shape}, or None",
                            got=f"shape {np.shape(replaced)}",
                            fix="Return what is to be used in place of the gradient.",
                        )
                    )
                g = replaced if isinstance(g, Node) else np.asarray(raw(replaced), node.dtype)
    return g


def _check_unchanged(node: Any, x: Any, recorded: Any, strictly: bool) -> None:
    """A recorded graph holds the arrays of its time; raise if one of them was overwritten."""
    if strictly or np.may_share_memory(x._data, recorded):
        raise ValueError(
            message(
                f"backward of {node.op.name}",
                expected="the data that the operation was recorded with",
                got=f"data that were {'replaced' if strictly else 'changed in place'} since, in "
                + (f"{x.label!r}" if x.label else f"a tensor of shape {x.shape}"),
                fix="Run the computation again, or write t.data = t.data - step, which leaves the "
                "old array as it was.",
            )
        )


def _not_finite(node: Any, index: int, g: Any, c: Any) -> FloatingPointError:
    bad = np.asarray(raw(c))
    return FloatingPointError(
        message(
            f"backward of {node.op.name}",
            expected="finite gradients",
            got=f"{np.sum(~np.isfinite(bad))} of {bad.size} elements that are not, for input "
            f"{index} of shape {bad.shape}, from gradients up to {np.max(np.abs(raw(g))):.6g}; "
            f"the operation was recorded at {origin_of(node)}",
            fix="Keep the operands away from where the slope is infinite.",
        )
    )


def push_forward(path: Path, tangents: dict[Any, Any], create_graph: bool = False) -> Any:
    """The tangent of the path's root when its ends move with these tangents; None if it stands."""
    moving = dict(tangents)
    for node in path.order:
        args = node._args if create_graph else node._arrays
        out = node if create_graph else node._data
        given = [moving.get(x) if isinstance(x, Node) else None for x in node._args]
        t = node.op.jvp(given, out, *args, **node._params)
        if t is not None:
            t = broadcast_to(t, shape=node.shape) if np.shape(t) != node.shape else t
            moving[node] = astype(t, dtype=node.dtype) if t.dtype != node.dtype else t
    return moving.get(path.root)


def backward(root: Any, grad: Any, create_graph: bool) -> None:
    """``Tensor.backward``: add the cotangent of each leaf to its ``grad``, all or nothing."""
    if not root.requires_grad:
        raise ValueError(
            message(
                "backward",
                expected="a tensor that was computed from one with requires_grad=True",
                got=repr(root),
                fix="Make the parameters with Tensor(..., requires_grad=True).",
            )
        )
    if grad is None:
        if root.size != 1:
            raise ValueError(
                message(
                    "backward",
                    expected="a single number, or the gradient of what follows",
                    got=f"a tensor of shape {root.shape} and no gradient",
                    fix="Reduce it first, e.g. loss.mean().backward(), or pass grad=.",
                )
            )
        grad = np.ones_like(root.data)
    if np.shape(grad) != root.shape:
        raise ValueError(
            message(
                "backward",
                expected=f"a gradient of the tensor's shape {root.shape}",
                got=f"shape {np.shape(grad)}",
                fix="Broadcast it yourself, so that it is clear what is meant.",
            )
        )
    if create_graph:
        grad = grad if isinstance(grad, Node) else type(root)(grad, dtype=root.dtype)
    else:
        grad = np.asarray(raw(grad), dtype=root.dtype)
    with np.errstate(all="ignore"):
        found = pull_back(path_to(root), grad, create_graph)
        totals = [
            (x, g if x.grad is None or not x.is_leaf else x.grad + g) for x, g in found.items()
        ]
    for x, total in totals:
        x.grad = total
