"""What a row about an array operation says; the rows are in ``samples_*.py``, a file per family."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class ArrayRow:
    """One way to call an operation, at one point.

    Attributes:
        name: of the row; starts with the name of the primitive or function it is about.
        call: the operation on Tensors or arrays, all other arguments fixed.
        args: float64 arrays where it is smooth.
        numpy: what NumPy (or SciPy) computes; the results must be equal bit for bit.
        torch: what PyTorch computes, or None where it has no such operation.
        primitives: names in PRIMITIVES that this row exercises.
        order: up to which order derivatives are checked; 0 for flat operations.
    """

    name: str
    call: Callable[..., Any]
    args: tuple[Any, ...]
    numpy: Callable[..., Any]
    torch: Callable[..., Any] | None = None
    primitives: tuple[str, ...] = field(default=())
    order: int = 2
