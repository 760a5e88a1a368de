"""What programs cost, against counts by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from op_samples import SAMPLES, call
from test_array_ops import ROWS

import autograd
from autograd import Value, ops, trace
from autograd.node import PRIMITIVES

SQUARE = np.eye(6) * 2
TALL = np.ones((2, 8, 4))


@pytest.mark.parametrize(
    ("f", "args", "flops", "numbers"),
    [
        (lambda x, y: x * y + 1, (2.0, 3.0), 2, 3 + 2),
        (lambda x: ops.dot([x, x, 1.0], [x, 2.0, x]), (2.0,), 6, 4 + 1),
        (lambda x: ops.logsumexp([x, x, x]), (2.0,), 3, 3 + 1),
        (lambda x: x.tanh() * 2, (np.ones((3, 4)),), 24, 48),
        (lambda x, y: x + y, (np.ones((3, 1)), np.ones(4)), 12, 3 + 4 + 12),
        (lambda x: x + np.ones(4), (np.ones((3, 1)),), 12, 3 + 4 + 12),
        (lambda x: x.sum(axis=0), (np.ones((3, 4)),), 12, 12 + 4),
        (lambda x: x.max(), (np.ones((3, 4)),), 12, 12 + 1),
        (lambda x, y: x @ y, (np.ones((3, 4)), np.ones((4, 5))), 2 * 3 * 4 * 5, 12 + 20 + 15),
        (lambda x, y: x @ y, (np.ones((7, 3, 4)), np.ones(4)), 2 * 7 * 3 * 4, 84 + 4 + 21),
        (ops.linear, (np.ones((5, 3)), np.ones((2, 3)), np.ones(2)), 60, 15 + 6 + 2 + 10),
        (lambda x: ops.einsum("bij,bjk->ik", x, x), (np.ones((2, 3, 3)),), 2 * 2 * 27, 45),
        (lambda x: ops.einsum("i,i,i->", x, x, x), (np.ones(5),), 15, 16),
        (lambda x: ops.einsum("ij,j->i", x, np.ones(4)), (np.ones((3, 4)),), 24, 12 + 4 + 3),
        (lambda x: x.reshape(4, 3).T, (np.ones((3, 4)),), 0, 0),
        (lambda x: x[1:], (np.ones(5),), 0, 5 + 4),
        (lambda x: ops.concatenate([x, x]), (np.ones(5),), 0, 5 + 5 + 10),
        (lambda x: ops.stop_gradient(x), (2.0,), 0, 0),
        (ops.cumsum, (np.ones(5),), 5, 10),
        (ops.inv, (SQUARE,), 2 * 6**3, 72),
        (ops.cholesky, (SQUARE,), 6**3 // 3, 72),
        (lambda a, b: ops.solve(a, b), (SQUARE, np.ones((6, 2))), 144 + 2 * 36 * 2, 36 + 24),
        (lambda x: ops.qr(x)[1].sum(), (SQUARE,), 8 * 6**3 // 3 + 36, None),
        (lambda x: ops.svd(TALL * x)[1].sum(), (TALL,), 64 + 2 * (6 * 8 + 20 * 4) * 16 + 8, None),
    ],
)
def test_counts_by_hand(f: Any, args: Any, flops: int, numbers: int | None) -> None:
    program = trace(f, *args)
    operations, counted, moved = program.cost()
    assert operations == len(program.equations)
    assert counted == flops
    assert numbers is None or moved == 8 * numbers


def test_bytes_are_those_of_the_type() -> None:
    x = np.ones(10, dtype=np.float32)
    assert trace(lambda x: x * 2, x).cost().bytes == 80
    assert trace(lambda x: ops.greater(x, 0), x).cost().bytes == 50


def test_a_layer_of_neurons_is_as_many_flops_as_its_matrix() -> None:
    w = [[Value(0.1) for _ in range(3)] for _ in range(2)]
    neurons = trace(lambda *x: [ops.dot(row, x) for row in w], 1.0, 2.0, 3.0)
    matrix = trace(lambda x, w: w @ x, np.ones(3), np.ones((2, 3)))
    assert neurons.cost().flops == matrix.cost().flops == 12


def test_every_operation_has_a_cost() -> None:
    found: set[str] = set()
    for row in ROWS:
        try:
            program = trace(row.call, *row.args)
        except TypeError:  # of mixed arguments, or with a decision of Python's
            continue
        assert all(type(x) is int and x >= 0 for x in program.cost())
        found |= set(program.counts())
    for name, sample in SAMPLES.items():
        if (op := PRIMITIVES.get(name)) is not None:
            inputs = sample.points[0]
            one = trace(lambda *xs, op=op: call(op, op, xs), *inputs).cost()
            sizes = {"sum", "dot", "max", "min", "logsumexp"}
            assert one.flops == (len(inputs) if name in sizes else name != "stop_gradient")
            found.add(name)
    assert len(set(PRIMITIVES) - found) < 10  # those that only derivatives are made of


def test_the_gradient_of_a_product_is_two_products() -> None:
    x, w = np.ones((50, 20)), np.ones((20, 10))
    forward = trace(lambda x, w: (x @ w).sum(), x, w).cost().flops
    both = trace(autograd.grad(lambda x, w: (x @ w).sum(), (0, 1)), x, w).cost().flops
    assert forward == 2 * 50 * 20 * 10 + 500
    assert both == 2 * (2 * 50 * 20 * 10)
