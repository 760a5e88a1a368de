"""``Optimizer``: what all optimisers have in common; each only adds the rule of its step.

Parameters come in groups, dictionaries with the parameters and the settings that hold for them, so
that a part of a model may learn at a rate of its own.  A step computes all new values before it
writes the first, and a rule makes new arrays, it never writes on those it gets: recorded graphs
keep the old ones, and a step that fails or is interrupted leaves everything as it was.
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from autograd import Node, Pack, enable_grad
from nn.checks import fails
from nn.module import Module
from nn.module_hooks import Handle
from nn.optim.saved import array_like, loaded, saved
from nn.optim.settings import Setting
from nn.optim.units import State, gradient_like, joined, of_each

__all__ = ["Optimizer"]

# Keys of a group besides the parameters and the settings: names, and what schedules note.
NOTES = ("name", "param_names", "initial_lr", "max_lr", "min_lr", "max_momentum", "base_momentum")
NOTHING: Any = MappingProxyType({})


class Optimizer:
    """Base of all optimisers.

    Args:
        params: leaf nodes such as ``model.parameters()``, pairs of names and leaf nodes, or groups:
            dictionaries with ``"params"`` and settings that differ from the defaults.
        defaults: the settings by name.

    A subclass lists its settings (see ``settings.py``) and defines ``update``.

    Attributes:
        param_groups: the groups, with all settings; these may be changed between steps.
        defaults: the settings of groups that do not say otherwise.

    Raises:
        ValueError: no parameters, one twice, a setting out of its range or unknown.
        TypeError: something that is not a leaf node; a setting of the wrong kind.

    >>> from autograd import Value
    >>> from nn.optim.settings import Setting, at_least_0
    >>> class SignDescent(Optimizer):
    ...     lr = Setting(at_least_0)
    ...
    ...     def __init__(self, params, lr=0.1):
    ...         super().__init__(params, {"lr": lr})
    ...
    ...     def update(self, group, x, g, state):
    ...         return x - group["lr"] * np.sign(g), state
    >>> w = Value(1.0)
    >>> (w * w).backward()
    >>> SignDescent([w]).step()
    >>> w.data
    0.9
    """

    param_groups: list[dict[str, Any]]
    _hooks: Sequence[Any] = ()
    _state: State  # by unit, as of ...
    _units: list[tuple[dict[str, Any], list[Any]]]  # ... the groups and packs of their time
    _seen: list[tuple[dict[str, Any], list[Any]]]
    _packs: list[Any]
    _grouped_at: int

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        self.param_groups = []
        self.defaults = self.checked(defaults)
        self._ungrouped(defaultdict(dict))
        name = type(self).__name__
        entries = _listed(name, params)
        groups = entries if entries and isinstance(entries[0], dict) else [{"params": entries}]
        for group in groups:
            self.add_param_group(group)
        if not self.params:
            raise ValueError(
                f"{name}: expected at least one parameter, got none. "
                "Pass model.parameters(), and check that the model keeps its Values in attributes."
            )

    # --- parameters and settings ---

    @property
    def params(self) -> list[Any]:
        """All parameters, group after group."""
        return [p for group in self.param_groups for p in group["params"]]

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Train more parameters, e.g. of layers that were frozen.

        Args:
            param_group: a dictionary with ``"params"`` and settings that differ from the defaults.

        Raises:
            ValueError, TypeError: as the constructor; the optimiser is as it was.
        """
        name = type(self).__name__
        if not isinstance(param_group, dict) or "params" not in param_group:
            raise fails(
                f"{name}: group",
                'a dictionary with "params"',
                repr(param_group)[:80],
                'Write {"params": layer.parameters(), "lr": 0.1}.',
                TypeError,
            )
        group = {**self.defaults, **param_group}
        params = param_group["params"]
        entries: list[Any] = [params] if isinstance(params, Node) else _listed(name, params)
        if entries and all(isinstance(entry, tuple) and len(entry) == 2 for entry in entries):
            group["param_names"] = [entry[0] for entry in entries]
            entries = [entry[1] for entry in entries]
        for p in entries:
            if not isinstance(p, Node) or not p.is_leaf:
                raise TypeError(
                    f"{name}: expected leaf nodes such as Value(0.5), got {p!r}. Plain numbers "
                    "have no gradient, and results of operations no value of their own to change."
                )
        together = [*self.params, *entries]
        if len(set(together)) < len(together):
            raise ValueError(f"{name}: expected each parameter once, got one of them twice.")
        self.param_groups.append(self.checked({**group, "params": entries}))
        self._grouped_at = -1

    def checked(self, group: dict[str, Any]) -> dict[str, Any]:
        """A group whose settings have been checked, and converted where that is needed."""
        name = type(self).__name__
        kinds = {k: v for k in dir(type(self)) if isinstance(v := getattr(type(self), k), Setting)}
        known = {*kinds, *getattr(self, "defaults", group), "params"}
        unknown = [key for key in group if key not in known and key not in NOTES]
        if unknown:
            near = difflib.get_close_matches(str(unknown[0]).lower(), known, 1)
            raise fails(
                f"{name}: group",
                f"settings among {', '.join(sorted(known - {'params'}))}",
                ", ".join(map(repr, unknown)),
                f"Did you mean {near[0]}?" if near else "",
            )
        return {
            key: kinds[key].check(f"{name}: {key}", value) if key in kinds else value
            for key, value in group.items()
        }

    # --- a step ---

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter that has a gradient one step; others stay, as in PyTorch.

        Args:
            closure: computes the loss and its gradients first, if given.

        Returns:
            What the closure returned, or None.
        """
        if self._hooks:
            return stepped_with_hooks(self, closure)
        return self._stepped(closure)

    def _stepped(self, closure: Callable[[], Any] | None) -> Any:
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        moves = []
        update = self.update
        grouped = self._grouped(True)
        before, state = self._state, dict(self._state)
        for group, units in grouped:
            plain = not (group.get("weight_decay") or group.get("maximize"))
            for unit in units:
                g = unit.grad
                if g.__class__ is not np.ndarray and not unit.has_grad:
                    continue
                x = start = unit.primal
                number = x.__class__ is float
                if number:  # with NumPy's number, a rule has NumPy's arithmetic for Values too
                    start = np.float64(x)
                    usual = g.__class__ is float
                else:
                    usual = g.__class__ is np.ndarray and g.shape == x.shape
                if not usual:  # a node, of a backward pass that was recorded, or set by hand
                    g = gradient_like(type(self).__name__, g, x)
                if not plain:
                    start, g = decayed(group, start, g)
                after, memory = update(group, start, g, state.get(unit, NOTHING))
                moves.append((unit, x, float(after) if number else after))
                if memory:
                    state[unit] = memory
        try:
            for unit, _, after in moves:
                if after.__class__ is np.ndarray:
                    after.setflags(False)  # type: ignore[call-arg]  # or the Tensor copies it
                unit.data = after
            self._state = state
        except BaseException:  # Ctrl-C in the middle, for instance
            self._state = before
            for unit, x, _ in moves:
                unit.data = x
            raise
        return loss

    def update(self, group: dict[str, Any], x: Any, g: Any, state: dict[str, Any]) -> Any:
        """The rule of one step, in arithmetic for arrays and single numbers.

        Args:
            group: the settings.
            x: the parameter, for reading only.
            g: its gradient, for reading only; settings called ``maximize`` and ``weight_decay`` are
                in it already.
            state: what was remembered at the last step; empty at the first.

        Returns:
            The new parameter, an array that nobody else has, and what to remember.
        """
        raise NotImplementedError(
            f"{type(self).__name__}: expected a method update, got none. "
            "Define def update(self, group, x, g, state): ..."
        )

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget all gradients; call it before each ``backward()``, or they add up.

        Args:
            set_to_none: False for gradients of 0 in the place of those there are.
        """
        for _, units in self._grouped():
            for unit in units:
                if set_to_none:
                    unit.zero_grad()
                elif unit.has_grad:
                    g = unit.grad
                    unit.grad = 0.0 if g.__class__ is float else np.zeros_like(g)

    def _grouped(self, whole: bool = False) -> list[tuple[dict[str, Any], list[Any]]]:
        """For each group what is stepped at once (see ``units.py``).

        A pack of which some gradients are forgotten is none, if they are needed as a ``whole``.
        """
        if not self._is_grouped(whole):
            groups = self.param_groups
            self._seen = [(group, list(group["params"])) for group in groups]
            self._state, units = joined(of_each(self._state), [g["params"] for g in groups])
            self._units = list(zip(groups, units, strict=True))
            self._packs = [u for members in units for u in members if not isinstance(u, Node)]
            self._grouped_at = Pack.changes
        return self._units

    def _is_grouped(self, whole: bool) -> bool:
        """Whether nothing has changed since; ``any`` and ``zip`` take half a microsecond each."""
        groups = self.param_groups
        if self._grouped_at != Pack.changes or len(groups) != len(self._seen):
            return False
        for i, (known, params) in enumerate(self._seen):
            if groups[i] is not known or known["params"] != params:
                return False
        return not (whole and self._packs and any(pack.forgotten for pack in self._packs))

    # --- hooks ---

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call ``hook(optimizer, args, kwargs)`` before each step; it may return other ones.

        ``args`` are those of ``step``, the optimiser itself first, as in PyTorch.
        """
        return Handle(self, "before", hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call ``hook(optimizer, args, kwargs)`` after each step that did not fail.

        >>> from autograd import Value
        >>> import nn
        >>> w = Value(1.0)
        >>> optimizer = nn.SGD([w], lr=0.25)
        >>> handle = optimizer.register_step_post_hook(lambda *_: print(w.data))
        >>> (w * w).backward()
        >>> optimizer.step()
        0.5
        >>> handle.remove()
        """
        return Handle(self, "after", hook)

    # --- what is remembered ---

    @property
    def state(self) -> State:
        """What is remembered of each parameter, by PyTorch's names; may be changed."""
        if self._grouped_at != -1:
            self._ungrouped(of_each(self._state))
        return self._state

    def _ungrouped(self, state: State) -> None:
        self._state = state
        self._seen, self._packs, self._units = [], [], []
        self._grouped_at = -1

    def state_dict(self) -> dict[str, Any]:
        """Copies of all settings and of what is remembered, to go on later; PyTorch's structure.

        Parameters are numbered in their order: ``{"state": {0: {"momentum_buffer": array}},
        "param_groups": [{"lr": 0.1, ..., "params": [0]}]}``.
        """
        return saved(self.param_groups, self.state)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on as the optimiser that ``state_dict`` was taken of, or change nothing at all.

        Args:
            state_dict: of an optimiser of the same class, for parameters of the same shapes in the
                same groups; also one of PyTorch's.

        Raises:
            ValueError: groups, parameters or shapes that differ, entries that are no numbers: all
                are listed.
            TypeError: something that ``state_dict`` does not return.
        """
        what = f"{type(self).__name__}: load_state_dict"
        groups, state = loaded(what, state_dict, self.param_groups, self.entry)
        groups = [self.checked(group) for group in groups]
        for group, new in zip(self.param_groups, groups, strict=True):
            group.update(new)
        self._ungrouped(state)

    def entry(self, name: str, value: Any, parameter: Any) -> Any:
        """One entry of a saved state for a parameter, converted; ValueError says what is wrong."""
        return array_like(name, value, parameter)

    def __getstate__(self) -> dict[str, Any]:
        self._ungrouped(self.state)  # packs are not copied, nor is who looks on
        return {name: x for name, x in self.__dict__.items() if name != "_hooks"}

    def __repr__(self) -> str:
        def listed(group: dict[str, Any]) -> str:
            names = [name for name in group if name not in ("params", "param_names")]
            options = ", ".join(f"{name}={group[name]}" for name in names)
            return f"{len(group['params'])} parameters, {options}"

        if len(self.param_groups) == 1:
            return f"{type(self).__name__}({listed(self.param_groups[0])})"
        lines = [f"  {listed(group)}" for group in self.param_groups]
        return "\n".join([f"{type(self).__name__}(", *lines, ")"])


def stepped_with_hooks(optimizer: Any, closure: Any) -> Any:
    """A step, with the hooks around it."""
    args: tuple[Any, ...] = (optimizer,) if closure is None else (optimizer, closure)
    kwargs: dict[str, Any] = {}
    hooks = list(optimizer._hooks)
    for kind, hook in hooks:
        if kind == "before":
            args, kwargs = hook(optimizer, args, kwargs) or (args, kwargs)
    closure = kwargs.get("closure", args[1] if len(args) > 1 else None)
    result = optimizer._stepped(closure)
    for kind, hook in hooks:
        if kind == "after":
            hook(optimizer, args, kwargs)
    return result


def _listed(name: str, params: Any) -> list[Any]:
    """Parameters in an order: what has none, such as a set, would be saved as something else."""
    kinds = (Node, Module, dict, str, set, frozenset)
    if isinstance(params, kinds) or not isinstance(params, Iterable):
        raise TypeError(
            f"{name}: expected a list of parameters, got {params!r}. "
            "Pass model.parameters(), or [w] for a single one."
        )
    return list(params)


def decayed(group: dict[str, Any], x: Any, g: Any) -> tuple[Any, Any]:
    """The parameter and the gradient to follow, after what all rules have in common.

    Weight decay is a pull of the parameter towards 0.  It is added to the gradient, or, decoupled
    from that, applied to the parameter itself (Loshchilov and Hutter, 2019).
    """
    if group.get("maximize"):
        g = -g
    decay = group.get("weight_decay")
    if decay:
        if group.get("decoupled_weight_decay"):
            x = x * (1 - float(group["lr"]) * decay)
        else:
            g = g + decay * x
    return x, g
