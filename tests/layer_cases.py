"""Layers and functions of arrays that PyTorch has too: how each is made, and what goes in.

One table, read by the tests: against PyTorch, against numbers recorded from PyTorch (so that the
comparison stays where it is not installed), compiled, and by numeric differentiation.

    python tests/layer_cases.py > tests/layer_golden.json    # records anew; needs PyTorch
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Case:
    """A layer, made by either library's ``nn``.

    Attributes:
        name: of the layer, and what is special.
        build: makes it.
        shape: of the input.
        train: in which mode it runs.
        classes: for whole numbers as inputs, how many there are.
        spread: what the inputs are multiplied by.
    """

    name: str
    build: Callable[[Any], Any]
    shape: tuple[int, ...]
    train: bool = True
    classes: int = 0
    spread: float = 2.0


def numbers(shape: tuple[int, ...], k: float) -> Any:
    """Irregular numbers, no two of them alike, the same on every machine to a few last digits."""
    return np.sin(k * (1.0 + np.arange(np.prod(shape, dtype=int)))).reshape(shape)


def layer(name: str, shape: tuple[int, ...], *args: Any, **kwargs: Any) -> Case:
    """A case of the layer with this name and these arguments."""
    options: dict[str, Any] = {
        k: kwargs.pop(k) for k in ("train", "classes", "spread") if k in kwargs
    }
    shown = [*map(repr, args), *(f"{k}={v!r}" for k, v in kwargs.items())]
    more = [f"{k} {v}" for k, v in options.items() if k != "classes"]
    title = f"{name}({', '.join(shown)}) on {shape} {' '.join(more)}".rstrip()
    return Case(title, lambda nn: getattr(nn, name)(*args, **kwargs), shape, **options)


FEATURES, SEQUENCE, IMAGE = (4, 3), (2, 4, 7), (2, 4, 6, 5)

CASES = [
    *(
        layer(name, FEATURES)
        for name in (
            *("ReLU", "ReLU6", "LeakyReLU", "PReLU", "ELU", "SELU", "GELU", "SiLU", "Softplus"),
            *("Sigmoid", "LogSigmoid", "Tanh", "Hardtanh"),
        )
    ),
    layer("ReLU", FEATURES, inplace=True),
    layer("ReLU6", FEATURES, spread=9.0),
    layer("LeakyReLU", FEATURES, 0.3),
    layer("PReLU", IMAGE, 4, 0.1),
    layer("PReLU", (5,)),
    layer("PReLU", ()),
    layer("ELU", FEATURES, alpha=0.5),
    layer("GELU", FEATURES, approximate="tanh"),
    layer("Softplus", FEATURES, beta=3.0, threshold=2.0),
    layer("Softplus", FEATURES, spread=40.0),
    layer("Hardtanh", FEATURES, -0.5, 1.5),
    *(layer(name, (2, 3, 4), dim) for name in ("Softmax", "LogSoftmax") for dim in (0, 1, -1)),
    layer("Flatten", IMAGE),
    layer("Flatten", IMAGE, 0, 1),
    layer("Flatten", IMAGE, start_dim=-3, end_dim=-2),
    layer("Flatten", (), 0),
    layer("Dropout", FEATURES, 0.4, train=False),
    layer("Dropout", FEATURES, 0.0),
    layer("Dropout", FEATURES, 1.0),
    layer("BatchNorm1d", FEATURES, 3),
    layer("BatchNorm1d", FEATURES, 3, train=False),
    layer("BatchNorm1d", SEQUENCE, 4),
    layer("BatchNorm1d", SEQUENCE, 4, eps=0.1, momentum=0.3),
    layer("BatchNorm1d", SEQUENCE, 4, momentum=None),
    layer("BatchNorm1d", FEATURES, 3, affine=False),
    layer("BatchNorm2d", IMAGE, 4, bias=False),
    layer("BatchNorm1d", FEATURES, 3, track_running_stats=False),
    layer("BatchNorm1d", FEATURES, 3, track_running_stats=False, train=False),
    layer("BatchNorm2d", IMAGE, 4),
    layer("BatchNorm2d", IMAGE, 4, momentum=None),
    layer("BatchNorm2d", IMAGE, 4, affine=False, train=False),
    layer("LayerNorm", FEATURES, 3),
    layer("LayerNorm", IMAGE, (6, 5), eps=0.01),
    layer("LayerNorm", SEQUENCE, 7, bias=False),
    layer("LayerNorm", SEQUENCE, [4, 7], elementwise_affine=False),
    layer("Embedding", (2, 5), 6, 3, classes=6),
    layer("Embedding", (4,), 6, 3, padding_idx=2, classes=6),
    layer("Embedding", (4,), 6, 3, padding_idx=-1, classes=6),
    layer("Conv1d", SEQUENCE, 4, 6, 3),
    layer("Conv1d", SEQUENCE, 4, 6, 2, stride=2, padding=1, bias=False),
    layer("Conv1d", SEQUENCE, 4, 6, 3, dilation=2, groups=2),
    layer("Conv1d", SEQUENCE, 4, 6, 3, padding="same", dilation=2),
    layer("Conv1d", SEQUENCE, 4, 6, 5, padding="same"),
    layer("Conv1d", SEQUENCE, 4, 6, 5, padding="same", padding_mode="reflect"),
    layer("Conv1d", SEQUENCE, 4, 6, 3, padding="valid", padding_mode="circular"),
    layer("Conv1d", (4, 7), 4, 6, 3),
    layer("Conv2d", IMAGE, 4, 3, 3),
    layer("Conv2d", IMAGE, 4, 3, (3, 2), stride=(2, 1), padding=(1, 2), bias=False),
    layer("Conv2d", IMAGE, 4, 6, 2, dilation=(1, 2), groups=2),
    layer("Conv2d", IMAGE, 4, 8, 3, groups=4, padding=1, stride=2),
    layer("Conv2d", IMAGE, 4, 3, 3, padding="same", dilation=2),
    layer("Conv2d", IMAGE, 4, 3, (2, 5), padding="same", dilation=(2, 1)),
    layer("Conv2d", IMAGE, 4, 3, 3, padding="valid"),
    layer("Conv2d", IMAGE, 4, 3, (5, 3), padding="same", padding_mode="replicate", dilation=(1, 2)),
    layer("Conv2d", IMAGE, 4, 3, 3, padding=(1, 2), padding_mode="circular", stride=2, bias=False),
    layer("Conv2d", (4, 6, 5), 4, 3, 3, padding=(2, 1), padding_mode="reflect", groups=1),
    layer("Conv2d", (4, 6, 5), 4, 3, 1),
    *(
        layer(f"{name}{n}d", SEQUENCE if n == 1 else IMAGE, 3, **settings)
        for n in (1, 2)
        for name, settings in (
            ("MaxPool", {}),
            ("MaxPool", {"stride": 1, "padding": 1}),
            ("MaxPool", {"stride": 2, "ceil_mode": True}),
            ("MaxPool", {"stride": 1, "dilation": 2}),
            ("AvgPool", {}),
            ("AvgPool", {"stride": 2, "padding": 1}),
            ("AvgPool", {"stride": 2, "padding": 1, "count_include_pad": False}),
            ("AvgPool", {"stride": 2, "ceil_mode": True}),
        )
    ),
    layer("MaxPool2d", IMAGE, (2, 3), stride=(1, 2)),
    layer("MaxPool2d", (4, 6, 5), 2),
    layer("AvgPool2d", IMAGE, (2, 3), divisor_override=4),
    layer("AdaptiveAvgPool1d", SEQUENCE, 3),
    layer("AdaptiveAvgPool2d", IMAGE, 1),
    layer("AdaptiveAvgPool2d", IMAGE, (4, None)),
]


def inputs(case: Case) -> Any:
    """Numbers, or positions in a table."""
    x = numbers(case.shape, 1.7)
    return (x * 1e6).astype(int) % case.classes if case.classes else case.spread * x


def state(shapes: dict[str, tuple[int, ...]]) -> dict[str, Any]:
    """Weights and buffers; variances are positive."""
    found: dict[str, Any] = {}
    for i, (name, shape) in enumerate(shapes.items()):
        values = numbers(shape, 0.9 + 0.13 * i)
        counts = name == "num_batches_tracked"
        found[name] = np.array(3) if counts else values**2 + 0.2 if "var" in name else values
    return found


def summary(x: Any) -> list[float]:
    """Two numbers that every element counts for."""
    x = np.asarray(x, dtype=float)
    return [float(np.sum(x * numbers(x.shape, k))) for k in (0.7, 2.3)]


def of_pytorch(case: Case) -> dict[str, Any]:
    """Output, gradients and buffers, as PyTorch computes them."""
    import torch

    module = case.build(torch.nn).double().train(case.train)
    values = state({name: tuple(x.shape) for name, x in module.state_dict().items()})
    module.load_state_dict({name: torch.tensor(x) for name, x in values.items()})
    x = torch.tensor(inputs(case), requires_grad=not case.classes)
    out = module(x * 1 if x.requires_grad else x)
    found = {"output": out.detach().numpy()}
    if out.requires_grad:
        out.backward(torch.tensor(numbers(tuple(out.shape), 1.1)))
    if x.requires_grad:
        found["input"] = x.grad.numpy()
    found |= {name: p.grad.numpy() for name, p in module.named_parameters()}
    return found | {f"new {name}": b.numpy() for name, b in module.named_buffers()}


def of_ours(case: Case, how: Callable[[Any], Any] = lambda module: module) -> dict[str, Any]:
    """The same, as this library does; ``how`` may compile the layer."""
    import nn
    from autograd import Tensor

    module = case.build(nn).train(case.train)
    module.load_state_dict(state({name: x.shape for name, x in module.state_dict().items()}))
    x = Tensor(inputs(case), requires_grad=not case.classes)
    out = how(module)(x)
    found = {"output": out.data}
    out.backward(numbers(out.shape, 1.1))
    if x.requires_grad:
        found["input"] = x.grad
    found |= {name: p.grad for name, p in module.named_parameters()}
    return found | {f"new {name}": b.data for name, b in module.named_buffers()}


if __name__ == "__main__":
    recorded = {c.name: {k: summary(x) for k, x in of_pytorch(c).items()} for c in CASES}
    rows = [f"{json.dumps(name)}: {json.dumps(row)}" for name, row in recorded.items()]
    print("{\n" + ",\n".join(rows) + "\n}")
