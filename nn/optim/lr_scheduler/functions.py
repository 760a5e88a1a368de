"""Schedulers that ask functions of yours."""

from __future__ import annotations

import copy
import types
from typing import Any

from nn.checks import fails
from nn.optim.lr_scheduler.scheduler import LRScheduler, for_each_group
from nn.optim.optimizer import Optimizer

__all__ = ["LambdaLR", "MultiplicativeLR"]


def _function(what: str, value: Any) -> Any:
    if not callable(value):
        raise fails(what, "a function of the step", repr(value), "", TypeError)
    return value


class _Asking(LRScheduler):
    def __init__(self, optimizer: Optimizer, lr_lambda: Any, last_epoch: int = -1) -> None:
        what = f"{type(self).__name__}: lr_lambda"
        self.lr_lambdas = for_each_group(what, optimizer, lr_lambda, _function)
        super().__init__(optimizer, last_epoch)

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimiser; of the functions only what objects have for attributes."""
        rest = {k: v for k, v in vars(self).items() if k not in ("optimizer", "lr_lambdas")}
        plain = (types.FunctionType, types.BuiltinFunctionType, type)
        objects = [None if isinstance(f, plain) else dict(vars(f)) for f in self.lr_lambdas]
        return copy.deepcopy({**rest, "lr_lambdas": objects})

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on as the scheduler that ``state_dict`` was taken of; functions are not in it."""
        own = self.fitting(state_dict)
        for function, attributes in self.in_pairs(self.lr_lambdas, own.pop("lr_lambdas")):
            if attributes is not None:
                vars(function).update(attributes)
        vars(self).update(own)


class LambdaLR(_Asking):
    """The rates at the start times a function of the step.

    Args:
        optimizer: whose learning rates are to be changed.
        lr_lambda: the function, or a list with one for each group.
        last_epoch: the step at which training was interrupted; -1 to start.

    >>> import nn
    >>> optimizer = nn.SGD([nn.Parameter(1.0)], lr=1.0)
    >>> schedule = LambdaLR(optimizer, lambda step: 1 / (1 + step))
    >>> schedule.step()
    >>> optimizer.lr
    0.5
    """

    def get_lr(self) -> list[float]:
        """The rates at the start times the factors."""
        pairs = zip(self.base_lrs, self.lr_lambdas, strict=True)
        return [base * function(self.last_epoch) for base, function in pairs]


class MultiplicativeLR(_Asking):
    """The rates of the last step times a function of the step.

    Args:
        optimizer: whose learning rates are to be changed.
        lr_lambda: the function, or a list with one for each group; not asked for step 0.
        last_epoch: the step at which training was interrupted; -1 to start.

    >>> import nn
    >>> optimizer = nn.SGD([nn.Parameter(1.0)], lr=1.0)
    >>> schedule = MultiplicativeLR(optimizer, lambda step: 0.5)
    >>> schedule.step()
    >>> schedule.step()
    >>> optimizer.lr
    0.25
    """

    def get_lr(self) -> list[float]:
        """The rates as they are, times the factors."""
        rates = [group["lr"] for group in self.optimizer.param_groups]
        if self._is_initial:
            return rates
        pairs = zip(rates, self.lr_lambdas, strict=True)
        return [lr * function(self.last_epoch) for lr, function in pairs]
