"""Whose gradients are wrong: added to old ones, missing, or never used.

``backward()`` adds to the gradients that there are.  That is meant for the losses of several
batches before one step, so adding as such is no mistake.  A gradient that a step *has used*, and
that the next backward pass adds to, is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from autograd import Node
from nn.linting.warning import Finding

__all__ = ["Reach", "UsedGradients", "listed", "squares"]

# How often a step must find a parameter without gradient.  Nets whose parts take turns (a critic
# that learns five times as often as its generator, layers that are skipped at random) are well
# below.
UNREACHED_STEPS = 20


def squares(p: Any) -> float:
    """The sum of the squares of the gradient of a parameter."""
    grad = p.grad.primal if isinstance(p.grad, Node) else p.grad
    if isinstance(grad, float):
        return grad * grad
    flat = np.ravel(grad)
    with np.errstate(all="ignore"):
        return float(flat @ flat)


def listed(names: list[str], most: int = 3) -> str:
    """A few names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


class UsedGradients:
    """Remembers the gradients that the last step has used, to see if the next adds to them.

    The moments are those of a loop: ``before_backward``, then ``after_step``.  In between a
    gradient that is as it was has not been cleared.
    """

    def __init__(self) -> None:
        self.used: dict[Any, float] = {}  # the squares of gradients, by parameter
        self.stale: dict[Any, float] = {}  # the same, not cleared when a backward pass began

    def before_backward(self) -> None:
        """Which used gradients are still there?  Those that were added to stay so until cleared."""
        fresh = {p: s for p, s in self.used.items() if p.has_grad and 0 < s == squares(p)}
        self.stale = {p: s for p, s in self.stale.items() if p.has_grad and squares(p)} | fresh
        self.used = {}

    def after_step(self, params: Iterable[Any], name: Callable[[Any], str]) -> Finding | None:
        """Has the step used what was added to old gradients?"""
        params = list(params)
        now = {p: squares(p) for p in params if p.has_grad}
        wrong = [p for p in now if p in self.stale and now[p] != self.stale[p]]
        found = None
        if wrong:
            p = wrong[0]
            found = Finding(
                "forgotten-zero-grad",
                "optimizer",
                f"backward() added to gradients that the last step had used already: that of "
                f"{name(p)} had norm {self.stale[p] ** 0.5:.3g}, was not cleared, and has "
                f"{now[p] ** 0.5:.3g} now; the same for {len(wrong)} of {len(now)} parameters.",
                "Call optimizer.zero_grad() before each backward(), or after each step().",
            )
        self.used |= now
        return found


class Reach:
    """Counts the steps that found parameters with and without a gradient."""

    def __init__(self) -> None:
        self.steps: dict[Any, int] = {}  # of its optimiser, by parameter
        self.reached: set[Any] = set()
        self.empty = 0  # steps that no parameter had a gradient for
        self.done = False  # whether all have been counted long enough

    def after_step(self, params: list[Any], everything: list[Any]) -> None:
        """Look at the gradients that a step has used, and at those of the whole model."""
        self.reached.update(p for p in everything if p not in self.reached and p.has_grad)
        found = [p for p in params if p.has_grad]
        self.reached.update(found)
        self.empty += not found
        for p in params:
            if getattr(p, "requires_grad", True):
                self.steps[p] = self.steps.get(p, 0) + 1
        self.done = min(self.steps.values(), default=0) > UNREACHED_STEPS

    def findings(
        self, everything: list[Any], name: Callable[[Any], str], least: int = UNREACHED_STEPS
    ) -> Iterable[Finding]:
        """What ``least`` steps are enough to say."""
        most = max(self.steps.values(), default=0)
        if most < least:
            return
        if not self.reached and self.empty:
            yield Finding(
                "no-gradients",
                "optimizer",
                f"no parameter had a gradient at {_times(self.empty)} of the optimiser, which "
                "did nothing.",
                "The order is zero_grad(), forward, loss.backward(), step(): are gradients "
                "cleared between backward() and step(), or is it another model's optimiser?",
            )
            return
        apart = [
            p
            for p in everything
            if p not in self.steps and p in self.reached and getattr(p, "requires_grad", True)
        ]
        lost = [p for p, n in self.steps.items() if n >= least and p not in self.reached]
        foreign = set(lost) - set(everything) if apart else set()  # layers that were replaced
        lost = [p for p in lost if p not in foreign]
        if lost:
            names, them = listed([name(p) for p in lost]), _them(lost)
            yield Finding(
                "unreached-parameter",
                names,
                f"the loss does not depend on {names}: no gradient came at "
                f"{_times(self.steps[lost[0]])}, so the optimiser never moves {them}.",
                "Is the layer used in forward()? Does detach(), .data or no_grad() cut the "
                "graph? Freeze with requires_grad_(False) what is not to be trained.",
            )
        if apart:
            names, them = listed([name(p) for p in apart]), _them(apart)
            instead = f" (but {len(foreign)} that the model does not have)" if foreign else ""
            yield Finding(
                "parameter-not-optimised",
                names,
                f"the loss depends on {names}, but no optimiser has {them}{instead}: not moved "
                f"in {_times(most)}.",
                "Was the layer made or replaced after the optimiser was? Give the optimiser "
                "model.parameters(); freeze with requires_grad_(False) what is to stay.",
            )


def _times(n: int) -> str:
    return f"{n} step{'' if n == 1 else 's'}"


def _them(params: list[Any]) -> str:
    return "it" if len(params) == 1 else "them"
