"""NumPy's functions on Tensors: NumPy's numbers and a recorded gradient, or an error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value
from autograd.arrays.numpy_functions import FORM, PLAIN, TABLE, numpys
from autograd.arrays.numpy_ufuncs import METHODS
from autograd.gradcheck import check_grads

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 3, 4))
M = RNG.normal(size=(3, 4))
V, W = RNG.normal(size=4), RNG.normal(size=4)
S = RNG.normal(size=(3, 3)) + 3 * np.eye(3)
SPD = S @ S.T
ROWS = np.array([[0, 2], [1, 1], [2, 0]])

# For each function of the table the ways to call it: NumPy's positions and names.
Calls = list[tuple[Callable[..., Any], tuple[Any, ...]]]
REDUCING: Calls = [
    (lambda f, x: f(x), (X,)),
    (lambda f, x: f(x, 1), (X,)),
    (lambda f, x: f(x, axis=(0, 2), keepdims=True), (X,)),
    (lambda f, a: f(a=a, axis=-1, out=None), (M,)),
]
RUNNING: Calls = [(lambda f, x: f(x), (X,)), (lambda f, x: f(x, axis=1), (X,))]
PICKING: Calls = [
    (lambda f, x: f(x), (X,)),
    (lambda f, x: f(x, 1), (X,)),
    (lambda f, x: f(x, axis=0, keepdims=True), (X,)),
]
SPREADING: Calls = [*REDUCING, (lambda f, x: f(x, 1, ddof=1), (X,))]
SORTING: Calls = [
    (lambda f, x: f(x), (X,)),
    (lambda f, x: f(x, None), (X,)),
    (lambda f, x: f(x, axis=0, kind="stable"), (X,)),
]
ONE: Calls = [(lambda f, x: f(x), (X,)), (lambda f, x: f(x), (M,))]
JOINED: Calls = [
    (lambda f, x, y: f([x, y]), (M, M[:, ::-1])),
    (lambda f, x, y: f((x, y)), (V, W)),
    (lambda f, x, y: f([x, np.ones(4), y]), (V, W)),
]
ALONG: Calls = [*JOINED, (lambda f, x, y: f([x, y], axis=-1), (M, M + 1))]
MATRIX: Calls = [(lambda f, x: f(x), (S,))]
TRIANGLE: Calls = [*ONE, (lambda f, x: f(x, k=-1), (X,))]

CALLS: dict[str, Calls] = {
    **dict.fromkeys(("sum", "prod", "mean", "max amax", "min amin", "ptp"), REDUCING),
    "average": [
        *REDUCING[:3],
        (lambda f, x, w: f(x, 1, w), (M, V)),
        (lambda f, w: f(M, axis=-1, weights=w), (V**2,)),
        (lambda f, x: f(x, 0, [3, 1, 2], keepdims=True), (M,)),
        (lambda f, x, w: f(x, weights=w), (M, M**2)),
        (lambda f, x, w: f(x, 0, w), (M, M**2)),
        (lambda f, x, w: f(x, (2, 0), w), (X, X[:, 0].T ** 2)),
    ],
    **dict.fromkeys(("any", "all", "count_nonzero"), PICKING),
    **dict.fromkeys(("var", "std"), SPREADING),
    **dict.fromkeys(("cumsum", "cumprod"), RUNNING),
    "diff": [*RUNNING, (lambda f, x: f(x, 2), (X,))],
    **dict.fromkeys(("sort", "argsort"), SORTING),
    **dict.fromkeys(("argmax", "argmin"), PICKING),
    "reshape": [(lambda f, x: f(x, (6, 4)), (X,)), (lambda f, x: f(x, -1, "C"), (X,))],
    "ravel": ONE,
    "transpose permute_dims": [*ONE, (lambda f, x: f(x, axes=(1, 2, 0)), (X,))],
    "matrix_transpose linalg.matrix_transpose": ONE,
    "swapaxes": [(lambda f, x: f(x, 0, axis2=-1), (X,))],
    "moveaxis": [(lambda f, x: f(x, 0, -1), (X,)), (lambda f, x: f(x, [0, 1], [-1, 0]), (X,))],
    "squeeze": [(lambda f, x: f(x[:, :1]), (X,)), (lambda f, x: f(x[:1], axis=0), (X,))],
    "expand_dims": [(lambda f, x: f(x, axis=(0, 2)), (X,))],
    "atleast_1d": [*ONE, (lambda f, x: f(x), (np.array(2.0),))],
    "atleast_2d": [*ONE, (lambda f, x, y: f(x, y), (V, np.array(2.0)))],
    "atleast_3d": [*ONE, (lambda f, x, y: f(x, y), (V, np.array(2.0)))],
    "broadcast_to": [(lambda f, x: f(x, shape=(5, 3, 4)), (M,))],
    "broadcast_arrays": [(lambda f, x, y: f(x, y), (M, V))],
    "tile": [(lambda f, x: f(x, (2, 1, 2)), (M,)), (lambda f, x: f(A=x, reps=3), (M,))],
    "repeat": [(lambda f, x: f(x, 2), (M,)), (lambda f, x: f(x, [1, 0, 2], axis=0), (M,))],
    "flip": [*ONE, (lambda f, x: f(x, axis=(0, 1)), (X,))],
    **dict.fromkeys(("flipud", "fliplr"), ONE),
    "roll": [(lambda f, x: f(x, 2), (X,)), (lambda f, x: f(x, (1, 2), axis=(0, 1)), (X,))],
    "pad": [
        (lambda f, x: f(x, 1), (M,)),
        (lambda f, x: f(x, ((1, 0), (2, 1)), "constant", constant_values=3), (M,)),
        (lambda f, x: f(x, 1, mode="reflect"), (M,)),
    ],
    "copy": ONE,
    "astype": [(lambda f, x: f(x, np.float64), (X,))],
    "concatenate concat": [*ALONG, (lambda f, x, y: f((x, y), None), (M, V))],
    "stack": [*ALONG, (lambda f, x, y: f([x, y], 1), (V, W))],
    **dict.fromkeys(("vstack row_stack", "hstack", "dstack", "column_stack"), JOINED),
    "append": [(lambda f, x, y: f(x, y), (M, V)), (lambda f, x, y: f(x, y, axis=0), (M, M))],
    "split": [(lambda f, x: f(x, 2), (X,)), (lambda f, x: f(x, [1, 3], axis=-1), (X,))],
    "array_split": [(lambda f, x: f(x, 3, 2), (X,)), (lambda f, x: f(x, [1], axis=1), (X,))],
    "full_like": [
        (lambda f, x: f(x, x[0]), (V,)),
        (lambda f, x, y: f(x, y, shape=(2, 4)), (M, V)),
    ],
    "take": [(lambda f, x: f(x, [1, 1, 5]), (X,)), (lambda f, x: f(x, ROWS, axis=1), (X,))],
    "take_along_axis": [
        (lambda f, x: f(x, ROWS, 1), (M,)),
        (lambda f, x: f(x, ROWS[:1], axis=1), (M,)),
        (lambda f, x: f(x[:1], ROWS, axis=-1), (M,)),
        (lambda f, x: f(x, ROWS.ravel(), axis=None), (M,)),
    ],
    "where": [(lambda f, x, y: f(x > 0, x, y), (M, V)), (lambda f, x: f(M > 0, x, 0), (M,))],
    "clip": [
        (lambda f, x: f(x, -0.5, 0.5), (X,)),
        (lambda f, x: f(x, a_min=None, a_max=0.5), (X,)),
        (lambda f, x, y: f(x, y, 2.0), (M, V - 1)),
    ],
    "diagonal": [*ONE, (lambda f, x: f(x, 1, axis1=1, axis2=2), (X,))],
    "diag": [(lambda f, x: f(x), (V,)), (lambda f, x: f(x, k=-1), (V,)), (lambda f, x: f(x), (M,))],
    **dict.fromkeys(("tril", "triu"), TRIANGLE),
    "dot": [
        (lambda f, x, y: f(x, y), (V, W)),
        (lambda f, x, y: f(x, y), (X, V)),
        (lambda f, x, y: f(x, b=y), (np.array(2.0), V)),
        (lambda f, y: f(M, y), (V,)),
    ],
    "vdot": [(lambda f, x, y: f(x, y), (M, M + 1))],
    "inner": [(lambda f, x, y: f(x, y), (V, W)), (lambda f, x, y: f(x, y), (X, M))],
    "outer linalg.outer": [(lambda f, x, y: f(x, y), (V, W))],
    "kron": [(lambda f, x, y: f(x, y), (M, S))],
    "tensordot linalg.tensordot": [
        (lambda f, x, y: f(x, y, axes=([1, 2], [0, 1])), (X, M)),
        (lambda f, x, y: f(x, y, axes=1), (X, V)),
    ],
    "einsum": [
        (lambda f, x, y: f("ijk,jk->ik", x, y), (X, M)),
        (lambda f, x: f("ii", x, optimize=True), (S,)),
    ],
    "trace": [(lambda f, x: f(x, 1), (X,)), *MATRIX],
    "linalg.vecdot": [
        (lambda f, x, y: f(x, y), (X, V)),
        (lambda f, x, y: f(x, y, axis=0), (M, M + 1)),
    ],
    "linalg.matrix_norm": [
        (lambda f, x: f(x, ord=2, keepdims=True), (X,)),
        (lambda f, x: f(x), (M,)),
    ],
    "linalg.matrix_power": [(lambda f, x: f(x, 3), (S,)), (lambda f, x: f(x, -2), (S,))],
    "linalg.svdvals": [(lambda f, x: f(x), (M,))],
    "linalg.trace": [(lambda f, x: f(x, offset=1), (X,))],
    "linalg.diagonal": [(lambda f, x: f(x, offset=1), (X,))],
    "linalg.matmul": [(lambda f, x, y: f(x, y), (M, V[:, None]))],
    "linalg.norm": [
        *((lambda f, x, p=p: f(x, p), (V,)) for p in (None, 1, 2, 3, np.inf, -np.inf)),
        *((lambda f, x, p=p: f(x, p), (M,)) for p in (None, 1, -1, 2, -2, np.inf, "fro", "nuc")),
        (lambda f, x: f(x, axis=1, keepdims=True), (X,)),
        (lambda f, x: f(x, ord="fro", axis=(0, 2)), (X,)),
        (lambda f, x: f(x, 1, (1, 0)), (M,)),
        (lambda f, x: f(x), (X,)),
    ],
    "linalg.vector_norm": [(lambda f, x: f(x), (X,)), (lambda f, x: f(x, ord=1, axis=0), (X,))],
    **dict.fromkeys(("linalg.inv", "linalg.det", "linalg.slogdet", "linalg.qr"), MATRIX),
    "linalg.pinv": [*MATRIX, (lambda f, x: f(x, hermitian=False), (M,))],
    "linalg.solve": [(lambda f, x, y: f(x, y), (S, V[:3])), (lambda f, x, y: f(x, y), (S, M))],
    "linalg.cholesky": [(lambda f, x: f(x @ np.swapaxes(x, 0, 1)), (S,))],
    "linalg.eigh": [(lambda f, x: f(x + np.transpose(x))[0], (S,))],
    "linalg.svd": [
        (lambda f, x: f(x)[1], (S,)),
        (lambda f, x: f(x, compute_uv=False), (M,)),
        (lambda f, x: np.abs(f(x, full_matrices=False)[0]), (M,)),
    ],
}
FLAT = {"any", "all", "count_nonzero", "argsort", "argmax", "argmin"}

CASES = [
    pytest.param(name, call, args, id=f"{name}-{i}")
    for names in TABLE
    for name in names.split()
    if numpys(name) is not None and name != "row_stack"  # which later versions of NumPy drop
    for i, (call, args) in enumerate(CALLS[names])
]


def outputs(result: Any) -> list[Any]:
    return list(result) if isinstance(result, tuple | list) else [result]


def test_every_function_of_the_table_is_called_here() -> None:
    assert set(CALLS) == set(TABLE)


@pytest.mark.parametrize(("name", "call", "args"), CASES)
def test_numpys_numbers_with_a_history(name: str, call: Any, args: Any) -> None:
    function = numpys(name)
    tensors = [Tensor(x, requires_grad=True) for x in args]
    ours, theirs = outputs(call(function, *tensors)), outputs(call(function, *args))
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        assert type(a) is Tensor
        np.testing.assert_array_equal(a.data, b)
        assert a.dtype == np.asarray(b).dtype
    if name in FLAT:
        assert not any(a.requires_grad for a in ours)
    else:
        assert all(a.requires_grad or name == "linalg.slogdet" for a in ours)
        check_grads(lambda *xs: call(function, *xs), order=1)(*args)


VIEWS: dict[str, Callable[[Any], Any]] = {
    "own": lambda t: t,
    "reversed": lambda t: t[::-1],
    "rows reversed": lambda t: t[..., ::-1],
    "with gaps": lambda t: t[..., ::2],
    "every other row": lambda t: t[::2],
    "transposed": lambda t: np.moveaxis(t, -1, 0),
    "broadcast": lambda t: np.broadcast_to(t[:, None], (t.shape[0], 3, *t.shape[1:])),
}


def turned(t: Any) -> Any:
    return t if t.ndim == 1 else np.swapaxes(t, -1, -2)


SUMS: dict[str, Callable[..., Any]] = {
    "dot": lambda x, y: np.dot(x, turned(y)),
    "vdot": np.vdot,
    "inner": np.inner,
    "vecdot": np.vecdot,
    "matmul": lambda x, y: np.matmul(x, turned(y)),
    "tensordot": lambda x, y: np.tensordot(x, y, x.ndim),
    "tensordot of the last": lambda x, y: np.tensordot(x, y, (-1, -1)),
    "norm": lambda x, y: np.linalg.norm(x),
    **{
        f"vector_norm {p} {keep}": lambda x, y, p=p, keep=keep: np.linalg.vector_norm(
            x, ord=p, keepdims=keep
        )
        for p in (1, 1.5, 2, 3, 0.5, -1, -2)
        for keep in (False, True)
    },
    "norm 3 of one axis": lambda x, y: np.linalg.norm(x, 3, (0,), keepdims=True),
    "norm by a NumPy number": lambda x, y: np.linalg.norm(x, np.float64(3), 0),
    **{
        f"norm {p} of an axis": lambda x, y, p=p: np.linalg.norm(x, p, 0)
        for p in (1, 2, 3, -1, 1.1)
    },
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", SUMS)
def test_sums_of_views_are_numpys_to_the_last_bit(name: str, view: str, dtype: Any) -> None:
    rng = np.random.default_rng(1)
    for shape in [(1,), (50,), (999,), (7, 7), (60, 60), (5, 40, 9)]:
        x, y = (Tensor(rng.normal(size=shape).astype(dtype), requires_grad=True) for _ in "xy")
        x, y = (VIEWS[view](t) for t in (x, y))
        theirs = SUMS[name](x.data, y.data)
        np.testing.assert_array_equal(SUMS[name](x, y).data, theirs, strict=True)


@pytest.mark.parametrize("first", [bool, np.uint8, np.float16, np.int64, np.float32])
def test_sums_of_products_of_two_dtypes_are_numpys(first: Any) -> None:
    rng = np.random.default_rng(2)
    a, b = rng.integers(0, 2, (50, 40)).astype(first, order="F"), rng.normal(size=(40, 30))
    for second in (np.float32, np.float64):
        x, y = Tensor(a), Tensor(b.astype(second))
        for f in (np.dot, lambda x, y: np.tensordot(x, y, 1), lambda x, y: np.vdot(x[:30], y)):
            np.testing.assert_array_equal(f(x, y).data, f(x.data, y.data), strict=True)


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.int64, np.float32])
def test_clip_with_one_bound_keeps_the_dtype(dtype: Any) -> None:
    x = np.array([1, 5, 100], dtype)
    for bounds in ((2, None), (None, 50), (-1, None), (2, 50)):
        np.testing.assert_array_equal(
            np.clip(Tensor(x), *bounds).data, np.clip(x, *bounds), strict=True
        )


def test_products_with_one_number_keep_the_sign_of_zero() -> None:
    for shapes in [((1,), (1,)), ((1, 1), (1, 3)), ((2, 1), (1, 1))]:
        x, y = (Tensor(np.full(shape, v)) for shape, v in zip(shapes, (0.0, -1.0), strict=True))
        assert np.signbit(np.dot(x, y).data).all() == np.signbit(np.dot(x.data, y.data)).all()


@pytest.mark.parametrize("ord", [None, 1, 2, np.inf, "nuc", "fro"])
@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0,)])
def test_the_length_of_nothing_is_zero(ord: Any, shape: Any) -> None:
    if isinstance(ord, str) and len(shape) == 1:
        return
    assert np.linalg.norm(Tensor(np.zeros(shape)), ord).item() == 0.0


def test_norms_by_small_powers_have_no_slope_at_zero() -> None:
    x = np.array([0.0, 1.0, 4.0])
    for p in (0.5, -1, -2.5):
        with np.errstate(divide="ignore"):  # 0 ** -1
            slope = autograd.grad(lambda x, p=p: autograd.vector_norm(x, p))(x)
            values = [Value(v) for v in x]
            autograd.vector_norm(values, p).backward()
        np.testing.assert_allclose(slope, [v.grad for v in values], rtol=1e-14)
        assert slope[0] == 0.0
        assert np.isfinite(slope).all()


@pytest.mark.parametrize("name", PLAIN.split())
def test_questions_about_arrays_are_answered_as_for_arrays(name: str) -> None:
    function, t = getattr(np, name), Tensor(M, requires_grad=True)
    more = (np.float32,) if name == "can_cast" else ()
    if name in (
        ["array_equal", "array_equiv", "allclose", "isclose", "shares_memory", "may_share_memory"]
    ):
        more = (M,)
    if name == "can_cast":
        assert np.can_cast(t.dtype, np.float64)
        return
    ours, theirs = function(t, *more), function(M, *more)
    if "share" in name:  # a tensor has an array of its own
        theirs = False
    assert not isinstance(ours, Tensor)
    if name == "empty_like":
        ours, theirs = ours.shape, theirs.shape
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", [*FORM.split(), "full_like"])
def test_shape_and_dtype_are_known_while_tracing(name: str) -> None:
    function, t = getattr(np, name), Tensor(M.astype(np.float32), requires_grad=True)
    more = {"full_like": (2.0,), "result_type": (np.float32,)}.get(name, ())
    told = []

    def f(x: Any) -> Any:
        told.append(function(x, *more))
        return x.sum()

    autograd.trace(f, t)
    answer, expected = told[0], function(t.data, *more)
    assert not isinstance(answer, Tensor)
    if name == "empty_like":
        answer, expected = (answer.shape, answer.dtype), (expected.shape, expected.dtype)
    np.testing.assert_equal(answer, expected)


def test_full_like_of_a_number_is_an_array_and_of_a_node_a_node() -> None:
    t, s = Tensor(M, requires_grad=True), Tensor(2.0, requires_grad=True)
    plain = np.full_like(t, 7, dtype=int)
    assert not isinstance(plain, Tensor)
    np.testing.assert_array_equal(plain, np.full_like(M, 7, dtype=int), strict=True)
    single = np.full_like(t, s, np.float32)
    assert (single.shape, single.dtype) == (M.shape, np.float32)
    single.sum().backward()
    assert (s.grad, t.grad) == (M.size, None)
    v = Value(2.0)
    (np.full_like(v, v) * 3).backward()
    assert v.grad == 3.0


# --- functions of elements and their methods ---


@pytest.mark.parametrize("name", ["isnan", "isinf", "isfinite"])
def test_questions_about_elements(name: str) -> None:
    x = np.array([1.0, np.nan, np.inf, -np.inf])
    out = getattr(np, name)(Tensor(x, requires_grad=True))
    np.testing.assert_array_equal(out.data, getattr(np, name)(x))
    assert out.dtype == bool
    assert not out.requires_grad


@pytest.mark.parametrize(
    "name", ["logical_and", "logical_or", "logical_xor", "bitwise_and", "bitwise_or", "bitwise_xor"]
)
@pytest.mark.parametrize("left", [True, False])
def test_logic_of_masks(name: str, left: bool) -> None:
    function, t = getattr(np, name), Tensor(M, requires_grad=True)
    other = M[::-1] > 0
    args = (other, t > 0) if left else (t > 0, other)
    plain = (other, M > 0) if left else (M > 0, other)
    np.testing.assert_array_equal(function(*args).data, function(*plain))
    np.testing.assert_array_equal(np.invert(t > 0).data, M <= 0)


@pytest.mark.parametrize(
    ("method", "ufunc"), [(m, u) for m in ("reduce", "accumulate") for u in METHODS[m]]
)
def test_reduce_and_accumulate(method: str, ufunc: Any) -> None:
    t = Tensor(X, requires_grad=True)
    mask = ufunc in (np.logical_and, np.logical_or)
    for settings in ({}, {"axis": 1}, {"axis": -1, "dtype": None, "out": None}):
        ours, theirs = getattr(ufunc, method)(t, **settings), getattr(ufunc, method)(X, **settings)
        np.testing.assert_allclose(ours.data, theirs, rtol=1e-14)
        assert ours.requires_grad is not mask
    if method == "reduce":
        np.testing.assert_allclose(
            ufunc.reduce(t, axis=(0, 2), keepdims=True).data,
            ufunc.reduce(ufunc.reduce(X, axis=2, keepdims=True), axis=0, keepdims=True),
            rtol=1e-13,
        )
    if not mask:
        check_grads(getattr(ufunc, method), order=1)(X)


@pytest.mark.parametrize(
    "ufunc", [np.add, np.multiply, np.maximum, np.less, np.equal, np.not_equal]
)
def test_outer(ufunc: Any) -> None:
    for args in ((M, V), (V, M), (np.round(M), np.round(V))):
        tensors = [Tensor(x, requires_grad=True) for x in args]
        for pair in (tensors, (tensors[0], args[1]), (args[0], tensors[1])):
            np.testing.assert_array_equal(ufunc.outer(*pair).data, ufunc.outer(*args))
    if ufunc in (np.add, np.multiply, np.maximum):
        check_grads(ufunc.outer, order=1)(M, V)


def test_divmod_is_pythons() -> None:
    t, x = Tensor(M, requires_grad=True), V
    for args in ((t, x), (x, t), (t, 2), (7.0, t)):
        plain = [M if a is t else a for a in args]
        for a, b in zip(np.divmod(*args), np.divmod(*plain), strict=True):
            assert type(a) is Tensor
            np.testing.assert_array_equal(a.data, b)
    v = Value(7.0)
    for args in ((v, 2.0), (9.0, v), (v, v)):
        quotient, rest = np.divmod(*args)
        a, b = (n.data if n is v else n for n in args)
        assert (quotient.data, rest.data) == divmod(a, b)
    assert [node.data for node in np.divmod(np.array([8.0, 15.0]), v)[1]] == [1.0, 1.0]
    check_grads(lambda x: np.divmod(x, 2.0)[1], order=1)(M)


# --- what would lose the history ---


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda t: np.add(t, 1, out=t), r"np\.add: .*got out=.*a = a \+ t"),
        (lambda t: np.add(t, 1, out=np.ones((3, 4))), r"np\.add: .*got out="),
        (lambda t: np.exp(t, where=M > 0), r"np\.exp: .*got where=.*autograd\.where"),
        (lambda t: np.exp(t, dtype=np.float32), r"got dtype=.*t\.astype\(dtype\) first"),
        (lambda t: np.sum(t, out=np.zeros(())), r"np\.sum: .*got out="),
        (lambda t: np.sum(t, 0, np.float32), r"np\.sum: .*got dtype="),
        (lambda t: np.sum(t, where=M > 0), r"np\.sum: .*got where="),
        (lambda t: np.sum(t, where=False), r"np\.sum: .*got where="),  # of nothing: 0
        (lambda t: np.any(t, where=False), r"np\.any: .*got where="),
        (lambda t: np.add(t, 1, where=False), r"np\.add: .*got where="),
        (lambda t: np.max(t, initial=False), r"np\.max: .*got initial="),
        (lambda t: np.diff(t, -1), r"np\.diff: expected n of at least 0, got -1"),
        (lambda t: np.diff(t, axis=2), r"np\.diff: expected axes from -2 to 1 .*got axis 2"),
        (lambda t: np.diff(t, axis="a"), r"np\.diff: expected an axis as a whole number"),
        (lambda t: np.diff(t[0, 0]), r"np\.diff: expected no axis for a single number"),
        (lambda t: np.take_along_axis(t, ROWS, 5), r"np\.take_along_axis: .*got axis 5"),
        (lambda t: np.take_along_axis(t, ROWS[0], 0), r"indices of 2 axes, as arr has"),
        (lambda t: np.array_split(t, 2, axis=4), r"np\.array_split: .*got axis 4"),
        (lambda t: np.array_split(t, 0), r"np\.array_split: .*parts of at least 1, got 0"),
        (lambda t: np.sum(t, initial=3.0), r"np\.sum: .*got initial="),
        (lambda t: np.add.reduce(t, initial=3.0), r"np\.add\.reduce: .*got initial="),
        (lambda t: np.concatenate([t, t], dtype=np.float32), r"np\.concatenate: .*got dtype="),
        (lambda t: np.take(t, [0], mode="no"), r"take: expected mode raise, wrap or clip"),
        (lambda t: np.average(t, 0, [1, 2, 3], True), r"np\.average: .*returned=.*autograd\.sum"),
        (lambda t: np.average(t, weights=V), r"shape \(4,\)\. Name the axis"),
        (lambda t: np.average(t, 0, V), r"\(3, 4\), or \(3,\), got weights of shape"),
        (lambda t: np.average(t, 2, V), r"np\.average: expected axes from -2 to 1"),
        (lambda t: np.average(t, 0, [1, 2, 3j]), r"real numbers, got weights of complex128"),
        (lambda t: np.interp(t, V, V), r"got a Tensor\. Compose it of functions of autograd"),
        (lambda t: np.reshape(t, -1, order="F"), r"np\.reshape: .*got order="),
        (lambda t: np.pad(t, 1, "constant", stat_length=2), r"np\.pad: .*got stat_length="),
        (lambda t: np.add.at(t, 0, 1), r"np\.add\.at: .*in place.*autograd\.index_add"),
        (lambda t: np.add.at(np.ones((3, 4)), 0, t), r"np\.add\.at: .*autograd\.index_add"),
        (lambda t: np.add.reduceat(t, [0]), r"np\.add\.reduceat: expected a function that records"),
        (lambda t: np.divide.reduce(t), r"np\.divide\.reduce: expected a function that records"),
        (lambda t: np.cbrt(t), r"np\.cbrt: .*np\.abs\(t\) \*\* \(1 / 3\)"),
        (lambda t: np.median(t), r"np\.median: .*autograd\.sort"),
        (lambda t: np.unique(t), r"np\.unique: .*no derivative: np\.unique\(t\.data\)"),
        (lambda t: np.where(t), r"np\.where: .*np\.nonzero\(t\.data\)"),
        (lambda t: np.linalg.qr(t, "complete"), r"qr: .*got 'complete'"),
        (lambda t: np.linalg.eig(t), r"np\.linalg\.eig: .*autograd\.eigh"),
        (lambda t: np.fft.fft(t), r"np\.fft\.fft: .*\.data for the plain array"),
        (lambda t: np.nansum(t), r"np\.nansum: .*np\.sum\(autograd\.where"),
        (lambda t: np.copyto(np.ones((3, 4)), t), r"np\.copyto: .*autograd\.where"),
        (lambda t: np.put(t, 0, 1.0), r"np\.put: .*autograd\.index_update"),
        (lambda t: np.linalg.norm(t, 3, (0, 1), True), r"norm: expected two axes, and ord to be"),
    ],
)
def test_what_numpy_cannot_record_raises_with_a_way_out(call: Any, text: str) -> None:
    t = Tensor(M, requires_grad=True)
    with pytest.raises((TypeError, ValueError), match=text):
        call(t)
    np.testing.assert_array_equal(t.data, M)


def test_settings_that_ask_for_nothing_are_taken() -> None:
    t = Tensor(M)
    for call in (
        lambda x: np.sum(x, where=True),
        lambda x: np.std(x, where=True, dtype=None),
        lambda x: np.add(x, 1, where=True),
        lambda x: np.max(x, initial=None, out=None),
        lambda x: np.copy(x, order="C", subok=False),
        lambda x: np.reshape(x, -1, order="C"),
    ):
        np.testing.assert_array_equal(call(t).data, call(M))


def test_an_array_does_not_swallow_the_history() -> None:
    t, a = Tensor(V, requires_grad=True), np.ones(4)
    with pytest.raises(TypeError, match=r"a = a \+ t"):
        a += t  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"\.data"):
        a[:] = t
    assert a.tolist() == [1, 1, 1, 1]
    total = a + t
    total.sum().backward()
    assert t.grad.tolist() == [1, 1, 1, 1]


def test_augmented_assignment_makes_a_new_tensor() -> None:
    t = Tensor(V, requires_grad=True)
    u = t
    u += 1
    u *= 2
    assert u is not t
    np.testing.assert_array_equal(t.data, V)
    u.sum().backward()
    assert t.grad.tolist() == [2, 2, 2, 2]


def test_every_function_that_numpy_dispatches_is_answered_or_raises() -> None:
    """No function of NumPy returns an array for a tensor, but those that describe it."""
    t = Tensor(S, requires_grad=True)
    skipped = {"save", "savez", "savez_compressed", "savetxt", "fill_diagonal"}
    found = set()
    for home in (np, np.linalg, np.fft):
        for name, function in vars(home).items():
            if not hasattr(function, "_implementation") or name in skipped:
                continue
            for args in ((t,), (t, t), ([t, t],), (t, 0, 0)):
                try:
                    out = function(*args)
                except Exception:  # arguments that make no sense to this function
                    continue
                if not any(isinstance(x, Tensor) for x in outputs(out)):
                    found.add(name)
    assert found <= set(PLAIN.split()), found - set(PLAIN.split())
    assert len(found) > 10


# --- Values ---


def test_functions_of_arrays_on_one_number() -> None:
    v = Value(2.0)
    for function in (np.sum, np.mean, np.max, np.min, np.prod, np.squeeze):
        assert function(v) is v
    assert np.shape(v) == ()
    assert np.allclose(v, 2.0)
    assert np.zeros_like(v) == 0.0


@pytest.mark.parametrize(
    ("data", "slope"), [(-1.0, 0.0), (0.0, 1.0), (0.5, 1.0), (1.0, 1.0), (3.0, 0.0)]
)
def test_clip_and_where_record(data: float, slope: float) -> None:
    v = Value(data)
    out = np.clip(v, 0, a_max=1)
    out.backward()
    assert (out.data, v.grad) == (min(max(data, 0.0), 1.0), slope)
    chosen = np.where(np.array([True, False]), v, 5.0)
    assert chosen.tolist()[1].data == 5.0
    assert autograd.Value is type(chosen[0])
    assert [c.data for c in np.clip(v, np.array([0.0, 2.0]), 9)] == [max(data, 0), max(data, 2)]


def test_values_are_joined_into_object_arrays() -> None:
    v, w = Value(1.0), Value(2.0)
    for out in (np.stack([v, w]), np.hstack([v, w]), np.concatenate([[v], np.array([w])])):
        assert out.dtype == object
        assert out.tolist() == [v, w]
    assert np.append(v, w).tolist() == [v, w]


@pytest.mark.parametrize(
    "call",
    [
        lambda v: np.sort(v),
        lambda v: np.reshape(v, (1,)),
        lambda v: np.linalg.norm(v),
        lambda v: np.median(v),
        lambda v: np.clip(v, 0, 1, out=np.zeros(())),
    ],
)
def test_other_functions_of_values_raise(call: Any) -> None:
    with pytest.raises(TypeError, match=r"^np\..*records the graph|makes a new tensor"):
        call(Value(1.0))


@pytest.mark.parametrize("bounds", [(-1, 1), (-1, 300), (1, 300), (0, 1)])
def test_clip_takes_bounds_outside_of_the_integers(bounds: tuple[int, int]) -> None:
    x = np.array([0, 1, 200], np.uint8)
    ours, theirs = np.clip(Tensor(x), *bounds), np.clip(x, *bounds)
    np.testing.assert_array_equal(ours.data, theirs)
    assert ours.dtype == theirs.dtype


def test_clip_takes_integers_of_any_size_beside_any_bounds() -> None:
    x, high = Tensor(np.array([1, 100], np.uint8)), np.array([5, 6], np.uint8)
    for bound in (high, Tensor(high)):
        assert np.clip(x, 300, bound).data.tolist() == [5, 6]  # the upper one
        assert np.clip(x, -(10**400), bound).data.tolist() == [1, 6]
        assert np.clip(x, bound, 300).data.tolist() == [5, 100]
    t, huge = Tensor([-np.inf, 1.0, np.inf], requires_grad=True), 10**400
    assert np.clip(t, -huge, huge).data.tolist() == [-np.inf, 1.0, np.inf]
    assert np.clip(t, 2, huge).data.tolist() == [2.0, 2.0, np.inf]
    assert np.clip(t, -huge, Tensor(0.5)).data.tolist() == [-np.inf, 0.5, 0.5]
    assert np.clip(t, huge, None).data.tolist() == [np.inf] * 3
    assert autograd.clip(1.0, -huge, 0.5) == 0.5
    assert np.clip(Tensor([True, False]), 0, huge).data.tolist() == [1, 0]


@pytest.mark.parametrize("n", [1, 2])
def test_differences_of_masks_are_where_they_change(n: int) -> None:
    x = X > 0
    np.testing.assert_array_equal(np.diff(Tensor(x), n, axis=1).data, np.diff(x, n, axis=1))
