"""The play as one moving picture, without a script: an SVG (``movies`` has GIFs and films).

The clock of the SVG is the style sheet's: key frames set ``--s`` to 0, 1, 2, ..., and the rules of
the page do the rest.  It moves in a README, on a slide, in an ``<img>``.  Where motion is not
wanted (a setting of the reader's system), the last step is shown.

So it is by a program that knows no such rules: a converter, an editor, a preview.  It passes over
a declaration that it cannot read, and what it goes by then stands there as well: attributes, which
any rule overrides, hide what is gone by the last step (and see ``frames.captioned``).
"""

from __future__ import annotations

import re

from autograd.viz.movies import LAST
from autograd.viz.stepping.frames import captioned, said
from autograd.viz.stepping.layers import TIMED, Play, svg_of

__all__ = ["animated", "clock"]


def clock(count: int, seconds: float) -> str:
    """The style of a document that shows the layers of ``count`` steps, one after the other."""
    beats = count - 1 + LAST
    # With step-end a key frame's number holds until the next one comes.
    frames = "".join(f"{100 * step / beats:.4g}%{{--s:{step}}}" for step in range(count))
    return (
        f"{TIMED}svg{{--s:{count - 1};--h:0;animation:play {beats * seconds:g}s step-end infinite}}"
        f"\n@keyframes play{{{frames}100%{{--s:{count - 1}}}}}\n"
        "@media(prefers-reduced-motion:reduce){svg{animation:none}}\n"
    )


def animated(play: Play, seconds: float) -> str:
    """All steps in one SVG document, ``seconds`` for each, over and over."""
    last = len(play.captions) - 1
    parts = [_still(svg_of(layer, timed=True), layer.there(last)) for layer in play.layers]
    parts += [_still(said(play, step, timed=True), step == last) for step in range(last + 1)]
    return captioned(play, parts, clock(last + 1, seconds))


def _still(element: str, seen: bool) -> str:
    """The element, hidden unless ``seen`` where nothing moves."""
    return element if seen else re.sub(r"^<\w+", r'\g<0> opacity="0"', element)
