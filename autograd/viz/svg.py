"""How a placed scene is written: one SVG, readable with nothing installed.

No script, no font file, nothing from a network.  Every box and edge has a stable id and a class,
hovering shows the exact numbers, and the picture shrinks to the width of the page.
"""

from __future__ import annotations

from autograd.viz.scene import LINE, PAD, Box, Edge, Frame, Scene, printable

__all__ = ["write", "xml_text"]

STYLE = """
.page{fill:#fff}
text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#1f2933}
.box rect{stroke:#5b6b7b;stroke-width:1.1;fill:#fff}
.leaf rect{fill:#e8f1fb;stroke:#2f6fb0}
.group rect{fill:#f4efe6;stroke:#8a6d3b;stroke-width:1.6}
.result rect{fill:#e6f4ea;stroke:#2e7d4f}
.constant rect,.more rect{fill:#f3f3f3;stroke:#9aa5b1;stroke-dasharray:4 3}
.head{font-weight:700}
.grad{fill:#a33c00}
.none{fill:#7b8794;font-style:italic}
.frame rect{fill:#8a6d3b;fill-opacity:.05;stroke:#b59b6a}
.frame text{font-size:11px;fill:#6b5320}
.edge path{fill:none;stroke:#7b8794;stroke-width:1.1}
.edge .tip{fill:#7b8794;stroke:none}
.edge text{font-size:11px;fill:#0b5d4a;text-anchor:middle}
.edge rect{fill:#fff}
"""


def xml_text(string: str) -> str:
    """Text that cannot become markup, nor make a document invalid."""
    string = printable(string)
    for character, entity in ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"):
        string = string.replace(character, entity)
    return string


def _n(x: float) -> str:
    return f"{x:.1f}".removesuffix(".0")


def _box(box: Box) -> str:
    left, top = box.x - box.width / 2, box.y - box.height / 2
    rows = []
    for index, line in enumerate(box.lines):
        kind = ""
        if line.startswith(("grad ", "‖grad‖ ")):
            absent = line.endswith(("yet", "(retain_grad)"))
            kind = ' class="none"' if absent else ' class="grad"'
        elif (
            index == 0
            and box.kind in ("op", "leaf", "result", "group")
            and not line.startswith("data ")
        ):
            kind = ' class="head"'
        y = top + PAD + 10 + index * LINE
        rows.append(f'<text x="{_n(left + PAD)}" y="{_n(y)}"{kind}>{xml_text(line)}</text>')
    return (
        f'<g id="{box.id}" class="box {box.kind}"><title>{xml_text(box.title)}</title>'
        f'<rect x="{_n(left)}" y="{_n(top)}" width="{_n(box.width)}" height="{_n(box.height)}" '
        f'rx="6"/>{"".join(rows)}</g>'
    )


def _edge(edge: Edge) -> str:
    start, *rest = edge.points
    path = f"M{_n(start[0])} {_n(start[1])}C" + " ".join(f"{_n(x)} {_n(y)}" for x, y in rest)
    # The arrowhead points along the last piece of the curve that has a length.
    tip_x, tip_y = rest[-1]
    from_x, from_y = next(
        ((x, y) for x, y in reversed(edge.points) if abs(x - tip_x) + abs(y - tip_y) > 0.5), start
    )
    length = ((tip_x - from_x) ** 2 + (tip_y - from_y) ** 2) ** 0.5 or 1.0
    ux, uy = (tip_x - from_x) / length, (tip_y - from_y) / length
    corners = [(tip_x, tip_y)]
    corners += [(tip_x - 8 * ux + s * 3.5 * uy, tip_y - 8 * uy - s * 3.5 * ux) for s in (1, -1)]
    tip = "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in corners) + "Z"
    label = ""
    if edge.label:
        x, y = edge.label_at
        width = len(edge.label) * 6.7 + 3
        label = (  # on a white ground, so that no line runs through the digits
            f'<rect x="{_n(x - width / 2)}" y="{_n(y - 6)}" width="{_n(width)}" height="12"/>'
            f'<text x="{_n(x)}" y="{_n(y + 4)}">{xml_text(edge.label)}</text>'
        )
    return (
        f'<g id="{edge.id}" class="edge"><title>{xml_text(edge.title)}</title><path d="{path}"/>'
        f'<path class="tip" d="{tip}"/>{label}</g>'
    )


def _frame(frame: Frame) -> str:
    left, top, right, bottom = frame.place
    return (
        f'<g id="{frame.id}" class="frame"><rect x="{_n(left)}" y="{_n(top)}" '
        f'width="{_n(right - left)}" height="{_n(bottom - top)}" rx="8"/>'
        f'<text x="{_n(left + 8)}" y="{_n(top + 14)}">{xml_text(frame.name)}</text></g>'
    )


def write(scene: Scene) -> str:
    """The scene as a standalone SVG document (text)."""
    w, h = _n(scene.width), _n(scene.height)
    name = xml_text(scene.description)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" '
        f'style="max-width:100%;height:auto" role="img" aria-label="{name}">',
        f"<title>{name}</title>",
        f"<style>{STYLE}</style>",
        '<rect class="page" width="100%" height="100%" rx="8"/>',
        *map(_frame, scene.frames),
        *map(_edge, scene.edges),
        *map(_box, scene.boxes),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"
