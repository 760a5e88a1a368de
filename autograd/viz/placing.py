"""Who places a picture's boxes: graphviz's ``dot`` where it is, or the built-in layout."""

from __future__ import annotations

from typing import Any

from autograd.errors import message, shown
from autograd.viz import dot, layout
from autograd.viz.boxes import Scene
from autograd.viz.frames import place_frames

__all__ = ["place", "program_of"]


def program_of(what: str, engine: Any) -> str | None:
    """The program that an engine stands for: "dot", "builtin", or None for dot if it is there.

    Raises:
        ValueError: an unknown engine, or "dot" without the program.
    """
    program = dot.find_dot() if engine in (None, "dot") else None
    if engine not in (None, "dot", "builtin") or (engine == "dot" and program is None):
        raise ValueError(
            message(
                what,
                expected="engine None or 'builtin', or 'dot' where that program is installed",
                got=shown(engine),
                fix="Leave it out: the picture appears either way.",
            )
        )
    return program


def place(scene: Scene, program: str | None) -> bool:
    """Fill in all places, by the program if there is one and it works; whether it did."""
    works = program is not None and dot.place(scene, program)
    if works:
        place_frames(scene)
    else:
        layout.place(scene)
    return works
