"""Rules with a learning rate for each element, from the squares of its gradients so far."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from nn.optim.optimizer import Optimizer
from nn.optim.settings import Setting, at_least_0, between_0_and_1, flag

__all__ = ["Adadelta", "Adagrad", "RMSprop"]


def averaged(old: Any, new: Any, share: float) -> Any:
    """A running average that keeps a share of the old one; a new array."""
    result = old * share
    result += new * (1 - share)
    return result


class RMSprop(Optimizer):
    """RMSprop (Hinton, 2012): gradients divided by the root of a running mean of their squares.

    Args:
        params: the leaf nodes to train, e.g. ``model.parameters()``, or groups of them.
        lr: the learning rate, 0 or more.
        alpha: how much of the running mean is kept, 0 or more.
        eps: keeps the divisor from 0.
        weight_decay: strength of the pull towards 0, 0 or more.
        momentum: how much of the last step is kept, 0 or more.
        centered: divide by the standard deviation instead (Graves, 2013).
        maximize: go uphill.

    Raises:
        ValueError: no parameters, one twice, or a number out of its range.
        TypeError: something that is not a leaf node.

    >>> from autograd import Value
    >>> w = Value(1.0)
    >>> optimizer = RMSprop([w], lr=0.01, alpha=0.75)
    >>> (w * w).backward()
    >>> optimizer.step()  # by 0.01 * 2 / sqrt(0.25 * 2**2)
    >>> round(w.data, 6)
    0.98
    """

    lr = Setting(at_least_0)
    alpha = Setting(at_least_0)
    eps = Setting(at_least_0)
    weight_decay = Setting(at_least_0)
    momentum = Setting(at_least_0)
    centered = Setting(flag)
    maximize = Setting(flag)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "alpha": alpha,
                "eps": eps,
                "weight_decay": weight_decay,
                "momentum": momentum,
                "centered": centered,
                "maximize": maximize,
            },
        )

    def update(self, group: dict[str, Any], x: Any, g: Any, state: dict[str, Any]) -> Any:
        """One step of RMSprop."""
        alpha = group["alpha"]
        spread = averaged(state.get("square_avg", 0.0), g * g, alpha)
        memory = {"step": state.get("step", 0) + 1, "square_avg": spread}
        if group["centered"]:
            mean = memory["grad_avg"] = averaged(state.get("grad_avg", 0.0), g, alpha)
            spread = spread - mean * mean
        divisor = np.sqrt(spread)
        divisor += group["eps"]
        move = g / divisor
        if group["momentum"]:
            move += state.get("momentum_buffer", 0.0) * group["momentum"]
            memory["momentum_buffer"] = move
        after = move * -float(group["lr"])
        after += x
        return after, memory


class Adagrad(Optimizer):
    """Adagrad (Duchi et al., 2011): gradients divided by the root of the sum of all squares so far.

    Args:
        params: the leaf nodes to train, e.g. ``model.parameters()``, or groups of them.
        lr: the learning rate, 0 or more.
        lr_decay: at step t, from 0 on, the rate is ``lr / (1 + t * lr_decay)``.
        weight_decay: strength of the pull towards 0, 0 or more.
        initial_accumulator_value: where the sums start, 0 or more.
        eps: keeps the divisor from 0.
        maximize: go uphill.

    Raises:
        ValueError: no parameters, one twice, or a number out of its range.
        TypeError: something that is not a leaf node.

    >>> from autograd import Value
    >>> w = Value(1.0)
    >>> optimizer = Adagrad([w], lr=0.5)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 6)
    0.5
    """

    lr = Setting(at_least_0)
    lr_decay = Setting(at_least_0)
    weight_decay = Setting(at_least_0)
    initial_accumulator_value = Setting(at_least_0)
    eps = Setting(at_least_0)
    maximize = Setting(flag)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "lr_decay": lr_decay,
                "weight_decay": weight_decay,
                "initial_accumulator_value": initial_accumulator_value,
                "eps": eps,
                "maximize": maximize,
            },
        )

    def update(self, group: dict[str, Any], x: Any, g: Any, state: dict[str, Any]) -> Any:
        """One step of Adagrad."""
        step = state.get("step", 0)
        total = g * g
        total += state.get("sum", group["initial_accumulator_value"])
        divisor = np.sqrt(total)
        divisor += group["eps"]
        after = g / divisor
        after *= -float(group["lr"]) / (1 + step * group["lr_decay"])
        after += x
        return after, {"step": step + 1, "sum": total}


class Adadelta(Optimizer):
    """Adadelta (Zeiler, 2012): steps in units of the parameter, from a running mean of past steps.

    Args:
        params: the leaf nodes to train, e.g. ``model.parameters()``, or groups of them.
        lr: scales the steps, 0 or more.
        rho: how much of the running means is kept, from 0 to 1.
        eps: makes the first step possible, and keeps the divisor from 0.
        weight_decay: strength of the pull towards 0, 0 or more.
        maximize: go uphill.

    Raises:
        ValueError: no parameters, one twice, or a number out of its range.
        TypeError: something that is not a leaf node.

    >>> from autograd import Value
    >>> w = Value(1.0)
    >>> optimizer = Adadelta([w], rho=0.75, eps=0.25)
    >>> (w * w).backward()
    >>> optimizer.step()  # by sqrt(0.25) / sqrt(0.25 * 2**2 + 0.25) * 2
    >>> round(w.data, 6)
    0.105573
    """

    lr = Setting(at_least_0)
    rho = Setting(between_0_and_1)
    eps = Setting(at_least_0)
    weight_decay = Setting(at_least_0)
    maximize = Setting(flag)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize},
        )

    def update(self, group: dict[str, Any], x: Any, g: Any, state: dict[str, Any]) -> Any:
        """One step of Adadelta."""
        rho, eps, steps = group["rho"], group["eps"], state.get("acc_delta", 0.0)
        squares = averaged(state.get("square_avg", 0.0), g * g, rho)
        move = np.sqrt((steps + eps) / (squares + eps))
        move *= g
        memory = {
            "step": state.get("step", 0) + 1,
            "square_avg": squares,
            "acc_delta": averaged(steps, move * move, rho),
        }
        after = move * -float(group["lr"])
        after += x
        return after, memory
