"""Finding the neurons: sums of products, however they were written, as the weighted sums they are.

    t1 = w0 * x0
    t2 = b + t1                 t1 = dot([w0, w1, w2], [x0, x1, x2])
    t3 = w1 * x1         =>     t2 = t1 + b
    t4 = t2 + t3
    t5 = w2 * x2
    t6 = t4 + t5

That is how ``sum((w * x for w, x in zip(ws, xs)), b)`` is computed.  Once it is seen that all
neurons of a layer are such sums over the same inputs, the layer is a product of a matrix with a
vector (``lanes.py``).  The terms are added in another order, so the last digits may differ.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from autograd import ops
from autograd.programs.equations import Equation, Var, variables

__all__ = ["weighted_sums"]


class _Product(NamedTuple):
    """A parameter times something else, which nothing but a sum uses."""

    weight: Any
    x: Any


class _Sum(NamedTuple):
    """A sum that only another sum uses; its terms in order."""

    terms: list[Any]


def weighted_sums(program: Any) -> Any:
    """A program of numbers in which sums of products with parameters are ``dot``.

    >>> from autograd import Value
    >>> from autograd.programs.tracing import trace
    >>> ws, b = [Value(0.5, label=f"w{i}") for i in range(3)], Value(1.0, label="b")
    >>> neuron = trace(lambda xs: sum((w * x for w, x in zip(ws, xs)), b), [1.0, 2.0, 3.0])
    >>> print(weighted_sums(neuron))
    program(xs0, xs1, xs2) with w0, b, w1, w2
        t1 = w0*xs0 + w1*xs1 + w2*xs2
        t2 = t1 + b
        return t2
    """
    uses = Counter(variables([*(e.args for e in program.equations), program.outputs]))
    inside: set[Var] = set()  # sums and products that only a sum uses
    for e in program.equations:
        if e.op in (ops.add, ops.sum):
            parts = (x for x in variables(e.args) if isinstance(x, Equation) and uses[x] == 1)
            inside.update(x for x in parts if x.op in (ops.add, ops.sum, ops.mul, ops.dot))

    def passed(write: Any) -> Any:
        def written(e: Equation, args: tuple[Any, ...]) -> Any:
            if e.op in (ops.add, ops.sum):
                terms = _terms(args[0] if e.op is ops.sum else args)
                return _Sum(terms) if e in inside else _as_dot(write, e, args, terms)
            if e in inside and e.op is ops.mul:
                for weight, x in (args, args[::-1]):
                    if _is_parameter(weight) and isinstance(x, Var) and not _is_parameter(x):
                        return _Product(weight, x)
            return write(e, args)

        return written

    return program.copied(passed)[0]


def _terms(args: Any) -> list[Any]:
    """The terms of a sum, with those of sums in it; the first list is taken over and grows."""
    terms: list[Any] = []
    for x in args:
        if isinstance(x, _Sum):
            if terms:
                terms.extend(x.terms)
            else:
                terms = x.terms
        else:
            terms.append(x)
    return terms


def _as_dot(write: Any, e: Equation, args: tuple[Any, ...], terms: list[Any]) -> Any:
    """A sum as a ``dot`` of its products, to which the other terms are added."""
    program = e.program
    products = [x for x in terms if isinstance(x, _Product)]
    if len(products) < 2:
        plain = [_multiplied(write, program, x) for x in terms]
        if e.op is ops.sum:
            return write(e, (tuple(plain),))
        total = plain[0]
        for x in plain[1:-1]:
            if isinstance(total, Var) or isinstance(x, Var):
                total = write(Equation(program, ops.add, (total, x)), (total, x))
            else:  # two constants
                total = total + x
        return write(e, (total, plain[-1]))
    weights, inputs = zip(*products, strict=True)
    others = [x for x in terms if not isinstance(x, _Product) and x != 0]
    last = Equation(program, ops.dot, (weights, inputs), name="" if others else e._name)
    total = write(last, last.args)
    for k, x in enumerate(others):
        name = e._name if k == len(others) - 1 else ""
        total = write(Equation(program, ops.add, (total, x), name=name), (total, x))
    return total


def _multiplied(write: Any, program: Any, x: Any) -> Any:
    """A product that is in no weighted sum after all."""
    return write(Equation(program, ops.mul, tuple(x)), tuple(x)) if isinstance(x, _Product) else x


def _is_parameter(x: Any) -> bool:
    return isinstance(x, Var) and x in x.program.parameters
