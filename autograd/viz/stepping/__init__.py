"""Backpropagation played step by step: ``step(root)``.

Read ``events`` (what happens), ``captions`` and ``array_rules`` (what is said about it), ``tokens``
(how that is set in type), ``layers`` (what is seen when), then the writers: ``html`` (a page),
``frames`` (numbered pictures), ``animation``.
"""

from autograd.viz.stepping.stepper import Stepper, step

__all__ = ["Stepper", "step"]
