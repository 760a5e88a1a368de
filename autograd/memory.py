"""Freed memory is kept for the next array.

The C library of Linux gives the memory of large arrays back to the system as soon as they are
freed, and asks for it again, page by page, when the next array of that size is made.  A gradient
makes and frees the same arrays over and over, and spends most of its time on that: ``grad`` of
``sum(x * x)`` for 100,000 numbers takes ten times as long as it must.  But glibc learns: what was
once mapped for an array and freed raises its thresholds, up to 32 MB.  One array of this size, made
and freed untouched, teaches it (mallopt(3): M_MMAP_THRESHOLD, M_TRIM_THRESHOLD), at the price of up
to 64 MB that a process may keep in reserve.
"""

from __future__ import annotations

import sys

import numpy as np

__all__ = ["keep_freed_memory"]


def keep_freed_memory() -> None:
    """Let the C library keep up to 64 MB; elsewhere than on Linux nothing is done."""
    if sys.platform == "linux":
        np.empty(2**25 - 2**16, dtype=np.uint8)  # not touched, so that it never takes real memory
