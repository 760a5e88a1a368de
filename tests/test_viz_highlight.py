"""Paths in pictures: what is marked and what is pale, against reachability in the graph itself."""

from __future__ import annotations

import math
import random
import re
from pathlib import Path
from typing import Any

import pytest
from browser import browser, opened
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Tensor, Value, draw, explain
from autograd.viz import scene as scenes
from autograd.viz.boxes import Scene
from autograd.viz.colours import PALE
from autograd.viz.highlight import highlight, note_paths


def random_graph(seed: int) -> tuple[list[Value], Value]:
    rng = random.Random(seed)
    leaves = [Value(rng.uniform(-1, 1), label=f"x{i}") for i in range(3)]
    nodes = list(leaves)
    for _ in range(rng.randrange(1, 12)):
        x, y = rng.choice(nodes), rng.choice(nodes)
        nodes.append(
            rng.choice(
                [
                    lambda x, y: x * y,
                    lambda x, y: x + y,
                    lambda x, y: x.tanh(),
                    lambda x, y: 2 * x,
                    lambda x, y: x > y,
                    lambda x, y: autograd.where(x > y, x, y),
                    lambda x, y: autograd.dot([x, y, 0.5], [y, x, y]),
                ]
            )(x, y)
        )
    return leaves, nodes[-1] * nodes[-2]


def reaches(node: Any, leaf: Any) -> bool:
    return node is leaf or any(reaches(x, leaf) for x, _ in node.edges)


def strong(scene: Scene) -> tuple[set[str], set[str]]:
    boxes = {box.id for box in scene.boxes if not box.pale}
    return boxes, {edge.id for edge in scene.edges if not edge.pale}


@given(st.integers(0, 10**6))
def test_what_lies_between_a_leaf_and_the_root_is_marked(seed: int) -> None:
    leaves, root = random_graph(seed)
    drawn = autograd.topological_order(root, everything=True)
    for leaf in (x for x in leaves if x in drawn):
        scene = scenes.build(root)
        on = {box.id for box in scene.boxes if box.nodes and reaches(box.nodes[0], leaf)
              and (box.nodes[0] in autograd.topological_order(root))}  # fmt: skip
        highlight(scene, root, leaf)
        start = next(box.id for box in scene.boxes if box.nodes == (leaf,))
        boxes, edges = strong(scene)
        assert boxes == on | {start}
        assert edges == {
            edge.id for edge in scene.edges
            if edge.source.id in on and edge.target.id in on and edge.local is not None
        }  # fmt: skip


@given(st.integers(0, 10**6))
def test_a_page_knows_the_same_paths_for_every_leaf(seed: int) -> None:
    leaves, root = random_graph(seed)
    noted = scenes.build(root)
    note_paths(noted, root)
    for leaf in leaves:
        box = next((box for box in noted.boxes if box.nodes == (leaf,)), None)
        if box is None or not explain(root, leaf).count:
            continue
        marked = scenes.build(root)
        highlight(marked, root, leaf)
        boxes, edges = strong(marked)
        assert {b.id for b in noted.boxes if box.id in b.leaves} == boxes
        assert {e.id for e in noted.edges if box.id in e.leaves} == edges


@given(st.integers(0, 10**6), st.booleans())
def test_the_parts_on_the_edges_from_the_leaf_and_into_the_root_add_up(
    seed: int, expand: bool
) -> None:
    leaves, root = random_graph(seed)
    for leaf in leaves:
        scene = scenes.build(root, expand=expand)
        highlight(scene, root, leaf)
        gradient = explain(root, leaf).gradient
        for side in ("source", "target"):
            here = leaf if side == "source" else root
            parts = [
                float(match[1])
                for edge in scene.edges
                if getattr(edge, side).nodes == (here,)
                and (match := re.search(r"comes through here: (.+)$", edge.title))
            ]
            assert sum(parts) == pytest.approx(gradient, rel=1e-9, abs=1e-12)


def test_a_condition_is_not_on_a_path() -> None:
    x, y = Value(1.0, label="x"), Value(2.0, label="y")
    scene = scenes.build(autograd.where(x > 0, x, y))
    highlight(scene, scene.boxes[-1].nodes[0], x)
    pale = {box.lines[0] for box in scene.boxes if box.pale}
    assert pale == {"y", ">", "0"}
    arriving = [edge for edge in scene.edges if edge.target is scene.boxes[-1]]
    assert sorted(edge.pale for edge in arriving) == [False, True, True]


def chain() -> tuple[Value, Value]:
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    c = a * b
    c.label = "c"
    root = c + a
    root.label = "L"
    return a, root


def test_labels_rows_and_words() -> None:
    a, root = chain()
    before = draw(root, engine="builtin").scene
    scene = draw(root, highlight=a, engine="builtin").scene
    assert [edge.label for edge in scene.edges] == ["3 (3)", "2", "1 (3)", "1 (1)"]
    assert [edge.label for edge in before.edges] == ["3", "2", "1", "1"]
    box = scene.boxes[0]
    assert box.rows[-1] == ("note", "∂L/∂a: 3 + 1 = 4")
    assert str(explain(root, a)) in box.title
    assert "∂L/∂a = 4: the sum over 2 paths" in scene.description
    assert root.has_grad is False


def test_ends_without_a_label_have_names_that_say_which_they_are() -> None:
    a, output = Value(2.0, label="a"), Value(3.0, label="output")
    product = a * output
    root = product + a
    scene = draw(root, highlight=a, engine="builtin").scene
    assert scene.boxes[0].rows[-1].text == "∂the output/∂a: 3 + 1 = 4"
    assert "2 paths from a to the output" in scene.description
    scene = draw(product + 1.0, highlight=product, engine="builtin").scene
    said = [row.text for box in scene.boxes for row in box.rows if row.text.startswith("∂")]
    assert said == ["∂the output/∂this: 1 = 1"]
    assert not re.search(r"v\d", scene.description)


def test_collapsed_pictures_and_folded_leaves() -> None:
    weights = [Value(0.5, label=f"w{i}") for i in range(3)]
    x = Value(2.0, label="x")
    hidden = autograd.dot(weights, [x, 1.0, x]).relu()
    root = hidden * x
    scene = draw(root, highlight=weights[0], collapse=True, engine="builtin").scene
    strong_boxes = [box.lines[0] for box in scene.boxes if not box.pale]
    assert strong_boxes == ["Σ w·x → ReLU", "×"] or len(strong_boxes) == 1
    assert any("= 4" in row.text for box in scene.boxes for row in box.rows if row.role == "note")


def test_a_leaf_that_is_left_out_of_the_picture() -> None:
    a = Value(0.5, label="a")
    x: Value = a
    others = []
    for _ in range(200):
        other = Value(0.1)
        others += [other * other]
        x = x * 0.9 + others[-1] * others[-1]
    picture = draw(x, highlight=a, engine="builtin")
    assert any(box.kind == "more" and not box.pale for box in picture.scene.boxes) or all(
        box.kind != "more" for box in picture.scene.boxes
    )
    assert not picture.scene.boxes[-1].pale


def test_arrays_have_paths_too() -> None:
    w = Tensor([[1.0, 2.0]], requires_grad=True, label="W")
    v = Tensor([[3.0, 4.0]], requires_grad=True, label="V")
    loss = (w * w).sum() + v.sum()
    scene = draw(loss, highlight=w, engine="builtin").scene
    assert [box.lines[0] for box in scene.boxes if box.pale] == ["V", "Σ"]
    assert scene.boxes[0].rows[-1].text == "∂output/∂W: 2 paths"
    many = draw(w * v, highlight=v, engine="builtin").scene  # no single number at the end
    assert [box.lines[0] for box in many.boxes if box.pale] == ["W"]


@pytest.mark.parametrize("engine", ["builtin", None])
def test_every_format_shows_what_is_pale(engine: str | None, tmp_path: Path) -> None:
    a, root = chain()
    picture, plain = (draw(root, engine=engine, **h) for h in ({"highlight": a}, {}))  # type: ignore[arg-type]
    assert picture.svg.count(' pale"') == 2  # b, and the edge from it
    assert ' pale"' not in plain.svg
    assert f"{round(255 * PALE):02x}" in picture.source.split("n1 ")[1].split("\n")[0]
    assert picture.mermaid.count(f"opacity:{PALE}") == 2
    assert "opacity" not in plain.mermaid
    assert picture.tikz.count(f"opacity={PALE}]") == 2
    assert "opacity" not in plain.tikz
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    alphas = [patch.get_alpha() for patch in picture.figure().axes[0].patches]
    assert alphas.count(PALE) == 3  # a box, a line, its arrow
    assert picture.svg == draw(root, highlight=a, engine=engine).svg


def test_pages_mark_the_paths_of_the_leaf_that_has_the_focus() -> None:
    _, root = chain()
    page = draw(root, engine="builtin").html
    assert "svg:has(#n0:focus) :is(.box,.edge):not(.p-n0)" in page
    assert re.search(r'id="n2" class="[^"]* p-n0 p-n1', page)
    assert "<script" not in page
    assert "p-n0" not in draw(root, engine="builtin").svg


def test_clicking_on_a_leaf_in_a_real_browser(tmp_path: Path) -> None:
    a, root = chain()
    marked = draw(root, highlight=a).save(tmp_path / "marked.html")
    page_of_all = draw(root).save(tmp_path / "graph.html")
    looks = """() => Object.fromEntries([...document.querySelectorAll('.box,.edge')].map(
        each => [each.id, Number(getComputedStyle(each).opacity)]))"""
    with browser() as running:
        with opened(running, page_of_all) as page:
            assert set(page.evaluate(looks).values()) == {1}
            page.click("#n1")  # b
            pale = {name for name, opacity in page.evaluate(looks).items() if opacity == PALE}
            assert pale == {"n0", "e0", "e3"}
            page.keyboard.press("Escape")
            page.focus("#n0")
            pale = {name for name, opacity in page.evaluate(looks).items() if opacity == PALE}
            assert pale == {"n1", "e1"}
            page.click("#n3")  # no leaf: all is shown
            assert set(page.evaluate(looks).values()) == {1}
        with opened(running, marked) as page:
            pale = {name for name, opacity in page.evaluate(looks).items() if opacity == PALE}
            assert pale == {"n1", "e1"}
            page.click("#n1")
            pale = {name for name, opacity in page.evaluate(looks).items() if opacity == PALE}
            assert pale == {"n0", "e0", "e3"}


def test_a_program_and_other_nonsense() -> None:
    a, root = chain()
    several = Tensor([1.0, 2.0], requires_grad=True) * 2.0  # no gradient of it can be explained
    for end, other in (root, Tensor([1.0])), (several, a):
        for nonsense in "a", other:
            expected = f"draw: expected highlight None, or a {type(end).__name__} of the graph"
            with pytest.raises(TypeError, match=expected):
                draw(end, highlight=nonsense)
    elsewhere = draw(root, highlight=Value(1.0), engine="builtin").scene
    assert all(thing.pale for thing in [*elsewhere.boxes, *elsewhere.edges])
    program = autograd.trace(lambda x: x * x, 2.0)
    with pytest.raises(ValueError, match="highlight"):
        draw(program, highlight=a)


def test_only_the_edge_that_a_gradient_flows_along_is_on_the_path() -> None:
    a = Value(1.0, label="a")
    scene = draw(autograd.where(a, a, 2.0), highlight=a, engine="builtin").scene
    pale = {
        edge.title.partition("\n")[0]: edge.pale
        for edge in scene.edges
        if edge.source.kind == "leaf"
    }
    assert pale == {"no gradient flows here": True, "local derivative 1.0": False}


def test_a_factor_zero_stops_a_part_even_where_the_other_is_infinite() -> None:
    a = Value(1.0, label="a")
    scene = draw((a * 0.0) * math.inf, highlight=a, engine="builtin").scene
    assert [edge.label for edge in scene.edges if edge.label] == ["0 (0)", "inf (0)"]


def test_leaves_of_a_large_graph_have_paths_on_its_page_and_of_a_huge_one_none() -> None:
    for count, known in ((1900, True), (2100, False)):
        a = Value(1.0, label="a")
        y = a
        for _ in range(count):
            y = y * 1.0
        page = draw(y * a, collapse=True, engine="builtin").html
        assert ("p-n" in page) == known
