"""How large the gradients of each layer are, step after step.

The gradient of an early layer is a product with a factor for each layer behind it.  Factors below 1
make it vanish, factors above 1 make it explode, both exponentially in the depth (Hochreiter, 1991;
Bengio et al., 1994; Glorot and Bengio, 2010).  A layer that gets gradients a million times smaller
than another one's hardly learns; that is seen on a logarithmic axis, not in the loss.

A mean is ruled by the few largest gradients, so what is recorded are quantiles.  An exact zero is
something else than a small number (a dead ReLU), and no gradient at all something else than zero (a
parameter that the loss does not reach): both are counted.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nn.diagnostics.groups import gradients_of, grouped
from nn.diagnostics.recorder import Column, Recorder, counted, edges_of

__all__ = ["GradientFlow"]


class GradientFlow(Recorder):
    """Statistics of ``|grad|`` for each layer and step.

    Call ``record()`` after ``loss.backward()``, or pass it to ``fit`` in ``callbacks``.

    Args:
        model: a Module, made of Tensors or Values.
        by: "layer" for all parameters of a module together (a layer of neurons is one), or
            "parameter" for each by itself.
        every: only each ``every``-th call is noted, beginning with the first.
        bins: the edges of histograms of ``|grad|``, increasing numbers above 0; True for 4 bins in
            each decade from 1e-12 to 1e3; no histograms by default.

    Attributes:
        names: the layers (paths of their modules) or parameters, L of them; a list of str.
        steps: the number of each noted step; int, of shape (steps,).
        median, maximum, low, high: of ``|grad|``; ``low`` and ``high`` are the quantiles 5% and
            95%, between the nearest two numbers as in ``numpy.quantile``. Floats of shape
            (steps, L); zeros count, numbers that are not finite do not; NaN if there is nothing.
        zeros: how many gradients are exactly 0; int, (steps, L).
        nonfinite: how many are NaN or infinite.
        none: how many numbers have no gradient: not reached by the loss, or frozen.
        histogram: counts of ``|grad|`` that is finite and not 0; int, (steps, L, bins); the outer
            bins have all beyond them. Without ``bins`` the last axis is empty.
        bins: the edges, of shape (bins + 1,), or None.
        size: how many numbers the parameters have, (L,).

    Raises:
        TypeError: not a Module.
        ValueError: a model without parameters; ``by`` or ``every`` out of range.

    >>> import nn
    >>> model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    >>> flow = GradientFlow(model)
    >>> for _ in range(5):
    ...     model.zero_grad()
    ...     model([[1.0, -1.0]]).sum().backward()
    ...     flow.record()
    >>> flow.names, flow.median.shape, flow.none.tolist()[0]
    (['0', '2'], (5, 2), [0, 0])
    """

    median = Column("The median of |grad|, of shape (steps, layers).")
    maximum = Column("The largest |grad|.")
    low = Column("The 5% quantile of |grad|.")
    high = Column("The 95% quantile of |grad|.")
    zeros = Column("How many gradients are exactly 0.")
    nonfinite = Column("How many gradients are NaN or infinite.")
    none = Column("How many numbers have no gradient.")
    histogram = Column("Counts of |grad|, of shape (steps, layers, bins).")

    def __init__(self, model: Any, by: str = "layer", every: int = 1, *, bins: Any = None) -> None:
        self.groups = grouped("GradientFlow", model, by)
        self.bins = None
        if bins is not None and bins is not False:
            self.bins = edges_of("GradientFlow", bins, np.logspace(-12, 3, 61))
        super().__init__(list(self.groups), every)
        self.size = np.array([sum(np.size(p.primal) for p in g) for g in self.groups.values()])

    def record(self, step: int | None = None) -> None:
        """Note the gradients that there are now.

        Args:
            step: its number; by default the calls are counted.
        """
        if not self._due():
            return
        statistics = [_statistics(group, self.bins) for group in self.groups.values()]
        self._note(step, {name: [s[name] for s in statistics] for name in self.columns()})

    def on_backward(self, run: Any) -> None:
        """As a callback of ``fit``."""
        self.record(run.step)

    def to_dict(self) -> dict[str, Any]:
        """All there is, by name: names, steps, the columns, ``size`` and ``bins``; copies."""
        bins = None if self.bins is None else self.bins.copy()
        return {**super().to_dict(), "size": self.size.copy(), "bins": bins}


def _statistics(parameters: list[Any], bins: Any) -> dict[str, Any]:
    """The columns, for one group of parameters."""
    grads, missing = gradients_of(parameters)
    absolute = np.abs(grads)
    finite = np.isfinite(absolute)
    nonfinite = absolute.size - np.count_nonzero(finite)
    if nonfinite:
        absolute = absolute[finite]
    low = median = high = maximum = np.nan
    if absolute.size:
        low, median, high, maximum = np.quantile(absolute, (0.05, 0.5, 0.95, 1.0))
    return {
        "low": low,
        "median": median,
        "high": high,
        "maximum": maximum,
        "zeros": absolute.size - np.count_nonzero(absolute),
        "nonfinite": nonfinite,
        "none": missing,
        "histogram": [] if bins is None else counted(absolute[absolute > 0], bins),
    }
