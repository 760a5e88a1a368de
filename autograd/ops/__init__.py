"""Every primitive with its derivative, a family in each file; ``kinds.py`` defines the vocabulary.

This is the only place where a derivative is written.  Each family lists in its ``__all__`` what is
for everyone; all of these together are the operations that ``autograd`` exports.
"""

from typing import TYPE_CHECKING

import numpy as np

from autograd.node import PRIMITIVES
from autograd.ops import (
    activations,
    along,
    arranging,
    choices,
    contractions,
    convolutions,
    decompositions,
    determinants,
    diagonals,
    elementwise,
    equations,
    fused,
    indexing,
    ordering,
    pooling,
    positions,
    recurrences,
    reductions,
    shapes,
    singular_values,
    standardizing,
    subscripts,
)
from autograd.ops.activations import *
from autograd.ops.along import *

# What only other parts of the library need has no name in __all__: exported one by one.
from autograd.ops.along import recurrence as recurrence
from autograd.ops.along import shift as shift
from autograd.ops.arranging import *
from autograd.ops.arranging import Variadic as Variadic
from autograd.ops.casting import cast as cast
from autograd.ops.choices import *
from autograd.ops.choices import clamp_max as clamp_max
from autograd.ops.choices import clamp_min as clamp_min
from autograd.ops.contractions import *
from autograd.ops.convolutions import *
from autograd.ops.decompositions import *
from autograd.ops.determinants import *
from autograd.ops.diagonals import *
from autograd.ops.diagonals import embed_diagonal as embed_diagonal
from autograd.ops.elementwise import *
from autograd.ops.elementwise import hand_on as hand_on
from autograd.ops.elementwise import safe_power as safe_power
from autograd.ops.elementwise import safe_sqrt as safe_sqrt
from autograd.ops.equations import *
from autograd.ops.fused import *
from autograd.ops.indexing import *
from autograd.ops.indexing import getitem as getitem
from autograd.ops.indexing import scatter_add as scatter_add
from autograd.ops.ordering import *
from autograd.ops.pooling import *
from autograd.ops.positions import *
from autograd.ops.recurrences import *
from autograd.ops.reductions import *
from autograd.ops.reductions import Reduction as Reduction
from autograd.ops.reductions import product as product
from autograd.ops.shapes import *
from autograd.ops.shapes import astype as astype
from autograd.ops.shapes import sum_to as sum_to
from autograd.ops.singular_values import *
from autograd.ops.sliding import fold as fold
from autograd.ops.sliding import windows as windows
from autograd.ops.standardizing import *
from autograd.ops.subscripts import *

# NumPy's own functions that are primitives here, for its ``__array_ufunc__`` protocol.  Of several
# with the same values the first counts: np.sqrt has the slope of sqrt, not that of safe_sqrt.
UFUNCS = {p.forward: p for p in reversed(PRIMITIVES.values()) if isinstance(p.forward, np.ufunc)}
UFUNCS |= {np.matmul: contractions.matmul, np.reciprocal: elementwise.reciprocal}

# A type checker takes what `import *` and `as` bring for exported, unless it sees an __all__, in
# which it wants all names written out again: so this one is for Python alone.
if not TYPE_CHECKING:
    __all__ = [
        name
        for family in (
            activations,
            along,
            arranging,
            choices,
            contractions,
            convolutions,
            decompositions,
            determinants,
            diagonals,
            elementwise,
            equations,
            fused,
            indexing,
            ordering,
            pooling,
            positions,
            recurrences,
            reductions,
            shapes,
            singular_values,
            standardizing,
            subscripts,
        )
        for name in family.__all__
    ]
