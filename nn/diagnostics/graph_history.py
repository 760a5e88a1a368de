"""The graph of one example's loss, step after step of a training: what ``train_view`` shows.

Curves say *that* a network learns; this says *where*.  The graph of one loss has a box for every
number of a small network: at the chosen steps the values and gradients in all of them are kept, and
``train_view`` makes a film of them, in which boxes stay where they are and only numbers and colours
change.  It is always the same example, so what changes is the network.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import Node, topological_order
from nn.checks import fails
from nn.diagnostics.groups import check_model
from nn.diagnostics.preserved import preserved
from nn.diagnostics.recorder import Column, Recorder
from nn.training.evaluation import check_loss

if TYPE_CHECKING:
    from autograd import Film

__all__ = ["GraphHistory", "train_view"]


class GraphHistory(Recorder):
    """The graph of a loss, with all values and gradients, at some steps of a training.

    Pass it to ``fit`` in ``callbacks``, or call ``record()`` after each ``loss.backward()``: with a
    ``loss`` and an ``example`` it computes their graph for itself, in evaluation mode, and leaves
    parameters, gradients and random numbers as they were.  Or call ``record(loss)`` with a graph of
    your own whose gradients are there.

    Args:
        model: a Module, small enough to be seen: made of Values (``nn.MLP``) or of Tensors.
        loss: a function of (output, target), such as ``nn.mse_loss``.
        example: a pair (inputs, target) as the model and the loss take them: one example for a
            model of Values, a batch for one of Tensors.
        every: only each ``every``-th call is noted, beginning with the first.
        collapse, depth: what shares a box, as in ``autograd.draw``.

    Attributes:
        names: what is in each box, its first line; B of them, known after the first step.
        steps: the number of each noted step; int, of shape (steps,).
        loss: the loss, of shape (steps,).
        values, gradients: of each box, floats of shape (steps, B): the number, of an array the
            norm; NaN where there is none.
        moments: a snapshot for each step, for ``autograd.Film``.

    Raises:
        TypeError: not a Module, or only one of ``loss`` and ``example``.
        ValueError: a model without parameters; ``every`` out of range.

    >>> import nn
    >>> model = nn.MLP(2, [3, 1], seed=0)
    >>> optimizer = nn.SGD(model.parameters(), lr=0.1)
    >>> history = GraphHistory(model, nn.mse_loss, ([1.0, -1.0], 1.0), every=5)
    >>> for _ in range(20):
    ...     optimizer.zero_grad()
    ...     nn.mse_loss(model([1.0, -1.0]), 1.0).backward()
    ...     history.record()
    ...     optimizer.step()
    >>> history.steps.tolist(), bool(history.loss[-1] < history.loss[0])
    ([0, 5, 10, 15], True)
    >>> train_view(history)
    <Film: The computation graph of 26 nodes that is drawn here, at 4 moments>
    """

    values = Column("The number in each box, of shape (steps, boxes); of an array the norm.")
    gradients = Column("The gradient of each box, of shape (steps, boxes); of an array the norm.")
    loss = Column("The loss, of shape (steps,).")

    def __init__(
        self,
        model: Any,
        loss: Callable[[Any, Any], Any] | None = None,
        example: Any = None,
        every: int = 1,
        *,
        collapse: bool | str | None = None,
        depth: int | None = None,
    ) -> None:
        check_model("GraphHistory", model)
        if (loss is None) != (example is None):
            raise fails(
                "GraphHistory",
                "both a loss and an example, or neither",
                "only one of them",
                "Without them, pass a graph: history.record(loss).",
                TypeError,
            )
        if example is not None and not (isinstance(example, tuple | list) and len(example) == 2):
            got = repr(example)[:80]
            raise fails("GraphHistory: example", "a pair (inputs, target)", got, "", TypeError)
        if loss is not None:
            check_loss("GraphHistory", loss)
        super().__init__([], every)
        self.moments: list[Any] = []
        self._model, self._loss = model, loss
        self._example: Any = example
        self._grouping: dict[str, Any] = {"collapse": collapse, "depth": depth}

    def record(self, loss: Any = None, step: int | None = None) -> None:
        """Note a graph.

        Args:
            loss: the node where it ends, after ``loss.backward()``; inner Tensors have a gradient
                if ``retain_grad()`` was called. By default that of the loss of the example.
            step: its number; by default the calls are counted.

        Raises:
            TypeError: no node, and no example to compute one.
            ValueError: the graph has other boxes than at the first step.
        """
        if loss is None and self._example is None:
            wanted = "a loss, or a GraphHistory with a loss and an example"
            raise fails("GraphHistory.record", wanted, "neither", "record(loss)", TypeError)
        if loss is not None and not isinstance(loss, Node):
            raise fails("GraphHistory.record", "a node", repr(loss)[:80], "", TypeError)
        if not self._due():
            return
        try:
            self._note_graph(loss, self._calls - 1 if step is None else step)
        except BaseException:
            self._calls -= 1
            raise

    def on_backward(self, run: Any) -> None:
        """As a callback of ``fit``: the loss of the example, or else of the batch."""
        self.record(run.value if self._example is None else None, run.step)

    def _note_graph(self, root: Any, step: int) -> None:
        if root is None:
            assert self._loss is not None
            inputs, target = self._example
            with preserved(self._model):
                self._model.zero_grad()
                root = self._loss(self._model(inputs), target)
                for node in topological_order(root, everything=True):
                    if node.op is not None and hasattr(node, "retain_grad"):
                        node.retain_grad()
                root.backward()
                moment = self._snapshot(root, step)
        else:
            moment = self._snapshot(root, step)
        names = [box.lines[0] for box in moment.boxes]
        if self.names and len(names) != len(self.names):
            raise fails(
                "GraphHistory.record",
                f"a graph of {len(self.names)} boxes, as at the first step",
                f"{len(names)}",
                "Record the same function of the same example at every step.",
            )
        self.names = self.names or names
        self.moments.append(moment)
        self._note(
            step,
            {
                "loss": float(root.item()),
                "values": [_number(box.value) for box in moment.boxes],
                "gradients": [_number(box.grad) for box in moment.boxes],
            },
        )

    def _snapshot(self, root: Any, step: int) -> Any:
        from autograd import snapshot

        caption = f"step {step}: loss {float(root.item()):.4g}"
        return snapshot(root, caption, model=self._model, **self._grouping)


def _number(number: Any) -> float:
    return float(np.nan if number.value is None else number.value)


def train_view(history: GraphHistory, **style: Any) -> Film:
    """The graph of a loss over the steps of a training, as a film: only numbers and colours move.

    A notebook shows it with a slider; ``save`` writes a page, an animated SVG or a GIF, and
    ``save_frames`` a picture for each step.  The colours are one scale for all steps.

    Args:
        history: what was recorded.
        style: ``view`` ("gradients" by default, "values", "locals" or "all"), ``theme``,
            ``direction``, ``size`` and ``engine``, as for ``autograd.Film``.

    Raises:
        TypeError: something else than a ``GraphHistory``.
        ValueError: nothing was recorded, or a setting that there is not.
    """
    from autograd import Film

    if not isinstance(history, GraphHistory):
        raise fails("train_view", "a GraphHistory", repr(history)[:80], "", TypeError)
    if not history.moments:
        raise fails("train_view", "at least one step", "none", "Record while the model is trained.")
    return Film(history.moments, **style)
