"""Groups of one structure that follow each other, such as the layers of an encoder, drawn once.

Where such a group is a box, ``quotient.py`` joins the boxes.  Here it is a frame with parts inside:
the first of the groups is drawn, and each part of it stands for the same part of all of them.  What
leads from one group into the next is left out, as one would have to draw it from the end of the
frame back to its beginning.
"""

from __future__ import annotations

from typing import Any

from autograd.viz.owners import Group, Owners
from autograd.viz.quotient import REPEATS, Boxes, Part, in_order, parts_of, structure

__all__ = ["parts_once"]

Held = tuple[Group, list[int]]  # a group, with the positions of its nodes
Run = list[Held]


def parts_once(
    order: list[Any], inputs: list[list[int]], owners: Owners, box: Boxes, many: float
) -> list[Part]:
    """As ``parts_of``; where that is a lot, frames that repeat each other are drawn once.

    Args:
        order: the nodes, inputs first.
        inputs: for each, the positions of its inputs.
        owners: the groups.
        box: what is drawn as one box.
        many: the number of boxes that can be read; half of it is a lot.
    """
    runs = _runs(order, inputs, owners, box)
    if runs:
        owners = Owners(_alike_inside(owners, runs), owners.roots, owners.homes)
    parts = parts_of(order, inputs, owners, box, many)
    for run in runs if len(parts) > many / 2 else ():
        parts = _joined(parts, run)
    return parts


def _runs(order: list[Any], inputs: list[list[int]], owners: Owners, box: Boxes) -> list[Run]:
    """The outermost frames of modules that repeat each other, one after the other."""
    inside: dict[Group, list[int]] = {}
    frames: dict[Group, list[Group]] = {}
    for i, owner in enumerate(owners.of):
        if owner is not None:
            if owner not in frames:
                frames[owner] = [group for group in owner.chain if box[group] is None]
            for group in frames[owner]:
                inside.setdefault(group, []).append(i)
    runs: list[Run] = []
    waiting = list(owners.roots)
    for group in waiting:  # the list grows while it is gone through
        children = sorted((g for g in group.children if g in inside), key=lambda g: inside[g][0])
        run: Run = []
        found: list[Group] = []
        for child in [*children, None]:
            if child and run and _follows(order, inputs, run[-1], (child, inside[child])):
                run.append((child, inside[child]))
                continue
            if len(run) >= REPEATS:
                runs.append(run)
                found += [g for g, _ in run]
            run = [(child, inside[child])] if child else []
        waiting += [g for g in children if g not in found]
    return runs


def _follows(order: list[Any], inputs: list[list[int]], a: Held, b: Held) -> bool:
    """Whether the second group has the structure of the first, and is computed from it."""
    first, then = a[1], b[1]
    if (a[0].kind, a[0].type, len(first)) != ("module", b[0].type, len(then)):
        return False
    before = set(first)
    if not any(j in before for i in then for j in inputs[i]):
        return False
    return bool(structure(order, inputs, first) == structure(order, inputs, then))


def _alike_inside(owners: Owners, runs: list[Run]) -> list[Group | None]:
    """The owners of nodes, where groups that repeat each other are divided in the same way.

    Whose a node is was concluded from what is around it, and the first of the groups has something
    else before it than the others: it is divided as the last one.
    """
    of = list(owners.of)
    for run in runs:
        last, model_nodes = run[-1]
        for group, nodes in run[:-1]:
            below = {g.name[len(group.name) :]: g for g in group.inside}
            for i, k in zip(nodes, model_nodes, strict=True):
                owner = owners.of[k]
                if owner is not None:
                    of[i] = below.get(owner.name[len(last.name) :], of[i])
    return of


def _joined(parts: list[Part], run: Run) -> list[Part]:
    """The parts with those of a run of groups joined; or as they are, if they do not correspond."""
    number = {i: (copy, k) for copy, (_, nodes) in enumerate(run) for k, i in enumerate(nodes)}
    groups = [group for group, _ in run]
    copies: list[dict[Any, Part]] = [{} for _ in run]
    copy_of: dict[Part, int] = {}
    for part in parts:
        frames = part.frame.chain if part.frame else []
        copy = next((k for k, group in enumerate(groups) if group in frames), None)
        if copy is not None:
            kind = part.group.type if part.group else ""
            where = frozenset(number[i][1] for i in part.nodes if i in number)
            name = "" if where else "leaf"
            copies[copy][kind, name, where, len(part.nodes)] = part
            copy_of[part] = copy
    if sum(map(len, copies)) != len(copy_of) or len({frozenset(c) for c in copies}) > 1:
        return parts
    leader = {copies[k][key]: first for key, first in copies[0].items() for k in range(len(run))}
    sources: dict[Part, dict[Part, int]] = {}
    for part in parts:
        into = sources.setdefault(leader.get(part, part), {})
        for source, edges in part.sources.items():
            if copy_of.get(source, copy_of.get(part)) == copy_of.get(part) or part not in copy_of:
                first = leader.get(source, source)
                into[first] = into.get(first, 0) + edges
    before = {part: part.sources for part in sources}
    for part, into in sources.items():
        part.sources = into
    ready = in_order(list(sources))
    if len(ready) < len(sources):  # something else stands between them
        for part, into in before.items():
            part.sources = into
        return parts
    for key, first in copies[0].items():
        _merge([copy[key] for copy in copies])
        first.repeated = groups
    return ready


def _merge(parts: list[Part]) -> None:
    """Make the first of some parts stand for all of them."""
    first = parts[0]
    if first.group is not None:
        first.blocks = [
            block
            for part in parts
            for block in part.blocks
            or [Part(part.group, part.frame, part.nodes, folded=part.folded)]
        ]
        first.nodes = [i for part in parts for i in part.nodes]
    else:  # step by step of the chain, each with all its copies
        steps = range(0, len(first.nodes), first.copies)
        first.nodes = [i for at in steps for p in parts for i in p.nodes[at : at + first.copies]]
        first.copies *= len(parts)
    first.folded = [i for part in parts for i in part.folded]
