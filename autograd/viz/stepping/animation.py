"""The play as one moving picture, without a script: an SVG (``movies`` has GIFs and films).

The clock of the SVG is the style sheet's: key frames set ``--s`` to 0, 1, 2, ..., and the rules of
the page do the rest.  It moves in a README, on a slide, in an ``<img>``.  Where motion is not
wanted (a setting of the reader's system), the last step is shown.
"""

from __future__ import annotations

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
    count = len(play.captions)
    parts = [svg_of(layer, timed=True) for layer in play.layers]
    parts += [said(play, step, timed=True) for step in range(count)]
    return captioned(play, parts, clock(count, seconds))
