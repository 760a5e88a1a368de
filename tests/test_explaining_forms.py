"""How explanations are written: names, rules and formulas, text, LaTeX and HTML."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Tensor, Value, draw, explain, step
from autograd.explaining.mathematics import lines
from autograd.explaining.names import latex_name, names_of
from autograd.explaining.paths import between
from autograd.explaining.rules import derivative, rule_name
from autograd.formulas.plain import plain
from autograd.formulas.terms import Term
from autograd.node import PRIMITIVES

HOSTILE = [
    "<script>alert(1)</script>",
    "\"quotes' & <b>",
    "two\nlines\x1b[31m",
    "\u202ertl",
    "x" * 10_000,
    r"\input{secret} $x$ 50% a_b^c #1 & ~ {",
    "}\\end{aligned}",
    "v1",
]


def example() -> tuple[Value, Value, Value]:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    c = a * b
    c.label = "c"
    root = c.tanh() / b + c
    root.label = "L"
    return a, b, root


# --- names ----------------------------------------------------------------------------------------


def test_names_do_not_depend_on_the_leaf_and_are_never_shared() -> None:
    a, b, root = example()
    assert list(names_of(root).values()) == ["a", "b", "c", "v1", "v2", "L"]
    assert explain(root, a).names == explain(root, b).names
    twins = Value(1.0, label="w"), Value(2.0, label="w"), Value(3.0, label="w (2)")
    names = list(names_of(autograd.sum(twins) + Value(1.0, label="v1")).values())
    assert len(set(names)) == len(names)
    assert names[:3] == ["w", "w (3)", "w (2)"]


@pytest.mark.parametrize("label", HOSTILE)
def test_a_hostile_label_becomes_no_markup(label: str) -> None:
    x = Value(2.0, label=label)
    y = x * x
    y.label = label
    e = explain(y, x)
    for form in (str(e), e.latex, e.table()):
        assert "\x1b" not in form
        assert "\u202e" not in form
        assert len(form) < 4000
    assert "<script" not in e.table() + e.latex
    ET.fromstring(e.table().replace("<br>", "<br/>"))
    assert e.latex.count(r"\end{aligned}") == 1
    assert e.latex.count("{") == e.latex.count("}")
    assert not re.search(r"\\input|(?<!\\)[$%#]", e.latex)


def test_numbers_behind_a_name_that_runs_backwards_do_not() -> None:
    """By the rule of Unicode a mark of direction ends what runs from right to left."""
    x = Value(-3.0, label="שלום")
    y = x * 2.0
    y.label = "مرحبا"
    for form in (str(explain(y, x)), explain(y, x).table(), repr(draw(y)), *step(y).captions):
        for name in "שלום", "مرحبا":
            assert form.count(name) == form.count(f"{name}\u200e")


@pytest.mark.parametrize(
    ("label", "latex"),
    [
        ("y_hat", r"y_{\mathrm{hat}}"),
        ("w_out", r"w_{\mathrm{out}}"),
        ("w_i", "w_{i}"),
        ("α_β1", r"\alpha_{\beta_{1}}"),
        ("b_{1}", "b_{1}"),
        ("b_{1}^2", r"{\text{b}\_{\lbrace}\text{1}{\rbrace}\hat{\ }\text{2}}"),
        ("hidden_layer", r"{\text{hidden}\_\text{layer}}"),
        ("100% & #x", r"{\text{100}\%\text{ }\&\text{ }\#\text{x}}"),
        ("layer-1", r"\text{layer-1}"),
    ],
)
def test_a_latex_name_has_the_signs_of_the_label_and_no_others(label: str, latex: str) -> None:
    assert latex_name(label) == latex


def test_what_markdown_would_read_is_a_command() -> None:
    name = r"{\text{a}{\vert}\text{b}{\ast}\text{c}\grave{\ }\text{e}}"
    assert latex_name("a|b*c`e") == name


SIGNS = re.compile(
    r"\\[$&#%_]|\{\\(backslash|[lr]brace|sim|ast|vert)\}|\\(hat|grave)\{\\ \}|\{[<>]\}"
)
GROUP = re.compile(r"^\{(.*)\}$|^[A-Za-z]_(\{.*\})$", re.DOTALL)


@given(st.text(max_size=20) | st.text(r"ab_1{}\$&#%^~<>`*|", max_size=9))
def test_a_latex_name_is_one_group(label: str) -> None:
    inside = SIGNS.sub("", latex_name(label))
    inside = GROUP.sub(r"\1\2", inside)
    inside = re.sub(r"\\(text|mathrm)\{([^{}]*)\}", r"\2", inside)
    inside = re.sub(r"[A-Za-z]_\{([^{}]*)\}|\{([^{}]*)\}|^\\[A-Za-z]+", r"\1\2", inside)
    assert not re.search(r"[\\{}$&#%^_~<>`*|]", inside)


# --- rules and formulas ---------------------------------------------------------------------------


def cases() -> Iterator[tuple[str, Value]]:
    """Operations on two leaves, by the name of the rule of their first edge."""
    x, y = Value(0.6, label="x"), Value(1.7, label="y")
    yield "sum rule", x + y
    yield "sum rule", x - y
    yield "product rule", x * y
    yield "constant factor rule", 3 * x
    yield "constant factor rule", x / 4
    yield "quotient rule", x / y
    yield "quotient rule", 4 / x
    yield "power rule", x**3
    yield "derivative of a power to its exponent", 2**x
    yield "power rule", x.sqrt()
    yield "derivative of tanh", x.tanh()
    yield "derivative of sigmoid", x.sigmoid()
    yield "derivative of relu", x.relu()
    yield "derivative of logsumexp", autograd.logsumexp([x, y, 1.0])
    yield "product rule", autograd.dot([x, 2.0, y], [y, x, 0.5])
    yield "sum rule", autograd.sum([x, y])
    yield "derivative of where", autograd.where(x > y, x, y)
    yield "derivative of maximum", autograd.maximum(x, y)
    yield "derivative of clip", autograd.clip(x, 0.0, y)


def leaf_edges(node: Value) -> Iterator[Any]:
    for leaf in {x for x in node.inputs if isinstance(x, Value) and x.is_leaf}:
        yield from between(node, leaf)[node]


@pytest.mark.parametrize(("name", "node"), list(cases()))
def test_each_formula_has_the_value_of_its_local_derivative(name: str, node: Value) -> None:
    names = names_of(node)
    values = {text: x.data for x, text in names.items()}

    def evaluate(thing: Any) -> Any:
        if not isinstance(thing, Term):
            return thing
        if thing.op is None:
            return values[thing.label]
        return thing.op.forward(*map(evaluate, thing.inputs), **thing.params)

    found = set()
    for edge in leaf_edges(node):
        found.add(rule_name(edge))
        term = derivative(edge, names)
        assert float(evaluate(term)) == pytest.approx(edge.local, rel=1e-13)
    assert name in found


def test_every_elementwise_operation_has_a_formula_and_a_name() -> None:
    elementwise = [p for p in PRIMITIVES.values() if p.kind == "elementwise"]
    assert len(elementwise) > 30
    for primitive in elementwise:
        first = 1.5 if primitive.name == "arccosh" else 0.5
        node = primitive(*[Value(first + 0.1 * i) for i in range(len(primitive.partials))])
        for leaf in {x for x in node.inputs if isinstance(x, Value)}:
            for edge in between(node, leaf).get(node, []):
                assert rule_name(edge)
                assert plain(derivative(edge, names_of(node)))


def test_a_rule_of_the_users_own() -> None:
    @autograd.primitive
    def cube(x: Any) -> Any:
        return x**3

    cube.defvjp(lambda g, out, x: g * 3 * x * x)
    x = Value(2.0, label="x")
    assert "∂v1/∂x = 12    the rule given for cube, v1 = cube(x) = 8" in str(explain(cube(x), x))


SYMPY = {
    "x * y + x": lambda x, y: x * y + x,
    "(x * y)**2 / (x + y)": lambda x, y: (x * y) ** 2 / (x + y),
    "tanh(x * x) * exp(-y)": lambda x, y: autograd.tanh(x * x) * autograd.exp(-y),
    "sqrt(x) * sin(x / y) - 2**x": lambda x, y: autograd.sqrt(x) * autograd.sin(x / y) - 2**x,
    "log(1 + x**3) / cosh(x)": lambda x, y: autograd.log(1 + x**3) / autograd.cosh(x),
}


@pytest.mark.parametrize("source", SYMPY)
def test_the_formulas_along_the_paths_add_up_to_sympys_derivative(source: str) -> None:
    sympy = pytest.importorskip("sympy", reason="SymPy is not installed")
    values = {"x": 0.7, "y": 1.3}
    x, y = (Value(value, label=name) for name, value in values.items())
    root = SYMPY[source](x, y)
    e = explain(root, x)

    def symbolic(thing: Any) -> Any:
        """A formula in the leaves alone: what was computed is replaced by how."""
        if not isinstance(thing, Term):
            return sympy.nsimplify(thing) if isinstance(thing, float) else thing
        if thing.op is None:
            node = next(node for node, name in e.names.items() if name == thing.label)
            return sympy.Symbol(thing.label) if node.is_leaf else of_node(node)
        return meaning(thing.op.name, [symbolic(i) for i in thing.inputs])

    def of_node(node: Any) -> Any:
        args = [
            sympy.nsimplify(i) if isinstance(i, float) else symbolic(Term(e.names[i]))
            for i in node.inputs
        ]
        return meaning(node.op.name, args)

    def meaning(name: str, args: list[Any]) -> Any:
        infix = {"add": "+", "sub": "-", "mul": "*", "div": "/", "power": "**"}
        if name in infix:
            return eval(f"a {infix[name]} b", {"a": args[0], "b": args[1]})
        if name in ("neg", "square", "reciprocal"):
            return {"neg": -args[0], "square": args[0] ** 2, "reciprocal": 1 / args[0]}[name]
        return getattr(sympy, name)(*args)

    total = sum(
        sympy.prod([symbolic(derivative(edge, e.names)) for edge in path.edges]) for path in e.paths
    )
    exact = sympy.diff(sympy.sympify(source), sympy.Symbol("x"))
    for point in ({"x": 0.7, "y": 1.3}, {"x": 1.9, "y": 0.4}):  # also where it was not computed
        assert float(total.subs(point)) == pytest.approx(float(exact.subs(point)), rel=1e-9)


# --- text -----------------------------------------------------------------------------------------


def test_text_with_negative_numbers_shared_inputs_and_small_numbers() -> None:
    a = Value(-2.0, label="a")
    square = a * a
    square.label = "s"
    root = square * 1e-7
    root.label = "L"
    assert str(explain(root, a)).splitlines() == [
        "∂L/∂a = -4e-07: the sum over 2 paths from a to L, of the products of local derivatives.",
        "",
        "1. a → s → L",
        "   ∂L/∂s · ∂s/∂a (input 1) = 1e-07 × (-2) = -2e-07",
        "2. a → s → L",
        "   ∂L/∂s · ∂s/∂a (input 2) = 1e-07 × (-2) = -2e-07",
        "",
        "sum: -2e-07 − 2e-07 = -4e-07",
        "",
        "local derivatives:",
        "   ∂s/∂a (input 1) = a = -2    product rule, s = a · a = 4",
        "   ∂L/∂s = 1e-07               constant factor rule, L = s · 1e-07 = 4e-07",
        "   ∂s/∂a (input 2) = a = -2    product rule, s = a · a = 4",
    ]


@pytest.mark.parametrize(
    ("term", "text"),
    [
        (lambda x, y: (x - y) * 2 - (x - (y - x)), "(x - y) · 2 - (x - (y - x))"),
        (lambda x, y: x / (y / x) / (x * y), "x / (y / x) / (x · y)"),
        (lambda x, y: -(x + y) / -y, "(-(x + y)) / (-y)"),
        (lambda x, y: (x + 1) ** (y * 2), "(x + 1)^(y · 2)"),
        (lambda x, y: autograd.where(x > y, 1e-9, -x), "1e-09 if x > y, else -x"),
        (lambda x, y: 0.5 * (x > y) + 0.5 * (x >= y), "0.5 · [x > y] + 0.5 · [x ≥ y]"),
    ],
)
def test_formulas_as_text_keep_their_meaning(term: Any, text: str) -> None:
    assert plain(term(Term("x"), Term("y"))) == text


# --- LaTeX ----------------------------------------------------------------------------------------


def test_latex_has_names_then_formulas_then_numbers() -> None:
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    c = a * b
    root = c * c.exp() * 1e-5 + a
    root.label = "L"
    assert lines(explain(c + a, a))[1:] == [
        [
            r"\frac{\partial v_{2}}{\partial v_{1}} \, \frac{\partial v_{1}}{\partial a}",
            r"\frac{\partial v_{2}}{\partial a}",
        ],
        [r"1 \cdot b", "1"],
        [r"1 \cdot 3", "1"],
        ["3", "1"],
        ["4"],
    ]
    few = explain(root, a, limit=1).latex
    assert r"\text{2 more paths}" in few
    assert r"\cdot 10^{-5}" in explain(root, a).latex


def test_latex_of_one_factor_is_not_repeated() -> None:
    x = Value(3.0, label="x")
    assert lines(explain(x * 2.0, x))[1:] == [[r"\frac{\partial v_{1}}{\partial x}"], ["2"]]


def test_latex_keeps_signs_and_sums_together_in_a_product() -> None:
    x = Value(-0.5, label="x")
    negative = lines(explain(-((x * x).cos()), x))
    # d/dx -cos(x²) = -(-sin(x²)) x + the same for the other factor
    assert negative[2] == [r"\left(-1\right) \cdot \left(-\sin(v_{1})\right) \cdot x"] * 2
    assert negative[3] == [r"(-1) \cdot (-0.2474) \cdot (-0.5)"] * 2
    bent = lines(explain((x * 2.0).tanh(), x))[2]
    assert bent == [r"\left(1 - v_{2}^2\right) \cdot 2"]


def test_a_long_sum_has_its_terms_below_each_other() -> None:
    xs = [Value(1.0, label="x")] * 12
    long, short = explain(autograd.sum(xs), xs[0]).latex, explain(xs[0] + xs[1], xs[0]).latex
    assert r"&\quad + " in long
    assert r"&\quad" not in short


def test_long_paths_and_sums_are_cut_in_the_middle() -> None:
    x = Value(1.0, label="x")
    y = x
    for _ in range(9):
        y = y * 1.5
    e = explain(y, x)
    assert "1. x → v1 → v2 → … 5 more … → v8 → v9" in str(e)
    assert r"\cdots" not in e.latex
    e = explain(y * 2.0, x)
    assert e.latex.count(r"\cdots") == 3  # the derivatives by name, by formula and by number
    assert "… 6 more …" in str(e)


def test_latex_is_read_by_matplotlib() -> None:
    mathtext = pytest.importorskip("matplotlib.mathtext", reason="matplotlib is not installed")
    parser = mathtext.MathTextParser("agg")
    explanations = [explain(node, x) for _, node in cases() for x in node.inputs
                    if isinstance(x, Value)]  # fmt: skip
    explanations.append(explain(example()[2], example()[0]))
    a, _, root = example()
    explanations.append(explain(root, a))
    x = Value(2.0, label=HOSTILE[5].replace("&", "y_hat"))  # it has no way to write "&"
    explanations.append(explain(x * x, x))
    read = 0
    for e in explanations:
        left, *right = lines(e)
        for line in [left, *(" + ".join(terms) for terms in right)]:
            if r"\begin{cases}" not in line:  # which matplotlib does not know
                parser.parse(f"${line}$")
                read += 1
    assert read > 60


# --- HTML -----------------------------------------------------------------------------------------


def test_the_table_says_what_the_text_says() -> None:
    a, _, root = example()
    e = explain(root, a)
    tree = ET.fromstring(e.table().replace("<br>", "<br/>"))
    paths, local = tree.findall("table")
    rows = [["".join(cell.itertext()) for cell in row.iter("td")] for row in paths.iter("tr")]
    assert [row[1] for row in rows[1:-1]] == ["a → c → L", "a → c → v1 → v2 → L"]
    assert rows[-1][2:] == ["sum", f"{e.gradient:.4g}"]
    assert [row[-1] for row in rows[1:-1]] == [f"{path.product:.4g}" for path in e.paths]
    assert "product rule" in "".join(local.itertext())
    assert e._repr_html_() == e.table()
    assert "http" not in e.table()
    assert "<script" not in e.table()


def test_the_tables_of_arrays_show_shapes() -> None:
    w = Tensor(np.ones((3, 2)), requires_grad=True, label="W")
    e = explain((w * w).sum(), w)
    assert "∂v1/∂W (input 1): (3, 2) → (3, 2)" in e.table()
    assert "norm of what arrives" in e.table()
    assert "sum: an array with the norm" in str(e)


def test_a_small_limit_shows_the_rest_in_every_form() -> None:
    a, _, root = example()
    e = explain(root, a, limit=1)
    assert "not written out: 1 path; shown are the 1 largest" in str(e)
    assert "not written out: 1 path; shown are the 1 largest" in e.table()
    assert r"\text{1 more path}" in e.latex
    assert "(the rest)" in str(e)
