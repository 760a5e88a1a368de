"""What is special about the numba back end: threads, caches, and what goes wrong."""

from __future__ import annotations

import importlib.util
import os
import signal
import threading
import warnings
from typing import Any

import numpy as np
import pytest

import nn
from autograd import trace
from autograd.compiling import numba_lanes
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


def test_without_numba_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "numba", None)
    numba_lanes._interpreter.cache_clear()
    lanes, X, p, _ = network(5)
    with pytest.raises(ImportError, match=r'pip install "chalkgrad\[fast\]"'):
        lanes.forward(X, p)


@needs_numba
def test_where_nothing_can_be_kept_it_is_compiled_and_one_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file"))
    quick = "def run(a, b, c, d, e, f, g, h, i, j):\n    return True"
    monkeypatch.setattr(numba_lanes, "interpreter_source", lambda: quick)
    numba_lanes._interpreter.cache_clear()
    try:
        with pytest.warns(RuntimeWarning, match="numba: expected a folder .*NUMBA_CACHE_DIR"):
            numba_lanes._interpreter("float64")
        numba_lanes._interpreter("float64")  # once
    finally:
        numba_lanes._interpreter.cache_clear()


@needs_numba
def test_if_numba_fails_one_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(dtype: str) -> Any:
        raise RuntimeError("LLVM is not well")

    monkeypatch.setattr(numba_lanes, "_interpreter", broken)
    numba_lanes.is_available.cache_clear()
    try:
        with pytest.warns(RuntimeWarning, match="LLVM is not well.*NumPy back end"):
            assert not numba_lanes.is_available()
        assert not numba_lanes.is_available()
    finally:
        numba_lanes.is_available.cache_clear()
