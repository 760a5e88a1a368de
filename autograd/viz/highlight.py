"""Paths in a picture: those of one leaf stay as they are, and the rest turns pale.

Along the paths each edge says, behind its local derivative, which part of the leaf's gradient comes
through it: what has arrived at its target, times its local derivative, times what the leaf does to
its source.  Wherever one cuts all the paths, the parts on the edges that are cut add up to the
gradient.  The leaf's box has the products along the paths, whose sum is the gradient, and its hover
text says the same in words (``autograd.explain``).

In a page of its own a picture has this for all its leaves: the one that is clicked on, or reached
with the tab key.
"""

from __future__ import annotations

from typing import Any

from autograd.errors import message, shown
from autograd.explaining.contents import Contents
from autograd.explaining.explanation import explain
from autograd.explaining.paths import between, parts
from autograd.explaining.text import summary, total
from autograd.node import Node
from autograd.sweep import topological_order
from autograd.viz.boxes import Box, Edge, Row, Scene
from autograd.viz.colours import number_text, plural

__all__ = ["highlight", "note_paths"]

SHOWN = 3  # products in the box of the leaf
MANY = 2000  # nodes

Marks = dict[str, int]  # for the id of each box and edge, a bit for each start of paths


def note_paths(scene: Scene, root: Any) -> None:
    """Tell each box and edge which leaves have a path through it, for those with a box.

    Of a graph that is much larger than its picture, nobody asks for the paths of a leaf.
    """
    nodes = sum(len(box.nodes) for box in scene.boxes)
    if nodes > MANY or any(box.kind == "more" for box in scene.boxes):
        return
    leaves = {box.id: box.nodes[0] for box in scene.boxes if box.kind == "leaf" and box.nodes}
    marks = _passing(scene, root, list(leaves.values()))
    for thing in _things(scene):
        mark = marks.get(thing.id, 0)
        thing.leaves = tuple(name for i, name in enumerate(leaves) if mark >> i & 1)


def highlight(scene: Scene, root: Any, leaf: Any) -> None:
    """Mark the paths from ``leaf`` to ``root`` in a scene that has no places yet.

    Args:
        scene: of the graph that ends in ``root``.
        root: where the graph ends.
        leaf: where the paths begin; any node of the graph.

    Raises:
        TypeError: ``leaf`` is no node, or not of the kind of the root.
    """
    if not isinstance(leaf, Node) or hasattr(leaf, "requires_grad") != hasattr(
        root, "requires_grad"
    ):
        raise TypeError(
            message(
                "draw",
                expected=f"highlight None, or a {type(root).__name__} of the graph",
                got=shown(leaf),
                fix="E.g. draw(loss, highlight=w).",
            )
        )
    of_array = hasattr(root, "requires_grad") and root.size != 1
    explanation = None if of_array else explain(root, leaf, limit=SHOWN)
    if explanation is not None:
        _name_ends(explanation)
    marks = _passing(scene, root, [leaf])
    start = _box_of(scene, leaf)
    for thing in _things(scene):
        thing.pale = not marks.get(thing.id) and thing is not start
    if explanation is None:
        return
    if not explanation.arrays:
        _say_parts(scene, marks, root, leaf)
    scene.description += f"; marked: {summary(explanation)}"
    if start is not None:
        start.rows.append(Row("note", _in_box(explanation)))
        start.title += f"\n{explanation.text}"


def _things(scene: Scene) -> list[Box | Edge]:
    return [*scene.boxes, *scene.edges]


def _box_of(scene: Scene, leaf: Any) -> Box | None:
    """The box that a node is in, or was folded into; None if it is not in the picture."""
    for box in scene.boxes:
        if any(node is leaf for node in box.nodes):
            return box
    return next(
        (box for box in scene.boxes if any(x is leaf for node in box.nodes for x in node.inputs)),
        None,
    )


def _name_ends(e: Contents) -> None:
    """Names for ends without a label: no box says which node is v3."""
    for node, name in (e.leaf, "this"), (e.root, "output"):
        if not node.label:
            while name in e.names.values():
                name = f"the {name}"
            e.names[node] = name


def _in_box(e: Contents) -> str:
    """Whose gradient it is, for the box may be one of many nodes, and the sum."""
    text = plural(e.count, "path")
    if e.count and not e.arrays:
        more = plural(e.count - len(e.paths), "more path")
        text = total(e).replace(" (the rest)", f" ({more})")
    return f"∂{e.names[e.root]}/∂{e.names[e.leaf]}: {text}"


def _passing(scene: Scene, root: Any, starts: list[Any]) -> Marks:
    """Which boxes and edges lie on paths from which of the starts to the root."""
    box_of = {node: box.id for box in scene.boxes for node in box.nodes}
    more = next((box.id for box in scene.boxes if box.kind == "more"), None)
    bit = {node: 1 << i for i, node in enumerate(starts)}
    reached: dict[Any, int] = {}  # for each node, the starts that it was computed from
    marks: Marks = {}
    between_boxes: dict[tuple[Any, Any], int] = {}
    for node in topological_order(root):
        mark = bit.get(node, 0)
        there = box_of.get(node, more)
        for x, _ in node.edges:
            passing = reached.get(x, 0)
            mark |= passing
            # A leaf that was folded into the box of its user is not among what was left out.
            here = there if x.is_leaf and x not in box_of else box_of.get(x, more)
            if passing and here != there:
                pair = here, there
                between_boxes[pair] = between_boxes.get(pair, 0) | passing
        reached[node] = mark
        if mark and there is not None:
            marks[there] = marks.get(there, 0) | mark
    sum_of = _sums(scene)
    flowing = {(e.source.id, e.target.id) for e in scene.edges if e.local is not None}
    for edge in scene.edges:
        source, target = edge.source, edge.target
        pair = source.id, target.id
        if not target.nodes:  # the product in a weighted sum
            flows = source.nodes and edge.local is not None and sum_of[target.id] in reached
            passing = reached.get(source.nodes[-1], 0) if flows else 0
            marks[target.id] = marks.get(target.id, 0) | passing
        elif not source.nodes and source.kind != "more":
            passing = marks.get(source.id, 0)
        else:  # where a gradient flows along one edge, it does not along another without a number
            blocked = edge.local is None and pair in flowing
            passing = 0 if blocked else between_boxes.get(pair, 0)
        marks[edge.id] = passing
    return marks


def _sums(scene: Scene) -> dict[str, Any]:
    """The node of the weighted sum that the box of a product is a part of."""
    return {e.source.id: e.target.nodes[-1] for e in scene.edges
            if not e.source.nodes and e.target.nodes}  # fmt: skip


def _say_parts(scene: Scene, marks: Marks, root: Any, leaf: Any) -> None:
    graph = between(root, leaf)
    above, below = parts(graph, root)
    sum_of = _sums(scene)
    through: dict[str, float] = {}  # a product
    for edge in scene.edges:
        source, target = edge.source.nodes[-1:], edge.target.nodes[-1:]
        if not marks[edge.id] or not isinstance(edge.local, float | int):
            continue
        if not source:
            part = through[edge.source.id]
        else:
            end = target[0] if target else sum_of[edge.target.id]
            factors = above[end], edge.local, below[source[0]]
            part = factors[0] * factors[1] * factors[2] if all(factors) else 0.0
            through[edge.target.id] = through.get(edge.target.id, 0.0) + part
        edge.title += f"\npart of the gradient that comes through here: {part!r}"
        if edge.label:
            edge.label += f" ({number_text(part)})"
