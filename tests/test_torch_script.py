"""One training script, run with PyTorch and with this library: the same losses, step by step.

The script is written against PyTorch's names; what it imports as ``torch`` is PyTorch, or what this
library has of it.  Three character-level models learn names: a network on the last few characters
with batch norm, a GRU, and a transformer of two layers.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn as our_nn
from autograd import Tensor

STEPS, BATCH, BLOCK = 50, 16, 8
LETTERS = ".abcdefghijklmnopqrstuvwxyz"

# What stands in for `import torch`: tensors of this library, and its nn.
ours = types.SimpleNamespace(
    nn=our_nn,
    optim=our_nn.optim,
    tensor=Tensor,
    arange=lambda n: Tensor(np.arange(n)),
)


def names(count: int) -> list[str]:
    """Names of two to three syllables."""
    rng = np.random.default_rng(0)
    first, vowels, last = ["", *"bdfjklmnrstv"], list("aeiou"), ["", "", *"lnrs"]
    return [
        "".join(
            str(rng.choice(first)) + str(rng.choice(vowels)) + str(rng.choice(last))
            for _ in range(rng.integers(2, 4))
        )
        for _ in range(count)
    ]


def batches() -> list[tuple[Any, Any]]:
    """For each step characters (examples, steps) and the characters that follow them."""
    rng = np.random.default_rng(1)
    text = np.array([LETTERS.index(c) for c in "." + ".".join(names(300)) + "."])
    starts = rng.integers(0, len(text) - BLOCK, size=(STEPS, BATCH, 1))
    places = starts + np.arange(BLOCK)
    return list(zip(text[places], text[places + 1], strict=True))


# --- the script -----------------------------------------------------------------------------------


def models(torch: Any) -> dict[str, Any]:
    """The three models, each with its optimiser and schedule."""
    nn = torch.nn
    vocabulary, width = len(LETTERS), 12

    class OfRecurrent(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(vocabulary, width)
            self.rnn = nn.GRU(width, 20, batch_first=True)
            self.head = nn.Linear(20, vocabulary)

        def forward(self, x: Any) -> Any:
            states, _ = self.rnn(self.embedding(x))
            return self.head(states)

    class OfAttention(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(vocabulary, width)
            self.position = nn.Embedding(BLOCK, width)
            layer = nn.TransformerEncoderLayer(
                width, 3, 24, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
            )
            self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
            self.norm = nn.LayerNorm(width)
            self.head = nn.Linear(width, vocabulary, bias=False)

        def forward(self, x: Any) -> Any:
            x = self.embedding(x) + self.position(torch.arange(x.shape[1]))
            mask = nn.Transformer.generate_square_subsequent_mask(BLOCK, dtype=x.dtype)
            return self.head(self.norm(self.encoder(x, mask, is_causal=True)))

    def of_last_characters() -> Any:
        return nn.Sequential(
            nn.Embedding(vocabulary, width),
            nn.Flatten(),
            nn.Linear(BLOCK * width, 32, bias=False),
            nn.BatchNorm1d(32),
            nn.Tanh(),
            nn.Linear(32, vocabulary),
        )

    return {"MLP": of_last_characters(), "GRU": OfRecurrent(), "transformer": OfAttention()}


def optimisers(torch: Any, name: str, model: Any) -> tuple[Any, Any]:
    """How each is trained."""
    optim = torch.optim
    if name == "MLP":
        optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True)
        return optimizer, optim.lr_scheduler.StepLR(optimizer, step_size=20, gamma=0.5)
    if name == "GRU":
        optimizer = optim.Adam(model.parameters(), lr=0.01)
        return optimizer, optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.99)
    decayed = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim < 2]
    groups = [{"params": decayed, "weight_decay": 0.1}, {"params": others, "weight_decay": 0.0}]
    optimizer = optim.AdamW(groups, lr=0.01, betas=(0.9, 0.95))
    return optimizer, optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=STEPS)


def train(torch: Any, name: str, start: Callable[[Any], None]) -> list[float]:
    """Train a model from the numbers that ``start`` gives it; returns the loss of each step."""
    model = models(torch)[name].double()
    start(model)
    optimizer, schedule = optimisers(torch, name, model)
    criterion = torch.nn.CrossEntropyLoss()
    losses = []
    model.train()
    for inputs, targets in batches():
        x, y = torch.tensor(inputs), torch.tensor(targets)
        if name == "MLP":
            y = y[:, -1]
        logits = model(x)
        loss = criterion(logits.reshape(-1, logits.shape[-1]), y.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    model.eval()
    inputs, _ = batches()[0]
    losses.append(float(model(torch.tensor(inputs)).sum().item()))
    return losses


# --- both runs ------------------------------------------------------------------------------------

# Recorded from PyTorch 2.13: losses of steps 0, 10, ..., 40, and the sum of the scores in use.
GOLDEN: dict[str, list[float]] = {
    "MLP": [
        3.897731650411716,
        3.3768269608218993,
        3.1345973344974887,
        2.596460868549647,
        2.444518703503602,
        238.54246898273027,
    ],
    "GRU": [
        3.4820182614143693,
        2.9604876871414034,
        2.8576469890563443,
        2.761403438812059,
        2.588963693765815,
        263.5218585934254,
    ],
    "transformer": [
        3.370051619307826,
        2.99172294420931,
        2.8491751617871026,
        2.8259475651881827,
        2.7298339474143907,
        -1430.6790295147794,
    ],
}


def start_ours(model: Any) -> None:
    """Numbers that need no library to be drawn."""
    rng = np.random.default_rng(2)
    for p in model.parameters():
        p.data = rng.normal(size=p.shape) / 4 + (p.ndim == 1) * 0.5


@pytest.mark.parametrize("name", ["MLP", "GRU", "transformer"])
def test_the_same_script_has_the_same_losses(name: str) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    given = models(ours)[name]
    start_ours(given)
    saved = {key: torch.tensor(x) for key, x in given.state_dict().items()}
    expected = train(torch, name, lambda model: model.load_state_dict(saved))
    losses = train(ours, name, lambda model: model.load_state_dict(given.state_dict()))
    np.testing.assert_allclose(losses, expected, rtol=0, atol=1e-8)
    assert losses[-2] < losses[0] - 0.3  # it did learn


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_losses(name: str) -> None:
    losses = train(ours, name, start_ours)
    np.testing.assert_allclose([*losses[:-1:10], losses[-1]], GOLDEN[name], rtol=0, atol=1e-8)
