"""The old file or the new one, at any moment and whatever fails."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import killed_writers
import numpy as np
import pytest

import nn
from nn.saving import atomic
from nn.saving.atomic import whole_file

ROOT = str(Path(nn.__file__).parents[1])
needs_unix = pytest.mark.skipif(os.name != "posix", reason="no signals and permissions of Unix")
OLD, NEW = {"x": np.zeros(1000), "n": 1}, {"x": np.ones(2000), "n": 2}
STEPS = [(step, True) for step in ("open", "chmod", "write", "flush", "fsync", "replace")]
STEPS += [(step, False) for step, _ in STEPS if step != "chmod"]  # there was no file before


def equal(a: Any, b: Any) -> bool:
    return bool(a["n"] == b["n"] and np.array_equal(a["x"], b["x"]))


@pytest.fixture(params=[".npz", ".safetensors"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == ".safetensors":
        pytest.importorskip("safetensors", reason="safetensors is not installed")
    return tmp_path / f"state{request.param}"


class Failing:
    """A file of which one method raises."""

    def __init__(self, file: Any, name: str, error: BaseException) -> None:
        self.file, self.name, self.error = file, name, error

    def __getattr__(self, name: str) -> Any:
        if name == self.name:
            raise self.error
        return getattr(self.file, name)

    def __enter__(self) -> Failing:
        return self

    def __exit__(self, *error: object) -> None:
        self.file.close()


def failing_at(step: str, error: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise error

    if step == "open":
        monkeypatch.setattr(atomic, "open", fail, raising=False)
    elif step in ("write", "flush"):
        real = open
        monkeypatch.setattr(
            atomic, "open", lambda *args: Failing(real(*args), step, error), raising=False
        )
    else:
        monkeypatch.setattr(atomic.os, step, fail)


ERRORS: list[Callable[[], BaseException]] = [
    lambda: OSError(errno.ENOSPC, "No space left on device"),
    lambda: PermissionError(errno.EACCES, "Permission denied", "something"),
    KeyboardInterrupt,
    MemoryError,
]


@pytest.mark.parametrize("error", ERRORS, ids=["full", "forbidden", "Ctrl-C", "memory"])
@pytest.mark.parametrize(("step", "before"), STEPS)
def test_a_failure_at_each_step(
    step: str, error: Any, before: bool, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if before:
        nn.save(OLD, path)
    kept = path.read_bytes() if before else None
    problem = error()
    failing_at(step, problem, monkeypatch)
    with pytest.raises(type(problem)) as raised:
        nn.save(NEW, path)
    monkeypatch.undo()
    assert [p.name for p in path.parent.iterdir()] == ([path.name] if before else [])
    if isinstance(raised.value, OSError):
        assert raised.value.errno == problem.errno  # type: ignore[attr-defined]
        assert raised.value.filename == str(path)
        assert "nothing was changed" in str(raised.value)
    if before:
        assert path.read_bytes() == kept
        assert equal(nn.load(path), OLD)
    nn.save(NEW, path)
    assert equal(nn.load(path), NEW)


def test_a_failure_after_the_end_is_none(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that cannot sync a folder."""
    real, calls = os.fsync, []

    def fsync(handle: int) -> None:
        calls.append(stat.S_ISDIR(os.fstat(handle).st_mode))
        if calls[-1]:
            raise OSError(errno.EINVAL, "Invalid argument")
        real(handle)

    monkeypatch.setattr(atomic.os, "fsync", fsync)
    nn.save(NEW, path)
    assert calls == ([False, True] if os.name == "posix" else [False])
    assert equal(nn.load(path), NEW)


def test_the_content_is_on_the_disk_before_the_name_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(
            atomic.os,
            name,
            lambda *args, name=name, real=real: (calls.append(name), real(*args))[1],
        )
    path = tmp_path / "x"
    with whole_file(path) as file:
        file.write(b"content")
        assert not path.exists()
    assert calls[:2] == ["fsync", "replace"]
    assert path.read_bytes() == b"content"


@needs_unix
@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_a_disk_that_is_full(suffix: str, tmp_path: Path) -> None:
    """A real failure of a real write: the kernel lets a process write no more than a megabyte."""
    if suffix == ".safetensors":
        pytest.importorskip("safetensors", reason="safetensors is not installed")
    path = tmp_path / f"state{suffix}"
    nn.save(OLD, path)
    kept = path.read_bytes()
    script = (
        "import nn, numpy as np, resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, 2**20))\n"
        "try:\n"
        "    nn.save({'x': np.ones(2**18)}, sys.argv[1])\n"
        "except OSError as error:\n"
        "    print(error)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, path], capture_output=True, text=True, timeout=60
    )
    assert run.stderr == ""
    assert "File too large (not written, nothing was changed)" in run.stdout
    assert str(path) in run.stdout
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == kept


@needs_unix
def test_a_read_only_folder_and_a_read_only_file(path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    nn.save(OLD, path)
    path.chmod(0o444)
    with pytest.raises(PermissionError, match="Write-protected"):
        nn.save(NEW, path)
    path.chmod(0o644)
    path.parent.chmod(0o555)
    try:
        with pytest.raises(PermissionError, match="nothing was changed"):
            nn.save(NEW, path)
        assert equal(nn.load(path), OLD)
    finally:
        path.parent.chmod(0o755)


def test_folders_that_are_missing_or_no_folders(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"missing.x\.npz"):
        nn.save(OLD, tmp_path / "missing" / "x.npz")
    with pytest.raises(FileNotFoundError, match=r"x\.npz"):
        nn.load(tmp_path / "x.npz")
    (tmp_path / "folder.npz").mkdir()
    for call in (lambda p: nn.save(OLD, p), nn.load):
        with pytest.raises(OSError, match=r"folder\.npz"):
            call(tmp_path / "folder.npz")
    (tmp_path / "file").write_text("text")
    with pytest.raises(OSError, match=r"file.x\.npz"):
        nn.save(OLD, tmp_path / "file" / "x.npz")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder.npz"]


@needs_unix
def test_permissions_are_those_a_user_expects(path: Path) -> None:
    before = os.umask(0o027)
    try:
        nn.save(OLD, path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        for mode in (0o600, 0o666):
            path.chmod(mode)
            nn.save(NEW, path)
            assert stat.S_IMODE(path.stat().st_mode) == mode
    finally:
        os.umask(before)


@needs_unix
def test_links_stay_links(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    link, target = tmp_path / "a" / "latest.npz", tmp_path / "b" / "run-1.npz"
    link.symlink_to("../b/run-1.npz")
    for state in (OLD, NEW):  # the first time to a file that is not there yet
        nn.save(state, link)
        assert link.is_symlink()
        assert not target.is_symlink()
        assert equal(nn.load(link), state)
        assert equal(nn.load(target), state)
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["latest.npz"]


@needs_unix
def test_devices_and_pipes_are_no_files_to_replace(tmp_path: Path) -> None:
    # A terminal of our own, where nothing can be put: if this fails, no device is lost.
    master, slave = os.openpty()
    (tmp_path / "tty.npz").symlink_to(os.ttyname(slave))
    os.mkfifo(tmp_path / "pipe.npz")
    for name in ("tty.npz", "pipe.npz"):
        with pytest.raises(OSError, match="Not a regular file"):
            nn.save(OLD, tmp_path / name)
    assert stat.S_ISCHR(os.stat(os.ttyname(slave)).st_mode)
    os.close(slave)
    os.close(master)
    assert stat.S_ISFIFO(os.stat(tmp_path / "pipe.npz").st_mode)


def test_what_killed_writers_left_is_swept_up(tmp_path: Path) -> None:
    def left(name: str, age: float) -> Path:
        path = tmp_path / name
        path.write_bytes(b"half")
        os.utime(path, (time.time() - age,) * 2)
        return path

    stale = left(".x.npz.0123abcd.tmp", 4000)
    others = [
        left(".x.npz.0123abce.tmp", 60),  # somebody may be writing to it
        left(".y.npz.0123abcd.tmp", 4000),
        left(".x.npz.backup.tmp", 4000),
        left("x.npz.0123abcd.tmp", 4000),
    ]
    nn.save(OLD, tmp_path / "x.npz")
    assert not stale.exists()
    assert all(path.exists() for path in others)


def test_names_as_long_as_names_may_be(tmp_path: Path) -> None:
    name = "é" * 125 + ".npz"
    nn.save(OLD, tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_what_a_thing_is_is_found_out_first(path: Path) -> None:
    nn.save(OLD, path)
    with pytest.raises(TypeError):
        nn.save({"x": np.ones(3), "f": len}, path)
    assert equal(nn.load(path), OLD)


# --- killed at random moments ---


@needs_unix
@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_killed_while_saving(suffix: str, tmp_path: Path) -> None:
    if suffix == ".safetensors":
        pytest.importorskip("safetensors", reason="safetensors is not installed")
    run = subprocess.run(
        [sys.executable, killed_writers.__file__, tmp_path / f"state{suffix}", "100"],
        env=os.environ | {"PYTHONPATH": ROOT, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.stderr == ""
    saved, inside = map(int, run.stdout.split())
    assert saved > 5
    assert inside > 5  # killed in the middle of a save, not between two
