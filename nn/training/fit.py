"""``fit``: the training loop, with what one usually wants around it.

The loop itself is the six lines that every training has, and that you may write yourself:

    for inputs, targets in loader:
        optimizer.zero_grad()
        outputs = model(inputs)
        value = loss(outputs, targets)
        value.backward()
        optimizer.step()

``fit`` adds what is easy to forget: training and evaluation mode, a look at the validation data
after each epoch, checks that data and losses are finite, and moments at
which callbacks may look on (``run.py``).
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from nn.checks import fails, real, whole
from nn.optim.lr_scheduler import ReduceLROnPlateau
from nn.optim.optimizer import Optimizer
from nn.training.batching import (
    batches_of,
    has_values,
    in_mode,
    not_finite,
    pair,
    parts_of,
    predictor,
)
from nn.training.checking import (
    check_optimizer,
    check_parameters,
    finite_loss,
    in_order,
    place,
    scheduler,
)
from nn.training.evaluation import Tally, check_loss, evaluated, named_metrics
from nn.training.history import History
from nn.training.progress import Progress
from nn.training.run import MOMENTS, Run
from nn.utils import clip_grad_norm_

__all__ = ["fit"]


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
    """Train a model and return what was measured.

    Ctrl-C ends it after the step at hand, with the history so far and "interrupted" as its reason;
    a second Ctrl-C at once.  Either way the parameters are those of a whole step.

    Args:
        model: a Module of tensors, called with the inputs of a batch; or of Values (``nn.MLP``),
            which takes one example, and is compiled to take batches; see ``nn.predictor``.
        data: a DataLoader, or another iterable of batches (inputs, targets); a pair of arrays is
            one batch. What the model and the loss understand may be in it: arrays, or lists,
            tuples and dictionaries of them.
        loss: a function of (outputs, targets), such as ``nn.CrossEntropyLoss()``: the mean over the
            batch.
        optimizer: of the model's parameters, or of some of them.
        epochs: how many times to go through the data.
        validation: data of the same kind that is only looked at, after each epoch.
        schedule: a scheduler of ``nn.optim.lr_scheduler``, or a function of the number of steps it
            has made that gives the factor of the learning rate.
        schedule_each: "epoch" or "step": how often the schedule makes its step. By default after
            each epoch, and OneCycleLR after each step. ReduceLROnPlateau is given the validation
            loss, or the loss if there is none.
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
            are as they were before this batch. Or parameters that are not finite.
        RuntimeError: gradients that are not finite, if they are clipped; likewise untouched.
        ValueError: data that are not finite, named likewise.
        TypeError, ValueError: arguments that do not fit, before the first step.

        Whatever ends a training, the history so far is in the error's attribute ``history``.

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
    modules, own = parts_of(model)
    check_loss("fit", loss)
    check_optimizer(model, own, optimizer)
    epochs = whole("fit: epochs", epochs, 0)
    bound = None
    if clip is not None:
        bound = real("fit: clip", clip, "a norm above 0, or None", lambda x: x > 0)
    measured = named_metrics(metrics)
    advance, each_step = scheduler(schedule, schedule_each, optimizer)
    parameters = optimizer.params
    run = Run(model, loss, optimizer, batches, epochs, validation, advance)
    run.callbacks = in_order(callbacks) + ([Progress()] if progress else [])
    tell = {
        moment: [getattr(one, moment) for one in run.callbacks if hasattr(one, moment)]
        for moment in MOMENTS
    }
    predict = look = model
    if has_values(own):
        # One for training and one for evaluation mode: a compiled function is traced in one mode.
        predict, look = predictor(model, compile), predictor(model, compile)

    with in_mode(model, True, modules), _interrupts(run), _ending(run, tell["on_end"]):
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
                if fault := not_finite(run.inputs, run.targets):  # before anything has seen them
                    raise fails(place(run, tally), *fault)
                optimizer.zero_grad()
                run.outputs = predict(run.inputs)
                run.value = loss(run.outputs, run.targets)
                number = finite_loss(run, tally)
                run.value.backward()
                if bound is not None:
                    clip_grad_norm_(parameters, bound, error_if_nonfinite=True)
                for listen in tell["on_backward"]:
                    listen(run)
                optimizer.step()
                run.step += 1
                if each_step:
                    advance.step()
                for listen in tell["on_step"]:
                    listen(run)
                tally.add(run.inputs, run.targets, run.outputs, number)
            else:
                line = tally.line("fit: data")
                if validation is not None:
                    line |= evaluated(
                        "fit: validation", look, model, validation, loss, measured, "validation "
                    )
                line["lr"] = float(optimizer.param_groups[0]["lr"])
                run.epoch += 1
                run.history.append(line)
                if advance is not None and not each_step:
                    _after_epoch(advance, line)
                for listen in tell["on_epoch"]:
                    listen(run)
        check_parameters("fit", model, optimizer)
    return run.history


# ---- What surrounds the loop ---------------------------------------------------------------------


def _after_epoch(schedule: Any, line: dict[str, float]) -> None:
    if isinstance(schedule, ReduceLROnPlateau):
        schedule.step(line.get("validation loss", line["loss"]))
    else:
        schedule.step()


@contextlib.contextmanager
def _ending(run: Run, listeners: list[Callable[[Run], Any]]) -> Iterator[None]:
    """Tell the end to all, also if an error ends the training or one of them makes an error."""
    try:
        with contextlib.ExitStack() as ends:
            for listen in reversed(listeners):  # what was put on a stack last leaves it first
                ends.callback(listen, run)
            yield
    except Exception as error:
        error.history = run.history  # type: ignore[attr-defined]
        raise


@contextlib.contextmanager
def _interrupts(run: Run) -> Iterator[None]:
    """Ctrl-C ends the training between two steps, so that nothing is half done; twice at once.

    Signals come to the main thread alone; elsewhere nothing is changed.
    """
    main = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGINT) if main else None
    pressed = 0

    def interrupt(*_: Any) -> None:
        nonlocal pressed
        pressed += 1
        if not run.stopped:
            run.stop("interrupted")
        if pressed > 1:
            raise KeyboardInterrupt

    if before is not signal.default_int_handler:  # of somebody who has a reason for it
        main = False
    if main:
        signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        if not run.stopped:
            run.stop("interrupted")
    finally:
        if main:
            signal.signal(signal.SIGINT, before)
