"""The reference page is current, complete, and true."""

from __future__ import annotations

import functools
import re
import unicodedata
from math import inf, nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from term_reader import computed

import autograd
from autograd import composites, norms, ops
from autograd.node import PRIMITIVES
from autograd.reference import page
from autograd.reference.examples import EXAMPLES, bar, dot, trace, with_names
from autograd.reference.kinks import KINKS, slopes
from autograd.reference.words import COMPOSITES, ELSEWHERE, PART_OF

PAGE = (Path(__file__).parent.parent / "docs" / "operations.md").read_text(encoding="utf-8")
OPERATIONS = {
    n for n in autograd.__all__ if n in {*ops.__all__, *composites.__all__, *norms.__all__}
}


def test_the_page_is_what_the_library_says_today() -> None:
    assert page() == PAGE, "run: python -m autograd.reference > docs/operations.md"


def test_every_operation_is_on_the_page() -> None:
    assert len(OPERATIONS) > 90
    for name in OPERATIONS | set(PRIMITIVES):
        assert re.search(rf"^(\| |### )?`?{name}\b", PAGE, re.M), name
    assert OPERATIONS - set(PRIMITIVES) == set(COMPOSITES)


def test_what_is_shown_as_public_is() -> None:
    """Under its own name, or as a part of what is: and what is not is not shown as if it were."""
    for name in {*PRIMITIVES, *COMPOSITES}:
        operation = getattr(ops, name, None) or getattr(composites, name, getattr(norms, name, 0))
        hidden = getattr(autograd, name, None) is not operation  # autograd.trace is another
        assert (name in PART_OF) == hidden, name
        assert re.search(rf"`{name}` \(part of" if hidden else rf"`{name}\(.*?\)`", PAGE), name
        assert not re.search(rf"`{name}\([^`]*\)`(<br>|:)", PAGE) or not hidden, name
    assert all(found(autograd, whole) for whole in PART_OF.values())


def test_formulas_have_nothing_that_markdown_takes_for_its_own() -> None:
    formulas = re.findall(r"\$([^$]+)\$", PAGE)
    assert len(formulas) > 150
    for formula in formulas:
        assert not re.search(r"[|<>*`\n#]|\\[^a-zA-Z]|\}_|operatorname", formula), formula
        assert formula.count("{") == formula.count("}"), formula
        assert formula.count(r"\left") == formula.count(r"\right"), formula
    for line in PAGE.splitlines():
        if line.startswith("|"):
            cells = len(re.findall(r"(?<!\\)\|", line)) - 1
            assert 3 <= cells <= 4, line


# --- rules of array operations --------------------------------------------------------------------

FLOATS = np.random.default_rng(7)


def parts(name: str, packed: Any, accent: Any) -> dict[str, Any]:
    """A result, a cotangent or a tangent by its name; the packed factors of a decomposition too."""
    example = EXAMPLES[name]
    values, start = {accent(example.out): packed}, 0
    for label, shape in example.factors.items():
        stop = start + int(np.prod(shape))
        part, plain = packed[start:stop].reshape(shape), label.removesuffix(r"^{\top}")
        values[accent(plain)] = part if plain == label else part.T
        start = stop
    return values


def shown(term: Any, leaves: dict[str, Any]) -> Any:
    """What a formula on the page says, the names in it included."""
    whole, meanings = with_names(term)
    known = dict(leaves)
    for label, meaning in meanings:
        known[label] = computed(meaning, known)
    return computed(whole, known)


def numbers(name: str) -> tuple[dict[str, Any], dict[str, Any], Any, Any]:
    """Inputs of an example other than those it was traced with, tangents, result and cotangent."""
    arrays: dict[str, Any] = {}
    tangents: dict[str, Any] = {}
    for label, shape in EXAMPLES[name].inputs.items():
        if isinstance(shape, list):
            arrays[label], tangents[label] = np.array(shape), None
            continue
        a = FLOATS.uniform(0.5, 1.5, shape)
        if len(shape) == 2 and shape[0] == shape[1]:
            a = a @ a.T + np.diag(np.arange(1.0, 1.0 + len(a)))
        arrays[label], tangents[label] = a, FLOATS.normal(size=shape)
    out = PRIMITIVES[name].forward(*arrays.values(), **EXAMPLES[name].settings)
    return arrays, tangents, out, FLOATS.normal(size=np.shape(out))


@pytest.mark.parametrize("name", EXAMPLES)
@np.errstate(invalid="ignore")  # log(1 - x) of an x above 1 is NaN on both sides
def test_a_traced_formula_computes_what_the_rule_does(name: str) -> None:
    """At other numbers than those it was traced with."""
    primitive, example = PRIMITIVES[name], EXAMPLES[name]
    arrays, tangents, out, g = numbers(name)
    leaves = arrays | parts(name, out, str) | parts(name, g, bar)
    leaves |= {dot(label): t for label, t in tangents.items()}
    traced = trace(name)
    rules = [primitive.vjp_of(i) for i in range(len(tangents))]
    moving = [
        x for (x, t), rule in zip(tangents.items(), rules, strict=True) if t is not None and rule
    ]
    assert [label for label, _ in traced.backward] == list(map(bar, moving))
    for i, (_, term) in enumerate(traced.backward):
        rule = primitive.vjp_of(i)
        assert rule is not None
        expected = rule(g, out, *arrays.values(), **example.settings)
        np.testing.assert_allclose(
            np.broadcast_to(shown(term, leaves), np.shape(expected)), expected, rtol=1e-9, atol=1e-9
        )
    assert primitive.jvp is not None
    moved = primitive.jvp(list(tangents.values()), out, *arrays.values(), **example.settings)
    if not example.factors:
        np.testing.assert_allclose(shown(traced.forward[0][1], leaves), moved, rtol=1e-9, atol=1e-9)
    else:
        flat = [np.ravel(shown(term, leaves)) for _, term in traced.forward]
        np.testing.assert_allclose(np.concatenate(flat), moved, rtol=1e-9, atol=1e-9)


def typed(label: str) -> str:
    """A name as Python reads it: of a letter and its accent one character, where there is one."""
    return unicodedata.normalize("NFKC", label)


def lines_of_code(name: str) -> dict[str, str]:
    """What the page says about an operation as code: expressions by the name of the result."""
    linear = PRIMITIVES[name].kind == "linear"  # a row of a table, else a section
    found = re.search(rf"^\| `{name}\b.*$" if linear else rf"^### {name}\n(?s:.*?)^#", PAGE, re.M)
    assert found, name
    pairs = re.findall("`(.[\u0304\u0307]?) = ([^`]+)`", found[0])
    return {typed(label): code for label, code in pairs}


CODED = [n for n, example in EXAMPLES.items() if example.code or PRIMITIVES[n].kind == "linear"]


@pytest.mark.parametrize("name", CODED)
def test_code_on_the_page_computes_what_the_rule_does(name: str) -> None:
    """As it is printed: typed in, the parentheses included."""
    primitive, settings = PRIMITIVES[name], EXAMPLES[name].settings
    arrays, tangents, out, g = numbers(name)
    inputs, y = tuple(arrays.values()), EXAMPLES[name].out
    expected = {y: out}
    for i, label in enumerate(arrays):
        rule = primitive.vjp_of(i)
        if tangents[label] is not None and rule is not None:
            expected[f"{label}\u0304"] = rule(g, out, *inputs, **settings)
    if primitive.kind != "linear":
        assert primitive.jvp is not None
        moved = primitive.jvp(list(tangents.values()), out, *inputs, **settings)
        expected[f"{y}\u0307"] = moved
    known: dict[str, Any] = {n: p.forward for n, p in PRIMITIVES.items()}
    for op, off in (("einsum", "optimize"), ("svd", "full")):  # what is off is not printed
        known[op] = functools.partial(known[op], **{off: False})
    known |= {"np": np, "array": np.array} | arrays | {y: out, typed(f"{y}\u0304"): g}
    known |= {typed(f"{label}\u0307"): t for label, t in tangents.items()}
    code = lines_of_code(name)
    assert set(code) - set(arrays) == set(map(typed, expected))  # a kink is at x = ...
    for label, numbers_of_rule in expected.items():
        result = np.broadcast_to(eval(code[typed(label)], known), np.shape(numbers_of_rule))
        np.testing.assert_allclose(result, numbers_of_rule, rtol=1e-9, atol=1e-9, err_msg=label)


def test_every_rule_for_arrays_has_an_example() -> None:
    stated = {
        n for n, p in PRIMITIVES.items() if p.kind not in ("elementwise", "flat", "reduction")
    }
    assert set(EXAMPLES) == stated


# --- kinks ----------------------------------------------------------------------------------------

# What the library promises: the same table, from the other side.
PROMISED: dict[str, Any] = {
    "abs(x) at x = 0": 0,
    "relu(x) at x = 0": 0,
    "leaky_relu(x, 0.25) at x = 0": 0.25,
    "elu(x, 0.25) at x = 0": 0.25,
    "sign(x) at x = 0": 0,
    "floor(x) at x = 1": 0,
    "ceil(x) at x = 1": 0,
    "floor_divide(x, y) at x = 4, y = 2": (0, 0),
    "remainder(x, y) at x = 4, y = 2": (1, -2),
    "greater(x, y) at x = 1, y = 1": (0, 0),
    "clip(x, 0, 1) at x = 0": 1,
    "clip(x, 0, 1) at x = 1": 1,
    "maximum(x, y) at x = 2, y = 2": (0.5, 0.5),
    "minimum(x, y) at x = 2, y = 2": (0.5, 0.5),
    "maximum(x, x) at x = 2": 1,
    "sqrt(x) at x = 0": inf,
    "log(x) at x = 0": inf,
    "reciprocal(x) at x = 0": -inf,
    "arcsin(x) at x = 1": inf,
    "arccos(x) at x = 1": -inf,
    "arccosh(x) at x = 1": inf,
    "arctan2(x, y) at x = 0, y = 0": (nan, nan),
    "hypot(x, y) at x = 0, y = 0": (0, 0),
    "power(x, y) at x = 0, y = 0": (0, 0),
    "power(x, 0.5) at x = 0": inf,
    "power(x, y) at x = -2, y = 3": (12, nan),
    "where(x > 0, sqrt(x), 0) at x = 0": 0,
    "where(x > 0, sqrt(x), 0) at x = [0]": [nan],
    "max(x) at x = [1, 1, 0]": [0.5, 0.5, 0],
    "min(x) at x = [1, 0, 0]": [0, 0.5, 0.5],
    "max(x) at x = [1, nan]": [0, 0],
    "maximum(x, y) at x = 2, y = nan": (0, 0),
    "sort(x)[0] at x = [2, 1, 1]": [0, 1, 0],
    "topk(x, 1).values at x = [1, 1]": [1, 0],
    "max_pool2d(x, 2) at x = [[[1, 1], [1, 1]]]": [[[1, 0], [0, 0]]],
    "prod(x) at x = [2, 0, 3]": [0, 6, 0],
    "cumprod(x) at x = [2, 0, 3]": [1 + 0 + 0, 2 + 2 * 3, 0],
    "norm(x) at x = [0, 0]": [0, 0],
    "vector_norm(x, 0.5) at x = [0, 4]": [0, 1],
    "norm(x, 1) at x = [0, 3]": [0, 1],
    "norm(x, inf) at x = [1, -1]": [0.5, -0.5],
    "norm(x, 2) at x = [[0, 0], [0, 0]]": [[0.5, 0], [0, 0.5]],
    "norm(x, 'nuc') at x = [[0, 0], [0, 0]]": [[1, 0], [0, 1]],
    "clip(x, y, z) at x = -1, y = 0, z = 0": (0, 1, 0),
    "relu(x) at x = nan": 0,
    "std(x) at x = [1, 1]": [0, 0],
    "det(x) at x = [[1, 0], [0, 0]]": [[0, 0], [0, 1]],
    "svd(x).S at x = [[1, 0], [0, 1]]": [[1, 0], [0, 1]],
    "svd(x).U at x = [[1, 0], [0, 1]]": [[0, 0], [0, 0]],
    "eigh(x).eigenvalues at x = [[1, 0], [0, 1]]": [[1, 0], [0, 1]],
    "eigh(x).eigenvectors at x = [[1, 0], [0, 1]]": [[0, 0], [0, 0]],
}
LINES = dict(
    zip(
        (
            f"{function} at {at}"
            for function, at in re.findall(r"^\| `(.*?)` \| `(.*?)` \| `.*?` \| ", PAGE, re.M)
        ),
        re.findall(r"^\| `.*?` \| `.*?` \| `(.*?)` \| ", PAGE, re.M),
        strict=True,
    )
)


def test_numbers_that_grad_is_given_are_arrays() -> None:
    """What the page says beside the kink of a Value in a choice."""
    assert np.isnan(autograd.grad(lambda x: autograd.where(x > 0, autograd.sqrt(x), 0))(0.0))
    assert "floats given to `grad`: 0 times inf is NaN" in PAGE


def test_every_line_about_a_kink_is_promised() -> None:
    assert set(LINES) == set(PROMISED)
    assert len(KINKS) == len(PROMISED)


@pytest.mark.parametrize(("line", "kink"), list(zip(LINES, KINKS, strict=True)), ids=LINES)
def test_the_slope_at_a_kink(line: str, kink: Any) -> None:
    promised = PROMISED[line] if isinstance(PROMISED[line], tuple) else (PROMISED[line],)
    on_the_page = eval(f"({LINES[line]},)", {"inf": inf, "nan": nan})
    for expected, printed, slope in zip(promised, on_the_page, slopes(kink).values(), strict=True):
        np.testing.assert_allclose(printed, expected, atol=1e-12)
        np.testing.assert_allclose(slope, expected, atol=1e-12)


# --- names elsewhere ------------------------------------------------------------------------------


def found(module: Any, name: str) -> bool:
    try:
        functools.reduce(getattr, name.split("."), module)
    except AttributeError:
        return False
    return True


def test_names_in_numpy() -> None:
    for name, others in ELSEWHERE.items():
        assert name in {*PRIMITIVES, *COMPOSITES}
        if "NumPy" in others:
            assert found(np, others["NumPy"]), others
    for name in OPERATIONS - set(ELSEWHERE):  # the same name, or it is none of NumPy's
        assert found(np, name) or name in NOT_IN_NUMPY, name


NOT_IN_NUMPY = {"relu", "sigmoid", "softmax", "log_softmax", "logsumexp", "topk"}


def test_names_in_pytorch() -> None:
    torch = pytest.importorskip("torch", reason="the names are PyTorch's")
    for others in ELSEWHERE.values():
        if "PyTorch" in others:
            assert found(torch, others["PyTorch"]), others
