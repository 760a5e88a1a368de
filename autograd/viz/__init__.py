"""Pictures of computation graphs: *what* is drawn, *where* it stands, *how* it is written.

``scene`` turns a graph into boxes and edges, and ``program_scene`` a program; ``layout`` (or the
``dot`` program, by ``dot``) gives them places; ``svg`` writes them.  ``draw`` puts these together
and is all that users need; ``step``, in ``stepping``, plays backpropagation on the same picture,
``film`` shows one graph at several moments, and ``live`` has sliders for its numbers.
"""

from autograd.viz.draw import Drawing, draw
from autograd.viz.film import Film, snapshot
from autograd.viz.live import live
from autograd.viz.scalar_view import scalar_view
from autograd.viz.stepping import Stepper, step
from autograd.viz.zoom import Zoom, zoom

__all__ = [
    "Drawing", "Film", "Stepper", "Zoom", "draw", "live", "scalar_view", "snapshot", "step", "zoom",
]  # fmt: skip
