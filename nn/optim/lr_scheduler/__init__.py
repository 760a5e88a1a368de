"""Schedules: how the learning rate changes from step to step.

A curve is a plain function of the step (``curves.py``), and works on arrays of steps, so that it
can be plotted:

    steps = np.arange(100)
    plt.plot(steps, 0.1 * lr_scheduler.cosine(steps, T_max=100))

A scheduler holds an optimiser, and moves its learning rates along a curve at each ``step()``.
Names, arguments and curves are PyTorch's.

    StepLR             staircase        PolynomialLR                   polynomial
    MultiStepLR        multi_step       CosineAnnealingLR              cosine
    ConstantLR         constant         CosineAnnealingWarmRestarts    warm_restarts
    LinearLR           linear           OneCycleLR                     one_cycle
    ExponentialLR      exponential

The others have no curve of their own: ``LambdaLR`` and ``MultiplicativeLR`` ask a function of
yours, ``SequentialLR`` puts schedulers one after the other, ``ReduceLROnPlateau`` looks at the
loss.
"""

from nn.optim.lr_scheduler.composed import SequentialLR
from nn.optim.lr_scheduler.curves import (
    constant,
    cosine,
    exponential,
    linear,
    multi_step,
    one_cycle,
    polynomial,
    staircase,
    warm_restarts,
)
from nn.optim.lr_scheduler.decays import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LinearLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from nn.optim.lr_scheduler.functions import LambdaLR, MultiplicativeLR
from nn.optim.lr_scheduler.plateau import ReduceLROnPlateau
from nn.optim.lr_scheduler.restarts import CosineAnnealingWarmRestarts, OneCycleLR
from nn.optim.lr_scheduler.scheduler import LRScheduler

__all__ = [
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
    "constant",
    "cosine",
    "exponential",
    "linear",
    "multi_step",
    "one_cycle",
    "polynomial",
    "staircase",
    "warm_restarts",
]
