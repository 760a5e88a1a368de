"""Random expressions with shared parts: backward against four other ways to the same gradient.

A program is a list of instructions; each takes earlier results, so parts are shared.  ``run`` runs
it on anything: ``Value``s, dual numbers, complex numbers.
"""

from __future__ import annotations

import cmath
import math
from types import SimpleNamespace
from typing import Any, NamedTuple

from hypothesis import assume, given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value, backward_steps, pushforward, topological_order

# Each instruction keeps numbers in the range of floats, whatever it gets.
INSTRUCTIONS: dict[str, Any] = {
    "add": lambda m, x, y, z: x + y,
    "subtract": lambda m, x, y, z: x - y,
    "multiply": lambda m, x, y, z: x * m.tanh(y),
    "divide": lambda m, x, y, z: x / (1 + y * y),
    "reciprocal": lambda m, x, y, z: 1.5 / (2 + m.sin(x)),
    "square": lambda m, x, y, z: m.tanh(x) ** 2,
    "power": lambda m, x, y, z: (1.5 + m.tanh(x)) ** m.tanh(y),
    "negate": lambda m, x, y, z: 3 - (-x),
    "exp": lambda m, x, y, z: m.exp(m.tanh(x)),
    "log": lambda m, x, y, z: m.log(1 + x * x),
    "sqrt": lambda m, x, y, z: m.sqrt(0.5 + x * x),
    "sin": lambda m, x, y, z: m.sin(x) * 2,
    "relu": lambda m, x, y, z: m.relu(x),
    "abs": lambda m, x, y, z: abs(x),
    "maximum": lambda m, x, y, z: m.maximum(x, y),
    "where": lambda m, x, y, z: m.where(x > y, y, z),
    "sum": lambda m, x, y, z: m.sum([x, y, z]),
    "max": lambda m, x, y, z: m.max([x, y, z]),
    "dot": lambda m, x, y, z: m.dot([x, z, y], [m.tanh(y), 0.25, m.tanh(y)]),
}


class Instruction(NamedTuple):
    name: str
    operands: tuple[int, int, int]


class Program(NamedTuple):
    leaves: list[float]
    instructions: list[Instruction]


numbers = st.floats(-2, 2) | st.sampled_from([0.0, 1.0, -1.0])
programs = st.builds(
    Program,
    st.lists(numbers, min_size=1, max_size=3),
    st.lists(
        st.builds(
            Instruction,
            st.sampled_from(sorted(INSTRUCTIONS)),
            st.tuples(*[st.integers(0, 12)] * 3),
        ),
        min_size=1,
        max_size=10,
    ),
)
many = settings(max_examples=300, deadline=None)


def run(
    program: Program, leaves: list[Any], mathematics: Any, instructions: Any = INSTRUCTIONS
) -> Any:
    results = list(leaves)
    for name, operands in program.instructions:
        # counted from the latest result, so that most programs are deep
        picked = [results[-1 - i % len(results)] for i in operands]
        results.append(instructions[name](mathematics, *picked))
    return results[-1]


def swept(program: Program) -> tuple[list[Value], Value]:
    leaves = [Value(x) for x in program.leaves]
    root = run(program, leaves, autograd)
    root.backward()
    return leaves, root


def tolerances(root: Value, leaves: list[Value]) -> list[float]:
    """How far rounding may take two right answers apart.

    Each local derivative is right to a rounding of itself, or of 1 where it is a difference such as
    1 - tanh**2; along a path those errors are multiplied, over paths they add up.
    """
    bounds: dict[Any, float] = {root: 1.0}
    for node in reversed(topological_order(root)):
        for parent, local in node.edges:
            bounds[parent] = bounds.get(parent, 0.0) + bounds[node] * max(1.0, abs(local))
    return [100 * math.ulp(bounds.get(leaf, 0.0)) for leaf in leaves]


def assert_gradients(leaves: list[Value], root: Value, expected: list[float]) -> None:
    for leaf, theirs, tolerance in zip(leaves, expected, tolerances(root, leaves), strict=True):
        assert abs(leaf.grad - theirs) <= tolerance


# --- dual numbers ---------------------------------------------------------------------------------


class Dual:
    """A number and its derivative to one leaf: forward mode as in a textbook."""

    def __init__(self, value: float, slope: float = 0.0) -> None:
        self.value, self.slope = value, slope

    def __add__(self, other: Any) -> Dual:
        other = dual(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    def __mul__(self, other: Any) -> Dual:
        other = dual(other)
        slope = self.slope * other.value + self.value * other.slope
        return Dual(self.value * other.value, slope)

    def __neg__(self) -> Dual:
        return self * -1.0

    def __sub__(self, other: Any) -> Dual:
        return self + -dual(other)

    def __rsub__(self, other: Any) -> Dual:
        return dual(other) - self

    def __truediv__(self, other: Any) -> Dual:
        other = dual(other)
        return self * Dual(1 / other.value, -other.slope / other.value**2)

    def __rtruediv__(self, other: Any) -> Dual:
        return dual(other) / self

    def __pow__(self, other: Any) -> Dual:
        if other == 2:
            return self * self
        return DUALS.exp(DUALS.log(self) * other)

    def __abs__(self) -> Dual:
        return self * float((self.value > 0) - (self.value < 0))

    def __gt__(self, other: Dual) -> bool:
        return self.value > other.value

    __radd__ = __add__
    __rmul__ = __mul__


def dual(x: Any) -> Dual:
    return x if isinstance(x, Dual) else Dual(float(x))


def mean_of_largest(xs: list[Dual]) -> Dual:
    best = max(x.value for x in xs)
    slopes = [x.slope for x in xs if x.value == best]
    return Dual(best, sum(slopes) / len(slopes))


DUALS = SimpleNamespace(
    exp=lambda x: Dual(math.exp(x.value), math.exp(x.value) * x.slope),
    log=lambda x: Dual(math.log(x.value), x.slope / x.value),
    sqrt=lambda x: Dual(math.sqrt(x.value), x.slope / math.sqrt(x.value) / 2),
    sin=lambda x: Dual(math.sin(x.value), math.cos(x.value) * x.slope),
    tanh=lambda x: Dual(math.tanh(x.value), (1 - math.tanh(x.value) ** 2) * x.slope),
    relu=lambda x: x if x.value > 0 else Dual(0.0),
    maximum=lambda x, y: mean_of_largest([x, y]),
    max=mean_of_largest,
    where=lambda condition, x, y: x if condition else y,
    sum=lambda xs: sum(xs, Dual(0.0)),
    dot=lambda xs, ys: sum((x * y for x, y in zip(xs, ys, strict=True)), Dual(0.0)),
)


@many
@given(programs)
def test_backward_against_dual_numbers(program: Program) -> None:
    leaves, root = swept(program)
    slopes = []
    for i in range(len(leaves)):
        duals = [Dual(x, float(k == i)) for k, x in enumerate(program.leaves)]
        result = run(program, duals, DUALS)
        slopes.append(result.slope)
        # the same operations in nearly the same order; sines of large numbers magnify rounding
        assert math.isclose(result.value, root.data, rel_tol=1e-9, abs_tol=1e-9)
    assert_gradients(leaves, root, slopes)


# --- numeric: a complex step ----------------------------------------------------------------------


def exceeds(x: complex, y: complex) -> bool:
    """Compares real parts, and gives up where they tie: there is no slope to compare with."""
    assume(abs(x.real - y.real) > 1e-9)
    return x.real > y.real


def largest(xs: list[complex]) -> complex:
    first, second = sorted(xs, key=lambda x: x.real)[:-3:-1]
    return first if exceeds(first, second) else second


COMPLEX = SimpleNamespace(
    exp=cmath.exp,
    log=cmath.log,
    sqrt=cmath.sqrt,
    sin=cmath.sin,
    tanh=cmath.tanh,
    relu=lambda x: largest([x, 0j]),
    maximum=lambda x, y: largest([x, y]),
    max=largest,
    where=lambda condition, x, y: x if condition else y,
    sum=sum,
    dot=lambda xs, ys: sum(x * y for x, y in zip(xs, ys, strict=True)),
)
# `abs` and `>` do not mean on complex numbers what they mean on the real line.
COMPLEX_INSTRUCTIONS = INSTRUCTIONS | {
    "abs": lambda m, x, y, z: largest([x, -x]),
    "where": lambda m, x, y, z: y if exceeds(x, y) else z,
}


@many
@given(programs)
def test_backward_against_a_complex_step(program: Program) -> None:
    """f(x + ih) = f(x) + ih f'(x) to all digits for a tiny h: a numeric slope without rounding."""
    leaves, root = swept(program)
    slopes = []
    for i in range(len(leaves)):
        numbers = [complex(x, 1e-40 * (k == i)) for k, x in enumerate(program.leaves)]
        result = run(program, numbers, COMPLEX, COMPLEX_INSTRUCTIONS)
        slopes.append(result.imag / 1e-40)
    assert_gradients(leaves, root, slopes)


# --- within the library ---------------------------------------------------------------------------


@many
@given(programs)
def test_backward_is_the_sum_over_all_paths(program: Program) -> None:
    leaves, root = swept(program)
    paths: dict[Any, int] = {}
    for node in topological_order(root):
        paths[node] = 1 if node.is_leaf else sum(paths[parent] for parent, _ in node.edges)
    assume(paths[root] <= 3000)
    sums = dict.fromkeys(leaves, 0.0)

    def walk(node: Value, product: float) -> None:
        if node in sums:
            sums[node] += product
        for parent, local in node.edges:
            walk(parent, product * local)

    walk(root, 1.0)
    assert_gradients(leaves, root, [sums[leaf] for leaf in leaves])


@many
@given(programs, st.lists(numbers, min_size=3, max_size=3))
def test_forward_mode_agrees_with_backward(program: Program, directions: list[float]) -> None:
    leaves, root = swept(program)
    tangents = dict(zip(leaves, directions, strict=False))
    expected = math.fsum(leaf.grad * tangents[leaf] for leaf in leaves)
    assert abs(pushforward(root, tangents) - expected) <= 4 * sum(tolerances(root, leaves))


@many
@given(programs)
def test_steps_and_repeated_passes_agree_to_the_bit(program: Program) -> None:
    leaves, root = swept(program)
    once = {node: node.grad for node in topological_order(root)}
    last = {step.parent: step.accumulated for step in backward_steps(root)}
    assert {root: 1.0, **last} == once
    root.backward()
    for node, grad in once.items():
        assert node.grad == (2 * grad if node.is_leaf else grad)
    twins, twin = swept(program)
    assert twin.data == root.data
    assert [2 * t.grad for t in twins] == [leaf.grad for leaf in leaves]
