"""What a computation graph is made of: nodes, primitives, and the switch that stops recording.

A *node* is a number (or an array) that remembers how it was computed: which *primitive* made it
and from which inputs.  Nodes point at their inputs, never at their users, so a graph is a directed
acyclic graph that is freed the moment its last result is dropped.

A *primitive* is only a name with a meaning attached: how to compute it, and what its derivatives
are.  What happens when it is called depends on what it is called with: numbers are computed,
nodes record, and any other type that has a method ``_apply_primitive`` decides for itself (the
symbols of ``symbols.py`` build a formula).  This file knows none of these types.
"""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

import numpy as np

from autograd.errors import message, shown

__all__ = [
    "NOT_COMPUTED",
    "PRIMITIVES",
    "Nameless",
    "Node",
    "Primitive",
    "enable_grad",
    "is_recording",
    "no_grad",
]

# A gradient that no backward pass has reached yet.  It equals 0.0 and adds like 0.0, so that
# `grad += ...` just works, and is told apart from a gradient that *is* zero by identity.
# (`float("0")` makes a float object of its own, which no literal 0.0 shares.)
NOT_COMPUTED: float = float("0")

Rule = Callable[..., Any]

# Every primitive by its name, in the order of their definition.
PRIMITIVES: dict[str, Primitive] = {}

_NUMPY = (np.generic, np.ndarray)
_ndarray = np.ndarray
_OBJECT = np.dtype(object)


class Primitive:
    """An operation with a derivative: the unit that everything else in this library reads.

    Attributes:
        name: the function's name, e.g. ``"tanh"``.
        kind: how the rules are to be read; the kinds are explained in ``ops/kinds.py``.
        forward: the operation on numbers and NumPy arrays.
        scalar: the operation on Python floats, as an expression in ``x``, ``y``, ``z``.
        partials: one rule per input, ``rule(out, *inputs)``, or None where no gradient flows.
        vjps: per input, what carries a cotangent back: ``vjp(g, out, *inputs, **params)``, or None.
        jvp: what carries tangents forward: ``jvp(tangents, out, *inputs, **params)``, where a
            tangent is None for an input that stands still.
        joint: in the place of the vjps, where one computation gives the cotangents of all inputs:
            ``joint(g, out, *inputs, **params)`` returns a sequence of them.
        many: the vjp to the first input for many cotangents at once, one axis in front of their
            own: ``many(g, *inputs, **params)``; it returns None where it cannot.
        walks, missed: ways back that begin here, and how often none was known (``routes.py``).
        symbol: what a picture writes in the node's box.
        foreign: True for one that is not in the library's table, such as a user's; its vjp may
            return an array that is also kept elsewhere.
        exact: True where cotangents come with the shapes and dtypes of the inputs, each in memory
            of its own, so that nobody need look.

    Inputs are positional, and static settings (an axis, a shape) are keywords, ``params``.
    """

    foreign = False
    exact = False

    def __init__(
        self,
        name: str,
        kind: str,
        forward: Callable[..., Any],
        scalar: str,
        partials: tuple[Rule | None, ...],
        symbol: str = "",
        doc: str = "",
        vjps: tuple[Rule | None, ...] = (),
        jvp: Rule | None = None,
        joint: Rule | None = None,
    ) -> None:
        self.name = name
        self.kind = kind
        self.forward = forward
        self.scalar = scalar
        self.partials = partials
        self.vjps = vjps
        self.arity: int | None = len(vjps)  # None for any number of inputs
        self.jvp = jvp
        self.joint = joint
        self.many: Rule | None = None
        self.walks: dict[int, list[Any]] = {}
        self.missed: dict[int, int] = {}
        self.symbol = symbol or name
        self.__doc__ = doc
        if not self.foreign:
            PRIMITIVES[name] = self

    def vjp_of(self, index: int) -> Rule | None:
        """The vjp to one input; a primitive of any number of inputs has one for all."""
        return self.vjps[index]

    def __call__(self, *args: Any, **params: Any) -> Any:
        if len(args) != self.arity and self.arity is not None:
            raise TypeError(f"{self.name}: expected {self.arity} argument(s), got {len(args)}.")
        arrays = False
        for arg in args:
            kind = arg.__class__
            if kind is _ndarray:  # first: rules call primitives with arrays all the time
                arrays = True
            else:
                apply = getattr(kind, "_apply_primitive", None)
                if apply is not None:
                    return apply(self, args, params)
        try:
            result = self.forward(*args, **params) if params else self.forward(*args)
        except TypeError as error:
            if self._takes_each(args):
                return self._of_each(args, params)
            raise TypeError(
                message(
                    self.name,
                    expected="nodes, real numbers or arrays of them",
                    got=", ".join(map(shown, args)),
                    fix="Convert the arguments first.",
                )
            ) from error
        if result.__class__ is _ndarray and result.dtype is _OBJECT and self._takes_each(args):
            return self._of_each(args, params)  # NumPy's answer has other rules, or none
        # Python numbers in, Python number out; NumPy in, NumPy out.
        if arrays:
            return result
        if isinstance(result, _NUMPY) and not any(isinstance(a, _NUMPY) for a in args):
            return result.item() if result.ndim == 0 else result
        return result

    def _takes_each(self, args: tuple[Any, ...]) -> bool:
        """Whether these are arrays or lists with nodes in them, of a function of elements."""
        try:
            given = [np.asarray(x, dtype=object) for x in args if isinstance(x, np.ndarray | list)]
        except ValueError:  # rows of different lengths
            return False
        nodes = any(isinstance(x, Node) for array in given for x in array.flat)
        return nodes and self.kind in ("elementwise", "flat")

    def _of_each(self, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """The function of each element: an array of nodes, as ``v * np.ones(3)`` is one."""
        function = np.frompyfunc(lambda *xs: self(*xs, **params), len(args), 1)
        return function(*(np.asarray(x, dtype=object) for x in args))

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return _primitive_named, (self.name,)


class Nameless(Primitive):
    """A primitive of this process alone, with a joint rule: it is not in the table.

    Attributes:
        origin: whose result its node is, for messages.
    """

    foreign = True
    origin = ""

    def vjp_of(self, index: int) -> Rule | None:
        """For Jacobians, row by row."""
        joint: Any = self.joint
        return lambda g, out, *inputs, **params: joint(g, out, *inputs, **params)[index]

    def __deepcopy__(self, memo: Any) -> Nameless:
        return self  # functions are not copied either

    def __reduce__(self) -> Any:
        raise TypeError(
            message(
                "pickle",
                expected="a graph of named operations",
                got=f"the result of {self.origin}, whose function is a part of this process",
                fix="Save what it was computed from, or t.detach().",
            )
        )


def _primitive_named(name: str) -> Primitive:
    """Primitives are pickled by name: there is one of each."""
    return PRIMITIVES[name]


class Node:
    """One value in a computation graph: what ``Value`` and arrays have in common.

    Attributes:
        data: the number or array itself (the *primal*).
        grad: the gradient of the last ``backward()``; leaves accumulate over calls.
        label: a name for pictures and messages.
        op: the primitive that made this node; None for a *leaf*, which the user made.

    Equality and hash are identity, so nodes can be kept in sets and used as keys.
    """

    __slots__ = ("__weakref__", "grad", "label", "op")

    data: Any
    grad: Any
    label: str
    op: Primitive | None
    requires_grad: bool

    @property
    def primal(self) -> Any:
        """The number or array, for reading only."""
        return self.data

    @property
    def is_leaf(self) -> bool:
        """True for a node that was made by hand rather than computed."""
        return self.op is None

    @property
    def has_grad(self) -> bool:
        """True once a backward pass has reached this node: a gradient of 0 is also a gradient.

        >>> from autograd import Value
        >>> x = Value(3.0)
        >>> x.grad, x.has_grad
        (0.0, False)
        """
        grad = self.grad
        return grad is not None and grad is not NOT_COMPUTED

    @property
    def inputs(self) -> tuple[Any, ...]:
        """What this node was computed from, in order: nodes, and plain numbers for constants."""
        raise NotImplementedError

    @property
    def partials(self) -> tuple[Any, ...]:
        """The local derivative to each of ``inputs``; None where no gradient flows."""
        raise NotImplementedError

    @property
    def edges(self) -> tuple[tuple[Any, Any], ...]:
        """The inputs that a gradient flows to, each with the local derivative to it.

        >>> from autograd import Value
        >>> x = Value(3.0, label="x")
        >>> (x * x).edges  # two edges: both count
        ((Value(data=3.0, label='x'), 3.0), (Value(data=3.0, label='x'), 3.0))
        """
        pairs = zip(self.inputs, self.partials, strict=True)
        return tuple((parent, local) for parent, local in pairs if local is not None)


def raw(x: Any) -> Any:
    """The number or array of a node, and anything else as it is."""
    return x.primal if isinstance(x, Node) else x


# What np.shape and its kin answer, without NumPy's question to the node how to do that.


def shape_of(x: Any) -> tuple[int, ...]:
    """The lengths of the axes of a node, an array, a number or nested lists."""
    try:
        return x.shape  # type: ignore[no-any-return]
    except AttributeError:
        return np.shape(x)


def ndim_of(x: Any) -> int:
    """The number of axes."""
    try:
        return x.ndim  # type: ignore[no-any-return]
    except AttributeError:
        return np.ndim(x)


def dtype_of(x: Any) -> Any:
    """NumPy's type of the elements."""
    try:
        return x.dtype
    except AttributeError:
        return np.asarray(raw(x)).dtype


def array_of(x: Any) -> Any:
    """The array itself, of a node its own, to see how it lies in memory: tracing allows that."""
    x = getattr(x, "_data", x)
    return x if hasattr(x, "flags") else np.asarray(x)


def by_columns(x: Any) -> bool:
    """Whether a matrix lies in memory column after column."""
    return bool(array_of(x).flags.fnc)


def size_of(x: Any) -> int:
    """The number of elements."""
    try:
        return x.size  # type: ignore[no-any-return]
    except AttributeError:
        return np.size(x)


class _Switch:
    """How many contexts (anywhere, in any thread) want operations to do more than record.

    A context variable costs more to read than a multiplication, so operations read this plain
    number first, and ask the context variables only when it is not zero.
    """

    __slots__ = ("active", "lock")

    def __init__(self) -> None:
        self.active = 0
        self.lock = threading.Lock()

    def turn(self, by: int) -> None:
        with self.lock:
            self.active += by


switch = _Switch()
_recording: ContextVar[bool] = ContextVar("recording", default=True)


def is_recording() -> bool:
    """True unless the calling code runs inside ``no_grad()``.

    >>> with no_grad():
    ...     is_recording()
    False
    """
    return _recording.get()


def check_decorated(name: str, function: Callable[..., Any], call: str = "") -> None:
    """Raise TypeError for a function that runs in pieces: a context would not hold between them."""
    kinds = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction)
    if any(kind(function) for kind in kinds):
        raise TypeError(
            message(
                name,
                expected="a plain function to decorate",
                got=f"{function.__name__}, which runs in pieces",
                fix=f"Write `with {call or f'{name}()'}:` inside of it.",
            )
        )


class _Recording:
    """A ``with`` block or a decorator that sets whether operations record; may be used again."""

    def __init__(self, flag: bool, name: str) -> None:
        self.flag = flag
        self.name = name
        self.entered: list[Any] = []

    def __enter__(self) -> None:
        switch.turn(1)
        self.entered.append(_recording.set(self.flag))

    def __exit__(self, *_: Any) -> None:
        switch.turn(-1)
        with suppress(ValueError):  # left in another context: the one it was set in has ended
            _recording.reset(self.entered.pop())

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        check_decorated(self.name, function)

        @functools.wraps(function)
        def decorated(*args: Any, **kwargs: Any) -> Any:
            with _Recording(self.flag, self.name):
                return function(*args, **kwargs)

        return decorated


def no_grad(function: Callable[..., Any] | None = None) -> Any:
    """Compute without recording: results are leaves.  A ``with`` block, or a decorator.

    The switch is a context variable: it holds for the current thread or task only.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.data, y.is_leaf
    (9.0, True)
    """
    recording = _Recording(False, "no_grad")
    return recording if function is None else recording(function)


def enable_grad(function: Callable[..., Any] | None = None) -> Any:
    """Record again inside a ``no_grad()`` block.  A ``with`` block, or a decorator.

    >>> from autograd import Value
    >>> with no_grad(), enable_grad():
    ...     (Value(3.0) * 2).is_leaf
    False
    """
    recording = _Recording(True, "enable_grad")
    return recording if function is None else recording(function)
