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

__all__ = ["Row", "UndecidedError", "example"]


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


def example(x: Any, row: Callable[[Any], Any]) -> Any:
    """One point of an array: a number, or a list of numbers for a row."""
    data = x._data if isinstance(x, Tensor) else x
    if data.ndim == 2:
        return row(data[0].tolist() if len(data) else [1.0] * data.shape[1])
    return float(data.flat[0]) if data.size else 1.0
