"""Hooks: functions that are called around a module's ``forward`` and behind its ``backward``.

The handle serves optimisers too, whose hooks are called around ``step``.

A hook behind ``backward`` waits until the gradients of all inputs are there.  So the inputs go
through one node, all of them joined: its gradient is complete when theirs are, and zero for an
input that nothing used.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, Self

import autograd
from autograd import Tensor
from nn.checks import fails

__all__ = ["Handle", "called_with_hooks"]


class Handle:
    """What registering a hook returns; ``remove()``, or ``with``, takes the hook away again."""

    def __init__(self, owner: Any, kind: str, hook: Any, prepend: bool = False) -> None:
        if not callable(hook):
            fix = "It is called with the module, or the optimiser, and more."
            raise fails("register hook", "a function", repr(hook), fix, TypeError)
        self.entry = (kind, hook)
        self.hooks: list[Any] = owner.__dict__.setdefault("_hooks", [])
        self.hooks.insert(0 if prepend else len(self.hooks), self.entry)

    def remove(self) -> None:
        """Take the hook away; a second time does nothing."""
        for i, entry in enumerate(self.hooks):
            if entry is self.entry:
                del self.hooks[i]
                return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


def called_with_hooks(module: Any, args: Any, kwargs: Any) -> Any:
    """``module.forward``, with its hooks."""
    hooks = list(module._hooks)
    for kind, hook in hooks:
        if kind == "before":
            other = hook(module, args)
            if other is not None:
                args = other if isinstance(other, tuple) else (other,)
    behind = [hook for kind, hook in hooks if kind == "backward"]
    watch = _Watch(module, behind) if behind else None
    if watch is not None:
        args = watch.inputs(args)
    out = module.forward(*args, **kwargs)
    if watch is not None:
        out = watch.outputs(out)
    for kind, hook in hooks:
        if kind == "after":
            other = hook(module, args, out)
            out = out if other is None else other
    return out


class _Watch:
    """Waits for the gradients of a module's outputs and inputs, and calls the backward hooks."""

    def __init__(self, module: Any, hooks: list[Any]) -> None:
        self.module, self.hooks = module, hooks
        self.arriving: dict[int, Any] = {}  # gradients of outputs, one by one
        self.grad_output: tuple[Any, ...] = ()
        self.no_inputs: tuple[Any, ...] | None = None  # gradients of inputs that need none

    def inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The inputs, through a node that hears of their gradients."""

        def heard(gradients: list[Any]) -> list[Any] | None:
            given = iter(gradients)
            whole = tuple(next(given) if _flows(x) else None for x in args)
            other = self._call(whole)
            if other is None:
                return None
            if len(other) != len(args):
                got = f"{len(other)} of them"
                fix = "Return a tuple, with None where there is none."
                raise fails("backward hook", f"{len(args)} gradients of inputs", got, fix)
            return [g for g, x in zip(other, args, strict=True) if _flows(x)]

        through = _joined(args, heard)
        if through is args:
            self.no_inputs = (None,) * len(args)
        return through

    def outputs(self, out: Any) -> Any:
        """The outputs, likewise, each with a hook that knows whether a gradient came."""
        parts = out if isinstance(out, tuple) else (out,)

        def heard(_: list[Any]) -> None:
            self.grad_output = tuple(self.arriving.get(i) for i in range(len(parts)))
            self.arriving = {}
            if self.no_inputs is not None:
                self._call(self.no_inputs)

        parts = _joined(parts, heard)
        for i, x in enumerate(parts):
            if _flows(x):
                x.register_hook(lambda g, i=i: self.arriving.update({i: g}))
        return parts if isinstance(out, tuple) else parts[0]

    def _call(self, grad_input: tuple[Any, ...]) -> tuple[Any, ...] | None:
        """The hooks, one after the other; what the last of them puts in place, if one does."""
        result = None
        for hook in self.hooks:
            other = hook(self.module, grad_input, self.grad_output)
            if other is not None:
                result = grad_input = other if isinstance(other, tuple) else (other,)
        return result


def _flows(x: Any) -> bool:
    return isinstance(x, Tensor) and x.requires_grad


def _joined(
    things: tuple[Any, ...], heard: Callable[[list[Any]], list[Any] | None]
) -> tuple[Any, ...]:
    """The same things, the tensors among them through one node; ``heard`` gets their gradients.

    What it returns takes their place, unless None.
    """
    tensors = [x for x in things if _flows(x)]
    if not tensors:
        return things
    ends = list(itertools.accumulate(x.size for x in tensors))

    def parts(flat: Any) -> list[Any]:
        spans = zip([0, *ends], ends, tensors, strict=False)
        return [autograd.reshape(flat[a:b], x.shape).astype(x.dtype) for a, b, x in spans]

    def hook(g: Any) -> Any:
        other = heard(parts(g))
        return None if other is None else _flat(other)

    node = _flat(tensors)
    node.register_hook(hook)
    through = iter(parts(node))
    return tuple(next(through) if _flows(x) else x for x in things)


def _flat(arrays: list[Any]) -> Any:
    return autograd.concatenate([autograd.reshape(x, (-1,)) for x in arrays])
