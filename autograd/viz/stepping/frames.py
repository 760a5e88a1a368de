"""Pictures of single steps, with what is said at them: for slides, one after the other.

Every frame has the same size and every box the same place, so that nothing jumps when one slide
follows another.
"""

from __future__ import annotations

from autograd.viz.colours import THEMES
from autograd.viz.stepping.captions import plain, tspans
from autograd.viz.stepping.layers import Play, document, n, svg_of
from autograd.viz.svg import xml_text

__all__ = ["FORMULA_AT", "WORDS_AT", "captioned", "frame", "said", "size"]

CAPTION = 64  # the height of the two lines below the picture
WORDS_AT, FORMULA_AT = 13, 45  # their base lines
WORDS, FORMULA = 6.9, 8.4  # widths of a character of the two lines; wide enough for any font


def size(play: Play) -> tuple[float, float]:
    """Width and height of every frame: the picture, and room for the longest caption."""
    longest = max(
        max(len(c.words) * WORDS, len(plain(c.formula)) * FORMULA) + 16 for c in play.captions
    )
    return max(play.scene.width, longest), play.scene.height + CAPTION


def said(play: Play, step: int, timed: bool = False) -> str:
    """The caption of a step as SVG."""

    def at(below: float) -> str:
        return f'x="{n(play.scene.width / 2)}" y="{n(play.scene.height + below)}"'

    caption = play.captions[step]
    words, formula = xml_text(caption.words), tspans(caption.formula)
    times = f'class="m caption" style="--a:{step}"' if timed else 'class="caption"'
    return (
        f'<g {times}><text class="words" {at(WORDS_AT)}>{words}</text>'
        f'<text class="formula" {at(FORMULA_AT)}>{formula}</text></g>'
    )


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
    return document(play, parts, own + style, size(play))


def frame(play: Play, step: int) -> str:
    """The picture of one step as an SVG document."""
    there = [svg_of(layer) for layer in play.layers if layer.there(step)]
    name = f"Step {step} of {len(play.captions) - 1}. {play.captions[step].said()}"
    return captioned(play._replace(name=name), [*there, said(play, step)])
