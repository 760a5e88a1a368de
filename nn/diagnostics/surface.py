"""Slices of the loss surface: the loss where the parameters are moved along one or two directions.

A loss is a function of all parameters, thousands of dimensions that nobody can see.  A slice shows
it on a line or in a plane through a point: ``loss(center + a*d1 + b*d2)``.

A *random* direction has to fit the model: a ReLU network computes the same with the weights of one
layer doubled and of the next halved, and a step of length 1 would be small for one of them and huge
for the other.  So each filter (the weights of one unit) of the direction gets the length of the
model's filter (Li et al., 2018, "Visualizing the loss landscape of neural nets").

The path of an optimiser hardly moves along random directions.  The plane that shows most of it is
spanned by the first two principal components of its states.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import Node, Tensor, no_grad
from nn.checks import fails, real, whole
from nn.diagnostics.groups import check_model, numbers_of
from nn.diagnostics.preserved import preserved
from nn.neuron import Neuron
from nn.random import source
from nn.training.batching import predictor
from nn.training.evaluation import evaluated

__all__ = [
    "LossSurface",
    "ParameterPath",
    "loss_surface",
    "parameter_vector",
    "path_directions",
    "random_direction",
]


@dataclass(frozen=True)
class LossSurface:
    """The loss on a line or in a plane.

    Attributes:
        a: how far along the first direction; shape (points,).
        b: how far along the second, of shape (points_b,); None on a line.
        losses: of shape (points,) or (points_b, points): a row for each b. May be inf or NaN.
        center: the point a = b = 0, shape (parameters,); None for a function of two numbers.
        directions: of shape (1 or 2, parameters); None for a function of two numbers.
    """

    a: Any
    b: Any
    losses: Any
    center: Any = None
    directions: Any = None

    def project(self, states: Any) -> Any:
        """The places in the plane that are nearest to some states.

        Args:
            states: of shape (steps, parameters), such as ``ParameterPath.states``.

        Returns:
            How far along each direction; of shape (steps, 1 or 2).
        """
        if self.center is None:
            fix = "The path of a function of two numbers is in the plane already."
            raise fails("LossSurface.project", "a surface of a model", "a function", fix)
        offset = _states("LossSurface.project", states, len(self.center)) - self.center
        return np.linalg.lstsq(self.directions.T, offset.T)[0].T


def loss_surface(
    model: Any,
    objective: Any,
    directions: Any = None,
    extent: Any = 1.0,
    points: int = 25,
    *,
    center: Any = None,
    rng: Any = None,
) -> LossSurface:
    """The loss of a model whose parameters are moved along one or two directions.

    The model is afterwards as it was, also after an error.  It is evaluated in evaluation mode,
    without recording.

    Args:
        model: a Module, made of Tensors or Values.
        objective: a function of the model that gives the loss; or a pair (data, loss), as for
            ``nn.evaluate``.
        directions: one of shape (parameters,), or one or two of shape (k, parameters); two random
            ones by default. From one state to another is ``end - start``.
        extent: from -extent to extent; or (low, high); or such a pair for each direction.
        points: in each direction, at least 2.
        center: the point in the middle, of shape (parameters,); by default where the model is.
        rng: a NumPy Generator for random directions, by default that of ``nn.manual_seed``.

    Raises:
        TypeError: not a Module, an objective that is neither a function nor a pair.
        ValueError: directions of another shape, numbers out of range.

    >>> import nn
    >>> model = nn.Linear(2, 1)
    >>> data = np.eye(2), np.ones((2, 1))
    >>> loss_surface(model, (data, nn.MSELoss()), points=11).losses.shape
    (11, 11)
    """
    what = "loss_surface"
    check_model(what, model)
    start = parameter_vector(model) if center is None else center
    start = _states(f"{what}: center", [start], len(parameter_vector(model)))[0]
    if directions is None:
        directions = [random_direction(model, rng), random_direction(model, rng)]
    single = np.ndim(directions) == 1
    d = _states(f"{what}: directions", [directions] if single else directions, len(start))
    if len(d) > 2:
        raise fails(what, "one or two directions", str(len(d)), "Only these can be drawn.")
    n = whole(f"{what}: points", points, 2)
    a, *rest = (np.linspace(*limits, n) for limits in extents(f"{what}: extent", extent, len(d)))
    measure = _measure(model, objective)
    losses = np.empty((len(rest[0]) if rest else 1, n))
    with preserved(model), no_grad(), np.errstate(all="ignore"):
        for i, row in enumerate(rest[0] if rest else [0.0]):
            for j, column in enumerate(a):
                move(model, start + column * d[0] + (row * d[1] if rest else 0.0))
                losses[i, j] = measure()
    return LossSurface(a, rest[0] if rest else None, losses if rest else losses[0], start, d)


def extents(what: str, extent: Any, n: int) -> list[tuple[float, float]]:
    """From where to where, for each of n directions."""
    if not isinstance(extent, tuple | list | np.ndarray):
        width = real(what, extent, "a number above 0", lambda x: 0 < x < math.inf)
        return [(-width, width)] * n
    try:
        pairs = np.asarray(extent, dtype=float)
    except (TypeError, ValueError):  # words, pairs and triples
        pairs = np.empty(0)
    fits = pairs.shape in ((2,), (n, 2)) and np.isfinite(pairs).all()
    if not fits or (pairs[..., 0] >= pairs[..., 1]).any():
        raise fails(what, "a number, or low < high for each direction", repr(extent)[:80], "")
    return [(float(low), float(high)) for low, high in np.broadcast_to(pairs, (n, 2))]


def _measure(model: Any, objective: Any) -> Callable[[], float]:
    """What gives the loss of the model as it is at the moment."""
    several = isinstance(objective, tuple | list)
    if (several and len(objective) != 2) or not (several or callable(objective)):
        raise fails(
            "loss_surface: objective",
            "a function of the model, or a pair (data, loss)",
            f"{len(objective)} things" if several else repr(objective)[:80],
            "Data that are two arrays are a pair themselves: ((X, y), loss).",
            TypeError,
        )
    if several:
        data, loss = objective
        predict = predictor(model)
        return lambda: evaluated("loss_surface", predict, model, data, loss, {})["loss"]

    def call() -> float:
        value = objective(model)
        return float(value.primal if isinstance(value, Node) else value)

    return call


# --- directions -----------------------------------------------------------------------------------


def parameter_vector(model: Any) -> Any:
    """All numbers of the parameters of a model, in their order; a copy of shape (parameters,)."""
    check_model("parameter_vector", model)
    return numbers_of(model.parameters()).astype(float)


def move(model: Any, vector: Any) -> None:
    """Give the parameters the numbers of a vector of shape (parameters,)."""
    start = 0
    for p in model.parameters():
        end = start + np.size(p.primal)
        part = vector[start:end]
        p.data = part.reshape(p.shape) if isinstance(p, Tensor) else float(part[0])
        start = end


def random_direction(model: Any, rng: Any = None) -> Any:
    """A random direction whose filters are as long as those of the model; shape (parameters,).

    A filter is a row of a matrix, the kernel of a channel, or the weights of a neuron.  Biases and
    the scales of norm layers stay: their entries are 0.

    Args:
        model: a Module.
        rng: a NumPy Generator, by default that of ``nn.manual_seed``.

    Raises:
        ValueError: a model without filters.
    """
    check_model("random_direction", model)
    rng = source("random_direction", rng)
    places, end = {}, 0
    for p in model.parameters():
        places[p] = range(end, end + np.size(p.primal))
        end += len(places[p])
    direction = np.zeros(end)
    filters = [
        np.array([places[w][0] for w in m.w]) for m in model.modules() if isinstance(m, Neuron)
    ]
    for p in model.parameters():
        if np.ndim(p.primal) > 1:
            filters += list(np.array(places[p]).reshape(len(p.primal), -1))
    if not filters:
        fix = "Pass directions of your own."
        raise fails("random_direction", "matrices, kernels or neurons", "none", fix)
    now = parameter_vector(model)
    for indices in filters:
        d = rng.normal(size=len(indices))
        direction[indices] = d * np.linalg.norm(now[indices]) / np.linalg.norm(d)
    return direction


def path_directions(states: Any) -> tuple[Any, Any]:
    """The plane that shows most of a path: the first two principal components of its states.

    They are taken relative to the last state, which is the point to be in the middle.

    Args:
        states: of shape (steps, parameters), at least 3 that are not on a line.

    Returns:
        The directions, of shape (2, parameters), each of length 1; and the shares of the squared
        distances from the last state that they show, of shape (2,).

    Raises:
        ValueError: states of another shape, or too few.
    """
    states = _states("path_directions", states, None)
    offsets = states[:-1] - states[-1]
    if min(offsets.shape) < 2:
        fix = "A plane needs two directions."
        raise fails("path_directions", "at least 3 states of 2 numbers", str(states.shape), fix)
    _, lengths, directions = np.linalg.svd(offsets, full_matrices=False)
    if lengths[1] <= 1e-12 * lengths[0]:
        fix = "loss_surface shows it along one direction, end - start."
        raise fails("path_directions", "a path that is not straight", "a straight one", fix)
    return directions[:2], lengths[:2] ** 2 / np.sum(lengths**2)


def _states(what: str, states: Any, n: int | None) -> Any:
    try:
        array = np.asarray(states, dtype=float)
    except (TypeError, ValueError):  # words, rows of different lengths
        raise fails(what, "arrays of numbers", repr(states)[:80], "", TypeError) from None
    if array.ndim != 2 or (n is not None and array.shape[1] != n) or not len(array):
        columns = "parameters" if n is None else f"{n}"
        raise fails(what, f"shape (k, {columns})", f"{array.shape}", "")
    if not np.isfinite(array).all():
        raise fails(what, "finite numbers", "NaN or infinite ones", "")
    return array


class ParameterPath:
    """The states that a model goes through: its parameters at the start, and after each step.

    Call ``record()`` after each ``optimizer.step()``, or pass it to ``fit`` in ``callbacks``.

    Args:
        model: a Module.
        every: only each ``every``-th step is kept.

    Attributes:
        states: of shape (kept + 1, parameters).

    >>> import nn
    >>> model = nn.Linear(1, 1)
    >>> path = ParameterPath(model)
    >>> model.bias.data = model.bias.data + 1
    >>> path.record()
    >>> (path.states[1] - path.states[0]).round(5).tolist()
    [0.0, 1.0]
    """

    def __init__(self, model: Any, every: int = 1) -> None:
        self.model = model
        self.every = whole("ParameterPath: every", every, 1)
        self._calls = 0
        self._states = [parameter_vector(model)]

    @property
    def states(self) -> Any:
        """The states, of shape (kept + 1, parameters)."""
        return np.array(self._states)

    def record(self) -> None:
        """Keep the parameters as they are now."""
        self._calls += 1
        if self._calls % self.every == 0:
            self._states.append(parameter_vector(self.model))

    def on_step(self, run: Any) -> None:
        """As a callback of ``fit``."""
        self.record()
