"""Which module, and which scope, each node of a graph was made by.

Nothing is written down for this while a network runs, as that would slow down every network that is
never drawn.  It is concluded when a picture is drawn, from what is in the graph anyway:

1. A node that uses a parameter or a buffer was made by the module that owns it.
2. A node without parameters that follows nodes of one module only was made by that module too, such
   as the softmax between two projections of an attention.  Behind the last parameter this ends with
   the activation: what comes then is a loss.  In a Sequential, where it is known what comes next,
   the modules without parameters are named together with the one before them: "0: Linear, Tanh".
3. Where several modules meet, as in the sum around which a layer leads its input, the node belongs
   to what contains them: of the module that comes last, the outermost part the others are not in.

User scopes (``scopes.py``) are known exactly.  A scope that was entered within a module's call is
drawn inside that module, and one around it outside.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from autograd.errors import message, shown
from autograd.node import raw
from autograd.scopes import Entry, any_scopes, scopes_of

__all__ = ["Group", "Owners", "find_owners"]

# What may follow the last parameter and still be the network's: its activation.
ACTIVATIONS = {"relu", "leaky_relu", "elu", "silu", "gelu", "softplus", "sigmoid", "tanh",
               "softmax"}  # fmt: skip
# What only puts the elements of a parameter in another place: the result stands for the parameter.
MOVES = {"transpose", "reshape", "getitem", "broadcast_to", "astype"}
# What a norm ends with before its parameters come in; ``track_running_stats`` passes on what was
# standardized.
NORMS = {"standardized", "track_running_stats"}
OUTSIDE = -1


@dataclass(eq=False)
class Group:
    """A module or a scope in which nodes were made.

    Attributes:
        name: the module's path in the model, or the scope's name.
        kind: "module" or "scope".
        type: the name of the module's class.
        parent: the group that this one is in, or None.
        children: the groups in it.
        entries: how many times a scope was entered.
        is_layer: whether this is what one calls a layer of the model.
        then: the classes of modules without parameters that come next, whose nodes are in this
            group as well.
    """

    name: str
    kind: str
    type: str = ""
    parent: Group | None = None
    children: list[Group] = field(default_factory=list)
    entries: int = 0
    is_layer: bool = False
    then: list[str] = field(default_factory=list)

    @property
    def chain(self) -> list[Group]:
        """This group and all that it is in, outermost first."""
        return [*(self.parent.chain if self.parent else ()), self]

    @property
    def inside(self) -> list[Group]:
        """This group and all that are in it, outer before inner ones."""
        found = [self]
        for group in found:  # the list grows while it is gone through
            found += group.children
        return found


@dataclass
class Owners:
    """The groups of a graph.

    Attributes:
        of: for each position in the topological order, the innermost group, or None.
        roots: the groups that are in no other.
        homes: the positions of parameters of the model, each with the group that owns it.
    """

    of: list[Group | None]
    roots: list[Group]
    homes: dict[int, Group]


class _Modules:
    """The modules of a model that are called, and who owns which parameter."""

    def __init__(self, model: Any) -> None:
        found = list(model.named_modules())
        everything = {path for path, _ in found}
        called = [(path, m) for path, m in found if not path or _is_called(m)]
        self.paths = [path for path, _ in called]
        self.types = [type(m).__name__ for _, m in called]
        self.containers = everything - set(self.paths)
        self.number = {path: i for i, path in enumerate(self.paths)}
        self.parents = [self._inside(path) for path in self.paths]
        self.chains: list[list[int]] = []
        for i, parent in enumerate(self.parents):
            self.chains.append([*(self.chains[parent] if parent >= 0 else ()), i])
        self.layers = self._layers(dict(called))
        self.homes: dict[int, list[int]] = {}
        self.memory: dict[int, list[int]] = {}  # whose buffers an array shows
        for path, module in found:
            home = self.number[path] if path in self.number else self._inside(path)
            for _, p in module.named_parameters("", False):
                self.homes.setdefault(id(p), []).append(home)
            for _, buffer in module.named_buffers("", False):
                self.memory.setdefault(id(_memory(buffer)), []).append(home)
        self.then = self._followers(called)
        self._meetings: dict[tuple[int, int], int] = {}

    def _inside(self, path: str) -> int:
        """The called module that the module at a path is in."""
        while path:
            path = path.rpartition(".")[0]
            if path in self.number:
                return self.number[path]
        return OUTSIDE

    def _layers(self, modules: dict[str, Any]) -> set[int]:
        """The parts that the model is made of; of a part that is a list of layers, these."""
        layers: list[int] = []
        waiting = [0]
        while waiting:
            i = waiting.pop()
            below = [k for k, parent in enumerate(self.parents) if parent == i]
            alone = i == 0 or (not layers and not waiting and len(below) > 1)
            if below and (alone or hasattr(modules[self.paths[i]], "__iter__")):
                waiting += below
            else:
                layers.append(i)
        return set(layers)

    def _followers(self, called: list[tuple[str, Any]]) -> dict[int, list[str]]:
        """For modules in a Sequential, the classes of those without parameters behind each."""
        number = {id(module): i for i, (_, module) in enumerate(called)}
        then: dict[int, list[str]] = {}
        for _, module in called:
            last = None
            listed = any(kind.__name__ == "Sequential" for kind in type(module).__mro__)
            for part in module if listed else ():
                if any(True for _ in part.named_parameters()):
                    last = then.setdefault(number.get(id(part), OUTSIDE), [])
                elif last is not None:
                    last.append(type(part).__name__)
        return then

    def keep_made(self, order: list[Any], inputs: list[list[int]], module_of: list[int]) -> None:
        """Of what comes next keep what has nodes: behind the last parameter, activations only."""
        bends: dict[int, set[str]] = {}
        passed: set[int] = set()  # modules whose results another module takes
        for i, below in enumerate(inputs):
            chain = self.chains[module_of[i]] if module_of[i] != OUTSIDE else []
            for number in chain:
                if order[i].op.name in ACTIVATIONS:
                    bends.setdefault(number, set()).add(order[i].op.name.replace("_", ""))
            for j in below if chain else ():
                if module_of[j] not in (OUTSIDE, module_of[i]):
                    passed |= {*self.chains[module_of[j]]} - {*chain}
        for number, kinds in self.then.items():
            seen = bends.get(number, ())
            while kinds and number not in passed and kinds[-1].lower() not in seen:
                kinds.pop()

    def meet(self, last: int, others: list[int]) -> int:
        """Where results of several modules come together, ``last`` being that which came last."""
        for other in others:
            key = last, other
            if key not in self._meetings:
                self._meetings[key] = self._meet(last, other)
            last = self._meetings[key]
        return last

    def common(self, a: int, b: int) -> int:
        """The innermost module that both are in."""
        shared = [x for x, y in zip(self.chains[a], self.chains[b], strict=False) if x == y]
        return shared[-1]

    def _meet(self, last: int, other: int) -> int:
        both = self.common(last, other)
        if both in (last, other):
            return both
        child = self.chains[last][self.chains[last].index(both) + 1]
        sibling = self.chains[other][self.chains[other].index(both) + 1]
        # Neighbours in one list of layers, which have numbers: the later takes what the earlier
        # passes on.
        (one, _, name), (other_one, _, _) = (
            self.paths[i].rpartition(".") for i in (child, sibling)
        )
        listed = one == other_one and (one != self.paths[both] or name.isdigit())
        return child if listed else both


def _memory(leaf: Any) -> Any:
    """The array that owns the memory: what is made of a buffer by a reshape has no node before."""
    array = raw(leaf)
    return array if getattr(array, "base", None) is None else array.base


def _is_called(module: Any) -> bool:
    """Whether a module computes something, and is not only a list of others."""
    kind = type(module)
    methods = [getattr(kind, name, None) for name in ("forward", "__call__")]
    return any(getattr(m, "__qualname__", "").partition(".")[0] != "Module" for m in methods)


def find_owners(order: list[Any], inputs: list[list[int]], model: Any = None) -> Owners:
    """The groups of the nodes of a topological order.

    Args:
        order: the nodes, inputs first.
        inputs: for each, the positions of its inputs.
        model: the module whose parameters are in the graph, or None for scopes only.

    Raises:
        TypeError: a model that is no module.
        ValueError: a model without a parameter in this graph.
    """
    homes: dict[int, int] = {}
    if model is None:
        modules, module_of = None, [OUTSIDE] * len(order)
    else:
        if not (hasattr(model, "named_modules") and hasattr(model, "named_parameters")):
            fix = "Give what was called: draw(loss, model=model)."
            raise TypeError(
                message("draw", expected="a module as model", got=shown(model), fix=fix)
            )
        modules = _Modules(model)
        module_of, homes = _modules_of(order, inputs, modules)
        if not homes:
            raise ValueError(
                message(
                    "draw",
                    expected="the model that this graph was computed with",
                    got=f"a {type(model).__name__} none of whose parameters is in it",
                    fix="Give the model that was called, or leave model out.  Inside of a call of "
                    "a compiled function there are no nodes: draw what the function itself gives.",
                )
            )
    scopes = [scopes_of(node) for node in order] if any_scopes() else [()] * len(order)
    return _tree(modules, module_of, scopes, homes)


def _modules_of(
    order: list[Any], inputs: list[list[int]], modules: _Modules
) -> tuple[list[int], dict[int, int]]:
    """The module of each node, by number; and of each parameter."""
    count = len(order)
    owned: list[list[int] | None] = [modules.homes.get(id(node)) for node in order]
    parameters = [i for i, homes in enumerate(owned) if homes]
    for i, node in enumerate(order):
        if node.op is None and not owned[i]:
            owned[i] = modules.memory.get(id(_memory(node)))
    before_parameters = [False] * count
    for i in range(count - 1, -1, -1):
        if before_parameters[i] or any(owned[j] for j in inputs[i]):
            for j in inputs[i]:
                before_parameters[j] = True
    uses = Counter(j for below in inputs for j in below)
    module_of = [OUTSIDE] * count
    stage = [0] * count  # how many times the longest way to a node passed to another module
    for i, node in enumerate(order):
        if node.op is None:
            continue
        below = inputs[i]
        if node.op.name in MOVES and below and owned[below[0]]:
            owned[i] = owned[below[0]]
        data = [j for j in below if module_of[j] != OUTSIDE and not owned[j]]
        at = max((stage[j] for j in data), default=0)
        homes = [home for j in below if (home := owned[j])]
        if homes:
            module = _home(modules, homes, max((module_of[j] for j in data), default=OUTSIDE))
            # What was done to the parameters, or just before, is a part of this.
            for j in below:
                name = order[j].op.name if order[j].op is not None else ""
                if name and owned[j]:
                    module_of[j] = module
                if name in NORMS:
                    for k in _normed(order, inputs, j):
                        module_of[k] = module
        elif not data:
            continue
        else:
            bends = node.op.name in ACTIVATIONS and len(node.inputs) == uses[below[0]] == 1
            if not (before_parameters[i] or bends):
                continue
            last = {module_of[j] for j in data if stage[j] == at}
            rest = {module_of[j] for j in data} - last
            first, *more = sorted(last)
            for other in more:  # side by side
                first = modules.common(first, other)
            module = modules.meet(first, sorted(rest))
        module_of[i] = module
        stage[i] = at + any(module_of[j] != module for j in data)
    modules.keep_made(order, inputs, module_of)
    return module_of, {i: modules.homes[id(order[i])][0] for i in parameters}


def _normed(order: list[Any], inputs: list[list[int]], last: int) -> list[int]:
    """All that a norm computes from its input x, down to ``last``: also the moments it keeps."""
    first = last if order[last].op.name == "standardized" else inputs[last][0]
    x = inputs[first][0]
    found = [last]
    for i in found:  # the list grows while it is gone through
        found += [j for j in inputs[i] if j > x and order[j].op is not None]
    return found


def _home(modules: _Modules, homes: list[list[int]], behind: int) -> int:
    """The owner of parameters; of a shared one, the owner that comes next."""
    together = set(homes[0]).intersection(*homes[1:])
    if not together:
        first, *more = (h[0] for h in homes)
        for other in more:
            first = modules.common(first, other)
        return first
    later = [home for home in together if home >= behind]
    return min(later or together)


def _tree(
    modules: _Modules | None,
    module_of: list[int],
    scopes: list[tuple[Entry, ...]] | list[tuple[()]],
    homes: dict[int, int],
) -> Owners:
    """The groups, and scopes in their places among the modules."""
    places = _places(modules, module_of, scopes)
    groups: dict[Any, Group] = {}
    entered: dict[Group, set[int]] = {}
    roots: list[Group] = []

    def group(parent: Group | None, kind: str, key: Any) -> Group:
        found = groups.get((parent, kind, key))
        if found is None:
            found = Group(str(key), kind, parent=parent)
            if kind == "module" and modules is not None:
                found.name, found.type = modules.paths[key], modules.types[key]
                found.is_layer = key in modules.layers
                found.then = modules.then.get(key, [])
            groups[parent, kind, key] = found
            (roots if parent is None else parent.children).append(found)
        return found

    known: dict[Any, Group | None] = {}

    def innermost(module: int, entries: tuple[Entry, ...]) -> Group | None:
        key = module, entries
        if key in known:
            return known[key]
        chain = modules.chains[module] if modules is not None and module != OUTSIDE else []
        waiting = list(entries)
        inside: Group | None = None
        for depth in range(len(chain) + 1):
            while waiting and (places[waiting[0]] <= depth or depth == len(chain)):
                name, number = waiting.pop(0)
                inside = group(inside, "scope", name)
                entered.setdefault(inside, set()).add(number)
            if depth < len(chain):
                inside = group(inside, "module", chain[depth])
        known[key] = inside
        return inside

    of = [innermost(m, s) for m, s in zip(module_of, scopes, strict=True)]
    for found, numbers in entered.items():
        found.entries = len(numbers)
    return Owners(of, roots, {i: g for i, m in homes.items() if (g := innermost(m, ()))})


def _places(modules: _Modules | None, module_of: list[int], scopes: Any) -> dict[Entry, int]:
    """How many modules each entry of a scope is inside of."""
    within: dict[Entry, int] = {}
    sizes: Counter[Entry] = Counter()
    all_of: Counter[int] = Counter()
    for module, entries in zip(module_of, scopes, strict=True):
        if modules is not None and module != OUTSIDE:
            all_of.update(modules.chains[module])
        for entry in entries:
            sizes[entry] += 1
            both = within.get(entry, module)
            outside = OUTSIDE in (both, module) or modules is None
            within[entry] = OUTSIDE if outside or modules is None else modules.common(both, module)
    places = {}
    for entry, module in within.items():
        chain = modules.chains[module] if modules is not None and module != OUTSIDE else []
        # Whoever has all of a module's nodes is around it.
        places[entry] = sum(all_of[m] > sizes[entry] for m in chain)
    return places
