"""What a Tensor says to input that it cannot use: every message names what came and a way out."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, Value

MATRIX = np.array([[1.0, 2.0], [3.0, 4.0]])


def leaf(x: Any = MATRIX) -> Tensor:
    return Tensor(np.array(x), requires_grad=True)


# --- new tensors ---


@pytest.mark.parametrize(
    ("data", "settings", "text"),
    [
        ("x", {}, r"real numbers, got 'x' \(str\) with dtype <U1\. Convert it first"),
        (["1", "2"], {}, r"got \['1', '2'\] \(list\) with dtype <U1\. Convert it first"),
        ("x", {"requires_grad": True}, r"real numbers, got 'x'"),
        (None, {}, r"got None with dtype object"),
        ({"a": 1}, {}, r"got \{'a': 1\} \(dict\)"),
        ([1.0, None], {}, r"Fill in what is missing \(None\)"),
        (np.array([object()]), {}, r"dtype object\. Convert it first"),
        (1j, {}, r"got 1j \(complex\).*Take \.real and \.imag apart"),
        ([1.0], {"dtype": complex}, r"complex.*choose np\.float64 or np\.float32"),
        ([1.0], {"dtype": object}, r"object.*choose np\.float64 or np\.float32"),
        ([1.0], {"dtype": "nope"}, r"dtype=nope.*choose np\.float64"),
        (["a"], {"dtype": float}, r"got \['a'\] \(list\), dtype="),
        (np.array(["2020-01-01"], dtype="M8[D]"), {}, r"dtype datetime64\[D\]"),
        ([1.0], {"requires_grad": "yes"}, r"True or False as requires_grad, got 'yes' \(str\)"),
        ([1.0], {"requires_grad": 2}, r"True or False as requires_grad, got 2 \(int\)"),
        ([1.0], {"label": 3}, r"a text as label, got 3 \(int\)"),
        ([1, 2], {"requires_grad": True, "dtype": int}, r"floating-point.*Leave dtype out"),
    ],
)
def test_a_new_tensor_says_what_is_wrong(data: Any, settings: Any, text: str) -> None:
    with pytest.raises(TypeError, match=f"^Tensor: expected .*{text}"):
        Tensor(data, **settings)


MASKED = np.ma.array([1.0, 2.0, 3.0], mask=[False, False, True])


@pytest.mark.parametrize(
    "use",
    [
        Tensor,
        autograd.mean,
        autograd.std,
        lambda m: leaf([1.0, 2.0, 3.0]) * m,
        lambda m: m * leaf([1.0, 2.0, 3.0]),  # here NumPy would take the bare numbers of the tensor
        lambda m: m / leaf([1.0, 2.0, 3.0]),
        lambda m: np.ma.exp(leaf([1.0, 2.0, 3.0])),
        lambda m: m * Value(2.0),
        lambda m: Value(2.0) - m,
        lambda m: np.where(m > 1, leaf([1.0, 2.0, 3.0]), 0.0),
    ],
)
def test_masked_arrays_are_refused(use: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match=r"expected an array without a mask, got .*compressed"):
        use(MASKED)


def test_a_hook_must_be_a_function() -> None:
    t = leaf()
    with pytest.raises(TypeError, match=r"^register_hook: expected a function, got 3 \(int\)"):
        t.register_hook(3)  # type: ignore[arg-type]
    t.sum().backward()


@pytest.mark.parametrize("grad", ["x", np.array([["a", "b"], ["c", "d"]])])
def test_a_gradient_that_is_no_number_is_named_when_it_is_added_to(grad: Any) -> None:
    t = leaf()
    t.grad = grad
    with pytest.raises(TypeError, match=r"^grad: expected real numbers, got .*Convert it first"):
        t.sum().backward()
    assert t.grad is grad


def test_a_label_in_the_wrong_place_is_named() -> None:
    with pytest.raises(
        TypeError, match=r"got 'w' \(str\).*Tensor\(data, requires_grad=True, label"
    ):
        Tensor([1.0], "w")  # type: ignore[arg-type]


def test_ragged_rows() -> None:
    with pytest.raises(
        ValueError, match=r"rows of one length, got \[\[1, 2\], \[3\]\].*rows differ"
    ):
        Tensor([[1, 2], [3]])


@pytest.mark.parametrize("data", [Value(1.0), [Value(1.0), 2.0], [[1.0, Value(2.0)]]])
def test_values_do_not_become_tensors(data: Any) -> None:
    with pytest.raises(TypeError, match=r"Values and Tensors do not mix: Tensor\(\[v\.data"):
        Tensor(data)


def test_a_list_of_tensors_is_stacked() -> None:
    for make in (Tensor, np.array, np.asarray):
        with pytest.raises(TypeError, match=r"history would be lost.*autograd\.stack\(\[a, b\]\)"):
            make([leaf(), leaf()])


@pytest.mark.parametrize("make", [lambda t: t, lambda t: t * 2])
def test_a_new_tensor_takes_no_history_away(make: Any) -> None:
    for settings in ({}, {"requires_grad": True}):
        with pytest.raises(TypeError, match=r"^Tensor: .*history would be lost.*t\.detach\(\)"):
            Tensor(make(leaf()), **settings)
        with pytest.raises(TypeError, match=r"^Tensor: .*history would be lost"):
            autograd.grad(lambda x, some=settings: Tensor(make(x), **some).sum())(MATRIX)
    new = make(leaf()).detach()
    assert (new.is_leaf, new.requires_grad, new.grad) == (True, False, None)
    assert np.shares_memory(Tensor(new).data, new.primal) or Tensor(new).primal is new.primal
    assert new.requires_grad_().requires_grad


def test_integers_move_in_steps() -> None:
    t = Tensor([1, 2])
    with pytest.raises(TypeError, match=r"requires_grad: expected a floating-point.*int64"):
        t.requires_grad_()
    assert not t.requires_grad
    assert Tensor(t, requires_grad=np.True_).dtype == np.float64  # type: ignore[arg-type]


# --- Values and Tensors together ---


@pytest.mark.parametrize(
    "call",
    [
        lambda v, t: v * t,
        lambda v, t: t * v,
        lambda v, t: v + t,
        lambda v, t: t - v,
        lambda v, t: t**v,
        lambda v, t: v**t,
        lambda v, t: v < t,
        lambda v, t: t < v,
        lambda v, t: v @ t,
        lambda v, t: np.add(v, t),
        lambda v, t: np.add(t, v),
        lambda v, t: np.where(t > 0, v, t),
        lambda v, t: np.stack([t, v]),
        lambda v, t: np.stack([v, t]),
        lambda v, t: autograd.where(v, t, 1.0),
        lambda v, t: autograd.where(t, v, 1.0),
        lambda v, t: autograd.maximum(t, v),
        lambda v, t: autograd.maximum(v, t),
        lambda v, t: autograd.clip(t, v, 3.0),
        lambda v, t: sum([t, v]),
        lambda v, t: sum([v, t]),
        lambda v, t: autograd.sum([v, t]),
        lambda v, t: autograd.dot(t, v),
        lambda v, t: autograd.dot(v, t),
        lambda v, t: t.dot(v),
        lambda v, t: np.array([v, v]) * t,
        lambda v, t: t * np.array([v, v]),
    ],
)
def test_values_and_tensors_do_not_mix(call: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match=r"Values or Tensors, not both") as caught:
        call(Value(2.0), leaf())
    text = str(caught.value)
    assert "Value(" in text
    assert "Tensor(" in text.partition(". Make")[0]
    assert "Make the number a tensor, Tensor(2.0)" in text
    assert "\n" not in text


@pytest.mark.parametrize("call", [autograd.ravel, autograd.tril, lambda v: autograd.stack([v, v])])
def test_functions_of_arrays_do_not_take_one_number(call: Callable[..., Any]) -> None:
    with pytest.raises((TypeError, ValueError), match=r"array") as caught:
        call(Value(2.0))
    assert "Wrap numbers in Value" not in str(caught.value)


@pytest.mark.parametrize(
    "call",
    [
        lambda t: autograd.sum([t, t]),
        lambda t: autograd.mean([t, t]),
        lambda t: autograd.max([t, t]),
        lambda t: autograd.sum([t, t], axis=0),
        lambda t: autograd.var([t, t], keepdims=True),
        lambda t: autograd.add(t, [t, t]),
        lambda t: autograd.sum([t, Value(1.0)]),
    ],
)
def test_a_list_of_tensors_is_no_tensor(call: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match=r"a list with nodes in it.*autograd\.stack\(\[a, b\]\)"):
        call(leaf())


# --- numbers beside a tensor ---


@pytest.mark.parametrize("other", ["x", None, 1j, [[1, 2], [3]], {}, np.array(["a"])])
def test_what_is_no_number_beside_a_tensor(other: Any) -> None:
    with pytest.raises(TypeError, match=r"add: expected tensors, real numbers or arrays of them"):
        leaf() + other


@pytest.mark.parametrize("other", ["x", None, {}, Value(2.0), (x for x in [1.0, 2.0])])
@pytest.mark.parametrize("x", [np.ones(2), Tensor([1.0, 2.0])])
def test_what_has_no_product_with_an_array(x: Any, other: Any) -> None:
    calls = [autograd.dot, Tensor.dot, np.dot] if isinstance(x, Tensor) else [autograd.dot]
    for call in calls:
        with pytest.raises(TypeError, match=r"^(np\.)?dot: expected ") as caught:
            call(x, other)
        assert "dot_arrays" not in str(caught.value)
    with pytest.raises(TypeError, match=r"^dot: expected "):
        autograd.dot(other, x)


def test_dot_speaks_of_dot_and_has_no_axis() -> None:
    t = Tensor(np.ones((3, 3)))
    for call in (autograd.dot, Tensor.dot, np.dot):
        for other in (np.ones(2), np.ones((2, 2, 2))):
            with pytest.raises(ValueError, match=r"^dot: inner sizes differ"):
                call(t, other)
    for pair in ((t, t), ([Value(1.0)], [Value(2.0)]), ([1.0], [2.0])):
        with pytest.raises(TypeError, match="dot: expected two sequences alone, got axis"):
            autograd.dot(*pair, axis=0)
    assert (
        autograd.dot(t, 2.0).data.tolist() == autograd.dot(2.0, t.data).tolist() == [[2.0] * 3] * 3
    )


@pytest.mark.parametrize("x", [Tensor([1.0, 2.0]), [Value(1.0), Value(2.0)], np.ones(2)])
@pytest.mark.parametrize("settings", [{"ddof": "a"}, {"ddof": None}, {"correction": [1]}])
def test_what_is_no_number_of_lost_degrees(x: Any, settings: Any) -> None:
    for function in (autograd.var, autograd.std):
        with pytest.raises(TypeError, match=r"^(var|std): expected a number as ddof, or as corr"):
            function(x, **settings)


def test_lists_and_integers_beside_a_tensor_are_arrays() -> None:
    t = leaf()
    row = [1, 2]
    for out in (t + row, row + t, t + tuple(row), t + np.int8(1) + np.array([0, 1])):
        np.testing.assert_array_equal(out.data, MATRIX + row)
    (t ** [1, 2]).sum().backward()  # the rule of power computes with the list as well
    np.testing.assert_array_equal(t.grad, [[1, 4], [1, 8]])
    assert (Tensor(np.ones(2, dtype=np.float32)) * 2).dtype == np.float32


# --- a tensor where Python wants something else ---


@pytest.mark.parametrize("convert", [float, int, round, math.sin])
def test_a_number_would_lose_the_history(convert: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match=r"whose gradient would be lost.*autograd's functions"):
        convert(leaf().sum())
    with pytest.raises(TypeError, match=r"expected one element, got a tensor of shape \(2, 2\)"):
        convert(Tensor(MATRIX))


def test_other_conversions() -> None:
    t = leaf()
    with pytest.raises(TypeError, match=r"complex: expected real numbers"):
        complex(t.sum())
    with pytest.raises(TypeError, match=r"index: expected a single integer, got a tensor of float"):
        [1, 2][t.sum()]  # type: ignore[call-overload]
    with pytest.raises(ValueError, match=r"bool: expected one element.*t\.any\(\) or t\.all\(\)"):
        assert t > 1
    with pytest.raises(ValueError, match=r"item: .*shape \(2, 2\).*t\.tolist\(\)"):
        t.item()
    with pytest.raises(TypeError, match=r"len: expected a tensor with axes.*t\.size is 1"):
        len(t.sum())
    with pytest.raises(TypeError, match=r"len: expected a tensor with axes"):
        list(t.sum())


@pytest.mark.parametrize("convert", [np.array, np.asarray, lambda t: np.array(t, dtype=float)])
def test_an_array_would_lose_the_history(convert: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match=r"Tensor of shape \(2, 2\), whose history.*Use \.data"):
        convert(leaf())


def test_tensors_are_not_changed_in_place() -> None:
    t = leaf()
    with pytest.raises(TypeError, match=r"t\[0 \(int\)\] = .*where.*index_update\(t, index, new\)"):
        t[0] = 1.0
    with pytest.raises(TypeError, match=r"item deletion: .*t\[keep\]"):
        del t[0]
    np.testing.assert_array_equal(t.data, MATRIX)


@pytest.mark.parametrize("call", [lambda t: t & t, lambda t: 0 | t, lambda t: ~t])
def test_logic_is_for_masks(call: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match=r"expected masks.*got \w+64\. .*\(t > 0\) & \(t < 1\)"):
        call(leaf())


@pytest.mark.parametrize("dtype", ["cpu", "cuda:0", complex, object, str, None.__class__])
def test_other_types(dtype: Any) -> None:
    with pytest.raises(TypeError, match=r"astype: expected a type of real numbers.*no devices"):
        leaf().to(dtype)


# --- attributes ---


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cuda", r"always in main memory: drop the call"),
        ("device", r"always in main memory"),
        ("values", r"t\.argmax\(\) or t\.argsort\(\)"),
        ("t", r"Write t\.T"),
        ("long", r"Write t\.astype\(int\)"),
        ("mm", r"Write t @ other"),
        ("gt", r"Write t > other"),
        ("neg", r"Write -t"),
        ("isnan", r"Write autograd\.isnan\(t\)"),
        ("grad_fn", r"is t\.op, .*t\.inputs"),
        ("add_", r"not changed after they were computed\. Write t \+ other\..*\.data"),
        ("fill_", r"not changed.*autograd\.where or autograd\.index_update"),
        ("clamp_", r"not changed.*Write t = t\.clamp\(\.\.\.\)\. .*\.data"),
        ("uniform_", r"not changed after they were computed\. Parameters are changed through"),
    ],
)
def test_unknown_attributes_have_hints(name: str, text: str) -> None:
    with pytest.raises(AttributeError, match=rf"^Tensor has no attribute '{name}'\..*{text}"):
        getattr(leaf(), name)
    assert not hasattr(leaf(), name)
    assert name not in dir(leaf())


def test_unknown_attributes_are_missing() -> None:
    t = leaf()
    assert getattr(t, "foo", 3) == getattr(t, "cuda", 3) == 3
    with pytest.raises(AttributeError, match="'Tensor' object has no attribute 'reshpae'"):
        t.reshpae  # noqa: B018
    assert {"reshape", "clamp", "requires_grad_", "grad"} <= set(dir(t))
    with pytest.raises(AttributeError):
        t.foo = 1
    copied = copy.copy(t)  # asks for many names that start with an underscore
    np.testing.assert_array_equal(copied.data, MATRIX)


# --- shapes and graphs that do not fit ---


@pytest.mark.parametrize(
    ("name", "operation"),
    [
        ("add", lambda: leaf() + leaf(np.ones(3))),
        ("mul", lambda: np.ones(3) * leaf()),
        ("maximum", lambda: np.maximum(leaf(), np.ones(3))),
        ("where", lambda: autograd.where(leaf() > 0, leaf(), leaf(np.ones(3)))),
    ],
)
def test_shapes_that_do_not_broadcast(name: str, operation: Callable[[], Any]) -> None:
    shapes = r".*\(2, 2\) and \(3,\)\. |.*\(3,\) and \(2, 2\)\. "
    with pytest.raises(
        ValueError, match=rf"^{name}: expected shapes that broadcast, got ({shapes})"
    ):
        operation()


def test_flatten_names_the_axis_that_is_not_there() -> None:
    with pytest.raises(np.exceptions.AxisError, match=r"flatten: expected axes from -2 to 1 for"):
        leaf().flatten(5)
    assert Tensor(2.0).flatten().shape == (1,)


def test_lessons_about_numbers_refuse_arrays() -> None:
    with pytest.raises(TypeError, match=r"pushforward: expected a Value, .*with Values"):
        autograd.pushforward(leaf().sum(), {})
    with pytest.raises(ValueError, match=r"backward_steps: expected a single number, .*mean\(\)\)"):
        autograd.backward_steps(leaf() * 2)
    with pytest.raises(ValueError, match=r"backward_steps: expected a tensor that was computed"):
        autograd.backward_steps(Tensor(2.0))


def test_saving_takes_the_plain_array() -> None:
    with pytest.raises(TypeError, match=r"np\.save: .*Write np\.save\(file, t\.data\)"):
        np.save("never-written", leaf())


@pytest.mark.parametrize("bad", ["a", 1j, None, [None]])
def test_text_and_complex_numbers_are_no_data_and_no_gradients(bad: Any) -> None:
    t = Tensor(2.0, requires_grad=True)
    with pytest.raises(TypeError, match="data: expected real numbers"):
        t.data = bad
    assert t.item() == 2.0
    if bad is not None:
        with pytest.raises(TypeError, match="backward: expected real numbers"):
            (t * 3).backward(bad)
    assert t.grad is None


def test_the_mean_of_half_precision_numbers_is_numpys() -> None:
    x = np.random.default_rng(0).normal(size=(500, 3)).astype(np.float16)
    np.testing.assert_array_equal(autograd.mean(x, axis=0), np.mean(x, axis=0))
    t = Tensor(x, requires_grad=True)
    t.mean().backward()
    assert t.grad.dtype == np.float16
    assert t.mean().data == np.mean(x)


# --- plain arrays of tensors ---


def test_a_tensor_without_a_history_becomes_a_plain_array() -> None:
    t = Tensor([1.0, 2.0])
    view, copied, single = np.asarray(t), np.array(t), np.asarray(t, dtype=np.float32)
    t.data[0] = 5.0
    copied[1] = 7.0
    for array, numbers in ((view, [1, 2]), (copied, [1, 7]), (single, [1, 2])):
        np.testing.assert_array_equal(array, numbers)
    assert single.dtype == np.float32
    assert not view.flags.writeable
    np.testing.assert_array_equal(np.array([t, t * 2]), [[5, 2], [10, 4]])
    with pytest.raises(ValueError, match="copy"):
        np.asarray(t, dtype=np.float32, copy=False)


@pytest.mark.parametrize(
    "make",
    [
        np.asarray,
        lambda x: np.array([Tensor([0.0, 0.0]), x]),
        lambda x: np.asarray(x * Tensor([1.0, 1.0])),
    ],
)
@pytest.mark.parametrize("traced", [False, True])
def test_what_has_a_gradient_or_is_traced_becomes_no_plain_array(make: Any, traced: bool) -> None:
    f = lambda x: make(x).sum()  # noqa: E731
    run = autograd.compile(f, numbers=False) if traced else autograd.grad(f)
    with pytest.raises(TypeError, match="asking for the plain data" if traced else "history would"):
        run(np.ones(2))


def test_scipy_minimizes_what_is_compiled() -> None:
    optimize = pytest.importorskip("scipy.optimize", reason="SciPy is not installed")

    def f(x: Any) -> Any:
        return ((x - np.array([1.0, 2.0])) ** 2).sum()

    fast, slopes = (autograd.compile(g, numbers=False) for g in (f, autograd.grad(f)))
    for settings in ({}, {"jac": slopes}):
        found = optimize.minimize(fast, np.zeros(2), **settings)
        np.testing.assert_allclose(found.x, [1, 2], atol=1e-6)
