"""How parameters lie in memory: the way in which the products of a program read them.

``x @ weight.T`` of a wide x takes a quarter less time if the weight lies column after column, and
so does the gradient that is added to it.  A program knows its products, so it may turn a weight
over, once: the numbers are the same.  Only the weight of a first layer, whose inputs want no
gradient: ``g @ weight`` would lose what is won.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.programs.equations import Var
from autograd.programs.program import Program

__all__ = ["laid_by_columns"]

# Numbers in a weight, and examples in a batch, from which on it pays.
_WIDE, _ROWS = 2**13, 16


def laid_by_columns(program: Program, wanted: list[bool]) -> bool:
    """Turn over the weights for which that pays; whether there were any.

    Args:
        program: of a function of arrays.
        wanted: which of its inputs want a gradient.
    """
    plain = {x for x, needs in zip(program.inputs, wanted, strict=True) if not needs}
    turned = False
    for e in program.equations:
        if e.op.name != "linear" or not all(isinstance(x, Var) for x in e.args[:2]):
            continue
        weight: Any = program.parameters.get(e.args[1])
        if weight is None or e.args[0] not in plain or len(e.args[0].array.shape) != 2:
            continue
        leaf = weight.op is None and weight.requires_grad and weight.size >= _WIDE
        by_rows = not weight._data.flags.f_contiguous  # a single row or column lies both ways
        if leaf and by_rows and e.args[0].array.shape[0] >= _ROWS:
            array = np.asfortranarray(weight._data)
            array.setflags(write=False)
            weight._data = array
            turned = True
    return turned
