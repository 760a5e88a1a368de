"""A graph seen from farther away: whole modules as one part, and what is repeated drawn once.

The nodes of a group become one *part*; what is in no group stays a part of its own.  Two things
need care.  If a module is called several times with something else in between, its nodes as one
part would come both before and after the rest, a circle; such parts are cut, each time the longest
way to a node has entered the part anew.  And what is repeated (the loss of each of 100 examples) is
found by *hash consing*: nodes with the same operation and the same parts as inputs become one part.
Neither can make a new circle, as parts that are joined follow the same parts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from autograd.node import raw
from autograd.viz.owners import Group, Owners

__all__ = ["LEVELS", "Boxes", "Part", "at_depth", "at_level", "cut", "in_order", "parts_of",
           "structure"]  # fmt: skip

# For each group the one in whose box it is drawn; None for one that is drawn as a frame.
Boxes = dict[Group, Group | None]

LEVELS = ("neuron", "layer", "model")
REPEATS = 4  # so many equal layers, one after the other, are drawn as one


@dataclass(eq=False)
class Part:
    """What becomes one box.

    Attributes:
        group: the module or the scope that it is, or None.
        frame: the group that it stands in, or None.
        nodes: positions in the topological order, without ``folded`` ones.
        chain: the operations of a part without a group, first to last, each by its first node.
        folded: positions of leaves that are drawn inside.
        blocks: the parts that this one repeats, if they are whole groups of one structure.
        copies: how many equal ones share the part.
        repeated: groups that repeat each other, of which the first is drawn, with this part in it.
        sources: the parts that it is computed from, each with the number of edges.
    """

    group: Group | None
    frame: Group | None
    nodes: list[int]
    chain: list[int] = field(default_factory=list)
    folded: list[int] = field(default_factory=list)
    blocks: list[Part] = field(default_factory=list)
    copies: int = 1
    repeated: list[Group] = field(default_factory=list)
    sources: dict[Part, int] = field(default_factory=dict)


def at_level(level: str) -> Callable[[Group], bool]:
    """Which groups are drawn as one box when a picture is collapsed to a level."""

    def matches(group: Group) -> bool:
        if group.kind == "scope":
            return level == "neuron" and not group.children
        if level == "layer":
            return group.is_layer
        return not group.children if level == "neuron" else not group.name

    return matches


def at_depth(depth: int) -> Callable[[Group], bool]:
    """The groups that are in ``depth`` others, and those above that contain none."""
    return lambda group: len(group.chain) == depth + 1


def cut(owners: Owners, matches: Callable[[Group], bool]) -> Boxes:
    """The outermost groups that match as boxes, and what holds none of these."""
    box: Boxes = {}

    def visit(group: Group) -> None:
        inside = group.inside
        if matches(group) or not any(map(matches, inside)):
            box.update(dict.fromkeys(inside, group))
        else:
            box[group] = None
            for child in group.children:
                visit(child)

    for root in owners.roots:
        visit(root)
    return box


def parts_of(
    order: list[Any],
    inputs: list[list[int]],
    owners: Owners,
    box: Boxes,
    many: float | None = None,
) -> list[Part]:
    """The parts of a graph, in an order in which each stands after its sources.

    Args:
        order: the nodes, inputs first.
        inputs: for each, the positions of its inputs.
        owners: the groups.
        box: what is drawn as one box.
        many: the number of parts above which also equal modules side by side become one part;
            None to leave all modules apart, also those that follow each other.
    """
    parts: list[Part] = []
    part_of: list[Part] = []
    whole: dict[Group, Part] = {}
    for i in range(len(order)):
        owner = owners.of[i]
        group = box[owner] if owner is not None else None
        if group is None:
            part = Part(None, owner, [i])
            parts.append(part)
        elif group not in whole:
            part = whole[group] = Part(group, group.parent, [i])
            parts.append(part)
        else:
            part = whole[group]
            part.nodes.append(i)
        part_of.append(part)
    parts = _without_circles(parts, part_of, inputs)
    parts = _without_leaves(order, parts, part_of, inputs, owners)
    parts = _equal_ones_joined(order, parts, part_of, inputs)
    parts = _chains_joined(order, parts)
    return _blocks_joined(order, parts, inputs, many) if many is not None else parts


def _connect(parts: list[Part], part_of: list[Part], inputs: list[list[int]]) -> None:
    """Fill in the sources."""
    for part in parts:
        counts: Counter[Part] = Counter()
        for i in part.nodes:
            for j in inputs[i]:
                if part_of[j] is not part:
                    counts[part_of[j]] += 1
        part.sources = dict(counts)


def in_order(parts: list[Part]) -> list[Part]:
    """The parts, each after its sources; those in circles, and behind them, are missing."""
    users: dict[Part, list[Part]] = {part: [] for part in parts}
    missing = {part: len(part.sources) for part in parts}
    for part in parts:
        for source in part.sources:
            users[source].append(part)
    ready = [part for part in parts if not part.sources]
    for part in ready:  # the list grows while it is gone through
        for user in users[part]:
            missing[user] -= 1
            if not missing[user]:
                ready.append(user)
    return ready


def _without_circles(parts: list[Part], part_of: list[Part], inputs: list[list[int]]) -> list[Part]:
    """Cut groups that come both before and after something else."""
    _connect(parts, part_of, inputs)
    sorted_ = in_order(parts)
    if len(sorted_) == len(parts):
        return sorted_
    fine = set(sorted_)
    stage = [0] * len(part_of)
    pieces: dict[Any, Part] = {}
    for i, below in enumerate(inputs):
        part = part_of[i]
        if part not in fine:
            tangled = [j for j in below if (part_of[j]) not in fine]
            stage[i] = max((stage[j] + (part_of[j] is not part) for j in tangled), default=0)
            piece = pieces.get((part, stage[i]))
            if piece is None:
                piece = pieces[part, stage[i]] = Part(part.group, part.frame, [])
            piece.nodes.append(i)
    for piece in pieces.values():
        for i in piece.nodes:
            part_of[i] = piece
    parts = [*sorted_, *pieces.values()]
    _connect(parts, part_of, inputs)
    return in_order(parts)


def _without_leaves(
    order: list[Any],
    parts: list[Part],
    part_of: list[Part],
    inputs: list[list[int]],
    owners: Owners,
) -> list[Part]:
    """Draw parameters inside the group that uses them, and a leaf with one use inside its user."""
    users: dict[int, list[int]] = {}
    for i, below in enumerate(inputs):
        for j in below:
            if order[j].op is None:
                users.setdefault(j, []).append(i)
    gone = set()
    for j, used in users.items():
        at = {part_of[i] for i in used}
        part = next(iter(at))
        own = len(at) == 1 and part.group is not None and j in owners.homes
        alone = len(used) == 1 and part.group is None and not order[j].label
        if own or alone:
            part.folded.append(j)
            part.sources.pop(part_of[j], None)
            gone.add(part_of[j])
            part_of[j] = part
        elif j in owners.homes and len({p.frame for p in at}) == 1:
            part_of[j].frame = part.frame  # a parameter stands with what it is for
    return [part for part in parts if part not in gone]


def _equal_ones_joined(
    order: list[Any], parts: list[Part], part_of: list[Part], inputs: list[list[int]]
) -> list[Part]:
    """What has the same operation, the same sources and the same name is one part.

    Leaves of one name count as the same source, and are joined themselves if they have one user.
    """
    gone: dict[Part, Part] = {}

    def color(i: int, user: Part) -> Any:
        part = gone.get(part_of[i], part_of[i])
        leaf = part.group is None and order[part.nodes[0]].op is None
        return "inside" if part is user else order[i].label if leaf else id(part)

    def join(known: dict[Any, Part], key: Any, part: Part) -> bool:
        other = known.setdefault(key, part)
        if other is not part:
            other.nodes += part.nodes
            other.folded += part.folded
            other.copies += 1
            gone[part] = other
        return other is not part

    def is_leaf(part: Part) -> bool:
        return part.group is None and order[part.nodes[0]].op is None

    operations: dict[Any, Part] = {}
    for part in parts:
        if part.group is None and not is_leaf(part):
            node = order[part.nodes[0]]
            ways = tuple(color(j, part) for j in inputs[part.nodes[0]])
            join(operations, (part.frame, node.op.name, node.label, len(node.inputs), ways), part)
    users: dict[Part, set[Part]] = {}
    for part in parts:
        for source in part.sources:
            users.setdefault(source, set()).add(gone.get(part, part))
    leaves: dict[Any, Part] = {}
    for part in parts:
        if is_leaf(part):
            join(leaves, (order[part.nodes[0]].label, frozenset(users.get(part, ()))), part)
    return _renamed(parts, gone)


def _renamed(parts: list[Part], gone: dict[Part, Part]) -> list[Part]:
    """The parts that are left, with their sources brought up to date; sorted."""
    sources: dict[Part, Counter[Part]] = {}
    for part in parts:
        into = sources.setdefault(gone.get(part, part), Counter())
        for source, edges in part.sources.items():
            source = gone.get(source, source)
            if source is not gone.get(part, part):
                into[source] += edges
    for part, counts in sources.items():
        part.sources = dict(counts)
    return in_order(list(sources))


def _users(parts: list[Part]) -> dict[Part, list[Part]]:
    users: dict[Part, list[Part]] = {part: [] for part in parts}
    for part in parts:
        for source in part.sources:
            users[source].append(part)
    return users


def _chains_joined(order: list[Any], parts: list[Part]) -> list[Part]:
    """Operations share a part of which each is all that the next one is made of.

    So do those of a running total, to which the same operation adds more from the same parts:
    ``sum(losses)`` is one part, where all the losses are.
    """
    users = _users(parts)
    gone: dict[Part, Part] = {}

    def goes_on(part: Part, before: Part) -> bool:
        last = order[before.nodes[-1]]
        alike = (before.group, before.frame, before.copies) == (None, part.frame, part.copies)
        if not alike or last.op is None or last.label or len(users[before]) > 1:
            return False
        more = part.sources.keys() - {before}
        return not more or (last.op is order[part.nodes[0]].op and more <= before.sources.keys())

    for part in parts:
        part.chain = part.nodes[:1]
        before = next((x for x in part.sources if part.group is None and goes_on(part, x)), None)
        if before is not None:
            part.chain = before.chain + part.chain
            part.nodes = before.nodes + part.nodes
            part.folded = before.folded + part.folded
            del part.sources[before]
            part.sources = dict(Counter(before.sources) + Counter(part.sources))
            gone[before] = part
    return _renamed([part for part in parts if part not in gone], gone)


def structure(order: list[Any], inputs: list[list[int]], nodes: list[int]) -> Any:
    """What two groups have in common that differ in their numbers only: operations and shapes."""
    local = {j: k for k, j in enumerate(nodes)}
    return [
        (order[i].op and order[i].op.name, np.shape(raw(order[i])),
         tuple(local[j] for j in inputs[i] if j in local))
        for i in nodes
    ]  # fmt: skip


def _shapes(order: list[Any], nodes: list[int]) -> Any:
    return sorted(np.shape(raw(order[j])) for j in nodes)


def _blocks_joined(
    order: list[Any], parts: list[Part], inputs: list[list[int]], many: float
) -> list[Part]:
    """Modules of one structure are one part: in a row if there are four, side by side if many."""
    users = _users(parts)
    structures: dict[Part, Any] = {}

    def alike(a: Part, b: Part) -> bool:
        if a.group is None or b.group is None or a.frame is not b.frame:
            return False
        sizes = [(x.group.type, len(x.nodes), len(x.folded)) for x in (a, b) if x.group]
        if sizes[0] != sizes[1]:
            return False
        for part in (a, b):
            if part not in structures:
                found = structure(order, inputs, part.nodes)
                structures[part] = found, _shapes(order, part.folded)
        return bool(structures[a] == structures[b])

    gone: dict[Part, Part] = {}

    def join(blocks: list[Part]) -> None:
        if len(blocks) >= REPEATS:
            first = blocks[0]
            first.blocks = [Part(b.group, b.frame, b.nodes, folded=b.folded) for b in blocks]
            first.nodes = [i for b in blocks for i in b.nodes]
            first.folded = [i for b in blocks for i in b.folded]
            gone.update(dict.fromkeys(blocks[1:], first))

    run: list[Part] = []
    taken: set[Part] = set()
    for part in parts:
        if part in taken or part.group is None:
            continue
        run = [part]
        while len(users[run[-1]]) == 1:
            after = users[run[-1]][0]
            others = [x for x in after.sources if x is not run[-1]]
            if not alike(run[-1], after) or any(
                x.group is not None or order[x.nodes[0]].op is not None for x in others
            ):
                break
            run.append(after)
        taken.update(run)
        join(run)
    if len(parts) - len(gone) > many:
        side: dict[Any, list[Part]] = {}
        for part in parts:
            if part.group is not None and part not in gone and not part.blocks:
                ways = frozenset(part.sources), frozenset(users[part]), len(part.nodes)
                side.setdefault((part.frame, *ways), []).append(part)
        for blocks in side.values():
            join([b for b in blocks if alike(blocks[0], b)])
    return _renamed(parts, gone)
