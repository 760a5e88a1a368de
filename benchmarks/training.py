"""What ``nn.fit`` costs over the loop written out, and how soon digits are learned.

    python benchmarks/training.py

The first are ratios from one run on one thread (see ``measure.py``), of one and of five epochs of a
small network, where the loop around the steps and what comes before it weigh most.  The second is a
time, of the whole of a training on this machine: it is here to be seen, not compared.
"""

from __future__ import annotations

import time
from functools import partial

import measure  # before NumPy

# isort: split
import numpy as np

import nn

BATCH = 32


def network(hidden: int = 32) -> nn.Sequential:
    nn.manual_seed(0)
    return nn.Sequential(nn.Linear(64, hidden), nn.ReLU(), nn.Linear(hidden, 10))


def main() -> None:
    """Measure and print."""
    digits = nn.datasets.load("digits")
    X, y, X_held, y_held = nn.split((digits.X / 16).astype(np.float32), digits.y, seed=0)
    batches = list(nn.batches(X, y, batch_size=BATCH, seed=0))
    loss = nn.CrossEntropyLoss()

    ours, theirs = network().float(), network().float()
    first, second = (nn.SGD(m.parameters(), lr=0.1) for m in (ours, theirs))

    def loop(epochs: int) -> None:
        for _ in range(epochs):
            for inputs, targets in batches:
                second.zero_grad()
                value = loss(theirs(inputs), targets)
                value.backward()
                second.step()

    def fitted(epochs: int) -> None:
        nn.fit(ours, batches, loss, first, epochs, progress=False)

    for epochs in (1, 5):
        contestants = {
            "nn.fit": partial(fitted, epochs),
            "the loop written out": partial(loop, epochs),
        }
        seconds = measure.turns(contestants, rounds=300 // epochs)
        title = f"{epochs} x {len(batches)} steps, 64-32-10, batch {BATCH}, float32"
        measure.report(title, seconds, {"the loop written out": 1.1}, "nn.fit")

    start = time.perf_counter()
    model = network(64).float()
    optimizer = nn.Adam(model.parameters(), lr=0.003)
    data = nn.DataLoader(nn.TensorDataset(X, y), batch_size=BATCH, shuffle=True)
    held = (X_held, y_held)

    class Learned:
        def on_epoch(self, run: nn.Run) -> None:
            if run.history["validation accuracy"][-1] >= 0.97:
                run.stop("learned")

    history = nn.fit(
        model, data, loss, optimizer, 100, validation=held, metrics=nn.accuracy,
        callbacks=[Learned()], progress=False,
    )  # fmt: skip
    reached = history["validation accuracy"][-1]
    print(
        f"\ndigits: {reached:.1%} of the held-out images after {history.epochs} epochs, "
        f"{time.perf_counter() - start:.2f} s (at most 5)"
    )


if __name__ == "__main__":
    main()
