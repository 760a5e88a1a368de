"""Pictures of activations and of updates show the numbers that were recorded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nn

matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not installed")

from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

X = np.random.default_rng(0).normal(size=(10, 3))


@pytest.fixture
def ax() -> Any:
    figure = Figure(layout="constrained")
    FigureCanvasAgg(figure)
    return figure.add_subplot()


def recorded(*activations: Any, every: int = 1) -> Any:
    nn.manual_seed(0)
    layers = [m for activation in activations for m in (nn.Linear(3, 3), activation)]
    model = nn.Sequential(*layers)
    statistics = nn.ActivationStatistics(model, X, every=every, bins=np.linspace(-1, 1, 5))
    for k in range(7):
        model[0].bias.data = np.array([-100.0 * (k < 3), 0.0, 0.1 * k])
        statistics.record()
    return statistics


def labels(ax: Any) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_the_histogram_of_a_layer_over_time(ax: Any) -> None:
    statistics = recorded(nn.Tanh(), nn.ReLU(), every=2)
    assert nn.plot_activations(statistics, layer="3", ax=ax) is ax
    ax.figure.canvas.draw()
    (image,) = ax.collections
    counts = statistics.histogram[:, 1].T / 30
    np.testing.assert_array_equal(image.get_array().filled(0), counts)
    assert image.get_coordinates()[0, :, 0].tolist() == [-1, 1, 3, 5, 7]
    assert image.get_coordinates()[:, 0, 1].tolist() == [-1, -0.5, 0, 0.5, 1]
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), statistics.mean[:, 1])
    assert ax.get_ylim() == (0, 1), "a ReLU has nothing below 0"
    assert "3" in ax.get_title()
    first = nn.plot_activations(statistics.to_dict(), ax=Figure().add_subplot())
    assert "1" in first.get_title()


def test_saturated_and_dead(ax: Any) -> None:
    statistics = recorded(nn.Tanh(), nn.ReLU(), nn.GELU())
    assert nn.plot_saturation(statistics, ax=ax) is ax
    lines = {line.get_label(): line for line in ax.lines}
    assert set(lines) == set(labels(ax)) == {"1: saturated", "3: dead"}
    np.testing.assert_array_equal(lines["1: saturated"].get_ydata(), statistics.saturated[:, 0])
    np.testing.assert_array_equal(lines["3: dead"].get_ydata(), statistics.dead[:, 1])
    assert lines["3: dead"].get_linestyle() == "--"
    bottom, top = ax.get_ylim()
    assert (bottom < 0, top > 1) == (True, True)


def test_the_raster_has_a_row_for_each_unit(ax: Any) -> None:
    statistics = recorded(nn.ReLU(), nn.ReLU())
    assert nn.plot_dead_units(statistics, ax=ax) is ax
    ax.figure.canvas.draw()
    cells = ax.collections[0].get_array()
    units = statistics.dead_units
    np.testing.assert_array_equal(cells, np.hstack([units["1"], units["3"]]).T)
    assert cells[0].tolist() == [1, 1, 1, 0, 0, 0, 0]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["1 (3)", "3 (3)"]
    assert ax.get_yticks().tolist() == [1.5, 4.5]
    assert [line.get_ydata()[0] for line in ax.lines] == [3], "a line between the layers"


def test_update_ratios_with_their_guide(ax: Any) -> None:
    ratios = np.array([[1e-5, 0.0], [2e-5, np.inf], [3e-5, np.nan]])
    table = {"names": ["a", "b"], "steps": np.arange(3), "ratio": ratios}
    assert nn.plot_update_ratio(table, ax=ax, lw=3) is ax
    ax.figure.canvas.draw()
    guide, a, b = ax.lines[:3]
    assert guide.get_ydata() == [1e-3, 1e-3]
    np.testing.assert_array_equal(a.get_ydata(), ratios[:, 0])
    assert np.isnan(b.get_ydata().astype(float)).all()
    assert (a.get_linewidth(), ax.get_yscale()) == (3, "log")
    bottom, top = ax.get_ylim()
    assert bottom < 1e-5 < 1e-3 < top, "the guide is seen, far from the numbers too"
    assert labels(ax)[1:] == ["a", "b", "zero", "NaN or infinite"]


def test_an_update_ratio_is_drawn_as_its_dictionary(ax: Any) -> None:
    model = nn.Linear(2, 2)
    ratio = nn.UpdateRatio(model)
    model.weight.data = 1.1 * model.weight.data
    ratio.record()
    nn.plot_update_ratio(ratio, ax=ax)
    assert ax.lines[1].get_ydata().tolist() == ratio.ratio[:, 0].tolist()


@pytest.mark.parametrize(
    "plot", [nn.plot_activations, nn.plot_saturation, nn.plot_dead_units, nn.plot_update_ratio]
)
def test_nothing_to_draw(plot: Any) -> None:
    wrong: Any
    for wrong in (None, [1], nn.GradientFlow(nn.Linear(1, 1))):
        with pytest.raises(TypeError, match=f"{plot.__name__}: expected a recorder"):
            plot(wrong)
    model = nn.Sequential(nn.Linear(1, 1), nn.ReLU())
    empty = (
        nn.UpdateRatio(model) if plot is nn.plot_update_ratio else nn.ActivationStatistics(model)
    )
    with pytest.raises(ValueError, match=f"{plot.__name__}: expected at least one step"):
        plot(empty)


def test_layers_that_are_not_there() -> None:
    statistics = recorded(nn.GELU())
    with pytest.raises(ValueError, match="plot_activations: expected a layer among 1, got '2'"):
        nn.plot_activations(statistics, layer="2")
    with pytest.raises(ValueError, match="plot_dead_units: expected a ReLU layer, got 1"):
        nn.plot_dead_units(statistics)
    with pytest.raises(ValueError, match="plot_saturation: expected a layer of tanh"):
        nn.plot_saturation(statistics)
