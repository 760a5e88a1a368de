"""``Run``: a training as callbacks see it, and the moments at which they are called.

A callback is an object with any of the methods in ``MOMENTS``; each is called with the ``Run``:

    class Loud:
        def on_epoch(self, run):
            print(run.epoch, run.history["loss"][-1])
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from nn.training.history import History

__all__ = ["MOMENTS", "Run"]

MOMENTS = {
    "on_start": "before the first step",
    "on_batch": "before the forward pass; run.inputs and run.targets are there",
    "on_backward": "the gradients are there (and clipped), the parameters have not moved",
    "on_step": "the optimiser has made its step",
    "on_epoch": "the history has the line of this epoch",
    "on_end": "after the last step, also if an error ended the training",
}


@dataclass
class Run:
    """A training as callbacks see it.

    Attributes:
        model, loss, optimizer, validation, epochs: what ``fit`` was given.
        data: the batches; a pair of arrays is a list of one.
        schedule: the scheduler, or None.
        history: of the epochs so far.
        epoch: how many epochs are done.
        step: how many steps of the optimiser are done.
        inputs, targets, outputs: of the batch at hand.
        value: the loss of the batch at hand, a node.
        callbacks: all of them.
    """

    model: Any
    loss: Any
    optimizer: Any
    data: Any
    epochs: int
    validation: Any = None
    schedule: Any = None
    history: History = field(default_factory=History)
    epoch: int = 0
    step: int = 0
    inputs: Any = None
    targets: Any = None
    outputs: Any = None
    value: Any = None
    callbacks: list[Any] = field(default_factory=list)

    def stop(self, reason: str) -> None:
        """End the training after this step; the reason will be in ``history.reason``."""
        self.history.reason = reason or "stopped"

    @property
    def stopped(self) -> bool:
        """Whether the training is to end."""
        return bool(self.history.reason)
