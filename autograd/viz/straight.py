"""Where items stand along their columns: near to their neighbours, on lines as straight as can be.

1. *Lines.*  In each gap between two columns some edges are chosen to be level, none of which cross:
   first those of long lines, then those in the very middle of their ends' edges.  What is
   joined by level edges is one *line*, and moves as one (as in Brandes and Köpf, 2002).
2. *Walls.*  A group has two walls, above and below what is in it: lines through all its columns.
3. *Places.*  Lines that do not cross have an order from top to bottom, and keep a distance from
   those above.  Each wants to be at the mean place of its neighbours.  Pushing down what is too
   near to the one above gives places that keep all distances; so does pushing up; and so does
   their mean, as all conditions are linear.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf
from operator import add
from typing import Any

from autograd.viz.boxes import Frame
from autograd.viz.frames import CHAR, NAME, PAD
from autograd.viz.lanes import Groups, Item

__all__ = ["set_places"]

GAP_Y = 14.0
PARTS = 4
ROOMY = 1.3  # the height of a picture, by that of its highest column
ROUNDS, WORK = 30, 60_000  # lines are moved so often, or as often as time allows


@dataclass(eq=False)
class _Line:
    """Items at one height; or a wall of a frame, and on which ``side`` of it: -1 above, 1 below."""

    items: list[Item] = field(default_factory=list)
    frame: Frame | None = None
    side: int = 0
    y: float = 0.0
    above: dict[_Line, float] = field(default_factory=dict)  # with their distances
    below: dict[_Line, float] = field(default_factory=dict)


def set_places(
    columns: list[list[Item]], groups: Groups, turned: bool
) -> dict[str, tuple[float, float]]:
    """Fill in ``y`` of all items, and return that of the walls of frames, by their ids."""
    walls = {frame.id: (_Line(frame=frame, side=-1), _Line(frame=frame, side=1))
             for frame in groups.frames}  # fmt: skip
    walled = [_with_walls(column, groups, walls) for column in columns]
    alone = {item: _Line([item]) for column in columns for item in column}
    limit = 1.25 * _pile(_sorted(walled, alone, walls, turned)) + GAP_Y
    line_of: dict[Item, _Line] = {}
    for left, right in pairwise([[], *walled]):
        level = _level_edges(left, right)
        for entry in right:
            if isinstance(entry, Item):
                line = line_of[level[entry]] if entry in level else _Line()
                line.items.append(entry)
                line_of[entry] = line
    lines = _sorted(walled, line_of, walls, turned)
    while _cut(lines, line_of, limit):
        lines = _sorted(walled, line_of, walls, turned)
    _settle(lines, line_of, ROOMY * limit)
    return {name: (top.y, bottom.y) for name, (top, bottom) in walls.items()}


def _with_walls(
    column: list[Item], groups: Groups, walls: dict[str, tuple[_Line, _Line]]
) -> list[Item | _Line]:
    """A column with the walls of the groups in it, in their places."""
    entries: list[Item | _Line] = []
    inside: tuple[Frame, ...] = ()
    for item in [*column, None]:
        chain = groups.chain(item.group) if item else ()
        both = sum(a is b for a, b in zip(inside, chain, strict=False))
        entries += [walls[frame.id][1] for frame in reversed(inside[both:])]
        entries += [walls[frame.id][0] for frame in chain[both:]]
        inside = chain
        if item:
            entries.append(item)
    return entries


def _level_edges(left: list[Item | _Line], right: list[Item | _Line]) -> dict[Item, Item]:
    """The edges between two columns that are level: from right to left ends."""
    at = {entry: i for i, entry in enumerate(left)}, {entry: j for j, entry in enumerate(right)}
    chosen = [(at[0][wall], j) for wall, j in at[1].items() if wall in at[0]]  # walls, in order
    off: dict[tuple[int, int], float] = {}  # how far an edge is from the middle of its ends' edges
    for side, other, entries in (0, 1, left), (1, 0, right):
        for here, entry in enumerate(entries):
            if isinstance(entry, Item):
                there = sorted({at[other][n] for n in (entry.before if side else entry.after)})
                for k, place in enumerate(there):
                    edge = (place, here) if side else (here, place)
                    off[edge] = off.get(edge, 0.0) + abs((k + 0.5) / len(there) - 0.5)

    def is_line(edge: tuple[int, int]) -> bool:
        ends = left[edge[0]], right[edge[1]]
        return all(isinstance(end, Item) and end.box is None for end in ends)

    level = {}
    # Of two edges that come together, neither is in the middle: the box stands between their ends.
    straight = [edge for edge in off if is_line(edge) or off[edge] == 0]
    for edge in sorted(straight, key=lambda edge: (not is_line(edge), edge)):
        near = bisect_left(chosen, edge)
        if all(i < edge[0] and j < edge[1] for i, j in chosen[max(near - 1, 0) : near]) and all(
            i > edge[0] and j > edge[1] for i, j in chosen[near : near + 1]
        ):
            chosen.insert(near, edge)
            a, b = left[edge[0]], right[edge[1]]
            if isinstance(a, Item) and isinstance(b, Item):
                level[b] = a
    return level


def _sorted(
    walled: list[list[Item | _Line]],
    line_of: dict[Item, _Line],
    walls: dict[str, tuple[_Line, _Line]],
    turned: bool,
) -> list[_Line]:
    """All lines, each after those above it, and with the distances that they keep."""

    def keep(a: _Line, b: _Line, distance: float) -> None:
        a.below[b] = b.above[a] = max(distance, a.below.get(b, 0.0))

    every = dict.fromkeys([*(pair[0] for pair in walls.values()), *line_of.values()])
    every |= dict.fromkeys(pair[1] for pair in walls.values())
    for line in every:
        line.above, line.below = {}, {}
    room = PAD + (0.0 if turned else NAME)  # below an upper wall
    both = [wall for pair in walls.values() for wall in pair]
    lines: dict[Any, _Line] = dict(zip(both, both, strict=True))
    lines.update(line_of)
    size = {end: end.size / 2 if isinstance(end, Item) else 0.0 for end in lines}
    for column in walled:
        for x, y in pairwise(column):
            a, b = lines[x], lines[y]
            distance = size[x] + size[y]
            distance += room if a.side < 0 else PAD if b.side > 0 else GAP_Y
            keep(a, b, distance)
    for upper, lower in walls.values():
        if turned and upper.frame:
            keep(upper, lower, len(upper.frame.name) * CHAR + 2 * PAD)
    missing = {line: len(line.above) for line in every}
    ready = [line for line in every if not line.above]
    for line in ready:  # the list grows while it is gone through
        for other in line.below:
            missing[other] -= 1
            if not missing[other]:
                ready.append(other)
    return ready


def _heights(lines: list[_Line]) -> tuple[dict[_Line, float], dict[_Line, float]]:
    """How much there is above and below each line, if all is as near together as it can be."""
    above: dict[_Line, float] = {}
    for line in lines:
        above[line] = max((above[a] + d for a, d in line.above.items()), default=0.0)
    below: dict[_Line, float] = {}
    for line in reversed(lines):
        below[line] = max((below[b] + d for b, d in line.below.items()), default=0.0)
    return above, below


def _pile(lines: list[_Line]) -> float:
    return max(_heights(lines)[0].values())


def _cut(lines: list[_Line], line_of: dict[Item, _Line], limit: float) -> bool:
    """Cut lines in parts that are part of a pile higher than the limit; False if none is.

    Long lines above each other, each beginning a bit farther right, would be stairs without end.
    """
    above, below = _heights(lines)
    found = False
    for line in lines:
        if len(line.items) > 1 and above[line] + below[line] > limit:
            found = True
            items, size = line.items, -(-len(line.items) // PARTS)
            line.items = items[:size]
            for start in range(size, len(items), size):
                other = _Line(items[start : start + size])
                line_of.update(dict.fromkeys(other.items, other))
    return found


def _settle(lines: list[_Line], line_of: dict[Item, _Line], height: float) -> None:
    """Find the places of lines, sorted from top to bottom, and of the items on them.

    No line wants to be so far up or down that all would not fit into this height.
    """
    number = {line: i for i, line in enumerate(lines)}
    above = [[(number[a], d) for a, d in line.above.items()] for line in lines]
    below = [[(number[b], d) for b, d in line.below.items()] for line in lines]
    near = []
    for line in lines:
        around = [line_of[n] for item in line.items for n in item.before + item.after]
        near.append([number[other] for other in around if other is not line])
    sides = [line.side for line in lines]
    down, up = range(len(lines)), range(len(lines) - 1, -1, -1)
    y = [0.0] * len(lines)
    tops, rests = _heights(lines)
    over, under = [tops[line] for line in lines], [rests[line] for line in lines]
    half: float = max(height, *map(add, over, under)) / 2

    def wanted(i: int) -> float:
        most = min(half - under[i], aim(i))
        return max(over[i] - half, most)

    def aim(i: int) -> float:
        if sides[i]:  # a wall stands close to what is inside
            return (
                min(y[b] - d for b, d in below[i])
                if sides[i] < 0
                else max(y[a] + d for a, d in above[i])
            )
        return sum([y[n] for n in near[i]]) / len(near[i]) if near[i] else y[i]

    def project(aims: list[float]) -> None:
        low, high = aims[:], aims[:]
        for i in down:
            for a, d in above[i]:
                if low[a] + d > low[i]:
                    low[i] = low[a] + d
        for i in up:
            for b, d in below[i]:
                if high[b] - d < high[i]:
                    high[i] = high[b] - d
        y[:] = [(a + b) / 2 for a, b in zip(low, high, strict=True)]

    project(y)
    for _ in range(max(4, min(ROUNDS, WORK // len(lines)))):
        project([wanted(i) for i in down])
    # In the mean of both there are gaps where one of them was held up: move each as far as it can.
    for order in (down, up, down, up):
        for i in order:
            least = max([y[a] + d for a, d in above[i]], default=-inf)
            most = min([y[b] - d for b, d in below[i]], default=inf)
            y[i] = max(least, min(most, wanted(i)))
    for line, place in zip(lines, y, strict=True):
        line.y = place
        for item in line.items:
            item.y = place
