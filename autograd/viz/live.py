"""A picture that follows sliders: change an input or a weight, and see what becomes of it.

Each move of a slider runs the function again, forward and backward, and draws the graph anew.
Nothing is kept from one picture to the next: it is ``draw(f(...))``, with hands on the numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from autograd.errors import message, shown
from autograd.sweep import topological_order
from autograd.value import Value
from autograd.viz.draw import Drawing, draw
from autograd.viz.html import image
from autograd.viz.svg import xml_text

__all__ = ["live"]

STEPS = 100  # from one end of a slider to the other


def live(
    f: Callable[..., Any], /, *, draw_with: Mapping[str, Any] | None = None, **ranges: Any
) -> Any:
    """A slider for each argument of ``f``, and the graph that ``f`` makes of them, with gradients.

    In a notebook, as the last line of a cell.  It needs ``ipywidgets``, and a kernel that runs:
    of a notebook that is opened again the last picture remains.

    Args:
        f: a function of ``Value``s, which get the names of its arguments as labels, that returns
            one, e.g. a loss.  Its gradients are computed; those of nodes that were there before
            (such as the parameters of a model) are left as they were.
        draw_with: settings for ``draw``, by default ``{"flow": True}``.
        ranges: for each argument ``(low, high)``, or ``(low, high, start)``; by default a slider
            starts in the middle.

    Returns:
        An ``ipywidgets.VBox``: the sliders, and below them the picture as an ``ipywidgets.HTML``.

    Raises:
        ImportError: ipywidgets is not installed; it comes with ``chalkgrad[live]``.
        TypeError: no arguments.
        ValueError: a range that is none, or a setting that ``draw`` does not know.

    .. code-block:: python

        live(lambda x, w, b: (w * x + b).tanh(), x=(-2, 2), w=(-3, 3, 1.5), b=(-2, 2))
    """
    if not ranges:
        raise TypeError(
            message(
                "live",
                expected="the range of each argument",
                got="none",
                fix="E.g. live(lambda x: x * x, x=(-2, 2)).",
            )
        )
    numbers = {name: _range(name, between) for name, between in ranges.items()}
    settings = {"flow": True} if draw_with is None else dict(draw_with)
    try:
        import ipywidgets
    except ImportError as error:
        raise ImportError(
            "live: expected ipywidgets to be installed, and it is not. "
            'Run: pip install "chalkgrad[live]"'
        ) from error
    sliders = {
        name: ipywidgets.FloatSlider(
            start, min=low, max=high, step=_step(low, high, start), description=name,
            readout_format=".4g",
        )
        for name, (low, high, start) in numbers.items()
    }  # fmt: skip
    picture = ipywidgets.HTML()

    def update(change: Any = None) -> None:
        try:
            drawing = _drawn(f, {name: slider.value for name, slider in sliders.items()}, settings)
        except Exception as error:
            if change is None:
                raise
            # Nobody sees what an event of a widget raises.
            picture.value = f"<pre>{xml_text(f'{type(error).__name__}: {error}')}</pre>"
        else:
            picture.value = image(drawing.svg, xml_text(drawing.scene.description))

    update()
    for slider in sliders.values():
        slider.observe(update, names="value")

    class Live(ipywidgets.VBox):  # type: ignore[misc]
        def _ipython_display_(self) -> None:
            # Of widgets nothing remains in a file, so the picture is an output of its own.
            import IPython.display

            outputs: Any = IPython.display
            outputs.display(ipywidgets.VBox([*sliders.values()]))
            there = outputs.display(outputs.HTML(picture.value), display_id=True)
            picture.observe(lambda change: there.update(outputs.HTML(change["new"])), names="value")

    return Live([*sliders.values(), picture])


def _step(low: float, high: float, start: float) -> float:
    """A round number, at least a hundred of which make the range, and that leads to ``start``."""
    power = 10.0 ** math.floor(math.log10((high - low) / STEPS))
    steps = (size * power * 10.0**-finer for finer in range(4) for size in (5.0, 2.0, 1.0))
    for step in steps:
        count = (start - low) / step
        if step * STEPS <= high - low and math.isclose(count, round(count), abs_tol=1e-6):
            break
    return step


def _range(name: str, between: Any) -> tuple[float, float, float]:
    try:
        low, high, *start = map(float, between)
        first = start[0] if start else (low + high) / 2
        if len(start) < 2 and math.isfinite(high - low) and low < high and low <= first <= high:
            return low, high, first
    except (TypeError, ValueError):
        pass
    raise ValueError(
        message(
            "live",
            expected=f"{name} as (low, high) or (low, high, start), in this order of size",
            got=shown(between),
            fix=f"E.g. {name}=(-2, 2).",
        )
    )


def _drawn(f: Callable[..., Any], numbers: dict[str, float], settings: dict[str, Any]) -> Drawing:
    """The picture for some arguments; what was there before has its gradients as before."""
    values = {name: Value(x, label=name) for name, x in numbers.items()}
    root = f(**values)
    if not isinstance(root, Value):
        raise TypeError(
            message(
                "live",
                expected="a function that returns a Value",
                got=shown(root),
                fix="Return what was computed from the arguments.",
            )
        )
    leaves = [node for node in topological_order(root) if node.op is None]
    before = [(leaf, leaf.grad if leaf.has_grad else None) for leaf in leaves]
    try:
        for leaf in leaves:
            leaf.zero_grad()
        root.backward()
        return draw(root, **settings)
    finally:
        for leaf, grad in before:
            leaf.zero_grad()
            if grad is not None:
                leaf.grad = grad
