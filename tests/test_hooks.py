"""Hooks and retained gradients: what is seen, what is replaced, and that nothing is shared."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, Value

RNG = np.random.default_rng(11)


def parameter(*shape: int) -> Tensor:
    return Tensor(RNG.normal(size=shape), requires_grad=True)


def test_retain_grad_keeps_the_gradient_of_the_last_pass() -> None:
    x = parameter(3)
    y = x * 2
    z = (y * y).sum()
    z.backward()
    assert y.grad is None
    y.retain_grad()
    assert y.retains_grad
    z.backward()
    z.backward()
    np.testing.assert_array_equal(y.grad, 2 * y.data)
    np.testing.assert_allclose(x.grad, 3 * 4 * y.data)
    y.grad[:] = 0  # an array of its own
    x.retain_grad()  # leaves always do: nothing happens
    assert not x.retains_grad


def test_hooks_see_and_replace_gradients() -> None:
    x = parameter(3)
    y = x * 2
    seen: list[Any] = []
    y.register_hook(lambda g: seen.append(g.copy()))
    handle = y.register_hook(lambda g: -g)
    leaf = x.register_hook(lambda g: g * 10)
    y.sum().backward()
    np.testing.assert_array_equal(seen, [np.ones(3)])
    np.testing.assert_array_equal(x.grad, -20 * np.ones(3))
    handle.remove()
    handle.remove()
    leaf.remove()
    x.zero_grad()
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, 2 * np.ones(3))


def test_a_hook_is_called_once_with_the_sum_over_all_paths() -> None:
    x = parameter(2)
    y = np.sin(x)
    calls: list[Any] = []
    y.register_hook(calls.append)
    (y * 2 + y * y + np.exp(y)).sum().backward()
    assert len(calls) == 1
    np.testing.assert_allclose(calls[0], 2 + 2 * y.data + np.exp(y.data))


def test_bad_hooks_leave_gradients_as_they_were() -> None:
    x = parameter(3)
    x.register_hook(lambda g: np.ones(7))
    with pytest.raises(ValueError, match=r"hook: expected a gradient of the tensor's shape \(3,\)"):
        (x * 2).sum().backward()
    assert x.grad is None
    with pytest.raises(ValueError, match="requires_grad=True first"):
        Tensor(np.ones(2)).register_hook(print)


@pytest.mark.parametrize("bad", ["a", 1j, [None], ["a"], np.array([1j])])
@pytest.mark.parametrize("create_graph", [False, True])
def test_what_a_hook_returns_is_a_real_number(bad: Any, create_graph: bool) -> None:
    for x in (Tensor(2.0, requires_grad=True), parameter(1)):
        x.register_hook(lambda g: bad)
        with pytest.raises(TypeError, match=r"^hook: expected real numbers, got .*Convert it"):
            (x * 2).sum().backward(create_graph=create_graph)
        assert x.grad is None


def test_gradients_do_not_share_memory_with_what_hooks_keep_or_return() -> None:
    x, y, z = parameter(3), parameter(3), parameter(3)
    constant, kept = np.ones(3), []
    x.register_hook(lambda g: constant)
    y.register_hook(lambda g: constant)
    z.register_hook(kept.append)
    (x * y * z).sum().backward()
    expected = x.data * y.data
    for t in (x, y, z):
        t.grad *= 0
    np.testing.assert_array_equal(constant, 1)
    np.testing.assert_array_equal(kept, [expected])


def test_a_hook_cannot_change_the_gradient_of_another_tensor() -> None:
    x, y = parameter(3), parameter(3)
    z = x * 1.0

    def doubled(g: Any) -> None:
        g *= 2  # the very array that also goes to y

    z.register_hook(doubled)
    with pytest.raises(ValueError, match="read-only"):
        (z + y).backward(np.ones(3))
    assert x.grad is None
    assert y.grad is None


def test_hooks_act_in_the_order_of_pytorch() -> None:
    """What is retained is what all hooks have made of it; of two equal hooks one goes at a time."""
    x = parameter(2)
    y = x * 3
    first = y.register_hook(lambda g: g * 2)
    y.retain_grad()
    y.register_hook(lambda g: g * 5)
    y.sum().backward()
    np.testing.assert_array_equal(y.grad, [10, 10])
    np.testing.assert_array_equal(x.grad, [30, 30])
    again = y.register_hook(first.hook)
    first.remove()
    first.remove()
    y.sum().backward()
    np.testing.assert_array_equal(y.grad, [10, 10])
    again.remove()
    y.sum().backward()
    np.testing.assert_array_equal(y.grad, [5, 5])


def test_a_hook_may_answer_with_a_plain_array_where_gradients_are_nodes() -> None:
    x = parameter(2)
    y = x * 2
    y.register_hook(lambda g: np.ones(2))
    (np.cumsum(y) + y + x**3).sum().backward(create_graph=True)
    np.testing.assert_allclose(x.grad.data, 2 + 3 * x.data**2)


# --- hooks of optimisers, and who looks on at backward passes -------------------------------------


def test_hooks_of_a_step_are_those_of_pytorch() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")

    def log_of(optimizer: Any, w: Any) -> list[Any]:
        log: list[Any] = []

        def note(when: str) -> Any:
            def hook(seen: Any, args: Any, kwargs: Any) -> None:
                assert seen is optimizer
                assert args[0] is optimizer
                log.append((when, len(args), kwargs, float(w.data[0])))

            return hook

        handles = [
            optimizer.register_step_pre_hook(note("before")),
            optimizer.register_step_post_hook(note("after")),
        ]
        (w * w).sum().backward()
        optimizer.step()
        handles[0].remove()
        optimizer.step(lambda: 3.0)
        handles[1].remove()
        optimizer.step()
        return log

    w, v = Tensor([1.0], requires_grad=True), torch.ones(1, requires_grad=True)
    expected = log_of(torch.optim.SGD([v], lr=0.25), v)
    assert log_of(nn.SGD([w], lr=0.25), w) == expected
    assert [entry[:2] for entry in expected] == [("before", 1), ("after", 1), ("after", 2)]


def test_a_hook_before_the_step_may_give_it_another_closure() -> None:
    w = parameter(2)
    optimizer = nn.LBFGS([w], max_iter=1)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss

    optimizer.register_step_pre_hook(lambda o, args, kwargs: ((o, closure), {}))
    start = (w.data**2).sum()
    assert optimizer.step().item() == start
    assert (w.data**2).sum() < start


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_hooks_of_an_optimiser_are_not_copied(copied: Any) -> None:
    optimizer = nn.SGD([parameter(2)], lr=0.1)
    optimizer.register_step_post_hook(lambda *_: pytest.fail("called"))
    copied(optimizer).step()


@pytest.mark.parametrize("root", [Value(2.0) * 3, parameter(3).sum()])
def test_watchers_hear_of_a_backward_pass_before_it_begins(root: Any) -> None:
    seen: list[Any] = []
    leaf = root.inputs[0]
    leaf.zero_grad()

    def watcher(node: Any) -> None:
        seen.append((node, leaf.has_grad))

    with autograd.watch_backward(watcher), autograd.watch_backward(lambda node: seen.append(node)):
        root.backward()
    root.backward()
    assert seen == [(root, False), root]
    leaf.zero_grad()

    def refuse(node: Any) -> None:
        raise RuntimeError("stop")

    with autograd.watch_backward(refuse), pytest.raises(RuntimeError, match="stop"):
        root.backward()
    unlike: Any = 5
    with (
        pytest.raises(TypeError, match=r"watch_backward: expected a function, got 5 \(int\)"),
        autograd.watch_backward(unlike),
    ):
        pass
    assert not leaf.has_grad
    root.backward()
    assert len(seen) == 2
