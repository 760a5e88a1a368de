"""What all plots have in common: axes to draw on, colours, and the records that are drawn."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from nn.checks import fails

__all__ = [
    "COLOURS",
    "arrays",
    "axes",
    "check_result",
    "colours",
    "edges",
    "legend_below",
    "legend_beside",
    "text",
]

LONGEST = 40  # characters of a name; a longer one would leave no room for the picture
# What no font has a sign for: control characters, and halves of characters.
_NO_SIGN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

# Told apart by any kind of colour vision (Okabe and Ito, 2008); the last repeat.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")


def axes(ax: Any) -> Any:
    """``ax``, or the axes of a new figure."""
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            "plots: expected matplotlib to be installed, and it is not. "
            'Run: pip install "chalkgrad[plot]"'
        ) from error
    return plt.subplots(layout="constrained")[1]


def arrays(what: str, data: Any, *needed: str) -> dict[str, Any]:
    """What a recorder has noted, or its ``to_dict()``, if there is at least one step."""
    table: dict[str, Any] = data.to_dict() if hasattr(data, "to_dict") else data
    if not isinstance(table, dict) or not {"steps", "names", *needed} <= table.keys():
        wanted = "a recorder, or what its to_dict() returned"
        raise fails(what, wanted, repr(data)[:80], "", TypeError)
    if not len(table["steps"]):
        fix = "Record while the model is trained; one resumed when it was done makes no more steps."
        raise fails(what, "at least one step", "none", fix)
    return table


def check_result(what: str, result: Any, wanted: str, *fields: str) -> None:
    """Raise unless what is to be drawn has these attributes, as ``wanted`` has."""
    if not all(hasattr(result, name) for name in fields):
        raise fails(what, wanted, f"{repr(result)[:80]} ({type(result).__name__})", "", TypeError)


def text(name: Any) -> str:
    r"""A name of somebody's choice as matplotlib shows it as it is, in one short line.

    Between two dollars it would set formulas, and of what begins with an underscore (as the name
    of a layer, ``self._hidden``, may) it takes that it should not be in a legend.

    >>> print(text("$w$"), text("_hidden"), text("a\nb"))
    \$w\$  _hidden a b
    """
    line = _NO_SIGN.sub("\ufffd", " ".join(str(name).split()))
    line = line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"
    return (" " if line.startswith("_") else "") + line.replace("$", r"\$")


def colours(n: int) -> list[Any]:
    """A colour for each of n things in order: distinct ones for a few, a scale for many."""
    if n <= len(COLOURS):
        return list(COLOURS[:n])
    from matplotlib import colormaps

    return [colormaps["viridis"](x) for x in np.linspace(0.0, 0.92, n)]


def legend_beside(ax: Any, handles: Any = None) -> None:
    """A legend to the right of the axes, where it covers nothing; in columns if it is long."""
    handles = ax.get_legend_handles_labels()[0] if handles is None else handles
    if handles:
        _legend(ax, handles, "best", 1 + (len(handles) - 1) // 16, bbox_to_anchor=(1.01, 1.0))


def legend_below(ax: Any, handles: Any = None, inside: str = "best") -> None:
    """A legend below the axes, where it covers nothing, also if there is a scale of colours.

    ``inside`` is its place where there is no room below.
    """
    handles = ax.get_legend_handles_labels()[0] if handles is None else handles
    if handles:
        from matplotlib.transforms import ScaledTranslation

        # Below the numbers and the label of the axis, which are 38 points high in any figure.
        down = ScaledTranslation(0, -38 / 72, ax.figure.dpi_scale_trans)
        # As many columns as fit: a layout gives a legend that is wider than its axes the room that
        # the axes of its neighbours need. A column takes half an inch, and a letter about 1/16.
        inches = ax.get_window_extent().width / ax.figure.dpi
        longest = max(len(handle.get_label()) for handle in handles)
        columns = min(4, max(1, int(inches / (0.5 + longest / 16))))
        below = {"bbox_to_anchor": (0.0, 0.0), "bbox_transform": ax.transAxes + down}
        _legend(ax, handles, inside, columns, **below)


def _legend(ax: Any, handles: Any, inside: str, columns: int, **outside: Any) -> None:
    """A legend outside of the axes, or inside if the figure has no layout that makes room for it.

    Nobody would see the first in such a figure, as it would lie beyond its edge.
    """
    if ax.figure.get_layout_engine() is None:
        # In one column, as far as it is no higher than the axes: what it covers is near one side.
        place: dict[str, Any] = {"loc": inside, "ncols": 1 + (len(handles) - 1) // 12}
    else:
        place = {"loc": "upper left", "ncols": columns, "borderaxespad": 0.0, "frameon": False}
        place |= outside
    ax.legend(handles=handles, fontsize="small", **place)


def edges(steps: Any) -> Any:
    """Where the cells of steps begin and end: half-way to their neighbours."""
    steps = np.asarray(steps, dtype=float)
    if len(steps) == 1:
        return np.array([steps[0] - 0.5, steps[0] + 0.5])
    middle = (steps[1:] + steps[:-1]) / 2
    return np.array([2 * steps[0] - middle[0], *middle, 2 * steps[-1] - middle[-1]])
