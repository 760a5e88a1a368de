"""What NumPy's functions give for Tensors has NumPy's bits: types, signs of zeros, views too."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor

DTYPES = ["float64", "float32", "float16", "int64", "int8", "uint8", "bool"]
SPECIAL = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 0.5, 2.0, -2.0, 1e-7, 1e-40, 88.1, -300.0]
LAYOUTS: list[Callable[[Any], Any]] = [
    lambda a: a,
    lambda a: a[::-1],
    lambda a: a[..., ::-1],
    lambda a: a[..., ::2],
    lambda a: a.swapaxes(0, -1),
]

ONE: list[Any] = [np.exp, np.log, np.log1p, np.expm1, np.exp2, np.log2, np.log10, np.sqrt, np.sign]
ONE += [np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan, np.sinh, np.cosh, np.tanh, np.abs]
ONE += [np.arcsinh, np.arccosh, np.arctanh, np.negative, np.positive, np.square, np.floor, np.ceil]
ONE += [np.ravel, np.isnan, np.isfinite, np.isinf, np.logical_not]
TWO: list[Any] = [np.add, np.subtract, np.multiply, np.divide, np.power, np.remainder, np.kron]
TWO += [np.maximum, np.minimum, np.arctan2, np.hypot, np.logaddexp, np.floor_divide, np.outer]
TWO += [np.logical_and, np.logical_or, np.logical_xor, np.dot, np.inner, np.matmul]
TWO += [np.greater, np.less, np.greater_equal, np.less_equal]
OVER = ["sum", "mean", "prod", "max", "min", "var", "std", "ptp", "all", "any", "count_nonzero"]
ALONG = ["cumsum", "cumprod", "argmax", "argmin", "argsort", "sort", "flip", "diff"]
OPERATORS: dict[str, Callable[[Any], Any]] = {
    "x ** 2": lambda x: x**2,
    "x ** 0.5": lambda x: x**0.5,
    "x ** -1.0": lambda x: x**-1.0,
    "2 ** x": lambda x: 2**x,
    "1 / x": lambda x: 1 / x,
    "x // 2": lambda x: x // 2,
    "x % 0.7": lambda x: x % 0.7,
    "divmod": lambda x: divmod(x, 2),
    "clip": lambda x: np.clip(x, 0, 1),
    "clip below": lambda x: np.clip(x, 0, None),
    "clip above": lambda x: np.clip(x, None, 0.5),
    "where": lambda x: np.where(x > 0, x, -0.0),
    "dot with a number": lambda x: np.dot(x, 2.0),
    "var of a sample": lambda x: np.var(x, ddof=1),
    "norm": lambda x: np.linalg.norm(x),
    "norm by 0": lambda x: np.linalg.vector_norm(x, ord=0),
    "norm by 3": lambda x: np.linalg.vector_norm(x, ord=3),
}


def arrays(dtype: str, shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    if dtype == "bool":
        return np.asarray(rng.random(shape) < 0.5)
    if np.dtype(dtype).kind in "iu":
        return np.asarray(rng.integers(0 if dtype[0] == "u" else -5, 6, shape)).astype(dtype)
    special = rng.random(shape) < rng.choice([0.0, 0.3, 1.0])
    x = np.where(special, rng.choice(SPECIAL, shape), rng.normal(size=shape) * rng.choice([1, 20]))
    return x.astype(dtype)


def check(name: str, f: Callable[..., Any], given: list[Any], layouts: list[Any]) -> None:
    """f of the arrays and f of Tensors of them, both seen in some layout."""
    plain = [view(x) if x.ndim else x for x, view in zip(given, layouts, strict=True)]
    try:
        theirs = f(*plain)
    except (TypeError, ValueError):  # NumPy has no such thing for this type
        return
    tensors = [Tensor(x, requires_grad=x.dtype.kind == "f") for x in given]
    ours = f(*(view(t) if t.ndim else t for t, view in zip(tensors, layouts, strict=True)))
    pairs = zip(ours, theirs, strict=True) if isinstance(theirs, tuple) else [(ours, theirs)]
    for a, b in pairs:
        a, said = a.data, f"{name} of {[(x.dtype, x.shape, x.strides) for x in plain]}"
        np.testing.assert_array_equal(a, b, strict=bool(np.ndim(b)), err_msg=said)
        assert a.dtype == b.dtype, said
        if a.dtype.kind == "f":
            signs = [np.where(np.isnan(x), 0, np.copysign(1, x)) for x in (a, b)]
            np.testing.assert_array_equal(*signs, err_msg=said)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("dtype", DTYPES)
def test_functions_of_one_array(dtype: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape = [(), (1,), (70,), (4, 3), (3, 3, 3), (300,)][seed]
    for name, f in [(f.__name__, f) for f in ONE] + list(OPERATORS.items()):
        x, layout = arrays(dtype, shape, rng), LAYOUTS[rng.integers(len(LAYOUTS))]
        check(name, f, [x], [layout])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("dtype", DTYPES)
def test_functions_of_two_arrays(dtype: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    left, right = [((), ()), ((70,), ()), ((5, 5), (5,)), ((4, 4), (4, 4)), ((1,), (1,))][seed]
    for f in TWO:
        for other in (dtype, str(rng.choice(DTYPES))):
            given = [arrays(dtype, left, rng), arrays(other, right, rng)]
            check(f.__name__, f, given, [LAYOUTS[i] for i in rng.integers(3, size=2)])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("dtype", DTYPES)
def test_functions_over_axes(dtype: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    shape: tuple[int, ...] = [(1,), (60,), (5, 40), (3, 4, 5)][seed]
    for name in OVER + ALONG:
        for axis in [None, *range(len(shape))]:
            if name == "diff" and axis is None:
                continue
            x, layout = arrays(dtype, shape, rng), LAYOUTS[rng.integers(len(LAYOUTS))]
            check(name, lambda x, n=name, a=axis: getattr(np, n)(x, axis=a), [x], [layout])


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize("kind", [None, "stable", "heapsort"])
def test_sort_returns_the_zeros_that_numpy_returns(kind: Any, dtype: str) -> None:
    rng = np.random.default_rng(0)
    for n in range(1, 60):
        x = rng.choice([0.0, -0.0, 1.0, np.nan], size=(n, 7)).astype(dtype)
        check("sort", lambda x: np.sort(x, axis=0, kind=kind), [x], [LAYOUTS[n % len(LAYOUTS)]])


def test_where_numpy_compares_it_is_numbers_but_operators_compare_identity() -> None:
    t, x = Tensor([1.0, 2.0]), np.array([1.0, 3.0])
    assert np.equal(t, x).data.tolist() == [True, False]
    assert np.not_equal(t, 1).data.tolist() == [False, True]
    assert (x == t, x != t, t == x, operator.eq(t, t)) == (False, True, False, True)
    v, w = autograd.Value(1.0), autograd.Value(1.0)
    assert np.equal(v, w)
    assert not np.not_equal(v, 1.0)
    assert [item.data for item in np.equal(v, np.array([1.0, 2.0]))] == [1.0, 0.0]
    assert (np.array([v, w]) == v).tolist() == [True, False]


def test_what_would_have_other_bits_is_refused() -> None:
    with pytest.raises(TypeError, match=r"np\.reciprocal: expected floats.*Write 1 / t"):
        np.reciprocal(Tensor([2, 4]))
    with pytest.raises(TypeError, match=r"np\.logaddexp\.reduce: .*autograd\.logsumexp"):
        np.logaddexp.reduce(Tensor([2.0, 4.0]))


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "bool"])
def test_the_power_0_of_any_matrix_is_the_identity(dtype: str) -> None:
    x = np.array([[1, 2], [3, 4]]).astype(dtype)
    if x.dtype.kind == "f":
        x[0] = np.inf, np.nan
    check("power 0", lambda x: np.linalg.matrix_power(x, 0), [x], [LAYOUTS[0]])
