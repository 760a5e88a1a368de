"""What random programs on arrays are made of: instructions, in this library and in PyTorch.

What an instruction does (axes, indices, shapes) is drawn to fit the shapes it finds.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np

import autograd as ag

try:
    import torch
except ImportError:
    torch: Any = None

Shape = tuple[int, ...]
Pair = tuple[Callable[..., Any], Callable[..., Any]]  # in this library, in PyTorch


def axis_of(r: Random, shape: Shape) -> int:
    return r.randrange(-len(shape), len(shape))


def axes_of(r: Random, shape: Shape) -> tuple[int, ...]:
    """Some axes, at least one, counted from either end."""
    chosen = r.sample(range(len(shape)), r.randint(1, len(shape)))
    return tuple(a - len(shape) * r.randint(0, 1) for a in chosen)


def slice_of(r: Random, n: int) -> slice:
    if n and r.random() < 0.3:
        return slice(None, None, -1)
    start = r.randint(0, n)
    return slice(start, r.randint(start, n), r.randint(1, 2))


# --- instructions of one operand ------------------------------------------------------------------

ELEMENTS: dict[str, Pair] = {
    "exp": (lambda x: np.exp(np.tanh(x)), lambda x: torch.exp(torch.tanh(x))),
    "log": (lambda x: np.log(1.5 + x * x), lambda x: torch.log(1.5 + x * x)),
    "sqrt": (lambda x: np.sqrt(0.5 + x * x), lambda x: torch.sqrt(0.5 + x * x)),
    "sin": (lambda x: np.sin(x) * 2, lambda x: torch.sin(x) * 2),
    "tanh": (lambda x: x.tanh(), lambda x: x.tanh()),
    "power": (lambda x: x**3 / 9 - x**2, lambda x: x**3 / 9 - x**2),
    "base": (lambda x: 1.5 ** np.tanh(x), lambda x: 1.5 ** torch.tanh(x)),
    "abs": (lambda x: abs(x), lambda x: abs(x)),
    "relu": (lambda x: ag.relu(x), lambda x: torch.relu(x)),
    "sigmoid": (lambda x: ag.sigmoid(x), lambda x: torch.sigmoid(x)),
    "reciprocal": (lambda x: 1 / (2 + np.cos(x)), lambda x: 1 / (2 + torch.cos(x))),
    "negate": (lambda x: 3 - (-x), lambda x: 3 - (-x)),
    "clip": (lambda x: x.clip(-0.71, 0.53), lambda x: x.clip(-0.71, 0.53)),
    "half clip": (lambda x: np.clip(x, None, 0.31), lambda x: x.clip(max=0.31)),
    "identity": (lambda x: x.copy(), lambda x: x.clone()),
    "gelu": (lambda x: ag.gelu(x), lambda x: torch.nn.functional.gelu(x)),
    "softplus": (lambda x: ag.softplus(x), lambda x: torch.nn.functional.softplus(x)),
    "arctan": (lambda x: np.arctan(x), lambda x: torch.arctan(x)),
    "log1p": (lambda x: np.log1p(x * x), lambda x: torch.log1p(x * x)),
    "stopped": (lambda x: x * ag.stop_gradient(x), lambda x: x * x.detach()),
    "constant": (
        lambda x: np.float64(0.5) * x + np.ones(1),
        lambda x: 0.5 * x + torch.ones(1, dtype=x.dtype),
    ),
    "checkpoint": (
        lambda x: ag.checkpoint(lambda y: np.sin(y) * y + x)(x * 2),
        lambda x: torch.sin(x * 2) * x * 2 + x,
    ),
    "total": (lambda x: ag.sum(x), lambda x: x.sum()),
    "ravel": (lambda x: np.ravel(x), lambda x: x.reshape(-1)),
    "column": (lambda x: x[..., None], lambda x: x[..., None]),
    "reversed": (lambda x: x.T, lambda x: x.permute(tuple(range(x.ndim))[::-1])),
}


def reduced(r: Random, shape: Shape) -> tuple[str, Callable[..., Any], Callable[..., Any]]:
    axes, keep = axes_of(r, shape), r.random() < 0.5
    name, ours, theirs = r.choice(REDUCTIONS)
    if not all(shape):
        name, ours, theirs = REDUCTIONS[0]
    return f"{name} {axes} {keep}", lambda x: ours(x, axes, keep), lambda x: theirs(x, axes, keep)


REDUCTIONS: list[tuple[str, Callable[..., Any], Callable[..., Any]]] = [
    ("sum", lambda x, a, k: np.sum(x, axis=a, keepdims=k), lambda x, a, k: x.sum(a, keepdim=k)),
    ("mean", lambda x, a, k: x.mean(a, k), lambda x, a, k: x.mean(a, keepdim=k)),
    ("max", lambda x, a, k: np.max(x, a, keepdims=k), lambda x, a, k: x.amax(a, keepdim=k)),
    ("min", lambda x, a, k: x.min(a, k), lambda x, a, k: x.amin(a, keepdim=k)),
    ("var", lambda x, a, k: x.var(a, 0, k), lambda x, a, k: x.var(a, correction=0, keepdim=k)),
    (
        "logsumexp",
        lambda x, a, k: ag.logsumexp(x, axis=a, keepdims=k),
        lambda x, a, k: x.logsumexp(a, keepdim=k),
    ),
    (
        "norm",
        lambda x, a, k: (x * x + 1).norm(2, a, k),
        lambda x, a, k: torch.linalg.vector_norm(x * x + 1, 2, a, k),
    ),
]


def one_axis(r: Random, shape: Shape) -> tuple[str, Callable[..., Any], Callable[..., Any]]:
    a = axis_of(r, shape)
    n = shape[a]
    k = r.randint(-3, 3)
    other = axis_of(r, shape)
    choices: list[tuple[str, Callable[..., Any], Callable[..., Any]]] = [
        ("cumsum", lambda x: np.cumsum(x, a), lambda x: x.cumsum(a)),
        ("cumprod", lambda x: ag.tanh(x).cumprod(a), lambda x: x.tanh().cumprod(a)),
        ("flip", lambda x: np.flip(x, a), lambda x: x.flip(a)),
        ("roll", lambda x: np.roll(x, k, a), lambda x: x.roll(k, a)),
        ("swap", lambda x: np.swapaxes(x, a, other), lambda x: x.swapaxes(a, other)),
        ("move", lambda x: ag.moveaxis(x, a, other), lambda x: x.moveaxis(a, other)),
        ("unsqueeze", lambda x: ag.expand_dims(x, a), lambda x: x.unsqueeze(a)),
        ("repeat", lambda x: np.repeat(x, 2, a), lambda x: x.repeat_interleave(2, a)),
        ("squeeze", lambda x: x.squeeze(), lambda x: x.squeeze()),
    ]
    if n:
        at = [r.randrange(-n, n) for _ in range(r.randint(1, 4))]
        cut = r.randint(0, n)
        places = np.argsort([r.random() for _ in range(n)])
        choices += [
            ("softmax", lambda x: ag.softmax(x, a), lambda x: x.softmax(a)),
            ("log_softmax", lambda x: x.log_softmax(a), lambda x: x.log_softmax(a)),
            ("prod", lambda x: ag.tanh(x).prod(a), lambda x: x.tanh().prod(a)),
            ("sort", lambda x: np.sort(x, a), lambda x: x.sort(dim=a, stable=True).values),
            (
                "take",
                lambda x: np.take(x, at, a),
                lambda x: x.index_select(a, torch.tensor(at) % n),
            ),
            ("split", lambda x: ag.split(x, [cut], a)[1], lambda x: x.tensor_split([cut], a)[1]),
            (
                "split and swapped",
                lambda x: np.concatenate(ag.split(x, [cut], a)[::-1], a),
                lambda x: torch.cat(x.tensor_split([cut], a)[::-1], a),
            ),
            (
                "permuted",
                lambda x: np.take(x, places, a),
                lambda x: x.index_select(a, torch.tensor(places)),
            ),
        ]
    name, ours, theirs = r.choice(choices)
    return f"{name} {a}", ours, theirs


def reshaped(r: Random, shape: Shape) -> tuple[str, Callable[..., Any], Callable[..., Any]]:
    size = int(np.prod(shape))
    divisors = [d for d in range(1, size + 1) if size % d == 0] or [1]
    first = r.choice(divisors)
    new = (first, -1) if size else (size, 1)
    return f"reshape {new}", lambda x: np.reshape(x, new), lambda x: x.reshape(new)


def permuted(r: Random, shape: Shape) -> tuple[str, Callable[..., Any], Callable[..., Any]]:
    order = tuple(r.sample(range(len(shape)), len(shape)))
    return f"transpose {order}", lambda x: np.transpose(x, order), lambda x: x.permute(order)


def broadcast(r: Random, shape: Shape) -> tuple[str, Callable[..., Any], Callable[..., Any]]:
    new = tuple(r.randint(2, 3) if n == 1 and r.random() < 0.7 else n for n in shape)
    new = (2, *new) if r.random() < 0.4 and len(new) < 4 else new
    return f"broadcast {new}", lambda x: np.broadcast_to(x, new), lambda x: x.broadcast_to(new)


def padded(r: Random, shape: Shape) -> tuple[str, Callable[..., Any], Callable[..., Any]]:
    widths = [(r.randint(0, 1), r.randint(0, 2)) for _ in shape]
    flat = [w for pair in widths[::-1] for w in pair]
    return (
        f"pad {widths}",
        lambda x: np.pad(x, widths),
        lambda x: torch.nn.functional.pad(x, flat),
    )


def indexed(r: Random, shape: Shape) -> tuple[str, Callable[..., Any], Callable[..., Any]]:
    """Numbers, slices, new axes, an ellipsis, arrays of positions, and masks."""
    items: list[Any] = []
    axis = 0
    while axis < len(shape) and r.random() < 0.8:
        n = shape[axis]
        kind = r.randrange(6)
        if kind == 0 and n:
            items.append(r.randrange(-n, n))
        elif kind == 1 and n:
            items.append(np.array([r.randrange(-n, n) for _ in range(3)]))
        elif kind == 2 and n:
            items.append(np.array([[r.randrange(n)], [r.randrange(n)]]))
        elif kind == 3 and not any(isinstance(i, np.ndarray) for i in items):
            items.append(np.array([r.random() < 0.6 for _ in range(n)], dtype=bool))
            items += [slice(None)] * (len(shape) - axis - 1)
            break
        elif kind == 4 and Ellipsis not in [i for i in items if i is Ellipsis]:
            items.append(Ellipsis)
            axis = len(shape) - r.randint(0, min(1, len(shape) - axis)) - 1
        else:
            items.append(slice_of(r, n))
        axis += 1
        if r.random() < 0.2:
            items.append(None)
    index = tuple(items)

    def theirs(x: Any) -> Any:
        """PyTorch has no negative steps: positions are looked up, then taken."""
        places = np.arange(x.numel()).reshape(tuple(x.shape))[index]
        return x.reshape(-1)[torch.tensor(places.copy())]

    return f"getitem {index}", lambda x: x[index], theirs


def masked(r: Random, shape: Shape) -> tuple[str, Callable[..., Any], Callable[..., Any]]:
    t = r.uniform(-0.5, 0.5)
    return r.choice(
        [
            ("mask", lambda x: x[x.data > t], lambda x: x[x > t]),
            ("own mask", lambda x: x[x > t], lambda x: x[x > t]),
            (
                "where",
                lambda x: np.where(x > t, x * 2, -x),
                lambda x: torch.where(x > t, x * 2, -x),
            ),
            ("fill", lambda x: x.masked_fill(x > t, 0.3), lambda x: x.masked_fill(x > t, 0.3)),
        ]
    )


# --- instructions of two operands -----------------------------------------------------------------

PAIRS: dict[str, Pair] = {
    "add": (lambda x, y: x + y, lambda x, y: x + y),
    "subtract": (lambda x, y: x - y, lambda x, y: x - y),
    "multiply": (lambda x, y: x * np.tanh(y), lambda x, y: x * torch.tanh(y)),
    "divide": (lambda x, y: x / (1 + y * y), lambda x, y: x / (1 + y * y)),
    "power": (
        lambda x, y: (1.5 + np.tanh(x)) ** np.tanh(y),
        lambda x, y: (1.5 + torch.tanh(x)) ** torch.tanh(y),
    ),
    "maximum": (lambda x, y: np.maximum(x, y), lambda x, y: torch.maximum(x, y)),
    "minimum": (lambda x, y: x.minimum(y), lambda x, y: torch.minimum(x, y)),
    "logaddexp": (lambda x, y: np.logaddexp(x, y), lambda x, y: torch.logaddexp(x, y)),
    "arctan2": (lambda x, y: ag.arctan2(x, y * y + 1), lambda x, y: torch.arctan2(x, y * y + 1)),
    "where": (lambda x, y: ag.where(x > y, y, x * y), lambda x, y: torch.where(x > y, y, x * y)),
    "hypot": (lambda x, y: np.hypot(x, y * y + 1), lambda x, y: torch.hypot(x, y * y + 1)),
}


def two(r: Random, a: Shape, b: Shape) -> tuple[str, Callable[..., Any], Callable[..., Any]]:
    """What two operands of these shapes allow."""
    choices: list[tuple[str, Callable[..., Any], Callable[..., Any]]] = [
        (
            "outer",
            lambda x, y: np.outer(x, y),
            lambda x, y: torch.outer(x.reshape(-1), y.reshape(-1)),
        )
    ]
    try:
        np.broadcast_shapes(a, b)
    except ValueError:
        pass
    else:
        choices += [(name, *pair) for name, pair in PAIRS.items()]
    if a and b:
        if a[-1] == b[-2 if len(b) > 1 else 0]:
            try:
                np.broadcast_shapes(a[:-2], b[:-2])
            except ValueError:
                pass
            else:
                choices += [("matmul", lambda x, y: x @ y, lambda x, y: x @ y)] * 4
        if a[-1] == b[-1]:
            choices += [
                ("einsum", lambda x, y: np.einsum("...i,ji->...j", x, y), lambda x, y: x @ y.T)
            ] * (2 if len(b) == 2 else 0)
            choices.append(("inner", lambda x, y: np.inner(x, y), lambda x, y: torch.inner(x, y)))
        if a[1:] == b[1:]:
            choices += [
                (
                    "concatenate",
                    lambda x, y: np.concatenate([x, y]),
                    lambda x, y: torch.cat([x, y]),
                ),
                (
                    "with itself",
                    lambda x, y: ag.concatenate([x, y, x]),
                    lambda x, y: torch.cat([x, y, x]),
                ),
            ]
    if a == b:
        k = r.randint(-1, len(a))
        k = min(k, len(a))
        choices += [
            ("stack", lambda x, y: np.stack([x, y, x], k), lambda x, y: torch.stack([x, y, x], k))
        ] * 2
        if a and a[0]:
            i = r.randrange(a[0])
            at = [r.randrange(a[0]) for _ in range(3)]
            choices += [
                (
                    "update",
                    lambda x, y: ag.index_update(x, i, y[i]),
                    lambda x, y: x.index_copy(0, torch.tensor([i]), y[i : i + 1]),
                ),
                (
                    "index_add",
                    lambda x, y: ag.index_add(x, np.array(at), y[at]),
                    lambda x, y: x.index_add(0, torch.tensor(at), y[at]),
                ),
            ]
    return r.choice(choices)
