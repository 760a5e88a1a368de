"""Random programs over many operations on arrays: gradients against PyTorch's, and each other.

A program is a list of instructions; each takes earlier results, so parts are shared.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from tensor_instructions import (
    ELEMENTS,
    Shape,
    broadcast,
    indexed,
    masked,
    one_axis,
    padded,
    permuted,
    reduced,
    reshaped,
    two,
)

import autograd as ag
from autograd import Tensor

torch: Any = pytest.importorskip("torch", reason="gradients are compared with PyTorch's")


class Instruction(NamedTuple):
    name: str
    ours: Callable[..., Any]
    theirs: Callable[..., Any]
    operands: list[int]


def drawn(r: Random, leaves: list[np.ndarray], length: int) -> list[Instruction]:
    """A program that fits these leaves; shapes are found by running it."""
    results: list[Any] = [Tensor(x) for x in leaves]
    program: list[Instruction] = []
    makers = [reduced, one_axis, one_axis, permuted, indexed, indexed, padded]
    while len(program) < length:
        pick = [min(int(r.expovariate(0.5)), len(results) - 1) for _ in range(2)]
        chosen = [len(results) - 1 - i for i in pick]
        x, y = (results[i] for i in chosen)
        if r.random() < 0.4:
            name, ours, theirs = two(r, x.shape, y.shape)
            operands = chosen
        else:
            operands = chosen[:1]
            kinds: list[Any] = [reshaped, broadcast, masked, masked, *(makers if x.ndim else ())]
            if r.random() < 0.4:
                name = r.choice(sorted(ELEMENTS))
                ours, theirs = ELEMENTS[name]
            else:
                name, ours, theirs = r.choice(kinds)(r, x.shape)
        out = ours(*(results[i] for i in operands))
        if out.size > 150 or out.ndim > 4 or np.max(np.abs(out.data), initial=0) > 1e3:
            continue
        results.append(out)
        program.append(Instruction(name, ours, theirs, operands))
    return program


def run(program: list[Instruction], leaves: list[Any], theirs: bool = False) -> list[Any]:
    """All results, the leaves first."""
    results = list(leaves)
    for step in program:
        function = step.theirs if theirs else step.ours
        results.append(function(*(results[i] for i in step.operands)))
    return results


def loss_of(results: list[Any]) -> Any:
    """A number that depends on all results."""
    return sum((x * (0.5 + 0.1 * i)).sum() for i, x in enumerate(results))


SHAPES: list[Shape] = [(), (1,), (3,), (2, 3), (3, 1), (1, 3), (3, 3), (2, 2, 3), (2, 1, 3), (0,)]


class Case(NamedTuple):
    program: list[Instruction]
    arrays: list[np.ndarray]

    def __repr__(self) -> str:
        steps = ", ".join(f"{step.name} {step.operands}" for step in self.program)
        return f"leaves of shapes {[a.shape for a in self.arrays]}: {steps}"


def stored(r: Random, x: np.ndarray) -> np.ndarray:
    """The same numbers in another order in memory, backwards, or read only."""
    if x.ndim and r.random() < 0.5:
        return np.asfortranarray(x) if r.random() < 0.5 else x[::-1].copy()[::-1]
    x.flags.writeable = False
    return x


def case(seed: int, shapes: list[Shape]) -> Case:
    r, numbers = Random(seed), np.random.default_rng(seed)
    arrays = [stored(r, np.array(numbers.normal(size=r.choice(shapes)))) for _ in range(2)]
    return Case(drawn(r, arrays, r.randint(1, 7)), arrays)


def cases(count: int, shapes: list[Shape]) -> Callable[[Any], Any]:
    """The same programs every time."""
    every = settings(  # a smaller seed is no smaller program: there is nothing to shrink
        max_examples=count, deadline=None, derandomize=True, phases=[Phase.generate]
    )
    return lambda test: every(given(st.integers(0, 2**32).map(lambda s: case(s, shapes)))(test))


def pytorchs(case: Case) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The results and gradients of PyTorch."""
    leaves = [torch.tensor(a.copy(), requires_grad=True) for a in case.arrays]
    results = run(case.program, leaves, theirs=True)
    loss_of(results).backward()
    return [x.detach().numpy() for x in results], [x.grad.numpy() for x in leaves]


def assert_close(ours: Any, theirs: Any, tolerance: float = 1e-9) -> None:
    assert ours.shape == theirs.shape
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


@cases(300, SHAPES)
def test_backward_against_pytorch(case: Case) -> None:
    results, gradients = pytorchs(case)
    leaves = [Tensor(a, requires_grad=True) for a in case.arrays]
    ours = run(case.program, leaves)
    for x, y in zip(ours, results, strict=True):
        assert_close(x.data, y)
    loss = loss_of(ours)
    loss.backward()
    once = [leaf.grad for leaf in leaves]
    for g, theirs in zip(once, gradients, strict=True):
        assert_close(g, theirs)
        assert g.dtype == np.float64
        assert g.flags.writeable
        assert not any(np.shares_memory(g, x.data) for x in ours)
    assert not np.shares_memory(*once)
    loss.backward()
    for leaf, g, theirs in zip(leaves, once, gradients, strict=True):
        assert_close(leaf.grad, 2 * g)
        assert_close(g, theirs)  # what was there before is left as it was
    for leaf in leaves:
        leaf.zero_grad()
    for x in ours:
        x.retain_grad()
    loss.backward(create_graph=True)
    for leaf, g in zip(leaves, once, strict=True):
        assert_close(leaf.grad.data, g)


@cases(100, [shape for shape in SHAPES if 0 not in shape])
def test_single_precision_stays_and_has_nearly_the_same_gradient(case: Case) -> None:
    double, single = (
        [Tensor(a.astype(dtype), requires_grad=True) for a in case.arrays]
        for dtype in (np.float64, np.float32)
    )
    for leaf, same in zip(double, single, strict=True):
        leaf.data = same.data  # the same numbers, rounded
    exact, rounded = run(case.program, double), run(case.program, single)
    loss_of(exact).backward()
    loss_of(rounded).backward()
    for x, y in zip(double, single, strict=True):
        assert y.grad.dtype == np.float32
        assert_close(y.grad, x.grad, 1e-2)


@cases(80, [shape for shape in SHAPES if 0 not in shape])
def test_jacobians_hessians_and_both_modes_agree(case: Case) -> None:
    first, second = case.arrays
    fixed = Tensor(second)

    def last(x: Any) -> Any:
        return run(case.program, [x, fixed])[-1]

    def loss(x: Any) -> Any:
        return loss_of(run(case.program, [x, fixed]))

    directions = np.eye(first.size).reshape(first.size, *first.shape)

    def columns(f: Callable[[Any], Any]) -> np.ndarray:
        """The derivative of f along one element after the other."""
        moves = [ag.jvp(f, (first,), (v,))[1] for v in directions]
        shape = np.shape(moves[0]) + first.shape
        return np.reshape(np.stack(moves, axis=-1), shape)

    assert_close(ag.jacobian(last)(first), columns(last))
    hessian = ag.hessian(loss)(first)
    assert_close(hessian, columns(ag.grad(loss)), 1e-7)
    theirs = torch.autograd.functional.hessian(
        lambda x: loss_of(run(case.program, [x, torch.tensor(second.copy())], theirs=True)),
        torch.tensor(first.copy()),
    )
    assert_close(hessian, theirs.numpy(), 1e-7)
    v = np.cos(np.arange(first.size)).reshape(first.shape)
    product = ag.grad(lambda x: ag.jvp(loss, (x,), (v,))[1])(first)
    assert_close(np.asarray(product), np.tensordot(hessian, v, v.ndim), 1e-7)
    if first.size <= 3:
        deeper = ag.jacobian(ag.jacobian(last))(first)
        assert_close(deeper, columns(ag.jacobian(last)), 1e-7)
