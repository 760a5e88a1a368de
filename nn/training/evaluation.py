"""How well a model does on data: the loss and the metrics, of all examples together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd import no_grad
from nn.checks import fails
from nn.training.batching import batches_of, in_mode, pair, plain, predictor

__all__ = ["Tally", "evaluate", "named_metrics"]

Metrics = Mapping[str, Callable[[Any, Any], Any]]


class Tally:
    """Sums over the batches of an epoch."""

    def __init__(self, metrics: Metrics) -> None:
        self.metrics = metrics
        self.total, self.examples = 0.0, 0
        self.outputs: list[Any] = []
        self.targets: list[Any] = []

    def add(self, outputs: Any, targets: Any, loss: float) -> None:
        """Add a batch; each example counts alike, also those of a smaller last batch."""
        n = len(targets) if np.ndim(getattr(targets, "primal", targets)) else 1
        self.total += loss * n
        self.examples += n
        if self.metrics:  # of all examples at once: a precision is not a mean over batches
            self.outputs.append(plain(outputs))
            self.targets.append(plain(targets))

    def line(self, prefix: str = "", loss: bool = True) -> dict[str, float]:
        """The mean loss and the metrics, by name."""
        line = {f"{prefix}loss": self.total / self.examples} if loss else {}
        if self.metrics:
            outputs, targets = np.concatenate(self.outputs), np.concatenate(self.targets)
            for name, metric in self.metrics.items():
                line[f"{prefix}{name}"] = float(metric(outputs, targets))
        return line


def named_metrics(metrics: Any) -> Metrics:
    """Metrics by name: of a dictionary, a function, or several functions, which have names."""
    if metrics is None:
        return {}
    if not isinstance(metrics, Mapping):
        listed = [metrics] if callable(metrics) or isinstance(metrics, str) else list(metrics)
        metrics = {getattr(m, "__name__", repr(m)).replace("_", " "): m for m in listed}
    for metric in metrics.values():
        if not callable(metric):
            raise fails(
                "metrics",
                "functions of (outputs, targets), by name or in a list",
                repr(metric)[:80],
                "For example metrics=[nn.accuracy].",
                TypeError,
            )
    return dict(metrics)


def evaluate(
    model: Any,
    data: Any,
    loss: Callable[[Any, Any], Any] | None = None,
    metrics: Any = None,
    compile: bool = True,
) -> dict[str, float]:
    """The loss and the metrics of a model on data, without gradients, in evaluation mode.

    Args:
        model: as for ``fit``; it is in its former mode afterwards.
        data: a DataLoader, another iterable of batches (inputs, targets), or a pair of arrays.
        loss: a function of (outputs, targets), the mean over the batch; or None.
        metrics: a function of (outputs, targets) of all examples, a list of such, or a dictionary
            by name.
        compile: whether a model of Values is compiled, see ``nn.predictor``.

    Returns:
        Numbers by name: "loss", and the metrics.

    >>> import nn
    >>> X, y = nn.datasets.load("xor", n=40)[:2]
    >>> sorted(nn.evaluate(nn.MLP(2, [2], seed=0), (X, y), nn.cross_entropy, nn.accuracy))
    ['accuracy', 'loss']
    """
    return evaluated(predictor(model, compile), model, data, loss, named_metrics(metrics))


def evaluated(
    predict: Callable[[Any], Any],
    model: Any,
    data: Any,
    loss: Callable[[Any, Any], Any] | None,
    metrics: Metrics,
    prefix: str = "",
) -> dict[str, float]:
    """``evaluate`` with a model that has been compiled already, if it needs it."""
    tally = Tally(metrics)
    with in_mode(model, training=False), no_grad():
        for batch in batches_of("evaluate", data):
            inputs, targets = pair("evaluate", batch)
            outputs = predict(inputs)
            value = 0.0 if loss is None else loss(outputs, targets)
            tally.add(outputs, targets, float(plain(value)))
    return tally.line(prefix, loss is not None)
