"""Films: one graph at several moments, in the same places, with one scale of colours."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from browser import browser, opened

from autograd import Film, Value, draw, snapshot

# The texts of the picture that can be seen: those in nothing that is transparent.
SEEN = """
() => [...document.querySelectorAll('svg text')].filter(t => {
  for (let e = t; e.tagName !== 'svg'; e = e.parentElement)
    if (getComputedStyle(e).opacity === '0') return false;
  return t.getClientRects().length > 0;
}).map(t => t.textContent).filter(t => t).sort()
"""
SVG = "{http://www.w3.org/2000/svg}"


def moments(count: int = 4, rate: float = 0.2) -> list[Any]:
    """Descent on (x - 1)² from 4, where the number in the box gets longer and longer."""
    x, found = Value(4.0, label="x"), []
    for step in range(count):
        loss = ((x - 1.0) ** 2).relu()
        x.zero_grad()
        loss.backward()
        found.append(snapshot(loss, f"step {step}"))
        x.data -= rate * x.grad
    return found


def texts(svg: str) -> list[str]:
    return [e.text or "" for e in ET.fromstring(svg).iter(f"{SVG}text")]


def places(drawing: Any) -> list[Any]:
    scene = drawing.scene
    return [(b.x, b.y, b.width, b.height) for b in scene.boxes] + [e.points for e in scene.edges]


def test_boxes_stay_where_they_are_and_have_room_for_every_number() -> None:
    film = Film(moments(), engine="builtin")
    assert all(places(frame) == places(film[0]) for frame in film)
    assert len({frame.size for frame in film}) == 1
    widths = [box.width for box in film[0].scene.boxes]
    for moment in moments():
        needed = [box.width for box in moment.boxes]
        assert all(a >= b for a, b in zip(widths, needed, strict=True))


def test_each_frame_has_the_numbers_of_its_moment_and_its_caption() -> None:
    film = Film(moments(), view="all", engine="builtin")
    for k, frame in enumerate(film):
        x = 1 + 3 * 0.6**k
        there = texts(frame.svg)
        assert f"data {x:.4g}" in there
        assert f"grad {2 * (x - 1):.4g}" in there
        assert f"step {k}" in there


def test_a_number_has_the_same_colour_at_every_moment() -> None:
    # Alone, the largest number of a picture has the strongest colour; in a film that of the film.
    film = Film(moments(20), engine="builtin")
    looks = [re.search(r'id="n0" class="[^"]*g-(?!lit)(\w+)', frame.svg)[1] for frame in film]  # type: ignore[index]
    assert looks[0] == "p5"
    assert looks == sorted(looks, reverse=True)
    assert looks[-1] < "p3"


def test_the_moments_are_not_changed_and_keep_no_node() -> None:
    scenes = moments()
    before = [[list(box.rows) for box in scene.boxes] for scene in scenes]
    one = Film(scenes, engine="builtin").html
    assert Film(scenes, engine="builtin").html == one  # the same bytes again
    assert [[list(box.rows) for box in scene.boxes] for scene in scenes] == before
    assert not any(box.nodes or box.room for scene in scenes for box in scene.boxes)


def shown(svg: str, step: int) -> list[str]:
    """The texts of a moving picture that its style sheet shows at a step, by the times it gives."""

    def there(element: Any) -> bool:
        style = element.get("style", "")
        start, end = (re.search(rf"--{x}:(\d+)", style) for x in "ab")
        if start is None:
            return True
        if "m" in element.get("class", "").split():
            return int(start[1]) == step
        return int(start[1]) <= step and (end is None or step < int(end[1]))

    def walk(element: Any) -> list[str]:
        if not there(element):
            return []
        own = [element.text or ""] if element.tag == f"{SVG}text" else []
        return own + [text for child in element for text in walk(child)]

    root = ET.fromstring(svg)
    root.set("style", "")
    return walk(root)


@pytest.mark.parametrize("view", ["gradients", "all", "values", "locals"])
def test_the_moving_picture_shows_at_each_step_what_the_frame_shows(view: str) -> None:
    film = Film(moments(6), view=view, engine="builtin")
    moving = film.animated()
    for k, frame in enumerate(film):
        assert sorted(filter(str.strip, shown(moving, k))) == sorted(filter(None, texts(frame.svg)))


def test_what_stays_for_a_while_is_written_once() -> None:
    film = Film(moments(30), engine="builtin")
    assert film.animated().count(">x</text>") == 1
    assert film.html.count(">x</text>") == 1
    assert len(film.animated()) < 6 * len(film[0].svg)
    assert len(film.html) < 8 * len(film[0].html)  # which have all views


def test_another_graph_is_refused() -> None:
    x = Value(1.0)
    with pytest.raises(ValueError, match=r"2 boxes and 2 edges.* 2 boxes and 1 edge at moment 1"):
        Film([snapshot(x * x), snapshot(x.exp())])
    y = Value(2.0)
    with pytest.raises(ValueError, match="connected in another way"):
        Film([snapshot((x * y) * x), snapshot((x * y) * y)])
    with pytest.raises(ValueError, match="at least one moment"):
        Film([])
    with pytest.raises(TypeError, match="expected a node"):
        snapshot(3.0)
    with pytest.raises(TypeError, match=r"snapshot: expected a text as caption, got 5 \(int\)"):
        snapshot(x, 5)  # type: ignore[arg-type]
    for options in ({"view": "colours"}, {"theme": "grey"}, {"direction": "up"}, {"size": "big"}):
        with pytest.raises(ValueError, match=f"Film: expected {next(iter(options))} "):
            Film(moments(), **options)


def test_frames_are_counted_from_either_end() -> None:
    film = Film(moments(), engine="builtin")
    assert film[-1] is list(film)[-1]
    with pytest.raises(IndexError, match=f"Film: expected a whole number from -{len(film)} to"):
        film[len(film)]


@pytest.mark.parametrize("strange", [5, "ab", [draw(Value(1.0))], [Value(1.0)], None])
def test_moments_are_snapshots(strange: Any) -> None:
    with pytest.raises(TypeError, match="Film: expected snapshots, got"):
        Film(strange)


def test_a_mark_that_comes_and_goes_has_room_in_all_frames() -> None:
    scenes = []
    for data in (1.0, -1.0):
        y = Value(data).relu()
        y.backward()
        scenes.append(snapshot(y))
    film = Film(scenes, engine="builtin")
    assert places(film[0]) == places(film[1])
    assert "dead here: slope 0" in texts(film[1].svg)
    assert "dead here: slope 0" not in texts(film[0].svg)


def test_a_caption_of_ten_thousand_characters_leaves_room_for_the_picture() -> None:
    film = Film([snapshot(Value(1.0), "x" * 10_000)], engine="builtin")
    assert film[0].size[0] < 1600
    assert film.captions[0].endswith("x…")


def test_captions_are_text() -> None:
    x = Value(1.0)
    film = Film([snapshot(x * x, '<script>alert("1")</script>\n& more')], engine="builtin")
    assert "<script>a" not in film.html + film.animated() + film[0].svg
    assert film.captions == ['<script>alert("1")</script> & more']


def test_files(tmp_path: Path) -> None:
    film = Film(moments(), engine="builtin")
    assert film.save(tmp_path / "film.html").read_text(encoding="utf-8") == film.html
    assert film.save(tmp_path / "film.svg").read_text(encoding="utf-8") == film.animated()
    frames = film.save_frames(tmp_path / "frames")
    assert [path.name for path in frames] == [f"frame-{k}.svg" for k in range(4)]
    assert frames[2].read_text(encoding="utf-8") == film[2].svg
    with pytest.raises(ValueError, match=r"ends in \.html, \.svg, \.gif"):
        film.save("film.avi")
    with pytest.raises(ValueError, match="format 'svg' or"):
        film.save_frames(tmp_path, "gif")


def test_a_gif_has_all_frames(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    from PIL import Image

    film = Film(moments(3), engine="builtin")
    durations = []
    with Image.open(film.save(tmp_path / "film.gif", seconds=0.25)) as opened_image:
        image: Any = opened_image
        assert image.n_frames == 3
        assert image.size == tuple(round(x) for x in film[0].size)
        for k in range(3):
            image.seek(k)
            durations.append(image.info["duration"])
    assert durations == [250, 250, 750]


def test_the_page_in_a_browser(tmp_path: Path) -> None:
    film = Film(moments(5), engine="builtin")

    def wanted(k: int) -> list[str]:
        return sorted(text for text in texts(film[k].svg) if text and not text.startswith("step"))

    with browser() as running, opened(running, film.save(tmp_path / "film.html")) as page:
        assert page.evaluate(SEEN) == wanted(4)
        page.keyboard.press("Home")
        for k in range(5):
            assert page.evaluate(SEEN) == wanted(k)
            assert page.locator(".say").text_content().strip() == f"step {k}"
            page.keyboard.press("ArrowRight")
        assert not page.locator("#quiz").is_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_switches_views_at_every_moment(theme: str, tmp_path: Path) -> None:
    films = {
        view: Film(moments(4), view=view, theme=theme, engine="builtin")
        for view in ("values", "all", "locals", "gradients")
    }
    fills = "() => [...document.querySelectorAll('svg rect')].filter(r => r.getClientRects().length"
    fills += " && getComputedStyle(r.parentElement).opacity === '1').map(r => getComputedStyle(r)"
    fills += ".fill + r.getAttribute('x') + ' ' + r.getAttribute('y')).sort()"
    with browser() as running:
        seen = {}
        for view, film in films.items():
            path = film.save(tmp_path / f"{view}.html")
            with opened(running, path) as page:
                for k in (3, 0, 1):
                    page.locator("input[type=range]").fill(str(k))
                    wanted = [text for text in texts(film[k].svg) if text]
                    assert page.evaluate(SEEN) == sorted(t for t in wanted if t != f"step {k}")
                    seen[view, k] = page.evaluate(fills)
        with opened(running, path) as page:  # one page shows all of them
            for k in (1, 3, 0):
                page.locator("input[type=range]").fill(str(k))
                for view, film in films.items():
                    page.click(f"label[for={view}]")
                    wanted = [text for text in texts(film[k].svg) if text]
                    assert page.evaluate(SEEN) == sorted(t for t in wanted if t != f"step {k}")
                    assert page.evaluate(fills) == seen[view, k]
            assert len({tuple(x) for x in seen.values()}) > 6
            page.keyboard.press("ArrowRight")  # goes to the next step, also from a button
            assert page.locator("output").text_content() == "1 / 3"
            assert page.locator("#gradients").is_checked()
            page.keyboard.press("ArrowUp")
            assert page.locator("#locals").is_checked()
            assert page.locator("output").text_content() == "1 / 3"


# What each text is, its colour, and that of the rectangle or line beside it, of all that is seen.
COLOURS = """
() => {
  const seen = t => {
    for (let e = t; e.tagName !== 'svg'; e = e.parentElement)
      if (getComputedStyle(e).opacity === '0') return false;
    return t.getClientRects().length > 0;
  };
  const of = (e, what) => getComputedStyle(e)[what];
  const all = name => [...document.querySelectorAll(name)].filter(seen);
  return [...all('.box text, .edge text').map(t => t.textContent + of(t, 'fill')),
          ...all('.box rect').map(r => r.getAttribute('x') + of(r, 'fill') + of(r, 'stroke')),
          ...all('.edge path').map(r => r.getAttribute('d') + of(r, 'fill') + of(r, 'stroke')),
         ].sort();
}
"""


@pytest.mark.parametrize("view", ["gradients", "all", "values", "locals"])
def test_the_page_has_the_colours_of_the_frames(view: str, tmp_path: Path) -> None:
    scenes = []
    for data in (4.0, 1e-4, 0.0, float("inf"), -3.0):
        x = Value(data, label="x")
        y = (x * x + x).relu()
        y.backward()
        scenes.append(snapshot(y, f"x = {data}"))
    film = Film(scenes, view=view, theme="dark", engine="builtin")
    with browser() as running, opened(running, film.save(tmp_path / "film.html")) as page:
        for k, frame in enumerate(film):
            with opened(running, frame.save(tmp_path / f"{k}.svg")) as picture:
                wanted = [x for x in picture.evaluate(COLOURS) if not x.startswith("rgb")]
            page.locator("input[type=range]").fill(str(k))
            found = [x for x in page.evaluate(COLOURS) if not x.startswith("rgb")]
            assert found == wanted


def test_the_notebook_has_a_picture_below_the_page() -> None:
    bundle = Film(moments(), engine="builtin")._repr_mimebundle_()
    assert bundle["text/html"].index("<img ") < bundle["text/html"].index("<iframe ")
    assert bundle["text/plain"].endswith("at 4 moments>")
