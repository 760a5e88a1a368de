"""Every primitive with its derivative, a family in each file; ``kinds.py`` defines the vocabulary.

This is the only place where a derivative is written.
"""

from autograd.ops.contractions import *
from autograd.ops.elementwise import *
from autograd.ops.reductions import *
from autograd.ops.shapes import *
