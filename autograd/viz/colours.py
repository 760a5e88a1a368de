"""What numbers look like in a picture: as digits, and as colours.

Colour means one thing: the *hue* is the sign (blue for positive, orange for negative, which every
kind of colour vision tells apart), the *strength* is the magnitude, on a logarithmic scale, because
gradients differ by factors.  What is no ordinary number has a look of its own: a gradient that *is*
zero, one that is *not computed* yet, one that was computed and *not kept*, a place where *no
gradient flows*, and *NaN or infinity*.
The size of an array has no sign, and a hue of its own (purple).

A ``Theme`` says which colours these are on a page; every writer of pictures asks it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

__all__ = [
    "ABSENT",
    "CLOSED",
    "KINDS",
    "LEVELS",
    "NO_NUMBER",
    "NUMBER_LOOKS",
    "PALE",
    "THEMES",
    "Look",
    "Number",
    "Scale",
    "Theme",
    "contrast",
    "number_text",
    "plural",
]

LEVELS = 5  # strengths that an eye can tell apart
DECADES = 8  # that a scale spans at most: what is smaller has the weakest colour
KINDS = ("leaf", "op", "group", "constant", "more", "result")  # of boxes


def number_text(x: float) -> str:
    """A number in a picture: four digits, and never a small one rounded to zero.

    >>> number_text(0.5), number_text(-1234.567), number_text(3.14e-6), number_text(0.0)
    ('0.5', '-1235', '3.14e-06', '0')
    """
    return f"{x + 0.0:.4g}"  # + 0.0 makes 0 of -0.0


def plural(number: int, thing: str) -> str:
    """A number of things: ``1 path``, ``1,152,921 paths``, ``about 10^30102 paths``.

    >>> plural(1, "leaf"), plural(1000, "leaf"), plural(2**1000, "path")
    ('1 leaf', '1,000 leaves', 'about 10^301 paths')
    """
    things = thing.replace("leaf", "leave") + ("es" if thing.endswith("x") else "s")
    if number.bit_length() > 100:
        return f"about 10^{math.log10(number):.0f} {things}"
    return f"{number:,} {thing if number == 1 else things}"


class Number(NamedTuple):
    """A number that a box or an edge stands for, or why there is none.

    Attributes:
        value: the number; of an array its norm; None if there is none.
        missing: "not computed" (yet), "not kept" (by an inner tensor), "no flow" (no gradient
            ever flows here), or "" for what cannot have one, such as the gradient of a constant.
        signed: False for a norm.
    """

    value: float | None
    missing: str = ""
    signed: bool = True


NO_NUMBER = Number(None)
CLOSED = Number(None, "no flow")
ABSENT = {"not computed": "absent", "not kept": "dropped", "no flow": "closed"}
# The dashes of boxes and of lines without an ordinary number.
_EMPTY: dict[str, tuple[tuple[float, ...], tuple[float, ...]]] = {
    "zero": ((), (1.0, 3.0)),
    "absent": ((2.0, 3.0), (4.0, 4.0)),
    "dropped": ((8.0, 3.0, 2.0, 3.0), (8.0, 3.0, 2.0, 3.0)),
    "closed": ((1.0, 6.0), (1.0, 8.0)),
}
_STRENGTHS = [f"{hue}{level}" for hue in "pmu" for level in range(1, LEVELS + 1)]
# The names of all looks that a number can have: p and m for plus and minus, u for unsigned.
NUMBER_LOOKS = (*_STRENGTHS, "zero", "nan", *ABSENT.values())


class Scale:
    """From numbers to looks: logarithmic, from the smallest to the largest number of a picture.

    Attributes:
        smallest, largest: the magnitudes at its ends; None where all numbers are 0 or missing.
        looks: the looks that occur.

    >>> scale = Scale(map(Number, [1.0, -0.01, 1e-4, 0.0]))
    >>> [scale.look(Number(x)) for x in (1.0, -0.01, 1e-4, 0.0, float("nan"), None)]
    ['p5', 'm3', 'p1', 'zero', 'nan', '']
    """

    def __init__(self, numbers: Iterable[Number]) -> None:
        numbers = list(numbers)
        sizes = [abs(n.value) for n in numbers if n.value and math.isfinite(n.value)]
        self.largest = max(sizes, default=None)
        self.smallest = min(sizes, default=None)
        if self.largest is not None and self.smallest is not None:
            top, low = math.log10(self.largest), math.log10(self.smallest)
            # Numbers that hardly differ do not look as if they did.
            self._span = min(max(top - low, 2.0), DECADES)
            self._top = top
        self.looks = {self.look(n) for n in numbers} - {""}

    def look(self, number: Number) -> str:
        """The name of a look in ``NUMBER_LOOKS``, or "" for what has no number."""
        x = number.value
        if x is None:
            return ABSENT.get(number.missing, "")
        if not math.isfinite(x):
            return "nan"
        if not x or self.largest is None:
            return "zero"
        share = (math.log10(abs(x)) - self._top) / self._span  # 0 for the largest, -1 at the end
        level = LEVELS + round(max(share, -1.0) * (LEVELS - 1))
        hue = "u" if not number.signed else "p" if x > 0 else "m"
        return f"{hue}{min(max(level, 1), LEVELS)}"


PALE = 0.2  # the opacity of what is not on the paths that are marked


class Look(NamedTuple):
    """How a line or a surface is drawn."""

    fill: str = "none"
    stroke: str = "none"
    width: float = 1.1
    dash: tuple[float, ...] = ()


def _mixed(a: str, b: str, share: float) -> str:
    """The colour at this share of the way from a to b, both ``#rrggbb``."""
    pairs = [(int(a[i : i + 2], 16), int(b[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(x + (y - x) * share):02x}" for x, y in pairs)


def contrast(a: str, b: str) -> float:
    """The contrast of two colours, from 1 to 21, as the accessibility guidelines define it (WCAG).

    >>> contrast("#000000", "#ffffff")
    21.0
    """

    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    low, high = sorted((light(a), light(b)))
    return (high + 0.05) / (low + 0.05)


@dataclass(frozen=True)
class Theme:
    """The colours of a page.  All are ``#rrggbb``.

    Attributes:
        page, ink: the ground, and what is written on it.
        faint: words that stand for a missing number.
        line: edges without a number, and arrows.
        grad, local, mark: the digits of gradients, of edges, and words of warning.
        kinds: fill, stroke and dashes of a box, by its kind.
        fills, strokes: the strongest colour of a surface and of a line, for plus, minus, unsigned.
        frame: ground, line and name of a frame.
        stroke: how wide the outline of a box is.
        dashed: whether lines of negative numbers are dashed: on paper hues may get lost.
    """

    page: str
    ink: str
    faint: str
    line: str
    grad: str
    local: str
    mark: str
    kinds: dict[str, tuple[str, str, tuple[float, ...]]]
    fills: dict[str, str]
    strokes: dict[str, str]
    frame: tuple[str, str, str]
    stroke: float = 1.1
    dashed: bool = False

    def box(self, kind: str, look: str = "") -> Look:
        """The rectangle of a box, with or without the look of its number."""
        fill, stroke, dash = self.kinds[kind]
        if not look:
            return Look(fill, stroke, self.stroke + (0.5 if kind == "group" else 0.0), dash)
        if look == "nan":
            return Look(_NAN[0], _NAN[1], 2.4, (7.0, 3.0))
        if look in _EMPTY:
            return Look(self.page, self.faint, self.stroke, _EMPTY[look][0])
        hue, level = look[0], int(look[1])
        minus = self.dashed and hue == "m"
        return Look(
            _mixed(self.page, self.fills[hue], 0.1 + 0.9 * (level - 1) / (LEVELS - 1)),
            self.strokes[hue],
            self.stroke + 0.25 * (level - 1),
            (5.0, 2.0) if minus else (),
        )

    def edge(self, look: str = "") -> Look:
        """The line of an edge: the larger the number, the stronger and wider."""
        if not look:
            return Look("none", self.line, self.stroke)
        if look == "nan":
            return Look("none", self.strokes["nan"], 3.0, (7.0, 3.0))
        if look in _EMPTY:
            return Look("none", self.faint, self.stroke, _EMPTY[look][1])
        hue, level = look[0], int(look[1])
        minus = self.dashed and hue == "m"
        return Look(
            "none",
            _mixed(self.page, self.strokes[hue], 0.4 + 0.6 * (level - 1) / (LEVELS - 1)),
            1.0 + 0.75 * (level - 1) + (self.stroke - 1.1),
            (9.0, 4.0) if minus else (),
        )

    def row(self, role: str, grad: Number, look: str = "") -> tuple[str, bool]:
        """The colour of a row of text, and whether it is bold; ``look`` is that of its box."""
        inks = {"mark": self.mark, "grad": self.faint if grad.value is None else self.grad}
        colour = self.ink_on(look) if look else inks.get(role, self.ink)
        return colour, role in ("head", "mark")

    def label(self, look: str) -> str:
        """The colour of the number on an edge."""
        return self.ink if look else self.local

    @property
    def scheme(self) -> str:
        """ "light" or "dark": what a browser makes its own buttons and bars fit."""
        return (
            "light" if contrast(self.page, "#000000") > contrast(self.page, "#ffffff") else "dark"
        )

    def ink_on(self, look: str) -> str:
        """The colour of words in a box: that of a NaN is a warning sign in every theme."""
        return _NAN[2] if look == "nan" else self.ink


_NAN = ("#ffe14d", "#1a1a1a", "#1a1a1a")  # fill, stroke, words
_DASHES = (4.0, 3.0)

THEMES = {
    "light": Theme(
        page="#ffffff", ink="#1f2933", faint="#5e6a77", line="#7b8794",
        grad="#a33c00", local="#0b5d4a", mark="#9b1c1c",
        kinds={
            "leaf": ("#e8f1fb", "#2f6fb0", ()),
            "op": ("#ffffff", "#5b6b7b", ()),
            "group": ("#f4efe6", "#8a6d3b", ()),
            "constant": ("#f3f3f3", "#9aa5b1", _DASHES),
            "more": ("#f3f3f3", "#9aa5b1", _DASHES),
            "result": ("#e6f4ea", "#2e7d4f", ()),
        },
        fills={"p": "#7fb8e6", "m": "#f5a95c", "u": "#c3a5e0"},
        strokes={"p": "#0b5394", "m": "#b45309", "u": "#6a3d9a", "nan": "#1a1a1a"},
        frame=("#faf8f4", "#b59b6a", "#6b5320"),
    ),
    "dark": Theme(
        page="#15202b", ink="#f2f5f7", faint="#9aa8b5", line="#8899a8",
        grad="#ffb27a", local="#7fe0c3", mark="#ff9c9c",
        kinds={
            "leaf": ("#1d3347", "#6fb1ee", ()),
            "op": ("#1c2a37", "#8ea2b5", ()),
            "group": ("#332d20", "#cdb27a", ()),
            "constant": ("#222e39", "#6b7a88", _DASHES),
            "more": ("#222e39", "#6b7a88", _DASHES),
            "result": ("#1b3a2a", "#6fcf97", ()),
        },
        fills={"p": "#1f66a8", "m": "#a85505", "u": "#6b46a3"},
        strokes={"p": "#6fb8f5", "m": "#ff9f45", "u": "#c9a4f2", "nan": "#ffe14d"},
        frame=("#1a2530", "#8a7a55", "#d9c597"),
    ),
    "contrast": Theme(
        page="#ffffff", ink="#000000", faint="#404040", line="#000000",
        grad="#000000", local="#000000", mark="#a00000",
        kinds={
            "leaf": ("#ffffff", "#0033aa", ()),
            "op": ("#ffffff", "#000000", ()),
            "group": ("#fff6d6", "#000000", ()),
            "constant": ("#ffffff", "#000000", _DASHES),
            "more": ("#ffffff", "#000000", _DASHES),
            "result": ("#ffffff", "#005a00", ()),
        },
        fills={"p": "#8cc8ff", "m": "#ffb056", "u": "#d4b5f7"},
        strokes={"p": "#0033aa", "m": "#8f3d00", "u": "#4b0082", "nan": "#000000"},
        frame=("#ffffff", "#6b5320", "#000000"),
        stroke=2.2,
    ),
    "print": Theme(
        page="#ffffff", ink="#000000", faint="#595959", line="#595959",
        grad="#000000", local="#000000", mark="#000000",
        kinds={
            "leaf": ("#f0f0f0", "#000000", ()),
            "op": ("#ffffff", "#000000", ()),
            "group": ("#f0f0f0", "#000000", ()),
            "constant": ("#ffffff", "#808080", _DASHES),
            "more": ("#ffffff", "#808080", _DASHES),
            "result": ("#f0f0f0", "#000000", ()),
        },
        fills={"p": "#a9c6e0", "m": "#f0c195", "u": "#cfc3dc"},
        strokes={"p": "#08407a", "m": "#8a3b00", "u": "#4b2a73", "nan": "#000000"},
        frame=("#ffffff", "#808080", "#000000"),
        dashed=True,
    ),
}  # fmt: skip
