"""The reference page: each operation with its formula, its derivatives, its kinks.

Everything on it is read from the library: docstrings, signatures, rules and slopes.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

import autograd
from autograd import ops
from autograd.formulas import latex_of, value_term
from autograd.formulas.latex import latex
from autograd.formulas.terms import Term
from autograd.formulas.tidy import tidy
from autograd.node import PRIMITIVES, Primitive
from autograd.ops.along import OverAxes
from autograd.reference.examples import EXAMPLES, formula, source_of, trace
from autograd.reference.kinks import KINKS, Kink, slopes
from autograd.reference.words import COMPOSITES, ELSEWHERE, INTRODUCTION, PART_OF, SECTIONS

__all__ = ["page"]


def page() -> str:
    """The page in GitHub's Markdown, ``docs/operations.md``."""
    kinds: dict[str, Callable[[Primitive], Iterable[str]]] = {
        "elementwise": _elementwise_row,
        "flat": _flat_row,
        "reduction": _reduction_row,
        "selection": _rules,
        "linear": _linear_row,
        "bilinear": _rules,
        "multilinear": _rules,
        "custom": _rules,
    }
    lines = [INTRODUCTION]
    for title, section in SECTIONS.items():
        lines += [f"## {title}", section.text]
        if section.header:
            lines += _head(section.header)
        for name in sorted(PRIMITIVES):
            if PRIMITIVES[name].kind in section.kinds:
                lines += kinds[PRIMITIVES[name].kind](PRIMITIVES[name])
        if section.kinds == ("composite",):
            lines += map(_composite_row, sorted(COMPOSITES))
        if section.kinds == ("kink",):
            lines += _kink_rows()
        lines += [] if lines[-1] == "" else [""]
    return "\n".join(lines).rstrip() + "\n"


# --- pieces ---------------------------------------------------------------------------------------

_BREAK = " <br> "  # with spaces: GitHub wants them around a formula


def _head(columns: tuple[str, ...]) -> list[str]:
    return [_row(*columns), "|" + "---|" * len(columns)]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _math(text: str) -> str:
    """Inline mathematics, with fractions of full height."""
    return rf"$\displaystyle {text}$" if r"\frac" in text else f"${text}$"


def _code(text: str) -> str:
    return f"`{text}`"


def _public(name: str) -> Any:
    return getattr(ops, name, None) or getattr(autograd, name, None)


def _signature(name: str) -> str:
    """How an operation is called: ``clip(x, low=None, high=None)``."""
    if name in PART_OF:
        return f"`{name}` (part of `{PART_OF[name]}`)"
    thing = _public(name)
    if isinstance(thing, Primitive):
        names = ", ".join("xyz"[: len(thing.vjps)])
        if thing.kind in ("linear", "custom") and not isinstance(thing, OverAxes):
            names = ", ".join(inspect.signature(thing.forward).parameters)
        if isinstance(thing, OverAxes):
            names += f", axis={thing.default}"
        elif thing.kind in ("reduction", "selection") and len(thing.vjps) == 1:
            names += ", axis=None, keepdims=False"
        return _code(f"{name}({names})")
    parameters = [
        p for p in inspect.signature(thing).parameters.values() if p.kind != p.VAR_KEYWORD
    ]
    return _code(f"{name}({', '.join(str(p).split(':')[0] + _default(p) for p in parameters)})")


def _default(parameter: inspect.Parameter) -> str:
    return "" if parameter.default is parameter.empty else f"={parameter.default!r}"


def _about(name: str) -> str:
    """The first sentence about an operation, and its name elsewhere."""
    thing = _public(name)
    own = PRIMITIVES[name].__doc__ if name in PRIMITIVES else None
    text = (own or inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ")
    elsewhere = "; ".join(f"{k}: `{v}`" for k, v in ELSEWHERE.get(name, {}).items())
    text = text.replace("``", "`").replace("|", "\\|")
    return f"{text} *{elsewhere}.*" if elsewhere else text


def _kink_of(name: str) -> str:
    """The kinks of an operation, in short."""
    found = [k for k in KINKS if re.match(rf"{name}\(", k.expression)]
    return _BREAK.join(f"{_place(k, name)}: {_slope(slopes(k))}" for k in found)


def _place(kink: Kink, name: str) -> str:
    """The point, and the call if more is settled in it than the point."""
    plain = f"{name}({', '.join(kink.at)})" == kink.expression
    return _point(kink.at) if plain else f"{_code(kink.expression)} at {_point(kink.at)}"


def _point(at: dict[str, Any]) -> str:
    return _code(", ".join(f"{name} = {_number(value)}" for name, value in at.items()))


def _slope(values: dict[str, Any]) -> str:
    return _code(", ".join(map(_number, values.values())))


def _number(value: Any) -> str:
    """Numbers as they are typed: 0.5, inf, [1, 0]."""
    if isinstance(value, list):
        return f"[{', '.join(map(_number, value))}]"
    return f"{value + 0.0:g}"  # -0 is 0


# --- one operation --------------------------------------------------------------------------------


def _elementwise_row(primitive: Primitive) -> list[str]:
    name = primitive.name
    partials = [_math(latex_of(primitive, i)) for i, r in enumerate(primitive.partials) if r]
    value = _math(rf"\mathrm{{out}} = {latex_of(primitive)}")
    call = f"{_signature(name)}<br>{_about(name)}{_other_names(name)}"
    return [_row(call, value, _BREAK.join(partials), _kink_of(name))]


def _other_names(name: str) -> str:
    """Which parameters the formulas call y and z."""
    thing = _public(name)
    if isinstance(thing, Primitive):
        return ""
    pairs = zip("xyz", inspect.signature(thing).parameters, strict=False)
    return "".join(f" ${short}$ is `{long}`." for short, long in pairs if short != long)


def _flat_row(primitive: Primitive) -> list[str]:
    value = _math(latex(value_term(primitive))) if primitive.scalar else ""
    return [_row(_signature(primitive.name), value, _about(primitive.name))]


def _reduction_row(primitive: Primitive) -> list[str]:
    partials = [_math(latex_of(primitive, i)) for i in range(len(primitive.partials))]
    return [_row(_signature(primitive.name), _BREAK.join(partials), _about(primitive.name))]


_ACCENTS = {r"\bar": "\u0304", r"\dot": "\u0307"}


def _plain(text: str) -> str:
    r"""Code instead of LaTeX: ``\bar{x}`` is x with a bar."""
    return re.sub(r"(\\bar|\\dot)\{(\w)\}", lambda m: m[2] + _ACCENTS[m[1]], text)


def _as_code(label: str, term: Any) -> str:
    return _code(_plain(f"{label} = {tidy(term)!r}"))


def _linear_row(primitive: Primitive) -> list[str]:
    name = primitive.name
    traced = trace(name)
    about = f"{_signature(name)}<br>{_about(name)}"
    example = f"{_as_code(*traced.call)}<br>{_shapes(name)}"
    return [_row(about, example, _BREAK.join(_as_code(*line) for line in traced.backward))]


def _shapes(name: str) -> str:
    """What the inputs of an example are."""
    inputs = EXAMPLES[name].inputs.items()
    return ", ".join(
        f"{key} of shape {value}" if isinstance(value, tuple) else f"{key} = {value}"
        for key, value in inputs
    )


def _rules(primitive: Primitive) -> list[str]:
    """A heading, and the rules traced at an example, or their source."""
    name, example = primitive.name, EXAMPLES[primitive.name]
    lines = [f"### {name}", "", f"{_signature(name)}: {_about(name)}", ""]
    if example.loops:
        rule = primitive.joint or primitive.vjp_of(0)
        assert rule is not None
        note = "The rule as it is in the source, because it runs a loop:"
        return [*lines, note, "", "```python", source_of(rule), "```", "", *_kink_line(name)]
    traced = trace(name)
    note = f" ({example.note})" if example.note else ""
    lines += [f"Traced for {_shapes(name)}{note}:", ""]
    for label, term in (traced.call, *traced.backward, *traced.forward):
        if example.code:
            formulas = [_as_code(label, term)]
        elif term is traced.call[1]:
            formulas = [_math(f"{label} = {latex(term)}")]
        else:
            formulas = [_math(part) for part in formula(label, term)]
        lines.append(f"- {', '.join(formulas)}")
    return [*lines, "", *_kink_line(name)]


def _kink_line(name: str) -> list[str]:
    kinks = _kink_of(name)
    return [f"Slope at a kink: {kinks}", ""] if kinks else []


def _composite_row(name: str) -> str:
    """What a function is made of: the primitives that a call with terms records."""
    rng = np.random.default_rng(0)
    leaves = {
        key: Term(key, rng.uniform(1, 2, shape)) for key, shape in COMPOSITES[name].inputs.items()
    }
    result = eval(COMPOSITES[name].call, vars(autograd) | leaves)
    found: dict[str, None] = {}

    def collect(thing: Any) -> None:
        if isinstance(thing, list | tuple):
            for item in thing:
                collect(item)
        elif isinstance(thing, Term) and thing.op is not None:
            found[thing.op.name] = None
            collect(thing.inputs)

    collect(result)
    made = ", ".join(map(_code, sorted(found)))
    return _row(f"{_signature(name)}<br>{_about(name)}", _code(COMPOSITES[name].call), made)


def _kink_rows() -> list[str]:
    return [_row(_code(k.expression), _point(k.at), _slope(slopes(k)), k.why) for k in KINKS]
