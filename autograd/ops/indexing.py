"""Taking elements out of an array by any index that NumPy knows, and putting them back.

``getitem`` takes, ``scatter_add`` puts back and adds what was taken twice: each is the transpose of
the other.  An index may hold nodes too (the result of ``argsort``): they are inputs without a
gradient, so that whoever runs the graph again at another point finds the positions that hold there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd.errors import message, shown
from autograd.node import Node, Primitive, Rule, dtype_of, shape_of
from autograd.ops.checks import Shape, fails

__all__ = ["index_add", "index_update"]

# --- an index, and the nodes in it --------------------------------------------------------------


class _Place(NamedTuple):
    """Where in an index the n-th node stands."""

    n: int


def _static(index: Any) -> tuple[Any, tuple[Any, ...]]:
    """An index that nobody can change any more, and the computed nodes taken out of it."""
    if index.__class__ is int or index.__class__ is slice or index is None:
        return index, ()
    nodes: list[Any] = []

    def kept(item: Any) -> Any:
        if isinstance(item, Node):
            dtype = dtype_of(item)
            if dtype.kind not in "biu":
                raise IndexError(
                    message(
                        "indexing",
                        expected="integers or booleans",
                        got=f"a node of {dtype} as index",
                        fix="Compare it (t > 0), or use argsort and the like; they give integers.",
                    )
                )
            nodes.append(item)
            return _Place(len(nodes) - 1)
        if isinstance(item, np.ndarray):
            return item.copy()
        if isinstance(item, list):
            parts = np.asarray([p.data if isinstance(p, Node) else p for p in item])
            return parts if parts.size else parts.astype(np.intp)
        return item

    fixed = tuple(map(kept, index)) if isinstance(index, tuple) else kept(index)
    return fixed, tuple(nodes)


def _with_nodes(index: Any, nodes: tuple[Any, ...]) -> Any:
    """The index that NumPy understands, with the arrays of the nodes in their places."""
    if not nodes:
        return index
    if isinstance(index, _Place):
        return nodes[0]
    return tuple(nodes[i.n] if isinstance(i, _Place) else i for i in index)


def _is_unique(index: Any) -> bool:
    """Whether an index surely takes each element at most once: slices, numbers, one mask."""
    if isinstance(index, np.ndarray):
        return bool(index.dtype == bool)
    items = index if isinstance(index, tuple) else (index,)
    return all(i is None or i is Ellipsis or isinstance(i, int | np.integer | slice) for i in items)


def bad_index(name: str, index: Any, shape: Shape, error: Exception) -> IndexError:
    return IndexError(
        message(
            name,
            expected=f"an index for an array of shape {shape}",
            got=f"{shown(index)}: {error}",
            fix=f"It has {len(shape)} axes; positions along an axis of length n are -n to n - 1.",
        )
    )


class _Indexed(Primitive):
    """Linear in its first inputs, together; any nodes after them stand in the index."""

    def __init__(
        self, name: str, forward: Callable[..., Any], *transposes: Rule, symbol: str = "", doc: str
    ) -> None:
        def jvp(tangents: Any, out: Any, *inputs: Any, **params: Any) -> Any:
            moved = [0.0 if t is None else t for t in tangents[: len(transposes)]]
            if len(moved) == 2 and tangents[0] is None:  # values move, the array stands still
                moved[0] = np.zeros(shape_of(inputs[0]), dtype=tangents[1].dtype)
            return self(*moved, *inputs[len(transposes) :], **params)

        def vjp(transpose: Rule) -> Rule:
            return lambda g, out, *inputs, **params: transpose(g, *inputs, **params)

        vjps = tuple(map(vjp, transposes))
        super().__init__(name, "linear", forward, "", (), symbol, doc, vjps, jvp)
        self.arity = None

    def vjp_of(self, index: int) -> Rule | None:
        return self.vjps[index] if index < len(self.vjps) else None


# --- taking and putting back --------------------------------------------------------------------


def _get(x: Any, *nodes: Any, index: Any) -> Any:
    try:
        return np.asarray(x)[_with_nodes(index, nodes)]
    except (IndexError, TypeError) as error:
        raise bad_index("getitem", _with_nodes(index, nodes), shape_of(x), error) from None


def _put(g: Any, *nodes: Any, index: Any, shape: Shape) -> Any:
    index, g = _with_nodes(index, nodes), np.asarray(g)
    out = np.zeros(shape, g.dtype)
    if index.__class__ is slice or _is_unique(index):
        out[index] = g
    elif isinstance(index, np.ndarray) and index.shape + out.shape[1:] == g.shape:
        add_rows(out, index, g)
    else:
        np.add.at(out, index, g)  # an element that was taken twice gets both
    return out


def add_rows(out: Any, index: Any, g: Any) -> None:
    """``np.add.at(out, index, g)`` into zeros; for whole rows faster: sort, then add up runs."""
    if out.ndim == 1 or index.size < 32 or not g.size:
        np.add.at(out, index, g)
        return
    rows = index.ravel() % len(out)
    order = np.argsort(rows, kind="stable")
    rows = rows[order]
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    parts = g.reshape((-1, *out.shape[1:]))[order]
    out[rows[starts]] = np.add.reduceat(parts, starts, axis=0)


_getitem: Primitive = _Indexed(
    "getitem",
    _get,
    lambda g, x, *nodes, index: _scatter_add(g, *nodes, index=index, shape=x.shape),
    symbol="[ ]",
    doc="``x[index]`` with any index that NumPy takes.",
)
_scatter_add: Primitive = _Indexed(
    "scatter_add",
    _put,
    lambda g, x, *nodes, index, shape: _getitem(g, *nodes, index=index),
    doc="The transpose of ``getitem``: zeros of the shape, with x added at the index.",
)


def _in_each_row(index: Any) -> Any:
    """The index that does the same behind one more axis; None for one with arrays in it."""
    items = index if isinstance(index, tuple) else (index,)
    basic = all(i is None or i is Ellipsis or isinstance(i, int | slice) for i in items)
    return (slice(None), *items) if basic and not isinstance(index, _Place) else None


def _put_rows(g: Any, x: Any, *nodes: Any, index: Any) -> Any:
    each = _in_each_row(index)
    return None if each is None else _scatter_add(g, index=each, shape=(len(g), *x.shape))


def _get_rows(g: Any, x: Any, *nodes: Any, index: Any, shape: Shape) -> Any:
    each = _in_each_row(index)
    return None if each is None else _getitem(g, index=each)


_getitem.many, _scatter_add.many = _put_rows, _get_rows


def getitem(x: Any, index: Any) -> Any:
    """``x[index]`` with any index that NumPy takes.

    Args:
        x: an array.
        index: numbers, slices, None, Ellipsis, arrays of integers, masks, tensors of these, or a
            tuple of them.  It is copied, so that a change to it later does not matter.

    Raises:
        IndexError: an index that does not fit, or one of fractional numbers.

    >>> getitem(np.array([1.0, 2.0, 3.0]), [0, 0, 2])
    array([1., 1., 3.])
    """
    index, nodes = _static(index)
    return _getitem(x, *nodes, index=index)


def scatter_add(x: Any, index: Any, shape: Shape) -> Any:
    """Zeros of a shape, with x added at the index: the transpose of ``getitem``.

    >>> scatter_add(np.array([1.0, 2.0, 3.0]), [0, 0, 2], shape=(4,))
    array([3., 0., 3., 0.])
    """
    index, nodes = _static(index)
    return _scatter_add(x, *nodes, index=index, shape=shape)


def _copied(x: Any, values: Any) -> Any:
    x, number = np.asarray(x), isinstance(values, int | float)
    return np.array(x, dtype=np.result_type(x, values if number else np.asarray(values)))


def _fitted(name: str, write: Callable[[Any, Any], Any], x: Any, index: Any, values: Any) -> Any:
    out = _copied(x, values)
    if out.dtype.kind not in "biuf":
        raise fails(name, "real numbers as values", shown(values), "Convert them.", TypeError)
    try:
        write(out, index)
    except (IndexError, TypeError) as error:
        raise bad_index(name, index, shape_of(x), error) from None
    except ValueError:
        raise ValueError(
            message(
                name,
                expected=f"values that broadcast to x[index], of shape {out[index].shape}",
                got=f"values of shape {shape_of(values)}",
                fix="Reshape the values, or use a number for all places.",
            )
        ) from None
    return out


def _update(x: Any, values: Any, *nodes: Any, index: Any) -> Any:
    def write(out: Any, at: Any) -> None:
        out[at] = values

    return _fitted("index_update", write, x, _with_nodes(index, nodes), values)


def _add(x: Any, values: Any, *nodes: Any, index: Any) -> Any:
    return _fitted(
        "index_add",
        lambda out, at: np.add.at(out, at, values),
        x,
        _with_nodes(index, nodes),
        values,
    )


def _stay(x: Any, values: Any, *nodes: Any, index: Any) -> Any:
    """1 for each value that is not overwritten by a later one at the same place, else 0."""
    at = _with_nodes(index, nodes)
    writer = np.zeros(shape_of(x), dtype=np.intp)
    numbers = np.arange(writer[at].size).reshape(writer[at].shape)
    writer[at] = numbers
    return (writer[at] == numbers).astype(dtype_of(values))


_that_stay: Primitive = _Indexed(
    "that_stay",
    _stay,
    doc="Flat: which values ``index_update`` does not overwrite with a later one.",
)
_that_stay.kind, _that_stay.jvp = "flat", lambda *_, **__: None


def _update_to_values(g: Any, x: Any, values: Any, *nodes: Any, index: Any) -> Any:
    taken = _getitem(g, *nodes, index=index)
    if not nodes and _is_unique(index):
        return taken
    return taken * _that_stay(x, values, *nodes, index=index)


_index_update: Primitive = _Indexed(
    "index_update",
    _update,
    lambda g, x, values, *nodes, index: _index_update(g, 0.0, *nodes, index=index),
    _update_to_values,
    symbol="[ ]=",
    doc="A copy of x in which the elements at the index are the values.",
)
_index_add: Primitive = _Indexed(
    "index_add",
    _add,
    lambda g, x, values, *nodes, index: g,
    lambda g, x, values, *nodes, index: _getitem(g, *nodes, index=index),
    symbol="[ ]+=",
    doc="A copy of x with the values added to the elements at the index.",
)


def index_update(x: Any, index: Any, values: Any) -> Any:
    """A copy of x with ``x[index] = values``; where an index comes twice the last value stays.

    Args:
        x: an array.
        index: any index that NumPy takes.
        values: what to write; broadcasts to ``x[index]``.

    Raises:
        IndexError: an index that does not fit.
        ValueError: values that do not fit.

    >>> index_update(np.zeros(3), 1, 5.0)
    array([0., 5., 0.])
    """
    index, nodes = _static(index)
    return _index_update(x, values, *nodes, index=index)


def index_add(x: Any, index: Any, values: Any) -> Any:
    """A copy of x with the values added at the index; where an index comes twice both are added.

    Args:
        x: an array.
        index: any index that NumPy takes.
        values: what to add; broadcasts to ``x[index]``.

    Raises:
        IndexError: an index that does not fit.
        ValueError: values that do not fit.

    >>> index_add(np.zeros(3), [1, 1], np.array([5.0, 2.0]))
    array([0., 7., 0.])
    """
    index, nodes = _static(index)
    return _index_add(x, values, *nodes, index=index)
