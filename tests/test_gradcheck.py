"""``check_grads`` says what is wrong, where, and how it knows."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import NotDifferentiableError, test_util
from autograd.gradcheck import check_grads
from autograd.node import PRIMITIVES, Primitive, raw
from autograd.ops.contractions import matmul
from autograd.ops.kinds import custom, elementwise, flat
from autograd.ops.shapes import astype, swapaxes

X = np.array([0.7, -1.3, 2.1])


@pytest.fixture(autouse=True)
def _primitives() -> Iterator[None]:
    """Forget the primitives that a test defines."""
    before = dict(PRIMITIVES)
    yield
    PRIMITIVES.clear()
    PRIMITIVES.update(before)


def failure(f: Callable[..., Any], *args: Any, kind: Any = AssertionError, **options: Any) -> str:
    """What check_grads says about f."""
    with pytest.raises(AssertionError) as caught:
        check_grads(f, **options)(*args)
    assert type(caught.value) is kind
    start = {AssertionError: "check_grads: ", NotDifferentiableError: "not differentiable here: "}
    assert str(caught.value).startswith(start[kind])
    return str(caught.value)


def cube(partial: Callable[..., Any]) -> Primitive:
    """x³ with some derivative."""
    return elementwise("cube", lambda x: x**3, "x**3", partial)


# --- both ways to call it -----------------------------------------------------------------------


def square(x: Any, y: Any = 1.0) -> Any:
    return x * x * y


def test_call_forms() -> None:
    assert test_util.check_grads is check_grads is autograd.check_grads
    assert check_grads(square, modes=["fwd", "rev"], order=2)(2.0, 3.0) is None
    assert check_grads(square, (2.0,), modes=["rev"], order=1) is None
    assert check_grads(square, (2.0,), ["fwd"], 1) is None
    check_grads(square, modes="rev")(X, y=2.0)


@pytest.mark.parametrize("argnum", [0, [0], (0,), -2])
def test_argnum_says_what_to_differentiate(argnum: Any) -> None:
    def f(x: Any, how: str) -> Any:
        assert how == "plainly"
        return x * x

    check_grads(f, argnum=argnum)(X, "plainly")
    if not isinstance(argnum, tuple):
        check_grads(f, argnum)(X, "plainly")


def test_other_arguments_stand_still() -> None:
    wrong = cube(lambda out, x: x)
    check_grads(lambda x, y: x * wrong(y), argnum=0)(2.0, 3.0)
    failure(lambda x, y: x * wrong(y), 2.0, 3.0, argnum=1)


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: check_grads(square, (1, 2)), TypeError, "could be either"),
        (lambda: check_grads(square, modes=["forward"]), ValueError, "modes"),
        (lambda: check_grads(square, modes=[]), ValueError, "modes"),
        (lambda: check_grads(square, order=0), ValueError, "order"),
        (lambda: check_grads(square, order=1.5), ValueError, "whole order .* order 1.5"),  # type: ignore[arg-type]
        (lambda: check_grads(square, rtol=-1), ValueError, "positive rtol, .* rtol -1"),
        (lambda: check_grads(square, rtol=math.nan), ValueError, "positive rtol"),
        (lambda: check_grads(square, 1.0), TypeError, r"a tuple .* got 1.0 .*\(f, \(x,\)\)"),
        (lambda: check_grads(np.sin, np.ones(2)), TypeError, "a tuple of the arguments"),
        (lambda: check_grads(square, argnum=2)(1.0), ValueError, "argnum"),
        (lambda: check_grads(square)("text"), TypeError, "each argument .* argnum=0"),
        (lambda: check_grads(lambda x: None)(1.0), TypeError, "each result .* None"),
        (lambda: check_grads(lambda x: 1j)(1.0), TypeError, "each result"),
    ],
)
def test_what_cannot_be_checked(call: Callable[[], Any], error: Any, says: str) -> None:
    with pytest.raises(error, match=says):
        call()


def test_a_result_of_another_graph() -> None:
    """A Value is no Tensor's result, so the function has lost its argument."""
    with pytest.raises(TypeError, match=r"expected .* arrays or Tensors as its results, got Value"):
        check_grads(lambda x: autograd.Value(x.item()) * 2)(1.0)


def test_steps_that_overflow_do_not_warn() -> None:
    check_grads(np.exp, order=1)(700.0)


# --- what is wrong is named ---------------------------------------------------------------------


def test_a_wrong_sign() -> None:
    wrong = cube(lambda out, x: -3 * x * x)
    text = failure(lambda x, y: (np.tanh(wrong(x * 1.0)) * y).sum(), X, 2.0)
    assert "`cube` of shape (3,)" in text
    assert "the jvp and vjp of `cube`" in text
    assert "13.23" in text
    assert "-13.23 from forward and reverse mode" in text
    assert "element 2 of result, with respect to element 2 of input 0" in text
    assert re.search(r"function: .*with respect to element \d of argument 0: numeric ", text)
    rows = re.findall(r"^  (1e[+-]\d+) +(\S+) +(\S+) +(\S+)$", text, re.MULTILINE)
    assert len(rows) == 7
    steps, numeric, forward, reverse = np.array(rows, dtype=float).T
    np.testing.assert_allclose(steps[:-1] / steps[1:], 10)
    np.testing.assert_allclose(numeric[3:], 3 * 2.1**2, rtol=1e-6)
    np.testing.assert_allclose(forward, 2 * 13.23, rtol=0.1)
    np.testing.assert_allclose(reverse, forward)


def test_a_label_is_named() -> None:
    wrong = cube(lambda out, x: x)

    def f(x: Any) -> Any:
        y = wrong(x)
        y.label = "hidden"
        return y * 2

    assert "`cube` of shape (3,), label 'hidden'" in failure(f, X)


@pytest.mark.parametrize("shape", [(3,), (40, 50)])
def test_a_factor_in_one_element(shape: tuple[int, ...]) -> None:
    bad = tuple(n // 2 for n in shape)
    factor = np.ones(shape)
    factor[bad] = 2
    wrong = cube(lambda out, x: 3 * x * x * factor)
    x = np.random.default_rng(5).normal(size=shape)
    at = bad[0] if len(bad) == 1 else bad
    text = failure(lambda x: np.sin(wrong(x)), x)
    assert f"element {at} of result, with respect to element {at} of input 0" in text
    assert f"element {at} of result, with respect to element {at} of argument 0" in text


def test_the_path_in_nested_arguments_is_named() -> None:
    wrong = cube(lambda out, x: x)
    text = failure(lambda p: p["a"] + wrong(p["b"][1]), {"a": X, "b": [1.0, X]})
    assert re.search(r"element \d of argument 0\['b'\]\[1\]", text)


@pytest.mark.parametrize(("right", "mode"), [("vjp", "forward"), ("jvp", "reverse")])
def test_one_mode_wrong(right: str, mode: str) -> None:
    factor = {"vjp": 2, "jvp": 2, right: 3}
    wrong = custom(
        "cube",
        lambda x: x**3,
        lambda g, out, x: g * factor["vjp"] * x * x,
        jvp=lambda tangents, out, x: tangents[0] * factor["jvp"] * x * x,
    )
    text = failure(lambda x: wrong(x) + x, X)
    assert f"8.82 from {mode} mode." in text
    assert f"Check the {'jvp' if right == 'vjp' else 'vjp'} of `cube`" in text
    assert "element 2 of result, with respect to element 2 of input 0" in text
    other = {"forward": "rev", "reverse": "fwd"}[mode]
    check_grads(lambda x: wrong(x) + x, modes=[other], order=1)(X)


def test_modes_that_differ_by_less_than_numbers_can_tell() -> None:
    wrong = custom(
        "cube",
        lambda x: x**3,
        lambda g, out, x: g * 3 * x * x,
        jvp=lambda tangents, out, x: tangents[0] * 3 * (1 + 3e-9) * x * x,
    )
    text = failure(wrong, X)
    assert "one derivative from both modes" in text
    assert "`cube`" in text


def test_a_wrong_second_order() -> None:
    """A rule on raw numbers: right, but its own derivative is lost."""
    wrong = cube(lambda out, x: 3 * raw(x) ** 2)
    check_grads(lambda x: wrong(x) * x, order=1)(X)
    for mode, rule in (("fwd", "jvp"), ("rev", "vjp")):
        text = failure(lambda x: wrong(x) * x, X, modes=[mode])
        assert "the derivative of the derivative" in text
        assert "`cube` of shape (3,)" in text
        assert f"is the {rule} of `cube` written with recorded operations?" in text


def test_a_wrong_operation_in_a_rule() -> None:
    wrong = cube(lambda out, x: -3 * x * x)
    fourth = elementwise("fourth", lambda x: x**4 / 4, "x**4/4", lambda out, x: np.abs(wrong(x)))
    text = failure(lambda x: fourth(x) * 2, np.abs(X))
    assert "the derivative of the derivative" in text
    assert "`cube` of shape (3,), in the rule of `fourth`" in text


def test_a_rule_that_raises() -> None:
    def raises(out: Any, x: Any) -> Any:
        raise RuntimeError("no such luck")

    text = failure(lambda x: cube(raises)(x) * 2, X)
    assert "RuntimeError from forward mode (no such luck)" in text
    assert "Check the jvp of `cube`" in text


def _with_floats(g: Any, out: Any, x: Any) -> Any:
    return g * 2 * float(x)


def _by_hand(g: Any, out: Any, x: Any) -> Any:
    return g * {float: 2.0, np.ndarray: 2.0}[type(x)] * x


@pytest.mark.parametrize(
    ("rule", "says"), [(_with_floats, "TypeError from"), (_by_hand, "KeyError from")]
)
@pytest.mark.parametrize("mode", ["fwd", "rev"])
def test_a_rule_that_raises_in_the_second_order(rule: Any, says: str, mode: str) -> None:
    """Only a vjp is stated, so that is what to look at, in forward mode too."""
    sq = autograd.primitive(lambda x: x * x).defvjp(rule)
    check_grads(sq, order=1)(3.0)
    text = failure(lambda x: sq(x) * np.sin(x), 3.0, modes=[mode])
    assert "expected a derivative of the derivative" in text
    assert says in text
    assert "is the vjp of `<lambda>` written with recorded operations?" in text
    assert "operation:  `<lambda>` of shape ()" in text


def test_an_operation_in_a_rule_that_raises() -> None:
    def raises(g: Any, out: Any, x: Any) -> Any:
        raise KeyError("no such luck")

    @autograd.primitive
    def twice(x: Any) -> Any:
        return 2 * x

    twice.defvjp(raises)
    sq = autograd.primitive(lambda x: x * x).defvjp(lambda g, out, x: g * twice(x))
    text = failure(sq, 3.0)
    assert "Check the vjp of `twice`" in text
    assert "`twice` of shape (), in the rule of `<lambda>`" in text


@pytest.mark.parametrize(
    ("f", "slope", "points", "least"),
    [
        (np.log, lambda x: 1 / x, [1e-10, 1e-8, 1e-7, 1e5, 1e100], 1e-6),
        (np.square, lambda x: 2 * x, [0.1, 1e5, 1e100], 1e-6),
        (np.sin, np.cos, [1e5, 1e6, 1e7], 1e-3),
        (np.abs, lambda x: 1.0, [1e-10, 1e-8, 1e7], 1e-3),
    ],
)
def test_a_wrong_rule_is_wrong_beside_any_argument(
    f: Any, slope: Any, points: list[float], least: float
) -> None:
    """Shorter steps are no excuse for it."""
    for off in (-2.0, -1.0, -0.5, 0.1, least):

        @autograd.primitive
        def wrong(x: Any) -> Any:
            return f(x)

        wrong.defvjp(lambda g, out, x, off=off: g * slope(x) * (1 + off))
        for x in points:
            with pytest.raises(AssertionError):
                check_grads(wrong, order=1)(x)


def test_where_finite_differences_cannot_tell_they_say_so() -> None:
    assert "Or move the point: beside 1e+12 " in failure(np.sin, 1e12)


def test_the_rule_that_is_named_is_stated() -> None:
    """Forward mode derived from a vjp is no jvp that one could look at."""
    q = autograd.primitive(lambda x: x**3)
    q.defvjp(lambda g, out, x: g * 3 * autograd.stop_gradient(x) ** 2)
    assert "is the vjp of `<lambda>` written with recorded" in failure(q, 3.0)


def product_jvp(tangents: Any, out: Any, x: Any, y: Any) -> Any:
    from_x = 0 if tangents[0] is None else matmul(tangents[0], y)
    return from_x + (0 if tangents[1] is None else matmul(x, tangents[1]))


@pytest.mark.parametrize("shape", [(3, 3), (3, 2)])
def test_a_transposed_matrix(shape: tuple[int, int]) -> None:
    wrong = custom(
        "product",
        np.matmul,
        lambda g, out, x, y: matmul(g, y) if shape == (3, 3) else matmul(y, swapaxes(g, 0, 1)),
        lambda g, out, x, y: matmul(swapaxes(x, 0, 1), g),
        jvp=product_jvp,
    )
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=shape), rng.normal(size=shape[::-1])
    text = failure(lambda x, y: np.sin(wrong(x, y)), x, y)
    assert "from reverse mode" in text
    assert "Check the vjp of `product`" in text


def test_a_broadcasting_mistake() -> None:
    """The sum over the copies is taken over the wrong axis of a square."""
    wrong = custom(
        "rows",
        lambda x: np.broadcast_to(x, (3, 3)),
        lambda g, out, x: autograd.sum(g, axis=1),
        jvp=lambda tangents, out, x: autograd.broadcast_to(tangents[0], (3, 3)),
    )
    text = failure(lambda x: wrong(x) ** 2, X)
    assert "Check the vjp of `rows`" in text
    assert "from reverse mode" in text


def test_a_rule_in_single_precision() -> None:
    wrong = cube(lambda out, x: 3 * astype(x, dtype=np.float32) ** 2)
    assert "`cube` of shape (3,)" in failure(wrong, X, order=1)


def test_a_rule_that_makes_integers() -> None:
    wrong = cube(lambda out, x: astype(3 * x * x, dtype=np.int64))
    assert "expected 1.47, to which" in failure(wrong, X)
    assert "got 1 from" in failure(wrong, X)


def test_small_derivatives_are_checked_too() -> None:
    wrong = cube(lambda out, x: 2 * x * x)
    assert "`cube`" in failure(lambda x: wrong(x) * 1e-9, X)


@pytest.mark.parametrize("modes", ["rev", ("fwd", "rev")])
def test_derivatives_beside_large_ones_are_checked_too(modes: Any) -> None:
    wrong, right = (cube(lambda out, x, k=k: k * x * x) for k in (4.5, 3.0))
    for f in (lambda x: x[0] * 1e8 + wrong(x[1]), lambda x: (x[0] * 1e8, wrong(x[1]))):
        assert "operation:  `cube`" in failure(f, X, modes=modes)
    check_grads(lambda x: x[0] * 1e8 + right(x[1]), modes=modes)(X)
    far = lambda x: x[0] * 1e13 + right(x[1])  # noqa: E731 - its last digit is 0.001
    check_grads(far, modes=modes, order=1)(X)


def test_a_flat_operation_that_is_not_flat() -> None:
    wrong = flat("truth", lambda x: x * 2, "x*2", 1)
    text = failure(lambda x: wrong(x), X)
    assert "`truth`" in text
    assert "expected 2," in text


def test_history_lost_outside_of_the_graph() -> None:
    text = failure(lambda x: x.detach() * x, X)
    assert "look for what is not recorded" in text
    assert "operation:" not in text


def test_nobody_is_accused_of_a_kink_or_triangle_that_does_not_matter() -> None:
    def f(x: Any) -> Any:
        gram = autograd.matmul(x, x.T) + np.eye(3)
        return autograd.cholesky(np.maximum(gram, gram)) * x.detach()

    text = failure(f, np.random.default_rng(4).normal(size=(3, 3)))
    assert "operation:" not in text
    assert "look for what is not recorded" in text


def test_the_guilty_operation_is_judged_where_it_stands() -> None:
    """Cholesky reads one triangle: its rule is right for symmetric matrices only."""
    wrong = cube(lambda out, x: 2 * x * x)
    matrix = np.random.default_rng(4).normal(size=(3, 3))

    def f(x: Any) -> Any:
        gram = autograd.matmul(x, x.T) + np.eye(3)
        return wrong(autograd.cholesky(gram))

    assert "operation:  `cube`" in failure(f, matrix)


# --- values that are not finite -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x", "says"),
    [
        (lambda x: np.exp(np.log(x)), [1.0, -1.0], "nan in element 1 of result, first from `log`"),
        (lambda x: 1 / (x - x), [1.0, 2.0], "inf in element 0 of result, first from `div`"),
        (lambda x: x * np.nan, [1.0], "nan in element 0 of result"),
    ],
)
def test_a_value_that_is_not_finite(f: Callable[[Any], Any], x: Any, says: str) -> None:
    assert says in failure(f, np.array(x))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_derivative_that_is_not_finite(bad: float) -> None:
    wrong = cube(lambda out, x: x * bad)
    text = failure(wrong, X)
    assert f"{bad:g} from forward and reverse mode" in text
    assert "`cube`" in text


# --- kinks --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x", "operation", "got"),
    [
        (np.abs, [1.0, 0.0], "abs", "-1 from the left and 1 from the right"),
        (autograd.relu, 0.0, "relu", "0 from the left and 1 from the right"),
        (lambda x: autograd.relu(x - 1) * x, 1.0, "relu", "0 from the left and 1 from the right"),
        (lambda x: np.maximum(x, [1.0, 3.0]), [2.0, 3.0], "maximum", "0 from the left and 1 from"),
        (autograd.max, [2.0, 2.0, 1.0], "max", "0 from the left and 1 from the right"),
        (np.floor, 2.0, "floor", "a jump from the left and 0 from the right"),
        (np.sqrt, [0.0, 1.0], "sqrt", "no value from the left and an infinite slope from the"),
        (autograd.norm, [0.0, 0.0], "safe_sqrt", "-1 from the left and 1 from the right"),
        (lambda x: autograd.where(x > 0, x, x + 1), 0.0, "greater", "1 from the left and a jump"),
        (lambda x: autograd.where(x > 0, 2 * x, x), 0.0, "greater", "1 from the left and 2 from"),
    ],
)
def test_kinks(f: Callable[[Any], Any], x: Any, operation: str, got: str) -> None:
    text = failure(f, np.array(x), kind=NotDifferentiableError)
    assert f"operation:  `{operation}` of shape" in text
    assert f"got {got}" in text
    assert "Move the point" in text
    assert "from the left    from the right" in text


def test_a_subgradient_is_called_one() -> None:
    text = failure(np.abs, 0.0, kind=NotDifferentiableError)
    assert "Forward and reverse mode: 0, between them: a valid subgradient." in text
    steep = elementwise("steep", np.abs, "abs(x)", lambda out, x: 3 + 0 * x)
    text = failure(steep, 0.0, kind=NotDifferentiableError)
    assert "Forward and reverse mode: 3, not between them." in text


def test_a_kink_at_the_joint_of_harmless_ones() -> None:
    """x - |x| has one at 0; max(x, x) has none, because both sides move together."""
    text = failure(lambda x: np.maximum(x, x) - np.abs(x), 0.0, kind=NotDifferentiableError)
    assert "operation:  `abs`" in text
    assert "got 2 from the left and 0 from the right" in text
    check_grads(lambda x: np.maximum(x, x), order=1)(X)


def test_a_kink_of_the_derivative() -> None:
    text = failure(lambda x: autograd.relu(x) ** 2, 0.0, kind=NotDifferentiableError)
    assert "the derivative of the derivative" in text
    assert "operation:  `relu`" in text


def test_a_kink_in_a_branch_is_in_no_operation() -> None:
    text = failure(lambda x: 2 * x if x > 0 else 3 * x, 0.0, kind=NotDifferentiableError)
    assert "or an `if`" in text
    assert "3 from the left and 2 from the right" in text


def doubled_abs() -> Primitive:
    """|x| with twice its derivative."""
    return elementwise("doubled", np.abs, "abs(x)", lambda out, x: 2 * np.sign(x))


@pytest.mark.parametrize("modes", ["fwd", "rev", ("fwd", "rev")])
def test_a_kink_is_no_excuse_for_what_is_wrong_beside_it(modes: Any) -> None:
    wrong, x = doubled_abs(), np.array([0.0, 2.0])
    text = failure(wrong, x, modes=modes)
    assert "expected 1, to which finite differences converge" in text
    assert "element 1 of result, with respect to element 1 of input 0" in text
    text = failure(lambda x: autograd.sum(np.abs(x) + wrong(x)), x, modes=modes)
    assert "operation:  `doubled`" in text
    assert "with respect to element 1 of argument 0: numeric 2" in text
    failure(wrong, 0.0, modes=modes, kind=NotDifferentiableError)


@pytest.mark.parametrize("order", [1, 2])
def test_who_is_right_beside_a_kink_or_an_infinite_slope_is_not_accused(order: int) -> None:
    def f(x: Any) -> Any:
        return np.sqrt(np.abs(x)), autograd.sort(x), np.exp(x)

    failure(f, np.array([0.0, 2.0, 2.0, 2.0, 4.0]), order=order, kind=NotDifferentiableError)
    failure(np.sqrt, np.array([0.0, 4.0]), order=order, kind=NotDifferentiableError)


def test_a_mistake_is_found_next_to_a_kink() -> None:
    """The kink is nearby, or in an operation that does not matter: not at the point."""
    wrong = cube(lambda out, x: 2 * x * x)
    assert "`cube`" in failure(lambda x: wrong(x) + autograd.relu(x - 2.0999), X)
