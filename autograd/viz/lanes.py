"""What stands in the columns of a layered layout: boxes, and stops of the edges that pass by.

An edge over several columns has a *stop* in each of those between, so that no box stands on its
way.  Stops are shared.  Edges from one box run as one line up to where they part, which is easier
to follow, and keeps a leaf that a thousand nodes use from needing a million stops.  So do the many
edges that come from afar into one box, such as a sum over all steps of a recurrence: they run as
one line from where they meet.  The stops of either kind are a tree, whose root is that box.

A stop belongs to a group of boxes as long as one end of its edge does: an edge leaves the group
behind its last column, and does not cut through its side.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from autograd.viz.boxes import LABELLED, Box, Edge, Frame, Scene

__all__ = ["STOP", "Groups", "Item", "columns_of", "ranks_of"]

FAR = 3  # columns between the ends of an edge, from which on it may share its way
STOP = 8.0  # the room of a line


@dataclass(eq=False)
class Item:
    """Something with a place in a column: a box, or a stop of a line.

    ``size`` and ``y`` are along the column, ``length`` and ``x`` across it.

    Attributes:
        rank: the number of its column.
        box: None for a stop.
        group: the innermost frame that it stands in.
        before, after: what edges lead to, in the columns left and right.
        way: of a stop the next one towards the root of its tree.
    """

    rank: int
    box: Box | None = None
    group: Frame | None = None
    size: float = STOP
    length: float = 0.0
    x: float = 0.0
    y: float = 0.0
    before: list[Item] = field(default_factory=list)
    after: list[Item] = field(default_factory=list)
    way: Item | None = None


class Groups:
    """The frames of a scene, as a layout sees them.

    Attributes:
        frames: outer before inner ones.
        of: the innermost frame of each box, by its id.
        first, last: the columns that a frame reaches from and to, by its id.
    """

    def __init__(self, scene: Scene, ranks: dict[str, int]) -> None:
        self.frames = scene.frames
        self.of: dict[str, Frame] = {}
        self.first: dict[str, int] = {}
        self.last: dict[str, int] = {}
        self._chains: dict[str, tuple[Frame, ...]] = {}
        for frame in scene.frames:
            self.of.update(dict.fromkeys(frame.boxes, frame))
            around = self._chains[frame.parent.id] if frame.parent else ()
            self._chains[frame.id] = (*around, frame)
            at = [ranks[name] for name in frame.boxes]
            self.first[frame.id], self.last[frame.id] = min(at), max(at)

    def chain(self, frame: Frame | None) -> tuple[Frame, ...]:
        """A frame and those around it, outermost first."""
        return () if frame is None else self._chains[frame.id]

    def on_the_way(self, source: Item, target: Item, rank: int) -> Frame | None:
        """The frame in which an edge passes a column."""
        left, right = self.chain(source.group), self.chain(target.group)
        both = sum(a is b for a, b in zip(left, right, strict=False))
        for frame in reversed(left[both:]):
            if self.last[frame.id] >= rank:
                return frame
        for frame in reversed(right[both:]):
            if self.first[frame.id] <= rank:
                return frame
        return left[both - 1] if both else None


def ranks_of(scene: Scene) -> dict[str, int]:
    """The column of each box: right of all inputs, and a source just left of its first user.

    What a frame holds stands right of all that edges lead from into the frame, so that a network's
    layers stand side by side.  This cannot be where two frames need each other.
    """
    chains: dict[str, tuple[Frame, ...]] = {}
    for frame in scene.frames:  # inner after outer ones
        for name in frame.boxes:
            chains[name] = (*chains.get(name, ()), frame)
    entered = {}  # the frames that an edge leads into
    for edge in scene.edges:
        left, right = chains.get(edge.source.id, ()), chains.get(edge.target.id, ())
        both = sum(a is b for a, b in zip(left, right, strict=False))
        entered[edge.id] = right[both:]
    ranks = _longest_ways(scene, entered)
    if len(ranks) < len(scene.boxes):
        ranks = _longest_ways(scene, {})
    first = {frame.id: min(ranks[name] for name in frame.boxes) for frame in scene.frames}
    latest: dict[str, int] = {}
    sources = {box.id for box in scene.boxes} - {edge.target.id for edge in scene.edges}
    for edge in scene.edges:
        name = edge.source.id
        before = min([ranks[edge.target.id], *(first[frame.id] for frame in entered[edge.id])])
        latest[name] = min(latest.get(name, before), before)
    moved = {name: max(ranks[name], latest[name] - 1) for name in sources if name in latest}
    ranks |= moved
    return ranks


def _longest_ways(scene: Scene, entered: dict[str, tuple[Frame, ...]]) -> dict[str, int]:
    """The number of edges on the longest way to each box; without what stands in a circle."""
    into: dict[str, list[tuple[str, int]]] = {box.id: [] for box in scene.boxes}
    gates: dict[str, list[tuple[str, int]]] = {}  # the ways into frames
    for edge in scene.edges:
        into[edge.target.id].append((edge.source.id, 1))
        for frame in entered.get(edge.id, ()):
            gates.setdefault(f"into {frame.id}", []).append((edge.source.id, 0))
    inputs = {name for name, below in into.items() if not below}
    for frame in scene.frames:
        if (gate := f"into {frame.id}") in gates:
            for name in inputs.intersection(frame.boxes):
                into[name].append((gate, 1))
    into |= gates
    out: dict[str, list[str]] = {name: [] for name in into}
    for name, below in into.items():
        for source, _ in below:
            out[source].append(name)
    ranks: dict[str, int] = {}
    missing = {name: len(below) for name, below in into.items()}
    ready = [name for name, count in missing.items() if not count]
    for name in ready:  # the list grows while it is gone through
        ranks[name] = max((ranks[source] + step for source, step in into[name]), default=0)
        for target in out[name]:
            missing[target] -= 1
            if not missing[target]:
                ready.append(target)
    return {box.id: ranks[box.id] for box in scene.boxes if box.id in ranks}


def columns_of(
    scene: Scene, items: dict[str, Item], groups: Groups
) -> tuple[list[list[Item]], dict[str, Item | None]]:
    """All columns, with stops, and what edges lead to.

    Args:
        scene: boxes and edges.
        items: the item of each box, by its id.
        groups: the frames.

    Returns:
        The columns, and for each edge, by its id, a stop: where it leaves the tree of its source,
        or where it enters that of its target; None if it has no stop.
    """
    columns: list[list[Item]] = [[] for _ in range(1 + max(i.rank for i in items.values()))]
    for item in items.values():
        columns[item.rank].append(item)
    afar: dict[str, int] = {}
    for edge in scene.edges:
        afar[edge.target.id] = afar.get(edge.target.id, 0) + _is_far(edge, items)
    stops: dict[tuple[str, int, str], Item] = {}
    ends: dict[str, Item | None] = {}
    for edge in scene.edges:
        joins = _is_far(edge, items) and afar[edge.target.id] > LABELLED
        ends[edge.id] = _route(edge, items, stops, groups, columns, joins)
    for frame in groups.frames:  # a place for each in all its columns
        there = {item.rank for item in _within(frame, columns, groups)}
        for rank in range(groups.first[frame.id], groups.last[frame.id] + 1):
            if rank not in there:
                columns[rank].append(Item(rank, group=frame, size=0.0))
    return columns, ends


def _is_far(edge: Edge, items: dict[str, Item]) -> bool:
    return items[edge.target.id].rank - items[edge.source.id].rank > FAR


def _within(frame: Frame, columns: list[list[Item]], groups: Groups) -> Iterator[Item]:
    for rank in range(groups.first[frame.id], groups.last[frame.id] + 1):
        yield from (item for item in columns[rank] if frame in groups.chain(item.group))


def _route(
    edge: Edge,
    items: dict[str, Item],
    stops: dict[tuple[str, int, str], Item],
    groups: Groups,
    columns: list[list[Item]],
    joins: bool,
) -> Item | None:
    """Lead an edge through its columns, up to where it comes upon a line that is there already."""
    source, target = items[edge.source.id], items[edge.target.id]
    root, other = (target, source) if joins else (source, target)
    between = range(source.rank + 1, target.rank)
    name = f"{'to' if joins else 'from'} {edge.target.id if joins else edge.source.id}"
    far_end, last, met = None, other, False
    for rank in between if joins else reversed(between):
        frame = groups.on_the_way(source, target, rank)
        key = name, rank, frame.id if frame else ""
        stop = stops.get(key)
        met = stop is not None
        if stop is None:
            stop = stops[key] = Item(rank, group=frame)
            columns[rank].append(stop)
        _link(last, stop)
        if last is not other:
            last.way = stop
        far_end, last = far_end or stop, stop
        if met:
            break
    if not met:
        _link(last, root)
    return far_end


def _link(a: Item, b: Item) -> None:
    left, right = (a, b) if a.rank < b.rank else (b, a)
    left.after.append(right)
    right.before.append(left)
