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
from test_stepping_captions import board, network
from test_viz_svg import HOSTILE

import autograd
import nn
from autograd import Value, step

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


@pytest.mark.parametrize("graph", [board, network])
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
    with pytest.raises(IndexError):
        stepper.frame(15)


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
    assert "prefers-reduced-motion" in svg


def test_save_knows_what_to_write_by_the_ending(tmp_path: Path) -> None:
    stepper = step(board())
    assert stepper.save(tmp_path / "s.html").read_text(encoding="utf-8") == stepper.html
    assert stepper.save(str(tmp_path / "s.svg")).read_text(encoding="utf-8") == stepper.animated()
    for name in ("s.txt", "s", "s.htm"):
        with pytest.raises(ValueError, match="save: expected a name that ends in"):
            stepper.save(tmp_path / name)
    with pytest.raises(ValueError, match="save_frames: expected format"):
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
    assert len(stepper.html.encode()) < 150_000
    assert len(stepper.animated().encode()) < 150_000
    assert len(stepper._repr_mimebundle_()["text/html"].encode()) < 240_000


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
