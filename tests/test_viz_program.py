"""Pictures of programs: every variable is accounted for, and large programs stay readable."""

from __future__ import annotations

import shutil
import xml.etree.ElementTree as ET
from collections import Counter
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Program, Tensor, Value, draw, ops, trace
from autograd.programs.equations import variables
from autograd.viz.boxes import Box, Scene


def picture(program: Program, **options: Any) -> Scene:
    return draw(program, engine="builtin", **options).scene


def lines(scene: Scene, kind: str) -> list[list[str]]:
    return [box.lines for box in scene.boxes if box.kind == kind]


def edges(scene: Scene) -> list[tuple[str, str, str]]:
    return [(e.source.lines[0], e.target.lines[0], e.label) for e in scene.edges]


def neuron() -> Program:
    w, b = Value(2.0, label="w"), Value(1.0, label="b")
    return trace(lambda x, y: ((w * x + b) - y) ** 2, 1.0, 2.0)


def test_boxes_say_what_the_program_says() -> None:
    scene = picture(neuron())
    assert lines(scene, "leaf") == [
        ["x", "input"],
        ["y", "input"],
        ["w", "parameter"],
        ["b", "parameter"],
    ]
    assert lines(scene, "op") == [
        ["t1 = ×", "w * x"],
        ["t2 = +", "t1 + b"],
        ["t3 = −", "t2 - y"],
        ["t4 = ** 2", "t3 ** 2"],
    ]
    assert lines(scene, "constant") == [["2"]]
    assert lines(scene, "result") == [["return"]]
    assert edges(scene) == [
        ("w", "t1 = ×", ""),
        ("x", "t1 = ×", ""),
        ("t1 = ×", "t2 = +", ""),
        ("b", "t2 = +", ""),
        ("t2 = +", "t3 = −", ""),
        ("y", "t3 = −", ""),
        ("t3 = −", "t4 = ** 2", ""),
        ("2", "t4 = ** 2", ""),
        ("t4 = ** 2", "return", ""),
    ]
    assert scene.description == "The program of 4 equations, 2 inputs, 2 parameters"


def test_arrays_have_shapes_and_results_say_where_they_are() -> None:
    W = Tensor(np.ones((4, 3)), requires_grad=True, label="W")

    def f(X: Any) -> Any:
        h = ops.linear(X, W).tanh()
        return {"h": h, "sums": [h.sum(axis=0), X, 3.0]}

    scene = picture(trace(f, np.ones((5, 3))))
    assert lines(scene, "leaf") == [
        ["X", "input float64[5, 3]"],
        ["W", "parameter float64[4, 3]"],
    ]
    assert ["t3 = tanh", "tanh(t2)", "float64[5, 4]"] in lines(scene, "op")
    assert edges(scene)[-4:] == [
        ("t3 = tanh", "return", "['h']"),
        ("t4 = Σ", "return", "['sums'][0]"),
        ("X", "return", "['sums'][1]"),
        ("3", "return", "['sums'][2]"),
    ]
    (total,) = [box for box in scene.boxes if box.lines[0] == "t4 = Σ"]
    assert total.title.startswith("t4 = sum(t3, axis=0")


@pytest.mark.parametrize("engine", ["builtin", None])
def test_the_picture_is_a_document(engine: Any) -> None:
    program = trace(lambda x: {"<&>": (x < 0) * x, 'a"': x.exp()}, 1.0)
    drawing = draw(program, engine=engine)
    root = ET.fromstring(drawing.svg)
    classes = Counter(g.get("class") for g in root.iter("{http://www.w3.org/2000/svg}g"))
    assert classes == {"box leaf": 1, "box op": 3, "box constant": 1, "box result": 1, "edge": 7}
    assert drawing.source.count("->") == 7
    assert "return" in drawing.source


def test_every_use_is_an_edge() -> None:
    program = trace(lambda x, y: ops.dot([x, y, x], [y, x, x]) * ops.max([x, x, 2.0]) + x, 1.0, 2.0)
    scene = picture(program)
    used = Counter(x.name for e in program.equations for x in variables(e.args))
    drawn = Counter(
        e.source.title.split("\n")[0].split(" =")[0]
        for e in scene.edges
        if e.source.kind != "constant" and e.target.kind != "result"
    )
    assert drawn == used


def test_inputs_that_are_not_used_are_there() -> None:
    scene = picture(trace(lambda x, y: 1.0, 1.0, 2.0))
    assert lines(scene, "leaf") == [["x", "input"], ["y", "input"]]
    assert edges(scene) == [("1", "return", "")]


def network(width: int) -> Program:
    first = [[Value(0.1), Value(0.2)] for _ in range(width)]
    last = [Value(0.3) for _ in range(width)]

    def f(x: Any, y: Any) -> Any:
        return ops.dot(last, [(ops.dot(w, [x, y]) + 0.1).relu() for w in first])

    return trace(f, 1.0, 2.0)


def test_large_programs_are_collapsed_to_neurons() -> None:
    scene = picture(network(40))
    neurons = [box for box in scene.boxes if box.lines[0].endswith("= Σ w·x → + → ReLU")]
    assert len(neurons) == 40
    assert all(box.lines[1] == "+ 2 parameters" for box in neurons)
    assert all(len(box.title.split("\n")) == 3 for box in neurons)
    (top,) = [box for box in scene.boxes if box.lines[0].endswith("= Σ w·x")]
    assert top.lines[-1] == "+ 40 parameters"
    assert not lines(scene, "constant")
    assert len(picture(network(3), collapse=True).boxes) == 2 + 3 + 1 + 1
    assert len(picture(network(40), collapse=False).boxes) == 2 + 120 + 121 + 40 + 1


def test_what_is_returned_is_not_inside_of_a_chain() -> None:
    program = trace(lambda x: [y := x.exp().sin(), y.tanh().cos()], 1.0)
    boxes = [box.lines for box in picture(program, collapse=True).boxes]
    assert boxes == [["t2 = exp → sin", "+ 1 input"], ["t4 = tanh → cos"], ["return"]]


def test_a_power_of_an_array() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    exponent = np.array([1.0, 2.0])
    for root in (x**exponent, trace(lambda x: x**exponent, np.ones(2))):
        heads = [box.lines[0] for box in draw(root, engine="builtin").scene.boxes]
        assert any(head.endswith("** (2,) float64") for head in heads)


def test_very_large_programs() -> None:
    def f(x: Any) -> Any:
        for i in range(3000):
            x = x * 1.001 + (x if i % 100 == 50 else 0.5)
        return x

    program = trace(f, 1.0)
    scene = picture(program)
    assert len(scene.boxes) <= 80
    chain: Box = max(scene.boxes, key=lambda box: len(box.title))
    assert len(chain.title.split("\n")) == 20
    with pytest.raises(ValueError, match=r"at most 2,000 nodes .* got 6,002 nodes.* force=True"):
        draw(program, collapse=False)


def test_the_farthest_is_left_out() -> None:
    program = autograd.trace(lambda xs: [x * xs[0] for x in xs], [float(i) for i in range(100)])
    scene = picture(program)
    (more,) = lines(scene, "more")
    assert more[0].startswith("… ")
    assert len(scene.boxes) <= 31


def test_drawing_changes_nothing() -> None:
    program = neuron()
    before = str(program)
    draw(program, engine="builtin")
    draw(program, collapse=True, engine="builtin")
    assert str(program) == before


def test_the_program_of_a_backward_pass_returns_none_for_what_needs_no_gradient() -> None:
    w = Tensor([2.0, 3.0], requires_grad=True, label="w")
    both = autograd.compile(lambda x: (x * w).sum(), numbers=False).gradient_program(np.ones(2))
    scene = picture(both)
    assert lines(scene, "constant") == [["None"]]
    assert ("None", "return", "[1]") in edges(scene)


@pytest.mark.skipif(shutil.which("dot") is None, reason="the dot program is not installed")
@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_dot_too_draws_both_edges_of_a_square(direction: str) -> None:
    a = Tensor(np.ones((4, 2)), requires_grad=True)
    b = Tensor(np.ones((1, 4)), requires_grad=True)

    def network(x: Any) -> Any:
        return autograd.linear(autograd.linear(x, a).tanh(), b).sum()

    both = autograd.compile(network, numbers=False).gradient_program(np.ones((3, 2)))
    edges = draw(both, engine="dot", direction=direction).scene.edges
    lines = [tuple(edge.points) for edge in edges]
    assert len({(edge.source.id, edge.target.id) for edge in edges}) < len(edges)
    assert len(set(lines)) == len(lines)
