"""Rules of your own: ``@primitive`` makes a function whose derivative you state.

    @primitive
    def soft_abs(x):
        return np.sqrt(x * x + 1)

    soft_abs.defvjp(lambda g, out, x: g * x / out)

That is all reverse mode needs: one vjp for each argument, which turns the cotangent ``g`` of the
result into that of the argument, and may use the result ``out`` and all arguments.  If it is
written with this library's functions and operators (or NumPy's, which record too), it can be
differentiated again, and forward mode follows from it: a vjp is linear in ``g``, and the transpose
of the transpose is the map itself.  ``check_grads`` checks a rule like the library's own.

What you compute with belongs to others too: the arguments are leaves or parts of other graphs, and
one cotangent may be on its way to several arguments.  So your functions get arrays to read.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from numbers import Number
from typing import Any

import numpy as np

from autograd import ops
from autograd.arrays.lending import read_only
from autograd.errors import message, shown
from autograd.node import Node, Primitive, Rule, dtype_of, enable_grad, shape_of
from autograd.pullback import pull_back
from autograd.tensor import Tensor

__all__ = ["UserPrimitive", "primitive"]

KINDS = inspect.Parameter
POSITIONAL = (KINDS.POSITIONAL_ONLY, KINDS.POSITIONAL_OR_KEYWORD)


class UserPrimitive(Primitive):
    """A function with a derivative of its own; made by ``@primitive``."""

    foreign = True
    __qualname__: str

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function.__name__, "custom", self._result, "", (), jvp=self._moved)
        self.function = function
        self.jvps: tuple[Rule | None, ...] = ()
        self.signature = inspect.signature(function)
        functools.update_wrapper(self, function)

    def defvjp(self, *vjps: Rule | None) -> UserPrimitive:
        """State the vjps, one for each argument in order: ``vjp(g, out, *args)``.

        Args:
            vjps: each returns the cotangent of its argument, of that argument's shape (or of the
                result's, where the argument was broadcast to that); None where no gradient flows.
                A rule gets all arguments of the function, defaults too; keyword-only ones as
                keywords.  Its arrays are for reading.

        Raises:
            TypeError: something that is not a function of ``(g, out, *args)``.
        """
        rules = self._checked("defvjp", vjps)
        self.vjps = tuple(self._looked_at(rule, i) for i, rule in enumerate(rules))
        return self

    def defjvp(self, *jvps: Rule | None) -> UserPrimitive:
        """State forward mode too, one for each argument in order: ``jvp(t, out, *args)``.

        Each returns the tangent of the result when its argument moves with the tangent ``t``.
        Without it forward mode is derived from the vjps, at the cost of two backward passes.

        Raises:
            TypeError: something that is not a function of ``(t, out, *args)``.
        """
        self.jvps = self._checked("defjvp", jvps)
        return self

    def _named(self, *kinds: Any) -> list[str]:
        return [name for name, p in self.signature.parameters.items() if p.kind in kinds]

    def _wanted(self, what: str) -> tuple[str, str]:
        """What a rule takes, and how rules for all arguments are stated."""
        positional = self._named(*POSITIONAL)
        xs = [f"*{name}" for name in self._named(KINDS.VAR_POSITIONAL)]
        settings = self._named(KINDS.KEYWORD_ONLY)
        settings += [f"**{name}" for name in self._named(KINDS.VAR_KEYWORD)]
        first = "g" if what == "defvjp" else "t"
        wanted = ", ".join([first, "out", *positional, *xs, *settings])
        each = ", ".join([f"lambda {wanted}: ..."] * max(1, len(positional)))
        return wanted, f"{self.name}.{what}({each})"

    def _checked(self, what: str, rules: tuple[Any, ...]) -> tuple[Any, ...]:
        positional, settings = self._named(*POSITIONAL), self._named(KINDS.KEYWORD_ONLY)
        any_number = bool(self._named(KINDS.VAR_POSITIONAL))
        any_setting = bool(self._named(KINDS.VAR_KEYWORD))
        got = ""
        for rule in rules:
            if rule is None:
                continue
            try:
                signature = inspect.signature(rule)
            except TypeError:  # no function at all
                got = shown(rule)
                break
            try:
                bind = signature.bind_partial if any_number or any_setting else signature.bind
                bind(0, 0, *positional, **dict.fromkeys(settings))
            except TypeError:
                got = f"a function of {signature}"
                break
        else:
            if len(rules) > len(positional) and not any_number:
                got = f"{len(rules)} of them for {len(positional)}"
        if got:
            wanted, fix = self._wanted(what)
            raise TypeError(
                message(
                    f"{self.name}.{what}",
                    expected=f"functions of ({wanted}), or None, one for each argument",
                    got=got,
                    fix=f"Write {fix}.",
                )
            )
        return rules

    def _result(self, *args: Any, **params: Any) -> Any:
        out = _own(self._called(self.name, self.function, args, params))
        if isinstance(out, tuple | list | dict) or np.asarray(out).dtype.kind not in "biuf":
            raise TypeError(
                message(
                    self.name,
                    expected="one number or array as its result",
                    got=shown(out),
                    fix="Write a primitive for each of several results, and a return at its end.",
                )
            )
        return out

    def _called(self, what: str, function: Rule, args: Any, params: Any) -> Any:
        """What a function of the user's answers, who may read the arrays, but not write on them."""
        try:
            return function(*map(read_only, args), **params)
        except ValueError as error:
            if "read-only" not in str(error):
                raise
            raise ValueError(
                message(
                    what,
                    expected="arguments that are read, since others compute with them too",
                    got=f"a function that writes on one: {error}",
                    fix="Compute new arrays (y = x * 2, not x *= 2), or copy first (x = x.copy()).",
                )
            ) from error

    def _argument(self, index: int) -> str:
        names = [*self.signature.parameters]
        return f"argument {index}" + (f" ({names[index]})" if index < len(names) else "")

    def vjp_of(self, index: int) -> Rule | None:
        return self._rule_of("backward", "vjp", self.vjps, index)

    def _rule_of(self, what: str, kind: str, rules: Any, index: int) -> Rule | None:
        """The rule for one argument; in the place of one that was not stated, an error."""
        if index < len(rules):
            return rules[index]  # type: ignore[no-any-return]

        def missing(*_: Any, **__: Any) -> Any:
            raise TypeError(
                message(
                    f"{what} of {self.name}",
                    expected=f"a {kind} for {self._argument(index)}",
                    got=f"{len(rules)} of them",
                    fix=f"State one for each: {self._wanted(f'def{kind}')[1]}, or None where "
                    "nothing flows.",
                )
            )

        return missing

    def _looked_at(self, rule: Rule | None, index: int) -> Rule | None:
        """The rule, and a look at what it returns."""
        if rule is None:
            return None
        name = f"backward of {self.name}"

        def checked(g: Any, out: Any, *inputs: Any, **params: Any) -> Any:
            c: Any = self._called(name, rule, (g, out, *inputs), params)
            c = c if isinstance(c, Node) else np.asarray(c)
            shape = shape_of(inputs[index])
            fits = c.shape == shape or (c.shape == shape_of(out) and _spreads(shape, c.shape))
            if dtype_of(c).kind not in "biuf" or not fits:
                raise TypeError(
                    message(
                        name,
                        expected=f"the vjp of {self._argument(index)} to return a cotangent of "
                        f"its shape {shape}",
                        got="None" if c.dtype == object else f"shape {c.shape}",
                        fix="A cotangent says for each element how the result changes with it.",
                    )
                )
            return c

        return checked

    def __call__(self, *args: Any, **params: Any) -> Any:
        bound = self.signature.bind(*args, **params)
        bound.apply_defaults()
        for arg in bound.kwargs.values():
            if isinstance(arg, Node):
                raise TypeError(
                    message(
                        self.name,
                        expected="settings, which have no derivative, as keywords",
                        got=shown(arg),
                        fix="Make it a positional argument of the function, with a vjp.",
                    )
                )
        for arg in bound.args:
            apply = getattr(type(arg), "_apply_primitive", None)
            if apply is not None:
                try:
                    return apply(self, bound.args, bound.kwargs)
                except TypeError as error:
                    better = self._with_settings(bound, error)
                    if better is None:
                        raise
                    raise better from error
        return self.forward(*bound.args, **bound.kwargs)

    def _with_settings(self, bound: inspect.BoundArguments, error: TypeError) -> TypeError | None:
        """What to say if arguments that should have become numbers are settings.

        A tuple may be numbers, and is meant to be if this library says what is wrong with them.
        """
        ours = str(error).startswith(f"{self.name}: ")
        data: Any = (Node, Number, list, tuple) if ours else (Node, Number)
        odd = [
            name
            for name, arg in zip(self._named(*POSITIONAL), bound.args, strict=False)
            if not isinstance(arg, data) and not hasattr(arg, "__array__")
        ]
        if not odd:
            return None
        parameters = [
            p.replace(annotation=p.empty, kind=KINDS.KEYWORD_ONLY if name in odd else p.kind)
            for name, p in self.signature.parameters.items()
        ]
        signature = inspect.Signature(sorted(parameters, key=lambda p: p.kind))
        return TypeError(
            message(
                self.name,
                expected="arguments with a derivative, and settings as keyword-only ones",
                got=f"{odd[0]}={shown(bound.arguments[odd[0]])} among the arguments",
                fix=f"Write def {self.name}{signature}, and let rules take these names too.",
            )
        )

    def _moved(self, tangents: Any, out: Any, *inputs: Any, **params: Any) -> Any:
        """The tangent of the result: from ``defjvp``, or from the vjps transposed."""
        moving = [(i, t) for i, t in enumerate(tangents) if t is not None]
        total = None
        if self.jvps:
            for i, t in moving:
                rule = self._rule_of("jvp", "jvp", self.jvps, i)
                if rule is not None:
                    term = self._called(f"jvp of {self.name}", rule, (t, out, *inputs), params)
                    total = _own(term) if total is None else total + term
            return total
        with enable_grad():
            g = Tensor(np.zeros(shape_of(out), dtype=out.dtype), requires_grad=True)
            for i, t in moving:
                vjp = self.vjp_of(i)
                if vjp is not None:
                    c = vjp(g, out, *inputs, **params)
                    term = ops.sum(ops.sum_to(c, shape_of(inputs[i])) * t)
                    total = term if total is None else total + term
            if not isinstance(total, Tensor) or not total.requires_grad:
                return None
            create_graph = any(isinstance(x, Tensor) for x in (out, *inputs, *tangents))
            one = np.ones((), dtype=total.dtype)
            found = pull_back({total: Tensor(one) if create_graph else one}, [g], create_graph)
        return found.get(g)

    def __reduce__(self) -> str:  # type: ignore[override]
        """Pickled by name, as functions are."""
        return str(self.__qualname__)


def _own(x: Any) -> Any:
    """A result that nobody else has: a copy, where a function hands out what it may only read."""
    return x.copy() if isinstance(x, np.ndarray) and not x.flags.writeable else x


def _spreads(shape: Any, wide: Any) -> bool:
    """Whether broadcasting copies an array of one shape to the other."""
    ends = zip(reversed(shape), reversed(wide), strict=False)
    return len(shape) <= len(wide) and all(n in (1, m) for n, m in ends)


def primitive(function: Callable[..., Any]) -> UserPrimitive:
    """Decorate a function of arrays to state its derivative yourself.

    Args:
        function: computes with plain arrays and numbers, which it does not change.  Positional
            arguments are what one differentiates; settings are keyword-only, behind a ``*``.

    Returns:
        A function that also takes Tensors and Values; state its rules with ``defvjp`` (and
        ``defjvp``, see there).

    Raises:
        TypeError: something that is not a function.

    >>> import autograd
    >>> @primitive
    ... def soft_abs(x):
    ...     return np.sqrt(x * x + 1)
    >>> soft_abs.defvjp(lambda g, out, x: g * x / out)
    <primitive soft_abs>
    >>> autograd.grad(soft_abs)(0.75)
    0.6
    >>> autograd.check_grads(soft_abs)(np.array([-1.0, 0.5]))
    """
    if not inspect.isroutine(function):
        raise TypeError(
            message(
                "primitive",
                expected="a function to decorate",
                got=shown(function),
                fix="Write @primitive above a def.",
            )
        )
    return UserPrimitive(function)
