"""Schedules: states that are saved and loaded, groups that are added, and input that is wrong."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest
from schedule_cases import CURVES, LOSSES, Halving, ours, same, theirs, walk

import nn
from autograd import Value
from nn.optim import lr_scheduler as schedules

# PyTorch's, which sees no step of the optimiser in between.
pytestmark = pytest.mark.filterwarnings("ignore:Detected call of:UserWarning")

# --- state ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CURVES)
def test_a_saved_scheduler_goes_on(name: str) -> None:
    whole, first, second = ours(), ours(), ours()
    path = walk(whole, CURVES[name](schedules, whole))
    schedule = CURVES[name](schedules, first)
    start = walk(first, schedule, steps=13)
    optimizer_state, state = first.state_dict(), schedule.state_dict()
    kept = copy.deepcopy(state)
    schedule.step()
    assert repr(state) == repr(kept)
    later = CURVES[name](schedules, second)
    second.load_state_dict(optimizer_state)
    later.load_state_dict(state)
    assert start + walk(second, later, steps=60 - 13) == path


def test_a_saved_plateau_goes_on() -> None:
    optimizer, other = ours(), ours()
    schedule = schedules.ReduceLROnPlateau(optimizer, patience=1, cooldown=1)
    for loss in LOSSES[:8]:
        schedule.step(loss)
    later = schedules.ReduceLROnPlateau(other, patience=5)
    later.load_state_dict(schedule.state_dict())
    other.load_state_dict(optimizer.state_dict())
    for loss in LOSSES[8:]:
        schedule.step(loss)
        later.step(loss)
        assert later.get_last_lr() == schedule.get_last_lr()


@pytest.mark.parametrize("name", [n for n in CURVES if not n.startswith("OneCycle")])
@pytest.mark.filterwarnings("ignore:.*epoch parameter:UserWarning")
def test_states_are_in_pytorchs_keys_and_go_both_ways(name: str) -> None:
    """PyTorch's OneCycleLR alone saves a list of phases instead of its settings."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    module = torch.optim.lr_scheduler
    pairs = []
    for _ in range(2):
        mine, its = ours(), theirs(torch)
        pairs.append((mine, CURVES[name](schedules, mine), its, CURVES[name](module, its)))
    (mine, own, its, other), (mine2, own2, its2, other2) = pairs
    for _ in range(13):
        own.step()
        other.step()
    assert set(other.state_dict()) - set(own.state_dict()) <= {"_get_lr_called_within_step"}
    assert set(own.state_dict()) <= set(other.state_dict())
    own2.load_state_dict(other.state_dict())
    mine2.load_state_dict(mine.state_dict())
    other2.load_state_dict(own.state_dict())
    its2.load_state_dict(its.state_dict())
    expected = walk(its, other, steps=30)
    same(walk(mine2, own2, steps=30), expected)
    same(walk(its2, other2, steps=30), expected)


def test_the_state_of_a_plateau_is_in_pytorchs_keys() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    mine, its = ours(), theirs(torch)
    own = schedules.ReduceLROnPlateau(mine, patience=1, min_lr=0.01)
    other = torch.optim.lr_scheduler.ReduceLROnPlateau(its, patience=1, min_lr=0.01)
    for loss in LOSSES[:7]:
        own.step(loss)
        other.step(loss)
    assert own.state_dict().keys() == other.state_dict().keys()
    for key, value in other.state_dict().items():
        assert own.state_dict()[key] == (value if isinstance(value, str) else pytest.approx(value))
    own.load_state_dict(other.state_dict())
    for loss in LOSSES[7:]:
        own.step(loss)
        other.step(loss)
    same(own.get_last_lr(), other.get_last_lr())


def test_the_attributes_of_a_function_are_saved() -> None:
    schedule = schedules.LambdaLR(ours(), Halving())
    schedule.lr_lambdas[0].base = 0.25
    other = Halving()
    later = schedules.LambdaLR(ours(), other)
    later.load_state_dict(schedule.state_dict())
    assert other.base == 0.25


def test_a_state_that_does_not_fit_changes_nothing() -> None:
    optimizer = ours()
    step = schedules.StepLR(optimizer, 3)
    cosine = schedules.CosineAnnealingLR(optimizer, 10)
    before = step.state_dict()
    with pytest.raises(ValueError, match=r"missing \['gamma', 'step_size'\], unknown"):
        step.load_state_dict(cosine.state_dict())
    assert step.state_dict() == before
    both = schedules.SequentialLR(optimizer, [step, cosine], [3])
    state = both.state_dict()
    bad = copy.deepcopy(state)
    bad["_schedulers"][0]["last_epoch"] = 99
    del bad["_schedulers"][1]["T_max"]
    with pytest.raises(ValueError, match="T_max"):
        both.load_state_dict(bad)
    assert both.state_dict() == state
    with pytest.raises(ValueError, match=r"SequentialLR: load_state_dict: .* of 2 parts, got .* 1"):
        both.load_state_dict(state | {"_schedulers": state["_schedulers"][:1]})
    asking = schedules.LambdaLR(optimizer, abs)
    with pytest.raises(ValueError, match=r"LambdaLR: load_state_dict: .* of 2 parts, got .* 1"):
        asking.load_state_dict(asking.state_dict() | {"lr_lambdas": [None]})
    for nothing in (None, [1], 3):
        with pytest.raises(TypeError, match="StepLR: load_state_dict: expected what state_dict"):
            step.load_state_dict(nothing)  # type: ignore[arg-type]
    assert both.state_dict() == state


def test_copies_of_an_optimizer_and_its_schedule_go_on_alone() -> None:
    optimizer = ours()
    schedule = schedules.OneCycleLR(optimizer, 1.0, 20)
    schedule.step()
    twin, twin_optimizer = copy.deepcopy((schedule, optimizer))
    assert twin.optimizer is twin_optimizer
    twin.step()
    assert twin_optimizer.param_groups[0]["lr"] != optimizer.param_groups[0]["lr"]
    schedule.step()
    assert twin_optimizer.param_groups[0]["lr"] == optimizer.param_groups[0]["lr"]


def test_a_rate_changed_by_hand_stays_changed() -> None:
    optimizer = nn.SGD([Value(1.0)], lr=1.0)
    schedule = schedules.ExponentialLR(optimizer, 0.5)
    schedule.step()
    optimizer.lr = 0.1
    schedule.step()
    assert optimizer.lr == 0.05


# --- bad input ------------------------------------------------------------------------------------

BAD: list[tuple[str, dict[str, Any], type[Exception], str]] = [
    ("StepLR", {"step_size": 0}, ValueError, "step_size"),
    ("StepLR", {"step_size": 1.5}, TypeError, "step_size"),
    ("StepLR", {"step_size": 1, "gamma": "x"}, TypeError, "gamma"),
    ("StepLR", {"step_size": 1, "last_epoch": "2"}, TypeError, "last_epoch"),
    ("StepLR", {"step_size": 1, "last_epoch": -2}, ValueError, "last_epoch"),
    ("MultiStepLR", {"milestones": [1.5]}, TypeError, "milestones"),
    ("MultiStepLR", {"milestones": 5}, TypeError, "a list of steps, got 5"),
    ("ConstantLR", {"factor": 1.5}, ValueError, "factor"),
    ("LinearLR", {"start_factor": 0}, ValueError, "start_factor"),
    ("LinearLR", {"end_factor": 2}, ValueError, "end_factor"),
    ("LinearLR", {"total_iters": 0}, ValueError, "total_iters"),
    ("ExponentialLR", {"gamma": math.nan}, ValueError, "gamma"),
    ("PolynomialLR", {"total_iters": 0}, ValueError, "total_iters"),
    ("CosineAnnealingLR", {"T_max": 0}, ValueError, "T_max"),
    ("CosineAnnealingWarmRestarts", {"T_0": 0}, ValueError, "T_0"),
    ("CosineAnnealingWarmRestarts", {"T_0": 1, "T_mult": 1.5}, TypeError, "T_mult"),
    ("OneCycleLR", {"max_lr": 1.0}, ValueError, "total_steps"),
    ("OneCycleLR", {"max_lr": 1.0, "epochs": 2}, ValueError, "total_steps"),
    ("OneCycleLR", {"max_lr": -1.0, "total_steps": 9}, ValueError, "max_lr"),
    ("OneCycleLR", {"max_lr": [1.0], "total_steps": 9}, ValueError, "max_lr.*2 groups"),
    ("OneCycleLR", {"max_lr": 1, "total_steps": 9, "pct_start": 2}, ValueError, "pct_start"),
    ("OneCycleLR", {"max_lr": 1, "total_steps": 9, "anneal_strategy": "x"}, ValueError, "linear"),
    ("OneCycleLR", {"max_lr": 1, "total_steps": 9, "div_factor": 0}, ValueError, "div_factor"),
    ("LambdaLR", {"lr_lambda": 0.5}, TypeError, "function"),
    ("LambdaLR", {"lr_lambda": [abs]}, ValueError, "2 groups"),
    ("MultiplicativeLR", {"lr_lambda": None}, TypeError, "function"),
    ("SequentialLR", {"schedulers": [], "milestones": []}, ValueError, "at least one"),
    ("ReduceLROnPlateau", {"mode": "up"}, ValueError, "mode"),
    ("ReduceLROnPlateau", {"threshold_mode": "x"}, ValueError, "threshold_mode"),
    ("ReduceLROnPlateau", {"factor": 1.0}, ValueError, "factor"),
    ("SequentialLR", {"schedulers": None, "milestones": []}, ValueError, "at least one"),
    ("ReduceLROnPlateau", {"factor": -0.5}, ValueError, "factor"),
    ("ReduceLROnPlateau", {"patience": -1}, ValueError, "patience"),
    ("ReduceLROnPlateau", {"min_lr": [0.1]}, ValueError, "min_lr"),
]


@pytest.mark.parametrize(("name", "options", "error", "words"), BAD, ids=str)
def test_bad_arguments(
    name: str, options: dict[str, Any], error: type[Exception], words: str
) -> None:
    optimizer = ours()
    before = copy.deepcopy(optimizer.state_dict())
    with pytest.raises(error, match=rf"{name}.*expected.*") as raised:
        getattr(schedules, name)(optimizer, **options)
    assert raised.match(words)
    assert optimizer.state_dict() == before


def test_bad_optimizers() -> None:
    for name, options in (
        ("StepLR", {"step_size": 1}),
        ("OneCycleLR", {"max_lr": 1, "total_steps": 9}),
        ("LambdaLR", {"lr_lambda": abs}),
        ("ReduceLROnPlateau", {}),
    ):
        with pytest.raises(TypeError, match=f"{name}: expected an optimiser"):
            getattr(schedules, name)(Value(1.0), **options)
    with pytest.raises(ValueError, match="cycle_momentum=False"):
        schedules.OneCycleLR(ours(nn.Adagrad, lr_decay=0.0), 1.0, 9)
    with pytest.raises(ValueError, match="initial_lr"):
        schedules.StepLR(ours(), 3, last_epoch=3)
    mine = ours()
    schedules.StepLR(mine, 3)
    with pytest.raises(
        ValueError, match=r'a "max_lr" in param_groups\[0\], to go on in the middle'
    ):
        schedules.OneCycleLR(mine, 1.0, 9, last_epoch=3)
    mine, other = ours(), ours()
    with pytest.raises(ValueError, match="another one's at 1"):
        schedules.SequentialLR(mine, [schedules.StepLR(mine, 1), schedules.StepLR(other, 1)], [1])
    with pytest.raises(ValueError, match="1 milestones for 2 schedulers"):
        schedules.SequentialLR(mine, [schedules.StepLR(mine, 1), schedules.StepLR(mine, 1)], [])
    with pytest.raises(ValueError, match="Step ReduceLROnPlateau by itself"):
        schedules.SequentialLR(mine, [schedules.ReduceLROnPlateau(mine)], [])


def test_bad_steps_change_nothing() -> None:
    optimizer = ours()
    schedule = schedules.OneCycleLR(optimizer, 1.0, 2)
    schedule.step()
    schedule.step()  # PyTorch allows one more than there are rates
    before = optimizer.state_dict(), schedule.get_last_lr(), schedule.last_epoch
    with pytest.raises(ValueError, match="at most 2 steps"):
        schedule.step()
    assert (optimizer.state_dict(), schedule.get_last_lr(), schedule.last_epoch) == before
    plateau = schedules.ReduceLROnPlateau(optimizer)
    with pytest.raises(TypeError, match="a number"):
        plateau.step("low")
    assert plateau.last_epoch == 0
    restarts = schedules.CosineAnnealingWarmRestarts(optimizer, 4)
    with pytest.raises(ValueError, match="epoch"):
        restarts.step(-1)
    step, function = schedules.StepLR(optimizer, 1), schedules.LambdaLR(optimizer, Halving())
    optimizer.add_param_group({"params": [Value(1.0)], "lr": 0.5})
    with pytest.raises(ValueError, match="add_param_group"):
        function.step()
    assert function.last_epoch == 0
    assert function.state_dict()["_step_count"] == 1
    step.step()
    assert optimizer.param_groups[2]["lr"] == 0.05


def test_a_sequence_within_a_sequence_starts_at_its_turn() -> None:
    """Where PyTorch's raises NotImplementedError."""
    optimizer = nn.SGD([Value(1.0)], lr=1.0)
    inner = schedules.SequentialLR(
        optimizer,
        [schedules.ExponentialLR(optimizer, 0.5), schedules.ConstantLR(optimizer, 0.125, 99)],
        [3],
    )
    first = schedules.ConstantLR(optimizer, 0.75, 99)
    schedule = schedules.SequentialLR(optimizer, [first, inner], [2])
    rates = [rate[0] for rate in walk(optimizer, schedule, steps=8)]
    assert rates == [0.75, 0.75, 1.0, 0.5, 0.25, 0.125, 0.125, 0.125]


def test_a_part_that_fails_leaves_the_sequence_where_it_was() -> None:
    optimizer = ours()
    cycle = schedules.OneCycleLR(optimizer, 1.0, 2)
    schedule = schedules.SequentialLR(optimizer, [cycle], [])
    schedule.step()
    schedule.step()
    before = optimizer.state_dict(), schedule.state_dict()
    with pytest.raises(ValueError, match="at most 2 steps"):
        schedule.step()
    assert (optimizer.state_dict(), schedule.state_dict()) == before


def test_groups_that_were_added_are_stepped_or_told() -> None:
    def added(make: Any) -> tuple[Any, Any]:
        optimizer = nn.SGD([Value(1.0)], lr=1.0, momentum=0.9)
        schedule = make(optimizer)
        optimizer.add_param_group({"params": [Value(1.0)], "lr": 0.5})
        return optimizer, schedule

    makes: list[tuple[Any, int]] = [
        (lambda o: schedules.CosineAnnealingWarmRestarts(o, 4), 0),
        (lambda o: schedules.OneCycleLR(o, 1.0, 9), 0),
        (lambda o: schedules.CosineAnnealingLR(o, 2), 2),  # from the floor on
        (lambda o: schedules.ReduceLROnPlateau(o, min_lr=[0.1]), 0),
    ]
    for make, steps in makes:
        optimizer, schedule = added(make)
        for _ in range(steps):
            schedule.step()
        before = optimizer.state_dict(), schedule.state_dict()
        with pytest.raises(ValueError, match=r": step: expected .*group.*"):
            schedule.step(*([1.0] if isinstance(schedule, schedules.ReduceLROnPlateau) else []))
        assert (optimizer.state_dict(), schedule.state_dict()) == before
    for options, more, expected in (
        ({"min_lr": 0.02}, [], [0.02, 0.02]),
        ({"min_lr": [0.2]}, [0.3], [0.2, 0.3]),
    ):
        optimizer, plateau = added(
            lambda o, options=options: schedules.ReduceLROnPlateau(o, patience=0, **options)
        )
        plateau.min_lrs += more
        for loss in (1.0, 1.0, 1.0):
            plateau.step(loss)
        assert plateau.get_last_lr() == expected
