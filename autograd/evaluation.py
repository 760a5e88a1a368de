"""One evaluation of a function whose derivative is asked for: what all of ``transforms.py`` share.

The function is run once on variables, which are new nodes in the place of its arguments.  What
comes back has the structure of what was given: numbers for numbers, arrays for arrays, tensors for
tensors.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import numpy as np

from autograd import ops
from autograd.arrays.tensor_input import plain_real
from autograd.branches import is_tracing
from autograd.errors import shown
from autograd.node import Node, enable_grad, is_recording, raw, shape_of
from autograd.ops.checks import fails
from autograd.pullback import captured, path_to, pull_back, typed
from autograd.tensor import Tensor, leaf_with
from autograd.trees import leaves, leaves_as, rebuilt

__all__ = ["Run", "array_of", "is_node", "levels", "no_argument", "paired", "variable"]

# How many numbers one step of a Jacobian may carry at once.
MANY = 2**20

# How many transforms are running around this one: inside of another, derivatives stay nodes.
levels: ContextVar[int] = ContextVar("levels", default=0)


def is_node(x: Any) -> bool:
    """Whether an argument has a history to go on with, or a program that is being recorded."""
    return isinstance(x, Tensor) and (x.requires_grad or is_tracing())


def variable(x: Any, keep: bool = False) -> Tensor:
    """A new node for an argument: the end of this transform's walk.

    With ``keep`` the graph is walked later on, when the array's owner may have written on it.
    """
    if is_node(x):
        node = ops.reshape(x if x.dtype.kind == "f" else ops.astype(x, dtype=float), shape=x.shape)
        node.requires_grad = True
        return node  # type: ignore[no-any-return]
    if not keep and x.__class__ is np.ndarray and x.dtype.kind == "f":
        return leaf_with(Tensor, x.view())  # type: ignore[no-any-return]
    if isinstance(x, Node) and not isinstance(x, Tensor):
        expected = "numbers, arrays or Tensors to differentiate at"
        fix = "Write v.data, or v.backward(); a derivative is compiled with numbers=False."
        raise fails("derivative", expected, shown(x), fix, TypeError)
    return Tensor(x, requires_grad=True)


def _plain(x: Any, like: Any) -> Any:
    """A derivative as users want it: a float for a number, an array for an array."""
    if levels.get():
        return x
    if isinstance(like, Tensor):
        return x if isinstance(x, Tensor) else Tensor(x)
    if x.__class__ is not np.ndarray:
        x = np.asarray(raw(x))
    return x if x.ndim or isinstance(like, np.ndarray) else x.item()


def paired(what: str, given: Any, like: Any) -> list[Any]:
    """Tangents or cotangents in a tree, one for each leaf of another, and of its shape.

    NumPy would broadcast many a wrong one, and the derivative would be wrong without a word.
    """
    try:
        alike = leaves_as(given, like)
    except ValueError:
        parts, fit = [], False
    else:
        parts = [t if isinstance(t, Tensor) else plain_real(what, t) for t in alike]
        fit = [t.shape for t in parts] == [shape_of(x) for x in leaves(like)]
    if not fit:
        expected, got = (
            (" and ".join(map(_outline, t)) if isinstance(t, (tuple, list)) else _outline(t))
            or "nothing"
            for t in (like, given)
        )
        fix = "Give one of the same shape for each number or array, in the same structure."
        raise fails(what, expected, got, fix)
    return parts


def _outline(tree: Any) -> str:
    """The structure of a tree, with the shapes of its leaves."""
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{key!r}: {_outline(tree[key])}" for key in tree) + "}"
    if isinstance(tree, (tuple, list)):
        return f"({', '.join(map(_outline, tree))})"
    return f"shape {shape_of(tree)}"


class Run:
    """One evaluation of a function on new variables; ``keep`` if its graph is walked later on."""

    def __init__(
        self,
        name: str,
        fun: Callable[..., Any],
        args: Any,
        kwargs: Any,
        argnum: Any,
        keep: bool = False,
    ):
        self.single = argnum.__class__ is int or not isinstance(argnum, (tuple, list))
        numbers = (argnum,) if self.single else argnum
        try:
            self.given = [args[i] for i in numbers]
            if not self.single and len({i % len(args) for i in numbers}) < len(numbers):
                fix = "Each of several arguments has one gradient: name it once."
                raise fails(name, "each argument once", f"argnum={argnum!r}", fix)
        except (IndexError, TypeError):
            raise no_argument(name, args, argnum) from None
        odd = [x for x in self.given if x.__class__ is not np.ndarray and x.__class__ is not float]
        self.nested = bool(odd) and any(isinstance(x, (dict, tuple, list)) for x in odd)
        self.leaves = leaves(self.given) if self.nested else self.given
        # Derivatives are nodes inside of another transform, and for nodes.
        depth = levels.get()
        self.create_graph = depth > 0 or (bool(odd) and any(map(is_node, self.leaves)))
        # A derivative is asked for, so what leads to it is recorded, even inside of no_grad().
        run = self._called if is_recording() else enable_grad(self._called)
        run(fun, args, kwargs, numbers, depth, keep or self.create_graph)
        tensors = bool(odd) and any(isinstance(x, Tensor) for x in self.leaves)
        if tensors and not self.create_graph and is_recording():
            # At Tensors the history that comes from what the function captured is kept.
            outs = [x for x in leaves(self.out) if isinstance(x, Tensor)]
            self.create_graph = any(captured(x, self.variables[0]) for x in outs)

    def _called(
        self, fun: Any, args: Any, kwargs: Any, numbers: Any, depth: int, keep: bool
    ) -> None:
        self.variables = [variable(x, keep) for x in self.leaves]
        inputs = list(args)
        for i, tree in zip(numbers, self._trees(self.variables)):  # noqa: B905 - for speed
            inputs[i] = tree
        token = levels.set(depth + 1)
        try:
            self.out = fun(*inputs, **kwargs)
        finally:
            levels.reset(token)

    def _trees(self, parts: list[Any]) -> Any:
        """These in the structure of the arguments."""
        return rebuilt(self.given, iter(parts)) if self.nested else parts

    def value(self, out: Any) -> Any:
        """A result as users want it: a node if it is to be differentiated again."""
        return out if self.create_graph else _plain(out, 0.0)

    def pulled(self, root: Any, g: Any) -> Any:
        """The cotangents of the arguments, in their structure; zeros where there is no path."""
        found = {}
        traced = is_node(g)  # a cotangent with a history of its own, which goes on
        if isinstance(root, Tensor) and root.requires_grad and self.variables:
            create_graph = self.create_graph or traced
            if g.__class__ is not np.ndarray or g.dtype is not root.dtype:  # as users give it
                g = typed(g if create_graph else np.asarray(raw(g)), root.dtype)
            found = pull_back({root: g}, self.variables, create_graph)
        result = [found[v] if v in found else np.zeros(v.shape, v.dtype) for v in self.variables]
        if not traced:
            result = list(map(_plain, result, self.leaves))
        trees = self._trees(result)
        return trees[0] if self.single else tuple(trees)

    def jacobian(self, root: Any, data: Any) -> Any:
        """The derivatives of a result with this array, in the structure of the arguments."""
        trees = self._trees(list(map(_plain, self._columns(root, data), self.leaves)))
        return trees[0] if self.single else tuple(trees)

    def _columns(self, root: Any, data: Any) -> list[Any]:
        shapes = [data.shape + v.shape for v in self.variables]
        if not (isinstance(root, Tensor) and root.requires_grad and data.size and self.variables):
            return [np.zeros(s, v.dtype) for s, v in zip(shapes, self.variables, strict=True)]
        unit = np.eye(data.size, dtype=data.dtype).reshape(data.size, *data.shape)
        largest = max(node.size for node in [root, *path_to(root, self.variables)])
        rows = max(1, MANY // max(1, largest))  # at once, so that their cotangents fit in memory
        parts = []
        for k in range(0, data.size, rows):
            g = unit[k : k + rows]
            found = pull_back({root: g}, self.variables, self.create_graph, rows=len(g))
            parts.append([found[v] if v in found else np.zeros((len(g), *v.shape), v.dtype)
                          for v in self.variables])  # fmt: skip
        columns = (_joined([part[i] for part in parts]) for i in range(len(shapes)))
        return [ops.reshape(c, shape=s) for c, s in zip(columns, shapes, strict=True)]


def _joined(parts: list[Any]) -> Any:
    return parts[0] if len(parts) == 1 else ops.concatenate(parts)


def array_of(name: str, out: Any, one: bool = True) -> Any:
    """The array of a function's result, which must be one, or of one of its results."""
    if isinstance(out, Tensor):
        return out._data
    data = None if isinstance(out, (tuple, list, dict, Node)) else np.asarray(out)
    if data is None or data.dtype.kind not in "biuf":
        expected = "a function with one number or array as its result"
        fix = "Return one of them, or use vjp and jvp, which take any structure."
        if not one:
            expected = "a function with numbers, arrays or Tensors as its results"
            fix = "Compute them from the arguments."
        fix = "Does it end with return?" if out is None else fix
        raise fails(name, expected, shown(out), fix, TypeError)
    return data


def no_argument(name: str, args: Any, argnum: Any) -> Exception:
    """The error for an argument that there is not."""
    expected = f"argnum to count one of the {len(args)} positional arguments"
    fix = "Arguments are counted from 0; keyword arguments are not differentiated."
    return fails(name, expected, f"argnum={argnum!r}", fix, TypeError)
