"""What every picture promises: it draws on the axes it gets, shows nothing, and needs an extra."""

from __future__ import annotations

import builtins
import sys
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from nn import plots
from nn.diagnostics import RangeTest, landscape, landscapes

matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not installed")

from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

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
