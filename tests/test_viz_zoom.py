"""The page to walk into a model: what is in it, and that clicks and keys work in a real browser."""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import browser, opened

import nn
from autograd import Value, scope, zoom


def network(examples: int = 3) -> tuple[Any, Any]:
    model = nn.MLP(2, [3, 1], seed=0)
    rows = np.random.default_rng(0).normal(size=(examples, 2)).tolist()
    loss = nn.mse_loss([model(x) for x in rows], [0.0] * examples)
    loss.backward()
    return model, loss


@pytest.fixture
def page() -> str:
    model, loss = network()
    return zoom(loss, model=model, engine="builtin").html


def test_a_picture_of_each_module(page: str) -> None:
    model, loss = network()
    assert (
        zoom(loss, model=model, engine="builtin").views == 1 + 1 + 2 + 4
    )  # all, MLP, layers, neurons
    assert zoom(loss, model=model, engine="builtin").html == page  # the same bytes


def test_every_link_leads_to_a_picture_and_every_picture_is_linked(page: str) -> None:
    links, sections = (
        set(re.findall(r'href="#(\w+)"', page)),
        re.findall(r'<section id="(\w+)"', page),
    )
    assert links == set(sections)
    assert len(sections) == len(set(sections))
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_the_page_stands_alone_and_has_no_script(page: str) -> None:
    assert "<script" not in page
    assert not re.search(r'(src|href)="(?!#)', page)
    assert "url(" not in page


def test_all_layers_of_a_block_are_reached_one_by_one() -> None:
    nn.manual_seed(0)
    model = nn.Sequential(*(nn.Linear(3, 3) for _ in range(6)))
    found = zoom((model(np.ones((2, 3))) ** 2).sum(), model=model, engine="builtin")
    assert "0 … 5: Linear × 6" in found.html
    assert "Sequential, one by one" in found.html
    assert found.views == 1 + 1 + 1 + 6


def test_the_graph_is_not_kept_alive() -> None:
    import weakref

    model, loss = network()
    alive = weakref.ref(loss)
    found = zoom(loss, model=model, engine="builtin")
    del loss
    assert alive() is None
    assert found.views


def test_a_file_and_a_notebook(tmp_path: Path) -> None:
    model, loss = network()
    found = zoom(loss, model=model, engine="builtin")
    path = found.save(tmp_path / "model.html")
    assert path.read_text(encoding="utf-8") == found.html
    with pytest.raises(ValueError, match=r"save: expected a name that ends in \.html"):
        found.save(tmp_path / "model.svg")
    bundle = found._repr_mimebundle_()
    assert bundle["text/plain"] == repr(found)
    cell = ET.fromstring(bundle["text/html"])
    assert [element.tag for element in cell.iter()] == ["div", "img", "iframe"]
    (kind, data), asked = (
        cell[0].attrib["src"].split(","),
        found._repr_mimebundle_(include={"image/svg+xml"}),
    )
    assert kind == "data:image/svg+xml;base64"
    assert base64.b64decode(data).decode() == asked["image/svg+xml"]


@pytest.mark.parametrize("theme", ["light", "dark", "contrast", "print"])
def test_the_theme_is_that_of_page_and_pictures(theme: str, tmp_path: Path) -> None:
    from autograd.viz.colours import THEMES

    model, loss = network()
    found = zoom(loss, model=model, theme=theme, engine="builtin")
    look = THEMES[theme]
    wanted = [rgb(look.page), rgb(look.ink), rgb(look.page), rgb(look.strokes["p"])]
    with browser() as running, opened(running, found.save(tmp_path / "z.html")) as page:
        page.locator("#whole a.open").click()
        assert wanted == page.evaluate("""() => {
            const seen = document.querySelector('section:target'), of = getComputedStyle;
            return [of(document.body).backgroundColor, of(document.body).color,
                    of(seen.querySelector('.page')).fill, of(seen.querySelector('nav a')).color];
        }""")
    first = base64.b64decode(
        found._repr_mimebundle_()["text/html"].split("base64,")[1].split('"')[0]
    )
    assert f".page{{fill:{look.page}}}" in first.decode()
    with pytest.raises(ValueError, match="theme 'light' or"):
        zoom(loss, model=model, theme="blue")


def rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))})"


def test_hostile_names() -> None:
    with scope("</svg><script>alert(1)</script>"):
        y = Value(2.0) * 3.0
    html = zoom(y, engine="builtin").html
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_what_cannot_be_walked_into() -> None:
    with pytest.raises(TypeError, match="zoom: expected a node"):
        zoom(3.0)
    with pytest.raises(ValueError, match="zoom: expected modules or scopes to walk into"):
        zoom(Value(1.0) * 2.0)
    with pytest.raises(ValueError, match="engine"):
        zoom(Value(1.0) * 2.0, engine="neato")


SEEN = """all => all.filter(s => s.offsetParent !== null)
                   .map(s => s.querySelector('nav').innerText)"""


def test_clicks_keys_and_the_way_back_in_a_browser(tmp_path: Path) -> None:
    model, loss = network()
    path = zoom(loss, model=model, engine="builtin").save(tmp_path / "model.html")
    with browser() as running, opened(running, path) as page:

        def seen() -> Any:
            return page.eval_on_selector_all("section", SEEN)

        assert seen() == ["overview"]
        page.locator("#whole a.open").click()
        assert seen() == ["overview › MLP"]
        page.locator("section:target a.open").first.click()
        assert seen() == ["overview › MLP › layers.0"]
        page.locator("section:target a.open").nth(1).focus()
        page.keyboard.press("Enter")
        assert seen() == ["overview › MLP › layers.0 › neurons.1"]
        page.go_back()
        assert seen() == ["overview › MLP › layers.0"]
        page.locator("section:target nav a").nth(1).click()
        assert seen() == ["overview › MLP"]
        page.locator("section:target nav a").first.click()
        assert seen() == ["overview"]


def test_clicks_in_a_notebook_stay_in_the_frame(tmp_path: Path) -> None:
    model, loss = network()
    path = tmp_path / "notebook.html"
    bundle = zoom(loss, model=model, engine="builtin")._repr_mimebundle_()
    path.write_text(bundle["text/html"], encoding="utf-8")
    with browser() as running, opened(running, path) as page:
        frame = page.frames[1]
        frame.locator("#whole a.open").click()
        assert frame.eval_on_selector_all("section", SEEN) == ["overview › MLP"]
        assert page.url == path.as_uri()
