"""One shape for every error message: what was asked, what was expected, what came, what to do.

A message is read by someone who is stuck.  So it names the operation first, then the two facts
that disagree, and ends with a way out:

    dot: expected two sequences of the same length, got 3 elements and 4 elements. Check the
    number of inputs.
"""

from __future__ import annotations

from typing import Any

__all__ = ["masked", "message", "mixed", "shown"]


def message(what: str, *, expected: str, got: str, fix: str) -> str:
    """The text of an error: ``what: expected ..., got .... fix``.

    >>> message("dot", expected="two lists of one length", got="3 and 4", fix="Drop one number.")
    'dot: expected two lists of one length, got 3 and 4. Drop one number.'
    """
    return f"{what}: expected {expected}, got {got}. {fix}"


def shown(thing: Any, limit: int = 60) -> str:
    """A short ``repr`` with the type, for the "got" of a message.

    >>> shown("7")
    "'7' (str)"
    >>> shown(None)
    'None'
    """
    if thing is None:
        return "None"
    text = " ".join(repr(thing).split())  # arrays are printed in lines
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    return f"{text} ({type(thing).__name__})"


def mixed(name: str, *args: Any) -> TypeError:
    """The error for scalar nodes and array nodes in one operation."""
    nodes = [x for x in args if not isinstance(x, int | float)]
    return TypeError(
        message(
            name,
            expected="Values or Tensors, not both, whose graphs are of different kinds",
            got=" and ".join(map(shown, nodes)),
            fix="Make the number a tensor, Tensor(2.0), or use a Value for each element.",
        )
    )


def masked(name: str, x: Any) -> TypeError:
    """The error for an array of ``np.ma``, x or beside x: a mask or a history would be lost."""
    return TypeError(
        message(
            name,
            expected="an array without a mask",
            got=f"an array of np.ma and {shown(x)}" if hasattr(x, "op") else shown(x),
            fix="Give the numbers that count, m.compressed(), or multiply by a mask of 0 and 1.",
        )
    )
