"""Networks made of layers against PyTorch: a training step of each, on one thread.

    pip install -e ".[bench]" "torch==2.13.0"
    python benchmarks/layers.py

Both libraries start from the same weights and must have learned the same after some steps.  Every
figure is a ratio of medians from one run in which the contestants take turns.
"""

from __future__ import annotations

import sys
from typing import Any

import measure  # before NumPy
from networks import Made, check_same, plain

# isort: split
import numpy as np

LR = 0.05
STEPS = 5  # after which all must have learned the same
OURS = "chalkgrad"


def convnet(nn: Any) -> Any:
    """Two convolutions with ReLU and pooling, and a classifier; in either library."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 7 * 7, 10),
    )


def images(batch: int = 32) -> tuple[Any, Any]:
    """Noise, in classes drawn at random: as much work as anything else."""
    rng = np.random.default_rng(1)
    return rng.normal(size=(batch, 1, 28, 28)).astype(np.float32), rng.integers(0, 10, batch)


def our_step(build: Any, X: Any, y: Any, compiled: bool = False) -> Made:
    import autograd
    import nn

    nn.manual_seed(0)
    model = build(nn).float()
    optimizer = nn.SGD(model.parameters(), lr=LR)

    def loss(X: Any, y: Any) -> Any:
        return nn.cross_entropy(model(X), y)

    if compiled:
        loss = autograd.compile(loss, numbers=False)

    def step() -> None:
        optimizer.zero_grad()
        loss(X, y).backward()
        optimizer.step()

    return step, model.parameters()


def torch_step(build: Any, X: Any, y: Any) -> Made:
    import torch

    import nn

    nn.manual_seed(0)
    model = build(torch.nn)
    ours = build(nn).float().state_dict()
    model.load_state_dict({name: torch.tensor(x) for name, x in ours.items()})
    optimizer = torch.optim.SGD(model.parameters(), lr=LR)
    X, y = torch.tensor(X), torch.tensor(y)

    def step() -> None:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(model(X), y).backward()
        optimizer.step()

    return step, list(model.parameters())


def learned(params: Any) -> list[Any]:
    """The parameters of either library as arrays."""
    return [plain(p.detach() if hasattr(p, "detach") else p) for p in params]


def training(title: str, build: Any, X: Any, y: Any, goal: float, has_torch: bool) -> None:
    """Report the times of a training step, after all have learned the same."""
    made = {OURS: our_step(build, X, y), "compiled": our_step(build, X, y, compiled=True)}
    if has_torch:
        made["PyTorch"] = torch_step(build, X, y)
    for step, _ in made.values():
        for _ in range(STEPS):
            step()
    check_same([[np.asarray(p.data) for p in params] for _, params in made.values()], 1e-3, 1e-5)
    seconds = measure.turns({name: step for name, (step, _) in made.items()})
    measure.report(title, seconds, {"PyTorch": goal}, OURS)


def main() -> None:
    print(f"Python {sys.version.split()[0]}, NumPy {np.__version__}, one thread")
    has_torch = measure.installed("torch", "PyTorch")
    training("convnet on 1x28x28, batch 32, float32", convnet, *images(), 2.0, has_torch)


if __name__ == "__main__":
    main()
