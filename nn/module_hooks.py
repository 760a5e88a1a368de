"""Hooks: functions that are called around a module's ``forward`` and behind its ``backward``.

The handle serves optimisers too, whose hooks are called around ``step``.
"""

from __future__ import annotations

from typing import Any

import autograd
from autograd import Tensor

__all__ = ["Handle", "called_with_hooks"]


class Handle:
    """What registering a hook returns; ``remove()`` takes the hook away again."""

    def __init__(self, owner: Any, kind: str, hook: Any) -> None:
        self.entry = (kind, hook)
        self.hooks: list[Any] = owner.__dict__.setdefault("_hooks", [])
        self.hooks.append(self.entry)

    def remove(self) -> None:
        """Take the hook away; a second time does nothing."""
        for i, entry in enumerate(self.hooks):
            if entry is self.entry:
                del self.hooks[i]
                return


def called_with_hooks(module: Any, hooks: list[Any], args: Any, kwargs: Any) -> Any:
    """``module.forward``, with its hooks."""
    hooks = list(hooks)
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
        self.arrived_out: list[Any] = []
        self.arrived_in: list[Any] = []
        self.waiting = 0

    def inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Nodes in front of the inputs, to hear when their gradients arrive."""
        self.arrived_in = [None] * len(args)
        return tuple(self._seen(i, x) for i, x in enumerate(args))

    def _seen(self, index: int, x: Any) -> Any:
        if not isinstance(x, Tensor) or not x.requires_grad:
            return x
        self.waiting += 1
        node = autograd.reshape(x, x.shape)
        node.register_hook(lambda g: self._input_arrived(index, g))
        return node

    def outputs(self, out: Any) -> Any:
        """Nodes behind the outputs, likewise."""
        parts = out if isinstance(out, tuple) else (out,)
        self.arrived_out = [None] * len(parts)
        seen = []
        for i, x in enumerate(parts):
            node = x
            if isinstance(x, Tensor) and x.requires_grad:
                node = autograd.reshape(x, x.shape)
                node.register_hook(lambda g, i=i: self._output_arrived(i, g))
            seen.append(node)
        return tuple(seen) if isinstance(out, tuple) else seen[0]

    def _output_arrived(self, index: int, g: Any) -> None:
        self.arrived_out[index] = g
        if not self.waiting:
            self._call()

    def _input_arrived(self, index: int, g: Any) -> Any:
        self.arrived_in[index] = g
        if sum(x is not None for x in self.arrived_in) < self.waiting:
            return None
        returned = self._call()
        return None if returned is None else returned[index]

    def _call(self) -> Any:
        """The hooks, one after the other; what the last of them puts in place, if one does."""
        result = None
        for hook in self.hooks:
            given = hook(self.module, tuple(self.arrived_in), tuple(self.arrived_out))
            if given is not None:
                if self.waiting > 1:
                    raise ValueError(
                        "register_full_backward_hook: expected None from the hook of a module with "
                        f"{self.waiting} inputs, got other gradients. They can be replaced for one "
                        "input; use Tensor.register_hook for each of several."
                    )
                result = given if isinstance(given, tuple) else (given,)
                self.arrived_in = list(result)
        self.arrived_in = [None] * len(self.arrived_in)
        return result
