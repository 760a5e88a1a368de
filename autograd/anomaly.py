"""Where does a NaN come from?  Inside ``detect_anomaly()`` every operation checks its result.

The check is asked for through ``switch`` (see ``node.py``), so that it costs nothing outside.
"""

from __future__ import annotations

import linecache
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from autograd.errors import message
from autograd.node import Node, Primitive, raw, switch

__all__ = [
    "detect_anomaly",
    "infinite_slope",
    "note_origin",
    "origin_of",
    "origins",
    "unobserved",
    "user_line",
]

# While anomalies are looked for: the user's source line that made each node.
_origins: ContextVar[dict[Node, str] | None] = ContextVar("origins", default=None)


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """Raise where a NaN or an infinity is born: in a value, a gradient, or a tangent.

    The error (a ``FloatingPointError``) names the operation, its operands and the line of the
    user's source that called it.  It slows everything down: for looking, not for training.

    >>> from autograd import Value
    >>> with detect_anomaly():
    ...     Value(1e300) * 1e300
    Traceback (most recent call last):
        ...
    FloatingPointError: mul: expected a finite result, got inf from (1e+300, 1e+300) at ...
    """
    switch.turn(1)
    token = _origins.set({})
    try:
        yield
    finally:
        switch.turn(-1)
        _origins.reset(token)


@contextmanager
def unobserved() -> Iterator[None]:
    """While a function is traced: at which numbers is of no importance."""
    token = _origins.set(None)
    try:
        yield
    finally:
        _origins.reset(token)


def origins() -> dict[Node, str] | None:
    """The source line of each node made inside ``detect_anomaly()``; None outside of it."""
    return _origins.get() if switch.active else None


def note_origin(node: Any, primitive: Primitive, inputs: tuple[Any, ...]) -> None:
    """Remember the line that makes a node; raise FloatingPointError if its result is not finite."""
    made_by = origins()
    if made_by is None:
        return
    if not np.all(np.isfinite(node.data)):
        raise FloatingPointError(
            message(
                primitive.name,
                expected="a finite result",
                got=f"{_bad(node.data)} from ({', '.join(map(_operand, inputs))}) at {user_line()}",
                fix="Look at the operands: which one should not be what it is?",
            )
        )
    made_by[node] = user_line()


def origin_of(node: Any) -> str:
    """The line that made a node, for messages."""
    return (origins() or {}).get(node, "a line outside of detect_anomaly()")


def infinite_slope(what: str, node: Any, got: str) -> FloatingPointError:
    """The error for what a node hands on of gradients or tangents, if it is not finite."""
    return FloatingPointError(
        message(
            f"{what} of {node.op.name}",
            expected="finite gradients" if what == "backward" else "a finite tangent",
            got=f"{got}; the operation was recorded at {origin_of(node)}",
            fix="Keep the operands away from where the slope is infinite.",
        )
    )


def _bad(data: Any) -> str:
    """What is not finite, and where in an array."""
    if not np.ndim(data):
        return f"{data}"
    places = np.argwhere(~np.isfinite(data))
    first = tuple(int(i) for i in places[0])
    return f"{data[first]} at index {first} ({len(places)} of {np.size(data)} elements)"


def _operand(x: Any) -> str:
    """A number, or what an array looks like."""
    x = raw(x)
    if np.ndim(x):
        return f"array of shape {np.shape(x)} in [{np.min(x):.6g}, {np.max(x):.6g}]"
    return f"{x:.6g}" if isinstance(x, float | int | np.ndarray) else repr(x)


def user_line() -> str:
    """Where the innermost code outside of this library stands: file, line and source."""
    frame: Any = sys._getframe(1)
    while frame.f_back is not None:
        package = frame.f_globals.get("__name__", "").partition(".")[0]
        if package not in ("autograd", "nn"):
            break
        frame = frame.f_back
    name, line = frame.f_code.co_filename, frame.f_lineno
    return f"{name}:{line}: {linecache.getline(name, line).strip()}"
