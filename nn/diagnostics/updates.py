"""How far a step moves the parameters, compared with how large they are.

The size of a gradient alone says little: what counts is the update that an optimiser makes of it,
relative to the parameter.  If a step changes a layer by a thousandth of the spread of its numbers,
it learns at a useful pace; by a millionth, it stands still; by a tenth, it is thrown about.  About
1e-3 is a rule of thumb (Karpathy, 2022, "makemore", part 3), not a law.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nn.diagnostics.groups import grouped, numbers_of
from nn.diagnostics.recorder import Column, Recorder

__all__ = ["UpdateRatio", "update_and_data"]


class UpdateRatio(Recorder):
    """``std(update) / std(data)`` for each layer and step.

    Call ``record()`` after each ``optimizer.step()``, or pass it to ``fit`` in ``callbacks``.  An
    update is what has changed since the last call, or since the recorder was made.

    Args:
        model: a Module, made of Tensors or Values.
        by: "layer" for all parameters of a module together (a layer of neurons is one), or
            "parameter" for each by itself.
        every: only each ``every``-th call is noted, beginning with the first.

    Attributes:
        names: the layers or parameters, L of them; steps: the number of each noted step.
        ratio: ``update / data``; floats of shape (steps, L). NaN for 0 / 0, inf for parameters
            that were all the same before (biases of 0).
        update, data: the standard deviations of the change, and of the numbers before it.

    Raises:
        TypeError: not a Module.
        ValueError: a model without parameters; ``by`` or ``every`` out of range.

    >>> import nn
    >>> model = nn.Linear(2, 3)
    >>> optimizer = nn.SGD(model.parameters(), lr=0.01)
    >>> ratio = UpdateRatio(model)
    >>> for _ in range(4):
    ...     optimizer.zero_grad()
    ...     model([[1.0, -1.0]]).sum().backward()
    ...     optimizer.step()
    ...     ratio.record()
    >>> ratio.ratio.shape, bool((ratio.ratio < 0.1).all())
    ((4, 1), True)
    """

    ratio = Column("std(update) / std(data), of shape (steps, layers).")
    update = Column("The standard deviation of the change.")
    data = Column("The standard deviation of the numbers before it.")

    def __init__(self, model: Any, by: str = "layer", every: int = 1) -> None:
        self.groups = grouped("UpdateRatio", model, by)
        super().__init__(list(self.groups), every)
        self._before: list[Any] | None = None
        self.look()

    def look(self) -> None:
        """Remember the parameters as they are now, as those before the next update."""
        due = self._calls % self.every == 0
        self._before = [numbers_of(group) for group in self.groups.values()] if due else None

    def record(self, step: int | None = None) -> None:
        """Note how far the parameters have moved.

        Args:
            step: its number; by default the calls are counted.
        """
        before = self._before
        if self._due() and before is not None:
            after = [numbers_of(group) for group in self.groups.values()]
            with np.errstate(all="ignore"):
                spreads = [update_and_data(a, b) for a, b in zip(before, after, strict=True)]
                update, data = np.array(spreads).T
                self._note(step, {"ratio": update / data, "update": update, "data": data})
        self.look()

    def on_backward(self, run: Any) -> None:
        """As a callback of ``fit``."""
        self.look()

    def on_step(self, run: Any) -> None:
        """As a callback of ``fit``; the step is finished, so it counts in ``run.step``."""
        self.record(run.step - 1)


def update_and_data(before: Any, after: Any) -> tuple[Any, Any]:
    """The standard deviations of what has changed, and of the numbers before it.

    >>> update, data = update_and_data(np.array([1.0, -1.0]), np.array([1.1, -1.1]))
    >>> round((update / data).item(), 6)
    0.1
    """
    return np.std(after - before), np.std(before)
