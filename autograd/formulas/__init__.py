r"""The formulas of operations and of their derivatives, as terms and as LaTeX.

>>> from autograd import ops
>>> print(latex_of(ops.tanh))
\tanh(x)
>>> print(latex_of(ops.tanh, 0))
\frac{\partial \mathrm{out}}{\partial x} = 1 - \mathrm{out}^2

No formula is written down here: derivatives come from calling the very rules with terms.
"""

from __future__ import annotations

from typing import Any

from autograd.errors import message
from autograd.formulas.latex import latex
from autograd.formulas.terms import Term, from_source
from autograd.formulas.tidy import tidy
from autograd.node import Primitive

__all__ = ["latex_of", "partial_terms", "value_term"]


def value_term(primitive: Primitive) -> Any:
    """What an elementwise primitive computes, as a tidy term; None for others."""
    return tidy(from_source(primitive.scalar)) if primitive.scalar else None


def partial_terms(primitive: Primitive) -> list[Any]:
    """What each rule says about the inputs and ``out``, as a tidy term; None where none flows."""
    names = input_names(primitive)
    inputs = [Term(name) for name in names]
    return [
        tidy(rule(Term("out"), *inputs)) if callable(rule) else rule for rule in primitive.partials
    ]


def input_names(primitive: Primitive) -> list[str]:
    """``x, y, z``; of a sequence one element, ``x_i``."""
    element = "" if primitive.scalar else "_i"
    return [name + element for name in "xyz"[: len(primitive.partials)]]


def latex_of(primitive: Primitive, index: int | None = None) -> str:
    r"""The formula of an elementwise primitive or a reduction, or of its partial to one input.

    Args:
        primitive: one whose derivatives are stated as partials.
        index: which input; None for what the primitive computes.

    Raises:
        ValueError: a primitive that is not stated element by element.

    >>> from autograd import ops
    >>> print(latex_of(ops.logsumexp, 0))
    \frac{\partial \mathrm{out}}{\partial x_i} = e^{x_i - \mathrm{out}}
    """
    if not primitive.partials or (index is None and not primitive.scalar):
        raise ValueError(
            message(
                "latex_of",
                expected="a primitive that is stated element by element",
                got=primitive.name,
                fix="Its rules are in docs/operations.md, traced at an example.",
            )
        )
    if index is None:
        return latex(value_term(primitive))
    partial = partial_terms(primitive)[index]
    name = input_names(primitive)[index]
    right = latex(0 if partial is None else partial)
    return rf"\frac{{\partial \mathrm{{out}}}}{{\partial {name}}} = {right}"
