"""Networks made of layers against PyTorch: a training step of each, on one thread.

    pip install -e ".[bench]" "torch==2.13.0"
    python benchmarks/layers.py

Both libraries start from the same weights and must have learned the same after some steps.  Every
figure is a ratio from one run in which the contestants take turns (see ``measure.py``).
"""

from __future__ import annotations

import itertools
import sys
from typing import Any

import measure  # before NumPy
from networks import NETWORKS, Made, check_same, plain, random_task

# isort: split
import numpy as np

RATES = {"SGD": 0.05, "Adam": 0.001}
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


def mlp(sizes: list[int]) -> Any:
    """Linear, ReLU, ..., Linear, in either library."""

    def build(nn: Any) -> Any:
        layers: list[Any] = []
        for n, m in itertools.pairwise(sizes):
            layers += [nn.Linear(n, m), nn.ReLU()]
        return nn.Sequential(*layers[:-1])

    return build


def rows(sizes: list[int], batch: int) -> tuple[Any, Any]:
    """Noise for such a network, likewise."""
    task = random_task(sizes, batch)
    return task.X, task.y


def our_step(
    build: Any, X: Any, y: Any, compiled: bool = False, optimizer_name: str = "SGD"
) -> Made:
    import autograd
    import nn

    nn.manual_seed(0)
    model = build(nn).float()
    optimizer = getattr(nn, optimizer_name)(model.parameters(), lr=RATES[optimizer_name])
    criterion = nn.CrossEntropyLoss()

    def loss(X: Any, y: Any) -> Any:
        return criterion(model(X), y)

    if compiled:
        loss = autograd.compile(loss, numbers=False)
    X, y = autograd.Tensor(X), autograd.Tensor(y)

    def step() -> None:
        optimizer.zero_grad()
        loss(X, y).backward()
        optimizer.step()

    return step, model.parameters()


def torch_step(build: Any, X: Any, y: Any, optimizer_name: str = "SGD") -> Made:
    import torch

    import nn

    nn.manual_seed(0)
    model = build(torch.nn)
    ours = build(nn).float().state_dict()
    model.load_state_dict({name: torch.tensor(x) for name, x in ours.items()})
    optimizer = getattr(torch.optim, optimizer_name)(model.parameters(), lr=RATES[optimizer_name])
    criterion = torch.nn.CrossEntropyLoss()
    X, y = torch.tensor(X), torch.tensor(y)

    def step() -> None:
        optimizer.zero_grad()
        criterion(model(X), y).backward()
        optimizer.step()

    return step, list(model.parameters())


def learned(params: Any) -> list[Any]:
    """The parameters of either library as arrays."""
    return [plain(p.detach() if hasattr(p, "detach") else p) for p in params]


def training(
    title: str,
    build: Any,
    X: Any,
    y: Any,
    goal: float,
    has_torch: bool,
    optimizer_name: str = "SGD",
) -> None:
    """Report the times of a training step, after all have learned the same."""
    made = {
        OURS: our_step(build, X, y, False, optimizer_name),
        "compiled": our_step(build, X, y, True, optimizer_name),
    }
    if has_torch:
        made["PyTorch"] = torch_step(build, X, y, optimizer_name)
    for step, _ in made.values():
        for _ in range(STEPS):
            step()
    check_same([[np.asarray(p.data) for p in params] for _, params in made.values()], 1e-3, 1e-5)
    seconds = measure.turns({name: step for name, (step, _) in made.items()})
    measure.report(title, seconds, {"PyTorch": goal}, OURS)


def main() -> None:
    print(f"Python {sys.version.split()[0]}, NumPy {np.__version__}, one thread")
    has_torch = measure.installed("torch", "PyTorch")
    for name in RATES:
        for sizes, batch, goal in NETWORKS:
            title = f"{sizes}, batch {batch}, float32, {name}"
            goal = goal if name == "SGD" else 1.0
            training(title, mlp(sizes), *rows(sizes, batch), goal, has_torch, name)
    training("convnet on 1x28x28, batch 32, float32", convnet, *images(), 2.0, has_torch)


if __name__ == "__main__":
    main()
