"""Where the parts of edges are: no dash stands beside a number, as if it were its minus sign."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any

import numpy as np
import pytest

from autograd import Value, draw
from autograd.viz.colours import Look
from autograd.viz.shapes import BESIDE, label_box, line_and_arrow, solid_beside

SVG = "{http://www.w3.org/2000/svg}"
DASHED = Look(dash=(9.0, 4.0))


def graph(backward: bool) -> Value:
    a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    loss = (a * b + a) ** 2 * -1.0
    if backward:
        loss.backward()
    return loss


def points_of(curve: Any, count: int = 400) -> np.ndarray[Any, Any]:
    """Many points of a spline, by Bernstein's polynomials."""
    t = np.linspace(0.0, 1.0, count)[:, None]
    weights = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3
    pieces = [np.array(curve[i : i + 4]) for i in range(0, len(curve) - 1, 3)]
    return np.concatenate(
        [sum(w * p for w, p in zip(weights, piece, strict=True)) for piece in pieces]
    )


@pytest.mark.parametrize(
    ("backward", "theme", "view"),
    [(False, "light", "all"), (True, "print", "all"), (True, "print", "gradients")],
)
def test_a_dashed_line_is_solid_where_its_label_stands(
    backward: bool, theme: str, view: str
) -> None:
    picture = draw(graph(backward), flow=True, engine="builtin", theme=theme, view=view)
    tree = ET.fromstring(picture.svg)
    dashed = set(re.findall(r"\.edge\.(\S+) path\{[^}]*dasharray:[4-9]", picture.svg))
    count = 0
    for edge in picture.scene.edges:
        group = next(g for g in tree.iter(SVG + "g") if g.get("id") == edge.id)
        styled = [path for path in group.iter(SVG + "path") if path.get("style")]
        if not dashed & set((group.get("class") or "").split()) or not edge.text(view):
            assert not styled
            continue
        assert {path.get("style") for path in styled} == {"stroke-dasharray:none"}
        count += len(styled)
        rows = [[float(x) for x in re.findall(r"[\d.]+", path.get("d") or "")] for path in styled]
        covered = np.concatenate([points_of(np.reshape(row, (-1, 2))) for row in rows])
        left, top, width, height = label_box(edge.label_at, edge.text(view))
        line = points_of(line_and_arrow(edge)[0])
        beside = np.abs(line[:, 0] - left - width / 2) < width / 2 + BESIDE - 2
        near = line[beside & (np.abs(line[:, 1] - top - height / 2) < 3.5)]
        assert near[:, 0].min() < left - BESIDE / 2
        assert np.abs(near[:, None] - covered).max(-1).min(-1).max() < 1.0
    assert count > 1
    patches = [p for p in picture.figure().axes[0].patches if type(p).__name__ == "PathPatch"]
    assert len(patches) == len(picture.scene.edges) + count
    curves = [line for line in picture.tikz.split("\n") if ".. controls" in line]
    assert len(curves) == len(patches)
    assert sum("dash pattern" in line for line in curves) == sum(
        p.get_linestyle() not in ("-", "solid") for p in patches
    )


def test_the_piece_is_on_the_curve_and_ends_beside_the_label() -> None:
    curve = [(0.0, 0.0), (30.0, 0.0), (60.0, 10.0), (100.0, 10.0)]
    curve += [(150.0, 10.0), (200.0, 10.0), (300.0, 10.0)]
    pieces = solid_beside(curve, (100.0, 10.0), "-12", DASHED)
    half = label_box((100.0, 10.0), "-12")[2] / 2 + BESIDE
    assert [piece[0][0] for piece in pieces] == pytest.approx([100 - half, 100], abs=1)
    assert [piece[-1][0] for piece in pieces] == pytest.approx([100, 100 + half], abs=1)
    everything = points_of(curve, 5000)
    for x, y in np.concatenate([points_of(piece, 50) for piece in pieces]):
        assert np.hypot(*(everything - (x, y)).T).min() < 0.1


@pytest.mark.parametrize("dash", [(), (1.0, 3.0), (1.0, 8.0)])
def test_solid_lines_and_dots_stay_as_they_are(dash: tuple[float, ...]) -> None:
    curve = [(0.0, 0.0), (30.0, 0.0), (60.0, 0.0), (100.0, 0.0)]
    assert not solid_beside(curve, (50.0, 0.0), "1", Look(dash=dash))
    assert not solid_beside(curve, (50.0, 0.0), "", DASHED)
    assert not solid_beside(curve, (50.0, 5.0), "1", DASHED), "the label is beside the line"
