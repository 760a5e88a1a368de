"""Which number gives a box or an edge its colour in a view, and the legend that says so.

In a view the colour is that of the number that is shown: of the values, of the local derivatives,
or of the gradients.  There boxes have the gradients of their nodes, and edges what flows back along
them; both are on one scale.  The view of everything at once has no colours, unless one asks for the
flow of gradients.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from autograd.viz.boxes import CHAR, VIEWS, Scene
from autograd.viz.colours import ABSENT, LEVELS, Look, Number, Scale, Theme, number_text

__all__ = ["Colouring", "Item", "colouring", "common_scales", "legend"]


@dataclass
class Colouring:
    """The looks of a view.

    Attributes:
        what: the number that is shown.
        boxes, edges: the name of the look of each, by its id; "" for those without a number.
        scale: what the looks mean.
    """

    what: str
    boxes: dict[str, str]
    edges: dict[str, str]
    scale: Scale

    def swatch(self, theme: Theme, look: str) -> Look:
        """What stands in the legend for a look: a box, or the colour of lines if only they have it.

        >>> from autograd.viz.colours import THEMES
        >>> looks = Colouring("local derivative", {}, {"e0": "p5"}, Scale([]))
        >>> looks.swatch(THEMES["light"], "p5").fill == THEMES["light"].edge("p5").stroke
        True
        """
        line = theme.edge(look)
        if self.boxes or look in ("zero", "nan", *ABSENT.values()):
            return theme.box("op", look)
        return Look(line.stroke, line.stroke)


def colouring(scene: Scene, view: str, flow: bool | None = None) -> Colouring | None:
    """The looks of a view, or None if it has no colours.

    Args:
        scene: boxes and edges.
        view: a key of ``boxes.VIEWS``.
        flow: True colours the view "all" by the gradients; False leaves all colours away.
    """
    if flow is False or (view == "all" and not flow):
        return None
    what, boxes, edges = _numbers(scene, view)
    scale = scene.scales.get(view) or Scale([*boxes.values(), *edges.values()])
    if not scale.looks and not scene.caption:
        return None  # such as local derivatives between arrays, which are no numbers
    return Colouring(
        what,
        {name: scale.look(number) for name, number in boxes.items()},
        {name: scale.look(number) for name, number in edges.items()},
        scale,
    )


def common_scales(scenes: Iterable[Scene]) -> dict[str, Scale]:
    """For each view one scale for several pictures: a number looks the same in each of them."""
    scenes, scales = list(scenes), {}
    for view in VIEWS:
        tables = [table for scene in scenes for table in _numbers(scene, view)[1:]]
        scales[view] = Scale([number for table in tables for number in table.values()])
    return scales


def _numbers(scene: Scene, view: str) -> tuple[str, dict[str, Number], dict[str, Number]]:
    """What a view shows, by the ids of boxes and of edges."""
    if view == "values":
        return "value", {box.id: box.value for box in scene.boxes}, {}
    if view == "locals":
        return "local derivative", {}, {edge.id: edge.slope for edge in scene.edges}
    boxes = {box.id: box.grad for box in scene.boxes}
    return "gradient", boxes, {edge.id: edge.flow for edge in scene.edges}


class Item(NamedTuple):
    """A part of a legend, at ``x, y`` (of a text: where it begins, on the base line)."""

    x: float
    y: float
    text: str = ""
    look: str = ""  # of a swatch


SWATCH_X, SWATCH_Y, LINE_Y = 16.0, 10.0, 18.0
MEANINGS = {"zero": "0", "absent": "not computed", "dropped": "not kept",
            "closed": "no gradient flows", "nan": "NaN or inf"}  # fmt: skip
NARROWEST = 420.0  # a legend is not squeezed into less


def legend(colours: Colouring, scene: Scene) -> tuple[list[Item], float, float]:
    """What the colours mean, in lines below the picture.

    Returns:
        The swatches and texts, and how far right and down they reach.
    """
    looks = colours.scale.looks
    entries: list[tuple[list[str], str]] = [([], f"{colours.what}:")]
    for hue, name in ("m", "negative"), ("p", "positive"), ("u", "norm"):
        if any(look[0] == hue and look[1:].isdigit() for look in looks):
            entries.append(([f"{hue}{level}" for level in range(1, LEVELS + 1)], name))
    if colours.scale.largest is not None and colours.scale.smallest is not None:
        ends = [number_text(x) for x in (colours.scale.smallest, colours.scale.largest)]
        size = f"size {ends[0]} … {ends[1]}, log scale" if ends[0] != ends[1] else f"size {ends[0]}"
        entries.append(([], size))
    entries += [([look], text) for look, text in MEANINGS.items() if look in looks]
    items: list[Item] = []
    left, right = 12.0, max(scene.width, NARROWEST) - 12.0
    x, y, reached = left, scene.height + 14.0, 0.0
    if scene.caption:
        items.append(Item(x, y, scene.caption))
        reached, y = x + len(scene.caption) * CHAR, y + LINE_Y
    for swatches, text in entries:
        width = len(swatches) * SWATCH_X + (6.0 if swatches else 0.0) + len(text) * CHAR
        if x > left and x + width > right:
            x, y = left, y + LINE_Y
        for look in swatches:
            items.append(Item(x, y - SWATCH_Y + 1, look=look))
            x += SWATCH_X
        x += 6.0 if swatches else 0.0
        items.append(Item(x, y, text))
        x += len(text) * CHAR
        reached, x = max(reached, x), x + 14.0
    return items, reached + 12.0, y + 12.0
