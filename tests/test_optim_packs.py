"""All optimisers step the packed Values of compiled functions at once, and remember the same."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from optim_cases import SOME, Case, case_name

import autograd
import nn
from autograd import Node, Pack, Value, packs_of

X = np.array([[0.5, -1.0], [1.0, 2.0], [-0.3, 0.8]])
Y = np.array([1.0, -1.0, 0.5])


class Net:
    """A small network of Values, which computes eagerly or compiled."""

    def __init__(self) -> None:
        self.model = nn.MLP(2, [3, 1], activation="tanh", seed=1)
        self.compiled = autograd.compile(lambda x, y: (self.model(x) - y) ** 2)
        self.params: list[Value] = self.model.parameters()

    def backward(self, packed: bool) -> None:
        if packed:
            self.compiled(X, Y).sum().backward()
        else:
            rows = zip(X.tolist(), Y.tolist(), strict=True)
            autograd.sum([(self.model(x) - y) ** 2 for x, y in rows]).backward()

    @property
    def numbers(self) -> list[float]:
        return [p.data for p in self.params]


def eager(case: Case, groups: Any, steps: int, skipped: Any = lambda step: ()) -> Net:
    """A net trained without any pack."""
    net = Net()
    optimizer = getattr(nn.optim, case[0])(groups(net.params), **case[1])
    for step in range(steps):
        optimizer.zero_grad()
        net.backward(packed=False)
        for i in skipped(step):
            net.params[i].zero_grad()
        optimizer.step()
    return net


def one_group(params: list[Value]) -> list[Any]:
    return params


def two_groups(params: list[Value]) -> list[Any]:
    return [{"params": params[::2], "lr": 0.02}, {"params": params[1::2]}]


@pytest.mark.parametrize("groups", [one_group, two_groups])
@pytest.mark.parametrize("case", SOME, ids=case_name)
def test_packs_take_the_steps_of_values(case: Case, groups: Any) -> None:
    net = Net()
    optimizer = getattr(nn.optim, case[0])(groups(net.params), **case[1])
    changes = None
    for step in range(8):
        optimizer.zero_grad()
        net.backward(packed=True)
        optimizer.step()
        if step == 1:
            changes = Pack.changes
    assert Pack.changes == changes  # nobody has left a pack since
    assert packs_of(net.params)[1] == []
    expected = eager(case, groups, 8)
    np.testing.assert_allclose(net.numbers, expected.numbers, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("case", SOME, ids=case_name)
def test_no_value_is_touched_in_the_steady_state(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the third step on, the work of a step does not depend on the number of Values."""
    net = Net()
    optimizer = getattr(nn.optim, case[0])(two_groups(net.params), **case[1])
    for _ in range(2):
        optimizer.zero_grad()
        net.backward(packed=True)
        optimizer.step()
    updates = []
    real = type(optimizer).update
    monkeypatch.setattr(
        type(optimizer), "update", lambda *args: updates.append(args[2].shape) or real(*args)
    )
    for name in ("data", "grad", "has_grad", "primal", "zero_grad"):
        monkeypatch.setattr(
            type(net.params[0]), name, property(lambda self: pytest.fail("touched"))
        )
    optimizer.zero_grad()
    net.backward(packed=True)
    optimizer.step()
    monkeypatch.undo()
    n = len(net.params)
    assert updates == [((n + 1) // 2,), (n // 2,)]
    expected = eager(case, two_groups, 3)
    np.testing.assert_allclose(net.numbers, expected.numbers, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("groups", [one_group, two_groups])
@pytest.mark.parametrize("case", SOME, ids=case_name)
def test_what_is_remembered_goes_with_the_values(case: Case, groups: Any) -> None:
    """Into packs and out of them, also by copies, saved states, and a gradient that is missing."""
    net = Net()
    optimizer = getattr(nn.optim, case[0])(groups(net.params), **case[1])
    skipped = {0: (1, 2, 5), 3: (0, 3), 4: (0,), 9: range(13)}
    for step in range(14):
        optimizer.zero_grad()
        net.backward(packed=step % 5 > 0)
        for i in skipped.get(step, ()):
            net.params[i].zero_grad()
        optimizer.step()
        if step == 6:
            net, optimizer = copied(net, optimizer, case, groups)
        if step == 7:
            state = optimizer.state_dict()
            optimizer = getattr(nn.optim, case[0])(groups(net.params))
            optimizer.load_state_dict(state)
    expected = eager(case, groups, 14, lambda step: skipped.get(step, ()))
    np.testing.assert_allclose(net.numbers, expected.numbers, rtol=1e-10, atol=1e-12)


def copied(net: Net, optimizer: Any, case: Case, groups: Any) -> tuple[Net, Any]:
    text = pickle.dumps((net.model, optimizer))
    assert b"Pack" not in text
    model, twin = pickle.loads(text)
    other = Net()
    other.model = model
    other.params = model.parameters()
    assert {id(p) for p in twin.params} == {id(p) for p in other.params}
    assert all(isinstance(p, Node) for p in twin.state)
    return other, twin


@pytest.mark.parametrize("case", SOME, ids=case_name)
def test_values_that_are_not_trained_stay_in_the_pack(case: Case) -> None:
    def some(params: list[Value]) -> list[Value]:
        return params[3:9]

    net = Net()
    frozen = net.numbers
    optimizer = getattr(nn.optim, case[0])(some(net.params), **case[1])
    for step in range(6):
        optimizer.zero_grad()
        net.backward(packed=True)
        optimizer.step()
        if step == 1:
            changes = Pack.changes
    assert Pack.changes == changes
    expected = eager(case, some, 6)
    np.testing.assert_allclose(net.numbers, expected.numbers, rtol=1e-10, atol=1e-12)
    assert net.numbers[:3] + net.numbers[9:] == frozen[:3] + frozen[9:]
    # Nobody has forgotten their gradients: these add up.
    np.testing.assert_allclose(
        [p.grad for p in net.params], [p.grad for p in expected.params], rtol=1e-9, atol=1e-11
    )


def test_two_optimizers_of_one_pack() -> None:
    def train(packed: bool) -> list[float]:
        net = Net()
        first = nn.Adam(net.params[:5], lr=0.1)
        second = nn.SGD(net.params[5:], lr=0.1, momentum=0.9)
        for _ in range(6):
            for optimizer in (first, second):
                optimizer.zero_grad()
            net.backward(packed)
            first.step()
            second.step()
        return net.numbers

    np.testing.assert_allclose(train(True), train(False), rtol=1e-10, atol=1e-12)


def test_zero_grad_of_a_part_forgets_that_part() -> None:
    net = Net()
    net.backward(packed=True)
    optimizer = nn.SGD(net.params[:4])
    before = [p.grad for p in net.params]
    optimizer.zero_grad(set_to_none=False)
    assert [p.grad for p in net.params] == [0.0] * 4 + before[4:]
    assert all(p.has_grad for p in net.params)
    optimizer.zero_grad()
    assert [p.has_grad for p in net.params] == [False] * 4 + [True] * (len(before) - 4)
    net.backward(packed=True)
    after = [p.grad for p in net.params]
    np.testing.assert_allclose(after, before[:4] + [2 * g for g in before[4:]])


@pytest.mark.parametrize("case", SOME, ids=case_name)
def test_a_step_that_fails_leaves_packs_as_they_were(case: Case) -> None:
    net, last = Net(), Value(1.0)
    optimizer = getattr(nn.optim, case[0])([*two_groups(net.params), {"params": [last]}], **case[1])

    def go() -> None:
        optimizer.zero_grad()
        net.backward(packed=True)
        last.grad = 1.0
        optimizer.step()

    go()
    go()
    before = net.numbers, repr(optimizer.state_dict())
    last.grad = "broken"  # type: ignore[assignment]
    with pytest.raises(TypeError):
        optimizer.step()
    last.grad = 1.0
    assert (net.numbers, repr(optimizer.state_dict())) == before
    twin = copy.deepcopy(optimizer.state_dict())
    go()
    other = Net()
    for p, x in zip(other.params, before[0], strict=True):
        p.data = x
    again = Value(last.data)
    resumed = getattr(nn.optim, case[0])([*two_groups(other.params), {"params": [again]}])
    resumed.load_state_dict(twin)
    other.backward(packed=False)
    resumed.step()
    np.testing.assert_allclose(net.numbers, other.numbers, rtol=1e-10, atol=1e-12)
