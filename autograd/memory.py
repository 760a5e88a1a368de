"""Freed memory is kept for the next array.

The C library of Linux gives the memory of large arrays back to the system as soon as they are
freed, and asks for it again, page by page, when the next array of that size is made.  A gradient
makes and frees the same arrays over and over, and spends most of its time on that: ``grad`` of
``sum(x * x)`` for 100,000 numbers takes ten times as long as it must, and one of 14 operations on
1,000,000 numbers, whose graph has 130 MB, almost twice.  So arrays of up to 32 MB (more glibc does
not allow) come from memory of which up to 256 MB are kept in reserve once they were used
(mallopt(3): M_MMAP_THRESHOLD, M_TRIM_THRESHOLD).  Who has set the environment variables
MALLOC_MMAP_THRESHOLD_ or MALLOC_TRIM_THRESHOLD_ is not overruled.
"""

from __future__ import annotations

import os
import sys

__all__ = ["keep_freed_memory"]

_TRIM, _MMAP = -1, -3  # names of mallopt's settings
_SETTINGS = (("MALLOC_TRIM_THRESHOLD_", _TRIM, 2**28), ("MALLOC_MMAP_THRESHOLD_", _MMAP, 2**25))


def keep_freed_memory() -> None:
    """Let the C library keep up to 256 MB; elsewhere than on Linux with glibc nothing is done."""
    if sys.platform != "linux" or any(name in os.environ for name, *_ in _SETTINGS):
        return
    import ctypes  # which NumPy has loaded

    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return
    for _, setting, size in _SETTINGS:
        mallopt(setting, size)
