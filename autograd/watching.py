"""Who wants to hear of backward passes: whoever looks on while somebody else's loop trains.

The graph of a loss tells what went into it, but a loop drops it as soon as it has its gradients.
So an onlooker is told of the root before the walk begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from autograd.errors import message, shown

__all__ = ["announce", "watch_backward"]

_watchers: ContextVar[tuple[Callable[[Any], Any], ...]] = ContextVar("watchers", default=())


@contextmanager
def watch_backward(watcher: Callable[[Any], Any]) -> Iterator[None]:
    """Inside the block, call ``watcher(root)`` before each ``root.backward()``.

    It holds for the current thread or task only.  The gradients are as the last pass has left
    them; an error of the watcher goes to the caller of ``backward()``, with nothing changed.

    Raises:
        TypeError: a watcher that cannot be called.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> with watch_backward(lambda root: print(root.op.name, root.data, x.has_grad)):
    ...     (x * x).backward()
    mul 9.0 False
    """
    if not callable(watcher):
        fix = "E.g. watch_backward(roots.append), with a list."
        raise TypeError(
            message("watch_backward", expected="a function", got=shown(watcher), fix=fix)
        )
    token = _watchers.set((*_watchers.get(), watcher))
    try:
        yield
    finally:
        _watchers.reset(token)


def announce(root: Any) -> None:
    """Tell all watchers that a backward pass from here is about to begin."""
    for watcher in _watchers.get():
        watcher(root)
