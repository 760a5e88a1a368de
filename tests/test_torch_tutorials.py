"""Two programs as tutorials of PyTorch have them, run with both libraries: the same numbers.

A GPT with tied weights, masks in buffers and weight decay for matrices only; and an autoencoder of
layers of one's own, with hooks, modules added by name, frozen parts, and a state that moves.
"""

from __future__ import annotations

import copy
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn as our_nn
from autograd import Tensor

# What stands in for `import torch`.
OURS = types.SimpleNamespace(
    nn=our_nn,
    optim=our_nn.optim,
    tensor=Tensor,
    cat=autograd.concatenate,
    matmul=autograd.matmul,
    swapaxes=autograd.swapaxes,
    no_grad=autograd.no_grad,
    from_numpy=lambda x: x,
)


def start(torch: Any, model: Any) -> None:
    """The same numbers for both, drawn by name; biases and scales stay as they are."""
    rng = np.random.default_rng(3)
    state = {}
    for name, p in model.named_parameters():
        if len(p.shape) > 1:
            state[name] = torch.from_numpy(rng.normal(size=tuple(p.shape)) * 0.3)
        else:
            state[name] = torch.from_numpy(np.full(tuple(p.shape), 0.1))
    model.double().load_state_dict(state, strict=False)


def gpt(torch: Any) -> Any:
    nn, F = torch.nn, torch.nn.functional

    class Head(nn.Module):
        def __init__(self, width: int, size: int, block: int) -> None:
            super().__init__()
            self.key = nn.Linear(width, size, bias=False)
            self.query = nn.Linear(width, size, bias=False)
            self.value = nn.Linear(width, size, bias=False)
            future = np.triu(np.full((block, block), -np.inf), 1)
            self.register_buffer("mask", torch.tensor(future))
            self.dropout = nn.Dropout(0.0)

        def forward(self, x: Any) -> Any:
            steps, size = x.shape[1], x.shape[2]
            scores = torch.matmul(self.query(x), torch.swapaxes(self.key(x), -2, -1))
            weights = F.softmax(scores * size**-0.5 + self.mask[:steps, :steps], dim=-1)
            return torch.matmul(self.dropout(weights), self.value(x))

    class Block(nn.Module):
        def __init__(self, width: int, heads: int, block: int) -> None:
            super().__init__()
            self.heads = nn.ModuleList([Head(width, width // heads, block) for _ in range(heads)])
            self.proj = nn.Linear(width, width)
            self.ln1, self.ln2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.ffwd = nn.Sequential(
                nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
            )

        def forward(self, x: Any) -> Any:
            y = self.ln1(x)
            x = x + self.proj(torch.cat([head(y) for head in self.heads], -1))
            return x + self.ffwd(self.ln2(x))

    class GPT(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.tok, self.pos = nn.Embedding(7, 8), nn.Embedding(5, 8)
            self.blocks = nn.Sequential(*[Block(8, 2, 5) for _ in range(2)])
            self.ln_f = nn.LayerNorm(8)
            self.lm_head = nn.Linear(8, 7, bias=False)
            self.lm_head.weight = self.tok.weight
            self.apply(self._init_weights)

        def _init_weights(self, module: Any) -> None:
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, mean=0.0, std=0.02)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

        def forward(self, idx: Any, targets: Any = None) -> Any:
            x = self.tok(idx) + self.pos(torch.tensor(np.arange(idx.shape[1])))
            logits = self.lm_head(self.ln_f(self.blocks(x)))
            if targets is None:
                return logits, None
            return logits, F.cross_entropy(logits.reshape(-1, 7), targets.reshape(-1))

    model, rng = GPT(), np.random.default_rng(0)
    start(torch, model)
    decay = [p for _, p in model.named_parameters() if len(p.shape) >= 2]
    rest = [p for _, p in model.named_parameters() if len(p.shape) < 2]
    groups = [{"params": decay, "weight_decay": 0.1}, {"params": rest, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=0.01)
    losses = []
    for _ in range(8):
        text = rng.integers(0, 7, size=(3, 6))
        _, loss = model(torch.tensor(text[:, :-1].copy()), torch.tensor(text[:, 1:].copy()))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    assert model.lm_head.weight is model.tok.weight
    return losses, list(model.state_dict()), sum(p.numel() for p in model.parameters())


def autoencoder(torch: Any) -> Any:
    nn, F, rng = torch.nn, torch.nn.functional, np.random.default_rng(0)

    class MyLinear(nn.Module):
        def __init__(self, in_units: int, units: int) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.tensor(np.zeros((in_units, units))))
            self.bias = nn.Parameter(torch.tensor(np.zeros(units)))
            self.register_parameter("gain", None)

        def forward(self, x: Any) -> Any:
            return F.relu(torch.matmul(x, self.weight) + self.bias)

    class AutoEncoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = nn.Sequential(
                MyLinear(6, 4), nn.BatchNorm1d(4), nn.LeakyReLU(0.2, inplace=True), nn.Linear(4, 2)
            )
            self.acts = nn.ModuleDict([["tanh", nn.Tanh()], ["prelu", nn.PReLU()]])
            self.decoder = nn.Sequential()
            self.decoder.add_module("fc", nn.Linear(2, 6))
            self.decoder.add_module("out", nn.Sigmoid())

        def forward(self, x: Any, act: str = "prelu") -> Any:
            code = self.acts[act](self.encoder(x))
            return self.decoder(code), code

    model, x = AutoEncoder(), torch.tensor(rng.random((12, 6)))
    start(torch, model)
    for p in model.encoder[0].parameters():
        p.requires_grad = False
    seen: dict[str, Any] = {}

    def hook(module: Any, args: Any, output: Any) -> None:
        seen["code"] = output.detach()

    handle = model.encoder[3].register_forward_hook(hook)
    optimizer = torch.optim.RMSprop(filter(lambda p: p.requires_grad, model.parameters()), lr=0.01)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 3, 0.5)
    losses = []
    for epoch in range(8):
        out, code = model(x, act="prelu" if epoch % 2 else "tanh")
        loss = nn.MSELoss()(out, x) + 0.01 * (code**2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
    handle.remove()
    twin = AutoEncoder().double()
    assert twin.load_state_dict(copy.deepcopy(model.state_dict())).missing_keys == []
    model.eval()
    twin.eval()
    with torch.no_grad():
        assert abs(twin(x)[0] - model(x)[0]).max().item() == 0
    count = model.encoder[1].num_batches_tracked.item()
    names = [name for name, _ in model.named_modules()]
    return [*losses, seen["code"].sum().item(), *scheduler.get_last_lr()], names, count


@pytest.mark.parametrize("script", [gpt, autoencoder])
def test_a_tutorial_runs_as_with_pytorch(script: Callable[[Any], Any]) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    (ours, *rest), (theirs, *others) = script(OURS), script(torch)
    np.testing.assert_allclose(ours, theirs, rtol=1e-10)
    assert rest == others
