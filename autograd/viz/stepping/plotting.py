"""Frames with matplotlib, for PNG, PDF and films: ``viz.plotting`` draws the boxes, this the rest.

What is not known yet at a step is left out of the rows; formulas are set by matplotlib's mathtext.
"""

from __future__ import annotations

import copy
import dataclasses
import re
from collections.abc import Iterator
from typing import Any

from autograd.viz import plotting
from autograd.viz.boxes import Box, Edge, Row, Scene, printable
from autograd.viz.colours import THEMES
from autograd.viz.plotting import DPI
from autograd.viz.shapes import LABEL_INK, line_and_arrow
from autograd.viz.stepping.frames import CELL, INK, WORDS_AT, Piece, middle, pieces, size
from autograd.viz.stepping.layers import NARROW, STATIC, WIDE, Play
from autograd.viz.stepping.tokens import Token, plain
from autograd.viz.tex import GREEK

__all__ = ["DPI", "figures", "mathtext"]

SIGNS = {"×": r"\times", "·": r"\cdot", "→": r"\rightarrow", "+=": r"\ {+}\!{=}\ ", "−": "-",
         "÷": r"\div", "≥": r"\geq", "≤": r"\leq", "≠": r"\neq", ";": r";\quad", ",": r",\ ",
         "…": r"\ldots", "⊙": r"\odot", "@": r"\ @\ "}  # fmt: skip
WORD = re.compile(r"[^\\{}$^#%&~\x00-\x1f\x7f-\x9f\ud800-\udfff]+")  # no sign of TeX's
LOW = str.maketrans("₀₁₂₃₄₅₆₇₈₉₍₎", "0123456789()")
HIGH = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def figures(play: Play) -> Iterator[Any]:
    """A ``matplotlib.figure.Figure`` for each step, one after the other.

    Raises:
        ImportError: matplotlib is not installed.
    """
    bare, page = _bare(play), size(play)
    for step in range(len(play.captions)):
        picture = plotting.figure(bare, theme=play.theme, size=page)
        _draw(picture.axes[0], play, step)
        yield picture


def _bare(play: Play) -> Scene:
    """The boxes with their names only, and room below for the caption."""
    scene = copy.copy(play.scene)
    scene.height = size(play)[1]
    scene.boxes = [
        dataclasses.replace(
            box,
            rows=[r if r.role in STATIC else Row("note", " " * len(r.text)) for r in box.rows],
        )
        for box in scene.boxes
    ]
    scene.edges = [dataclasses.replace(edge, label="") for edge in scene.edges]
    return scene


def _draw(ax: Any, play: Play, step: int) -> None:
    """What there is at a step, and what is said."""
    theme = THEMES[play.theme]
    inks = {"value": theme.ink, "grad": theme.grad, "local": theme.local}
    ground = {"facecolor": theme.page, "edgecolor": "none", "pad": 1}
    mono = {"va": "baseline", "family": "DejaVu Sans Mono", "parse_math": False}
    for layer in play.layers:
        if not layer.there(step):
            continue
        for index, thing in enumerate(layer.things):
            colour = theme.strokes["p" if layer.kind == "forward" else "m"]
            gives = layer.kind == "backward" and index == 2
            _mark(ax, thing, colour, NARROW if gives else WIDE)
        if layer.kind == "local":
            style = {"color": inks["local"], "fontsize": 11, "ha": "center", "bbox": ground}
            x, y = layer.at
            ax.text(x, y + LABEL_INK, layer.text, **style, **mono)
        elif layer.text:
            ax.text(*layer.at, layer.text, color=inks[layer.kind], fontsize=12, **mono)
    caption, centre, below = play.captions[step], play.scene.width / 2, play.scene.height
    ax.text(centre, below + WORDS_AT, printable(caption.words), color=theme.faint, fontsize=13,
            family="DejaVu Sans", parse_math=False, ha="center", va="baseline")  # fmt: skip
    line = below + middle(play)
    for piece in pieces(caption.formula):
        x = centre + piece.x
        if piece.rows:
            _array(ax, piece, x, line, theme.ink, mono)
            continue
        formula = mathtext(piece.tokens)
        ax.text(x, line + INK, formula or printable(plain(piece.tokens)),
                fontsize=17 if formula else 14, color=theme.ink, math_fontfamily="cm",
                parse_math=bool(formula), va="baseline",
                ha={"middle": "center", "end": "right"}[piece.anchor])  # fmt: skip


def _array(ax: Any, piece: Piece, x: float, y: float, ink: str, mono: dict[str, Any]) -> None:
    """The numbers in brackets around a point."""
    half, side = CELL * len(piece.rows) / 2, piece.width / 2
    for sign in (-1, 1):
        outer, inner = x + sign * side, x + sign * (side - 3)
        ax.plot([inner, outer, outer, inner], [y - half, y - half, y + half, y + half],
                color=ink, linewidth=1.2)  # fmt: skip
    for index, row in enumerate(piece.rows):
        below = y - half + CELL * index + 11
        ax.text(x, below, row, color=ink, fontsize=12, ha="center", **mono)


def _mark(ax: Any, thing: Box | Edge, colour: str, width: float) -> None:
    from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon
    from matplotlib.path import Path

    line: Any = {"facecolor": "none", "edgecolor": colour, "linewidth": width}
    if isinstance(thing, Box):
        corner = thing.x - thing.width / 2, thing.y - thing.height / 2
        rounded = "round,pad=0,rounding_size=6"
        ax.add_patch(FancyBboxPatch(corner, thing.width, thing.height, rounded, **line))
    else:
        points, head = line_and_arrow(thing)
        codes = [Path.MOVETO, *[Path.CURVE4] * (len(points) - 1)]
        ax.add_patch(PathPatch(Path(points, codes), capstyle="butt", **line))
        ax.add_patch(Polygon(head, facecolor=colour, edgecolor="none"))


def mathtext(formula: list[Token]) -> str:
    r"""The formula for matplotlib's mathtext; empty if a name in it is not of letters and digits.

    >>> print(mathtext([Token("fraction", "∂L", "∂v₁₂"), Token("number", "(−2·10⁻⁷)")]))
    $\dfrac{\partial L}{\partial v_{12}} {(-2\cdot 10^{-7})}$
    >>> print(mathtext([Token("name", "θ₁"), Token("sign", "×"), Token("name", "λ")]))
    $\theta _{1} \times \lambda $
    """
    parts: list[str] = []
    for before, token in zip(["", *(token.kind for token in formula)], formula, strict=False):
        if (before, token.kind) in (("word", "number"), ("name", "word")) and token.text[0] != "[":
            parts.append(r"\ ")
        if token.kind in ("name", "fraction"):
            names = [_name(name.lstrip("∂")) for name in (token.text, token.under) if name]
            if not all(names):
                return ""
            above_under = "".join(rf"{{\partial {name}}}" for name in names)
            parts.append(rf"\dfrac{above_under}" if token.kind == "fraction" else names[0])
        elif token.kind == "word":
            if not WORD.fullmatch(token.text):
                return ""  # the name of a user's function may be anything
            parts.append(rf"\mathrm{{{token.text}}}".replace("_", r"\_").replace(" ", r"\ "))
        elif token.kind == "sign":
            parts.append(SIGNS.get(token.text, token.text))
        else:
            text = _number(token.text)
            parts.append(f"{parts.pop()}^{{{text}}}" if token.kind == "power" else text)
    return f"${' '.join(parts)}$" if parts else ""


def _name(name: str) -> str:
    found = re.fullmatch(rf"([A-Za-z]+|[{''.join(GREEK)}])_?(\d*[₀-₉]*(?:₍[₀-₉]+₎)?)", name)
    if not found:
        return ""
    letters = rf"\mathit{{{found[1]}}}" if len(found[1]) > 1 else found[1]
    letters = rf"\{GREEK[letters]} " if letters in GREEK else letters
    return letters + (f"_{{{found[2].translate(LOW)}}}" if found[2] else "")


def _number(text: str) -> str:
    digits = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+", lambda m: f"^{{{m[0].translate(HIGH)}}}", text)
    words = digits.replace("−", "-").replace("·", r"\cdot ").replace("∞", r"\infty")
    words = words.replace("NaN", r"\mathrm{NaN}")
    return f"{{{words}}}"  # in braces a minus is a sign, and not an operation
