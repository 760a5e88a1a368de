"""The graphviz side: DOT source of a scene, and places from the ``dot`` program where there is one.

The source is made with the ``graphviz`` package and is there with or without the program.  The
program is run here, not by the package, because the package's call has no time limit.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

from autograd.viz.boxes import Box, Edge, Scene, printable
from autograd.viz.colouring import colouring
from autograd.viz.colours import PALE, THEMES, Look, Theme

__all__ = ["digraph", "find_dot", "place"]

SECONDS = 10  # dot takes 0.1 s for 500 nodes and 9 s for 5,000


def find_dot() -> str | None:
    """The path of the ``dot`` program, or None."""
    import shutil

    return shutil.which("dot")


def digraph(
    scene: Scene,
    view: str = "all",
    theme: str = "light",
    flow: bool | None = None,
    placing: bool = False,
) -> Any:
    """A ``graphviz.Digraph`` of the scene; ``.source`` is DOT.  Labels are escaped.

    With ``placing`` there is room for the longest label that an edge has in any view.
    """
    import graphviz

    look, colours = THEMES[theme], colouring(scene, view, flow)
    leaves, arrives = ("s", "n") if scene.direction == "TB" else ("e", "w")
    graph = graphviz.Digraph(
        graph_attr={"rankdir": scene.direction, "nodesep": "0.2", "ranksep": "0.6",
                    "bgcolor": look.page},
        node_attr={"shape": "box", "style": "filled,rounded", "fontname": "monospace",
                   "fontsize": "12", "fixedsize": "true", "fontcolor": look.ink},
        edge_attr={"fontname": "monospace", "fontsize": "11", "arrowsize": "0.7",
                   "tailport": leaves, "headport": arrives, "fontcolor": look.local},
    )  # fmt: skip

    def text(string: str) -> Any:
        # `escape` keeps backslashes from being commands, `nohtml` keeps <...> from being markup;
        # dot decodes &amp; and its like.
        escaped = graphviz.escape(printable(string).replace("&", "&amp;"))
        return graphviz.nohtml(str(escaped).replace("\n", "\\n"))

    def veil(thing: Box | Edge) -> str:
        return f"{round(255 * PALE):02x}" if thing.pale else ""  # the opacity of a colour

    clusters, places = _clusters(scene, graphviz, text, look)
    for box in scene.boxes:
        rect = look.box(box.kind, colours.boxes.get(box.id, "") if colours else "")
        places.get(box.id, graph).node(
            box.id,
            label=text("\n".join(row.text for row in box.shown(view))),
            tooltip=text(box.title),
            fillcolor=rect.fill + veil(box),
            color=rect.stroke + veil(box),
            fontcolor=look.ink + veil(box),
            penwidth=f"{rect.width:g}",
            style=_style("filled,rounded", rect),
            width=f"{box.width / 72:.4f}",
            height=f"{box.height / 72:.4f}",
        )
    for frame in reversed(scene.frames):  # what is in another one first
        (graph if frame.parent is None else clusters[frame.parent.id]).subgraph(clusters[frame.id])
    for edge in scene.edges:
        line = look.edge(colours.edges.get(edge.id, "") if colours else "")
        # Room around the label, so that it does not touch the line.
        label = "0" * edge.room if placing else edge.text(view)
        graph.edge(
            edge.source.id,
            edge.target.id,
            label=text(f" {label} ") if label else "",
            id=edge.id,
            color=line.stroke + veil(edge),
            fontcolor=look.local + veil(edge),
            penwidth=f"{line.width:g}",
            style=_style("solid", line),
        )
    return graph


def _clusters(
    scene: Scene, graphviz: Any, text: Any, look: Theme
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A cluster for each frame, by its id; and for each box, by its id, the innermost one."""
    clusters = {}
    places = {}
    for frame in scene.frames:
        clusters[frame.id] = graphviz.Digraph(
            f"cluster_{frame.id}",
            graph_attr={"label": text(frame.name), "labeljust": "l", "margin": "10",
                        "style": "rounded", "fontname": "monospace", "fontsize": "11",
                        "color": look.frame[1], "fontcolor": look.frame[2]},
        )  # fmt: skip
        places.update(dict.fromkeys(frame.boxes, clusters[frame.id]))
    return clusters, places


def _style(style: str, look: Look) -> str:
    """The style of a line; DOT knows dots and dashes, and not their lengths."""
    if not look.dash:
        return style
    return f"{style},{'dotted' if look.dash[0] <= 2 else 'dashed'}"


def place(scene: Scene, program: str) -> bool:
    """Fill in places computed by ``dot``; False (after a warning) if it fails or hangs."""
    import json
    import subprocess  # here, because not every Python has it

    try:
        run = subprocess.run(
            [program, "-Tjson"],
            input=digraph(scene, placing=True).source,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=SECONDS,
            check=True,
        )
        _read(scene, json.loads(run.stdout))
    except Exception as error:  # whatever another program does or prints
        warnings.warn(
            f"draw: the dot program failed ({type(error).__name__}); "
            "the built-in layout is used instead.",
            RuntimeWarning,
            stacklevel=4,
        )
        return False
    return True


def _read(scene: Scene, layout: dict[str, Any]) -> None:
    """Copy places out of dot's JSON: points upwards from the lower left become pixels downwards."""
    _, _, width, height = (float(x) for x in layout["bb"].split(","))
    margin = 8.0

    def point(pair: str) -> tuple[float, float]:
        x, y = (float(number) for number in pair.split(","))
        if not (math.isfinite(x) and math.isfinite(y)):
            raise ValueError(f"dot placed something at {pair}")
        return x + margin, height - y + margin

    boxes = {item["name"]: item for item in layout["objects"]}
    splines = {item["id"]: item for item in layout.get("edges", [])}
    places = {box.id: point(boxes[box.id]["pos"]) for box in scene.boxes}
    curves = {}
    taken: set[tuple[tuple[float, float], ...]] = set()
    for edge in scene.edges:
        item = splines[edge.id]
        parts = item["pos"].split()
        ends = [part for part in parts if part.startswith("e,")]
        points = [point(part) for part in parts if "," in part and part[:2] not in ("e,", "s,")]
        tip = point(ends[0][2:]) if ends else points[-1]
        # dot's spline stops short of the arrow's tip: lead it on in a straight line.
        # Now and then dot puts two edges between the same boxes on one line: bend the second.
        x, y = (9.0, 0.0) if scene.direction == "TB" else (0.0, 9.0)
        while tuple(points) in taken:
            points[1:-1] = [(px + x, py + y) for px, py in points[1:-1]]
        taken.add(tuple(points))
        curves[edge.id] = ([*points, points[-1], tip, tip], item.get("lp"))
    # Nothing can fail any more: write.
    for box in scene.boxes:
        box.x, box.y = places[box.id]
    for edge in scene.edges:
        edge.points, label = curves[edge.id]
        edge.label_at = point(label) if label else edge.points[len(edge.points) // 2]
    # dot's own bounding box leaves out curves that swing wide.
    points = [p for edge in scene.edges for p in edge.points]
    left, top = (min([0.0, *(p[axis] - margin for p in points)]) for axis in (0, 1))
    for box in scene.boxes:
        box.x, box.y = box.x - left, box.y - top
    for edge in scene.edges:
        edge.points = [(x - left, y - top) for x, y in edge.points]
        edge.label_at = (edge.label_at[0] - left, edge.label_at[1] - top)
    right, bottom = (max([0.0, *(p[axis] for p in points)]) + margin for axis in (0, 1))
    scene.width = max(width + 2 * margin, right) - left
    scene.height = max(height + 2 * margin, bottom) - top
