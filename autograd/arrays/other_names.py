"""Names of PyTorch and NumPy that tensors do not have: whoever writes one is told what to write.

Each is an attribute that raises, so to Python it is missing: ``hasattr`` is false.  (A method
``__getattr__`` would see every wrong name, and in Python 3.11 make every right one four times as
slow.  For those that are misspelt Python itself has a suggestion.)
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

__all__ = ["Elsewhere", "other_names"]

# What to write instead.
_INSTEAD = {
    "cuda": "Tensors are always in main memory: drop the call.",
    "device": "Tensors are always in main memory: drop it.",
    "is_cuda": "Tensors are always in main memory: drop it.",
    "cpu": "Tensors are always in main memory: drop the call.",
    "contiguous": "Every tensor can be reshaped: drop the call.",
    "values": "The numbers are t itself, their positions t.argmax() or t.argsort().",
    "indices": "The positions are t.argmax() or t.argsort().",
    "t": "Write t.T.",
    "H": "Write t.mT: the numbers are real.",
    "conj": "The numbers are real: drop it.",
    "real": "The numbers are real: drop it.",
    "imag": "The numbers are real.",
    "long": "Write t.astype(int).",
    "int": "Write t.astype(int).",
    "bool": "Write t.astype(bool).",
    "half": "Write t.astype(np.float16).",
    "type": "Write t.dtype, or t.astype(...).",
    "add": "Write t + other.",
    "sub": "Write t - other.",
    "mul": "Write t * other.",
    "div": "Write t / other.",
    "remainder": "Write t % other.",
    "floor_divide": "Write t // other.",
    "mm": "Write t @ other.",
    "bmm": "Write t @ other.",
    "mv": "Write t @ other.",
    "neg": "Write -t.",
    "gt": "Write t > other.",
    "ge": "Write t >= other.",
    "lt": "Write t < other.",
    "le": "Write t <= other.",
    "eq": "Write autograd.equal(t, other).",
    "ne": "Write autograd.not_equal(t, other).",
    "isnan": "Write autograd.isnan(t).",
    "isinf": "Write autograd.isinf(t).",
    "isfinite": "Write autograd.isfinite(t).",
    "logical_not": "Write ~mask, or autograd.logical_not(t).",
    "logical_and": "Write mask & other, or autograd.logical_and(t, other).",
    "logical_or": "Write mask | other, or autograd.logical_or(t, other).",
    "grad_fn": "The operation that made t is t.op, what it was made from t.inputs.",
    "fill": "Write autograd.where or autograd.index_update, which make a new tensor.",
    "put": "Write autograd.index_update, which makes a new tensor.",
    "itemset": "Write autograd.index_update, which makes a new tensor.",
    "median": "Take the middle of t.sort().",
    "new_zeros": "Write Tensor(np.zeros(shape)).",
    "new_ones": "Write Tensor(np.ones(shape)).",
    "is_floating_point": "Write t.dtype.kind == 'f'.",
    "element_size": "Write t.dtype.itemsize.",
    "nonzero": "Positions have no gradient: np.nonzero(t.data).",
}

# What PyTorch does in place and has no method for that makes a new tensor.
_IN_PLACE = ("uniform", "normal", "bernoulli", "exponential", "random", "zero", "copy")


class Elsewhere:
    """An attribute that tensors do not have."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def __get__(self, instance: Any, owner: Any) -> NoReturn:
        raise AttributeError(self.text)


def other_names(methods: Iterable[str]) -> dict[str, Elsewhere]:
    """What to put into a class with these methods.

    >>> other_names(["exp"])["exp_"].text
    "Tensor has no attribute 'exp_'. Tensors are not changed after they were computed. Write t = \
t.exp(...). Parameters are changed through .data."
    """
    known = set(methods)
    fixes = dict(_INSTEAD)
    for stem in {*known, *_INSTEAD, *_IN_PLACE}:
        other = f"Write t = t.{stem}(...). " if stem in known else ""
        other = other or " ".join([*filter(None, [_INSTEAD.get(stem)]), ""])
        fixes[f"{stem}_"] = (
            f"Tensors are not changed after they were computed. {other}"
            "Parameters are changed through .data."
        )
    return {
        name: Elsewhere(f"Tensor has no attribute {name!r}. {fix}")
        for name, fix in fixes.items()
        if name not in known
    }
