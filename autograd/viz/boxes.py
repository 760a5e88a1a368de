"""What a picture consists of: boxes with rows of text, and edges, before and after they are placed.

A row has a *role*, so that a view of the picture can show some and not others: the values, the
local derivatives, the gradients, or all of it.  Every row has its place in every view: views of
one picture have their boxes in the same places, and nothing moves when one looks at another.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from autograd.viz.colours import CLOSED, NO_NUMBER, Number, Scale, number_text, plural

__all__ = ["CHAR", "LABELLED", "LINE", "PAD", "VIEWS", "Box", "Edge", "Frame", "Row", "Scene",
           "printable", "shortened"]  # fmt: skip

LABELLED = 12  # edges into one box; if there are more, their numbers are in the hover text only
LONGEST = 28  # characters of a label that are shown; the hover text has the whole of it
LEFT_TO_RIGHT = "\u200e"
CHAR, LINE, PAD = 7.25, 16.0, 9.0  # a character of 12 px monospace, a line, the inner margin

# The roles that a view leaves out.  There is at most one row with either of these in a box.
VIEWS: dict[str, frozenset[str]] = {
    "all": frozenset(),
    "values": frozenset({"grad"}),
    "locals": frozenset({"grad"}),
    "gradients": frozenset({"value"}),
}

# What XML 1.0 does not allow in a document, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What a line of text has no use for: a terminal would obey it, or write the rest backwards; and
# halves of characters, which no file can hold.
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Row(NamedTuple):
    """A line of text in a box.

    Attributes:
        role: "head" (name and operation), "value", "grad", "note" (what else there is to say) or
            "mark" (a warning, such as "dead here").
        text: the line.
    """

    role: str
    text: str


@dataclass
class Box:
    """A rectangle with rows of text around its centre ``x, y``, which a layout fills in."""

    id: str
    kind: str  # one of ``colours.KINDS``
    rows: list[Row]
    title: str  # the hover text
    nodes: tuple[Any, ...] = ()  # of the graph: those in it, first to last
    value: Number = NO_NUMBER
    grad: Number = NO_NUMBER
    arrivals: int = 0  # edges that end here
    stretch: float = 0.0  # room for edges that a layout adds, across their direction
    room: int = 0  # characters that there is room for, if no row is longer
    x: float = 0.0
    y: float = 0.0
    turned: bool = False  # edges arrive from above: room for them is width
    pale: bool = False  # not on the paths that are marked
    leaves: tuple[str, ...] = ()  # the boxes of leaves that have a path through here

    @property
    def lines(self) -> list[str]:
        """The text of all rows."""
        return [row.text for row in self.rows]

    def shown(self, view: str = "all") -> list[Row]:
        """The rows of a view."""
        return [row for row in self.rows if row.role not in VIEWS[view]]

    @property
    def cells(self) -> int:
        """The characters of the longest row; those of some scripts count twice."""
        return max(map(_cells, self.lines))

    @property
    def width(self) -> float:
        width = max(self.room, self.cells) * CHAR + 2 * PAD
        return width + self.stretch if self.turned else width

    @property
    def height(self) -> float:
        height = len(self.rows) * LINE + 2 * PAD - 4
        return height if self.turned else height + self.stretch


@dataclass
class Edge:
    """An arrow from an input to what was computed from it; a layout fills in its points.

    ``points`` are those of a cubic spline: a start, then three per segment.
    """

    id: str
    source: Box
    target: Box
    label: str  # the local derivative as text, or a text of its own
    title: str
    local: Any = None  # the local derivative: a number, a function between arrays, or None
    flow: Number = NO_NUMBER  # what flows back here: the target's gradient x the local derivative
    crowded: bool = False  # too many edges arrive side by side for their labels to be read
    pale: bool = False  # not on the paths that are marked
    leaves: tuple[str, ...] = ()  # the boxes of leaves that have a path through here
    points: list[tuple[float, float]] = field(default_factory=list)
    label_at: tuple[float, float] = (0.0, 0.0)

    @property
    def slope(self) -> Number:
        """The local derivative, where it is a number."""
        return Number(self.local) if isinstance(self.local, float | int) else NO_NUMBER

    def text(self, view: str = "all") -> str:
        """The label in a view."""
        if view == "gradients":
            known = self.flow.value is not None and not self.crowded
            return number_text(self.flow.value or 0.0) if known else ""
        number = isinstance(self.local, float | int)
        return "" if view == "values" and number else self.label

    @property
    def room(self) -> int:
        """The characters of the longest label in any view: there is room for it in all of them."""
        return max(len(self.label), len(self.text("gradients")))


@dataclass
class Frame:
    """A line around boxes that belong together, and their name; it may stand in another frame."""

    id: str
    name: str
    parent: Frame | None
    boxes: list[str] = field(default_factory=list)  # ids, also of those in frames inside
    place: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)  # left, top, right, bottom


@dataclass
class Scene:
    """Everything in a picture; a layout fills in the size.

    Attributes:
        boxes, edges: in the order of the graph.
        description: one line about all of it.
        caption: one line below the picture, of a moment in a film.
        scales: of a film: for each view the scale of the colours; by default those of the picture.
        direction: "LR" if inputs stand to the left of what is computed from them, "TB" above.
        frames: outer before inner ones.
    """

    boxes: list[Box]
    edges: list[Edge]
    description: str
    width: float = 0.0
    height: float = 0.0
    direction: str = "LR"
    frames: list[Frame] = field(default_factory=list)
    caption: str = ""
    scales: dict[str, Scale] = field(default_factory=dict)

    def details(self) -> str:
        """What is in the picture, for those who do not see it: its boxes, and the last of them."""
        names = {"leaf": "leaf", "op": "operation", "group": "group", "constant": "constant",
                 "result": "result"}  # fmt: skip
        counts = {kind: sum(box.kind == kind for box in self.boxes) for kind in names}
        parts = [plural(count, names[kind]) for kind, count in counts.items() if count]
        text = f"{', '.join(parts) or 'Nothing'}, joined by {plural(len(self.edges), 'edge')}."
        marks = [row.text for box in self.boxes for row in box.rows if row.role == "mark"]
        if marks:
            text += f" Marked: {'; '.join(dict.fromkeys(marks))}."
        last = [box for box in self.boxes if box.kind != "constant"][-1:]
        text += "".join(f" The last box: {', '.join(box.lines)}." for box in last)
        return text

    # Ids count up, so that one graph always gives the same picture.

    def add_box(
        self,
        kind: str,
        rows: list[Row],
        title: str = "",
        nodes: tuple[Any, ...] = (),
        value: Number = NO_NUMBER,
        grad: Number = NO_NUMBER,
    ) -> Box:
        title = title or "\n".join(row.text for row in rows)
        box = Box(f"n{len(self.boxes)}", kind, rows, title, nodes, value, grad)
        self.boxes.append(box)
        return box

    def add_edge(self, source: Box, target: Box, local: Any, flow: Number = NO_NUMBER) -> None:
        """An edge with a local derivative, or with a text of its own."""
        if isinstance(local, str):
            label, title = local, local
        elif callable(local):  # between arrays it is a linear map, not a number
            label, title = "", "the local derivative is a matrix"
        else:
            label = "" if local is None else number_text(local)
            title = "no gradient flows here" if local is None else f"local derivative {local!r}"
        if flow.value is not None:
            what = "contribution" if flow.signed else "‖contribution‖"
            title += f"\n{what} {flow.value!r}"
        elif flow == CLOSED and local is not None:
            title += "\nno gradient flows here"
        target.arrivals += 1
        number = None if isinstance(local, str) else local
        self.edges.append(Edge(f"e{len(self.edges)}", source, target, label, title, number, flow))

    def add_more(self, left_out: int) -> Box | None:
        """A box for the nodes that are not in the picture, if there are any."""
        if not left_out:
            return None
        return self.add_box("more", [Row("note", f"… {plural(left_out, 'more node')}")])

    def turn(self, direction: str) -> None:
        """Set where the picture runs to, before it is placed."""
        self.direction = direction
        for box in self.boxes:
            box.turned = direction == "TB"

    def release(self) -> None:
        """Forget the graph: a finished picture keeps no node alive."""
        for box in self.boxes:
            box.nodes = ()
        for edge in self.edges:
            edge.local = None if callable(edge.local) else edge.local

    def drop_crowded_labels(self) -> None:
        """Where too many edges arrive for their labels to be read, leave them to the hover text."""
        for edge in self.edges:
            if edge.target.arrivals > LABELLED:
                edge.label, edge.crowded = "", True


def _cells(text: str) -> int:
    """How many characters wide a text is: Chinese, Japanese and emoji take two each."""
    text = text.replace(LEFT_TO_RIGHT, "")
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def printable(text: str) -> str:
    """Text without what no XML or DOT document can hold, such as control characters."""
    return _FORBIDDEN.sub("\ufffd", text)


def shortened(text: str, longest: int = LONGEST) -> str:
    """A text in one line that fits into a box, or of another length.

    >>> shortened("a\\nb"), len(shortened("x" * 10_000))
    ('a b', 28)
    """
    text = _UNSEEN.sub("\ufffd", " ".join(text.split()))
    text = text if len(text) <= longest else text[: longest - 1] + "…"
    # A mark of no width: "= -3" behind a Hebrew or Arabic name would be read as "3- =" otherwise.
    backwards = any(unicodedata.bidirectional(c) in ("R", "AL") for c in text)
    return text + LEFT_TO_RIGHT if backwards else text
