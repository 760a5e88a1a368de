"""Rows about elementwise operations on shapes that broadcast, and about reductions over axes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from array_row import ArrayRow

from autograd import ops
from autograd.ops import error_function

rng = np.random.default_rng(7)
X = rng.normal(size=(2, 3, 4))
COLUMN, ROW_OF_4 = rng.normal(size=(3, 1)), rng.normal(size=4)
NUMBER = np.array(0.7)
EMPTY = np.zeros((0, 3))
SQUARE = rng.normal(size=(3, 3))
TIED = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0], [0.0, -1.0, 5.0]])
ZEROS = {
    "no zeros": np.array([[1.5, -2.0, 0.5, 3.0], [0.25, 1.0, -1.0, 2.0]]),
    "one zero": np.array([[1.5, 0.0, 0.5, 3.0], [0.25, 1.0, -1.0, 2.0]]),
    "two zeros": np.array([[0.0, 2.0, 0.0, 3.0], [0.25, 0.0, -1.0, 2.0]]),
    "all zeros": np.zeros((2, 4)),
}
AXES: list[Any] = [None, 0, 1, -1, (0, 2), (-1, 0), (0, 1, 2), ()]


def scipy() -> Any:
    """SciPy's special functions, where it is installed."""
    return pytest.importorskip("scipy.special", reason="SciPy is not installed")


# --- elementwise, one argument ---

# name: NumPy's function, PyTorch's name if another, and an array in its domain
UNARY: dict[str, tuple[Callable[..., Any], str, Any]] = {
    "square": (np.square, "square", X),
    "reciprocal": (np.reciprocal, "reciprocal", np.abs(X) + 0.5),
    "log1p": (np.log1p, "log1p", np.abs(X) - 0.5),
    "expm1": (np.expm1, "expm1", X),
    "log2": (np.log2, "log2", np.abs(X) + 0.5),
    "log10": (np.log10, "log10", np.abs(X) + 0.5),
    "exp2": (np.exp2, "exp2", X),
    "sinh": (np.sinh, "sinh", X),
    "cosh": (np.cosh, "cosh", X),
    "arcsin": (np.arcsin, "asin", 0.8 * np.sin(X)),
    "arccos": (np.arccos, "acos", 0.8 * np.sin(X)),
    "arctan": (np.arctan, "atan", X),
    "arcsinh": (np.arcsinh, "asinh", X),
    "arccosh": (np.arccosh, "acosh", np.abs(X) + 1.5),
    "arctanh": (np.arctanh, "atanh", 0.7 * np.sin(X)),
    # NumPy has no such: test_error_function.py says how right the values are.
    "erf": (error_function.erf, "erf", X),
    "erfc": (error_function.erfc, "erfc", X),
    "floor": (np.floor, "floor", X),
    "ceil": (np.ceil, "ceil", X),
    "safe_sqrt": (np.sqrt, "sqrt", np.abs(X) + 0.5),
}


def _unary(name: str) -> list[ArrayRow]:
    function, torchs, x = UNARY[name]

    def torch(x: Any) -> Any:
        return getattr(x, torchs)()

    order = 0 if name in ("floor", "ceil") else 3
    call = getattr(ops, name)
    return [
        ArrayRow(f"{name} of {what}", call, (a,), function, torch, (name,), order)
        for what, a in (("an array", x), ("a number", x[0, 0, 0].reshape(())), ("nothing", EMPTY))
    ]


# --- elementwise, several arguments that broadcast ---

SHAPES: dict[str, tuple[Any, Any]] = {
    "(3, 1) and (4,)": (COLUMN, ROW_OF_4),
    "(4,) and (3, 1)": (ROW_OF_4, COLUMN),
    "() and (2, 3, 4)": (NUMBER, X),
    "(2, 3, 4) and (3, 1)": (X, COLUMN),
    "() and ()": (NUMBER, np.array(-0.3)),
    "(0, 3) and ()": (EMPTY, NUMBER),
    "(1, 1) and (3,)": (np.array([[0.4]]), SQUARE[0]),
}
BINARY: dict[str, tuple[Callable[..., Any], str]] = {
    "arctan2": (np.arctan2, "arctan2"),
    "hypot": (np.hypot, "hypot"),
    "logaddexp": (np.logaddexp, "logaddexp"),
    "maximum": (np.maximum, "maximum"),
    "minimum": (np.minimum, "minimum"),
    "add": (np.add, "add"),
    "sub": (np.subtract, "sub"),
    "mul": (np.multiply, "mul"),
    "div": (np.divide, "div"),
    "floor_divide": (np.floor_divide, "floor_divide"),
    "remainder": (np.remainder, "remainder"),
}


def _binary(name: str) -> list[ArrayRow]:
    function, torchs = BINARY[name]

    def torch(x: Any, y: Any) -> Any:
        return getattr(x, torchs)(y)

    call = getattr(ops, name)
    return [
        ArrayRow(
            f"{name} of {shapes}",
            call,
            (x, np.abs(y) + 0.5 if name in ("div", "floor_divide", "remainder") else y),
            function,
            None if name == "floor_divide" else torch,  # PyTorch's has no derivative
            (name,),
            0 if name == "floor_divide" else 2,
        )
        for shapes, (x, y) in SHAPES.items()
    ]


LOW, HIGH = np.array([[-0.5], [-0.2], [-1.0]]), np.array([0.3, 0.6, 0.1, 0.45])

CHOICES = [
    ArrayRow(
        "clip of (2, 3, 4) between numbers",
        lambda x: ops.clip(x, -0.5, 0.5),
        (X,),
        lambda x: np.clip(x, -0.5, 0.5),
        lambda x: x.clamp(-0.5, 0.5),
        ("clip",),
    ),
    ArrayRow(
        "clip from below",
        lambda x: ops.clip(x, low=0.1),
        (X,),
        lambda x: np.clip(x, 0.1, None),
        lambda x: x.clamp(min=0.1),
        ("clamp_min",),
    ),
    ArrayRow(
        "clip from above",
        lambda x: ops.clip(x, high=0.1),
        (X,),
        lambda x: np.clip(x, None, 0.1),
        lambda x: x.clamp(max=0.1),
        ("clamp_max",),
    ),
    ArrayRow(
        "clip of (2, 3, 4) between (3, 1) and (4,)",
        ops.clip,
        (X, LOW, HIGH),
        np.clip,
        lambda x, low, high: x.clamp(low, high),
        ("clip",),
    ),
    ArrayRow(
        "where of a mask, (3, 1) and (4,)",
        lambda x, y: ops.where(SQUARE[:, [0, 1, 2, 0]] > 0, x, y),
        (COLUMN, ROW_OF_4),
        lambda x, y: np.where(SQUARE[:, [0, 1, 2, 0]] > 0, x, y),
        lambda x, y: x.where(y.new_tensor(SQUARE[:, [0, 1, 2, 0]]) > 0, y),
        ("where",),
    ),
    ArrayRow(
        "where of a comparison and a number",
        lambda x: ops.where(x > 0, x * x, 0.5),
        (X,),
        lambda x: np.where(x > 0, x * x, 0.5),
        lambda x: (x * x).where(x > 0, x.new_tensor(0.5)),
        ("where",),
    ),
    ArrayRow(
        "elu of an array",
        ops.elu,
        (X,),
        lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))),
        lambda x: _torch().nn.functional.elu(x),
        ("elu",),
    ),
    ArrayRow(
        "elu of (2, 3, 4) with an alpha of (3, 1)",
        ops.elu,
        (X, COLUMN),
        lambda x, y: np.where(x > 0, x, y * np.expm1(np.minimum(x, 0))),
        lambda x, y: x.where(x > 0, y * x.clamp(max=0).expm1()),
        ("elu",),
    ),
    ArrayRow(
        "silu of an array",
        ops.silu,
        (X,),
        lambda x: x / (1 + np.exp(-x)),
        lambda x: _torch().nn.functional.silu(x),
        ("silu",),
        3,
    ),
    ArrayRow(
        "gelu of an array",
        ops.gelu,
        (X,),
        lambda x: 0.5 * x * error_function.erfc(-x / math.sqrt(2.0)),
        lambda x: _torch().nn.functional.gelu(x),
        ("gelu",),
        3,
    ),
]


def _torch() -> Any:
    return pytest.importorskip("torch", reason="PyTorch is not installed")


# --- reductions ---


def _torch_axes(x: Any, axis: Any) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(x.ndim))
    return axis if isinstance(axis, tuple) else (axis,)


REDUCTIONS: dict[str, tuple[Callable[..., Any], str]] = {
    "sum": (np.sum, "sum"),
    "max": (np.max, "amax"),
    "min": (np.min, "amin"),
    "logsumexp": (lambda x, **where: scipy().logsumexp(x, **where), "logsumexp"),
    "prod": (np.prod, ""),
}


def _over(name: str, x: Any, axis: Any, keepdims: bool, what: str = "") -> ArrayRow:
    function, torchs = REDUCTIONS[name]
    call = getattr(ops, name)
    torch = None
    if torchs and axis != ():  # PyTorch takes () for all axes

        def torch(x: Any) -> Any:
            return getattr(x, torchs)(_torch_axes(x, axis), keepdims)

    elif name == "prod" and isinstance(axis, int):

        def torch(x: Any) -> Any:
            return x.prod(axis, keepdims)

    elif name == "prod" and axis is None and not keepdims:

        def torch(x: Any) -> Any:
            return x.prod()

    return ArrayRow(
        f"{name} over {axis} of {what or x.shape}" + (" keepdims" if keepdims else ""),
        lambda x: call(x, axis=axis, keepdims=keepdims),
        (x,),
        lambda x: function(x, axis=axis, keepdims=keepdims),
        torch,
        (name,),
    )


REDUCED = [
    _over(name, X, axis, keepdims)
    for name in REDUCTIONS
    for axis in AXES
    for keepdims in (False, True)
]
REDUCED += [_over(name, NUMBER, axis, False) for name in REDUCTIONS for axis in (None, ())]
REDUCED += [_over("sum", EMPTY, axis, False) for axis in (None, 0, 1)]
REDUCED += [_over("prod", EMPTY, axis, False) for axis in (None, 0, 1)]
REDUCED += [_over("max", EMPTY, 1, True), _over("logsumexp", EMPTY, 1, False)]
REDUCED += [
    _over("prod", x, axis, False, zeros) for zeros, x in ZEROS.items() for axis in (None, 0, 1)
]
REDUCED += [_over("logsumexp", 1000 + 100 * X, 1, False, "large numbers")]

# --- along an axis ---


def _along(name: str, x: Any, axis: Any, what: str = "") -> ArrayRow:
    call, function = getattr(ops, name), getattr(np, name)

    def torch(x: Any) -> Any:
        return getattr(x.reshape(-1) if axis is None else x, name)(0 if axis is None else axis)

    return ArrayRow(
        f"{name} along {axis} of {what or x.shape}",
        lambda x: call(x, axis=axis),
        (x,),
        lambda x: function(x, axis=axis),
        torch,
        (name, "recurrence", "shift") if name == "cumprod" else (name,),
    )


RUNNING = [_along(name, X, axis) for name in ("cumsum", "cumprod") for axis in (None, 0, 1, -1)]
RUNNING += [_along(name, NUMBER, None) for name in ("cumsum", "cumprod")]
RUNNING += [_along(name, EMPTY, axis) for name in ("cumsum", "cumprod") for axis in (0, 1)]
RUNNING += [
    _along("cumprod", x, axis, zeros) for zeros, x in ZEROS.items() for axis in (None, 0, 1)
]


def _steps(x: Any, y: Any) -> Any:
    out = [y[:, 0]]
    for k in range(1, y.shape[1]):
        out.append(y[:, k] + x[:, k] * out[-1])
    return np.stack(out, axis=1)


RUNNING += [
    ArrayRow(
        "recurrence along 1",
        lambda x, y: ops.recurrence(x, y, axis=1),
        (SQUARE, SQUARE.T + 0.1),
        _steps,
        primitives=("recurrence", "shift"),
        order=3,
    ),
    *(
        ArrayRow(
            f"shift by {by}",
            lambda x, by=by: ops.shift(x, axis=-1, by=by),
            (X,),
            lambda x, by=by: np.concatenate(
                [np.zeros((2, 3, by)), x[..., :-by]]
                if by > 0
                else [x[..., -by:], np.zeros((2, 3, -by))],
                axis=-1,
            ),
            primitives=("shift",),
        )
        for by in (1, -1, 2, -3, 4)
    ),
]


def _normalised(name: str, x: Any, axis: int, what: str = "") -> ArrayRow:
    call = getattr(ops, name)
    return ArrayRow(
        f"{name} along {axis} of {what or x.shape}",
        lambda x: call(x, axis=axis),
        (x,),
        lambda x: getattr(scipy(), name)(x, axis=axis),
        lambda x: getattr(x, name)(axis),
        (name,),
        3,
    )


RUNNING += [_normalised(n, X, axis) for n in ("softmax", "log_softmax") for axis in (0, 1, -1)]
RUNNING += [_normalised(n, 800 * X, 1, "large numbers") for n in ("softmax", "log_softmax")]
RUNNING += [_normalised(n, EMPTY, -1) for n in ("softmax", "log_softmax")]

ROWS = [
    *(row for name in UNARY for row in _unary(name)),
    *(row for name in BINARY for row in _binary(name)),
    *CHOICES,
    *REDUCED,
    *RUNNING,
]
