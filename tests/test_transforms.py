"""Derivatives of functions: any order, both modes, nested, on trees of arguments."""

from __future__ import annotations

import math
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor
from autograd.transforms import (
    elementwise_grad,
    grad,
    hessian,
    hessian_vector_product,
    hvp,
    jacobian,
    jvp,
    make_jvp,
    make_vjp,
    value_and_grad,
    vjp,
)

X = np.array([0.3, -1.2, 2.0, 0.7])


def rosenbrock(x: Any) -> Any:
    return autograd.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def rosenbrock_gradient(x: np.ndarray) -> np.ndarray:
    """By hand."""
    g = np.zeros_like(x)
    g[:-1] += -400 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2 * (1 - x[:-1])
    g[1:] += 200 * (x[1:] - x[:-1] ** 2)
    return g


def rosenbrock_hessian(x: np.ndarray) -> np.ndarray:
    """By hand."""
    h = np.zeros((len(x), len(x)))
    for i in range(len(x) - 1):
        h[i, i] += 1200 * x[i] ** 2 - 400 * x[i + 1] + 2
        h[i + 1, i + 1] += 200
        h[i, i + 1] -= 400 * x[i]
        h[i + 1, i] -= 400 * x[i]
    return h


def test_gradient_and_hessian_of_rosenbrock() -> None:
    np.testing.assert_allclose(grad(rosenbrock)(X), rosenbrock_gradient(X), rtol=1e-13)
    np.testing.assert_allclose(hessian(rosenbrock)(X), rosenbrock_hessian(X), rtol=1e-12)


def test_hessian_vector_products() -> None:
    v = np.array([1.0, -2.0, 0.5, 3.0])
    expected = rosenbrock_hessian(X) @ v
    np.testing.assert_allclose(hvp(rosenbrock, X, v), expected, rtol=1e-12)
    np.testing.assert_allclose(hessian_vector_product(rosenbrock)(X, v), expected, rtol=1e-12)


@pytest.mark.parametrize("order", range(1, 6))
def test_derivatives_of_any_order_of_a_number(order: int) -> None:
    f: Callable[[Any], Any] = np.sin
    for _ in range(order):
        f = grad(f)
    assert f(0.4) == pytest.approx(math.sin(0.4 + order * math.pi / 2), rel=1e-13)


def test_no_perturbation_confusion() -> None:
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(3.0) == 1.0
    assert grad(lambda x: x * jvp(lambda y: x * y, (2.0,), (1.0,))[1])(3.0) == 6.0
    assert jvp(lambda x: x * grad(lambda y: x * y * y)(2.0), (3.0,), (1.0,))[1] == 24.0
    # One variable in both roles: d/dx of (d/dy (y**3 x) at y = x) = d/dx 3 x**3.
    assert grad(lambda x: jvp(lambda y: y**3 * x, (x,), (1.0,))[1])(2.0) == 36.0


def test_reverse_over_forward_over_reverse() -> None:
    def third(x: Any) -> Any:
        return jvp(grad(lambda y: y**4), (x,), (1.0,))[1]  # 12 x**2

    assert grad(third)(2.0) == 48.0


def test_trees_of_arguments() -> None:
    def f(p: Any) -> Any:
        return autograd.sum(p["w"] * p["b"][0]) + p["b"][1] ** 2

    tree = {"w": np.array([1.0, 2.0]), "b": (3.0, 4.0), "unused": [5.0]}
    g = grad(f)(tree)
    assert list(g) == ["w", "b", "unused"]
    np.testing.assert_array_equal(g["w"], [3.0, 3.0])
    assert g["b"] == (3.0, 8.0)
    assert g["unused"] == [0.0]


def test_several_arguments() -> None:
    assert grad(lambda x, y: x * y**2, argnum=(0, 1))(2.0, 3.0) == (9.0, 12.0)
    assert grad(lambda x, y: x * y**2, argnum=1)(2.0, 3.0) == 12.0
    assert value_and_grad(lambda x, k=1.0: k * x * x)(3.0, k=2.0) == (18.0, 12.0)


def test_vjp_and_jvp_are_transposes() -> None:
    def f(x: Any, y: Any) -> Any:
        return np.tanh(x) * y[:, None], x @ y

    x, y = np.random.default_rng(0).normal(size=(3, 3)), np.array([1.0, -2.0, 0.5])
    u = (np.ones((3, 3)), np.array([1.0, 2.0, 3.0]))
    v = (x * 0.5, y + 1.0)
    outs, back = vjp(f, x, y)
    same, tangents = jvp(f, (x, y), v)
    np.testing.assert_array_equal(outs[0], same[0])
    left = sum(np.sum(a * b) for a, b in zip(u, tangents, strict=True))
    right = sum(np.sum(a * b) for a, b in zip(back(u), v, strict=True))
    assert left == pytest.approx(right, rel=1e-13)


def test_hips_forms() -> None:
    back, value = make_vjp(lambda x: x * x)(X)
    np.testing.assert_array_equal(value, X * X)
    np.testing.assert_array_equal(back(np.ones(4)), 2 * X)
    value, tangent = make_jvp(lambda x: x * x)(X)(np.ones(4))
    np.testing.assert_array_equal(tangent, 2 * X)
    np.testing.assert_allclose(elementwise_grad(np.tanh)(X), 1 - np.tanh(X) ** 2, rtol=1e-15)


def test_jacobian_has_the_shape_of_output_and_input() -> None:
    a = np.random.default_rng(1).normal(size=(2, 3))
    j = jacobian(lambda x: a @ x)(np.ones((3, 4)))
    assert j.shape == (2, 4, 3, 4)
    np.testing.assert_allclose(j, np.einsum("ik,jl->ijkl", a, np.eye(4)), atol=1e-15)


def test_what_does_not_depend_gives_zeros() -> None:
    assert grad(lambda x: 3.0)(2.0) == 0.0
    np.testing.assert_array_equal(grad(lambda x: Tensor(1.0))(X), np.zeros(4))
    assert jvp(lambda x: 3.0, (2.0,), (1.0,)) == (3.0, 0.0)


def test_a_result_that_is_no_number_is_refused() -> None:
    with pytest.raises(TypeError, match=r"grad: expected .* single number .* shape \(4,\)"):
        grad(lambda x: x * 2)(X)


def test_a_function_without_return_is_refused() -> None:
    for transform in (grad, value_and_grad, jacobian):
        with pytest.raises(TypeError, match=r"expected a function with .* got None\. .*return"):
            transform(lambda x: None)(2.0)


def test_tangents_that_numpy_would_broadcast_are_refused() -> None:
    def f(p: Any) -> Any:
        x, y = p
        return x * y

    with pytest.raises(
        ValueError, match=r"tangents of jvp: expected shape \(2,\), got shape \(3,\)"
    ):
        jvp(f, (np.ones(2),), (np.ones(3),))
    with pytest.raises(ValueError, match=r"expected shape \(2,\), got \(shape \(\), shape \(\)\)"):
        hvp(f, np.ones(2), [1.0, 0.0])
    with pytest.raises(ValueError, match=r"expected shape \(\) and shape \(\), got shape \(\)"):
        jvp(lambda x, y: x * y, (1.0, 2.0), (1.0,))
    with pytest.raises(TypeError, match=r"jvp: expected a tuple .* jvp\(f, \(x,\), \(v,\)\)"):
        jvp(f, np.ones(2), np.ones(2))  # type: ignore[arg-type]


@pytest.mark.parametrize("cotangent", [1.0, np.ones(2), np.ones((2, 2, 1)), [np.ones((2, 2))] * 2])
def test_cotangents_of_another_shape_than_the_result_are_refused(cotangent: Any) -> None:
    for back in (vjp(lambda x: np.outer(x, x), np.ones(2))[1], make_vjp(np.diag)(np.ones(2))[0]):
        with pytest.raises(ValueError, match=r"cotangent of .*vjp: expected shape \(2, 2\), got"):
            back(cotangent)


def test_parts_of_a_dict_are_matched_by_key() -> None:
    def f(p: Any) -> Any:
        return p["a"] ** 3 * 3 + p["b"] ** 2 * 5

    p, turned = {"a": 1.0, "b": 2.0}, {"b": 1.0, "a": 0.0}
    assert jvp(f, (p,), (turned,)) == (23.0, 20.0)
    assert make_jvp(f)(p)(turned) == (23.0, 20.0)
    assert hvp(f, p, turned) == {"a": 0.0, "b": 10.0}
    _, back = vjp(lambda x: {"a": x, "b": (2 * x, [3 * x])}, 2.0)
    assert back({"b": [10.0, (100.0,)], "a": 1.0}) == (321.0,)
    for wrong in (
        {"c": 1.0, "b": (1.0, [1.0])},
        (1.0, 1.0, 1.0),
        {"a": 1.0},
        [],
        {"a": 1.0, "b": []},
    ):
        with pytest.raises(
            ValueError,
            match=r"expected \{'a': shape \(\), 'b': \(shape \(\), \(shape \(\)\)\)\}, got",
        ):
            back(wrong)
    with pytest.raises(ValueError, match=r"expected nothing, got shape \(\)"):
        vjp(lambda x: (), 2.0)[1](1.0)


def test_parts_of_a_named_tuple_have_their_places() -> None:
    Point, Turned = namedtuple("Point", "x y"), namedtuple("Turned", "y x")
    _, back = vjp(lambda x: Point(x, 2 * x), 2.0)
    assert back(Point(1.0, 10.0)) == back((1.0, 10.0)) == (21.0,)
    with pytest.raises(ValueError, match="in the same structure"):
        back(Turned(1.0, 10.0))


@pytest.mark.parametrize("wrong", [None, 1j, "a", np.array([1j])])
def test_tangents_and_cotangents_are_real_numbers(wrong: Any) -> None:
    for back in (vjp(lambda x: x * 2, 1.0)[1], make_vjp(lambda x: x * 2)(1.0)[0]):
        with pytest.raises(TypeError, match=r"cotangent of .*vjp: expected real numbers, got"):
            back(wrong)
    with pytest.raises(TypeError, match="tangents of jvp: expected real numbers, got"):
        jvp(lambda x: x * 2, (1.0,), (wrong,))


@pytest.mark.parametrize("dtype", [float, np.float32])
def test_a_vjp_belongs_to_the_arrays_of_its_time(dtype: Any) -> None:
    def f(z: Any) -> Any:
        return autograd.sum(z * z)

    x = np.ones(3, dtype)
    back, _ = make_vjp(f)(x)
    _, other = vjp(lambda p: f(p["x"]), {"x": x})
    t = Tensor(np.ones(3), requires_grad=True)
    g, _ = grad(lambda t, x: autograd.sum(t * t * x * x), (0, 1))(t, x)
    x -= 0.5
    np.testing.assert_array_equal(back(1.0), [2, 2, 2])
    np.testing.assert_array_equal(other(1.0)[0]["x"], [2, 2, 2])
    autograd.sum(g).backward()
    np.testing.assert_array_equal(t.grad, [2, 2, 2])


def test_an_argument_is_named_once() -> None:
    for argnum in ((0, 0), [1, -1]):
        for transform in (grad, value_and_grad, jacobian, make_vjp):
            with pytest.raises(ValueError, match=r"expected each argument once, got argnum=.*0|1"):
                transform(lambda x, y: x * y, argnum)(2.0, 3.0)


def test_make_jvp_of_several_arguments() -> None:
    a, b = np.array([1.0, 2.0]), np.array([3.0, 5.0])
    value, tangent = make_jvp(lambda x, k, y: k * x * y, (0, 2))(a, 2.0, b)((np.ones(2), a))
    np.testing.assert_array_equal(value, 2 * a * b)
    np.testing.assert_array_equal(tangent, 2 * (b + a * a))
    with pytest.raises(ValueError, match=r"tangents of make_jvp: expected shape .* and shape"):
        make_jvp(lambda x, y: x * y, (0, 1))(a, b)(a)
    with pytest.raises(TypeError, match="make_jvp: expected argnum to count one of the 1"):
        make_jvp(lambda x: x, 1)(a)(a)


@pytest.mark.parametrize("name", [*autograd.transforms.__all__, "compile", "check_grads"])
def test_what_is_no_function_is_refused_at_once(name: str) -> None:
    transform = getattr(autograd, name, None) or getattr(autograd.transforms, name)
    settings = {"vjp": (1.0,), "jvp": ((1.0,), (1.0,)), "hvp": (1.0, 1.0)}.get(name, ())
    with pytest.raises(TypeError, match=rf"^{name}: expected a function, got 3 .*{name}\(f\), not"):
        transform(3, *settings)
    x = Tensor(2.0, requires_grad=True)
    with pytest.raises(TypeError, match=rf"^{name}: expected a function, .*x\.grad, after"):
        transform(x * x, *settings)


def test_results_are_plain_and_the_graph_is_gone() -> None:
    assert type(grad(lambda x: x * x)(3.0)) is float
    assert type(grad(rosenbrock)(X)) is np.ndarray
    assert type(grad(rosenbrock)(Tensor(X))) is Tensor


def test_the_derivative_at_a_tensor_is_connected_to_it() -> None:
    x = Tensor(X, requires_grad=True)
    g = grad(rosenbrock)(x)
    np.testing.assert_array_equal(g.data, grad(rosenbrock)(X))
    assert x.grad is None
    value, same = autograd.value_and_grad(rosenbrock)(x)
    np.testing.assert_array_equal(same.data, g.data)
    (g.sum() + value).backward()
    H = hessian(rosenbrock)(X)
    np.testing.assert_allclose(x.grad, H.sum(axis=0) + g.data, rtol=1e-12)
    J = jacobian(np.sin)(x)
    x.zero_grad()
    J.sum().backward()
    np.testing.assert_allclose(x.grad, -np.sin(X), rtol=1e-14)


def test_hessians_of_trees() -> None:
    point = {"a": 2.0, "b": np.array([3.0, 5.0])}
    H = hessian(lambda p: p["a"] ** 2 * autograd.sum(p["b"] ** 2))(point)
    assert H["a"]["a"] == 2 * 34.0
    np.testing.assert_array_equal(H["a"]["b"], [24.0, 40.0])  # 4 a b
    np.testing.assert_array_equal(H["b"]["a"], H["a"]["b"])
    np.testing.assert_array_equal(H["b"]["b"], 4 * 2 * np.eye(2))
    (xx, xy), (yx, yy) = hessian(lambda x, y: x**2 * y, argnum=(0, 1))(2.0, 3.0)
    assert (xx, xy, yx, yy) == (6.0, 4.0, 4.0, 0.0)
    J = jacobian(lambda x: (x[0] * x, {"s": autograd.sum(x)}))(np.array([1.0, 2.0]))
    np.testing.assert_array_equal(J[0], [[2, 0], [2, 1]])
    np.testing.assert_array_equal(J[1]["s"], [1, 1])


def test_jacobians_of_trees_constants_and_nothing() -> None:
    x = {"a": np.array([1.0, 2.0]), "b": [3.0, np.ones((2, 2))]}
    J = jacobian(lambda x: x["a"] * x["b"][0] + autograd.sum(x["b"][1], axis=0))(x)
    np.testing.assert_array_equal(J["a"], [[3, 0], [0, 3]])
    np.testing.assert_array_equal(J["b"][0], [1, 2])
    np.testing.assert_array_equal(J["b"][1], [[[1, 0], [1, 0]], [[0, 1], [0, 1]]])
    np.testing.assert_array_equal(
        jacobian(lambda x: np.ones((2, 3)))(np.ones(4)), np.zeros((2, 3, 4))
    )
    assert jacobian(lambda x: x)(np.ones(0)).shape == (0, 0)
    both = jacobian(lambda x, y: x * y, argnum=(0, 1))(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    np.testing.assert_array_equal(both, [[[3, 0], [0, 4]], [[1, 0], [0, 2]]])


def test_what_is_asked_for_must_be_there() -> None:
    with pytest.raises(
        TypeError, match=r"grad: expected argnum to count one of the 1 .*got argnum=1"
    ):
        grad(lambda x: x, argnum=1)(2.0)
    with pytest.raises(TypeError, match="jacobian: expected a function with one number or array"):
        jacobian(lambda x: (x, "x"))(2.0)
    with pytest.raises(TypeError, match=r"Write hessian_vector_product\(f\)\(x, v\)"):
        autograd.hessian_vector_product(lambda x: x)(2.0)
    with pytest.raises(TypeError, match=r"hessian_vector_product: expected argnum .*argnum=3"):
        hessian_vector_product(lambda x: x, 3)(1.0, 1.0)
    with pytest.raises(TypeError, match="Tensor: expected real numbers"):
        grad(lambda x: x)("2")


def test_captured_parameters_are_constants_to_a_derivative() -> None:
    w = Tensor(np.array([2.0, 3.0]), requires_grad=True)
    g = grad(lambda x: autograd.sum(np.sin(w * x) * w))(np.array([0.1, 0.2]))
    np.testing.assert_allclose(g, w.data**2 * np.cos(w.data * [0.1, 0.2]), rtol=1e-14)
    assert w.grad is None
    H = hessian(lambda x: autograd.sum(w * x**3))(np.array([0.5, 1.0]))
    np.testing.assert_allclose(H, np.diag(6 * w.data * [0.5, 1.0]), rtol=1e-14)


def test_derivatives_at_tensors_have_the_history_of_captured_parameters() -> None:
    w, x = Tensor(3.0, requires_grad=True), Tensor(2.0)
    penalties: list[tuple[Callable[[], Any], float]] = [
        (lambda: grad(lambda x: w * x * x)(x), 4.0),
        (lambda: value_and_grad(lambda x: w * x)(x)[0], 2.0),
        (lambda: jvp(lambda x: w * x * x, (x,), (1.0,))[1], 4.0),
        (lambda: vjp(lambda x: w * x * x, x)[1](1.0)[0], 4.0),
        (lambda: hessian(lambda x: w * x**3)(x), 12.0),
        (lambda: jacobian(lambda x: w * x * x)(x), 4.0),
    ]
    for penalty, slope in penalties:
        w.zero_grad()
        (w**2 + penalty()).backward()
        assert w.grad == 6.0 + slope
    assert not grad(lambda x: x * x)(x).requires_grad
    with autograd.no_grad():
        value, slope = value_and_grad(lambda x: w * x)(x)
    assert (value, slope.requires_grad) == (6.0, False)


def test_a_cotangent_or_tangent_with_a_history_keeps_it() -> None:
    g = Tensor([2.0, 3.0], requires_grad=True)
    at = np.array([0.5, 1.0])
    for carried in (vjp(np.sin, at)[1](g)[0], jvp(np.sin, (at,), (g,))[1]):
        g.zero_grad()
        carried.sum().backward()
        np.testing.assert_allclose(g.grad, np.cos(at), rtol=1e-15)
    assert isinstance(vjp(np.sin, at)[1](np.ones(2))[0], np.ndarray)


def test_a_matrix_of_numpy_counts_as_an_array() -> None:
    with pytest.warns(PendingDeprecationWarning):
        x = np.matrix([[1.0, 2.0], [3.0, 4.0]])  # its * would be a product of matrices
    np.testing.assert_array_equal(grad(lambda x: (x * x).sum())(x), 2 * np.asarray(x))
    with pytest.raises(TypeError, match="without a mask"):
        grad(lambda x: (x * x).sum())(np.ma.array([1.0, 2.0], mask=[False, True]))


def test_inner_derivatives_stop_at_their_own_variables() -> None:
    """Three levels, each capturing the variables of the outer ones."""

    def outer(x: Any) -> Any:
        def middle(y: Any) -> Any:
            return grad(lambda z: x * y**2 * z**3)(y) * x  # 3 x y^2 y^2 x

        return grad(middle)(x)  # 12 x^2 y^3 at y = x: 12 x^5

    assert outer(2.0) == 12 * 2.0**5
    assert grad(outer)(2.0) == 60 * 2.0**4


def test_large_jacobians_are_carried_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x: Any) -> Any:
        return np.sin(x[1:, None] * x[:-1]) @ x[1:]

    x = np.linspace(0.1, 1.0, 6)
    whole = jacobian(f)(x)
    monkeypatch.setattr("autograd.evaluation.MANY", 60)
    np.testing.assert_allclose(jacobian(f)(x), whole, rtol=1e-14)
    monkeypatch.setattr("autograd.evaluation.MANY", 1)
    np.testing.assert_allclose(jacobian(f)(x), whole, rtol=1e-14)
    steps = np.eye(6) * 1e-6
    numeric = np.stack([(f(x + h) - f(x - h)) / 2e-6 for h in steps], axis=-1)
    np.testing.assert_allclose(whole, numeric, rtol=1e-8, atol=1e-9)


def test_hooks_and_rules_of_ones_own_in_a_jacobian() -> None:
    def f(x: Any) -> Any:
        y = x * 2
        y.register_hook(lambda g: -g)
        return autograd.checkpoint(np.sin)(y)

    x = np.array([0.1, 0.2])
    np.testing.assert_allclose(jacobian(f)(x), np.diag(-2 * np.cos(2 * x)), rtol=1e-14)


def test_derivatives_are_asked_for_inside_of_no_grad_too() -> None:
    with autograd.no_grad():
        assert grad(lambda x: x * x)(3.0) == 6.0
        assert grad(grad(lambda x: x**3))(2.0) == 12.0
        assert jvp(lambda x: x * x, (3.0,), (1.0,)) == (9.0, 6.0)
        np.testing.assert_array_equal(hessian(lambda x: autograd.sum(x**3))(X), np.diag(6 * X))
        assert not autograd.is_recording()
    for x in (autograd.Value(3.0), Tensor(3.0, requires_grad=True)):
        y = x**3
        with autograd.no_grad():
            y.backward(create_graph=True)
        slope = x.grad
        x.zero_grad()
        slope.backward()
        assert np.asarray(x.grad) == 18.0
    # Inside of the function no_grad() holds: what it computes is a constant.
    assert grad(lambda x: x * autograd.no_grad(lambda: x * x)())(3.0) == 9.0
    assert grad(lambda x: x * autograd.no_grad(lambda: grad(lambda y: y * y)(x))())(3.0) == 6.0


@pytest.mark.parametrize("nothing", [None, "x", 1j, object(), autograd.Value(2.0)])
def test_a_function_without_a_number_as_its_result_has_no_gradient(nothing: Any) -> None:
    for pair in (lambda f: vjp(f, 1.0), lambda f: jvp(f, (1.0,), (1.0,))):
        with pytest.raises(TypeError, match=r"expected a function with numbers, arrays or Tensors"):
            pair(lambda x: {"a": x, "b": nothing})
    for transform in (grad, value_and_grad, jacobian, elementwise_grad, make_vjp):
        with pytest.raises(TypeError, match=r"expected a function with one number or array"):
            transform(lambda x: nothing)(1.0)
    with pytest.raises(TypeError, match=r"got None\. Does it end with return\?"):
        grad(lambda x: None)(1.0)


def test_a_vjp_inside_of_a_derivative_takes_cotangents_that_move() -> None:
    def f(x: Any) -> Any:
        back, value = make_vjp(lambda y: y**2)(2.0)
        return back(x * value)  # 4 x 4

    assert grad(f)(3.0) == 16.0


def test_derivatives_have_the_dtype_of_what_they_belong_to() -> None:
    x = np.ones(2, dtype=np.float32)
    unused, used = grad(lambda x, y: autograd.sum(y), argnum=(0, 1))(x, x)
    assert (unused.dtype, used.dtype) == (np.float32, np.float32)
    wide, tangent = jvp(lambda x: x + np.ones(2), (x,), (x,))
    assert (wide.dtype, tangent.dtype) == (np.float64, np.float64)
    assert jvp(lambda y: Tensor(x), (1.0,), (1.0,))[1].dtype == np.float32


def test_parts_of_large_jacobians_are_small_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    carried = []
    carry = autograd.evaluation.pull_back

    def counted(*args: Any, rows: int = 0, **kwargs: Any) -> Any:
        carried.append(rows)
        return carry(*args, rows=rows, **kwargs)

    monkeypatch.setattr("autograd.evaluation.pull_back", counted)
    monkeypatch.setattr("autograd.evaluation.MANY", 100)
    jacobian(lambda x: np.sum(np.outer(x, x), axis=0))(np.ones(5))  # 25 numbers for each row
    assert carried == [4, 1]


def test_a_jacobian_through_positions_found_on_the_way() -> None:
    """Masks and positions that were computed are inputs: no index that all rows could share."""
    x = np.array([-1.0, 3.0, 2.0, 5.0])
    np.testing.assert_array_equal(jacobian(lambda x: x[x > 0] * 2)(x), 2 * np.eye(4)[[1, 2, 3]])
    np.testing.assert_array_equal(jacobian(lambda x: x[x.argsort()])(x), np.eye(4)[[0, 2, 1, 3]])
    np.testing.assert_array_equal(jacobian(lambda x: x[x.argmax()] * 2)(x), [0, 0, 0, 2])
    np.testing.assert_array_equal(
        hessian(lambda x: autograd.sum(x[x > 0] ** 2))(x), np.diag([0.0, 2.0, 2.0, 2.0])
    )


def test_derivatives_of_jacobians_and_vjps_with_linear_and_other_parts() -> None:
    """Constant and changing cotangents meet at one node, and are added up."""

    def f(y: Any) -> Any:
        return np.cumsum(y) + np.sin(y) + y[::-1] * 2

    x = np.array([0.1, 0.2, 0.3])
    second = jacobian(jacobian(f))(x)
    expected = np.zeros((3, 3, 3))
    expected[range(3), range(3), range(3)] = -np.sin(x)
    np.testing.assert_allclose(second, expected, atol=1e-15)
    g = grad(lambda x: autograd.sum(vjp(f, x)[1](np.ones(3))[0]))(x)
    np.testing.assert_allclose(g, -np.sin(x), rtol=1e-14)
    g = grad(lambda x: autograd.sum(make_vjp(np.sin)(x)[0](x)))(x)
    np.testing.assert_allclose(g, np.cos(x) - x * np.sin(x), rtol=1e-14)


@pytest.mark.parametrize("number", [2.0, 2, np.float32(2.0), np.float64(2.0), np.int64(2)])
def test_the_gradient_of_a_single_number_is_pythons(number: Any) -> None:
    """As the docstring of grad says; an array without axes keeps its dtype."""
    value, slope = autograd.value_and_grad(lambda x: x * x)(number)
    assert (value, slope) == (4.0, 4.0)
    assert (type(value), type(slope)) == (float, float)
    kept = autograd.grad(lambda x: x * x)(np.array(number, np.float32))
    assert (kept.shape, kept.dtype) == ((), np.float32)
