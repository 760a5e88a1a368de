"""``Tensor``: an array that remembers how it was computed.

Where a ``Value`` keeps the local derivative to each input as a number, a Tensor keeps its inputs
and leaves it to the rule of its primitive to carry a gradient back: for arrays the local derivative
is a matrix (the Jacobian) that nobody wants to see written out.  What is recorded is the same: the
primitive, its inputs, and its settings.

A node also remembers the very arrays it was computed from, and a tensor's array never changes once
an operation has used it (``arrays/lending.py``): so an optimiser that gives a parameter a new
array, or a loop of your own with ``t.data -= step``, does not disturb a graph recorded before.
Of a plain array of yours that takes part as a constant (``t * array``) the graph keeps a copy, for
you may go on writing on it (also where it is a read-only view of something that is not).

The arithmetic methods are not in this file: ``tensor_operations.py`` gives them to the class, with
what any primitive means on Tensors.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from autograd import copies, ops
from autograd.arrays import numpy_protocols
from autograd.arrays.lending import Lent, lend
from autograd.arrays.methods import ArrayMethods
from autograd.arrays.other_names import other_names
from autograd.arrays.tensor_input import (
    check_float,
    history_lost,
    plain_real,
    real_array,
)
from autograd.branches import is_tracing, refuse_backward, refuse_positions, refuse_reading
from autograd.errors import message, shown
from autograd.leaf_gradients import backward
from autograd.memory import keep_freed_memory
from autograd.node import Node, Primitive, switch
from autograd.pullback import RETAIN
from autograd.watching import announce

__all__ = ["Tensor"]

serials = itertools.count()
NO_SETTINGS: dict[str, Any] = {}  # the settings of what has none; nobody writes on it
ndarray = np.ndarray
keep_freed_memory()


class Tensor(ArrayMethods, Node):
    """An array node: an ndarray with a history.

    Args:
        data: an array, a number, or nested lists of numbers; the array of a Tensor that requires
            no gradient is shared.
        requires_grad: whether ``backward()`` fills ``grad``; integers become float64 then.
        label: a name for pictures and messages.
        dtype: NumPy's; by default that of the data, float64 for Python's numbers.

    Attributes:
        data: the ndarray.
        grad: an ndarray of the same shape and dtype, None until a backward pass reaches the tensor.
        requires_grad: whether gradients flow to this tensor.

    Raises:
        TypeError: data that are not real numbers, or a Tensor that requires a gradient, whose
            history would be lost (see ``detach``); requires_grad with a dtype of integers.
        ValueError: nested lists whose rows have different lengths.

    >>> w = Tensor([1.0, 2.0], requires_grad=True)
    >>> (w * w).sum().backward()
    >>> w.grad
    array([2., 4.])
    """

    __slots__ = ("_args", "_arrays", "_data", "_hooks", "_needs", "_params", "_serial")

    takes_nodes = True  # whether its gradient may be a node

    grad: Any
    _needs: bool  # whether it requires a gradient, for those who ask all the time
    _data: np.ndarray[Any, Any]
    _args: tuple[Any, ...]  # tensors, and plain arrays and numbers
    _arrays: Sequence[Any]  # the arrays of `_args`, as they were then
    _params: dict[str, Any]
    _hooks: list[Any] | None
    _serial: int  # tensors are numbered as they are made: a topological order
    _apply_primitive: ClassVar[Any]  # what a primitive means on Tensors (tensor_operations.py)

    def __init__(
        self, data: Any, requires_grad: bool = False, label: str = "", dtype: Any = None
    ) -> None:
        self._data = real_array(data, dtype, requires_grad, label)
        self.grad = None
        self.label = label
        self.op = None
        self._needs = bool(requires_grad)
        self._args, self._arrays, self._params, self._hooks = (), (), NO_SETTINGS, None
        self._serial = next(serials)

    @property
    def data(self) -> np.ndarray[Any, Any]:
        """The ndarray, without its history; a leaf's may be written on, or replaced.

        What an operation has used does not change any more: a graph that was recorded before has
        the gradient of the numbers of its time.  So a leaf hands out a copy, which counts from then
        on and becomes read-only when the next operation uses it (see ``arrays/lending.py``).  A
        view of it that you have kept (``row = t.data[0]``) stays writable, but what is written on
        it after that use does not reach the tensor: take ``t.data`` anew for each change.  An array
        that is assigned is copied, unless it is read-only; dtype and order are the tensor's.
        The array of a computed tensor is read-only: take ``data.copy()`` to write on.

        >>> t = Tensor([1.0, 2.0], requires_grad=True)
        >>> y = (t * t).sum()
        >>> t.data[0] = 5.0
        >>> y.backward()
        >>> t.data, t.grad
        (array([5., 2.]), array([2., 4.]))
        """
        if switch.active:
            refuse_reading(self)
        if self.op is None:
            lent: np.ndarray[Any, Any] = lend(self, _SLOT)
            return lent
        return self.primal

    @data.setter
    def data(self, data: Any) -> None:
        if self.op is not None:
            raise not_a_leaf("data", self.op)
        old = self._data
        plain = data.__class__ is ndarray and data.base is None
        alike = plain and data.dtype is old.dtype and data.shape == old.shape
        if alike and data.strides == old.strides and not data.flags.writeable:
            array = data  # an optimiser's case
        else:
            given = plain_real("data", data)
            if given.shape != old.shape:
                raise ValueError(
                    message(
                        "data",
                        expected=f"an array of the tensor's shape {self.shape}",
                        got=f"shape {given.shape}",
                        fix="Make a new Tensor for data of another shape.",
                    )
                )
            array = np.empty_like(old)  # what lies alike in memory is quickly added
            np.copyto(array, given, casting="unsafe")
            array.flags.writeable = False
        self._data = array

    def set_(self, data: Any) -> Tensor:
        """Give a leaf another array, of any shape and dtype; its gradient is left as it is.

        >>> t = Tensor([1.0, 2.0])
        >>> t.set_(np.zeros((2, 3), np.float32)).shape
        (2, 3)
        """
        if self.op is not None:
            raise not_a_leaf("set_", self.op)
        self._data = real_array(data, None, self.requires_grad, self.label)
        return self

    @property
    def primal(self) -> np.ndarray[Any, Any]:
        """The array for reading only, not a copy; it never changes."""
        if switch.active:
            refuse_reading(self)
        array = self._data if self.op is None else self._data.view()
        array.setflags(False)  # type: ignore[call-arg]  # write=False by its name takes longer
        return array

    # --- the graph ---

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to this tensor; of a leaf it may be changed.

        >>> t = Tensor([1.0, 2.0])
        >>> t.requires_grad = True
        """
        return self._needs

    @requires_grad.setter
    def requires_grad(self, needs: bool) -> None:
        if not isinstance(needs, bool | np.bool_):
            wrong = {"expected": "True or False", "got": shown(needs)}
            raise TypeError(message("requires_grad", **wrong, fix="False freezes a parameter."))
        if self.op is not None and not needs:
            raise TypeError(
                message(
                    "requires_grad",
                    expected="a leaf to change",
                    got=f"the result of {self.op.name}, whose inputs decide that",
                    fix="Use detach() for a tensor without a history.",
                )
            )
        if needs:
            check_float("requires_grad", self._data, "Write Tensor(t, requires_grad=True).")
        self._needs = bool(needs)

    @property
    def inputs(self) -> tuple[Any, ...]:
        """What this node was computed from: tensors, and plain arrays and numbers for constants."""
        return self._args

    @property
    def partials(self) -> tuple[Any, ...]:
        """For each input what carries a gradient to it, or None where none flows."""
        if self.op is None:
            return ()
        return tuple(
            self.op.vjp_of(i) if isinstance(x, Tensor) and x.requires_grad else None
            for i, x in enumerate(self._args)
        )

    def backward(
        self, grad: Any = None, create_graph: bool = False, retain_graph: bool | None = None
    ) -> None:
        """Compute d self / d leaf for every leaf that requires a gradient, and add it to its grad.

        Args:
            grad: the gradient of what follows with respect to this tensor, of its shape; may be
                left out for a single number.
            create_graph: record the backward pass itself, so that gradients can be differentiated.
            retain_graph: does nothing, and is there for code written for PyTorch: a graph is kept
                as long as somebody holds its result.
        """
        if switch.active and not create_graph:
            refuse_backward(self)
        announce(self)
        backward(self, grad, create_graph)

    def retain_grad(self) -> None:
        """Keep the gradient of a computed tensor at the next ``backward()``; leaves always do.

        >>> x = Tensor([1.0, 2.0], requires_grad=True)
        >>> y = x * x
        >>> y.retain_grad()
        >>> y.sum().backward()
        >>> y.grad
        array([1., 1.])
        """
        if self.op is not None and not self.retains_grad:
            self._add_hook(RETAIN)

    @property
    def retains_grad(self) -> bool:
        """True for a computed tensor that was asked to keep its gradient."""
        return self._hooks is not None and RETAIN in self._hooks

    def register_hook(self, hook: Callable[[Any], Any]) -> _Handle:
        """Call ``hook(grad)`` whenever the gradient of this tensor has been computed.

        Args:
            hook: gets the gradient, an array of the tensor's shape that is read only (a Tensor
                with ``create_graph``); what it returns takes its place, unless None.

        Returns:
            A handle; ``handle.remove()`` takes the hook away again.

        Raises:
            TypeError: what cannot be called.
            ValueError: a tensor that requires no gradient.

        >>> x = Tensor([3.0, 4.0], requires_grad=True)
        >>> handle = x.register_hook(lambda g: g / 10)
        >>> (x * x).sum().backward()
        >>> x.grad
        array([0.6, 0.8])
        >>> handle.remove()
        """
        if not self.requires_grad:
            raise ValueError(
                message(
                    "register_hook",
                    expected="a tensor that requires a gradient",
                    got=repr(self),
                    fix="Its hook would never be called: set requires_grad=True first.",
                )
            )
        if not callable(hook):
            wrong = {"expected": "a function", "got": shown(hook)}
            raise TypeError(message("register_hook", **wrong, fix="It gets the gradient."))
        return _Handle(self, self._add_hook(hook))

    def _add_hook(self, hook: Any) -> Any:
        self._hooks = [*(self._hooks or ()), hook]
        return hook

    def detach(self) -> Tensor:
        """The same array without its history."""
        if is_tracing():
            return ops.stop_gradient(self)  # type: ignore[no-any-return]
        node = leaf_with(Tensor, self.primal)
        node._needs = False
        return node  # type: ignore[no-any-return]

    def zero_grad(self) -> None:
        """Forget the gradient."""
        self.grad = None

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Ask for gradients of a leaf, in place; TypeError for integers and for results."""
        self.requires_grad = requires_grad
        return self

    def _shown(self) -> np.ndarray[Any, Any]:
        """The numbers, for people."""
        return self.data if isinstance(self, Lent) else self._data

    # --- what Python and NumPy ask ---

    def __repr__(self) -> str:
        body = np.array2string(self._shown(), separator=", ", prefix="Tensor(")
        extras = f", label={self.label!r}" if self.label else ""
        extras += ", requires_grad=True" if self.requires_grad and self.is_leaf else ""
        extras += f", op={self.op.name}" if self.op else ""
        return f"Tensor({body}{extras})"

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """NumPy's functions of elements record the graph: ``np.exp(t)``, ``np.ones(3) + t``."""
        return numpy_protocols.on_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        """NumPy's other functions record the graph: ``np.sum(t, axis=0)``, ``np.stack([t, u])``."""
        if function is np.shape or function is np.ndim:  # rules ask for these all the time
            return function(self._data)
        return numpy_protocols.on_tensors(function, types, args, kwargs)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        if not self.requires_grad:  # positions and masks never do
            if switch.active and self._data.dtype.kind != "f":
                refuse_positions(self)
            return np.array(self.primal, dtype=dtype, copy=copy)  # else a view for reading only
        fix = "Use .data for the array, or autograd.stack([a, b]) to join tensors."
        raise history_lost("np.array", "a plain array", self, fix)

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name not in _OTHER_NAMES]

    # --- copies ---

    def __reduce__(self) -> tuple[Any, ...]:
        if switch.active:
            refuse_reading(self)
        graph = (self.op, self._args, self._arrays, self._params)
        extra = getattr(self, "__dict__", None)  # a subclass may have attributes of its own
        state = (self._data, self.grad, self.label, self._needs, *graph)
        return _new, (type(self),), (copies.ancestors(self), extra, *state)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, extra, self._data, self.grad, self.label, self._needs, *graph = state
        self.op, self._args, arrays, self._params = graph
        # A constant is its own array; of a number, pickle has made two.
        pairs = zip(self._args, arrays, strict=True)
        self._arrays = tuple(a if isinstance(x, Node) else x for x, a in pairs)
        self._hooks = None  # functions of the process that registered them
        self._serial = next(serials)  # inputs are restored first
        if extra:
            self.__dict__.update(extra)


def not_a_leaf(name: str, op: Primitive) -> TypeError:
    """A result is what its inputs make of it."""
    return TypeError(
        message(
            name,
            expected="a leaf to change",
            got=f"the result of {op.name}, which its inputs determine",
            fix="Use detach() for a tensor of its own.",
        )
    )


class _Handle:
    """What ``register_hook`` returns."""

    def __init__(self, tensor: Tensor, hook: Any) -> None:
        self.tensor = tensor
        self.hook = hook

    def remove(self) -> None:
        """Take the hook away; a second time does nothing."""
        hooks = list(self.tensor._hooks or ())
        places = [i for i, hook in enumerate(hooks) if hook is self.hook]
        if places:  # once, if the same function was registered twice
            del hooks[places[0]]
        self.tensor._hooks = hooks or None
        self.hook = None


def leaf_with(kind: type[Tensor], array: Any) -> Any:
    """A leaf that requires a gradient, of an array that needs no check."""
    node = _new(kind)
    node._data = array
    node._serial = next(serials)
    node._hooks = node.op = node.grad = None
    node.label = ""
    node._args, node._arrays, node._params = (), (), NO_SETTINGS
    node._needs = True
    return node


_new = object.__new__
_SLOT = vars(Tensor)["_data"]

_OTHER_NAMES = other_names(
    name for name in dir(Tensor) if name[0] != "_" and callable(getattr(Tensor, name))
)
for _name, _elsewhere in _OTHER_NAMES.items():
    setattr(Tensor, _name, _elsewhere)
