"""Sliders and the picture that follows them, without a browser: widgets are objects of Python."""

from __future__ import annotations

import base64
import re
import sys
from typing import Any

import pytest

from autograd import Value, live

widgets = pytest.importorskip("ipywidgets", reason="ipywidgets is not installed")


def neuron(x: Any, w: Any, b: Any) -> Any:
    return (w * x + b).tanh()


def picture(box: Any) -> str:
    found = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', box.children[-1].value)
    assert found is not None, box.children[-1].value
    return base64.b64decode(found[1]).decode()


def test_the_picture_follows_the_sliders() -> None:
    box = live(neuron, x=(-2, 2), w=(-3, 3, 1.5), b=(0.0, 1.0))
    x, w, b = box.children[:3]
    assert [slider.description for slider in (x, w, b)] == ["x", "w", "b"]
    assert (x.min, x.max, x.value, w.value, b.value) == (-2, 2, 0, 1.5, 0.5)
    for position in (0.0, -1.25, 2.0):
        x.value = position
        root = neuron(*(leaves := [Value(position), Value(1.5), Value(0.5)]))
        root.backward()
        svg = picture(box)
        for node in (root, *leaves):
            assert f"data {node.data:.4g}<" in svg
            assert f"grad {node.grad:.4g}<" in svg
        assert ">x<" in svg
    w.value = -3.0
    assert "data -3<" in picture(box)


def test_gradients_of_others_stay_as_they_are() -> None:
    weight, other = Value(3.0, label="weight"), Value(1.0)
    weight.grad = 5.0
    box = live(lambda x: weight * x + other, x=(0, 2))
    box.children[0].value = 2.0
    assert "grad 2<" in picture(box)  # dL/dweight = x, not added to what was there
    assert weight.grad == 5.0
    assert not other.has_grad


def test_an_error_while_one_drags_is_shown_and_goes_away() -> None:
    def risky(x: Any) -> Any:
        return 1 / x if x.data >= 0 else x.undefined

    box = live(risky, x=(-1, 1, 0.5))
    box.children[0].value = -1.0
    assert box.children[-1].value.startswith("<pre>AttributeError: ")
    box.children[0].value = 1.0
    assert "data 1<" in picture(box)


def test_settings_of_draw() -> None:
    plain = picture(live(neuron, x=(0, 1), w=(0, 1), b=(0, 1), draw_with={}))
    assert 'class="legend' not in plain
    assert 'class="legend' in picture(live(neuron, x=(0, 1), w=(0, 1), b=(0, 1)))


@pytest.mark.parametrize(
    "between", [3, (1,), (2, 1), (0, 1, 2), (0, 1, 0.5, 1), "ab", (0, float("inf")), None]
)
def test_what_is_no_range(between: Any) -> None:
    with pytest.raises(ValueError, match="expected x as"):
        live(lambda x: x, x=between)


def test_what_is_no_function_of_values() -> None:
    with pytest.raises(TypeError, match="range of each argument"):
        live(neuron)
    with pytest.raises(TypeError, match="returns a Value"):
        live(lambda x: 3.0, x=(0, 1))


def test_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(ImportError, match=r"chalkgrad\[live\]"):
        live(lambda x: x, x=(0, 1))


def test_the_picture_is_an_output_of_its_own_which_a_file_keeps(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from IPython import display as outputs
    from IPython.core.formatters import DisplayFormatter

    shown: list[Any] = []

    class Handle:
        def __init__(self, at: int) -> None:
            self.at = at

        def update(self, thing: Any) -> None:
            shown[self.at] = thing

    def display(thing: Any, display_id: bool = False) -> Handle:
        shown.append(thing)
        return Handle(len(shown) - 1)

    monkeypatch.setattr(outputs, "display", display)
    box = live(neuron, x=(-2, 2), w=(-3, 3), b=(-1, 1))
    assert DisplayFormatter().format(box) == ({}, {})  # it shows itself
    assert shown[0].children == box.children[:3]
    for position in (1.0, -2.0):
        box.children[0].value = position
        data, _ = DisplayFormatter().format(shown[1])
        assert data["text/html"] == box.children[-1].value
        assert f"data {position:.4g}<" in picture(box)
    assert len(shown) == 2


@pytest.mark.parametrize(
    "between", [(-3, 3, 0.5), (-2, 2, 1), (0, 1, 0.123), (0, 1e-5), (-3.3, 7.1), (0, 1e9, 3e7)]
)
def test_a_slider_can_stand_where_it_starts(between: Any) -> None:
    (slider,) = live(lambda x: x * x, x=between).children[:1]
    steps = (slider.value - slider.min) / slider.step  # browsers round to whole steps from min
    assert steps == pytest.approx(round(steps), abs=1e-5)
    assert 100 <= (slider.max - slider.min) / slider.step <= 1000
