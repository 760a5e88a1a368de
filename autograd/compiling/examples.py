"""What a function of numbers is given when it is traced: one point of its arguments.

Of a table that point is a row, and the function sees a list of numbers.  Some code works on such a
list too, and means something else by it than by an array (``xs + xs``, ``2 * xs``): while nobody
has said which of the two the function is one of, it is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.errors import message
from autograd.tensor import Tensor

__all__ = ["Row", "UndecidedError", "example", "explain"]


class UndecidedError(TypeError):
    """It means one thing for a row of numbers and another for an array."""


class Row(list[Any]):
    """A row of numbers, while it is open whether the function is one of numbers or of arrays."""

    def _added(self, other: Any) -> Any:
        return self._refused() if isinstance(other, list) else NotImplemented

    def _times(self, other: Any) -> Any:
        return self._refused() if isinstance(other, int) else NotImplemented

    __add__ = __radd__ = __iadd__ = _added
    __mul__ = __rmul__ = __imul__ = _times

    def _refused(self) -> Any:
        raise UndecidedError(
            message(
                "compile",
                expected="to know whether + joins two lists and 2 * repeats one, or both compute "
                "with whole arrays",
                got=f"a table, of which a function of numbers sees a row, a list of {len(self)}",
                fix="Write compile(f, numbers=True) for lists, compile(f, numbers=False) for "
                "arrays.",
            )
        )


Row.__name__ = Row.__qualname__ = "list, a row of a table"  # as Python's own errors call it
# What errors say that are due to a row being a list, and those of what works on arrays only.
_OF_LISTS = (Row.__name__, "list index", "list indices")
_OF_ARRAYS = ("Tensor", "shape", "subscriptable", "valid indices")


def example(x: Any, row: Callable[[Any], Any]) -> Any:
    """One point of an array: a number, or a list of numbers for a row."""
    data = x._data if isinstance(x, Tensor) else x
    if data.ndim == 2:
        return row(data[0].tolist() if len(data) else [1.0] * data.shape[1])
    return float(data.flat[0]) if data.size else 1.0


def explain(error: Exception, other: Exception, nodes: list[Any], names: list[str]) -> None:
    """For a function that fails as one of numbers and as one of arrays: raise what helps, or note.

    A function that computes with Values is one of numbers.  Of any other it is open: its error on
    numbers is the true one, unless it is that a row is a list, or speaks of arrays.

    Args:
        error: what it raised on numbers, and its caller goes on to raise; gets notes here.
        other: what it raised on arrays; raised here if it is the one that helps.
        nodes: the arguments; ``names`` are theirs.
    """
    text = str(error)
    of_lists = any(word in text for word in _OF_LISTS)
    if "Value" not in str(other):
        if of_lists or any(word in text for word in _OF_ARRAYS):
            raise other
        if str(other) != text:
            error.add_note(f"(As a function of arrays it fails too: {other})")
        return
    tables = {name: x.shape for name, x in zip(names, nodes, strict=True) if x.ndim == 2}
    if of_lists and tables:
        which = " and ".join(f"{name}, of shape {shape}" for name, shape in tables.items())
        name = next(reversed(tables))  # targets come last
        error.add_note(
            f"The function sees a row of a table, here of {which}, as a list: compute with its "
            f"numbers, like {name}[0], or pass a column of the table, like {name}[:, 0], of which "
            "it sees one number."
        )
