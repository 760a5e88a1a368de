"""The SVG is well-formed, says what the scene says, and is the same every time."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
import unicodedata
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn
from autograd import Value, draw
from autograd.viz.boxes import printable, shortened
from autograd.viz.svg import xml_text

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "<script>alert(1)</script>",
    "</text></svg><b>bold</b>",
    "]]>",
    "<![CDATA[x]]>",
    "<!-- comment -->",
    "<?php ?>",
    "&amp; &lt; &unknown; &#0;",
    "\"quotes\" and 'quotes'",
    "\\ backslash \\n",
    "two\nlines\r\nand\ttabs",
    "größe ∂x 日本語 🙂",
    "שלום \u202e ltr",
    "\x00\x01\x08\x0b\x1b\x1f",
    "\x7f\x85\x9f",
    "\ufffe\uffff",
    "half \ud83d",
    "x" * 10_000,
    "",
]


def parsed(root: Value, **options: Any) -> ET.Element:
    return ET.fromstring(draw(root, engine="builtin", **options).svg)


def texts(element: ET.Element, tag: str) -> list[str]:
    return [item.text or "" for item in element.iter(SVG + tag)]


def visible(string: str) -> str:
    """What is left of a string in an XML document: a replacement for what XML has no way to say."""
    return "".join(c if is_xml(c) else "\ufffd" for c in string)


def is_xml(c: str) -> bool:
    """The production ``Char`` of XML 1.0."""
    point = ord(c)
    return (
        c in "\t\n\r"
        or 0x20 <= point <= 0xD7FF
        or 0xE000 <= point <= 0xFFFD
        or 0x10000 <= point <= 0x10FFFF
    )


def loss() -> Value:
    model = nn.MLP(2, [3, 2], seed=0)
    x = [Value(0.5, label="width"), Value(-1.5, label="height")]
    return nn.cross_entropy(model(x), 1)


# --- labels are text ------------------------------------------------------------------------------


@pytest.mark.parametrize("label", HOSTILE)
def test_a_hostile_label_is_text_and_nothing_else(label: str) -> None:
    picture = draw(Value(1.0, label=label) * 2.0, engine="builtin")
    root = ET.fromstring(picture.svg)
    tags = {item.tag.removeprefix(SVG) for item in root.iter()}
    assert tags == {"svg", "title", "desc", "style", "rect", "g", "path", "text"}
    (box,) = [g for g in root.iter(SVG + "g") if g.get("id") == "n0"]
    assert texts(box, "text") == [visible(line) for line in picture.scene.boxes[0].lines]
    (title,) = texts(box, "title")
    # A parser reads every kind of line end as \n.
    expected = visible(picture.scene.boxes[0].title).replace("\r\n", "\n").replace("\r", "\n")
    assert title == expected


def test_a_hostile_label_of_the_root_is_in_the_name_of_the_picture() -> None:
    for label in HOSTILE:
        y = Value(1.0) * 2.0
        y.label = label
        root = parsed(y)
        assert root.get("role") == "img"
        name = root.get("aria-label") or ""
        assert name.startswith("The computation graph of 2 nodes")
        assert printable(shortened(label)) in name
        for line in name, repr(draw(y)):  # what a notebook saves and a terminal prints
            assert len(line) < 200
            assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in line)
            assert "\u202e" not in line


@given(st.text(st.characters(codec=None), max_size=40))
@settings(deadline=None)
def test_any_text_survives_as_text(string: str) -> None:
    element = ET.fromstring(f'<a name="{xml_text(string)}">{xml_text(string)}</a>')
    assert (element.text or "") == visible(string).replace("\r\n", "\n").replace("\r", "\n")
    assert "<" not in xml_text(string)
    assert len(element) == 0


# --- structure ------------------------------------------------------------------------------------


def test_every_box_and_every_edge_is_an_element_with_an_id_and_a_title() -> None:
    root = loss()
    root.backward()
    picture = draw(root, engine="builtin")
    element = ET.fromstring(picture.svg)
    groups = {g.get("id"): g for g in element.iter(SVG + "g")}
    ids = [item.get("id") for item in element.iter() if item.get("id")]
    assert len(ids) == len(set(ids)) == len(picture.scene.boxes) + len(picture.scene.edges)
    for box in picture.scene.boxes:
        group = groups[box.id]
        assert group.get("class") == f"box {box.kind}"
        assert texts(group, "title") == [box.title]
        assert texts(group, "text") == box.lines
        (rect,) = group.iter(SVG + "rect")
        left, top = float(rect.get("x") or "nan"), float(rect.get("y") or "nan")
        assert left + box.width / 2 == pytest.approx(box.x, abs=0.06)  # places have one decimal
        assert top + box.height / 2 == pytest.approx(box.y, abs=0.06)
    for edge in picture.scene.edges:
        group = groups[edge.id]
        assert group.get("class") == "edge"
        assert texts(group, "title") == [edge.title]
        assert texts(group, "text") == ([edge.label] if edge.label else [])
        line = next(group.iter(SVG + "path")).get("d") or ""
        numbers = [float(x) for x in re.findall(r"-?[\d.]+", line)]
        # The line ends within the arrowhead, whose tip is where the edge arrives.
        assert numbers[:-2] == pytest.approx([c for p in edge.points[:-1] for c in p], abs=0.06)
        tip = next(p for p in group.iter(SVG + "path") if p.get("class") == "tip").get("d") or ""
        corners = [float(x) for x in re.findall(r"-?[\d.]+", tip)]
        assert corners[:2] == pytest.approx(edge.points[-1], abs=0.06)
        assert math.dist(numbers[-2:], corners[:2]) == pytest.approx(6.0, abs=0.1)


def test_hovering_shows_exact_numbers() -> None:
    x = Value(1 / 3, label="x")
    (x * x * x).backward()
    y = x / 7.0
    titles = texts(parsed(y), "title")
    assert any(f"data {1 / 3!r}" in title for title in titles)
    assert f"local derivative {1 / 7!r}" in titles


def test_the_gradient_that_is_missing_looks_different_from_zero() -> None:
    x = Value(3.0, label="x")
    y = x * 0.0

    def styles() -> set[str | None]:
        root = parsed(y)
        return {
            t.get("class") for t in root.iter(SVG + "text") if (t.text or "").startswith("grad")
        }

    assert styles() == {"none"}
    y.backward()
    assert styles() == {"grad"}


def test_the_picture_shrinks_to_the_page() -> None:
    picture = draw(loss(), engine="builtin")
    root = ET.fromstring(picture.svg)
    left, top, width, height = (float(x) for x in (root.get("viewBox") or "").split())
    assert (left, top) == (0, 0)
    assert width == pytest.approx(picture.scene.width, abs=0.06)
    assert height == pytest.approx(picture.scene.height, abs=0.06)
    style = root.get("style") or ""
    assert "max-width:100%" in style
    assert "height:auto" in style
    assert root.get("height") is None  # a fixed height would clip or distort


def test_nothing_comes_from_elsewhere() -> None:
    svg = draw(loss(), engine="builtin").svg
    assert re.findall(r"https?://[^\"'<\s]+", svg) == ["http://www.w3.org/2000/svg"]
    assert "<script" not in svg
    assert "@import" not in svg
    assert "url(" not in svg
    assert not re.search(r"\son\w+=", svg)


def test_no_number_is_missing_in_a_place() -> None:
    for root in (loss(), Value(float("nan")), Value(float("inf")) * 0.5):
        element = parsed(root)
        for item in element.iter():
            for name in ("x", "y", "width", "height", "d", "viewBox"):
                assert "nan" not in (item.get(name) or "")
                assert "inf" not in (item.get(name) or "")


# --- the same graph, the same bytes ---------------------------------------------------------------


def test_the_same_graph_gives_the_same_bytes() -> None:
    assert draw(loss(), engine="builtin").svg == draw(loss(), engine="builtin").svg
    assert draw(loss(), engine="builtin").source == draw(loss(), engine="builtin").source


def test_ids_do_not_change_with_the_numbers() -> None:
    def ids(root: Value) -> list[tuple[str | None, str | None]]:
        return [(g.get("id"), g.get("class")) for g in parsed(root).iter(SVG + "g")]

    root = loss()
    before = ids(root)
    root.backward()
    assert ids(root) == before


def test_the_bytes_do_not_depend_on_the_hash_seed_of_the_process() -> None:
    code = (
        "import autograd, nn\n"
        "x = [autograd.Value(0.5, label='a'), autograd.Value(1.5, label='b')]\n"
        "loss = nn.cross_entropy(nn.MLP(2, [9, 9, 3], seed=0)(x), 1)\n"
        "for c in (None, True, False):\n"
        "    picture = autograd.draw(loss, collapse=c, engine='builtin')\n"
        "    print(picture.svg, picture.source)\n"
    )
    package = str(Path(autograd.__file__).parent.parent)
    outputs = set()
    for seed in ("1", "2"):
        env = os.environ | {
            "PYTHONHASHSEED": seed,
            "PYTHONPATH": package,
            "PYTHONIOENCODING": "utf-8",
        }
        run = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True)
        outputs.add(run.stdout)
    assert len(outputs) == 1
    assert len(outputs.pop()) > 10_000
