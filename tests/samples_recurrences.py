"""Rows about cells along sequences: they equal the loop over steps that defines them."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from array_row import ArrayRow

from autograd.ops import recurrent
from autograd.ops.recurrences import carried, carried_back

RNG = np.random.default_rng(8)
STEPS, EXAMPLES, HIDDEN = 3, 2, 2


def arguments(gates: int, states: int, steps: int = STEPS, hidden: int = HIDDEN) -> tuple[Any, ...]:
    """Contributions of inputs, first states, weight and bias."""
    shapes = (
        (gates, steps, EXAMPLES, hidden),
        (states, EXAMPLES, hidden),
        (gates, hidden, hidden),
        (gates, hidden),
    )
    return tuple(RNG.normal(size=shape) for shape in shapes)


def sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def rnn_tanh(p: Any, q: Any, h: Any) -> Any:
    return np.tanh(p + q)


def rnn_relu(p: Any, q: Any, h: Any) -> Any:
    return np.maximum(p + q, 0)


def gru(p: Any, q: Any, x: Any) -> Any:
    r, z = sigmoid(p[0] + q[0]), sigmoid(p[1] + q[1])
    n = np.tanh(p[2] + r * q[2])
    return (n + z * (x[0] - n))[None]


def lstm(p: Any, q: Any, x: Any) -> Any:
    i, f, o = (sigmoid(p[k] + q[k]) for k in (0, 1, 3))
    c = f * x[1] + i * np.tanh(p[2] + q[2])
    return np.stack([o * np.tanh(c), c])


def along(cell: Any, p: Any, start: Any, weight: Any, bias: Any) -> Any:
    """The definition."""
    turned = np.ascontiguousarray(weight.swapaxes(1, 2))
    states = [start]
    for t in range(p.shape[1]):
        h = states[-1][0]
        states.append(cell(p[:, t], h @ turned + bias[:, None], states[-1]))
    return np.stack(states, axis=1)


def torch_cell(name: str, p: Any, start: Any, weight: Any, bias: Any) -> Any:
    """PyTorch's cells, which get the contributions of the inputs as inputs of a unit weight."""
    torch = importlib.import_module("torch")
    gates, steps, hidden = p.shape[0], p.shape[1], p.shape[-1]
    given = p.permute(1, 2, 0, 3).reshape(steps, -1, gates * hidden)
    one = torch.eye(gates * hidden, dtype=p.dtype)
    parameters = (one, weight.reshape(-1, hidden), torch.zeros_like(one[0]), bias.reshape(-1))
    cell = {"lstm": torch.lstm_cell, "gru": torch.gru_cell}.get(name) or getattr(
        torch, f"{name}_cell"
    )
    state = tuple(start) if name == "lstm" else start[0]
    states = [start]
    for x in given:
        state = cell(x, state, *parameters)
        states.append(torch.stack(state) if name == "lstm" else state[None])
    return torch.stack(states, dim=1)


def row(name: str, cell: Any, gates: int, states: int) -> ArrayRow:
    return ArrayRow(
        name,
        lambda *args: recurrent(name, *args),
        arguments(gates, states),
        lambda *args: along(cell, *args),
        lambda *args: torch_cell(name, *args),
        primitives=(name,),
    )


def slopes(gates: int, states: int, hidden: int = HIDDEN) -> tuple[Any, ...]:
    """Tangents, slopes to gates and to states, weight."""
    shapes = (
        (states, STEPS + 1, 1, hidden),
        (states, gates, STEPS, 1, hidden),
        (states, states, STEPS, 1, hidden),
        (gates, hidden, hidden),
    )
    return tuple(RNG.normal(size=shape) for shape in shapes)


def carried_by_hand(x: Any, to_q: Any, to_x: Any, weight: Any) -> Any:
    out = x.copy()
    turned = np.ascontiguousarray(weight.swapaxes(1, 2))
    for t in range(STEPS):
        q = out[0, t] @ turned
        out[:, t + 1] += (to_q[:, :, t] * q).sum(axis=1) + (to_x[:, :, t] * out[:, t]).sum(axis=1)
    return out


def carried_back_by_hand(x: Any, to_q: Any, to_x: Any, weight: Any) -> Any:
    out = x.copy()
    for t in reversed(range(STEPS)):
        later = out[:, t + 1][:, None]
        h = ((later * to_q[:, :, t]).sum(axis=0) @ weight).sum(axis=0)
        out[:, t] += (later * to_x[:, :, t]).sum(axis=0) + np.stack([h, *np.zeros_like(x[1:, 0])])
    return out


ROWS = [
    row("rnn_tanh", rnn_tanh, 1, 1),
    row("rnn_relu", rnn_relu, 1, 1),
    row("gru", gru, 3, 1),
    row("lstm", lstm, 4, 2),
    ArrayRow(
        "gru:one step",
        lambda *args: recurrent("gru", *args),
        arguments(3, 1, steps=1, hidden=1),
        lambda *args: along(gru, *args),
    ),
    *(
        ArrayRow(f"{name}{more}", call, given, by_hand, primitives=(name,))
        for name, call, by_hand in (
            ("carried", carried, carried_by_hand),
            ("carried_back", carried_back, carried_back_by_hand),
        )
        for more, given in (("", slopes(3, 1)), (":two states", slopes(2, 2, hidden=1)))
    ),
]
