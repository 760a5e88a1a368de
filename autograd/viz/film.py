"""A film: the same graph at several moments, such as the steps of a training.

Every box and edge keeps its place, with room for the longest number that it ever shows, and one
scale of colours serves all moments.  So whatever moves or changes its colour on the screen is a
number that has changed.

A moment is a scene (``snapshot``), which keeps numbers and text, but no node.  The frames of a film
are drawings of it (``draw``); its page and its animation are those of the stepper.
"""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Iterable, Iterator
from itertools import groupby, zip_longest
from pathlib import Path
from typing import Any

from autograd.errors import message, shown
from autograd.node import Node
from autograd.viz import movies
from autograd.viz.boxes import CHAR, VIEWS, Row, Scene, shortened
from autograd.viz.colouring import colouring, common_scales, legend
from autograd.viz.colours import THEMES, plural
from autograd.viz.draw import FORMATS, Drawing, one_of, place_in, settings_of

__all__ = ["Film", "snapshot"]

CAPTION = 200  # characters of a caption that are shown


def snapshot(
    root: Any,
    caption: str = "",
    *,
    model: Any = None,
    collapse: bool | str | None = None,
    depth: int | None = None,
    expand: bool = False,
    force: bool = False,
) -> Scene:
    """What ``draw(root)`` would show now, to be a moment of a ``Film``.

    Args:
        root: the node where the graph ends, e.g. a loss.
        caption: what is said at this moment, e.g. "step 40, loss 0.031", in at most 200 characters.
        model, collapse, depth, expand, force: as in ``draw``.

    Raises:
        TypeError: ``root`` is not a node, or ``caption`` no text.
        ValueError: as in ``draw``.
    """
    from autograd.viz import group_scene

    if not isinstance(root, Node):
        fix = "Pass the result of a computation, e.g. snapshot(loss)."
        raise TypeError(
            message("snapshot", expected="a node, such as a Value", got=shown(root), fix=fix)
        )
    if not isinstance(caption, str):
        fix = 'E.g. snapshot(loss, f"step {k}").'
        raise TypeError(
            message("snapshot", expected="a text as caption", got=shown(caption), fix=fix)
        )
    scene = group_scene.build(
        root, model=model, collapse=collapse, depth=depth, expand=expand, force=force
    )
    scene.caption = shortened(caption, CAPTION)
    scene.release()
    return scene


class Film:
    """The same graph at several moments; boxes stay where they are, numbers and colours change.

    ``len`` is the number of frames, ``film[k]`` the drawing of one, and a notebook shows a page
    with a slider; the keys are those of the stepper.

    Args:
        moments: snapshots of graphs of the same form.
        view: what the colours are: "gradients", "values", "locals", or "all" for all numbers and
            the colours of the gradients; on a page one switches between them.
        theme, direction, size, engine: as in ``draw``.

    Attributes:
        captions: what is said at each moment.

    Raises:
        TypeError: something else than snapshots.
        ValueError: no moments; one of another form than the first, e.g. because a branch of the
            computation was taken that was not taken before; or a setting that ``draw`` does not
            know.

    >>> from autograd import Value, snapshot
    >>> moments, x = [], Value(4.0, label="x")
    >>> for step in range(3):  # gradient descent on (x - 1)²
    ...     loss = (x - 1.0) ** 2
    ...     x.zero_grad()
    ...     loss.backward()
    ...     moments.append(snapshot(loss, f"step {step}: x = {x.data:.4g}"))
    ...     x.data -= 0.25 * x.grad
    >>> film = Film(moments)
    >>> film.captions
    ['step 0: x = 4', 'step 1: x = 2.5', 'step 2: x = 1.75']
    >>> film[0].svg == film[1].svg, film[0].size == film[1].size
    (False, True)
    """

    def __init__(
        self,
        moments: Iterable[Scene],
        *,
        view: str = "gradients",
        theme: str = "light",
        direction: str = "LR",
        size: str | tuple[float, float] | None = None,
        engine: str | None = None,
    ) -> None:
        from autograd.viz import placing

        settings = settings_of("Film", view, theme, True, direction, size)
        program = placing.program_of("Film", engine)
        scenes = copy.deepcopy(_checked(moments))
        stage = _stage(scenes)
        stage.turn(direction)
        placing.place(stage, program, engine)
        longest = max(len(scene.caption) for scene in scenes)
        stage.width = max(stage.width, longest * CHAR + 24)
        scales = common_scales(scenes)
        for scene in scenes:
            _enter(scene, stage)
            scene.scales = scales
        self.captions = [scene.caption for scene in scenes]
        self._drawings = [Drawing(scene, settings) for scene in scenes]

    def __len__(self) -> int:
        return len(self._drawings)

    def __getitem__(self, k: int) -> Drawing:
        return self._drawings[place_in("Film", k, len(self))]

    def __iter__(self) -> Iterator[Drawing]:
        return iter(self._drawings)

    @property
    def html(self) -> str:
        """A page with a slider, and buttons for the views, as HTML text; it needs no network."""
        from autograd.viz.html import button_style, buttons
        from autograd.viz.stepping import html
        from autograd.viz.stepping.captions import Caption

        (width, _), settings = self[-1].size, self[-1].settings
        captions = [Caption("film", caption, []) for caption in self.captions]
        moving = self._moving(button_style(THEMES[settings.theme]), views=tuple(VIEWS))
        above = buttons(tuple(VIEWS), settings.view)
        return html.around(above + moving, captions, self._name, width, settings.theme, pace=PACE)

    def animated(self, seconds: float = 0.5) -> str:
        """SVG text that plays by itself, without a script, with so many seconds for each frame."""
        from autograd.viz.stepping.animation import clock

        return self._moving(clock(len(self), movies.positive(seconds)), captions=True)

    def save(self, path: str | os.PathLike[str], *, seconds: float = 0.5) -> Path:
        """Write all frames into one file.

        Args:
            path: ``.html`` for a page with slider and keys; ``.svg`` for an animated picture that
                plays without a script, also in a README; ``.gif`` and ``.mp4`` for films.
            seconds: how long an animation stays at a frame; it stays longer at the last.

        Raises:
            ValueError: another ending, ``seconds`` that are not positive, or a film that is larger
                than its format can be.
            ImportError: ``.gif`` or ``.mp4``, and matplotlib is not installed.
            RuntimeError: ``.mp4``, and the program ffmpeg is missing.
            OSError: the folder is missing or cannot be written.
        """
        fix = 'E.g. film.save("training.html"); a browser opens it. '
        fix += "save_frames writes single pictures."
        return movies.save(self, path, seconds, (drawing.figure() for drawing in self), fix, DPI)

    def save_frames(self, folder: str | os.PathLike[str], format: str = "svg") -> list[Path]:
        """Write one numbered picture for each moment: ``frame-00.svg``, ``frame-01.svg``, ...

        Args:
            folder: where to; it is made if it is missing.
            format: "svg", "png" or "pdf".

        Raises:
            ValueError: another format.
            ImportError: PNG or PDF, and matplotlib is not installed.
            OSError: the folder cannot be written.
        """
        why = "save writes all frames into one .html, .svg, .gif or .mp4."
        one_of("save_frames", "format", format, FORMATS, why)
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        digits = len(str(len(self) - 1))
        return [
            drawing.save(folder / f"frame-{k:0{digits}}.{format}") for k, drawing in enumerate(self)
        ]

    @property
    def _name(self) -> str:
        return f"{self[-1].scene.description}, at {len(self)} moments"

    def _moving(self, style: str, captions: bool = False, views: tuple[str, ...] = ()) -> str:
        """One SVG document with all moments in it; a style sheet shows that of ``--s``."""
        from autograd.viz import svg
        from autograd.viz.html import SCOPE

        last, settings = self[-1].scene, self[-1].settings
        how = settings.view, settings.flow, settings.theme, views
        states = [svg.elements(x.scene, *how) for x in self]
        parts = [_over_time(list(element)) for element in zip(*states, strict=True)]
        still = copy.copy(last)
        still.description, still.caption = self._name, " " if captions else ""
        if captions:
            colours = colouring(last, settings.view, settings.flow)
            assert colours is not None
            at = legend(colours, last)[0][0]  # the caption is the first line of it
            place = f'x="{at.x:g}" y="{at.y:g}"'
            parts += [
                f'<text class="m" {place}{"" if k == len(self) - 1 else GONE} style="--a:{k}">'
                f"{svg.xml_text(text)}</text>"
                for k, text in enumerate(self.captions)
            ]
        page = {**settings._asdict(), "views": views, "scope": SCOPE, "more_style": [style]}
        return svg.write(still, **page, parts=parts)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from autograd.viz import html as cells
        from autograd.viz.stepping import html

        still = self[-1].svg
        page = html.framed(self.html, still, self._name, self[-1].size[0])
        return cells.bundle(page, still, repr(self), include)

    def __repr__(self) -> str:
        return f"<Film: {self._name}>"


DPI = 72  # of a GIF or MP4, in which there are many pictures: a dot for each pixel
GONE = ' opacity="0"'  # by the last moment, which a program shows that cannot move a picture
PACE = 500  # milliseconds that a frame takes when the page plays


def _checked(moments: Any) -> list[Scene]:
    """The moments, if they are of one graph."""
    scenes = list(moments) if isinstance(moments, Iterable) else [moments]
    for scene in scenes:
        if not isinstance(scene, Scene):
            fix = "Film([snapshot(loss), ...])."
            raise TypeError(message("Film", expected="snapshots", got=shown(scene), fix=fix))
    if not scenes:
        raise ValueError(
            message(
                "Film",
                expected="at least one moment",
                got="none",
                fix="Film([snapshot(loss), ...]).",
            )
        )
    for k, scene in enumerate(scenes):
        if _form(scene) != _form(scenes[0]):
            got = f"{_size(scene)} at moment {k}"
            if _size(scene) == _size(scenes[0]):
                got += ", connected in another way"
            raise ValueError(
                message(
                    "Film",
                    expected=f"the same graph at all moments, {_size(scenes[0])}",
                    got=got,
                    fix="Compute the same function of the same example at all of them.",
                )
            )
    return scenes


def _size(scene: Scene) -> str:
    return f"{plural(len(scene.boxes), 'box')} and {plural(len(scene.edges), 'edge')}"


def _form(scene: Scene) -> Any:
    """What has to be the same at all moments."""
    return (
        [box.kind for box in scene.boxes],
        [(edge.source.id, edge.target.id) for edge in scene.edges],
        [frame.boxes for frame in scene.frames],
    )


def _stage(scenes: list[Scene]) -> Scene:
    """A scene with room for all that the others show at any moment; gives their boxes that room."""
    stage = copy.deepcopy(scenes[0])
    for box, *states in zip(stage.boxes, *(scene.boxes for scene in scenes), strict=True):
        room, count = max(x.cells for x in states), max(len(x.rows) for x in states)
        for x in (box, *states):
            x.room = room
            x.rows += [Row("note", "")] * (count - len(x.rows))
    for edge, *arrows in zip(stage.edges, *(scene.edges for scene in scenes), strict=True):
        edge.label = max((text for x in arrows for text in (x.label, x.text("gradients"))), key=len)
    return stage


def _enter(scene: Scene, stage: Scene) -> None:
    """Give everything the place that it has on the stage."""
    scene.width, scene.height, scene.direction = stage.width, stage.height, stage.direction
    for box, mark in zip(scene.boxes, stage.boxes, strict=True):
        box.x, box.y, box.stretch, box.turned = mark.x, mark.y, mark.stretch, mark.turned
    for edge, line in zip(scene.edges, stage.edges, strict=True):
        edge.points, edge.label_at = line.points, line.label_at
    scene.frames = stage.frames


def _over_time(states: list[Any]) -> str:
    """An element of the document that changes: each of its parts once for as long as it stays."""
    inside = []
    for pieces in zip_longest(*(state.parts for state in states), fillvalue=""):
        start = 0
        looks = [(_names(state, piece), piece) for state, piece in zip(states, pieces, strict=True)]
        for (names, piece), same in groupby(looks):
            end = start + len(list(same))
            if piece and not piece.startswith("<title"):  # what hovers has no time
                until = "" if end == len(states) else f";--b:{end}"
                always = not start and not until
                times = "" if always else f' style="--a:{start}{until}"'
                hidden = GONE if until else ""
                look = f"{names}{'' if always else ' t'}"
                inside.append(f'<g class="{look}"{hidden}{times}>{piece}</g>')
            start = end
    return f'<g id="{states[0].id}">{"".join(inside)}</g>'


def _names(state: Any, piece: str) -> str:
    """The classes that matter to a part: words in a box look the same on every strength."""
    return _STRENGTHS.sub("", state.names) if piece.startswith("<text") else str(state.names)


_STRENGTHS = re.compile(r" [a-z]-[pmu]\d")
