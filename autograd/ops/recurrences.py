"""Recurrent networks: a cell that is run along a sequence, as one node for all steps.

At each step a cell computes its states from what the input says and what the last state says:

    q_t = h_(t-1) @ weight.T + bias        x_t = cell(p_t, q_t, x_(t-1))

``p_t`` comes from the input, for all steps at once, and is given.  The states ``x`` are one array
(h), or two for an LSTM (h and c); a *gate* is one of the numbers of ``p`` and ``q`` for each
hidden unit.  The cell works element by element, so its derivative is one number for each gate and
state, its *slopes*.  They follow from the states, for all steps at once.

Only what the states hand on to each other needs a loop, and that is linear:

    dx_t = s_t + slopes to x times dx_(t-1) + slopes to q times (dh_(t-1) @ weight.T)

``carried`` runs it forward, for tangents, and ``carried_back`` is its transpose, backpropagation
through time (Werbos, 1990).  The derivatives of these two are made of each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.node import Primitive, Rule, shape_of
from autograd.ops.activations import relu, sigmoid
from autograd.ops.arranging import concatenate, stack
from autograd.ops.checks import fails
from autograd.ops.contractions import matmul
from autograd.ops.elementwise import tanh
from autograd.ops.reductions import sum
from autograd.ops.shapes import reshape, transpose

__all__ = ["recurrent"]

# Axes: states, gates, steps, examples, hidden units; in this order, those of them that there are.
# What belongs to one gate, or one state, is together in memory, and computed with in one go.


def _gates_of(h: Any, weight_t: Any) -> Any:
    """What hidden states say to the gates; ``weight_t`` has its last axes exchanged."""
    return reshape(matmul(_rows(h), weight_t), (shape_of(weight_t)[0], *shape_of(h)))


def _rows(x: Any) -> Any:
    return reshape(x, (-1, shape_of(x)[-1]))


def _turned(weight: Any) -> Any:
    return transpose(weight, (0, 2, 1))


def _to_gates(x: Any, to_q: Any) -> Any:
    """The cotangents of gates from those of the states."""
    return sum(x[:, None] * to_q, axis=0)


def _ahead(x: Any, to_q: Any, to_x: Any, weight_t: Any) -> Any:
    """The tangents of states from those of the states before."""
    return sum(to_q * _gates_of(x[0], weight_t), axis=1) + sum(to_x * x, axis=1)


def _back(x: Any, to_q: Any, to_x: Any, weight: Any) -> Any:
    """Its transpose: from the cotangents of states those of the states before."""
    states, *others = shape_of(x)
    of_gates = reshape(_to_gates(x, to_q), (shape_of(weight)[0], -1, others[-1]))
    of_h = reshape(sum(matmul(of_gates, weight), axis=0), (1, *others))
    of_h = of_h if states == 1 else concatenate([of_h, 0 * x[1:]])  # gates look at the first
    return _to_gates(x, to_x) + of_h


# --- the linear recurrence, and its transpose ---------------------------------------------------


def _carried(x: Any, to_q: Any, to_x: Any, weight: Any) -> Any:
    out = np.array(x, np.result_type(x, to_q, to_x, weight))
    weight_t = np.ascontiguousarray(_turned(weight))
    for t in range(1, out.shape[1]):
        out[:, t] += _ahead(out[:, t - 1], to_q[:, :, t - 1], to_x[:, :, t - 1], weight_t)
    return out


def _carried_back(x: Any, to_q: Any, to_x: Any, weight: Any) -> Any:
    out = np.array(x, np.result_type(x, to_q, to_x, weight))
    for t in range(out.shape[1] - 1, 0, -1):
        out[:, t - 1] += _back(out[:, t], to_q[:, :, t - 1], to_x[:, :, t - 1], weight)
    return out


def _to_slopes(back: Any, ahead: Any, to_q: Any, weight: Any) -> list[Any]:
    """The cotangents of slopes and weight, from those of the states and the states themselves."""
    back, ahead = back[:, 1:], ahead[:, :-1]
    return [
        back[:, None] * _gates_of(ahead[0], _turned(weight)),
        back[:, None] * ahead,
        _to_weight(_to_gates(back, to_q), ahead[0]),
    ]


def _to_weight(of_gates: Any, h: Any) -> Any:
    gates, *_, hidden = shape_of(of_gates)
    return matmul(_turned(reshape(of_gates, (gates, -1, hidden))), _rows(h))


def _carried_to_all(g: Any, out: Any, x: Any, to_q: Any, to_x: Any, weight: Any) -> list[Any]:
    back = carried_back(g, to_q, to_x, weight)
    return [back, *_to_slopes(back, out, to_q, weight)]


def _carried_back_to_all(g: Any, out: Any, x: Any, to_q: Any, to_x: Any, weight: Any) -> list[Any]:
    ahead = carried(g, to_q, to_x, weight)
    return [ahead, *_to_slopes(out, ahead, to_q, weight)]


def _moved(
    step: Rule,
    x: Any,
    tangents: Any,
    to_q: Any,
    to_x: Any,
    weight: Any,
    turned: Callable[[Any], Any] = lambda weight: weight,
) -> Any:
    """How a step moves with its slopes and its weight; None if they stand still."""
    total = None
    _, d_to_q, d_to_x, d_weight = tangents
    if d_to_q is not None or d_to_x is not None:
        slopes = [0 * x if d is None else d for d, x in ((d_to_q, to_q), (d_to_x, to_x))]
        total = step(x, *slopes, turned(weight))
    if d_weight is not None:
        by_weight = step(x, to_q, 0 * to_x, turned(d_weight))
        total = by_weight if total is None else total + by_weight
    return total


def _carried_jvp(tangents: Any, out: Any, x: Any, to_q: Any, to_x: Any, weight: Any) -> Any:
    moved = _moved(_ahead, out[:, :-1], tangents, to_q, to_x, weight, _turned)
    return carried(_sum(tangents[0], moved, first=True), to_q, to_x, weight)


def _carried_back_jvp(tangents: Any, out: Any, x: Any, to_q: Any, to_x: Any, weight: Any) -> Any:
    moved = _moved(_back, out[:, 1:], tangents, to_q, to_x, weight)
    return carried_back(_sum(tangents[0], moved, first=False), to_q, to_x, weight)


def _sum(tangent: Any, moved: Any, first: bool) -> Any:
    """The tangent of all states, and of all but the first or the last of them."""
    if moved is None:
        return tangent
    still = 0 * moved[:, :1]
    moved = concatenate([still, moved] if first else [moved, still], axis=1)
    return moved if tangent is None else tangent + moved


def _with_joint(
    name: str, forward: Rule, joint: Rule, jvp: Rule, inputs: int, symbol: str = "", doc: str = ""
) -> Primitive:
    """A primitive whose cotangents are found together, or one by one where that is asked for."""

    def one(i: int) -> Rule:
        return lambda g, out, *inputs: joint(g, out, *inputs)[i]

    vjps = tuple(map(one, range(inputs)))
    return Primitive(name, "custom", forward, "", (), symbol, doc, vjps, jvp, joint)


carried = _with_joint(
    "carried",
    _carried,
    _carried_to_all,
    _carried_jvp,
    4,
    doc="Tangents along a sequence: each is its own and what the one before makes of it.",
)
carried_back = _with_joint(
    "carried_back",
    _carried_back,
    _carried_back_to_all,
    _carried_back_jvp,
    4,
    doc="Backpropagation through time: the transpose of ``carried``.",
)

# --- a cell along a sequence --------------------------------------------------------------------


def _along(
    name: str, gates: int, states: int, cell: Rule, slopes: Rule, symbol: str, doc: str
) -> Primitive:
    """A cell as a primitive of whole sequences.

    Args:
        name: of the primitive.
        gates: how many.
        states: how many.
        cell: ``cell(p, q, x)`` computes states, at one step.
        slopes: ``slopes(p, q, x, out)``, the slopes to p, to q and to x, at any number of steps.
        symbol: for pictures.
        doc: what it is.
    """

    def forward(p: Any, start: Any, weight: Any, bias: Any) -> Any:
        steps, weight_t = p.shape[1], np.ascontiguousarray(_turned(weight))
        bias = np.broadcast_to(bias[:, None], p[:, 0].shape).copy()
        shape = (len(start), steps + 1, *start.shape[1:])
        out = np.empty(shape, np.result_type(p, start, weight, bias))
        out[:, 0] = start
        for t in range(steps):
            q = out[0, t] @ weight_t
            q += bias
            out[:, t + 1] = cell(p[:, t], q, out[:, t])
        return out

    def all_slopes(out: Any, p: Any, weight: Any, bias: Any) -> Any:
        """For all steps, and the hidden state before each."""
        before = out[:, :-1]
        q = _gates_of(before[0], _turned(weight)) + bias[:, None, None]
        return (*slopes(p, q, before, out[:, 1:]), before[0])

    def pulled(g: Any, out: Any, p: Any, start: Any, weight: Any, bias: Any) -> list[Any]:
        to_p, to_q, to_x, before = all_slopes(out, p, weight, bias)
        back = carried_back(g, to_q, to_x, weight)
        of_q = _to_gates(back[:, 1:], to_q)
        of_p = of_q if to_p is to_q else _to_gates(back[:, 1:], to_p)
        return [of_p, back[:, 0], _to_weight(of_q, before), sum(of_q, axis=(1, 2))]

    def moved(tangents: Any, out: Any, p: Any, start: Any, weight: Any, bias: Any) -> Any:
        to_p, to_q, to_x, before = all_slopes(out, p, weight, bias)
        dp, d_start, d_weight, d_bias = tangents
        total = 0 * out[:, 1:]
        for slope, moving in (
            (to_p, dp),
            (to_q, None if d_weight is None else _gates_of(before, _turned(d_weight))),
            (to_q, None if d_bias is None else d_bias[:, None, None]),
        ):
            if moving is not None:
                total = total + sum(slope * moving, axis=1)
        first = 0 * start if d_start is None else d_start
        return carried(concatenate([first[:, None], total], axis=1), to_q, to_x, weight)

    primitive = _with_joint(name, forward, pulled, moved, 4, symbol, doc)
    CELLS[name] = primitive, gates, states
    return primitive


# What can be run along a sequence, with its numbers of gates and states.
CELLS: dict[str, tuple[Primitive, int, int]] = {}


def _simple(activation: Callable[..., Any], slope: Rule) -> tuple[Rule, Rule]:
    """The cell of an RNN with one activation, and its slopes."""

    def cell(p: Any, q: Any, x: Any) -> Any:
        return activation(p + q)

    def slopes(p: Any, q: Any, x: Any, out: Any) -> Any:
        to_q = slope(out)[None]
        return to_q, to_q, 0 * to_q

    return cell, slopes


rnn_tanh = _along(
    "rnn_tanh",
    1,
    1,
    *_simple(tanh, lambda out: 1 - out * out),
    symbol="RNN",
    doc="``h_t = tanh(p_t + h_(t-1) @ weight.T + bias)`` (Elman, 1990).",
)
rnn_relu = _along(
    "rnn_relu",
    1,
    1,
    *_simple(relu, lambda out: 1.0 * (out > 0)),
    symbol="RNN",
    doc="``h_t = relu(p_t + h_(t-1) @ weight.T + bias)``; the slope of relu at 0 is 0.",
)


def _gru_gates(p: Any, q: Any) -> tuple[Any, Any, Any]:
    """How much the proposal sees of the old state, how much of that stays, and the proposal."""
    both = sigmoid(p[:2] + q[:2])
    r, z = both[0], both[1]
    return r, z, tanh(p[2] + r * q[2])


def _gru_cell(p: Any, q: Any, x: Any) -> Any:
    _, z, n = _gru_gates(p, q)
    return (n + z * (x[0] - n))[None]


def _gru_slopes(p: Any, q: Any, x: Any, out: Any) -> Any:
    r, z, n = _gru_gates(p, q)
    to_n = (1 - z) * (1 - n * n)
    to_r = to_n * q[2] * r * (1 - r)
    to_z = (x[0] - n) * z * (1 - z)
    to_p, to_q = (stack([to_r, to_z, by])[None] for by in (to_n, to_n * r))
    return to_p, to_q, z[None, None]


gru = _along(
    "gru",
    3,
    1,
    _gru_cell,
    _gru_slopes,
    symbol="GRU",
    doc="The gated recurrent unit (Cho et al., 2014), with the reset gate behind the product, as "
    "in PyTorch; gates r, z, n.",
)


def _lstm_gates(p: Any, q: Any) -> tuple[Any, ...]:
    """How much to write, to keep, what to write, and how much to show."""
    both = p + q
    open = sigmoid(both)  # one of them in vain: that is cheaper than to take it out
    return open[0], open[1], tanh(both[2]), open[3]


def _lstm_cell(p: Any, q: Any, x: Any) -> Any:
    i, f, g, o = _lstm_gates(p, q)
    c = f * x[1] + i * g
    return stack([o * tanh(c), c])


def _lstm_slopes(p: Any, q: Any, x: Any, out: Any) -> Any:
    i, f, g, o = _lstm_gates(p, q)
    shown = tanh(out[1])
    to_c = stack([g * i * (1 - i), x[1] * f * (1 - f), i * (1 - g * g), 0 * o])
    through = o * (1 - shown * shown)  # from c to h
    to_h = through * to_c + stack([0 * o, 0 * o, 0 * o, shown * o * (1 - o)])
    to_q = stack([to_h, to_c])
    return to_q, to_q, stack([stack([0 * f, through * f]), stack([0 * f, f])])


lstm = _along(
    "lstm",
    4,
    2,
    _lstm_cell,
    _lstm_slopes,
    symbol="LSTM",
    doc="Long short-term memory (Hochreiter and Schmidhuber, 1997); gates i, f, g, o.",
)


def recurrent(cell: str, p: Any, start: Any, weight: Any, bias: Any) -> Any:
    """The states of a recurrent network along sequences, as one node for all steps.

    Args:
        cell: "rnn_tanh", "rnn_relu", "gru" or "lstm".
        p: what the inputs contribute to the gates, of shape (gates, steps, examples, hidden);
            gates are 1, 3 (r, z, n) or 4 (i, f, g, o), as in PyTorch.
        start: the states to start from, (states, examples, hidden): h, and for an LSTM c.
        weight: of shape (gates, hidden, hidden), from the last h to the gates.
        bias: of shape (gates, hidden).

    Returns:
        The states of shape (states, steps + 1, examples, hidden); the first are ``start``.

    Raises:
        ValueError: an unknown cell, shapes that do not fit.

    >>> p, start = np.ones((3, 5, 2, 4)), np.zeros((1, 2, 4))
    >>> recurrent("gru", p, start, np.zeros((3, 4, 4)), np.zeros((3, 4))).shape
    (1, 6, 2, 4)
    """
    if not isinstance(cell, str) or cell not in CELLS:
        known = f"one of {', '.join(CELLS)}"
        raise fails("recurrent", known, repr(cell), "The name is in small letters.")
    primitive, gates, states = CELLS[cell]
    arrays = [x if hasattr(x, "shape") else np.asarray(x) for x in (p, start, weight, bias)]
    given = [shape_of(x) for x in arrays]
    *_, hidden = given[0] or (0,)
    wanted = [(gates, *given[0][1:]), (states, *given[0][2:]), (gates, hidden, hidden)]
    if len(given[0]) != 4 or given != [*wanted, (gates, hidden)]:
        raise fails(
            "recurrent",
            expected="p of shape (gates, steps, examples, hidden), start (states, examples, "
            f"hidden), weight and bias, with {gates} gates and {states} states for {cell}",
            got=", ".join(map(str, given)),
            fix="As in PyTorch, weight has a row for each hidden unit of each gate.",
        )
    return primitive(*arrays)
