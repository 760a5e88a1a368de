"""Where to call the rules of array operations, so that they show their formula.

A rule for arrays asks for shapes.  So each operation has an example here: names and shapes of its
inputs, and its settings.  It is called with terms that stand for arrays of these shapes, and what
it does with them is the formula.  No formula is in this file.
"""

from __future__ import annotations

import inspect
import textwrap
from collections import Counter
from typing import Any, NamedTuple

import numpy as np

from autograd.formulas.latex import latex
from autograd.formulas.terms import Term, is_operation
from autograd.formulas.tidy import tidy
from autograd.node import PRIMITIVES, Rule
from autograd.ops import transpose

__all__ = ["EXAMPLES", "Example", "Traced", "formula", "source_of", "trace"]

Shape = tuple[int, ...]


class Example(NamedTuple):
    """One call of an operation.

    Attributes:
        inputs: the shape of each by its name; of an index the numbers.
        settings: the static ones.
        out: the name of the result.
        factors: what is packed into the result of a decomposition, with shapes.
        loops: whether the rule runs a loop, or is long: its source says more than one example.
        code: whether the formula reads better as code.
        note: for which inputs the rule takes this branch.
    """

    inputs: dict[str, Any]
    settings: dict[str, Any] = {}  # noqa: RUF012
    out: str = "y"
    factors: dict[str, Shape] = {}  # noqa: RUF012
    loops: bool = False
    code: bool = False
    note: str = ""


_PART: dict[str, Any] = {"index": slice(1, 3)}
_POOL: dict[str, Any] = {"kernel": (2,), "stride": (1,), "dilation": (1,)}
_WINDOW: dict[str, Any] = _POOL | {"borders": ((0, 0),)}
_TAKEN: dict[str, Any] = {"axis": 0, "mode": "raise"}
_SQUARE = {"A": (2, 2)}
_DIAGONAL = {"offset": 0, "axis1": 0, "axis2": 1}
_SLOPES = {"x": (1, 3, 1, 2), "Q": (1, 2, 2, 1, 2), "D": (1, 1, 2, 1, 2), "W": (2, 2, 2)}


def _cell(gates: int, states: int) -> dict[str, Shape]:
    """The inputs of a cell along a sequence of two steps, for one example and two hidden units."""
    hidden = {"W": (gates, 2, 2), "b": (gates, 2)}
    return {"p": (gates, 2, 1, 2), "s": (states, 1, 2)} | hidden


_INVERSE = "r is the inverse of the deviation of x"

EXAMPLES: dict[str, Example] = {
    # --- shapes and places ---
    "getitem": Example({"x": (4,)}, _PART),
    "scatter_add": Example({"x": (2,)}, _PART | {"shape": (4,)}),
    "index_update": Example({"x": (4,), "v": (2,)}, _PART),
    "index_add": Example({"x": (4,), "v": (2,)}, _PART),
    "take": Example({"x": (4, 3), "i": [2, 0]}, _TAKEN),
    "untake": Example({"x": (2, 3), "i": [2, 0]}, _TAKEN | {"shape": (4, 3)}),
    "sort": Example({"x": (3,)}, {"axis": 0, "kind": None, "descending": False}),
    "gather": Example({"x": (4, 3), "i": [[2, 0, 1]]}, {"axis": 0}),
    "ungather": Example({"x": (1, 3), "i": [[2, 0, 1]]}, {"axis": 0, "shape": (4, 3)}),
    "reshape": Example({"x": (2, 3)}, {"shape": (6,)}),
    "transpose": Example({"x": (2, 3, 4)}, {"axes": (1, 2, 0)}),
    "broadcast_to": Example({"x": (3,)}, {"shape": (2, 3)}),
    "sum_to": Example({"x": (2, 3)}, {"shape": (3,)}),
    "astype": Example({"x": (3,)}, {"dtype": "float32"}),
    "concatenate": Example({"a": (2,), "b": (3,)}, {"axis": 0}),
    "flip": Example({"x": (3,)}, {"axis": 0}),
    "roll": Example({"x": (3,)}, {"shift": 1, "axis": 0}),
    "pad": Example({"x": (3,)}, {"widths": ((1, 2),), "value": 0}, code=True),
    "diagonal": Example({"x": (2, 3)}, _DIAGONAL),
    "embed_diagonal": Example({"x": (2,)}, {"shape": (2, 3)} | _DIAGONAL),
    "tril": Example({"x": (3, 3)}, {"k": 0}),
    "triu": Example({"x": (3, 3)}, {"k": 0}),
    "shift": Example({"x": (4,)}, {"axis": 0, "by": 1}),
    "windows": Example({"x": (1, 1, 5)}, _WINDOW),
    "fold": Example({"x": (1, 2, 4, 1)}, {"shape": (1, 1, 5)} | _WINDOW),
    "max_of_windows": Example({"x": (5,)}, _POOL),
    "at_winners": Example({"x": (5,), "i": [0, 1, 1, 0]}, _POOL),
    "to_winners": Example({"x": (4,), "i": [0, 1, 1, 0]}, {"shape": (5,)} | _POOL),
    # --- products ---
    "matmul": Example({"A": (2, 3), "B": (3, 4)}, out="Y"),
    "inner": Example({"A": (2, 3), "B": (4, 3)}, out="Y"),
    "vecdot": Example({"A": (2, 3), "B": (2, 3)}, out="y"),
    "dot_arrays": Example({"A": (2, 3), "B": (4, 3, 5)}, out="Y", code=True),
    "einsum": Example(
        {"A": (2, 3), "B": (3, 4)},
        {"subscripts": "ij,jk->ik", "optimize": False},
        out="Y",
        code=True,
    ),
    "trace": Example({"A": (3, 3)}, _DIAGONAL),
    "linear": Example({"x": (5, 3), "W": (2, 3), "b": (2,)}),
    # --- along axes ---
    "max": Example({"x": (3,)}),
    "min": Example({"x": (3,)}),
    "prod": Example({"x": (3,)}, {"axis": 0}, loops=True),
    "cumsum": Example({"x": (3,)}, {"axis": 0}),
    "cumprod": Example({"x": (3,)}, {"axis": 0}, code=True),
    "recurrence": Example({"a": (4,), "b": (4,)}, {"axis": 0}, code=True),
    "softmax": Example({"x": (3,)}, {"axis": -1}),
    "log_softmax": Example({"x": (3,)}, {"axis": -1}),
    "standardized": Example({"x": (2, 3), "r": (2, 1)}, {"axis": (1,)}, note=_INVERSE),
    "projected": Example({"x": (2, 3), "u": (2, 3), "r": (2, 1)}, {"axis": (1,)}, code=True),
    "inverse_deviation": Example({"x": (2, 3)}, {"axis": (1,), "eps": 0}, code=True),
    "softmax_cross_entropy": Example(
        {"x": (2, 3), "p": (2, 3), "i": [2, 0]}, {"mean": False}, note="p is softmax(x)"
    ),
    "cross_entropy_slope": Example(
        {"p": (2, 3), "i": [2, 0]}, {"mean": False}, note="y is p − 1 for the right class"
    ),
    "binary_cross_entropy": Example({"x": (3,), "t": (3,)}),
    # --- along sequences ---
    "carried": Example(_SLOPES, code=True),
    "carried_back": Example(_SLOPES, code=True),
    "rnn_tanh": Example(_cell(1, 1), out="h", code=True),
    "rnn_relu": Example(_cell(1, 1), out="h", code=True),
    "gru": Example(_cell(3, 1), out="h", loops=True),
    "lstm": Example(_cell(4, 2), out="x", loops=True),
    # --- matrices ---
    "inv": Example(_SQUARE, out="Y"),
    "solve": Example({"A": (2, 2), "B": (2, 3)}, out="Y"),
    "det": Example(
        _SQUARE, note="not singular; the cofactors of a singular one are made of its svd"
    ),
    "log_abs_det": Example(_SQUARE),
    "cholesky": Example(_SQUARE, out="L"),
    "eigh": Example(_SQUARE, {"uplo": "L"}, factors={"w": (2,), "V": (2, 2)}),
    "svd": Example(
        _SQUARE,
        {"full": False},
        factors={"U": (2, 2), "s": (2,), r"V^{\top}": (2, 2)},
        note="square; others add what U or V does not span",
    ),
    "that_spans": Example({"U": (3, 1), "V": (3, 1)}),
    "svdvals": Example(_SQUARE, out="s", code=True),
    "qr": Example(
        _SQUARE, factors={"Q": (2, 2), "R": (2, 2)}, note="at least as many rows as columns"
    ),
    "pinv": Example({"A": (3, 2)}, {"rcond": None, "hermitian": False}, out="P"),
    "of_constant_rank": Example({"A": (3, 2)}, {"rcond": 1e-6}),
}


def _array(shape_or_index: Any) -> Any:
    """Some numbers: matrices are symmetric with positive eigenvalues, so that all rules apply."""
    if isinstance(shape_or_index, list):
        return np.array(shape_or_index)
    shape = shape_or_index
    x = np.linspace(0.5, 1.5, int(np.prod(shape))).reshape(shape)
    return x + x.T + 2 * np.eye(len(x)) if x.ndim == 2 and shape[0] == shape[1] else x


class Traced(NamedTuple):
    """What the rules of a primitive do at its example, as terms, with the name of each result."""

    call: tuple[str, Term]
    backward: list[tuple[str, Any]]
    forward: list[tuple[str, Any]]


def trace(name: str) -> Traced:
    """Call the rules of a primitive with terms that stand for the arrays of its example."""
    primitive, example = PRIMITIVES[name], EXAMPLES[name]
    settings = example.settings
    inputs = [Term(key, _array(value)) for key, value in example.inputs.items()]
    moving = [x for i, x in enumerate(inputs) if x.dtype.kind == "f" and primitive.vjp_of(i)]
    call = Term._apply_primitive(primitive, tuple(inputs), settings)
    out, cotangent = (Term(label, call.data) for label in (example.out, bar(example.out)))
    tangents = [Term(dot(x.label), x.data) if x in moving else None for x in inputs]
    backward = []
    for i, x in enumerate(moving):
        rule = primitive.vjp_of(i)
        assert rule is not None
        backward.append((bar(x.label), rule(cotangent, out, *inputs, **settings)))
    assert primitive.jvp is not None
    moved = primitive.jvp(tangents, out, *inputs, **settings)
    if not example.factors:
        return Traced((example.out, call), backward, [(dot(example.out), moved)])
    return Traced(
        (", ".join(example.factors), call),
        [(label, _with_factors(term, example)) for label, term in backward],
        [
            (
                dot(label),
                _with_factors(part.inputs[0] if is_operation(part, "reshape") else part, example),
            )
            for label, part in zip(example.factors, moved.inputs, strict=True)
        ],
    )


def bar(name: str) -> str:
    """The cotangent of what has this name."""
    return rf"\bar{{{name[0]}}}{name[1:]}"


def dot(name: str) -> str:
    """The tangent of what has this name."""
    return rf"\dot{{{name[0]}}}{name[1:]}"


def _with_factors(term: Any, example: Example) -> Any:
    """The same with names for the parts of packed factors, and of their packed cotangents."""
    if not isinstance(term, Term) or term.op is None:
        return term
    (first, *_), index = term.inputs, term.params.get("index")
    if is_operation(term, "getitem") and first.op is None and isinstance(index, tuple):
        start = 0
        for name, shape in example.factors.items():
            if index[-1].start == start:
                label = name if first.label == example.out else bar(name)
                value = np.reshape(term.data, shape)
                plain = label.removesuffix(r"^{\top}")
                return Term(label, value) if plain == label else transpose(Term(plain, value.T))
            start += int(np.prod(shape))
    inputs = tuple(_with_factors(i, example) for i in term.inputs)
    again = Term._apply_primitive(term.op, inputs, term.params)
    again._example = term.data
    return again


# --- names for what comes twice -------------------------------------------------------------------

NAMES = "MNKZ"


def with_names(term: Any, limit: int = 36) -> tuple[Any, list[tuple[str, Any]]]:
    """A tidy term in which cases, and long parts that occur twice, have names; and their meanings.

    >>> x = Term("x", np.eye(2))
    >>> part = (x + x * x) * (x - x * x)
    >>> with_names(part / (part + 1), limit=9)[1]
    [('M', (x + square(x)) * (x - square(x)))]
    """
    term = tidy(term)
    unique: dict[str, Any] = {}
    uses: Counter[str] = Counter()

    def count(x: Any) -> None:
        key = repr(x)
        uses[key] += 1
        if isinstance(x, Term) and x.op is not None and key not in unique:
            for item in x.inputs:
                count(item)
            unique[key] = x

    count(term)
    named: dict[str, Term] = {}
    meanings: list[tuple[str, Any]] = []

    def rebuilt(x: Any) -> Any:
        if not isinstance(x, Term) or x.op is None:
            return x
        key = repr(x)
        if key not in named:
            again = Term._apply_primitive(x.op, tuple(map(rebuilt, x.inputs)), x.params)
            again._example = x.data if x.is_concrete else None
            cases = is_operation(x, "where") and x is not term
            long = uses[key] > 1 and len(latex(again)) > limit
            if (cases or long) and len(meanings) < len(NAMES):
                name = NAMES[len(meanings)]
                meanings.append((name, again))
                again = Term(name, again._example)
            named[key] = again
        return named[key]

    return rebuilt(term), meanings


def formula(name: str, term: Any) -> list[str]:
    """``name = term`` as LaTeX, and what the names in it stand for."""
    whole, parts = with_names(term)
    meanings = [rf"\text{{with }} {part} = {latex(meaning)}" for part, meaning in parts]
    return [f"{name} = {latex(whole)}", *meanings]


def source_of(rule: Rule) -> str:
    """The source of a rule, and of the private functions that it calls, however far down."""
    functions: list[Any] = [rule]
    for f in functions:  # which grows meanwhile
        assert inspect.isfunction(f)
        around = {name: x for name, x in f.__globals__.items() if name[0] == "_"}
        around |= inspect.getclosurevars(f).nonlocals
        names = (*f.__code__.co_names, *f.__code__.co_freevars)
        called = [around.get(name) for name in names]
        functions += [x for x in called if inspect.isfunction(x) and x not in functions]
    return "\n\n\n".join(textwrap.dedent(inspect.getsource(f)).rstrip() for f in functions)
