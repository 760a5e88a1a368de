"""Notebooks that become pages and papers: what nbconvert leaves of our pictures."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import pytest
from browser import browser, opened

import nn
from autograd import Film, Value, draw, snapshot, step, zoom

nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")
exporters = pytest.importorskip("nbconvert.exporters", reason="nbconvert is not installed")
formatters = pytest.importorskip("IPython.core.formatters", reason="IPython is not installed")


def pictures() -> list[Any]:
    a = Value(2.0, label="a")
    loss = (a * a).tanh()
    loss.backward()
    model = nn.MLP(1, [2, 1], seed=0)
    out = model([a])
    film = Film([snapshot(loss), snapshot(loss)], engine="builtin")
    return [draw(loss), step(loss), zoom(out, model=model), film]


def notebook(include: list[str] | None = None) -> Any:
    """A notebook in which each picture was shown as IPython shows it."""
    show = formatters.DisplayFormatter()
    cells = []
    for picture in pictures():
        data, metadata = show.format(picture, include=include)
        output = nbformat.v4.new_output("display_data", data=data, metadata=metadata)
        cells.append(nbformat.v4.new_code_cell("picture", outputs=[output]))
    return nbformat.v4.new_notebook(cells=cells)


IMAGE = r'<img [^>]*src="data:image/svg\+xml;base64,([^"]+)"'


def test_a_page_has_the_pictures_and_they_work(tmp_path: Path) -> None:
    page, _ = exporters.HTMLExporter(template_name="basic").from_notebook_node(notebook())
    assert page.count("<iframe ") == page.count("data:image/svg+xml;base64,") == 4
    path = tmp_path / "notebook.html"
    path.write_text(f"<!doctype html><meta charset=utf-8>{page}", encoding="utf-8")
    with browser() as running, opened(running, path) as there:
        frames = there.frames[1:]
        frames[0].click("label[for=values]")
        frames[1].click("#back")
        frames[2].click("#whole a.open")
        frames[3].click("#back")
        assert frames[3].locator("output").text_content() == "0 / 1"
        images = there.evaluate("[...document.images].map(x => x.naturalWidth > 50)")
        assert images == [True] * 4


def test_a_sanitised_page_has_the_pictures_if_they_are_asked_for_as_svg() -> None:
    exporter = exporters.HTMLExporter(template_name="lab", sanitize_html=True)
    page, _ = exporter.from_notebook_node(notebook(["image/svg+xml"]))
    body = page[page.index("<body") :]
    found = [base64.b64decode(data).decode() for data in re.findall(IMAGE, body)]
    assert len(found) == 4
    assert all(text.startswith("<svg ") for text in found)
    assert "srcdoc" not in body


def test_a_paper_needs_no_inkscape(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))  # with an SVG, nbconvert would look for it, and fail
    tex, _ = exporters.LatexExporter().from_notebook_node(notebook())
    assert "Stepper: Backpropagation through" in tex


def test_a_paper_has_a_picture_that_is_asked_for_as_png() -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    data, _ = formatters.DisplayFormatter().format(pictures()[0], include=["image/png"])
    assert list(data) == ["image/png"]
    assert data["image/png"].startswith(b"\x89PNG")
