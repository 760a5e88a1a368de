"""Adam and its relatives: steps of about the same length, whatever the size of the gradients.

All keep two running averages: m of the gradients, and v of their squares.  A step goes along m,
measured in units of the square root of v.  Both averages start at 0 and are too small at first; how
much so after t steps, 1 - beta^t, is known and divided out.  As in all rules here, `+=` adds to
arrays that the rule has just made.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from nn.optim.optimizer import Optimizer
from nn.optim.settings import Setting, at_least_0, betas, flag

__all__ = ["Adam", "AdamW", "NAdam", "RAdam"]


def moments(group: dict[str, Any], g: Any, state: dict[str, Any]) -> tuple[Any, Any, Any]:
    """The number of this step, and the running averages m and v."""
    beta1, beta2 = group["betas"]
    m = state.get("exp_avg", 0.0) * beta1
    m += g * (1 - beta1)
    v = state.get("exp_avg_sq", 0.0) * beta2
    square = g * g
    square *= 1 - beta2
    v += square
    return state.get("step", 0) + 1, m, v


class _AdamFamily(Optimizer):
    """What Adam, NAdam and RAdam have in common: their settings."""

    lr = Setting(at_least_0)
    betas = Setting(betas)
    eps = Setting(at_least_0)
    weight_decay = Setting(at_least_0)
    decoupled_weight_decay = Setting(flag)
    maximize = Setting(flag)


class Adam(_AdamFamily):
    """Adam (Kingma and Ba, 2015): ``lr * m / (sqrt(v) + eps)`` with corrected averages m and v.

    Args:
        params: the leaf nodes to train, e.g. ``model.parameters()``, or groups of them.
        lr: the learning rate, 0 or more; about how far a parameter moves in a step.
        betas: how much of the running averages of gradients and of squares is kept, below 1.
        eps: keeps the divisor from 0.
        weight_decay: strength of the pull towards 0, 0 or more; part of the gradient.
        amsgrad: divide by the largest average of squares so far (Reddi et al., 2018).
        maximize: go uphill.
        decoupled_weight_decay: True makes it ``AdamW``.

    Raises:
        ValueError: no parameters, one twice, or a number out of its range.
        TypeError: something that is not a leaf node.

    >>> from autograd import Tensor
    >>> w = Tensor([1.0, -200.0], requires_grad=True)
    >>> optimizer = Adam([w], lr=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w.data.round(6)
    array([ 0.5, -199.5])
    """

    amsgrad = Setting(flag)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        decoupled_weight_decay: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "amsgrad": amsgrad,
                "maximize": maximize,
                "decoupled_weight_decay": decoupled_weight_decay,
            },
        )

    def update(self, group: dict[str, Any], x: Any, g: Any, state: dict[str, Any]) -> Any:
        """One step of Adam."""
        step, m, v = moments(group, g, state)
        beta1, beta2 = group["betas"]
        memory = {"step": step, "exp_avg": m, "exp_avg_sq": v}
        if group["amsgrad"]:
            v = memory["max_exp_avg_sq"] = np.maximum(state.get("max_exp_avg_sq", 0.0), v)
        # v / correction**2 is the unbiased average; numbers are multiplied before arrays are.
        correction = (1 - beta2**step) ** 0.5
        divisor = np.sqrt(v)
        divisor += group["eps"] * correction
        after = m / divisor
        after *= -float(group["lr"]) * correction / (1 - beta1**step)
        after += x
        return after, memory


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019): ``p *= 1 - lr * decay``.

    Args:
        params: the leaf nodes to train, e.g. ``model.parameters()``, or groups of them.
        lr: the learning rate, 0 or more.
        betas: how much of the running averages of gradients and of squares is kept, below 1.
        eps: keeps the divisor from 0.
        weight_decay: strength of the pull towards 0, 0 or more; apart from the gradient.
        amsgrad: divide by the largest average of squares so far.
        maximize: go uphill.

    Raises:
        ValueError, TypeError: as ``Adam``.

    >>> from autograd import Value
    >>> w = Value(1.0)
    >>> optimizer = AdamW([w], lr=0.5, weight_decay=0.5)
    >>> (w * 0.0).backward()
    >>> optimizer.step()  # no slope, only decay
    >>> w.data
    0.75
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            maximize=maximize,
            decoupled_weight_decay=True,
        )


class NAdam(_AdamFamily):
    """Adam with Nesterov's look ahead (Dozat, 2016).

    A share mu of the momentum grows with the steps, and the step looks ahead to the next mu.

    Args:
        params: the leaf nodes to train, e.g. ``model.parameters()``, or groups of them.
        lr: the learning rate, 0 or more.
        betas: how much of the running averages of gradients and of squares is kept, below 1.
        eps: keeps the divisor from 0.
        weight_decay: strength of the pull towards 0, 0 or more.
        momentum_decay: how fast mu approaches the first beta, 0 or more.
        decoupled_weight_decay: decay as in ``AdamW``.
        maximize: go uphill.

    Raises:
        ValueError, TypeError: as ``Adam``.

    >>> from autograd import Value
    >>> w = Value(1.0)
    >>> optimizer = NAdam([w], lr=0.1)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> w.data < 1.0
    True
    """

    momentum_decay = Setting(at_least_0)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "momentum_decay": momentum_decay,
                "decoupled_weight_decay": decoupled_weight_decay,
                "maximize": maximize,
            },
        )

    def update(self, group: dict[str, Any], x: Any, g: Any, state: dict[str, Any]) -> Any:
        """One step of NAdam."""
        step, m, v = moments(group, g, state)
        beta1, beta2 = group["betas"]
        decay = group["momentum_decay"]
        mu, mu_next = (beta1 * (1 - 0.5 * 0.96 ** (t * decay)) for t in (step, step + 1))
        product = state.get("mu_product", 1.0) * mu
        divisor = np.sqrt(v / (1 - beta2**step))
        divisor += group["eps"]
        lr = float(group["lr"])
        after = g * (-lr * (1 - mu) / (1 - product))
        after += m * (-lr * mu_next / (1 - product * mu_next))
        after /= divisor
        after += x
        return after, {"step": step, "exp_avg": m, "exp_avg_sq": v, "mu_product": product}


class RAdam(_AdamFamily):
    """Adam with a rectified start (Liu et al., 2020).

    The average of few squares says little, so that the first steps do not divide by it, and the
    next ones are shortened.

    Args:
        params: the leaf nodes to train, e.g. ``model.parameters()``, or groups of them.
        lr: the learning rate, 0 or more.
        betas: how much of the running averages of gradients and of squares is kept, below 1.
        eps: keeps the divisor from 0.
        weight_decay: strength of the pull towards 0, 0 or more.
        decoupled_weight_decay: decay as in ``AdamW``.
        maximize: go uphill.

    Raises:
        ValueError, TypeError: as ``Adam``.

    >>> from autograd import Value
    >>> w = Value(1.0)
    >>> optimizer = RAdam([w], lr=0.25)
    >>> (w * w).backward()
    >>> optimizer.step()  # the first steps are those of plain momentum
    >>> round(w.data, 6)
    0.5
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "decoupled_weight_decay": decoupled_weight_decay,
                "maximize": maximize,
            },
        )

    def update(self, group: dict[str, Any], x: Any, g: Any, state: dict[str, Any]) -> Any:
        """One step of RAdam."""
        step, m, v = moments(group, g, state)
        beta1, beta2 = group["betas"]
        memory = {"step": step, "exp_avg": m, "exp_avg_sq": v}
        size = -float(group["lr"]) / (1 - beta1**step)
        correction = 1 - beta2**step
        # Over how many squares v averages, and how much of its spread that leaves.
        most = 2 / (1 - beta2) - 1
        length = most - 2 * step * beta2**step / correction
        known = length > 5
        if np.any(known):
            if np.ndim(length):  # the Values of a pack may have made different numbers of steps
                length = np.maximum(length, 5.0)
            shorter = (length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length)
            divisor = np.sqrt(v)
            divisor += group["eps"]
            scaled = size * (correction * shorter) ** 0.5 / divisor
            size = scaled if np.all(known) else np.where(known, scaled, size)
        after = m * size
        after += x
        return after, memory
