"""What comes out of the activations of a network, step after step.

An activation passes a gradient on only where it has a slope.  A tanh or sigmoid whose output is
close to the ends of its range is *saturated*: its slope is almost 0, and what is before it hardly
learns (Glorot and Bengio, 2010).  A ReLU that is 0 for every example has no slope at all: it is
*dead*, and may never come back.  Both are seen in the outputs, before the loss shows anything.

The outputs are caught by forward hooks.  These are there while the recorder is used, as a callback
or in a ``with``, and are gone afterwards.  A network of neurons has no hooks; it is converted to
matrices for a look at some examples of its own, as a network of tensors may be as well.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, Self

import numpy as np

from autograd import Node, Value, no_grad
from nn.checks import fails
from nn.diagnostics.recorder import Column, Recorder, counted, edges_of
from nn.layers import activations
from nn.layers.activations import Hardtanh, LogSoftmax, ReLU, ReLU6, Sigmoid, Softmax, Tanh
from nn.module import Module
from nn.neuron import MLP
from nn.training.batching import in_mode

__all__ = ["ActivationStatistics", "activations_of", "dead_units_of", "saturated_share"]

# A softmax is no activation of single units.
_KINDS = tuple(
    kind
    for kind in (getattr(activations, name) for name in activations.__all__)
    if kind not in (Softmax, LogSoftmax)
)
_DYING = (ReLU, ReLU6)
SATURATED = 0.97


class ActivationStatistics(Recorder):
    """Statistics of the outputs of each activation layer, for each step.

    In a loop of your own, inside ``with ActivationStatistics(model) as statistics:``, call
    ``statistics.record()`` after a forward pass, which is then looked at.  Or pass it to ``fit`` in
    ``callbacks``.  With examples ``X`` of its own it needs no ``with``: each ``record()`` evaluates
    the model at these, in evaluation mode and without recording.

    Args:
        model: a Module whose activations are modules such as ``nn.Tanh()``; or ``nn.MLP``, with X.
        X: examples to look at; by default those of the last forward pass of the model.
        layers: the paths of other modules to look at; by default all activations but softmax.
        every: only each ``every``-th call is noted, beginning with the first.
        bins: the edges of the histograms, increasing numbers; by default 60 bins from -3 to 3.
        unit_axis: the axis of an output along which its units are: features, or channels.

    Attributes:
        names: the layers, L of them; steps: the number of each noted step, of shape (steps,).
        mean, std: of all outputs of a layer that are finite; floats of shape (steps, L).
        saturated: the share of outputs of tanh, sigmoid and hardtanh in the outer 3% of the way
            from the middle of their range to its ends; (steps, L), NaN for other layers.
        dead: the share of units of a ReLU or ReLU6 that are 0 for every example; NaN for others.
        nonfinite: how many outputs are NaN or infinite; int, (steps, L).
        histogram: counts, int of shape (steps, L, bins); the outer bins have all beyond them.
        bins: the edges, of shape (bins + 1,).

    Raises:
        TypeError: not a Module.
        ValueError: no activation layers; a network of Values without X; layers that are not there.
        RuntimeError: from ``record()``: no forward pass to look at.

    >>> import nn
    >>> model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
    >>> with ActivationStatistics(model) as statistics:
    ...     for _ in range(3):
    ...         _ = model(np.zeros((5, 2)))
    ...         statistics.record()
    >>> statistics.names, statistics.saturated.tolist()
    (['1'], [[0.0], [0.0], [0.0]])
    """

    mean = Column("The mean output, of shape (steps, layers).")
    std = Column("The standard deviation of the outputs.")
    saturated = Column("The share of saturated outputs; NaN for layers without a range.")
    dead = Column("The share of dead units; NaN for layers that are no ReLUs.")
    nonfinite = Column("How many outputs are NaN or infinite.")
    histogram = Column("Counts, of shape (steps, layers, bins).")

    def __init__(
        self,
        model: Any,
        X: Any = None,
        *,
        layers: Sequence[str] | None = None,
        every: int = 1,
        bins: Any = None,
        unit_axis: int = 1,
    ) -> None:
        what = "ActivationStatistics"
        self.model, self.X, self.layers, self.unit_axis = model, X, layers, unit_axis
        network, found = _network(what, model, layers)
        if X is None and network is not model:
            fix = "Pass X: neurons are evaluated at examples of their own."
            raise fails(what, "a network of tensors, or examples X", "a network of Values", fix)
        self.bins = edges_of(what, bins, np.linspace(-3, 3, 61))
        super().__init__(list(found), every)
        self._kinds = list(found.values())
        self._seen: dict[str, list[Any]] = {}
        self._stack: contextlib.ExitStack | None = None

    # --- looking on ---

    def __enter__(self) -> Self:
        if self.X is None and self._stack is None:
            self._stack = contextlib.ExitStack()
            found = _network("ActivationStatistics", self.model, self.layers)[1]
            self._seen = self._stack.enter_context(_caught(self.model, found))
        return self

    def __exit__(self, *details: Any) -> None:
        if self._stack is not None:
            self._stack.close()
            self._stack = None
        self._seen = {}

    def on_start(self, run: Any) -> None:
        """As a callback of ``fit``."""
        self.__enter__()

    def on_backward(self, run: Any) -> None:
        """As a callback of ``fit``."""
        self.record(run.step)

    def on_end(self, run: Any) -> None:
        """As a callback of ``fit``."""
        self.__exit__()

    def record(self, step: int | None = None) -> None:
        """Note the outputs of the last forward pass, or those for X.

        Args:
            step: its number; by default the calls are counted.
        """
        if not self._due():
            return
        if self.X is None:
            outputs = dict(self._seen)
        else:
            outputs = _outputs("ActivationStatistics", self.model, self.X, self.layers)
        missing = [name for name in self.names if not outputs.get(name)]
        if missing:
            self._calls -= 1
            raise fails(
                "ActivationStatistics: record",
                "a forward pass of the model in `with statistics:`",
                f"none through {', '.join(missing)}",
                "Call the model itself, rather than its forward or its layers.",
                RuntimeError,
            )
        rows = [
            _statistics(kind, outputs[name], self.bins, self.unit_axis)
            for name, kind in zip(self.names, self._kinds, strict=True)
        ]
        self._note(step, {name: [row[name] for row in rows] for name in rows[0]})

    # --- units ---

    @property
    def dead_units(self) -> dict[str, Any]:
        """Which units of a ReLU layer were 0 for every example: bools of shape (steps, units)."""
        return {
            name: np.array([row["units"][k] for row in self._rows], dtype=bool)
            for k, (name, kind) in enumerate(zip(self.names, self._kinds, strict=True))
            if isinstance(kind, _DYING)
        }

    @property
    def dead_throughout(self) -> dict[str, Any]:
        """Which units of each ReLU layer were dead at every noted step: bools of shape (units,)."""
        return {name: units.all(axis=0) for name, units in self.dead_units.items() if len(units)}

    def to_dict(self) -> dict[str, Any]:
        """All there is, by name: the columns, names, steps, ``bins`` and ``dead_units``; copies."""
        return {**super().to_dict(), "bins": self.bins.copy(), "dead_units": self.dead_units}


def activations_of(model: Any, X: Any, layers: Sequence[str] | None = None) -> dict[str, Any]:
    """The outputs of each activation layer for some examples, by the path of the layer.

    Args:
        model: a Module of tensors, or ``nn.MLP``.
        X: the examples, as the model takes them in a batch.
        layers: the paths of other modules; by default all activations but softmax.

    Returns:
        Arrays with a row for each example.  Of a layer that is used several times, the last output.

    >>> import nn
    >>> {name: a.shape for name, a in activations_of(nn.MLP(2, [3, 1]), np.ones((5, 2))).items()}
    {'layers.0': (5, 3)}
    """
    return {name: a[-1] for name, a in _outputs("activations_of", model, X, layers).items() if a}


def _network(what: str, model: Any, layers: Sequence[str] | None) -> tuple[Any, dict[str, Any]]:
    """A network with hooks, and the modules in it that are to be looked at, by name."""
    if not isinstance(model, Module):
        raise fails(what, "a Module", repr(model)[:80], "Pass the model.", TypeError)
    if isinstance(model, MLP):
        network = model.to_tensor()
        names = [
            f"layers.{k}"
            for k, layer in enumerate(model.layers)
            if layer.neurons[0].activation != "linear"
        ]
        found = dict(zip(names, (m for m in network if isinstance(m, _KINDS)), strict=True))
        model = network
    elif any(isinstance(p, Value) for p in model.parameters()):
        fix = "Layers of neurons are called one after the other; put them into an nn.MLP."
        raise fails(what, "a Module of tensors, or nn.MLP", type(model).__name__, fix)
    else:
        modules = dict(model.named_modules())
        if layers is None:
            found = {name: m for name, m in modules.items() if isinstance(m, _KINDS)}
        else:
            found = {name: modules[name] for name in layers if name in modules}
    unknown = [name for name in layers or () if name not in found]
    if unknown:
        raise fails(what, "layers that are modules of the model", ", ".join(unknown), "")
    if not found:
        raise fails(
            what,
            "activation layers",
            "none",
            "Make them modules, such as nn.ReLU() instead of relu(x), or name layers=[...].",
        )
    return model, found


def _outputs(what: str, model: Any, X: Any, layers: Sequence[str] | None) -> dict[str, list[Any]]:
    """The outputs of the layers for X, of each call."""
    network, found = _network(what, model, layers)
    with _caught(network, found) as seen, in_mode(network, training=False), no_grad():
        network(np.asarray(X, dtype=float) if network is not model else X)
        return dict(seen)


@contextlib.contextmanager
def _caught(model: Any, layers: dict[str, Any]) -> Iterator[dict[str, list[Any]]]:
    """Inside, what each layer gave at the last call of the model, as arrays by name."""
    seen: dict[str, list[Any]] = {}

    def forget(module: Any, args: Any) -> None:
        seen.clear()

    def hook_for(name: str) -> Any:
        def keep(module: Any, args: Any, output: Any) -> None:
            seen.setdefault(name, []).append(
                np.asarray(output.primal if isinstance(output, Node) else output)
            )

        return keep

    handles = [model.register_forward_pre_hook(forget)]
    try:
        handles += [m.register_forward_hook(hook_for(name)) for name, m in layers.items()]
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def _statistics(kind: Any, calls: list[Any], bins: Any, axis: int) -> dict[str, Any]:
    """The columns for one layer, of all its calls in one forward pass."""
    outputs = np.concatenate([a.ravel() for a in calls])
    finite = outputs[np.isfinite(outputs)]
    units = np.concatenate([dead_units_of(a, axis) for a in calls])
    limits = _range(kind)
    saturated = np.nan
    if limits is not None and finite.size:
        saturated = saturated_share(finite, *limits)
    return {
        "mean": finite.mean(dtype=float) if finite.size else np.nan,
        "std": finite.std(dtype=float) if finite.size else np.nan,
        "saturated": saturated,
        "dead": units.mean() if isinstance(kind, _DYING) and units.size else np.nan,
        "nonfinite": outputs.size - finite.size,
        "histogram": counted(finite, bins),
        "units": units,
    }


def saturated_share(outputs: Any, low: float, high: float) -> Any:
    """The share of outputs in the outer 3% of the way from the middle of a range to its ends."""
    middle, half = (high + low) / 2, (high - low) / 2
    return np.mean(np.abs(outputs - middle) > SATURATED * half)


def dead_units_of(outputs: Any, axis: int) -> Any:
    """Which units are 0 for every example and, of channels, everywhere; shape (units,)."""
    zero = outputs == 0
    if zero.ndim < 2:
        return zero.ravel()
    others = tuple(k for k in range(zero.ndim) if k != axis % zero.ndim)
    return zero.all(axis=others)


def _range(kind: Any) -> tuple[float, float] | None:
    """From where to where an activation goes, if its slope is 0 at both ends."""
    if isinstance(kind, Hardtanh):
        return kind.min_val, kind.max_val
    if isinstance(kind, Sigmoid):
        return 0.0, 1.0
    return (-1.0, 1.0) if isinstance(kind, Tanh) else None
