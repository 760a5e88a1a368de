"""Backpropagation on arrays, step by step: as data, in words, in pictures."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_stepping_captions import captions, numbers

import autograd
import nn
from autograd import Tensor, Value, backward_steps, step, topological_order
from autograd.viz.stepping.arrays import cells
from autograd.viz.stepping.captions import named
from autograd.viz.stepping.events import events
from autograd.viz.stepping.tokens import typed

SPACE = "{http://www.w3.org/2000/svg}"


def parameter(label: str, *shape: int, seed: int = 0, dtype: Any = float) -> Tensor:
    data = np.random.default_rng(seed).uniform(-1, 1, shape).astype(dtype)
    return Tensor(data, requires_grad=True, label=label)


def layers(hidden: int = 3) -> Tensor:
    """Two layers, a batch of four, three classes."""
    x = Tensor(np.random.default_rng(9).uniform(-1, 1, (4, 2)), label="X")
    h = (x @ parameter("W1", 2, hidden) + parameter("b1", hidden, seed=1)).tanh()
    scores = h @ parameter("W2", hidden, 3, seed=2) + parameter("b2", 3, seed=3)
    loss = nn.cross_entropy(scores, np.array([0, 1, 2, 0]))
    loss.label = "loss"
    return loss


def modules() -> Tensor:
    nn.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    return nn.mse_loss(net(Tensor([[0.5, -1.0], [2.0, 1.0]])), np.array([[1.0], [0.0]]))


def broadcast() -> Tensor:
    """Paths that meet, and arrays that are copied along one axis, along two, along all."""
    a, row, column = parameter("a", 3, 2), parameter("r", 2, seed=1), parameter("c", 3, 1, seed=2)
    scale = Tensor(3.0, requires_grad=True, label="s")
    product = a * row - column / scale
    return (product * product * a).sum() + scale * 2.0


def shapes() -> Tensor:
    a = parameter("a", 2, 3)
    parts = [a[0] * 2.0, a.reshape(3, 2).T[1], a.max(axis=0), a.T @ a[:, 1]]
    return (autograd.concatenate(parts) ** 2).mean() + autograd.logsumexp(a, axis=1).sum()


def mixed() -> Tensor:
    """A function of Values, compiled, between Tensors."""
    w = Value(0.5, label="w")
    neuron = autograd.compile(lambda x: (w * x + 1.0).tanh())
    return (neuron(parameter("x", 5)) * 2.0).sum()


def second_order() -> Tensor:
    x = parameter("x", 3)
    (x**3).sum().backward(create_graph=True)
    slopes = x.grad
    assert isinstance(slopes, Tensor)
    return (slopes * slopes).sum()


def images() -> Tensor:
    nn.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten())
    return net(parameter("images", 2, 1, 6, 6)).square().sum()


def small_floats() -> Tensor:
    return (parameter("a", 2, 2, dtype=np.float32) @ parameter("b", 2, dtype=np.float32)).sum()


def unused() -> Tensor:
    """A compiled function that does not look at its first argument."""
    second = autograd.compile(lambda x, y: y * y)
    return second(parameter("x", 2), parameter("y", 2, seed=1)).sum()


def hooked() -> Tensor:
    x = parameter("x", 3)
    y = x * x
    y.register_hook(lambda g: g * 10)
    x.register_hook(lambda g: g / 4)
    return (y + x).sum()


GRAPHS = [
    layers,
    modules,
    broadcast,
    shapes,
    mixed,
    second_order,
    images,
    small_floats,
    hooked,
    unused,
]


# --- as data --------------------------------------------------------------------------------------


@pytest.mark.parametrize("graph", GRAPHS)
def test_the_last_state_is_what_backward_leaves_on_every_node(graph: Any) -> None:
    root = graph()
    last = {move.parent: move.accumulated for move in backward_steps(root)}
    if graph is mixed:
        (w,) = [x for x in topological_order(root) if x.label == "parameters"]
        root.backward()
        assert w.pack.values[0].grad == last[w].item()
    for node in topological_order(root):
        if node.op is not None:
            node.retain_grad()
        node.grad = None
    root.backward()
    reached = [node for node in topological_order(root) if node.has_grad and node is not root]
    assert reached
    for node in reached:
        assert np.array_equal(last[node], node.grad)
        assert (last[node].shape, last[node].dtype) == (node.grad.shape, node.grad.dtype)
    assert {node for node in last if node.label != "parameters"} == set(reached)


@pytest.mark.parametrize("graph", [broadcast, shapes, second_order, images, layers])
def test_each_contribution_is_what_a_small_change_of_that_input_makes(graph: Any) -> None:
    taken: dict[Any, int] = {}
    for move in backward_steps(graph()):
        node = move.node
        places = [i for i, x in enumerate(node.inputs) if x is move.parent]
        place = places[taken.get((node, move.parent), 0)]
        taken[node, move.parent] = taken.get((node, move.parent), 0) + 1
        if node.op.name == "softmax_cross_entropy":
            continue  # its probabilities are an input of their own: see the test with PyTorch
        way = np.random.default_rng(len(taken)).normal(size=move.parent.shape)

        def weighted(t: float, node: Any = node, move: Any = move, place: int = place,
                     way: Any = way) -> float:  # fmt: skip
            arrays = list(node._arrays)
            arrays[place] = arrays[place] + t * way
            return float(np.sum(move.upstream * node.op.forward(*arrays, **node._params)))

        numeric = (weighted(1e-5) - weighted(-1e-5)) / 2e-5
        assert np.sum(move.contribution * way) == pytest.approx(numeric, rel=1e-6, abs=1e-8)


def test_every_gradient_of_two_layers_is_that_of_pytorch() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    root = layers()
    last = {move.parent: move.accumulated for move in backward_steps(root)}
    leaves = {x.label: torch.tensor(x.data.copy()) for x in topological_order(root, everything=True)
              if x.is_leaf}  # fmt: skip
    for name, leaf in leaves.items():
        leaf.requires_grad_(name != "X")
    z1 = leaves["X"] @ leaves["W1"]
    a1 = z1 + leaves["b1"]
    h = a1.tanh()
    z2 = h @ leaves["W2"]
    scores = z2 + leaves["b2"]
    inner = [z1, a1, h, z2, scores]
    for tensor in inner:
        tensor.retain_grad()
    torch.nn.functional.cross_entropy(scores, torch.tensor([0, 1, 2, 0])).backward()
    ours = [x for x in topological_order(root) if x in last]
    computed = [last[x] for x in ours if not x.is_leaf]
    for ours_, theirs in zip(computed, inner, strict=True):
        np.testing.assert_allclose(ours_, theirs.grad.numpy(), rtol=1e-12, atol=1e-15)
    for x in ours:
        if x.is_leaf:
            theirs = leaves[x.label].grad.numpy()
            np.testing.assert_allclose(last[x], theirs, rtol=1e-12, atol=1e-15)


def test_steps_are_copies_and_slopes_are_numbers_where_they_can_be() -> None:
    x = parameter("x", 3)
    moves = backward_steps((x.tanh() + x * 2.0).sum())
    by_name = {(move.node.op.name, move.step): move for move in moves}
    assert [name for name, _ in by_name] == ["sum", "add", "add", "mul", "tanh"]
    total, one, two, scaled, curved = by_name.values()
    assert callable(total.local)
    assert one.local == two.local == 1
    assert np.array_equal(scaled.local, 2.0)
    assert np.array_equal(curved.local, 1 - np.tanh(x.data) ** 2)
    assert np.array_equal(scaled.accumulated, [2.0, 2.0, 2.0])  # not what was added later
    assert np.array_equal(curved.accumulated, 2.0 + curved.local)


def test_hooks_are_called_as_in_backward() -> None:
    root = hooked()
    x = topological_order(root)[0]
    *_, to_x = (m for m in backward_steps(root) if m.parent is x)
    root.backward()
    assert np.array_equal(x.grad, (20 * x.data + 1) / 4)
    assert np.array_equal(to_x.accumulated, x.grad)
    said = [c for c in step(root).captions if "hook" in c]
    assert len(said) == 2
    assert re.search(r"from v₂ to v₁, and a hook changes .* → \[10, 10, 10\]$", said[0])


@pytest.mark.parametrize("graph", GRAPHS)
def test_an_event_knows_which_input_receives(graph: Any) -> None:
    moves = [event for event in events(graph())[1] if event.move is not None]
    assert moves
    for event in moves:
        assert event.node.inputs[event.input] is event.move.parent
    assert len({(event.node, event.input) for event in moves}) == len(moves)


# --- in words -------------------------------------------------------------------------------------


def shown(x: Any) -> list[str]:
    """How an array is written in a caption."""
    if not np.ndim(x):
        return [typed(float(x))]
    return [cell for row in cells(x) for cell in row] or [typed(float(np.linalg.norm(x)))]


@pytest.mark.parametrize("graph", GRAPHS)
def test_every_result_that_is_said_is_that_of_the_event_list(graph: Any) -> None:
    root = graph()
    moves = backward_steps(root)
    said = captions(step(root))
    order = [node for node in topological_order(root, everything=True) if node.op is not None]
    for node, caption in zip(order, said[1:], strict=False):
        result = shown(node.data)
        assert numbers(caption)[-len(result) :] == result
    reached: dict[Any, Any] = {}
    for move, caption in zip(moves, said[len(order) + 2 :], strict=True):
        told, changed = numbers(caption), "a hook changes" in caption
        if move.parent in reached:
            sums = [reached[move.parent], move.contribution, move.accumulated]
            tail = [move.contribution, *sums]
            assert "<mo>+=</mo>" in caption
            assert "paths meet" in caption
        else:
            tail = [move.contribution] + [move.accumulated] * changed
            assert "+=" not in caption
        expected = [number for x in tail for number in shown(x)]
        assert told[-len(expected) :] == expected
        assert caption.count("class=q") == len(tail) - (move.parent in reached)
        if np.ndim(move.local) and cells(move.local) and cells(move.upstream):
            factors = shown(move.upstream) + shown(move.local)
            assert factors == told[-len(expected) - len(factors) : -len(expected)]
        assert ("by the vjp of" in caption) == callable(move.local)
        reached[move.parent] = move.accumulated


def test_the_chain_rule_as_it_is_said_of_arrays() -> None:
    x = Tensor([[1.0, -2.0]], label="x")
    w = Tensor([[0.5, 1.0], [0.25, 0.0]], requires_grad=True, label="w")
    b = Tensor([1.0, -3.0], requires_grad=True, label="b")
    h = (x @ w + b).relu()
    h.label = "h"
    assert step((h * h).sum()).captions == [
        "Forward: inputs and parameters have their values. x (1, 2), w (2, 2), b (2,)",
        "Forward: v₁ is computed. v₁ = x @ w = [1, −2] @ [0.5, 1; 0.25, 0] = [0, 1]",
        "Forward: v₂ is computed. v₂ = v₁ + b = [0, 1] + [1, −3] = [1, −2]",
        "Forward: h is computed. h = relu(v₂) = [1, 0]",
        "Forward: v₃ is computed. v₃ = h ⊙ h = [1, 0] ⊙ [1, 0] = [1, 0]",
        "Forward: L is computed. L = sum(v₃) = 1",
        "Backward starts at L, with the derivative of L to itself. ∂L/∂L = 1",
        "Backward: from L to v₃ by the vjp of sum. "
        "∂L/∂v₃ = broadcast_to(∂L/∂L, shape=(1, 2)) = [1, 1]",
        "Backward: from v₃ to h (a factor 0 stops 1 of 2 elements). "
        "∂L/∂h = ∂L/∂v₃ ⊙ h = [1, 1] ⊙ [1, 0] = [1, 0]",
        "Backward: from v₃ to h, where paths meet and add up (a factor 0 stops 1 of 2 elements). "
        "∂L/∂h += ∂L/∂v₃ ⊙ h = [1, 1] ⊙ [1, 0] = [1, 0]; [1, 0] + [1, 0] → [2, 0]",
        "Backward: from h to v₂ (a factor 0 stops 1 of 2 elements). "
        "∂L/∂v₂ = ∂L/∂h ⊙ [h > 0] = [2, 0] ⊙ [1, 0] = [2, 0]",
        "Backward: from v₂ to v₁. ∂L/∂v₁ = ∂L/∂v₂ = [2, 0]",
        "Backward: from v₂ to b. ∂L/∂b = ∂L/∂v₂, summed over axis 0 = [2, 0]",
        "Backward: from v₁ to w by the vjp of matmul. "
        "∂L/∂w = x^T @ ∂L/∂v₁ = [1; −2] @ [2, 0] = [2, 0; −4, 0]",
    ]


def test_broadcasting_is_undone_in_words() -> None:
    said = step(broadcast()).captions
    assert any("∂v₁ ⊙ a, summed over axis 0 =" in text for text in said)
    assert any(", summed over axis 1 =" in text for text in said)
    x, s = parameter("x", 2, 3, 2), Tensor(2.0, requires_grad=True, label="s")
    said = step((x * s).sum()).captions
    assert any("⊙ x, summed over axes 0, 1 and 2 = 0.5" in text or "axes 0, 1 and 2" in text
               for text in said)  # fmt: skip
    assert any("x · s = (2, 3, 2) float64 of norm " in text for text in said)


@pytest.mark.parametrize(
    ("made", "rule"),
    [
        (lambda a: a.reshape(3, 2), "reshape(∂L/∂v₁, shape=(2, 3))"),
        (lambda a: a.T, "∂L/∂v₁^T"),
        (lambda a: a[:, 1], "scatter_add(∂L/∂v₁, index=[:, 1], shape=(2, 3))"),
        (lambda a: a.sum(axis=1), "broadcast_to("),
        (lambda a: a[[1, 0], [2, 2]], "scatter_add(∂L/∂v₁, index=[[1 0], [2 2]], shape=(2, 3))"),
        (lambda a: a.max(axis=1), "vjp of max(∂L/∂v₁)"),
        (lambda a: autograd.gelu(a), "∂L/∂v₁ ⊙ (0.5 · erfc(−a ÷ 1.414) + a ⊙ exp"),
        (
            lambda a: autograd.cumsum(a, axis=1),
            "∂L/∂a = cumsum(∂L/∂v₁[:, ::-1], axis=1)[:, ::-1] =",
        ),
        (
            lambda a: autograd.einsum("ij,kj->ik", a, np.ones((2, 3))),
            "einsum(∂L/∂v₁, [1, 1, 1; 1, 1, 1], subscripts='ik,kj->ij')",
        ),
        (lambda a: 1.0 / a, "∂L/∂v₁ ⊙ (−v₁ ÷ a)"),
        (lambda a: a.exp(), "∂L/∂v₁ ⊙ v₁ ="),
        (lambda a: -a, "∂L/∂a = −∂L/∂v₁ ="),
        (lambda a: autograd.softmax(a), "v₁ ⊙ (∂L/∂v₁ − sum(∂L/∂v₁ ⊙ v₁, axis=-1, keepdims=True))"),
    ],
)
def test_linear_operations_name_their_transpose_and_others_their_rule(made: Any, rule: str) -> None:
    said = step((made(parameter("a", 2, 3)) * 1.5).sum()).captions[-1]
    assert rule in said


def test_the_name_of_a_function_is_text_whatever_it_is() -> None:
    def double(x: Any) -> Any:
        return x * 2.0

    double.__name__ = "</svg> of (a - 1)²" + "x" * 99
    x = parameter("x", 2)
    stepper = step(autograd.compile(double)(x).sum())
    assert re.search(r"v₁ = </svg> of \(a - 1\)²x+… ?\(x\) = ", stepper.captions[1])
    assert "by the vjp of </svg> of (a - 1)²xx" in stepper.captions[-1]
    assert max(map(len, stepper.captions)) < 200
    for k in range(len(stepper)):
        ET.fromstring(stepper.frame(k))


def test_a_dead_layer_stops_everything() -> None:
    w, v = parameter("w", 3, 2), parameter("v", 2, 1, seed=1)
    said = step(((w - 5.0).relu() @ v).sum()).captions
    stopped = [text.split(" by ")[0].split(" (")[0] for text in said if "stops everything" in text]
    assert stopped == [
        "Backward: from v₃ to v",
        "Backward: from v₂ to v₁",
        "Backward: from v₁ to w",
    ]


def test_captions_of_a_usual_network_stay_short() -> None:
    for graph in (layers, modules, images, lambda: layers(hidden=50)):
        stepper = step(graph(), engine="builtin")
        for caption in stepper._play.captions:
            told = [token for token in caption.formula if token.kind != "array"]
            assert sum(len(token.text + token.under) for token in told) < 140
            assert sum(token.kind == "array" for token in caption.formula) <= 6


# --- in pictures ----------------------------------------------------------------------------------


@pytest.mark.parametrize("graph", GRAPHS)
def test_the_last_picture_shows_the_gradients_of_arrays(graph: Any) -> None:
    root = graph()
    last = {move.parent: move.accumulated for move in backward_steps(root)} | {root: np.array(1.0)}
    names = named(root)
    svg = ET.fromstring(step(root, engine="builtin").frame(-1))
    texts = [
        (t.get("x"), float(t.get("y") or 0), (t.text or "").replace("\u00a0", " "))
        for t in svg.iter(SPACE + "text")
    ]
    for node, name in names.items():
        ((x, y, _),) = [t for t in texts if t[2] == name or t[2].startswith(f"{name} = ")]
        column = [text for u, v, text in sorted(texts, key=lambda t: t[1]) if u == x and v > y]
        value = block(np.asarray(node.data), "data")
        grad = block(last[node], "grad") if node in last else []
        assert column[: len(value)] == value
        assert column[len(value) : len(value) + len(grad)] == grad


def block(x: np.ndarray[Any, Any], name: str) -> list[str]:
    """The lines of a box, written once more."""
    if not x.ndim:
        return [f"{name} {typed(float(x))}"]
    if not cells(x):
        return [f"{name} {x.shape} {x.dtype}", f"‖{name}‖ {typed(float(np.linalg.norm(x)))}"]
    rows = [[typed(v) for v in row] for row in np.atleast_2d(x)]
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    lines = [" ".join(cell.rjust(w) for cell, w in zip(row, widths, strict=True)) for row in rows]
    return [f"{name if not k else '    '} {line}" for k, line in enumerate(lines)]


@pytest.mark.parametrize("shape", [(4, 4), (6,), (2, 6), (1, 1), (4, 1)])
def test_small_arrays_are_written_out(shape: tuple[int, ...]) -> None:
    assert sum(map(len, cells(np.ones(shape)))) == np.prod(shape)


@pytest.mark.parametrize("shape", [(), (5, 1), (7,), (3, 6), (1, 2, 2), (0,), (0, 3), (3, 0)])
def test_other_arrays_are_not(shape: tuple[int, ...]) -> None:
    assert cells(np.ones(shape)) == ()


def test_numbers_of_all_kinds_stand_in_one_column() -> None:
    array = np.array([[np.nan, -np.inf], [1e-9, 123456.0]])
    assert cells(array) == (("NaN", "−∞"), ("1·10⁻⁹", "1.235·10⁵"))
    assert cells(np.array([True, False])) == (("1", "0"),)


def test_constants_are_written_out_too() -> None:
    root = (parameter("a", 2, 2) * np.array([[1.0, 20.0], [3.0, 4.0]])).sum()
    assert ">1\u00a020</text>" in step(root).html
    assert ">3\u00a0\u00a04</text>" in step(root).html


def test_a_frame_has_room_for_its_arrays() -> None:
    stepper = step(layers(), engine="builtin")
    for k in range(len(stepper)):
        svg = ET.fromstring(stepper.frame(k))
        left, _, width, height = map(float, (svg.get("viewBox") or "").split())
        (caption,) = [g for g in svg.iter(SPACE + "g") if g.get("class") == "caption"]
        for text in caption.iter(SPACE + "text"):
            assert left < float(text.get("x") or "nan") < left + width
            assert float(text.get("y") or "nan") < height - 3


def test_frames_and_films_of_arrays(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    stepper = step((parameter("a", 2, 2).tanh() * parameter("$b_<i>", 2)).sum())
    contents = [p.read_bytes() for p in stepper.save_frames(tmp_path / "frames", "png")]
    assert len(set(contents)) == len(stepper)
    assert all(content.startswith(b"\x89PNG") for content in contents)
    with image.open(stepper.save(tmp_path / "a.gif", seconds=0.1)) as film:
        assert film.n_frames >= len(stepper)


def test_large_arrays_do_not_make_large_pages() -> None:
    stepper = step(layers(hidden=500))
    assert len(stepper.html.encode()) < 30_000
    assert "h (4, 500)" not in stepper.html
    assert "data (2, 500) float64" in stepper.html


# --- what is refused, and what is left alone ------------------------------------------------------


def test_where_no_backward_pass_can_begin() -> None:
    with pytest.raises(ValueError, match=r"step: expected a single number, got .*\(3,\)\. Reduce"):
        step(parameter("x", 3) * 2.0)
    with pytest.raises(ValueError, match=r"step: expected a tensor that was computed from one"):
        step(Tensor([1.0]))


@pytest.mark.parametrize("graph", [layers, mixed, second_order])
def test_stepping_through_arrays_changes_nothing(graph: Any) -> None:
    root = graph()

    def state() -> list[Any]:
        nodes = topological_order(root, everything=True)
        return [(id(n), n.data.tobytes(), id(n.grad), n.label, n.op, n._hooks) for n in nodes]

    before, rng = state(), str(np.random.get_state())
    stepper = step(root)
    stepper.animated()
    assert state() == before
    assert str(np.random.get_state()) == rng
    assert step(root).html == stepper.html


def test_an_infinite_slope_behind_a_zero_is_shown_without_a_warning() -> None:
    x = Tensor([0.0, 4.0], requires_grad=True, label="x")
    said = step(autograd.where(x > 1.0, autograd.sqrt(x), 0.0).sum()).captions
    assert "[0, 1] ⊙ [∞, 0.25]" in said[-1]
