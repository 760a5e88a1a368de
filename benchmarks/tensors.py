"""Tensors against PyTorch, HIPS autograd and NumPy by hand: time and memory of gradients.

    pip install -e ".[bench]" "torch==2.13.0"
    python benchmarks/tensors.py

Every figure is a ratio from one run on one thread, in which the contestants take turns (see
``measure.py``).  HIPS autograd has the import name of this library, so it lives in a folder and a
process of its own (installed there by pip at the first run) and is told when it is its turn.
"""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

from measure import Peer, Run, installed, report, serve, turns  # before NumPy
from networks import NETWORKS, check_same, our_step, plain, random_task, step_by_hand, torch_step

# isort: split
import numpy as np

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


def hips() -> Peer:
    """HIPS autograd, which is installed first if need be."""
    folder = Path(sys.prefix) / "hips-autograd"
    if not folder.exists():
        install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target"]
        subprocess.run([*install, str(folder), "autograd==1.8.0"], check=True)
    return Peer(sys.executable, __file__, PYTHONPATH=str(folder))


COMPILED = "chalkgrad, compiled"


def both(title: str, seconds: dict[str, float], goals: dict[str, float]) -> None:
    """What is asked, for code as it stands and for what ``autograd.compile`` makes of it."""
    report(title, seconds, goals)
    if COMPILED in seconds:
        for name, goal in goals.items():
            if name in seconds:
                ratio = seconds[COMPILED] / seconds[name]
                print(f"  compiled: {ratio:.2f} of the time of {name} (at most {goal})")


# --- what is measured -----------------------------------------------------------------------------


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


def training(has_torch: bool) -> None:
    makers = {
        "chalkgrad": our_step,
        COMPILED: lambda task: our_step(task, compiled=True),
        "NumPy": step_by_hand,
    }
    if has_torch:
        makers["PyTorch"] = torch_step
    for sizes, batch, goal in NETWORKS:
        task = random_task(sizes, batch)
        made = {name: make(task) for name, make in makers.items()}
        for step, _ in made.values():
            for _ in range(5):
                step()
        check_same([[plain(p) for p in params] for _, params in made.values()], 2e-3, 1e-5)
        title = f"training step of {sizes}, batch {batch}, float32"
        seconds = turns({name: step for name, (step, _) in made.items()})
        both(title, seconds, {"PyTorch": goal, "NumPy": 1.8})
    ours, by_hand = (peak(make(task)[0]) for make in (our_step, step_by_hand))
    print(f"  peak memory of a step: {ours / 1e6:.2f} MB, NumPy {by_hand / 1e6:.2f} MB", end="")
    print(f" -> {ours / by_hand:.2f} (at most 1.5)")


def elementwise(peer: Peer, has_torch: bool) -> None:
    import autograd
    from autograd import grad

    goals = {
        1: {"HIPS": 0.2, "PyTorch": 0.5},
        500: {"HIPS": 0.3, "PyTorch": 0.5},
        1_000_000: {"HIPS": 0.65, "NumPy": 1.3},
    }

    def total(x: Any) -> Any:
        return autograd.sum(expression(autograd, x))

    ours, compiled = grad(total), grad(autograd.compile(total, numbers=False))
    for n, goal in goals.items():
        x = point(n)
        np.testing.assert_allclose(ours(x), expression_by_hand(x), rtol=1e-10, atol=1e-14)
        runs: dict[str, Run] = {
            "chalkgrad": lambda x=x: ours(x),
            COMPILED: lambda x=x: compiled(x),
            "NumPy": lambda x=x: expression_by_hand(x),
        }
        if has_torch:
            import torch

            t = torch.tensor(x, requires_grad=True)
            runs["PyTorch"] = lambda t=t: torch.autograd.grad(expression(torch, t).sum(), t)
        seconds = turns(runs, {"HIPS": peer.run(f"grad {n}")})
        both(f"gradient of 14 elementwise operations, n = {n:,}", seconds, goal)


def twenty_dimensions(peer: Peer) -> None:
    import autograd
    from autograd import grad, hessian, make_jvp

    def f(x: Any) -> Any:
        return rosenbrock(autograd, x)

    compiled = grad(autograd.compile(f, numbers=False))
    for title, task, goal, runs in (
        ("grad", "rosenbrock grad", 0.4, {"chalkgrad": lambda: grad(f)(POINT),
                                          COMPILED: lambda: compiled(POINT)}),
        ("hessian", "hessian", 0.3, {"chalkgrad": lambda: hessian(f)(POINT)}),
        ("jvp", "jvp", 1.0, {"chalkgrad": lambda: make_jvp(f)(POINT)(DIRECTION)}),
    ):  # fmt: skip
        seconds = turns(runs, {"HIPS": peer.run(task)})
        both(f"{title} of Rosenbrock's function, 20 dimensions", seconds, {"HIPS": goal})


def main() -> None:
    np.seterr(all="ignore")
    print(f"Python {sys.version.split()[0]}, NumPy {np.__version__}, one thread")
    has_torch = installed("torch", "PyTorch")
    peer = hips()
    training(has_torch)
    elementwise(peer, has_torch)
    twenty_dimensions(peer)


if __name__ == "__main__":
    serve(hips_tasks()) if "--serve" in sys.argv else main()
