"""A walk back that has been taken before, written out as straight lines of Python.

A loop in training records the same graph again and again: other arrays, the same operations joined
in the same way.  With small arrays half of the time of ``pull_back`` goes into finding the way, so
a way that was found several times is kept as code.  For ``(w * x).exp().sum()`` it is

    def walk(n0, g0, ends):
        ...
        n1, = n0._args                  # is this graph the one that was written out?
        p0_0, = n0._arrays              # if not: pull_back
        if n1._hooks is not None or not n1.requires_grad or n1.op is not op1: return None
        n2, = n1._args
        ...
        g1 = v0_0(g0, n0._data, p0_0, **n0._params)     # the rule of sum
        if g1.shape != p0_0.shape: g1 = sum_to(g1, p0_0.shape)
        ...
        g2 = v1_0(g1, n1._data, p1_0)                   # the rule of exp
        ...
        return {n3: array(g3) if s3 else g3}            # a copy of what others have too

Nothing is computed in another way: the same rules are called in the same order with the same
arrays, and what depends on shapes, dtypes and memory is decided when the walk is taken.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from heapq import heappop, heappush
from typing import Any

import numpy as np

from autograd.generated import defined

__all__ = ["Routes"]

# A graph of more nodes is not written out; of those that end with the same operation so many are
# known at a time.
_NODES, _ALIKE = 200, 4

_walks = itertools.count()


class Routes:
    """The ways that are known; each operation keeps those that begin with it.

    Args:
        names: what the code calls: ``sum_to``, ``typed`` and ``is_own``, as ``pull_back`` does.
    """

    def __init__(self, **names: Any) -> None:
        self.names = names

    def taken(self, root: Any, g: Any, ends: Sequence[Any]) -> dict[Any, Any] | None:
        """The cotangents of ``ends``, or of all leaves, if the way to them is known."""
        for walk in root.op.walks.get(len(ends), ()):
            try:
                found: dict[Any, Any] | None = walk(root, g, ends)
            except (AttributeError, ValueError, ZeroDivisionError):
                continue  # another graph, or a rule that needs help
            if found is not None:
                return found
        return None

    def learn(self, root: Any, ends: Sequence[Any], found: dict[Any, Any]) -> None:
        """A way that was not known led there: write it out if that has happened several times."""
        op, key = root.op, len(ends)
        missed = op.missed[key] = op.missed.get(key, 0) + 1
        again = missed // 3
        if missed % 3 or again & (again - 1):  # at 3, 6, 12, ...: some graphs are never the same
            return
        walk = _written(root, ends, found, self.names)
        if walk is not None:
            op.walks[key] = [walk, *op.walks.get(key, ())][:_ALIKE]


def _written(root: Any, ends: Sequence[Any], found: Any, names: dict[str, Any]) -> Any:
    """The walk from this root as a function; None for what is better left to ``pull_back``."""
    order = _order(root, ends)
    if order is None:
        return None
    given = [x for _, x in _edges(root, ends)]
    if root.op.joint is not None and not (len(found) == len(given) == len(set(given))):
        return None  # it has no cotangent for some inputs
    return _Writer(order, ends, names).function()


def _order(root: Any, ends: Sequence[Any]) -> list[Any] | None:
    """The computed nodes, the youngest first."""
    last = ends[-1]._serial if ends else -1
    if any(end.op is not None for end in ends):
        return None
    order: list[Any] = []
    seen, heap = {root}, [(-root._serial, root)]
    while heap:
        node = heappop(heap)[1]
        order.append(node)
        inputs = [x for _, x in _edges(node, ends)]
        if len(order) > _NODES or node.op.foreign:  # a user's, with other rules later, or dropped
            return None
        # Such as a compiled function, which goes when its user drops it: no other may keep it.
        if node.op.joint is not None and (node is not root or any(x.op for x in inputs)):
            return None
        for x in inputs:
            if x.op is None:
                if ends and x._serial > last:
                    return None  # a parameter that the function has made
            elif x not in seen:
                seen.add(x)
                heappush(heap, (-x._serial, x))
    return order


def _edges(node: Any, ends: Sequence[Any]) -> Iterator[tuple[int, Any]]:
    """The inputs that a cotangent flows to, each with its place."""
    first = ends[0]._serial if ends else -1
    for i, (x, array) in enumerate(zip(node._args, node._arrays, strict=True)):
        if x is not array and x.requires_grad and x._serial >= first and _flows(node.op, i):
            yield i, x


def _flows(op: Any, i: int) -> bool:
    return op.joint is not None or op.vjp_of(i) is not None


class _Writer:
    """The lines of a walk.

    Nodes have numbers, in the order they are met.  Of node 3 there are ``n3``, its cotangent ``g3``
    and, while this may still be another's array, a true ``s3``; its inputs' arrays are ``p3_0`` ...
    """

    def __init__(self, order: list[Any], ends: Sequence[Any], names: dict[str, Any]) -> None:
        self.order, self.ends = order, list(ends)
        # How many cotangents a node receives.
        self.uses = Counter(x for node in order for _, x in _edges(node, ends))
        self.numbers: dict[Any, int] = {order[0]: 0}
        self.bound = {**names, "array": np.array, "asarray": np.asarray, "ndarray": np.ndarray}
        self.checks = ["if n0._hooks is not None: return None"]
        self.steps: list[str] = []
        self.reached: dict[Any, None] = {}

    def check(self, node: Any) -> None:
        """Whether a node's inputs are of the same kind as they were."""
        k, wrong, inputs = self.numbers[node], [], []
        flowing = dict(_edges(node, self.ends))
        for i, (x, array) in enumerate(zip(node._args, node._arrays, strict=True)):
            name = f"x{i}"
            if x is array:
                wrong.append(f"{name} is not p{k}_{i}")
            elif i not in flowing:
                if _flows(node.op, i):
                    late = f" and {name}._serial >= first" if self.ends else ""
                    wrong.append(f"{name}.requires_grad{late}")
            elif x in self.numbers:
                wrong.append(f"{name} is not n{self.numbers[x]}")
            else:
                m = self.numbers[x] = len(self.numbers)
                name = f"n{m}"
                wrong.append(f"{name}._hooks is not None or not {name}.requires_grad")
                if x.op is not None:
                    self.bound[f"op{m}"] = x.op
                    wrong.append(f"{name}.op is not op{m}")
                elif self.ends:
                    wrong.append(f"{name} is not ends[{self.ends.index(x)}]")
                else:
                    wrong.append(f"{name}.op is not None")
            inputs.append(name)
        if not node._params:
            wrong.append(f"n{k}._params")
        arrays = [f"p{k}_{i}" for i in range(len(inputs))]
        self.checks += [
            f"{''.join(f'{x}, ' for x in inputs)}= n{k}._args",
            f"{''.join(f'{x}, ' for x in arrays)}= n{k}._arrays",
        ]
        if wrong:
            self.checks.append(f"if {' or '.join(wrong)}: return None")

    def step(self, node: Any) -> None:
        """What a node hands on."""
        k, op = self.numbers[node], node.op
        params = f", **n{k}._params" if node._params else ""
        arrays = "".join(f", p{k}_{i}" for i in range(len(node._args)))
        given = f"(g{k}, n{k}._data{arrays}{params})"
        if op.joint is not None:
            self.bound["joint"] = op.joint
            self.steps.append(f"carried = joint{given}")
        for i, x in _edges(node, self.ends):
            m, p = self.numbers[x], f"p{k}_{i}"
            again = x in self.reached
            c = "c" if again else f"g{m}"
            if op.joint is not None:
                self.steps.append(f"{c} = carried[{i}]")
            else:
                self.bound[f"v{k}_{i}"] = op.vjp_of(i)
                self.steps.append(f"{c} = v{k}_{i}{given}")
            if not op.exact:
                self.steps += [
                    f"if {c}.shape != {p}.shape: {c} = sum_to({c}, {p}.shape)",
                    f"if {c}.dtype is not {p}.dtype: {c} = typed({c}, {p}.dtype)",
                ]
            if again:
                self.steps += [
                    f"if s{m}: g{m} = g{m} + c; s{m} = False",
                    f"else: g{m} += c",
                    "del c",  # which would be in memory until the next sum
                ]
            elif self.uses[x] > 1 or x.op is None:
                self.reached[x] = None
                own = f"{c}.__class__ is ndarray and ({c}.base is None or is_own({c}))"
                self.steps.append(
                    f"s{m} = {'False' if op.exact else f'{c} is g{k} or not ({own})'}"
                )
        self.steps.append(f"del g{k}")

    def function(self) -> Any:
        """The code, as a function of the root, its cotangent and the ends."""
        for node in self.order:
            self.check(node)
        for node in self.order:
            self.step(node)
        serials = [f"n{self.numbers[node]}._serial" for node in self.order]
        leaves = [x for x in self.reached if x.op is None]
        numbers = [self.numbers[x] for x in leaves]
        if len(serials) > 1:
            self.checks.append(f"if not ({' > '.join(serials)}): return None")
        if len(leaves) > 1 and not self.ends:
            same = ", ".join(f"n{m}" for m in numbers)
            self.checks.append(f"if len({{{same}}}) < {len(leaves)}: return None")
        first = ["first = ends[0]._serial"] if self.ends else []
        found = []
        for x, m in zip(leaves, numbers, strict=True):
            # NumPy makes a number of the sum of two arrays without axes.
            own = f"asarray(g{m})" if self.uses[x] > 1 else f"g{m}"
            found.append(f"n{m}: array(g{m}) if s{m} else {own}")
        lines = [*first, *self.checks, *self.steps, f"return {{{', '.join(found)}}}"]
        source = "def walk(n0, g0, ends):\n" + "".join(f"    {line}\n" for line in lines)
        return defined(source, f"<walk {next(_walks)}>", self.bound)["walk"]
