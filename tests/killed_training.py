"""A program: a training is killed at random moments and resumed until it is through.

    python killed_training.py FOLDER KILLS SUFFIX

Every process begins as a user's script does, with a new model; all that is random is in play.  In
the end there are two files with the same name in FOLDER/whole, of a training that nobody killed,
and FOLDER/killed.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

import nn

EPOCHS = 150


class Noise:
    """A callback that draws from the generators of NumPy and Python, and counts."""

    def __init__(self) -> None:
        self.drawn = 0

    def on_batch(self, run: Any) -> None:
        self.drawn += 1
        shift = random.gauss(0, 0.01) + np.random.normal(0, 0.01) + 1e-6 * self.drawn
        run.inputs = run.inputs.data + shift

    def state_dict(self) -> dict[str, Any]:
        return {"drawn": self.drawn}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.drawn = state["drawn"]


class Report:
    """A callback that tells another process of each epoch."""

    def __init__(self, to: int) -> None:
        self.to = to

    def on_epoch(self, run: Any) -> None:
        os.write(self.to, b".")


def train(folder: Path, suffix: str, to: int | None) -> None:
    """The script.  Seeds are those of the first start alone: the rest is in the checkpoint."""
    first = not (folder / f"run{suffix}").exists()
    random.seed(1 if first else None)
    np.random.seed(1 if first else None)
    nn.manual_seed(1 if first else int.from_bytes(os.urandom(4), "big"))
    X, y = nn.datasets.load("moons", n=24, seed=0)[:2]
    rng = np.random.default_rng(5 if first else None)
    data = nn.DataLoader(nn.TensorDataset(X, y), batch_size=10, shuffle=True, rng=rng)
    model = nn.Sequential(
        nn.Linear(2, 6), nn.BatchNorm1d(6), nn.Tanh(), nn.Dropout(0.2), nn.Linear(6, 2)
    )
    optimizer = nn.AdamW(model.parameters(), lr=0.01)
    schedule = nn.optim.lr_scheduler.OneCycleLR(optimizer, 0.05, EPOCHS * len(data))
    stop = nn.EarlyStopping(monitor="loss", patience=EPOCHS)
    checkpoint = nn.Checkpoint(folder / f"run{suffix}", resume=True)
    callbacks = [checkpoint, Noise(), stop, *([] if to is None else [Report(to)])]
    history = nn.fit(
        model,
        data,
        nn.CrossEntropyLoss(),
        optimizer,
        EPOCHS,
        schedule=schedule,
        clip=1.0,
        callbacks=callbacks,
        metrics=[nn.accuracy],
        progress=False,
    )
    nn.save(
        {
            "model": model,
            "optimizer": optimizer.state_dict(),
            "history": history,
            "best": stop.best,
        },
        folder / "end.npz",
    )


def killed(folder: Path, suffix: str, most: int) -> int:
    """Train in processes that are killed; the number of kills."""
    chance = random.Random(3)
    kills = 0
    while True:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                os.close(reading)
                train(folder, suffix, writing)
                status = 0
            finally:
                os._exit(status)
        os.close(writing)
        if kills < most:
            # Wait for some epochs, and a part of one: in the middle of a step, a save, a start.
            for _ in range(chance.choice([0, 1, 2])):
                os.read(reading, 1)
            time.sleep(chance.uniform(0, 0.02))
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        os.close(reading)
        if status == 0:
            return kills
        if os.WIFSIGNALED(status):
            kills += 1
        else:
            raise SystemExit("a resumed training has failed")


def main(folder: Path, kills: int, suffix: str) -> None:
    for name in ("whole", "killed"):
        (folder / name).mkdir()
    state = (random.getstate(), np.random.get_state())
    train(folder / "whole", suffix, None)
    random.setstate(state[0])
    np.random.set_state(state[1])
    print(killed(folder / "killed", suffix, kills))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
