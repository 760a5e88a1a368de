"""What array operations say to arguments that make no sense, and that odd but valid ones work.

Every row is called with arrays, with tensors with and without a gradient, and with nested lists.
The error must have the right type, start with the name of the operation, tell what was expected and
what came, and show the shape.
"""

from __future__ import annotations

import inspect
import re
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor

SINGULAR = np.linalg.LinAlgError
AXIS = np.exceptions.AxisError
NAN = np.full((2, 2), np.nan)
HUGE = 10**30


def of(*shape: int, dtype: Any = float) -> Any:
    """An array of 1, 2, 3, ... in a shape."""
    return np.arange(1, 1 + int(np.prod(shape))).reshape(shape).astype(dtype)


X, V, ONE, EMPTY = of(2, 3), of(3), of(), of(0, 3)
SEQUENCE = of(3, 4, 2, 2), of(1, 2, 2), of(3, 2, 2), of(3, 2)  # of a GRU
IMAGE, KERNEL = of(1, 2, 5, 5), of(4, 2, 3, 3)
LINE, FILTER = of(1, 1, 5), of(1, 1, 2)

# What is not said otherwise by its type: (operation, error, the calls that raise it).
ROWS: list[tuple[str, type[Exception], list[tuple[Any, ...]]]] = [
    # --- shapes ---
    ("reshape", ValueError, [(X, (4, 2)), (X, (-1, -1)), (X, (-2, 3)), (X, (HUGE,)), (X, 5)]),
    ("reshape", TypeError, [(X, 2.5), (X, (2.0, 3)), (X, "ab"), (X, None)]),
    ("transpose", ValueError, [(X, (0,)), (X, (0, 0))]),
    ("transpose", AXIS, [(X, (0, 5)), (X, (0, -3))]),
    ("transpose", TypeError, [(X, ("a", 1)), (X, (0.0, 1))]),
    ("swapaxes", AXIS, [(X, 0, 2), (X, 0, HUGE), (ONE, 0, 0)]),
    ("swapaxes", TypeError, [(X, 0, 1.5)]),
    ("moveaxis", ValueError, [(X, 0, (0, 1)), (X, (0, 0), (0, 1))]),
    ("moveaxis", AXIS, [(X, 5, 0), (X, 0, -4)]),
    ("squeeze", ValueError, [(X, 0), (of(1, 3), (0, 0)), (of(1, 3), (0, 1))]),
    ("squeeze", AXIS, [(X, 4), (ONE, 0)]),
    ("squeeze", TypeError, [(X, "a")]),
    ("expand_dims", ValueError, [(X, (0, 0))]),
    ("expand_dims", AXIS, [(X, 5), (X, (0, 6))]),
    ("expand_dims", TypeError, [(X, None)]),
    ("broadcast_to", ValueError, [(X, (3, 2)), (X, (-1, 3)), (X, 2), (X, (2, HUGE)), (X, (3,))]),
    ("broadcast_to", TypeError, [(X, (2.0, 3)), (X, None)]),
    ("tile", ValueError, [(X, -1), (X, (1, -2))]),
    ("tile", TypeError, [(X, 1.5), (X, (1, "a"))]),
    ("repeat", ValueError, [(X, -1), (X, [1, 2], 1), (X, [1, -2], 0), (X, [[1, 2]], 0)]),
    ("repeat", AXIS, [(X, 2, 7), (X, 2, -3)]),
    ("repeat", TypeError, [(X, 1.5), (X, "a"), (X, [1.0, 2.0], 0)]),
    # --- arranging ---
    ("concatenate", ValueError, [([],), ([of(2), X],), ([X, of(2, 2)], 0)]),
    ("concatenate", AXIS, [([X], 3), ([ONE, ONE],), ([X, X], -3)]),
    ("concatenate", TypeError, [(5,), ([X], 1.5)]),
    ("stack", ValueError, [([],), ([of(2), V],)]),
    ("stack", AXIS, [([V], 4), ([V, V], -3)]),
    ("stack", TypeError, [(3,), ([V], "a")]),
    ("split", ValueError, [(of(6), 4), (of(6), 0), (of(6), -1)]),
    ("split", AXIS, [(of(6), 2, 3), (ONE, 2)]),
    ("split", TypeError, [(of(6), 1.5), (of(6), [1, "a"])]),
    ("flip", ValueError, [(X, (0, 0))]),
    ("flip", AXIS, [(X, 5)]),
    ("flip", TypeError, [(X, 1.5)]),
    ("roll", ValueError, [(X, (1, 2, 3), (0, 1))]),
    ("roll", AXIS, [(X, 1, 5)]),
    ("roll", TypeError, [(X, 1.5), (X, "a"), (X, (1, 0.5), (0, 1))]),
    ("pad", ValueError, [(X, -1), (X, (1, 2, 3)), (X, ((1, 1),) * 3), (X, 1.5), (X, "a")]),
    ("pad", ValueError, [(X, 1, "nope"), (EMPTY, 1, "edge"), (X, 1, "constant", (1, 2, 3))]),
    ("diagonal", ValueError, [(V,), (X, 0, 0, 0)]),
    ("diagonal", AXIS, [(X, 0, 0, 5)]),
    ("diagonal", TypeError, [(X, 1.5)]),
    ("tril", ValueError, [(V,), (ONE,)]),
    ("tril", TypeError, [(X, 1.5)]),
    ("triu", ValueError, [(V,), (ONE,)]),
    ("triu", TypeError, [(X, None)]),
    # --- positions and indices ---
    ("take", IndexError, [(V, [5]), (V, [-4]), (of(0), [0]), (V, [HUGE // 10**12])]),
    ("take", TypeError, [(V, [0.5]), (V, [True]), (V, "a"), (V, None)]),
    ("take", AXIS, [(V, [0], 3)]),
    ("take", ValueError, [(V, [0], 0, "no")]),
    ("gather", ValueError, [(X, 1, [0]), (X, 0, [[0, 0, 0, 0]])]),
    ("gather", AXIS, [(X, 5, [[0]])]),
    ("gather", IndexError, [(X, 1, [[9]]), (X, 1, [[-4]])]),
    ("gather", TypeError, [(X, 1, [[0.5]])]),
    ("index_add", IndexError, [(V, 5, 1.0), (V, [0.5], 1.0), (V, "a", 1.0), (V, (0, 0), 1.0)]),
    ("index_add", ValueError, [(V, [0, 1], V)]),
    ("index_update", IndexError, [(V, 5, 1.0), (V, [0.5], 1.0), (V, np.array([True, False]), 1.0)]),
    ("index_update", ValueError, [(V, [0, 1], V)]),
    ("index_update", TypeError, [(V, 0, "a")]),
    # --- order ---
    ("sort", AXIS, [(V, 2), (ONE,)]),
    ("sort", TypeError, [(V, 1.5)]),
    ("argsort", AXIS, [(V, 2), (ONE,)]),
    ("argsort", ValueError, [(V, -1, "bad")]),
    ("argmax", ValueError, [(of(0),), (EMPTY, 0)]),
    ("argmax", AXIS, [(V, 4)]),
    ("argmax", TypeError, [(V, (0,))]),
    ("argmin", ValueError, [(of(0),), (EMPTY, 0)]),
    ("topk", ValueError, [(V, 5), (V, -1)]),
    ("topk", AXIS, [(V, 1, 2), (ONE, 1)]),
    ("topk", TypeError, [(V, 1.5), (V, None)]),
    # --- linear algebra ---
    ("inv", ValueError, [(X,), (V,), (ONE,)]),
    ("inv", SINGULAR, [(np.zeros((2, 2)),), (np.zeros((3, 2, 2)),)]),
    ("det", ValueError, [(X,), (V,)]),
    ("slogdet", ValueError, [(X,), (V,)]),
    ("solve", ValueError, [(X, V), (np.eye(2), V), (np.eye(2), ONE)]),
    ("solve", ValueError, [(np.stack([np.eye(2)] * 3), of(4, 2, 1))]),
    ("solve", SINGULAR, [(np.zeros((2, 2)), of(2))]),
    ("cholesky", ValueError, [(X,), (V,)]),
    ("cholesky", SINGULAR, [(-np.eye(2),)]),
    ("eigh", ValueError, [(X,), (np.eye(2), "Q"), (np.eye(2), 3)]),
    ("svd", ValueError, [(V,), (ONE,)]),
    ("svd", SINGULAR, [(NAN,), (NAN, False)]),
    ("svdvals", ValueError, [(V,)]),
    ("svdvals", SINGULAR, [(NAN,)]),
    ("qr", ValueError, [(V,), (X, "complete"), (X, 1)]),
    ("pinv", ValueError, [(V,), (X, None, True)]),
    ("pinv", SINGULAR, [(NAN,)]),
    ("pinv", TypeError, [(np.eye(2), "a")]),
    ("matrix_power", ValueError, [(X, 2), (V, 2)]),
    ("matrix_power", TypeError, [(np.eye(2), 1.5)]),
    ("matrix_power", SINGULAR, [(np.zeros((2, 2)), -1)]),
    ("norm", ValueError, [(X, "x"), (X, 3), (V, "fro"), (X, 2, (0, 0)), (of(0), -np.inf)]),
    ("norm", AXIS, [(X, 2, 5), (X, "nuc", (0, 2))]),
    ("norm", TypeError, [(X, None, "a"), (X, 2, (0, 1.5))]),
    ("matrix_norm", ValueError, [(X, 3), (X, None), (X, "x"), (X, 2, 0), (X, 2, (0, 0))]),
    ("matrix_norm", ValueError, [(EMPTY, -2), (EMPTY, -np.inf), (EMPTY.T, -1)]),
    ("matrix_norm", AXIS, [(V,), (X, 1, (0, 2))]),
    ("vector_norm", ValueError, [(V, "fro"), (of(0), -np.inf), (V, 2, (0, 0))]),
    ("vector_norm", AXIS, [(V, 2, 4)]),
    # --- contractions ---
    ("matmul", ValueError, [(X, X), (ONE, V), (of(2, 2, 3), of(3, 3, 2)), (of(2), V)]),
    ("dot", ValueError, [(X, X), (of(2), V), (of(2, 3, 4), of(2, 3, 4))]),
    ("tensordot", ValueError, [(X, X, 1), (X, X, ([0], [0, 1])), (X, X, ([0, 0], [0, 0]))]),
    ("tensordot", ValueError, [(X, X, -1), (X, X, (1,))]),
    ("tensordot", AXIS, [(X, X, 5), (X, X, ([5], [0]))]),
    ("tensordot", TypeError, [(X, X, 1.5), (X, X, "a")]),
    ("einsum", ValueError, [("ij", V), ("ij,jk", X), ("ij,jk->ik", X, X), ("ij->k", X)]),
    ("einsum", ValueError, [("ii", X), ("i$", X), ("ij->ii", X), ("ij->ij->i", X), ("ij", X, X)]),
    ("einsum", TypeError, [(3, V), (None, V)]),
    ("trace", ValueError, [(V,), (X, 0, 0, 0)]),
    ("trace", AXIS, [(X, 0, 0, 7)]),
    ("trace", TypeError, [(X, 1.5)]),
    ("linear", ValueError, [(X, of(2, 2)), (ONE, X), (X, V), (X, X, V), (X, X, ONE)]),
    ("vecdot", ValueError, [(of(2), V), (X, of(5, 3))]),
    ("vecdot", AXIS, [(V, V, 3), (ONE, ONE)]),
    ("vdot", ValueError, [(of(2), V)]),
    ("inner", ValueError, [(of(2), V)]),
    # --- convolution ---
    ("conv1d", ValueError, [(of(1, 2, 5), of(1, 3, 2)), (of(5), FILTER), (ONE, ONE)]),
    ("conv1d", ValueError, [(FILTER, LINE), (LINE, FILTER, None, 0), (LINE, FILTER, None, 1, -1)]),
    ("conv1d", ValueError, [(LINE, FILTER, None, 1, 0, 0), (LINE, FILTER, None, 1, 0, 1, 0)]),
    ("conv1d", ValueError, [(LINE, of(1, 1, 0)), (LINE, FILTER, V), (LINE, FILTER, None, (1, 2))]),
    ("conv1d", ValueError, [(LINE, FILTER, None, 2, "same"), (LINE, FILTER, None, 1, "full")]),
    ("conv1d", TypeError, [(LINE, FILTER, None, 1.5), (LINE, FILTER, None, 1, 0, 1, 0.5)]),
    ("conv2d", ValueError, [(IMAGE, of(4, 3, 3, 3)), (of(2, 2), KERNEL), (IMAGE, of(1, 2, 9, 9))]),
    ("conv2d", ValueError, [(IMAGE, of(3, 1, 3, 3), None, 1, 0, 1, 2), (IMAGE, V)]),
    ("conv2d", TypeError, [(IMAGE, KERNEL, None, "a"), (IMAGE, KERNEL, None, None)]),
    ("max_pool2d", ValueError, [(of(2, 2), 2), (IMAGE, 6), (IMAGE, 0), (IMAGE, 2, 0)]),
    ("max_pool2d", ValueError, [(IMAGE, 2, 1, 2), (IMAGE, 2, 1, 0, 0), (IMAGE, (1, 2, 3))]),
    ("max_pool2d", ValueError, [(of(1, 0, 2), 1), (IMAGE, 3, 1, -1)]),
    ("max_pool2d", TypeError, [(IMAGE, 1.5), (IMAGE, None)]),
    ("avg_pool2d", ValueError, [(of(2, 2), 2), (IMAGE, 6), (IMAGE, 2, 1, 0, False, True, 0)]),
    ("avg_pool2d", TypeError, [(IMAGE, "a")]),
    ("max_pool1d", ValueError, [(IMAGE, 2), (LINE, 6), (LINE, 2, 1, 2), (LINE, (1, 2))]),
    ("max_pool1d", TypeError, [(LINE, 1.5)]),
    ("avg_pool1d", ValueError, [(IMAGE, 2), (LINE, 6), (LINE, 2, 1, 2), (LINE, 2, 0)]),
    ("avg_pool1d", TypeError, [(LINE, "a")]),
    ("softmax_cross_entropy", ValueError, [(X, [0, 5]), (X, [0, -1]), (X, [0, 1, 2])]),
    ("recurrent", ValueError, [("gpu", X, X, X, X), (["gru"], X, X, X, X), ("gru", X, X, X, X)]),
    ("recurrent", ValueError, [("gru", *SEQUENCE[:3], of(2, 2)), ("lstm", *SEQUENCE)]),
    ("standardize", np.exceptions.AxisError, [(X, 5)]),
    ("standardize", ValueError, [(X, (0, 0))]),
    ("softmax_cross_entropy", TypeError, [(X, [0.5, 1.0])]),
    ("binary_cross_entropy", ValueError, [(X, V), (V, 1.0)]),
    # --- along axes ---
    ("sum", AXIS, [(X, 5), (X, (0, -3))]),
    ("sum", ValueError, [(X, (0, 0)), (X, (1, -1))]),
    ("sum", TypeError, [(X, "a"), (X, 1.5)]),
    ("max", ValueError, [(of(0),), (EMPTY, 0), (X, (0, 0))]),
    ("max", AXIS, [(X, 5)]),
    ("min", ValueError, [(of(0),), (EMPTY, 0)]),
    ("logsumexp", ValueError, [(X, (0, 0))]),
    ("logsumexp", AXIS, [(X, 5)]),
    ("logsumexp", TypeError, [(X, "a")]),
    ("prod", ValueError, [(X, (0, 0))]),
    ("prod", AXIS, [(X, 5)]),
    ("prod", TypeError, [(X, 1.5)]),
    ("cumsum", AXIS, [(X, 5)]),
    ("cumsum", TypeError, [(X, "a")]),
    ("cumprod", AXIS, [(X, -3)]),
    ("softmax", ValueError, [(of(0),), (X, (0, 0))]),
    ("softmax", AXIS, [(X, 5)]),
    ("log_softmax", ValueError, [(of(0),)]),
    ("log_softmax", AXIS, [(X, 5)]),
    ("mean", AXIS, [(X, 5)]),
    ("mean", TypeError, [(5,), (X, "a")]),
    ("var", AXIS, [(X, 5)]),
    ("var", ValueError, [(X, 0, 1, False, 1)]),
    ("std", AXIS, [(X, 5)]),
    ("std", ValueError, [(X, 0, 1, False, 1)]),
    ("std", TypeError, [(5,)]),
]

# How many of the first arguments are arrays; the others are settings.
ARRAYS = {"matmul": 2, "dot": 2, "tensordot": 2, "vecdot": 2, "vdot": 2, "inner": 2, "solve": 2}
ARRAYS |= {"recurrent": 5, "linear": 3, "conv1d": 3, "conv2d": 3, "einsum": 3}

FORMS = {
    "array": lambda x: x,
    "parameter": lambda x: Tensor(x, requires_grad=True),
    "tensor": Tensor,
    "list": lambda x: x.tolist(),
    "strides": lambda x: np.repeat(np.flip(x), 2, axis=-1)[..., ::-2] if x.ndim else x,
}


def formed(name: str, args: tuple[Any, ...], form: str) -> list[Any]:
    def one(x: Any) -> Any:
        if isinstance(x, list):
            return [one(item) for item in x]
        return FORMS[form](x) if isinstance(x, np.ndarray) and x.dtype.kind != "b" else x

    count = ARRAYS.get(name, 1)
    return [one(x) if i < count else x for i, x in enumerate(args)]


def survives(args: tuple[Any, ...], form: str) -> bool:
    """Whether it is the same array in this form: a list has lost the shape (0, 3)."""
    arrays = [x for x in args if isinstance(x, np.ndarray)]
    return form != "list" or all(np.shape(x.tolist()) == x.shape for x in arrays)


CALLS = [
    pytest.param(name, error, args, form, id=f"{name}-{error.__name__}-{k}{n}-{form}")
    for k, (name, error, calls) in enumerate(ROWS)
    for n, args in enumerate(calls)
    for form in FORMS
    if survives(args, form)
]


@pytest.mark.parametrize(("name", "error", "args", "form"), CALLS)
def test_the_error_names_the_operation_and_what_came(
    name: str, error: type[Exception], args: tuple[Any, ...], form: str
) -> None:
    with pytest.raises(error) as caught:
        getattr(autograd, name)(*formed(name, args, form))
    text = str(caught.value)
    assert type(caught.value) is error
    assert text.startswith(f"{name}: ")
    assert re.search(r"expected .*, got |inner sizes differ", text, re.DOTALL), text
    assert text[-1] not in ":, "


def test_every_array_operation_has_a_row() -> None:
    """All exported functions, but for those that take any array of numbers."""
    anything = {"ravel", "permute", "outer", "kron", "leaky_relu", "elu", "clip", "stop_gradient"}
    public = {n for n in autograd.ops.__all__ if inspect.isfunction(getattr(autograd, n))}
    assert public - anything <= {name for name, _, _ in ROWS}


@pytest.mark.parametrize(
    ("name", "args", "says"),
    [
        ("reshape", (X, (4, 2)), r"6 elements of shape \(2, 3\), got \(4, 2\)"),
        ("transpose", (X, (0, 5)), r"axes from -2 to 1 for shape \(2, 3\), got axis 5"),
        ("stack", ([of(2), V],), r"got \(2,\), \(3,\)\. .* use concatenate"),
        ("take", (V, [5]), r"shape \(3,\), got .*5.* out of bounds"),
        ("solve", (np.eye(2), V), r"b with 2 rows .* got b of shape \(3,\)"),
        ("inv", (np.zeros((2, 2)),), r"shapes \(2, 2\), got Singular matrix\. .*use pinv"),
        ("matrix_power", (np.zeros((2, 2)), -1), r"got Singular matrix\. Add a little"),
        (
            "conv2d",
            (IMAGE, of(1, 2, 9, 9)),
            r"at most \(5, 5\), the padded size, got one of \(9, 9\)",
        ),
        ("conv2d", (IMAGE, of(4, 3, 3, 3)), r"input \(1, 2, 5, 5\), weight \(4, 3, 3, 3\)"),
        ("max", (EMPTY, 0), r"at least one element, got shape \(0, 3\), axis 0"),
        ("sum", (X, (1, -1)), r"each axis once, got axes \(1, -1\) for shape \(2, 3\)"),
        ("sum", (ONE, 3), r"no axis for a single number, got axis 3"),
        ("norm", (X, 3), r"got axes \(0, 1\) of shape \(2, 3\) and ord=3\. .*vector_norm"),
        ("dot", (of(2), V), r"inner sizes differ: \(2,\) @ \(3,\); 2 ≠ 3"),
    ],
)
def test_the_facts_are_in_the_message(name: str, args: Any, says: str) -> None:
    with pytest.raises((ValueError, IndexError, SINGULAR), match=says):
        getattr(autograd, name)(*args)


@pytest.mark.parametrize("name", ["inv", "det", "cholesky", "eigh", "svd", "qr", "pinv", "solve"])
@pytest.mark.parametrize("dtype", [np.float16, np.longdouble, complex])
def test_linear_algebra_refuses_numbers_that_lapack_lacks(name: str, dtype: Any) -> None:
    x = np.eye(2, dtype=dtype)
    args = (x, np.ones(2)) if name == "solve" else (x,)
    with pytest.raises(TypeError, match=f"^{name}: expected float32 or float64, got .*astype"):
        getattr(autograd, name)(*args)


# --- errors of a backward pass ------------------------------------------------------------------


@pytest.mark.parametrize("compiled", [False, True])
def test_a_pseudo_inverse_that_drops_more_than_zeros_has_no_derivative(compiled: bool) -> None:
    """The rank-deficient one has; of the other it would be wrong in the second digit."""

    def f(x: Any) -> Any:
        return autograd.pinv(x, 0.3)

    x = np.stack([np.diag([3.0, 1.5, 0.2]) + 0.1, np.diag([3.0, 1.5, 0.0])])
    np.testing.assert_array_equal(f(x), np.linalg.pinv(x, 0.3))
    ways: list[Any] = [
        autograd.grad(lambda x: f(x).sum()),
        lambda x: autograd.jvp(f, (x,), (np.ones(x.shape),)),
    ]
    for way in map(autograd.compile, ways[:1]) if compiled else ways:
        with pytest.raises(ValueError, match=r"^pinv: .* got rcond=0\.3, which drops 0\.2"):
            way(x)
        way(x[1:])


def test_a_loss_that_depends_on_how_a_basis_is_completed_has_no_gradient() -> None:
    x = Tensor(np.random.default_rng(0).normal(size=(4, 2)), requires_grad=True)
    u, s, _ = autograd.svd(x)
    with pytest.raises(
        ValueError, match=r"^svd: .* how the basis is completed, got .* last 2 .* 4"
    ):
        (u * of(4, 4)).sum().backward()
    assert x.grad is None
    s.sum().backward()
    assert x.grad is not None


def test_qr_of_dependent_columns_has_no_gradient() -> None:
    x = Tensor(np.ones((3, 2)) * [1.0, 0.0], requires_grad=True)
    with pytest.raises(SINGULAR, match=r"^qr: .* got Singular matrix\. .* depend on each other"):
        autograd.qr(x).Q.sum().backward()


def test_the_logarithm_of_a_zero_determinant_has_no_gradient() -> None:
    x = Tensor(np.zeros((2, 2)), requires_grad=True)
    with pytest.raises(SINGULAR, match=r"^slogdet: .* use det"):
        autograd.slogdet(x).logabsdet.backward()


# --- odd but valid ------------------------------------------------------------------------------

UNARY = {
    "reshape": ((6,),),
    "transpose": (),
    "flip": (),
    "roll": (1,),
    "tile": ((2, 1),),
    "repeat": (2,),
    "cumsum": (0,),
    "sum": (0,),
    "max": (0,),
    "sort": (0,),
    "argsort": (0,),
    "argmax": (0,),
    "mean": (0,),
    "std": (0,),
    "prod": (1,),
    "diagonal": (),
    "tril": (),
    "take": ([0, 2], 1),
    "pad": (1,),
}


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize(
    "x",
    [
        np.array([[3, 1, 2], [6, 5, 4]]),
        np.array([[3, 1, 2], [6, 5, 4]], dtype=np.uint8),
        np.array([[True, False, True], [False, False, True]]),
        np.array([[3, 1, 2], [6, 5, 4]], dtype=np.float16),
        np.asfortranarray(of(2, 3)),
        of(4, 6)[::-2, ::-2],
        np.broadcast_to(of(3), (2, 3)),
    ],
    ids=["integers", "unsigned", "booleans", "float16", "Fortran", "strides", "read-only"],
)
def test_any_kind_of_array_is_as_in_numpy(name: str, x: Any) -> None:
    expected = getattr(np, name)(x, *UNARY[name])
    ours = getattr(autograd, name)(x, *UNARY[name])
    np.testing.assert_array_equal(ours, expected)
    of_tensor = getattr(autograd, name)(Tensor(x), *UNARY[name])
    np.testing.assert_array_equal(of_tensor.data, expected)
    assert np.asarray(ours).dtype == of_tensor.dtype == expected.dtype


@pytest.mark.parametrize(
    "call",
    [
        lambda x: autograd.reshape(x, (3, 0)),
        lambda x: autograd.concatenate([x, x]),
        lambda x: autograd.sort(x, descending=True),
        lambda x: autograd.topk(x, 2).values,
        lambda x: autograd.matmul(x, np.ones((3, 2))),
        lambda x: autograd.matmul(np.ones((2, 0)), x),
        lambda x: autograd.einsum("ij->j", x),
        lambda x: autograd.svd(x).Vh,
        lambda x: autograd.svd(x, full_matrices=False).U,
        lambda x: autograd.qr(x).R,
        lambda x: autograd.pinv(x),
        lambda x: autograd.det(x[:, :0]),
        lambda x: autograd.inv(x[:, :0]),
        lambda x: autograd.eigh(x[:, :0]).eigenvectors,
        lambda x: autograd.solve(x[:, :0], x),
        lambda x: autograd.norm(x),
        lambda x: autograd.norm(x, "nuc"),
        lambda x: autograd.pad(x, 1),
        lambda x: autograd.cumprod(x, 1),
        lambda x: autograd.softmax(x),
        lambda x: autograd.conv1d(autograd.reshape(x, (0, 1, 3)), np.ones((2, 1, 2))),
        lambda x: autograd.max_pool2d(autograd.reshape(x, (0, 1, 1, 3)), (1, 2)),
    ],
)
def test_nothing_has_a_gradient_of_nothing(call: Any) -> None:
    x = Tensor(np.zeros((0, 3)), requires_grad=True)
    out = call(x)
    out.backward(np.ones(out.shape))
    assert x.grad is not None
    assert x.grad.shape == (0, 3)


def test_numbers_of_numpy_are_good_settings() -> None:
    two, zero = np.int64(2), np.array(0)
    assert autograd.reshape(X, (two, -1)).shape == (2, 3)
    assert autograd.sum(X, axis=np.int8(1)).shape == (2,)
    assert autograd.repeat(X, two, axis=zero).shape == (4, 3)
    assert autograd.expand_dims(X, zero).shape == (1, 2, 3)
    assert autograd.conv1d(LINE, FILTER, stride=two).shape == (1, 1, 2)


def test_max_pooling_of_integers_keeps_them() -> None:
    x = np.arange(-9, 0).reshape(1, 3, 3)
    out = autograd.max_pool2d(x, 2, stride=1, padding=1)
    assert out.dtype == x.dtype
    assert out[0, 0, 0] == -9
