"""Every optimiser with its options, and a task to run it on; shared by the tests of optimisers."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

Case = tuple[str, dict[str, Any]]


def _grid(name: str, **choices: tuple[Any, ...]) -> list[Case]:
    return [
        (name, dict(zip(choices, values, strict=True)))
        for values in itertools.product(*choices.values())
    ]


ADAM = {
    "lr": (0.05,),
    "weight_decay": (0.0, 0.1),
    "amsgrad": (False, True),
    "maximize": (False, True),
    "betas": ((0.9, 0.999), (0.5, 0.75)),
}
CASES: list[Case] = [
    ("SGD", {}),
    *(
        case
        for case in _grid(
            "SGD",
            lr=(0.1,),
            momentum=(0.0, 0.9),
            dampening=(0.0, 0.25),
            weight_decay=(0.0, 0.1),
            nesterov=(False, True),
            maximize=(False, True),
        )
        if not case[1]["nesterov"] or (case[1]["momentum"] and not case[1]["dampening"])
    ),
    ("SGD", {"lr": 0.1, "momentum": 0.5, "dampening": -0.5}),
    ("Adam", {}),
    *_grid("Adam", **ADAM),
    ("Adam", {"eps": 0.1, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("AdamW", {}),
    *_grid("AdamW", **ADAM),
    ("RMSprop", {}),
    *_grid(
        "RMSprop",
        lr=(0.05,),
        alpha=(0.5, 0.99),
        eps=(1e-8, 0.1),
        momentum=(0.0, 0.75),
        centered=(False, True),
        weight_decay=(0.0, 0.1),
        maximize=(False, True),
    ),
    ("Adagrad", {}),
    *_grid(
        "Adagrad",
        lr=(0.1,),
        lr_decay=(0.0, 0.5),
        weight_decay=(0.0, 0.1),
        initial_accumulator_value=(0.0, 0.5),
        eps=(1e-10, 0.1),
        maximize=(False, True),
    ),
    ("Adadelta", {}),
    *_grid(
        "Adadelta",
        lr=(0.5,),
        rho=(0.5, 0.9),
        eps=(1e-6, 0.1),
        weight_decay=(0.0, 0.1),
        maximize=(False, True),
    ),
    ("NAdam", {}),
    *_grid(
        "NAdam",
        lr=(0.05,),
        betas=((0.9, 0.999), (0.5, 0.75)),
        momentum_decay=(4e-3, 0.5),
        weight_decay=(0.0, 0.1),
        decoupled_weight_decay=(False, True),
        maximize=(False, True),
    ),
    ("RAdam", {}),
    *_grid(
        "RAdam",
        lr=(0.05,),
        betas=((0.9, 0.999), (0.5, 0.75), (0.9, 0.9)),
        eps=(1e-8, 0.1),
        weight_decay=(0.0, 0.1),
        decoupled_weight_decay=(False, True),
        maximize=(False, True),
    ),
]
# One of each with what makes it special, for tests that need not run all.
SOME: list[Case] = [
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.25, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("Adam", {"lr": 0.05, "amsgrad": True, "weight_decay": 0.1}),
    ("AdamW", {"lr": 0.05, "weight_decay": 0.1}),
    ("RMSprop", {"lr": 0.05, "centered": True, "momentum": 0.75}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.5, "initial_accumulator_value": 0.5}),
    ("Adadelta", {"lr": 0.5, "weight_decay": 0.1}),
    ("NAdam", {"lr": 0.05, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("RAdam", {"lr": 0.05, "betas": (0.9, 0.9), "weight_decay": 0.1}),
]

SHAPES = [(3, 2), (2,), (), (1, 4)]
START = [np.cos(1.0 + i + np.arange(math.prod(s))).reshape(s) for i, s in enumerate(SHAPES)]


def gradient(step: int, index: int, x: Any) -> Any:
    """A bowl that tilts from step to step; some parameters are not reached in some steps."""
    if (step + 2 * index) % 7 == 0:
        return None
    tilt = np.sin(step + index + np.arange(x.size)).reshape(x.shape)
    return np.array((index + 1) * x + tilt, x.dtype)


@contextmanager
def double_by_default(torch: Any) -> Iterator[None]:
    """PyTorch keeps NAdam's product in its default dtype, whatever that of the parameters is."""
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(default)


def case_name(case: Case) -> str:
    return "-".join([case[0], *(f"{k}={v}" for k, v in case[1].items())])
