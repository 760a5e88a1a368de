"""Classes that there are not, where their types or their programs could hide them."""

from __future__ import annotations

import numpy as np
import pytest

import autograd
from autograd import Tensor
from autograd.programs.tracing import trace
from nn import functional as F


def test_a_class_of_a_wide_type_is_not_taken_for_one_to_be_ignored() -> None:
    y = np.array([0, 2**64 - 100], np.uint64)  # whose bits are those of -100
    with pytest.raises(ValueError, match="classes from 0 to 2, got 18446744073709551516"):
        F.cross_entropy(Tensor(np.ones((2, 3))), y)


def test_a_program_of_the_slope_alone_finds_classes_that_came_later() -> None:
    slope = autograd.grad(lambda x, y: F.cross_entropy(x, y))
    program = trace(slope, np.ones((2, 3)), np.array([0, 2]))  # which needs no loss
    assert all(e.op.name != "softmax_cross_entropy" for e in program.equations)
    for wrong in (3, -1):
        with pytest.raises(ValueError, match=f"classes from 0 to 2, got {wrong}"):
            program(np.ones((2, 3)), np.array([0, wrong]))
    np.testing.assert_array_equal(program(np.ones((2, 3)), np.array([0, -100]))[1], np.zeros(3))
