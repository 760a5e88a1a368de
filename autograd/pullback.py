"""Both modes on arrays: cotangents carried back from the root, tangents forward to it.

Tensors are numbered as they are made, and nothing can be computed from what is not there yet: so
their serial numbers are a topological order.  The walk back always goes on with the youngest node
that has a cotangent; all its users are done then.

What differs from ``sweep.py`` is how an edge carries a derivative: by the vjp or jvp of its
primitive.  Broadcasting is undone here, once for all primitives: an input that was copied to a
larger shape receives the sum over its copies.  A walk works on the plain arrays that each node
remembers, or, to differentiate the derivative again, on the nodes themselves: the rules are the
same, and so is the loop.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Collection, Sequence
from heapq import heapify, heappop, heappush
from typing import Any

import numpy as np

from autograd.anomaly import infinite_slope, origins
from autograd.arrays.lending import is_own, read_only
from autograd.arrays.tensor_input import plain_real
from autograd.errors import message
from autograd.node import Node, raw, shape_of, switch
from autograd.ops.arranging import stack
from autograd.ops.shapes import astype, broadcast_to, reshape, sum_to
from autograd.routes import Routes

__all__ = [
    "RETAIN",
    "applied",
    "captured",
    "changed",
    "one_like",
    "path_to",
    "pull_back",
    "push_forward",
    "typed",
]

ndarray = np.ndarray

# Among the hooks of a tensor: keep its gradient.
RETAIN = "retain_grad"


def pull_back(
    roots: dict[Any, Any],
    ends: Sequence[Any] = (),
    create_graph: bool = False,
    also: Collection[Any] = (),
    rows: int = 0,
    watch: Callable[..., None] | None = None,
) -> dict[Any, Any]:
    """The cotangents of ``ends``, or of all leaves, from those of ``roots``.

    Ends are nodes that were made one after the other, with nothing between.  What is older than
    they are cannot depend on them, and is left alone, but for nodes named in ``also``.  An end
    without a path to a root is missing from the result; tensors that retain their gradient are
    in it.  With ``create_graph`` cotangents are nodes, and can be differentiated.  With ``rows``
    there are so many cotangents of a root, one axis in front of its own, all carried at once.

    NumPy does not warn: an infinite slope is an answer.

    ``watch(node, x, g, c, total)`` is told of every edge: from ``node``, whose cotangent is ``g``,
    ``c`` came to its input ``x``, which has ``total`` now.  These arrays go on to change.
    """
    root = next(iter(roots), None)
    usual = len(roots) == 1 and root is not None and root.op is not None
    if create_graph or also or rows or watch is not None or switch.active:
        usual = False
    if usual and (known := _routes.taken(root, roots[root], ends)) is not None:
        return known
    with np.errstate(all="ignore"):
        found = _walked(roots, ends, create_graph, also, rows, watch)
    if usual:
        _routes.learn(root, ends, found)
    return found


def _walked(
    roots: dict[Any, Any],
    ends: Sequence[Any],
    create_graph: bool,
    also: Collection[Any],
    rows: int,
    watch: Callable[..., None] | None,
) -> dict[Any, Any]:
    """The walk from node to node."""
    first, last = (ends[0]._serial, ends[-1]._serial) if ends else (-1, -1)
    reached: Any = [*ends, *also] if ends else [x for x in roots if x.op is None]
    cotangents = dict(roots)
    found: dict[Any, Any] = {}
    shared = set(roots)  # whose cotangent is not this walk's own array, to be added to
    if watch is None and origins() is not None:
        watch = _check_finite
    youngest = [(-x._serial, x) for x in roots if x.op is not None and x._serial > last]
    heapify(youngest)
    while youngest:
        node = heappop(youngest)[1]
        g = cotangents.pop(node)
        if node._hooks is not None:
            g = _with_hooks(node, g, found, rows)
        op, args, params, arrays = node.op, node._args, node._params, node._arrays
        out, inputs = (node, args) if create_graph else (node._data, arrays)
        vjps = op.vjps
        joint = op.joint is not None and not rows
        if joint:  # one computation has found the cotangents of all inputs
            vjps = op.joint(g, out, *inputs, **params)
        elif len(vjps) != len(args):
            vjps = [op.vjp_of(i) for i in range(len(args))]
        for x, array, vjp in zip(args, arrays, vjps):  # noqa: B905 - strict takes 0.2 us
            if x is array:  # a plain number or array
                continue
            if create_graph and x._data is not array and not _alike(x._data, array):
                raise changed(op.name, x)  # nodes compute with what they are now
            if vjp is None or not x._needs or (x._serial < first and x not in also):
                continue
            try:
                if joint:
                    c = vjp
                elif rows:
                    c = _each_row(op, vjp, g, out, inputs, params, array)
                    if c is None:
                        continue
                elif params:
                    c = vjp(g, out, *inputs, **params)
                elif len(inputs) == 2:  # spelled out, for speed
                    c = vjp(g, out, inputs[0], inputs[1])
                else:
                    c = vjp(g, out, *inputs)
            except ZeroDivisionError:  # Python's numbers refuse what arrays answer with inf
                c = vjp(g, out, *map(_as_array, inputs), **params)
            if c.shape != array.shape and not rows:
                c = sum_to(c, array.shape)
            if c.dtype is not array.dtype and c.dtype != array.dtype:
                c = typed(c, array.dtype)
            total = cotangents.get(x)
            if total is None:
                cotangents[x] = c
                own = c.__class__ is ndarray and (c.base is None or is_own(c))
                if c is g or op.foreign or not own:
                    shared.add(x)
                if x.op is None:
                    if not ends:
                        reached.append(x)
                elif x._serial > last:
                    heappush(youngest, (-x._serial, x))
            elif create_graph or x in shared:
                cotangents[x] = total + c
                shared.discard(x)
            else:
                total += c
                cotangents[x] = total
            if watch is not None:
                watch(node, x, g, c, cotangents[x])
    for end in reached:
        g = cotangents.get(end)
        if g is not None:
            if end._hooks is not None and end not in also:  # those get more from elsewhere
                g = _with_hooks(end, g, {}, rows)
                shared.add(end)  # a hook may have kept the array, or returned one of its own
            found[end] = np.array(g) if end in shared and not isinstance(g, Node) else _array(g)
    return found


def _array(g: Any) -> Any:
    """A gradient as an array; NumPy makes a number of the sum of two arrays without axes."""
    return g if isinstance(g, Node) else np.asarray(g)


def typed(g: Any, dtype: Any) -> Any:
    """A gradient has the dtype of its tensor; beside integers it keeps its fractions."""
    return astype(g, dtype=dtype) if dtype.kind == "f" and g.dtype != dtype else g


_routes = Routes(sum_to=sum_to, typed=typed, is_own=is_own)


def one_like(x: Any) -> Any:
    """The gradient of a result with respect to itself: 1 in an array like x, of one element."""
    return _one(x.dtype) if not x.ndim else _one(x.dtype).reshape(x.shape)


@functools.lru_cache(16)
def _one(dtype: Any) -> Any:
    one = np.array(1, dtype)
    one.setflags(write=False)
    return one


def applied(rule: Callable[..., Any], /, *given: Any, **params: Any) -> Any:
    """What a rule of an operation answers; ``pull_back`` has this spelled out, for speed.

    >>> with np.errstate(divide="ignore"):
    ...     applied(lambda g, y: g / y, np.ones(2), 4.0), float(applied(lambda y: 1 / y, 0.0))
    (array([0.25, 0.25]), inf)
    """
    try:
        return rule(*given, **params)
    except ZeroDivisionError:  # Python's numbers refuse what arrays answer with inf
        return rule(*map(_as_array, given), **params)


def _as_array(x: Any) -> Any:
    return np.asarray(x, dtype=float) if isinstance(x, int | float) else x


def _each_row(
    op: Any, vjp: Any, g: Any, out: Any, inputs: Any, params: dict[str, Any], array: Any
) -> Any:
    """The cotangents of one input for many cotangents of the result, or None."""
    if op.kind != "elementwise":
        c = None if op.many is None else op.many(g, *inputs, **params)
        if c is not None:
            return c
        found = [vjp(row, out, *inputs, **params) for row in g]
        if any(c is None for c in found):  # of a joint rule, without a path
            return None
        found = [sum_to(c, array.shape) for c in found]
        return stack(found) if any(isinstance(c, Node) for c in found) else np.array(found)
    c = vjp(g, out, *inputs)  # elementwise rules broadcast: one more axis in front does not matter
    gap = (1,) * (out.ndim - array.ndim)
    shape = (len(g), *array.shape)
    if c.shape == shape:
        return c
    return reshape(sum_to(broadcast_to(c, g.shape), (len(g), *gap, *array.shape)), shape)


def _with_hooks(node: Any, g: Any, found: dict[Any, Any], rows: int = 0) -> Any:
    """What the hooks of a tensor make of its gradient."""
    if rows:
        each = [_with_hooks(node, row, found) for row in g]
        return stack(each) if any(isinstance(row, Node) for row in each) else np.array(each)
    for hook in tuple(node._hooks):
        if hook is not RETAIN:
            replaced = hook(g if isinstance(g, Node) else read_only(np.asarray(g)))
            if replaced is not None:
                nodes = isinstance(g, Node)
                if not (nodes and isinstance(replaced, Node)):
                    replaced = plain_real("hook", replaced)
                if shape_of(replaced) != node.shape:
                    raise ValueError(
                        message(
                            "hook",
                            expected=f"a gradient of the tensor's shape {node.shape}, or None",
                            got=f"shape {shape_of(replaced)}",
                            fix="Return what is to be used in place of the gradient.",
                        )
                    )
                if not isinstance(replaced, Node):
                    replaced = np.asarray(replaced, node.dtype)
                g = type(g)(replaced) if nodes and replaced.__class__ is ndarray else replaced
    if RETAIN in node._hooks:  # last, as in PyTorch: what the hooks have made of it
        found[node] = g if isinstance(g, Node) else np.array(g)
    return g


def _alike(x: Any, y: Any) -> bool:
    """The same numbers, perhaps in another order in memory."""
    return bool(np.array_equal(x, y, equal_nan=True))


def changed(name: str, x: Any) -> ValueError:
    """What cannot be computed from the arrays of its time needs them unchanged."""
    return ValueError(
        message(
            f"backward of {name}",
            expected="the data that the operation was recorded with",
            got="data that were replaced since, in "
            + (f"{x.label!r}" if x.label else f"a tensor of shape {x.shape}"),
            fix="Run the computation again.",
        )
    )


def _check_finite(node: Any, x: Any, g: Any, c: Any, total: Any) -> None:
    """What ``detect_anomaly`` asks of every cotangent: neither NaN nor infinity."""
    for numbers, which in ((raw(c), ""), (raw(total), "the sum over paths to ")):
        if not np.all(np.isfinite(numbers)):
            to = f"{which}the input {x.label + ' ' if x.label else ''}of shape {x.shape}"
            raise infinite_slope("backward", node, _not_finite(numbers, to, [g], "gradients"))


def _not_finite(numbers: Any, of: str, given: Sequence[Any], name: str) -> str:
    """How many are not, and from what: the largest of what was given."""
    bad, largest = ~np.isfinite(numbers), max(np.max(np.abs(raw(x))) for x in given)
    return (
        f"{np.sum(bad)} of {bad.size} elements that are not, for {of}, from {name} up to "
        f"{largest:.6g}"
    )


def path_to(root: Any, ends: Sequence[Any]) -> list[Any]:
    """The nodes between ``ends`` and ``root``, in topological order, the root last."""
    last = ends[-1]._serial
    seen = {root}
    stack = [root] if root._serial > last else []
    order = []
    while stack:
        node = stack.pop()
        if node.op is not None:
            order.append(node)
            for x in node._args:
                if isinstance(x, Node) and x.requires_grad and _serial(x) > last and x not in seen:
                    seen.add(x)
                    stack.append(x)
    return sorted(order, key=_serial)


def captured(root: Any, first: Any) -> list[Any]:
    """What ``root`` was computed from that requires a gradient and is older than ``first``."""
    found: list[Any] = []
    stack, seen = [root], {root}
    while stack:
        node = stack.pop()
        if node._serial < first._serial:
            found.append(node)
            continue
        for x in node._args:
            if isinstance(x, Node) and x.requires_grad and x not in seen:
                seen.add(x)
                stack.append(x)
    return found


_serial = operator.attrgetter("_serial")


def push_forward(
    root: Any, path: list[Any], tangents: dict[Any, Any], create_graph: bool = False
) -> Any:
    """The tangent of ``root`` when some nodes move; None if it stands.

    Args:
        root: the result.
        path: ``path_to`` it from the nodes that move.
        tangents: how they move.
        create_graph: whether tangents are nodes, to be differentiated again.
    """
    moving = dict(tangents)
    watched = origins() is not None
    for node in path:
        args = node._args if create_graph else node._arrays
        given = [moving.get(x) if isinstance(x, Node) else None for x in node._args]
        if all(t is None for t in given):
            continue
        out = node if create_graph else node._data
        t = applied(node.op.jvp, given, out, *args, **node._params)
        if t is not None:
            t = broadcast_to(t, shape=node.shape) if shape_of(t) != node.shape else t
            t = moving[node] = typed(t, node.dtype) if t.dtype != node.dtype else t
            if watched and not np.all(np.isfinite(raw(t))):
                of = f"the result of shape {node.shape}"
                moved = [t for t in given if t is not None]
                raise infinite_slope("jvp", node, _not_finite(raw(t), of, moved, "tangents"))
    return moving.get(root)
