"""Where boxes stand when there is no ``dot`` program: a layered layout in plain Python.

The method is Sugiyama's (Sugiyama, Tagawa and Toda, 1981): put every box in a column, one right of
all its inputs; lead long edges through the columns between with invisible stops; order each column
so that few edges cross, by moving boxes to the mean place of their neighbours; then shift boxes up
and down, as near to their neighbours as their order and size allow.

A picture from top to bottom is laid out as one from left to right, with the width of boxes for
their height, and turned at the end: x and y change places.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from autograd.viz.boxes import LABELLED, Box, Edge, Scene

__all__ = ["place"]

GAP_X, GAP_Y, MARGIN = 52.0, 14.0, 12.0
ARRIVAL = 13.0  # the distance of edges that arrive side by side, and the height of their labels
CHAR = 7.0  # width of a character of an edge's label
SWEEPS = 12
FAR = 3  # columns between the ends of an edge, from which on it may share its way


@dataclass(eq=False)
class _Item:
    """Something with a place in a column: a box, or a stop on a long edge.

    ``size`` and ``y`` are along the column, ``length`` and ``x`` across it.
    """

    box: Box | None
    size: float
    length: float = 0.0
    x: float = 0.0
    y: float = 0.0
    before: list[_Item] = field(default_factory=list)
    after: list[_Item] = field(default_factory=list)


def place(scene: Scene) -> None:
    """Fill in the places of boxes, the points of edges, and the size of the scene."""
    if not scene.boxes:
        return
    turned = scene.direction == "TB"
    ranks = _ranks(scene)
    columns: list[list[_Item]] = [[] for _ in range(1 + max(ranks.values(), default=0))]
    arrivals: dict[str, list[Edge]] = {box.id: [] for box in scene.boxes}
    for edge in scene.edges:
        arrivals[edge.target.id].append(edge)
    items = {}
    for box in scene.boxes:
        box.stretch = 0.0
        if box.arrivals <= LABELLED:  # room for all labels, side by side
            size = box.width if turned else box.height
            box.stretch = max(0.0, box.arrivals * _apart(arrivals[box.id], turned) + 8 - size)
        width, height = box.width, box.height
        items[box.id] = _Item(box, width, height) if turned else _Item(box, height, width)
        columns[ranks[box.id]].append(items[box.id])
    stops: dict[tuple[str, int], _Item] = {}
    lanes = {name for name, into in arrivals.items() if _from_afar(into, ranks) > LABELLED}
    routes = {edge.id: _route(edge, items, stops, ranks, columns, lanes) for edge in scene.edges}
    _order_columns(columns)
    _shift(columns)
    _columns_to_x(scene, columns, ranks, turned)
    top = min(item.y - item.size / 2 for column in columns for item in column) - MARGIN
    for column in columns:
        for item in column:
            item.y -= top
    _draw_edges(arrivals, items, routes, ranks, columns, turned)
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


def _apart(edges: list[Edge], turned: bool) -> float:
    """The distance of edges that arrive at a box, so that their labels do not overlap."""
    if not turned:
        return ARRIVAL
    return max([ARRIVAL, *(edge.room * CHAR + 6 for edge in edges)])


def _label_room(edge: Edge, turned: bool) -> float:
    """How much of an edge, before its arrival, its label covers."""
    return 0.0 if not edge.room else ARRIVAL if turned else edge.room * CHAR


def _ranks(scene: Scene) -> dict[str, int]:
    """The column of each box: inputs to the left, a source just left of its first user."""
    into: dict[str, list[str]] = {box.id: [] for box in scene.boxes}
    out: dict[str, list[str]] = {box.id: [] for box in scene.boxes}
    for edge in scene.edges:
        into[edge.target.id].append(edge.source.id)
        out[edge.source.id].append(edge.target.id)
    ranks: dict[str, int] = {}
    missing = {name: len(sources) for name, sources in into.items()}
    ready = [name for name, count in missing.items() if not count]
    for name in ready:  # the list grows while it is gone through
        ranks[name] = 1 + max((ranks[source] for source in into[name]), default=-1)
        for target in out[name]:
            missing[target] -= 1
            if not missing[target]:
                ready.append(target)
    for name, sources in into.items():
        if not sources and out[name]:
            ranks[name] = min(ranks[target] for target in out[name]) - 1
    return ranks


def _from_afar(edges: list[Edge], ranks: dict[str, int]) -> int:
    return sum(ranks[e.target.id] - ranks[e.source.id] > FAR for e in edges)


def _route(
    edge: Edge,
    items: dict[str, _Item],
    stops: dict[tuple[str, int], _Item],
    ranks: dict[str, int],
    columns: list[list[_Item]],
    lanes: set[str],
) -> list[_Item]:
    """The items that an edge passes: its ends, and a stop in each column between.

    Edges from one box share their stops: they run as one line up to where they part.  This is
    easier to follow, and keeps a leaf that a thousand nodes use from needing a million stops.
    So do the many edges that come from afar into one of the boxes in ``lanes``, such as a sum over
    all steps of a recurrence: they run as one line from where they meet.
    """
    route = [items[edge.source.id]]
    joins = edge.target.id in lanes and _from_afar([edge], ranks) > 0
    shared = f"to {edge.target.id}" if joins else edge.source.id
    unlinked = joins
    for rank in range(ranks[edge.source.id] + 1, ranks[edge.target.id]):
        stop = stops.get((shared, rank))
        new = stop is None
        if stop is None:
            stop = stops[shared, rank] = _Item(None, 8.0)
            columns[rank].append(stop)
        if new or unlinked:
            _link(route[-1], stop)
        unlinked = new  # to the next stop, which may be there already
        route.append(stop)
    _link(route[-1], items[edge.target.id])
    return [*route, items[edge.target.id]]


def _link(left: _Item, right: _Item) -> None:
    left.after.append(right)
    right.before.append(left)


def _order_columns(columns: list[list[_Item]]) -> None:
    """Sort columns by the mean place of neighbours, to and fro, and keep the shortest edges."""
    for column in columns:
        for index, item in enumerate(column):
            item.y = index
    best, shortest = [list(column) for column in columns], float("inf")
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        for column in columns if forward else reversed(columns):
            keys = {}
            for item in column:
                near = item.before if forward else item.after
                keys[item] = sum(n.y for n in near) / len(near) if near else item.y
            column.sort(key=keys.__getitem__)
            for index, item in enumerate(column):
                item.y = index - len(column) / 2
        length = sum(abs(item.y - n.y) for column in columns for item in column for n in item.after)
        if length < shortest:
            best, shortest = [list(column) for column in columns], length
    columns[:] = best


def _shift(columns: list[list[_Item]]) -> None:
    """Move items up and down towards the mean of their neighbours, keeping order and distance."""
    for column in columns:
        _settle(column, [0.0] * len(column))
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        for column in columns if forward else reversed(columns):
            wanted = []
            for item in column:
                near = (item.before if forward else item.after) or item.before + item.after
                wanted.append(sum(n.y for n in near) / len(near) if near else item.y)
            _settle(column, wanted)


def _settle(column: list[_Item], wanted: list[float]) -> None:
    """The places nearest to the wanted ones (least squares) that keep order and distance.

    Subtracting from each place the room taken by those above turns "keep the distance" into "do
    not decrease"; pooling adjacent violators then is exact (Ayer et al., 1955).
    """
    room, rooms = 0.0, []
    for index, item in enumerate(column):
        if index:
            room += (column[index - 1].size + item.size) / 2 + GAP_Y
        rooms.append(room)
    pools: list[list[float]] = []  # [sum, count] of neighbours that move as one
    for place, taken in zip(wanted, rooms, strict=True):
        pools.append([place - taken, 1.0])
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] > pools[-1][0] / pools[-1][1]:
            total, count = pools.pop()
            pools[-1][0] += total
            pools[-1][1] += count
    means = [total / count for total, count in pools for _ in range(int(count))]
    for item, mean, taken in zip(column, means, rooms, strict=True):
        item.y = mean + taken


def _columns_to_x(
    scene: Scene, columns: list[list[_Item]], ranks: dict[str, int], turned: bool
) -> None:
    """Columns as wide as their widest box, with room for the labels of the edges between."""
    labels = [0.0] * len(columns)
    for edge in scene.edges:
        rank = ranks[edge.target.id]
        labels[rank] = max(labels[rank], _label_room(edge, turned))
    left = MARGIN
    for rank, column in enumerate(columns):
        width = max(item.length for item in column)
        left += (GAP_X + labels[rank]) if rank else 0.0
        for item in column:
            item.x = left + width / 2
        left += width


def _draw_edges(
    arrivals: dict[str, list[Edge]],
    items: dict[str, _Item],
    routes: dict[str, list[_Item]],
    ranks: dict[str, int],
    columns: list[list[_Item]],
    turned: bool,
) -> None:
    """Curves that leave and arrive level; edges into one box arrive side by side."""
    sides = [_sides(column) for column in columns]
    for name, edges in arrivals.items():
        if not edges:
            continue
        edges.sort(key=lambda edge: routes[edge.id][-2].y)
        target = items[name]
        left = target.x - target.length / 2
        step = min(_apart(edges, turned), (target.size - 8) / len(edges))
        for index, edge in enumerate(edges):
            source = items[edge.source.id]
            arrival = target.y + (index - (len(edges) - 1) / 2) * step
            knots = [(source.x + source.length / 2, source.y)]
            for rank, stop in enumerate(routes[edge.id][1:-1], start=ranks[edge.source.id] + 1):
                knots += [(x, stop.y) for x in sides[rank]]  # straight past a column
            covered = _label_room(edge, turned)
            room = covered + 20 if covered else 0.0
            knots = _without_needless([*knots, (left - room, arrival), (left, arrival)])
            edge.points = knots[:1]
            for (x0, y0), (x1, y1) in pairwise(knots):
                bend = (x1 - x0) / 2
                edge.points += [(x0 + bend, y0), (x1 - bend, y1), (x1, y1)]
            # On the level end of the edge: labels of edges into one box stand in a column.
            edge.label_at = (left - room / 2 - 4, arrival)


def _without_needless(knots: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Without knots in the middle of level pieces: a long lane is one line."""
    kept = knots[:1]
    for i in range(1, len(knots) - 1):
        if max(abs(kept[-1][1] - knots[i][1]), abs(knots[i + 1][1] - knots[i][1])) > 0.01:
            kept.append(knots[i])
    return [*kept, knots[-1]]


def _sides(column: list[_Item]) -> tuple[float, float]:
    """The left and the right edge of a column."""
    boxes = [item for item in column if item.box]
    return min(b.x - b.length / 2 for b in boxes), max(b.x + b.length / 2 for b in boxes)
