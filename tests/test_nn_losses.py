"""Losses against closed forms and PyTorch, also where exponentials overflow, and bad input."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value


def values(numbers: Any) -> list[Value]:
    return [Value(x) for x in numbers]


def grads(nodes: list[Value]) -> list[float]:
    return [v.grad for v in nodes]


# --- squared error --------------------------------------------------------------------------------


def test_mse_is_the_mean_of_squares() -> None:
    p = values([1.0, 4.0, -2.0])
    loss = nn.mse_loss(p, [1.5, 2.0, -2.0])
    loss.backward()
    assert loss.data == pytest.approx((0.25 + 4.0 + 0.0) / 3, rel=1e-15)
    assert grads(p) == pytest.approx([2 * -0.5 / 3, 2 * 2.0 / 3, 0.0], rel=1e-15)


def test_mse_of_one_example() -> None:
    p = Value(3.0)
    loss = nn.mse_loss(p, 1)
    loss.backward()
    assert (loss.data, p.grad) == (4.0, 4.0)
    assert nn.mse_loss([Value(3.0)], [1.0]).data == 4.0


def test_mse_gradient_reaches_targets() -> None:
    p, t = Value(3.0), Value(1.0)
    nn.mse_loss(p, t).backward()
    assert (p.grad, t.grad) == (4.0, -4.0)


# --- hinge ----------------------------------------------------------------------------------------


def test_hinge_wants_a_margin_of_one() -> None:
    scores = values([0.25, -3.0, 2.0, 0.5])
    loss = nn.hinge_loss(scores, [1, -1, -1, 1])
    loss.backward()
    assert loss.data == pytest.approx((0.75 + 0.0 + 3.0 + 0.5) / 4, rel=1e-15)
    assert grads(scores) == [-0.25, 0.0, 0.25, -0.25]


def test_hinge_at_the_margin_has_slope_zero() -> None:
    score = Value(1.0)
    loss = nn.hinge_loss(score, 1)
    loss.backward()
    assert (loss.data, score.grad) == (0.0, 0.0)


@pytest.mark.parametrize("signs", [[1, -1], (1.0, -1.0), np.array([1, -1]), np.array([1.0, -1.0])])
def test_hinge_takes_signs_of_every_kind(signs: Any) -> None:
    assert nn.hinge_loss(values([0.0, 0.5]), signs).data == 1.25


@pytest.mark.parametrize("bad", [0, 2, 0.5, -2.0, math.nan, "1", None])
def test_hinge_refuses_other_classes(bad: Any) -> None:
    with pytest.raises((ValueError, TypeError), match=r"hinge_loss: expected classes -1 and 1.*"):
        nn.hinge_loss(values([1.0, 2.0]), [1, bad])


# --- cross-entropy --------------------------------------------------------------------------------


def test_cross_entropy_of_equal_logits_is_the_log_of_their_number() -> None:
    for n in (1, 2, 10):
        logits = values([3.0] * n)
        loss = nn.cross_entropy(logits, n - 1)
        loss.backward()
        assert loss.data == pytest.approx(math.log(n), abs=1e-15)
        expected = [1 / n - (k == n - 1) for k in range(n)]
        assert grads(logits) == pytest.approx(expected, abs=1e-15)


def test_cross_entropy_is_softmax_minus_one_hot() -> None:
    numbers = [0.5, -1.0, 2.0]
    exps = [math.exp(x) for x in numbers]
    for target in range(3):
        logits = values(numbers)
        loss = nn.cross_entropy(logits, target)
        loss.backward()
        assert loss.data == pytest.approx(-math.log(exps[target] / sum(exps)), rel=1e-14)
        expected = [e / sum(exps) - (k == target) for k, e in enumerate(exps)]
        assert grads(logits) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(
    ("numbers", "target", "loss", "gradient"),
    [
        ([1000.0, -1000.0], 0, 0.0, [0.0, 0.0]),
        ([1000.0, -1000.0], 1, 2000.0, [1.0, -1.0]),
        ([-1000.0, -1000.0], 0, math.log(2), [-0.5, 0.5]),
        ([1000.0, 1000.0, 0.0], 0, math.log(2), [-0.5, 0.5, 0.0]),
        ([1e300, 0.0], 1, 1e300, [1.0, -1.0]),
    ],
)
def test_extreme_logits_do_not_overflow(
    numbers: list[float], target: int, loss: float, gradient: list[float]
) -> None:
    logits = values(numbers)
    node = nn.cross_entropy(logits, target)
    node.backward()
    assert node.data == pytest.approx(loss, abs=1e-12)
    assert grads(logits) == pytest.approx(gradient, abs=1e-12)


def test_cross_entropy_of_a_batch_is_the_mean() -> None:
    rows, targets = [[0.5, -1.0, 2.0], [0.0, 0.0, 3.0]], [2, 0]
    each = [nn.cross_entropy(values(r), t).data for r, t in zip(rows, targets, strict=True)]
    assert nn.cross_entropy([values(r) for r in rows], targets).data == pytest.approx(
        sum(each) / 2, rel=1e-15
    )


@pytest.mark.parametrize("target", [1, np.int64(1), np.uint8(1), np.array([0, 1])[1]])
def test_classes_are_whole_numbers_of_any_kind(target: Any) -> None:
    assert nn.cross_entropy(values([0.0, 0.0]), target).data == pytest.approx(math.log(2))


# --- against PyTorch ------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1.0, 30.0, 1000.0])
@pytest.mark.parametrize("seed", range(3))
def test_losses_and_gradients_are_pytorchs(seed: int, scale: float) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    F = torch.nn.functional
    rng = np.random.default_rng(seed)
    rows, targets = rng.normal(size=(6, 4)) * scale, rng.integers(0, 4, size=6)
    numbers, wanted = rows[:, 0], rows[:, 1]

    logits = [values(row) for row in rows]
    loss = nn.cross_entropy(logits, targets)
    loss.backward()
    tensor = torch.tensor(rows, requires_grad=True)
    expected = F.cross_entropy(tensor, torch.tensor(targets))
    expected.backward()
    # exp and log of two libraries: a few roundings, absolute because small ones cancel.
    assert loss.data == pytest.approx(expected.item(), rel=1e-12)
    assert np.array([grads(row) for row in logits]) == pytest.approx(
        tensor.grad.numpy(), rel=1e-9, abs=1e-14
    )

    p = values(numbers)
    loss = nn.mse_loss(p, wanted)
    loss.backward()
    tensor = torch.tensor(numbers, requires_grad=True)
    expected = F.mse_loss(tensor, torch.tensor(wanted))
    expected.backward()
    assert loss.data == pytest.approx(expected.item(), rel=1e-12)
    assert grads(p) == pytest.approx(tensor.grad.tolist(), rel=1e-12)

    signs = 2 * (targets % 2) - 1
    scores = values(numbers)
    loss = nn.hinge_loss(scores, signs)
    loss.backward()
    tensor = torch.tensor(numbers, requires_grad=True)
    expected = F.relu(1 - torch.tensor(signs) * tensor).mean()
    expected.backward()
    assert loss.data == pytest.approx(expected.item(), rel=1e-12)
    assert grads(scores) == pytest.approx(tensor.grad.tolist(), rel=1e-12)


# --- plain numbers, and bad input -----------------------------------------------------------------


def test_plain_numbers_give_plain_numbers() -> None:
    assert nn.mse_loss([1.0, 4.0], [1.0, 2.0]) == 2.0
    assert nn.hinge_loss(np.array([1.0, -0.5]), np.array([1, 1])) == 0.75
    assert nn.cross_entropy(np.zeros((2, 3)), np.array([0, 1])) == pytest.approx(math.log(3))


@pytest.mark.parametrize("loss", [nn.mse_loss, nn.hinge_loss])
def test_lengths_that_differ_are_told(loss: Any) -> None:
    name = loss.__name__
    with pytest.raises(ValueError, match=rf"{name}: .*2 predictions and 3 targets"):
        loss(values([1.0, 2.0]), [1, 1, 1])
    with pytest.raises(ValueError, match=rf"{name}: .*0 predictions and 0 targets"):
        loss([], [])
    with pytest.raises(ValueError, match=rf"{name}: .*one of each"):
        loss(Value(1.0), [1])
    with pytest.raises(ValueError, match=rf"{name}: .*one of each"):
        loss(values([1.0]), 1)


def test_cross_entropy_tells_what_is_wrong_with_its_input() -> None:
    two = values([1.0, 2.0])
    with pytest.raises(ValueError, match="1 predictions and 2 targets"):
        nn.cross_entropy([two], [0, 1])
    with pytest.raises(ValueError, match="got a single number"):
        nn.cross_entropy(Value(1.0), 0)
    with pytest.raises(ValueError, match="got a single number"):
        nn.cross_entropy(two, [0, 1])
    with pytest.raises(ValueError, match="predictions and"):
        nn.cross_entropy([], [])


@pytest.mark.parametrize("target", [2, -1, -2, 100, np.int64(-1)])
def test_a_class_out_of_range(target: Any) -> None:
    with pytest.raises(ValueError, match=r"cross_entropy: expected a class from 0 to 1, got .*"):
        nn.cross_entropy(values([1.0, 2.0]), target)


@pytest.mark.parametrize("target", [1.0, 0.5, None, np.float64(1.0), Value(1.0)])
def test_a_class_that_is_no_whole_number(target: Any) -> None:
    with pytest.raises(TypeError, match=r"cross_entropy: expected a class from 0 to 1, got "):
        nn.cross_entropy(values([1.0, 2.0]), target)


def test_a_loss_that_fails_changes_no_gradient() -> None:
    p = values([1.0, 2.0])
    nn.mse_loss(p, [0.0, 0.0]).backward()
    before = grads(p)
    for bad in (lambda: nn.cross_entropy(p, 7), lambda: nn.hinge_loss(p, [1, 0])):
        with pytest.raises(ValueError, match="expected"):
            bad()
    assert grads(p) == before
