"""What ``fit`` looks at before it trains, and before each step: so that nothing is half done."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd import Node
from nn.checks import fails, no_object
from nn.module import Module
from nn.optim import LBFGS
from nn.optim.lr_scheduler import LambdaLR, OneCycleLR, ReduceLROnPlateau
from nn.optim.optimizer import Optimizer
from nn.training.batching import surely_finite
from nn.training.evaluation import Tally, loss_number
from nn.training.run import MOMENTS

__all__ = [
    "check_optimizer",
    "check_parameters",
    "finite_loss",
    "in_order",
    "place",
    "scheduler",
]


def check_optimizer(model: Any, parameters: list[Any], optimizer: Any) -> None:
    """It makes a step for a batch, and it moves some of the parameters of this model."""
    expected = "an optimiser that makes one step a batch"
    if optimizer is LBFGS or isinstance(optimizer, LBFGS):
        fix = "L-BFGS asks for the loss several times a step: write optimizer.step(closure)."
        raise fails("fit: optimizer", expected, "LBFGS", fix, TypeError)
    if not isinstance(optimizer, Optimizer):
        fix = "For example nn.SGD(model.parameters(), lr=0.1)."
        raise no_object("fit: optimizer", expected, optimizer, fix, "model.parameters()")
    if isinstance(model, Module) and set(optimizer.params).isdisjoint(parameters):
        raise fails(
            "fit: optimizer",
            "one of the model's parameters",
            "one that has none of them",
            "Was the model made anew? Make the optimiser after it: "
            f"{type(optimizer).__name__}(model.parameters(), ...).",
        )


def in_order(callbacks: Any) -> list[Any]:
    """The callbacks, those last that want to be."""
    if not isinstance(callbacks, Iterable):
        raise fails("fit: callbacks", "a list of them", repr(callbacks)[:80], "", TypeError)
    listed = list(callbacks)
    for callback in listed:
        if isinstance(callback, type) or not any(hasattr(callback, name) for name in MOMENTS):
            expected = f"objects with at least one of the methods {', '.join(MOMENTS)}"
            raise no_object("fit: callbacks", expected, callback, "", "...")
        for name in dir(callback):
            if name.startswith("on_") and name not in MOMENTS:  # it would never be called
                near = difflib.get_close_matches(name, MOMENTS, 1)
                raise fails(
                    "fit: callbacks",
                    f"methods among {', '.join(MOMENTS)}",
                    f"{type(callback).__name__}.{name}",
                    f"Did you mean {near[0]}?" if near else "Give what is its own another name.",
                    TypeError,
                )
    return sorted(listed, key=lambda callback: bool(getattr(callback, "last", False)))


def place(run: Any, tally: Tally) -> str:
    """Where a training is, in words."""
    return (
        f"fit: epoch {run.epoch + 1}, step {run.step + 1} "
        f"(after {tally.examples} examples of the epoch)"
    )


def finite_loss(run: Any, tally: Tally) -> float:
    """The loss as a number, before anything is done with it."""
    if not isinstance(run.value, Node):
        raise fails(
            "fit: loss",
            "a node that remembers how it was computed",
            repr(run.value)[:80],
            "Compute it from the outputs with functions of nn or autograd.",
            TypeError,
        )
    number = loss_number("fit: loss", run.value)
    if not math.isfinite(number):
        check_parameters(place(run, tally), run.model, run.optimizer)
        rate = run.optimizer.param_groups[0]["lr"]
        raise fails(
            place(run, tally),
            "a finite loss",
            f"{number}",
            f"The data are finite: try a learning rate below {rate:g}, or clip=1.0; "
            "with autograd.detect_anomaly(): finds the operation. "
            "The parameters are as they were before this batch.",
            FloatingPointError,
        )
    return number


def check_parameters(what: str, model: Any, optimizer: Optimizer) -> None:
    """A gradient may be infinite or NaN though the loss is not, and so the parameters after it.

    To look at all gradients in every step costs a tenth of the step of a small network.  So the
    parameters that moved are looked at instead: when a loss is not finite, before a checkpoint is
    saved, and when the training has ended.
    """
    for p in optimizer.params:
        if not (surely_finite(p) or np.isfinite(p.primal).all()):
            names = model.named_parameters() if isinstance(model, Module) else ()
            name = next((name for name, other in names if other is p), p.label or "a parameter")
            raise fails(
                what,
                "finite parameters",
                f"infinite or NaN ones in {name}",
                "A gradient was not finite, though the loss was: is there a square root, a norm or "
                "a logarithm at 0, or a division by it? with autograd.detect_anomaly(): finds the "
                "operation. Build the model anew, or go on from a checkpoint.",
                FloatingPointError,
            )


def scheduler(schedule: Any, each: str | None, optimizer: Optimizer) -> tuple[Any, bool]:
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
    if getattr(schedule, "optimizer", optimizer) is not optimizer:
        raise fails("fit: schedule", "a scheduler of this optimiser", "one of another", "")
    if isinstance(schedule, ReduceLROnPlateau) and (each == "step" or schedule.mode == "max"):
        raise fails(
            "fit: schedule",
            "a ReduceLROnPlateau that is given a loss after each epoch",
            'schedule_each="step"' if each == "step" else 'mode="max"',
            "To give it another number, call its step in a callback's on_epoch: "
            'schedule.step(run.history["validation accuracy"][-1]).',
        )
    return schedule, each == "step" or (each is None and isinstance(schedule, OneCycleLR))
