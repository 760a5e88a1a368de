"""Numbers by name for the parameters and buffers of a module: all of them are taken, or none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from autograd import Node, Tensor
from nn.checks import fails

__all__ = ["Loaded", "loaded"]


class Loaded(NamedTuple):
    """What ``load_state_dict`` found: names that were missing, and names that nobody knows."""

    missing_keys: list[str]
    unexpected_keys: list[str]


def loaded(what: str, own: dict[str, Any], state_dict: Any, strict: bool) -> Loaded:
    """Give the tensors and Values of ``own`` the numbers of the same names; see ``Module``."""
    if not isinstance(state_dict, Mapping):
        fix = "Read a file first: it is what is in it that counts."
        raise fails("load_state_dict", "a dict of arrays", repr(state_dict)[:80], fix, TypeError)
    missing = [name for name in own if name not in state_dict]
    unknown = [str(name) for name in state_dict if name not in own]
    arrays = {name: _array(name, state_dict[name]) for name in own if name in state_dict}
    wrong = [
        f"{name} of shape {array.shape} in place of {np.shape(own[name].primal)}"
        for name, array in arrays.items()
        if array.shape != np.shape(own[name].primal)
    ]
    problems = list(wrong)
    if strict:
        problems += [f"missing {name}" for name in missing]
        problems += [f"unknown {name}" for name in unknown]
    if problems:
        raise fails(
            "load_state_dict",
            f"the parameters and buffers of {what}",
            "; ".join(problems),
            "Build the model as it was when it was saved"
            + (", or pass strict=False." if not wrong else "."),
        )
    for name, array in arrays.items():
        own[name].data = array.copy() if isinstance(own[name], Tensor) else array.item()
    return Loaded(missing, unknown)


def _array(name: str, entry: Any) -> Any:
    """An entry of a state dict as an array; of our tensors, and of PyTorch's."""
    detach = getattr(entry, "detach", None)
    plain = entry.primal if isinstance(entry, Node) else entry if detach is None else detach()
    array = np.asarray(plain)
    if array.dtype.kind not in "biuf":
        raise fails("load_state_dict", f"numbers for {name}", repr(entry)[:80], "", TypeError)
    return array
