"""An explanation as two HTML tables: the paths with their products, and the local derivatives.

No script and no style sheet, so that it looks the same in a notebook that was opened again without
being run, and takes the colours of the page it stands on.
"""

from __future__ import annotations

import html

from autograd.explaining.contents import Contents
from autograd.explaining.text import (
    MOST,
    amount,
    edges_of,
    formula,
    meaning,
    parts,
    pieces,
    rest_text,
    summary,
)

__all__ = ["write"]

_CELL = "text-align:left;padding:2px 12px;vertical-align:top"
_NUMBER = "text-align:right;padding:2px 12px;vertical-align:top;font-variant-numeric:tabular-nums"


def write(e: Contents) -> str:
    """The summary and the tables, in one ``<div>``."""
    blocks = [f"<p>{html.escape(summary(e))}</p>"]
    if e.paths:
        blocks.append(_paths(e))
    edges = edges_of(e)
    if edges:
        rows = [_row([formula(edge, e), *meaning(edge, e)]) for edge in edges[:MOST]]
        if len(edges) > MOST:
            rows.append(_row([f"… {len(edges) - MOST:,} more …", "", ""]))
        what = "linear map" if e.arrays else "local derivative"
        blocks.append(_table([what, "rule", "of"], rows))
    return '<div class="explanation">' + "".join(blocks) + "</div>"


def _paths(e: Contents) -> str:
    head = ["", "path", "norm of what arrives" if e.arrays else "local derivatives", "norm"]
    if not e.arrays:
        head[-1] = "product"
    elif e.element is not None:
        head[-1] = f"at {list(e.element)}"
    rows = []
    for number, path in enumerate(e.paths, 1):
        way = pieces([e.names[node] for node in path.nodes], " → ")
        names, numbers = parts(path, e)
        rows.append(_row([str(number), way, f"{names}\n= {numbers}" if names else numbers,
                          amount(path.product, e)], last=True))  # fmt: skip
    if e.count > len(e.paths):
        rows.append(_row(["", "", rest_text(e), amount(e.rest, e)], last=True))
    if e.count > 1:
        of = "norm of the sum" if e.arrays and e.element is None else "sum"
        rows.append(_row(["", "", of, amount(e.gradient, e)], last=True, strong=True))
    return _table(head, rows)


def _row(cells: list[str], last: bool = False, strong: bool = False) -> str:
    """Escaped cells; the last one may be a number."""
    found = []
    for index, cell in enumerate(cells):
        style = _NUMBER if last and index == len(cells) - 1 else _CELL
        text = html.escape(cell).replace("\n", "<br>")
        found.append(f'<td style="{style}">{f"<b>{text}</b>" if strong else text}</td>')
    return f"<tr>{''.join(found)}</tr>"


def _table(head: list[str], rows: list[str]) -> str:
    titles = "".join(f'<th scope="col" style="{_CELL}">{html.escape(text)}</th>' for text in head)
    body = "".join(rows)
    return f"<table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>"
