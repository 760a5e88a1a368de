"""The page of all pictures: the command runs, nothing is missing, and what it shows is there."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import autograd.viz
from nn import plots

pytest.importorskip("matplotlib", reason="matplotlib is not installed")
pytest.importorskip("ipywidgets", reason="ipywidgets is not installed")

DOCS = Path(__file__).parent.parent / "docs"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page, by the command."""
    folder = tmp_path_factory.mktemp("docs")
    command = [sys.executable, "-W", "error", "-m", "nn.plots.gallery", str(folder / "gallery")]
    subprocess.run(command, check=True, cwd=DOCS.parent)
    return folder / "gallery.md"


def images(page: Path) -> list[Path]:
    return [page.parent / name for name in re.findall(r"\]\((gallery/[^)]+)\)", page.read_text())]


def test_each_picture_is_a_file_and_no_file_is_left_over(made: Path) -> None:
    named = images(made)
    assert len(named) == len(set(named)) > 40
    assert set(named) == set((made.parent / "gallery").iterdir())
    for path in named:
        if path.suffix == ".svg":
            ET.parse(path)
    assert sum(path.stat().st_size for path in named) < 2_000_000


@pytest.mark.parametrize("name", [name for name in plots.__all__ if name.startswith("plot_")])
def test_every_plot_is_in_it(made: Path, name: str) -> None:
    assert f"nn.{name}(" in made.read_text()


@pytest.mark.parametrize(
    "name", [*(n for n in autograd.viz.__all__ if n not in ("Drawing", "Stepper", "Zoom")),
             "explain", "train_view"]
)  # fmt: skip
def test_every_picture_of_a_graph_is_in_it(made: Path, name: str) -> None:
    assert re.search(rf"\b{name}\(", made.read_text())


@pytest.mark.parametrize("word", ["values", "locals", "gradients", "dark", "contrast", "print",
                                  "neuron", "layer"])  # fmt: skip
def test_views_themes_and_groups_are_in_it(made: Path, word: str) -> None:
    assert f'"{word}"' in made.read_text()


def test_the_page_in_the_repository_is_that_of_the_command(made: Path) -> None:
    there = DOCS / "gallery.md"
    assert there.read_text(encoding="utf-8") == made.read_text(encoding="utf-8"), (
        "run python -m nn.plots.gallery docs/gallery"
    )
    assert {path.name for path in images(there)} == {path.name for path in images(made)}
    assert all(path.is_file() for path in images(there))
