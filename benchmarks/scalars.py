"""Scalar nodes against micrograd and XAD: a long chain, and a training step of micrograd's demo.

    pip install -e ".[bench]"
    python benchmarks/scalars.py

Every figure is a ratio of medians from one run; repetitions of the peers alternate, so that a
machine that slows down slows all of them.  micrograd is measured as it comes (its demo as its
authors wrote it), and once more with Python's cycle collector off.
"""

from __future__ import annotations

import gc
import random
import statistics
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

import autograd
import nn

CHAIN = 10_000


def chain(value: Callable[[float], Any], length: int, constants: bool) -> Any:
    """x*a + b, x*a + b, ...: with numbers or nodes for a and b."""
    x = value(1.0)
    a, b = (1.0001, 0.001) if constants else (value(1.0001), value(0.001))
    for _ in range(length // 2):
        x = x * a
        x = x + b
    return x


def chain_xad(length: int, constants: bool) -> None:
    import xad.adj_1st as xad

    with xad.Tape() as tape:
        x = xad.Real(1.0)
        a, b = (1.0001, 0.001) if constants else (xad.Real(1.0001), xad.Real(0.001))
        tape.registerInput(x)
        if not constants:
            tape.registerInput(a)
            tape.registerInput(b)
        tape.newRecording()
        y = x
        for _ in range(length // 2):
            y = y * a
            y = y + b
        tape.registerOutput(y)
        y.derivative = 1.0
        tape.computeAdjoints()


def demo_step(model: Any, value: Callable[[float], Any], X: Any, y: Any) -> float:
    """One step of micrograd's demo notebook, word for word but for the learning rate."""
    inputs = [list(map(value, row)) for row in X]
    scores = list(map(model, inputs))
    losses = [(1 + -yi * score).relu() for yi, score in zip(y, scores, strict=True)]
    data_loss = sum(losses) * (1.0 / len(losses))
    reg_loss = 1e-4 * sum(p * p for p in model.parameters())
    total = data_loss + reg_loss
    model.zero_grad()
    total.backward()
    for p in model.parameters():
        p.data -= 0.1 * p.grad
    return float(total.data)


def demo_step_xad(weights: list[Any], X: Any, y: Any) -> None:
    """The same step on XAD's C++ tape, neurons written out in Python."""
    import xad.adj_1st as xad

    with xad.Tape() as tape:
        flat = [xad.Real(w) for layer in weights for neuron in layer for w in neuron]
        for p in flat:
            tape.registerInput(p)
        tape.newRecording()
        total = xad.Real(0.0)
        for row, yi in zip(X, y, strict=True):
            h: list[Any] = [xad.Real(v) for v in row]
            at = 0
            for depth, layer in enumerate(weights):
                out = []
                for neuron in layer:
                    w = flat[at : at + len(neuron)]
                    at += len(neuron)
                    s = w[-1]
                    for wi, xi in zip(w, h, strict=False):
                        s = s + wi * xi
                    if depth < len(weights) - 1 and s.value < 0:
                        s = s * 0.0
                    out.append(s)
                h = out
            margin = 1.0 - yi * h[0]
            if margin.value > 0:
                total = total + margin * (1.0 / len(X))
        for p in flat:
            total = total + 1e-4 * (p * p)
        tape.registerOutput(total)
        total.derivative = 1.0
        tape.computeAdjoints()
        grads = [p.derivative for p in flat]
        at = 0
        for layer in weights:
            for neuron in layer:
                for i in range(len(neuron)):
                    neuron[i] -= 0.1 * grads[at]
                    at += 1


def medians(contestants: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Seconds of each contestant: the median over rounds in which all take their turn."""
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for round_ in range(rounds + 1):
        for name, run in contestants.items():
            gc.collect()
            start = time.perf_counter()
            run()
            if round_:  # the first round warms up
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(t) for name, t in times.items()}


def without_collector(run: Callable[[], Any]) -> Callable[[], Any]:
    def wrapped() -> None:
        gc.disable()
        try:
            run()
        finally:
            gc.enable()

    return wrapped


def report(title: str, seconds: dict[str, float], base: str) -> None:
    print(f"\n{title}")
    for name, t in seconds.items():
        print(f"  {name:34s} {t * 1e3:10.2f} ms   {t / seconds[base]:8.3f} of {base}")


def chains(Micro: Any, has_xad: bool) -> None:
    for constants in (True, False):
        runs: dict[str, Callable[[], Any]] = {
            "micrograd": lambda c=constants: chain(Micro, CHAIN, c).backward(),
            "chalkgrad": lambda c=constants: chain(autograd.Value, CHAIN, c).backward(),
        }
        if has_xad:
            runs["XAD"] = lambda c=constants: chain_xad(CHAIN, c)
        kind = "numbers" if constants else "nodes"
        report(
            f"chain of {CHAIN:,} x*a, x+b with {kind} a, b: build and backward",
            medians(runs, 9),
            "micrograd",
        )


def demo(Micro: Any, micro_nn: Any, has_xad: bool) -> None:
    X, y = nn.datasets.load("moons", n=100, seed=1)[:2]
    signs = y * 2 - 1
    random.seed(1337)
    theirs = micro_nn.MLP(2, [16, 16, 1])
    ours = nn.MLP(2, [16, 16, 1])
    for p, q in zip(ours.parameters(), theirs.parameters(), strict=True):
        p.data = float(q.data)
    layers = [[[w.data for w in n.w] + [n.b.data] for n in la.neurons] for la in ours.layers]
    runs: dict[str, Callable[[], Any]] = {
        "micrograd": lambda: demo_step(theirs, Micro, X, signs),
        "micrograd, collector off": without_collector(lambda: demo_step(theirs, Micro, X, signs)),
        "chalkgrad": lambda: demo_step(ours, autograd.Value, X, signs),
        "chalkgrad, collector off": without_collector(
            lambda: demo_step(ours, autograd.Value, X, signs)
        ),
    }
    if has_xad:
        runs["XAD"] = lambda: demo_step_xad(layers, X.tolist(), signs.tolist())
    report(
        "micrograd's demo step: moons, 100 points, 2-16-16-1, hinge loss, L2",
        medians(runs, 5),
        "micrograd",
    )
    a = demo_step(ours, autograd.Value, X, signs)
    print(f"  loss after the same steps: chalkgrad {a:.6f}", end="")
    print(f", micrograd {demo_step(theirs, Micro, X, signs):.6f}")


def million() -> None:
    """Linear in the length?  (Building includes the visits of Python's cycle collector.)"""
    print("\n1,000,000 operations in a chain")
    for length in (250_000, 500_000, 1_000_000):
        gc.collect()
        start = time.perf_counter()
        root = chain(autograd.Value, length, constants=False)
        built = time.perf_counter()
        root.backward()
        swept = time.perf_counter()
        del root
        freed = time.perf_counter()
        parts = [built - start, swept - built, freed - swept]
        each = ", ".join(f"{p / length * 1e9:.0f} ns" for p in parts)
        print(f"  {length:>9,}: build, backward, free per operation: {each}")
    tracemalloc.start()
    root = chain(autograd.Value, 1_000_000, constants=False)
    held = tracemalloc.get_traced_memory()[0] / 1e6
    root.backward()
    after, peak = (x / 1e6 for x in tracemalloc.get_traced_memory())
    tracemalloc.stop()
    print(f"  bytes a node: {held:.0f} built, {after:.0f} with gradients, {peak:.0f} at the peak")


def imports() -> None:
    """What ``import autograd, nn`` takes beyond ``import numpy``, in fresh interpreters."""
    code = (
        "import time; a = time.perf_counter(); import numpy; b = time.perf_counter(); "
        "import autograd, nn; print(b - a, time.perf_counter() - b)"
    )
    runs = [subprocess.check_output([sys.executable, "-c", code], text=True) for _ in range(9)]
    seconds = [tuple(map(float, run.split())) for run in runs]
    numpy_, ours = (statistics.median(t) for t in zip(*seconds, strict=True))
    print(f"\nimport numpy {numpy_:.3f} s; import autograd, nn after it {ours:.3f} s")


def main() -> None:
    np.seterr(all="ignore")
    sys.setrecursionlimit(10 * CHAIN)  # micrograd sorts its graph by recursion
    try:
        from micrograd import nn as micro_nn
        from micrograd.engine import Value as Micro
    except ImportError:
        sys.exit('micrograd is missing: pip install -e ".[bench]"')
    try:
        import xad.adj_1st  # noqa: F401

        has_xad = True
    except ImportError:
        has_xad = False
        print("XAD is not installed: it is left out")
    print(f"Python {sys.version.split()[0]}")
    chains(Micro, has_xad)
    demo(Micro, micro_nn, has_xad)
    million()
    imports()


if __name__ == "__main__":
    threading.stack_size(512 * 1024 * 1024)  # for micrograd's recursion
    thread = threading.Thread(target=main)
    thread.start()
    thread.join()
