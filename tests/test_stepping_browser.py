"""The stepper's page in a real browser: what one sees at each step, and what the keys do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import browser, opened
from test_stepping_captions import board, network
from test_stepping_tensors import broadcast, layers

from autograd import Stepper, Value, step

# What can be seen at a step, as the browser computes it: opacity 1, and 0 for all the rest.
SEEN = """
() => {
  const seen = x => {
    const opacity = +getComputedStyle(x).opacity;
    if (opacity !== 0 && opacity !== 1) throw opacity;
    return opacity === 1;
  };
  const texts = list => [...list].filter(seen).map(x => x.textContent);
  const caption = [...document.querySelectorAll('.captions>p')].filter(seen);
  return {
    captions: caption.map(x => x.querySelector('b').textContent),
    numbers: caption.map(x => [...x.querySelectorAll('mn')].map(n => n.textContent)).flat(),
    hidden: caption.map(x => [...x.querySelectorAll('mn')].map(n => n)).flat().filter(
      n => getComputedStyle(n).color === 'rgba(0, 0, 0, 0)').map(n => n.textContent),
    values: texts(document.querySelectorAll('svg .t')),
    marks: [...document.querySelectorAll('svg .m')].filter(seen).map(
      m => [...m.children].map(u => u.getAttribute('href')).join(' ')),
    said: document.querySelector('.say').textContent,
    count: document.querySelector('output').textContent,
  };
}
"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as running:
        yield running


def saved(stepper: Stepper, folder: Path) -> Path:
    return stepper.save(folder / "steps.html")


def texts(svg: str) -> list[str]:
    """What a frame shows that comes or goes, in order."""
    import xml.etree.ElementTree as ET

    space = "{http://www.w3.org/2000/svg}"
    found: list[str] = []
    for part in ET.fromstring(svg):  # numbers at edges stand in groups, on a ground
        if part.tag == f"{space}g" and part.get("class") == "l":
            part = part[1]
        if part.tag == f"{space}text":
            found.append(part.text or "")
    return found


@pytest.mark.parametrize("graph", [board, network, layers, broadcast])
def test_each_step_says_and_shows_what_happens_there(
    graph: Any, chromium: Any, tmp_path: Path
) -> None:
    stepper = step(graph())
    last = len(stepper) - 1
    with opened(chromium, saved(stepper, tmp_path)) as page:
        assert page.evaluate(SEEN)["count"] == f"{last} / {last}"
        page.keyboard.press("Home")
        for k in range(len(stepper)):
            state = page.evaluate(SEEN)
            (words,) = state["captions"]
            assert stepper.captions[k].startswith(words)
            assert state["values"] == texts(stepper.frame(k))
            assert state["count"] == f"{k} / {last}"
            assert state["hidden"] == []
            assert len(state["marks"]) == (k > 0)
            spoken = stepper.captions[k].replace(" ", "").replace("^", "")
            assert "".join(state["said"].split()) == "".join(spoken.split())
            page.keyboard.press("ArrowRight")
        assert page.evaluate(SEEN)["count"] == f"{last} / {last}"


def test_keys_buttons_and_the_slider_go_from_step_to_step(chromium: Any, tmp_path: Path) -> None:
    stepper = step(board())

    def at() -> int:
        return int(page.evaluate(SEEN)["count"].split()[0])

    with opened(chromium, saved(stepper, tmp_path)) as page:
        for key, expected in [("Home", 0), ("ArrowLeft", 0), ("ArrowRight", 1), ("ArrowRight", 2),
                              ("ArrowLeft", 1), ("End", 14), ("ArrowRight", 14)]:  # fmt: skip
            page.keyboard.press(key)
            assert at() == expected
        page.focus("input[type=range]")
        for key, expected in [("ArrowLeft", 13), ("Home", 0), ("ArrowRight", 1), ("ArrowUp", 2)]:
            page.keyboard.press(key)
            assert at() == expected
        page.click("#next")
        assert at() == 3
        page.keyboard.press("ArrowRight")  # the button has the focus
        assert at() == 4
        page.click("#back")
        assert at() == 3
        page.fill("input[type=range]", "7")
        assert at() == 7


def test_play_goes_through_all_steps_and_stops(chromium: Any, tmp_path: Path) -> None:
    a = Value(3.0, label="a")
    stepper = step(a * a)
    with opened(chromium, saved(stepper, tmp_path)) as page:
        page.clock.install()
        page.click("#play")  # at the end: from the beginning
        counts = [page.evaluate(SEEN)["count"]]
        assert page.inner_text("#play") == "Pause"
        for _ in range(5):
            page.clock.run_for(1400)
            counts.append(page.evaluate(SEEN)["count"])
        assert counts == [f"{k} / 4" for k in (0, 1, 2, 3, 4, 4)]
        assert page.inner_text("#play") == "Play"
        page.keyboard.press("Home")
        page.focus("body")
        page.keyboard.press("Space")
        page.clock.run_for(1400)
        page.keyboard.press("Space")  # pause
        page.clock.run_for(14000)
        assert page.evaluate(SEEN)["count"] == "1 / 4"


def test_playing_a_quiz_asks_and_then_tells(chromium: Any, tmp_path: Path) -> None:
    a = Value(3.0, label="a")
    stepper = step(a * a, quiz=True)
    with opened(chromium, saved(stepper, tmp_path)) as page:
        page.clock.install()
        page.click("#play")
        seen = []
        for _ in range(8):
            page.clock.run_for(1400)
            state = page.evaluate(SEEN)
            seen.append((int(state["count"].split()[0]), bool(state["hidden"])))
        assert seen == [(k, hidden) for k in (1, 2, 3, 4) for hidden in (True, False)]
        assert page.inner_text("#play") == "Play"


@pytest.mark.parametrize("graph", [board, layers])
def test_quiz_hides_what_a_step_results_in_until_it_is_asked_for(
    graph: Any, chromium: Any, tmp_path: Path
) -> None:
    stepper = step(graph(), quiz=True)
    with opened(chromium, saved(stepper, tmp_path)) as page:
        assert page.evaluate(SEEN)["count"] == f"0 / {len(stepper) - 1}"
        for k in range(1, len(stepper)):
            page.keyboard.press("ArrowRight")
            asked = page.evaluate(SEEN)
            assert asked["values"] == texts(stepper.frame(k - 1))  # the picture lags
            assert asked["hidden"] != []
            assert asked["numbers"][-1] == asked["hidden"][-1]
            assert "?" in asked["said"]
            if k % 3 == 0:
                page.keyboard.press("Enter")
            elif k % 3 == 1:
                page.click(".captions")
            else:
                page.click("#reveal")
            told = page.evaluate(SEEN)
            assert told["values"] == texts(stepper.frame(k))
            assert told["hidden"] == []
            assert "?" not in told["said"]
            assert page.is_hidden("#reveal")
        page.uncheck("#quiz")
        page.keyboard.press("ArrowLeft")
        assert page.evaluate(SEEN)["hidden"] == []
        page.check("#quiz")
        assert page.evaluate(SEEN)["hidden"] != []
        page.keyboard.press("Home")  # nothing is asked where nothing is computed
        assert page.evaluate(SEEN)["hidden"] == []


def test_without_scripts_the_finished_picture_is_seen(chromium: Any, tmp_path: Path) -> None:
    stepper = step(board())
    options = {"java_script_enabled": False}
    with opened(chromium, saved(stepper, tmp_path), **options) as page:
        visible = [
            item.text_content()
            for item in page.locator("svg .t").all()
            if item.evaluate("x => getComputedStyle(x).opacity") == "1"
        ]
        assert visible == texts(stepper.frame(-1))


@pytest.mark.parametrize("graph", [board, layers])
def test_the_animated_picture_moves_in_an_image(graph: Any, chromium: Any, tmp_path: Path) -> None:
    stepper = step(graph())
    path = stepper.save(tmp_path / "steps.svg", seconds=0.1)
    with opened(chromium, path) as page:
        clock = "document.documentElement.getAnimations()[0]"
        seen = "getComputedStyle(document.documentElement).getPropertyValue('--s')"
        page.evaluate(f"{clock}.pause()")
        for k in range(len(stepper)):
            page.evaluate(f"{clock}.currentTime = {100 * k + 50}")
            assert page.evaluate(seen) == str(k)
            shown = page.evaluate(
                "[...document.querySelectorAll('svg>.t')].filter("
                "x => getComputedStyle(x).opacity === '1').map(x => x.textContent)"
            )
            assert shown == texts(stepper.frame(k))


@pytest.mark.parametrize(("width", "height"), [(1200, 800), (700, 420), (340, 560)])
@pytest.mark.parametrize("graph", [board, network, layers, broadcast])
def test_nothing_is_cut_off_or_overlaps(
    graph: Any, width: int, height: int, chromium: Any, tmp_path: Path
) -> None:
    size = {"width": width, "height": height}
    with opened(chromium, saved(step(graph()), tmp_path), viewport=size) as page:
        boxes = [page.locator(part).bounding_box() for part in ("svg", ".captions", ".controls")]
        tops = [box["y"] for box in boxes]
        bottoms = [box["y"] + box["height"] for box in boxes]
        assert tops == sorted(tops)
        assert bottoms[0] <= tops[1] + 1
        assert bottoms[1] <= tops[2] + 1
        assert bottoms[2] <= height + 1
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        edges = page.evaluate(
            "[...document.querySelectorAll('.captions math')].map(m => m.getBoundingClientRect())"
            ".map(r => [r.left, r.right])"
        )
        assert min(left for left, _ in edges) >= 0
        assert max(right for _, right in edges) <= width
