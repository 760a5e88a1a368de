"""Recurrent layers: RNN, GRU and LSTM along sequences, and their cells for one step.

What the inputs say to the gates is one product of matrices for all steps; the steps themselves are
one node of the graph (``autograd.recurrent``).  A cell is a sequence of one step.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

import autograd
from nn import functional as F
from nn import init
from nn.checks import fails, real, whole
from nn.module import Module, Parameter

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNCell"]


class Kind(NamedTuple):
    """A cell of ``autograd.recurrent``, with its numbers of gates and states."""

    cell: str
    gates: int
    states: int


RNNS = {"tanh": Kind("rnn_tanh", 1, 1), "relu": Kind("rnn_relu", 1, 1)}


def _rnn(what: str, nonlinearity: Any) -> Kind:
    if nonlinearity not in RNNS:
        fix = "Other activations have no cell of their own."
        raise fails(f"{what}: nonlinearity", "'tanh' or 'relu'", repr(nonlinearity), fix)
    return RNNS[nonlinearity]


class Recurrent(Module):
    """What the layers and the cells have in common: sizes, and parameters for each cell."""

    kind: Kind
    weight_hh: Any
    weight_hh_l0: Any

    def _start(self, input_size: Any, hidden_size: Any, bias: bool, dtype: Any) -> None:
        what = type(self).__name__
        self.input_size = whole(f"{what}: input_size", input_size, 1)
        self.hidden_size = whole(f"{what}: hidden_size", hidden_size, 1)
        self.bias = bool(bias)
        self._dtype = dtype

    def _add_cell(self, inputs: int, suffix: str = "") -> None:
        """Parameters of a cell; their order is PyTorch's."""
        together = self.kind.gates * self.hidden_size
        shapes: dict[str, tuple[int, ...]] = {
            "weight_ih": (together, inputs),
            "weight_hh": (together, self.hidden_size),
        }
        if self.bias:
            shapes |= {"bias_ih": (together,), "bias_hh": (together,)}
        for name, shape in shapes.items():
            name += suffix
            setattr(self, name, Parameter(np.empty(shape, self._dtype), label=name))

    def reset_parameters(self) -> None:
        """Draw all numbers anew, uniform between ``±1/sqrt(hidden_size)``."""
        bound = 1 / math.sqrt(self.hidden_size)
        for p in self.parameters():
            init.uniform_(p, -bound, bound)

    def _along(self, x: Any, start: Any, suffix: str = "", reverse: bool = False) -> Any:
        """The states (states, steps + 1, examples, hidden) for inputs (steps, examples, size)."""
        gates, hidden = self.kind.gates, self.hidden_size
        steps, examples, inputs = x.shape
        weight_ih, weight_hh = (getattr(self, f"weight_{to}{suffix}") for to in ("ih", "hh"))
        by_gate = autograd.reshape(weight_ih, (gates, hidden, inputs))
        rows = autograd.reshape(x, (steps * examples, inputs))
        p = autograd.matmul(rows, autograd.swapaxes(by_gate, 1, 2))
        bias: Any = np.zeros((gates, hidden), weight_hh.dtype)
        if self.bias:
            p = p + autograd.reshape(getattr(self, f"bias_ih{suffix}"), (gates, 1, hidden))
            bias = autograd.reshape(getattr(self, f"bias_hh{suffix}"), (gates, hidden))
        p = autograd.reshape(p, (gates, steps, examples, hidden))
        p = autograd.flip(p, axis=1) if reverse else p
        weight = autograd.reshape(weight_hh, (gates, hidden, hidden))
        return autograd.recurrent(self.kind.cell, p, start, weight, bias)

    def _states(self, hx: Any, shape: tuple[int, ...], like: Any) -> list[Any]:
        """What was given as first states, h or (h, c), each of this shape; zeros for None."""
        what, states = type(self).__name__, self.kind.states
        if hx is None:
            zeros = np.zeros(shape, like.dtype)
            return [zeros] * states
        given = list(hx) if isinstance(hx, tuple | list) else [hx]
        given = [x if isinstance(x, autograd.Node) else np.asarray(x) for x in given]
        if len(given) != states or any(x.shape != shape for x in given):
            wanted = "a pair of states (h, c), both" if states == 2 else "a state h"
            got = ", ".join(str(x.shape) for x in given)
            fix = "One for each layer and direction, in PyTorch's order." if len(shape) == 3 else ""
            raise fails(what, f"{wanted} of shape {shape}", f"shapes {got}", fix)
        return given


def _array(x: Any) -> Any:
    return x if isinstance(x, autograd.Node) else np.asarray(x)


def _check_input(what: str, x: Any, size: int, axes: tuple[int, int]) -> None:
    if x.ndim not in axes or x.shape[-1] != size or 0 in x.shape[:-1]:
        expected = f"{axes[0]} or {axes[1]} axes, none of them empty, the last of length {size}"
        fix = "For sequences: (steps, examples, size), or (examples, steps, size) with batch_first."
        raise fails(what, expected, f"shape {x.shape}", fix if axes[1] == 3 else "")


# --- along sequences ------------------------------------------------------------------------------


class Layered(Recurrent):
    """Layers of cells along sequences, in one or both directions."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        dtype: Any = None,
    ) -> None:
        what = type(self).__name__
        self._start(input_size, hidden_size, bias, dtype)
        self.num_layers = whole(f"{what}: num_layers", num_layers, 1)
        self.batch_first, self.bidirectional = bool(batch_first), bool(bidirectional)
        wanted = "a probability between 0 and 1"
        self.dropout = real(f"{what}: dropout", dropout, wanted, lambda p: 0 <= p <= 1)
        if proj_size:
            fix = "Put a Linear layer behind it."
            raise fails(f"{what}: proj_size", "0: states are not projected", repr(proj_size), fix)
        inputs, directions = self.input_size, 1 + self.bidirectional
        for layer in range(self.num_layers):
            for suffix in self._suffixes(layer):
                self._add_cell(inputs, suffix)
            inputs = self.hidden_size * directions
        self.reset_parameters()

    def _suffixes(self, layer: int) -> list[str]:
        """How the names of the parameters end, for each direction."""
        return [f"_l{layer}"] + [f"_l{layer}_reverse"] * self.bidirectional

    def forward(self, input: Any, hx: Any = None) -> Any:
        """Outputs of the last layer for all steps, and the last states of all layers.

        Args:
            input: of shape (steps, examples, input_size), or (examples, steps, input_size) with
                ``batch_first``, or (steps, input_size) for one sequence.
            hx: the first states, of shape (layers * directions, examples, hidden_size), without
                the examples for one sequence; zeros by default.  For an LSTM, a pair.

        Returns:
            Outputs of the shape of the input, with hidden_size * directions as last; states of the
            shape of ``hx``.
        """
        x = _array(input)
        what, directions = type(self).__name__, 1 + self.bidirectional
        _check_input(what, x, self.input_size, (2, 3))
        single = x.ndim == 2
        if single:
            x = x[:, None]
        elif self.batch_first:
            x = autograd.swapaxes(x, 0, 1)
        examples = () if single else (x.shape[1],)
        given = self._states(
            hx, (self.num_layers * directions, *examples, self.hidden_size), self.weight_hh_l0
        )
        starts = autograd.stack([s[:, None] if single else s for s in given], axis=1)
        lasts: list[Any] = []
        for layer in range(self.num_layers):
            outputs = []
            for direction, suffix in enumerate(self._suffixes(layer)):
                reverse = direction == 1
                states = self._along(x, starts[len(lasts)], suffix, reverse)
                out = states[0, 1:]
                outputs.append(autograd.flip(out, axis=0) if reverse else out)
                lasts.append(states[:, -1])
            x = outputs[0] if len(outputs) == 1 else autograd.concatenate(outputs, axis=-1)
            if self.dropout and layer < self.num_layers - 1:
                x = F.dropout(x, self.dropout, self.training)
        ends = autograd.stack(lasts, axis=1)
        ends = ends[:, :, 0] if single else ends
        if single:
            x = x[:, 0]
        elif self.batch_first:
            x = autograd.swapaxes(x, 0, 1)
        return x, tuple(ends) if self.kind.states == 2 else ends[0]

    def extra_repr(self) -> str:
        """PyTorch's."""
        settings = {"num_layers": 1, "bias": True, "batch_first": False, "dropout": 0.0}
        settings |= {"bidirectional": False}
        changed = [
            f"{name}={getattr(self, name)}"
            for name, default in settings.items()
            if getattr(self, name) != default
        ]
        return ", ".join([f"{self.input_size}, {self.hidden_size}", *changed])


class RNN(Layered):
    """``h_t = tanh(x_t @ W_ih.T + b_ih + h_(t-1) @ W_hh.T + b_hh)`` along sequences (Elman, 1990).

    Args:
        input_size: the length of the last axis of the inputs.
        hidden_size: the number of hidden units.
        num_layers: how many layers; each takes the outputs of the one below.
        nonlinearity: "tanh" or "relu".
        bias: whether there are biases.
        batch_first: whether examples come before steps.
        dropout: the probability to drop an output of a layer that is not the last, in training.
        bidirectional: whether each layer also runs from the end to the start.
        dtype: of the parameters; NumPy's, float64 by default (PyTorch's default is float32).

    Attributes:
        weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0: of the first layer; ``_l1`` and so on of
            the others, ``_l0_reverse`` and so on for the other direction.

    Raises:
        ValueError: sizes below 1, a dropout that is no probability, inputs or states whose shapes
            do not fit.

    >>> import nn
    >>> outputs, last = nn.RNN(3, 4, num_layers=2)(np.ones((5, 2, 3)))
    >>> outputs.shape, last.shape
    ((5, 2, 4), (2, 2, 4))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        dtype: Any = None,
    ) -> None:
        self.kind, self.nonlinearity = _rnn("RNN", nonlinearity), nonlinearity
        super().__init__(
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            dtype=dtype,
        )


class GRU(Layered):
    """Gated recurrent units along sequences (Cho et al., 2014); arguments as of ``RNN``.

    With p for what the input says, and q for what the last state says, each with its bias:
    ``r = sigmoid(p_r + q_r)``, ``z = sigmoid(p_z + q_z)``, ``n = tanh(p_n + r * q_n)`` and
    ``h = (1 - z) * n + z * h``.  Parameters have three parts, for r, z and n in this order.

    >>> import nn
    >>> outputs, last = nn.GRU(3, 4, batch_first=True, bidirectional=True)(np.ones((2, 5, 3)))
    >>> outputs.shape, last.shape
    ((2, 5, 8), (2, 2, 4))
    """

    kind = Kind("gru", 3, 1)


class LSTM(Layered):
    """Long short-term memory along sequences (Hochreiter and Schmidhuber, 1997); as ``RNN``.

    With a for what the input and the last state say, biases included:
    ``i, f, o = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o)``, ``c = f * c + i * tanh(a_g)`` and
    ``h = o * tanh(c)``.  Parameters have four parts, for i, f, g and o in this order.  States are
    pairs (h, c).

    >>> import nn
    >>> outputs, (h, c) = nn.LSTM(3, 4)(np.ones((5, 3)))
    >>> outputs.shape, h.shape, c.shape
    ((5, 4), (1, 4), (1, 4))
    """

    kind = Kind("lstm", 4, 2)


# --- one step -------------------------------------------------------------------------------------


class Cell(Recurrent):
    """One step, for as many examples as there are."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, dtype: Any = None
    ) -> None:
        self._start(input_size, hidden_size, bias, dtype)
        self._add_cell(self.input_size)
        self.reset_parameters()

    def forward(self, input: Any, hx: Any = None) -> Any:
        """The states after the step.

        Args:
            input: of shape (examples, input_size), or (input_size,).
            hx: the states before it, (examples, hidden_size) or (hidden_size,); zeros by default.
                For an LSTM, a pair.
        """
        x = _array(input)
        _check_input(type(self).__name__, x, self.input_size, (1, 2))
        examples = x.shape[:-1]
        given = self._states(hx, (*examples, self.hidden_size), self.weight_hh)
        start = autograd.stack([s if examples else s[None] for s in given])
        ends = self._along(x[None] if examples else x[None, None], start)[:, -1]
        ends = ends if examples else ends[:, 0]
        return tuple(ends) if self.kind.states == 2 else ends[0]

    def extra_repr(self) -> str:
        """PyTorch's."""
        bias = "" if self.bias else ", bias=False"
        return f"{self.input_size}, {self.hidden_size}{bias}"


class RNNCell(Cell):
    """One step of an ``RNN``.

    Args:
        input_size: the length of the last axis of the inputs.
        hidden_size: the number of hidden units.
        bias: whether there are biases.
        nonlinearity: "tanh" or "relu".
        dtype: of the parameters; NumPy's, float64 by default.

    Raises:
        ValueError: sizes below 1, inputs or states whose shapes do not fit.

    >>> import nn
    >>> nn.RNNCell(3, 4)(np.ones((2, 3))).shape
    (2, 4)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        dtype: Any = None,
    ) -> None:
        self.kind, self.nonlinearity = _rnn("RNNCell", nonlinearity), nonlinearity
        super().__init__(input_size, hidden_size, bias, dtype)


class GRUCell(Cell):
    """One step of a ``GRU``.

    >>> import nn
    >>> nn.GRUCell(3, 4)(np.ones((2, 3))).shape
    (2, 4)
    """

    kind = GRU.kind


class LSTMCell(Cell):
    """One step of an ``LSTM``; returns h and c.

    >>> import nn
    >>> h, c = nn.LSTMCell(3, 4)(np.ones((2, 3)))
    >>> h.shape, c.shape
    ((2, 4), (2, 4))
    """

    kind = LSTM.kind
