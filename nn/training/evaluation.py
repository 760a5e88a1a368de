"""How well a model does on data: the loss and the metrics, of all examples together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from autograd import Node, no_grad
from nn.checks import fails, no_object
from nn.training.batching import (
    batches_of,
    in_mode,
    not_finite,
    pair,
    plain,
    predictor,
    size_of,
)

__all__ = ["Tally", "check_loss", "evaluate", "loss_number", "named_metrics"]

Metrics = Mapping[str, Callable[[Any, Any], Any]]


class Tally:
    """Sums over the batches of an epoch."""

    def __init__(self, metrics: Metrics) -> None:
        self.metrics = metrics
        self.total, self.examples = 0.0, 0
        self.outputs: list[Any] = []
        self.targets: list[Any] = []

    def add(self, inputs: Any, targets: Any, outputs: Any, loss: float) -> None:
        """Add a batch; each example counts alike, also those of a smaller last batch."""
        usual = isinstance(targets, np.ndarray) and targets.ndim
        n = len(targets) if usual else size_of(inputs, targets)
        self.total += loss * n
        self.examples += n
        if self.metrics:  # of all examples at once: a precision is not a mean over batches
            for name, x, kept in (
                ("outputs", outputs, self.outputs),
                ("targets", targets, self.targets),
            ):
                if not isinstance(x, Node | np.ndarray | list):
                    raise fails(
                        "metrics",
                        f"{name} that are one array for a batch",
                        type(x).__name__,
                        "Let the model return what is measured, or measure it in a callback.",
                        TypeError,
                    )
                kept.append(plain(x))

    def line(self, what: str, prefix: str = "", loss: bool = True) -> dict[str, float]:
        """The mean loss and the metrics, by name.  ``what`` is named if there were no batches."""
        if not self.examples:
            raise fails(what, "at least one batch", "none", "")
        line = {f"{prefix}loss": self.total / self.examples} if loss else {}
        if self.metrics:
            outputs, targets = np.concatenate(self.outputs), np.concatenate(self.targets)
            for name, metric in self.metrics.items():
                number = plain(metric(outputs, targets))
                if number.ndim or number.dtype.kind not in "biuf":
                    raise fails(
                        f"metrics: {name}",
                        "a number",
                        f"an array of shape {number.shape}" if number.ndim else repr(number[()]),
                        "",
                        TypeError,
                    )
                line[f"{prefix}{name}"] = float(number)
        return line


def named_metrics(metrics: Any) -> Metrics:
    """Metrics by name: of a dictionary, a function, or several functions, which have names."""
    if metrics is None:
        return {}
    pairs: list[tuple[Any, Any]]
    if isinstance(metrics, Mapping):
        pairs = list(metrics.items())
    else:
        several = isinstance(metrics, Iterable) and not isinstance(metrics, str)
        listed = list(metrics) if several else [metrics]
        pairs = [(getattr(m, "__name__", "").replace("_", " "), m) for m in listed]
    for _, metric in pairs:
        if not callable(metric):
            raise fails(
                "metrics",
                "functions of (outputs, targets), by name or in a list",
                repr(metric)[:80],
                "For example metrics=[nn.accuracy].",
                TypeError,
            )
    for i, (name, _) in enumerate(pairs):
        taken = ["", "loss", "lr", *(other for other, _ in pairs[:i])]
        if not isinstance(name, str) or name in taken or name.startswith("validation "):
            raise fails(
                "metrics",
                'a name for each, none of them "loss", "lr" or "validation ..."',
                repr(name) + (" twice" if name in taken[3:] else ""),
                'Give them names: metrics={"top 1": nn.accuracy}.',
            )
    return dict(pairs)


def check_loss(what: str, loss: Any) -> None:
    """Raise TypeError for a loss that is no function: a class, a name, the result of a loss."""
    if isinstance(loss, type) or not callable(loss):
        fix = "Give a loss function such as nn.mse_loss or nn.MSELoss()."
        raise no_object(f"{what}: loss", "a function of (outputs, targets)", loss, fix)


def loss_number(what: str, value: Any) -> float:
    """The loss of a batch as a number, which it must be."""
    number = np.asarray(value.primal if isinstance(value, Node) else value)
    if number.size != 1:
        raise fails(
            what,
            "one number for a batch",
            f"shape {number.shape}",
            'Take the mean, or write reduction="mean".',
        )
    return float(number.item())


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

    Raises:
        ValueError: no batches, data that are not finite (the message names the batch), metrics of
            one name.
        TypeError: a loss that is no function, a metric that gives no number, outputs or targets
            that are not one array.

    >>> import nn
    >>> X, y = nn.datasets.load("xor", n=40)[:2]
    >>> sorted(nn.evaluate(nn.MLP(2, [2], seed=0), (X, y), nn.cross_entropy, nn.accuracy))
    ['accuracy', 'loss']
    """
    measured = named_metrics(metrics)
    if loss is not None:
        check_loss("evaluate", loss)
    return evaluated("evaluate", predictor(model, compile), model, data, loss, measured)


def evaluated(
    what: str,
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
        for number, batch in enumerate(batches_of(what, data), 1):
            inputs, targets = pair(what, batch)
            fault = not_finite(inputs, targets)
            if fault:
                raise fails(f"{what}: batch {number}", *fault)
            outputs = predict(inputs)
            value = 0.0 if loss is None else loss_number("loss", loss(outputs, targets))
            tally.add(inputs, targets, outputs, value)
    return tally.line(what, prefix, loss is not None)
