"""Pictures that follow one another in one file: a page, an SVG that moves, a GIF, or a film."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from autograd.errors import message, shown
from autograd.viz.files import write_whole
from autograd.viz.plotting import DPI, check_dots

__all__ = ["LAST", "movie", "positive", "save"]

LAST = 3  # the finished picture stays this many times longer than others
LARGEST = {".gif": 65_535, ".mp4": 16_384}  # dots in a row or column that the format has
PLAYED = 25  # pictures per second of an MP4, at least: players stumble over films with fewer


def positive(seconds: float) -> float:
    """``seconds``, if a picture can be shown for so long; ValueError otherwise."""
    if not isinstance(seconds, int | float) or not 0.01 <= seconds <= 3600:
        raise ValueError(
            message(
                "save",
                expected="seconds for each step, from 0.01 to 3600",
                got=shown(seconds),
                fix="Leave it out, or write e.g. 1.5.",
            )
        )
    return float(seconds)


class Player(Protocol):
    """What is saved as several pictures: a stepper or a film."""

    @property
    def html(self) -> str: ...

    def animated(self, seconds: float) -> str: ...


def save(
    player: Player,
    path: str | os.PathLike[str],
    seconds: float,
    figures: Iterable[Any],
    fix: str,
    dpi: int = DPI,
) -> Path:
    """``player.save(path, seconds=seconds)``.

    Args:
        player: what is saved.
        path: where to; its ending names the format.
        seconds: how long a picture stays.
        figures: its pictures, which are made only if they are asked for.
        fix: what to say of another ending.
        dpi: of the figures.

    Raises:
        ValueError: another ending, ``seconds`` that are not positive, and as in ``movie``.
    """
    path, seconds = Path(path), positive(seconds)
    if path.suffix == ".html":
        return write_whole(path, player.html)
    if path.suffix == ".svg":
        return write_whole(path, player.animated(seconds))
    if path.suffix in LARGEST:
        return write_whole(path, movie(figures, path.suffix, seconds, dpi))
    wanted = "a name that ends in .html, .svg, .gif or .mp4"
    raise ValueError(message("save", expected=wanted, got=shown(str(path)), fix=fix))


def movie(figures: Iterable[Any], suffix: str, seconds: float, dpi: int = DPI) -> bytes:
    """Figures of one size as a GIF (by Pillow) or MP4 (by the program ffmpeg).

    Raises:
        ImportError: matplotlib is not installed.
        RuntimeError: ffmpeg is not installed.
        ValueError: figures of more dots than there may be.
    """
    pictures = iter(figures)
    first = next(pictures)  # says so if matplotlib is missing
    check_dots(first, dpi, LARGEST[suffix])
    from matplotlib import animation
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    fps: Any = 1 / seconds
    writer: Any
    if suffix == ".gif":
        writer = animation.PillowWriter(fps=fps)
    elif animation.FFMpegWriter.isAvailable():
        played = f"{max(PLAYED, fps):g}"
        writer = animation.FFMpegWriter(fps=fps, extra_args=["-r", played])
    else:
        raise RuntimeError(
            message(
                "save",
                expected="the program ffmpeg, which writes .mp4",
                got="none that can be found",
                fix="Install it (apt install ffmpeg, brew install ffmpeg, or conda install "
                "ffmpeg), or save as .gif, or as .svg, which every browser plays.",
            )
        )
    screen = Figure(figsize=first.get_size_inches(), dpi=dpi)
    FigureCanvasAgg(screen)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*[Gg]lyph")  # as in ``plotting.written``
        path = Path(folder) / f"film{suffix}"
        with writer.saving(screen, str(path), dpi):
            for picture in chain([first], pictures):
                picture.set_dpi(dpi)
                canvas: Any = FigureCanvasAgg(picture)
                canvas.draw()
                screen.clear()
                screen.figimage(np.asarray(canvas.buffer_rgba()))
                writer.grab_frame()
            for _ in range(LAST - 1):
                writer.grab_frame()
        return path.read_bytes()
