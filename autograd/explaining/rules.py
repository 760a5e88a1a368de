"""Which rule a local derivative comes from, and its formula in the names of the graph.

Only the *names* of rules are here.  A formula comes from calling the rule of the operation
(``ops``) with terms instead of numbers, as in ``formulas``.
"""

from __future__ import annotations

from typing import Any

from autograd.explaining.paths import Edge
from autograd.formulas.terms import Term
from autograd.formulas.tidy import tidy
from autograd.node import Node

__all__ = ["derivative", "operation", "rule_name"]

# What lectures call the rules of these operations; any other is "the derivative of tanh".
_NAMES = {
    **dict.fromkeys(("add", "sub", "sum"), "sum rule"),
    **dict.fromkeys(("mul", "dot"), "product rule"),
    **dict.fromkeys(("div", "reciprocal"), "quotient rule"),
    **dict.fromkeys(("power", "square", "sqrt", "safe_power", "safe_sqrt"), "power rule"),
    "neg": "constant factor rule",
}


def rule_name(edge: Edge) -> str:
    """The name of the rule that an edge's local derivative comes from."""
    op, inputs = edge.node.op, edge.node.inputs
    if op.foreign:
        return f"the rule given for {op.name}"
    if op.kind in ("bilinear", "multilinear", "linear") and op.name not in _NAMES:
        return f"{op.name} is linear in it"
    constant = [position for position, x in enumerate(inputs) if not isinstance(x, Node)]
    if op.name == "mul" and constant:
        return "constant factor rule"
    if op.name == "div" and constant:
        return "constant factor rule" if constant == [1] else "quotient rule"
    if op.name == "power" and edge.position == 1:
        return "derivative of a power to its exponent"
    return _NAMES.get(op.name, f"derivative of {op.name}")


def _terms(node: Any, names: dict[Any, str]) -> list[Any]:
    """The inputs of a node as terms with their names; constants are numbers."""
    return [Term(names[x]) if isinstance(x, Node) else x for x in node.inputs]


def derivative(edge: Edge, names: dict[Any, str]) -> Any:
    """The formula of a local derivative, as a tidy term or a number; None if it has none.

    >>> from autograd import Value
    >>> from autograd.explaining.paths import between
    >>> a = Value(2.0)
    >>> y = a.tanh()
    >>> derivative(between(y, a)[y][0], {a: "a", y: "y"})
    1 - square(y)
    """
    op, position = edge.node.op, edge.position
    if op.foreign or op.kind == "selection" or not op.partials or callable(edge.local):
        return None
    inputs = _terms(edge.node, names)
    if op.kind == "reduction":  # one element of each sequence, and the rule of that sequence
        length = len(inputs) // len(op.partials)
        position, element = divmod(position, length)
        inputs = inputs[element::length]
    rule = op.partials[position]
    return tidy(rule(Term(names[edge.node]), *inputs)) if callable(rule) else rule


def operation(node: Any, names: dict[Any, str]) -> Term:
    """What a node computes, as a term."""
    settings = getattr(node, "_params", {})
    return Term._apply_primitive(node.op, tuple(_terms(node, names)), settings)
