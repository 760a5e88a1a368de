"""What a picture says: every number in it is the graph's, and every node is accounted for."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Tensor, Value, draw, topological_order
from autograd.viz.boxes import Box, Scene
from autograd.viz.colours import number_text
from autograd.viz.scene import build


def picture(root: Value, **options: Any) -> Scene:
    return draw(root, engine="builtin", **options).scene


def labelled(scene: Scene, label: str) -> Box:
    """The one box of the node (or of the chain that ends in the node) with this label."""
    (box,) = [b for b in scene.boxes if b.title.split("\n")[0] == label]
    return box


def local(title: str) -> float | None:
    """The exact local derivative that the hover text of an edge states."""
    first = title.split("\n")[0]
    if first == "no gradient flows here":
        return None
    return float(first.removeprefix("local derivative "))


def chain_rule(scene: Scene, root: Box) -> dict[str, float]:
    """Sum over paths of the products of local derivatives, from the picture alone."""
    grads = {box.id: 0.0 for box in scene.boxes} | {root.id: 1.0}
    waiting = {box.id: sum(e.source is box for e in scene.edges) for box in scene.boxes}
    ready = [box for box in scene.boxes if not waiting[box.id]]
    for box in ready:
        for edge in (e for e in scene.edges if e.target is box):
            grads[edge.source.id] += grads[box.id] * (local(edge.title) or 0.0)
            waiting[edge.source.id] -= 1
            if not waiting[edge.source.id]:
                ready.append(edge.source)
    assert len(ready) == len(scene.boxes)
    return grads


Recipe = list[tuple[int, int, int]]
recipes = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 7), st.integers(0, 7)), max_size=14)


def graph(recipe: Recipe) -> Value:
    """A small graph with shared parts, constants and n-ary nodes; every node has a label."""
    nodes = [Value(0.5), Value(-1.25), Value(2.0)]
    for kind, i, j in recipe:
        a, b = nodes[-1 - i % len(nodes)], nodes[-1 - j % len(nodes)]
        nodes.append(
            [
                lambda a=a, b=b: a * b,
                lambda a=a, b=b: a + b,
                lambda a=a, b=b: a - b,
                lambda a=a: a.tanh(),
                lambda a=a: a * 0.75,
                lambda a=a: 3.0 - a.sin(),
                lambda a=a, b=b: autograd.dot([a, b, a], [b, b, nodes[0]]),
            ][kind]()
        )
    root = autograd.sum(nodes[-3:]).sigmoid()
    for index, node in enumerate(topological_order(root)):
        node.label = f"v{index}"
    root.label = "root"
    return root


# --- boxes ----------------------------------------------------------------------------------------


def test_a_box_shows_label_operation_value_and_gradient() -> None:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    c = a * b
    c.label = "c"
    c.backward()
    scene = picture(c)
    assert [box.lines for box in scene.boxes] == [
        ["a", "data 2", "grad -3"],
        ["b", "data -3", "grad 2"],
        ["c = ×", "data -6", "grad 1"],
    ]
    assert [box.kind for box in scene.boxes] == ["leaf", "leaf", "op"]


def test_without_a_label_a_box_shows_the_operation_and_a_leaf_only_numbers() -> None:
    scene = picture(Value(2.0).tanh())
    assert scene.boxes[0].lines == ["data 2", "grad not computed yet"]
    assert scene.boxes[1].lines[0] == "tanh"


def test_hovering_shows_all_digits() -> None:
    x = Value(1 / 3, label="x")
    y = x * x * x
    y.backward()
    box = labelled(picture(y), "x")
    assert box.title.split("\n")[-2:] == [f"data {1 / 3!r}", f"grad {x.grad!r}"]
    assert box.lines == ["x", "data 0.3333", "grad 0.3333"]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (0.1 + 0.2, "0.3"),
        (-1234.567, "-1235"),
        (0.00012344, "0.0001234"),
        (3.14159e-6, "3.142e-06"),
        (-2.5e-300, "-2.5e-300"),
        (5e-324, "4.941e-324"),
        (1e10, "1e+10"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (math.nan, "nan"),
    ],
)
def test_numbers_have_four_digits_and_small_ones_never_become_zero(
    number: float, text: str
) -> None:
    assert number_text(number) == text
    assert f"data {text}" in picture(Value(number)).boxes[0].lines


def test_a_vanishing_gradient_is_seen() -> None:
    x = Value(12.0, label="x")
    y = x.tanh().tanh() * 1e-8
    y.backward()
    assert 0 < x.grad < 1e-15
    assert f"grad {x.grad:.4g}" in labelled(picture(y), "x").lines
    assert "e-" in labelled(picture(y), "x").lines[-1]


def test_not_computed_yet_is_not_zero() -> None:
    x = Value(3.0, label="x")
    y = x * 0.0
    before = picture(y)
    assert labelled(before, "x").lines[-1] == "grad not computed yet"
    assert "gradients not computed yet" in before.description
    y.backward()
    after = picture(y)
    assert labelled(after, "x").lines[-1] == "grad 0"
    assert "not computed" not in after.description
    x.zero_grad()
    assert labelled(picture(y), "x").lines[-1] == "grad not computed yet"


def test_a_condition_gets_no_gradient_and_says_so() -> None:
    x = Value(3.0, label="x")
    condition = x > 1.0
    condition.label = "condition"
    y = autograd.where(condition, x, 0.0)
    y.backward()
    scene = picture(y)
    assert labelled(scene, "condition").lines[-1] == "no gradient flows here"
    assert [(e.label, e.title) for e in scene.edges if e.source.title.startswith("condition")] == [
        ("", "no gradient flows here")
    ]


def test_constants_are_boxes_without_a_derivative() -> None:
    x = Value(3.0, label="x")
    scene = picture(2 * x + 0.5)
    constants = [box for box in scene.boxes if box.kind == "constant"]
    assert sorted(box.lines[0] for box in constants) == ["0.5", "2"]
    edges = {e.source.lines[0]: (e.label, e.title) for e in scene.edges}
    assert edges["2"] == edges["0.5"] == ("", "no gradient flows here")
    assert edges["x"] == ("2", "local derivative 2.0")


@pytest.mark.parametrize("label", ["x" * 10_000, "many words " * 1000, "line\n" * 50])
def test_a_long_label_is_shortened_in_the_box_and_whole_in_the_hover_text(label: str) -> None:
    box = picture(Value(1.0, label=label)).boxes[0]
    assert len(box.lines) == 3
    assert len(box.lines[0]) < 40
    assert box.lines[0].endswith("…")
    assert box.lines[0][:-1] == " ".join(label.split())[: len(box.lines[0]) - 1]
    assert box.title.startswith(label.rstrip("\n "))


def test_a_box_is_as_wide_as_its_text() -> None:
    """In a monospaced font of 12 pixels a Latin character takes 7.2, a Japanese one 12."""
    assert picture(Value(1.0, label="x" * 27)).boxes[0].width >= 27 * 7.2
    assert picture(Value(1.0, label="日本語" * 9)).boxes[0].width >= 27 * 12


# --- edges ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("compute", "locals_"),
    [
        (lambda a: a * a, ["3", "3"]),
        (lambda a: a + a, ["1", "1"]),
        (lambda a: a - a, ["1", "-1"]),
        (lambda a: autograd.dot([a, a], [a, a]), ["3"] * 4),
    ],
)
def test_parallel_edges_are_all_drawn(compute: Any, locals_: list[str]) -> None:
    scene = picture(compute(Value(3.0, label="a")))
    assert [e.label for e in scene.edges] == locals_
    assert {(e.source.id, e.target.id) for e in scene.edges} == {("n0", "n1")}
    assert len({e.id for e in scene.edges}) == len(locals_)


@given(recipes)
@settings(deadline=None)
def test_each_edge_carries_the_local_derivative_of_its_node(recipe: Recipe) -> None:
    root = graph(recipe)
    scene = build(root, collapsed=False)
    for node in topological_order(root, everything=True):
        into = [e for e in scene.edges if e.target is labelled(scene, node.label)]
        assert [local(e.title) for e in into] == list(node.partials)
        sources = [e.source.title.split("\n")[0] for e in into]
        assert sources == [
            x.label if isinstance(x, Value) else f"the constant {x!r}" for x in node.inputs
        ]
        for edge in into:
            partial = local(edge.title)
            assert edge.label == ("" if partial is None else number_text(partial))


@given(recipes, st.sampled_from([{"collapsed": False}, {"expand": True}, {"collapsed": True}]))
@settings(deadline=None)
def test_the_chain_rule_on_the_picture_gives_the_gradients(
    recipe: Recipe, options: dict[str, bool]
) -> None:
    root = graph(recipe)
    root.backward()
    scene = build(root, **options)
    grads = chain_rule(scene, labelled(scene, "root"))
    by_label = {node.label: node.grad for node in topological_order(root)}
    drawn = {box.title.split("\n")[0]: box for box in scene.boxes}
    checked = [label for label in drawn if label in by_label]
    assert "root" in checked
    for label in checked:
        # The same products summed in another order: some roundings of the last digit.
        assert grads[drawn[label].id] == pytest.approx(by_label[label], rel=1e-9, abs=1e-12)


def test_a_path_with_a_factor_zero_contributes_zero_in_a_collapsed_picture_too() -> None:
    x = Value(0.0, label="x")
    y = x.sqrt() * 0.0 + x  # the slope of sqrt at 0 is inf; backward passes nothing through the 0
    y.label = "y"
    y.backward()
    assert x.grad == 1.0
    scene = picture(y, collapse=True)
    assert chain_rule(scene, labelled(scene, "y"))[labelled(scene, "x").id] == 1.0
    assert sorted(e.label for e in scene.edges if e.source is labelled(scene, "x")) == ["0", "1"]


def test_where_many_edges_arrive_their_numbers_are_in_the_hover_text() -> None:
    def edges(count: int) -> list[tuple[str, str]]:
        scene = picture(autograd.sum([Value(float(i)) for i in range(count)]))
        return [(e.label, e.title) for e in scene.edges]

    assert edges(12) == [("1", "local derivative 1.0")] * 12
    assert edges(13) == [("", "local derivative 1.0")] * 13


# --- expand ---------------------------------------------------------------------------------------


def test_expand_shows_the_products_and_their_sum() -> None:
    w = [Value(0.5, label="w0"), Value(-2.0, label="w1")]
    x = [Value(3.0, label="x0"), Value(4.0, label="x1")]
    total = autograd.dot(w, x)
    total.label = "total"
    (total * 10.0).backward()
    scene = picture(total, expand=True)
    products = [box for box in scene.boxes if box.lines[0] == "×"]
    assert [box.lines for box in products] == [
        ["×", "data 1.5", "grad 10"],
        ["×", "data -8", "grad 10"],
    ]
    assert labelled(scene, "total").lines == ["total = Σ", "data -6.5", "grad 10"]
    edges = [(e.source.lines[0], e.target.lines[0], e.label) for e in scene.edges]
    assert sorted(edges) == sorted(
        [
            ("w0", "×", "3"),
            ("x0", "×", "0.5"),
            ("w1", "×", "4"),
            ("x1", "×", "-2"),
            ("×", "total = Σ", "1"),
            ("×", "total = Σ", "1"),
        ]
    )


def test_expand_draws_constant_inputs() -> None:
    w = [Value(0.5, label="w0"), Value(-2.0, label="w1")]
    scene = picture(autograd.dot(w, [3.0, 4.0]), expand=True)
    assert [box.lines for box in scene.boxes if box.kind == "constant"] == [["3"], ["4"]]
    assert [e.label for e in scene.edges if e.source.kind == "constant"] == ["", ""]
    assert [e.label for e in scene.edges if e.source.kind == "leaf"] == ["3", "4"]


def test_without_expand_a_weighted_sum_is_one_box() -> None:
    w = [Value(0.5), Value(-2.0)]
    scene = picture(autograd.dot(w, w))
    assert [box.lines[0] for box in scene.boxes if box.kind == "op"] == ["Σ w·x"]
    assert [e.label for e in scene.edges] == ["0.5", "-2", "0.5", "-2"]


def test_expand_leaves_the_graph_alone() -> None:
    w = [Value(0.5), Value(-2.0)]
    total = autograd.dot(w, w)
    before = (total.inputs, total.partials, total.has_grad)
    picture(total, expand=True)
    assert (total.inputs, total.partials, total.has_grad) == before


def test_a_tensor_says_why_it_has_no_gradient() -> None:
    x = Tensor(np.ones((2, 3)), label="x")
    w = Tensor(np.full((3, 2), 2.0), requires_grad=True, label="w")
    y = x @ w
    loss = (y * y).sum()

    def lines() -> dict[str, list[str]]:
        return {box.lines[0]: box.lines[1:] for box in build(loss).boxes}

    before = lines()
    assert before["x"] == ["(2, 3) float64", "‖data‖ 2.449"]  # a constant
    assert before["w"] == ["(3, 2) float64", "‖data‖ 4.899", "grad not computed yet"]
    assert before["@"][-1] == "grad not kept (retain_grad)"
    assert "not computed yet" in build(loss).description
    y.retain_grad()
    loss.backward()
    after = lines()
    assert after["@"][-1] == f"‖grad‖ {np.linalg.norm(2 * y.data):.4g}"
    assert after["w"][-1] == f"‖grad‖ {np.linalg.norm(w.grad):.4g}"
    assert "not computed yet" not in build(loss).description


def test_gradients_that_are_nodes_are_drawn_as_numbers() -> None:
    v = Value(3.0, label="v")
    t = Tensor([1.0, 2.0], requires_grad=True, label="t")
    (v * v).backward(create_graph=True)
    (t * t).sum().backward(create_graph=True)
    assert build(v * 2).boxes[0].lines == ["v", "data 3", "grad 6"]
    assert build(t * 2).boxes[0].lines == ["t", "(2,) float64", "‖data‖ 2.236", "‖grad‖ 4.472"]


def test_gradients_behind_a_compiled_call_are_those_of_the_captured_values() -> None:
    w, b = Value(2.0, label="w"), Value(-1.0, label="b")
    line = autograd.compile(lambda x: w * x + b)
    root = line(np.array([1.0, 2.0])).sum()
    assert "not computed yet" in draw(root).svg
    root.backward()
    norm = np.hypot(w.grad, b.grad)
    assert norm == np.hypot(3.0, 2.0)
    for _ in range(2):
        parameters = draw(root).scene.boxes[0]
        assert parameters.grad.value == norm
        assert "not computed yet" not in draw(root).svg
        assert "+ 1 leaf, |grad| ≤ 3" in draw(root, collapse=True).svg
        w * 1.0  # ends that the numbers are in one array
    w.zero_grad()
    assert draw(root).scene.boxes[0].grad.missing == "not computed"


def test_what_is_inside_of_a_compiled_call_is_refused_with_the_way_out() -> None:
    w = Value(2.0, label="w")
    line = autograd.compile(lambda x: w * x)
    root = line(np.ones(3)).sum()
    with pytest.raises(TypeError, match="of a compiled function there are no nodes"):
        autograd.explain(root, w)
    with pytest.raises(TypeError, match="highlight None, or a Tensor of the graph"):
        draw(root, highlight=w)
    with pytest.raises(TypeError, match=r"draw\(f.program\(x\)\)"):
        draw(line)
