"""An explanation as text, for a terminal or a note below a picture."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.explaining.contents import Contents, Path, why_none
from autograd.explaining.paths import Edge
from autograd.explaining.rules import derivative, operation, rule_name
from autograd.formulas.plain import plain
from autograd.node import raw
from autograd.viz.colours import number_text, plural

__all__ = [
    "MOST",
    "amount",
    "edges_of",
    "formula",
    "meaning",
    "partial",
    "parts",
    "pieces",
    "rest_text",
    "summary",
    "total",
    "write",
]

MOST = 20  # local derivatives that are listed
LONGEST = 9  # nodes of a path, or terms of a sum, that are written out; of others the two ends


def pieces(parts: list[str], joint: str) -> str:
    """Parts with a joint between them; of very many the first and the last."""
    if len(parts) > LONGEST:
        left_out = len(parts) - 5
        parts = [*parts[:3], f"… {left_out:,} more …", *parts[-2:]]
    return joint.join(parts)


def partial(edge: Edge, e: Contents) -> str:
    """``∂c/∂a``; if a is several inputs of c, which of them."""
    name = f"∂{e.names[edge.node]}/∂{e.names[edge.source]}"
    again = sum(x is edge.source for x in edge.node.inputs) > 1
    return f"{name} (input {edge.position + 1})" if again else name


def amount(x: Any, e: Contents) -> str:
    """A gradient, or a part of it: a number; of an array the norm, or the element explained."""
    return number_text(float(x[e.element])) if e.element is not None else size(x)


def size(x: Any) -> str:
    """A number, or the norm of an array."""
    return number_text(float(np.linalg.norm(x)) if np.ndim(x) else float(x))


def _factor(x: str) -> str:
    return f"({x})" if x.startswith("-") else x


def formula(edge: Edge, e: Contents) -> str:
    """``∂c/∂a = b = 3``, or for arrays the shapes that the linear map leads between."""
    left = partial(edge, e)
    if e.arrays:
        return f"{left}: {edge.node.shape} → {edge.source.shape}"
    term, number = derivative(edge, e.names), number_text(edge.local)
    middle = "" if term is None else plain(term)
    return f"{left} = {number}" if middle in ("", number) else f"{left} = {middle} = {number}"


def meaning(edge: Edge, e: Contents) -> tuple[str, str]:
    """The rule's name, and what it was applied to."""
    node = edge.node
    made = f"{e.names[node]} = {plain(operation(node, e.names))}"
    value = f", shape {node.shape}" if e.arrays else f" = {number_text(raw(node))}"
    return rule_name(edge), f"{made}{value}"


def edges_of(e: Contents) -> list[Edge]:
    """The edges of the paths, each once, in the order of the paths."""
    seen: dict[Any, Edge] = {}
    for path in e.paths:
        for edge in path.edges:
            seen.setdefault((edge.node, edge.position), edge)
    return list(seen.values())


def summary(e: Contents) -> str:
    """One sentence: the gradient, and how many paths it is the sum of."""
    root, leaf = e.names[e.root], e.names[e.leaf]
    at = "" if e.element is None else str(list(e.element))
    what = f"∂{root}/∂{leaf}{at}"
    norm = e.arrays and e.element is None and np.ndim(e.gradient)
    head = f"{f'‖{what}‖' if norm else what} = {amount(e.gradient, e)}"
    if not e.count:
        return f"{head}: there is no path from {leaf} to {root}. {why_none(e)}"
    if e.count == 1:
        return f"{head}: one path leads from {leaf} to {root}."
    of = "each of which carries an array" if e.arrays else "of the products of local derivatives"
    return f"{head}: the sum over {plural(e.count, 'path')} from {leaf} to {root}, {of}."


def parts(path: Path, e: Contents) -> tuple[str, str]:
    """``∂L/∂c · ∂c/∂a`` and ``1 × 3``, the root first, as it is multiplied.

    Of arrays nothing, and the norms of what arrives at each node.
    """
    edges = path.edges[::-1]
    if e.arrays:
        arriving = zip(path.nodes[::-1], path.carried[::-1], strict=True)
        return "", pieces([f"{e.names[node]} {size(x)}" for node, x in arriving], " → ")
    if not edges:
        return f"∂{e.names[e.root]}/∂{e.names[e.root]}", "1"
    return (
        pieces([partial(edge, e) for edge in edges], " · "),
        pieces([_factor(number_text(edge.local)) for edge in edges], " × "),
    )


def chain(path: Path, e: Contents) -> str:
    """``∂L/∂c · ∂c/∂a = 1 × 3 = 3``; of arrays the norms."""
    names, numbers = parts(path, e)
    product = amount(path.product, e)
    if e.arrays:
        end = "" if e.element is None else f"; there, at {list(e.element)}: {product}"
        return f"norm of what arrives: {numbers}{end}"
    return f"{names} = {numbers}" + (f" = {product}" if len(path.edges) > 1 else "")


def rest_text(e: Contents) -> str:
    """What is not written out, and by what the others were chosen."""
    more = plural(e.count - len(e.paths), "path")
    which = "shortest" if e.arrays else "largest"
    return f"not written out: {more}; shown are the {len(e.paths)} {which}"


def total(e: Contents) -> str:
    """``3 + 1 = 4``"""
    if e.arrays and e.element is None:
        return f"an array with the norm {amount(e.gradient, e)}"
    terms = [amount(path.product, e) for path in e.paths]
    more = e.count > len(e.paths)
    text = pieces(terms, " + ") + (f" + {amount(e.rest, e)} (the rest)" if more else "")
    return f"{text} = {amount(e.gradient, e)}".replace("+ -", "− ")


def write(e: Contents) -> str:
    """The text: a summary, the paths, their sum, the local derivatives."""
    lines = [summary(e)]
    for number, path in enumerate(e.paths, 1):
        way = pieces([e.names[node] for node in path.nodes], " → ")
        lines += [""] * (number == 1) + [f"{number}. {way}", f"   {chain(path, e)}"]
    if e.count > len(e.paths):
        lines += [f"   ({rest_text(e)})"]
    if e.count > 1:
        lines += ["", f"sum: {total(e)}"]
    edges = edges_of(e)
    if edges:
        lines += ["", "linear maps:" if e.arrays else "local derivatives:"]
        formulas = [formula(edge, e) for edge in edges[:MOST]]
        width = max(map(len, formulas))
        for left, edge in zip(formulas, edges, strict=False):
            lines.append(f"   {left:<{width}}    {', '.join(meaning(edge, e))}")
        if len(edges) > MOST:
            lines.append(f"   … {len(edges) - MOST:,} more …")
    return "\n".join(lines)
