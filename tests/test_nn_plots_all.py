"""What every picture promises: it draws on the axes it gets, shows nothing, and needs an extra."""

from __future__ import annotations

import builtins
import io
import sys
import warnings
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from nn import plots
from nn.diagnostics import RangeTest, landscape, landscapes

matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not installed")

from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.text import Text  # noqa: E402

X, Y = np.random.default_rng(0).normal(size=(12, 2)), np.arange(12) % 2


def data() -> dict[str, tuple[Any, ...]]:
    """What each plot is given, by its name."""
    nn.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 2))
    flow = nn.GradientFlow(model, bins=True)
    ratio, outputs = nn.UpdateRatio(model), nn.ActivationStatistics(model)
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    watching = [flow, ratio, outputs]
    history = nn.fit(model, (X, Y), nn.CrossEntropyLoss(), optimizer, 3, metrics=nn.accuracy,
                     callbacks=watching, progress=False)  # fmt: skip
    one = np.ones(3)
    return {
        "plot_activations": (outputs,),
        "plot_confusion_matrix": (np.eye(2),),
        "plot_dead_units": (outputs,),
        "plot_decision_boundary": (model, X, Y),
        "plot_difference_errors": (autograd.difference_errors(np.exp, 1.0),),
        "plot_gradient_flow": (flow,),
        "plot_gradient_heatmap": (flow,),
        "plot_gradient_histogram": (flow,),
        "plot_learning_curve": (history,),
        "plot_loss_surface": (landscape(landscapes.beale),),
        "plot_lr_range_test": (RangeTest(one, one, one, 0.1, 0.1, True),),
        "plot_neurons": (model, X, Y),
        "plot_saturation": (outputs,),
        "plot_update_ratio": (ratio,),
    }


NAMES = [name for name in plots.__all__ if name.startswith("plot_")]


def test_all_plots_are_here_and_exported() -> None:
    assert set(data()) == set(NAMES)
    assert set(NAMES) <= set(nn.__all__)


@pytest.mark.parametrize("name", NAMES)
def test_it_draws_on_the_axes_it_gets_and_touches_nothing_else(name: str) -> None:
    import matplotlib.pyplot as plt

    figure = Figure(layout="constrained")
    FigureCanvasAgg(figure)
    ax = figure.add_subplot()
    arguments = data()[name]
    settings, figures = dict(matplotlib.rcParams), plt.get_fignums()
    assert getattr(nn, name)(*arguments, ax=ax) is ax
    figure.canvas.draw()
    assert dict(matplotlib.rcParams) == settings
    assert plt.get_fignums() == figures
    assert ax.get_title()


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_cut_off_or_covered(name: str) -> None:
    figure = Figure(figsize=(6.4, 4.0), layout="constrained")
    FigureCanvasAgg(figure)
    ax = figure.add_subplot()
    getattr(nn, name)(*data()[name], ax=ax)
    figure.canvas.draw()
    page = figure.bbox.padded(1)
    for each in figure.axes:
        texts = [each.title, each.xaxis.label, each.yaxis.label, *each.texts]
        texts += [each.get_legend()] if each.get_legend() else []
        for text in texts:
            box = text.get_window_extent()
            inside = page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0
            assert (inside and box.y1 <= page.y1) or not box.width, text
    legend = ax.get_legend()
    if legend is not None:
        box = legend.get_window_extent()
        assert not box.overlaps(ax.xaxis.label.get_window_extent())


@pytest.mark.parametrize("layout", ["tight", None])
@pytest.mark.parametrize("name", NAMES)
def test_a_legend_is_in_the_picture_whatever_the_layout(name: str, layout: Any) -> None:
    figure = Figure(layout=layout)
    FigureCanvasAgg(figure)
    ax = figure.add_subplot()
    getattr(nn, name)(*data()[name], ax=ax)
    figure.canvas.draw()
    if legend := ax.get_legend():
        box, page = legend.get_window_extent(), figure.bbox.padded(1)
        assert page.x0 <= box.x0 < box.x1 <= page.x1
        assert page.y0 <= box.y0 < box.y1 <= page.y1


@pytest.mark.parametrize("name", NAMES)
def test_without_matplotlib_the_error_names_the_extra(name: str, monkeypatch: Any) -> None:
    arguments, real = data()[name], builtins.__import__

    def no_matplotlib(module: str, *args: Any, **kwargs: Any) -> Any:
        if module.split(".")[0] == "matplotlib":
            raise ModuleNotFoundError(f"No module named {module!r}", name=module)
        return real(module, *args, **kwargs)

    for module in [n for n in sys.modules if n.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(builtins, "__import__", no_matplotlib)
    with pytest.raises(ImportError, match=r'pip install "chalkgrad\[plot\]"'):
        getattr(nn, name)(*arguments)


# --- names and nonsense ---------------------------------------------------------------------------

HOSTILE = ["$\\frac$", "_x", "a$b$c", "two\nlines", "x" * 3000, "\0", "half \ud800", "\\$"]


def _recorded() -> tuple[Any, ...]:
    model = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 2))
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    flow, ratio = nn.GradientFlow(model, bins=True), nn.UpdateRatio(model)
    outputs = nn.ActivationStatistics(model)
    X = np.random.default_rng(0).normal(size=(20, 2))
    watch: dict[str, Any] = {"callbacks": [flow, ratio, outputs], "progress": False}
    nn.fit(model, (X, np.arange(20) % 2), nn.cross_entropy, optimizer, 2, **watch)
    return flow.to_dict(), ratio.to_dict(), outputs.to_dict()


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_shown_as_they_are_and_leave_room(name: str) -> None:
    flow, ratio, outputs = _recorded()
    for table in (flow, ratio, outputs):
        table["names"] = [name, *table["names"][1:]]
    outputs["dead_units"] = {name: next(iter(outputs["dead_units"].values()))}
    bowl = nn.diagnostics.landscape(lambda x, y: x * x + y * y, (-1, 1), (-1, 1))
    pictures: list[tuple[Any, bool]] = [  # and whether the name is in a legend
        (nn.plot_gradient_flow(flow), True),
        (nn.plot_gradient_heatmap(flow), False),
        (nn.plot_gradient_histogram(flow), False),
        (nn.plot_update_ratio(ratio), True),
        (nn.plot_activations(outputs), False),
        (nn.plot_dead_units(outputs), False),
        (nn.plot_confusion_matrix([[1, 2], [3, 4]], [name, "b"]), False),
        (nn.plot_learning_curve({name: [3.0, 2.0], "accuracy": [0.1, 0.2]}), True),
        (nn.plot_loss_surface(bowl, paths={name: [[0.0, 0.0], [0.5, 0.5]]}), True),
    ]
    line = " ".join(name.split())
    begin = "".join(c if c.isprintable() else "\ufffd" for c in line)[:30]
    for ax, in_legend in pictures:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # of what does not fit, or has no sign
            ax.figure.savefig(io.BytesIO(), dpi=30, format="png")
        texts = ax.get_legend().get_texts() if in_legend else ax.figure.findobj(Text)
        # What matplotlib leaves of a text that is no formula.
        assert any(begin in text.get_text().replace(r"\$", "$") for text in texts)
        plt.close(ax.figure)


NONSENSE = [None, 5, "x", [1.0, 2.0], np.zeros(3)]


@pytest.mark.parametrize("plot", sorted(set(nn.plots.__all__) - {"predicted_class"}))
@pytest.mark.parametrize("nonsense", NONSENSE, ids=lambda x: type(x).__name__)
def test_nonsense_is_refused_before_there_is_a_figure(plot: str, nonsense: Any) -> None:
    X = [[0.0, 0.0], [1.0, 1.0]]
    data = (X, [0, 1]) if plot in ("plot_decision_boundary", "plot_neurons") else ()
    before = plt.get_fignums()
    with pytest.raises((TypeError, ValueError), match=r"expected .*, got "):
        getattr(nn, plot)(nonsense, *data)
    assert plt.get_fignums() == before


@pytest.mark.parametrize("plot", [nn.plot_decision_boundary, nn.plot_neurons])
def test_a_grid_needs_two_points_and_a_finite_plane(plot: Any) -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    X, y = [[0.0, 0.0], [1.0, 1.0]], [0, 1]
    with pytest.raises(ValueError, match="steps: expected a whole number of at least 2, got 1"):
        plot(model, X, y, steps=1)
    with pytest.raises(ValueError, match="expected finite X, got NaN or infinity in it"):
        plot(model, [[0.0, np.nan], [1.0, 1.0]], y)
    with pytest.raises(ValueError, match="columns: expected a whole number of at least 1, got 0"):
        nn.plot_neurons(model, X, y, columns=0)


def test_an_infinite_error_of_a_difference_is_marked() -> None:
    errors = autograd.difference_errors(np.exp, 1.0)
    errors.forward[0] = np.inf
    ax = plots.plot_difference_errors(errors, ax=Figure().add_subplot())
    assert "NaN or infinite" in [text.get_text() for text in ax.get_legend().get_texts()]


def test_a_long_legend_beside_is_no_higher_than_the_axes() -> None:
    table = {"steps": [0, 1], "names": [f"layer {k}" for k in range(40)]}
    table |= {"saturated": np.zeros((2, 40)), "dead": np.full((2, 40), np.nan)}
    figure = Figure(figsize=(12, 4), layout="constrained")
    FigureCanvasAgg(figure)
    ax = plots.plot_saturation(table, ax=figure.add_subplot())
    figure.canvas.draw()
    assert ax.get_legend().get_window_extent().height <= ax.get_window_extent().height
