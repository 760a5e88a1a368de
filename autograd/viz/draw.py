"""``draw(root)``: the picture of a graph, in a notebook or as a file.

What only drawing needs is imported by drawing, so that ``import autograd`` stays light.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd.errors import message, shown
from autograd.node import Node
from autograd.programs.program import Program
from autograd.viz.files import write_whole

if TYPE_CHECKING:
    from autograd.viz.scene import Scene

__all__ = ["Drawing", "draw"]


class Drawing:
    """A picture of a graph as it was when ``draw`` was called.

    A notebook shows it as the last line of a cell; ``save`` writes it to a file.

    Attributes:
        scene: the boxes and edges, with their places.
        svg: the picture as SVG text.
        source: the graph as DOT text, for graphviz and its relatives.
    """

    def __init__(self, picture: Scene) -> None:
        from autograd.viz import svg

        self.scene = picture
        self.svg = svg.write(picture)
        picture.release()

    @property
    def digraph(self) -> Any:
        """The graph as a ``graphviz.Digraph``, to restyle and render with that package."""
        from autograd.viz import dot

        return dot.digraph(self.scene)

    @property
    def source(self) -> str:
        return str(self.digraph.source)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write ``path``: ``.svg`` for the picture, ``.dot`` or ``.gv`` for the DOT source.

        The file is complete or not there: an existing one is replaced at the very end.

        Raises:
            ValueError: another ending.
            OSError: the folder is missing or cannot be written.
        """
        path = Path(path)
        if path.suffix == ".svg":
            text = self.svg
        elif path.suffix in (".dot", ".gv"):
            text = self.source
        else:
            raise ValueError(
                message(
                    "save",
                    expected="a name that ends in .svg, .dot or .gv",
                    got=shown(str(path)),
                    fix='E.g. draw(loss).save("graph.svg"); a browser opens it.',
                )
            )
        return write_whole(path, text)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        import base64

        from autograd.viz.svg import xml_text

        # An inline <svg> is stripped from a notebook that is opened again without being run; an
        # image with the data in its address survives.
        data = base64.b64encode(self.svg.encode()).decode()
        alt = xml_text(self.scene.description)
        image = f'<img src="data:image/svg+xml;base64,{data}" alt="{alt}" style="max-width:100%">'
        return {"text/html": image, "image/svg+xml": self.svg, "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<Drawing: {self.scene.description}>"


def draw(
    root: Any,
    *,
    expand: bool = False,
    model: Any = None,
    collapse: bool | str | None = None,
    depth: int | None = None,
    force: bool = False,
    engine: str | None = None,
) -> Drawing:
    """A picture of everything that ``root`` was computed from, or of a program.

    Each box shows a node's label, operation, ``data`` and ``grad`` ("not computed yet" before
    ``backward()``, which is not the same as 0), each edge the local derivative.  Nothing in the
    graph is changed.  Of a ``Program`` the boxes are its inputs, parameters and equations, each as
    it is written down, with the type and shape of arrays, and the last of them what it returns.

    Args:
        root: the node where the graph ends, e.g. a loss; or a program.
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
            the modules in it, 2 for what is in these.
        force: with ``collapse=False``, draw even more than 2,000 nodes.
        engine: "dot" (graphviz's program), "builtin" (needs nothing), or None: dot if it is there.

    Raises:
        TypeError: ``root`` is neither a node nor a program.
        ValueError: an unknown engine, "dot" without the program, too many nodes to draw in full, or
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

    if not isinstance(root, Node | Program):
        raise TypeError(
            message(
                "draw",
                expected="a node, such as a Value, or a program",
                got=shown(root),
                fix="Draw the result of a computation, e.g. draw(loss).",
            )
        )
    program = placing.program_of("draw", engine)
    if isinstance(root, Program):
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
    placing.place(picture, program)
    return Drawing(picture)
