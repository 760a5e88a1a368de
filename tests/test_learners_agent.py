"""An agent learns by trying: against all episodes there are, Bellman and search."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest

import autograd
from nn.learners.grid_world import (
    MAP,
    Episodes,
    World,
    drawn,
    expected_return,
    play,
    world,
)
from nn.learners.policy_gradient import fit_policy, policy, surrogate


def corridor() -> World:
    return world(["S.G"])


def test_moves_stay_on_the_map_and_out_of_walls() -> None:
    place = world(MAP)
    free = [i for i, c in enumerate("".join(MAP)) if c != "#"]
    for state in free:
        row, column = divmod(state, 4)
        for move, (down, right) in enumerate([(-1, 0), (0, 1), (1, 0), (0, -1)]):
            r, c = row + down, column + right
            inside = state != place.goal and 0 <= r < 4 and 0 <= c < 4 and MAP[r][c] != "#"
            assert place.after[state, move] == (4 * r + c if inside else state)


def test_the_expected_return_is_that_of_all_episodes() -> None:
    place, horizon = corridor(), 4
    pi = policy(np.random.default_rng(1).normal(size=(3, 4)))
    total = 0.0
    for actions in itertools.product(range(4), repeat=horizon):
        state, chance, earned = place.start, 1.0, 0.0
        for action in actions:
            chance *= pi[state, action]
            earned -= state != place.goal
            state = place.after[state, action]
        total += chance * earned
    assert expected_return(place, pi, horizon) == pytest.approx(total, abs=1e-12)


@pytest.mark.parametrize("baseline", [0.0, -2.5])
def test_the_surrogates_slope_is_the_gradient_on_average(baseline: float) -> None:
    """Over all episodes there are, each weighted with its chance: no sampling, no tolerance."""
    place, horizon, theta = corridor(), 4, np.random.default_rng(2).normal(size=(3, 4))
    pi, total = policy(theta), np.zeros((3, 4))
    b = baseline + np.arange(3.0)
    for actions in itertools.product(range(4), repeat=horizon):
        states = [place.start]
        for action in actions:
            states.append(place.after[states[-1], action])
        chance = math.prod(pi[s, a] for s, a in zip(states, actions, strict=False))
        row = np.array([states[:-1]])
        played = Episodes(row, np.array([actions]), 1.0 * (row != place.goal))
        total -= chance * autograd.grad(surrogate)(theta, played, b)
    exact = autograd.grad(lambda theta: expected_return(place, policy(theta), horizon))(theta)
    np.testing.assert_allclose(total, exact, atol=1e-12)
    assert np.abs(exact).max() > 0.1


def estimates(baseline: Any) -> tuple[Any, Any, Any]:
    """The exact gradient, and the mean and standard error of its estimates, in the grid of MAP."""
    place, horizon = world(), 30
    theta = 0.3 * np.random.default_rng(3).normal(size=place.after.shape)
    exact = autograd.grad(lambda theta: expected_return(place, policy(theta), horizon))(theta)
    played = play(place, policy(theta), 1000, horizon, np.random.default_rng(4))
    each = [Episodes(*(x[i : i + 1] for x in played)) for i in range(1000)]
    found = np.stack([-autograd.grad(surrogate)(theta, one, baseline) for one in each])
    return exact, found.mean(axis=0), found.std(axis=0) / math.sqrt(len(found))


def test_sampled_gradients_surround_the_exact_one_and_a_baseline_brings_them_nearer() -> None:
    errors = []
    for baseline in (np.zeros(16), np.full(16, -20.0)):
        exact, mean, error = estimates(baseline)
        tried = error > 0
        assert not exact[~tried].any() or np.abs(exact[~tried]).max() < 1e-3
        off = (mean - exact)[tried] / error[tried]
        # The numbers are standard normal if the estimate is unbiased, and not quite independent.
        assert np.abs(off).max() < 4
        assert 0.3 < (off**2).mean() < 2
        errors.append(np.linalg.norm(error))
    assert errors[1] < 0.7 * errors[0]


def test_episodes_follow_the_policy() -> None:
    place = world()
    pi = policy(np.random.default_rng(5).normal(size=place.after.shape))
    states, actions, alive = played = play(place, pi, 2000, 20, np.random.default_rng(6))
    assert (states[:, 0] == place.start).all()
    np.testing.assert_array_equal(states[:, 1:], place.after[states, actions][:, :-1])
    np.testing.assert_array_equal(alive, states != place.goal)
    np.testing.assert_array_equal(played.returns[:, 0], -alive.sum(axis=1))
    counts = np.zeros(pi.shape)
    np.add.at(counts, (states, actions), alive)
    often = counts.sum(axis=1) > 1000
    shares = counts[often] / counts[often].sum(axis=1, keepdims=True)
    np.testing.assert_allclose(shares, pi[often], atol=4 * math.sqrt(0.25 / 1000))
    sampled = played.returns[:, 0]
    error = sampled.std() / math.sqrt(len(sampled))
    assert abs(sampled.mean() - expected_return(place, pi, 20)) < 4 * error


@pytest.mark.parametrize("baseline", [True, False])
def test_the_agent_learns_a_shortest_way(baseline: bool) -> None:
    place = world()
    theta, history = fit_policy(place, baseline=baseline)
    shortest = distance(place)
    assert history[0] < 5 * -shortest
    # The likeliest moves are a shortest way, and the policy strays from it less than once.
    likeliest = np.eye(4)[theta.argmax(axis=1)]
    assert expected_return(place, likeliest, 50) == -shortest
    assert -shortest - 1 < expected_return(place, policy(theta), 50) < -shortest


def distance(place: World) -> int:
    """Breadth first from the start: in how many moves the goal is reached."""
    reached, steps = {place.start}, 0
    while place.goal not in reached:
        reached |= {int(after) for state in reached for after in place.after[state]}
        steps += 1
    return steps


def test_a_map_with_arrows() -> None:
    moves = np.zeros((16, 4))
    moves[:, 2] = 1
    assert drawn(MAP, moves) == "↓↓↓G\n↓##↓\n↓↓↓↓\n↓↓#↓"
    assert distance(world()) == 6


@pytest.mark.parametrize("rows", [[], ["S."], ["SGG"], ["SG", "."], ["S?G"]])
def test_maps_are_checked(rows: list[str]) -> None:
    with pytest.raises(ValueError, match="one S and one G"):
        world(rows)


def test_no_episodes_are_refused() -> None:
    with pytest.raises(ValueError, match="episodes: expected a whole number of at least 1"):
        fit_policy(corridor(), episodes=0)
