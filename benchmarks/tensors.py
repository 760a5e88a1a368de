"""Tensors against PyTorch, HIPS autograd and NumPy by hand: time and memory of gradients.

    pip install -e ".[bench]" "torch==2.13.0"
    python benchmarks/tensors.py

Every figure is a ratio of medians from one run on one thread; the contestants take turns, so that a
machine that slows down slows all of them.  HIPS autograd has the import name of this library, so it
lives in a folder and a process of its own (installed there by pip at the first run) and is told
when it is its turn.
"""

from __future__ import annotations

import os

for library in ("OPENBLAS", "MKL", "OMP"):  # one thread for everybody: before NumPy is imported
    os.environ[f"{library}_NUM_THREADS"] = "1"

import gc
import itertools
import json
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Run = Callable[[], Any]
# Sizes of the layers, examples in a batch, and how much of PyTorch's time a step may take.
NETWORKS = (
    ([64, 32, 10], 32, 0.5),
    ([64, 128, 10], 64, 0.5),
    ([784, 128, 10], 64, 0.8),
    ([784, 512, 512, 10], 128, 1.1),
)
LR = 0.05
POINT = np.random.default_rng(0).normal(size=20)
DIRECTION = np.random.default_rng(1).normal(size=20)

# --- the functions to differentiate; `m` is numpy, autograd.numpy, torch or this library ----------


def expression(m: Any, x: Any) -> Any:
    """Fourteen operations, each on every element."""
    u = x * x
    v = m.exp(-u)
    w = m.sin(x) * v
    s = m.tanh(w + x)
    t = m.log(u + 1.0)
    r = m.sqrt(t + 2.0)
    return s / r - v * x


def expression_by_hand(x: Any) -> Any:
    """The derivative of the sum of ``expression``, as one would write it in NumPy."""
    u = x * x
    v = np.exp(-u)
    sine = np.sin(x)
    s = np.tanh(sine * v + x)
    u1 = u + 1.0
    r = np.sqrt(np.log(u1) + 2.0)
    np.sum(s / r - v * x)
    gw = (1 - s * s) / r
    gt = -s / (r * r) * 0.5 / r
    gv = gw * sine - x
    gu = gt / u1 - gv * v
    return 2 * x * gu + gw * (np.cos(x) * v + 1) - v


def rosenbrock(m: Any, x: Any) -> Any:
    return m.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def point(n: int) -> Any:
    return np.random.default_rng(n).normal(size=n)


# --- HIPS autograd, in a process of its own -------------------------------------------------------

HIPS_TASKS = ("grad 1", "grad 500", "grad 1000000", "rosenbrock grad", "hessian", "jvp")


def hips_tasks() -> dict[str, Run]:
    import autograd.numpy as anp  # type: ignore[import-not-found]

    from autograd import grad, hessian, make_jvp

    def f(x: Any) -> Any:
        return anp.sum(expression(anp, x))

    def g(x: Any) -> Any:
        return rosenbrock(anp, x)

    tasks: dict[str, Run] = {}
    for n in (1, 500, 1_000_000):
        x = point(n)
        tasks[f"grad {n}"] = lambda x=x: grad(f)(x)
    tasks["rosenbrock grad"] = lambda: grad(g)(POINT)
    tasks["hessian"] = lambda: hessian(g)(POINT)
    tasks["jvp"] = lambda: make_jvp(g)(POINT)(DIRECTION)
    return tasks


def serve() -> None:
    """Wait for ``[task, repetitions]`` and answer with the seconds it took."""
    tasks = hips_tasks()
    for line in sys.stdin:
        name, number = json.loads(line)
        print(timed(tasks[name], number), flush=True)


class Hips:
    """The other process."""

    def __init__(self) -> None:
        folder = Path(sys.prefix) / "hips-autograd"
        if not folder.exists():
            install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target"]
            subprocess.run([*install, str(folder), "autograd==1.8.0"], check=True)
        env = dict(os.environ, PYTHONPATH=str(folder))
        command = [sys.executable, __file__, "--serve"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=env)

    def timed(self, task: str, number: int) -> float:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(json.dumps([task, number]), file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())


# --- taking turns ---------------------------------------------------------------------------------


def timed(run: Run, number: int) -> float:
    start = time.perf_counter()
    for _ in range(number):
        run()
    return (time.perf_counter() - start) / number


def turns(contestants: dict[str, Any], rounds: int = 25, turn: float = 0.01) -> dict[str, float]:
    """Seconds of each: the median over rounds.  A contestant is a function, or a task of HIPS."""
    numbers = dict.fromkeys(contestants, 1)
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for round_ in range(-3, rounds):
        for name, run in contestants.items():
            gc.collect()
            number = numbers[name]
            t = run(number) if name == "HIPS" else timed(run, number)
            numbers[name] = max(1, min(5000, int(turn / t)))
            if round_ >= 0:
                times[name].append(t)
    return {name: statistics.median(t) for name, t in times.items()}


def report(title: str, seconds: dict[str, float], goals: dict[str, float]) -> None:
    """Every contestant's time, and ours as a fraction of theirs next to what it should be."""
    ours = seconds["chalkgrad"]
    print(f"\n{title}: {ours * 1e6:.1f} us")
    for name, t in seconds.items():
        if name != "chalkgrad":
            goal = f"(at most {goals[name]})" if name in goals else ""
            print(f"  {t * 1e6:10.1f} us {name:10s} -> {ours / t:6.2f} of its time {goal}")


# --- a training step: Linear, ReLU, ..., Linear, cross-entropy, SGD -------------------------------


def weights(sizes: list[int]) -> list[Any]:
    rng = np.random.default_rng(0)
    arrays: list[Any] = []
    for n, m in itertools.pairwise(sizes):
        bound = 1 / np.sqrt(n)
        arrays.append(rng.uniform(-bound, bound, (m, n)).astype(np.float32))
        arrays.append(rng.uniform(-bound, bound, m).astype(np.float32))
    return arrays


def examples(sizes: list[int], batch: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(batch, sizes[0])).astype(np.float32)
    return X, rng.integers(0, sizes[-1], batch)


def our_step(sizes: list[int], X: Any, y: Any) -> tuple[Run, list[Any]]:
    import autograd
    import nn
    from autograd import Tensor

    params = [Tensor(a, requires_grad=True) for a in weights(sizes)]
    optimizer = nn.SGD(params, lr=LR)

    def step() -> None:
        h: Any = X
        for i in range(0, len(params) - 2, 2):
            h = autograd.relu(autograd.linear(h, params[i], params[i + 1]))
        loss = nn.cross_entropy(autograd.linear(h, params[-2], params[-1]), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step, params


def torch_step(sizes: list[int], X: Any, y: Any) -> tuple[Run, list[Any]]:
    import torch
    from torch.nn.functional import cross_entropy, linear

    params = [torch.tensor(a, requires_grad=True) for a in weights(sizes)]
    optimizer = torch.optim.SGD(params, lr=LR)
    inputs, targets = torch.tensor(X), torch.tensor(y)

    def step() -> None:
        h = inputs
        for i in range(0, len(params) - 2, 2):
            h = torch.relu(linear(h, params[i], params[i + 1]))
        loss = cross_entropy(linear(h, params[-2], params[-1]), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step, params


def step_by_hand(sizes: list[int], X: Any, y: Any) -> tuple[Run, list[Any]]:
    """Forward and backward written out in NumPy, in place where that is possible."""
    params = weights(sizes)
    rows = np.arange(len(X))

    def step() -> None:
        inputs, h = [], X
        for i in range(0, len(params) - 2, 2):
            inputs.append(h)
            h = h @ params[i].T
            h += params[i + 1]
            np.maximum(h, 0, out=h)
        inputs.append(h)
        p = h @ params[-2].T
        p += params[-1]
        p -= p.max(axis=1, keepdims=True)
        np.exp(p, out=p)
        p /= p.sum(axis=1, keepdims=True)
        -np.log(p[rows, y]).mean()
        p[rows, y] -= 1
        p /= len(X)
        grads: list[Any] = []
        for i in range(len(params) - 2, -1, -2):
            h = inputs[i // 2]
            grads[:0] = [p.T @ h, p.sum(axis=0)]
            if i:
                p = p @ params[i]
                p *= h > 0
        for param, g in zip(params, grads, strict=True):
            param -= LR * g

    return step, params


def plain(p: Any) -> Any:
    """The array of a parameter; NumPy's arrays have a ``data`` too, of another kind."""
    return p if isinstance(p, np.ndarray) else np.asarray(p.data)


def peak(step: Run) -> int:
    """The most memory that a step holds beyond what was there before it, in bytes."""
    step()
    tracemalloc.start()
    step()
    base = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    step()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most - base


def training() -> None:
    for sizes, batch, goal in NETWORKS:
        X, y = examples(sizes, batch)
        makers = {"chalkgrad": our_step, "NumPy": step_by_hand, "PyTorch": torch_step}
        made = {name: make(sizes, X, y) for name, make in makers.items() if wanted(name)}
        for step, _ in made.values():
            for _ in range(5):
                step()
        learned = [[plain(p) for p in params] for _, params in made.values()]
        first, *others = learned
        for other in others:  # all have learned the same
            for a, b in zip(first, other, strict=True):
                np.testing.assert_allclose(a, b, rtol=2e-3, atol=1e-5)
        title = f"training step of {sizes}, batch {batch}, float32"
        seconds = turns({name: step for name, (step, _) in made.items()})
        report(title, seconds, {"PyTorch": goal, "NumPy": 1.8})
    ours, by_hand = (peak(make(sizes, X, y)[0]) for make in (our_step, step_by_hand))
    print(f"  peak memory of a step: {ours / 1e6:.2f} MB, NumPy {by_hand / 1e6:.2f} MB", end="")
    print(f" -> {ours / by_hand:.2f} (at most 1.5)")


def elementwise(hips: Hips) -> None:
    import autograd
    from autograd import grad

    goals = {
        1: {"HIPS": 0.2, "PyTorch": 0.5},
        500: {"HIPS": 0.3, "PyTorch": 0.5},
        1_000_000: {"HIPS": 0.65, "NumPy": 1.3},
    }
    ours = grad(lambda x: autograd.sum(expression(autograd, x)))
    for n, goal in goals.items():
        x = point(n)
        np.testing.assert_allclose(ours(x), expression_by_hand(x), rtol=1e-10, atol=1e-14)
        runs: dict[str, Any] = {
            "chalkgrad": lambda x=x: ours(x),
            "NumPy": lambda x=x: expression_by_hand(x),
            "HIPS": lambda number, n=n: hips.timed(f"grad {n}", number),
        }
        if wanted("PyTorch"):
            import torch

            t = torch.tensor(x, requires_grad=True)
            runs["PyTorch"] = lambda t=t: torch.autograd.grad(expression(torch, t).sum(), t)
        report(f"gradient of 14 elementwise operations, n = {n:,}", turns(runs), goal)


def twenty_dimensions(hips: Hips) -> None:
    import autograd
    from autograd import grad, hessian, make_jvp

    def f(x: Any) -> Any:
        return rosenbrock(autograd, x)

    for title, task, goal, run in (
        ("grad", "rosenbrock grad", 0.4, lambda: grad(f)(POINT)),
        ("hessian", "hessian", 0.3, lambda: hessian(f)(POINT)),
        ("jvp", "jvp", 1.0, lambda: make_jvp(f)(POINT)(DIRECTION)),
    ):
        theirs = lambda number, task=task: hips.timed(task, number)  # noqa: E731
        seconds = turns({"chalkgrad": run, "HIPS": theirs})
        report(f"{title} of Rosenbrock's function, 20 dimensions", seconds, {"HIPS": goal})


def wanted(name: str) -> bool:
    if name != "PyTorch":
        return True
    try:
        import torch
    except ImportError:
        return False
    torch.set_num_threads(1)
    return True


def main() -> None:
    np.seterr(all="ignore")
    print(f"Python {sys.version.split()[0]}, NumPy {np.__version__}, one thread")
    if not wanted("PyTorch"):
        print("PyTorch is not installed: it is left out")
    hips = Hips()
    training()
    elementwise(hips)
    twenty_dimensions(hips)


if __name__ == "__main__":
    serve() if "--serve" in sys.argv else main()
