"""A scalar program as array operations: equations of one kind become one, batches become an axis.

A network written neuron by neuron is a thousand equations, but most of them are the same operation
on other numbers.  Equations of one operation whose inputs are all known at the same moment (the
same *depth*) are put side by side as the columns of one array of shape (batch, k).  Weighted sums
over the same inputs are then the product of these inputs with a matrix of weights: that is where
the matrices of neural networks come from.

    t1 = w0*x0 + w1*x1         t = x @ W.T          columns t1, t2, t3
    t2 = w2*x0 + w3*x1    =>   u = t + b            columns t4, t5, t6
    t3 = w4*x0 + w5*x1         h = relu(u)          columns t7, t8, t9
    t4 = t1 + b0 ...

What the array operations are recorded on is a Tensor graph, so derivatives of any order, in both
modes, need no rule of their own.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd import ops
from autograd.programs.equations import Equation, Var, variables
from autograd.programs.program import Program

__all__ = ["Plan"]


class Leaf(NamedTuple):
    """Captured parameters that form one array."""

    values: list[Any]
    shape: tuple[int, ...]
    name: str


class Group(NamedTuple):
    """Equations that are computed together, as the columns of one array."""

    op: Any
    equations: list[Equation]


Blocks = list[Any]  # arrays of shape (batch or 1, k)
Operand = Callable[[Blocks, Any], Any]


class Plan:
    """How to run a program over a batch.

    Attributes:
        program: what is run.
        groups: the equations, in the order of their computation.
        leaves: the captured parameters as arrays.
        loose_sums: whether there are weighted sums that are no product with a matrix.
    """

    def __init__(self, program: Program, widths: list[int], matrices: bool = True) -> None:
        self.program = program
        self.matrices = matrices
        self.loose_sums = False  # weighted sums that are no product with a matrix
        self.groups = _grouped(program)
        self.leaves: list[Leaf] = []
        self._places: dict[Var, tuple[int, int]] = {}  # of each variable: its block and its column
        self._widths: list[int] = []
        inputs = iter(program.inputs)
        for width in widths:  # of the arrays that the inputs are columns of
            self._new_block(list(itertools.islice(inputs, width)))
        self.steps: list[Any] = []
        outputs = [x for x in program.outputs if isinstance(x, Var)]
        uses = Counter(variables([e.args for e in program.equations]) + outputs)
        self._truths = _only_conditions(program)
        sums: Group | None = None  # what waits for its biases
        for group, following in itertools.zip_longest(self.groups, self.groups[1:]):
            if sums is not None:
                step: Any = self._layer(sums, group)
                sums = None
            elif following is not None and self._is_layer(group, following, uses):
                step, sums = None, group
            else:
                step = self._step(group)
            self.steps.append(step)
            self._new_block(list(group.equations))
        self.outputs = self._side_by_side(program.outputs)

    def _new_block(self, variables: list[Var]) -> None:
        for k, x in enumerate(variables):
            self._places[x] = (len(self._widths), k)
        self._widths.append(len(variables))

    def run(self, inputs: Any, packed: Any, batch: int) -> Any:
        """The outputs as columns, of shape (batch, outputs), for inputs (batch, width)."""
        blocks = list(inputs)
        for step, width in zip(self.steps, self._widths[len(blocks) :], strict=True):
            block = None if step is None else step(blocks, packed)
            if block is not None and block.shape[1] != width:  # all have the same operands
                block = ops.broadcast_to(block, (len(block), width))
            blocks.append(block)
        outs = self.outputs(blocks, packed)
        return outs if len(outs) == batch else ops.broadcast_to(outs, (batch, outs.shape[1]))

    # --- one step: a function of the blocks so far and the packed parameters ---

    def _step(self, group: Group) -> Operand:
        first = group.equations[0]
        if not isinstance(first.args[0], tuple | list):
            operands = [
                self._operand(list(args))
                for args in zip(*(e.args for e in group.equations), strict=True)
            ]
            op = group.op
            step = lambda blocks, packed: op(*(operand(blocks, packed) for operand in operands))  # noqa: E731
            return step if self._truths.issuperset(group.equations) else _in_floats(step)
        if group.op.name == "dot":
            return self._weighted_sums([e.args for e in group.equations])
        rows, op = self._lists([e.args[0] for e in group.equations]), group.op
        return lambda blocks, packed: op(rows(blocks, packed), axis=-1)

    def _weighted_sums(self, pairs: list[Any]) -> Operand:
        """``dot`` of weights and inputs; one matrix product if all see the same inputs."""
        side = self._weights_side(pairs)
        if side is not None:
            seen, weights = self._matrix(pairs, side)
            return lambda blocks, packed: ops.linear(seen(blocks, packed), weights(blocks, packed))
        self.loose_sums = True
        left, right = (self._lists([pair[side] for pair in pairs]) for side in (0, 1))
        return lambda blocks, packed: ops.sum(left(blocks, packed) * right(blocks, packed), axis=-1)

    def _weights_side(self, pairs: list[Any]) -> int | None:
        """On which side all weighted sums have parameters, and on the other the same inputs."""
        for w, x in ((0, 1), (1, 0)) if self.matrices else ():
            same = all(list(pair[x]) == list(pairs[0][x]) for pair in pairs)
            if same and all(self._is_parameter(p) for pair in pairs for p in pair[w]):
                return w
        return None

    def _matrix(self, pairs: list[Any], side: int) -> tuple[Operand, Operand]:
        """The inputs that all weighted sums see, and the matrix of their weights."""
        weights = [p for pair in pairs for p in pair[side]]
        seen = self._side_by_side(list(pairs[0][1 - side]))
        return seen, self._leaf(weights, (len(pairs), len(pairs[0][side])), "W")

    def _is_layer(self, sums: Group, added: Group, uses: Counter[Var]) -> bool:
        """Whether to each of these weighted sums a bias is added, and nothing else done with it."""
        if sums.op is not ops.dot or added.op is not ops.add:
            return False
        pairs = [e.args for e in sums.equations]
        return (
            len(pairs) == len(added.equations)
            and self._weights_side(pairs) is not None
            and all(
                dot in add.args and uses[dot] == 1 and self._is_parameter(_other(add, dot))
                for dot, add in zip(sums.equations, added.equations, strict=True)
            )
        )

    def _layer(self, sums: Group, added: Group) -> Operand:
        """Weighted sums and biases as the affine map of a layer."""
        pairs = [e.args for e in sums.equations]
        seen, weights = self._matrix(pairs, self._weights_side(pairs) or 0)
        both = zip(added.equations, sums.equations, strict=True)
        bias = self._leaf([_other(add, dot) for add, dot in both], (len(pairs),), "b")
        return lambda blocks, packed: ops.linear(
            seen(blocks, packed), weights(blocks, packed), bias(blocks, packed)
        )

    def _lists(self, lists: list[Any]) -> Operand:
        """Lists of n entries each, as an array of shape (batch or 1, k, n)."""
        k, n = len(lists), len(lists[0])
        flat = self._side_by_side([x for row in lists for x in row])
        return lambda blocks, packed: ops.reshape(flat(blocks, packed), (-1, k, n))

    def _is_parameter(self, x: Any) -> bool:
        return isinstance(x, Var) and x in self.program.parameters

    def _operand(self, entries: list[Any]) -> Operand:
        """Entries side by side; where all are the same, broadcasting does the rest."""
        first = entries[0]
        if all(x.__class__ is float and repr(x) == repr(first) for x in entries):  # 0.0 is not -0.0
            return lambda blocks, packed: first
        return self._side_by_side([first] if all(x is first for x in entries) else entries)

    def _side_by_side(self, entries: list[Any]) -> Operand:
        """Entries as the columns of one array, with as few array operations as possible."""
        runs: list[tuple[int, list[Any]]] = []  # entries that come from one block
        for x in entries:
            block, column = self._place(x)
            if runs and runs[-1][0] == block:
                runs[-1][1].append(column)
            else:
                runs.append((block, [column]))
        parts = [self._columns(block, columns) for block, columns in runs]
        if len(parts) == 1:
            return parts[0]

        def joined(blocks: Blocks, packed: Any) -> Any:
            arrays = [part(blocks, packed) for part in parts]
            batch = next((len(a) for a in arrays if len(a) != 1), 1)  # which may be 0
            arrays = [
                a if len(a) == batch else ops.broadcast_to(a, (batch, a.shape[1])) for a in arrays
            ]
            return ops.concatenate(arrays, axis=1)

        return joined

    def _leaf(self, variables: list[Var], shape: tuple[int, ...], stem: str = "p") -> Operand:
        """Parameters as an array of their own."""
        index = len(self.leaves)
        name = f"{stem}{1 + sum(leaf.name.startswith(stem) for leaf in self.leaves)}"
        values = [self.program.parameters[x] for x in variables]
        self.leaves.append(Leaf(values, shape, name))
        return lambda blocks, packed: packed[index]

    def _place(self, x: Any) -> tuple[int, Any]:
        """The block and column of an entry; a parameter's block is -1, a number's -2."""
        if not isinstance(x, Var):
            return -2, x
        return (-1, x) if self._is_parameter(x) else self._places[x]

    def _columns(self, block: int, columns: list[Any]) -> Operand:
        if block == -2:
            return lambda blocks, packed: np.array([columns], (blocks or packed)[0].dtype)
        if block == -1:
            return self._leaf(columns, (1, len(columns)))
        first, last = columns[0], columns[-1] + 1
        if columns == list(range(first, last)):
            index: Any = slice(first, last)
            if last - first == self._widths[block]:
                return lambda blocks, packed: blocks[block]
        else:
            index = np.array(columns)
        return lambda blocks, packed: blocks[block][:, index]


def _in_floats(step: Operand) -> Operand:
    """In the floats that inputs and parameters have: what is true counts as 1, as for Values."""

    def floats(blocks: Blocks, packed: Any) -> Any:
        block, dtype = step(blocks, packed), (*blocks, *packed)[0].dtype
        return block if block.dtype == dtype else ops.cast(block, dtype)

    return floats


def _only_conditions(program: Program) -> set[Var]:
    """Comparisons that nobody computes with, but ``where`` and the results."""
    others: set[Var] = set()
    for e in program.equations:
        others.update(variables(e.args[1:] if e.op is ops.where else e.args))
    return {e for e in program.equations if e.op.kind == "flat" and e not in others}


def _other(add: Equation, dot: Equation) -> Any:
    """What is added to a weighted sum."""
    return add.args[1] if add.args[0] is dot else add.args[0]


def _depths(program: Program) -> dict[Var, int]:
    """How many equations lead to each variable, one after the other."""
    depth: dict[Var, int] = dict.fromkeys([*program.inputs, *program.parameters], 0)
    for e in program.equations:
        below = [depth[x] for x in variables(e.args)]
        depth[e] = 1 + max(below, default=0)
    return depth


def _grouped(program: Program) -> list[Group]:
    depth = _depths(program)
    groups: dict[Any, Group] = {}
    for e in program.equations:
        lengths = tuple(len(a) if isinstance(a, tuple | list) else 0 for a in e.args)
        key = (depth[e], e.op.name, lengths)
        groups.setdefault(key, Group(e.op, [])).equations.append(e)
    return [groups[key] for key in sorted(groups)]
