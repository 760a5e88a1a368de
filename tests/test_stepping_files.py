"""The stepper as pages, frames and moving pictures: well-formed, self-contained, small."""

from __future__ import annotations

import base64
import html
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from test_stepping_captions import GRAPHS, board, network
from test_stepping_tensors import GRAPHS as ARRAYS
from test_stepping_tensors import layers, shapes
from test_viz_svg import HOSTILE

import autograd
import nn
from autograd import Value, draw, step
from autograd.viz.colours import THEMES, contrast
from autograd.viz.stepping.captions import named

SPACE = "{http://www.w3.org/2000/svg}"


class Tags(HTMLParser):
    """The elements of a page, their attributes, and the text between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def svg_of(page: str) -> str:
    return page[page.index("<svg") : page.index("</svg>") + 6]


def pictures(stepper: autograd.Stepper) -> list[str]:
    frames = [stepper.frame(k) for k in range(len(stepper))]
    return [svg_of(stepper.html), stepper.animated(), *frames]


# --- labels are text ------------------------------------------------------------------------------


@pytest.mark.parametrize("label", HOSTILE)
def test_a_hostile_label_is_text_and_nothing_else(label: str) -> None:
    a, plain = Value(2.0, label=label), Value(2.0, label="a")
    stepper, innocent = step(a * a, engine="builtin"), step(plain * plain, engine="builtin")
    for picture in pictures(stepper):
        tags = {item.tag.removeprefix(SPACE) for item in ET.fromstring(picture).iter()}
        assert tags <= {"svg", "title", "style", "rect", "g", "path", "text", "tspan", "use"}
    ours = [(tag, sorted(attributes)) for tag, attributes in Tags(stepper.html).tags]
    theirs = [(tag, sorted(attributes)) for tag, attributes in Tags(innocent.html).tags]
    assert [x for x in ours if x[0] != "title"] == [x for x in theirs if x[0] != "title"]
    bundle = Tags(stepper._repr_mimebundle_()["text/html"])
    assert [tag for tag, _ in bundle.tags] == ["div", "img", "iframe"]
    assert bundle.tags[2][1]["srcdoc"] == stepper.html


def test_two_thousand_characters_of_label_stay_in_the_hover_text() -> None:
    a = Value(2.0, label="x" * 2000)
    stepper = step(a * a)
    assert stepper.html.count("x" * 2000) == 1
    assert all(len(caption) < 300 for caption in stepper.captions)


# --- pages ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("graph", [board, network, layers, shapes])
def test_every_element_that_comes_or_goes_has_its_times(graph: Any) -> None:
    stepper = step(graph())
    svg = ET.fromstring(svg_of(stepper.html))
    ids = {item.get("id") for item in svg.iter()} - {None}
    timed = [item for item in svg.iter() if (item.get("class") or "").split()[:1] in (["t"], ["m"])]
    for item in timed:
        times = re.fullmatch(r"--a:(\d+)(?:;--b:(\d+))?", item.get("style") or "")
        assert times is not None
        start, end = int(times[1]), int(times[2] or len(stepper))
        assert 0 <= start < end <= len(stepper)
    uses = [item.get("href") or "" for item in svg.iter(SPACE + "use")]
    assert uses
    assert {use.removeprefix("#") for use in uses} <= ids
    # Each gradient follows the one before without a gap.
    rows: dict[Any, list[Any]] = {}
    for item in timed:
        if item.get("class") == "t g":
            rows.setdefault((item.get("x"), item.get("y")), []).append(item.get("style"))
    for styles in rows.values():
        for before, after in pairwise(styles):
            assert re.findall(r"--b:(\d+)", before) == re.findall(r"--a:(\d+)", after)


@pytest.mark.parametrize("graph", [*GRAPHS, *ARRAYS])
def test_each_backward_step_points_at_its_edge_and_at_both_ends(graph: Any) -> None:
    root = graph()
    moves, names = autograd.backward_steps(root), named(root)
    stepper = step(root, engine="builtin")
    svg = ET.fromstring(svg_of(stepper.html))
    groups = {g.get("id"): g for g in svg.iter(SPACE + "g") if g.get("id")}

    def name_of(box: str) -> str:
        (head,) = [text.text or "" for text in groups[box].iter(SPACE + "text")]
        return head.split(" = ")[0]

    def is_at(point: str, box: str) -> bool:
        (rect,) = groups[box].iter(SPACE + "rect")
        left, top, width, height = (
            float(rect.get(k) or "nan") for k in ("x", "y", "width", "height")
        )
        x, y = map(float, point.split())
        return left - 2 <= x <= left + width + 2 and top - 2 <= y <= top + height + 2

    marks = [g for g in svg.iter(SPACE + "g") if g.get("class") == "m b"][1:]  # the first: the root
    edges = []
    for move, mark in zip(moves, marks, strict=True):
        edge, receives, gives = [(use.get("href") or "")[1:] for use in mark]
        assert (name_of(receives), name_of(gives)) == (names[move.parent], names[move.node])
        line, head = [path.get("d") or "" for path in groups[edge].iter(SPACE + "path")]
        assert is_at(line[1:].split("C")[0], receives)
        assert is_at(head[1:].split("L")[0], gives)
        edges.append(edge)
    assert len(set(edges)) == len(edges)  # a * a has two


def test_a_page_and_a_picture_need_nothing_from_elsewhere() -> None:
    stepper = step(network())
    for text in [stepper.html, stepper.animated(), stepper.frame(3)]:
        assert set(re.findall(r"https?://[^\"'<\s]+", text)) == {"http://www.w3.org/2000/svg"}
        assert "@import" not in text
        assert "url(" not in text
        assert not re.search(r"<link|<img|src=|<foreignObject", text)
    for text in [stepper.animated(), stepper.frame(3)]:
        assert "<script" not in text
        assert not re.search(r"\son\w+=", text)


def test_without_scripts_the_page_shows_the_last_step() -> None:
    for quiz in (False, True):
        stepper = step(board(), quiz=quiz)
        assert f":root{{--s:{len(stepper) - 1};--h:0}}" in stepper.html


def test_quiz_hides_results_and_nothing_else() -> None:
    page = step(board()).html
    answers = re.findall(r"<mn class=q>(.*?)</mn>", page)
    assert answers[:6] == ["−6", "4", "−2", "−0.964", "2.892", "1"]
    assert answers[-3:] == ["−0.4239", "(−0.4239)", "−1.388"]
    assert 'id="quiz">' in page
    assert 'id="quiz" checked>' in step(board(), quiz=True).html


def test_the_slider_keeps_its_keys_in_a_notebook() -> None:
    (slider,) = [a for tag, a in Tags(step(board()).html).tags if a.get("type") == "range"]
    assert "data-lm-suppress-shortcuts" in slider
    assert (slider["min"], slider["max"], slider["value"]) == ("0", "14", "14")


def test_a_notebook_gets_a_picture_that_survives_under_a_page_that_plays() -> None:
    stepper = step(board())
    bundle = stepper._repr_mimebundle_()
    (grid, image, frame) = (attributes for _, attributes in Tags(bundle["text/html"]).tags)
    assert "display:grid" in (grid["style"] or "")
    assert "grid-area:1/1" in (image["style"] or "")
    assert "grid-area:1/1" in (frame["style"] or "")
    kind, data = (image["src"] or "").split(",")
    assert kind == "data:image/svg+xml;base64"
    assert base64.b64decode(data).decode() == stepper.frame(-1)
    assert frame["srcdoc"] == stepper.html
    assert image["alt"] == frame["title"] == repr(stepper)[len("<Stepper: ") : -1]
    assert bundle["text/plain"] == repr(stepper)
    assert html.unescape(image["alt"] or "").startswith("Backpropagation through 7 nodes to loss")


# --- frames and moving pictures -------------------------------------------------------------------


def test_frames_are_numbered_and_of_one_size(tmp_path: Path) -> None:
    stepper = step(board())
    paths = stepper.save_frames(tmp_path / "slides")
    assert [p.name for p in paths] == [f"step-{k:02}.svg" for k in range(15)]
    roots = [ET.fromstring(p.read_text(encoding="utf-8")) for p in paths]
    assert len({root.get("viewBox") for root in roots}) == 1
    for root, caption, path in zip(roots, stepper.captions, paths, strict=True):
        (drawn,) = [g for g in root.iter(SPACE + "g") if g.get("class") == "caption"]
        words = " ".join("".join(text.itertext()) for text in drawn)
        assert words.replace("\u200b", "") == caption.replace("^", "")
        assert caption in (root.get("aria-label") or "")
        assert path.read_text(encoding="utf-8") == stepper.frame(int(path.stem[5:]))


def test_a_frame_shows_what_is_known_by_then() -> None:
    stepper = step(board())

    def shown(k: int) -> list[str]:
        texts = ET.fromstring(stepper.frame(k)).iter(SPACE + "text")
        return [t.text or "" for t in texts if (t.text or "").startswith(("data", "grad"))]

    assert shown(0) == ["data 2", "data −3"]
    assert shown(1) == ["data 2", "data −3", "data −6"]
    assert shown(6)[-1] == "grad 1"
    assert len(shown(14)) == 14
    assert "grad −0.964" in shown(13)
    assert "grad −0.964" not in shown(14)  # replaced by the sum over both paths
    for nothing in (15, -16, "a", None):
        with pytest.raises(IndexError, match="frame: expected a whole number from -15 to 14, got"):
            stepper.frame(nothing)  # type: ignore[arg-type]


def test_no_line_runs_through_the_digits_at_an_edge() -> None:
    a = Value(3.0, label="a")
    for root in (a.tanh(), (a * a).exp()):
        for picture in pictures(step(root)):
            seen = ET.fromstring(picture).findall(f"{SPACE}g[@class]")
            labels = [g for g in seen if "l" in (g.get("class") or "").split()]
            assert labels or "Step" in picture
            for ground, text in labels:
                assert ground.tag == f"{SPACE}rect"
                left, width = (float(ground.get(x, "")) for x in ("x", "width"))
                assert float(text.get("x", "")) == pytest.approx(left + width / 2, abs=0.1)
                assert width > 6.6 * len(text.text or "")
                assert text.attrib.keys() == {"x", "y"}  # what has times is the group


def test_the_animation_shows_each_step_in_turn() -> None:
    stepper = step(board())
    svg = stepper.animated(seconds=2)
    ET.fromstring(svg)
    (keys,) = re.findall(r"@keyframes play\{(.*)\}\n", svg)
    found = [(float(at), int(k)) for at, k in re.findall(r"([\d.]+)%\{--s:(\d+)\}", keys)]
    assert [k for _, k in found] == [*range(15), 14]
    times = [at for at, _ in found]
    assert times == sorted(times)
    assert times[0] == 0
    assert times[-1] == 100
    assert "animation:play 34s step-end infinite" in svg  # 14 steps, and the last for three
    assert "@media(prefers-reduced-motion:reduce){svg{animation:none}}" in svg


@pytest.mark.parametrize("graph", [*GRAPHS[:5], *ARRAYS])
def test_without_motion_the_animation_is_the_last_frame(graph: Any) -> None:
    """For a program that passes over ``var`` and ``clamp``, as most but browsers do."""
    stepper = step(graph())

    def drawn(svg: str) -> list[tuple[str | None, ...]]:
        def walk(element: ET.Element) -> list[tuple[str | None, ...]]:
            if element.get("opacity") == "0":
                assert {"t", "m"} & set((element.get("class") or "").split())  # rules override it
                return []
            place = *map(element.get, ("id", "href", "x", "y", "d")), element.text
            return [place] + [one for child in element for one in walk(child)]

        return walk(ET.fromstring(re.sub("<style>.*?</style>", "", svg, flags=re.DOTALL)))

    svg = stepper.animated()
    # The first two are the picture and its title, which say that it has all steps.
    assert drawn(svg)[2:] == drawn(stepper.frame(-1))[2:]
    assert 'opacity="0"' in svg
    for name, colour in re.findall(r"([\w-]+):var\(--[kw],(.*?)\)", svg):
        assert f"{name}:{colour};{name}:var(" in svg


@pytest.mark.parametrize("form", ["png", "pdf"])
def test_frames_for_slides_are_made_with_matplotlib(form: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    a = Value(3.0, label="a$<b>")
    stepper = step(a * a / 7e9)
    start = {"png": b"\x89PNG", "pdf": b"%PDF"}[form]
    paths = stepper.save_frames(tmp_path / "one", form)
    again = stepper.save_frames(tmp_path / "two", form)
    assert [p.name for p in paths] == [f"step-{k}.{form}" for k in range(len(stepper))]
    contents = [p.read_bytes() for p in paths]
    assert contents == [p.read_bytes() for p in again]
    assert len(set(contents)) == len(stepper)
    assert all(content.startswith(start) for content in contents)


@pytest.mark.parametrize("graph", [*GRAPHS[:5], *ARRAYS])
def test_every_caption_is_set_by_mathtext(graph: Any) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    from matplotlib.mathtext import MathTextParser

    from autograd.viz.stepping.plotting import mathtext

    for caption in step(graph())._play.captions:
        formula = mathtext(caption.formula)
        assert formula or not caption.formula
        MathTextParser("path").parse(formula)


@pytest.mark.parametrize(
    "name", ["$\\frac$", "_^{", "\0", "\ud800", "日本", "f" * 5000, "<lambda>"]
)
def test_the_name_of_a_users_function_is_text_that_fits(name: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")

    def function(x: Any) -> Any:
        return x * x

    function.__name__ = name
    rule = autograd.primitive(function)
    rule.defvjp(lambda g, out, x: 2 * g * x)
    y = rule(Value(3.0, label="a")) * 2.0
    assert draw(y).size[0] < 1000
    stepper = step(y)
    ET.fromstring(stepper.animated())
    for path in stepper.save_frames(tmp_path, "png"):
        assert path.stat().st_size < 100_000


def test_a_film_has_a_picture_for_each_step(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    a = Value(3.0, label="a")
    stepper = step(a * a)
    path = stepper.save(tmp_path / "s.gif", seconds=0.5)
    with image.open(path) as film:
        times, shown = [], []
        for k in range(film.n_frames):
            film.seek(k)
            times.append(film.info["duration"])
            shown.append(film.convert("RGB").tobytes())
    assert len(set(shown)) == len(stepper)
    assert sum(times) == 500 * (len(stepper) - 1 + 3)
    assert path.read_bytes() == stepper.save(tmp_path / "t.gif", seconds=0.5).read_bytes()


def test_a_film_without_ffmpeg(tmp_path: Path, monkeypatch: Any) -> None:
    animation = pytest.importorskip("matplotlib.animation", reason="matplotlib is not installed")
    monkeypatch.setattr(animation.FFMpegWriter, "isAvailable", classmethod(lambda cls: False))
    with pytest.raises(RuntimeError, match=r"the program ffmpeg.* save as \.gif"):
        step(Value(1.0)).save(tmp_path / "s.mp4")
    assert list(tmp_path.iterdir()) == []


def test_without_matplotlib_an_error_names_the_extra(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    stepper = step(board())
    for save in (
        lambda: stepper.save(tmp_path / "s.gif"),
        lambda: stepper.save_frames(tmp_path / "frames", "png"),
    ):
        with pytest.raises(ImportError, match=r"chalkgrad\[plot\]"):
            save()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), "1", None])
def test_times_that_no_clock_shows(seconds: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="save: expected seconds for each step"):
        step(board()).save(tmp_path / "s.svg", seconds=seconds)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("theme", ["light", "dark", "contrast", "print"])
def test_themes_change_colours_and_nothing_else(theme: str) -> None:
    def stripped(page: str) -> str:
        return re.sub(r"#[0-9a-f]{6}|color-scheme:\w+|stroke-\w+:[^;}]*|;?--w:[\d.]+", "", page)

    plain, themed = step(board()), step(board(), theme=theme)
    assert themed.captions == plain.captions
    colours = THEMES[theme]
    assert f"background:{colours.page};color:{colours.ink}" in themed.html
    assert stripped(themed.html).replace(";}", "}") == stripped(plain.html).replace(";}", "}")
    assert contrast(colours.page, colours.faint) >= 4.5  # the words of captions
    assert contrast(colours.page, colours.strokes["m"]) >= 3  # what is marked
    assert contrast(colours.page, colours.strokes["p"]) >= 3


def test_a_picture_from_top_to_bottom() -> None:
    wide, tall = (ET.fromstring(step(board(), direction=d).frame(0)) for d in ("LR", "TB"))
    assert height_of(tall) > height_of(wide)
    for options in ({"theme": "neon"}, {"direction": "BT"}):
        with pytest.raises(ValueError, match=r"step: expected (theme|direction)"):
            step(board(), **options)  # type: ignore[arg-type]


def height_of(root: ET.Element) -> float:
    return float((root.get("viewBox") or "").split()[3])


def test_save_knows_what_to_write_by_the_ending(tmp_path: Path) -> None:
    stepper = step(board())
    assert stepper.save(tmp_path / "s.html").read_text(encoding="utf-8") == stepper.html
    assert stepper.save(str(tmp_path / "s.svg")).read_text(encoding="utf-8") == stepper.animated()
    for name in ("s.txt", "s", "s.htm"):
        with pytest.raises(ValueError, match="save: expected a name that ends in"):
            stepper.save(tmp_path / name)
    with pytest.raises(ValueError, match="save_frames: expected format 'svg' or 'png'"):
        stepper.save_frames(tmp_path / "frames", format="bmp")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["s.html", "s.svg"]


# --- sizes, and the same graph gives the same bytes -----------------------------------------------


def hundred_nodes() -> Value:
    """A network of 100 nodes, and four constants."""
    x = [Value(0.5, label="x0"), Value(-1.5, label="x1")]
    loss = (nn.MLP(2, [5, 5, 2, 1], seed=0)(x)).tanh()
    assert 98 <= len(autograd.topological_order(loss)) <= 101
    return loss


@pytest.mark.parametrize("engine", ["builtin", None])
def test_a_stepper_of_a_hundred_nodes_is_small(engine: Any) -> None:
    stepper = step(hundred_nodes(), engine=engine)
    # Of these, 55 bytes for each of 133 edges are the ground of its number.
    assert len(stepper.html.encode()) < 158_000
    assert len(stepper.animated().encode()) < 158_000
    assert (
        len(stepper._repr_mimebundle_()["text/html"].encode()) < 275_000
    )  # with the picture below it


def test_the_bytes_do_not_depend_on_the_hash_seed_of_the_process() -> None:
    code = (
        "from test_stepping_captions import network\n"
        "from autograd import step\n"
        "s = step(network(), engine='builtin')\n"
        "print(s.html, s.animated(), s.frame(7), s._repr_mimebundle_())\n"
    )
    folders = (str(Path(autograd.__file__).parent.parent), str(Path(__file__).parent))
    outputs = set()
    for seed in ("1", "2"):
        env = os.environ | {
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": os.pathsep.join(folders),
            "PYTHONIOENCODING": "utf-8",
        }
        run = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True)
        outputs.add(run.stdout)
    assert len(outputs) == 1
    assert len(outputs.pop()) > 100_000
