"""Large graphs: what shares a box, what is left out, and that every node is accounted for."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from test_viz_scene import Recipe, graph, labelled, picture, recipes

import autograd
from autograd import Value, draw, topological_order
from autograd.viz.boxes import Box
from autograd.viz.scene import build


def nodes_in(box: Box) -> int:
    """How many nodes the text of a box of an unlabelled graph speaks of."""
    if box.kind == "more":
        return int(box.lines[0].split()[1].replace(",", ""))
    if box.kind == "constant":
        return 0
    count = 1
    if box.kind == "op":
        parts = box.lines[0].split(" → ")
        count = sum(int(p.split()[1].replace(",", "")) if "more" in p else 1 for p in parts)
    folded = [line for line in box.lines if line.startswith("+ ") and "lea" in line]
    return count + sum(int(line.split()[1]) for line in folded)


def wide(width: int, depth: int) -> Value:
    """A network without labels: ``width`` neurons in each of ``depth`` layers."""
    signals = [Value(0.1), Value(-0.2)]
    for _ in range(depth):
        signals = [
            (autograd.dot([Value(0.3) for _ in signals], signals) + Value(0.1)).tanh()
            for _ in range(width)
        ]
    return autograd.sum(signals)


@pytest.mark.parametrize("collapse", [None, True, False])
@pytest.mark.parametrize(("width", "depth"), [(1, 1), (3, 2), (4, 3), (9, 2), (12, 8)])
def test_every_node_is_accounted_for(width: int, depth: int, collapse: bool | None) -> None:
    root = wide(width, depth)
    scene = build(root, collapsed=collapse)
    assert sum(map(nodes_in, scene.boxes)) == len(topological_order(root))
    root.backward()
    assert sum(map(nodes_in, build(root, collapsed=collapse).boxes)) == len(topological_order(root))


@given(recipes)
@settings(deadline=None)
def test_every_node_of_any_graph_is_accounted_for(recipe: Recipe) -> None:
    root = graph(recipe)
    for node in topological_order(root):
        node.label = ""
    count = len(topological_order(root))
    assert sum(map(nodes_in, build(root, collapsed=True).boxes)) == count
    assert sum(map(nodes_in, build(root, collapsed=False).boxes)) == count


def test_eighty_nodes_are_drawn_as_they_are_and_more_are_joined() -> None:
    def boxes(leaves: int, **options: Any) -> int:
        return len(picture(autograd.sum([Value(1.0) for _ in range(leaves)]), **options).boxes)

    assert boxes(79) == 80
    assert boxes(80) == 1  # the leaves are folded into their sum
    assert boxes(80, collapse=False) == 81
    assert boxes(3, collapse=True) == 1


def test_a_neuron_becomes_one_box_that_says_what_is_in_it() -> None:
    weights = [Value(0.5) for _ in range(3)]
    x = Value(2.0, label="x")
    neuron = (autograd.dot(weights, [x, x, x]) + Value(0.25)).tanh()
    loss = neuron * neuron
    loss.backward()
    scene = picture(loss, collapse=True)
    (box,) = [box for box in scene.boxes if "tanh" in box.lines[0]]
    assert box.lines[0] == "Σ w·x → + → tanh"
    largest = max(abs(w.grad) for w in weights)
    assert f"+ 4 leaves, |grad| ≤ {largest:.4g}" in box.lines


def test_an_edge_into_a_chain_carries_the_product_along_it() -> None:
    x = Value(0.5, label="x")
    links = [x.tanh()]
    for compute in (Value.exp, Value.sin, lambda v: v * 3.0, Value.cos):
        links.append(compute(links[-1]))
    root = links[-1] + x
    root.backward()
    scene = picture(root, collapse=True)
    (edge,) = [e for e in scene.edges if e.target.lines[0].startswith("tanh → … 3 more … → cos")]
    product = math.prod(link.partials[0] for link in links)
    assert float(edge.slope.value or 0.0) == pytest.approx(product, rel=1e-14)
    assert edge.label == f"{product:.4g}"
    assert x.grad == pytest.approx(product + 1.0, rel=1e-14)


def test_a_picture_never_has_more_boxes_than_can_be_read() -> None:
    for width, depth in [(9, 3), (16, 4), (40, 3), (90, 1)]:
        scene = build(wide(width, depth))
        assert len(scene.boxes) <= 80
        root = scene.boxes[-1]
        assert root.lines[0] == "Σ"
        for box in scene.boxes[:-1]:
            assert any(e.source is box for e in scene.edges), "a box that leads nowhere"


def test_a_very_long_chain_is_drawn_at_once() -> None:
    x = Value(1.0)
    y = x
    for _ in range(100_000):
        y = y * 0.99999 + 0.00001
    y.backward()
    scene = picture(y)
    (box,) = scene.boxes
    assert box.lines[0] == "× → … 199,998 more … → +"
    assert nodes_in(box) == 200_001


def test_a_long_chain_with_a_shared_leaf_keeps_what_is_nearest_to_the_root() -> None:
    x = Value(1.0, label="x")
    y = x
    for _ in range(100_000):
        y = y * x
    y.label = "end"
    scene = picture(y)
    assert scene.boxes[0].kind == "more"
    assert labelled(scene, "end").lines[0] == "end = ×"
    assert labelled(scene, "x") in [e.source for e in scene.edges]
    assert len(scene.boxes) < 80
    assert int(scene.boxes[0].lines[0].split()[1].replace(",", "")) == 100_001 - (
        len(scene.boxes) - 1
    )


def test_leaves_in_a_box_tell_zero_from_not_computed() -> None:
    y = (Value(-1.0) * Value(2.0)).relu()
    assert "+ 2 leaves" in build(y, collapsed=True).boxes[-1].lines
    y.backward()
    assert "+ 2 leaves, all grad 0" in build(y, collapsed=True).boxes[-1].lines


def test_a_node_with_a_name_keeps_a_box_of_its_own() -> None:
    y = Value(1.0).exp()
    y.label = "seen"
    z = y.tanh()
    assert [box.lines[0] for box in build(z, collapsed=True).boxes] == ["seen = exp", "tanh"]


def test_drawing_thousands_of_nodes_in_full_has_to_be_insisted_on() -> None:
    y = Value(0.5)
    for _ in range(1999):
        y = y.tanh()
    assert len(build(y, collapsed=False).boxes) == 2000
    y = y.tanh()
    with pytest.raises(ValueError, match=r"2,000 nodes.*2,001 nodes.*force=True"):
        draw(y, collapse=False)
    assert len(picture(y, collapse=False, force=True).boxes) == 2001
    assert len(picture(y).boxes) == 1
