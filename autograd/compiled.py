"""``compile``: a function is recorded once, and runs at array speed from then on.

A function of numbers runs over whole batches: it is traced with one example, its program is turned
into array operations (``lanes.py``), and these into code (``routines.py``).  A function of arrays
is traced as it stands, once for each set of shapes.

What comes back is a Tensor on the graph, one node for all that was computed: its ``backward()``
fills the gradients of the parameters that the function captured, and everything that works on
Tensors works on it.
"""

from __future__ import annotations

import functools
import itertools
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from autograd import ops
from autograd.errors import message, shown
from autograd.guards import Guard
from autograd.lanes import Plan
from autograd.node import raw
from autograd.packs import Pack, leaf_of
from autograd.program import Program
from autograd.routines import Call, Routine
from autograd.tensor import Tensor, computed
from autograd.tracing import argument_names, trace
from autograd.trees import leaves, rebuilt

__all__ = ["Compiled", "compile"]

# After so many traces of one function its user is told.
MANY_TRACES = 20


class Compiled:
    """A compiled function; see ``compile``."""

    def __init__(self, fun: Callable[..., Any], numbers: bool | None = None) -> None:
        functools.update_wrapper(self, fun)
        self.fun = fun
        self.numbers = numbers
        self._plans: dict[Any, _Lanes] = {}
        self._ready: dict[Any, _Ready] = {}
        self._guard: Any = None
        self._traced = 0

    def __call__(self, *args: Any) -> Any:
        nodes, ready = self._for(args)
        return ready(nodes)

    def _prepared(self, args: Any, nodes: list[Any]) -> _Ready:
        """The routine for arguments of these shapes."""
        for x in nodes:
            if x.dtype.kind not in "biuf":
                raise TypeError(
                    message(
                        "compile",
                        expected="arrays of real numbers",
                        got=shown(x),
                        fix="Convert them first.",
                    )
                )
        names = argument_names(self.fun, args)
        if self.numbers is False:
            return _Ready.of_arrays(self.name, self.fun, args, nodes, names)
        try:
            lanes = self._lanes(args, nodes)
        except Exception:
            if self.numbers or self._plans:
                raise
            # It does not work on numbers: is it a function of arrays?
            with suppress(Exception):
                return _Ready.of_arrays(self.name, self.fun, args, nodes, names)
            raise
        return lanes.ready(self.name, nodes, names)

    @property
    def name(self) -> str:
        """The function's name, for messages and pictures."""
        return str(getattr(self.fun, "__name__", "compiled")).replace("<lambda>", "compiled")

    def _lanes(self, args: Any, nodes: list[Any]) -> _Lanes:
        """How a function of numbers runs over batches."""
        widths = tuple(x.shape[1] if x.ndim == 2 else None for x in nodes)
        structure = (_structure(args), widths)
        if structure not in self._plans:
            if any(x.ndim > 2 for x in nodes):
                batch_of(nodes)  # which refuses
            examples = [_example(x) for x in nodes]
            with np.errstate(all="ignore"):  # the example's numbers are not the point
                program = trace(self.fun, *rebuilt(args, iter(examples)))
            self._plans[structure] = _Lanes(program, [w or 1 for w in widths])
        return self._plans[structure]

    def _for(self, args: Any) -> tuple[list[Any], _Ready]:
        """The arguments as arrays and nodes, and what runs for their shapes."""
        nodes: list[Any] = [
            x if isinstance(x, (np.ndarray, Tensor)) else np.asarray(x) for x in leaves(args)
        ]
        key: list[Any] = [_structure(args)]
        for x in nodes:
            key += x.shape, x.dtype.char, x.__class__ is not np.ndarray and x.requires_grad
        ready = self._ready.get(tuple(key))
        if ready is None or not (self._guard.holds() and ready.is_valid()):
            self._check_guard()
            ready = self._ready[tuple(key)] = self._prepared(args, nodes)
            self._guard = Guard(self.fun)  # now: what tracing itself changes does not count
        return nodes, ready

    def _check_guard(self) -> None:
        """Forget all programs if something changed that the function took from around it."""
        if self._guard is None or not self._guard.holds():
            self._plans.clear()
            self._ready.clear()
            self._traced += 1
            if self._traced == MANY_TRACES:
                warnings.warn(
                    message(
                        f"compile({self.name})",
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
        return self._for(args)[1].call.routine.program

    def gradient_program(self, *args: Any) -> Program:
        """The same, followed by the backward pass: from g, the cotangent of the result."""
        return self._for(args)[1].call.routine.both

    def scalar_program(self, *args: Any) -> Program:
        """What a function of numbers computes for one point, before it was turned into arrays."""
        return self._lanes(args, self._for(args)[0]).program


def _structure(args: Any) -> Any:
    """The containers that arguments are in, as something to look up."""
    for x in args:
        if isinstance(x, (dict, list, tuple)):
            break
    else:
        return len(args)
    return repr(rebuilt(args, itertools.repeat(0)))


class _Ready:
    """A routine, and what its node is computed from besides the arguments."""

    def __init__(
        self, call: Call, captured: list[Any], pack: Pack | None, dtype: Any, out_tree: Any
    ) -> None:
        self.call, self.captured, self.pack, self.dtype = call, captured, pack, dtype
        self.out_tree = out_tree
        self.wanted = [x.requires_grad for x in captured]
        self.count = len(call.routine.program.outputs)

    @classmethod
    def of_arrays(
        cls, name: str, fun: Callable[..., Any], args: Any, nodes: list[Any], names: list[str]
    ) -> _Ready:
        """A function of arrays as it stands."""

        def flat(*some: Any) -> Any:
            return fun(*rebuilt(args, iter(some)))

        wanted = [isinstance(x, Tensor) and x.requires_grad for x in nodes]
        routine = Routine(flat, [x._data if isinstance(x, Tensor) else x for x in nodes],
                          wanted, names)  # fmt: skip
        tree = routine.program.out_tree
        return cls(Call(name, routine), routine.captured, None, None, tree)

    def is_valid(self) -> bool:
        """Whether captured tensors still ask for the gradients that they asked for."""
        return self.wanted == [x.requires_grad for x in self.captured]

    def __call__(self, nodes: list[Any]) -> Any:
        call = self.call
        args = [*nodes, *self.captured]
        if self.pack is not None:
            args.append(leaf_of(self.pack, self.dtype))
        arrays, needs = [], False
        for x in args:
            if isinstance(x, Tensor):
                arrays.append(x._data)
                needs = needs or x.requires_grad
            else:
                arrays.append(x)
        routine = call.routine
        spread = call.spread(arrays)
        found = routine.forward(*spread)
        outs, moving = found[: self.count], routine.moving
        params = {"saved": (spread, found[self.count :])}
        if self.out_tree is None and moving:
            return computed(call, tuple(args), arrays, params, outs[0], needs)
        results = [Tensor(x) for x in outs]
        if moving:
            joined = call.joined([outs[i] for i in moving])
            node = computed(call, tuple(args), arrays, params, joined, needs)
            for i, part in zip(moving, call.parts(node), strict=True):
                results[i] = part
        return rebuilt(self.out_tree, iter(results))


class _Lanes:
    """A program of numbers, ready to run over batches."""

    def __init__(self, program: Program, widths: list[int]) -> None:
        self.program = program
        self.plan = Plan(program, widths)
        values = [v for leaf in self.plan.leaves for v in leaf.values]
        self.pack = Pack(list(dict.fromkeys(values))) if values else None
        places = {v: i for i, v in enumerate(self.pack.values)} if self.pack else {}
        self.where = [_slice([places[v] for v in leaf.values]) for leaf in self.plan.leaves]
        self.cuts = [(w, x.shape) for w, x in zip(self.where, self.plan.leaves, strict=True)]
        self.in_order = len(values) == len(places)  # no parameter stands in two arrays

    def ready(self, name: str, nodes: list[Any], names: list[str]) -> _Ready:
        """The routine for arrays of these shapes and dtypes."""
        plan, batch, count = self.plan, batch_of(nodes), len(nodes)
        floats = [x.dtype for x in nodes if x.dtype.kind == "f"]
        dtype = np.result_type(*floats) if floats else np.dtype(float)
        single = not any(x.ndim for x in nodes)

        def over_batch(*some: Any) -> Any:
            columns = [_columns(x, batch, dtype) for x in some[:count]]
            outs = plan.run(columns, some[count:], batch, dtype)
            outs = [x[0] for x in outs] if single else outs
            return rebuilt(self.program.out_tree, iter(outs))

        parameters = [np.zeros(leaf.shape, dtype) for leaf in plan.leaves]
        arrays = [x._data if isinstance(x, Tensor) else x for x in nodes]
        wanted = [isinstance(x, Tensor) and x.requires_grad for x in nodes]
        labels = [leaf.name for leaf in plan.leaves]
        routine = Routine(over_batch, [*arrays, *parameters],
                          [*wanted, *[True] * len(parameters)], [*names, *labels])  # fmt: skip
        call = Call(name, routine)
        if self.pack is not None:
            call = Call(name, routine, self._spread, self._gather)
        return _Ready(call, routine.captured, self.pack, dtype, self.program.out_tree)

    def _spread(self, inputs: Any) -> list[Any]:
        """The arrays of the parameters out of the one of the pack, which comes last."""
        flat, parts = inputs[-1], list(inputs[:-1])
        for where, shape in self.cuts:
            part = flat[where]
            parts.append(part if len(shape) == 1 else part.reshape(shape))
        return parts

    def _gather(self, cotangents: list[Any]) -> list[Any]:
        """The cotangent of the pack from those of the parameters' arrays."""
        count = len(cotangents) - len(self.where)
        parts = zip(self.where, self.plan.leaves, cotangents[count:], strict=True)
        flat = [np.zeros(leaf.shape) if c is None else c for _, leaf, c in parts]
        flat = [c.reshape(-1) for c in flat]
        if self.in_order:
            plain = flat[0].__class__ is np.ndarray
            return [*cotangents[:count], (np if plain else ops).concatenate(flat)]
        total: Any = np.zeros(len(self.pack.values))  # type: ignore[union-attr]
        for w, c in zip(self.where, flat, strict=True):
            total = ops.index_add(total, w, c)
        return [*cotangents[:count], total]


def _slice(places: list[int]) -> Any:
    """Places that follow each other as a slice."""
    if places == list(range(places[0], places[0] + len(places))):
        return slice(places[0], places[0] + len(places))
    return np.array(places)


def batch_of(given: list[Any]) -> int:
    """The number of points; single numbers are used for all."""
    lengths = {len(x) for x in given if x.ndim}
    if len(lengths) > 1 or any(x.ndim > 2 for x in given):
        raise ValueError(
            message(
                "compile",
                expected="arrays with one number for each point, or one row of them",
                got=f"shapes {', '.join(str(x.shape) for x in given)}",
                fix="The first axis counts the points and is the same for all.",
            )
        )
    return lengths.pop() if lengths else 1


def _example(x: Any) -> Any:
    """One point of an array: a number, or a list of numbers for a row."""
    data = raw(x)
    if data.ndim == 2:
        return data[0].tolist() if len(data) else [1.0] * data.shape[1]
    return float(data.flat[0]) if data.size else 1.0


def _columns(x: Any, batch: int, dtype: Any) -> Any:
    """An argument as an array of shape (batch, columns)."""
    x = x if x.dtype == dtype else ops.cast(x, dtype)
    if x.ndim == 2:
        return x
    x = x if x.ndim else ops.broadcast_to(x, (batch,))
    return x[:, None]


def compile(fun: Callable[..., Any], numbers: bool | None = None) -> Compiled:
    """A function of numbers as a function of arrays, differentiable, at array speed.

    >>> import autograd
    >>> w = autograd.Value(3.0)
    >>> f = compile(lambda x: (w * x + 1).relu())
    >>> y = f(np.array([-1.0, 0.0, 2.0]))
    >>> y.data
    array([0., 1., 7.])
    >>> y.sum().backward()
    >>> w.grad
    2.0
    """
    return Compiled(fun, numbers)
