"""``step(root)``: backpropagation on a graph, to be played, stepped through and asked about."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from autograd.errors import message, shown
from autograd.viz.files import write_whole

__all__ = ["Stepper", "step"]


class Stepper:
    """Backpropagation on a graph as it was when ``step`` was called, one step after the other.

    A notebook shows it as the last line of a cell.  Keys: the arrows, Home and End go from step to
    step, the space bar plays, Enter reveals what quiz mode hides.  ``len`` is the number of steps.

    Attributes:
        captions: what is said at each step, as plain text.
        html: all of it as one page, which needs no network.
    """

    def __init__(
        self, scene: Any, layers: list[Any], captions: list[Any], name: str, quiz: bool
    ) -> None:
        self.captions = [caption.said() for caption in captions]
        self._captions = captions
        self._layers = layers
        self._name = name
        self._quiz = quiz
        self._scene = scene

    def __len__(self) -> int:
        return len(self.captions)

    @property
    def html(self) -> str:
        from autograd.viz.stepping import html, layers

        timed = [layer.text(timed=True) for layer in self._layers]
        picture = layers.document(self._scene, self._name, "", timed)
        return html.page(picture, self._captions, self._name, self._quiz)

    def frame(self, step: int) -> str:
        """The picture of one step with its caption, as SVG text; -1 is the last step.

        Raises:
            IndexError: there is no such step.
        """
        from autograd.viz.stepping import frames

        return frames.frame(self._scene, self._layers, self._captions, range(len(self))[step])

    def animated(self, seconds: float = 1.5) -> str:
        """SVG text that plays by itself, without a script, with so many seconds for each step."""
        from autograd.viz.stepping import animation

        return animation.animated(self._scene, self._layers, self._captions, self._name, seconds)

    def save(self, path: str | os.PathLike[str], *, seconds: float = 1.5) -> Path:
        """Write all steps into one file.

        Args:
            path: ``.html`` for a page with slider and keys; ``.svg`` for an animated picture that
                plays without a script, also in a README.
            seconds: how long an animation stays at a step.

        Raises:
            ValueError: another ending.
            OSError: the folder is missing or cannot be written.
        """
        path = Path(path)
        if path.suffix == ".html":
            return write_whole(path, self.html)
        if path.suffix == ".svg":
            return write_whole(path, self.animated(seconds))
        raise ValueError(
            message(
                "save",
                expected="a name that ends in .html or .svg",
                got=shown(str(path)),
                fix='E.g. step(loss).save("steps.html"); a browser opens it.',
            )
        )

    def save_frames(self, folder: str | os.PathLike[str], format: str = "svg") -> list[Path]:
        """Write one numbered picture for each step, for slides: ``step-00.svg``, ``step-01.svg``...

        Args:
            folder: where to; it is made if it is missing.
            format: "svg".

        Raises:
            ValueError: another format.
            OSError: the folder cannot be written.
        """
        if format != "svg":
            raise ValueError(
                message("save_frames", expected="format 'svg'", got=shown(format), fix="Use it.")
            )
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        digits = len(str(len(self) - 1))
        return [
            write_whole(folder / f"step-{k:0{digits}}.{format}", self.frame(k))
            for k in range(len(self))
        ]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from autograd.viz.stepping import html

        text = html.framed(self.html, self.frame(-1), self._name)
        return {"text/html": text, "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<Stepper: {self._name}>"


def step(root: Any, *, quiz: bool = False, engine: str | None = None) -> Stepper:
    """Backpropagation from ``root``, played step by step: first forward, then backward.

    Forward, each node gets its value.  Backward, the root's gradient is 1, and each step passes the
    gradient of one node along one edge: ``∂L/∂b += upstream x local = contribution →
    accumulated``, where ``+=`` shows that an earlier path has been there.  The graph and its
    gradients are not changed, and need not have been computed.

    Args:
        root: the ``Value`` where the graph ends, e.g. the loss of one example.
        quiz: begin at the first step, with each result hidden until asked for; there is a switch
            for it on the page.
        engine: who places the boxes: "dot" (graphviz's program), "builtin" (needs nothing), or
            None: dot if it is there.

    Raises:
        TypeError: ``root`` is not a ``Value``.
        ValueError: more than 300 nodes, an unknown engine, or "dot" without the program.

    >>> from autograd import Value
    >>> a = Value(3.0, label="a")
    >>> player = step(a * a)
    >>> player
    <Stepper: Backpropagation through 2 nodes to L, in 5 steps>
    >>> for caption in player.captions[-2:]:
    ...     print(caption)
    Backward: from L to a. ∂L/∂a = 1 × 3 = 3
    Backward: from L to a, where paths meet and add up. ∂L/∂a += 1 × 3 = 3; 3 + 3 → 6
    """
    from autograd.viz import placing, scene
    from autograd.viz.stepping.captions import caption, named
    from autograd.viz.stepping.events import events
    from autograd.viz.stepping.layers import layers, rename

    order, played = events(root)
    program = placing.program_of("step", engine)
    names = named(root)
    captions = [caption(event, order, names) for event in played]
    picture = scene.build(root, collapsed=False)
    rename(picture, names, played)
    placing.place(picture, program)
    timed = layers(picture, played)
    picture.release()
    nodes = f"{len(order)} node{'s' * (len(order) > 1)}"
    name = f"Backpropagation through {nodes} to {names[root]}, in {len(played)} steps"
    return Stepper(picture, timed, captions, name, quiz)
