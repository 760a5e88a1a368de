"""Hooks of modules: when they are called, with what, and what they may change, as in PyTorch."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Tensor


def plain(x: Any) -> Any:
    return [plain(y) for y in x] if isinstance(x, tuple | list) else x if x is None else x.tolist()


def module(library: Any, forward: Callable[..., Any]) -> Any:
    """A module of either library that computes this."""
    made = library.Module()
    made.forward = forward
    return made


# Each gets a library, and a function that makes a tensor of it, and returns what it saw.


def order(library: Any, tensor: Any) -> Any:
    layer, log = module(library, lambda x: x * 2), []
    for name in "ab":
        layer.register_forward_pre_hook(lambda *_, name=name: log.append(f"before {name}"))
        handle = layer.register_forward_hook(lambda *_, name=name: log.append(f"after {name}"))
    layer.register_forward_pre_hook(lambda *_: log.append("before all"), prepend=True)
    layer.register_forward_hook(lambda *_: log.append("first after"), prepend=True)
    layer.register_full_backward_hook(lambda *_: log.append("behind"))
    layer.register_full_backward_hook(lambda *_: log.append("first behind"), prepend=True)
    layer(tensor([1.0], True)).sum().backward()
    handle.remove()
    handle.remove()
    layer(tensor([1.0], False))
    with layer.register_forward_hook(lambda *_: log.append("with")):
        layer(tensor([1.0], False))
    layer(tensor([1.0], False))
    return log


def a_hook_that_removes_itself(library: Any, tensor: Any) -> Any:
    layer, log = module(library, lambda x: x * 2), []

    def once(*_: Any) -> None:
        log.append("once")
        handle.remove()

    handle = layer.register_forward_hook(once)
    layer.register_forward_hook(lambda *_: log.append("again"))
    layer(tensor([1.0], False))
    layer(tensor([1.0], False))
    return log


def hooks_that_raise(library: Any, tensor: Any) -> Any:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError

    found: list[Any] = []
    for register in ("forward_pre_hook", "forward_hook", "full_backward_hook"):
        layer, x = module(library, lambda x: x * 2), tensor([1.0], True)
        handle = getattr(layer, f"register_{register}")(fail)
        with pytest.raises(ZeroDivisionError):
            layer(x).sum().backward()
        found.append(plain(x.grad))
        handle.remove()
        layer(x).sum().backward()
        found.append(plain(x.grad))
    return found


def gradients_seen(
    forward: Callable[..., Any], needed: tuple[bool, ...], change: Any = None
) -> Callable[[Any, Any], Any]:
    def run(library: Any, tensor: Any) -> Any:
        layer, log = module(library, forward), []

        def hook(_: Any, grad_input: Any, grad_output: Any) -> Any:
            log.append([plain(grad_input), plain(grad_output)])
            return None if change is None else change(grad_input)

        layer.register_full_backward_hook(hook)
        layer.register_full_backward_hook(hook)  # gets what the first has put in place
        inputs = [tensor([1.0 + i, 2.0 - i], need) for i, need in enumerate(needed)]
        for used in (slice(None), slice(1)):  # all outputs, only the first
            out = layer(*inputs)
            parts = (out if isinstance(out, tuple) else (out,))[used]
            if not any(x.requires_grad for x in parts):
                continue
            total = sum((x * (i + 2)).sum() for i, x in enumerate(parts))
            total.backward(retain_graph=True)
            total.backward()
        return [log, [plain(x.grad) for x in inputs]]

    return run


def times_ten(grads: Any) -> Any:
    return tuple(None if g is None else g * 10 for g in grads)


CASES: dict[str, Callable[[Any, Any], Any]] = {
    "order": order,
    "a hook that removes itself": a_hook_that_removes_itself,
    "hooks that raise": hooks_that_raise,
    "one input": gradients_seen(lambda x: x * x, (True,)),
    "two inputs": gradients_seen(lambda x, y: x * y, (True, True)),
    "one of two is used": gradients_seen(lambda x, y: x * 3, (True, True)),
    "two outputs": gradients_seen(lambda x: (x * 3, x * x), (True,)),
    "replaced": gradients_seen(lambda x: x * x, (True,), times_ten),
    "both replaced": gradients_seen(lambda x, y: (x * y, x), (True, True), times_ten),
}


@pytest.mark.parametrize("name", CASES)
def test_hooks_are_called_as_in_pytorch(name: str) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    ours = CASES[name](nn, lambda x, need: Tensor(x, requires_grad=need))
    theirs = CASES[name](
        torch.nn, lambda x, need: torch.tensor(x, dtype=torch.float64, requires_grad=need)
    )
    assert ours == theirs


def test_an_input_without_a_gradient_stays_without() -> None:
    # PyTorch shows zeros for it, be its gradient zero or not.
    run = gradients_seen(lambda x, y: x * y, (False, True), times_ten)
    log, grads = run(nn, lambda x, need: Tensor(x, requires_grad=need))
    assert log[0] == [[None, [2.0, 4.0]], [[2.0, 2.0]]]
    assert grads == [None, [800.0, 1600.0]]


def test_a_hook_behind_outputs_without_inputs_is_called_once() -> None:
    class Two(nn.Module):
        def __init__(self) -> None:
            self.w = nn.Parameter([1.0])

        def forward(self, x: Any) -> Any:
            return self.w * x, self.w * 3

    layer, log = Two(), []
    layer.register_full_backward_hook(lambda m, *grads: log.append(plain(grads)))
    first, second = layer(np.array([2.0]))
    (first + 5 * second).sum().backward()
    assert log == [[[None], [[1.0], [5.0]]]]


def test_dtypes_pass_through_hooks() -> None:
    layer, log = module(nn, lambda x, y: (x * 2, y * 2)), []
    layer.register_full_backward_hook(lambda m, a, b: log.extend(g.dtype for g in (*a, *b)))
    x = Tensor(np.ones(2, np.float32), requires_grad=True)
    y = Tensor(np.ones((1, 3)), requires_grad=True)
    u, v = layer(x, y)
    assert (u.dtype, v.dtype, v.shape) == (np.float32, np.float64, (1, 3))
    (u.sum() + v.sum()).backward()
    assert log == [np.float32, np.float64] * 2
    assert (x.grad.dtype, y.grad.shape) == (np.float32, (1, 3))


def add_one(layer: Any, args: Any, out: Any) -> Any:
    return out + 1


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_hooks_are_copied(duplicate: Any) -> None:
    layer = nn.Linear(1, 1)
    layer.register_forward_hook(add_one)
    twin, x = duplicate(layer), np.ones((1, 1))
    assert twin(x).item() == layer(x).item()
    twin.register_forward_hook(add_one)
    assert twin(x).item() == layer(x).item() + 1


def test_what_is_no_hook_is_refused() -> None:
    layer = nn.Linear(1, 1)
    with pytest.raises(TypeError, match="register hook: expected a function, got 3"):
        layer.register_forward_hook(3)  # type: ignore[arg-type]
    assert layer(np.ones((1, 1))).shape == (1, 1)
    layer.register_full_backward_hook(lambda m, a, b: (a[0], a[0]))
    x = Tensor(np.ones((1, 1)), requires_grad=True)
    with pytest.raises(ValueError, match="backward hook: expected 1 gradients of inputs, got 2"):
        layer(x).sum().backward()
    assert x.grad is None
    assert layer.weight.grad is None
