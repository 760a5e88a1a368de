"""How fast a training goes: updates too small to be seen, too large to hold on, or out of control.

A gradient alone says little; what counts is how far a step moves a layer, compared with how large
its numbers are (Karpathy, 2022).  A useful pace is about a thousandth a step.  But a ratio alone is
no mistake either: it is large in the first steps of a healthy training, and small at the end of
one.  So a rate is called wrong only where the loss agrees.
"""

from __future__ import annotations

import math
import statistics
from collections import deque
from typing import Any

import numpy as np

from nn.diagnostics.groups import gradients_of, grouped, numbers_of
from nn.diagnostics.updates import update_and_data
from nn.linting.warning import Finding
from nn.module import Module

__all__ = ["Pace"]

# What a step changes, as a share of the weights: Karpathy's rule of thumb; what is still good at
# the start; and where a rate is called wrong if the loss agrees.  In the trainings of
# tests/healthy_trainings.py the median of the first 20 steps is between 2e-3 and 0.08 (and at a
# hundredth of their rates above 2e-5); a hundred times their rates, which none survives, makes the
# mean larger than 0.1.
USUAL, BRISK, SMALL, LARGE = 1e-3, 0.03, 1e-5, 0.1
# Steps after which a rate may be called too large, or too small.
FAST_STEPS, SLOW_STEPS = 20, 100
# A loss has not moved if it has fallen by less than this share.
STILL = 0.01
# A gradient below this share of the weights says that the loss is flat, or the network trained
# already: then small steps are not the fault of the rate.  At the start of the healthy trainings it
# is above 3e-3.
FLAT = 1e-3
# A loss and a gradient, as multiples of those of the first steps, that are an explosion: gradients
# of healthy trainings grew to 23 times their first norm, losses not at all.
ALARM, EXPLOSION = 10.0, 1000.0


class Pace:
    """Watches the steps of one optimiser.

    Args:
        optimizer: whose.
        model: to name layers; None if there is none.
    """

    def __init__(self, optimizer: Any, model: Any) -> None:
        self.optimizer = optimizer
        own = set(optimizer.params)
        if not isinstance(model, Module) or own.isdisjoint(model.parameters()):
            model = Module()
            model.parameter = optimizer.params
            groups = grouped("lint", model, "parameter")
        else:
            groups = grouped("lint", model, "layer")
        parts = [[p for p in group if p in own] for group in groups.values()]
        # What starts at 0 has no size to compare a step with.
        self.groups = [part for part in parts if part and np.std(numbers_of(part)) > 0]
        self.before: list[Any] | None = None
        self.losses: list[float] = []  # of the first steps
        self.rates: list[float] = []
        self.first_norms: list[float] = []
        self.norm = math.nan
        self.recent: deque[tuple[float, float]] = deque(maxlen=FAST_STEPS)  # ratio, loss
        self.early: list[float] = []  # the ratios of the first steps
        self.slopes: list[float] = []  # the norm of the gradient, as a share of that of the weights
        self.steps = 0
        self.last = math.nan  # loss
        self.alarmed = False  # whether it has grown so much that every step is looked at
        self.done = False  # whether a verdict was given
        self.wild = False  # whether it was that steps are too large, the cause of much else

    @property
    def rate(self) -> float:
        """The learning rate, the largest if groups differ."""
        return max(float(group["lr"]) for group in self.optimizer.param_groups)

    def before_step(self) -> None:
        """Look at the parameters."""
        self.before = [numbers_of(group) for group in self.groups]

    def after_step(self, loss: float) -> Finding | None:
        """Look at how far they have moved; the loss is that of this step, NaN if not known."""
        self.steps += 1
        self.last = loss
        self.alarmed = loss > ALARM * abs((self.losses or [loss])[0])
        if self.steps <= SLOW_STEPS:
            self.losses.append(loss)
            self.rates.append(self.rate)
        found = None
        if self.before is not None:
            self._measure(loss)
            self.before = None
            found = self.exploded(loss) or self._too_fast()
        if self.steps == SLOW_STEPS:
            found = found or self.too_slow()
        self.done = self.done or found is not None
        return found

    def _measure(self, loss: float) -> None:
        with np.errstate(all="ignore"):
            before = self.before or []
            ratios = [
                np.divide(*update_and_data(numbers, numbers_of(group)))
                for numbers, group in zip(before, self.groups, strict=True)
            ]
            grads = gradients_of(self.optimizer.params)[0]
            self.norm = float(np.linalg.norm(grads.astype(float)))
            weights = math.sqrt(sum(float(b @ b) for b in before))
        moved = [r for r in ratios if r > 0 and math.isfinite(r)]
        ratio = float(_middle(moved))
        if self.steps <= SLOW_STEPS:
            self.early.append(ratio)
            self.slopes.append(self.norm / weights if weights else math.nan)
        if len(self.first_norms) < 3:
            self.first_norms.append(self.norm)
        self.recent.append((ratio, loss))

    # --- what it means ---

    def exploded(self, loss: float) -> Finding | None:
        """Whether gradients and loss have grown out of proportion, or are no numbers any more."""
        norm, start = self.norm, _middle(self.first_norms)
        grown = self.alarmed and (norm > EXPLOSION * start > 0 or not math.isfinite(loss))
        if not self.steps or self.done or not (grown or math.isinf(norm) or math.isnan(norm)):
            return None
        self.done = self.wild = True
        if self.early and self.early[0] > LARGE:
            return self._fast()
        return Finding(
            "exploding-updates",
            "optimizer",
            f"at step {self.steps} the norm of the gradient was {norm:.3g}, after {start:.3g} in "
            f"the first steps{self._of_loss()}; a step moved the weights by "
            f"{self.recent[-1][0]:.2g} of their size.",
            "Lower the learning rate or the momentum, or bound gradients: "
            "nn.clip_grad_norm_(model.parameters(), 1.0) before step(), or fit(..., clip=1.0).",
        )

    def _of_loss(self) -> str:
        first, last = self.losses[0], self.last
        return "" if math.isnan(first) else f", and the loss went from {first:.3g} to {last:.3g}"

    def _too_fast(self) -> Finding | None:
        if self.done or len(self.recent) < FAST_STEPS:
            return None
        ratios, losses = zip(*self.recent, strict=True)
        start, now = self.losses[0], _middle(losses[-FAST_STEPS // 2 :])
        known = [ratio for ratio in ratios if ratio > 0]
        if not (sum(known) > LARGE * len(ratios) and now >= start - STILL * abs(start)):
            return None
        self.wild = True
        return self._fast()

    def _fast(self) -> Finding:
        largest = max((ratio for ratio, _ in self.recent if ratio > 0), default=math.inf)
        rate = self.rate
        # By the first step: later ones may be large because others were.
        first = next((ratio for ratio in self.early if ratio > 0), LARGE)
        tenths = max(1, round(math.log10(first / BRISK)))
        return Finding(
            "learning-rate-too-large",
            "optimizer",
            f"in the last {len(self.recent)} steps looked at, a step moved the weights by up to "
            f"{largest:.2g} of their size ({USUAL} is usual){self._of_loss()}.",
            f"Try lr={rate / 10**tenths:.1g} in place of {rate:g}. If that does not help, look at "
            "the scale of the inputs, the targets and the first weights.",
        )

    def too_slow(self) -> Finding | None:
        """Whether the first steps have led nowhere because they are so small."""
        losses, rates = self.losses, self.rates
        if self.done or len(losses) < FAST_STEPS or rates[-1] > rates[0]:  # warming up
            return None
        initial = max(float(g.get("initial_lr", 0.0)) for g in self.optimizer.param_groups)
        if rates[-1] < max(*rates, initial) / 2:  # a schedule has lowered it
            return None
        part = len(losses) // 4
        first, last = np.mean(losses[:part]), np.mean(losses[-part:])
        ratio = _middle(self.early)
        if not (0 < ratio < SMALL and first - last < STILL * abs(first)):
            return None
        if not _middle(self.slopes) > FLAT:
            return None
        return Finding(
            "learning-rate-too-small",
            "optimizer",
            f"a step moves the weights by {ratio:.2g} of their size ({USUAL} is usual), and in "
            f"{len(losses)} steps the loss went from {first:.4g} to {last:.4g}.",
            f"Try lr={rates[-1] * 10 ** round(math.log10(USUAL / ratio)):.1g} in place of "
            f"{rates[-1]:g}.",
        )


def _middle(numbers: Any) -> float:
    known = [x for x in numbers if not math.isnan(x)]
    return statistics.median(known) if known else math.nan
