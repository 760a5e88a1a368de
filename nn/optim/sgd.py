"""Gradient descent with a velocity."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nn.checks import fails
from nn.optim.optimizer import Optimizer
from nn.optim.settings import Setting, at_least_0, finite, flag

__all__ = ["SGD"]


class SGD(Optimizer):
    """Gradient descent: ``p.data -= lr * p.grad``, with momentum and weight decay if asked for.

    With g = grad + weight_decay * data, the velocity v is g at the first step and momentum * v +
    (1 - dampening) * g from then on; a step is lr * v, or lr * (g + momentum * v) with Nesterov's
    look ahead (Sutskever et al., 2013).  These are PyTorch's definitions.  Whether it is stochastic
    is decided by the batches (``nn.batches``).

    Args:
        params: the leaf nodes to train, e.g. ``model.parameters()``, or groups of them.
        lr: the learning rate, 0 or more.
        momentum: how much of the last step is kept, 0 or more.
        dampening: how much of the gradient does not enter the velocity.
        weight_decay: strength of the pull towards 0, 0 or more.
        nesterov: look ahead; needs a momentum, and no dampening.
        maximize: go uphill.

    Raises:
        ValueError: no parameters, one twice, or a number out of its range.
        TypeError: something that is not a leaf node.

    >>> from autograd import Value
    >>> w = Value(1.0)
    >>> optimizer = SGD([w], lr=0.1)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> w.data
    0.8
    """

    lr = Setting(at_least_0)
    momentum = Setting(at_least_0)
    dampening = Setting(finite)
    weight_decay = Setting(at_least_0)
    nesterov = Setting(flag)
    maximize = Setting(flag)

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "dampening": dampening,
                "weight_decay": weight_decay,
                "nesterov": nesterov,
                "maximize": maximize,
            },
        )

    def checked(self, group: dict[str, Any]) -> dict[str, Any]:
        group = super().checked(group)
        if group["nesterov"] and group["momentum"] == 0:
            raise ValueError(
                "SGD: expected a momentum with nesterov=True, got 0. "
                "Nesterov's method looks ahead along the momentum: try momentum=0.9."
            )
        if group["nesterov"] and group["dampening"] != 0:
            raise fails(
                "SGD", "no dampening with nesterov=True", str(group["dampening"]), "Drop it."
            )
        return group

    def update(self, group: dict[str, Any], x: Any, g: Any, state: dict[str, Any]) -> Any:
        """One step of gradient descent."""
        momentum = group["momentum"]
        if momentum:
            velocity = state.get("momentum_buffer")
            if velocity is None:
                velocity = g * 1.0  # a copy
            else:
                dampening = group["dampening"]
                velocity = momentum * velocity
                velocity += (1 - dampening) * g if dampening else g
            state = {"momentum_buffer": velocity}
            g = g + momentum * velocity if group["nesterov"] else velocity
        after = g * -float(group["lr"])
        after += x
        return after, state
