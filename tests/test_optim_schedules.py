"""Schedules: whole curves are PyTorch's, and a scheduler's curve is its plain function's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from schedule_cases import CURVES, LOSSES, RATES, Make, ours, same, theirs, walk

import nn
from autograd import Tensor, Value
from nn.optim import lr_scheduler as schedules

# PyTorch's, which sees no step of the optimiser in between.
pytestmark = pytest.mark.filterwarnings("ignore:Detected call of:UserWarning")


@pytest.mark.filterwarnings("ignore:.*epoch parameter:UserWarning")
@pytest.mark.parametrize("make", CURVES.values(), ids=list(CURVES))
def test_curves_are_pytorchs(make: Make) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    mine, its = ours(), theirs(torch)
    own, other = make(schedules, mine), make(torch.optim.lr_scheduler, its)
    same(walk(mine, own), walk(its, other))


@pytest.mark.parametrize("pair", [("StepLR", "ExponentialLR"), ("LinearLR", "CosineAnnealingLR"),
    ("ConstantLR long", "MultiStepLR"), ("PolynomialLR power", "MultiplicativeLR")])  # fmt: skip
def test_two_schedulers_of_one_optimizer_multiply(pair: tuple[str, str]) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    mine, its = ours(), theirs(torch)
    own = [CURVES[name](schedules, mine) for name in pair]
    other = [CURVES[name](torch.optim.lr_scheduler, its) for name in pair]
    same(walk(mine, *own), walk(its, *other))


def test_one_cycle_of_adam_moves_the_first_beta() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    mine, its = ours(nn.Adam, betas=(0.9, 0.99)), theirs(torch, "Adam", betas=(0.9, 0.99))
    make = CURVES["OneCycleLR"]
    same(
        walk(mine, make(schedules, mine)),
        walk(its, make(torch.optim.lr_scheduler, its)),
    )
    assert mine.param_groups[0]["betas"][1] == 0.99


# PyTorch does not find the length of a later cycle then.
LATER_CYCLES = ("WarmRestarts longer", "WarmRestarts thrice")


@pytest.mark.parametrize(
    "name", [n for n in CURVES if not n.startswith("Sequential") and n not in LATER_CYCLES]
)
@pytest.mark.parametrize("at", [0, 4, 6])
def test_going_on_in_the_middle_is_pytorchs(name: str, at: int) -> None:
    """A scheduler made with ``last_epoch``, on an optimiser in the state of that time."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    mine, its = ours(), theirs(torch)
    paths = []
    for optimizer, module in ((mine, schedules), (its, torch.optim.lr_scheduler)):
        first = CURVES[name](module, optimizer)
        for _ in range(at):
            first.step()
        again = resumed(module, optimizer, name, at)
        paths.append(walk(optimizer, again, steps=20))
    same(*paths)


def resumed(module: Any, optimizer: Any, name: str, at: int) -> Any:
    """The scheduler, made with ``last_epoch=at``."""

    class Later:
        def __getattr__(self, kind: str) -> Any:
            return lambda *args, **kwargs: getattr(module, kind)(*args, last_epoch=at, **kwargs)

    return CURVES[name](Later(), optimizer)


# --- without PyTorch ------------------------------------------------------------------------------

N = np.arange(40)
# Scheduler, the function that is its curve, and a few of its numbers by hand.
PLAIN: dict[str, tuple[Make, Callable[[Any], Any], dict[int, float]]] = {
    "staircase": (
        lambda s, o: s.StepLR(o, 7, 0.5),
        lambda t: schedules.staircase(t, 7, 0.5),
        {0: 1.0, 6: 1.0, 7: 0.5, 13: 0.5, 14: 0.25},
    ),
    "multi_step": (
        lambda s, o: s.MultiStepLR(o, [3, 10], 0.5),
        lambda t: schedules.multi_step(t, [10, 3], 0.5),
        {0: 1.0, 2: 1.0, 3: 0.5, 9: 0.5, 10: 0.25},
    ),
    "constant": (
        lambda s, o: s.ConstantLR(o, 0.0, 4),
        lambda t: schedules.constant(t, 0.0, 4),
        {0: 0.0, 3: 0.0, 4: 1.0},
    ),
    "linear": (
        lambda s, o: s.LinearLR(o, 0.5, 0.0, 10),
        lambda t: schedules.linear(t, 0.5, 0.0, 10),
        {0: 0.5, 5: 0.25, 10: 0.0, 11: 0.0},
    ),
    "exponential": (
        lambda s, o: s.ExponentialLR(o, 0.5),
        lambda t: schedules.exponential(t, 0.5),
        {0: 1.0, 3: 0.125},
    ),
    "polynomial": (
        lambda s, o: s.PolynomialLR(o, 10, 2.0),
        lambda t: schedules.polynomial(t, 10, 2.0),
        {0: 1.0, 5: 0.25, 10: 0.0, 20: 0.0},
    ),
    "cosine": (
        lambda s, o: s.CosineAnnealingLR(o, 10),
        lambda t: schedules.cosine(t, 10),
        {0: 1.0, 5: 0.5, 10: 0.0, 15: 0.5, 20: 1.0},
    ),
    "warm_restarts": (
        lambda s, o: s.CosineAnnealingWarmRestarts(o, 4, 2),
        lambda t: schedules.warm_restarts(t, 4, 2),
        {0: 1.0, 2: 0.5, 4: 1.0, 8: 0.5, 12: 1.0, 20: 0.5, 28: 1.0},
    ),
    "one_cycle": (
        lambda s, o: s.OneCycleLR(o, list(RATES), 41, pct_start=0.5, div_factor=4),
        lambda t: schedules.one_cycle(t, 41, [0.25, 1.0, 0.25e-4], pct_start=0.5),
        {0: 0.25, 40: 0.25e-4},
    ),
}


@pytest.mark.parametrize(("make", "curve", "points"), PLAIN.values(), ids=list(PLAIN))
def test_a_scheduler_follows_its_plain_function(
    make: Make, curve: Callable[[Any], Any], points: dict[int, float]
) -> None:
    optimizer = ours()
    rates = np.array(walk(optimizer, make(schedules, optimizer), steps=40))[:, :2]
    factors = curve(N)
    assert factors.shape == N.shape
    same(rates, factors[:, None] * np.array(RATES))
    for step, factor in points.items():
        assert curve(step) == pytest.approx(factor, abs=1e-15)
        assert np.ndim(curve(step)) == 0
    np.testing.assert_array_equal(factors, [curve(step) for step in N.tolist()])
    assert curve(N.reshape(5, 8)).shape == (5, 8)


def test_a_rise_of_no_steps_starts_at_the_top() -> None:
    """Where PyTorch's divides by zero."""
    rates = schedules.one_cycle(np.arange(10), 10, [0.1, 1.0, 0.1], 0.1, "linear")
    np.testing.assert_allclose(rates, 1 - 0.1 * np.arange(10), rtol=1e-12)


def test_curves_take_lists_and_nothing() -> None:
    for _, curve, points in PLAIN.values():
        np.testing.assert_allclose(curve(list(points)), list(points.values()), atol=1e-15)
        assert np.shape(curve(np.arange(0))) == (0,)


# Recorded once from PyTorch 2.13: the rate of the first group after 1, 12, 23, 34, 45 steps.
GOLDEN: dict[str, list[float]] = {
    "StepLR": [0.5, 0.25, 0.0625, 0.03125, 0.0078125],
    "StepLR defaults": [
        0.05,
        5.000000000000003e-13,
        5.0000000000000064e-24,
        5.000000000000009e-35,
        5.0000000000000116e-46,
    ],
    "MultiStepLR": [0.5, 0.0625, 0.0625, 0.03125, 0.03125],
    "MultiStepLR at 0": [
        0.05,
        0.005000000000000001,
        0.005000000000000001,
        0.005000000000000001,
        0.005000000000000001,
    ],
    "ConstantLR": [0.16666666666666666, 0.5, 0.5, 0.5, 0.5],
    "ConstantLR long": [0.125, 0.125, 0.5, 0.5, 0.5],
    "LinearLR": [
        0.23333333333333334,
        0.5000000000000001,
        0.5000000000000001,
        0.5000000000000001,
        0.5000000000000001,
    ],
    "LinearLR down": [0.475, 0.19999999999999998, 0.0, 0.0, 0.0],
    "ExponentialLR": [
        0.45,
        0.14121476824050008,
        0.04431469059826254,
        0.01390641947218469,
        0.004363981784043861,
    ],
    "PolynomialLR": [0.4, 0.0, 0.0, 0.0, 0.0],
    "PolynomialLR power": [0.43982409480950446, 0.0505964425626941, 0.0, 0.0, 0.0],
    "CosineAnnealingLR": [
        0.4877641290737884,
        0.047745751406263325,
        0.39694631307312,
        0.17274575140626341,
        0.2500000000000007,
    ],
    "CosineAnnealingLR floor": [
        0.47573737263609267,
        0.4077550014553897,
        0.10224499854461103,
        0.03426262736390742,
        0.3095176288192978,
    ],
    "CosineAnnealingLR above": [
        0.499614666716641,
        0.44847315653655917,
        0.3458193295180119,
        0.2636241844764541,
        0.2595150584360891,
    ],
    "WarmRestarts": [
        0.47524221697560476,
        0.09412754953531663,
        0.4058724504646834,
        0.02475778302439524,
        0.3056302334890786,
    ],
    "WarmRestarts longer": [
        0.3775,
        0.4282411613907041,
        0.4916518274408217,
        0.22302108290608738,
        0.5,
    ],
    "WarmRestarts thrice": [
        0.5,
        0.01507684480352292,
        0.3490199415097892,
        0.05848888922025544,
        0.4953138276568462,
    ],
    "OneCycleLR": [
        0.04789268890516618,
        0.7943241223183535,
        0.9566730969266662,
        0.667742516166649,
        0.2748122547390575,
    ],
    "OneCycleLR epochs": [
        0.045909596514333906,
        0.6683281572999747,
        0.9907796153772187,
        0.8117456539497631,
        0.4839762753173275,
    ],
    "OneCycleLR linear": [
        0.1631578947368421,
        0.8578947368421053,
        0.8089344262295082,
        0.5687377049180329,
        0.32854098360655737,
    ],
    "OneCycleLR three": [
        0.04789268890516618,
        0.7943241223183535,
        0.7650147966048411,
        0.04284637155576519,
        0.025614509063564807,
    ],
    "OneCycleLR three linear": [
        0.07310344827586207,
        0.4372413793103448,
        0.8013793103448277,
        0.8344827586206897,
        0.4703448275862069,
    ],
    "LambdaLR": [
        0.475,
        0.27018004383131833,
        0.1536784338625118,
        0.0874123073618985,
        0.04972012849354612,
    ],
    "LambdaLR each": [
        0.25,
        0.038461538461538464,
        0.020833333333333332,
        0.014285714285714285,
        0.010869565217391304,
    ],
    "MultiplicativeLR": [
        0.475,
        0.2701800438313183,
        0.15367843386251173,
        0.08741230736189849,
        0.049720128493546116,
    ],
    "MultiplicativeLR each": [
        0.25,
        0.03846153846153847,
        0.020833333333333343,
        0.014285714285714296,
        0.010869565217391311,
    ],
    "SequentialLR": [0.13999999999999999, 0.3634976249348867, 0.012235870926211617, 0.25, 0.25],
    "SequentialLR steps": [
        0.05,
        0.125,
        0.07322330470336313,
        0.4809698831278217,
        0.04213259692436366,
    ],
    "SequentialLR others": [0.45, 0.05, 0.35, 0.08333333333333333, 0.024156409090909096],
    "SequentialLR nested": [
        0.25,
        0.405,
        0.12709329141645007,
        0.039883221538436285,
        0.012515777524966222,
    ],
}


@pytest.mark.parametrize("name", GOLDEN)
def test_curves_go_where_pytorchs_went(name: str) -> None:
    optimizer = ours()
    path = walk(optimizer, CURVES[name](schedules, optimizer))
    same([path[step][0] for step in (1, 12, 23, 34, 45)], GOLDEN[name])


def test_warm_restarts_go_to_any_place() -> None:
    optimizer = ours()
    schedule = schedules.CosineAnnealingWarmRestarts(optimizer, 3, 3)
    for place in (0.5, 2.75, 3.0, 11.9, 12, 38.99, 39.0, 120):
        schedule.step(place)
        same(optimizer.param_groups[0]["lr"], 0.5 * schedules.warm_restarts(place, 3, 3))
    # The starts of the cycles are found exactly: 3, 3 + 9, 3 + 9 + 27, ...
    for start in (0, 3, 12, 39, 120, 363, 1092):
        assert schedules.warm_restarts(start, 3, 3) == 1.0
        assert start == 0 or schedules.warm_restarts(start - 0.01, 3, 3) < 0.01
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    mine, its = ours(), theirs(torch)
    own = schedules.CosineAnnealingWarmRestarts(mine, 10, 2)
    other = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(its, 10, 2)
    for place in (0.25, 3.5, 9.75, 10.25, 29.5, 31.0):
        own.step(place)
        other.step(place)
        same(own.get_last_lr(), other.get_last_lr())
    own.step()
    other.step()
    same(own.get_last_lr(), other.get_last_lr())


@pytest.mark.parametrize(
    "options",
    [
        {"patience": 2},
        {"patience": 1, "factor": 0.5, "cooldown": 2},
        {"patience": 0, "threshold": 0.1, "threshold_mode": "abs", "min_lr": [0.1, 0.01]},
        {"patience": 1, "mode": "max", "threshold": 0.1, "eps": 0.01},
        {"patience": 1, "mode": "max", "threshold_mode": "abs", "min_lr": 0.001},
    ],
    ids=str,
)
def test_reducing_on_a_plateau_is_pytorchs(options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    mine, its = ours(), theirs(torch)
    own = schedules.ReduceLROnPlateau(mine, **options)
    other = torch.optim.lr_scheduler.ReduceLROnPlateau(its, **options)
    for loss in LOSSES:
        own.step(loss)
        other.step(loss)
        same(own.get_last_lr(), other.get_last_lr())
        assert [g["lr"] for g in mine.param_groups] == own.get_last_lr()
    assert own.get_last_lr() != list(RATES)


def test_a_plateau_by_hand() -> None:
    optimizer = nn.SGD([Value(1.0)], lr=1.0)
    schedule = schedules.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    rates = []
    for loss in (Tensor(2.0), Value(1.0), 1.0, 1.0, 1.0, 1.0, 0.5):
        schedule.step(loss)
        rates.append(optimizer.lr)
    assert rates == [1.0, 1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
