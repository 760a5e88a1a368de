"""What a training run leaves behind: one number an epoch for each thing that was measured."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

__all__ = ["History"]


class History(dict[str, list[float]]):
    """Curves by name, all of one length: ``history["loss"][3]`` is the loss of the fourth epoch.

    A dictionary of lists, so that whatever takes one takes a History.  An epoch in which something
    was not measured has NaN there.

    Attributes:
        reason: why training ended before its last epoch; empty if it did not.

    >>> history = History()
    >>> history.append({"loss": 0.5})
    >>> history.append({"loss": 0.25, "validation loss": 0.5})
    >>> history
    History of 2 epochs: loss 0.25, validation loss 0.5
    >>> history["validation loss"]
    [nan, 0.5]
    >>> print(history.to_csv())
    epoch,loss,validation loss
    1,0.5,
    2,0.25,0.5
    """

    reason: str = ""

    @property
    def epochs(self) -> int:
        """How many epochs there are."""
        return max(map(len, self.values()), default=0)

    def append(self, line: Mapping[str, float]) -> None:
        """Add one epoch."""
        done = self.epochs
        for name in {**self, **line}:
            curve = self.setdefault(name, [math.nan] * done)
            curve.append(float(line.get(name, math.nan)))

    def to_dict(self) -> dict[str, list[float]]:
        """A plain dictionary of copies of the curves."""
        return {name: list(curve) for name, curve in self.items()}

    def to_csv(self, path: str | Path | None = None) -> str:
        """A table with a line for each epoch; what was not measured is empty.

        Args:
            path: a file to write it to as well.

        Returns:
            The text.
        """
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["epoch", *self])
        for epoch, numbers in enumerate(zip(*self.values(), strict=True), 1):
            writer.writerow([epoch, *("" if math.isnan(x) else repr(x) for x in numbers)])
        if path is not None:
            Path(path).write_text(text.getvalue(), encoding="utf-8")
        return text.getvalue()

    def plot(self, *, ax: Any = None) -> Any:
        """Draw the curves; see ``plot_learning_curve``.  Returns the axes."""
        from nn.plots import plot_learning_curve

        return plot_learning_curve({k: x for k, x in self.items() if k != "lr"}, ax=ax)

    def copy(self) -> Self:
        """A copy with curves of its own."""
        other = type(self)(self.to_dict())
        other.reason = self.reason
        return other

    def __repr__(self) -> str:
        last = ", ".join(f"{name} {curve[-1]:.4g}" for name, curve in self.items() if curve)
        why = f" ({self.reason})" if self.reason else ""
        plural = "" if self.epochs == 1 else "s"
        return f"History of {self.epochs} epoch{plural}{why}" + (f": {last}" if last else "")
