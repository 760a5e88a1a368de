"""``zoom(root, model=model)``: a graph to walk into, from the whole model to single operations.

One HTML file holds a picture of each module: what is in it, and the names of what is around it.  A
click on a box (or Enter, with the keyboard) leads into the box.  It needs no script: each picture
is a section with a name, a box is a link to a section, and a style sheet shows the section that the
address names.  So the browser's back button works too.

A picture of a module is laid out without what is outside of it; that is why a graph of 100,000
nodes costs no more than its parts.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograd.errors import message, shown
from autograd.node import Node
from autograd.viz import html, placing, svg
from autograd.viz.boxes import Scene
from autograd.viz.colours import THEMES, Theme, plural
from autograd.viz.crossing import Graph
from autograd.viz.draw import one_of
from autograd.viz.files import write_whole
from autograd.viz.group_scene import path_of, picture
from autograd.viz.owners import Group, Owners
from autograd.viz.quotient import Boxes, Part, parts_of
from autograd.viz.scene import READABLE, description
from autograd.viz.svg import xml_text

__all__ = ["Zoom", "zoom"]

AROUND, HIGHEST = 86, 480  # pixels: what is above and below a picture; a notebook's frame
VIEWS = 150  # pictures in one file; what is in the modules beyond is not shown
_SHEET = re.compile("<style>(.*?)</style>", re.DOTALL)


def _style(look: Theme) -> str:
    link = look.strokes["p"]
    return f"""
html{{color-scheme:{look.scheme}}}
body{{margin:0;padding:12px;font:14px system-ui,sans-serif;color:{look.ink};background:{look.page}}}
section{{display:none}}#whole{{display:block}}
section:target{{display:block}}section:target~#whole{{display:none}}
nav{{margin:0 0 10px}}nav a{{color:{link}}}nav b{{font-weight:600}}
p{{margin:10px 0 0;color:{look.faint}}}
a.open rect{{fill:{link};fill-opacity:0;cursor:zoom-in}}
a.open:hover rect{{fill-opacity:.1}}
a.open:focus{{outline:none}}a.open:focus-visible rect{{stroke:{link};stroke-width:3}}
:focus-visible{{outline:3px solid {link};outline-offset:1px}}
"""


@dataclass
class _View:
    """A picture of what is in a group, or of everything; with blocks apart or joined."""

    name: str
    group: Group | None
    joined: bool
    before: _View | None
    scene: Scene
    links: dict[str, str]  # from a box to a view


class Zoom:
    """What ``zoom`` returns: shown in a notebook, or saved as one HTML file.

    Attributes:
        html: the page.
        views: how many pictures are in it.
    """

    def __init__(self, html: str, views: int, first: str, name: str, height: float) -> None:
        self.html, self.views = html, views
        self._first, self._name, self._height = first, name, height

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write ``path``, which ends in ``.html``.

        Raises:
            ValueError: another ending.
            OSError: the folder is missing or cannot be written.
        """
        path = Path(path)
        if path.suffix != ".html":
            raise ValueError(
                message(
                    "save",
                    expected="a name that ends in .html",
                    got=shown(str(path)),
                    fix="A browser opens it; for a single picture use draw(loss, model=model).",
                )
            )
        return write_whole(path, self.html)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        # Links inside a page that has no address of its own lead to the notebook's without a base.
        page = self.html.replace("<head>", '<head><base href="about:srcdoc">', 1)
        high = min(self._height + AROUND, HIGHEST)
        room = f"grid-template-columns:minmax(0,1fr);min-height:{high:.0f}px"
        # Under the page the picture lies where it does in the page.
        still = "max-width:calc(100% - 24px);margin:41px 12px 45px"
        cell = html.over(self._first, page, self._name, grid=room, still=still)
        return html.bundle(cell, self._first, repr(self), include)

    def __repr__(self) -> str:
        return f"<Zoom: {self._name}, {plural(self.views, 'picture')}>"


def zoom(root: Any, *, model: Any = None, theme: str = "light", engine: str | None = None) -> Zoom:
    """Pictures of a graph to walk through by clicks: the model, its layers, their neurons.

    Args:
        root: the node where the graph ends, e.g. a loss.
        model: the module that computed it; without one, there are the user's scopes.
        theme, engine: as in ``draw``.

    Raises:
        TypeError: ``root`` is no node, or ``model`` no module.
        ValueError: an unknown theme or engine; a graph without modules and scopes.

    >>> from autograd import Value, scope
    >>> x = Value(0.5, label="x")
    >>> with scope("bend"):
    ...     y = (x * x).tanh()
    >>> zoom(y + x)  # doctest: +ELLIPSIS
    <Zoom: The computation graph of 4 nodes that ..., gradients not computed yet, 2 pictures>
    """
    if not isinstance(root, Node):
        fix = "Zoom into the result of a computation, e.g. zoom(loss, model=model)."
        raise TypeError(message("zoom", expected="a node", got=shown(root), fix=fix))
    one_of("zoom", "theme", theme, tuple(THEMES))
    program = placing.program_of("zoom", engine)
    graph = Graph.of(root, model)
    if not graph.owners.roots:
        raise ValueError(
            message(
                "zoom",
                expected="modules or scopes to walk into",
                got="a graph without any",
                fix="Write zoom(loss, model=model), or compute in autograd.scope(name).",
            )
        )
    name = description(root, graph.order)
    views = _views(graph, name)
    sections = []
    first = ""
    rules: dict[str, None] = {}  # one style sheet serves all pictures
    for view in views:
        if not placing.place(view.scene, program, engine):
            program = None  # one that hangs would do so once for each picture
        text = svg.write(view.scene, theme=theme)
        first = first or text
        rules.update(dict.fromkeys("".join(_SHEET.findall(text)).split("\n")))
        sections.append(_section(view, text))
    # The last section is the one that is seen when no other is (see ``_style``).
    body = "\n".join([*sections[1:], sections[0]])
    page = (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{xml_text(name)}</title>'
        f"<style>{_style(THEMES[theme])}{chr(10).join(rules)}</style></head><body>\n{body}\n</body></html>\n"
    )
    height = max(view.scene.height for view in views)
    return Zoom(page, len(views), first, name, height)


def _views(graph: Graph, name: str) -> list[_View]:
    """All pictures, outer ones first."""
    views: list[_View] = []
    waiting: list[tuple[Group | None, bool, _View | None, str]] = [(None, True, None, "whole")]
    known: dict[Any, str] = {(None, True): "whole"}
    inside = _inside(graph)
    for group, joined, before, view_name in waiting:  # the list grows while it is gone through
        view, parts = _view(graph, inside, group, joined, before, view_name, name)
        views.append(view)
        for box, part in zip(view.scene.boxes, parts, strict=True):
            if part.group is None or box.kind != "group":
                continue
            key = (group, False) if part.blocks else (part.group, True)
            if key not in known and len(known) < VIEWS:
                known[key] = f"view{len(known)}"
                waiting.append((*key, view, known[key]))
            if key in known:
                view.links[box.id] = known[key]
    return views


def _inside(graph: Graph) -> dict[Group | None, list[int]]:
    """The positions of what was made in each group."""
    inside: dict[Group | None, list[int]] = {None: list(range(len(graph.order)))}
    chains: dict[Group, list[Group]] = {}
    for i, owner in enumerate(graph.owners.of):
        if owner is not None:
            if owner not in chains:
                chains[owner] = owner.chain
            for group in chains[owner]:
                inside.setdefault(group, []).append(i)
    return inside


def _view(
    graph: Graph,
    inside: dict[Group | None, list[int]],
    group: Group | None,
    joined: bool,
    before: _View | None,
    name: str,
    text: str,
) -> tuple[_View, list[Part]]:
    """One picture, not placed yet; and its parts, one for each box."""
    opened = set(group.chain) if group is not None else set()
    box: Boxes = {g: _seen(g, opened) for g in {o for o in graph.owners.of if o is not None}}
    for g in list(box):
        box.update({above: _seen(above, opened) for above in g.chain})
    if group is None:
        part_graph, around = graph, frozenset[int]()
    else:
        part_graph, around = _neighbourhood(graph, inside[group])
        text = f"Inside of {group.name or group.type}"
    parts = parts_of(part_graph.order, part_graph.inputs, part_graph.owners, box,
                     READABLE if joined else None)  # fmt: skip
    scene = picture(part_graph, parts, text, around)
    things: list[Any] = [*scene.boxes, *scene.edges, *scene.frames]
    for thing in things:
        thing.id = f"{name}-{thing.id}"  # several pictures are in one page
    for frame in scene.frames:
        frame.boxes = [f"{name}-{box_id}" for box_id in frame.boxes]
    scene.release()
    return _View(name, group, joined, before, scene, {}), parts


def _seen(group: Group, opened: set[Group]) -> Group | None:
    """The outermost group around (or this one) that is closed."""
    return next((g for g in group.chain if g not in opened), None)


def _neighbourhood(graph: Graph, mine: list[int]) -> tuple[Graph, frozenset[int]]:
    """A graph of some nodes, the leaves they use, and what is next to them."""
    own = set(mine)
    sources = {j for i in mine for j in graph.inputs[i] if j not in own}
    leaves = {j for j in sources if graph.order[j].op is None}
    users = {i for i in graph.users(own) if i not in own}
    keep = sorted(own | sources | users)
    at = {i: k for k, i in enumerate(keep)}
    inputs: list[list[int]] = []  # of what is around only those that lead to or from here
    for i in keep:
        known = at if i in own else own if i in users else ()
        inputs.append([at[j] for j in graph.inputs[i] if j in known])
    owners = Owners(
        [graph.owners.of[i] for i in keep],
        graph.owners.roots,
        {at[i]: g for i, g in graph.owners.homes.items() if i in at},
    )
    around = frozenset(at[i] for i in (sources - leaves) | users)
    return Graph([graph.order[i] for i in keep], inputs, owners), around


def _section(view: _View, text: str) -> str:
    """A picture as a part of the page: the way here, the picture, and its links."""
    way = []
    above = view.before
    while above is not None:
        way.append(f'<a href="#{above.name}">{_title(above)}</a>')
        above = above.before
    way = [*reversed(way), f"<b>{_title(view)}</b>"]
    links = []
    for box in view.scene.boxes:
        if box.id in view.links:
            links.append(
                f'<a class="open" href="#{view.links[box.id]}">'
                f"<title>{xml_text(box.title)}</title>"
                f'<rect x="{box.x - box.width / 2:.1f}" y="{box.y - box.height / 2:.1f}" '
                f'width="{box.width:.1f}" height="{box.height:.1f}" rx="6"/></a>'
            )
    body, _, end = text.rpartition("</svg>")
    body = _SHEET.sub("", body).replace('role="img"', 'role="group"', 1)
    hint = "<p>Click on a box, or press Tab and Enter, to look inside.</p>" if links else ""
    return (
        f'<section id="{view.name}"><nav aria-label="Where this is">{" › ".join(way)}</nav>\n'
        f"{body}{''.join(links)}</svg>{end}{hint}</section>"
    )


def _title(view: _View) -> str:
    if view.group is None:
        return "overview"
    name = xml_text(path_of(view.group) or view.group.type)
    return name if view.joined else f"{name}, one by one"
