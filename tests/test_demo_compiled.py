"""``python -m nn.demo --compile``: the same training, in less time."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from test_demo import demo

import nn
import nn.demo


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
        history = nn.demo.train(
            nn.demo.predictor(model, compiled),
            optimizer,
            (X[:30], y[:30], X[30:], y[30:]),
            epochs=4,
            batch_size=batch_size or len(X),
            rng=random.Random(0),
            report=lambda history: None,
        )
        learned.append([*map(tuple, history.values()), [p.data for p in model.parameters()]])
    assert len(learned[0]) == 4
    for found, expected in zip(*learned, strict=True):
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)
