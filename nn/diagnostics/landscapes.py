"""Functions of two numbers on which optimisers are shown, and the paths that they take.

Each is made of sums and products, so it takes numbers, arrays, Values and Tensors alike.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import Tensor
from nn.checks import fails, whole
from nn.diagnostics.surface import LossSurface, extents
from nn.optim.optimizer import Optimizer

__all__ = [
    "MINIMA",
    "beale",
    "descent_path",
    "himmelblau",
    "landscape",
    "ravine",
    "rosenbrock",
    "saddle",
]


def rosenbrock(x: Any, y: Any) -> Any:
    """A curved valley that is easy to find and slow to follow (Rosenbrock, 1960); 0 at (1, 1)."""
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def beale(x: Any, y: Any) -> Any:
    """Flat, with steep walls at the corners (Beale, 1958); 0 at (3, 0.5)."""
    return (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2


def himmelblau(x: Any, y: Any) -> Any:
    """Four minima of the same depth, 0 (Himmelblau, 1972): where one ends depends on the start."""
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def saddle(x: Any, y: Any) -> Any:
    """``x**2 - y**2``: the gradient at (0, 0) is 0, and it is no minimum."""
    return x**2 - y**2


def ravine(x: Any, y: Any, condition: float = 50.0) -> Any:
    """``(x**2 + condition * y**2) / 2``: gradient descent diverges from a rate of 2/condition on.

    With a rate that is small enough for y it creeps along x; that is what momentum is for.
    """
    return (x**2 + condition * y**2) / 2


# Where they are smallest.
MINIMA: dict[str, list[tuple[float, float]]] = {
    "rosenbrock": [(1.0, 1.0)],
    "beale": [(3.0, 0.5)],
    "himmelblau": [
        (3.0, 2.0),
        (-2.805118086952745, 3.131312518250573),
        (-3.779310253377747, -3.283185991286170),
        (3.584428340330492, -1.848126526964404),
    ],
    "saddle": [],
    "ravine": [(0.0, 0.0)],
}


def landscape(
    f: Callable[[Any, Any], Any],
    x: tuple[float, float] = (-2.0, 2.0),
    y: tuple[float, float] = (-2.0, 2.0),
    points: int = 100,
) -> LossSurface:
    """A function of two numbers on a grid, for ``nn.plot_loss_surface``.

    Args:
        f: the function; it is called with two arrays.
        x, y: from where to where, low < high.
        points: in each direction, at least 2.

    Raises:
        ValueError: limits or points out of range.

    >>> surface = landscape(saddle, (-1, 1), (-1, 1), points=3)
    >>> surface.losses.tolist()
    [[0.0, -1.0, 0.0], [1.0, 0.0, 1.0], [0.0, -1.0, 0.0]]
    """
    n = whole("landscape: points", points, 2)
    xs, ys = (np.linspace(*limits, n) for limits in extents("landscape: x, y", (x, y), 2))
    columns, rows = np.meshgrid(xs, ys)
    with np.errstate(all="ignore"):
        heights = np.broadcast_to(np.asarray(f(columns, rows), dtype=float), (n, n))
    return LossSurface(xs, ys, heights)


def descent_path(
    f: Callable[[Any, Any], Any],
    start: tuple[float, float],
    optimizer: Callable[[list[Any]], Any],
    steps: int,
) -> Any:
    """Where an optimiser goes on a function of two numbers.

    Args:
        f: the function; it is called with two Tensors.
        start: where to begin.
        optimizer: makes the optimiser of the parameters, such as
            ``lambda params: nn.SGD(params, lr=0.1)``.
        steps: how many steps.

    Returns:
        Shape (steps + 1, 2), the start first. After a step to infinity all further ones are NaN.

    Raises:
        ValueError: a start of another shape, or steps below 0.
        TypeError: what is made is no optimiser.

    >>> import nn
    >>> path = descent_path(ravine, (1.0, 1.0), lambda params: nn.SGD(params, lr=0.03), 3)
    >>> path.round(3).tolist()
    [[1.0, 1.0], [0.97, -0.5], [0.941, 0.25], [0.913, -0.125]]
    """
    steps = whole("descent_path: steps", steps, 0)
    place = np.array(start, dtype=float)
    if place.shape != (2,) or not np.isfinite(place).all():
        raise fails("descent_path", "a start of two finite numbers", repr(start)[:80], "")
    point = Tensor(place, requires_grad=True)
    chosen = optimizer([point])
    if not isinstance(chosen, Optimizer):
        fix = "For example lambda params: nn.SGD(params, lr=0.1)."
        raise fails("descent_path", "what makes an optimiser", repr(chosen)[:80], fix, TypeError)

    def closure() -> Any:
        chosen.zero_grad()
        value = f(point[0], point[1])
        value.backward()
        return value

    path = np.full((steps + 1, 2), np.nan)
    path[0] = point.primal
    with np.errstate(all="ignore"):
        for k in range(1, steps + 1):
            chosen.step(closure)
            if not np.isfinite(point.primal).all():
                break
            path[k] = point.primal
    return path
