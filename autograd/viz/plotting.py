"""The picture with matplotlib: PNG and PDF with no program but Python; the same places.

A pixel of the picture is a unit of the axes, and 1/72 inch of paper.  No global setting of
matplotlib is changed, and nothing of its ``pyplot`` is used.
"""

from __future__ import annotations

import contextlib
import io
import logging
import math
import warnings
from collections.abc import Iterator
from typing import Any

from autograd.errors import message
from autograd.viz.boxes import Scene, printable
from autograd.viz.colouring import SWATCH_X, SWATCH_Y, colouring, legend
from autograd.viz.colours import PALE, THEMES, Look
from autograd.viz.shapes import (
    LABEL_INK,
    frame_box,
    framed,
    label_box,
    line_and_arrow,
    placed_rows,
    solid_beside,
)

__all__ = ["check_dots", "figure", "written"]

DOTS = 2**28  # of a PNG, which are 4 bytes each while it is made
DPI = 144  # of a PNG: two dots for each pixel
FONTS = ["DejaVu Sans Mono", "DejaVu Sans"]  # they come with matplotlib


def figure(
    scene: Scene,
    *,
    view: str = "all",
    theme: str = "light",
    flow: bool | None = None,
    size: tuple[float, float] | None = None,
) -> Any:
    """The scene as a ``matplotlib.figure.Figure``; for the arguments see ``draw``."""
    try:
        from matplotlib.figure import Figure
        from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon, Rectangle
        from matplotlib.path import Path
    except ImportError as error:
        raise ImportError(
            "draw: expected matplotlib to be installed, and it is not. "
            'Run: pip install "chalkgrad[plot]", or save as .svg.'
        ) from error
    look, colours = THEMES[theme], colouring(scene, view, flow)
    page = framed(scene, [colours] if colours else [], size)
    left, top, width, height = page.view
    scale = page.width / width
    picture = Figure(figsize=(page.width / 72, page.height / 72), facecolor=look.page)
    ax = picture.add_axes((0, 0, 1, 1))
    ax.set_xlim(left, left + width)
    ax.set_ylim(top + height, top)
    ax.axis("off")

    def drawn(shape: Look) -> dict[str, Any]:
        line: Any = (0, tuple(x / shape.width for x in shape.dash)) if shape.dash else "-"
        return {"edgecolor": shape.stroke, "facecolor": shape.fill,
                "linewidth": shape.width * scale, "linestyle": line}  # fmt: skip

    def words(x: float, y: float, text: str, colour: str, pixels: float = 12, bold: bool = False,
              align: str = "left", alpha: float = 1.0) -> None:  # fmt: skip
        ax.text(x, y, printable(text), fontsize=pixels * scale, color=colour, ha=align, alpha=alpha,
                va="baseline", family=FONTS, parse_math=False,
                weight="bold" if bold else "normal")  # fmt: skip

    for frame in scene.frames:
        x, y, w, h, name_at = frame_box(frame)
        fill, stroke, ink = look.frame
        ax.add_patch(FancyBboxPatch((x, y), w, h, "round,pad=0,rounding_size=8", facecolor=fill,
                                    edgecolor=stroke, linewidth=scale))  # fmt: skip
        words(*name_at, frame.name, ink, 11)
    for edge in scene.edges:
        name = colours.edges.get(edge.id, "") if colours else ""
        shown = PALE if edge.pale else 1.0
        shape = look.edge(name)
        points, head = line_and_arrow(edge)
        text = edge.text(view)
        solid = solid_beside(points, edge.label_at, text, shape)
        for piece, line in (points, shape), *((piece, shape._replace(dash=())) for piece in solid):
            codes = [Path.MOVETO, *[Path.CURVE4] * (len(piece) - 1)]
            ax.add_patch(PathPatch(Path(piece, codes), capstyle="butt", alpha=shown,
                                   **drawn(line)))  # fmt: skip
        ax.add_patch(Polygon(head, facecolor=shape.stroke, edgecolor="none", alpha=shown))
        if text:
            x, y, w, h = label_box(edge.label_at, text)
            ax.add_patch(Rectangle((x, y), w, h, facecolor=look.page, edgecolor="none"))
            x, y = edge.label_at
            words(x, y + LABEL_INK, text, look.label(name), 11, align="center", alpha=shown)
    for box in scene.boxes:
        name = colours.boxes.get(box.id, "") if colours else ""
        shown = PALE if box.pale else 1.0
        corner = box.x - box.width / 2, box.y - box.height / 2
        rounded = "round,pad=0,rounding_size=6"
        rect = FancyBboxPatch(
            corner, box.width, box.height, rounded, alpha=shown, **drawn(look.box(box.kind, name))
        )
        ax.add_patch(rect)
        for row, x, y in placed_rows(box, view):
            ink, bold = look.row(row.role, box.grad, name)
            words(x, y, row.text, ink, bold=bold, alpha=shown)
    for item in legend(colours, scene)[0] if colours else []:
        if colours and item.look:
            style = drawn(colours.swatch(look, item.look))
            ax.add_patch(Rectangle((item.x, item.y), SWATCH_X - 2, SWATCH_Y, **style))
        else:
            words(item.x, item.y, item.text, look.ink)
    return picture


def check_dots(picture: Any, dpi: int, side: float = math.inf) -> None:
    """ValueError for a figure of so many dots that they do not fit into memory, or into a file."""
    width, height = (round(float(inches) * dpi) for inches in picture.get_size_inches())
    if width * height > DOTS or max(width, height) > side:
        most = f"{DOTS:,} dots" if side == math.inf else f"{side:,} dots in width and height"
        raise ValueError(
            message(
                "save",
                expected=f"a picture of at most {most}",
                got=f"{width:,} x {height:,}",
                fix="Save as .svg, which grows to any size, or draw a smaller part of the graph.",
            )
        )


def written(picture: Any, form: str, dpi: int = DPI) -> bytes:
    """The bytes of a figure as "png" or "pdf": the same for the same picture.

    Raises:
        ValueError: a PNG that would not fit into memory.
    """
    if form == "png":
        check_dots(picture, dpi)
    metadata = {"CreationDate": None} if form == "pdf" else {"Software": None}
    stream = io.BytesIO()
    with _settings():
        picture.savefig(stream, format=form, dpi=dpi, metadata=metadata)
    return stream.getvalue()


@contextlib.contextmanager
def _settings() -> Iterator[None]:
    """What holds while a file is written, and is then as it was."""
    from matplotlib import rc_context

    dates = logging.getLogger("fontTools.ttLib.tables._h_e_a_d")
    before = dates.disabled
    # Publishers refuse the fonts of type 3 that matplotlib makes of itself; and it says of its own
    # fonts for formulas that they are very old.
    with warnings.catch_warnings(), rc_context({"pdf.fonttype": 42}):
        # A label may have characters that no font here has; it then shows boxes for them.
        warnings.filterwarnings("ignore", message=".*[Gg]lyph")
        dates.disabled = True
        try:
            yield
        finally:
            dates.disabled = before
