"""Views of one picture: which rows and numbers each shows, in which colours, and where."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_viz_scene import Recipe, graph, recipes

import autograd
from autograd import Tensor, Value, draw, topological_order
from autograd.viz.boxes import VIEWS, Row
from autograd.viz.colouring import colouring, legend
from autograd.viz.colours import KINDS, NUMBER_LOOKS, THEMES, Number, Scale, contrast
from autograd.viz.scene import build

SVG = "{http://www.w3.org/2000/svg}"


def example() -> Value:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    loss = (a * b).relu() + (a * 3.0 + b * 0.001).tanh() * a
    loss.label = "loss"
    loss.backward()
    return loss


# --- what flows back ------------------------------------------------------------------------------


@given(recipes, st.sampled_from([{}, {"expand": True}, {"collapsed": True}]))
@settings(deadline=None)
def test_what_flows_into_a_box_adds_up_to_its_gradient(
    recipe: Recipe, options: dict[str, bool]
) -> None:
    root = graph(recipe)
    root.backward()
    scene = build(root, **options)
    for box in scene.boxes[:-1]:
        out = [edge.flow.value for edge in scene.edges if edge.source is box]
        if box.kind != "constant" and out:
            assert math.fsum(x or 0.0 for x in out) == pytest.approx(
                box.grad.value, rel=1e-9, abs=1e-12
            )
        if box.kind == "constant":
            assert out == [None]


def test_before_backward_nothing_is_known_to_flow() -> None:
    scene = build(Value(2.0, label="x") * 3.0)
    assert [edge.flow for edge in scene.edges] == [Number(None, "not computed"), Number(None)]
    assert [edge.text("gradients") for edge in scene.edges] == ["", ""]
    assert [edge.text("locals") for edge in scene.edges] == ["3", ""]


def test_the_title_of_an_edge_has_the_contribution() -> None:
    x = Value(1 / 3, label="x")
    y = x * x
    y.backward()
    assert [e.title for e in build(y).edges] == [
        f"local derivative {1 / 3!r}\ncontribution {1 / 3!r}"
    ] * 2


def test_between_arrays_the_only_edge_carries_the_gradient() -> None:
    w = Tensor(np.ones((3, 2)), requires_grad=True, label="w")
    t = Tensor(np.ones(2), requires_grad=True, label="t")
    loss = (w * 2.0).sum() + (t * t).sum()
    loss.backward()
    flows = {e.source.rows[0].text: e.flow for e in build(loss).edges if e.source.kind == "leaf"}
    assert flows["w"] == Number(pytest.approx(np.linalg.norm(w.grad)), signed=False)
    assert flows["t"].value is None  # two edges: the gradient is their sum


# --- rows -----------------------------------------------------------------------------------------


def test_a_view_leaves_rows_out_and_labels_too() -> None:
    scene = build(example())
    box = next(box for box in scene.boxes if box.rows[0].text == "b")
    grad = f"grad {box.grad.value:.4g}"
    assert [row.text for row in box.shown("all")] == ["b", "data -3", grad]
    assert [row.text for row in box.shown("values")] == ["b", "data -3"]
    assert [row.text for row in box.shown("locals")] == ["b", "data -3"]
    assert [row.text for row in box.shown("gradients")] == ["b", grad]
    edge = scene.edges[0]
    assert [edge.text(view) for view in VIEWS] == ["-3", "", "-3", "0"]


def test_every_view_has_the_same_places() -> None:
    for direction in ("LR", "TB"):
        places = [
            [
                *((b.x, b.y, b.width, b.height) for b in scene.boxes),
                *(p for e in scene.edges for p in e.points),
            ]
            for view in VIEWS
            for scene in [draw(example(), view=view, direction=direction).scene]
        ]
        assert all(p == places[0] for p in places)


@pytest.mark.parametrize(
    ("node", "mark"),
    [
        (lambda: Value(-1.0).relu(), "dead here: slope 0"),
        (lambda: Value(0.0).relu(), "dead here: slope 0"),
        (lambda: Value(1.0).relu(), None),
        (lambda: Value(-4.0).tanh(), f"saturated: slope {1 - math.tanh(4) ** 2:.4g}"),
        (lambda: Value(2.0).tanh(), None),  # 0.964
        (lambda: Value(5.0).sigmoid(), "saturated: slope 0.006648"),
        (lambda: Value(-5.0).sigmoid(), "saturated: slope 0.006648"),
        (lambda: Value(3.0).sigmoid(), None),
        (lambda: Tensor([-1.0, 2.0, -3.0], requires_grad=True).relu(), "dead here: 2 of 3"),
        (lambda: Tensor([-9.0, 0.0], requires_grad=True).tanh(), "saturated: 1 of 2"),
    ],
)
def test_units_that_pass_nothing_back_are_marked(node: Any, mark: str | None) -> None:
    marks = [row for row in build(node()).boxes[-1].rows if row.role == "mark"]
    assert marks == ([] if mark is None else [Row("mark", mark)])


def test_a_mark_is_seen_in_a_collapsed_box() -> None:
    root = (Value(-3.0) * 2.0).relu() * 2.0
    assert Row("mark", "dead here: slope 0") in build(root, collapsed=True).boxes[-1].rows
    assert "Marked: dead here: slope 0." in draw(root).scene.details()


def test_many_marks_in_a_box_are_counted() -> None:
    y = Value(1.0)
    for k in range(100):
        y = (y * (10.0 + k)).tanh().relu()
    (box,) = build(y, collapsed=True).boxes
    assert [row.text for row in box.rows if row.role == "mark"] == ["saturated: 100 of 100"]


# --- colours --------------------------------------------------------------------------------------


def test_looks_tell_sign_size_and_what_is_no_number() -> None:
    numbers = [1.0, -1.0, 1e-3, -1e-3, 0.0, -0.0, math.nan, math.inf, -math.inf]
    scale = Scale(map(Number, numbers))
    looks = [scale.look(Number(x)) for x in numbers]
    assert looks == ["p5", "m5", "p1", "m1", "zero", "zero", "nan", "nan", "nan"]
    assert scale.look(Number(0.03)) == "p3"  # the middle between 0.001 and 1, by factors
    assert scale.look(Number(None, "not computed")) == "absent"
    assert scale.look(Number(None, "not kept")) == "dropped"
    assert scale.look(Number(None)) == ""
    assert scale.look(Number(0.5, signed=False))[0] == "u"
    assert (scale.smallest, scale.largest) == (1e-3, 1.0)


@given(st.lists(st.floats(allow_nan=True), min_size=1), st.floats())
def test_every_number_has_a_look(numbers: list[float], other: float) -> None:
    scale = Scale(map(Number, numbers))
    sizes = []
    assert scale.look(Number(other)) in NUMBER_LOOKS
    for x in sorted((x for x in numbers if x == x), key=abs):
        look = scale.look(Number(x))
        assert look in NUMBER_LOOKS
        if look[0] in "pm" and look[1:].isdigit():
            sizes.append(int(look[1]))
            assert (look[0] == "p") == (x > 0)
    assert sizes == sorted(sizes)  # the larger, the stronger


def test_a_scale_spans_eight_decades_at_most() -> None:
    scale = Scale(map(Number, [1.0, 1e-200]))
    assert [scale.look(Number(x)) for x in (1e-4, 1e-8, 1e-9)] == ["p3", "p1", "p1"]


def test_on_paper_negative_numbers_are_told_by_their_lines() -> None:
    for look in THEMES["print"].box("op", "m3"), THEMES["print"].edge("m3"):
        assert look.dash
    for look in (THEMES["print"].box("op", "p3"), THEMES["print"].edge("p3"),
                 THEMES["light"].box("op", "m3"), THEMES["light"].edge("m3")):  # fmt: skip
        assert not look.dash


def test_numbers_that_hardly_differ_look_alike() -> None:
    scale = Scale(map(Number, [1.0, 1.1, 0.9]))
    assert scale.looks == {"p5"}


@pytest.mark.parametrize("name", list(THEMES))
def test_what_is_written_can_be_read(name: str) -> None:
    """The contrast that the accessibility guidelines ask for (WCAG 2.1, AA)."""
    theme = THEMES[name]
    least = 7.0 if name == "contrast" else 4.5
    for fill in (theme.box(kind).fill for kind in KINDS):
        for ink in (theme.ink, theme.grad, theme.mark, theme.faint):
            assert contrast(ink, fill) >= (least if ink != theme.faint else 4.5), (fill, ink)
    for look in NUMBER_LOOKS:
        assert contrast(theme.ink_on(look), theme.box("op", look).fill) >= least, look
        for role in ("head", "value", "grad", "note", "mark"):
            ink, _ = theme.row(role, Number(1.0), look)
            assert contrast(ink, theme.box("op", look).fill) >= least
    assert contrast(theme.local, theme.page) >= least
    assert contrast(theme.frame[2], theme.frame[0]) >= least
    for hue in "pmu":  # a line is seen, also the weakest, and a strong one well
        assert contrast(theme.edge(f"{hue}1").stroke, theme.page) >= 1.7
        assert contrast(theme.edge(f"{hue}5").stroke, theme.page) >= 4.5


@pytest.mark.parametrize("name", list(THEMES))
def test_all_looks_differ(name: str) -> None:
    theme = THEMES[name]
    for shape in (theme.edge, lambda look: theme.box("op", look)):
        looks = [shape(look) for look in NUMBER_LOOKS]
        assert len(set(looks)) == len(looks)


def test_colours_are_of_the_numbers_shown() -> None:
    scene = build(example())
    values, locals_, gradients = (colouring(scene, v) for v in ("values", "locals", "gradients"))
    assert values is not None
    assert locals_ is not None
    assert gradients is not None
    named = {box.rows[0].text: box.id for box in scene.boxes}
    assert values.boxes[named["b"]][0] == "m"
    assert values.boxes[named["ReLU"]] == "zero"
    assert not values.edges
    assert not locals_.boxes
    assert locals_.edges["e0"][0] == "m"  # d(a b)/da = b
    assert gradients.edges["e0"] == "zero"  # the ReLU lets nothing through
    assert gradients.boxes[named["loss = +"]][0] == "p"
    assert colouring(scene, "all") is None
    assert colouring(scene, "gradients", flow=False) is None
    everything = colouring(scene, "all", flow=True)
    assert everything is not None
    assert everything.boxes == gradients.boxes


def test_a_legend_names_what_occurs_and_nothing_else() -> None:
    def words(root: Any, view: str = "gradients") -> list[str]:
        scene = draw(root, engine="builtin").scene
        colours = colouring(scene, view)
        assert colours is not None
        items, right, bottom = legend(colours, scene)
        assert all(item.x < right and scene.height < item.y + 20 < bottom + 20 for item in items)
        return [item.text for item in items if item.text]

    assert words(Value(2.0) * 3.0) == ["gradient:", "not computed"]
    a, b = Value(2.0), Value(-100.0)
    y = a * b * 0.5
    y.backward()
    assert words(y) == ["gradient:", "negative", "positive", "size 0.5 … 50, log scale"]
    z = Value(3.0) * 0.0
    z.backward()
    assert words(z) == ["gradient:", "positive", "size 1", "0"]
    n = Value(math.nan) * 2.0
    n.backward()
    assert words(n, "values")[-1] == "NaN or inf"


# --- in the SVG -----------------------------------------------------------------------------------


@pytest.mark.parametrize("view", list(VIEWS))
@pytest.mark.parametrize("theme", list(THEMES))
@pytest.mark.parametrize("direction", ["LR", "TB"])
def test_the_svg_shows_the_rows_and_labels_of_the_view(
    view: str, theme: str, direction: str
) -> None:
    picture = draw(example(), view=view, theme=theme, direction=direction, engine="builtin")
    root = ET.fromstring(picture.svg)
    groups = {g.get("id"): g for g in root.iter(SVG + "g")}
    for box in picture.scene.boxes:
        texts = [t.text for t in groups[box.id].iter(SVG + "text")]
        assert texts == [row.text for row in box.shown(view)]
        (rect,) = groups[box.id].iter(SVG + "rect")
        top, height = float(rect.get("y", "nan")), float(rect.get("height", "nan"))
        lines = [float(t.get("y", "nan")) for t in groups[box.id].iter(SVG + "text")]
        # In the middle of the box, above and below, within the few pixels of a letter's foot.
        assert lines[0] - 10 - top == pytest.approx(top + height - lines[-1] - 2, abs=4)
    for edge in picture.scene.edges:
        texts = [t.text for t in groups[edge.id].iter(SVG + "text")]
        assert texts == ([edge.text(view)] if edge.text(view) else [])
    colours = colouring(picture.scene, view)
    classes = {name: (g.get("class") or "").split() for name, g in groups.items()}
    for name, look in {**colours.boxes, **colours.edges}.items() if colours else ():
        assert not look or f"{view[0]}-{look}" in classes[name]
    assert THEMES[theme].page in picture.svg
    # Every class that an element has for its look is in the style sheet.
    style = "".join(root.find(SVG + "style").itertext())  # type: ignore[union-attr]
    for names in classes.values():
        for look in names:
            if re.fullmatch(r"s?-?[avlg]-\w+", look):
                assert f".{look}" in style


def test_the_last_gradients_of_a_dead_unit_are_zero_and_look_so() -> None:
    svg = draw(example(), view="gradients", engine="builtin").svg
    assert 'class="edge g-zero"' in svg


def test_a_slide_is_filled_and_nothing_is_cut_off() -> None:
    for size, expected in (("slide", (1280.0, 720.0)), ((300, 500), (300.0, 500.0))):
        picture = draw(example(), size=size, view="gradients", engine="builtin")
        root = ET.fromstring(picture.svg)
        left, top, width, height = (float(x) for x in (root.get("viewBox") or "").split())
        assert picture.size == expected
        assert float(root.get("width") or 0) == expected[0]
        assert width / height == pytest.approx(expected[0] / expected[1], rel=1e-3)
        assert left <= 0.05
        assert top <= 0.05
        assert left + width >= picture.scene.width - 0.05
        assert top + height >= picture.scene.height - 0.05
        (page,) = [r for r in root.iter(SVG + "rect") if r.get("class") == "page"]
        assert float(page.get("x", "nan")) == left
    small = draw(Value(1.0), size="slide", engine="builtin")
    assert float((ET.fromstring(small.svg).get("viewBox") or "").split()[2]) > 1280 / 4


def test_the_alternative_text_says_what_is_there() -> None:
    root = ET.fromstring(draw(example(), engine="builtin").svg)
    about = root.find(SVG + "desc")
    assert about is not None
    assert about.text == (
        "2 leaves, 8 operations, 2 constants, joined by 14 edges. Marked: dead here: slope 0; "
        f"saturated: slope {1 - math.tanh(5.997) ** 2:.4g}. "
        "The last box: loss = +, data 2, grad 1."
    )


def test_one_of_a_thing_is_said_in_the_singular() -> None:
    x = Value(2.0)
    assert repr(draw(x)).startswith("<Drawing: The computation graph of 1 node that")
    assert draw(x.exp()).scene.details().startswith("1 leaf, 1 operation, joined by 1 edge. ")


def test_what_can_have_no_gradient_does_not_wait_for_one() -> None:
    assert "gradients" not in repr(draw(Tensor([1.0, 2.0]).exp()))
    assert "gradients not computed yet" in repr(draw(Tensor([1.0], requires_grad=True).exp()))


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"view": "grads"}, "view 'all' or 'values' or 'locals' or 'gradients', got 'grads'"),
        ({"view": None}, "view 'all'"),
        ({"view": []}, "view 'all'"),
        ({"theme": "Dark"}, "theme 'light' or 'dark' or 'contrast' or 'print', got 'Dark'"),
        ({"direction": "RL"}, "direction 'LR' or 'TB', got 'RL'"),
        ({"size": "poster"}, "size None, 'slide', or .* got 'poster'"),
        ({"size": (0, 100)}, "size None"),
        ({"size": (math.nan, 100)}, "size None"),
        ({"size": (1, 2, 3)}, "size None"),
        ({"size": 100}, "size None"),
    ],
)
def test_unknown_settings(options: dict[str, Any], expected: str) -> None:
    with pytest.raises(ValueError, match=f"draw: expected {expected}"):
        draw(Value(1.0), **options)


def test_a_program_has_no_numbers_to_show() -> None:
    program = autograd.trace(lambda x: x * 2.0, 1.0)
    with pytest.raises(ValueError, match="A program has no numbers"):
        draw(program, view="gradients")
    for options in ({"theme": "dark"}, {"direction": "TB"}, {"size": "slide"}, {"flow": True}):
        svg = draw(program, engine="builtin", **options).svg
        assert "legend" not in svg
        assert "return" in svg


def test_drawing_a_view_changes_nothing() -> None:
    loss = example()

    def state() -> list[Any]:
        return [(id(n), n.data, n.grad) for n in topological_order(loss, everything=True)]

    before = state()
    for view in VIEWS:
        draw(loss, view=view).html  # noqa: B018
    assert state() == before
