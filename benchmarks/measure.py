"""How the benchmarks measure: contestants take turns on one processor, and are compared each round.

Every figure is a ratio from one run, the median of the ratios of its rounds: a machine that slows
down for a moment slows all contestants of a round, or spoils that round alone.  To be imported
before NumPy, which asks only once how many threads it may use.
"""

from __future__ import annotations

import gc
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

for library in ("OPENBLAS", "MKL", "OMP"):  # one thread for everybody
    os.environ[f"{library}_NUM_THREADS"] = "1"

if hasattr(os, "sched_setaffinity"):  # one processor too, for peers in other processes as well
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

Run = Callable[[], Any]


def timed(run: Run, number: int) -> float:
    """Seconds of one run, as the mean over a number of them."""
    start = time.perf_counter()
    for _ in range(number):
        run()
    return (time.perf_counter() - start) / number


class Peer:
    """A contestant in a process of its own, which waits there until it is its turn."""

    def __init__(self, python: str, script: str, **env: str) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            [python, script, "--serve"],
            stdin=pipe,
            stdout=pipe,
            text=True,
            env={**os.environ, **env},
        )

    def run(self, task: str) -> Callable[[int], float]:
        """Seconds of a task, for a number of repetitions."""

        def there(number: int) -> float:
            assert self.process.stdin is not None
            assert self.process.stdout is not None
            print(json.dumps([task, number]), file=self.process.stdin, flush=True)
            return float(self.process.stdout.readline())

        return there


def serve(tasks: dict[str, Run]) -> None:
    """The other end of a Peer: wait for ``[task, repetitions]``, answer with the seconds."""
    for line in sys.stdin:
        name, number = json.loads(line)
        print(timed(tasks[name], number), flush=True)


def turns(
    contestants: dict[str, Run],
    peers: dict[str, Callable[[int], float]] | None = None,
    rounds: int = 40,
    turn: float = 0.02,
) -> dict[str, float]:
    """Seconds of each: the median over rounds, in proportion to the first of them.

    Args:
        contestants: what to run, by name.
        peers: those in other processes (``Peer.run``).
        rounds: how often it is everyone's turn, after three rounds to warm up.
        turn: how long a turn lasts, in seconds; a run that takes longer is a turn of its own.
    """
    clocks: dict[str, Any] = {
        name: lambda number, run=run: timed(run, number) for name, run in contestants.items()
    }
    clocks |= peers or {}
    numbers = dict.fromkeys(clocks, 1)
    times: dict[str, list[float]] = {name: [] for name in clocks}
    for round_ in range(-3, rounds):
        for name, clock in clocks.items():
            gc.collect()
            t = clock(numbers[name])
            numbers[name] = max(1, min(5000, int(turn / t)))
            if round_ >= 0:
                times[name].append(t)
    # Each against the first in the same round: what slows a round down is divided out.
    first = next(iter(times.values()))
    usual = statistics.median(first)
    return {
        name: usual * statistics.median(b / a for a, b in zip(first, t, strict=True))
        for name, t in times.items()
    }


def report(
    title: str, seconds: dict[str, float], goals: dict[str, float], ours: str = "chalkgrad"
) -> None:
    """Every contestant's time, and ours as a fraction of theirs next to what it should be."""
    own = seconds[ours]
    width = max(map(len, seconds))
    print(f"\n{title}: {own * 1e6:.1f} us")
    for name, t in seconds.items():
        if name != ours:
            goal = f"(at most {goals[name]})" if name in goals else ""
            print(f"  {t * 1e6:10.1f} us {name:{width}s} -> {own / t:7.4g} of its time {goal}")


def installed(module: str, name: str) -> bool:
    """Whether a peer can take part; if not, a line says so."""
    if importlib.util.find_spec(module) is None:
        print(f"{name} is not installed: it is left out")
        return False
    if module == "torch":
        import torch

        torch.set_num_threads(1)
    return True
