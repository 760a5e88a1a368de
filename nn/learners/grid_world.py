"""A tiny world for an agent: a grid with walls, where every step costs 1 until the goal.

There is a map to play on, and what only someone who knows the map can calculate: the expected
return of a policy, exactly, by Bellman's equation (1957).  ``policy_gradient`` learns to walk here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

import autograd
from nn.checks import fails

__all__ = ["MAP", "Episodes", "World", "drawn", "expected_return", "play", "world"]

MAP = ("...G", ".##.", "....", "S.#.")
MOVES = "↑→↓←"


class World(NamedTuple):
    """Where each of four moves leads: ``after`` of shape (states, 4); the start, and the goal."""

    after: Any
    start: int
    goal: int


def world(rows: Sequence[str] = MAP) -> World:
    """A map of ``.`` (free), ``#`` (wall), one ``S`` and one ``G``.

    Each square is a state, counted row by row, walls too.  A move into a wall or off the map stays,
    and so does any move at the goal.

    Raises:
        ValueError: rows of different lengths, other letters, not exactly one S and one G.

    >>> world(["SG"]).after.tolist()  # up, right, down, left
    [[0, 1, 0, 0], [1, 1, 1, 1]]
    """
    text, width = "".join(rows), len(rows[0]) if rows else 0
    counts = text.count("S"), text.count("G")
    if {len(row) for row in rows} != {width} or set(text) - set(".#SG") or counts != (1, 1):
        wanted = "rows of one length, of the letters . and #, with one S and one G"
        raise fails("world", wanted, repr(rows), "")
    grid = np.array([list(row) for row in rows])
    state = np.arange(grid.size).reshape(grid.shape)
    around = np.pad(state, 1, mode="edge")
    up, right = around[:-2, 1:-1], around[1:-1, 2:]
    down, left = around[2:, 1:-1], around[1:-1, :-2]
    after = np.stack([up, right, down, left], axis=2).reshape(-1, 4)
    place = World(after, text.index("S"), text.index("G"))
    stays = (grid == "#").ravel()[after]
    stays[place.goal] = True
    after[stays] = np.nonzero(stays)[0]
    return place


class Episodes(NamedTuple):
    """What an agent saw and did: arrays of shape (episodes, horizon).

    ``alive`` is 1.0 before the goal and 0.0 at it, where actions do not count.
    """

    states: Any
    actions: Any
    alive: Any

    @property
    def returns(self) -> Any:
        """What is earned from each time on: minus the number of steps to come."""
        return -np.cumsum(self.alive[:, ::-1], axis=1)[:, ::-1]


def play(place: World, chances: Any, episodes: int, horizon: int, rng: Any) -> Episodes:
    """Several episodes at once, each until the goal or the horizon.

    Args:
        place: the world.
        chances: of the four moves in each state, shape (states, 4).
        episodes: how many.
        horizon: how many moves an episode has at most.
        rng: a NumPy Generator.

    >>> left_or_right = np.array([[0, 0.5, 0, 0.5], [0.25] * 4])
    >>> play(world(["SG"]), left_or_right, 3, 4, np.random.default_rng(0)).returns[:, 0]
    array([-2., -1., -1.])
    """
    upto = np.cumsum(chances, axis=1)[:, :3]
    states = np.full((episodes, horizon), place.start)
    actions = np.zeros((episodes, horizon), dtype=int)
    for t in range(horizon):
        if t:
            states[:, t] = place.after[states[:, t - 1], actions[:, t - 1]]
        draws = rng.random((episodes, 1))
        actions[:, t] = (draws >= upto[states[:, t]]).sum(axis=1)
    return Episodes(states, actions, 1.0 * (states != place.goal))


def expected_return(place: World, chances: Any, horizon: int) -> Any:
    """What a policy earns on average, exactly: Bellman's equation, from the last move to the first.

    It is made of operations, so it can be differentiated: what estimates are compared with.

    >>> expected_return(world(["SG"]), np.full((2, 4), 0.25), horizon=2).item()  # -1 - 3/4
    -1.75
    """
    value = np.zeros(len(place.after))
    on_the_way = np.arange(len(value)) != place.goal
    for _ in range(horizon):
        value = on_the_way * (autograd.sum(chances * value[place.after], axis=1) - 1)
    return value[place.start]


def drawn(rows: Sequence[str], chances: Any) -> str:
    """The map with an arrow for the likeliest move on every free square.

    >>> drawn(["S.G"], np.array([[0, 1, 0, 0], [0, 0, 0, 1], [1, 0, 0, 0]]))
    '→←G'
    """
    grid = np.array([list(row) for row in rows])
    arrows = np.array(list(MOVES))[np.argmax(chances, axis=1)].reshape(grid.shape)
    marks = np.where((grid == ".") | (grid == "S"), arrows, grid)
    return "\n".join("".join(row) for row in marks)
