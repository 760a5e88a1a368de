"""Callbacks of ``fit`` that end a training: when it gets no better, and when it is done."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np

from nn.checks import fails, real, whole
from nn.training.batching import plain

__all__ = ["Convergence", "EarlyStopping"]


class EarlyStopping:
    """End the training when a number has not improved for some epochs, and go back to the best.

    A network that goes on learning what is particular to the training data gets worse on all other
    data: the validation loss, having fallen, rises again (Prechelt, 1998).

    Args:
        monitor: the curve of the history to watch, by default "validation loss".
        patience: how many epochs without an improvement to wait.
        min_delta: what counts as an improvement is more than this.
        mode: "min" or "max", which is better; by default "max" for names with "accuracy",
            "precision", "recall", "f1" or "r2", otherwise "min".
        restore_best: whether the model ends with the parameters of the best epoch, by default True.

    Attributes:
        best: the best number so far.
        best_epoch: its epoch, counted from 1.

    >>> import nn
    >>> X, y = nn.datasets.load("moons", n=60)[:2]
    >>> model = nn.MLP(2, [4, 2], seed=0)
    >>> optimizer = nn.SGD(model.parameters(), lr=1.0)
    >>> stop = nn.EarlyStopping(monitor="loss", patience=3, min_delta=0.01)
    >>> history = nn.fit(model, (X, y), nn.cross_entropy, optimizer, 500, callbacks=[stop],
    ...                  progress=False)
    >>> history.epochs == stop.best_epoch + 3 < 500
    True
    """

    def __init__(
        self,
        monitor: str = "validation loss",
        patience: int = 5,
        min_delta: float = 0.0,
        mode: str | None = None,
        restore_best: bool = True,
    ) -> None:
        if mode not in (None, "min", "max"):
            raise fails("EarlyStopping: mode", '"min" or "max"', repr(mode), "")
        self.monitor = monitor
        self.patience = whole("EarlyStopping: patience", patience, 1)
        self.min_delta = real(
            "EarlyStopping: min_delta", min_delta, "a number of at least 0", lambda x: x >= 0
        )
        high = any(word in monitor for word in ("accuracy", "precision", "recall", "f1", "r2"))
        self.sign = 1.0 if (mode or ("max" if high else "min")) == "min" else -1.0
        self.restore_best = restore_best
        self._forget()

    def _forget(self) -> None:
        self.best, self.best_epoch = math.inf * self.sign, 0
        self.best_state: dict[str, Any] | None = None

    def on_start(self, run: Any) -> None:
        """Forget what was best in an earlier training; a checkpoint may bring it back."""
        self._forget()
        if self.restore_best and not hasattr(run.model, "load_state_dict"):
            fix = "Pass restore_best=False."
            raise fails("EarlyStopping", "a Module", repr(run.model)[:80], fix, TypeError)
        if self.monitor.startswith("validation") and run.validation is None:
            raise fails(
                "EarlyStopping",
                f"fit(..., validation=...) to measure {self.monitor!r}",
                "no validation data",
                'Pass them, or monitor="loss".',
            )

    def on_epoch(self, run: Any) -> None:
        """Compare, and keep the best."""
        if self.monitor not in run.history:
            raise fails(
                "EarlyStopping: monitor",
                f"one of {', '.join(map(repr, run.history))}",
                repr(self.monitor),
                "fit(..., metrics=...) measures more.",
            )
        number = run.history[self.monitor][-1]
        if self.sign * (self.best - number) > self.min_delta:
            self.best, self.best_epoch = number, run.epoch
            self.best_state = run.model.state_dict() if self.restore_best else None
        elif run.epoch - self.best_epoch >= self.patience:
            best = f"the best was {self.best:.4g} after epoch {self.best_epoch}"
            run.stop(
                f"{self.monitor} did not improve for {self.patience} epochs; "
                + (best if self.best_epoch else f"it was {number:.4g}")
            )

    def on_end(self, run: Any) -> None:
        """Go back to the best parameters, once."""
        best, self.best_state = self.best_state, None
        if best is not None:
            run.model.load_state_dict(best)

    def state_dict(self) -> dict[str, Any]:
        """What it remembers, to go on later."""
        return {
            "best": self.best,
            "best_epoch": self.best_epoch,
            "best_state": copy.copy(self.best_state),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from there."""
        self.best = float(state_dict["best"])
        self.best_epoch = int(state_dict["best_epoch"])
        self.best_state = state_dict["best_state"]


class Convergence:
    """End the training when it has arrived: at a small gradient, or a loss that stands still.

    Args:
        gradient_norm: end when the norm of all gradients of a batch together is at most this. With
            full batches that is the condition of a minimum; with small ones noise remains.
        loss_change: end when the training loss of two epochs differs by at most this.

    Raises:
        ValueError: neither of them.

    >>> import nn, numpy as np
    >>> X = np.linspace(-1, 1, 20)[:, None]
    >>> model = nn.Linear(1, 1)
    >>> optimizer = nn.SGD(model.parameters(), lr=0.5)
    >>> done = nn.Convergence(gradient_norm=1e-6)
    >>> history = nn.fit(model, (X, 3 * X + 1), nn.MSELoss(), optimizer, 1000, callbacks=[done],
    ...                  progress=False)
    >>> history.reason.split(",")[0], model.weight.item().__round__(4)
    ('converged', 3.0)
    """

    def __init__(
        self, gradient_norm: float | None = None, loss_change: float | None = None
    ) -> None:
        if gradient_norm is None and loss_change is None:
            raise fails("Convergence", "gradient_norm or loss_change", "neither", "")
        wanted = "a number of at least 0"
        self.gradient_norm, self.loss_change = (
            None if bound is None else real(f"Convergence: {name}", bound, wanted, lambda x: x >= 0)
            for name, bound in (("gradient_norm", gradient_norm), ("loss_change", loss_change))
        )

    def on_backward(self, run: Any) -> None:
        """Measure the gradient."""
        if self.gradient_norm is None:
            return
        grads = [plain(p.grad) for p in run.optimizer.params if p.has_grad]
        squares = [float(np.sum(np.square(grad, dtype=float))) for grad in grads]
        norm = math.sqrt(sum(squares))
        if squares and norm <= self.gradient_norm:
            run.stop(f"converged, the norm of the gradient is {norm:.3g}")

    def on_epoch(self, run: Any) -> None:
        """Compare the losses."""
        losses = run.history["loss"]
        if self.loss_change is not None and len(losses) > 1:
            change = abs(losses[-1] - losses[-2])
            if change <= self.loss_change:
                run.stop(f"converged, the loss changed by {change:.3g}")
