"""Pictures say where a leaf was changed after the graph was recorded, and only there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from op_samples import SAMPLES, call

import autograd
import nn
from autograd import Tensor, Value, draw, step, topological_order
from autograd.node import PRIMITIVES
from autograd.viz.changed import changed_inputs, changed_text

ROWS = [(name, tuple(point)) for name, sample in SAMPLES.items() for point in sample.points]


def marked(root: Any, **settings: Any) -> list[str]:
    boxes = draw(root, **settings).scene.boxes
    return [row.text for box in boxes for row in box.rows if row.role == "mark"]


@pytest.mark.parametrize(("name", "point"), ROWS)
def test_what_was_not_changed_follows_from_its_inputs(name: str, point: Any) -> None:
    primitive = PRIMITIVES[name]
    values = [Value(x, label=f"x{i}") for i, x in enumerate(point)]
    out = call(primitive, primitive, values)
    with autograd.no_grad(), autograd.scope("a picture may be drawn anywhere"):
        assert not [node for node in topological_order(out) if changed_inputs(node)]


def descent(kind: Any) -> tuple[Any, Any]:
    a = Value(1.0, label="a") if kind is Value else Tensor(1.0, requires_grad=True, label="a")
    loss = (a * 3) ** 2
    loss.backward()
    a.data = a.data - 0.1 * a.grad
    return a, loss


@pytest.mark.parametrize("kind", [Value, Tensor])
def test_a_step_of_an_optimiser_is_told_and_no_equation_is_false(kind: Any) -> None:
    a, loss = descent(kind)
    given, computed, after, *_, last = step(loss).captions
    assert given.endswith("a = −0.8")
    assert computed == "Forward: v₁ was computed before a changed. v₁ = 3"
    assert after == "Forward: L is computed. L = v₁^2 = 3^2 = 9"  # as it was, and is
    assert last.startswith("Backward: from v₁ to a (a as when v₁ was computed). ∂L/∂a = ")
    assert marked(loss) == ["a changed since"]
    assert marked(loss, collapse=True) == ["an input changed since: 1 of 2"]
    a.data = a.data * 0 + 1.0
    assert not marked(loss)
    assert step(loss).captions[1] == "Forward: v₁ is computed. v₁ = a × 3 = 1 × 3 = 3"


def test_a_number_that_leaves_the_result_and_not_the_local_derivative_is_found() -> None:
    a, b = Value(0.0, label="a"), Value(5.0, label="b")
    product = a * b
    b.data = 6.0  # 0 · 6 is still 0
    assert product.partials[0] == 5.0
    assert changed_text(changed_inputs(product)) == "a or b"


def test_what_would_be_infinite_now_has_changed_and_nan_equals_nan() -> None:
    x = Value(2.0, label="x")
    roots = [1.0 / x, autograd.log(x), x * float("nan")]
    assert not any(map(changed_inputs, roots))
    x.data = 0.0  # no warning: nobody divides by it but the picture
    assert [changed_inputs(root) for root in roots] == [[x], [x], []]
    with autograd.detect_anomaly():
        assert changed_inputs(roots[0]) == [x]


def test_of_arrays_it_is_known_which_and_of_a_group_it_is_counted() -> None:
    nn.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    loss = ((model(Tensor(np.ones((4, 2)))) * np.ones(1)) ** 2).sum()
    assert not marked(loss, model=model)
    bias = model[0].bias
    bias.data = bias.data + 1.0
    (first,) = [node for node in topological_order(loss) if changed_inputs(node)]
    assert changed_inputs(first) == [bias]
    assert marked(loss, model=model, collapse="model") == ["an input changed since: 1 of 3"]


def test_a_weighted_sum_of_many_leaves_names_none() -> None:
    neuron = nn.Neuron(3, seed=0)
    out = neuron([1.0, 2.0, 3.0])
    for p in neuron.parameters():
        p.data += 1.0
    assert "an input changed since" in marked(out)


def test_a_function_of_the_users_is_not_called_for_a_picture() -> None:
    calls = []

    @autograd.primitive
    def double(x: Any) -> Any:
        calls.append(x)
        return 2.0 * x

    double.defvjp(lambda g, out, x: 2.0 * g)
    x = Value(1.0)
    y = double(x)
    x.data = 2.0
    assert not changed_inputs(y)
    assert calls == [1.0]
