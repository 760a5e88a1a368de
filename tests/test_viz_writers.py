"""Every format says what the scene says, whatever is in a label, and gives the same bytes again."""

from __future__ import annotations

import io
import re
import warnings
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_viz_svg import HOSTILE, visible

import autograd
import nn
from autograd import Drawing, Tensor, Value, draw
from autograd.viz.boxes import VIEWS, Frame, Row, Scene
from autograd.viz.colours import THEMES
from autograd.viz.frames import place_frames

METACHARACTERS = [
    *HOSTILE,
    "\\textbf{x} $x$ %c ^~_#&",
    "\\input{/etc/passwd} \\write18{ls}",
    "--- -- ?` !` ,,",
    "1. list",
    "- item",
    "style a:#fff; end",
    "subgraph end --> n1 |x| {y}",
    "%%{init: {}}%%",
    "click n0 call alert()",
    "&#35; #35; #quot;",
    "`markdown` **bold** _it_",
    "grad 5",
]
TEXTS = [".svg", ".html", ".dot", ".mmd", ".tex"]


def hostile() -> Value:
    root = autograd.sum([Value(float(i), label=x) * 1.5 for i, x in enumerate(METACHARACTERS)])
    root.label = METACHARACTERS[0]
    root.backward()
    return root


def tensors() -> Tensor:
    nn.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    loss = nn.functional.cross_entropy(model(np.ones((5, 3))), np.array([0, 1, 1, 0, 1]))
    loss.backward()
    return loss


def program() -> Any:
    return autograd.trace(lambda x: {'a"<&>': (x * 2.0).tanh(), "b": x}, 1.0)


GRAPHS = {"hostile": hostile, "tensors": tensors, "program": program}


def shown(text: str) -> str:
    return " ".join(visible(text).split())


# --- HTML -----------------------------------------------------------------------------------------


class Tags(HTMLParser):
    """The elements of a page, and the text in each kind of them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.values: list[str] = []
        self.open: list[str] = []
        self.text: dict[str, list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.values += [value or "" for name, value in attrs if name == "aria-label"]
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in ("meta", "input"):
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open:
            self.text.setdefault(self.open[-1], []).append(data)


ELEMENTS = {"html", "head", "meta", "title", "style", "body", "div", "input", "label", "svg",
            "desc", "rect", "g", "path", "text"}  # fmt: skip


@pytest.mark.parametrize("name", list(GRAPHS))
def test_a_page_holds_the_picture_and_nothing_else(name: str) -> None:
    picture = draw(GRAPHS[name](), engine="builtin", collapse=False)
    page = Tags()
    page.feed(picture.html)
    page.close()
    assert page.open == []
    assert page.tags <= ELEMENTS
    assert not [x for x in page.attributes if x.startswith("on") or x in ("href", "src")]
    lines = [line for box in picture.scene.boxes for line in box.lines]
    texts = page.text["text"]
    # html.parser leaves a few characters of the C1 block as they are; browsers do as well.
    assert set(map(visible, lines)) <= set(texts)
    assert picture.html.count('tabindex="0"') == len(picture.scene.boxes)
    assert picture.html.count("<div") == (name != "program")  # around the buttons
    assert picture.html.count('type="radio"') == (0 if name == "program" else len(VIEWS))
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", picture.html.split("<body>")[0])


def test_the_page_starts_with_the_view_that_is_asked_for() -> None:
    for view in VIEWS:
        (on,) = re.findall(r'id="(\w+)" [^>]*checked', draw(Value(1.0), view=view).html)
        assert on == view


def test_the_buttons_keep_their_keys_in_a_notebook() -> None:
    buttons = re.findall(r"<input[^>]*>", draw(Value(1.0)).html)
    assert len(buttons) == len(VIEWS)
    assert all('data-lm-suppress-shortcuts="true"' in button for button in buttons)


# --- Mermaid --------------------------------------------------------------------------------------


def decoded(text: str) -> str:
    return re.sub(r"#(\d+);", lambda m: chr(int(m[1])), text)


@pytest.mark.parametrize("view", list(VIEWS))
def test_mermaid_has_all_boxes_and_edges_and_no_syntax_from_labels(view: str) -> None:
    picture = draw(hostile(), engine="builtin", collapse=False, view=view)
    head, title, about, *lines = picture.mermaid.splitlines()
    assert head == "flowchart LR"
    assert title.startswith("  accTitle: The computation graph of")
    assert re.fullmatch(r"  accDescr: [^{}<>\"#;|`]*", about)
    boxes = dict(re.findall(r'^  (n\d+)\["([^"]*)"\]$', "\n".join(lines), re.M))
    assert list(boxes) == [box.id for box in picture.scene.boxes]
    for box in picture.scene.boxes:
        rows = [decoded(row) for row in boxes[box.id].split("<br/>")]
        assert rows == [visible(row.text) for row in box.shown(view)]
        assert not re.search(r"[<>&`\"{}|\\*_]", boxes[box.id].replace("<br/>", ""))
    edges = [re.fullmatch(r'  (n\d+) -->(?:\|"([^"]*)"\|)? (n\d+)', line) for line in lines]
    found = [(m[1], m[2] or "", m[3]) for m in edges if m]
    assert found == [(e.source.id, e.text(view), e.target.id) for e in picture.scene.edges]
    rest = [line for line in lines if "-->" not in line and '["' not in line]
    assert all(re.match(r"  (classDef|class|linkStyle) ", line) for line in rest)


def test_mermaid_has_frames() -> None:
    model = nn.MLP(2, [2, 1], seed=0)
    root = model([Value(1.0), Value(2.0)])
    picture = draw(root, model=model, collapse="neuron", engine="builtin")
    assert len(picture.scene.frames) > 1
    lines = [line.strip() for line in picture.mermaid.splitlines()]
    assert sum(line.startswith("subgraph ") for line in lines) == len(picture.scene.frames)
    assert lines.count("end") == len(picture.scene.frames)
    assert sum('["' in line and line[0] == "n" for line in lines) == len(picture.scene.boxes)


def test_what_is_in_a_frame_that_is_left_out_stands_in_the_one_around_it() -> None:
    scene = Scene([], [], "boxes in frames")
    for x in (0.0, 500.0, 1000.0):
        scene.add_box("op", [Row("head", "+")]).x = x
    outer = Frame("g0", "outer", None, ["n0", "n1", "n2"])
    crossed = Frame("g1", "crossed", outer, ["n0", "n2"])  # around n1, which is not in it
    inner = Frame("g2", "inner", crossed, ["n0"])
    scene.frames = [outer, crossed, inner]
    place_frames(scene)
    assert [(f.name, f.parent) for f in scene.frames] == [("outer", None), ("inner", outer)]
    picture = Drawing(scene)
    assert picture.source.count("subgraph cluster_") == picture.mermaid.count("subgraph ") == 2


# --- TikZ -----------------------------------------------------------------------------------------


def test_tikz_sets_labels_as_they_are() -> None:
    picture = draw(hostile(), engine="builtin", collapse=False)
    nodes = re.findall(r"^\\node\[.*?\] at \(.*?\) \{\\ttfamily\S* (.*)\};$", picture.tikz, re.M)
    signs = {r"\ensuremath{\times}": "×", r"\ensuremath{\Sigma}": "Σ", r"\ldots{}": "…",
             r"\ensuremath{\partial}": "∂"}  # fmt: skip
    texts = []
    for node in nodes:
        for tex, sign in signs.items():
            node = node.replace(tex, sign)
        text = re.sub(r"\\symbol\{(\d+)\}", lambda m: chr(int(m[1])), node)
        assert not re.search(r"[\\{}$&#%_^~]", re.sub(r"\\symbol\{\d+\}", "", node))
        texts.append(text)
    expected = [e.text() for e in picture.scene.edges if e.text()]
    expected += [shown(line) for box in picture.scene.boxes for line in box.lines]
    assert texts == expected


@pytest.mark.parametrize("name", list(GRAPHS))
@pytest.mark.parametrize("view", list(VIEWS))
def test_tikz_is_balanced_and_all_commands_are_known(name: str, view: str) -> None:
    if name == "program" and view != "all":
        pytest.skip("a program has one view")
    tex = draw(GRAPHS[name](), engine="builtin", view=view, collapse=False).tikz
    known = {"documentclass", "definecolor", "newlength", "setlength", "px", "begin", "end", "clip",
             "path", "node", "ttfamily", "fontsize", "selectfont", "bfseries", "symbol",
             "ensuremath", "times", "Sigma", "Vert", "leq", "rightarrow", "cdot", "ldots",
             "partial", "surd", "sigma", "div", "textsuperscript"}  # fmt: skip
    known |= {"ifdefined", "DeclareUnicodeCharacter", "fi", "frenchspacing"}
    assert set(re.findall(r"\\([a-zA-Z]+)", tex)) <= known
    assert "%" not in tex.split("\\begin{document}")[1]
    depth = 0
    for c in tex:
        depth += (c == "{") - (c == "}")
        assert depth >= 0
    assert depth == 0
    colours = set(re.findall(r"(?:draw|fill|text)=(c\d+)", tex))
    assert colours == set(re.findall(r"\\definecolor\{(c\d+)\}", tex))


# --- matplotlib -----------------------------------------------------------------------------------


@pytest.fixture
def no_warnings() -> Any:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.mark.usefixtures("no_warnings")
def test_matplotlib_draws_the_same_in_the_same_places() -> None:
    from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon

    for view in VIEWS:
        picture = draw(hostile(), engine="builtin", collapse=False, view=view, theme="dark")
        figure = picture.figure()
        (ax,) = figure.axes
        texts = [text.get_text() for text in ax.texts]
        expected = [e.text(view) for e in picture.scene.edges if e.text(view)]
        expected += [visible(r.text) for box in picture.scene.boxes for r in box.shown(view)]
        assert texts[: len(expected)] == expected
        boxes = [p for p in ax.patches if isinstance(p, FancyBboxPatch)]
        places = [(p.get_x(), p.get_y(), p.get_width(), p.get_height()) for p in boxes]
        assert np.allclose(
            places,
            [(b.x - b.width / 2, b.y - b.height / 2, b.width, b.height)
             for b in picture.scene.boxes],
        )  # fmt: skip
        assert sum(isinstance(p, PathPatch) for p in ax.patches) == len(picture.scene.edges)
        assert sum(isinstance(p, Polygon) for p in ax.patches) == len(picture.scene.edges)
        assert tuple(figure.get_size_inches() * 72) == pytest.approx(picture.size)


@pytest.mark.usefixtures("no_warnings")
def test_no_text_leaves_its_box() -> None:
    """With the font that matplotlib brings; labels in scripts that it has."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.patches import FancyBboxPatch

    root = Value(-1.23456e-7, label="a label that is rather long, more than fits") * 3.0
    root = autograd.dot([root, root], [0.5, 0.25]).tanh()
    root.label = "WWWWWWWWWWWWWWW"
    root.backward()
    for direction in ("LR", "TB"):
        figure = draw(root, engine="builtin", direction=direction).figure()
        renderer = FigureCanvasAgg(figure).get_renderer()
        (ax,) = figure.axes
        boxes = [p.get_window_extent() for p in ax.patches if isinstance(p, FancyBboxPatch)]
        words = [t.get_window_extent(renderer) for t in ax.texts if t.get_ha() == "left"]
        assert words
        for word in words:
            assert any(
                b.x0 <= word.x0 and word.x1 <= b.x1 and b.y0 <= word.y0 and word.y1 <= b.y1
                for b in boxes
            )


@pytest.mark.usefixtures("no_warnings")
def test_png_and_pdf_are_what_they_are_called(tmp_path: Path) -> None:
    from matplotlib import image

    picture = draw(hostile(), collapse=True, engine="builtin", size=(640, 360), view="gradients")
    png = image.imread(picture.save(tmp_path / "g.png"))
    assert png.shape[:2] == (720, 1280)  # two dots for each pixel
    assert len(np.unique(png.reshape(-1, png.shape[2]), axis=0)) > 20
    pdf = picture.save(tmp_path / "g.pdf").read_bytes()
    assert pdf.startswith(b"%PDF-")
    (box,) = re.findall(rb"/MediaBox \[ ([\d. ]+) \]", pdf)
    assert [float(x) for x in box.split()] == [0, 0, 640, 360]


@pytest.mark.parametrize("label", ["$\\frac$", "a$b$c", "\\$", "x_1^2"])
def test_a_label_is_no_formula(label: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    picture = draw(Value(1.0, label=label))
    picture.save(tmp_path / "formula.png")
    texts = picture.figure().axes[0].texts
    assert texts[0].get_text() == label
    assert not texts[0].get_parse_math()


def test_what_would_not_fit_into_memory_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    picture = draw(Value(1.0) * 2.0, size=(1e5, 1e5))
    with pytest.raises(ValueError, match=r"at most 268,435,456 dots, got 200,000 x 200,000.*\.svg"):
        picture.save(tmp_path / "large.png")
    assert picture.save(tmp_path / "large.pdf").stat().st_size < 100_000
    wide = autograd.Film([autograd.snapshot(Value(1.0))], size=(1e5, 10))
    with pytest.raises(ValueError, match="at most 65,535 dots in width and height, got 100,000 x"):
        wide.save(tmp_path / "wide.gif")
    assert [path.name for path in tmp_path.iterdir()] == ["large.pdf"]


def test_without_matplotlib_the_error_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    for name in list(sys.modules):
        if name.split(".")[0] == "matplotlib":
            monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    picture = draw(Value(1.0))
    for suffix in ("png", "pdf"):
        with pytest.raises(ImportError, match=r'pip install "chalkgrad\[plot\]", or save as \.svg'):
            picture.save(tmp_path / f"g.{suffix}")
    assert list(tmp_path.iterdir()) == []
    assert picture.save(tmp_path / "g.svg").exists()


@pytest.mark.usefixtures("no_warnings")
def test_matplotlib_keeps_its_settings_and_its_figures() -> None:
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    before, figures = dict(mpl.rcParams), plt.get_fignums()
    draw(Value(1.0) * 2.0).figure().savefig(io.BytesIO(), format="png")
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == figures


# --- all of them ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(GRAPHS))
@pytest.mark.parametrize("suffix", TEXTS)
def test_a_file_of_text_can_be_read_again(name: str, suffix: str, tmp_path: Path) -> None:
    picture = draw(GRAPHS[name](), engine="builtin", theme="print", direction="TB")
    text = picture.save(tmp_path / f"g{suffix}").read_text(encoding="utf-8")
    assert "\x00" not in text
    assert text.endswith("\n")
    if suffix == ".svg":
        ET.fromstring(text)


@pytest.mark.parametrize("name", list(GRAPHS))
@pytest.mark.parametrize("suffix", [*TEXTS, ".png", ".pdf"])
def test_the_same_graph_gives_the_same_bytes(name: str, suffix: str, tmp_path: Path) -> None:
    if suffix in (".png", ".pdf"):
        pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    view = "all" if name == "program" else "gradients"

    def saved(file: str) -> bytes:
        picture: Drawing = draw(GRAPHS[name](), engine="builtin", view=view)
        return picture.save(tmp_path / (file + suffix)).read_bytes()

    assert saved("a") == saved("b")


@pytest.mark.parametrize("theme", list(THEMES))
def test_every_format_has_the_theme(theme: str) -> None:
    picture = draw(tensors(), theme=theme, view="gradients", engine="builtin")
    page = THEMES[theme].page
    stroke = THEMES[theme].strokes["u"]
    assert f".page{{fill:{page}}}" in picture.svg
    assert stroke in picture.svg
    assert f'bgcolor="{page}"' in picture.source
    assert f'color="{stroke}"' in picture.source
    assert stroke in picture.mermaid
    assert page[1:].upper() in picture.tikz
    assert stroke[1:].upper() in picture.tikz
    assert f"background:{page}" in picture.html


def test_a_pdf_has_its_fonts_in_it_in_a_form_that_publishers_take() -> None:
    matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    from autograd import step
    from autograd.viz.plotting import written
    from autograd.viz.stepping.plotting import figures

    theta = Value(0.5, label="θ₁")
    graph = (theta * theta).tanh()
    before = matplotlib.rcParams["pdf.fonttype"]
    pictures = [draw(graph, engine="builtin").figure(), [*figures(step(graph)._play)][-1]]
    for picture, fonts in zip(pictures, (2, 5), strict=True):
        content = written(picture, "pdf")
        assert content.count(b"/FontFile2") >= fonts
        assert content.count(b"/FontFile2") == content.count(b"/Type /FontDescriptor")
        assert b"/Type3" not in content
    assert matplotlib.rcParams["pdf.fonttype"] == before


def test_a_pdf_is_no_longer_than_a_page_can_be(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    x = Value(0.5)
    for _ in range(60):
        x = x.tanh()
    picture = draw(x, collapse=False, engine="builtin")
    width, height = picture.size
    assert width > 14400  # what PDF has room for
    content = picture.save(tmp_path / "g.pdf").read_bytes()
    box = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", content)
    assert box is not None
    assert float(box[1]) == pytest.approx(14400)
    assert float(box[2]) == pytest.approx(height * 14400 / width)
