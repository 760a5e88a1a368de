"""What the stepper says equals what backpropagation does, number by number."""

from __future__ import annotations

import copy
import math
import random
import re
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Stepper, Value, backward_steps, step, topological_order
from autograd.viz.stepping.captions import named
from autograd.viz.stepping.tokens import Token, mathml, plain, tspans, typed


def board() -> Value:
    """The expression that is on every blackboard: two paths to a, two to b."""
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    c = a * b
    c.label = "c"
    root = (c + a**2).tanh() * b
    root.label = "loss"
    return root


def network() -> Value:
    x = [Value(0.5, label="x0"), Value(-1.5, label="x1")]
    return (nn.MLP(2, [3, 2, 1], seed=0)(x) - 1.0) ** 2


def random_graph(seed: int) -> Value:
    rng = random.Random(seed)
    nodes = [Value(rng.uniform(-2, 2), label=rng.choice(["", "a", "b"])) for _ in range(5)]
    for _ in range(20):
        x, y = rng.choice(nodes), rng.choice(nodes)
        made = [x * y, x + y, x - 2.0 * y, x.tanh(), x.relu(), autograd.dot([x, y], [y, x]), -x]
        nodes.append(rng.choice(made))
    return autograd.sum(nodes)


def stuck() -> Value:
    """A dead unit, an infinite slope behind a zero, a NaN."""
    x = Value(0.0, label="x")
    return (x - 1.0).relu() * autograd.sqrt(x) + Value(float("nan"), label="n") * x


GRAPHS = [
    board,
    network,
    stuck,
    lambda: Value(2.0),
    *(lambda s=s: random_graph(s) for s in range(5)),
]


def numbers(caption: str) -> list[str]:
    """The numbers in a caption's formula, as they are set, without parentheses."""
    return [re.sub(r"[()]", "", text) for text in re.findall(r"<mn[^>]*>([^<]*)</mn>", caption)]


def captions(stepper: Stepper) -> list[str]:
    """The captions as the page has them."""
    found = re.findall(r"<p style=--a:(\d+)>(.*?)\n", stepper.html, re.S)
    assert [int(number) for number, _ in found] == list(range(len(stepper)))
    return [text for _, text in found]


@pytest.mark.parametrize("graph", GRAPHS)
def test_every_number_of_the_backward_phase_is_that_of_the_event_list(graph: Any) -> None:
    root = graph()
    moves = backward_steps(root)
    said = captions(step(root))
    backward = said[len(said) - len(moves) :]
    reached: dict[Any, float] = {}
    for move, caption in zip(moves, backward, strict=True):
        expected = [move.upstream, move.local, move.contribution]
        if move.parent in reached:
            expected += [reached[move.parent], move.contribution, move.accumulated]
            assert "<mo>+=</mo>" in caption
            assert "paths meet" in caption
        else:
            assert "+=" not in caption
            assert move.accumulated == move.contribution or math.isnan(move.contribution)
        assert numbers(caption) == [typed(x) for x in expected]
        stopped = not move.upstream or not move.local
        assert ("a factor 0 stops everything" in caption) == stopped
        reached[move.parent] = move.accumulated


@pytest.mark.parametrize("graph", GRAPHS)
def test_every_value_of_the_forward_phase_is_that_of_its_node(graph: Any) -> None:
    root = graph()
    order = topological_order(root, everything=True)
    computed = [node for node in order if node.op is not None]
    said = captions(step(root))
    forward = said[1 : 1 + len(computed)]
    assert [numbers(caption)[-1] for caption in forward] == [typed(n.data) for n in computed]
    assert all("Forward" in caption for caption in forward)
    assert numbers(said[1 + len(computed)]) == ["1"]  # the root's own gradient
    assert len(said) == 2 + len(computed) + len(backward_steps(root))


@pytest.mark.parametrize("graph", GRAPHS)
def test_the_last_picture_shows_the_gradients_of_backward(graph: Any) -> None:
    root = graph()
    stepper = step(root)
    fresh = copy.deepcopy(root)
    fresh.backward()
    order = topological_order(fresh, everything=True)
    names = named(fresh)
    expected = {
        names[node]: (f"data {typed(node.data)}", f"grad {typed(node.grad)}") for node in order
    }
    assert boxes_of(stepper.frame(-1)) == expected


def boxes_of(svg: str) -> dict[str, tuple[str, str]]:
    """What stands in the boxes: by name, the value and the gradient, found by their places."""
    space = "{http://www.w3.org/2000/svg}"
    texts = [
        (t.get("x"), float(t.get("y") or 0), t.text or "")
        for t in ET.fromstring(svg).iter(f"{space}text")
    ]
    found = {}
    for x, y, head in texts:
        below = [
            t for u, v, t in texts if u == x and 0 < v - y < 40 and t.startswith(("data", "grad"))
        ]
        if len(below) == 2 and not head.startswith(("data", "grad")):
            found[head.split(" = ")[0]] = (below[0], below[1])
    return found


def test_the_chain_rule_as_it_is_said() -> None:
    assert step(board()).captions == [
        "Forward: inputs and parameters have their values. a = 2, b = −3",
        "Forward: c is computed. c = a × b = 2 × (−3) = −6",
        "Forward: v₁ is computed. v₁ = a^2 = 2^2 = 4",
        "Forward: v₂ is computed. v₂ = c + v₁ = −6 + 4 = −2",
        "Forward: v₃ is computed. v₃ = tanh(v₂) = tanh(−2) = −0.964",
        "Forward: loss is computed. loss = v₃ × b = −0.964 × (−3) = 2.892",
        "Backward starts at loss, with the derivative of loss to itself. ∂loss/∂loss = 1",
        "Backward: from loss to v₃. ∂loss/∂v₃ = 1 × (−3) = −3",
        "Backward: from loss to b. ∂loss/∂b = 1 × (−0.964) = −0.964",
        "Backward: from v₃ to v₂. ∂loss/∂v₂ = ∂loss/∂v₃ · ∂v₃/∂v₂ = −3 × 0.07065 = −0.212",
        "Backward: from v₂ to c. ∂loss/∂c = ∂loss/∂v₂ · ∂v₂/∂c = −0.212 × 1 = −0.212",
        "Backward: from v₂ to v₁. ∂loss/∂v₁ = ∂loss/∂v₂ · ∂v₂/∂v₁ = −0.212 × 1 = −0.212",
        "Backward: from v₁ to a. ∂loss/∂a = ∂loss/∂v₁ · ∂v₁/∂a = −0.212 × 4 = −0.8478",
        "Backward: from c to a, where paths meet and add up. ∂loss/∂a += ∂loss/∂c · ∂c/∂a = "
        "−0.212 × (−3) = 0.6359; −0.8478 + 0.6359 → −0.212",
        "Backward: from c to b, where paths meet and add up. ∂loss/∂b += ∂loss/∂c · ∂c/∂b = "
        "−0.212 × 2 = −0.4239; −0.964 + (−0.4239) → −1.388",
    ]


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (-0.25, "−0.25"),
        (1e-7, "1·10⁻⁷"),
        (-2.5e30, "−2.5·10³⁰"),
        (float("inf"), "∞"),
        (float("-inf"), "−∞"),
        (float("nan"), "NaN"),
    ],
)
def test_numbers_in_type(x: float, text: str) -> None:
    assert typed(x) == text


def test_no_two_nodes_have_one_name() -> None:
    labels = ["a", "a", "", "v1", "a (2)", "L", "", "x" * 50, "x" * 51, " a ", "\n", "a₍₂₎", "v₁"]
    nodes = [Value(1.0, label=label) for label in labels]
    names = named(autograd.sum(nodes))
    assert len(set(names.values())) == len(nodes) + 1
    assert names[nodes[0]] == "a"
    assert names[nodes[5]] == "L"
    assert all(0 < len(name) < 34 for name in names.values())
    assert list(named(nodes[3] * nodes[2]).values()) == ["v1", "v₂", "L"]
    assert list(named(nodes[5] * nodes[2]).values()) == ["L", "v₁", "v₂"]


def test_operations_that_are_not_functions_of_a_few_numbers() -> None:
    x = [Value(float(i), label=f"x{i}") for i in range(6)]
    said = step(autograd.dot(x, x)).captions[1]
    assert said.endswith("L = x0 · x0 + x1 · x1 + x2 · x2 + … = 0 · 0 + 1 · 1 + 2 · 2 + … = 55")
    assert (
        step(autograd.max(x))
        .captions[1]
        .endswith("L = max(x0, x1, x2, x3, …) = max(0, 1, 2, 3, …) = 5")
    )
    said = step(autograd.where(x[1] > 0.0, x[2] ** x[3], -x[4])).captions
    assert any(text.endswith(" = −x4 = −4 = −4") for text in said)
    assert any("power(x2, x3) = power(2, 3) = 8" in text for text in said)
    assert "x0 = 0, x1 = 1, x2 = 2, x3 = 3, and 2 more" in step(autograd.sum(x)).captions[0]


FORMULA = [
    Token("name", "<b>"), Token("sign", "="), Token("word", "tanh"), Token("sign", "("),
    Token("number", "(−2)"), Token("power", "3"), Token("sign", ")"), Token("sign", "+="),
    Token("fraction", "∂L&", '∂"x"'), Token("number", "7", answer=True),
]  # fmt: skip


def test_one_formula_in_three_kinds_of_type_says_the_same() -> None:
    text = '<b> = tanh((−2)^3) += ∂L&/∂"x" 7'
    assert plain(FORMULA) == text
    svg = ET.fromstring(f"<text>{tspans(FORMULA)}</text>")
    assert "".join(svg.itertext()).replace("\u200b", "") == text.replace("^", "")
    html = mathml(FORMULA).replace("class=q", 'class="q"')
    tree = ET.fromstring(f"<p>{html}</p>")
    assert {item.tag for item in tree.iter()} == {
        "p", "math", "mi", "mo", "mn", "msup", "mfrac", "mtext",
    }  # fmt: skip
    assert [f.text for f in tree.iter("mfrac") for f in f] == ["∂L&", '∂"x"']
    assert [item.text for item in tree.iter() if item.get("class") == "q"] == ["7"]


# --- what is refused, and what is left alone ------------------------------------------------------


@pytest.mark.parametrize("thing", [3.0, None, "loss", np.ones(1), np.float64(2.0), [Value(1.0)]])
def test_only_nodes_are_stepped_through(thing: Any) -> None:
    with pytest.raises(TypeError, match="step: expected a Value, or a Tensor of one element"):
        step(thing)


def test_a_graph_that_nobody_could_follow() -> None:
    x = Value(1.0)
    for _ in range(299):
        x = x + 1.0
    assert len(step(x, engine="builtin")) == 1 + 299 + 1 + 299
    with pytest.raises(ValueError, match=r"at most 300 nodes.* got 301 nodes\. .*inner node"):
        step(x + 1.0)
    for _ in range(100_000):
        x = x + 1.0
    with pytest.raises(ValueError, match="100,300 nodes"):
        step(x)


def test_an_unknown_engine() -> None:
    with pytest.raises(ValueError, match="step: expected engine None or 'builtin'"):
        step(Value(1.0), engine="neato")


@pytest.mark.parametrize("after_backward", [False, True])
def test_stepping_changes_nothing(after_backward: bool) -> None:
    root = board()
    if after_backward:
        root.backward()
        root.backward()

    def state() -> list[Any]:
        nodes = topological_order(root, everything=True)
        return [(id(n), n.data, n.grad, n.has_grad, n.label, n.op, n.inputs) for n in nodes]

    before, rng = state(), (random.getstate(), str(np.random.get_state()))
    stepper = step(root)
    stepper._repr_mimebundle_()
    stepper.animated()
    assert state() == before
    assert (random.getstate(), str(np.random.get_state())) == rng


def test_gradients_from_before_are_not_part_of_the_play() -> None:
    root = board()
    fresh = step(root).html
    root.backward()
    assert step(root).html == fresh


def test_a_stepper_does_not_keep_the_graph_alive() -> None:
    import weakref

    root = board()
    stepper, alive = step(root), weakref.ref(root)
    del root
    assert alive() is None
    assert "tanh" in stepper.html
