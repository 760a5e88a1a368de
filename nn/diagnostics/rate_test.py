"""The learning-rate range test: a short training whose rate rises from tiny to far too large.

With a tiny rate the loss stays, then it falls, then it falls fast, and when the rate is too large
it jumps up (Smith, 2017, "Cyclical learning rates").  For gradient descent on a parabola of
curvature c, "too large" is anything above 2/c.  A good rate is somewhat below the one where the
loss is smallest, because it has to be good for more than one moment.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from nn.checks import fails, no_object, real, whole
from nn.diagnostics.groups import check_model
from nn.diagnostics.preserved import preserved
from nn.optim.optimizer import Optimizer
from nn.training.batching import batches_of, not_finite, pair, predictor
from nn.training.evaluation import check_loss, loss_number

__all__ = ["RangeTest", "lr_range_test"]


@dataclass(frozen=True)
class RangeTest:
    """What a range test has measured, step by step; all arrays are of shape (steps,).

    Attributes:
        rates: the learning rates.
        losses: the loss of a batch before the step with this rate. The last one may be infinite or
            NaN, if that is what ended the test.
        smoothed: their running mean; NaN where the loss is not finite.
        steepest: the rate at which the smoothed loss falls fastest, by the logarithm of the rate.
        suggestion: a tenth of the rate at which the smoothed loss is smallest, which is a rule of
            thumb. Both are NaN if the loss never falls.
        diverged: whether the loss became so large that the test was ended.
    """

    rates: Any
    losses: Any
    smoothed: Any
    steepest: float
    suggestion: float
    diverged: bool


def lr_range_test(
    model: Any,
    data: Any,
    loss: Callable[[Any, Any], Any],
    optimizer: Optimizer,
    lr_min: float = 1e-6,
    lr_max: float = 10.0,
    steps: int = 100,
    *,
    smoothing: float = 0.9,
    diverged: float = 4.0,
) -> RangeTest:
    """Train for some steps while the learning rate grows by the same factor at each step.

    The model, the optimiser, the order of the data (of a DataLoader) and the random numbers are
    afterwards as they were before, also after an error.

    Args:
        model, data, loss, optimizer: as for ``fit``. Groups of parameters keep the ratios of their
            rates; the first group has the rates of the test.
        lr_min, lr_max: the first and the last rate.
        steps: at most this many; the data are gone through again as often as needed.
        smoothing: how much of the running mean is kept in a step, at least 0 and below 1.
        diverged: the test ends when the smoothed loss exceeds its smallest by this factor, or a
            loss is not finite.

    Raises:
        ValueError: numbers out of range, no data, data that are not finite, a loss that is not one
            number.
        TypeError: not a Module, optimiser or data.

    >>> import nn
    >>> X, y = nn.datasets.load("moons", n=100)[:2]
    >>> model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 2))
    >>> optimizer = nn.SGD(model.parameters(), lr=0.1)
    >>> test = lr_range_test(model, (X, y), nn.CrossEntropyLoss(), optimizer, 1e-3, 1e3)
    >>> 1e-3 < test.suggestion < 1e3
    True
    """
    what = "lr_range_test"
    check_model(what, model)
    if not isinstance(optimizer, Optimizer):
        fix = "For example nn.SGD(model.parameters(), lr=0.1)."
        raise no_object(what, "an optimiser", optimizer, fix, "model.parameters()")
    check_loss(what, loss)
    first = real(f"{what}: lr_min", lr_min, "a number above 0", lambda x: 0 < x < math.inf)
    wanted = f"a finite number above lr_min, {first:g}"
    last = real(f"{what}: lr_max", lr_max, wanted, lambda x: first < x < math.inf)
    steps = whole(f"{what}: steps", steps, 2)
    kept = real(f"{what}: smoothing", smoothing, "at least 0 and below 1", lambda x: 0 <= x < 1)
    bound = real(f"{what}: diverged", diverged, "a factor above 1", lambda x: x > 1)
    batches = batches_of(f"{what}: data", data)
    predict = predictor(model)
    groups = optimizer.param_groups
    shares = [g["lr"] / groups[0]["lr"] if groups[0]["lr"] else 1.0 for g in groups]

    rates, losses, smoothed = np.geomspace(first, last, steps), [], []
    mean, best, ended = 0.0, math.inf, False
    with preserved(model, optimizer, data, training=True), np.errstate(all="ignore"):
        stream = _endless(what, batches)
        for k, (rate, batch) in enumerate(zip(rates.tolist(), stream, strict=False)):
            inputs, targets = pair(what, batch)
            if fault := not_finite(inputs, targets):
                raise fails(f"{what}: batch {k + 1}", *fault)
            optimizer.zero_grad()
            value = loss(predict(inputs), targets)
            number = loss_number(f"{what}: loss", value)
            losses.append(number)
            mean = kept * mean + (1 - kept) * number
            corrected = mean / (1 - kept ** (k + 1))
            smoothed.append(corrected if math.isfinite(number) else math.nan)
            best = min(best, corrected)
            if not math.isfinite(number) or corrected > best + (bound - 1) * abs(best):
                ended = True
                break
            value.backward()
            for group, share in zip(optimizer.param_groups, shares, strict=True):
                group["lr"] = rate * share
            optimizer.step()
    return _judged(rates[: len(losses)], np.array(losses), np.array(smoothed), ended)


def _endless(what: str, batches: Iterable[Any]) -> Iterator[Any]:
    """The batches again and again, if there are any."""
    while True:
        batch = None
        for batch in batches:
            yield batch
        if batch is None:
            raise fails(f"{what}: data", "at least one batch", "none", "")


def _judged(rates: Any, losses: Any, smoothed: Any, ended: bool) -> RangeTest:
    steepest = suggestion = math.nan
    lowest = int(np.nanargmin(smoothed)) if np.isfinite(smoothed).any() else 0
    if lowest > 0:
        suggestion = float(rates[lowest]) / 10
        slopes = np.gradient(smoothed[: lowest + 1], np.log(rates[: lowest + 1]))
        steepest = float(rates[int(np.argmin(slopes))])
    return RangeTest(rates, losses, smoothed, steepest, suggestion, ended)
