"""Where boxes stand: nothing overlaps, time runs to the right, and edges meet their boxes."""

from __future__ import annotations

import random
import shutil
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn
from autograd import Value, draw
from autograd.viz import layout
from autograd.viz.boxes import Row, Scene
from autograd.viz.shapes import label_box

needs_dot = pytest.mark.skipif(
    shutil.which("dot") is None, reason="graphviz's program dot is not installed"
)
ENGINES = ["builtin", pytest.param("dot", marks=needs_dot)]
# dot's splines begin and end within the width of an arrow's shaft of a box.
NEAR = {"builtin": 1e-6, "dot": 3.0}


def check(scene: Scene, near: float = 1e-6) -> None:
    """What makes a picture readable."""
    for index, a in enumerate(scene.boxes):
        assert near + a.x >= a.width / 2
        assert near + a.y >= a.height / 2
        assert a.x + a.width / 2 <= scene.width + near
        assert a.y + a.height / 2 <= scene.height + near
        for b in scene.boxes[:index]:
            apart_x = abs(a.x - b.x) - (a.width + b.width) / 2
            apart_y = abs(a.y - b.y) - (a.height + b.height) / 2
            assert max(apart_x, apart_y) >= -near, f"{a.lines} and {b.lines} overlap"
    for edge in scene.edges:
        source, target = edge.source, edge.target
        (x0, y0), (x1, y1) = edge.points[0], edge.points[-1]
        if scene.direction == "LR":
            assert source.x + source.width / 2 < target.x - target.width / 2, "an edge to the left"
            assert x0 == pytest.approx(source.x + source.width / 2, abs=near)
            assert x1 == pytest.approx(target.x - target.width / 2, abs=near)
        else:
            assert source.y + source.height / 2 < target.y - target.height / 2, "an edge upwards"
            assert y0 == pytest.approx(source.y + source.height / 2, abs=near)
            assert y1 == pytest.approx(target.y - target.height / 2, abs=near)
        assert abs(x0 - source.x) <= source.width / 2 + near
        assert abs(x1 - target.x) <= target.width / 2 + near
        assert abs(y0 - source.y) <= source.height / 2 + near
        assert abs(y1 - target.y) <= target.height / 2 + near
        assert len(edge.points) % 3 == 1, "not a cubic spline"
        for x, y in [*edge.points, edge.label_at]:
            assert -near <= x <= scene.width + near
            assert -near <= y <= scene.height + near


def random_graph(operations: int, seed: int) -> Value:
    rng = random.Random(seed)
    nodes = [Value(rng.uniform(-1, 1), label="v" * rng.randint(0, 9)) for _ in range(4)]
    for _ in range(operations):
        a, b = rng.choice(nodes[-8:]), rng.choice(nodes)
        nodes.append(
            rng.choice(
                [
                    lambda a=a, b=b: a * b,
                    lambda a=a, b=b: a + b,
                    lambda a=a: a.tanh(),
                    lambda a=a: a * 2.0,
                    lambda a=a, b=b: autograd.dot([a, b, a], [b, b, nodes[0]]),
                ]
            )()
        )
    return autograd.sum(nodes[-10:])


def small_graphs() -> dict[str, Value]:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    model = nn.MLP(2, [3, 2], seed=0)
    return {
        "one node": Value(1.0, label="alone"),
        "a chain": a.tanh().exp().sin(),
        "parallel edges": a * a,
        "many parallel edges": autograd.dot([a] * 10, [a] * 10),
        "a diamond": (a * b + a) ** 2,
        "a fan of twenty": autograd.sum([a * float(i) for i in range(20)]),
        "a long skip": a.tanh().tanh().tanh().tanh() + a,
        "a loss": nn.cross_entropy(model([a, b]), 1),
    }


@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", list(small_graphs()))
def test_small_graphs(name: str, engine: str, direction: str) -> None:
    root = small_graphs()[name]
    root.backward()
    for options in ({}, {"expand": True}, {"collapse": True}):
        scene = draw(root, engine=engine, direction=direction, **options).scene
        assert scene.direction == direction
        check(scene, NEAR[engine])


@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("view", ["all", "gradients"])
def test_labels_of_edges_into_one_box_do_not_touch(direction: str, view: str) -> None:
    """In the built-in layout: neither each other nor the box, in any view."""
    for root in small_graphs().values():
        root.backward()
        scene = draw(root, engine="builtin", direction=direction).scene
        for box in scene.boxes:
            into = [e for e in scene.edges if e.target is box and e.text(view)]
            places = [label_box(e, e.text(view)) for e in into]
            for i, (left, top, width, height) in enumerate(places):
                if direction == "LR":
                    assert left + width <= box.x - box.width / 2 - 9  # the arrow is seen
                else:
                    assert top + height <= box.y - box.height / 2 - 9
                for left2, top2, width2, height2 in places[:i]:
                    apart = max(left - left2 - width2, left2 - left - width,
                                top - top2 - height2, top2 - top - height)  # fmt: skip
                    assert apart > 0


@pytest.mark.parametrize("engine", ENGINES)
def test_both_engines_draw_the_same_things(engine: str) -> None:
    """Places differ, and nothing else."""
    for root in small_graphs().values():
        ours, scene = draw(root, engine="builtin").scene, draw(root, engine=engine).scene
        assert [(b.id, b.kind, b.lines, b.title) for b in scene.boxes] == [
            (b.id, b.kind, b.lines, b.title) for b in ours.boxes
        ]
        assert [(e.source.id, e.target.id, e.label, e.title) for e in scene.edges] == [
            (e.source.id, e.target.id, e.label, e.title) for e in ours.edges
        ]


def test_parallel_edges_arrive_apart() -> None:
    a = Value(2.0)
    edges = draw(a * a, engine="builtin").scene.edges
    (_, first), (_, second) = (edge.points[-1] for edge in edges)
    assert abs(first - second) >= 10
    labels = [edge.label_at[1] for edge in edges]
    assert abs(labels[0] - labels[1]) >= 10


def test_a_picture_of_one_node_has_a_margin() -> None:
    scene = draw(Value(1.0), engine="builtin").scene
    (box,) = scene.boxes
    assert scene.width > box.width
    assert scene.height > box.height
    assert (box.x, box.y) == (scene.width / 2, scene.height / 2)


def test_an_empty_scene_is_an_empty_picture() -> None:
    scene = Scene([], [], "nothing")
    layout.place(scene)
    assert scene.width >= 0
    assert scene.height >= 0


def test_the_same_graph_has_the_same_places() -> None:
    def places() -> list[Any]:
        scene = draw(random_graph(60, 3), collapse=False, engine="builtin").scene
        return [(b.x, b.y) for b in scene.boxes] + [e.points for e in scene.edges]

    assert places() == places()


@st.composite
def scenes(draw: Any) -> Scene:
    """Boxes of any size in any order of making, edges from earlier to later ones, also parallel."""
    scene = Scene([], [], "random")
    for _ in range(draw(st.integers(1, 25))):
        lines = [
            Row("note", "x" * draw(st.integers(0, 40)))
            for _ in range(draw(st.integers(min_value=1, max_value=5)))
        ]
        scene.add_box(draw(st.sampled_from(["leaf", "op", "constant"])), lines)
    n = len(scene.boxes)
    if n > 1:
        pairs = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1))
        for i, j in draw(st.lists(pairs.filter(lambda p: p[0] < p[1]), max_size=40)):
            local = draw(st.sampled_from([None, 1.0, -1.2345e-12]))
            scene.add_edge(scene.boxes[i], scene.boxes[j], local)
    return scene


@given(scenes())
@settings(deadline=None, max_examples=150)
def test_any_directed_acyclic_graph(scene: Scene) -> None:
    layout.place(scene)
    check(scene)
    scene.turn("TB")
    layout.place(scene)
    check(scene)


def test_several_hundred_nodes() -> None:
    root = random_graph(450, 1)
    scene = draw(root, collapse=False, engine="builtin").scene
    assert len(scene.boxes) > 250
    check(scene)


def test_a_chain_that_uses_one_leaf_all_along_needs_few_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The 500 edges of the leaf share their stops: 125,000 of them would take forever."""
    made = []

    class Counted(layout._Item):
        def __init__(self, *args: Any) -> None:
            made.append(self)
            super().__init__(*args)

    monkeypatch.setattr(layout, "_Item", Counted)
    x = Value(0.999, label="x")
    y = x
    for _ in range(500):
        y = y * x
    draw(y, collapse=False, engine="builtin")
    assert len(made) < 2 * 502


def test_the_steps_of_a_recurrence_join_a_lane_to_their_sum(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = []

    class Counted(layout._Item):
        def __init__(self, *args: Any) -> None:
            made.append(self)
            super().__init__(*args)

    monkeypatch.setattr(layout, "_Item", Counted)
    steps = [Value(0.5)]
    for _ in range(300):
        steps.append(steps[-1].tanh())
    scene = draw(autograd.sum(steps), collapse=False, engine="builtin").scene
    assert len(made) < 3 * 302  # a stop for each step and column would be 45,000
    check(scene)


def test_short_edges_are_preferred_to_crossings() -> None:
    """Two chains that do not touch stay apart: no edge of one crosses an edge of the other."""
    upper, lower = Value(1.0, label="upper"), Value(2.0, label="lower")
    a, b = upper.tanh().exp().sin(), lower.tanh().exp().sin()
    scene = draw(a + b, engine="builtin").scene
    columns: dict[float, list[float]] = {}
    for box in scene.boxes:
        columns.setdefault(round(box.x), []).append(box.y)
    pairs = [ys for ys in columns.values() if len(ys) == 2]
    assert len(pairs) == 4
    assert len({ys[0] < ys[1] for ys in pairs}) == 1
