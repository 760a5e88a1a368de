"""Schedulers whose rates are those at the start times a factor that only the step decides.

At each step the rate that an optimiser has is multiplied by what the factor has grown by.  So two
schedulers of one optimiser multiply, and a rate that was changed by hand stays changed.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

from nn.checks import real, whole
from nn.optim.lr_scheduler import curves
from nn.optim.lr_scheduler.scheduler import LRScheduler, list_of_steps
from nn.optim.optimizer import Optimizer
from nn.optim.settings import between_0_and_1, count, finite

__all__ = [
    "ConstantLR",
    "CosineAnnealingLR",
    "ExponentialLR",
    "LinearLR",
    "MultiStepLR",
    "PolynomialLR",
    "StepLR",
]


class _Decay(LRScheduler):
    """The part of the rate above a floor follows a curve."""

    relative = True
    eta_min = 0.0
    jumps = False  # whether the first step after an interruption may change the rate, as PyTorch's

    def curve(self, step: Any) -> Any:
        """The factor at a step."""
        raise NotImplementedError

    def get_lr(self) -> list[float]:
        """The rates as they are, times what the factor has grown by."""
        rates = [group["lr"] for group in self.optimizer.param_groups]
        now = self.curve(self.last_epoch)
        before = self.curve(self.last_epoch - 1) if self.last_epoch > 0 else 1.0
        if now == before or (self._is_initial and self.last_epoch > 0 and not self.jumps):
            return rates
        if before == 0:  # from the floor it starts anew
            self.check_groups()
            pairs = zip(rates, self.base_lrs, strict=True)
            return [lr + (base - self.eta_min) * now for lr, base in pairs]
        return [self.eta_min + (lr - self.eta_min) * (now / before) for lr in rates]

    def get_closed_lr(self) -> list[float]:
        """The rates at the start times the factor."""
        self.check_groups()
        factor = self.curve(self.last_epoch)
        return [self.eta_min + (base - self.eta_min) * factor for base in self.base_lrs]


class StepLR(_Decay):
    """Times ``gamma`` every ``step_size`` steps; see ``staircase``.

    Args:
        optimizer: whose learning rates are to be changed.
        step_size: a whole number of at least 1.
        gamma: the factor.
        last_epoch: the step at which training was interrupted; -1 to start.

    >>> import nn
    >>> optimizer = nn.SGD([nn.Parameter(1.0)], lr=1.0)
    >>> schedule = StepLR(optimizer, step_size=2, gamma=0.5)
    >>> for step in range(4):
    ...     schedule.step()
    >>> optimizer.lr
    0.25
    """

    jumps = True

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.step_size = count("StepLR: step_size", step_size)
        self.gamma = finite("StepLR: gamma", gamma)
        super().__init__(optimizer, last_epoch)

    def curve(self, step: Any) -> Any:
        """The factor at a step."""
        return curves.staircase(step, self.step_size, self.gamma)


class MultiStepLR(_Decay):
    """Times ``gamma`` at each of the milestones; see ``multi_step``.

    Args:
        optimizer: whose learning rates are to be changed.
        milestones: whole numbers.
        gamma: the factor.
        last_epoch: the step at which training was interrupted; -1 to start.
    """

    jumps = True

    def __init__(
        self,
        optimizer: Optimizer,
        milestones: Iterable[int],
        gamma: float = 0.1,
        last_epoch: int = -1,
    ) -> None:
        self.milestones = Counter(list_of_steps("MultiStepLR: milestones", milestones))
        self.gamma = finite("MultiStepLR: gamma", gamma)
        super().__init__(optimizer, last_epoch)

    def curve(self, step: Any) -> Any:
        """The factor at a step."""
        return curves.multi_step(step, [*Counter(self.milestones).elements()], self.gamma)


class ConstantLR(_Decay):
    """Times ``factor`` before step ``total_iters``; see ``constant``.

    Args:
        optimizer: whose learning rates are to be changed.
        factor: from 0 to 1.
        total_iters: from this step on the rate is the full one.
        last_epoch: the step at which training was interrupted; -1 to start.
    """

    jumps = True

    def __init__(
        self,
        optimizer: Optimizer,
        factor: float = 1 / 3,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        self.factor = between_0_and_1("ConstantLR: factor", factor)
        self.total_iters = whole("ConstantLR: total_iters", total_iters, 0)
        super().__init__(optimizer, last_epoch)

    def curve(self, step: Any) -> Any:
        """The factor at a step."""
        return curves.constant(step, self.factor, self.total_iters)


class LinearLR(_Decay):
    """From ``start_factor`` to ``end_factor`` in ``total_iters`` steps; see ``linear``.

    Args:
        optimizer: whose learning rates are to be changed.
        start_factor: more than 0 and at most 1.
        end_factor: from 0 to 1.
        total_iters: the number of steps.
        last_epoch: the step at which training was interrupted; -1 to start.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        wanted = "a number of more than 0 and at most 1"
        self.start_factor = real(
            "LinearLR: start_factor", start_factor, wanted, lambda x: 0 < x <= 1
        )
        self.end_factor = between_0_and_1("LinearLR: end_factor", end_factor)
        self.total_iters = count("LinearLR: total_iters", total_iters)
        super().__init__(optimizer, last_epoch)

    def curve(self, step: Any) -> Any:
        """The factor at a step."""
        return curves.linear(step, self.start_factor, self.end_factor, self.total_iters)


class ExponentialLR(_Decay):
    """Times ``gamma`` at each step; see ``exponential``.

    Args:
        optimizer: whose learning rates are to be changed.
        gamma: the factor.
        last_epoch: the step at which training was interrupted; -1 to start.
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = finite("ExponentialLR: gamma", gamma)
        super().__init__(optimizer, last_epoch)

    def curve(self, step: Any) -> Any:
        """The factor at a step."""
        return curves.exponential(step, self.gamma)


class PolynomialLR(_Decay):
    """Down to 0 in ``total_iters`` steps, as a power of what is left; see ``polynomial``.

    Args:
        optimizer: whose learning rates are to be changed.
        total_iters: the number of steps.
        power: 1 for a line.
        last_epoch: the step at which training was interrupted; -1 to start.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        total_iters: int = 5,
        power: float = 1.0,
        last_epoch: int = -1,
    ) -> None:
        self.total_iters = count("PolynomialLR: total_iters", total_iters)
        self.power = finite("PolynomialLR: power", power)
        super().__init__(optimizer, last_epoch)

    def curve(self, step: Any) -> Any:
        """The factor at a step."""
        return curves.polynomial(step, self.total_iters, self.power)


class CosineAnnealingLR(_Decay):
    """Down to ``eta_min`` in ``T_max`` steps along a cosine; see ``cosine``.

    Args:
        optimizer: whose learning rates are to be changed.
        T_max: the number of steps; after it the rate rises again.
        eta_min: the lowest learning rate.
        last_epoch: the step at which training was interrupted; -1 to start.

    >>> import nn
    >>> optimizer = nn.SGD([nn.Parameter(1.0)], lr=0.5)
    >>> schedule = CosineAnnealingLR(optimizer, T_max=2, eta_min=0.25)
    >>> schedule.step()
    >>> round(optimizer.lr, 6)
    0.375
    """

    def __init__(
        self, optimizer: Optimizer, T_max: float, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        wanted = "a finite number of more than 0"
        self.T_max = real("CosineAnnealingLR: T_max", T_max, wanted, lambda x: 0 < x < math.inf)
        self.eta_min = finite("CosineAnnealingLR: eta_min", eta_min)
        super().__init__(optimizer, last_epoch)

    def curve(self, step: Any) -> Any:
        """The factor at a step."""
        return curves.cosine(step, self.T_max)
