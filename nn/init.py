"""First weights: fill tensors in place with PyTorch's distributions.

A layer multiplies and adds up: the variance of its outputs is that of its inputs times the number
of inputs (*fan in*) times the variance of the weights.  So that signals neither fade nor grow from
layer to layer, that variance is ``gain**2 / fan_in``, where the gain makes up for what the
activation takes away.  The same for gradients on the way back, with *fan out*.

    xavier (Glorot and Bengio, 2010)   gain**2 * 2 / (fan_in + fan_out)
    kaiming (He et al., 2015)          gain**2 / fan_in, or fan_out
    lecun (LeCun et al., 1998)         1 / fan_in

Each function changes the tensor's numbers, without a trace in any graph, and returns the tensor.
``generator`` is a NumPy Generator; by default the one that ``nn.manual_seed`` starts.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd
from autograd import Tensor
from nn.checks import fails, real, whole
from nn.random import source

__all__ = [
    "calculate_gain",
    "constant_",
    "dirac_",
    "eye_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "lecun_normal_",
    "lecun_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "sparse_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]

# --- what all ask of their arguments --------------------------------------------------------------


def _leaf(name: str, tensor: Any, *ndims: int) -> tuple[int, ...]:
    """The shape of a tensor that can be filled, with one of these numbers of axes."""
    if not isinstance(tensor, Tensor):
        fix = "Of a layer, pass its weight: layer.weight."
        raise fails(name, "a Tensor", repr(tensor)[:80], fix, TypeError)
    if not tensor.is_leaf or tensor.dtype.kind != "f":
        got = f"one of {tensor.dtype}" if tensor.is_leaf else "a computed one"
        raise fails(name, "a leaf tensor of floats", got, "", TypeError)
    if ndims and len(tensor.shape) not in ndims:
        wanted = f"a tensor with {' or '.join(map(str, ndims))} axes"
        raise fails(name, wanted, f"shape {tensor.shape}", "")
    return tensor.shape


def _filled(tensor: Tensor, numbers: Any) -> Tensor:
    tensor.data = np.broadcast_to(numbers, tensor.shape).astype(tensor.dtype)
    return tensor


def _finite(name: str, what: str, value: Any) -> float:
    return real(f"{name}: {what}", value, "a finite number", math.isfinite)


def _spread(name: str, what: str, value: Any) -> float:
    return real(f"{name}: {what}", value, "a number of at least 0", lambda x: 0 <= x < math.inf)


# --- the same distribution for each element -------------------------------------------------------


def uniform_(tensor: Any, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Any:
    """Numbers between a and b, all alike.

    Raises:
        TypeError: something that is no leaf tensor of floats, or no generator.
        ValueError: a > b.

    >>> weight = uniform_(Tensor(np.empty((2, 3))), -1.0, 1.0)
    >>> bool((abs(weight.data) <= 1).all())
    True
    """
    shape = _leaf("uniform_", tensor)
    low, high = _finite("uniform_", "a", a), _finite("uniform_", "b", b)
    if low > high:
        raise fails("uniform_", "a <= b", f"a={a} and b={b}", "Exchange them.")
    return _filled(tensor, source("uniform_", generator).uniform(low, high, shape))


def normal_(tensor: Any, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Any:
    """Numbers from the normal distribution.

    Raises:
        TypeError: something that is no leaf tensor of floats, or no generator.
        ValueError: a negative std.
    """
    shape = _leaf("normal_", tensor)
    center, std = _finite("normal_", "mean", mean), _spread("normal_", "std", std)
    return _filled(tensor, source("normal_", generator).normal(center, std, shape))


def trunc_normal_(
    tensor: Any,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Any = None,
) -> Any:
    """Numbers from the part of the normal distribution that is between a and b.

    Args:
        tensor: to be filled.
        mean, std: of the whole distribution.
        a, b: the bounds of the numbers (not in units of std).
        generator: a NumPy Generator.

    Raises:
        TypeError: something that is no leaf tensor of floats, or no generator.
        ValueError: a >= b, a std that is not above 0.

    >>> weight = trunc_normal_(Tensor(np.empty(1000)), std=5.0)
    >>> bool(abs(weight.data).max() <= 2)
    True
    """
    name = "trunc_normal_"
    shape, center = _leaf(name, tensor), _finite(name, "mean", mean)
    std = real(f"{name}: std", std, "a number above 0", lambda x: 0 < x < math.inf)
    low, high = ((_finite(name, what, x) - center) / std for what, x in (("a", a), ("b", b)))
    if low >= high:
        raise fails(name, "a < b", f"a={a} and b={b}", "Exchange them.")
    chances = source(name, generator).random(shape)
    # On the left, where chances are small and have all their digits.
    flipped = low > 0
    ends = (-high, -low) if flipped else (low, high)
    x = _normal_quantile(chances, *ends)
    return _filled(tensor, np.clip(center + std * (-x if flipped else x), a, b))


def _normal_quantile(chances: Any, low: float, high: float) -> Any:
    """Where the normal distribution between two ends has reached these chances, by bisection."""

    def reached(x: Any) -> Any:
        return 0.5 * autograd.erfc(-np.asarray(x) / math.sqrt(2.0))

    wanted = reached(low) + chances * (reached(high) - reached(low))
    left, right = np.full(wanted.shape, max(low, -38.0)), np.full(wanted.shape, min(high, 38.0))
    for _ in range(60):
        middle = 0.5 * (left + right)
        below = reached(middle) < wanted
        left, right = np.where(below, middle, left), np.where(below, right, middle)
    return 0.5 * (left + right)


def constant_(tensor: Any, val: float) -> Any:
    """The same number everywhere.

    >>> constant_(Tensor(np.empty(2)), 0.5)
    Tensor([0.5, 0.5])
    """
    _leaf("constant_", tensor)
    return _filled(tensor, real("constant_: val", val, "a number", lambda x: True))


def zeros_(tensor: Any) -> Any:
    """0 everywhere."""
    return constant_(tensor, 0.0)


def ones_(tensor: Any) -> Any:
    """1 everywhere."""
    return constant_(tensor, 1.0)


# --- matrices that pass on what they get ----------------------------------------------------------


def eye_(tensor: Any) -> Any:
    """The identity matrix, also for a tensor that is not square.

    >>> eye_(Tensor(np.empty((2, 3))))
    Tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    rows, columns = _leaf("eye_", tensor, 2)
    return _filled(tensor, np.eye(rows, columns))


def dirac_(tensor: Any, groups: int = 1) -> Any:
    """Kernels of a convolution that passes on as many channels as possible.

    Args:
        tensor: of shape (out, in / groups, k1, ...), with up to three axes of the kernel.
        groups: of the convolution.

    Raises:
        TypeError: something that is no leaf tensor of floats.
        ValueError: another number of axes; groups that do not divide the output channels.
    """
    shape, groups = _leaf("dirac_", tensor, 3, 4, 5), whole("dirac_: groups", groups, 1)
    if shape[0] % groups:
        got = f"{groups} groups for {shape[0]}"
        raise fails("dirac_", "groups that divide the output channels", got, "")
    numbers, each = np.zeros(shape), shape[0] // groups
    middle = tuple(k // 2 for k in shape[2:])
    for channel in range(min(each, shape[1])):
        for group in range(groups):
            numbers[(group * each + channel, channel, *middle)] = 1.0
    return _filled(tensor, numbers)


def orthogonal_(tensor: Any, gain: float = 1, generator: Any = None) -> Any:
    """A random matrix with orthonormal rows, or columns if there are fewer, times ``gain``.

    Axes after the first count as one (Saxe et al., 2013).

    Raises:
        TypeError: something that is no leaf tensor of floats, or no generator.
        ValueError: a tensor with less than two axes.

    >>> q = orthogonal_(Tensor(np.empty((2, 3)))).data
    >>> bool(np.allclose(q @ q.T, np.eye(2)))
    True
    """
    name = "orthogonal_"
    shape = _leaf(name, tensor)
    if len(shape) < 2:
        raise fails(name, "a tensor with at least 2 axes", f"shape {shape}", "")
    gain, rng = _finite(name, "gain", gain), source(name, generator)
    if not tensor.size:
        return tensor
    numbers = rng.normal(size=(shape[0], tensor.size // shape[0]))
    wide = numbers.shape[0] < numbers.shape[1]
    q, r = np.linalg.qr(numbers.T if wide else numbers)
    q *= np.sign(np.diag(r))  # so that all orthogonal matrices are equally likely (Mezzadri, 2007)
    return _filled(tensor, gain * (q.T if wide else q).reshape(shape))


def sparse_(tensor: Any, sparsity: float, std: float = 0.01, generator: Any = None) -> Any:
    """Normal numbers, and as many zeros in each column of a matrix as ``sparsity`` says.

    Args:
        tensor: with two axes.
        sparsity: which part of each column is zero, between 0 and 1, rounded up.
        std: of the other numbers.
        generator: a NumPy Generator.

    Raises:
        TypeError: something that is no leaf tensor of floats, or no generator.
        ValueError: another number of axes, a sparsity that is not between 0 and 1, a negative std.
    """
    name = "sparse_"
    shape, rng = _leaf(name, tensor, 2), source(name, generator)
    part = real(f"{name}: sparsity", sparsity, "a number between 0 and 1", lambda x: 0 <= x <= 1)
    numbers = rng.normal(0.0, _spread(name, "std", std), shape)
    ranks = rng.permuted(np.broadcast_to(np.arange(shape[0])[:, None], shape), axis=0)
    return _filled(tensor, np.where(ranks < math.ceil(part * shape[0]), 0.0, numbers))


# --- variances that keep signals alive ------------------------------------------------------------

_CONVOLUTIONS = [f"conv{kind}{n}d" for kind in ("", "_transpose") for n in (1, 2, 3)]
_GAINS = {
    **dict.fromkeys(("linear", *_CONVOLUTIONS, "sigmoid"), 1.0),
    "tanh": 5.0 / 3,
    "relu": math.sqrt(2.0),
    "selu": 3.0 / 4,
}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor that makes up for an activation: PyTorch's table.

    Args:
        nonlinearity: "linear" (and the names of convolutions), "sigmoid", "tanh", "relu",
            "leaky_relu", "selu".
        param: the negative slope of "leaky_relu", 0.01 by default.

    Raises:
        ValueError: another activation.

    >>> calculate_gain("tanh"), calculate_gain("leaky_relu", 1.0)
    (1.6666666666666667, 1.0)
    """
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else _finite("calculate_gain", "param", param)
        return math.sqrt(2.0 / (1 + slope**2))
    if nonlinearity not in _GAINS:
        known = ", ".join([*_GAINS, "leaky_relu"])
        raise fails("calculate_gain", f"one of {known}", repr(nonlinearity), "")
    return _GAINS[nonlinearity]


def _fans(name: str, tensor: Any) -> tuple[int, int]:
    """How many inputs reach an output of the layer, and how many outputs an input reaches."""
    shape = _leaf(name, tensor)
    if len(shape) < 2:
        fix = "Biases start at 0 or uniform: zeros_, uniform_."
        raise fails(name, "a weight with at least 2 axes (out, in, ...)", f"shape {shape}", fix)
    window = math.prod(shape[2:])
    return shape[1] * window, shape[0] * window


def _uniform(name: str, tensor: Any, std: float, generator: Any) -> Any:
    bound = math.sqrt(3.0) * std
    return _filled(tensor, source(name, generator).uniform(-bound, bound, tensor.shape))


def _normal(name: str, tensor: Any, std: float, generator: Any) -> Any:
    return _filled(tensor, source(name, generator).normal(0.0, std, tensor.shape))


def _glorot(name: str, tensor: Any, gain: float) -> float:
    fans = sum(_fans(name, tensor))
    return _spread(name, "gain", gain) * math.sqrt(2.0 / max(fans, 1))


def xavier_uniform_(tensor: Any, gain: float = 1.0, generator: Any = None) -> Any:
    """Uniform with variance ``gain**2 * 2 / (fan_in + fan_out)``, for a weight (out, in, ...)."""
    name = "xavier_uniform_"
    return _uniform(name, tensor, _glorot(name, tensor, gain), generator)


def xavier_normal_(tensor: Any, gain: float = 1.0, generator: Any = None) -> Any:
    """Normal with variance ``gain**2 * 2 / (fan_in + fan_out)``, for a weight (out, in, ...)."""
    name = "xavier_normal_"
    return _normal(name, tensor, _glorot(name, tensor, gain), generator)


def _he(name: str, tensor: Any, a: float, mode: str, nonlinearity: str) -> float:
    fans = dict(zip(("fan_in", "fan_out"), _fans(name, tensor), strict=True))
    if str(mode).lower() not in fans:
        raise fails(name, "mode fan_in or fan_out", repr(mode), "")
    return calculate_gain(nonlinearity, a) / math.sqrt(max(fans[str(mode).lower()], 1))


def kaiming_uniform_(
    tensor: Any,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> Any:
    """Uniform with variance ``gain**2 / fan_in``, for a weight of shape (out, in, ...).

    Args:
        tensor: to be filled.
        a: the negative slope if the activation is "leaky_relu".
        mode: "fan_in" keeps the size of signals, "fan_out" that of gradients.
        nonlinearity: the activation, see ``calculate_gain``.
        generator: a NumPy Generator.

    Raises:
        TypeError: something that is no leaf tensor of floats, or no generator.
        ValueError: a tensor with less than two axes, another mode or activation.

    >>> weight = kaiming_uniform_(Tensor(np.empty((5, 24))), nonlinearity="relu")
    >>> bool(abs(weight.data).max() <= 0.5)
    True
    """
    name = "kaiming_uniform_"
    return _uniform(name, tensor, _he(name, tensor, a, mode, nonlinearity), generator)


def kaiming_normal_(
    tensor: Any,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> Any:
    """Normal with variance ``gain**2 / fan_in``; arguments and errors as ``kaiming_uniform_``."""
    name = "kaiming_normal_"
    return _normal(name, tensor, _he(name, tensor, a, mode, nonlinearity), generator)


def lecun_uniform_(tensor: Any, generator: Any = None) -> Any:
    """Uniform with variance ``1 / fan_in``, for a weight of shape (out, in, ...)."""
    name = "lecun_uniform_"
    return _uniform(name, tensor, _he(name, tensor, 0, "fan_in", "linear"), generator)


def lecun_normal_(tensor: Any, generator: Any = None) -> Any:
    """Normal with variance ``1 / fan_in``, for a weight of shape (out, in, ...)."""
    name = "lecun_normal_"
    return _normal(name, tensor, _he(name, tensor, 0, "fan_in", "linear"), generator)
