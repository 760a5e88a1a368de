"""Pictures of single steps, with what is said at them: for slides, one after the other.

Every frame has the same size and every box the same place, so that nothing jumps when one slide
follows another.
"""

from __future__ import annotations

from autograd.viz.boxes import Scene
from autograd.viz.stepping import layers
from autograd.viz.stepping.captions import Caption, plain, tspans
from autograd.viz.stepping.layers import Layer, n
from autograd.viz.svg import xml_text

__all__ = ["CAPTION", "captioned", "frame", "said", "size"]

CAPTION = 58  # the height of the two lines below the picture
WORDS, FORMULA = 6.9, 8.4  # widths of a character of the two lines; wide enough for any font
STYLE = """
.words,.formula{text-anchor:middle}
.words{font:13px system-ui,-apple-system,'Segoe UI',sans-serif;fill:#52606d}
.formula{font:17px 'Latin Modern Roman','STIX Two Text',Cambria,'Times New Roman',serif;
white-space:pre}
.v{font-style:italic}
.p{font-size:11px}
"""


def size(scene: Scene, captions: list[Caption]) -> tuple[float, float]:
    """Width and height of every frame: the picture, and room for the longest caption."""
    longest = max(max(len(c.words) * WORDS, len(plain(c.formula)) * FORMULA) + 16 for c in captions)
    return max(scene.width, longest), scene.height + CAPTION


def said(scene: Scene, captions: list[Caption]) -> list[Layer]:
    """The captions as layers, each for its own step."""

    def lines(caption: Caption) -> str:
        return (
            f'<text class="words" {at(16)}>{xml_text(caption.words)}</text>'
            f'<text class="formula" {at(42)}>{tspans(caption.formula)}</text>'
        )

    def at(below: float) -> str:
        return f'x="{n(scene.width / 2)}" y="{n(scene.height + below)}"'

    return [
        Layer(step, step + 1, True, "g", 'class="caption"', lines(caption))
        for step, caption in enumerate(captions)
    ]


def captioned(
    scene: Scene, captions: list[Caption], name: str, style: str, parts: list[str]
) -> str:
    """An SVG document of the scene, the parts that are seen, and room for a caption."""
    width, height = size(scene, captions)
    return layers.document(
        scene, name, STYLE + style, parts, (scene.width - width) / 2, width, height
    )


def frame(scene: Scene, timed: list[Layer], captions: list[Caption], step: int) -> str:
    """The picture of one step as an SVG document."""
    there = [layer.text() for layer in [*timed, *said(scene, captions)] if layer.there(step)]
    name = f"Step {step} of {len(captions) - 1}. {captions[step].said()}"
    return captioned(scene, captions, name, "", there)
