"""``Checkpoint``: a training that was killed goes on, and ends where it would have ended.

What the next step depends on is more than the weights: what the optimiser remembers, where the
schedule is, which examples come next, and every random number that will be drawn.  All of it is
saved together, between two epochs, by ``nn.save``: a kill at any moment leaves a whole checkpoint,
the old one or the new one.  Training that goes on from there computes the same numbers, bit for
bit, as training that was never interrupted.
"""

from __future__ import annotations

import errno
import os
import random
import re
from collections import Counter
from typing import Any

import numpy as np

from autograd import Tensor
from nn.checks import fails, whole
from nn.data.dataset import Subset, TensorDataset
from nn.data.loader import DataLoader
from nn.module import Module
from nn.random import generator
from nn.saving.files import check_suffix, load, save
from nn.saving.tensors import crc
from nn.training.checking import check_parameters

__all__ = ["Checkpoint"]

VERSION = 1


class Checkpoint:
    """Save a training after its epochs, and go on with it.

    Saved are the model, the optimiser, the schedule, the history, the place in the data, the random
    numbers of ``nn.random``, NumPy and Python, and every callback with a ``state_dict``. Of random
    numbers from elsewhere nothing is known; a callback with a ``state_dict`` may add them.
    Recorders such as ``GradientFlow`` are not saved: they have the steps since it was resumed.

    Args:
        path: the file, ``.npz`` or ``.safetensors``, which is replaced each time. It is read by
            ``nn.load``: ``model.load_state_dict(nn.load(path)["model"])`` are the weights.
        every: how many epochs lie between two checkpoints. There is one after the last epoch too,
            also if a callback has ended the training with it; but if Ctrl-C, an error or a callback
            ends it within an epoch, it goes on from the last checkpoint.
        resume: whether to go on from the file, if there is one. ``fit`` then trains up to its
            number of epochs altogether; a training that a callback had ended stays ended. Of a
            training that is done, there is the model and the history, and nothing is trained: to
            begin anew, remove the file. By default False; a file that is there already is an error
            then, since the training that it holds would be lost.

    Raises:
        ValueError: another ending of the path; when training starts, a file that is there although
            ``resume`` is not asked for, or one that is broken, or a checkpoint of another model,
            optimiser, schedule or data: nothing has been changed then.
        OSError: a folder that is missing or read-only, before the first step; a full disk. The old
            checkpoint is as it was.

    >>> import nn, tempfile
    >>> X, y = nn.datasets.load("moons", n=40)[:2]
    >>> def train(epochs, path):
    ...     model = nn.MLP(2, [4, 2], seed=0)
    ...     optimizer = nn.SGD(model.parameters(), lr=0.5, momentum=0.9)
    ...     checkpoint = nn.Checkpoint(path, resume=True)
    ...     return nn.fit(model, (X, y), nn.cross_entropy, optimizer, epochs,
    ...                   callbacks=[checkpoint], progress=False)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     first = train(3, f"{folder}/a.npz")
    ...     resumed = train(5, f"{folder}/a.npz")  # 2 more
    ...     resumed == train(5, f"{folder}/b.npz")
    True
    """

    last = True  # the others have seen the epoch when it is saved

    def __init__(self, path: str | os.PathLike[str], every: int = 1, resume: bool = False) -> None:
        self.path, _ = check_suffix("Checkpoint", path)
        self.every = whole("Checkpoint: every", every, 1)
        if not isinstance(resume, bool):
            raise fails("Checkpoint: resume", "True or False", repr(resume), "", TypeError)
        self.resume = resume
        self._identity: dict[str, Any] = {}

    def on_start(self, run: Any) -> None:
        """Go on from the file, or see that there will be one."""
        if not isinstance(run.model, Module):
            raise fails("Checkpoint", "a Module", repr(run.model)[:80], "", TypeError)
        folder = os.path.dirname(os.path.abspath(self.path))
        if not os.path.isdir(folder):
            raise FileNotFoundError(errno.ENOENT, "Checkpoint: no such folder", folder)
        for place in (folder, self.path):  # better now than after an epoch
            if os.path.exists(place) and not os.access(place, os.W_OK):
                raise PermissionError(errno.EACCES, "Checkpoint: write-protected", place)
        self._identity = identity(run)
        if not os.path.exists(self.path):
            return
        if not self.resume:
            raise fails(
                f"Checkpoint: {self.path}",
                "the name of a new file",
                "one that is there already",
                "To go on with the training that it holds, write Checkpoint(path, resume=True).",
            )
        saved = load(self.path)
        self._check(saved)
        before = state(run)
        try:
            restore(run, saved)
        except BaseException as problem:  # Ctrl-C too
            restore(run, before)
            if not isinstance(problem, Exception):
                raise
            raise fails(
                f"Checkpoint: {self.path}",
                "a checkpoint of this training",
                f"one that does not fit: {problem}",
                "Nothing was changed.",
            ) from problem

    def on_epoch(self, run: Any) -> None:
        """Save, if it is time."""
        if run.epoch % self.every == 0 or run.epoch >= run.epochs or run.stopped:
            check_parameters(f"Checkpoint: {self.path} was not saved", run.model, run.optimizer)
            save({"checkpoint": VERSION, "of": self._identity, **state(run)}, self.path)

    def _check(self, saved: Any) -> None:
        """Whether a file is a checkpoint of this training, before anything is done with it."""
        if not isinstance(saved, dict) or saved.get("checkpoint") != VERSION:
            raise fails(
                f"Checkpoint: {self.path}",
                f"a checkpoint of version {VERSION}",
                "a file with something else",
                "Give another path, or remove the file.",
            )
        there = saved.get("of")
        if there != self._identity:
            there = there if isinstance(there, dict) else {}
            wrong = [
                f"{part}: {differing(there.get(part), here)} there, "
                f"{differing(here, there.get(part))} here"
                for part, here in self._identity.items()
                if there.get(part) != here
            ]
            raise fails(
                f"Checkpoint: {self.path}",
                "a checkpoint of this training",
                f"one of another ({'; '.join(wrong)})",
                "Build all as it was when it was saved, or give another path. Nothing was changed.",
            )


# --- what a training is ---


def state(run: Any) -> dict[str, Any]:
    """All that the rest of a training depends on, as plain data.

    Why a training ended is a part of it, unless somebody pressed Ctrl-C.
    """
    reason = run.history.reason
    return {
        "epoch": run.epoch,
        "step": run.step,
        "history": run.history.to_dict(),
        "reason": "" if reason == "interrupted" else reason,
        **{name: part.state_dict() for name, part in parts(run).items()},
        "random": {
            "nn": generator().bit_generator.state,
            "numpy": np.random.get_state(legacy=False),
            "python": random.getstate(),
        },
    }


def restore(run: Any, saved: dict[str, Any]) -> None:
    """Set everything to a saved state.

    What a callback did not save, as it was not there, is left as it is.
    """
    for name, part in parts(run).items():
        if name in saved or not name.startswith("callback "):
            part.load_state_dict(saved[name])
    generator().bit_generator.state = saved["random"]["nn"]
    np.random.set_state(saved["random"]["numpy"])
    random.setstate(saved["random"]["python"])
    run.history.clear()
    run.history.update({name: list(curve) for name, curve in saved["history"].items()})
    run.history.reason = str(saved["reason"])
    run.epoch, run.step = int(saved["epoch"]), int(saved["step"])


def parts(run: Any) -> dict[str, Any]:
    """Everything that has a state, by name."""
    found = {"model": run.model, "optimizer": run.optimizer, "schedule": run.schedule}
    found |= {"data": run.data, "validation": run.validation}
    count: Counter[str] = Counter()
    for callback in run.callbacks:
        name = type(callback).__name__
        found[f"callback {name} {count[name]}"] = callback
        count[name] += 1
    return {name: part for name, part in found.items() if hasattr(part, "state_dict")}


# --- which training it is ---


def identity(run: Any) -> dict[str, Any]:
    """What must be the same for a checkpoint to fit."""
    dtypes = {str(getattr(p.primal, "dtype", "numbers")) for p in run.model.parameters()}
    return {
        "model": re.sub(r" at 0x[0-9a-fA-F]+", "", repr(run.model)),
        "dtypes": sorted(dtypes),
        "optimizer": type(run.optimizer).__name__,
        "schedule": None if run.schedule is None else type(run.schedule).__name__,
        "data": fingerprint(run.data),
    }


def fingerprint(data: Any) -> Any:
    """Data in a few words: sizes, and checksums of what is in memory."""
    if isinstance(data, Tensor):
        data = data.primal
    if isinstance(data, np.ndarray):
        content = "" if data.dtype.hasobject else f" {crc(data):08x}"
        return f"{data.dtype} {data.shape}{content}"
    if isinstance(data, tuple | list):
        return [fingerprint(x) for x in data]
    if isinstance(data, TensorDataset):
        return fingerprint(data.arrays)
    if isinstance(data, Subset):
        return [fingerprint(data.dataset), fingerprint(np.asarray(data.indices))]
    if isinstance(data, DataLoader):
        options = f"batch_size={data.batch_size}, shuffle={data.shuffle}"
        return [f"{options}, drop_last={data.drop_last}", fingerprint(data.dataset)]
    return f"{type(data).__name__} {len(data) if hasattr(data, '__len__') else ''}".strip()


def differing(part: Any, other: Any) -> str:
    """A part of an identity, only the lines that another has not, and not too much of them."""
    lines = [line.strip() for line in str(part).splitlines() if line not in str(other).splitlines()]
    text = ", ".join(lines)
    return text if len(text) <= 300 else f"{text[:300]}..."
