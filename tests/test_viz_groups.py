"""Pictures of modules and scopes: what shares a box, and that the sums in it are right."""

from __future__ import annotations

import itertools
import math
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, Value, draw, scope, topological_order
from autograd.viz.boxes import Box, Scene
from autograd.viz.colours import CLOSED, NO_NUMBER, Number
from autograd.viz.dot import find_dot
from autograd.viz.flows import together


def scene(root: Any, **options: Any) -> Scene:
    return draw(root, engine="builtin", **options).scene


def heads(picture: Scene) -> list[str]:
    return [box.lines[0] for box in picture.boxes]


def edges(picture: Scene) -> set[tuple[str, str]]:
    return {(e.source.lines[0], e.target.lines[0]) for e in picture.edges}


def norm_in(box: Box) -> float:
    (exact,) = re.findall(r"^‖grad‖ (\S+)$", box.title, re.M)
    return float(exact)


def norm_of(module: Any) -> float:
    """Brute force."""
    return math.sqrt(sum(float(np.sum(np.square(p.grad))) for p in module.parameters()))


def mlp(examples: int, sizes: tuple[int, ...] = (4, 4, 1)) -> tuple[nn.MLP, Value]:
    model = nn.MLP(2, list(sizes), seed=0, activation="tanh")
    rng = np.random.default_rng(0)
    outputs = [model(x) for x in rng.normal(size=(examples, 2)).tolist()]
    loss = nn.mse_loss(outputs, rng.normal(size=examples).tolist())
    loss.label = "loss"
    return model, loss


def encoder(layers: int) -> tuple[Any, Any]:
    nn.manual_seed(0)
    layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
    model = nn.TransformerEncoder(layer, layers)
    x = np.random.default_rng(0).normal(size=(2, 3, 8))
    return model, ((model(x) - 1.0) ** 2).mean()


# --- an MLP of Values ---------------------------------------------------------------------------


@pytest.mark.parametrize("examples", [1, 7])
def test_an_mlp_collapsed_to_layers(examples: int) -> None:
    model, loss = mlp(examples)
    loss.backward()
    picture = scene(loss, model=model, collapse="layer")
    times = f" × {examples}" if examples > 1 else ""
    layers = [f"layers.{i}: Layer{times}" for i in range(3)]
    assert heads(picture)[:3] == layers
    assert [f.name for f in picture.frames] == ["MLP"]
    assert set(itertools.pairwise(layers)) <= edges(picture)
    for box, layer in zip(picture.boxes, model.layers, strict=False):
        assert norm_in(box) == pytest.approx(norm_of(layer), rel=1e-12)
        assert f"{len(layer.parameters())} parameters" in " ".join(box.lines)
    assert picture.boxes[-1].lines[0].startswith("loss")


def test_every_node_is_in_one_box() -> None:
    from autograd.viz.group_scene import build

    model, loss = mlp(7)
    order = topological_order(loss, everything=True)
    for collapse in ("neuron", "layer", "model"):
        drawn = [n for box in build(loss, model=model, collapse=collapse).boxes for n in box.nodes]
        assert sorted(map(id, drawn)) == sorted(map(id, order))


def test_neurons_stand_in_the_frames_of_their_layers() -> None:
    model, loss = mlp(5)
    loss.backward()
    picture = scene(loss, model=model, collapse="neuron")
    assert [f.name for f in picture.frames] == ["MLP", *(f"layers.{i}: Layer" for i in range(3))]
    boxes = [box for box in picture.boxes if ": Neuron" in box.lines[0]]
    neurons = {name: m for name, m in model.named_modules() if isinstance(m, nn.Neuron)}
    assert len(boxes) == len(neurons) == 9
    for box in boxes:
        path = box.title.split("\n")[0]
        assert norm_in(box) == pytest.approx(norm_of(neurons[path]), rel=1e-12)
        (frame,) = [f for f in picture.frames if f.parent and box.id in f.boxes]
        assert path.startswith(frame.name.split(":")[0])
    between = [(a, b) for a, b in edges(picture) if "Neuron" in a and "Neuron" in b]
    assert between


def test_the_whole_model_as_a_box() -> None:
    model, loss = mlp(5)
    loss.backward()
    for options in ({"collapse": "model"}, {"depth": 0}, {"depth": np.int64(0)}):
        picture = scene(loss, model=model, **options)
        assert picture.description.endswith(("collapsed to models", "collapsed to depth 0"))
        assert heads(picture)[0] == "MLP × 5"
        assert norm_in(picture.boxes[0]) == pytest.approx(norm_of(model), rel=1e-12)
        assert "37 parameters" in picture.boxes[0].lines[2]


def test_the_loss_of_each_example_is_one_chain() -> None:
    model, loss = mlp(100)
    picture = scene(loss, model=model, collapse="layer")
    assert heads(picture)[3:] == ["− → ** 2 × 100", "loss = Σ → ÷"]
    assert edges(picture) >= {("layers.2: Layer × 100", "− → ** 2 × 100")}


def test_hovering_shows_median_and_largest_gradient() -> None:
    model, loss = mlp(3)
    loss.backward()
    title = scene(loss, model=model, collapse="layer").boxes[1].title
    sizes = np.abs([p.grad for p in model.layers[1].parameters()])
    assert f"|grad| median {np.median(sizes):.4g}, largest {np.max(sizes):.4g}" in title


def test_before_backward_no_gradient_is_claimed() -> None:
    model, loss = mlp(3)
    picture = scene(loss, model=model, collapse="layer")
    assert all(box.lines[-1] == "grad not computed yet" for box in picture.boxes)


# --- what flows between boxes ---------------------------------------------------------------------


def flow_between(picture: Scene, source: str, target: str) -> Any:
    (found,) = (
        e
        for e in picture.edges
        if e.source.lines[0].startswith(source) and e.target.lines[0].startswith(target)
    )
    return found


def test_edges_between_layers_carry_the_norm_of_what_flows_back_between_them() -> None:
    model, loss = mlp(1, (4, 3, 1))
    before = scene(loss, model=model, collapse="layer")
    assert flow_between(before, "layers.0", "layers.1").flow.missing == "not computed"
    loss.backward()
    # The gradient of a bias is that of its neuron's sum; weights lead it back to the inputs.
    neurons = model.layers[1].neurons
    weights = np.array([[w.data for w in n.w] for n in neurons])
    expected = np.array([n.b.grad for n in neurons]) @ weights
    picture = draw(loss, model=model, collapse="layer", view="gradients")
    edge = flow_between(picture.scene, "layers.0", "layers.1")
    assert edge.flow.value == pytest.approx(np.linalg.norm(expected), rel=1e-12)
    assert not edge.flow.signed
    assert edge.title == f"12 edges\n‖contribution‖ {edge.flow.value!r}"
    assert edge.text("gradients") == f"{edge.flow.value:.4g}"
    assert edge.text("all") == ""
    assert f'id="{edge.id}" class="edge g-u' in picture.svg
    # A single number, the network's output, keeps its sign.
    last = flow_between(picture.scene, "layers.2", "loss")
    assert last.flow.signed
    assert last.flow.value == pytest.approx(model.layers[2].neurons[0].b.grad, rel=1e-12)
    for text in (picture.tikz, picture.mermaid, picture.source):
        assert f"{edge.flow.value:.4g}" in text


def test_edges_between_neurons() -> None:
    model, loss = mlp(1, (3, 2, 1))
    loss.backward()
    picture = scene(loss, model=model, collapse="neuron")
    for edge in picture.edges:
        if ": Neuron" in edge.source.lines[0] and ": Neuron" in edge.target.lines[0]:
            _, layer, _, k = edge.target.title.split("\n")[0].split(".")
            j = int(edge.source.title.split("\n")[0].split(".")[-1])
            neuron = model.layers[int(layer)].neurons[int(k)]
            assert edge.flow.value == pytest.approx(neuron.b.grad * neuron.w[j].data, rel=1e-12)


def test_what_flows_between_modules_of_tensors_is_the_gradient_of_what_was_passed_on() -> None:
    nn.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3))
    x = np.random.default_rng(0).normal(size=(5, 4))
    hidden = model[1](model[0](x))
    loss = (model[2](hidden) ** 2).sum()
    loss.backward()
    edge = flow_between(scene(loss, model=model, collapse="layer"), "0: Linear", "2: Linear")
    assert edge.flow.missing == "not kept"
    hidden.retain_grad()
    loss.backward()
    edge = flow_between(scene(loss, model=model, collapse="layer"), "0: Linear", "2: Linear")
    assert edge.flow.value == pytest.approx(float(np.linalg.norm(hidden.grad)), rel=1e-12)
    # What flows along one of two ways from an array is not known.
    loss = ((model[2](hidden) ** 2).sum() + hidden.sum()) * 1.0
    loss.backward()
    edge = flow_between(scene(loss, model=model, collapse="layer"), "0: Linear", "2: Linear")
    assert edge.flow == (None, "", True)


def test_what_is_known_in_part_is_no_number() -> None:
    awaited = Number(None, "not computed")
    assert together({"a": 3.0}, [awaited], signed=True) == awaited
    assert together({"a": 3.0}, [NO_NUMBER], signed=False) == NO_NUMBER
    assert together({"a": 3.0}, [CLOSED], signed=True) == Number(3.0)
    assert together({}, [CLOSED, CLOSED], signed=True) == CLOSED
    assert together({}, [], signed=True) == NO_NUMBER


def test_where_no_gradient_flows_it_is_not_awaited() -> None:
    """The softmax that a cross-entropy keeps, and what is detached."""
    logits = Tensor(np.array([[1.0, 2.0]]), requires_grad=True, label="logits")
    loss = nn.functional.cross_entropy(logits, np.array([1]))
    loss.backward()
    for options in ({}, {"collapse": False}):
        picture = draw(loss, view="gradients", engine="builtin", **options)
        (box,) = (b for b in picture.scene.boxes if b.lines[0] == "softmax")
        assert box.lines[-1] == "no gradient flows here"
        assert flow_between(picture.scene, "logits", "softmax").flow.missing == "no flow"
        through = flow_between(picture.scene, "logits", "−log softmax").flow
        assert through.value == pytest.approx(float(np.linalg.norm(logits.grad)), rel=1e-12)
        assert f'id="{box.id}" class="box op g-closed' in picture.svg
        assert ">no gradient flows</text>" in picture.svg  # the legend
        assert "no gradient flows here" in picture.tikz
        for text in (picture.mermaid, picture.source):
            assert "no gradient flows here" in text
    # In the picture of modules as well; and what another root has not reached is awaited.
    model = nn.Linear(2, 2)
    loss = nn.functional.cross_entropy(model(np.ones((1, 2))), np.array([1]))
    loss.backward()
    whole = scene(loss, model=model, collapse="layer")
    words = {box.lines[0]: box.lines[-1] for box in whole.boxes}
    assert words["softmax"] == "no gradient flows here"
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    product, scaled = a * b, a * 5.0
    scaled.label = "scaled"
    product.backward()
    other = autograd.stop_gradient(scaled) * Value(1.0, label="c") + product
    words = {box.lines[0]: box.lines[-1] for box in scene(other).boxes}
    assert words["scaled = ×"] == "no gradient flows here"
    assert words["c"] == words["+"] == "grad not computed yet"
    assert words["a"] == "grad 3"
    other.backward()
    words = {box.lines[0]: box.lines[-1] for box in scene(other).boxes}
    assert words["scaled = ×"] == "no gradient flows here"
    assert (words["c"], words["+"]) == ("grad 10", "grad 1")


# --- tensors --------------------------------------------------------------------------------------


def test_a_sequential_of_tensors() -> None:
    nn.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3, bias=False))
    x = np.random.default_rng(0).normal(size=(5, 4))
    loss = nn.functional.cross_entropy(model(x), np.array([0, 1, 2, 0, 1]))
    loss.backward()
    picture = scene(loss, model=model, collapse="layer")
    assert heads(picture)[:2] == ["0: Linear, ReLU", "2: Linear"]
    assert [norm_in(b) for b in picture.boxes[:2]] == pytest.approx(
        [norm_of(model[0]), norm_of(model[2])], rel=1e-12
    )
    assert "(5, 8) float64" in picture.boxes[0].lines
    assert "40 parameters, 4 nodes" in picture.boxes[0].lines  # weight, bias, affine map, ReLU
    whole = scene(loss, model=model)
    frames = [f.name for f in draw(loss, model=model).scene.frames]
    assert frames == ["Sequential", "0: Linear, ReLU", "2: Linear"]
    assert len(whole.boxes) >= 9


def test_twelve_encoder_layers_are_one_box_with_all_their_gradients() -> None:
    model, loss = encoder(12)
    loss.backward()
    picture = scene(loss, model=model, collapse="layer")
    box = picture.boxes[0]
    assert box.lines[0] == "layers.0 … layers.11: TransformerEncoderLayer × 12"
    assert norm_in(box) == pytest.approx(norm_of(model), rel=1e-12)
    for i, layer in enumerate(model.layers):
        assert f"layers.{i}: ‖grad‖ {norm_of(layer):.4g}" in box.title
    assert len(picture.boxes) == 2


def test_encoder_layers_in_a_sequential_are_one_box_too() -> None:
    layers = list(encoder(12)[0].layers)
    model = nn.Sequential(*layers)
    loss = (model(np.random.default_rng(0).normal(size=(2, 3, 8))) ** 2).mean()
    loss.backward()
    picture = scene(loss, model=model)
    (box,) = (box for box in picture.boxes if box.kind == "group")
    assert box.lines[0] == "0 … 11: TransformerEncoderLayer × 12"
    assert norm_in(box) == pytest.approx(norm_of(model), rel=1e-12)


def test_three_layers_are_few_enough_to_be_drawn_each() -> None:
    model, loss = encoder(3)
    picture = scene(loss, model=model, collapse="layer")
    assert heads(picture)[:3] == [f"layers.{i}: TransformerEncoderLayer" for i in range(3)]


def test_the_parts_of_an_encoder_layer() -> None:
    model, loss = encoder(2)
    loss.backward()
    picture = scene(loss, model=model, depth=2)
    named = dict(model.named_modules())
    inside = ["self_attn: MultiheadAttention", "norm1: LayerNorm", "linear1: Linear",
              "linear2: Linear", "norm2: LayerNorm"]  # fmt: skip
    assert [h for h in heads(picture) if ": " in h] == inside * 2
    for box in picture.boxes:
        if ": " in box.lines[0]:
            module = named[box.title.split("\n")[0]]
            assert norm_in(box) == pytest.approx(norm_of(module), rel=1e-12)
    # The sum around which a layer leads its input is the layer's, not a part's.
    assert ("linear2: Linear", "+") in edges(picture)


@pytest.mark.parametrize("options", [{"depth": 2}, {"collapse": "neuron"}])
def test_the_inside_of_layers_that_repeat_each_other_is_drawn_once(options: dict[str, Any]) -> None:
    model, loss = encoder(12)
    loss.backward()
    picture = scene(loss, model=model, **options)
    assert len(picture.boxes) < 15
    assert [f.name for f in picture.frames][:2] == [
        "TransformerEncoder",
        "layers.0 … layers.11: TransformerEncoderLayer × 12",
    ]
    boxes = {box.lines[0]: box for box in picture.boxes}
    named = dict(model.named_modules())
    for part in ("linear1: Linear", "linear2: Linear", "norm1: LayerNorm", "norm2: LayerNorm"):
        box = boxes[f"{part} × 12"]
        modules = [named[f"layers.{i}.{part.split(':')[0]}"] for i in range(12)]
        assert norm_in(box) == pytest.approx(math.hypot(*map(norm_of, modules)), rel=1e-12)
        count = sum(p.data.size for m in modules for p in m.parameters())
        assert f"{count:,} parameters" in " ".join(box.lines)
        assert f"layers.11.{part.split(':')[0]}: ‖grad‖ {norm_of(modules[11]):.4g}" in box.title
    # Nothing leads back to the beginning, and each layer's sums are its own.
    assert ("linear2: Linear × 12", "+ × 12") in edges(picture)
    assert ("norm2: LayerNorm × 12", "− → ** 2 → Σ → ÷") in edges(picture)
    assert all(e.source.x < e.target.x for e in picture.edges)
    # Lines between two boxes of a frame run inside of it.
    for frame in picture.frames:
        left, top, right, bottom = frame.place
        inner = [e for e in picture.edges if {e.source.id, e.target.id} <= set(frame.boxes)]
        assert all(left < x < right and top < y < bottom for e in inner for x, y in e.points)


def test_every_node_of_repeated_layers_is_in_one_box() -> None:
    from autograd.viz.group_scene import build

    model, loss = encoder(12)
    order = topological_order(loss, everything=True)
    drawn = [n for box in build(loss, model=model, depth=2).boxes for n in box.nodes]
    assert sorted(map(id, drawn)) == sorted(map(id, order))


def test_layers_that_differ_or_stand_apart_are_drawn_each() -> None:
    class Wide(nn.Module):
        def __init__(self, widths: list[int]) -> None:
            self.blocks = [nn.Sequential(*[nn.Linear(w, w) for _ in range(8)]) for w in widths]

        def forward(self, x: Any) -> Any:
            # The blocks stand side by side: none is computed from another.
            return sum(block(np.ones((2, block[0].in_features))).sum() for block in self.blocks) * x

    for widths in ([3] * 6, [2, 3, 4, 5, 6, 7]):
        model = Wide(widths)
        picture = scene(model(2.0), model=model, depth=2)
        assert not any("blocks.0 …" in frame.name for frame in picture.frames)
        assert sum("Sequential" in frame.name for frame in picture.frames) == 6


class Tied(nn.Module):
    """The same weights twice, with something else in between."""

    def __init__(self) -> None:
        self.outer = nn.Linear(3, 3)
        self.inner = nn.Linear(3, 3)

    def forward(self, x: Any) -> Any:
        return self.outer(self.inner(self.outer(x)).tanh())


def test_a_module_called_twice_with_another_in_between_is_drawn_twice() -> None:
    model = Tied()
    loss = (model(np.ones((2, 3))) ** 2).sum()
    loss.backward()
    picture = scene(loss, model=model, collapse="layer")
    found = heads(picture)
    assert sum(head.startswith("outer: Linear") for head in found) == 2
    assert sum(head.startswith("inner: Linear") for head in found) == 1
    assert all(e.source.x < e.target.x for e in picture.edges)  # no circle


def test_a_shared_parameter_counts_for_whoever_uses_it() -> None:
    class Model(nn.Module):
        def __init__(self) -> None:
            self.encode = nn.Linear(3, 3, bias=False)
            self.middle = nn.Linear(3, 3)
            self.decode = nn.Linear(3, 3, bias=False)
            self.decode.weight = self.encode.weight

        def forward(self, x: Any) -> Any:
            return self.decode(self.middle(self.encode(x)))

    model = Model()
    loss = (model(np.ones((2, 3))) ** 2).sum()
    found = heads(scene(loss, model=model, collapse="layer"))
    assert {"encode: Linear", "middle: Linear", "decode: Linear", "weight"} <= set(found)


def test_modules_in_circles_of_containers() -> None:
    class Loop(nn.Module):
        def __init__(self) -> None:
            self.layers = [nn.Linear(2, 2), nn.Linear(2, 2)]
            self.layers.append(self.layers)  # type: ignore[arg-type]
            self.me = self

        def forward(self, x: Any) -> Any:
            return self.layers[1](self.layers[0](x))

    model = Loop()
    picture = scene((model(np.ones(2)) ** 2).sum(), model=model, collapse="layer")
    assert heads(picture)[:2] == ["layers.0: Linear", "layers.1: Linear"]


def test_behind_the_last_parameter_only_an_activation_is_the_networks() -> None:
    model = nn.Linear(3, 1)
    x = np.random.default_rng(0).normal(size=(2, 3))
    bent = model(x).sigmoid()
    assert heads(scene((-autograd.log(bent)).sum(), model=model, collapse="model")) == [
        "Linear",
        "log → neg → Σ",
    ]
    assert draw(bent, model=model, collapse="model").scene.boxes[-1].lines[0] == "Linear"
    # What two follow, as the softmax of a cross-entropy, is not an activation.
    logits = model(x)
    found = heads(scene((autograd.softmax(logits) * logits).sum(), model=model, collapse="model"))
    assert found[1] == "softmax"


# --- scopes ---------------------------------------------------------------------------------------


def test_a_scope_is_a_frame_or_a_box() -> None:
    x = Value(0.5, label="x")
    with scope("square"):
        y = x * x
        with scope("bend"):
            z = y.tanh()
    root = z + x
    root.backward()
    full = scene(root)
    assert [(f.name, f.parent.name if f.parent else None) for f in full.frames] == [
        ("square", None),
        ("bend", "square"),
    ]
    assert heads(scene(root, depth=0)) == ["x", "square", "+"]
    assert heads(scene(root, depth=1)) == ["x", "×", "bend", "+"]
    assert heads(scene(root, collapse="model")) == ["x", "square", "+"]


def test_a_scope_entered_many_times_says_so() -> None:
    xs = [Value(0.1 * i) for i in range(30)]
    outs = []
    for x in xs:
        with scope("example"):
            outs.append((x * x).tanh() + x)
    root = autograd.sum(outs)
    root.backward()
    found = heads(scene(root))
    assert "example × 30" in found
    assert "30 leaves" in found


def test_scopes_inside_and_around_modules() -> None:
    class Block(nn.Module):
        def __init__(self) -> None:
            self.q, self.k = nn.Linear(3, 3), nn.Linear(3, 3)
            self.out = nn.Linear(3, 3)

        def forward(self, x: Any) -> Any:
            with scope("scores"):
                s = self.q(x) * self.k(x)
            return self.out(s)

    model = nn.Sequential(Block(), Block())
    with scope("step"):
        loss = (model(np.ones((2, 3))) ** 2).sum()
    frames = draw(loss, model=model, collapse="neuron").scene.frames
    chains = {f.id: (f.parent.name if f.parent else None, f.name) for f in frames}
    assert (None, "step") in chains.values()
    assert ("step", "Sequential") in chains.values()
    assert list(chains.values()).count(("0: Block", "scores")) == 1
    assert list(chains.values()).count(("1: Block", "scores")) == 1


@pytest.mark.parametrize("engine", ["builtin", "dot"])
@pytest.mark.parametrize("collapse", [False, "neuron"])
def test_a_frame_holds_its_own_boxes_and_no_others(engine: str, collapse: Any) -> None:
    if engine == "dot" and find_dot() is None:
        pytest.skip("the dot program is not installed")
    small, loss = mlp(1, (2, 2, 1))
    both = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
    other = (both(np.ones((5, 4))) ** 2).sum()
    count = 0
    for model, root in ((small, loss), (both, other)):
        picture = draw(root, model=model, engine=engine, collapse=collapse).scene
        for frame in picture.frames:
            left, top, right, bottom = frame.place
            for box in picture.boxes:
                inside = left < box.x < right and top < box.y < bottom
                meets = (
                    left < box.x + box.width / 2
                    and box.x - box.width / 2 < right
                    and top < box.y + box.height / 2
                    and box.y - box.height / 2 < bottom
                )
                own = box.id in frame.boxes
                assert own == inside == meets
                count += own
    assert count > 5


# --- how much is drawn ----------------------------------------------------------------------------


def test_collapsing_is_automatic_by_size() -> None:
    small, loss = mlp(1, (2, 1))
    assert len(scene(loss, model=small).boxes) >= len(topological_order(loss, everything=True))
    middle, loss = mlp(1, (8, 8, 1))
    assert 80 < len(topological_order(loss, everything=True)) <= 300
    assert sum(": Neuron" in head for head in heads(scene(loss, model=middle))) == 17
    large, loss = mlp(10, (8, 8, 1))
    assert heads(scene(loss, model=large))[0] == "layers.0: Layer × 10"


def test_many_equal_neurons_are_one_box() -> None:
    model, loss = mlp(1, (100, 1))
    loss.backward()
    picture = scene(loss, model=model, collapse="neuron")
    assert heads(picture)[0] == "neurons.0 … neurons.99: Neuron × 100"
    assert norm_in(picture.boxes[0]) == pytest.approx(norm_of(model.layers[0]), rel=1e-12)


def test_too_many_nodes_in_full_say_how_to_collapse() -> None:
    model, loss = mlp(100)
    with pytest.raises(ValueError, match="force=True"):
        draw(loss, model=model, collapse=False)


@pytest.mark.parametrize(
    "options",
    [{"collapse": "neurons"}, {"collapse": 1}, {"depth": -1}, {"depth": True}, {"depth": "layer"},
     {"depth": 1, "collapse": "layer"}],
)  # fmt: skip
def test_unknown_ways_to_collapse(options: dict[str, Any]) -> None:
    model, loss = mlp(1)
    with pytest.raises(ValueError, match="draw: expected collapse None, True, False, 'neuron'"):
        draw(loss, model=model, **options)


def test_a_model_that_is_none_or_another() -> None:
    model, loss = mlp(1)
    with pytest.raises(TypeError, match="expected a module as model, got"):
        draw(loss, model=model.parameters())
    with pytest.raises(ValueError, match="none of whose parameters is in it"):
        draw(loss, model=nn.MLP(2, [1], seed=0))
    with pytest.raises(ValueError, match="expected modules or scopes to collapse to"):
        draw(loss, collapse="layer")


# --- what it leaves alone -------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"collapse": "layer"}, {"depth": 2}])
def test_drawing_changes_nothing(options: dict[str, Any]) -> None:
    for model, loss in (mlp(3), encoder(2)):
        loss.backward()
        nodes = topological_order(loss, everything=True)

        def state(model: Any = model, nodes: Any = nodes) -> list[Any]:
            values = [(id(n), n.label, n.op, repr(n.grad), repr(n.primal)) for n in nodes]
            return [values, [name for name, _ in model.named_parameters()], vars(model).keys()]

        before = state()
        random_state = np.random.get_state()[1].copy()  # type: ignore[index, union-attr]
        first = draw(loss, model=model, **options)
        assert draw(loss, model=model, **options).svg == first.svg  # the same bytes
        assert state() == before
        assert np.array_equal(np.random.get_state()[1], random_state)  # type: ignore[index]


def test_hostile_names_are_no_markup() -> None:
    with scope('<script>alert("1")</script> & \\n {|}'):
        root = Value(2.0) * 3.0
    for options in ({}, {"depth": 0}):
        picture = draw(root, **options)
        assert "<script" not in picture.svg
        assert "script" in picture.svg


def test_a_running_total_of_losses_is_one_box() -> None:
    model = nn.MLP(2, [2, 1], seed=0)
    losses = [(model([0.1 * k, -0.5]) - 1.0) ** 2 for k in range(200)]
    for total in (sum(losses), 0.01 * sum(losses)):
        total.backward()
        picture = scene(total, model=model, collapse="model")
        assert heads(picture)[:2] == ["MLP × 200", "− → ** 2 × 200"]
        assert len(picture.boxes) == 3
        assert heads(picture)[2].startswith("+ → … 19")
        assert picture.boxes[-1].grad == Number(1.0)
    assert heads(draw(sum(losses), model=model).scene)[-1] == "+ → … 198 more … → +"


def test_a_total_of_different_things_is_not_a_running_one() -> None:
    with scope("first"):
        a = Value(1.0) * 2.0
    with scope("second"):
        b = Value(3.0) * 2.0
    assert heads(scene((a + b).tanh() + b, depth=0))[-2:] == ["+ → tanh", "+"]


def test_a_node_with_a_name_is_seen_beside_groups() -> None:
    with scope("first"):
        a = Value(1.0) * 2.0
    seen = a.exp().tanh()
    seen.label = "seen"
    assert heads(scene(seen.exp().tanh(), depth=0))[-2:] == ["seen = exp → tanh", "exp → tanh"]


AFTER: list[Any] = [nn.ReLU, nn.Tanh, lambda: nn.GELU("tanh"), nn.Softplus]
NORMS: list[Any] = [
    nn.BatchNorm1d,
    lambda n: nn.BatchNorm1d(n, affine=False),
    lambda n: nn.BatchNorm1d(n, track_running_stats=False),
    lambda n: nn.BatchNorm1d(n).eval(),
    nn.LayerNorm,
]


@pytest.mark.parametrize("bend", AFTER)
@pytest.mark.parametrize("norm", NORMS)
def test_the_number_in_a_box_is_what_comes_out_of_the_last_module_it_names(
    norm: Any, bend: Any
) -> None:
    nn.manual_seed(0)
    inner = nn.Sequential(nn.Linear(2, 4), norm(4), bend())
    model = nn.Sequential(inner, nn.Linear(4, 3), bend(), nn.Linear(3, 2), bend())
    outputs: list[tuple[str, Any]] = []
    for module in [*inner, *model[1:]]:
        module.register_forward_hook(
            lambda module, args, out: outputs.append((type(module).__name__, out.data))
        )
    loss = (model(Tensor(np.random.default_rng(0).normal(size=(5, 2)))) ** 2).sum()
    picture = scene(loss, model=model, collapse="neuron")
    boxes = [box for box in picture.boxes if box.kind == "group"]
    assert [box.title.split("\n")[0] for box in boxes][-2:] == ["1", "3"]
    named = []
    for box in boxes:
        named += box.lines[0].split(": ")[1].split(", ")
        kind, out = outputs[len(named) - 1]
        assert kind == named[-1]
        assert box.value.value == pytest.approx(float(np.linalg.norm(out)), rel=1e-12)
    # Behind the last parameter only an activation of one operation is the network's.
    one = bend in (nn.ReLU, nn.Tanh)
    assert named == [kind for kind, _ in outputs][: None if one else -1]
    assert not any("track" in line for line in heads(picture))


def test_units_that_pass_nothing_back_are_counted_in_the_box_of_a_layer() -> None:
    model = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 3), nn.Tanh())
    x = Tensor(np.ones((5, 2)))
    first, last = model[0](x), 50.0 * model(x)
    dead = int((first.data <= 0).sum())
    assert dead
    picture = draw(model(x).sum(), model=model, collapse="layer")
    found = [row.text for box in picture.scene.boxes for row in box.rows if row.role == "mark"]
    assert found[0] == f"dead here: {dead} of 20"
    model[2].weight.data[:] *= 1e6
    model[2].bias.data[:] = 1e3
    picture = draw(model(x).sum(), model=model, collapse="model")
    found = [row.text for box in picture.scene.boxes for row in box.rows if row.role == "mark"]
    assert found == [f"dead here: {dead} of 20", "saturated: 15 of 15"]
    assert last.shape == (5, 3)


@pytest.mark.parametrize("collapse", [None, "layer"])
def test_the_name_of_a_class_fits_into_a_box(collapse: str | None) -> None:
    kind: Any = type("Long\nName" + "x" * 10_000, (nn.Linear,), {})
    model = nn.Sequential(kind(2, 2), nn.Tanh(), kind(2, 1))
    picture = draw(model(Tensor(np.ones((1, 2)))).sum(), model=model, collapse=collapse)
    assert picture.size[0] < 2000
    assert "Long Namexxx" in picture.svg
    assert not any("\n" in text for box in picture.scene.boxes for text in box.lines)


def test_calling_a_module_runs_the_same_code_as_ever() -> None:
    """Count what a call does, as calls are what training is made of."""
    model = nn.Sequential(nn.Linear(2, 2))
    calls = []

    def note(frame: Any, event: str, _: Any) -> None:
        if event == "call":
            calls.append((Path(frame.f_code.co_filename).stem, frame.f_code.co_name))

    x = Tensor(np.ones((1, 2)))
    sys.setprofile(note)
    try:
        model(x)
    finally:
        sys.setprofile(None)
    assert not [call for call in calls if call[0] in ("scopes", "owners", "anomaly")]
    assert [name for file, name in calls if file == "module"] == ["__call__"] * 2
