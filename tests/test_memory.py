"""Arrays that are made and freed again and again stay in memory."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from typing import Any

import pytest

PROGRAM = """
import resource
import numpy as np
{before}

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range({times}):
        arrays = [np.ones({size}) for _ in range({count})]
        del arrays
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

faults()
print(faults())
"""


def page_faults(
    before: str, times: int = 50, count: int = 3, size: int = 100_000, **variables: str
) -> int:
    program = PROGRAM.format(before=before, times=times, count=count, size=size)
    given = os.environ | variables
    return int(subprocess.check_output([sys.executable, "-c", program], text=True, env=given))


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is about glibc's thresholds")
def test_freed_memory_is_kept() -> None:
    assert page_faults("") > 5_000  # 3 arrays of 195 pages, 50 times, or most of them
    assert page_faults("import autograd") < 500
    graph: dict[str, Any] = {"times": 5, "count": 16, "size": 1_000_000}  # 128 MB
    assert page_faults("import autograd", **graph) < page_faults("", **graph) / 10
    # Who has asked for something else is not overruled.  (Less may fit in what imports have freed.)
    graph["MALLOC_MMAP_THRESHOLD_"] = "100000"
    assert page_faults("import autograd", **graph) > page_faults("", **graph) / 2
