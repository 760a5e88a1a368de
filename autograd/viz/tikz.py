r"""The picture as a LaTeX document of its own, in TikZ: the same boxes in the same places.

``lualatex picture.tex`` makes a PDF that fits around it; in a paper, ``\includestandalone`` or the
``tikzpicture`` by itself.  One pixel is 0.75 point, as in browsers.  It works in ``pdflatex`` too,
which sets Latin and Greek letters and the signs of mathematics; labels in other scripts need
``lualatex`` and a font that has them.
"""

from __future__ import annotations

from autograd.viz.boxes import Box, Edge, Scene
from autograd.viz.colouring import SWATCH_X, SWATCH_Y, colouring, legend
from autograd.viz.colours import PALE, THEMES, Look
from autograd.viz.shapes import (
    LABEL_INK,
    PAPER,
    Point,
    frame_box,
    framed,
    label_box,
    line_and_arrow,
    placed_rows,
    solid_beside,
)
from autograd.viz.tex import substitutes, tex

__all__ = ["write"]

POINTS = 0.75  # a pixel, in the points of PDF
_SIZE = {12: r"\fontsize{9}{11}\selectfont", 11: r"\fontsize{8.25}{10}\selectfont"}  # pixels


def write(
    scene: Scene,
    *,
    view: str = "all",
    theme: str = "light",
    flow: bool | None = None,
    size: tuple[float, float] | None = None,
) -> str:
    """The scene as a LaTeX document (text); for the arguments see ``draw``."""
    look, colours = THEMES[theme], colouring(scene, view, flow)
    page = framed(scene, [colours] if colours else [], size)
    left, top, width, height = page.view
    names: dict[str, str] = {}  # colours have names in TikZ

    def colour(code: str) -> str:
        return names.setdefault(code, f"c{len(names)}")

    def drawn(shape: Look, line: bool = False) -> str:
        options = [f"draw={colour(shape.stroke)}", f"line width={shape.width:.3g}\\px"]
        if not line:
            options.append(f"fill={colour(shape.fill)}")
        if shape.dash:
            parts = [f"{('off', 'on')[i % 2 == 0]} {x:g}\\px" for i, x in enumerate(shape.dash)]
            options.append("dash pattern=" + " ".join(parts))
        return ", ".join(options)

    def at(x: float, y: float) -> str:
        return f"({x:.1f},{y:.1f})"

    def words(x: float, y: float, text: str, code: str, anchor: str = "base west",
              font: str = "", pixels: int = 12) -> str:  # fmt: skip
        return (
            f"\\node[anchor={anchor}, text={colour(code)}, inner sep=0pt] at {at(x, y)} "
            f"{{\\ttfamily{_SIZE[pixels]}{font} {tex(text)}}};"
        )

    def block(x: float, y: float, w: float, h: float, style: str) -> str:
        return f"\\path[{style}] {at(x, y)} rectangle {at(x + w, y + h)};"

    def curve(points: list[Point], shape: Look) -> str:
        path = at(*points[0])
        for i in range(1, len(points), 3):
            a, b, c = points[i : i + 3]
            path += f" .. controls {at(*a)} and {at(*b)} .. {at(*c)}"
        return f"\\path[{drawn(shape, line=True)}] {path};"

    body = [block(left, top, width, height, f"fill={colour(look.page)}")]
    for frame in scene.frames:
        x, y, w, h, name_at = frame_box(frame)
        ground, stroke, ink = look.frame
        style = f"rounded corners=8\\px, {drawn(Look(ground, stroke, 1.0))}"
        body += [block(x, y, w, h, style), words(*name_at, frame.name, ink, pixels=11)]

    def veiled(thing: Box | Edge, lines: list[str]) -> list[str]:
        if not thing.pale:
            return lines
        return [f"\\begin{{scope}}[opacity={PALE}, text opacity={PALE}]", *lines, "\\end{scope}"]

    for edge in scene.edges:
        here = len(body)
        name = colours.edges.get(edge.id, "") if colours else ""
        shape = look.edge(name)
        points, head = line_and_arrow(edge)
        text = edge.text(view)
        solid = solid_beside(points, edge.label_at, text, shape)
        body.append(curve(points, shape))
        body += [curve(piece, shape._replace(dash=())) for piece in solid]
        corners = " -- ".join(at(*corner) for corner in head)
        body.append(f"\\path[fill={colour(shape.stroke)}] {corners} -- cycle;")
        if text:
            body.append(block(*label_box(edge.label_at, text), f"fill={colour(look.page)}"))
            x, y = edge.label_at
            body.append(words(x, y + LABEL_INK, text, look.label(name), anchor="base", pixels=11))
        body[here:] = veiled(edge, body[here:])
    for box in scene.boxes:
        here = len(body)
        name = colours.boxes.get(box.id, "") if colours else ""
        style = f"rounded corners=6\\px, {drawn(look.box(box.kind, name))}"
        x, y = box.x - box.width / 2, box.y - box.height / 2
        body.append(block(x, y, box.width, box.height, style))
        for row, x, y in placed_rows(box, view):
            ink, bold = look.row(row.role, box.grad, name)
            body.append(words(x, y, row.text, ink, font=r"\bfseries" if bold else ""))
        body[here:] = veiled(box, body[here:])
    for item in legend(colours, scene)[0] if colours else []:
        if colours and item.look:
            style = drawn(colours.swatch(look, item.look))
            body.append(block(item.x, item.y, SWATCH_X - 2, SWATCH_Y, style))
        else:
            body.append(words(item.x, item.y, item.text, look.ink))
    scale = min(page.width / width, PAPER / POINTS / max(width, height))
    return "\n".join(
        [
            r"\documentclass[tikz,border=0pt]{standalone}",
            f"% {tex(scene.description)}",
            *(f"\\definecolor{{{name}}}{{HTML}}{{{code[1:].upper()}}}"
              for code, name in names.items()),
            *substitutes("".join(body)),
            rf"\newlength{{\px}}\setlength{{\px}}{{{POINTS * scale:.6g}bp}}",
            r"\begin{document}\frenchspacing",
            f"\\begin{{tikzpicture}}[x=\\px, y=-\\px, every node/.style={{scale={scale:.6g}}}]",
            f"\\clip {at(left, top)} rectangle {at(left + width, top + height)};",
            *body,
            r"\end{tikzpicture}",
            r"\end{document}",
            "",
        ]
    )  # fmt: skip
