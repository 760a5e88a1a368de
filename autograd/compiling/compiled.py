"""``compile``: a function is recorded once, and runs at array speed from then on.

A function of numbers runs over whole batches: it is traced with one example, and its program is
turned into array operations (``batches.py``).  A function of arrays is traced as it stands, once
for each set of shapes (``routines.py``).

What comes back is a Tensor on the graph, one node for all that was computed: its ``backward()``
fills the gradients of the parameters that the function captured, and everything that works on
Tensors works on it.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import sys
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np

from autograd.branches import is_tracing, readings, refuse_reading, undecided
from autograd.compiling.batches import BACK_ENDS, Batches
from autograd.compiling.calls import Call, Prepared
from autograd.compiling.columns import batch_of, nodes_like
from autograd.compiling.examples import Row, UndecidedError, example, explain
from autograd.compiling.guards import Guard
from autograd.compiling.layouts import laid_by_columns
from autograd.compiling.routines import Routine
from autograd.errors import message, shown
from autograd.node import switch
from autograd.ops.checks import check_function
from autograd.programs.equations import Var
from autograd.programs.program import Program
from autograd.programs.tracing import argument_names, no_result, trace
from autograd.tensor import Tensor
from autograd.trees import leaves, rebuilt
from autograd.value import Value

__all__ = ["Compiled", "compile"]

# After so many traces of one function its user is told.
MANY_TRACES = 20
# What was prepared for so many different shapes is kept.
MANY_SHAPES = 256
_PLAIN, _CONTAINERS = {Tensor, np.ndarray, float}, (dict, list, tuple)


class Compiled:
    """A compiled function; see ``compile``."""

    def __init__(
        self, fun: Callable[..., Any], numbers: bool | None, backend: str | None, matrices: bool
    ) -> None:
        check_function("compile", fun)
        if backend not in (None, *BACK_ENDS):
            raise ValueError(
                message(
                    "compile",
                    expected=f"backend None or one of {', '.join(BACK_ENDS)}",
                    got=repr(backend),
                    fix="Leave it out, and one is chosen.",
                )
            )
        functools.update_wrapper(self, fun)
        self.fun = fun
        self.numbers = numbers
        self.backend = backend
        self.matrices = matrices
        self._traces: dict[Any, Batches] = {}
        self._ready: dict[Any, Prepared] = {}
        self._guard: Any = None
        self._read: dict[Any, None] = {}  # captured nodes whose plain numbers count
        self._traced = 0

    def __get__(self, instance: Any, owner: Any = None) -> Compiled:
        """Decorated in a class: a method captures its instance, and there was none to capture."""
        is_method = inspect.isfunction(self.fun) and self.fun.__code__.co_varnames[:1] == ("self",)
        if instance is not None and is_method:
            raise TypeError(
                message(
                    self._asked,
                    expected="a function, or the method of an instance",
                    got=f"a method of the class {type(instance).__name__}",
                    fix="Take the decorator off, and in the class's __init__ write self.fast = "
                    f"autograd.compile(self.{self.name}).",
                )
            )
        return self

    def __call__(self, *args: Any, **named: Any) -> Any:
        if named:
            args = self._in_order(args, named)
        if switch.active and is_tracing():
            return self._within_a_trace(args)
        ready, nodes, arrays = self._for(args)
        return ready(nodes, arrays)

    def __reduce_ex__(self, protocol: Any) -> Any:
        name = getattr(self.fun, "__qualname__", "")
        module = sys.modules.get(getattr(self.fun, "__module__", None) or "")
        if getattr(module, name, None) is self:  # decorated: by its name, as functions are
            return name
        return super().__reduce_ex__(protocol)

    def __getstate__(self) -> dict[str, Any]:
        fresh = Compiled(self.fun, self.numbers, self.backend, self.matrices)
        return self.__dict__ | fresh.__dict__  # a copy traces anew: what it captures may be copied

    def _in_order(self, args: Any, named: dict[str, Any]) -> tuple[Any, ...]:
        """Named arguments at their places."""
        bound = inspect.signature(self.fun).bind(*args, **named)
        if bound.kwargs:
            raise TypeError(
                message(
                    self._asked,
                    expected="arguments that have a place",
                    got=f"{', '.join(bound.kwargs)} by name only",
                    fix="Take the * out of the function's signature.",
                )
            )
        return bound.args

    def _within_a_trace(self, args: Any) -> Any:
        """Inside of another function that is being traced, the operations themselves count."""
        if not any(isinstance(x, Tensor | np.ndarray) for x in leaves(args)):
            return self.fun(*args)
        ready, nodes, _ = self._for(args)
        if isinstance(ready.call.runner, Routine):
            return self.fun(*args)
        captured = [v for pack in ready.packs for v in pack.values] + [*ready.fixed]
        if captured:
            raise TypeError(
                message(
                    self._asked,
                    expected="a function without Values of its own inside of a function of arrays "
                    "that is compiled",
                    got=f"one that captures {len(captured)}",
                    fix="Call it outside, or compile the whole as one function of numbers.",
                )
            )
        for node in self._read:  # the outer program depends on their numbers too
            refuse_reading(node)
        runner: Any = ready.call.runner
        return rebuilt(ready.out_tree, iter(runner.within(nodes)))

    def _prepared(self, args: Any, nodes: list[Any]) -> Prepared:
        """What runs for arguments of these shapes."""
        for x, given in zip(nodes, leaves(args), strict=True):
            if x.dtype.kind not in "biuf":
                fix = "Pass v.data, or a Tensor if you want its gradient."
                raise TypeError(
                    message(
                        "compile",
                        expected="numbers, or arrays of real numbers, as arguments",
                        got=shown(given),
                        fix=fix if isinstance(given, Value) else "Convert it first.",
                    )
                )
        names = argument_names(self.fun, args)
        if self.numbers is False:
            return self._of_arrays(args, nodes, names)
        try:
            batches = self._of_numbers(args, nodes)
        except Exception as error:
            if self.numbers or self.backend or self._traces or isinstance(error, UndecidedError):
                raise
            try:  # it does not work on numbers: is it a function of arrays?
                return self._of_arrays(args, nodes, names)
            except Exception as other:
                explain(error, other, nodes, names)
            raise
        return batches.prepared(self.name, nodes, names, self.backend)

    def _of_arrays(self, args: Any, nodes: list[Any], names: list[str]) -> Prepared:
        """A function of arrays, as it stands."""

        def flat(*some: Any) -> Any:
            return self.fun(*rebuilt(args, iter(some)))

        arrays, wanted = nodes_like(nodes)
        routine = Routine(flat, arrays, wanted, names)
        if laid_by_columns(routine.program, wanted):  # the gradients are to lie alike
            routine = Routine(flat, arrays, wanted, names)
        for x in routine.captured:
            if isinstance(x, Value):
                raise TypeError(
                    message(
                        self._asked,
                        expected="Tensors as the parameters of a function of arrays",
                        got=shown(x),
                        fix="Make it one, Tensor(2.0, requires_grad=True).",
                    )
                )
        call = Call(self.name, routine)
        return Prepared(call, nodes, routine.captured, routine.program.out_tree)

    @property
    def name(self) -> str:
        """The function's name, for pictures."""
        return str(getattr(self.fun, "__name__", "compiled")).replace("<lambda>", "compiled")

    @property
    def _asked(self) -> str:
        """What was asked, for messages: ``compile(loss)``, or just ``compile`` of a lambda."""
        return "compile" if self.name == "compiled" else f"compile({self.name})"

    def _of_numbers(self, args: Any, nodes: list[Any]) -> Batches:
        """A function of numbers, traced with one example."""
        widths = [x.shape[1] if x.ndim == 2 else None for x in nodes]
        structure = (_structure(args), *widths)
        if structure not in self._traces:
            if any(x.ndim > 2 for x in nodes):
                batch_of(nodes)  # which refuses
            known = bool(self.numbers or self.backend)
            examples = [example(x, list if known else Row) for x in nodes]
            open_question: Any = nullcontext([]) if known else undecided()
            with np.errstate(all="ignore"), open_question as doubts:  # the numbers do not matter
                program = trace(self.fun, *rebuilt(args, iter(examples)))
            _check_numbers(program)
            if doubts and any(x.ndim for x in nodes):
                self._check_doubt(doubts[0], args, nodes)
            self._traces[structure] = Batches(
                program, [1 if w is None else w for w in widths], self.matrices
            )
        return self._traces[structure]

    def _check_doubt(self, array: Any, args: Any, nodes: list[Any]) -> None:
        """A number beside an array is no other function if the same works on arrays."""
        try:
            self._of_arrays(args, nodes, argument_names(self.fun, args))
        except Exception:
            return
        raise UndecidedError(
            message(
                self._asked,
                expected="to know whether an argument is one number for each point or one array",
                got=f"an array of shape {array.shape} beside it, to which both may be added",
                fix="Write compile(f, numbers=True) for numbers, compile(f, numbers=False) for "
                "arrays.",
            )
        )

    def _for(self, args: Any) -> tuple[Prepared, list[Any], list[Any]]:
        """What runs for arguments of these shapes; these as tensors or arrays, and as arrays."""
        structure = _structure(args)
        key: list[Any] = [structure]
        nodes: list[Any] = []
        arrays: list[Any] = []
        for x in args if structure.__class__ is int else leaves(args):
            if isinstance(x, Tensor):
                data = x._data
                key += data.shape, data.dtype.char, x.requires_grad
            else:
                data = x = np.asarray(x)
                key += data.shape, data.dtype.char, False
            nodes.append(x)
            arrays.append(data)
        ready = self._ready.get(tuple(key))
        if ready is None or not (self._guard.holds() and ready.is_valid()):
            self._check_guard()
            if len(self._ready) >= MANY_SHAPES:  # the oldest goes
                del self._ready[next(iter(self._ready))]
            with readings() as read:
                try:
                    ready = self._prepared(args, nodes)
                finally:  # what was traced is kept, even if it is not what runs here
                    self._read |= dict.fromkeys(read)
                    # Now: what tracing itself changes does not count.
                    self._guard = Guard(self.fun, self._read)
            if not ready.call.runner.count:
                raise no_result(self._asked, ready.out_tree)
            self._ready[tuple(key)] = ready  # last: another thread may be waiting for it
        return ready, nodes, arrays

    def _check_guard(self) -> None:
        """Forget all programs if something changed that the function took from around it."""
        if self._guard is None or not self._guard.holds():
            self._traces.clear()
            self._ready.clear()
            self._read.clear()
            self._traced += 1
            if self._traced == MANY_TRACES:
                warnings.warn(
                    message(
                        self._asked,
                        expected="a function that stays what it is",
                        got=f"one that was traced {MANY_TRACES} times, because something that it "
                        "takes from around it changed",
                        fix="Pass what changes as an argument.",
                    ),
                    stacklevel=4,
                )

    def program(self, *args: Any) -> Program:
        """The array program that runs for arguments of these shapes.

        >>> f = compile(lambda x, y: (x * y).tanh())
        >>> print(f.program(np.ones(3), np.ones(3)))
        program(x, y)
            t1 = getitem(x, index=(:, None))                    # float64[3, 1]
            t2 = getitem(y, index=(:, None))                    # float64[3, 1]
            t3 = t1 * t2                                        # float64[3, 1]
            t4 = tanh(t3)                                       # float64[3, 1]
            t5 = reshape(t4, shape=(3,))                        # float64[3]
            return t5
        """
        return self._routine(args).program

    def gradient_program(self, *args: Any) -> Program:
        """The same, followed by the backward pass: from g, the cotangent of the result."""
        return self._routine(args).both

    def _routine(self, args: Any) -> Routine:
        """The array operations, even if another back end runs."""
        runner: Any = self._for(args)[0].call.runner
        return runner if isinstance(runner, Routine) else runner.routine

    def scalar_program(self, *args: Any) -> Program:
        """What a function of numbers computes for one point, before it was turned into arrays."""
        return self._of_numbers(args, self._for(args)[1]).program


def _structure(args: Any) -> Any:
    """The containers that arguments are in, as something to look up."""
    if _PLAIN.issuperset(map(type, args)) or not any(isinstance(x, _CONTAINERS) for x in args):
        return len(args)
    return repr(rebuilt(args, itertools.repeat(0)))


def _check_numbers(program: Program) -> None:
    for x in program.outputs:
        shape = x.array and x.array.shape if isinstance(x, Var) else np.shape(x)
        if shape:
            raise TypeError(
                message(
                    "compile",
                    expected="a function of numbers that returns numbers",
                    got=f"an array of shape {shape}",
                    fix="Return them one by one in a list, or write compile(f, numbers=False).",
                )
            )


def compile(
    fun: Callable[..., Any] | None = None,
    *,
    numbers: bool | None = None,
    backend: str | None = None,
    matrices: bool = True,
) -> Any:
    """A function of numbers as a function of arrays, differentiable, at array speed.

    Also a decorator, with or without settings.  Arguments are arrays with one number for each
    point (or a row of numbers, which the function sees as a list), single numbers, or nested
    tuples, lists and dicts of these.  Results are Tensors on the graph, with one number for each
    point.  A function of arrays is compiled too, for each set of shapes: it runs without building
    a graph, in as little memory as it can.

    What only results depend on that a loss does not take has no gradient, as eagerly.

    Args:
        fun: a function of numbers, or of arrays.  Parameters that it captures (Values or Tensors)
            are read at every call, and ``backward()`` fills their gradients.  Wide weights of first
            layers are laid column by column in memory, where products are quicker.  What else
            it captures may change too, as may their plain numbers (``w.data``): the function is
            traced again.  But what is computed from a captured array of more than 4,000 elements
            (``float(K[0])``, ``K * 2``) that is written on stays: pass it as an argument.
        numbers: whether it is a function of numbers; by default it is one if it works on numbers.
        backend: "numpy", "numba" (the extra ``fast``) or "python" (single points); by default the
            one that is likely to be the fastest.  Results agree to rounding.
        matrices: whether weighted sums of the same inputs become products of matrices.

    Raises:
        TypeError: a decision that Python takes on a traced number (``if x > 0``), arguments or
            results that are not numbers.
        ValueError: batches of different lengths; a back end that cannot run the function.

    >>> import autograd
    >>> w = autograd.Value(3.0)
    >>> f = compile(lambda x: (w * x + 1).relu())
    >>> y = f(np.array([-1.0, 0.0, 2.0]))
    >>> y.data
    array([0., 1., 7.])
    >>> y.sum().backward()
    >>> w.grad
    2.0

    A derivative is a function of arrays like any other:

    >>> slope = compile(autograd.grad(lambda x: autograd.sum(x * x)), numbers=False)
    >>> slope(np.array([1.0, 2.0])).data
    array([2., 4.])
    """
    if fun is None:
        return functools.partial(compile, numbers=numbers, backend=backend, matrices=matrices)
    return Compiled(fun, numbers, backend, matrices)
