"""What NumPy's functions mean here: ``np.sum(t, axis=0)`` is ``autograd.sum(t, axis=0)``.

``TABLE`` has, for functions of NumPy by their names, one of ours that takes NumPy's arguments.
A setting that we cannot honour (``out``, ``dtype``) has the default ``NO``: whoever uses it gets an
error from ``numpy_protocols.py``, which reads the table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import composites, norms, ops
from autograd.arrays import masks
from autograd.branches import is_tracing
from autograd.errors import message
from autograd.node import Node, array_of, dtype_of, ndim_of, raw, shape_of
from autograd.ops.checks import axes_in, axis_in, fails, integer

__all__ = [
    "FORM_FUNCTIONS",
    "MEANINGS",
    "NO",
    "PLAIN_FUNCTIONS",
    "TABLE",
    "formed",
    "is_tensor",
    "numpys",
]

NO: Any = object()  # the default of a setting that we cannot honour; NumPy's own will do

# --- meanings that take more than one call ------------------------------------------------------


def _joining(axis: int, atleast: int) -> Callable[..., Any]:
    """``np.vstack`` and its like: arrays of at least so many axes, joined along one."""

    def join(tup: Any, *, dtype: Any = NO, casting: Any = NO) -> Any:
        return ops.concatenate([_atleast(x, atleast) for x in tup], axis=axis)

    return join


def _atleast(x: Any, ndim: int) -> Any:
    """New axes as NumPy's ``atleast_1d``, ``atleast_2d`` and ``atleast_3d`` put them."""
    shape = shape_of(x)
    if len(shape) >= ndim:
        return x
    lengths = (1,) * (min(ndim, 2) - len(shape)) + shape
    return ops.reshape(x, lengths + (1,) * (ndim - len(lengths)))


def _each_atleast(ndim: int) -> Callable[..., Any]:
    def each(*arys: Any) -> Any:
        out = [_atleast(x, ndim) for x in arys]
        return out[0] if len(out) == 1 else tuple(out)

    return each


def _hstack(tup: Any, *, dtype: Any = NO, casting: Any = NO) -> Any:
    arrays = [_atleast(x, 1) for x in tup]
    return ops.concatenate(arrays, axis=0 if ndim_of(arrays[0]) == 1 else 1)


def _column_stack(tup: Any) -> Any:
    columns = [x if ndim_of(x) > 1 else ops.reshape(x, (-1, 1)) for x in tup]
    return ops.concatenate(columns, axis=1)


def _diag(v: Any, k: int = 0) -> Any:
    if ndim_of(v) != 1:
        return ops.diagonal(v, k)
    n = shape_of(v)[0] + abs(k)
    return ops.embed_diagonal(v, (n, n), k)


def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = NO, append: Any = NO) -> Any:
    lead = (slice(None),) * axis_in("np.diff", axis, shape_of(a))
    minus = ops.not_equal if dtype_of(a).kind == "b" else ops.sub  # what NumPy calls that of masks
    for _ in range(integer("np.diff", "n", n, least=0)):
        later = ops.getitem(a, (*lead, slice(1, None)))
        a = minus(later, ops.getitem(a, (*lead, slice(None, -1))))
    return a


def _take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Any:
    """``gather``, with the other axes broadcast against each other."""
    if axis is None:
        arr, axis = ops.ravel(arr), 0
    name, ndim = "np.take_along_axis", ndim_of(arr)
    axis = axis_in(name, axis, shape_of(arr))
    if ndim_of(indices) != ndim:
        got = f"shapes {shape_of(arr)} and {shape_of(indices)}"
        raise fails(name, f"indices of {ndim} axes, as arr has", got, "For whole rows use np.take.")
    shapes = [list(shape_of(x)) for x in (arr, indices)]
    for shape in shapes:
        shape[axis] = 1
    common = list(np.broadcast_shapes(*map(tuple, shapes)))

    def spread(x: Any) -> Any:
        lengths = (*common[:axis], shape_of(x)[axis], *common[axis + 1 :])
        return x if shape_of(x) == lengths else ops.broadcast_to(x, lengths)

    return ops.gather(spread(arr), axis, spread(indices))


def _array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> Any:
    axis = axis_in("np.array_split", axis, shape_of(ary))
    if not ndim_of(indices_or_sections):
        count = integer("np.array_split", "a number of parts", indices_or_sections, least=1)
        parts = np.array_split(np.arange(shape_of(ary)[axis]), count)
        indices_or_sections = np.cumsum([len(p) for p in parts])[:-1]
    return ops.split(ary, indices_or_sections, axis)


def _average(
    a: Any, axis: Any = None, weights: Any = None, returned: Any = NO, *, keepdims: bool = False
) -> Any:
    if weights is None:
        return composites.mean(a, axis=axis, keepdims=keepdims)
    x: Any = a if isinstance(a, Node) else np.asarray(a)
    axes = None if axis is None else axes_in("np.average", axis, x.shape)
    w = _weights_along(axes, x.shape, weights if isinstance(weights, Node) else np.asarray(weights))
    dtype = np.result_type(x.dtype, w.dtype, *(() if x.dtype.kind == "f" else (float,)))
    plain = None if isinstance(w, Node) else w.sum(axes, dtype, keepdims=keepdims)
    x, w = (n if n.dtype == dtype else ops.cast(n, dtype) for n in (x, w))
    total = ops.sum(w, axis=axes, keepdims=keepdims) if plain is None else plain
    if not (is_tracing() and isinstance(total, Node)) and np.any(raw(total) == 0):
        expected, fix = "weights with a sum that is not 0", "There is no mean of nothing."
        raise fails("np.average", expected, "a sum of 0", fix, ZeroDivisionError)
    return ops.div(ops.sum(ops.mul(x, w), axis=axes, keepdims=keepdims), total)


def _weights_along(axes: Any, shape: Any, w: Any) -> Any:
    """Weights of this shape as they are; those of some axes in a shape that broadcasts to it."""
    if w.dtype.kind not in "biuf":
        got, fix = f"weights of {w.dtype}", "Give an array of numbers, or a Tensor."
        raise fails("np.average", "weights that are real numbers", got, fix, TypeError)
    if w.shape == shape:
        return w
    expected, got = f"weights of the shape of a, {shape}", f"weights of shape {w.shape}"
    if axes is None:
        fix = "Name the axis that they lie along, axis=0 for example."
        raise fails("np.average", expected, got, fix, TypeError)  # as in NumPy
    if w.shape != (lengths := tuple(shape[i] for i in axes)):
        expected += f", or {lengths}"
        raise fails("np.average", expected, got, "Give one for each place along the axis.")
    w = ops.transpose(w, np.argsort(axes).tolist())
    return ops.reshape(w, tuple(n if i in axes else 1 for i, n in enumerate(shape)))


def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: Any = NO) -> Any:
    return ops.svd(a, full_matrices, compute_uv)


def _vector_norm(x: Any, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    return norms.vector_norm(x, ord, axis, keepdims)


def _matrix_norm(x: Any, *, keepdims: bool = False, ord: Any = "fro") -> Any:
    return norms.matrix_norm(x, ord, keepdims=keepdims)


def _where(condition: Any, x: Any = None, y: Any = None) -> Any:
    if x is None or y is None:
        raise TypeError(
            message(
                "np.where",
                expected="a condition and two choices",
                got="a condition alone, which asks for positions",
                fix="They have no derivative: np.nonzero(t.data).",
            )
        )
    return _of_each(ops.where, condition, x, y)


def _clip(
    a: Any, a_min: Any = None, a_max: Any = None, out: Any = NO, *, min: Any = None, max: Any = None
) -> Any:
    low, high = a_min if min is None else min, a_max if max is None else max
    return _of_each(ops.clip, a, low, high)


def _of_each(f: Callable[..., Any], *args: Any) -> Any:
    """A function of elements: a Value beside an array gives an object array of Values."""
    values = any(isinstance(x, Node) and not is_tensor(x) for x in args)
    if values and any(isinstance(x, np.ndarray) and x.ndim for x in args):
        return np.frompyfunc(f, len(args), 1)(*(np.array(x, dtype=object) for x in args))
    return f(*args)


def _full_like(
    a: Any, fill_value: Any, dtype: Any = None, order: Any = "K", subok: Any = True,
    shape: Any = None, *, device: Any = NO,
) -> Any:  # fmt: skip
    """Of a plain number a plain array, as from ``np.zeros_like``; a node spread over the shape."""
    like = np.empty_like(formed(a), dtype, order, subok, shape)
    if not isinstance(fill_value, Node):
        return np.full_like(like, fill_value)
    if is_tensor(fill_value):
        return ops.broadcast_to(ops.cast(fill_value, like.dtype), like.shape)
    return np.full(like.shape, fill_value) if like.ndim else fill_value


def formed(x: Any) -> Any:
    """The array of a tensor, for its shape and dtype: to ask for these is no reading of numbers."""
    return array_of(x) if is_tensor(x) else raw(x)


def is_tensor(x: Any) -> bool:
    """Arrays say which of them need a gradient; Values always do."""
    return hasattr(x, "requires_grad")


# --- the table ----------------------------------------------------------------------------------


def _reduction(f: Callable[..., Any]) -> Callable[..., Any]:
    def reduce(
        a: Any, axis: Any = None, dtype: Any = NO, out: Any = NO, keepdims: bool = False,
        initial: Any = NO, where: Any = NO,
    ) -> Any:  # fmt: skip
        return f(a, axis=axis, keepdims=keepdims)

    return reduce


def _selection(f: Callable[..., Any]) -> Callable[..., Any]:
    def select(
        a: Any, axis: Any = None, out: Any = NO, keepdims: bool = False, initial: Any = NO,
        where: Any = NO,
    ) -> Any:  # fmt: skip
        return f(a, axis=axis, keepdims=keepdims)

    return select


def _spread_of(f: Callable[..., Any]) -> Callable[..., Any]:
    def spread(
        a: Any, axis: Any = None, dtype: Any = NO, out: Any = NO, ddof: Any = 0,
        keepdims: bool = False, *, where: Any = NO, mean: Any = NO, correction: Any = None,
    ) -> Any:  # fmt: skip
        return f(a, axis, ddof, keepdims, correction)

    return spread


# The names that one meaning has in NumPy are separated by spaces; `linalg.` has names of its own.
TABLE: dict[str, Callable[..., Any]] = {
    # one number from many
    "sum": _reduction(ops.sum),
    "prod": _reduction(ops.prod),
    "mean": _reduction(composites.mean),
    "max amax": _selection(ops.max),
    "min amin": _selection(ops.min),
    "any": _selection(masks.any),
    "all": _selection(masks.all),
    "var": _spread_of(composites.var),
    "std": _spread_of(composites.std),
    "average": _average,
    "ptp": lambda a, axis=None, out=NO, keepdims=False: ops.sub(
        ops.max(a, axis=axis, keepdims=keepdims), ops.min(a, axis=axis, keepdims=keepdims)
    ),
    "count_nonzero": lambda a, axis=None, *, keepdims=False: ops.sum(
        ops.not_equal(a, 0), axis=axis, keepdims=keepdims
    ),
    # along an axis, and order
    "cumsum": lambda a, axis=None, dtype=NO, out=NO: ops.cumsum(a, axis),
    "cumprod": lambda a, axis=None, dtype=NO, out=NO: ops.cumprod(a, axis),
    "diff": _diff,
    "sort": lambda a, axis=-1, kind=None, order=NO, *, stable=None: ops.sort(
        a, axis, kind, stable=stable
    ),
    "argsort": lambda a, axis=-1, kind=None, order=NO, *, stable=None: ops.argsort(
        a, axis, kind, stable=stable
    ),
    "argmax": lambda a, axis=None, out=NO, *, keepdims=False: ops.argmax(a, axis, keepdims),
    "argmin": lambda a, axis=None, out=NO, *, keepdims=False: ops.argmin(a, axis, keepdims),
    # shapes
    "reshape": lambda a, shape=None, order=NO, *, newshape=None, copy=NO: ops.reshape(
        a, newshape if shape is None else shape
    ),
    "ravel": lambda a, order=NO: ops.ravel(a),
    "transpose permute_dims": lambda a, axes=None: ops.transpose(a, axes),
    "matrix_transpose linalg.matrix_transpose": lambda x: ops.swapaxes(x, -1, -2),
    "swapaxes": lambda a, axis1, axis2: ops.swapaxes(a, axis1, axis2),
    "moveaxis": lambda a, source, destination: ops.moveaxis(a, source, destination),
    "squeeze": lambda a, axis=None: ops.squeeze(a, axis),
    "expand_dims": lambda a, axis: ops.expand_dims(a, axis),
    "atleast_1d": _each_atleast(1),
    "atleast_2d": _each_atleast(2),
    "atleast_3d": _each_atleast(3),
    "broadcast_to": lambda array, shape, subok=NO: ops.broadcast_to(array, shape),
    "broadcast_arrays": lambda *args, subok=NO: tuple(
        ops.broadcast_to(x, np.broadcast_shapes(*map(np.shape, args))) for x in args
    ),
    "tile": lambda A, reps: ops.tile(A, reps),
    "repeat": lambda a, repeats, axis=None: ops.repeat(a, repeats, axis),
    "flip": lambda m, axis=None: ops.flip(m, axis),
    "flipud": lambda m: ops.flip(m, 0),
    "fliplr": lambda m: ops.flip(m, 1),
    "roll": lambda a, shift, axis=None: ops.roll(a, shift, axis),
    "pad": lambda array, pad_width, mode="constant", *, constant_values=0: ops.pad(
        array, pad_width, mode, constant_values
    ),
    "copy": lambda a, order=NO, subok=NO: ops.astype(a, dtype=a.dtype),
    "astype": lambda x, dtype, /, *, copy=NO, device=NO: ops.cast(x, dtype),
    # joining, cutting, picking
    "concatenate concat": lambda arrays, axis=0, out=NO, *, dtype=NO, casting=NO: ops.concatenate(
        arrays, axis
    ),
    "stack": lambda arrays, axis=0, out=NO, *, dtype=NO, casting=NO: ops.stack(arrays, axis),
    "vstack row_stack": _joining(0, 2),
    "hstack": _hstack,
    "dstack": _joining(2, 3),
    "column_stack": _column_stack,
    "append": lambda arr, values, axis=None: ops.concatenate([arr, values], axis),
    "split": lambda ary, indices_or_sections, axis=0: ops.split(ary, indices_or_sections, axis),
    "array_split": _array_split,
    "full_like": _full_like,
    "take": lambda a, indices, axis=None, out=NO, mode="raise": ops.take(a, indices, axis, mode),
    "take_along_axis": _take_along_axis,
    "where": _where,
    "clip": _clip,
    "diagonal": lambda a, offset=0, axis1=0, axis2=1: ops.diagonal(a, offset, axis1, axis2),
    "diag": _diag,
    "tril": lambda m, k=0: ops.tril(m, k),
    "triu": lambda m, k=0: ops.triu(m, k),
    # products and matrices
    "dot": lambda a, b, out=NO: ops.product(a, b),
    "vdot": lambda a, b: ops.vdot(a, b),
    "linalg.vecdot": lambda x1, x2, axis=-1: ops.vecdot(x1, x2, axis),
    "inner": lambda a, b: ops.inner(a, b),
    "outer linalg.outer": lambda a, b, out=NO: ops.outer(a, b),
    "kron": lambda a, b: ops.kron(a, b),
    "tensordot linalg.tensordot": lambda a, b, axes=2: ops.tensordot(a, b, axes),
    "einsum": lambda *operands, out=NO, optimize=False: ops.einsum(*operands, optimize=optimize),
    "trace": lambda a, offset=0, axis1=0, axis2=1, dtype=NO, out=NO: ops.trace(
        a, offset, axis1, axis2
    ),
    "linalg.trace": lambda x, offset=0, dtype=NO: ops.trace(x, offset, -2, -1),
    "linalg.diagonal": lambda x, offset=0: ops.diagonal(x, offset, -2, -1),
    "linalg.matmul": lambda x1, x2: ops.matmul(x1, x2),
    "linalg.norm": norms.norm,
    "linalg.vector_norm": _vector_norm,
    "linalg.matrix_norm": _matrix_norm,
    "linalg.matrix_power": lambda a, n: ops.matrix_power(a, n),
    "linalg.svdvals": lambda x: ops.svdvals(x),
    "linalg.inv": lambda a: ops.inv(a),
    "linalg.pinv": lambda a, rcond=None, hermitian=False: ops.pinv(a, rcond, hermitian),
    "linalg.det": lambda a: ops.det(a),
    "linalg.slogdet": lambda a: ops.slogdet(a),
    "linalg.solve": lambda a, b: ops.solve(a, b),
    "linalg.cholesky": lambda a, *, upper=NO: ops.cholesky(a),
    "linalg.qr": lambda a, mode="reduced": ops.qr(a, mode),
    "linalg.eigh": lambda a, UPLO="L": ops.eigh(a, UPLO),
    "linalg.svd": _svd,
}


def numpys(name: str) -> Any:
    """NumPy's function by its name, or None where this NumPy does not have it."""
    home, _, name = name.rpartition(".")
    return getattr(np.linalg if home else np, name, None)


# Answers that have no derivative, as from NumPy: FORM of shape and dtype alone, PLAIN of all.
FORM = "shape ndim size zeros_like ones_like empty_like iscomplexobj isrealobj result_type"
PLAIN = (
    f"{FORM} array_equal array_equiv allclose isclose can_cast array_repr array_str array2string "
    "shares_memory may_share_memory"
)

MEANINGS = {numpys(n): f for names, f in TABLE.items() for n in names.split()}
FORM_FUNCTIONS, PLAIN_FUNCTIONS = ({numpys(n) for n in ns.split()} for ns in (FORM, PLAIN))
