"""Rows about shapes and indices."""

from __future__ import annotations

import numpy as np
from array_row import ArrayRow

from autograd import ops

X = np.random.default_rng(0).normal(size=(2, 3, 4))

ROWS = [
    ArrayRow(
        "reshape",
        lambda x: ops.reshape(x, shape=(6, 4)),
        (X,),
        lambda x: np.reshape(x, (6, 4)),
        lambda x: x.reshape(6, 4),
        primitives=("reshape",),
    ),
]
