"""A program of arrays as one Python function: no graph is built, and memory is used again.

Each equation becomes one line.  What an array is computed into is decided here: where an operand is
used for the last time, and nobody else can see it, the result takes its place; other arrays that
are done with wait in a pool for the next result of their shape.

    program(x) with w              def code(x, w):
        t1 = w * x                     t1 = multiply(w, x)
        t2 = exp(t1)                   t2 = exp(t1, out=t1)
        t3 = t2 + 1          =>        t3 = add(t2, c1, out=t2)
        t4 = log(t3)                   t4 = log(t3, out=t3)
        return t4                      return [t4]

Results that leave the function, and what the backward pass will read, are never written on.

Large arrays are computed with in blocks that stay in the processor's cache: elementwise equations
that follow each other become a function of a few thousand elements at a time, so that what they
hand on to each other never travels to memory and back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from math import prod
from typing import Any

import numpy as np

from autograd.compiling.classifiers import looked_at, loss_lines, slope_lines, softmax_lines
from autograd.compiling.pieces import product_in_pieces, rows_in_piece
from autograd.generated import defined
from autograd.ops.fused import _slope_at
from autograd.ops.shapes import row_of_ones
from autograd.programs.equations import Equation, Var, variables

__all__ = ["array_function", "owners"]

# Results that may be (a view of) their first argument.
_VIEWS = {
    *("astype", "broadcast_to", "diagonal", "expand_dims", "flip", "getitem", "ravel", "reshape"),
    *("squeeze", "stop_gradient", "swapaxes", "sum_to", "transpose", "moveaxis"),
}
# Results in an array of their own.
_FRESH = {"elementwise", "flat", "bilinear"}
_ALSO_FRESH = {"linear", "softmax", "log_softmax", "sum", "concatenate"}
_ALSO_FRESH |= {"softmax_cross_entropy", "cross_entropy_slope"}
# Above this size an array that is done with is given back before the function ends.
_LARGE = 2**16
# The largest array of zeros that a program keeps for its ReLUs.
_ZEROS = 2**20
# Elementwise equations on arrays of so many bytes run block by block, a block has so many bytes.
_FUSED, _BLOCK = 2**19, 2**16


def array_function(
    name: str,
    arguments: Sequence[Var],
    equations: Sequence[Equation],
    results: Sequence[Any],
    kept: Collection[Var] = (),
    before: Sequence[Equation] = (),
    columns: Collection[Var] = (),
) -> Callable[..., list[Any]]:
    """A function of the arguments' arrays that computes the equations and returns the results.

    Args:
        name: what tracebacks call it.
        arguments: variables, in the order of the function's arguments.
        equations: in order.
        results: variables, or plain numbers and arrays, or None; the function returns a list.
        kept: variables that somebody else holds: never written on.
        before: equations that have been computed when the function is called.
        columns: arguments that lie in memory column after column.
    """
    writer = _Writer(arguments, equations, [*variables(list(results)), *kept])
    writer.columns = columns
    for e in before:
        writer.note(e)
    for group in _groups(equations):
        if len(group) > 1:
            writer.write_fused(group)
        else:
            writer.write(group[0])
    returned = ", ".join(map(writer.of, results))
    return writer.function(name, [writer.of(x) for x in arguments], f"[{returned}]")


def _groups(equations: Sequence[Equation]) -> list[list[Equation]]:
    """Equations one by one, but elementwise ones on large arrays of one shape together."""
    groups: list[list[Equation]] = []
    for e in equations:
        last = groups[-1][0] if groups else None
        if last and _is_fusible(last) and _is_fusible(e) and _shape(e) == _shape(last):
            groups[-1].append(e)
        else:
            groups.append([e])
    return groups


def _is_fusible(e: Equation) -> bool:
    """Whether an equation can be computed for a block of rows at a time."""
    elementwise = e.op.kind in ("elementwise", "flat") and not e.op.foreign and not e.params
    shape = _shape(e)
    return (
        elementwise
        and e.op.name not in _VIEWS
        and _bytes(e) >= _FUSED
        and shape[0] > 1
        and all(len(_shape(x)) < len(shape) or _shape(x)[0] in (1, shape[0]) for x in e.args)
    )


def _compiled(source: str, name: str, constants: dict[str, Any]) -> Callable[..., list[Any]]:
    """The function that a source defines."""
    function: Callable[..., list[Any]] = defined(
        source, f"<compiled {name} {id(constants)}>", constants
    )[name]
    return function


class _Writer:
    """Lines of code, and who owns which array while they run."""

    def __init__(
        self, arguments: Sequence[Var], equations: Sequence[Equation], leaving: Sequence[Var]
    ) -> None:
        self.lines: list[str] = []
        self.constants: dict[str, Any] = {}
        self._bound: dict[Any, str] = {}
        self._names: dict[Var, str] = {x: f"a{i}" for i, x in enumerate(arguments)}
        self._names |= {e: f"t{i}" for i, e in enumerate(equations, 1)}
        self.owner = owners(equations)
        self.dies_at = _deaths(equations, self.owner, leaving)
        self.position = 0
        self.pool: dict[Any, list[str]] = {}
        self.ahead = Counter(e.array for e in equations)  # results still to be computed
        # The position after which nobody reads a result itself (views of it count as reading).
        self.last_read = {x: i for i, e in enumerate(equations) for x in variables(e.args)}
        self.last_read |= dict.fromkeys(leaving, len(equations))
        self.given: dict[Var, str] = {}  # arrays of the caller to compute into
        self.columns: Collection[Var] = ()  # arguments that lie by columns
        self.looked_at: set[Any] = set()  # classes that a loss has found to be right

    def function(self, name: str, arguments: list[str], result: str) -> Callable[..., list[Any]]:
        """What has been written, as a function."""
        head = f"def {name}({', '.join(arguments)}):\n"
        source = f"{head}{''.join(self.lines)}    return {result}\n"
        return _compiled(source, name, self.constants)

    def write_fused(self, group: list[Equation]) -> None:
        """A loop over blocks of rows, in which the whole group is computed."""
        end = self.position + len(group)
        operands = [x for x in dict.fromkeys(variables([e.args for e in group])) if x not in group]
        outs = [e for e in group if self.last_read.get(e, -1) >= end]
        block = _Writer(operands, group, outs)
        block.given = {e: f"out{i}" for i, e in enumerate(outs)}
        for e in group:
            block.write(e)
        arguments = [*(block.of(x) for x in operands), *block.given.values()]
        fused = block.function(f"fused_{self.position}", arguments, "None")
        shape = _shape(group[0])
        for e in outs:
            self.lines.append(
                f"    {self._names[e]} = {self.bind(np.empty)}(*{self.bind(e.array)})\n"
            )
        rows = max(1, _BLOCK * shape[0] // _bytes(group[0]))
        slices = [
            f"{self.of(x)}[i:j]"
            if _shape(x)[-len(shape) :][:1] == shape[:1] and len(_shape(x)) == len(shape)
            else self.of(x)
            for x in (*operands, *outs)
        ]
        self.lines += [
            f"    for i in range(0, {shape[0]}, {rows}):\n",
            f"        j = i + {rows}\n",
            f"        {self.bind(fused)}({', '.join(slices)})\n",
        ]
        for owner in operands:
            if self.owner.get(owner) is owner and self.position <= self.dies_at[owner] < end:
                self.lines.append(f"    {self.of(owner)} = None\n")
        for e in group:
            self.ahead[e.array] -= 1
        self.position = end

    def note(self, e: Equation) -> None:
        """What is known once an equation has been computed."""
        if e.op.name == "softmax_cross_entropy":
            self.looked_at.add(looked_at(e))

    def write(self, e: Equation) -> None:
        """The lines of one equation."""
        name, op = self._names[e], e.op
        self.ahead[e.array] -= 1
        lines: list[str] = []
        dying = self._dying(e)
        ufunc = op.forward if isinstance(op.forward, np.ufunc) else None
        into = self.given.get(e) or self._place(e, dying, ufunc)
        out = f", out={into}" if into else ""
        args = [self._operand(x, e) if ufunc or op.name == "relu" else self.of(x) for x in e.args]
        if op.name == "relu":
            line = f"{self.bind(np.maximum)}({args[0]}, {self._zeros(e)}{out})"
        elif op.name == "matmul" and all(len(_shape(x)) == 2 for x in e.args):
            line = self._matmul(e, args[0], args[1], into)
        elif op.name == "linear" and len(_shape(e.args[0])) == 2 and _one_dtype(e):
            line = f"{self._matmul(e, args[0], f'{args[1]}.T', into)}\n    {name} += {args[2]}"
        elif ufunc is not None and not e.params:
            line = f"{self.bind(ufunc)}({', '.join(args)}{out})"
        elif op.name == "transpose" and e.params == {"axes": None}:
            line = f"{args[0]}.T"
        elif op.name == "sum_to" and (ones := _ones(e)) is not None:
            line = f"{self._product()}({self.bind(ones)}, {args[0]})"
        elif op.name == "reshape":
            line = f"{args[0]}.reshape({e.params['shape']})"
        elif op.name == "getitem" and len(args) == 1 and _is_basic(e.params["index"]):
            line = f"{args[0]}[{self.bind(e.params['index'])}]"
        else:
            lines = self._spelled_out(e, args)
            line = "" if lines else self._call(op.forward, e, args)
            if e in self.given:
                lines = [f"{name} = {into}", f"{name}[...] = {line}"]
        self.lines += [f"    {x}\n" for x in lines or [f"{name} = {line}"]]
        self.note(e)
        for owner in dying:
            where = self._names[owner]
            if where != into:
                self.pool.setdefault(owner.array, []).append(where)
                if _bytes(owner) > _LARGE and not self.ahead[owner.array]:
                    self.lines.append(f"    {where} = None\n")
        self.position += 1

    def _spelled_out(self, e: Equation, args: list[str]) -> list[str]:
        """Lines for what is quicker with some knowledge; none for other operations."""
        name = self._names[e]
        if e.op.name == "softmax":
            return softmax_lines(e, name, args, self.bind)
        if e.op.name == "softmax_cross_entropy":
            return loss_lines(e, name, args, self.bind, self._call(e.op.forward, e, args))
        if e.op.name == "cross_entropy_slope" and looked_at(e) in self.looked_at:
            call = self._call(_slope_at, e, args)
            return slope_lines(e, name, args, self.bind, call) or [f"{name} = {call}"]
        return []

    def _call(self, function: Callable[..., Any], e: Equation, args: list[str]) -> str:
        """A call with the settings of an equation."""
        settings = [f"{k}={self.bind(v)}" for k, v in e.params.items()]
        return f"{self.bind(function)}({', '.join([*args, *settings])})"

    def _matmul(self, e: Equation, x: str, y: str, into: str) -> str:
        """The product of two matrices, in pieces where they lie as pieces should."""
        left, right = e.args[:2]
        least = 16 if _is_transpose(left) else 8 if right in self.columns else np.inf
        (rows, inner), columns = _shape(left), _shape(e)[1]
        piece = 0 if into or not _one_dtype(e) else rows_in_piece(rows, inner, columns)
        if piece >= least:
            return f"{self.bind(product_in_pieces)}({x}, {y}, {piece})"
        product = self._product(into, one=inner == 1 and (rows == 1 or columns == 1))
        return f"{product}({x}, {y}{f', out={into}' if into else ''})"

    def _product(self, into: str = "", one: bool = False) -> str:
        """``matmul`` takes any array to write into; ``dot`` is quicker to call, as a method even
        more: the function asks first whether an argument has one of its own.  But it makes 0 of 0
        times NaN where a matrix has one element only.
        """
        return self.bind(np.matmul if into or one else np.ndarray.dot)

    def _dying(self, e: Equation) -> list[Var]:
        """Owners of arrays that this equation is the last to read."""
        owners = dict.fromkeys(self.owner.get(x) for x in variables(e.args))
        return [o for o in owners if o is not None and self.dies_at[o] == self.position]

    def _place(self, e: Equation, dying: list[Var], ufunc: Any) -> str:
        """The array to compute into; empty for a new one."""
        if self.owner.get(e) is not e or e.array is None or not e.array.shape:
            return ""
        if ufunc is not None or e.op.name == "relu":
            for x in e.args:
                if isinstance(x, Var) and x in dying and x.array == e.array:
                    return self._names[x]
        if ufunc is not None or e.op.name in ("relu", "matmul", "linear"):
            free = self.pool.get(e.array)
            if free:
                return free.pop()
        return ""

    # --- operands ---

    def of(self, x: Any) -> str:
        """A variable by its name, anything else bound to a name of its own."""
        if isinstance(x, Var):
            return self._names[x]
        if isinstance(x, tuple | list):
            return f"[{', '.join(map(self.of, x))}]"
        return repr(x) if x is None or x.__class__ is int else self.bind(x)

    def _operand(self, x: Any, e: Equation) -> str:
        """A number as an array of the dtype it would get anyway: NumPy need not convert it.

        Nor a mask, which it would convert a piece at a time.
        """
        if e.op.name == "mul" and _is_mask(x) and e.array and _bytes(e) < _FUSED:
            return f"{self.of(x)}.astype({self.bind(e.array.dtype)})"
        if x.__class__ in (float, int):  # np.float64 is a float, but has a dtype that counts
            return self._number(x, e)
        return self.of(x)

    def _zeros(self, e: Equation) -> str:
        """Zeros to compare with; NumPy is faster with an array of the same shape."""
        if _bytes(e) > _ZEROS or self.given:
            return self.bind(np.array(0, e.array.dtype if e.array else float))
        key = ("zeros", e.array)
        if key not in self._bound:
            zeros = np.zeros(*e.array) if e.array else 0.0
            self._bound[key] = self.bind(zeros)
        return self._bound[key]

    def _number(self, x: float, e: Equation) -> str:
        dtypes = {y.array.dtype for y in e.args if isinstance(y, Var) and y.array}
        dtype = dtypes.pop() if len(dtypes) == 1 else None
        if dtype is None or dtype.kind != "f":
            return self.bind(x)
        return self.bind(np.array(x, dtype))

    def bind(self, thing: Any) -> str:
        """A name for a constant, a function or a setting."""
        key = id(thing)
        if key not in self._bound:
            stem = getattr(thing, "__name__", "")
            name = f"{stem if stem.isidentifier() else 'c'}_{len(self._bound)}"
            self._bound[key] = name
            self.constants[name] = thing  # which also keeps its id from being given again
        return self._bound[key]


def owners(equations: Sequence[Equation]) -> dict[Var, Var | None]:
    """The equation whose array each result lives in; None where that is not known."""
    owner: dict[Var, Var | None] = {}
    for e in equations:
        if e.op.name == "sum_to" and _shape(e.args[0]) != e.params["shape"]:
            owner[e] = e
        elif e.op.name in _VIEWS:
            first = e.args[0]
            owner[e] = owner.get(first) if isinstance(first, Var) else None
        elif (e.op.kind in _FRESH or e.op.name in _ALSO_FRESH) and not e.op.foreign:
            owner[e] = e
        else:
            owner[e] = None
    return owner


def _deaths(
    equations: Sequence[Equation], owner: dict[Var, Var | None], leaving: Sequence[Var]
) -> dict[Var, int]:
    """The position of the equation that reads each array last; after the end for what leaves."""
    dies: dict[Var, int] = {}
    for position, e in enumerate(equations):
        dies[e] = position
        unknown = owner[e] is None  # the result may share memory with any argument
        for x in variables(e.args):
            held = owner.get(x)
            if held is not None:
                dies[held] = len(equations) if unknown else max(dies[held], position)
    for x in leaving:
        held = owner.get(x)
        if held is not None:
            dies[held] = len(equations)
    return dies


def _shape(x: Any) -> tuple[int, ...]:
    return x.array.shape if isinstance(x, Var) and x.array else np.shape(x)


def _ones(e: Equation) -> Any:
    """The row of ones that a sum over rows is a product with."""
    x = e.args[0]
    if not isinstance(x, Var) or x.array is None or e.params["shape"] != x.array.shape[1:]:
        return None
    return row_of_ones(*x.array)


def _bytes(x: Var) -> int:
    return prod(x.array.shape) * x.array.dtype.itemsize if x.array else 0


def _one_dtype(e: Equation) -> bool:
    """Whether the result and all operands have one dtype, so that += does not cast."""
    return all(isinstance(x, Var) and x.array and x.array.dtype == e.array.dtype for x in e.args)  # type: ignore[union-attr]


def _is_transpose(x: Any) -> bool:
    return isinstance(x, Equation) and x.op.name == "transpose"


def _is_mask(x: Any) -> bool:
    return isinstance(x, Var) and x.array is not None and x.array.dtype.kind == "b"


def _is_basic(index: Any) -> bool:
    items = index if isinstance(index, tuple) else (index,)
    return all(i is None or i is Ellipsis or isinstance(i, int | slice) for i in items)
