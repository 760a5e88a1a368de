"""Pictures of surfaces, rates, neurons and confusion matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nn
from nn.diagnostics import LossSurface, RangeTest, landscape, landscapes, neuron_grids

matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not installed")

from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

NAN = float("nan")
X = np.array([[0.0, 0.0], [1.0, 2.0], [2.0, -1.0], [0.5, 0.5]])
Y = np.array([0, 1, 1, 0])


@pytest.fixture
def ax() -> Any:
    figure = Figure(layout="constrained")
    FigureCanvasAgg(figure)
    return figure.add_subplot()


def labels(ax: Any) -> list[str]:
    return [text.get_text() for text in ax.get_legend().get_texts()]


# --- surfaces -------------------------------------------------------------------------------------


def test_contours_are_where_the_loss_has_their_level(ax: Any) -> None:
    surface = landscape(lambda x, y: x + 2 * y, (-1.0, 1.0), (-1.0, 1.0), points=11)
    assert nn.plot_loss_surface(surface, ax=ax) is ax
    ax.figure.canvas.draw()
    filled, lines = ax.collections
    assert len(lines.get_paths()) == len(lines.levels) > 10
    for level, path in zip(lines.levels, lines.get_paths(), strict=True):
        for x, y in path.vertices:
            assert x + 2 * y == pytest.approx(level)
    assert filled.norm.__class__.__name__ == "Normalize"
    assert (ax.get_xlim(), ax.get_ylim()) == ((-1, 1), (-1, 1))
    assert ax.get_legend() is None


def test_losses_of_very_different_size_have_logarithmic_levels(ax: Any) -> None:
    nn.plot_loss_surface(landscape(landscapes.rosenbrock, points=40), ax=ax)
    ax.figure.canvas.draw()
    filled = ax.collections[0]
    ratios = filled.levels[1:] / filled.levels[:-1]
    np.testing.assert_allclose(ratios, ratios[0])
    assert filled.norm.__class__.__name__ == "LogNorm"


def test_a_loss_of_zero_has_a_level_below_it_and_not_all_of_them(ax: Any) -> None:
    surface = landscape(lambda x, y: (x * x + y * y) ** 6, (-1, 1), (-1, 1), points=41)
    assert surface.losses.min() == 0.0
    nn.plot_loss_surface(surface, ax=ax)
    levels = ax.collections[0].levels
    assert levels[-1] / levels[0] == pytest.approx(1e6)


def test_paths_are_drawn_from_a_ring_to_a_star(ax: Any) -> None:
    paths = {"a": np.array([[0, 0], [1, 1], [NAN, NAN]]), "b": np.array([[1, 0], [0, 1.0]])}
    nn.plot_loss_surface(landscape(landscapes.saddle), paths=paths, ax=ax)
    ax.figure.canvas.draw()
    assert labels(ax) == ["a", "b"]
    drawn = {line.get_label(): line.get_xydata() for line in ax.lines}
    np.testing.assert_array_equal(drawn["a"], paths["a"])
    ends = [(x.get_marker(), *x.get_xydata()[0]) for x in ax.lines if x.get_marker() in "o*"]
    assert ends == [("o", 0, 0), ("*", 1, 1), ("o", 1, 0), ("*", 0, 1)]
    single = nn.plot_loss_surface(
        landscape(landscapes.saddle), paths=paths["b"], ax=Figure().add_subplot()
    )
    assert labels(single) == ["path"]


def test_legends_of_many_paths_leave_room_for_axes_side_by_side() -> None:
    figure = Figure((14.0, 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    names = ("SGD", "momentum", "Nesterov", "RMSprop", "Adam")
    paths = {name: np.zeros((2, 2)) for name in names}
    row = figure.subplots(1, 3)
    for each in row:
        nn.plot_loss_surface(landscape(landscapes.saddle), paths=paths, ax=each)
    figure.canvas.draw()
    for each in row:
        assert each.get_position().width > 0.2
        assert each.get_legend().get_window_extent().width < each.get_tightbbox().width + 1


def test_losses_that_are_no_numbers_are_hatched_and_named(ax: Any) -> None:
    surface = landscape(lambda x, y: np.where(x > 1, np.nan, x * x + y * y), points=9)
    nn.plot_loss_surface(surface, ax=ax)
    ax.figure.canvas.draw()
    assert labels(ax) == ["NaN or infinite"]
    assert ax.patch.get_hatch() == "//"
    nothing = LossSurface(surface.a, surface.b, np.full((9, 9), np.inf))
    other = nn.plot_loss_surface(nothing, ax=Figure().add_subplot())
    assert labels(other) == ["NaN or infinite"]


def test_a_flat_surface(ax: Any) -> None:
    nn.plot_loss_surface(landscape(lambda x, y: 0 * x), ax=ax)
    ax.figure.canvas.draw()


def test_a_line_is_a_curve(ax: Any) -> None:
    surface = LossSurface(np.arange(3.0), None, np.array([1.0, np.inf, 2.0]))
    nn.plot_loss_surface(surface, ax=ax, lw=4)
    (line,) = ax.lines
    np.testing.assert_array_equal(line.get_ydata(), [1.0, NAN, 2.0])
    assert line.get_linewidth() == 4
    with pytest.raises(ValueError, match="plot_loss_surface: expected a plane, got a line"):
        nn.plot_loss_surface(surface, paths=np.ones((3, 2)))
    with pytest.raises(ValueError, match=r"paths of shape \(steps, 2\), got a of shape \(3,\)"):
        nn.plot_loss_surface(landscape(landscapes.saddle), paths={"a": np.ones(3)})


# --- the range test -------------------------------------------------------------------------------


def test_the_range_test_shows_losses_their_mean_and_the_suggestion(ax: Any) -> None:
    rates = np.geomspace(1e-3, 1.0, 4)
    losses, smoothed = np.array([1.0, 0.9, 0.2, np.inf]), np.array([1.0, 0.95, 0.6, NAN])
    test = RangeTest(rates, losses, smoothed, 1e-2, 1e-2, True)
    assert nn.plot_lr_range_test(test, ax=ax) is ax
    ax.figure.canvas.draw()
    raw, mean, guide = ax.lines
    np.testing.assert_array_equal(raw.get_ydata(), [1.0, 0.9, 0.2, NAN])
    np.testing.assert_array_equal(mean.get_ydata(), smoothed)
    np.testing.assert_array_equal(mean.get_xdata(), rates)
    assert guide.get_xdata() == [1e-2, 1e-2]
    assert ax.get_xscale() == "log"
    assert labels(ax) == ["loss of a batch", "running mean", "suggestion: 0.01", "diverged"]
    bottom, top = ax.get_ylim()
    assert bottom < 0.6 < 1.0 < top < 10


def test_without_a_suggestion_there_is_no_line(ax: Any) -> None:
    rising = np.array([1.0, 2.0])
    test = RangeTest(np.array([1e-3, 1.0]), rising, rising, NAN, NAN, False)
    nn.plot_lr_range_test(test, ax=ax)
    assert labels(ax) == ["loss of a batch", "running mean"]


# --- neurons --------------------------------------------------------------------------------------


def test_each_neuron_has_a_picture(ax: Any) -> None:
    model = nn.MLP(2, [5, 3, 1], seed=0)
    for w in model.layers[1].neurons[2].w:
        w.data = 0.0
    assert nn.plot_neurons(model, X, Y, ax=ax, steps=7, columns=4) is ax
    assert ax.get_title().endswith("purple below 0, orange above")
    ax.figure.canvas.draw()
    small = ax.child_axes
    titles = [a.get_title() for a in small]
    assert titles == ["0", "1", "2", "3", "4", "0", "1", "2 (same)"]
    mesh = small[4].collections[0]
    xs = (mesh.get_coordinates()[0, 1:, 0] + mesh.get_coordinates()[0, :-1, 0]) / 2
    ys = (mesh.get_coordinates()[1:, 0, 1] + mesh.get_coordinates()[:-1, 0, 1]) / 2
    grids = neuron_grids(model, xs, ys)
    np.testing.assert_allclose(mesh.get_array(), grids["layers.0"][4], atol=1e-9)
    assert mesh.norm.vmax == -mesh.norm.vmin == pytest.approx(np.abs(grids["layers.0"]).max())
    assert [text.get_text() for text in ax.texts] == ["layers.0", "layers.0", "layers.1"]
    boxes = [a.get_window_extent() for a in small]
    for i, a in enumerate(boxes):
        assert not any(a.overlaps(b) for b in boxes[:i])


def test_neurons_need_a_plane() -> None:
    with pytest.raises(ValueError, match=r"plot_neurons: expected X of shape \(n, 2\)"):
        nn.plot_neurons(nn.MLP(2, [2, 1]), np.zeros((3, 3)), [0, 0, 1])


# --- confusion ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("activation", "middle"), [("sigmoid", 0.5), ("tanh", 0.0)])
def test_the_line_is_where_a_neuron_is_undecided(activation: str, middle: float, ax: Any) -> None:
    model = nn.MLP(2, [3, 1], activation=activation, seed=0)
    nn.plot_neurons(model, X, Y, ax=ax, steps=9)
    for small in ax.child_axes:
        mesh, line = small.collections[:2]
        assert line.levels == pytest.approx([middle], abs=2e-3 * mesh.norm.vmax)


def test_the_confusion_matrix_shows_its_counts(ax: Any) -> None:
    counts = np.array([[8, 2, 0], [0, 0, 0], [1, 0, 3]])
    assert nn.plot_confusion_matrix(counts, ["cat", "dog", "horse"], ax=ax) is ax
    ax.figure.canvas.draw()
    written = {(t.get_position()[1], t.get_position()[0]): t.get_text() for t in ax.texts}
    assert written == {(0, 0): "8", (0, 1): "2", (2, 0): "1", (2, 2): "3"}
    inks = {t.get_text(): t.get_color() for t in ax.texts}
    assert inks == {"8": "white", "2": "black", "1": "black", "3": "white"}
    shares = ax.images[0].get_array()
    np.testing.assert_allclose(shares.filled(-1), [[0.8, 0.2, -1], [-1] * 3, [0.25, -1, 0.75]])
    assert [t.get_text() for t in ax.get_yticklabels()] == ["cat", "dog", "horse"]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["cat", "dog", "horse"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted class", "true class")


def test_the_confusion_of_a_metric(ax: Any) -> None:
    nn.plot_confusion_matrix(nn.confusion_matrix([0, 1, 1, 0], [0, 1, 0, 0]), ax=ax)
    assert [t.get_text() for t in ax.texts] == ["2", "1", "1"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["0", "1"]


@pytest.mark.parametrize("matrix", [np.ones((2, 3)), np.ones(3), np.ones((0, 0))], ids=str)
def test_no_square_matrix(matrix: Any) -> None:
    with pytest.raises(ValueError, match="plot_confusion_matrix: expected a square matrix"):
        nn.plot_confusion_matrix(matrix)
    with pytest.raises(ValueError, match="expected 2 class names, got 1"):
        nn.plot_confusion_matrix(np.eye(2), ["one"])
