"""From a scalar program to the instructions of the interpreter (``interpreter_source.py``).

Three things happen on the way.  Reductions become operations on two numbers.  Products that are
added to something, once, are computed where they are added; a weighted sum is then a chain of few
instructions, and its weights are read as they are, not copied to all lanes.  And variables get
registers: one is free again after its last use, so that few are needed, and they stay in the cache.

    t1 = w0*x + w1*y      chain_u2  r2 = 0.0 + w0*r0 + w1*r1
    t2 = t1 + b           add_u     r3 = b + r2
    t3 = relu(t2)         relu      r2 = relu(r3)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from autograd import ops
from autograd.compiling.interpreter_source import LANES, LONGEST_CHAIN, OPCODES, WITH_UNIFORM
from autograd.errors import message
from autograd.programs.equations import Equation, Var, variables
from autograd.programs.program import Program

__all__ = ["Code", "encoded", "lowered"]


class Code(NamedTuple):
    """Instructions, and what they need.

    Attributes:
        numbers: the instructions, one after the other.
        constants: the uniforms that follow after the parameters.
        registers: how many there are.
    """

    numbers: Any
    constants: Any
    registers: int


def lowered(program: Program) -> Program:
    """The same program with elementwise operations, sums and weighted sums only.

    >>> from autograd.programs.tracing import trace
    >>> print(lowered(trace(lambda x, y, z: ops.max([x, y, z]), 1.0, 2.0, 3.0)))
    program(x, y, z)
        t1 = maximum(x, y)
        t2 = maximum(t1, z)
        return t2
    """
    new = Program()
    known: dict[Any, Any] = {}
    for x in [*program.inputs, *program.parameters]:
        known[x] = new.var(x._name)
    new.inputs = [known[x] for x in program.inputs]
    new.parameters = {known[x]: node for x, node in program.parameters.items()}
    new.in_tree, new.out_tree = program.in_tree, program.out_tree

    def of(x: Any) -> Any:
        if isinstance(x, tuple | list):
            return tuple(map(of, x))
        return known[x] if isinstance(x, Var) else float(x)

    for e in program.equations:
        if e.array is not None or not (e.op.scalar or e.op in (*_KEPT, *_LOWERED)):
            raise TypeError(
                message(
                    f"numba: {e.op.name}",
                    expected="operations on numbers from the library's table",
                    got="a primitive of your own" if e.op.foreign else "an operation on arrays",
                    fix="The NumPy back end runs it.",
                )
            )
        args = tuple(map(of, e.args))
        if e.op in _LOWERED:
            known[e] = _LOWERED[e.op](*args)
        else:
            known[e] = new.add(e.op, args)
    new.outputs = [of(x) for x in program.outputs]
    return new


def _logsumexp(xs: Any) -> Any:
    """As on arrays: the largest are counted, the others added up."""
    peak = reduce(ops.maximum, xs)
    largest = [ops.equal(x, peak) for x in xs]
    count = ops.sum(largest)
    others = [ops.where(top, 0.0, ops.exp(x - peak)) for x, top in zip(xs, largest, strict=True)]
    return ops.log1p(ops.sum(others) / count) + ops.log(count) + peak


_KEPT = (ops.sum, ops.dot)
_LOWERED: dict[Any, Any] = {
    ops.max: lambda xs: reduce(ops.maximum, xs),
    ops.min: lambda xs: reduce(ops.minimum, xs),
    ops.logsumexp: _logsumexp,
}


def encoded(
    program: Program, stored: int, cotangents: int = 0, products: Collection[Equation] = ()
) -> Code:
    """The instructions of a lowered program.

    Args:
        program: what is to be run.
        stored: so many of its outputs are columns of the result; the others are sums over lanes.
        cotangents: so many of its last inputs are cotangents of outputs.
        products: equations in which a zero stops everything.
    """
    encoder = _Encoder(program, stored, cotangents, products)
    for e in program.equations:
        encoder.equation(e)
    encoder.finish()
    numbers, registers = _allocated(encoder.instructions)
    constants = np.array([float.fromhex(x) for x in encoder.constants])
    return Code(numbers, constants, registers)


# A number or a parameter is a uniform, any other variable is in a register; so is an `object()`,
# which stands for something that has no variable.
Register = Any
Term = tuple[Any, Any]


class _Encoder:
    """Writes instructions: an operation, the register that it fills, and its operands.

    Operands are integers (places of uniforms, columns) or what is in a register.
    """

    def __init__(
        self, program: Program, stored: int, cotangents: int, products: Collection[Equation]
    ) -> None:
        self.instructions: list[tuple[str, Register | None, list[Any]]] = []
        self.constants: dict[str, int] = {}  # by their bits: 0.0 and -0.0 are two
        self.stored = stored
        self.products = products
        self.outputs = program.outputs
        own = len(program.inputs) - cotangents
        self.loads = {
            x: ("load", i) if i < own else ("load_cotangent", i - own)
            for i, x in enumerate(program.inputs)
        }
        self.parameters = {x: i for i, x in enumerate(program.parameters)}
        self.uses: Counter[Var] = Counter()
        self.user: dict[Var, Equation] = {}
        for e in program.equations:
            for x in variables(e.args):
                self.uses[x] += 1
                self.user[x] = e
        self.columns: dict[Var, list[int]] = {}
        for i, x in enumerate(program.outputs):
            if isinstance(x, Var):
                self.uses[x] += 1
                self.columns.setdefault(x, []).append(i)
        self.chains: dict[Var, tuple[Any, list[Term]]] = {}  # sums that are not written yet

    # --- operands ---

    def is_uniform(self, x: Any) -> bool:
        return x.__class__ is float or x in self.parameters

    def uniform(self, x: Any) -> int:
        """The place of a uniform: parameters come first."""
        if x.__class__ is not float:
            return self.parameters[x]
        return len(self.parameters) + self.constants.setdefault(x.hex(), len(self.constants))

    def register(self, x: Any) -> Register:
        """What is in a register, loaded or copied to all lanes where it is not yet."""
        if self.is_uniform(x):
            copy = object()
            self.write("fill", copy, [self.uniform(x)])
            return copy
        if x in self.loads:
            name, column = self.loads.pop(x)
            self.write(name, x, [column])
        return x

    def write(self, name: str, fills: Register | None, operands: list[Any]) -> None:
        self.instructions.append((name, fills, operands))

    # --- equations ---

    def equation(self, e: Equation) -> None:
        """The instructions of an equation, unless they wait for the one that uses it."""
        if e.op is ops.dot or e.op is ops.sum:
            ones = (1.0,) * len(e.args[0])
            self.chain(0.0, list(zip(*(*e.args, ones)[:2], strict=True)), e)
        elif self.waits(e):
            return
        elif e.op is ops.add and any(map(self.waits, e.args)):
            p, q = e.args if self.waits(e.args[1]) else e.args[::-1]
            if self.waits(p):
                self.operation("mul", p)
            start, terms = self.chains.pop(p, (p, []))
            terms.append(q.args)
            if self.goes_on(e):
                self.chains[e] = (start, terms)
                return
            self.chain(start, terms, e)
        elif e.op is ops.mul and self.is_summed(e):
            pair = [self.register(x) for x in e.args]
            self.write("sum_products", None, [*pair, self.columns[e][0] - self.stored])
            return
        else:
            self.operation("hand_on" if e in self.products else e.op.name, e)
        self.deliver(e)

    def waits(self, x: Any) -> bool:
        """Whether a variable is a product that is added to something, and used nowhere else."""
        return (
            isinstance(x, Equation)
            and x.op is ops.mul
            and self.uses[x] == 1
            and x in self.user
            and self.user[x].op is ops.add
            and x not in self.products
        )

    def goes_on(self, e: Equation) -> bool:
        """Whether one more product is added to a chain."""
        if self.uses[e] != 1 or e not in self.user or self.user[e].op is not ops.add:
            return False
        return any(self.waits(x) for x in self.user[e].args)

    def is_summed(self, e: Equation) -> bool:
        """Whether a product of registers is wanted only as a sum over lanes."""
        return (
            self.uses[e] == 1
            and e in self.columns
            and self.columns[e][0] >= self.stored
            and e not in self.products
            and not any(map(self.is_uniform, e.args))
        )

    def operation(self, name: str, e: Equation) -> None:
        args = list(e.args)
        uniform = [self.is_uniform(x) for x in args]
        if name in ("add", "mul") and uniform == [False, True]:
            args, uniform = args[::-1], uniform[::-1]
        if name in WITH_UNIFORM and uniform == [True, False]:
            self.write(f"{name}_u", e, [self.uniform(args[0]), self.register(args[1])])
        else:
            self.write(name, e, [self.register(x) for x in args])

    def chain(self, start: Any, terms: list[Term], fills: Register) -> None:
        """``start + x * y + ...``, from left to right."""
        pieces: list[tuple[bool, list[Any]]] = []  # products of two registers, or of a uniform
        for x, y in terms:
            x, y = (y, x) if self.is_uniform(y) and not self.is_uniform(x) else (x, y)
            if not self.is_uniform(x):
                pieces.append((True, [self.register(x), self.register(y)]))
                continue
            if not pieces or pieces[-1][0] or len(pieces[-1][1]) == 2 * LONGEST_CHAIN:
                pieces.append((False, []))
            pieces[-1][1].extend((self.uniform(x), self.register(y)))
        if not pieces:
            self.write("fill", fills, [self.uniform(start)])
        for k, (both, operands) in enumerate(pieces, 1):
            total = fills if k == len(pieces) else object()
            if both:
                self.write("muladd", total, [*operands, self.register(start)])
            elif self.is_uniform(start):
                n = len(operands) // 2
                self.write(f"chain_u{n}", total, [self.uniform(start), *operands])
            else:
                n = len(operands) // 2
                self.write(f"chain_r{n}", total, [self.register(start), *operands])
            start = total

    # --- outputs ---

    def deliver(self, x: Any) -> None:
        """Hand a variable out as soon as it is computed: its register may be free then."""
        for column in self.columns.get(x, ()):
            self.hand_out(column, x)

    def hand_out(self, column: int, x: Any) -> None:
        if column < self.stored:
            self.write("store", None, [column, self.register(x)])
        elif x != 0.0 or x.__class__ is not float:
            self.write("sum", None, [column - self.stored, self.register(x)])

    def finish(self) -> None:
        """Outputs that no equation computes."""
        for column, x in enumerate(self.outputs):
            if not isinstance(x, Equation):
                self.hand_out(column, x)


def _allocated(instructions: list[tuple[str, Register | None, list[Any]]]) -> tuple[Any, int]:
    """Instructions as numbers, and how many registers they need."""
    last_use = {
        x: i
        for i, (_, _, operands) in enumerate(instructions)
        for x in operands
        if x.__class__ is not int
    }
    numbers: list[int] = []
    places: dict[Any, int] = {}
    free: list[int] = []
    count = 0
    for i, (name, fills, operands) in enumerate(instructions):
        numbers.append(OPCODES[name])
        if fills is not None:  # never a register that is read at the same time
            if not free:
                free.append(count)
                count += 1
            places[fills] = free.pop()
            numbers.append(places[fills] * LANES)
        numbers += [x if x.__class__ is int else places[x] * LANES for x in operands]
        for x in dict.fromkeys([*operands, fills]):
            if x in places and last_use.get(x, i) == i:
                free.append(places.pop(x))
    return np.array(numbers, dtype=np.uint32), count
