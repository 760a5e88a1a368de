"""Where layers get their random numbers from: one NumPy generator for all, which can be seeded."""

from __future__ import annotations

from typing import Any

import numpy as np

from nn.checks import fails, whole

__all__ = ["generator", "manual_seed", "source"]

_state = {"generator": np.random.default_rng()}


def generator() -> np.random.Generator:
    """The default generator."""
    return _state["generator"]


def manual_seed(seed: int) -> Any:
    """Start the default generator from a number, so that weights and dropout are the same again.

    Args:
        seed: a whole number of at least 0.

    Returns:
        The generator.

    >>> import nn
    >>> _ = nn.manual_seed(0)
    >>> first = nn.Linear(2, 2).weight.data
    >>> _ = nn.manual_seed(0)
    >>> bool((nn.Linear(2, 2).weight.data == first).all())
    True
    """
    _state["generator"] = np.random.default_rng(whole("manual_seed", seed, 0))
    return _state["generator"]


def source(what: str, generator: Any) -> np.random.Generator:
    """The generator that was given to ``what``, the default one for None; TypeError for others."""
    if generator is None:
        return _state["generator"]
    if not isinstance(generator, np.random.Generator):
        fix = "Write np.random.default_rng(0), or leave it out and call nn.manual_seed."
        raise fails(what, "a NumPy Generator", repr(generator), fix, TypeError)
    return generator
