"""``draw(root)``: the picture of a graph, in a notebook or as a file.

What only drawing needs is imported by drawing, so that ``import autograd`` stays light.
"""

from __future__ import annotations

import contextlib
import functools
import operator
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd.errors import message, shown
from autograd.node import Node
from autograd.programs.program import Program
from autograd.viz.files import write_whole

if TYPE_CHECKING:
    from autograd.viz.boxes import Scene

__all__ = ["FORMATS", "Drawing", "draw", "one_of", "place_in", "settings_of"]

# What is written for each ending of a name: an attribute of ``Drawing``.
TEXTS = {".svg": "svg", ".html": "html", ".dot": "source", ".gv": "source",
         ".mmd": "mermaid", ".tex": "tikz"}  # fmt: skip
FORMATS = ("svg", "png", "pdf")  # of single frames of what has several
SLIDE = (1280.0, 720.0)  # pixels, 16:9


class Settings(NamedTuple):
    """How a scene is shown; the fields are arguments of ``draw``."""

    view: str = "all"
    theme: str = "light"
    flow: bool | None = None
    size: tuple[float, float] | None = None


class Drawing:
    """A picture of a graph as it was when ``draw`` was called.

    A notebook shows it as the last line of a cell; ``save`` writes it to a file.  For a notebook
    that is to become a PDF, or that others clean of HTML, there are pictures without HTML:
    ``display(drawing, include=["image/png"])`` (made with matplotlib) or ``["image/svg+xml"]``.

    Attributes:
        scene: the boxes and edges, with their places.
        settings: view, theme, flow and size.
        svg: the picture as SVG text.
        html: a page with the picture in all its views, one at a time, as HTML text.
        source: the graph as DOT text, for graphviz and its relatives.
        mermaid: the graph as Mermaid text, for Markdown pages.
        tikz: the picture as a LaTeX document of its own.
    """

    def __init__(self, picture: Scene, settings: Settings | None = None) -> None:
        self.scene = picture
        self.settings = settings or Settings()
        picture.release()

    @functools.cached_property
    def svg(self) -> str:
        from autograd.viz import svg

        return svg.write(self.scene, **self.settings._asdict())

    @functools.cached_property
    def html(self) -> str:
        from autograd.viz import html

        return html.write(self.scene, **self.settings._asdict())

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in pixels; the picture can be shown smaller or larger."""
        from autograd.viz import shapes
        from autograd.viz.colouring import colouring

        colours = colouring(self.scene, self.settings.view, self.settings.flow)
        page = shapes.framed(self.scene, [colours] if colours else [], self.settings.size)
        return page.width, page.height

    @property
    def digraph(self) -> Any:
        """The graph as a ``graphviz.Digraph``, to restyle and render with that package."""
        from autograd.viz import dot

        return dot.digraph(self.scene, self.settings.view, self.settings.theme, self.settings.flow)

    @property
    def source(self) -> str:
        return str(self.digraph.source)

    @property
    def mermaid(self) -> str:
        from autograd.viz import mermaid

        return mermaid.write(
            self.scene, self.settings.view, self.settings.theme, self.settings.flow
        )

    @property
    def tikz(self) -> str:
        from autograd.viz import tikz

        return tikz.write(self.scene, **self.settings._asdict())

    def figure(self) -> Any:
        """The picture as a ``matplotlib.figure.Figure``, of the same size and in the same places.

        Raises:
            ImportError: matplotlib is not installed; it comes with ``chalkgrad[plot]``.
        """
        from autograd.viz import plotting

        return plotting.figure(self.scene, **self.settings._asdict())

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the picture to ``path``, in the format that its ending names.

        ``.svg`` and ``.html`` (with all views) are for browsers and slides, ``.png`` and ``.pdf``
        are made with matplotlib, ``.dot`` (or ``.gv``) and ``.mmd`` are the sources for graphviz
        and Mermaid, which find places of their own, and ``.tex`` is for LaTeX.

        The file is complete or not there: an existing one is replaced at the very end.

        Raises:
            ValueError: another ending; a PNG that would not fit into memory.
            ImportError: PNG or PDF, and matplotlib is not installed.
            OSError: the folder is missing or cannot be written.
        """
        path = Path(path)
        if path.suffix in TEXTS:
            return write_whole(path, str(getattr(self, TEXTS[path.suffix])))
        if path.suffix in (".png", ".pdf"):
            from autograd.viz import plotting
            from autograd.viz.shapes import PAPER

            settings = self.settings
            if path.suffix == ".pdf" and max(self.size) > PAPER:
                width, height = (x * PAPER / max(self.size) for x in self.size)
                settings = settings._replace(size=(width, height))
            figure = plotting.figure(self.scene, **settings._asdict())
            return write_whole(path, plotting.written(figure, path.suffix[1:]))
        raise ValueError(
            message(
                "save",
                expected="a name that ends in .svg, .html, .png, .pdf, .dot, .gv, .mmd or .tex",
                got=shown(str(path)),
                fix='E.g. draw(loss).save("graph.svg"); a browser opens it. '
                'PNG and PDF need matplotlib: pip install "chalkgrad[plot]".',
            )
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        from autograd.viz import html, plotting

        page = html.cell(self.scene, self.svg, self.html)
        bundle = html.bundle(page, self.svg, repr(self), include)
        if "image/png" in (include or ()):
            bundle["image/png"] = plotting.written(self.figure(), "png")
        return bundle

    def __repr__(self) -> str:
        return f"<Drawing: {self.scene.description}>"


def draw(
    root: Any,
    *,
    view: str = "all",
    flow: bool | None = None,
    theme: str = "light",
    direction: str = "LR",
    size: str | tuple[float, float] | None = None,
    expand: bool = False,
    model: Any = None,
    collapse: bool | str | None = None,
    depth: int | None = None,
    force: bool = False,
    engine: str | None = None,
    highlight: Any = None,
) -> Drawing:
    """A picture of everything that ``root`` was computed from, or of a program.

    Each box shows a node's label, operation, ``data`` and ``grad`` ("not computed yet" before
    ``backward()``, which is not the same as 0; "no gradient flows here" where there never is one),
    each edge the local derivative.  Of an array the box shows shape, type and norms.  A word marks
    units that pass no gradient back: ReLUs at 0 ("dead here") and saturated tanhs and sigmoids.
    Where an input was given another number after the graph was recorded, as an optimiser does, the
    box of the result says so ("w changed since").  Nothing in the graph is changed.  Of a
    ``Program`` the boxes are its inputs, parameters and equations, each as it is written down, with
    the type and shape of arrays, and the last of them what it returns.

    Args:
        root: the node where the graph ends, e.g. a loss; or a program.
        view: "all"; or only "values", "locals" (values, and the local derivatives on the edges) or
            "gradients" (in the boxes, and on each edge what flows back along it: the gradient
            times the local derivative).  Boxes have the same places in every view, and in a
            notebook and in HTML one switches between them.
        flow: None colours the boxes and edges of a view by the numbers that it shows: blue for
            positive, orange for negative, the stronger the larger, on a logarithmic scale that a
            legend explains.  True colours the view "all" too, by the gradients; False nothing.
        theme: "light", "dark", "contrast" (high contrast) or "print" (without surfaces that take
            ink; negative numbers have dashed lines).
        direction: "LR" from left to right, or "TB" from top to bottom.
        size: (width, height) in pixels, or "slide" for 1280 x 720; the picture fills it.  By
            default it is as large as it needs to be.
        expand: draw each weighted sum (``dot``) as its products and their sum (in a picture that
            is not collapsed); not for programs.
        model: the module that computed the graph: its parts are drawn as frames, or as boxes with
            the number of parameters and the norm of their gradients.  The modules are concluded
            from whose parameters a node uses; ``autograd.scope`` names other parts exactly.
        collapse: "neuron", "layer" or "model" to draw the modules of this size as one box each
            (neurons of Values; the innermost modules of tensors); False draws every node; True
            joins as much as it does for large graphs; None does so only when there are more than
            80 nodes: up to 300 to neurons, beyond that to layers.  Without modules and scopes
            parameters are joined into their neurons, chains into one box, and what is far away
            into "… more nodes".
        depth: collapse by depth instead: 0 for the whole model or the outermost scopes, 1 for
            the modules in it, 2 for what is in these.  In a collapsed picture modules of one
            structure that follow each other, four or more, are drawn once, as "× 12"; if their
            insides are shown, then only where these would be many boxes.  Edges between modules
            have the norm of all that flows back along them.
        force: with ``collapse=False``, draw even more than 2,000 nodes.
        engine: "dot" (graphviz's program), "builtin" (needs nothing), or None: dot if it is there,
            and edges are not so long that it would take long.
        highlight: a leaf, or any other node of the graph: the paths from it to ``root`` stay as
            they are, and the rest turns pale.  Behind each local derivative is the part of the
            leaf's gradient that comes through the edge, and in the leaf's box are the products
            along the paths (see ``explain``).  In a notebook and in HTML clicking on a leaf marks
            its paths.

    Raises:
        TypeError: ``root`` is neither a node nor a program, or ``highlight`` no node of its kind.
        ValueError: an unknown view, theme, direction, size or engine, a view of the numbers of a
            program (which has none), "dot" without the program, too many nodes to draw in full, or
            a model that has no part in the graph.

    >>> from autograd import Value
    >>> a = Value(2.0, label="a")
    >>> picture = draw(a * a)
    >>> picture
    <Drawing: The computation graph of 2 nodes that is drawn here, gradients not computed yet>
    >>> picture.svg.count('class="edge"')  # a * a has two edges
    2
    """
    from autograd.viz import group_scene, placing, program_scene
    from autograd.viz import highlight as paths

    if not isinstance(root, Node | Program):
        raise TypeError(
            message(
                "draw",
                expected="a node, such as a Value, or a program",
                got=shown(root),
                fix="Draw the result of a computation, e.g. draw(loss); of a compiled function f "
                "the program, draw(f.program(x)).",
            )
        )
    settings = settings_of("draw", view, theme, flow, direction, size, isinstance(root, Program))
    program = placing.program_of("draw", engine)
    if isinstance(root, Program):
        if highlight is not None:
            raise ValueError(
                message(
                    "draw",
                    expected="highlight None for a program, which has no gradients",
                    got=shown(highlight),
                    fix="Draw a graph: draw(loss, highlight=w).",
                )
            )
        if model is not None or depth is not None or isinstance(collapse, str):
            raise ValueError(
                message(
                    "draw",
                    expected="collapse None, True or False for a program",
                    got=f"model={shown(model)}, collapse={shown(collapse)}, depth={shown(depth)}",
                    fix="Modules and scopes are drawn of a graph: draw(loss, model=model).",
                )
            )
        picture = program_scene.build(root, collapsed=collapse, force=force)
    else:
        picture = group_scene.build(
            root, model=model, collapse=collapse, depth=depth, expand=expand, force=force
        )
        paths.note_paths(picture, root)
        if highlight is not None:
            paths.highlight(picture, root, highlight)
    picture.turn(direction)
    placing.place(picture, program, engine)
    return Drawing(picture, settings)


def settings_of(
    asked: str,
    view: Any,
    theme: Any,
    flow: bool | None,
    direction: Any,
    size: Any,
    program: bool = False,
) -> Settings:
    """The settings of a picture; ValueError for what there is not."""
    from autograd.viz import boxes, colours

    views = ("all",) if program else tuple(boxes.VIEWS)
    one_of(asked, "view", view, views, program and "A program has no numbers.")
    one_of(asked, "theme", theme, tuple(colours.THEMES))
    one_of(asked, "direction", direction, ("LR", "TB"))
    return Settings(view, theme, flow, _pixels(asked, size))


def one_of(asked: str, what: str, got: Any, allowed: tuple[str, ...], why: Any = "") -> None:
    if got not in allowed:
        raise ValueError(
            message(
                asked,
                expected=f"{what} {' or '.join(map(repr, allowed))}",
                got=shown(got),
                fix=why or "Leave it out for the first of these.",
            )
        )


def place_in(asked: str, index: Any, count: int) -> int:
    """The place of one of ``count`` pictures, where -1 is the last; IndexError for what is none."""
    with contextlib.suppress(TypeError):
        if -count <= operator.index(index) < count:
            return operator.index(index) % count
    raise IndexError(
        message(
            asked,
            expected=f"a whole number from {-count} to {count - 1}",
            got=shown(index),
            fix="0 is the first, -1 the last.",
        )
    )


def _pixels(asked: str, size: Any) -> tuple[float, float] | None:
    """The size of the page, if one is asked for."""
    if size is None or size == "slide":
        return None if size is None else SLIDE
    with contextlib.suppress(TypeError, ValueError):
        width, height = map(float, size)
        if 1 <= width <= 1e5 and 1 <= height <= 1e5:
            return width, height
    raise ValueError(
        message(
            asked,
            expected="size None, 'slide', or (width, height) in pixels, from 1 to 100,000",
            got=shown(size),
            fix='E.g. size="slide".',
        )
    )
