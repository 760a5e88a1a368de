"""One thread for each process, and skips of what is asked of a back end that is not installed.

Several processes that each start a thread for every core slow all of them; NumPy reads this once,
when it is imported, which is after this file.
"""

from __future__ import annotations

import os

import pytest

for library in ("OPENBLAS", "MKL", "OMP"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test with the parameter ``backend="numba"`` is skipped where there is no numba."""
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    if parameters.get("backend") == "numba":
        pytest.importorskip("numba", reason="numba is not installed")
