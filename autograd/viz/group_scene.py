"""A graph of modules and scopes as boxes, edges and frames: as much of it as a reader can take in.

A box that stands for a whole group says how large it is, what comes out of it, and the norm of the
gradient of all its parameters: the square root of the sum of the squares, which is what gradient
clipping looks at too.  Whatever is around a box and is not a box itself is a frame.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd.errors import message, shown
from autograd.node import Node, raw
from autograd.scopes import any_scopes
from autograd.viz import scene as flat
from autograd.viz.boxes import Box, Frame, Row, Scene, shortened
from autograd.viz.colours import NO_NUMBER, Number, number_text, plural
from autograd.viz.crossing import Graph, crossing
from autograd.viz.flows import (
    grad_rows,
    grad_text,
    gradient_of,
    kept_grad,
    reason,
    size_of,
)
from autograd.viz.marks import marks
from autograd.viz.owners import Group
from autograd.viz.quotient import LEVELS, Part, at_depth, at_level, cut
from autograd.viz.repeats import parts_once
from autograd.viz.scene import FORCED, READABLE

__all__ = ["build", "path_of", "picture"]

NEURONS = 300  # nodes of a graph that is collapsed to its neurons; a larger one is to its layers
LISTED = 12  # blocks that the hover text of a box lists


def build(
    root: Any,
    *,
    model: Any = None,
    collapse: Any = None,
    depth: int | None = None,
    expand: bool = False,
    force: bool = False,
) -> Scene:
    """The scene of a graph with groups; for the arguments see ``draw``."""
    _check(collapse, depth)
    graph = Graph.of(root, model) if model is not None or any_scopes() else None
    if graph is None or not graph.owners.roots:
        if depth is not None or isinstance(collapse, str):
            raise ValueError(
                message(
                    "draw",
                    expected="modules or scopes to collapse to",
                    got="a graph without any",
                    fix="Write draw(loss, model=model), or compute in autograd.scope(name).",
                )
            )
        return flat.build(root, expand=expand, collapsed=collapse, force=force)
    for level in _levels(collapse, depth, len(graph.order)):
        if level is None:
            scene = flat.build(root, expand=expand, collapsed=False, force=force)
            _frame_nodes(scene, graph)
            return scene
        matches = at_depth(level) if isinstance(level, int) else at_level(level)
        boxes = cut(graph.owners, matches)
        parts = parts_once(graph.order, graph.inputs, graph.owners, boxes, READABLE)
        if len(parts) <= READABLE:
            break
    if len(parts) > FORCED and not force:
        raise ValueError(
            message(
                "draw",
                expected=f"at most {FORCED:,} boxes",
                got=f"{len(parts):,} when collapsed to {_named(level)}",
                fix='Write collapse="layer" or collapse="model", or insist with force=True.',
            )
        )
    text = f"{flat.description(root, graph.order)}, collapsed to {_named(level)}"
    return picture(graph, parts, text)


def _check(collapse: Any, depth: Any) -> None:
    fine = collapse is None or isinstance(collapse, bool) or collapse in LEVELS
    number = isinstance(depth, int | np.integer) and not isinstance(depth, bool)
    whole = depth is None or (number and depth >= 0)
    if not fine or not whole or (depth is not None and collapse is not None):
        got = f"collapse={shown(collapse)} and depth={shown(depth)}"
        raise ValueError(
            message(
                "draw",
                expected=f"collapse None, True, False, {', '.join(map(repr, LEVELS))}, or a depth",
                got=got,
                fix="Depth 0 is the whole model, 1 the modules in it, 2 what is in these.",
            )
        )


def _levels(collapse: Any, depth: int | None, count: int) -> list[Any]:
    """How far to collapse: what to try first, and what if that leaves too much to read."""
    if depth is not None:
        return [int(depth)]
    if isinstance(collapse, str):
        return [collapse]
    if collapse is False or (collapse is None and count <= READABLE):
        return [None]
    return list(LEVELS if count <= NEURONS else LEVELS[1:])


def _named(level: Any) -> str:
    return f"depth {level}" if isinstance(level, int) else f"{level}s"


def picture(
    graph: Graph, parts: list[Part], description: str, around: frozenset[int] = frozenset()
) -> Scene:
    """The scene of parts, one box each in their order.

    Args:
        graph: the graph.
        parts: the parts.
        description: one line about them.
        around: positions of what is only named, because it is not what is looked at.
    """
    scene = Scene([], [], description)
    boxes: dict[Part, Box] = {}
    leaving, flows = crossing(graph, parts)
    for part in parts:
        if part.group is None:
            boxes[part] = _box(scene, graph, part)
        elif around.issuperset(part.nodes):
            name = part.group.name or part.group.type
            boxes[part] = scene.add_box("more", [Row("note", shortened(name))], name)
        else:
            boxes[part] = _group_box(scene, graph, part, leaving[part])
        for source, count in part.sources.items():
            scene.add_edge(boxes[source], boxes[part], "", flows[source, part])
            scene.edges[-1].title = plural(count, "edge") + scene.edges[-1].title
    frames: dict[Group, Frame] = {}
    repeated = {part.repeated[0]: part.repeated for part in parts if part.repeated}
    for part in parts:
        for group in part.frame.chain if part.frame else ():
            if group not in frames:
                inside = frames.get(group.parent) if group.parent else None
                name = _names(repeated[group]) if group in repeated else _name(group)
                frames[group] = Frame(f"g{len(frames)}", name, inside)
        if part.frame:
            for group in part.frame.chain:
                frames[group].boxes.append(boxes[part].id)
    scene.frames = list(frames.values())
    scene.drop_crowded_labels()
    return scene


def path_of(group: Group) -> str:
    """The path in the module around, or the name of a scope."""
    around = next((g.name for g in reversed(group.chain[:-1]) if g.kind == "module"), "")
    inside = around and group.kind == "module" and group.name.startswith(f"{around}.")
    return shortened(group.name[len(around) + 1 :] if inside else group.name)


def _name(group: Group) -> str:
    """``neurons.0: Neuron``, or the name of a scope."""
    return ": ".join(x for x in (path_of(group), _type(group)) if x)


def _type(group: Group) -> str:
    """``Linear, ReLU``: the class of a module, and what else is drawn with it."""
    return ", ".join(map(shortened, [group.type, *group.then]))


def _names(groups: list[Group]) -> str:
    """``layers.0 … layers.11: TransformerEncoderLayer × 12``."""
    first, last = path_of(groups[0]), path_of(groups[-1])
    path = first if first == last else f"{first} … {last}"
    return f"{path}: {_type(groups[0])}{_times(len(groups))}"


def _times(count: int) -> str:
    return f" × {count:,}" if count > 1 else ""


def _group_box(scene: Scene, graph: Graph, part: Part, outputs: list[int]) -> Box:
    """The box of a module or a scope."""
    group = part.group
    assert group is not None
    order = graph.order
    parameters = [order[i] for i in part.folded]
    name = _name(group) + _times(_calls(graph, part.blocks[0] if part.blocks else part))
    if part.blocks:
        name = _names([block.group for block in part.blocks if block.group])
    values, value = _values(order, outputs)
    rows = [Row("head", name), *values]
    count = sum(int(np.size(raw(p))) for p in parameters)
    nodes = len(part.nodes) + len(part.folded)
    made = [plural(count, "parameter")] if count else []
    size = ", ".join([*made, plural(nodes, "node")])
    grad, exact = _gradient(parameters or [order[i] for i in outputs], graph.closed)
    title = "\n".join([group.name, *(row.text for row in rows), size, *exact])
    rows += [Row("note", size), *grad_rows(grad)]
    rows += [Row("mark", text) for text in marks(order[i] for i in part.nodes)]
    for block in part.blocks[:LISTED]:
        text = grad_text(_gradient([order[i] for i in block.folded], graph.closed)[0])
        title += f"\n{block.group.name if block.group else ''}: {text}"
    if len(part.blocks) > LISTED:
        title += f"\n… {len(part.blocks) - LISTED} more"
    return scene.add_box("group", rows, title, _nodes(order, part), value, grad)


def _nodes(order: list[Any], part: Part) -> tuple[Any, ...]:
    return tuple(order[i] for i in sorted([*part.nodes, *part.folded]))


def _calls(graph: Graph, part: Part) -> int:
    """How many times a module was called (its parameters used), or a scope entered."""
    if part.group is not None and part.group.kind == "scope":
        return part.group.entries
    own = dict.fromkeys(part.folded, 0)
    for i in part.nodes:
        for j in graph.inputs[i]:
            if j in own:
                own[j] += 1
    return min(own.values(), default=1)


def _values(order: list[Any], outputs: list[int]) -> tuple[list[Row], Number]:
    """What comes out: a number, a range of numbers, or the shape and norm of an array."""
    arrays = [raw(order[i]) for i in outputs]
    if not arrays:
        return [], NO_NUMBER
    if len(arrays) > 1:
        numbers = np.concatenate([np.ravel(a) for a in arrays])
        low, high = (float(f(numbers)) if numbers.size else math.nan for f in (np.min, np.max))
        text = f"{len(arrays):,} outputs in [{number_text(low)}, {number_text(high)}]"
        return [Row("value", text)], NO_NUMBER
    return flat.value_rows(arrays[0]), size_of(arrays[0])


def _gradient(nodes: list[Any], closed: set[Any]) -> tuple[Number, list[str]]:
    """The norm of the gradients of nodes together; and median and largest size of an element."""
    known = [np.ravel(raw(g)) for node in nodes if (g := kept_grad(node)) is not None]
    if not nodes:
        return NO_NUMBER, []
    if not known:
        grad = reason(gradient_of(node, closed) for node in nodes)
        return grad, [grad_text(grad)]
    sizes = np.abs(np.concatenate(known).astype(float))
    norm = math.sqrt(float(sizes @ sizes))
    missing = len(nodes) - len(known)
    title = [f"‖grad‖ {norm!r}"]
    if sizes.size:
        title.append(f"|grad| median {number_text(float(np.median(sizes)))}, largest "
                     f"{number_text(float(np.max(sizes)))}")  # fmt: skip
    if missing:
        title.append(f"without gradient: {missing:,}")
    return Number(norm, signed=False), title


def _box(scene: Scene, graph: Graph, part: Part) -> Box:
    """The box of what is in no group: an operation, a chain of them, or leaves."""
    order = graph.order
    if part.copies == 1 and len(part.nodes) == 1 and not part.folded:
        return flat.node_box(scene, order[part.nodes[0]], graph.closed)
    last = order[part.chain[-1]]
    ends = [i for i in part.nodes if order[i].op is last.op] if part.copies > 1 else part.chain[-1:]
    ends = ends[-part.copies :]
    made = flat.made_by([order[i] for i in part.chain])
    named = [x for x in (shortened(last.label), made) if x]
    head = " = ".join(named) + _times(part.copies)
    if last.op is None and not last.label:
        head = plural(part.copies, "leaf")
    values, value = _values(order, ends)
    rows = [Row("head", head), *values]
    if part.folded:
        rows.append(Row("note", f"+ {plural(len(part.folded), 'leaf')}"))
    grad, exact = _gradient([order[i] for i in ends], graph.closed)
    if len(ends) == 1:
        grad = gradient_of(last, graph.closed)  # with its sign, and why there is none
    title = "\n".join([*(row.text for row in rows), *exact])
    rows += grad_rows(grad)
    rows += [Row("mark", text) for text in marks(order[i] for i in part.nodes)]
    kind = "leaf" if last.op is None else "op"
    return scene.add_box(kind, rows, title, _nodes(order, part), value, grad)


def _frame_nodes(scene: Scene, graph: Graph) -> None:
    """Frames around the groups of a picture that shows every node."""
    owner = dict(zip(graph.order, graph.owners.of, strict=True))
    users: dict[Any, list[Any]] = {}
    for node in graph.order:
        for x in node.inputs:
            if isinstance(x, Node) and x.op is None:
                users.setdefault(x, []).append(owner[node])
    homes = {graph.order[i]: group for i, group in graph.owners.homes.items()}
    frames: dict[Group, Frame] = {}
    user_of = {edge.source.id: edge.target for edge in scene.edges}
    for box in scene.boxes:
        drawn = user_of.get(box.id, box) if box.kind == "constant" else box
        node = drawn.nodes[-1] if drawn.nodes else None
        group = owner.get(node)
        if node in homes and len(set(users.get(node, ()))) == 1:
            group = users[node][0]
        for g in group.chain if group else ():
            if g not in frames:
                frames[g] = Frame(
                    f"g{len(frames)}", _name(g), frames[g.parent] if g.parent else None
                )
            frames[g].boxes.append(box.id)
    scene.frames = list(frames.values())
