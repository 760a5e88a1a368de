"""The order of boxes within the columns of a layout, so that few edges cross.

Items are moved to the mean place of their neighbours, column by column, to and fro (the barycentre
method of Sugiyama, Tagawa and Toda, 1981).  Groups are kept together by sorting on the tree of
groups: a group is moved as one, to the mean place of what is connected with it, and so has the same
place among the others in all its columns; in it, and in the groups inside, the order is found in
the same way (Sander, 1996; Forster, 2002).
"""

from __future__ import annotations

from typing import Any

from autograd.viz.lanes import Groups, Item

__all__ = ["order_columns"]

SWEEPS = 12


def order_columns(columns: list[list[Item]], groups: Groups) -> None:
    """Sort columns, and keep the order with the shortest edges."""
    for column in columns:
        _number(column)
    outside = _outside(columns, groups)
    best, shortest = [list(column) for column in columns], float("inf")
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        heads = _heads(groups, outside)
        for column in columns if forward else reversed(columns):
            keys: dict[Item, Any] = {}
            for item in column:
                near = item.before if forward else item.after
                key = sum(n.y for n in near) / len(near) if near else item.y
                around = heads[item.group.id] if item.group else ()
                keys[item] = (*around, key, -1) if heads else key
            column.sort(key=keys.__getitem__)
            _number(column)
        length = sum(abs(item.y - n.y) for column in columns for item in column for n in item.after)
        if length < shortest:
            best, shortest = [list(column) for column in columns], length
    columns[:] = best


def _number(column: list[Item]) -> None:
    for index, item in enumerate(column):
        item.y = index - len(column) / 2


def _outside(columns: list[list[Item]], groups: Groups) -> dict[str, list[Item]]:
    """For each frame, by its id, what edges lead to from inside; or what is in it."""
    outside: dict[str, list[Item]] = {frame.id: [] for frame in groups.frames}
    inside: dict[str, list[Item]] = {frame.id: [] for frame in groups.frames}
    for item in (item for column in columns if outside for item in column):
        mine = groups.chain(item.group)
        for frame in mine:
            inside[frame.id].append(item)
        for near in item.before + item.after:
            theirs = groups.chain(near.group)
            both = sum(a is b for a, b in zip(mine, theirs, strict=False))
            for frame in mine[both:]:
                outside[frame.id].append(near)
    return {name: outside[name] or inside[name] for name in outside}


def _heads(groups: Groups, outside: dict[str, list[Item]]) -> dict[str, tuple[float, ...]]:
    """How the keys of what is in a frame begin: with its place and number, after those around."""
    heads: dict[str, tuple[float, ...]] = {}
    for number, frame in enumerate(groups.frames):
        near = outside[frame.id]
        around = heads[frame.parent.id] if frame.parent else ()
        heads[frame.id] = (*around, sum(item.y for item in near) / len(near), number)
    return heads
