"""Schedulers whose rates go up as well as down."""

from __future__ import annotations

import math
from typing import Any

from nn.checks import fails, real, whole
from nn.optim.lr_scheduler import curves
from nn.optim.lr_scheduler.scheduler import LRScheduler, check_noted, for_each_group
from nn.optim.optimizer import Optimizer
from nn.optim.settings import at_least_0, between_0_and_1, count, finite, flag

__all__ = ["CosineAnnealingWarmRestarts", "OneCycleLR"]


class CosineAnnealingWarmRestarts(LRScheduler):
    """Down along a cosine, and again from the start (Loshchilov and Hutter, 2017).

    See ``warm_restarts``.  ``step(epoch)`` goes to any place, also between two whole numbers:
    ``schedule.step(epoch + batch / batches)``.

    Args:
        optimizer: whose learning rates are to be changed.
        T_0: the number of steps to the first restart.
        T_mult: how many times longer each cycle is than the one before; a whole number.
        eta_min: the lowest learning rate.
        last_epoch: the step at which training was interrupted; -1 to start.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,
        T_mult: int = 1,
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        name = type(self).__name__
        self.T_0 = count(f"{name}: T_0", T_0)
        self.T_mult = count(f"{name}: T_mult", T_mult)
        self.eta_min = finite(f"{name}: eta_min", eta_min)
        last_epoch = whole(f"{name}: last_epoch", last_epoch, -1)
        self.T_cur, self.T_i = self._cycle(max(last_epoch, 0))
        super().__init__(optimizer, last_epoch)

    def move(self, epoch: Any = None) -> None:
        """Set the rates of the next step, or those of a given place."""
        self.check_groups()
        if epoch is not None:
            place = at_least_0(f"{type(self).__name__}: epoch", epoch)
            (self.T_cur, self.T_i), self.last_epoch = self._cycle(place), math.floor(place)
        elif self.last_epoch < 0:
            self.last_epoch = 0
        else:
            self.T_cur, self.last_epoch = self.T_cur + 1, self.last_epoch + 1
            if self.T_cur >= self.T_i:
                self.T_cur, self.T_i = self.T_cur - self.T_i, self.T_i * self.T_mult
        self.set_rates(self.get_lr())

    def _cycle(self, place: float) -> tuple[float, int]:
        since, length = curves.cycle(place, self.T_0, self.T_mult)
        return float(since), int(length)

    def get_lr(self) -> list[float]:
        """The rates at the place."""
        factor = curves.cosine(self.T_cur, self.T_i)
        return [self.eta_min + (base - self.eta_min) * factor for base in self.base_lrs]


class OneCycleLR(LRScheduler):
    """Up to a high rate and down to a very low one (Smith and Topin, 2018); see ``one_cycle``.

    The momentum (for Adam the first beta) goes the other way.

    Args:
        optimizer: whose learning rates are to be changed.
        max_lr: the highest learning rate, or a list with one for each group.
        total_steps: the length of the cycle; or
        epochs, steps_per_epoch: whose product it is.
        pct_start: the share of the steps in which the rate rises.
        anneal_strategy: ``"cos"`` or ``"linear"``.
        cycle_momentum: whether the momentum changes.
        base_momentum: the lowest momentum, or a list with one for each group.
        max_momentum: the highest momentum, at the start and the end, or a list.
        div_factor: the rate at the start is ``max_lr / div_factor``.
        final_div_factor: that at the end is so many times less than that at the start.
        three_phase: down to the rate at the start first, in as many steps as up.
        last_epoch: the step at which training was interrupted; -1 to start.

    Raises:
        ValueError: no length, numbers out of range, an optimiser without a momentum; more steps
            than ``total_steps``.

    >>> import nn
    >>> optimizer = nn.SGD([nn.Parameter(1.0)], lr=0.1, momentum=0.9)
    >>> schedule = OneCycleLR(optimizer, max_lr=1.0, total_steps=10)
    >>> for step in range(2):
    ...     schedule.step()
    >>> optimizer.lr, optimizer.momentum
    (1.0, 0.85)
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: Any,
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: Any = 0.85,
        max_momentum: Any = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        name = type(self).__name__
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise fails(name, "total_steps, or both epochs and steps_per_epoch", "neither", "")
            total_steps = count(f"{name}: epochs", epochs) * count(
                f"{name}: steps_per_epoch", steps_per_epoch
            )
        self.total_steps = count(f"{name}: total_steps", total_steps)
        self.pct_start = between_0_and_1(f"{name}: pct_start", pct_start)
        if anneal_strategy not in ("cos", "linear"):
            raise fails(f"{name}: anneal_strategy", '"cos" or "linear"', repr(anneal_strategy), "")
        self.anneal_strategy = anneal_strategy
        self.cycle_momentum = flag(f"{name}: cycle_momentum", cycle_momentum)
        self.three_phase = flag(f"{name}: three_phase", three_phase)
        highest = for_each_group(f"{name}: max_lr", optimizer, max_lr, at_least_0)
        wanted = "a number of more than 0"
        div_factor, final_div_factor = (
            real(f"{name}: {key}", x, wanted, lambda x: x > 0)
            for key, x in (("div_factor", div_factor), ("final_div_factor", final_div_factor))
        )
        notes = [
            {
                "initial_lr": lr / div_factor,
                "max_lr": lr,
                "min_lr": lr / div_factor / final_div_factor,
            }
            for lr in highest
        ]
        if self.cycle_momentum:
            self.use_beta1 = "betas" in optimizer.defaults
            if not self.use_beta1 and "momentum" not in optimizer.defaults:
                raise fails(
                    name,
                    "an optimiser with a momentum or betas",
                    type(optimizer).__name__,
                    "Pass cycle_momentum=False.",
                )
            for key, value in (("max_momentum", max_momentum), ("base_momentum", base_momentum)):
                each = for_each_group(f"{name}: {key}", optimizer, value, at_least_0)
                for note, x in zip(notes, each, strict=True):
                    note[key] = x
        if last_epoch == -1:
            for group, note in zip(optimizer.param_groups, notes, strict=True):
                group.update(note)
        check_noted(name, optimizer, *notes[0])
        super().__init__(optimizer, last_epoch)

    def _between(self, *values: float) -> float:
        return float(
            curves.one_cycle(
                self.last_epoch, self.total_steps, values, self.pct_start, self.anneal_strategy
            )
        )

    def get_lr(self) -> list[float]:
        """The rates at the step; the momentum is set as well."""
        if self.last_epoch > self.total_steps:
            raise fails(
                f"{type(self).__name__}: step",
                f"at most {self.total_steps} steps",
                f"step {self.last_epoch}",
                "Give it as many total_steps as there are batches in all epochs.",
            )
        rates = []
        for group in self.optimizer.param_groups:
            start, top, end = group["initial_lr"], group["max_lr"], group["min_lr"]
            middle = (top, start) if self.three_phase else (top,)
            rates.append(self._between(start, *middle, end))
            if self.cycle_momentum:
                low, high = group["base_momentum"], group["max_momentum"]
                momentum = self._between(high, low, *((high,) if self.three_phase else ()), high)
                if self.use_beta1:
                    group["betas"] = (momentum, *group["betas"][1:])
                else:
                    group["momentum"] = momentum
        return rates
