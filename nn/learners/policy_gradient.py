"""REINFORCE: an agent learns by trying, and doing more often what turned out better than usual.

In a state s the agent takes the action a with the chance π(a|s), the softmax of a row of a table θ.
What an episode earns after time t is its *return* R_t = r_t + r_{t+1} + ...; wanted is the θ with
the largest expected return J(θ) = E[R_0].

The agent cannot differentiate through the world, which is no formula, nor through its choices,
which are jumps.  But J is the sum over all episodes of (chance) · (return), and the slope of a
chance is (chance) · (slope of its logarithm).  So (Williams, 1992)

    ∂J/∂θ = E[ Σ_t  ∂log π(a_t|s_t)/∂θ · (R_t - b(s_t)) ],

the expectation of what can be measured while playing.  What was earned before t is left out, since
the action does not change it; and any *baseline* b may be subtracted, since E[∂log π] = ∂(Σ π) = 0.
Both leave the expectation as it is and reduce the noise.  Here b(s) is what is usually earned from
s on, learned by descent on (R_t - b(s_t))² (Sutton and Barto, 2018, chapter 13).

In code: minimise -log π · (R - b), where R - b are plain numbers without a history.

    python -m nn.learners.policy_gradient
"""

from __future__ import annotations

from typing import Any

import numpy as np

import autograd
import nn
from autograd import Tensor
from nn.checks import whole
from nn.learners.grid_world import MAP, Episodes, World, drawn, expected_return, play, world

__all__ = ["fit_policy", "policy", "surrogate"]


def policy(theta: Any) -> Any:
    """The chances of the actions in each state, shape (states, actions)."""
    return nn.functional.softmax(theta, dim=1)


def surrogate(theta: Any, played: Episodes, baseline: Any) -> Any:
    """A loss whose slope is the estimate of -∂J/∂θ: the mean of Σ_t -log π · (R_t - b).

    Args:
        theta: shape (states, actions), an array or a Tensor.
        played: episodes played with ``policy(theta)``.
        baseline: shape (states,), plain numbers; zeros for none.
    """
    better = (played.returns - baseline[played.states]) * played.alive
    log_chosen = nn.functional.log_softmax(theta, dim=1)[played.states, played.actions]
    return -(log_chosen * better).sum() / len(better)


def fit_policy(
    place: World,
    steps: int = 200,
    episodes: int = 20,
    horizon: int = 50,
    lr: float = 0.1,
    baseline: bool = True,
    seed: int = 0,
) -> tuple[Any, list[float]]:
    """The table θ after some steps from 0 (all moves alike), and the mean return before each.

    Args:
        place: the world.
        steps: how many.
        episodes: how many are played for each step.
        horizon: how many moves an episode has at most.
        lr: the learning rate of θ, with Adam.
        baseline: whether to compare with what is usual in a state, or with 0.
        seed: fixes what is random.

    Returns:
        θ of shape (states, 4), and a list of returns.

    Raises:
        ValueError: steps, episodes or horizon below 1.

    >>> theta, history = fit_policy(world(["S..G"]))
    >>> theta.argmax(axis=1)[:3].tolist(), history[-1] > -3.5  # right, right, right
    ([1, 1, 1], True)
    """
    for name, number in (("steps", steps), ("episodes", episodes), ("horizon", horizon)):
        whole(f"fit_policy: {name}", number, 1)
    rng = np.random.default_rng(seed)
    theta = Tensor(np.zeros(place.after.shape), requires_grad=True)
    usual = Tensor(np.zeros(len(place.after)), requires_grad=True)
    optimizer = nn.Adam([{"params": [theta]}, {"params": [usual], "lr": 1.0}], lr=lr)
    history = []
    for _ in range(steps):
        played = play(place, policy(theta.data), episodes, horizon, rng)
        history.append(float(played.returns[:, 0].mean()))
        loss = surrogate(theta, played, usual.data)
        if baseline:
            error = (played.returns - usual[played.states]) * played.alive
            loss = loss + (error**2).sum() / played.alive.sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return theta.data, history


def main() -> None:
    """The estimate, from 20 episodes, against the exact gradient, and the way that is found."""
    place, horizon, rng = world(), 50, np.random.default_rng(0)
    theta = np.zeros(place.after.shape)
    exact = autograd.grad(lambda theta: expected_return(place, policy(theta), horizon))(theta)
    played = play(place, policy(theta), 4000, horizon, rng)
    count, total = np.zeros(len(theta)), np.zeros(len(theta))
    np.add.at(count, played.states, played.alive)
    np.add.at(total, played.states, played.alive * played.returns)

    print("Claim: what is measured while playing is the gradient and noise; a baseline lowers it.")
    for name, b in (("none ", 0 * count), ("usual", total / np.maximum(count, 1))):
        groups = [Episodes(*(x[i : i + 20] for x in played)) for i in range(0, 4000, 20)]
        found = np.stack([-autograd.grad(surrogate)(theta, group, b) for group in groups])
        noise = np.sqrt(found.var(axis=0).sum()) / np.linalg.norm(exact)
        off = np.linalg.norm(found.mean(axis=0) - exact) / np.linalg.norm(exact)
        print(f"  baseline {name}: off by {noise:.1f} of its length, with 4000 episodes {off:.2f}")

    print("Claim: it learns a shortest way, 6 steps.")
    for baseline in (False, True):
        theta, history = fit_policy(place, baseline=baseline)
        J = expected_return(place, policy(theta), horizon)
        print(f"  baseline {baseline!s:5}: return {history[0]:.1f} at first, expected {J:.2f} now")
    print(drawn(MAP, theta))


if __name__ == "__main__":
    main()
