"""``save`` and ``load``: a model's weights, or a whole state of training, to a file and back."""

from __future__ import annotations

import os
from typing import Any

from nn.checks import fails, whole
from nn.saving import npz, tensors
from nn.saving.atomic import whole_file
from nn.saving.trees import put_together, taken_apart

__all__ = ["check_suffix", "load", "save"]

# What an archive may unfold to unless the caller says otherwise: harmless in any case, ...
HARMLESS = 64 * 2**20
# ... or as many times its size as honest arrays are compressed.
RATIO = 20


def save(thing: Any, path: str | os.PathLike[str]) -> None:
    """Write a model's weights, or a tree of plain data, to a file; the whole of it or nothing.

    A process that is killed at any moment leaves the old file or the new one.

    Args:
        thing: a module, of which its ``state_dict()`` is saved, or a tree: dicts, lists and tuples
            of arrays (of booleans, integers or floats), numbers, strings, booleans and None.
            Tensors, of PyTorch too, are saved as their arrays, Values as their numbers, modules in
            the tree as their ``state_dict()``.
        path: the name of the file. ``.npz`` is NumPy's format, and ``numpy.load`` reads it;
            ``.safetensors`` needs the package of that name (``pip install
            "chalkgrad[safetensors]"``), and ``safetensors.torch.load_file`` reads it.

    Raises:
        ValueError: another ending; a tree that contains itself.
        TypeError: something that is not plain data, with its place.
        ImportError: ``.safetensors`` without the package.
        OSError: a full disk, a missing or read-only folder; the old file is as it was.

    >>> import nn, tempfile
    >>> model = nn.Linear(2, 1)
    >>> optimizer = nn.Adam(model.parameters())
    >>> state = {"model": model, "optimizer": optimizer.state_dict(), "epoch": 3}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     nn.save(model, f"{folder}/model.npz")
    ...     nn.save(state, f"{folder}/state.npz")
    ...     _ = model.load_state_dict(nn.load(f"{folder}/model.npz"))
    ...     nn.load(f"{folder}/state.npz")["epoch"]
    3
    """
    name, suffix = check_suffix("save", path)
    arrays, text, plain = taken_apart(thing)
    if suffix == ".npz":
        with whole_file(name) as file:
            npz.write(file, arrays, text, plain)
    else:
        content = tensors.write(arrays, text)
        with whole_file(name) as file:
            file.write(content)


def load(path: str | os.PathLike[str], *, max_bytes: int | None = None) -> Any:
    """Read what ``save`` has written, or other files with arrays in one of the two formats.

    The whole file is read and checked before anything is returned. Nothing in it is ever run:
    pickles are refused. Give weights to a model with ``model.load_state_dict(nn.load(path))``.

    Args:
        path: the name of a ``.npz`` or ``.safetensors`` file.
        max_bytes: the most bytes that a ``.npz`` file may claim to unfold to, a guard against zip
            bombs; 64 MiB and 20 times the size of the file if not given.

    Returns:
        The tree: arrays with their dtype, shape and bits, dicts (their subclasses too), lists,
        tuples, numbers, strings. Of a module, its ``state_dict()``: arrays by name.

    Raises:
        ValueError: a file that is damaged, hostile or of another format; another ending.
        ImportError: ``.safetensors`` without the package.
        OSError: a file that is missing or cannot be read.
    """
    name, suffix = check_suffix("load", path)
    most = None if max_bytes is None else whole("load: max_bytes", max_bytes, 0)
    with open(name, "rb") as file:
        try:
            if suffix == ".npz":
                size = os.fstat(file.fileno()).st_size
                limit = HARMLESS + RATIO * size if most is None else most
                arrays, text = npz.read(file, size, limit)
            else:
                arrays, text = tensors.read(name)
            return dict(arrays) if text is None else put_together(arrays, text)
        except ImportError:
            raise
        except Exception as problem:
            # Three parsers of other people's have read bytes that may be anything: whatever they
            # stumbled over, it is the file.
            reason = str(problem) or type(problem).__name__
            raise fails(
                f"load: {name}", f"a whole {suffix} file of arrays", f"this: {reason[:500]}", ""
            ) from problem


def check_suffix(what: str, path: Any) -> tuple[str, str]:
    """A path as a string, and its ending."""
    try:
        name = os.fsdecode(path)
    except TypeError:
        raise fails(
            what,
            "a path",
            repr(path)[:80],
            "The thing comes first: nn.save(model, path)." if what == "save" else "",
            TypeError,
        ) from None
    suffix = os.path.splitext(name)[1].lower()
    if suffix not in (".npz", ".safetensors"):
        raise fails(what, "a name that ends in .npz or .safetensors", repr(name), "")
    return name, suffix
