"""``Module``: something with parameters, which trains, is saved and is called.

What is in a module is found by looking at its attributes; ``module_tree`` says how.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

import numpy as np

from autograd import Tensor
from nn.checks import fails
from nn.module_hooks import Handle, called_with_hooks
from nn.module_state import Loaded, loaded
from nn.module_tree import Parameter as Parameter
from nn.module_tree import Tree, walk

__all__ = ["Module", "Parameter"]


class Module(Tree):
    """Base of everything that is trained.  Subclasses set attributes and define ``forward``.

    >>> from autograd import Value
    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offset = Value(2.0), Value(1.0)
    ...
    ...     def forward(self, x):
    ...         return self.slope * x + self.offset
    >>> line = Line()
    >>> line(3.0).backward()
    >>> {name: p.grad for name, p in line.named_parameters()}
    {'slope': 3.0, 'offset': 1.0}
    """

    training = True
    _hooks: Sequence[Any] = ()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """``forward``, with the hooks around it."""
        if self._hooks:
            return called_with_hooks(self, args, kwargs)
        return self.forward(*args, **kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes."""
        raise NotImplementedError(
            f"{type(self).__name__}: expected a method forward, got none. "
            "Define def forward(self, x): ..."
        )

    # --- state ---

    def state_dict(self) -> dict[str, np.ndarray[Any, Any]]:
        """Copies of the arrays of all parameters and persistent buffers, by name.

        Names and shapes are PyTorch's for the layers that PyTorch has.  What is shared is under
        each of its names.

        >>> import nn
        >>> {name: x.shape for name, x in nn.Linear(3, 2).state_dict().items()}
        {'weight': (2, 3), 'bias': (2,)}
        """
        return {path: np.array(x.primal) for path, x in self._state()}

    def load_state_dict(self, state_dict: dict[str, Any], strict: bool = True) -> Loaded:
        """Give parameters and buffers the numbers saved by ``state_dict``, or nothing at all.

        Args:
            state_dict: arrays by name (also tensors of PyTorch).
            strict: whether names that are missing or unknown are errors.

        Returns:
            ``missing_keys`` and ``unexpected_keys``.

        Raises:
            ValueError: names that are missing or unknown, shapes that differ: all are listed.
            TypeError: no dict, entries that are no numbers.
        """
        return loaded(type(self).__name__, dict(self._state()), state_dict, strict)

    def _state(self) -> Iterator[tuple[str, Any]]:
        for kind, path, thing in walk(self, "", set(), repeat=True):
            if kind in ("parameter", "buffer"):
                yield path, thing

    # --- what is done to all of it ---

    def train(self, mode: bool = True) -> Self:
        """Behave as in training: dropout drops, batch norm looks at the batch.

        A module in this one that defines ``train`` itself, to keep a part in use, is asked.
        """
        if not isinstance(mode, bool | np.bool_):
            raise fails("train", "True or False", repr(mode), "For use, write model.eval().")
        modules = list(self.modules())
        for module in modules:
            module.training = bool(mode)
        for module in reversed(modules[1:]):  # what is inside first: the outer one has its way
            if type(module).train is not Module.train:
                module.train(mode)
        return self

    def eval(self) -> Self:
        """Behave as in use, the same for each example."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Freeze all parameters, or let them be trained again; Values are always trained."""
        for p in self.parameters():
            if isinstance(p, Tensor):
                p.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters; call it before each backward pass.

        Args:
            set_to_none: whether gradients of tensors are None then, or zeros.
        """
        for parameter in self.parameters():
            if set_to_none or not isinstance(parameter, Tensor):
                parameter.zero_grad()
            elif parameter.grad is not None:
                parameter.grad = np.zeros_like(parameter.grad)

    def apply(self, function: Callable[[Module], Any]) -> Self:
        """Call a function with every module in this one, and this one last.

        >>> import nn
        >>> layers = []
        >>> model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
        >>> _ = model.apply(lambda module: layers.append(type(module).__name__))
        >>> layers
        ['Linear', 'ReLU', 'Sequential']
        """
        for child in self.children():
            child.apply(function)
        function(self)
        return self

    def astype(self, dtype: Any) -> Self:
        """Convert all tensors of floats to a dtype, in place; ``to``, ``float`` and ``double`` too.

        Raises:
            TypeError: a dtype that is not of floats.

        >>> import nn
        >>> nn.Linear(2, 2).astype("float32").weight.dtype
        dtype('float32')
        """
        try:
            kind = np.dtype(dtype)
        except TypeError:
            kind = np.dtype(bool)
        if kind.kind != "f":
            raise fails(
                "astype",
                "a dtype of floats",
                repr(dtype),
                "float32 or float64; there are no devices to move to.",
                TypeError,
            )
        for x in (*self.parameters(), *self.buffers()):
            if isinstance(x, Tensor) and x.dtype.kind == "f":
                x.set_(x.primal.astype(kind))
                x.grad = None if x.grad is None else x.grad.astype(kind)
        return self

    to = astype

    def float(self) -> Self:
        """Convert to float32."""
        return self.astype(np.float32)

    def double(self) -> Self:
        """Convert to float64."""
        return self.astype(np.float64)

    # --- hooks ---

    # All return a handle: ``handle.remove()``, or ``with`` it, takes the hook away again.

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False
    ) -> Handle:
        """Call ``hook(module, args)`` before ``forward``; it may return other arguments.

        Args:
            hook: what is called.
            prepend: whether before the hooks that are there already.
        """
        return Handle(self, "before", hook, prepend)

    def register_forward_hook(self, hook: Callable[..., Any], *, prepend: bool = False) -> Handle:
        """Call ``hook(module, args, output)`` after ``forward``; it may return another output.

        Args:
            hook: what is called.
            prepend: whether before the hooks that are there already.

        >>> import nn, numpy as np
        >>> layer, shapes = nn.Linear(3, 2), []
        >>> handle = layer.register_forward_hook(lambda m, args, out: shapes.append(out.shape))
        >>> _ = layer(np.ones((5, 3)))
        >>> handle.remove()
        >>> shapes
        [(5, 2)]
        """
        return Handle(self, "after", hook, prepend)

    def register_full_backward_hook(
        self, hook: Callable[..., Any], prepend: bool = False
    ) -> Handle:
        """Call ``hook(module, grad_input, grad_output)`` when both have been computed.

        They are tuples of arrays, None for what is no tensor that requires a gradient; what the
        hook returns takes the place of ``grad_input``, unless None.

        Args:
            hook: what is called.
            prepend: whether before the hooks that are there already.
        """
        return Handle(self, "backward", hook, prepend)

    # --- for people ---

    def extra_repr(self) -> str:
        """What stands in the brackets of this module's line."""
        return ""

    def __repr__(self) -> str:
        parts = list(self.named_children())
        head = f"{type(self).__name__}({self.extra_repr()}"
        count = sum(np.size(p.primal) for p in self.parameters())
        if not parts:
            own = [f"{name} {np.shape(p.primal)}" for name, p in self.named_parameters()]
            listed = f": {', '.join(own)}" if 0 < len(own) <= 6 else ""
            return f"{head})" + (f"  # {_counted(count)}{listed}" if count else "")
        lines = [f"{head}  # {_counted(count)}"]
        for name, module in parts:
            lines += [f"  {line}" for line in f"({name}): {module!r}".splitlines()]
        return "\n".join([*lines, ")"])


def _counted(count: int) -> str:
    return f"{count:,} parameter{'' if count == 1 else 's'}"
