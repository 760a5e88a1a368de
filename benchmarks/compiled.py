"""Compiled functions against PyTorch, JAX, micrograd, NumPy by hand and this library uncompiled.

    pip install -e ".[bench]" "torch==2.13.0"
    python benchmarks/compiled.py

A network written neuron by neuron, compiled, trains against the same network written with matrices.
PyTorch, micrograd and JAX take part where they are installed.  JAX, which brings a compiler of its
own, lives in a process of its own: in this environment, or in the one whose interpreter the
variable JAX_PYTHON names.
"""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import time
import tracemalloc
from typing import Any

import measure  # before NumPy
from networks import (
    LR,
    Made,
    Task,
    check_same,
    our_step,
    plain,
    random_task,
    step_by_hand,
    torch_step,
)

# isort: split
import numpy as np

MOONS = [2, 16, 16, 1]
DIGITS = [64, 32, 10]
# Ways to compile the network of neurons: what each is called, and its settings of ``compile``.
OURS = "compiled neurons"
NEURONS: dict[str, dict[str, Any]] = {
    OURS: {},
    "on NumPy": {"backend": "numpy"},
    "without matrices": {"matrices": False},
    "on NumPy, without matrices": {"backend": "numpy", "matrices": False},
}
# How much of a peer's time a step of the moons network may take, by the size of the batch.
MOONS_GOALS = {
    100: {"PyTorch": 0.3, "micrograd": 0.001, "JAX": 2.0},
    1000: {"PyTorch": 0.5, "JAX": 2.0},
}
DIGITS_GOALS = {"PyTorch": 1.0}
# How much of PyTorch's time the other ways may take.
MOONS_WAYS = {"on NumPy": 3.0}
DIGITS_WAYS = {"without matrices": 3.0}
# The networks of the tensor benchmark that are small.
SMALL = (([64, 32, 10], 32), ([64, 128, 10], 64), ([784, 128, 10], 64))
STEPS = 5  # after which all must have learned the same


def network(sizes: list[int]) -> Any:
    import nn

    return nn.MLP(sizes[0], sizes[1:], seed=1)


def matrices(model: Any) -> list[Any]:
    """Weights and biases of a network of neurons, layer by layer."""
    arrays: list[Any] = []
    for layer in model.layers:
        arrays.append(np.array([[w.data for w in neuron.w] for neuron in layer.neurons]))
        arrays.append(np.array([neuron.b.data for neuron in layer.neurons]))
    return arrays


def moons(batch: int) -> Task:
    import nn

    X, y = nn.datasets.load("moons", n=batch, seed=1)[:2]
    return Task(matrices(network(MOONS)), X, 2.0 * y - 1, "hinge")


def digits(batch: int) -> Task:
    import nn

    X, y = nn.datasets.load("digits")[:2]
    return Task(matrices(network(DIGITS)), X[:batch] / 16, y[:batch], "cross_entropy")


# --- contestants ----------------------------------------------------------------------------------


def neurons_step(task: Task, sizes: list[int], **settings: Any) -> Made:
    """The network as a student writes it: one example, one neuron, one number at a time."""
    import autograd
    import nn

    model = network(sizes)
    optimizer = nn.SGD(model.parameters(), lr=LR)

    def hinge(x: Any, sign: Any) -> Any:
        return (1 - sign * model(x)).relu()

    def surprise(x: Any, chances: Any) -> Any:
        scores = model(x)
        return autograd.logsumexp(scores) - autograd.dot(scores, chances)

    loss = autograd.compile(hinge if task.loss == "hinge" else surprise, **settings)
    X = autograd.Tensor(task.X)
    y = autograd.Tensor(task.y if task.loss == "hinge" else np.eye(sizes[-1])[task.y])

    def step() -> None:
        optimizer.zero_grad()
        loss(X, y).mean().backward()
        optimizer.step()

    return step, model


def eager_neurons_step(task: Task, sizes: list[int]) -> Made:
    """The same network, not compiled."""
    import nn

    model = network(sizes)
    optimizer = nn.SGD(model.parameters(), lr=LR)
    rows, classes = task.X.tolist(), task.y.tolist()
    measured = nn.hinge_loss if task.loss == "hinge" else nn.cross_entropy

    def step() -> None:
        loss = measured([model(x) for x in rows], classes)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step, model


def micrograd_step(task: Task) -> measure.Run:
    """micrograd's own demo, as its authors wrote it."""
    from micrograd import nn as micro_nn
    from micrograd.engine import Value
    from scalars import demo_step

    sys.setrecursionlimit(100_000)  # micrograd sorts its graph by recursion
    model = micro_nn.MLP(2, MOONS[1:])
    return lambda: demo_step(model, Value, task.X, task.y)


def jax_step(task: Task) -> Made:
    """The matrices as one function that JAX compiles, step of descent and all."""
    import jax
    import jax.numpy as jnp

    def loss(params: Any, X: Any, y: Any) -> Any:
        h = X
        for i in range(0, len(params) - 2, 2):
            h = jax.nn.relu(h @ params[i].T + params[i + 1])
        scores = h @ params[-2].T + params[-1]
        return jax.nn.relu(1 - y * scores[:, 0]).mean()

    @jax.jit
    def update(params: Any, X: Any, y: Any) -> Any:
        gradients = jax.grad(loss)(params, X, y)
        return [p - LR * g for p, g in zip(params, gradients, strict=True)]

    params = [jnp.array(a) for a in task.weights]
    X, y = jnp.array(task.X), jnp.array(task.y)

    def step() -> None:
        params[:] = update(params, X, y)
        params[0].block_until_ready()

    return step, params


def jax_tasks() -> dict[str, measure.Run]:
    import jax

    jax.config.update("jax_enable_x64", True)
    tasks = {}
    for batch in MOONS_GOALS:
        task = moons(batch)
        made = {"JAX": jax_step(task), "NumPy": step_by_hand(task)}
        after_steps(made)
        tasks[f"moons {batch}"] = made["JAX"][0]
    return tasks


def jax_peer() -> measure.Peer | None:
    python = os.environ.get("JAX_PYTHON", "")
    if not python and not measure.installed("jax", "JAX"):
        return None
    flags = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    return measure.Peer(python or sys.executable, __file__, XLA_FLAGS=flags)


def after_steps(made: dict[str, Made]) -> None:
    """Let all take some steps, and check that they have learned the same, to rounding."""
    for step, _ in made.values():
        for _ in range(STEPS):
            step()
    check_same([learned(trained) for _, trained in made.values()], rtol=1e-9, atol=1e-12)


def learned(trained: Any) -> list[Any]:
    """What a contestant has learned, as arrays; it is a network of neurons or a list of arrays."""
    return matrices(trained) if hasattr(trained, "layers") else [plain(p) for p in trained]


# --- what is measured -----------------------------------------------------------------------------


def in_single_precision(task: Task) -> Task:
    weights = [a.astype(np.float32) for a in task.weights]
    y = task.y.astype(np.float32) if task.y.dtype.kind == "f" else task.y
    return Task(weights, task.X.astype(np.float32), y, task.loss)


def contestants(task: Task, sizes: list[int], has_torch: bool) -> dict[str, measure.Run]:
    """All who take a step of this network; checked to learn the same."""
    made = {name: neurons_step(task, sizes, **settings) for name, settings in NEURONS.items()}
    made["neurons, not compiled"] = eager_neurons_step(task, sizes)
    made["Tensors"] = our_step(task)
    made["Tensors, compiled"] = our_step(task, compiled=True)
    made["NumPy"] = step_by_hand(task)
    if has_torch:
        made["PyTorch"] = torch_step(task)
    after_steps(made)
    if has_torch:
        made["PyTorch, float32"] = torch_step(in_single_precision(task))
    return {name: step for name, (step, _) in made.items()}


def report_ways(seconds: dict[str, float], goals: dict[str, float]) -> None:
    """The other ways to compile neurons, as fractions of PyTorch's time."""
    for name in NEURONS:
        if name != OURS and "PyTorch" in seconds:
            goal = f" (at most {goals[name]})" if name in goals else ""
            print(f"  {name}: {seconds[name] / seconds['PyTorch']:.3g} of PyTorch's time{goal}")


def training_moons(has_torch: bool, has_micrograd: bool, jax: measure.Peer | None) -> None:
    for batch, goals in MOONS_GOALS.items():
        task = moons(batch)
        runs = contestants(task, MOONS, has_torch)
        # What takes a second is measured apart, between turns of what it is compared with.
        slow = {"neurons, not compiled": runs.pop("neurons, not compiled")}
        if has_micrograd and batch == 100:
            slow["micrograd"] = micrograd_step(task)
        seconds = measure.turns(runs, {"JAX": jax.run(f"moons {batch}")} if jax else None)
        seconds |= measure.turns(slow, rounds=3)
        measure.report(f"training step of {MOONS} on moons, batch {batch}", seconds, goals, OURS)
        report_ways(seconds, MOONS_WAYS)


def training_digits(has_torch: bool) -> None:
    runs = contestants(digits(64), DIGITS, has_torch)
    slow = {"neurons, not compiled": runs.pop("neurons, not compiled")}
    seconds = measure.turns(runs) | measure.turns(slow, rounds=3)
    title = f"training step of {DIGITS} on digits, batch 64"
    measure.report(title, seconds, DIGITS_GOALS, OURS)
    report_ways(seconds, DIGITS_WAYS)


def training_tensors() -> None:
    for sizes, batch in SMALL:
        task = random_task(sizes, batch)
        made = {"compiled": our_step(task, compiled=True), "not compiled": our_step(task)}
        for step, _ in made.values():
            for _ in range(STEPS):
                step()
        check_same([learned(params) for _, params in made.values()], rtol=1e-4, atol=1e-6)
        seconds = measure.turns({name: step for name, (step, _) in made.items()})
        title = f"Tensors: training step of {sizes}, batch {batch}, float32"
        measure.report(title, seconds, {"not compiled": 0.8}, "compiled")


FIRST = """
import time
import numpy as np, autograd, nn
X, y = nn.datasets.load("moons", n=100, seed=1)[:2]
model = nn.MLP(2, [16, 16, 1], seed=1)
start = time.perf_counter()
loss = autograd.compile(lambda x, sign: (1 - sign * model(x)).relu(), **{settings})
loss(X, 2.0 * y - 1).mean().backward()
print(time.perf_counter() - start)
"""


def first_call(has_numba: bool) -> None:
    """Trace, optimise, write or load the code and run it once, in fresh interpreters.

    The first of these has the interpreter compiled by numba, if need be.

    To import llvmlite takes 0.03 s, to link 60 kB of machine code 0.004 s, to trace, to write the
    instructions and to run them 0.02 s; the rest is the import of this library's own modules.
    What did not do is numba's own cache, whatever is kept there: 0.2 s to import numba, and 0.2 s
    more before it loads anything, when it registers all that it could compile; where SciPy is
    installed another 0.2 s, as its BLAS is imported then.
    """
    print("\nfirst call of the moons network")
    ways = {"on NumPy": ({"backend": "numpy"}, 0.3)}
    if has_numba:
        ways["on numba, compiled before"] = ({"backend": "numba", "matrices": False}, 0.5)
    for name, (settings, goal) in ways.items():
        code = FIRST.replace("{settings}", repr(settings))
        runs = [subprocess.check_output([sys.executable, "-c", code], text=True) for _ in range(7)]
        seconds = statistics.median(map(float, runs))
        print(f"  {name}: {seconds:.3f} s (at most {goal})")


def tracing() -> None:
    """Is it linear in the number of equations?  And how large is a program?"""
    import autograd

    def chain(length: int) -> Any:
        def f(x: Any) -> Any:
            for _ in range(length // 2):
                x = x * 1.0001
                x = x + 0.001
            return x

        return f

    print("\ntracing a chain of x*a, x+b")
    for length in (250_000, 500_000, 1_000_000):
        gc.collect()
        start = time.perf_counter()
        autograd.trace(chain(length), 1.0)
        seconds = time.perf_counter() - start
        goal = " (at most 10)" if length == 1_000_000 else ""
        each = f"{seconds / length * 1e9:.0f} ns each"
        print(f"  {length:>9,} equations: {each}, {seconds:.2f} s{goal}")
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    program = autograd.trace(chain(length), 1.0)
    gc.collect()
    held = (tracemalloc.get_traced_memory()[0] - before) / len(program.equations)
    tracemalloc.stop()
    print(f"  {held:.0f} bytes an equation (at most 200)")


def main() -> None:
    np.seterr(all="ignore")
    print(f"Python {sys.version.split()[0]}, NumPy {np.__version__}, one thread")
    has_torch = measure.installed("torch", "PyTorch")
    has_numba = measure.installed("numba", "numba")
    has_micrograd = measure.installed("micrograd", "micrograd")
    training_moons(has_torch, has_micrograd, jax_peer())
    training_digits(has_torch)
    training_tensors()
    first_call(has_numba)
    tracing()


if __name__ == "__main__":
    measure.serve(jax_tasks()) if "--serve" in sys.argv else main()
