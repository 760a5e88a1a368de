"""``LRScheduler``: what counts the steps and sets the learning rates."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from nn.checks import fails, whole
from nn.optim.optimizer import Optimizer

__all__ = [
    "LRScheduler",
    "check_noted",
    "checked_optimizer",
    "for_each_group",
    "list_of_steps",
]


IGNORED = "_get_lr_called_within_step"  # in PyTorch's states; it says nothing of the schedule


class LRScheduler:
    """Base of the schedulers; a subclass says in ``get_lr`` what the rates are.

    Args:
        optimizer: whose learning rates are to be changed.
        last_epoch: the step at which training was interrupted; -1 to start.

    Attributes:
        base_lrs: the learning rates of the groups at the start.
        last_epoch: the number of steps so far.

    Raises:
        TypeError: something that is no optimiser.
        ValueError: to go on in the middle with groups that lack an ``"initial_lr"``.

    >>> import nn
    >>> class Halving(LRScheduler):
    ...     def get_lr(self):
    ...         return [lr * 0.5**self.last_epoch for lr in self.base_lrs]
    >>> optimizer = nn.SGD([nn.Parameter(1.0)], lr=0.4)
    >>> schedule = Halving(optimizer)
    >>> schedule.step()
    >>> schedule.get_last_lr()
    [0.2]
    """

    last_epoch: int
    relative = False  # whether a rate follows from the one before, so that groups may be added

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        name = type(self).__name__
        self.optimizer = checked_optimizer(name, optimizer)
        last_epoch = whole(f"{name}: last_epoch", last_epoch, -1)
        if last_epoch == -1:
            for group in optimizer.param_groups:
                group.setdefault("initial_lr", group["lr"])
        check_noted(name, optimizer, "initial_lr")
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self.start()

    def start(self) -> None:
        """Set the rates of the first step."""
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def step(self, epoch: Any = None) -> None:
        """Go to the next step, or to a given one."""
        self.move(epoch)
        self._step_count += 1

    def move(self, epoch: Any = None) -> None:
        """Set the rates of the next step, or those of a given one, whatever they are now."""
        if not self.relative:
            self.check_groups()
        before = self.last_epoch
        try:
            if epoch is None:
                self.last_epoch += 1
                rates = self.get_lr()
            else:
                self.last_epoch = epoch
                rates = self.get_closed_lr()
        except BaseException:
            self.last_epoch = before
            raise
        self.set_rates(rates)

    def check_groups(self) -> None:
        """Raise ValueError if groups were added, of which the rates at the start are not known."""
        groups, known = len(self.optimizer.param_groups), len(self.base_lrs)
        if groups != known:
            raise fails(
                f"{type(self).__name__}: step",
                f"the {known} groups of parameters that the optimiser had",
                str(groups),
                "Make the scheduler after add_param_group.",
            )

    def set_rates(self, rates: list[Any]) -> None:
        """Give the groups their learning rates."""
        for group, lr in zip(self.optimizer.param_groups, rates, strict=True):
            group["lr"] = float(lr)
        self.note()

    def note(self) -> None:
        """Remember the rates."""
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def get_last_lr(self) -> list[float]:
        """The learning rates of the groups, as they were set last."""
        return self._last_lr

    def get_lr(self) -> list[float]:
        """The rates of the groups at step ``last_epoch``, given those of the one before."""
        raise NotImplementedError(
            f"{type(self).__name__}: expected a method get_lr, got none. "
            "Define def get_lr(self): return [...]"
        )

    def get_closed_lr(self) -> list[float]:
        """The learning rates at step ``last_epoch``, whatever they are now."""
        return self.get_lr()

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimiser, copied."""
        return {k: copy.deepcopy(v) for k, v in vars(self).items() if k != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on as the scheduler that ``state_dict`` was taken of; the optimiser is loaded apart.

        States of PyTorch's schedulers can be loaded too, but for those of ``OneCycleLR``.

        Raises:
            ValueError: entries that are missing or unknown; nothing has been changed.
            TypeError: something that is no dictionary.
        """
        vars(self).update(self.fitting(state_dict))

    def fitting(self, state_dict: dict[str, Any]) -> dict[str, Any]:
        """A copy of a state that has the entries of this scheduler's."""
        what, own = f"{type(self).__name__}: load_state_dict", set(self.state_dict())
        if not isinstance(state_dict, Mapping):
            got = repr(state_dict)[:80]
            raise fails(what, "what state_dict() returns", got, "", TypeError)
        loaded = {k: v for k, v in state_dict.items() if k != IGNORED}
        if set(loaded) != own:
            missing, unknown = sorted(own - set(loaded)), sorted(set(loaded) - own, key=str)
            raise fails(
                what,
                f"the entries {', '.join(sorted(own))}",
                f"missing {missing}, unknown {unknown}",
                "Build the scheduler as it was when it was saved.",
            )
        return copy.deepcopy(loaded)

    def in_pairs(self, own: Sequence[Any], loaded: Sequence[Any]) -> list[tuple[Any, Any]]:
        """Parts of this scheduler with their states."""
        if len(own) != len(loaded):
            raise fails(
                f"{type(self).__name__}: load_state_dict",
                f"the states of {len(own)} parts",
                f"those of {len(loaded)}",
                "Build the scheduler as it was when it was saved.",
            )
        return list(zip(own, loaded, strict=True))


def checked_optimizer(what: str, optimizer: Any) -> Optimizer:
    """An optimiser, or a TypeError."""
    if not isinstance(optimizer, Optimizer):
        raise fails(
            what, "an optimiser", repr(optimizer)[:80], "Pass nn.SGD(...) first.", TypeError
        )
    return optimizer


def check_noted(what: str, optimizer: Optimizer, *keys: str) -> None:
    """Raise ValueError if a group lacks what a scheduler, made in the middle, has to find there."""
    for i, group in enumerate(optimizer.param_groups):
        for key in keys:
            if key not in group:
                raise fails(
                    what,
                    f'a "{key}" in param_groups[{i}], to go on in the middle',
                    "none",
                    "Load the state of the optimiser first.",
                )


def list_of_steps(what: str, steps: Any) -> list[int]:
    """Whole numbers from 0 on."""
    if not isinstance(steps, Iterable):
        raise fails(what, "a list of steps", repr(steps), "", TypeError)
    return [whole(what, step, 0) for step in steps]


def for_each_group(
    what: str, optimizer: Any, value: Any, check: Callable[[str, Any], Any]
) -> list[Any]:
    """A value for each group of parameters: from a list of them, or from one for all."""
    groups = len(checked_optimizer(what.split(":")[0], optimizer).param_groups)
    if not isinstance(value, list | tuple):
        return [check(what, value)] * groups
    if len(value) != groups:
        raise fails(what, f"one for each of {groups} groups", f"{len(value)} of them", "")
    return [check(what, x) for x in value]
