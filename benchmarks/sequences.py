"""Training steps of recurrent networks and of a transformer block, against PyTorch.

    pip install -e . "torch==2.13.0"
    python benchmarks/sequences.py

Both libraries start from the same numbers, take the same steps in float32, and are checked to have
learned the same.  What the attention of a block costs, and what compiling saves, is shown too.
"""

from __future__ import annotations

import sys
from typing import Any

import measure  # before NumPy
from networks import check_same

# isort: split
import numpy as np

STEPS = 3  # after which all must have learned the same
GOALS = {"GRU": 1.5, "transformer block": 1.5}

# Layers with their settings, and the shape of their inputs: (steps, examples, size) for recurrent
# networks, (examples, steps, size) for the block.
TASKS: dict[str, tuple[str, tuple[Any, ...], dict[str, Any], tuple[int, ...]]] = {
    "RNN": ("RNN", (64, 64), {}, (50, 32, 64)),
    "GRU": ("GRU", (64, 64), {}, (50, 32, 64)),
    "LSTM": ("LSTM", (64, 64), {}, (50, 32, 64)),
    "transformer block": (
        "TransformerEncoderLayer",
        (64, 4),
        {"dim_feedforward": 256, "dropout": 0.0, "batch_first": True},
        (16, 64, 64),
    ),
}


def ours(task: str, X: Any, numbers: Any = None, compiled: bool = False) -> tuple[Any, Any]:
    """A training step in this library, and the model."""
    import autograd
    import nn

    name, sizes, settings, _ = TASKS[task]
    model = getattr(nn, name)(*sizes, **settings, dtype="float32")
    if numbers is not None:
        model.load_state_dict(numbers)
    optimizer = nn.SGD(model.parameters(), lr=0.01)

    def error(x: Any) -> Any:
        out = model(x)
        out = out[0] if isinstance(out, tuple) else out
        return (out * out).mean()

    loss = autograd.compile(error, numbers=False) if compiled else error
    X = autograd.Tensor(X)

    def step() -> None:
        optimizer.zero_grad()
        loss(X).backward()
        optimizer.step()

    return step, model


def theirs(task: str, X: Any, numbers: Any) -> tuple[Any, Any]:
    """The same in PyTorch."""
    import torch

    name, sizes, settings, _ = TASKS[task]
    model = getattr(torch.nn, name)(*sizes, **settings)
    model.load_state_dict({key: torch.tensor(x) for key, x in numbers.items()})
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    x = torch.tensor(X)

    def step() -> None:
        optimizer.zero_grad()
        out = model(x)
        out = out[0] if isinstance(out, tuple) else out
        (out * out).mean().backward()
        optimizer.step()

    return step, model


def learned(model: Any) -> list[Any]:
    """All parameters as arrays."""
    return [np.asarray(p.data) for p in model.parameters()]


def main() -> None:
    print(f"Python {sys.version.split()[0]}, NumPy {np.__version__}, one thread, float32")
    has_torch = measure.installed("torch", "PyTorch")
    for task, (_, _, _, shape) in TASKS.items():
        X = np.random.default_rng(0).normal(size=shape).astype(np.float32)
        made = {"chalkgrad": ours(task, X)}
        numbers = made["chalkgrad"][1].state_dict()
        made["compiled"] = ours(task, X, numbers, compiled=True)
        if has_torch:
            made["PyTorch"] = theirs(task, X, numbers)
        for step, _ in made.values():
            for _ in range(STEPS):
                step()
        check_same([learned(model) for _, model in made.values()], rtol=1e-3, atol=1e-5)
        seconds = measure.turns({name: step for name, (step, _) in made.items()})
        goals = {"PyTorch": GOALS[task]} if task in GOALS else {}
        measure.report(f"training step of a {task}, inputs {shape}", seconds, goals)
        if has_torch:
            ratio = seconds["compiled"] / seconds["PyTorch"]
            print(f"  compiled: {ratio:.3g} of PyTorch's time")


if __name__ == "__main__":
    main()
