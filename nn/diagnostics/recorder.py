"""``Recorder``: rows of numbers, one row for each step of training, that are read as arrays.

A recorder costs nothing while nobody calls it: it hangs on nothing, it is a list that grows.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nn.checks import fails, whole

__all__ = ["Column", "Recorder", "counted", "edges_of"]


class Column:
    """An attribute of a recorder: what was noted at each step, as one array."""

    def __init__(self, doc: str) -> None:
        self.__doc__ = doc
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, recorder: Any, owner: type) -> Any:
        return self if recorder is None else recorder.column(self.name)


class Recorder:
    """Base of what looks on during training.

    Args:
        names: what each number of a row belongs to.
        every: only each ``every``-th call is noted, beginning with the first.

    Attributes:
        names: a list of str, for the second axis of the columns.
        steps: the number of the step of each row, counted from 0; an int array of shape (steps,).
    """

    def __init__(self, names: list[str], every: int = 1) -> None:
        self.names = names
        self.every = whole(f"{type(self).__name__}: every", every, 1)
        self._calls = 0
        self._steps: list[int] = []
        self._rows: list[dict[str, Any]] = []

    @property
    def steps(self) -> Any:
        """The number of the step of each row, counted from 0."""
        return np.array(self._steps, dtype=int)

    @classmethod
    def columns(cls) -> list[str]:
        """The names of all arrays."""
        return [name for name in dir(cls) if isinstance(getattr(cls, name), Column)]

    def column(self, name: str) -> Any:
        """What was noted under a name: an array of shape (steps, names) or (steps, names, ...)."""
        rows = [row[name] for row in self._rows]
        return np.array(rows) if rows else np.empty((0, len(self.names)))

    def to_dict(self) -> dict[str, Any]:
        """All there is, by name: the names, the steps and the columns; copies."""
        arrays = {name: self.column(name) for name in self.columns()}
        return {"names": list(self.names), "steps": self.steps, **arrays}

    def __len__(self) -> int:
        return len(self._rows)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.names)} names, {len(self)} steps)"

    def _due(self) -> bool:
        """Whether this call is to be noted."""
        self._calls += 1
        return (self._calls - 1) % self.every == 0

    def _note(self, step: int | None, row: dict[str, Any]) -> None:
        self._steps.append(self._calls - 1 if step is None else step)
        self._rows.append(row)


def edges_of(what: str, bins: Any, default: Any) -> Any:
    """The edges of the bins of histograms, checked: increasing numbers, at least 2."""
    edges = np.array(default if bins is None or bins is True else bins, dtype=float)
    if edges.ndim != 1 or len(edges) < 2 or not (np.diff(edges) > 0).all():
        raise fails(what, "bins as increasing edges, at least 2", repr(bins)[:80], "")
    return edges


def counted(numbers: Any, edges: Any) -> Any:
    """How many numbers are in each bin; the outer bins have all beyond them."""
    return np.histogram(np.clip(numbers, edges[0], edges[-1]), edges)[0]
