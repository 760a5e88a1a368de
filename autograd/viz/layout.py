"""Where boxes stand when there is no ``dot`` program: a layered layout in plain Python.

The method is Sugiyama's (Sugiyama, Tagawa and Toda, 1981): put every box in a column, one right of
all its inputs; lead long edges through the columns between (``lanes.py``); order each column so
that few edges cross (``ordering.py``); then place boxes up and down, as near to their neighbours as
their order and size allow (``straight.py``).  Groups of boxes stay together all the way, so that
frames can be drawn around them.

A picture from top to bottom is laid out as one from left to right, with the width of boxes for
their height, and turned at the end: x and y change places.
"""

from __future__ import annotations

from itertools import pairwise

from autograd.viz.boxes import LABELLED, Edge, Frame, Scene
from autograd.viz.frames import NAME, PAD, Rectangle, around, make_room, rectangle
from autograd.viz.lanes import STOP, Groups, Item, columns_of, ranks_of
from autograd.viz.ordering import order_columns
from autograd.viz.straight import set_places

__all__ = ["place"]

GAP_X, MARGIN = 52.0, 12.0
ARRIVAL = 13.0  # the distance of edges that arrive side by side, and the height of their labels
CHAR = 7.0  # width of a character of an edge's label


def place(scene: Scene) -> None:
    """Fill in the places of boxes and frames, the points of edges, and the size of the scene."""
    if not scene.boxes:
        return
    turned = scene.direction == "TB"
    ranks = ranks_of(scene)
    groups = Groups(scene, ranks)
    arrivals: dict[str, list[Edge]] = {box.id: [] for box in scene.boxes}
    for edge in scene.edges:
        arrivals[edge.target.id].append(edge)
    items = {}
    for box in scene.boxes:
        box.stretch = 0.0
        if box.arrivals <= LABELLED:  # room for all labels, side by side
            size = box.width if turned else box.height
            box.stretch = max(0.0, box.arrivals * _apart(arrivals[box.id], turned) + 8 - size)
        size, length = (box.width, box.height) if turned else (box.height, box.width)
        items[box.id] = Item(ranks[box.id], box, groups.of.get(box.id), size, length)
    columns, ways = columns_of(scene, items, groups)
    order_columns(columns, groups)
    walls = set_places(columns, groups, turned)
    _set_columns(scene, columns, ranks, groups, turned)
    top = min(item.y - item.size / 2 for column in columns for item in column) - MARGIN
    for column in columns:
        for item in column:
            item.y -= top
    _draw_edges(arrivals, items, ways, columns, turned, groups)
    width = max(item.x + item.length / 2 for item in items.values()) + MARGIN
    height = max(i.y + i.size / 2 for column in columns for i in column) + MARGIN
    for item in items.values():
        if item.box:
            item.box.x, item.box.y = (item.y, item.x) if turned else (item.x, item.y)
    if turned:
        for edge in scene.edges:
            edge.points = [(x, y) for y, x in edge.points]
            edge.label_at = edge.label_at[::-1]
    scene.width, scene.height = (height, width) if turned else (width, height)
    lines = [item for column in columns for item in column if not item.box and item.size]
    _set_frames(
        scene, lines, {name: lower - top for name, (_, lower) in walls.items()} if turned else {}
    )
    make_room(scene)


def _set_frames(scene: Scene, lines: list[Item], furthest: dict[str, float]) -> None:
    """Frames around their boxes and lines, none of which reaches farther right than it may."""
    boxes = {box.id: rectangle(box) for box in scene.boxes}
    inside: dict[str, list[Rectangle]] = {frame.id: [] for frame in scene.frames}
    for stop in lines:
        if stop.group:
            x, y = (stop.y, stop.x) if scene.direction == "TB" else (stop.x, stop.y)
            inside[stop.group.id].append((x - STOP / 2, y - STOP / 2, x + STOP / 2, y + STOP / 2))
    taken: set[str] = set()
    for frame in reversed(scene.frames):  # inner before outer ones
        inside[frame.id] += [boxes[name] for name in frame.boxes if name not in taken]
        taken.update(frame.boxes)
        left, top, right, bottom = around(frame.name, inside[frame.id])
        # A long name has its room between the walls, which may be to the left.
        over = max(0.0, right - furthest.get(frame.id, right))
        frame.place = left - over, top, right - over, bottom
        if frame.parent:
            inside[frame.parent.id].append(frame.place)


def _apart(edges: list[Edge], turned: bool) -> float:
    """The distance of edges that arrive at a box, so that their labels do not overlap."""
    if not turned:
        return ARRIVAL
    return max([ARRIVAL, *(edge.room * CHAR + 6 for edge in edges)])


def _label_room(edge: Edge, turned: bool) -> float:
    """How much of an edge, before its arrival, its label covers."""
    return 0.0 if not edge.room else ARRIVAL if turned else edge.room * CHAR


def _set_columns(
    scene: Scene, columns: list[list[Item]], ranks: dict[str, int], groups: Groups, turned: bool
) -> None:
    """Columns as wide as their widest box, with room for labels and frames between them."""
    labels = [0.0] * len(columns)
    for edge in scene.edges:
        rank = ranks[edge.target.id]
        labels[rank] = max(labels[rank], _label_room(edge, turned))
    begin, end = PAD + (NAME if turned else 0.0), PAD
    room = [0.0] * (len(columns) + 1)
    closing: list[list[Frame]] = [[] for _ in columns]
    for ends, side, pad in (groups.first, 0, begin), (groups.last, 1, end):
        deepest = [0.0] * len(room)
        for frame in scene.frames:
            at = ends[frame.id]
            level = sum(ends[other.id] == at for other in groups.chain(frame))
            deepest[at + side] = max(deepest[at + side], level * pad)
        room = [a + b for a, b in zip(room, deepest, strict=True)]
    for frame in reversed(scene.frames):  # inner before outer ones
        closing[groups.last[frame.id]].append(frame)
    own: dict[str, list[Item]] = {frame.id: [] for frame in scene.frames}
    for item in (item for column in columns for item in column):
        if item.box and item.group:
            own[item.group.id].append(item)
    spans: dict[str, list[tuple[float, float]]] = {frame.id: [] for frame in scene.frames}
    left, names = MARGIN, 0.0
    for rank, column in enumerate(columns):
        width = max(item.length for item in column)
        left += (GAP_X + labels[rank] + room[rank] + names) if rank else 0.0
        for item in column:
            item.x = left + width / 2
        left += width
        names = 0.0  # how far names of frames that end here reach beyond them
        for frame in closing[rank] if not turned else ():
            inside = spans[frame.id]
            inside += [(i.x - i.length / 2, i.x + i.length / 2) for i in own[frame.id]]
            start, _, stop, _ = around(frame.name, [(a, 0.0, b, 0.0) for a, b in inside])
            if frame.parent:
                spans[frame.parent.id].append((start, stop))
            names = max(names, stop - left - room[rank + 1])


def _draw_edges(
    arrivals: dict[str, list[Edge]],
    items: dict[str, Item],
    ways: dict[str, Item | None],
    columns: list[list[Item]],
    turned: bool,
    groups: Groups,
) -> None:
    """Curves that leave and arrive level; edges into one box arrive side by side."""
    sides = [_sides(column) for column in columns]
    stops = [i for column in columns for i in column if i.box is None]
    ends = _level_ends(stops)
    for name, edges in arrivals.items():
        if not edges:
            continue
        pieces = {edge.id: _pieces(ways[edge.id], ends) for edge in edges}
        heights = {edge.id: items[edge.source.id].y for edge in edges}
        heights |= {key: way[-1][0].y for key, way in pieces.items() if way}
        edges.sort(key=lambda edge: heights[edge.id])
        target = items[name]
        left = target.x - target.length / 2
        step = min(_apart(edges, turned), (target.size - 8) / len(edges))
        around = groups.chain(target.group) if turned else ()
        names = (PAD + NAME) * sum(groups.first[frame.id] == target.rank for frame in around)
        for index, edge in enumerate(edges):
            source = items[edge.source.id]
            arrival = target.y + (index - (len(edges) - 1) / 2) * step
            knots = [(source.x + source.length / 2, source.y)]
            for first, last in pieces[edge.id]:  # straight past columns
                knots += [(sides[first.rank][0], first.y), (sides[last.rank][1], first.y)]
            covered = _label_room(edge, turned)
            room = covered + 20 + names if covered else 0.0
            knots = _without_needless([*knots, (left - room, arrival), (left, arrival)])
            edge.points = knots[:1]
            for (x0, y0), (x1, y1) in pairwise(knots):
                bend = (x1 - x0) / 2
                edge.points += [(x0 + bend, y0), (x1 - bend, y1), (x1, y1)]
            # On the level end of the edge: labels of edges into one box stand in a column.
            edge.label_at = (left - (room + names) / 2 - 4, arrival)


def _level_ends(stops: list[Item]) -> dict[Item, Item]:
    """For each stop the last one of the same height on the way to the root of its tree."""
    ends: dict[Item, Item] = {}
    for stop in stops:
        way = [stop]
        while (after := way[-1].way) and after not in ends and abs(after.y - stop.y) < 0.01:
            way.append(after)
        level = after is not None and abs(after.y - stop.y) < 0.01
        end = ends[after] if after is not None and level else way[-1]
        ends.update(dict.fromkeys(way, end))
    return ends


def _pieces(way: Item | None, ends: dict[Item, Item]) -> list[tuple[Item, Item]]:
    """The level pieces of a line, each from its first to its last stop.

    A line of a thousand columns is as quick to draw as one of two, as long as it is straight.
    """
    pieces = []
    while way is not None:
        pieces.append((way, ends[way]))
        way = ends[way].way
    if pieces and pieces[0][0].rank > pieces[-1][1].rank:  # towards the source
        pieces = [(last, first) for first, last in reversed(pieces)]
    return pieces


def _without_needless(knots: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Without knots in the middle of level pieces: a long lane is one line."""
    kept = knots[:1]
    for i in range(1, len(knots) - 1):
        if max(abs(kept[-1][1] - knots[i][1]), abs(knots[i + 1][1] - knots[i][1])) > 0.01:
            kept.append(knots[i])
    return [*kept, knots[-1]]


def _sides(column: list[Item]) -> tuple[float, float]:
    """The left and the right edge of a column."""
    boxes = [item for item in column if item.box]
    return min(b.x - b.length / 2 for b in boxes), max(b.x + b.length / 2 for b in boxes)
