"""The code of a walk back: the same rules in the same order, as straight lines of Python.

For ``(w * x).exp().sum()`` it is

    def walk(n0, g0, ends):
        ...
        n1, = n0._args                  # is this graph the one that was written out?
        p0_0, = n0._arrays              # if not: pull_back
        if n1._hooks is not None or not n1._needs or n1.op is not op1: return None
        n2, = n1._args
        ...
        g1 = v0_0(g0, d0, p0_0, **n0._params)           # the rule of sum
        if g1.shape != p0_0.shape: g1 = sum_to(g1, p0_0.shape)
        ...
        g2 = g1 * p0_0                                  # exp, whose rule says: out
        ...
        g3 = g2 * p2_1                                  # mul, whose rule says: y
        ...
        return {n3: asarray(g3)}

A partial that says the same for all arrays stands there itself (``formulas/code.py``), and what
its operands have in common is looked at once, in front.  Other rules are called, and what depends
on shapes, dtypes and memory is decided when the walk is taken.

Large arrays are carried block by block, which stay in the processor's cache from line to line.
"""

from __future__ import annotations

import itertools
import re
import weakref
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from autograd.formulas.code import partial_code
from autograd.generated import defined
from autograd.node import PRIMITIVES, Nameless

__all__ = ["edges", "walk_code"]

_walks = itertools.count()

# Arrays of so many bytes are carried in blocks of so many bytes, if there are so many operations.
_LARGE, _BLOCK, _RUN = 2**22, 2**20, 3

_PLACE = re.compile(r"\b(?:out|[xyz])\b")
_CALLED = re.compile(r"\b([a-z]\w+)\(")
_ARRAY = re.compile(r"\b(?:p\d+_\d+|d0)\b")

# Whose memory a cotangent is: the walk's own (and surely an array, or perhaps NumPy's number for
# one), perhaps another's too, or as a flag says.
EXACT, OWN, SHARED, ASK = "exact", "own", "shared", "ask"


def walk_code(order: list[Any], ends: Sequence[Any], names: dict[str, Any]) -> Any:
    """The walk over these computed nodes as a function of the root, its cotangent and the ends.

    It returns None for another graph, or raises AttributeError, ValueError or ZeroDivisionError.

    Args:
        order: the nodes, the youngest first.
        ends: as for ``pull_back``.
        names: what the code calls: ``sum_to``, ``typed`` and ``is_own``.
    """
    return _Writer(order, ends, names).function()


def edges(node: Any, ends: Sequence[Any]) -> Iterator[tuple[int, Any]]:
    """The inputs that a cotangent flows to, each with its place."""
    first = ends[0]._serial if ends else -1
    for i, (x, array) in enumerate(zip(node._args, node._arrays, strict=True)):
        if x is not array and x._needs and x._serial >= first and _flows(node.op, i):
            yield i, x


def _flows(op: Any, i: int) -> bool:
    return op.joint is not None or op.vjp_of(i) is not None


def _blocks(array: Any) -> Iterator[slice]:
    """Its first axis in parts of about ``_BLOCK`` bytes."""
    rows = max(1, _BLOCK * len(array) // array.nbytes)
    for i in range(0, len(array), rows):
        yield slice(i, i + rows)


def _in_rows(first: Any, *others: Any) -> bool:
    """Whether all are alike, and a block of each is a piece of memory.

    Branches that do not meet had one shape and dtype when the code was written, and may have two
    now.  Results of arrays that lie otherwise in memory would lie otherwise too.
    """
    return all(
        a.shape == first.shape
        and a.dtype is first.dtype
        and (a.flags.c_contiguous or not any(a.strides))
        for a in (first, *others)
    )


class _Alike:
    """Arrays that had the same property, as tests that they still have."""

    def __init__(self) -> None:
        self.groups: list[dict[str, None]] = []

    def add(self, *names: str) -> None:
        """These had it in common, and with it what was added together with one of them."""
        apart = [group for group in self.groups if not any(name in group for name in names)]
        joined: dict[str, None] = {}
        for group in self.groups:
            if group not in apart:
                joined |= group
        self.groups = [*apart, joined | dict.fromkeys(names)]

    def tests(self, attribute: str, relation: str) -> list[str]:
        """Such as ``p0_0.shape == p1_0.shape``."""
        return [
            f" {relation} ".join(f"{name}.{attribute}" for name in group)
            for group in self.groups
            if len(group) > 1
        ]


class _Writer:
    """The lines of a walk.

    Nodes have numbers, in the order they are met.  Of node 3 there are ``n3``, its cotangent ``g3``
    and, where nothing else tells whether this may be another's array, a true ``s3``; its inputs'
    arrays are ``p3_0`` ...
    """

    def __init__(self, order: list[Any], ends: Sequence[Any], names: dict[str, Any]) -> None:
        self.order, self.ends = order, list(ends)
        # How many cotangents a node receives.
        self.uses = Counter(x for node in order for _, x in edges(node, ends))
        self.numbers: dict[Any, int] = {order[0]: 0}
        # The names of their arrays.
        self.arrays: dict[int, tuple[str, Any]] = {id(order[0]): ("d0", order[0]._data)}
        self.bound = {**names, "array": np.array, "asarray": np.asarray, "ndarray": np.ndarray}
        self.bound |= {"blocks": _blocks, "in_rows": _in_rows, "empty": np.empty}
        self.bound["negative"] = np.negative
        self.checks = ["if n0._hooks is not None: return None", "d0 = n0._data"]
        self.shapes, self.dtypes = _Alike(), _Alike()
        self.functions: list[str] = []  # of blocks, in front of the walk
        self.plain: set[str] = set()  # operands that are numbers
        # Of nodes that have a cotangent, whose memory it is.
        self.memory: dict[Any, str] = {order[0]: SHARED}

    # --- is it this graph? ---

    def check(self, node: Any) -> None:
        """Whether a node's inputs are of the same kind as they were."""
        k, wrong, inputs = self.numbers[node], [], []
        flowing = dict(edges(node, self.ends))
        for i, (x, array) in enumerate(zip(node._args, node._arrays, strict=True)):
            name = f"x{i}"
            if x is array:
                wrong.append(f"{name} is not p{k}_{i}")
            elif i not in flowing:
                if _flows(node.op, i):
                    late = f" and {name}._serial >= first" if self.ends else ""
                    wrong.append(f"{name}._needs{late}")
            elif x in self.numbers:
                wrong.append(f"{name} is not n{self.numbers[x]}")
                if x.op is None and array is self.arrays[id(x)][1]:
                    wrong.append(f"p{k}_{i} is not {self.arrays[id(x)][0]}")
            else:
                m = self.numbers[x] = len(self.numbers)
                name = f"n{m}"
                self.arrays[id(x)] = f"p{k}_{i}", array
                wrong.append(f"{name}._hooks is not None or not {name}._needs")
                if x.op is not None:
                    drops = isinstance(x.op, Nameless)  # a compiled function's: not to be kept
                    self.bound[f"op{m}"] = weakref.ref(x.op) if drops else x.op
                    wrong.append(f"{name}.op is not op{m}" + "()" * drops)
                elif self.ends:
                    wrong.append(f"{name} is not ends[{self.ends.index(x)}]")
                else:
                    wrong.append(f"{name}.op is not None")
            inputs.append(name)
        if not node._params and node.op.kind != "elementwise":
            wrong.append(f"n{k}._params")
        arrays = [f"p{k}_{i}" for i in range(len(inputs))]
        self.checks += [
            f"{''.join(f'{x}, ' for x in inputs)}= n{k}._args",
            f"{''.join(f'{x}, ' for x in arrays)}= n{k}._arrays",
        ]
        if wrong:
            self.checks.append(f"if {' or '.join(wrong)}: return None")

    def compare(self, node: Any) -> None:
        """What the lines of a node that is written out take for granted of its arrays."""
        out, wrong = self.result(node), []
        for i, array in enumerate(node._arrays):
            p = self.operand(node, i)
            if array.__class__ is not np.ndarray:
                self.plain.add(p)
                wrong.append(f"{p}.__class__ is not {array.__class__.__name__}")
                continue
            self.dtypes.add(out, p)
            if array.shape == node._data.shape:
                self.shapes.add(out, p)
        if wrong:
            self.checks.append(f"if {' or '.join(wrong)}: return None")

    def result(self, node: Any) -> str:
        """The name of a computed node's array."""
        return self.arrays[id(node)][0]

    def operand(self, node: Any, i: int) -> str:
        """The name of an input's array; a leaf has several if its data were replaced meanwhile."""
        name, array = self.arrays.get(id(node._args[i]), ("", None))
        return name if array is node._arrays[i] else f"p{self.numbers[node]}_{i}"

    def is_written(self, node: Any) -> bool:
        """Whether all that flows from a node is written out: formulas on arrays of one dtype."""
        return all(
            a.dtype is node._data.dtype
            if a.__class__ is np.ndarray
            else a.__class__ in (int, float)
            for a in node._arrays
        ) and all(partial_code(node.op, i) is not None for i, _ in edges(node, self.ends))

    def is_even(self, node: Any) -> bool:
        """Whether it is written out, and all its arrays have one shape."""
        return self.is_written(node) and all(
            a.shape == node._data.shape for a in node._arrays if a.__class__ is np.ndarray
        )

    # --- what the nodes hand on ---

    def step(self, node: Any, in_place: bool = False) -> list[str]:
        """What a node hands on; in place only where its arrays lie in memory row by row."""
        k, op = self.numbers[node], node.op
        given, written = list(edges(node, self.ends)), self.is_written(node)
        lines = []
        if op.joint is not None:
            lines.append(f"carried = n{k}.op.joint({self.operands(node)})")
        if written and self.is_square(node, given):
            changes, value, memory = self.product(node, 0, in_place, True)
            lines += [*changes, f"g{k} = {value}"]
            for _, x in given:
                lines += self.hand_on(x, f"g{k}", memory)
            return [*lines, f"del g{k}"]
        for i, x in given:
            if written:
                changes, value, memory = self.product(node, i, in_place, i == given[-1][0])
                lines += changes
                if node._arrays[i].shape == node._data.shape:
                    lines += self.hand_on(x, value, memory)
                    continue
            elif op.joint is not None:
                value = f"carried[{i}]"
                if op.exact:
                    lines += self.hand_on(x, value, EXACT)
                    continue
            else:
                self.bound[f"v{k}_{i}"] = op.vjp_of(i)
                value = f"v{k}_{i}({self.operands(node)})"
            lines += self.look(x, value, f"g{k}", f"p{k}_{i}")
        return [*lines, f"del g{k}"]

    def operands(self, node: Any) -> str:
        """What a rule is called with."""
        k = self.numbers[node]
        arrays = "".join(f", p{k}_{i}" for i in range(len(node._args)))
        params = f", **n{k}._params" if node._params else ""
        return f"g{k}, {self.result(node)}{arrays}{params}"

    def product(self, node: Any, i: int, in_place: bool, last: bool) -> tuple[list[str], str, str]:
        """Cotangent times partial: lines in front, an expression, and whose memory that is."""
        g, code = f"g{self.numbers[node]}", partial_code(node.op, i) or ""
        change = in_place and last and self.memory[node] == OWN
        if code == "1":
            if not last:
                self.memory[node] = SHARED
            return [], g, self.memory[node]
        if code == "-1":
            return ([f"negative({g}, {g})"], g, OWN) if change else ([], f"-{g}", OWN)
        factor = self.factor(node, i)
        return ([f"{g} *= {factor}"], g, OWN) if change else ([], f"{g} * {factor}", OWN)

    def factor(self, node: Any, i: int) -> str:
        """A partial, of the arrays at hand."""
        code = partial_code(node.op, i) or ""
        places = {"out": self.result(node)}
        places |= {"xyz"[j]: self.operand(node, j) for j in range(len(node._args))}
        self.bound |= {name: PRIMITIVES[name].forward for name in _CALLED.findall(code)}
        return _PLACE.sub(lambda match: places[match[0]], code)

    def is_square(self, node: Any, given: list[tuple[int, Any]]) -> bool:
        """Whether one input stands on both sides, and receives the same twice: ``x * x``."""
        return (
            [x for _, x in given] == [node._args[0]] * 2
            and self.factor(node, 0) == self.factor(node, 1)
            and node._arrays[0].shape == node._data.shape
        )

    def hand_on(self, x: Any, value: str, memory: str) -> list[str]:
        """What a node receives, of the right shape and dtype."""
        m = self.numbers[x]
        before = self.memory.get(x)
        self.memory[x] = memory if before is None else OWN
        if before is None:
            return [f"g{m} = {value}"]
        if before == ASK:
            return [f"if s{m}: g{m} = g{m} + {value}", f"else: g{m} += {value}"]
        return [f"g{m} = g{m} + {value}" if before == SHARED else f"g{m} += {value}"]

    def look(self, x: Any, value: str, g: str, p: str) -> list[str]:
        """The same for what may have any shape, dtype and memory."""
        m, again = self.numbers[x], x in self.memory
        c = "c" if again else f"g{m}"
        lines = [
            f"{c} = {value}",
            f"if {c}.shape != {p}.shape: {c} = sum_to({c}, {p}.shape)",
            f"if {c}.dtype is not {p}.dtype: {c} = typed({c}, {p}.dtype)",
        ]
        if again:
            return [*lines, *self.hand_on(x, c, ASK), "del c"]  # or it lives until the next sum
        self.memory[x] = SHARED  # which nobody asks, unless
        if self.uses[x] > 1 or x.op is None:
            self.memory[x] = ASK
            own = f"{c}.__class__ is ndarray and ({c}.base is None or is_own({c}))"
            lines.append(f"s{m} = {c} is {g} or not ({own})")
        return lines

    # --- block by block ---

    def run(self, nodes: list[Any]) -> list[str]:
        """What several nodes hand on; of large arrays in blocks if all have one shape."""
        before = dict(self.memory)
        whole = [line for node in nodes for line in self.step(node)]
        reached = dict.fromkeys(x for node in nodes for _, x in edges(node, self.ends))
        out = [self.numbers[x] for x in reached if x not in nodes]
        if len(nodes) < _RUN or not self.is_even(nodes[0]) or not out:
            return whole
        after, self.memory = self.memory, dict.fromkeys(before, SHARED)
        inner = [line for node in nodes for line in self.step(node, in_place=True)]
        self.memory = after
        name, text = f"block{len(self.functions)}", "\n".join(inner)
        into = [f"g{self.numbers[x]}" for x in {**dict.fromkeys(nodes), **reached} if x in before]
        arrays = sorted(set(_ARRAY.findall(text)) - self.plain)
        takes = [*into, *arrays, *sorted(set(_ARRAY.findall(text)) & self.plain)]
        self.functions += [
            f"def {name}({', '.join(takes)}):",
            *(f"    {line}" for line in inner),
            f"    return {''.join(f'g{m}, ' for m in out)}",
        ]
        d = self.result(nodes[0])
        gone = [f"g{self.numbers[x]}" for x in nodes if x in before]
        return [
            f"if {d}.nbytes >= {_LARGE} and in_rows({', '.join([d, *into, *arrays])}):",
            *(f"    r{m} = empty({d}.shape, {d}.dtype)" for m in out),
            f"    for b in blocks({d}):",
            f"        {''.join(f'r{m}[b], ' for m in out)}= {name}("
            + ", ".join(x if x in self.plain else f"{x}[b]" for x in takes)
            + ")",
            *(f"    g{m} = r{m}" for m in out),
            f"    del {', '.join([*gone, *(f'r{m}' for m in out)])}",
            "else:",
            *(f"    {line}" for line in whole),
        ]

    # --- all of it ---

    def function(self) -> Any:
        """The code, as a function of the root, its cotangent and the ends."""
        for node in self.order:
            self.check(node)
        for node in self.order:
            if self.is_written(node):
                self.compare(node)
        steps = []
        for _, nodes in itertools.groupby(self.order, self.likeness):
            steps += self.run(list(nodes))
        serials = [f"n{self.numbers[node]}._serial" for node in self.order]
        leaves = [x for x in self.memory if x.op is None]
        numbers = [self.numbers[x] for x in leaves]
        alike = self.shapes.tests("shape", "==") + self.dtypes.tests("dtype", "is")
        if len(serials) > 1:
            alike.append(" > ".join(serials))
        if alike:
            self.checks.append(f"if not ({' and '.join(alike)}): return None")
        if len(leaves) > 1 and not self.ends:
            same = ", ".join(f"n{m}" for m in numbers)
            self.checks.append(f"if len({{{same}}}) < {len(leaves)}: return None")
        first = ["first = ends[0]._serial"] if self.ends else []
        result = ", ".join(
            f"n{m}: {self.gradient(x)}" for x, m in zip(leaves, numbers, strict=True)
        )
        lines = [*first, *self.checks, *steps, f"return {{{result}}}"]
        source = "".join(f"{line}\n" for line in self.functions)
        source += "def walk(n0, g0, ends):\n" + "".join(f"    {line}\n" for line in lines)
        return defined(source, f"<walk {next(_walks)}>", self.bound)["walk"]

    def likeness(self, node: Any) -> Any:
        """The same for nodes that may be carried together, block by block."""
        return (node._data.shape, node._data.dtype) if self.is_even(node) else node

    def gradient(self, x: Any) -> str:
        """The gradient of a leaf: an array of its own."""
        m, memory = self.numbers[x], self.memory[x]
        if memory == EXACT:
            return f"g{m}"
        # NumPy makes a number of the sum of two arrays without axes.
        own = {OWN: f"asarray(g{m})", SHARED: f"array(g{m})"}
        return own.get(memory) or f"array(g{m}) if s{m} else g{m}"
