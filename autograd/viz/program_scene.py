"""A program as boxes and edges: what it is given, its equations, and what it returns.

The same boxes and edges as those of a graph (``scene.py``), grouped by the same rules
(``collapse.py``), but a program has shapes where a graph has numbers, and no gradients.
"""

from __future__ import annotations

from typing import Any

from autograd.node import Node
from autograd.programs.equations import Var
from autograd.viz.boxes import Box, Row, Scene, shortened
from autograd.viz.collapse import Groups, node_inputs
from autograd.viz.colours import plural
from autograd.viz.scene import arriving, grouped, made_by

__all__ = ["build"]


TITLE = 10  # equations of a chain in its hover text, from either end


class _Entry(Node):
    """A variable in the form of a node, which is what gets grouped and connected.

    Attributes:
        var: the variable; None for the entry of all that is returned.
        role: "input", "parameter", "equation" or "result".
    """

    __slots__ = ("inputs", "role", "var")

    inputs: tuple[Any, ...]

    def __init__(self, role: str, var: Any, op: Any = None, inputs: tuple[Any, ...] = ()) -> None:
        self.role, self.var, self.op, self.inputs = role, var, op, inputs
        self.label = ""


def build(program: Any, *, collapsed: bool | None = None, force: bool = False) -> Scene:
    """The scene of a program; for the arguments see ``draw``."""
    order = _entries(program)
    groups = grouped(order, collapsed, force)
    in_full = len(groups.chains) == len(order)
    counts = {"equation": len(program.equations), "input": len(program.inputs),
              "parameter": len(program.parameters)}  # fmt: skip
    scene = Scene([], [], f"The program of {_counted(counts)}")
    more = scene.add_more(groups.left_out)
    paths = _paths(program.out_tree)
    boxes: dict[Any, Box] = {}
    for last in (entry for entry in order if entry in groups.chains):
        boxes[last] = _box(scene, groups, last)
        first = groups.chains[last][0]
        for source, i in arriving(scene, groups, boxes, first, in_full, more):
            label = paths[i] if i is not None and last.role == "result" else ""
            scene.add_edge(source, boxes[last], label)
    scene.drop_crowded_labels()
    return scene


def _entries(program: Any) -> list[_Entry]:
    """All variables in their order, and what is returned."""
    known: dict[Var, _Entry] = {x: _Entry("input", x) for x in program.inputs}
    known |= {x: _Entry("parameter", x) for x in program.parameters}

    def flat(args: Any) -> list[Any]:
        if isinstance(args, tuple | list):
            return [x for arg in args for x in flat(arg)]
        return [known[args] if isinstance(args, Var) else args]

    for e in program.equations:
        known[e] = _Entry("equation", e, e.op, tuple(flat(e.args)))
        known[e].label = e._name
    for x in program.outputs:
        if isinstance(x, Var):
            known[x].label = x.name  # what is returned is not hidden in a chain
    result = _Entry("result", None, _Return, tuple(flat(program.outputs)))
    return [*known.values(), result]


class _Return:
    """Stands for an operation in the box of what is returned."""

    name = symbol = "return"


def _box(scene: Scene, groups: Groups, last: Any) -> Box:
    """The box of a variable, or of a chain of equations that ends in it."""
    chain = groups.chains[last]
    array = "" if last.var is None or last.var.array is None else str(last.var.array)
    if last.role == "result":
        kind, lines, title = "result", ["return"], "what the program returns"
    elif last.role == "equation":
        written = [*chain[:TITLE], *chain[max(TITLE, len(chain) - TITLE) :]]
        kind, title = "op", "\n".join(str(entry.var) for entry in written)
        lines = [f"{shortened(last.var.name)} = {made_by(chain)}"]
        lines += [shortened(last.var.right_side)] if len(chain) == 1 else []
        lines += [array] if array else []
    else:
        kind, lines = "leaf", [shortened(last.var.name), " ".join(filter(None, (last.role, array)))]
        title = "\n".join((last.var.name, lines[1]))
    inside = [x for entry in chain for x in node_inputs(entry) if x in groups.folded]
    if inside:
        roles = [x.role for x in inside]
        lines.append(f"+ {_counted({role: roles.count(role) for role in ('input', 'parameter')})}")
    rows = [Row("note" if i else "head", line) for i, line in enumerate(lines)]
    return scene.add_box(kind, rows, title)


def _counted(counts: dict[str, int]) -> str:
    """``2 inputs, 1 parameter``: only what there is."""
    return ", ".join(plural(n, what) for what, n in counts.items() if n)


def _paths(tree: Any, at: str = "") -> list[str]:
    """How to find each leaf of a tree: ``['w'][0]``."""
    if isinstance(tree, dict):
        return [path for key in tree for path in _paths(tree[key], f"{at}[{key!r}]")]
    if isinstance(tree, tuple | list):
        return [path for i, item in enumerate(tree) for path in _paths(item, f"{at}[{i}]")]
    return [at]
