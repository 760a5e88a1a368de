"""Rules of one's own: ``@primitive``, ``stop_gradient``, ``checkpoint`` and HIPS's names."""

from __future__ import annotations

import copy
import gc
import pickle
import tracemalloc
import weakref
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value, check_grads, grad, hessian, jacobian, jvp, primitive
from autograd.extend import defjvp, defvjp
from autograd.node import PRIMITIVES

RNG = np.random.default_rng(7)
X = RNG.normal(size=(3, 4))


@primitive
def soft_abs(x: Any) -> Any:
    """A smooth absolute value."""
    return np.sqrt(x * x + 1)


soft_abs.defvjp(lambda g, out, x: g * x / out)


@primitive
def weighted(x: Any, w: Any, *, power: int = 1) -> Any:
    return w * x**power


weighted.defvjp(
    lambda g, out, x, w, power=1: g * w * power * x ** (power - 1),
    lambda g, out, x, w, power=1: g * x**power,
)


@primitive
def halved(x: Any) -> Any:
    """Its vjp hands out the very array it got."""
    return x / 2


halved.defvjp(lambda g, out, x: g)  # wrong by a factor of 2


def test_a_rule_of_ones_own_passes_all_checks() -> None:
    check_grads(soft_abs, modes=["fwd", "rev"], order=2)(X)
    check_grads(lambda x: soft_abs(x * soft_abs(x)), order=2)(X)
    check_grads(weighted, order=2)(X, RNG.normal(size=4))  # w is broadcast
    check_grads(lambda x, w: weighted(x, w, power=3), order=2)(X, RNG.normal(size=4))


def test_it_computes_on_whatever_it_is_given() -> None:
    expected = np.sqrt(X * X + 1)
    np.testing.assert_array_equal(soft_abs(X), expected)
    np.testing.assert_array_equal(soft_abs(Tensor(X)).data, expected)
    assert soft_abs(2.0) == np.sqrt(5.0)
    v = Value(2.0)
    out = soft_abs(v) * 3
    out.backward()
    assert out.data == 3 * np.sqrt(5.0)
    assert v.grad == pytest.approx(6 / np.sqrt(5.0), rel=1e-15)
    a, b = Value(2.0), Value(5.0)
    weighted(a, b, power=3).backward()
    assert (a.grad, b.grad) == (60.0, 8.0)


def test_forward_mode_follows_from_the_vjp_or_is_stated() -> None:
    value, tangent = jvp(soft_abs, (X,), (np.ones_like(X),))
    np.testing.assert_allclose(tangent, X / value, rtol=1e-14)

    @primitive
    def doubled(x: Any) -> Any:
        return 2 * x

    doubled.defvjp(lambda g, out, x: 2 * g).defjvp(lambda t, out, x: 100 * t)
    assert jvp(doubled, (1.0,), (1.0,))[1] == 100.0  # what was stated, not what was derived


def test_second_derivatives_and_jacobians() -> None:
    x = np.array([0.5, -2.0])
    np.testing.assert_allclose(
        hessian(lambda x: autograd.sum(soft_abs(x)))(x), np.diag((x * x + 1) ** -1.5), rtol=1e-12
    )
    np.testing.assert_allclose(jacobian(soft_abs)(x), np.diag(x / np.sqrt(x * x + 1)), rtol=1e-14)


def test_a_wrong_rule_is_found_and_named() -> None:
    with pytest.raises(AssertionError, match="halved"):
        check_grads(halved)(X)


def test_gradients_do_not_share_memory_with_what_a_rule_returns() -> None:
    a, b = (Tensor(np.ones(3), requires_grad=True) for _ in "ab")
    kept = np.full(3, 5.0)

    @primitive
    def keeps(x: Any, y: Any) -> Any:
        return x + y

    keeps.defvjp(lambda g, out, x, y: kept, lambda g, out, x, y: kept)
    (keeps(a, b) + keeps(a, b)).sum().backward()
    np.testing.assert_array_equal(kept, 5.0)
    a.grad[:] = 0
    np.testing.assert_array_equal(b.grad, 10.0)
    np.testing.assert_array_equal(kept, 5.0)


def test_a_missing_or_silly_rule_says_what_to_do() -> None:
    @primitive
    def unknown(x: Any) -> Any:
        return x * 1

    x = Tensor(X, requires_grad=True)
    with pytest.raises(TypeError, match=r"backward of unknown: expected a vjp.*unknown\.defvjp"):
        unknown(x).sum().backward()
    assert x.grad is None
    with pytest.raises(TypeError, match="expected functions"):
        unknown.defvjp(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="Write @primitive above a def"):
        primitive(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("returned", [None, "a", (X, X), [X, X], 1j])
def test_a_primitive_returns_one_number_or_array(returned: Any) -> None:
    @primitive
    def silly(x: Any) -> Any:
        return returned

    for x in (X, Tensor(X, requires_grad=True), 1.0, Value(1.0)):
        with pytest.raises(TypeError, match="silly: expected one number or array as its result"):
            silly(x)


def test_none_says_that_no_gradient_flows() -> None:
    @primitive
    def pick(x: Any, index: Any) -> Any:
        return x[np.asarray(index, dtype=int)]

    pick.defvjp(lambda g, out, x, index: autograd.index_add(np.zeros(3), index, g), None)
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    pick(x, np.array([0, 0, 2])).sum().backward()
    np.testing.assert_array_equal(x.grad, [2, 0, 1])


def test_users_primitives_are_not_in_the_librarys_table() -> None:
    assert "soft_abs" not in PRIMITIVES
    assert soft_abs.__doc__ == "A smooth absolute value."
    assert pickle.loads(pickle.dumps(soft_abs)) is soft_abs
    y = copy.deepcopy(soft_abs(Tensor(X, requires_grad=True)))
    assert y.op is soft_abs


def test_the_names_of_hips() -> None:
    from autograd.extend import primitive as theirs

    @theirs
    def product(x: Any, y: Any) -> Any:
        return x * y

    defvjp(product, lambda ans, x, y: lambda g: g * x, argnums=[1])
    assert grad(lambda y: product(3.0, y))(2.0) == 3.0
    defvjp(product, lambda ans, x, y: lambda g: g * y, lambda ans, x, y: lambda g: g * x)
    defjvp(product, lambda g, ans, x, y: g * y, lambda g, ans, x, y: g * x)
    check_grads(product, order=2)(X, X + 1)


# --- stop_gradient --------------------------------------------------------------------------------


def test_stop_gradient_is_the_identity_that_hides() -> None:
    assert grad(lambda x: x * autograd.stop_gradient(x))(3.0) == 3.0
    assert autograd.stop_gradient(3.0) == 3.0
    v = Value(3.0)
    (v * autograd.stop_gradient(v)).backward()
    assert v.grad == 3.0
    t = Tensor(X, requires_grad=True)
    (t * autograd.stop_gradient(t)).sum().backward()
    np.testing.assert_array_equal(t.grad, X)
    assert hessian(lambda x: x * autograd.stop_gradient(x) * x)(2.0) == 4.0


# --- checkpoint -----------------------------------------------------------------------------------

W = RNG.normal(size=(4, 4))


def block(x: Any) -> Any:
    return np.tanh(x @ W) + x


def test_checkpoint_changes_nothing_but_the_memory() -> None:
    kept = autograd.checkpoint(block)
    np.testing.assert_array_equal(kept(X), block(X))
    plain, saved = (Tensor(X, requires_grad=True) for _ in "ab")
    (block(block(plain)) ** 2).sum().backward()
    (kept(kept(saved)) ** 2).sum().backward()
    np.testing.assert_array_equal(saved.grad, plain.grad)


def test_checkpoint_has_all_derivatives() -> None:
    check_grads(autograd.checkpoint(block), modes=["fwd", "rev"], order=2)(X)
    inner = autograd.checkpoint(lambda x: autograd.checkpoint(np.sin)(x) * x)
    check_grads(inner, order=2)(X)
    x = np.array([0.5, -1.0])

    def f(x: Any) -> Any:
        return autograd.sum(np.exp(x) * x[0])

    np.testing.assert_allclose(hessian(autograd.checkpoint(f))(x), hessian(f)(x), rtol=1e-13)


def test_checkpoint_with_trees_of_arguments_and_results() -> None:
    def f(pair: Any, scale: float = 1.0) -> Any:
        return {"sum": pair[0] + pair[1], "product": [pair[0] * pair[1] * scale]}

    kept = autograd.checkpoint(f)
    a, b = Tensor(X, requires_grad=True), Tensor(X + 2)
    out = kept((a, b), scale=3.0)
    assert set(out) == {"sum", "product"}
    np.testing.assert_array_equal(out["product"][0].data, X * (X + 2) * 3.0)
    (out["sum"] * out["product"][0]).sum().backward()
    expected = grad(lambda a: autograd.sum((a + X + 2) * a * (X + 2) * 3.0))(X)
    np.testing.assert_allclose(a.grad, expected, rtol=1e-14)


def test_checkpoint_reaches_captured_parameters() -> None:
    w = Tensor(W, requires_grad=True)
    scaled = w * 2  # captured, and computed before
    x = Tensor(X)
    out = autograd.checkpoint(lambda x: np.tanh(x @ scaled) @ w)(x)
    assert out.requires_grad
    out.sum().backward()
    expected = grad(lambda w: autograd.sum(np.tanh(X @ (w * 2)) @ w))(W)
    np.testing.assert_allclose(w.grad, expected, rtol=1e-14)


def test_derivatives_inside_of_a_checkpoint() -> None:
    def f(z: Any) -> Any:
        return z**2 + autograd.grad(lambda y: y * z)(1.0)

    assert autograd.grad(autograd.checkpoint(f))(3.0) == autograd.grad(f)(3.0) == 7.0
    assert autograd.jvp(autograd.checkpoint(f), (3.0,), (1.0,)) == (12.0, 7.0)


def test_a_checkpoint_that_computes_something_else_the_second_time() -> None:
    rng, x = np.random.default_rng(0), Tensor(np.ones(8), requires_grad=True)
    y = autograd.checkpoint(lambda x: x * (rng.random(8) < 0.5) * 1e-9)(x)
    with pytest.raises(ValueError, match="checkpoint: expected a function that computes the same"):
        y.sum().backward()
    assert x.grad is None
    with pytest.raises(TypeError, match="checkpoint: expected a function, got 3"):
        autograd.checkpoint(3)  # type: ignore[arg-type]


def test_integers_beside_the_result_of_a_checkpoint_keep_their_digits() -> None:
    x = Tensor(np.ones(2), requires_grad=True)
    y, count = autograd.checkpoint(lambda x: (x * 3, np.array([2**60 + 1])))(x)
    assert count.data == 2**60 + 1
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, [3.0, 3.0])


def test_checkpoint_notices_that_a_parameter_has_moved() -> None:
    w = Tensor(W, requires_grad=True)
    out = autograd.checkpoint(lambda x: x @ w)(Tensor(X)).sum()
    w.data = w.data + 1
    with pytest.raises(ValueError, match="replaced since"):
        out.backward()
    assert w.grad is None


def test_a_checkpoint_can_be_run_at_another_point() -> None:
    y = autograd.checkpoint(block)(Tensor(X, requires_grad=True))
    np.testing.assert_array_equal(y.op.forward(X + 1), block(X + 1))


def test_the_result_of_a_checkpoint_is_copied_and_not_pickled() -> None:
    w, x = Tensor(W, requires_grad=True), Tensor(X, requires_grad=True)
    loss = autograd.checkpoint(lambda x: np.tanh(x @ w))(x).sum()
    (twin_x, twin_w), twin = copy.deepcopy(((x, w), loss))
    twin.backward()
    assert x.grad is None
    loss.backward()
    np.testing.assert_array_equal(twin_x.grad, x.grad)
    np.testing.assert_array_equal(twin_w.grad, w.grad)
    with pytest.raises(TypeError, match=r"the result of a checkpoint.*t\.detach\(\)"):
        pickle.dumps(loss)


def test_checkpoint_keeps_less() -> None:
    x = Tensor(np.linspace(0, 1, 100_000), requires_grad=True)

    def part(x: Any) -> Any:
        for _ in range(10):
            x = np.sin(x) + 0.1
        return x

    def peak(step: Any) -> int:
        tracemalloc.start()
        out = x
        for _ in range(6):
            out = step(out)
        held = tracemalloc.get_traced_memory()[0]
        out.sum().backward()
        tracemalloc.stop()
        return held

    # 120 arrays are recorded in all, and only the 6 results kept.
    assert peak(part) > 110 * x.data.nbytes
    assert peak(autograd.checkpoint(part)) < 10 * x.data.nbytes


def test_without_recording_a_checkpoint_is_the_function() -> None:
    x = Tensor(X, requires_grad=True)
    with autograd.no_grad():
        assert autograd.checkpoint(block)(x).is_leaf
    assert autograd.checkpoint(lambda x: 2 * x)(3.0) == 6.0


def test_checkpoint_calls_the_hooks_of_captured_tensors_once() -> None:
    w, x = Tensor(np.ones(2), requires_grad=True), Tensor(np.ones(2), requires_grad=True)
    scaled = w * 1.0
    w.register_hook(lambda g: g * 2)
    scaled.register_hook(lambda g: g * 3)
    autograd.checkpoint(lambda x: x * w * scaled)(x).sum().backward()
    np.testing.assert_array_equal(w.grad, [8, 8])  # (1 directly + 3 through the other) * 2


def test_checkpoint_keeps_the_types_of_several_results() -> None:
    x = Tensor(np.array([1.0, 3.0]), requires_grad=True)
    kept = autograd.checkpoint(lambda x: (x.argmax(), x.astype(np.float32), x * 2))
    place, single, double = kept(x)
    assert [t.dtype for t in (place, single, double)] == [np.int64, np.float32, np.float64]
    (single * double).sum().backward()
    np.testing.assert_allclose(x.grad, 4 * x.data)


def test_a_copied_checkpoint_notices_that_the_original_parameter_has_moved() -> None:
    w, x = Tensor(2.0, requires_grad=True), Tensor(3.0, requires_grad=True)
    y = autograd.checkpoint(lambda x: x * x * w)(x)
    first_x, first_w, first = copy.deepcopy((x, w, y))
    first.backward()
    assert (first_x.grad, first_w.grad) == (12, 9)
    w.data = w.data + 5.0  # which the function still refers to
    with pytest.raises(ValueError, match="backward of checkpoint: expected the data that"):
        first.backward()


def test_checkpoint_is_freed_with_the_last_result() -> None:
    gc.disable()
    try:
        x = Tensor(np.ones(3), requires_grad=True)
        y = autograd.checkpoint(np.sin)(x * 2).sum()
        y.backward()
        gone = weakref.ref(x)
        del x, y
        assert gone() is None
    finally:
        gc.enable()


# --- arguments by name ----------------------------------------------------------------------------


def test_arguments_may_be_named_and_have_defaults() -> None:
    @primitive
    def scaled(x: Any, beta: Any = 2.0) -> Any:
        return x * beta

    scaled.defvjp(lambda g, out, x, beta: g * beta, lambda g, out, x, beta: g * x)
    t = Tensor(X, requires_grad=True)
    scaled(x=t).sum().backward()
    np.testing.assert_array_equal(t.grad, 2.0)
    check_grads(lambda x, b: scaled(x, beta=b), order=2)(X, 3.0)
    with pytest.raises(TypeError, match="unexpected keyword argument 'gamma'"):
        scaled(t, gamma=1)
    with pytest.raises(TypeError, match=r"weighted: expected settings.*as keywords, got Tensor"):
        weighted(X, t, power=Tensor(2.0))


# --- functions that write on what they are given --------------------------------------------------

WRITES = r"expected arguments that are read.*a function that writes on one"


def test_a_rule_cannot_change_a_cotangent_that_others_get_too() -> None:
    doubled = primitive(lambda x: 2 * x)
    doubled.defvjp(lambda g, out, x: np.multiply(g, 2, out=g))
    doubled.defjvp(lambda t, out, x: np.multiply(t, 2, out=t))
    a, b = (Tensor(np.ones(2), requires_grad=True) for _ in "ab")
    with pytest.raises(ValueError, match=f"backward of <lambda>: {WRITES}"):
        ((doubled(a) + b) * 3).sum().backward()
    assert a.grad is None
    assert b.grad is None
    seed = np.ones(2)
    with pytest.raises(ValueError, match=WRITES):
        doubled(a).backward(seed)
    with pytest.raises(ValueError, match=f"jvp of <lambda>: {WRITES}"):
        jvp(doubled, (np.ones(2),), (seed,))
    np.testing.assert_array_equal(seed, 1.0)


def test_a_body_cannot_change_its_arguments() -> None:
    @primitive
    def twice(x: Any) -> Any:
        x *= 2
        return x

    twice.defvjp(lambda g, out, x: 2 * g)
    t, a = Tensor([1.0, 2.0], requires_grad=True), np.ones(2)
    y = (t * t).sum()
    for x in (t, t * 1, a):
        with pytest.raises(ValueError, match=f"twice: {WRITES}"):
            twice(x)
    with pytest.raises(ValueError, match=WRITES):
        grad(lambda x: twice(x).sum())(a)
    y.backward()
    np.testing.assert_array_equal(t.grad, [2.0, 4.0])
    np.testing.assert_array_equal(a, 1.0)


def test_results_that_are_parts_of_arguments_are_in_memory_of_their_own() -> None:
    same = primitive(lambda x: x)
    same.defvjp(lambda g, out, x: g).defjvp(lambda t, out, x: t)
    x, t = np.ones(2), np.ones(2)
    for out in (same(x), jvp(same, (x,), (t,))[1], autograd.vjp(same, x)[1](t)[0]):
        out += 1
    np.testing.assert_array_equal([x, t], 1.0)


def test_only_the_rule_that_was_stated_is_blamed() -> None:
    with pytest.raises(AssertionError, match="Check the vjp of `halved`"):
        check_grads(halved)(X)


def test_rules_of_a_function_of_any_settings() -> None:
    @autograd.primitive
    def scaled(x: Any, **settings: Any) -> Any:
        return x * settings.get("by", 1.0)

    scaled.defvjp(lambda g, out, x, by: g * by)
    assert autograd.grad(lambda x: scaled(x, by=3.0))(2.0) == 3.0
