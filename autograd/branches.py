"""What a recorded program cannot see: Python's own decisions on a number that is traced.

A program is recorded at one point and run at others.  A comparison is an operation like any other
and decides afresh; but what Python does with its answer, or with the plain number of a node,
happens once, while recording.  While a function is traced, every operation is noted here, whether
it needs a gradient or not, and whoever asks a traced node for its truth or its number is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from autograd.anomaly import unobserved, user_line
from autograd.errors import message
from autograd.node import Primitive, switch

__all__ = [
    "is_tracing",
    "is_undecided",
    "note_array",
    "note_equation",
    "readings",
    "refuse_backward",
    "refuse_branch",
    "refuse_number",
    "refuse_reading",
    "tracing",
    "undecided",
]


class Recorder(Protocol):
    """Writes down what is computed while a function is traced."""

    def record(
        self, node: Any, primitive: Primitive, inputs: tuple[Any, ...], params: dict[str, Any]
    ) -> None:
        """One operation."""

    def depends(self, node: Any) -> bool:
        """Whether a node is an argument of the traced function, or computed in it."""


_tracing: ContextVar[Recorder | None] = ContextVar("tracing", default=None)
_readings: ContextVar[list[Any] | None] = ContextVar("readings", default=None)
_undecided: ContextVar[list[Any] | None] = ContextVar("undecided", default=None)


@contextmanager
def tracing(recorder: Recorder) -> Iterator[None]:
    """While a function is traced, operations are noted, and Python decides on no node."""
    switch.turn(1)
    token = _tracing.set(recorder)
    try:
        with unobserved():
            yield
    finally:
        switch.turn(-1)
        _tracing.reset(token)


@contextmanager
def readings() -> Iterator[list[Any]]:
    """Lists the captured nodes whose plain numbers are read while functions are traced.

    What is computed from such a number is a constant of the program.
    """
    nodes: list[Any] = []
    token = _readings.set(nodes)
    try:
        yield nodes
    finally:
        _readings.reset(token)


@contextmanager
def undecided() -> Iterator[list[Any]]:
    """While it is open whether a traced function is one of numbers or of arrays.

    Lists the arrays that stood beside a number, and would mean something else beside an array.
    """
    doubts: list[Any] = []
    token = _undecided.set(doubts)
    try:
        yield doubts
    finally:
        _undecided.reset(token)


def is_undecided() -> bool:
    """Whether what is the same for a number and another thing for an array must be refused."""
    return is_tracing() and _undecided.get() is not None


def note_array(array: Any) -> None:
    """Called where a Value meets an array of NumPy's, while ``switch`` is on."""
    doubts = _undecided.get()
    if doubts is not None and is_tracing():
        doubts.append(array)


def is_tracing() -> bool:
    """Whether a function is being traced."""
    return bool(switch.active) and _tracing.get() is not None


def note_equation(
    node: Any, primitive: Primitive, inputs: tuple[Any, ...], params: dict[str, Any] | None = None
) -> None:
    """Called for each operation while ``switch`` is on."""
    recorder = _tracing.get()
    if recorder is not None:
        recorder.record(node, primitive, inputs, params or {})


def refuse_branch(node: Any) -> None:
    """Raise TypeError if a node is asked for its truth while a function is traced."""
    if is_tracing():
        raise _refusal(
            node,
            "decisions that are recorded",
            "Python asking for the truth",
            "A program takes the same way at all points: in place of if, and, or, not "
            "write where(condition, a, b), maximum, minimum, relu or clip.",
        )


def refuse_number(node: Any) -> None:
    """Raise TypeError if Python makes a number or an index of a node while a function is traced."""
    if is_tracing():
        raise _refusal(
            node,
            "operations on nodes, which are recorded",
            "Python asking for a plain number",
            "In place of the math module use autograd.sin, autograd.exp, ...; in place of an "
            "index or a decision where, maximum, clip, or a dot product with 0 and 1.",
        )


def refuse_positions(node: Any) -> None:
    """Raise TypeError if NumPy makes an array of traced positions; ``switch`` is on."""
    _refuse_traced(
        node,
        "indexing that is recorded",
        "NumPy asking for the plain positions",
        "They would be the same at all points: index a Tensor, Tensor(array)[i], or write "
        "autograd.take(array, i), index_update, or where(mask, a, b).",
    )


def refuse_reading(node: Any) -> None:
    """Raise TypeError if the plain number of a traced node is asked for; ``switch`` is on."""
    _refuse_traced(
        node,
        "operations on nodes, which are recorded",
        "Python asking for the plain data",
        "They would be the same at all points: compute with the node itself, write "
        "where, maximum or clip for a decision, stop_gradient(x) for a constant.",
    )
    captured = _readings.get()
    if captured is not None and is_tracing():
        captured.append(node)


def refuse_backward(node: Any) -> None:
    """Raise TypeError if gradients of a traced node are asked for as numbers; ``switch`` is on."""
    _refuse_traced(
        node,
        "gradients with a history",
        "backward() from the result",
        "The numbers of this pass would be the same at all points: differentiate what the "
        "compiled function returns, or on Tensors write backward(create_graph=True).",
    )


def _refuse_traced(node: Any, expected: str, asked: str, fix: str) -> None:
    """For what may be asked of any node but an argument, and what is computed from it."""
    recorder = _tracing.get()
    if recorder is not None and recorder.depends(node):
        raise _refusal(node, expected, asked, fix)


def _refusal(node: Any, expected: str, asked: str, fix: str) -> TypeError:
    made_by = f" of {node.op.name}" if node.op else ""
    got = f"{asked}{made_by} at {user_line()}"
    return TypeError(message("trace", expected=expected, got=got, fix=fix))
