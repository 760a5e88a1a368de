"""Are these derivatives right?  Numeric against analytic, forward against reverse, to any order.

Three witnesses are asked about the derivative of a function along a random direction.  *Finite
differences* know only the function; their error over the step size is a V
(``checking/numeric.py``), so they are taken at several steps and extrapolated.  *Forward mode* says
``J v``.  *Reverse mode* says ``Jᵀ u``, and ``<Jᵀ u, v> = <u, J v>``.  That is cheap for large
inputs, and a wrong rule disturbs it whatever it is about (``checking/agreement.py``).  Only where
they disagree is it worth asking which operation is guilty, and in which element
(``checking/blame.py``).

A function with a kink has no derivative there, and no rule can be right: that is another answer,
``NotDifferentiableError``, with the slopes on both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.checking.agreement import MODES, first_disagreement
from autograd.checking.report import NotDifferentiableError, report
from autograd.checking.vectorizing import vectorized
from autograd.errors import message, shown
from autograd.ops.checks import check_function

__all__ = ["NotDifferentiableError", "check_grads"]

# Half of the digits of a float64: what may be lost where rules cancel, far less than a wrong rule.
TOLERANCE = 1.5e-8


def check_grads(
    fun: Callable[..., Any],
    args: Any = None,
    modes: Sequence[str] = MODES,
    order: int = 2,
    *,
    argnum: int | Sequence[int] | None = None,
    rng: np.random.Generator | None = None,
    rtol: float = TOLERANCE,
) -> Any:
    """Raise AssertionError where a derivative of ``fun`` is wrong.

    ``check_grads(f)(x, y)`` checks at (x, y); ``check_grads(f, (x, y))`` means the same.

    Args:
        fun: takes and returns numbers, arrays, or nested tuples, lists and dicts of them.  It is
            called with Tensors.
        args: a tuple of arguments, to check at once.  An int or a list of ints is ``argnum``.
        modes: "fwd", "rev", or both.
        order: 1 for first derivatives, 2 for derivatives of those too, ...
        argnum: which positional arguments to differentiate; all by default.
        rng: where random directions come from; ``np.random.default_rng(0)`` by default, so that
            a check that fails fails again.
        rtol: how far off a derivative may be, relative to its size; what finite differences
            cannot tell is allowed on top, which is all of a slope below about 1e-9: scale a
            function up whose slopes are that small.  Positive.

    It is for arguments that leave room for steps: of sizes from about 1e-8 to 1e7, those of one
    array not too different; beyond only where a function changes slowly beside its argument, as
    powers and logarithms do, but no sine.

    Everything is computed in float64: integers and float32 are converted, so that one tolerance
    suits all.  Booleans are choices, not numbers, and stay as they are.

    Returns:
        The function that checks; None if ``args`` are given.  Keyword arguments are settings.

    Raises:
        AssertionError: a derivative is wrong, or a value is not finite.  The message names the
            operation, the element, and both numbers, with finite differences for many steps.
        NotDifferentiableError: an AssertionError; left and right slopes differ at this point.
        TypeError, ValueError: what cannot be checked.

    >>> check_grads(np.sin)(0.5)
    >>> check_grads(lambda x: x * x, (np.array([1.0, -2.0]),), order=3)
    >>> check_grads(abs)(0.0)
    Traceback (most recent call last):
        ...
    autograd.checking.report.NotDifferentiableError: not differentiable here: expected one
    derivative from both sides, got -1 from the left and 1 from the right. Move the point. ...
    """
    check_function("check_grads", fun)
    modes = _checked_settings(modes, order, rtol)
    if isinstance(args, int) or (isinstance(args, list) and _all_ints(args)):
        args, argnum = None, args
    elif isinstance(args, tuple) and args and _all_ints(args):
        raise TypeError(
            message(
                "check_grads",
                expected="arguments, or numbers of arguments",
                got=f"{args}, which could be either",
                fix=f"Write check_grads(f){args} or check_grads(f, argnum={args}).",
            )
        )
    elif args is not None and not isinstance(args, tuple):
        raise TypeError(
            message(
                "check_grads",
                expected="a tuple of the arguments",
                got=shown(args),
                fix="Write check_grads(f)(x), or check_grads(f, (x,)).",
            )
        )

    @np.errstate(all="ignore")  # steps overflow, and leave domains
    def check(*given: Any, **settings: Any) -> None:
        numbers = _numbers(argnum, len(given))

        def moved(*some: Any) -> Any:
            inputs = list(given)
            for i, x in zip(numbers, some, strict=True):
                inputs[i] = x
            return fun(*inputs, **settings)

        names = [f"argument {i}" for i in numbers]
        function = vectorized(moved, [given[i] for i in numbers], names)
        generator = np.random.default_rng(0) if rng is None else rng
        found = first_disagreement(function, modes, order, generator, rtol)
        if found is not None:
            raise report(function, found, modes, generator, rtol) from found.error

    return check if args is None else check(*args)


def _all_ints(items: Sequence[Any]) -> bool:
    return all(isinstance(i, int) and not isinstance(i, bool) for i in items)


def _checked_settings(modes: Sequence[str], order: int, rtol: float) -> tuple[str, ...]:
    modes = (modes,) if isinstance(modes, str) else tuple(modes)
    whole = isinstance(order, int | np.integer) and not isinstance(order, bool) and order > 0
    positive = isinstance(rtol, float | int | np.number) and 0 < rtol < np.inf
    if not modes or set(modes) - set(MODES) or not whole or not positive:
        raise ValueError(
            message(
                "check_grads",
                expected=f"modes out of {MODES}, a whole order from 1 on, and a positive rtol",
                got=f"modes {modes}, order {order!r} and rtol {rtol!r}",
                fix="Leave them out to check both modes to order 2.",
            )
        )
    return modes


def _numbers(argnum: Any, count: int) -> list[int]:
    """The positions of the arguments to differentiate."""
    asked = range(count) if argnum is None else [argnum] if isinstance(argnum, int) else argnum
    if not all(-count <= i < count for i in asked):
        raise ValueError(
            message(
                "check_grads",
                expected=f"argnum among the {count} positional argument(s)",
                got=shown(argnum),
                fix="They are counted from 0.",
            )
        )
    return [i % count for i in asked]
