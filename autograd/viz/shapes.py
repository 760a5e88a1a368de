"""Where the parts of boxes and edges are: what all writers of pictures have in common."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from autograd.viz.boxes import LINE, PAD, Box, Edge, Frame, Row, Scene
from autograd.viz.colouring import Colouring, legend
from autograd.viz.colours import Look

__all__ = [
    "LABEL_INK",
    "PAPER",
    "Page",
    "Point",
    "frame_box",
    "framed",
    "label_box",
    "line_and_arrow",
    "placed_rows",
    "solid_beside",
]

LABEL = 6.7  # the width of a character of an edge's label, in 11 px monospace
LABEL_INK = 4.0  # from the middle of a label down to its base line
BESIDE = 14.0  # of a dashed line before a label and behind it: a dash there reads as a minus sign
PAPER = 14400.0  # points: readers of PDF know no longer page, and TeX not much longer lines
LARGEST = 3.0  # how many times its own size a picture grows to fill a slide

Point = tuple[float, float]


def placed_rows(box: Box, view: str = "all") -> list[tuple[Row, float, float]]:
    """The rows of a view, each with the place where its text begins, on the base line.

    A row that a view leaves out leaves no gap: those above and below move together.
    """
    left = box.x - box.width / 2 + PAD
    if box.turned:
        left += box.stretch / 2
    rows = box.shown(view)
    top = box.y - box.height / 2 + PAD + (len(box.rows) - len(rows)) * LINE / 2
    if not box.turned:
        top += box.stretch / 2
    return [(row, left, top + 10 + index * LINE) for index, row in enumerate(rows)]


def line_and_arrow(edge: Edge) -> tuple[list[Point], list[Point]]:
    """The points of the curve, up to the arrowhead, and the corners of that.

    The head points along the last piece of the curve that has a length.
    """
    tip_x, tip_y = edge.points[-1]
    from_x, from_y = next(
        ((x, y) for x, y in reversed(edge.points) if abs(x - tip_x) + abs(y - tip_y) > 0.5),
        edge.points[0],
    )
    length = ((tip_x - from_x) ** 2 + (tip_y - from_y) ** 2) ** 0.5 or 1.0
    ux, uy = (tip_x - from_x) / length, (tip_y - from_y) / length
    corners = [(tip_x, tip_y)]
    corners += [(tip_x - 9 * ux + s * 4 * uy, tip_y - 9 * uy - s * 4 * ux) for s in (1, -1)]
    # A wide line would hide the tip.
    back = min(6.0, length)
    return [*edge.points[:-1], (tip_x - back * ux, tip_y - back * uy)], corners


def label_box(at: Point, text: str) -> tuple[float, float, float, float]:
    """Left, top, width and height of the ground that a label of an edge stands on."""
    width = len(text) * LABEL + 3
    return at[0] - width / 2, at[1] - 6, width, 12.0


def solid_beside(points: list[Point], at: Point, text: str, look: Look) -> list[list[Point]]:
    """The pieces of a dashed line that are drawn without dashes, since a label stands on them.

    Args:
        points: of a cubic spline.
        at, text: the middle of the label, and what it says, if there is one.
        look: of the line; dots are too short to be read as anything.

    Returns:
        Splines of one segment each.
    """
    if not text or max(look.dash[::2], default=0.0) < 2.0:
        return []
    width = label_box(at, text)[2] / 2 + BESIDE
    found = []
    for i in range(0, len(points) - 1, 3):
        a, b, c, d = points[i : i + 4]
        count = 1 + int(abs(d[0] - a[0]) + abs(d[1] - a[1]))
        near = []
        for k in range(count + 1):
            x, y = _blossom(a, b, c, d, (k / count,) * 3)
            if abs(x - at[0]) <= width and abs(y - at[1]) <= LABEL_INK:  # as high as its digits
                near.append(k / count)
        if near:
            u, v = near[0], near[-1]
            ends = [(u, u, u), (u, u, v), (u, v, v), (v, v, v)]
            found.append([_blossom(a, b, c, d, times) for times in ends])
    return found


def _blossom(a: Point, b: Point, c: Point, d: Point, times: tuple[float, ...]) -> Point:
    """De Casteljau's algorithm with a time for each round: of one time t, the curve at t.

    Of times u and v these are the four points of the piece of the curve from u to v.
    """
    row = [a, b, c, d]
    for t in times:
        row = [(p[0] + (q[0] - p[0]) * t, p[1] + (q[1] - p[1]) * t) for p, q in pairwise(row)]
    return row[0]


def frame_box(frame: Frame) -> tuple[float, float, float, float, Point]:
    """Left, top, width and height of a frame, and where its name begins."""
    left, top, right, bottom = frame.place
    return left, top, right - left, bottom - top, (left + 8, top + 14)


class Page(NamedTuple):
    """What part of the plane is shown, ``view = left, top, width, height``, and how large."""

    view: tuple[float, float, float, float]
    width: float
    height: float


def framed(
    scene: Scene, colours: Iterable[Colouring], size: tuple[float, float] | None = None
) -> Page:
    """The picture with its legends, in the middle of a page of this size if one is given."""
    width, height = scene.width, scene.height
    for colouring in colours:
        _, right, bottom = legend(colouring, scene)
        width, height = max(width, right), max(height, bottom)
    if size is None:
        return Page((0.0, 0.0, width, height), width, height)
    scale = min(size[0] / width, size[1] / height, LARGEST)
    w, h = size[0] / scale, size[1] / scale
    return Page(((width - w) / 2, (height - h) / 2, w, h), *size)
