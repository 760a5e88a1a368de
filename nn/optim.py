"""Optimisers: how parameters follow their gradients downhill.

An optimiser reads ``grad`` and changes ``data``; it knows nothing of the network.  A step computes
all new values before it writes the first, so that a failed step leaves everything as it was.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd import Node, Pack, packs_of
from nn.checks import real

__all__ = ["SGD"]


class SGD:
    """Gradient descent: ``p.data -= lr * p.grad``, with momentum and weight decay if asked for.

    With g = grad + weight_decay * data, the velocity v = g at the first step and momentum * v + g
    from then on, a step is lr * v, or lr * (g + momentum * v) with Nesterov's look ahead (Sutskever
    et al., 2013).  These are PyTorch's definitions.  Whether it is stochastic is decided by the
    batches (``nn.batches``).

    Args:
        params: the leaf nodes to train, e.g. ``model.parameters()``.
        lr: the learning rate, 0 or more.
        momentum: how much of the last step is kept, 0 or more.
        weight_decay: strength of the pull towards 0, 0 or more.
        nesterov: look ahead; needs a momentum.

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

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        if isinstance(params, Node) or not isinstance(params, Iterable):
            raise TypeError(
                f"SGD: expected a list of parameters, got {params!r}. "
                "Pass model.parameters(), or [w] for a single one."
            )
        self.params = list(params)
        if not self.params:
            raise ValueError(
                "SGD: expected at least one parameter, got none. "
                "Pass model.parameters(), and check that the model keeps its Values in attributes."
            )
        for p in self.params:
            if not isinstance(p, Node) or not p.is_leaf:
                raise TypeError(
                    f"SGD: expected leaf nodes such as Value(0.5), got {p!r}. Plain numbers have "
                    "no gradient, and results of operations no value of their own to change."
                )
        if len({id(p) for p in self.params}) < len(self.params):
            raise ValueError("SGD: expected each parameter once, got one of them twice.")
        lr, momentum, weight_decay = (
            real(f"SGD: {name}", x, "a finite number of at least 0", lambda x: 0 <= x < math.inf)
            for name, x in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay))
        )
        if nesterov and momentum == 0:
            raise ValueError(
                "SGD: expected a momentum with nesterov=True, got 0. "
                "Nesterov's method looks ahead along the momentum: try momentum=0.9."
            )
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.nesterov = nesterov
        # What is stepped at once, and its velocity; none until its first step.
        self._units: list[Any] = list(self.params)
        self._velocity: dict[Any, Any] = {}
        self._grouped_at = -1

    def _grouped(self) -> list[Any]:
        """The parameters, those that live in one array together as one (``packs.py``)."""
        if any(isinstance(u, Pack) and u.forgotten for u in self._units):
            self._grouped_at = -1
        if self._grouped_at != Pack.changes:
            of_each: dict[Any, Any] = {}
            for u, velocity in self._velocity.items():
                pairs = zip(u.values, velocity.tolist(), strict=True) if isinstance(u, Pack) else ()
                of_each |= dict(pairs) if isinstance(u, Pack) else {u: velocity}
            packs, others = packs_of(self.params)
            regrouped = {p: of_each[p] for p in others if p in of_each}
            for pack in packs:
                if not of_each.keys().isdisjoint(pack.values):
                    velocities = [of_each.get(v, 0.0) for v in pack.values]
                    regrouped[pack] = np.array(velocities)
            self._velocity, self._units = regrouped, [*packs, *others]
            self._grouped_at = Pack.changes
        return self._units

    def step(self) -> None:
        """Move every parameter that has a gradient one step; others stay, as in PyTorch."""
        moves = []
        for p in self._grouped():
            if p.has_grad:
                before, velocity = p.primal, self._velocity.get(p)
                move, after = self._move(p.grad, before, velocity)
                moves.append((p, before, velocity, move, after))
        try:
            for p, before, _, move, after in moves:
                move += before  # in place for arrays, into what is the parameter's new array
                p.data = move
                if after is not None:
                    self._velocity[p] = after
        except BaseException:  # Ctrl-C in the middle, for instance
            for p, before, velocity, _, _ in moves:
                p.data = before
                if velocity is not None:
                    self._velocity[p] = velocity
                else:
                    self._velocity.pop(p, None)
            raise

    def _move(self, g: Any, data: Any, velocity: Any) -> tuple[Any, Any]:
        """How far a parameter moves, and its new velocity."""
        if self.weight_decay:
            g = g + self.weight_decay * data
        if self.momentum:
            velocity = g if velocity is None else self.momentum * velocity + g
            g = g + self.momentum * velocity if self.nesterov else velocity
        return g * -self.lr, velocity

    def zero_grad(self) -> None:
        """Forget all gradients; call it before each ``backward()``, or they add up."""
        for p in self._grouped():
            p.zero_grad()

    def __repr__(self) -> str:
        count = f"{len(self.params)} parameters"
        options = f"lr={self.lr}, momentum={self.momentum}, weight_decay={self.weight_decay}"
        return f"SGD({count}, {options}, nesterov={self.nesterov})"
