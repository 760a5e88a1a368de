"""``step(root)``: backpropagation on a graph, to be played, stepped through and asked about."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd.viz import movies
from autograd.viz.draw import FORMATS, one_of, place_in
from autograd.viz.files import write_whole

if TYPE_CHECKING:
    from autograd.viz.stepping.layers import Play

__all__ = ["Stepper", "step"]


class Stepper:
    """Backpropagation on a graph as it was when ``step`` was called, one step after the other.

    A notebook shows it as the last line of a cell.  Keys: the arrows, Home and End go from step to
    step, the space bar plays, Enter reveals what quiz mode hides.  ``len`` is the number of steps.

    Attributes:
        captions: what is said at each step, as plain text.
        html: all of it as one page, which needs no network.
    """

    def __init__(self, play: Play, quiz: bool) -> None:
        self.captions = [caption.said() for caption in play.captions]
        self._play = play
        self._quiz = quiz

    def __len__(self) -> int:
        return len(self.captions)

    @functools.cached_property
    def html(self) -> str:
        from autograd.viz.stepping import html

        return html.page(self._play, self._quiz)

    def frame(self, step: int) -> str:
        """The picture of one step with its caption, as SVG text; -1 is the last step.

        Raises:
            IndexError: there is no such step.
        """
        from autograd.viz.stepping import frames

        return frames.frame(self._play, place_in("frame", step, len(self)))

    def animated(self, seconds: float = 1.5) -> str:
        """SVG text that plays by itself, without a script, with so many seconds for each step."""
        from autograd.viz.stepping import animation

        return animation.animated(self._play, movies.positive(seconds))

    def save(self, path: str | os.PathLike[str], *, seconds: float = 1.5) -> Path:
        """Write all steps into one file.

        Args:
            path: ``.html`` for a page with slider and keys; ``.svg`` for an animated picture that
                plays without a script, also in a README; ``.gif`` and ``.mp4`` for films.
            seconds: how long an animation stays at a step; it stays longer at the last.

        Raises:
            ValueError: another ending, ``seconds`` that are not positive, or a film that is larger
                than its format can be.
            ImportError: ``.gif`` or ``.mp4``, and matplotlib is not installed.
            RuntimeError: ``.mp4``, and the program ffmpeg is missing.
            OSError: the folder is missing or cannot be written.
        """
        from autograd.viz.stepping.plotting import figures

        fix = 'E.g. step(loss).save("steps.html"); a browser opens it. '
        fix += "Pictures of single steps: save_frames(folder)."
        return movies.save(self, path, seconds, figures(self._play), fix)

    def save_frames(self, folder: str | os.PathLike[str], format: str = "svg") -> list[Path]:
        """Write one numbered picture for each step, for slides: ``step-00.svg``, ``step-01.svg``...

        Args:
            folder: where to; it is made if it is missing.
            format: "svg"; "png" or "pdf" are made with matplotlib.

        Raises:
            ValueError: another format.
            ImportError: "png" or "pdf", and matplotlib is not installed.
            OSError: the folder cannot be written.
        """
        one_of("save_frames", "format", format, FORMATS)
        folder, digits = Path(folder), len(str(len(self) - 1))
        paths = []
        for step, content in enumerate(self._frames(format)):
            folder.mkdir(parents=True, exist_ok=True)
            paths.append(write_whole(folder / f"step-{step:0{digits}}.{format}", content))
        return paths

    def _frames(self, format: str) -> Iterator[str | bytes]:
        if format == "svg":
            yield from (self.frame(step) for step in range(len(self)))
        else:
            from autograd.viz.plotting import written
            from autograd.viz.stepping.plotting import figures

            yield from (written(picture, format) for picture in figures(self._play))

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from autograd.viz import html as cells
        from autograd.viz.stepping import html
        from autograd.viz.stepping.frames import higher, size

        play, still = self._play, self.frame(-1)
        page = html.framed(self.html, still, play.name, size(play)[0], higher(play))
        return cells.bundle(page, still, repr(self), include)

    def __repr__(self) -> str:
        return f"<Stepper: {self._play.name}>"


def step(
    root: Any,
    *,
    quiz: bool = False,
    theme: str = "light",
    direction: str = "LR",
    engine: str | None = None,
) -> Stepper:
    """Backpropagation from ``root``, played step by step: first forward, then backward.

    Forward, each node gets its value.  Backward, the root's gradient is 1, and each step passes the
    gradient of one node along one edge: ``∂L/∂b += upstream x local = contribution →
    accumulated``, where ``+=`` shows that an earlier path has been there.  The graph and its
    gradients are not changed, and need not have been computed.

    On Tensors a step says what the operation makes of the gradient: ``upstream ⊙ slopes`` of one
    on elements, ``Xᵀ @ upstream`` of a product of matrices, the transpose of a linear one; and over
    which axes it is summed where the input was broadcast.  Small arrays are written out, of others
    shape, dtype and norm.  Hooks of tensors are called, as in ``backward()``.

    Args:
        root: the ``Value`` or the ``Tensor`` of one element where the graph ends, e.g. a loss.
        quiz: begin at the first step, with each result hidden until asked for; there is a switch
            for it on the page.
        theme: "light", "dark", "contrast" (high contrast) or "print".
        direction: "LR" from left to right, or "TB" from top to bottom.
        engine: who places the boxes: "dot" (graphviz's program), "builtin" (needs nothing), or
            None: as in ``draw``.

    Raises:
        TypeError: ``root`` is no ``Value`` and no ``Tensor``.
        ValueError: more than 300 nodes, an unknown theme, direction or engine, or "dot" without
            the program; a ``Tensor`` of several elements, or one that requires no gradient.

    >>> from autograd import Value
    >>> a = Value(3.0, label="a")
    >>> player = step(a * a)
    >>> player
    <Stepper: Backpropagation through 2 nodes to L, in 5 steps>
    >>> for caption in player.captions[-2:]:
    ...     print(caption)
    Backward: from L to a. ∂L/∂a = 1 × 3 = 3
    Backward: from L to a, where paths meet and add up. ∂L/∂a += 1 × 3 = 3; 3 + 3 → 6

    >>> from autograd import Tensor
    >>> w = Tensor([[1.0], [2.0]], requires_grad=True, label="w")
    >>> x = Tensor([[3.0, -1.0]], label="x")
    >>> print(step((x @ w).tanh().sum()).captions[-1])
    Backward: from v₁ to w by the vjp of matmul. ∂L/∂w = x^T @ ∂L/∂v₁ = [3; −1] @ [0.42]
    = [1.26; −0.42]
    """
    from autograd.viz import colours, placing, scene
    from autograd.viz.stepping.captions import caption, named
    from autograd.viz.stepping.events import events
    from autograd.viz.stepping.layers import Play, layers, rename

    order, played = events(root)
    one_of("step", "theme", theme, tuple(colours.THEMES))
    one_of("step", "direction", direction, ("LR", "TB"))
    program = placing.program_of("step", engine)
    names = named(root)
    captions = [caption(event, order, names) for event in played]
    picture = scene.build(root, collapsed=False)
    rename(picture, names, played)
    picture.turn(direction)
    placing.place(picture, program, engine)
    timed = layers(picture, played)
    picture.release()
    nodes = colours.plural(len(order), "node")
    name = f"Backpropagation through {nodes} to {names[root]}, in {len(played)} steps"
    return Stepper(Play(picture, timed, captions, name, theme), quiz)
