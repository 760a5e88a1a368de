"""``draw`` as it is called: what it takes, what it leaves alone, and the files it writes."""

from __future__ import annotations

import base64
import os
import random
import re
import stat
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Drawing, Value, draw, no_grad, topological_order
from autograd.viz.boxes import Row


def graph() -> tuple[Value, Value, Value]:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    return a, b, (a * b + a).tanh() * b


# --- what it takes --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("thing", "named"), [(3.0, "3.0 (float)"), ("loss", "'loss' (str)"), (None, "None"), ([], "[]")]
)
def test_only_nodes_are_drawn(thing: Any, named: str) -> None:
    with pytest.raises(TypeError) as error:
        draw(thing)
    assert str(error.value).startswith(
        "draw: expected a node, such as a Value, or a program, got " + named
    )
    assert "draw(loss)" in str(error.value)


@pytest.mark.parametrize("engine", ["neato", "", "DOT", 1])
def test_an_unknown_engine(engine: Any) -> None:
    with pytest.raises(ValueError, match="'builtin'") as error:
        draw(Value(1.0), engine=engine)
    assert repr(engine) in str(error.value)


def test_asking_for_dot_where_there_is_none(monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ValueError, match="'dot' where that program is installed"):
        draw(Value(1.0), engine="dot")


def test_options_are_named() -> None:
    with pytest.raises(TypeError):
        draw(Value(1.0), True)  # type: ignore[misc]


def test_a_value_computed_without_recording_is_drawn_as_a_leaf() -> None:
    a, b, _ = graph()
    with no_grad():
        c = a * b
        assert len(draw(c, engine="builtin").scene.boxes) == 1
    with no_grad():
        assert len(draw(a * 1.0, engine="builtin").scene.boxes) == 1


# --- what it leaves alone -------------------------------------------------------------------------


@pytest.mark.parametrize("after_backward", [False, True])
@pytest.mark.parametrize(
    "options",
    [{}, {"expand": True}, {"collapse": True}, {"collapse": False}, {"engine": "builtin"}],
)
def test_drawing_changes_nothing(
    options: dict[str, Any], after_backward: bool, tmp_path: Path
) -> None:
    a, _, root = graph()
    root = autograd.dot([root, a], [a, root])
    if after_backward:
        root.backward()
    np_state = np.random.get_state()

    def state() -> list[Any]:
        nodes = topological_order(root, everything=True)
        return [
            (id(n), n.data, n.grad, n.has_grad, n.label, n.op, n.inputs, n.partials) for n in nodes
        ]

    before, py_state = state(), random.getstate()
    picture = draw(root, **options)
    picture._repr_mimebundle_()
    picture.save(tmp_path / "g.svg")
    picture.save(tmp_path / "g.dot")
    assert state() == before
    assert random.getstate() == py_state
    after = np.random.get_state()
    assert after[0] == np_state[0]
    assert np.array_equal(after[1], np_state[1])
    assert after[2:] == np_state[2:]


def test_a_picture_stays_as_it_was_drawn() -> None:
    a, _, root = graph()
    picture = draw(root)
    before = (picture.svg, picture.source, repr(picture), picture._repr_mimebundle_())
    root.backward()
    a.data = 77.0
    a.label = "changed"
    assert (picture.svg, picture.source, repr(picture), picture._repr_mimebundle_()) == before
    assert draw(root).svg != before[0]


def test_a_picture_does_not_keep_the_graph_alive() -> None:
    import weakref

    a, _, root = graph()
    picture, alive = draw(root), weakref.ref(root)
    del root
    assert alive() is None
    assert "tanh" in picture.svg
    assert a.label in picture.svg


def test_one_backward_between_two_pictures_changes_gradients_only() -> None:
    _, _, root = graph()
    before = draw(root, engine="builtin").scene
    root.backward()
    after = draw(root, engine="builtin").scene
    assert [b.shown("values") for b in before.boxes] == [b.shown("values") for b in after.boxes]
    assert [(e.label, e.title) for e in before.edges] == [
        (e.label, e.title.split("\n")[0]) for e in after.edges
    ]
    assert all(Row("grad", "grad not computed yet") in b.rows for b in before.boxes)
    assert not any("not computed" in line for b in after.boxes for line in b.lines)


# --- in a notebook --------------------------------------------------------------------------------


def test_a_notebook_gets_an_image_that_survives_reopening() -> None:
    a = Value(2.0, label='"><script>')
    root = a * a
    root.label = '"><script>'
    picture = draw(root)
    bundle = picture._repr_mimebundle_()
    assert bundle.keys() == {"text/html", "text/plain"}
    assert bundle["text/plain"] == repr(picture)
    cell = ET.fromstring(bundle["text/html"])
    assert [element.tag for element in cell.iter()] == ["div", "img", "iframe"]
    html, frame = cell
    assert (frame.get("srcdoc") or "").split() == picture.html.split()
    kind, data = (html.get("src") or "").split(",")
    assert kind == "data:image/svg+xml;base64"
    assert base64.b64decode(data).decode("utf-8") == picture.svg
    assert '"><script>' in (html.get("alt") or "")
    assert "max-width:100%" in (html.get("style") or "")


def test_a_notebook_may_ask_for_some_formats() -> None:
    picture = draw(Value(1.0))
    bundle = picture._repr_mimebundle_(include=["text/html"], exclude=None)
    assert "text/html" in bundle
    assert picture._repr_mimebundle_(include=["image/svg+xml"])["image/svg+xml"] == picture.svg


def test_repr_names_the_picture() -> None:
    _, _, root = graph()
    root.label = "loss"
    assert repr(draw(root)) == (
        "<Drawing: The computation graph of 6 nodes that ends in loss, gradients not computed yet>"
    )
    root.backward()
    assert repr(draw(root)) == "<Drawing: The computation graph of 6 nodes that ends in loss>"


# --- files ----------------------------------------------------------------------------------------


@pytest.fixture
def picture() -> Drawing:
    a = Value(2.0, label="größe ∂ 🙂")
    return draw(a * a)


def test_save_writes_svg_and_dot(picture: Drawing, tmp_path: Path) -> None:
    assert picture.save(tmp_path / "g.svg") == tmp_path / "g.svg"
    picture.save(str(tmp_path / "g.dot"))
    picture.save(tmp_path / "g.gv")
    assert (tmp_path / "g.svg").read_bytes() == picture.svg.encode("utf-8")
    assert (tmp_path / "g.dot").read_bytes() == picture.source.encode("utf-8")
    assert (tmp_path / "g.gv").read_bytes() == picture.source.encode("utf-8")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["g.dot", "g.gv", "g.svg"]


def test_save_in_the_current_folder(picture: Drawing, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    assert picture.save("g.svg") == Path("g.svg")
    assert (tmp_path / "g.svg").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="permissions as on Unix")
def test_a_saved_file_can_be_read_by_others(picture: Drawing, tmp_path: Path) -> None:
    picture.save(tmp_path / "g.svg")
    mode = stat.S_IMODE((tmp_path / "g.svg").stat().st_mode)
    assert mode & 0o444 == 0o444
    assert not mode & 0o111


def test_save_replaces_an_existing_file(picture: Drawing, tmp_path: Path) -> None:
    path = tmp_path / "g.svg"
    path.write_text("old")
    picture.save(path)
    assert path.read_text(encoding="utf-8") == picture.svg


def left_alone(folder: Path, old: Path) -> None:
    assert old.read_text() == "old"
    assert [p.name for p in folder.iterdir()] == [old.name]


@pytest.mark.parametrize("name", ["g.jpg", "g.PNG", "g", "g.svg.gz", "g.svg/", ".svg"])
def test_another_ending_is_refused(name: str, picture: Drawing, tmp_path: Path) -> None:
    old = tmp_path / "old.txt"
    old.write_text("old")
    path = f"{tmp_path}{os.sep}{name}"
    if name.endswith("/"):
        path = f"{tmp_path}{os.sep}g.jpeg{os.sep}"
    with pytest.raises(ValueError, match=r"ends in \.svg, \.html, \.png, .* or \.tex, got .*chalk"):
        picture.save(path)
    left_alone(tmp_path, old)


def test_a_missing_folder(picture: Drawing, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=re.escape(str(tmp_path / "missing"))) as failed:
        picture.save(tmp_path / "missing" / "g.svg")
    assert failed.value.filename == str(tmp_path / "missing" / "g.svg")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file(picture: Drawing, tmp_path: Path) -> None:
    old = tmp_path / "old.svg"
    old.write_text("old")
    with pytest.raises(OSError):  # noqa: PT011 - the text is the operating system's
        picture.save(old / "g.svg")
    left_alone(tmp_path, old)


def test_a_file_that_is_a_folder(picture: Drawing, tmp_path: Path) -> None:
    (tmp_path / "g.svg").mkdir()
    with pytest.raises(OSError):  # noqa: PT011
        picture.save(tmp_path / "g.svg")
    assert [p.name for p in tmp_path.iterdir()] == ["g.svg"]
    assert list((tmp_path / "g.svg").iterdir()) == []


def test_a_folder_without_permission(picture: Drawing, tmp_path: Path) -> None:
    old = tmp_path / "g.svg"
    old.write_text("old")
    tmp_path.chmod(0o500)
    try:
        if os.access(tmp_path, os.W_OK):
            pytest.skip("this user may write everywhere")
        with pytest.raises(PermissionError):
            picture.save(old)
    finally:
        tmp_path.chmod(0o700)
    left_alone(tmp_path, old)


@pytest.mark.parametrize(("owner", "function"), [(os, "replace"), (Path, "write_text")])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_save_that_fails_leaves_the_old_file(
    owner: Any,
    function: str,
    error: BaseException,
    picture: Drawing,
    tmp_path: Path,
    monkeypatch: Any,
) -> None:
    old = tmp_path / "g.svg"
    old.write_text("old")

    def fail(*args: Any, **kwargs: Any) -> None:
        raise error

    monkeypatch.setattr(owner, function, fail)
    with pytest.raises(type(error)):
        picture.save(old)
    monkeypatch.undo()
    left_alone(tmp_path, old)


def test_a_label_that_no_file_can_hold_is_saved_all_the_same(tmp_path: Path) -> None:
    picture = draw(Value(1.0, label="half \ud83d and \x00"), engine="builtin")
    picture.save(tmp_path / "g.svg")
    picture.save(tmp_path / "g.dot")
    ET.fromstring((tmp_path / "g.svg").read_text(encoding="utf-8"))
    assert "half" in (tmp_path / "g.dot").read_text(encoding="utf-8")
