"""A report of a training in one HTML file: what was asked, what came out, and the pictures.

Everything is in the file, pictures included, so that it can be sent and opened anywhere; there are
no scripts in it.
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

__all__ = ["page", "picture"]

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
       color: #1a1a1a; background: #fff; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
table { border-collapse: collapse; } th { text-align: left; font-weight: 600; }
th, td { padding: .2rem 1.2rem .2rem 0; vertical-align: top; }
img { max-width: 100%; height: auto; } figure { margin: 0; }
figcaption { color: #555; max-width: 46rem; }
"""


def picture(plot: Callable[[Any], Any]) -> bytes:
    """What ``plot(ax)`` draws, as PNG; needs matplotlib."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.2), layout="constrained")
    plot(figure.add_subplot())
    content = io.BytesIO()
    figure.savefig(content, dpi=150, format="png")
    return content.getvalue()


def page(
    title: str,
    facts: Mapping[str, Any],
    notes: Sequence[str],
    pictures: Sequence[tuple[str, bytes, str]],
) -> str:
    """The page as text.

    Args:
        title: its heading.
        facts: a table of names and what belongs to them.
        notes: warnings, a paragraph each; with none, it says so.
        pictures: heading, PNG or SVG, and caption of each.
    """
    rows = "\n".join(
        f"<tr><th>{html.escape(name)}</th><td>{html.escape(str(fact))}</td></tr>"
        for name, fact in facts.items()
    )
    parts = [f"<h1>{html.escape(title)}</h1>", f"<table>\n{rows}\n</table>"]
    if notes:
        parts.append("<h2>Warnings</h2>")
        parts += [f"<p>{html.escape(note)}</p>" for note in notes]
    for heading, content, caption in pictures:
        kind = "png" if content.startswith(b"\x89PNG") else "svg+xml"
        data = base64.b64encode(content).decode()
        parts.append(
            f"<h2>{html.escape(heading)}</h2>\n<figure>"
            f'<img alt="{html.escape(heading)}" src="data:image/{kind};base64,{data}">'
            f"<figcaption>{html.escape(caption)}</figcaption></figure>"
        )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{html.escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )
