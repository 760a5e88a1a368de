"""One thread for each process: several that each start a thread for every core slow all of them.

NumPy reads this once, when it is imported, which is after this file.
"""

from __future__ import annotations

import os

for library in ("OPENBLAS", "MKL", "OMP"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")
