"""What ``@primitive`` says to a student whose rules, arguments or settings do not fit."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from autograd import Tensor, Value, grad, jvp, primitive


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (lambda g, x: g, r"functions of \(g, out, x\).*got a function of \(g, x\)"),
        ("g", r"functions of \(g, out, x\)"),
    ],
)
def test_a_rule_takes_g_the_result_and_all_arguments(rule: Any, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        primitive(lambda x: x).defvjp(rule)


@pytest.mark.parametrize(
    ("rule", "got"),
    [
        (lambda g, out, x: None, "got None"),
        (lambda g, out, x: np.ones((2, 3)), r"of its shape \(3,\), got shape \(2, 3\)"),
        (lambda g, out, x: 1.0, r"got shape \(\)"),
    ],
)
def test_a_rule_returns_a_cotangent_of_its_argument(rule: Any, got: str) -> None:
    @primitive
    def same(x: Any) -> Any:
        return x * 1

    same.defvjp(rule)
    x = Tensor(np.ones(3), requires_grad=True)
    with pytest.raises(
        TypeError, match=rf"backward of same: expected the vjp of argument 0.*{got}"
    ):
        same(x).sum().backward()
    assert x.grad is None


@pytest.mark.parametrize(
    ("lengths", "body", "shape"),
    [((3, 2), lambda x: x.ravel()[:2], "(2,)"), ((2, 3), lambda x: x.T.ravel(), "(6,)")],
)
def test_a_cotangent_of_the_results_shape_is_one_only_where_that_was_broadcast(
    lengths: Any, body: Any, shape: str
) -> None:
    part = primitive(body)
    part.defvjp(lambda g, out, x: g)
    x = Tensor(np.ones(lengths), requires_grad=True)
    words = f"argument 0 (x) to return a cotangent of its shape {lengths}, got shape {shape}"
    with pytest.raises(TypeError, match=re.escape(words)):
        part(x).sum().backward()
    assert x.grad is None


def test_an_argument_without_a_jvp_is_named() -> None:
    product = primitive(lambda x, y: x * y)
    product.defvjp(lambda g, out, x, y: g * y, lambda g, out, x, y: g * x)
    product.defjvp(lambda t, out, x, y: t * y)
    with pytest.raises(TypeError, match=r"expected a jvp for argument 1 \(y\), got 1 of them"):
        jvp(product, (2.0, 3.0), (0.0, 1.0))
    product.defjvp(lambda t, out, x, y: t * y, None)  # None is an answer: nothing flows
    assert jvp(product, (2.0, 3.0), (0.0, 1.0)) == (6.0, 0.0)


# --- rules as they are printed can be typed in ----------------------------------------------------


def stated(text: str, known: Any) -> Any:
    """What the way out says, done."""
    found = re.search(r"(?:Write|State one for each:) ((\w+)\.def.*?\)(?=[,.] |\.$|, or))", text)
    assert found, text
    return eval(found[1], {found[2]: known})


def test_the_way_out_is_accepted() -> None:
    @primitive
    def scaled(x: Any, y: Any, *, k: Any = 1) -> Any:
        return x * y * k

    with pytest.raises(TypeError, match=r"expected functions of \(g, out, x, y, k\)") as caught:
        scaled.defvjp(lambda g, out, x, y: g)
    assert len(stated(str(caught.value), scaled).vjps) == 2
    scaled.defvjp(lambda g, out, x, y, k: g * y * k)
    with pytest.raises(TypeError, match=r"a vjp for argument 1 \(y\), got 1 of them") as caught:
        grad(scaled, 1)(2.0, 3.0)
    assert len(stated(str(caught.value), scaled).vjps) == 2


def test_more_rules_than_arguments() -> None:
    twice = primitive(lambda x, *, k=2: x * k)
    for state in (twice.defvjp, twice.defjvp):
        with pytest.raises(TypeError, match="one for each argument, got 2 of them for 1"):
            state(lambda g, out, x, k: g * k, lambda g, out, x, k: g)
    assert twice.vjps == twice.jvps == ()
    total = primitive(lambda *xs: sum(xs))
    total.defvjp(lambda g, out, *xs: g, lambda g, out, x, y: g)
    assert grad(total, 1)(2.0, 3.0) == 1.0


def test_a_keyword_only_setting_is_one_of_the_rule_too() -> None:
    twice = primitive(lambda x, *, k=2: x * k)
    for state, first in ((twice.defvjp, "g"), (twice.defjvp, "t")):
        words = rf"functions of \({first}, out, x, k\).*got a function of \(g, out, x\)"
        with pytest.raises(TypeError, match=words):
            state(lambda g, out, x: g)
        state(lambda g, out, x, k: g * k)
        state(lambda g, out, x, *, k: g * k)
        state(lambda g, out, *xs, **settings: g * settings["k"])
    assert grad(lambda x: twice(x, k=3))(1.0) == 3.0
    assert jvp(lambda x: twice(x, k=3), (1.0,), (1.0,)) == (3.0, 3.0)


# --- settings -------------------------------------------------------------------------------------


@primitive
def total(x: Any, kind: Any = "a", axis: Any = None) -> Any:
    return np.sum(x, axis=axis) * (1 if kind == "a" else 2)


BOTH = "total(x, *, kind='a', axis=None)"


@pytest.mark.parametrize(
    ("call", "got", "better"),
    [
        (lambda x: total(x), "kind='a' (str)", BOTH),
        (lambda x: total(x, kind="b"), "kind='b' (str)", BOTH),
        (lambda x: total(x, "b", axis=0), "kind='b' (str)", "total(x, axis=None, *, kind='a')"),
        (lambda x: total(x, 0, (0, 1)), "axis=(0, 1) (tuple)", "total(x, kind='a', *, axis=None)"),
        (lambda x: total(x, 0), "axis=None", "total(x, kind='a', *, axis=None)"),
    ],
)
def test_settings_are_keyword_only(call: Any, got: str, better: str) -> None:
    with pytest.raises(TypeError) as caught:
        call(Tensor(np.ones((2, 2)), requires_grad=True))
    text = str(caught.value)
    assert text.startswith("total: expected arguments with a derivative, and settings as keyword")
    assert f"got {got} among the arguments. Write def {better}, and" in text


def test_settings_beside_values_are_keyword_only() -> None:
    with pytest.raises(TypeError, match="settings as keyword-only ones, got kind='b'"):
        total(Value(2.0), kind="b")


def test_other_errors_are_left_alone() -> None:
    @primitive
    def broken(x: Any, y: Any) -> Any:
        raise TypeError("no such luck")

    x = Tensor([1.0], requires_grad=True)
    for y in (2.0, np.ones(1), x):
        with pytest.raises(TypeError, match=r"^no such luck$") as caught:
            broken(x, y)
        assert caught.value.__cause__ is None
    with pytest.raises(TypeError, match="broken: expected tensors, real numbers or arrays"):
        broken(x, ["a"])
