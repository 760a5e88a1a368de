"""A name for every node of a graph, as text and in LaTeX.

A label is the name; a node without one is v1, v2, ... in topological order of the whole graph, so
that a node has the same name in every explanation of one root.  Two nodes never share a name.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from autograd.sweep import topological_order
from autograd.viz.boxes import shortened
from autograd.viz.tex import GREEK

__all__ = ["latex_name", "name_beside", "names_of"]


def names_of(root: Any) -> dict[Any, str]:
    """The name of each node that ``root`` was computed from.

    >>> from autograd import Value
    >>> a, b = Value(2.0, label="a"), Value(3.0)
    >>> list(names_of((a * b).exp()).values())
    ['a', 'v1', 'v2', 'v3']
    """
    order = topological_order(root, everything=True)
    labels = {node: shortened(str(node.label)) for node in order}
    taken = set(labels.values())
    names: dict[Any, str] = {}
    used: dict[str, int] = {}
    number = 0
    for node in order:
        name = labels[node]
        if not name:
            number += 1
            while f"v{number}" in taken:
                number += 1
            names[node] = f"v{number}"
            continue
        again = used[name] = used.get(name, 0) + 1
        while again > 1 and f"{name} ({again})" in taken:
            again = used[name] = again + 1
        names[node] = name if again == 1 else f"{name} ({again})"
    return names


def name_beside(node: Any, names: dict[Any, str]) -> str:
    """A name for a node of another graph, which none of these has.

    >>> from autograd import Value
    >>> a = Value(2.0, label="a")
    >>> name_beside(Value(3.0, label="a"), names_of(a)), name_beside(Value(4.0), names_of(a))
    ('another a', 'the leaf')
    """
    name = shortened(str(node.label)) or "the leaf"
    while name in names.values():
        name = f"another {name}"
    return name


# What has a meaning for TeX, as LaTeX, MathJax and KaTeX write it in a formula (in text MathJax
# knows no commands); and by commands, what has one for Markdown or HTML.  matplotlib has no ``\&``.
_SIGNS = {c: f"\\{c}" for c in "$&#%_"} | {
    "\\": r"{\backslash}", "{": r"{\lbrace}", "}": r"{\rbrace}", "^": r"\hat{\ }", "~": r"{\sim}",
    "<": "{<}", ">": "{>}", "`": r"\grave{\ }", "*": r"{\ast}", "|": r"{\vert}",
}  # fmt: skip
_INDEXED = re.compile(r"(.)(?:_?(\d+|[₀-₉]+)|_([^\W_]+)|_\{([^\W_]+)\})")


def latex_name(name: str) -> str:
    r"""A name in LaTeX, whatever it is made of; one letter may have an index.

    >>> print(latex_name("a"), latex_name("v12"), latex_name("loss"), latex_name("w[0] of $x_1"))
    a v_{12} \mathrm{loss} {\text{w[0] of }\$\text{x}\_\text{1}}
    >>> print(latex_name("α"), latex_name("x₁₂"), latex_name("y_hat"), latex_name("b_{1}"))
    \alpha x_{12} y_{\mathrm{hat}} b_{1}
    """
    if len(name) == 1 and name.isalpha():
        return f"\\{GREEK[name]}" if name in GREEK else name
    indexed = _INDEXED.fullmatch(name)
    if indexed and (indexed[1] in GREEK or re.match("[A-Za-z]", name)):
        letter, number, word, braced = indexed.groups("")
        index = unicodedata.normalize("NFKC", number) or word or braced
        below = index if index.isdecimal() else latex_name(index)
        return f"{latex_name(letter)}_{{{below}}}"
    if re.fullmatch(r"[A-Za-z]+", name):
        return rf"\mathrm{{{name}}}"
    pieces = re.split(r"([\\{}$&#%^_~<>`*|])", name)
    parts = [_SIGNS.get(piece) or rf"\text{{{piece}}}" for piece in pieces if piece]
    return parts[0] if len(parts) == 1 else f"{{{''.join(parts)}}}"
