"""A scheduler that looks at how training goes."""

from __future__ import annotations

import math
from typing import Any

from nn.checks import fails, real, whole
from nn.optim.lr_scheduler.scheduler import LRScheduler, checked_optimizer, for_each_group
from nn.optim.optimizer import Optimizer
from nn.optim.settings import at_least_0, finite

__all__ = ["ReduceLROnPlateau"]


class ReduceLROnPlateau(LRScheduler):
    """Times ``factor`` whenever a number, such as the validation loss, no longer gets better.

    Args:
        optimizer: whose learning rates are to be changed.
        mode: ``"min"`` if less is better, ``"max"`` if more is.
        factor: 0 or more, and less than 1.
        patience: how many steps in a row may be no better.
        threshold: what counts as better: more than this.
        threshold_mode: ``"rel"`` for a share of the best number, ``"abs"`` for a difference.
        cooldown: how many steps are not counted after the rate was changed.
        min_lr: the lowest learning rate, or a list with one for each group.
        eps: the rate stays if it would change by less.

    >>> import nn
    >>> optimizer = nn.SGD([nn.Parameter(1.0)], lr=1.0)
    >>> schedule = ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    >>> for loss in [3.0, 2.0, 2.0, 2.0]:
    ...     schedule.step(loss)
    >>> optimizer.lr
    0.5
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: Any = 0.0,
        eps: float = 1e-8,
    ) -> None:
        name = type(self).__name__
        self.optimizer = checked_optimizer(name, optimizer)
        for key, value, known in (
            ("mode", mode, ("min", "max")),
            ("threshold_mode", threshold_mode, ("rel", "abs")),
        ):
            if value not in known:
                raise fails(f"{name}: {key}", f'"{known[0]}" or "{known[1]}"', repr(value), "")
        wanted = "a number of at least 0 and less than 1"
        self.factor = real(f"{name}: factor", factor, wanted, lambda x: 0 <= x < 1)
        self.min_lrs = for_each_group(f"{name}: min_lr", optimizer, min_lr, at_least_0)
        self.default_min_lr = None if isinstance(min_lr, list | tuple) else self.min_lrs[0]
        self.patience = whole(f"{name}: patience", patience, 0)
        self.cooldown = whole(f"{name}: cooldown", cooldown, 0)
        self.threshold = finite(f"{name}: threshold", threshold)
        self.eps = at_least_0(f"{name}: eps", eps)
        self.mode, self.threshold_mode = mode, threshold_mode
        self.last_epoch = self.cooldown_counter = self.num_bad_epochs = 0
        self.best = self.mode_worse = math.inf if mode == "min" else -math.inf
        self.note()

    def is_better(self, number: float) -> bool:
        """Whether a number is better than the best one by more than the threshold."""
        sign = 1 if self.mode == "max" else -1
        if self.threshold_mode == "rel":
            bound = self.best * (1 + sign * self.threshold)
        else:
            bound = self.best + sign * self.threshold
        return number > bound if self.mode == "max" else number < bound

    def step(self, metrics: Any) -> None:  # type: ignore[override]
        """Count another step.

        Args:
            metrics: the number that should get better; a node or a number.

        Raises:
            TypeError: something that is no number.
            ValueError: groups were added, and each has a ``min_lr`` of its own.
        """
        number = getattr(metrics, "primal", metrics)
        number = real(f"{type(self).__name__}: step", number, "a number", lambda x: True)
        self._check_min_lrs()
        self.last_epoch += 1
        if self.is_better(number):
            self.best, self.num_bad_epochs = number, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self.note()

    def _check_min_lrs(self) -> None:
        """One for each group, also of those that were added."""
        groups, known = len(self.optimizer.param_groups), len(self.min_lrs)
        if groups != known and self.default_min_lr is None:
            raise fails(
                f"{type(self).__name__}: step",
                f"min_lrs for {groups} groups of parameters",
                f"{known} of them",
                "Add those of the new groups to schedule.min_lrs.",
            )
        if groups != known:
            self.min_lrs = [self.default_min_lr] * groups

    def _reduce(self) -> None:
        for group, least in zip(self.optimizer.param_groups, self.min_lrs, strict=True):
            lower = max(group["lr"] * self.factor, least)
            if group["lr"] - lower > self.eps:
                group["lr"] = lower
