"""Every schedule with its options, and optimisers to run it on; for the tests of schedules."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import nn
from autograd import Value

RATES = (0.5, 0.125)
Make = Callable[[Any, Any], Any]  # of the module with the schedulers, and an optimiser


class Halving:
    """A function that is an object, with something to save."""

    def __init__(self) -> None:
        self.base = 0.5

    def __call__(self, step: int) -> float:
        return self.base**step


CURVES: dict[str, Make] = {
    "StepLR": lambda s, o: s.StepLR(o, 7, gamma=0.5),
    "StepLR defaults": lambda s, o: s.StepLR(o, 1),
    "MultiStepLR": lambda s, o: s.MultiStepLR(o, [3, 10, 10, 25], gamma=0.5),
    "MultiStepLR at 0": lambda s, o: s.MultiStepLR(o, [1, 2]),
    "ConstantLR": lambda s, o: s.ConstantLR(o),
    "ConstantLR long": lambda s, o: s.ConstantLR(o, factor=0.25, total_iters=20),
    "LinearLR": lambda s, o: s.LinearLR(o),
    "LinearLR down": lambda s, o: s.LinearLR(o, 1.0, 0.0, total_iters=20),
    "ExponentialLR": lambda s, o: s.ExponentialLR(o, 0.9),
    "PolynomialLR": lambda s, o: s.PolynomialLR(o),
    "PolynomialLR power": lambda s, o: s.PolynomialLR(o, total_iters=20, power=2.5),
    "CosineAnnealingLR": lambda s, o: s.CosineAnnealingLR(o, 10),
    "CosineAnnealingLR floor": lambda s, o: s.CosineAnnealingLR(o, 7, eta_min=0.01),
    "CosineAnnealingLR above": lambda s, o: s.CosineAnnealingLR(o, 40, eta_min=0.25),
    "WarmRestarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 7),
    "WarmRestarts longer": lambda s, o: s.CosineAnnealingWarmRestarts(o, 3, 2, eta_min=0.01),
    "WarmRestarts thrice": lambda s, o: s.CosineAnnealingWarmRestarts(o, 1, T_mult=3),
    "OneCycleLR": lambda s, o: s.OneCycleLR(o, 1.0, total_steps=61),
    "OneCycleLR epochs": lambda s, o: s.OneCycleLR(o, [1.0, 2.0], epochs=7, steps_per_epoch=10),
    "OneCycleLR linear": lambda s, o: s.OneCycleLR(
        o, 1.0, 61, pct_start=0.25, anneal_strategy="linear", div_factor=10, final_div_factor=100
    ),
    "OneCycleLR three": lambda s, o: s.OneCycleLR(
        o, 1.0, 61, three_phase=True, base_momentum=0.5, max_momentum=[0.75, 0.9]
    ),
    "OneCycleLR three linear": lambda s, o: s.OneCycleLR(
        o, 1.0, 100, three_phase=True, anneal_strategy="linear", cycle_momentum=False
    ),
    "LambdaLR": lambda s, o: s.LambdaLR(o, lambda step: 0.95**step),
    "LambdaLR each": lambda s, o: s.LambdaLR(o, [lambda step: 1 / (1 + step), Halving()]),
    "MultiplicativeLR": lambda s, o: s.MultiplicativeLR(o, lambda step: 0.95),
    "MultiplicativeLR each": lambda s, o: s.MultiplicativeLR(
        o, [lambda step: 1 - 1 / (step + 1), lambda step: 0.5 if step % 10 == 0 else 1.0]
    ),
    "SequentialLR": lambda s, o: s.SequentialLR(
        o,
        [s.LinearLR(o, 0.1, total_iters=5), s.CosineAnnealingLR(o, 20), s.ConstantLR(o, 0.5, 99)],
        [5, 30],
    ),
    "SequentialLR steps": lambda s, o: s.SequentialLR(
        o,
        [s.ConstantLR(o, 0.1, 9), s.StepLR(o, 4, 0.5), s.CosineAnnealingWarmRestarts(o, 4, 2)],
        [3, 20],
    ),
    "SequentialLR others": lambda s, o: s.SequentialLR(
        o,
        [
            s.ExponentialLR(o, 0.9),
            s.MultiStepLR(o, [2, 4]),
            s.PolynomialLR(o, 10),
            s.LambdaLR(o, lambda step: 1 / (2 + step)),
            s.MultiplicativeLR(o, lambda step: 0.9),
        ],
        [10, 20, 30, 40],
    ),
    "SequentialLR nested": lambda s, o: s.SequentialLR(
        o,
        [
            s.SequentialLR(o, [s.ConstantLR(o, 0.5, 3), s.ExponentialLR(o, 0.5)], [4]),
            s.ExponentialLR(o, 0.9),
        ],
        [10],
    ),
}


def ours(cls: Any = nn.SGD, **options: Any) -> Any:
    groups = [{"params": [Value(1.0)], "lr": lr} for lr in RATES]
    return cls(groups, **(options or {"momentum": 0.9}))


def theirs(torch: Any, name: str = "SGD", **options: Any) -> Any:
    groups = [{"params": [torch.zeros(1, requires_grad=True)], "lr": lr} for lr in RATES]
    return getattr(torch.optim, name)(groups, **(options or {"momentum": 0.9}))


def walk(optimizer: Any, *schedulers: Any, steps: int = 60) -> list[list[float]]:
    """The rates of both groups, and their momenta, at each step."""
    path = []
    for step in range(steps):
        momenta = [g.get("momentum", g.get("betas", [0])) for g in optimizer.param_groups]
        momenta = [m[0] if isinstance(m, tuple | list) else m for m in momenta]
        path.append([*(g["lr"] for g in optimizer.param_groups), *momenta])
        if step:
            assert schedulers[-1].get_last_lr() == [g["lr"] for g in optimizer.param_groups]
        for scheduler in schedulers:
            scheduler.step()
    return path


def same(a: Any, b: Any) -> None:
    np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-14)


LOSSES = [3.0, 2.0, 1.9999, 2.5, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.499, 0.499, 0.49, 0.6,
          math.nan, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7]  # fmt: skip
