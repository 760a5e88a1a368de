"""``python -m nn.demo --compile``: the same training, in less time."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from test_demo import demo

import nn


def how_trained(output: str) -> str:
    (how,) = re.findall(r"^trained in \d+\.\d s \((.*)\)$", output, re.MULTILINE)
    return str(how)


def test_compiled_where_it_helps(tmp_path: Path) -> None:
    def go(*options: str) -> str:
        run = demo(tmp_path, "xor", "--epochs", "1", *options)
        assert (run.returncode, run.stderr) == (0, "")
        return how_trained(run.stdout)

    scalar = "one scalar after the other"
    assert go() == go("--compile", "--batch-size", "1") == "compiled"
    assert go("--batch-size", "1") == go("--no-compile") == scalar


@pytest.mark.parametrize("batch_size", [1, 7, None])
def test_compiled_training_learns_the_same(batch_size: int | None) -> None:
    X, y = nn.datasets.load("spirals", n=40)[:2]
    learned = []
    for compiled in (False, True):
        model = nn.MLP(2, [6, 5, 3], seed=2)
        optimizer = nn.SGD(model.parameters(), lr=0.1, momentum=0.9)
        rng = np.random.default_rng(0)
        data = nn.DataLoader(nn.TensorDataset(X[:30], y[:30]), batch_size or 30, True, rng=rng)
        history = nn.fit(
            model, data, nn.cross_entropy, optimizer, 4, validation=(X[30:], y[30:]),
            metrics=nn.accuracy, compile=compiled, progress=False,
        )  # fmt: skip
        learned.append([*map(tuple, history.values()), [p.data for p in model.parameters()]])
    assert len(learned[0]) == 6
    for found, expected in zip(*learned, strict=True):
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)
