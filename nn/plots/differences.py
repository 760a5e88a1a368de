"""The V curve of numerical differentiation: why nobody trains with differences."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn.plots.axes import COLOURS, axes, check_result
from nn.plots.logarithmic import log_lines

__all__ = ["plot_difference_errors"]


def plot_difference_errors(errors: Any, *, ax: Any = None, **style: Any) -> Any:
    """How far forward and central differences are off over the step, both axes logarithmic.

    To the right of the lowest point the error is that of truncation, which falls with h (forward)
    or h² (central); to the left that of rounding, which grows as ε / h.  Dashed lines are at the
    steps that theory calls best, √ε and ε^(1/3).  An error of exactly 0 is a mark at the bottom.

    Args:
        errors: what ``autograd.difference_errors`` returned.
        ax: matplotlib axes to draw on; new ones by default.
        style: of the lines, for ``ax.plot``.

    Raises:
        TypeError: something else than such errors.

    >>> import autograd
    >>> ax = plot_difference_errors(autograd.difference_errors(np.exp, 1.0))
    >>> ax.get_xlabel(), ax.get_xscale()
    ('step h', 'log')
    """
    wanted = "what autograd.difference_errors returned"
    check_result("plot_difference_errors", errors, wanted, "steps", "forward", "central")
    ax = axes(ax)
    ax.set_xscale("log")
    values = np.stack([errors.forward, errors.central], axis=1)
    special = {"zero": values == 0, "NaN or infinite": ~np.isfinite(values)}
    for best, colour, name in (
        (errors.best_forward, COLOURS[0], r"$\sqrt{\varepsilon}$"),
        (errors.best_central, COLOURS[1], r"$\varepsilon^{1/3}$"),
    ):
        ax.axvline(best, color=colour, ls="--", lw=1, alpha=0.7, label=f"best by theory: {name}")
    names = ["forward difference", "central difference"]
    log_lines(ax, errors.steps, names, values, special, **style)
    smallest, largest = errors.steps.min(), errors.steps.max()
    if smallest < largest:
        ax.set_xlim(smallest, largest)
    ax.set_xlabel("step h")
    ax.set_ylabel("error of the derivative")
    ax.set_title("Numerical differentiation: truncation against rounding")
    return ax
