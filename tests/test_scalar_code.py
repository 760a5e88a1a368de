"""The generated methods of ``Value``: readable, debuggable, and one for each primitive."""

from __future__ import annotations

import inspect
import math
import traceback
from typing import Any

import numpy as np
import pytest
from op_samples import SAMPLES

from autograd import Value, ops, scalar_code
from autograd.node import PRIMITIVES
from autograd.operators import Operators

SMALL = [p for p in PRIMITIVES.values() if p.scalar]


def test_the_source_of_a_method_can_be_read() -> None:
    source = inspect.getsource(Value.tanh)
    assert source.startswith("def tanh(self):")
    assert "dx = 1.0 - (out * out)" in source
    assert "def add(self, other):" in inspect.getsource(Value.__add__)
    assert "def power_reflected(self, other):" in inspect.getsource(Value.__rpow__)


def test_tracebacks_show_the_generated_line() -> None:
    class Odd(float):
        def __gt__(self, other: object) -> bool:
            raise RuntimeError("cannot compare")

        __le__ = __gt__

    v = Value(1.0)
    v._data = Odd(1.0)  # the setter would make a plain float of it
    with pytest.raises(RuntimeError) as caught:
        v.relu()
    shown = "".join(traceback.format_exception(caught.value))
    assert "out = 0.0 if x <= 0.0 else x" in shown


@pytest.mark.parametrize("primitive", SMALL, ids=lambda p: p.name)
def test_formulas_are_python_on_floats(primitive: Any) -> None:
    forward, partials = scalar_code.formulas(primitive)
    names = set(scalar_code.NAMES) | {"x", "y", "z", "out", "float"}
    for source in (forward, *partials):
        code = compile(source, "formula", "eval")
        assert set(code.co_names) <= names, source
    assert len(partials) == len(primitive.partials)
    assert [p == "None" for p in partials] == [rule is None for rule in primitive.partials]


@pytest.mark.parametrize("primitive", SMALL, ids=lambda p: p.name)
def test_functions_of_floats_agree_with_the_formulas(primitive: Any) -> None:
    forward, rules = scalar_code.scalar_functions(primitive)
    sources, partials = scalar_code.formulas(primitive)
    for point in SAMPLES[primitive.name].points:
        names = dict(zip("xyz", point, strict=False))
        out = forward(*point)
        assert out == eval(sources, dict(scalar_code.NAMES), names)
        for rule, source in zip(rules, partials, strict=True):
            assert rule(out, *point) == eval(source, dict(scalar_code.NAMES), names | {"out": out})


def test_no_method_of_the_arithmetic_is_left_generic() -> None:
    """A method that still calls the table is many times slower than the generated one."""
    generic = [
        name
        for name, method in vars(Operators).items()
        if inspect.isfunction(method) and getattr(Value, name) is method
    ]
    # These call a function with its arguments in another order, two of them, or none.
    known = {"__divmod__", "__rdivmod__", "__pos__", "leaky_relu", "maximum", "minimum", "where"}
    known |= {"arctan2", "hypot"}
    assert set(generic) <= known


@pytest.mark.parametrize(
    ("primitive", "args", "out", "partials"),
    [
        (ops.log, (0.0,), -math.inf, [math.inf]),
        (ops.div, (1.0, 0.0), math.inf, [math.inf, -math.inf]),
        (ops.power, (0.0, -1.0), math.inf, [-math.inf, -math.inf]),
    ],
)
def test_numpy_decides_where_python_raises(
    primitive: Any, args: Any, out: float, partials: list[float]
) -> None:
    with pytest.warns(RuntimeWarning, match="divide by zero") as caught:
        result = scalar_code.as_numpy(primitive, args)
    assert result == (out, partials)
    assert len(caught) == 1
    assert all(type(number) is float for number in (result[0], *result[1]))


def test_numpy_may_be_told_to_be_silent_or_to_raise() -> None:
    with np.errstate(divide="ignore"):
        assert Value(0.0).log().data == -math.inf
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        Value(0.0).log()
