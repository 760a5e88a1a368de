"""Terms as one line of text: how derivatives look on a terminal.

>>> x, out = Term("x"), Term("out")
>>> plain(tidy(1 - out * out)), plain(tidy(-x / out / out))
('1 - out²', '-x / out²')
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.formulas.terms import COMPARISONS, Term, code_of_index, is_condition
from autograd.formulas.tidy import tidy
from autograd.node import raw

__all__ = ["plain", "tidy"]

# How tightly a formula holds together, as in ``latex.py``.
CASES, SUM, PRODUCT, POWER, ATOM = range(5)

_SIGNS = {"add": (" + ", SUM, SUM), "sub": (" - ", SUM, PRODUCT), "mul": (" · ", PRODUCT, PRODUCT),
          "div": (" / ", PRODUCT, POWER), "power": ("^", ATOM, ATOM),
          "matmul": (" @ ", POWER, POWER)}  # fmt: skip
_RELATIONS = dict(zip(COMPARISONS, (">", "≥", "<", "≤", "=", "≠"), strict=True))
_MOST = 4  # arguments of a function that are shown


def plain(term: Any) -> str:
    """The text of a term or a number, as it is.

    >>> x, y = Term("x"), Term("y")
    >>> plain((x + y) * 2.0 / y), plain((x - y).exp())
    ('(x + y) · 2 / y', 'exp(x - y)')

    Of terms that stand for arrays the product of elements has a sign of its own:

    >>> from autograd import ops
    >>> w, h = Term("w", np.ones((3, 2))), Term("h", np.ones((4, 3)))
    >>> plain(ops.matmul(h * h, w)), plain(h.T[0] * 2.0), plain(ops.sum(h, axis=0))
    ('(h ⊙ h) @ w', '(hᵀ)[0] · 2', 'sum(h, axis=0)')
    """
    return _print(term)[0]


def _inside(x: Any, level: int) -> str:
    text, own = _print(x)
    return text if own >= level else f"({text})"


def _print(x: Any) -> tuple[str, int]:
    if not isinstance(x, Term):
        number = np.asarray(x, dtype=float)
        if number.ndim:
            return f"array{number.shape}", ATOM
        text = f"{float(number) + 0.0:.6g}"
        return text, SUM if text.startswith("-") else ATOM
    if x.op is None:
        return x.label, ATOM
    name, inputs = x.op.name, x.inputs
    if is_condition(x):
        return f"[{_condition(x)}]", ATOM
    if name in _SIGNS:
        sign, left, right = _SIGNS[name]
        # A product of matrices is in parentheses beside any other product.
        level = {"power": POWER, "matmul": SUM}.get(name, min(left, right))
        if name == "mul" and x.is_concrete and all(map(np.ndim, map(raw, inputs))):
            sign = " ⊙ "
        return f"{_inside(inputs[0], left)}{sign}{_inside(inputs[1], right)}", level
    if name == "neg":
        return f"-{_inside(inputs[0], PRODUCT)}", SUM
    if name == "square":
        return f"{_inside(inputs[0], ATOM)}²", POWER
    if name == "where":
        condition, then, otherwise = inputs
        return (
            f"{_inside(then, SUM)} if {_condition(condition)}, else {_print(otherwise)[0]}",
            CASES,
        )
    if name == "transpose" and _reverses(x.params.get("axes")):
        return f"{_inside(inputs[0], ATOM)}ᵀ", POWER
    if name == "getitem" and "index" in x.params:
        return f"{_inside(inputs[0], ATOM)}[{code_of_index(x.params['index'])}]", ATOM
    shown = [_print(i)[0] for i in inputs[:_MOST]] + ["…"] * (len(inputs) > _MOST)
    for key, value in x.params.items():
        if key == "index":
            shown.append(f"index=[{code_of_index(value)}]")
        elif _is_setting(value):
            shown.append(f"{key}={value!r}")
    return f"{name}({', '.join(shown)})", ATOM


def _reverses(axes: Any) -> bool:
    return axes is None or tuple(axes) == tuple(reversed(range(len(axes))))


def _is_setting(x: Any) -> bool:
    """Whether a setting is worth a word: an axis, a shape; not what is off, nor an object."""
    if isinstance(x, tuple):
        return all(isinstance(part, int) for part in x)
    return isinstance(x, int | float | str) and x is not False


def _condition(x: Any) -> str:
    if not is_condition(x):
        return f"{_inside(x, SUM)} ≠ 0"
    if x.op.name in _RELATIONS:
        return f"{_inside(x.inputs[0], SUM)} {_RELATIONS[x.op.name]} {_inside(x.inputs[1], SUM)}"
    word = " and " if x.op.name == "mul" else " or "
    return word.join(map(_condition, x.inputs))
