"""Where frames stand: around the boxes that they hold, once a layout has placed these.

Both layouts keep a group's boxes apart from the others.  But ``dot`` has an idea of its own of how
much room a name needs: a frame that would hold a box that is not its own, or cross another frame,
is left out.
"""

from __future__ import annotations

from autograd.viz.boxes import Box, Frame, Scene

__all__ = ["CHAR", "NAME", "PAD", "Rectangle", "around", "make_room", "place_frames", "rectangle"]

PAD, NAME = 8.0, 16.0  # around the boxes, and more above them for the name
CHAR = 6.7
Rectangle = tuple[float, float, float, float]


def rectangle(box: Box) -> Rectangle:
    """Left, top, right and bottom of a box."""
    x, y = box.width / 2, box.height / 2
    return box.x - x, box.y - y, box.x + x, box.y + y


def around(name: str, inside: list[Rectangle]) -> Rectangle:
    """The frame around boxes and other frames, with room for its name."""
    left, top = min(r[0] for r in inside) - PAD, min(r[1] for r in inside) - PAD - NAME
    right, bottom = max(r[2] for r in inside) + PAD, max(r[3] for r in inside) + PAD
    return left, top, max(right, left + len(name) * CHAR + 2 * PAD), bottom


def place_frames(scene: Scene) -> None:
    """Give the frames of a scene that ``dot`` placed their places, and the scene room for them."""
    boxes = {box.id: rectangle(box) for box in scene.boxes}
    placed: list[Frame] = []
    for frame in reversed(scene.frames):  # inner before outer ones
        own = [boxes[name] for name in frame.boxes]
        place = around(frame.name, own + [x.place for x in placed if _is_in(x, frame)])
        mine = set(frame.boxes)
        others = [r for name, r in boxes.items() if name not in mine]
        others += [other.place for other in placed if not _is_in(other, frame)]
        if not any(_meet(place, r) for r in others):
            frame.place = place
            placed.append(frame)
        else:  # what is in it stands in the frame around it
            for inner in placed:
                inner.parent = frame.parent if inner.parent is frame else inner.parent
    scene.frames = placed[::-1]
    make_room(scene)


def _is_in(inner: Frame, outer: Frame) -> bool:
    parent = inner.parent
    while parent is not None and parent is not outer:
        parent = parent.parent
    return parent is outer


def _meet(a: Rectangle, b: Rectangle) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def make_room(scene: Scene) -> None:
    """Widen a scene for its frames."""
    if not scene.frames:
        return
    left = min(0.0, *(frame.place[0] - PAD for frame in scene.frames), 0.0)
    top = min(0.0, *(frame.place[1] - PAD for frame in scene.frames), 0.0)
    scene.width = max(scene.width, *(frame.place[2] + PAD for frame in scene.frames)) - left
    scene.height = max(scene.height, *(frame.place[3] + PAD for frame in scene.frames)) - top
    for box in scene.boxes:
        box.x, box.y = box.x - left, box.y - top
    for edge in scene.edges:
        edge.points = [(x - left, y - top) for x, y in edge.points]
        edge.label_at = (edge.label_at[0] - left, edge.label_at[1] - top)
    for frame in scene.frames:
        x0, y0, x1, y1 = frame.place
        frame.place = x0 - left, y0 - top, x1 - left, y1 - top
