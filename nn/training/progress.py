"""How far a training is: a bar in terminals and notebooks, a line now and then in logs."""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Mapping
from typing import Any

from nn.training.batching import plain

__all__ = ["Progress", "described"]

LINES = 12  # about how many lines a log gets,
SILENCE = 60.0  # and the longest that it waits for one, in seconds
# What matters most comes first: a line that is too long for a terminal is cut off.
BAR = (
    "{desc} {percentage:3.0f}%|{bar:8}| {remaining} left{postfix}, {n_fmt}/{total_fmt}, {rate_fmt}"
)


def described(history: Mapping[str, list[float]]) -> str:
    """The last epoch in words, what was measured in training and validation side by side.

    >>> described({"loss": [0.5, 0.25], "accuracy": [0.5, 0.875], "validation loss": [0.5, 0.375]})
    'loss 0.25  validation loss 0.375  accuracy 87.5%'
    """
    pairs = [(name, f"validation {name}") for name in history if not name.startswith("validation ")]
    return "  ".join(
        f"{name} {history[name][-1]:{'.1%' if name.endswith('accuracy') else '.4g'}}"
        for name in dict.fromkeys([*sum(pairs, ()), *history])
        if name in history
    )


class Progress:
    """A callback of ``fit`` that shows how far it is: loss, validation, rate, time left.

    Args:
        lines: print lines even where a bar could be shown.
    """

    def __init__(self, lines: bool = False) -> None:
        self.lines = lines or not _shows_bars()
        self.bar: Any = None
        self.since, self.told, self.began_at, self.done = 0.0, 0.0, 0, False

    def on_start(self, run: Any) -> None:
        """Begin."""
        self.since, self.began_at = time.monotonic(), run.epoch
        self.done = run.epoch > 0 and (run.stopped or run.epoch >= run.epochs)
        if not self.lines:
            from tqdm import tqdm

            # Without a length, how many steps there will be is known after an epoch.
            total = run.epochs * len(run.data) if hasattr(run.data, "__len__") else None
            self.bar = tqdm(
                total=total, initial=run.step, file=sys.stdout, unit="step", bar_format=BAR,
                desc=f"epoch {run.epoch}/{run.epochs}",
            )  # fmt: skip

    def on_step(self, run: Any) -> None:
        """One step of the bar; until an epoch has been measured, with the loss of the batch."""
        if self.bar is not None and self.bar.update() and run.epoch == self.began_at:
            self.bar.set_postfix_str(f"loss {float(plain(run.value)):.4g}", refresh=False)

    def on_epoch(self, run: Any) -> None:
        """The line of an epoch."""
        if self.bar is not None:
            if not hasattr(run.data, "__len__"):
                self.bar.total = run.step // run.epoch * run.epochs
            self.bar.set_description_str(f"epoch {run.epoch}/{run.epochs}", refresh=False)
            self.bar.set_postfix_str(described(run.history), refresh=False)
        elif run.epoch in (self.began_at + 1, run.epochs) or self._is_time(run):
            self.told = time.monotonic()
            done = run.epoch - self.began_at
            left = (self.told - self.since) / done * (run.epochs - run.epoch)
            print(
                f"epoch {run.epoch:>{len(str(run.epochs))}}/{run.epochs}  "
                f"{described(run.history)}" + (f"  {_lasting(left)} left" if left >= 1 else ""),
                flush=True,
            )

    def on_end(self, run: Any) -> None:
        """Close the bar; say why the training ended early, or that it had ended before."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None
        if self.done:
            print("nothing left to train: this training was done when it was resumed")
        if run.history.reason:
            print(f"stopped after {run.epoch} of {run.epochs} epochs: {run.history.reason}")

    def _is_time(self, run: Any) -> bool:
        every: int = max(1, -(-run.epochs // LINES))
        return bool(run.epoch % every == 0) or time.monotonic() - self.told >= SILENCE


def _lasting(seconds: float) -> str:
    for unit, length in (("s", 1), ("min", 60), ("h", 3600)):
        if seconds < 100 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds / 86400:,.0f} days"


def _shows_bars() -> bool:
    """Whether a line can be written over: in terminals and notebooks, if there is tqdm."""
    out = sys.stdout
    notebook = type(out).__module__.startswith("ipykernel")
    terminal = hasattr(out, "isatty") and out.isatty()  # others may stand in its place, or nothing
    return (notebook or terminal) and importlib.util.find_spec("tqdm") is not None
