"""The V curve of numerical differentiation: its slopes, its lowest points, and its picture."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import DifferenceErrors, difference_errors


def test_the_two_sides_of_the_v() -> None:
    errors = difference_errors(np.exp, 1.0)
    assert errors.exact == pytest.approx(math.e, rel=1e-15)
    for values, best, order in (
        (errors.forward, errors.best_forward, 1),
        (errors.central, errors.best_central, 2),
    ):
        logs = np.log10(np.maximum(values, 1e-17))
        right = errors.steps > 30 * best
        slope = np.polyfit(np.log10(errors.steps[right]), logs[right], 1)[0]
        assert slope == pytest.approx(order, abs=0.05)  # truncation: h, h²
        left = errors.steps < best / 30
        slope = np.polyfit(np.log10(errors.steps[left]), logs[left], 1)[0]
        assert slope == pytest.approx(-1, abs=0.3)  # rounding: 1 / h, but it scatters
        assert best / 30 < errors.steps[values.argmin()] < 30 * best
    assert errors.central.min() < errors.forward.min() / 100


def test_the_errors_are_those_of_the_formulas() -> None:
    errors = difference_errors(lambda x: x**3, 2.0, steps=[0.5, 0.25])
    # (x + h)³ = x³ + 3x²h + 3xh² + h³
    np.testing.assert_allclose(errors.forward, [3 * 2 * 0.5 + 0.25, 3 * 2 * 0.25 + 0.0625])
    np.testing.assert_allclose(errors.central, [0.25, 0.0625])
    assert errors.best_forward == np.sqrt(np.finfo(float).eps)
    assert errors.best_central == pytest.approx(np.cbrt(np.finfo(float).eps), rel=1e-14)


def test_a_derivative_that_is_known() -> None:
    errors = difference_errors(lambda x: math.sin(x), 0.3, exact=math.cos(0.3))
    assert errors.central.min() < 1e-10
    own = difference_errors(lambda x: autograd.tanh(x) * 2, 0.3)
    assert own.exact == pytest.approx(2 * (1 - math.tanh(0.3) ** 2))
    assert own.central.min() < 1e-10


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda: difference_errors(1.0, 1.0), TypeError, "a function of one number"),  # type: ignore[arg-type]
        (lambda: difference_errors(np.exp, [1.0, 2.0]), ValueError, "one number x"),  # type: ignore[arg-type]
        (lambda: difference_errors(np.exp, 1.0, steps=[]), ValueError, "positive steps"),
        (lambda: difference_errors(np.exp, 1.0, steps=[0.1, 0.0]), ValueError, "positive steps"),
        (lambda: difference_errors(np.exp, 1.0, steps=[math.inf]), ValueError, "positive steps"),
        (lambda: difference_errors(lambda x: np.ones(2) * x, 1.0), ValueError, "one number from f"),
    ],
)
def test_bad_input(call: Any, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=f"difference_errors: expected .*{said}"):
        call()


def test_the_picture_has_both_curves_and_marks_exact_zeros() -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    from matplotlib.figure import Figure

    ax = Figure().add_subplot()
    steps = np.array([1e-1, 1e-3, 1e-5])
    errors = DifferenceErrors(steps, np.array([1e-1, 1e-3, math.nan]), np.array([1e-2, 0, 1e-9]), 1)
    nn.plot_difference_errors(errors, ax=ax)
    lines = {line.get_label(): line for line in ax.lines}
    np.testing.assert_array_equal(lines["forward difference"].get_ydata(), [1e-1, 1e-3, math.nan])
    np.testing.assert_array_equal(lines["central difference"].get_ydata(), [1e-2, math.nan, 1e-9])
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    legend = ax.get_legend()
    assert legend is not None
    texts = [text.get_text() for text in legend.get_texts()]
    assert {"zero", "NaN or infinite"} < set(texts)
    assert sum("best by theory" in text for text in texts) == 2
    nn.plot_difference_errors(difference_errors(np.exp, 1.0, steps=[0.1]))  # a single step
