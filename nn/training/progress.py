"""How far a training is: a bar in terminals and notebooks, a line now and then in logs."""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Mapping
from typing import Any

__all__ = ["Progress", "described"]

LINES = 12  # about how many lines a log gets


def described(history: Mapping[str, list[float]]) -> str:
    """The last epoch in words.

    >>> described({"loss": [0.5, 0.25], "accuracy": [0.5, 0.875], "lr": [0.1, 0.1]})
    'loss 0.25  accuracy 87.5%  lr 0.1'
    """
    return "  ".join(
        f"{name} {curve[-1]:.1%}" if name.endswith("accuracy") else f"{name} {curve[-1]:.4g}"
        for name, curve in history.items()
    )


class Progress:
    """A callback of ``fit`` that shows how far it is: loss, validation, rate, time left.

    Args:
        lines: print lines even where a bar could be shown.
    """

    def __init__(self, lines: bool = False) -> None:
        self.lines = lines or not _shows_bars()
        self.bar: Any = None
        self.since, self.began_at = 0.0, 0

    def on_start(self, run: Any) -> None:
        """Begin."""
        self.since, self.began_at = time.monotonic(), run.epoch
        if not self.lines:
            from tqdm import tqdm

            size = len(run.data) if hasattr(run.data, "__len__") else 1
            if isinstance(run.data, tuple):
                size = 1
            self.bar = tqdm(total=run.epochs * size, initial=run.step, file=sys.stdout, unit="step")

    def on_step(self, run: Any) -> None:
        """One step of the bar."""
        if self.bar is not None:
            self.bar.update()

    def on_epoch(self, run: Any) -> None:
        """The line of an epoch."""
        if self.bar is not None:
            self.bar.set_description(f"epoch {run.epoch}/{run.epochs}", refresh=False)
            self.bar.set_postfix_str(described(run.history), refresh=False)
        elif run.epoch in (self.began_at + 1, run.epochs) or self._is_time(run):
            done = run.epoch - self.began_at
            left = (time.monotonic() - self.since) / done * (run.epochs - run.epoch)
            print(
                f"epoch {run.epoch:>{len(str(run.epochs))}}/{run.epochs}  "
                f"{described(run.history)}" + (f"  {_lasting(left)} left" if left >= 1 else ""),
                flush=True,
            )

    def on_end(self, run: Any) -> None:
        """Close the bar; say why the training ended early."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None
        if run.history.reason:
            print(f"stopped after {run.epoch} of {run.epochs} epochs: {run.history.reason}")

    def _is_time(self, run: Any) -> bool:
        every: int = max(1, -(-run.epochs // LINES))
        return bool(run.epoch % every == 0)


def _lasting(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _shows_bars() -> bool:
    """Whether a line can be written over: in terminals and notebooks, if there is tqdm."""
    notebook = type(sys.stdout).__module__.startswith("ipykernel")
    return (notebook or sys.stdout.isatty()) and importlib.util.find_spec("tqdm") is not None
