"""The page with all views in a real browser: what one sees in each, and what the keys do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import browser, opened
from test_viz_views import example

import autograd
from autograd import Drawing, Value, draw
from autograd.viz.boxes import VIEWS

# What is seen of each box and edge: its texts from top to bottom, and how far they are from the
# middle of the box; a legend; and the ground of each box.
SEEN = """
() => {
  const seen = x => x.getBoundingClientRect().width > 0;
  const of = name => Object.fromEntries([...document.querySelectorAll('svg .' + name)].map(g => {
    const rect = g.querySelector('rect')?.getBoundingClientRect();
    const texts = [...g.querySelectorAll('text')].filter(seen);
    const places = texts.map(t => t.getBoundingClientRect());
    const off = rect && places.length
      ? places[0].top - rect.top - (rect.bottom - places.at(-1).bottom) : 0;
    const scale = g.getScreenCTM().a;
    return [g.id, {texts: texts.map(t => t.textContent), off: off / scale,
                   places: places.map(p => [p.top, p.bottom]),
                   sorted: places.every((p, i) => !i || places[i - 1].top < p.top)}];
  }));
  return {
    boxes: of('box'), edges: of('edge'),
    legends: [...document.querySelectorAll('.legend')].filter(seen).map(
      g => g.querySelector('text').textContent),
    fills: [...document.querySelectorAll('.box rect')].map(r => getComputedStyle(r).fill),
    strokes: [...document.querySelectorAll('.edge>path:first-of-type')].map(
      r => getComputedStyle(r).stroke),
    on: document.querySelector('input:checked')?.id,
    wide: document.documentElement.scrollWidth > innerWidth,
  };
}
"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as running:
        yield running


def rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))})"


def check(page: Any, picture: Drawing, view: str) -> None:
    seen = page.evaluate(SEEN)
    scene = picture.scene
    assert seen["on"] == view
    assert not seen["wide"]
    for box in scene.boxes:
        part = seen["boxes"][box.id]
        assert part["texts"] == [row.text for row in box.shown(view)]
        assert abs(part["off"]) < 5, (box.lines, part)  # in the middle
        assert part["sorted"], part
    for edge in scene.edges:
        text = edge.text(view)
        assert seen["edges"][edge.id]["texts"] == ([text] if text else [])
    words = {"values": "value:", "locals": "local derivative:", "gradients": "gradient:"}
    assert seen["legends"] == ([words[view]] if view in words else [])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_buttons_and_arrow_keys_switch_views(chromium: Any, theme: str, tmp_path: Path) -> None:
    from autograd.viz.colouring import colouring
    from autograd.viz.colours import THEMES

    picture = draw(example(), theme=theme)
    path = picture.save(tmp_path / "g.html")
    with opened(chromium, path) as page:
        check(page, picture, "all")
        for view in ("gradients", "values", "all", "locals"):
            page.click(f"label[for={view}]")
            check(page, picture, view)
            seen, colours = page.evaluate(SEEN), colouring(picture.scene, view)
            for box, fill in zip(picture.scene.boxes, seen["fills"], strict=True):
                look = colours.boxes.get(box.id, "") if colours else ""
                assert fill == rgb(THEMES[theme].box(box.kind, look).fill)
            for edge, stroke in zip(picture.scene.edges, seen["strokes"], strict=True):
                look = colours.edges.get(edge.id, "") if colours else ""
                assert stroke == rgb(THEMES[theme].edge(look).stroke)
        names = list(VIEWS)
        at = names.index("locals")
        for key, way in (("ArrowRight", 1), ("ArrowRight", 1), ("ArrowLeft", -1), ("ArrowUp", -1)):
            page.keyboard.press(key)
            at = (at + way) % len(names)
            check(page, picture, names[at])


def test_boxes_are_reached_with_the_tab_key(chromium: Any, tmp_path: Path) -> None:
    picture = draw(example())
    with opened(chromium, picture.save(tmp_path / "g.html")) as page:
        page.keyboard.press("Tab")  # the buttons are one stop
        for box in picture.scene.boxes:
            page.keyboard.press("Tab")
            focus = page.evaluate(
                "() => { const x = document.activeElement; return [x.id, x.ariaLabel, "
                "getComputedStyle(x.querySelector('rect')).strokeWidth]; }"
            )
            assert focus[0] == box.id
            assert focus[1] == ", ".join(filter(None, box.title.split("\n")))
            assert focus[2] == "4px"  # the ring


def test_a_screen_reader_finds_names_and_roles(chromium: Any, tmp_path: Path) -> None:
    picture = draw(example())
    with opened(chromium, picture.save(tmp_path / "g.html")) as page:
        assert page.get_by_role("radio").count() == 4
        assert page.get_by_role("radio", name="local derivatives").count() == 1
        assert page.get_by_role("img").count() == len(picture.scene.boxes)
        assert page.get_by_role("group", name=picture.scene.description).count() == 1


def test_in_a_small_window_nothing_is_cut_off(chromium: Any, tmp_path: Path) -> None:
    for direction in ("LR", "TB"):
        picture = draw(example(), direction=direction, view="gradients")
        path = picture.save(tmp_path / "g.html")
        with opened(chromium, path, viewport={"width": 460, "height": 300}) as page:
            place = page.evaluate(
                "() => { const r = document.querySelector('svg').getBoundingClientRect();"
                "return [r.left, r.right, r.height]; }"
            )
            assert place[0] >= 0
            assert place[1] <= 460
            # A wide one shrinks to the window; a tall one stays readable, and is scrolled.
            assert (place[2] <= 300) == (direction == "LR")
            check(page, picture, "gradients")
            page.click("label[for=all]")
            check(page, picture, "all")


def test_a_notebook_cell_shows_the_page_over_the_image(chromium: Any, tmp_path: Path) -> None:
    picture = draw(example())
    path = tmp_path / "cell.html"
    html = picture._repr_mimebundle_()["text/html"]
    path.write_text(f"<!doctype html><meta charset='utf-8'><body>{html}", encoding="utf-8")
    with opened(chromium, path) as page:
        image = page.locator("img").bounding_box()
        frame = page.locator("iframe").bounding_box()
        assert image["width"] > 200
        assert image["height"] > 50
        assert frame["x"] <= image["x"]
        assert frame["y"] <= image["y"]
        assert frame["x"] + frame["width"] >= image["x"] + image["width"]
        assert frame["y"] + frame["height"] >= image["y"] + image["height"]
        inside = page.frames[1]
        inside.click("label[for=gradients]")
        check(inside, picture, "gradients")
        bottom = inside.evaluate("document.querySelector('svg').getBoundingClientRect().bottom")
        assert bottom <= frame["height"]


def test_hostile_labels_run_nothing(chromium: Any, tmp_path: Path) -> None:
    root = autograd.sum(
        [Value(1.0, label=x) for x in ("<script>alert(1)</script>", "</style><img src=x onerror=1>",
                                       '" onfocus="alert(1)')]
    )  # fmt: skip
    root.label = "</title><script>document.title = 1</script>"
    picture = draw(root)
    with opened(chromium, picture.save(tmp_path / "g.html")) as page:
        check(page, picture, "all")
        assert page.title() == picture.scene.description


def test_a_program_has_no_buttons(chromium: Any, tmp_path: Path) -> None:
    picture = draw(autograd.trace(lambda x: {"a": x * 2.0}, 1.0))
    with opened(chromium, picture.save(tmp_path / "g.html")) as page:
        assert page.get_by_role("radio").count() == 0
        seen = page.evaluate(SEEN)
        assert [part["texts"] for part in seen["boxes"].values()] == [
            box.lines for box in picture.scene.boxes
        ]
        assert [part["texts"] for part in seen["edges"].values()] == [[], [], ["['a']"]]
