"""The play without a script: an SVG that moves by itself, in a README, on a slide, in an ``<img>``.

Its clock is the style sheet's: key frames set ``--s`` to 0, 1, 2, ..., and the rules of the page do
the rest.  Where motion is not wanted (a setting of the reader's system), the last step is shown.
"""

from __future__ import annotations

from autograd.viz.boxes import Scene
from autograd.viz.stepping.captions import Caption
from autograd.viz.stepping.frames import captioned, said
from autograd.viz.stepping.layers import TIMED, Layer

__all__ = ["animated"]

LAST = 3  # the finished picture stays this many times longer than other steps


def animated(
    scene: Scene, timed: list[Layer], captions: list[Caption], name: str, seconds: float
) -> str:
    """All steps in one SVG document, ``seconds`` for each, over and over."""
    count = len(captions)
    beats = count - 1 + LAST
    # With step-end a key frame's number holds until the next one comes.
    frames = "".join(f"{100 * step / beats:.4g}%{{--s:{step}}}" for step in range(count))
    style = (
        f"{TIMED}svg{{--s:{count - 1};--h:0;animation:play {beats * seconds:g}s step-end infinite}}"
        f"\n@keyframes play{{{frames}100%{{--s:{count - 1}}}}}\n"
        "@media(prefers-reduced-motion:reduce){svg{animation:none}}\n"
    )
    parts = [layer.text(timed=True) for layer in [*timed, *said(scene, captions)]]
    return captioned(scene, captions, name, style, parts)
