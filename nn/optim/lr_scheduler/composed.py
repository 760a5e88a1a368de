"""One schedule after the other."""

from __future__ import annotations

import copy
from bisect import bisect_right
from collections.abc import Iterable
from typing import Any

from nn.checks import fails, whole
from nn.optim.lr_scheduler.plateau import ReduceLROnPlateau
from nn.optim.lr_scheduler.scheduler import LRScheduler, checked_optimizer, list_of_steps
from nn.optim.optimizer import Optimizer

__all__ = ["SequentialLR"]


class SequentialLR(LRScheduler):
    """Several schedulers of one optimiser, each from its milestone on.

    Args:
        optimizer: whose learning rates are to be changed.
        schedulers: of this optimiser, in order; each starts at its step 0.
        milestones: the steps at which the second, third, ... scheduler takes over.
        last_epoch: the step at which training was interrupted; -1 to start.

    Raises:
        ValueError: no scheduler, too many or too few milestones, another optimiser's scheduler.

    >>> import nn
    >>> from nn.optim.lr_scheduler import ConstantLR, ExponentialLR
    >>> optimizer = nn.SGD([nn.Parameter(1.0)], lr=1.0)
    >>> warm_up = ConstantLR(optimizer, factor=0.1, total_iters=10)
    >>> decay = ExponentialLR(optimizer, gamma=0.5)
    >>> schedule = SequentialLR(optimizer, [warm_up, decay], milestones=[2])
    >>> rates = []
    >>> for step in range(5):
    ...     rates.append(optimizer.lr)
    ...     schedule.step()
    >>> rates
    [0.1, 0.1, 1.0, 0.5, 0.25]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: Iterable[LRScheduler],
        milestones: Iterable[int],
        last_epoch: int = -1,
    ) -> None:
        name = type(self).__name__
        self.optimizer = checked_optimizer(name, optimizer)
        schedulers = list(schedulers or ())
        if not schedulers:
            raise fails(name, "at least one scheduler", "none", "")
        steps = list_of_steps(f"{name}: milestones", milestones)
        for i, scheduler in enumerate(schedulers):
            if not isinstance(scheduler, LRScheduler) or isinstance(scheduler, ReduceLROnPlateau):
                raise fails(
                    name,
                    "schedulers whose step needs no argument",
                    repr(scheduler),
                    "Step ReduceLROnPlateau by itself.",
                    TypeError if not isinstance(scheduler, LRScheduler) else ValueError,
                )
            if scheduler.optimizer is not optimizer:
                raise fails(name, "schedulers of this optimiser", f"another one's at {i}", "")
        if len(steps) != len(schedulers) - 1:
            raise fails(
                name,
                f"{len(schedulers) - 1} milestones for {len(schedulers)} schedulers",
                str(len(steps)),
                "A milestone is where the next one takes over.",
            )
        self._milestones, self._schedulers = steps, schedulers
        self.last_epoch = whole(f"{name}: last_epoch", last_epoch, -1) + 1
        # Each of them has set its first rate when it was made: that is undone.
        for group in optimizer.param_groups:
            group["lr"] = group["initial_lr"]
        _undo(self._schedulers)
        self._schedulers[bisect_right(self._milestones, 0)].start()
        self.note()

    def step(self, epoch: Any = None) -> None:
        """Go to the next step of the scheduler whose turn it is."""
        if epoch is not None:
            raise fails(f"{type(self).__name__}: step", "no argument", repr(epoch), "", TypeError)
        now = self.last_epoch + 1
        turn = bisect_right(self._milestones, now)
        scheduler = self._schedulers[turn]
        if turn > 0 and self._milestones[turn - 1] == now:
            scheduler.move(0)
        else:
            scheduler.step()
        self.last_epoch = now
        self.note()

    def move(self, epoch: Any = None) -> None:
        """Go back to the start, when it is the turn of this scheduler in another one."""
        self._schedulers[bisect_right(self._milestones, 0)].move(0)
        self.last_epoch = 0
        self.note()

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimiser, copied; with the states of the schedulers."""
        own = {k: v for k, v in vars(self).items() if k not in ("optimizer", "_schedulers")}
        return copy.deepcopy({**own, "_schedulers": [s.state_dict() for s in self._schedulers]})

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on as the scheduler that ``state_dict`` was taken of."""
        own = self.fitting(state_dict)
        pairs = self.in_pairs(self._schedulers, own.pop("_schedulers"))
        before = [scheduler.state_dict() for scheduler in self._schedulers]
        try:
            for scheduler, state in pairs:
                scheduler.load_state_dict(state)
        except BaseException:
            for scheduler, state in zip(self._schedulers, before, strict=True):
                scheduler.load_state_dict(state)
            raise
        vars(self).update(own)


def _undo(schedulers: list[LRScheduler]) -> None:
    for scheduler in schedulers:
        if isinstance(scheduler, SequentialLR):
            _undo(scheduler._schedulers)
        else:
            scheduler.last_epoch -= 1
