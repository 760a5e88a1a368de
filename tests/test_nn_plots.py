"""Plots draw on the axes they are given, return them, and touch nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value

matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not installed")

from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

HISTORY = {
    "training loss": [1.0, 0.1, 0.01],
    "training accuracy": [0.5, 0.75, 1.0],
    "validation accuracy": [0.25, 0.5, 0.75],
}
X = np.array([[0.0, 0.0], [1.0, 2.0], [2.0, -1.0], [0.5, 0.5]])
Y = np.array([0, 1, 1, 0])


def first(x: Any) -> float:
    """A model: class 1 to the right of 0.75."""
    return float(x[0]) - 0.75


@pytest.fixture
def ax() -> Any:
    figure = Figure()
    FigureCanvasAgg(figure)
    return figure.add_subplot()


@pytest.fixture
def pyplot() -> Iterator[Any]:
    """pyplot drawing into memory, put back as it was."""
    import matplotlib.pyplot as plt

    backend, open_before = plt.get_backend(), plt.get_fignums()
    plt.switch_backend("agg")
    yield plt
    for number in set(plt.get_fignums()) - set(open_before):
        plt.close(number)
    plt.switch_backend(backend)


def both(ax: Any) -> list[Any]:
    return [
        nn.plot_learning_curve(HISTORY, ax=ax),
        nn.plot_decision_boundary(first, X, Y, ax=ax, steps=5),
    ]


def test_plots_return_the_axes_they_are_given(ax: Any) -> None:
    assert [result is ax for result in both(ax)] == [True, True]
    ax.figure.canvas.draw()


def test_without_axes_there_is_a_new_figure_each_time(pyplot: Any) -> None:
    axes = [result for _ in range(2) for result in both(None)]
    assert len({id(a.figure) for a in axes}) == 4


def test_nothing_is_shown_and_no_global_setting_is_touched(ax: Any, pyplot: Any) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("plt.show was called")

    settings, figures = dict(matplotlib.rcParams), pyplot.get_fignums()
    shown = pyplot.show
    pyplot.show = fail
    try:
        both(ax)
    finally:
        pyplot.show = shown
    assert dict(matplotlib.rcParams) == settings
    assert pyplot.get_fignums() == figures, "axes were given, and yet pyplot has a new figure"


def test_the_learning_curve_shows_every_number(ax: Any) -> None:
    nn.plot_learning_curve(HISTORY, ax=ax)
    left, right = ax.figure.axes
    assert left is ax
    assert left.get_yscale() == "log"
    assert [line.get_label() for line in left.lines] == ["training loss"]
    assert [line.get_label() for line in right.lines] == [
        "training accuracy",
        "validation accuracy",
    ]
    for line in [*left.lines, *right.lines]:
        assert list(line.get_xdata()) == [1, 2, 3]
        assert list(line.get_ydata()) == HISTORY[line.get_label()]
    assert {text.get_text() for text in left.get_legend().get_texts()} == set(HISTORY)
    assert left.get_xlabel() == "epoch"
    assert len({line.get_color() for line in [*left.lines, *right.lines]}) == 3


@pytest.mark.parametrize("end", [0.02, 0.9])  # scores go up, losses go down or hardly move
def test_a_legend_inside_avoids_the_lines_of_both_axes(end: float) -> None:
    history = {"loss": np.geomspace(1.0, end, 9), "accuracy": np.linspace(0.5, 0.9, 9)}
    ax = Figure().add_subplot()
    nn.plot_learning_curve(history, ax=ax)
    ax.figure.canvas.draw()
    box = ax.get_legend().get_window_extent()
    for line in (*ax.lines, *ax.figure.axes[1].lines):
        points = line.get_transform().transform_path(line.get_path().interpolated(99)).vertices
        assert not box.count_contains(points)


def test_a_learning_curve_without_accuracies_has_one_axis(ax: Any) -> None:
    nn.plot_learning_curve({"loss": [1.0, 0.5]}, ax=ax)
    assert ax.figure.axes == [ax]


def test_scores_go_right_and_the_rate_is_left_out(ax: Any) -> None:
    history = {"loss": [1.0], "validation f1 score": [0.5], "r2 score": [-3.0], "lr": [0.1]}
    nn.plot_learning_curve(history, ax=ax)
    ax.figure.canvas.draw()
    left, right = ax.figure.axes
    assert [line.get_label() for line in left.lines] == ["loss"]
    assert [line.get_label() for line in right.lines] == ["validation f1 score", "r2 score"]
    assert right.get_ylabel() == "score"
    assert right.get_ylim()[0] <= -3.0
    assert left.lines[0].get_marker() == ".", "one epoch is a point"
    assert [x for x in left.get_xticks() if 0.5 <= x <= 1.5] == [1]
    nn.plot_learning_curve({"loss": [1.0, 0.5]}, ax=ax)
    assert set(left.get_xticks()) <= {0, 1, 2, 3}


def test_scores_are_seen_in_any_unit_and_shares_up_to_1(ax: Any) -> None:
    nn.plot_learning_curve({"loss": [1.0, 0.5], "accuracy in percent": [50.0, 97.5]}, ax=ax)
    low, high = ax.figure.axes[1].get_ylim()
    assert low == 0
    assert 97.5 <= high <= 110
    ax.figure.clear()
    ax = ax.figure.add_subplot()
    nn.plot_learning_curve({"loss": [1.0, 0.5], "accuracy": [0.3, 0.4]}, ax=ax)
    assert ax.figure.axes[1].get_ylim() == (0, 1.02)


def test_a_loss_of_0_is_seen(ax: Any) -> None:
    nn.plot_learning_curve({"loss": [1.0, 0.0, float("nan")]}, ax=ax)
    ax.figure.canvas.draw()
    assert ax.get_yscale() == "linear"
    assert ax.get_ylim()[0] < 0


def points(ax: Any) -> dict[str, list[list[float]]]:
    """The scattered points by the label of their class."""
    return {
        c.get_label(): np.asarray(c.get_offsets()).tolist()
        for c in ax.collections
        if str(c.get_label()).startswith("class")
    }


def test_the_boundary_has_every_example_in_its_class(ax: Any) -> None:
    nn.plot_decision_boundary(first, X, Y, ax=ax, steps=7)
    assert points(ax) == {"class 0": X[Y == 0].tolist(), "class 1": X[Y == 1].tolist()}
    low, high = X.min(axis=0), X.max(axis=0)
    assert (ax.get_xlim()[0] < low[0], ax.get_xlim()[1] > high[0]) == (True, True)
    assert (ax.get_ylim()[0] < low[1], ax.get_ylim()[1] > high[1]) == (True, True)


def test_the_boundary_is_where_the_model_changes_its_mind(ax: Any) -> None:
    nn.plot_decision_boundary(first, X, Y, ax=ax, steps=41)
    regions = [c for c in ax.collections if not str(c.get_label()).startswith("class")]
    assert len(regions) == 2
    extents = sorted(
        (path.vertices[:, 0].min(), path.vertices[:, 0].max())
        for c in regions
        for path in c.get_paths()
        if len(path.vertices)
    )
    step = (ax.get_xlim()[1] - ax.get_xlim()[0]) / 40
    assert extents[0][1] == pytest.approx(0.75, abs=step)
    assert extents[-1][0] == pytest.approx(0.75, abs=step)


def test_the_model_is_asked_at_points_of_the_plane_without_recording(ax: Any) -> None:
    asked, weight = [], Value(2.0)

    def model(x: Any) -> list[Value]:
        scores = [weight * x[0], weight * x[1], weight * 0.5]
        assert all(score.is_leaf for score in scores)
        asked.append(tuple(x))
        return scores

    nn.plot_decision_boundary(model, X, [0, 1, 2, 2], ax=ax, steps=6)
    assert len(set(asked)) == len(asked) == 36
    assert set(points(ax)) == {"class 0", "class 1", "class 2"}
    assert not weight.has_grad


def test_lists_are_data_too(ax: Any) -> None:
    nn.plot_decision_boundary(first, X.tolist(), Y.tolist(), ax=ax, steps=3)
    assert len(points(ax)["class 0"]) == 2


@pytest.mark.parametrize("shape", [(4,), (4, 3), (4, 1), (2, 2, 2), ()])
def test_examples_of_another_shape(shape: tuple[int, ...], ax: Any) -> None:
    with pytest.raises(
        ValueError, match=r"plot_decision_boundary: expected X of shape \(n, 2\)"
    ) as e:
        nn.plot_decision_boundary(first, np.zeros(shape), np.zeros(4, dtype=int), ax=ax)
    assert str(shape) in str(e.value)
    assert not ax.collections


@pytest.mark.parametrize("y", [[0, 1], [0] * 5, [[0], [1], [1], [0]]], ids=str)
def test_as_many_classes_as_examples(y: Any, ax: Any) -> None:
    with pytest.raises(ValueError, match="plot_decision_boundary: expected"):
        nn.plot_decision_boundary(first, X, y, ax=ax)
    assert not ax.collections


def test_no_examples(ax: Any) -> None:
    with pytest.raises(ValueError, match="plot_decision_boundary: expected"):
        nn.plot_decision_boundary(first, np.zeros((0, 2)), [], ax=ax)


def test_classes_that_would_not_be_drawn_are_refused(ax: Any) -> None:
    """Signs, as the hinge loss takes them: the points of class -1 would be missing in silence."""
    with pytest.raises(ValueError, match="plot_decision_boundary: expected"):
        nn.plot_decision_boundary(first, X, 2 * Y - 1, ax=ax)


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ([0.1, 2.0, -1.0], 1),
        ([Value(0.1), Value(-2.0)], 0),
        ((1.0, 1.0), 0),
        (0.3, 1),
        (-0.3, 0),
        (0.0, 0),
        (Value(0.3), 1),
        (np.float64(-0.3), 0),
        (np.array([0.1, 2.0, -1.0]), 1),
    ],
)
def test_predicted_class(output: Any, expected: int) -> None:
    assert nn.predicted_class(output) == expected
