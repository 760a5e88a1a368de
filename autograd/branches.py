"""Decisions that a recorded program cannot see: Python's own ``if`` on a number that is traced.

A program is recorded at one point and run at others.  A comparison is an operation like any other
and decides afresh; but what Python does with its answer happens once, while recording.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from autograd.anomaly import user_line
from autograd.errors import message
from autograd.node import switch

__all__ = ["refuse_branch", "tracing"]

_tracing: ContextVar[bool] = ContextVar("tracing", default=False)


@contextmanager
def tracing() -> Iterator[None]:
    """While a function is traced, a node has no truth that Python could decide on."""
    switch.turn(1)
    token = _tracing.set(True)
    try:
        yield
    finally:
        switch.turn(-1)
        _tracing.reset(token)


def refuse_branch(node: Any) -> None:
    """Raise TypeError if a node is asked for its truth while a function is traced."""
    if switch.active and _tracing.get():
        made_by = f" of {node.op.name}" if node.op else ""
        raise TypeError(
            message(
                "trace",
                expected="decisions that are recorded",
                got=f"Python asking for the truth{made_by} at {user_line()}",
                fix="A program takes the same way at all points: in place of if, and, or, not "
                "write where(condition, a, b), maximum, minimum, relu or clip.",
            )
        )
