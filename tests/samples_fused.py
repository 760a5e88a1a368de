"""Rows about operations that are fused: they equal what they are made of."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from array_row import ArrayRow

from autograd.node import PRIMITIVES
from autograd.ops.fused import _slope, binary_cross_entropy, softmax_cross_entropy
from autograd.ops.standardizing import standardize

RNG = np.random.default_rng(5)
SCORES = RNG.normal(size=(4, 3))
BATCHES = RNG.normal(size=(2, 4, 3))
CLASSES = np.array([2, 0, 1, 1])
SOME = np.array([-100, 0, 1, 1])  # the first does not count


def torch_cross_entropy(x: Any, classes: Any, reduction: str) -> Any:
    torch = importlib.import_module("torch")
    return torch.nn.functional.cross_entropy(x, torch.tensor(classes), reduction=reduction)


def by_hand(x: Any, classes: Any) -> Any:
    """NumPy has no such function: the definition, in the order of the forward pass."""
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    chances = powers / powers.sum(axis=-1, keepdims=True)
    return -np.log(np.take_along_axis(chances, classes[..., None], -1)[..., 0])


# Chances of exactly 0 and 1 are in test_losses_chances.py: they have no slope of the second order.
CHANCES = np.array([[0.25, 0.9], [0.5, 0.01]])
TARGETS = np.array([[0.0, 1.0], [0.75, 0.2]])


def torch_binary(x: Any, y: Any) -> Any:
    torch = importlib.import_module("torch")
    return torch.nn.functional.binary_cross_entropy(x, y, reduction="none")


def means(x: Any, axis: Any) -> Any:
    """Means over the last axis come from a product of matrices: other last digits than a sum."""
    count = int(np.prod([x.shape[a] for a in axis]))
    if axis == (x.ndim - 1,):
        return (x.reshape(-1, count) @ np.full(count, 1 / count)).reshape(*x.shape[:-1], 1)
    return x.sum(axis=axis, keepdims=True) / count


def centred(x: Any, axis: Any) -> Any:
    return x - means(x, axis)


def standardized(x: Any, axis: Any, eps: float) -> Any:
    """The definition."""
    c = centred(x, axis)
    count = int(np.prod([x.shape[a] for a in axis]))
    if axis == (x.ndim - 1,):
        squares = np.einsum("ij,ij->i", c.reshape(-1, count), c.reshape(-1, count))
        total = squares.reshape(*x.shape[:-1], 1)
    else:
        total = (c * c).sum(axis=axis, keepdims=True)
    return c * (1 / np.sqrt(total / count + eps))


CENTRED = standardized(np.cos(SCORES), (1,), 0.0)


def torch_layer_norm(x: Any, eps: float) -> Any:
    torch = importlib.import_module("torch")
    return torch.nn.functional.layer_norm(x, x.shape[-1:], eps=eps)


ROWS = [
    ArrayRow(
        "softmax_cross_entropy",
        lambda x: softmax_cross_entropy(x, CLASSES),
        (SCORES,),
        lambda x: by_hand(x, CLASSES),
        lambda x: torch_cross_entropy(x, CLASSES, "none"),
        primitives=("softmax_cross_entropy",),
    ),
    ArrayRow(
        "softmax_cross_entropy:mean",
        lambda x: softmax_cross_entropy(x, CLASSES, mean=True),
        (SCORES,),
        lambda x: np.mean(by_hand(x, CLASSES)),
        lambda x: torch_cross_entropy(x, CLASSES, "mean"),
    ),
    ArrayRow(
        "softmax_cross_entropy:batches",
        lambda x: softmax_cross_entropy(x, np.stack([CLASSES, CLASSES])),
        (BATCHES,),
        lambda x: by_hand(x, np.stack([CLASSES, CLASSES])),
    ),
    ArrayRow(
        "softmax_cross_entropy:one row",
        lambda x: softmax_cross_entropy(x, 1),
        (SCORES[0],),
        lambda x: by_hand(x, np.array(1)),
    ),
    ArrayRow(
        "softmax_cross_entropy:ignored",
        lambda x: softmax_cross_entropy(x, CLASSES, ignore_index=int(CLASSES[0])),
        (SCORES,),
        lambda x: np.where(CLASSES[0] == CLASSES, 0, by_hand(x, CLASSES)),
    ),
    ArrayRow(
        "softmax_cross_entropy:mean of those that count",
        lambda x: softmax_cross_entropy(x, SOME, mean=True, ignore_index=-100),
        (SCORES,),
        lambda x: np.mean(by_hand(x, CLASSES)[1:]),
        lambda x: torch_cross_entropy(x, SOME, "mean"),
    ),
    ArrayRow(
        "cross_entropy_slope",
        lambda p: _slope(p, CLASSES, mean=True),
        (SCORES,),
        lambda p: (p - np.eye(p.shape[-1])[CLASSES]) / len(p),
        primitives=("cross_entropy_slope",),
    ),
    ArrayRow(
        "cross_entropy_slope:ignored",
        lambda p: _slope(p, SOME, mean=True, ignore_index=-100),
        (SCORES,),
        lambda p: (p - np.eye(p.shape[-1])[CLASSES]) * (SOME[:, None] >= 0) / (len(p) - 1),
    ),
    ArrayRow(
        "cross_entropy_slope:one that could be meant",
        lambda p: _slope(p, CLASSES, ignore_index=int(CLASSES[0])),
        (SCORES,),
        lambda p: (p - np.eye(p.shape[-1])[CLASSES]) * (CLASSES[:, None] != CLASSES[0]),
    ),
    ArrayRow(
        "binary_cross_entropy",
        binary_cross_entropy,
        (CHANCES, TARGETS),
        lambda x, y: (y - 1) * np.log1p(-x) - y * np.log(x),
        torch_binary,
        primitives=("binary_cross_entropy",),
    ),
    ArrayRow(
        "standardize",
        lambda x: standardize(x, axis=-1, eps=0.1)[0],
        (BATCHES,),
        lambda x: standardized(x, (2,), 0.1),
        lambda x: torch_layer_norm(x, 0.1),
        primitives=("standardized",),
    ),
    ArrayRow(
        "standardize:several axes",
        lambda x: standardize(x, axis=(0, 2))[0],
        (BATCHES,),
        lambda x: standardized(x, (0, 2), 0.0),
    ),
    ArrayRow(
        "standardize:inverse",
        lambda x: standardize(x, axis=0, eps=0.1)[1],
        (SCORES,),
        lambda x: 1 / np.sqrt(np.sum(centred(x, (0,)) ** 2, axis=0, keepdims=True) / 4 + 0.1),
        primitives=("inverse_deviation",),
    ),
    ArrayRow(
        "projected",
        lambda g, out, inverse: PRIMITIVES["projected"](g, out, inverse, axis=(1,)),
        (SCORES, CENTRED, np.abs(SCORES[:, :1]) + 1),
        lambda g, out, inverse: (
            (g - out * (np.einsum("ij,ij->i", g, out)[:, None] / 3) - means(g, (1,))) * inverse
        ),
        primitives=("projected",),
    ),
]
