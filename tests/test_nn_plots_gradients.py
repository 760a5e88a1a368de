"""Pictures of gradients: every number is where it belongs, and what is no number is marked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nn

matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not installed")

from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

NAN = float("nan")
FLOW = {
    "names": ["first", "second"],
    "steps": np.array([0, 2, 4]),
    "low": np.array([[1e-4, 0.0], [1e-4, 1e-3], [1e-4, NAN]]),
    "median": np.array([[1e-3, 0.0], [2e-3, 1e-2], [3e-3, NAN]]),
    "high": np.array([[1e-2, 1e-2], [1e-2, 1e-1], [1e-2, NAN]]),
    "maximum": np.array([[1e-1, 1e-1], [1e-1, 1.0], [1e-1, NAN]]),
    "zeros": np.array([[0, 8], [0, 0], [0, 0]]),
    "nonfinite": np.array([[0, 0], [1, 0], [0, 0]]),
    "none": np.array([[0, 0], [0, 0], [0, 10]]),
    "size": np.array([10, 10]),
}
PLOTS = [nn.plot_gradient_flow, nn.plot_gradient_heatmap]


@pytest.fixture
def ax() -> Any:
    figure = Figure(layout="constrained")
    FigureCanvasAgg(figure)
    return figure.add_subplot()


def legend(ax: Any) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_lines_and_bands(ax: Any) -> None:
    assert nn.plot_gradient_flow(FLOW, ax=ax) is ax
    ax.figure.canvas.draw()
    assert ax.get_yscale() == "log"
    lines = {line.get_label(): line for line in ax.lines if line.get_label() in FLOW["names"]}
    np.testing.assert_array_equal(lines["first"].get_ydata(), FLOW["median"][:, 0])
    np.testing.assert_array_equal(lines["second"].get_ydata(), [NAN, 1e-2, NAN])
    assert lines["first"].get_xdata().tolist() == [0, 2, 4]
    corners = ax.collections[0].get_paths()[0].vertices
    assert (corners[:, 1].min(), corners[:, 1].max()) == (1e-4, 1e-2)
    bottom, top = ax.get_ylim()
    assert (bottom < 1e-4, top > 1e-1) == (True, True)


def test_a_band_that_ends_at_zero_is_drawn_down_to_the_smallest_number(ax: Any) -> None:
    steps = np.arange(3)
    ones, zeros = np.ones((3, 1)), np.zeros((3, 1))
    flow = {"names": ["a"], "steps": steps, "low": zeros, "median": ones, "high": 10 * ones,
            "none": zeros, "nonfinite": zeros, "size": np.array([4])}  # fmt: skip
    nn.plot_gradient_flow(flow, ax=ax)
    corners = ax.collections[0].get_paths()[0].vertices
    assert corners[:, 1].min() == pytest.approx(1 / 1.5)


def test_a_layer_with_some_gradients_is_not_marked_as_one_without(ax: Any) -> None:
    nn.plot_gradient_flow({**FLOW, "none": np.array([[9, 0], [0, 0], [0, 0]])}, ax=ax)
    assert "no gradient" not in legend(ax)


def test_two_side_by_side_leave_each_other_room() -> None:
    figure = Figure(figsize=(12, 4), layout="constrained")
    FigureCanvasAgg(figure)
    for ax in figure.subplots(1, 2):
        nn.plot_gradient_flow(FLOW, ax=ax)
    figure.canvas.draw()  # a warning, and so an error, if the layout finds no room
    widths = [ax.get_position().width for ax in figure.axes]
    assert min(widths) > 0.3


def test_what_is_no_number_is_marked_below_all_numbers_and_explained(ax: Any) -> None:
    nn.plot_gradient_flow(FLOW, ax=ax)
    assert legend(ax) == ["first", "second", "zero", "no gradient", "NaN or infinite"]
    marks = {
        (line.get_marker(), x): height
        for line in ax.lines
        if line.get_linestyle() == "None"
        for x, height in zip(line.get_xdata(), line.get_ydata(), strict=True)
    }
    assert set(marks) == {("o", 0), ("x", 4), ("*", 2)}
    assert marks["o", 0] == marks["x", 4] != marks["*", 2], "a row for each layer"
    smallest = ax.transAxes.inverted().transform(ax.transData.transform((0, 1e-4)))[1]
    assert max(marks.values()) < smallest


def test_without_such_steps_there_is_nothing_to_explain(ax: Any) -> None:
    flow = {**FLOW, **{name: FLOW[name][1:2] for name in ("low", "median", "high", "none")}}
    flow |= {"steps": np.array([2]), "nonfinite": np.array([[0, 0]])}
    nn.plot_gradient_flow(flow, ax=ax)
    assert legend(ax) == ["first", "second"]
    assert [line.get_marker() for line in ax.lines] == [".", "."], "a single step is seen"


def test_the_heat_map_has_a_cell_for_each_layer_and_step(ax: Any) -> None:
    assert nn.plot_gradient_heatmap(FLOW, ax=ax) is ax
    ax.figure.canvas.draw()
    image, *special = ax.collections
    cells = image.get_array()
    assert cells.shape == (2, 3)
    assert cells.mask.tolist() == [[False, True, False], [True, False, True]]
    assert cells[0, 2] == 3e-3
    corners = image.get_coordinates()
    assert corners[0, :, 0].tolist() == [-1, 1, 3, 5]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["first", "second"]
    assert ax.yaxis_inverted(), "the first layer is at the top"
    shown = [np.argwhere(~s.get_array().mask).tolist() for s in special]
    assert shown == [[[1, 0]], [[1, 2]], [[0, 1]]]
    assert legend(ax) == ["zero", "no gradient", "NaN or infinite"]
    assert len({s.get_cmap()(0) for s in special}) == 3


def test_what_hardly_differs_has_hardly_different_colours(ax: Any) -> None:
    same = np.array([[1.0, 1.001], [1.002, 0.999]])
    flow = {**FLOW, "steps": np.arange(2), "median": same, "low": same, "high": same}
    flow |= {name: np.zeros((2, 2)) for name in ("none", "nonfinite")} | {"size": np.ones(2)}
    nn.plot_gradient_heatmap(flow, ax=ax)
    image = ax.collections[0]
    colours = np.asarray(image.norm(same))
    assert np.ptp(colours) < 0.01
    assert image.norm.vmax >= 8.9 * image.norm.vmin


@pytest.mark.parametrize("plot", PLOTS)
def test_a_recorder_is_drawn_as_its_dictionary(plot: Any, ax: Any) -> None:
    model = nn.Sequential(*[nn.Linear(2, 2) for _ in range(8)])
    flow = nn.GradientFlow(model)
    model(np.ones((1, 2))).sum().backward()
    flow.record()
    plot(flow, ax=ax)
    other = Figure().add_subplot()
    plot(flow.to_dict(), ax=other)
    if plot is nn.plot_gradient_flow:
        assert [x.get_ydata().tolist() for x in ax.lines] == [
            x.get_ydata().tolist() for x in other.lines
        ]
        assert len({line.get_color() for line in ax.lines}) == 8
    ax.figure.canvas.draw()


@pytest.mark.parametrize("plot", PLOTS)
def test_style_reaches_the_artists(plot: Any, ax: Any) -> None:
    plot(FLOW, ax=ax, alpha=0.5)
    artists = ax.lines if plot is nn.plot_gradient_flow else ax.collections
    assert artists[0].get_alpha() == 0.5


def test_the_smallest_numbers_there_are(ax: Any) -> None:
    low = FLOW["low"].copy()
    low[0] = 5e-324
    nn.plot_gradient_flow(FLOW | {"low": low}, ax=ax)
    ax.figure.canvas.draw()
    assert 0 < ax.get_ylim()[0] <= 1e-299


@pytest.mark.parametrize("plot", PLOTS)
def test_all_zero(plot: Any, ax: Any) -> None:
    zero = {name: np.zeros((3, 2)) for name in ("low", "median", "high", "nonfinite", "none")}
    plot({**FLOW, **zero}, ax=ax)
    ax.figure.canvas.draw()
    assert "zero" in legend(ax)


@pytest.mark.parametrize("plot", PLOTS)
def test_nothing_to_draw(plot: Any) -> None:
    with pytest.raises(ValueError, match=f"{plot.__name__}: expected at least one step"):
        plot(nn.GradientFlow(nn.Linear(1, 1)))
    for wrong in ([1.0, 2.0], {"loss": [1.0]}, None):
        with pytest.raises(TypeError, match=f"{plot.__name__}: expected a recorder"):
            plot(wrong)


def test_the_histogram_of_a_layer_over_time(ax: Any) -> None:
    counts = np.array([[[1, 3], [0, 0]], [[0, 2], [5, 5]], [[0, 0], [1, 0]]])
    flow = {**FLOW, "histogram": counts, "bins": np.array([1e-4, 1e-2, 1.0])}
    assert nn.plot_gradient_histogram(flow, layer="first", ax=ax) is ax
    ax.figure.canvas.draw()
    shown = ax.collections[0].get_array()
    assert shown.filled(-1).tolist() == [[0.25, -1, -1], [0.75, 1, -1]]
    assert ax.get_yscale() == "log"
    counts = np.array([[[0, 1], [0, 0]], [[0, 0], [0, 0]], [[1, 0], [0, 0]]])
    nn.plot_gradient_histogram({**flow, "histogram": counts}, layer="first", ax=ax)
    assert ax.collections[-1].get_array().filled(-1).tolist() == [[-1, -1, 1], [1, -1, -1]]
    assert ax.lines[0].get_ydata().tolist() == FLOW["median"][:, 0].tolist()
    with pytest.raises(ValueError, match="a layer among first, second, got 'third'"):
        nn.plot_gradient_histogram(flow, layer="third")
    with pytest.raises(ValueError, match=r"Write GradientFlow\(model, bins=True\)"):
        nn.plot_gradient_histogram({**flow, "bins": None})


def test_of_many_parameters_some_are_named(ax: Any) -> None:
    model = nn.MLP(4, [10, 4], seed=0)
    flow = nn.GradientFlow(model, by="parameter")
    flow.record()
    nn.plot_gradient_flow(flow, ax=ax)
    named = [text for text in legend(ax) if text in flow.names]
    assert 8 < len(named) <= 12
    assert len([line for line in ax.lines if line.get_linestyle() == "-"]) == 94
    other = nn.plot_gradient_heatmap(flow, ax=Figure().add_subplot())
    rows = [text.get_text() for text in other.get_yticklabels()]
    assert 8 < len(rows) <= 24
    np.testing.assert_array_equal(other.get_yticks(), [flow.names.index(n) for n in rows])
