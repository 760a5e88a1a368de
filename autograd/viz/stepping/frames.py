"""Pictures of single steps, with what is said at them: for slides, one after the other.

Every frame has the same size and every box the same place, so that nothing jumps when one slide
follows another.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from autograd.viz.boxes import CHAR
from autograd.viz.colours import THEMES
from autograd.viz.stepping.arrays import padded
from autograd.viz.stepping.layers import Play, document, svg_of
from autograd.viz.stepping.tokens import Token, plain, tspans
from autograd.viz.svg import n, xml_text

__all__ = ["CELL", "INK", "WORDS_AT", "Piece", "captioned", "frame", "higher", "middle", "pieces",
           "said", "size"]  # fmt: skip

CAPTION = 64  # the height of the two lines below the picture; an array makes the second higher
WORDS_AT, MIDDLE = 13, 39  # the base line of the first, and the middle of the second
INK = 6  # from there down to its base line
WORDS, FORMULA = 6.9, 8.4  # widths of a character of the two lines; wide enough for any font
CELL, BRACKET, BESIDE = 15, 6, 8  # a row of an array, its brackets, the space around them


class Piece(NamedTuple):
    """A part of a formula's line: an array, or what stands between two of them.

    Attributes:
        tokens: one array, or what is no array.
        x: the middle of its place; of a text before the first array the end.
        anchor: "middle" or "end", as in SVG.
        width: of its place; an array fills it, a text may be shorter.
        rows: those of an array, column under column.
    """

    tokens: list[Token]
    x: float
    anchor: str
    width: float
    rows: list[str]


def pieces(formula: list[Token]) -> list[Piece]:
    """The pieces of a line around x = 0."""
    runs: list[list[Token]] = []
    for token in formula:
        if not runs or token.rows or runs[-1][0].rows:
            runs.append([])
        runs[-1].append(token)
    x = 0.0
    found: list[Piece] = []
    for run in runs:
        rows = padded(run[0].rows)
        width = len(rows[0]) * CHAR + 2 * BRACKET if rows else len(plain(run)) * FORMULA
        first = len(runs) > 1 and not found and not rows
        at, anchor = (width, "end") if first else (x + width / 2, "middle")
        found.append(Piece(run, at, anchor, width, rows))
        x += width + BESIDE
    return [piece._replace(x=piece.x - (x - BESIDE) / 2) for piece in found]


def higher(play: Play) -> int:
    """How much higher the second line is than one of text."""
    rows = max((len(token.rows) for c in play.captions for token in c.formula), default=0)
    return max(0, rows - 2) * CELL


def middle(play: Play) -> float:
    """Where the middle of the formulas' line is, below the picture."""
    return MIDDLE + higher(play) / 2


def size(play: Play) -> tuple[float, float]:
    """Width and height of every frame: the picture, and room for the longest caption."""
    longest = 0.0
    for caption in play.captions:
        line = pieces(caption.formula)
        formula = line[-1].x + line[-1].width / 2 if line else 0.0
        longest = max(longest, len(caption.words) * WORDS, 2 * formula)
    return max(play.scene.width, longest + 16), play.scene.height + CAPTION + higher(play)


def said(play: Play, step: int, timed: bool = False) -> str:
    """The caption of a step as SVG."""

    def at(below: float, x: float = 0.0) -> str:
        return f'x="{n(play.scene.width / 2 + x)}" y="{n(play.scene.height + below)}"'

    caption, line = play.captions[step], middle(play)
    times = f'class="m caption" style="--a:{step}"' if timed else 'class="caption"'
    parts = [f'<text class="words" {at(WORDS_AT)}>{xml_text(caption.words)}</text>']
    for piece in pieces(caption.formula):
        if not piece.rows:
            end = ' style="text-anchor:end"' if piece.anchor == "end" else ""
            place = at(line + INK, piece.x)
            parts.append(f'<text class="formula" {place}{end}>{tspans(piece.tokens)}</text>')
            continue
        left, top = piece.x - piece.width / 2 + BRACKET, line - CELL * len(piece.rows) / 2
        parts.append(_brackets(play, piece, line))
        for index, row in enumerate(piece.rows):
            parts.append(f"<text {at(top + CELL * index + 11, left)}>{xml_text(row)}</text>")
    return f"<g {times}>{''.join(parts)}</g>"


def _brackets(play: Play, piece: Piece, line: float) -> str:
    x, y = play.scene.width / 2 + piece.x, play.scene.height + line
    half = CELL * len(piece.rows) / 2
    lines = "".join(
        f"M{n(x + side * (piece.width / 2 - 4))} {n(y - half)}q{side * 4} 0 {side * 4} 5"
        f"v{n(2 * half - 10)}q0 5 {side * -4} 5"
        for side in (-1, 1)
    )
    return f'<path class="k" d="{lines}"/>'


def captioned(play: Play, parts: list[str], style: str = "") -> str:
    """An SVG document of the parts that are seen, with room for a caption."""
    own = f"""
.words,.formula{{text-anchor:middle}}
.words{{font:13px system-ui,-apple-system,'Segoe UI',sans-serif;fill:{THEMES[play.theme].faint}}}
.formula{{font:17px 'Latin Modern Roman','STIX Two Text',Cambria,'Times New Roman',serif;
white-space:pre}}
.v{{font-style:italic}}
.p{{font-size:11px}}
"""
    if any(token.rows for caption in play.captions for token in caption.formula):
        own += f"path.k{{stroke:{THEMES[play.theme].ink};stroke-width:1.2}}\n"
    svg = document(play, parts, own + style, size(play))
    # Not every program that shows a slide reads var() and white-space: they find a plain colour
    # before each, and an attribute.
    svg = re.sub(r"([\w-]+):var\(--[kw],([^)]*)\)", r"\1:\2;\g<0>", svg)
    return svg.replace("<svg", '<svg xml:space="preserve"', 1)


def frame(play: Play, step: int) -> str:
    """The picture of one step as an SVG document."""
    there = [svg_of(layer) for layer in play.layers if layer.there(step)]
    name = f"Step {step} of {len(play.captions) - 1}. {play.captions[step].said()}"
    return captioned(play._replace(name=name), [*there, said(play, step)])
