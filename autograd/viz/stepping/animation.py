"""The play as one moving picture, without a script: an SVG, a GIF, or a film.

The clock of the SVG is the style sheet's: key frames set ``--s`` to 0, 1, 2, ..., and the rules of
the page do the rest.  It moves in a README, on a slide, in an ``<img>``.  Where motion is not
wanted (a setting of the reader's system), the last step is shown.
"""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from autograd.errors import message
from autograd.viz.stepping.frames import captioned, said
from autograd.viz.stepping.layers import TIMED, Play, svg_of
from autograd.viz.stepping.plotting import DPI, figures

__all__ = ["animated", "film"]

LAST = 3  # the finished picture stays this many times longer than other steps


def animated(play: Play, seconds: float) -> str:
    """All steps in one SVG document, ``seconds`` for each, over and over."""
    count = len(play.captions)
    beats = count - 1 + LAST
    # With step-end a key frame's number holds until the next one comes.
    frames = "".join(f"{100 * step / beats:.4g}%{{--s:{step}}}" for step in range(count))
    style = (
        f"{TIMED}svg{{--s:{count - 1};--h:0;animation:play {beats * seconds:g}s step-end infinite}}"
        f"\n@keyframes play{{{frames}100%{{--s:{count - 1}}}}}\n"
        "@media(prefers-reduced-motion:reduce){svg{animation:none}}\n"
    )
    parts = [svg_of(layer, timed=True) for layer in play.layers]
    parts += [said(play, step, timed=True) for step in range(count)]
    return captioned(play, parts, style)


def film(play: Play, suffix: str, seconds: float) -> bytes:
    """All steps as a GIF (by Pillow) or MP4 (by the program ffmpeg).

    Raises:
        ImportError: matplotlib is not installed.
        RuntimeError: ffmpeg is not installed.
    """
    pictures = list(figures(play))  # first, because it says so if matplotlib is missing
    from matplotlib import animation
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    kind: Any = animation.PillowWriter if suffix == ".gif" else animation.FFMpegWriter
    if not kind.isAvailable():
        raise RuntimeError(
            message(
                "save",
                expected="the program ffmpeg, which writes .mp4",
                got="none that can be found",
                fix="Install it, or save as .gif, or as .svg, which every browser plays.",
            )
        )
    screen = Figure(figsize=pictures[0].get_size_inches(), dpi=DPI)
    FigureCanvasAgg(screen)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*[Gg]lyph")  # as in ``plotting.written``
        path = Path(folder) / f"film{suffix}"
        writer = kind(fps=1 / seconds)
        with writer.saving(screen, str(path), DPI):
            for index, picture in enumerate(pictures):
                picture.set_dpi(DPI)
                canvas: Any = FigureCanvasAgg(picture)
                canvas.draw()
                screen.clear()
                screen.figimage(np.asarray(canvas.buffer_rgba()))
                for _ in range(LAST if index == len(pictures) - 1 else 1):
                    writer.grab_frame()
        return path.read_bytes()
