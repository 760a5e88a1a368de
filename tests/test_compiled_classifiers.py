"""The end of a classifier in compiled functions: quick where it may be, and never wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Tensor, ops

RNG = np.random.default_rng(0)
SCORES = RNG.normal(size=(40, 5))
CLASSES = RNG.integers(0, 5, 40)
IGNORED = np.where(np.arange(40) % 3, CLASSES, -100)
FAR = np.where(np.arange(5) == CLASSES[:, None], -800.0, SCORES)  # chances of 0
LOST = np.where(np.arange(40)[:, None] == 7, np.nan, SCORES)


def both(scores: Any, classes: Any, loss: Any, **settings: Any) -> list[Any]:
    """The loss and its gradient."""
    x = Tensor(scores, requires_grad=True)
    with np.errstate(all="ignore"):
        out = loss(x, classes, **settings)
        ops.sum(out).backward()
    return [out.data, x.grad]


@pytest.mark.parametrize("dtype", ["f", "d"])
@pytest.mark.parametrize("mean", [True, False])
@pytest.mark.parametrize("ignore_index", [None, -100, -1, 3])
def test_what_comes_after_the_usual_is_computed_as_uncompiled(
    dtype: str, mean: bool, ignore_index: int | None
) -> None:
    def loss(x: Any, y: Any) -> Any:
        return ops.softmax_cross_entropy(x * 1.0, y, mean, ignore_index)

    compiled = autograd.compile(loss, numbers=False)
    cases = [(SCORES, CLASSES), (FAR, CLASSES), (LOST, CLASSES), (SCORES, CLASSES[::-1])]
    cases += [(SCORES, CLASSES.astype(np.int8)), (np.asfortranarray(SCORES), CLASSES)]
    if ignore_index is not None:
        cases.append((SCORES, np.where(IGNORED == -100, ignore_index, CLASSES)))
        cases.append((SCORES, np.full(40, ignore_index)))
    for scores, classes in [*cases, cases[0]]:
        x = scores.astype(dtype)
        for ours, plain in zip(both(x, classes, compiled), both(x, classes, loss), strict=True):
            assert ours.dtype == plain.dtype
            tolerance = 8 * np.finfo(plain.dtype).eps  # sums of rows are products with ones
            np.testing.assert_allclose(ours, plain, rtol=tolerance, atol=tolerance / 8)


@pytest.mark.parametrize("wrong", [5, -1, 2**40, -(2**63)])
def test_a_wrong_class_of_a_later_batch_is_refused_as_uncompiled(wrong: int) -> None:
    def loss(x: Any, y: Any) -> Any:
        return ops.softmax_cross_entropy(x, y, True, -100)

    compiled = autograd.compile(loss, numbers=False)
    classes = CLASSES.copy()
    compiled(SCORES, classes)
    classes[11] = wrong
    with pytest.raises(ValueError, match="classes from 0 to 4") as plain:
        loss(SCORES, classes)
    with pytest.raises(ValueError, match="classes from 0 to 4") as ours:
        compiled(SCORES, classes)
    assert str(ours.value) == str(plain.value)


def surprise(x: Any, y: Any) -> Any:
    return ops.softmax_cross_entropy(x, y, True)


def test_a_slope_without_its_loss_looks_at_the_classes_itself() -> None:
    slope = autograd.trace(surprise, SCORES, CLASSES).grad(SCORES, CLASSES)
    compiled = autograd.compile(lambda x, y: slope(x, y)[0], numbers=False)
    expected = autograd.grad(surprise)(SCORES, CLASSES)
    np.testing.assert_allclose(compiled(SCORES, CLASSES).data, expected, rtol=1e-13)
    with pytest.raises(ValueError, match="classes from 0 to 4"):
        compiled(SCORES, CLASSES - 1)


def test_a_loss_has_looked_at_its_own_classes_only() -> None:
    slope = autograd.trace(surprise, SCORES, CLASSES).grad(SCORES, CLASSES)
    compiled = autograd.compile(lambda x, y, z: (surprise(x, y), slope(x, z)[0]), numbers=False)
    compiled(SCORES, CLASSES, CLASSES)
    with pytest.raises(ValueError, match="classes from 0 to 4"):
        compiled(SCORES, CLASSES, CLASSES - 1)
