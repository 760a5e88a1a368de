"""``explain(root, leaf)``: the gradient as a sum over paths.

The chain rule, for a graph: d root / d leaf is the sum, over all paths from the leaf to the root,
of the product of the local derivatives along the path.  Backpropagation computes this sum without
going through the paths, which would take exponential time; an explanation goes through them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.errors import message, shown
from autograd.explaining import mathematics, table, text
from autograd.explaining.contents import Contents
from autograd.node import Node
from autograd.viz.colours import plural

__all__ = ["Explanation", "explain"]


class Explanation(Contents):
    """A gradient as the sum over paths of products of local derivatives; see ``explain``.

    ``print`` shows it as text, a notebook as a table.

    Attributes:
        root: what was differentiated.
        leaf: to what.
        paths: those that are written out, the largest products first; of Tensors, the shortest
            paths first.
        count: how many there are.
        gradient: d root / d leaf, the sum over *all* paths.
        rest: the sum over the paths that are not written out; 0 if all are.
        names: of the nodes: the label, or v1, v2, ... in topological order.
        element: the element of the gradient that is explained; None for all of it.
    """

    @property
    def text(self) -> str:
        """The explanation in words and numbers."""
        return text.write(self)

    @property
    def latex(self) -> str:
        """The chain rule for this gradient, with symbols and then with numbers, in LaTeX."""
        return mathematics.write(self)

    def table(self) -> str:
        """The paths and the local derivatives as HTML tables, which need nothing else."""
        return table.write(self)

    def _repr_html_(self) -> str:
        return self.table()

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        root, leaf = self.names[self.root], self.names[self.leaf]
        return f"<Explanation of ∂{root}/∂{leaf}: {plural(self.count, 'path')}>"


def explain(
    root: Any, leaf: Any, *, limit: int = 10, element: tuple[int, ...] | None = None
) -> Explanation:
    """Why ``leaf.grad`` is what it is: all paths from ``leaf`` to ``root``, and what flows along.

    The chain rule: the gradient is the sum over the paths of the products of local derivatives.
    The graph and its gradients are not touched, and ``backward()`` need not have been called.

    Args:
        root: the node where the graph ends, e.g. a loss; of Tensors one with a single element.
        leaf: the node whose gradient is to be explained; it may also be an inner one.
        limit: how many paths are written out at most.  If there are more (their number grows
            exponentially with the depth) they are counted, and those with the largest products are
            shown, with the sum of the rest; of Tensors, the shortest.
        element: of Tensors, the index of one element of the gradient, e.g. ``(0, 2)``: then
            products are numbers instead of norms of arrays.

    Returns:
        An ``Explanation``: ``print`` it, or see its ``paths``, ``text``, ``latex`` and ``table()``.

    Raises:
        TypeError: ``root`` or ``leaf`` is no node, or one is a Value and the other a Tensor.
        ValueError: a ``limit`` below 1, a root of several elements, or no such element.

    >>> from autograd import Value
    >>> a, b = Value(2.0, label="a"), Value(3.0, label="b")
    >>> c = a * b; c.label = "c"
    >>> L = c + a; L.label = "L"
    >>> print(explain(L, a))
    ∂L/∂a = 4: the sum over 2 paths from a to L, of the products of local derivatives.
    <BLANKLINE>
    1. a → c → L
       ∂L/∂c · ∂c/∂a = 1 × 3 = 3
    2. a → L
       ∂L/∂a = 1
    <BLANKLINE>
    sum: 3 + 1 = 4
    <BLANKLINE>
    local derivatives:
       ∂c/∂a = b = 3    product rule, c = a · b = 6
       ∂L/∂c = 1        sum rule, L = c + a = 8
       ∂L/∂a = 1        sum rule, L = c + a = 8

    Backpropagation has the same sum without going through the paths: it goes through the nodes,
    each when it is complete, which takes a *topological order*.  The smallest example where it
    matters; what is passed on too early is passed on again:

    >>> a = Value(1.0, label="a")
    >>> b = a + a
    >>> c = b + b
    >>> def careless(node, grad):  # goes on from an input as soon as something arrives there
    ...     for source, local in node.edges:
    ...         grad[source] = grad.get(source, 0.0) + local * grad[node]
    ...         careless(source, grad)
    ...     return grad
    >>> careless(c, {c: 1.0})[a], explain(c, a).gradient, explain(c, a).count
    (6.0, 4.0, 4)
    """
    _check(root, leaf, limit)
    if hasattr(root, "requires_grad"):
        _check_arrays(root, leaf, element)
    elif element is not None:
        raise _fails("element", "None for Values, which have no elements", element, "Leave it out.")
    return Explanation(root, leaf, limit, element)


def _fails(what: str, expected: str, got: Any, fix: str, kind: type = ValueError) -> Exception:
    text = message(f"explain: {what}", expected=expected, got=shown(got), fix=fix)
    error: Exception = kind(text)
    return error


def _check(root: Any, leaf: Any, limit: Any) -> None:
    for what, thing in (("root", root), ("leaf", leaf)):
        if not isinstance(thing, Node):
            fix = "Write explain(loss, w) with the result of a computation and what it came from."
            raise _fails(what, "a node, such as a Value", thing, fix, TypeError)
    if hasattr(root, "requires_grad") != hasattr(leaf, "requires_grad"):
        fix = (
            "Take both from one graph.  Inside of a call of a compiled function there are no nodes:"
            " explain what the function itself gives."
        )
        raise _fails("leaf", f"a {type(root).__name__}, as the root is", leaf, fix, TypeError)
    if isinstance(limit, bool) or not isinstance(limit, int | np.integer) or limit < 1:
        raise _fails("limit", "a whole number of at least 1", limit, "The default is 10.")


def _check_arrays(root: Any, leaf: Any, element: Any) -> None:
    if root.size != 1:
        fix = "Explain one number, e.g. root.sum() or root[0]."
        raise _fails("root", "a single number", root, fix)
    if element is None:
        return
    try:
        one = np.empty(leaf.shape)[element]
    except (IndexError, TypeError):
        one = None
    if not isinstance(element, tuple) or np.ndim(one) or one is None:
        fix = "Leave it out to explain all of the gradient."
        raise _fails("element", f"an index into the shape {leaf.shape}", element, fix)
