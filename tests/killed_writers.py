"""A program: processes that save without end are killed at random moments, and the file is read.

    python killed_writers.py FILE TIMES

The processes are forked, since starting Python takes longer than saving does.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

import nn


def state(n: int) -> dict[str, Any]:
    return {"n": n, "x": np.full(20_000 + n, n, "f4"), "deep": [{1: np.arange(n % 7)}, {"y": n}]}


def save_without_end(path: Path, n: int, done: int) -> None:
    while True:
        n += 1
        nn.save(state(n), path)
        os.write(done, n.to_bytes(4, "big"))


def main(path: Path, times: int) -> None:
    chance = random.Random(6)
    n, inside = 0, 0
    nn.save(state(n), path)
    for _ in range(times):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            save_without_end(path, n, writing)
        os.close(writing)
        time.sleep(chance.uniform(0.0, 0.06))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with open(reading, "rb") as file:
            said = file.read()
        finished = int.from_bytes(said[-4:], "big") if said else n
        found = nn.load(path)
        n = found["n"]
        # What was said to be saved is there; at most the next is as well.
        assert n in (finished, finished + 1), (n, finished)
        expected = state(n)
        assert np.array_equal(found["x"], expected["x"])
        assert np.array_equal(found["deep"][0][1], expected["deep"][0][1])
        assert found["deep"][1] == expected["deep"][1]
        left = [p for p in path.parent.iterdir() if p != path]
        inside += bool(left)
        for p in left:
            p.unlink()
    print(n, inside)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
