"""``fit``: the training loop, with what one usually wants around it.

The loop itself is the six lines that every training has, and that you may write yourself:

    for inputs, targets in loader:
        optimizer.zero_grad()
        outputs = model(inputs)
        value = loss(outputs, targets)
        value.backward()
        optimizer.step()

``fit`` adds what is easy to forget: training and evaluation mode, a look at the validation data
after each epoch, a check that the loss is a number, and moments at which others may look on.  The
others are callbacks: objects with any of the methods in ``MOMENTS``, each called with the ``Run``.
"""

from __future__ import annotations

import contextlib
import math
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd import Node
from nn.checks import fails, real, whole
from nn.optim import LBFGS
from nn.optim.lr_scheduler import LambdaLR, OneCycleLR, ReduceLROnPlateau
from nn.optim.optimizer import Optimizer
from nn.training.batching import batches_of, in_mode, pair, predictor
from nn.training.evaluation import Tally, evaluated, named_metrics
from nn.training.history import History
from nn.training.progress import Progress
from nn.utils import clip_grad_norm_

__all__ = ["Run", "fit"]

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
        model, loss, optimizer, data, validation, schedule, epochs: what ``fit`` was given.
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
        self.history.reason = reason

    @property
    def stopped(self) -> bool:
        """Whether the training is to end."""
        return bool(self.history.reason)


def fit(
    model: Any,
    data: Any,
    loss: Callable[[Any, Any], Any],
    optimizer: Optimizer,
    epochs: int,
    *,
    validation: Any = None,
    schedule: Any = None,
    schedule_each: str | None = None,
    clip: float | None = None,
    callbacks: Iterable[Any] = (),
    metrics: Any = None,
    progress: bool = True,
    compile: bool = True,
) -> History:
    """Train a model and return what was measured.  Ctrl-C ends it with what there is.

    Args:
        model: a Module of tensors, called with the inputs of a batch; or of Values (``nn.MLP``),
            which takes one example, and is compiled to take batches; see ``nn.predictor``.
        data: a DataLoader, or another iterable of batches (inputs, targets); a pair of arrays is
            one batch.
        loss: a function of (outputs, targets), such as ``nn.CrossEntropyLoss()``: the mean over the
            batch.
        optimizer: of the model's parameters.
        epochs: how many times to go through the data.
        validation: data of the same kind that is only looked at, after each epoch.
        schedule: a scheduler of ``nn.optim.lr_scheduler``, or a function of the number of steps it
            has made that gives the factor of the learning rate.
        schedule_each: "epoch" or "step": how often the schedule makes its step. By default after
            each epoch, and OneCycleLR after each step.
        clip: the largest norm that gradients may have, see ``clip_grad_norm_``.
        callbacks: objects with any of the methods on_start, on_batch, on_backward, on_step,
            on_epoch and on_end; each is called with the ``Run``, in this order, those with an
            attribute ``last`` that is true after the others.
        metrics: functions of (outputs, targets), as for ``evaluate``; of the training data they
            are of the outputs that were made in training, while the parameters moved.
        progress: whether to show a bar in terminals and notebooks (with tqdm), and lines elsewhere.
        compile: whether a model of Values is compiled, see ``nn.predictor``.

    Returns:
        A History with "loss", "lr", the metrics, and the same with "validation " before it.  The
        model is in the mode that it was in.

    Raises:
        FloatingPointError: a loss that is not finite; the message names the batch. The parameters
            are as they were before this batch.
        ValueError: data that are not finite, named likewise.
        TypeError, ValueError: arguments that do not fit, before the first step.

    >>> import nn
    >>> X, y = nn.datasets.load("moons", n=100)[:2]
    >>> model = nn.MLP(2, [8, 2], seed=0)
    >>> optimizer = nn.SGD(model.parameters(), lr=0.5, momentum=0.9)
    >>> history = fit(model, (X, y), nn.cross_entropy, optimizer, 50, progress=False)
    >>> history["loss"][-1] < 0.1
    True
    """
    batches = batches_of("fit: data", data)
    if validation is not None:
        batches_of("fit: validation", validation)
    if not isinstance(optimizer, Optimizer) or isinstance(optimizer, LBFGS):
        raise fails(
            "fit",
            "an optimiser that makes one step a batch",
            type(optimizer).__name__,
            "L-BFGS asks for the loss several times a step: write optimizer.step(closure)."
            if isinstance(optimizer, LBFGS)
            else "For example nn.SGD(model.parameters(), lr=0.1).",
            TypeError,
        )
    epochs = whole("fit: epochs", epochs, 0)
    bound = None
    if clip is not None:
        bound = real("fit: clip", clip, "a norm above 0, or None", lambda x: x > 0)
    measured = named_metrics(metrics)
    advance, each_step = _schedule(schedule, schedule_each, optimizer)
    parameters = optimizer.params
    run = Run(model, loss, optimizer, data, epochs, validation, advance)
    run.callbacks = sorted(callbacks, key=lambda callback: getattr(callback, "last", False))
    run.callbacks += [Progress()] if progress else []
    tell = {moment: _listeners(moment, run.callbacks) for moment in MOMENTS}
    # One for training and one for evaluation mode: a compiled function is traced in one mode.
    predict, look = predictor(model, compile), predictor(model, compile)

    with in_mode(model, training=True), _interrupts(run), _ended(tell["on_end"], run):
        for listen in tell["on_start"]:
            listen(run)
        while run.epoch < epochs and not run.stopped:
            tally = Tally(measured)
            for batch in batches:
                if run.stopped:  # in the middle of an epoch, which has no line then
                    break
                run.inputs, run.targets = pair("fit", batch)
                for listen in tell["on_batch"]:
                    listen(run)
                _check_data(run, tally)
                optimizer.zero_grad()
                run.outputs = predict(run.inputs)
                run.value = loss(run.outputs, run.targets)
                number = _finite(run, tally)
                run.value.backward()
                if bound is not None:
                    clip_grad_norm_(parameters, bound)
                for listen in tell["on_backward"]:
                    listen(run)
                optimizer.step()
                run.step += 1
                if each_step:
                    advance.step()
                for listen in tell["on_step"]:
                    listen(run)
                tally.add(run.outputs, run.targets, number)
            else:
                if not tally.examples:
                    raise fails("fit: data", "at least one batch", "none", "")
                line = tally.line()
                if validation is not None:
                    line |= evaluated(look, model, validation, loss, measured, "validation ")
                line["lr"] = float(optimizer.param_groups[0]["lr"])
                run.epoch += 1
                run.history.append(line)
                if advance is not None and not each_step:
                    _after_epoch(advance, line)
                for listen in tell["on_epoch"]:
                    listen(run)
    return run.history


# ---- What surrounds the loop ---------------------------------------------------------------------


def _listeners(moment: str, callbacks: list[Any]) -> list[Callable[[Run], Any]]:
    for callback in callbacks:
        if not any(hasattr(callback, name) for name in MOMENTS):
            raise fails(
                "fit: callbacks",
                f"objects with at least one of the methods {', '.join(MOMENTS)}",
                repr(callback)[:80],
                "",
                TypeError,
            )
    return [getattr(callback, moment) for callback in callbacks if hasattr(callback, moment)]


def _check_data(run: Run, tally: Tally) -> None:
    """Before they get into the network: batch norm would remember a NaN."""
    for name, array in (("inputs", run.inputs), ("targets", run.targets)):
        plain = array.primal if isinstance(array, Node) else array
        if isinstance(plain, np.ndarray) and plain.dtype.kind == "f":
            finite = np.isfinite(plain)
            if not finite.all():
                where = tuple(int(i) for i in np.argwhere(~finite)[0])
                raise fails(
                    _place(run, tally),
                    f"finite {name}",
                    f"{plain[where]} at index {where} of the batch",
                    "Drop such examples or fill gaps. The model is as it was before this batch.",
                )


def _place(run: Run, tally: Tally) -> str:
    return (
        f"fit: epoch {run.epoch + 1}, step {run.step + 1} "
        f"(after {tally.examples} examples of the epoch)"
    )


def _finite(run: Run, tally: Tally) -> float:
    """The loss as a number, before anything is done with it."""
    if not isinstance(run.value, Node):
        raise fails(
            "fit: loss",
            "a node that remembers how it was computed",
            repr(run.value)[:80],
            "Compute it from the outputs with functions of nn or autograd.",
            TypeError,
        )
    number = float(run.value.item())  # type: ignore[attr-defined]
    if math.isfinite(number):
        return number
    rate = run.optimizer.param_groups[0]["lr"]
    raise fails(
        _place(run, tally),
        "a finite loss",
        f"{number}",
        f"The data are finite: try a learning rate below {rate:g}, or clip=1.0; "
        "with autograd.detect_anomaly(): finds the operation. "
        "The parameters are as they were before this batch.",
        FloatingPointError,
    )


def _schedule(schedule: Any, each: str | None, optimizer: Optimizer) -> tuple[Any, bool]:
    """The scheduler, and whether it makes a step for each step of the optimiser."""
    if each not in (None, "epoch", "step"):
        raise fails("fit: schedule_each", '"epoch" or "step"', repr(each), "")
    if schedule is None:
        return None, False
    if not hasattr(schedule, "step"):
        if not callable(schedule):
            raise fails(
                "fit: schedule",
                "a scheduler or a function of the epoch",
                repr(schedule)[:80],
                "For example nn.optim.lr_scheduler.StepLR(optimizer, 10).",
                TypeError,
            )
        schedule = LambdaLR(optimizer, schedule)
    if schedule.optimizer is not optimizer:
        raise fails("fit: schedule", "a scheduler of this optimiser", "one of another", "")
    return schedule, each == "step" or (each is None and isinstance(schedule, OneCycleLR))


def _after_epoch(schedule: Any, line: dict[str, float]) -> None:
    if isinstance(schedule, ReduceLROnPlateau):
        schedule.step(line.get("validation loss", line["loss"]))
    else:
        schedule.step()


@contextlib.contextmanager
def _ended(listeners: list[Callable[[Run], Any]], run: Run) -> Iterator[None]:
    try:
        yield
    finally:
        for listen in listeners:
            listen(run)


@contextlib.contextmanager
def _interrupts(run: Run) -> Iterator[None]:
    """Ctrl-C ends the training between two steps, so that nothing is half done; twice at once.

    Signals come to the main thread alone; elsewhere nothing is changed.
    """
    main = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGINT) if main else None

    def interrupt(number: int, frame: Any) -> None:
        if run.history.reason == "interrupted":
            raise KeyboardInterrupt
        run.stop("interrupted")

    if before is not signal.default_int_handler:  # of somebody who has a reason for it
        main = False
    if main:
        signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        run.stop("interrupted")
    finally:
        if main:
            signal.signal(signal.SIGINT, before)
