"""A pass over data in batches against PyTorch's DataLoader, in one process and on one thread.

    pip install -e ".[bench]" "torch==2.13.0"
    python benchmarks/data.py

60,000 examples of 784 float32 numbers, the size of MNIST, in shuffled batches of 64.  The floor is
what NumPy needs to gather the rows and nothing else.
"""

from __future__ import annotations

import measure  # before NumPy

# isort: split
import numpy as np

from nn.data import DataLoader, TensorDataset

SHAPE, BATCH = (60_000, 784), 64
GOAL = {"PyTorch": 0.5}


def one_pass(loader: object) -> measure.Run:
    """An epoch that looks at nothing."""

    def run() -> None:
        for _ in loader:  # type: ignore[attr-defined]
            pass

    return run


def main() -> None:
    """The ratios."""
    rng = np.random.default_rng(0)
    X, y = rng.random(SHAPE, dtype=np.float32), rng.integers(0, 10, SHAPE[0])

    def floor() -> None:
        order = rng.permutation(len(X))
        for start in range(0, len(X), BATCH):
            rows = order[start : start + BATCH]
            X[rows], y[rows]

    ours = DataLoader(TensorDataset(X, y), batch_size=BATCH, shuffle=True)
    runs = {"chalkgrad": one_pass(ours), "NumPy's indexing alone": floor}
    if measure.installed("torch", "PyTorch"):
        import torch
        from torch.utils import data

        tensors = data.TensorDataset(torch.tensor(X), torch.tensor(y))
        theirs = data.DataLoader(tensors, batch_size=BATCH, shuffle=True)
        runs["PyTorch"] = one_pass(theirs)
        for batch, other in zip(ours, theirs, strict=True):  # the same work
            assert [tuple(t.shape) for t in other] == [t.shape for t in batch]
    measure.report("an epoch of 60,000 x 784", measure.turns(runs, rounds=15), GOAL)


if __name__ == "__main__":
    main()
