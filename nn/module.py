"""``Module``: something with parameters.

There is nothing to register.  A module's parameters are found by looking at its attributes: nodes,
other modules, and lists, tuples and dicts of these.  The path to a parameter is its name:
``layers.0.neurons.3.w.1``.

What counts as a parameter is a leaf that is to be trained: a ``Value``, a ``Parameter``, or any
tensor that requires gradients.  Tensors that are remembered but not trained (a running mean) are
*buffers*, and these alone are registered by name.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, Self

import numpy as np

from autograd import Node, Tensor, Value
from nn.checks import fails
from nn.module_hooks import Handle, called_with_hooks

__all__ = ["Module", "Parameter"]


class Parameter(Tensor):
    """A tensor to be trained.  It stays a module's parameter when it is frozen.

    Args:
        data: the array, or what ``Tensor`` takes.
        requires_grad: False to freeze it.
        label: a name for pictures and messages.
        dtype: NumPy's.

    >>> Parameter([1.0, 2.0])
    Tensor([1., 2.], requires_grad=True)
    """

    __slots__ = ()

    def __init__(
        self, data: Any, requires_grad: bool = True, label: str = "", dtype: Any = None
    ) -> None:
        super().__init__(data, requires_grad, label, dtype)


class Loaded(NamedTuple):
    """What ``load_state_dict`` found: names that were missing, and names that nobody knows."""

    missing_keys: list[str]
    unexpected_keys: list[str]


class Module:
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

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """``forward``, with the hooks around it."""
        hooks = self.__dict__.get("_hooks")
        if not hooks:
            return self.forward(*args, **kwargs)
        return called_with_hooks(self, hooks, args, kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes."""
        raise NotImplementedError(
            f"{type(self).__name__}: expected a method forward, got none. "
            "Define def forward(self, x): ..."
        )

    # --- what is in it ---

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all modules in it, each once, with its path."""
        for kind, path, thing in _walk(self, prefix, set()):
            if kind == "module":
                yield path, thing

    def modules(self) -> Iterator[Module]:
        """This module and all modules in it."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules that are in this one directly, with their paths."""
        inside: list[str] = []
        for path, module in self.named_modules():
            if path and not any(path.startswith(f"{outer}.") for outer in inside):
                inside.append(path)
                yield path, module

    def children(self) -> Iterator[Module]:
        """The modules that are in this one directly."""
        return (module for _, module in self.named_children())

    def named_parameters(self, prefix: str = "") -> Iterator[tuple[str, Any]]:
        """Each parameter once, with its path, in the order of the attributes.

        Attributes whose names start with an underscore are private to the module and are not
        searched.
        """
        for kind, path, thing in _walk(self, prefix, set()):
            if kind == "parameter":
                yield path, thing

    def parameters(self) -> list[Any]:
        """All parameters, in the order of ``named_parameters()``."""
        return [parameter for _, parameter in self.named_parameters()]

    def named_buffers(self, prefix: str = "") -> Iterator[tuple[str, Any]]:
        """Each buffer once, with its path."""
        for kind, path, thing in _walk(self, prefix, set()):
            if kind.endswith("buffer"):
                yield path, thing

    def buffers(self) -> list[Any]:
        """All buffers."""
        return [buffer for _, buffer in self.named_buffers()]

    def register_buffer(self, name: str, tensor: Any, persistent: bool = True) -> None:
        """Remember a tensor that is not trained as the attribute ``name``.

        Args:
            name: of the attribute.
            tensor: a Tensor, or None for none yet.
            persistent: whether it is in the ``state_dict``.
        """
        self.__dict__.setdefault("_buffer_names", {})[name] = persistent
        setattr(self, name, tensor)

    # --- state ---

    def state_dict(self) -> dict[str, np.ndarray[Any, Any]]:
        """Copies of the arrays of all parameters and persistent buffers, by name.

        Names and shapes are PyTorch's for the layers that PyTorch has.

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

        Raises:
            ValueError: names that are missing or unknown, shapes that differ: all are listed.
            TypeError: entries that are no numbers.
        """
        own = dict(self._state())
        missing = [name for name in own if name not in state_dict]
        unknown = [name for name in state_dict if name not in own]
        arrays = {name: _array(name, state_dict[name]) for name in own if name in state_dict}
        wrong = [
            f"{name} of shape {np.shape(own[name].primal)}, got {array.shape}"
            for name, array in arrays.items()
            if array.shape != np.shape(own[name].primal)
        ]
        problems = [f"shape of {text}" for text in wrong]
        if strict:
            problems += [f"missing {name}" for name in missing]
            problems += [f"unknown {name}" for name in unknown]
        if problems:
            raise fails(
                "load_state_dict",
                f"the parameters and buffers of {type(self).__name__}",
                "; ".join(problems),
                "Build the model as it was when it was saved"
                + (", or pass strict=False." if not wrong else "."),
            )
        for name, array in arrays.items():
            own[name].data = array.copy() if isinstance(own[name], Tensor) else array.item()
        return Loaded(missing, unknown)

    def _state(self) -> Iterator[tuple[str, Any]]:
        for kind, path, thing in _walk(self, "", set()):
            if kind in ("parameter", "buffer"):
                yield path, thing

    # --- what is done to all of it ---

    def train(self, mode: bool = True) -> Self:
        """Behave as in training: dropout drops, batch norm looks at the batch."""
        for module in self.modules():
            module.training = mode
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
        """Forget the gradients of all parameters; call it before each backward pass."""
        for parameter in self.parameters():
            parameter.zero_grad()

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
                "astype", "a dtype of floats", repr(dtype), "float32 or float64.", TypeError
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

    def register_forward_pre_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call ``hook(module, args)`` before ``forward``; it may return other arguments."""
        return Handle(self, "before", hook)

    def register_forward_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call ``hook(module, args, output)`` after ``forward``; it may return another output.

        >>> import nn, numpy as np
        >>> layer, shapes = nn.Linear(3, 2), []
        >>> handle = layer.register_forward_hook(lambda m, args, out: shapes.append(out.shape))
        >>> _ = layer(np.ones((5, 3)))
        >>> handle.remove()
        >>> shapes
        [(5, 2)]
        """
        return Handle(self, "after", hook)

    def register_full_backward_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call ``hook(module, grad_input, grad_output)`` when both have been computed.

        They are tuples of arrays, None where no gradient flows.  With one input, what the hook
        returns takes the place of ``grad_input``, unless None.
        """
        return Handle(self, "backward", hook)

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

    def __getattr__(self, name: str) -> Any:
        own = [x for x in {*vars(self), *dir(type(self))} if not x.startswith("_")]
        near = difflib.get_close_matches(name, own, 3)
        raise AttributeError(
            f"{type(self).__name__}: expected the name of an attribute, got {name!r}. "
            + (f"Did you mean {' or '.join(near)}?" if near else "dir(module) lists them.")
        )


def _counted(count: int) -> str:
    return f"{count:,} parameter{'' if count == 1 else 's'}"


def _array(name: str, entry: Any) -> Any:
    """An entry of a state dict as an array; of our tensors, and of PyTorch's."""
    detach = getattr(entry, "detach", None)
    plain = entry.primal if isinstance(entry, Node) else entry if detach is None else detach()
    array = np.asarray(plain)
    if array.dtype.kind not in "biuf":
        raise fails("load_state_dict", f"numbers for {name}", repr(entry)[:80], "", TypeError)
    return array


def _walk(thing: Any, path: str, seen: set[int]) -> Iterator[tuple[str, str, Any]]:
    """Modules, parameters and buffers, each once, so that shared ones count once; in order."""
    names: dict[str, bool] = {}
    items: Iterable[tuple[str, Any]]
    if isinstance(thing, Module):
        attributes = vars(thing)
        names = attributes.get("_buffer_names", {})
        items = [(name, x) for name, x in attributes.items() if not name.startswith("_")]
    elif isinstance(thing, dict):
        items = [(str(key), x) for key, x in thing.items()]
    elif isinstance(thing, list | tuple):
        items = [(str(index), x) for index, x in enumerate(thing)]
    elif isinstance(thing, Node):
        if _is_parameter(thing) and id(thing) not in seen:
            seen.add(id(thing))
            yield "parameter", path, thing
        return
    else:
        return
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, Module):
        yield "module", path, thing
    for name, item in items:
        below = f"{path}.{name}" if path else name
        if name in names:
            if item is not None and id(item) not in seen:
                seen.add(id(item))
                yield "buffer" if names[name] else "passing buffer", below, item
        else:
            yield from _walk(item, below, seen)


def _is_parameter(node: Any) -> bool:
    trained = isinstance(node, Value | Parameter) or node.requires_grad
    return bool(node.is_leaf and trained)
