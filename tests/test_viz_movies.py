"""Films as MP4: ffmpeg writes them, and what it reads back has to be the steps, one by one."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd import Film, Value, snapshot, step

matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not installed")


def film() -> Film:
    x, moments = Value(4.0, label="x"), []
    for k in range(4):
        loss = (x - 1.0) ** 2
        x.zero_grad()
        loss.backward()
        moments.append(snapshot(loss, f"step {k}"))
        x.data -= 0.2 * x.grad
    return Film(moments, engine="builtin")


def read(path: Path) -> tuple[np.ndarray, float]:
    """All pictures of a film, grey, and how many there are in a second."""
    program = shutil.which("ffmpeg")
    if program is None:
        pytest.skip("ffmpeg is not installed")
    ask = [program, "-i", str(path), "-f", "rawvideo", "-pix_fmt", "gray", "-"]
    answer = subprocess.run(ask, capture_output=True, check=True)
    said = answer.stderr.decode()
    (width, height), (rate,) = (
        [float(x) for x in re.search(form, said).groups()]  # type: ignore[union-attr]
        for form in (r"Video: h264.* (\d+)x(\d+)", r" ([\d.]+) fps")
    )
    return np.frombuffer(answer.stdout, np.uint8).reshape(-1, int(height), int(width)), rate


def looked_for(figures: Any, dpi: int) -> list[np.ndarray]:
    """Each figure as matplotlib draws it, grey."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    found = []
    for figure in figures:
        figure.set_dpi(dpi)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        found.append(np.asarray(canvas.buffer_rgba())[..., :3] @ [0.299, 0.587, 0.114])
    return found


@pytest.mark.parametrize("what", ["step", "film"])
def test_an_mp4_shows_each_step_for_its_time(what: str, tmp_path: Path) -> None:
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    from autograd.viz.film import DPI
    from autograd.viz.stepping import plotting

    path, seconds = tmp_path / "film.mp4", 0.4
    if what == "step":
        a = Value(3.0, label="a")
        stepper = step((a * a + 1.0).tanh(), theme="dark", engine="builtin")
        stepper.save(path, seconds=seconds)
        wanted = looked_for(plotting.figures(stepper._play), plotting.DPI)
    else:
        moving = film()
        moving.save(path, seconds=seconds)
        wanted = looked_for((drawing.figure() for drawing in moving), DPI)
    seen, rate = read(path)
    assert rate >= 25  # players stumble over films with a picture in two seconds
    assert abs(len(seen) / rate - seconds * (len(wanted) - 1 + 3)) <= 1 / rate
    height, width = seen.shape[1:]
    assert abs(height - wanted[0].shape[0]) <= 1  # H.264 has even sizes
    assert abs(width - wanted[0].shape[1]) <= 1
    for k in range(len(wanted)):
        middle = seen[int((k + 0.5) * seconds * rate)].astype(float)
        # Of an odd number of rows the first is left out.
        far = [np.abs(middle - other[-height:, :width]).mean() for other in wanted]
        assert np.argmin(far) == k
        assert far[k] < 3  # of 255: what compression costs


def test_without_ffmpeg_nothing_is_drawn_and_nothing_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from autograd.viz import plotting

    drawn = []
    draw = plotting.figure
    monkeypatch.setattr(plotting, "figure", lambda *a, **k: drawn.append(1) or draw(*a, **k))
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    for player in (step(Value(2.0) * 3.0, engine="builtin"), film()):
        with pytest.raises(RuntimeError, match=r"program ffmpeg.*apt install ffmpeg.* as \.gif"):
            player.save(tmp_path / "film.mp4")
    assert list(tmp_path.iterdir()) == []
    assert len(drawn) == 2  # of each the first, which says so if there is no matplotlib


def test_a_failing_ffmpeg_leaves_the_old_file(tmp_path: Path) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\nexec >&2\necho no room\nexit 3\n")
    program.chmod(0o755)
    old = tmp_path / "film.mp4"
    old.write_text("old")
    with (
        matplotlib.rc_context({"animation.ffmpeg_path": str(program)}),
        pytest.raises((subprocess.CalledProcessError, OSError)),
    ):
        film().save(old)
    assert old.read_text() == "old"
    assert sorted(x.name for x in tmp_path.iterdir()) == ["ffmpeg", "film.mp4"]
