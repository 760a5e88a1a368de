"""One row per primitive: where to test it, what it is exactly, and what is agreed at its edges.

A new primitive needs one entry in ``autograd/ops/`` and one row here; a test fails without it.
All inputs are flat tuples of numbers.  A reduction takes them as one sequence, or cut into equal
parts as two; ``call`` and ``partials`` below do that, so that tests need not tell the difference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf, nan
from typing import Any

import numpy as np
import sympy

from autograd.node import Primitive

Numbers = tuple[float, ...]


@dataclass(frozen=True)
class Sample:
    """What is known about one primitive from other sources than its code.

    Attributes:
        exact: the primitive on SymPy expressions: the definition that values and rules must meet.
        points: inputs where it is smooth.
        domain: one interval for each argument, to draw random inputs from.
        kinks: inputs where the derivative is a convention, each with the agreed partials.
        off_domain: inputs where the result is inf or NaN, each with that result.
        torch: the same in PyTorch, called with the module and tensors; None where it has no such.
    """

    exact: Callable[..., Any]
    points: list[Numbers]
    domain: tuple[tuple[float, float], ...]
    kinks: list[tuple[Numbers, Numbers]] = field(default_factory=list)
    off_domain: list[tuple[Numbers, float]] = field(default_factory=list)
    torch: Callable[..., Any] | None = None

    def draws(self, primitive: Primitive, count: int, seed: int = 0) -> list[Numbers]:
        """Random inputs inside the domain, the same ones every time."""
        rng = np.random.default_rng(seed)
        length = 4 if is_reduction(primitive) else 1
        bounds = [interval for interval in self.domain for _ in range(length)]
        return [tuple(rng.uniform(low, high) for low, high in bounds) for _ in range(count)]


def is_reduction(primitive: Primitive) -> bool:
    return primitive.kind in ("reduction", "selection")


def call(primitive: Primitive, function: Callable[..., Any], inputs: Sequence[Any]) -> Any:
    """``function`` with ``inputs`` as the arguments that ``primitive`` takes."""
    if not is_reduction(primitive):
        return function(*inputs)
    length = len(inputs) // len(primitive.partials)
    return function(*(list(inputs[i : i + length]) for i in range(0, len(inputs), length)))


def partials(primitive: Primitive, out: Any, inputs: Sequence[Any]) -> list[Any]:
    """What the rules of ``primitive`` say for each of ``inputs``; None where no gradient flows."""
    if not is_reduction(primitive):
        return [rule and rule(out, *inputs) for rule in primitive.partials]
    length = len(inputs) // len(primitive.partials)
    groups = list(
        zip(*(inputs[i : i + length] for i in range(0, len(inputs), length)), strict=True)
    )
    return [rule and rule(out, *group) for rule in primitive.partials for group in groups]


def _if(condition: Any, yes: Any, no: Any) -> Any:
    return sympy.Piecewise((yes, condition), (no, True))


def _unordered(*inputs: float) -> list[tuple[Numbers, float]]:
    return [(inputs, nan)]


def _steps(value: Callable[[int], int], below: Callable[..., Any]) -> Callable[..., Any]:
    """A staircase with one step per integer, drawn from -6 to 6."""
    return lambda x: sympy.Piecewise(*((value(k), below(x, k + 1)) for k in range(-6, 7)))


_QUOTIENT = _steps(lambda k: k, lambda x, k: x < k)

ANY = (-3.0, 3.0)
POSITIVE = (0.5, 4.0)
AWAY = (0.5, 3.0)  # a divisor

TWO = [(1.5, 0.5), (-2.0, 0.75), (0.25, -3.0), (-1.25, -0.5)]  # either order, all signs
ONE = [(-2.5,), (-0.75,), (0.3,), (1.0,), (2.75,)]
MANY = [(1.0, -2.0, 0.5), (3.0,), (-1.0, 0.25, 2.5, 0.75)]
INSIDE = [(-0.75,), (-0.25,), (0.0,), (0.5,), (0.875,)]  # of the interval from -1 to 1
# A comparison is flat on both sides; at a tie it has a value, and no slope there either.
COMPARED: dict[str, Any] = {"points": [*TWO, (2.0, 2.0)], "domain": (ANY, ANY)}

SAMPLES: dict[str, Sample] = {
    # --- arithmetic ---
    "add": Sample(lambda x, y: x + y, TWO, (ANY, ANY), torch=lambda t, x, y: x + y),
    "sub": Sample(
        lambda x, y: x - y,
        TWO,
        (ANY, ANY),
        off_domain=_unordered(inf, inf),
        torch=lambda t, x, y: x - y,
    ),
    "mul": Sample(
        lambda x, y: x * y,
        TWO,
        (ANY, ANY),
        off_domain=_unordered(0.0, inf),
        torch=lambda t, x, y: x * y,
    ),
    "div": Sample(
        lambda x, y: x / y,
        TWO,
        (ANY, AWAY),
        off_domain=[((1.0, 0.0), inf), ((-1.0, 0.0), -inf), ((1.0, -0.0), -inf), ((0.0, 0.0), nan)],
        torch=lambda t, x, y: x / y,
    ),
    "hand_on": Sample(
        lambda x, y: x * y,
        [(2.0, 3.0), (-0.5, 4.0)],
        (AWAY, AWAY),
        kinks=[((0.0, 2.0), (2.0, 0.0)), ((3.0, 0.0), (0.0, 3.0))],
        off_domain=[((0.0, inf), 0.0), ((nan, 0.0), 0.0), ((-0.0, -inf), 0.0)],
        torch=lambda t, x, y: x * y,
    ),
    "neg": Sample(lambda x: -x, ONE, (ANY,), torch=lambda t, x: -x),
    "power": Sample(
        lambda x, y: x**y,
        [(1.5, 2.0), (0.25, -3.0), (2.0, 0.5), (3.0, 0.0), (1.0, 7.0)],
        (POSITIVE, ANY),
        kinks=[
            ((0.0, 2.0), (0.0, 0.0)),
            ((0.0, 1.0), (1.0, 0.0)),
            ((0.0, 0.0), (0.0, 0.0)),  # x**0 is 1 for every x, and 0**y is 0 for every y > 0
            ((0.0, 0.5), (inf, 0.0)),
            ((-2.0, 3.0), (12.0, nan)),  # no real power of -2 next to the third
        ],
        off_domain=[
            ((0.0, -1.0), inf),
            ((-0.0, -1.0), -inf),
            ((-8.0, 1 / 3), nan),
            ((10.0, 400.0), inf),
            ((-10.0, 401.0), -inf),
        ],
        torch=lambda t, x, y: x**y,
    ),
    # --- exponentials and roots ---
    "exp": Sample(
        sympy.exp, ONE, (ANY,), off_domain=[((1000.0,), inf)], torch=lambda t, x: t.exp(x)
    ),
    "log": Sample(
        sympy.log,
        [(0.1,), (1.0,), (2.5,), (1e6,)],
        (POSITIVE,),
        off_domain=[((0.0,), -inf), ((-1.0,), nan)],
        torch=lambda t, x: t.log(x),
    ),
    "sqrt": Sample(
        sympy.sqrt,
        [(0.01,), (1.0,), (2.0,), (1e6,)],
        (POSITIVE,),
        kinks=[((0.0,), (inf,))],
        off_domain=[((-1.0,), nan)],
        torch=lambda t, x: t.sqrt(x),
    ),
    "square": Sample(lambda x: x**2, [*ONE, (0.0,)], (ANY,), torch=lambda t, x: t.square(x)),
    "reciprocal": Sample(
        lambda x: 1 / x,
        ONE,
        (AWAY,),
        off_domain=[((0.0,), inf), ((-0.0,), -inf)],
        torch=lambda t, x: t.reciprocal(x),
    ),
    "safe_sqrt": Sample(
        sympy.sqrt,
        [(0.01,), (1.0,), (2.0,), (1e6,)],
        (POSITIVE,),
        kinks=[((0.0,), (0.0,))],
        off_domain=[((-1.0,), nan)],
        torch=lambda t, x: t.where(x > 0, t.sqrt(t.where(x > 0, x, 1.0)), 0.0),
    ),
    "safe_power": Sample(
        lambda x, y: x**y,
        [(2.0, 3.0), (0.5, -1.5), (2.0**-10, 0.5), (7.0, 0.25)],
        (POSITIVE, ANY),
        kinks=[((0.0, 0.5), (0.0, 0.0)), ((0.0, 2.0), (0.0, 0.0)), ((0.0, 1.0), (0.0, 0.0))],
        torch=lambda t, x, y: t.where(x > 0, t.where(x > 0, x, 1.0) ** y, 0.0),
    ),
    "log1p": Sample(
        lambda x: sympy.log(1 + x),
        [(-0.5,), (1e-12,), (1.0,), (1e6,)],
        ((-0.5, 3.0),),
        off_domain=[((-1.0,), -inf), ((-2.0,), nan)],
        torch=lambda t, x: t.log1p(x),
    ),
    "log2": Sample(
        lambda x: sympy.log(x) / sympy.log(2),
        [(1e-300,), (0.3,), (1.0,), (8.0,)],
        (POSITIVE,),
        off_domain=[((0.0,), -inf), ((-2.0,), nan)],
        torch=lambda t, x: t.log2(x),
    ),
    "log10": Sample(
        lambda x: sympy.log(x) / sympy.log(10),
        [(1e-300,), (0.3,), (1.0,), (100.0,)],
        (POSITIVE,),
        off_domain=[((0.0,), -inf), ((-2.0,), nan)],
        torch=lambda t, x: t.log10(x),
    ),
    "exp2": Sample(
        lambda x: 2**x,
        [*ONE, (-40.0,)],
        (ANY,),
        off_domain=[((2000.0,), inf)],
        torch=lambda t, x: t.exp2(x),
    ),
    "expm1": Sample(
        lambda x: sympy.exp(x) - 1,
        [*ONE, (1e-12,), (-40.0,)],
        (ANY,),
        off_domain=[((1000.0,), inf)],
        torch=lambda t, x: t.expm1(x),
    ),
    "logaddexp": Sample(
        lambda x, y: sympy.log(sympy.exp(x) + sympy.exp(y)),
        [*TWO, (2.0, 2.0), (1000.0, 999.0), (-1000.0, -1001.0)],
        (ANY, ANY),
        off_domain=[((inf, 1.0), inf), ((inf, inf), inf), ((-inf, -inf), -inf)],
        torch=lambda t, x, y: t.logaddexp(x, y),
    ),
    # --- trigonometry ---
    "sin": Sample(sympy.sin, ONE, (ANY,), off_domain=[((inf,), nan)], torch=lambda t, x: t.sin(x)),
    "cos": Sample(sympy.cos, ONE, (ANY,), off_domain=[((-inf,), nan)], torch=lambda t, x: t.cos(x)),
    "tan": Sample(
        sympy.tan, ONE, ((-1.0, 1.0),), off_domain=[((inf,), nan)], torch=lambda t, x: t.tan(x)
    ),
    "tanh": Sample(sympy.tanh, ONE, (ANY,), torch=lambda t, x: t.tanh(x)),
    "sinh": Sample(
        sympy.sinh,
        ONE,
        (ANY,),
        off_domain=[((1000.0,), inf), ((-1000.0,), -inf)],
        torch=lambda t, x: t.sinh(x),
    ),
    "cosh": Sample(
        sympy.cosh, ONE, (ANY,), off_domain=[((1000.0,), inf)], torch=lambda t, x: t.cosh(x)
    ),
    "arcsin": Sample(
        sympy.asin,
        INSIDE,
        ((-0.7, 0.7),),
        kinks=[((1.0,), (inf,)), ((-1.0,), (inf,))],
        off_domain=[((2.0,), nan)],
        torch=lambda t, x: t.asin(x),
    ),
    "arccos": Sample(
        sympy.acos,
        INSIDE,
        ((-0.7, 0.7),),
        kinks=[((1.0,), (-inf,)), ((-1.0,), (-inf,))],
        off_domain=[((2.0,), nan)],
        torch=lambda t, x: t.acos(x),
    ),
    "arctan": Sample(sympy.atan, [*ONE, (1e9,)], (ANY,), torch=lambda t, x: t.atan(x)),
    "arctan2": Sample(
        sympy.atan2,
        [*TWO, (1.0, 0.0), (3.0, -4.0), (2.0**100, 2.0**100)],
        (AWAY, ANY),
        off_domain=[((0.0, 0.0), 0.0)],
        torch=lambda t, x, y: t.atan2(x, y),
    ),
    "hypot": Sample(
        lambda x, y: sympy.sqrt(x**2 + y**2),
        [*TWO, (3.0, -4.0), (2.0**100, 2.0**100)],
        (AWAY, ANY),
        kinks=[((0.0, 0.0), (0.0, 0.0))],
        torch=lambda t, x, y: t.linalg.norm(t.stack([x, y])),
    ),
    "arcsinh": Sample(sympy.asinh, [*ONE, (1e-9,), (1e9,)], (ANY,), torch=lambda t, x: t.asinh(x)),
    "arccosh": Sample(
        sympy.acosh,
        [(1.25,), (2.0,), (1e9,)],
        ((1.5, 4.0),),
        kinks=[((1.0,), (inf,))],
        off_domain=[((0.5,), nan)],
        torch=lambda t, x: t.acosh(x),
    ),
    "arctanh": Sample(
        sympy.atanh,
        INSIDE,
        ((-0.6, 0.6),),
        off_domain=[((1.0,), inf), ((-1.0,), -inf), ((2.0,), nan)],
        torch=lambda t, x: t.atanh(x),
    ),
    # --- activations ---
    "sigmoid": Sample(
        lambda x: 1 / (1 + sympy.exp(-x)), ONE, (ANY,), torch=lambda t, x: t.sigmoid(x)
    ),
    "relu": Sample(
        lambda x: _if(x > 0, x, 0),
        ONE,
        (ANY,),
        kinks=[((0.0,), (0.0,))],
        torch=lambda t, x: t.relu(x),
    ),
    "leaky_relu": Sample(
        lambda x, y: _if(x > 0, x, x * y),
        TWO,
        (ANY, ANY),
        kinks=[((0.0, 0.25), (0.25, 0.0))],
        torch=lambda t, x, y: t.nn.functional.prelu(x.reshape(1), y.reshape(1)).sum(),
    ),
    "softplus": Sample(
        lambda x: sympy.log(1 + sympy.exp(x)),
        ONE,
        (ANY,),
        torch=lambda t, x: t.nn.functional.softplus(x, threshold=1e9),
    ),
    "elu": Sample(
        lambda x, y: _if(x > 0, x, y * (sympy.exp(x) - 1)),
        [*TWO, (800.0, 1.0), (-800.0, 1.0)],
        (ANY, POSITIVE),
        kinks=[((0.0, 1.0), (1.0, 0.0)), ((0.0, 0.25), (0.25, 0.0))],
        torch=lambda t, x, y: t.where(x > 0, x, y * t.expm1(t.where(x > 0, 0.0, x))),
    ),
    "silu": Sample(
        lambda x: x / (1 + sympy.exp(-x)),
        [*ONE, (40.0,), (-400.0,)],
        ((-1.0, 3.0),),  # its slope is 0 close to -1.278, where rounding would be all there is
        torch=lambda t, x: t.nn.functional.silu(x),
    ),
    "erf": Sample(sympy.erf, ONE, (ANY,), torch=lambda t, x: t.erf(x)),
    "erfc": Sample(sympy.erfc, ONE, (ANY,), torch=lambda t, x: t.erfc(x)),
    "gelu": Sample(
        lambda x: x * (1 + sympy.erf(x / sympy.sqrt(2))) / 2,
        ONE,
        (ANY,),
        torch=lambda t, x: t.nn.functional.gelu(x),
    ),
    # --- choosing ---
    "abs": Sample(
        lambda x: sympy.Abs(x), ONE, (ANY,), kinks=[((0.0,), (0.0,))], torch=lambda t, x: t.abs(x)
    ),
    "maximum": Sample(
        lambda x, y: _if(x > y, x, y),
        TWO,
        (ANY, ANY),
        kinks=[((2.0, 2.0), (0.5, 0.5)), ((0.0, 0.0), (0.5, 0.5)), ((-1.0, -1.0), (0.5, 0.5))],
        off_domain=_unordered(nan, 1.0) + _unordered(1.0, nan),
        torch=lambda t, x, y: t.maximum(x, y),
    ),
    "minimum": Sample(
        lambda x, y: _if(x < y, x, y),
        TWO,
        (ANY, ANY),
        kinks=[((2.0, 2.0), (0.5, 0.5)), ((0.0, 0.0), (0.5, 0.5)), ((-1.0, -1.0), (0.5, 0.5))],
        off_domain=_unordered(nan, 1.0) + _unordered(1.0, nan),
        torch=lambda t, x, y: t.minimum(x, y),
    ),
    "clip": Sample(
        lambda x, y, z: _if(sympy.Or(y > z, x > z), z, _if(x < y, y, x)),
        [(0.5, -1.0, 1.0), (-2.0, -1.0, 1.0), (3.0, -1.0, 1.0), (0.5, 2.0, 1.0), (0.5, 2.0, -1.0)],
        (ANY, (-1.5, -0.5), (0.5, 1.5)),
        kinks=[
            ((-1.0, -1.0, 1.0), (1.0, 0.0, 0.0)),  # on a bound the slope is 1, as in PyTorch
            ((1.0, -1.0, 1.0), (1.0, 0.0, 0.0)),
            ((1.0, 1.0, 1.0), (1.0, 0.0, 0.0)),
        ],
        off_domain=_unordered(nan, 0.0, 1.0)
        + _unordered(nan, 1.0, 0.0)
        + [((0.5, nan, 1.0), nan), ((0.5, 0.0, nan), nan), ((2.0, nan, 1.0), nan)],
        torch=lambda t, x, y, z: t.clamp(x, y, z),
    ),
    "clamp_min": Sample(
        lambda x, y: _if(x > y, x, y),
        TWO,
        (ANY, ANY),
        kinks=[((2.0, 2.0), (1.0, 0.0)), ((0.0, 0.0), (1.0, 0.0))],
        off_domain=_unordered(nan, 1.0) + _unordered(1.0, nan),
        torch=lambda t, x, y: t.clamp_min(x, y),
    ),
    "clamp_max": Sample(
        lambda x, y: _if(x < y, x, y),
        TWO,
        (ANY, ANY),
        kinks=[((2.0, 2.0), (1.0, 0.0)), ((0.0, 0.0), (1.0, 0.0))],
        off_domain=_unordered(nan, 1.0) + _unordered(1.0, nan),
        torch=lambda t, x, y: t.clamp_max(x, y),
    ),
    "where": Sample(
        lambda x, y, z: _if(sympy.Ne(x, 0), y, z),
        [(1.0, 2.0, 3.0), (0.0, 2.0, 3.0), (-0.5, -1.0, 4.0)],
        ((0.5, 1.0), ANY, ANY),
        torch=lambda t, x, y, z: t.where(x != 0, y, z),
    ),
    # --- flat ---
    "sign": Sample(
        sympy.sign,
        ONE,
        (ANY,),
        kinks=[((0.0,), (0.0,))],
        off_domain=_unordered(nan),
        torch=lambda t, x: t.sign(x),
    ),
    "floor": Sample(
        _steps(lambda k: k, lambda x, k: x < k),
        [*ONE, (-2.0,), (2.0,)],
        ((1.1, 1.9),),
        off_domain=[((inf,), inf), ((nan,), nan)],
        torch=lambda t, x: t.floor(x),
    ),
    "floor_divide": Sample(
        lambda x, y: _QUOTIENT(x / y),
        [*TWO, (4.0, 2.0), (5.0, -2.0)],
        ((2.1, 2.9), (1.5, 2.0)),
        off_domain=[((1.0, 0.0), inf), ((-1.0, 0.0), -inf), ((0.0, 0.0), nan)],
        torch=lambda t, x, y: t.floor(x / y),
    ),
    "remainder": Sample(
        lambda x, y: x - y * _QUOTIENT(x / y),
        [*TWO, (4.0, 2.5), (5.0, -2.0)],
        ((2.1, 2.9), (1.5, 2.0)),
        kinks=[((4.0, 2.0), (1.0, -2.0)), ((-4.0, 2.0), (1.0, 2.0))],
        off_domain=[((1.0, 0.0), nan), ((-1.0, inf), inf)],
        torch=lambda t, x, y: t.remainder(x, y),
    ),
    "ceil": Sample(
        _steps(lambda k: k + 1, lambda x, k: x <= k),
        [*ONE, (-2.0,), (2.0,)],
        ((1.1, 1.9),),
        off_domain=[((-inf,), -inf), ((nan,), nan)],
        torch=lambda t, x: t.ceil(x),
    ),
    "stop_gradient": Sample(
        lambda x: x,
        [*ONE, (-2.0,), (2.0,)],
        ((1.1, 1.9),),
        off_domain=[((nan,), nan)],
        torch=lambda t, x: x.detach() + 0 * x,
    ),
    "greater": Sample(lambda x, y: _if(x > y, 1, 0), **COMPARED),
    "greater_equal": Sample(lambda x, y: _if(x >= y, 1, 0), **COMPARED),
    "less": Sample(lambda x, y: _if(x < y, 1, 0), **COMPARED),
    "less_equal": Sample(lambda x, y: _if(x <= y, 1, 0), **COMPARED),
    "equal": Sample(lambda x, y: _if(sympy.Eq(x, y), 1, 0), **COMPARED),
    "not_equal": Sample(lambda x, y: _if(sympy.Ne(x, y), 1, 0), **COMPARED),
    # --- reductions ---
    "sum": Sample(lambda xs: sympy.Add(*xs), MANY, (ANY,), torch=lambda t, xs: t.stack(xs).sum()),
    "dot": Sample(
        lambda xs, ys: sympy.Add(*(x * y for x, y in zip(xs, ys, strict=True))),
        [(1.0, -2.0, 0.5, 3.0, 0.25, -1.5), (2.0, -3.0), (0.0, 1.0, 2.0, 0.0)],
        (ANY, ANY),
        torch=lambda t, xs, ys: t.dot(t.stack(xs), t.stack(ys)),
    ),
    "max": Sample(
        lambda xs: sympy.Max(*xs),
        MANY,
        (ANY,),
        kinks=[
            ((1.0, 1.0, 0.0), (0.5, 0.5, 0.0)),
            ((2.0, 2.0, 2.0, 2.0), (0.25, 0.25, 0.25, 0.25)),
        ],
        off_domain=_unordered(1.0, nan, 2.0),
        torch=lambda t, xs: t.amax(t.stack(xs), 0),
    ),
    "min": Sample(
        lambda xs: sympy.Min(*xs),
        MANY,
        (ANY,),
        kinks=[
            ((0.0, 1.0, 0.0), (0.5, 0.0, 0.5)),
            ((2.0, 2.0, 2.0, 2.0), (0.25, 0.25, 0.25, 0.25)),
        ],
        off_domain=_unordered(1.0, nan, 2.0),
        torch=lambda t, xs: t.amin(t.stack(xs), 0),
    ),
    "logsumexp": Sample(
        lambda xs: sympy.log(sympy.Add(*(sympy.exp(x) for x in xs))),
        [*MANY, (1000.0, 999.0), (-1000.0, -1001.0)],
        (ANY,),
        off_domain=[((inf, 1.0), inf), ((-inf, -inf), -inf)],
        torch=lambda t, xs: t.logsumexp(t.stack(xs), 0),
    ),
}
