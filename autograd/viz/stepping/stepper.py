"""``step(root)``: backpropagation on a graph, to be played, stepped through and asked about."""

from __future__ import annotations

from typing import Any

__all__ = ["Stepper", "step"]


class Stepper:
    def __init__(self, root: Any, quiz: bool, engine: str | None) -> None:
        from autograd.viz import dot, layout, scene
        from autograd.viz.stepping import captions, html, layers
        from autograd.viz.stepping.events import events

        order, played = events(root)
        names = captions.named(order)
        leaves = [node for node in order if node.op is None]
        self.captions = [captions.caption(event, names, leaves, root) for event in played]
        picture = scene.build(root, collapsed=False)
        layers.rename(picture, names, played)
        program = dot.find_dot() if engine in (None, "dot") else None
        if program is None or not dot.place(picture, program):
            layout.place(picture)
        timed = layers.layers(picture, played)
        w, h = layers.n(picture.width), layers.n(picture.height)
        svg = "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" role="img"><style>{layers.STYLE}</style>', layers.static(picture), *(x.text(True) for x in timed), "</svg>"])
        self.html = html.page(svg, self.captions, "Backpropagation", quiz)


def step(root: Any, *, quiz: bool = False, engine: str | None = None) -> Stepper:
    return Stepper(root, quiz, engine)
