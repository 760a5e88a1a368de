"""What is special about the numba back end: threads, caches, and what goes wrong."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value, trace
from autograd.compiling import machine_code
from autograd.compiling.numba_lanes import Lanes

needs_numba = pytest.mark.skipif(
    importlib.util.find_spec("numba") is None, reason="numba is not installed"
)


def network(batch: int, dtype: Any = np.float64) -> tuple[Lanes, Any, Any, Any]:
    """The hinge losses of a scalar network, and arrays for it."""
    model = nn.MLP(2, [16, 16, 1], seed=1)
    program = trace(lambda x, y, sign: (1 - sign * model([x, y])).relu(), 0.1, 0.2, 1.0)
    p = np.array([v.data for v in program.parameters.values()], dtype)
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(size=(batch, 2)), np.sign(rng.normal(size=batch))])
    return Lanes(program), X.astype(dtype), p, rng.normal(size=(1, batch)).astype(dtype)


@needs_numba
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("batch", [1, 63, 64, 65, 129, 1000, 5000])
def test_the_number_of_threads_changes_no_bit(batch: int, dtype: Any) -> None:
    lanes, X, p, G = network(batch, dtype)
    found = []
    for threads in (1, 2, None):
        lanes.threads = threads
        found.append((lanes.forward(X, p), *lanes.backward(X, p, G)))
    for others in found[1:]:
        for a, b in zip(found[0], others, strict=True):
            np.testing.assert_array_equal(a, b)


@needs_numba
def test_lanes_beyond_the_batch_add_nothing() -> None:
    lanes, X, p, G = network(65)
    outs, (dX, dp) = lanes.forward(X, p), lanes.backward(X, p, G)
    halves = [lanes.backward(X[i], p, G[:, i]) for i in (slice(0, 64), slice(64, 65))]
    np.testing.assert_array_equal(dX, np.concatenate([d for d, _ in halves]))
    np.testing.assert_allclose(dp, halves[0][1] + halves[1][1], rtol=1e-13, atol=1e-15)
    np.testing.assert_array_equal(outs[:, 64:], lanes.forward(X[64:], p))


@needs_numba
def test_arrays_of_any_layout() -> None:
    lanes, X, p, G = network(70)
    frozen = X.copy()
    frozen.flags.writeable = False
    expected = lanes.backward(X, p, G)
    wide = np.repeat(X, 2, axis=1)[:, ::2]
    ones = np.broadcast_to(np.float64(0.5), (1, 70))
    for found in (lanes.backward(frozen, p, G), lanes.backward(np.asfortranarray(wide), p, G)):
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_array_equal(a, b)
    for a, b in zip(lanes.backward(wide, p, ones), lanes.backward(X, p, ones.copy()), strict=True):
        np.testing.assert_array_equal(a, b)


@needs_numba
def test_calls_from_many_threads_at_once() -> None:
    lanes, X, p, G = network(1000)
    lanes.threads = 2
    expected = lanes.backward(X, p, G)
    wrong = []

    def work() -> None:
        for _ in range(10):
            for a, b in zip(lanes.backward(X, p, G), expected, strict=True):
                if not np.array_equal(a, b):
                    wrong.append(a)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


@needs_numba
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_process_has_a_second_thread_of_its_own() -> None:
    lanes, X, p, G = network(1000)
    lanes.threads = 2
    expected = lanes.backward(X, p, G)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that a process with threads forks
        child = os.fork()
    if not child:
        status = 1
        signal.alarm(60)  # a thread that was not copied would be waited for without end
        try:
            found = lanes.backward(X, p, G)
            same = all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))
            status = 0 if same else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


@needs_numba
def test_wrong_shapes_and_types_are_refused() -> None:
    lanes, X, p, G = network(5)
    for bad in ((X[:, :2], p, G), (X, p[1:], G), (X, p, G[:, 1:]), (X, p, G.T)):
        with pytest.raises(ValueError, match=r"numba: expected .*shapes \(\(5, 3\), \(337,\)"):
            lanes.backward(*bad)
    with pytest.raises(TypeError, match="float64 or float32, got int64"):
        lanes.forward(X.astype(int), p)


# --- compiling, and what is kept ------------------------------------------------------------------

# An interpreter that compiles at once, and does nothing but to say who it is.
QUICK = f"def run({', '.join(f'a{i}' for i in range(len(machine_code.ARGUMENTS)))}):\n    return 7"
NOTHING = (0,) * len(machine_code.ARGUMENTS)


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Where compiled code is kept: nothing yet, and all that is compiled now is QUICK."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(machine_code, "interpreter_source", lambda dtype: QUICK)
    machine_code.interpreter.cache_clear()
    yield tmp_path / "chalkgrad"
    machine_code.interpreter.cache_clear()


def in_a_new_process() -> int:
    """What a process that has not loaded the interpreter yet gets from it."""
    machine_code.interpreter.cache_clear()
    return machine_code.interpreter("float64")(*NOTHING)


def test_without_numba_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    lanes, X, p, _ = network(5)
    for package in ("numba", "llvmlite.binding"):
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(ImportError, match=r'pip install "chalkgrad\[fast\]"'):
            lanes.forward(X, p)


@needs_numba
def test_what_was_compiled_is_loaded_without_numba(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    assert not machine_code.is_compiled("float64")
    assert machine_code.interpreter("float64")(*NOTHING) == 7
    assert machine_code.is_compiled("float64")
    monkeypatch.setitem(sys.modules, "numba", None)
    assert in_a_new_process() == 7


@needs_numba
def test_the_interpreter_itself_needs_nothing_of_numba() -> None:
    network(5)[0].forward(*network(5)[1:3])  # it is kept now
    code = (
        "import sys; from test_numba_lanes import network; lanes, X, p, G = network(5);"
        "lanes.forward(X, p), lanes.backward(X, p, G); assert 'numba' not in sys.modules"
    )
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": path})


@needs_numba
def test_a_damaged_file_is_replaced(folder: Path) -> None:
    machine_code.interpreter("float64")
    (kept,) = folder.glob("*.o")
    whole = kept.read_bytes()
    for damaged in (b"", whole[:100], whole[:-1] + bytes([whole[-1] ^ 1])):
        kept.write_bytes(damaged)
        assert machine_code._read(kept) is None
        assert in_a_new_process() == 7
        assert machine_code._read(kept)


@needs_numba
def test_code_that_cannot_be_loaded_is_compiled_anew(folder: Path) -> None:
    machine_code.interpreter("float64")
    (kept,) = folder.glob("*.o")
    machine_code._write(kept, b"no object file")
    with pytest.warns(RuntimeWarning, match=r"numba: expected code that can be loaded.*anew"):
        assert in_a_new_process() == 7
    assert in_a_new_process() == 7  # without a warning
    assert [p.name for p in folder.iterdir()] == [kept.name]


@needs_numba
def test_where_nothing_can_be_kept_it_is_compiled_and_one_is_told(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    folder.write_text("no folder")
    with pytest.warns(RuntimeWarning, match=r"numba: expected a folder .*NUMBA_CACHE_DIR"):
        assert machine_code.interpreter("float64")(*NOTHING) == 7
    machine_code.interpreter("float64")  # once


@needs_numba
def test_where_nothing_can_be_linked_numba_itself_runs(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    def broken(llvm: Any, code: bytes) -> Any:
        raise RuntimeError("Symbols not found")

    monkeypatch.setattr(machine_code, "_linked", broken)
    with pytest.warns(RuntimeWarning, match="Symbols not found.*in each process"):
        assert machine_code.interpreter("float64")(*NOTHING) == 7
    assert not machine_code.is_compiled("float64")


def test_other_dtypes_and_processors_are_not_compiled(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    pytest.importorskip("numba", reason="numba is not installed")
    monkeypatch.setattr(machine_code, "interpreter_source", lambda dtype: f"{QUICK}  # {dtype}")
    machine_code.interpreter("float64")
    assert machine_code.is_compiled("float64")
    assert not machine_code.is_compiled("float32")
    monkeypatch.setattr(machine_code, "_processor", lambda llvm: "another")
    machine_code.interpreter.cache_clear()
    assert not machine_code.is_compiled("float64")


WEIGHTS = [Value(0.5) for _ in range(4)]


def loose_sums(a: Any, b: Any, c: Any, d: Any) -> Any:
    """For the interpreter, if it is there."""
    u, v, w, z = WEIGHTS
    return (u * a + v * b).tanh() + (w * c + z * d).tanh()


@needs_numba
@pytest.mark.filterwarnings("ignore:numba. expected code that can be loaded")
@pytest.mark.parametrize("broken", ["llvmlite.binding", "numba"])
def test_where_what_was_compiled_does_not_load_arrays_do_the_work(
    monkeypatch: pytest.MonkeyPatch, folder: Path, broken: str
) -> None:
    machine_code.interpreter("float64")
    machine_code.interpreter.cache_clear()
    (kept,) = folder.glob("*.o")
    machine_code._write(kept, b"no object file")
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: find_spec("json" if name == "numba" else name)
    )
    monkeypatch.setitem(sys.modules, broken, None)
    x = np.ones(3)
    with pytest.warns(RuntimeWarning, match=f"import of {broken} halted.*NumPy back end"):
        out = autograd.compile(loose_sums)(x, x, x, x)
    np.testing.assert_allclose(out.data, 2 * np.tanh(x), rtol=1e-15)
    with pytest.raises(ImportError, match=r"chalkgrad\[fast\]"):
        autograd.compile(loose_sums, backend="numba")(x, x, x, x)


@needs_numba
@pytest.mark.parametrize("dtype", [np.longdouble, np.float16])
def test_arrays_have_the_dtypes_that_the_interpreter_has_not(folder: Path, dtype: Any) -> None:
    machine_code.interpreter("float64")
    x = np.ones(3, dtype)
    out = autograd.compile(loose_sums)(x, x, x, x)
    assert out.dtype == dtype
    np.testing.assert_allclose(out.data.astype(float), 2 * np.tanh(np.ones(3)), rtol=1e-3)
