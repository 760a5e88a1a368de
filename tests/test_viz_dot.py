"""The DOT source says what the picture says, whatever is in a label; a bad ``dot`` does no harm."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import unicodedata
import warnings
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

import autograd
import autograd.viz.dot as dot_side
from autograd import Value, draw

DOT = shutil.which("dot")
needs_dot = pytest.mark.skipif(DOT is None, reason="graphviz's program dot is not installed")
needs_scripts = pytest.mark.skipif(sys.platform == "win32", reason="programs are made as scripts")

LABELS = [
    'a "quoted" name',
    '"',
    "'",
    "\\",
    "ends in \\",
    '\\"',
    'a\\\\"b\\',
    "\\n is not a newline",
    "\\N \\G \\E \\T \\H \\L \\l \\r",
    "<b>bold</b>",
    "<not closed",
    "<>",
    "<<b>>",
    "a < b > c",
    "&amp; &lt; &#65; &quot;",
    "AT&T",
    "{a|b} <port>",
    "a -> b; c [label=x]",
    "} digraph {",
    "// comment",
    "/* comment */",
    "# preprocessor",
    "%d %s",
    "50 %",
    "graph",
    "node",
    "strict",
    "-1.5",
    "größe ∂x/∂y",
    "日本語",
    "🙂🙃",
    "שלום עולם",
    "مرحبا",
    "left \u202e right",
    "two  blanks",
    "tab\there",
    "two\nlines",
    "old\rmac\r\nlines",
    "grad 5",
    "data not computed yet",
]


def run_dot(source: str, form: str) -> str:
    assert DOT is not None
    run = subprocess.run(
        [DOT, f"-T{form}"],
        input=source,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    # Fonts are a matter of the machine; syntax errors are ours.
    complaints = [
        x for x in run.stderr.splitlines() if "font" not in x.lower() and "Pango" not in x
    ]
    assert complaints == []
    return run.stdout


def drawn_lines(source: str) -> dict[str, list[str]]:
    """The lines of text that ``dot`` writes into each box, by the box's name."""
    objects = json.loads(run_dot(source, "json"))["objects"]
    return {
        item["name"]: [op["text"] for op in item.get("_ldraw_", []) if op["op"] == "T"]
        for item in objects
    }


def shown(label: str) -> str:
    """What a label looks like in a box: white space as single blanks, and no turns backwards."""
    text = " ".join(label.split()).replace("\u202e", "\ufffd")
    backwards = any(unicodedata.bidirectional(c) in ("R", "AL") for c in text)
    return text + "\u200e" if backwards else text


def many(labels: list[str]) -> autograd.Drawing:
    root = autograd.sum([Value(float(i), label=label) for i, label in enumerate(labels)])
    return draw(root, collapse=False, engine="builtin")


# --- the source -----------------------------------------------------------------------------------


def test_the_source_is_there_without_the_program(monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    a = Value(2.0, label="a")
    picture = draw(a * a)
    assert picture.source.startswith("digraph {")
    assert picture.source.count("->") == 2
    assert picture.digraph.source == picture.source


@needs_dot
def test_the_source_is_valid_and_complete() -> None:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    loss = (a * b + a * a + 1.5) ** 2
    loss.backward()
    picture = draw(loss, engine="builtin")
    root = ET.fromstring(run_dot(picture.source, "svg"))
    groups = [g.get("class") for g in root.iter("{http://www.w3.org/2000/svg}g")]
    assert groups.count("node") == len(picture.scene.boxes)
    assert groups.count("edge") == len(picture.scene.edges)
    graph = json.loads(run_dot(picture.source, "json"))
    names = [item["name"] for item in graph["objects"]]
    edges = [(names[e["tail"]], names[e["head"]], e.get("label", "")) for e in graph["edges"]]
    assert sorted((tail, head, label.strip()) for tail, head, label in edges) == sorted(
        (e.source.id, e.target.id, e.label) for e in picture.scene.edges
    )


@needs_dot
@pytest.mark.parametrize("label", LABELS)
def test_a_hostile_label_arrives_as_it_is(label: str) -> None:
    x = Value(1.0, label=label)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture = draw(x * 2.0)
    box = picture.scene.boxes[0]
    assert box.lines == [shown(label), "data 1", "grad not computed yet"]
    assert drawn_lines(picture.source)["n0"] == box.lines


@needs_dot
@pytest.mark.parametrize("label", ["\x00", "a\x00b", "\x01", "\x07", "\x1b[31mred", "\x7f", "\x9b"])
def test_a_control_character_does_not_break_the_source(label: str) -> None:
    """No text format can show them; the picture has a replacement character in their place."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # "the dot program failed" would be one
        picture = draw(Value(1.0, label=label) * 2.0)
    replaced = "".join(c if c.isprintable() else "\ufffd" for c in label)
    assert drawn_lines(picture.source)["n0"][0] == replaced


@needs_dot
def test_half_a_surrogate_pair_does_not_break_the_source() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        picture = draw(Value(1.0, label="half \ud83d") * 2.0)
    assert drawn_lines(picture.source)["n0"][0] == "half \ufffd"


@needs_dot
def test_ten_thousand_characters() -> None:
    for label in ("x" * 10_000, '"\\<b>&' * 2_000, "words and " * 1_000):
        picture = draw(Value(1.0, label=label) * 2.0)
        assert drawn_lines(picture.source)["n0"] == picture.scene.boxes[0].lines
        assert picture.scene.boxes[0].lines[0][:20] == shown(label)[:20]


@needs_dot
def test_random_labels_arrive_as_they_are() -> None:
    rng = random.Random(5)
    alphabet = '"\\\\\\<>{}|&;:#%-=[]/*,nNlrG ax∂é'
    labels = ["".join(rng.choices(alphabet, k=rng.randint(1, 24))) for _ in range(150)]
    picture = many(labels)
    lines = drawn_lines(picture.source)
    heads = [box.lines[0] for box in picture.scene.boxes[:-1]]
    assert heads == [shown(label) or f"data {i}" for i, label in enumerate(labels)]
    for box in picture.scene.boxes:
        assert lines[box.id] == box.lines


@needs_dot
def test_the_hover_text_keeps_its_lines_and_is_no_markup() -> None:
    # Without backslashes: graphviz treats those in hover text differently from version to version.
    picture = draw(Value(1.0, label='a "b" <i> &amp; c') * 2.0, engine="builtin")
    root = ET.fromstring(run_dot(picture.source, "svg"))
    titles = [a.get("{http://www.w3.org/1999/xlink}title") for a in root.iter()]
    assert picture.scene.boxes[0].title in titles


# --- where the program is missing or bad ----------------------------------------------------------


@pytest.fixture
def graph() -> Value:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    return (a * b + a).tanh()


def test_without_the_program_there_is_a_picture_and_no_warning(
    monkeypatch: Any, tmp_path: Path, graph: Value
) -> None:
    expected = draw(graph, engine="builtin").svg
    monkeypatch.setenv("PATH", str(tmp_path))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert draw(graph).svg == expected


def fake(folder: Path, monkeypatch: Any, body: str) -> None:
    """Put a program called ``dot`` on the path, and nothing else."""
    script = folder / "dot"
    script.write_text(f"#!{sys.executable} -S\nimport sys\n{body}\n", encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def prints(text: str) -> str:
    return f"sys.stdin.read(); print({text!r})"


NODE = '{"name": "n0", "pos": "1,1"}'
BAD_PROGRAMS = {
    "fails": "sys.exit('syntax error in line 1')",
    "is killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "reads nothing": "",
    "prints nothing": "sys.stdin.read()",
    "prints garbage": prints("<!DOCTYPE html><p>Not found"),
    "prints bytes": "sys.stdout.buffer.write(bytes(range(256)))",
    "prints half of it": prints('{"bb": "0,0,100,100", "objects": [{"na'),
    "prints a list": prints("[]"),
    "prints null": prints("null"),
    "prints a number": prints("5"),
    "has no box": prints('{"bb": "0,0,100,100"}'),
    "has a numeric box": prints('{"bb": 5, "objects": []}'),
    "has a short box": prints('{"bb": "0,0,100", "objects": []}'),
    "has no objects": prints('{"bb": "0,0,100,100", "objects": []}'),
    "has objects of no shape": prints('{"bb": "0,0,100,100", "objects": 7}'),
    "has objects without names": prints('{"bb": "0,0,100,100", "objects": [{}]}'),
    "has empty places": prints('{"bb": "0,0,9,9", "objects": [{"name": "n0", "pos": ""}]}'),
    "has no number": prints('{"bb": "0,0,9,9", "objects": [{"name": "n0", "pos": "x,y"}]}'),
    "has one of many boxes": prints('{"bb": "0,0,9,9", "objects": [' + NODE + "]}"),
}


@needs_scripts
@pytest.mark.parametrize("name", list(BAD_PROGRAMS))
def test_a_program_that_fails_is_replaced_with_a_warning(
    name: str, tmp_path: Path, monkeypatch: Any, graph: Value
) -> None:
    expected = draw(graph, engine="builtin").svg
    fake(tmp_path, monkeypatch, BAD_PROGRAMS[name])
    with pytest.warns(RuntimeWarning, match="draw: the dot program failed .* built-in layout"):
        picture = draw(graph)
    assert picture.svg == expected


@needs_scripts
@pytest.mark.parametrize(
    ("node", "edge"),
    [
        ("1,1", ""),
        ("1,1", "e,"),
        ("1,1", "e,5,5"),
        ("1,1", "x,y"),
        ("nan,nan", "e,5,5 1,1 2,2 3,3 4,4"),
        ("inf,1", "e,5,5 1,1 2,2 3,3 4,4"),
    ],
)
def test_places_that_are_none_are_not_drawn(
    node: str, edge: str, tmp_path: Path, monkeypatch: Any
) -> None:
    root = Value(2.0).tanh()
    expected = draw(root, engine="builtin").svg
    objects = [{"name": name, "pos": node} for name in ("n0", "n1")]
    answer = {"bb": "0,0,99,99", "objects": objects, "edges": [{"id": "e0", "pos": edge}]}
    fake(tmp_path, monkeypatch, prints(json.dumps(answer)))
    with pytest.warns(RuntimeWarning, match="dot program failed"):
        assert draw(root).svg == expected


@needs_scripts
def test_a_program_that_hangs_is_stopped(tmp_path: Path, monkeypatch: Any, graph: Value) -> None:
    expected = draw(graph, engine="builtin").svg
    fake(tmp_path, monkeypatch, "import time; time.sleep(60)")
    monkeypatch.setattr(dot_side, "SECONDS", 0.3)
    with pytest.warns(RuntimeWarning, match="dot program failed"):
        assert draw(graph).svg == expected


@needs_scripts
def test_many_pictures_wait_for_it_once(tmp_path: Path, monkeypatch: Any) -> None:
    with autograd.scope("a/b"):
        y = Value(2.0) * 3.0
    fake(tmp_path, monkeypatch, "import time; time.sleep(60)")
    monkeypatch.setattr(dot_side, "SECONDS", 0.3)
    with pytest.warns(RuntimeWarning, match="dot program failed") as warned:
        pages = autograd.zoom(y + 1.0)
    assert pages.views == 3
    assert len(warned) == 1


@needs_scripts
def test_a_file_that_is_no_program(tmp_path: Path, monkeypatch: Any, graph: Value) -> None:
    expected = draw(graph, engine="builtin").svg
    (tmp_path / "dot").write_bytes(b"\x7fNOT A PROGRAM")
    (tmp_path / "dot").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.warns(RuntimeWarning, match="dot program failed"):
        assert draw(graph).svg == expected


@needs_scripts
def test_the_warning_points_at_the_line_that_drew(
    tmp_path: Path, monkeypatch: Any, graph: Value
) -> None:
    fake(tmp_path, monkeypatch, "sys.exit(1)")
    with pytest.warns(RuntimeWarning, match="dot program failed") as caught:
        draw(graph)
    assert caught[0].filename == __file__


@needs_scripts
def test_the_program_is_not_asked_when_the_built_in_layout_is(
    tmp_path: Path, monkeypatch: Any, graph: Value
) -> None:
    fake(tmp_path, monkeypatch, "sys.exit(1)")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw(graph, engine="builtin")


@needs_scripts
def test_long_edges_are_left_to_the_built_in_layout(tmp_path: Path, monkeypatch: Any) -> None:
    fake(tmp_path, monkeypatch, "import sys; sys.exit(3)")
    x = Value(1.0, label="x")
    chain = x
    for _ in range(50):  # 1,275 columns
        chain = chain + x
    assert draw(chain, collapse=False).svg  # a warning would be an error here
    with pytest.warns(RuntimeWarning, match="dot"):
        draw(chain, collapse=False, engine="dot").svg  # noqa: B018
