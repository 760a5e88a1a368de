"""Every primitive with its derivative, a family in each file; ``kinds.py`` defines the vocabulary.

This is the only place where a derivative is written.
"""

import numpy as np

from autograd.node import PRIMITIVES
from autograd.ops.contractions import *
from autograd.ops.elementwise import *
from autograd.ops.reductions import *
from autograd.ops.shapes import *

# NumPy's own functions that are primitives here, for its ``__array_ufunc__`` protocol.
UFUNCS = {p.forward: p for p in PRIMITIVES.values() if isinstance(p.forward, np.ufunc)}
for _compared in (np.equal, np.not_equal):  # NumPy calls these for `==`: nodes compare identity
    del UFUNCS[_compared]
UFUNCS[np.matmul] = matmul
