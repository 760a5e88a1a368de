"""``python -m nn.demo`` as a user runs it: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import base64
import os
import re
import signal
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

import nn

ROOT = Path(nn.__file__).parent.parent
PNG = b"\x89PNG\r\n\x1a\n"

needs_unix = pytest.mark.skipif(sys.platform == "win32", reason="signals and terminals as on Unix")


def environment(**extra: str) -> dict[str, str]:
    path = os.pathsep.join([*filter(None, [extra.pop("before", "")]), str(ROOT)])
    env = {k: v for k, v in os.environ.items() if k not in ("MPLBACKEND", "PYTHONWARNINGS")}
    return env | {"PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"} | extra


def command(*args: str) -> list[str]:
    return [sys.executable, "-m", "nn.demo", *args]


def demo(folder: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*args),
        cwd=folder,
        env=environment(**env),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def written(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir()) if folder.exists() else []


def accuracy(output: str) -> float:
    (percent,) = re.findall(r"^validation accuracy: ([\d.]+)%$", output, re.MULTILINE)
    return float(percent)


# --- the main job ---------------------------------------------------------------------------------


def test_iris_by_default(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    run = demo(tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert accuracy(run.stdout) >= 95.0
    assert "iris: 120 examples to train, 30 to validate" in run.stdout
    assert "MLP(4 -> " in run.stdout
    out = tmp_path / "demo-output"
    pictures = ["confusion-matrix.png", "gradient-flow.png", "graph.svg", "learning-curve.png"]
    assert written(out) == [*pictures, "report.html"]
    for name in written(out):
        assert re.search(rf"^wrote demo-output.{name}$", run.stdout, re.MULTILINE)
    assert (out / "learning-curve.png").read_bytes().startswith(PNG)
    svg = (out / "graph.svg").read_text(encoding="utf-8")
    ET.fromstring(svg)
    assert "loss" in svg
    assert "setosa" in svg
    assert "not computed yet" not in svg


def test_lines_when_the_output_is_no_terminal(tmp_path: Path) -> None:
    run = demo(tmp_path, "xor", "--epochs", "30")
    assert run.returncode == 0
    assert "\r" not in run.stdout
    assert "\x1b" not in run.stdout
    lines = re.findall(
        r"^epoch +(\d+)/30  loss ([\d.e+-]+)  validation loss [\d.e+-]+  accuracy [\d.]+%  "
        r"validation accuracy [\d.]+%  lr 0.05(?:  \d+ s left)?$",
        run.stdout,
        re.MULTILINE,
    )
    epochs = [int(epoch) for epoch, _ in lines]
    assert epochs == sorted(set(epochs))
    assert (epochs[0], epochs[-1]) == (1, 30)
    assert 5 <= len(epochs) <= 15
    assert float(lines[-1][1]) < float(lines[0][1])


def test_two_inputs_have_a_decision_boundary(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    run = demo(tmp_path, "moons", "--epochs", "2", "--out", "some/where")
    assert (run.returncode, run.stderr) == (0, "")
    out = tmp_path / "some" / "where"
    assert "decision-boundary.png" in written(out)
    assert (out / "decision-boundary.png").read_bytes().startswith(PNG)
    assert written(tmp_path) == ["some"]


@pytest.mark.parametrize("name", ["digits", "circles", "spirals"])
def test_the_other_data_sets(name: str, tmp_path: Path) -> None:
    run = demo(tmp_path, name, "--epochs", "1", "--hidden", "4", "--batch-size", "32")
    assert (run.returncode, run.stderr) == (0, "")
    assert f"{name}: " in run.stdout
    assert " -> 4 relu -> " in run.stdout
    ET.fromstring((tmp_path / "demo-output" / "graph.svg").read_text(encoding="utf-8"))


def test_options_are_followed(tmp_path: Path) -> None:
    run = demo(tmp_path, "xor", "--epochs", "3", "--hidden", "5", "4", "--lr", "0.01")
    assert run.returncode == 0
    assert "MLP(2 -> 5 relu -> 4 relu -> 2 linear" in run.stdout
    assert "epoch 3/3" in run.stdout


def test_the_same_seed_gives_the_same_output(tmp_path: Path) -> None:
    def go(folder: str, seed: str, hashes: str) -> tuple[str, bytes]:
        (tmp_path / folder).mkdir()
        options = ["xor", "--epochs", "3", "--seed", seed]
        run = demo(tmp_path / folder, *options, PYTHONHASHSEED=hashes)
        assert run.returncode == 0
        stdout = re.sub(r"(?m)^trained in [\d.]+ s", "trained in", run.stdout)  # takes its time
        return stdout, (tmp_path / folder / "demo-output" / "graph.svg").read_bytes()

    one = go("a", "7", "1")
    assert go("b", "7", "2") == one
    other = go("c", "8", "1")
    assert (other[0] != one[0], other[1] != one[1]) == (True, True)


def test_help_names_the_data_sets_and_the_options(tmp_path: Path) -> None:
    run = demo(tmp_path, "--help")
    assert (run.returncode, run.stderr) == (0, "")
    for word in (
        "iris",
        "moons",
        "digits",
        "--epochs",
        "--batch-size",
        "--lr",
        "--hidden",
        "--no-compile",
        "--save",
        "--resume",
        "--diagnose",
        "--out",
    ):
        assert word in run.stdout
    assert written(tmp_path) == []


# --- a training that goes on, and what goes on inside ------------------------------------------


def curves(folder: Path) -> str:
    return (folder / "demo-output" / "graph.svg").read_text(encoding="utf-8")


def test_a_training_in_two_parts_is_the_same(tmp_path: Path) -> None:
    for name in ("whole", "parts"):
        (tmp_path / name).mkdir()
    whole = demo(tmp_path / "whole", "xor", "--epochs", "7", "--save", "xor.npz")
    assert (whole.returncode, whole.stderr) == (0, "")
    first = demo(tmp_path / "parts", "xor", "--epochs", "3", "--save", "xor.npz")
    second = demo(tmp_path / "parts", "xor", "--epochs", "7", "--resume", "xor.npz")
    assert (first.returncode, second.returncode, second.stderr) == (0, 0, "")
    assert "epoch 1/7" not in second.stdout
    assert whole.stdout.splitlines()[-7].startswith("validation accuracy")
    assert "epoch 7/7" in second.stdout
    lines = [[x for x in run.stdout.splitlines() if x.startswith("epoch 7/7")]
             for run in (whole, second)]  # fmt: skip
    assert lines[0] == lines[1]
    assert curves(tmp_path / "whole") == curves(tmp_path / "parts")


def test_what_a_resumed_training_does_otherwise_than_asked_is_told(tmp_path: Path) -> None:
    assert demo(tmp_path, "xor", "--epochs", "2", "--save", "a.npz").returncode == 0
    run = demo(tmp_path, "xor", "--epochs", "2", "--resume", "a.npz")
    assert "a.npz has had its 2 epochs: --epochs 4 trains on" in run.stdout
    assert "the lr is" not in run.stdout
    run = demo(tmp_path, "xor", "--epochs", "3", "--lr", "0.5", "--resume", "a.npz")
    assert "the lr is 0.05, that of the training in a.npz" in run.stdout
    assert "has had" not in run.stdout
    report = (tmp_path / "demo-output" / "report.html").read_text(encoding="utf-8")
    assert "SGD with lr 0.05 and" in report


def test_another_training_is_not_continued(tmp_path: Path) -> None:
    assert demo(tmp_path, "xor", "--epochs", "1", "--save", "a.npz").returncode == 0
    before = (tmp_path / "a.npz").read_bytes()
    run = demo(tmp_path, "moons", "--epochs", "2", "--resume", "a.npz")
    assert run.returncode == 2
    assert len(run.stderr.splitlines()) == 1
    assert "another" in run.stderr
    assert (tmp_path / "a.npz").read_bytes() == before


def test_diagnose_looks_inside(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    run = demo(tmp_path, "moons", "--diagnose", "--epochs", "20")
    assert (run.returncode, run.stderr) == (0, "")
    assert "warning:" not in run.stdout  # it is healthy
    names = written(tmp_path / "demo-output")
    assert "updates.png" in names
    assert "saturation.png" in names


def test_diagnose_warns(tmp_path: Path) -> None:
    run = demo(tmp_path, "moons", "--diagnose", "--lr", "3")  # every hidden neuron dies
    assert run.returncode == 0
    assert "warning: dead-units: 8 of the 8 ReLUs after 'layers.0'" in run.stdout
    report = (tmp_path / "demo-output" / "report.html").read_text(encoding="utf-8")
    assert "<h2>Warnings</h2>" in report


def test_the_report_is_one_file_with_everything_in_it(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    run = demo(tmp_path, "moons", "--epochs", "3")
    assert run.returncode == 0
    report = (tmp_path / "demo-output" / "report.html").read_text(encoding="utf-8")
    headings = re.findall("<h2>(.*?)</h2>", report)
    assert headings == ["Learning curve", "Gradient flow", "Confusion matrix", "Decision boundary",
                        "Computation graph"]  # fmt: skip
    sources = re.findall(r'src="(.*?)[,"]', report)
    assert sources == ["data:image/png;base64"] * 4 + ["data:image/svg+xml;base64"]
    assert not re.search(r"<script|https?://(?!www.w3.org)", report)
    *plots, graph = [base64.b64decode(data) for data in re.findall(r'base64,(.*?)"', report)]
    assert all(plot.startswith(PNG) for plot in plots)
    ET.fromstring(graph)
    assert "<td>moons</td>" in report


# --- a terminal, Ctrl-C, a closed pipe ------------------------------------------------------------


def in_terminal(folder: Path, *args: str, **env: str) -> tuple[int, str]:
    """Exit status and all output of the demo in a pseudo-terminal."""
    reason = "this system has no pseudo-terminals"
    pty = pytest.importorskip("pty", reason=reason)
    fcntl, termios = (pytest.importorskip(name, reason=reason) for name in ("fcntl", "termios"))
    ours, theirs = pty.openpty()
    # A new terminal is 0 characters wide, in which a bar has no room.
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 140, 0, 0))
    process = subprocess.Popen(
        command(*args), cwd=folder, env=environment(**env), stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    output = b""
    while True:
        try:
            chunk = os.read(ours, 4096)
        except OSError:  # Linux says so when the other side is closed
            break
        if not chunk:
            break
        output += chunk
    os.close(ours)
    return process.wait(timeout=60), output.decode("utf-8")


@needs_unix
def test_a_bar_in_a_terminal(tmp_path: Path) -> None:
    pytest.importorskip("tqdm", reason="tqdm is not installed")
    status, output = in_terminal(tmp_path, "xor", "--epochs", "5")
    assert status == 0
    assert "epoch 5/5" in output
    assert "80/80" in output  # steps
    assert "100%" in output
    assert "step/s" in output
    assert "loss" in output
    assert "\r" in output.replace("\r\n", "\n")
    assert not re.search(r"^epoch +\d/5  loss", output, re.MULTILINE)  # a line of a log
    assert re.search(r"^validation accuracy: ", output, re.MULTILINE)


def without(tmp_path: Path, *modules: str) -> str:
    """A folder that, first on the path of a new process, hides modules as if not installed."""
    folder = tmp_path / "hidden modules"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(
        "from importlib.machinery import PathFinder\n"
        "real = PathFinder.find_spec\n"
        "def find_spec(name, path=None, target=None):\n"
        f"    return None if name.split('.')[0] in {modules!r} else real(name, path, target)\n"
        "PathFinder.find_spec = find_spec\n",
        encoding="utf-8",
    )
    return str(folder)


@needs_unix
def test_lines_in_a_terminal_without_tqdm(tmp_path: Path) -> None:
    hidden = without(tmp_path, "tqdm")
    status, output = in_terminal(tmp_path, "xor", "--epochs", "5", before=hidden)
    assert status == 0
    assert "epoch 5/5" in output


@needs_unix
def test_ctrl_c_stops_with_what_there_is(tmp_path: Path) -> None:
    process = subprocess.Popen(
        command("moons", "--epochs", "100000"),
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None
    try:
        seen = ""
        for line in process.stdout:
            seen += line
            if line.startswith("epoch "):
                break
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert "epoch      1/100000" in seen
    assert (process.returncode, errors) == (0, "")
    (done,) = re.findall(r"^stopped after (\d+) of 100000 epochs: interrupted$", rest, re.MULTILINE)
    assert 1 <= int(done) < 100_000
    assert 0 <= accuracy(rest) <= 100
    ET.fromstring((tmp_path / "demo-output" / "graph.svg").read_text(encoding="utf-8"))
    for name in written(tmp_path / "demo-output"):
        assert f"wrote demo-output/{name}" in rest


@needs_unix
def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    """``python -m nn.demo | head -1``"""
    process = subprocess.Popen(
        command("xor", "--epochs", "20"),
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    process.wait(timeout=60)
    assert "Traceback" not in errors


# --- where something is missing -------------------------------------------------------------------


def test_without_dot_on_the_path(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    run = demo(tmp_path, "xor", "--epochs", "1", PATH=str(tmp_path / "empty"))
    assert (run.returncode, run.stderr) == (0, "")
    ET.fromstring((tmp_path / "demo-output" / "graph.svg").read_text(encoding="utf-8"))


def test_without_matplotlib_and_tqdm(tmp_path: Path) -> None:
    hidden = without(tmp_path, "matplotlib", "tqdm")
    run = demo(tmp_path, "moons", "--epochs", "1", before=hidden)
    assert (run.returncode, run.stderr) == (0, "")
    assert "chalkgrad[plot]" in run.stdout
    assert written(tmp_path / "demo-output") == ["graph.svg", "report.html"]


# --- requests that make no sense ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["irsi"], ["'irsi'", "iris", "moons"]),
        (["../iris"], ["'../iris'"]),
        ([""], ["''"]),
        (["iris", "moons"], ["moons"]),
        (["--lr", "-0.1"], ["--lr", "above 0", "'-0.1'"]),
        (["--lr", "0"], ["--lr", "above 0"]),
        (["--lr", "nan"], ["--lr", "'nan'"]),
        (["--lr", "inf"], ["--lr", "'inf'"]),
        (["--lr", "fast"], ["--lr", "'fast'"]),
        (["--epochs", "0"], ["--epochs", "above 0", "'0'"]),
        (["--epochs", "-3"], ["--epochs", "'-3'"]),
        (["--epochs", "1.5"], ["--epochs", "'1.5'"]),
        (["--batch-size", "0"], ["--batch-size", "'0'"]),
        (["--hidden", "0"], ["--hidden", "'0'"]),
        (["--hidden"], ["--hidden"]),
        (["--seed", "one"], ["--seed"]),
        (["--seed", "-1"], ["seed", "-1"]),
        (["--colour"], ["--colour"]),
        (["--out", "file"], ["'file'", "--out"]),
        (["--out", "file/below/it"], ["--out"]),
        (["--save", "file"], ["--save", "--resume file"]),
        (["--save", "new.npz", "--resume", "file"], ["--save or --resume"]),
        (["--save", "no/such/new.npz"], ["--save", "folder", "no/such/new.npz"]),
        (["--save", "new.txt"], ["new.txt", ".npz"]),
        (["--resume", "nowhere.npz"], ["--resume", "nowhere.npz"]),
        (["--resume", "file"], ["file"]),
    ],
    ids=" ".join,
)
def test_one_clear_line_and_status_two(args: Any, told: list[str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    run = demo(tmp_path, *args)
    assert run.returncode == 2
    assert run.stdout == ""
    assert len(run.stderr.splitlines()) == 1, run.stderr
    assert run.stderr.endswith("\n")
    for part in told:
        assert part in run.stderr
    assert written(tmp_path) == ["file"]
    assert (tmp_path / "file").read_text() == "old"


def test_a_folder_without_permission(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(0o500)
    try:
        if os.access(locked, os.W_OK):
            pytest.skip("this user may write everywhere")
        for out in ("locked", "locked/new"):
            run = demo(tmp_path, "--out", out)
            assert run.returncode == 2
            assert len(run.stderr.splitlines()) == 1
    finally:
        locked.chmod(0o700)
    assert written(locked) == []


def test_a_training_that_explodes_is_one_line_too(tmp_path: Path) -> None:
    run = demo(tmp_path, "xor", "--lr", "1e300", "--epochs", "2")
    assert run.returncode == 1
    assert len(run.stderr.splitlines()) == 1
    assert "--lr" in run.stderr
    assert written(tmp_path / "demo-output") == []


def test_the_pictures_of_an_earlier_run_are_replaced(tmp_path: Path) -> None:
    out = tmp_path / "demo-output"
    out.mkdir()
    for name in ("graph.svg", "learning-curve.png", "notes.txt"):
        (out / name).write_text("old")
    assert demo(tmp_path, "xor", "--epochs", "1").returncode == 0
    assert (out / "graph.svg").read_text(encoding="utf-8") != "old"
    assert (out / "notes.txt").read_text() == "old"
    assert not [name for name in written(out) if name.startswith(".")]


def test_there_is_a_recipe_for_every_data_set() -> None:
    from nn.demo.options import RECIPES

    assert set(RECIPES) == set(nn.datasets.NAMES)


def test_what_is_written_in_a_report_is_text_and_nothing_else() -> None:
    from nn.demo.report import page

    text = '<script>"a" & b</script>'
    report = page(text, {text: text}, [text], [(text, b"\x89PNG", text), (text, b"<svg/>", text)])
    assert "<script" not in report
    assert report.count("&lt;script&gt;") == 2 + 2 + 1 + 2 * 3  # headings twice: alt is one
    assert re.findall(r"data:image/([^;]*);", report) == ["png", "svg+xml"]
