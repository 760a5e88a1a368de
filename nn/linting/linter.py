"""``Linter``: looks on while a network is trained, and warns of what goes wrong without an error.

It sees three moments of each step: before ``backward()`` it reads the graph of the loss, before and
after ``step()`` it reads gradients and parameters.  It changes nothing.  It looks at the first
steps and then at every twentieth, so it costs little; outside of a ``with nn.lint(...)`` block, or
without the callback, it costs nothing.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from autograd import Node, topological_order, watch_backward
from nn.checks import fails, whole
from nn.linting.gradients import Reach, UsedGradients
from nn.linting.losses import broadcast_error, softmax_twice
from nn.linting.pace import FAST_STEPS, Pace
from nn.linting.units import Units
from nn.linting.warning import Finding, LintWarning, issue
from nn.module import Module
from nn.optim.optimizer import Optimizer

__all__ = ["CODES", "Linter", "lint"]

CODES = {
    "forgotten-zero-grad": "backward() added to gradients that a step has used already",
    "no-gradients": "the optimiser's steps find no gradients at all",
    "unreached-parameter": "the loss does not depend on a parameter that is to be trained",
    "parameter-not-optimised": "the loss depends on a parameter that no optimiser has",
    "softmax-before-cross-entropy": "a softmax, log-softmax or sigmoid before a loss that has one",
    "broadcast-in-loss": "a prediction (n, 1) against a target (n,), which makes (n, n)",
    "dead-units": "most ReLUs of a layer give 0 for all examples",
    "saturated-units": "most sigmoids or tanhs of a layer are at the ends of their range",
    "exploding-updates": "gradients that have grown out of all proportion",
    "learning-rate-too-large": "steps as large as the weights, and a loss that does not fall",
    "learning-rate-too-small": "steps far below the weights, and a loss that does not fall",
    "nan-loss": "a loss that is not finite",
}


class Linter:
    """Warns of mistakes in a training: a callback of ``fit``, and what ``nn.lint`` uses.

    Args:
        model: the Module, to name its layers; in ``fit`` that of the run.
        optimizer: one or several; in ``fit`` that of the run.
        ignore: codes of rules to leave out, see ``nn.linting.CODES``.
        every: after the first 20 steps, how often to look closely.

    Attributes:
        warnings: what was said so far, ``LintWarning``s; each rule speaks once of each place.

    Raises:
        ValueError: an unknown code.
        TypeError: an optimiser that is none.

    In a loop of your own, ``check(loss)`` reads the graph of one loss.

    >>> import nn, warnings
    >>> model = nn.Sequential(nn.Linear(2, 3), nn.Softmax(dim=1))
    >>> loss = nn.functional.cross_entropy(model([[1.0, 2.0]]), [0])
    >>> with warnings.catch_warnings(record=True, action="always"):
    ...     found = nn.Linter(model).check(loss)
    >>> [warning.code for warning in found]
    ['softmax-before-cross-entropy']
    """

    def __init__(
        self,
        model: Any = None,
        optimizer: Any = None,
        *,
        ignore: Iterable[str] = (),
        every: int = 20,
    ) -> None:
        self.ignore = {ignore} if isinstance(ignore, str) else set(ignore)
        unknown = self.ignore - set(CODES)
        if unknown:
            got = ", ".join(map(repr, sorted(unknown)))
            raise fails("Linter: ignore", f"codes among {', '.join(CODES)}", got, "")
        self.every = whole("Linter: every", every, 1)
        self.warnings: list[LintWarning] = []
        self._begin(model, optimizer)

    def _begin(self, model: Any, optimizer: Any) -> None:
        self.model = model if isinstance(model, Module) else None
        several = isinstance(optimizer, list | tuple)
        self.optimizers = list(optimizer) if several else [] if optimizer is None else [optimizer]
        for one in self.optimizers:
            if not isinstance(one, Optimizer):
                raise fails(
                    "Linter: optimizer", "an optimiser, or a list", repr(one)[:80], "", TypeError
                )
        self.step = 0
        self._clears = False  # whether it is known that gradients are cleared, as in fit
        self._used, self._reach = UsedGradients(), Reach()
        self._paces = {o: Pace(o, self.model) for o in self.optimizers}
        self._units = Units(self.model, self._layer)
        self._order: list[Any] = []  # the graph of the last loss, at a step that is looked at
        self._losses: list[float] = []  # since the last step
        self._everything = [] if self.model is None else list(self.model.parameters())
        self._names: dict[Any, str] = {}
        for i, p in enumerate(p for o in self.optimizers for p in o.params):
            self._names[p] = p.label or f"parameter {i}"
        if self.model is not None:
            self._names |= {p: path for path, p in self.model.named_parameters()}

    # --- in a loop ---

    def check(self, loss: Any) -> list[LintWarning]:
        """Read the graph of a loss: softmax before cross-entropy, broadcast errors.

        Args:
            loss: the node, with its graph.

        Returns:
            What was said of it; also a warning was issued for each.
        """
        before = len(self.warnings)
        self._read(loss)
        return self.warnings[before:]

    def _read(self, loss: Any) -> None:
        if not isinstance(loss, Node):
            raise fails("Linter: check", "the loss, a node", repr(loss)[:80], "", TypeError)
        self._order = topological_order(loss, everything=True)
        self._say(softmax_twice(self._order, self.model))
        self._say(broadcast_error(loss, self.model))

    @property
    def _looking(self) -> bool:
        due = self.step < FAST_STEPS or self.step % self.every == 0
        return due or any(pace.alarmed for pace in self._paces.values())

    def before_backward(self, loss: Any) -> None:
        """The loss is computed."""
        if self._looking:
            self._used.before_backward()
        self._see(loss)

    def _see(self, loss: Any) -> None:
        single = np.size(loss.primal) == 1
        self._losses.append(float(loss.item()) if single else math.nan)
        if single and not math.isfinite(self._losses[-1]):
            self._say(self._not_finite(self._losses[-1]))
        if self._looking:
            self._read(loss)

    def before_step(self, optimizer: Any) -> None:
        """The gradients are there."""
        if self._looking and optimizer in self._paces:
            self._paces[optimizer].before_step()

    def after_step(self, optimizer: Any) -> None:
        """The parameters have moved."""
        losses, self._losses = self._losses, []
        number = sum(losses) / len(losses) if losses else math.nan
        if optimizer in self._paces:
            self._say(self._paces[optimizer].after_step(number))
        if self._looking:
            if not self._clears:
                self._say(self._used.after_step(optimizer.params, self._name))
            if not self._reach.done:
                self._reach.after_step(optimizer.params, self._everything)
                for finding in self._reach.findings(self._everything, self._name):
                    self._say(finding)
            if self._order and not any(pace.wild for pace in self._paces.values()):
                for finding in self._units.look(self._order):
                    self._say(finding)
            self._order = []
        self.step += 1

    def finish(self) -> None:
        """The training is over: say what a short one has shown."""
        for pace in self._paces.values():
            self._say(pace.too_slow())
        for finding in self._reach.findings(self._everything, self._name, least=3):
            self._say(finding)
        self._order = []

    # --- in fit ---

    def on_start(self, run: Any) -> None:
        """Watch this run."""
        self._begin(run.model, run.optimizer)
        self._clears = True

    def on_backward(self, run: Any) -> None:
        """Read the graph and the gradients."""
        self._see(run.value)
        self.before_step(run.optimizer)

    def on_step(self, run: Any) -> None:
        """See how far the parameters have moved."""
        self.after_step(run.optimizer)

    def on_end(self, run: Any) -> None:
        """Say what is left to say."""
        loss = math.nan if run.value is None else float(run.value.item())
        if run.value is not None and not math.isfinite(loss):  # why fit has stopped
            self._say(self._not_finite(loss))
        self.finish()

    # --- what is said ---

    def _say(self, finding: Finding | None) -> None:
        if finding is None or finding.code in self.ignore:
            return
        if any((w.code, w.place) == finding[:2] for w in self.warnings):
            return
        self.warnings.append(issue(finding))

    def _not_finite(self, number: float) -> Finding | None:
        """Of a loss that is no number, unless it was foretold."""
        if any(pace.done for pace in self._paces.values()):
            return None
        for pace in self._paces.values():
            if found := pace.exploded(number):
                return found
        for pace in self._paces.values():
            pace.done = True
        last = next((x for x in reversed(self._losses[:-1]) if math.isfinite(x)), None)
        return Finding(
            "nan-loss",
            "loss",
            f"the loss is {number} at step {self.step + 1}"
            + (f", after {last:.4g}" if last is not None else "")
            + ": a step with its gradients ruins all parameters.",
            "Run it inside `with autograd.detect_anomaly():`, which names the operation. Are the "
            "data finite? Is there a logarithm of 0, or a division by it?",
        )

    def _name(self, p: Any) -> str:
        return self._names.get(p) or p.label or f"a parameter of shape {getattr(p, 'shape', ())}"

    def _layer(self, p: Any) -> str:
        return self._name(p).removesuffix(".weight")


@contextlib.contextmanager
def lint(model: Any, optimizer: Any = None, **options: Any) -> Iterator[Linter]:
    """Warn of mistakes in the training loop inside the block.

    Args:
        model: the Module, or None.
        optimizer: that of the loop, or a list of several; without one, only the graphs of the
            losses are read.
        options: those of ``Linter``: ignore, every.

    While it lasts, the linter is told of each ``backward()`` and hooked into ``step()``; afterwards
    nothing is left behind.

    Yields:
        The ``Linter``.

    >>> import nn, numpy as np, warnings
    >>> model = nn.Linear(1, 1)
    >>> optimizer = nn.SGD(model.parameters(), lr=0.1)
    >>> x, y = np.ones((4, 1)), np.ones((4, 1))
    >>> with warnings.catch_warnings(record=True, action="always"):
    ...     with nn.lint(model, optimizer) as linter:
    ...         for _ in range(3):
    ...             loss = nn.functional.mse_loss(model(x), y)
    ...             loss.backward()  # and no zero_grad()
    ...             optimizer.step()
    >>> [warning.code for warning in linter.warnings]
    ['forgotten-zero-grad']
    """
    linter = Linter(model, optimizer, **options)
    with contextlib.ExitStack() as stack:
        stack.callback(linter.finish)
        for one in linter.optimizers:
            before = one.register_step_pre_hook(lambda o, *_: linter.before_step(o))
            after = one.register_step_post_hook(lambda o, *_: linter.after_step(o))
            stack.callback(before.remove)
            stack.callback(after.remove)
        stack.enter_context(watch_backward(linter.before_backward))
        yield linter
