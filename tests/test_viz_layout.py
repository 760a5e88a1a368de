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
from autograd.viz import lanes, layout
from autograd.viz.boxes import Frame, Row, Scene
from autograd.viz.frames import Rectangle, rectangle
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
            places = [label_box(e.label_at, e.text(view)) for e in into]
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


@st.composite
def framed_scenes(draw: Any) -> Scene:
    """Scenes with boxes in frames, and in frames within these, in no order."""
    scene = draw(scenes())
    places = st.lists(st.integers(0, 1), max_size=3)
    frames: dict[tuple[int, ...], Frame] = {}
    paths = [draw(places) for _ in scene.boxes]
    for box, path in zip(scene.boxes, paths, strict=True):
        for n in range(1, len(path) + 1):
            key = tuple(path[:n])
            if key not in frames:
                name = "name" * draw(st.integers(1, 12))
                frames[key] = Frame(f"g{len(frames)}", name, frames.get(key[:-1]))
            frames[key].boxes.append(box.id)
    scene.frames = sorted(frames.values(), key=lambda frame: len(depth(frame)))
    return scene


def depth(frame: Frame) -> list[Frame]:
    return [frame, *(depth(frame.parent) if frame.parent else [])]


def check_frames(scene: Scene) -> None:
    """A frame holds its own boxes and frames, and meets no others."""

    def meet(a: Rectangle, b: Rectangle) -> bool:
        return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]

    def is_in(a: Rectangle, b: Rectangle) -> bool:
        return b[0] <= a[0] and b[1] <= a[1] and a[2] <= b[2] and a[3] <= b[3]

    for frame in scene.frames:
        left, top, right, bottom = place = frame.place
        assert min(left, top, scene.width - right, scene.height - bottom) >= 0
        assert right - left >= len(frame.name) * 6.7  # the name has room
        for box in scene.boxes:
            own = box.id in frame.boxes
            there = rectangle(box)
            assert is_in(there, place) == own == meet(there, place), (frame.name, box.lines)
            if own:
                assert there[1] >= top + 16  # below the name
        for other in scene.frames:
            if other not in depth(frame) and frame not in depth(other):
                assert not meet(place, other.place)
            elif other in depth(frame):
                assert is_in(place, other.place)


@given(framed_scenes())
@settings(deadline=None, max_examples=80)
def test_groups_stay_together_in_any_graph(scene: Scene) -> None:
    names = [frame.name for frame in scene.frames]
    for direction in ("LR", "TB"):
        scene.turn(direction)
        layout.place(scene)
        check(scene)
        check_frames(scene)
        assert [frame.name for frame in scene.frames] == names, "a frame was left out"


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_layers_of_neurons_stand_side_by_side(direction: str) -> None:
    model = nn.MLP(2, [3, 2], seed=0)
    loss = nn.cross_entropy(model([Value(1.0, label="x"), Value(2.0)]), 1)
    scene = draw(loss, model=model, engine="builtin", direction=direction).scene
    check(scene)
    check_frames(scene)
    assert len(scene.frames) == 1 + 2 + 5
    places = {frame.name: frame.place for frame in scene.frames}
    first, second, network = (places[n] for n in ("layers.0: Layer", "layers.1: Layer", "MLP"))
    left, right = (0, 2) if direction == "LR" else (1, 3)
    assert first[right] < second[left]
    x = next(box for box in scene.boxes if box.lines[0] == "x")
    assert rectangle(x)[right] < network[left], "an input stands before the network"


@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_edges_keep_out_of_groups_that_they_do_not_concern(direction: str) -> None:
    x = Value(0.5, label="x")
    with autograd.scope("a scope with a name"):
        y = (x * x).tanh().exp().sin()
    root = y + x
    root.backward()
    scene = draw(root, engine="builtin", direction=direction).scene
    (frame,) = scene.frames
    left, top, right, bottom = frame.place
    for edge in scene.edges:
        if edge.source.id not in frame.boxes and edge.target.id not in frame.boxes:
            assert not any(left < a < right and top < b < bottom for a, b in edge.points)
        # Nor do labels stand on the name.
        x0, y0, width, height = label_box(edge.label_at, edge.text())
        meets = x0 < right and left < x0 + width and y0 < top + 16 and top + 2 < y0 + height
        assert not meets or not edge.text()


def test_a_long_name_has_room_beside_what_follows() -> None:
    scene = Scene([], [], "two boxes")
    first, second = (scene.add_box("op", [Row("note", "x")]) for _ in range(2))
    scene.add_edge(first, second, None)
    scene.frames = [Frame("g0", "a name of very, very many letters", None, [first.id])]
    layout.place(scene)
    check(scene)
    check_frames(scene)


def test_modules_that_need_each_other_are_drawn_all_the_same() -> None:
    """Two scopes that take turns cannot stand side by side."""
    x = Value(0.5)
    for i in range(6):
        with autograd.scope(f"scope {i % 2}"):
            x = x.tanh() * Value(2.0)
    scene = draw(x, engine="builtin").scene
    check(scene)
    check_frames(scene)
    assert len(scene.frames) == 2


def test_several_hundred_nodes() -> None:
    root = random_graph(450, 1)
    scene = draw(root, collapse=False, engine="builtin").scene
    assert len(scene.boxes) > 250
    check(scene)
    # Its highest column needs 1,302; long lines are no stairs, which would need 6,216.
    assert scene.height < 2500


def test_a_chain_that_uses_one_leaf_all_along_needs_few_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The 500 edges of the leaf share their stops: 125,000 of them would take forever."""
    made = []

    class Counted(lanes.Item):
        def __init__(self, *args: Any, **options: Any) -> None:
            made.append(self)
            super().__init__(*args, **options)

    monkeypatch.setattr(lanes, "Item", Counted)
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

    class Counted(lanes.Item):
        def __init__(self, *args: Any, **options: Any) -> None:
            made.append(self)
            super().__init__(*args, **options)

    monkeypatch.setattr(lanes, "Item", Counted)
    steps = [Value(0.5)]
    for _ in range(300):
        steps.append(steps[-1].tanh())
    scene = draw(autograd.sum(steps), collapse=False, engine="builtin").scene
    assert len(made) < 3 * 302  # a stop for each step and column would be 45,000
    check(scene)
    # Nor does each edge tell of each column: most have three curves, down to the lane, on, and up.
    assert max(len(edge.points) for edge in scene.edges) < 20
    assert scene.height < 300


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
