"""A page, and a notebook's cell, with a picture in all its views.

The page needs no script: the views are radio buttons, which the arrow keys move through, and the
style sheet shows what belongs to the button that is on.  Boxes can be reached with the tab key, and
a screen reader reads out what hovering shows.  A leaf that is clicked on, or reached, has its paths
to the root marked: all else is pale.

In a notebook the page lies in a frame over an image of the picture.  A notebook that is opened
again without being run, or is turned into a page by others, loses the frame (and would lose an SVG
that stands in it), but not an image with the data in its address.

``nbconvert --sanitize-html`` takes images out of HTML too, and leaves an SVG that stands next to
it.  But there is none unless one asks for it, ``display(picture, include=["image/svg+xml"])``:
wherever there is an SVG, ``nbconvert --to pdf`` wants to have Inkscape.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from autograd.viz import svg
from autograd.viz.boxes import VIEWS, Scene
from autograd.viz.colours import PALE, THEMES, Theme
from autograd.viz.svg import xml_text

__all__ = ["SCOPE", "bundle", "button_style", "buttons", "cell", "image", "over", "write"]

READABLE = 0.7  # of its own size; a picture that is taller than its window is scrolled
NAMES = {"all": "everything", "values": "values", "locals": "local derivatives",
         "gradients": "gradients"}  # fmt: skip


SCOPE = "html:has(#{}:checked) svg "  # around the elements, for the button of a view that is on


def buttons(views: Sequence[str], view: str) -> str:
    """One button for each view, of which the one of ``view`` is on."""
    if len(views) < 2:
        return ""
    each = "".join(
        f'<input type="radio" name="view" id="{v}" data-lm-suppress-shortcuts="true"'
        f'{" checked" if v == view else ""}><label for="{v}">{NAMES[v]}</label>'
        for v in views
    )
    return f'<div class="views" role="radiogroup" aria-label="What is shown">{each}</div>'


def button_style(look: Theme) -> str:
    strong = look.strokes["p"]
    return f"""
.views{{font:13px system-ui,sans-serif}}
.views input{{position:absolute;opacity:0;pointer-events:none}}
.views label{{display:inline-block;margin:8px 0 6px 8px;padding:3px 9px;
border:1px solid {look.line};border-radius:12px;cursor:pointer}}
.views input:checked+label{{background:{strong};border-color:{strong};color:{look.page}}}
.views input:focus-visible+label{{outline:3px solid {strong};outline-offset:2px}}"""


def _style(look: Theme, least: float) -> str:
    """The style of the page; a picture is made to fit the window, but not below a height."""
    return f"""
html,body{{margin:0;background:{look.page};color:{look.ink}}}{button_style(look)}
svg{{display:block;max-height:max(calc(100vh - 42px),{least:.0f}px)}}
svg .box:focus{{outline:none}}
svg .box:focus rect{{stroke:{look.strokes["p"]};stroke-width:4}}
"""


def write(scene: Scene, *, view: str = "all", theme: str = "light", **settings: Any) -> str:
    """A page of its own, as text; for the arguments see ``svg.write``."""
    numbers = any(row.role == "value" for box in scene.boxes for row in box.rows)
    views = tuple(VIEWS) if numbers else ("all",)  # a program has no numbers
    name = xml_text(scene.description)
    picture = svg.write(
        scene,
        view=view,
        theme=theme,
        views=views,
        scope=SCOPE if numbers else "svg ",
        more_style=_paths(scene),
        **settings,
    )
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            '<head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width">',
            f"<title>{name}</title>",
            f"<style>{_style(THEMES[theme], READABLE * scene.height)}</style></head>",
            "<body>",
            buttons(views, view),
            f"{picture}</body>",
            "</html>",
            "",
        ]
    )


def _paths(scene: Scene) -> list[str]:
    """The rules that make all pale but the paths of the leaf that has the focus."""
    rules = []
    for leaf in dict.fromkeys(leaf for box in scene.boxes for leaf in box.leaves):
        on = f"svg:has(#{leaf}:focus)"
        rules.append(f"{on} :is(.box,.edge):not(.p-{leaf}){{opacity:{PALE}}}")
        rules.append(f"{on} .p-{leaf}{{opacity:1}}")
    return rules


def image(picture: str, alt: str, style: str = "max-width:100%") -> str:
    """A picture, SVG text, with the data in its address; ``alt`` is markup."""
    data = base64.b64encode(picture.encode()).decode()
    return f'<img src="data:image/svg+xml;base64,{data}" alt="{alt}" style="{style}"/>'


def over(
    picture: str, page: str, name: str, *, grid: str, still: str = "max-width:100%", frame: str = ""
) -> str:
    """A page in a notebook, in a frame over an image that stays where frames are taken out.

    ``grid``, ``still`` and ``frame`` are styles: the image gives the cell its size.
    """
    # In single quotes, because a page is full of double ones, which would have to be escaped.
    inside = page.replace("&", "&amp;").replace("'", "&#39;").replace("<", "&lt;")
    alt = xml_text(name)
    return (
        f'<div style="display:grid;{grid}">{image(picture, alt, f"grid-area:1/1;{still}")}'
        f"<iframe srcdoc='{inside}' title=\"{alt}\" "
        f'style="grid-area:1/1;width:100%;height:100%;border:0;{frame}"></iframe></div>'
    )


def cell(scene: Scene, picture: str, page: str) -> str:
    """What a notebook shows: the picture as an image, and over it the page."""
    # Room for the buttons above and a legend below.
    still, frame = "max-width:100%;margin:42px 0 40px", "min-width:440px"
    name = scene.description
    return over(picture, page, name, grid="justify-content:start", still=still, frame=frame)


def bundle(html: str, svg: str, text: str, include: Any) -> dict[str, Any]:
    """What a notebook gets: HTML and text, and an SVG if ``include`` names it."""
    svgs = {"image/svg+xml": svg} if "image/svg+xml" in (include or ()) else {}
    return {"text/html": html, "text/plain": text, **svgs}
