"""Every loss with every option, at one point: what the tests of losses run through."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import numpy as np

RNG = np.random.default_rng(7)
POINTS, TARGETS = RNG.normal(size=(4, 3)) * 2, RNG.normal(size=(4, 3))
SCORES, LINE, MAPS = RNG.normal(size=(6, 4)), RNG.normal(size=4), RNG.normal(size=(2, 4, 3, 2))
CHANCES = RNG.uniform(0.02, 0.98, size=(4, 3))
SIGNS = np.where(RNG.normal(size=(4, 3)) > 0, 1.0, -1.0)
HALVES = (RNG.normal(size=(4, 3)) > 0).astype(float)
LABELS, PIXELS = np.array([0, 3, 1, 1, 2, 0]), RNG.integers(0, 4, size=(2, 3, 2))
SOME = np.array([0, -100, 1, 1, 2, -100])
WEIGHT = np.array([0.5, 2.0, 1.25, 0.75])
POSITIVE = RNG.uniform(0.5, 2.0, size=(4, 3))


def spread(x: Any, axis: int) -> Any:
    powers = np.exp(x - x.max(axis, keepdims=True))
    return powers / powers.sum(axis, keepdims=True)


@dataclass(frozen=True)
class LossRow:
    """A module and its settings, the input, and the target (smooth: it has a gradient too)."""

    module: str
    settings: dict[str, Any]
    input: Any
    target: Any
    smooth_target: bool = False
    note: str = field(default="")

    @property
    def name(self) -> str:
        told = [f"{k}={v if np.ndim(v) == 0 else np.shape(v)}" for k, v in self.settings.items()]
        return " ".join([self.module, *told, self.note]).rstrip()


def rows(module: str, x: Any, y: Any, smooth: bool = False, note: str = "", **choices: Any) -> Any:
    """One row for each reduction and combination of choices."""
    choices = {"reduction": ["mean", "sum", "none"]} | choices
    for values in itertools.product(*choices.values()):
        settings = dict(zip(choices, values, strict=True))
        settings = {k: v for k, v in settings.items() if v is not None}
        yield LossRow(module, settings, x, y, smooth, note)


LOG_CHANCES = np.log(spread(SCORES, 1))
LOG_MAPS = np.log(spread(MAPS, 1))
DIVERGENCE = ["mean", "sum", "none", "batchmean"]
SMOOTHING = [0.0, 0.1, 1.0]
WITH_ZERO = np.array([[0.0, 0.25, 0.75, 0.0], *spread(RNG.normal(size=(5, 4)), 1)])

ROWS = [
    *rows("MSELoss", POINTS, TARGETS, True),
    *rows("L1Loss", POINTS, TARGETS, True),
    *rows("HuberLoss", POINTS, TARGETS, True, delta=[1.0, 0.25, 3.0]),
    *rows("SmoothL1Loss", POINTS, TARGETS, True, beta=[1.0, 0.25, 3.0, 0.0]),
    *rows("KLDivLoss", LOG_CHANCES, WITH_ZERO, reduction=DIVERGENCE),
    *rows("KLDivLoss", LOG_CHANCES, WITH_ZERO[:, ::-1] + 0.1, True, "away from 0"),
    *rows("KLDivLoss", LOG_CHANCES, LOG_CHANCES[::-1], True, log_target=[True],
          reduction=DIVERGENCE),
    *rows("BCELoss", CHANCES, HALVES, weight=[None, POSITIVE, WEIGHT[:3]]),
    *rows("BCELoss", CHANCES, CHANCES.T.reshape(4, 3), True, "soft"),
    *rows("BCEWithLogitsLoss", POINTS, HALVES, weight=[None, POSITIVE],
          pos_weight=[None, WEIGHT[:3]]),
    *rows("BCEWithLogitsLoss", POINTS, CHANCES, True, "soft", pos_weight=[None, WEIGHT[:3]]),
    *rows("HingeEmbeddingLoss", POINTS, SIGNS, margin=[1.0, 0.3]),
    *rows("SoftMarginLoss", POINTS, SIGNS),
    *rows("MultiMarginLoss", SCORES, LABELS, p=[1, 2], margin=[1.0, 0.4], weight=[None, WEIGHT]),
    *rows("MultiMarginLoss", LINE, np.array(2), note="one"),
    *rows("NLLLoss", LOG_CHANCES, LABELS, weight=[None, WEIGHT], ignore_index=[-100, 1]),
    *rows("NLLLoss", LOG_CHANCES, SOME, note="some", weight=[None, WEIGHT]),
    *rows("NLLLoss", np.log(spread(LINE, 0)), np.array(2), note="one"),
    *rows("NLLLoss", LOG_MAPS, PIXELS, note="maps", weight=[None, WEIGHT], ignore_index=[-100, 3]),
    *rows("CrossEntropyLoss", SCORES, LABELS, weight=[None, WEIGHT], ignore_index=[-100, 1],
          label_smoothing=SMOOTHING),
    *rows("CrossEntropyLoss", SCORES, SOME, note="some", weight=[None, WEIGHT],
          label_smoothing=SMOOTHING),
    *rows("CrossEntropyLoss", LINE, np.array(2), note="one", weight=[None, WEIGHT],
          label_smoothing=SMOOTHING),
    *rows("CrossEntropyLoss", MAPS, PIXELS, note="maps", weight=[None, WEIGHT],
          ignore_index=[-100, 3], label_smoothing=SMOOTHING),
    *rows("CrossEntropyLoss", SCORES, spread(SCORES[::-1], 1), True, "chances",
          weight=[None, WEIGHT], label_smoothing=SMOOTHING),
    *rows("CrossEntropyLoss", LINE, spread(LINE[::-1], 0), True, "chances of one",
          weight=[None, WEIGHT], label_smoothing=SMOOTHING),
    *rows("CrossEntropyLoss", MAPS, spread(MAPS[:, ::-1], 1), True, "chances of maps",
          weight=[None, WEIGHT], label_smoothing=SMOOTHING),
]  # fmt: skip
