"""What a failed check says: what was expected, what came, where, and the V of the numeric error.

A wrong rule is shown at the operation that is guilty, because its author has to mend it.  A kink
is shown at the function, because its user has to go around it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.checking.agreement import Disagreement
from autograd.checking.blame import Culprit, Entry, culprit, entry, first_not_finite
from autograd.checking.numeric import Array, Estimate
from autograd.checking.vectorizing import Vectorized, paths
from autograd.errors import message
from autograd.node import raw
from autograd.trees import leaves

__all__ = ["NotDifferentiableError", "report"]

MODE = {"fwd": "forward", "rev": "reverse"}
RULE = {"fwd": "jvp", "rev": "vjp"}
SURE = (1e-8, 1e7)  # arguments between these leave room for steps, whatever the function is
UNRECORDED = (
    "Each recorded operation is right on its own: look for what is not recorded, such as "
    "`.data`, `detach`, `floor`, or an `if`."
)


class NotDifferentiableError(AssertionError):
    """The function has no derivative at this point: a kink, a jump, or an infinite slope.

    That says nothing about its rules.  Choose another point.
    """


def report(
    function: Vectorized,
    found: Disagreement,
    modes: tuple[str, ...],
    rng: np.random.Generator,
    rtol: float,
) -> AssertionError:
    """The error to raise about what was found."""
    if found.kind == "value":
        return AssertionError(_not_finite(found))
    guilty = culprit(function, found, modes, rng, rtol)
    own = found if guilty is None else guilty.found
    if own.kind == "value":
        return AssertionError(_not_finite(own))
    lines = [f"  checked:    the {_derivative(found)}{_through(found)} of the function"]
    if guilty is not None:
        lines.append(f"  operation:  {_described(guilty)}")
    if own.kind == "error":
        return AssertionError("\n".join([_raised(own, guilty), *lines]))
    one = entry(own, modes, rtol)
    if found.kind != "kink":
        lines.append(f"  entry:      {_place(own, one)}")
        if guilty is not None and found.kind == "wrong":
            lines.append(f"  function:   {_summary(found, entry(found, modes, rtol))}")
        return AssertionError("\n".join([_wrong(own, one, guilty), *lines, *_table(one)]))
    whole = entry(found, modes, rtol)
    if guilty is not None:
        lines.append(f"  on its own: {_sides(one)}: {_place(own, one)}")
    lines.append(f"  function:   {_place(found, whole)}")
    return NotDifferentiableError(
        "\n".join([_kink(found, whole, guilty), *lines, *_table_of_sides(whole)])
    )


# --- headlines ----------------------------------------------------------------------------------


def _not_finite(found: Disagreement) -> str:
    function = found.function
    bad = int(np.argmin(np.isfinite(function.y)))
    node = first_not_finite(function)
    first = "" if node is None else f", first from `{node.op.name}` of shape {node.shape}"
    name = f"the {_derivative(found, -1)}{_through(found)}" if found.path else "the function"
    return message(
        "check_grads",
        expected=f"a finite value of {name}",
        got=f"{function.y[bad]:g} in {_result(function, bad)}{first}",
        fix="Move the point to where it is defined.",
    )


def _raised(found: Disagreement, guilty: Culprit | None) -> str:
    (mode,) = found.modes
    return message(
        "check_grads",
        expected=f"a {_derivative(found)}",
        got=f"{type(found.error).__name__} from {MODE[mode]} mode ({found.error})",
        fix=_advice(found, guilty, (mode,)),
    )


def _wrong(found: Disagreement, one: Entry, guilty: Culprit | None) -> str:
    numeric = one.seen.slopes.central.value[one.row] / one.unit
    said = _analytic(one)
    blamed = tuple(m for m in found.modes if one.seen.off[m] > 1) or found.modes
    if found.kind == "modes":
        expected, digits = f"one {_derivative(found)} from both modes", ".17g"
    else:
        expected = f"{numeric:.10g}, to which finite differences converge, as the "
        expected, digits = expected + _derivative(found), ".10g"
    return message(
        "check_grads",
        expected=expected,
        got=_said({mode: format(said[mode], digits) for mode in blamed}, "{} from {} mode"),
        fix=_advice(found, guilty, blamed) + _doubt(found.function),
    )


def _doubt(function: Vectorized) -> str:
    """What finite differences are no judges of."""
    sizes = np.abs(function.x[function.x != 0])
    odd = sizes[(sizes < SURE[0]) | (sizes > SURE[1])]
    if not odd.size:
        return ""
    return f" Or move the point: beside {odd[0]:.0e} finite differences may take wrong steps."


def _advice(found: Disagreement, guilty: Culprit | None, blamed: tuple[str, ...]) -> str:
    if guilty is None:
        return UNRECORDED
    modes = found.path or blamed
    if getattr(guilty.node.op, "jvps", None) == ():  # forward mode was derived from the vjp
        modes = ("rev",)
    rules = " and ".join(dict.fromkeys(RULE[mode] for mode in modes))
    if not found.path:
        return f"Check the {rules} of `{guilty.node.op.name}`."
    return (
        f"The first derivative is right: is the {rules} of `{guilty.node.op.name}` written with "
        "recorded operations?"
    )


def _kink(found: Disagreement, one: Entry, guilty: Culprit | None) -> str:
    left, right = (value for _, value in _both_sides(one))
    words = {}
    for mode, value in _analytic(one).items():
        words[mode] = f"{value:.6g}"
        if not np.isnan(left + right):
            inside = min(left, right) <= value <= max(left, right)
            words[mode] += ", between them: a valid subgradient" if inside else ", not between them"
    return message(
        "not differentiable here",
        expected=f"one {_derivative(found)} from both sides",
        got=_sides(one),
        fix="Move the point. "
        + _said(words, "{1} mode: {0}").capitalize()
        + "."
        + (f" {UNRECORDED}" if guilty is None else ""),
    )


def _said(words: dict[str, str], form: str) -> str:
    """What modes say; once, if all say the same."""
    if len(words) == 2 and len(set(words.values())) == 1:
        return form.replace("mode", "and reverse mode").format(words["fwd"], "forward")
    return " and ".join(form.format(text, MODE[mode]) for mode, text in words.items())


# --- where --------------------------------------------------------------------------------------


def _derivative(found: Disagreement, more: int = 0) -> str:
    """``derivative``, or ``derivative of the derivative``."""
    return " of the ".join(["derivative"] * (len(found.path) + 1 + more))


def _through(found: Disagreement) -> str:
    return f" (taken by {', then '.join(MODE[m] for m in found.path)} mode)" if found.path else ""


def _described(guilty: Culprit) -> str:
    node = guilty.node
    label = f", label {node.label!r}" if node.label else ""
    rules = "".join(f", in the rule of `{name}`" for name in reversed(guilty.rules))
    return f"`{node.op.name}` of shape {node.shape}{label}{rules}"


def _place(found: Disagreement, one: Entry) -> str:
    """Which result moves with which argument."""
    function = found.function
    result = _result(function, one.row)
    if one.column is None:
        return f"{result}, along a random direction"
    return f"{result}, with respect to {_element(function.leaves, function.places, one.column)}"


def _result(function: Vectorized, row: int) -> str:
    return _element(leaves(function.out), list(paths(function.out, "result")), row)


def _element(arrays: Sequence[Any], places: Sequence[str], index: int) -> str:
    """The name of the element with this number, counted through all leaves."""
    for leaf, place in zip(arrays, places, strict=True):
        shape, size = np.shape(raw(leaf)), np.size(raw(leaf))
        if index < size:
            at = tuple(int(i) for i in np.unravel_index(index, shape))
            return f"element {at[0] if len(at) == 1 else at} of {place}" if shape else place
        index -= size
    raise IndexError(index)


# --- numbers ------------------------------------------------------------------------------------


def _analytic(one: Entry) -> dict[str, float]:
    """What each mode says about the entry."""
    said = {}
    if one.seen.forward is not None:
        said["fwd"] = float(one.seen.forward[one.row]) / one.unit
    if one.seen.reverse is not None:
        said["rev"] = one.seen.reverse / one.unit
    return said


def _summary(found: Disagreement, one: Entry) -> str:
    numeric = one.seen.slopes.central.value[one.row] / one.unit
    said = "".join(f", {MODE[mode]} {value:.6g}" for mode, value in _analytic(one).items())
    return f"{_place(found, one)}: numeric {numeric:.6g}{said}"


def _both_sides(one: Entry) -> tuple[tuple[str, float], tuple[str, float]]:
    sweep, slopes, row = one.seen.sweep, one.seen.slopes, one.row
    return (
        _side(sweep.left[:, row] / one.unit, slopes.left, one),
        _side(sweep.right[:, row] / one.unit, slopes.right, one),
    )


def _sides(one: Entry) -> str:
    (left, _), (right, _) = _both_sides(one)
    return f"{left} from the left and {right} from the right"


def _side(estimates: Array, limit: Estimate, one: Entry) -> tuple[str, float]:
    """A one-sided slope in words, and as a number (NaN where there is none)."""
    value, error = limit.value[one.row] / one.unit, limit.error[one.row] / one.unit
    if not np.isfinite(estimates[-3:]).all():
        return "no value", np.nan
    if error <= 1e-3 * abs(value) + one.seen.slopes.negligible[one.row] / one.unit:
        return f"{value:.6g}", float(value)
    first, last = np.abs(estimates[[-5, -1]])
    growth = np.log10(last / first) / 4 if first and last else 0.0  # 1 for 1/h
    if growth > 0.9:
        return "a jump", np.nan
    if growth > 0.1:
        return "an infinite slope", float(np.copysign(np.inf, estimates[-1]))
    return "no limit", np.nan


def _table(one: Entry) -> list[str]:
    """The V of the numeric error: step, numeric derivative, and how far off each mode is."""
    said = _analytic(one)
    columns = {"numeric": one.seen.sweep.central[:, one.row] / one.unit}
    for mode, value in said.items():
        columns[f"{MODE[mode]} off by"] = np.abs(value - columns["numeric"])
    return _columns(one, columns)


def _table_of_sides(one: Entry) -> list[str]:
    sweep, row = one.seen.sweep, one.row
    sides = {"from the left": sweep.left, "from the right": sweep.right}
    return _columns(one, {name: slopes[:, row] / one.unit for name, slopes in sides.items()})


def _columns(one: Entry, columns: dict[str, Array]) -> list[str]:
    """A table over the step sizes."""
    lines = ["  step " + "".join(f"{name:>18}" for name in columns)]
    for k, step in enumerate(one.seen.sweep.steps * one.unit):
        cells = (
            f"{column[k]:>18.1e}" if "off" in name else f"{column[k]:>18.10g}"
            for name, column in columns.items()
        )
        lines.append(f"  {step:.0e}{''.join(cells)}")
    return lines
