"""The methods of Tensor: each is the function it names, and means what NumPy or PyTorch mean."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, ops
from autograd.arrays import masks
from autograd.arrays.methods import ArrayMethods
from autograd.arrays.shapes import ShapeMethods
from autograd.operators import Operators

RNG = np.random.default_rng(0)
X = RNG.normal(size=(2, 3, 4))
M = RNG.normal(size=(3, 3)) + 3 * np.eye(3)
POSITIVE = RNG.uniform(0.2, 0.8, size=(2, 3))
INDEX = np.array([[[0, 2, 1, 1]], [[2, 0, 0, 1]]])
MASK = X > 0
W = RNG.normal(size=(4, 5))

Case = tuple[np.ndarray[Any, Any], Callable[..., Any], Callable[..., Any]]

# The method, and the function that it must be: equal in value and in gradient.
METHODS: dict[str, Case] = {
    "sum": (X, lambda t: t.sum(1, True), lambda t: ops.sum(t, axis=1, keepdims=True)),
    "prod": (X, lambda t: t.prod(-1), lambda t: ops.prod(t, -1)),
    "mean": (X, lambda t: t.mean((0, 2)), lambda t: autograd.mean(t, (0, 2))),
    "var": (X, lambda t: t.var(0, ddof=1), lambda t: autograd.var(t, 0, ddof=1)),
    "std": (X, lambda t: t.std(), autograd.std),
    "norm": (X, lambda t: t.norm(1, axis=0), lambda t: autograd.norm(t, 1, 0)),
    "max": (X, lambda t: t.max(axis=1), lambda t: ops.max(t, axis=1)),
    "min": (X, lambda t: t.min(), ops.min),
    "amax": (X, lambda t: t.amax(2), lambda t: ops.max(t, axis=2)),
    "amin": (X, lambda t: t.amin(2), lambda t: ops.min(t, axis=2)),
    "logsumexp": (X, lambda t: t.logsumexp(1), lambda t: ops.logsumexp(t, axis=1)),
    "any": (X, lambda t: (t > 1).any(1), lambda t: masks.any(t > 1, 1)),
    "all": (X, lambda t: (t > -1).all(1), lambda t: masks.all(t > -1, 1)),
    "cumsum": (X, lambda t: t.cumsum(1), lambda t: ops.cumsum(t, 1)),
    "cumprod": (X, lambda t: t.cumprod(1), lambda t: ops.cumprod(t, 1)),
    "softmax": (X, lambda t: t.softmax(1), lambda t: ops.softmax(t, 1)),
    "log_softmax": (X, lambda t: t.log_softmax(), ops.log_softmax),
    "sort": (X, lambda t: t.sort(1), lambda t: ops.sort(t, 1)),
    "argsort": (X, lambda t: t.argsort(1), lambda t: ops.argsort(t, 1)),
    "argmax": (X, lambda t: t.argmax(1), lambda t: ops.argmax(t, 1)),
    "argmin": (X, lambda t: t.argmin(), ops.argmin),
    "topk": (X, lambda t: t.topk(2, 1)[0], lambda t: ops.topk(t, 2, 1).values),
    "matmul": (X, lambda t: t.matmul(W), lambda t: ops.matmul(t, W)),
    "__matmul__": (X, lambda t: t @ W, lambda t: ops.matmul(t, W)),
    "__rmatmul__": (X, lambda t: W.T @ t.mT, lambda t: ops.matmul(W.T, ops.swapaxes(t, 1, 2))),
    "dot": (X, lambda t: t.dot(W), lambda t: ops.product(t, W)),
    "outer": (M, lambda t: t.outer(W), lambda t: ops.outer(t, W)),
    "trace": (M, lambda t: t.trace(1), lambda t: ops.trace(t, 1)),
    "det": (M, lambda t: t.det(), ops.det),
    "inv": (M, lambda t: t.inv(), ops.inv),
    "pow": (POSITIVE, lambda t: t.pow(3), lambda t: ops.power(t, 3)),
    "elu": (X, lambda t: t.elu(0.5), lambda t: ops.elu(t, 0.5)),
    "clip": (X, lambda t: t.clip(-0.5, max=0.5), lambda t: ops.clip(t, -0.5, 0.5)),
    "clamp": (X, lambda t: t.clamp(min=-0.5), lambda t: ops.clip(t, -0.5)),
    "absolute": (X, lambda t: t.absolute(), ops.abs),
    "negative": (X, lambda t: t.negative(), ops.neg),
    "reshape": (X, lambda t: t.reshape(6, -1), lambda t: ops.reshape(t, (6, 4))),
    "view": (X, lambda t: t.view((4, 6)), lambda t: ops.reshape(t, (4, 6))),
    "ravel": (X, lambda t: t.ravel(), ops.ravel),
    "flatten": (X, lambda t: t.flatten(1), lambda t: ops.reshape(t, (2, 12))),
    "squeeze": (X[:, :1], lambda t: t.squeeze(1), lambda t: ops.squeeze(t, 1)),
    "expand_dims": (X, lambda t: t.expand_dims((0, 2)), lambda t: ops.expand_dims(t, (0, 2))),
    "unsqueeze": (X, lambda t: t.unsqueeze(-1), lambda t: ops.expand_dims(t, -1)),
    "T": (X, lambda t: t.T, ops.transpose),
    "mT": (X, lambda t: t.mT, lambda t: ops.swapaxes(t, 1, 2)),
    "transpose": (X, lambda t: t.transpose(2, 0, 1), lambda t: ops.transpose(t, (2, 0, 1))),
    "permute": (X, lambda t: t.permute((1, 2, 0)), lambda t: ops.permute(t, (1, 2, 0))),
    "swapaxes": (X, lambda t: t.swapaxes(0, 2), lambda t: ops.swapaxes(t, 0, 2)),
    "moveaxis": (X, lambda t: t.moveaxis(0, -1), lambda t: ops.moveaxis(t, 0, -1)),
    "broadcast_to": (
        X,
        lambda t: t.broadcast_to((5, 2, 3, 4)),
        lambda t: ops.broadcast_to(t, (5, 2, 3, 4)),
    ),
    "expand": (M, lambda t: t.expand(2, -1, -1), lambda t: ops.broadcast_to(t, (2, 3, 3))),
    "repeat": (X, lambda t: t.repeat(2, 1), lambda t: ops.repeat(t, 2, 1)),
    "tile": (X, lambda t: t.tile(2, 1, 3), lambda t: ops.tile(t, (2, 1, 3))),
    "flip": (X, lambda t: t.flip(0, 2), lambda t: ops.flip(t, (0, 2))),
    "roll": (X, lambda t: t.roll(1, 2), lambda t: ops.roll(t, 1, 2)),
    "diagonal": (X, lambda t: t.diagonal(1, 1, 2), lambda t: ops.diagonal(t, 1, 1, 2)),
    "tril": (M, lambda t: t.tril(-1), lambda t: ops.tril(t, -1)),
    "triu": (M, lambda t: t.triu(1), lambda t: ops.triu(t, 1)),
    "split": (X, lambda t: t.split([1], 1)[1], lambda t: ops.split(t, [1], 1)[1]),
    "take": (X, lambda t: t.take([1, 1, 0], 1), lambda t: ops.take(t, [1, 1, 0], 1)),
    "gather": (X, lambda t: t.gather(1, INDEX), lambda t: ops.gather(t, 1, INDEX)),
    "masked_fill": (X, lambda t: t.masked_fill(MASK, 7), lambda t: ops.where(MASK, 7, t)),
    "__getitem__": (X, lambda t: t[1, ::2], lambda t: ops.getitem(t, (1, slice(None, None, 2)))),
    "__iter__": (X, lambda t: list(t)[1], lambda t: ops.getitem(t, 1)),
    "__and__": (
        X,
        lambda t: (t > 0) & (t < 1),
        lambda t: masks.logical_and(ops.greater(t, 0), ops.less(t, 1)),
    ),
    "__rand__": (X, lambda t: MASK & (t < 1), lambda t: masks.logical_and(MASK, ops.less(t, 1))),
    "__or__": (X, lambda t: (t > 1) | MASK, lambda t: masks.logical_or(ops.greater(t, 1), MASK)),
    "__ror__": (X, lambda t: MASK | (t > 1), lambda t: masks.logical_or(MASK, ops.greater(t, 1))),
    "__xor__": (X, lambda t: (t > 1) ^ MASK, lambda t: ops.not_equal(ops.greater(t, 1), MASK)),
    "__rxor__": (X, lambda t: MASK ^ (t > 1), lambda t: ops.not_equal(ops.greater(t, 1), MASK)),
    "__invert__": (X, lambda t: ~(t > 1), lambda t: ops.less_equal(t, 1)),
    "arctan2": (X, lambda t: t.arctan2(2.0), lambda t: ops.arctan2(t, 2.0)),
    "hypot": (X, lambda t: t.hypot(2.0), lambda t: ops.hypot(t, 2.0)),
    "astype": (X, lambda t: t.astype("f4"), lambda t: ops.cast(t, np.float32)),
    "to": (X, lambda t: t.to(int), lambda t: ops.cast(t, int)),
    "float": (X, lambda t: t.float(), lambda t: ops.cast(t, np.float32)),
    "double": (X, lambda t: t.double(), lambda t: ops.cast(t, np.float64)),
    "copy": (X, lambda t: t.copy(), lambda t: t * 1),
    "clone": (X, lambda t: t.clone(), lambda t: t * 1),
}
UNARY = [
    "square",
    "reciprocal",
    "log1p",
    "log2",
    "log10",
    "exp2",
    "expm1",
    "arcsin",
    "arccos",
    "arctan",
    "sinh",
    "cosh",
    "arcsinh",
    "arctanh",
    "erf",
    "erfc",
    "silu",
    "floor",
    "ceil",
]
METHODS |= {
    name: (POSITIVE, lambda t, name=name: getattr(t, name)(), getattr(ops, name)) for name in UNARY
}
METHODS["arccosh"] = (POSITIVE + 1, lambda t: t.arccosh(), ops.arccosh)
SHORT = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh"}
SHORT |= {"acosh": "arccosh", "atanh": "arctanh"}
METHODS |= {
    short: (METHODS[full][0], lambda t, short=short: getattr(t, short)(), getattr(ops, full))
    for short, full in SHORT.items()
}
# What is not a function of the graph, tested on its own below.
PLAIN = {
    "data",
    "shape",
    "ndim",
    "size",
    "dtype",
    "nbytes",
    "dim",
    "numel",
    "numpy",
    "tolist",
    "item",
    "requires_grad",
    "__len__",
    "__contains__",
    "__setitem__",
    "__delitem__",
    "__bool__",
    "__float__",
    "__int__",
    "__index__",
    "__round__",
    "__complex__",
    "__format__",
    "_only",
    "_plain",
}


def leaf(x: Any) -> Tensor:
    return Tensor(np.array(x), requires_grad=True)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_is_its_function(name: str) -> None:
    x, method, function = METHODS[name]
    a, b = leaf(x), leaf(x)
    ours, theirs = method(a), function(b)
    np.testing.assert_array_equal(ours.data, theirs.data)
    assert ours.dtype == theirs.dtype
    assert ours.requires_grad == theirs.requires_grad
    if theirs.requires_grad:
        g = RNG.normal(size=theirs.shape)
        ours.backward(g)
        theirs.backward(g)
        np.testing.assert_array_equal(a.grad, b.grad)


def test_every_method_is_tested() -> None:
    own = {n for kind in (ArrayMethods, ShapeMethods) for n in vars(kind)} - set(vars(Operators))
    own -= {"__module__", "__doc__", "__slots__", "__annotations__"}
    own -= {"__static_attributes__", "__firstlineno__"}  # of later Pythons
    assert own - PLAIN - set(METHODS) == set()
    assert (PLAIN | set(METHODS)) - own <= {"data", "requires_grad", *vars(Operators)}


# NumPy's methods by the same name, with NumPy's arguments, give NumPy's numbers.
NUMPY: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("sum", (), {"axis": (0, -1), "keepdims": True}),
    ("prod", (1,), {}),
    ("mean", (), {"axis": 2}),
    ("var", (), {"axis": 1, "ddof": 1}),
    ("std", (0,), {}),
    ("max", (1,), {}),
    ("min", (), {"axis": 0, "keepdims": True}),
    ("any", (1,), {}),
    ("all", (), {"axis": 2}),
    ("cumsum", (), {}),
    ("cumprod", (2,), {}),
    ("argmax", (1,), {}),
    ("argmin", (), {"axis": 0}),
    ("argsort", (), {"axis": 1}),
    ("reshape", (4, 6), {}),
    ("reshape", ((4, -1),), {}),
    ("transpose", (), {}),
    ("transpose", ((1, 0, 2),), {}),
    ("transpose", (1, 0, 2), {}),
    ("swapaxes", (0, 1), {}),
    ("ravel", (), {}),
    ("flatten", (), {}),
    ("squeeze", (), {}),
    ("repeat", (2,), {}),
    ("repeat", ([1, 2, 0],), {"axis": 1}),
    ("diagonal", (), {"axis1": 1, "axis2": 2}),
    ("trace", (1,), {}),
    ("take", ([0, 5],), {}),
    ("clip", (-0.5, 0.5), {}),
    ("clip", (), {"min": 0.0}),
    ("dot", (W,), {}),
    ("astype", (np.float32,), {}),
    ("tolist", (), {}),
]


@pytest.mark.parametrize(("name", "args", "kwargs"), NUMPY)
def test_numpys_methods_give_numpys_numbers(name: str, args: Any, kwargs: Any) -> None:
    ours = getattr(leaf(X), name)(*args, **kwargs)
    theirs = getattr(X, name)(*args, **kwargs)
    ours = ours.data if isinstance(ours, Tensor) else ours
    np.testing.assert_array_equal(ours, theirs)
    assert np.asarray(ours).dtype == np.asarray(theirs).dtype


# Lines that a PyTorch user types; both libraries run the same line.
TORCH: list[Callable[..., Any]] = [
    lambda t: t.sum(dim=1, keepdim=True),
    lambda t: t.sum((0, 2)),
    lambda t: t.mean([0, 2]),
    lambda t: t.mean(-1, True),
    lambda t: t.var(dim=1, correction=0),
    lambda t: t.var(0, unbiased=True),
    lambda t: t.var(1, False, True),
    lambda t: t.std(dim=0, correction=1, keepdim=True),
    lambda t: t.norm(),
    lambda t: t.norm(p=1, dim=1),
    lambda t: t.norm(2, -1, True),
    lambda t: t.amax(dim=(0, 1)),
    lambda t: t.amin(1, keepdim=True),
    lambda t: t.max(),
    lambda t: t.logsumexp(dim=1),
    lambda t: t.cumsum(dim=0),
    lambda t: t.cumprod(1),
    lambda t: t.softmax(dim=-1),
    lambda t: t.log_softmax(1),
    lambda t: t.argmax(dim=1, keepdim=True),
    lambda t: t.argsort(dim=1),
    lambda t: t.topk(2, dim=1)[0],
    lambda t: t.topk(2, largest=False)[1],
    lambda t: t.view(-1),
    lambda t: t.view(3, -1),
    lambda t: t.flatten(),
    lambda t: t.flatten(1),
    lambda t: t.flatten(0, 1),
    lambda t: t.flatten(start_dim=1, end_dim=2),
    lambda t: t.permute(2, 0, 1),
    lambda t: t.transpose(0, 1),
    lambda t: t.transpose(-2, -1),
    lambda t: t.transpose(dim0=0, dim1=2),
    lambda t: t[0].transpose(1, 0),
    lambda t: t.unsqueeze(0),
    lambda t: t.unsqueeze(0).squeeze(dim=0),
    lambda t: t[:, :1].expand(2, 3, 4),
    lambda t: t[:, :1].expand(-1, 3, -1),
    lambda t: t.tile(2, 1, 1),
    lambda t: t.flip(0, 1),
    lambda t: t.flip(dims=(2,)),
    lambda t: t.roll(1, 0),
    lambda t: t.tril(1),
    lambda t: t.clamp(min=0),
    lambda t: t.clamp(-1, 1),
    lambda t: t.masked_fill(t < 0, 0.0),
    lambda t: t.abs().pow(2.5),
    lambda t: t.square().log1p(),
    lambda t: t.where(t > 0, 0 * t),
    lambda t: (t > 0).any(dim=1),
    lambda t: ((t > 0) & ~(t > 1)).all(),
    lambda t: t.double().clone(),
    lambda t: t.relu() + t.sigmoid() - t.tanh(),
]


@pytest.mark.parametrize("number", range(len(TORCH)))
def test_pytorch_habits(number: int) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    line = TORCH[number]
    t, u = leaf(X), torch.tensor(X, requires_grad=True)
    ours, theirs = line(t), line(u)
    assert ours.shape == tuple(theirs.shape)
    np.testing.assert_allclose(ours.data, theirs.detach().numpy(), rtol=1e-12)
    if theirs.requires_grad:
        g = RNG.normal(size=ours.shape)
        ours.backward(g)
        theirs.backward(torch.tensor(g))
        np.testing.assert_allclose(t.grad, u.grad.numpy(), rtol=1e-10, atol=1e-13)


# --- where the two disagree ---


def test_two_numbers_exchange_axes_and_the_ambiguous_call_raises() -> None:
    matrix = leaf(X[0])
    np.testing.assert_array_equal(matrix.transpose(1, 0).data, X[0].T)
    for order in ((0, 1), (-2, -1), (0, -1)):
        with pytest.raises(ValueError, match=r"no change for NumPy.*t\.T or t\.swapaxes\(0, 1\)"):
            matrix.transpose(*order)
    np.testing.assert_array_equal(np.transpose(matrix, (0, 1)).data, X[0])
    np.testing.assert_array_equal(matrix.transpose((0, 1)).data, X[0])


def test_repeat_is_numpys_and_points_to_tile() -> None:
    assert leaf([1.0, 2.0]).repeat(2).tolist() == [1, 1, 2, 2]
    with pytest.raises(TypeError, match=r"PyTorch's repeat is t\.tile"):
        leaf(X).repeat(1, 2, 3)


@pytest.mark.parametrize("name", ["max", "min", "sort"])
def test_what_is_a_pair_in_pytorch_raises(name: str) -> None:
    for call in (getattr(leaf(X), name), functools.partial(getattr(autograd, name), leaf(X))):
        with pytest.raises(TypeError, match=rf"{name}: .*dim=1.*positions in PyTorch.*arg"):
            call(dim=1)


FUNCTIONS: list[Callable[..., Any]] = [
    lambda m, t: m.sum(t, dim=1, keepdim=True),
    lambda m, t: m.mean(t, dim=(0, 2), keepdim=True),
    lambda m, t: m.var(t, dim=1, unbiased=True),
    lambda m, t: m.var(t, dim=1, correction=0, keepdim=True),
    lambda m, t: m.std(t, dim=[0, 1], correction=1),
    lambda m, t: m.norm(t, p=1, dim=1),
    lambda m, t: getattr(m, "linalg", m).vector_norm(t, 3, dim=1, keepdim=True),
    lambda m, t: getattr(m, "linalg", m).matrix_norm(t, dim=(0, 2), keepdim=True),
    lambda m, t: m.all(t > 0, dim=1, keepdim=True),
    lambda m, t: m.any(t > 1, dim=-1),
    lambda m, t: m.argmax(t, dim=1, keepdim=True),
    lambda m, t: m.argmin(t, dim=2),
    lambda m, t: m.argsort(t, dim=0, descending=True),
    lambda m, t: m.squeeze(t[:, :1], dim=1),
    lambda m, t: m.stack([t, t * 2], dim=1),
    lambda m, t: m.concatenate([t, t * 2], dim=2),
    lambda m, t: m.flip(t, dims=(0, 2)),
    lambda m, t: m.roll(t, 1, dims=1),
    lambda m, t: m.roll(t, (1, 2), dims=(0, 2)),
    lambda m, t: t.roll(1, dims=0),
    lambda m, t: m.softmax(t, dim=1),
    lambda m, t: m.prod(t, dim=1, keepdim=True),
    lambda m, t: m.cumsum(t, dim=1),
]


@pytest.mark.parametrize("number", range(len(FUNCTIONS)))
def test_functions_by_pytorchs_names(number: int) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    line = FUNCTIONS[number]
    t, u = leaf(X), torch.tensor(X, requires_grad=True)
    ours, theirs = line(autograd, t), line(torch, u)
    assert ours.shape == tuple(theirs.shape)
    np.testing.assert_allclose(ours.data, theirs.detach().numpy(), rtol=1e-12)


def test_dim_for_what_pytorch_has_another_name_for() -> None:
    t = leaf(X)
    for taken in (t.take([0, 2], dim=1), autograd.take(t, [0, 2], dim=1)):
        np.testing.assert_array_equal(taken.data, X[:, [0, 2]])
    for copies in (t.repeat(2, dim=1), autograd.repeat(t, 2, dim=1)):
        np.testing.assert_array_equal(copies.data, np.repeat(X, 2, axis=1))
    for cut in (t.split, functools.partial(autograd.split, t)):
        with pytest.raises(TypeError, match=r"split: .*lengths of the parts.*range\(n, x.shape"):
            cut(1, dim=1)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda t: t.sum(axis=0, dim=1),
            "sum: expected axis or PyTorch's dim, not both, got axis=0",
        ),
        (lambda t: t.sum(axis=-1, dim=-1), "sum: expected axis or"),
        (lambda t: autograd.sum(t, axis=0, dim=1), "sum: expected axis or"),
        (lambda t: t.mean(keepdims=True, keepdim=False), "mean: expected keepdims or"),
        (lambda t: t.var(1, correction=1, unbiased=True), "var: expected ddof or"),
        (lambda t: t.norm(2, p=1), "norm: expected ord or"),
        (lambda t: t.softmax(0, dim=1), "softmax: expected axis or"),
        (lambda t: autograd.softmax(t, axis=0, dim=1), "softmax: expected axis or"),
        (lambda t: t.argsort(0, dim=1), "argsort: expected axis or"),
        (lambda t: t.flip(0, dims=1), "flip: expected axis or PyTorch's dims"),
        (lambda t: autograd.stack([t, t], 1, dim=1), "stack: expected axis or"),
        (lambda t: autograd.matrix_norm(t, axis=(0, 1), dim=(0, 1)), "matrix_norm: expected axis"),
        (lambda t: t.roll(1, dim=0), r"roll: expected axis \(or PyTorch's dims\), got dim=0"),
        (
            lambda t: autograd.mean(t, dims=1),
            r"mean: expected axis, keepdims \(or PyTorch's dim, keep",
        ),
    ],
)
def test_settings_given_twice_or_not_known_are_named(call: Any, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        call(leaf(X))


@pytest.mark.parametrize("name", ["stack", "concatenate"])
@pytest.mark.parametrize("second", [leaf(X), X, [1.0]])
def test_joining_asks_for_a_list(name: str, second: Any) -> None:
    words = (
        rf"{name}: expected one list of all arrays, got .* in the place of the axis.*\(\[a, b\]\)"
    )
    with pytest.raises(TypeError, match=words):
        getattr(autograd, name)(leaf(X), second)
    with pytest.raises(TypeError, match="a whole number"):
        getattr(autograd, name)([leaf(X)], 0.5)


def test_variance_divides_by_n_as_numpy() -> None:
    assert leaf(X).var().item() == np.var(X)
    with pytest.raises(TypeError, match=r"var: expected an axis.*got False.*correction=0"):
        leaf(X).var(False)


def test_settings_that_do_not_exist_are_named() -> None:
    with pytest.raises(TypeError, match=r"sum: expected axis, keepdims .*dim, keepdim.*got dims=1"):
        leaf(X).sum(dims=1)


# --- types and Python ---


def test_integers_and_masks_carry_no_gradient() -> None:
    t = leaf([1.5, -2.5])
    assert t.astype(int).tolist() == [1, -2]
    assert t.astype(bool).dtype == bool
    assert not t.astype(int).requires_grad
    (t.astype(int) * t).sum().backward()
    assert t.grad.tolist() == [1, -2]


def test_a_copy_has_memory_of_its_own_and_a_history() -> None:
    t = leaf([1.0, 2.0])
    c = t.clone()
    assert not np.shares_memory(c.data, t.data)
    (c * c).sum().backward()
    assert t.grad.tolist() == [2, 4]
    assert np.shares_memory(t.numpy(), t.data)


def test_what_python_asks() -> None:
    t = Tensor([[1.0, 2.5], [3.0, 4.0]])
    assert (len(t), t.numel(), t.dim(), t.nbytes) == (2, 4, 2, 32)
    assert [row.tolist() for row in t] == [[1, 2.5], [3, 4]]
    assert 2.5 in t
    assert np.float64(7) not in t
    assert Tensor(2.0).item() == 2.0
    assert (float(Tensor([2.5])), int(Tensor(2.5)), round(Tensor(2.567), 1)) == (2.5, 2, 2.6)
    assert ["a", "b", "c"][Tensor([1.0, 3.0, 2.0]).argmax()] == "b"
    assert list(range(Tensor(2))) == [0, 1]  # type: ignore[call-overload]
    assert bool(Tensor([1.0]))
    assert not Tensor(0.0)


def test_positions_and_masks_index_plain_arrays() -> None:
    t, rows = leaf([3.0, 1.0, 2.0]), np.array([10, 11, 12])
    assert rows[t.argsort()].tolist() == [11, 12, 10]
    assert rows[t > 1.5].tolist() == [10, 12]


def test_formats() -> None:
    assert f"{Tensor(math.pi):.3f} {leaf([math.pi]):.1f}" == "3.142 3.1"
    assert f"{Tensor([1.0, 2.0]):.2f}" == "[1.00, 2.00]"
    assert f"{Tensor([1.0])}" == "Tensor([1.])"


def test_any_and_all_of_nothing_and_of_values() -> None:
    assert not Tensor(np.zeros(0)).any()
    assert Tensor(np.zeros(0)).all()
    v = autograd.Value(0.0)
    assert autograd.any([v, 1.0]).data == 1.0
    assert autograd.all([v, autograd.Value(1.0)]).data == 0.0


@pytest.mark.parametrize("name", ["sum", "logsumexp", "prod", "softmax", "log_softmax"])
def test_functions_take_pytorchs_names_too(name: str) -> None:
    function = getattr(autograd, name)
    x = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(function(x, dim=0), function(x, axis=0))
    if "softmax" not in name:
        np.testing.assert_array_equal(
            function(x, dim=1, keepdim=True), function(x, axis=1, keepdims=True)
        )
    with pytest.raises(TypeError, match=rf"{name}: expected axis.*got size=3"):
        function(x, size=3)


def test_a_comparison_by_identity_is_no_mask() -> None:
    t = Tensor(np.eye(3))
    with pytest.raises(TypeError, match="got the single False") as error:
        t.masked_fill(t == 0, -np.inf)
    assert "autograd.equal" in str(error.value)
    filled = t.masked_fill(autograd.equal(t, 0), -np.inf)
    np.testing.assert_array_equal(filled.data, np.where(np.eye(3) == 0, -np.inf, np.eye(3)))
