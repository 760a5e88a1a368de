"""Arrays that are made and freed again and again stay in memory."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import resource
import numpy as np
{before}

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(50):
        a, b, c = (np.ones(100_000) for _ in range(3))
        del a, b, c
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

faults()
print(faults())
"""


def page_faults(before: str) -> int:
    run = [sys.executable, "-c", PROGRAM.format(before=before)]
    return int(subprocess.check_output(run, text=True))


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is about glibc's thresholds")
def test_freed_memory_is_kept() -> None:
    assert page_faults("") > 5_000  # 3 arrays of 195 pages, 50 times, or most of them
    assert page_faults("import autograd") < 500
